/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's kernel kit, as far as a debugger and its debuggees need it: ports, areas, threads, teams, time, and
 * waiting for several objects. Implemented by libroot on a hosted kernel.
 */
#ifndef _OS_H
#define _OS_H

#include "SupportDefs.h"

#define B_OS_NAME_LENGTH   32
#define B_PATH_NAME_LENGTH 1024
#define B_FILE_NAME_LENGTH 256
#define B_PAGE_SIZE        4096
#define B_INFINITE_TIMEOUT ((bigtime_t)0x7fffffffffffffff)

/* How a timeout is meant. */
enum { B_RELATIVE_TIMEOUT = 0x8, B_TIMEOUT = B_RELATIVE_TIMEOUT, B_ABSOLUTE_TIMEOUT = 0x10 };

typedef int32 area_id;
typedef int32 port_id;
typedef int32 sem_id;
typedef int32 team_id;
typedef int32 thread_id;

/* Which team: the caller's, the kernel's. */
#define B_CURRENT_TEAM 0
#define B_SYSTEM_TEAM  1

/* ---- areas ---- */

typedef struct area_info {
    area_id area;
    char name[B_OS_NAME_LENGTH];
    size_t size;
    uint32 lock;
    uint32 protection;
    team_id team;
    uint32 ram_size;
    uint32 copy_count;
    uint32 in_count;
    uint32 out_count;
    void *address;
} area_info;

/* lock */
#define B_NO_LOCK   0
#define B_LAZY_LOCK 1
#define B_FULL_LOCK 2

/* address_spec */
#define B_ANY_ADDRESS   0
#define B_EXACT_ADDRESS 1
#define B_BASE_ADDRESS  2

/* protection */
#define B_READ_AREA      (1 << 0)
#define B_WRITE_AREA     (1 << 1)
#define B_EXECUTE_AREA   (1 << 2)
#define B_STACK_AREA     (1 << 3)
#define B_CLONEABLE_AREA (1 << 8)

#ifdef __cplusplus
extern "C" {
#endif

area_id create_area(const char *name, void **address, uint32 spec, size_t size, uint32 lock,
                    uint32 protection);
area_id find_area(const char *name);
area_id area_for(void *address);
status_t delete_area(area_id area);
/* The functions behind the names without an underscore; `size` is what the caller takes the struct for. */
status_t _get_area_info(area_id area, area_info *info, size_t size);
status_t _get_next_area_info(team_id team, ssize_t *cookie, area_info *info, size_t size);
#define get_area_info(area, info)              _get_area_info((area), (info), sizeof(*(info)))
#define get_next_area_info(team, cookie, info) _get_next_area_info((team), (cookie), (info), sizeof(*(info)))

/* ---- ports ---- */

typedef struct port_info {
    port_id port;
    team_id team;
    char name[B_OS_NAME_LENGTH];
    int32 capacity;
    int32 queue_count;
    int32 total_count;
} port_info;

port_id create_port(int32 capacity, const char *name);
port_id find_port(const char *name);
status_t delete_port(port_id port);
status_t set_port_owner(port_id port, team_id team);
ssize_t read_port(port_id port, int32 *code, void *buffer, size_t size);
ssize_t read_port_etc(port_id port, int32 *code, void *buffer, size_t size, uint32 flags, bigtime_t timeout);
status_t write_port(port_id port, int32 code, const void *buffer, size_t size);
status_t write_port_etc(port_id port, int32 code, const void *buffer, size_t size, uint32 flags,
                        bigtime_t timeout);
ssize_t port_buffer_size(port_id port);
ssize_t port_buffer_size_etc(port_id port, uint32 flags, bigtime_t timeout);
ssize_t port_count(port_id port);
status_t _get_port_info(port_id port, port_info *info, size_t size);
status_t _get_next_port_info(team_id team, int32 *cookie, port_info *info, size_t size);
#define get_port_info(port, info)              _get_port_info((port), (info), sizeof(*(info)))
#define get_next_port_info(team, cookie, info) _get_next_port_info((team), (cookie), (info), sizeof(*(info)))

/* ---- waiting for several objects ---- */

enum { B_OBJECT_TYPE_FD = 0, B_OBJECT_TYPE_SEMAPHORE = 1, B_OBJECT_TYPE_PORT = 2, B_OBJECT_TYPE_THREAD = 3 };

enum {
    B_EVENT_READ = 0x1,
    B_EVENT_WRITE = 0x2,
    B_EVENT_ERROR = 0x4,
    B_EVENT_DISCONNECTED = 0x80,
    B_EVENT_INVALID = 0x1000
};

typedef struct object_wait_info {
    int32 object;
    uint16 type;
    uint16 events; /* in: wanted, out: those that hold */
} object_wait_info;

ssize_t wait_for_objects(object_wait_info *infos, int count);
ssize_t wait_for_objects_etc(object_wait_info *infos, int count, uint32 flags, bigtime_t timeout);

/* ---- threads ---- */

typedef enum {
    B_THREAD_RUNNING = 1,
    B_THREAD_READY,
    B_THREAD_RECEIVING,
    B_THREAD_ASLEEP,
    B_THREAD_SUSPENDED,
    B_THREAD_WAITING
} thread_state;

typedef struct {
    thread_id thread;
    team_id team;
    char name[B_OS_NAME_LENGTH];
    thread_state state;
    int32 priority;
    sem_id sem;
    bigtime_t user_time;
    bigtime_t kernel_time;
    void *stack_base;
    void *stack_end;
} thread_info;

#define B_LOW_PRIORITY            5
#define B_NORMAL_PRIORITY         10
#define B_DISPLAY_PRIORITY        15
#define B_URGENT_DISPLAY_PRIORITY 20

typedef status_t (*thread_func)(void *);

/* The thread waits, suspended, for resume_thread(). */
thread_id spawn_thread(thread_func function, const char *name, int32 priority, void *data);
status_t resume_thread(thread_id thread);
status_t suspend_thread(thread_id thread);
status_t kill_thread(thread_id thread);
status_t rename_thread(thread_id thread, const char *name);
void exit_thread(status_t status);
/* For a team (its main thread): waits until the team has ended. */
status_t wait_for_thread(thread_id thread, status_t *status);
/* NULL: the calling thread. */
thread_id find_thread(const char *name);
int send_signal(thread_id thread, unsigned int signal);
status_t snooze(bigtime_t microseconds);
status_t _get_thread_info(thread_id thread, thread_info *info, size_t size);
status_t _get_next_thread_info(team_id team, int32 *cookie, thread_info *info, size_t size);
#define get_thread_info(thread, info) _get_thread_info((thread), (info), sizeof(*(info)))
#define get_next_thread_info(team, cookie, info)                                                             \
    _get_next_thread_info((team), (cookie), (info), sizeof(*(info)))

/* ---- teams ---- */

typedef struct {
    team_id team;
    int32 thread_count;
    int32 image_count;
    int32 area_count;
    thread_id debugger_nub_thread;
    port_id debugger_nub_port;
    int32 argc;
    char args[64];
    uid_t uid;
    gid_t gid;
    uid_t real_uid;
    gid_t real_gid;
    pid_t group_id;
    pid_t session_id;
    team_id parent;
    char name[B_OS_NAME_LENGTH];
    bigtime_t start_time;
} team_info;

typedef struct {
    bigtime_t user_time;
    bigtime_t kernel_time;
} team_usage_info;

enum { B_TEAM_USAGE_SELF = 0, B_TEAM_USAGE_CHILDREN = -1 };

status_t kill_team(team_id team);
status_t _get_team_info(team_id team, team_info *info, size_t size);
status_t _get_next_team_info(int32 *cookie, team_info *info, size_t size);
status_t _get_team_usage_info(team_id team, int32 who, team_usage_info *info, size_t size);
#define get_team_info(team, info)            _get_team_info((team), (info), sizeof(*(info)))
#define get_next_team_info(cookie, info)     _get_next_team_info((cookie), (info), sizeof(*(info)))
#define get_team_usage_info(team, who, info) _get_team_usage_info((team), (who), (info), sizeof(*(info)))

/* ---- the system ---- */

typedef struct {
    bigtime_t boot_time;
    uint32 cpu_count;
    uint64 max_pages;
    uint64 used_pages;
    uint64 cached_pages;
    uint64 block_cache_pages;
    uint64 ignored_pages;
    uint64 needed_memory;
    uint64 free_memory;
    uint64 max_swap_pages;
    uint64 free_swap_pages;
    uint32 page_faults;
    uint32 max_sems;
    uint32 used_sems;
    uint32 max_ports;
    uint32 used_ports;
    uint32 max_threads;
    uint32 used_threads;
    uint32 max_teams;
    uint32 used_teams;
    char kernel_name[B_FILE_NAME_LENGTH];
    char kernel_build_date[B_OS_NAME_LENGTH];
    char kernel_build_time[B_OS_NAME_LENGTH];
    int64 kernel_version;
    uint32 abi;
} system_info;

status_t get_system_info(system_info *info);
bigtime_t system_time(void);
nanotime_t system_time_nsecs(void);

/* ---- being debugged ---- */

/* Stops in the debugger with a message; without a debugger the team ends. */
void debugger(const char *message);
/* disable != 0: a team without a debugger of its own is not handed to the default one. Returns the old
 * setting. */
int disable_debugger(int disable);

#ifdef __cplusplus
}
#endif
#endif /* _OS_H */

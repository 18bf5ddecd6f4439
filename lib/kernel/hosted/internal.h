/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The hosted kernel's own types: what its files share.
 *
 * Locks, outer before inner: hosted_kernel.start_lock, hosted_kernel.lock, hosted_port.lock or
 * hosted_nub.lock. None is held while the nub is asked or a descriptor is waited for, but start_lock.
 */
#ifndef HDBG_HOSTED_INTERNAL_H
#define HDBG_HOSTED_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "base/fail.h"
#include "kernel/hosted/maps.h"
#include "kernel/hosted/port.h"
#include "kernel/hosted/protocol.h"

#include <haikudbg/hosted.h>

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/* The nub is no Linux thread of its team; this bit, which no process id has, makes an id for it. */
enum { HOSTED_NUB_THREAD = 0x40000000 };

/* A nub that the kernel talks to; kept until the kernel is destroyed. */
typedef struct hosted_nub {
    struct hosted_nub *next;
    pid_t pid;
    int pidfd;
    int control;
    int own;          /* this kernel started it */
    _Atomic int dead; /* its debuggees are mended already */
    _Atomic int lost; /* no reply will come any more */
    pthread_mutex_t mend_lock;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t replied;
    uint32_t serial;
    int reading; /* a thread reads the control socket for all */
    struct hosted_request *requests;
} hosted_nub;

/* What a debugger port has to tell of a nub's death. */
typedef struct port_nub {
    hosted_nub *nub;
    int told;
} port_nub;

enum { PORT_NUBS = 8 };

/* A port. Local: the reader is here; else it is a nub port, read by `nub`. */
typedef struct hosted_port {
    hdbg_port_id id;
    int32_t index; /* of its slot */
    char name[HDBG_NAME_LENGTH];
    int32_t users; /* the table's own and each call's; under hosted_kernel.lock */
    _Atomic int deleted;
    int local;
    hdbg_team_id team; /* nub ports: whose nub it is */
    port_end reader;   /* fd -1 for nub ports */
    port_end writer;
    hosted_nub *nub;          /* nub ports */
    port_nub nubs[PORT_NUBS]; /* local ports: nubs that send events to it; under hosted_kernel.lock */
    int nub_count;
    _Atomic int64_t looked_at; /* local ports: when the nubs were last looked at by somebody who polled */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t turn, room;
    int writing;              /* a thread waits for room, the others for it */
    _Atomic int room_waiters; /* local ports */
} hosted_port;

/* A team that was installed or launched by this kernel. */
typedef struct hosted_team {
    struct hosted_team *next;
    hdbg_team_id team;
    hosted_nub *nub;
    int installed; /* events come to debugger_port */
    hdbg_port_id debugger_port;
    hdbg_port_id nub_port;
    nub_journal *journal; /* mapped, or NULL */
    int launched;         /* a child of the caller's, not reaped yet */
    int killed;           /* by kill_team() */
    int pidfd;            /* if launched */
} hosted_team;

typedef struct hosted_descriptor {
    struct hosted_descriptor *next;
    int epoll, event;
    hdbg_port_id port;
} hosted_descriptor;

/* A mapping that a CLONE_AREA reply brought. */
typedef struct hosted_area {
    struct hosted_area *next;
    hdbg_area_id id;
    void *address;
    size_t length;
} hosted_area;

/* Lists that next_thread(), next_image() and next_area() walk over: taken at the first step, kept for the
 * next. */
typedef struct hosted_lists {
    hdbg_team_id thread_team, image_team, area_team, stack_team;
    int32_t *threads;
    size_t thread_count;
    maps stacks;          /* the areas in which the threads' stacks were found last, */
    uint64_t stacks_size; /* when all of the team was so large */
    hdbg_image_info *images;
    size_t image_count;
    maps areas;
} hosted_lists;

typedef struct hosted_kernel {
    hdbg_kernel kernel; /* first: the public part */
    char *nub_path;
    int no_mending;
    int table_fd;
    port_slot *slots;
    hdbg_port_id base; /* of port ids */
    int base_fd;       /* a socket whose name says that the base is taken */

    pthread_mutex_t start_lock; /* held while a nub is being started or connected to */
    pthread_mutex_t lock;       /* of what follows */
    hosted_port *ports[PORT_SLOTS];
    uint8_t generations[PORT_SLOTS];
    int32_t next_slot;
    int32_t remote_count, sweep_at;
    hosted_nub *nubs;
    hosted_team *teams;
    hosted_descriptor *descriptors;
    hosted_area *areas;
    hdbg_area_id next_area;
    hosted_lists lists;
} hosted_kernel;

/* ---- kernel.c ---- */

/* CLOCK_MONOTONIC, in microseconds. */
hdbg_time hosted_now(void *context);
/* When `timeout` from now will have passed; HDBG_FOREVER stays what it is. */
hdbg_time hosted_deadline(hdbg_time timeout);
/* poll() until `deadline`, retried when interrupted. @return descriptors that are ready, 0 if the deadline
 * passed. */
int hosted_poll(struct pollfd *fds, size_t count, hdbg_time deadline);
int hosted_pidfd_open(pid_t pid, unsigned flags);

/* ---- ports.c ---- */

/* A port that may be used until hosted_port_release(), or NULL if there is none of that id. */
hosted_port *hosted_port_acquire(hosted_kernel *k, hdbg_port_id id);
void hosted_port_release(hosted_kernel *k, hosted_port *port);
/* Makes a port without sockets; `local` as in hosted_port. NULL: the table is full. Release it. */
hosted_port *hosted_port_make(hosted_kernel *k, int32_t capacity, const char *name, int local);
/* Takes a port out of the table and wakes all who wait for it. */
void hosted_port_drop(hosted_kernel *k, hosted_port *port);
/* Tells a nub of all local ports there are; then it is in the kernel's list of nubs. */
hdbg_status hosted_port_publish(hosted_kernel *k, hosted_nub *nub);
/* Drops the nub ports whose nub has closed them. */
void hosted_port_sweep(hosted_kernel *k);
/* Drops the nub ports that a dead nub served. */
void hosted_port_drop_nub(hosted_kernel *k, const hosted_nub *nub);
/* Fills in descriptors that become readable when a nub dies whose death `port` has not told yet. */
int hosted_port_pidfds(hosted_kernel *k, hosted_port *port, struct pollfd *fds);
/* Whether `port` has a nub's death to tell; `take`: and it is told now. Mends what there is to mend. */
int hosted_port_lost(hosted_kernel *k, hosted_port *port, int take);
/* `nub` is going to send events to `port`. */
hdbg_status hosted_port_add_nub(hosted_kernel *k, hosted_port *port, hosted_nub *nub);

hdbg_port_id hosted_port_create(void *context, int32_t capacity, const char *name);
hdbg_status hosted_port_delete(void *context, hdbg_port_id id);
hdbg_status hosted_port_info(void *context, hdbg_port_id id, hdbg_port_info *info);
hdbg_status hosted_next_port(void *context, hdbg_team_id team, int64_t *cookie, hdbg_port_info *info);

/* ---- port_io.c ---- */

int64_t hosted_port_read(void *context, hdbg_port_id id, int32_t *code, void *buffer, size_t size,
                         hdbg_time timeout);
hdbg_status hosted_port_write(void *context, hdbg_port_id id, int32_t code, const void *data, size_t size,
                              hdbg_time timeout);
int64_t hosted_port_next_size(void *context, hdbg_port_id id, hdbg_time timeout);

/* ---- wait.c ---- */

int64_t hosted_wait_for_objects(void *context, hdbg_object_wait *objects, size_t count, hdbg_time timeout);
int hosted_descriptor_open(void *context, hdbg_port_id id);
hdbg_status hosted_descriptor_force(void *context, int descriptor, int readable);
void hosted_descriptor_close(void *context, int descriptor);
/* Under the kernel's lock: a port's descriptors watch (or no longer) a nub; are readable for ever, as it was
 * deleted. */
void hosted_descriptor_watch(hosted_kernel *k, hdbg_port_id port, int pidfd, int watch);
void hosted_descriptor_port_deleted(hosted_kernel *k, const hosted_port *port);

/* ---- area_clone.c ---- */

/* Maps the memfd of a CLONE_AREA reply and completes the reply. Closes fd. */
void hosted_area_map(hosted_kernel *k, int fd, void *reply, size_t size);
hdbg_status hosted_area_info(void *context, hdbg_area_id area, hdbg_area_info *info);
hdbg_status hosted_area_delete(void *context, hdbg_area_id area);

/* ---- control.c ---- */

/* Asks a nub and waits for its answer. fd: goes along, or -1. fds: two descriptors that came with it, or -1
 * (NULL: they are closed). @return the reply's status, with its sentence as the last error; HDBG_NUB_LOST. */
hdbg_status hosted_ask(hosted_kernel *k, hosted_nub *nub, nub_request *request, int fd, nub_reply *reply,
                       int *fds);
/* Whether a nub has died. The first who sees it mends its debuggees. */
int hosted_nub_check(hosted_kernel *k, hosted_nub *nub);

/* ---- start.c ---- */

/* Finds the nub's program. *path is to be freed. */
hdbg_status hosted_nub_find(const hdbg_hosted_options *options, char **path);
/* The kernel's own nub, started if there is none. */
hdbg_status hosted_nub_own(hosted_kernel *k, hosted_nub **nub);
/* The nub with that process id, connected to if it is another debugger's. */
hdbg_status hosted_nub_of_pid(hosted_kernel *k, pid_t pid, hosted_nub **nub);
void hosted_nub_free(hosted_nub *nub);

/* ---- spawn.c ---- */

/* Runs the nub's program with `fd` as descriptor NUB_CONTROL_FD, as nobody's child. @return 0 or an errno. */
int hosted_spawn_nub(const char *path, int fd, const char *const *arguments, pid_t *pid);

/* ---- teams.c ---- */

/* Under the kernel's lock: the record of a team; made if `make`. */
hosted_team *hosted_team_find(hosted_kernel *k, hdbg_team_id team, int make);
void hosted_team_forget(hosted_kernel *k, hosted_team *team);
/* Looks at a message that a local port has got: whose debugging does it say to have ended? */
void hosted_team_message(hosted_kernel *k, hdbg_port_id port, int32_t code, const void *message, size_t size);
/* The nub that traces a team, or NULL if none does. */
hdbg_status hosted_team_nub(hosted_kernel *k, hdbg_team_id team, hosted_nub **nub);
/* Adds to the last error of a denied attach what in the system's policy may be the reason. */
hdbg_status hosted_explain_denied(hdbg_team_id team);
/* Maps a journal that came with a reply; closes fd. */
nub_journal *hosted_journal_map(int fd);

hdbg_port_id hosted_install(void *context, hdbg_team_id team, hdbg_port_id debugger_port);
hdbg_status hosted_remove(void *context, hdbg_team_id team);
hdbg_status hosted_debug_thread(void *context, hdbg_thread_id thread);
int64_t hosted_debug_team(void *context, hdbg_team_id team);
int hosted_shares_memory(void *context, hdbg_team_id team, hdbg_team_id other);
hdbg_status hosted_resume_thread(void *context, hdbg_thread_id thread);
hdbg_status hosted_kill_team(void *context, hdbg_team_id team);
hdbg_status hosted_send_signal(void *context, hdbg_thread_id thread, int32_t signal);
hdbg_status hosted_send_team_signal(void *context, hdbg_team_id team, int32_t signal);
int64_t hosted_thread_signal_info(void *context, hdbg_thread_id thread, void *info, size_t size);
hdbg_status hosted_send_signal_info(void *context, hdbg_thread_id thread, int32_t signal, const void *info,
                                    size_t size);
int64_t hosted_watchpoints_hit(void *context, hdbg_thread_id thread, hdbg_address *addresses,
                               size_t capacity);
/* The siginfo_t of what a thread is stopped for (core_facts_info). */
int hosted_signal_info(void *context, hdbg_thread_id thread, void *info);
hdbg_status hosted_extra_registers(void *context, hdbg_thread_id thread, hdbg_extra_registers *registers);
hdbg_status hosted_set_extra_registers(void *context, hdbg_thread_id thread,
                                       const hdbg_extra_registers *registers);

/* ---- launch.c ---- */

hdbg_team_id hosted_launch(void *context, const hdbg_launch_spec *spec);
hdbg_status hosted_reap(void *context, hdbg_team_id team, hdbg_team_status *status, hdbg_time timeout);

/* ---- mend.c ---- */

/* A nub has died: its debuggees' code as it was, their threads without breakpoint registers. */
void hosted_mend(hosted_kernel *k, hosted_nub *nub);

/* ---- memory.c ---- */

int64_t hosted_memory_read(void *context, hdbg_team_id team, hdbg_address address, void *buffer, size_t size);

hdbg_status hosted_memory_allocate(void *context, hdbg_team_id team, uint64_t size, uint32_t protection,
                                   hdbg_address *address);
hdbg_status hosted_memory_release(void *context, hdbg_team_id team, hdbg_address address, uint64_t size);

/* ---- registers.c ---- */

hdbg_status hosted_thread_registers(void *context, hdbg_team_id team, hdbg_thread_registers *registers,
                                    size_t count);
hdbg_status hosted_step_range(void *context, hdbg_team_id team, hdbg_thread_id thread, uint32_t how,
                              hdbg_address low, hdbg_address high);

/* ---- syscalls_traced.c ---- */

hdbg_status hosted_trace_team(void *context, hdbg_team_id team, const hdbg_trace_options *options);

/* ---- thread_local.c ---- */

hdbg_status hosted_tls_address(void *context, hdbg_thread_id thread, const hdbg_image_info *image,
                               uint64_t offset,
                               hdbg_status (*find)(void *finder, const char *name, hdbg_address *symbol),
                               void *finder, hdbg_address *address);

/* ---- details.c ---- */

hdbg_status hosted_team_details(void *context, hdbg_team_id team, int32_t kind,
                                int (*visit)(void *context, const hdbg_detail *detail), void *visit_context);

/* ---- info.c, lists.c ---- */

hdbg_status hosted_team_info(void *context, hdbg_team_id team, hdbg_team_info *info);
hdbg_status hosted_next_team(void *context, int64_t *cookie, hdbg_team_info *info);
hdbg_status hosted_thread_info(void *context, hdbg_thread_id thread, hdbg_thread_info *info);
/* The same; with `listed` the areas that hold the threads' stacks are as old as the list of threads. */
hdbg_status hosted_thread_describe(hosted_kernel *k, hdbg_thread_id thread, bool listed,
                                   hdbg_thread_info *info);
hdbg_status hosted_next_thread(void *context, hdbg_team_id team, int64_t *cookie, hdbg_thread_info *info);
int64_t hosted_team_threads(void *context, hdbg_team_id team, hdbg_thread_id *threads, size_t capacity);
hdbg_status hosted_next_image(void *context, hdbg_team_id team, int64_t *cookie, hdbg_image_info *info);
hdbg_status hosted_next_area(void *context, hdbg_team_id team, int64_t *cookie, hdbg_area_info *info);
void hosted_lists_free(hosted_lists *lists);

/* ---- pages.c, core_facts.c ---- */

hdbg_status hosted_next_pages(void *context, hdbg_team_id team, int32_t kind, hdbg_address *address,
                              hdbg_address end, uint64_t *size);
hdbg_status hosted_core_notes(void *context, hdbg_team_id team, const hdbg_core_thread *threads, size_t count,
                              hdbg_status (*add)(void *sink, const char *name, uint32_t type,
                                                 const void *data, size_t size),
                              void *sink);

#endif /* HDBG_HOSTED_INTERNAL_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a mock consists of, and what its files offer each other. All but the functions of mock.h and of the
 * kernel's table are called with the mock locked.
 */
#ifndef HDBG_SCRIPTED_STATE_H
#define HDBG_SCRIPTED_STATE_H

#include <haikudbg/mock.h>

#include <pthread.h>
#include <stdbool.h>

/* The functions of the kernel's table that can be made to fail, as mock.h names them. */
#define MOCK_FUNCTIONS(X)                                                                                    \
    X(system_info)                                                                                           \
    X(port_create)                                                                                           \
    X(port_delete)                                                                                           \
    X(port_read)                                                                                             \
    X(port_write)                                                                                            \
    X(port_next_size)                                                                                        \
    X(port_info)                                                                                             \
    X(wait_for_objects)                                                                                      \
    X(descriptor_open)                                                                                       \
    X(descriptor_force)                                                                                      \
    X(install_team_debugger)                                                                                 \
    X(remove_team_debugger)                                                                                  \
    X(debug_thread)                                                                                          \
    X(launch)                                                                                                \
    X(reap)                                                                                                  \
    X(resume_thread)                                                                                         \
    X(kill_team)                                                                                             \
    X(send_signal)                                                                                           \
    X(send_team_signal)                                                                                      \
    X(team_info)                                                                                             \
    X(next_team)                                                                                             \
    X(thread_info)                                                                                           \
    X(next_thread)                                                                                           \
    X(next_image)                                                                                            \
    X(next_area)                                                                                             \
    X(area_info)                                                                                             \
    X(delete_area)                                                                                           \
    X(memory_read)                                                                                           \
    X(team_threads)                                                                                          \
    X(debug_team)

#define MOCK_FUNCTION_ID(name) MOCK_##name,
enum mock_function { MOCK_FUNCTIONS(MOCK_FUNCTION_ID) MOCK_FUNCTION_COUNT };

/* A message in a port. Kept for the next message when it was read. */
struct message {
    struct message *next;
    int32_t code;
    size_t size;
    size_t room;
    uint8_t *bytes;
};

struct mock_team;

struct mock_port {
    hdbg_port_id id;
    hdbg_team_id owner;
    int32_t capacity;
    int32_t count;
    int32_t total;
    struct message *first;
    struct message *last;
    struct mock_team *nub_of; /* the team whose nub reads it */
    int32_t descriptors;      /* open on it */
    bool has_blocked_senders; /* threads or a nub wait for room in it */
    char name[HDBG_NAME_LENGTH];
};

struct mock_descriptor {
    struct mock_descriptor *next;
    int pipe[2];
    hdbg_port_id port;
    bool forced;
    bool readable; /* a byte is in the pipe */
};

/* An event that is to be sent: by a thread's script, after an expectation, or when a full port has room
 * again. */
struct queued_event {
    struct queued_event *next;
    hdbg_nub_event event;
};

struct event_queue {
    struct queued_event *first;
    struct queued_event *last;
};

struct mock_thread {
    struct mock_thread *next;
    struct mock_team *team;
    hdbg_thread_id id;
    int64_t order;
    int32_t state;
    bool is_nub;
    bool stopped;   /* in an event */
    bool suspended; /* by launch(), not yet continued */
    bool shy;       /* of launch(), too, but not suspended yet: see hdbg_mock_set_launch_race() */
    uint32_t looks_left;
    uint32_t flags;
    uint64_t ignore;
    uint64_t ignore_once;
    hdbg_nub_event last; /* what it stopped for; without its data but for a handover's sake */
    hdbg_cpu_state cpu_state;
    hdbg_address stack_base;
    hdbg_address stack_end;
    struct event_queue script;
    char name[HDBG_NAME_LENGTH];
};

struct mock_image {
    struct mock_image *next;
    int64_t order;
    hdbg_image_info info;
};

struct mock_area {
    struct mock_area *next;
    int64_t order;
    hdbg_area_info info;
    uint8_t *bytes;
};

struct mock_point {
    struct mock_point *next;
    hdbg_address address;
};

#define MOCK_SIGNALS 64

struct mock_team {
    struct mock_team *next;
    hdbg_team_id id;
    hdbg_team_id parent;
    int64_t order;
    char name[HDBG_NAME_LENGTH];
    char *program; /* launch()ed by this path */
    bool dormant;  /* not launched yet */
    bool launched; /* reap() knows it */
    bool ended;
    hdbg_team_status status;
    struct mock_thread *threads;
    struct mock_image *images;
    struct mock_area *areas;
    /* As of the debugger. */
    hdbg_port_id debugger_port; /* -1: not debugged */
    hdbg_port_id nub_port;
    bool stalled;
    bool handover;
    uint32_t flags;
    struct mock_point *breakpoints;
    int32_t breakpoint_count;
    struct mock_point *watchpoints;
    int32_t watchpoint_count;
    hdbg_signal_handler handlers[MOCK_SIGNALS + 1];
    struct event_queue outbox; /* of threads that wait for room in the debugger's port */
    /* A reply that waits for room in its port: the nub serves nothing meanwhile. */
    struct mock_reply *blocked;
};

/* What a nub sends back. */
struct mock_reply {
    hdbg_team_id team;
    hdbg_port_id nub_port; /* of the nub that sends it: it may have died meanwhile */
    hdbg_port_id port;
    int32_t code;
    size_t size;
    uint8_t bytes[];
};

enum answer_kind { ANSWER_DEFAULT, ANSWER_REPLY, ANSWER_ERROR, ANSWER_RAW };
enum fate { FATE_SERVED, FATE_LOST, FATE_NUB_DIES, FATE_TEAM_ENDS };

struct mock_expectation_action {
    struct mock_expectation_action *next;
    hdbg_mock_callback callback;
    void *cookie;
};

struct hdbg_mock_expectation {
    struct hdbg_mock_expectation *next;
    hdbg_mock *mock;
    char *text;
    hdbg_mock_matcher matcher;
    void *cookie;
    bool met;
    enum answer_kind answer;
    hdbg_nub_reply reply;
    hdbg_status error;
    int32_t raw_code;
    uint8_t *raw;
    size_t raw_size;
    bool resized, recoded, never;
    size_t new_size;
    int32_t new_code;
    hdbg_time delay;
    uint32_t messages_before;
    enum fate fate;
    int32_t end_status, end_signal;
    struct event_queue events;
    struct mock_expectation_action *actions;
};

struct mock_pattern {
    struct mock_pattern *next;
    char *text;
};

/* Something that happens at a time, or after some messages. */
struct mock_appointment {
    struct mock_appointment *next;
    hdbg_time time;
    uint32_t messages; /* counts down; 0: `time` counts */
    hdbg_mock_callback callback;
    void *cookie;
    struct queued_event *event;
    struct mock_reply *reply;
};

/* A thread that waits in the mock, on its own stack. */
struct waiter {
    struct waiter *next;
    hdbg_time deadline;
    uint64_t seen; /* the generation for which it found nothing to do */
};

struct text {
    char *chars;
    size_t length;
    size_t room;
};

struct hdbg_mock {
    pthread_mutex_t lock; /* recursive: functions of the test's are called with it held */
    pthread_cond_t changed;
    hdbg_kernel kernel;
    hdbg_kernel_ops ops;
    hdbg_mock_options options;

    hdbg_time now;
    uint64_t generation; /* of all that waiters look at */
    struct waiter *waiters;
    int participants;
    struct mock_appointment *agenda;
    bool keeping; /* appointments are being kept: no second round meanwhile */

    struct mock_port **ports; /* by id */
    int32_t port_room;
    int32_t port_count;
    struct message *spare;
    struct mock_descriptor *descriptors;

    struct mock_team *teams;
    struct mock_area *removed; /* whose bytes clones may still show */
    struct mock_area *clones;
    int64_t order;
    int32_t next_area;
    bool default_debugger;
    bool claims_default_debugger;
    uint32_t launch_race;
    hdbg_time latency;

    hdbg_mock_expectation *expectations;
    hdbg_mock_expectation *next_expected;
    struct mock_pattern *allowed;
    struct text transcript;
    struct text problems;
    struct text report;

    uint64_t calls[MOCK_FUNCTION_COUNT];
    uint32_t failures[MOCK_FUNCTION_COUNT];
    hdbg_status failure[MOCK_FUNCTION_COUNT];
};

/* mock.c */
void mock_lock(hdbg_mock *mock);
void mock_unlock(hdbg_mock *mock);
/* Counts a call of the table; true if it is to fail. */
bool mock_injected(hdbg_mock *mock, enum mock_function function, hdbg_status *status);
const char *mock_function_name(enum mock_function function);

/* clock.c */
hdbg_time mock_now(hdbg_mock *mock);
/* Something that a waiter may wait for has changed. */
void mock_touch(hdbg_mock *mock);
hdbg_time mock_deadline(hdbg_mock *mock, hdbg_time timeout);
/* Waits for a change. False if the deadline has passed. */
bool mock_wait(hdbg_mock *mock, hdbg_time deadline);
struct mock_appointment *mock_appoint(hdbg_mock *mock, hdbg_time delay, uint32_t messages);
/* A message has come to a nub: what waited for it happens. */
void mock_count_message(hdbg_mock *mock);
void mock_keep_appointments(hdbg_mock *mock);
void mock_clock_free(hdbg_mock *mock);

/* port.c */
struct mock_port *mock_port_find(const hdbg_mock *mock, hdbg_port_id id);
hdbg_port_id mock_port_make(hdbg_mock *mock, int32_t capacity, const char *name, hdbg_team_id owner);
hdbg_status mock_port_put(hdbg_mock *mock, struct mock_port *port, int32_t code, const void *bytes,
                          size_t size);
struct message *mock_port_take(hdbg_mock *mock, struct mock_port *port);
void mock_message_recycle(hdbg_mock *mock, struct message *message);
void mock_port_remove(hdbg_mock *mock, hdbg_port_id id);
void mock_ports_free(hdbg_mock *mock);
void mock_descriptors_update(hdbg_mock *mock, hdbg_port_id port);
extern const hdbg_kernel_ops mock_port_ops;

/* world.c */
/* Of teams that have not ended; those that wait for their launch() are found by mock_team_find() alone. */
struct mock_team *mock_team_find(const hdbg_mock *mock, hdbg_team_id id);
struct mock_team *mock_team_living(const hdbg_mock *mock, hdbg_team_id id);
struct mock_thread *mock_thread_find(const hdbg_mock *mock, hdbg_thread_id id);
struct mock_thread *mock_thread_living(const hdbg_mock *mock, hdbg_thread_id id);
struct mock_area *mock_area_at(const struct mock_team *team, hdbg_address address);
struct mock_thread *mock_thread_make(hdbg_mock *mock, struct mock_team *team, hdbg_thread_id id,
                                     const char *name);
void mock_thread_drop(struct mock_team *team, hdbg_thread_id id);
/* Bytes copied, until something is in the way; `need`: the protection that all of it must have. */
size_t mock_memory_copy(const struct mock_team *team, hdbg_address address, void *out, const void *in,
                        size_t size, uint32_t need);
void mock_area_free(struct mock_area *area);
/* Empties a team: threads, images, areas. */
void mock_team_clear(hdbg_mock *mock, struct mock_team *team);
void mock_images_clear(struct mock_team *team);
void mock_image_put(hdbg_mock *mock, struct mock_team *team, const hdbg_image_info *info);
void mock_image_drop(struct mock_team *team, hdbg_image_id id);
void mock_world_free(hdbg_mock *mock);

/* info.c */
hdbg_status mock_op_team_info(void *context, hdbg_team_id id, hdbg_team_info *info);
hdbg_status mock_op_next_team(void *context, int64_t *cookie, hdbg_team_info *info);
hdbg_status mock_op_thread_info(void *context, hdbg_thread_id id, hdbg_thread_info *info);
hdbg_status mock_op_next_thread(void *context, hdbg_team_id id, int64_t *cookie, hdbg_thread_info *info);
int64_t mock_op_team_threads(void *context, hdbg_team_id id, hdbg_thread_id *threads, size_t capacity);
hdbg_status mock_op_next_image(void *context, hdbg_team_id id, int64_t *cookie, hdbg_image_info *info);
hdbg_status mock_op_next_area(void *context, hdbg_team_id id, int64_t *cookie, hdbg_area_info *info);
hdbg_status mock_op_area_info(void *context, hdbg_area_id id, hdbg_area_info *info);
hdbg_status mock_op_delete_area(void *context, hdbg_area_id id);
int64_t mock_op_memory_read(void *context, hdbg_team_id id, hdbg_address address, void *buffer, size_t size);

/* debug.c */
hdbg_port_id mock_op_install_team_debugger(void *context, hdbg_team_id id, hdbg_port_id debugger_port);
hdbg_status mock_op_remove_team_debugger(void *context, hdbg_team_id id);
hdbg_status mock_op_debug_thread(void *context, hdbg_thread_id id);
int64_t mock_op_debug_team(void *context, hdbg_team_id id);
hdbg_team_id mock_op_launch(void *context, const hdbg_launch_spec *spec);
hdbg_status mock_op_reap(void *context, hdbg_team_id id, hdbg_team_status *status, hdbg_time timeout);
hdbg_status mock_op_resume_thread(void *context, hdbg_thread_id id);
hdbg_status mock_op_kill_team(void *context, hdbg_team_id id);
hdbg_status mock_op_send_signal(void *context, hdbg_thread_id id, int32_t signal);
hdbg_status mock_op_send_team_signal(void *context, hdbg_team_id id, int32_t signal);
int mock_op_has_default_debugger(void *context);
/* The nub's end: its port goes, threads continue, break- and watchpoints are removed. */
void mock_nub_die(hdbg_mock *mock, struct mock_team *team);
void mock_team_finish(hdbg_mock *mock, struct mock_team *team, int32_t status, int32_t signal, bool tell);

/* nub.c */
/* Lets a team's nub take what is in its port. */
void mock_nub_serve(hdbg_mock *mock, struct mock_team *team);
/* Writes a reply, or keeps it until there is room, and frees it. */
void mock_nub_deliver(hdbg_mock *mock, struct mock_reply *reply);
/* Retries a reply that had no room. */
void mock_nub_retry(hdbg_mock *mock, hdbg_port_id port);
void mock_points_clear(struct mock_team *team);
/* Lets a stopped or suspended thread go on; its script's next event is sent. */
void mock_thread_continue(hdbg_mock *mock, struct mock_thread *thread, bool step);

/* default.c */
/* Does what Haiku's nub does for a message; true if it is answered. */
bool mock_default_serve(hdbg_mock *mock, struct mock_team *team, const hdbg_nub_message *message,
                        hdbg_nub_reply *reply);

/* event.c */
hdbg_status mock_event_send(hdbg_mock *mock, const hdbg_nub_event *event);
bool mock_event_queue_add(struct event_queue *queue, const hdbg_nub_event *event);
void mock_event_queue_clear(struct event_queue *queue);
struct queued_event *mock_event_queue_take(struct event_queue *queue);
/* Sends what waited for room in a debugger's port. */
void mock_event_flush(hdbg_mock *mock, hdbg_port_id port);
bool mock_event_stops(int32_t type);

/* expect.c */
/* Notes a message and finds what is expected of it; NULL: the nub's own behaviour. */
hdbg_mock_expectation *mock_expect_message_line(hdbg_mock *mock, hdbg_team_id team,
                                                const hdbg_nub_message *message, const char *line);
/* Notes a call. True if an expectation decides its result. */
bool mock_expect_call(hdbg_mock *mock, hdbg_mock_expectation **met, hdbg_status *result, const char *format,
                      ...) HDBG_PRINTF(4, 5);
/* What is to happen after an expectation was met, if one was. */
void mock_expect_after(hdbg_mock *mock, hdbg_mock_expectation *met);
void mock_problem(hdbg_mock *mock, const char *format, ...) HDBG_PRINTF(2, 3);
void mock_note_event(hdbg_mock *mock, const hdbg_nub_event *event);
void mock_expect_free(hdbg_mock *mock);

/* text.c */
#define MOCK_LINE_MAX 4096
bool mock_text_append(struct text *text, const char *format, ...) HDBG_PRINTF(2, 3);
const char *mock_signal_name(int32_t signal, char *buffer, size_t size);
void mock_message_line(char *line, size_t size, hdbg_team_id team, const hdbg_nub_message *message);
/* Whether a line fits a pattern in which `*` is any text. */
bool mock_line_matches(const char *pattern, const char *line);

#endif /* HDBG_SCRIPTED_STATE_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The structs of lib/session, and what its files offer each other.
 *
 * One lock a session (session->lock) guards all that is not said to be otherwise. It is never held during a
 * message to a nub or a call of the kernel that may wait; what may take time is done in between, and what was
 * decided before is looked at again. Objects are counted; a session's maps know them as long as they exist.
 */
#ifndef HDBG_SESSION_TYPES_H
#define HDBG_SESSION_TYPES_H

#include "base/fail.h"
#include "session/idmap.h"
#include "session/internal.h"

#include <haikudbg/breakpoint.h>
#include <haikudbg/event.h>
#include <haikudbg/registers.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Calls a function of a kernel's table. */
#define KERNEL(kernel, function, ...) ((kernel)->ops->function((kernel)->context, ##__VA_ARGS__))

enum {
    SESSION_WAKE_CODE = 0x68647721, /* of the message to the own port that ends a read; no nub sends it */
    SESSION_SLICE = 500 * 1000, /* microseconds: how long a read may go on before nub ports are looked at */
    SESSION_SUSPECT_SLICE = 50 * 1000, /* the same while a nub port is gone and the team's end was not told */
    SESSION_GRACE = 1000 * 1000,       /* how long after its nub port a team's last event may come */
    SESSION_ASK_AGAIN = 10 * 1000,     /* a thread that was asked to stop and does not is asked again */
    SESSION_REAP_TIMEOUT = 5 * 1000 * 1000,
    SIGNAL_SLOTS = HDBG_SIGNAL_MAX + 1,
    TRAPS_REMEMBERED = 16,
    CPUS_KEPT = 32
};

struct hdbg_session {
    _Atomic int32_t references; /* the creator's, and one a team */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* broadcast whenever something may have happened that a call waits for */

    hdbg_kernel *kernel;
    bool owns_kernel;
    hdbg_kernel older; /* the kernel, if its table is an earlier version's: with a whole one */
    hdbg_kernel_ops older_ops;
    bool closing;   /* hdbg_session_destroy() has begun */
    int32_t inside; /* calls that wait, hdbg_wait() included */
    int32_t release;
    int32_t arch; /* of messages whose team is not known */
    uint32_t flags;
    int32_t follow;
    hdbg_time request_timeout;
    hdbg_log_function log;
    void *log_context;
    int32_t log_level;
    uint8_t policy[SIGNAL_SLOTS];

    hdbg_port_id port;
    int descriptor; /* -1: never asked for */
    bool descriptor_forced;
    bool waiting; /* a thread is in hdbg_wait() */
    bool reading; /* a thread reads the port, or deals with what it has read */
    bool woken;   /* hdbg_session_wake() */
    hdbg_time next_check;
    bool has_let_go; /* a team: messages of it may still lie in the port */
    uint64_t markers_sent, markers_read;
    int32_t suspects;  /* teams whose nub port is gone */
    int32_t unstopped; /* threads with stop_told */
    uint64_t resume_rounds;

    id_map teams;
    id_map threads;
    int32_t live_teams;

    hdbg_thread *cpu_of[CPUS_KEPT]; /* whose processor states are kept; no references */
    uint32_t cpu_next;

    hdbg_event *first_event, *last_event; /* the queue */
    hdbg_event *free_events;
    uint64_t queued;
    hdbg_session_statistics counts; /* of nubs that were closed, and what the session counts itself */
    uint8_t message[64 * 1024];     /* the reader's; only records of system calls need more than a page */

    pthread_mutex_t cache_lock; /* of `cache` */
    team_cache cache;
};

/* A breakpoint or watchpoint that the nub has on the session's behalf. */
typedef struct code_mark {
    hdbg_address address;
    bool is_user;  /* set by hdbg_breakpoint_set() */
    int32_t traps; /* steps that wait for a thread to come by */
} code_mark;

typedef struct mark_list {
    code_mark *marks;
    size_t count, room;
} mark_list;

struct hdbg_team {
    id_node node;
    _Atomic int32_t references;
    hdbg_session *session;
    hdbg_team_id id;
    int32_t state; /* an hdbg_team_state */
    bool listed;   /* counted in live_teams; the session holds a reference */
    bool kept;     /* ended, and its end not handed out: the session holds a reference */
    bool attaching;
    bool launched; /* to be reaped */
    bool killed;   /* by hdbg_team_kill(): it ends, whether or not anybody waits for that */
    int32_t arch;
    hdbg_nub *nub; /* closed when the last user goes after the team's end */
    hdbg_port_id nub_port;
    int32_t nub_users;
    hdbg_time suspect_since; /* when the nub port was first seen gone; 0: it was not */

    hdbg_thread *threads; /* those that live; a reference each */
    size_t thread_count;
    uint64_t changes; /* stops and ends of threads */
    int32_t stopping; /* calls that stop the team as a whole: new threads are stopped for them */
    int32_t follow;
    uint32_t wanted; /* hdbg_team_flag bits that the user asked for */
    uint64_t image_generation;
    uint64_t continues,
        fenced;       /* CONTINUE_THREADs sent, and how many of them the nub is known to have read */
    uint64_t read_at; /* `continues` when registers were read last, */
    size_t read_next; /* and how many threads' are read at once the next time */
    hdbg_team_end end;
    int32_t deadly_signal; /* that the session last let the team have; -1: none */

    pthread_mutex_t mark_lock; /* around messages that set and clear; taken before session->lock */
    mark_list breakpoints, watchpoints;
    hdbg_address old_traps[TRAPS_REMEMBERED];
    uint32_t old_trap;

    pthread_mutex_t cache_lock;
    team_cache cache;
    pthread_mutex_t syscalls_lock;
    team_cache syscalls;
};

struct hdbg_thread {
    id_node node;
    _Atomic int32_t references;
    hdbg_team *team; /* a reference */
    hdbg_thread *previous, *next;
    hdbg_thread_id id;
    int32_t state; /* an hdbg_run_state */
    bool listed;
    uint32_t round;         /* of attach_learn(), in which the kernel listed it last */
    bool announced;         /* a THREAD_CREATED of it was or will be handed out */
    bool missing;           /* the kernel has said that it does not exist; no event told its end */
    bool stop_asked;        /* by a call that waits: THREAD_DEBUGGED is not handed out */
    bool stop_void;         /* it was, in vfork(), and was resumed before it could stop */
    hdbg_team_id lends_to;  /* the vfork() child that it waits for, if that still is so; 0: none */
    bool stop_told;         /* by hdbg_thread_request_stop(): the next event is handed out, whatever it is */
    uint64_t resume_round;  /* the hdbg_team_resume() that resumed it last */
    bool stepping;          /* resumed for a step that has not ended */
    hdbg_address low, high; /* and it is stepped on while it stands in here; both 0: it is not */
    bool continue_later;    /* stopped by an event nobody wants before the nub was connected */
    hdbg_address trap;      /* the breakpoint that ends its step; 0: none */
    hdbg_address mended_pc; /* where a step over `pushf` ends; 0: nothing is to be mended */
    uint32_t queued;        /* stops that were not handed out yet */

    /* While it is stopped: */
    hdbg_stop stop;       /* as callers see it */
    bool discarded;       /* the stop's signal is to be forgotten */
    hdbg_address pc;      /* where a BREAKPOINT_HIT stopped it */
    int32_t nub_state;    /* an hdbg_signal_state: what the nub holds it for, */
    int32_t nub_signal;   /* and that signal */
    bool nub_same;        /* whether that is what `stop` tells, too */
    uint64_t stop_count;  /* numbers the stops */
    int32_t given_signal; /* hdbg_thread_set_signal_info(): Haiku's number, 0: none */
    size_t given_size;
    uint8_t given_info[HDBG_SIGNAL_INFO_MAX];
    bool cpu_known, extra_known;
    hdbg_cpu_state *cpu; /* registers.c: where it is kept, if it is */
    uint32_t cpu_place;
    hdbg_extra_registers extra;
};

struct hdbg_event {
    hdbg_event *next, *previous;
    hdbg_session *session; /* kept by the team's reference */
    hdbg_team *team;
    hdbg_thread *thread; /* or NULL */
    hdbg_team *child;    /* or NULL */
    hdbg_team *awaited;  /* a child that has to stand before this event may be handed out, or NULL */
    hdbg_time time;
    bool is_stop;
    bool borrows; /* a TEAM_CREATED whose child runs in its parent's memory */
    hdbg_nub_event data;
    uint8_t *records; /* base/trace.h; NULL: none */
    size_t record_bytes;
};

struct hdbg_thread_state_copy {
    hdbg_thread_id thread;
    uint64_t stop_count;
    hdbg_stop stop;
    bool discarded;
    hdbg_address pc;
    hdbg_cpu_state cpu;
    bool has_extra;
    hdbg_extra_registers extra;
    size_t info_size; /* of the signal's details, 0: they are not known */
    uint8_t info[HDBG_SIGNAL_INFO_MAX];
};

/* ---- session.c ---- */

void session_retain(hdbg_session *session);
void session_release(hdbg_session *session);
hdbg_time session_now(hdbg_session *session);
void session_log(hdbg_session *session, int32_t level, const char *format, ...) HDBG_PRINTF(3, 4);
/* Ends the read that another thread is in, so that it looks anew at what it waits for. Locked or not. */
void session_kick(hdbg_session *session);
/* Makes the descriptor readable, or no longer. Locked. */
void session_descriptor_update(hdbg_session *session);
/* What a session lets a signal do: bits of hdbg_signal_disposition. */
uint32_t session_policy(const hdbg_session *session, int32_t signal);

/* ---- pump.c ---- */

/* Reads one message and deals with it, or waits for the thread that does. Locked, and unlocked meanwhile.
 * Returns after a message, at `until` at the latest, and whenever it likes. `until` in the past polls.
 * HDBG_OK, HDBG_WOULD_BLOCK (nothing came), HDBG_CANCELED (the session ends). */
hdbg_status pump_step(hdbg_session *session, hdbg_time until);
/* Reads until `done` answers true. Locked, and unlocked meanwhile. HDBG_OK, HDBG_TIMED_OUT, HDBG_CANCELED. */
hdbg_status pump_until(hdbg_session *session, bool (*done)(void *argument), void *argument,
                       hdbg_time deadline);
/* Reads all that is in the port now. Locked, and unlocked meanwhile. */
void pump_drain(hdbg_session *session);

/* ---- bookkeeping.c ---- */

/* What the pump does with an event, and what it has to send when the lock is free again. */
typedef struct outcome {
    bool tell;         /* it goes into the queue */
    bool go_on;        /* the thread is to be continued at once */
    bool step;         /* as a step */
    int32_t signal;    /* with this signal, or 0 */
    hdbg_address trap; /* a step's breakpoint that has done its work, or 0 */
} outcome;

/* Enters an event into the books. Locked. `event` may be changed (a step that ended at a breakpoint of ours).
 */
outcome bookkeeping_apply(hdbg_team *team, hdbg_thread *thread, hdbg_event *event);
/* Whether a type's events name a thread. */
bool bookkeeping_names_thread(int32_t type);
/* Locked: a team is over for the session. `state` is an hdbg_team_state. Threads that were announced are told
 * as ended. */
void bookkeeping_team_over(hdbg_team *team, int32_t state);
/* Locked: a thread has ended. Answers its trap, to be cleared, or 0. */
hdbg_address bookkeeping_thread_over(hdbg_thread *thread);
/* Locked: a thread stands, for what the event says. */
void bookkeeping_stop_enter(hdbg_thread *thread, const hdbg_nub_event *event);

/* ---- ends.c ---- */

/* Looks whether teams are gone without a word: nub ports that died. Not locked; the reader calls it. */
void ends_check(hdbg_session *session);
/* All teams' nub is dead. Not locked; the reader calls it. */
void ends_nub_lost(hdbg_session *session);
/* Takes the status of a team that was launched, and fills team->end from what is known. Not locked. */
void ends_team_deleted(hdbg_team *team, const hdbg_nub_event *event);
/* A team was let go: if it was killed, its status is taken, as no event will lead to that any more. */
void ends_let_go(hdbg_team *team);

/* ---- queue.c ---- */

hdbg_event *event_new(hdbg_session *session);
/* Locked: the event becomes the team's (takes references), and goes to the end of the queue. */
void queue_put(hdbg_event *event, hdbg_team *team, hdbg_thread *thread);
/* Locked: makes an event of the library's own and queues it. */
void queue_put_own(hdbg_team *team, hdbg_thread *thread, const hdbg_nub_event *data, bool is_stop);
/* Locked: the first event that fits, taken out; NULL if there is none, or if it has to wait for its child. */
hdbg_event *queue_take(hdbg_session *session, const hdbg_wait_filter *filter);
/* Locked: whether an event fits, ready or not. */
bool queue_holds(hdbg_session *session, const hdbg_wait_filter *filter);
/* Locked: drops a team's events, answers them as a list. */
hdbg_event *queue_drop(hdbg_session *session, const hdbg_team *team);
/* Gives an event that was never queued back. Not locked. */
void event_recycle(hdbg_session *session, hdbg_event *event);

/* ---- team.c ---- */

hdbg_team *team_new(hdbg_session *session, hdbg_team_id id);
/* Locked: makes a team known as one that is being attached. */
hdbg_status team_list(hdbg_team *team);
/* Locked: the team by its id, without a reference; also one that has ended. */
hdbg_team *team_find(hdbg_session *session, hdbg_team_id id);
/* Locked: HDBG_OK if the team is debugged, else why not, with the last error set. */
hdbg_status team_check(hdbg_team *team, const char *what);
/* Closes the nub of a team that is over, if nobody uses it. Not locked. */
void team_close_nub(hdbg_team *team);
/* As team_nub_acquire() and team_nub_release(), locked. */
hdbg_nub *team_nub_use(hdbg_team *team);
void team_nub_unuse(hdbg_team *team);
/* What a nub's error means for a team: a dead nub port is a team that has ended. Not locked. */
hdbg_status team_nub_status(hdbg_team *team, hdbg_status status);
/* The flags the nub needs. */
uint32_t team_flags(const hdbg_team *team);

/* ---- attach.c, children.c ---- */

/* Installs the session's port as debugger of a listed team, connects to the nub and sets its flags. Not
 * locked. */
hdbg_status attach_connect(hdbg_team *team);
/* Learns of all threads of a team that was there before. Not locked. */
hdbg_status attach_learn(hdbg_team *team);
/* Ends what attach_connect() and team_list() began: the team is let go. Not locked. Leaves the last error as
 * it was. */
void attach_undo(hdbg_team *team);
/* Waits until a request has made its way through the nub, and with it all messages sent before. Not locked.
 */
hdbg_status attach_fence(hdbg_team *team, hdbg_nub *nub);

/* Before TEAM_CREATED is entered into the books: follows the child or lets it go. Answers the child, with a
 * reference, or NULL. Not locked; the reader calls it. */
hdbg_team *children_created(hdbg_team *parent, hdbg_team_id child);

/* Before the same: whether the child runs in its parent's memory. Not locked; the reader calls it. */
void children_note_loan(hdbg_thread *thread, hdbg_event *event);

/* ---- thread.c ---- */

/* Locked: the thread by its id, without a reference; also one that has ended. */
hdbg_thread *thread_find(hdbg_session *session, hdbg_thread_id id);
/* Locked: the living thread of a team by its id, made if it was not known. Without a reference. NULL: no
 * memory. */
hdbg_thread *thread_get(hdbg_team *team, hdbg_thread_id id);
/* Locked: gives a reference back; the team has to have another one than the thread's. */
void thread_unref(hdbg_thread *thread);
/* Locked: HDBG_OK if the thread is stopped, else why not, with the last error set. */
hdbg_status thread_check_stopped(hdbg_thread *thread, const char *what);
/* Locked: HDBG_OK if the thread lives in a team that is debugged. */
hdbg_status thread_check_lives(hdbg_thread *thread, const char *what);
/* Whether it has been asked to stop, and cannot come to an instruction of its own before it does. Locked. */
bool thread_waits_in_vfork(hdbg_thread *thread);
/* Whether the kernel still has it, in its team. Not locked. */
bool thread_exists(const hdbg_thread *thread);
/* Stops one thread, or all of a team if `thread` is NULL. Locked, and unlocked meanwhile. */
hdbg_status stop_and_wait(hdbg_team *team, hdbg_thread *thread);

/* ---- registers.c ---- */

/* Locked: keeps the processor's state of a stopped thread. Of many threads only the last ones' are kept: a
 * state is larger than all else that is known of a thread. */
void thread_cpu_keep(hdbg_thread *thread, const hdbg_cpu_state *state);
/* Locked: gives up what is kept. */
void thread_cpu_drop(hdbg_thread *thread);
/* A state that the nub told, as callers see it: a step's trap flag is not the thread's. */
void thread_cpu_clean(const hdbg_thread *thread, hdbg_cpu_state *state);

/* ---- resume.c, step.c ---- */

/* A resume: what is to happen, and what that takes. */
typedef struct resume_plan {
    int32_t signal; /* 0: none */
    bool step;
    /* Filled in by step_prepare(): */
    bool synthesized;    /* it is done without the nub: the thread stands at `cpu` for `type` */
    int32_t type;        /* SINGLE_STEP or BREAKPOINT_HIT */
    hdbg_cpu_state *cpu; /* NULL: not looked at */
} resume_plan;

/* Resumes a thread that the caller has claimed (it stands in the nub, its state is RUNS). Not locked. */
hdbg_status resume_claimed(hdbg_thread *thread, hdbg_nub *nub, int32_t signal, bool step);
/* Locked: the signal of the stop that a resume with HDBG_SIGNAL_AS_STOPPED gives; by the policy if
 * `by_policy`. */
int32_t resume_own_signal(const hdbg_thread *thread, bool by_policy);

/* Does what single steps and int3 need before a thread is continued. Not locked; the thread is claimed. */
hdbg_status step_prepare(hdbg_thread *thread, hdbg_nub *nub, resume_plan *plan, hdbg_cpu_state *cpu);
/* Before SINGLE_STEP is entered into the books: takes the trap flag out of what `pushf` pushed. Not locked.
 */
void step_mend(hdbg_thread *thread, const hdbg_nub_event *event);
/* Whether a stopped thread would come to harm by simply going on: it stands at an int3 of its own, or its
 * trap flag has to be looked after. Not locked; the thread is claimed. */
bool step_has_to_be_led(hdbg_thread *thread, hdbg_nub *nub);

/* ---- breakpoint.c ---- */

/* Locked: whether the nub has a breakpoint there. */
code_mark *mark_find(const mark_list *list, hdbg_address address);
void marks_free(mark_list *list);
/* A breakpoint that ends a step; counted. Not locked. */
hdbg_status trap_set(hdbg_team *team, hdbg_nub *nub, hdbg_address address);
void trap_clear(hdbg_team *team, hdbg_nub *nub, hdbg_address address);
/* Locked: whether a hit there is none of the user's: of a step's breakpoint, present or past. */
bool trap_is_at(const hdbg_team *team, hdbg_address address);
/* All breakpoints and watchpoints go. Not locked. */
void marks_clear_all(hdbg_team *team, hdbg_nub *nub);

#endif /* HDBG_SESSION_TYPES_H */

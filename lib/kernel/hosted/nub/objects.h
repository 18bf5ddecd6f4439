/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What hdbg-nub is made of: debuggers that are connected, their ports, teams, address spaces and threads.
 */
#ifndef HDBG_HOSTED_NUB_OBJECTS_H
#define HDBG_HOSTED_NUB_OBJECTS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "nub/wire.h" /* before <signal.h>, which has macros for names of its fields */

#include "kernel/hosted/convert.h"
#include "kernel/hosted/images.h"
#include "kernel/hosted/port.h"
#include "kernel/hosted/protocol.h"

#include <haikudbg/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#undef sa_handler /* the C library's macro; the messages have a field of that name */

typedef struct nub nub;
typedef struct debugger debugger;
typedef struct port port;
typedef struct team team;
typedef struct space space;
typedef struct thread thread;
typedef struct trace_batch trace_batch;
typedef struct team_trace team_trace;

/* ---- constants of Haiku's debugger.h that are not messages ---- */
enum {
    TEAM_SIGNALS = 0x00010000,
    TEAM_PRE_SYSCALL = 0x00020000,
    TEAM_POST_SYSCALL = 0x00040000,
    TEAM_TEAM_CREATION = 0x00080000,
    TEAM_THREADS = 0x00100000,
    TEAM_IMAGES = 0x00200000,
    TEAM_PREVENT_EXIT = 0x00400000,
    TEAM_STOP_NEW_THREADS = 0x01000000,

    THREAD_PRE_SYSCALL = 0x00010000,
    THREAD_POST_SYSCALL = 0x00020000,
    THREAD_STOP_CHILD_THREADS = 0x00100000,
    THREAD_SYSCALL_TRACE_CHILD_THREADS = 0x00200000,
};
#define USER_FLAG_MASK 0xffff0000u

/* cpu_state.vector: why the thread is in the kernel. */
enum {
    VECTOR_DIVIDE = 0,
    VECTOR_DEBUG = 1,
    VECTOR_BREAKPOINT = 3,
    VECTOR_OPCODE = 6,
    VECTOR_PROTECTION = 13,
    VECTOR_PAGE_FAULT = 14,
    VECTOR_FLOATING_POINT = 19,
    VECTOR_SYSCALL = 99,
    VECTOR_INTERRUPT = 251 /* another processor asked this one to reschedule */
};

#define USER_BASE 0x100000ull
#define USER_TOP  0x7fffffffffffull
#define LINUX_TOP 0x7fffffffefffull /* the last that a process can have, or a register point to */

/* ---- the loop ---- */

/* Something epoll watches. */
typedef struct source {
    void (*ready)(struct source *self, uint32_t events);
    int fd;
} source;
#define SOURCE_OWNER(self, type, member) ((type *)((char *)(self)-offsetof(type, member)))

enum { ID_BUCKETS = 4096, DEBUG_REGISTERS = 4 };

struct nub {
    int epoll;
    source signals, listener;
    bool at_the_door; /* somebody wants to connect, and is not let in yet */
    bool has_news;    /* tracees may have more to tell than was taken */
    pid_t pid;
    debugger *debuggers;
    team *teams[ID_BUCKETS];
    thread *threads[ID_BUCKETS];
    thread *orphans; /* new tracees whose creator's event has not come yet */
    int thread_count;
    pid_t stopping; /* the team that was told to stop as a whole last, 0: all its threads have */
    int team_count, ending_count; /* teams, and those of them whose end is told in a moment */
    int installing_count;         /* and those that are to have a debugger in a moment */
    bool no_debug_registers;      /* the processor's registers cannot be had: all breakpoints are software */
    struct garbage *garbage;      /* freed after the batch of events in which it died */
    uint64_t syscall_offset;      /* of a `syscall` instruction in the vdso, 0: not looked for yet */
    trace_batch *batches;         /* trace.c's, that hold something */
    int patience; /* how often looking at once for a traced thread's next stop has been worth it */
};

/* ---- debuggers and their ports ---- */

/* A message that waits for room in its port. */
typedef struct parked {
    struct parked *next;
    thread *thread; /* whose event it is, or NULL */
    team *team;     /* whose nub's reply it is, or NULL */
    int32_t code;
    size_t size;
    int area_fd;
    uint8_t data[];
} parked;

struct port {
    source room; /* the writers' end */
    port *next;
    debugger *owner;
    int32_t id;
    port_end end;
    parked *first, **last;
    bool dead;          /* its reader is gone */
    trace_batch *batch; /* trace.c's; NULL: there was none */
};

/* An answer that found no room in the control socket. */
typedef struct unsent {
    struct unsent *next;
    nub_reply reply;
    int fds[2];
} unsent;

struct debugger {
    source control, process; /* its control socket, its pidfd */
    unsent *unsent;          /* answers that wait for room; no request is read meanwhile */
    debugger *next;
    nub *nub;
    pid_t pid;
    uid_t uid;
    int32_t base; /* of its port ids */
    port_slot *slots;
    port *ports;
    bool lose_first_continue;
};

/* ---- address spaces ---- */

enum { BREAKPOINT_MAX = 10240, WATCHPOINT_MAX = DEBUG_REGISTERS - 1, SPACE_BUCKETS = 1024 };

typedef struct breakpoint {
    struct breakpoint *next;
    hdbg_address address;
    team *owner;     /* who set it */
    bool user;       /* its debugger asked for it */
    bool internal;   /* the nub's own, at the dynamic linker's rendezvous */
    int8_t hardware; /* its register, -1: software */
    bool patched;    /* the byte is in the code */
    uint8_t original;
    int32_t journal; /* its entry, -1: none */
} breakpoint;

typedef struct scratch_page {
    struct scratch_page *next;
    hdbg_address address;
    bool in_journal; /* the library knows of it */
    uint64_t used;   /* a bit for each slot */
} scratch_page;

/* What threads that share memory share; a vfork child shares its parent's. */
struct space {
    int references;
    int mem; /* /proc/PID/mem */
    breakpoint *breakpoints[SPACE_BUCKETS];
    int breakpoint_count; /* those of debuggers */
    int software_count;
    scratch_page *scratch;
    hdbg_address vdso;
    hdbg_address debug_state, r_debug; /* the dynamic linker's rendezvous, 0: none */
    bool looked_for_rendezvous;
};

/* ---- teams ---- */

/* A debug register of a team: the same in each of its threads. */
typedef struct debug_register {
    hdbg_address address; /* 0: free */
    uint8_t type;         /* DR7's R/W: 0 execute, 1 write, 3 access */
    uint8_t length;       /* DR7's LEN: 0, 1, 3 */
    breakpoint *breakpoint;
} debug_register;

/* A team's life before its first own instruction. */
typedef enum team_launch {
    LAUNCH_NONE,
    LAUNCH_SEIZED,  /* a trampoline, or a child that will be a team of its own: its next exec is its birth */
    LAUNCH_LOADING, /* executed, its images are being loaded */
    LAUNCH_DONE     /* suspended */
} team_launch;

/* A control request that is answered later. */
typedef struct waiter {
    struct waiter *next;
    debugger *debugger;
    uint32_t serial;
} waiter;

/* What becomes of a WRITE_CORE_FILE. */
typedef enum core_state {
    CORE_NONE,
    CORE_STOPPING, /* threads are held as they stop */
    CORE_WRITING,  /* a child of the nub writes, all threads are held */
    CORE_WRITTEN   /* it is through, and that has not been answered */
} core_state;

struct team {
    team *next; /* in its bucket */
    nub *nub;
    pid_t id;
    thread *threads;
    int thread_count;
    space *space;

    debugger *debugger; /* NULL: none is installed */
    int32_t debugger_port;
    source nub_port; /* the readers' end */
    port_end reader;
    int nub_writer;
    int32_t nub_port_id;
    debugger *slot_owner; /* in whose port table the nub port's slot is */
    bool handover;        /* prepared */
    bool reply_parked;    /* a reply waits for room: no message is read meanwhile */
    bool nub_waits;       /* a message waits for a thread to stop: the same */
    bool nub_deaf;        /* while one of both is so, the loop does not look at the port */
    struct {
        int32_t code;
        size_t size;
        uint8_t data[sizeof(wire_x86_64_set_cpu_state) + 1024];
    } waiting;

    struct {
        core_state state;
        pid_t child;
        source writer; /* tells the child's status */
        hdbg_status status;
    } core;

    nub_journal *journal; /* NULL: no debugger has been there yet */
    int journal_fd;
    int32_t journal_hint; /* where to look for a free entry first */

    uint32_t flags;
    team_trace *trace; /* trace.c's; NULL: its system calls are not told that way */
    int32_t image_event;
    debug_register registers[DEBUG_REGISTERS];
    int watchpoint_count;

    hdbg_image_info *images; /* as told to the debugger last */
    size_t image_count;

    team_launch launch;
    debugger *launch_by;     /* whose launch it is; dangling once it is gone, only compared */
    bool loaded_by_debuggee; /* load_image() in a debuggee: no exec event */
    bool next_fork_is_load;
    bool unseen; /* a vfork child without a debugger: traced because it shares breakpoints */
    bool lose_next_continue;
    int waiting_for_debugger; /* threads that called wait_for_debugger() */
    bool killed_by_nub;
    int killed_as; /* the signal that it would have died of without a tracer, 0: it does itself */
    bool leader_gone;
    int64_t told_at; /* when its end is to be told, 0: not waiting for that */
    int leader_status;
    struct {
        int64_t user, kernel;
    } usage;
    waiter *launch_waiters, *detach_waiters;
    int unsettled_count; /* threads */
    struct {
        debugger *by; /* NULL: none */
        nub_request request;
        int64_t until, look; /* when it waits no longer, and looks again */
    } install;               /* that waits for threads which are being made */
};

/* ---- threads ---- */

typedef enum stop_kind {
    STOP_NONE, /* it runs */
    STOP_SIGNAL,
    STOP_TRAP,  /* PTRACE_EVENT_STOP: interrupted, or new */
    STOP_GROUP, /* the same while the process is stopped by a signal */
    STOP_SYSCALL_ENTRY,
    STOP_SYSCALL_EXIT,
    STOP_FORK,
    STOP_VFORK,
    STOP_CLONE,
    STOP_EXEC,
    STOP_EXIT
} stop_kind;

enum {
    HOLD_NEW = 1,      /* its creator's event has not been dealt with */
    HOLD_SUSPENDED = 2 /* launched, and not started */
};

/* An event that a stopped thread has to tell. */
typedef struct event {
    int32_t code;
    int32_t id;       /* new team or thread, exception, signal */
    int32_t signal;   /* Linux's, for exceptions */
    uint64_t address; /* of debugger()'s message */
    hdbg_image_info *image;
    bool software; /* of a breakpoint */
} event;

enum displaced_kind {
    DISPLACED_PLAIN,
    DISPLACED_CALL,
    DISPLACED_BRANCH,
    DISPLACED_PUSHF,
    DISPLACED_SYSCALL,
    DISPLACED_INLINE
};

typedef struct deferred_signal {
    struct deferred_signal *next;
    int signal;
    siginfo_t info;
} deferred_signal;

struct thread {
    thread *next;                 /* in its bucket */
    thread *previous, *following; /* in its team */
    thread *next_orphan;
    nub *nub;
    team *team;
    pid_t id;

    stop_kind stop;
    bool fresh;        /* has not had its first stop */
    bool unsettled;    /* seized when it may have been making another thread, and not stopped since */
    bool interrupted;  /* PTRACE_INTERRUPT is under way */
    bool regroup;      /* it was group-stopped, and is to be again when a trap is dealt with */
    bool listening;    /* group-stopped */
    bool lends_memory; /* in vfork(): it stops for nothing before its child is through */
    bool exiting;
    bool exiting_unseen; /* by a signal or in another way that is no event */
    int signal;          /* to deliver on resuming, Linux's number */
    siginfo_t info;      /* of the signal stop */
    bool set_info;       /* `info` has to be set again before it is delivered */
    siginfo_t given;     /* what a signal is to come with that the debugger sends; si_signo 0: none */
    hdbg_address watched[DEBUG_REGISTERS]; /* the watchpoints that were met last */
    int watched_count;
    bool remote_called; /* the stop is no longer the signal's own */
    int lost_mask;      /* a signal that was let in by a mask which the stop has cost: see remote_call.c */
    struct {
        int signal, code; /* 0: none */
        pid_t sender;
    } told; /* one that was told, and will come again because its mask was lost */

    uint32_t flags;
    uint64_t ignore, ignore_once;
    bool debug_stop;  /* told to stop, */
    bool team_stop;   /* and with it what it creates until it does */
    bool stopped;     /* for its debugger: an event was sent, or waits to be */
    bool is_parked;   /* the event waits for room */
    bool tells_again; /* the event was wanted: it is told to the next debugger, whatever that one wants */
    bool has_early_continue;
    wire_x86_64_continue_thread early_continue;
    int hold;
    bool passing; /* it has been stopped where it is, and passes a breakpoint there unhit when it goes on */
    bool waits_for_debugger;
    event *events; /* the first is the one it is stopped for */
    int event_count, event_room;
    bool step;
    hdbg_address low, high; /* it is stepped on while it is in here; both 0: it is not */

    struct user_regs_struct regs;
    bool regs_valid, regs_dirty;
    uint8_t *xsave;
    size_t xsave_size;
    bool xsave_valid, xsave_dirty;
    int64_t vector, error_code;
    bool put_back;       /* from behind the int3 to it, before its stop was taken */
    bool stepped;        /* the trap flag is to be seen */
    bool single_stepped; /* it was not let run on since the kernel made a step of it */
    bool steps_plainly;  /* the step under way did not begin at an int3 */
    bool left_in_call;   /* it was let go on at the beginning of a system call, whose end comes first */
    bool in_syscall;
    bool registers_dirty; /* debug registers */
    bool has_registers;

    struct {
        bool active;
        enum displaced_kind kind;
        hdbg_address address, slot, target;
        uint8_t length, slot_length;
        scratch_page *page;
        int slot_index;
        breakpoint *lifted;
    } displaced;
    struct {
        scratch_page *page; /* NULL: nowhere */
        int index;
    } parked;
    deferred_signal *deferred;

    int32_t exit_status;
    bool has_exit_status;
    int64_t syscall_start;
    bool traces_syscalls;   /* as it was resumed last */
    bool restarts;          /* it enters a system call again that it was interrupted in */
    int64_t restarted_call; /* which one */
    struct {
        bool known;
        uint32_t number;
        uint64_t arguments[6];
    } call;               /* the traced one that it is in */
    bool waits_for_child; /* its event is told when what it created can be looked at */
    pid_t creator;        /* who waits for this one */
    pid_t created;        /* new thread or team that is held until this thread goes on */
};

#endif /* HDBG_HOSTED_NUB_OBJECTS_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the hosted kernel in the library and hdbg-nub say to each other beside the nub ports: requests over
 * one control socket (SOCK_SEQPACKET) for each debugger process. A request carries a serial; its reply
 * carries the same one, and may come late (NUB_LAUNCH_WAIT), so replies are matched by serial. Haiku's own
 * messages go over ports (port.h), not here.
 *
 * The nub that the library starts has its end of the first control socket at descriptor NUB_CONTROL_FD. It
 * also listens on the abstract socket NUB_SOCKET_FORMAT (with its own pid), so that a second debugger process
 * can find it by TracerPid.
 */
#ifndef HDBG_HOSTED_PROTOCOL_H
#define HDBG_HOSTED_PROTOCOL_H

#include <haikudbg/types.h>

#include <stdatomic.h>
#include <stdint.h>

#define NUB_PROTOCOL_VERSION 4
#define NUB_CONTROL_FD       3
#define NUB_SOCKET_FORMAT    "haikudbg-nub-%d" /* after the leading NUL of an abstract address */

/* Operations. "fd:" is what travels along by SCM_RIGHTS, "->" what the reply carries. */
typedef enum nub_op {
    NUB_HELLO = 1,   /* a = NUB_PROTOCOL_VERSION, b = pid of the debugger, c = base of its port ids, which no
                        other debugger of this machine has (ids are base + 1 ... base + 2^20 - 1); fd: its
                        port table (memfd) -> value = c */
    NUB_PORT_CREATE, /* a = id, b = slot, c = capacity; fd: writers' end of a port that the debugger reads */
    NUB_PORT_DELETE, /* a = id */
    NUB_INSTALL, /* install_team_debugger(): a = team, b = debugger port, c = id and d = slot for the nub port
                    (not used if it takes over a prepared handover)
                    -> value = nub port id, value2 = its slot's debugger base; fd: writers' end of the nub
                    port, the team's journal (memfd, struct nub_journal) */
    NUB_REMOVE,  /* remove_team_debugger(): a = team */
    NUB_DEBUG_THREAD,  /* a = thread */
    NUB_LAUNCH_SEIZE,  /* a = pid of a trampoline: seize it. Replies when it is seized */
    NUB_LAUNCH_WAIT,   /* a = pid: replies when it has executed, all its images are mapped and its main thread
                          is suspended before its first own instruction; HDBG_BAD_TEAM_ID if it ended before
                        */
    NUB_RESUME_THREAD, /* a = thread: starts a team that is suspended after its launch */
    NUB_KILL_TEAM,     /* a = team: SIGKILL, reported as Haiku's SIGKILLTHR */
    NUB_TEAM_STATE,    /* a = team -> value = nub port id or -1, value2 = 1 if suspended after launch */
    NUB_THREAD_STATE,  /* a = thread -> value = 1 if stopped for its debugger, 2 if suspended after launch,
                          else 0 */
    NUB_EXTRA_REGISTERS,     /* a = thread -> regs */
    NUB_SET_EXTRA_REGISTERS, /* a = thread, b = valid bits, regs; info: cs, ss, ds, es, fs, gs, 16 bits each
                              */
    NUB_DEBUG_TEAM,  /* a = team: NUB_DEBUG_THREAD for all its threads -> value = those that are or will be
                        stopped */
    NUB_SIGNAL_INFO, /* a = thread that is stopped for a signal or the fault before it -> info */
    NUB_GIVE_SIGNAL_INFO, /* a = thread that is stopped, info: what the signal of that number is to come with
                             that the debugger sends it next, which is told as no exception */
    NUB_ALLOCATE, /* a = team, b = hdbg_area_protection, regs[1] = bytes -> regs[0] = where; regs[0] not
                     0: that is taken away instead */
    NUB_WATCHPOINTS_HIT,  /* a = thread that is stopped for watchpoints -> value = how many, regs = where */
    NUB_THREAD_REGISTERS, /* a = team, b = how many; fd: as many nub_thread_registers, which are filled in */
    NUB_STEP_RANGE,       /* a = thread that is stopped, b = how (CONTINUE_THREAD's handle_event), regs[0] and
                             regs[1]: it is stepped while its pc is not below the one and below the other */
    NUB_TRACE_TEAM,       /* a = team, b = hdbg_trace_flags, c = limit, -1: no more; info: the calls' bits */
    NUB_TEST,             /* for tests: a = what (nub_test), b = parameter */
    NUB_OP_COUNT
} nub_op;

/* NUB_TEST: misbehaviour that tests ask for. */
enum nub_test {
    NUB_TEST_LOSE_FIRST_CONTINUE =
        1, /* b != 0: drop the first CONTINUE_THREAD after each launch, as Haiku may */
};

/* Of a thread, in the file that comes with NUB_THREAD_REGISTERS, of at most so many. */
enum { NUB_REGISTERS_MAX = 4096 };
typedef struct nub_thread_registers {
    int32_t thread;
    int32_t status;
    uint64_t extra[3]; /* fs_base, gs_base, orig_rax */
    uint8_t cpu_state[HDBG_CPU_STATE_MAX];
} nub_thread_registers;

typedef struct nub_request {
    uint32_t op;
    uint32_t serial;
    int32_t a, b, c, d;
    uint64_t regs[3];  /* fs_base, gs_base, orig_rax */
    uint8_t info[128]; /* Linux's siginfo_t */
} nub_request;

typedef struct nub_reply {
    uint32_t serial;
    int32_t status; /* an hdbg_status */
    int32_t value, value2;
    uint64_t regs[3];
    uint8_t info[128]; /* Linux's siginfo_t */
    char why[200]; /* with an error: the sentence for hdbg_kernel_fail(), without a full stop; may be "" */
} nub_reply;

/*
 * What has to be undone in a team if the nub is killed, and what a bulk read has to hide: the nub's software
 * breakpoints. In shared memory; only the nub writes while it lives. An entry is filled before the byte is
 * patched, and freed after the byte is restored.
 */
enum { NUB_JOURNAL_ENTRIES = 16384, NUB_SCRATCH_PAGES = 64 };

/*
 * Slots of a scratch page. One that has NUB_PARK_MARK at NUB_PARK_MARK_AT is where a stopped thread waits, if
 * the nub is killed, until the byte at NUB_PARK_NEXT becomes (slot & 0xff) + NUB_PARK_OUT: then it goes on
 * where it was.
 */
enum {
    NUB_SLOT_SIZE = 64,
    NUB_SLOTS = 64,
    NUB_PARK_OUT = 17,
    NUB_PARK_NEXT = 40,
    NUB_PARK_MARK_AT = 56,
    NUB_PARK_MARK = 0x4b524150
};
typedef struct nub_journal_entry {
    _Atomic uint64_t address; /* 0: free */
    uint8_t original;
    uint8_t reserved[7];
} nub_journal_entry;
typedef struct nub_journal {
    uint32_t version; /* NUB_PROTOCOL_VERSION */
    int32_t team;
    _Atomic uint32_t used; /* one past the highest entry that was ever used */
    uint32_t reserved;
    _Atomic uint64_t scratch[NUB_SCRATCH_PAGES]; /* pages of slots in the debuggee, 0: none */
    nub_journal_entry entries[NUB_JOURNAL_ENTRIES];
} nub_journal;

/*
 * A debuggee calls the nub by queueing SIGTRAP to itself (rt_tgsigqueueinfo) with si_code SI_QUEUE, si_errno
 * NUB_CALL_MAGIC and si_value.sival_ptr at one of these. Without a tracer that signal must not be sent (it
 * kills).
 */
#define NUB_CALL_MAGIC 0x48444247
typedef enum nub_call_op {
    NUB_CALL_DEBUGGER = 1,          /* debugger(): argument = address of the message -> DEBUGGER_CALL */
    NUB_CALL_WAIT_FOR_DEBUGGER = 2, /* wait_for_debugger() -> THREAD_DEBUGGED */
    NUB_CALL_THREAD_EXIT = 3,       /* argument = status: what THREAD_DELETED of this thread is to say */
    NUB_CALL_LOADED_TEAM = 4, /* a forked child is a load_image(): its next exec is its birth: no TEAM_EXEC,
                                 and it ends suspended as after NUB_LAUNCH_WAIT */
    NUB_CALL_IMAGE_LOAD_QUIET = 5 /* reserved */
} nub_call_op;
typedef struct nub_call {
    uint64_t op; /* nub_call_op */
    uint64_t argument;
    int64_t result; /* the nub may store an answer */
} nub_call;

#endif /* HDBG_HOSTED_PROTOCOL_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's signals: its numbers, codes, masks and structs. Stands in for the host's signal.h; the functions go
 * to libroot, which translates the numbers.
 *
 * A handler is installed as it is, so that a debugger sees the program's own function; the host calls it with
 * the host's number of the signal as its argument.
 */
#ifndef _SIGNAL_H
#define _SIGNAL_H

#include "SupportDefs.h"
#include <sys/types.h>

/* The host's headers have another name for it (host/bits/types/sigset_t.h). */
#ifndef __sigset_t_defined
#define __sigset_t_defined 1
typedef uint64 sigset_t;
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef int sig_atomic_t;
typedef void (*__sighandler_t)(int);
typedef __sighandler_t sighandler_t;

#define SIG_DFL ((__sighandler_t)0)
#define SIG_IGN ((__sighandler_t)1)
#define SIG_ERR ((__sighandler_t)-1)

union sigval {
    int sival_int;
    void *sival_ptr;
};

typedef struct __siginfo_t {
    int si_signo;
    int si_code;
    int si_errno;
    pid_t si_pid;
    uid_t si_uid;
    void *si_addr;
    int si_status;
    long si_band;
    union sigval si_value;
} siginfo_t;

struct sigaction {
    union {
        __sighandler_t sa_handler;
        void (*sa_sigaction)(int, siginfo_t *, void *);
    };
    sigset_t sa_mask;
    int sa_flags;
    void *sa_userdata;
};

typedef struct stack_t {
    void *ss_sp;
    size_t ss_size;
    int ss_flags;
} stack_t;

/* The signals. */
#define SIGHUP       1
#define SIGINT       2
#define SIGQUIT      3
#define SIGILL       4
#define SIGCHLD      5
#define SIGABRT      6
#define SIGPIPE      7
#define SIGFPE       8
#define SIGKILL      9
#define SIGSTOP      10
#define SIGSEGV      11
#define SIGCONT      12
#define SIGTSTP      13
#define SIGALRM      14
#define SIGTERM      15
#define SIGTTIN      16
#define SIGTTOU      17
#define SIGUSR1      18
#define SIGUSR2      19
#define SIGWINCH     20
#define SIGKILLTHR   21
#define SIGTRAP      22
#define SIGPOLL      23
#define SIGPROF      24
#define SIGSYS       25
#define SIGURG       26
#define SIGVTALRM    27
#define SIGXCPU      28
#define SIGXFSZ      29
#define SIGBUS       30
#define SIGRESERVED1 31
#define SIGRESERVED2 32
#define __MAX_SIGNO  64
#define NSIG         (__MAX_SIGNO + 1)

/* sa_flags */
#define SA_NOCLDSTOP 1
#define SA_NOCLDWAIT 2
#define SA_ONESHOT   4
#define SA_RESETHAND 4
#define SA_NODEFER   8
#define SA_NOMASK    8
#define SA_RESTART   16
#define SA_ONSTACK   32
#define SA_STACK     32
#define SA_SIGINFO   64

/* what sigprocmask() does with its set */
#define SIG_BLOCK   1
#define SIG_UNBLOCK 2
#define SIG_SETMASK 3

/* si_code */
#define SI_USER       0
#define SI_QUEUE      1
#define SI_TIMER      2
#define SI_ASYNCIO    3
#define SI_MESGQ      4
#define ILL_ILLOPC    10
#define ILL_ILLOPN    11
#define ILL_ILLADR    12
#define ILL_ILLTRP    13
#define ILL_PRVOPC    14
#define ILL_PRVREG    15
#define ILL_COPROC    16
#define ILL_BADSTK    17
#define FPE_INTDIV    20
#define FPE_INTOVF    21
#define FPE_FLTDIV    22
#define FPE_FLTOVF    23
#define FPE_FLTUND    24
#define FPE_FLTRES    25
#define FPE_FLTINV    26
#define FPE_FLTSUB    27
#define SEGV_MAPERR   30
#define SEGV_ACCERR   31
#define BUS_ADRALN    40
#define BUS_ADRERR    41
#define BUS_OBJERR    42
#define TRAP_BRKPT    50
#define TRAP_TRACE    51
#define CLD_EXITED    60
#define CLD_KILLED    61
#define CLD_DUMPED    62
#define CLD_TRAPPED   63
#define CLD_STOPPED   64
#define CLD_CONTINUED 65
#define POLL_IN       70
#define POLL_OUT      71
#define POLL_MSG      72
#define POLL_ERR      73
#define POLL_PRI      74
#define POLL_HUP      75

/* Set operations, on the 64-bit word that a set is: bit n - 1 is signal n. */
static __inline int sigemptyset(sigset_t *set)
{
    *set = 0;
    return 0;
}
static __inline int sigfillset(sigset_t *set)
{
    *set = ~(sigset_t)0;
    return 0;
}
static __inline int sigaddset(sigset_t *set, int signal)
{
    if (signal < 1 || signal > __MAX_SIGNO)
        return -1;
    *set |= (sigset_t)1 << (signal - 1);
    return 0;
}
static __inline int sigdelset(sigset_t *set, int signal)
{
    if (signal < 1 || signal > __MAX_SIGNO)
        return -1;
    *set &= ~((sigset_t)1 << (signal - 1));
    return 0;
}
static __inline int sigismember(const sigset_t *set, int signal)
{
    return signal < 1 || signal > __MAX_SIGNO ? -1 : (int)(*set >> (signal - 1) & 1);
}

/* The labels keep them apart from the host's functions of the same names. */
__sighandler_t signal(int signal, __sighandler_t handler) __asm__("_haiku_signal");
int sigaction(int signal, const struct sigaction *action, struct sigaction *old) __asm__("_haiku_sigaction");
int sigprocmask(int how, const sigset_t *set, sigset_t *old) __asm__("_haiku_sigprocmask");
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old) __asm__("_haiku_pthread_sigmask");
int sigpending(sigset_t *set) __asm__("_haiku_sigpending");
int sigsuspend(const sigset_t *set) __asm__("_haiku_sigsuspend");
struct timespec;
int sigtimedwait(const sigset_t *set, siginfo_t *info,
                 const struct timespec *timeout) __asm__("_haiku_sigtimedwait");
int pthread_kill(pthread_t thread, int signal) __asm__("_haiku_pthread_kill");
int sigwait(const sigset_t *set, int *signal) __asm__("_haiku_sigwait");
int raise(int signal) __asm__("_haiku_raise");
int kill(pid_t pid, int signal) __asm__("_haiku_kill");
int killpg(pid_t group, int signal) __asm__("_haiku_killpg");

#ifdef __cplusplus
}
#endif
#endif /* _SIGNAL_H */

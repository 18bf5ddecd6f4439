/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Names of what is given to Linux's system calls: one list for each kind of argument. What takes more bits
 * than another one comes before it.
 */
#define _GNU_SOURCE
#include "kernel/hosted/syscalls.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <linux/fs.h>
#include <asm/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* One of several; bits; one of several in some bits. NUMBER: what headers call otherwise, or not at all. */
#define NUMBER(called, number, bits)                                                                         \
    {                                                                                                        \
        .name = called, .value = number, .mask = bits                                                        \
    }
#define ONE(constant)        NUMBER(#constant, (uint64_t)(constant), 0)
#define BITS(constant)       NUMBER(#constant, (uint32_t)(constant), (uint32_t)(constant))
#define PART(constant, bits) NUMBER(#constant, (uint32_t)(constant), bits)
#define END                                                                                                  \
    {                                                                                                        \
        .name = NULL                                                                                         \
    }

const hdbg_value_name hosted_values_at_directory[] = {ONE(AT_FDCWD), END};

const hdbg_value_name hosted_values_at_flags[] = {
    BITS(AT_SYMLINK_NOFOLLOW), BITS(AT_REMOVEDIR),        BITS(AT_SYMLINK_FOLLOW),  BITS(AT_NO_AUTOMOUNT),
    BITS(AT_EMPTY_PATH),       BITS(AT_STATX_FORCE_SYNC), BITS(AT_STATX_DONT_SYNC), END};

const hdbg_value_name hosted_values_access_flags[] = {BITS(AT_EACCESS), BITS(AT_SYMLINK_NOFOLLOW),
                                                      BITS(AT_EMPTY_PATH), END};

const hdbg_value_name hosted_values_open[] = {PART(O_RDONLY, O_ACCMODE),
                                              PART(O_WRONLY, O_ACCMODE),
                                              PART(O_RDWR, O_ACCMODE),
                                              BITS(O_TMPFILE),
                                              BITS(O_SYNC),
                                              BITS(O_CREAT),
                                              BITS(O_EXCL),
                                              BITS(O_NOCTTY),
                                              BITS(O_TRUNC),
                                              BITS(O_APPEND),
                                              BITS(O_NONBLOCK),
                                              BITS(O_DSYNC),
                                              BITS(O_ASYNC),
                                              NUMBER("O_LARGEFILE", 0100000, 0100000),
                                              BITS(O_NOFOLLOW),
                                              BITS(O_CLOEXEC),
                                              BITS(O_DIRECT),
                                              BITS(O_NOATIME),
                                              BITS(O_PATH),
                                              BITS(O_DIRECTORY),
                                              END};

const hdbg_value_name hosted_values_access[] = {PART(F_OK, R_OK | W_OK | X_OK), BITS(R_OK), BITS(W_OK),
                                                BITS(X_OK), END};

const hdbg_value_name hosted_values_protection[] = {PART(PROT_NONE, PROT_READ | PROT_WRITE | PROT_EXEC),
                                                    BITS(PROT_READ),
                                                    BITS(PROT_WRITE),
                                                    BITS(PROT_EXEC),
                                                    BITS(PROT_GROWSDOWN),
                                                    BITS(PROT_GROWSUP),
                                                    END};

const hdbg_value_name hosted_values_map[] = {PART(MAP_SHARED, MAP_TYPE),
                                             PART(MAP_PRIVATE, MAP_TYPE),
                                             PART(MAP_SHARED_VALIDATE, MAP_TYPE),
                                             BITS(MAP_FIXED),
                                             BITS(MAP_ANONYMOUS),
                                             BITS(MAP_32BIT),
                                             BITS(MAP_NORESERVE),
                                             BITS(MAP_DENYWRITE),
                                             BITS(MAP_EXECUTABLE),
                                             BITS(MAP_GROWSDOWN),
                                             BITS(MAP_LOCKED),
                                             BITS(MAP_POPULATE),
                                             BITS(MAP_NONBLOCK),
                                             BITS(MAP_STACK),
                                             BITS(MAP_HUGETLB),
                                             BITS(MAP_SYNC),
                                             BITS(MAP_FIXED_NOREPLACE),
                                             END};

const hdbg_value_name hosted_values_madvise[] = {
    ONE(MADV_NORMAL),     ONE(MADV_RANDOM),      ONE(MADV_SEQUENTIAL),
    ONE(MADV_WILLNEED),   ONE(MADV_DONTNEED),    ONE(MADV_FREE),
    ONE(MADV_REMOVE),     ONE(MADV_DONTFORK),    ONE(MADV_DOFORK),
    ONE(MADV_MERGEABLE),  ONE(MADV_UNMERGEABLE), ONE(MADV_HUGEPAGE),
    ONE(MADV_NOHUGEPAGE), ONE(MADV_DONTDUMP),    ONE(MADV_DODUMP),
    ONE(MADV_COLD),       ONE(MADV_PAGEOUT),     END};

const hdbg_value_name hosted_values_mremap[] = {BITS(MREMAP_MAYMOVE), BITS(MREMAP_FIXED), END};

const hdbg_value_name hosted_values_msync[] = {BITS(MS_ASYNC), BITS(MS_INVALIDATE), BITS(MS_SYNC), END};

const hdbg_value_name hosted_values_whence[] = {ONE(SEEK_SET),  ONE(SEEK_CUR),  ONE(SEEK_END),
                                                ONE(SEEK_DATA), ONE(SEEK_HOLE), END};

const hdbg_value_name hosted_values_signal[] = {ONE(SIGHUP),
                                                ONE(SIGINT),
                                                ONE(SIGQUIT),
                                                ONE(SIGILL),
                                                ONE(SIGTRAP),
                                                ONE(SIGABRT),
                                                ONE(SIGBUS),
                                                ONE(SIGFPE),
                                                ONE(SIGKILL),
                                                ONE(SIGUSR1),
                                                ONE(SIGSEGV),
                                                ONE(SIGUSR2),
                                                ONE(SIGPIPE),
                                                ONE(SIGALRM),
                                                ONE(SIGTERM),
                                                ONE(SIGSTKFLT),
                                                ONE(SIGCHLD),
                                                ONE(SIGCONT),
                                                ONE(SIGSTOP),
                                                ONE(SIGTSTP),
                                                ONE(SIGTTIN),
                                                ONE(SIGTTOU),
                                                ONE(SIGURG),
                                                ONE(SIGXCPU),
                                                ONE(SIGXFSZ),
                                                ONE(SIGVTALRM),
                                                ONE(SIGPROF),
                                                ONE(SIGWINCH),
                                                ONE(SIGIO),
                                                ONE(SIGPWR),
                                                ONE(SIGSYS),
                                                NUMBER("SIGRTMIN", 32, 0),
                                                NUMBER("SIGRT_1", 33, 0),
                                                NUMBER("SIGRT_2", 34, 0),
                                                NUMBER("SIGRT_3", 35, 0),
                                                NUMBER("SIGRT_4", 36, 0),
                                                NUMBER("SIGRT_5", 37, 0),
                                                NUMBER("SIGRT_6", 38, 0),
                                                NUMBER("SIGRT_7", 39, 0),
                                                NUMBER("SIGRT_8", 40, 0),
                                                NUMBER("SIGRT_9", 41, 0),
                                                NUMBER("SIGRT_10", 42, 0),
                                                NUMBER("SIGRT_11", 43, 0),
                                                NUMBER("SIGRT_12", 44, 0),
                                                NUMBER("SIGRT_13", 45, 0),
                                                NUMBER("SIGRT_14", 46, 0),
                                                NUMBER("SIGRT_15", 47, 0),
                                                NUMBER("SIGRT_16", 48, 0),
                                                NUMBER("SIGRT_17", 49, 0),
                                                NUMBER("SIGRT_18", 50, 0),
                                                NUMBER("SIGRT_19", 51, 0),
                                                NUMBER("SIGRT_20", 52, 0),
                                                NUMBER("SIGRT_21", 53, 0),
                                                NUMBER("SIGRT_22", 54, 0),
                                                NUMBER("SIGRT_23", 55, 0),
                                                NUMBER("SIGRT_24", 56, 0),
                                                NUMBER("SIGRT_25", 57, 0),
                                                NUMBER("SIGRT_26", 58, 0),
                                                NUMBER("SIGRT_27", 59, 0),
                                                NUMBER("SIGRT_28", 60, 0),
                                                NUMBER("SIGRT_29", 61, 0),
                                                NUMBER("SIGRT_30", 62, 0),
                                                NUMBER("SIGRT_31", 63, 0),
                                                NUMBER("SIGRT_32", 64, 0),
                                                END};

const hdbg_value_name hosted_values_signal_how[] = {ONE(SIG_BLOCK), ONE(SIG_UNBLOCK), ONE(SIG_SETMASK), END};

const hdbg_value_name hosted_values_clone[] = {PART(SIGCHLD, CSIGNAL),
                                               BITS(CLONE_VM),
                                               BITS(CLONE_FS),
                                               BITS(CLONE_FILES),
                                               BITS(CLONE_SIGHAND),
                                               BITS(CLONE_PIDFD),
                                               BITS(CLONE_PTRACE),
                                               BITS(CLONE_VFORK),
                                               BITS(CLONE_PARENT),
                                               BITS(CLONE_THREAD),
                                               BITS(CLONE_NEWNS),
                                               BITS(CLONE_SYSVSEM),
                                               BITS(CLONE_SETTLS),
                                               BITS(CLONE_PARENT_SETTID),
                                               BITS(CLONE_CHILD_CLEARTID),
                                               BITS(CLONE_DETACHED),
                                               BITS(CLONE_UNTRACED),
                                               BITS(CLONE_CHILD_SETTID),
                                               BITS(CLONE_NEWCGROUP),
                                               BITS(CLONE_NEWUTS),
                                               BITS(CLONE_NEWIPC),
                                               BITS(CLONE_NEWUSER),
                                               BITS(CLONE_NEWPID),
                                               BITS(CLONE_NEWNET),
                                               BITS(CLONE_IO),
                                               END};

const hdbg_value_name hosted_values_wait[] = {BITS(WNOHANG),    BITS(WUNTRACED), BITS(WEXITED),
                                              BITS(WCONTINUED), BITS(WNOWAIT),   BITS(__WNOTHREAD),
                                              BITS(__WALL),     BITS(__WCLONE),  END};

const hdbg_value_name hosted_values_idtype[] = {ONE(P_ALL), ONE(P_PID), ONE(P_PGID), NUMBER("P_PIDFD", 3, 0),
                                                END};

const hdbg_value_name hosted_values_futex[] = {PART(FUTEX_WAIT, 0x7f),
                                               PART(FUTEX_WAKE, 0x7f),
                                               PART(FUTEX_FD, 0x7f),
                                               PART(FUTEX_REQUEUE, 0x7f),
                                               PART(FUTEX_CMP_REQUEUE, 0x7f),
                                               PART(FUTEX_WAKE_OP, 0x7f),
                                               PART(FUTEX_LOCK_PI, 0x7f),
                                               PART(FUTEX_UNLOCK_PI, 0x7f),
                                               PART(FUTEX_TRYLOCK_PI, 0x7f),
                                               PART(FUTEX_WAIT_BITSET, 0x7f),
                                               PART(FUTEX_WAKE_BITSET, 0x7f),
                                               PART(FUTEX_WAIT_REQUEUE_PI, 0x7f),
                                               PART(FUTEX_CMP_REQUEUE_PI, 0x7f),
                                               BITS(FUTEX_PRIVATE_FLAG),
                                               BITS(FUTEX_CLOCK_REALTIME),
                                               END};

const hdbg_value_name hosted_values_fcntl[] = {ONE(F_DUPFD),         ONE(F_GETFD),
                                               ONE(F_SETFD),         ONE(F_GETFL),
                                               ONE(F_SETFL),         ONE(F_GETLK),
                                               ONE(F_SETLK),         ONE(F_SETLKW),
                                               ONE(F_SETOWN),        ONE(F_GETOWN),
                                               ONE(F_SETSIG),        ONE(F_GETSIG),
                                               ONE(F_DUPFD_CLOEXEC), ONE(F_SETPIPE_SZ),
                                               ONE(F_GETPIPE_SZ),    ONE(F_ADD_SEALS),
                                               ONE(F_GET_SEALS),     ONE(F_SETLEASE),
                                               ONE(F_GETLEASE),      ONE(F_NOTIFY),
                                               ONE(F_OFD_GETLK),     ONE(F_OFD_SETLK),
                                               ONE(F_OFD_SETLKW),    ONE(F_SETOWN_EX),
                                               ONE(F_GETOWN_EX),     END};

const hdbg_value_name hosted_values_ioctl[] = {ONE(TCGETS),       ONE(TCSETS),          ONE(TCSETSW),
                                               ONE(TCSETSF),      ONE(TIOCGWINSZ),      ONE(TIOCSWINSZ),
                                               ONE(TIOCGPGRP),    ONE(TIOCSPGRP),       ONE(TIOCSCTTY),
                                               ONE(TIOCNOTTY),    ONE(TIOCGPTN),        ONE(TIOCSPTLCK),
                                               ONE(TIOCGPTPEER),  ONE(TIOCGSID),        ONE(TIOCOUTQ),
                                               ONE(TIOCSTI),      ONE(TIOCEXCL),        ONE(TIOCNXCL),
                                               ONE(TCFLSH),       ONE(TCSBRK),          ONE(TCXONC),
                                               ONE(FIONREAD),     ONE(FIONBIO),         ONE(FIOCLEX),
                                               ONE(FIONCLEX),     ONE(FIOASYNC),        ONE(SIOCGIFCONF),
                                               ONE(SIOCGIFFLAGS), ONE(SIOCGIFADDR),     ONE(SIOCGIFINDEX),
                                               ONE(FICLONE),      ONE(FS_IOC_GETFLAGS), END};

const hdbg_value_name hosted_values_domain[] = {ONE(AF_UNSPEC), ONE(AF_UNIX),    ONE(AF_INET),
                                                ONE(AF_INET6),  ONE(AF_NETLINK), ONE(AF_PACKET),
                                                ONE(AF_ALG),    ONE(AF_VSOCK),   END};

const hdbg_value_name hosted_values_socket[] = {
    PART(SOCK_STREAM, 0xf),    PART(SOCK_DGRAM, 0xf), PART(SOCK_RAW, 0xf), PART(SOCK_RDM, 0xf),
    PART(SOCK_SEQPACKET, 0xf), BITS(SOCK_CLOEXEC),    BITS(SOCK_NONBLOCK), END};

const hdbg_value_name hosted_values_send[] = {
    BITS(MSG_OOB),          BITS(MSG_PEEK),     BITS(MSG_DONTROUTE), BITS(MSG_CTRUNC),     BITS(MSG_TRUNC),
    BITS(MSG_DONTWAIT),     BITS(MSG_EOR),      BITS(MSG_WAITALL),   BITS(MSG_NOSIGNAL),   BITS(MSG_MORE),
    BITS(MSG_CMSG_CLOEXEC), BITS(MSG_ERRQUEUE), BITS(MSG_CONFIRM),   BITS(MSG_WAITFORONE), END};

const hdbg_value_name hosted_values_shutdown[] = {ONE(SHUT_RD), ONE(SHUT_WR), ONE(SHUT_RDWR), END};

const hdbg_value_name hosted_values_level[] = {ONE(SOL_SOCKET),           NUMBER("SOL_IP", 0, 0),
                                               NUMBER("SOL_TCP", 6, 0),   NUMBER("SOL_UDP", 17, 0),
                                               NUMBER("SOL_IPV6", 41, 0), END};

const hdbg_value_name hosted_values_epoll[] = {BITS(EPOLL_CLOEXEC), END};

const hdbg_value_name hosted_values_epoll_operation[] = {ONE(EPOLL_CTL_ADD), ONE(EPOLL_CTL_DEL),
                                                         ONE(EPOLL_CTL_MOD), END};

const hdbg_value_name hosted_values_epoll_event[] = {
    BITS(EPOLLIN),     BITS(EPOLLPRI),     BITS(EPOLLOUT),    BITS(EPOLLERR),
    BITS(EPOLLHUP),    BITS(EPOLLRDNORM),  BITS(EPOLLRDBAND), BITS(EPOLLWRNORM),
    BITS(EPOLLWRBAND), BITS(EPOLLMSG),     BITS(EPOLLRDHUP),  BITS(EPOLLEXCLUSIVE),
    BITS(EPOLLWAKEUP), BITS(EPOLLONESHOT), BITS(EPOLLET),     END};

const hdbg_value_name hosted_values_poll[] = {
    BITS(POLLIN),     BITS(POLLPRI),    BITS(POLLOUT),    BITS(POLLERR),    BITS(POLLHUP),   BITS(POLLNVAL),
    BITS(POLLRDNORM), BITS(POLLRDBAND), BITS(POLLWRNORM), BITS(POLLWRBAND), BITS(POLLRDHUP), END};

const hdbg_value_name hosted_values_clock[] = {
    ONE(CLOCK_REALTIME),          ONE(CLOCK_MONOTONIC),     ONE(CLOCK_PROCESS_CPUTIME_ID),
    ONE(CLOCK_THREAD_CPUTIME_ID), ONE(CLOCK_MONOTONIC_RAW), ONE(CLOCK_REALTIME_COARSE),
    ONE(CLOCK_MONOTONIC_COARSE),  ONE(CLOCK_BOOTTIME),      ONE(CLOCK_REALTIME_ALARM),
    ONE(CLOCK_BOOTTIME_ALARM),    ONE(CLOCK_TAI),           END};

const hdbg_value_name hosted_values_clock_flags[] = {BITS(TIMER_ABSTIME), END};

const hdbg_value_name hosted_values_resource[] = {ONE(RLIMIT_CPU),
                                                  ONE(RLIMIT_FSIZE),
                                                  ONE(RLIMIT_DATA),
                                                  ONE(RLIMIT_STACK),
                                                  ONE(RLIMIT_CORE),
                                                  ONE(RLIMIT_RSS),
                                                  ONE(RLIMIT_NPROC),
                                                  ONE(RLIMIT_NOFILE),
                                                  ONE(RLIMIT_MEMLOCK),
                                                  ONE(RLIMIT_AS),
                                                  ONE(RLIMIT_LOCKS),
                                                  ONE(RLIMIT_SIGPENDING),
                                                  ONE(RLIMIT_MSGQUEUE),
                                                  ONE(RLIMIT_NICE),
                                                  ONE(RLIMIT_RTPRIO),
                                                  ONE(RLIMIT_RTTIME),
                                                  END};

const hdbg_value_name hosted_values_rusage[] = {ONE(RUSAGE_SELF), ONE(RUSAGE_CHILDREN), ONE(RUSAGE_THREAD),
                                                END};

const hdbg_value_name hosted_values_arch[] = {ONE(ARCH_SET_GS),
                                              ONE(ARCH_SET_FS),
                                              ONE(ARCH_GET_FS),
                                              ONE(ARCH_GET_GS),
                                              ONE(ARCH_GET_CPUID),
                                              ONE(ARCH_SET_CPUID),
                                              END};

const hdbg_value_name hosted_values_prctl[] = {ONE(PR_SET_PDEATHSIG),
                                               ONE(PR_GET_PDEATHSIG),
                                               ONE(PR_GET_DUMPABLE),
                                               ONE(PR_SET_DUMPABLE),
                                               ONE(PR_SET_NAME),
                                               ONE(PR_GET_NAME),
                                               ONE(PR_GET_SECCOMP),
                                               ONE(PR_SET_SECCOMP),
                                               ONE(PR_CAPBSET_READ),
                                               ONE(PR_CAPBSET_DROP),
                                               ONE(PR_SET_TIMERSLACK),
                                               ONE(PR_GET_TIMERSLACK),
                                               ONE(PR_SET_CHILD_SUBREAPER),
                                               ONE(PR_GET_CHILD_SUBREAPER),
                                               ONE(PR_SET_NO_NEW_PRIVS),
                                               ONE(PR_GET_NO_NEW_PRIVS),
                                               ONE(PR_SET_PTRACER),
                                               ONE(PR_SET_VMA),
                                               ONE(PR_SET_MM),
                                               ONE(PR_CAP_AMBIENT),
                                               ONE(PR_SET_THP_DISABLE),
                                               ONE(PR_GET_TID_ADDRESS),
                                               END};

const hdbg_value_name hosted_values_random[] = {BITS(GRND_NONBLOCK), BITS(GRND_RANDOM), BITS(GRND_INSECURE),
                                                END};

const hdbg_value_name hosted_values_close_range[] = {BITS(CLOSE_RANGE_UNSHARE), BITS(CLOSE_RANGE_CLOEXEC),
                                                     END};

const hdbg_value_name hosted_values_eventfd[] = {BITS(EFD_SEMAPHORE), BITS(EFD_CLOEXEC), BITS(EFD_NONBLOCK),
                                                 END};

const hdbg_value_name hosted_values_inotify[] = {BITS(IN_CLOEXEC), BITS(IN_NONBLOCK), END};

const hdbg_value_name hosted_values_rename[] = {
    NUMBER("RENAME_NOREPLACE", 1, 1), NUMBER("RENAME_EXCHANGE", 2, 2), NUMBER("RENAME_WHITEOUT", 4, 4), END};

const hdbg_value_name hosted_values_flock[] = {BITS(LOCK_SH), BITS(LOCK_EX), BITS(LOCK_UN), BITS(LOCK_NB),
                                               END};

const hdbg_value_name hosted_values_memfd[] = {BITS(MFD_CLOEXEC), BITS(MFD_ALLOW_SEALING), BITS(MFD_HUGETLB),
                                               END};

const hdbg_value_name hosted_values_sigaction[] = {NUMBER("SA_RESTORER", 0x04000000, 0x04000000),
                                                   BITS(SA_NOCLDSTOP),
                                                   BITS(SA_NOCLDWAIT),
                                                   BITS(SA_SIGINFO),
                                                   BITS(SA_ONSTACK),
                                                   BITS(SA_RESTART),
                                                   BITS(SA_INTERRUPT),
                                                   BITS(SA_NODEFER),
                                                   BITS(SA_RESETHAND),
                                                   END};

const hdbg_value_name hosted_values_handler[] = {NUMBER("SIG_DFL", 0, 0), NUMBER("SIG_IGN", 1, 0), END};

const hdbg_value_name hosted_values_stack[] = {BITS(SS_ONSTACK), BITS(SS_DISABLE),
                                               NUMBER("SS_AUTODISARM", 0x80000000, 0x80000000), END};

const hdbg_value_name hosted_values_statx_mask[] = {NUMBER("STATX_ALL", 0xfff, 0xfff),
                                                    NUMBER("STATX_BASIC_STATS", 0x7ff, 0x7ff),
                                                    BITS(STATX_TYPE),
                                                    BITS(STATX_MODE),
                                                    BITS(STATX_NLINK),
                                                    BITS(STATX_UID),
                                                    BITS(STATX_GID),
                                                    BITS(STATX_ATIME),
                                                    BITS(STATX_MTIME),
                                                    BITS(STATX_CTIME),
                                                    BITS(STATX_INO),
                                                    BITS(STATX_SIZE),
                                                    BITS(STATX_BLOCKS),
                                                    BITS(STATX_BTIME),
                                                    NUMBER("STATX_MNT_ID", 0x1000, 0x1000),
                                                    END};

const hdbg_value_name hosted_values_timer[] = {ONE(ITIMER_REAL), ONE(ITIMER_VIRTUAL), ONE(ITIMER_PROF), END};

const hdbg_value_name hosted_values_advice[] = {ONE(POSIX_FADV_NORMAL),
                                                ONE(POSIX_FADV_RANDOM),
                                                ONE(POSIX_FADV_SEQUENTIAL),
                                                ONE(POSIX_FADV_WILLNEED),
                                                ONE(POSIX_FADV_DONTNEED),
                                                ONE(POSIX_FADV_NOREUSE),
                                                END};

const hdbg_value_name hosted_values_fallocate[] = {
    NUMBER("FALLOC_FL_KEEP_SIZE", 1, 1), NUMBER("FALLOC_FL_PUNCH_HOLE", 2, 2),
    NUMBER("FALLOC_FL_COLLAPSE_RANGE", 8, 8), NUMBER("FALLOC_FL_ZERO_RANGE", 16, 16), END};

const hdbg_value_name hosted_values_pipe[] = {BITS(O_CLOEXEC), BITS(O_NONBLOCK), BITS(O_DIRECT), END};

const hdbg_value_name hosted_values_file_type[] = {
    PART(S_IFREG, S_IFMT), PART(S_IFDIR, S_IFMT), PART(S_IFCHR, S_IFMT),  PART(S_IFBLK, S_IFMT),
    PART(S_IFIFO, S_IFMT), PART(S_IFLNK, S_IFMT), PART(S_IFSOCK, S_IFMT), END};

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The arguments of Linux's system calls, a line a call: its groups (F takes a path, D descriptors, N network,
 * P processes, M memory, S signals), what it returns, and its arguments.
 */
#define _GNU_SOURCE
#include "kernel/hosted/syscalls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
    F = HDBG_SYSCALL_FILE,
    D = HDBG_SYSCALL_DESCRIPTOR,
    N = HDBG_SYSCALL_NETWORK,
    P = HDBG_SYSCALL_PROCESS,
    M = HDBG_SYSCALL_MEMORY,
    S = HDBG_SYSCALL_SIGNAL,
    TMPFILE = 020000000 /* O_TMPFILE's own bit */
};

#define ARGUMENT(what, bits, counted_by, size, named, members)                                               \
    {                                                                                                        \
        .kind = HDBG_ARGUMENT_##what, .flags = bits, .length = counted_by, .bytes = size, .names = named,    \
        .fields = members, .condition = -1                                                                   \
    }
#define PLAIN(kind)                    ARGUMENT(kind, 0, -1, 0, NULL, NULL)
#define FD                             PLAIN(DESCRIPTOR)
#define DIR                            ARGUMENT(DESCRIPTOR, 0, -1, 0, hosted_values_at_directory, NULL)
#define INT                            PLAIN(INT)
#define UINT                           PLAIN(UINT)
#define LONG                           PLAIN(LONG)
#define SIZE                           PLAIN(SIZE)
#define HEX                            PLAIN(HEX)
#define ADDRESS                        PLAIN(ADDRESS)
#define MODE                           PLAIN(MODE)
#define PATH                           PLAIN(PATH)
#define STRING                         PLAIN(STRING)
#define STRINGS                        PLAIN(STRINGS)
#define ENVIRONMENT                    ARGUMENT(STRINGS, HDBG_ARGUMENT_ENVIRONMENT, -1, 0, NULL, NULL)
#define TEXT_OUT                       ARGUMENT(PATH, HDBG_ARGUMENT_OUT, -1, 0, NULL, NULL)
#define FLAGS(values)                  ARGUMENT(FLAGS, 0, -1, 0, hosted_values_##values, NULL)
#define VALUE(values)                  ARGUMENT(VALUE, 0, -1, 0, hosted_values_##values, NULL)
#define DATA_IN(length)                ARGUMENT(DATA, 0, length, 0, NULL, NULL)
#define DATA_OUT(length)               ARGUMENT(DATA, HDBG_ARGUMENT_OUT | HDBG_ARGUMENT_COUNT, length, 0, NULL, NULL)
#define VECTORS(length)                ARGUMENT(VECTORS, 0, length, 0, NULL, NULL)
#define VECTORS_OUT(length)            ARGUMENT(VECTORS, HDBG_ARGUMENT_OUT | HDBG_ARGUMENT_COUNT, length, 0, NULL, NULL)
#define STRUCT(fields, bytes)          ARGUMENT(STRUCT, 0, -1, bytes, NULL, hosted_fields_##fields)
#define STRUCT_OUT(fields, bytes)      ARGUMENT(STRUCT, HDBG_ARGUMENT_OUT, -1, bytes, NULL, hosted_fields_##fields)
#define STRUCTS(fields, bytes, length) ARGUMENT(STRUCTS, 0, length, bytes, NULL, hosted_fields_##fields)
/* As many as the call returned. */
#define EVENTS_OUT(fields, bytes)                                                                            \
    ARGUMENT(STRUCTS, HDBG_ARGUMENT_OUT | HDBG_ARGUMENT_COUNT, -1, bytes, NULL, hosted_fields_##fields)
#define SIGSET           STRUCT(word, 8)
#define SOCKADDR(length) ARGUMENT(STRUCT, 0, -1, 16, NULL, hosted_fields_sockaddr)
/* There only if some of an argument's bits are set. */
#define MODE_IF(which, bits)                                                                                 \
    {                                                                                                        \
        .kind = HDBG_ARGUMENT_MODE, .length = -1, .condition = which, .condition_bits = bits                 \
    }

#define COUNT(...) (sizeof((const hdbg_argument[]){__VA_ARGS__}) / sizeof(hdbg_argument))
#define CALL(name, groups, returns, ...)                                                                     \
    [__NR_##name] = {sizeof(hdbg_syscall),                                                                   \
                     #name,                                                                                  \
                     __NR_##name,                                                                            \
                     COUNT(__VA_ARGS__),                                                                     \
                     (const hdbg_argument[]){__VA_ARGS__},                                                   \
                     groups,                                                                                 \
                     HDBG_ARGUMENT_##returns}
#define BARE(name, groups, returns)                                                                          \
    [__NR_##name] = {sizeof(hdbg_syscall), #name, __NR_##name, 0, NULL, groups, HDBG_ARGUMENT_##returns}

/* clang-format off: a line a call. */
const hdbg_syscall hosted_syscall_table[SYSCALL_NUMBERS] = {
    CALL(read, D, SIZE, FD, DATA_OUT(2), SIZE),
    CALL(write, D, SIZE, FD, DATA_IN(2), SIZE),
    CALL(open, F | D, DESCRIPTOR, PATH, FLAGS(open), MODE_IF(1, O_CREAT | TMPFILE)),
    CALL(close, D, INT, FD),
    CALL(stat, F, INT, PATH, STRUCT_OUT(stat, sizeof(struct stat))),
    CALL(fstat, D, INT, FD, STRUCT_OUT(stat, sizeof(struct stat))),
    CALL(lstat, F, INT, PATH, STRUCT_OUT(stat, sizeof(struct stat))),
    CALL(newfstatat, F | D, INT, DIR, PATH, STRUCT_OUT(stat, sizeof(struct stat)), FLAGS(at_flags)),
    CALL(statx, F | D, INT, DIR, PATH, FLAGS(at_flags), FLAGS(statx_mask), STRUCT_OUT(statx, 256)),
    CALL(poll, D, INT, STRUCTS(pollfd, 8, 1), UINT, INT),
    CALL(ppoll, D, INT, STRUCTS(pollfd, 8, 1), UINT, STRUCT(timespec, 16), SIGSET, SIZE),
    CALL(lseek, D, LONG, FD, LONG, VALUE(whence)),
    CALL(mmap, M | D, ADDRESS, ADDRESS, SIZE, FLAGS(protection), FLAGS(map), FD, HEX),
    CALL(mprotect, M, INT, ADDRESS, SIZE, FLAGS(protection)),
    CALL(munmap, M, INT, ADDRESS, SIZE),
    CALL(brk, M, ADDRESS, ADDRESS),
    CALL(mremap, M, ADDRESS, ADDRESS, SIZE, SIZE, FLAGS(mremap), ADDRESS),
    CALL(msync, M, INT, ADDRESS, SIZE, FLAGS(msync)),
    CALL(mincore, M, INT, ADDRESS, SIZE, ADDRESS),
    CALL(madvise, M, INT, ADDRESS, SIZE, VALUE(madvise)),
    CALL(mlock, M, INT, ADDRESS, SIZE),
    CALL(munlock, M, INT, ADDRESS, SIZE),
    CALL(rt_sigaction, S, INT, VALUE(signal), STRUCT(sigaction, 32), STRUCT_OUT(sigaction, 32), SIZE),
    CALL(rt_sigprocmask, S, INT, VALUE(signal_how), STRUCT(word, 8), STRUCT_OUT(word, 8), SIZE),
    BARE(rt_sigreturn, S, LONG),
    CALL(rt_sigpending, S, INT, STRUCT_OUT(word, 8), SIZE),
    CALL(rt_sigsuspend, S, INT, STRUCT(word, 8), SIZE),
    CALL(rt_sigtimedwait, S, INT, STRUCT(word, 8), ADDRESS, STRUCT(timespec, 16), SIZE),
    CALL(rt_sigqueueinfo, S, INT, INT, VALUE(signal), ADDRESS),
    CALL(rt_tgsigqueueinfo, S, INT, INT, INT, VALUE(signal), ADDRESS),
    CALL(sigaltstack, S, INT, STRUCT(stack, 24), STRUCT_OUT(stack, 24)),
    CALL(signalfd4, D | S, DESCRIPTOR, FD, STRUCT(word, 8), SIZE, FLAGS(open)),
    CALL(ioctl, D, INT, FD, VALUE(ioctl), HEX),
    CALL(pread64, D, SIZE, FD, DATA_OUT(2), SIZE, LONG),
    CALL(pwrite64, D, SIZE, FD, DATA_IN(2), SIZE, LONG),
    CALL(readv, D, SIZE, FD, VECTORS_OUT(2), INT),
    CALL(writev, D, SIZE, FD, VECTORS(2), INT),
    CALL(preadv, D, SIZE, FD, VECTORS_OUT(2), INT, LONG),
    CALL(pwritev, D, SIZE, FD, VECTORS(2), INT, LONG),
    CALL(access, F, INT, PATH, FLAGS(access)),
    CALL(faccessat, F | D, INT, DIR, PATH, FLAGS(access)),
    CALL(faccessat2, F | D, INT, DIR, PATH, FLAGS(access), FLAGS(access_flags)),
    CALL(pipe, D, INT, STRUCT_OUT(pair, 8)),
    CALL(pipe2, D, INT, STRUCT_OUT(pair, 8), FLAGS(pipe)),
    CALL(select, D, INT, INT, ADDRESS, ADDRESS, ADDRESS, STRUCT(timeval, 16)),
    CALL(pselect6, D, INT, INT, ADDRESS, ADDRESS, ADDRESS, STRUCT(timespec, 16), ADDRESS),
    BARE(sched_yield, 0, INT),
    CALL(dup, D, DESCRIPTOR, FD),
    CALL(dup2, D, DESCRIPTOR, FD, FD),
    CALL(dup3, D, DESCRIPTOR, FD, FD, FLAGS(pipe)),
    BARE(pause, S, INT),
    CALL(nanosleep, 0, INT, STRUCT(timespec, 16), STRUCT_OUT(timespec, 16)),
    CALL(clock_nanosleep, 0, INT, VALUE(clock), FLAGS(clock_flags), STRUCT(timespec, 16),
         STRUCT_OUT(timespec, 16)),
    CALL(getitimer, 0, INT, VALUE(timer), STRUCT_OUT(itimerval, 32)),
    CALL(setitimer, 0, INT, VALUE(timer), STRUCT(itimerval, 32), STRUCT_OUT(itimerval, 32)),
    CALL(alarm, 0, INT, UINT),
    BARE(getpid, 0, INT),
    BARE(gettid, 0, INT),
    BARE(getppid, 0, INT),
    CALL(sendfile, D | N, SIZE, FD, FD, ADDRESS, SIZE),
    CALL(copy_file_range, D, SIZE, FD, ADDRESS, FD, ADDRESS, SIZE, HEX),
    CALL(splice, D, SIZE, FD, ADDRESS, FD, ADDRESS, SIZE, HEX),
    CALL(socket, N | D, DESCRIPTOR, VALUE(domain), FLAGS(socket), INT),
    CALL(connect, N | D, INT, FD, SOCKADDR(2), INT),
    CALL(accept, N | D, DESCRIPTOR, FD, ADDRESS, ADDRESS),
    CALL(accept4, N | D, DESCRIPTOR, FD, ADDRESS, ADDRESS, FLAGS(socket)),
    CALL(sendto, N | D, SIZE, FD, DATA_IN(2), SIZE, FLAGS(send), SOCKADDR(5), INT),
    CALL(recvfrom, N | D, SIZE, FD, DATA_OUT(2), SIZE, FLAGS(send), ADDRESS, ADDRESS),
    CALL(sendmsg, N | D, SIZE, FD, ADDRESS, FLAGS(send)),
    CALL(recvmsg, N | D, SIZE, FD, ADDRESS, FLAGS(send)),
    CALL(sendmmsg, N | D, INT, FD, ADDRESS, UINT, FLAGS(send)),
    CALL(recvmmsg, N | D, INT, FD, ADDRESS, UINT, FLAGS(send), STRUCT(timespec, 16)),
    CALL(shutdown, N | D, INT, FD, VALUE(shutdown)),
    CALL(bind, N | D, INT, FD, SOCKADDR(2), INT),
    CALL(listen, N | D, INT, FD, INT),
    CALL(getsockname, N | D, INT, FD, ADDRESS, ADDRESS),
    CALL(getpeername, N | D, INT, FD, ADDRESS, ADDRESS),
    CALL(socketpair, N | D, INT, VALUE(domain), FLAGS(socket), INT, STRUCT_OUT(pair, 8)),
    CALL(setsockopt, N | D, INT, FD, VALUE(level), INT, DATA_IN(4), INT),
    CALL(getsockopt, N | D, INT, FD, VALUE(level), INT, ADDRESS, ADDRESS),
    CALL(clone, P, INT, FLAGS(clone), ADDRESS, ADDRESS, ADDRESS, HEX),
    CALL(clone3, P, INT, STRUCT(clone_args, 64), SIZE),
    BARE(fork, P, INT),
    BARE(vfork, P, INT),
    CALL(execve, F | P, INT, PATH, STRINGS, ENVIRONMENT),
    CALL(execveat, F | D | P, INT, DIR, PATH, STRINGS, ENVIRONMENT, FLAGS(at_flags)),
    CALL(exit, P, INT, INT),
    CALL(exit_group, P, INT, INT),
    CALL(wait4, P, INT, INT, STRUCT_OUT(status, 4), FLAGS(wait), ADDRESS),
    CALL(waitid, P, INT, VALUE(idtype), INT, ADDRESS, FLAGS(wait), ADDRESS),
    CALL(kill, S | P, INT, INT, VALUE(signal)),
    CALL(tkill, S | P, INT, INT, VALUE(signal)),
    CALL(tgkill, S | P, INT, INT, INT, VALUE(signal)),
    CALL(uname, 0, INT, STRUCT_OUT(utsname, 390)),
    CALL(fcntl, D, INT, FD, VALUE(fcntl), HEX),
    CALL(flock, D, INT, FD, FLAGS(flock)),
    CALL(fsync, D, INT, FD),
    CALL(fdatasync, D, INT, FD),
    CALL(truncate, F, INT, PATH, LONG),
    CALL(ftruncate, D, INT, FD, LONG),
    CALL(fallocate, D, INT, FD, FLAGS(fallocate), LONG, LONG),
    CALL(getdents, D, SIZE, FD, ADDRESS, SIZE),
    CALL(getdents64, D, SIZE, FD, ADDRESS, SIZE),
    CALL(getcwd, F, INT, TEXT_OUT, SIZE),
    CALL(chdir, F, INT, PATH),
    CALL(fchdir, D, INT, FD),
    CALL(rename, F, INT, PATH, PATH),
    CALL(renameat, F | D, INT, DIR, PATH, DIR, PATH),
    CALL(renameat2, F | D, INT, DIR, PATH, DIR, PATH, FLAGS(rename)),
    CALL(mkdir, F, INT, PATH, MODE),
    CALL(mkdirat, F | D, INT, DIR, PATH, MODE),
    CALL(rmdir, F, INT, PATH),
    CALL(creat, F | D, DESCRIPTOR, PATH, MODE),
    CALL(link, F, INT, PATH, PATH),
    CALL(linkat, F | D, INT, DIR, PATH, DIR, PATH, FLAGS(at_flags)),
    CALL(unlink, F, INT, PATH),
    CALL(unlinkat, F | D, INT, DIR, PATH, FLAGS(at_flags)),
    CALL(symlink, F, INT, PATH, PATH),
    CALL(symlinkat, F | D, INT, PATH, DIR, PATH),
    CALL(readlink, F, SIZE, PATH, DATA_OUT(2), SIZE),
    CALL(readlinkat, F | D, SIZE, DIR, PATH, DATA_OUT(3), SIZE),
    CALL(chmod, F, INT, PATH, MODE),
    CALL(fchmod, D, INT, FD, MODE),
    CALL(fchmodat, F | D, INT, DIR, PATH, MODE),
    CALL(chown, F, INT, PATH, INT, INT),
    CALL(fchown, D, INT, FD, INT, INT),
    CALL(lchown, F, INT, PATH, INT, INT),
    CALL(fchownat, F | D, INT, DIR, PATH, INT, INT, FLAGS(at_flags)),
    CALL(umask, 0, MODE, MODE),
    CALL(mknod, F, INT, PATH, MODE, HEX),
    CALL(mknodat, F | D, INT, DIR, PATH, MODE, HEX),
    CALL(utimensat, F | D, INT, DIR, PATH, STRUCT(timespec, 16), FLAGS(at_flags)),
    CALL(statfs, F, INT, PATH, ADDRESS),
    CALL(fstatfs, D, INT, FD, ADDRESS),
    CALL(openat, F | D, DESCRIPTOR, DIR, PATH, FLAGS(open), MODE_IF(2, O_CREAT | TMPFILE)),
    CALL(gettimeofday, 0, INT, STRUCT_OUT(timeval, 16), ADDRESS),
    CALL(clock_gettime, 0, INT, VALUE(clock), STRUCT_OUT(timespec, 16)),
    CALL(clock_getres, 0, INT, VALUE(clock), STRUCT_OUT(timespec, 16)),
    CALL(time, 0, LONG, ADDRESS),
    CALL(times, 0, LONG, ADDRESS),
    CALL(getrlimit, 0, INT, VALUE(resource), STRUCT_OUT(rlimit, 16)),
    CALL(setrlimit, 0, INT, VALUE(resource), STRUCT(rlimit, 16)),
    CALL(prlimit64, 0, INT, INT, VALUE(resource), STRUCT(rlimit, 16), STRUCT_OUT(rlimit, 16)),
    CALL(getrusage, 0, INT, VALUE(rusage), STRUCT_OUT(rusage, 144)),
    CALL(sysinfo, 0, INT, ADDRESS),
    BARE(getuid, 0, INT),
    BARE(geteuid, 0, INT),
    BARE(getgid, 0, INT),
    BARE(getegid, 0, INT),
    CALL(setuid, 0, INT, INT),
    CALL(setgid, 0, INT, INT),
    CALL(getgroups, 0, INT, INT, ADDRESS),
    CALL(setgroups, 0, INT, INT, ADDRESS),
    CALL(setpgid, 0, INT, INT, INT),
    CALL(getpgid, 0, INT, INT),
    BARE(getpgrp, 0, INT),
    BARE(setsid, 0, INT),
    CALL(getsid, 0, INT, INT),
    CALL(prctl, P, INT, VALUE(prctl), HEX, HEX, HEX, HEX),
    CALL(arch_prctl, P, INT, VALUE(arch), HEX),
    CALL(futex, 0, INT, ADDRESS, FLAGS(futex), UINT, HEX, HEX, HEX),
    CALL(set_tid_address, P, INT, ADDRESS),
    CALL(set_robust_list, P, INT, ADDRESS, SIZE),
    CALL(get_robust_list, P, INT, INT, ADDRESS, ADDRESS),
    CALL(rseq, 0, INT, ADDRESS, SIZE, HEX, HEX),
    CALL(getrandom, 0, SIZE, DATA_OUT(1), SIZE, FLAGS(random)),
    CALL(sched_getaffinity, 0, INT, INT, SIZE, ADDRESS),
    CALL(sched_setaffinity, 0, INT, INT, SIZE, ADDRESS),
    CALL(epoll_create, D, DESCRIPTOR, INT),
    CALL(epoll_create1, D, DESCRIPTOR, FLAGS(epoll)),
    CALL(epoll_ctl, D, INT, FD, VALUE(epoll_operation), FD, STRUCT(epoll_event, 12)),
    CALL(epoll_wait, D, INT, FD, EVENTS_OUT(epoll_event, 12), INT, INT),
    CALL(epoll_pwait, D, INT, FD, EVENTS_OUT(epoll_event, 12), INT, INT, SIGSET, SIZE),
    CALL(eventfd2, D, DESCRIPTOR, UINT, FLAGS(eventfd)),
    CALL(timerfd_create, D, DESCRIPTOR, VALUE(clock), FLAGS(eventfd)),
    CALL(timerfd_settime, D, INT, FD, FLAGS(clock_flags), STRUCT(itimerspec, 32), STRUCT_OUT(itimerspec, 32)),
    CALL(inotify_init1, D, DESCRIPTOR, FLAGS(inotify)),
    CALL(inotify_add_watch, F | D, INT, FD, PATH, HEX),
    CALL(inotify_rm_watch, D, INT, FD, INT),
    CALL(memfd_create, D, DESCRIPTOR, STRING, FLAGS(memfd)),
    CALL(close_range, 0, INT, UINT, UINT, FLAGS(close_range)),
    CALL(fadvise64, D, INT, FD, LONG, SIZE, VALUE(advice)),
    CALL(readahead, D, INT, FD, LONG, SIZE),
    CALL(pidfd_open, D, DESCRIPTOR, INT, HEX),
    CALL(pidfd_send_signal, D | S | P, INT, FD, VALUE(signal), ADDRESS, HEX),
    CALL(getxattr, F, SIZE, PATH, STRING, ADDRESS, SIZE),
    CALL(lgetxattr, F, SIZE, PATH, STRING, ADDRESS, SIZE),
    CALL(fgetxattr, D, SIZE, FD, STRING, ADDRESS, SIZE),
    BARE(restart_syscall, 0, INT),
};
/* clang-format on */

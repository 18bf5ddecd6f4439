/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Structs that Linux's system calls are given or answer with: those of their fields that are of use to a
 * reader.
 */
#define _GNU_SOURCE
#include "kernel/hosted/syscalls.h"

#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/utsname.h>

/* What the kernel takes as struct sigaction is not what the C library calls so. */
struct kernel_sigaction {
    uint64_t sa_handler_, sa_flags_, sa_restorer_, sa_mask_;
};

#define AT_NAMED(called, at, size, what, values)                                                             \
    {                                                                                                        \
        .name = called, .offset = at, .bytes = size, .kind = HDBG_ARGUMENT_##what,                           \
        .names = hosted_values_##values                                                                      \
    }
#define AT(called, at, size, what)                                                                           \
    {                                                                                                        \
        .name = called, .offset = at, .bytes = size, .kind = HDBG_ARGUMENT_##what                            \
    }
#define SIZE_IN(type, member)     sizeof(((type *)0)->member)
#define FIELD(type, member, what) AT(#member, offsetof(type, member), SIZE_IN(type, member), what)
#define NAMED(type, member, what, values)                                                                    \
    AT_NAMED(#member, offsetof(type, member), SIZE_IN(type, member), what, values)
#define END                                                                                                  \
    {                                                                                                        \
        .name = NULL                                                                                         \
    }

const hdbg_field hosted_fields_stat[] = {NAMED(struct stat, st_mode, MODE, file_type),
                                         FIELD(struct stat, st_size, LONG), END};

const hdbg_field hosted_fields_statx[] = {AT("stx_mask", 0, 4, HEX),
                                          AT_NAMED("stx_mode", 28, 2, MODE, file_type),
                                          AT("stx_size", 40, 8, SIZE), END};

const hdbg_field hosted_fields_timespec[] = {FIELD(struct timespec, tv_sec, LONG),
                                             FIELD(struct timespec, tv_nsec, LONG), END};

const hdbg_field hosted_fields_timeval[] = {FIELD(struct timeval, tv_sec, LONG),
                                            FIELD(struct timeval, tv_usec, LONG), END};

const hdbg_field hosted_fields_itimerval[] = {
    AT("it_interval.tv_sec", 0, 8, LONG), AT("it_interval.tv_usec", 8, 8, LONG),
    AT("it_value.tv_sec", 16, 8, LONG), AT("it_value.tv_usec", 24, 8, LONG), END};

const hdbg_field hosted_fields_itimerspec[] = {
    AT("it_interval.tv_sec", 0, 8, LONG), AT("it_interval.tv_nsec", 8, 8, LONG),
    AT("it_value.tv_sec", 16, 8, LONG), AT("it_value.tv_nsec", 24, 8, LONG), END};

const hdbg_field hosted_fields_rlimit[] = {FIELD(struct rlimit, rlim_cur, SIZE),
                                           FIELD(struct rlimit, rlim_max, SIZE), END};

const hdbg_field hosted_fields_pollfd[] = {FIELD(struct pollfd, fd, DESCRIPTOR),
                                           NAMED(struct pollfd, events, FLAGS, poll), END};

const hdbg_field hosted_fields_epoll_event[] = {AT_NAMED("events", 0, 4, FLAGS, epoll_event),
                                                AT("data", 4, 8, HEX), END};

const hdbg_field hosted_fields_sigaction[] = {
    AT_NAMED("sa_handler", 0, 8, VALUE, handler), AT("sa_mask", 24, 8, HEX),
    AT_NAMED("sa_flags", 8, 4, FLAGS, sigaction), AT("sa_restorer", 16, 8, HEX), END};

const hdbg_field hosted_fields_word[] = {AT("", 0, 8, HEX), END};

const hdbg_field hosted_fields_pair[] = {AT("", 0, 4, DESCRIPTOR), AT("", 4, 4, DESCRIPTOR), END};

const hdbg_field hosted_fields_status[] = {AT("", 0, 4, HEX), END};

const hdbg_field hosted_fields_utsname[] = {FIELD(struct utsname, sysname, STRING),
                                            FIELD(struct utsname, nodename, STRING), END};

const hdbg_field hosted_fields_rusage[] = {FIELD(struct rusage, ru_utime.tv_sec, LONG),
                                           FIELD(struct rusage, ru_utime.tv_usec, LONG), END};

const hdbg_field hosted_fields_clone_args[] = {AT_NAMED("flags", 0, 8, FLAGS, clone),
                                               AT("child_tid", 16, 8, HEX),
                                               AT("parent_tid", 24, 8, HEX),
                                               AT_NAMED("exit_signal", 32, 8, VALUE, signal),
                                               AT("stack", 40, 8, HEX),
                                               AT("stack_size", 48, 8, HEX),
                                               AT("tls", 56, 8, HEX),
                                               END};

const hdbg_field hosted_fields_stack[] = {AT("ss_sp", 0, 8, HEX), AT_NAMED("ss_flags", 8, 4, FLAGS, stack),
                                          AT("ss_size", 16, 8, SIZE), END};

const hdbg_field hosted_fields_sockaddr[] = {AT_NAMED("sa_family", 0, 2, VALUE, domain),
                                             AT("sa_data", 2, 14, DATA), END};

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Linux's system calls: numbers and names from the system's headers, arguments from tables of our own.
 */
#ifndef HDBG_HOSTED_SYSCALLS_H
#define HDBG_HOSTED_SYSCALLS_H

#include <haikudbg/kernel.h>

enum { SYSCALL_NUMBERS = 512 };
/* syscall_table.c: by number; a name of NULL: not in it. */
extern const hdbg_syscall hosted_syscall_table[SYSCALL_NUMBERS];

/* syscall_values.c: names of values and bits; syscall_structs.c: fields. */
extern const hdbg_value_name hosted_values_pipe[], hosted_values_file_type[], hosted_values_at_directory[],
    hosted_values_at_flags[], hosted_values_access_flags[], hosted_values_open[], hosted_values_access[],
    hosted_values_protection[], hosted_values_map[], hosted_values_madvise[], hosted_values_mremap[],
    hosted_values_msync[], hosted_values_whence[], hosted_values_signal[], hosted_values_signal_how[],
    hosted_values_clone[], hosted_values_wait[], hosted_values_idtype[], hosted_values_futex[],
    hosted_values_fcntl[], hosted_values_ioctl[], hosted_values_domain[], hosted_values_socket[],
    hosted_values_send[], hosted_values_shutdown[], hosted_values_level[], hosted_values_epoll[],
    hosted_values_epoll_operation[], hosted_values_epoll_event[], hosted_values_poll[], hosted_values_clock[],
    hosted_values_clock_flags[], hosted_values_resource[], hosted_values_rusage[], hosted_values_arch[],
    hosted_values_prctl[], hosted_values_random[], hosted_values_close_range[], hosted_values_eventfd[],
    hosted_values_inotify[], hosted_values_rename[], hosted_values_flock[], hosted_values_memfd[],
    hosted_values_sigaction[], hosted_values_handler[], hosted_values_stack[], hosted_values_statx_mask[],
    hosted_values_timer[], hosted_values_advice[], hosted_values_fallocate[];

extern const hdbg_field hosted_fields_stat[], hosted_fields_statx[], hosted_fields_timespec[],
    hosted_fields_timeval[], hosted_fields_itimerval[], hosted_fields_itimerspec[], hosted_fields_rlimit[],
    hosted_fields_pollfd[], hosted_fields_epoll_event[], hosted_fields_sigaction[], hosted_fields_word[],
    hosted_fields_pair[], hosted_fields_status[], hosted_fields_utsname[], hosted_fields_rusage[],
    hosted_fields_clone_args[], hosted_fields_stack[], hosted_fields_sockaddr[];

/* The kernel's operations of these names. */
const hdbg_syscall *hosted_syscall(void *context, int32_t arch, uint32_t index);
const char *hosted_syscall_error(void *context, int64_t result, const char **text);

#endif /* HDBG_HOSTED_SYSCALLS_H */

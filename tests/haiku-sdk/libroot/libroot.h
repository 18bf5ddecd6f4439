/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What libroot's files share. libroot.so implements the calls of the SDK's headers on Linux: what concerns
 * debugging through the hosted kernel, the rest by the host's system calls. Its own files see the host's
 * headers, and Haiku's structs from OS.h and image.h.
 */
#ifndef LIBROOT_H
#define LIBROOT_H

#include "../headers/OS.h"
#include "../headers/image.h"

#include <haikudbg/kernel.h>

/* The hosted kernel, made at the first call that needs one: a debuggee that makes none must not start a nub.
 * NULL if there is none to be had. A forked child gets its own. */
hdbg_kernel *libroot_kernel(void);

/* A call of the kernel's table: CALL(port_delete, port). Evaluates to B_NOT_SUPPORTED without a kernel. */
#define CALL(function, ...)                                                                                  \
    (libroot_kernel() == NULL ? B_NOT_SUPPORTED                                                              \
                              : libroot_kernel()->ops->function(libroot_kernel()->context, __VA_ARGS__))

/* Microseconds from now of a timeout in the manner of `flags` (B_RELATIVE_TIMEOUT, ...). */
bigtime_t libroot_timeout(uint32 flags, bigtime_t timeout);
/* A team id with B_CURRENT_TEAM resolved. */
team_id libroot_team(team_id team);
/* strlcpy() for the names in info structs. */
void libroot_copy(char *to, const char *from, size_t size);
/* Haiku's status for the host's errno. */
status_t libroot_errno(void);

/* Whether a nub traces this process. */
int libroot_traced(void);
/* Calls the nub (a nub_call_op). Only if libroot_traced(): the signal kills otherwise. */
void libroot_call_nub(uint64_t op, uint64_t argument);

/* The calling process's own threads that spawn_thread() has made. */
status_t libroot_thread_start(thread_id thread); /* B_BAD_THREAD_ID: not one of them */
int libroot_thread_is_held(thread_id thread);    /* not started yet */
status_t libroot_thread_wait(thread_id thread, status_t *status);

/* waitpid() for a child, its status as Haiku packs it. */
pid_t libroot_wait_child(pid_t pid, int *status, int options);

/* The host's restorer of signal frames does not know about snooze(); this one does (snooze.c). */
void libroot_signal_restorer(void);

/* With labels in the headers that a program sees; here under the labels themselves. */
char *_haiku_strerror(int error);
void _haiku_abort(void) __attribute__((noreturn));
pid_t _haiku_fork(void);
pid_t _haiku_wait(int *status);
pid_t _haiku_waitpid(pid_t pid, int *status, int options);
int _haiku_raise(int signal);
int _haiku_kill(pid_t pid, int signal);
int _haiku_killpg(pid_t group, int signal);

#endif /* LIBROOT_H */

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
/* Haiku's status for an errno of the host's. */
status_t libroot_error(int error);
/* For errno itself. */
status_t libroot_errno(void);

/* ---- how this Haiku behaves (behaviour.c, control.h) ---- */

typedef struct behaviour {
    int release;             /* 4, 5 or 6: beta4, beta5, master */
    int lose_continue;       /* the first CONTINUE_THREAD after a load_image() */
    int drop_team_deleted;   /* as if the debugger port had been full */
    int answer_debug_thread; /* by an IMAGE_CREATED */
    int no_default_debugger;
} behaviour;

const behaviour *libroot_behaviour(void);
/* Whether messages are changed between the hosted kernel and the program. */
int libroot_changes_messages(void);

/* ---- messages (inbox.c), if they are changed ---- */

/* `port` gets the events of teams. */
void libroot_inbox_debugger(port_id port);
/* debug_thread() was called. */
void libroot_inbox_debugged(thread_id thread);
int64_t libroot_inbox_read(port_id port, int32 *code, void *buffer, size_t size, bigtime_t timeout);
int64_t libroot_inbox_size(port_id port, bigtime_t timeout);
int32 libroot_inbox_count(port_id port);
int64_t libroot_inbox_wait(object_wait_info *infos, int count, bigtime_t timeout);
void libroot_inbox_deleted(port_id port);
/* The code that the hosted kernel's nubs have for what this release's nubs have under `code`; -1 if they have
 * nothing. */
int32 libroot_code_to_nub(int32 code);

/* ---- areas ---- */

/* As get_area_info() tells protection: with the bits that are the kernel's. */
uint32 libroot_protection(uint32 bits);
void libroot_fill_area(area_info *info, const hdbg_area_info *from);
/* The id of an area that create_area() has made at an address, 0 if there is none. */
area_id libroot_own_area(const void *address);
/* Whether an id is one that get_next_area_info() told of another team's area. If so, *info is that area as it
 * is now, its id 0 if it is gone; and clones of it show what is there now. */
int libroot_foreign_area(area_id id, area_info *info);

/* A message to a nub that asks for a clone; and the answer, which may be to one of these. */
void libroot_clone_asked(port_id nub_port, const void *message, size_t size);
void libroot_clone_answered(port_id reply_port, const void *message, ssize_t size);
/* Whatever shows an area of a team shows what is there now, from the next look at it. */
void libroot_clone_refresh(team_id team, uint64_t address);
void libroot_clone_forget(area_id clone);

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

/* Haiku's struct utsname. */
typedef struct haiku_utsname {
    char sysname[32], nodename[32], release[32], version[32], machine[32];
} haiku_utsname;

/* With labels in the headers that a program sees; here under the labels themselves. */
char *_haiku_strerror(int error);
int _haiku_uname(haiku_utsname *name);
void _haiku_abort(void) __attribute__((noreturn));
pid_t _haiku_fork(void);
pid_t _haiku_wait(int *status);
pid_t _haiku_waitpid(pid_t pid, int *status, int options);
ssize_t _haiku_write(int descriptor, const void *buffer, size_t size);
int _haiku_raise(int signal);
int _haiku_kill(pid_t pid, int signal);
int _haiku_killpg(pid_t group, int signal);

#endif /* LIBROOT_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * System calls: by name, with their arguments; and teams that are traced.
 */
#ifndef HAIKUDBG_SYSCALL_H
#define HAIKUDBG_SYSCALL_H

#include <haikudbg/event.h>
#include <haikudbg/team.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup syscall System calls
 * Events tell a system call by its number. On Linux numbers are fixed; on Haiku they differ from build to
 * build, and are learnt from the team itself: each call has a function `_kern_*` in its libroot, in whose
 * code the number is. So a team has to have its libroot before its calls have names.
 *
 * A team is traced in one of two ways. hdbg_team_set_events() with HDBG_TEAM_PRE_SYSCALL and
 * HDBG_TEAM_POST_SYSCALL stops the thread at each call, on every kernel. hdbg_team_trace() has the nub itself
 * take notes, where the kernel can: threads go on at once, and events bring many calls at a time. Both come
 * out of hdbg_event_traced() as the same records.
 * @{
 */

/**
 * Describes a system call.
 *
 * @param number its number in the team.
 * @param call receives it; what it points to is valid as long as the team's handle, at most until the team
 * executes another program.
 * @return HDBG_OK, also of a team that has ended, if numbers are fixed or were learnt before;
 * HDBG_NAME_NOT_FOUND (nobody knows that number), HDBG_BAD_VALUE (size), HDBG_TEAM_GONE, HDBG_DETACHED.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_syscall_get(hdbg_team *team, uint32_t number, hdbg_syscall *call);
/** A system call's name, as hdbg_syscall_get() tells it; NULL if it has none. @since 0.1 */
HDBG_API const char *hdbg_syscall_name(hdbg_team *team, uint32_t number);
/** The number of a system call by its name; Haiku's with or without `_kern_`. @return it, or
 * HDBG_NAME_NOT_FOUND, HDBG_TEAM_GONE, HDBG_DETACHED. @since 0.1 */
HDBG_API int32_t hdbg_syscall_find(hdbg_team *team, const char *name);
/** Calls `visit` for each system call that is known, by its number, until it answers non-zero. It may ask for
 * system calls itself; `call` is valid until it returns, what that points to as with hdbg_syscall_get().
 * @return HDBG_OK, HDBG_TEAM_GONE, HDBG_DETACHED. @since 0.1 */
HDBG_API hdbg_status hdbg_syscalls_visit(hdbg_team *team,
                                         int (*visit)(void *context, const hdbg_syscall *call),
                                         void *context);
/** What a system call's result means. @param text receives the error in words; may be NULL. @return the
 * error's name, such as "ENOENT" or "B_ENTRY_NOT_FOUND"; NULL if the result is no error. @since 0.1 */
HDBG_API const char *hdbg_syscall_error(hdbg_team *team, int64_t result, const char **text);

/**
 * Has the nub tell of a team's system calls without stopping its threads: HDBG_EVENT_TRACED events come, each
 * with all calls since the one before, of a few milliseconds at most, and before any other event that
 * happened later. If nobody waits for events the team comes to stand in the end.
 *
 * @param options what is to be told; NULL ends it: all calls that were told come with the next events.
 * @return HDBG_OK; HDBG_NOT_SUPPORTED: the kernel cannot, as Haiku's; HDBG_BAD_VALUE (options),
 * HDBG_TEAM_GONE, HDBG_DETACHED, ...
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_team_trace(hdbg_team *team, const hdbg_trace_options *options);

/** Arguments of a system call that are told. @since 0.1 */
#define HDBG_TRACE_ARGUMENTS 8

/** A system call that has begun, or ended. @since 0.1 */
typedef struct hdbg_traced {
    size_t size;                              /**< sizeof(hdbg_traced), set by the caller. */
    int32_t type;                             /**< HDBG_EVENT_PRE_SYSCALL: it begins; or POST_SYSCALL. */
    hdbg_thread_id thread;                    /**< Whose it is. */
    uint32_t number;                          /**< Which one. */
    uint32_t reserved;                        /**< 0. */
    hdbg_time time;                           /**< On the kernel's system_time(). */
    int64_t result;                           /**< POST_SYSCALL: what it returned. */
    uint64_t arguments[HDBG_TRACE_ARGUMENTS]; /**< Its arguments; an address each, of any processor. */
    const void *memory;                       /**< For hdbg_traced_memory(); valid as long as the event. */
    size_t memory_size;                       /**< The same. */
} hdbg_traced;

/**
 * Takes the next call out of an event: of TRACED each, of PRE_SYSCALL and POST_SYSCALL the one that it tells,
 * whose memory is read now (so before its thread goes on).
 *
 * @param options which memory is to be read of PRE_SYSCALL and POST_SYSCALL; NULL: the defaults.
 * @param cursor 0 at first; where the next one is.
 * @param traced receives it.
 * @return HDBG_OK; HDBG_BAD_INDEX: there is no further one; HDBG_BAD_VALUE (size, or another event's type),
 * HDBG_NO_MEMORY.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_event_traced(hdbg_event *event, const hdbg_trace_options *options, size_t *cursor,
                                       hdbg_traced *traced);
/** What lay at an address when the call was told. @param bytes receives where they are; valid as long as the
 * event. @return how many there are, 0: it was not read. @since 0.1 */
HDBG_API size_t hdbg_traced_memory(const hdbg_traced *traced, hdbg_address address, const void **bytes);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_SYSCALL_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Events: what happened, in order.
 */
#ifndef HAIKUDBG_EVENT_H
#define HAIKUDBG_EVENT_H

#include <haikudbg/nub.h>
#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup event Events
 * hdbg_wait() hands out what happened, one event at a time, in the order in which it was told. An event that
 * stops a thread leaves it stopped until the thread is resumed (thread.h); events that stop nothing are news.
 *
 * Somebody has to pump: messages of the kernel are read only while a thread is in hdbg_wait(), with any
 * timeout, or in a call that waits for an event itself (attaching, stopping). Until then nothing is known of
 * them: threads that stopped for what nobody asked for do not go on, and states are those of before.
 *
 * Each end of a team or of a thread that was announced is told exactly once, also if Haiku told nothing of
 * it. A lost TEAM_DELETED shows in the nub port alone, which dies: that is looked for every 500 ms while
 * somebody waits, and the end is told one second after it was seen. Nothing makes the session's descriptor
 * readable then: an event loop that wants to hear of such ends, too, polls with a timeout of a second or
 * less, and calls hdbg_wait() with a timeout of 0 each time.
 *
 * THREAD_CREATED and THREAD_DELETED need HDBG_TEAM_THREADS among the team's events (hdbg_team_set_events()).
 * The latter comes for every thread but the main one, whose end is the team's; announced threads that end
 * with their team without a word of the kernel are told before its TEAM_DELETED. TEAM_EXEC comes with no
 * images: the old program's are gone, and the new one's follow with IMAGE_CREATED, the program itself last.
 * Until then it has no symbols.
 * @{
 */

/** What to wait for. Zero all but `size` for any event. @since 0.1 */
typedef struct hdbg_wait_filter {
    size_t size;           /**< sizeof(hdbg_wait_filter). */
    hdbg_team_id team;     /**< Only events of this team; 0: of any. */
    hdbg_thread_id thread; /**< Only events of this thread, and the end of its team; 0: of any. */
    uint32_t types;        /**< Only these: bit n for hdbg_event_type n, bit 31 for NUB_LOST,
                                bit 30 for TRACED; 0: all. */
    uint32_t reserved;     /**< 0. */
} hdbg_wait_filter;

/**
 * Waits for the next event that fits. Events that do not fit stay queued, in order.
 *
 * @param filter what fits, or NULL for any event.
 * @param timeout microseconds; 0 polls; HDBG_FOREVER.
 * @param event receives it; release it with hdbg_event_release().
 * @return HDBG_OK; HDBG_TIMED_OUT; HDBG_WOULD_BLOCK (timeout 0); HDBG_WOKEN; HDBG_BUSY if another thread
 * waits; HDBG_TEAM_GONE or HDBG_THREAD_GONE if what the filter names has ended, its end was handed out, and
 * no event of it is left; HDBG_DETACHED if its team was let go, HDBG_NUB_LOST if the team lost its nub (it
 * may live on, undebugged), in both cases as long as somebody holds the team's handle; HDBG_BAD_TEAM_ID if
 * nothing like it is known; HDBG_CANCELED if the session ends; HDBG_BAD_VALUE if it debugs no team at all and
 * no event is left. Threads: any; one at a time in a session. No memory is allocated once the session has
 * warmed up.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_wait(hdbg_session *session, const hdbg_wait_filter *filter, hdbg_time timeout,
                               hdbg_event **event);

/** Gives an event back. NULL is allowed. @since 0.1 */
HDBG_API void hdbg_event_release(hdbg_event *event);

/** An event's hdbg_event_type. @since 0.1 */
HDBG_API int32_t hdbg_event_type_of(const hdbg_event *event);
/** The team it is about; the event's own reference, valid as long as the event. Never NULL. @since 0.1 */
HDBG_API hdbg_team *hdbg_event_team(const hdbg_event *event);
/** The thread it is about; the event's own reference. NULL for TEAM_DELETED, HANDED_OVER, NUB_LOST,
 * TRACED. @since 0.1 */
HDBG_API hdbg_thread *hdbg_event_thread(const hdbg_event *event);
/** The id of the thread it is about, or -1. @since 0.1 */
HDBG_API hdbg_thread_id hdbg_event_thread_id(const hdbg_event *event);
/** All that the nub told; valid as long as the event. Never NULL. @since 0.1 */
HDBG_API const hdbg_nub_event *hdbg_event_data(const hdbg_event *event);
/** For TEAM_CREATED of a team whose children are followed: the child, attached and stopped; else NULL. @since
 * 0.1 */
HDBG_API hdbg_team *hdbg_event_child(const hdbg_event *event);
/** For TEAM_CREATED: whether the child runs in its parent's memory (vfork() on the hosted kernel) until it
 * executes a program or ends. The parent's thread does not come back from the kernel before that: stopping it
 * (hdbg_thread_stop(), hdbg_team_stop()) does not wait for it, but asks it to stop as soon as it does, and a
 * resume takes that back. @since 0.1 */
HDBG_API int hdbg_event_child_borrows(const hdbg_event *event);
/** Whether the event stopped a thread, which has to be resumed. @since 0.1 */
HDBG_API int hdbg_event_is_stop(const hdbg_event *event);
/** When it was read, on the kernel's system_time(). @since 0.1 */
HDBG_API hdbg_time hdbg_event_time(const hdbg_event *event);
/** A line that describes it, such as "thread 4711 'worker' BREAKPOINT_HIT at 0x401136". @param buffer
 * receives it, NUL-terminated, cut to `size`. @return the length of the whole line. @since 0.1 */
HDBG_API size_t hdbg_event_describe(const hdbg_event *event, char *buffer, size_t size);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_EVENT_H */

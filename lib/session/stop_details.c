/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a kernel may know of a stop beyond Haiku's messages: a signal's details, the watchpoints that were
 * hit.
 */
#include "session/types.h"

#include <string.h>

/* Locked: HDBG_OK if the thread stands in a team that is debugged. A kernel that has the function is asked
 * after that. */
static hdbg_status check(hdbg_thread *thread, bool kernel_knows, const char *what)
{
    hdbg_status status = thread_check_stopped(thread, what);
    if (status == HDBG_OK && !kernel_knows)
        status = hdbg_fail(HDBG_NOT_SUPPORTED, "cannot %s thread %d: the kernel has no way to", what,
                           (int)thread->id);
    return status;
}

/* What the kernel answered, as the caller is told. */
static hdbg_status kernel_status(hdbg_thread *thread, int64_t answer, const char *what)
{
    if (answer >= 0)
        return HDBG_OK;
    if (answer == HDBG_BAD_THREAD_ID)
        return hdbg_fail(HDBG_THREAD_GONE, "cannot %s thread %d: it has ended", what, (int)thread->id);
    return hdbg_fail((hdbg_status)answer, "cannot %s thread %d: %s", what, (int)thread->id,
                     hdbg_last_error());
}

hdbg_status hdbg_thread_signal_info(hdbg_thread *thread, void *info, size_t size, size_t *used)
{
    static const char kWhat[] = "read the signal of";
    hdbg_session *session = thread->team->session;
    hdbg_kernel *kernel = session->kernel;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = check(thread, kernel->ops->signal_info != NULL, kWhat);
    bool given = status == HDBG_OK && thread->given_signal != 0;
    if (given && thread->given_size > size)
        status = hdbg_fail(HDBG_BUFFER_OVERFLOW, "cannot %s thread %d: there is room for %zu bytes", kWhat,
                           (int)thread->id, size);
    else if (given)
        memcpy(info, thread->given_info, *used = thread->given_size);
    pthread_mutex_unlock(&session->lock);
    if (status != HDBG_OK || given)
        return status;
    int64_t answer = KERNEL(kernel, signal_info, thread->id, info, size);
    *used = answer > 0 ? (size_t)answer : 0;
    return kernel_status(thread, answer, kWhat);
}

hdbg_status hdbg_thread_set_signal_info(hdbg_thread *thread, int32_t signal, const void *info, size_t size)
{
    if (signal < 1 || signal > HDBG_SIGNAL_MAX || size == 0 || size > HDBG_SIGNAL_INFO_MAX)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot set the signal of thread %d: %s", (int)thread->id,
                         size == 0 || size > HDBG_SIGNAL_INFO_MAX ? "the details have a wrong size"
                                                                  : "there is no such signal");
    hdbg_session *session = thread->team->session;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = check(thread, session->kernel->ops->send_signal_info != NULL, "set the signal of");
    if (status == HDBG_OK) {
        thread->given_signal = signal;
        thread->given_size = size;
        memcpy(thread->given_info, info, size);
    }
    pthread_mutex_unlock(&session->lock);
    return status;
}

hdbg_status hdbg_thread_watchpoints_hit(hdbg_thread *thread, hdbg_address *addresses, size_t capacity,
                                        size_t *count)
{
    static const char kWhat[] = "ask for the watchpoints of";
    hdbg_session *session = thread->team->session;
    hdbg_kernel *kernel = session->kernel;
    *count = 0;
    pthread_mutex_lock(&session->lock);
    hdbg_status status = check(thread, kernel->ops->watchpoints_hit != NULL, kWhat);
    pthread_mutex_unlock(&session->lock);
    if (status != HDBG_OK)
        return status;
    int64_t answer = KERNEL(kernel, watchpoints_hit, thread->id, addresses, capacity);
    *count = answer > 0 ? (size_t)answer : 0;
    return kernel_status(thread, answer, kWhat);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The dead team's nub: answers what it is asked, and does nothing.
 */
#include "base/fail.h"
#include "kernel/corefile/corefile.h"

#include <string.h>

static hdbg_status not_allowed(const core_kernel *k, const char *what)
{
    return hdbg_fail(HDBG_NOT_ALLOWED, "cannot %s: %s is a core file, the team is dead", what, k->path);
}

/* ---- events ---- */

/* Tells the debugger what a thread stands for. */
static hdbg_status tell(core_kernel *k, core_thread *thread)
{
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX];
    hdbg_nub_event event;
    memset(&event, 0, sizeof event);
    event.type = thread->type;
    event.thread = thread->id;
    event.team = k->info.team;
    event.nub_port = k->nub_port;
    if (thread->type == HDBG_EVENT_EXCEPTION_OCCURRED) {
        event.data.exception.exception = thread->exception;
        event.data.exception.signal = thread->signal;
    } else if (thread->type == HDBG_EVENT_SIGNAL_RECEIVED) {
        event.data.signal.signal = thread->signal;
        event.data.signal.deadly = 1;
        event.data.signal.has_info = 1;
        event.data.signal.info = thread->info;
    }
    int64_t size = hdbg_nub_event_encode(k->arch, HDBG_RELEASE_BETA6, &event, bytes, sizeof bytes);
    if (size < 0)
        return (hdbg_status)size;
    hdbg_status status = core_port_put(k, k->debugger_port, thread->type, bytes, (size_t)size);
    thread->told = status == HDBG_OK;
    return status;
}

/* Threads that stopped for something tell it at once, as on Haiku when a debugger takes over; the others when
 * they are told to stop. */
hdbg_port_id core_install(void *context, hdbg_team_id team, hdbg_port_id debugger_port)
{
    core_kernel *k = context;
    if (team != k->info.team)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "%s has no team %d", k->path, (int)team);
    pthread_mutex_lock(&k->lock);
    hdbg_port_id port = HDBG_BAD_VALUE;
    if (k->nub_port >= 0) {
        hdbg_fail(HDBG_BAD_VALUE, "team %d has a debugger already", (int)team);
        goto done;
    }
    port = core_port_make(k, 1, "nub");
    if (port < 0)
        goto done;
    k->nub_port = port;
    k->debugger_port = debugger_port;
    for (size_t i = 0; i < k->threads.count; i++) {
        core_thread *thread = CORE_AT(k->threads, core_thread, i);
        thread->told = false;
        if (thread->type != HDBG_EVENT_THREAD_DEBUGGED)
            tell(k, thread);
    }
done:
    pthread_mutex_unlock(&k->lock);
    return port;
}

hdbg_status core_remove(void *context, hdbg_team_id team)
{
    core_kernel *k = context;
    pthread_mutex_lock(&k->lock);
    bool installed = team == k->info.team && k->nub_port >= 0;
    hdbg_port_id port = k->nub_port;
    k->nub_port = k->debugger_port = -1;
    if (installed)
        core_port_drop(k, port);
    pthread_mutex_unlock(&k->lock);
    return installed ? HDBG_OK : hdbg_fail(HDBG_BAD_VALUE, "team %d has no debugger", (int)team);
}

hdbg_status core_debug_thread(void *context, hdbg_thread_id id)
{
    core_kernel *k = context;
    core_thread *thread = core_thread_find(k, id);
    if (thread == NULL)
        return hdbg_fail(HDBG_BAD_THREAD_ID, "%s has no thread %d", k->path, (int)id);
    pthread_mutex_lock(&k->lock);
    hdbg_status status = k->nub_port >= 0 ? HDBG_OK : hdbg_fail(HDBG_NOT_ALLOWED, "no debugger is installed");
    if (status == HDBG_OK && !thread->told)
        status = tell(k, thread);
    pthread_mutex_unlock(&k->lock);
    return status;
}

/* ---- messages ---- */

static void read_memory(core_kernel *k, const hdbg_nub_message *message, hdbg_nub_reply *reply)
{
    if (message->size < 1 || (size_t)message->size > sizeof reply->data.bytes) {
        reply->error = HDBG_BAD_VALUE;
        return;
    }
    reply->size = (int32_t)core_memory_read(k, message->address, reply->data.bytes, (size_t)message->size);
    if (reply->size == 0)
        reply->error = HDBG_BAD_ADDRESS;
}

static void get_cpu_state(core_kernel *k, const hdbg_nub_message *message, hdbg_nub_reply *reply)
{
    const core_thread *thread = core_thread_find(k, message->thread);
    reply->data.cpu_state.arch = k->arch;
    reply->data.cpu_state.size = (uint32_t)core_cpu_size(k->arch);
    memset(reply->data.cpu_state.data, 0, sizeof reply->data.cpu_state.data);
    if (thread == NULL) {
        reply->error = HDBG_BAD_THREAD_ID;
        return;
    }
    reply->event = thread->type;
    if (thread->cpu.size > 0)
        reply->data.cpu_state = thread->cpu;
}

static void get_signal_masks(core_kernel *k, const hdbg_nub_message *message, hdbg_nub_reply *reply)
{
    if (core_thread_find(k, message->thread) == NULL)
        reply->error = HDBG_BAD_THREAD_ID;
}

static void get_signal_handler(core_kernel *k, const hdbg_nub_message *message, hdbg_nub_reply *reply)
{
    (void)k;
    (void)message;
    reply->error = HDBG_NOT_SUPPORTED; /* a core does not tell */
}

/* The rest would change the team, or make something of it that a dead one cannot. */
static const struct {
    int32_t type;
    void (*answer)(core_kernel *k, const hdbg_nub_message *message, hdbg_nub_reply *reply);
} kinds[] = {{HDBG_MESSAGE_READ_MEMORY, read_memory},
             {HDBG_MESSAGE_GET_CPU_STATE, get_cpu_state},
             {HDBG_MESSAGE_GET_SIGNAL_MASKS, get_signal_masks},
             {HDBG_MESSAGE_GET_SIGNAL_HANDLER, get_signal_handler}};

/* Which events a debugger wants to hear of changes nothing. */
static bool is_harmless(int32_t type)
{
    return type == HDBG_MESSAGE_SET_TEAM_FLAGS || type == HDBG_MESSAGE_SET_THREAD_FLAGS;
}

hdbg_status core_nub_message(core_kernel *k, int32_t code, const void *data, size_t size)
{
    hdbg_nub_message message;
    hdbg_status status = hdbg_nub_message_decode(k->arch, HDBG_RELEASE_BETA6, code, data, size, &message);
    if (status != HDBG_OK)
        return HDBG_OK; /* a nub passes over what it does not understand */
    if (!hdbg_nub_message_answered(message.type))
        return is_harmless(message.type) ? HDBG_OK
                                         : not_allowed(k, hdbg_nub_message_name(HDBG_RELEASE_BETA6, code));
    hdbg_nub_reply reply;
    memset(&reply, 0, sizeof reply);
    reply.type = message.type;
    reply.error = HDBG_NOT_ALLOWED;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].type == message.type) {
            reply.error = HDBG_OK;
            kinds[i].answer(k, &message, &reply);
        }
    }
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX];
    int32_t reply_code;
    int64_t length =
        hdbg_nub_reply_encode(k->arch, HDBG_RELEASE_BETA6, &reply, &reply_code, bytes, sizeof bytes);
    if (length < 0)
        return (hdbg_status)length;
    return core_port_put(k, message.reply_port, reply_code, bytes, (size_t)length);
}

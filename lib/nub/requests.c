/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The messages to the nub as functions.
 */
#include "nub/connection.h"

#include "base/fail.h"

#include <string.h>

#define MEMORY_MAX  1024 /* B_MAX_READ_WRITE_MEMORY_SIZE */
#define OWN_TIMEOUT -1

static hdbg_status check_size(const char *what, hdbg_address address, size_t size)
{
    if (size >= 1 && size <= MEMORY_MAX)
        return HDBG_OK;
    return hdbg_fail(HDBG_BAD_VALUE, "cannot %s %zu bytes at 0x%llx: one message carries 1 to %d", what, size,
                     (unsigned long long)address, MEMORY_MAX);
}

hdbg_status hdbg_nub_read_memory(hdbg_nub *nub, hdbg_address address, void *buffer, size_t size, size_t *got)
{
    *got = 0;
    hdbg_status status = check_size("read", address, size);
    if (status != HDBG_OK)
        return status;
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_READ_MEMORY;
    message.address = address;
    message.size = (int32_t)size;
    hdbg_nub_reply reply;
    status = hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
    if (status != HDBG_OK)
        return status;
    if ((size_t)reply.size > size)
        return hdbg_nub_bad_reply(nub, "READ_MEMORY", reply.size, size);
    memcpy(buffer, reply.data.bytes, (size_t)reply.size);
    *got = (size_t)reply.size;
    return HDBG_OK;
}

hdbg_status hdbg_nub_write_memory(hdbg_nub *nub, hdbg_address address, const void *data, size_t size,
                                  size_t *written)
{
    *written = 0;
    hdbg_status status = check_size("write", address, size);
    if (status != HDBG_OK)
        return status;
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_WRITE_MEMORY;
    message.address = address;
    message.size = (int32_t)size;
    memcpy(message.data.bytes, data, size);
    hdbg_nub_reply reply;
    status = hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
    if (status != HDBG_OK)
        return status;
    if (reply.size < 0 || (size_t)reply.size > size)
        return hdbg_nub_bad_reply(nub, "WRITE_MEMORY", reply.size, size);
    *written = (size_t)reply.size;
    return HDBG_OK;
}

hdbg_status hdbg_nub_set_team_flags(hdbg_nub *nub, uint32_t flags)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_SET_TEAM_FLAGS;
    message.flags = flags;
    return hdbg_nub_tell(nub, &message);
}

hdbg_status hdbg_nub_set_thread_flags(hdbg_nub *nub, hdbg_thread_id thread, uint32_t flags)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_SET_THREAD_FLAGS;
    message.thread = thread;
    message.flags = flags;
    return hdbg_nub_tell(nub, &message);
}

hdbg_status hdbg_nub_continue_thread(hdbg_nub *nub, hdbg_thread_id thread, uint32_t how, int single_step)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_CONTINUE_THREAD;
    message.thread = thread;
    message.how = how;
    message.single_step = single_step != 0;
    return hdbg_nub_tell(nub, &message);
}

hdbg_status hdbg_nub_set_cpu_state(hdbg_nub *nub, hdbg_thread_id thread, const hdbg_cpu_state *state)
{
    if (state->arch != (uint32_t)nub->arch) {
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot set the CPU state of thread %d: it is one of processor %u, not %d", thread,
                         state->arch, (int)nub->arch);
    }
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_SET_CPU_STATE;
    message.thread = thread;
    message.data.cpu_state = *state;
    return hdbg_nub_tell(nub, &message);
}

hdbg_status hdbg_nub_get_cpu_state(hdbg_nub *nub, hdbg_thread_id thread, int32_t *type, hdbg_cpu_state *state)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_GET_CPU_STATE;
    message.thread = thread;
    hdbg_nub_reply reply;
    hdbg_status status = hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
    if (status != HDBG_OK)
        return status;
    if (type != NULL)
        *type = reply.event;
    *state = reply.data.cpu_state;
    return HDBG_OK;
}

hdbg_status hdbg_nub_set_breakpoint(hdbg_nub *nub, hdbg_address address)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_SET_BREAKPOINT;
    message.address = address;
    hdbg_nub_reply reply;
    return hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
}

hdbg_status hdbg_nub_clear_breakpoint(hdbg_nub *nub, hdbg_address address)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_CLEAR_BREAKPOINT;
    message.address = address;
    return hdbg_nub_tell(nub, &message);
}

hdbg_status hdbg_nub_set_watchpoint(hdbg_nub *nub, hdbg_address address, uint32_t kind, int32_t length)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_SET_WATCHPOINT;
    message.address = address;
    message.kind = kind;
    message.size = length;
    hdbg_nub_reply reply;
    return hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
}

hdbg_status hdbg_nub_clear_watchpoint(hdbg_nub *nub, hdbg_address address)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_CLEAR_WATCHPOINT;
    message.address = address;
    return hdbg_nub_tell(nub, &message);
}

hdbg_status hdbg_nub_set_signal_masks(hdbg_nub *nub, hdbg_thread_id thread, uint64_t ignore,
                                      uint32_t ignore_op, uint64_t ignore_once, uint32_t ignore_once_op)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_SET_SIGNAL_MASKS;
    message.thread = thread;
    message.ignore = ignore;
    message.ignore_op = ignore_op;
    message.ignore_once = ignore_once;
    message.ignore_once_op = ignore_once_op;
    return hdbg_nub_tell(nub, &message);
}

hdbg_status hdbg_nub_get_signal_masks(hdbg_nub *nub, hdbg_thread_id thread, uint64_t *ignore,
                                      uint64_t *ignore_once)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_GET_SIGNAL_MASKS;
    message.thread = thread;
    hdbg_nub_reply reply;
    hdbg_status status = hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
    if (status != HDBG_OK)
        return status;
    *ignore = reply.ignore;
    *ignore_once = reply.ignore_once;
    return HDBG_OK;
}

hdbg_status hdbg_nub_set_signal_handler(hdbg_nub *nub, int32_t signal, const hdbg_signal_handler *handler)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_SET_SIGNAL_HANDLER;
    message.signal = signal;
    message.handler = *handler;
    return hdbg_nub_tell(nub, &message);
}

hdbg_status hdbg_nub_get_signal_handler(hdbg_nub *nub, int32_t signal, hdbg_signal_handler *handler)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_GET_SIGNAL_HANDLER;
    message.signal = signal;
    hdbg_nub_reply reply;
    hdbg_status status = hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
    if (status == HDBG_OK)
        *handler = reply.handler;
    return status;
}

hdbg_status hdbg_nub_clone_area(hdbg_nub *nub, hdbg_address address, hdbg_area_id *area, hdbg_address *mapped)
{
    /* Older nubs take the code for PREPARE_HANDOVER: nothing may be sent to them. */
    if (hdbg_nub_message_code(nub->release, HDBG_MESSAGE_CLONE_AREA) < 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED,
                         "cannot clone an area of team %d: nubs before R1/beta6 have no CLONE_AREA",
                         nub->team);
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_CLONE_AREA;
    message.address = address;
    hdbg_nub_reply reply;
    hdbg_status status = hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
    if (status != HDBG_OK)
        return status;
    *area = reply.area;
    *mapped = reply.address;
    return HDBG_OK;
}

hdbg_status hdbg_nub_prepare_handover(hdbg_nub *nub)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_PREPARE_HANDOVER;
    return hdbg_nub_tell(nub, &message);
}

hdbg_status hdbg_nub_write_core_file(hdbg_nub *nub, const char *path, hdbg_time timeout)
{
    hdbg_nub_message message;
    size_t length = strnlen(path, sizeof message.data.path);
    if (length == sizeof message.data.path)
        return hdbg_fail(HDBG_NAME_TOO_LONG,
                         "cannot write a core file of team %d: its path has over %zu bytes", nub->team,
                         sizeof message.data.path - 1);
    message.type = HDBG_MESSAGE_WRITE_CORE_FILE;
    memset(message.data.path, 0, sizeof message.data.path);
    memcpy(message.data.path, path, length);
    hdbg_nub_reply reply;
    return hdbg_nub_ask(nub, &message, &reply, timeout < 0 ? 0 : timeout);
}

hdbg_status hdbg_nub_start_profiler(hdbg_nub *nub, hdbg_thread_id thread, hdbg_time *interval,
                                    hdbg_area_id sample_area, int32_t stack_depth, int variable_stack_depth,
                                    int profile_kernel, int32_t *image_event)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_START_PROFILER;
    message.thread = thread;
    message.interval = *interval;
    message.sample_area = sample_area;
    message.stack_depth = stack_depth;
    message.variable_stack_depth = variable_stack_depth;
    message.profile_kernel = profile_kernel;
    hdbg_nub_reply reply;
    hdbg_status status = hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
    if (status != HDBG_OK)
        return status;
    *interval = reply.interval;
    if (image_event != NULL)
        *image_event = reply.image_event;
    return HDBG_OK;
}

hdbg_status hdbg_nub_stop_profiler(hdbg_nub *nub, hdbg_thread_id thread, hdbg_nub_event *update)
{
    hdbg_nub_message message;
    message.type = HDBG_MESSAGE_STOP_PROFILER;
    message.thread = thread;
    hdbg_nub_reply reply;
    hdbg_status status = hdbg_nub_ask(nub, &message, &reply, OWN_TIMEOUT);
    if (status == HDBG_OK)
        *update = reply.data.update;
    return status;
}

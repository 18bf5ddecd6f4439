/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The 20 messages to the nub: one table, from which they and their replies are encoded and decoded.
 */
#include "nub/layout.h"

#include "base/fail.h"

#include <haikudbg/message.h>

#include <string.h>

#define ASK(kind, type, field, member)  LAYOUT_FIELD(kind, type, field, hdbg_nub_message, member)
#define TELL(kind, type, field, member) LAYOUT_FIELD(kind, type##_reply, field, hdbg_nub_reply, member)
#define REPLY_PORT(type)                ASK(LAYOUT_SIGNED, type, reply_port, reply_port)
#define THREAD(type)                    ASK(LAYOUT_SIGNED, type, thread, thread)
#define ADDRESS(type)                   ASK(LAYOUT_UNSIGNED, type, address, address)
#define REPLY_ERROR(type)               TELL(LAYOUT_SIGNED, type, error, error)

static const struct layout_field kReadMemory[] = {REPLY_PORT(read_memory), ADDRESS(read_memory),
                                                  ASK(LAYOUT_SIGNED, read_memory, size, size)};
static const struct layout_field kReadMemoryReply[] = {REPLY_ERROR(read_memory),
                                                       TELL(LAYOUT_SIGNED, read_memory, size, size)};
static const struct layout_field kWriteMemory[] = {REPLY_PORT(write_memory), ADDRESS(write_memory),
                                                   ASK(LAYOUT_SIGNED, write_memory, size, size)};
static const struct layout_field kWriteMemoryReply[] = {REPLY_ERROR(write_memory),
                                                        TELL(LAYOUT_SIGNED, write_memory, size, size)};
static const struct layout_field kSetTeamFlags[] = {ASK(LAYOUT_UNSIGNED, set_team_flags, flags, flags)};
static const struct layout_field kSetThreadFlags[] = {THREAD(set_thread_flags),
                                                      ASK(LAYOUT_UNSIGNED, set_thread_flags, flags, flags)};
static const struct layout_field kContinueThread[] = {
    THREAD(continue_thread), ASK(LAYOUT_UNSIGNED, continue_thread, handle_event, how),
    ASK(LAYOUT_FLAG, continue_thread, single_step, single_step)};
static const struct layout_field kSetCpuState[] = {THREAD(set_cpu_state),
                                                   ASK(LAYOUT_CPU, set_cpu_state, cpu_state, data.cpu_state)};
static const struct layout_field kGetCpuState[] = {REPLY_PORT(get_cpu_state), THREAD(get_cpu_state)};
static const struct layout_field kGetCpuStateReply[] = {
    REPLY_ERROR(get_cpu_state), TELL(LAYOUT_SIGNED, get_cpu_state, message, event),
    TELL(LAYOUT_CPU, get_cpu_state, cpu_state, data.cpu_state)};
static const struct layout_field kSetBreakpoint[] = {REPLY_PORT(set_breakpoint), ADDRESS(set_breakpoint)};
static const struct layout_field kSetBreakpointReply[] = {REPLY_ERROR(set_breakpoint)};
static const struct layout_field kClearBreakpoint[] = {ADDRESS(clear_breakpoint)};
static const struct layout_field kSetWatchpoint[] = {REPLY_PORT(set_watchpoint), ADDRESS(set_watchpoint),
                                                     ASK(LAYOUT_UNSIGNED, set_watchpoint, type, kind),
                                                     ASK(LAYOUT_SIGNED, set_watchpoint, length, size)};
static const struct layout_field kSetWatchpointReply[] = {REPLY_ERROR(set_watchpoint)};
static const struct layout_field kClearWatchpoint[] = {ADDRESS(clear_watchpoint)};
static const struct layout_field kSetSignalMasks[] = {
    THREAD(set_signal_masks), ASK(LAYOUT_UNSIGNED, set_signal_masks, ignore_mask, ignore),
    ASK(LAYOUT_UNSIGNED, set_signal_masks, ignore_once_mask, ignore_once),
    ASK(LAYOUT_UNSIGNED, set_signal_masks, ignore_op, ignore_op),
    ASK(LAYOUT_UNSIGNED, set_signal_masks, ignore_once_op, ignore_once_op)};
static const struct layout_field kGetSignalMasks[] = {REPLY_PORT(get_signal_masks), THREAD(get_signal_masks)};
static const struct layout_field kGetSignalMasksReply[] = {
    REPLY_ERROR(get_signal_masks), TELL(LAYOUT_UNSIGNED, get_signal_masks, ignore_mask, ignore),
    TELL(LAYOUT_UNSIGNED, get_signal_masks, ignore_once_mask, ignore_once)};
static const struct layout_field kSetSignalHandler[] = {
    ASK(LAYOUT_SIGNED, set_signal_handler, signal, signal),
    LAYOUT_INNER(set_signal_handler, handler, hdbg_nub_message, handler, hdbg_layout_sigaction)};
static const struct layout_field kGetSignalHandler[] = {
    REPLY_PORT(get_signal_handler), ASK(LAYOUT_SIGNED, get_signal_handler, signal, signal)};
static const struct layout_field kGetSignalHandlerReply[] = {
    REPLY_ERROR(get_signal_handler),
    LAYOUT_INNER(get_signal_handler_reply, handler, hdbg_nub_reply, handler, hdbg_layout_sigaction)};
static const struct layout_field kCloneArea[] = {REPLY_PORT(clone_area), ADDRESS(clone_area)};
static const struct layout_field kCloneAreaReply[] = {TELL(LAYOUT_SIGNED, clone_area, area, area),
                                                      TELL(LAYOUT_UNSIGNED, clone_area, address, address)};
static const struct layout_field kWriteCoreFile[] = {REPLY_PORT(write_core_file),
                                                     ASK(LAYOUT_TEXT, write_core_file, path, data.path)};
static const struct layout_field kWriteCoreFileReply[] = {REPLY_ERROR(write_core_file)};
static const struct layout_field kStartProfiler[] = {
    REPLY_PORT(start_profiler),
    THREAD(start_profiler),
    ASK(LAYOUT_SIGNED, start_profiler, interval, interval),
    ASK(LAYOUT_SIGNED, start_profiler, sample_area, sample_area),
    ASK(LAYOUT_SIGNED, start_profiler, stack_depth, stack_depth),
    ASK(LAYOUT_FLAG, start_profiler, variable_stack_depth, variable_stack_depth),
    ASK(LAYOUT_FLAG, start_profiler, profile_kernel, profile_kernel)};
static const struct layout_field kStartProfilerReply[] = {
    REPLY_ERROR(start_profiler), TELL(LAYOUT_SIGNED, start_profiler, image_event, image_event),
    TELL(LAYOUT_SIGNED, start_profiler, interval, interval)};
static const struct layout_field kStopProfiler[] = {REPLY_PORT(stop_profiler), THREAD(stop_profiler)};

#define ANSWERED(name, type, old, beta6, fields)                                                             \
    {                                                                                                        \
#name, HDBG_MESSAGE_##name,                                                                          \
            {old, old, beta6 }, LAYOUT_OF(type, fields), LAYOUT_OF(type##_reply, fields##Reply)              \
    }
#define SILENT(name, type, code, fields)                                                                     \
    {                                                                                                        \
#name, HDBG_MESSAGE_##name, {code, code, code }, LAYOUT_OF(type, fields),                            \
        {                                                                                                    \
            {0}, 0, NULL                                                                                     \
        }                                                                                                    \
    }

/* `code`: of R1/beta4, R1/beta5 and R1/beta6; negative where the release lacks it. No reply's list: not
 * answered, but for STOP_PROFILER, whose reply is an event. */
static const struct row {
    const char *name;
    int32_t type;
    int32_t code[3];
    struct layout_struct request;
    struct layout_struct reply;
} kMessages[HDBG_MESSAGE_COUNT] = {
    ANSWERED(READ_MEMORY, read_memory, 0, 0, kReadMemory),
    ANSWERED(WRITE_MEMORY, write_memory, 1, 1, kWriteMemory),
    SILENT(SET_TEAM_FLAGS, set_team_flags, 2, kSetTeamFlags),
    SILENT(SET_THREAD_FLAGS, set_thread_flags, 3, kSetThreadFlags),
    SILENT(CONTINUE_THREAD, continue_thread, 4, kContinueThread),
    SILENT(SET_CPU_STATE, set_cpu_state, 5, kSetCpuState),
    ANSWERED(GET_CPU_STATE, get_cpu_state, 6, 6, kGetCpuState),
    ANSWERED(SET_BREAKPOINT, set_breakpoint, 7, 7, kSetBreakpoint),
    SILENT(CLEAR_BREAKPOINT, clear_breakpoint, 8, kClearBreakpoint),
    ANSWERED(SET_WATCHPOINT, set_watchpoint, 9, 9, kSetWatchpoint),
    SILENT(CLEAR_WATCHPOINT, clear_watchpoint, 10, kClearWatchpoint),
    SILENT(SET_SIGNAL_MASKS, set_signal_masks, 11, kSetSignalMasks),
    ANSWERED(GET_SIGNAL_MASKS, get_signal_masks, 12, 12, kGetSignalMasks),
    SILENT(SET_SIGNAL_HANDLER, set_signal_handler, 13, kSetSignalHandler),
    ANSWERED(GET_SIGNAL_HANDLER, get_signal_handler, 14, 14, kGetSignalHandler),
    ANSWERED(CLONE_AREA, clone_area, -1, 15, kCloneArea),
    {"PREPARE_HANDOVER", HDBG_MESSAGE_PREPARE_HANDOVER, {15, 15, 1000}, {{0}, 0, NULL}, {{0}, 0, NULL}},
    ANSWERED(WRITE_CORE_FILE, write_core_file, 18, 1001, kWriteCoreFile),
    ANSWERED(START_PROFILER, start_profiler, 16, 2000, kStartProfiler),
    {"STOP_PROFILER",
     HDBG_MESSAGE_STOP_PROFILER,
     {17, 17, 2001},
     LAYOUT_OF(stop_profiler, kStopProfiler),
     {{0}, 0, NULL}},
};

static int release_index(hdbg_release release)
{
    if (release <= HDBG_RELEASE_BETA4)
        return 0;
    return release == HDBG_RELEASE_BETA5 ? 1 : 2;
}

static const struct row *row_of_type(int32_t type)
{
    /* The first sixteen types are their own index. */
    if (type >= 0 && type <= HDBG_MESSAGE_CLONE_AREA)
        return &kMessages[type];
    for (const struct row *row = kMessages; row < kMessages + HDBG_MESSAGE_COUNT; row++) {
        if (row->type == type)
            return row;
    }
    return NULL;
}

static const struct row *row_of_code(hdbg_release release, int32_t code)
{
    for (const struct row *row = kMessages; row < kMessages + HDBG_MESSAGE_COUNT; row++) {
        if (code >= 0 && row->code[release_index(release)] == code)
            return row;
    }
    return NULL;
}

/* Where the bytes start that READ_MEMORY's reply and WRITE_MEMORY end with, as many as `size` says. */
static const uint16_t kReadData[] = LAYOUT_OFFSETS(read_memory_reply, data);
static const uint16_t kWriteData[] = LAYOUT_OFFSETS(write_memory, data);

static int bad_data_size(int32_t size)
{
    return size < 0 || size > WIRE_MEMORY_MAX;
}

int32_t hdbg_nub_message_code(hdbg_release release, int32_t type)
{
    const struct row *row = row_of_type(type);
    if (row == NULL)
        return hdbg_fail(HDBG_BAD_VALUE, "no message to the nub has the type %d", type);
    int32_t code = row->code[release_index(release)];
    if (code < 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "the nub of R1/beta%d has no %s", (int)release, row->name);
    return code;
}

int hdbg_nub_message_answered(int32_t type)
{
    const struct row *row = row_of_type(type);
    return row != NULL && (row->reply.fields != NULL || type == HDBG_MESSAGE_STOP_PROFILER);
}

int32_t hdbg_nub_message_type(int index)
{
    return index >= 0 && index < HDBG_MESSAGE_COUNT ? kMessages[index].type : -1;
}

const char *hdbg_nub_message_name(hdbg_release release, int32_t code)
{
    const struct row *row = row_of_code(release, code);
    return row == NULL ? "UNKNOWN" : row->name;
}

int64_t hdbg_nub_message_encode(hdbg_arch arch, hdbg_release release, const hdbg_nub_message *message,
                                int32_t *code, void *buffer, size_t size)
{
    int index = hdbg_layout_index(arch);
    if (index < 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot encode a message: processor %d has no table", (int)arch);
    *code = hdbg_nub_message_code(release, message->type);
    if (*code < 0)
        return *code;
    const struct row *row = row_of_type(message->type);
    if (size < row->request.size[index]) {
        return hdbg_fail(HDBG_BUFFER_OVERFLOW, "cannot encode %s: it needs %u bytes, the buffer has %zu",
                         row->name, row->request.size[index], size);
    }
    hdbg_status status = hdbg_layout_encode(&row->request, index, message, buffer);
    if (status != HDBG_OK)
        return status;
    if (message->type != HDBG_MESSAGE_WRITE_MEMORY)
        return row->request.size[index];
    if (bad_data_size(message->size))
        return hdbg_fail(HDBG_BAD_VALUE, "cannot encode %s: %d bytes are too many", row->name, message->size);
    memcpy((uint8_t *)buffer + kWriteData[index], message->data.bytes, (size_t)message->size);
    return kWriteData[index] + message->size;
}

hdbg_status hdbg_nub_message_decode(hdbg_arch arch, hdbg_release release, int32_t code, const void *bytes,
                                    size_t size, hdbg_nub_message *message)
{
    int index = hdbg_layout_index(arch);
    if (index < 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot decode a message: processor %d has no table", (int)arch);
    const struct row *row = row_of_code(release, code);
    if (row == NULL)
        return hdbg_fail(HDBG_BAD_MESSAGE, "no message to the nub of R1/beta%d has the code %d", (int)release,
                         code);
    int with_data = row->type == HDBG_MESSAGE_WRITE_MEMORY;
    size_t least = with_data ? kWriteData[index] : row->request.size[index];
    if (size < least)
        goto too_short;
    message->type = row->type;
    message->reply_port = -1;
    hdbg_layout_decode(&row->request, index, bytes, message);
    if (row->type == HDBG_MESSAGE_SET_SIGNAL_HANDLER)
        message->handler.reserved = 0;
    if (with_data) {
        if (bad_data_size(message->size))
            return hdbg_fail(HDBG_BAD_MESSAGE, "WRITE_MEMORY of %d bytes", message->size);
        least += (size_t)message->size;
        if (size < least)
            goto too_short;
        memcpy(message->data.bytes, (const uint8_t *)bytes + kWriteData[index], (size_t)message->size);
    }
    return HDBG_OK;

too_short:
    return hdbg_fail(HDBG_BAD_MESSAGE, "%s has %zu bytes instead of %zu", row->name, size, least);
}

static int64_t encode_stop_profiler(hdbg_arch arch, hdbg_release release, const hdbg_nub_reply *reply,
                                    void *buffer, size_t size)
{
    hdbg_nub_event update = reply->data.update;
    update.type = HDBG_EVENT_PROFILER_UPDATE;
    /* The one reply without a member for the error: it stands where the thread else does. */
    if (reply->error != HDBG_OK)
        update.thread = reply->error;
    return hdbg_nub_event_encode(arch, release, &update, buffer, size);
}

int64_t hdbg_nub_reply_encode(hdbg_arch arch, hdbg_release release, const hdbg_nub_reply *reply,
                              int32_t *code, void *buffer, size_t size)
{
    int index = hdbg_layout_index(arch);
    if (index < 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot encode a reply: processor %d has no table", (int)arch);
    if (!hdbg_nub_message_answered(reply->type))
        return hdbg_fail(HDBG_BAD_VALUE, "cannot encode a reply: message %d is not answered", reply->type);
    *code = hdbg_nub_message_code(release, reply->type);
    if (*code < 0)
        return *code;
    if (reply->type == HDBG_MESSAGE_STOP_PROFILER)
        return encode_stop_profiler(arch, release, reply, buffer, size);
    const struct row *row = row_of_type(reply->type);
    if (size < row->reply.size[index]) {
        return hdbg_fail(HDBG_BUFFER_OVERFLOW,
                         "cannot encode the reply to %s: it needs %u bytes, the buffer has %zu", row->name,
                         row->reply.size[index], size);
    }
    hdbg_status status = hdbg_layout_encode(&row->reply, index, reply, buffer);
    if (status != HDBG_OK)
        return status;
    if (reply->type == HDBG_MESSAGE_GET_CPU_STATE && reply->error == HDBG_OK)
        *code = reply->event;
    if (reply->type == HDBG_MESSAGE_CLONE_AREA && reply->error != HDBG_OK)
        memcpy(buffer, &reply->error, sizeof reply->error);
    if (reply->type != HDBG_MESSAGE_READ_MEMORY)
        return row->reply.size[index];
    if (bad_data_size(reply->size))
        return hdbg_fail(HDBG_BAD_VALUE, "cannot encode a reply of %d bytes of memory", reply->size);
    memcpy((uint8_t *)buffer + kReadData[index], reply->data.bytes, (size_t)reply->size);
    return kReadData[index] + reply->size;
}

/* An event's number is the code that GET_CPU_STATE's answer comes with, but for errors, which the nub itself
 * tells. */
static int bad_code(const hdbg_nub_reply *reply, int32_t code, int32_t request)
{
    if (reply->type != HDBG_MESSAGE_GET_CPU_STATE || reply->error != HDBG_OK)
        return code != request;
    return code != reply->event || code < 0 || code >= HDBG_EVENT_COUNT;
}

static hdbg_status decode_stop_profiler(hdbg_arch arch, hdbg_release release, const void *bytes, size_t size,
                                        hdbg_nub_reply *reply)
{
    static const uint16_t sizes[] = LAYOUT_SIZES(profiler_update);
    static const uint16_t beta4_sizes[] = LAYOUT_SIZES(profiler_update_beta4);
    int index = hdbg_layout_index(arch);
    if (size != sizes[index] && size != beta4_sizes[index])
        return hdbg_fail(HDBG_BAD_MESSAGE, "the reply to STOP_PROFILER has %zu bytes instead of %u", size,
                         sizes[index]);
    hdbg_nub_event *update = &reply->data.update;
    hdbg_status status =
        hdbg_nub_event_decode(arch, release, HDBG_EVENT_PROFILER_UPDATE, bytes, size, update);
    if (status == HDBG_OK)
        reply->error = update->thread < 0 ? update->thread : HDBG_OK;
    return status;
}

static hdbg_status decode_reply(const struct row *row, int index, const void *bytes, size_t size,
                                hdbg_nub_reply *reply)
{
    int with_data = row->type == HDBG_MESSAGE_READ_MEMORY;
    size_t expected = with_data ? kReadData[index] : row->reply.size[index];
    if (with_data ? size < expected : size != expected)
        goto bad_size;
    hdbg_layout_decode(&row->reply, index, bytes, reply);
    if (row->type == HDBG_MESSAGE_CLONE_AREA)
        reply->error = reply->area < 0 ? reply->area : HDBG_OK;
    if (row->type == HDBG_MESSAGE_GET_SIGNAL_HANDLER)
        reply->handler.reserved = 0;
    if (with_data) {
        if (bad_data_size(reply->size) || (reply->error == HDBG_OK && reply->size == 0))
            return hdbg_fail(HDBG_BAD_MESSAGE, "the reply to READ_MEMORY says it has %d bytes", reply->size);
        expected += (size_t)reply->size;
        if (size != expected)
            goto bad_size;
        memcpy(reply->data.bytes, (const uint8_t *)bytes + kReadData[index], (size_t)reply->size);
    }
    if (reply->error > 0)
        return hdbg_fail(HDBG_BAD_MESSAGE, "the reply to %s tells the error %d", row->name, reply->error);
    return HDBG_OK;

bad_size:
    return hdbg_fail(HDBG_BAD_MESSAGE, "the reply to %s has %zu bytes instead of %zu", row->name, size,
                     expected);
}

hdbg_status hdbg_nub_reply_decode(hdbg_arch arch, hdbg_release release, int32_t type, int32_t code,
                                  const void *bytes, size_t size, hdbg_nub_reply *reply)
{
    int index = hdbg_layout_index(arch);
    if (index < 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot decode a reply: processor %d has no table", (int)arch);
    if (!hdbg_nub_message_answered(type))
        return hdbg_fail(HDBG_BAD_VALUE, "cannot decode a reply: message %d is not answered", type);
    int32_t request = hdbg_nub_message_code(release, type);
    if (request < 0)
        return request;
    const struct row *row = row_of_type(type);
    reply->type = type;
    hdbg_status status = type == HDBG_MESSAGE_STOP_PROFILER
                             ? decode_stop_profiler(arch, release, bytes, size, reply)
                             : decode_reply(row, index, bytes, size, reply);
    if (status != HDBG_OK)
        return status;
    if (bad_code(reply, code, request))
        return hdbg_fail(HDBG_BAD_MESSAGE, "the reply to %s has the code %d", row->name, code);
    return HDBG_OK;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The 18 events of the nub: one table, from which they are decoded and encoded.
 */
#include "nub/layout.h"

#include "base/fail.h"

#include <haikudbg/nub.h>

#include <string.h>

#define EVENT(kind, type, field, member) LAYOUT_FIELD(kind, type, field, hdbg_nub_event, member)
#define EVENT_INNER(type, field, member, layout)                                                             \
    LAYOUT_INNER(type, field, hdbg_nub_event, data.member, layout)
#define SIGNED(type, field, member)   EVENT(LAYOUT_SIGNED, type, field, data.member)
#define UNSIGNED(type, field, member) EVENT(LAYOUT_UNSIGNED, type, field, data.member)
#define ORIGIN(type)                                                                                         \
    EVENT(LAYOUT_SIGNED, type, origin.thread, thread), EVENT(LAYOUT_SIGNED, type, origin.team, team),        \
        EVENT(LAYOUT_SIGNED, type, origin.nub_port, nub_port)

static const struct layout_field kOrigin[] = {ORIGIN(thread_debugged)};
static const struct layout_field kDebuggerCall[] = {
    ORIGIN(debugger_call),
    UNSIGNED(debugger_call, message, message),
};
static const struct layout_field kCpuStop[] = {
    ORIGIN(breakpoint_hit),
    EVENT(LAYOUT_CPU, breakpoint_hit, cpu_state, data.cpu_state),
};
static const struct layout_field kPreSyscall[] = {
    ORIGIN(pre_syscall),
    UNSIGNED(pre_syscall, syscall, syscall.number),
    EVENT(LAYOUT_BYTES, pre_syscall, args, data.syscall.arguments),
};
static const struct layout_field kPostSyscall[] = {
    ORIGIN(post_syscall),
    SIGNED(post_syscall, start_time, syscall.start_time),
    SIGNED(post_syscall, end_time, syscall.end_time),
    UNSIGNED(post_syscall, return_value, syscall.return_value),
    UNSIGNED(post_syscall, syscall, syscall.number),
    EVENT(LAYOUT_BYTES, post_syscall, args, data.syscall.arguments),
};
static const struct layout_field kSignal[] = {
    ORIGIN(signal_received),
    SIGNED(signal_received, signal, signal.signal),
    EVENT_INNER(signal_received, handler, signal.handler, hdbg_layout_sigaction),
    EVENT_INNER(signal_received, info, signal.info, hdbg_layout_siginfo),
    EVENT(LAYOUT_FLAG, signal_received, deadly, data.signal.deadly),
};
static const struct layout_field kSignalBeta4[] = {
    ORIGIN(signal_received_beta4),
    SIGNED(signal_received_beta4, signal, signal.signal),
    EVENT_INNER(signal_received_beta4, handler, signal.handler, hdbg_layout_sigaction),
    EVENT(LAYOUT_FLAG, signal_received_beta4, deadly, data.signal.deadly),
};
static const struct layout_field kException[] = {
    ORIGIN(exception_occurred),
    SIGNED(exception_occurred, exception, exception.exception),
    SIGNED(exception_occurred, signal, exception.signal),
};
static const struct layout_field kTeamCreated[] = {
    ORIGIN(team_created),
    SIGNED(team_created, new_team, new_team),
};
static const struct layout_field kTeamDeleted[] = {
    ORIGIN(team_deleted),
    SIGNED(team_deleted, status, team_end.status),
    SIGNED(team_deleted, signal, team_end.signal),
    SIGNED(team_deleted, user_time, team_end.user_time),
    SIGNED(team_deleted, kernel_time, team_end.kernel_time),
};
static const struct layout_field kTeamExec[] = {
    ORIGIN(team_exec),
    SIGNED(team_exec, image_event, image_event),
};
static const struct layout_field kThreadCreated[] = {
    ORIGIN(thread_created),
    SIGNED(thread_created, new_thread, new_thread),
};
static const struct layout_field kThreadDeleted[] = {
    ORIGIN(thread_deleted),
    SIGNED(thread_deleted, status, thread_end.status),
};
static const struct layout_field kImage[] = {
    ORIGIN(image_created),
    EVENT_INNER(image_created, info, image.info, hdbg_layout_image_info),
    SIGNED(image_created, image_event, image.image_event),
};
static const struct layout_field kProfiler[] = {
    ORIGIN(profiler_update),
    SIGNED(profiler_update, image_event, profiler.image_event),
    SIGNED(profiler_update, stack_depth, profiler.stack_depth),
    SIGNED(profiler_update, sample_count, profiler.sample_count),
    SIGNED(profiler_update, dropped_ticks, profiler.dropped_ticks),
    EVENT(LAYOUT_FLAG, profiler_update, variable_stack_depth, data.profiler.variable_stack_depth),
    EVENT(LAYOUT_FLAG, profiler_update, stopped, data.profiler.stopped),
    SIGNED(profiler_update, last_cpu_time, profiler.last_cpu_time),
};
static const struct layout_field kHandedOver[] = {
    ORIGIN(handed_over),
    SIGNED(handed_over, debugger, handed_over.debugger),
    SIGNED(handed_over, debugger_port, handed_over.debugger_port),
    SIGNED(handed_over, causing_thread, handed_over.causing_thread),
};

#define NO_BETA4                                                                                             \
    {                                                                                                        \
        {0}, 0, NULL                                                                                         \
    }

/* Each event as R1/beta5 and later send it, and as R1/beta4 did where that was shorter. `told` is where it is
 * noted whether the longer form came. The shorter form's fields are the first ones of the longer, except
 * SIGNAL_RECEIVED's. */
static const struct {
    const char *name;
    struct layout_struct layout;
    struct layout_struct beta4;
    uint16_t told;
} kEvents[HDBG_EVENT_COUNT] = {
    [HDBG_EVENT_THREAD_DEBUGGED] = {"THREAD_DEBUGGED", LAYOUT_OF(thread_debugged, kOrigin), NO_BETA4, 0},
    [HDBG_EVENT_DEBUGGER_CALL] = {"DEBUGGER_CALL", LAYOUT_OF(debugger_call, kDebuggerCall), NO_BETA4, 0},
    [HDBG_EVENT_BREAKPOINT_HIT] = {"BREAKPOINT_HIT", LAYOUT_OF(breakpoint_hit, kCpuStop), NO_BETA4, 0},
    [HDBG_EVENT_WATCHPOINT_HIT] = {"WATCHPOINT_HIT", LAYOUT_OF(watchpoint_hit, kCpuStop), NO_BETA4, 0},
    [HDBG_EVENT_SINGLE_STEP] = {"SINGLE_STEP", LAYOUT_OF(single_step, kCpuStop), NO_BETA4, 0},
    [HDBG_EVENT_PRE_SYSCALL] = {"PRE_SYSCALL", LAYOUT_OF(pre_syscall, kPreSyscall), NO_BETA4, 0},
    [HDBG_EVENT_POST_SYSCALL] = {"POST_SYSCALL", LAYOUT_OF(post_syscall, kPostSyscall), NO_BETA4, 0},
    [HDBG_EVENT_SIGNAL_RECEIVED] = {"SIGNAL_RECEIVED", LAYOUT_OF(signal_received, kSignal),
                                    LAYOUT_OF(signal_received_beta4, kSignalBeta4),
                                    offsetof(hdbg_nub_event, data.signal.has_info)},
    [HDBG_EVENT_EXCEPTION_OCCURRED] = {"EXCEPTION_OCCURRED", LAYOUT_OF(exception_occurred, kException),
                                       NO_BETA4, 0},
    [HDBG_EVENT_TEAM_CREATED] = {"TEAM_CREATED", LAYOUT_OF(team_created, kTeamCreated), NO_BETA4, 0},
    [HDBG_EVENT_TEAM_DELETED] = {"TEAM_DELETED", LAYOUT_OF(team_deleted, kTeamDeleted),
                                 LAYOUT_OF(thread_debugged, kOrigin),
                                 offsetof(hdbg_nub_event, data.team_end.known)},
    [HDBG_EVENT_TEAM_EXEC] = {"TEAM_EXEC", LAYOUT_OF(team_exec, kTeamExec), NO_BETA4, 0},
    [HDBG_EVENT_THREAD_CREATED] = {"THREAD_CREATED", LAYOUT_OF(thread_created, kThreadCreated), NO_BETA4, 0},
    [HDBG_EVENT_THREAD_DELETED] = {"THREAD_DELETED", LAYOUT_OF(thread_deleted, kThreadDeleted),
                                   LAYOUT_OF(thread_debugged, kOrigin),
                                   offsetof(hdbg_nub_event, data.thread_end.known)},
    [HDBG_EVENT_IMAGE_CREATED] = {"IMAGE_CREATED", LAYOUT_OF(image_created, kImage), NO_BETA4, 0},
    [HDBG_EVENT_IMAGE_DELETED] = {"IMAGE_DELETED", LAYOUT_OF(image_deleted, kImage), NO_BETA4, 0},
    [HDBG_EVENT_PROFILER_UPDATE] = {"PROFILER_UPDATE",
                                    LAYOUT_OF(profiler_update, kProfiler),
                                    {LAYOUT_SIZES(profiler_update_beta4),
                                     sizeof kProfiler / sizeof *kProfiler - 1, kProfiler},
                                    0},
    [HDBG_EVENT_HANDED_OVER] = {"HANDED_OVER", LAYOUT_OF(handed_over, kHandedOver), NO_BETA4, 0},
};

static const char *const kExceptions[] = {
    [HDBG_EXCEPTION_NON_MASKABLE_INTERRUPT] = "non-maskable interrupt",
    [HDBG_EXCEPTION_MACHINE_CHECK] = "machine check",
    [HDBG_EXCEPTION_SEGMENT_VIOLATION] = "segment violation",
    [HDBG_EXCEPTION_ALIGNMENT] = "alignment check",
    [HDBG_EXCEPTION_DIVIDE_ERROR] = "divide error",
    [HDBG_EXCEPTION_OVERFLOW] = "overflow",
    [HDBG_EXCEPTION_BOUNDS_CHECK] = "bounds check",
    [HDBG_EXCEPTION_INVALID_OPCODE] = "invalid opcode",
    [HDBG_EXCEPTION_SEGMENT_NOT_PRESENT] = "segment not present",
    [HDBG_EXCEPTION_STACK_FAULT] = "stack fault",
    [HDBG_EXCEPTION_GENERAL_PROTECTION] = "general protection fault",
    [HDBG_EXCEPTION_FLOATING_POINT] = "floating point exception",
};

/* What one form of an event does not tell is set, so that nobody reads what was there before. */
static void set_untold(hdbg_nub_event *event)
{
    switch (event->type) {
    case HDBG_EVENT_SIGNAL_RECEIVED:
        memset(&event->data.signal.info, 0, sizeof event->data.signal.info);
        break;
    case HDBG_EVENT_TEAM_DELETED:
        event->data.team_end.status = -1;
        event->data.team_end.signal = -1;
        event->data.team_end.user_time = 0;
        event->data.team_end.kernel_time = 0;
        break;
    case HDBG_EVENT_THREAD_DELETED:
        event->data.thread_end.status = 0;
        break;
    default:
        event->data.profiler.last_cpu_time = 0;
    }
}

/* Members that no byte of the message fills. */
static void set_constant(hdbg_nub_event *event)
{
    switch (event->type) {
    case HDBG_EVENT_PRE_SYSCALL:
        event->data.syscall.start_time = 0;
        event->data.syscall.end_time = 0;
        event->data.syscall.return_value = 0;
        event->data.syscall.argument_bytes = sizeof event->data.syscall.arguments;
        break;
    case HDBG_EVENT_POST_SYSCALL:
        event->data.syscall.argument_bytes = sizeof event->data.syscall.arguments;
        break;
    case HDBG_EVENT_SIGNAL_RECEIVED:
        event->data.signal.reserved = 0;
        event->data.signal.handler.reserved = 0;
        break;
    case HDBG_EVENT_TEAM_DELETED:
        event->data.team_end.reserved = 0;
        break;
    case HDBG_EVENT_IMAGE_CREATED:
    case HDBG_EVENT_IMAGE_DELETED:
        event->data.image.info.reserved = 0;
        break;
    default:
        break;
    }
}

/* Lengths decide between the two forms, whatever the release says: R1/beta4's counts if it is exactly that
 * long, or the sender is R1/beta4 and has appended something. NULL: too short for either. */
static const struct layout_struct *choose(int32_t type, int index, hdbg_release release, size_t size)
{
    const struct layout_struct *full = &kEvents[type].layout;
    const struct layout_struct *beta4 = &kEvents[type].beta4;
    if (size >= full->size[index])
        return full;
    if (beta4->fields == NULL || size < beta4->size[index])
        return NULL;
    return size == beta4->size[index] || release <= HDBG_RELEASE_BETA4 ? beta4 : NULL;
}

hdbg_status hdbg_nub_event_decode(hdbg_arch arch, hdbg_release release, int32_t code, const void *message,
                                  size_t size, hdbg_nub_event *event)
{
    int index = hdbg_layout_index(arch);
    if (index < 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot decode an event: processor %d has no table", (int)arch);
    if (code < 0 || code >= HDBG_EVENT_COUNT)
        return hdbg_fail(HDBG_BAD_MESSAGE, "cannot decode a message of the nub: no event has the code %d",
                         code);
    const struct layout_struct *layout = choose(code, index, release, size);
    if (layout == NULL) {
        return hdbg_fail(HDBG_BAD_MESSAGE, "cannot decode %s: it has %zu bytes instead of %u",
                         kEvents[code].name, size, kEvents[code].layout.size[index]);
    }
    event->type = code;
    event->size = (uint32_t)size;
    event->reserved = 0;
    hdbg_layout_decode(layout, index, message, event);
    if (layout != &kEvents[code].layout)
        set_untold(event);
    set_constant(event);
    if (kEvents[code].told != 0) {
        int32_t told = layout == &kEvents[code].layout;
        memcpy((char *)event + kEvents[code].told, &told, sizeof told);
    }
    return HDBG_OK;
}

int64_t hdbg_nub_event_encode(hdbg_arch arch, hdbg_release release, const hdbg_nub_event *event, void *buffer,
                              size_t size)
{
    int index = hdbg_layout_index(arch);
    if (index < 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot encode an event: processor %d has no table", (int)arch);
    if (event->type < 0 || event->type >= HDBG_EVENT_COUNT)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot encode an event: none has the type %d", event->type);
    const struct layout_struct *layout = &kEvents[event->type].layout;
    if (release <= HDBG_RELEASE_BETA4 && kEvents[event->type].beta4.fields != NULL)
        layout = &kEvents[event->type].beta4;
    if (size < layout->size[index]) {
        return hdbg_fail(HDBG_BUFFER_OVERFLOW, "cannot encode %s: it needs %u bytes, the buffer has %zu",
                         kEvents[event->type].name, layout->size[index], size);
    }
    hdbg_status status = hdbg_layout_encode(layout, index, event, buffer);
    return status != HDBG_OK ? status : layout->size[index];
}

const char *hdbg_event_type_name(int32_t type)
{
    if (type == HDBG_EVENT_NUB_LOST)
        return "NUB_LOST";
    return type >= 0 && type < HDBG_EVENT_COUNT ? kEvents[type].name : "UNKNOWN";
}

const char *hdbg_exception_name(int32_t exception)
{
    int known = exception >= 0 && (size_t)exception < sizeof kExceptions / sizeof *kExceptions;
    return known ? kExceptions[exception] : "unknown exception";
}

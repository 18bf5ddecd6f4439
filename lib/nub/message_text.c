/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Messages as lines of text.
 */
#include <haikudbg/message.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static const char *const kSignals[] = {
    NULL,      "SIGHUP",  "SIGINT",  "SIGQUIT",   "SIGILL",   "SIGCHLD",    "SIGABRT", "SIGPIPE",
    "SIGFPE",  "SIGKILL", "SIGSTOP", "SIGSEGV",   "SIGCONT",  "SIGTSTP",    "SIGALRM", "SIGTERM",
    "SIGTTIN", "SIGTTOU", "SIGUSR1", "SIGUSR2",   "SIGWINCH", "SIGKILLTHR", "SIGTRAP", "SIGPOLL",
    "SIGPROF", "SIGSYS",  "SIGURG",  "SIGVTALRM", "SIGXCPU",  "SIGXFSZ",    "SIGBUS",
};

struct flag_name {
    uint32_t flag;
    const char *name;
};

static const struct flag_name kTeamFlags[] = {
    {HDBG_TEAM_SIGNALS, "SIGNALS"},
    {HDBG_TEAM_PRE_SYSCALL, "PRE_SYSCALL"},
    {HDBG_TEAM_POST_SYSCALL, "POST_SYSCALL"},
    {HDBG_TEAM_CREATION, "TEAM_CREATION"},
    {HDBG_TEAM_THREADS, "THREADS"},
    {HDBG_TEAM_IMAGES, "IMAGES"},
    {HDBG_TEAM_PREVENT_EXIT, "PREVENT_EXIT"},
    {HDBG_TEAM_STOP_NEW_THREADS, "STOP_NEW_THREADS"},
    {0, NULL},
};

static const struct flag_name kThreadFlags[] = {
    {HDBG_THREAD_PRE_SYSCALL, "PRE_SYSCALL"},
    {HDBG_THREAD_POST_SYSCALL, "POST_SYSCALL"},
    {HDBG_THREAD_STOP_CHILD_THREADS, "STOP_CHILD_THREADS"},
    {HDBG_THREAD_SYSCALL_TRACE_CHILD_THREADS, "SYSCALL_TRACE_CHILD_THREADS"},
    {0, NULL},
};

/* A line that is being written; what does not fit is cut. */
struct line {
    char *chars;
    size_t size;
    size_t length;
};

static void put(struct line *line, const char *format, ...) HDBG_PRINTF(2, 3);

static void put(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line->chars + line->length, line->size - line->length, format, arguments);
    va_end(arguments);
    line->length += (size_t)length;
    if (line->length >= line->size)
        line->length = line->size - 1;
}

static const char *signal_name(int32_t signal, char *buffer, size_t size)
{
    if (signal > 0 && (size_t)signal < sizeof kSignals / sizeof *kSignals)
        snprintf(buffer, size, "%s", kSignals[signal]);
    else
        snprintf(buffer, size, "%d", signal);
    return buffer;
}

static void put_flags(struct line *line, const struct flag_name *names, uint32_t flags)
{
    const char *separator = "";
    put(line, " flags=");
    for (const struct flag_name *one = names; one->name != NULL; one++) {
        if (flags & one->flag) {
            put(line, "%s%s", separator, one->name);
            separator = "|";
            flags &= ~one->flag;
        }
    }
    if (flags != 0)
        put(line, "%s0x%x", separator, flags);
    else if (*separator == '\0')
        put(line, "0");
}

static void put_mask(struct line *line, const char *name, uint64_t mask, uint32_t operation)
{
    static const char *const operators[] = {"&=", "|=", "="};
    if ((operation == HDBG_MASK_OR && mask == 0) || (operation == HDBG_MASK_AND && mask == UINT64_MAX))
        return;
    put(line, " %s%s", name, operation <= HDBG_MASK_SET ? operators[operation] : "?=");
    if (mask == 0 || mask == UINT64_MAX) {
        put(line, "%s", mask == 0 ? "0" : "all");
        return;
    }
    if (__builtin_popcountll(mask) > 8) {
        put(line, "0x%" PRIx64, mask);
        return;
    }
    const char *separator = "";
    for (int32_t signal = 1; signal <= 64; signal++) {
        char buffer[32];
        if (mask & HDBG_SIGNAL_MASK(signal)) {
            put(line, "%s%s", separator, signal_name(signal, buffer, sizeof buffer));
            separator = "|";
        }
    }
}

static void put_signal(struct line *line, int32_t signal)
{
    char buffer[32];
    put(line, " signal=%s", signal_name(signal, buffer, sizeof buffer));
}

static bool names_thread(int32_t type)
{
    switch (type) {
    case HDBG_MESSAGE_SET_THREAD_FLAGS:
    case HDBG_MESSAGE_CONTINUE_THREAD:
    case HDBG_MESSAGE_SET_CPU_STATE:
    case HDBG_MESSAGE_GET_CPU_STATE:
    case HDBG_MESSAGE_SET_SIGNAL_MASKS:
    case HDBG_MESSAGE_GET_SIGNAL_MASKS:
    case HDBG_MESSAGE_START_PROFILER:
    case HDBG_MESSAGE_STOP_PROFILER:
        return true;
    default:
        return false;
    }
}

static bool names_address(int32_t type)
{
    switch (type) {
    case HDBG_MESSAGE_READ_MEMORY:
    case HDBG_MESSAGE_WRITE_MEMORY:
    case HDBG_MESSAGE_SET_BREAKPOINT:
    case HDBG_MESSAGE_CLEAR_BREAKPOINT:
    case HDBG_MESSAGE_SET_WATCHPOINT:
    case HDBG_MESSAGE_CLEAR_WATCHPOINT:
    case HDBG_MESSAGE_CLONE_AREA:
        return true;
    default:
        return false;
    }
}

static void put_continue(struct line *line, const hdbg_nub_message *message)
{
    if (message->how <= HDBG_IGNORE_EVENT)
        put(line, message->how == HDBG_HANDLE_EVENT ? " HANDLE_EVENT" : " IGNORE_EVENT");
    else
        put(line, " how=%u", message->how);
    if (message->single_step)
        put(line, " single_step");
}

static void put_watchpoint(struct line *line, const hdbg_nub_message *message)
{
    static const char *const kinds[] = {"READ", "WRITE", "READ_WRITE"};
    if (message->kind <= HDBG_WATCH_READ_WRITE)
        put(line, " %s", kinds[message->kind]);
    else
        put(line, " kind=%u", message->kind);
    put(line, " length=%d", message->size);
}

static void put_details(struct line *line, const hdbg_nub_message *message)
{
    switch (message->type) {
    case HDBG_MESSAGE_READ_MEMORY:
        put(line, " size=%d", message->size);
        break;
    case HDBG_MESSAGE_WRITE_MEMORY:
        put(line, " size=%d data=", message->size);
        for (int32_t i = 0; i < message->size; i++)
            put(line, "%02x", message->data.bytes[i]);
        break;
    case HDBG_MESSAGE_SET_TEAM_FLAGS:
        put_flags(line, kTeamFlags, message->flags);
        break;
    case HDBG_MESSAGE_SET_THREAD_FLAGS:
        put_flags(line, kThreadFlags, message->flags);
        break;
    case HDBG_MESSAGE_CONTINUE_THREAD:
        put_continue(line, message);
        break;
    case HDBG_MESSAGE_SET_WATCHPOINT:
        put_watchpoint(line, message);
        break;
    case HDBG_MESSAGE_SET_SIGNAL_MASKS:
        put_mask(line, "ignore", message->ignore, message->ignore_op);
        put_mask(line, "ignore_once", message->ignore_once, message->ignore_once_op);
        break;
    case HDBG_MESSAGE_SET_SIGNAL_HANDLER:
        put_signal(line, message->signal);
        put(line, " handler=0x%" PRIx64, message->handler.handler);
        put_mask(line, "mask", message->handler.mask, HDBG_MASK_SET);
        put(line, " flags=0x%x", (unsigned)message->handler.flags);
        break;
    case HDBG_MESSAGE_GET_SIGNAL_HANDLER:
        put_signal(line, message->signal);
        break;
    case HDBG_MESSAGE_WRITE_CORE_FILE:
        put(line, " path=%s", message->data.path);
        break;
    case HDBG_MESSAGE_START_PROFILER:
        put(line, " interval=%" PRId64 " area=%d depth=%d%s%s", message->interval, message->sample_area,
            message->stack_depth, message->variable_stack_depth ? " variable" : "",
            message->profile_kernel ? " kernel" : "");
        break;
    default:
        break;
    }
}

size_t hdbg_nub_message_describe(hdbg_team_id team, const hdbg_nub_message *message, char *buffer,
                                 size_t size)
{
    if (size == 0)
        return 0;
    struct line line = {.chars = buffer, .size = size};
    bool of_thread = names_thread(message->type);
    put(&line, "%s %s=%d", hdbg_nub_message_name(HDBG_RELEASE_BETA6, message->type),
        of_thread ? "thread" : "team", of_thread ? message->thread : team);
    if (names_address(message->type))
        put(&line, " address=0x%" PRIx64, message->address);
    put_details(&line, message);
    return line.length;
}

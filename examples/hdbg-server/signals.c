/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Signals: Haiku's numbers and those of the protocol, which are its own on every system; their details as
 * Linux has them.
 */
#include "server.h"

#include <string.h>

static const uint8_t kSignals[][2] = {
    /* Haiku, GDB */
    {HDBG_SIGHUP, 1},   {HDBG_SIGINT, 2},    {HDBG_SIGQUIT, 3},  {HDBG_SIGILL, 4},   {HDBG_SIGTRAP, 5},
    {HDBG_SIGABRT, 6},  {HDBG_SIGFPE, 8},    {HDBG_SIGKILL, 9},  {HDBG_SIGBUS, 10},  {HDBG_SIGSEGV, 11},
    {HDBG_SIGSYS, 12},  {HDBG_SIGPIPE, 13},  {HDBG_SIGALRM, 14}, {HDBG_SIGTERM, 15}, {HDBG_SIGURG, 16},
    {HDBG_SIGSTOP, 17}, {HDBG_SIGTSTP, 18},  {HDBG_SIGCONT, 19}, {HDBG_SIGCHLD, 20}, {HDBG_SIGTTIN, 21},
    {HDBG_SIGTTOU, 22}, {HDBG_SIGPOLL, 23},  {HDBG_SIGXCPU, 24}, {HDBG_SIGXFSZ, 25}, {HDBG_SIGVTALRM, 26},
    {HDBG_SIGPROF, 27}, {HDBG_SIGWINCH, 28}, {HDBG_SIGUSR1, 30}, {HDBG_SIGUSR2, 31}, {HDBG_SIGKILLTHR, 9},
    {64, 78},
};

/* Real-time signals are in one piece on both sides. */
enum { REALTIME_FIRST = 33, REALTIME_LAST = 63, GDB_REALTIME_FIRST = 45, GDB_UNKNOWN = 143 };

static uint8_t to_gdb(int32_t haiku)
{
    if (haiku >= REALTIME_FIRST && haiku <= REALTIME_LAST)
        return (uint8_t)(haiku - REALTIME_FIRST + GDB_REALTIME_FIRST);
    for (size_t i = 0; i < sizeof kSignals / sizeof *kSignals; i++) {
        if (kSignals[i][0] == haiku)
            return kSignals[i][1];
    }
    return haiku == 0 ? 0 : GDB_UNKNOWN;
}

static int32_t from_gdb(uint8_t gdb)
{
    if (gdb >= GDB_REALTIME_FIRST && gdb <= GDB_REALTIME_FIRST + REALTIME_LAST - REALTIME_FIRST)
        return gdb - GDB_REALTIME_FIRST + REALTIME_FIRST;
    for (size_t i = 0; i < sizeof kSignals / sizeof *kSignals; i++) {
        if (kSignals[i][1] == gdb)
            return kSignals[i][0];
    }
    return 0;
}

static const uint8_t kLinux[][2] = {
    /* Haiku, Linux; real-time signals have the same numbers */
    {HDBG_SIGHUP, 1},   {HDBG_SIGINT, 2},    {HDBG_SIGQUIT, 3},  {HDBG_SIGILL, 4},   {HDBG_SIGTRAP, 5},
    {HDBG_SIGABRT, 6},  {HDBG_SIGBUS, 7},    {HDBG_SIGFPE, 8},   {HDBG_SIGKILL, 9},  {HDBG_SIGUSR1, 10},
    {HDBG_SIGSEGV, 11}, {HDBG_SIGUSR2, 12},  {HDBG_SIGPIPE, 13}, {HDBG_SIGALRM, 14}, {HDBG_SIGTERM, 15},
    {HDBG_SIGCHLD, 17}, {HDBG_SIGCONT, 18},  {HDBG_SIGSTOP, 19}, {HDBG_SIGTSTP, 20}, {HDBG_SIGTTIN, 21},
    {HDBG_SIGTTOU, 22}, {HDBG_SIGURG, 23},   {HDBG_SIGXCPU, 24}, {HDBG_SIGXFSZ, 25}, {HDBG_SIGVTALRM, 26},
    {HDBG_SIGPROF, 27}, {HDBG_SIGWINCH, 28}, {HDBG_SIGPOLL, 29}, {HDBG_SIGSYS, 31},
};

static int32_t signal_from_linux(int32_t number)
{
    for (size_t i = 0; i < sizeof kLinux / sizeof *kLinux; i++) {
        if (kLinux[i][1] == number)
            return kLinux[i][0];
    }
    return number >= REALTIME_FIRST && number <= REALTIME_LAST + 1 ? number : 0;
}

static uint8_t to_linux(int32_t haiku)
{
    for (size_t i = 0; i < sizeof kLinux / sizeof *kLinux; i++) {
        if (kLinux[i][0] == haiku)
            return kLinux[i][1];
    }
    return haiku >= REALTIME_FIRST && haiku <= HDBG_SIGNAL_MAX ? (uint8_t)haiku : to_gdb(haiku);
}

/* LLDB takes the numbers for the target's own. */
uint8_t signal_to_client(const struct server *server, int32_t haiku)
{
    if (!server->client.threads_in_stops)
        return to_gdb(haiku);
    return server->gnu ? to_linux(haiku) : (uint8_t)haiku;
}

int32_t signal_from_client(const struct server *server, uint8_t number)
{
    if (!server->client.threads_in_stops)
        return from_gdb(number);
    return server->gnu ? signal_from_linux(number) : number <= HDBG_SIGNAL_MAX ? number : 0;
}

/* Haiku has SIGILL for a protection fault, GNU/Linux SIGSEGV. */
static bool is_protection_fault(const struct server *server, int32_t exception, int32_t signal)
{
    return server->gnu && exception == HDBG_EXCEPTION_GENERAL_PROTECTION && signal == HDBG_SIGILL;
}

int32_t signal_of_fault(const struct server *server, const hdbg_nub_event *event)
{
    int32_t signal = event->data.exception.signal;
    return is_protection_fault(server, event->data.exception.exception, signal) ? HDBG_SIGSEGV : signal;
}

/* ---- details ---- */

/* What Linux tells of a protection fault: no address. */
static void protection_info(uint8_t *bytes)
{
    enum { LINUX_SIGSEGV = 11, FROM_KERNEL = 0x80 };
    static const int32_t kWords[] = {LINUX_SIGSEGV, 0, FROM_KERNEL, 0, 0, 0};
    memcpy(bytes, kWords, sizeof kWords);
}

/* Linux stops by a SIGTRAP for what Haiku has no signal for. */
static void trap_info(const hdbg_stop *stop, uint8_t *bytes)
{
    enum { LINUX_SIGTRAP = 5, TRAP_STEP = 2, TRAP_REGISTER = 4, FROM_KERNEL = 0x80 };
    int32_t words[3] = {LINUX_SIGTRAP, 0, 0};
    if (stop->type == HDBG_EVENT_BREAKPOINT_HIT)
        words[2] = FROM_KERNEL;
    else if (stop->type == HDBG_EVENT_SINGLE_STEP)
        words[2] = TRAP_STEP;
    else if (stop->type == HDBG_EVENT_WATCHPOINT_HIT)
        words[2] = TRAP_REGISTER;
    memcpy(bytes, words, sizeof words);
}

bool signal_info(const struct task *task, uint8_t bytes[SIGNAL_INFO_BYTES])
{
    hdbg_stop stop = {.size = sizeof stop};
    size_t used;
    memset(bytes, 0, SIGNAL_INFO_BYTES);
    if (hdbg_thread_stop_get(task->thread, &stop) != HDBG_OK)
        return false;
    if (hdbg_thread_signal_info(task->thread, bytes, SIGNAL_INFO_BYTES, &used) == HDBG_OK) {
        if (is_protection_fault(task->inferior->server, stop.exception, stop.signal))
            protection_info(bytes);
        return true;
    }
    if (stop.signal_state != HDBG_SIGNAL_FAKED)
        return false;
    trap_info(&stop, bytes);
    return true;
}

hdbg_status signal_set_info(struct task *task, const uint8_t *bytes, size_t size)
{
    int32_t number = 0;
    if (size == SIGNAL_INFO_BYTES)
        memcpy(&number, bytes, sizeof number);
    return hdbg_thread_set_signal_info(task->thread, signal_from_linux(number), bytes, size);
}

/* ---- what is done with them ---- */

void pass_signals(struct server *server, struct cursor *packet)
{
    uint64_t number;
    hdbg_status status =
        hdbg_session_set_signal_policy(server->session, 0, HDBG_SIGNAL_STOP | HDBG_SIGNAL_PASS);
    do {
        int32_t signal = take_hex(packet, &number) && number <= UINT8_MAX
                             ? signal_from_client(server, (uint8_t)number)
                             : 0;
        if (signal != 0 && status == HDBG_OK)
            status = hdbg_session_set_signal_policy(server->session, signal, HDBG_SIGNAL_PASS);
    } while (take_char(packet, ';'));
    answer(server, status);
}

void program_signals(struct server *server, struct cursor *packet)
{
    uint64_t number;
    server->has_program_signals = true;
    server->program_signals = 0;
    do {
        if (take_hex(packet, &number) && number < 64)
            server->program_signals |= UINT64_C(1) << number;
    } while (take_char(packet, ';'));
    answer_ok(server);
}

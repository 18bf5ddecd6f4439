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

uint8_t signal_to_gdb(int32_t haiku)
{
    if (haiku >= REALTIME_FIRST && haiku <= REALTIME_LAST)
        return (uint8_t)(haiku - REALTIME_FIRST + GDB_REALTIME_FIRST);
    for (size_t i = 0; i < sizeof kSignals / sizeof *kSignals; i++) {
        if (kSignals[i][0] == haiku)
            return kSignals[i][1];
    }
    return haiku == 0 ? 0 : GDB_UNKNOWN;
}

int32_t signal_from_gdb(uint8_t gdb)
{
    if (gdb >= GDB_REALTIME_FIRST && gdb <= GDB_REALTIME_FIRST + REALTIME_LAST - REALTIME_FIRST)
        return gdb - GDB_REALTIME_FIRST + REALTIME_FIRST;
    for (size_t i = 0; i < sizeof kSignals / sizeof *kSignals; i++) {
        if (kSignals[i][1] == gdb)
            return kSignals[i][0];
    }
    return 0;
}

/* ---- details ---- */

/* Linux's numbers, and where Haiku's codes of a kind of fault begin; Linux's begin at 1. */
static const struct {
    int32_t haiku, number, codes;
} kLinux[] = {
    {HDBG_SIGHUP, 1, 0},     {HDBG_SIGINT, 2, 0},   {HDBG_SIGQUIT, 3, 0},   {HDBG_SIGILL, 4, 10},
    {HDBG_SIGTRAP, 5, 50},   {HDBG_SIGABRT, 6, 0},  {HDBG_SIGBUS, 7, 40},   {HDBG_SIGFPE, 8, 20},
    {HDBG_SIGKILL, 9, 0},    {HDBG_SIGUSR1, 10, 0}, {HDBG_SIGSEGV, 11, 30}, {HDBG_SIGUSR2, 12, 0},
    {HDBG_SIGPIPE, 13, 0},   {HDBG_SIGALRM, 14, 0}, {HDBG_SIGTERM, 15, 0},  {HDBG_SIGCHLD, 17, 60},
    {HDBG_SIGCONT, 18, 0},   {HDBG_SIGSTOP, 19, 0}, {HDBG_SIGTSTP, 20, 0},  {HDBG_SIGTTIN, 21, 0},
    {HDBG_SIGTTOU, 22, 0},   {HDBG_SIGURG, 23, 0},  {HDBG_SIGXCPU, 24, 0},  {HDBG_SIGXFSZ, 25, 0},
    {HDBG_SIGVTALRM, 26, 0}, {HDBG_SIGPROF, 27, 0}, {HDBG_SIGWINCH, 28, 0}, {HDBG_SIGPOLL, 29, 70},
    {HDBG_SIGSYS, 31, 0},
};

/* Haiku's codes that any signal may have: SI_USER, SI_QUEUE, SI_TIMER, SI_ASYNCIO, SI_MESGQ. */
static const int32_t kCommonCodes[] = {0, -1, -2, -4, -3};

/* Linux stops by a SIGTRAP for what Haiku has no signal for. */
static void trap_info(const hdbg_stop *stop, uint8_t bytes[128])
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

bool signal_info(const hdbg_stop *stop, uint8_t bytes[128])
{
    memset(bytes, 0, 128);
    if (!stop->has_info && stop->signal_state == HDBG_SIGNAL_FAKED) {
        trap_info(stop, bytes);
        return true;
    }
    if (!stop->has_info)
        return false;
    const hdbg_siginfo *info = &stop->info;
    int32_t words[5] = {info->signal, 0, info->code};
    bool is_fault = false;
    for (size_t i = 0; i < sizeof kLinux / sizeof *kLinux; i++) {
        if (kLinux[i].haiku != info->signal)
            continue;
        words[0] = kLinux[i].number;
        is_fault = kLinux[i].codes != 0 && info->code >= kLinux[i].codes;
        if (is_fault)
            words[2] = info->code - kLinux[i].codes + 1;
    }
    if (!is_fault)
        words[2] = info->code >= 0 && info->code < 5 ? kCommonCodes[info->code] : 0;
    memcpy(bytes, words, 12);
    if (is_fault && info->signal != HDBG_SIGCHLD && info->signal != HDBG_SIGPOLL) {
        memcpy(bytes + 16, &info->address, 8);
        return true;
    }
    int32_t sender[2] = {info->team, (int32_t)info->user};
    memcpy(bytes + 16, sender, 8);
    if (info->signal == HDBG_SIGCHLD)
        memcpy(bytes + 24, &info->status, 4);
    else
        memcpy(bytes + 24, &info->value, 8);
    return true;
}

/* ---- what is done with them ---- */

void pass_signals(struct server *server, struct cursor *packet)
{
    uint64_t number;
    hdbg_status status =
        hdbg_session_set_signal_policy(server->session, 0, HDBG_SIGNAL_STOP | HDBG_SIGNAL_PASS);
    do {
        int32_t signal =
            take_hex(packet, &number) && number <= UINT8_MAX ? signal_from_gdb((uint8_t)number) : 0;
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

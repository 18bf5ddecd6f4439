/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server beside gdbserver and lldb-server: one minimal client, the same packets for all, over TCP.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "server_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 3000, HITS = 1500, RANGES = 1, MEBIBYTE = 1 << 20 };

/* ---- the debuggee ---- */

/* Where the debuggee, which runs this very program, has an address of ours. */
static uint64_t address_of(struct bench_client *client, const void *mine)
{
    return bench_address(client_thread(client), mine);
}

/* Launches a debuggee and lets it run until it calls a function. */
static bool launch_to(struct bench_client *client, enum server_kind kind, const char *debuggee,
                      const void *function, uint64_t *address)
{
    if (!client_launch(client, kind, debuggee))
        return false;
    client_expect(client, "T", "?");
    *address = address_of(client, function);
    client_expect(client, "OK", "Z0,%" PRIx64 ",1", *address);
    client_expect(client, "T05", "vCont;c");
    client_expect(client, "OK", "z0,%" PRIx64 ",1", *address);
    return !client->failed;
}

/* The same; answers the thread that has called it. */
static pid_t launch(struct bench_client *client, int kind, const char *debuggee, const void *function,
                    uint64_t *address)
{
    pid_t thread = 0;
    if (launch_to(client, (enum server_kind)kind, debuggee, function, address)) {
        client_expect(client, "T05", "?");
        thread = client_thread(client);
    }
    return thread;
}

static double finish(struct bench_client *client, double rate)
{
    double result = client->failed ? -1 : rate;
    client_end(client);
    return result;
}

/* ---- steps and hits ---- */

static double steps(int kind)
{
    struct bench_client client;
    uint64_t address;
    pid_t thread = launch(&client, kind, "calls", (const void *)bench_target, &address);
    double start = bench_now();
    for (int i = 0; i < STEPS && !client.failed; i++)
        client_expect(&client, "T05", "vCont;s:%x", (unsigned)thread);
    return finish(&client, STEPS / (bench_now() - start));
}

/* As clients step over a breakpoint: it is taken out for the step. */
static double hits(int kind)
{
    struct bench_client client;
    uint64_t address;
    pid_t thread = launch(&client, kind, "calls", (const void *)bench_target, &address);
    double start = bench_now();
    for (int i = 0; i < HITS && !client.failed; i++) {
        client_expect(&client, "T05", "vCont;s:%x", (unsigned)thread);
        client_expect(&client, "OK", "Z0,%" PRIx64 ",1", address);
        client_expect(&client, "T05", "vCont;c");
        client_expect(&client, "OK", "z0,%" PRIx64 ",1", address);
    }
    return finish(&client, HITS / (bench_now() - start));
}

/* A line of as many instructions, in one go where the server can do that; else step by step. */
static double range(int kind)
{
    struct bench_client client;
    uint64_t low, high = 0;
    pid_t thread = launch(&client, kind, "line", (const void *)bench_line, &low);
    if (thread != 0)
        high = low + (uint64_t)(bench_line_end - bench_line);
    double start = bench_now();
    for (uint64_t pc = low; pc >= low && pc < high && !client.failed; pc = client_pc(&client)) {
        if (kind == SERVER_LLDB)
            client_expect(&client, "T05", "vCont;s:%x", (unsigned)thread);
        else
            client_expect(&client, "T05", "vCont;r%" PRIx64 ",%" PRIx64 ":%x", low, high, (unsigned)thread);
    }
    double seconds = bench_now() - start;
    if (!client.failed && client_pc(&client) != high) {
        fprintf(stderr, "hdbg-bench: a step out of a range ends elsewhere\n");
        client.failed = true;
    }
    return finish(&client, BENCH_LINE / seconds);
}

/* ---- memory ---- */

static double read_memory(int kind, char packet)
{
    struct bench_client client;
    uint64_t unused, address = 0;
    pid_t thread = launch(&client, kind, "memory", (const void *)bench_target, &unused);
    if (thread != 0)
        address = bench_address(thread, bench_memory);
    /* Twice as many characters as bytes in hexadecimal; with x that many if all had to be escaped. */
    size_t piece = client.packet_size / 2 / 1024 * 1024, got = 0;
    double start = bench_now();
    for (size_t at = 0; at < BENCH_MEMORY && !client.failed; at += got) {
        size_t wanted = BENCH_MEMORY - at < piece ? BENCH_MEMORY - at : piece;
        client_ask(&client, "%c%" PRIx64 ",%zx", packet, address + at, wanted);
        got = packet == 'm' ? client.size / 2 : client.size;
        bool right =
            packet == 'm' ? client.payload[0] == '0' && client.payload[1] == '1' : client.payload[0] == 1;
        if (got != wanted || !right)
            client.failed = true;
    }
    return finish(&client, (double)BENCH_MEMORY / MEBIBYTE / (bench_now() - start));
}

static double memory_hex(int kind)
{
    return read_memory(kind, 'm');
}

static double memory_binary(int kind)
{
    return read_memory(kind, 'x');
}

/* ---- a thousand threads ---- */

/* Asks for all threads; answers how many there are. */
static int list_threads(struct bench_client *client, pid_t *threads)
{
    int count = 0;
    client_ask(client, "qfThreadInfo");
    while (!client->failed && client->payload[0] == 'm') {
        const char *at = client->payload;
        do {
            threads[count++] = (pid_t)strtol(at + 1, (char **)&at, 16);
        } while (*at == ',' && count < BENCH_THREADS);
        client_ask(client, "qsThreadInfo");
    }
    return count;
}

/* Attaches to a process of a thousand threads; answers the threads a second. */
static double attach(struct bench_client *client, int kind, pid_t *debuggee, pid_t *threads)
{
    *debuggee = bench_threads_start();
    client_wait(client, (enum server_kind)kind);
    client_ask(client, "!");
    double start = bench_now();
    client_expect(client, "T", "vAttach;%x", (unsigned)*debuggee);
    if (list_threads(client, threads) != BENCH_THREADS)
        client->failed = true;
    return BENCH_THREADS / (bench_now() - start);
}

static double attached(int kind)
{
    struct bench_client client;
    pid_t debuggee, threads[BENCH_THREADS];
    double rate = finish(&client, attach(&client, kind, &debuggee, threads));
    bench_threads_end(debuggee);
    return rate;
}

static double registers(int kind)
{
    struct bench_client client;
    pid_t debuggee, threads[BENCH_THREADS];
    attach(&client, kind, &debuggee, threads);
    double start = bench_now();
    for (int i = 0; i < BENCH_THREADS && !client.failed; i++) {
        client_expect(&client, "OK", "Hg%x", (unsigned)threads[i]);
        client_ask(&client, "g");
        if (client.size < 2 * 17 * 8)
            client.failed = true;
    }
    double rate = finish(&client, BENCH_THREADS / (bench_now() - start));
    bench_threads_end(debuggee);
    return rate;
}

#define ROWS(name_, unit_, measure)                                                                          \
    {.name = name_,                                                                                          \
     .unit = unit_,                                                                                          \
     .peer_name = "gdbserver",                                                                               \
     .target = 1.0,                                                                                          \
     .ours = measure,                                                                                        \
     .peer = measure,                                                                                        \
     .ours_parameter = SERVER_OURS,                                                                          \
     .peer_parameter = SERVER_GDB},                                                                          \
        LLDB_ROW(name_, unit_, measure)
#define LLDB_ROW(name_, unit_, measure)                                                                      \
    {                                                                                                        \
        .name = name_, .unit = unit_, .peer_name = "lldb-server", .target = 1.0, .ours = measure,            \
        .peer = measure, .ours_parameter = SERVER_OURS, .peer_parameter = SERVER_LLDB                        \
    }

/* gdbserver 13 has no x packet, lldb-server 14 no stepping of ranges: it gets the steps one by one. */
const bench_row kServerRows[] = {ROWS("server: single steps", "/s", steps),
                                 ROWS("server: breakpoint hits", "/s", hits),
                                 ROWS("server: instructions of a line", "/s", range),
                                 ROWS("server: 64 MiB read by m", "MiB/s", memory_hex),
                                 LLDB_ROW("server: 64 MiB read by x", "MiB/s", memory_binary),
                                 ROWS("server: registers of 1000 threads", "threads/s", registers),
                                 ROWS("server: 1000 threads attached", "threads/s", attached),
                                 {.name = NULL}};

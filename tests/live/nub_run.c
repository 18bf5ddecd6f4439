/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The helpers of nub_run.h.
 */
#include "nub_run.h"

enum { RIP = 1000 /* in debug_cpu_state */, RIGHT = 42 };

static void read_line(nub_run *r, char *line, size_t size)
{
    size_t n = 0;
    while (n < size - 1) {
        struct pollfd fd = {.fd = r->child.out, .events = POLLIN};
        assert_int_equal(poll(&fd, 1, TIMEOUT / 1000), 1);
        if (read(r->child.out, line + n, 1) != 1 || line[n] == '\n')
            break;
        n++;
    }
    line[n] = '\0';
}

static void note_place(nub_run *r, const char *name, hdbg_address address)
{
    if (name[0] == 'f' && name[1] >= '0' && name[1] <= '5')
        r->f[name[1] - '0'] = address;
    else if (strcmp(name, "dummy") == 0)
        r->dummy = address;
    else if (strcmp(name, "watched") == 0)
        r->watched = address;
    else if (strcmp(name, "fault") == 0)
        r->fault = address;
    else if (strcmp(name, "two_bytes") == 0)
        r->two_bytes = address;
    else if (strcmp(name, "handler") == 0)
        r->handler = address;
    else if (strcmp(name, "site") == 0 && r->site_count < NR_SITES)
        r->site[r->site_count++] = address;
}

void nr_start(nub_run *r, const char *mode, int count, int rounds, int32_t capacity, int32_t flags)
{
    char path[512], line[64], name[32], counts[2][16];
    unsigned long address;
    int in[2], out[2];
    memset(r, 0, sizeof *r);
    snprintf(path, sizeof path, "%s/nub_cases", HDBG_TEST_FIXTURES);
    snprintf(counts[0], sizeof counts[0], "%d", count);
    snprintf(counts[1], sizeof counts[1], "%d", rounds);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    const char *arguments[] = {path, mode, counts[0], counts[1], NULL};
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = path,
                             .arguments = arguments,
                             .standard_input = in[0],
                             .standard_output = out[1],
                             .standard_error = -1};
    r->child = (kt_child){.in = in[1], .out = out[0]};
    r->child.team = OPS->launch(CONTEXT, &spec);
    if (r->child.team < 0)
        fail_msg("%s", hdbg_last_error());
    close(in[0]);
    close(out[1]);
    r->port = OPS->port_create(CONTEXT, capacity, "debugger");
    r->nub = kt_install(r->child.team, r->port);
    kt_proceed(r->nub, r->child.team);
    do {
        read_line(r, line, sizeof line);
        if (sscanf(line, "%31s %lx", name, &address) == 2)
            note_place(r, name, address);
    } while (strcmp(line, "ready") != 0);
    nr_set_flags(r, flags);
}

const char *nr_line(nub_run *r)
{
    read_line(r, r->line, sizeof r->line);
    return r->line;
}

void nr_expect_output(nub_run *r, const char *line)
{
    assert_string_equal(nr_line(r), line);
}

void nr_begin(nub_run *r)
{
    signal(SIGPIPE, SIG_IGN); /* one that has died fails the test, not ends it */
    if (write(r->child.in, "\n", 1) != 1) {
        hdbg_team_status ended = {0};
        OPS->reap(CONTEXT, r->child.team, &ended, TIMEOUT);
        fail_msg("the debuggee has ended: status %d, signal %d", ended.status, ended.signal);
    }
}

int32_t nr_next(nub_run *r)
{
    int64_t n = OPS->port_read(CONTEXT, r->port, &r->code, &r->event, sizeof r->event, TIMEOUT);
    if (n < 0)
        fail_msg("no event: %s: %s", hdbg_status_name((hdbg_status)n), hdbg_last_error());
    return r->code;
}

void nr_expect(nub_run *r, int32_t code)
{
    assert_int_equal(nr_next(r), code);
}

void nr_continue_as(nub_run *r, int32_t how, bool step)
{
    wire_x86_64_continue_thread message = {r->event.origin.thread, (uint32_t)how, step};
    OPS->port_write(CONTEXT, r->nub, WIRE_CONTINUE_THREAD, &message, sizeof message, TIMEOUT);
}

void nr_continue(nub_run *r)
{
    nr_continue_as(r, WIRE_HANDLE_EVENT, false);
}

void nr_set_flags(nub_run *r, int32_t flags)
{
    wire_x86_64_set_team_flags message = {flags};
    kt_tell(r->nub, WIRE_SET_TEAM_FLAGS, &message, sizeof message);
    assert_int_equal(nr_break(r, 0), HDBG_BAD_ADDRESS); /* whose answer says that the flags are set */
}

hdbg_status nr_break(nub_run *r, hdbg_address address)
{
    wire_x86_64_set_breakpoint message = {.address = address};
    wire_x86_64_set_breakpoint_reply reply = {.error = -1};
    kt_ask(r->nub, WIRE_SET_BREAKPOINT, &message, sizeof message, &reply, sizeof reply);
    return reply.error;
}

void nr_unbreak(nub_run *r, hdbg_address address)
{
    wire_x86_64_clear_breakpoint message = {.address = address};
    kt_tell(r->nub, WIRE_CLEAR_BREAKPOINT, &message, sizeof message);
}

void nr_use_registers(nub_run *r)
{
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(nr_break(r, r->dummy + 4 + i), HDBG_OK);
}

hdbg_status nr_watch(nub_run *r, hdbg_address address, uint32_t type, int32_t length)
{
    wire_x86_64_set_watchpoint message = {.address = address, .type = type, .length = length};
    wire_x86_64_set_watchpoint_reply reply = {.error = -1};
    kt_ask(r->nub, WIRE_SET_WATCHPOINT, &message, sizeof message, &reply, sizeof reply);
    return reply.error;
}

hdbg_address nr_pc(const nub_run *r)
{
    hdbg_address pc;
    memcpy(&pc, r->event.state.cpu_state.bytes + RIP, sizeof pc);
    return pc;
}

void nr_to_end(nub_run *r, int *counts)
{
    for (;;) {
        int32_t code = nr_next(r);
        if (counts && code >= 0 && code < 32)
            counts[code]++;
        if (code == WIRE_TEAM_DELETED && r->event.origin.team == r->child.team)
            return;
        if (code != WIRE_THREAD_DELETED && code != WIRE_TEAM_DELETED)
            nr_continue(r);
    }
}

void nr_finish(nub_run *r)
{
    kt_expect_end(&r->child, RIGHT, -1);
    OPS->port_delete(CONTEXT, r->port);
}

void nr_kill(nub_run *r)
{
    hdbg_team_status ended;
    assert_int_equal(OPS->kill_team(CONTEXT, r->child.team), HDBG_OK);
    assert_int_equal(OPS->reap(CONTEXT, r->child.team, &ended, TIMEOUT), HDBG_OK);
    close(r->child.in);
    close(r->child.out);
    OPS->port_delete(CONTEXT, r->port);
}

pid_t nr_tracer(const nub_run *r)
{
    char path[64], line[256];
    int tracer = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)r->child.team);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "TracerPid: %d", &tracer) == 1)
            break;
    }
    if (file)
        fclose(file);
    return tracer;
}

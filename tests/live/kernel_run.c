/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the tests of the hosted kernel share: a kernel, debuggees, messages to and from nubs.
 */
#include "kernel_run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

hdbg_kernel *kt_kernel;
char kt_self[1024];

int kt_create(void **state)
{
    (void)state;
    return realpath("/proc/self/exe", kt_self) != NULL ? hdbg_kernel_create(&kt_kernel) : -1;
}

int kt_destroy(void **state)
{
    (void)state;
    pid_t nub = hdbg_hosted_test_nub(kt_kernel);
    int fd = nub > 0 ? (int)syscall(SYS_pidfd_open, nub, 0) : -1;
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    hdbg_kernel_destroy(kt_kernel);
    kt_kernel = NULL;
    /* A nub without debuggers and teams ends. */
    int lingers = fd >= 0 && poll(&ended, 1, TIMEOUT / 1000) != 1;
    if (fd >= 0)
        close(fd);
    return lingers;
}

/* ---- what debuggees do ---- */

/* Writes "word\n" where the test reads it. */
void kt_say(const char *word)
{
    dprintf(1, "%s\n", word);
}

static int g_calls;

__attribute__((noinline)) void debuggee_function(void)
{
    g_calls++;
    __asm__ volatile("" : : : "memory");
}

/* Nobody calls this: room for breakpoints that are never hit. */
static void debuggee_spare(void)
{
    __asm__ volatile(".skip 80, 0x90");
}

int kt_debuggee(const char *what)
{
    char byte;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (strcmp(what, "exit7") == 0)
        return 7;
    if (strcmp(what, "wait") == 0) {
        kt_say("ready");
        return (int)read(0, &byte, 1);
    }
    if (strcmp(what, "odd name") == 0) {
        prctl(PR_SET_NAME, "a) R 1\n(b", 0, 0, 0);
        kt_say("ready");
        return (int)read(0, &byte, 1);
    }
    if (strcmp(what, "call on input") == 0) {
        kt_say("ready");
        while (read(0, &byte, 1) == 1) {
            debuggee_function();
            kt_say(g_calls == 1 ? "called" : "called again");
        }
        return 0;
    }
    if (strcmp(what, "debugger") == 0) {
        kt_say(hdbg_debuggee_is_debugged() ? "debugged" : "alone");
        hdbg_debuggee_debugger("a message");
        return 3;
    }
    return 99;
}

kt_child kt_launch(const char *what)
{
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    const char *arguments[] = {kt_self, what, NULL};
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = kt_self,
                             .arguments = arguments,
                             .standard_input = in[0],
                             .standard_output = out[1],
                             .standard_error = -1};
    kt_child c = {.in = in[1], .out = out[0]};
    c.team = OPS->launch(CONTEXT, &spec);
    if (c.team < 0)
        fail_msg("%s", hdbg_last_error());
    close(in[0]);
    close(out[1]);
    return c;
}

void kt_expect_line(const kt_child *c, const char *line)
{
    char text[64] = "";
    for (size_t n = 0; n < sizeof text - 1 && (n == 0 || text[n - 1] != '\n'); n++) {
        struct pollfd fd = {.fd = c->out, .events = POLLIN};
        assert_int_equal(poll(&fd, 1, TIMEOUT / 1000), 1);
        if (read(c->out, text + n, 1) != 1)
            break;
    }
    assert_int_equal(strncmp(text, line, strlen(line)), 0);
}

void kt_expect_end(kt_child *c, int32_t status, int32_t signal)
{
    hdbg_team_status ended;
    close(c->in);
    assert_int_equal(OPS->reap(CONTEXT, c->team, &ended, TIMEOUT), HDBG_OK);
    assert_int_equal(ended.status, status);
    assert_int_equal(ended.signal, signal);
    close(c->out);
    assert_int_equal(OPS->reap(CONTEXT, c->team, &ended, 0), HDBG_BAD_TEAM_ID);
}

hdbg_port_id kt_make_port(void)
{
    hdbg_port_id port = OPS->port_create(CONTEXT, 100, "debugger");
    assert_true(port > 0);
    return port;
}

hdbg_port_id kt_install(hdbg_team_id team, hdbg_port_id port)
{
    hdbg_port_id nub_port = OPS->install_team_debugger(CONTEXT, team, port);
    if (nub_port < 0)
        fail_msg("%s", hdbg_last_error());
    return nub_port;
}

void kt_tell(hdbg_port_id nub_port, int32_t code, const void *message, size_t size)
{
    assert_int_equal(OPS->port_write(CONTEXT, nub_port, code, message, size, TIMEOUT), HDBG_OK);
}

void kt_proceed(hdbg_port_id nub_port, hdbg_thread_id thread)
{
    wire_x86_64_continue_thread message = {.thread = thread, .handle_event = WIRE_HANDLE_EVENT};
    kt_tell(nub_port, WIRE_CONTINUE_THREAD, &message, sizeof message);
}

/* Reads messages until one with `code` comes. */
void kt_expect_event(hdbg_port_id port, int32_t code, void *message, size_t size)
{
    for (;;) {
        union {
            wire_origin origin;
            char bytes[4096];
        } any;
        int32_t got;
        int64_t n = OPS->port_read(CONTEXT, port, &got, &any, sizeof any, TIMEOUT);
        if (n < 0)
            fail_msg("%s", hdbg_last_error());
        if (got == code) {
            memcpy(message, &any, size);
            return;
        }
    }
}

/* Asks the nub, over a reply port. */
void kt_ask(hdbg_port_id nub_port, int32_t code, void *message, size_t size, void *reply, size_t reply_size)
{
    hdbg_port_id port = OPS->port_create(CONTEXT, 1, "reply");
    memcpy(message, &port, sizeof port); /* the first member of all that are answered */
    kt_tell(nub_port, code, message, size);
    int64_t n = OPS->port_read(CONTEXT, port, NULL, reply, reply_size, TIMEOUT);
    if (n < 0)
        fail_msg("%s", hdbg_last_error());
    OPS->port_delete(CONTEXT, port);
}

/* Where a symbol of this program is in a team that runs it too. */
hdbg_address kt_address_in(hdbg_team_id team, const void *here)
{
    hdbg_image_info own, other;
    int64_t cookie = 0;
    assert_int_equal(OPS->next_image(CONTEXT, getpid(), &cookie, &own), HDBG_OK);
    cookie = 0;
    assert_int_equal(OPS->next_image(CONTEXT, team, &cookie, &other), HDBG_OK);
    return (uintptr_t)here - own.text + other.text;
}

void kt_set_breakpoint(hdbg_port_id nub_port, hdbg_address address)
{
    wire_x86_64_set_breakpoint message = {.address = address};
    wire_x86_64_set_breakpoint_reply reply = {.error = -1};
    kt_ask(nub_port, WIRE_SET_BREAKPOINT, &message, sizeof message, &reply, sizeof reply);
    assert_int_equal(reply.error, HDBG_OK);
}

/* Uses the registers up, so that the one that counts is in the code. */
hdbg_address kt_set_software_breakpoint(hdbg_team_id team, hdbg_port_id nub_port)
{
    hdbg_address function = kt_address_in(team, (const void *)(uintptr_t)debuggee_function);
    hdbg_address spare = kt_address_in(team, (const void *)(uintptr_t)debuggee_spare);
    for (int i = 1; i <= 4; i++)
        kt_set_breakpoint(nub_port, spare + 16 * (unsigned)i);
    kt_set_breakpoint(nub_port, function);
    return function;
}

uint8_t kt_raw_byte(hdbg_team_id team, hdbg_address address)
{
    char path[64];
    uint8_t byte = 0;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)team);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, &byte, 1, (off_t)address), 1);
    close(fd);
    return byte;
}

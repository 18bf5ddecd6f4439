/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The hosted kernel on real processes, through its table of functions and Haiku's messages alone.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "nub/wire.h"

#include <haikudbg/debuggee.h>
#include <haikudbg/hosted.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define SECOND  1000000
#define TIMEOUT (30 * SECOND)
#define OPS     (sKernel->ops)
#define CONTEXT (sKernel->context)

static hdbg_kernel *sKernel;
static char sSelf[1024]; /* this program, which is its own debuggee */

static int create(void **state)
{
    (void)state;
    return hdbg_kernel_create(&sKernel);
}

static int destroy(void **state)
{
    (void)state;
    hdbg_kernel_destroy(sKernel);
    sKernel = NULL;
    return 0;
}

/* ---- what debuggees do: "test_kernel_hosted NAME" ---- */

/* Writes "word\n" where the test reads it. */
static void say(const char *word)
{
    dprintf(1, "%s\n", word);
}

static int g_calls;

__attribute__((noinline)) void debuggee_function(void);
__attribute__((noinline)) void debuggee_function(void)
{
    g_calls++;
    __asm__ volatile("" : : : "memory");
}

static int debuggee(const char *what)
{
    char byte;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (strcmp(what, "exit7") == 0)
        return 7;
    if (strcmp(what, "wait") == 0) {
        say("ready");
        return (int)read(0, &byte, 1);
    }
    if (strcmp(what, "odd name") == 0) {
        prctl(PR_SET_NAME, "a) R 1\n(b", 0, 0, 0);
        say("ready");
        return (int)read(0, &byte, 1);
    }
    if (strcmp(what, "call on input") == 0) {
        say("ready");
        while (read(0, &byte, 1) == 1) {
            debuggee_function();
            say(g_calls == 1 ? "called" : "called again");
        }
        return 0;
    }
    if (strcmp(what, "debugger") == 0) {
        say(hdbg_debuggee_is_debugged() ? "debugged" : "alone");
        hdbg_debuggee_debugger("a message");
        return 3;
    }
    return 99;
}

/* ---- helpers ---- */

/* A debuggee with pipes at its standard input and output. */
typedef struct child {
    hdbg_team_id team;
    int in, out;
} child;

static child launch(const char *what)
{
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    const char *arguments[] = {sSelf, what, NULL};
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = sSelf,
                             .arguments = arguments,
                             .standard_input = in[0],
                             .standard_output = out[1],
                             .standard_error = -1};
    child c = {.in = in[1], .out = out[0]};
    c.team = OPS->launch(CONTEXT, &spec);
    if (c.team < 0)
        fail_msg("%s", hdbg_last_error());
    close(in[0]);
    close(out[1]);
    return c;
}

static void expect_line(const child *c, const char *line)
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

static void expect_end(child *c, int32_t status, int32_t signal)
{
    hdbg_team_status ended;
    close(c->in);
    assert_int_equal(OPS->reap(CONTEXT, c->team, &ended, TIMEOUT), HDBG_OK);
    assert_int_equal(ended.status, status);
    assert_int_equal(ended.signal, signal);
    close(c->out);
    assert_int_equal(OPS->reap(CONTEXT, c->team, &ended, 0), HDBG_BAD_TEAM_ID);
}

static hdbg_port_id make_port(void)
{
    hdbg_port_id port = OPS->port_create(CONTEXT, 100, "debugger");
    assert_true(port > 0);
    return port;
}

static hdbg_port_id install(hdbg_team_id team, hdbg_port_id port)
{
    hdbg_port_id nub_port = OPS->install_team_debugger(CONTEXT, team, port);
    if (nub_port < 0)
        fail_msg("%s", hdbg_last_error());
    return nub_port;
}

static void tell(hdbg_port_id nub_port, int32_t code, const void *message, size_t size)
{
    assert_int_equal(OPS->port_write(CONTEXT, nub_port, code, message, size, TIMEOUT), HDBG_OK);
}

static void proceed(hdbg_port_id nub_port, hdbg_thread_id thread)
{
    wire_x86_64_continue_thread message = {.thread = thread, .handle_event = WIRE_HANDLE_EVENT};
    tell(nub_port, WIRE_CONTINUE_THREAD, &message, sizeof message);
}

/* Reads messages until one with `code` comes. */
static void expect_event(hdbg_port_id port, int32_t code, void *message, size_t size)
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
static void ask(hdbg_port_id nub_port, int32_t code, void *message, size_t size, void *reply,
                size_t reply_size)
{
    hdbg_port_id port = OPS->port_create(CONTEXT, 1, "reply");
    memcpy(message, &port, sizeof port); /* the first member of all that are answered */
    tell(nub_port, code, message, size);
    int64_t n = OPS->port_read(CONTEXT, port, NULL, reply, reply_size, TIMEOUT);
    if (n < 0)
        fail_msg("%s", hdbg_last_error());
    OPS->port_delete(CONTEXT, port);
}

/* ---- launching ---- */

static void a_launched_team_is_suspended_until_it_is_resumed(void **state)
{
    (void)state;
    child c = launch("exit7");
    hdbg_thread_info thread = {.size = sizeof thread};
    hdbg_team_info team = {.size = sizeof team};
    hdbg_team_status status;
    assert_int_equal(OPS->thread_info(CONTEXT, c.team, &thread), HDBG_OK);
    assert_int_equal(thread.state, HDBG_THREAD_SUSPENDED);
    assert_int_equal(OPS->team_info(CONTEXT, c.team, &team), HDBG_OK);
    assert_int_equal(team.parent, getpid());
    assert_int_equal(team.thread_count, 1);
    assert_int_equal(team.arch, HDBG_ARCH_X86_64);
    assert_non_null(strstr(team.arguments, "exit7"));
    assert_int_equal(OPS->reap(CONTEXT, c.team, &status, 0), HDBG_WOULD_BLOCK);
    assert_int_equal(OPS->reap(CONTEXT, c.team, &status, 20000), HDBG_TIMED_OUT);
    assert_int_equal(OPS->resume_thread(CONTEXT, c.team), HDBG_OK);
    expect_end(&c, 7, -1);
}

static void all_images_of_a_launched_team_are_there(void **state)
{
    (void)state;
    child c = launch("exit7");
    hdbg_image_info image;
    int64_t cookie = 0;
    int libc = 0;
    assert_int_equal(OPS->next_image(CONTEXT, c.team, &cookie, &image), HDBG_OK);
    assert_int_equal(image.type, HDBG_IMAGE_APP);
    assert_string_equal(image.path, sSelf);
    while (OPS->next_image(CONTEXT, c.team, &cookie, &image) == HDBG_OK)
        libc |= strstr(image.path, "/libc.so") != NULL;
    assert_true(libc);
    OPS->resume_thread(CONTEXT, c.team);
    expect_end(&c, 7, -1);
}

static hdbg_status launch_error(const char *path, const char *directory)
{
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = path,
                             .working_directory = directory,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1};
    hdbg_status status = OPS->launch(CONTEXT, &spec);
    assert_true(status < 0);
    assert_non_null(strstr(hdbg_last_error(), path));
    /* Nothing is left of it. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
    assert_int_equal(errno, ECHILD);
    return status;
}

static void what_cannot_be_launched_says_why(void **state)
{
    (void)state;
    char name[] = "/tmp/haikudbg-test-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "no program", 10), 10);
    fchmod(fd, 0644);
    close(fd);
    assert_int_equal(launch_error("/nowhere/program", NULL), HDBG_ENTRY_NOT_FOUND);
    assert_int_equal(launch_error("/tmp", NULL), HDBG_IS_A_DIRECTORY);
    assert_int_equal(launch_error(name, NULL), HDBG_PERMISSION_DENIED);
    chmod(name, 0755);
    assert_int_equal(launch_error(name, NULL), HDBG_NOT_AN_EXECUTABLE);
    fd = open(name, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "#!/nowhere/shell\n", 17), 17);
    close(fd);
    assert_int_equal(launch_error(name, NULL), HDBG_ENTRY_NOT_FOUND);
    assert_non_null(strstr(hdbg_last_error(), "interpreter"));
    unlink(name);
    assert_int_equal(launch_error("/bin/true", "/nowhere"), HDBG_ENTRY_NOT_FOUND);
    assert_non_null(strstr(hdbg_last_error(), "/nowhere"));
}

static void a_launch_obeys_directory_environment_and_group(void **state)
{
    (void)state;
    int out[2];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    const char *arguments[] = {"sh", "-c", "pwd; echo $WORD; cat /proc/self/personality", NULL};
    const char *environment[] = {"WORD=one  two", "PATH=/nowhere:/bin:/usr/bin", NULL};
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = "sh",
                             .arguments = arguments,
                             .environment = environment,
                             .working_directory = "/usr",
                             .standard_input = -1,
                             .standard_output = out[1],
                             .standard_error = -1,
                             .flags = HDBG_LAUNCH_SEARCH_PATH | HDBG_LAUNCH_NEW_GROUP |
                                      HDBG_LAUNCH_NO_RANDOMIZATION};
    child c = {.in = -1, .out = out[0], .team = OPS->launch(CONTEXT, &spec)};
    hdbg_team_info info = {.size = sizeof info};
    assert_true(c.team > 0);
    close(out[1]);
    assert_int_equal(OPS->team_info(CONTEXT, c.team, &info), HDBG_OK);
    assert_int_equal(info.process_group, c.team);
    assert_int_equal(OPS->resume_thread(CONTEXT, c.team), HDBG_OK);
    expect_line(&c, "/usr\n");
    expect_line(&c, "one two\n");
    expect_line(&c, "00040000");
    expect_end(&c, 0, -1);
}

static void the_callers_own_children_are_left_alone(void **state)
{
    (void)state;
    int status;
    pid_t own = fork();
    if (own == 0)
        _exit(5);
    child c = launch("exit7");
    OPS->resume_thread(CONTEXT, c.team);
    expect_end(&c, 7, -1);
    assert_int_equal(waitpid(own, &status, 0), own);
    assert_int_equal(WEXITSTATUS(status), 5);
    assert_int_equal(waitpid(-1, &status, WNOHANG | __WALL), -1); /* the nub is nobody's child */
    assert_int_equal(errno, ECHILD);
}

/* ---- debugging ---- */

static void a_debugged_team_runs_to_its_end_and_tells_it(void **state)
{
    (void)state;
    child c = launch("exit7");
    hdbg_port_id port = make_port(), nub_port = install(c.team, port);
    wire_x86_64_set_team_flags flags = {.flags = 0};
    tell(nub_port, WIRE_SET_TEAM_FLAGS, &flags, sizeof flags);
    proceed(nub_port, c.team);
    wire_x86_64_team_deleted deleted;
    expect_event(port, WIRE_TEAM_DELETED, &deleted, sizeof deleted);
    assert_int_equal(deleted.origin.team, c.team);
    assert_int_equal(deleted.status, 7);
    assert_int_equal(deleted.signal, -1);
    expect_end(&c, 7, -1);
    hdbg_object_wait object = {nub_port, HDBG_OBJECT_PORT, 0};
    assert_int_equal(OPS->wait_for_objects(CONTEXT, &object, 1, TIMEOUT), 1);
    assert_int_equal(object.events, HDBG_WAIT_INVALID);
    assert_int_equal(OPS->port_write(CONTEXT, nub_port, WIRE_SET_TEAM_FLAGS, &flags, sizeof flags, 0),
                     HDBG_BAD_PORT_ID);
    OPS->port_delete(CONTEXT, port);
}

static void a_team_that_kill_team_ends_has_signal_21(void **state)
{
    (void)state;
    child c = launch("wait");
    hdbg_port_id port = make_port(), nub_port = install(c.team, port);
    proceed(nub_port, c.team);
    expect_line(&c, "ready");
    assert_int_equal(OPS->kill_team(CONTEXT, c.team), HDBG_OK);
    wire_x86_64_team_deleted deleted;
    expect_event(port, WIRE_TEAM_DELETED, &deleted, sizeof deleted);
    assert_int_equal(deleted.status, -1);
    assert_int_equal(deleted.signal, 21);
    expect_end(&c, -1, 21);
    OPS->port_delete(CONTEXT, port);
}

static void signals_have_haikus_numbers(void **state)
{
    (void)state;
    child c = launch("wait");
    OPS->resume_thread(CONTEXT, c.team);
    expect_line(&c, "ready");
    assert_int_equal(OPS->send_signal(CONTEXT, c.team, 99), HDBG_BAD_VALUE);
    assert_int_equal(OPS->send_signal(CONTEXT, c.team, 0), HDBG_OK);
    assert_int_equal(OPS->send_team_signal(CONTEXT, -5, 0), HDBG_BAD_TEAM_ID);
    assert_int_equal(OPS->send_signal(CONTEXT, c.team, 18), HDBG_OK); /* SIGUSR1, 10 on Linux */
    expect_end(&c, -1, 18);
}

static void teams_that_cannot_be_debugged_say_why(void **state)
{
    (void)state;
    hdbg_port_id port = make_port();
    assert_int_equal(OPS->install_team_debugger(CONTEXT, getpid(), port), HDBG_NOT_ALLOWED);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, 1, port), HDBG_NOT_ALLOWED);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, 0x3ffffff, port), HDBG_BAD_TEAM_ID);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, -1, port), HDBG_BAD_TEAM_ID);
    child c = launch("exit7");
    assert_int_equal(OPS->install_team_debugger(CONTEXT, c.team, port + 1), HDBG_BAD_PORT_ID);
    install(c.team, port);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, c.team, port), HDBG_BAD_VALUE);
    assert_string_not_equal(hdbg_last_error(), "");
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, c.team), HDBG_OK);
    OPS->kill_team(CONTEXT, c.team);
    close(c.in);
    hdbg_team_status status;
    assert_int_equal(OPS->reap(CONTEXT, c.team, &status, TIMEOUT), HDBG_OK);
    close(c.out);
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, c.team), HDBG_BAD_TEAM_ID);
    OPS->port_delete(CONTEXT, port);
}

static void a_team_that_another_program_traces_names_it(void **state)
{
    (void)state;
    char tracer[32];
    hdbg_port_id port = make_port();
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    snprintf(tracer, sizeof tracer, "process %d", (int)getpid());
    assert_int_equal(OPS->install_team_debugger(CONTEXT, pid, port), HDBG_BAD_VALUE);
    assert_non_null(strstr(hdbg_last_error(), tracer));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, pid, port), HDBG_BAD_TEAM_ID);
    OPS->port_delete(CONTEXT, port);
}

static void debug_thread_stops_and_continue_thread_starts(void **state)
{
    (void)state;
    child c = launch("call on input");
    hdbg_port_id port = make_port(), nub_port = install(c.team, port);
    hdbg_thread_info info = {.size = sizeof info};
    proceed(nub_port, c.team);
    expect_line(&c, "ready");
    assert_int_equal(OPS->debug_thread(CONTEXT, c.team), HDBG_OK);
    wire_x86_64_thread_debugged stopped;
    expect_event(port, WIRE_THREAD_DEBUGGED, &stopped, sizeof stopped);
    assert_int_equal(stopped.origin.thread, c.team);
    assert_int_equal(OPS->thread_info(CONTEXT, c.team, &info), HDBG_OK);
    assert_int_equal(info.state, HDBG_THREAD_SUSPENDED);
    hdbg_extra_registers extra = {.size = sizeof extra};
    assert_int_equal(OPS->extra_registers(CONTEXT, c.team, &extra), HDBG_OK);
    assert_int_not_equal(extra.fs_base, 0);
    proceed(nub_port, c.team);
    assert_int_equal(write(c.in, "x", 1), 1);
    expect_line(&c, "called");
    expect_end(&c, 0, -1);
    OPS->port_delete(CONTEXT, port);
}

/* ---- information ---- */

static void the_nub_is_the_last_of_a_debugged_teams_threads(void **state)
{
    (void)state;
    child c = launch("exit7");
    hdbg_port_id port = make_port(), nub_port = install(c.team, port);
    hdbg_thread_info first = {.size = sizeof first}, last = {.size = sizeof last};
    hdbg_team_info team = {.size = sizeof team};
    int64_t cookie = 0;
    assert_int_equal(OPS->next_thread(CONTEXT, c.team, &cookie, &first), HDBG_OK);
    assert_int_equal(first.thread, c.team);
    assert_true(first.stack_end > first.stack_base);
    assert_int_equal(OPS->next_thread(CONTEXT, c.team, &cookie, &last), HDBG_OK);
    assert_int_equal(last.flags, HDBG_THREAD_IS_NUB);
    char name[64];
    snprintf(name, sizeof name, "team %d debug task", (int)c.team);
    assert_string_equal(last.name, name);
    assert_int_equal(OPS->next_thread(CONTEXT, c.team, &cookie, &last), HDBG_BAD_INDEX);
    assert_int_equal(OPS->team_info(CONTEXT, c.team, &team), HDBG_OK);
    assert_int_equal(team.debugger_nub_port, nub_port);
    assert_int_equal(team.debugger_nub_thread, last.thread);
    assert_int_equal(OPS->debug_thread(CONTEXT, last.thread), HDBG_NOT_ALLOWED);
    OPS->port_delete(CONTEXT, port);
    OPS->kill_team(CONTEXT, c.team);
    hdbg_team_status status;
    OPS->reap(CONTEXT, c.team, &status, TIMEOUT);
    close(c.in);
    close(c.out);
}

static void a_name_with_parentheses_and_newlines_confuses_nobody(void **state)
{
    (void)state;
    child c = launch("odd name");
    hdbg_thread_info info = {.size = sizeof info};
    hdbg_team_info team = {.size = sizeof team};
    OPS->resume_thread(CONTEXT, c.team);
    expect_line(&c, "ready");
    assert_int_equal(OPS->thread_info(CONTEXT, c.team, &info), HDBG_OK);
    assert_string_equal(info.name, "a) R 1\n(b");
    assert_int_equal(OPS->team_info(CONTEXT, c.team, &team), HDBG_OK);
    assert_int_equal(team.parent, getpid());
    expect_end(&c, 0, -1);
}

static void areas_are_listed_with_their_protection(void **state)
{
    (void)state;
    hdbg_area_info area = {.size = sizeof area};
    int64_t cookie = 0;
    uint32_t own = 0, stack = 0;
    int64_t count = 0;
    hdbg_address before = 0;
    while (OPS->next_area(CONTEXT, getpid(), &cookie, &area) == HDBG_OK) {
        assert_true(area.address >= before);
        before = area.address + area.length;
        count++;
        if ((uintptr_t)debuggee_function - area.address < area.length) {
            own = area.protection;
            assert_string_equal(area.path, sSelf);
        }
        if ((uintptr_t)&area - area.address < area.length)
            stack = area.protection;
    }
    assert_true(count > 5);
    assert_int_equal(own, HDBG_AREA_READ | HDBG_AREA_EXECUTE);
    assert_int_equal(stack, HDBG_AREA_READ | HDBG_AREA_WRITE | HDBG_AREA_STACK);
    cookie = 0;
    assert_int_equal(OPS->next_area(CONTEXT, 0x3ffffff, &cookie, &area), HDBG_BAD_TEAM_ID);
}

static void the_own_team_is_among_the_teams(void **state)
{
    (void)state;
    hdbg_team_info info = {.size = sizeof info};
    int64_t cookie = 0;
    int found = 0;
    while (OPS->next_team(CONTEXT, &cookie, &info) == HDBG_OK)
        found += info.team == getpid() && strcmp(info.name, strrchr(sSelf, '/') + 1) == 0;
    assert_int_equal(found, 1);
}

/* ---- memory ---- */

/* Where a symbol of this program is in a team that runs it too. */
static hdbg_address address_in(hdbg_team_id team, const void *here)
{
    hdbg_image_info own, other;
    int64_t cookie = 0;
    assert_int_equal(OPS->next_image(CONTEXT, getpid(), &cookie, &own), HDBG_OK);
    cookie = 0;
    assert_int_equal(OPS->next_image(CONTEXT, team, &cookie, &other), HDBG_OK);
    return (uintptr_t)here - own.text + other.text;
}

static void set_breakpoint(hdbg_port_id nub_port, hdbg_address address)
{
    wire_x86_64_set_breakpoint message = {.address = address};
    wire_x86_64_set_breakpoint_reply reply = {.error = -1};
    ask(nub_port, WIRE_SET_BREAKPOINT, &message, sizeof message, &reply, sizeof reply);
    assert_int_equal(reply.error, HDBG_OK);
}

/* Uses the registers up, so that the one that counts is in the code. */
static hdbg_address set_software_breakpoint(hdbg_team_id team, hdbg_port_id nub_port)
{
    hdbg_address function = address_in(team, (const void *)(uintptr_t)debuggee_function);
    for (int i = 1; i <= 4; i++)
        set_breakpoint(nub_port, function + 16 * (unsigned)i);
    set_breakpoint(nub_port, function);
    return function;
}

static uint8_t raw_byte(hdbg_team_id team, hdbg_address address)
{
    char path[64];
    uint8_t byte = 0;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)team);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, &byte, 1, (off_t)address), 1);
    close(fd);
    return byte;
}

static void a_bulk_read_hides_software_breakpoints(void **state)
{
    (void)state;
    child c = launch("call on input");
    hdbg_port_id port = make_port(), nub_port = install(c.team, port);
    hdbg_address function = set_software_breakpoint(c.team, nub_port);
    uint8_t bytes[64];
    assert_int_equal(raw_byte(c.team, function), 0xcc);
    assert_int_equal(OPS->memory_read(CONTEXT, c.team, function, bytes, sizeof bytes), sizeof bytes);
    assert_memory_equal(bytes, (const void *)(uintptr_t)debuggee_function, sizeof bytes);
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, c.team), HDBG_OK);
    assert_int_not_equal(raw_byte(c.team, function), 0xcc);
    OPS->resume_thread(CONTEXT, c.team);
    expect_line(&c, "ready");
    expect_end(&c, 0, -1);
    OPS->port_delete(CONTEXT, port);
}

static void a_read_ends_at_what_is_not_mapped(void **state)
{
    (void)state;
    child c = launch("exit7");
    hdbg_area_info area = {.size = sizeof area}, next = {.size = sizeof next};
    int64_t cookie = 0;
    OPS->next_area(CONTEXT, c.team, &cookie, &area);
    while (OPS->next_area(CONTEXT, c.team, &cookie, &next) == HDBG_OK &&
           next.address == area.address + area.length)
        area = next;
    hdbg_address end = area.address + area.length;
    char bytes[8192];
    assert_int_equal(OPS->memory_read(CONTEXT, c.team, end - 100, bytes, sizeof bytes), 100);
    assert_int_equal(OPS->memory_read(CONTEXT, c.team, end, bytes, 1), HDBG_BAD_ADDRESS);
    assert_int_equal(OPS->memory_read(CONTEXT, 0x3ffffff, end, bytes, 1), HDBG_BAD_TEAM_ID);
    OPS->resume_thread(CONTEXT, c.team);
    expect_end(&c, 7, -1);
}

static void a_cloned_area_is_an_area_of_the_callers(void **state)
{
    (void)state;
    child c = launch("exit7");
    hdbg_port_id port = make_port(), nub_port = install(c.team, port);
    wire_x86_64_clone_area message = {.address =
                                          address_in(c.team, (const void *)(uintptr_t)debuggee_function)};
    wire_x86_64_clone_area_reply reply = {.area = -1};
    ask(nub_port, WIRE_CLONE_AREA, &message, sizeof message, &reply, sizeof reply);
    assert_true(reply.area > 0);
    assert_memory_equal((const void *)(uintptr_t)reply.address, (const void *)(uintptr_t)debuggee_function,
                        32);
    hdbg_area_info info = {.size = sizeof info};
    assert_int_equal(OPS->area_info(CONTEXT, reply.area, &info), HDBG_OK);
    assert_int_equal(info.protection, 0x2011);
    assert_true(reply.address - info.address < info.length);
    assert_int_equal(OPS->delete_area(CONTEXT, reply.area), HDBG_OK);
    assert_int_equal(OPS->delete_area(CONTEXT, reply.area), HDBG_BAD_VALUE);
    OPS->remove_team_debugger(CONTEXT, c.team);
    OPS->resume_thread(CONTEXT, c.team);
    close(c.in);
    hdbg_team_status status;
    assert_int_equal(OPS->reap(CONTEXT, c.team, &status, TIMEOUT), HDBG_OK);
    close(c.out);
    OPS->port_delete(CONTEXT, port);
}

/* ---- calls of debuggees ---- */

static void debugger_stops_the_team_and_returns_when_continued(void **state)
{
    (void)state;
    child c = launch("debugger");
    hdbg_port_id port = make_port(), nub_port = install(c.team, port);
    proceed(nub_port, c.team);
    wire_x86_64_debugger_call call;
    expect_event(port, WIRE_DEBUGGER_CALL, &call, sizeof call);
    char message[10];
    assert_int_equal(OPS->memory_read(CONTEXT, c.team, call.message, message, sizeof message),
                     sizeof message);
    assert_string_equal(message, "a message");
    proceed(nub_port, c.team);
    expect_line(&c, "debugged");
    expect_end(&c, 3, -1);
    OPS->port_delete(CONTEXT, port);
}

static void debugger_without_a_debugger_ends_with_status_1(void **state)
{
    (void)state;
    int status;
    pid_t pid = fork();
    if (pid == 0)
        hdbg_debuggee_debugger("nobody hears"), _exit(0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

/* ---- the nub's death ---- */

static void a_killed_nub_is_told_once_and_leaves_no_breakpoint(void **state)
{
    (void)state;
    child c = launch("call on input");
    hdbg_port_id port = make_port(), nub_port = install(c.team, port);
    hdbg_address function = set_software_breakpoint(c.team, nub_port);
    wire_x86_64_set_team_flags flags = {.flags = 0};
    char byte;
    proceed(nub_port, c.team);
    expect_line(&c, "ready");
    int descriptor = OPS->descriptor_open(CONTEXT, port);
    assert_int_equal(kill(hdbg_hosted_test_nub(sKernel), SIGKILL), 0);
    struct pollfd ready = {.fd = descriptor, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, TIMEOUT / 1000), 1);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, &byte, 1, TIMEOUT), HDBG_NUB_LOST);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, &byte, 1, 0), HDBG_WOULD_BLOCK);
    assert_int_equal(poll(&ready, 1, 0), 0);
    assert_int_equal(OPS->port_write(CONTEXT, nub_port, WIRE_SET_TEAM_FLAGS, &flags, sizeof flags, 0),
                     HDBG_BAD_PORT_ID);
    assert_int_not_equal(raw_byte(c.team, function), 0xcc);
    /* The team works on, over the place of the one in the code and those in the registers. */
    assert_int_equal(write(c.in, "x", 1), 1);
    expect_line(&c, "called");
    assert_int_equal(write(c.in, "x", 1), 1);
    expect_line(&c, "called again");
    expect_end(&c, 0, -1);
    OPS->descriptor_close(CONTEXT, descriptor);
    OPS->port_delete(CONTEXT, port);
}

static void *read_forever(void *argument)
{
    char byte;
    hdbg_port_id port = *(hdbg_port_id *)argument;
    return (void *)(intptr_t)OPS->port_read(CONTEXT, port, NULL, &byte, 1, HDBG_FOREVER);
}

static void a_killed_nub_wakes_a_blocked_reader_and_another_serves_on(void **state)
{
    (void)state;
    pthread_t reader;
    void *result;
    child c = launch("wait");
    hdbg_port_id port = make_port(), nub_port = install(c.team, port);
    proceed(nub_port, c.team);
    expect_line(&c, "ready");
    pthread_create(&reader, NULL, read_forever, &port);
    assert_int_equal(kill(hdbg_hosted_test_nub(sKernel), SIGKILL), 0);
    pthread_join(reader, &result);
    assert_int_equal((intptr_t)result, HDBG_NUB_LOST);
    nub_port = install(c.team, port); /* by a new nub */
    assert_int_equal(OPS->kill_team(CONTEXT, c.team), HDBG_OK);
    wire_x86_64_team_deleted deleted;
    expect_event(port, WIRE_TEAM_DELETED, &deleted, sizeof deleted);
    assert_int_equal(deleted.signal, 21);
    expect_end(&c, -1, 21);
    OPS->port_delete(CONTEXT, port);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        _exit(debuggee(argv[1])); /* a leak checker at exit does not work while traced */
    if (realpath("/proc/self/exe", sSelf) == NULL)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_launched_team_is_suspended_until_it_is_resumed),
        cmocka_unit_test(all_images_of_a_launched_team_are_there),
        cmocka_unit_test(what_cannot_be_launched_says_why),
        cmocka_unit_test(a_launch_obeys_directory_environment_and_group),
        cmocka_unit_test(the_callers_own_children_are_left_alone),
        cmocka_unit_test(a_debugged_team_runs_to_its_end_and_tells_it),
        cmocka_unit_test(a_team_that_kill_team_ends_has_signal_21),
        cmocka_unit_test(signals_have_haikus_numbers),
        cmocka_unit_test(teams_that_cannot_be_debugged_say_why),
        cmocka_unit_test(a_team_that_another_program_traces_names_it),
        cmocka_unit_test(debug_thread_stops_and_continue_thread_starts),
        cmocka_unit_test(the_nub_is_the_last_of_a_debugged_teams_threads),
        cmocka_unit_test(a_name_with_parentheses_and_newlines_confuses_nobody),
        cmocka_unit_test(areas_are_listed_with_their_protection),
        cmocka_unit_test(the_own_team_is_among_the_teams),
        cmocka_unit_test(a_bulk_read_hides_software_breakpoints),
        cmocka_unit_test(a_read_ends_at_what_is_not_mapped),
        cmocka_unit_test(a_cloned_area_is_an_area_of_the_callers),
        cmocka_unit_test(debugger_stops_the_team_and_returns_when_continued),
        cmocka_unit_test(debugger_without_a_debugger_ends_with_status_1),
        cmocka_unit_test(a_killed_nub_is_told_once_and_leaves_no_breakpoint),
        cmocka_unit_test(a_killed_nub_wakes_a_blocked_reader_and_another_serves_on),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}

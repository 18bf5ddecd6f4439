/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What editors make of LLDB: lldb-vscode, which speaks the Debug Adapter Protocol, driven through
 * hdbg-server.
 */
#define _GNU_SOURCE
#include "report_run.h"

#include <jansson.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ADAPTER        "lldb-vscode-14"
#define SERVER_TOOL    HDBG_TEST_TOOLS "/hdbg-server"
#define FIXTURE(name)  HDBG_TEST_FIXTURES "/" name
#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { PATIENCE_MILLISECONDS = 60000 };

/* The adapter, and the server that it is to connect to. */
struct dap {
    struct report_run adapter, server;
    int sequence;
    json_t *events; /* those that nobody has waited for yet, in their order */
};

/* ---- messages ---- */

static char next_byte(struct dap *dap)
{
    struct pollfd polled = {.fd = dap->adapter.output, .events = POLLIN};
    char byte;
    if (poll(&polled, 1, PATIENCE_MILLISECONDS) != 1 || read(dap->adapter.output, &byte, 1) != 1)
        fail_msg(ADAPTER " does not answer");
    return byte;
}

/* The next message, to be released. */
static json_t *receive(struct dap *dap)
{
    char line[256];
    size_t size = 0, length = 0;
    do {
        for (length = 0; length < 2 || memcmp(line + length - 2, "\r\n", 2) != 0; length++) {
            assert_true(length < sizeof line - 1);
            line[length] = next_byte(dap);
        }
        line[length] = '\0';
        sscanf(line, "Content-Length: %zu", &size);
    } while (length > 2);
    char *text = malloc(size);
    for (size_t i = 0; i < size; i++)
        text[i] = next_byte(dap);
    json_error_t error;
    json_t *message = json_loadb(text, size, JSON_ALLOW_NUL, &error);
    if (message == NULL)
        fail_msg("%s: %.*s", error.text, (int)size, text);
    free(text);
    return message;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

/* Sends a request; takes `arguments` over. */
static void send_request(struct dap *dap, const char *command, json_t *arguments)
{
    char header[64];
    json_t *request = json_pack("{s:s, s:i, s:s, s:o}", "type", "request", "seq", ++dap->sequence, "command",
                                command, "arguments", arguments);
    assert_non_null(request);
    char *text = json_dumps(request, JSON_COMPACT);
    snprintf(header, sizeof header, "Content-Length: %zu\r\n\r\n", strlen(text));
    report_type(&dap->adapter, header);
    report_type(&dap->adapter, text);
    free(text);
    json_decref(request);
}

/* Waits for the answer to the last request: its body, to be released. Fails the test if it is an error. */
static json_t *await_answer(struct dap *dap)
{
    for (;;) {
        json_t *message = receive(dap);
        if (strcmp(text_of(message, "type"), "event") == 0) {
            json_array_append_new(dap->events, message);
            continue;
        }
        assert_int_equal(json_integer_value(json_object_get(message, "request_seq")), dap->sequence);
        if (!json_is_true(json_object_get(message, "success")))
            fail_msg("'%s' fails: %s", text_of(message, "command"), text_of(message, "message"));
        json_t *body = json_object_get(message, "body");
        body = body != NULL ? json_incref(body) : json_object();
        json_decref(message);
        return body;
    }
}

static json_t *ask(struct dap *dap, const char *command, json_t *arguments)
{
    send_request(dap, command, arguments);
    return await_answer(dap);
}

static void tell(struct dap *dap, const char *command, json_t *arguments)
{
    json_decref(ask(dap, command, arguments));
}

/* Waits for an event: its body, to be released. */
static json_t *await_event(struct dap *dap, const char *name)
{
    for (size_t i = 0;; i++) {
        while (i == json_array_size(dap->events)) {
            json_t *message = receive(dap);
            assert_string_equal(text_of(message, "type"), "event");
            json_array_append_new(dap->events, message);
        }
        json_t *event = json_array_get(dap->events, i);
        if (strcmp(text_of(event, "event"), name) == 0) {
            json_t *body = json_incref(json_object_get(event, "body"));
            json_array_remove(dap->events, i);
            return body;
        }
    }
}

/* ---- sessions ---- */

/* Starts the server, and the adapter, which connects to it. */
static void dap_start(struct dap *dap, const char *request, const char *commands, const char *program,
                      const char *const *server)
{
    char connect[64];
    if (access("/usr/bin/" ADAPTER, X_OK) != 0)
        skip();
    memset(dap, 0, sizeof *dap);
    dap->events = json_array();
    report_start(&dap->server, server);
    report_await_error(&dap->server, "Listening on port ");
    snprintf(connect, sizeof connect, "gdb-remote 127.0.0.1:%d",
             atoi(strstr(dap->server.error_text, "Listening on port ") + strlen("Listening on port ")));
    report_start(&dap->adapter, ARGUMENTS(ADAPTER));
    tell(dap, "initialize",
         json_pack("{s:s, s:b, s:b}", "adapterID", "lldb-vscode", "linesStartAt1", 1, "columnsStartAt1", 1));
    tell(dap, request,
         json_pack("{s:s, s:[s], s:b}", "program", program, commands, connect, "stopOnEntry", 0));
    json_decref(await_event(dap, "initialized"));
    json_decref(await_event(dap, "stopped")); /* as it was connected to */
}

static void dap_end(struct dap *dap, int server_status)
{
    report_finish(&dap->adapter);
    report_finish(&dap->server);
    assert_int_equal(dap->server.status, server_status);
    report_clean(&dap->adapter);
    report_clean(&dap->server);
    json_decref(dap->events);
}

/* Waits until the program stands for a reason; answers the thread. */
static json_int_t await_stop(struct dap *dap, const char *reason)
{
    json_t *stop = await_event(dap, "stopped");
    assert_string_equal(text_of(stop, "reason"), reason);
    json_int_t thread = json_integer_value(json_object_get(stop, "threadId"));
    json_decref(stop);
    return thread;
}

static void break_at(struct dap *dap, const char *function)
{
    json_t *body =
        ask(dap, "setFunctionBreakpoints", json_pack("{s:[{s:s}]}", "breakpoints", "name", function));
    assert_true(
        json_is_true(json_object_get(json_array_get(json_object_get(body, "breakpoints"), 0), "verified")));
    json_decref(body);
}

/* The id of a thread's frame whose function begins with a name. */
static json_int_t find_frame(struct dap *dap, json_int_t thread, const char *function)
{
    size_t i;
    json_t *frame,
        *body = ask(dap, "stackTrace",
                    json_pack("{s:I, s:i, s:i}", "threadId", thread, "startFrame", 0, "levels", 20));
    json_array_foreach(json_object_get(body, "stackFrames"), i, frame)
    {
        if (strncmp(text_of(frame, "name"), function, strlen(function)) == 0) {
            json_int_t id = json_integer_value(json_object_get(frame, "id"));
            assert_true(json_integer_value(json_object_get(frame, "line")) > 0);
            json_decref(body);
            return id;
        }
    }
    char *text = json_dumps(body, JSON_INDENT(1));
    fail_msg("there is no frame of %s: %s", function, text);
    return -1;
}

/* The value of a variable in a scope of a frame. */
static void expect_variable(struct dap *dap, json_int_t frame, size_t scope, const char *name,
                            const char *value)
{
    size_t i;
    json_t *variable, *scopes = ask(dap, "scopes", json_pack("{s:I}", "frameId", frame));
    json_t *one = json_array_get(json_object_get(scopes, "scopes"), scope);
    json_t *body = ask(dap, "variables",
                       json_pack("{s:I}", "variablesReference",
                                 json_integer_value(json_object_get(one, "variablesReference"))));
    bool found = false;
    json_array_foreach(json_object_get(body, "variables"), i, variable)
    {
        if (strcmp(text_of(variable, "name"), name) == 0) {
            assert_string_equal(text_of(variable, "value"), value);
            found = true;
        }
    }
    assert_true(found);
    json_decref(body);
    json_decref(scopes);
}

static void step(struct dap *dap, const char *how, json_int_t thread)
{
    tell(dap, how, json_pack("{s:I}", "threadId", thread));
    assert_int_equal(await_stop(dap, "step"), thread);
}

/* ---- what editors do ---- */

static void a_program_is_launched_stepped_looked_at_and_run_to_its_end(void **state)
{
    (void)state;
    struct dap dap;
    dap_start(&dap, "launch", "launchCommands", FIXTURE("watched"),
              ARGUMENTS(SERVER_TOOL, "--once", ":0", FIXTURE("watched"), "work", "1", "9"));
    break_at(&dap, "main");
    tell(&dap, "configurationDone", json_object());
    json_int_t thread = await_stop(&dap, "breakpoint");
    json_int_t frame = find_frame(&dap, thread, "main");
    expect_variable(&dap, frame, 0, "argc", "4");
    json_t *body = ask(
        &dap, "evaluate",
        json_pack("{s:s, s:I, s:s}", "expression", "argc * 10 + 2", "frameId", frame, "context", "watch"));
    assert_string_equal(text_of(body, "result"), "42");
    json_decref(body);

    step(&dap, "next", thread);
    step(&dap, "next", thread);

    break_at(&dap, "work_in_threads");
    tell(&dap, "continue", json_pack("{s:I}", "threadId", thread));
    assert_int_equal(await_stop(&dap, "breakpoint"), thread);
    expect_variable(&dap, find_frame(&dap, thread, "work_in_threads"), 0, "count", "1");
    step(&dap, "next", thread);

    break_at(&dap, "counted");
    tell(&dap, "continue", json_pack("{s:I}", "threadId", thread));
    json_int_t worker = await_stop(&dap, "breakpoint");
    find_frame(&dap, worker, "work");
    body = ask(&dap, "threads", json_object());
    assert_true(json_array_size(json_object_get(body, "threads")) >= 2);
    json_decref(body);
    step(&dap, "stepIn", worker);
    step(&dap, "stepOut", worker);

    tell(&dap, "setFunctionBreakpoints", json_pack("{s:[]}", "breakpoints"));
    tell(&dap, "continue", json_pack("{s:I}", "threadId", worker));
    body = await_event(&dap, "exited");
    assert_int_equal(json_integer_value(json_object_get(body, "exitCode")), 42);
    json_decref(body);
    tell(&dap, "disconnect", json_object());
    dap_end(&dap, 0);
}

static void a_crash_is_told(void **state)
{
    (void)state;
    struct dap dap;
    dap_start(&dap, "launch", "launchCommands", FIXTURE("watched"),
              ARGUMENTS(SERVER_TOOL, "--once", ":0", FIXTURE("watched"), "fault"));
    tell(&dap, "configurationDone", json_object());
    json_int_t thread = await_stop(&dap, "exception");
    expect_variable(&dap, find_frame(&dap, thread, "main"), 0, "argc", "2");
    tell(&dap, "disconnect", json_pack("{s:b}", "terminateDebuggee", 1));
    dap_end(&dap, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_launched_stepped_looked_at_and_run_to_its_end),
        cmocka_unit_test(a_crash_is_told),
    };
    return cmocka_run_group_tests_name("the Debug Adapter Protocol with hdbg-server", tests, NULL, NULL);
}

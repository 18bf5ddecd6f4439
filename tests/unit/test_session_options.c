/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Sessions made with good and bad options; policy, numbers, log.
 */
#include "session_world.h"

#include <fcntl.h>
#include <stdio.h>

static void bad_options_are_refused(void **state)
{
    (void)state;
    hdbg_mock *mock;
    assert_ok(hdbg_mock_create(NULL, &mock));
    hdbg_session *session;
    const hdbg_session_options good = {.size = sizeof good, .kernel = hdbg_mock_kernel(mock)};
    hdbg_session_options bad = good;
    bad.size = 0;
    assert_status(hdbg_session_create(&bad, &session), HDBG_BAD_VALUE);
    bad = good;
    bad.follow = 5;
    assert_status(hdbg_session_create(&bad, &session), HDBG_BAD_VALUE);
    bad = good;
    bad.port_capacity = 4097;
    assert_status(hdbg_session_create(&bad, &session), HDBG_BAD_VALUE);
    bad = good;
    bad.request_timeout = -1;
    assert_status(hdbg_session_create(&bad, &session), HDBG_BAD_VALUE);
    assert_ok(hdbg_session_create(&good, &session));
    hdbg_session_destroy(session);
    hdbg_mock_destroy(mock);
}

static void a_kernel_of_another_version_is_refused(void **state)
{
    (void)state;
    hdbg_mock *mock;
    assert_ok(hdbg_mock_create(NULL, &mock));
    hdbg_kernel_ops ops = *hdbg_mock_kernel(mock)->ops;
    ops.version = 99;
    hdbg_kernel kernel = {&ops, hdbg_mock_kernel(mock)->context};
    hdbg_session_options options = {.size = sizeof options, .kernel = &kernel};
    hdbg_session *session;
    assert_status(hdbg_session_create(&options, &session), HDBG_BAD_VALUE);
    assert_sentence("cannot create a session: the kernel's table is of version 99, not 1");
    hdbg_mock_destroy(mock);
}

/* What lies behind the end of such a table is anything. */
static void a_kernel_of_an_earlier_version_is_taken_with_what_it_has(void **state)
{
    (void)state;
    hdbg_mock *mock;
    assert_ok(hdbg_mock_create(NULL, &mock));
    hdbg_kernel_ops ops = *hdbg_mock_kernel(mock)->ops;
    ops.size = offsetof(hdbg_kernel_ops, memory_read);
    memset((char *)&ops + ops.size, 0xff, sizeof ops - ops.size);
    hdbg_kernel kernel = {&ops, hdbg_mock_kernel(mock)->context};
    hdbg_session_options options = {.size = sizeof options, .kernel = &kernel};
    hdbg_session *session;
    assert_ok(hdbg_session_create(&options, &session));
    assert_int_equal(hdbg_session_kernel(session)->ops->size, sizeof ops);
    assert_null(hdbg_session_kernel(session)->ops->memory_read);
    assert_null(hdbg_session_kernel(session)->ops->core_notes);
    assert_ptr_equal(hdbg_session_kernel(session)->ops->port_create, ops.port_create);
    hdbg_session_destroy(session);
    ops.size--;
    assert_status(hdbg_session_create(&options, &session), HDBG_BAD_VALUE);
    assert_non_null(strstr(hdbg_last_error(), "the kernel's table has "));
    hdbg_mock_destroy(mock);
}

static void a_session_without_a_port_says_so(void **state)
{
    (void)state;
    hdbg_mock *mock;
    assert_ok(hdbg_mock_create(NULL, &mock));
    hdbg_mock_fail(mock, "port_create", HDBG_NO_MORE_PORTS, 1);
    hdbg_session_options options = {.size = sizeof options, .kernel = hdbg_mock_kernel(mock)};
    hdbg_session *session;
    assert_status(hdbg_session_create(&options, &session), HDBG_NO_MORE_PORTS);
    assert_non_null(strstr(hdbg_last_error(), "cannot create a session's port: "));
    hdbg_mock_destroy(mock);
}

static void the_port_holds_4096_messages(void **state)
{
    world *w = *state;
    hdbg_port_info info = {.size = sizeof info};
    hdbg_port_id port = -1;
    for (hdbg_port_id id = 1; id < 1000 && port < 0; id++) {
        if (w->kernel->ops->port_info(w->kernel->context, id, &info) == HDBG_OK &&
            strcmp(info.name, "debugger") == 0)
            port = id;
    }
    assert_true(port > 0);
    assert_int_equal(info.capacity, 4096);
}

static void nothing_of_a_session_is_left(void **state)
{
    (void)state;
    hdbg_mock *mock;
    assert_ok(hdbg_mock_create(NULL, &mock));
    hdbg_kernel *kernel = hdbg_mock_kernel(mock);
    hdbg_session_options options = {.size = sizeof options, .kernel = kernel};
    hdbg_session *session;
    assert_ok(hdbg_session_create(&options, &session));
    int descriptor = hdbg_session_descriptor(session);
    assert_true(descriptor >= 0);
    assert_ptr_equal(hdbg_session_kernel(session), kernel);
    hdbg_session_destroy(session);
    hdbg_port_info info = {.size = sizeof info};
    for (hdbg_port_id id = 1; id < 1000; id++)
        assert_status(kernel->ops->port_info(kernel->context, id, &info), HDBG_BAD_PORT_ID);
    assert_int_equal(fcntl(descriptor, F_GETFD), -1);
    hdbg_session_destroy(NULL);
    hdbg_mock_destroy(mock);
}

static void signals_stop_and_pass_by_default(void **state)
{
    world *w = *state;
    for (int32_t signal = 1; signal <= HDBG_SIGNAL_MAX; signal++)
        assert_int_equal(hdbg_session_signal_policy(w->session, signal), HDBG_SIGNAL_STOP | HDBG_SIGNAL_PASS);
    assert_int_equal(hdbg_session_signal_policy(w->session, 0), 0);
    assert_int_equal(hdbg_session_signal_policy(w->session, 65), 0);
    assert_ok(hdbg_session_set_signal_policy(w->session, 7, HDBG_SIGNAL_PASS));
    assert_int_equal(hdbg_session_signal_policy(w->session, 7), HDBG_SIGNAL_PASS);
    assert_int_equal(hdbg_session_signal_policy(w->session, 8), HDBG_SIGNAL_STOP | HDBG_SIGNAL_PASS);
    assert_ok(hdbg_session_set_signal_policy(w->session, 0, 0));
    assert_int_equal(hdbg_session_signal_policy(w->session, 64), 0);
    assert_status(hdbg_session_set_signal_policy(w->session, 65, 0), HDBG_BAD_VALUE);
    assert_status(hdbg_session_set_signal_policy(w->session, 1, 8), HDBG_BAD_VALUE);
}

static void take_line(void *context, int32_t level, const char *text)
{
    char *lines = context;
    size_t used = strlen(lines);
    snprintf(lines + used, 1000 - used, "%d %s\n", (int)level, text);
}

static void the_log_tells_teams_that_come_and_go(void **state)
{
    (void)state;
    char lines[1000] = "";
    hdbg_session_options options = {
        .size = sizeof options, .log = take_line, .log_context = lines, .log_level = HDBG_LOG_INFO};
    world *w = world_make(&options, NULL, 1);
    assert_ok(hdbg_mock_team_end(w->mock, TEAM, 0, -1));
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_string_equal(lines, "2 attached to team 500\n2 team 500 is over\n");
    world_free(w);
}

static void a_missing_default_debugger_is_warned_of(void **state)
{
    (void)state;
    char lines[1000] = "";
    hdbg_mock *mock;
    assert_ok(hdbg_mock_create(NULL, &mock));
    hdbg_mock_set_default_debugger(mock, 0, 0);
    hdbg_session_options options = {.size = sizeof options,
                                    .kernel = hdbg_mock_kernel(mock),
                                    .log = take_line,
                                    .log_context = lines,
                                    .log_level = HDBG_LOG_WARNING};
    hdbg_session *session;
    assert_ok(hdbg_session_create(&options, &session));
    assert_string_equal(lines, "1 no default debugger is registered: the kernel will drop serious events\n");
    hdbg_session_destroy(session);
    hdbg_mock_destroy(mock);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(a_kernel_of_another_version_is_refused),
        cmocka_unit_test(a_kernel_of_an_earlier_version_is_taken_with_what_it_has),
        cmocka_unit_test(a_session_without_a_port_says_so),
        TEST(the_port_holds_4096_messages),
        cmocka_unit_test(nothing_of_a_session_is_left),
        TEST(signals_stop_and_pass_by_default),
        cmocka_unit_test(the_log_tells_teams_that_come_and_go),
        cmocka_unit_test(a_missing_default_debugger_is_warned_of),
    };
    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}

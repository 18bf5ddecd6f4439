/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The world of session_world.h.
 */
#include "session_world.h"

#include <stdlib.h>

world *world_make(const hdbg_session_options *given, const hdbg_mock_options *mock_options, int attach)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_ok(hdbg_mock_create(mock_options, &w->mock));
    w->kernel = hdbg_mock_kernel(w->mock);
    assert_ok(hdbg_mock_team_add(w->mock, TEAM, "victim"));
    assert_ok(hdbg_mock_thread_add(w->mock, TEAM, WORKER, "worker"));
    assert_true(hdbg_mock_memory_add(w->mock, TEAM, CODE, NULL, 0x1000, HDBG_AREA_READ | HDBG_AREA_EXECUTE) >
                0);
    assert_true(
        hdbg_mock_memory_add(w->mock, TEAM, STACK, NULL, STACK_SIZE, HDBG_AREA_READ | HDBG_AREA_WRITE) > 0);

    hdbg_session_options options = {.size = sizeof options};
    if (given != NULL)
        options = *given;
    options.kernel = w->kernel;
    assert_ok(hdbg_session_create(&options, &w->session));
    if (attach) {
        assert_ok(hdbg_team_attach(w->session, TEAM, 0, &w->team));
        w->thread = hdbg_team_main_thread(w->team);
        w->worker = hdbg_team_thread(w->team, WORKER);
        assert_non_null(w->thread);
        assert_non_null(w->worker);
    }
    hdbg_mock_transcript_clear(w->mock);
    return w;
}

void world_free(world *w)
{
    hdbg_thread_release(w->thread);
    hdbg_thread_release(w->worker);
    hdbg_session_destroy(w->session);
    hdbg_team_release(w->team);
    const char *wrong = hdbg_mock_verify(w->mock);
    if (wrong != NULL)
        fail_msg("%s", wrong);
    hdbg_mock_destroy(w->mock);
    free(w);
}

int world_setup(void **state)
{
    *state = world_make(NULL, NULL, 1);
    return 0;
}

int world_teardown(void **state)
{
    world_free(*state);
    return 0;
}

hdbg_event *next_event(world *w, int32_t type)
{
    hdbg_event *event;
    assert_ok(hdbg_wait(w->session, NULL, 5 * 1000 * 1000, &event));
    if (hdbg_event_type_of(event) != type)
        fail_msg("%s came, not %s", hdbg_event_type_name(hdbg_event_type_of(event)),
                 hdbg_event_type_name(type));
    return event;
}

void expect_event(world *w, int32_t type)
{
    hdbg_event_release(next_event(w, type));
}

void expect_no_event(world *w)
{
    hdbg_event *event = NULL;
    hdbg_status status = hdbg_wait(w->session, NULL, 0, &event);
    if (status == HDBG_OK)
        fail_msg("%s came", hdbg_event_type_name(hdbg_event_type_of(event)));
    assert_status(status, HDBG_WOULD_BLOCK);
}

void stop_with(world *w, hdbg_thread *thread, int32_t type)
{
    assert_ok(hdbg_mock_stop(w->mock, hdbg_thread_id_of(thread), type));
    expect_event(w, type);
}

void stop_with_signal(world *w, hdbg_thread *thread, int32_t signal, hdbg_address handler, int deadly)
{
    hdbg_nub_event event = {
        .type = HDBG_EVENT_SIGNAL_RECEIVED, .thread = hdbg_thread_id_of(thread), .team = TEAM};
    event.data.signal.signal = signal;
    event.data.signal.deadly = deadly;
    event.data.signal.handler.handler = handler;
    event.data.signal.has_info = 1;
    event.data.signal.info.signal = signal;
    event.data.signal.info.team = 77;
    assert_ok(hdbg_mock_send(w->mock, &event));
    expect_event(w, HDBG_EVENT_SIGNAL_RECEIVED);
}

void stop_with_exception(world *w, hdbg_thread *thread, int32_t exception, int32_t signal)
{
    hdbg_nub_event event = {
        .type = HDBG_EVENT_EXCEPTION_OCCURRED, .thread = hdbg_thread_id_of(thread), .team = TEAM};
    event.data.exception.exception = exception;
    event.data.exception.signal = signal;
    assert_ok(hdbg_mock_send(w->mock, &event));
    expect_event(w, HDBG_EVENT_EXCEPTION_OCCURRED);
}

static void set_register(hdbg_cpu_state *cpu, const char *name, uint64_t value)
{
    const hdbg_register *reg = hdbg_arch_register_by_name((hdbg_arch)cpu->arch, name);
    assert_non_null(reg);
    assert_ok(hdbg_cpu_state_set(cpu, reg, &value, reg->size));
}

void place(world *w, hdbg_thread *thread, hdbg_address pc, hdbg_address sp, uint64_t flags)
{
    static hdbg_cpu_state cpu;
    assert_ok(hdbg_mock_cpu_state_get(w->mock, hdbg_thread_id_of(thread), &cpu));
    cpu.arch = HDBG_ARCH_X86_64;
    cpu.size = 1040;
    set_register(&cpu, "rip", pc);
    set_register(&cpu, "rsp", sp);
    set_register(&cpu, "eflags", flags);
    assert_ok(hdbg_mock_cpu_state_set(w->mock, hdbg_thread_id_of(thread), &cpu));
}

uint64_t mock_register(world *w, hdbg_thread *thread, const char *name)
{
    static hdbg_cpu_state cpu;
    assert_ok(hdbg_mock_cpu_state_get(w->mock, hdbg_thread_id_of(thread), &cpu));
    const hdbg_register *reg = hdbg_arch_register_by_name((hdbg_arch)cpu.arch, name);
    assert_non_null(reg);
    uint64_t value = 0;
    assert_ok(hdbg_cpu_state_get(&cpu, reg, &value, sizeof value));
    return value;
}

void expect_transcript(world *w, const char *lines)
{
    assert_string_equal(hdbg_mock_transcript(w->mock), lines);
    hdbg_mock_transcript_clear(w->mock);
}

void forget_transcript(world *w)
{
    hdbg_mock_transcript_clear(w->mock);
}

hdbg_session_statistics statistics(world *w)
{
    hdbg_session_statistics numbers = {.size = sizeof numbers};
    assert_ok(hdbg_session_statistics_get(w->session, &numbers));
    return numbers;
}

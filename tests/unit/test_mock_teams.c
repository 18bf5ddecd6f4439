/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock's teams: attaching, launching, stopping, ending, and what is told of them.
 */
#include "nub_fixture.h"

#define OPS     fixture->kernel->ops
#define CONTEXT fixture->kernel->context

/* The next event, which has to be of this type. */
static hdbg_nub_event next_event(struct fixture *fixture, int32_t type)
{
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX];
    int32_t code;
    hdbg_nub_event event;
    int64_t size = OPS->port_read(CONTEXT, fixture->port, &code, bytes, sizeof bytes, 0);
    assert_true(size > 0);
    assert_int_equal(code, type);
    assert_int_equal(
        hdbg_nub_event_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, code, bytes, (size_t)size, &event),
        HDBG_OK);
    return event;
}

static void no_event(struct fixture *fixture)
{
    int32_t code;
    assert_int_equal(OPS->port_read(CONTEXT, fixture->port, &code, NULL, 0, 0), HDBG_WOULD_BLOCK);
}

static void attaching_fails_as_on_haiku(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(OPS->install_team_debugger(CONTEXT, TEAM, fixture->port), HDBG_BAD_VALUE);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, 12345, fixture->port), HDBG_BAD_TEAM_ID);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, HDBG_MOCK_OWN_TEAM, fixture->port),
                     HDBG_NOT_ALLOWED);
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, TEAM), HDBG_OK);
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, TEAM), HDBG_BAD_TEAM_ID);
    assert_int_equal(OPS->install_team_debugger(CONTEXT, TEAM, 12345), HDBG_BAD_PORT_ID);
    assert_true(OPS->install_team_debugger(CONTEXT, TEAM, fixture->port) > 0);
}

static void letting_a_team_go_continues_its_threads(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_THREAD_DEBUGGED);
    hdbg_nub_set_breakpoint(fixture->nub, 0x1000);
    assert_true(hdbg_mock_thread_is_stopped(fixture->mock, THREAD));
    assert_int_equal(hdbg_mock_breakpoint_at(fixture->mock, TEAM, 0x1000), 1);
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, TEAM), HDBG_OK);
    assert_false(hdbg_mock_thread_is_stopped(fixture->mock, THREAD));
    assert_int_equal(hdbg_mock_breakpoint_at(fixture->mock, TEAM, 0x1000), 0);
}

static void debug_thread_stops_a_thread_once(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(OPS->debug_thread(CONTEXT, THREAD), HDBG_OK);
    hdbg_nub_event event = next_event(fixture, HDBG_EVENT_THREAD_DEBUGGED);
    assert_int_equal(event.thread, THREAD);
    assert_int_equal(event.team, TEAM);
    assert_int_equal(event.nub_port, fixture->nub_port);
    assert_int_equal(OPS->debug_thread(CONTEXT, THREAD), HDBG_OK);
    no_event(fixture);
    assert_int_equal(OPS->debug_thread(CONTEXT, 12345), HDBG_BAD_THREAD_ID);
}

static void the_nub_is_a_thread_that_cannot_be_stopped(void **state)
{
    struct fixture *fixture = *state;
    int64_t cookie = 0;
    int nubs = 0, others = 0;
    hdbg_thread_info info = {.size = sizeof info};
    while (OPS->next_thread(CONTEXT, TEAM, &cookie, &info) == HDBG_OK) {
        nubs += (info.flags & HDBG_THREAD_IS_NUB) != 0;
        others += (info.flags & HDBG_THREAD_IS_NUB) == 0;
        if (info.flags & HDBG_THREAD_IS_NUB)
            assert_int_equal(OPS->debug_thread(CONTEXT, info.thread), HDBG_NOT_ALLOWED);
    }
    assert_int_equal(nubs, 1);
    assert_int_equal(others, 2);
    hdbg_team_info team = {.size = sizeof team};
    assert_int_equal(OPS->team_info(CONTEXT, TEAM, &team), HDBG_OK);
    assert_int_equal(team.thread_count, 2);
    assert_int_equal(team.debugger_nub_port, fixture->nub_port);
}

static void lists_survive_the_death_of_what_they_list(void **state)
{
    struct fixture *fixture = *state;
    hdbg_image_info image = {.type = HDBG_IMAGE_LIBRARY};
    for (image.id = 1; image.id <= 3; image.id++)
        assert_int_equal(hdbg_mock_image_add(fixture->mock, TEAM, &image), HDBG_OK);
    int64_t cookie = 0;
    assert_int_equal(OPS->next_image(CONTEXT, TEAM, &cookie, &image), HDBG_OK);
    hdbg_mock_image_remove(fixture->mock, TEAM, 1);
    hdbg_mock_image_remove(fixture->mock, TEAM, 2);
    assert_int_equal(OPS->next_image(CONTEXT, TEAM, &cookie, &image), HDBG_OK);
    assert_int_equal(image.id, 3);
    assert_int_equal(OPS->next_image(CONTEXT, TEAM, &cookie, &image), HDBG_BAD_INDEX);
    assert_int_equal(OPS->next_image(CONTEXT, 12345, &cookie, &image), HDBG_BAD_TEAM_ID);
}

static void memory_is_areas(void **state)
{
    struct fixture *fixture = *state;
    int64_t cookie = 0;
    hdbg_area_info area = {.size = sizeof area};
    hdbg_mock_memory_set_name(fixture->mock, TEAM, MEMORY + 7, "heap", "/file", 4096);
    assert_int_equal(OPS->next_area(CONTEXT, TEAM, &cookie, &area), HDBG_OK);
    assert_true(area.address == MEMORY && area.length == MEMORY_SIZE && area.offset == 4096);
    assert_string_equal(area.name, "heap");
    assert_string_equal(area.path, "/file");
    assert_int_equal(OPS->next_area(CONTEXT, TEAM, &cookie, &area), HDBG_BAD_INDEX);
    assert_int_equal(hdbg_mock_memory_add(fixture->mock, TEAM, MEMORY + 100, NULL, 10, 0), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_mock_memory_write(fixture->mock, TEAM, MEMORY + MEMORY_SIZE - 1, "ab", 2),
                     HDBG_BAD_ADDRESS);
    assert_int_equal(hdbg_mock_memory_remove(fixture->mock, TEAM, MEMORY), HDBG_OK);
    char byte;
    assert_int_equal(hdbg_mock_memory_read(fixture->mock, TEAM, MEMORY, &byte, 1), HDBG_BAD_ADDRESS);
}

static void a_clone_outlives_the_memory_it_shows(void **state)
{
    struct fixture *fixture = *state;
    hdbg_area_id area;
    hdbg_address mapped;
    assert_int_equal(hdbg_nub_clone_area(fixture->nub, MEMORY, &area, &mapped), HDBG_OK);
    hdbg_area_info info = {.size = sizeof info};
    assert_int_equal(OPS->area_info(CONTEXT, area, &info), HDBG_OK);
    assert_true(info.address == mapped && info.length == MEMORY_SIZE && info.team == HDBG_MOCK_OWN_TEAM);
    hdbg_mock_memory_write(fixture->mock, TEAM, MEMORY, "new", 4);
    assert_string_equal((const char *)(uintptr_t)mapped, "new");
    hdbg_mock_team_end(fixture->mock, TEAM, 0, -1);
    assert_string_equal((const char *)(uintptr_t)mapped, "new");
    assert_int_equal(OPS->delete_area(CONTEXT, area), HDBG_OK);
    assert_int_equal(OPS->delete_area(CONTEXT, area), HDBG_BAD_VALUE);
}

/* ---- launching ---- */

static void launch_program(struct fixture *fixture)
{
    hdbg_mock_team_add(fixture->mock, 600, "program");
    hdbg_mock_team_set_program(fixture->mock, 600, "/bin/program");
    hdbg_launch_spec spec = {.size = sizeof spec, .path = "/bin/program"};
    assert_int_equal(OPS->launch(CONTEXT, &spec), 600);
}

static int32_t thread_state(struct fixture *fixture, hdbg_thread_id thread)
{
    hdbg_thread_info info = {.size = sizeof info};
    assert_int_equal(OPS->thread_info(CONTEXT, thread, &info), HDBG_OK);
    return info.state;
}

static void a_program_is_not_there_before_its_launch(void **state)
{
    struct fixture *fixture = *state;
    hdbg_team_info info = {.size = sizeof info};
    hdbg_launch_spec spec = {.size = sizeof spec, .path = "/bin/program"};
    assert_int_equal(OPS->launch(CONTEXT, &spec), HDBG_ENTRY_NOT_FOUND);
    hdbg_mock_team_add(fixture->mock, 600, "program");
    hdbg_mock_team_set_program(fixture->mock, 600, "/bin/program");
    assert_int_equal(OPS->team_info(CONTEXT, 600, &info), HDBG_BAD_TEAM_ID);
    assert_int_equal(OPS->launch(CONTEXT, &spec), 600);
    assert_int_equal(OPS->team_info(CONTEXT, 600, &info), HDBG_OK);
    assert_int_equal(info.parent, HDBG_MOCK_OWN_TEAM);
    assert_int_equal(thread_state(fixture, 600), HDBG_THREAD_SUSPENDED);
    assert_int_equal(OPS->resume_thread(CONTEXT, 600), HDBG_OK);
    assert_int_equal(OPS->resume_thread(CONTEXT, 600), HDBG_BAD_THREAD_STATE);
    assert_int_equal(OPS->launch(CONTEXT, &spec), HDBG_ENTRY_NOT_FOUND);
}

static hdbg_nub *attach(struct fixture *fixture, hdbg_team_id team)
{
    hdbg_nub *nub;
    hdbg_port_id port = OPS->install_team_debugger(CONTEXT, team, fixture->port);
    assert_true(port > 0);
    assert_int_equal(hdbg_nub_open(fixture->kernel, port, team, HDBG_ARCH_X86_64, &nub), HDBG_OK);
    return nub;
}

static void a_launched_thread_is_continued_through_the_nub(void **state)
{
    struct fixture *fixture = *state;
    launch_program(fixture);
    hdbg_nub *nub = attach(fixture, 600);
    /* single_step is ignored for a thread that is suspended, not stopped. */
    assert_int_equal(hdbg_nub_continue_thread(nub, 600, HDBG_HANDLE_EVENT, 1), HDBG_OK);
    assert_int_equal(thread_state(fixture, 600), HDBG_THREAD_RUNNING);
    no_event(fixture);
    hdbg_nub_close(nub);
}

static void a_continue_in_the_moment_after_launch_is_lost(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_set_launch_race(fixture->mock, 2);
    launch_program(fixture);
    hdbg_nub *nub = attach(fixture, 600);
    assert_int_equal(hdbg_nub_continue_thread(nub, 600, HDBG_HANDLE_EVENT, 0), HDBG_OK);
    assert_int_equal(thread_state(fixture, 600), HDBG_THREAD_SUSPENDED);
    assert_int_equal(hdbg_nub_continue_thread(nub, 600, HDBG_HANDLE_EVENT, 0), HDBG_OK);
    assert_int_equal(thread_state(fixture, 600), HDBG_THREAD_RUNNING);
    hdbg_nub_close(nub);
}

static void a_launched_thread_is_suspended_after_some_looks(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_set_launch_race(fixture->mock, 2);
    launch_program(fixture);
    assert_int_equal(thread_state(fixture, 600), HDBG_THREAD_READY);
    assert_int_equal(thread_state(fixture, 600), HDBG_THREAD_READY);
    assert_int_equal(thread_state(fixture, 600), HDBG_THREAD_SUSPENDED);
}

static void debug_thread_answers_in_the_moment_after_launch(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_set_launch_race(fixture->mock, 1000);
    launch_program(fixture);
    hdbg_nub *nub = attach(fixture, 600);
    assert_int_equal(OPS->debug_thread(CONTEXT, 600), HDBG_OK);
    next_event(fixture, HDBG_EVENT_THREAD_DEBUGGED);
    assert_int_equal(hdbg_nub_continue_thread(nub, 600, HDBG_HANDLE_EVENT, 0), HDBG_OK);
    assert_int_equal(thread_state(fixture, 600), HDBG_THREAD_RUNNING);
    hdbg_nub_close(nub);
}

/* ---- ends ---- */

static void a_launched_team_is_reaped_once(void **state)
{
    struct fixture *fixture = *state;
    hdbg_team_status status;
    launch_program(fixture);
    assert_int_equal(OPS->reap(CONTEXT, 600, &status, 0), HDBG_WOULD_BLOCK);
    assert_int_equal(OPS->reap(CONTEXT, 600, &status, 1000), HDBG_TIMED_OUT);
    hdbg_mock_team_end(fixture->mock, 600, 7, -1);
    assert_int_equal(OPS->reap(CONTEXT, 600, &status, 0), HDBG_OK);
    assert_int_equal(status.status, 7);
    assert_int_equal(status.signal, -1);
    assert_int_equal(OPS->reap(CONTEXT, 600, &status, 0), HDBG_BAD_TEAM_ID);
    assert_int_equal(OPS->reap(CONTEXT, TEAM, &status, 0), HDBG_BAD_TEAM_ID);
}

static void the_end_of_a_team_is_told_and_ends_its_nub(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(OPS->kill_team(CONTEXT, TEAM), HDBG_OK);
    hdbg_nub_event event = next_event(fixture, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(event.thread, -1);
    assert_int_equal(event.team, TEAM);
    assert_int_equal(event.nub_port, -1);
    assert_int_equal(event.data.team_end.signal, 21);
    assert_int_equal(hdbg_nub_set_team_flags(fixture->nub, 0), HDBG_BAD_PORT_ID);
    assert_int_equal(OPS->kill_team(CONTEXT, TEAM), HDBG_BAD_TEAM_ID);
    hdbg_thread_info info = {.size = sizeof info};
    assert_int_equal(OPS->thread_info(CONTEXT, THREAD, &info), HDBG_BAD_THREAD_ID);
}

static void a_team_can_end_without_a_word(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(hdbg_mock_team_vanish(fixture->mock, TEAM, 0, -1), HDBG_OK);
    no_event(fixture);
    assert_int_equal(hdbg_nub_set_team_flags(fixture->nub, 0), HDBG_BAD_PORT_ID);
}

static void sigkill_ends_a_team_and_other_signals_are_noted(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(OPS->send_signal(CONTEXT, THREAD, 18), HDBG_OK);
    no_event(fixture);
    assert_int_equal(OPS->send_team_signal(CONTEXT, TEAM, 9), HDBG_OK);
    assert_int_equal(next_event(fixture, HDBG_EVENT_TEAM_DELETED).data.team_end.signal, 9);
    assert_int_equal(OPS->send_signal(CONTEXT, THREAD, 18), HDBG_BAD_THREAD_ID);
    assert_string_equal(hdbg_mock_transcript(fixture->mock), "send_signal thread=501 signal=SIGUSR1\n"
                                                             "send_team_signal team=500 signal=SIGKILL\n"
                                                             "send_signal thread=501 signal=SIGUSR1\n");
}

static void a_full_debugger_port_loses_the_end_of_a_team(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_event update = {.type = HDBG_EVENT_PROFILER_UPDATE, .thread = THREAD};
    for (int i = 0; i < 16; i++)
        assert_int_equal(hdbg_mock_send(fixture->mock, &update), HDBG_OK);
    assert_int_equal(hdbg_mock_team_end(fixture->mock, TEAM, 0, -1), HDBG_OK);
    for (int i = 0; i < 16; i++)
        next_event(fixture, HDBG_EVENT_PROFILER_UPDATE);
    no_event(fixture);
}

static void a_full_debugger_port_holds_threads_up(void **state)
{
    struct fixture *fixture = *state;
    hdbg_nub_event update = {.type = HDBG_EVENT_PROFILER_UPDATE, .thread = THREAD};
    for (int i = 0; i < 15; i++)
        hdbg_mock_send(fixture->mock, &update);
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_DEBUGGER_CALL);
    hdbg_mock_stop(fixture->mock, TEAM, HDBG_EVENT_PRE_SYSCALL);
    hdbg_mock_stop(fixture->mock, TEAM, HDBG_EVENT_POST_SYSCALL);
    for (int i = 0; i < 15; i++)
        next_event(fixture, HDBG_EVENT_PROFILER_UPDATE);
    next_event(fixture, HDBG_EVENT_DEBUGGER_CALL);
    next_event(fixture, HDBG_EVENT_PRE_SYSCALL);
    next_event(fixture, HDBG_EVENT_POST_SYSCALL);
    no_event(fixture);
}

static void without_a_default_debugger_serious_events_are_lost(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(OPS->has_default_debugger(CONTEXT), 1);
    hdbg_mock_set_default_debugger(fixture->mock, 0, 1); /* and the kernel denies it */
    assert_int_equal(OPS->has_default_debugger(CONTEXT), 1);
    assert_int_equal(hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_SINGLE_STEP), HDBG_BAD_PORT_ID);
    assert_false(hdbg_mock_thread_is_stopped(fixture->mock, THREAD));
    assert_int_equal(OPS->debug_thread(CONTEXT, THREAD), HDBG_OK);
    no_event(fixture);
    assert_int_equal(hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_PRE_SYSCALL), HDBG_OK);
}

static void a_handover_tells_both_and_sends_stops_again(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_DEBUGGER_CALL);
    next_event(fixture, HDBG_EVENT_DEBUGGER_CALL);
    hdbg_nub_set_team_flags(fixture->nub, HDBG_TEAM_SIGNALS);
    hdbg_nub_set_breakpoint(fixture->nub, 0x1000);
    hdbg_nub_prepare_handover(fixture->nub);
    assert_int_equal(hdbg_mock_breakpoint_at(fixture->mock, TEAM, 0x1000), 0);
    struct fixture other = *fixture;
    other.port = OPS->port_create(CONTEXT, 16, "the other");
    assert_int_equal(OPS->install_team_debugger(CONTEXT, TEAM, other.port), fixture->nub_port);
    assert_int_equal(next_event(fixture, HDBG_EVENT_HANDED_OVER).data.handed_over.debugger_port, other.port);
    hdbg_nub_event event = next_event(&other, HDBG_EVENT_HANDED_OVER);
    assert_int_equal(event.thread, -1);
    assert_int_equal(event.nub_port, fixture->nub_port);
    next_event(&other, HDBG_EVENT_DEBUGGER_CALL);
    no_event(fixture);
    assert_int_equal(hdbg_mock_team_flags(fixture->mock, TEAM), 0);
}

static void the_world_follows_the_events(void **state)
{
    struct fixture *fixture = *state;
    hdbg_thread_info thread = {.size = sizeof thread};
    hdbg_nub_event event = {.type = HDBG_EVENT_THREAD_CREATED, .thread = THREAD, .data.new_thread = 555};
    hdbg_mock_send(fixture->mock, &event);
    assert_int_equal(OPS->thread_info(CONTEXT, 555, &thread), HDBG_OK);
    event = (hdbg_nub_event){.type = HDBG_EVENT_THREAD_DELETED, .thread = 555};
    hdbg_mock_send(fixture->mock, &event);
    assert_int_equal(OPS->thread_info(CONTEXT, 555, &thread), HDBG_BAD_THREAD_ID);

    hdbg_image_info image;
    int64_t cookie = 0;
    event = (hdbg_nub_event){.type = HDBG_EVENT_IMAGE_CREATED, .thread = THREAD, .data.image.info.id = 3};
    hdbg_mock_send(fixture->mock, &event);
    assert_int_equal(OPS->next_image(CONTEXT, TEAM, &cookie, &image), HDBG_OK);
    event.type = HDBG_EVENT_IMAGE_DELETED;
    hdbg_mock_send(fixture->mock, &event);
    cookie = 0;
    assert_int_equal(OPS->next_image(CONTEXT, TEAM, &cookie, &image), HDBG_BAD_INDEX);
    event = (hdbg_nub_event){.type = HDBG_EVENT_TEAM_DELETED, .team = TEAM};
    hdbg_mock_send(fixture->mock, &event);
    hdbg_team_info team = {.size = sizeof team};
    assert_int_equal(OPS->team_info(CONTEXT, TEAM, &team), HDBG_BAD_TEAM_ID);
}

static void destroying_the_kernel_lets_teams_go(void **state)
{
    struct fixture *fixture = *state;
    hdbg_mock_stop(fixture->mock, THREAD, HDBG_EVENT_DEBUGGER_CALL);
    hdbg_nub_close(fixture->nub);
    fixture->nub = NULL;
    OPS->destroy(CONTEXT);
    assert_false(hdbg_mock_thread_is_stopped(fixture->mock, THREAD));
    hdbg_port_info info = {.size = sizeof info};
    assert_int_equal(OPS->port_info(CONTEXT, fixture->port, &info), HDBG_BAD_PORT_ID);
}

static void bulk_reads_are_offered_on_request(void **state)
{
    (void)state;
    struct fixture bulk, *fixture = &bulk;
    fixture_open(fixture, HDBG_RELEASE_BETA6, HDBG_ARCH_X86_64, HDBG_MOCK_BULK_READ);
    char buffer[MEMORY_SIZE * 2];
    assert_int_equal(OPS->memory_read(CONTEXT, TEAM, MEMORY, buffer, sizeof buffer), MEMORY_SIZE);
    assert_int_equal(OPS->memory_read(CONTEXT, TEAM, 1, buffer, 1), HDBG_BAD_ADDRESS);
    assert_int_equal(OPS->memory_read(CONTEXT, 12345, MEMORY, buffer, 1), HDBG_BAD_TEAM_ID);
    fixture_close(fixture);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(attaching_fails_as_on_haiku),
        WITH_FIXTURE(letting_a_team_go_continues_its_threads),
        WITH_FIXTURE(debug_thread_stops_a_thread_once),
        WITH_FIXTURE(the_nub_is_a_thread_that_cannot_be_stopped),
        WITH_FIXTURE(lists_survive_the_death_of_what_they_list),
        WITH_FIXTURE(memory_is_areas),
        WITH_FIXTURE(a_clone_outlives_the_memory_it_shows),
        WITH_FIXTURE(a_program_is_not_there_before_its_launch),
        WITH_FIXTURE(a_launched_thread_is_continued_through_the_nub),
        WITH_FIXTURE(a_continue_in_the_moment_after_launch_is_lost),
        WITH_FIXTURE(a_launched_thread_is_suspended_after_some_looks),
        WITH_FIXTURE(debug_thread_answers_in_the_moment_after_launch),
        WITH_FIXTURE(a_launched_team_is_reaped_once),
        WITH_FIXTURE(the_end_of_a_team_is_told_and_ends_its_nub),
        WITH_FIXTURE(a_team_can_end_without_a_word),
        WITH_FIXTURE(sigkill_ends_a_team_and_other_signals_are_noted),
        WITH_FIXTURE(a_full_debugger_port_loses_the_end_of_a_team),
        WITH_FIXTURE(a_full_debugger_port_holds_threads_up),
        WITH_FIXTURE(without_a_default_debugger_serious_events_are_lost),
        WITH_FIXTURE(a_handover_tells_both_and_sends_stops_again),
        WITH_FIXTURE(the_world_follows_the_events),
        WITH_FIXTURE(destroying_the_kernel_lets_teams_go),
        cmocka_unit_test(bulk_reads_are_offered_on_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

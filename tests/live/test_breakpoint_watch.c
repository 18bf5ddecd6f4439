/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Watchpoints in real programs: what hits them, what is refused, how many there are.
 */
#include "session_run.h"

#include <stdbool.h>

/* The fixture with its threads made, which wait for the start. */
static run *launch(const char *threads, const char *rounds)
{
    run *r = run_launch("watched", ARGUMENTS("work", threads, rounds), HDBG_FOLLOW_NONE);
    run_to(r, "all_there");
    return r;
}

static hdbg_address watched(run *r)
{
    return run_symbol(r->team, "gWatched");
}

/* Goes on to the end, which has to be the fixture's own; answers how many hits there were in each function.
 */
static void expect_hits(run *r, int in_store, int in_load)
{
    int stores = 0, loads = 0;
    assert_ok(hdbg_team_resume(r->team));
    for (bool ended = false; !ended;) {
        hdbg_event *event = run_next(r);
        ended = hdbg_event_type_of(event) == HDBG_EVENT_TEAM_DELETED;
        if (!ended) {
            hdbg_address pc = 0;
            hdbg_symbol symbol = {.size = sizeof symbol};
            assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_WATCHPOINT_HIT);
            assert_ok(hdbg_thread_pc(hdbg_event_thread(event), &pc));
            assert_ok(hdbg_symbol_at(r->team, pc, &symbol));
            stores += strcmp(symbol.name, "store") == 0;
            loads += strcmp(symbol.name, "load") == 0;
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        }
        hdbg_event_release(event);
    }
    assert_int_equal(stores, in_store);
    assert_int_equal(loads, in_load);
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(r->team, &end));
    assert_int_equal(end.status, 42);
    run_free(r);
}

static void a_write_watchpoint_stops_at_each_store_and_at_no_load(void **state)
{
    (void)state;
    run *r = launch("1", "5");
    assert_ok(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_WRITE, 4));
    expect_hits(r, 5, 0);
}

static void a_read_write_watchpoint_stops_at_loads_too(void **state)
{
    (void)state;
    run *r = launch("1", "5");
    assert_ok(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_READ_WRITE, 4));
    expect_hits(r, 5, 5);
}

static void a_watchpoint_is_hit_by_what_touches_one_of_its_bytes_and_by_nothing_beside_it(void **state)
{
    (void)state;
    for (uint32_t length = 1; length <= 2; length++) {
        run *r = launch("1", "3");
        assert_ok(hdbg_watchpoint_set(r->team, watched(r) + 2, HDBG_WATCH_WRITE, length));
        assert_ok(hdbg_watchpoint_set(r->team, watched(r) + 4, HDBG_WATCH_WRITE, 4));
        expect_hits(r, 3, 0);
    }
}

static void a_watchpoint_stops_each_of_many_threads_for_each_store(void **state)
{
    (void)state;
    run *r = launch("20", "10"); /* the threads were there before */
    assert_ok(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_WRITE, 4));
    expect_hits(r, 200, 0);
}

static void a_watchpoint_stops_threads_that_are_made_after_it(void **state)
{
    (void)state;
    run *r = run_launch("watched", ARGUMENTS("work", "20", "10"), HDBG_FOLLOW_NONE);
    run_to(r, "main");
    assert_ok(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_WRITE, 4));
    expect_hits(r, 200, 0);
}

static void a_cleared_watchpoint_stops_nothing(void **state)
{
    (void)state;
    run *r = launch("4", "5");
    assert_ok(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_READ_WRITE, 4));
    assert_ok(hdbg_watchpoint_clear(r->team, watched(r)));
    assert_status(hdbg_watchpoint_clear(r->team, watched(r)), HDBG_BAD_VALUE);
    expect_hits(r, 0, 0);
}

static void what_cannot_be_watched_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    static const struct {
        int32_t offset;
        uint32_t kind, length;
        hdbg_status expected;
    } kCases[] = {
        {0, HDBG_WATCH_READ, 4, HDBG_NOT_SUPPORTED},  {0, HDBG_WATCH_WRITE, 8, HDBG_NOT_SUPPORTED},
        {0, HDBG_WATCH_WRITE, 3, HDBG_NOT_SUPPORTED}, {0, HDBG_WATCH_READ_WRITE, 16, HDBG_NOT_SUPPORTED},
        {2, HDBG_WATCH_WRITE, 4, HDBG_BAD_VALUE},     {1, HDBG_WATCH_WRITE, 2, HDBG_BAD_VALUE},
    };
    run *r = launch("1", "5");
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        hdbg_address address = watched(r) + (hdbg_address)kCases[i].offset;
        assert_status(hdbg_watchpoint_set(r->team, address, kCases[i].kind, kCases[i].length),
                      kCases[i].expected);
        char start[96];
        snprintf(start, sizeof start, "cannot set a watchpoint of %u bytes at 0x", kCases[i].length);
        assert_non_null(strstr(hdbg_last_error(), start));
        assert_status(hdbg_watchpoint_clear(r->team, address), HDBG_BAD_VALUE);
    }
    assert_status(hdbg_watchpoint_set(r->team, 0xffffffff80000000u, HDBG_WATCH_WRITE, 4), HDBG_BAD_ADDRESS);
    expect_hits(r, 0, 0);
}

static void an_address_is_watched_once(void **state)
{
    (void)state;
    run *r = launch("1", "5");
    assert_ok(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_WRITE, 4));
    assert_status(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_WRITE, 4), HDBG_BAD_VALUE);
    expect_hits(r, 5, 0);
}

static void there_are_three_watchpoints_at_most(void **state)
{
    (void)state;
    run *r = launch("1", "5");
    for (int i = 3; i > 0; i--)
        assert_ok(hdbg_watchpoint_set(r->team, watched(r) + 4 * (hdbg_address)i, HDBG_WATCH_WRITE, 4));
    assert_status(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_WRITE, 4), HDBG_BUSY);
    assert_ok(hdbg_watchpoint_clear(r->team, watched(r) + 8));
    assert_ok(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_WRITE, 4));
    expect_hits(r, 5, 0);
}

static void a_detached_team_is_watched_no_more(void **state)
{
    (void)state;
    run *r = launch("4", "5");
    assert_ok(hdbg_watchpoint_set(r->team, watched(r), HDBG_WATCH_WRITE, 4));
    hdbg_team_id id = hdbg_team_id_of(r->team);
    assert_ok(hdbg_team_detach(r->team));
    assert_int_equal(run_reap(id), 42); /* the trap would have killed it */
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_watchpoint_stops_at_each_store_and_at_no_load),
        cmocka_unit_test(a_read_write_watchpoint_stops_at_loads_too),
        cmocka_unit_test(a_watchpoint_is_hit_by_what_touches_one_of_its_bytes_and_by_nothing_beside_it),
        cmocka_unit_test(a_watchpoint_stops_each_of_many_threads_for_each_store),
        cmocka_unit_test(a_watchpoint_stops_threads_that_are_made_after_it),
        cmocka_unit_test(a_cleared_watchpoint_stops_nothing),
        cmocka_unit_test(what_cannot_be_watched_is_refused_and_leaves_nothing),
        cmocka_unit_test(an_address_is_watched_once),
        cmocka_unit_test(there_are_three_watchpoints_at_most),
        cmocka_unit_test(a_detached_team_is_watched_no_more),
    };
    return cmocka_run_group_tests_name("watchpoints of real programs", tests, NULL, NULL);
}

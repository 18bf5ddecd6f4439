/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Breakpoints in programs of many threads: each thread stops at each pass, and none slips by.
 */
#include "session_run.h"

#include <stdbool.h>
#include <stdlib.h>

enum { THREADS = 50, ROUNDS = 8 };

typedef struct tally {
    hdbg_thread_id ids[THREADS + 1];
    int hits[THREADS + 1];
    int threads, total;
} tally;

static void count_hit(tally *t, hdbg_thread_id id)
{
    int i = 0;
    while (i < t->threads && t->ids[i] != id)
        i++;
    assert_true(i <= THREADS);
    if (i == t->threads) {
        t->ids[i] = id;
        t->threads++;
    }
    t->hits[i]++;
    t->total++;
}

/* Goes on to the end; each stop has to be a hit at one of the addresses. */
static tally run_counting(run *r, const hdbg_address *addresses, size_t count)
{
    tally t = {.total = 0};
    assert_ok(hdbg_team_resume(r->team));
    for (bool ended = false; !ended;) {
        hdbg_event *event = run_next(r);
        ended = hdbg_event_type_of(event) == HDBG_EVENT_TEAM_DELETED;
        if (!ended) {
            hdbg_address pc = 0;
            size_t which = 0;
            assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_BREAKPOINT_HIT);
            assert_ok(hdbg_thread_pc(hdbg_event_thread(event), &pc));
            while (which < count && addresses[which] != pc)
                which++;
            assert_true(which < count);
            count_hit(&t, hdbg_event_thread_id(event));
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        }
        hdbg_event_release(event);
    }
    hdbg_team_end end = {.size = sizeof end};
    assert_ok(hdbg_team_end_get(r->team, &end));
    assert_int_equal(end.status, 42);
    return t;
}

static run *launch(void)
{
    char threads[8], rounds[8];
    snprintf(threads, sizeof threads, "%d", THREADS);
    snprintf(rounds, sizeof rounds, "%d", ROUNDS);
    run *r = run_launch("watched", ARGUMENTS("work", threads, rounds), HDBG_FOLLOW_NONE);
    run_to(r, "all_there");
    return r;
}

static void expect_each(const tally *t, int each)
{
    assert_int_equal(t->threads, THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(t->hits[i], each);
}

static void a_breakpoint_in_a_register_is_hit_by_each_thread_at_each_call(void **state)
{
    (void)state;
    run *r = launch();
    hdbg_address counted = run_symbol(r->team, "counted");
    assert_ok(hdbg_breakpoint_set(r->team, counted));
    tally t = run_counting(r, &counted, 1);
    expect_each(&t, ROUNDS);
    run_free(r);
}

static void breakpoints_in_the_code_are_hit_by_each_thread_at_each_call(void **state)
{
    (void)state;
    run *r = launch();
    /* These take the registers, and are never come by. */
    static const char *const kDecoys[] = {"main", "all_there", "answer", "work_in_threads"};
    for (size_t i = 0; i < sizeof kDecoys / sizeof *kDecoys; i++)
        assert_ok(hdbg_breakpoint_set(r->team, run_symbol(r->team, kDecoys[i])));
    hdbg_address all[] = {run_symbol(r->team, "counted"), run_symbol(r->team, "store"),
                          run_symbol(r->team, "load")};
    for (size_t i = 0; i < 3; i++)
        assert_ok(hdbg_breakpoint_set(r->team, all[i]));
    tally t = run_counting(r, all, 3);
    expect_each(&t, 3 * ROUNDS);
    run_free(r);
}

static void a_breakpoint_cleared_in_the_midst_of_hits_leaves_no_thread_behind(void **state)
{
    (void)state;
    run *r = launch();
    hdbg_address counted = run_symbol(r->team, "counted"), at_end = run_symbol(r->team, "at_end");
    assert_ok(hdbg_breakpoint_set(r->team, counted));
    assert_ok(hdbg_team_resume(r->team));
    int before = 0;
    for (; before < THREADS; before++) {
        hdbg_event *event = run_expect(r, HDBG_EVENT_BREAKPOINT_HIT);
        assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
    assert_ok(hdbg_breakpoint_clear(r->team, counted));
    assert_ok(hdbg_breakpoint_set(r->team, at_end));
    /* Hits that were told before it was cleared are still there. */
    int late = 0;
    for (bool at_last = false; !at_last;) {
        hdbg_address pc = 0;
        hdbg_event *event = run_expect(r, HDBG_EVENT_BREAKPOINT_HIT);
        assert_ok(hdbg_thread_pc(hdbg_event_thread(event), &pc));
        at_last = pc == at_end;
        if (!at_last)
            assert_int_equal(pc, counted);
        late += !at_last;
        assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
    assert_true(late <= THREADS);
    assert_int_equal(run_end(r), 42);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breakpoint_in_a_register_is_hit_by_each_thread_at_each_call),
        cmocka_unit_test(breakpoints_in_the_code_are_hit_by_each_thread_at_each_call),
        cmocka_unit_test(a_breakpoint_cleared_in_the_midst_of_hits_leaves_no_thread_behind),
    };
    return cmocka_run_group_tests_name("breakpoints in many threads", tests, NULL, NULL);
}

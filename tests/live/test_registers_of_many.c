/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Registers of more threads than the library keeps the registers of: those that it has given up are asked for
 * again, and are the same.
 */
#include "session_run.h"

#include <stdlib.h>

enum { THREADS = 50, TRAP_FLAG = 0x100 };

typedef struct stopped {
    hdbg_thread *threads[THREADS];
    uint64_t own[THREADS]; /* what the program has in a register */
    hdbg_address counted;
} stopped;

/* All threads stand at one breakpoint, none resumed. */
static run *launch(stopped *s)
{
    run *r = run_launch("watched", ARGUMENTS("work", "50", "1"), HDBG_FOLLOW_NONE);
    run_to(r, "all_there");
    s->counted = run_symbol(r->team, "counted");
    assert_ok(hdbg_breakpoint_set(r->team, s->counted));
    assert_ok(hdbg_team_resume(r->team));
    for (int i = 0; i < THREADS; i++) {
        hdbg_event *event = run_expect(r, HDBG_EVENT_BREAKPOINT_HIT);
        s->threads[i] = hdbg_thread_retain(hdbg_event_thread(event));
        hdbg_event_release(event);
    }
    return r;
}

static void finish(run *r, stopped *s)
{
    for (int i = 0; i < THREADS; i++)
        hdbg_thread_release(s->threads[i]);
    assert_ok(hdbg_breakpoint_clear(r->team, s->counted));
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_to_end(r), 42);
    run_free(r);
}

static void each_stands_at_its_breakpoint_however_often_it_is_asked(void **state)
{
    stopped s;
    run *r = launch(&s);
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < THREADS; i++) {
            hdbg_address pc = 0;
            uint64_t flags = TRAP_FLAG;
            assert_ok(hdbg_thread_pc(s.threads[i], &pc));
            assert_int_equal(pc, s.counted);
            assert_ok(hdbg_thread_register_u64(s.threads[i], "rflags", &flags));
            assert_int_equal(flags & TRAP_FLAG, 0);
        }
    }
    finish(r, &s);
}

static void what_was_written_to_each_is_still_there(void **state)
{
    stopped s;
    run *r = launch(&s);
    (void)state;
    for (int i = 0; i < THREADS; i++) {
        assert_ok(hdbg_thread_register_u64(s.threads[i], "r11", &s.own[i]));
        assert_ok(hdbg_thread_set_register_u64(s.threads[i], "r11", 1000 + (uint64_t)i));
    }
    for (int i = 0; i < THREADS; i++) {
        uint64_t value = 0;
        assert_ok(hdbg_thread_register_u64(s.threads[i], "r11", &value));
        assert_int_equal(value, 1000 + i);
        assert_ok(hdbg_thread_set_register_u64(s.threads[i], "r11", s.own[i]));
    }
    finish(r, &s);
}

static void a_step_of_each_shows_no_trap_flag_afterwards(void **state)
{
    stopped s;
    run *r = launch(&s);
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_ok(hdbg_thread_step(s.threads[i]));
    for (int i = 0; i < THREADS; i++)
        run_skip(r, HDBG_EVENT_SINGLE_STEP);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < THREADS; i++) {
            hdbg_address pc = 0;
            uint64_t flags = TRAP_FLAG;
            assert_ok(hdbg_thread_pc(s.threads[i], &pc));
            assert_in_range(pc, s.counted + 1, s.counted + 15);
            assert_ok(hdbg_thread_register_u64(s.threads[i], "rflags", &flags));
            assert_int_equal(flags & TRAP_FLAG, 0);
        }
    }
    finish(r, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stands_at_its_breakpoint_however_often_it_is_asked),
        cmocka_unit_test(what_was_written_to_each_is_still_there),
        cmocka_unit_test(a_step_of_each_shows_no_trap_flag_afterwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

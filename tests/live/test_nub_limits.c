/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The limits that Haiku's nub has, and its answers beyond them: lengths, addresses, ids; what this nub does
 * not do.
 */
#include "obedient.h"

#include <haikudbg/nub.h>

#include <stddef.h>

enum { BREAKPOINTS = 10240, HOLE = 0x200000 };

static hdbg_status read_memory(nub_run *r, hdbg_address address, int32_t size, int32_t *got)
{
    wire_x86_64_read_memory message = {.address = address, .size = size};
    wire_x86_64_read_memory_reply reply = {.error = -1};
    kt_ask(r->nub, WIRE_READ_MEMORY, &message, sizeof message, &reply, sizeof reply);
    *got = reply.size;
    return reply.error;
}

static hdbg_status write_memory(nub_run *r, hdbg_address address, int32_t size, size_t sent)
{
    wire_x86_64_write_memory message = {.address = address, .size = size};
    wire_x86_64_write_memory_reply reply = {.error = -1};
    memset(message.data, 1, sizeof message.data);
    kt_ask(r->nub, WIRE_WRITE_MEMORY, &message, offsetof(wire_x86_64_write_memory, data) + sent, &reply,
           sizeof reply);
    return reply.error;
}

static void a_message_reads_1024_bytes_at_most(void **state)
{
    nub_run r;
    int32_t got;
    (void)state;
    hdbg_address area = obedient_start(&r);
    assert_int_equal(read_memory(&r, area, 1024, &got), HDBG_OK);
    assert_int_equal(got, 1024);
    assert_int_equal(read_memory(&r, area, 1025, &got), HDBG_BAD_VALUE);
    assert_int_equal(read_memory(&r, area, 0, &got), HDBG_BAD_VALUE);
    assert_int_equal(read_memory(&r, area, -1, &got), HDBG_BAD_VALUE);
    assert_int_equal(read_memory(&r, HOLE, 1, &got), HDBG_BAD_ADDRESS);
    assert_int_equal(read_memory(&r, 0, 1, &got), HDBG_BAD_ADDRESS);
    assert_int_equal(read_memory(&r, UINT64_MAX, 1, &got), HDBG_BAD_ADDRESS);
    obedient_finish(&r);
}

static void a_message_writes_1024_bytes_at_most_and_no_more_than_it_carries(void **state)
{
    nub_run r;
    (void)state;
    hdbg_address area = obedient_start(&r);
    assert_int_equal(write_memory(&r, area, 1024, 1024), HDBG_OK);
    assert_int_equal(write_memory(&r, area, 1024, 1023), HDBG_BAD_VALUE);
    assert_int_equal(write_memory(&r, area, 1025, 1024), HDBG_BAD_VALUE);
    assert_int_equal(write_memory(&r, area, 0, 1024), HDBG_BAD_VALUE);
    assert_int_equal(write_memory(&r, area, -1, 1024), HDBG_BAD_VALUE);
    assert_int_equal(write_memory(&r, HOLE, 1, 1), HDBG_BAD_ADDRESS);
    obedient_finish(&r);
}

static void there_are_10240_breakpoints_at_most(void **state)
{
    nub_run r;
    (void)state;
    hdbg_address area = obedient_start(&r);
    for (unsigned i = 0; i < BREAKPOINTS; i++)
        assert_int_equal(nr_break(&r, area + i), HDBG_OK);
    assert_int_equal(nr_break(&r, area + BREAKPOINTS), HDBG_BUSY);
    assert_int_equal(nr_break(&r, area), HDBG_BUSY);
    nr_unbreak(&r, area + 5);
    assert_int_equal(nr_break(&r, area), HDBG_BAD_VALUE); /* there is one */
    assert_int_equal(nr_break(&r, area + BREAKPOINTS), HDBG_OK);
    assert_int_equal(nr_break(&r, UINT64_MAX), HDBG_BAD_ADDRESS);
    obedient_obeys(&r, 'c');
    obedient_finish(&r);
}

static void masks_of_signals_are_combined_as_asked_and_start_empty(void **state)
{
    static const struct {
        uint32_t op;
        uint64_t mask, result;
    } kSteps[] = {
        {WIRE_MASK_SET, 0xff00, 0xff00}, {WIRE_MASK_OR, 0x0f, 0xff0f},
        {WIRE_MASK_AND, 0x0ff0, 0x0f00}, {7, 0xffff, 0x0f00},
        {WIRE_MASK_SET, 0, 0},
    };
    nub_run r;
    (void)state;
    obedient_start(&r);
    wire_x86_64_get_signal_masks ask = {.thread = r.child.team};
    wire_x86_64_get_signal_masks_reply told = {.ignore_mask = 1};
    kt_ask(r.nub, WIRE_GET_SIGNAL_MASKS, &ask, sizeof ask, &told, sizeof told);
    assert_true(told.ignore_mask == 0 && told.ignore_once_mask == 0);
    for (size_t i = 0; i < sizeof kSteps / sizeof *kSteps; i++) {
        wire_x86_64_set_signal_masks set = {.thread = r.child.team,
                                            .ignore_mask = kSteps[i].mask,
                                            .ignore_op = kSteps[i].op,
                                            .ignore_once_mask = kSteps[i].mask << 32,
                                            .ignore_once_op = kSteps[i].op};
        kt_tell(r.nub, WIRE_SET_SIGNAL_MASKS, &set, sizeof set);
        kt_ask(r.nub, WIRE_GET_SIGNAL_MASKS, &ask, sizeof ask, &told, sizeof told);
        assert_int_equal(told.ignore_mask, kSteps[i].result);
        assert_int_equal(told.ignore_once_mask, kSteps[i].result << 32);
    }
    obedient_finish(&r);
}

static void an_ignored_signal_is_delivered_untold(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    nr_set_flags(&r, HDBG_TEAM_SIGNALS);
    wire_x86_64_set_signal_masks set = {
        .thread = r.child.team, .ignore_mask = HDBG_SIGNAL_MASK(15), .ignore_op = WIRE_MASK_SET};
    kt_tell(r.nub, WIRE_SET_SIGNAL_MASKS, &set, sizeof set);
    assert_int_equal(nr_break(&r, 0), HDBG_BAD_ADDRESS);
    /* SIGTERM has no handler: it ends the team, and nothing stops for it. */
    assert_int_equal(OPS->send_team_signal(CONTEXT, r.child.team, 15), HDBG_OK);
    nr_expect(&r, WIRE_TEAM_DELETED);
    assert_int_equal(r.event.team_deleted.signal, 15);
    kt_expect_end(&r.child, -1, 15);
    OPS->port_delete(CONTEXT, r.port);
}

static void the_state_of_a_thread_that_runs_or_is_not_there_is_refused(void **state)
{
    nub_run r, other;
    (void)state;
    obedient_start(&r);
    obedient_start(&other);
    const struct {
        int32_t thread;
        hdbg_status status;
    } kCases[] = {{r.child.team, HDBG_BAD_THREAD_STATE},
                  {other.child.team, HDBG_BAD_VALUE},
                  {0x3ffffffe, HDBG_BAD_THREAD_ID},
                  {-1, HDBG_BAD_THREAD_ID}};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        wire_x86_64_get_cpu_state message = {.thread = kCases[i].thread};
        wire_x86_64_get_cpu_state_reply reply = {.error = 1};
        kt_ask(r.nub, WIRE_GET_CPU_STATE, &message, sizeof message, &reply, sizeof reply);
        assert_int_equal(reply.error, kCases[i].status);
    }
    obedient_finish(&r);
    obedient_finish(&other);
}

static void profiler_is_answered_with_not_supported(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    wire_x86_64_start_profiler start = {.thread = r.child.team, .interval = 1000};
    wire_x86_64_start_profiler_reply started = {.error = 1};
    kt_ask(r.nub, WIRE_START_PROFILER, &start, sizeof start, &started, sizeof started);
    assert_int_equal(started.error, HDBG_NOT_SUPPORTED);
    wire_x86_64_stop_profiler stop = {.thread = r.child.team};
    wire_x86_64_profiler_update update;
    kt_ask(r.nub, WIRE_STOP_PROFILER, &stop, sizeof stop, &update, sizeof update);
    assert_int_equal(update.origin.thread, HDBG_NOT_SUPPORTED);
    obedient_obeys(&r, 'c');
    obedient_finish(&r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kt_create, kt_destroy)
    const struct CMUnitTest tests[] = {
        TEST(a_message_reads_1024_bytes_at_most),
        TEST(a_message_writes_1024_bytes_at_most_and_no_more_than_it_carries),
        TEST(there_are_10240_breakpoints_at_most),
        TEST(masks_of_signals_are_combined_as_asked_and_start_empty),
        TEST(an_ignored_signal_is_delivered_untold),
        TEST(the_state_of_a_thread_that_runs_or_is_not_there_is_refused),
        TEST(profiler_is_answered_with_not_supported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

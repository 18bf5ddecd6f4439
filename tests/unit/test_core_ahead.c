/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory that is read ahead of what is written of it: the same bytes in the same order, with the holes where
 * they are.
 */
#include "base/fail.h"
#include "core/core.h"

#include <haikudbg/status.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

enum { PAGE = 4096 };
#define BASE UINT64_C(0x10000000)

/* Memory as it is made up: a word says where it is. */
typedef struct memory {
    core_source source;
    uint64_t hole, hole_end; /* cannot be read */
    uint64_t error;          /* from here on the team is gone; 0: it never is */
    pthread_t caller;
    int elsewhere;       /* reads by another thread, */
    int open_to_signals; /* of these in one that signals may be handled in */
} memory;

static uint64_t word_at(uint64_t address)
{
    return address * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static int64_t read_memory(void *context, hdbg_address address, void *buffer, size_t size)
{
    memory *m = context;
    uint64_t end = address + size;
    if (!pthread_equal(pthread_self(), m->caller)) {
        sigset_t blocked;
        pthread_sigmask(SIG_BLOCK, NULL, &blocked);
        m->elsewhere++;
        m->open_to_signals += !sigismember(&blocked, SIGUSR1) || !sigismember(&blocked, SIGALRM);
    }
    if (m->error != 0 && end > m->error)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "it went away at 0x%llx", (unsigned long long)m->error);
    if (address >= m->hole && address < m->hole_end)
        return hdbg_fail(HDBG_BAD_ADDRESS, "there is nothing");
    if (address < m->hole && end > m->hole)
        end = m->hole;
    for (uint64_t at = address; at < end; at += 8) {
        uint64_t word = word_at(at);
        memcpy((uint8_t *)buffer + (at - address), &word, sizeof word);
    }
    return (int64_t)(end - address);
}

static int setup(void **state)
{
    memory *m = calloc(1, sizeof *m);
    if (m == NULL)
        return -1;
    m->source.read = read_memory;
    m->source.context = m;
    m->caller = pthread_self();
    *state = m;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* Takes a stretch, whose bytes have to be right. @return bytes that could not be read. */
static uint64_t expect_stretch(core_ahead *ahead, memory *m, uint64_t address, uint64_t size)
{
    uint64_t holes = 0;
    core_ahead_begin(ahead, address, size);
    for (uint64_t at = address; at < address + size;) {
        uint64_t hole;
        const uint8_t *bytes;
        size_t pages;
        assert_int_equal(core_ahead_next(ahead, &hole, &bytes, &pages), HDBG_OK);
        assert_true(hole + pages > 0 && hole + pages <= address + size - at);
        for (uint64_t i = 0; i < hole; i += PAGE)
            assert_in_range(at + i, m->hole, m->hole_end - 1);
        at += hole;
        for (size_t i = 0; i < pages; i += 8) {
            uint64_t word;
            memcpy(&word, bytes + i, sizeof word);
            if (word != word_at(at + i))
                fail_msg("wrong at 0x%llx", (unsigned long long)(at + i));
        }
        at += pages;
        holes += hole;
    }
    return holes;
}

static void a_long_stretch_comes_whole_and_in_order(void **state)
{
    memory *m = *state;
    core_ahead *ahead = core_ahead_start(&m->source);
    assert_non_null(ahead);
    assert_int_equal(expect_stretch(ahead, m, BASE, 40 * CORE_CHUNK + 3 * PAGE), 0);
    core_ahead_stop(ahead);
    assert_true(m->elsewhere > 40);
}

static void no_signal_of_the_caller_is_handled_where_it_is_read(void **state)
{
    memory *m = *state;
    core_ahead *ahead = core_ahead_start(&m->source);
    assert_non_null(ahead);
    expect_stretch(ahead, m, BASE, 8 * CORE_CHUNK);
    core_ahead_stop(ahead);
    assert_true(m->elsewhere > 0);
    assert_int_equal(m->open_to_signals, 0);
}

static void what_cannot_be_read_is_a_hole_where_it_is(void **state)
{
    memory *m = *state;
    core_ahead *ahead = core_ahead_start(&m->source);
    assert_non_null(ahead);
    m->hole = BASE + 3 * CORE_CHUNK + 5 * PAGE;
    m->hole_end = m->hole + 2 * CORE_CHUNK + 7 * PAGE;
    assert_int_equal(expect_stretch(ahead, m, BASE, 12 * CORE_CHUNK), m->hole_end - m->hole);
    core_ahead_stop(ahead);
}

static void stretches_that_begin_or_end_with_a_hole_are_told_in_full(void **state)
{
    memory *m = *state;
    core_ahead *ahead = core_ahead_start(&m->source);
    assert_non_null(ahead);
    m->hole = BASE - PAGE;
    m->hole_end = BASE + 9 * PAGE;
    assert_int_equal(expect_stretch(ahead, m, BASE, 5 * CORE_CHUNK), 9 * PAGE);
    m->hole = BASE + 5 * CORE_CHUNK - 11 * PAGE;
    m->hole_end = BASE + 6 * CORE_CHUNK;
    assert_int_equal(expect_stretch(ahead, m, BASE, 5 * CORE_CHUNK), 11 * PAGE);
    core_ahead_stop(ahead);
}

static void one_stretch_follows_the_other(void **state)
{
    memory *m = *state;
    core_ahead *ahead = core_ahead_start(&m->source);
    assert_non_null(ahead);
    for (uint64_t i = 1; i < 12; i++)
        assert_int_equal(expect_stretch(ahead, m, BASE * i, i * CORE_CHUNK / 2 + i * PAGE), 0);
    core_ahead_stop(ahead);
}

static void an_error_comes_behind_what_was_read_before_it_with_its_sentence(void **state)
{
    memory *m = *state;
    core_ahead *ahead = core_ahead_start(&m->source);
    hdbg_status status = HDBG_OK;
    uint64_t hole, at = BASE;
    const uint8_t *bytes;
    size_t pages;
    assert_non_null(ahead);
    m->error = BASE + 6 * CORE_CHUNK;
    core_ahead_begin(ahead, BASE, 20 * CORE_CHUNK);
    while (status == HDBG_OK) {
        status = core_ahead_next(ahead, &hole, &bytes, &pages);
        at += hole + pages;
    }
    assert_int_equal(status, HDBG_BAD_TEAM_ID);
    assert_non_null(strstr(hdbg_last_error(), "it went away at"));
    assert_int_equal(at, m->error);
    core_ahead_stop(ahead);
}

static void it_can_be_stopped_in_the_midst(void **state)
{
    memory *m = *state;
    for (int taken = 0; taken < 7; taken++) {
        core_ahead *ahead = core_ahead_start(&m->source);
        uint64_t hole;
        const uint8_t *bytes;
        size_t pages;
        assert_non_null(ahead);
        core_ahead_begin(ahead, BASE, 100 * CORE_CHUNK);
        for (int i = 0; i < taken; i++)
            assert_int_equal(core_ahead_next(ahead, &hole, &bytes, &pages), HDBG_OK);
        core_ahead_stop(ahead);
    }
    assert_true(m->elsewhere < 7 * 100);
    core_ahead_stop(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_long_stretch_comes_whole_and_in_order),
        TEST(no_signal_of_the_caller_is_handled_where_it_is_read),
        TEST(what_cannot_be_read_is_a_hole_where_it_is),
        TEST(stretches_that_begin_or_end_with_a_hole_are_told_in_full),
        TEST(one_stretch_follows_the_other),
        TEST(an_error_comes_behind_what_was_read_before_it_with_its_sentence),
        TEST(it_can_be_stopped_in_the_midst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

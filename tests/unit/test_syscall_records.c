/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Records of system calls: what of memory gets into them, and that none grows beyond its room. And Linux's
 * list of calls, beside the system's headers.
 */
#define _GNU_SOURCE
#include "base/trace.h"
#include "kernel/hosted/syscalls.h"

#include <haikudbg/mock.h>
#include <haikudbg/syscall.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

enum { MEMORY = 0x10000, BYTES = 4 * 4096 };

static uint8_t sMemory[BYTES];

/* Memory from MEMORY on, with nothing behind it. */
static size_t read_memory(void *context, uint64_t address, void *buffer, size_t size)
{
    (void)context;
    if (address < MEMORY || address >= MEMORY + BYTES)
        return 0;
    size_t left = MEMORY + BYTES - (size_t)address;
    memcpy(buffer, sMemory + (address - MEMORY), size < left ? size : left);
    return size < left ? size : left;
}

static const trace_source kSource = {.read = read_memory, .word = 8, .limit = 32};

/* The record of a call, with these arguments; to be freed. */
static trace_record *record(long number, int32_t type, int64_t result, const uint64_t *arguments, size_t room)
{
    trace_record *made = calloc(1, room);
    assert_non_null(made);
    made->size = sizeof *made;
    made->type = type;
    made->number = (uint32_t)number;
    made->result = result;
    memcpy(made->arguments, arguments, sizeof made->arguments);
    hdbg_trace_capture(made, room, hosted_syscall(NULL, HDBG_ARCH_X86_64, (uint32_t)number), &kSource);
    assert_true(made->size <= room);
    return made;
}

static size_t memory_of(const trace_record *record_, uint64_t address, const void **bytes)
{
    const hdbg_traced traced = {
        .size = sizeof traced, .memory = record_ + 1, .memory_size = record_->size - sizeof *record_};
    return hdbg_traced_memory(&traced, address, bytes);
}

static void a_path_is_taken_whole_and_a_text_up_to_the_limit(void **state)
{
    (void)state;
    const void *bytes;
    const uint64_t arguments[8] = {(uint64_t)-100, MEMORY, 0};
    memset(sMemory, 'x', 1000);
    sMemory[1000] = 0;
    trace_record *made = record(SYS_openat, HDBG_EVENT_PRE_SYSCALL, 0, arguments, TRACE_RECORD_MAX);
    assert_int_equal(memory_of(made, MEMORY, &bytes), 1001);
    assert_memory_equal(bytes, sMemory, 1001);
    free(made);
    const uint64_t write[8] = {1, MEMORY, 1000};
    made = record(SYS_write, HDBG_EVENT_PRE_SYSCALL, 0, write, TRACE_RECORD_MAX);
    assert_int_equal(memory_of(made, MEMORY, &bytes), 33); /* one more, so that it shows that there is more */
    free(made);
}

static void an_answer_is_taken_after_the_call_and_as_much_of_it_as_there_is(void **state)
{
    (void)state;
    const void *bytes;
    const uint64_t arguments[8] = {0, MEMORY, 1000};
    trace_record *made = record(SYS_read, HDBG_EVENT_PRE_SYSCALL, 0, arguments, TRACE_RECORD_MAX);
    assert_int_equal(made->size, sizeof *made);
    free(made);
    made = record(SYS_read, HDBG_EVENT_POST_SYSCALL, 5, arguments, TRACE_RECORD_MAX);
    assert_int_equal(memory_of(made, MEMORY, &bytes), 5);
    free(made);
    made = record(SYS_read, HDBG_EVENT_POST_SYSCALL, -14, arguments, TRACE_RECORD_MAX);
    assert_int_equal(made->size, sizeof *made);
    free(made);
}

static void texts_of_an_array_are_taken_each(void **state)
{
    (void)state;
    const void *bytes;
    const uint64_t words[] = {MEMORY + 512, MEMORY + 520, 0};
    memset(sMemory, 0, BYTES);
    memcpy(sMemory, "/bin/ls", 8);
    memcpy(sMemory + 256, words, sizeof words);
    memcpy(sMemory + 512, "ls", 3);
    memcpy(sMemory + 520, "-la", 4);
    const uint64_t arguments[8] = {MEMORY, MEMORY + 256, MEMORY + 256 + 16};
    trace_record *made = record(SYS_execve, HDBG_EVENT_PRE_SYSCALL, 0, arguments, TRACE_RECORD_MAX);
    assert_true(memory_of(made, MEMORY + 256, &bytes) >= sizeof words);
    assert_int_equal(memory_of(made, MEMORY + 512, &bytes), 3);
    assert_true(memory_of(made, MEMORY + 520, &bytes) >= 4);
    assert_string_equal(bytes, "-la");
    free(made);
}

static void what_cannot_be_read_is_left_out(void **state)
{
    (void)state;
    const void *bytes;
    const uint64_t arguments[8] = {1, 0x10, 100};
    trace_record *made = record(SYS_write, HDBG_EVENT_PRE_SYSCALL, 0, arguments, TRACE_RECORD_MAX);
    assert_int_equal(made->size, sizeof *made);
    assert_int_equal(memory_of(made, 0x10, &bytes), 0);
    free(made);
    memset(sMemory, 'y', BYTES);
    const uint64_t end[8] = {(uint64_t)-100, MEMORY + BYTES - 10};
    made = record(SYS_openat, HDBG_EVENT_PRE_SYSCALL, 0, end, TRACE_RECORD_MAX);
    assert_int_equal(memory_of(made, MEMORY + BYTES - 10, &bytes), 10);
    free(made);
}

/* Whatever the arguments are, and however little room there is. */
static void a_record_never_outgrows_its_room(void **state)
{
    (void)state;
    uint64_t seed = 4711;
    for (size_t i = 0; i < BYTES / 8; i++) {
        uint64_t word = MEMORY + (i * 2654435761u) % BYTES;
        memcpy(sMemory + i * 8, &word, 8);
    }
    for (int round = 0; round < 20000; round++) {
        uint64_t arguments[8];
        for (int i = 0; i < 8; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            uint64_t value = seed >> 33;
            arguments[i] = value % 3 == 0 ? MEMORY + value % BYTES : value % 3 == 1 ? value % 5000 : ~value;
        }
        long number = (long)(seed >> 20) % SYSCALL_NUMBERS;
        int32_t type = seed & 1 << 12 ? HDBG_EVENT_PRE_SYSCALL : HDBG_EVENT_POST_SYSCALL;
        size_t room = sizeof(trace_record) + (seed >> 40) % 2000 / 8 * 8;
        free(record(number, type, (int64_t)(seed >> 50), arguments, room));
    }
}

static void a_damaged_record_gives_no_memory(void **state)
{
    (void)state;
    const void *bytes;
    const trace_piece damaged = {MEMORY, 1000, 0};
    const hdbg_traced traced = {.size = sizeof traced, .memory = &damaged, .memory_size = sizeof damaged};
    assert_int_equal(hdbg_traced_memory(&traced, MEMORY, &bytes), 0);
}

static void calls_are_chosen_by_their_bits(void **state)
{
    (void)state;
    uint64_t wanted[(HDBG_TRACE_CALL_MAX + 1) / 64] = {0};
    wanted[1] = 2;
    assert_true(hdbg_trace_wants(HDBG_TRACE_CHOSEN, wanted, 65));
    assert_false(hdbg_trace_wants(HDBG_TRACE_CHOSEN, wanted, 64));
    assert_false(hdbg_trace_wants(HDBG_TRACE_CHOSEN, wanted, HDBG_TRACE_CALL_MAX + 1));
    assert_true(hdbg_trace_wants(0, wanted, 64));
}

/* ---- Linux's list ---- */

static const struct {
    int number;
    const char *name;
} kNames[] = {
#define SYSCALL(number, name) {number, #name},
#include "syscall_names.inc"
};

static void each_call_of_the_systems_headers_has_its_name(void **state)
{
    (void)state;
    assert_true(sizeof kNames / sizeof *kNames > 300);
    for (size_t i = 0; i < sizeof kNames / sizeof *kNames; i++) {
        const hdbg_syscall *call = hosted_syscall(NULL, HDBG_ARCH_X86_64, (uint32_t)kNames[i].number);
        assert_non_null(call);
        assert_string_equal(call->name, kNames[i].name);
        assert_int_equal(call->number, kNames[i].number);
    }
    assert_null(hosted_syscall(NULL, HDBG_ARCH_X86_64, SYSCALL_NUMBERS));
    assert_null(hosted_syscall(NULL, HDBG_ARCH_ARM64, 0));
}

static void arguments_refer_to_arguments_that_are_there(void **state)
{
    (void)state;
    int known = 0;
    for (uint32_t n = 0; n < SYSCALL_NUMBERS; n++) {
        const hdbg_syscall *call = &hosted_syscall_table[n];
        known += call->name != NULL;
        assert_true(call->argument_count <= 6);
        for (int i = 0; call->name != NULL && i < call->argument_count; i++) {
            const hdbg_argument *a = &call->arguments[i];
            assert_true(a->kind >= 0 && a->kind < HDBG_ARGUMENT_KIND_COUNT);
            assert_true(a->length < call->argument_count && a->condition < call->argument_count);
            if (a->kind == HDBG_ARGUMENT_STRUCT || a->kind == HDBG_ARGUMENT_STRUCTS)
                assert_true(a->fields != NULL && a->bytes > 0);
            if (a->kind == HDBG_ARGUMENT_FLAGS || a->kind == HDBG_ARGUMENT_VALUE)
                assert_non_null(a->names);
            for (const hdbg_field *f = a->fields; f != NULL && f->name != NULL; f++)
                assert_true((uint32_t)f->offset + f->bytes <= a->bytes);
        }
    }
    assert_true(known > 150);
}

/* A mock whose kernel has Linux's list. */
static void a_call_of_a_team_that_has_ended_has_its_name_where_numbers_are_fixed(void **state)
{
    (void)state;
    hdbg_mock *mock = NULL;
    hdbg_session *session = NULL;
    hdbg_team *team = NULL;
    hdbg_event *event = NULL;
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    hdbg_kernel_ops ops = *hdbg_mock_kernel(mock)->ops;
    ops.syscall = hosted_syscall;
    hdbg_kernel kernel = {&ops, hdbg_mock_kernel(mock)->context};
    const hdbg_session_options options = {.size = sizeof options, .kernel = &kernel};
    assert_int_equal(hdbg_mock_team_add(mock, 500, "victim"), HDBG_OK);
    assert_int_equal(hdbg_session_create(&options, &session), HDBG_OK);
    assert_int_equal(hdbg_team_attach(session, 500, 0, &team), HDBG_OK);
    assert_int_equal(hdbg_mock_team_end(mock, 500, 0, -1), HDBG_OK);
    assert_int_equal(hdbg_wait(session, NULL, 0, &event), HDBG_OK);
    hdbg_event_release(event);
    assert_int_equal(hdbg_team_state_of(team), HDBG_TEAM_ENDED);
    assert_string_equal(hdbg_syscall_name(team, SYS_close), "close");
    assert_int_equal(hdbg_syscall_find(team, "openat"), SYS_openat);
    hdbg_session_destroy(session);
    hdbg_team_release(team);
    hdbg_mock_destroy(mock);
}

static void results_have_the_names_of_errors(void **state)
{
    (void)state;
    const char *text = NULL;
    assert_string_equal(hosted_syscall_error(NULL, -2, &text), "ENOENT");
    assert_string_equal(text, "No such file or directory");
    assert_null(hosted_syscall_error(NULL, 0, &text));
    assert_null(hosted_syscall_error(NULL, -4096, &text));
    assert_string_equal(hosted_syscall_error(NULL, -4000, &text), "an error that has no name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_taken_whole_and_a_text_up_to_the_limit),
        cmocka_unit_test(an_answer_is_taken_after_the_call_and_as_much_of_it_as_there_is),
        cmocka_unit_test(texts_of_an_array_are_taken_each),
        cmocka_unit_test(what_cannot_be_read_is_left_out),
        cmocka_unit_test(a_record_never_outgrows_its_room),
        cmocka_unit_test(a_damaged_record_gives_no_memory),
        cmocka_unit_test(calls_are_chosen_by_their_bits),
        cmocka_unit_test(each_call_of_the_systems_headers_has_its_name),
        cmocka_unit_test(arguments_refer_to_arguments_that_are_there),
        cmocka_unit_test(a_call_of_a_team_that_has_ended_has_its_name_where_numbers_are_fixed),
        cmocka_unit_test(results_have_the_names_of_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

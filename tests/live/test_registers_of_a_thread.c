/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Registers of a real thread: general, x87, vectors, those of the system; read, written, and seen by the
 * program.
 */
#include "live/inspected.h"

static inspected gIt;

static int start(void **state)
{
    (void)state;
    inspected_start(&gIt, "registers_known", NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    inspected_end(&gIt);
    return 0;
}

static uint64_t value_of(const char *name)
{
    uint64_t value = 0;
    expect_ok(hdbg_thread_register_u64(gIt.thread, name, &value), name);
    return value;
}

static void general_registers_have_what_the_program_put_there(void **state)
{
    (void)state;
    assert_int_equal(value_of("rbx"), 0x1111111111111111);
    assert_int_equal(value_of("rdx"), 0x2222222222222222);
    assert_int_equal(value_of("r12"), 0xcccccccccccccccc);
    assert_int_equal(value_of("r15"), 0xffffffffffffff0f);
    assert_int_equal(value_of("rsi"), inspected_symbol(&gIt, "registers_vectors"));
    assert_int_equal(value_of("rdi"), inspected_symbol(&gIt, "registers_general"));
    assert_true(value_of("sp") < value_of("fp"));
    assert_int_not_equal(value_of("eflags") & 2, 0);
}

static void the_pc_is_at_the_instruction_that_stopped(void **state)
{
    (void)state;
    hdbg_address pc = 0;
    uint8_t code = 0;
    OK(hdbg_thread_pc(gIt.thread, &pc));
    assert_int_equal(pc, value_of("rip"));
    assert_int_equal(pc, value_of("pc"));
    OK(hdbg_memory_read(gIt.team, pc, &code, 1, NULL));
    assert_int_equal(code, 0xcc);
}

static void vectors_have_what_the_program_put_there(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++) {
        uint8_t ymm[32], xmm[16], upper[16];
        char name[16];
        size_t used = 0;
        snprintf(name, sizeof name, "ymm%d", i);
        expect_ok(hdbg_thread_register(gIt.thread, name, ymm, sizeof ymm, &used), name);
        assert_int_equal(used, 32);
        for (int k = 0; k < 32; k++)
            assert_int_equal(ymm[k], i * 16 + k > 255 ? i * 16 + k - 256 : i * 16 + k);
        snprintf(name, sizeof name, "xmm%d", i);
        expect_ok(hdbg_thread_register(gIt.thread, name, xmm, sizeof xmm, NULL), name);
        assert_memory_equal(xmm, ymm, 16);
        snprintf(name, sizeof name, "ymm%dh", i);
        expect_ok(hdbg_thread_register(gIt.thread, name, upper, sizeof upper, NULL), name);
        assert_memory_equal(upper, ymm + 16, 16);
    }
}

static void the_x87_stack_has_what_the_program_put_there(void **state)
{
    (void)state;
    static const uint8_t kPi[10] = {0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40};
    static const uint8_t kTwoAndAHalf[10] = {0, 0, 0, 0, 0, 0, 0, 0xa0, 0x00, 0x40};
    uint8_t st[10];
    OK(hdbg_thread_register(gIt.thread, "st0", st, sizeof st, NULL));
    assert_memory_equal(st, kTwoAndAHalf, 10);
    OK(hdbg_thread_register(gIt.thread, "st1", st, sizeof st, NULL));
    assert_memory_equal(st, kPi, 10);
    assert_int_equal(value_of("fctrl"), 0x37f);
    assert_int_equal(value_of("fstat") >> 11 & 7, 6);
    assert_int_equal(value_of("ftag"), 0x0fff);
    assert_int_equal(value_of("mxcsr") & 0x1f80, 0x1f80);
}

static void what_is_written_is_what_the_program_sees(void **state)
{
    (void)state;
    uint8_t ymm[32], xmm[16], back[16][32];
    uint64_t general[6];
    static const uint8_t kThree[10] = {0, 0, 0, 0, 0, 0, 0, 0xc0, 0x00, 0x40};
    memset(ymm, 0xa5, sizeof ymm);
    memset(xmm, 0x5a, sizeof xmm);
    OK(hdbg_thread_set_register(gIt.thread, "ymm7", ymm, sizeof ymm));
    OK(hdbg_thread_set_register(gIt.thread, "xmm8", xmm, sizeof xmm));
    OK(hdbg_thread_set_register(gIt.thread, "st0", kThree, sizeof kThree));
    OK(hdbg_thread_set_register_u64(gIt.thread, "rbx", 0x123456789abcdef0));
    OK(hdbg_thread_set_register_u64(gIt.thread, "r14", 7));
    assert_int_equal(value_of("r14"), 7);
    OK(hdbg_thread_resume(gIt.thread, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
    OK(hdbg_memory_read(gIt.team, inspected_symbol(&gIt, "registers_vectors"), back, sizeof back, NULL));
    OK(hdbg_memory_read(gIt.team, inspected_symbol(&gIt, "registers_general"), general, sizeof general,
                        NULL));
    assert_memory_equal(back[7], ymm, 32);
    assert_memory_equal(back[8], xmm, 16);
    assert_int_equal(back[8][16], 8 * 16 + 16);
    assert_int_equal(back[6][31], 6 * 16 + 31);
    assert_int_equal(general[0], 0x123456789abcdef0);
    assert_int_equal(general[1], 0xcccccccccccccccc);
    assert_int_equal(general[3], 7);
    double three = 0;
    OK(hdbg_memory_read(gIt.team, inspected_symbol(&gIt, "registers_stack"), &three, sizeof three, NULL));
    assert_true(three == 3.0);
}

static void a_whole_state_can_be_read_and_put_back(void **state)
{
    (void)state;
    hdbg_cpu_state before, after;
    OK(hdbg_thread_cpu_state(gIt.thread, &before));
    assert_int_equal(before.arch, HDBG_ARCH_X86_64);
    assert_int_equal(before.size, 1040);
    OK(hdbg_thread_set_cpu_state(gIt.thread, &before));
    OK(hdbg_thread_cpu_state(gIt.thread, &after));
    assert_memory_equal(after.data, before.data, before.size);
}

static void registers_beyond_haikus_state_are_told_by_this_kernel(void **state)
{
    (void)state;
    hdbg_address self = 0;
    uint64_t base = value_of("fs_base");
    /* The first word of a thread's control block points at itself. */
    OK(hdbg_memory_read_pointer(gIt.team, base, &self));
    assert_int_equal(self, base);
    OK(hdbg_thread_set_register_u64(gIt.thread, "gs_base", 0x1000));
    assert_int_equal(value_of("gs_base"), 0x1000);
    assert_int_equal(value_of("orig_rax"), UINT64_MAX);
}

static void a_wrong_name_size_or_value_is_refused(void **state)
{
    (void)state;
    uint8_t value[64] = {0};
    uint64_t number = 0;
    assert_int_equal(hdbg_thread_register(gIt.thread, "x19", value, sizeof value, NULL), HDBG_NAME_NOT_FOUND);
    assert_non_null(strstr(hdbg_last_error(), "x19"));
    assert_int_equal(hdbg_thread_register(gIt.thread, "xmm0", value, 15, NULL), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_thread_register(gIt.thread, "fs_base", value, 4, NULL), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_thread_set_register(gIt.thread, "rax", value, 4), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_thread_register_u64(gIt.thread, "ymm0", &number), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_thread_set_register_u64(gIt.thread, "xmm0", 1), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_thread_set_register_u64(gIt.thread, "eflags", UINT64_C(1) << 32), HDBG_BAD_VALUE);
    assert_int_equal(hdbg_thread_set_register_u64(gIt.thread, "nothing", 1), HDBG_NAME_NOT_FOUND);
}

static void a_thread_that_runs_or_has_ended_has_no_registers_to_read(void **state)
{
    (void)state;
    uint64_t value = 0;
    hdbg_thread *thread = hdbg_thread_retain(gIt.thread);
    OK(hdbg_thread_resume(thread, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
    OK(hdbg_thread_resume(thread, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_TEAM_DELETED);
    hdbg_status status = hdbg_thread_register_u64(thread, "rax", &value);
    assert_true(status == HDBG_TEAM_GONE || status == HDBG_THREAD_GONE);
    hdbg_thread_release(thread);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(general_registers_have_what_the_program_put_there),
        TEST(the_pc_is_at_the_instruction_that_stopped),
        TEST(vectors_have_what_the_program_put_there),
        TEST(the_x87_stack_has_what_the_program_put_there),
        TEST(what_is_written_is_what_the_program_sees),
        TEST(a_whole_state_can_be_read_and_put_back),
        TEST(registers_beyond_haikus_state_are_told_by_this_kernel),
        TEST(a_wrong_name_size_or_value_is_refused),
        TEST(a_thread_that_runs_or_has_ended_has_no_registers_to_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Stacks of each processor, made up: where its frames have their callers, and what ends a list.
 */
#include "session_world.h"

#include <haikudbg/stack.h>

static hdbg_frame gFrames[16];
static size_t gCount;
static int32_t gEnd;

static world *make(hdbg_arch arch)
{
    hdbg_mock_options options = {.size = sizeof options, .arch = (int32_t)arch};
    return world_make(NULL, &options, 1);
}

static void set_register(world *w, hdbg_cpu_state *cpu, const char *name, uint64_t value)
{
    const hdbg_register *reg = hdbg_arch_register_by_name((hdbg_arch)cpu->arch, name);
    assert_non_null(reg);
    assert_ok(hdbg_cpu_state_set(cpu, reg, &value, reg->size));
    assert_ok(hdbg_mock_cpu_state_set(w->mock, TEAM, cpu));
}

/* Registers, a stop, and a walk. `link` counts on processors that have such a register. */
static void walk_from(world *w, hdbg_arch arch, uint64_t pc, uint64_t sp, uint64_t fp, uint64_t link)
{
    hdbg_cpu_state cpu;
    memset(&cpu, 0, sizeof cpu);
    cpu.arch = (uint32_t)arch;
    cpu.size = arch == HDBG_ARCH_X86_64  ? 1040
               : arch == HDBG_ARCH_X86   ? 592
               : arch == HDBG_ARCH_ARM64 ? 272
                                         : 520;
    set_register(w, &cpu, "pc", pc);
    set_register(w, &cpu, "sp", sp);
    set_register(w, &cpu, "fp", fp);
    const hdbg_register *reg = hdbg_arch_register_by_role(arch, HDBG_ROLE_RETURN_ADDRESS);
    if (reg != NULL)
        set_register(w, &cpu, reg->name, link);
    stop_with(w, w->thread, HDBG_EVENT_BREAKPOINT_HIT);
    gCount = 0;
    assert_ok(hdbg_stack_walk(w->thread, gFrames, 16, &gCount, &gEnd));
}

static void put(world *w, hdbg_address address, uint64_t value, size_t size)
{
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, address, &value, size));
}

static void expect_pcs(const uint64_t *pcs, size_t count, int32_t end)
{
    if (gCount != count || gEnd != end)
        fail_msg("%zu frames, not %zu; end %d, not %d", gCount, count, gEnd, end);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(gFrames[i].pc, pcs[i]);
}
#define EXPECT(end, ...)                                                                                     \
    expect_pcs((const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t),  \
               end)

/* Two records at 0x20100 and 0x20200, the second the outermost. */
static void chain(world *w, int saved, int address, size_t word)
{
    put(w, STACK + 0x100 + saved, STACK + 0x200, word);
    put(w, STACK + 0x100 + address, CODE + 0x100, word);
    put(w, STACK + 0x200 + saved, 0, word);
    put(w, STACK + 0x200 + address, CODE + 0x200, word);
}

static void each_processor_has_its_frames_where_its_compilers_put_them(void **state)
{
    (void)state;
    static const struct {
        hdbg_arch arch;
        int saved, address, caller_sp;
        size_t word;
    } kCases[] = {{HDBG_ARCH_X86_64, 0, 8, 16, 8},
                  {HDBG_ARCH_X86, 0, 4, 8, 4},
                  {HDBG_ARCH_ARM64, 0, 8, 16, 8},
                  {HDBG_ARCH_RISCV64, -16, -8, 0, 8}};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        world *w = make(kCases[i].arch);
        chain(w, kCases[i].saved, kCases[i].address, kCases[i].word);
        walk_from(w, kCases[i].arch, CODE + 0x10, STACK + 0x80, STACK + 0x100, CODE + 0x300);
        EXPECT(HDBG_STACK_COMPLETE, CODE + 0x10, CODE + 0x100, CODE + 0x200);
        assert_int_equal(gFrames[1].frame_pointer, STACK + 0x200);
        assert_int_equal(gFrames[1].sp, STACK + 0x100 + kCases[i].caller_sp);
        assert_int_equal(gFrames[1].source, HDBG_FRAME_POINTER);
        world_free(w);
    }
}

static void after_a_call_of_a_bad_address_the_caller_is_where_the_call_left_it(void **state)
{
    (void)state;
    static const hdbg_arch kArchs[] = {HDBG_ARCH_X86_64, HDBG_ARCH_X86, HDBG_ARCH_ARM64, HDBG_ARCH_RISCV64};
    for (size_t i = 0; i < 4; i++) {
        world *w = make(kArchs[i]);
        int riscv = kArchs[i] == HDBG_ARCH_RISCV64, narrow = kArchs[i] == HDBG_ARCH_X86;
        chain(w, riscv ? -16 : 0, riscv ? -8 : narrow ? 4 : 8, narrow ? 4 : 8);
        put(w, STACK + 0x80, CODE + 0x300, narrow ? 4 : 8);
        walk_from(w, kArchs[i], 0, STACK + 0x80, STACK + 0x100, CODE + 0x300);
        EXPECT(HDBG_STACK_COMPLETE, 0, CODE + 0x300, CODE + 0x100, CODE + 0x200);
        assert_int_equal(gFrames[1].source, HDBG_FRAME_RETURN_ADDRESS);
        assert_int_equal(gFrames[1].frame_pointer, STACK + 0x100);
        world_free(w);
    }
}

static void prologues_and_epilogues_of_x86_are_known_without_symbols(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        size_t size;
        int pushed;
    } kCases[] = {{"\xf3\x0f\x1e\xfa\x55\x48\x89\xe5", 8, 0},
                  {"\x55\x48\x89\xe5", 4, 0},
                  {"\x48\x89\xe5\x90", 4, 1},
                  {"\x48\x8b\xec\x90", 4, 1},
                  {"\xc3", 1, 0},
                  {"\xf3\xc3", 2, 0},
                  {"\xc2\x08\x00", 3, 0}};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        world *w = make(HDBG_ARCH_X86_64);
        chain(w, 0, 8, 8);
        assert_ok(hdbg_mock_memory_write(w->mock, TEAM, CODE + 0x10, kCases[i].code, kCases[i].size));
        put(w, CODE + 0xf, 0x55, 1);
        if (kCases[i].pushed) {
            put(w, STACK + 0x80, STACK + 0x100, 8);
            put(w, STACK + 0x88, CODE + 0x300, 8);
        } else {
            put(w, STACK + 0x80, CODE + 0x300, 8);
        }
        walk_from(w, HDBG_ARCH_X86_64, CODE + 0x10, STACK + 0x80, STACK + 0x100, 0);
        EXPECT(HDBG_STACK_COMPLETE, CODE + 0x10, CODE + 0x300, CODE + 0x100, CODE + 0x200);
        world_free(w);
    }
}

static void damage_ends_the_list_for_a_reason(void **state)
{
    (void)state;
    static const struct {
        uint64_t saved, address;
        int32_t end;
    } kCases[] = {{STACK + 0x80, CODE + 0x200, HDBG_STACK_BROKEN},       /* downwards */
                  {STACK + 0x100, CODE + 0x200, HDBG_STACK_BROKEN},      /* itself */
                  {STACK + 0x201, CODE + 0x200, HDBG_STACK_BROKEN},      /* unaligned */
                  {0x7ffffff000, CODE + 0x200, HDBG_STACK_UNREADABLE},   /* nowhere */
                  {STACK + STACK_SIZE - 8, CODE, HDBG_STACK_UNREADABLE}, /* half beyond the end */
                  {1, CODE + 0x200, HDBG_STACK_COMPLETE}, /* a small number: the outermost function */
                  {0, CODE + 0x200, HDBG_STACK_COMPLETE}};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        world *w = make(HDBG_ARCH_X86_64);
        put(w, STACK + 0x100, kCases[i].saved, 8);
        put(w, STACK + 0x108, kCases[i].address, 8);
        walk_from(w, HDBG_ARCH_X86_64, CODE + 0x10, STACK + 0x80, STACK + 0x100, 0);
        EXPECT(kCases[i].end, CODE + 0x10, kCases[i].address);
        world_free(w);
    }
}

static void a_return_address_has_to_be_code(void **state)
{
    (void)state;
    static const struct {
        uint64_t address;
        int32_t end;
    } kCases[] = {{STACK, HDBG_STACK_BROKEN}, {0x5555, HDBG_STACK_BROKEN}, {0, HDBG_STACK_COMPLETE}};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        world *w = make(HDBG_ARCH_X86_64);
        put(w, STACK + 0x100, STACK + 0x200, 8);
        put(w, STACK + 0x108, kCases[i].address, 8);
        walk_from(w, HDBG_ARCH_X86_64, CODE + 0x10, STACK + 0x80, STACK + 0x100, 0);
        EXPECT(kCases[i].end, CODE + 0x10);
        world_free(w);
    }
}

static void two_stacks_that_lead_to_each_other_come_to_an_end(void **state)
{
    (void)state;
    enum { OTHER = 0x50000 };
    hdbg_frame frames[1000];
    world *w = make(HDBG_ARCH_X86_64);
    assert_true(hdbg_mock_memory_add(w->mock, TEAM, OTHER, NULL, 4096, HDBG_AREA_READ | HDBG_AREA_WRITE) > 0);
    put(w, STACK + 0x100, OTHER + 0x100, 8);
    put(w, STACK + 0x108, CODE + 0x100, 8);
    put(w, OTHER + 0x100, STACK + 0x100, 8);
    put(w, OTHER + 0x108, CODE + 0x100, 8);
    walk_from(w, HDBG_ARCH_X86_64, CODE + 0x10, STACK + 0x80, STACK + 0x100, 0);
    assert_ok(hdbg_stack_walk(w->thread, frames, 1000, &gCount, &gEnd));
    assert_in_range(gCount, 3, 100);
    assert_int_equal(gEnd, HDBG_STACK_BROKEN);
    world_free(w);
}

static void a_deep_stack_is_read_in_large_pieces(void **state)
{
    (void)state;
    enum { BIG = 0x100000, FRAMES = 8000 };
    static hdbg_frame frames[FRAMES + 10];
    hdbg_mock_options options = {.size = sizeof options, .flags = HDBG_MOCK_BULK_READ};
    world *w = world_make(NULL, &options, 1);
    assert_true(hdbg_mock_memory_add(w->mock, TEAM, BIG, NULL, 0x40000, HDBG_AREA_READ | HDBG_AREA_WRITE) >
                0);
    for (uint64_t i = 0; i < FRAMES; i++) {
        put(w, BIG + i * 32, i + 1 < FRAMES ? BIG + (i + 1) * 32 : 0, 8);
        put(w, BIG + i * 32 + 8, CODE + 0x100, 8);
    }
    walk_from(w, HDBG_ARCH_X86_64, CODE + 0x10, BIG, BIG, 0);
    int64_t calls = hdbg_mock_calls(w->mock, "memory_read");
    assert_ok(hdbg_stack_walk(w->thread, frames, FRAMES + 10, &gCount, &gEnd));
    assert_int_equal(gCount, FRAMES + 1);
    assert_int_equal(gEnd, HDBG_STACK_COMPLETE);
    /* 256000 bytes in pieces of 64 KiB, and the code around pc. */
    assert_in_range(hdbg_mock_calls(w->mock, "memory_read") - calls, 4, 12);
    world_free(w);
}

static void a_thread_that_runs_has_no_stack_to_walk(void **state)
{
    (void)state;
    world *w = make(HDBG_ARCH_X86_64);
    gCount = 7;
    assert_status(hdbg_stack_walk(w->thread, gFrames, 16, &gCount, &gEnd), HDBG_BAD_THREAD_STATE);
    assert_int_equal(gCount, 0);
    world_free(w);
}

/* As Haiku's kernel calls a handler: the commpage's function has a frame of its own, then come a return
 * address, on 32-bit x86 a pointer, and the interrupted registers. */
static void behind_haikus_call_of_a_signal_handler_is_what_it_interrupted(void **state)
{
    (void)state;
    enum { COMMPAGE = 0x60000, SLOT = 0x310 };
    static const struct {
        hdbg_arch arch;
        size_t word;
        unsigned pc, sp, fp, fp_number, sp_number;
    } kCases[] = {{HDBG_ARCH_X86_64, 8, 224, 216, 144, 6, 7}, {HDBG_ARCH_X86, 4, 60, 80, 84, 5, 4}};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        world *w = make(kCases[i].arch);
        size_t word = kCases[i].word;
        const hdbg_address data = STACK + SLOT + 8;
        hdbg_image_info commpage = {
            .id = 77, .type = HDBG_IMAGE_SYSTEM, .text = COMMPAGE, .text_size = 0x1000, .path = "commpage"};
        assert_true(hdbg_mock_memory_add(w->mock, TEAM, COMMPAGE, NULL, 0x1000,
                                         HDBG_AREA_READ | HDBG_AREA_EXECUTE) > 0);
        assert_ok(hdbg_mock_image_add(w->mock, TEAM, &commpage));
        /* The handler, its caller, which has made a frame, and where that one was to return to. */
        put(w, STACK + 0x2c0, STACK + SLOT - word, word);
        put(w, STACK + 0x2c0 + word, COMMPAGE + 0x40, word);
        put(w, STACK + SLOT, CODE + 0x500, word);
        put(w, data + kCases[i].pc, CODE + 0x500, word);
        put(w, data + kCases[i].sp, STACK + 0x800, word);
        put(w, data + kCases[i].fp, STACK + 0x900, word);
        put(w, STACK + 0x900, 0, word);
        put(w, STACK + 0x900 + word, CODE + 0x600, word);
        walk_from(w, kCases[i].arch, CODE + 0x10, STACK + 0x280, STACK + 0x2c0, 0);
        EXPECT(HDBG_STACK_COMPLETE, CODE + 0x10, COMMPAGE + 0x40, CODE + 0x500, CODE + 0x600);
        assert_int_equal(gFrames[1].flags, HDBG_FRAME_SIGNAL);
        assert_int_equal(gFrames[2].flags, HDBG_FRAME_EXACT);
        assert_int_equal(gFrames[2].sp, STACK + 0x800);
        assert_int_equal(gFrames[2].frame_pointer, STACK + 0x900);
        hdbg_stack *stack = NULL;
        uint64_t value = 0;
        assert_ok(hdbg_stack_unwind(w->thread, NULL, &stack));
        assert_ok(hdbg_stack_register(stack, 2, (int32_t)kCases[i].fp_number, &value));
        assert_int_equal(value, STACK + 0x900);
        assert_ok(hdbg_stack_register(stack, 2, (int32_t)kCases[i].sp_number, &value));
        assert_int_equal(value, STACK + 0x800);
        hdbg_stack_free(stack);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_processor_has_its_frames_where_its_compilers_put_them),
        cmocka_unit_test(after_a_call_of_a_bad_address_the_caller_is_where_the_call_left_it),
        cmocka_unit_test(prologues_and_epilogues_of_x86_are_known_without_symbols),
        cmocka_unit_test(damage_ends_the_list_for_a_reason),
        cmocka_unit_test(a_return_address_has_to_be_code),
        cmocka_unit_test(two_stacks_that_lead_to_each_other_come_to_an_end),
        cmocka_unit_test(a_deep_stack_is_read_in_large_pieces),
        cmocka_unit_test(behind_haikus_call_of_a_signal_handler_is_what_it_interrupted),
        cmocka_unit_test(a_thread_that_runs_has_no_stack_to_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

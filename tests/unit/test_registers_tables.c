/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The tables of registers, against the layouts that Haiku's headers have (tests/abi) and the numbers of DWARF
 * and GDB.
 */
#include <haikudbg/registers.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const hdbg_arch kArchs[] = {HDBG_ARCH_X86_64, HDBG_ARCH_X86, HDBG_ARCH_ARM64, HDBG_ARCH_RISCV64};
enum { ARCHS = sizeof kArchs / sizeof *kArchs };

/* ---- the layouts that Haiku's headers gave ---- */

static char *read_layouts(hdbg_arch arch)
{
    char path[512];
    snprintf(path, sizeof path, "%s/abi/haiku-%s.json", HDBG_TEST_SOURCES, hdbg_arch_name(arch));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    size_t size = fread(text, 1, (1 << 20) - 1, file);
    assert_true(size > 1000 && size < (1 << 20) - 1);
    fclose(file);
    return text;
}

/* Offset and size of a type's field; its whole size for a NULL field. */
static void layout_of(const char *layouts, const char *type, const char *field, unsigned *offset,
                      unsigned *size)
{
    char key[128];
    snprintf(key, sizeof key, "\"%s\": {\"size\": ", type);
    const char *line = strstr(layouts, key);
    assert_non_null(line);
    *offset = 0;
    *size = (unsigned)atoi(line + strlen(key));
    if (field == NULL)
        return;
    snprintf(key, sizeof key, "\"%s\": [", field);
    const char *found = strstr(line, key);
    assert_non_null(found);
    assert_true(found < strchr(line, '\n'));
    assert_int_equal(sscanf(found + strlen(key), "%u, %u", offset, size), 2);
}

static const hdbg_register *named(hdbg_arch arch, const char *name)
{
    const hdbg_register *reg = hdbg_arch_register_by_name(arch, name);
    if (reg == NULL)
        fail_msg("%s has no register %s", hdbg_arch_name(arch), name);
    return reg;
}

/* A register of the state proper: the field's name in Haiku's struct, ours, element of an array. */
static void expect_at(hdbg_arch arch, const char *layouts, const char *field, const char *name,
                      unsigned element, unsigned element_size)
{
    char type[64];
    unsigned offset, size;
    snprintf(type, sizeof type, "struct %s_debug_cpu_state", hdbg_arch_name(arch));
    layout_of(layouts, type, field, &offset, &size);
    const hdbg_register *reg = named(arch, name);
    if (reg->offset != offset + element * element_size ||
        reg->size > (element_size != 0 ? element_size : size))
        fail_msg("%s is at %u, %u bytes; %s at %u, %u bytes", name, reg->offset, reg->size, field,
                 offset + element * element_size, size);
}

static void x86_registers_lie_where_haiku_has_them(void **state)
{
    (void)state;
    static const char *const k64[] = {"gs",  "fs",  "es",  "ds",  "r15", "r14", "r13", "r12",
                                      "r11", "r10", "r9",  "r8",  "rbp", "rsi", "rdi", "rdx",
                                      "rcx", "rbx", "rax", "rip", "cs",  "rsp", "ss"};
    static const char *const k32[] = {"gs",  "fs",  "es",  "ds",  "edi", "esi", "ebp",
                                      "ebx", "edx", "ecx", "eax", "eip", "cs",  "eflags"};
    char *layouts = read_layouts(HDBG_ARCH_X86_64);
    for (size_t i = 0; i < sizeof k64 / sizeof *k64; i++)
        expect_at(HDBG_ARCH_X86_64, layouts, k64[i], k64[i], 0, 0);
    expect_at(HDBG_ARCH_X86_64, layouts, "rflags", "eflags", 0, 0);
    free(layouts);
    layouts = read_layouts(HDBG_ARCH_X86);
    for (size_t i = 0; i < sizeof k32 / sizeof *k32; i++)
        expect_at(HDBG_ARCH_X86, layouts, k32[i], k32[i], 0, 0);
    expect_at(HDBG_ARCH_X86, layouts, "user_esp", "esp", 0, 0);
    expect_at(HDBG_ARCH_X86, layouts, "user_ss", "ss", 0, 0);
    free(layouts);
}

static void floating_point_and_vectors_lie_where_haiku_has_them(void **state)
{
    (void)state;
    static const struct {
        hdbg_arch arch;
        const char *type, *stack, *vectors;
        unsigned vector_count;
    } kCases[] = {{HDBG_ARCH_X86_64, "struct fpu_state", "fp", "xmm", 16},
                  {HDBG_ARCH_X86, "struct x86_extended_registers", "fp_registers", "xmm_registers", 8}};
    for (size_t c = 0; c < 2; c++) {
        char *layouts = read_layouts(kCases[c].arch), name[16];
        unsigned offset, size;
        layout_of(layouts, kCases[c].type, kCases[c].stack, &offset, &size);
        for (unsigned i = 0; i < 8; i++) {
            snprintf(name, sizeof name, "st%u", i);
            assert_int_equal(named(kCases[c].arch, name)->offset, offset + 16 * i);
            assert_int_equal(named(kCases[c].arch, name)->size, 10);
        }
        layout_of(layouts, kCases[c].type, kCases[c].vectors, &offset, &size);
        assert_int_equal(size, 16 * kCases[c].vector_count);
        for (unsigned i = 0; i < kCases[c].vector_count; i++) {
            snprintf(name, sizeof name, "xmm%u", i);
            assert_int_equal(named(kCases[c].arch, name)->offset, offset + 16 * i);
        }
        static const char *const kFields[][2] = {{"control", "fctrl"},
                                                 {"status", "fstat"},
                                                 {"tag", "ftag"},
                                                 {"opcode", "fop"},
                                                 {"mxcsr", "mxcsr"}};
        for (size_t i = 0; i < sizeof kFields / sizeof *kFields; i++) {
            layout_of(layouts, kCases[c].type, kFields[i][0], &offset, &size);
            assert_int_equal(named(kCases[c].arch, kFields[i][1])->offset, offset);
        }
        if (kCases[c].arch == HDBG_ARCH_X86_64) {
            layout_of(layouts, "struct savefpu", "fp_ymm", &offset, &size);
            for (unsigned i = 0; i < 16; i++) {
                snprintf(name, sizeof name, "ymm%uh", i);
                assert_int_equal(named(kCases[c].arch, name)->offset, offset + 16 * i);
            }
        }
        free(layouts);
    }
}

static void arm64_registers_lie_where_haiku_has_them(void **state)
{
    (void)state;
    char *layouts = read_layouts(HDBG_ARCH_ARM64), name[16];
    for (unsigned i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "x%u", i);
        expect_at(HDBG_ARCH_ARM64, layouts, "x", name, i, 8);
    }
    expect_at(HDBG_ARCH_ARM64, layouts, "lr", "x30", 0, 0);
    expect_at(HDBG_ARCH_ARM64, layouts, "sp", "sp", 0, 0);
    expect_at(HDBG_ARCH_ARM64, layouts, "elr", "pc", 0, 0);
    expect_at(HDBG_ARCH_ARM64, layouts, "spsr", "cpsr", 0, 0);
    free(layouts);
}

static void riscv64_registers_lie_where_haiku_has_them(void **state)
{
    (void)state;
    char *layouts = read_layouts(HDBG_ARCH_RISCV64), name[16];
    for (unsigned i = 1; i < 32; i++) {
        snprintf(name, sizeof name, "x%u", i);
        expect_at(HDBG_ARCH_RISCV64, layouts, "x", name, i - 1, 8);
    }
    for (unsigned i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "f%u", i);
        expect_at(HDBG_ARCH_RISCV64, layouts, "f", name, i, 8);
    }
    expect_at(HDBG_ARCH_RISCV64, layouts, "pc", "pc", 0, 0);
    expect_at(HDBG_ARCH_RISCV64, layouts, "fcsr", "fcsr", 0, 0);
    free(layouts);
}

/* ---- names, numbers, roles ---- */

static void each_register_is_found_by_its_name_and_index(void **state)
{
    (void)state;
    for (size_t a = 0; a < ARCHS; a++) {
        size_t count = 0;
        const hdbg_register *all = hdbg_arch_registers(kArchs[a], &count);
        assert_true(count > 30);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(all[i].index, i);
            assert_ptr_equal(hdbg_arch_register_by_name(kArchs[a], all[i].name), &all[i]);
        }
    }
}

static void gdb_numbers_are_those_of_its_features_without_a_gap(void **state)
{
    (void)state;
    static const struct {
        hdbg_arch arch;
        int numbers;
        struct {
            const char *name;
            int number;
        } some[6];
    } kCases[] = {
        {HDBG_ARCH_X86_64,
         76,
         {{"rax", 0}, {"rbx", 1}, {"rip", 16}, {"st0", 24}, {"fs_base", 58}, {"ymm0h", 60}}},
        {HDBG_ARCH_X86, 41, {{"eax", 0}, {"esp", 4}, {"eip", 8}, {"gs", 15}, {"xmm0", 32}, {"mxcsr", 40}}},
        {HDBG_ARCH_ARM64, 34, {{"x0", 0}, {"x29", 29}, {"x30", 30}, {"sp", 31}, {"pc", 32}, {"cpsr", 33}}},
        {HDBG_ARCH_RISCV64, 65, {{"zero", 0}, {"ra", 1}, {"sp", 2}, {"fp", 8}, {"pc", 32}, {"ft0", 33}}},
    };
    for (size_t c = 0; c < ARCHS; c++) {
        size_t count = 0;
        const hdbg_register *all = hdbg_arch_registers(kCases[c].arch, &count);
        for (int number = 0; number < kCases[c].numbers; number++) {
            int found = 0;
            for (size_t i = 0; i < count; i++)
                found += all[i].gdb == number;
            assert_int_equal(found, 1);
        }
        for (size_t i = 0; i < 6; i++)
            assert_int_equal(named(kCases[c].arch, kCases[c].some[i].name)->gdb, kCases[c].some[i].number);
    }
}

static void dwarf_numbers_are_those_of_the_abi(void **state)
{
    (void)state;
    static const struct {
        hdbg_arch arch;
        int number;
        const char *name;
    } kCases[] = {
        {HDBG_ARCH_X86_64, 0, "rax"},      {HDBG_ARCH_X86_64, 1, "rdx"},   {HDBG_ARCH_X86_64, 2, "rcx"},
        {HDBG_ARCH_X86_64, 3, "rbx"},      {HDBG_ARCH_X86_64, 4, "rsi"},   {HDBG_ARCH_X86_64, 5, "rdi"},
        {HDBG_ARCH_X86_64, 6, "rbp"},      {HDBG_ARCH_X86_64, 7, "rsp"},   {HDBG_ARCH_X86_64, 15, "r15"},
        {HDBG_ARCH_X86_64, 16, "rip"},     {HDBG_ARCH_X86_64, 17, "xmm0"}, {HDBG_ARCH_X86_64, 32, "xmm15"},
        {HDBG_ARCH_X86_64, 33, "st0"},     {HDBG_ARCH_X86_64, 40, "st7"},  {HDBG_ARCH_X86_64, 49, "eflags"},
        {HDBG_ARCH_X86_64, 58, "fs_base"}, {HDBG_ARCH_X86, 1, "ecx"},      {HDBG_ARCH_X86, 2, "edx"},
        {HDBG_ARCH_X86, 4, "esp"},         {HDBG_ARCH_X86, 8, "eip"},      {HDBG_ARCH_X86, 11, "st0"},
        {HDBG_ARCH_X86, 28, "xmm7"},       {HDBG_ARCH_ARM64, 30, "x30"},   {HDBG_ARCH_ARM64, 31, "sp"},
        {HDBG_ARCH_RISCV64, 1, "ra"},      {HDBG_ARCH_RISCV64, 8, "fp"},   {HDBG_ARCH_RISCV64, 42, "fa0"},
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        const hdbg_register *reg = hdbg_arch_register_by_dwarf(kCases[i].arch, kCases[i].number);
        assert_non_null(reg);
        assert_string_equal(reg->name, kCases[i].name);
    }
    assert_null(hdbg_arch_register_by_dwarf(HDBG_ARCH_X86_64, -1));
    assert_null(hdbg_arch_register_by_dwarf(HDBG_ARCH_X86_64, 1000));
    assert_null(hdbg_arch_register_by_dwarf(HDBG_ARCH_UNKNOWN, 0));
}

static void no_dwarf_number_is_given_twice(void **state)
{
    (void)state;
    for (size_t a = 0; a < ARCHS; a++) {
        size_t count = 0;
        const hdbg_register *all = hdbg_arch_registers(kArchs[a], &count);
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < i; k++)
                assert_true(all[i].dwarf < 0 || all[i].dwarf != all[k].dwarf);
    }
}

static void aliases_name_the_same_register_on_every_processor(void **state)
{
    (void)state;
    for (size_t a = 0; a < ARCHS; a++) {
        assert_ptr_equal(named(kArchs[a], "pc"), hdbg_arch_register_by_role(kArchs[a], HDBG_ROLE_PC));
        assert_ptr_equal(named(kArchs[a], "sp"), hdbg_arch_register_by_role(kArchs[a], HDBG_ROLE_SP));
        assert_ptr_equal(named(kArchs[a], "fp"), hdbg_arch_register_by_role(kArchs[a], HDBG_ROLE_FP));
    }
    assert_string_equal(named(HDBG_ARCH_X86_64, "rflags")->name, "eflags");
    assert_string_equal(named(HDBG_ARCH_ARM64, "lr")->name, "x30");
    assert_string_equal(named(HDBG_ARCH_RISCV64, "s0")->name, "fp");
    assert_null(hdbg_arch_register_by_name(HDBG_ARCH_X86_64, "lr"));
    assert_null(hdbg_arch_register_by_name(HDBG_ARCH_X86_64, NULL));
}

static void an_unknown_processor_has_a_name_and_no_registers(void **state)
{
    (void)state;
    size_t count = 7;
    assert_null(hdbg_arch_registers(HDBG_ARCH_UNKNOWN, &count));
    assert_int_equal(count, 0);
    assert_string_equal(hdbg_arch_name((hdbg_arch)99), "unknown");
    assert_int_equal(hdbg_arch_address_size(HDBG_ARCH_UNKNOWN), 0);
    assert_int_equal(hdbg_arch_address_size(HDBG_ARCH_X86), 4);
    assert_int_equal(hdbg_arch_address_size(HDBG_ARCH_RISCV64), 8);
}

/* ---- states ---- */

static void make_state(hdbg_cpu_state *state, hdbg_arch arch)
{
    static const uint32_t kSizes[] = {1040, 592, 272, 520};
    memset(state, 0, sizeof *state);
    state->arch = (uint32_t)arch;
    for (size_t a = 0; a < ARCHS; a++) {
        if (kArchs[a] == arch)
            state->size = kSizes[a];
    }
}

static void what_is_written_is_read_back_and_touches_nothing_else(void **unused)
{
    (void)unused;
    for (size_t a = 0; a < ARCHS; a++) {
        size_t count = 0;
        const hdbg_register *all = hdbg_arch_registers(kArchs[a], &count);
        for (size_t i = 0; i < count; i++) {
            hdbg_cpu_state cpu;
            uint8_t value[32], back[32];
            if (all[i].set == HDBG_REGISTERS_SYSTEM || strcmp(all[i].name, "ftag") == 0 ||
                strcmp(all[i].name, "zero") == 0)
                continue;
            make_state(&cpu, kArchs[a]);
            for (size_t k = 0; k < all[i].size; k++)
                value[k] = (uint8_t)(k + 1);
            assert_int_equal(hdbg_cpu_state_set(&cpu, &all[i], value, all[i].size), HDBG_OK);
            assert_int_equal(hdbg_cpu_state_get(&cpu, &all[i], back, sizeof back), HDBG_OK);
            assert_memory_equal(back, value, all[i].size);
            size_t changed = 0;
            for (size_t k = 0; k < cpu.size; k++)
                changed += cpu.data[k] != 0;
            /* The mark that says that the part of the state is valid is one byte more. */
            assert_in_range(changed, all[i].size, all[i].size + 1u);
        }
    }
}

static void upper_halves_of_ymm_are_zero_unless_the_state_says_that_they_are_there(void **unused)
{
    (void)unused;
    hdbg_cpu_state cpu;
    uint8_t ymm[32], zero[16] = {0};
    make_state(&cpu, HDBG_ARCH_X86_64);
    memset(cpu.data + 160 + 16 * 3, 0x11, 16);
    memset(cpu.data + 576 + 16 * 3, 0x22, 16);
    assert_int_equal(hdbg_cpu_state_get(&cpu, named(HDBG_ARCH_X86_64, "ymm3"), ymm, sizeof ymm), HDBG_OK);
    assert_int_equal(ymm[0], 0x11);
    assert_memory_equal(ymm + 16, zero, 16);
    cpu.data[512] = 7;
    assert_int_equal(hdbg_cpu_state_get(&cpu, named(HDBG_ARCH_X86_64, "ymm3"), ymm, sizeof ymm), HDBG_OK);
    assert_int_equal(ymm[15], 0x11);
    assert_int_equal(ymm[16], 0x22);
    assert_int_equal(ymm[31], 0x22);
}

static void writing_a_ymm_makes_the_upper_halves_valid_and_the_others_zero(void **unused)
{
    (void)unused;
    hdbg_cpu_state cpu;
    uint8_t ymm[32], zero[16] = {0};
    make_state(&cpu, HDBG_ARCH_X86_64);
    memset(cpu.data + 576, 0x33, 256);
    memset(ymm, 0x44, sizeof ymm);
    assert_int_equal(hdbg_cpu_state_set(&cpu, named(HDBG_ARCH_X86_64, "ymm5"), ymm, sizeof ymm), HDBG_OK);
    assert_int_equal(cpu.data[512] & 6, 6);
    assert_int_equal(hdbg_cpu_state_get(&cpu, named(HDBG_ARCH_X86_64, "ymm6"), ymm, sizeof ymm), HDBG_OK);
    assert_memory_equal(ymm + 16, zero, 16);
    assert_int_equal(hdbg_cpu_state_get(&cpu, named(HDBG_ARCH_X86_64, "ymm5"), ymm, sizeof ymm), HDBG_OK);
    assert_int_equal(ymm[31], 0x44);
}

static void the_x87_tag_word_is_what_fsave_would_have_said(void **unused)
{
    (void)unused;
    hdbg_cpu_state cpu;
    uint16_t tags = 0;
    make_state(&cpu, HDBG_ARCH_X86_64);
    const hdbg_register *ftag = named(HDBG_ARCH_X86_64, "ftag");
    assert_int_equal(hdbg_cpu_state_get(&cpu, ftag, &tags, sizeof tags), HDBG_OK);
    assert_int_equal(tags, 0xffff); /* all empty */
    /* Two values were pushed: the stack's top is physical register 6. 1.0 on top of 0.0. */
    cpu.data[3] = 6 << 3;
    cpu.data[4] = 0xc0;
    cpu.data[32 + 7] = 0x80;
    cpu.data[32 + 8] = 0xff;
    cpu.data[32 + 9] = 0x3f;
    assert_int_equal(hdbg_cpu_state_get(&cpu, ftag, &tags, sizeof tags), HDBG_OK);
    assert_int_equal(tags, 0x4fff); /* 7: zero, 6: valid */
    tags = 0xfffc;
    assert_int_equal(hdbg_cpu_state_set(&cpu, ftag, &tags, sizeof tags), HDBG_OK);
    assert_int_equal(cpu.data[4], 0x01);
}

static void the_zero_register_stays_zero(void **unused)
{
    (void)unused;
    hdbg_cpu_state cpu, before;
    uint64_t value = 5;
    make_state(&cpu, HDBG_ARCH_RISCV64);
    before = cpu;
    const hdbg_register *zero = named(HDBG_ARCH_RISCV64, "zero");
    assert_int_equal(hdbg_cpu_state_set(&cpu, zero, &value, sizeof value), HDBG_OK);
    assert_memory_equal(&cpu, &before, sizeof cpu);
    assert_int_equal(hdbg_cpu_state_get(&cpu, zero, &value, sizeof value), HDBG_OK);
    assert_int_equal(value, 0);
}

static void a_state_of_another_processor_is_refused(void **unused)
{
    (void)unused;
    hdbg_cpu_state cpu;
    uint64_t value;
    make_state(&cpu, HDBG_ARCH_ARM64);
    assert_int_equal(hdbg_cpu_state_get(&cpu, named(HDBG_ARCH_X86_64, "rax"), &value, sizeof value),
                     HDBG_BAD_VALUE);
    assert_non_null(strstr(hdbg_last_error(), "rax"));
    make_state(&cpu, HDBG_ARCH_X86_64);
    cpu.size = 100;
    assert_int_equal(hdbg_cpu_state_get(&cpu, named(HDBG_ARCH_X86_64, "rax"), &value, sizeof value),
                     HDBG_BAD_VALUE);
    assert_int_equal(hdbg_cpu_state_role(&cpu, HDBG_ROLE_PC), 0);
}

static void a_buffer_that_is_too_small_is_refused(void **unused)
{
    (void)unused;
    hdbg_cpu_state cpu;
    uint32_t value;
    make_state(&cpu, HDBG_ARCH_X86_64);
    assert_int_equal(hdbg_cpu_state_get(&cpu, named(HDBG_ARCH_X86_64, "rax"), &value, sizeof value),
                     HDBG_BAD_VALUE);
    assert_int_equal(hdbg_cpu_state_set(&cpu, named(HDBG_ARCH_X86_64, "rax"), &value, sizeof value),
                     HDBG_BAD_VALUE);
}

static void a_register_that_haiku_does_not_tell_is_not_supported(void **unused)
{
    (void)unused;
    hdbg_cpu_state cpu;
    uint64_t value;
    make_state(&cpu, HDBG_ARCH_X86_64);
    assert_int_equal(hdbg_cpu_state_get(&cpu, named(HDBG_ARCH_X86_64, "fs_base"), &value, sizeof value),
                     HDBG_NOT_SUPPORTED);
}

static void roles_read_the_registers_that_have_them(void **unused)
{
    (void)unused;
    for (size_t a = 0; a < ARCHS; a++) {
        hdbg_cpu_state cpu;
        uint64_t value = 0x12345678;
        make_state(&cpu, kArchs[a]);
        const hdbg_register *pc = named(kArchs[a], "pc");
        assert_int_equal(hdbg_cpu_state_set(&cpu, pc, &value, pc->size), HDBG_OK);
        assert_int_equal(hdbg_cpu_state_role(&cpu, HDBG_ROLE_PC), value);
        assert_int_equal(hdbg_cpu_state_role(&cpu, HDBG_ROLE_SP), 0);
        assert_int_equal(hdbg_cpu_state_role(&cpu, HDBG_ROLE_NONE), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x86_registers_lie_where_haiku_has_them),
        cmocka_unit_test(floating_point_and_vectors_lie_where_haiku_has_them),
        cmocka_unit_test(arm64_registers_lie_where_haiku_has_them),
        cmocka_unit_test(riscv64_registers_lie_where_haiku_has_them),
        cmocka_unit_test(each_register_is_found_by_its_name_and_index),
        cmocka_unit_test(gdb_numbers_are_those_of_its_features_without_a_gap),
        cmocka_unit_test(dwarf_numbers_are_those_of_the_abi),
        cmocka_unit_test(no_dwarf_number_is_given_twice),
        cmocka_unit_test(aliases_name_the_same_register_on_every_processor),
        cmocka_unit_test(an_unknown_processor_has_a_name_and_no_registers),
        cmocka_unit_test(what_is_written_is_read_back_and_touches_nothing_else),
        cmocka_unit_test(upper_halves_of_ymm_are_zero_unless_the_state_says_that_they_are_there),
        cmocka_unit_test(writing_a_ymm_makes_the_upper_halves_valid_and_the_others_zero),
        cmocka_unit_test(the_x87_tag_word_is_what_fsave_would_have_said),
        cmocka_unit_test(the_zero_register_stays_zero),
        cmocka_unit_test(a_state_of_another_processor_is_refused),
        cmocka_unit_test(a_buffer_that_is_too_small_is_refused),
        cmocka_unit_test(a_register_that_haiku_does_not_tell_is_not_supported),
        cmocka_unit_test(roles_read_the_registers_that_have_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

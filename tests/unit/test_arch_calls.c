/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What stands in front of a return address: calls, and what only looks like one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch/frame.h"

typedef struct code_case {
    int32_t arch;
    int is_call;
    size_t size;
    uint8_t bytes[8]; /* the last is next to the return address */
} code_case;

static void calls_of_each_processor_are_told_from_other_code(void **state)
{
    (void)state;
    static const code_case kCases[] = {
        {HDBG_ARCH_X86_64, 1, 8, {0x90, 0x90, 0x90, 0xe8, 0x10, 0x20, 0x30, 0x00}}, /* call rel32 */
        {HDBG_ARCH_X86_64, 1, 8, {0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0}}, /* call *%rax */
        {HDBG_ARCH_X86_64, 1, 8, {0x90, 0x90, 0x90, 0x90, 0x90, 0x41, 0xff, 0xd4}}, /* call *%r12 */
        {HDBG_ARCH_X86_64, 1, 8, {0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0x50, 0x18}}, /* call *24(%rax) */
        {HDBG_ARCH_X86_64, 1, 8, {0x90, 0x90, 0x90, 0x90, 0xff, 0x54, 0x24, 0x08}}, /* call *8(%rsp) */
        {HDBG_ARCH_X86_64, 1, 8, {0x90, 0x90, 0xff, 0x15, 0x10, 0x20, 0x00, 0x00}}, /* call *(%rip) */
        {HDBG_ARCH_X86_64, 1, 8, {0x90, 0xff, 0x14, 0xc5, 0x10, 0x20, 0x00, 0x00}}, /* call *(,%rax,8) */
        {HDBG_ARCH_X86_64, 1, 8, {0x90, 0xff, 0x94, 0xc8, 0x10, 0x20, 0x00, 0x00}}, /* call *(%rax,%rcx,8) */
        {HDBG_ARCH_X86_64, 0, 8, {0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xe0}}, /* jmp *%rax */
        {HDBG_ARCH_X86_64, 0, 8, {0x90, 0x90, 0x90, 0xe9, 0x10, 0x20, 0x30, 0x00}}, /* jmp rel32 */
        {HDBG_ARCH_X86_64, 0, 8, {0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90}},
        {HDBG_ARCH_X86_64, 0, 8, {0x90, 0x90, 0x90, 0x90, 0x55, 0x48, 0x89, 0xe5}}, /* a prologue */
        {HDBG_ARCH_X86_64, 0, 1, {0xff}},
        {HDBG_ARCH_X86, 1, 5, {0xe8, 0x10, 0x20, 0x30, 0x00}},
        {HDBG_ARCH_X86, 1, 6, {0xff, 0x15, 0x10, 0x20, 0x00, 0x00}},
        {HDBG_ARCH_X86, 0, 2, {0x89, 0xe5}},
        {HDBG_ARCH_ARM64, 1, 4, {0x10, 0x00, 0x00, 0x94}}, /* bl */
        {HDBG_ARCH_ARM64, 1, 4, {0x00, 0x00, 0x3f, 0xd6}}, /* blr x0 */
        {HDBG_ARCH_ARM64, 1, 4, {0x1f, 0x08, 0x3f, 0xd6}}, /* blraaz x0 */
        {HDBG_ARCH_ARM64, 0, 4, {0x10, 0x00, 0x00, 0x14}}, /* b */
        {HDBG_ARCH_ARM64, 0, 4, {0xc0, 0x03, 0x5f, 0xd6}}, /* ret */
        {HDBG_ARCH_ARM64, 0, 2, {0x3f, 0xd6}},
        {HDBG_ARCH_RISCV64, 1, 4, {0xef, 0x00, 0x00, 0x01}}, /* jal ra */
        {HDBG_ARCH_RISCV64, 1, 4, {0xe7, 0x80, 0x07, 0x00}}, /* jalr ra, 0(a5) */
        {HDBG_ARCH_RISCV64, 1, 2, {0x82, 0x97}},             /* c.jalr a5 */
        {HDBG_ARCH_RISCV64, 0, 4, {0x6f, 0x00, 0x00, 0x01}}, /* j */
        {HDBG_ARCH_RISCV64, 0, 4, {0x67, 0x80, 0x00, 0x00}}, /* ret */
        {HDBG_ARCH_RISCV64, 0, 2, {0x82, 0x80}},             /* c.jr ra */
        {HDBG_ARCH_RISCV64, 0, 2, {0x02, 0x90}},             /* c.ebreak */
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        const arch_frame_rules *rules = arch_frame_find(kCases[i].arch);
        assert_non_null(rules);
        if (!rules->ends_with_call(kCases[i].bytes, kCases[i].size) != !kCases[i].is_call)
            fail_msg("case %zu", i);
    }
}

static void the_frame_pointer_is_a_register_that_calls_keep(void **state)
{
    (void)state;
    static const struct {
        int32_t arch;
        int pointer, scratch;
    } kCases[] = {{HDBG_ARCH_X86_64, 6, 0},
                  {HDBG_ARCH_X86, 5, 0},
                  {HDBG_ARCH_ARM64, 29, 0},
                  {HDBG_ARCH_RISCV64, 8, 10}};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        const arch_frame_rules *rules = arch_frame_find(kCases[i].arch);
        assert_true(rules->preserved >> kCases[i].pointer & 1);
        assert_false(rules->preserved >> kCases[i].scratch & 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_each_processor_are_told_from_other_code),
        cmocka_unit_test(the_frame_pointer_is_a_register_that_calls_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

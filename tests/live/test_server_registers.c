/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Registers of each kind, written by GDB: the program itself tells what it has got.
 */
#define _GNU_SOURCE
#include "gdb_run.h"
#include "server_client.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define COMMANDS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define ARGUMENTS(...) COMMANDS(__VA_ARGS__)
#define CASES          HDBG_TEST_FIXTURES "/server_cases"

static void the_program_sees_what_gdb_has_written(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " registers",
            COMMANDS("break registers_stand", "continue", "set $rbx = 0x1111222233334444",
                     "set $r12 = 0x5555666677778888", "set $eflags = $eflags ^ 1", "print/x $eflags & 1",
                     "set $st0 = 2.5", "set $xmm3.v2_int64 = {3, 4}", "set $ymm5.v4_int64[2] = 5",
                     "set $ymm5.v4_int64[3] = 6", "set $mxcsr = 0x1f81", "stepi", "print/x $rbx",
                     "print $st0", "print $xmm3.v2_int64", "print $ymm5.v4_int64[3]", "print/x $mxcsr",
                     "continue"));
    report_expect(run.output_text, "$2 = 0x1111222233334444\n$3 = 2.5\n$4 = {3, 4}\n$5 = 6\n$6 = 0x1f81\n");
    /* The program writes where the server does, for the server's output is GDB's. */
    report_expect(run.error_text, "1111222233334444\n5555666677778888\n");
    report_expect(run.error_text, "\n4004000000000000\n" /* 2.5 */
                                  "0000000000000003\n0000000000000004\n"
                                  "0000000000000005\n0000000000000006\n"
                                  "0000000000001f81\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

/* The flags that are written are those that the program pushes. */
static void flags_are_written(void **state)
{
    (void)state;
    static const char *const kSet[] = {"set $eflags = 0x246", "set $eflags = 0xa47"};
    static const char *const kSeen[] = {"\n0000000000000246\n", "\n0000000000000a47\n"};
    for (int i = 0; i < 2; i++) {
        struct report_run run;
        gdb_all(&run, CASES, "- " CASES " registers",
                COMMANDS("break registers_stand", "continue", kSet[i], "continue"));
        report_expect(run.error_text, kSeen[i]);
        report_clean(&run);
    }
}

static void segments_bases_and_orig_rax_are_written(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " registers",
            COMMANDS("break registers_stand", "continue", "set $base = $fs_base", "set $gs_base = 0x12345000",
                     "set $fs_base = 0x23456000", "stepi", "print/x $gs_base", "print/x $fs_base",
                     "set $fs_base = $base", "set $gs_base = 0", "print $cs", "set $ds = 0x2b", "stepi",
                     "print $ds", "set $orig_rax = -1", "print $orig_rax", "continue"));
    report_expect(run.output_text, "$1 = 0x12345000\n$2 = 0x23456000\n$3 = 51\n");
    report_expect(run.output_text, "$4 = 43\n$5 = -1\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void the_control_registers_of_the_x87_are_written(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " registers",
            COMMANDS("break registers_stand", "continue", "set $fctrl = 0x27f", "set $fstat = $fstat | 0x40",
                     "stepi", "print/x $fctrl", "print/x $fstat & 0x40", "print/x $ftag", "print $fop >= 0",
                     "continue"));
    report_expect(run.output_text, "$1 = 0x27f\n$2 = 0x40\n$3 = 0x");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

/* GDB without descriptions knows the registers that it always knew. */
static void a_client_without_descriptions_gets_no_avx(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " registers",
            COMMANDS("set remote target-features-packet off", "disconnect",
                     "target remote | " SERVER_TOOL " - " CASES " registers", "break registers_stand",
                     "continue", "print $ymm0", "print $xmm0.v4_int32[0] == $xmm0.v4_int32[0]",
                     "set $r12 = 5", "stepi", "print $r12", "kill"));
    report_expect(run.output_text, "$1 = void\n$2 = 1\n");
    report_expect(run.output_text, "$3 = 5\n");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_sees_what_gdb_has_written),
        cmocka_unit_test(flags_are_written),
        cmocka_unit_test(segments_bases_and_orig_rax_are_written),
        cmocka_unit_test(the_control_registers_of_the_x87_are_written),
        cmocka_unit_test(a_client_without_descriptions_gets_no_avx),
    };
    return cmocka_run_group_tests_name("Registers with hdbg-server", tests, NULL, NULL);
}

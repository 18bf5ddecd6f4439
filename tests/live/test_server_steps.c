/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A hundred thousand instructions, each stepped by GDB through hdbg-server: every one is a packet, a message
 * to the nub, and the stop of the program's other thread. Where all is slow by sanitizers, a tenth of them.
 */
#include "effort.h"
#include "gdb_run.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>
#include <cmocka.h>

enum { STEP_PIECES = EFFORT(20, 2) };

#define FIXTURE(name) HDBG_TEST_FIXTURES "/" name

/* In pieces, so that each has its time. */
static void a_hundred_thousand_instructions_are_stepped(void **state)
{
    (void)state;
    struct report_run run;
    char text[16];
    const char *commands[64] = {"break work", "continue", "delete", "set $pieces = 0"};
    int count = 4;
    for (int i = 0; i < STEP_PIECES; i++) {
        commands[count++] = "stepi 5000";
        commands[count++] = "printf \"stepped %d\\n\", ++$pieces";
    }
    commands[count++] = "continue";
    gdb_start(&run, FIXTURE("watched"), "- " FIXTURE("watched") " work 1 100000", commands);
    for (int i = 1; i <= STEP_PIECES; i++) {
        snprintf(text, sizeof text, "stepped %d\n", i);
        report_await_output(&run, text);
    }
    report_finish(&run);
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_thousand_instructions_are_stepped),
    };
    return cmocka_run_group_tests_name("steps of GDB with hdbg-server", tests, NULL, NULL);
}

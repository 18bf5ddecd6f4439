/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Faults and hdbg-server: what is known of one before its signal is sent, and what is left of it after a
 * call.
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

enum { INFO_BYTES = 128 };

/* To the fault of the fixture, whose handler tells whether it was given that fault. */
static void go_to_fault(struct server_client *client)
{
    client_launch(client, NULL, "server_cases", ARGUMENTS("fault"));
    client_ask(client, "vCont;c");
    client_expect(client, "T0b");
}

/* The words of the siginfo_t that is answered: si_signo, si_errno, si_code, padding, si_addr. */
static void read_info(struct server_client *client, int32_t words[6])
{
    client_ask(client, "qXfer:siginfo:read::0,200");
    assert_int_equal(client->size, 1 + INFO_BYTES);
    memcpy(words, client->answer + 1, 6 * sizeof *words);
}

static void the_details_of_a_fault_are_known_before_its_signal_is_sent(void **state)
{
    (void)state;
    struct server_client client;
    int32_t words[6];
    client_launch(&client, NULL, "watched", ARGUMENTS("fault")); /* without a handler */
    client_ask(&client, "vCont;c");
    client_expect(&client, "T0b");
    read_info(&client, words);
    assert_int_equal(words[0], 11); /* SIGSEGV */
    assert_int_equal(words[2], 1);  /* SEGV_MAPERR */
    assert_int_equal(words[4], 0);
    assert_string_equal(client_ask(&client, "vCont;C0b"), "X0b");
    client_end(&client, 0);
}

static void the_details_of_a_fault_with_a_handler_are_known(void **state)
{
    (void)state;
    struct server_client client;
    int32_t words[6];
    go_to_fault(&client);
    read_info(&client, words);
    assert_int_equal(words[0], 11);
    assert_int_equal(words[2], 1);
    assert_int_equal(words[4], 16);
    assert_string_equal(client_ask(&client, "vCont;C0b"), "W2a");
    client_end(&client, 0);
}

/* Haiku tells it as SIGILL; a GNU/Linux target has another signal for it. */
static void a_protection_fault_is_a_segmentation_fault(void **state)
{
    (void)state;
    struct server_client client;
    int32_t words[6];
    client_launch(&client, NULL, "server_cases", ARGUMENTS("wild"));
    client_ask(&client, "vCont;c");
    client_expect(&client, "T0b");
    read_info(&client, words);
    assert_int_equal(words[0], 11);
    assert_int_equal(words[2], 0x80); /* SI_KERNEL */
    assert_string_equal(client_ask(&client, "vCont;C0b"), "X0b");
    client_end(&client, 0);
}

/* Details as hexadecimal digits cannot be sent: they are binary, with a NUL in them. */
static void write_info(struct server_client *client, const char bytes[INFO_BYTES])
{
    char packet[512], frame[600];
    uint8_t sum = 0;
    int size = snprintf(packet, sizeof packet, "qXfer:siginfo:write::0:");
    for (int i = 0; i < INFO_BYTES; i++) {
        if (strchr("#$}*", bytes[i]) != NULL && bytes[i] != '\0') {
            packet[size++] = '}';
            packet[size++] = (char)(bytes[i] ^ 0x20);
        } else {
            packet[size++] = bytes[i];
        }
    }
    for (int i = 0; i < size; i++)
        sum += (uint8_t)packet[i];
    frame[0] = '$';
    memcpy(frame + 1, packet, (size_t)size);
    snprintf(frame + 1 + size, 4, "#%02x", sum);
    client_send_raw(client, frame, (size_t)size + 4);
    client_receive(client);
}

static void a_fault_is_given_as_it_was_after_other_code_has_run(void **state)
{
    (void)state;
    struct server_client client;
    char info[INFO_BYTES], *registers;
    go_to_fault(&client);
    client_ask(&client, "qXfer:siginfo:read::0,200");
    memcpy(info, client.answer + 1, sizeof info);
    registers = strdup(client_ask(&client, "g"));
    /* write_first() is called, and returns to a breakpoint, as in a call from a debugger. */
    uint64_t function = client_symbol(&client, "write_first"), back = client_symbol(&client, "read_third");
    uint64_t stack;
    memset(&stack, 0, sizeof stack);
    client_ask(&client, "p7");
    for (int i = 0; i < 8; i++) {
        char digits[3] = {client.answer[2 * i], client.answer[2 * i + 1], '\0'};
        stack |= (uint64_t)strtoul(digits, NULL, 16) << 8 * i;
    }
    stack = ((stack - 4096) & ~UINT64_C(15)) - 8;
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1", back), "OK");
    assert_string_equal(client_ask(&client, "M%" PRIx64 ",8:%016" PRIx64, stack, __builtin_bswap64(back)),
                        "OK");
    assert_string_equal(client_ask(&client, "P7=%016" PRIx64, __builtin_bswap64(stack)), "OK");
    assert_string_equal(client_ask(&client, "P10=%016" PRIx64, __builtin_bswap64(function)), "OK");
    client_ask(&client, "vCont;c");
    client_expect(&client, "T05swbreak:;");
    assert_string_equal(client_ask(&client, "z0,%" PRIx64 ",1", back), "OK");
    assert_string_equal(client_ask(&client, "G%s", registers), "OK");
    write_info(&client, info);
    assert_string_equal(client.answer, "80");
    client_ask(&client, "qXfer:siginfo:read::0,200");
    assert_memory_equal(client.answer + 1, info, sizeof info);
    assert_string_equal(client_ask(&client, "vCont;C0b"), "W2a");
    client_end(&client, 0);
    free(registers);
}

static void details_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct server_client client;
    char info[INFO_BYTES] = {99};
    go_to_fault(&client);
    client_ask(&client, "qXfer:siginfo:write::0:short");
    client_expect(&client, "E");
    client_ask(&client, "qXfer:siginfo:write::5:x");
    client_expect(&client, "E");
    client_ask(&client, "qXfer:siginfo:write");
    client_expect(&client, "E");
    write_info(&client, info); /* no such signal */
    client_expect(&client, "E");
    assert_string_equal(client_ask(&client, "vCont;C0b"), "W2a");
    client_end(&client, 0);
}

/* ---- GDB ---- */

static void gdb_shows_the_address_of_a_fault(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " fault",
            COMMANDS("continue", "print $_siginfo.si_signo", "print $_siginfo._sifields._sigfault.si_addr",
                     "print $_siginfo.si_code", "kill"));
    report_expect(run.output_text, "Program received signal SIGSEGV");
    report_expect(run.output_text, "$1 = 11\n$2 = (void *) 0x10\n$3 = 1\n");
    report_clean(&run);
}

static void a_call_from_gdb_leaves_a_fault_what_it_was(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " fault",
            COMMANDS("continue", "print (int)strlen(\"x\")", "print (int)strlen(\"two\")",
                     "print $_siginfo._sifields._sigfault.si_addr", "continue"));
    report_expect(run.output_text, "$1 = 1\n$2 = 3\n$3 = (void *) 0x10\n");
    report_expect(run.output_text, "exited with code 052]"); /* the handler has been given that fault */
    report_clean(&run);
}

static void a_call_from_gdb_leaves_a_deadly_fault_deadly(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, HDBG_TEST_FIXTURES "/watched", "- " HDBG_TEST_FIXTURES "/watched fault",
            COMMANDS("continue", "print (int)strlen(\"x\")", "continue"));
    report_expect(run.output_text, "$1 = 1\n");
    report_expect(run.output_text, "Program terminated with signal SIGSEGV, Segmentation fault.");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_details_of_a_fault_are_known_before_its_signal_is_sent),
        cmocka_unit_test(the_details_of_a_fault_with_a_handler_are_known),
        cmocka_unit_test(a_protection_fault_is_a_segmentation_fault),
        cmocka_unit_test(a_fault_is_given_as_it_was_after_other_code_has_run),
        cmocka_unit_test(details_that_make_no_sense_are_refused),
        cmocka_unit_test(gdb_shows_the_address_of_a_fault),
        cmocka_unit_test(a_call_from_gdb_leaves_a_fault_what_it_was),
        cmocka_unit_test(a_call_from_gdb_leaves_a_deadly_fault_deadly),
    };
    return cmocka_run_group_tests_name("Faults with hdbg-server", tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server, packet by packet.
 */
#define _GNU_SOURCE
#include "server_client.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void launch(struct server_client *client, const char *const *arguments)
{
    client_launch(client, NULL, "watched", arguments);
}

/* ---- packets ---- */

static void what_is_not_known_is_answered_with_nothing(void **state)
{
    (void)state;
    struct server_client client;
    static const char *const kUnknown[] = {"vMustReplyEmpty", "vNope", "qNope",    "QNope:1",
                                           "Znope",           "",      "!x",       "R00",
                                           "vRunx",           "qC2",   "Z3,1000,4"};
    launch(&client, ARGUMENTS("work", "1", "1"));
    for (size_t i = 0; i < sizeof kUnknown / sizeof *kUnknown; i++)
        assert_string_equal(client_ask(&client, "%s", kUnknown[i]), "");
    client_run_out(&client, "W2a");
}

static void what_cannot_be_done_is_an_error_and_nothing_worse(void **state)
{
    (void)state;
    struct server_client client;
    static const char *const kBad[] = {"m",
                                       "m1",
                                       "m1,",
                                       "m,1",
                                       "m0,10",
                                       "mfffffffffffffffff,1",
                                       "M0,1:00",
                                       "M0,2:00",
                                       "Mx",
                                       "X0,1:a",
                                       "X0,5:a",
                                       "x0,10",
                                       "p",
                                       "pfff",
                                       "P",
                                       "P10",
                                       "P10=00",
                                       "P10=",
                                       "Gzz00",
                                       "H",
                                       "Hg",
                                       "Hx1",
                                       "Hg7fffffff",
                                       "Hgp1.1",
                                       "T",
                                       "T7fffffff",
                                       "Z0",
                                       "Z0,1",
                                       "Z0,1000",
                                       "Z2,1000,0",
                                       "Z2,1000,11",
                                       "Z2,1000,ffffffffffff",
                                       "z0,1",
                                       "vCont;",
                                       "vCont;q",
                                       "vCont;c:7fffffff",
                                       "vKill",
                                       "vKill;1",
                                       "D;1",
                                       "C",
                                       "Czz",
                                       "c1000",
                                       "qXfer:auxv:read::",
                                       "qXfer:auxv:read::ffffffff,10",
                                       "qXfer:features:read:no.xml:0,10",
                                       "qThreadExtraInfo,7fffffff",
                                       "qXfer:exec-file:read:1:0,10"};
    launch(&client, ARGUMENTS("work", "1", "1"));
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        client_ask(&client, "%s", kBad[i]);
        if (client.answer[0] != 'E')
            fail_msg("'%s' is answered with '%.100s'", kBad[i], client.answer);
    }
    client_run_out(&client, "W2a");
}

static void a_damaged_packet_is_asked_for_again_and_noise_is_passed_over(void **state)
{
    (void)state;
    struct report_run run;
    report_start(&run, ARGUMENTS(SERVER_TOOL, "-", HDBG_TEST_FIXTURES "/watched", "work", "1", "1"));
    report_type(&run, "$vMustReplyEmpty#00");
    report_await_output(&run, "-");
    report_type(&run, "noise$vMustReplyEmpty#3a");
    report_await_output(&run, "+$#00");
    report_type(&run, "-"); /* what was sent came damaged */
    report_await_output(&run, "+$#00$#00");
    report_finish(&run);
    report_clean(&run);
}

static void a_packet_that_is_too_long_is_refused_and_the_next_is_as_ever(void **state)
{
    (void)state;
    struct server_client client;
    size_t size = 1 << 20;
    char *text = malloc(size + 1);
    memset(text, 'a', size);
    text[size] = '\0';
    launch(&client, ARGUMENTS("work", "1", "1"));
    client_ask(&client, "%s", text);
    client_expect(&client, "E");
    assert_string_equal(client_ask(&client, "qAttached"), "0");
    free(text);
    client_run_out(&client, "W2a");
}

/* ---- memory and registers ---- */

static void memory_is_written_and_read_in_hexadecimal_and_in_bytes(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    uint64_t at = client_symbol(&client, "gWatched");
    assert_string_equal(client_ask(&client, "M%" PRIx64 ",4:01027dff", at), "OK");
    assert_string_equal(client_ask(&client, "m%" PRIx64 ",4", at), "01027dff");
    client_ask(&client, "x%" PRIx64 ",4", at);
    assert_int_equal(client.size, 4);
    assert_memory_equal(client.answer, "\x01\x02\x7d\xff", 4);
    assert_string_equal(client_ask(&client, "X%" PRIx64 ",3:ab}]", at), "OK");
    assert_string_equal(client_ask(&client, "m%" PRIx64 ",4", at), "61627dff");
    assert_string_equal(client_ask(&client, "X%" PRIx64 ",0:", at), "OK");
    client_ask(&client, "x0,0");
    assert_string_equal(client.answer, "OK");
    client_run_out(&client, "W2a");
}

static void half_a_packet_of_memory_is_read_at_once(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    client_ask(&client, "qXfer:auxv:read::0,1000");
    client_ask(&client, "qRcmd,6172656173"); /* areas */
    uint64_t libc = 0;
    for (size_t i = 0; i + 1 < client.size; i += 2)
        client.answer[i / 2] = (char)strtol((char[]){client.answer[i], client.answer[i + 1], 0}, NULL, 16);
    client.answer[client.size / 2] = '\0';
    for (char *line = strtok(client.answer, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strstr(line, " r-x ") != NULL && strstr(line, "/libc.so.6") != NULL)
            libc = strtoull(line, NULL, 16);
    }
    assert_true(libc != 0);
    client_ask(&client, "m%" PRIx64 ",10000", libc);
    assert_int_equal(client.size, 0x20000);
    client_ask(&client, "x%" PRIx64 ",10000", libc);
    assert_int_equal(client.size, 0x10000);
    client_run_out(&client, "W2a");
}

static void each_register_is_read_alone_and_with_all_others(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    char *all = strdup(client_ask(&client, "g"));
    size_t at = 0;
    for (int number = 0; number < 76; number++) {
        client_ask(&client, "p%x", number);
        assert_memory_equal(client.answer, all + at, client.size);
        at += client.size;
    }
    assert_int_equal(at, strlen(all));
    client_ask(&client, "p4c");
    client_expect(&client, "E");
    free(all);
    client_run_out(&client, "W2a");
}

static void each_register_is_written(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    char *before = strdup(client_ask(&client, "g"));
    assert_string_equal(client_ask(&client, "P0=8877665544332211"), "OK");
    assert_string_equal(client_ask(&client, "p0"), "8877665544332211");
    assert_string_equal(client_ask(&client, "P28=000102030405060708090a0b0c0d0e0f"), "OK"); /* xmm0 */
    assert_string_equal(client_ask(&client, "p28"), "000102030405060708090a0b0c0d0e0f");
    assert_string_equal(client_ask(&client, "P3c=f0f102030405060708090a0b0c0d0e0f"), "OK"); /* ymm0h */
    assert_string_equal(client_ask(&client, "p3c"), "f0f102030405060708090a0b0c0d0e0f");
    assert_string_equal(client_ask(&client, "P3b=0010000000000000"), "OK"); /* gs_base */
    assert_string_equal(client_ask(&client, "p3b"), "0010000000000000");
    assert_string_equal(client_ask(&client, "P18=0102030405060708ff3f"), "OK"); /* st0 */
    assert_string_equal(client_ask(&client, "p18"), "0102030405060708ff3f");
    assert_string_equal(client_ask(&client, "G%s", before), "OK");
    assert_string_equal(client_ask(&client, "g"), before);
    free(before);
    client_run_out(&client, "W2a");
}

static void a_description_names_76_registers_in_order(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    client_ask(&client, "qXfer:features:read:target.xml:0,20000");
    client_expect(&client, "l<?xml");
    report_expect(client.answer, "<osabi>GNU/Linux</osabi>");
    int number = 0;
    for (const char *at = client.answer; (at = strstr(at, "regnum=\"")) != NULL; at++)
        assert_int_equal(atoi(at + 8), number++);
    assert_int_equal(number, 76);
    client_run_out(&client, "W2a");
}

/* ---- objects ---- */

static void an_object_in_pieces_is_the_whole(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    client_ask(&client, "qXfer:libraries-svr4:read::0,10000");
    client_expect(&client, "l<library-list-svr4 version=\"1.0\" main-lm=\"0x");
    report_expect(client.answer, "/libc.so.6\" lm=\"0x");
    char *whole = strdup(client.answer + 1), *pieces = calloc(1, strlen(whole) + 64);
    size_t offset = 0;
    do {
        client_ask(&client, "qXfer:libraries-svr4:read::%zx,30", offset);
        strcat(pieces, client.answer + 1);
        offset += client.size - 1;
    } while (client.answer[0] == 'm');
    assert_string_equal(pieces, whole);
    free(pieces);
    free(whole);
    client_run_out(&client, "W2a");
}

static void the_program_is_named(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    client_ask(&client, "qXfer:exec-file:read::0,1000");
    assert_string_equal(client.answer + 1, client.program);
    client_run_out(&client, "W2a");
}

static void a_haiku_target_has_its_own_triple_and_libraries(void **state)
{
    (void)state;
    struct server_client client;
    client_launch(&client, "--as-haiku", "watched", ARGUMENTS("work", "1", "1"));
    client_ask(&client, "qHostInfo");
    client_expect(&client,
                  "triple:7838365f36342d756e6b6e6f776e2d6861696b75;ptrsize:8;endian:little;ostype:haiku;");
    client_ask(&client, "qXfer:libraries:read::0,10000");
    client_expect(&client, "l<library-list>");
    report_expect(client.answer, "/libc.so.6\"><segment address=\"0x");
    assert_string_equal(client_ask(&client, "qXfer:libraries-svr4:read::0,1000"), "E01");
    client_ask(&client, "qXfer:features:read:target.xml:0,20000");
    report_expect_none(client.answer, "osabi");
    client_run_out(&client, "W2a");
}

static void a_library_that_is_loaded_stops_a_haiku_target(void **state)
{
    (void)state;
    struct server_client client;
    client_launch(&client, "--as-haiku", HDBG_TEST_CRASHERS "/crash-in-dlopened-library", ARGUMENTS(NULL));
    client_ask(&client, "vCont;c");
    client_expect(&client, "T05library:;");
    assert_string_equal(client_ask(&client, "k"), "X09");
    client_end(&client, 0);
}

/* ---- going on ---- */

static void a_breakpoint_is_hit_by_each_thread_as_often_as_it_comes_there(void **state)
{
    (void)state;
    enum { THREADS = 8, ROUNDS = 5 };
    struct server_client client;
    launch(&client, ARGUMENTS("work", "8", "5"));
    uint64_t counted = client_symbol(&client, "counted");
    int hits = 0;
    client_ask(&client, "Z0,%" PRIx64 ",1", counted);
    for (client_ask(&client, "vCont;c"); client.answer[0] == 'T'; client_ask(&client, "vCont;c")) {
        uint64_t thread = client_field(&client, "thread");
        client_expect(&client, "T05swbreak:;");
        assert_int_equal(client_pc(&client), counted);
        client_ask(&client, "m%" PRIx64 ",4", counted);
        assert_string_not_equal(client.answer + 2, "cccccc");
        assert_true(strncmp(client.answer, "cc", 2) != 0);
        hits++;
        /* Off it, as GDB does it: without the breakpoint, alone. */
        client_ask(&client, "z0,%" PRIx64 ",1", counted);
        client_ask(&client, "vCont;s:%" PRIx64, thread);
        client_expect(&client, "T05");
        assert_int_equal(client_field(&client, "thread"), thread);
        client_ask(&client, "Z0,%" PRIx64 ",1", counted);
    }
    assert_string_equal(client.answer, "W2a");
    assert_int_equal(hits, THREADS * ROUNDS);
    client_end(&client, 0);
}

static void a_breakpoint_that_a_thread_is_sent_to_is_hit_there(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    client_go_to(&client, "counted");
    uint64_t at = client_symbol(&client, "store"), swapped = __builtin_bswap64(at);
    assert_string_equal(client_ask(&client, "Z0,%" PRIx64 ",1", at), "OK");
    assert_string_equal(client_ask(&client, "P10=%016" PRIx64, swapped), "OK");
    client_ask(&client, "vCont;c");
    client_expect(&client, "T05swbreak:;");
    assert_int_equal(client_pc(&client), at);
    client_ask(&client, "vCont;c"); /* store() returns to counted()'s caller, which calls it once more */
    client_expect(&client, "T05swbreak:;");
    client_ask(&client, "vCont;c");
    client_expect(&client, "W01"); /* a call was left out */
    client_end(&client, 0);
}

static void a_range_is_stepped_through_at_once(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    client_go_to(&client, "counted");
    uint64_t pc = client_pc(&client);
    client_ask(&client, "?");
    uint64_t thread = client_field(&client, "thread");
    client_ask(&client, "vCont;r%" PRIx64 ",%" PRIx64 ":%" PRIx64, pc, pc + 0x12, thread);
    client_expect(&client, "T05");
    assert_true(client_pc(&client) < pc || client_pc(&client) >= pc + 0x12);
    client_run_out(&client, "W2a");
}

static void a_watchpoint_tells_its_own_address(void **state)
{
    (void)state;
    struct server_client client;
    char wanted[64];
    launch(&client, ARGUMENTS("work", "1", "1"));
    uint64_t at = client_symbol(&client, "gWatched");
    assert_string_equal(client_ask(&client, "Z2,%" PRIx64 ",8", at), "OK");
    snprintf(wanted, sizeof wanted, "T05watch:%" PRIx64 ";", at);
    client_ask(&client, "vCont;c");
    client_expect(&client, wanted);
    assert_string_equal(client_ask(&client, "z2,%" PRIx64 ",8", at), "OK");
    assert_string_equal(client_ask(&client, "Z4,%" PRIx64 ",4", at), "OK");
    snprintf(wanted, sizeof wanted, "T05awatch:%" PRIx64 ";", at);
    client_ask(&client, "vCont;c");
    client_expect(&client, wanted);
    assert_string_equal(client_ask(&client, "z4,%" PRIx64 ",4", at), "OK");
    client_run_out(&client, "W2a");
}

static void more_hardware_points_than_there_are_is_an_error_that_says_so(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    uint64_t at = client_symbol(&client, "counted");
    for (int i = 0; i < 4; i++)
        assert_string_equal(client_ask(&client, "Z1,%" PRIx64 ",1", at + (uint64_t)i), "OK");
    client_ask(&client, "Z1,%" PRIx64 ",1", at + 4);
    client_expect(&client, "E.the processor has no more than 4 registers");
    for (int i = 0; i < 4; i++)
        assert_string_equal(client_ask(&client, "z1,%" PRIx64 ",1", at + (uint64_t)i), "OK");
    client_run_out(&client, "W2a");
}

static void the_last_thread_that_runs_has_ended_and_that_is_told(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("work", "1", "1"));
    client_go_to(&client, "load");
    client_ask(&client, "?");
    uint64_t thread = client_field(&client, "thread");
    assert_string_equal(client_ask(&client, "vCont;c:%" PRIx64, thread), "N");
    client_run_out(&client, "W2a");
}

/* ---- signals ---- */

static void a_fault_is_a_stop_and_its_signal_can_be_given_or_swallowed(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("fault"));
    client_ask(&client, "vCont;c");
    client_expect(&client, "T0b");
    client_ask(&client, "vCont;c"); /* swallowed: the instruction faults again */
    client_expect(&client, "T0b");
    assert_string_equal(client_ask(&client, "vCont;C0b"), "X0b");
    client_end(&client, 0);
}

static void signals_that_are_passed_do_not_stop(void **state)
{
    (void)state;
    struct server_client client;
    launch(&client, ARGUMENTS("fault"));
    assert_string_equal(client_ask(&client, "QPassSignals:e;b"), "OK");
    assert_string_equal(client_ask(&client, "vCont;c"), "X0b");
    client_end(&client, 0);
}

static void a_signals_details_are_linuxs(void **state)
{
    (void)state;
    struct server_client client;
    int32_t words[6];
    launch(&client, ARGUMENTS("work", "1", "1"));
    client_ask(&client, "vCont;s");
    client_ask(&client, "qXfer:siginfo:read::0,200");
    assert_int_equal(client.size, 129);
    memcpy(words, client.answer + 1, sizeof words);
    assert_int_equal(words[0], SIGTRAP);
    assert_int_equal(words[2], 2); /* TRAP_TRACE */
    assert_int_equal(kill(client_team(&client), SIGUSR1), 0);
    client_ask(&client, "vCont;c");
    client_expect(&client, "T1e");
    client_ask(&client, "qXfer:siginfo:read::0,200");
    assert_int_equal(client.size, 129);
    memcpy(words, client.answer + 1, sizeof words);
    assert_int_equal(words[0], SIGUSR1);
    assert_int_equal(words[2], SI_USER);
    assert_int_equal(words[4], getpid());
    client_run_out(&client, "W2a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_known_is_answered_with_nothing),
        cmocka_unit_test(what_cannot_be_done_is_an_error_and_nothing_worse),
        cmocka_unit_test(a_damaged_packet_is_asked_for_again_and_noise_is_passed_over),
        cmocka_unit_test(a_packet_that_is_too_long_is_refused_and_the_next_is_as_ever),
        cmocka_unit_test(memory_is_written_and_read_in_hexadecimal_and_in_bytes),
        cmocka_unit_test(half_a_packet_of_memory_is_read_at_once),
        cmocka_unit_test(each_register_is_read_alone_and_with_all_others),
        cmocka_unit_test(each_register_is_written),
        cmocka_unit_test(a_description_names_76_registers_in_order),
        cmocka_unit_test(an_object_in_pieces_is_the_whole),
        cmocka_unit_test(the_program_is_named),
        cmocka_unit_test(a_haiku_target_has_its_own_triple_and_libraries),
        cmocka_unit_test(a_library_that_is_loaded_stops_a_haiku_target),
        cmocka_unit_test(a_breakpoint_is_hit_by_each_thread_as_often_as_it_comes_there),
        cmocka_unit_test(a_breakpoint_that_a_thread_is_sent_to_is_hit_there),
        cmocka_unit_test(a_range_is_stepped_through_at_once),
        cmocka_unit_test(a_watchpoint_tells_its_own_address),
        cmocka_unit_test(more_hardware_points_than_there_are_is_an_error_that_says_so),
        cmocka_unit_test(the_last_thread_that_runs_has_ended_and_that_is_told),
        cmocka_unit_test(a_fault_is_a_stop_and_its_signal_can_be_given_or_swallowed),
        cmocka_unit_test(signals_that_are_passed_do_not_stop),
        cmocka_unit_test(a_signals_details_are_linuxs),
    };
    return cmocka_run_group_tests_name("hdbg-server's protocol", tests, NULL, NULL);
}

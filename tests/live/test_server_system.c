/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What hdbg-server tells of the system, and memory that it looks through: osdata, qSearch:memory, qCRC.
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

static void start(struct server_client *client)
{
    client_launch(client, NULL, "server_cases", ARGUMENTS("count", "3"));
    client_go_to(client, "main");
}

/* A whole table, in pieces. */
static char *table(struct server_client *client, const char *name)
{
    char *whole = calloc(1, 1);
    size_t size = 0;
    do {
        client_ask(client, "qXfer:osdata:read:%s:%zx,8000", name, size);
        assert_true(client->answer[0] == 'm' || client->answer[0] == 'l');
        whole = realloc(whole, size + client->size);
        memcpy(whole + size, client->answer + 1, client->size - 1);
        size += client->size - 1;
        whole[size] = '\0';
    } while (client->answer[0] == 'm');
    return whole;
}

static void a_list_says_which_tables_there_are(void **state)
{
    (void)state;
    static const char *const kNames[] = {"processes", "procgroups", "threads", "files",
                                         "images",    "areas",      "ports"};
    struct server_client client;
    start(&client);
    char *types = table(&client, "");
    for (size_t i = 0; i < sizeof kNames / sizeof *kNames; i++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "<column name=\"Type\">%s</column>", kNames[i]);
        report_expect(types, wanted);
        char *rows = table(&client, kNames[i]);
        snprintf(wanted, sizeof wanted, "<osdata type=\"%s\">\n<item>", kNames[i]);
        report_expect(rows, wanted); /* none is empty */
        free(rows);
    }
    free(types);
    client_ask(&client, "qXfer:osdata:read:nonsense:0,1000");
    client_expect(&client, "E");
    client_run_out(&client, "W2a");
}

static void tables_have_the_debugged_team(void **state)
{
    (void)state;
    struct server_client client;
    char wanted[256];
    start(&client);
    int team = (int)client_team(&client);
    char *rows = table(&client, "processes");
    snprintf(wanted, sizeof wanted, "<column name=\"pid\">%d</column>", team);
    report_expect(rows, wanted);
    report_expect(rows, "/server_cases count 3</column>");
    free(rows);
    rows = table(&client, "threads");
    snprintf(wanted, sizeof wanted, "<column name=\"tid\">%d</column>", team);
    report_expect(rows, wanted);
    free(rows);
    rows = table(&client, "images");
    report_expect(rows, "<column name=\"type\">app</column>");
    report_expect(rows, "/libc.so.6</column>");
    free(rows);
    rows = table(&client, "areas");
    report_expect(rows, "<column name=\"protection\">r-x-</column>");
    report_expect(rows, "<column name=\"protection\">rw-s</column>");
    free(rows);
    rows = table(&client, "files");
    report_expect(rows, "<column name=\"file descriptor\">0</column>");
    free(rows);
    client_run_out(&client, "W2a");
}

static void gdb_shows_the_tables(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " count 3",
            COMMANDS("set remotetimeout 60", "info os", "info os processes", "info os threads",
                     "info os images", "info os areas", "info os files", "info os ports",
                     "info os procgroups", "kill"));
    report_expect(run.output_text, "processes  Listing of all processes");
    report_expect(run.output_text, "server_cases count 3");
    report_expect(run.output_text, "/libc.so.6");
    report_expect(run.output_text, "r-x-");
    report_expect_none(run.error_text, "annot");
    report_clean(&run);
}

/* ---- memory ---- */

static void a_pattern_is_found_where_it_begins(void **state)
{
    (void)state;
    struct server_client client;
    char wanted[64];
    start(&client);
    uint64_t at = client_symbol(&client, "gSeen"); /* 80 bytes */
    assert_string_equal(client_ask(&client, "X%" PRIx64 ",4:abab", at + 60), "OK");
    client_ask(&client, "qSearch:memory:%" PRIx64 ";50;bab", at);
    snprintf(wanted, sizeof wanted, "1,%" PRIx64, at + 61);
    assert_string_equal(client.answer, wanted);
    assert_string_equal(client_ask(&client, "qSearch:memory:%" PRIx64 ";50;abb", at), "0");
    assert_string_equal(client_ask(&client, "qSearch:memory:%" PRIx64 ";3f;abab", at),
                        "0"); /* it is cut off */
    client_ask(&client, "qSearch:memory:%" PRIx64 ";40;abab", at);
    snprintf(wanted, sizeof wanted, "1,%" PRIx64, at + 60);
    assert_string_equal(client.answer, wanted);
    assert_string_equal(client_ask(&client, "qSearch:memory:%" PRIx64 ";2;abab", at + 60), "0");
    client_run_out(&client, "W2a");
}

static void searches_that_cannot_be_made_are_errors(void **state)
{
    (void)state;
    struct server_client client;
    static const char *const kBad[] = {"qSearch:memory:0;10;a",
                                       "qSearch:memory:0;ffffffffffffffff;a",
                                       "qSearch:memory:10;10;",
                                       "qSearch:memory:10;10",
                                       "qSearch:memory:zz;10;a",
                                       "qSearch:memory:",
                                       "qCRC:0,10",
                                       "qCRC:0,ffffffffffffffff",
                                       "qCRC:10",
                                       "qCRC:"};
    start(&client);
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        client_ask(&client, "%s", kBad[i]);
        client_expect(&client, "E");
    }
    client_run_out(&client, "W2a");
}

static void a_sum_of_memory_is_the_protocols(void **state)
{
    (void)state;
    struct server_client client;
    start(&client);
    uint64_t at = client_symbol(&client, "gSeen");
    assert_string_equal(client_ask(&client, "X%" PRIx64 ",9:123456789", at), "OK");
    assert_string_equal(client_ask(&client, "qCRC:%" PRIx64 ",9", at),
                        "C376e6e7"); /* CRC-32/MPEG-2's check */
    assert_string_equal(client_ask(&client, "qCRC:%" PRIx64 ",0", at), "Cffffffff");
    client_run_out(&client, "W2a");
}

static void gdb_compares_sections_and_finds_bytes(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, HDBG_TEST_FIXTURES "/program_static", "- " HDBG_TEST_FIXTURES "/program_static",
            COMMANDS("compare-sections .text", "kill"));
    report_expect(run.output_text, "Section .text, range 0x");
    report_expect(run.output_text, ": matched.");
    report_clean(&run);
    gdb_all(&run, CASES, "- " CASES " count 3",
            COMMANDS("break main", "continue", "set var gSeen[3] = 0x1122334455667788",
                     "find /g &gSeen[0], +sizeof(gSeen), 0x1122334455667788", "continue"));
    report_expect(run.output_text, "<gSeen+24>\n1 pattern found.");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_says_which_tables_there_are),
        cmocka_unit_test(tables_have_the_debugged_team),
        cmocka_unit_test(gdb_shows_the_tables),
        cmocka_unit_test(a_pattern_is_found_where_it_begins),
        cmocka_unit_test(searches_that_cannot_be_made_are_errors),
        cmocka_unit_test(a_sum_of_memory_is_the_protocols),
        cmocka_unit_test(gdb_compares_sections_and_finds_bytes),
    };
    return cmocka_run_group_tests_name("System and memory with hdbg-server", tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Watchpoints of hdbg-server: which one was hit is known, not guessed.
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

static void watch(struct server_client *client, char type, uint64_t at)
{
    assert_string_equal(client_ask(client, "Z%c,%" PRIx64 ",4", type, at), "OK");
}

static void expect_hit(struct server_client *client, const char *kind, uint64_t at)
{
    char wanted[64];
    client_ask(client, "vCont;c");
    snprintf(wanted, sizeof wanted, "T05%s:%" PRIx64 ";", kind, at);
    client_expect(client, wanted);
}

static void several_watchpoints_are_told_apart(void **state)
{
    (void)state;
    struct server_client client;
    client_launch(&client, NULL, "server_cases", ARGUMENTS("watch"));
    uint64_t first = client_symbol(&client, "gFirst"), second = client_symbol(&client, "gSecond"),
             third = client_symbol(&client, "gThird");
    watch(&client, '2', first);
    watch(&client, '2', second);
    watch(&client, '4', third);
    expect_hit(&client, "watch", second);
    expect_hit(&client, "watch", second); /* though its value is the same */
    expect_hit(&client, "awatch", third); /* read */
    expect_hit(&client, "watch", first);
    expect_hit(&client, "awatch", third);
    client_run_out(&client, "W2a");
}

static void access_watchpoints_are_told_apart(void **state)
{
    (void)state;
    struct server_client client;
    client_launch(&client, NULL, "server_cases", ARGUMENTS("watch"));
    uint64_t first = client_symbol(&client, "gFirst"), second = client_symbol(&client, "gSecond"),
             third = client_symbol(&client, "gThird");
    watch(&client, '4', third);
    watch(&client, '4', first);
    watch(&client, '4', second);
    expect_hit(&client, "awatch", second);
    expect_hit(&client, "awatch", second);
    expect_hit(&client, "awatch", third);
    expect_hit(&client, "awatch", first);
    expect_hit(&client, "awatch", third);
    client_run_out(&client, "W2a");
}

static void a_piece_of_a_large_watchpoint_is_told_as_the_whole(void **state)
{
    (void)state;
    struct server_client client;
    char wanted[64];
    client_launch(&client, NULL, "server_cases", ARGUMENTS("watch"));
    uint64_t first = client_symbol(&client, "gFirst"), second = client_symbol(&client, "gSecond");
    assert_true(second == first + 8);
    assert_string_equal(client_ask(&client, "Z2,%" PRIx64 ",c", first), "OK"); /* both: three pieces */
    snprintf(wanted, sizeof wanted, "T05watch:%" PRIx64 ";", first);
    for (int i = 0; i < 3; i++) {
        client_ask(&client, "vCont;c");
        client_expect(&client, wanted);
    }
    client_run_out(&client, "W2a");
}

static void gdb_names_the_watchpoint_that_was_hit(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CASES, "- " CASES " watch",
            COMMANDS("awatch gThird", "awatch gSecond", "watch gFirst", "continue", "continue", "continue",
                     "continue", "continue", "continue"));
    const char *text = run.output_text;
    static const char *const kHits[] = {
        "Hardware access (read/write) watchpoint 2: gSecond\n\nOld value = 0\nNew value = 1\n",
        "Hardware access (read/write) watchpoint 2: gSecond\n\nValue = 1\n",
        "Hardware access (read/write) watchpoint 1: gThird\n\nValue = 0\n",
        "Hardware watchpoint 3: gFirst\n\nOld value = 0\nNew value = 2\n",
        "Hardware access (read/write) watchpoint 1: gThird\n\nValue = 0\n",
        "exited with code 052]"};
    for (size_t i = 0; i < sizeof kHits / sizeof *kHits; i++) {
        report_expect(text, kHits[i]);
        text = strstr(text, kHits[i]) + strlen(kHits[i]);
    }
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_watchpoints_are_told_apart),
        cmocka_unit_test(access_watchpoints_are_told_apart),
        cmocka_unit_test(a_piece_of_a_large_watchpoint_is_told_as_the_whole),
        cmocka_unit_test(gdb_names_the_watchpoint_that_was_hit),
    };
    return cmocka_run_group_tests_name("Watchpoints of hdbg-server", tests, NULL, NULL);
}

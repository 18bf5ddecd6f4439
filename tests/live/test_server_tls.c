/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Thread-local variables through hdbg-server: of the program, of a library that was loaded later, in several
 * threads.
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
#define LOCALS         HDBG_TEST_FIXTURES "/thread_locals"
#define LIBRARY        HDBG_TEST_FIXTURES "/libtls.so"

/* The offset of a thread-local variable in its image's memory: its symbol's value. */
static uint64_t offset_of(const char *file, const char *name)
{
    char command[1024], line[512];
    uint64_t offset = UINT64_MAX;
    snprintf(command, sizeof command, "nm %s", file);
    FILE *symbols = popen(command, "r");
    assert_non_null(symbols);
    while (fgets(line, sizeof line, symbols) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strlen(line) > 19 && strcmp(line + 19, name) == 0)
            offset = strtoull(line, NULL, 16);
    }
    pclose(symbols);
    assert_true(offset != UINT64_MAX);
    return offset;
}

/* The number that a variable of the current thread has; -1: it has none. */
static int64_t read_local(struct server_client *client, uint64_t thread, uint64_t offset, uint64_t record)
{
    client_ask(client, "qGetTLSAddr:%" PRIx64 ",%" PRIx64 ",%" PRIx64, thread, offset, record);
    if (client->answer[0] == 'E')
        return -1;
    uint64_t address = strtoull(client->answer, NULL, 16);
    client_ask(client, "m%" PRIx64 ",4", address);
    assert_int_equal(client->size, 8);
    return __builtin_bswap32((uint32_t)strtoul(client->answer, NULL, 16));
}

/* Where the dynamic loader has its record of the library, or of the program. */
static uint64_t record_of(struct server_client *client, const char *name)
{
    client_ask(client, "qXfer:libraries-svr4:read::0,10000");
    const char *found = strstr(client->answer, name);
    assert_non_null(found);
    return strtoull(strstr(found, "lm=\"") + 4, NULL, 16);
}

static void each_thread_has_its_own(void **state)
{
    (void)state;
    struct server_client client;
    uint64_t ours = offset_of(LOCALS, "gProgramLocal"), theirs = offset_of(LIBRARY, "gLibraryLocal");
    bool seen[3] = {false};
    client_launch(&client, NULL, "thread_locals", ARGUMENTS(LIBRARY));
    client_go_to(&client, "all_set");
    client_ask(&client, "qXfer:libraries-svr4:read::0,10000");
    uint64_t program = strtoull(strstr(client.answer, "main-lm=\"") + 9, NULL, 16);
    uint64_t library = record_of(&client, "libtls.so");
    char *threads = strdup(client_ask(&client, "qfThreadInfo")), *rest = threads + 1;
    int count = 0;
    for (char *id; (id = strsep(&rest, ",")) != NULL; count++) {
        uint64_t thread = strtoull(id, NULL, 16);
        int64_t value = read_local(&client, thread, ours, program);
        if (value == 41) { /* the main thread, which never used the library's */
            assert_int_equal(read_local(&client, thread, theirs, library), -1);
            continue;
        }
        assert_true(value >= 100 && value < 103);
        assert_int_equal(read_local(&client, thread, theirs, library), value + 7);
        seen[value - 100] = true;
    }
    assert_int_equal(count, 4);
    assert_true(seen[0] && seen[1] && seen[2]);
    free(threads);
    client_run_out(&client, "W2a");
}

static void questions_that_have_no_answer_are_errors(void **state)
{
    (void)state;
    struct server_client client;
    client_launch(&client, NULL, "thread_locals", ARGUMENTS(LIBRARY));
    client_go_to(&client, "all_set");
    client_ask(&client, "?");
    uint64_t thread = client_field(&client, "thread"), libc = record_of(&client, "ld-linux");
    client_ask(&client, "qGetTLSAddr:%" PRIx64 ",0,10", thread); /* no record */
    client_expect(&client, "E");
    client_ask(&client, "qGetTLSAddr:%" PRIx64 ",0,%" PRIx64, thread, libc); /* no such variables */
    client_expect(&client, "E");
    client_ask(&client, "qGetTLSAddr:7fffffff,0,0"); /* no such thread */
    client_expect(&client, "E");
    client_ask(&client, "qGetTLSAddr:%" PRIx64 ",0", thread);
    client_expect(&client, "E");
    client_ask(&client, "qGetTLSAddr:");
    client_expect(&client, "E");
    client_run_out(&client, "W2a");
}

static void gdb_prints_them_in_all_threads(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, LOCALS, "- " LOCALS " " LIBRARY,
            COMMANDS("break all_set", "continue", "thread apply all -q print gProgramLocal",
                     "thread apply all -q print sSecond", "print gLibraryLocal - gProgramLocal", "thread 1",
                     "print gLibraryLocal", "kill"));
    report_expect(run.output_text, " = 41\n");
    report_expect(run.output_text, " = 100\n");
    report_expect(run.output_text, " = 101\n");
    report_expect(run.output_text, " = 102\n");
    report_expect(run.output_text, " = 2\n"); /* the main thread's sSecond */
    report_expect(run.output_text, " = 7\n");
    report_expect(run.error_text,
                  "Cannot find thread-local "); /* the main thread has none of the library's */
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_has_its_own),
        cmocka_unit_test(questions_that_have_no_answer_are_errors),
        cmocka_unit_test(gdb_prints_them_in_all_threads),
    };
    return cmocka_run_group_tests_name("Thread-local variables with hdbg-server", tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The process that reads debug information, as the library sees it: this program started once more plays it,
 * and dies, hangs or lies as its environment tells it.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dwarf/internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the process ---- */

static void put_u32(uint8_t **at, uint32_t value)
{
    memcpy(*at, &value, sizeof value);
    *at += sizeof value;
}

static void put_u64(uint8_t **at, uint64_t value)
{
    memcpy(*at, &value, sizeof value);
    *at += sizeof value;
}

static void put_rule(uint8_t **at, uint32_t kind, uint32_t reg, int64_t offset)
{
    put_u32(at, kind | reg << 16);
    put_u64(at, (uint64_t)offset);
    put_u32(at, 0);
}

/* A function from 0x1000 to 0x1100 with two rows; the lies are put in where they are told. */
static size_t make_rows(const char *how, uint8_t *bytes)
{
    uint8_t *at = bytes;
    int rows = strcmp(how, "no-rows") == 0 ? 0 : 2;
    put_u64(&at, strcmp(how, "elsewhere") == 0 ? 0x9000 : 0x1000);
    put_u64(&at, strcmp(how, "elsewhere") == 0 ? 0x9100 : 0x1100);
    put_u32(&at, 0);
    put_u32(&at, 16);
    put_u32(&at, strcmp(how, "many-rows") == 0 ? 0xffffffff : (uint32_t)rows);
    for (int i = 0; i < rows; i++) {
        put_u64(&at, strcmp(how, "backwards") == 0 ? 0x1000 - (uint64_t)i
                     : strcmp(how, "outside") == 0 ? 0x1000 + (uint64_t)i * 0x200
                                                   : 0x1000 + (uint64_t)i * 4);
        put_rule(&at, strcmp(how, "kind") == 0 ? 99 : DWARF_RULE_OFFSET, 7, 8 + 8 * i);
        put_u32(&at, strcmp(how, "many-registers") == 0 ? 0x7fffffff : 1);
        put_u32(&at, strcmp(how, "register") == 0 ? 33 : 16);
        put_rule(&at, DWARF_RULE_OFFSET, 0, -8);
        if (strcmp(how, "expression") == 0) {
            uint32_t length = 0x7fffffff;
            memcpy(at - 4, &length, sizeof length);
        }
    }
    return (size_t)(at - bytes) - (strcmp(how, "short") == 0 ? 5 : 0);
}

static size_t make_open(const char *how, uint8_t *bytes)
{
    uint8_t *at = bytes;
    put_u32(&at, 1);
    put_u32(&at, 1);
    put_u32(&at, 0);
    *at++ = 1;
    *at++ = '\0';
    return strcmp(how, "short-open") == 0 ? 3 : (size_t)(at - bytes);
}

static int answer(const char *how, const dwarf_header *question, const uint8_t *text)
{
    uint8_t bytes[4096];
    dwarf_header header = *question;
    int is_open = question->what == DWARF_ASK_OPEN;
    int is_deadly = is_open && memmem(text, question->size, "deadly", 6) != NULL;
    if (is_deadly || (strcmp(how, "dies") == 0 && !is_open))
        return 0;
    if (strstr("hangs another away", how) != NULL && !is_open)
        pause();
    size_t size = is_open ? make_open(how, bytes) : make_rows(how, bytes);
    header.status = HDBG_OK;
    header.size = (uint32_t)size;
    if (strcmp(how, "refuses") == 0 && !is_open) {
        header.status = HDBG_NAME_NOT_FOUND;
        header.size = (uint32_t)(size = 8);
        memcpy(bytes, "nothing!", 8); /* without its end */
    }
    if (strcmp(how, "serial") == 0)
        header.serial++;
    if (strcmp(how, "huge") == 0)
        header.size = UINT32_MAX;
    if (strcmp(how, "status") == 0)
        header.status = 17;
    if (strcmp(how, "longer") == 0)
        header.size += 100;
    return send(0, &header, sizeof header, MSG_NOSIGNAL) > 0 && send(0, bytes, size, MSG_NOSIGNAL) > 0 &&
           strcmp(how, "longer") != 0;
}

static int play(void)
{
    static uint8_t text[1 << 16];
    const char *how = getenv("HDBG_TEST_WORKER");
    uint32_t hello[2] = {strcmp(how, "version") == 0 ? 99 : DWARF_PROTOCOL_VERSION, 0};
    dwarf_header question;
    if (fork() != 0)
        _exit(0);
    hello[1] = strcmp(how, "another") == 0 ? (uint32_t)atoi(getenv("HDBG_TEST_VICTIM")) : (uint32_t)getpid();
    if (strcmp(how, "away") == 0)
        setsid();
    send(0, hello, sizeof hello, MSG_NOSIGNAL);
    alarm(20);
    while (recv(0, &question, sizeof question, MSG_WAITALL) == (ssize_t)sizeof question) {
        if (question.size > sizeof text || recv(0, text, question.size, MSG_WAITALL) != question.size ||
            !answer(how, &question, text))
            break;
    }
    return 0;
}

/* ---- the tests ---- */

static dwarf_reader *gReader;

static dwarf_file *open_file(const char *how, const char *path)
{
    hdbg_debug_info_options options = {.size = sizeof options, .timeout = 300 * 1000};
    dwarf_paths paths = {.image = path};
    dwarf_file *file = NULL;
    setenv("HDBG_TEST_WORKER", how, 1);
    if (gReader == NULL)
        assert_int_equal(dwarf_reader_create(&options, &gReader), HDBG_OK);
    assert_int_equal(dwarf_file_open(gReader, &paths, &file), HDBG_OK);
    return file;
}

static int end(void **state)
{
    (void)state;
    dwarf_reader_destroy(gReader);
    gReader = NULL;
    return 0;
}

static void rows_are_those_that_were_answered(void **state)
{
    (void)state;
    const dwarf_row *row = NULL, *again = NULL;
    dwarf_file *file = open_file("well", "/x");
    assert_int_equal(dwarf_file_row(file, 0x1002, &row), HDBG_OK);
    assert_int_equal(row->low, 0x1000);
    assert_int_equal(row->high, 0x1004);
    assert_int_equal(row->cfa.kind, DWARF_RULE_OFFSET);
    assert_int_equal(row->cfa.reg, 7);
    assert_int_equal(row->cfa.offset, 8);
    assert_int_equal(row->rules[16].offset, -8);
    assert_int_equal(row->rules[3].kind, DWARF_RULE_UNSPECIFIED);
    assert_int_equal(dwarf_file_row(file, 0x10ff, &again), HDBG_OK);
    assert_int_equal(again->low, 0x1004);
    assert_int_equal(again->high, 0x1100);
    /* What is kept needs no process. */
    dwarf_reader_destroy(gReader);
    gReader = NULL;
    assert_int_equal(dwarf_file_row(file, 0x1003, &again), HDBG_OK);
    assert_ptr_equal(again, row);
    assert_int_equal(dwarf_file_row(file, 0x2000, &again), HDBG_CANCELED);
    dwarf_file_release(file);
}

static void an_answer_that_makes_no_sense_makes_the_file_unusable(void **state)
{
    (void)state;
    static const char *const kLies[] = {"serial",    "huge",           "status",     "longer",
                                        "short",     "kind",           "register",   "backwards",
                                        "outside",   "no-rows",        "short-open", "elsewhere",
                                        "many-rows", "many-registers", "expression"};
    for (size_t i = 0; i < sizeof kLies / sizeof *kLies; i++) {
        const dwarf_row *row = NULL;
        hdbg_debug_info info = {.size = sizeof info};
        dwarf_file *file = open_file(kLies[i], "/x");
        hdbg_status status = dwarf_file_row(file, 0x1000, &row);
        if (status != HDBG_BAD_DATA)
            fail_msg("%s: %s", kLies[i], hdbg_status_name(status));
        assert_null(row);
        assert_int_equal(dwarf_file_row(file, 0x5000, &row), HDBG_BAD_DATA);
        assert_non_null(strstr(hdbg_last_error(), "/x: "));
        assert_int_equal(dwarf_file_info(file, &info), HDBG_OK);
        assert_int_equal(info.status, HDBG_BAD_DATA);
        assert_int_equal(info.has_frames, 0);
        dwarf_file_release(file);
        end(NULL);
    }
}

static void a_process_that_dies_takes_the_file_with_it_that_was_asked_about(void **state)
{
    (void)state;
    const dwarf_row *row = NULL;
    dwarf_file *good = open_file("well", "/good"), *bad = open_file("well", "/deadly"),
               *late = open_file("well", "/late");
    assert_int_equal(dwarf_file_row(good, 0x1000, &row), HDBG_OK);
    assert_int_equal(dwarf_file_row(bad, 0x1000, &row), HDBG_BAD_DATA);
    assert_non_null(strstr(hdbg_last_error(), "/deadly: hdbg-dwarf died while it read"));
    /* The others are opened in the next process: one that was open, and one that was not. */
    assert_int_equal(dwarf_file_row(good, 0x1001, &row), HDBG_OK);
    assert_int_equal(dwarf_file_row(late, 0x1000, &row), HDBG_OK);
    assert_int_equal(dwarf_file_row(bad, 0x1000, &row), HDBG_BAD_DATA);
    dwarf_file_release(good);
    dwarf_file_release(bad);
    dwarf_file_release(late);
}

static void a_process_that_hangs_is_ended_at_the_deadline(void **state)
{
    (void)state;
    const dwarf_row *row = NULL;
    struct timespec begin, now;
    dwarf_file *file = open_file("hangs", "/x");
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_TIMED_OUT);
    clock_gettime(CLOCK_MONOTONIC, &now);
    assert_in_range(now.tv_sec - begin.tv_sec, 0, 10);
    assert_non_null(strstr(hdbg_last_error(), "took longer than 300 ms"));
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_TIMED_OUT);
    dwarf_file_release(file);
}

static void a_process_that_dies_for_every_file_is_not_started_for_ever(void **state)
{
    (void)state;
    const dwarf_row *row = NULL;
    hdbg_status status = HDBG_OK;
    for (int i = 0; i < 100 && status != HDBG_NOT_ALLOWED; i++) {
        dwarf_file *file = open_file("dies", "/x");
        status = dwarf_file_row(file, 0x1000, &row);
        dwarf_file_release(file);
    }
    assert_int_equal(status, HDBG_NOT_ALLOWED);
    assert_non_null(strstr(hdbg_last_error(), "no more is read"));
}

static void what_is_refused_is_told_and_remembered(void **state)
{
    (void)state;
    const dwarf_row *row = NULL;
    dwarf_file *file = open_file("refuses", "/x");
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_NAME_NOT_FOUND);
    assert_string_equal(hdbg_last_error(), "nothing!");
    dwarf_reader_destroy(gReader);
    gReader = NULL;
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_NAME_NOT_FOUND);
    assert_int_equal(dwarf_file_row(file, 0x1001, &row), HDBG_CANCELED);
    dwarf_file_release(file);
}

static void another_program_in_its_place_is_not_believed(void **state)
{
    (void)state;
    const dwarf_row *row = NULL;
    dwarf_file *file = open_file("version", "/x");
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_NOT_SUPPORTED);
    dwarf_file_release(file);
    end(NULL);
    char before[4096];
    snprintf(before, sizeof before, "%s", getenv("HAIKUDBG_DWARF"));
    setenv("HAIKUDBG_DWARF", "/bin/true", 1);
    file = open_file("well", "/x");
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_NOT_SUPPORTED);
    dwarf_file_release(file);
    setenv("HAIKUDBG_DWARF", before, 1);
}

/* Who hangs is killed; a process that has nothing to do with it is not, whatever is said of it. */
static void a_process_that_names_another_one_does_not_have_it_killed(void **state)
{
    (void)state;
    const dwarf_row *row = NULL;
    char id[16];
    int status = 0, ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t victim = fork();
    if (victim == 0) {
        char byte;
        close(ends[1]);
        setpgid(0, 0);
        _exit(read(ends[0], &byte, 1) == 1 ? 42 : 43);
    }
    close(ends[0]);
    snprintf(id, sizeof id, "%d", (int)victim);
    setenv("HDBG_TEST_VICTIM", id, 1);
    dwarf_file *file = open_file("another", "/x");
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_NOT_SUPPORTED);
    assert_non_null(strstr(hdbg_last_error(), "does not answer as this library's hdbg-dwarf does"));
    dwarf_file_release(file);
    end(NULL);
    assert_int_equal(write(ends[1], "!", 1), 1);
    close(ends[1]);
    assert_int_equal(waitpid(victim, &status, 0), victim);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void a_process_that_leaves_its_group_is_none_of_the_librarys(void **state)
{
    (void)state;
    const dwarf_row *row = NULL;
    dwarf_file *file = open_file("away", "/x");
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_NOT_SUPPORTED);
    dwarf_file_release(file);
}

static void it_is_turned_off_by_an_option(void **state)
{
    (void)state;
    hdbg_debug_info_options options = {.size = sizeof options, .flags = HDBG_DEBUG_INFO_OFF};
    const dwarf_row *row = NULL;
    assert_int_equal(dwarf_reader_create(&options, &gReader), HDBG_OK);
    dwarf_file *file = open_file("well", "/x");
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_NOT_SUPPORTED);
    dwarf_file_release(file);
}

static void *ask_all(void *argument)
{
    dwarf_file *file = argument;
    const dwarf_row *row = NULL;
    size_t good = 0;
    for (uint64_t address = 0x1000; address < 0x1100; address++)
        good += dwarf_file_row(file, address, &row) == HDBG_OK && row->low <= address && address < row->high;
    return (void *)good;
}

static void threads_may_ask_at_once(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    dwarf_file *files[2] = {open_file("well", "/a"), open_file("well", "/b")};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_all, files[i % 2]), 0);
    for (int i = 0; i < THREADS; i++) {
        void *good = NULL;
        assert_int_equal(pthread_join(threads[i], &good), 0);
        assert_int_equal((size_t)good, 0x100);
    }
    dwarf_file_release(files[0]);
    dwarf_file_release(files[1]);
}

static volatile sig_atomic_t gChildren;
static void on_child(int number)
{
    (void)number;
    gChildren = gChildren + 1;
}

static void the_callers_children_stay_its_own(void **state)
{
    (void)state;
    const dwarf_row *row = NULL;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, handle = {.sa_handler = on_child}, old, seen;
    /* A child of the caller's that has ended waits for the caller. */
    pid_t child = fork();
    if (child == 0)
        _exit(42);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    sigaction(SIGCHLD, &handle, &old);
    dwarf_file *file = open_file("well", "/x");
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_OK);
    sigaction(SIGCHLD, NULL, &seen);
    assert_true(seen.sa_handler == on_child);
    dwarf_file_release(file);
    end(NULL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, WNOHANG), child);
    assert_int_equal(WEXITSTATUS(status), 42);
    /* Nothing is left to wait for: the process itself is nobody's child. */
    assert_int_equal(waitpid(-1, &status, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    /* Children that are reaped by the system are no obstacle. */
    sigaction(SIGCHLD, &ignore, NULL);
    file = open_file("well", "/x");
    assert_int_equal(dwarf_file_row(file, 0x1000, &row), HDBG_OK);
    dwarf_file_release(file);
    sigaction(SIGCHLD, &old, NULL);
}

int main(int count, char **arguments)
{
    static char self[4096];
    if (count > 1 && strcmp(arguments[1], "--serve") == 0)
        return play();
    if (realpath(arguments[0], self) == NULL)
        return 1;
    setenv("HAIKUDBG_DWARF", self, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(rows_are_those_that_were_answered, end),
        cmocka_unit_test_teardown(an_answer_that_makes_no_sense_makes_the_file_unusable, end),
        cmocka_unit_test_teardown(a_process_that_dies_takes_the_file_with_it_that_was_asked_about, end),
        cmocka_unit_test_teardown(a_process_that_hangs_is_ended_at_the_deadline, end),
        cmocka_unit_test_teardown(a_process_that_dies_for_every_file_is_not_started_for_ever, end),
        cmocka_unit_test_teardown(what_is_refused_is_told_and_remembered, end),
        cmocka_unit_test_teardown(another_program_in_its_place_is_not_believed, end),
        cmocka_unit_test_teardown(a_process_that_names_another_one_does_not_have_it_killed, end),
        cmocka_unit_test_teardown(a_process_that_leaves_its_group_is_none_of_the_librarys, end),
        cmocka_unit_test_teardown(it_is_turned_off_by_an_option, end),
        cmocka_unit_test_teardown(threads_may_ask_at_once, end),
        cmocka_unit_test_teardown(the_callers_children_stay_its_own, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

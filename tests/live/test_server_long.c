/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Long days with GDB and hdbg-server: much of the same, and what real programs are debugged for.
 */
#define _GNU_SOURCE
#include "gdb_run.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define FIXTURE(name)  HDBG_TEST_FIXTURES "/" name
#define CRASHER(name)  HDBG_TEST_CRASHERS "/" name
#define COMMANDS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define ARGUMENTS(...) COMMANDS(__VA_ARGS__)

/* ---- python ---- */

/* A python with threads that wait in the interpreter; small, as GDB writes all its memory into a core file.
 */
static void start_python(struct report_run *python, const char *threads)
{
    report_start(python,
                 ARGUMENTS("env", "MALLOC_ARENA_MAX=1", "python3", "-c",
                           "import threading, sys\n"
                           "threading.stack_size(262144)\n"
                           "stop = threading.Event()\n"
                           "def wait(depth):\n"
                           "    return wait(depth - 1) if depth else stop.wait()\n"
                           "count = int(sys.argv[1])\n"
                           "threads = [threading.Thread(target=wait, args=(9,)) for i in range(count)]\n"
                           "for thread in threads: thread.start()\n"
                           "print('ready', flush=True)\n"
                           "sys.stdin.readline()\n"
                           "stop.set()\n"
                           "for thread in threads: thread.join()\n"
                           "print('good')\n",
                           threads));
    report_await_output(python, "ready\n");
}

static void finish_python(struct report_run *python)
{
    report_await_traced(python->pid, false);
    report_type(python, "go\n");
    report_finish(python);
    report_expect(python->output_text, "good\n");
    assert_int_equal(python->status, 0);
    report_clean(python);
}

static void the_stacks_of_all_threads_of_python_reach_their_beginnings(void **state)
{
    (void)state;
    struct report_run run, python;
    char server[64];
    start_python(&python, "50");
    snprintf(server, sizeof server, "--attach - %d", (int)python.pid);
    gdb_all(&run, NULL, server, COMMANDS("thread apply all -q backtrace", "info threads", "detach"));
    assert_int_equal(gdb_count(run.output_text, "#0  "), 51);
    assert_int_equal(gdb_count(run.output_text, " start_thread ("), 50);
    assert_int_equal(gdb_count(run.output_text, " clone3 ("), 50);
    assert_int_equal(gdb_count(run.output_text, " Thread "), 51);
    finish_python(&python);
    report_clean(&run);
}

static void python_calls_functions_for_the_debugger_and_never_knows(void **state)
{
    (void)state;
    struct report_run run, python;
    char server[64];
    start_python(&python, "50");
    snprintf(server, sizeof server, "--attach - %d", (int)python.pid);
    gdb_all(&run, NULL, server,
            COMMANDS("print ((int (*)(const char *))strlen)(\"twelve chars\")", "thread 7",
                     "print ((int (*)(void))getpid)()", "backtrace 1", "detach"));
    report_expect(run.output_text, "$1 = 12\n");
    snprintf(server, sizeof server, "$2 = %d\n", (int)python.pid);
    report_expect(run.output_text, server);
    finish_python(&python);
    report_clean(&run);
}

/* Over a port: of a pipe GDB reads so slowly that it would take a minute. */
static void write_core(const struct report_run *python, const char *path)
{
    struct report_run run, server;
    char id[16], target[64], generate[128];
    snprintf(id, sizeof id, "%d", (int)python->pid);
    report_start(&server, ARGUMENTS(HDBG_TEST_TOOLS "/hdbg-server", "--once", "--attach", "127.0.0.1:0", id));
    report_await_error(&server, "Listening on port ");
    snprintf(target, sizeof target, "target remote 127.0.0.1:%d",
             atoi(strstr(server.error_text, "Listening on port ") + strlen("Listening on port ")));
    snprintf(generate, sizeof generate, "generate-core-file %s", path);
    report_all(&run, ARGUMENTS("gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex",
                               "set sysroot /", "-ex", target, "-ex", generate, "-ex", "detach"));
    report_expect(run.output_text, "Saved corefile ");
    report_clean(&run);
    report_finish(&server);
    assert_int_equal(server.status, 0);
    report_clean(&server);
}

static void a_core_file_of_python_has_all_its_threads(void **state)
{
    (void)state;
    struct report_run run, python;
    struct stat info;
    char folder[] = "/tmp/hdbg-server-XXXXXX", path[64], open_core[128], program[300] = "file ", link[32];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/core", folder);
    start_python(&python, "4");
    snprintf(link, sizeof link, "/proc/%d/exe", (int)python.pid);
    assert_true(readlink(link, program + strlen("file "), sizeof program - 6) > 0);
    write_core(&python, path);
    finish_python(&python);

    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_size > 1 << 20);
    snprintf(open_core, sizeof open_core, "core-file %s", path);
    report_all(&run, ARGUMENTS("gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex",
                               "set pagination off", "-ex", program, "-ex", open_core, "-ex",
                               "thread apply all -q backtrace"));
    assert_int_equal(gdb_count(run.output_text, "#0  "), 1 + 5); /* the first when it is opened */
    assert_int_equal(gdb_count(run.output_text, " start_thread ("), 4);
    report_clean(&run);
    unlink(path);
    rmdir(folder);
}

/* ---- much of the same ---- */

static void a_condition_is_evaluated_ten_thousand_times(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, FIXTURE("watched"), "- " FIXTURE("watched") " work 1 10001",
            COMMANDS("break counted if sCalls == 10000", "continue", "print sCalls", "delete", "continue"));
    report_expect(run.output_text, "hit Breakpoint 1, counted ()");
    report_expect(run.output_text, "$1 = 10000\n");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

static void a_variable_is_watched_through_all_its_values(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, FIXTURE("watched"), "- " FIXTURE("watched") " work 1 500",
            COMMANDS("watch sCalls", "ignore 1 499", "continue", "print sCalls", "info breakpoints", "delete",
                     "continue"));
    report_expect(run.output_text, "Old value = 499\nNew value = 500\n");
    report_expect(run.output_text, "$1 = 500\n");
    report_expect(run.output_text, "already hit 500 times");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

/* ---- C++ ---- */

static void an_exception_is_caught_where_it_is_thrown(void **state)
{
    (void)state;
    struct report_run run;
    gdb_all(&run, CRASHER("uncaught-exception"), "- " CRASHER("uncaught-exception"),
            COMMANDS("break main", "continue", "catch throw", "continue", "backtrace", "delete", "continue"));
    report_expect(run.output_text, "Catchpoint 2 (throw)");
    report_expect(run.output_text, "Catchpoint 2 (exception thrown), ");
    report_expect(run.output_text, "__cxa_throw");
    report_expect(run.output_text, " in main ");
    report_expect(run.output_text, "Program received signal SIGABRT");
    report_clean(&run);
}

/* ---- from another machine ---- */

/* As through ssh: nothing but the pipe, and no file but through the server. */
static void a_client_that_has_no_file_of_the_program_reads_them_through_the_pipe(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, ARGUMENTS("gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex",
                               "set pagination off", "-ex", "set sysroot target:", "-ex",
                               "target remote | sh -c 'exec " HDBG_TEST_TOOLS
                               "/hdbg-server - " FIXTURE("watched") " work 2 3'",
                               "-ex", "break counted", "-ex", "continue", "-ex", "backtrace", "-ex",
                               "info sharedlibrary", "-ex", "delete", "-ex", "continue"));
    report_expect(run.output_text, "hit Breakpoint 1, ");
    report_expect(run.output_text, "#0  counted () at ");
    report_expect(run.output_text, "target:/lib");
    report_expect(run.output_text, "exited with code 052]");
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stacks_of_all_threads_of_python_reach_their_beginnings),
        cmocka_unit_test(python_calls_functions_for_the_debugger_and_never_knows),
        cmocka_unit_test(a_core_file_of_python_has_all_its_threads),
        cmocka_unit_test(a_condition_is_evaluated_ten_thousand_times),
        cmocka_unit_test(a_variable_is_watched_through_all_its_values),
        cmocka_unit_test(an_exception_is_caught_where_it_is_thrown),
        cmocka_unit_test(a_client_that_has_no_file_of_the_program_reads_them_through_the_pipe),
    };
    return cmocka_run_group_tests_name("long sessions of GDB with hdbg-server", tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Real programs, reported on, followed, and attached to while they work.
 */
#define _GNU_SOURCE
#include "report_run.h"

#include <haikudbg/haikudbg.h>

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define RUN(...)                                                                                             \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        REPORT_TOOL, __VA_ARGS__, NULL                                                                       \
    }

enum { PYTHON_THREADS = 50, ATTACHES = 200 };

static void python_reading_null_is_reported(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("python3", "-c", "import ctypes; ctypes.string_at(0)"));
    report_expect(run.error_text, "hdbg-report: thread ");
    report_expect(run.error_text, " 'python3' read from 0x0 in ");
    report_expect(run.error_text, " of libc.so.6\n");
    report_expect(run.error_text, "/libffi.so");
    assert_int_equal(run.status, 128 + SIGSEGV);
    report_clean(&run);
}

static void a_sleep_that_was_attached_and_killed_is_reported(void **state)
{
    (void)state;
    struct report_run sleeper, run;
    char id[16], sender[64];

    report_start(&sleeper, (const char *const[]){"sleep", "1000", NULL});
    report_await_asleep(sleeper.pid);
    snprintf(id, sizeof(id), "%d", (int)sleeper.pid);
    report_start(&run, RUN("--attach", id));
    report_await_error(&run,
                       "hdbg-report: attached to team "); /* before that its signals are not asked about */
    kill(sleeper.pid, SIGSEGV);
    report_finish(&run);
    report_finish(&sleeper);
    snprintf(sender, sizeof(sender), "'sleep' got signal SIGSEGV from outside, sent by team %d '",
             (int)getpid());
    report_expect(run.error_text, sender);
    report_expect(run.error_text, "libc.so.6");
    assert_int_equal(run.status, 128 + SIGSEGV);
    assert_int_equal(sleeper.status, 128 + SIGSEGV);
    report_clean(&sleeper);
    report_clean(&run);
}

static void an_interrupt_detaches_from_an_attached_program_unharmed(void **state)
{
    (void)state;
    struct report_run program, run;
    char id[16];

    report_start(&program, (const char *const[]){"sh", "-c", "read line; echo \"got $line\"", NULL});
    snprintf(id, sizeof(id), "%d", (int)program.pid);
    report_start(&run, RUN("--attach", id));
    report_await_traced(program.pid, true);
    kill(run.pid, SIGINT);
    report_finish(&run);
    assert_int_equal(run.status, 0);
    report_expect(run.error_text, "hdbg-report: attached to team ");
    report_expect_none(run.error_text, "hdbg-report: thread ");
    report_await_traced(program.pid, false);
    report_type(&program, "a line\n");
    report_finish(&program);
    assert_string_equal(program.output_text, "got a line\n");
    assert_int_equal(program.status, 0);
    report_clean(&program);
    report_clean(&run);
}

static void a_pipeline_is_followed_to_its_end(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("sh", "-c", "seq 1000 | sort -r | head -1"));
    assert_string_equal(run.output_text, "999\n");
    assert_string_equal(run.error_text, "");
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

static void a_crash_in_the_middle_of_a_pipeline_is_reported(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("--brief", "sh", "-c", "seq 3 | " HDBG_TEST_CRASHERS "/null-write | cat; echo end"));
    report_expect(run.error_text, "wrote to 0x0 in apply_settings() of null-write");
    assert_string_equal(run.output_text, "end\n");
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

/* Shells wait with a mask of their own for the signal that tells of a child's end. */
static void a_shell_waits_for_its_children(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("sh", "-c", "(exit 3) & wait $!; echo $?; (exit 4) & (exit 5) & wait; echo all"));
    assert_string_equal(run.output_text, "3\nall\n");
    assert_string_equal(run.error_text, "");
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

static void a_child_that_is_killed_is_told_in_a_line(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, RUN("sh", "-c", "sleep 1000 & echo $!; kill -KILL $!; wait $! 2>/dev/null; echo $?"));
    char line[128];
    int child = atoi(run.output_text);
    /* It may have been killed before it was another program than its parent. */
    snprintf(line, sizeof(line), "hdbg-report: team %d '", child);
    report_expect(run.error_text, line);
    report_expect(run.error_text, "' was killed: after a SIGKILL there is nothing to look at");
    report_expect(run.output_text, "\n137\n");
    report_expect_none(run.error_text, "hdbg-report: thread ");
    assert_int_equal(run.status, 0);
    report_clean(&run);
}

/* Waits until every thread of a team was seen by the session, and lets it go again. */
static void attach_and_detach(hdbg_session *session, pid_t pid)
{
    hdbg_team *team = NULL;
    hdbg_status status = hdbg_team_attach(session, pid, 0, &team);
    if (status != HDBG_OK)
        fail_msg("cannot attach: %s", hdbg_last_error());
    if (hdbg_team_threads(team, NULL, 0) != PYTHON_THREADS + 1)
        fail_msg("%zu threads, not %d", hdbg_team_threads(team, NULL, 0), PYTHON_THREADS + 1);
    hdbg_image_list *images = NULL;
    assert_int_equal(hdbg_image_list_get(team, &images), HDBG_OK);
    assert_true(hdbg_image_list_count(images) > 3);
    hdbg_image_list_free(images);
    assert_int_equal(hdbg_team_detach(team), HDBG_OK);
    hdbg_team_release(team);
}

static void a_python_of_50_threads_survives_200_attaches(void **state)
{
    (void)state;
    static const char kScript[] = "import threading, sys\n"
                                  "stop = threading.Event()\n"
                                  "counts = [0] * 50\n"
                                  "def work(i):\n"
                                  "    while not stop.wait(0.002):\n"
                                  "        counts[i] += sum(range(100)) == 4950\n"
                                  "threads = [threading.Thread(target=work, args=(i,)) for i in range(50)]\n"
                                  "for t in threads: t.start()\n"
                                  "print('ready', flush=True)\n"
                                  "for line in sys.stdin:\n"
                                  "    if line == 'stop\\n': break\n"
                                  "    print('alive', sum(t.is_alive() for t in threads), flush=True)\n"
                                  "stop.set()\n"
                                  "for t in threads: t.join()\n"
                                  "print('done', min(counts) > 0, flush=True)\n";
    struct report_run python;
    hdbg_session *session = NULL;

    report_start(&python, (const char *const[]){"python3", "-c", kScript, NULL});
    report_await_output(&python, "ready\n");
    assert_int_equal(hdbg_session_create(NULL, &session), HDBG_OK);
    for (int i = 0; i < ATTACHES; i++)
        attach_and_detach(session, python.pid);
    report_type(&python, "?\n");
    report_await_output(&python, "alive 50\n");
    hdbg_session_destroy(session);
    report_await_traced(python.pid, false);
    report_type(&python, "stop\n");
    report_finish(&python);
    report_expect(python.output_text, "done True\n");
    assert_string_equal(python.error_text, "");
    assert_int_equal(python.status, 0);
    report_clean(&python);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python_reading_null_is_reported),
        cmocka_unit_test(a_sleep_that_was_attached_and_killed_is_reported),
        cmocka_unit_test(an_interrupt_detaches_from_an_attached_program_unharmed),
        cmocka_unit_test(a_pipeline_is_followed_to_its_end),
        cmocka_unit_test(a_crash_in_the_middle_of_a_pipeline_is_reported),
        cmocka_unit_test(a_shell_waits_for_its_children),
        cmocka_unit_test(a_child_that_is_killed_is_told_in_a_line),
        cmocka_unit_test(a_python_of_50_threads_survives_200_attaches),
    };
    return cmocka_run_group_tests_name("hdbg-report on real programs", tests, NULL, NULL);
}

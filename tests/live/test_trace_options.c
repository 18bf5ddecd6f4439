/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-trace: what it prints of calls whose arguments are known, its options, and how it leaves what it
 * traces.
 */
#define _GNU_SOURCE
#include "report_run.h"
#include "trace_run.h"

#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PROGRAM HDBG_TEST_FIXTURES "/trace_calls"

#define RUN(...) trace_run_tool(TRACE_TOOL, (const char *const[]){__VA_ARGS__, NULL})

static void expect_match(const char *text, const char *pattern)
{
    regex_t compiled;
    assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE), 0);
    int found = regexec(&compiled, text, 0, NULL, 0);
    regfree(&compiled);
    if (found != 0)
        fail_msg("nothing is like '%s' in:\n%s", pattern, text);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        count++;
    return count;
}

/* ---- arguments ---- */

static const char *const kLines[] = {
    "openat(AT_FDCWD, \"/etc/../etc/passwd\", O_RDONLY|O_CLOEXEC) = 3",
    "read(3, \"root:\", 5)                     = 5",
    "lseek(3, 7, SEEK_SET)                   = 7",
    "openat(AT_FDCWD, \"/nowhere/\\\"new\\\"\\n\", O_WRONLY|O_CREAT|O_TRUNC, 0640) = -1 ENOENT (No such file "
    "or "
    "directory)",
    "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x",
    "mmap(NULL, 0, PROT_NONE, MAP_SHARED, -1, 0) = -1 EBADF (Bad file descriptor)",
    "writev(99, [{iov_base=\"one\", iov_len=3}, {iov_base=\"two\\n\", iov_len=4}], 2) = -1 EBADF (Bad file "
    "descriptor)",
    "write(99, \"01234567890123456789012345678901\"..., 40) = -1 EBADF (Bad file descriptor)",
    "write(99, \"tab\\tzero\\0001\\377\", 11)     = -1 EBADF (Bad file descriptor)",
    "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 77) = -1 EPROTONOSUPPORT (Protocol not supported)",
    "nanosleep({tv_sec=0, tv_nsec=1000}, NULL) = 0",
    "access(\"/\", R_OK|X_OK)                  = 0",
    "rt_sigaction(SIGUSR1, NULL, NULL, 8)    = 0",
    "kill(2147483632, SIGTERM)               = -1 ESRCH (No such process)",
    "madvise(NULL, 0, MADV_DONTNEED)         = 0",
    "close(-1)                               = -1 EBADF (Bad file descriptor)",
    "chdir(0x8)                              = -1 EFAULT (Bad address)",
    "syscall_0x3e8(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function not implemented)",
    "exit_group(7)                           = ?",
    "+++ exited with 7 +++",
};

static void check_lines(const trace_run *run)
{
    for (size_t i = 0; i < sizeof kLines / sizeof *kLines; i++)
        report_expect(run->traced, kLines[i]);
    expect_match(run->traced, "^fstat\\(3, \\{st_mode=S_IFREG\\|0644, st_size=[0-9]+, \\.\\.\\.\\}\\) += 0$");
    expect_match(run->traced, "^execve\\(\"" PROGRAM
                              "\", \\[\"[^\"]*\"(\\.\\.\\.)?\\], 0x[0-9a-f]+ /\\* [0-9]+ vars \\*/\\) = 0$");
    assert_int_equal(WEXITSTATUS(run->status), 7);
}

static void arguments_and_results_are_told_in_words(void **state)
{
    (void)state;
    trace_run run = RUN(PROGRAM);
    check_lines(&run);
    trace_run_free(&run);
}

static void they_are_the_same_where_each_call_stops_the_thread(void **state)
{
    (void)state;
    trace_run run = RUN("--stopping", PROGRAM);
    check_lines(&run);
    trace_run_free(&run);
}

static void descriptors_have_their_paths_with_y(void **state)
{
    (void)state;
    trace_run run = RUN("-y", PROGRAM);
    report_expect(run.traced, "read(3</etc/passwd>, \"root:\", 5)");
    trace_run_free(&run);
}

static void a_path_cannot_write_what_it_likes(void **state)
{
    (void)state;
    char file[] = "/tmp/hdbg\n\033-XXXXXX", shown[64];
    close(mkstemp(file));
    snprintf(shown, sizeof shown, "</tmp/hdbg\\n\\33%s>, \"\"", strrchr(file, '-'));
    trace_run run = RUN("-y", "-e", "read", "cat", file);
    unlink(file);
    report_expect(run.traced, shown);
    trace_run_free(&run);
}

static void texts_are_as_long_as_s_says(void **state)
{
    (void)state;
    trace_run run = RUN("-s", "4", "-e", "write", PROGRAM);
    report_expect(run.traced, "write(99, \"0123\"..., 40)");
    trace_run_free(&run);
    run = RUN("-s", "100", "-e", "write", PROGRAM);
    report_expect(run.traced, "write(99, \"0123456789012345678901234567890123456789\", 40)");
    trace_run_free(&run);
}

static void environments_are_shown_with_v(void **state)
{
    (void)state;
    setenv("HDBG_TRACE_TEST", "seen", 1);
    trace_run run = RUN("-v", "-s", "1000", PROGRAM);
    char *line = trace_run_line(&run, "execve(");
    report_expect(line, "\"HDBG_TRACE_TEST=seen\"");
    free(line);
    trace_run_free(&run);
}

static void times_are_shown(void **state)
{
    (void)state;
    trace_run run = RUN("-t", PROGRAM);
    expect_match(run.traced, "^[0-9]{2}:[0-9]{2}:[0-9]{2} lseek\\(");
    trace_run_free(&run);
    run = RUN("-tt", "-T", PROGRAM);
    expect_match(run.traced, "^[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6} lseek\\(.* = 7 <[0-9]+\\.[0-9]{6}>$");
    trace_run_free(&run);
    run = RUN("-ttt", PROGRAM);
    expect_match(run.traced, "^[0-9]{10}\\.[0-9]{6} lseek\\(");
    trace_run_free(&run);
    run = RUN("-r", PROGRAM);
    expect_match(run.traced, "^ +[0-9]+\\.[0-9]{6} lseek\\(");
    trace_run_free(&run);
}

/* ---- filters ---- */

/* Each line is one of these calls. */
static void expect_only(const trace_run *run, const char *pattern)
{
    char *copy = strdup(run->traced), *rest;
    int count = 0;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest), count++)
        expect_match(line, pattern);
    free(copy);
    assert_true(count > 1);
}

static void only_the_chosen_calls_are_told(void **state)
{
    (void)state;
    trace_run run = RUN("-e", "trace=openat,close", PROGRAM);
    expect_only(&run, "^(openat|close)\\(|^\\+\\+\\+");
    report_expect(run.traced, "openat(");
    report_expect(run.traced, "close(");
    trace_run_free(&run);
    run = RUN("-e", "%memory", PROGRAM);
    expect_only(&run, "^(mmap|munmap|mprotect|brk|madvise)\\(|^\\+\\+\\+");
    report_expect(run.traced, "madvise(");
    trace_run_free(&run);
    run = RUN("--stopping", "-e", "trace=%signal,lseek", PROGRAM);
    expect_only(&run, "^(rt_sig[a-z]+|kill|lseek)\\(|^\\+\\+\\+");
    report_expect(run.traced, "lseek(");
    trace_run_free(&run);
}

static void an_exclamation_mark_chooses_the_others(void **state)
{
    (void)state;
    trace_run run = RUN("-e", "trace=!openat,%memory", PROGRAM);
    report_expect_none(run.traced, "openat(");
    report_expect_none(run.traced, "mmap(");
    report_expect(run.traced, "lseek(");
    trace_run_free(&run);
    run = RUN("-e", "trace=none", PROGRAM);
    assert_string_equal(run.traced, "+++ exited with 7 +++\n");
    trace_run_free(&run);
}

static void signals_are_told_and_can_be_left_out(void **state)
{
    (void)state;
    trace_run run = RUN("-e", "none", PROGRAM, "signal");
    expect_match(run.traced,
                 "^--- SIGUSR1 \\{si_signo=SIGUSR1, si_code=[-0-9]+, si_pid=[0-9]+, si_uid=[0-9]+\\} ---$");
    report_expect(run.traced, "+++ killed by SIGUSR2 +++");
    assert_true(WIFSIGNALED(run.status));
    assert_int_equal(WTERMSIG(run.status), SIGUSR2);
    trace_run_free(&run);
    run = RUN("-e", "none", "-e", "signal=!SIGUSR1", PROGRAM, "signal");
    report_expect_none(run.traced, "--- SIGUSR1");
    report_expect(run.traced, "--- SIGUSR2");
    trace_run_free(&run);
}

static void what_cannot_be_done_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value, *program, *said;
    } kWrong[] = {
        {"-e", "trace=nosuchcall", PROGRAM, "invalid system call 'nosuchcall'"},
        {"-e", "signal=SIGNONE", PROGRAM, "invalid signal 'SIGNONE'"},
        {"-e", "colour=red", PROGRAM, "invalid expression 'colour=red'"},
        {"-s", "many", PROGRAM, "'many' is no number"},
        {"-S", "beauty", PROGRAM, "cannot sort by 'beauty'"},
        {"-o", "/nowhere/file", PROGRAM, "Can't fopen '/nowhere/file'"},
        {"-a", "40", "/nowhere/program", "Can't stat '/nowhere/program'"},
        {"-p", "2147483600", PROGRAM, "2147483600"},
    };
    for (size_t i = 0; i < sizeof kWrong / sizeof *kWrong; i++) {
        trace_run run = RUN(kWrong[i].option, kWrong[i].value, kWrong[i].program);
        report_expect(run.errors, kWrong[i].said);
        assert_int_equal(run.status, W_EXITCODE(1, 0));
        trace_run_free(&run);
    }
}

/* ---- the table ---- */

static void the_table_lines_up_and_adds_up(void **state)
{
    (void)state;
    trace_run run = RUN("-c", "-S", "calls", PROGRAM);
    char *copy = strdup(run.traced), *rest;
    double percent, seconds, shares = 0;
    unsigned long calls, before = 1000000, sum = 0, total = 0, each;
    char name[64];
    assert_int_equal(strncmp(copy, "% time     seconds  usecs/call     calls    errors syscall\n", 59), 0);
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        assert_true(strlen(line) > 51);
        if (sscanf(line, "%lf %lf %lu %lu", &percent, &seconds, &each, &calls) != 4)
            continue;
        assert_true(line[50] == ' ' && line[51] != ' ');
        snprintf(name, sizeof name, "%s", line + 51);
        if (strcmp(name, "total") == 0) {
            total = calls;
            continue;
        }
        assert_true(calls <= before);
        before = calls;
        sum += calls;
        shares += percent;
        if (strcmp(name, "lseek") == 0)
            assert_int_equal(calls, 1);
    }
    free(copy);
    assert_int_equal(sum, total);
    assert_true(shares > 99 && shares < 101);
    expect_match(run.traced, " +[12] chdir$");
    trace_run_free(&run);
    run = RUN("-C", PROGRAM);
    report_expect(run.traced, kLines[2]);
    report_expect(run.traced, "% time ");
    trace_run_free(&run);
}

/* ---- threads, and teams that run ---- */

static void all_threads_are_traced(void **state)
{
    (void)state;
    trace_run run = RUN("-f", "-e", "getppid", PROGRAM, "threads");
    expect_match(run.traced, "^[0-9]+ +getppid\\(\\) += [0-9]+$");
    assert_int_equal(count_of(run.traced, "+++ exited with"), 2);
    assert_int_equal(WEXITSTATUS(run.status), 7);
    trace_run_free(&run);
}

/* The program runs, and says so. */
static struct report_run start_forever(void)
{
    struct report_run program;
    report_start(&program, (const char *const[]){PROGRAM, "forever", NULL});
    report_await_output(&program, "ready");
    return program;
}

static void a_team_that_runs_is_traced_and_let_go_by_an_interrupt(void **state)
{
    (void)state;
    struct report_run program = start_forever(), tool;
    char id[16];
    snprintf(id, sizeof id, "%d", (int)program.pid);
    report_start(&tool, (const char *const[]){TRACE_TOOL, "--attach", id, NULL});
    report_await_error(&tool, "getppid()");
    report_await_traced(program.pid, true);
    kill(tool.pid, SIGINT);
    report_finish(&tool);
    assert_int_equal(tool.status, 0);
    report_expect(tool.error_text, "detached");
    report_await_traced(program.pid, false);
    assert_int_equal(kill(program.pid, 0), 0);
    report_clean(&tool);
    report_clean(&program);
}

static void a_team_outlives_its_killed_tracer(void **state)
{
    (void)state;
    struct report_run program = start_forever(), tool;
    char id[16];
    snprintf(id, sizeof id, "%d", (int)program.pid);
    report_start(&tool, (const char *const[]){TRACE_TOOL, "-p", id, "-o", "/dev/null", NULL});
    report_await_traced(program.pid, true);
    kill(tool.pid, SIGKILL);
    report_await_traced(program.pid, false);
    assert_int_equal(waitpid(program.pid, NULL, WNOHANG), 0);
    report_clean(&tool);
    report_clean(&program);
}

/* How many calls a process has made that read; -1: it is no more. */
static long reads_of(pid_t pid)
{
    char path[64], line[128];
    long reads = -1;
    snprintf(path, sizeof path, "/proc/%d/io", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        sscanf(line, "syscr: %ld", &reads);
    if (file != NULL)
        fclose(file);
    return reads;
}

/* A process's name, and its state as /proc has it; '\0': it is no more. */
static char state_of(pid_t pid, char name[32])
{
    char path[64], state = '\0';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file != NULL && fscanf(file, "%*d (%31[^)]) %c", name, &state) != 2)
        state = '\0';
    if (file != NULL)
        fclose(file);
    return state;
}

/* The child that is this program now, and has read something; 0: there is none. */
static pid_t child_of(pid_t pid, const char *program)
{
    char path[64], name[32];
    int child, found = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(path, "r");
    while (found == 0 && file != NULL && fscanf(file, "%d", &child) == 1) {
        if (state_of(child, name) != '\0' && strcmp(name, program) == 0 && reads_of(child) > 0)
            found = child;
    }
    if (file != NULL)
        fclose(file);
    return found;
}

/* Whether a child has ended. It is not taken: its id stays its own. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

/* Waits until a program stands, traced, at a call, and makes no further one; or has ended. */
static void await_standing(pid_t pid)
{
    enum { LOOKS = 10 };
    const struct timespec pause = {0, 10000000};
    long before = -2;
    for (int same = 0; same < LOOKS; nanosleep(&pause, NULL)) {
        char name[32], state = state_of(pid, name);
        long now = reads_of(pid);
        if (state == '\0' || state == 'Z')
            return;
        same = state == 't' && now == before ? same + 1 : 0;
        before = now;
    }
}

/* The tracer does not run while the program makes thousands of calls: it waits for it, and none is lost. */
static void a_tracer_that_does_not_keep_up_misses_nothing(void **state)
{
    (void)state;
    enum { CALLS = 20000 };
    char file[] = "/tmp/hdbg-traced-XXXXXX";
    struct report_run tool;
    close(mkstemp(file));
    report_start(&tool, (const char *const[]){TRACE_TOOL, "-o", file, "-e", "read", "dd", "if=/dev/zero",
                                              "of=/dev/null", "bs=1", "count=20000", NULL});
    pid_t child = 0;
    while (child == 0 && !has_ended(tool.pid))
        child = child_of(tool.pid, "dd");
    kill(tool.pid, SIGSTOP);
    if (child != 0)
        await_standing(child);
    kill(tool.pid, SIGCONT);
    report_finish(&tool);
    char *text = report_read_file(file);
    int read = count_of(text, "read(0, \"\\0\", 1)");
    assert_int_equal(read, CALLS);
    report_expect(text, "+++ exited with 0 +++");
    free(text);
    unlink(file);
    report_clean(&tool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_and_results_are_told_in_words),
        cmocka_unit_test(they_are_the_same_where_each_call_stops_the_thread),
        cmocka_unit_test(descriptors_have_their_paths_with_y),
        cmocka_unit_test(a_path_cannot_write_what_it_likes),
        cmocka_unit_test(texts_are_as_long_as_s_says),
        cmocka_unit_test(environments_are_shown_with_v),
        cmocka_unit_test(times_are_shown),
        cmocka_unit_test(only_the_chosen_calls_are_told),
        cmocka_unit_test(an_exclamation_mark_chooses_the_others),
        cmocka_unit_test(signals_are_told_and_can_be_left_out),
        cmocka_unit_test(what_cannot_be_done_is_said),
        cmocka_unit_test(the_table_lines_up_and_adds_up),
        cmocka_unit_test(all_threads_are_traced),
        cmocka_unit_test(a_team_that_runs_is_traced_and_let_go_by_an_interrupt),
        cmocka_unit_test(a_team_outlives_its_killed_tracer),
        cmocka_unit_test(a_tracer_that_does_not_keep_up_misses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

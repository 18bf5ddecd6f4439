/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-report on a team that is killed while it is looked at: before the first question about it, before the
 * second, and so on, until the report is whole. Between two questions nothing is learned of the team, so that
 * these are all the moments there are.
 *
 * The tool is traced, which shows when it is about to ask: a message to the nub, a read of memory, or a file
 * of the team's in /proc.
 */
#define _GNU_SOURCE
#include "effort.h"
#include "report_run.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/ptrace.h>
#include <setjmp.h>
#include <cmocka.h>

enum {
    PATIENCE_SECONDS = 60,
    PAUSE_MILLISECONDS = 5,
    EVENT_LOOP_MILLISECONDS = 1000,
    STRIDE = EFFORT(1, 5), /* from question to question */
    QUESTIONS_MIN = 40,
    QUESTIONS_MAX = 5000
};

static char gFolder[] = "/tmp/hdbg-deaths-XXXXXX";

/* One run of the tool. */
typedef struct death {
    pid_t tool, team;
    int input, output; /* the team's, our ends */
    int number;        /* of the report */
    bool writes_core;  /* it is to write a core file as well */
    int wanted;        /* the question before which the team is killed */
    int asked;         /* questions so far; those before the crash do not count */
    bool waits;        /* the tool does, for events */
    int64_t deadline;  /* of the whole run */
    bool crashed, killed;
    int status; /* of the tool, as a shell has it */
} death;

static int make_folder(void **state)
{
    sigset_t child;
    (void)state;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    /* What the tool leaves behind becomes our child: nobody else's may be waited for. */
    return mkdtemp(gFolder) == NULL || sigprocmask(SIG_BLOCK, &child, NULL) != 0 ||
           prctl(PR_SET_CHILD_SUBREAPER, 1) != 0;
}

static int remove_folder(void **state)
{
    (void)state;
    struct report_run run;
    report_all(&run, (const char *const[]){"rm", "-rf", gFolder, NULL});
    report_clean(&run);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the tool ---- */

static void run_tool(const death *d, int input, int output)
{
    char text[256], json[256], html[256], core[256], options[512];
    const char *given = getenv("ASAN_OPTIONS");
    snprintf(text, sizeof text, "%s/%d.txt", gFolder, d->number);
    snprintf(json, sizeof json, "%s/%d.json", gFolder, d->number);
    snprintf(html, sizeof html, "%s/%d.html", gFolder, d->number);
    snprintf(core, sizeof core, "%s/%d.core", gFolder, d->number);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    if (d->writes_core) /* it says that it could not */
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    /* Leaks cannot be looked for in a process that is traced. */
    snprintf(options, sizeof options, "%s:detect_leaks=0", given != NULL ? given : "");
    setenv("ASAN_OPTIONS", options, 1);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    if (d->writes_core)
        execl(REPORT_TOOL, REPORT_TOOL, "-o", text, "--write-core", core, HDBG_TEST_FIXTURES "/report-death",
              (char *)NULL);
    else
        execl(REPORT_TOOL, REPORT_TOOL, "-o", text, "--json", json, "--html", html,
              HDBG_TEST_FIXTURES "/report-death", (char *)NULL);
    _exit(127);
}

static void start(death *d)
{
    int in[2], out[2];
    d->deadline = now_ms() + PATIENCE_SECONDS * 1000;
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    d->tool = fork();
    if (d->tool == 0)
        run_tool(d, in[0], out[1]);
    assert_true(d->tool > 0);
    close(in[0]);
    close(out[1]);
    d->input = in[1];
    d->output = out[0];
}

/* The team has said who it is, and the tool waits for what comes: now it may crash, and all that the tool
 * asks from here on is about that. */
static void let_crash(death *d)
{
    struct pollfd said = {.fd = d->output, .events = POLLIN};
    char line[32] = "";
    if (d->crashed || !d->waits || poll(&said, 1, 0) != 1)
        return;
    assert_true(read(d->output, line, sizeof line - 1) > 0);
    d->team = (pid_t)atoi(line);
    assert_true(d->team > 0);
    d->crashed = true;
    assert_int_equal(write(d->input, "\n", 1), 1);
}

/* Waits for the next stop of the tool, or its end, or (with no tool any more) for the end of any process;
 * -1: there is none. Fails the test if nothing comes. */
static int wait_for(death *d)
{
    const struct timespec pause = {0, PAUSE_MILLISECONDS * 1000000};
    sigset_t signals;
    int status;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    while (now_ms() < d->deadline) {
        pid_t got = waitpid(d->tool, &status, WNOHANG | __WALL);
        if (got != 0)
            return got > 0 ? status : -1;
        if (d->tool > 0)
            let_crash(d);
        sigtimedwait(&signals, NULL, &pause);
    }
    fail_msg("killed before question %d: process %d does not go on", d->wanted, (int)d->tool);
    return -1;
}

/* ---- its questions ---- */

/* Whether a path in the tool's memory, which may lie at the end of a page, is of the team's. */
static bool is_about(const death *d, uint64_t path)
{
    char there[32] = "", wanted[32];
    for (size_t i = 0; i + 1 < sizeof there && (i == 0 || there[i - 1] != '\0'); i++) {
        struct iovec to = {there + i, 1}, from = {(void *)(uintptr_t)(path + i), 1};
        if (process_vm_readv(d->tool, &to, 1, &from, 1, 0) != 1)
            return false;
    }
    snprintf(wanted, sizeof wanted, "/proc/%d/", (int)d->team);
    return strncmp(there, wanted, strlen(wanted)) == 0;
}

static bool is_question(const death *d, const struct ptrace_syscall_info *call)
{
    switch (call->entry.nr) {
    case SYS_sendmsg:
    case SYS_process_vm_readv:
        return true;
    case SYS_openat:
    case SYS_readlinkat:
    case SYS_newfstatat:
        return is_about(d, call->entry.args[1]);
#ifdef SYS_open
    case SYS_open:
    case SYS_readlink:
        return is_about(d, call->entry.args[0]);
#endif
    default:
        return false;
    }
}

/* Kills the team, and waits until all of it is dead; but for one that has died of its crash already. */
static void kill_team(death *d)
{
    int descriptor = (int)syscall(SYS_pidfd_open, d->team, 0);
    struct pollfd dead = {.fd = descriptor, .events = POLLIN};
    if (descriptor < 0)
        return;
    kill(d->team, SIGKILL);
    assert_int_equal(poll(&dead, 1, PATIENCE_SECONDS * 1000), 1);
    close(descriptor);
    d->killed = true;
}

static void look_at_call(death *d)
{
    struct ptrace_syscall_info call = {0};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, d->tool, sizeof call, &call) <= 0 ||
        call.op != PTRACE_SYSCALL_INFO_ENTRY) {
        d->waits = false;
        return;
    }
    /* Its event loop's wait (watch.c), which is no wait for an answer: those have other times. */
    d->waits = call.entry.nr == SYS_poll && (int)call.entry.args[2] == EVENT_LOOP_MILLISECONDS;
    if (d->crashed && !d->killed && is_question(d, &call) && d->asked++ == d->wanted)
        kill_team(d);
}

/* Lets the tool run to its end, and waits for all that it has started. */
static void run(death *d)
{
    int status, signal_number = 0;
    start(d);
    assert_true(WIFSTOPPED(wait_for(d)));
    assert_int_equal(ptrace(PTRACE_SETOPTIONS, d->tool, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
    for (;;) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, d->tool, 0, signal_number), 0);
        status = wait_for(d);
        if (!WIFSTOPPED(status))
            break;
        signal_number = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
        if (signal_number == 0)
            look_at_call(d);
    }
    d->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    close(d->input);
    close(d->output);
    d->tool = -1;
    while (wait_for(d) != -1)
        continue; /* the nub, the reader of debug information: none may stay */
}

/* ---- what was written ---- */

/* Holds all files of the folder against what they have to be: argv[1] is the schema, argv[2] the folder,
 * argv[3] how many reports there are, the last one of a team that was let live. How often the tool asks is
 * not the same in each run (whether the threads stand already), so that the reports are not held against each
 * other by number: one that calls itself complete has to have all that the last one has. */
static const char kCheck[] =
    "import json, sys, html.parser, jsonschema\n"
    "schema = jsonschema.Draft7Validator(json.load(open(sys.argv[1])))\n"
    "class Page(html.parser.HTMLParser):\n"
    "    def __init__(self):\n"
    "        super().__init__(); self.open = []\n"
    "    def handle_starttag(self, tag, attributes):\n"
    "        if tag not in ('meta', 'br'): self.open.append(tag)\n"
    "    def handle_endtag(self, tag):\n"
    "        assert self.open and self.open.pop() == tag, tag\n"
    "def shape(report):\n"
    "    return ([report[part] and len(report[part]) for part in ('instructions', 'registers', "
    "'stack_memory',\n"
    "             'images', 'threads')], len(report['source']['lines']) if 'source' in report else 0,\n"
    "            [len(thread.get('frames', [])) for thread in report['threads']],\n"
    "            [len(frame['variables']) for frame in report['threads'][0]['frames']],\n"
    "            [len(report['team'][part]) for part in ('arguments', 'environment', 'limits', 'files')])\n"
    "reports = []\n"
    "for n in range(int(sys.argv[3])):\n"
    "    name = '%s/%d.' % (sys.argv[2], n)\n"
    "    report = json.load(open(name + 'json'))\n"
    "    page, text = open(name + 'html').read(), open(name + 'txt').read()\n"
    "    schema.validate(report)\n"
    "    parser = Page(); parser.feed(page); parser.close()\n"
    "    assert not parser.open and page.endswith('</html>\\n'), (n, parser.open)\n"
    "    assert text.startswith('hdbg-report: thread ') and text.endswith('\\n'), (n, text)\n"
    "    assert '\\n  team ' in text and '\\nThread ' in text, (n, text)\n"
    "    assert report['crash']['signal'] == 'SIGSEGV', (n, report['crash'])\n"
    "    assert report['crash']['sentence'] in text\n"
    "    short = 'the team ended while this report was made'\n"
    "    assert (short in text) == (short in page) == (not report['complete']), (n, text)\n"
    "    reports.append(report)\n"
    "last = reports[-1]\n"
    "assert last['complete'] and 'in board() of report-death' in last['crash']['sentence'], last['crash']\n"
    "assert all(shape(last)[0]) and len(last['threads']) == 2, shape(last)\n"
    "status = [int(line) for line in open(sys.argv[2] + '/statuses')]\n"
    "assert status[-1] == 128 + 11, status\n"
    "for n, report in enumerate(reports):\n"
    "    if report['complete']:\n"
    "        assert shape(report) == shape(last), (n, shape(report), shape(last))\n"
    "        assert status[n] in (128 + 9, 128 + 11), (n, status[n])\n"
    "    else:\n"
    "        assert status[n] == 128 + 9, (n, status[n])\n"
    "cut = [report for report in reports if not report['complete']]\n"
    "shapes = {str(shape(report)) for report in cut}\n"
    "assert len(cut) >= 40 and len(shapes) >= 10, (len(cut), shapes)\n"
    "print('good', len(cut), len(reports), len(shapes))\n";

static void a_team_that_is_killed_before_any_question_gives_the_report_so_far(void **state)
{
    (void)state;
    char count[16], path[128];
    int reports = 0;
    struct report_run check;
    snprintf(path, sizeof path, "%s/statuses", gFolder);
    FILE *statuses = fopen(path, "we");
    assert_non_null(statuses);
    for (bool lived = false; !lived; reports++) {
        death d = {.number = reports, .wanted = reports * STRIDE};
        assert_true(reports < QUESTIONS_MAX);
        run(&d);
        assert_true(d.crashed);
        lived = !d.killed;
        fprintf(statuses, "%d\n", d.status);
    }
    assert_int_equal(fclose(statuses), 0);
    assert_true(reports > QUESTIONS_MIN);
    snprintf(count, sizeof count, "%d", reports);
    report_all(&check,
               (const char *const[]){"python3", "-c", kCheck, HDBG_TEST_SOURCES "/../docs/report.schema.json",
                                     gFolder, count, NULL});
    if (strncmp(check.output_text, "good ", 5) != 0)
        fail_msg("%s%s", check.output_text, check.error_text);
    print_message("cut short, all, different: %s", check.output_text);
    report_clean(&check);
}

/* ---- its core file ---- */

static size_t files_like(const char *format, int number)
{
    char pattern[256];
    glob_t found;
    snprintf(pattern, sizeof pattern, format, gFolder, number);
    size_t count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return count;
}

/* One that was written is whole; else there is none, and the exit status says that it could not be. */
static void expect_whole_or_none(const death *d)
{
    char path[256];
    struct report_run check;
    if (d->status == 125) {
        assert_true(d->killed);
        if (files_like("%s/%d.core*", d->number) != 0 || files_like("%s/.%d.core*", d->number) != 0)
            fail_msg("killed before question %d: a part of the core file is left", d->wanted);
        return;
    }
    assert_in_set(d->status, ((const unsigned long[]){128 + SIGKILL, 128 + SIGSEGV}), 2);
    snprintf(path, sizeof path, "%s/%d.core", gFolder, d->number);
    report_all(&check, (const char *const[]){HDBG_TEST_TOOLS "/hdbg-core", "--quiet", "check", path, NULL});
    if (check.status != 0)
        fail_msg("killed before question %d: %s%s", d->wanted, check.output_text, check.error_text);
    report_clean(&check);
}

static void a_team_that_is_killed_while_its_core_is_written_leaves_a_whole_one_or_none(void **state)
{
    (void)state;
    enum { KILLS = EFFORT(30, 10), FIRST = 100000 };
    int without = 0, with = 0;
    death whole = {.number = FIRST, .wanted = QUESTIONS_MAX, .writes_core = true};
    run(&whole);
    assert_int_equal(whole.status, 128 + SIGSEGV);
    expect_whole_or_none(&whole);
    assert_true(whole.asked > QUESTIONS_MIN);
    /* From the last question of all to the first: most of the later ones are about the core file. */
    for (int i = 0; i < KILLS; i++) {
        death d = {.number = FIRST + 1 + i,
                   .wanted = whole.asked - 1 - whole.asked * i / KILLS,
                   .writes_core = true};
        run(&d);
        expect_whole_or_none(&d);
        without += d.status == 125;
        with += d.status != 125;
    }
    print_message("of %d questions; without a core file: %d, with one: %d\n", whole.asked, without, with);
    assert_true(without > KILLS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_that_is_killed_before_any_question_gives_the_report_so_far),
        cmocka_unit_test(a_team_that_is_killed_while_its_core_is_written_leaves_a_whole_one_or_none),
    };
    return cmocka_run_group_tests_name("hdbg-report on teams that are killed meanwhile", tests, make_folder,
                                       remove_folder);
}

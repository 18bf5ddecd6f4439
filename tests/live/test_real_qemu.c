/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * An emulator whose guest ticks: a program that runs code of its own making in several threads.
 */
#define _GNU_SOURCE
#include "real_run.h"

#include <haikudbg/haikudbg.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

enum { VISITS = 10, TICKS_AFTER = 18, FRAMES_MAX = 200, THREADS_MAX = 64, MEMORY = 16 << 20 };

#define assert_ok(call)                                                                                      \
    do {                                                                                                     \
        hdbg_status status_ = (call);                                                                        \
        if (status_ != HDBG_OK)                                                                              \
            fail_msg("%s: %s (%s)", #call, hdbg_status_name(status_), hdbg_last_error());                    \
    } while (0)

/* ---- the guest ---- */

static int make_guest(void **state)
{
    struct report_run run;
    if (real_set_up(state) != 0)
        return -1;
    report_all(&run, (const char *const[]){"as", "--32", "-o", real_path("guest.o"),
                                           HDBG_TEST_SOURCES "/live/guest.s", NULL});
    assert_int_equal(run.status, 0);
    report_clean(&run);
    report_all(&run, (const char *const[]){"ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary",
                                           "-o", real_path("guest"), real_path("guest.o"), NULL});
    assert_int_equal(run.status, 0);
    report_clean(&run);
    return 0;
}

/* With two processors, and the memory in a file, which a test can cut short. */
static const char *const *emulator(void)
{
    static char drive[256], memory[256];
    static const char *arguments[] = {"qemu-system-x86_64",
                                      "-accel",
                                      "tcg,thread=multi",
                                      "-smp",
                                      "2",
                                      "-name",
                                      "guest,debug-threads=on",
                                      "-nodefaults",
                                      "-no-user-config",
                                      "-display",
                                      "none",
                                      "-serial",
                                      "stdio",
                                      "-object",
                                      memory,
                                      "-machine",
                                      "pc,memory-backend=memory",
                                      "-m",
                                      "16",
                                      "-drive",
                                      drive,
                                      NULL};
    snprintf(drive, sizeof(drive), "file=%s,format=raw,if=floppy,readonly=on", real_path("guest"));
    snprintf(memory, sizeof(memory), "memory-backend-file,id=memory,share=on,size=%d,mem-path=%s", MEMORY,
             real_path("memory"));
    return arguments;
}

/* Waits for the guest's tick of a number; all before it have to be there, each once. */
static void await_tick(struct report_run *run, int number)
{
    char line[32];
    const char *at = run->output_text;
    snprintf(line, sizeof(line), "tick %04x\n", (unsigned)number);
    report_await_output(run, line);
    for (int i = 1; i <= number; i++) {
        snprintf(line, sizeof(line), "tick %04x\n", (unsigned)i);
        at = strstr(run->output_text, "tick ") == NULL ? "" : i == 1 ? strstr(run->output_text, "tick ") : at;
        if (strncmp(at, line, strlen(line)) != 0)
            fail_msg("the guest did not go on from where it was: not %s but %.20s", line, at);
        at += strlen(line);
    }
}

static int last_tick(const struct report_run *run)
{
    int count = 0;
    for (const char *at = run->output_text; (at = strstr(at, "tick ")) != NULL; at++)
        count++;
    return count > 0 && run->output_text[run->output_size - 1] != '\n' ? count - 1 : count;
}

/* ---- stacks ---- */

struct seen {
    int threads, processors, frames;
};

/* A stack in words, for a test that fails. */
static const char *describe(hdbg_thread *thread, const hdbg_stack *stack)
{
    static char text[16384];
    hdbg_stack_info info = {.size = sizeof(info)};
    size_t used = 0;
    hdbg_stack_info_get(stack, &info);
    for (size_t i = 0; i < info.count && used < sizeof(text) - 400; i++) {
        const hdbg_frame *frame = hdbg_stack_frame(stack, i);
        hdbg_symbol symbol = {.size = sizeof(symbol)};
        bool named = hdbg_symbol_at(hdbg_thread_team(thread), frame->pc - 1, &symbol) == HDBG_OK;
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "  %2zu %#llx source %d %.100s\n", i,
                             (unsigned long long)frame->pc, (int)frame->source, named ? symbol.name : "?");
    }
    hdbg_stack_explain(stack, text + used, sizeof(text) - used);
    return text;
}

static void look_at_thread(hdbg_thread *thread, struct seen *seen)
{
    hdbg_thread_info about = {.size = sizeof(about)};
    hdbg_stack_info info = {.size = sizeof(info)};
    hdbg_stack *stack = NULL;

    assert_ok(hdbg_thread_info_get(thread, &about));
    assert_ok(hdbg_stack_unwind(thread, NULL, &stack));
    assert_ok(hdbg_stack_info_get(stack, &info));
    if (info.end != HDBG_STACK_COMPLETE || info.count < 3)
        fail_msg("the stack of thread '%s' is not whole, %d:\n%s", about.name, info.end,
                 describe(thread, stack));
    /* The emulator tells debuggers of the code that it makes: nothing has to be guessed. */
    for (size_t i = 0; i < info.count; i++) {
        if (hdbg_stack_frame(stack, i)->source == HDBG_FRAME_SCAN)
            fail_msg("the stack of thread '%s' is partly guessed:\n%s", about.name, describe(thread, stack));
    }
    seen->threads++;
    seen->frames += (int)info.count;
    seen->processors += strncmp(about.name, "CPU ", 4) == 0;
    hdbg_stack_free(stack);
}

/* Attaches, reads the stacks of all threads, and lets the team go. */
static void visit(hdbg_session *session, pid_t pid, struct seen *seen)
{
    hdbg_thread *threads[THREADS_MAX];
    hdbg_team *team = NULL;
    assert_ok(hdbg_team_attach(session, pid, HDBG_ATTACH_STOP, &team));
    size_t count = hdbg_team_threads(team, threads, THREADS_MAX);
    assert_in_range(count, 3, THREADS_MAX);
    for (size_t i = 0; i < count; i++) {
        look_at_thread(threads[i], seen);
        hdbg_thread_release(threads[i]);
    }
    assert_ok(hdbg_team_detach(team));
    hdbg_team_release(team);
}

static void a_guest_ticks_on_after_each_time_that_all_stacks_were_read(void **state)
{
    (void)state;
    static struct report_run run;
    hdbg_session *session = NULL;
    real_start(&run, emulator());
    pid_t pid = real_program(&run);
    await_tick(&run, 1);
    assert_ok(hdbg_session_create(NULL, &session));
    for (int i = 0; i < VISITS; i++) {
        struct seen seen = {0};
        visit(session, pid, &seen);
        assert_int_equal(seen.processors, 2);
        assert_true(seen.threads >= 3);
        await_tick(&run, last_tick(&run) + 1);
    }
    hdbg_session_destroy(session);
    report_await_traced(pid, false);
    await_tick(&run, last_tick(&run) + TICKS_AFTER);
}

/* ---- crashes ---- */

/* Each thread of the emulator is in the report, the guest's processors too. */
static void expect_threads(const struct report_run *report)
{
    report_expect(report->error_text, "'CPU 0/TCG'");
    report_expect(report->error_text, "'CPU 1/TCG'");
    report_expect(report->error_text, "'qemu-system-x86'");
}

static void an_emulator_that_is_killed_by_a_signal_is_reported(void **state)
{
    (void)state;
    static struct report_run run, report;
    char id[16];
    real_start(&run, emulator());
    pid_t pid = real_program(&run);
    await_tick(&run, 1);
    snprintf(id, sizeof(id), "%d", (int)pid);
    report_start(&report, (const char *const[]){REPORT_TOOL, "--attach", id, NULL});
    report_await_error(&report, "hdbg-report: attached to team ");
    await_tick(&run, last_tick(&run) + 2);
    kill(pid, SIGSEGV);
    report_finish(&report);
    report_expect(report.error_text, "'qemu-system-x86' got signal SIGSEGV from outside, sent by team ");
    expect_threads(&report);
    assert_int_equal(report.status, 128 + SIGSEGV);
    report_finish(&run);
    assert_int_equal(run.status, 128 + SIGSEGV);
    report_clean(&report);
}

static void a_guest_whose_memory_is_cut_short_under_it_is_reported(void **state)
{
    (void)state;
    static struct report_run run;
    const char *arguments[64] = {REPORT_TOOL};
    for (size_t i = 0; emulator()[i] != NULL; i++)
        arguments[i + 1] = emulator()[i];
    real_start(&run, arguments);
    await_tick(&run, 3);
    assert_int_equal(truncate(real_path("memory"), 0), 0);
    report_finish(&run);
    report_expect(run.error_text, "hdbg-report: thread ");
    report_expect(run.error_text, "SIGBUS");
    expect_threads(&run);
    assert_int_equal(run.status, 128 + SIGBUS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_guest_ticks_on_after_each_time_that_all_stacks_were_read, real_end_all),
        cmocka_unit_test_teardown(an_emulator_that_is_killed_by_a_signal_is_reported, real_end_all),
        cmocka_unit_test_teardown(a_guest_whose_memory_is_cut_short_under_it_is_reported, real_end_all),
    };
    return cmocka_run_group_tests_name("an emulator", tests, make_guest, real_tear_down);
}

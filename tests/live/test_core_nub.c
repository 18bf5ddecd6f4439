/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * WRITE_CORE_FILE: hdbg-nub writes the same core files, of teams that run, and lets them go on.
 */
#define _GNU_SOURCE
#include "session_run.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MIB = 1 << 20, SECOND = 1000000 };

typedef struct scene {
    run *r; /* for the fixture; its session attaches to nothing */
    hdbg_kernel *kernel;
    hdbg_port_id port, nub_port;
    hdbg_nub *nub;
    hdbg_team_id id;
    hdbg_address pattern;
    size_t size;
    char folder[64], path[128];
} scene;

static void start(scene *s, int mebibytes)
{
    char line[128], number[16];
    unsigned long long pattern, sparse;
    memset(s, 0, sizeof *s);
    s->size = (size_t)mebibytes * MIB;
    snprintf(number, sizeof number, "%d", mebibytes);
    s->r = run_session();
    s->kernel = hdbg_session_kernel(s->r->session);
    s->id = run_start(s->r, "core_cases", ARGUMENTS(number));
    run_line(s->r, line, sizeof line);
    assert_int_equal(sscanf(line, "%llx %llx", &pattern, &sparse), 2);
    s->pattern = pattern;
    strcpy(s->folder, "/tmp/hdbg-core-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->path, sizeof s->path, "%s/core", s->folder);
    s->port = s->kernel->ops->port_create(s->kernel->context, 100, "debugger");
    assert_true(s->port >= 0);
    s->nub_port = s->kernel->ops->install_team_debugger(s->kernel->context, s->id, s->port);
    assert_true(s->nub_port >= 0);
    assert_ok(hdbg_nub_open(s->kernel, s->nub_port, s->id, HDBG_ARCH_X86_64, &s->nub));
}

static void say(const scene *s, const char *line)
{
    assert_int_equal(write(s->r->input, line, strlen(line)), strlen(line));
}

static void expect_alive(scene *s)
{
    char line[64];
    say(s, "hello\n");
    run_line(s->r, line, sizeof line);
    assert_string_equal(line, "here");
}

static int files_in(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static void leave(scene *s)
{
    hdbg_nub_close(s->nub);
    unlink(s->path);
    assert_int_equal(files_in(s->folder), 0);
    rmdir(s->folder);
    s->kernel->ops->remove_team_debugger(s->kernel->context, s->id);
    s->kernel->ops->port_delete(s->kernel->context, s->port);
    run_free(s->r);
}

static void finish(scene *s)
{
    hdbg_team_id id = s->id;
    assert_ok(s->kernel->ops->remove_team_debugger(s->kernel->context, id));
    say(s, "exit\n");
    leave(s);
    assert_int_equal(run_reap(id), 42);
}

static void check_core(const scene *s, const char *path)
{
    hdbg_kernel *kernel = NULL;
    hdbg_core_info info = {.size = sizeof info};
    uint64_t *words = malloc(s->size);
    assert_ok(hdbg_core_open(path, 0, &kernel));
    assert_ok(hdbg_core_info_get(kernel, &info));
    assert_string_equal(info.problems, "");
    assert_int_equal(info.team, s->id);
    assert_int_equal(info.thread_count, 4);
    assert_int_equal(info.flags,
                     HDBG_CORE_HAS_HAIKU_NOTES | HDBG_CORE_HAS_LINUX_NOTES | HDBG_CORE_HAS_DETAILS);
    for (size_t done = 0; done < s->size;) {
        int64_t got = kernel->ops->memory_read(kernel->context, s->id, s->pattern + done,
                                               (char *)words + done, s->size - done);
        assert_true(got > 0);
        done += (size_t)got;
    }
    for (size_t i = 0; i < s->size / sizeof *words; i++) {
        if (words[i] != i * UINT64_C(0x9e3779b97f4a7c15) + 1)
            fail_msg("word %zu differs", i);
    }
    free(words);
    hdbg_kernel_destroy(kernel);
}

static void a_team_that_runs_is_written_and_runs_on(void **state)
{
    scene s;
    struct stat info;
    (void)state;
    start(&s, 8);
    assert_ok(hdbg_nub_write_core_file(s.nub, s.path, 30 * SECOND));
    expect_alive(&s);
    assert_int_equal(stat(s.path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    check_core(&s, s.path);
    finish(&s);
}

static void two_are_written_one_after_the_other(void **state)
{
    scene s;
    (void)state;
    start(&s, 1);
    assert_ok(hdbg_nub_write_core_file(s.nub, s.path, 30 * SECOND));
    check_core(&s, s.path);
    assert_status(hdbg_nub_write_core_file(s.nub, s.path, 30 * SECOND), HDBG_FILE_EXISTS);
    unlink(s.path);
    assert_ok(hdbg_nub_write_core_file(s.nub, s.path, 30 * SECOND));
    check_core(&s, s.path);
    expect_alive(&s);
    finish(&s);
}

static void a_path_that_cannot_be_is_told(void **state)
{
    scene s;
    (void)state;
    start(&s, 1);
    assert_status(hdbg_nub_write_core_file(s.nub, "core", 30 * SECOND), HDBG_BAD_VALUE);
    assert_status(hdbg_nub_write_core_file(s.nub, "/nowhere/core", 30 * SECOND), HDBG_ENTRY_NOT_FOUND);
    expect_alive(&s);
    finish(&s);
}

/* A stopped thread is in it with what it stopped for, and stands afterwards. */
static void a_crash_is_in_it(void **state)
{
    scene s;
    char message[HDBG_NUB_EVENT_SIZE_MAX];
    int32_t code = -1;
    (void)state;
    start(&s, 1);
    say(&s, "crash\n");
    assert_true(
        s.kernel->ops->port_read(s.kernel->context, s.port, &code, message, sizeof message, 20 * SECOND) > 0);
    assert_int_equal(code, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_ok(hdbg_nub_write_core_file(s.nub, s.path, 30 * SECOND));
    hdbg_kernel *kernel = NULL;
    hdbg_core_info info = {.size = sizeof info};
    assert_ok(hdbg_core_open(s.path, 0, &kernel));
    assert_ok(hdbg_core_info_get(kernel, &info));
    assert_int_equal(info.thread, s.id);
    assert_int_equal(info.signal, HDBG_SIGSEGV);
    hdbg_kernel_destroy(kernel);
    hdbg_cpu_state cpu;
    assert_ok(hdbg_nub_get_cpu_state(s.nub, s.id, &code, &cpu));
    assert_int_equal(code, HDBG_EVENT_EXCEPTION_OCCURRED);
    hdbg_team_id id = s.id;
    leave(&s);
    assert_int_equal(run_reap(id), -SIGSEGV);
}

/* Sends the message without waiting for its reply. */
static void ask_alone(scene *s)
{
    hdbg_nub_message message = {.type = HDBG_MESSAGE_WRITE_CORE_FILE};
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX];
    int32_t code;
    message.reply_port = s->kernel->ops->port_create(s->kernel->context, 1, "reply");
    snprintf(message.data.path, sizeof message.data.path, "%s", s->path);
    int64_t size =
        hdbg_nub_message_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &message, &code, bytes, sizeof bytes);
    assert_true(size > 0);
    assert_ok(s->kernel->ops->port_write(s->kernel->context, s->nub_port, code, bytes, (size_t)size, SECOND));
}

/* What is being written of a team that dies, or whose debugger goes, vanishes in a moment. */
static void expect_nothing_left(const scene *s)
{
    for (int i = 0; i < 200 && files_in(s->folder) > 0; i++)
        usleep(50000);
    if (access(s->path, F_OK) != 0)
        assert_int_equal(files_in(s->folder), 0);
}

static void a_team_that_dies_meanwhile_leaves_nothing_half(void **state)
{
    scene s;
    (void)state;
    start(&s, 256);
    ask_alone(&s);
    for (int i = 0; i < 1000 && files_in(s.folder) == 0; i++)
        usleep(1000);
    kill(s.id, SIGKILL);
    assert_int_equal(run_reap(s.id), -SIGKILL);
    expect_nothing_left(&s);
    leave(&s);
}

static void a_debugger_that_goes_meanwhile_leaves_the_team_running(void **state)
{
    scene s;
    (void)state;
    start(&s, 256);
    ask_alone(&s);
    for (int i = 0; i < 1000 && files_in(s.folder) == 0; i++)
        usleep(1000);
    assert_ok(s.kernel->ops->remove_team_debugger(s.kernel->context, s.id));
    expect_alive(&s);
    expect_nothing_left(&s);
    hdbg_team_id id = s.id;
    say(&s, "exit\n");
    leave(&s);
    assert_int_equal(run_reap(id), 42);
}

static int count_detail(void *context, const hdbg_detail *detail)
{
    (void)detail;
    ++*(int *)context;
    return 0;
}

static void its_notes_tell_details_and_symbols_too(void **state)
{
    scene s;
    hdbg_kernel *kernel = NULL;
    hdbg_core_info info = {.size = sizeof info};
    (void)state;
    start(&s, 1);
    assert_ok(hdbg_nub_write_core_file(s.nub, s.path, 30 * SECOND));
    assert_ok(hdbg_core_open(s.path, 0, &kernel));
    assert_ok(hdbg_core_info_get(kernel, &info));
    assert_string_equal(info.problems, "");
    assert_true(info.symbol_count >= 4); /* the vdso's */
    for (int32_t kind = HDBG_DETAIL_ARGUMENT; kind <= HDBG_DETAIL_PROGRAM; kind++) {
        int count = 0;
        assert_ok(kernel->ops->team_details(kernel->context, s.id, kind, count_detail, &count));
        assert_true(count > 0);
    }
    hdbg_kernel_destroy(kernel);
    finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_notes_tell_details_and_symbols_too),
        cmocka_unit_test(a_team_that_runs_is_written_and_runs_on),
        cmocka_unit_test(two_are_written_one_after_the_other),
        cmocka_unit_test(a_path_that_cannot_be_is_told),
        cmocka_unit_test(a_crash_is_in_it),
        cmocka_unit_test(a_team_that_dies_meanwhile_leaves_nothing_half),
        cmocka_unit_test(a_debugger_that_goes_meanwhile_leaves_the_team_running),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

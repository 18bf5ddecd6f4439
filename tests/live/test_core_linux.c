/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Core files that others have written: Linux's kernel, and gcore.
 */
#define _GNU_SOURCE
#include "session_run.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct opened {
    hdbg_kernel *kernel;
    hdbg_session *session;
    hdbg_team *team;
    hdbg_core_info info;
} opened;

static void open_core(opened *o, const char *path)
{
    hdbg_session_options options = {.size = sizeof options};
    memset(o, 0, sizeof *o);
    o->info.size = sizeof o->info;
    assert_ok(hdbg_core_open(path, 0, &o->kernel));
    assert_ok(hdbg_core_info_get(o->kernel, &o->info));
    options.kernel = o->kernel;
    assert_ok(hdbg_session_create(&options, &o->session));
    assert_ok(hdbg_team_attach(o->session, o->info.team, HDBG_ATTACH_STOP, &o->team));
}

static void close_core(opened *o)
{
    hdbg_team_release(o->team);
    hdbg_session_destroy(o->session);
    hdbg_kernel_destroy(o->kernel);
}

static void expect_program(opened *o)
{
    hdbg_image_list *images = NULL;
    hdbg_symbol symbol = {.size = sizeof symbol};
    int value = 0;
    assert_int_equal(o->info.flags, HDBG_CORE_HAS_LINUX_NOTES);
    assert_string_equal(o->info.problems, "");
    assert_int_equal(o->info.thread_count, 4);
    assert_ok(hdbg_image_list_get(o->team, &images));
    assert_true(hdbg_image_list_count(images) >= 4);
    const hdbg_image_info *program = hdbg_image_list_at(images, 0);
    assert_int_equal(program->type, HDBG_IMAGE_APP);
    assert_string_equal(program->path, HDBG_TEST_FIXTURES "/core_cases");
    assert_ok(hdbg_symbol_by_name(o->team, program->id, "known_value", &symbol));
    assert_ok(hdbg_memory_read(o->team, symbol.address, &value, sizeof value, NULL));
    assert_int_equal(value, 4711);
    hdbg_image_list_free(images);
}

/* Where the thread stands, and in which functions of the program. */
static void expect_stack(opened *o, hdbg_thread_id id, const char *const *names)
{
    hdbg_thread *thread = hdbg_team_thread(o->team, id);
    hdbg_frame frames[32];
    size_t count = 0;
    assert_non_null(thread);
    assert_ok(hdbg_stack_walk(thread, frames, 32, &count, NULL));
    for (size_t i = 0; names[i] != NULL; i++) {
        hdbg_symbol symbol = {.size = sizeof symbol};
        assert_true(i < count);
        assert_ok(hdbg_symbol_at(o->team, frames[i].pc - (i > 0), &symbol));
        assert_string_equal(symbol.name, names[i]);
    }
    hdbg_thread_release(thread);
}

/* Runs the fixture in a folder of its own, with a word on its standard input. */
static pid_t crash_in(const char *folder, const char *word)
{
    int in[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
        dup2(in[0], 0);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        if (chdir(folder) == 0 && setrlimit(RLIMIT_CORE, &all) == 0)
            execl(HDBG_TEST_FIXTURES "/core_cases", HDBG_TEST_FIXTURES "/core_cases", "1", NULL);
        _exit(127);
    }
    close(in[0]);
    assert_int_equal(write(in[1], word, strlen(word)), strlen(word));
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    close(in[1]);
    assert_true(WIFSIGNALED(status));
    return child;
}

/* Whether the kernel writes cores into the working directory; what else it does with them is the system's
 * business, and is left alone. */
static int kernel_writes_here(void)
{
    char pattern[256] = "";
    FILE *file = fopen("/proc/sys/kernel/core_pattern", "r");
    assert_non_null(file);
    assert_non_null(fgets(pattern, sizeof pattern, file));
    fclose(file);
    return pattern[0] != '|' && strchr(pattern, '/') == NULL;
}

/* The only file in a folder. */
static void find_core(const char *folder, char *path, size_t size)
{
    DIR *dir = opendir(folder);
    path[0] = '\0';
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.')
            snprintf(path, size, "%s/%s", folder, entry->d_name);
    }
    closedir(dir);
    assert_string_not_equal(path, "");
}

/* As the kernel would have written it, where that writes elsewhere. */
static void write_by_gdb(const char *folder, const char *word)
{
    char command[1024];
    snprintf(command, sizeof command,
             "cd %s && echo %.5s | timeout 60 gdb -nx -batch -ex run -ex 'generate-core-file core' --args "
             "%s/core_cases 1 >/dev/null 2>&1",
             folder, word, HDBG_TEST_FIXTURES);
    assert_int_equal(system(command), 0);
}

static void make_core(const char *word, char *folder, char *path, size_t size)
{
    strcpy(folder, "/tmp/hdbg-core-XXXXXX");
    assert_non_null(mkdtemp(folder));
    if (kernel_writes_here())
        crash_in(folder, word);
    else
        write_by_gdb(folder, word);
    find_core(folder, path, size);
}

static void the_kernels_core_of_a_fault_opens(void **state)
{
    opened o;
    char folder[64], path[400];
    (void)state;
    make_core("crash\n", folder, path, sizeof path);
    open_core(&o, path);
    expect_program(&o);
    assert_int_equal(o.info.thread, o.info.team);
    assert_int_equal(o.info.signal, HDBG_SIGSEGV);
    hdbg_thread *thread = hdbg_team_main_thread(o.team);
    hdbg_stop stop = {.size = sizeof stop};
    assert_ok(hdbg_thread_stop_get(thread, &stop));
    assert_int_equal(stop.type, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_int_equal(stop.exception, HDBG_EXCEPTION_SEGMENT_VIOLATION);
    hdbg_thread_release(thread);
    expect_stack(&o, o.info.thread, (const char *const[]){"crash_here", "main", NULL});
    hdbg_thread *threads[8];
    assert_int_equal(hdbg_team_threads(o.team, threads, 8), 4);
    for (int i = 0; i < 4; i++) {
        assert_ok(hdbg_thread_stop_get(threads[i], &stop));
        assert_int_equal(stop.type == HDBG_EVENT_EXCEPTION_OCCURRED,
                         hdbg_thread_id_of(threads[i]) == o.info.thread);
        hdbg_thread_release(threads[i]);
    }
    close_core(&o);
    unlink(path);
    rmdir(folder);
}

static void the_kernels_core_of_an_abort_opens(void **state)
{
    opened o;
    char folder[64], path[400];
    (void)state;
    make_core("abort\n", folder, path, sizeof path);
    open_core(&o, path);
    expect_program(&o);
    assert_int_equal(o.info.signal, HDBG_SIGABRT);
    hdbg_thread *thread = hdbg_team_main_thread(o.team);
    hdbg_stop stop = {.size = sizeof stop};
    assert_ok(hdbg_thread_stop_get(thread, &stop));
    assert_int_equal(stop.type, HDBG_EVENT_SIGNAL_RECEIVED);
    assert_int_equal(stop.signal, HDBG_SIGABRT);
    assert_true(stop.deadly);
    hdbg_thread_release(thread);
    close_core(&o);
    unlink(path);
    rmdir(folder);
}

static void gcores_opens(void **state)
{
    opened o;
    char folder[] = "/tmp/hdbg-core-XXXXXX", path[128], command[256], line[128];
    (void)state;
    assert_non_null(mkdtemp(folder));
    run *r = run_session();
    hdbg_team_id id = run_start(r, "core_cases", ARGUMENTS("1"));
    run_line(r, line, sizeof line);
    snprintf(command, sizeof command, "timeout 60 gcore -o %s/core %d >/dev/null 2>&1", folder, (int)id);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/core.%d", folder, (int)id);
    open_core(&o, path);
    expect_program(&o);
    assert_int_equal(o.info.team, id);
    assert_int_equal(o.info.signal, 0);
    hdbg_team_info team = {.size = sizeof team};
    assert_ok(hdbg_team_info_get(o.team, &team));
    assert_string_equal(team.name, "core_cases");
    close_core(&o);
    unlink(path);
    rmdir(folder);
    assert_int_equal(write(r->input, "exit\n", 5), 5);
    run_reap(id);
    run_free(r);
}

/* Another program under the old name: its bytes are not the team's. */
static void a_file_that_is_another_one_now_is_not_read(void **state)
{
    char folder[] = "/tmp/hdbg-core-XXXXXX", program[64], path[64], command[600], line[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(program, sizeof program, "%s/program", folder);
    snprintf(path, sizeof path, "%s/core", folder);
    snprintf(command, sizeof command, "cp %s/core_cases %s", HDBG_TEST_FIXTURES, program);
    assert_int_equal(system(command), 0);
    run *r = run_session();
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        execl(program, program, "1", NULL);
        _exit(127);
    }
    assert_true(read(out[0], line, sizeof line) > 0);
    hdbg_team *team = NULL;
    assert_ok(hdbg_team_attach(r->session, child, 0, &team));
    hdbg_address code = run_symbol(team, "crash_here");
    assert_ok(hdbg_core_write(team, path, NULL));
    assert_ok(hdbg_team_detach(team));
    hdbg_team_release(team);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(in[0]), close(in[1]), close(out[0]), close(out[1]);

    uint8_t bytes[16];
    opened o;
    open_core(&o, path);
    assert_ok(hdbg_memory_read(o.team, code, bytes, sizeof bytes, NULL));
    close_core(&o);
    snprintf(command, sizeof command, "cp %s/worker %s.new && mv %s.new %s", HDBG_TEST_FIXTURES, program,
             program, program);
    assert_int_equal(system(command), 0);
    open_core(&o, path);
    assert_status(hdbg_memory_read(o.team, code, bytes, sizeof bytes, NULL), HDBG_BAD_ADDRESS);
    assert_ok(hdbg_core_info_get(o.kernel, &o.info));
    assert_non_null(strstr(o.info.problems, "is another file than the one that was mapped"));
    close_core(&o);
    unlink(path);
    unlink(program);
    rmdir(folder);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernels_core_of_a_fault_opens),
        cmocka_unit_test(the_kernels_core_of_an_abort_opens),
        cmocka_unit_test(gcores_opens),
        cmocka_unit_test(a_file_that_is_another_one_now_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

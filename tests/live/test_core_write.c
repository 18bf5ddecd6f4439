/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Core files of real teams: written while they run, opened again, opened by GDB.
 */
#define _GNU_SOURCE
#include "core_run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what was written, opened ---- */

static void expect_pattern(const core_scene *s, hdbg_team *team)
{
    uint64_t *bytes = malloc(s->size);
    char text[16];
    assert_ok(hdbg_memory_read(team, s->pattern, bytes, s->size, NULL));
    for (size_t i = 0; i < s->size / sizeof *bytes; i++) {
        if (bytes[i] != i * UINT64_C(0x9e3779b97f4a7c15) + 1)
            fail_msg("word %zu differs", i);
    }
    free(bytes);
    assert_ok(hdbg_memory_read_string(team, s->sparse, text, sizeof text, NULL));
    assert_string_equal(text, "first");
    assert_ok(hdbg_memory_read_string(team, s->sparse + SPARSE / 2, text, sizeof text, NULL));
    assert_string_equal(text, "middle");
    assert_ok(hdbg_memory_read_string(team, s->sparse + SPARSE - PAGE, text, sizeof text, NULL));
    assert_string_equal(text, "last");
    assert_ok(hdbg_memory_read(team, s->sparse + SPARSE / 4, text, sizeof text, NULL));
    assert_int_equal(text[0], 0);
}

static void expect_same_thread(hdbg_team *dead, hdbg_thread *live)
{
    hdbg_cpu_state here, there;
    hdbg_thread_info info = {.size = sizeof info}, other = {.size = sizeof other};
    hdbg_thread *thread = hdbg_team_thread(dead, hdbg_thread_id_of(live));
    uint64_t base = 0, other_base = 1;
    assert_non_null(thread);
    assert_ok(hdbg_thread_cpu_state(live, &here));
    assert_ok(hdbg_thread_cpu_state(thread, &there));
    assert_int_equal(here.size, there.size);
    assert_memory_equal(here.data, there.data, here.size);
    assert_ok(hdbg_thread_info_get(live, &info));
    assert_ok(hdbg_thread_info_get(thread, &other));
    assert_string_equal(info.name, other.name);
    assert_int_equal(info.stack_base, other.stack_base);
    assert_int_equal(info.priority, other.priority);
    assert_ok(hdbg_thread_register_u64(live, "fs_base", &base));
    assert_ok(hdbg_thread_register_u64(thread, "fs_base", &other_base));
    assert_int_equal(base, other_base);
    hdbg_thread_release(thread);
}

static void expect_same_images(hdbg_team *dead, hdbg_team *live)
{
    hdbg_image_list *here = NULL, *there = NULL;
    assert_ok(hdbg_image_list_get(live, &here));
    assert_ok(hdbg_image_list_get(dead, &there));
    assert_int_equal(hdbg_image_list_count(here), hdbg_image_list_count(there));
    for (size_t i = 0; i < hdbg_image_list_count(here); i++) {
        const hdbg_image_info *a = hdbg_image_list_at(here, i), *b = hdbg_image_list_at(there, i);
        assert_string_equal(a->path, b->path);
        assert_int_equal(a->id, b->id);
        assert_int_equal(a->type, b->type);
        assert_int_equal(a->text, b->text);
        assert_int_equal(a->text_size, b->text_size);
        assert_int_equal(a->data, b->data);
        assert_int_equal(a->data_size, b->data_size);
    }
    hdbg_image_list_free(here);
    hdbg_image_list_free(there);
}

static void expect_same_areas(hdbg_team *dead, hdbg_team *live)
{
    hdbg_area_info *here = NULL, *there = NULL;
    size_t count = 0, other = 0;
    assert_ok(hdbg_areas_get(live, &here, &count));
    assert_ok(hdbg_areas_get(dead, &there, &other));
    assert_int_equal(count, other);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(here[i].address, there[i].address);
        assert_int_equal(here[i].length, there[i].length);
        assert_int_equal(here[i].protection, there[i].protection);
        assert_string_equal(here[i].name, there[i].name);
        if (here[i].path[0] == '/')
            assert_string_equal(here[i].path, there[i].path);
    }
    hdbg_areas_free(here);
    hdbg_areas_free(there);
}

static void what_is_read_from_it_is_what_the_team_had(void **state)
{
    core_scene s;
    core_opened o;
    (void)state;
    core_run_start(&s, 3);
    core_run_attach(&s, HDBG_ATTACH_STOP);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    core_run_open(&o, s.path);
    assert_string_equal(o.info.problems, "");
    assert_int_equal(o.info.team, s.id);
    assert_int_equal(o.info.signal, 0);
    assert_int_equal(o.info.flags,
                     HDBG_CORE_HAS_HAIKU_NOTES | HDBG_CORE_HAS_LINUX_NOTES | HDBG_CORE_HAS_DETAILS);
    expect_pattern(&s, o.team);
    hdbg_thread *threads[8];
    assert_int_equal(hdbg_team_threads(s.r->team, threads, 8), 4);
    for (int i = 0; i < 4; i++) {
        expect_same_thread(o.team, threads[i]);
        hdbg_thread_release(threads[i]);
    }
    expect_same_images(o.team, s.r->team);
    expect_same_areas(o.team, s.r->team);
    hdbg_symbol symbol = {.size = sizeof symbol};
    assert_ok(hdbg_symbol_by_name(o.team, 0, "known_value", &symbol));
    int value = 0;
    assert_ok(hdbg_memory_read(o.team, symbol.address, &value, sizeof value, NULL));
    assert_int_equal(value, 4711);
    core_run_close(&o);
    core_run_finish(&s);
}

/* Code is left out of the core, and read from its file. */
static void code_is_read_from_the_images_files(void **state)
{
    core_scene s;
    core_opened o;
    (void)state;
    uint8_t live[64], dead[64];
    core_run_start(&s, 1);
    core_run_attach(&s, HDBG_ATTACH_STOP);
    hdbg_address code = run_symbol(s.r->team, "crash_here");
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    assert_ok(hdbg_memory_read(s.r->team, code, live, sizeof live, NULL));
    core_run_open(&o, s.path);
    assert_ok(hdbg_memory_read(o.team, code, dead, sizeof dead, NULL));
    assert_memory_equal(live, dead, sizeof live);
    core_run_close(&o);
    hdbg_kernel *kernel = NULL;
    assert_ok(hdbg_core_open(s.path, HDBG_CORE_NO_FILES, &kernel));
    assert_int_equal(kernel->ops->memory_read(kernel->context, s.id, code, dead, sizeof dead),
                     HDBG_BAD_ADDRESS);
    hdbg_kernel_destroy(kernel);
    core_run_finish(&s);
}

static void a_team_that_runs_runs_on(void **state)
{
    core_scene s;
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, 0);
    core_run_expect_alive(&s);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    core_run_expect_alive(&s);
    hdbg_event *event = NULL;
    assert_status(hdbg_wait(s.r->session, NULL, 0, &event), HDBG_WOULD_BLOCK);
    core_run_finish(&s);
}

static void a_thread_that_stood_stands_still(void **state)
{
    core_scene s;
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, 0);
    hdbg_thread *thread = hdbg_team_main_thread(s.r->team);
    assert_ok(hdbg_thread_stop(thread));
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    assert_int_equal(hdbg_thread_state_of(thread), HDBG_THREAD_STOPPED);
    hdbg_thread_release(thread);
    hdbg_thread *threads[8];
    size_t count = hdbg_team_threads(s.r->team, threads, 8);
    int running = 0;
    for (size_t i = 0; i < count; i++) {
        running += hdbg_thread_state_of(threads[i]) == HDBG_THREAD_RUNS;
        hdbg_thread_release(threads[i]);
    }
    assert_int_equal(running, 3);
    core_run_finish(&s);
}

static void breakpoints_do_not_show(void **state)
{
    core_scene s;
    core_opened o;
    uint8_t before[16], after[16];
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, HDBG_ATTACH_STOP);
    hdbg_address code = run_symbol(s.r->team, "crash_here");
    assert_ok(hdbg_memory_read(s.r->team, code, before, sizeof before, NULL));
    for (hdbg_address at = code; at < code + 8; at++) /* more than there are registers */
        assert_ok(hdbg_breakpoint_set(s.r->team, at));
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    core_run_open(&o, s.path);
    assert_ok(hdbg_memory_read(o.team, code, after, sizeof after, NULL));
    assert_memory_equal(before, after, sizeof before);
    core_run_close(&o);
    core_run_finish(&s);
}

/* ---- the crash ---- */

static void crash(core_scene *s)
{
    core_run_attach(s, 0);
    core_run_say(s, "crash\n");
    hdbg_event *event = run_expect(s->r, HDBG_EVENT_EXCEPTION_OCCURRED);
    hdbg_event_release(event);
}

static void let_die(core_scene *s)
{
    unlink(s->path);
    assert_int_equal(core_run_files_in(s->folder), 0);
    rmdir(s->folder);
    run_free(s->r);
    run_reap(s->id);
}

static void a_crash_is_a_crash_in_the_core(void **state)
{
    core_scene s;
    core_opened o;
    (void)state;
    core_run_start(&s, 1);
    crash(&s);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    core_run_open(&o, s.path);
    assert_int_equal(o.info.thread, s.id);
    assert_int_equal(o.info.signal, HDBG_SIGSEGV);
    hdbg_thread *thread = hdbg_team_thread(o.team, s.id);
    hdbg_stop stop = {.size = sizeof stop};
    assert_ok(hdbg_thread_stop_get(thread, &stop));
    assert_int_equal(stop.type, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_int_equal(stop.exception, HDBG_EXCEPTION_SEGMENT_VIOLATION);
    hdbg_address pc = 0;
    hdbg_symbol symbol = {.size = sizeof symbol};
    assert_ok(hdbg_thread_pc(thread, &pc));
    assert_ok(hdbg_symbol_at(o.team, pc, &symbol));
    assert_string_equal(symbol.name, "crash_here");
    hdbg_frame frames[32];
    size_t count = 0;
    assert_ok(hdbg_stack_walk(thread, frames, 32, &count, NULL));
    assert_true(count >= 2);
    assert_ok(hdbg_symbol_at(o.team, frames[1].pc - 1, &symbol));
    assert_string_equal(symbol.name, "main");
    hdbg_thread_release(thread);
    core_run_close(&o);
    let_die(&s);
}

/* What GDB prints of the core; to be freed. */
static char *gdb(const char *path, const char *commands)
{
    char command[1024];
    char *text = calloc(1, 65536);
    snprintf(command, sizeof command,
             "timeout 60 gdb -nx -batch -iex 'set auto-load off' -iex 'set debuginfod enabled off' %s "
             "%s/core_cases %s 2>&1",
             commands, HDBG_TEST_FIXTURES, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t got = fread(text, 1, 65535, pipe);
    text[got] = '\0';
    pclose(pipe);
    return text;
}

static void expect_text(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text);
}

static void gdb_agrees(void **state)
{
    core_scene s;
    core_opened o;
    char expected[128];
    (void)state;
    core_run_start(&s, 1);
    crash(&s);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    core_run_open(&o, s.path);
    hdbg_thread *thread = hdbg_team_thread(o.team, s.id);
    uint64_t sp = 0, fs_base = 0;
    assert_ok(hdbg_thread_register_u64(thread, "rsp", &sp));
    assert_ok(hdbg_thread_register_u64(thread, "fs_base", &fs_base));
    char *text =
        gdb(s.path, "-ex 'info threads' -ex bt -ex 'info registers rsp fs_base' -ex 'info sharedlibrary' "
                    "-ex 'p known_value' -ex 'thread apply all bt' "
                    "-ex 'p $_siginfo.si_code' -ex 'p $_siginfo._sifields._sigfault.si_addr'");
    expect_text(text, "Program terminated with signal SIGSEGV");
    expect_text(text, "#0  0x");
    expect_text(text, "in crash_here (where=0x10)");
    expect_text(text, "in main (argc=2");
    expect_text(text, "libc.so.6");
    expect_text(text, "$1 = 4711");
    expect_text(text, "$2 = 1"); /* SEGV_MAPERR */
    expect_text(text, "$3 = (void *) 0x10");
    expect_text(text, "in sleeper (argument=0x2)");
    snprintf(expected, sizeof expected, "rsp            0x%llx", (unsigned long long)sp);
    expect_text(text, expected);
    snprintf(expected, sizeof expected, "fs_base        0x%llx", (unsigned long long)fs_base);
    expect_text(text, expected);
    for (int i = 0; i < 4; i++) {
        snprintf(expected, sizeof expected, "(LWP %d)", (int)s.id + (i == 0 ? 0 : i));
        if (i == 0)
            expect_text(text, expected);
    }
    free(text);
    hdbg_thread_release(thread);
    core_run_close(&o);
    let_die(&s);
}

/* ---- the file ---- */

static void untouched_memory_takes_no_room(void **state)
{
    core_scene s;
    struct stat info;
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, 0);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    assert_int_equal(stat(s.path, &info), 0);
    assert_true((uint64_t)info.st_size > SPARSE);
    assert_true(info.st_blocks * 512 < 8 * MIB);
    assert_int_equal(info.st_mode & 0777, 0600);
    core_run_finish(&s);
}

static void a_compressed_one_is_small_and_the_same(void **state)
{
    core_scene s;
    core_opened o;
    struct stat info;
    hdbg_core_options options = {.size = sizeof options, .flags = HDBG_CORE_COMPRESS};
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, 0);
    assert_ok(hdbg_core_write(s.r->team, s.path, &options));
    assert_int_equal(stat(s.path, &info), 0);
    assert_true(info.st_size < 4 * MIB);
    core_run_open(&o, s.path);
    assert_true(o.info.flags & HDBG_CORE_IS_COMPRESSED);
    assert_int_equal(o.info.file_size, info.st_size);
    expect_pattern(&s, o.team);
    core_run_close(&o);
    core_run_finish(&s);
}

static void stacks_alone_still_give_stacks(void **state)
{
    core_scene s;
    core_opened o;
    struct stat info;
    hdbg_core_options options = {.size = sizeof options, .flags = HDBG_CORE_STACKS_ONLY};
    (void)state;
    core_run_start(&s, 4);
    core_run_attach(&s, 0);
    assert_ok(hdbg_core_write(s.r->team, s.path, &options));
    assert_int_equal(stat(s.path, &info), 0);
    assert_true(info.st_blocks * 512 < 2 * MIB);
    core_run_open(&o, s.path);
    hdbg_thread *threads[8];
    size_t count = hdbg_team_threads(o.team, threads, 8);
    assert_int_equal(count, 4);
    assert_ok(hdbg_team_stop(s.r->team));
    for (size_t i = 0; i < count; i++) {
        hdbg_frame dead[32], live[32];
        size_t depth = 0, live_depth = 0;
        hdbg_thread *same = hdbg_team_thread(s.r->team, hdbg_thread_id_of(threads[i]));
        assert_ok(hdbg_stack_walk(threads[i], dead, 32, &depth, NULL));
        assert_ok(hdbg_stack_walk(same, live, 32, &live_depth, NULL));
        assert_int_equal(depth, live_depth);
        for (size_t n = 0; n < depth; n++)
            assert_int_equal(dead[n].pc, live[n].pc);
        hdbg_thread_release(same);
        hdbg_thread_release(threads[i]);
    }
    uint64_t word;
    assert_status(hdbg_memory_read(o.team, s.pattern, &word, sizeof word, NULL), HDBG_BAD_ADDRESS);
    core_run_close(&o);
    core_run_finish(&s);
}

static void a_limit_keeps_stacks_and_gives_up_the_rest(void **state)
{
    core_scene s;
    core_opened o;
    struct stat info;
    hdbg_core_options options = {.size = sizeof options, .limit = 2 * MIB};
    (void)state;
    core_run_start(&s, 8);
    core_run_attach(&s, 0);
    assert_ok(hdbg_core_write(s.r->team, s.path, &options));
    assert_int_equal(stat(s.path, &info), 0);
    assert_true(info.st_blocks * 512 < 4 * MIB);
    core_run_open(&o, s.path);
    uint64_t word, sp = 0;
    hdbg_thread *thread = hdbg_team_thread(o.team, s.id);
    assert_ok(hdbg_thread_register_u64(thread, "rsp", &sp));
    assert_ok(hdbg_memory_read(o.team, sp, &word, sizeof word, NULL));
    assert_status(hdbg_memory_read(o.team, s.pattern, &word, sizeof word, NULL), HDBG_BAD_ADDRESS);
    hdbg_thread_release(thread);
    core_run_close(&o);
    core_run_finish(&s);
}

static void a_file_that_is_there_stays_unless_it_is_to_be_replaced(void **state)
{
    core_scene s;
    struct stat info;
    hdbg_core_options options = {.size = sizeof options, .flags = HDBG_CORE_REPLACE};
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, 0);
    int fd = open(s.path, O_CREAT | O_WRONLY, 0644);
    assert_int_equal(write(fd, "mine", 4), 4);
    close(fd);
    assert_status(hdbg_core_write(s.r->team, s.path, NULL), HDBG_FILE_EXISTS);
    assert_int_equal(stat(s.path, &info), 0);
    assert_int_equal(info.st_size, 4);
    assert_ok(hdbg_core_write(s.r->team, s.path, &options));
    assert_int_equal(stat(s.path, &info), 0);
    assert_true(info.st_size > MIB);
    assert_int_equal(info.st_mode & 0777, 0600);
    core_run_finish(&s);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    core_scene s;
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, 0);
    assert_status(hdbg_core_write(s.r->team, "/nowhere/core", NULL), HDBG_ENTRY_NOT_FOUND);
    assert_non_null(strstr(hdbg_last_error(), "cannot write the core file /nowhere/core"));
    assert_status(hdbg_core_write(s.r->team, s.folder, NULL), HDBG_IS_A_DIRECTORY);
    core_run_expect_alive(&s);
    core_run_finish(&s);
}

/* ---- the same of a dead team ---- */

static void a_core_can_be_written_of_a_core(void **state)
{
    core_scene s;
    core_opened o, again;
    char copy[160];
    (void)state;
    core_run_start(&s, 2);
    core_run_attach(&s, 0);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    core_run_open(&o, s.path);
    snprintf(copy, sizeof copy, "%s.copy", s.path);
    assert_ok(hdbg_core_write(o.team, copy, NULL));
    core_run_open(&again, copy);
    unlink(copy);
    expect_pattern(&s, again.team);
    assert_int_equal(again.info.thread_count, 4);
    assert_int_equal(again.info.area_count, o.info.area_count);
    core_run_close(&again);
    core_run_close(&o);
    core_run_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_from_it_is_what_the_team_had),
        cmocka_unit_test(code_is_read_from_the_images_files),
        cmocka_unit_test(a_team_that_runs_runs_on),
        cmocka_unit_test(a_thread_that_stood_stands_still),
        cmocka_unit_test(breakpoints_do_not_show),
        cmocka_unit_test(a_crash_is_a_crash_in_the_core),
        cmocka_unit_test(gdb_agrees),
        cmocka_unit_test(untouched_memory_takes_no_room),
        cmocka_unit_test(a_compressed_one_is_small_and_the_same),
        cmocka_unit_test(stacks_alone_still_give_stacks),
        cmocka_unit_test(a_limit_keeps_stacks_and_gives_up_the_rest),
        cmocka_unit_test(a_file_that_is_there_stays_unless_it_is_to_be_replaced),
        cmocka_unit_test(a_folder_that_is_not_there_is_told),
        cmocka_unit_test(a_core_can_be_written_of_a_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What core files tell beside memory and registers: what the team was started with, had open and might use;
 * the symbols of images that have no file. From this library's own notes, and without them.
 */
#define _GNU_SOURCE
#include "core_run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VECTOR_ROOM = 1 << 17 };

/* ---- details as text ---- */

typedef struct lines {
    char text[VECTOR_ROOM];
    size_t used;
} lines;

static int note(void *context, const hdbg_detail *detail)
{
    lines *to = context;
    assert_int_equal(detail->size, sizeof *detail);
    int length = snprintf(to->text + to->used, sizeof to->text - to->used, "<%s> %lld %lld %x\n",
                          detail->text, (long long)detail->number, (long long)detail->value, detail->flags);
    assert_true((size_t)length < sizeof to->text - to->used);
    to->used += (size_t)length;
    return 0;
}

/* To be freed. */
static char *list(hdbg_team *team, int32_t kind)
{
    lines *to = calloc(1, sizeof *to);
    assert_non_null(to);
    assert_ok(hdbg_team_details_visit(team, kind, note, to));
    return (char *)to; /* its text comes first */
}

static void expect_same(hdbg_team *live, hdbg_team *dead, int32_t kind)
{
    char *here = list(live, kind), *there = list(dead, kind);
    assert_true(strlen(here) > 5);
    assert_string_equal(here, there);
    free(here);
    free(there);
}

static void expect_contains(hdbg_team *team, int32_t kind, const char *part)
{
    char *text = list(team, kind);
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text);
    free(text);
}

static void expect_not_told(hdbg_team *team, int32_t kind, const char *sentence)
{
    lines to = {.used = 0};
    assert_status(hdbg_team_details_visit(team, kind, note, &to), HDBG_NOT_SUPPORTED);
    if (strstr(hdbg_last_error(), sentence) == NULL)
        fail_msg("'%s' is not in '%s'", sentence, hdbg_last_error());
}

/* Writes another vendor's name over the library's own, so that nobody knows those notes any more. */
static void hide_own_notes(const char *path)
{
    static const char name[] = "libhaikudbg";
    char *bytes = malloc(1 << 20);
    int fd = open(path, O_RDWR | O_CLOEXEC), hidden = 0;
    assert_true(fd >= 0 && bytes != NULL);
    ssize_t size = pread(fd, bytes, 1 << 20, 0);
    for (ssize_t at = 12; at + (ssize_t)sizeof name <= size; at++) {
        uint32_t name_size;
        memcpy(&name_size, bytes + at - 12, sizeof name_size);
        if (memcmp(bytes + at, name, sizeof name) == 0 && name_size == sizeof name) {
            assert_int_equal(pwrite(fd, "somebody", 8, at), 8);
            hidden++;
        }
    }
    assert_int_equal(hidden, 7);
    close(fd);
    free(bytes);
}

/* ---- details ---- */

static void a_core_tells_all_that_the_live_team_did(void **state)
{
    core_scene s;
    core_opened o;
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, HDBG_ATTACH_STOP);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    core_run_open(&o, s.path);
    assert_string_equal(o.info.problems, "");
    for (int32_t kind = HDBG_DETAIL_ARGUMENT; kind <= HDBG_DETAIL_PROGRAM; kind++)
        expect_same(s.r->team, o.team, kind);
    core_run_close(&o);
    core_run_finish(&s);
}

/* The memory of the arguments is not needed for that. */
static void a_core_without_memory_tells_it_as_well(void **state)
{
    core_scene s;
    core_opened o;
    hdbg_core_options options = {.size = sizeof options, .limit = 1};
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, HDBG_ATTACH_STOP);
    assert_ok(hdbg_core_write(s.r->team, s.path, &options));
    core_run_open(&o, s.path);
    expect_same(s.r->team, o.team, HDBG_DETAIL_ENVIRONMENT);
    expect_same(s.r->team, o.team, HDBG_DETAIL_LIMIT);
    core_run_close(&o);
    hide_own_notes(s.path);
    core_run_open(&o, s.path);
    expect_not_told(o.team, HDBG_DETAIL_ENVIRONMENT, "the environment, of which it lacks the memory");
    core_run_close(&o);
    core_run_finish(&s);
}

static void a_core_of_others_has_arguments_and_environment_in_its_memory(void **state)
{
    core_scene s;
    core_opened o;
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, HDBG_ATTACH_STOP);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    hide_own_notes(s.path);
    core_run_open(&o, s.path);
    assert_string_equal(o.info.problems, "");
    expect_same(s.r->team, o.team, HDBG_DETAIL_ARGUMENT);
    expect_same(s.r->team, o.team, HDBG_DETAIL_ENVIRONMENT);
    expect_same(s.r->team, o.team, HDBG_DETAIL_AUXILIARY);
    expect_same(s.r->team, o.team, HDBG_DETAIL_PROGRAM);
    expect_not_told(o.team, HDBG_DETAIL_LIMIT, "does not tell the limits");
    expect_not_told(o.team, HDBG_DETAIL_FILE, "does not tell the open files");
    expect_not_told(o.team, HDBG_DETAIL_WORKING_DIRECTORY, "does not tell the working directory");
    core_run_close(&o);
    core_run_finish(&s);
}

/* A program may write over its arguments, and take variables out of the table; the strings stay. */
static void what_a_program_changed_of_its_start_is_as_proc_shows_it(void **state)
{
    core_opened o;
    char line[64], path[] = "/tmp/hdbg-start-XXXXXX";
    (void)state;
    int fd = mkstemp(path);
    close(fd);
    setenv("HDBG_TEST_GONE", "once", 1);
    run *r = run_session();
    hdbg_team_id id = run_start(r, "start_changed", ARGUMENTS("first", "", "third one"));
    unsetenv("HDBG_TEST_GONE");
    run_line(r, line, sizeof line);
    hdbg_core_options options = {.size = sizeof options, .flags = HDBG_CORE_REPLACE};
    run_attach(r, id, HDBG_ATTACH_STOP);
    assert_ok(hdbg_core_write(r->team, path, &options));
    hide_own_notes(path);
    core_run_open(&o, path);
    expect_contains(o.team, HDBG_DETAIL_ARGUMENT,
                    "/start_changed> 0 0 0\n<xxxxx> 1 0 0\n<> 2 0 0\n<third one> 3");
    expect_contains(o.team, HDBG_DETAIL_ENVIRONMENT, "<HDBG_TEST_GONE=once> ");
    expect_same(r->team, o.team, HDBG_DETAIL_ARGUMENT);
    expect_same(r->team, o.team, HDBG_DETAIL_ENVIRONMENT);
    core_run_close(&o);
    unlink(path);
    run_free(r);
    run_reap(id);
}

/* Linux's own tools, in which nothing of ours is. */
static void a_core_by_gcore_has_them_too(void **state)
{
    core_scene s;
    core_opened o;
    char command[512];
    (void)state;
    core_run_start(&s, 1);
    snprintf(command, sizeof command,
             "timeout 60 gdb -nx -batch -p %d -ex 'generate-core-file %s' >/dev/null 2>&1", (int)s.id,
             s.path);
    assert_int_equal(system(command), 0);
    core_run_open(&o, s.path);
    assert_int_equal(o.info.flags, HDBG_CORE_HAS_LINUX_NOTES);
    core_run_attach(&s, 0);
    expect_same(s.r->team, o.team, HDBG_DETAIL_ARGUMENT);
    expect_same(s.r->team, o.team, HDBG_DETAIL_ENVIRONMENT);
    expect_not_told(o.team, HDBG_DETAIL_LIMIT, "no system writes them into a core file");
    core_run_close(&o);
    core_run_finish(&s);
}

static void gdb_passes_over_the_librarys_own_notes(void **state)
{
    core_scene s;
    char command[512], text[4096] = "";
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, HDBG_ATTACH_STOP);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    snprintf(
        command, sizeof command,
        "readelf -n %s 2>&1 | grep -c libhaikudbg; timeout 60 gdb -nx -batch -iex 'set debuginfod enabled "
        "off' -ex 'info threads' %s/core_cases %s 2>&1 | grep -ci -e warning -e error",
        s.path, HDBG_TEST_FIXTURES, s.path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_true(fread(text, 1, sizeof text - 1, pipe) > 0);
    pclose(pipe);
    assert_string_equal(text, "7\n0\n");
    core_run_finish(&s);
}

/* ---- symbols ---- */

/* The id of the image that a symbol of the live team is in, and where it is. */
static hdbg_image_id find(hdbg_team *team, const char *name, hdbg_address *address)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    assert_ok(hdbg_symbol_by_name(team, 0, name, &symbol));
    *address = symbol.address;
    return symbol.image;
}

static void expect_note(core_opened *o, hdbg_image_id image, const char *name, hdbg_address address)
{
    int64_t cookie = 0;
    hdbg_kernel_symbol symbol = {.size = sizeof symbol};
    while (o->kernel->ops->next_symbol(o->kernel->context, o->info.team, image, &cookie, &symbol) ==
           HDBG_OK) {
        if (strcmp(symbol.name, name) == 0) {
            assert_int_equal(symbol.address, address);
            assert_int_equal(symbol.kind, HDBG_SYMBOL_FUNCTION);
            assert_true(symbol.length > 0 && symbol.is_global);
            return;
        }
    }
    fail_msg("there is no note of %s", name);
}

static void the_symbols_of_the_vdso_are_in_a_note(void **state)
{
    core_scene s;
    core_opened o;
    hdbg_address address;
    hdbg_symbol symbol = {.size = sizeof symbol};
    hdbg_core_options options = {.size = sizeof options, .limit = 1};
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, HDBG_ATTACH_STOP);
    hdbg_image_id image = find(s.r->team, "__vdso_clock_gettime", &address);
    /* Of its memory nothing is in the file: the note is all there is. */
    assert_ok(hdbg_core_write(s.r->team, s.path, &options));
    core_run_open(&o, s.path);
    assert_true(o.info.symbol_count >= 4);
    expect_note(&o, image, "__vdso_clock_gettime", address);
    assert_status(hdbg_memory_read(o.team, address, &options, 1, NULL), HDBG_BAD_ADDRESS);
    assert_ok(hdbg_symbol_at(o.team, address, &symbol));
    assert_non_null(strstr(symbol.name, "clock_gettime"));
    assert_int_equal(symbol.address, address);
    core_run_close(&o);
    core_run_finish(&s);
}

static void the_symbols_of_a_deleted_library_are_in_a_note(void **state)
{
    core_opened o;
    hdbg_address address;
    char copy[] = "/tmp/hdbg-deleted-XXXXXX", path[] = "/tmp/hdbg-deleted-core-XXXXXX", command[512],
         argument[64];
    (void)state;
    close(mkstemp(copy));
    close(mkstemp(path));
    snprintf(command, sizeof command, "cp %s/libunwind_deleted.so %s", HDBG_TEST_FIXTURES, copy);
    assert_int_equal(system(command), 0);
    snprintf(argument, sizeof argument, "deleted=%s", copy);
    run *r = run_launch("stack_unwind", ARGUMENTS(argument), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_int_not_equal(access(copy, F_OK), 0);
    hdbg_image_id image = find(r->team, "calls_back", &address);
    hdbg_core_options options = {.size = sizeof options, .flags = HDBG_CORE_REPLACE};
    assert_ok(hdbg_core_write(r->team, path, &options));
    core_run_open(&o, path);
    expect_note(&o, image, "calls_back", address);
    core_run_close(&o);
    unlink(path);
    run_free(r);
}

/* As by an update while the program runs: what is there now is no use to who opens the core. */
static void a_library_that_was_replaced_is_written_as_a_whole(void **state)
{
    hdbg_address address;
    char copy[] = "/tmp/hdbg-deleted-XXXXXX", path[] = "/tmp/hdbg-deleted-core-XXXXXX", command[512],
         argument[64];
    uint8_t live[16], dead[16];
    (void)state;
    close(mkstemp(copy));
    close(mkstemp(path));
    snprintf(command, sizeof command, "cp %s/libunwind_deleted.so %s", HDBG_TEST_FIXTURES, copy);
    assert_int_equal(system(command), 0);
    snprintf(argument, sizeof argument, "deleted=%s", copy);
    run *r = run_launch("stack_unwind", ARGUMENTS(argument), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    /* Another library under its name. */
    snprintf(command, sizeof command, "cp %s/libplugin_symbols.so %s", HDBG_TEST_FIXTURES, copy);
    assert_int_equal(system(command), 0);
    hdbg_image_id image = find(r->team, "calls_back", &address);
    assert_ok(hdbg_memory_read(r->team, address, live, sizeof live, NULL));
    hdbg_core_options options = {.size = sizeof options, .flags = HDBG_CORE_REPLACE};
    assert_ok(hdbg_core_write(r->team, path, &options));
    hdbg_kernel *kernel = NULL;
    assert_ok(hdbg_core_open(path, HDBG_CORE_NO_FILES, &kernel));
    assert_int_equal(
        kernel->ops->memory_read(kernel->context, hdbg_team_id_of(r->team), address, dead, sizeof dead),
        sizeof dead);
    assert_memory_equal(live, dead, sizeof live);
    hdbg_kernel_destroy(kernel);
    core_opened o;
    core_run_open(&o, path);
    expect_note(&o, image, "calls_back", address);
    core_run_close(&o);
    unlink(copy);
    unlink(path);
    run_free(r);
}

/* What is in a file that can be read is looked up there. */
static void images_that_have_a_file_get_no_note(void **state)
{
    core_scene s;
    core_opened o;
    hdbg_address address;
    hdbg_kernel_symbol symbol = {.size = sizeof symbol};
    (void)state;
    core_run_start(&s, 1);
    core_run_attach(&s, HDBG_ATTACH_STOP);
    hdbg_image_id image = find(s.r->team, "abort", &address);
    assert_ok(hdbg_core_write(s.r->team, s.path, NULL));
    core_run_open(&o, s.path);
    int64_t cookie = 0;
    assert_int_equal(o.kernel->ops->next_symbol(o.kernel->context, o.info.team, image, &cookie, &symbol),
                     HDBG_BAD_INDEX);
    assert_true(o.info.symbol_count < 50);
    core_run_close(&o);
    core_run_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_core_tells_all_that_the_live_team_did),
        cmocka_unit_test(a_core_without_memory_tells_it_as_well),
        cmocka_unit_test(a_core_of_others_has_arguments_and_environment_in_its_memory),
        cmocka_unit_test(what_a_program_changed_of_its_start_is_as_proc_shows_it),
        cmocka_unit_test(a_core_by_gcore_has_them_too),
        cmocka_unit_test(gdb_passes_over_the_librarys_own_notes),
        cmocka_unit_test(the_symbols_of_the_vdso_are_in_a_note),
        cmocka_unit_test(the_symbols_of_a_deleted_library_are_in_a_note),
        cmocka_unit_test(a_library_that_was_replaced_is_written_as_a_whole),
        cmocka_unit_test(images_that_have_a_file_get_no_note),
    };
    return cmocka_run_group_tests_name("what core files tell of a team", tests, NULL, NULL);
}

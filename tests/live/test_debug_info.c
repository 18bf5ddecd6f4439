/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Where debug information is found, and that stacks do without the process that reads it.
 */
#include "live/inspected.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static inspected gIt;
static char gFolder[64];

static int end(void **state)
{
    (void)state;
    char command[128];
    inspected_end(&gIt);
    if (gFolder[0] != '\0') {
        snprintf(command, sizeof command, "rm -rf %s", gFolder);
        if (system(command) != 0)
            return 1;
        gFolder[0] = '\0';
    }
    return 0;
}

static void run(const char *format, ...)
{
    char command[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static void make_folder(void)
{
    snprintf(gFolder, sizeof gFolder, "/tmp/hdbg-debug-XXXXXX");
    assert_non_null(mkdtemp(gFolder));
}

static hdbg_image_id program(void)
{
    hdbg_image_list *list = NULL;
    OK(hdbg_image_list_get(gIt.team, &list));
    assert_true(hdbg_image_list_count(list) > 0);
    hdbg_image_id id = hdbg_image_list_at(list, 0)->id;
    hdbg_image_list_free(list);
    return id;
}

static void get_info(hdbg_image_id image, hdbg_debug_info *info)
{
    *info = (hdbg_debug_info){.size = sizeof *info};
    OK(hdbg_image_debug_info(gIt.team, image, info));
}

/* The source of the caller, and how many frames there are. */
static int source_of_caller(size_t *count)
{
    hdbg_stack *stack = NULL;
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    const hdbg_frame *frame = hdbg_stack_frame(stack, 1);
    hdbg_stack_info info = {.size = sizeof info};
    OK(hdbg_stack_info_get(stack, &info));
    int source = frame != NULL ? frame->source : -1;
    *count = info.count;
    hdbg_stack_free(stack);
    return source;
}

static void a_program_with_debug_information_has_it_in_its_own_file(void **state)
{
    (void)state;
    hdbg_debug_info info;
    inspected_start(&gIt, "stack_debug_frame", NULL);
    get_info(program(), &info);
    assert_int_equal(info.status, HDBG_OK);
    assert_true(info.has_frames && info.has_lines);
    assert_string_equal(info.path, HDBG_TEST_FIXTURES "/stack_debug_frame");
    assert_string_equal(info.alternate, "");
    assert_string_equal(info.text, "");
}

static void a_stripped_program_has_rules_but_no_lines(void **state)
{
    (void)state;
    hdbg_debug_info info;
    inspected_start(&gIt, "stack_unwind", "calls");
    get_info(program(), &info);
    assert_int_equal(info.status, HDBG_OK);
    assert_true(info.has_frames && !info.has_lines);
    assert_string_equal(info.path, "");
    assert_int_equal(hdbg_image_debug_info(gIt.team, 12345678, &info), HDBG_BAD_IMAGE_ID);
    info.size = 1;
    assert_int_equal(hdbg_image_debug_info(gIt.team, program(), &info), HDBG_BAD_VALUE);
}

/* A program without its debug information, which is in `debug`. */
static void start_split(const char *debug)
{
    char path[128];
    make_folder();
    run("cd %s && cp %s/stack_debug_frame program && mkdir .debug && objcopy --only-keep-debug program %s && "
        "objcopy --strip-debug --add-gnu-debuglink=%s program",
        gFolder, HDBG_TEST_FIXTURES, debug, debug);
    snprintf(path, sizeof path, "%s/program", gFolder);
    inspected_launch(&gIt, path, (const char *const[]){path, NULL});
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
}

static void a_debug_file_that_the_program_names_is_found_beside_it(void **state)
{
    (void)state;
    hdbg_debug_info info;
    char expected[128];
    start_split(".debug/program.debug");
    get_info(program(), &info);
    snprintf(expected, sizeof expected, "%s/.debug/program.debug", gFolder);
    assert_string_equal(info.path, expected);
    assert_true(info.has_lines);
}

static void a_debug_file_is_found_by_its_build_id_in_the_folders_that_are_given(void **state)
{
    (void)state;
    hdbg_debug_info info;
    uint8_t id[HDBG_BUILD_ID_MAX];
    size_t size = sizeof id, used = 0;
    char path[256], rest[160] = "";
    start_split("elsewhere");
    OK(hdbg_image_build_id(gIt.team, program(), id, &size));
    for (size_t i = 1; i < size; i++)
        used += (size_t)snprintf(rest + used, sizeof rest - used, "%02x", id[i]);
    snprintf(path, sizeof path, "%s/roots/.build-id/%02x", gFolder, id[0]);
    run("mkdir -p %s && mv %s/elsewhere %s/%s.debug", path, gFolder, path, rest);
    get_info(program(), &info);
    assert_false(info.has_lines);
    /* What was found is looked for anew with other options. */
    char root[128];
    snprintf(root, sizeof root, "%s/roots", gFolder);
    const char *const roots[] = {root, NULL};
    hdbg_debug_info_options options = {.size = sizeof options, .roots = roots};
    OK(hdbg_session_set_debug_info(gIt.session, &options));
    get_info(program(), &info);
    assert_true(info.has_lines);
    assert_non_null(strstr(info.path, "/roots/.build-id/"));
    OK(hdbg_session_set_debug_info(gIt.session, NULL));
    get_info(program(), &info);
    assert_false(info.has_lines);
}

static void rules_in_compressed_sections_are_used(void **state)
{
    (void)state;
    static const char *const kWays[] = {"zlib", "zlib-gnu", "zstd"};
    char path[128];
    make_folder();
    for (size_t i = 0; i < 3; i++) {
        size_t count = 0;
        hdbg_debug_info info;
        run("objcopy --compress-debug-sections=%s %s/stack_debug_frame %s/%s", kWays[i], HDBG_TEST_FIXTURES,
            gFolder, kWays[i]);
        snprintf(path, sizeof path, "%s/%s", gFolder, kWays[i]);
        inspected_launch(&gIt, path, (const char *const[]){path, NULL});
        OK(hdbg_team_resume(gIt.team));
        inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
        assert_int_equal(source_of_caller(&count), HDBG_FRAME_CFI);
        assert_in_range(count, 5, 10);
        get_info(program(), &info);
        assert_true(info.has_lines);
        if (i < 2)
            inspected_end(&gIt);
    }
}

static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    hdbg_debug_info_options options = {.size = 1};
    inspected_start(&gIt, "stack_unwind", "calls");
    assert_int_equal(hdbg_session_set_debug_info(gIt.session, &options), HDBG_BAD_VALUE);
    options = (hdbg_debug_info_options){.size = sizeof options, .flags = 0x100};
    assert_int_equal(hdbg_session_set_debug_info(gIt.session, &options), HDBG_BAD_VALUE);
    options = (hdbg_debug_info_options){.size = sizeof options, .timeout = -1};
    assert_int_equal(hdbg_session_set_debug_info(gIt.session, &options), HDBG_BAD_VALUE);
}

static void turned_off_stacks_do_without(void **state)
{
    (void)state;
    size_t count = 0;
    hdbg_debug_info_options options = {.size = sizeof options, .flags = HDBG_DEBUG_INFO_OFF};
    hdbg_debug_info info;
    inspected_start(&gIt, "stack_unwind", "pointer");
    OK(hdbg_session_set_debug_info(gIt.session, &options));
    assert_int_not_equal(source_of_caller(&count), HDBG_FRAME_CFI);
    assert_true(count >= 2);
    get_info(program(), &info);
    assert_int_equal(info.status, HDBG_NOT_SUPPORTED);
    assert_non_null(strstr(info.text, "turned off"));
}

static void without_the_program_stacks_do_without(void **state)
{
    (void)state;
    size_t count = 0;
    char before[1000];
    hdbg_debug_info info;
    snprintf(before, sizeof before, "%s", getenv("HAIKUDBG_DWARF"));
    setenv("HAIKUDBG_DWARF", "/nowhere/hdbg-dwarf", 1);
    inspected_start(&gIt, "stack_unwind", "pointer");
    assert_int_not_equal(source_of_caller(&count), HDBG_FRAME_CFI);
    assert_true(count >= 2);
    get_info(program(), &info);
    assert_int_equal(info.status, HDBG_NOT_SUPPORTED);
    assert_non_null(strstr(info.text, "the program hdbg-dwarf is neither what $HAIKUDBG_DWARF says"));
    setenv("HAIKUDBG_DWARF", before, 1);
}

/* The reading processes of this program: their arguments name it. */
static int readers(pid_t *found)
{
    char mine[64], path[300], arguments[300];
    int count = 0;
    DIR *folder = opendir("/proc");
    const struct dirent *entry;
    assert_non_null(folder);
    snprintf(mine, sizeof mine, "%d", (int)getpid());
    while ((entry = readdir(folder)) != NULL) {
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        FILE *f = fopen(path, "r");
        size_t size = f != NULL ? fread(arguments, 1, sizeof arguments - 1, f) : 0;
        if (f != NULL)
            fclose(f);
        arguments[size] = '\0';
        static const char kName[] = "hdbg-dwarf\0--serve";
        if (size > sizeof kName && memcmp(arguments, kName, sizeof kName) == 0 &&
            strcmp(arguments + sizeof kName, mine) == 0) {
            *found = (pid_t)atol(entry->d_name);
            count++;
        }
    }
    closedir(folder);
    return count;
}

/* Waits until a process has ended; nothing else ends this loop but the test's time. In a container it may
 * stay a zombie, where nobody takes an orphan's status. */
static void await_end(pid_t pid)
{
    char path[64], state;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    do {
        FILE *file = fopen(path, "r");
        state = 'Z';
        if (file != NULL && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
            state = 'Z';
        if (file != NULL)
            fclose(file);
    } while (state != 'Z' && state != 'X');
}

/* What the variable names may be anything. This one never answers, and has a child that keeps the socket. */
static void a_program_that_is_another_one_holds_nobody_up(void **state)
{
    (void)state;
    size_t count = 0;
    char before[1000], path[128];
    hdbg_debug_info info;
    const hdbg_debug_info_options hasty = {.size = sizeof hasty, .timeout = 100 * 1000};
    snprintf(before, sizeof before, "%s", getenv("HAIKUDBG_DWARF"));
    make_folder();
    snprintf(path, sizeof path, "%s/other", gFolder);
    run("printf '#!/bin/sh\\nsleep 1000 &\\necho $! >%s/started\\nwait\\n' >%s && chmod +x %s", gFolder, path,
        path);
    setenv("HAIKUDBG_DWARF", path, 1);
    inspected_start(&gIt, "stack_unwind", "pointer");
    OK(hdbg_session_set_debug_info(gIt.session, &hasty));
    assert_int_not_equal(source_of_caller(&count), HDBG_FRAME_CFI);
    setenv("HAIKUDBG_DWARF", before, 1);
    assert_true(count >= 2);
    get_info(program(), &info);
    assert_int_equal(info.status, HDBG_NOT_SUPPORTED);
    assert_non_null(strstr(info.text, "does not answer as this library's hdbg-dwarf does"));
    snprintf(path, sizeof path, "%s/started", gFolder);
    FILE *started = fopen(path, "r");
    pid_t child = 0;
    assert_non_null(started);
    assert_int_equal(fscanf(started, "%d", &child), 1);
    fclose(started);
    await_end(child);
}

static void a_reader_that_is_killed_is_replaced(void **state)
{
    (void)state;
    size_t count = 0;
    pid_t first = 0, second = 0;
    inspected_start(&gIt, "stack_unwind", "calls");
    assert_int_equal(readers(&first), 0);
    assert_int_equal(source_of_caller(&count), HDBG_FRAME_CFI);
    size_t whole = count;
    assert_int_equal(readers(&first), 1);
    assert_int_equal(kill(first, SIGKILL), 0);
    await_end(first);
    /* What is known stays known; what is not is asked of another one. */
    assert_int_equal(source_of_caller(&count), HDBG_FRAME_CFI);
    assert_int_equal(count, whole);
    OK(hdbg_thread_step(gIt.thread));
    inspected_run_to(&gIt, HDBG_EVENT_SINGLE_STEP);
    OK(hdbg_session_set_debug_info(gIt.session, NULL));
    assert_int_equal(source_of_caller(&count), HDBG_FRAME_CFI);
    assert_int_equal(count, whole);
    assert_int_equal(readers(&second), 1);
    assert_int_not_equal(first, second);
}

static void the_reader_ends_with_its_session(void **state)
{
    (void)state;
    size_t count = 0;
    pid_t reader = 0;
    inspected_start(&gIt, "stack_unwind", "calls");
    source_of_caller(&count);
    assert_int_equal(readers(&reader), 1);
    inspected_end(&gIt);
    await_end(reader); /* it has seen its socket end */
    inspected_start(&gIt, "stack_unwind", "calls");
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_with_debug_information_has_it_in_its_own_file),
        TEST(a_stripped_program_has_rules_but_no_lines),
        TEST(a_debug_file_that_the_program_names_is_found_beside_it),
        TEST(a_debug_file_is_found_by_its_build_id_in_the_folders_that_are_given),
        TEST(rules_in_compressed_sections_are_used),
        TEST(options_that_make_no_sense_are_refused),
        TEST(turned_off_stacks_do_without),
        TEST(without_the_program_stacks_do_without),
        TEST(a_program_that_is_another_one_holds_nobody_up),
        TEST(a_reader_that_is_killed_is_replaced),
        TEST(the_reader_ends_with_its_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

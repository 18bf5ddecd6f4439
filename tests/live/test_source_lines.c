/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Source lines of addresses, with inlined calls, and addresses of source lines; against the source, and
 * against addr2line over many addresses.
 */
#include "live/inspected.h"

#include <stdlib.h>
#include <unistd.h>

enum { LINES = 16, ADDRESSES = 400, PLACES = 32 };

typedef struct seen_line {
    char function[256], linkage_name[256], file[512];
    int32_t line, column, is_inlined, language;
    hdbg_address entry;
} seen_line;

static inspected gIt;
static seen_line gLines[LINES];
static size_t gCount;

static int end(void **state)
{
    (void)state;
    if (gIt.session != NULL)
        inspected_end(&gIt);
    memset(&gIt, 0, sizeof gIt);
    return 0;
}

static int take(void *context, size_t depth, const hdbg_source_line *line)
{
    (void)context;
    assert_int_equal(line->size, sizeof *line);
    assert_int_equal(depth, gCount);
    seen_line *seen = &gLines[gCount++];
    snprintf(seen->function, sizeof seen->function, "%s", line->function != NULL ? line->function : "??");
    snprintf(seen->linkage_name, sizeof seen->linkage_name, "%s",
             line->linkage_name != NULL ? line->linkage_name : "");
    snprintf(seen->file, sizeof seen->file, "%s", line->file != NULL ? line->file : "??");
    seen->line = line->line;
    seen->column = line->column;
    seen->is_inlined = line->is_inlined;
    seen->language = line->language;
    seen->entry = line->entry;
    return gCount == LINES;
}

static hdbg_status look(hdbg_address address)
{
    gCount = 0;
    return hdbg_source_at(gIt.team, address, take, NULL);
}

/* The line of a source file that a text is on. */
static int line_of(const char *file, const char *text)
{
    char path[512], buffer[512];
    int line = 0, found = 0;
    snprintf(path, sizeof path, "%s/fixtures/%s", HDBG_TEST_SOURCES, file);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    while (found == 0 && fgets(buffer, sizeof buffer, in) != NULL) {
        line++;
        found = strstr(buffer, text) != NULL ? line : 0;
    }
    fclose(in);
    assert_int_not_equal(found, 0);
    return found;
}

static hdbg_address pc_of_stop(void)
{
    hdbg_frame frame;
    size_t count = 0;
    OK(hdbg_stack_walk(gIt.thread, &frame, 1, &count, NULL));
    return frame.pc;
}

static void inlined_calls_are_named_from_the_innermost_outwards(void **state)
{
    (void)state;
    inspected_start(&gIt, "lines_inlined", NULL);
    hdbg_address pc = pc_of_stop();
    OK(look(pc));
    assert_int_equal(gCount, 3);
    assert_string_equal(gLines[0].function, "outer::Box::deep");
    assert_string_equal(gLines[1].function, "outer::Box::middle");
    assert_string_equal(gLines[2].function, "generated");
    assert_int_equal(gLines[0].line, line_of("lines_inlined.cpp", "line of deep"));
    assert_int_equal(gLines[1].line, line_of("lines_inlined.cpp", "line of middle"));
    assert_int_equal(gLines[2].line, 102);
    assert_true(gLines[0].is_inlined && gLines[1].is_inlined && !gLines[2].is_inlined);
    assert_true(gLines[0].entry <= pc && gLines[2].entry < gLines[0].entry);
    assert_string_equal(strrchr(gLines[0].file, '/'), "/lines_inlined.cpp");
    assert_true(gLines[0].file[0] == '/' && gLines[2].file[0] == '/');
    assert_string_equal(gLines[2].file + strlen(gLines[2].file) - strlen("/generated/parser.y"),
                        "/generated/parser.y");
    assert_string_equal(gLines[0].linkage_name, "_ZN5outer3Box4deepEi");
}

static int stop_after_one(void *context, size_t depth, const hdbg_source_line *line)
{
    (void)line;
    *(size_t *)context += depth + 1;
    return 1;
}

static void whoever_looks_can_stop_looking(void **state)
{
    (void)state;
    size_t calls = 0;
    inspected_start(&gIt, "lines_inlined", NULL);
    OK(hdbg_source_at(gIt.team, pc_of_stop(), stop_after_one, &calls));
    assert_int_equal(calls, 1);
}

static void a_line_has_the_addresses_of_all_its_inlined_copies(void **state)
{
    (void)state;
    hdbg_address places[PLACES];
    size_t count = 0;
    int32_t found = 0, line = line_of("lines_inlined.cpp", "line of deep");
    inspected_start(&gIt, "lines_inlined", NULL);
    OK(hdbg_source_addresses(gIt.team, "lines_inlined.cpp", line, places, PLACES, &count, &found));
    assert_int_equal(found, line);
    assert_in_range(count, 1, PLACES);
    for (size_t i = 0; i < count; i++) {
        OK(look(places[i]));
        assert_int_equal(gLines[0].line, line);
        assert_string_equal(gLines[0].function, "outer::Box::deep");
    }
}

static void a_breakpoint_on_a_line_is_hit(void **state)
{
    (void)state;
    hdbg_address place = 0;
    size_t count = 0;
    int32_t found = 0, line = line_of("variables_c.c", "gSink = inner + shadow;");
    inspected_start(&gIt, "variables_c", NULL);
    OK(hdbg_source_addresses(gIt.team, "fixtures/variables_c.c", line, &place, 1, &count, &found));
    assert_int_equal(count, 1);
    OK(hdbg_breakpoint_set(gIt.team, place));
    for (int i = 0; i < 3; i++) {
        OK(hdbg_thread_resume(gIt.thread, NULL));
        inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
    }
    assert_int_equal(pc_of_stop(), place);
}

static void a_line_without_code_gives_the_next_one_that_has_some(void **state)
{
    (void)state;
    size_t count = 0;
    int32_t found = 0, line = line_of("variables_c.c", "int main(void)");
    inspected_start(&gIt, "variables_c", NULL);
    OK(hdbg_source_addresses(gIt.team, "variables_c.c", line - 1, NULL, 0, &count, &found));
    assert_int_equal(found, line + 1); /* GCC begins a function at its brace */
    assert_int_equal(hdbg_source_addresses(gIt.team, "variables_c.c", 100000, NULL, 0, &count, &found),
                     HDBG_NAME_NOT_FOUND);
    assert_int_equal(hdbg_source_addresses(gIt.team, "ariables_c.c", line, NULL, 0, &count, &found),
                     HDBG_NAME_NOT_FOUND);
    assert_int_equal(hdbg_source_addresses(gIt.team, "", line, NULL, 0, &count, &found), HDBG_BAD_VALUE);
}

static void what_is_no_code_has_no_line(void **state)
{
    (void)state;
    inspected_start(&gIt, "variables_c", NULL);
    assert_int_equal(look(0x10), HDBG_BAD_ADDRESS);
    assert_int_equal(look(inspected_symbol(&gIt, "gGlobal")), HDBG_NAME_NOT_FOUND);
    assert_int_equal(look(inspected_symbol(&gIt, "_start")), HDBG_NAME_NOT_FOUND);
}

/* ---- against addr2line ---- */

/* An address, and what addr2line says of it: a function and a line by turns. */
typedef struct expected_lines {
    size_t count;
    char function[LINES][1024], place[LINES][1024];
} expected_lines;

static void without_notes(char *text)
{
    char *note = strstr(text, " (discriminator");
    if (note != NULL)
        *note = '\0';
    text[strcspn(text, "\n")] = '\0';
    size_t size = strlen(text);
    if (size > 2 && strcmp(text + size - 2, ":?") == 0)
        text[size - 1] = '0';
}

/* Reads what is said of one address; the address of the next one is left in `line`. */
static void read_expected(FILE *in, char *line, size_t size, expected_lines *expected)
{
    expected->count = 0;
    while (fgets(line, (int)size, in) != NULL && strncmp(line, "0x", 2) != 0 && expected->count < LINES) {
        size_t i = expected->count++;
        without_notes(line);
        snprintf(expected->function[i], sizeof expected->function[i], "%s", line);
        assert_non_null(fgets(line, (int)size, in));
        without_notes(line);
        snprintf(expected->place[i], sizeof expected->place[i], "%s", line);
    }
}

/* The part of a path behind its last folders: addr2line and the library join them alike. */
static int same_place(const seen_line *seen, const char *place)
{
    char own[600];
    snprintf(own, sizeof own, "%s:%d", seen->file, (int)seen->line);
    return strcmp(own, place) == 0;
}

static int same(const expected_lines *expected)
{
    if (gCount != expected->count)
        return 0;
    for (size_t i = 0; i < gCount; i++) {
        /* addr2line takes the outermost name from the symbols; names from there have results, parameters and
         * all of a template's arguments. */
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(gLines[i].function, "<"), gLines[i].function);
        if (!same_place(&gLines[i], expected->place[i]) ||
            (gLines[i].is_inlined && strcmp(name, "operator()") != 0 && /* it names what a lambda is in */
             strstr(expected->function[i], name) == NULL))
            return 0;
    }
    return 1;
}

/* Asks about addresses of a function's neighbourhood, and compares. */
static void compare_with_addr2line(const char *fixture, hdbg_address first, hdbg_address last,
                                   hdbg_address bias)
{
    char path[512], list[64], command[1200], line[2048];
    static expected_lines expected;
    size_t compared = 0;
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, fixture);
    snprintf(list, sizeof list, "/tmp/hdbg-lines-%d", (int)getpid());
    FILE *out = fopen(list, "w");
    assert_non_null(out);
    hdbg_address step = (last - first) / ADDRESSES + 1;
    for (hdbg_address at = first; at < last; at += step)
        fprintf(out, "0x%llx\n", (unsigned long long)(at - bias));
    fclose(out);
    snprintf(command, sizeof command, "addr2line -a -i -f -C -e %s < %s", path, list);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    assert_non_null(fgets(line, sizeof line, in));
    for (hdbg_address at = first; at < last; at += step) {
        hdbg_address said = strtoull(line, NULL, 16);
        assert_int_equal(said, at - bias);
        read_expected(in, line, sizeof line, &expected);
        if (look(at) != HDBG_OK)
            continue;
        if (!same(&expected))
            fail_msg("0x%llx of %s: %zu, %s at %s:%d; addr2line: %zu, %s at %s", (unsigned long long)said,
                     fixture, gCount, gLines[0].function, gLines[0].file, (int)gLines[0].line, expected.count,
                     expected.function[0], expected.place[0]);
        compared++;
    }
    pclose(in);
    unlink(list);
    assert_in_range(compared, 50, ADDRESSES + 1);
}

static void addr2line_says_the_same_of_each_instruction(void **state)
{
    (void)state;
    static const char *const kFixtures[] = {"variables_cpp",         "variables_cpp_optimised",
                                            "variables_cpp_dwarf4",  "variables_c",
                                            "variables_c_optimised", "variables_c_dwarf2"};
    if (system("command -v addr2line >/dev/null") != 0)
        skip();
    for (size_t i = 0; i < sizeof kFixtures / sizeof *kFixtures; i++) {
        inspected_start(&gIt, kFixtures[i], NULL);
        hdbg_image_list *images = NULL;
        OK(hdbg_image_list_get(gIt.team, &images));
        const hdbg_image_info *program = hdbg_image_list_at(images, 0);
        hdbg_address bias = program->text;
        hdbg_address first = inspected_symbol(&gIt, "stop_here");
        hdbg_image_list_free(images);
        compare_with_addr2line(kFixtures[i], first, first + 0x400, bias);
        end(NULL);
    }
}

/* The C library's own debug information is optimised, in pieces, and written by hand in part. */
static void elfutils_says_the_same_of_the_c_library(void **state)
{
    (void)state;
    char command[1400], list[64], line[1024], own[600];
    size_t compared = 0;
    if (system("command -v eu-addr2line >/dev/null") != 0)
        skip();
    inspected_start(&gIt, "variables_c", NULL);
    hdbg_address first = inspected_symbol(&gIt, "malloc"), step = 0x35;
    hdbg_image_list *images = NULL;
    OK(hdbg_image_list_get(gIt.team, &images));
    hdbg_image_info library = *hdbg_image_list_find(images, first);
    hdbg_image_list_free(images);
    if (look(first) != HDBG_OK)
        skip(); /* its debug information is not installed */
    snprintf(list, sizeof list, "/tmp/hdbg-lines-%d", (int)getpid());
    FILE *out = fopen(list, "w");
    assert_non_null(out);
    for (int i = 0; i < ADDRESSES; i++)
        fprintf(out, "0x%llx\n", (unsigned long long)(first + (hdbg_address)i * step - library.text));
    fclose(out);
    snprintf(command, sizeof command, "eu-addr2line -e %s < %s", library.path, list);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    for (int i = 0; i < ADDRESSES; i++) {
        hdbg_address at = first + (hdbg_address)i * step;
        assert_non_null(fgets(line, sizeof line, in));
        if (look(at) != HDBG_OK || strncmp(line, "??", 2) == 0)
            continue;
        int size = snprintf(own, sizeof own, "%s:%d", gLines[0].file, (int)gLines[0].line);
        if (strncmp(own, line, (size_t)size) != 0 || (line[size] != ':' && line[size] != '\n'))
            fail_msg("0x%llx: %s, eu-addr2line: %s", (unsigned long long)(at - library.text), own, line);
        compared++;
    }
    pclose(in);
    unlink(list);
    assert_in_range(compared, ADDRESSES / 2, ADDRESSES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(inlined_calls_are_named_from_the_innermost_outwards, end),
        cmocka_unit_test_teardown(whoever_looks_can_stop_looking, end),
        cmocka_unit_test_teardown(a_line_has_the_addresses_of_all_its_inlined_copies, end),
        cmocka_unit_test_teardown(a_breakpoint_on_a_line_is_hit, end),
        cmocka_unit_test_teardown(a_line_without_code_gives_the_next_one_that_has_some, end),
        cmocka_unit_test_teardown(what_is_no_code_has_no_line, end),
        cmocka_unit_test_teardown(addr2line_says_the_same_of_each_instruction, end),
        cmocka_unit_test_teardown(elfutils_says_the_same_of_the_c_library, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

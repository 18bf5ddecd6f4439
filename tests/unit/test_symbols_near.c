/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The symbol of one address, found without reading all symbols of its file: always the same one.
 */
#include "inspect/symbols.h"
#include "unit/mutants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PROGRAM HDBG_TEST_FIXTURES "/symbols"

enum { SAMPLES = 120, MUTANTS = 1500 };

static char gFolder[64]; /* of this test's own */
static const char *const kRoots[] = {gFolder, NULL};
static const symbol_paths kPaths = {.roots = kRoots, .subfolder = ".debug"};

static int make_folder(void **state)
{
    (void)state;
    snprintf(gFolder, sizeof gFolder, "/tmp/haikudbg-near-XXXXXX");
    return mkdtemp(gFolder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", gFolder);
    return system(command) == 0 ? 0 : -1;
}

static void run(const char *format, const char *first, const char *second)
{
    char command[1024];
    snprintf(command, sizeof command, format, first, second);
    if (system(command) != 0)
        fail_msg("%s: failed", command);
}

static const char *in_folder(const char *name)
{
    static char path[2][256];
    static int next;
    char *result = path[next++ & 1];
    snprintf(result, sizeof path[0], "%s/%s", gFolder, name);
    return result;
}

/* ---- the same as with a whole table ---- */

static void name_of(const symbol_table *table, uint64_t address, char *name, size_t size)
{
    const symbol_entry *entry = symbol_table_at(table, address);
    snprintf(name, size, "nothing");
    if (entry == NULL)
        return;
    int n = snprintf(name, size, "0x%llx+0x%llx, rank %u: ", (unsigned long long)entry->address,
                     (unsigned long long)entry->extent, symbol_rank(entry));
    symbol_table_name(table, entry, name + n, size - (size_t)n);
}

/* @return whether one was made: of an odd file, none has to be. */
static int expect_same(const char *path, const symbol_paths *paths, const symbol_table *whole,
                       uint64_t address)
{
    char expected[400], found[400];
    uint64_t bias = 1, looked = 0;
    symbol_table *near = symbol_table_load_near(path, paths, 0, 0, address, &bias, &looked);
    if (near == NULL)
        return 0;
    assert_int_equal(bias, 0);
    name_of(whole, address, expected, sizeof expected);
    name_of(near, address, found, sizeof found);
    if (strcmp(expected, found) != 0)
        fail_msg("%s at 0x%llx: %s, but by itself %s", path, (unsigned long long)address, expected, found);
    symbol_table_release(near);
    return 1;
}

/* At the borders of symbols, in them and between them. */
static void expect_same_everywhere(const char *path, const symbol_paths *paths)
{
    symbol_table *whole = symbol_table_load(path, paths);
    assert_non_null(whole);
    assert_int_equal(whole->status, HDBG_OK);
    assert_true(whole->count > 10);
    for (size_t i = 0; i < whole->count; i += 1 + whole->count / SAMPLES) {
        const symbol_entry *e = &whole->entries[i];
        assert_true(expect_same(path, paths, whole, e->address));
        assert_true(expect_same(path, paths, whole, e->address + e->extent / 2));
        assert_true(expect_same(path, paths, whole, e->address + e->extent));
        assert_true(expect_same(path, paths, whole, e->address - 1));
    }
    symbol_table_release(whole);
}

static void a_program_s_addresses_have_the_same_symbols(void **state)
{
    (void)state;
    expect_same_everywhere(PROGRAM, &kPaths);
}

static void so_have_those_of_one_whose_symbols_are_in_a_debug_file(void **state)
{
    (void)state;
    run("objcopy --only-keep-debug '%s' '%s'", PROGRAM, in_folder("program.debug"));
    run("cd '%s' && objcopy --strip-all --add-gnu-debuglink=program.debug '%s' program", gFolder, PROGRAM);
    expect_same_everywhere(in_folder("program"), &kPaths);
}

static void so_have_those_of_the_c_library(void **state)
{
    (void)state;
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[600], path[600] = "";
    while (maps != NULL && path[0] == '\0' && fgets(line, sizeof line, maps) != NULL) {
        if (strstr(line, "/libc.so") != NULL || strstr(line, "/libc-") != NULL)
            sscanf(strchr(line, '/'), "%599[^\n]", path);
    }
    if (maps != NULL)
        fclose(maps);
    assert_true(path[0] != '\0');
    expect_same_everywhere(path, &hdbg_symbol_paths);
}

static void only_what_may_be_the_answer_is_kept(void **state)
{
    (void)state;
    symbol_table *whole = symbol_table_load(PROGRAM, &kPaths);
    uint64_t bias, looked = 0;
    assert_non_null(whole);
    const symbol_entry *main_function = symbol_table_by_name(whole, "main");
    assert_non_null(main_function);
    symbol_table *near =
        symbol_table_load_near(PROGRAM, &kPaths, 0, 0, main_function->address + 1, &bias, &looked);
    assert_non_null(near);
    assert_true(looked >= whole->count);
    assert_in_range(near->count, 1, 20);
    assert_true(near->strings_size < whole->strings_size / 4);
    symbol_table_release(near);
    symbol_table_release(whole);
}

/* ---- bad files ---- */

static void what_cannot_be_read_is_left_to_the_whole_table(void **state)
{
    (void)state;
    uint64_t bias, looked;
    assert_null(symbol_table_load_near(in_folder("missing"), &kPaths, 0, 0, 0x1000, &bias, &looked));
    assert_null(symbol_table_load_near(gFolder, &kPaths, 0, 0, 0x1000, &bias, &looked));
    run("head -c 3000 '%s' > '%s'", PROGRAM, in_folder("cut"));
    assert_null(symbol_table_load_near(in_folder("cut"), &kPaths, 0, 0, 0x1000, &bias, &looked));
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static void write_mutant(const char *path, const uint8_t *original, size_t size, uint64_t *seed)
{
    FILE *file = fopen(path, "wb");
    uint8_t *bytes = malloc(size);
    assert_non_null(file);
    assert_non_null(bytes);
    memcpy(bytes, original, size);
    for (unsigned i = 0; i < 12; i++) {
        /* Headers in front, section headers and symbols at the end. */
        size_t at = i % 3 == 0 ? next_random(seed) % 1024 : size - 1 - next_random(seed) % (size / 4);
        bytes[at] = (uint8_t)next_random(seed);
    }
    size_t kept = next_random(seed) % 8 == 0 ? 1 + next_random(seed) % size : size;
    assert_int_equal(fwrite(bytes, 1, kept, file), kept);
    fclose(file);
    free(bytes);
}

static void mutants_have_the_same_symbols_or_none_that_are_found_so(void **state)
{
    enum { ROOM = 1 << 20 };
    uint8_t *original = malloc(ROOM);
    FILE *file = fopen(PROGRAM, "rb");
    uint64_t seed = 4711;
    int made = 0, refused = 0, count = mutants(MUTANTS);
    (void)state;
    assert_non_null(original);
    assert_non_null(file);
    size_t size = fread(original, 1, ROOM, file);
    fclose(file);
    assert_in_range(size, 4096, ROOM - 1);
    for (int i = 0; i < count; i++) {
        const char *path = in_folder("mutant");
        write_mutant(path, original, size, &seed);
        symbol_table *whole = symbol_table_load(path, &kPaths);
        assert_non_null(whole);
        for (size_t k = 0; k < 4 && whole->count > 0; k++) {
            const symbol_entry *e = &whole->entries[next_random(&seed) % whole->count];
            if (whole->type == 2 || whole->segment_count == 0 || whole->status != HDBG_OK ||
                symbol_table_bias(whole, 0, 0) != 0)
                continue;
            int same = expect_same(path, &kPaths, whole, e->address + next_random(&seed) % 8);
            made += same;
            refused += !same;
        }
        symbol_table_release(whole);
    }
    assert_true(made > count / 2);
    assert_true(made > refused);
    free(original);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_s_addresses_have_the_same_symbols),
        cmocka_unit_test(so_have_those_of_one_whose_symbols_are_in_a_debug_file),
        cmocka_unit_test(so_have_those_of_the_c_library),
        cmocka_unit_test(only_what_may_be_the_answer_is_kept),
        cmocka_unit_test(what_cannot_be_read_is_left_to_the_whole_table),
        cmocka_unit_test(mutants_have_the_same_symbols_or_none_that_are_found_so),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

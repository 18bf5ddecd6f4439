/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * ELF files as compilers and objcopy make them: stripped, with separate debug files, without sections,
 * damaged.
 */
#include "inspect/demangle.h"
#include "inspect/symbols.h"
#include "unit/mutants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PROGRAM HDBG_TEST_FIXTURES "/symbols"

static char gFolder[64]; /* of this test's own, empty at each start */

static int make_folder(void **state)
{
    (void)state;
    snprintf(gFolder, sizeof gFolder, "/tmp/haikudbg-elf-XXXXXX");
    return mkdtemp(gFolder) != NULL ? 0 : -1;
}

static void run(const char *format, ...)
{
    char command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (system(command) != 0)
        fail_msg("%s: failed", command);
}

static int remove_folder(void **state)
{
    (void)state;
    run("rm -rf '%s'", gFolder);
    return 0;
}

static const char *in_folder(const char *name)
{
    static char path[4][256];
    static int next;
    char *result = path[next++ & 3];
    snprintf(result, sizeof path[0], "%s/%s", gFolder, name);
    return result;
}

/* Debug files in our folder alone. */
static const char *const kFolderRoots[] = {gFolder, NULL};
static const symbol_paths kPaths = {.roots = kFolderRoots, .subfolder = ".debug"};

static int has_symbol(const char *path, const char *name)
{
    symbol_table *table = symbol_table_load(path, &kPaths);
    assert_non_null(table);
    assert_int_equal(table->status, HDBG_OK);
    int found = symbol_table_by_name(table, name) != NULL;
    symbol_table_release(table);
    return found;
}

/* The program, stripped, linked to its debug file, which lies at `debug`. */
static void make_stripped(const char *program, const char *debug)
{
    run("objcopy --only-keep-debug '%s' '%s'", PROGRAM, debug);
    run("objcopy --strip-all --add-gnu-debuglink='%s' '%s' '%s'", debug, PROGRAM, program);
}

static void a_program_has_the_symbols_that_its_source_has(void **state)
{
    (void)state;
    symbol_table *table = symbol_table_load(PROGRAM, &kPaths);
    assert_non_null(table);
    assert_int_equal(table->status, HDBG_OK);
    static const char *const kNames[] = {"main",
                                         "symbols_c_function",
                                         "symbols_object",
                                         "symbols_weak_alias",
                                         "_ZNK6shapes6Circle4areaEi",
                                         "_ZL22symbols_local_functioni"};
    for (size_t i = 0; i < sizeof kNames / sizeof *kNames; i++) {
        const symbol_entry *entry = symbol_table_by_name(table, kNames[i]);
        if (entry == NULL)
            fail_msg("no %s", kNames[i]);
        assert_true(entry->extent > 0);
        char name[64];
        symbol_table_name(table, symbol_table_at(table, entry->address), name, sizeof name);
        assert_string_equal(name, kNames[i]);
    }
    symbol_table_release(table);
}

static void a_stripped_program_has_its_dynamic_symbols_alone(void **state)
{
    (void)state;
    run("objcopy --strip-all '%s' '%s'", PROGRAM, in_folder("stripped"));
    assert_true(has_symbol(in_folder("stripped"), "symbols_c_function"));
    assert_false(has_symbol(in_folder("stripped"), "_ZL22symbols_local_functioni"));
}

static void a_debug_link_is_followed_beside_the_file_below_it_and_in_the_roots(void **state)
{
    (void)state;
    make_stripped(in_folder("linked"), in_folder("linked.debug"));
    assert_true(has_symbol(in_folder("linked"), "_ZL22symbols_local_functioni"));
    run("mkdir '%s' && mv '%s' '%s'", in_folder(".debug"), in_folder("linked.debug"), in_folder(".debug/"));
    assert_true(has_symbol(in_folder("linked"), "_ZL22symbols_local_functioni"));
    run("mkdir -p '%s%s' && mv '%s' '%s%s'", gFolder, gFolder, in_folder(".debug/linked.debug"), gFolder,
        gFolder);
    assert_true(has_symbol(in_folder("linked"), "_ZL22symbols_local_functioni"));
    run("rm -r '%s%s'", gFolder, gFolder);
    assert_false(has_symbol(in_folder("linked"), "_ZL22symbols_local_functioni"));
}

static void a_debug_file_with_another_checksum_is_not_used(void **state)
{
    (void)state;
    make_stripped(in_folder("changed"), in_folder("changed.debug"));
    run("printf x >> '%s'", in_folder("changed.debug"));
    assert_false(has_symbol(in_folder("changed"), "_ZL22symbols_local_functioni"));
    assert_true(has_symbol(in_folder("changed"), "symbols_c_function"));
}

static void make_build_id_path(const char *program, char *path, size_t size)
{
    elf_file *file = malloc(sizeof *file);
    uint8_t id[64];
    size_t length = sizeof id;
    assert_non_null(file);
    assert_int_equal(elf_file_open(file, program), HDBG_OK);
    assert_int_equal(elf_build_id(&file->object, id, &length), HDBG_OK);
    elf_file_close(file);
    free(file);
    assert_in_range(length, 8, 20);
    run("mkdir -p '%s/.build-id/%02x'", gFolder, id[0]);
    int n = snprintf(path, size, "%s/.build-id/%02x/", gFolder, id[0]);
    for (size_t i = 1; i < length; i++)
        n += snprintf(path + n, size - (size_t)n, "%02x", id[i]);
    snprintf(path + n, size - (size_t)n, ".debug");
}

static void a_debug_file_is_found_by_the_build_id(void **state)
{
    (void)state;
    char path[256];
    run("cc -g -O0 -x c -Wl,--build-id=sha1 - -o '%s' <<'.'\nstatic int tucked(void){return 1;}\n"
        "int main(void){return tucked();}\n.",
        in_folder("with-id"));
    make_build_id_path(in_folder("with-id"), path, sizeof path);
    run("objcopy --only-keep-debug '%s' '%s' && strip '%s'", in_folder("with-id"), path,
        in_folder("with-id"));
    assert_true(has_symbol(in_folder("with-id"), "tucked"));
    /* A file that only has the right name is another program's. */
    run("objcopy --only-keep-debug '%s' '%s'", PROGRAM, path);
    assert_false(has_symbol(in_folder("with-id"), "_ZL22symbols_local_functioni"));
}

static void a_program_without_sections_has_its_dynamic_symbols(void **state)
{
    (void)state;
    static const char *const kStyles[] = {"gnu", "sysv", "both"};
    for (size_t i = 0; i < 3; i++) {
        const char *path = in_folder("sectionless.so");
        run("printf 'int visible(int x){return x;} int second(int x){return x+1;}' | cc -shared -fPIC -x c "
            "- "
            "-Wl,--hash-style=%s -o '%s'",
            kStyles[i], path);
        run("printf '\\0\\0\\0\\0\\0\\0\\0\\0' | dd of='%s' bs=1 seek=40 conv=notrunc status=none", path);
        run("printf '\\0\\0\\0\\0' | dd of='%s' bs=1 seek=60 conv=notrunc status=none", path);
        assert_true(has_symbol(path, "visible"));
        assert_true(has_symbol(path, "second"));
        assert_false(has_symbol(path, "third"));
    }
}

static void expect_status(const char *path, hdbg_status status, const char *sentence)
{
    symbol_table *table = symbol_table_load(path, &kPaths);
    assert_non_null(table);
    assert_int_equal(table->status, status);
    assert_int_equal(table->count, 0);
    if (strstr(table->why, sentence) == NULL || strstr(table->why, path) == NULL)
        fail_msg("%s does not say: %s", table->why, sentence);
    symbol_table_release(table);
}

static void what_is_no_program_is_told_with_its_name(void **state)
{
    (void)state;
    expect_status(in_folder("missing"), HDBG_ENTRY_NOT_FOUND, "no such file");
    expect_status(gFolder, HDBG_NOT_AN_EXECUTABLE, "no regular file");
    assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
    expect_status(in_folder("fifo"), HDBG_NOT_AN_EXECUTABLE, "no regular file");
    run(": > '%s'", in_folder("empty"));
    expect_status(in_folder("empty"), HDBG_NOT_AN_EXECUTABLE, "no ELF file");
    run("echo '#!/bin/sh' > '%s'", in_folder("script"));
    expect_status(in_folder("script"), HDBG_NOT_AN_EXECUTABLE, "no ELF file");
    run("head -c 1000 '%s' > '%s'", PROGRAM, in_folder("cut"));
    expect_status(in_folder("cut"), HDBG_BAD_DATA, "is damaged");
}

static void a_file_that_shrinks_while_it_is_read_is_damaged_and_no_signal(void **state)
{
    (void)state;
    run("cp '%s' '%s'", PROGRAM, in_folder("shrinks"));
    elf_file *file = malloc(sizeof *file);
    elf_symbol_table source;
    char byte[1];
    assert_non_null(file);
    assert_int_equal(elf_file_open(file, in_folder("shrinks")), HDBG_OK);
    assert_int_equal(elf_find_symbols(&file->object, ELF_SECTION_SYMBOLS, &source), HDBG_OK);
    assert_int_equal(elf_read(&file->object, source.offset, byte, 1), HDBG_OK);
    assert_int_equal(truncate(in_folder("shrinks"), 100), 0);
    assert_int_equal(elf_read(&file->object, source.offset, byte, 1), HDBG_BAD_DATA);
    elf_file_close(file);
    free(file);
}

/* ---- 10 000 mutants ---- */

typedef struct bytes {
    uint8_t *data;
    size_t size;
} bytes;

static size_t read_bytes(void *context, uint64_t at, void *buffer, size_t size)
{
    const bytes *input = context;
    if (at >= input->size)
        return 0;
    size_t n = size < input->size - at ? size : (size_t)(input->size - at);
    memcpy(buffer, input->data + at, n);
    return n;
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static bytes read_whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    bytes whole = {malloc(1 << 20), 0};
    assert_non_null(whole.data);
    whole.size = fread(whole.data, 1, 1 << 20, file);
    assert_in_range(whole.size, 4096, (1 << 20) - 1);
    fclose(file);
    return whole;
}

/* Changes a few bytes, mostly of what readers believe: headers, section headers, symbols; sometimes cuts the
 * file. */
static void mutate(bytes *file, uint64_t sections, uint64_t *seed)
{
    static const uint8_t kValues[] = {0, 1, 0x7f, 0x80, 0xff};
    unsigned changes = 1 + next_random(seed) % 8;
    for (unsigned i = 0; i < changes; i++) {
        size_t at = next_random(seed) % file->size;
        switch (next_random(seed) % 4) {
        case 0:
            at %= 1024;
            break;
        case 1:
            at = sections + at % (file->size - sections);
            break;
        default:
            break;
        }
        uint32_t how = next_random(seed);
        file->data[at] = how & 1 ? (uint8_t)(how >> 8) : kValues[(how >> 8) % sizeof kValues];
    }
    if (next_random(seed) % 16 == 0)
        file->size = 1 + next_random(seed) % file->size;
}

/* Everything that is asked of a file. @return how much of it was understood. */
static size_t use(bytes *file, int mapped)
{
    elf_input input = {
        .read = read_bytes, .context = file, .size = file->size, .mapped = mapped, .name = "the mutant"};
    elf_object object;
    uint8_t id[64];
    char link[256], name[256];
    size_t id_size = sizeof id;
    uint32_t crc;
    if (elf_open(&object, &input) == HDBG_OK) {
        elf_build_id(&object, id, &id_size);
        elf_debug_link(&object, link, sizeof link, &crc);
    }
    elf_close(&object);
    symbol_table *table =
        mapped ? symbol_table_load_mapped(&input, 0x7f0000000000) : symbol_table_load_input(&input);
    assert_non_null(table);
    if (table->status != HDBG_OK && table->status != HDBG_NAME_NOT_FOUND)
        assert_true(table->why[0] != '\0');
    size_t count = table->count;
    for (size_t i = 0; i < count; i += 1 + count / 16) {
        symbol_table_name(table, &table->entries[i], name, sizeof name);
        symbol_table_by_name(table, name);
        symbol_table_at(table, table->entries[i].address);
    }
    symbol_table_release(table);
    return count;
}

static void ten_thousand_mutants_of_a_program_do_no_harm(void **state)
{
    (void)state;
    bytes original = read_whole(PROGRAM);
    bytes mutant = {malloc(original.size), 0};
    uint64_t seed = 20260101, sections;
    size_t understood = 0, refused = 0;
    assert_non_null(mutant.data);
    memcpy(&sections, original.data + 40, sizeof sections);
    assert_true(sections < original.size);
    size_t made = (size_t)mutants(10000);
    for (size_t i = 0; i < made; i++) {
        memcpy(mutant.data, original.data, original.size);
        mutant.size = original.size;
        mutate(&mutant, sections, &seed);
        size_t count = use(&mutant, (int)(i & 1));
        understood += count > 0;
        refused += count == 0;
    }
    /* Else it was no test of the reader, but of its first check. */
    assert_true(understood > made / 10);
    assert_true(refused > made / 100);
    free(mutant.data);
    free(original.data);
}

/* ---- C++ names ---- */

static void cplusplus_names_are_recognised_as_people_type_them(void **state)
{
    (void)state;
    static const struct {
        const char *demangled, *name;
        int same;
    } kCases[] = {
        {"shapes::Circle::area(int) const", "shapes::Circle::area(int) const", 1},
        {"shapes::Circle::area(int) const", "shapes::Circle::area", 1},
        {"shapes::Circle::area(int) const", "Circle::area", 0},
        {"shapes::Circle::area(int) const", "shapes::Circle::are", 0},
        {"int shapes::twice<int>(int)", "shapes::twice<int>", 1},
        {"int shapes::twice<int>(int)", "shapes::twice<int>(int)", 0},
        {"Foo::operator()(int) const", "Foo::operator()", 1},
        {"Foo::operator bool() const", "Foo::operator bool", 1},
        {"Foo::operator<(Foo const&) const", "Foo::operator<", 1},
        {"(anonymous namespace)::f(void (*)(int))", "(anonymous namespace)::f", 1},
        {"Foo::~Foo()", "Foo::~Foo", 1},
        {"work(int) [clone .cold]", "work", 1},
        {"plugin::last", "plugin::last", 1},
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        if (inspect_demangled_is(kCases[i].demangled, kCases[i].name) != kCases[i].same)
            fail_msg("%s and %s", kCases[i].demangled, kCases[i].name);
    }
}

static void the_filter_of_a_name_occurs_in_its_mangled_form(void **state)
{
    (void)state;
    static const char *const kCases[][2] = {{"shapes::Circle::area", "4area"},
                                            {"shapes::twice<int>", "5twice"},
                                            {"plain(int)", "5plain"},
                                            {"(anonymous namespace)::f(int)", "1f"},
                                            {"Foo::Foo", ""},
                                            {"Foo::~Foo", ""},
                                            {"Foo::operator+", ""},
                                            {"", ""}};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        char filter[64];
        inspect_name_filter(kCases[i][0], filter, sizeof filter);
        assert_string_equal(filter, kCases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_has_the_symbols_that_its_source_has),
        cmocka_unit_test_setup_teardown(a_stripped_program_has_its_dynamic_symbols_alone, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_debug_link_is_followed_beside_the_file_below_it_and_in_the_roots,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_debug_file_with_another_checksum_is_not_used, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_debug_file_is_found_by_the_build_id, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_program_without_sections_has_its_dynamic_symbols, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(what_is_no_program_is_told_with_its_name, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_file_that_shrinks_while_it_is_read_is_damaged_and_no_signal,
                                        make_folder, remove_folder),
        cmocka_unit_test(ten_thousand_mutants_of_a_program_do_no_harm),
        cmocka_unit_test(cplusplus_names_are_recognised_as_people_type_them),
        cmocka_unit_test(the_filter_of_a_name_occurs_in_its_mangled_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

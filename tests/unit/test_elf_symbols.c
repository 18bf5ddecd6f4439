/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Which symbols an ELF file has, and which of them an address or a name means: on files made up here, 32 and
 * 64 bit.
 */
#include "inspect/symbols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LOCAL = 0, GLOBAL = 1, WEAK = 2 };
enum { NOTYPE = 0, OBJECT = 1, FUNCTION = 2, SECTION = 3, SOURCE = 4, TLS = 6, IFUNC = 10 };
enum { TEXT = 1, DATA = 2, ABSOLUTE = 0xfff1, UNDEFINED = 0 };

typedef struct made_symbol {
    const char *name;
    uint64_t value, size;
    int type, binding, section;
} made_symbol;

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

/* ---- making files ---- */

enum {
    SEGMENTS_AT = 64,
    SECTIONS_AT = 512,
    STRINGS_AT = 2048,
    SYMBOLS_AT = 8192,
    FILE_SIZE = 32768,
    SECTION_COUNT = 5,
    NAMES = 4,
    SYMBOLS = 3
};

static void put(uint8_t *p, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static void put_section(uint8_t *file, int bits, int index, uint32_t type, uint64_t address, uint64_t offset,
                        uint64_t size, uint32_t link, uint64_t entry)
{
    size_t word = bits == 64 ? 8 : 4;
    uint8_t *p = file + SECTIONS_AT + (bits == 64 ? 64 : 40) * index;
    put(p + 4, 4, type);
    put(p + 8 + word, word, address);
    put(p + 8 + 2 * word, word, offset);
    put(p + 8 + 3 * word, word, size);
    put(p + 8 + 4 * word, 4, link);
    put(p + 16 + 5 * word, word, entry);
}

static void put_segment(uint8_t *file, int bits, int index, uint32_t flags, uint64_t address, uint64_t size)
{
    uint8_t *p = file + SEGMENTS_AT + (bits == 64 ? 56 : 32) * index;
    size_t word = bits == 64 ? 8 : 4;
    put(p, 4, 1);
    put(p + (bits == 64 ? 4 : 24), 4, flags);
    put(p + (bits == 64 ? 8 : 4), word, address);
    put(p + (bits == 64 ? 16 : 8), word, address);
    put(p + (bits == 64 ? 32 : 16), word, size);
    put(p + (bits == 64 ? 40 : 20), word, size);
}

static void put_symbol(uint8_t *file, int bits, size_t index, uint32_t name, const made_symbol *s)
{
    uint8_t *p = file + SYMBOLS_AT + (bits == 64 ? 24 : 16) * index;
    size_t word = bits == 64 ? 8 : 4;
    put(p, 4, name);
    put(p + (bits == 64 ? 8 : 4), word, s->value);
    put(p + (bits == 64 ? 16 : 8), word, s->size);
    p[bits == 64 ? 4 : 12] = (uint8_t)(s->binding << 4 | s->type);
    put(p + (bits == 64 ? 6 : 14), 2, (uint64_t)s->section);
}

/* Text at 0x1000, data at 0x3000, 0x1000 bytes each. */
static bytes make_file(int bits, const made_symbol *symbols, size_t count)
{
    bytes file = {calloc(1, FILE_SIZE), FILE_SIZE};
    uint8_t *h = file.data;
    size_t word = bits == 64 ? 8 : 4, strings = 1;
    assert_non_null(h);
    memcpy(h, "\177ELF", 4);
    h[4] = bits == 64 ? 2 : 1;
    h[5] = 1;
    put(h + 16, 2, 3);
    put(h + 24 + word, word, SEGMENTS_AT);
    put(h + 24 + 2 * word, word, SECTIONS_AT);
    put(h + 30 + 3 * word, 2, bits == 64 ? 56 : 32);
    put(h + 32 + 3 * word, 2, 2);
    put(h + 34 + 3 * word, 2, bits == 64 ? 64 : 40);
    put(h + 36 + 3 * word, 2, SECTION_COUNT);
    put(h + 38 + 3 * word, 2, 0);
    put_segment(h, bits, 0, 5, 0, 0x2000);
    put_segment(h, bits, 1, 6, 0x3000, 0x1000);
    put_section(h, bits, TEXT, 1, 0x1000, 0x1000, 0x1000, 0, 0);
    put_section(h, bits, DATA, 1, 0x3000, 0x3000, 0x1000, 0, 0);
    for (size_t i = 0; i < count; i++) {
        put_symbol(h, bits, i + 1, (uint32_t)strings, &symbols[i]);
        strcpy((char *)h + STRINGS_AT + strings, symbols[i].name);
        strings += strlen(symbols[i].name) + 1;
        assert_true(STRINGS_AT + strings < SYMBOLS_AT);
    }
    put_section(h, bits, SYMBOLS, 2, 0, SYMBOLS_AT, (count + 1) * (bits == 64 ? 24 : 16), NAMES,
                bits == 64 ? 24 : 16);
    put_section(h, bits, NAMES, 3, 0, STRINGS_AT, strings, 0, 0);
    return file;
}

static symbol_table *load(bytes *file)
{
    elf_input input = {.read = read_bytes, .context = file, .size = file->size, .name = "made-up"};
    symbol_table *table = symbol_table_load_input(&input);
    assert_non_null(table);
    return table;
}

static symbol_table *load_symbols(int bits, const made_symbol *symbols, size_t count)
{
    bytes file = make_file(bits, symbols, count);
    symbol_table *table = load(&file);
    free(file.data);
    assert_int_equal(table->status, HDBG_OK);
    return table;
}

static void expect_at(const symbol_table *table, uint64_t address, const char *name)
{
    char found[64] = "nothing";
    const symbol_entry *entry = symbol_table_at(table, address);
    if (entry != NULL)
        symbol_table_name(table, entry, found, sizeof found);
    if (strcmp(found, name != NULL ? name : "nothing") != 0)
        fail_msg("0x%llx is in %s, not in %s", (unsigned long long)address, found,
                 name != NULL ? name : "nothing");
}

static void expect_named(symbol_table *table, const char *name, uint64_t address)
{
    const symbol_entry *entry = symbol_table_by_name(table, name);
    if (entry == NULL)
        fail_msg("there is no %s", name);
    assert_int_equal(entry->address, address);
}

#define LOAD(bits, symbols) load_symbols(bits, symbols, sizeof(symbols) / sizeof *(symbols))

/* ---- by address ---- */

static void an_address_belongs_to_the_function_that_covers_it(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"first", 0x1000, 0x10, FUNCTION, GLOBAL, TEXT},
                                           {"second", 0x1010, 0x20, FUNCTION, LOCAL, TEXT},
                                           {"object", 0x3000, 8, OBJECT, GLOBAL, DATA}};
    for (int bits = 32; bits <= 64; bits += 32) {
        symbol_table *table = LOAD(bits, kSymbols);
        assert_int_equal(table->count, 3);
        expect_at(table, 0xfff, NULL);
        expect_at(table, 0x1000, "first");
        expect_at(table, 0x100f, "first");
        expect_at(table, 0x1010, "second");
        expect_at(table, 0x102f, "second");
        expect_at(table, 0x1030, NULL);
        expect_at(table, 0x3007, "object");
        expect_at(table, 0x3008, NULL);
        symbol_table_release(table);
    }
}

static void a_symbol_without_a_size_reaches_to_the_end_of_its_section(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"label", 0x1800, 0, NOTYPE, GLOBAL, TEXT},
                                           {"sized", 0x1900, 0x10, FUNCTION, GLOBAL, TEXT}};
    symbol_table *table = LOAD(64, kSymbols);
    expect_at(table, 0x17ff, NULL);
    expect_at(table, 0x1850, "label");
    expect_at(table, 0x1908, "sized");
    expect_at(table, 0x1910, "label");
    expect_at(table, 0x1fff, "label");
    expect_at(table, 0x2000, NULL);
    expect_at(table, 0x3000, NULL);
    symbol_table_release(table);
}

static void a_label_inside_a_function_does_not_hide_the_function(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"function", 0x1000, 0x100, FUNCTION, GLOBAL, TEXT},
                                           {"label", 0x1080, 0, NOTYPE, GLOBAL, TEXT},
                                           {"inner", 0x1020, 8, FUNCTION, LOCAL, TEXT}};
    symbol_table *table = LOAD(64, kSymbols);
    expect_at(table, 0x1080, "function");
    expect_at(table, 0x1022, "inner");
    expect_at(table, 0x1028, "function");
    expect_at(table, 0x10ff, "function");
    symbol_table_release(table);
}

static void of_several_names_the_public_one_of_a_function_is_preferred(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"__libc_read", 0x1000, 0x10, FUNCTION, GLOBAL, TEXT},
                                           {"local_read", 0x1000, 0x10, FUNCTION, LOCAL, TEXT},
                                           {"__read", 0x1000, 0x10, FUNCTION, GLOBAL, TEXT},
                                           {"read", 0x1000, 0x10, FUNCTION, WEAK, TEXT},
                                           {"mark", 0x1000, 0, NOTYPE, GLOBAL, TEXT},
                                           {"bytes", 0x1000, 0x10, OBJECT, GLOBAL, TEXT},
                                           {"resolver", 0x1100, 0x10, IFUNC, GLOBAL, TEXT}};
    symbol_table *table = LOAD(64, kSymbols);
    expect_at(table, 0x1004, "read");
    expect_at(table, 0x1104, "resolver");
    assert_int_equal(
        symbol_rank(symbol_table_by_name(table, "resolver")) & (SYMBOL_NO_FUNCTION | SYMBOL_NO_OBJECT), 0);
    symbol_table_release(table);
}

static void what_names_no_place_in_the_program_is_left_out(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"kept", 0x1000, 0x10, FUNCTION, GLOBAL, TEXT},
                                           {"file.c", 0x1000, 0, SOURCE, LOCAL, ABSOLUTE},
                                           {".text", 0x1000, 0, SECTION, LOCAL, TEXT},
                                           {"elsewhere", 0, 0, FUNCTION, GLOBAL, UNDEFINED},
                                           {"VERSION_1", 0x1000, 0, OBJECT, GLOBAL, ABSOLUTE},
                                           {"thread_local", 0x10, 8, TLS, GLOBAL, DATA},
                                           {"", 0x1000, 0x10, FUNCTION, GLOBAL, TEXT},
                                           {".L15", 0x1004, 0, NOTYPE, LOCAL, TEXT},
                                           {"$x", 0x1000, 0, NOTYPE, LOCAL, TEXT},
                                           {"outside", 0x9000, 8, OBJECT, GLOBAL, DATA}};
    symbol_table *table = LOAD(64, kSymbols);
    assert_int_equal(table->count, 1);
    expect_at(table, 0x1000, "kept");
    symbol_table_release(table);
}

static void a_size_beyond_the_program_is_cut(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"huge", 0x3000, UINT64_MAX - 5, OBJECT, GLOBAL, DATA}};
    symbol_table *table = LOAD(64, kSymbols);
    expect_at(table, 0x3fff, "huge");
    expect_at(table, 0x4000, NULL);
    expect_at(table, UINT64_MAX, NULL);
    symbol_table_release(table);
}

/* ---- by name ---- */

static void names_are_found_and_near_misses_are_not(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"alpha", 0x1000, 4, FUNCTION, GLOBAL, TEXT},
                                           {"alphabet", 0x1010, 4, FUNCTION, GLOBAL, TEXT},
                                           {"beta", 0x3000, 4, OBJECT, LOCAL, DATA}};
    symbol_table *table = LOAD(32, kSymbols);
    expect_named(table, "alpha", 0x1000);
    expect_named(table, "alphabet", 0x1010);
    expect_named(table, "beta", 0x3000);
    assert_null(symbol_table_by_name(table, "alph"));
    assert_null(symbol_table_by_name(table, ""));
    assert_null(symbol_table_by_name(table, "Beta"));
    symbol_table_release(table);
}

static void versions_are_no_part_of_a_name(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"memcpy@@GLIBC_2.14", 0x1000, 4, FUNCTION, GLOBAL, TEXT},
                                           {"old@LIB_1", 0x1010, 4, FUNCTION, GLOBAL, TEXT}};
    symbol_table *table = LOAD(64, kSymbols);
    expect_named(table, "memcpy", 0x1000);
    expect_named(table, "old", 0x1010);
    expect_at(table, 0x1000, "memcpy");
    symbol_table_release(table);
}

static void of_one_name_in_several_places_the_global_one_is_found(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"init", 0x1000, 4, FUNCTION, LOCAL, TEXT},
                                           {"init", 0x1100, 4, FUNCTION, GLOBAL, TEXT},
                                           {"init", 0x1200, 4, FUNCTION, LOCAL, TEXT}};
    symbol_table *table = LOAD(64, kSymbols);
    expect_named(table, "init", 0x1100);
    symbol_table_release(table);
}

static void what_two_tables_have_in_common_is_there_once(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"one", 0x1000, 4, FUNCTION, GLOBAL, TEXT},
                                           {"one", 0x1000, 4, FUNCTION, GLOBAL, TEXT},
                                           {"one@@V", 0x1000, 4, FUNCTION, GLOBAL, TEXT},
                                           {"two", 0x1000, 4, FUNCTION, GLOBAL, TEXT}};
    symbol_table *table = LOAD(64, kSymbols);
    assert_int_equal(table->count, 2);
    symbol_table_release(table);
}

/* ---- damage ---- */

static void expect_damaged(bytes *file, const char *sentence)
{
    symbol_table *table = load(file);
    assert_int_equal(table->status, HDBG_BAD_DATA);
    assert_non_null(strstr(table->why, "made-up is damaged"));
    assert_non_null(strstr(table->why, sentence));

    symbol_table_release(table);
}

static void a_file_that_is_cut_off_is_damaged(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"one", 0x1000, 4, FUNCTION, GLOBAL, TEXT}};
    for (int bits = 32; bits <= 64; bits += 32) {
        bytes file = make_file(bits, kSymbols, 1);
        static const size_t kSizes[] = {40, 80, SECTIONS_AT + 10, STRINGS_AT, SYMBOLS_AT + 4};
        for (size_t i = 0; i < sizeof kSizes / sizeof *kSizes; i++) {
            file.size = kSizes[i];
            expect_damaged(&file, i < 3 ? "ends before" : "symbol table");
        }
        free(file.data);
    }
}

static void impossible_tables_are_told_and_not_allocated(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"one", 0x1000, 4, FUNCTION, GLOBAL, TEXT}};
    bytes file = make_file(64, kSymbols, 1);
    uint8_t *symbols = file.data + SECTIONS_AT + 64 * SYMBOLS, *names = file.data + SECTIONS_AT + 64 * NAMES;
    put(symbols + 32, 8, UINT64_C(24) << 40);
    expect_damaged(&file, "longer");
    put(symbols + 32, 8, 48);
    put(names + 32, 8, UINT64_MAX);
    expect_damaged(&file, "outside");
    put(names + 32, 8, 10);
    put(symbols + 40, 4, 99);
    expect_damaged(&file, "no strings");
    put(symbols + 40, 4, NAMES);
    put(symbols + 56, 8, 1);
    expect_damaged(&file, "impossible size");
    put(symbols + 56, 8, 24);
    put(file.data + 54, 2, 7);
    expect_damaged(&file, "segment headers");
    free(file.data);
}

static void names_outside_of_their_table_are_left_out(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"good", 0x1000, 4, FUNCTION, GLOBAL, TEXT},
                                           {"bad", 0x1010, 4, FUNCTION, GLOBAL, TEXT}};
    bytes file = make_file(64, kSymbols, 2);
    put(file.data + SYMBOLS_AT + 24 * 2, 4, 0xfffffff0);
    symbol_table *table = load(&file);
    assert_int_equal(table->status, HDBG_OK);
    assert_int_equal(table->count, 1);
    symbol_table_release(table);
    free(file.data);
}

static void what_is_no_elf_file_of_ours_is_told_apart(void **state)
{
    (void)state;
    bytes file = make_file(64, NULL, 0);
    file.data[5] = 2;
    symbol_table *table = load(&file);
    assert_int_equal(table->status, HDBG_NOT_SUPPORTED);
    assert_non_null(strstr(table->why, "little-endian"));
    symbol_table_release(table);
    file.data[0] = '#';
    table = load(&file);
    assert_int_equal(table->status, HDBG_NOT_AN_EXECUTABLE);
    symbol_table_release(table);
    file.size = 3;
    table = load(&file);
    assert_int_equal(table->status, HDBG_NOT_AN_EXECUTABLE);
    symbol_table_release(table);
    free(file.data);
}

/* ---- where it was mapped ---- */

static void the_bias_follows_from_the_text_whichever_segment_that_is(void **state)
{
    (void)state;
    elf_segment segments[] = {
        {.type = ELF_LOAD, .flags = ELF_READ, .address = 0, .memory_size = 0x800},
        {.type = ELF_LOAD, .flags = ELF_READ | ELF_EXECUTE, .address = 0x1000, .memory_size = 0x1000},
        {.type = ELF_LOAD, .flags = ELF_READ | ELF_WRITE, .address = 0x3e10, .memory_size = 0x300}};
    elf_object object = {.type = ELF_SHARED, .segments = segments, .segment_count = 3};
    const uint64_t bias = 0x7f1234560000;
    assert_int_equal(elf_bias(&object, bias, bias + 0x3000), bias);
    assert_int_equal(elf_bias(&object, bias + 0x1000, bias + 0x3000), bias);
    assert_int_equal(elf_bias(&object, bias, 0), bias);
    object.type = ELF_FIXED;
    assert_int_equal(elf_bias(&object, 0x400000, 0x403000), 0);
}

static void a_table_is_freed_with_its_last_user(void **state)
{
    (void)state;
    static const made_symbol kSymbols[] = {{"one", 0x1000, 4, FUNCTION, GLOBAL, TEXT}};
    symbol_table *table = LOAD(64, kSymbols);
    assert_ptr_equal(symbol_table_retain(table), table);
    const symbol_entry *first = symbol_table_by_name(table, "one");
    assert_ptr_equal(symbol_table_by_name(table, "one"), first);
    symbol_table_release(table);
    assert_ptr_equal(symbol_table_by_name(table, "one"), first);
    symbol_table_release(table);
    symbol_table_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_belongs_to_the_function_that_covers_it),
        cmocka_unit_test(a_symbol_without_a_size_reaches_to_the_end_of_its_section),
        cmocka_unit_test(a_label_inside_a_function_does_not_hide_the_function),
        cmocka_unit_test(of_several_names_the_public_one_of_a_function_is_preferred),
        cmocka_unit_test(what_names_no_place_in_the_program_is_left_out),
        cmocka_unit_test(a_size_beyond_the_program_is_cut),
        cmocka_unit_test(names_are_found_and_near_misses_are_not),
        cmocka_unit_test(versions_are_no_part_of_a_name),
        cmocka_unit_test(of_one_name_in_several_places_the_global_one_is_found),
        cmocka_unit_test(what_two_tables_have_in_common_is_there_once),
        cmocka_unit_test(a_file_that_is_cut_off_is_damaged),
        cmocka_unit_test(impossible_tables_are_told_and_not_allocated),
        cmocka_unit_test(names_outside_of_their_table_are_left_out),
        cmocka_unit_test(what_is_no_elf_file_of_ours_is_told_apart),
        cmocka_unit_test(the_bias_follows_from_the_text_whichever_segment_that_is),
        cmocka_unit_test(a_table_is_freed_with_its_last_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

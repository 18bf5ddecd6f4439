/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Call frame information through hdbg-dwarf itself: of an object that is assembled here, of a real program,
 * and of ten thousand damaged copies of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dwarf/dwarf.h"
#include "inspect/symbols.h"
#include "unit/mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dwarf_reader *gReader;

static int begin(void **state)
{
    (void)state;
    return dwarf_reader_create(NULL, &gReader);
}

static int end(void **state)
{
    (void)state;
    dwarf_reader_destroy(gReader);
    gReader = NULL;
    return 0;
}

/* ---- an object made here ---- */

enum { TEXT = 0x10000, FRAMES = 0x20000, SECTIONS_AT = 64, CONTENT = 1024 };

typedef struct object {
    uint8_t bytes[4096];
    size_t at;
} object;

static void put(object *o, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        o->bytes[o->at++] = (uint8_t)(value >> 8 * i);
}

static void put_bytes(object *o, const void *bytes, size_t size)
{
    memcpy(o->bytes + o->at, bytes, size);
    o->at += size;
}

static void set(object *o, size_t at, uint64_t value, size_t size)
{
    size_t before = o->at;
    o->at = at;
    put(o, value, size);
    o->at = before;
}

/* An entry: its length, then what `body` has, padded with nops. */
static size_t put_entry(object *o, uint32_t id, const uint8_t *body, size_t size)
{
    size_t start = o->at, padded = (size + 3) & ~(size_t)3;
    put(o, padded + 4, 4);
    put(o, id, 4);
    put_bytes(o, body, size);
    while (o->at < start + 8 + padded)
        put(o, 0, 1);
    return start;
}

/* A file of two sections: names, and frames under `name`. */
static void finish(object *o, const char *name, size_t size)
{
    static const uint8_t kIdentity[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    char names[64] = "";
    memcpy(o->bytes, kIdentity, sizeof kIdentity);
    set(o, 16, 3, 2);
    set(o, 18, 62, 2);
    set(o, 40, SECTIONS_AT, 8);
    set(o, 52, 64, 2);
    set(o, 58, 64, 2);
    set(o, 60, 3, 2);
    set(o, 62, 2, 2);
    size_t length = (size_t)snprintf(names + 1, sizeof names - 1, "%s", name) + 2;
    memcpy(o->bytes + 512, names, sizeof names);
    memcpy(o->bytes + 512 + length, ".shstrtab", 10);
    set(o, SECTIONS_AT + 64, 1, 4);
    set(o, SECTIONS_AT + 64 + 4, 1, 4);
    set(o, SECTIONS_AT + 64 + 16, FRAMES, 8);
    set(o, SECTIONS_AT + 64 + 24, CONTENT, 8);
    set(o, SECTIONS_AT + 64 + 32, size, 8);
    set(o, SECTIONS_AT + 128, length, 4);
    set(o, SECTIONS_AT + 128 + 4, 3, 4);
    set(o, SECTIONS_AT + 128 + 24, 512, 8);
    set(o, SECTIONS_AT + 128 + 32, 128, 8);
}

/* .debug_frame with a CIE (code factor 1, data factor -8, return address in 16, CFA = r7 + 8, r16 at CFA - 8)
 * and a function with the given instructions. */
static void assemble(object *o, const uint8_t *instructions, size_t size)
{
    static const uint8_t kCommon[] = {3, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1};
    uint8_t body[512];
    memset(o, 0, sizeof *o);
    o->at = CONTENT;
    put_entry(o, UINT32_MAX, kCommon, sizeof kCommon);
    memset(body, 0, sizeof body);
    uint64_t low = TEXT, length = 0x100;
    memcpy(body, &low, 8);
    memcpy(body + 8, &length, 8);
    memcpy(body + 16, instructions, size);
    put_entry(o, 0, body, 16 + size);
    finish(o, ".debug_frame", o->at - CONTENT);
}

static dwarf_file *open_bytes(const void *bytes, size_t size)
{
    dwarf_paths paths = {.bytes = bytes, .size = size};
    dwarf_file *file = NULL;
    assert_int_equal(dwarf_file_open(gReader, &paths, &file), HDBG_OK);
    return file;
}

static const dwarf_row *row_at(dwarf_file *file, uint64_t address)
{
    const dwarf_row *row = NULL;
    if (dwarf_file_row(file, address, &row) != HDBG_OK)
        fail_msg("0x%llx: %s", (unsigned long long)address, hdbg_last_error());
    assert_true(row->low <= address && address < row->high);
    return row;
}

static void each_kind_of_rule_comes_through(void **state)
{
    (void)state;
    static const uint8_t kInstructions[] = {
        0x41,                         /* advance 1 */
        0x0e, 16,                     /* CFA offset 16 */
        0x86, 2,                      /* r6 at CFA - 16 */
        0x44,                         /* advance 4 */
        0x07, 0,                      /* r0 undefined */
        0x08, 3,                      /* r3 as it was */
        0x09, 12,   13,               /* r12 in r13 */
        0x14, 14,   3,                /* r14 is CFA - 24 */
        0x10, 15,   2,    0x77, 8,    /* r15 at (r7 + 8) */
        0x16, 1,    2,    0x77, 16,   /* r1 is (r7 + 16) */
        0x0a,                         /* remember */
        0x42,                         /* advance 2 */
        0x0f, 3,    0x77, 0x90, 0x01, /* CFA is (r7 + 144) */
        0x41, 0x0b,                   /* advance 1, as remembered */
    };
    object o;
    assemble(&o, kInstructions, sizeof kInstructions);
    dwarf_file *file = open_bytes(o.bytes, o.at);
    const dwarf_row *row = row_at(file, TEXT);
    assert_int_equal(row->high, TEXT + 1);
    assert_int_equal(row->cfa.kind, DWARF_RULE_OFFSET);
    assert_int_equal(row->cfa.reg, 7);
    assert_int_equal(row->cfa.offset, 8);
    assert_int_equal(row->return_register, 16);
    assert_int_equal(row->rules[16].kind, DWARF_RULE_OFFSET);
    assert_int_equal(row->rules[16].offset, -8);
    assert_int_equal(row->rules[6].kind, DWARF_RULE_UNSPECIFIED);
    row = row_at(file, TEXT + 4);
    assert_int_equal(row->cfa.offset, 16);
    assert_int_equal(row->rules[6].offset, -16);
    row = row_at(file, TEXT + 5);
    assert_int_equal(row->rules[0].kind, DWARF_RULE_UNDEFINED);
    /* One generation of libdwarf does not tell the two apart. */
    assert_true(row->rules[3].kind == DWARF_RULE_SAME || row->rules[3].kind == DWARF_RULE_UNSPECIFIED);
    assert_int_equal(row->rules[12].kind, DWARF_RULE_REGISTER);
    assert_int_equal(row->rules[12].reg, 13);
    assert_int_equal(row->rules[14].kind, DWARF_RULE_VALUE_OFFSET);
    assert_int_equal(row->rules[14].offset, -24);
    assert_int_equal(row->rules[15].kind, DWARF_RULE_EXPRESSION);
    assert_memory_equal(row->rules[15].expression, "\x77\x08", 2);
    assert_int_equal(row->rules[1].kind, DWARF_RULE_VALUE_EXPRESSION);
    assert_memory_equal(row->rules[1].expression, "\x77\x10", 2);
    row = row_at(file, TEXT + 7);
    assert_true(row->cfa.kind == DWARF_RULE_EXPRESSION || row->cfa.kind == DWARF_RULE_VALUE_EXPRESSION);
    assert_int_equal(row->cfa.expression_size, 3);
    row = row_at(file, TEXT + 0xff);
    assert_int_equal(row->low, TEXT + 8);
    assert_int_equal(row->high, TEXT + 0x100);
    assert_int_equal(row->cfa.kind, DWARF_RULE_OFFSET);
    assert_int_equal(row->cfa.offset, 16);
    assert_int_equal(dwarf_file_row(file, TEXT + 0x100, &row), HDBG_NAME_NOT_FOUND);
    assert_int_equal(dwarf_file_row(file, TEXT - 1, &row), HDBG_NAME_NOT_FOUND);
    assert_int_equal(dwarf_file_row(file, UINT64_MAX, &row), HDBG_NAME_NOT_FOUND);
    dwarf_file_release(file);
}

static void what_is_damaged_is_not_found_and_harms_nothing_else(void **state)
{
    (void)state;
    /* A register number beyond all, restored from a stack that is empty. */
    static const uint8_t kInstructions[] = {0x41, 0x0b, 0x05, 0xff, 0xff, 0xff, 0x7f, 1};
    const dwarf_row *row = NULL;
    object bad, good;
    assemble(&bad, kInstructions, sizeof kInstructions);
    assemble(&good, kInstructions, 0);
    dwarf_file *damaged = open_bytes(bad.bytes, bad.at), *whole = open_bytes(good.bytes, good.at);
    assert_int_not_equal(dwarf_file_row(damaged, TEXT + 4, &row), HDBG_OK);
    assert_int_equal(row_at(whole, TEXT + 4)->cfa.offset, 8);
    dwarf_file_release(damaged);
    dwarf_file_release(whole);
}

static void a_file_that_is_not_there_says_so(void **state)
{
    (void)state;
    dwarf_paths paths = {.image = "/nowhere/at/all"};
    hdbg_debug_info info = {.size = sizeof info};
    const dwarf_row *row = NULL;
    dwarf_file *file = NULL;
    assert_int_equal(dwarf_file_open(gReader, &paths, &file), HDBG_OK);
    assert_int_equal(dwarf_file_info(file, &info), HDBG_OK);
    assert_int_equal(info.has_frames, 0);
    assert_non_null(strstr(info.text, "/nowhere/at/all"));
    assert_int_equal(dwarf_file_row(file, TEXT, &row), HDBG_NAME_NOT_FOUND);
    dwarf_file_release(file);
}

/* ---- a real program, and what is left of it ---- */

static uint8_t *read_program(size_t *size)
{
    FILE *f = fopen(HDBG_TEST_FIXTURES "/stack_unwind", "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    *size = (size_t)ftell(f);
    rewind(f);
    uint8_t *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, f), *size);
    fclose(f);
    return bytes;
}

typedef struct range {
    uint64_t at, size;
} range;

/* The parts of the program that are read. */
static size_t find_ranges(range *ranges, uint64_t *text, uint64_t *text_size)
{
    static const char *const kNames[] = {".eh_frame", ".eh_frame_hdr"};
    elf_file *file = malloc(sizeof *file);
    assert_non_null(file);
    assert_int_equal(elf_file_open(file, HDBG_TEST_FIXTURES "/stack_unwind"), HDBG_OK);
    for (int i = 0; i < 2; i++) {
        const elf_section *s = elf_section_by_name(&file->object, kNames[i]);
        assert_non_null(s);
        ranges[i] = (range){s->offset, s->size};
    }
    const elf_section *code = elf_section_by_name(&file->object, ".text");
    assert_non_null(code);
    *text = code->address;
    *text_size = code->size;
    uint64_t size = file->object.input.size;
    ranges[2] = (range){0, 64};
    ranges[3] = (range){size - 64 * file->object.section_count, 64 * file->object.section_count};
    elf_file_close(file);
    free(file);
    return 4;
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void ten_thousand_damaged_programs_are_read_or_refused(void **state)
{
    (void)state;
    enum { LOOKUPS = 4 };
    const int count = mutants(10000);
    size_t size, answered = 0, ended = 0;
    uint64_t text, text_size;
    range ranges[4];
    uint8_t *program = read_program(&size), *mutant = malloc(size);
    size_t range_count = find_ranges(ranges, &text, &text_size);
    uint32_t random = 0x2545f491;
    assert_non_null(mutant);
    for (int i = 0; i < count; i++) {
        memcpy(mutant, program, size);
        /* The sections that are read are hit most: three of four mutations go there. */
        for (uint32_t n = next_random(&random) % 4 + 1; n > 0; n--) {
            const range *r =
                &ranges[next_random(&random) % 4 < 3 ? next_random(&random) % 2
                                                     : 2 + next_random(&random) % (range_count - 2)];
            uint64_t at = r->at + next_random(&random) % r->size;
            static const uint8_t kValues[] = {0, 0xff, 0x7f, 0x80};
            if (next_random(&random) % 2 == 0)
                mutant[at] ^= (uint8_t)(1 << next_random(&random) % 8);
            else
                mutant[at] = kValues[next_random(&random) % 4];
        }
        /* Without its table, all of .eh_frame is read. */
        if (i % 3 == 0)
            mutant[ranges[1].at] = 0;
        dwarf_file *file = open_bytes(mutant, i % 10 == 0 ? next_random(&random) % size + 1 : size);
        hdbg_status status = HDBG_OK;
        for (int k = 0; k < LOOKUPS && status != HDBG_NOT_ALLOWED; k++) {
            const dwarf_row *row = NULL;
            uint64_t address = text + next_random(&random) % text_size;
            status = dwarf_file_row(file, address, &row);
            if (status == HDBG_OK)
                assert_true(row->low <= address && address < row->high);
            else
                assert_null(row);
            answered += status == HDBG_OK;
            ended += status == HDBG_BAD_DATA || status == HDBG_TIMED_OUT;
        }
        dwarf_file_release(file);
        if (status == HDBG_NOT_ALLOWED) {
            end(NULL);
            begin(NULL);
        }
    }
    /* Most damage leaves something to be read; and the library has come so far. */
    assert_true(answered > (size_t)count);
    print_message("%zu answers, %zu without the process\n", answered, ended);
    free(program);
    free(mutant);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_of_rule_comes_through),
        TEST(what_is_damaged_is_not_found_and_harms_nothing_else),
        TEST(a_file_that_is_not_there_says_so),
        TEST(ten_thousand_damaged_programs_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * DWARF expressions: each operator, and those that are damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dwarf/dwarf.h"

#include <string.h>

static hdbg_status a_register(void *context, int number, uint64_t *value)
{
    (void)context;
    *value = 0x1000 + (uint64_t)number;
    return number < 40 ? HDBG_OK : HDBG_NAME_NOT_FOUND;
}

/* Memory has at each address the address itself. */
static hdbg_status some_memory(void *context, uint64_t address, void *buffer, size_t size)
{
    (void)context;
    if (address == 0)
        return HDBG_BAD_ADDRESS;
    memcpy(buffer, &address, size);
    return HDBG_OK;
}

static hdbg_status frame_base(void *context, uint64_t *value)
{
    (void)context;
    *value = 0x7000;
    return HDBG_OK;
}

static hdbg_status the_cfa(void *context, uint64_t *value)
{
    (void)context;
    *value = 0x8000;
    return HDBG_OK;
}

static hdbg_status thread_local_place(void *context, uint64_t offset, uint64_t *address)
{
    (void)context;
    *address = 0x90000 + offset;
    return HDBG_OK;
}

static hdbg_status at_entry(void *context, const uint8_t *expression, size_t size, uint64_t *value)
{
    (void)context;
    *value = 0x500 + expression[0] + size;
    return HDBG_OK;
}

static dwarf_machine gMachine = {.address_size = 8,
                                 .reg = a_register,
                                 .memory = some_memory,
                                 .frame_base = frame_base,
                                 .cfa = the_cfa,
                                 .tls = thread_local_place,
                                 .entry_value = at_entry,
                                 .bias = 0x100000};

typedef struct expression {
    const char *bytes;
    size_t size;
    uint64_t value;
} expression;
#define E(text, value)                                                                                       \
    {                                                                                                        \
        text, sizeof(text) - 1, value                                                                        \
    }

static hdbg_status evaluate(const char *bytes, size_t size, dwarf_place *places, size_t *count)
{
    const uint64_t initial[1] = {0x42};
    return dwarf_evaluate(&gMachine, (const uint8_t *)bytes, size, initial, 1, places, count);
}

static void each_operator_has_its_value(void **state)
{
    (void)state;
    static const expression kCases[] = {
        E("", 0x42),                                         /* what was on the stack */
        E("\x03\x10\x00\x00\x00\x00\x00\x00\x00", 0x100010), /* addr */
        E("\x06", 0x42),                                     /* deref */
        E("\x08\xff", 0xff),                                 /* const1u */
        E("\x09\xff", UINT64_MAX),                           /* const1s */
        E("\x0a\xfe\xff", 0xfffe),                           /* const2u */
        E("\x0b\xfe\xff", UINT64_MAX - 1),                   /* const2s */
        E("\x0c\x01\x00\x00\x80", 0x80000001),               /* const4u */
        E("\x0d\x01\x00\x00\x80", 0xffffffff80000001),       /* const4s */
        E("\x0e\x01\x00\x00\x00\x00\x00\x00\x80", 0x8000000000000001),
        E("\x0f\x01\x00\x00\x00\x00\x00\x00\x80", 0x8000000000000001),
        E("\x10\x80\x01", 128),                /* constu */
        E("\x11\x7f", UINT64_MAX),             /* consts */
        E("\x12\x22", 0x84),                   /* dup plus */
        E("\x31\x13", 0x42),                   /* lit1 drop */
        E("\x31\x14\x22", 0x43),               /* over plus */
        E("\x31\x32\x15\x02", 0x42),           /* pick 2 */
        E("\x31\x16\x1c", UINT64_MAX - 0x40),  /* swap minus: 1 - 0x42 */
        E("\x31\x32\x17\x22\x22", 0x45),       /* rot */
        E("\x31\x32\x17\x13", 0x42),           /* rot: the top went two down */
        E("\x09\xfe\x19", 2),                  /* abs */
        E("\x3f\x1a", 0x02),                   /* and */
        E("\x09\xf0\x33\x1b", (uint64_t)-5),   /* div is signed */
        E("\x34\x1c", 0x3e),                   /* minus */
        E("\x35\x1d", 1),                      /* mod: 66 % 5 */
        E("\x32\x1e", 0x84),                   /* mul */
        E("\x1f", (uint64_t)-0x42),            /* neg */
        E("\x20", ~UINT64_C(0x42)),            /* not */
        E("\x31\x21", 0x43),                   /* or */
        E("\x23\x81\x01", 0x42 + 129),         /* plus_uconst */
        E("\x32\x24", 0x108),                  /* shl */
        E("\x08\x40\x24", 0),                  /* shl by 64 */
        E("\x31\x25", 0x21),                   /* shr */
        E("\x09\x80\x32\x26", (uint64_t)-32),  /* shra */
        E("\x09\x80\x08\xff\x26", UINT64_MAX), /* shra by all */
        E("\x33\x27", 0x41),                   /* xor */
        E("\x31\x28\x01\x00\x3f\x32", 2),      /* bra taken, over lit15 */
        E("\x30\x28\x01\x00\x3f", 15),         /* bra not taken */
        E("\x2f\x01\x00\x3f", 0x42),           /* skip */
        E("\x08\x42\x29", 1),                  /* eq */
        E("\x09\xff\x2a", 1),                  /* ge: 66 >= -1 */
        E("\x09\xff\x2b", 1),                  /* gt */
        E("\x09\xff\x2c", 0),                  /* le */
        E("\x09\xff\x2d", 0),                  /* lt */
        E("\x09\xff\x2e", 1),                  /* ne */
        E("\x4f", 31),                         /* lit31 */
        E("\x77\x7f", 0x1006),                 /* breg7 - 1 */
        E("\x92\x21\x01", 0x1022),             /* bregx 33 + 1 */
        E("\x91\x70", 0x6ff0),                 /* fbreg - 16 */
        E("\x9c", 0x8000),                     /* call_frame_cfa */
        E("\x0a\x34\x12\x94\x01", 0x34),       /* deref_size 1 */
        E("\x96", 0x42),                       /* nop */
        E("\x9b", 0x90042),                    /* form_tls_address */
        E("\xe0", 0x90042),                    /* GNU_push_tls_address */
        E("\xa3\x01\x55", 0x500 + 0x55 + 1),   /* entry_value (reg5) */
        E("\xf3\x01\x54", 0x500 + 0x54 + 1),   /* GNU_entry_value (reg4) */
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        dwarf_place place;
        size_t count = 1;
        hdbg_status status = evaluate(kCases[i].bytes, kCases[i].size, &place, &count);
        if (status != HDBG_OK || count != 1 || place.kind != DWARF_PLACE_MEMORY ||
            place.value != kCases[i].value)
            fail_msg("case %zu: status %s, kind %d, 0x%llx, not 0x%llx", i, hdbg_status_name(status),
                     place.kind, (unsigned long long)place.value, (unsigned long long)kCases[i].value);
    }
}

static void a_value_is_in_a_register_or_itself_or_bytes_or_nowhere(void **state)
{
    (void)state;
    dwarf_place place;
    size_t count = 1;
    assert_int_equal(evaluate("\x53", 1, &place, &count), HDBG_OK);
    assert_int_equal(place.kind, DWARF_PLACE_REGISTER);
    assert_int_equal(place.value, 3);
    count = 1;
    assert_int_equal(evaluate("\x90\x81\x01", 3, &place, &count), HDBG_OK);
    assert_int_equal(place.value, 129);
    count = 1;
    assert_int_equal(evaluate("\x35\x9f", 2, &place, &count), HDBG_OK);
    assert_int_equal(place.kind, DWARF_PLACE_VALUE);
    assert_int_equal(place.value, 5);
    count = 1;
    assert_int_equal(evaluate("\x9e\x03"
                              "abc",
                              5, &place, &count),
                     HDBG_OK);
    assert_int_equal(place.kind, DWARF_PLACE_BYTES);
    assert_int_equal(place.value, 3);
    assert_memory_equal(place.bytes, "abc", 3);
    count = 1;
    assert_int_equal(dwarf_evaluate(&gMachine, NULL, 0, NULL, 0, &place, &count), HDBG_OK);
    assert_int_equal(place.kind, DWARF_PLACE_NOWHERE);
}

static void a_value_in_pieces_has_a_place_for_each(void **state)
{
    (void)state;
    dwarf_place places[DWARF_PIECES];
    size_t count = DWARF_PIECES;
    /* reg3 piece 8, (nothing) piece 4, fbreg 0 piece 4 */
    static const char kPieces[] = "\x13\x53\x93\x08\x93\x04\x91\x00\x93\x04";
    assert_int_equal(evaluate(kPieces, sizeof kPieces - 1, places, &count), HDBG_OK);
    assert_int_equal(count, 3);
    assert_int_equal(places[0].kind, DWARF_PLACE_REGISTER);
    assert_int_equal(places[0].size, 64);
    assert_int_equal(places[1].kind, DWARF_PLACE_NOWHERE);
    assert_int_equal(places[1].size, 32);
    assert_int_equal(places[2].kind, DWARF_PLACE_MEMORY);
    assert_int_equal(places[2].value, 0x7000);
    count = 2;
    assert_int_equal(evaluate(kPieces, sizeof kPieces - 1, places, &count), HDBG_NOT_SUPPORTED);
    assert_int_equal(count, 0);
}

/* Types: 0x504 is an int of 4 bytes, 0x704 an unsigned one, 0x408 a double, 0x404 a float, 0x501 one byte. */
#define INT      "\x84\x0a"
#define UNSIGNED "\x84\x0e"
#define DOUBLE   "\x88\x08"
#define FLOAT    "\x84\x08"
#define BYTE     "\x81\x0a"

static void values_of_base_types_are_reckoned_with_as_such(void **state)
{
    (void)state;
    static const expression kCases[] = {
        E("\xa4" INT "\x04\xfe\xff\xff\xff\x9f", 0xfffffffe),                /* const_type -2 */
        E("\xa5\x03" INT "\x9f", 0x1003),                                    /* regval_type */
        E("\x0a\x34\x12\xa6\x04" INT "\x9f", 0x1234),                        /* deref_type */
        E("\x09\xfe\xa8" INT "\xa8" DOUBLE "\x9f", 0xc000000000000000),      /* -2 is -2.0 */
        E("\x09\xfe\xa8" UNSIGNED "\xa8" DOUBLE "\x9f", 0x41efffffffc00000), /* or 4294967294.0 */
        E("\x35\xa8" INT "\x09\xfe\xa8" INT "\x1b\x9f", 0xfffffffe),         /* 5 / -2 */
        E("\x35\xa8" INT "\x09\xfe\xa8" INT "\x1d\x9f", 1),                  /* 5 % -2 */
        E("\x09\xfe\xa8" UNSIGNED "\x35\xa8" UNSIGNED "\x1b\x9f", 0xfffffffe / 5u),
        E("\x33\xa8" DOUBLE "\x32\xa8" DOUBLE "\x1b\xa8" FLOAT "\x9f", 0x3fc00000), /* 3.0 / 2.0 */
        E("\x33\xa8" FLOAT "\x32\xa8" FLOAT "\x1e\xa8\x00\x9f", 6),                 /* 3.0f * 2.0f, whole */
        E("\x33\xa8" DOUBLE "\x1f\xa8" INT "\x9f", 0xfffffffd),                     /* neg */
        E("\x33\xa8" DOUBLE "\x1f\x19\xa8" INT "\x9f", 3),                          /* abs */
        E("\x31\xa8" BYTE "\x1f\xa8" INT "\x9f", 0xffffffff),                       /* -1 of a byte is -1 */
        E("\x31\xa8" BYTE "\x1f\xa8\x00\x9f", UINT64_MAX),
        E("\x09\xfe\xa8" INT "\x31\x26\x9f", 0xffffffff),             /* -2 >> 1 */
        E("\x09\xfe\xa8" INT "\x31\x25\x9f", 0x7fffffff),             /* the same of its bits */
        E("\x09\xfe\xa8" INT "\x31\xa8" INT "\x2d\x9f", 1),           /* -2 < 1 */
        E("\x09\xfe\xa8" UNSIGNED "\x31\xa8" UNSIGNED "\x2d\x9f", 0), /* but not unsigned */
        E("\x31\xa8" DOUBLE "\x32\xa8" DOUBLE "\x2d\x9f", 1),         /* 1.0 < 2.0 */
        E("\x33\xa8" FLOAT "\xa9" UNSIGNED "\x9f", 0x40400000),       /* the bits of 3.0f */
        E("\x33\xa8" INT "\x12\x22\x9f", 6),                          /* dup keeps the type */
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        dwarf_place place;
        size_t count = 1;
        hdbg_status status = evaluate(kCases[i].bytes, kCases[i].size, &place, &count);
        if (status != HDBG_OK || place.kind != DWARF_PLACE_VALUE || place.value != kCases[i].value)
            fail_msg("case %zu: status %s, kind %d, 0x%llx, not 0x%llx", i, hdbg_status_name(status),
                     place.kind, (unsigned long long)place.value, (unsigned long long)kCases[i].value);
    }
}

static void types_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        hdbg_status status;
    } kCases[] = {
        {"\x31\xa8" INT "\x22", 5, HDBG_BAD_DATA},                      /* int and address */
        {"\x31\xa8" DOUBLE "\x32\xa8" DOUBLE "\x1a", 9, HDBG_BAD_DATA}, /* and of fractions */
        {"\x31\xa9" INT, 4, HDBG_BAD_DATA},                             /* eight bytes as four */
        {"\xa4" INT "\x08\x01\x02\x03\x04\x05\x06\x07\x08", 12, HDBG_BAD_DATA},
        {"\x31\xa8" INT "\x30\xa8" INT "\x1b", 9, HDBG_BAD_DATA}, /* by zero */
        {"\x31\xa8\x90\x08", 4, HDBG_NOT_SUPPORTED},              /* 16 bytes with a fraction */
        {"\x31\xa8\xff\xff\x07", 5, HDBG_NOT_SUPPORTED},          /* no type */
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        dwarf_place place;
        size_t count = 1;
        hdbg_status status = evaluate(kCases[i].bytes, kCases[i].size, &place, &count);
        if (status != kCases[i].status)
            fail_msg("case %zu: %s, not %s", i, hdbg_status_name(status), hdbg_status_name(kCases[i].status));
    }
}

static void a_pointer_may_be_nowhere_and_a_piece_some_bits(void **state)
{
    (void)state;
    dwarf_place places[4];
    size_t count = 4;
    /* implicit_pointer to pointee 2, 7 bytes before it; bit_piece 3 at 5 of reg1; bit_piece 61 of nothing */
    assert_int_equal(evaluate("\xa0\x02\x00\x00\x00\x79", 6, places, &count), HDBG_OK);
    assert_int_equal(places[0].kind, DWARF_PLACE_POINTER);
    assert_int_equal(places[0].value, 2);
    assert_int_equal(places[0].offset, -7);
    count = 4;
    assert_int_equal(evaluate("\x13\x51\x9d\x03\x05\x9d\x3d\x00", 8, places, &count), HDBG_OK);
    assert_int_equal(count, 2);
    assert_int_equal(places[0].kind, DWARF_PLACE_REGISTER);
    assert_int_equal(places[0].size, 3);
    assert_int_equal(places[0].offset, 5);
    assert_int_equal(places[1].kind, DWARF_PLACE_NOWHERE);
    assert_int_equal(places[1].size, 61);
}

static void addresses_of_32_bits_wrap(void **state)
{
    (void)state;
    dwarf_machine narrow = gMachine;
    dwarf_place place;
    size_t count = 1;
    narrow.address_size = 4;
    static const uint8_t kExpression[] = {0x0c, 0xff, 0xff, 0xff, 0xff, 0x32, 0x22};
    assert_int_equal(dwarf_evaluate(&narrow, kExpression, sizeof kExpression, NULL, 0, &place, &count),
                     HDBG_OK);
    assert_int_equal(place.value, 1);
}

static void what_is_damaged_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        hdbg_status status;
    } kCases[] = {
        {"\x08", 1, HDBG_BAD_DATA},               /* no operand */
        {"\x03\x01\x02", 3, HDBG_BAD_DATA},       /* half an address */
        {"\x10\x80\x80", 3, HDBG_BAD_DATA},       /* a number without an end */
        {"\x13\x13", 2, HDBG_BAD_DATA},           /* an empty stack */
        {"\x15\x09", 2, HDBG_BAD_DATA},           /* below the stack */
        {"\x30\x1b", 2, HDBG_BAD_DATA},           /* by zero */
        {"\x30\x1d", 2, HDBG_BAD_DATA},           /* by zero */
        {"\x2f\xfd\xff", 3, HDBG_BAD_DATA},       /* for ever */
        {"\x2f\x00\x70", 3, HDBG_BAD_DATA},       /* out of itself */
        {"\x2f\x00\x80", 3, HDBG_BAD_DATA},       /* before itself */
        {"\x12\x2f\xfc\xff", 4, HDBG_BAD_DATA},   /* a stack that grows */
        {"\x94\x09", 2, HDBG_BAD_DATA},           /* nine bytes of memory */
        {"\x94\x00", 2, HDBG_BAD_DATA},           /* none */
        {"\x30\x06", 2, HDBG_BAD_ADDRESS},        /* memory that is not there */
        {"\x92\x28\x00", 3, HDBG_NAME_NOT_FOUND}, /* a register that is not known */
        {"\x50\x51", 2, HDBG_BAD_DATA},           /* two places */
        {"\x93\x08\x50", 3, HDBG_BAD_DATA},       /* a piece without a size */
        {"\x9e\x7f", 2, HDBG_BAD_DATA},           /* bytes that are not there */
        {"\xa3\x7f", 2, HDBG_BAD_DATA},           /* the same */
        {"\x01", 1, HDBG_NOT_SUPPORTED},          /* no operator */
        {"\xff", 1, HDBG_NOT_SUPPORTED},          /* somebody's own */
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        dwarf_place places[DWARF_PIECES];
        size_t count = DWARF_PIECES;
        hdbg_status status = evaluate(kCases[i].bytes, kCases[i].size, places, &count);
        if (status != kCases[i].status)
            fail_msg("case %zu: %s, not %s", i, hdbg_status_name(status), hdbg_status_name(kCases[i].status));
        assert_int_equal(count, 0);
    }
}

static void what_the_machine_does_not_have_is_told(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[3];
        size_t size;
    } kCases[] = {{{0x70, 0}, 2}, {{0x91, 0}, 2}, {{0x9c}, 1}, {{0x30, 0x06}, 2}, {{0xa3, 1, 0x50}, 3}};
    dwarf_machine empty = {.address_size = 8};
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        dwarf_place place;
        size_t count = 1;
        assert_int_equal(dwarf_evaluate(&empty, kCases[i].bytes, kCases[i].size, NULL, 0, &place, &count),
                         HDBG_NAME_NOT_FOUND);
    }
}

static hdbg_status counted_entry(void *context, const uint8_t *bytes, size_t size, uint64_t *value)
{
    (void)bytes;
    (void)size;
    ++*(int *)context;
    *value = 1;
    return HDBG_OK;
}

/* Each looks into the caller's frame, which takes its time. */
static void values_at_the_entry_are_not_asked_for_without_end(void **state)
{
    (void)state;
    static const uint8_t kLoop[] = {0xa3, 1, 0x55, 0x13, 0x2f, 0xf9, 0xff}; /* entry_value, drop, skip -7 */
    int asked = 0;
    dwarf_place place;
    size_t count = 1;
    dwarf_machine machine = {.context = &asked, .address_size = 8, .entry_value = counted_entry};
    assert_int_equal(dwarf_evaluate(&machine, kLoop, sizeof kLoop, NULL, 0, &place, &count), HDBG_BAD_DATA);
    assert_in_range(asked, 2, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operator_has_its_value),
        cmocka_unit_test(values_of_base_types_are_reckoned_with_as_such),
        cmocka_unit_test(types_that_do_not_fit_are_refused),
        cmocka_unit_test(a_pointer_may_be_nowhere_and_a_piece_some_bits),
        cmocka_unit_test(a_value_is_in_a_register_or_itself_or_bytes_or_nowhere),
        cmocka_unit_test(a_value_in_pieces_has_a_place_for_each),
        cmocka_unit_test(addresses_of_32_bits_wrap),
        cmocka_unit_test(what_is_damaged_is_refused),
        cmocka_unit_test(what_the_machine_does_not_have_is_told),
        cmocka_unit_test(values_at_the_entry_are_not_asked_for_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

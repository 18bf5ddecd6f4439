/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server's agent expressions: what each instruction does, and that no expression does harm. Its source
 * is part of this test.
 */
#include "../../examples/hdbg-server/agent.c"

#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

static bool read_register(void *context, unsigned number, uint64_t *value)
{
    (void)context;
    *value = 1000 + number;
    return number < 16;
}

/* Each byte of memory is the low byte of its address. */
static bool read_memory(void *context, uint64_t address, void *bytes, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)(address + i);
    return address != 0;
}

static char sPrinted[64];

static bool note_print(void *context, const char *format, const uint64_t *arguments, size_t count)
{
    (void)context;
    int size = snprintf(sPrinted, sizeof sPrinted, "%s", format);
    for (size_t i = 0; i < count; i++)
        size += snprintf(sPrinted + size, sizeof sPrinted - (size_t)size, " %d", (int)arguments[i]);
    return *format != '!';
}

static const struct agent_machine kMachine = {NULL, read_register, read_memory, note_print};

#define VALUE(expected, ...)                                                                                 \
    do {                                                                                                     \
        const uint8_t code[] = {__VA_ARGS__};                                                                \
        uint64_t value = 0xbad;                                                                              \
        assert_true(agent_evaluate(code, sizeof code, &kMachine, &value));                                   \
        assert_int_equal(value, expected);                                                                   \
    } while (0)

#define NO_VALUE(...)                                                                                        \
    do {                                                                                                     \
        const uint8_t code[] = {__VA_ARGS__};                                                                \
        uint64_t value;                                                                                      \
        assert_false(agent_evaluate(code, sizeof code, &kMachine, &value));                                  \
    } while (0)

#define MINUS_7    OP_CONST8, 0xf9, OP_EXT, 8
#define BINARY(op) OP_CONST8, 7, OP_CONST8, 2, op, OP_END

static void constants_are_pushed_highest_byte_first(void **state)
{
    (void)state;
    VALUE(0x12, OP_CONST8, 0x12, OP_END);
    VALUE(0x1234, OP_CONST16, 0x12, 0x34, OP_END);
    VALUE(0x12345678, OP_CONST32, 0x12, 0x34, 0x56, 0x78, OP_END);
    VALUE(UINT64_C(0x123456789abcdef0), OP_CONST64, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, OP_END);
}

static void numbers_are_combined(void **state)
{
    (void)state;
    VALUE(9, BINARY(OP_ADD));
    VALUE(5, BINARY(OP_SUB));
    VALUE(14, BINARY(OP_MUL));
    VALUE(3, BINARY(OP_DIV_SIGNED));
    VALUE(3, BINARY(OP_DIV_UNSIGNED));
    VALUE(1, BINARY(OP_REM_SIGNED));
    VALUE(1, BINARY(OP_REM_UNSIGNED));
    VALUE(28, BINARY(OP_LSH));
    VALUE(1, BINARY(OP_RSH_SIGNED));
    VALUE(1, BINARY(OP_RSH_UNSIGNED));
    VALUE(2, BINARY(OP_BIT_AND));
    VALUE(7, BINARY(OP_BIT_OR));
    VALUE(5, BINARY(OP_BIT_XOR));
    VALUE(0, BINARY(OP_EQUAL));
    VALUE(0, BINARY(OP_LESS_SIGNED));
    VALUE(0, BINARY(OP_LESS_UNSIGNED));
    VALUE(0, OP_CONST8, 7, OP_LOG_NOT, OP_END);
    VALUE(1, OP_CONST8, 0, OP_LOG_NOT, OP_END);
    VALUE(~UINT64_C(7), OP_CONST8, 7, OP_BIT_NOT, OP_END);
}

static void negative_numbers_have_signs_where_that_matters(void **state)
{
    (void)state;
    VALUE((uint64_t)-7, MINUS_7, OP_END);
    VALUE(0xf9, MINUS_7, OP_ZERO_EXT, 8, OP_END);
    VALUE((uint64_t)-3, MINUS_7, OP_CONST8, 2, OP_DIV_SIGNED, OP_END);
    VALUE((uint64_t)-1, MINUS_7, OP_CONST8, 2, OP_REM_SIGNED, OP_END);
    VALUE((uint64_t)-4, MINUS_7, OP_CONST8, 1, OP_RSH_SIGNED, OP_END);
    VALUE((uint64_t)-7 >> 1, MINUS_7, OP_CONST8, 1, OP_RSH_UNSIGNED, OP_END);
    VALUE((uint64_t)-1, MINUS_7, OP_CONST8, 200, OP_RSH_SIGNED, OP_END);
    VALUE(0, MINUS_7, OP_CONST8, 64, OP_LSH, OP_END);
    VALUE(1, MINUS_7, OP_CONST8, 2, OP_LESS_SIGNED, OP_END);
    VALUE(0, MINUS_7, OP_CONST8, 2, OP_LESS_UNSIGNED, OP_END);
    VALUE((uint64_t)INT64_MIN, OP_CONST8, 1, OP_CONST8, 63, OP_LSH, OP_CONST8, 255, OP_EXT, 8, OP_DIV_SIGNED,
          OP_END);
    VALUE(0, OP_CONST8, 1, OP_CONST8, 63, OP_LSH, OP_CONST8, 255, OP_EXT, 8, OP_REM_SIGNED, OP_END);
}

static void the_stack_is_rearranged(void **state)
{
    (void)state;
    VALUE(0, OP_CONST8, 5, OP_DUP, OP_SUB, OP_END);
    VALUE(3, OP_CONST8, 3, OP_CONST8, 4, OP_POP, OP_END);
    VALUE(1, OP_CONST8, 3, OP_CONST8, 4, OP_SWAP, OP_SUB, OP_END);
    VALUE(3, OP_CONST8, 3, OP_CONST8, 4, OP_PICK, 1, OP_END);
    VALUE(3, OP_CONST8, 3, OP_CONST8, 4, OP_CONST8, 5, OP_ROT, OP_END);
    VALUE(5, OP_CONST8, 3, OP_CONST8, 4, OP_CONST8, 5, OP_ROT, OP_POP, OP_END);
}

static void registers_and_memory_are_read(void **state)
{
    (void)state;
    VALUE(1003, OP_REG, 0, 3, OP_END);
    VALUE(0x10, OP_CONST8, 0x10, OP_REF8, OP_END);
    VALUE(0x1110, OP_CONST8, 0x10, OP_REF16, OP_END);
    VALUE(0x13121110, OP_CONST8, 0x10, OP_REF32, OP_END);
    VALUE(UINT64_C(0x1716151413121110), OP_CONST8, 0x10, OP_REF64, OP_END);
    NO_VALUE(OP_REG, 1, 0, OP_END);
    NO_VALUE(OP_CONST8, 0, OP_REF8, OP_END);
}

static void a_jump_is_taken_if_its_condition_holds(void **state)
{
    (void)state;
    VALUE(1, OP_CONST8, 1, OP_IF_GOTO, 0, 8, OP_CONST8, 2, OP_END, OP_CONST8, 1, OP_END);
    VALUE(2, OP_CONST8, 0, OP_IF_GOTO, 0, 8, OP_CONST8, 2, OP_END, OP_CONST8, 1, OP_END);
    VALUE(1, OP_GOTO, 0, 6, OP_CONST8, 2, OP_END, OP_CONST8, 1, OP_END);
}

static void what_is_wrong_has_no_value(void **state)
{
    (void)state;
    NO_VALUE(OP_END);                                            /* nothing to answer */
    NO_VALUE(OP_CONST8, 1);                                      /* no end */
    NO_VALUE(OP_CONST64, 1, 2, 3);                               /* cut off */
    NO_VALUE(OP_CONST8, 1, OP_ADD, OP_END);                      /* too few values */
    NO_VALUE(OP_CONST8, 1, OP_PICK, 1, OP_END);                  /* none so deep */
    NO_VALUE(OP_CONST8, 1, OP_CONST8, 2, OP_ROT, OP_END);        /* the same */
    NO_VALUE(OP_CONST8, 1, OP_CONST8, 0, OP_DIV_SIGNED, OP_END); /* by zero */
    NO_VALUE(OP_CONST8, 1, OP_CONST8, 0, OP_REM_UNSIGNED, OP_END);
    NO_VALUE(OP_CONST8, 1, OP_EXT, 0, OP_END);
    NO_VALUE(OP_CONST8, 1, OP_ZERO_EXT, 65, OP_END);
    NO_VALUE(OP_CONST8, 1, OP_GOTO, 0, 200, OP_END); /* to nowhere */
    NO_VALUE(OP_GOTO, 0, 0);                         /* for ever */
    NO_VALUE(OP_CONST8, 1, OP_GOTO, 0, 0);           /* the stack grows */
    NO_VALUE(0x00, OP_END);
    NO_VALUE(OP_CONST8, 1, 0x0c, OP_END); /* tracing */
    NO_VALUE(OP_CONST8, 1, 0x1b, OP_END); /* floating point */
    NO_VALUE(OP_CONST8, 1, 0xff, OP_END);
}

#define FUNCTION_AND_CHANNEL OP_CONST8, 0, OP_CONST8, 0

static void a_text_is_printed_with_its_arguments(void **state)
{
    (void)state;
    const uint8_t code[] = {OP_CONST8, 5,   OP_CONST8, 4,     FUNCTION_AND_CHANNEL, OP_PRINTF, 2, 0, 3,
                            'h',       'i', 0,         OP_END};
    assert_true(agent_run(code, sizeof code, &kMachine));
    assert_string_equal(sPrinted, "hi 4 5");
}

static void what_cannot_be_printed_fails(void **state)
{
    (void)state;
    static const uint8_t kBad[][12] = {
        {OP_PRINTF, 0, 0, 1, 0, OP_END},                                /* no function */
        {FUNCTION_AND_CHANNEL, OP_PRINTF, 1, 0, 1, 0, OP_END},          /* no argument */
        {FUNCTION_AND_CHANNEL, OP_PRINTF, 0, 0, 0, OP_END},             /* no text */
        {FUNCTION_AND_CHANNEL, OP_PRINTF, 0, 0, 2, 'a', 'b', OP_END},   /* one without an end */
        {FUNCTION_AND_CHANNEL, OP_PRINTF, 0, 0xff, 0xff, 0, 0, OP_END}, /* or beyond the code's */
        {FUNCTION_AND_CHANNEL, OP_PRINTF, 0, 0, 2, '!', 0, OP_END},
    };
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++)
        assert_false(agent_run(kBad[i], sizeof kBad[i], &kMachine));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_are_pushed_highest_byte_first),
        cmocka_unit_test(numbers_are_combined),
        cmocka_unit_test(negative_numbers_have_signs_where_that_matters),
        cmocka_unit_test(the_stack_is_rearranged),
        cmocka_unit_test(registers_and_memory_are_read),
        cmocka_unit_test(a_jump_is_taken_if_its_condition_holds),
        cmocka_unit_test(what_is_wrong_has_no_value),
        cmocka_unit_test(a_text_is_printed_with_its_arguments),
        cmocka_unit_test(what_cannot_be_printed_fails),
    };
    return cmocka_run_group_tests_name("hdbg-server's agent expressions", tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server's printf(), for the commands of breakpoints. Its sources are part of this test.
 */
#include "../../examples/hdbg-server/packet.c"
#include "../../examples/hdbg-server/print.c"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static const char kMemory[] = "a text";

/* The text is at address 100; there is nothing in front of it and behind it. */
static bool read_memory(void *context, uint64_t address, void *bytes, size_t size)
{
    (void)context;
    if (address < 100 || address - 100 + size > sizeof kMemory)
        return false;
    memcpy(bytes, kMemory + (address - 100), size);
    return true;
}

static const struct agent_machine kMachine = {NULL, NULL, read_memory, NULL};

#define PRINTS(expected, format, ...)                                                                        \
    do {                                                                                                     \
        const uint64_t arguments[] = {__VA_ARGS__};                                                          \
        struct reply reply = {0};                                                                            \
        assert_true(                                                                                         \
            agent_print(&reply, format, arguments, sizeof arguments / sizeof *arguments, &kMachine));        \
        reply_bytes(&reply, "", 1);                                                                          \
        assert_string_equal(reply.data, expected);                                                           \
        reply_free(&reply);                                                                                  \
    } while (0)

static void text_is_printed_as_it_is(void **state)
{
    (void)state;
    PRINTS("At foo, 100%\n", "At foo, 100%%\n", 0);
    PRINTS("", "", 0);
}

static void escapes_are_understood_as_gdb_sends_them(void **state)
{
    (void)state;
    PRINTS("a\tb\n", "a\\tb\\n", 0);
    PRINTS("\"\\\033A", "\\\"\\\\\\e\\101", 0);
}

static void integers_have_the_size_that_the_format_says(void **state)
{
    (void)state;
    const uint64_t ones = UINT64_MAX;
    PRINTS("-1 -1 -1 -1", "%d %hd %hhi %ld", ones, ones, ones, ones);
    PRINTS("4294967295 65535 255 18446744073709551615", "%u %hu %hhu %zu", ones, ones, ones, ones);
    PRINTS("ff FF 377 0xff", "%x %X %o %#x", 255, 255, 255, 255);
    PRINTS("81985529216486895", "%lld", UINT64_C(0x123456789abcdef));
}

static void widths_flags_and_precisions_count(void **state)
{
    (void)state;
    PRINTS("[   42] [42   ] [00042] [+42] [  042]", "[%5d] [%-5d] [%05d] [%+d] [%5.3d]", 42, 42, 42, 42, 42);
}

static void characters_pointers_and_texts_are_printed(void **state)
{
    (void)state;
    PRINTS("x 0x1234", "%c %p", 'x', 0x1234);
    PRINTS("<a text> <text> <a te>", "<%s> <%s> <%.4s>", 100, 102, 100);
    PRINTS("<>", "<%s>", 50); /* none can be read there */
}

static void what_is_not_understood_is_refused(void **state)
{
    (void)state;
    static const char *const kBad[] = {"%",       "%q", "%n", "%*d",   "%f", "%9999d",
                                       "%.9999d", "%l", "%-", "%d %d", "\\", "\\q"};
    const uint64_t argument = 1;
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        struct reply reply = {0};
        assert_false(agent_print(&reply, kBad[i], &argument, 1, &kMachine));
        reply_free(&reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_printed_as_it_is),
        cmocka_unit_test(escapes_are_understood_as_gdb_sends_them),
        cmocka_unit_test(integers_have_the_size_that_the_format_says),
        cmocka_unit_test(widths_flags_and_precisions_count),
        cmocka_unit_test(characters_pointers_and_texts_are_printed),
        cmocka_unit_test(what_is_not_understood_is_refused),
    };
    return cmocka_run_group_tests_name("hdbg-server's printf()", tests, NULL, NULL);
}

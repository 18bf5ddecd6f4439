/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * C++ names from files that nobody has vouched for: real ones are demangled, hostile ones cost nothing.
 */
#include <haikudbg/haikudbg.h>

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MUTANTS = 100000 };

/* A name of each shape that compilers write, with what is to be read of it. */
static const struct {
    const char *mangled, *shown;
} kNames[] = {
    {"_Z4workv", "work()"},
    {"_ZN6plugin4workEi", "plugin::work(int)"},
    {"_ZN3app6ParserC2EPKcm", "app::Parser::Parser(char const*, unsigned long)"},
    {"_ZN3app6ParserD0Ev", "app::Parser::~Parser()"},
    {"_ZNK3app6ParsercvbEv", "app::Parser::operator bool() const"},
    {"_ZN3appL4helpEDn", "app::help(decltype(nullptr))"},
    {"_ZN12_GLOBAL__N_14workEi", "(anonymous namespace)::work(int)"},
    {"_ZTVN3app6ParserE", "vtable for app::Parser"},
    {"_ZGVZN3app3getEvE4once", "guard variable for app::get()::once"},
    {"_ZThn16_N3app4work3runEv", "non-virtual thunk to app::work::run()"},
    {"_ZZN3app3runEvENKUliE_clEi", "app::run()::{lambda(int)#1}::operator()(int) const"},
    {"_Z4eachRA3_KiPFvRS_E", "each(int const (&) [3], void (*)(int const&))"},
    {"_Z3getM1XFivEMS_i", "get(int (X::*)(), int X::*)"},
    {"_Z3addIiET_S0_S0_", "int add<int>(int, int)"},
    {"_Z4makeIJicEEvDpOT_", "void make<int, char>(int&&, char&&)"},
    {"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back(int const&)"},
    {"_ZN3BagILm4ELb1EE3putEv", "Bag<4ul, true>::put()"},
    {"_Z1fIiENSt9enable_ifIXsr1hIT_E5valueEvE4typeET_",
     "std::enable_if<h<int>::value, void>::type f<int>(int)"},
    {"_Z1gIiEDTplfp_Li1EET_", "decltype ({parm#1}+(1)) g<int>(int)"},
    {"_Z4workv.cold", "work() [clone .cold]"},
};

enum { NAMES = sizeof kNames / sizeof *kNames };

static void names_as_compilers_write_them_are_demangled(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        char shown[200];
        size_t length = hdbg_symbol_demangle(kNames[i].mangled, shown, sizeof shown);
        assert_string_equal(shown, kNames[i].shown);
        assert_int_equal(length, strlen(shown));
    }
}

static void assert_left_as_it_is(const char *name)
{
    char shown[64];
    size_t length = strlen(name);
    assert_int_equal(hdbg_symbol_demangle(name, shown, sizeof shown), length);
    assert_memory_equal(shown, name, length < sizeof shown ? length + 1 : sizeof shown - 1);
}

/* Each type has the one before twice as its arguments. */
static void append_doublings(char *name, unsigned doublings)
{
    static const char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (unsigned i = 0; i < doublings; i++) {
        char piece[16];
        snprintf(piece, sizeof piece, "S_IS%c_S%c_E", kDigits[i], kDigits[i]);
        strcat(name, piece);
    }
}

static void a_name_that_doubles_with_each_substitution_is_left_as_it_is(void **state)
{
    (void)state;
    static const char *const kEnds[] = {"", "DpSU_", "DTcl1gSU_EE", "1AIJSU_SU_EE", "PFvSU_SU_E"};
    for (size_t i = 0; i < sizeof kEnds / sizeof *kEnds; i++) {
        char name[1000] = "_Z1f1TIiiE";
        append_doublings(name, 31);
        strcat(name, kEnds[i]);
        assert_left_as_it_is(name);
    }
    char few[200] = "_Z1f1TIiiE";
    append_doublings(few, 4);
    assert_true(hdbg_symbol_demangle(few, NULL, 0) > 2 * strlen(few));
}

static void a_pack_within_packs_is_left_as_it_is(void **state)
{
    (void)state;
    assert_left_as_it_is("_Z1fI1AIJiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiEEEvDpDpDpDpDpDpDpDpDpT_");
}

/* Some demanglers never come back from an expression like this one. */
static void a_name_that_leaves_the_grammar_is_left_as_it_is(void **state)
{
    (void)state;
    assert_left_as_it_is("_Z1gIiEN1aIXsr1hi1DIT_EEE4typeEv");
    assert_left_as_it_is("_Z");
    assert_left_as_it_is("_ZN");
    assert_left_as_it_is("_Z99999999999999999999999999999work");
    assert_left_as_it_is("_Z1fS99999999999999999999999_");
}

static void a_name_that_is_long_or_deep_is_left_as_it_is(void **state)
{
    (void)state;
    static const char *const kOpeners[] = {"P",    "1AI", "F", "N1AI", "A_",  "1AIX",
                                           "DTcl", "Z1f", "M", "Dp",   "1AIJ"};
    enum { ROOM = 1000000 };
    char *name = malloc(ROOM + 16);
    assert_non_null(name);
    for (size_t i = 0; i < sizeof kOpeners / sizeof *kOpeners; i++) {
        size_t step = strlen(kOpeners[i]), lengths[] = {1000, 4000, ROOM};
        for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
            size_t at = 4;
            memcpy(name, "_Z1f", 4);
            for (; at + step < lengths[j]; at += step)
                memcpy(name + at, kOpeners[i], step);
            strcpy(name + at, "i");
            hdbg_symbol_demangle(name, NULL, 0); /* short ones may be names */
            if (lengths[j] > 4000)
                assert_left_as_it_is(name);
        }
    }
    free(name);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Pieces of names and of the grammar, put together at random: each call comes back, and soon. (One that does
 * not is ended by the test's timeout; memory is watched by the sanitizers.) */
static void mutants_of_names_do_no_harm(void **state)
{
    (void)state;
    static const char *const kPieces[] = {
        "S_",       "S0_", "S1_", "S2_", "T_", "T0_", "Dp",  "IT_E", "JT_S_E",  "X", "E",
        "sr",       "cl",  "L",   "N",   "Z",  "1A",  "DT",  "F",    "S_IS0_E", "R", "K",
        "ENKUlvE_", "cv",  "C1",  "St",  "Sa", "M",   "A3_", "fp_",  "sp",      "I", "tl"};
    uint32_t seed = 20261121;
    for (int i = 0; i < MUTANTS; i++) {
        char name[600];
        snprintf(name, sizeof name, "%s", kNames[next_random(&seed) % NAMES].mangled);
        for (uint32_t n = next_random(&seed) % 12; n > 0 && strlen(name) < 500; n--) {
            const char *piece = next_random(&seed) % 4 == 0
                                    ? kNames[next_random(&seed) % NAMES].mangled + 2
                                    : kPieces[next_random(&seed) % (sizeof kPieces / sizeof *kPieces)];
            size_t length = strlen(name), at = 2 + next_random(&seed) % (length - 1), size = strlen(piece);
            memmove(name + at + size, name + at, length - at + 1);
            memcpy(name + at, piece, size);
        }
        assert_true(hdbg_symbol_demangle(name, NULL, 0) < 1000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_as_compilers_write_them_are_demangled),
        cmocka_unit_test(a_name_that_doubles_with_each_substitution_is_left_as_it_is),
        cmocka_unit_test(a_pack_within_packs_is_left_as_it_is),
        cmocka_unit_test(a_name_that_leaves_the_grammar_is_left_as_it_is),
        cmocka_unit_test(a_name_that_is_long_or_deep_is_left_as_it_is),
        cmocka_unit_test(mutants_of_names_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Arguments and locals of programs that say in their source what their values are.
 */
#include "live/variables_seen.h"

#include <unistd.h>

/* What a variable has to be. Addresses are 0x#. */
typedef struct truth {
    const char *function, *name, *type, *value;
} truth;

static const truth kC[] = {
    {"numbers", "first", "int", "-7"},
    {"numbers", "second", "unsigned char", "200 '\\310'"},
    {"numbers", "third", "double", "0.25"},
    {"numbers", "yes", "_Bool", "true"},
    {"numbers", "letter", "char", "120 'x'"},
    {"numbers", "tab", "char", "9 '\\t'"},
    {"numbers", "minus", "signed char", "-3 '\\375'"},
    {"numbers", "small", "short", "-12345"},
    {"numbers", "large", "long", "-1234567890123"},
    {"numbers", "huge", "unsigned long long", "18446744073709551615"},
    {"numbers", "wide", "__int128", "1267650600228229401496703205383"},
    {"numbers", "negative", "__int128", "-1237940039285380274899124224"},
    {"numbers", "real", "float", "1.5"},
    {"numbers", "pi", "double", "3.14159"},
    {"numbers", "extended", "long double", "0.1"},
    {"numbers", "spiral", NULL, "1 + 2i"},
    {"numbers", "quadruple", NULL, "-0.25"},
    {"numbers", "wide_letter", "wchar_t", "122 L'z'"},
    {"structures", "list", "node *", "0x# -> {value = 1, next = 0x#}"},
    {"structures", "unknown", "struct opaque *", "0x0"},
    {"structures", "function", "int (*)(int)", "0x# <add_one>"},
    {"structures", "bits", "struct bits",
     "{low = 5, middle = -9, high = 78187493530, color = BLUE, flag = true}"},
    {"structures", "copy", "struct outer",
     "{inner = {pair = {1, -2}, label = 0x# \"label\"}, number = {integer = 9, real = 1.26117e-44}, {letter "
     "= 113 "
     "'q', weight = 2.5}}"},
    {"structures", "either", "union number", "{integer = 1065353216, real = 1}"},
    {"structures", "color", "enum color", "GREEN"},
    {"structures", "odd", "enum color", "42"},
    {"structures", "rights", "enum rights", "(READ | EXECUTE)"},
    {"structures", "none", "enum rights", "0"},
    {"structures", "global", "int *", "0x# <gGlobal>"},
    {"structures", "nothing", "node *", "0x0"},
    {"structures", "anything", "void *", "0x# <gGlobal>"},
    {"structures", "text", "const char *", "0x# \"a \\\"quoted\\\"\\n text with \303\251\""},
    {"structures", "wide_text", "const wchar_t *", "0x# L\"wide\""},
    {"structures", "buffer", "char [16]", "\"abc\""},
    {"structures", "table", "int [2][3]", "{{1, 2, 3}, {4, 5, 6}}"},
    {"structures", "zeros", "int [100]", "{0 <repeats 100 times>}"},
    {"structures", "names", "const char *[2]", "{0x# \"one\", 0x0}"},
    {"structures", "functions", "int (*[2])(int)", "{0x# <add_one>, 0x0}"},
    {"scopes", "depth", "int", "4"},
    {"scopes", "kept", "int", "3"},
    {"scopes", "inner", "int", "7"},
    {"scopes", "shadow", "int", "2"},
    {"dynamic", "n", "int", "3"},
};

static const truth kCpp[] = {
    {"shapes::Circle::area", "this", NULL,
     "0x# -> {<shapes::Shape> = {_vptr.Shape = 0x# <vtable for shapes::Circle+16>, fName = \"circle\"}, "
     "<shapes::Named> = {fId = 31}, fCenter = {x = 3, y = -4}, fRadius = 2}"},
    {"shapes::Circle::area", "scale", "int", "100"},
    {"shapes::Circle::area", "result", "int", "1200"},
    {"shapes::Ring<long, 4>::take", "this", NULL, "0x# -> {items = {1, 2, 3, 4}, at = 1}"},
    {"shapes::Ring<long, 4>::take", "add", "long", "40"},
    {"shapes::Ring<long, 4>::take", "taken", "long", "42"},
    {"shapes::(anonymous namespace)::hidden", "side", "shapes::Side", "shapes::Side::Right"},
    {"shapes::(anonymous namespace)::hidden", "plain", "shapes::Plain", "shapes::kSome"},
    {"strings", "reference", NULL, "@0x#: \"given\""},
    {"strings", "moved", NULL, "@0x#: \"moved\""},
    {"strings", "empty", "std::string", "\"\""},
    {"strings", "local", "std::string", "\"short\""},
    {"strings", "pointer", "std::string *", "0x# -> \"short\""},
    {"strings", "other", "std::u16string", "u\"sixteen\""},
    {"strings", "unit", "char16_t", "233 u'\303\251'"},
    {"strings", "point", "char32_t", "128512 U'\360\237\230\200'"},
    {"strings", "null", NULL, "0x0"},
    {"operator()", "by", "int", "5"},
    {"operator()", "scaled", "int", "50"},
    {"references", "point", "shapes::Point &", "@0x#: {x = 10, y = 20}"},
    {"references", "number", "int &&", "@0x#: 6"},
    {"references", "array", "const int (&)[3]", "@0x#: {7, 8, 9}"},
    {"references", "member", "int shapes::Point::*", "4"},
};

static inspected gIt;
static seen_variables gSeen;
static size_t gValid; /* variables that had a value */

static int end(void **state)
{
    (void)state;
    if (gIt.session != NULL)
        inspected_end(&gIt);
    memset(&gIt, 0, sizeof gIt);
    return 0;
}

static void check(const truth *expected, int all)
{
    char value[4096];
    const seen_variable *seen = seen_find(&gSeen, expected->name);
    if (seen == NULL)
        fail_msg("%s has no %s", expected->function, expected->name);
    /* What is optimised out is so in ways that differ between compilers; a value has to be right. */
    if (!all && (strstr(seen->value, "<optimized out>") != NULL ||
                 strstr(seen->value, "<synthetic pointer>") != NULL))
        return;
    if (!all && seen->state != HDBG_VARIABLE_VALID) {
        assert_true(seen->value[0] == '<');
        return;
    }
    gValid++;
    seen_without_addresses(seen->value, value, sizeof value);
    /* The table of virtual methods is called _vptr.Shape by GCC, _vptr$Shape by clang. */
    for (char *dollar = strchr(value, '$'); dollar != NULL; dollar = strchr(value, '$'))
        *dollar = '.';
    /* What a pointer points at may not have been written yet where nobody reads it. */
    const char *behind = !all ? strstr(expected->value, " -> ") : NULL;
    size_t compared = behind != NULL ? (size_t)(behind - expected->value) : sizeof value;
    if (seen->state != HDBG_VARIABLE_VALID || strncmp(value, expected->value, compared) != 0)
        fail_msg("%s of %s is %s, not %s", seen->name, expected->function, seen->value, expected->value);
    char type[sizeof seen->type];
    snprintf(type, sizeof type, "%s", seen->type);
    /* libc++ has its version's number in its names. */
    char *version = strstr(type, "__1::");
    if (version != NULL)
        memmove(version, version + 5, strlen(version + 5) + 1);
    if (expected->type != NULL && strcmp(type, expected->type) != 0)
        fail_msg("%s of %s has the type %s, not %s", seen->name, expected->function, type, expected->type);
}

/* Runs a program from stop to stop, and looks at each function's variables where it stops. */
static void check_program(const char *path, const truth *expected, size_t count, int all)
{
    const char *arguments[] = {path, NULL};
    gValid = 0;
    inspected_launch(&gIt, path, arguments);
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
    for (size_t i = 0; i < count; i++) {
        /* What calls the function that stops is looked at in the same stop. */
        int same = i == 0 || strcmp(expected[i].function, expected[i - 1].function) == 0 ||
                   strcmp(expected[i - 1].function, "operator()") == 0;
        if (!same)
            seen_next_stop(&gIt);
        if (i == 0 || strcmp(expected[i].function, expected[i - 1].function) != 0)
            seen_gather(&gIt, expected[i].function, NULL, &gSeen);
        check(&expected[i], all);
    }
}
#define CHECK(fixture, table, all)                                                                           \
    check_program(HDBG_TEST_FIXTURES "/" fixture, table, sizeof(table) / sizeof *(table), all)

static void values_of_c_are_as_the_source_says(void **state)
{
    (void)state;
    CHECK("variables_c", kC, 1);
}

static void values_of_cpp_are_as_the_source_says(void **state)
{
    (void)state;
    CHECK("variables_cpp", kCpp, 1);
}

static void dwarf_2_says_the_same(void **state)
{
    (void)state;
    CHECK("variables_c_dwarf2", kC, 1);
}

static void types_in_units_of_their_own_are_found(void **state)
{
    (void)state;
    CHECK("variables_cpp_dwarf4", kCpp, 1);
}

static void optimised_c_shows_right_values_or_none(void **state)
{
    (void)state;
    CHECK("variables_c_optimised", kC, 0);
    assert_in_range(gValid, 25, sizeof kC / sizeof *kC);
}

static void optimised_cpp_shows_right_values_or_none(void **state)
{
    (void)state;
    CHECK("variables_cpp_optimised", kCpp, 0);
    assert_in_range(gValid, 10, sizeof kCpp / sizeof *kCpp);
}

/* Compiles a fixture with clang. @return 0 if there is no clang, or it cannot do that. */
static int compile(const char *source, const char *flags, char *path, size_t size)
{
    char command[2048];
    snprintf(path, size, "/tmp/hdbg-variables-%d", (int)getpid());
    snprintf(command, sizeof command,
             "for c in clang clang-14 clang-16 clang-19; do command -v $c >/dev/null && exec $c -g -w -O0 %s "
             "%s/fixtures/%s -o %s -lm 2>/dev/null; done; exit 1",
             flags, HDBG_TEST_SOURCES, source, path);
    return system(command) == 0;
}

static void check_clang(const char *source, const char *flags, const truth *expected, size_t count, int all)
{
    char path[128];
    if (!compile(source, flags, path, sizeof path))
        skip();
    check_program(path, expected, count, all);
    unlink(path);
}

static void clang_s_c_is_understood(void **state)
{
    (void)state;
    check_clang("variables_c.c", "", kC, sizeof kC / sizeof *kC, 1);
}

static void clang_s_c_in_dwarf_4_is_understood(void **state)
{
    (void)state;
    check_clang("variables_c.c", "-gdwarf-4", kC, sizeof kC / sizeof *kC, 1);
}

static void clang_s_optimised_c_shows_right_values_or_none(void **state)
{
    (void)state;
    check_clang("variables_c.c", "-O2", kC, sizeof kC / sizeof *kC, 0);
}

static void strings_of_clang_without_their_definition_are_shown(void **state)
{
    (void)state;
    check_clang("variables_cpp.cpp", "-x c++ -lstdc++", kCpp, sizeof kCpp / sizeof *kCpp, 1);
}

static void strings_of_libcpp_are_shown(void **state)
{
    (void)state;
    check_clang("variables_cpp.cpp", "-x c++ -stdlib=libc++ -lc++ -fstandalone-debug", kCpp,
                sizeof kCpp / sizeof *kCpp, 1);
}

/* ---- against gdb ---- */

/* A value as gdb and the library write it alike: without addresses, without what is behind a pointer, without
 * the NULs that fill a buffer. */
static void without_style(const char *value, char *to, size_t size)
{
    static const char *const kEnds[] = {" -> ", ", '\\000' <repeats"};
    seen_without_addresses(value, to, size);
    for (size_t i = 0; i < sizeof kEnds / sizeof *kEnds; i++) {
        char *end_of_value = strstr(to, kEnds[i]);
        if (end_of_value != NULL)
            *end_of_value = '\0';
    }
}

/* Numbers are the same if they are nearly so: gdb writes doubles with all their digits. */
static int same_value(const char *own, const char *other)
{
    char *own_end, *other_end;
    double a = strtod(own, &own_end), b = strtod(other, &other_end);
    if (own_end != own && *own_end == '\0' && other_end != other && *other_end == '\0')
        return a == b || (a - b < 1e-9 && b - a < 1e-9);
    return strcmp(own, other) == 0;
}

/* Compares one line of gdb's, "name = value". @return whether it was one. */
static int compare_line(char *line)
{
    char own[4096], other[4096];
    char *value = strstr(line, " = ");
    if (value == NULL || strcspn(line, " ") != (size_t)(value - line))
        return 0;
    *value = '\0';
    const seen_variable *seen = seen_find(&gSeen, line);
    if (seen == NULL)
        fail_msg("gdb knows %s = %s", line, value + 3);
    without_style(seen->value, own, sizeof own);
    without_style(value + 3, other, sizeof other);
    /* Of a struct with a float in it, gdb writes more digits. */
    if (!same_value(own, other) && strstr(other, "real = ") == NULL)
        fail_msg("%s is %s, gdb says %s", line, own, other);
    return 1;
}

static void gdb_shows_the_same_values(void **state)
{
    (void)state;
    static const char *const kFunctions[] = {"numbers", "structures", "scopes", "dynamic"};
    char line[8192], command[1024] = "";
    int compared = 0, stop = -1;
    if (system("command -v gdb >/dev/null") != 0)
        skip();
    strcat(command, "exec 2>/dev/null; LC_ALL=C.UTF-8 timeout 60 gdb -nx -batch -ex 'set style enabled off' "
                    "-ex 'set width 0' -ex run ");
    for (int i = 0; i < 4; i++)
        strcat(command, "-ex up -ex 'echo @\\n' -ex 'info args' -ex 'info locals' -ex continue ");
    strcat(command, HDBG_TEST_FIXTURES "/variables_c");
    FILE *in = popen(command, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "@") == 0) {
            stop++;
            if (stop == 0)
                inspected_start(&gIt, "variables_c", NULL);
            else
                seen_next_stop(&gIt);
            seen_gather(&gIt, kFunctions[stop], NULL, &gSeen);
        } else if (stop >= 0) {
            /* Of two variables with one name the inner one is meant; gdb tells of it first, too. */
            int is_outer = strcmp(line, "shadow = 1") == 0;
            compared += !is_outer && compare_line(line);
        }
    }
    pclose(in);
    assert_int_equal(stop, 3);
    assert_in_range(compared, 40, 60);
}

/* ---- order, scopes, bounds ---- */

static void arguments_come_first_and_inner_blocks_before_outer_ones(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        int kind;
    } kOrder[] = {{"depth", "4", HDBG_VARIABLE_ARGUMENT},
                  {"kept", "3", HDBG_VARIABLE_LOCAL},
                  {"inner", "7", HDBG_VARIABLE_LOCAL},
                  {"shadow", "2", HDBG_VARIABLE_LOCAL},
                  {"shadow", "1", HDBG_VARIABLE_LOCAL}};
    inspected_start(&gIt, "variables_c", NULL);
    seen_next_stop(&gIt);
    seen_next_stop(&gIt);
    seen_gather(&gIt, "scopes", NULL, &gSeen);
    assert_int_equal(gSeen.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(gSeen.all[i].name, kOrder[i].name);
        assert_string_equal(gSeen.all[i].value, kOrder[i].value);
        assert_int_equal(gSeen.all[i].kind, kOrder[i].kind);
        assert_int_equal(gSeen.all[i].depth, 0);
        assert_int_equal(gSeen.all[i].byte_size, 4);
        assert_int_not_equal(gSeen.all[i].address, 0);
    }
}

static void arrays_whose_length_is_known_when_they_are_made_are_shown(void **state)
{
    (void)state;
    inspected_start(&gIt, "variables_c", NULL);
    for (int i = 0; i < 3; i++)
        seen_next_stop(&gIt);
    seen_gather(&gIt, "dynamic", NULL, &gSeen);
    const seen_variable *array = seen_find(&gSeen, "array");
    assert_non_null(array);
    assert_string_equal(array->value, "{0, 1, 4}");
}

static void values_are_cut_where_the_options_say(void **state)
{
    (void)state;
    hdbg_variable_options options = {
        .size = sizeof options, .max_elements = 2, .max_string = 3, .max_depth = 1};
    inspected_start(&gIt, "variables_c", NULL);
    seen_next_stop(&gIt);
    seen_gather(&gIt, "structures", &options, &gSeen);
    char text[256];
    seen_without_addresses(seen_find(&gSeen, "text")->value, text, sizeof text);
    assert_string_equal(text, "0x# \"a \\\"\"...");
    assert_string_equal(seen_find(&gSeen, "table")->value, "{{1, 2, ...}, {4, 5, ...}}");
    seen_without_addresses(seen_find(&gSeen, "copy")->value, text, sizeof text);
    assert_string_equal(text, "{inner = {...}, number = {...}, {...}}");
    options = (hdbg_variable_options){.size = sizeof options, .max_value = 10, .max_variables = 4};
    seen_gather(&gIt, "structures", &options, &gSeen);
    assert_int_equal(gSeen.count, 4);
    assert_string_equal(gSeen.all[3].value, "{low = 5, ...");
}

static void what_a_function_was_called_with_is_known_from_its_caller(void **state)
{
    (void)state;
    /* The argument's register is used for something else meanwhile; main() still says what it passed. */
    inspected_start(&gIt, "variables_c_optimised", NULL);
    seen_gather(&gIt, "numbers", NULL, &gSeen);
    const seen_variable *second = seen_find(&gSeen, "second");
    assert_non_null(second);
    assert_string_equal(second->value, "200 '\\310'");
}

static void whoever_looks_can_stop_looking(void **state)
{
    (void)state;
    inspected_start(&gIt, "variables_c", NULL);
    gSeen.limit = 2;
    seen_gather(&gIt, "numbers", NULL, &gSeen);
    gSeen.limit = 0;
    assert_int_equal(gSeen.count, 2);
}

static void a_frame_that_is_not_there_has_no_variables(void **state)
{
    (void)state;
    hdbg_stack *stack = NULL;
    hdbg_variable_options options = {.size = 4};
    inspected_start(&gIt, "variables_c", NULL);
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    assert_int_equal(hdbg_variables_visit(stack, 1000, NULL, seen_take, &gSeen), HDBG_BAD_INDEX);
    assert_int_equal(hdbg_variables_visit(stack, 0, &options, seen_take, &gSeen), HDBG_BAD_VALUE);
    hdbg_stack_free(stack);
}

static void pointers_and_strings_that_lead_nowhere_say_so(void **state)
{
    (void)state;
    hdbg_address list = 0, bad = 0x10;
    inspected_start(&gIt, "variables_c", NULL);
    seen_next_stop(&gIt);
    seen_gather(&gIt, "structures", NULL, &gSeen);
    const seen_variable *text = seen_find(&gSeen, "text");
    list = seen_find(&gSeen, "list")->address;
    OK(hdbg_memory_write(gIt.team, text->address, &bad, sizeof bad, NULL));
    OK(hdbg_memory_write(gIt.team, list, &bad, sizeof bad, NULL));
    seen_gather(&gIt, "structures", NULL, &gSeen);
    assert_string_equal(seen_find(&gSeen, "text")->value, "0x10 <unreadable>");
    assert_string_equal(seen_find(&gSeen, "list")->value,
                        "0x10 -> {value = <unreadable>, next = <unreadable>}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(values_of_c_are_as_the_source_says, end),
        cmocka_unit_test_teardown(values_of_cpp_are_as_the_source_says, end),
        cmocka_unit_test_teardown(dwarf_2_says_the_same, end),
        cmocka_unit_test_teardown(types_in_units_of_their_own_are_found, end),
        cmocka_unit_test_teardown(optimised_c_shows_right_values_or_none, end),
        cmocka_unit_test_teardown(optimised_cpp_shows_right_values_or_none, end),
        cmocka_unit_test_teardown(clang_s_c_is_understood, end),
        cmocka_unit_test_teardown(clang_s_c_in_dwarf_4_is_understood, end),
        cmocka_unit_test_teardown(clang_s_optimised_c_shows_right_values_or_none, end),
        cmocka_unit_test_teardown(strings_of_clang_without_their_definition_are_shown, end),
        cmocka_unit_test_teardown(strings_of_libcpp_are_shown, end),
        cmocka_unit_test_teardown(gdb_shows_the_same_values, end),
        cmocka_unit_test_teardown(arguments_come_first_and_inner_blocks_before_outer_ones, end),
        cmocka_unit_test_teardown(arrays_whose_length_is_known_when_they_are_made_are_shown, end),
        cmocka_unit_test_teardown(values_are_cut_where_the_options_say, end),
        cmocka_unit_test_teardown(what_a_function_was_called_with_is_known_from_its_caller, end),
        cmocka_unit_test_teardown(whoever_looks_can_stop_looking, end),
        cmocka_unit_test_teardown(a_frame_that_is_not_there_has_no_variables, end),
        cmocka_unit_test_teardown(pointers_and_strings_that_lead_nowhere_say_so, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

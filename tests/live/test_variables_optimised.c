/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Variables that are nowhere, and are come to all the same; objects with virtual bases; debug information in
 * files of its own. What is true is in fixtures/variables_typed.c, variables_virtual.cpp and variables_c.c.
 */
#include "effort.h"
#include "live/inspected.h"
#include "live/variables_seen.h"

#include <sys/inotify.h>
#include <unistd.h>

static inspected gIt;
static seen_variables gSeen;
static char gFolder[64];

static int begin(void **state)
{
    (void)state;
    memset(&gIt, 0, sizeof gIt);
    gFolder[0] = '\0';
    return 0;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    if (gIt.session != NULL)
        inspected_end(&gIt);
    snprintf(command, sizeof command, "rm -rf '%s'", gFolder);
    return gFolder[0] != '\0' ? system(command) != 0 : 0;
}

/* ---- programs ---- */

/* Compiles a fixture in a folder of its own. */
static void compile(const char *compiler, const char *flags, const char *source)
{
    char command[2048];
    snprintf(gFolder, sizeof gFolder, "/tmp/hdbg-optimised-%d", (int)getpid());
    snprintf(command, sizeof command,
             "rm -rf %s && mkdir %s && cd %s && for c in %s; do command -v $c >/dev/null && "
             "exec $c -g -w %s %s/fixtures/%s -o program -lm; done; exit 1",
             gFolder, gFolder, gFolder, compiler, flags, HDBG_TEST_SOURCES, source);
    if (system(command) != 0)
        skip();
}

static const char kGcc[] = "gcc", kGxx[] = "g++";
static const char kClang[] = "clang clang-14 clang-16 clang-19";

static void launch(const char *path)
{
    const char *arguments[] = {path, NULL};
    inspected_launch(&gIt, path, arguments);
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
}

static void launch_compiled(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/program", gFolder);
    launch(path);
}

static void in_folder(const char *command)
{
    char whole[1024];
    snprintf(whole, sizeof whole, "cd %s && %s", gFolder, command);
    if (system(whole) != 0)
        fail_msg("%s", whole);
}

/* ---- values ---- */

typedef struct truth {
    const char *function, *name, *value;
    int stop; /* from 0 on */
} truth;

/* A compiler may know less: then it says so. */
static void check(const truth *expected, size_t count, int all)
{
    int stop = 0;
    for (size_t i = 0; i < count; i++) {
        for (; stop < expected[i].stop; stop++)
            seen_next_stop(&gIt);
        seen_gather(&gIt, expected[i].function, NULL, &gSeen);
        /* Of several with one name the outermost function's, which is the last. */
        const seen_variable *seen = NULL;
        for (size_t k = gSeen.count; k-- > 0 && seen == NULL;)
            seen = strcmp(gSeen.all[k].name, expected[i].name) == 0 ? &gSeen.all[k] : NULL;
        if (strcmp(expected[i].function, "sum_of") == 0)
            seen = seen_find(&gSeen, expected[i].name);
        char value[4096] = "nothing";
        if (seen != NULL)
            seen_without_addresses(seen->value, value, sizeof value);
        if (!all && (seen == NULL || seen->state != HDBG_VARIABLE_VALID ||
                     strstr(value, "<optimized out>") != NULL || strcmp(value, "{...}") == 0))
            continue;
        if (strcmp(value, expected[i].value) != 0)
            fail_msg("%s of %s is %s, not %s", expected[i].name, expected[i].function, value,
                     expected[i].value);
    }
}
#define CHECK(table, all) check(table, sizeof(table) / sizeof *(table), all)

static const truth kTyped[] = {
    {"numbers", "kept", "6", 0},
    {"numbers", "scaled", "9", 0},
    {"numbers", "halved", "1.5", 0},
    {"numbers", "wide", "-18", 0},
    {"numbers", "narrow", "5", 0},
    {"numbers", "below", "0 '\\000'", 0},
    {"numbers", "quotient", "1", 0},
    {"numbers", "back", "9", 0},
    {"pointers", "both", "{first = 6, second = 7}", 1},
    {"pointers", "counter", "12", 1},
    {"dropping", "needed", "7", 2},
    {"dropping", "dropped", "8", 2},
    {"dropping", "dropped", "9", 3},
    {"fields", "bits", "{low = 6, middle = -6, high = 60}", 4},
    {"fraction", "value", "1.5", 5},
    {"last_of", "array", "{0, 11, 22, 33}", 6},
};
static const truth kPointers[] = {
    {"sum_of", "pair", "<synthetic pointer> -> {first = 6, second = 7}", 1},
    {"sum_of", "counter", "<synthetic pointer> -> 12", 1},
};

static void numbers_of_types_are_reckoned_with(void **state)
{
    (void)state;
    launch(HDBG_TEST_FIXTURES "/variables_typed");
    CHECK(kTyped, 1);
}

static void so_are_gnu_s_forerunners_of_them(void **state)
{
    (void)state;
    compile(kGcc, "-O2 -gdwarf-4", "variables_typed.c");
    launch_compiled();
    CHECK(kTyped, 1);
}

static void what_is_optimised_while_it_is_linked_is_known(void **state)
{
    (void)state;
    compile(kGcc, "-O2 -flto", "variables_typed.c");
    launch_compiled();
    CHECK(kTyped, 1);
}

static void of_a_pointer_that_is_nowhere_is_shown_what_it_points_at(void **state)
{
    (void)state;
    launch(HDBG_TEST_FIXTURES "/variables_typed");
    CHECK(kPointers, 1);
    end(NULL);
    begin(NULL);
    compile(kGcc, "-O2 -gdwarf-4", "variables_typed.c");
    launch_compiled();
    CHECK(kPointers, 1);
}

static void what_clang_has_optimised_is_right_or_not_there(void **state)
{
    (void)state;
    static const char *const kFlags[] = {"-O2 -Dnoipa=noinline -gdwarf-5", "-O2 -Dnoipa=noinline -gdwarf-4",
                                         "-O1 -Dnoipa=noinline"};
    for (int i = 0; i < 3; i++) {
        compile(kClang, kFlags[i], "variables_typed.c");
        launch_compiled();
        CHECK(kTyped, 0);
        end(NULL);
        begin(NULL);
    }
}

static const truth kPlain[] = {
    {"numbers", "first", "-7", 0},
    {"numbers", "second", "200 '\\310'", 0},
    {"numbers", "third", "0.25", 0},
};

/* GCC keeps variables in registers that calls may change, over calls of functions that it knows to leave them
 * alone. That is known to whoever reads what GCC says of the variable, and to nobody else. */
static void what_a_called_function_leaves_alone_is_known_in_its_caller(void **state)
{
    (void)state;
    enum { RDX = 1, RBX = 3 };
    uint64_t value;
    hdbg_stack *stack = NULL;
    compile(kGcc, "-O2 -fipa-ra", "variables_c.c");
    launch_compiled();
    CHECK(kPlain, 1);
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    OK(hdbg_stack_register(stack, 0, RDX, &value));
    OK(hdbg_stack_register(stack, 1, RBX, &value));
    assert_int_equal(hdbg_stack_register(stack, 1, RDX, &value), HDBG_NAME_NOT_FOUND);
    hdbg_stack_free(stack);
}

static const truth kVirtual[] = {
    {"look", "own",
     "{<Left> = {<Base> = {_vptr.Base = 0x# <vtable for Bottom+104>, base = 11}, _vptr.Left = 0x# <vtable "
     "for "
     "Bottom+24>, "
     "left = 2}, <Right> = {<Base> = {_vptr.Base = 0x# <vtable for Bottom+104>, base = 11}, _vptr.Right = "
     "0x# "
     "<vtable for "
     "Bottom+64>, right = 3}, bottom = 14}",
     0},
    {"look", "part",
     "0x# -> {<Base> = {_vptr.Base = 0x# <vtable for Bottom+104>, base = 21}, _vptr.Left = 0x# <vtable for "
     "Bottom+24>, left = 2}",
     0},
};

static void virtual_bases_are_found_in_their_objects(void **state)
{
    (void)state;
    hdbg_variable_options options = {.size = sizeof options, .max_depth = 4};
    launch(HDBG_TEST_FIXTURES "/variables_virtual");
    seen_gather(&gIt, "look", &options, &gSeen);
    for (size_t i = 0; i < sizeof kVirtual / sizeof *kVirtual; i++) {
        char value[4096];
        const seen_variable *seen = seen_find(&gSeen, kVirtual[i].name);
        assert_non_null(seen);
        seen_without_addresses(seen->value, value, sizeof value);
        assert_string_equal(value, kVirtual[i].value);
    }
    assert_non_null(strstr(seen_find(&gSeen, "reference")->value, "base = 21"));
}

/* ---- entries in other files ---- */

static void entries_in_files_of_their_own_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *compiler, *flags;
    } kCases[] = {
        {kGcc, "-O0 -gsplit-dwarf -gdwarf-5"},
        {kGcc, "-O0 -gsplit-dwarf -gdwarf-4"},
        {kGcc, "-O0 -gsplit-dwarf -gdwarf-5 -fdebug-types-section"},
        {kGcc, "-O0 -gsplit-dwarf -gdwarf-4 -fdebug-types-section"},
        {kClang, "-O0 -gsplit-dwarf -gdwarf-5"},
        {kClang, "-O0 -gsplit-dwarf -gdwarf-4"},
        {kClang, "-O0 -gsplit-dwarf -gdwarf-4 -fdebug-types-section"},
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        compile(kCases[i].compiler, kCases[i].flags, "variables_c.c");
        in_folder("ls *.dwo >/dev/null");
        launch_compiled();
        CHECK(kPlain, 1);
        end(NULL);
        begin(NULL);
    }
}

static void optimised_code_has_them_too(void **state)
{
    (void)state;
    static const char *const kFlags[] = {"-O2 -gsplit-dwarf -gdwarf-5", "-O2 -gsplit-dwarf -gdwarf-4"};
    for (int i = 0; i < 2; i++) {
        compile(kGcc, kFlags[i], "variables_typed.c");
        launch_compiled();
        CHECK(kTyped, 1);
        end(NULL);
        begin(NULL);
    }
}

static void classes_have_them_too(void **state)
{
    (void)state;
    static const char *const kFlags[] = {"-O0 -gsplit-dwarf -gdwarf-5 -fdebug-types-section",
                                         "-O0 -gsplit-dwarf -gdwarf-4 -fdebug-types-section"};
    for (int i = 0; i < 2; i++) {
        compile(kGxx, kFlags[i], "variables_virtual.cpp");
        launch_compiled();
        seen_gather(&gIt, "look", NULL, &gSeen);
        assert_non_null(strstr(seen_find(&gSeen, "own")->value, "bottom = 14"));
        end(NULL);
        begin(NULL);
    }
}

static void a_package_of_them_is_found(void **state)
{
    (void)state;
    /* llvm-dwp 14 does not end on what GCC makes in DWARF 5. */
    static const struct {
        const char *compiler, *flags, *package;
        int is_plain;
    } kCases[] = {
        {kGcc, "-O2 -gsplit-dwarf -gdwarf-4 -fdebug-types-section", "dwp -e program -o program.dwp", 0},
        {kGcc, "-O2 -gsplit-dwarf -gdwarf-4", "llvm-dwp -e program -o program.dwp", 0},
        {kClang, "-O0 -gsplit-dwarf -gdwarf-5", "llvm-dwp -e program -o program.dwp", 1},
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        char command[128];
        compile(kCases[i].compiler, kCases[i].flags,
                kCases[i].is_plain ? "variables_c.c" : "variables_typed.c");
        snprintf(command, sizeof command, "cd %s && command -v %.*s >/dev/null", gFolder,
                 (int)strcspn(kCases[i].package, " "), kCases[i].package);
        if (system(command) != 0)
            skip();
        snprintf(command, sizeof command, "timeout 30 %s", kCases[i].package);
        in_folder(command);
        in_folder("rm *.dwo");
        launch_compiled();
        if (kCases[i].is_plain)
            CHECK(kPlain, 1);
        else
            CHECK(kTyped, 1);
        end(NULL);
        begin(NULL);
    }
}

static int take_line(void *context, size_t depth, const hdbg_source_line *line)
{
    (void)depth;
    *(int32_t *)context = line->line;
    return 1;
}

static void without_those_files_lines_are_known(void **state)
{
    (void)state;
    int32_t line = 0;
    hdbg_stack *stack = NULL;
    compile(kGcc, "-O0 -gsplit-dwarf", "variables_c.c");
    in_folder("rm *.dwo");
    launch_compiled();
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    OK(hdbg_source_at(gIt.team, hdbg_stack_frame(stack, 1)->pc - 1, take_line, &line));
    hdbg_stack_free(stack);
    assert_in_range(line, 60, 100);
}

static void files_with_other_units_are_not_taken(void **state)
{
    (void)state;
    compile(kGcc, "-O0 -gsplit-dwarf", "variables_c.c");
    in_folder("mkdir other && cd other && gcc -g -w -O0 -gsplit-dwarf -DOTHER=1 " HDBG_TEST_SOURCES
              "/fixtures/variables_typed.c -o program && cp *.dwo ../program-variables_c.dwo");
    launch_compiled();
    hdbg_stack *stack = NULL;
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    gSeen.count = 0;
    assert_int_equal(hdbg_variables_visit(stack, 1, NULL, seen_take, &gSeen), HDBG_NAME_NOT_FOUND);
    hdbg_stack_free(stack);
}

/* To open a device may do something, and the name comes from the program. */
static void what_is_no_file_is_not_opened_where_one_should_be(void **state)
{
    (void)state;
    char path[128], opened[256];
    compile(kGcc, "-O0 -gsplit-dwarf", "variables_c.c");
    in_folder("rm *.dwo && mkfifo program-variables_c.dwo");
    launch_compiled();
    snprintf(path, sizeof path, "%s/program-variables_c.dwo", gFolder);
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    assert_true(inotify_add_watch(watch, path, IN_OPEN) >= 0);
    hdbg_stack *stack = NULL;
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    gSeen.count = 0;
    assert_int_equal(hdbg_variables_visit(stack, 1, NULL, seen_take, &gSeen), HDBG_NAME_NOT_FOUND);
    hdbg_stack_free(stack);
    assert_int_equal(read(watch, opened, sizeof opened), -1);
    close(watch);
}

/* ---- damaged ones ---- */

static size_t read_whole(const char *path, uint8_t *bytes, size_t room)
{
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    size_t size = fread(bytes, 1, room, in);
    fclose(in);
    return size;
}

/* Shows what can be shown of the first frames. @return how many variables that were. */
static size_t count_variables(void)
{
    hdbg_stack *stack = NULL;
    size_t count = 0;
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    for (size_t i = 0; i < 3 && hdbg_stack_frame(stack, i) != NULL; i++) {
        gSeen.count = 0;
        hdbg_variables_visit(stack, i, NULL, seen_take, &gSeen);
        count += gSeen.count;
    }
    hdbg_stack_free(stack);
    return count;
}

/* Damages a file of the folder again and again. */
static void mutate_file(const char *name)
{
    enum { MUTANTS = EFFORT(150, 40), ROOM = 1 << 16 };
    static uint8_t whole[ROOM], bytes[ROOM];
    char path[192];
    uint64_t random = 20261121;
    size_t shown = 0;
    snprintf(path, sizeof path, "%s/%s", gFolder, name);
    size_t size = read_whole(path, whole, ROOM), all = count_variables();
    assert_in_range(all, 5, 100);
    for (int i = 0; i < MUTANTS; i++) {
        memcpy(bytes, whole, size);
        for (int k = 0; k < 3; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[(random >> 33) % size] = (uint8_t)(random >> 24);
        }
        unlink(path);
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(bytes, 1, i % 10 == 0 ? size * (size_t)(i % 7) / 7 : size, out) <= size, 1);
        fclose(out);
        OK(hdbg_session_set_debug_info(gIt.session, NULL));
        shown += count_variables();
    }
    /* Some lose little. */
    assert_true(shown > all * MUTANTS / 20);
}

static void damaged_files_of_entries_harm_nobody(void **state)
{
    (void)state;
    compile(kGcc, "-O2 -gsplit-dwarf -gdwarf-5", "variables_typed.c");
    launch_compiled();
    mutate_file("program-variables_typed.dwo");
    end(NULL);
    begin(NULL);
    compile(kGcc, "-O2 -gsplit-dwarf -gdwarf-4 -fdebug-types-section", "variables_typed.c");
    in_folder("dwp -e program -o program.dwp && rm *.dwo");
    launch_compiled();
    mutate_file("program.dwp");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_of_types_are_reckoned_with),
        TEST(so_are_gnu_s_forerunners_of_them),
        TEST(what_is_optimised_while_it_is_linked_is_known),
        TEST(of_a_pointer_that_is_nowhere_is_shown_what_it_points_at),
        TEST(what_clang_has_optimised_is_right_or_not_there),
        TEST(what_a_called_function_leaves_alone_is_known_in_its_caller),
        TEST(virtual_bases_are_found_in_their_objects),
        TEST(entries_in_files_of_their_own_are_found),
        TEST(optimised_code_has_them_too),
        TEST(classes_have_them_too),
        TEST(a_package_of_them_is_found),
        TEST(without_those_files_lines_are_known),
        TEST(files_with_other_units_are_not_taken),
        TEST(what_is_no_file_is_not_opened_where_one_should_be),
        TEST(damaged_files_of_entries_harm_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

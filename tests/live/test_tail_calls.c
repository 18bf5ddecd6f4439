/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Functions that ended with a jump, concluded from call sites. What is true is in fixtures/tail_calls.c, and
 * what gdb shows of it.
 */
#include "live/inspected.h"
#include "live/report_run.h"
#include "live/variables_seen.h"

#include <unistd.h>

static inspected gIt;
static hdbg_stack *gStack;

static int end(void **state)
{
    (void)state;
    hdbg_stack_free(gStack);
    gStack = NULL;
    inspected_end(&gIt);
    return 0;
}

static void unwind(uint32_t flags)
{
    hdbg_stack_options options = {.size = sizeof options, .flags = flags};
    hdbg_stack_free(gStack);
    gStack = NULL;
    OK(hdbg_stack_unwind(gIt.thread, &options, &gStack));
}

static int take_function(void *context, size_t depth, const hdbg_source_line *line)
{
    char *text = context;
    (void)depth;
    if (line->function != NULL && strlen(text) + strlen(line->function) < 900)
        strcat(strcat(text, line->function), " ");
    return 0;
}

/* The functions up to main(), those that were left by a jump in brackets. */
static const char *functions(void)
{
    static char text[1024];
    const hdbg_frame *frame;
    text[0] = '\0';
    for (size_t i = 0; (frame = hdbg_stack_frame(gStack, i)) != NULL && strlen(text) < 800; i++) {
        int is_tail = frame->source == HDBG_FRAME_TAIL_CALL;
        char names[1024] = "";
        hdbg_source_at(gIt.team, frame->pc - !(frame->flags & HDBG_FRAME_EXACT), take_function, names);
        names[strcspn(names, "\n")] = '\0';
        if (strcmp(names, "main ") == 0)
            break;
        names[strlen(names) - (names[0] != '\0')] = '\0';
        sprintf(text + strlen(text), is_tail ? "[%s] " : "%s ", names);
    }
    return text;
}

static const struct way {
    const char *argument, *functions;
} kWays[] = {
    {"one", "stop [one_jumper] one_caller "},
    {"two", "stop [second_jumper] [first_jumper] two_caller "},
    {"middle", "stop [last_of_both] [before_parting] middle_caller "},
    {"choice", "stop choice_caller "},
    {"round", "stop [round_and_round] round_caller "},
    {"self", "self_stop self_caller "},
    {"blind", "stop blind_caller "},
    {"inlined", "stop [inlined_jump around_inlined] inlined_caller "},
    {"near", "library_stop [to_library] near_caller "},
    {"hop", "library_stop [library_hop] hop_caller "},
};
enum { WAYS = sizeof kWays / sizeof *kWays };

static void show(const char *argument)
{
    inspected_start(&gIt, "tail_calls", argument);
    unwind(0);
}

static void check(const char *argument)
{
    for (size_t i = 0; i < WAYS; i++) {
        if (strcmp(kWays[i].argument, argument) == 0) {
            show(argument);
            assert_string_equal(functions(), kWays[i].functions);
            return;
        }
    }
    fail_msg("there is no way %s", argument);
}

/* ---- which frames are concluded ---- */

static void a_function_that_was_left_by_a_jump_is_shown(void **state)
{
    (void)state;
    check("one");
}

static void so_are_two_in_a_row(void **state)
{
    (void)state;
    check("two");
}

static void of_two_ways_only_what_they_have_in_common_is_shown(void **state)
{
    (void)state;
    check("middle");
}

static void of_two_ways_with_nothing_in_common_nothing_is_shown(void **state)
{
    (void)state;
    check("choice");
}

static void a_function_that_jumps_to_itself_is_shown_once(void **state)
{
    (void)state;
    check("round");
}

static void a_function_that_was_called_and_may_have_jumped_to_itself_is_shown_once(void **state)
{
    (void)state;
    check("self");
}

static void a_jump_through_a_pointer_leaves_all_open(void **state)
{
    (void)state;
    check("blind");
}

static void a_jump_of_an_inlined_function_shows_both(void **state)
{
    (void)state;
    check("inlined");
}

static void jumps_from_image_to_image_are_followed_by_symbols(void **state)
{
    (void)state;
    check("near");
    end(NULL);
    check("hop");
}

static void clang_s_jumps_are_understood(void **state)
{
    (void)state;
    /* In DWARF 5 clang says where the jump is, and not where it ends. */
    static const char *const kFlags[] = {"-gdwarf-5", "-gdwarf-4"};
    for (int i = 0; i < 2; i++) {
        char path[128], command[2048];
        snprintf(path, sizeof path, "/tmp/hdbg-tail-calls-%d", (int)getpid());
        snprintf(
            command, sizeof command,
            "for c in clang clang-14 clang-16 clang-19; do command -v $c >/dev/null && exec $c -g -w -O2 "
            "-Dnoipa=noinline %s %s/fixtures/tail_calls.c -o %s -L%s -l:libtail_calls.so -Wl,-rpath,%s; "
            "done; exit 77",
            kFlags[i], HDBG_TEST_SOURCES, path, HDBG_TEST_FIXTURES, HDBG_TEST_FIXTURES);
        if (system(command) != 0)
            skip();
        const char *arguments[] = {path, "two", NULL};
        inspected_launch(&gIt, path, arguments);
        OK(hdbg_team_resume(gIt.team));
        inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
        unwind(0);
        const char *names = functions();
        unlink(path);
        assert_string_equal(names, kWays[1].functions);
        const hdbg_frame *jumper = hdbg_stack_frame(gStack, 1);
        assert_int_equal(jumper->flags, i == 0 ? HDBG_FRAME_EXACT : 0);
        if (i == 0)
            end(NULL);
    }
}

/* ---- what is known of them ---- */

static void concluded_frames_are_marked_and_can_be_left_out(void **state)
{
    (void)state;
    show("two");
    hdbg_address cfa = 0, callers_sp = 0;
    const hdbg_frame *caller = hdbg_stack_frame(gStack, 3);
    assert_int_equal(hdbg_stack_frame(gStack, 0)->source, HDBG_FRAME_REGISTERS);
    assert_int_equal(caller->source, HDBG_FRAME_CFI);
    callers_sp = caller->sp;
    for (size_t i = 1; i <= 2; i++) {
        /* At the jump the return address was on top of the stack. */
        assert_int_equal(hdbg_stack_frame(gStack, i)->source, HDBG_FRAME_TAIL_CALL);
        assert_int_equal(hdbg_stack_frame(gStack, i)->sp, callers_sp - 8);
        OK(hdbg_stack_cfa(gStack, i, &cfa));
        assert_int_equal(cfa, callers_sp);
    }
    unwind(HDBG_STACK_NO_TAIL_CALLS);
    assert_string_equal(functions(), "stop two_caller ");
}

static void walked_stacks_have_what_is_there_alone(void **state)
{
    (void)state;
    hdbg_frame frames[16];
    size_t count = 0;
    show("two");
    OK(hdbg_stack_walk(gIt.thread, frames, 16, &count, NULL));
    for (size_t i = 0; i < count; i++)
        assert_int_not_equal(frames[i].source, HDBG_FRAME_TAIL_CALL);
}

static void a_limit_counts_concluded_frames(void **state)
{
    (void)state;
    hdbg_stack_options options = {.size = sizeof options, .limit = 2};
    hdbg_stack_info info = {.size = sizeof info};
    show("two");
    hdbg_stack_free(gStack);
    OK(hdbg_stack_unwind(gIt.thread, &options, &gStack));
    OK(hdbg_stack_info_get(gStack, &info));
    assert_int_equal(info.count, 2);
    assert_int_equal(info.end, HDBG_STACK_LIMIT);
    assert_string_equal(functions(), "stop [second_jumper] ");
}

static void recursion_with_jumps_repeats_with_them(void **state)
{
    (void)state;
    hdbg_stack_cycle cycle;
    show("turns");
    OK(hdbg_stack_cycle_find(gStack, 0, 3, &cycle));
    assert_int_equal(cycle.period, 2);
    assert_int_equal(cycle.times, 4);
    assert_int_equal(hdbg_stack_frame(gStack, cycle.first)->source, HDBG_FRAME_TAIL_CALL);
    assert_int_equal(hdbg_stack_frame(gStack, cycle.first + 1)->source, HDBG_FRAME_CFI);
}

static void arguments_are_known_through_jumps(void **state)
{
    (void)state;
    seen_variables *seen = calloc(1, sizeof *seen);
    show("handing");
    assert_string_equal(functions(), "told [handing_on] handing_over ");
    OK(hdbg_variables_visit(gStack, 0, NULL, seen_take, seen));
    /* One comes from the caller of who jumped, the other one from who jumped. */
    assert_string_equal(seen_find(seen, "first")->value, "4");
    assert_string_equal(seen_find(seen, "second")->value, "77");
    seen->count = 0;
    OK(hdbg_variables_visit(gStack, 1, NULL, seen_take, seen));
    assert_string_equal(seen_find(seen, "first")->value, "4");
    free(seen);
}

/* A function that jumps to itself may have got what it has from itself. */
static void what_a_function_was_called_with_is_not_told_if_it_may_have_jumped_to_itself(void **state)
{
    (void)state;
    seen_variables *seen = calloc(1, sizeof *seen);
    show("self");
    OK(hdbg_variables_visit(gStack, 0, NULL, seen_take, seen));
    assert_string_not_equal(seen_find(seen, "n")->value, "5");
    free(seen);
}

/* ---- against gdb ---- */

/* The functions that gdb shows up to main(). */
static void gdb_functions(const char *argument, char *text, size_t size)
{
    char command[1024], line[4096];
    snprintf(command, sizeof command,
             "exec 2>/dev/null; timeout 60 gdb -nx -batch -iex 'set debuginfod enabled off' -ex 'set style "
             "enabled "
             "off' -ex 'set width 0' -ex 'set print frame-arguments none' -ex 'run %s' -ex bt %s/tail_calls",
             argument, HDBG_TEST_FIXTURES);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    text[0] = '\0';
    while (fgets(line, sizeof line, in) != NULL) {
        char name[256];
        if (line[0] != '#' ||
            (sscanf(line, "#%*d 0x%*x in %255s", name) != 1 && sscanf(line, "#%*d %255s", name) != 1))
            continue;
        if (strcmp(name, "main") == 0)
            break;
        snprintf(text + strlen(text), size - strlen(text), "%s ", name);
    }
    pclose(in);
}

static void gdb_shows_the_same_frames(void **state)
{
    (void)state;
    int compared = 0;
    if (system("command -v gdb >/dev/null") != 0)
        skip();
    for (size_t i = 0; i < WAYS; i++) {
        char theirs[1024], ours[1024];
        /* Of a jump of an inlined function gdb shows that one, and not the one that it is inlined into. */
        if (strcmp(kWays[i].argument, "inlined") == 0)
            continue;
        gdb_functions(kWays[i].argument, theirs, sizeof theirs);
        size_t n = 0;
        for (const char *c = kWays[i].functions; *c != '\0'; c++) {
            if (*c != '[' && *c != ']')
                ours[n++] = *c;
        }
        ours[n] = '\0';
        assert_string_equal(ours, theirs);
        compared++;
    }
    assert_int_equal(compared, WAYS - 1);
}

/* ---- the report ---- */

static void the_report_says_who_was_left_by_a_jump(void **state)
{
    (void)state;
    struct report_run run;
    char json[128], page[128];
    snprintf(json, sizeof json, "/tmp/hdbg-tail-calls-%d.json", (int)getpid());
    snprintf(page, sizeof page, "/tmp/hdbg-tail-calls-%d.html", (int)getpid());
    report_all(&run, (const char *[]){REPORT_TOOL, "--json", json, "--html", page,
                                      HDBG_TEST_FIXTURES "/tail_calls", "one", NULL});
    report_expect(report_frame(run.error_text, 1), "one_jumper");
    report_expect(report_frame(run.error_text, 1), "(left by a jump)");
    report_expect_none(report_frame(run.error_text, 2), "(left by a jump)");
    char *text = report_read_file(json);
    report_expect(text, "\"tail-call\"");
    free(text);
    text = report_read_file(page);
    report_expect(text, "left by a jump</span>");
    free(text);
    report_clean(&run);
    report_all(&run, (const char *[]){
                         "python3", "-c",
                         "import json, sys, jsonschema\n"
                         "jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))",
                         json, HDBG_TEST_SOURCES "/../docs/report.schema.json", NULL});
    if (run.status != 0)
        fail_msg("%s", run.error_text);
    report_clean(&run);
    unlink(json);
    unlink(page);
}

/* The line with the signature, of the program at a path. */
static void signature_of(const char *path, char *signature, size_t size)
{
    struct report_run run;
    report_all(&run, (const char *[]){REPORT_TOOL, "--brief", path, "two", NULL});
    const char *at = strstr(run.error_text, "signature ");
    if (at == NULL)
        fail_msg("%s", run.error_text);
    snprintf(signature, size, "%.*s", (int)strcspn(at, "\n"), at);
    report_clean(&run);
}

static void the_signature_is_the_same_without_debug_information(void **state)
{
    (void)state;
    char folder[64], path[128], command[1024], with[128], without[128];
    snprintf(folder, sizeof folder, "/tmp/hdbg-tail-calls-%d", (int)getpid());
    snprintf(path, sizeof path, "%s/tail_calls", folder);
    snprintf(command, sizeof command, "mkdir %s && objcopy --strip-debug %s/tail_calls %s", folder,
             HDBG_TEST_FIXTURES, path);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, HDBG_TEST_FIXTURES "/tail_calls");
    signature_of(command, with, sizeof with);
    setenv("LD_LIBRARY_PATH", HDBG_TEST_FIXTURES, 1);
    signature_of(path, without, sizeof without);
    unsetenv("LD_LIBRARY_PATH");
    unlink(path);
    rmdir(folder);
    assert_string_equal(with, without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_function_that_was_left_by_a_jump_is_shown, end),
        cmocka_unit_test_teardown(so_are_two_in_a_row, end),
        cmocka_unit_test_teardown(of_two_ways_only_what_they_have_in_common_is_shown, end),
        cmocka_unit_test_teardown(of_two_ways_with_nothing_in_common_nothing_is_shown, end),
        cmocka_unit_test_teardown(a_function_that_jumps_to_itself_is_shown_once, end),
        cmocka_unit_test_teardown(a_function_that_was_called_and_may_have_jumped_to_itself_is_shown_once,
                                  end),
        cmocka_unit_test_teardown(a_jump_through_a_pointer_leaves_all_open, end),
        cmocka_unit_test_teardown(a_jump_of_an_inlined_function_shows_both, end),
        cmocka_unit_test_teardown(jumps_from_image_to_image_are_followed_by_symbols, end),
        cmocka_unit_test_teardown(clang_s_jumps_are_understood, end),
        cmocka_unit_test_teardown(concluded_frames_are_marked_and_can_be_left_out, end),
        cmocka_unit_test_teardown(walked_stacks_have_what_is_there_alone, end),
        cmocka_unit_test_teardown(a_limit_counts_concluded_frames, end),
        cmocka_unit_test_teardown(recursion_with_jumps_repeats_with_them, end),
        cmocka_unit_test_teardown(arguments_are_known_through_jumps, end),
        cmocka_unit_test_teardown(what_a_function_was_called_with_is_not_told_if_it_may_have_jumped_to_itself,
                                  end),
        cmocka_unit_test(gdb_shows_the_same_frames),
        cmocka_unit_test(the_report_says_who_was_left_by_a_jump),
        cmocka_unit_test(the_signature_is_the_same_without_debug_information),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Symbols of a real process, by address and by name: C, C++, libraries, files that are stripped, gone or
 * another's.
 */
#include "live/inspected.h"

#include <unistd.h>

static inspected gIt;
static char gFolder[64];

static int start(void **state)
{
    (void)state;
    inspected_start(&gIt, "symbols", NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    inspected_end(&gIt);
    return 0;
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

static int make_folder(void **state)
{
    (void)state;
    snprintf(gFolder, sizeof gFolder, "/tmp/haikudbg-symbol-XXXXXX");
    return mkdtemp(gFolder) != NULL ? 0 : -1;
}

static int end_and_remove_folder(void **state)
{
    inspected_end(&gIt);
    run("rm -rf '%s'", gFolder);
    (void)state;
    return 0;
}

/* Starts the program at a path in our folder and runs it to its int3. */
static void start_in_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", gFolder, name);
    inspected_launch(&gIt, path, (const char *const[]){path, NULL});
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
}

static hdbg_symbol by_name(const char *name)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    expect_ok(hdbg_symbol_by_name(gIt.team, 0, name, &symbol), name);
    return symbol;
}

static hdbg_symbol at(hdbg_address address)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    OK(hdbg_symbol_at(gIt.team, address, &symbol));
    return symbol;
}

static void expect_no_name(const char *name)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    assert_int_equal(hdbg_symbol_by_name(gIt.team, 0, name, &symbol), HDBG_NAME_NOT_FOUND);
    assert_non_null(strstr(hdbg_last_error(), name));
}

/* ---- by name ---- */

static void a_c_function_is_found_where_the_program_says_it_is(void **state)
{
    (void)state;
    uint64_t rax = 0;
    OK(hdbg_thread_register_u64(gIt.thread, "rax", &rax));
    hdbg_symbol symbol = by_name("symbols_c_function");
    assert_int_equal(symbol.address, rax);
    assert_int_equal(symbol.kind, HDBG_SYMBOL_FUNCTION);
    assert_true(symbol.is_global);
    assert_true(symbol.length > 4);
    assert_int_equal(symbol.offset, 0);
    assert_string_equal(symbol.raw_name, "symbols_c_function");
}

static void objects_and_local_functions_are_told_apart(void **state)
{
    (void)state;
    int value = 0;
    hdbg_symbol object = by_name("symbols_object");
    assert_int_equal(object.kind, HDBG_SYMBOL_OBJECT);
    assert_int_equal(object.length, sizeof value);
    OK(hdbg_memory_read(gIt.team, object.address, &value, sizeof value, NULL));
    assert_in_range(value, 42, 45);
    assert_int_equal(by_name("symbols_zeros").length, 4000);
    hdbg_symbol local = by_name("symbols_local_function");
    assert_int_equal(local.kind, HDBG_SYMBOL_FUNCTION);
    assert_false(local.is_global);
}

static void a_cplusplus_name_is_found_mangled_whole_and_without_parameters(void **state)
{
    (void)state;
    static const char *const kNames[][3] = {
        {"_ZNK6shapes6Circle4areaEi", "shapes::Circle::area(int) const", "shapes::Circle::area"},
        {"_ZN6shapes5twiceIiEET_S1_", "int shapes::twice<int>(int)", "shapes::twice<int>"},
        {"_ZNK6shapes6CircleplERKS0_", "shapes::Circle::operator+(shapes::Circle const&) const",
         "shapes::Circle::operator+"},
        {"_ZN6shapes6CircleC1Ei", "shapes::Circle::Circle(int)", "shapes::Circle::Circle"},
    };
    for (size_t i = 0; i < sizeof kNames / sizeof *kNames; i++) {
        hdbg_symbol raw = by_name(kNames[i][0]);
        assert_string_equal(raw.name, kNames[i][1]);
        assert_string_equal(raw.raw_name, kNames[i][0]);
        assert_int_equal(by_name(kNames[i][1]).address, raw.address);
        assert_int_equal(by_name(kNames[i][2]).address, raw.address);
    }
    assert_non_null(strstr(by_name("shapes::hidden").name, "shapes::hidden(std::"));
}

static void a_name_of_a_library_is_found_and_one_of_nobody_is_not(void **state)
{
    (void)state;
    hdbg_symbol printf_symbol = by_name("printf");
    hdbg_image_list *images = NULL;
    OK(hdbg_image_list_get(gIt.team, &images));
    const hdbg_image_info *image = hdbg_image_list_find(images, printf_symbol.address);
    assert_non_null(image);
    assert_non_null(strstr(image->path, "libc"));
    assert_int_equal(image->id, printf_symbol.image);
    hdbg_image_list_free(images);
    expect_no_name("nobody_has_this_name");
    expect_no_name("symbols_c_functio");
    expect_no_name("nobody::has(this)");
}

static void an_image_can_be_chosen(void **state)
{
    (void)state;
    hdbg_symbol symbol = {.size = sizeof symbol};
    hdbg_image_id program = by_name("main").image;
    OK(hdbg_symbol_by_name(gIt.team, program, "symbols_object", &symbol));
    assert_int_equal(hdbg_symbol_by_name(gIt.team, program, "malloc", &symbol), HDBG_NAME_NOT_FOUND);
    assert_int_equal(hdbg_symbol_by_name(gIt.team, 0x7ffffffe, "main", &symbol), HDBG_BAD_IMAGE_ID);
    symbol.size = 1;
    assert_int_equal(hdbg_symbol_by_name(gIt.team, 0, "main", &symbol), HDBG_BAD_VALUE);
}

/* ---- by address ---- */

static void each_address_of_a_function_is_in_it(void **state)
{
    (void)state;
    hdbg_symbol function = by_name("shapes::Circle::area");
    for (uint64_t i = 0; i < function.length; i++) {
        hdbg_symbol symbol = at(function.address + i);
        assert_string_equal(symbol.name, "shapes::Circle::area(int) const");
        assert_int_equal(symbol.offset, i);
        assert_int_equal(symbol.image, function.image);
    }
    assert_string_not_equal(at(function.address + function.length + 16).name, function.name);
}

static void of_two_names_for_a_function_the_public_one_is_shown(void **state)
{
    (void)state;
    hdbg_symbol twin = by_name("__symbols_hidden_twin");
    assert_int_equal(twin.address, by_name("symbols_c_function").address);
    assert_string_equal(at(twin.address).name, "symbols_c_function");
}

static void an_address_in_no_image_is_a_bad_address(void **state)
{
    (void)state;
    hdbg_symbol symbol = {.size = sizeof symbol};
    uint64_t sp = 0;
    OK(hdbg_thread_register_u64(gIt.thread, "sp", &sp));
    assert_int_equal(hdbg_symbol_at(gIt.team, sp, &symbol), HDBG_BAD_ADDRESS);
    assert_int_equal(hdbg_symbol_at(gIt.team, 0, &symbol), HDBG_BAD_ADDRESS);
    symbol.size = 0;
    assert_int_equal(hdbg_symbol_at(gIt.team, 0, &symbol), HDBG_BAD_VALUE);
}

static void an_image_that_has_no_file_has_the_symbols_of_its_memory(void **state)
{
    (void)state;
    hdbg_image_list *images = NULL;
    hdbg_symbol symbol = {.size = sizeof symbol};
    const hdbg_image_info *system = NULL;
    OK(hdbg_image_list_get(gIt.team, &images));
    for (size_t i = 0; i < hdbg_image_list_count(images); i++) {
        if (hdbg_image_list_at(images, i)->type == HDBG_IMAGE_SYSTEM)
            system = hdbg_image_list_at(images, i);
    }
    assert_non_null(system);
    OK(hdbg_symbol_by_name(gIt.team, system->id, "__vdso_clock_gettime", &symbol));
    assert_true(symbol.address > system->text && symbol.address < system->text + system->text_size);
    hdbg_image_list_free(images);
}

/* ---- visiting ---- */

typedef struct visit_count {
    size_t count, stop_at, disorder, mains;
    hdbg_address last;
} visit_count;

static int count_symbol(void *context, const hdbg_symbol *symbol)
{
    visit_count *seen = context;
    seen->disorder += symbol->address < seen->last;
    seen->last = symbol->address;
    seen->mains += strcmp(symbol->name, "main") == 0;
    return ++seen->count == seen->stop_at;
}

static void symbols_are_visited_in_order_until_the_visitor_has_enough(void **state)
{
    (void)state;
    visit_count seen = {0};
    hdbg_image_id image = by_name("main").image;
    OK(hdbg_symbols_visit(gIt.team, image, count_symbol, &seen));
    assert_true(seen.count > 20);
    assert_int_equal(seen.disorder, 0);
    assert_int_equal(seen.mains, 1);
    seen = (visit_count){.stop_at = 5};
    OK(hdbg_symbols_visit(gIt.team, image, count_symbol, &seen));
    assert_int_equal(seen.count, 5);
    assert_int_equal(hdbg_symbols_visit(gIt.team, 0, count_symbol, &seen), HDBG_BAD_IMAGE_ID);
}

/* ---- libraries and files that change ---- */

static void a_library_that_was_opened_at_run_time_has_symbols(void **state)
{
    (void)state;
    uint64_t rax = 0;
    inspected_start(&gIt, "symbols", HDBG_TEST_FIXTURES "/libplugin_symbols.so");
    OK(hdbg_thread_register_u64(gIt.thread, "rax", &rax));
    assert_string_equal(at(rax).name, "plugin_entry");
    assert_int_equal(by_name("plugin_entry").address, rax);
    assert_string_equal(by_name("plugin::work").raw_name, "_ZN6plugin4workEi");
    assert_int_equal(by_name("plugin::last").kind, HDBG_SYMBOL_OBJECT);
}

static void the_symbols_after_an_exec_are_the_new_programs(void **state)
{
    (void)state;
    inspected_launch(&gIt, "/bin/sh",
                     (const char *const[]){"/bin/sh", "-c", "exec " HDBG_TEST_FIXTURES "/symbols", NULL});
    hdbg_symbol symbol = {.size = sizeof symbol};
    assert_int_equal(hdbg_symbol_by_name(gIt.team, 0, "symbols_c_function", &symbol), HDBG_NAME_NOT_FOUND);
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
    uint64_t rax = 0, pc = 0;
    OK(hdbg_thread_register_u64(gIt.thread, "rax", &rax));
    OK(hdbg_thread_pc(gIt.thread, &pc));
    assert_int_equal(by_name("symbols_c_function").address, rax);
    assert_string_equal(at(pc).name, "main");
}

static void a_stripped_program_has_the_symbols_of_its_debug_file(void **state)
{
    (void)state;
    run("objcopy --only-keep-debug '%s/symbols' '%s/stripped.debug'", HDBG_TEST_FIXTURES, gFolder);
    run("objcopy --strip-all --add-gnu-debuglink='%s/stripped.debug' '%s/symbols' '%s/stripped'", gFolder,
        HDBG_TEST_FIXTURES, gFolder);
    start_in_folder("stripped");
    uint64_t rax = 0;
    OK(hdbg_thread_register_u64(gIt.thread, "rax", &rax));
    hdbg_symbol local = by_name("symbols_local_function");
    assert_int_equal(by_name("symbols_c_function").address, rax);
    assert_string_equal(at(local.address + 3).raw_name, "_ZL22symbols_local_functioni");
}

static void a_program_whose_file_is_gone_has_the_symbols_of_its_memory(void **state)
{
    (void)state;
    uint64_t rax = 0;
    run("cp '%s/symbols' '%s/gone'", HDBG_TEST_FIXTURES, gFolder);
    start_in_folder("gone");
    run("rm '%s/gone'", gFolder);
    OK(hdbg_thread_register_u64(gIt.thread, "rax", &rax));
    assert_string_equal(at(rax + 1).name, "symbols_c_function");
    assert_int_equal(by_name("symbols_c_function").address, rax);
    assert_int_equal(by_name("shapes::Circle::area").kind, HDBG_SYMBOL_FUNCTION);
    expect_no_name("symbols_local_function");
}

static void a_program_whose_file_was_replaced_has_no_symbols_of_the_other(void **state)
{
    (void)state;
    uint64_t rax = 0;
    run("cp '%s/symbols' '%s/replaced'", HDBG_TEST_FIXTURES, gFolder);
    start_in_folder("replaced");
    run("cp '%s/memory_map' '%s/new' && mv '%s/new' '%s/replaced'", HDBG_TEST_FIXTURES, gFolder, gFolder,
        gFolder);
    OK(hdbg_thread_register_u64(gIt.thread, "rax", &rax));
    assert_string_equal(at(rax + 1).name, "symbols_c_function");
    expect_no_name("memory_base");
}

static void a_file_that_was_damaged_meanwhile_leaves_the_symbols_of_the_memory(void **state)
{
    (void)state;
    uint64_t rax = 0;
    run("cp '%s/symbols' '%s/damaged'", HDBG_TEST_FIXTURES, gFolder);
    start_in_folder("damaged");
    run("head -c 5000 '%s/symbols' > '%s/new' && mv '%s/new' '%s/damaged'", HDBG_TEST_FIXTURES, gFolder,
        gFolder, gFolder);
    OK(hdbg_thread_register_u64(gIt.thread, "rax", &rax));
    assert_string_equal(at(rax + 1).name, "symbols_c_function");
}

static void the_symbols_of_a_team_that_has_ended_are_gone(void **state)
{
    (void)state;
    hdbg_symbol symbol = by_name("main");
    hdbg_address address = symbol.address;
    OK(hdbg_thread_resume(gIt.thread, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(hdbg_symbol_at(gIt.team, address, &symbol), HDBG_TEAM_GONE);
    assert_int_equal(hdbg_symbol_by_name(gIt.team, 0, "main", &symbol), HDBG_TEAM_GONE);
}

static void demangling_cuts_to_the_buffer_and_leaves_other_names_alone(void **state)
{
    (void)state;
    char name[8];
    assert_int_equal(hdbg_symbol_demangle("_Z4workv", name, sizeof name), 6);
    assert_string_equal(name, "work()");
    assert_int_equal(hdbg_symbol_demangle("_ZN6plugin4workEi", name, sizeof name), 17);
    assert_string_equal(name, "plugin:");
    assert_int_equal(hdbg_symbol_demangle("printf", name, sizeof name), 6);
    assert_string_equal(name, "printf");
    assert_int_equal(hdbg_symbol_demangle("_Z", name, 0), 2);
}

#define TEST(name)   cmocka_unit_test_setup_teardown(name, start, end)
#define FOLDER(name) cmocka_unit_test_setup_teardown(name, make_folder, end_and_remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_c_function_is_found_where_the_program_says_it_is),
        TEST(objects_and_local_functions_are_told_apart),
        TEST(a_cplusplus_name_is_found_mangled_whole_and_without_parameters),
        TEST(a_name_of_a_library_is_found_and_one_of_nobody_is_not),
        TEST(an_image_can_be_chosen),
        TEST(each_address_of_a_function_is_in_it),
        TEST(of_two_names_for_a_function_the_public_one_is_shown),
        TEST(an_address_in_no_image_is_a_bad_address),
        TEST(an_image_that_has_no_file_has_the_symbols_of_its_memory),
        TEST(symbols_are_visited_in_order_until_the_visitor_has_enough),
        cmocka_unit_test_teardown(a_library_that_was_opened_at_run_time_has_symbols, end),
        cmocka_unit_test_teardown(the_symbols_after_an_exec_are_the_new_programs, end),
        FOLDER(a_stripped_program_has_the_symbols_of_its_debug_file),
        FOLDER(a_program_whose_file_is_gone_has_the_symbols_of_its_memory),
        FOLDER(a_program_whose_file_was_replaced_has_no_symbols_of_the_other),
        FOLDER(a_file_that_was_damaged_meanwhile_leaves_the_symbols_of_the_memory),
        TEST(the_symbols_of_a_team_that_has_ended_are_gone),
        cmocka_unit_test(demangling_cuts_to_the_buffer_and_leaves_other_names_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

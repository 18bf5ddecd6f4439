/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Images as kernels tell them: their order, when they are asked for again, and symbols by where they were
 * mapped.
 */
#include "inspect/symbols.h"
#include "session_world.h"

#include <haikudbg/image.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define PROGRAM HDBG_TEST_FIXTURES "/symbols"

enum { HIGH = 0x40000000 };

/* A file's function, by the file's addresses. */
static uint64_t value_of(const char *name, uint64_t *code, uint64_t *data)
{
    symbol_table *table = symbol_table_load(PROGRAM, &hdbg_symbol_paths);
    assert_non_null(table);
    const symbol_entry *entry = symbol_table_by_name(table, name);
    assert_non_null(entry);
    uint64_t value = entry->address;
    for (size_t i = 0; i < table->segment_count; i++) {
        const elf_segment *s = &table->segments[i];
        if (s->type == ELF_LOAD && (s->flags & ELF_EXECUTE))
            *code = s->address & ~UINT64_C(0xfff);
        if (s->type == ELF_LOAD && (s->flags & ELF_WRITE))
            *data = s->address & ~UINT64_C(0xfff);
    }
    symbol_table_release(table);
    return value;
}

static hdbg_image_info make_image(int32_t id, int32_t type, hdbg_address text, hdbg_address data,
                                  const char *path)
{
    hdbg_image_info image = {.id = id, .type = type, .text = text, .text_size = data - text, .data = data};
    image.data_size = 0x2000;
    snprintf(image.path, sizeof image.path, "%s", path);
    return image;
}

static void add_image(world *w, int32_t id, int32_t type, hdbg_address text, hdbg_address data,
                      const char *path)
{
    hdbg_image_info image = make_image(id, type, text, data, path);
    assert_ok(hdbg_mock_image_add(w->mock, TEAM, &image));
}

static void the_program_comes_first_though_haiku_lists_it_last(void **state)
{
    world *w = *state;
    hdbg_image_list *list = NULL;
    add_image(w, 1, HDBG_IMAGE_SYSTEM, 0x1000, 0x2000, "commpage");
    add_image(w, 2, HDBG_IMAGE_LIBRARY, 0x100000, 0x101000, "/lib/one");
    add_image(w, 3, HDBG_IMAGE_APP, 0x200000, 0x201000, "/bin/app");
    add_image(w, 4, HDBG_IMAGE_ADD_ON, 0x300000, 0x301000, "/add-on");
    assert_ok(hdbg_image_list_get(w->team, &list));
    static const int32_t kOrder[] = {3, 1, 2, 4};
    assert_int_equal(hdbg_image_list_count(list), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(hdbg_image_list_at(list, i)->id, kOrder[i]);
    hdbg_image_list_free(list);
}

static void symbols_are_found_wherever_the_text_was_said_to_begin(void **state)
{
    uint64_t code = 0, data = 0;
    uint64_t value = value_of("symbols_c_function", &code, &data);
    assert_true(code > 0 && data > code);
    for (int whole = 0; whole < 2; whole++) {
        world_setup(state);
        world *w = *state;
        hdbg_symbol symbol = {.size = sizeof symbol};
        add_image(w, 1, HDBG_IMAGE_APP, HIGH + (whole ? 0 : code), HIGH + data, PROGRAM);
        assert_ok(hdbg_symbol_at(w->team, HIGH + value + 4, &symbol));
        assert_string_equal(symbol.name, "symbols_c_function");
        assert_int_equal(symbol.offset, 4);
        assert_int_equal(symbol.address, HIGH + value);
        world_teardown(state);
    }
}

static void images_are_asked_for_once_as_long_as_nothing_changes(void **state)
{
    world *w = *state;
    uint64_t code = 0, data = 0;
    uint64_t value = value_of("symbols_c_function", &code, &data);
    hdbg_symbol symbol = {.size = sizeof symbol};
    add_image(w, 1, HDBG_IMAGE_APP, HIGH, HIGH + data, PROGRAM);
    assert_ok(hdbg_symbol_at(w->team, HIGH + value, &symbol));
    int64_t calls = hdbg_mock_calls(w->mock, "next_image");
    for (int i = 0; i < 100; i++)
        assert_ok(hdbg_symbol_at(w->team, HIGH + value + 1, &symbol));
    assert_int_equal(hdbg_mock_calls(w->mock, "next_image"), calls);
}

/* The first ones are looked for by themselves, later ones in a table of all. */
static void the_first_addresses_have_the_symbols_that_all_others_have(void **state)
{
    enum { ADDRESSES = 40 };
    world *w = *state;
    uint64_t code = 0, data = 0;
    value_of("symbols_c_function", &code, &data);
    symbol_table *table = symbol_table_load(PROGRAM, &hdbg_symbol_paths);
    hdbg_symbol symbol = {.size = sizeof symbol};
    int found = 0;
    assert_non_null(table);
    assert_true(table->count > ADDRESSES);
    add_image(w, 1, HDBG_IMAGE_APP, HIGH, HIGH + data, PROGRAM);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < ADDRESSES; i++) {
            uint64_t address = table->entries[i * table->count / ADDRESSES].address + 1;
            const symbol_entry *wanted = symbol_table_at(table, address);
            char name[256] = "";
            hdbg_status status = hdbg_symbol_at(w->team, HIGH + address, &symbol);
            if (address >= data + 0x2000)
                continue; /* behind the image */
            assert_int_equal(status, wanted != NULL ? HDBG_OK : HDBG_NAME_NOT_FOUND);
            if (wanted != NULL)
                symbol_table_name(table, wanted, name, sizeof name);
            if (wanted != NULL)
                assert_string_equal(symbol.raw_name, name);
            found += wanted != NULL;
        }
        assert_ok(hdbg_symbol_by_name(w->team, 1, "symbols_c_function", &symbol));
    }
    assert_true(found > ADDRESSES);
    symbol_table_release(table);
}

static void an_image_whose_event_was_not_read_yet_is_found_all_the_same(void **state)
{
    world *w = *state;
    uint64_t code = 0, data = 0;
    uint64_t value = value_of("symbols_c_function", &code, &data);
    hdbg_symbol symbol = {.size = sizeof symbol};
    add_image(w, 1, HDBG_IMAGE_APP, 0x1000000, 0x1001000, "/nowhere/app");
    assert_status(hdbg_symbol_at(w->team, 0x1000500, &symbol), HDBG_NAME_NOT_FOUND);
    add_image(w, 2, HDBG_IMAGE_LIBRARY, HIGH, HIGH + data, PROGRAM);
    assert_ok(hdbg_symbol_at(w->team, HIGH + value, &symbol));
    assert_int_equal(symbol.image, 2);
}

static void an_address_in_no_image_is_asked_for_once_while_the_whole_team_stands(void **state)
{
    world *w = *state;
    hdbg_symbol symbol = {.size = sizeof symbol};
    add_image(w, 1, HDBG_IMAGE_APP, 0x1000000, 0x1001000, "/nowhere/app");
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    int64_t calls = hdbg_mock_calls(w->mock, "next_image");
    assert_status(hdbg_symbol_at(w->team, 0x10, &symbol), HDBG_BAD_ADDRESS);
    int64_t once = hdbg_mock_calls(w->mock, "next_image") - calls;
    assert_true(once > 0);
    assert_status(hdbg_symbol_at(w->team, 0x10, &symbol), HDBG_BAD_ADDRESS);
    assert_int_equal(hdbg_mock_calls(w->mock, "next_image"), calls + 2 * once); /* its main thread runs */

    stop_with(w, w->thread, HDBG_EVENT_DEBUGGER_CALL);
    for (int i = 0; i < 100; i++)
        assert_status(hdbg_symbol_at(w->team, 0x10, &symbol), HDBG_BAD_ADDRESS);
    assert_int_equal(hdbg_mock_calls(w->mock, "next_image"), calls + 3 * once);

    /* It ran meanwhile, though it stands again. */
    assert_ok(hdbg_thread_resume(w->worker, NULL));
    add_image(w, 2, HDBG_IMAGE_LIBRARY, 0x2000000, 0x2001000, "/nowhere/library");
    stop_with(w, w->worker, HDBG_EVENT_DEBUGGER_CALL);
    assert_status(hdbg_symbol_at(w->team, 0x2000500, &symbol), HDBG_NAME_NOT_FOUND);
}

static void an_image_that_was_replaced_by_another_has_the_others_symbols(void **state)
{
    world *w = *state;
    uint64_t code = 0, data = 0;
    uint64_t value = value_of("symbols_c_function", &code, &data);
    hdbg_symbol symbol = {.size = sizeof symbol};
    add_image(w, 1, HDBG_IMAGE_LIBRARY, HIGH, HIGH + data, PROGRAM);
    assert_ok(hdbg_symbol_at(w->team, HIGH + value, &symbol));
    assert_ok(hdbg_mock_image_remove(w->mock, TEAM, 1));
    hdbg_nub_event event = {.type = HDBG_EVENT_IMAGE_CREATED, .thread = TEAM, .team = TEAM};
    event.data.image.info =
        make_image(2, HDBG_IMAGE_LIBRARY, HIGH + 0x1000000, HIGH + 0x1000000 + data, PROGRAM);
    assert_ok(hdbg_mock_send(w->mock, &event));
    expect_no_event(w); /* the session keeps it to itself, and goes on */
    assert_status(hdbg_symbol_at(w->team, HIGH + value, &symbol), HDBG_BAD_ADDRESS);
    assert_ok(hdbg_symbol_at(w->team, HIGH + 0x1000000 + value, &symbol));
    assert_int_equal(symbol.image, 2);
}

static void an_image_without_a_file_or_memory_says_why_it_has_no_symbols(void **state)
{
    world *w = *state;
    hdbg_symbol symbol = {.size = sizeof symbol};
    add_image(w, 1, HDBG_IMAGE_APP, HIGH, HIGH + 0x1000, "/nowhere/app");
    assert_status(hdbg_symbol_at(w->team, HIGH + 5, &symbol), HDBG_NAME_NOT_FOUND);
    assert_non_null(strstr(hdbg_last_error(), "/nowhere/app"));
    assert_status(hdbg_symbol_by_name(w->team, 0, "main", &symbol), HDBG_NAME_NOT_FOUND);
}

static void a_kernel_that_cannot_list_images_is_believed(void **state)
{
    world *w = *state;
    hdbg_image_list *list = (hdbg_image_list *)w;
    assert_ok(hdbg_mock_fail(w->mock, "next_image", HDBG_NO_MEMORY, 1));
    assert_status(hdbg_image_list_get(w->team, &list), HDBG_NO_MEMORY);
    assert_null(list);
}

typedef struct looker {
    world *w;
    hdbg_address function;
    int failures;
} looker;

static void *look_up_and_refresh(void *argument)
{
    looker *it = argument;
    hdbg_symbol symbol = {.size = sizeof symbol};
    for (int i = 0; i < 200; i++) {
        it->failures += hdbg_symbol_at(it->w->team, it->function, &symbol) != HDBG_OK;
        it->failures += strcmp(symbol.name, "symbols_c_function") != 0;
        it->failures += hdbg_symbol_by_name(it->w->team, 1, "symbols_object", &symbol) != HDBG_OK;
        /* In no image: makes the cache anew under the others' feet. */
        it->failures += hdbg_symbol_at(it->w->team, 0x10, &symbol) != HDBG_BAD_ADDRESS;
    }
    return NULL;
}

static void threads_look_up_symbols_at_once(void **state)
{
    enum { LOOKERS = 4 };
    world *w = *state;
    uint64_t code = 0, data = 0;
    uint64_t value = value_of("symbols_c_function", &code, &data);
    looker lookers[LOOKERS];
    pthread_t threads[LOOKERS];
    add_image(w, 1, HDBG_IMAGE_APP, HIGH, HIGH + data, PROGRAM);
    for (int i = 0; i < LOOKERS; i++) {
        lookers[i] = (looker){.w = w, .function = HIGH + value};
        assert_int_equal(pthread_create(&threads[i], NULL, look_up_and_refresh, &lookers[i]), 0);
    }
    for (int i = 0; i < LOOKERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(lookers[i].failures, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_program_comes_first_though_haiku_lists_it_last),
        cmocka_unit_test(symbols_are_found_wherever_the_text_was_said_to_begin),
        TEST(images_are_asked_for_once_as_long_as_nothing_changes),
        TEST(the_first_addresses_have_the_symbols_that_all_others_have),
        TEST(an_image_whose_event_was_not_read_yet_is_found_all_the_same),
        TEST(an_address_in_no_image_is_asked_for_once_while_the_whole_team_stands),
        TEST(an_image_that_was_replaced_by_another_has_the_others_symbols),
        TEST(an_image_without_a_file_or_memory_says_why_it_has_no_symbols),
        TEST(a_kernel_that_cannot_list_images_is_believed),
        TEST(threads_look_up_symbols_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

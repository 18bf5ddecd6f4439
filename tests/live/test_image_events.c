/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Libraries that a live team loads and unloads: told one by one, and gone from the list and from the symbols.
 */
#include "session_run.h"

#include <stdlib.h>
#include <unistd.h>

#define LIBRARY HDBG_TEST_FIXTURES "/libplugin_symbols.so"

enum { TIMES = 20 };

/* The image of the library in the team's list as it is now, 0 if there is none. */
static hdbg_image_id listed(run *r)
{
    hdbg_image_list *list;
    hdbg_image_id id = 0;
    assert_ok(hdbg_image_list_get(r->team, &list));
    for (size_t i = 0; i < hdbg_image_list_count(list); i++) {
        const hdbg_image_info *info = hdbg_image_list_at(list, i);
        if (strcmp(info->path, LIBRARY) == 0) {
            assert_int_equal(id, 0);
            id = info->id;
        }
    }
    hdbg_image_list_free(list);
    return id;
}

/* An event of the library; those of others (what it needs is loaded with it) are passed over. */
static hdbg_image_info expect_library(run *r, int32_t type)
{
    for (;;) {
        hdbg_event *event = run_expect(r, type);
        hdbg_image_info info = hdbg_event_data(event)->data.image.info;
        int own = strcmp(info.path, LIBRARY) == 0;
        assert_true(hdbg_event_is_stop(event));
        if (!own)
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
        if (own)
            return info;
    }
}

static run *begin(const char *times)
{
    run *r = run_launch("plugins", ARGUMENTS(LIBRARY, times), HDBG_FOLLOW_NONE);
    assert_int_equal(write(r->input, "\n", 1), 1);
    return r;
}

static void each_load_and_each_unload_is_told_and_listed(void **state)
{
    (void)state;
    char times[16];
    snprintf(times, sizeof times, "%d", TIMES);
    run *r = begin(times);
    assert_int_equal(listed(r), 0);
    assert_ok(hdbg_team_set_events(r->team, HDBG_TEAM_IMAGES));
    for (int i = 0; i < TIMES; i++) {
        hdbg_symbol symbol = {.size = sizeof symbol};
        assert_ok(hdbg_thread_resume(r->thread, NULL));
        hdbg_image_info loaded = expect_library(r, HDBG_EVENT_IMAGE_CREATED);
        assert_int_equal(listed(r), loaded.id);
        assert_ok(hdbg_symbol_by_name(r->team, 0, "plugin_entry", &symbol));
        assert_int_equal(symbol.image, loaded.id);
        assert_ok(hdbg_symbol_at(r->team, symbol.address, &symbol));

        assert_ok(hdbg_thread_resume(r->thread, NULL));
        hdbg_image_info gone = expect_library(r, HDBG_EVENT_IMAGE_DELETED);
        assert_int_equal(gone.id, loaded.id);
        assert_true(gone.text == loaded.text);
        assert_int_equal(listed(r), 0);
        assert_status(hdbg_symbol_by_name(r->team, 0, "plugin_entry", &symbol), HDBG_NAME_NOT_FOUND);
        assert_status(hdbg_symbol_by_name(r->team, loaded.id, "plugin_entry", &symbol), HDBG_BAD_IMAGE_ID);
    }
    assert_ok(hdbg_team_set_events(r->team, 0));
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_to_end(r), 0);
    run_free(r);
}

/* The session watches images for its own books; who did not ask is not stopped, and finds the list right. */
static void loads_that_nobody_asked_for_stop_nobody_and_are_known(void **state)
{
    (void)state;
    run *r = begin("1");
    run_to(r, "main");
    assert_int_equal(listed(r), 0);
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 0);
    run_free(r);

    /* Stopped in the library itself, by a breakpoint that is set while it is there. */
    r = begin("2");
    assert_ok(hdbg_team_set_events(r->team, HDBG_TEAM_IMAGES));
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    expect_library(r, HDBG_EVENT_IMAGE_CREATED);
    hdbg_address entry = run_symbol(r->team, "plugin_entry");
    assert_ok(hdbg_team_set_events(r->team, 0));
    assert_ok(hdbg_breakpoint_set(r->team, entry));
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
    assert_true(run_pc(r) == entry);
    assert_int_not_equal(listed(r), 0);
    assert_ok(hdbg_breakpoint_clear(r->team, entry));
    assert_ok(hdbg_thread_resume(r->thread, NULL));
    assert_int_equal(run_end(r), 0);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_load_and_each_unload_is_told_and_listed),
        cmocka_unit_test(loads_that_nobody_asked_for_stop_nobody_and_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the hosted kernel tells of teams, threads, areas and memory.
 */
#include "kernel_run.h"

/* ---- information ---- */

static void the_nub_is_the_last_of_a_debugged_teams_threads(void **state)
{
    (void)state;
    kt_child c = kt_launch("exit7");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    hdbg_thread_info first = {.size = sizeof first}, last = {.size = sizeof last};
    hdbg_team_info team = {.size = sizeof team};
    int64_t cookie = 0;
    assert_int_equal(OPS->next_thread(CONTEXT, c.team, &cookie, &first), HDBG_OK);
    assert_int_equal(first.thread, c.team);
    assert_true(first.stack_end > first.stack_base);
    assert_int_equal(OPS->next_thread(CONTEXT, c.team, &cookie, &last), HDBG_OK);
    assert_int_equal(last.flags, HDBG_THREAD_IS_NUB);
    char name[64];
    snprintf(name, sizeof name, "team %d debug task", (int)c.team);
    assert_string_equal(last.name, name);
    assert_int_equal(OPS->next_thread(CONTEXT, c.team, &cookie, &last), HDBG_BAD_INDEX);
    assert_int_equal(OPS->team_info(CONTEXT, c.team, &team), HDBG_OK);
    assert_int_equal(team.debugger_nub_port, nub_port);
    assert_int_equal(team.debugger_nub_thread, last.thread);
    assert_int_equal(OPS->debug_thread(CONTEXT, last.thread), HDBG_NOT_ALLOWED);
    OPS->port_delete(CONTEXT, port);
    OPS->kill_team(CONTEXT, c.team);
    hdbg_team_status status;
    OPS->reap(CONTEXT, c.team, &status, TIMEOUT);
    close(c.in);
    close(c.out);
}

static void a_name_with_parentheses_and_newlines_confuses_nobody(void **state)
{
    (void)state;
    kt_child c = kt_launch("odd name");
    hdbg_thread_info info = {.size = sizeof info};
    hdbg_team_info team = {.size = sizeof team};
    OPS->resume_thread(CONTEXT, c.team);
    kt_expect_line(&c, "ready");
    assert_int_equal(OPS->thread_info(CONTEXT, c.team, &info), HDBG_OK);
    assert_string_equal(info.name, "a) R 1\n(b");
    assert_int_equal(OPS->team_info(CONTEXT, c.team, &team), HDBG_OK);
    assert_int_equal(team.parent, getpid());
    kt_expect_end(&c, 0, -1);
}

static void areas_are_listed_with_their_protection(void **state)
{
    (void)state;
    hdbg_area_info area = {.size = sizeof area};
    int64_t cookie = 0;
    uint32_t own = 0, stack = 0;
    int64_t count = 0;
    hdbg_address before = 0;
    while (OPS->next_area(CONTEXT, getpid(), &cookie, &area) == HDBG_OK) {
        assert_true(area.address >= before);
        before = area.address + area.length;
        count++;
        if ((uintptr_t)debuggee_function - area.address < area.length) {
            own = area.protection;
            assert_string_equal(area.path, kt_self);
        }
        if ((uintptr_t)&area - area.address < area.length)
            stack = area.protection;
    }
    assert_true(count > 5);
    assert_int_equal(own, HDBG_AREA_READ | HDBG_AREA_EXECUTE);
    assert_int_equal(stack, HDBG_AREA_READ | HDBG_AREA_WRITE | HDBG_AREA_STACK);
    cookie = 0;
    assert_int_equal(OPS->next_area(CONTEXT, 0x3ffffff, &cookie, &area), HDBG_BAD_TEAM_ID);
}

static void a_team_has_as_many_areas_as_its_information_says(void **state)
{
    (void)state;
    hdbg_area_info area = {.size = sizeof area};
    hdbg_team_info team = {.size = sizeof team};
    int64_t cookie = 0;
    int32_t count = 0;
    kt_child c = kt_launch("exit7"); /* it stands before its first instruction */
    while (OPS->next_area(CONTEXT, c.team, &cookie, &area) == HDBG_OK)
        count++;
    assert_int_equal(OPS->team_info(CONTEXT, c.team, &team), HDBG_OK);
    assert_int_equal(team.area_count, count);
    assert_int_equal(OPS->resume_thread(CONTEXT, c.team), HDBG_OK);
    kt_expect_end(&c, 7, -1);
}

static void the_own_team_is_among_the_teams(void **state)
{
    (void)state;
    hdbg_team_info info = {.size = sizeof info};
    int64_t cookie = 0;
    int found = 0;
    while (OPS->next_team(CONTEXT, &cookie, &info) == HDBG_OK)
        found += info.team == getpid() && strcmp(info.name, strrchr(kt_self, '/') + 1) == 0;
    assert_int_equal(found, 1);
}

/* ---- memory ---- */

static void a_bulk_read_hides_software_breakpoints(void **state)
{
    (void)state;
    kt_child c = kt_launch("call on input");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    hdbg_address function = kt_set_software_breakpoint(c.team, nub_port);
    uint8_t bytes[64];
    assert_int_equal(kt_raw_byte(c.team, function), 0xcc);
    assert_int_equal(OPS->memory_read(CONTEXT, c.team, function, bytes, sizeof bytes), sizeof bytes);
    assert_memory_equal(bytes, (const void *)(uintptr_t)debuggee_function, sizeof bytes);
    assert_int_equal(OPS->remove_team_debugger(CONTEXT, c.team), HDBG_OK);
    assert_int_not_equal(kt_raw_byte(c.team, function), 0xcc);
    OPS->resume_thread(CONTEXT, c.team);
    kt_expect_line(&c, "ready");
    kt_expect_end(&c, 0, -1);
    OPS->port_delete(CONTEXT, port);
}

static void a_read_ends_at_what_is_not_mapped(void **state)
{
    (void)state;
    kt_child c = kt_launch("exit7");
    hdbg_area_info area = {.size = sizeof area}, next = {.size = sizeof next};
    int64_t cookie = 0;
    OPS->next_area(CONTEXT, c.team, &cookie, &area);
    while (OPS->next_area(CONTEXT, c.team, &cookie, &next) == HDBG_OK &&
           next.address == area.address + area.length)
        area = next;
    hdbg_address end = area.address + area.length;
    char bytes[8192];
    assert_int_equal(OPS->memory_read(CONTEXT, c.team, end - 100, bytes, sizeof bytes), 100);
    assert_int_equal(OPS->memory_read(CONTEXT, c.team, end, bytes, 1), HDBG_BAD_ADDRESS);
    assert_int_equal(OPS->memory_read(CONTEXT, 0x3ffffff, end, bytes, 1), HDBG_BAD_TEAM_ID);
    OPS->resume_thread(CONTEXT, c.team);
    kt_expect_end(&c, 7, -1);
}

static void a_cloned_area_is_an_area_of_the_callers(void **state)
{
    (void)state;
    kt_child c = kt_launch("exit7");
    hdbg_port_id port = kt_make_port(), nub_port = kt_install(c.team, port);
    wire_x86_64_clone_area message = {.address =
                                          kt_address_in(c.team, (const void *)(uintptr_t)debuggee_function)};
    wire_x86_64_clone_area_reply reply = {.area = -1};
    kt_ask(nub_port, WIRE_CLONE_AREA, &message, sizeof message, &reply, sizeof reply);
    assert_true(reply.area > 0);
    assert_memory_equal((const void *)(uintptr_t)reply.address, (const void *)(uintptr_t)debuggee_function,
                        32);
    hdbg_area_info info = {.size = sizeof info};
    assert_int_equal(OPS->area_info(CONTEXT, reply.area, &info), HDBG_OK);
    assert_int_equal(info.protection, 0x2011);
    assert_true(reply.address - info.address < info.length);
    assert_int_equal(OPS->delete_area(CONTEXT, reply.area), HDBG_OK);
    assert_int_equal(OPS->delete_area(CONTEXT, reply.area), HDBG_BAD_VALUE);
    OPS->remove_team_debugger(CONTEXT, c.team);
    OPS->resume_thread(CONTEXT, c.team);
    close(c.in);
    hdbg_team_status status;
    assert_int_equal(OPS->reap(CONTEXT, c.team, &status, TIMEOUT), HDBG_OK);
    close(c.out);
    OPS->port_delete(CONTEXT, port);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        _exit(kt_debuggee(argv[1])); /* a leak checker at exit does not work while traced */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nub_is_the_last_of_a_debugged_teams_threads),
        cmocka_unit_test(a_name_with_parentheses_and_newlines_confuses_nobody),
        cmocka_unit_test(areas_are_listed_with_their_protection),
        cmocka_unit_test(a_team_has_as_many_areas_as_its_information_says),
        cmocka_unit_test(the_own_team_is_among_the_teams),
        cmocka_unit_test(a_bulk_read_hides_software_breakpoints),
        cmocka_unit_test(a_read_ends_at_what_is_not_mapped),
        cmocka_unit_test(a_cloned_area_is_an_area_of_the_callers),
    };
    return cmocka_run_group_tests(tests, kt_create, kt_destroy);
}

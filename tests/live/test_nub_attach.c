/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Attaching to programs that are making threads and children in that moment: those that Linux does not let be
 * traced from their beginning are known, and unharmed.
 */
#define _GNU_SOURCE
#include "effort.h"
#include "session_run.h"

#include "nub/wire.h"

#include <haikudbg/hosted.h>

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = EFFORT(50, 20), PATIENCE = 20 * 1000 * 1000, REGISTERS = 4 };

/* ---- breakpoints ---- */

typedef struct kernel_run {
    const hdbg_kernel_ops *ops;
    void *context;
    hdbg_port_id port, nub, reply;
} kernel_run;

static void set_breakpoint(kernel_run *k, hdbg_address address)
{
    wire_x86_64_set_breakpoint message = {.reply_port = k->reply, .address = address};
    wire_x86_64_set_breakpoint_reply reply = {.error = -1};
    assert_ok(
        k->ops->port_write(k->context, k->nub, WIRE_SET_BREAKPOINT, &message, sizeof message, PATIENCE));
    assert_true(k->ops->port_read(k->context, k->reply, NULL, &reply, sizeof reply, PATIENCE) > 0);
    assert_int_equal(reply.error, HDBG_OK);
}

/* Starts a fixture. *main, *function: where these are in it. */
static hdbg_team_id start(run *r, const char *name, const char *symbol, hdbg_address *main,
                          hdbg_address *function)
{
    char line[32];
    hdbg_team_id id = run_start(r, name, ARGUMENTS("2"));
    run_line(r, line, sizeof line);
    run_attach(r, id, 0);
    *main = run_symbol(r->team, "main");
    *function = run_symbol(r->team, symbol);
    assert_ok(hdbg_team_detach(r->team));
    return id;
}

/* The first breakpoints are in the processor's registers, and these are a thread's own. */
static void break_in_code(kernel_run *k, hdbg_address elsewhere, hdbg_address address)
{
    for (unsigned i = 0; i < REGISTERS; i++)
        set_breakpoint(k, elsewhere + i);
    set_breakpoint(k, address);
}

/* Whichever thread comes to a breakpoint tells of it. */
static void expect_hit(const kernel_run *k)
{
    wire_x86_64_breakpoint_hit message;
    int32_t code = -1;
    assert_true(k->ops->port_read(k->context, k->port, &code, &message, sizeof message, PATIENCE) > 0);
    assert_int_equal(code, WIRE_BREAKPOINT_HIT);
}

static void expect_unharmed(const char *fixture, const char *symbol)
{
    run *r = run_session();
    const hdbg_kernel *kernel = hdbg_session_kernel(r->session);
    kernel_run k = {.ops = kernel->ops, .context = kernel->context};
    hdbg_address elsewhere, address;
    hdbg_team_id id = start(r, fixture, symbol, &elsewhere, &address);
    k.reply = k.ops->port_create(k.context, 1, "reply");
    for (int i = 0; i < ROUNDS; i++) {
        k.port = k.ops->port_create(k.context, 1000, "debugger");
        k.nub = k.ops->install_team_debugger(k.context, id, k.port);
        assert_true(k.nub >= 0);
        break_in_code(&k, elsewhere, address);
        expect_hit(&k);
        assert_ok(k.ops->remove_team_debugger(k.context, id));
        k.ops->port_delete(k.context, k.port);
    }
    k.ops->port_delete(k.context, k.reply);
    close(r->input);
    r->input = -1;
    assert_int_equal(run_reap(id), 7);
    run_free(r);
}

static void a_thread_that_is_being_made_does_not_die_of_a_breakpoint(void **state)
{
    (void)state;
    expect_unharmed("births", "be_born");
}

/* ---- who is there ---- */

static bool is_known(hdbg_team *team, hdbg_thread_id id)
{
    hdbg_thread *thread = hdbg_team_thread(team, id);
    hdbg_thread_release(thread);
    return thread != NULL;
}

/* Each thread of a team that stands is known to its debugger. */
static void expect_known(run *r)
{
    char path[64];
    int count = 0;
    struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", (int)hdbg_team_id_of(r->team));
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        int id = atoi(entry->d_name);
        if (id > 0 && !is_known(r->team, id))
            fail_msg("thread %d is not known", id);
        count += id > 0;
    }
    closedir(directory);
    assert_true(count > 1);
}

static void all_threads_are_known_after_an_attach(void **state)
{
    (void)state;
    char line[32];
    run *r = run_session();
    hdbg_team_id id = run_start(r, "chain", ARGUMENTS("2"));
    run_line(r, line, sizeof line);
    for (int i = 0; i < ROUNDS; i++) {
        run_attach(r, id, 0);
        assert_ok(hdbg_team_stop(r->team));
        expect_known(r);
        assert_ok(hdbg_team_detach(r->team));
    }
    close(r->input);
    r->input = -1;
    assert_int_equal(run_reap(id), 7);
    run_free(r);
}

/* ---- vfork() ---- */

static void a_team_that_waits_for_its_vforked_child_is_attached_to_and_let_go_meanwhile(void **state)
{
    (void)state;
    run *r = run_session();
    const hdbg_kernel *kernel = hdbg_session_kernel(r->session);
    char line[32];
    hdbg_team_id pid = run_start(r, "lender", NULL);
    run_line(r, line, sizeof line);
    hdbg_port_id port = kernel->ops->port_create(kernel->context, 10, "debugger");
    for (int i = 0; i < 3; i++) {
        assert_true(kernel->ops->install_team_debugger(kernel->context, pid, port) >= 0);
        assert_ok(kernel->ops->remove_team_debugger(kernel->context, pid));
    }
    kernel->ops->port_delete(kernel->context, port);
    kill(pid, SIGKILL);
    assert_int_equal(run_reap(pid), -SIGKILL);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_is_being_made_does_not_die_of_a_breakpoint),
        cmocka_unit_test(all_threads_are_known_after_an_attach),
        cmocka_unit_test(a_team_that_waits_for_its_vforked_child_is_attached_to_and_let_go_meanwhile),
    };
    return cmocka_run_group_tests_name("attaching while threads are made", tests, NULL, NULL);
}

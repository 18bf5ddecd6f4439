/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * All threads of a team stopped at once, while they come and go.
 */
#include "session_run.h"

#include "nub/wire.h"

#include <haikudbg/hosted.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 100, THREADS_MAX = 64, LISTED_MAX = 4096, PATIENCE = 20 * 1000 * 1000, LOOK = 10 * 1000 };

/* ---- what Linux says ---- */

/* A line of one of a thread's files that begins with `name`, without that; all of it without a name. */
static void thread_file(hdbg_team_id team, int thread, const char *file, const char *name, char *text,
                        size_t size)
{
    char path[64], line[512];
    size_t length = strlen(name);
    text[0] = '\0';
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)team, thread, file);
    FILE *stream = fopen(path, "r");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL) {
        if (strncmp(line, name, length) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(text, size, "%s", line + length);
        break;
    }
    if (stream != NULL)
        fclose(stream);
}

static char thread_state(hdbg_team_id team, int thread)
{
    char text[512];
    thread_file(team, thread, "stat", "", text, sizeof text);
    const char *name_end = strrchr(text, ')');
    return name_end != NULL ? name_end[2] : 'X';
}

/* The list ends with a thread that ends while it is read. @return how many there are, -1: it is such a one.
 */
static int list_threads(hdbg_team_id team, int *ids)
{
    char path[64], threads[16];
    int count = 0;
    struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", (int)team);
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        assert_true(count < LISTED_MAX);
        ids[count++] = atoi(entry->d_name);
    }
    closedir(directory);
    thread_file(team, team, "status", "Threads:", threads, sizeof threads);
    return atoi(threads) == count ? count : -1;
}

/* Whether none of a process's threads runs. *count: how many there are. */
static bool all_stand(hdbg_team_id team, int *count)
{
    int ids[LISTED_MAX];
    *count = list_threads(team, ids);
    for (int i = 0; i < *count; i++) {
        if (thread_state(team, ids[i]) != 't')
            return false;
    }
    return *count > 0;
}

/* What each thread does, for the report of a failure. `told`: those that have said that they stand. */
static void describe_threads(hdbg_team_id team, const hdbg_thread_id *told, int count, char *text,
                             size_t size)
{
    int ids[LISTED_MAX], there = list_threads(team, ids);
    size_t used = (size_t)snprintf(text, size, "%d threads:", there);
    for (int i = 0; i < there && used < size; i++) {
        char tracer[32], call[64], place[64];
        bool has_told = false;
        for (int j = 0; j < count; j++)
            has_told |= told[j] == ids[i];
        thread_file(team, ids[i], "status", "TracerPid:\t", tracer, sizeof tracer);
        thread_file(team, ids[i], "syscall", "", call, sizeof call);
        thread_file(team, ids[i], "wchan", "", place, sizeof place);
        used += (size_t)snprintf(text + used, size - used, "\n  %d: %s, state %c, tracer %s, in %s, call %s",
                                 ids[i], has_told ? "has told" : "has not told", thread_state(team, ids[i]),
                                 tracer, place, call);
    }
}

static void end_fixture(run *r, hdbg_team_id id)
{
    close(r->input);
    r->input = -1;
    assert_int_equal(run_reap(id), 7);
}

/* ---- the kernel's operation ---- */

typedef struct kernel_run {
    const hdbg_kernel_ops *ops;
    void *context;
    hdbg_port_id port, nub;
    hdbg_thread_id told[THREADS_MAX];
    int count;
} kernel_run;

/* Reads until each thread that there is has told that it stands. */
static void await_all(kernel_run *k, hdbg_team_id team)
{
    hdbg_time deadline = k->ops->system_time(k->context) + PATIENCE;
    int there;
    k->count = 0;
    while (!all_stand(team, &there) || k->count < there) {
        if (k->ops->system_time(k->context) > deadline) {
            char threads[2048];
            describe_threads(team, k->told, k->count, threads, sizeof threads);
            fail_msg("%d have told that they stand; %s", k->count, threads);
        }
        wire_x86_64_thread_debugged message;
        int32_t code;
        if (k->ops->port_read(k->context, k->port, &code, &message, sizeof message, LOOK) < 0)
            continue;
        assert_int_equal(code, WIRE_THREAD_DEBUGGED);
        for (int i = 0; i < k->count; i++)
            assert_int_not_equal(k->told[i], message.origin.thread);
        assert_true(k->count < THREADS_MAX);
        k->told[k->count++] = message.origin.thread;
    }
    assert_int_equal(k->count, there);
}

static void a_team_whose_threads_make_each_other_stops_at_once(void **state)
{
    (void)state;
    run *r = run_session();
    char line[32];
    hdbg_kernel *kernel = hdbg_session_kernel(r->session);
    kernel_run k = {.ops = kernel->ops, .context = kernel->context};
    hdbg_team_id id = run_start(r, "chain", NULL);
    run_line(r, line, sizeof line);
    assert_int_equal(k.ops->debug_team(k.context, id), HDBG_NO_DEFAULT_DEBUGGER);
    assert_int_equal(k.ops->debug_team(k.context, 0x7ffffff0), HDBG_BAD_TEAM_ID);
    k.port = k.ops->port_create(k.context, 1000, "debugger");
    k.nub = k.ops->install_team_debugger(k.context, id, k.port);
    assert_true(k.nub >= 0);
    for (int i = 0; i < ROUNDS; i++) {
        assert_true(k.ops->debug_team(k.context, id) >= 1);
        await_all(&k, id);
        assert_int_equal(k.ops->debug_team(k.context, id), k.count);
        for (int j = 0; j < k.count; j++) {
            wire_x86_64_continue_thread go_on = {.thread = k.told[j], .handle_event = WIRE_HANDLE_EVENT};
            assert_ok(
                k.ops->port_write(k.context, k.nub, WIRE_CONTINUE_THREAD, &go_on, sizeof go_on, PATIENCE));
        }
    }
    assert_ok(k.ops->remove_team_debugger(k.context, id));
    k.ops->port_delete(k.context, k.port);
    end_fixture(r, id);
    run_free(r);
}

/* It makes one all the time: the attach comes in the midst of that. */
static void a_thread_that_is_being_made_when_its_team_is_attached_to_is_not_missed(void **state)
{
    (void)state;
    run *r = run_session();
    char line[32];
    hdbg_kernel *kernel = hdbg_session_kernel(r->session);
    kernel_run k = {.ops = kernel->ops, .context = kernel->context};
    hdbg_team_id id = run_start(r, "chain", NULL);
    run_line(r, line, sizeof line);
    for (int i = 0; i < 5 * ROUNDS; i++) {
        k.port = k.ops->port_create(k.context, 1000, "debugger");
        assert_true(k.ops->install_team_debugger(k.context, id, k.port) >= 0);
        assert_true(k.ops->debug_team(k.context, id) >= 1);
        await_all(&k, id);
        assert_ok(k.ops->remove_team_debugger(k.context, id));
        k.ops->port_delete(k.context, k.port);
    }
    end_fixture(r, id);
    run_free(r);
}

static void the_ids_of_a_teams_threads_are_listed_at_once(void **state)
{
    (void)state;
    enum { CROWD = 20 };
    run *r = run_session();
    char line[32];
    hdbg_kernel *kernel = hdbg_session_kernel(r->session);
    hdbg_thread_id ids[CROWD + 2];
    hdbg_team_id id = run_start(r, "crowd", ARGUMENTS("20"));
    run_line(r, line, sizeof line);
    run_attach(r, id, 0); /* the nub, which is in the team's list now, is none of them */
    ids[1] = -1;
    assert_int_equal(kernel->ops->team_threads(kernel->context, id, ids, 1), CROWD + 1);
    assert_int_equal(ids[1], -1);
    assert_int_equal(kernel->ops->team_threads(kernel->context, id, ids, CROWD + 2), CROWD + 1);
    for (int i = 0; i <= CROWD; i++) {
        hdbg_thread_info info = {.size = sizeof info};
        assert_ok(kernel->ops->thread_info(kernel->context, ids[i], &info));
        assert_int_equal(info.team, id);
        for (int j = 0; j < i; j++)
            assert_int_not_equal(ids[i], ids[j]);
    }
    assert_int_equal(kernel->ops->team_threads(kernel->context, ids[1], ids, CROWD), HDBG_BAD_TEAM_ID);
    assert_ok(hdbg_team_detach(r->team));
    end_fixture(r, id);
    run_free(r);
}

/* ---- the session's ---- */

/* Which threads began and have not ended. */
typedef struct births {
    hdbg_thread_id *alive;
    size_t count, room, born;
} births;

static void note(births *b, hdbg_event *event)
{
    hdbg_thread_id id = hdbg_event_thread_id(event);
    if (hdbg_event_type_of(event) == HDBG_EVENT_THREAD_CREATED) {
        if (b->count == b->room) {
            b->room = b->room * 2 + 16;
            b->alive = realloc(b->alive, b->room * sizeof *b->alive);
            assert_non_null(b->alive);
        }
        b->alive[b->count++] = hdbg_event_data(event)->data.new_thread;
        b->born++;
        return;
    }
    assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_THREAD_DELETED);
    size_t i = 0;
    while (i < b->count && b->alive[i] != id)
        i++;
    assert_true(i < b->count); /* it had begun, and its end was not told before */
    b->alive[i] = b->alive[--b->count];
}

/* Stops the team; then no thread of it runs, but those that were ending, which are waited for. */
static void stop_all(run *r, births *b)
{
    const hdbg_kernel *kernel = hdbg_session_kernel(r->session);
    hdbg_time deadline = kernel->ops->system_time(kernel->context) + PATIENCE, look = 0;
    int there = 0, known = -1;
    assert_ok(hdbg_team_stop(r->team));
    while (!all_stand(hdbg_team_id_of(r->team), &there) || there != known) {
        hdbg_event *event;
        while (hdbg_wait(r->session, NULL, look, &event) == HDBG_OK) {
            assert_non_null(b); /* nobody asked to be told */
            note(b, event);
            hdbg_event_release(event);
        }
        known = b != NULL ? (int)b->count + 1 : (int)hdbg_team_threads(r->team, NULL, 0);
        if (kernel->ops->system_time(kernel->context) > deadline)
            fail_msg("%d threads are there, %d are known; not all stand", there, known);
        look = LOOK;
    }
}

static void a_stopped_team_has_no_thread_that_runs(void **state)
{
    (void)state;
    static const char *const kFixtures[] = {"chain", "crowd"};
    for (size_t f = 0; f < sizeof kFixtures / sizeof *kFixtures; f++) {
        run *r = run_session();
        char line[32];
        hdbg_team_id id = run_start(r, kFixtures[f], ARGUMENTS("8", "churn"));
        run_line(r, line, sizeof line);
        run_attach(r, id, 0);
        for (int i = 0; i < ROUNDS; i++) {
            stop_all(r, NULL);
            assert_ok(hdbg_team_resume(r->team));
        }
        assert_ok(hdbg_team_detach(r->team));
        end_fixture(r, id);
        run_free(r);
    }
}

static void threads_that_come_and_go_around_stops_are_told_once(void **state)
{
    (void)state;
    births b = {0};
    run *r = run_launch("crowd", ARGUMENTS("8", "churn"), HDBG_FOLLOW_NONE);
    assert_ok(hdbg_team_set_events(r->team, HDBG_TEAM_SIGNALS | HDBG_TEAM_THREADS));
    assert_ok(hdbg_team_resume(r->team));
    for (int i = 0; i < ROUNDS; i++) {
        hdbg_event *event = run_next(r);
        note(&b, event);
        hdbg_event_release(event);
        stop_all(r, &b);
        assert_ok(hdbg_team_resume(r->team));
    }
    assert_true(b.born > ROUNDS / 4);
    free(b.alive);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_whose_threads_make_each_other_stops_at_once),
        cmocka_unit_test(a_thread_that_is_being_made_when_its_team_is_attached_to_is_not_missed),
        cmocka_unit_test(the_ids_of_a_teams_threads_are_listed_at_once),
        cmocka_unit_test(a_stopped_team_has_no_thread_that_runs),
        cmocka_unit_test(threads_that_come_and_go_around_stops_are_told_once),
    };
    return cmocka_run_group_tests_name("teams stopped at once", tests, NULL, NULL);
}

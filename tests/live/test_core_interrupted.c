/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Core files that cannot be written to their end: nothing is left of them, and the team runs on.
 */
#define _GNU_SOURCE
#include "core_run.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

static int cancel_soon(void *context, uint64_t done, uint64_t total)
{
    (void)total;
    *(uint64_t *)context = done;
    return 1;
}

static void a_canceled_one_leaves_nothing(void **state)
{
    core_scene s;
    uint64_t done = 0;
    hdbg_core_options options = {.size = sizeof options, .progress = cancel_soon, .progress_context = &done};
    (void)state;
    core_run_start(&s, 40);
    core_run_attach(&s, 0);
    assert_status(hdbg_core_write(s.r->team, s.path, &options), HDBG_CANCELED);
    assert_true(done > 0);
    assert_int_equal(core_run_files_in(s.folder), 0);
    core_run_expect_alive(&s);
    core_run_finish(&s);
}

static void one_beyond_the_limit_of_files_leaves_nothing_and_sends_no_signal(void **state)
{
    core_scene s;
    struct rlimit before, less;
    sigset_t pending;
    (void)state;
    core_run_start(&s, 8);
    core_run_attach(&s, 0);
    getrlimit(RLIMIT_FSIZE, &before);
    less = (struct rlimit){4 * MIB, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &less);
    hdbg_status status = hdbg_core_write(s.r->team, s.path, NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, HDBG_DEVICE_FULL);
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGXFSZ));
    pthread_sigmask(SIG_BLOCK, NULL, &pending);
    assert_false(sigismember(&pending, SIGXFSZ));
    assert_int_equal(core_run_files_in(s.folder), 0);
    core_run_expect_alive(&s);
    core_run_finish(&s);
}

static void a_full_disk_leaves_nothing(void **state)
{
    core_scene s;
    char path[160];
    (void)state;
    core_run_start(&s, 8);
    core_run_attach(&s, 0);
    if (mount("tmpfs", s.folder, "tmpfs", 0, "size=2m") != 0) {
        /* Only root may mount: the limit of files above is the same way out. */
        assert_int_equal(errno, EPERM);
        core_run_finish(&s);
        return;
    }
    snprintf(path, sizeof path, "%s/core", s.folder);
    hdbg_status status = hdbg_core_write(s.r->team, path, NULL);
    int files = core_run_files_in(s.folder);
    umount(s.folder);
    assert_int_equal(status, HDBG_DEVICE_FULL);
    assert_int_equal(files, 0);
    core_run_expect_alive(&s);
    core_run_finish(&s);
}

static int kill_it(void *context, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    kill(*(hdbg_team_id *)context, SIGKILL);
    return 0;
}

static void a_team_that_dies_meanwhile_leaves_nothing(void **state)
{
    core_scene s;
    (void)state;
    core_run_start(&s, 64);
    hdbg_core_options options = {.size = sizeof options, .progress = kill_it, .progress_context = &s.id};
    core_run_attach(&s, 0);
    assert_status(hdbg_core_write(s.r->team, s.path, &options), HDBG_TEAM_GONE);
    assert_int_equal(core_run_files_in(s.folder), 0);
    rmdir(s.folder);
    assert_int_equal(run_to_end(s.r), -HDBG_SIGKILL);
    assert_int_equal(run_reap(s.id), -SIGKILL);
    run_free(s.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_canceled_one_leaves_nothing),
        cmocka_unit_test(one_beyond_the_limit_of_files_leaves_nothing_and_sends_no_signal),
        cmocka_unit_test(a_full_disk_leaves_nothing),
        cmocka_unit_test(a_team_that_dies_meanwhile_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

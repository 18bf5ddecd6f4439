/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Launching through the hosted kernel.
 */
#include "kernel_run.h"

#include <sys/stat.h>

/* ---- launching ---- */

static void a_launched_team_is_suspended_until_it_is_resumed(void **state)
{
    (void)state;
    kt_child c = kt_launch("exit7");
    hdbg_thread_info thread = {.size = sizeof thread};
    hdbg_team_info team = {.size = sizeof team};
    hdbg_team_status status;
    assert_int_equal(OPS->thread_info(CONTEXT, c.team, &thread), HDBG_OK);
    assert_int_equal(thread.state, HDBG_THREAD_SUSPENDED);
    assert_int_equal(OPS->team_info(CONTEXT, c.team, &team), HDBG_OK);
    assert_int_equal(team.parent, getpid());
    assert_int_equal(team.thread_count, 1);
    assert_int_equal(team.arch, HDBG_ARCH_X86_64);
    assert_non_null(strstr(team.arguments, "exit7"));
    assert_int_equal(OPS->reap(CONTEXT, c.team, &status, 0), HDBG_WOULD_BLOCK);
    assert_int_equal(OPS->reap(CONTEXT, c.team, &status, 20000), HDBG_TIMED_OUT);
    assert_int_equal(OPS->resume_thread(CONTEXT, c.team), HDBG_OK);
    kt_expect_end(&c, 7, -1);
}

static void all_images_of_a_launched_team_are_there(void **state)
{
    (void)state;
    kt_child c = kt_launch("exit7");
    hdbg_image_info image;
    int64_t cookie = 0;
    int libc = 0;
    assert_int_equal(OPS->next_image(CONTEXT, c.team, &cookie, &image), HDBG_OK);
    assert_int_equal(image.type, HDBG_IMAGE_APP);
    assert_string_equal(image.path, kt_self);
    while (OPS->next_image(CONTEXT, c.team, &cookie, &image) == HDBG_OK)
        libc |= strstr(image.path, "/libc.so") != NULL;
    assert_true(libc);
    OPS->resume_thread(CONTEXT, c.team);
    kt_expect_end(&c, 7, -1);
}

static hdbg_status launch_error(const char *path, const char *directory)
{
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = path,
                             .working_directory = directory,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1};
    hdbg_status status = OPS->launch(CONTEXT, &spec);
    assert_true(status < 0);
    assert_non_null(strstr(hdbg_last_error(), path));
    /* Nothing is left of it. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
    assert_int_equal(errno, ECHILD);
    return status;
}

static void what_cannot_be_launched_says_why(void **state)
{
    (void)state;
    char name[] = "/tmp/haikudbg-test-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "no program", 10), 10);
    fchmod(fd, 0644);
    close(fd);
    assert_int_equal(launch_error("/nowhere/program", NULL), HDBG_ENTRY_NOT_FOUND);
    assert_int_equal(launch_error("/tmp", NULL), HDBG_IS_A_DIRECTORY);
    assert_int_equal(launch_error(name, NULL), HDBG_PERMISSION_DENIED);
    chmod(name, 0755);
    assert_int_equal(launch_error(name, NULL), HDBG_NOT_AN_EXECUTABLE);
    fd = open(name, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "#!/nowhere/shell\n", 17), 17);
    close(fd);
    assert_int_equal(launch_error(name, NULL), HDBG_ENTRY_NOT_FOUND);
    assert_non_null(strstr(hdbg_last_error(), "interpreter"));
    unlink(name);
    assert_int_equal(launch_error("/bin/true", "/nowhere"), HDBG_ENTRY_NOT_FOUND);
    assert_non_null(strstr(hdbg_last_error(), "/nowhere"));
}

static void a_launch_obeys_directory_environment_and_group(void **state)
{
    (void)state;
    int out[2];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    const char *arguments[] = {"sh", "-c", "pwd; echo $WORD; cat /proc/self/personality", NULL};
    const char *environment[] = {"WORD=one  two", "PATH=/nowhere:/bin:/usr/bin", NULL};
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = "sh",
                             .arguments = arguments,
                             .environment = environment,
                             .working_directory = "/usr",
                             .standard_input = -1,
                             .standard_output = out[1],
                             .standard_error = -1,
                             .flags = HDBG_LAUNCH_SEARCH_PATH | HDBG_LAUNCH_NEW_GROUP |
                                      HDBG_LAUNCH_NO_RANDOMIZATION};
    kt_child c = {.in = -1, .out = out[0], .team = OPS->launch(CONTEXT, &spec)};
    hdbg_team_info info = {.size = sizeof info};
    assert_true(c.team > 0);
    close(out[1]);
    assert_int_equal(OPS->team_info(CONTEXT, c.team, &info), HDBG_OK);
    assert_int_equal(info.process_group, c.team);
    assert_int_equal(OPS->resume_thread(CONTEXT, c.team), HDBG_OK);
    kt_expect_line(&c, "/usr\n");
    kt_expect_line(&c, "one two\n");
    kt_expect_line(&c, "00040000");
    kt_expect_end(&c, 0, -1);
}

static void the_callers_own_children_are_left_alone(void **state)
{
    (void)state;
    int status;
    pid_t own = fork();
    if (own == 0)
        _exit(5);
    kt_child c = kt_launch("exit7");
    OPS->resume_thread(CONTEXT, c.team);
    kt_expect_end(&c, 7, -1);
    assert_int_equal(waitpid(own, &status, 0), own);
    assert_int_equal(WEXITSTATUS(status), 5);
    assert_int_equal(waitpid(-1, &status, WNOHANG | __WALL), -1); /* the nub is nobody's child */
    assert_int_equal(errno, ECHILD);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        _exit(kt_debuggee(argv[1])); /* a leak checker at exit does not work while traced */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_launched_team_is_suspended_until_it_is_resumed),
        cmocka_unit_test(all_images_of_a_launched_team_are_there),
        cmocka_unit_test(what_cannot_be_launched_says_why),
        cmocka_unit_test(a_launch_obeys_directory_environment_and_group),
        cmocka_unit_test(the_callers_own_children_are_left_alone),
    };
    return cmocka_run_group_tests(tests, kt_create, kt_destroy);
}

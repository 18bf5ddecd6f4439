/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What cannot be launched or attached is answered with a status and a sentence that says why, and nothing is
 * left behind.
 */
#define _GNU_SOURCE
#include <haikudbg/haikudbg.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, DYING_TEAMS = 200 };

typedef struct fixture {
    hdbg_session *session;
    char folder[64];
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/hdbg-bad-input-XXXXXX");
    *state = f;
    return mkdtemp(f->folder) && hdbg_session_create(NULL, &f->session) == HDBG_OK ? 0 : -1;
}

/* No child may be left: neither a trampoline nor a nub. */
static int teardown(void **state)
{
    fixture *f = *state;
    char command[128];
    hdbg_session_destroy(f->session);
    int left = waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    if (system(command) != 0)
        left = 1;
    free(f);
    return left;
}

static hdbg_status launch(fixture *f, const char *path, const char *working_directory)
{
    hdbg_launch_spec spec = {
        .size = sizeof spec,
        .path = path,
        .working_directory = working_directory,
        .standard_input = -1,
        .standard_output = -1,
        .standard_error = -1,
    };
    hdbg_team *team = NULL;
    hdbg_status status = hdbg_team_launch(f->session, &spec, &team);
    assert_null(status == HDBG_OK ? NULL : team);
    if (status == HDBG_OK) {
        hdbg_team_kill(team);
        hdbg_team_release(team);
    }
    return status;
}

static void assert_error_names(const char *what)
{
    if (!strstr(hdbg_last_error(), what))
        fail_msg("\"%s\" does not name \"%s\"", hdbg_last_error(), what);
}

static const char *write_file(fixture *f, const char *name, const char *content, mode_t mode)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
    return path;
}

/* A child that does nothing until it is killed, or this program ends. */
static pid_t sleeper(void)
{
    pid_t pid = fork();
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (pid == 0)
        pause();
    return pid;
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* ---- launching ---- */

static void missing_program_is_not_found_and_named(void **state)
{
    assert_int_equal(launch(*state, "/nowhere/program", NULL), HDBG_ENTRY_NOT_FOUND);
    assert_error_names("/nowhere/program");
}

static void directory_is_no_program(void **state)
{
    assert_int_equal(launch(*state, "/usr", NULL), HDBG_IS_A_DIRECTORY);
    assert_error_names("/usr");
}

static void file_without_permission_to_execute_is_refused(void **state)
{
    const char *path = write_file(*state, "plain", "#!/bin/sh\nexit 0\n", 0644);
    assert_int_equal(launch(*state, path, NULL), HDBG_PERMISSION_DENIED);
    assert_error_names(path);
}

static void file_that_is_no_executable_is_refused(void **state)
{
    const char *path = write_file(*state, "garbage", "neither ELF nor a script", 0755);
    assert_int_equal(launch(*state, path, NULL), HDBG_NOT_AN_EXECUTABLE);
    assert_error_names(path);
}

static void missing_working_directory_is_named(void **state)
{
    assert_int_equal(launch(*state, "/bin/true", "/nowhere/folder"), HDBG_ENTRY_NOT_FOUND);
    assert_error_names("/nowhere/folder");
}

static void truncated_program_is_refused_or_ends_at_once(void **state)
{
    char start[64];
    int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, start, sizeof start), sizeof start);
    close(fd);
    const char *path = write_file(*state, "truncated", "", 0755);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(fd, start, sizeof start), sizeof start);
    close(fd);
    assert_true(launch(*state, path, NULL) < 0);
    assert_error_names(path);
}

static void script_is_launched_as_its_interpreter(void **state)
{
    assert_int_equal(launch(*state, write_file(*state, "script", "#!/bin/sh\nexit 0\n", 0755), NULL),
                     HDBG_OK);
}

/* ---- attaching ---- */

static hdbg_status attach(fixture *f, hdbg_team_id id)
{
    hdbg_team *team = NULL;
    hdbg_status status = hdbg_team_attach(f->session, id, 0, &team);
    if (status == HDBG_OK) {
        hdbg_team_detach(team);
        hdbg_team_release(team);
    }
    return status;
}

static void team_that_does_not_exist_cannot_be_attached(void **state)
{
    pid_t gone = fork();
    if (gone == 0)
        _exit(0);
    waitpid(gone, NULL, 0);
    assert_int_equal(attach(*state, gone), HDBG_BAD_TEAM_ID);
    assert_int_equal(attach(*state, -5), HDBG_BAD_TEAM_ID);
}

static void own_team_cannot_be_attached(void **state)
{
    assert_int_equal(attach(*state, getpid()), HDBG_NOT_ALLOWED);
}

static void team_that_another_session_debugs_cannot_be_attached(void **state)
{
    hdbg_session *other;
    hdbg_team *team;
    pid_t pid = sleeper();
    assert_int_equal(hdbg_session_create(NULL, &other), HDBG_OK);
    assert_int_equal(hdbg_team_attach(other, pid, 0, &team), HDBG_OK);
    assert_int_equal(attach(*state, pid), HDBG_BAD_VALUE);
    hdbg_team_release(team);
    hdbg_session_destroy(other);
    assert_int_equal(attach(*state, pid), HDBG_OK);
    end_child(pid);
}

static void team_that_another_debugger_traces_is_refused_and_the_debugger_named(void **state)
{
    char own[32];
    pid_t pid = sleeper();
    assert_int_equal(ptrace(PTRACE_SEIZE, pid, NULL, NULL), 0);
    assert_int_equal(attach(*state, pid), HDBG_BAD_VALUE);
    snprintf(own, sizeof own, "%d", (int)getpid());
    assert_error_names(own);
    end_child(pid);
}

/* Runs `test` in a child, whose exit status it is. */
static void in_a_child(void (*test)(void *), void *argument)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        test(argument);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 0)
        fail_msg("failed in a child at line %d", WEXITSTATUS(status));
}

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "line %d: %s: last error: %s\n", __LINE__, #condition, hdbg_last_error());       \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

/* As a user who is not root. */
static void attach_to_a_team_of_root(void *argument)
{
    fixture f = {0};
    if (geteuid() == 0)
        CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    CHECK(hdbg_session_create(NULL, &f.session) == HDBG_OK);
    CHECK(attach(&f, *(pid_t *)argument) == HDBG_PERMISSION_DENIED);
    CHECK(strstr(hdbg_last_error(), "user"));
    hdbg_session_destroy(f.session);
}

/* A process that is neither ours nor the system's own, or 0. */
static pid_t find_process_of_another_user(void)
{
    struct dirent *entry;
    pid_t found = 0;
    DIR *processes = opendir("/proc");
    assert_non_null(processes);
    while (found == 0 && (entry = readdir(processes)) != NULL) {
        char path[PATH_MAX], line[8];
        struct stat info;
        pid_t pid = (pid_t)atoi(entry->d_name);
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        if (pid <= 1 || stat(path, &info) != 0 || info.st_uid == geteuid())
            continue;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (read(fd, line, sizeof line) > 0) /* a thread of the kernel has no command line */
            found = pid;
        close(fd);
    }
    closedir(processes);
    return found;
}

/* A process of another user. */
typedef struct stranger {
    pid_t pid, sudo; /* `sudo` made it, and ends when `input` is closed; or 0 */
    int input;
} stranger;

static stranger find_stranger(void)
{
    int ends[2];
    stranger s = {.pid = find_process_of_another_user()};
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    s.input = ends[1];
    if (s.pid == 0) {
        s.sudo = fork();
        if (s.sudo == 0) {
            dup2(ends[0], STDIN_FILENO);
            execlp("sudo", "sudo", "-n", "cat", NULL);
            _exit(127);
        }
        while (s.pid == 0 && waitpid(s.sudo, NULL, WNOHANG) == 0)
            s.pid = find_process_of_another_user();
    }
    close(ends[0]);
    assert_true(s.pid > 0);
    return s;
}

static void leave_stranger(const stranger *s)
{
    close(s->input);
    if (s->sudo > 0)
        assert_int_equal(waitpid(s->sudo, NULL, 0), s->sudo);
}

/* A copy of the nub's program that everybody may run: this tree can be in a folder that only its owner
 * enters. */
static void copy_the_nub(char *folder, char *copy, size_t size)
{
    struct stat info;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0755), 0);
    snprintf(copy, size, "%s/hdbg-nub", folder);
    int from = open(getenv("HAIKUDBG_NUB"), O_RDONLY | O_CLOEXEC);
    int to = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    assert_true(from >= 0 && to >= 0 && fstat(from, &info) == 0);
    for (off_t left = info.st_size; left > 0;) {
        ssize_t got = sendfile(to, from, NULL, (size_t)left);
        assert_true(got > 0);
        left -= got;
    }
    assert_int_equal(fchmod(to, 0755), 0);
    close(from);
    close(to);
}

static void team_of_another_user_is_refused_and_the_reason_told(void **state)
{
    (void)state;
    char folder[] = "/tmp/hdbg-nub-XXXXXX", copy[64], own[PATH_MAX];
    snprintf(own, sizeof own, "%s", getenv("HAIKUDBG_NUB"));
    copy_the_nub(folder, copy, sizeof copy);
    setenv("HAIKUDBG_NUB", copy, 1);
    if (geteuid() == 0) {
        pid_t pid = sleeper();
        in_a_child(attach_to_a_team_of_root, &pid);
        end_child(pid);
    } else {
        stranger s = find_stranger();
        in_a_child(attach_to_a_team_of_root, &s.pid);
        leave_stranger(&s);
    }
    setenv("HAIKUDBG_NUB", own, 1);
    assert_int_equal(unlink(copy), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* As in a container whose system call filter denies ptrace(). */
static void forbid_ptrace(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof *code, code};
    /* LeakSanitizer stops a program's threads by ptrace() when it ends: it cannot look over this nub. */
    const char *options = getenv("ASAN_OPTIONS");
    char without_leaks[1024];
    snprintf(without_leaks, sizeof without_leaks, "%s:detect_leaks=0", options ? options : "");
    CHECK(setenv("ASAN_OPTIONS", without_leaks, 1) == 0);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

static void attach_without_ptrace(void *argument)
{
    fixture f = {0};
    forbid_ptrace();
    CHECK(hdbg_session_create(NULL, &f.session) == HDBG_OK);
    CHECK(attach(&f, *(pid_t *)argument) == HDBG_PERMISSION_DENIED);
    CHECK(strstr(hdbg_last_error(), "container"));
    CHECK(launch(&f, "/bin/true", NULL) == HDBG_PERMISSION_DENIED);
    hdbg_session_destroy(f.session);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void policy_that_denies_tracing_is_named(void **state)
{
    (void)state;
    pid_t pid = sleeper();
    in_a_child(attach_without_ptrace, &pid);
    end_child(pid);
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return written;
}

/* A system whose Yama has this setting: in a file system of this process's own, over the real one's. */
static bool pretend_yama(const char *scope)
{
    if (unshare(CLONE_NEWNS) != 0)
        return false;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", "/proc/sys/kernel", "tmpfs", 0, NULL) == 0 &&
           mkdir("/proc/sys/kernel/yama", 0755) == 0 &&
           write_text("/proc/sys/kernel/yama/ptrace_scope", scope);
}

#define AS_ROOT "attach-under-yama" /* this program's argument */

typedef struct yama_case {
    const char *scope, *sentence;
    pid_t victim;
} yama_case;

static void attach_under_yama(void *argument)
{
    const yama_case *yama = argument;
    fixture f = {0};
    char setting[64];
    snprintf(setting, sizeof setting, "/proc/sys/kernel/yama/ptrace_scope is %.1s: ", yama->scope);
    CHECK(pretend_yama(yama->scope));
    forbid_ptrace();
    CHECK(hdbg_session_create(NULL, &f.session) == HDBG_OK);
    CHECK(attach(&f, yama->victim) == HDBG_PERMISSION_DENIED);
    CHECK(strstr(hdbg_last_error(), setting) && strstr(hdbg_last_error(), yama->sentence));
    CHECK(launch(&f, "/bin/true", NULL) == HDBG_PERMISSION_DENIED);
    CHECK(strstr(hdbg_last_error(), setting) && strstr(hdbg_last_error(), yama->sentence));
    hdbg_session_destroy(f.session);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* Only root may have a file system of its own. Whoever is not is so in a namespace of users; it is entered by
 * a program that starts this one anew, as one that has threads, such as ThreadSanitizer's, cannot enter. */
static void attach_under_yama_as_root(void *argument)
{
    const yama_case *yama = argument;
    char victim[16], own[PATH_MAX] = ""; /* not /proc/self/exe, which is the one that enters, there */
    if (geteuid() == 0) {
        attach_under_yama(argument);
        return;
    }
    snprintf(victim, sizeof victim, "%d", (int)yama->victim);
    CHECK(readlink("/proc/self/exe", own, sizeof own - 1) > 0);
    execlp("unshare", "unshare", "--map-root-user", own, AS_ROOT, yama->scope, yama->sentence, victim, NULL);
    _exit(1);
}

static void each_setting_of_yama_is_told_by_name_and_meaning(void **state)
{
    (void)state;
    yama_case cases[] = {
        {"1\n", "only its parents and root", 0},
        {"2\n", "only root may debug", 0},
        {"3\n", "nobody may debug", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cases[i].victim = sleeper();
        in_a_child(attach_under_yama_as_root, &cases[i]);
        end_child(cases[i].victim);
    }
}

static void teams_that_die_during_the_attach_are_gone_and_nothing_hangs(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < DYING_TEAMS; i++) {
        hdbg_team *team = NULL;
        pid_t pid = fork();
        if (pid == 0) {
            for (volatile int n = i * 200; n > 0; n--) {
            }
            _exit(7);
        }
        hdbg_status status = hdbg_team_attach(f->session, pid, 0, &team);
        if (status == HDBG_OK) {
            hdbg_wait_filter filter = {.size = sizeof filter, .team = pid};
            hdbg_event *event;
            assert_int_equal(hdbg_wait(f->session, &filter, 10000000, &event), HDBG_OK);
            assert_int_equal(hdbg_event_type_of(event), HDBG_EVENT_TEAM_DELETED);
            hdbg_event_release(event);
            hdbg_team_release(team);
        } else if (status != HDBG_TEAM_GONE && status != HDBG_BAD_TEAM_ID) {
            fail_msg("attaching to a dying team: %s (%s)", hdbg_status_name(status), hdbg_last_error());
        }
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    }
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], AS_ROOT) == 0) {
        attach_under_yama(&(yama_case){argv[2], argv[3], (pid_t)atoi(argv[4])});
        _exit(0); /* LeakSanitizer would look as soon as main() returns, by ptrace, which is denied here */
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(missing_program_is_not_found_and_named),
        TEST(directory_is_no_program),
        TEST(file_without_permission_to_execute_is_refused),
        TEST(file_that_is_no_executable_is_refused),
        TEST(missing_working_directory_is_named),
        TEST(truncated_program_is_refused_or_ends_at_once),
        TEST(script_is_launched_as_its_interpreter),
        TEST(team_that_does_not_exist_cannot_be_attached),
        TEST(own_team_cannot_be_attached),
        TEST(team_that_another_session_debugs_cannot_be_attached),
        TEST(team_that_another_debugger_traces_is_refused_and_the_debugger_named),
        TEST(team_of_another_user_is_refused_and_the_reason_told),
        TEST(policy_that_denies_tracing_is_named),
        TEST(each_setting_of_yama_is_told_by_name_and_meaning),
        TEST(teams_that_die_during_the_attach_are_gone_and_nothing_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A program written for Haiku that checks what truth.c does not: the SDK's own answers, without a debugger.
 * Prints what is wrong; its exit status is the number of those.
 */
#include <OS.h>
#include <debugger.h>
#include <errno.h>
#include <image.h>
#include <signal.h>
#include <stdio.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failures;
static volatile int handled;
extern char **environ;

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            printf("selftest: line %d: %s does not hold\n", __LINE__, #condition);                           \
            failures++;                                                                                      \
        }                                                                                                    \
    } while (0)

static void count(int number)
{
    (void)number;
    handled++;
}

static int32 doubled(void *data)
{
    return 2 * (int32)(intptr_t)data;
}

static int32 leaving(void *data)
{
    (void)data;
    exit_thread(7);
    return 0;
}

/* Sends a signal until it has been handled: whoever waits is surely interrupted. */
static int32 interrupting(void *data)
{
    while (!handled) {
        kill(getpid(), (int)(intptr_t)data);
        snooze(20000);
    }
    return 0;
}

static void check_threads(void)
{
    thread_info info;
    status_t value = 0;
    thread_id thread = spawn_thread(doubled, "doubling", B_NORMAL_PRIORITY, (void *)21);
    CHECK(thread > 0 && thread != find_thread(NULL));
    CHECK(get_thread_info(thread, &info) == B_OK && info.state == B_THREAD_SUSPENDED);
    CHECK(info.team == getpid() && strcmp(info.name, "doubling") == 0);
    CHECK(resume_thread(thread) == B_OK);
    CHECK(wait_for_thread(thread, &value) == B_OK && value == 42);
    CHECK(wait_for_thread(thread, &value) == B_BAD_THREAD_ID);
    CHECK(resume_thread(thread) == B_BAD_THREAD_ID);
    thread = spawn_thread(leaving, NULL, B_NORMAL_PRIORITY, NULL);
    CHECK(wait_for_thread(thread, &value) == B_OK && value == 7);
}

static void check_ports(void)
{
    char buffer[8] = "";
    int32 code = 0;
    port_info info;
    port_id port = create_port(1, "a port");
    CHECK(port > 0);
    CHECK(write_port(port, 17, "12345", 6) == B_OK);
    CHECK(write_port_etc(port, 18, NULL, 0, B_RELATIVE_TIMEOUT, 0) == B_WOULD_BLOCK);
    CHECK(write_port_etc(port, 18, NULL, 0, B_RELATIVE_TIMEOUT, 1000) == B_TIMED_OUT);
    CHECK(write_port_etc(port, 18, NULL, 0, B_ABSOLUTE_TIMEOUT, system_time() + 1000) == B_TIMED_OUT);
    CHECK(get_port_info(port, &info) == B_OK && info.capacity == 1 && strcmp(info.name, "a port") == 0);
    CHECK(port_count(port) == 1 && port_buffer_size(port) == 6);
    CHECK(read_port(port, &code, buffer, 3) == 3 && code == 17 && memcmp(buffer, "123", 4) == 0);
    CHECK(delete_port(port) == B_OK && delete_port(port) == B_BAD_PORT_ID);
}

static void check_signals(void)
{
    sigset_t set, old;
    struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART}, got;
    handled = 0;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(sigaction(SIGUSR1, NULL, &got) == 0 && got.sa_handler == count && got.sa_flags == SA_RESTART);
    CHECK(signal(SIGUSR1, count) == count);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(set == 1UL << 17);
    CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
    CHECK(raise(SIGUSR1) == 0 && handled == 0);
    CHECK(sigpending(&set) == 0 && set == 1UL << 17);
    CHECK(sigprocmask(SIG_SETMASK, &old, &set) == 0 && set == (old | 1UL << 17) && handled == 1);
    CHECK(raise(200) == -1 && errno == EINVAL);
    handled = 0;
    thread_id thread = spawn_thread(interrupting, "interrupting", B_NORMAL_PRIORITY, (void *)SIGUSR1);
    sigprocmask(SIG_SETMASK, NULL, &old);
    resume_thread(thread);
    status_t status = B_OK;
    while (status == B_OK && !handled)
        status = snooze(10000000);
    CHECK(status == B_INTERRUPTED || status == B_OK);
    CHECK(handled > 0);
    wait_for_thread(thread, NULL);
}

/* In a child of its own, so that no other thread can take the signal. */
static void check_interrupted_snooze(void)
{
    pid_t child = fork();
    int status = 0;
    if (child == 0) {
        signal(SIGUSR2, count);
        _exit(snooze(20000000) == B_INTERRUPTED ? 3 : 4);
    }
    while (waitpid(child, &status, WNOHANG) == 0) {
        snooze(200000);
        kill(child, SIGUSR2);
    }
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 3) ||
          (WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR2));
}

static void check_children(void)
{
    int status = -1;
    status_t value = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(9);
    CHECK(waitpid(child, &status, 0) == child && status == 9 && WIFEXITED(status));
    child = fork();
    if (child == 0) {
        raise(SIGBUS);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && !WIFEXITED(status) && WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGBUS);
    child = fork();
    if (child == 0)
        abort();
    CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGABRT);
    child = fork();
    if (child == 0)
        debugger("there is none");
    CHECK(waitpid(child, &status, 0) == child && status == 1);
    const char *arguments[] = {"/bin/sh", "-c", "exit 5", NULL}, *missing[] = {"/nowhere", NULL};
    thread_id team = load_image(3, arguments, (const char **)environ);
    CHECK(team > 0 && resume_thread(team) == B_OK && wait_for_thread(team, &value) == B_OK && value == 5);
    CHECK(load_image(1, missing, (const char **)environ) == B_ENTRY_NOT_FOUND);
}

static void check_areas(void)
{
    void *address = NULL;
    area_info info;
    area_id area =
        create_area("mine", &address, B_ANY_ADDRESS, 2 * B_PAGE_SIZE, B_NO_LOCK, B_READ_AREA | B_WRITE_AREA);
    CHECK(area > 0 && address != NULL);
    CHECK(get_area_info(area, &info) == B_OK && info.size == 2 * B_PAGE_SIZE && info.address == address);
    CHECK(strcmp(info.name, "mine") == 0 && info.team == getpid());
    memset(address, 1, 2 * B_PAGE_SIZE);
    CHECK(delete_area(area) == B_OK && delete_area(area) != B_OK);
    CHECK(create_area("mine", &address, B_ANY_ADDRESS, 17, B_NO_LOCK, B_READ_AREA) == B_BAD_VALUE);
}

/* What a debugger asks about ports by name, and of other teams. */
static void check_lists(void)
{
    port_info port;
    int32 cookie = 0, found = 0;
    port_id mine = create_port(3, "selftest's");
    CHECK(find_port("selftest's") == mine && find_port("nobody's") == B_NAME_NOT_FOUND);
    CHECK(find_port("kernel listener") >= 0);
    while (get_next_port_info(B_CURRENT_TEAM, &cookie, &port) == B_OK)
        found += port.port == mine;
    CHECK(found == 1);
    CHECK(set_port_owner(mine, getpid()) == B_OK && set_port_owner(mine, getppid()) == B_NOT_ALLOWED);
    CHECK(_get_port_info(mine, &port, 1) == B_BAD_VALUE);
    delete_port(mine);

    team_info team;
    int self = 0;
    for (cookie = 0; get_next_team_info(&cookie, &team) == B_OK;)
        self += team.team == getpid();
    CHECK(self == 1);
    team_usage_info usage = {-1, -1};
    CHECK(get_team_usage_info(B_CURRENT_TEAM, B_TEAM_USAGE_SELF, &usage) == B_OK && usage.user_time >= 0);
    CHECK(get_team_usage_info(B_CURRENT_TEAM, 5, &usage) == B_BAD_VALUE);
    CHECK(get_team_usage_info(0x3fffffff, B_TEAM_USAGE_CHILDREN, &usage) == B_BAD_TEAM_ID);

    image_info image, again;
    cookie = 0;
    CHECK(get_next_image_info(B_CURRENT_TEAM, &cookie, &image) == B_OK);
    CHECK(get_image_info(image.id, &again) == B_OK && again.text == image.text);
    CHECK(get_image_info(-5, &again) == B_BAD_VALUE);
}

/* Areas of another team keep their ids, and lose them when they go. */
static void check_areas_of_others(void)
{
    area_info first, next, again;
    ssize_t cookie = 0;
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        for (;;)
            snooze(1000000);
    }
    CHECK(get_next_area_info(child, &cookie, &first) == B_OK && first.team == child && first.size > 0);
    CHECK(get_next_area_info(child, &cookie, &next) == B_OK && next.area != first.area);
    cookie = 0;
    CHECK(get_next_area_info(child, &cookie, &again) == B_OK && again.area == first.area);
    CHECK(get_area_info(first.area, &again) == B_OK && again.address == first.address);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGKILL);
    CHECK(get_area_info(first.area, &again) == B_BAD_VALUE);
    void *address = NULL;
    area_id own = create_area("to be found", &address, B_ANY_ADDRESS, B_PAGE_SIZE, B_NO_LOCK, B_READ_AREA);
    CHECK(find_area("to be found") == own && area_for(address) == own);
    delete_area(own);
    CHECK(find_area("to be found") == B_NAME_NOT_FOUND);
}

/* errno is a status of Haiku's, and so are the errors that functions answer. */
static void check_errors(void)
{
    struct utsname name;
    struct timespec past = {1, 0};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    CHECK(access("/nowhere", F_OK) == -1 && errno == B_ENTRY_NOT_FOUND && errno == ENOENT);
    CHECK(close(-1) == -1 && errno == EBADF && errno == B_FILE_ERROR);
    errno = 0;
    CHECK(errno == 0);
    pthread_mutex_lock(&mutex);
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
    CHECK(pthread_cond_timedwait(&condition, &mutex, &past) == B_TIMED_OUT);
    pthread_mutex_unlock(&mutex);
    CHECK(uname(&name) == 0 && strcmp(name.sysname, "Haiku") == 0 && strcmp(name.machine, "x86_64") == 0);
    CHECK(strncmp(name.version, "hrev", 4) == 0);
    CHECK(system_time_nsecs() / 1000 - system_time() < 1000000);
}

/* A signal that is waited for instead of handled. */
static void check_awaited_signals(void)
{
    struct timespec none = {0, 0};
    sigset_t set;
    siginfo_t info;
    int number = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    CHECK(sigtimedwait(&set, &info, &none) == -1 && errno == B_WOULD_BLOCK);
    raise(SIGUSR2);
    CHECK(sigtimedwait(&set, &info, &none) == SIGUSR2 && info.si_signo == SIGUSR2 && info.si_pid == getpid());
    pthread_kill(pthread_self(), SIGUSR2);
    CHECK(sigwait(&set, &number) == 0 && number == SIGUSR2);
    CHECK(pthread_kill(pthread_self(), 200) == B_BAD_VALUE);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int main(void)
{
    team_info team;
    CHECK(strcmp(strerror(B_BAD_VALUE), "Invalid Argument") == 0);
    CHECK(strcmp(strerror(ENOENT), "No such file or directory") == 0);
    CHECK(get_team_info(B_CURRENT_TEAM, &team) == B_OK && team.team == getpid() &&
          team.debugger_nub_port < 0);
    check_threads();
    check_ports();
    check_signals();
    check_interrupted_snooze();
    check_children();
    check_areas();
    check_lists();
    check_areas_of_others();
    check_errors();
    check_awaited_signals();
    if (failures == 0)
        printf("selftest: the SDK answers as Haiku does\n");
    return failures;
}

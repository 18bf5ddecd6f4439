/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Sessions with real processes are recorded, and played again without any.
 */
#define _GNU_SOURCE
#include "session_run.h"

#include <haikudbg/mock_player.h>

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 25, PATIENCE = 20 * 1000 * 1000, PLAYED_PATIENCE = 5 * 60 * 1000 * 1000 };

/* ---- a folder of the test's own ---- */

static int setup(void **state)
{
    char *path = strdup("/tmp/haikudbg-recorded-XXXXXX");
    setenv("HAIKUDBG_NUB", HDBG_TEST_NUB, 0);
    *state = path;
    return path != NULL && mkdtemp(path) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    DIR *folder = opendir(*state);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder != NULL)
        closedir(folder);
    rmdir(*state);
    free(*state);
    return 0;
}

static const char *file_in(void **state, const char *name, char path[300])
{
    snprintf(path, 300, "%s/%s", (const char *)*state, name);
    return path;
}

/* ---- the program: what it sees is a text ---- */

typedef struct seen_text {
    char chars[16384];
    size_t length;
    char wrong[300]; /* what failed, in whichever thread: the main one looks at it */
} seen_text;

static void see(seen_text *seen, const char *format, ...) HDBG_PRINTF(2, 3);

static void see(seen_text *seen, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(seen->chars + seen->length, sizeof seen->chars - seen->length, format, arguments);
    va_end(arguments);
    seen->length += (size_t)length;
    if (seen->length >= sizeof seen->chars) {
        seen->length = sizeof seen->chars - 1;
        snprintf(seen->wrong, sizeof seen->wrong, "there is more to be seen than has room");
    }
}

/* An assertion for any thread: cmocka's may fail in the main one alone. */
static bool holds(seen_text *seen, hdbg_status status, const char *what)
{
    if (status != HDBG_OK && *seen->wrong == '\0')
        snprintf(seen->wrong, sizeof seen->wrong, "%s: %s, %s", what, hdbg_status_name(status),
                 hdbg_last_error());
    return status == HDBG_OK;
}

static hdbg_address find(hdbg_team *team, const char *name, seen_text *seen)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    return holds(seen, hdbg_symbol_by_name(team, 0, name, &symbol), name) ? symbol.address : 0;
}

/* Takes an event. @return its type, or an error. */
static int32_t see_event(hdbg_session *session, seen_text *seen, hdbg_thread **thread)
{
    char line[1200];
    hdbg_event *event;
    hdbg_status status = hdbg_wait(session, NULL, PATIENCE, &event);
    *thread = NULL;
    if (status != HDBG_OK) {
        see(seen, "no event: %s\n", hdbg_last_error());
        return status;
    }
    hdbg_event_describe(event, line, sizeof line);
    see(seen, "%s at %" PRId64 "\n", line, hdbg_event_time(event));
    int32_t type = hdbg_event_type_of(event);
    if (hdbg_event_thread(event) != NULL)
        *thread = hdbg_thread_retain(hdbg_event_thread(event));
    hdbg_event_release(event);
    return type;
}

static void see_memory(hdbg_team *team, hdbg_address address, seen_text *seen)
{
    char text[64] = "";
    size_t got = 0;
    hdbg_status status = hdbg_memory_read(team, address, text, 11, &got);
    see(seen, "memory: %s %zu '%s'\n", hdbg_status_name(status), got, text);
    status = hdbg_memory_read(team, 0x10, text, 11, &got);
    see(seen, "nowhere: %s, %s\n", hdbg_status_name(status), hdbg_last_error());
}

/* Leads a team from a breakpoint in marked() to its end. */
static void lead(hdbg_session *session, hdbg_team *team, seen_text *seen)
{
    hdbg_address at = find(team, "marked", seen), text = find(team, "mark_text", seen);
    hdbg_thread *thread = hdbg_team_main_thread(team);
    see(seen, "breakpoint: %s\n", hdbg_status_name(hdbg_breakpoint_set(team, at)));
    hdbg_thread_resume(thread, NULL);
    int steps = 0;
    int32_t type = 0;
    while (type >= 0 && type != HDBG_EVENT_TEAM_DELETED) {
        hdbg_thread_release(thread);
        type = see_event(session, seen, &thread);
        if (type == HDBG_EVENT_BREAKPOINT_HIT && steps == 0)
            see_memory(team, text, seen);
        if (thread == NULL)
            continue;
        if (type == HDBG_EVENT_SINGLE_STEP || type == HDBG_EVENT_BREAKPOINT_HIT)
            steps++ < STEPS ? hdbg_thread_step(thread) : hdbg_thread_resume(thread, NULL);
        else
            hdbg_thread_resume(thread, NULL);
    }
    hdbg_thread_release(thread);
    hdbg_team_end end = {.size = sizeof end};
    hdbg_team_end_get(team, &end);
    see(seen, "ended: %d %d\n", (int)end.status, (int)end.signal);
}

static void run_program(hdbg_kernel *kernel, const char *argument, seen_text *seen)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, "recorded");
    const char *const arguments[] = {path, argument, NULL};
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = path,
                             .arguments = arguments,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1};
    hdbg_session_options options = {.size = sizeof options, .kernel = kernel};
    hdbg_session *session;
    hdbg_team *team;
    seen->length = 0;
    seen->wrong[0] = '\0';
    if (!holds(seen, hdbg_session_create(&options, &session), "create a session"))
        return;
    hdbg_status status = hdbg_team_launch(session, &spec, &team);
    see(seen, "launch: %s\n", hdbg_status_name(status));
    if (status == HDBG_OK) {
        lead(session, team, seen);
        hdbg_team_release(team);
    }
    hdbg_session_destroy(session);
}

static void record_anywhere(const char *path, const char *argument, seen_text *seen)
{
    hdbg_kernel *kernel, *recorded;
    seen->wrong[0] = '\0';
    if (!holds(seen, hdbg_kernel_create(&kernel), "create a kernel"))
        return;
    if (!holds(seen, hdbg_kernel_record(kernel, path, &recorded), "record it")) {
        hdbg_kernel_destroy(kernel);
        return;
    }
    run_program(recorded, argument, seen);
    holds(seen, hdbg_kernel_record_status(recorded), "record all");
    hdbg_kernel_destroy(recorded);
}

static void record(const char *path, const char *argument, seen_text *seen)
{
    record_anywhere(path, argument, seen);
    assert_string_equal(seen->wrong, "");
}

/* Threads of a machine that is busy may come late to their turns. */
static hdbg_player *player_of(const char *path)
{
    hdbg_player *player;
    hdbg_player_options options = {.size = sizeof options, .patience = PLAYED_PATIENCE};
    assert_int_equal(hdbg_player_create(path, &options, &player), HDBG_OK);
    return player;
}

static void play(const char *path, const char *argument, const seen_text *expected)
{
    static seen_text seen;
    hdbg_player *player = player_of(path);
    run_program(hdbg_player_kernel(player), argument, &seen);
    const char *wrong = hdbg_player_verify(player);
    assert_string_equal(wrong != NULL ? wrong : "", "");
    assert_string_equal(seen.wrong, "");
    assert_string_equal(seen.chars, expected->chars);
    hdbg_player_destroy(player);
}

/* ---- tests ---- */

static void a_run_to_its_exit_is_played_without_a_process(void **state)
{
    static seen_text seen;
    char path[300];
    record(file_in(state, "exit", path), "exit", &seen);
    assert_non_null(strstr(seen.chars, "BREAKPOINT_HIT at 0x"));
    assert_non_null(strstr(seen.chars, "memory: B_OK 11 'marked text'"));
    assert_non_null(strstr(seen.chars, "SINGLE_STEP at 0x"));
    assert_non_null(strstr(seen.chars, "SIGNAL_RECEIVED SIGUSR1"));
    assert_non_null(strstr(seen.chars, "ended: 5 -1"));
    play(path, "exit", &seen);
}

static void a_crash_is_played_without_a_process(void **state)
{
    static seen_text seen;
    char path[300];
    record(file_in(state, "crash", path), "crash", &seen);
    assert_non_null(strstr(seen.chars, "EXCEPTION_OCCURRED segment violation, SIGSEGV will be sent"));
    assert_non_null(strstr(seen.chars, "ended: -1 11"));
    play(path, "crash", &seen);
}

static void another_program_on_a_recording_is_told_where_it_differs(void **state)
{
    static seen_text seen;
    char path[300];
    record(file_in(state, "exit", path), "exit", &seen);
    hdbg_player *player = player_of(path);
    run_program(hdbg_player_kernel(player), "crash", &seen);
    assert_string_equal(seen.chars, "launch: HDBG_NUB_LOST\n");
    const char *wrong = hdbg_player_verify(player);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "  expected: launch path="));
    assert_non_null(strstr(wrong, " \"exit\" environment=none"));
    assert_non_null(strstr(wrong, " \"crash\" environment=none"));
    hdbg_player_destroy(player);
}

/* A thread that takes all events, while the main one makes requests between them. */
typedef struct pump {
    hdbg_session *session;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int told, answered; /* stops that the pump has seen, and that the main thread has dealt with */
    int over;
    hdbg_thread *thread;
    seen_text seen;
} pump;

static void *pump_run(void *argument)
{
    pump *p = argument;
    int32_t type = 0;
    while (type >= 0 && type != HDBG_EVENT_TEAM_DELETED) {
        hdbg_thread *thread;
        type = see_event(p->session, &p->seen, &thread);
        pthread_mutex_lock(&p->lock);
        p->thread = thread;
        p->told++;
        p->over = type < 0 || type == HDBG_EVENT_TEAM_DELETED;
        pthread_cond_broadcast(&p->changed);
        while (p->answered < p->told)
            pthread_cond_wait(&p->changed, &p->lock);
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

static void run_with_pump(hdbg_kernel *kernel, pump *p)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, "recorded");
    hdbg_launch_spec spec = {.size = sizeof spec, .path = path};
    spec.standard_input = spec.standard_output = spec.standard_error = -1;
    hdbg_session_options options = {.size = sizeof options, .kernel = kernel};
    hdbg_team *team;
    pthread_t thread;
    memset(p, 0, sizeof *p);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    assert_int_equal(hdbg_session_create(&options, &p->session), HDBG_OK);
    assert_int_equal(hdbg_team_launch(p->session, &spec, &team), HDBG_OK);
    assert_int_equal(hdbg_breakpoint_set(team, run_symbol(team, "marked")), HDBG_OK);
    hdbg_thread *main_thread = hdbg_team_main_thread(team);
    hdbg_thread_resume(main_thread, NULL);
    hdbg_thread_release(main_thread);
    assert_int_equal(pthread_create(&thread, NULL, pump_run, p), 0);
    for (int over = 0; !over;) {
        pthread_mutex_lock(&p->lock);
        while (p->told == p->answered)
            pthread_cond_wait(&p->changed, &p->lock);
        over = p->over;
        if (!over)
            see_memory(team, run_symbol(team, "mark_text"), &p->seen);
        if (p->thread != NULL)
            hdbg_thread_resume(p->thread, NULL);
        hdbg_thread_release(p->thread);
        p->answered++;
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->lock);
    }
    pthread_join(thread, NULL);
    assert_string_equal(p->seen.wrong, "");
    hdbg_team_release(team);
    hdbg_session_destroy(p->session);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
}

static void a_thread_for_events_beside_one_for_requests_is_played(void **state)
{
    static pump recorded_pump, played_pump;
    char path[300];
    hdbg_kernel *kernel, *recorded;
    assert_int_equal(hdbg_kernel_create(&kernel), HDBG_OK);
    assert_int_equal(hdbg_kernel_record(kernel, file_in(state, "a", path), &recorded), HDBG_OK);
    run_with_pump(recorded, &recorded_pump);
    hdbg_kernel_destroy(recorded);
    assert_non_null(strstr(recorded_pump.seen.chars, "TEAM_DELETED with status 5"));

    hdbg_player *player = player_of(path);
    run_with_pump(hdbg_player_kernel(player), &played_pump);
    const char *wrong = hdbg_player_verify(player);
    assert_string_equal(wrong != NULL ? wrong : "", "");
    assert_string_equal(played_pump.seen.chars, recorded_pump.seen.chars);
    hdbg_player_destroy(player);
}

typedef struct both {
    const char *path;
    const char *argument;
    seen_text seen;
} both;

static void *record_in_thread(void *argument)
{
    both *b = argument;
    record_anywhere(b->path, b->argument, &b->seen);
    return NULL;
}

static void sessions_of_two_threads_at_once_are_recorded_each_for_itself(void **state)
{
    static both all[2];
    char paths[2][300];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        all[i].path = file_in(state, i == 0 ? "one" : "two", paths[i]);
        all[i].argument = i == 0 ? "exit" : "crash";
        assert_int_equal(pthread_create(&threads[i], NULL, record_in_thread, &all[i]), 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++)
        assert_string_equal(all[i].seen.wrong, "");
    for (int i = 0; i < 2; i++)
        play(all[i].path, all[i].argument, &all[i].seen);
}

/* ---- the tools ---- */

/* Runs a command, and takes the first bytes that it prints. @return its exit status. */
static int run_command(const char *command, char *output, size_t size)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t length = fread(output, 1, size - 1, pipe);
    output[length] = '\0';
    char rest[4096];
    while (fread(rest, 1, sizeof rest, pipe) > 0) {
    }
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_tool_is_recorded_by_the_environment_and_printed(void **state)
{
    static char output[65536];
    char command[1200], path[300];
    file_in(state, "ps", path);
    snprintf(command, sizeof command, "HAIKUDBG_RECORD=%s %s/hdbg-ps -T %d 2>&1", path, HDBG_TEST_TOOLS,
             (int)getpid());
    assert_int_equal(run_command(command, output, sizeof output), 0);

    snprintf(command, sizeof command, "%s/hdbg-recording %s 2>&1", HDBG_TEST_TOOLS, path);
    assert_int_equal(run_command(command, output, sizeof output), 0);
    assert_int_equal(strncmp(output, "recorded 20", 11), 0);
    assert_non_null(strstr(output, ", messages of R1/beta"));
    char expected[64];
    snprintf(expected, sizeof expected, "next_thread           team=%d cookie=0 = 0 cookie=", (int)getpid());
    assert_non_null(strstr(output, expected));

    snprintf(command, sizeof command, "%s/hdbg-recording --json --call next_thread %s 2>&1", HDBG_TEST_TOOLS,
             path);
    assert_int_equal(run_command(command, output, sizeof output), 0);
    assert_int_equal(strncmp(output, "{\"number\":", 10), 0);
    snprintf(expected, sizeof expected, "\"in\":{\"team\":%d,\"cookie\":0},\"result\":0,", (int)getpid());
    assert_non_null(strstr(output, expected));

    assert_int_equal(truncate(path, 300), 0);
    snprintf(command, sizeof command, "%s/hdbg-recording %s 2>&1 >/dev/null", HDBG_TEST_TOOLS, path);
    assert_int_equal(run_command(command, output, sizeof output), 1);
    assert_int_equal(strncmp(output, "hdbg-recording: the recording ", 30), 0);
}

static void a_recording_that_cannot_be_made_is_why_there_is_no_kernel(void **state)
{
    hdbg_kernel *kernel;
    (void)state;
    setenv("HAIKUDBG_RECORD", "/no/such/folder/file", 1);
    assert_int_equal(hdbg_kernel_create(&kernel), HDBG_ENTRY_NOT_FOUND);
    assert_string_equal(hdbg_last_error(),
                        "cannot make the recording /no/such/folder/file: No such file or directory");
    assert_null(kernel);
    unsetenv("HAIKUDBG_RECORD");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_to_its_exit_is_played_without_a_process),
        TEST(a_crash_is_played_without_a_process),
        TEST(another_program_on_a_recording_is_told_where_it_differs),
        TEST(a_thread_for_events_beside_one_for_requests_is_played),
        TEST(sessions_of_two_threads_at_once_are_recorded_each_for_itself),
        TEST(a_tool_is_recorded_by_the_environment_and_printed),
        TEST(a_recording_that_cannot_be_made_is_why_there_is_no_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

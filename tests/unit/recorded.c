/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the unit tests of recordings share.
 */
#define _GNU_SOURCE
#include "recorded.h"

#include <dirent.h>
#include <inttypes.h>
#include <unistd.h>

int folder_setup(void **state)
{
    char *path = strdup("/tmp/haikudbg-recorded-XXXXXX");
    if (path == NULL || mkdtemp(path) == NULL)
        return -1;
    *state = path;
    return 0;
}

int folder_teardown(void **state)
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

const char *file_in(void **state, const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", (const char *)*state, name);
    return path;
}

uint8_t *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

/* ---- the program ---- */

typedef struct seen_text {
    char *chars;
    size_t size, length;
} seen_text;

static void see(seen_text *seen, const char *format, ...) HDBG_PRINTF(2, 3);

static void see(seen_text *seen, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(seen->chars + seen->length, seen->size - seen->length, format, arguments);
    va_end(arguments);
    seen->length += (size_t)length;
    assert_true(seen->length < seen->size);
}

static hdbg_event *see_next(hdbg_session *session, seen_text *seen)
{
    char line[256];
    hdbg_event *event = NULL;
    hdbg_status status = hdbg_wait(session, NULL, 1000000, &event);
    if (status != HDBG_OK) {
        see(seen, "no event: %s\n", hdbg_status_name(status));
        return NULL;
    }
    hdbg_event_describe(event, line, sizeof line);
    see(seen, "%s at %" PRId64 "\n", line, hdbg_event_time(event));
    return event;
}

static void see_memory(hdbg_team *team, seen_text *seen)
{
    char text[6] = "";
    size_t got = 0;
    hdbg_status status = hdbg_memory_read(team, RECORDED_CODE, text, 5, &got);
    see(seen, "memory: %s, %zu, %s\n", hdbg_status_name(status), got, text);
    status = hdbg_memory_read(team, 0x999000, text, 5, &got);
    see(seen, "nothing: %s, %s\n", hdbg_status_name(status), hdbg_last_error());
}

static void make_event(hdbg_mock *mock, int32_t type, int32_t signal)
{
    hdbg_nub_event event = {.type = type, .thread = RECORDED_TEAM, .team = RECORDED_TEAM};
    event.data.signal.signal = signal;
    if (type == HDBG_EVENT_BREAKPOINT_HIT)
        event.data.signal.signal = 0;
    if (mock != NULL)
        assert_int_equal(hdbg_mock_send(mock, &event), HDBG_OK);
}

static void let_go_on(hdbg_event *event)
{
    hdbg_thread *thread = event != NULL ? hdbg_event_thread(event) : NULL;
    if (thread != NULL)
        hdbg_thread_resume(thread, NULL);
    hdbg_event_release(event);
}

void run_program(hdbg_kernel *kernel, hdbg_mock *mock, char *chars, size_t size)
{
    seen_text seen = {chars, size, 0};
    hdbg_session_options options = {.size = sizeof options, .kernel = kernel};
    hdbg_session *session = NULL;
    hdbg_team *team = NULL;
    *chars = '\0';
    if (hdbg_session_create(&options, &session) != HDBG_OK) {
        see(&seen, "no session: %s\n", hdbg_last_error());
        return;
    }
    if (hdbg_team_attach(session, RECORDED_TEAM, 0, &team) == HDBG_OK) {
        make_event(mock, HDBG_EVENT_BREAKPOINT_HIT, 0);
        hdbg_event *event = see_next(session, &seen);
        see_memory(team, &seen);
        let_go_on(event);
        make_event(mock, HDBG_EVENT_SIGNAL_RECEIVED, 11);
        let_go_on(see_next(session, &seen));
        if (mock != NULL)
            hdbg_mock_team_end(mock, RECORDED_TEAM, 3, -1);
        hdbg_event_release(see_next(session, &seen));
    } else {
        see(&seen, "not attached: %s\n", hdbg_last_error());
    }
    hdbg_team_release(team);
    hdbg_session_destroy(session);
}

void record_program(const char *path, char *seen, size_t size)
{
    hdbg_mock *mock;
    hdbg_kernel *kernel;
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    assert_int_equal(hdbg_mock_team_add(mock, RECORDED_TEAM, "victim"), HDBG_OK);
    assert_true(hdbg_mock_memory_add(mock, RECORDED_TEAM, RECORDED_CODE, "hello", 4096,
                                     HDBG_AREA_READ | HDBG_AREA_WRITE) > 0);
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), path, &kernel), HDBG_OK);
    run_program(kernel, mock, seen, size);
    assert_int_equal(hdbg_kernel_record_status(kernel), HDBG_OK);
    hdbg_kernel_destroy(kernel);
    hdbg_mock_destroy(mock);
}

uint8_t *recorded_program(void **state, size_t *size)
{
    char seen[4096];
    record_program(file_in(state, "program"), seen, sizeof seen);
    return read_whole(file_in(state, "program"), size);
}

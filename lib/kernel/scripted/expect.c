/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock's transcript, what is expected of it, and what an expectation that was met causes.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mock_problem(hdbg_mock *mock, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mock_text_append(&mock->problems, "  %s\n", text);
}

static void note(hdbg_mock *mock, const char *line)
{
    if (!(mock->options.flags & HDBG_MOCK_NO_TRANSCRIPT))
        mock_text_append(&mock->transcript, "%s\n", line);
}

void mock_note_event(hdbg_mock *mock, const hdbg_nub_event *event)
{
    if (!(mock->options.flags & HDBG_MOCK_EVENTS))
        return;
    char line[128];
    bool of_team = event->thread < 0;
    snprintf(line, sizeof line, "<- %s %s=%d", hdbg_event_type_name(event->type), of_team ? "team" : "thread",
             of_team ? event->team : event->thread);
    note(mock, line);
}

static hdbg_mock_expectation *meet(hdbg_mock *mock)
{
    hdbg_mock_expectation *met = mock->next_expected;
    met->met = true;
    mock->next_expected = met->next;
    return met;
}

static bool is_allowed(const hdbg_mock *mock, const char *line)
{
    for (const struct mock_pattern *one = mock->allowed; one != NULL; one = one->next) {
        if (mock_line_matches(one->text, line))
            return true;
    }
    return false;
}

hdbg_mock_expectation *mock_expect_message_line(hdbg_mock *mock, hdbg_team_id team,
                                                const hdbg_nub_message *message, const char *line)
{
    note(mock, line);
    const hdbg_mock_expectation *next = mock->next_expected;
    if (next != NULL && next->matcher != NULL) {
        if (message != NULL && next->matcher(mock, team, message, next->cookie))
            return meet(mock);
    } else if (next != NULL && mock_line_matches(next->text, line)) {
        return meet(mock);
    }
    bool strict = next != NULL || (mock->options.flags & HDBG_MOCK_STRICT);
    if (strict && !is_allowed(mock, line))
        mock_problem(mock, "not expected: %s\n    instead of: %s", line,
                     next != NULL ? next->text : "nothing");
    return NULL;
}

bool mock_expect_call(hdbg_mock *mock, hdbg_mock_expectation **met, hdbg_status *result, const char *format,
                      ...)
{
    char line[MOCK_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    note(mock, line);
    const hdbg_mock_expectation *next = mock->next_expected;
    *met = NULL;
    if (next == NULL || next->matcher != NULL || !mock_line_matches(next->text, line))
        return false;
    *met = meet(mock);
    *result = HDBG_OK;
    if ((*met)->answer == ANSWER_ERROR)
        *result = hdbg_fail((*met)->error, "%s failed because the test wants it to", line);
    return (*met)->answer == ANSWER_ERROR || (*met)->fate != FATE_SERVED;
}

void mock_expect_after(hdbg_mock *mock, hdbg_mock_expectation *met)
{
    if (met == NULL)
        return;
    struct queued_event *one;
    while ((one = mock_event_queue_take(&met->events)) != NULL) {
        mock_event_send(mock, &one->event);
        free(one);
    }
    for (const struct mock_expectation_action *action = met->actions; action != NULL; action = action->next)
        action->callback(mock, action->cookie);
}

/* ---- making expectations ---- */

static hdbg_mock_expectation *add(hdbg_mock *mock, const char *text)
{
    hdbg_mock_expectation *made = calloc(1, sizeof *made);
    char *copy = strdup(text);
    if (made == NULL || copy == NULL) {
        free(made);
        free(copy);
        return NULL;
    }
    made->mock = mock;
    made->text = copy;
    mock_lock(mock);
    hdbg_mock_expectation **link = &mock->expectations;
    while (*link != NULL)
        link = &(*link)->next;
    *link = made;
    if (mock->next_expected == NULL)
        mock->next_expected = made;
    mock_unlock(mock);
    return made;
}

hdbg_mock_expectation *hdbg_mock_expect(hdbg_mock *mock, const char *format, ...)
{
    char line[MOCK_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return add(mock, line);
}

hdbg_mock_expectation *hdbg_mock_expect_message(hdbg_mock *mock, hdbg_team_id team,
                                                const hdbg_nub_message *message)
{
    char line[MOCK_LINE_MAX];
    mock_message_line(line, sizeof line, team, message);
    return add(mock, line);
}

hdbg_mock_expectation *hdbg_mock_expect_match(hdbg_mock *mock, const char *what, hdbg_mock_matcher matcher,
                                              void *cookie)
{
    mock_lock(mock);
    hdbg_mock_expectation *made = add(mock, what);
    if (made != NULL) {
        made->matcher = matcher;
        made->cookie = cookie;
    }
    mock_unlock(mock);
    return made;
}

hdbg_status hdbg_mock_allow(hdbg_mock *mock, const char *pattern)
{
    struct mock_pattern *made = malloc(sizeof *made);
    char *copy = strdup(pattern);
    if (made == NULL || copy == NULL) {
        free(made);
        free(copy);
        return hdbg_fail(HDBG_NO_MEMORY, "cannot allow '%s': out of memory", pattern);
    }
    made->text = copy;
    mock_lock(mock);
    made->next = mock->allowed;
    mock->allowed = made;
    mock_unlock(mock);
    return HDBG_OK;
}

void hdbg_mock_expect_nothing(hdbg_mock *mock)
{
    mock_lock(mock);
    while (mock->next_expected != NULL)
        meet(mock);
    mock_unlock(mock);
}

/* ---- what they cause ---- */

void hdbg_mock_answer(hdbg_mock_expectation *expectation, const hdbg_nub_reply *reply)
{
    mock_lock(expectation->mock);
    expectation->answer = ANSWER_REPLY;
    expectation->reply = *reply;
    mock_unlock(expectation->mock);
}

void hdbg_mock_answer_error(hdbg_mock_expectation *expectation, hdbg_status error)
{
    mock_lock(expectation->mock);
    expectation->answer = ANSWER_ERROR;
    expectation->error = error;
    mock_unlock(expectation->mock);
}

void hdbg_mock_answer_raw(hdbg_mock_expectation *expectation, int32_t code, const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL)
        return;
    if (size > 0)
        memcpy(copy, bytes, size);
    mock_lock(expectation->mock);
    free(expectation->raw);
    expectation->answer = ANSWER_RAW;
    expectation->raw_code = code;
    expectation->raw = copy;
    expectation->raw_size = size;
    mock_unlock(expectation->mock);
}

void hdbg_mock_answer_size(hdbg_mock_expectation *expectation, size_t size)
{
    mock_lock(expectation->mock);
    expectation->resized = true;
    expectation->new_size = size;
    mock_unlock(expectation->mock);
}

void hdbg_mock_answer_code(hdbg_mock_expectation *expectation, int32_t code)
{
    mock_lock(expectation->mock);
    expectation->recoded = true;
    expectation->new_code = code;
    mock_unlock(expectation->mock);
}

void hdbg_mock_answer_after(hdbg_mock_expectation *expectation, hdbg_time delay)
{
    mock_lock(expectation->mock);
    expectation->delay = delay;
    mock_unlock(expectation->mock);
}

void hdbg_mock_answer_after_messages(hdbg_mock_expectation *expectation, uint32_t messages)
{
    mock_lock(expectation->mock);
    expectation->messages_before = messages;
    mock_unlock(expectation->mock);
}

void hdbg_mock_answer_never(hdbg_mock_expectation *expectation)
{
    mock_lock(expectation->mock);
    expectation->never = true;
    mock_unlock(expectation->mock);
}

static void set_fate(hdbg_mock_expectation *expectation, enum fate fate)
{
    mock_lock(expectation->mock);
    expectation->fate = fate;
    mock_unlock(expectation->mock);
}

void hdbg_mock_lose(hdbg_mock_expectation *expectation)
{
    set_fate(expectation, FATE_LOST);
}

void hdbg_mock_then_nub_dies(hdbg_mock_expectation *expectation)
{
    set_fate(expectation, FATE_NUB_DIES);
}

void hdbg_mock_then_team_ends(hdbg_mock_expectation *expectation, int32_t status, int32_t signal)
{
    mock_lock(expectation->mock);
    expectation->fate = FATE_TEAM_ENDS;
    expectation->end_status = status;
    expectation->end_signal = signal;
    mock_unlock(expectation->mock);
}

void hdbg_mock_then_send(hdbg_mock_expectation *expectation, const hdbg_nub_event *event)
{
    mock_lock(expectation->mock);
    mock_event_queue_add(&expectation->events, event);
    mock_unlock(expectation->mock);
}

void hdbg_mock_then(hdbg_mock_expectation *expectation, hdbg_mock_callback callback, void *cookie)
{
    struct mock_expectation_action *made = malloc(sizeof *made);
    if (made == NULL)
        return;
    *made = (struct mock_expectation_action){.callback = callback, .cookie = cookie};
    mock_lock(expectation->mock);
    struct mock_expectation_action **link = &expectation->actions;
    while (*link != NULL)
        link = &(*link)->next;
    *link = made;
    mock_unlock(expectation->mock);
}

/* ---- what came of it ---- */

const char *hdbg_mock_transcript(hdbg_mock *mock)
{
    mock_lock(mock);
    const char *text = mock->transcript.chars != NULL ? mock->transcript.chars : "";
    mock_unlock(mock);
    return text;
}

void hdbg_mock_transcript_clear(hdbg_mock *mock)
{
    mock_lock(mock);
    mock->transcript.length = 0;
    if (mock->transcript.chars != NULL)
        mock->transcript.chars[0] = '\0';
    mock_unlock(mock);
}

const char *hdbg_mock_verify(hdbg_mock *mock)
{
    mock_lock(mock);
    struct text *report = &mock->report;
    report->length = 0;
    if (mock->problems.length > 0)
        mock_text_append(report, "wrong:\n%s", mock->problems.chars);
    if (mock->next_expected != NULL)
        mock_text_append(report, "did not come:\n");
    for (const hdbg_mock_expectation *one = mock->next_expected; one != NULL; one = one->next)
        mock_text_append(report, "  %s\n", one->text);
    const char *result = NULL;
    if (report->length > 0) {
        mock_text_append(report, "all that came:\n%s", hdbg_mock_transcript(mock));
        result = report->chars != NULL ? report->chars : "out of memory";
    }
    mock_unlock(mock);
    return result;
}

void mock_expect_free(hdbg_mock *mock)
{
    while (mock->expectations != NULL) {
        hdbg_mock_expectation *one = mock->expectations;
        mock->expectations = one->next;
        while (one->actions != NULL) {
            struct mock_expectation_action *action = one->actions;
            one->actions = action->next;
            free(action);
        }
        mock_event_queue_clear(&one->events);
        free(one->text);
        free(one->raw);
        free(one);
    }
    while (mock->allowed != NULL) {
        struct mock_pattern *one = mock->allowed;
        mock->allowed = one->next;
        free(one->text);
        free(one);
    }
    free(mock->transcript.chars);
    free(mock->problems.chars);
    free(mock->report.chars);
}

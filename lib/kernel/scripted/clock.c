/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock's clock, who waits for it, and what is to happen when.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <stdlib.h>
#include <time.h>

static bool is_real(const hdbg_mock *mock)
{
    return (mock->options.flags & HDBG_MOCK_REAL_TIME) != 0;
}

hdbg_time mock_now(hdbg_mock *mock)
{
    if (!is_real(mock))
        return mock->now;
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000) + time.tv_nsec / 1000;
}

hdbg_time mock_deadline(hdbg_mock *mock, hdbg_time timeout)
{
    if (timeout == HDBG_FOREVER)
        return HDBG_FOREVER;
    hdbg_time now = mock_now(mock);
    return timeout > HDBG_FOREVER - now ? HDBG_FOREVER : now + (timeout > 0 ? timeout : 0);
}

void mock_touch(hdbg_mock *mock)
{
    mock->generation++;
    if (mock->waiters != NULL)
        pthread_cond_broadcast(&mock->changed);
}

static hdbg_time next_appointment(const hdbg_mock *mock)
{
    hdbg_time next = HDBG_FOREVER;
    for (const struct mock_appointment *one = mock->agenda; one != NULL; one = one->next) {
        if (one->messages == 0 && one->time < next)
            next = one->time;
    }
    return next;
}

/* Jumps to the next moment at which something happens, if all who take part wait for that. While one was not
 * able to look since something last changed, nobody jumps: its wait may be over. */
static void jump(hdbg_mock *mock)
{
    int idle = 0;
    hdbg_time next = next_appointment(mock);
    for (const struct waiter *waiter = mock->waiters; waiter != NULL; waiter = waiter->next) {
        if (waiter->seen != mock->generation)
            return;
        if (waiter->deadline < next)
            next = waiter->deadline;
        idle++;
    }
    if (is_real(mock) || idle == 0 || idle < mock->participants || next == HDBG_FOREVER)
        return;
    if (mock->now < next)
        mock->now = next;
    mock_touch(mock);
    mock_keep_appointments(mock);
}

static void sleep_until(hdbg_mock *mock, hdbg_time time)
{
    if (!is_real(mock) || time == HDBG_FOREVER) {
        pthread_cond_wait(&mock->changed, &mock->lock);
        return;
    }
    struct timespec until = {.tv_sec = time / 1000000, .tv_nsec = time % 1000000 * 1000};
    pthread_cond_timedwait(&mock->changed, &mock->lock, &until);
}

bool mock_wait(hdbg_mock *mock, hdbg_time deadline)
{
    if (mock_now(mock) >= deadline)
        return false;
    struct waiter self = {.next = mock->waiters, .deadline = deadline, .seen = mock->generation};
    mock->waiters = &self;
    jump(mock);
    if (self.seen == mock->generation) {
        hdbg_time next = next_appointment(mock);
        sleep_until(mock, next < deadline ? next : deadline);
    }
    struct waiter **link = &mock->waiters;
    while (*link != &self)
        link = &(*link)->next;
    *link = self.next;
    if (is_real(mock))
        mock_keep_appointments(mock);
    return true;
}

struct mock_appointment *mock_appoint(hdbg_mock *mock, hdbg_time delay, uint32_t messages)
{
    struct mock_appointment *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->time = mock_deadline(mock, delay);
    made->messages = messages;
    /* At the end, so that those of one moment are kept in their order. */
    struct mock_appointment **link = &mock->agenda;
    while (*link != NULL)
        link = &(*link)->next;
    *link = made;
    mock_touch(mock);
    return made;
}

static void appointment_free(struct mock_appointment *one)
{
    free(one->reply);
    free(one->event);
    free(one);
}

static void keep(hdbg_mock *mock, struct mock_appointment *one)
{
    if (one->reply != NULL)
        mock_nub_deliver(mock, one->reply);
    one->reply = NULL;
    if (one->event != NULL)
        mock_event_send(mock, &one->event->event);
    if (one->callback != NULL)
        one->callback(mock, one->cookie);
    appointment_free(one);
    mock_touch(mock);
}

/* The earliest appointment that is due, taken out of the agenda. */
static struct mock_appointment *take_due(hdbg_mock *mock)
{
    struct mock_appointment **earliest = NULL;
    hdbg_time now = mock_now(mock);
    for (struct mock_appointment **link = &mock->agenda; *link != NULL; link = &(*link)->next) {
        if ((*link)->messages == 0 && (*link)->time <= now &&
            (earliest == NULL || (*link)->time < (*earliest)->time))
            earliest = link;
    }
    if (earliest == NULL)
        return NULL;
    struct mock_appointment *due = *earliest;
    *earliest = due->next;
    return due;
}

void mock_keep_appointments(hdbg_mock *mock)
{
    if (mock->keeping || mock->agenda == NULL)
        return;
    mock->keeping = true;
    struct mock_appointment *due;
    while ((due = take_due(mock)) != NULL)
        keep(mock, due);
    mock->keeping = false;
}

void mock_count_message(hdbg_mock *mock)
{
    bool due = false;
    for (struct mock_appointment *one = mock->agenda; one != NULL; one = one->next) {
        if (one->messages > 0 && --one->messages == 0) {
            one->time = mock_now(mock);
            due = true;
        }
    }
    if (due)
        mock_keep_appointments(mock);
}

void mock_clock_free(hdbg_mock *mock)
{
    while (mock->agenda != NULL) {
        struct mock_appointment *one = mock->agenda;
        mock->agenda = one->next;
        appointment_free(one);
    }
}

void hdbg_mock_enter(hdbg_mock *mock)
{
    mock_lock(mock);
    mock->participants++;
    mock_unlock(mock);
}

void hdbg_mock_leave(hdbg_mock *mock)
{
    mock_lock(mock);
    mock->participants--;
    jump(mock);
    mock_unlock(mock);
}

void hdbg_mock_advance(hdbg_mock *mock, hdbg_time time)
{
    mock_lock(mock);
    hdbg_time end = mock_deadline(mock, time);
    while (!is_real(mock) && mock->now < end) {
        hdbg_time next = next_appointment(mock);
        mock->now = next > mock->now && next < end ? next : end;
        mock_touch(mock);
        mock_keep_appointments(mock);
    }
    mock_unlock(mock);
}

hdbg_status hdbg_mock_after(hdbg_mock *mock, hdbg_time delay, hdbg_mock_callback callback, void *cookie)
{
    mock_lock(mock);
    struct mock_appointment *made = mock_appoint(mock, delay, 0);
    if (made != NULL) {
        made->callback = callback;
        made->cookie = cookie;
    }
    mock_unlock(mock);
    return made != NULL ? HDBG_OK : hdbg_fail(HDBG_NO_MEMORY, "cannot make an appointment: out of memory");
}

hdbg_status hdbg_mock_send_after(hdbg_mock *mock, hdbg_time delay, const hdbg_nub_event *event)
{
    hdbg_status status = HDBG_NO_MEMORY;
    struct queued_event *queued = malloc(sizeof *queued);
    mock_lock(mock);
    struct mock_appointment *made = queued != NULL ? mock_appoint(mock, delay, 0) : NULL;
    if (made != NULL) {
        queued->next = NULL;
        queued->event = *event;
        made->event = queued;
        status = HDBG_OK;
    }
    mock_unlock(mock);
    if (status == HDBG_OK)
        return HDBG_OK;
    free(queued);
    return hdbg_fail(status, "cannot send an event later: out of memory");
}

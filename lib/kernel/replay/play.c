/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Which recorded call a thread makes, and when it returns.
 */
#include "kernel/replay/player.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MEMORY_MAX = 1 << 30, /* for calls that are read ahead */
    LEAP = 100000,        /* of the clock, once the recording has diverged */
    DEPTHS = FORMAT_DEPTH_MAX + 1
};

/* ---- what comes next ---- */

/* Reads a call more. */
static bool read_ahead(hdbg_player *player)
{
    call *one;
    if (player->ended != HDBG_OK || player->memory > MEMORY_MAX)
        return false;
    player->ended = recording_read(player->recording, &one);
    if (player->ended != HDBG_OK)
        return false;
    player->memory += one->memory;
    if (player->last != NULL)
        player->last->next = one;
    else
        player->first = one;
    player->last = one;
    return true;
}

/* Behind a call, or the first for NULL; reads on where that is the last. */
static call *following(hdbg_player *player, call *one)
{
    call *next = one != NULL ? one->next : player->first;
    if (next == NULL && read_ahead(player))
        next = player->last;
    return next;
}

static void take_out(hdbg_player *player, call *one)
{
    call **link = &player->first, *before = NULL;
    while (*link != one) {
        before = *link;
        link = &(*link)->next;
    }
    *link = one->next;
    if (player->last == one)
        player->last = before;
    one->next = NULL;
    player->memory -= one->memory;
    player->played++;
    if (one->end > player->now)
        player->now = one->end;
}

static bool is_clock(const call *one)
{
    return (one->op->traits & TRAIT_CLOCK) != 0;
}

/* Looks at the clock that a thread had made before it made a call: it may have left them out. */
static void drop_clock(hdbg_player *player, int32_t thread, int32_t depth, const call *before)
{
    for (call *one = player->first, *next; one != NULL && one != before; one = next) {
        next = one->next;
        if (one->thread == thread && one->depth == depth && is_clock(one)) {
            take_out(player, one);
            call_free(one);
        }
    }
}

/* The next call of a recorded thread, the clock aside. */
static call *next_of(hdbg_player *player, int32_t thread, int32_t depth)
{
    call *one = NULL;
    while ((one = following(player, one)) != NULL) {
        if (one->thread == thread && one->depth == depth && !is_clock(one))
            return one;
    }
    return NULL;
}

const call *play_left(hdbg_player *player)
{
    call *one = NULL;
    while ((one = following(player, one)) != NULL && is_clock(one)) {
    }
    return one;
}

/* ---- threads ---- */

static bool is_taken(const hdbg_player *player, int32_t thread)
{
    for (size_t i = 0; i < player->taken_count; i++) {
        if (player->taken[i] == thread)
            return true;
    }
    return false;
}

static bool take(hdbg_player *player, int32_t thread)
{
    if (player->taken_count == player->taken_room) {
        size_t room = player->taken_room * 2 + 8;
        int32_t *more = realloc(player->taken, room * sizeof *more);
        if (more == NULL)
            return false;
        player->taken = more;
        player->taken_room = room;
    }
    player->taken[player->taken_count++] = thread;
    return pthread_setspecific(player->thread, (void *)((uintptr_t)thread * DEPTHS)) == 0;
}

/* Whether a call is the first that its thread has left. */
static bool is_first(const hdbg_player *player, const call *one)
{
    for (const call *before = player->first; before != one; before = before->next) {
        if (before->thread == one->thread && before->depth == 0 && !is_clock(before))
            return false;
    }
    return true;
}

/* Whom a thread plays that has not called yet: one who begins with the same call. `closest` receives the
 * first call of the first who begins at all. */
static call *find_part(hdbg_player *player, const operation *op, const values *came, call **closest)
{
    call *one = NULL;
    *closest = NULL;
    while ((one = following(player, one)) != NULL) {
        if (one->depth != 0 || is_clock(one) || is_taken(player, one->thread) || !is_first(player, one))
            continue;
        if (*closest == NULL)
            *closest = one;
        if (one->op == op && values_alike(&one->in, came))
            return take(player, one->thread) ? one : NULL;
    }
    return NULL;
}

void play_deeper(hdbg_player *player, int by)
{
    uintptr_t state = (uintptr_t)pthread_getspecific(player->thread);
    pthread_setspecific(player->thread, (void *)(state + (uintptr_t)(intptr_t)by));
}

/* ---- divergence ---- */

static void diverge(hdbg_player *player, const text *sentence)
{
    if (player->diverged == NULL) {
        player->diverged = sentence->failed || sentence->chars == NULL
                               ? strdup("the recording has diverged, and memory is out")
                               : strdup(sentence->chars);
        pthread_cond_broadcast(&player->returned);
    }
}

/* A call with its message in words. */
static void add_call(text *to, hdbg_player *player, const call *one)
{
    text meaning = {0};
    meanings_of(player->known, one, &meaning);
    call_text(one, false, meaning.size > 0 && !meaning.failed ? meaning.chars : "", to);
    format_text_free(&meaning);
}

/* What there is in place of a further call. */
static void add_end(text *to, hdbg_player *player)
{
    call *none;
    if (player->ended != HDBG_OK)
        recording_read(player->recording, &none); /* says once more why it has ended */
    if (player->ended == HDBG_BAD_INDEX)
        format_text_add(to, "the end of the recording");
    else if (player->ended == HDBG_OK)
        format_text_add(to, "nothing: too much would have to be read ahead");
    else
        format_text_add(to, "nothing: %s", hdbg_last_error());
}

/* `expected` NULL: no further call of the thread. `thread` 0: one that plays nobody. */
static void diverge_at(hdbg_player *player, int32_t thread, const call *expected, const operation *op,
                       const values *came)
{
    text sentence = {0};
    if (expected != NULL)
        format_text_add(&sentence, "the recording diverges at call %llu, of thread %d\n  expected: ",
                        (unsigned long long)expected->number, (int)expected->thread);
    else if (thread != 0)
        format_text_add(
            &sentence, "the recording diverges behind its last call of thread %d\n  expected: ", (int)thread);
    else
        format_text_add(&sentence, "the recording diverges: no thread is left that begins\n  expected: ");
    if (expected != NULL)
        add_call(&sentence, player, expected);
    else
        add_end(&sentence, player);
    format_text_add(&sentence, "\n  came:     ");
    add_call(&sentence, player, &(call){.op = op, .in = *came});
    diverge(player, &sentence);
    format_text_free(&sentence);
}

void play_wrong_answer(turn *t, const char *callback, size_t index, int64_t expected, int64_t came)
{
    text sentence = {0};
    pthread_mutex_lock(&t->player->lock);
    format_text_add(&sentence, "the recording diverges in call %llu, of thread %d: %s",
                    (unsigned long long)t->one->number, (int)t->one->thread, t->op->name);
    format_text_add(&sentence, "\n  expected: the answer %lld of %s, call %zu", (long long)expected, callback,
                    index + 1);
    format_text_add(&sentence, "\n  came:     %lld", (long long)came);
    diverge(t->player, &sentence);
    format_text_free(&sentence);
    pthread_mutex_unlock(&t->player->lock);
}

/* ---- order ---- */

/* A call that has to return before another one can: NULL if there is none. */
static const call *obstacle(const hdbg_player *player, const call *one)
{
    bool waits = (one->op->traits & TRAIT_WAITS) != 0;
    for (const call *before = player->first; before != one; before = before->next) {
        if (before->thread != one->thread && !is_clock(before) && (waits || before->end < one->start))
            return before;
    }
    return NULL;
}

static void diverge_late(hdbg_player *player, const call *one, const call *missing)
{
    text sentence = {0};
    format_text_add(
        &sentence,
        "the recording diverges at call %llu, of thread %d, which thread %d has not made\n  expected: ",
        (unsigned long long)missing->number, (int)missing->thread, (int)missing->thread);
    add_call(&sentence, player, missing);
    format_text_add(&sentence, "\n  came:     only call %llu, of thread %d, which had returned later: ",
                    (unsigned long long)one->number, (int)one->thread);
    add_call(&sentence, player, one);
    diverge(player, &sentence);
    format_text_free(&sentence);
}

/* Waits until a call may return. Locked. */
static void wait_for_turn(hdbg_player *player, const call *one)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(player->patience / 1000000);
    until.tv_nsec += (long)(player->patience % 1000000) * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    const call *before;
    while (player->diverged == NULL && (before = obstacle(player, one)) != NULL) {
        if (pthread_cond_timedwait(&player->returned, &player->lock, &until) != 0 &&
            (before = obstacle(player, one)) != NULL)
            diverge_late(player, one, before);
    }
}

/* ---- a call ---- */

/* Finds what is to be played, or diverges. Locked. */
static call *find_call(hdbg_player *player, const operation *op, const values *came)
{
    uintptr_t state = (uintptr_t)pthread_getspecific(player->thread);
    int32_t thread = (int32_t)(state / DEPTHS), depth = (int32_t)(state % DEPTHS);
    call *one, *expected;
    if (thread == 0) {
        one = find_part(player, op, came, &expected);
    } else {
        expected = next_of(player, thread, depth);
        one = expected != NULL && expected->op == op && values_alike(&expected->in, came) ? expected : NULL;
    }
    if (one == NULL)
        diverge_at(player, thread, expected, op, came);
    else
        drop_clock(player, one->thread, one->depth, one);
    return one;
}

void play_begin(turn *t, hdbg_player *player, uint8_t number, const void *const *arguments)
{
    *t = (turn){player, &kOperations[number], arguments, NULL};
    values came;
    values_init(&came);
    values_take(&came, t->op, arguments, WAY_IN, 0);
    pthread_mutex_lock(&player->lock);
    if (player->diverged == NULL)
        t->one = find_call(player, t->op, &came);
    if (t->one != NULL)
        wait_for_turn(player, t->one);
    if (player->diverged != NULL)
        t->one = NULL;
    pthread_mutex_unlock(&player->lock);
    values_free(&came);
}

/* A call's result, which is no more than what the caller is given: it goes by that. What it is to be told of
 * beyond its room is more than the room. */
static int64_t fitting_result(const call *one, const void *const *arguments)
{
    int64_t result = one->result;
    for (size_t i = 0; i + 1 < one->op->count && result > 0; i++) {
        const item *what = &one->op->items[i];
        bool is_bytes = what->kind == ITEM_BYTES && what->way == WAY_OUT;
        if (!is_bytes && what->kind != ITEM_FOUND)
            continue;
        const value *v = values_find(&one->out, what);
        int64_t given = v == NULL ? 0 : is_bytes ? (int64_t)v->size : v->integer > 0 ? v->integer : 0;
        size_t room;
        memcpy(&room, arguments[i + 1], sizeof room);
        bool is_beyond = (uint64_t)result > room;
        if (is_bytes && is_beyond)
            result = (int64_t)room;
        if (result > given && (is_bytes || !is_beyond))
            result = given;
    }
    return result;
}

int64_t play_end(turn *t)
{
    hdbg_player *player = t->player;
    call *one = t->one;
    pthread_mutex_lock(&player->lock);
    if (player->diverged != NULL || one == NULL) {
        hdbg_kernel_fail(HDBG_NUB_LOST, "%s", player->diverged != NULL ? player->diverged : "out of memory");
        pthread_mutex_unlock(&player->lock);
        return t->op->traits & TRAIT_WHETHER ? 0 : HDBG_NUB_LOST;
    }
    /* Calls of its callbacks that were not made. */
    for (call *inner = player->first, *next; inner != NULL && inner != one; inner = next) {
        next = inner->next;
        if (inner->thread == one->thread && inner->depth > one->depth) {
            take_out(player, inner);
            call_free(inner);
        }
    }
    take_out(player, one);
    if ((one->op->traits & TRAIT_MESSAGE) == 0) {
        text none = {0};
        meanings_of(player->known, one, &none); /* learns which port is whose */
        format_text_free(&none);
    }
    pthread_cond_broadcast(&player->returned);
    pthread_mutex_unlock(&player->lock);

    give_values(one, t->arguments);
    int64_t result = fitting_result(one, t->arguments);
    if (result < 0 && result >= INT32_MIN && one->error_size > 0)
        hdbg_kernel_fail((hdbg_status)result, "%.*s", (int)one->error_size, (const char *)one->error);
    if (one->op->traits & TRAIT_KEPT) {
        pthread_mutex_lock(&player->lock);
        one->next = player->kept;
        player->kept = one;
        pthread_mutex_unlock(&player->lock);
    } else {
        call_free(one);
    }
    return result;
}

/* What the thread saw next on the clock; where it had not looked, what is known of the time. */
hdbg_time play_time(hdbg_player *player)
{
    uintptr_t state = (uintptr_t)pthread_getspecific(player->thread);
    int32_t thread = (int32_t)(state / DEPTHS), depth = (int32_t)(state % DEPTHS);
    pthread_mutex_lock(&player->lock);
    if (player->diverged != NULL) {
        if (player->now < HDBG_FOREVER / 2)
            player->now += LEAP;
    } else if (thread != 0) {
        call *one = NULL;
        while ((one = following(player, one)) != NULL && (one->thread != thread || one->depth != depth)) {
        }
        if (one != NULL && is_clock(one)) {
            hdbg_time seen = one->result;
            take_out(player, one);
            call_free(one);
            pthread_mutex_unlock(&player->lock);
            return seen;
        }
    }
    hdbg_time now = player->now;
    pthread_mutex_unlock(&player->lock);
    return now;
}

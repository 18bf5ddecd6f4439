/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The player's inside: the calls that are to be played (play.c), giving their values back (give.c), and the
 * functions of the kernel (player.c).
 */
#ifndef HDBG_KERNEL_REPLAY_PLAYER_H
#define HDBG_KERNEL_REPLAY_PLAYER_H

#include "kernel/recording/format.h"

#include <haikudbg/mock_player.h>

#include <pthread.h>

struct hdbg_player {
    hdbg_kernel kernel;
    hdbg_kernel_ops ops;
    hdbg_recording *recording;
    meanings *known;
    hdbg_time patience;
    pthread_key_t thread;    /* whom a thread plays, and behind it how deep in calls it is */
    pthread_mutex_t lock;    /* for all below */
    pthread_cond_t returned; /* a call has */
    call *first, *last;      /* calls that were read and have not returned yet */
    call *kept;              /* calls whose texts somebody has */
    size_t memory;           /* that they take */
    uint64_t played;
    hdbg_time now;
    int32_t *taken; /* recorded threads that are played */
    size_t taken_count, taken_room;
    hdbg_status ended; /* the reader's status behind the last call */
    char *diverged;    /* NULL: not yet */
    hdbg_status status;
    text verdict;
    int pipe[2]; /* descriptors are copies of its reading end, in which there is always a byte */
};

/* What a call of the program is answered with. */
typedef struct turn {
    hdbg_player *player;
    const operation *op;
    const void *const *arguments;
    call *one; /* NULL: the recording has diverged */
} turn;

/* Finds the call that a thread has to make now, holds it against the one that it makes, and waits until it is
 * its turn to return. Not locked. */
void play_begin(turn *t, hdbg_player *player, uint8_t number, const void *const *arguments);
/* Gives back what came out, and answers the result. */
int64_t play_end(turn *t);
/* The first call that has not come, the clock aside; NULL if all have. Locked. */
const call *play_left(hdbg_player *player);
/* The clock. */
hdbg_time play_time(hdbg_player *player);
/* Calls that callbacks make are one deeper. */
void play_deeper(hdbg_player *player, int by);
/* A callback has answered something else than it had. */
void play_wrong_answer(turn *t, const char *callback, size_t index, int64_t expected, int64_t came);

/* Writes the values that came out of a call into the arguments. Lists that were told to callbacks are not
 * among them. */
void give_values(const call *one, const void *const *arguments);
/* The elements of such a list as structs, in memory of the call; their number. */
void *give_list(call *one, size_t *count);
/* Whether two lists of values are the same, as far as it counts. */
bool values_alike(const values *expected, const values *came);

#endif /* HDBG_KERNEL_REPLAY_PLAYER_H */

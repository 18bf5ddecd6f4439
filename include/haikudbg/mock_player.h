/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The player: a kernel that answers what a recorded one answered. Link libhaikudbg-mock.
 */
#ifndef HAIKUDBG_MOCK_PLAYER_H
#define HAIKUDBG_MOCK_PLAYER_H

#include <haikudbg/recording.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup player The player
 * Plays a recording (recording.h) as a kernel: there is no process to be debugged, and no time has to pass.
 * The program under test makes the calls that the recorded one made, and gets the same results, messages and
 * times, in the same order.
 *
 *     hdbg_player *player;
 *     hdbg_player_create("crash.hdbgrec", NULL, &player);
 *     hdbg_session_options options = {.size = sizeof options, .kernel = hdbg_player_kernel(player)};
 *     ... the program under test, on a session with these options ...
 *     const char *wrong = hdbg_player_verify(player);         // NULL, or what went another way
 *     hdbg_player_destroy(player);
 *
 * Each thread of the program plays one of the recorded ones: the first whose first call is the same. Its
 * calls have to be that one's, in order. A call returns when all those have that had returned before it was
 * made; one that waits (port_read, wait_for_objects, reap, port_next_size), when all have that had returned
 * before it. So a program whose threads race may diverge.
 *
 * At the first call that is another than the recorded one the recording *diverges*: from then on each call
 * fails with HDBG_NUB_LOST and a sentence that tells what was expected and what came (those that answer yes
 * or no answer no), and the clock runs by leaps, so that nobody waits for what cannot come.
 *
 * Not compared are: looks at the clock, which may be more or fewer; timeouts other than none and for ever;
 * room in buffers for messages; a launched program's environment, working directory and descriptors.
 * Descriptors of sessions poll readable all the time: each poll() of the program answers at once, as one of
 * the recorded ones did.
 * @{
 */

/** A player. @since 0.1 */
typedef struct hdbg_player hdbg_player;

/** How to play. @since 0.1 */
typedef struct hdbg_player_options {
    size_t size;        /**< sizeof(hdbg_player_options), set by the caller. */
    hdbg_time patience; /**< How long, in real microseconds, a thread waits for the calls of others that had
                           returned before its own; 0: 10 seconds. */
} hdbg_player_options;

/**
 * Makes a player.
 *
 * @param path the recording. @param options NULL for the defaults.
 * @param player receives it; free it with hdbg_player_destroy().
 * @return HDBG_OK, or as hdbg_recording_open(). A recording that was not closed is played as far as it goes;
 * one that is damaged somewhere up to there.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_player_create(const char *path, const hdbg_player_options *options,
                                        hdbg_player **player);
/** Makes a player of a recording in memory. @param bytes are copied. @since 0.1 */
HDBG_API hdbg_status hdbg_player_create_from_memory(const void *bytes, size_t size,
                                                    const hdbg_player_options *options, hdbg_player **player);
/** Frees a player; nobody may use its kernel any more. @param player may be NULL. @since 0.1 */
HDBG_API void hdbg_player_destroy(hdbg_player *player);
/** The player's kernel. It belongs to the player: hdbg_kernel_destroy() leaves it there to be asked. @since
 * 0.1
 */
HDBG_API hdbg_kernel *hdbg_player_kernel(hdbg_player *player);
/** How many calls were played. @since 0.1 */
HDBG_API uint64_t hdbg_player_position(hdbg_player *player);
/**
 * Whether all went as it was recorded.
 *
 * @return NULL, or a text of several lines: the first call that was another one, with what was expected; else
 * what the recording still has, or where it is damaged. Valid until the next call of this.
 * @since 0.1
 */
HDBG_API const char *hdbg_player_verify(hdbg_player *player);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_MOCK_PLAYER_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The player: its table, made from the list of operations, its beginning and its end.
 */
#include "base/structs.h"
#include "kernel/recording/operations.h"
#include "kernel/replay/player.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEFAULT_PATIENCE = 10000000 };

#define PLAY(number, name, type, traits, ...)                                                                \
    static type play_##name(void *context EACH(PARAMETER, __VA_ARGS__))                                      \
    {                                                                                                        \
        const void *const arguments[] = {EACH(ADDRESS, __VA_ARGS__)};                                        \
        turn t;                                                                                              \
        play_begin(&t, context, number, arguments);                                                          \
        return (type)play_end(&t);                                                                           \
    }

EVERY_OPERATION(PLAY)

static hdbg_time play_system_time(void *context)
{
    return play_time(context);
}

static int play_has_default_debugger(void *context)
{
    turn t;
    play_begin(&t, context, 23, NULL);
    return (int)play_end(&t);
}

/* ---- descriptors: always readable ---- */

static int play_descriptor_open(void *context, hdbg_port_id port)
{
    hdbg_player *player = context;
    const void *const arguments[] = {&port};
    turn t;
    play_begin(&t, player, 11, arguments);
    int64_t result = play_end(&t);
    if (result < 0)
        return (int)result;
    int descriptor = fcntl(player->pipe[0], F_DUPFD_CLOEXEC, 3);
    return descriptor >= 0 ? descriptor
                           : hdbg_fail(HDBG_NO_MORE_FDS, "cannot open a descriptor: none is left");
}

static hdbg_status play_descriptor_force(void *context, int descriptor, int readable)
{
    const void *const arguments[] = {&descriptor, &readable};
    turn t;
    play_begin(&t, context, 12, arguments);
    return (hdbg_status)play_end(&t);
}

static void play_descriptor_close(void *context, int descriptor)
{
    const void *const arguments[] = {&descriptor};
    turn t;
    play_begin(&t, context, 13, arguments);
    play_end(&t);
    close(descriptor);
}

/* ---- those with callbacks: they are told what they were told ---- */

#define DEEPER(player, call)                                                                                 \
    do {                                                                                                     \
        play_deeper(player, 1);                                                                              \
        call;                                                                                                \
        play_deeper(player, -1);                                                                             \
    } while (0)

static hdbg_status play_team_details(void *context, hdbg_team_id team, int32_t kind,
                                     int (*visit)(void *context, const hdbg_detail *detail),
                                     void *visit_context)
{
    recorded_detail *all = NULL;
    size_t count = 0;
    const void *const arguments[] = {&team, &kind, &all, &count};
    turn t;
    play_begin(&t, context, 35, arguments);
    if (t.one != NULL)
        all = give_list(t.one, &count);
    for (size_t i = 0; i < count; i++) {
        int answer;
        all[i].detail.size = sizeof all[i].detail;
        if (all[i].detail.text == NULL)
            all[i].detail.text = "";
        DEEPER(context, answer = visit(visit_context, &all[i].detail));
        if (answer != all[i].answer) {
            play_wrong_answer(&t, "visit", i, all[i].answer, answer);
            break;
        }
    }
    free(all);
    return (hdbg_status)play_end(&t);
}

static hdbg_status play_core_notes(void *context, hdbg_team_id team, const hdbg_core_thread *threads,
                                   size_t count,
                                   hdbg_status (*add)(void *sink, const char *name, uint32_t type,
                                                      const void *data, size_t size),
                                   void *sink)
{
    recorded_note *all = NULL;
    size_t notes = 0;
    const void *const arguments[] = {&team, &threads, &count, &all, &notes};
    turn t;
    play_begin(&t, context, 40, arguments);
    if (t.one != NULL)
        all = give_list(t.one, &notes);
    for (size_t i = 0; i < notes; i++) {
        hdbg_status answer;
        DEEPER(context, answer = add(sink, all[i].name, all[i].type, all[i].data, all[i].size));
        if (answer != all[i].answer) {
            play_wrong_answer(&t, "add", i, all[i].answer, answer);
            break;
        }
    }
    free(all);
    return (hdbg_status)play_end(&t);
}

static hdbg_status play_tls_address(void *context, hdbg_thread_id thread, const hdbg_image_info *image,
                                    uint64_t offset,
                                    hdbg_status (*find)(void *finder, const char *name, hdbg_address *symbol),
                                    void *finder, hdbg_address *address)
{
    recorded_symbol *all = NULL;
    size_t count = 0;
    const void *const arguments[] = {&thread, &image, &offset, &all, &count, &address};
    turn t;
    play_begin(&t, context, 44, arguments);
    if (t.one != NULL)
        all = give_list(t.one, &count);
    for (size_t i = 0; i < count; i++) {
        hdbg_status answer;
        hdbg_address symbol = 0;
        DEEPER(context, answer = find(finder, all[i].name, &symbol));
        if (answer != all[i].answer || (answer == HDBG_OK && symbol != all[i].address)) {
            bool other_status = answer != all[i].answer;
            play_wrong_answer(&t, "find", i, other_status ? all[i].answer : (int64_t)all[i].address,
                              other_status ? answer : (int64_t)symbol);
            break;
        }
    }
    free(all);
    return (hdbg_status)play_end(&t);
}

/* ---- beginning and end ---- */

/* The player is asked after this: hdbg_player_destroy() frees it. */
static void destroy(void *context)
{
    (void)context;
}

#define FUNCTION(number, name, type, traits, ...) .name = play_##name,

static const hdbg_kernel_ops kOps = {.size = sizeof(hdbg_kernel_ops),
                                     .version = HDBG_KERNEL_VERSION,
                                     .destroy = destroy,
                                     EVERY_OPERATION(FUNCTION) EVERY_OTHER_OPERATION(FUNCTION)};

/* The player has of the optional functions those that the recorded kernel had. */
static void make_table(hdbg_player *player)
{
    player->ops = kOps;
    for (int i = 0; i < OPERATION_COUNT; i++) {
        const operation *op = &kOperations[i];
        bool optional = op->place >= offsetof(hdbg_kernel_ops, memory_read) ||
                        op->place == offsetof(hdbg_kernel_ops, has_default_debugger);
        if (op->name != NULL && optional && !recording_has(player->recording, op))
            memset((uint8_t *)&player->ops + op->place, 0, sizeof(void (*)(void)));
    }
}

static hdbg_status create(hdbg_recording *recording, const hdbg_player_options *options, hdbg_player **result)
{
    hdbg_player_options known = {.size = sizeof known};
    hdbg_status status =
        options != NULL ? hdbg_struct_take(&known, sizeof known, options, "hdbg_player_options") : HDBG_OK;
    hdbg_recording_info info = {.size = sizeof info};
    hdbg_recording_info_get(recording, &info);
    hdbg_player *player = status == HDBG_OK ? calloc(1, sizeof *player) : NULL;
    if (player != NULL && (player->known = meanings_create(&info)) == NULL) {
        free(player);
        player = NULL;
    }
    if (player == NULL) {
        hdbg_recording_close(recording);
        return status != HDBG_OK ? status : hdbg_fail(HDBG_NO_MEMORY, "cannot make a player: out of memory");
    }
    player->kernel = (hdbg_kernel){&player->ops, player};
    player->recording = recording;
    player->patience = known.patience > 0 ? known.patience : DEFAULT_PATIENCE;
    player->now = info.start;
    make_table(player);
    player->pipe[0] = player->pipe[1] = -1;
    bool has_key = pthread_key_create(&player->thread, NULL) == 0;
    if (!has_key || pipe(player->pipe) != 0) {
        if (has_key)
            pthread_key_delete(player->thread);
        hdbg_recording_close(recording);
        meanings_free(player->known);
        free(player);
        return hdbg_fail(HDBG_NO_MORE_FDS, "cannot make a player: no descriptors or keys are left");
    }
    for (int i = 0; i < 2; i++)
        fcntl(player->pipe[i], F_SETFD, FD_CLOEXEC);
    close(player->pipe[1]); /* the end of the file makes the other one readable for ever */
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&player->returned, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&player->lock, NULL);
    *result = player;
    return HDBG_OK;
}

hdbg_status hdbg_player_create(const char *path, const hdbg_player_options *options, hdbg_player **player)
{
    hdbg_recording *recording;
    *player = NULL;
    hdbg_status status = hdbg_recording_open(path, &recording);
    return status == HDBG_OK ? create(recording, options, player) : status;
}

hdbg_status hdbg_player_create_from_memory(const void *bytes, size_t size, const hdbg_player_options *options,
                                           hdbg_player **player)
{
    hdbg_recording *recording;
    *player = NULL;
    hdbg_status status = hdbg_recording_open_memory(bytes, size, &recording);
    return status == HDBG_OK ? create(recording, options, player) : status;
}

static void free_calls(call *first)
{
    while (first != NULL) {
        call *next = first->next;
        call_free(first);
        first = next;
    }
}

void hdbg_player_destroy(hdbg_player *player)
{
    if (player == NULL)
        return;
    free_calls(player->first);
    free_calls(player->kept);
    hdbg_recording_close(player->recording);
    close(player->pipe[0]);
    pthread_key_delete(player->thread);
    pthread_cond_destroy(&player->returned);
    pthread_mutex_destroy(&player->lock);
    format_text_free(&player->verdict);
    meanings_free(player->known);
    free(player->taken);
    free(player->diverged);
    free(player);
}

hdbg_kernel *hdbg_player_kernel(hdbg_player *player)
{
    return &player->kernel;
}

uint64_t hdbg_player_position(hdbg_player *player)
{
    pthread_mutex_lock(&player->lock);
    uint64_t played = player->played;
    pthread_mutex_unlock(&player->lock);
    return played;
}

const char *hdbg_player_verify(hdbg_player *player)
{
    pthread_mutex_lock(&player->lock);
    player->verdict.size = 0;
    const call *left = play_left(player);
    if (player->diverged != NULL) {
        format_text_add(&player->verdict, "%s\n", player->diverged);
    } else if (left != NULL) {
        format_text_add(&player->verdict, "the recording goes on at call %llu, of thread %d\n  expected: ",
                        (unsigned long long)left->number, (int)left->thread);
        call_text(left, false, "", &player->verdict);
        format_text_add(&player->verdict, "\n  came:     nothing\n");
    } else if (player->ended != HDBG_BAD_INDEX && player->ended != HDBG_INTERRUPTED) {
        call *none;
        recording_read(player->recording, &none); /* says once more why it has ended */
        format_text_add(&player->verdict, "%s\n", hdbg_last_error());
    }
    const char *verdict = player->verdict.size > 0 ? player->verdict.chars : NULL;
    pthread_mutex_unlock(&player->lock);
    return verdict;
}

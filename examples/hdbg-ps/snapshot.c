/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Asks the kernel for teams, threads, images and areas. Nothing is debugged for that. What ends meanwhile is
 * left out.
 */
#define _GNU_SOURCE
#include "ps.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- lists of the kernel ---- */

/* Makes room for one more; the array, or NULL without memory (it stays then). */
static void *grow(void *array, size_t count, size_t size)
{
    bool full = (count & (count - 1)) == 0; /* it doubles at powers of two */
    return full ? realloc(array, (count == 0 ? 1 : 2 * count) * size) : array;
}

/* Fills `array` and `count` with all that `function` tells. */
#define LIST_ALL(array, count, ...)                                                                          \
    do {                                                                                                     \
        int64_t cookie = 0;                                                                                  \
        for (;;) {                                                                                           \
            void *larger = grow(array, count, sizeof(*(array)));                                             \
            if (larger == NULL)                                                                              \
                break;                                                                                       \
            (array) = larger;                                                                                \
            memset(&(array)[count], 0, sizeof(*(array)));                                                    \
            if ((__VA_ARGS__) != HDBG_OK)                                                                    \
                break;                                                                                       \
            (count)++;                                                                                       \
        }                                                                                                    \
    } while (0)

static hdbg_status next_thread(hdbg_kernel *kernel, hdbg_team_id team, int64_t *cookie,
                               hdbg_thread_info *info)
{
    info->size = sizeof(*info);
    return kernel->ops->next_thread(kernel->context, team, cookie, info);
}

static hdbg_status next_area(hdbg_kernel *kernel, hdbg_team_id team, int64_t *cookie, hdbg_area_info *info)
{
    info->size = sizeof(*info);
    return kernel->ops->next_area(kernel->context, team, cookie, info);
}

static void list_threads(hdbg_kernel *kernel, struct team *team)
{
    hdbg_team_id id = team->info.team;
    LIST_ALL(team->threads, team->thread_count,
             next_thread(kernel, id, &cookie, &team->threads[team->thread_count]));
    team->time = 0;
    for (size_t i = 0; i < team->thread_count; i++)
        team->time += team->threads[i].user_time + team->threads[i].kernel_time;
}

static void list_images(hdbg_kernel *kernel, struct team *team)
{
    hdbg_team_id id = team->info.team;
    LIST_ALL(team->images, team->image_count,
             kernel->ops->next_image(kernel->context, id, &cookie, &team->images[team->image_count]));
}

static void list_areas(hdbg_kernel *kernel, struct team *team)
{
    hdbg_team_id id = team->info.team;
    LIST_ALL(team->areas, team->area_count, next_area(kernel, id, &cookie, &team->areas[team->area_count]));
}

/* ---- a team ---- */

struct line {
    char *text;
    size_t size;
};

/* Puts the arguments together again, with blanks between them. */
static int add_argument(void *context, const hdbg_detail *detail)
{
    struct line *line = context;
    size_t length = strlen(detail->text);
    char *larger = realloc(line->text, line->size + length + 2);
    if (larger == NULL)
        return 1;
    line->text = larger;
    if (line->size > 0)
        line->text[line->size++] = ' ';
    memcpy(line->text + line->size, detail->text, length + 1);
    line->size += length;
    return 0;
}

static bool has_details(const hdbg_kernel *kernel)
{
    return kernel->ops->size >= offsetof(hdbg_kernel_ops, team_details) + sizeof(kernel->ops->team_details) &&
           kernel->ops->team_details != NULL;
}

static void fill(hdbg_kernel *kernel, struct team *team, const struct options *options)
{
    struct line line = {0};
    const struct passwd *user = getpwuid((uid_t)team->info.user);

    if (user != NULL)
        snprintf(team->user, sizeof(team->user), "%s", user->pw_name);
    else
        snprintf(team->user, sizeof(team->user), "%u", (unsigned)team->info.user);
    if (has_details(kernel))
        kernel->ops->team_details(kernel->context, team->info.team, HDBG_DETAIL_ARGUMENT, add_argument,
                                  &line);
    team->arguments = line.text != NULL ? line.text : strdup(team->info.arguments);
    /* The threads' times are the team's. */
    list_threads(kernel, team);
    if (options->list[LIST_IMAGES])
        list_images(kernel, team);
    if (options->list[LIST_AREAS])
        list_areas(kernel, team);
}

static bool is_wanted(const struct options *options, const hdbg_team_info *info)
{
    if (options->user != NULL) {
        char *end;
        const struct passwd *user = getpwnam(options->user);
        unsigned long number = user != NULL ? user->pw_uid : strtoul(options->user, &end, 10);
        return info->user == number;
    }
    return options->all || options->team_count > 0 || info->user == geteuid();
}

/* Room for one more team, or NULL. */
static struct team *next_slot(struct snapshot *snapshot)
{
    void *larger = grow(snapshot->teams, snapshot->count, sizeof(*snapshot->teams));
    if (larger == NULL)
        return NULL;
    snapshot->teams = larger;
    struct team *team = &snapshot->teams[snapshot->count];
    memset(team, 0, sizeof(*team));
    team->info.size = sizeof(team->info);
    return team;
}

static bool take_named(struct snapshot *snapshot, hdbg_kernel *kernel, const struct options *options)
{
    bool all = true;
    for (size_t i = 0; i < options->team_count; i++) {
        struct team *team = next_slot(snapshot);
        if (team == NULL)
            return false;
        if (kernel->ops->team_info(kernel->context, options->teams[i], &team->info) != HDBG_OK) {
            fprintf(stderr, "hdbg-ps: there is no team %d\n", (int)options->teams[i]);
            all = false;
        } else if (is_wanted(options, &team->info)) {
            fill(kernel, team, options);
            snapshot->count++;
        }
    }
    return all;
}

bool snapshot_take(struct snapshot *snapshot, hdbg_kernel *kernel, const struct options *options)
{
    int64_t cookie = 0;
    struct team *team;

    memset(snapshot, 0, sizeof(*snapshot));
    snapshot->now = kernel->ops->system_time(kernel->context);
    if (options->team_count > 0)
        return take_named(snapshot, kernel, options);
    while ((team = next_slot(snapshot)) != NULL &&
           kernel->ops->next_team(kernel->context, &cookie, &team->info) == HDBG_OK) {
        if (!is_wanted(options, &team->info))
            continue;
        fill(kernel, team, options);
        snapshot->count++;
    }
    return team != NULL;
}

void snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        free(snapshot->teams[i].arguments);
        free(snapshot->teams[i].threads);
        free(snapshot->teams[i].images);
        free(snapshot->teams[i].areas);
    }
    free(snapshot->teams);
}

/* ---- names ---- */

const char *thread_state_name(int32_t state)
{
    switch (state) {
    case HDBG_THREAD_RUNNING:
        return "running";
    case HDBG_THREAD_READY:
        return "ready";
    case HDBG_THREAD_RECEIVING:
        return "receiving";
    case HDBG_THREAD_ASLEEP:
        return "asleep";
    case HDBG_THREAD_SUSPENDED:
        return "suspended";
    case HDBG_THREAD_WAITING:
        return "waiting";
    default:
        return "?";
    }
}

const char *image_type_name(int32_t type)
{
    switch (type) {
    case HDBG_IMAGE_APP:
        return "app";
    case HDBG_IMAGE_LIBRARY:
        return "library";
    case HDBG_IMAGE_ADD_ON:
        return "add-on";
    case HDBG_IMAGE_SYSTEM:
        return "system";
    default:
        return "?";
    }
}

void protection_text(uint32_t protection, char text[4])
{
    snprintf(text, 4, "%c%c%c", (protection & HDBG_AREA_READ) != 0 ? 'r' : '-',
             (protection & HDBG_AREA_WRITE) != 0 ? 'w' : '-',
             (protection & HDBG_AREA_EXECUTE) != 0 ? 'x' : '-');
}

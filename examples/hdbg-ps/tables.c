/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Tables: columns as wide as what is in them, the last one cut to the terminal.
 */
#define _GNU_SOURCE
#include "ps.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS_MAX = 12, GAP = 2, LAST_MIN = 8 };

/* Cells in rows, the first of them the titles. A title that begins with '>' is that of numbers: they stand at
 * the right. */
struct table {
    size_t columns, cells, room;
    char **texts;
    bool right[COLUMNS_MAX];
};

static void add(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct table *table, const char *format, ...)
{
    char *text;
    va_list arguments;
    if (table->cells == table->room) {
        size_t room = table->room == 0 ? 256 : 2 * table->room;
        char **larger = realloc(table->texts, room * sizeof(*larger));
        if (larger == NULL)
            return;
        table->texts = larger;
        table->room = room;
    }
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    for (char *at = text; *at != '\0'; at++) {
        if (iscntrl((unsigned char)*at)) /* names are the programs' own: they must not steer a terminal */
            *at = '?';
    }
    table->texts[table->cells++] = text;
}

static void add_titles(struct table *table, const char *const *titles)
{
    memset(table, 0, sizeof(*table));
    for (; titles[table->columns] != NULL; table->columns++) {
        table->right[table->columns] = titles[table->columns][0] == '>';
        add(table, "%s", titles[table->columns] + table->right[table->columns]);
    }
}

/* Characters, of UTF-8. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* Bytes of the first `width` characters. */
static int bytes_of(const char *text, int width)
{
    int bytes = 0;
    while (text[bytes] != '\0' && (width > 0 || ((unsigned char)text[bytes] & 0xc0) == 0x80)) {
        width -= ((unsigned char)text[bytes] & 0xc0) != 0x80;
        bytes++;
    }
    return bytes;
}

static int terminal_width(FILE *out)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return columns != NULL ? atoi(columns) : 0;
}

static void print_row(FILE *out, const struct table *table, size_t row, const int *widths, int limit)
{
    int used = 0;
    for (size_t column = 0; column < table->columns; column++) {
        const char *text = table->texts[row * table->columns + column];
        int width = width_of(text);
        if (column + 1 == table->columns && !table->right[column]) {
            int left = limit <= 0 ? width : limit - used >= LAST_MIN ? limit - used : LAST_MIN;
            fprintf(out, "%.*s\n", bytes_of(text, left < width ? left : width), text);
            return;
        }
        int pad = widths[column] - width;
        fprintf(out, "%*s%s%*s", table->right[column] ? pad : 0, "", text,
                (table->right[column] ? 0 : pad) + GAP, "");
        used += widths[column] + GAP;
    }
    fputc('\n', out);
}

static void print_and_free(FILE *out, struct table *table, const struct options *options)
{
    int widths[COLUMNS_MAX] = {0}, limit = options->wide ? 0 : terminal_width(out);
    size_t rows = table->columns == 0 ? 0 : table->cells / table->columns;

    for (size_t row = options->headers ? 0 : 1; row < rows; row++) {
        for (size_t column = 0; column < table->columns; column++) {
            int width = width_of(table->texts[row * table->columns + column]);
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    for (size_t row = options->headers ? 0 : 1; row < rows; row++)
        print_row(out, table, row, widths, limit);
    for (size_t i = 0; i < table->cells; i++)
        free(table->texts[i]);
    free(table->texts);
}

/* ---- what is in them ---- */

static void add_time(struct table *table, hdbg_time microseconds)
{
    int64_t seconds = microseconds / 1000000;
    add(table, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60), (int)(seconds % 60));
}

/* A start today as a time, an earlier one as a day. */
static void add_start(struct table *table, const struct snapshot *snapshot, const struct team *team)
{
    enum { DAY = 24 * 3600 };
    char text[32] = "?";
    struct tm local;
    int64_t age = (snapshot->now - team->info.start_time) / 1000000;
    time_t start = time(NULL) - (time_t)age;
    if (localtime_r(&start, &local) != NULL)
        strftime(text, sizeof(text), age < DAY ? "%H:%M:%S" : "%Y-%m-%d", &local);
    add(table, "%s", text);
}

static void print_teams(FILE *out, const struct snapshot *snapshot, const struct options *options)
{
    static const char *const kShort[] = {"USER",   ">TEAM", ">THREADS", ">IMAGES",
                                         ">AREAS", ">TIME", "NAME",     NULL};
    static const char *const kFull[] = {"USER",   ">TEAM", ">PARENT",  ">THREADS", ">IMAGES", ">AREAS",
                                        ">START", ">TIME", "DEBUGGED", "COMMAND",  NULL};
    struct table table;
    add_titles(&table, options->full ? kFull : kShort);
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct team *team = &snapshot->teams[i];
        add(&table, "%s", team->user);
        add(&table, "%" PRId32, team->info.team);
        if (options->full)
            add(&table, "%" PRId32, team->info.parent);
        add(&table, "%" PRId32, team->info.thread_count);
        add(&table, "%" PRId32, team->info.image_count);
        add(&table, "%" PRId32, team->info.area_count);
        if (options->full)
            add_start(&table, snapshot, team);
        add_time(&table, team->time);
        if (options->full)
            add(&table, "%s", team->info.debugger_nub_thread >= 0 ? "yes" : "no");
        bool has_line = options->full && team->arguments != NULL && *team->arguments != '\0';
        add(&table, "%s", has_line ? team->arguments : team->info.name);
    }
    print_and_free(out, &table, options);
}

static void print_threads(FILE *out, const struct snapshot *snapshot, const struct options *options)
{
    static const char *const kTitles[] = {">TEAM", ">THREAD", "STATE", ">PRI",
                                          ">USER", ">KERNEL", "NAME",  NULL};
    struct table table;
    add_titles(&table, kTitles);
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct team *team = &snapshot->teams[i];
        for (size_t k = 0; k < team->thread_count; k++) {
            const hdbg_thread_info *thread = &team->threads[k];
            add(&table, "%" PRId32, team->info.team);
            add(&table, "%" PRId32, thread->thread);
            add(&table, "%s", thread_state_name(thread->state));
            add(&table, "%" PRId32, thread->priority);
            add_time(&table, thread->user_time);
            add_time(&table, thread->kernel_time);
            add(&table, "%s", thread->name);
        }
    }
    print_and_free(out, &table, options);
}

static void print_images(FILE *out, const struct snapshot *snapshot, const struct options *options)
{
    static const char *const kShort[] = {">TEAM", ">IMAGE", "TYPE", "TEXT", ">KIB", "PATH", NULL};
    static const char *const kFull[] = {">TEAM", ">IMAGE", "TYPE", "TEXT", ">KIB",
                                        "DATA",  ">KIB",   "PATH", NULL};
    struct table table;
    add_titles(&table, options->full ? kFull : kShort);
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct team *team = &snapshot->teams[i];
        for (size_t k = 0; k < team->image_count; k++) {
            const hdbg_image_info *image = &team->images[k];
            add(&table, "%" PRId32, team->info.team);
            add(&table, "%" PRId32, image->id);
            add(&table, "%s", image_type_name(image->type));
            add(&table, "0x%016" PRIx64, image->text);
            add(&table, "%" PRIu64, image->text_size / 1024);
            if (options->full) {
                add(&table, "0x%016" PRIx64, image->data);
                add(&table, "%" PRIu64, image->data_size / 1024);
            }
            add(&table, "%s", image->path);
        }
    }
    print_and_free(out, &table, options);
}

static void print_areas(FILE *out, const struct snapshot *snapshot, const struct options *options)
{
    static const char *const kTitles[] = {">TEAM", ">AREA",   "ADDRESS", ">KIB",
                                          "MAY",   ">OFFSET", "WHAT",    NULL};
    struct table table;
    char protection[4];
    add_titles(&table, kTitles);
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct team *team = &snapshot->teams[i];
        for (size_t k = 0; k < team->area_count; k++) {
            const hdbg_area_info *area = &team->areas[k];
            protection_text(area->protection, protection);
            add(&table, "%" PRId32, team->info.team);
            add(&table, "%" PRId32, area->area);
            add(&table, "0x%016" PRIx64, area->address);
            add(&table, "%" PRIu64, area->length / 1024);
            add(&table, "%s", protection);
            add(&table, "0x%" PRIx64, area->offset);
            add(&table, "%s", area->path[0] != '\0' ? area->path : area->name);
        }
    }
    print_and_free(out, &table, options);
}

void tables_print(FILE *out, const struct snapshot *snapshot, const struct options *options)
{
    static void (*const kPrint[])(FILE * out, const struct snapshot *snapshot,
                                  const struct options *options) = {[LIST_TEAMS] = print_teams,
                                                                    [LIST_THREADS] = print_threads,
                                                                    [LIST_IMAGES] = print_images,
                                                                    [LIST_AREAS] = print_areas};
    bool first = true;
    for (int list = LIST_TEAMS; list <= LIST_AREAS; list++) {
        if (!options->list[list])
            continue;
        if (!first)
            fputc('\n', out);
        kPrint[list](out, snapshot, options);
        first = false;
    }
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The table of -c.
 */
#include "trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void summary_add(struct summary *summary, const char *name, hdbg_time time, bool failed)
{
    struct summary_row *row = NULL;
    for (size_t i = 0; i < summary->count && row == NULL; i++) {
        if (strcmp(summary->rows[i].name, name) == 0)
            row = &summary->rows[i];
    }
    if (row == NULL && summary->count == summary->room) {
        size_t room = summary->room > 0 ? 2 * summary->room : 64;
        struct summary_row *more = realloc(summary->rows, room * sizeof *more);
        if (more == NULL)
            return;
        summary->rows = more;
        summary->room = room;
    }
    if (row == NULL) {
        row = &summary->rows[summary->count++];
        *row = (struct summary_row){.calls = 0};
        snprintf(row->name, sizeof row->name, "%s", name);
    }
    row->calls++;
    row->errors += failed;
    row->time += time > 0 ? time : 0;
}

void summary_free(struct summary *summary)
{
    free(summary->rows);
    *summary = (struct summary){0};
}

/* ---- order ---- */

static int descending(uint64_t a, uint64_t b)
{
    return a < b ? 1 : a > b ? -1 : 0;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct summary_row *)one)->name, ((const struct summary_row *)other)->name);
}

static int or_name(int order, const void *one, const void *other)
{
    return order != 0 ? order : by_name(one, other);
}

static int by_time(const void *one, const void *other)
{
    const struct summary_row *a = one, *b = other;
    return or_name(descending((uint64_t)a->time, (uint64_t)b->time), a, b);
}

static int by_calls(const void *one, const void *other)
{
    const struct summary_row *a = one, *b = other;
    return or_name(descending(a->calls, b->calls), a, b);
}

static int by_errors(const void *one, const void *other)
{
    const struct summary_row *a = one, *b = other;
    return or_name(descending(a->errors, b->errors), a, b);
}

static const struct {
    const char *word;
    int (*compare)(const void *one, const void *other);
} kOrders[] = {
    {"time", by_time},    {"calls", by_calls}, {"count", by_calls},  {"errors", by_errors},
    {"error", by_errors}, {"name", by_name},   {"syscall", by_name},
};

bool summary_can_sort(const char *sort)
{
    for (size_t i = 0; i < sizeof kOrders / sizeof *kOrders; i++) {
        if (strcmp(kOrders[i].word, sort) == 0)
            return true;
    }
    return false;
}

/* ---- the table ---- */

static void print_row(FILE *to, const struct summary_row *row, hdbg_time total)
{
    char errors[24] = "";
    if (row->errors > 0)
        snprintf(errors, sizeof errors, "%" PRIu64, row->errors);
    double percent = total > 0 ? 100.0 * (double)row->time / (double)total : row->calls > 0 ? 100.0 : 0.0;
    fprintf(to, "%6.2f %11.6f %11" PRIu64 " %9" PRIu64 " %9s %s\n", percent, (double)row->time / 1e6,
            row->calls > 0 ? (uint64_t)row->time / row->calls : 0, row->calls, errors, row->name);
}

void summary_print(const struct summary *summary, const char *sort, FILE *to)
{
    static const char kLine[] = "------ ----------- ----------- --------- --------- ----------------\n";
    struct summary_row total = {.name = "total"};
    if (summary->count == 0)
        return;
    for (size_t i = 0; i < sizeof kOrders / sizeof *kOrders; i++) {
        if (strcmp(kOrders[i].word, sort) == 0)
            qsort(summary->rows, summary->count, sizeof *summary->rows, kOrders[i].compare);
    }
    for (size_t i = 0; i < summary->count; i++) {
        total.calls += summary->rows[i].calls;
        total.errors += summary->rows[i].errors;
        total.time += summary->rows[i].time;
    }
    fputs("% time     seconds  usecs/call     calls    errors syscall\n", to);
    fputs(kLine, to);
    for (size_t i = 0; i < summary->count; i++)
        print_row(to, &summary->rows[i], total.time);
    fputs(kLine, to);
    print_row(to, &total, total.time);
}

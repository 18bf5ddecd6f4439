/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-core info: what the team was started with, had open and might use, for people. What a core file does
 * not tell is left out.
 */
#include "details.h"

#include <inttypes.h>
#include <stdio.h>

void print_text(const char *text)
{
    for (; *text != '\0'; text++)
        putchar((unsigned char)*text < ' ' || *text == 127 ? '?' : *text);
}

/* One kind: its title comes before the first of them. */
typedef struct printing {
    const char *title;
    size_t count;
} printing;

static void print_title(printing *to)
{
    if (to->count++ == 0)
        printf("\n%s:\n", to->title);
}

static int print_line(void *context, const hdbg_detail *detail)
{
    print_title(context);
    fputs("  ", stdout);
    print_text(detail->text);
    putchar('\n');
    return 0;
}

static void print_limit(int64_t limit)
{
    if (limit < 0)
        printf(" %20s", "no limit");
    else
        printf(" %20" PRId64, limit);
}

static int print_limits(void *context, const hdbg_detail *detail)
{
    print_title(context);
    printf("  %-32s", detail->text);
    print_limit(detail->number);
    print_limit(detail->value);
    putchar('\n');
    return 0;
}

static int print_file(void *context, const hdbg_detail *detail)
{
    print_title(context);
    printf("  %4" PRId64 " %c%c  ", detail->number, detail->flags & HDBG_DETAIL_CAN_READ ? 'r' : '-',
           detail->flags & HDBG_DETAIL_CAN_WRITE ? 'w' : '-');
    print_text(detail->text);
    if (detail->value != 0)
        printf("  at %" PRId64, detail->value);
    putchar('\n');
    return 0;
}

static int count_line(void *context, const hdbg_detail *detail)
{
    (void)detail;
    ++*(size_t *)context;
    return 0;
}

void details_print(const opened *core, bool environment)
{
    static const struct {
        int32_t kind;
        const char *title;
        int (*print)(void *context, const hdbg_detail *detail);
    } kKinds[] = {{HDBG_DETAIL_ARGUMENT, "Arguments, the program's name first", print_line},
                  {HDBG_DETAIL_PROGRAM, "Program", print_line},
                  {HDBG_DETAIL_WORKING_DIRECTORY, "Working directory", print_line},
                  {HDBG_DETAIL_LIMIT, "Limits, soft and hard", print_limits},
                  {HDBG_DETAIL_FILE, "Open files", print_file},
                  {HDBG_DETAIL_ENVIRONMENT, "Environment", print_line}};
    size_t variables = 0;
    for (size_t i = 0; i < sizeof kKinds / sizeof *kKinds; i++) {
        printing to = {.title = kKinds[i].title};
        if (environment || kKinds[i].kind != HDBG_DETAIL_ENVIRONMENT)
            hdbg_team_details_visit(core->team, kKinds[i].kind, kKinds[i].print, &to);
    }
    if (!environment &&
        hdbg_team_details_visit(core->team, HDBG_DETAIL_ENVIRONMENT, count_line, &variables) == HDBG_OK)
        printf("\nEnvironment: %zu variable%s, shown with --environment\n", variables,
               variables == 1 ? "" : "s");
}

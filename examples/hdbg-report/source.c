/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The source around the line that the sentence is about, if the file is there.
 */
#define _GNU_SOURCE
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINES_AROUND = 5, LINE_MAX_SHOWN = 200 };

/* Reads lines `first` to `last` of a file. */
static void read_lines(struct facts *facts, FILE *file, int32_t first, int32_t last)
{
    char *line = NULL;
    size_t room = 0;
    for (int32_t number = 1; number <= last && getline(&line, &room, file) > 0; number++) {
        if (number < first)
            continue;
        line[strcspn(line, "\r\n")] = '\0';
        facts->source[facts->source_count++] =
            (source_facts){.line = number, .text = pool_format(facts->pool, "%.*s", LINE_MAX_SHOWN, line)};
    }
    free(line);
}

void source_gather(struct facts *facts)
{
    const frame_facts *frame = facts_culprit(facts);
    struct stat status;
    if (frame == NULL)
        return;
    for (size_t i = 0; i < frame->place->call_count && facts->source_file == NULL; i++) {
        facts->source_file = frame->place->calls[i].file;
        facts->source_line = frame->place->calls[i].line;
    }
    if (facts->source_file == NULL || facts->source_line <= 0)
        return;
    facts->source = pool_array(facts->pool, 2 * LINES_AROUND + 1, sizeof(*facts->source));
    /* The name comes from the debug information, which may say anything: no device, no pipe. */
    FILE *file = stat(facts->source_file, &status) == 0 && S_ISREG(status.st_mode)
                     ? fopen(facts->source_file, "re")
                     : NULL;
    if (file == NULL)
        return;
    if (facts->source != NULL)
        read_lines(facts, file, facts->source_line - LINES_AROUND, facts->source_line + LINES_AROUND);
    fclose(file);
}

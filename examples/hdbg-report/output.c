/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Writes reports to where they are wanted.
 */
#define _GNU_SOURCE
#include "output.h"

#include "html.h"
#include "json.h"
#include "progress.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void complain(struct output *output, const char *path, const char *why)
{
    fprintf(stderr, "hdbg-report: cannot write to %s: %s\n", path, why);
    output->failed = true;
}

/* A file that is closed in the program that is run. */
static FILE *open_file(const char *path)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *out = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (out == NULL && descriptor >= 0)
        close(descriptor);
    return out;
}

static bool wants_color(color_choice choice, FILE *out)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (choice != COLOR_AUTO)
        return choice == COLOR_ALWAYS;
    return (no_color == NULL || *no_color == '\0') && (terminal == NULL || strcmp(terminal, "dumb") != 0) &&
           isatty(fileno(out));
}

bool output_open(struct output *output, const struct options *options)
{
    *output = (struct output){.options = options, .text = stderr};
    if (options->output != NULL && (output->text = open_file(options->output)) == NULL) {
        complain(output, options->output, strerror(errno));
        return false;
    }
    output->color = wants_color(options->color, output->text);
    return true;
}

/* The name of the nth report's file, to be freed. */
static char *numbered(const char *path, unsigned number)
{
    char *name = NULL;
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    int stem = (int)strlen(path);
    if (dot != NULL && (slash == NULL || dot > slash + 1))
        stem = (int)(dot - path);
    int made = number == 1 ? asprintf(&name, "%s", path)
                           : asprintf(&name, "%.*s-%u%s", stem, path, number, path + stem);
    return made < 0 ? NULL : name;
}

static void write_file(struct output *output, const char *path, const struct facts *facts,
                       bool (*print)(FILE *out, const struct facts *facts))
{
    char *name = path != NULL ? numbered(path, output->reports) : NULL;
    FILE *out = name != NULL ? open_file(name) : NULL;
    if (name != NULL && out == NULL)
        complain(output, name, strerror(errno));
    if (out != NULL) {
        bool good = print(out, facts);
        if (fclose(out) != 0 || !good)
            complain(output, name, strerror(errno));
    }
    free(name);
}

static int show_core(void *context, uint64_t done, uint64_t total)
{
    char line[80];
    (void)context;
    if (total > 0) {
        snprintf(line, sizeof(line), "writing the core file: %d %%",
                 (int)((double)done * 100 / (double)total));
        progress_show(NULL, line);
    }
    return 0;
}

static void write_core(struct output *output, const struct facts *facts)
{
    hdbg_core_options how = {.size = sizeof(how), .flags = HDBG_CORE_REPLACE, .progress = show_core};
    char *name =
        output->options->write_core != NULL ? numbered(output->options->write_core, output->reports) : NULL;
    if (name == NULL)
        return;
    hdbg_status error = hdbg_core_write(facts->team, name, &how);
    progress_clear();
    if (error != HDBG_OK)
        complain(output, name, hdbg_last_error());
    free(name);
}

static void write_text(struct output *output, const struct facts *facts)
{
    char *text = NULL;
    size_t size = 0;
    /* In one piece, so that the program's own output does not come in between. */
    FILE *memory = open_memstream(&text, &size);
    bool good = memory != NULL;
    if (memory != NULL) {
        text_print(memory, facts, output->options, output->color);
        good = fclose(memory) == 0 && fwrite(text, 1, size, output->text) == size;
    }
    if ((fflush(output->text) != 0 || !good) && output->options->output != NULL)
        complain(output, output->options->output, strerror(errno));
    free(text);
}

void output_report(struct output *output, const struct facts *facts)
{
    progress_clear();
    output->reports++;
    write_text(output, facts);
    write_file(output, output->options->json, facts, json_print);
    write_file(output, output->options->html, facts, html_print);
    write_core(output, facts);
}

void output_line(struct output *output, const char *line)
{
    progress_clear();
    if ((fprintf(output->text, "hdbg-report: %s\n", line) < 0 || fflush(output->text) != 0) &&
        output->options->output != NULL)
        complain(output, output->options->output, strerror(errno));
}

bool output_close(struct output *output)
{
    progress_clear();
    if (output->text != NULL && output->text != stderr && fclose(output->text) != 0)
        complain(output, output->options->output, strerror(errno));
    return !output->failed;
}

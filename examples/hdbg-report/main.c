/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-report runs a program, or watches one that runs, and says what happened when it crashes.
 *
 *   options.c     the command line
 *   watch.c       the event loop: which events are reported, and how all go on
 *   interrupt.c   signals to hdbg-report itself
 *   gather.c      the facts of a report: threads, images, areas
 *   stack.c       a thread's stack
 *   cause.c       what happened; access.c: which memory an instruction wanted
 *   sentence.c    what happened, in words
 *   print.c       the report as text
 *   exit_status.c how the program's end becomes ours
 */
#include "interrupt.h"
#include "options.h"
#include "watch.h"

#include <haikudbg/haikudbg.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where reports go. The file is closed in the program that is run. */
static FILE *open_output(const char *path)
{
    if (path == NULL)
        return stderr;
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *out = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (out == NULL)
        fprintf(stderr, "hdbg-report: cannot write to %s: %s\n", path, strerror(errno));
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

/* env(1)'s distinction: not there, or there and not to be run. */
static int status_of_launch(hdbg_status error)
{
    switch (error) {
    case HDBG_ENTRY_NOT_FOUND:
    case HDBG_NOT_A_DIRECTORY:
        return STATUS_NOT_FOUND;
    case HDBG_NOT_AN_EXECUTABLE:
    case HDBG_IS_A_DIRECTORY:
    case HDBG_PERMISSION_DENIED:
    case HDBG_MISSING_LIBRARY:
        return STATUS_NOT_EXECUTABLE;
    default:
        return STATUS_OWN_FAILURE;
    }
}

/* Gets hold of the program. Answers 0 or an exit status. */
static int start(struct watch *watch)
{
    const struct options *options = watch->options;
    hdbg_status error;

    if (options->attach >= 0) {
        error = hdbg_team_attach(watch->session, options->attach, 0, &watch->team);
        if (error == HDBG_OK)
            return 0;
        fprintf(stderr, "hdbg-report: %s\n", hdbg_last_error());
        return STATUS_OWN_FAILURE;
    }
    hdbg_launch_spec spec = {.size = sizeof(spec),
                             .path = options->program[0],
                             .arguments = (const char *const *)options->program,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1,
                             .flags = HDBG_LAUNCH_SEARCH_PATH};
    error = hdbg_team_launch(watch->session, &spec, &watch->team);
    if (error == HDBG_OK)
        error = hdbg_team_resume(watch->team);
    if (error == HDBG_OK || error == HDBG_TEAM_GONE)
        return 0;
    fprintf(stderr, "hdbg-report: %s\n", hdbg_last_error());
    return status_of_launch(error);
}

int main(int argc, char **argv)
{
    struct options options;
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_DONE:
        return fflush(stdout) == 0 ? EXIT_SUCCESS : STATUS_OWN_FAILURE;
    case OPTIONS_WRONG:
        return STATUS_OWN_FAILURE;
    case OPTIONS_RUN:
        break;
    }

    struct watch watch = {.options = &options, .out = open_output(options.output)};
    int status = STATUS_OWN_FAILURE;
    if (watch.out == NULL)
        return status;
    watch.color = wants_color(options.color, watch.out);

    hdbg_session_options how = {.size = sizeof(how),
                                .follow = options.follow ? HDBG_FOLLOW_CHILD : HDBG_FOLLOW_NONE};
    if (!interrupt_prepare()) {
        fprintf(stderr, "hdbg-report: cannot prepare for signals: %s\n", strerror(errno));
    } else if (hdbg_session_create(&how, &watch.session) != HDBG_OK) {
        fprintf(stderr, "hdbg-report: %s\n", hdbg_last_error());
    } else {
        watch_prepare(&watch);
        status = start(&watch);
        if (status == 0)
            status = watch_run(&watch);
        /* Whoever is still watched goes on undisturbed. */
        hdbg_team_release(watch.team);
        hdbg_session_destroy(watch.session);
    }
    if (watch.out != stderr && fclose(watch.out) != 0) {
        fprintf(stderr, "hdbg-report: cannot write to %s: %s\n", options.output, strerror(errno));
        status = STATUS_OWN_FAILURE;
    }
    return status;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-report runs a program, watches one that runs, or opens a core file, and says what happened.
 *
 *   options.c     the command line
 *   watch.c       the event loop: which events are reported, and how all go on
 *   killed.c      the end of teams that were killed: a line
 *   interrupt.c   signals to hdbg-report itself
 *   facts.h       what a report knows
 *   gather.c      gathers it; place.c, threads.c, declaration.c, pointers.c, source.c,
 *                 details.c: parts of it
 *   cause.c       what happened; decode.c: which memory an instruction wanted, and disassembly
 *   verdict.c     what was done wrong; thrown.c: a C++ exception
 *   sentence.c    what happened, in words; signature.c: as a number to group by
 *   redact.c      takes out what may be private
 *   output.c      where it goes; text.c, json.c, html.c: how; progress.c: a line meanwhile
 *   exit_status.c how the program's end becomes ours
 */
#include "interrupt.h"
#include "progress.h"
#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static int complain(void)
{
    fprintf(stderr, "hdbg-report: %s\n", hdbg_last_error());
    return STATUS_OWN_FAILURE;
}

/* Gets hold of the program, runs it, and watches it. Answers an exit status. */
static int run_program(struct watch *watch)
{
    hdbg_launch_spec spec = {.size = sizeof(spec),
                             .path = watch->options->program[0],
                             .arguments = (const char *const *)watch->options->program,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1,
                             .flags = HDBG_LAUNCH_SEARCH_PATH};
    hdbg_status error = hdbg_team_launch(watch->session, &spec, &watch->team);
    if (error == HDBG_OK)
        error = hdbg_team_resume(watch->team);
    if (error != HDBG_OK && error != HDBG_TEAM_GONE) {
        complain();
        return status_of_launch(error);
    }
    return watch_run(watch);
}

static int watch_team(struct watch *watch)
{
    hdbg_team_info info = {.size = sizeof(info)};
    if (hdbg_team_attach(watch->session, watch->options->attach, 0, &watch->team) != HDBG_OK)
        return complain();
    if (hdbg_team_info_get(watch->team, &info) == HDBG_OK)
        fprintf(stderr, "hdbg-report: attached to team %d '%s'\n", (int)info.team, info.name);
    return watch_run(watch);
}

/* A core file's team does not run: the thread that it was written for is reported, and that is all. */
static int report_core(struct watch *watch, hdbg_kernel *kernel)
{
    hdbg_core_info info = {.size = sizeof(info)};
    struct gather_options options = watch_gather_options(watch);

    if (hdbg_core_info_get(kernel, &info) != HDBG_OK ||
        hdbg_team_attach(watch->session, info.team, HDBG_ATTACH_STOP, &watch->team) != HDBG_OK)
        return complain();
    hdbg_thread *thread = hdbg_team_thread(watch->team, info.thread);
    if (thread == NULL)
        thread = hdbg_team_main_thread(watch->team);
    struct facts *facts = thread != NULL ? facts_gather(thread, NULL, &options) : NULL;
    if (facts != NULL)
        output_report(&watch->output, facts);
    else
        fprintf(stderr, "hdbg-report: %s holds no thread that could be reported on\n", watch->options->core);
    int status = facts != NULL ? EXIT_SUCCESS : STATUS_OWN_FAILURE;
    facts_free(facts);
    hdbg_thread_release(thread);
    return status;
}

static void choose_debug_info(const struct watch *watch)
{
    const struct options *options = watch->options;
    hdbg_debug_info_options how = {.size = sizeof(how), .progress = progress_show};
    how.flags =
        (options->debug_info ? 0 : HDBG_DEBUG_INFO_OFF) | (options->download ? HDBG_DEBUG_INFO_DOWNLOAD : 0);
    hdbg_session_set_debug_info(watch->session, &how);
}

/* All between the first and the last file that is opened. */
static int run(struct watch *watch)
{
    const struct options *options = watch->options;
    hdbg_kernel *core = NULL;
    hdbg_session_options how = {.size = sizeof(how),
                                .follow = options->follow ? HDBG_FOLLOW_CHILD : HDBG_FOLLOW_NONE};
    int status;

    if (!interrupt_prepare()) {
        fprintf(stderr, "hdbg-report: cannot prepare for signals: %s\n", strerror(errno));
        return STATUS_OWN_FAILURE;
    }
    if (options->core != NULL && hdbg_core_open(options->core, 0, &core) != HDBG_OK)
        return complain();
    how.kernel = core;
    if (hdbg_session_create(&how, &watch->session) != HDBG_OK) {
        status = complain();
        goto done;
    }
    choose_debug_info(watch);
    watch_prepare(watch);
    if (core != NULL)
        status = report_core(watch, core);
    else
        status = options->attach >= 0 ? watch_team(watch) : run_program(watch);
    /* Whoever is still watched goes on undisturbed. */
    hdbg_team_release(watch->team);
    hdbg_session_destroy(watch->session);
done:
    hdbg_kernel_destroy(core);
    return status;
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

    struct watch watch = {.options = &options};
    if (!output_open(&watch.output, &options))
        return STATUS_OWN_FAILURE;
    int status = run(&watch);
    free(watch.unloaded);
    killed_free(&watch.killed);
    return output_close(&watch.output) ? status : STATUS_OWN_FAILURE;
}

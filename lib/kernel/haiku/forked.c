/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Launching what load_image() cannot: with other streams, another working directory, another name.
 *
 * A forked child sets itself up, calls wait_for_debugger(), and executes the program. The kernel debugs it
 * meanwhile, from a port of its own, as far as the loader's report of the program's image: from there on it
 * is as load_image() would have left it, before its first own instruction. Then its debugging is made ready
 * to be handed over, so that the thread stays stopped until the real debugger comes.
 */
#include "kernel/haiku/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <OS.h>
#include <debugger.h>
#include <image.h>

enum { STREAMS = 3, HOLD_CAPACITY = 64, EXIT_FAILED = 127 };

/* Codes of messages to the nub that all releases share, and their structs. */
enum { SET_TEAM_FLAGS = 2, CONTINUE_THREAD = 4, GET_SIGNAL_MASKS = 12 };
typedef struct team_flags {
    int32 flags;
} team_flags;
typedef struct continue_thread {
    thread_id thread;
    uint32 how;
    bool single_step;
} continue_thread;
typedef struct get_masks {
    port_id reply_port;
    thread_id thread;
} get_masks;
typedef struct masks_reply {
    status_t error;
    uint64 ignore, ignore_once;
} masks_reply;

/* What the events of a launch begin with, as far as it looks at them. */
typedef struct launch_event {
    debug_origin origin;
    union {
        struct {
            image_info info;
            int32 image_event;
        } image;
        status_t status; /* of TEAM_DELETED */
        char all[2048];  /* the largest event */
    };
} launch_event;

/* What a child says if it cannot go on. */
enum step { STEP_GROUP, STEP_STREAMS, STEP_DIRECTORY, STEP_PROGRAM };
typedef struct report {
    int32_t step;
    int32_t error;
} report;

/* A launch under way. */
typedef struct forked {
    const haiku_launch *launch;
    haiku_kernel *k;
    int reports[2];
    pid_t team;
    port_id port, nub;
    bool executed;
    status_t ended_with;
} forked;

/* ---- the child: only what is allowed after fork() in a program with threads ---- */

static void child_fails(const forked *f, enum step step)
{
    report says = {step, errno};
    while (write(f->reports[1], &says, sizeof says) < 0 && errno == EINTR) {
    }
    _exit(EXIT_FAILED);
}

/* The given descriptors may be 0, 1 and 2 in any order: they are moved out of the way first. */
static bool child_sets_streams(const hdbg_launch_spec *spec)
{
    const int given[STREAMS] = {spec->standard_input, spec->standard_output, spec->standard_error};
    int moved[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        moved[i] = given[i] >= 0 ? fcntl(given[i], F_DUPFD_CLOEXEC, STREAMS) : -1;
        if (given[i] >= 0 && moved[i] < 0)
            return false;
    }
    for (int i = 0; i < STREAMS; i++) {
        if (moved[i] >= 0 && dup2(moved[i], i) < 0)
            return false;
    }
    return true;
}

static void child_runs(const forked *f)
{
    const hdbg_launch_spec *spec = f->launch->spec;
    if ((spec->flags & HDBG_LAUNCH_NEW_GROUP) != 0 && setpgid(0, 0) != 0)
        child_fails(f, STEP_GROUP);
    if (!child_sets_streams(spec))
        child_fails(f, STEP_STREAMS);
    if (spec->working_directory != NULL && chdir(spec->working_directory) != 0)
        child_fails(f, STEP_DIRECTORY);
    wait_for_debugger();
    execve(f->launch->program, f->launch->arguments, f->launch->environment);
    child_fails(f, STEP_PROGRAM);
}

/* ---- the kernel ---- */

static hdbg_status child_failed(const forked *f)
{
    const hdbg_launch_spec *spec = f->launch->spec;
    report says = {-1, 0};
    ssize_t got;
    do {
        got = read(f->reports[0], &says, sizeof says);
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof says)
        return hdbg_fail(HDBG_ERROR, "cannot launch %s: its team ended early", spec->path);
    const char *why = hdbg_status_string(says.error);
    switch (says.step) {
    case STEP_GROUP:
        return hdbg_fail(says.error, "cannot launch %s: its process group: %s", spec->path, why);
    case STEP_STREAMS:
        return hdbg_fail(says.error, "cannot launch %s: a standard stream: %s", spec->path, why);
    case STEP_DIRECTORY:
        return hdbg_fail(says.error, "cannot launch %s: its working directory %s: %s", spec->path,
                         spec->working_directory, why);
    default:
        return haiku_program_failed(f->launch, says.error);
    }
}

/* The team is gone, or its nub is. */
static hdbg_status team_failed(const forked *f)
{
    if (!f->executed)
        return child_failed(f);
    if (f->ended_with == B_MISSING_LIBRARY || f->ended_with == B_MISSING_SYMBOL)
        return haiku_program_failed(f->launch, f->ended_with);
    return hdbg_fail(HDBG_MISSING_LIBRARY,
                     "cannot launch %s: its loader gave up with status %d before it was complete",
                     f->launch->spec->path, (int)f->ended_with);
}

static hdbg_status go_on(const forked *f, thread_id thread)
{
    continue_thread message;
    memset(&message, 0, sizeof message);
    message.thread = thread;
    message.how = B_THREAD_DEBUG_HANDLE_EVENT;
    return haiku_nub_tell(f->k, f->nub, CONTINUE_THREAD, &message, sizeof message);
}

/* @return the code of the next event, or an error: there will be none. */
static int64_t next_event(const forked *f, launch_event *event)
{
    hdbg_object_wait objects[] = {
        {.object = f->port, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_READ},
        {.object = f->nub, .type = HDBG_OBJECT_PORT, .events = HDBG_WAIT_INVALID},
    };
    int32_t code = -1;
    memset(event, 0, sizeof *event);
    int64_t status = haiku_wait_for_objects(f->k, objects, 2, HDBG_FOREVER);
    if (status < 0)
        return status;
    /* The nub dies a moment before the team's end is told. */
    hdbg_time patience = (objects[0].events & HDBG_WAIT_READ) != 0 ? 0 : HAIKU_NUB_PATIENCE / 10;
    status = haiku_port_read(f->k, f->port, &code, event, sizeof *event, patience);
    return status < 0 ? status : code;
}

/* Leads the child through exec() to the program's image. */
static hdbg_status lead(forked *f)
{
    team_flags flags = {B_TEAM_DEBUG_TEAM_CREATION | B_TEAM_DEBUG_IMAGES};
    launch_event event;
    hdbg_status status = haiku_nub_tell(f->k, f->nub, SET_TEAM_FLAGS, &flags, sizeof flags);
    while (status == HDBG_OK) {
        int64_t code = next_event(f, &event);
        if (code < 0 || code == B_DEBUGGER_MESSAGE_TEAM_DELETED) {
            f->ended_with = code < 0 ? B_ERROR : event.status;
            return team_failed(f);
        }
        f->executed |= code == B_DEBUGGER_MESSAGE_TEAM_EXEC;
        if (f->executed && code == B_DEBUGGER_MESSAGE_IMAGE_CREATED && event.image.info.type == B_APP_IMAGE)
            return HDBG_OK;
        if (event.origin.thread > 0 && event.origin.nub_port >= 0)
            status = go_on(f, event.origin.thread);
    }
    return team_failed(f);
}

/* From here on the next debugger takes the team over as it stands. The answer to a question says that the nub
 * has come so far. */
static hdbg_status make_ready(const forked *f)
{
    const int32_t code = f->k->release >= HDBG_RELEASE_BETA6 ? 1000 : 15; /* PREPARE_HANDOVER */
    get_masks question = {.thread = f->team};
    masks_reply answer;
    hdbg_status status = haiku_nub_tell(f->k, f->nub, code, NULL, 0);
    if (status != HDBG_OK)
        return status;
    int64_t got =
        haiku_nub_ask(f->k, f->nub, GET_SIGNAL_MASKS, &question, sizeof question, &answer, sizeof answer);
    return got < 0 ? (hdbg_status)got : HDBG_OK;
}

static hdbg_status hold(const forked *f)
{
    pthread_mutex_lock(&f->k->lock);
    haiku_team *t = haiku_team_find(f->k, f->team, true);
    if (t != NULL) {
        t->held_by = f->port;
        t->nub_port = f->nub;
    }
    pthread_mutex_unlock(&f->k->lock);
    return t != NULL ? HDBG_OK
                     : hdbg_fail(HDBG_NO_MEMORY, "cannot launch %s: out of memory", f->launch->spec->path);
}

static hdbg_status debug_child(forked *f)
{
    f->nub = install_team_debugger(f->team, f->port);
    if (f->nub < 0) {
        hdbg_team_info info = {.size = sizeof info};
        if (haiku_team_info(f->k, f->team, &info) != HDBG_OK)
            return child_failed(f); /* it was quicker */
        return hdbg_fail(f->nub, "cannot launch %s: debugging its team %d: %s", f->launch->spec->path,
                         (int)f->team, hdbg_status_string(f->nub));
    }
    hdbg_status status = lead(f);
    if (status == HDBG_OK)
        status = make_ready(f);
    return status == HDBG_OK ? hold(f) : status;
}

/* Nothing is left of a team that did not come so far. Its sentence stays. */
static void end_child(const forked *f)
{
    char why[512];
    snprintf(why, sizeof why, "%s", hdbg_last_error());
    kill_team(f->team);
    haiku_reap(f->k, f->team, NULL, HDBG_FOREVER);
    hdbg_fail(HDBG_ERROR, "%s", why);
}

hdbg_team_id haiku_launch_forked(haiku_kernel *k, const haiku_launch *launch)
{
    forked f = {.launch = launch, .k = k, .reports = {-1, -1}, .team = -1, .port = -1, .nub = -1};
    hdbg_status status = HDBG_OK;
    f.port = create_port(HOLD_CAPACITY, "launch debugger");
    int error = f.port < 0 ? f.port : haiku_pipe(f.reports);
    if (error == 0) {
        f.team = fork();
        if (f.team == 0)
            child_runs(&f);
        error = f.team < 0 ? errno : 0;
    }
    if (error != 0) {
        status = hdbg_fail(error < 0 ? error : HDBG_ERROR, "cannot launch %s: %s", launch->spec->path,
                           hdbg_status_string(error));
        goto out;
    }
    close(f.reports[1]);
    f.reports[1] = -1;
    status = debug_child(&f);
    if (status == HDBG_OK)
        f.port = -1; /* the record's */
    else
        end_child(&f);
out:
    for (int i = 0; i < 2; i++) {
        if (f.reports[i] >= 0)
            close(f.reports[i]);
    }
    if (f.port >= 0)
        delete_port(f.port);
    return status == HDBG_OK ? f.team : status;
}

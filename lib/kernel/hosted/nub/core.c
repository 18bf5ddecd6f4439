/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * WRITE_CORE_FILE. All threads of the team are held where they stop next; when none runs any more, their
 * registers are read, and a child of the nub writes the file, while the nub goes on with its other teams. The
 * threads go on when the child is through.
 */
#include "kernel/hosted/nub/nub.h"

#include "base/fail.h"
#include "core/core.h"
#include "kernel/hosted/core_facts.h"
#include "kernel/hosted/internal.h"
#include "kernel/hosted/pages.h"
#include "kernel/hosted/proc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AREAS_FIRST = 64 };

/* What the child has to work with. */
typedef struct work {
    team *team;
    hosted_kernel kernel; /* for what /proc tells; it has no nub and no ports */
    core_source source;
    int pagemap;
    pid_t nub;
    int to; /* where the status is told */
    hdbg_area_info *areas;
    hdbg_image_info *images;
} work;

/* ---- in the child ---- */

/* What has died has no memory any more: that is no hole. */
static bool is_alive(pid_t pid)
{
    proc_status status;
    return proc_read_status(pid, &status) && status.state != 'Z' && status.state != 'X';
}

/* Fast where that is allowed to who does not trace the team; else through the nub's descriptor. */
static int64_t read_memory(void *context, hdbg_address address, void *buffer, size_t size)
{
    work *w = context;
    struct iovec local = {buffer, size}, remote = {(void *)(uintptr_t)address, size};
    ssize_t got = process_vm_readv(w->team->id, &local, 1, &remote, 1, 0);
    size_t done = 0;
    if (got > 0)
        done = memory_hide_breakpoints(w->team, address, buffer, (size_t)got);
    else if (memory_read(w->team, address, buffer, size, &done) != HDBG_OK)
        return is_alive(w->team->id) ? HDBG_BAD_ADDRESS : HDBG_BAD_TEAM_ID;
    return (int64_t)done;
}

static hdbg_status next_pages(void *context, int32_t kind, hdbg_address *address, hdbg_address end,
                              uint64_t *size)
{
    work *w = context;
    return pages_next(w->team->id, &w->pagemap, kind, address, end, size);
}

/* Without the nub nobody holds the threads any more; nor when it does not wait for the file. */
static int on_progress(void *context, uint64_t done, uint64_t total)
{
    const work *w = context;
    (void)done;
    (void)total;
    struct pollfd waits = {.fd = w->to};
    return getppid() != w->nub || poll(&waits, 1, 0) != 0;
}

static hdbg_status gather_areas(work *w)
{
    int64_t cookie = 0;
    size_t room = 0, count = 0;
    for (;;) {
        if (count == room) {
            room = room == 0 ? AREAS_FIRST : room * 2;
            hdbg_area_info *larger = realloc(w->areas, room * sizeof *larger);
            if (!larger)
                return HDBG_NO_MEMORY;
            w->areas = larger;
        }
        w->areas[count] = (hdbg_area_info){.size = sizeof *w->areas};
        if (hosted_next_area(&w->kernel, w->team->id, &cookie, &w->areas[count]) != HDBG_OK)
            break;
        count++;
    }
    w->source.areas = w->areas;
    w->source.area_count = count;
    return HDBG_OK;
}

static void gather_names(work *w)
{
    for (size_t i = 0; i < w->source.thread_count; i++) {
        hdbg_core_thread *t = &w->source.threads[i];
        hdbg_thread_info info = {.size = sizeof info};
        if (hosted_thread_info(&w->kernel, t->thread, &info) != HDBG_OK)
            continue;
        t->state = info.state;
        t->priority = info.priority;
        t->stack_base = info.stack_base;
        t->stack_end = info.stack_end;
        memcpy(t->name, info.name, sizeof t->name);
    }
}

static int signal_info(void *context, hdbg_thread_id id, void *info)
{
    const work *w = context;
    const thread *t = thread_find(w->team->nub, id);
    if (t)
        memcpy(info, &t->info, sizeof t->info);
    return t != NULL;
}

static hdbg_status write_core(work *w, const char *path)
{
    hdbg_core_options options = {.size = sizeof options, .progress = on_progress, .progress_context = w};
    core_source *from = &w->source;
    pthread_mutex_init(&w->kernel.lock, NULL);
    from->team.size = sizeof from->team;
    hdbg_status status = hosted_team_info(&w->kernel, w->team->id, &from->team);
    if (status == HDBG_OK)
        status = gather_areas(w);
    if (status == HDBG_OK)
        status = images_list(w->team->id, &w->images, &from->image_count);
    if (status != HDBG_OK)
        return status;
    gather_names(w);
    from->images = w->images;
    status = core_facts_notes(w->team->id, from->threads, from->thread_count, signal_info, w, core_add_note,
                              &from->notes);
    if (status == HDBG_OK)
        status = core_put_details(&from->notes, hosted_team_details, &w->kernel, w->team->id);
    return status == HDBG_OK ? core_write_file(path, from, &options) : status;
}

/* ---- in the nub ---- */

static hdbg_core_thread describe(thread *t)
{
    hdbg_core_thread out = {.thread = t->id};
    out.cpu_state.arch = HDBG_ARCH_X86_64;
    out.cpu_state.size = sizeof(wire_x86_64_cpu_state);
    wire_x86_64_cpu_state state;
    cpu_state_get(t, &state);
    memcpy(out.cpu_state.data, &state, sizeof state);
    out.extra.size = sizeof out.extra;
    if (t->regs_valid) {
        out.extra.valid = 7;
        out.extra.fs_base = t->regs.fs_base;
        out.extra.gs_base = t->regs.gs_base;
        out.extra.orig_rax = t->regs.orig_rax;
    }
    if (thread_met_signal(t)) {
        convert_siginfo_to_haiku(&t->info, &out.info);
        out.signal = out.info.signal;
        out.has_info = 1;
    }
    return out;
}

/* All threads' registers, the one that has met a signal first: GDB takes that for the one that crashed. */
static bool gather_threads(work *w)
{
    core_source *from = &w->source;
    from->arch = HDBG_ARCH_X86_64;
    from->threads = calloc((size_t)w->team->thread_count + 1, sizeof *from->threads);
    if (!from->threads)
        return false;
    for (thread *t = w->team->threads; t; t = t->following) {
        if (t->stop == STOP_NONE)
            continue; /* it ends, or waits in vfork() */
        hdbg_core_thread one = describe(t);
        from->threads[from->thread_count++] = one;
        hdbg_core_thread *first = &from->threads[0], *last = &from->threads[from->thread_count - 1];
        if ((one.signal && !first->signal) || (!first->signal && one.thread == w->team->id)) {
            *last = *first;
            *first = one;
        }
    }
    return true;
}

/* The nub's descriptors are not the child's to keep open, but for those it works with: the debugger's death
 * is seen by its pidfd, so that they do no harm in the meantime. */
static void run_child(work *w, const char *path, int to)
{
    w->pagemap = -1;
    w->to = to;
    w->source.read = read_memory;
    w->source.next_pages = next_pages;
    w->source.context = w;
    hdbg_status status = write_core(w, path);
    if (write(to, &status, sizeof status) != (ssize_t)sizeof status)
        _exit(1);
    _exit(0);
}

static void release_thread(thread *t)
{
    if (t->stop != STOP_NONE && !t->stopped && !t->hold)
        thread_next(t);
}

static void ready(source *source_, uint32_t events)
{
    team *of = SOURCE_OWNER(source_, team, core.writer);
    hdbg_status status = HDBG_IO_ERROR;
    (void)events;
    if (read(of->core.writer.fd, &status, sizeof status) != (ssize_t)sizeof status)
        status = HDBG_IO_ERROR;
    loop_remove(of->nub, &of->core.writer);
    close(of->core.writer.fd);
    waitpid(of->core.child, NULL, 0);
    of->core.child = 0;
    of->core.state = CORE_WRITTEN;
    of->core.status = status;
    messages_resume_waiting(of);
    if (of->core.state == CORE_WRITTEN) /* nobody has asked */
        of->core.state = CORE_NONE;
    if (of->core.state == CORE_NONE) /* not the next one already */
        team_each_thread(of, release_thread);
}

static hdbg_status start(team *self, const char *path)
{
    int ends[2];
    work *w = calloc(1, sizeof *w);
    if (!w)
        return HDBG_NO_MEMORY;
    hdbg_status status = HDBG_NO_MEMORY;
    w->team = self;
    w->nub = self->nub->pid;
    if (!gather_threads(w))
        goto done;
    status = HDBG_NO_MORE_FDS;
    if (pipe2(ends, O_CLOEXEC) != 0)
        goto done;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(w, path, ends[1]);
    }
    close(ends[1]);
    self->core.writer = (source){ready, ends[0]};
    if (child > 0 && loop_add(self->nub, &self->core.writer, EPOLLIN)) {
        self->core.child = child;
        self->core.state = CORE_WRITING;
        status = HDBG_OK;
    } else {
        close(ends[0]);
        status = HDBG_NO_MEMORY;
    }
done:
    free(w->source.threads);
    free(w);
    return status;
}

/* Whether a thread has come to where its registers can be read, or cannot come there. */
static bool stands(const thread *t)
{
    return t->stop != STOP_NONE || t->lends_memory || t->exiting;
}

static bool all_stand(team *self)
{
    bool all = true;
    for (thread *t = self->threads; t; t = t->following) {
        if (stands(t) && !t->displaced.active)
            continue;
        all = false;
        if (t->stop == STOP_NONE)
            thread_interrupt(t);
    }
    return all;
}

bool core_holds(const thread *self)
{
    return self->team->core.state != CORE_NONE && !self->displaced.active;
}

hdbg_status core_write(team *self, const char *path, size_t size, bool *later)
{
    struct stat info;
    hdbg_status status = self->core.status;
    *later = true;
    switch (self->core.state) {
    case CORE_WRITTEN:
        self->core.state = CORE_NONE;
        *later = false;
        return status;
    case CORE_WRITING:
        return HDBG_OK;
    case CORE_NONE:
    case CORE_STOPPING:
        break;
    }
    *later = false;
    if (path[0] != '/' || strnlen(path, size) == size)
        return HDBG_BAD_VALUE;
    if (self->core.state == CORE_NONE && lstat(path, &info) == 0)
        return HDBG_FILE_EXISTS;
    self->core.state = CORE_STOPPING;
    *later = true;
    if (!all_stand(self))
        return HDBG_OK;
    status = start(self, path);
    if (status != HDBG_OK) {
        *later = false;
        self->core.state = CORE_NONE;
        team_each_thread(self, release_thread);
    }
    return status;
}

void core_forget(team *self, bool release)
{
    if (self->core.state == CORE_WRITING) {
        loop_remove(self->nub, &self->core.writer);
        close(self->core.writer.fd);
    }
    self->core.state = CORE_NONE;
    self->core.child = 0;
    if (release)
        team_each_thread(self, release_thread);
}

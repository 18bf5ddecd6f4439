/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Teams: the processes that are traced, with or without a debugger, and the address spaces that they may
 * share.
 */
#include "kernel/hosted/nub/nub.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILL_DELAY = 20000 /* microseconds */ };

/* ---- address spaces ---- */

space *space_create(pid_t pid)
{
    space *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    s->references = 1;
    s->mem = open(path, O_RDWR | O_CLOEXEC);
    return s;
}

void space_release(space *self)
{
    if (!self || --self->references > 0)
        return;
    breakpoint_forget(self);
    while (self->scratch) {
        scratch_page *page = self->scratch;
        self->scratch = page->next;
        free(page);
    }
    if (self->mem >= 0)
        close(self->mem);
    free(self);
}

/* After an exec: nothing of the old memory is left, unless it was lent from a vfork's parent. */
void team_new_space(team *self)
{
    if (self->space && self->space->references > 1)
        breakpoint_leave_space(self);
    space_release(self->space);
    self->space = space_create(self->id);
    for (int i = 0; i < DEBUG_REGISTERS; i++)
        self->registers[i] = (debug_register){0};
    self->watchpoint_count = 0;
    if (self->journal)
        for (int i = 0; i < NUB_SCRATCH_PAGES; i++)
            atomic_store(&self->journal->scratch[i], 0);
}

/* ---- teams ---- */

team *team_find(nub *self, pid_t id)
{
    for (team *t = self->teams[(uint32_t)id % ID_BUCKETS]; t; t = t->next) {
        if (t->id == id)
            return t;
    }
    return NULL;
}

team *team_create(nub *self, pid_t id, space *shared)
{
    team *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->nub = self;
    t->id = id;
    t->nub_port.fd = t->reader.fd = t->nub_writer = t->journal_fd = -1;
    t->nub_port_id = t->debugger_port = -1;
    if (shared)
        shared->references++;
    t->space = shared ? shared : space_create(id);
    if (!t->space) {
        free(t);
        return NULL;
    }
    t->next = self->teams[(uint32_t)id % ID_BUCKETS];
    self->teams[(uint32_t)id % ID_BUCKETS] = t;
    self->team_count++;
    return t;
}

/* The memory stays until the loop's round ends, for somebody further up may still look at it. */
void team_free(team *self)
{
    nub *of = self->nub;
    for (team **link = &of->teams[(uint32_t)self->id % ID_BUCKETS]; *link; link = &(*link)->next) {
        if (*link == self) {
            *link = self->next;
            of->team_count--;
            if (self->told_at)
                of->ending_count--;
            break;
        }
    }
    if (self->debugger)
        attach_close_nub_port(self);
    trace_stop(self);
    core_forget(self, false);
    attach_refuse_install(self);
    control_answer_waiters(&self->launch_waiters, HDBG_BAD_TEAM_ID);
    control_answer_waiters(&self->detach_waiters, HDBG_OK);
    if (self->space && self->space->references > 1)
        breakpoint_leave_space(self);
    space_release(self->space);
    self->space = NULL;
    if (self->journal) {
        atomic_store(&self->journal->used, 0);
        munmap(self->journal, sizeof *self->journal);
        close(self->journal_fd);
    }
    self->journal = NULL;
    free(self->images);
    self->images = NULL;
    loop_free_later(of, self);
}

bool team_journal(team *self)
{
    if (self->journal)
        return true;
    int fd = memfd_create("haikudbg-journal", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, sizeof(nub_journal)) != 0)
        goto failed;
    void *memory = mmap(NULL, sizeof(nub_journal), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        goto failed;
    self->journal = memory;
    self->journal_fd = fd;
    self->journal->version = NUB_PROTOCOL_VERSION;
    self->journal->team = self->id;
    return true;
failed:
    if (fd >= 0)
        close(fd);
    return false;
}

/* Whether it has to stay traced. */
bool team_is_wanted(const team *self)
{
    return self->debugger || self->install.by || self->launch != LAUNCH_NONE || self->unseen ||
           self->waiting_for_debugger > 0;
}

void team_set_flags(team *self, uint32_t flags)
{
    bool images = flags & TEAM_IMAGES;
    self->flags = flags & USER_FLAG_MASK;
    for (thread *t = self->threads; t; t = t->following)
        thread_flags_changed(t);
    if (images)
        images_watch(self);
}

/* Calls back for each thread. What is done to one may let go of another, so they are found again by their
 * ids. */
void team_each_thread(team *self, void (*each)(thread *))
{
    int count = 0;
    pid_t *ids = calloc((size_t)self->thread_count + 1, sizeof *ids);
    for (thread *t = self->threads; t && ids; t = t->following)
        ids[count++] = t->id;
    for (int i = 0; i < count; i++) {
        thread *t = thread_find(self->nub, ids[i]);
        if (t && t->team == self)
            each(t);
    }
    free(ids);
}

static void let_thread_go(thread *self)
{
    self->hold = 0;
    if (self->stop == STOP_NONE || self->listening)
        thread_interrupt(self);
    else if (!self->stopped)
        thread_next(self);
}

/* Starts what was held and detaches from the rest, each thread when it stops. */
void team_let_go(team *self)
{
    self->launch = LAUNCH_NONE;
    control_answer_waiters(&self->launch_waiters, HDBG_BAD_TEAM_ID);
    breakpoint_clear_internal(self);
    team_each_thread(self, let_thread_go);
}

/* Who takes a debugger out is answered when the last thread is let go, so that another tracer may come at
 * once. One in vfork() would keep them waiting for as long as its child likes, and a main thread that has
 * ended, which nobody can let go any more, for as long as the others live. */
void team_answer_detached(team *self)
{
    for (const thread *t = self->threads; t; t = t->following) {
        if (!t->lends_memory && !(t->exiting && t->stop == STOP_NONE))
            return;
    }
    control_answer_waiters(&self->detach_waiters, HDBG_OK);
}

static void tell_end(team *self)
{
    nub *of = self->nub;
    int status = self->leader_status;
    int32_t value = -1, number = -1;
    if (self->killed_as && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        status = W_EXITCODE(0, self->killed_as);
    if (WIFEXITED(status))
        value = WEXITSTATUS(status);
    else if (WIFSIGNALED(status) && self->killed_by_nub && WTERMSIG(status) == SIGKILL)
        number = 21; /* SIGKILLTHR */
    else if (WIFSIGNALED(status))
        number = convert_signal_to_haiku(WTERMSIG(status));
    attach_close_reader(
        self); /* first, as on Haiku: who has read of the end cannot write to the port any more */
    event_team_deleted(self, value, number);
    team_free(self);
    fork_drop_orphans(of, self);
}

/* All its threads have ended. Whoever waits for its nub port and for the event sees the port go first after a
 * kill_team(), as on Haiku, where the nub is one of the threads that are killed. */
void team_gone(team *self)
{
    if (!self->killed_by_nub || !self->debugger) {
        tell_end(self);
        return;
    }
    attach_close_reader(self);
    self->told_at = nub_time() + KILL_DELAY;
    self->nub->ending_count++;
}

/* @return milliseconds until there is another to tell, -1: none. */
int team_tell_ends(nub *self)
{
    int64_t now = nub_time(), soonest = -1;
    if (self->ending_count == 0)
        return -1;
    for (int i = 0; i < ID_BUCKETS; i++) {
        team *following;
        for (team *t = self->teams[i]; t; t = following) {
            following = t->next;
            if (t->told_at && t->told_at <= now)
                tell_end(t);
            else if (t->told_at && (soonest < 0 || t->told_at - now < soonest))
                soonest = t->told_at - now;
        }
    }
    return soonest < 0 ? -1 : (int)(soonest / 1000) + 1;
}

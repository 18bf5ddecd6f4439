/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the layer above the session (lib/inspect) may use of teams and threads beside the public calls. The
 * structs themselves are in session/types.h, for lib/session alone.
 */
#ifndef HDBG_SESSION_INTERNAL_H
#define HDBG_SESSION_INTERNAL_H

#include <haikudbg/event.h>
#include <haikudbg/nub.h>
#include <haikudbg/team.h>
#include <haikudbg/thread.h>

/* The connection to a live team's nub, kept open until team_nub_release(); NULL after the team's end or
 * detach, with the status in *status and the last error set. */
hdbg_nub *team_nub_acquire(hdbg_team *team, hdbg_status *status);
void team_nub_release(hdbg_team *team);

/* The team's kernel; valid while the nub is acquired. */
hdbg_kernel *team_kernel(hdbg_team *team);

/* Counts what changes the team's set of images (load, unload, exec): caches of images are good while it
 * stands. */
uint64_t team_image_generation(hdbg_team *team);

/* Names the time since all threads of the team stand still, in which it loads nothing: 0 while one runs, else
 * another number after each that was resumed. */
uint64_t team_standstill(hdbg_team *team);

/* A slot for lib/inspect to hang its cache of images and symbols on: freed with `destroy` when the team's
 * last reference goes. team_cache_lock() also guards the slot. */
typedef struct team_cache {
    void *data;
    void (*destroy)(void *data);
} team_cache;
team_cache *team_cache_lock(hdbg_team *team);
void team_cache_unlock(hdbg_team *team);

/* Another one, for its system calls. */
team_cache *team_syscalls_lock(hdbg_team *team);
void team_syscalls_unlock(hdbg_team *team);

/* The same for a session: what its teams share. Freed with the session, and once more with its last team if
 * it was filled again. Not to be locked while a team's is. */
team_cache *session_cache_lock(hdbg_session *session);
void session_cache_unlock(hdbg_session *session);
/* A team's session, also when that has been destroyed: for the above alone. Valid as long as the team. */
hdbg_session *team_session_slot(hdbg_team *team);

/* The records of system calls (base/trace.h) that an event came with, or was given. NULL: none. */
const void *event_records(const hdbg_event *event, size_t *size);
/* Gives it others: they are copied. */
hdbg_status event_records_set(hdbg_event *event, const void *records, size_t size);

/* Registers of a stopped thread, from its cache, and back. session/registers.c; hdbg_thread_cpu_state()
 * stands on it. */
hdbg_status thread_cpu_state_get(hdbg_thread *thread, hdbg_cpu_state *state);
hdbg_status thread_cpu_state_set(hdbg_thread *thread, const hdbg_cpu_state *state);
/* The same of what only some kernels tell; `valid` names those that are to be set. HDBG_NOT_SUPPORTED: the
 * kernel does not tell. */
hdbg_status thread_extra_get(hdbg_thread *thread, hdbg_extra_registers *registers);
hdbg_status thread_extra_set(hdbg_thread *thread, const hdbg_extra_registers *registers);

#endif /* HDBG_SESSION_INTERNAL_H */

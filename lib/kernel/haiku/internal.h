/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The native kernel's own types: what its files share.
 *
 * Locks, outer before inner: haiku_kernel.lock, haiku_descriptor.lock; haiku_kernel.copy_lock stands alone.
 * None is held while a nub is asked or a port is waited for.
 */
#ifndef HDBG_HAIKU_INTERNAL_H
#define HDBG_HAIKU_INTERNAL_H

#include "base/fail.h"

#include <haikudbg/haiku.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* How long a nub may take for an answer to one of the kernel's own requests, in microseconds. */
#define HAIKU_NUB_PATIENCE 10000000

/* Haiku's ids are the library's. A team that this kernel has installed a debugger for, or launched. */
typedef struct haiku_team {
    struct haiku_team *next;
    hdbg_team_id team;
    hdbg_port_id nub_port;
    hdbg_port_id held_by;       /* a launch's own debugger port, until the real debugger comes; -1: none */
    hdbg_port_id debugger_port; /* the real one's, see hold.c: */
    bool quiet;                 /* the main thread stands there, which it was not told */
    int due;                    /* messages that it is not to be told, and are still to come */
    bool launched;              /* a child of the caller's, not reaped yet */
} haiku_team;

/* An area of a debuggee that was looked at. */
typedef struct haiku_clone {
    struct haiku_clone *next;
    hdbg_team_id team;
    int32_t source;       /* the debuggee's area: */
    hdbg_address address; /* where it was, */
    uint64_t length;      /* how long, */
    uint32_t protection;  /* and how protected, when it was cloned */
    int32_t area;         /* the clone, or -1: this one is read by messages */
    const uint8_t *bytes; /* where the clone is mapped here */
    uint64_t used;        /* when, in reads */
    int readers;
    bool stale; /* goes with its last reader */
} haiku_clone;

/* A descriptor that polls readable as long as a port is, see descriptor.c. */
typedef struct haiku_descriptor {
    struct haiku_descriptor *next;
    hdbg_port_id port, control;
    int reader, writer; /* of the pipe; `reader` is the descriptor */
    pthread_t watcher;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t emptied;
    bool ready;    /* the port holds a message, or is gone */
    bool gone;     /* it is gone */
    bool forced;   /* descriptor_force() */
    bool readable; /* there is a byte in the pipe */
    bool closing;
} haiku_descriptor;

/* The commpage's symbols, see commpage.c. */
typedef struct haiku_symbols {
    bool tried;
    void *symbols;
    int32_t count;
    char *strings;
    size_t strings_size;
} haiku_symbols;

/* The images of a team, for areas that map their texts. */
typedef struct haiku_texts {
    hdbg_team_id team;
    hdbg_image_info *images;
    size_t count;
} haiku_texts;

enum { HAIKU_REPLY_PORTS = 8 };

typedef struct haiku_kernel {
    hdbg_kernel kernel; /* first: the public part */
    int32_t release;    /* an hdbg_release: which codes the nubs use */
    int32_t arch;
    bool no_cloning;

    pthread_mutex_t lock; /* of what follows */
    hdbg_port_id *ports;  /* those that were created and not deleted */
    size_t port_count, port_room;
    hdbg_port_id reply_ports[HAIKU_REPLY_PORTS]; /* of the kernel's own requests, none under way */
    int reply_port_count;
    haiku_team *teams;
    haiku_descriptor *descriptors;
    haiku_clone *clones;
    size_t clone_count;
    uint64_t reads;
    hdbg_team_id hint_team; /* the area that was found last, */
    int64_t hint_cookie;    /* and where the list of areas goes on behind it */
    haiku_symbols commpage;
    haiku_texts texts;

    _Atomic int has_descriptors, has_clones, quiet_teams; /* read without the lock */
    _Atomic int64_t swept_at;

    pthread_mutex_t copy_lock;
    int copy_pipe[2]; /* what clones are read through; -1 until then */
} haiku_kernel;

/* ---- kernel.c ---- */

hdbg_time haiku_now(void *context);
/* When `timeout` from now will have passed; HDBG_FOREVER stays what it is. */
hdbg_time haiku_deadline(hdbg_time timeout);
/* pipe() whose ends no other program inherits and that are no standard streams. @return 0 or an errno. */
int haiku_pipe(int ends[2]);
/* Copies a name into a field of a public struct, which it ends in a NUL. */
void haiku_copy_text(char *to, size_t room, const char *from, size_t from_room);

/* ---- ports.c ---- */

hdbg_port_id haiku_port_create(void *context, int32_t capacity, const char *name);
hdbg_status haiku_port_delete(void *context, hdbg_port_id port);
int64_t haiku_port_read(void *context, hdbg_port_id port, int32_t *code, void *buffer, size_t size,
                        hdbg_time timeout);
hdbg_status haiku_port_write(void *context, hdbg_port_id port, int32_t code, const void *data, size_t size,
                             hdbg_time timeout);
int64_t haiku_port_next_size(void *context, hdbg_port_id port, hdbg_time timeout);
hdbg_status haiku_port_info(void *context, hdbg_port_id port, hdbg_port_info *info);
hdbg_status haiku_next_port(void *context, hdbg_team_id team, int64_t *cookie, hdbg_port_info *info);
int64_t haiku_wait_for_objects(void *context, hdbg_object_wait *objects, size_t count, hdbg_time timeout);
/* Reads what is still in the ports: it may say that a team has another debugger. */
void haiku_ports_drain(haiku_kernel *k);
void haiku_ports_free(haiku_kernel *k);

/* ---- descriptor.c ---- */

int haiku_descriptor_open(void *context, hdbg_port_id port);
hdbg_status haiku_descriptor_force(void *context, int descriptor, int readable);
void haiku_descriptor_close(void *context, int descriptor);
/* `port` was read from: is there something left in it? */
void haiku_descriptor_port_read(haiku_kernel *k, hdbg_port_id port);

/* ---- nub.c: what the kernel itself has to say to nubs ---- */

hdbg_status haiku_nub_tell(haiku_kernel *k, hdbg_port_id nub, int32_t code, const void *message, size_t size);
/* `message` begins with the reply port, which is filled in. @return bytes of the reply, or an error. */
int64_t haiku_nub_ask(haiku_kernel *k, hdbg_port_id nub, int32_t code, void *message, size_t size,
                      void *reply, size_t reply_size);

/* ---- debug.c ---- */

/* Under the kernel's lock: the record of a team; made if `make`. */
haiku_team *haiku_team_find(haiku_kernel *k, hdbg_team_id team, bool make);
void haiku_team_forget(haiku_kernel *k, haiku_team *team);
/* The kernel debugs it no more. */
void haiku_team_lose(haiku_kernel *k, haiku_team *team);
/* The port of a team's nub, or an error. */
hdbg_port_id haiku_team_nub(haiku_kernel *k, hdbg_team_id team);

hdbg_port_id haiku_install(void *context, hdbg_team_id team, hdbg_port_id debugger_port);
hdbg_status haiku_remove(void *context, hdbg_team_id team);
hdbg_status haiku_debug_thread(void *context, hdbg_thread_id thread);
hdbg_status haiku_resume_thread(void *context, hdbg_thread_id thread);
hdbg_status haiku_kill_team(void *context, hdbg_team_id team);
hdbg_status haiku_send_signal(void *context, hdbg_thread_id thread, int32_t signal);
hdbg_status haiku_send_team_signal(void *context, hdbg_team_id team, int32_t signal);
int haiku_has_default_debugger(void *context);

/* ---- hold.c ---- */

/* Locked: `port` takes a held team over; that failed. */
void haiku_hold_take(haiku_kernel *k, haiku_team *team, hdbg_port_id port);
void haiku_hold_untake(haiku_kernel *k, haiku_team *team);
/* Locked: the launch's own debugger has done its part. */
void haiku_hold_end(haiku_team *team);
/* Whether a message that was read from `port` belongs to the launch, and is not to be told. */
bool haiku_hold_swallows(haiku_kernel *k, hdbg_port_id port, int32_t code, const void *message, size_t size);
/* Takes those messages of a team out of a port, if they are the next that come. */
void haiku_hold_drain(haiku_kernel *k, hdbg_team_id team, hdbg_port_id port);
/* A message is on its way to a nub: is a held thread to go on? */
void haiku_hold_message(haiku_kernel *k, hdbg_port_id nub, int32_t code, const void *message, size_t size);
/* Answers debug_thread() for a held thread. @return whether it is one. */
bool haiku_hold_answers(haiku_kernel *k, hdbg_thread_id thread);
/* Whether a thread is to be taken for one that is suspended and has not run. */
bool haiku_hold_is_quiet(haiku_kernel *k, hdbg_thread_id thread);

/* ---- launch.c, forked.c, reap.c ---- */

/* A launch: what is asked for, and the program's file. */
typedef struct haiku_launch {
    const hdbg_launch_spec *spec;
    const char *program;
    char *const *arguments;
    char *const *environment;
} haiku_launch;

hdbg_team_id haiku_launch_team(void *context, const hdbg_launch_spec *spec);
/* As load_image(), with all that it cannot: the team is held by a debugger port of the kernel's own, from
 * which haiku_install() takes it over. */
hdbg_team_id haiku_launch_forked(haiku_kernel *k, const haiku_launch *launch);
/* Why a program was not to be executed, in a sentence. */
hdbg_status haiku_program_failed(const haiku_launch *launch, hdbg_status status);
hdbg_status haiku_reap(void *context, hdbg_team_id team, hdbg_team_status *status, hdbg_time timeout);

/* ---- info.c, areas.c ---- */

/* The last error for the end of a list, or of its team: Haiku answers the same for both in some lists. */
hdbg_status haiku_end_of_list(const char *what, hdbg_team_id team, hdbg_status answer);
void haiku_texts_free(haiku_texts *texts);

hdbg_status haiku_team_info(void *context, hdbg_team_id team, hdbg_team_info *info);
hdbg_status haiku_next_team(void *context, int64_t *cookie, hdbg_team_info *info);
hdbg_status haiku_thread_info(void *context, hdbg_thread_id thread, hdbg_thread_info *info);
hdbg_status haiku_next_thread(void *context, hdbg_team_id team, int64_t *cookie, hdbg_thread_info *info);
hdbg_status haiku_next_image(void *context, hdbg_team_id team, int64_t *cookie, hdbg_image_info *info);
hdbg_status haiku_next_area(void *context, hdbg_team_id team, int64_t *cookie, hdbg_area_info *info);
hdbg_status haiku_area_info(void *context, hdbg_area_id area, hdbg_area_info *info);
hdbg_status haiku_delete_area(void *context, hdbg_area_id area);

/* ---- commpage.c ---- */

hdbg_status haiku_next_symbol(void *context, hdbg_team_id team, hdbg_image_id image, int64_t *cookie,
                              hdbg_kernel_symbol *symbol);
void haiku_symbols_free(haiku_symbols *symbols);

/* ---- clones.c, memory.c ---- */

int64_t haiku_memory_read(void *context, hdbg_team_id team, hdbg_address address, void *buffer, size_t size);
/* The clone that has `address`, as it is now; made, if the read is `size` bytes and that is worth it. NULL:
 * there is none, ask the nub. Give it back with haiku_clone_release(). */
haiku_clone *haiku_clone_acquire(haiku_kernel *k, hdbg_team_id team, hdbg_address address, size_t size);
void haiku_clone_release(haiku_kernel *k, haiku_clone *clone);
/* Lets go of the clones of a team; 0: of all teams. */
void haiku_clones_drop(haiku_kernel *k, hdbg_team_id team);
/* Now and then: lets go of what debuggees have unmapped. */
void haiku_clones_sweep(haiku_kernel *k);

#endif /* HDBG_HAIKU_INTERNAL_H */

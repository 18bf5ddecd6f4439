/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The server: one client, one team. What its parts know of each other.
 */
#ifndef HDBG_SERVER_H
#define HDBG_SERVER_H

#include "options.h"
#include "packet.h"

#include <haikudbg/haikudbg.h>

/* A thread of the team. */
struct task {
    hdbg_thread *thread;
    hdbg_thread_id id;
    hdbg_event *pending; /* what it stopped for while another's stop was told; NULL: nothing */
    bool listed;         /* seen in the library's list just now */
    bool resumed;        /* by the last resume */
    bool stepping;
    bool unseen;        /* stopped by the server, where the client has not seen it stop */
    bool told;          /* the client knows what it stands for: a signal goes where the client says */
    uint64_t low, high; /* it is stepped on while it is in here; both 0: it is not */
};

enum stop_reason {
    STOP_PLAIN,
    STOP_SOFTWARE,
    STOP_HARDWARE,
    STOP_WATCH,
    STOP_EXEC,
    STOP_LIBRARIES,
    STOP_NONE_LEFT, /* all threads that were resumed have ended */
};

/* What the client was told last. */
struct stop {
    enum stop_reason reason;
    hdbg_thread_id thread;
    uint8_t signal;       /* GDB's number */
    char watch;           /* the type of packet that set it: 2 or 4 */
    hdbg_address address; /* of STOP_WATCH: as the client gave it */
};

enum { WATCH_BYTES = 16, MAX_FILES = 64, MAX_REGISTERS = 128 };

/* What Z packets have set. */
struct point {
    char type; /* '0' to '4' */
    hdbg_address address;
    uint32_t length;
    uint8_t seen[WATCH_BYTES]; /* of watchpoints: the memory as it was when it was last looked at */
};

struct server {
    struct options options;
    hdbg_session *session;
    hdbg_team *team;
    hdbg_team_id pid;
    hdbg_arch arch;
    const hdbg_register *registers[MAX_REGISTERS]; /* by the protocol's number */
    size_t register_count;
    bool gnu;      /* the client is told of a GNU/Linux target, not of a Haiku one */
    bool attached; /* the team was there before the server */

    /* the client */
    int in, out; /* -1: there is none */
    struct packet_reader reader;
    struct reply payload, frame;
    bool no_ack, multiprocess, swbreak, hwbreak, no_resumed, exec_events;
    hdbg_thread_id general, resumable; /* of Hg and Hc; ID_ANY, ID_ALL */
    bool lost;                         /* the connection is to be given up */

    /* the team */
    struct task *tasks;
    size_t task_count, task_room;
    bool running;   /* resumed, and no stop was told since */
    size_t resumed; /* how many threads the last resume let go */
    bool partly;    /* these are not all */
    bool gone;      /* it has ended, or is no more the server's */
    hdbg_team_end end;
    struct stop stop;
    bool has_program_signals;
    uint64_t program_signals; /* bit n for GDB's n; those below 64 */

    struct point *points;
    size_t point_count, point_room;
    struct reply object; /* what qXfer reads in pieces, as it was at offset 0 */
    struct reply object_name;
    int files[MAX_FILES]; /* of vFile; -1: free */
};

/* ---- serve.c: the connection ---- */

/* Serves one client until it goes. */
void serve(struct server *server);
/* Sends the payload as a packet. */
void send_payload(struct server *server);

/* ---- commands.c, queries.c, xfer.c: packets. Each puts its answer into server->payload. ---- */

/* False: there is no answer (yet). */
bool command(struct server *server, struct cursor packet);
bool query(struct server *server, struct cursor *packet);
void query_xfer(struct server *server, struct cursor *packet);
/* Answers OK or an error. */
void answer(struct server *server, hdbg_status status);
void answer_ok(struct server *server);
void answer_error(struct server *server);
/* An error with the library's sentence, for packets whose errors clients show. */
void answer_sentence(struct server *server);
/* A thread's id as the client wants it. */
void add_thread_id(struct server *server, struct reply *reply, hdbg_thread_id id);
/* The task that Hg chose. */
struct task *chosen_task(struct server *server);
/* Whether an id of the client means the team. */
bool means_team(const struct server *server, const struct thread_id *id);

/* ---- tasks.c ---- */

void tasks_update(struct server *server);
void tasks_free(struct server *server);
struct task *task_find(struct server *server, hdbg_thread_id id);
/* Any that lives; NULL if none does. */
struct task *task_first(struct server *server);

/* ---- run.c: going on and stopping ---- */

/* False: the client waits for a stop. True: server->payload has one. */
bool run_actions(struct server *server, const struct action *actions, size_t count);
/* Reads what happened, and tells the client if it waits for that. */
void run_events(struct server *server);
/* ^C */
void run_interrupt(struct server *server);
/* Stops all threads, tells nobody. */
void run_halt(struct server *server);
/* The client is gone for good, or wants no more: the team runs on. */
hdbg_status run_detach(struct server *server);
void run_kill(struct server *server);

/* ---- stops.c: what a stop is to the client ---- */

/* What the client has to be told of a task before it may go on. False: nothing (more). */
bool stop_is_due(struct server *server, struct task *task, struct stop *stop);
/* What a task stopped for, which the client is told now. */
void stop_take(struct server *server, struct task *task, struct stop *stop);
/* server->stop, or the end, as a packet. */
void stop_reply(struct server *server);

/* ---- points.c: break- and watchpoints ---- */

void points_set(struct server *server, struct cursor *packet);
void points_clear(struct server *server, struct cursor *packet);
void points_clear_all(struct server *server);
/* Forgets them all: the program is another one. */
void points_forget(struct server *server);
const struct point *points_break_at(const struct server *server, hdbg_address address);
/* Looks at what is watched: it was not the program that has changed it. */
void points_refresh(struct server *server);
/* The watchpoint that was hit, NULL if there is none. */
const struct point *points_watch_hit(struct server *server);

/* ---- registers.c ---- */

/* Chooses the registers of the team's processor. False: there is no description of it. */
bool registers_init(struct server *server);
void registers_describe(const struct server *server, struct reply *xml);
void registers_read_all(struct server *server, struct task *task);
void registers_write_all(struct server *server, struct task *task, struct cursor *values);
void registers_read(struct server *server, struct task *task, uint64_t number);
void registers_write(struct server *server, struct task *task, uint64_t number, struct cursor *value);
/* Those that a stop reply carries: "NN:VALUE;" each. */
void registers_expedite(struct server *server, struct task *task, struct reply *reply);

/* ---- memory.c ---- */

void memory_read_hex(struct server *server, struct cursor *packet);
void memory_read_binary(struct server *server, struct cursor *packet);
void memory_write_hex(struct server *server, struct cursor *packet);
void memory_write_binary(struct server *server, struct cursor *packet);
void memory_region(struct server *server, struct cursor *packet);

/* ---- libraries.c ---- */

void libraries_svr4(struct server *server, struct reply *xml);
void libraries_haiku(struct server *server, struct reply *xml);
/* The auxiliary vector, as the program has it in memory. */
hdbg_status auxiliary_vector(struct server *server, struct reply *bytes);

/* ---- signals.c ---- */

/* GDB's number of one of Haiku's, and back; 0 if there is none. */
uint8_t signal_to_gdb(int32_t haiku);
int32_t signal_from_gdb(uint8_t gdb);
/* A stop's signal as a Linux siginfo_t of a 64-bit program. False: it is not known. */
bool signal_info(const hdbg_stop *stop, uint8_t bytes[128]);
void pass_signals(struct server *server, struct cursor *packet);
void program_signals(struct server *server, struct cursor *packet);

/* ---- files.c: vFile ---- */

void file_command(struct server *server, struct cursor *packet);
void files_close(struct server *server);

/* ---- monitor.c: what `monitor` is answered ---- */

void monitor(struct server *server, struct cursor *packet);

#endif /* HDBG_SERVER_H */

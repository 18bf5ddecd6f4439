/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The server: one client, any number of teams. What its parts know of each other.
 */
#ifndef HDBG_SERVER_H
#define HDBG_SERVER_H

#include "options.h"
#include "packet.h"

#include <haikudbg/haikudbg.h>

#include <stdio.h>

struct inferior;
struct server;

enum asked {
    ASKED_NOTHING,
    ASKED_BY_CLIENT,    /* vCont;t */
    ASKED_BY_INTERRUPT, /* ^C */
    ASKED_AS_NEW,       /* to tell that there is a new thread */
    ASKED_VFORK_DONE,   /* to tell that its vfork() is through */
};

/* A thread of a team. */
struct task {
    struct task *next; /* in its bucket of server->by_id */
    struct inferior *inferior;
    size_t index; /* in its list */
    hdbg_thread *thread;
    hdbg_thread_id id;
    hdbg_event *pending; /* what it stopped for and the client was not told yet; NULL: nothing */
    bool listed;         /* seen in the library's list just now */
    bool resumed;        /* to the client it runs */
    bool halted;         /* to the client it ran until all were halted */
    bool stepping;
    enum asked asked; /* what it was asked to stop for; a THREAD_DEBUGGED is told as that */
    bool unseen;      /* stopped by the server, where the client has not seen it stop */
    bool is_new;      /* that it is there has to be told */
    bool told;        /* the client knows what it stands for: a signal goes where the client says */
    uint8_t owed;     /* GDB's number of a signal it was to go on with, when something else had to be told */
    uint64_t left;    /* a print of its registers, if it went on from a breakpoint; else 0 */
    uint64_t low, high; /* it is stepped on while it is in here; both 0: it is not */
    uint64_t entry;     /* it is stepped off the start of a new program, which is here; else 0 */
};

enum stop_reason {
    STOP_PLAIN,
    STOP_SOFTWARE,
    STOP_HARDWARE,
    STOP_WATCH,
    STOP_EXEC,
    STOP_FORK,
    STOP_VFORK,
    STOP_VFORK_DONE,
    STOP_LIBRARIES,
    STOP_SYSCALL_ENTRY,
    STOP_SYSCALL_RETURN,
    STOP_THREAD_CREATED,
    STOP_THREAD_ENDED, /* and there is no such thread any more */
    STOP_NONE_LEFT,    /* all threads that were resumed have ended */
    STOP_TEAM_EXITED,  /* and there is no such team any more */
    STOP_TEAM_KILLED,  /* the same, by a signal */
};

/* What the client is told. */
struct stop {
    enum stop_reason reason;
    hdbg_team_id team;
    hdbg_thread_id thread;
    uint8_t signal;       /* GDB's number */
    char watch;           /* the type of packet that set it: 2, 3 or 4 */
    hdbg_address address; /* of STOP_WATCH: as the client gave it */
    uint64_t value;       /* the exit status, the number of a system call, the child */
};

enum { WATCH_BYTES = 16, MAX_FILES = 64, MAX_REGISTERS = 128, TASK_BUCKETS = 1024, SIGNAL_INFO_BYTES = 128 };

/* What Z packets have set. */
struct point {
    char type; /* '0' to '4' */
    bool set;  /* the nub has it; else it gets it when the team goes on */
    hdbg_address address;
    uint32_t length;
    struct conditions *conditions; /* of breakpoints; NULL: it is always hit */
    uint8_t seen[WATCH_BYTES];     /* of watchpoints: the memory as it was when it was last looked at */
};

enum { LEAVING_MOST = 64 };

/* A team that is debugged. */
struct inferior {
    struct inferior *next;
    struct server *server;
    hdbg_team *team; /* NULL: this one stands for there being none */
    hdbg_team_id pid;
    hdbg_arch arch;
    const hdbg_register *registers[MAX_REGISTERS]; /* by the protocol's number */
    size_t register_count;
    bool attached;   /* the team was there before the server */
    bool hidden;     /* the client does not know of it (yet, or any more) */
    bool let_go;     /* by the client; it still borrows its parent's memory, and is detached after that */
    bool gone;       /* it has ended, or is no more the server's */
    struct stop end; /* if it is gone: what is to be told of that */
    uint32_t more_events;  /* hdbg_team_flag bits that are wanted beside the usual ones */
    struct caught *caught; /* system calls that the client wants to hear of; NULL: none */

    hdbg_team_id parent;    /* of a forked child */
    bool borrows;           /* made by vfork(), and not through yet */
    hdbg_thread_id vforked; /* the thread that is in vfork(), or 0 */
    bool vfork_done;        /* that it is through has to be told */

    struct task **tasks; /* in the order in which they were seen */
    size_t task_count, task_room;
    struct point *points;
    size_t point_count, point_room;
    bool points_waiting;                /* some are not set */
    hdbg_address leaving[LEAVING_MOST]; /* breakpoints that were taken out, and that the nub still has */
    size_t leaving_count;
};

/* What a client wants to hear of, and knows: all that it can agree on. */
struct client_features {
    bool no_ack, multiprocess, swbreak, hwbreak, no_resumed, descriptions;
    bool exec_events, fork_events, vfork_events, thread_events;
    bool thread_suffix, threads_in_stops, error_strings; /* LLDB's */
};

struct server {
    struct options options;
    hdbg_session *session;
    bool gnu; /* the client is told of a GNU/Linux target, not of a Haiku one */

    /* the client */
    int in, out;         /* -1: there is none */
    int64_t rests_until; /* before that it only sleeps and is woken */
    struct packet_reader reader;
    struct reply payload, frame;
    struct client_features client;
    bool extended, non_stop;
    hdbg_thread_id general, resumable; /* of Hg and Hc; ID_ANY, ID_ALL */
    bool lost;                         /* the connection is to be given up */

    /* the teams */
    struct inferior *inferiors;
    struct inferior *current; /* that Hg chose; never NULL */
    struct inferior nobody;   /* what `current` is while there is no team */
    struct task *by_id[TASK_BUCKETS];
    hdbg_team_id started;  /* the last one that was launched or attached */
    bool running;          /* all-stop mode: resumed, and no stop was told since */
    bool maybe_none_left;  /* a thread has ended */
    bool interrupted;      /* by a ^C that came while all stood */
    bool partly;           /* not all threads were resumed */
    struct stop stop;      /* told last */
    struct stop *notified; /* non-stop mode: what is to be told */
    size_t notified_count, notified_room;
    bool holding;   /* the others are told later */
    bool notifying; /* the first of them was, and is not answered yet */
    bool has_program_signals;
    uint64_t program_signals; /* bit n for GDB's n; those below 64 */

    struct start *start;            /* how programs are launched; start.c */
    struct saved *saved;            /* registers that may be put back; lldb.c */
    struct allocation *allocations; /* memory that teams were given; lldb.c */
    bool logs_packets, leaves;      /* monitor.c */
    FILE *log;                      /* where packets are written */
    int64_t team_cookie;            /* where the list of the system's teams goes on; lldb.c */
    struct reply object;            /* what qXfer reads in pieces, as it was at offset 0 */
    struct reply object_name;
    int files[MAX_FILES]; /* of vFile; -1: free */
};

/* ---- serve.c: the connection ---- */

/* Serves one client until it goes. */
void serve(struct server *server);
/* Sends the payload as a packet, or as a notification. */
void send_payload(struct server *server);
void send_notification(struct server *server);

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
void add_thread_id(struct server *server, struct reply *reply, hdbg_team_id team, hdbg_thread_id id);
void add_task_id(struct reply *reply, const struct task *task);
/* The task that Hg chose, of server->current. */
struct task *chosen_task(struct server *server);
/* The task that an id of the client names; NULL if there is none. */
struct task *named_task(struct server *server, const struct thread_id *id);
/* What LLDB calls a kind of machine: "triple:", in hexadecimal, and a semicolon. */
void add_triple(const struct server *server, struct reply *reply, hdbg_arch arch);
/* Whether an id of the client means a team. */
bool means_team(const struct inferior *inferior, const struct thread_id *id);

/* ---- inferiors.c: teams ---- */

/* Makes a team known, with its threads; takes the reference over. `parent`: whose child it is, or NULL.
 * NULL: there is no description of its processor, or no memory; that was said, and the team is let go. */
struct inferior *inferior_add(struct server *server, hdbg_team *team, const struct inferior *parent);
/* Forgets it, whatever has become of its team. */
void inferior_remove(struct server *server, struct inferior *inferior);
struct inferior *inferior_find(struct server *server, hdbg_team_id id);
/* The next one that the client knows of, behind `after` (NULL: the first). NULL: there is none. */
struct inferior *inferior_next(struct server *server, const struct inferior *after);
/* The next thread that the client knows of, behind `after` (NULL: the first), in all teams. */
struct task *task_next(struct server *server, const struct task *after);
/* Chooses which news the library is to tell, for what the client wants to hear. */
void inferior_choose_events(struct server *server, struct inferior *inferior);
/* Makes it the one that packets without an id are about. */
void inferior_choose(struct server *server, struct inferior *inferior);

/* ---- tasks.c: threads ---- */

/* Takes over the library's list of a team's threads. */
void tasks_update(struct inferior *inferior);
void tasks_free(struct inferior *inferior);
/* Any thread of any team. */
struct task *task_find(const struct server *server, hdbg_thread_id id);
/* One of a team; made known if it was not. NULL: no memory. */
struct task *task_of(struct inferior *inferior, hdbg_thread *thread);
void task_drop(struct task *task);
/* Any that lives; NULL if none does. */
struct task *task_first(const struct inferior *inferior);

/* ---- start.c: launching and attaching ---- */

bool start_init(struct server *server);
void start_free(struct server *server);
/* Launches or attaches what the command line says. */
bool start_first(struct server *server, bool on_stdio);
void start_run(struct server *server, struct cursor *packet);
void start_attach(struct server *server, struct cursor *packet);
void start_again(struct server *server);
/* QEnvironment..., QSetWorkingDir, QDisableRandomization, QStartupWithShell */
void start_set_variable(struct server *server, struct cursor *packet);
void start_unset_variable(struct server *server, struct cursor *packet);
void start_reset_environment(struct server *server, struct cursor *packet);
void start_set_folder(struct server *server, struct cursor *packet);
void start_set_input(struct server *server, struct cursor *packet);
void start_set_output(struct server *server, struct cursor *packet);
void start_set_error(struct server *server, struct cursor *packet);
void start_set_randomization(struct server *server, struct cursor *packet);
void start_set_shell(struct server *server, struct cursor *packet);

/* ---- run.c: going on and stopping ---- */

/* False: the client waits for a stop. True: server->payload has one, or OK. */
bool run_actions(struct server *server, const struct action *actions, size_t count);
/* The first of them that is for this thread; NULL if none is. */
const struct action *action_for(const struct task *task, const struct action *actions, size_t count);
/* Reads what happened, and tells the client if it waits for that. */
void run_events(struct server *server);
/* ^C */
void run_interrupt(struct server *server);
/* The client is gone for good, or wants no more of it: the team runs on, and is forgotten if that went well.
 */
hdbg_status run_detach(struct server *server, struct inferior *inferior);
void run_kill(struct server *server, struct inferior *inferior);
/* Goes on with a thread that has stopped for what nobody is told, as it ran before. */
bool run_on(struct task *task);
/* The same, as the client wants it. */
bool run_first(struct task *task, const struct action *action);

/* ---- halt.c: all-stop mode ---- */

/* Stops all threads of all teams, tells nobody. */
void halt_all(struct server *server);
/* Whether to the client a thread of a team runs. */
bool halt_any_resumed(const struct inferior *inferior);
/* Whether there are ends that were not told yet: of threads, and of those teams that the actions are about
 * (NULL: of any). server->stop is the first one then. */
bool halt_is_end_due(struct server *server, const struct action *actions, size_t count);
/* Puts server->stop into the payload; what it is of becomes what packets without an id are about. */
void halt_tell(struct server *server);
/* All threads stand: tells of what has just happened to `first`, or else of one that ran and has something to
 * be told. False: none has. */
bool halt_tell_any(struct server *server, struct task *first);
/* All stand, though none has anything to tell: any does. If none can be had, it is told later, and
 * server->running is true. */
void halt_tell_of_nobody(struct server *server, uint8_t signal);

/* ---- follow.c: children ---- */

/* The child that an event tells of; NULL if it is not followed. */
struct inferior *follow_child(struct server *server, const hdbg_event *event);
/* A child of a followed team is there, and stands: it becomes an inferior, hidden until its fork is told. */
void follow_created(struct task *parent, const hdbg_event *event);
/* The client is told of it now. */
void follow_told(struct server *server, const hdbg_event *event);
/* Detaches what the client has not heard of: the children of a team (NULL: of all) whose forks are still to
 * be told. */
void follow_detach_hidden(struct server *server, const struct inferior *parent);
/* A thread goes on: if that is into the midst of vfork(), it has to tell when it is back. */
void follow_ask(struct task *task);
/* That has been told. */
void follow_back(struct inferior *parent);
/* A child that borrows its parent's memory has other memory now, or has ended. */
void follow_through(struct server *server, struct inferior *child);
/* The client lets go of a child. True: it borrows memory, so it is kept until that is over. */
bool follow_lend(struct server *server, struct inferior *child);
/* An event of such a child. Takes the event over. */
void follow_let_go(struct server *server, struct inferior *child, hdbg_event *event);

/* ---- nonstop.c: where threads stop alone ---- */

/* A thread has stopped, and has something to tell. */
void nonstop_stopped(struct task *task);
/* Queues what is to be told. */
void nonstop_notify(struct server *server, const struct stop *stop);
/* All-stop mode: takes the first one out. False: there is none. */
bool nonstop_take(struct server *server, struct stop *stop);
/* Tells it, if nothing else waits for its answer. */
void nonstop_flush(struct server *server);
/* What is queued of a thread, or of a whole team (thread 0), is void. */
void nonstop_forget(struct server *server, hdbg_team_id team, hdbg_thread_id thread);
void nonstop_actions(struct server *server, const struct action *actions, size_t count);
void nonstop_interrupt(struct server *server);
/* vStopped: the last one was heard, what comes next? */
void nonstop_next(struct server *server);
/* `?`: all that stands, from the beginning. */
void nonstop_all(struct server *server);
/* Changes the mode. */
void nonstop_set(struct server *server, bool on);

/* ---- stops.c: what a stop is to the client ---- */

/* What the client has to be told of a task before it may go on. False: nothing (more). */
bool stop_is_due(struct task *task, struct stop *stop);
/* What a task stopped for, which the client is told now. */
void stop_take(struct task *task, struct stop *stop);
/* That is void, but the task was asked to stop, and has. */
void stop_take_request(struct task *task, struct stop *stop);
/* A print of a thread's registers, never 0; the same if it has not moved. */
uint64_t stop_print(const struct task *task);
/* Whether a breakpoint was hit that is none any more. */
bool stop_is_void(const struct task *task);
/* A stop as a packet. */
void stop_reply(struct server *server, const struct stop *stop);
/* What `?` is answered in all-stop mode. */
void stop_reply_last(struct server *server);

/* ---- points.c: break- and watchpoints ---- */

void points_set(struct server *server, struct cursor *packet);
void points_clear(struct server *server, struct cursor *packet);
void points_clear_all(struct inferior *inferior);
/* Forgets them all: the program is another one. */
void points_forget(struct inferior *inferior);
const struct point *points_break_at(const struct inferior *inferior, hdbg_address address);
/* Looks at what is watched: it was not the program that has changed it. */
void points_refresh(struct inferior *inferior);
/* The watchpoint that a thread has hit, NULL if there is none. */
const struct point *points_watch_hit(const struct task *task);
/* Whether the breakpoint that a thread stands at counts: one of its conditions holds, or it has none. */
bool points_hit_counts(const struct task *task);
/* The child is to have its parent's: they are set when it goes on. */
void points_inherit(struct inferior *child, const struct inferior *parent);
/* Takes them out for a while: they are set again when the team goes on. */
void points_lift(struct inferior *inferior);
/* Sets those that wait for that. */
void points_settle(struct inferior *inferior);
/* Those that were taken out leave the nub, too. */
void points_leave(struct inferior *inferior);

/* ---- conditions.c: of breakpoints, and their commands ---- */

/* Takes those that follow in a Z packet; NULL: there are none. False: they cannot be understood. */
bool conditions_take(struct cursor *packet, struct conditions **conditions);
/* Another reference. NULL is allowed. */
struct conditions *conditions_share(struct conditions *conditions);
void conditions_release(struct conditions *conditions);
/* Whether one of them holds for a thread that stands. */
bool conditions_hold(const struct task *task, const struct conditions *conditions);
/* Does what the client wants to be done there instead of being told. False: there is nothing, or it failed.
 */
bool conditions_act(const struct task *task, const struct conditions *conditions);

/* ---- syscalls.c: which system calls are caught ---- */

void syscalls_catch(struct server *server, struct cursor *packet);
bool syscalls_is_caught(const struct inferior *inferior, uint64_t number);
/* Chooses which news of system calls the library is to tell. */
void syscalls_choose_events(struct inferior *inferior);
/* None is caught any more: of a team, of all. */
void syscalls_drop(struct inferior *inferior);
void syscalls_forget(struct server *server);

/* ---- registers.c ---- */

/* Chooses the registers of the team's processor. False: there is no description of it. */
bool registers_init(struct inferior *inferior);
void registers_describe(const struct server *server, struct reply *xml);
void registers_read_all(struct server *server, struct task *task);
void registers_write_all(struct server *server, struct task *task, struct cursor *values);
void registers_read(struct server *server, struct task *task, uint64_t number);
void registers_write(struct server *server, struct task *task, uint64_t number, struct cursor *value);
/* Those that a stop reply carries: "NN:VALUE;" each. */
void registers_expedite(const struct task *task, struct reply *reply);

/* ---- memory.c ---- */

void memory_read_hex(struct server *server, struct cursor *packet);
void memory_read_binary(struct server *server, struct cursor *packet);
void memory_write_hex(struct server *server, struct cursor *packet);
void memory_write_binary(struct server *server, struct cursor *packet);
void memory_region(struct server *server, struct cursor *packet);
/* How users know an area: the file that it is of, if it is of one. */
const char *area_name(const hdbg_area_info *area);
/* Its protection as "rwxs", with dashes for what it has not; s: a stack. */
void area_letters(const hdbg_area_info *area, char letters[5]);

/* ---- search.c: qSearch:memory, qCRC ---- */

void search_memory(struct server *server, struct cursor *packet);
void memory_sum(struct server *server, struct cursor *packet);

/* ---- osdata.c: tables of what the system has ---- */

/* False: there is no such table. */
bool osdata(struct server *server, const struct cursor *annex, struct reply *xml);

/* ---- libraries.c ---- */

/* False: there is no such list. */
bool libraries_svr4(struct server *server, struct reply *xml);
void libraries_haiku(struct server *server, struct reply *xml);
/* The auxiliary vector, as the program has it in memory. */
hdbg_status auxiliary_vector(struct server *server, struct reply *bytes);
/* qGetTLSAddr: where a thread has a thread-local variable. */
void thread_local_address(struct server *server, struct cursor *packet);

/* ---- signals.c ---- */

/* The client's number of one of Haiku's, and back; 0 if there is none. */
uint8_t signal_to_client(const struct server *server, int32_t haiku);
int32_t signal_from_client(const struct server *server, uint8_t number);
/* The signal of an EXCEPTION_OCCURRED, as the target that the client is told of has it. */
int32_t signal_of_fault(const struct server *server, const hdbg_nub_event *event);
/* What a thread stands for as a Linux siginfo_t of a 64-bit program. False: it is not known. */
bool signal_info(const struct task *task, uint8_t bytes[SIGNAL_INFO_BYTES]);
/* The same from the client, for when the thread goes on with that signal. */
hdbg_status signal_set_info(struct task *task, const uint8_t *bytes, size_t size);
void pass_signals(struct server *server, struct cursor *packet);
void program_signals(struct server *server, struct cursor *packet);

/* ---- lldb.c: what LLDB has added ---- */

void lldb_thread_suffix(struct server *server, struct cursor *packet);
void lldb_launched(struct server *server, struct cursor *packet);
void lldb_threads_in_stops(struct server *server, struct cursor *packet);
void lldb_error_strings(struct server *server, struct cursor *packet);
/* Takes ";thread:ID;" off a packet's end, if that is agreed on. The task, else the chosen one; NULL: none. */
struct task *lldb_suffixed_task(struct server *server, struct cursor *packet);
/* For a stop: the threads of its team. */
void lldb_add_threads(struct server *server, struct reply *reply, hdbg_team_id team);
void lldb_threads_info(struct server *server);
/* _M and _m */
void lldb_memory(struct server *server, struct cursor *packet);
void lldb_thread_stop_info(struct server *server, struct cursor *packet);
void lldb_save_registers(struct server *server, struct cursor *packet);
void lldb_restore_registers(struct server *server, struct cursor *packet);
/* A client is gone: registers that were saved, memory that was given. */
void lldb_forget(struct server *server);
void lldb_working_folder(struct server *server, struct cursor *packet);
void lldb_load_address(struct server *server, struct cursor *packet);
void lldb_first_team(struct server *server, struct cursor *packet);
void lldb_further_team(struct server *server, struct cursor *packet);
void lldb_team(struct server *server, struct cursor *packet);
void lldb_user_name(struct server *server, struct cursor *packet);
void lldb_group_name(struct server *server, struct cursor *packet);

/* ---- files.c: vFile ---- */

void file_command(struct server *server, struct cursor *packet);
void files_close(struct server *server);

/* ---- monitor.c: what `monitor` is answered ---- */

void monitor(struct server *server, struct cursor *packet);
/* Writes a packet to the standard error, if the user wants that. */
void monitor_log(const struct server *server, const char *what, const char *bytes, size_t size);

#endif /* HDBG_SERVER_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The functions of each file of hdbg-nub, and with them the objects that they work on.
 */
#ifndef HDBG_HOSTED_NUB_H
#define HDBG_HOSTED_NUB_H

#include "kernel/hosted/nub/objects.h"

/* loop.c */
bool loop_init(nub *self);
void loop_run(nub *self);
bool loop_add(nub *self, source *what, uint32_t events);
void loop_change(nub *self, source *what, uint32_t events);
void loop_remove(nub *self, source *what);
void loop_free_later(nub *self, void *memory);

/* control.c */
void control_ready(source *self, uint32_t events);
void control_reply(debugger *to, uint32_t serial, hdbg_status status, int32_t value);
void control_send(debugger *to, const nub_reply *reply, const int *fds);
void control_answer_waiters(waiter **list, hdbg_status status);
void control_forget_unsent(debugger *self);
hdbg_status control_wait(waiter **list, debugger *by, uint32_t serial);

/* debugger.c */
debugger *debugger_accept(nub *self, int control_fd);
void debugger_gone(debugger *self);
hdbg_status debugger_hello(debugger *self, pid_t pid, int32_t base, int table_fd);
hdbg_status debugger_add_port(debugger *self, int32_t id, int32_t slot, int32_t capacity, int fd);
void debugger_delete_port(debugger *self, int32_t id);
port *debugger_port(const debugger *self, int32_t id);
/* HDBG_WOULD_BLOCK: parked, and sent later; `owner` says whose message it is. */
hdbg_status port_write(port *self, thread *owner, team *reply_of, int32_t code, const void *data, size_t size,
                       int area_fd);
/* Writes if there is room, else not at all. */
void port_try(port *self, int32_t code, const void *data, size_t size);
void port_forget_thread(port *self, thread *owner);
void port_forget_team(port *self, team *of);

/* team.c */
team *team_find(nub *self, pid_t id);
team *team_create(nub *self, pid_t id, space *shared);
void team_free(team *self);
void team_set_flags(team *self, uint32_t flags);
bool team_is_wanted(const team *self);
bool team_journal(team *self);
void team_let_go(team *self);
void team_answer_detached(team *self);
void team_each_thread(team *self, void (*each)(thread *));
void team_gone(team *self);
int team_tell_ends(nub *self);
space *space_create(pid_t pid);
void space_release(space *self);
void team_new_space(team *self);

/* seize.c */
/* A number in /proc/PID/status, or `otherwise`. */
long seize_status_field(pid_t pid, const char *name, long otherwise);
hdbg_status seize_team(nub *self, pid_t pid, team **result, char *why, size_t room);
/* Those of a team's threads that are not traced yet. */
hdbg_status seize_all(team *of, char *why, size_t room);
/* A thread has stopped for the first time since it was seized, or has ended. */
void seize_settle(thread *self);
void seize_look_again(thread *self);

/* attach.c */
hdbg_status attach_check(const debugger *by, pid_t pid, char *why, size_t room);
bool attach_is_64_bit(pid_t pid);
/* *later: it is answered when all that was being made is known. */
hdbg_status attach_install(debugger *by, const nub_request *request, nub_reply *reply, int fds[2],
                           bool *later);
int attach_tick(nub *self, int timeout);
void attach_cancel_install(team *self);
void attach_refuse_install(team *self);
hdbg_status attach_remove(nub *self, pid_t pid, debugger *by, uint32_t serial, bool *later, char *why,
                          size_t room);
void attach_end(team *self);
void attach_close_nub_port(team *self);
void attach_close_reader(team *self);
team *attach_team_of_nub_port(debugger *by, int32_t id);
void attach_prepare_handover(team *self);

/* thread.c */
thread *thread_find(nub *self, pid_t id);
thread *thread_create(nub *self, team *of, pid_t id);
void thread_free(thread *self);
void thread_move(thread *self, team *to);
void thread_rename(thread *self, pid_t id);
void thread_next(thread *self);
void thread_resume(thread *self);
void thread_killed(thread *self);
void thread_continue(thread *self, const wire_x86_64_continue_thread *how);
/* The same with a step, and further ones as long as it stands within. */
void thread_step_range(thread *self, uint32_t handle_event, hdbg_address low, hdbg_address high);
/* Whether a step that has just ended is followed by another one, and is not told. */
bool thread_steps_on(thread *self);
/* Whether it is stopped for a signal, or for the fault before one: then `info` is that one's. */
bool thread_met_signal(const thread *self);
hdbg_status thread_debug(thread *self);
hdbg_status thread_debug_all(team *of, int32_t *count);
void thread_debug_with_team(thread *self);
void thread_release(thread *self);
void thread_interrupt(thread *self);
void thread_flags_changed(thread *self);
bool thread_restarts_syscall(thread *self);
/* Whether a system call's result says that it is to be entered again: Linux's own, no errno. */
static inline bool is_restart(int64_t result)
{
    return result >= -516 && result <= -512;
}
bool thread_start(thread *self, int request, int signal);

/* stop.c */
struct rusage;
void stop_handle(nub *self, pid_t id, int status);
void stop_ended(nub *self, pid_t id, int status, const struct rusage *usage);
bool stop_may_be_int3(nub *self, pid_t id);
void stop_put_back(nub *self, pid_t id);
bool stop_take_deferred(thread *self);

/* fork.c */
void fork_handle(thread *self, stop_kind kind, pid_t created);
thread *fork_new_orphan(nub *self, pid_t id);
hdbg_status fork_debug_unknown(nub *self, pid_t id);
void fork_child_ready(thread *child);
void fork_creator_goes_on(thread *self);
void fork_drop_orphans(nub *self, const team *ended);

/* event.c */
event *event_add(thread *self, int32_t code);
void event_drop(thread *self);
void event_clear(thread *self);
bool event_report(thread *self);
void event_lost(thread *self);
/* A system call that is told when it ends begins now. */
void event_note_syscall(thread *self);
void event_fault_info(thread *self, int signal, siginfo_t *info);
void event_default(thread *self, bool ignore);
void event_team_deleted(team *self, int32_t status, int32_t signal);
void event_thread_deleted(team *of, pid_t id, int32_t status);
void event_handed_over(team *self, debugger *to, int32_t to_port, port *target);

/* messages.c */
void messages_ready(source *self, uint32_t events);
void messages_read(team *self);
void messages_resume_waiting(team *self);
void messages_listen(team *self);

/* trace.c */
struct __ptrace_syscall_info;
void trace_syscall(thread *self, const struct __ptrace_syscall_info *info, bool again);
hdbg_status trace_start(team *self, uint32_t flags, uint32_t limit, const void *wanted, size_t size);
void trace_stop(team *self);
void trace_flush(port *self);
void trace_port_free(port *self);
int trace_tick(nub *self, int timeout);

/* core.c */
/* WRITE_CORE_FILE. *later: ask again when a thread has stopped, or the file is written. */
hdbg_status core_write(team *self, const char *path, size_t size, bool *later);
/* Whether a thread that could run on has to stand, because a core file is being written. */
bool core_holds(const thread *self);
/* Nobody waits for the file any more. `release`: held threads go on. */
void core_forget(team *self, bool release);

/* memory.c */
/* What was read at an address, without the breakpoints. @return size. */
size_t memory_hide_breakpoints(team *self, hdbg_address address, void *bytes, size_t size);
size_t memory_read_raw(space *self, hdbg_address address, void *buffer, size_t size);
size_t memory_write_raw(space *self, hdbg_address address, const void *buffer, size_t size);
hdbg_status memory_read(team *self, hdbg_address address, void *buffer, size_t size, size_t *done);
hdbg_status memory_write(team *self, hdbg_address address, const void *buffer, size_t size, size_t *done);
hdbg_status memory_clone_area(team *self, hdbg_address address, int *fd, uint64_t *offset);

/* breakpoint.c */
breakpoint *breakpoint_find(const space *self, hdbg_address address);
hdbg_status breakpoint_set(team *self, hdbg_address address);
hdbg_status breakpoint_clear(team *self, hdbg_address address);
hdbg_status breakpoint_set_internal(team *self, hdbg_address address);
void breakpoint_clear_internal(team *self);
void breakpoint_leave_space(team *self);
void breakpoint_remove_all(team *self);
void breakpoint_restore_child(space *parent, space *child);
hdbg_status breakpoint_patch(space *self, breakpoint *what);
void breakpoint_unpatch(space *self, breakpoint *what);
void breakpoint_forget(space *self);
void breakpoint_to_software(team *self);

/* debugregs.c */
int debugregs_claim(team *self, bool force);
void debugregs_set(team *self, int index, hdbg_address address, uint8_t type, uint8_t length,
                   breakpoint *owner);
void debugregs_free(team *self, int index);
void debugregs_apply(thread *self);
bool debugregs_used(const team *self);
int64_t debugregs_status(thread *self);
void debugregs_note_watched(thread *self, int64_t status);
hdbg_status watchpoint_set(team *self, hdbg_address address, uint32_t type, int32_t length);
hdbg_status watchpoint_clear(team *self, hdbg_address address);
void watchpoint_remove_all(team *self);

/* displaced.c */
bool displaced_needed(thread *self);
bool displaced_start(thread *self);
bool displaced_finish(thread *self);
void displaced_abandon(thread *self);
void displaced_syscall_entry(thread *self);

/* park.c */
void park_enter(thread *self);
void park_leave(thread *self);

/* cpu_state.c */
bool cpu_regs(thread *self);
void cpu_changed(thread *self);
void cpu_flush(thread *self);
void cpu_invalidate(thread *self);
void cpu_state_get(thread *self, wire_x86_64_cpu_state *state);
void cpu_state_set(thread *self, const wire_x86_64_cpu_state *state);

/* signal.c */
bool signal_has_default(const thread *self, int linux_signal, bool *ignored);
bool signal_is_deadly(int linux_signal);
bool signal_ends_team(const thread *self, int linux_signal);
bool signal_has_to_kill(const thread *self, int linux_signal);
bool signal_is_fault(const siginfo_t *info, int linux_signal, int32_t *exception, int *deliver,
                     int64_t *vector);
void signal_handler(thread *self, int linux_signal, wire_x86_64_sigaction *out);
hdbg_status signal_get_handler(thread *self, int32_t haiku_signal, wire_x86_64_sigaction *out);
hdbg_status signal_set_handler(thread *self, int32_t haiku_signal, const wire_x86_64_sigaction *in);
void signal_defer(thread *self, int linux_signal);
/* The signal in `info` comes again, and is not to be told then. */
void signal_was_told(thread *self);
bool signal_is_told(const thread *self);
/* The thread stops for something: the signal may have gone another way meanwhile. */
void signal_look_for_told(thread *self);
void signal_forget(thread *self);

/* remote_call.c */
bool remote_call_possible(const thread *self);
bool remote_call(thread *self, long number, const uint64_t arguments[6], int64_t *result);
hdbg_address remote_syscall_address(thread *self);

/* images_events.c */
void images_executed(thread *self);
void images_watch(team *self);
bool images_at_rendezvous(thread *self);
void images_to_wire(const hdbg_image_info *in, wire_x86_64_image_info *out);

/* launch.c */
hdbg_status launch_seize(debugger *by, pid_t pid, char *why, size_t room);
hdbg_status launch_wait(debugger *by, pid_t pid, uint32_t serial, bool *later);
void launch_executed(thread *self);
void launch_loaded(thread *self);
void launch_suspended(thread *self);
hdbg_status launch_resume(nub *self, pid_t id);
bool launch_call(thread *self, hdbg_address call);

/* exec.c: the trampoline. */
int nub_exec_main(int argc, char **argv);

int64_t nub_time(void);

#endif /* HDBG_HOSTED_NUB_H */

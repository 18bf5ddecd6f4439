/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Debugging teams: what is asked of nubs, and what is known of the teams that were.
 */
/* First, as the C library's names of signal fields are macros. */
#include "nub/wire.h"

#include "kernel/hosted/internal.h"
#include "kernel/hosted/convert.h"
#include "kernel/hosted/proc.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { HAIKU_SIGKILLTHR = 21 };

/* ---- records ---- */

hosted_team *hosted_team_find(hosted_kernel *k, hdbg_team_id team, int make)
{
    hosted_team *t = k->teams;
    while (t != NULL && t->team != team)
        t = t->next;
    if (t == NULL && make && (t = calloc(1, sizeof *t)) != NULL) {
        t->team = team;
        t->debugger_port = t->nub_port = -1;
        t->pidfd = -1;
        t->next = k->teams;
        k->teams = t;
    }
    return t;
}

static void unmap_journal(hosted_team *t)
{
    if (t->journal != NULL)
        munmap(t->journal, sizeof *t->journal);
    t->journal = NULL;
}

void hosted_team_forget(hosted_kernel *k, hosted_team *team)
{
    for (hosted_team **link = &k->teams; *link != NULL; link = &(*link)->next) {
        if (*link == team) {
            *link = team->next;
            break;
        }
    }
    unmap_journal(team);
    if (team->pidfd >= 0)
        close(team->pidfd);
    free(team);
}

/* The team is no longer debugged by this kernel; one that the caller launched is still to be reaped. */
static void let_go(hosted_kernel *k, hosted_team *t)
{
    t->installed = 0;
    unmap_journal(t);
    if (!t->launched)
        hosted_team_forget(k, t);
}

void hosted_team_message(hosted_kernel *k, hdbg_port_id port, int32_t code, const void *message, size_t size)
{
    wire_origin origin;
    struct {
        wire_origin origin;
        int32_t debugger, debugger_port;
    } handed_over;
    if ((code != WIRE_TEAM_DELETED && code != WIRE_HANDED_OVER) || size < sizeof origin)
        return;
    memcpy(&origin, message, sizeof origin);
    pthread_mutex_lock(&k->lock);
    hosted_team *t = hosted_team_find(k, origin.team, 0);
    if (t != NULL && t->debugger_port == port) {
        int gone = code == WIRE_TEAM_DELETED;
        if (!gone && size >= sizeof handed_over) {
            memcpy(&handed_over, message, sizeof handed_over);
            gone = handed_over.debugger != getpid() || handed_over.debugger_port != port;
        }
        if (gone)
            let_go(k, t);
    }
    pthread_mutex_unlock(&k->lock);
}

nub_journal *hosted_journal_map(int fd)
{
    if (fd < 0)
        return NULL;
    void *memory = mmap(NULL, sizeof(nub_journal), PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    return memory != MAP_FAILED ? memory : NULL;
}

/* ---- which nub ---- */

hdbg_status hosted_explain_denied(hdbg_team_id team)
{
    /* Yama's, by its ptrace_scope; more than 3 there is not. */
    static const char *const kScopes[] = {
        "",
        "only its parents and root may debug a running program: launch it with the debugger, or write 0 "
        "there",
        "only root may debug: run the debugger as root, or write 0 there",
        "nobody may debug, and it stays so until the system is started anew"};
    char text[64], why[900];
    proc_status status;
    int scope = 0;
    if (proc_read("/proc/sys/kernel/yama/ptrace_scope", text, sizeof text) > 0)
        scope = atoi(text);
    snprintf(why, sizeof why, "%s", hdbg_last_error());
    if (proc_read_status(team, &status) && geteuid() != 0 && status.user != geteuid())
        return hdbg_fail(HDBG_PERMISSION_DENIED, "%s; team %d belongs to user %u, this is user %u", why,
                         (int)team, status.user, geteuid());
    if (scope > 0)
        return hdbg_fail(HDBG_PERMISSION_DENIED, "%s; /proc/sys/kernel/yama/ptrace_scope is %d: %s", why,
                         scope, kScopes[scope < 3 ? scope : 3]);
    return hdbg_fail(
        HDBG_PERMISSION_DENIED,
        "%s; the system forbids ptrace(): in a container its seccomp profile or a missing CAP_SYS_PTRACE "
        "may be the reason, or the program has made itself undumpable",
        why);
}

static int is_nub(pid_t pid)
{
    proc_stat stat;
    proc_status status;
    return proc_read_stat(pid, 0, &stat) && strcmp(stat.comm, "hdbg-nub") == 0 &&
           proc_read_status(pid, &status) && (status.user == geteuid() || geteuid() == 0);
}

/* The nub of a team that this kernel debugs, which is known without asking Linux. */
static hosted_nub *own_nub(hosted_kernel *k, hdbg_team_id team)
{
    pthread_mutex_lock(&k->lock);
    const hosted_team *t = hosted_team_find(k, team, 0);
    hosted_nub *nub = t != NULL && t->installed ? t->nub : NULL;
    pthread_mutex_unlock(&k->lock);
    return nub != NULL && !hosted_nub_check(k, nub) ? nub : NULL;
}

hdbg_status hosted_team_nub(hosted_kernel *k, hdbg_team_id team, hosted_nub **nub)
{
    proc_status status;
    proc_stat stat;
    *nub = own_nub(k, team);
    if (*nub != NULL)
        return HDBG_OK;
    if (!proc_read_status(team, &status) || status.team != team)
        return hdbg_fail(HDBG_BAD_TEAM_ID, "there is no team %d", (int)team);
    if (status.tracer == 0)
        return HDBG_OK;
    pthread_mutex_lock(&k->lock);
    hosted_nub *nubs = k->nubs;
    pthread_mutex_unlock(&k->lock);
    for (hosted_nub *known = nubs; known != NULL; known = known->next) {
        if (known->pid == status.tracer && !hosted_nub_check(k, known)) {
            *nub = known;
            return HDBG_OK;
        }
    }
    if (is_nub(status.tracer))
        return hosted_nub_of_pid(k, status.tracer, nub);
    if (!proc_read_stat(status.tracer, 0, &stat))
        snprintf(stat.comm, sizeof stat.comm, "?");
    return hdbg_fail(HDBG_BAD_VALUE, "team %d is being traced by process %d (%s) already", (int)team,
                     (int)status.tracer, stat.comm);
}

/* ---- attaching ---- */

static hdbg_status check_team(hdbg_team_id team, proc_status *status)
{
    if (team == getpid())
        return hdbg_fail(HDBG_NOT_ALLOWED, "cannot debug team %d: it is this one", (int)team);
    if (team == 1)
        return hdbg_fail(HDBG_NOT_ALLOWED, "cannot debug team 1: it is the system's");
    if (!proc_read_status(team, status) || status->team != team || status->state == 'Z' ||
        status->state == 'X')
        return hdbg_fail(HDBG_BAD_TEAM_ID, "cannot debug team %d: there is none, or it has ended", (int)team);
    if (status->kernel_thread)
        return hdbg_fail(HDBG_NOT_ALLOWED, "cannot debug team %d: it is a thread of the kernel", (int)team);
    return HDBG_OK;
}

/* Takes over what the nub has sent for a team that it serves now. Owns the descriptors. */
static hdbg_status installed(hosted_kernel *k, hosted_nub *nub, hdbg_team_id team, hosted_port *debugger_port,
                             hosted_port *fresh, const nub_reply *reply, int *fds)
{
    hdbg_status status = HDBG_OK;
    if (reply->value == fresh->id) {
        fresh->writer.fd = fds[0];
        fds[0] = -1;
        pthread_mutex_lock(&k->lock);
        k->ports[fresh->index] = fresh;
        fresh->users++;
        pthread_mutex_unlock(&k->lock);
    } else {
        hosted_port *old = hosted_port_acquire(k, reply->value);
        if (old == NULL)
            status = hdbg_fail(
                HDBG_NOT_SUPPORTED,
                "cannot take over team %d: its nub port %d was made for a debugger in another process",
                (int)team, (int)reply->value);
        else
            hosted_port_release(k, old);
    }
    if (fds[0] >= 0)
        close(fds[0]);
    nub_journal *journal = hosted_journal_map(fds[1]);
    pthread_mutex_lock(&k->lock);
    hosted_team *t = status == HDBG_OK ? hosted_team_find(k, team, 1) : NULL;
    if (t != NULL) {
        unmap_journal(t);
        t->journal = journal;
        t->nub = nub;
        t->installed = 1;
        t->debugger_port = debugger_port->id;
        t->nub_port = reply->value;
    } else if (journal != NULL) {
        munmap(journal, sizeof *journal);
    }
    pthread_mutex_unlock(&k->lock);
    return status == HDBG_OK && t == NULL
               ? hdbg_fail(HDBG_NO_MEMORY, "cannot debug team %d: out of memory", (int)team)
               : status;
}

hdbg_port_id hosted_install(void *context, hdbg_team_id team, hdbg_port_id port_id)
{
    hosted_kernel *k = context;
    proc_status state;
    hosted_nub *nub;
    nub_reply reply;
    int fds[2] = {-1, -1};
    char name[HDBG_NAME_LENGTH];
    hosted_port *fresh = NULL;
    hdbg_status status = check_team(team, &state);
    if (status != HDBG_OK)
        return status;
    hosted_port *port = hosted_port_acquire(k, port_id);
    if (port == NULL || !port->local) {
        status = hdbg_fail(HDBG_BAD_PORT_ID, "cannot debug team %d: there is no debugger port %d", (int)team,
                           (int)port_id);
        goto done;
    }
    status = hosted_team_nub(k, team, &nub);
    if (status == HDBG_OK && nub == NULL)
        status = hosted_nub_own(k, &nub);
    if (status == HDBG_OK)
        status = hosted_port_add_nub(k, port, nub);
    if (status != HDBG_OK)
        goto done;

    hosted_port_sweep(k);
    snprintf(name, sizeof name, "team %d debug port", (int)team);
    fresh = hosted_port_make(k, 1, name, 0);
    if (fresh == NULL) {
        status = hdbg_fail(HDBG_NO_MORE_PORTS, "cannot debug team %d: there are %d ports already", (int)team,
                           PORT_SLOTS);
        goto done;
    }
    fresh->nub = nub;
    fresh->team = team;
    nub_request request = {.op = NUB_INSTALL, .a = team, .b = port_id, .c = fresh->id, .d = fresh->index};
    status = hosted_ask(k, nub, &request, -1, &reply, fds);
    if (status == HDBG_PERMISSION_DENIED)
        status = hosted_explain_denied(team);
    if (status == HDBG_OK)
        status = installed(k, nub, team, port, fresh, &reply, fds);
done:
    if (fresh != NULL) {
        int listed = status == HDBG_OK && reply.value == fresh->id;
        hosted_port_release(k, fresh);
        hosted_port_release(k, fresh);
        if (!listed) {
            pthread_mutex_lock(&k->lock);
            k->remote_count--;
            pthread_mutex_unlock(&k->lock);
        }
    }
    if (port != NULL)
        hosted_port_release(k, port);
    return status == HDBG_OK ? reply.value : status;
}

hdbg_status hosted_remove(void *context, hdbg_team_id team)
{
    hosted_kernel *k = context;
    hosted_nub *nub;
    nub_reply reply;
    hdbg_status status = hosted_team_nub(k, team, &nub);
    if (status != HDBG_OK)
        return status;
    if (nub == NULL)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot detach from team %d: it is not being debugged", (int)team);
    nub_request request = {.op = NUB_REMOVE, .a = team};
    status = hosted_ask(k, nub, &request, -1, &reply, NULL);
    pthread_mutex_lock(&k->lock);
    hosted_team *t = status == HDBG_OK ? hosted_team_find(k, team, 0) : NULL;
    hdbg_port_id nub_port = t != NULL ? t->nub_port : -1;
    if (t != NULL)
        let_go(k, t);
    pthread_mutex_unlock(&k->lock);
    hosted_port *port = hosted_port_acquire(k, nub_port);
    if (port != NULL) {
        hosted_port_drop(k, port);
        hosted_port_release(k, port);
    }
    return status;
}

/* ---- threads and signals ---- */

/* The nub that traces a thread's team. */
static hdbg_status thread_nub(hosted_kernel *k, hdbg_thread_id thread, const char *what, hosted_nub **nub,
                              hdbg_team_id *team)
{
    proc_status status;
    if (thread & HOSTED_NUB_THREAD)
        return hdbg_fail(HDBG_NOT_ALLOWED, "cannot %s thread %d: it is a nub", what, (int)thread);
    if (!proc_read_status(thread, &status))
        return hdbg_fail(HDBG_BAD_THREAD_ID, "cannot %s thread %d: there is none", what, (int)thread);
    *team = status.team;
    return hosted_team_nub(k, status.team, nub);
}

static hdbg_status ask_about_thread(void *context, hdbg_thread_id thread, nub_op op, const char *what,
                                    nub_request *request, nub_reply *reply)
{
    hosted_nub *nub;
    hdbg_team_id team = -1;
    hdbg_status status = thread_nub(context, thread, what, &nub, &team);
    if (status != HDBG_OK)
        return status;
    if (nub == NULL)
        return hdbg_fail(HDBG_NOT_ALLOWED, "cannot %s thread %d: team %d is not being debugged", what,
                         (int)thread, (int)team);
    request->op = op;
    request->a = thread;
    return hosted_ask(context, nub, request, -1, reply, NULL);
}

hdbg_status hosted_debug_thread(void *context, hdbg_thread_id thread)
{
    nub_request request = {0};
    nub_reply reply;
    return ask_about_thread(context, thread, NUB_DEBUG_THREAD, "stop", &request, &reply);
}

int hosted_shares_memory(void *context, hdbg_team_id team, hdbg_team_id other)
{
    (void)context;
    return syscall(SYS_kcmp, team, other, KCMP_VM, 0, 0) == 0;
}

int64_t hosted_debug_team(void *context, hdbg_team_id team)
{
    hosted_nub *nub;
    nub_reply reply;
    nub_request request = {.op = NUB_DEBUG_TEAM, .a = team};
    hdbg_status status = hosted_team_nub(context, team, &nub);
    if (status == HDBG_OK && nub == NULL)
        status =
            hdbg_fail(HDBG_NO_DEFAULT_DEBUGGER, "cannot stop team %d: it is not being debugged", (int)team);
    if (status == HDBG_OK)
        status = hosted_ask(context, nub, &request, -1, &reply, NULL);
    return status == HDBG_OK ? reply.value : status;
}

hdbg_status hosted_extra_registers(void *context, hdbg_thread_id thread, hdbg_extra_registers *registers)
{
    nub_request request = {0};
    nub_reply reply;
    if (registers == NULL || registers->size < sizeof *registers)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot read registers: hdbg_extra_registers.size is not set");
    hdbg_status status =
        ask_about_thread(context, thread, NUB_EXTRA_REGISTERS, "read registers of", &request, &reply);
    if (status == HDBG_OK)
        *registers = (hdbg_extra_registers){.size = sizeof *registers,
                                            .valid = 7,
                                            .fs_base = reply.regs[0],
                                            .gs_base = reply.regs[1],
                                            .orig_rax = reply.regs[2]};
    return status;
}

hdbg_status hosted_set_extra_registers(void *context, hdbg_thread_id thread,
                                       const hdbg_extra_registers *registers)
{
    nub_reply reply;
    if (registers == NULL || registers->size < sizeof *registers)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot write registers: hdbg_extra_registers.size is not set");
    nub_request request = {.b = (int32_t)registers->valid,
                           .regs = {registers->fs_base, registers->gs_base, registers->orig_rax}};
    memcpy(request.info, registers->segments, sizeof registers->segments);
    return ask_about_thread(context, thread, NUB_SET_EXTRA_REGISTERS, "write registers of", &request, &reply);
}

hdbg_status hosted_resume_thread(void *context, hdbg_thread_id thread)
{
    hosted_kernel *k = context;
    hosted_nub *nub;
    hdbg_team_id team = -1;
    proc_stat stat;
    nub_reply reply;
    nub_request request = {.op = NUB_RESUME_THREAD, .a = thread};
    hdbg_status status = thread_nub(k, thread, "resume", &nub, &team);
    if (status != HDBG_OK)
        return status;
    if (nub != NULL)
        return hosted_ask(k, nub, &request, -1, &reply, NULL);
    if (!proc_read_stat(team, thread, &stat) || stat.state != 'T')
        return hdbg_fail(HDBG_BAD_THREAD_STATE, "cannot resume thread %d: it is not suspended", (int)thread);
    if (kill(team, SIGCONT) != 0)
        return hdbg_fail(errno == EPERM ? HDBG_PERMISSION_DENIED : HDBG_BAD_THREAD_ID,
                         "cannot resume thread %d: %s", (int)thread, strerror(errno));
    return HDBG_OK;
}

hdbg_status hosted_kill_team(void *context, hdbg_team_id team)
{
    hosted_kernel *k = context;
    hosted_nub *nub = NULL;
    nub_reply reply;
    nub_request request = {.op = NUB_KILL_TEAM, .a = team};
    if (team == 1)
        return hdbg_fail(HDBG_NOT_ALLOWED, "cannot kill team 1: it is the system's");
    pthread_mutex_lock(&k->lock);
    hosted_team *t = hosted_team_find(k, team, 0);
    if (t != NULL) {
        t->killed = 1;
        nub = t->nub;
    }
    pthread_mutex_unlock(&k->lock);
    if (nub == NULL && hosted_team_nub(k, team, &nub) == HDBG_BAD_TEAM_ID)
        return HDBG_BAD_TEAM_ID;
    if (nub != NULL && !hosted_nub_check(k, nub)) {
        hdbg_status status = hosted_ask(k, nub, &request, -1, &reply, NULL);
        if (status != HDBG_NUB_LOST)
            return status;
    }
    if (kill(team, SIGKILL) == 0)
        return HDBG_OK;
    return hdbg_fail(errno == EPERM ? HDBG_PERMISSION_DENIED : HDBG_BAD_TEAM_ID, "cannot kill team %d: %s",
                     (int)team, strerror(errno));
}

/* Linux's number; 0 is allowed and only asks whether the target exists. */
static hdbg_status linux_signal(int32_t signal, int *number)
{
    *number = convert_signal_to_linux(signal);
    if (*number == 0 && signal != 0)
        return hdbg_fail(HDBG_BAD_VALUE, "there is no signal %d", (int)signal);
    return HDBG_OK;
}

hdbg_status hosted_send_signal(void *context, hdbg_thread_id thread, int32_t signal)
{
    int number;
    proc_status status;
    hdbg_status result = linux_signal(signal, &number);
    if (result != HDBG_OK)
        return result;
    if (!proc_read_status(thread, &status))
        return hdbg_fail(HDBG_BAD_THREAD_ID, "cannot send signal %d to thread %d: there is none", (int)signal,
                         (int)thread);
    if (signal == HAIKU_SIGKILLTHR)
        return hosted_kill_team(context, status.team);
    if (syscall(SYS_tgkill, status.team, thread, number) != 0)
        return hdbg_fail(errno == EPERM ? HDBG_PERMISSION_DENIED : HDBG_BAD_THREAD_ID,
                         "cannot send signal %d to thread %d: %s", (int)signal, (int)thread, strerror(errno));
    return HDBG_OK;
}

int64_t hosted_thread_signal_info(void *context, hdbg_thread_id thread, void *info, size_t size)
{
    nub_request request = {0};
    nub_reply reply;
    if (size < sizeof reply.info)
        return hdbg_fail(HDBG_BUFFER_OVERFLOW,
                         "cannot read the signal of thread %d: there is room for %zu bytes", (int)thread,
                         size);
    hdbg_status status =
        ask_about_thread(context, thread, NUB_SIGNAL_INFO, "read the signal of", &request, &reply);
    if (status != HDBG_OK)
        return status;
    memcpy(info, reply.info, sizeof reply.info);
    return sizeof reply.info;
}

int hosted_signal_info(void *context, hdbg_thread_id thread, void *info)
{
    return hosted_thread_signal_info(context, thread, info, sizeof(siginfo_t)) > 0;
}

hdbg_status hosted_send_signal_info(void *context, hdbg_thread_id thread, int32_t signal, const void *info,
                                    size_t size)
{
    nub_request request = {0};
    nub_reply reply;
    siginfo_t details;
    int number;
    hdbg_status status = linux_signal(signal, &number);
    if (status != HDBG_OK)
        return status;
    if (size != sizeof details || size != sizeof request.info)
        return hdbg_fail(HDBG_BAD_VALUE, "a signal's details have %zu bytes, not %zu", sizeof details, size);
    memcpy(&details, info, size);
    if (details.si_signo != number)
        return hdbg_fail(HDBG_BAD_VALUE, "the details are those of Linux's signal %d, not %d",
                         details.si_signo, number);
    memcpy(request.info, info, size);
    status = ask_about_thread(context, thread, NUB_GIVE_SIGNAL_INFO, "set the signal of", &request, &reply);
    return status == HDBG_OK ? hosted_send_signal(context, thread, signal) : status;
}

int64_t hosted_watchpoints_hit(void *context, hdbg_thread_id thread, hdbg_address *addresses, size_t capacity)
{
    nub_request request = {0};
    nub_reply reply;
    hdbg_status status = ask_about_thread(context, thread, NUB_WATCHPOINTS_HIT, "ask for the watchpoints of",
                                          &request, &reply);
    if (status != HDBG_OK)
        return status;
    const size_t room = sizeof reply.regs / sizeof *reply.regs;
    size_t count = (size_t)reply.value < room ? (size_t)reply.value : room;
    for (size_t i = 0; i < capacity && i < count; i++)
        addresses[i] = reply.regs[i];
    return (int64_t)count;
}

hdbg_status hosted_send_team_signal(void *context, hdbg_team_id team, int32_t signal)
{
    int number;
    hdbg_status status = linux_signal(signal, &number);
    if (status != HDBG_OK)
        return status;
    if (signal == HAIKU_SIGKILLTHR)
        return hosted_kill_team(context, team);
    if (team <= 0 || kill(team, number) != 0)
        return hdbg_fail(team > 0 && errno == EPERM ? HDBG_PERMISSION_DENIED : HDBG_BAD_TEAM_ID,
                         "cannot send signal %d to team %d: %s", (int)signal, (int)team,
                         team > 0 ? strerror(errno) : "there is none");
    return HDBG_OK;
}

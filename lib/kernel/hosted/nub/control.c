/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Requests over the control socket: one handler for each operation of protocol.h.
 */
#include "kernel/hosted/nub/nub.h"

#include <haikudbg/kernel.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FDS_MAX = 2 };

/* A request on its way through its handler. */
typedef struct call {
    debugger *by;
    const nub_request *request;
    nub_reply reply;
    int received; /* the descriptor that came along, -1: none; a handler that keeps it sets it to -1 */
    int send[FDS_MAX];
    bool later; /* the answer comes by itself */
} call;

/* @return whether it went, or never will: false means that there is no room now. */
static bool try_reply(debugger *to, const nub_reply *reply, const int *fds)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control;
    struct iovec part = {(void *)reply, sizeof *reply};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    int count = 0;
    while (fds && count < FDS_MAX && fds[count] >= 0)
        count++;
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    }
    while (sendmsg(to->control.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        if (errno == EAGAIN)
            return false;
        if (errno != EINTR)
            break;
    }
    return true;
}

static void free_unsent(unsent *what)
{
    for (int i = 0; i < FDS_MAX; i++) {
        if (what->fds[i] >= 0)
            close(what->fds[i]);
    }
    free(what);
}

void control_forget_unsent(debugger *self)
{
    while (self->unsent) {
        unsent *first = self->unsent;
        self->unsent = first->next;
        free_unsent(first);
    }
}

/* What does not fit into the socket waits; then no request is taken until it went. */
void control_send(debugger *to, const nub_reply *reply, const int *fds)
{
    if (!to->unsent && try_reply(to, reply, fds))
        return;
    unsent *what = calloc(1, sizeof *what), **last = &to->unsent;
    if (!what)
        return;
    what->reply = *reply;
    for (int i = 0; i < FDS_MAX; i++)
        what->fds[i] = fds && fds[i] >= 0 ? dup(fds[i]) : -1;
    if (!to->unsent)
        loop_change(to->nub, &to->control, EPOLLOUT);
    while (*last)
        last = &(*last)->next;
    *last = what;
}

static void send_unsent(debugger *to)
{
    while (to->unsent) {
        unsent *first = to->unsent;
        if (!try_reply(to, &first->reply, first->fds))
            return;
        to->unsent = first->next;
        free_unsent(first);
    }
    loop_change(to->nub, &to->control, EPOLLIN);
}

void control_reply(debugger *to, uint32_t serial, hdbg_status status, int32_t value)
{
    nub_reply reply = {.serial = serial, .status = status, .value = value};
    control_send(to, &reply, NULL);
}

hdbg_status control_wait(waiter **list, debugger *by, uint32_t serial)
{
    /* Nobody asks for the same from so many threads: he means to fill the memory. */
    enum { WAITERS_MAX = 1000 };
    int waiting = 0;
    for (const waiter *each = *list; each; each = each->next)
        waiting++;
    if (waiting >= WAITERS_MAX)
        return HDBG_BUSY;
    waiter *w = calloc(1, sizeof *w);
    if (!w)
        return HDBG_NO_MEMORY;
    w->debugger = by;
    w->serial = serial;
    w->next = *list;
    *list = w;
    return HDBG_OK;
}

void control_answer_waiters(waiter **list, hdbg_status status)
{
    while (*list) {
        waiter *w = *list;
        *list = w->next;
        control_reply(w->debugger, w->serial, status, 0);
        free(w);
    }
}

/* ---- handlers ---- */

static hdbg_status on_hello(call *c)
{
    if (c->request->a != NUB_PROTOCOL_VERSION) {
        snprintf(c->reply.why, sizeof c->reply.why, "hdbg-nub speaks protocol %d, the library %d",
                 NUB_PROTOCOL_VERSION, c->request->a);
        return HDBG_BAD_VALUE;
    }
    hdbg_status status = debugger_hello(c->by, c->request->b, c->request->c, c->received);
    c->reply.value = c->by->base;
    return status;
}

static hdbg_status on_port_create(call *c)
{
    hdbg_status status = debugger_add_port(c->by, c->request->a, c->request->b, c->request->c, c->received);
    if (status == HDBG_OK)
        c->received = -1;
    return status;
}

static hdbg_status on_port_delete(call *c)
{
    team *t = attach_team_of_nub_port(c->by, c->request->a);
    if (t)
        attach_end(t);
    else
        debugger_delete_port(c->by, c->request->a);
    return HDBG_OK;
}

static hdbg_status on_install(call *c)
{
    return attach_install(c->by, c->request, &c->reply, c->send, &c->later);
}

static hdbg_status on_remove(call *c)
{
    return attach_remove(c->by->nub, c->request->a, c->by, c->request->serial, &c->later, c->reply.why,
                         sizeof c->reply.why);
}

static hdbg_status on_debug_thread(call *c)
{
    nub *self = c->by->nub;
    if (c->request->a == self->pid)
        return HDBG_NOT_ALLOWED;
    thread *t = thread_find(self, c->request->a);
    return t && t->team ? thread_debug(t) : fork_debug_unknown(self, c->request->a);
}

static hdbg_status on_debug_team(call *c)
{
    team *t = team_find(c->by->nub, c->request->a);
    return t && t->threads ? thread_debug_all(t, &c->reply.value) : HDBG_BAD_TEAM_ID;
}

static hdbg_status on_launch_seize(call *c)
{
    return launch_seize(c->by, c->request->a, c->reply.why, sizeof c->reply.why);
}

static hdbg_status on_launch_wait(call *c)
{
    return launch_wait(c->by, c->request->a, c->request->serial, &c->later);
}

static hdbg_status on_resume_thread(call *c)
{
    return launch_resume(c->by->nub, c->request->a);
}

static hdbg_status on_kill_team(call *c)
{
    team *t = team_find(c->by->nub, c->request->a);
    if (c->request->a <= 1 || c->request->a == c->by->nub->pid)
        return HDBG_NOT_ALLOWED;
    if (kill(c->request->a, SIGKILL) != 0)
        return errno == EPERM ? HDBG_PERMISSION_DENIED : HDBG_BAD_TEAM_ID;
    if (t)
        t->killed_by_nub = true;
    return HDBG_OK;
}

static hdbg_status on_team_state(call *c)
{
    team *t = team_find(c->by->nub, c->request->a);
    c->reply.value = t && t->debugger ? t->nub_port_id : -1;
    if (t && t->launch == LAUNCH_DONE)
        c->reply.value2 = 1;
    else if (t && (t->launch == LAUNCH_SEIZED || t->launch == LAUNCH_LOADING))
        c->reply.value2 = 2;
    return HDBG_OK;
}

static hdbg_status on_thread_state(call *c)
{
    thread *t = thread_find(c->by->nub, c->request->a);
    if (t && t->stopped)
        c->reply.value = 1;
    else if (t && (t->hold || t->listening))
        c->reply.value = 2;
    return HDBG_OK;
}

/* mmap()'s, of an area's. */
static uint64_t memory_protection(uint32_t area)
{
    return (area & HDBG_AREA_READ ? PROT_READ : 0) | (area & HDBG_AREA_WRITE ? PROT_WRITE : 0) |
           (area & HDBG_AREA_EXECUTE ? PROT_EXEC : 0);
}

/* A thread of a team that the asker debugs. */
static thread *own_thread(const call *c)
{
    thread *t = thread_find(c->by->nub, c->request->a);
    return t && t->team && t->team->debugger == c->by ? t : NULL;
}

/* Registers may be asked for while the thread is stopped, as on Haiku. */
static thread *stopped_thread(const call *c, hdbg_status *status)
{
    thread *t = own_thread(c);
    *status = HDBG_OK;
    if (!t)
        *status = HDBG_BAD_THREAD_ID;
    else if (!t->stopped || !cpu_regs(t))
        *status = HDBG_BAD_THREAD_STATE;
    return *status == HDBG_OK ? t : NULL;
}

static hdbg_status on_extra_registers(call *c)
{
    hdbg_status status;
    thread *t = stopped_thread(c, &status);
    if (t) {
        c->reply.regs[0] = t->regs.fs_base;
        c->reply.regs[1] = t->regs.gs_base;
        c->reply.regs[2] = t->regs.orig_rax;
    }
    return status;
}

enum { SEGMENTS = 6, SEGMENTS_NEEDED = 2 /* code and stack */ };

/* The kernel takes no address above its own border, and no segment that is not a program's, nor the other
 * registers with them. */
static bool takes_registers(const nub_request *request, const uint16_t *segments)
{
    bool takes = (!(request->b & 1) || request->regs[0] <= LINUX_TOP) &&
                 (!(request->b & 2) || request->regs[1] <= LINUX_TOP);
    for (int i = 0; i < SEGMENTS && request->b & 8; i++)
        takes &= (segments[i] & 3) == 3 || (segments[i] == 0 && i >= SEGMENTS_NEEDED);
    return takes;
}

static void set_segments(struct user_regs_struct *regs, const uint16_t *segments)
{
    regs->cs = segments[0];
    regs->ss = segments[1];
    regs->ds = segments[2];
    regs->es = segments[3];
    regs->fs = segments[4];
    regs->gs = segments[5];
}

static hdbg_status on_set_extra_registers(call *c)
{
    hdbg_status status;
    uint16_t segments[SEGMENTS];
    thread *t = stopped_thread(c, &status);
    memcpy(segments, c->request->info, sizeof segments);
    if (t && !takes_registers(c->request, segments)) {
        status = HDBG_BAD_VALUE;
    } else if (t) {
        if (c->request->b & 8)
            set_segments(&t->regs, segments);
        if (c->request->b & 1)
            t->regs.fs_base = c->request->regs[0];
        if (c->request->b & 2)
            t->regs.gs_base = c->request->regs[1];
        if (c->request->b & 4)
            t->regs.orig_rax = c->request->regs[2];
        cpu_changed(t);
    }
    return status;
}

static hdbg_status on_signal_info(call *c)
{
    thread *t = own_thread(c);
    if (!t)
        return HDBG_BAD_THREAD_ID;
    if (!thread_met_signal(t))
        return HDBG_BAD_THREAD_STATE;
    _Static_assert(sizeof c->reply.info == sizeof t->info, "a siginfo_t");
    siginfo_t info;
    event_fault_info(t, t->events[0].signal, &info);
    memcpy(c->reply.info, &info, sizeof info);
    return HDBG_OK;
}

static hdbg_status on_give_signal_info(call *c)
{
    hdbg_status status;
    thread *t = stopped_thread(c, &status);
    if (t)
        memcpy(&t->given, c->request->info, sizeof t->given);
    return status;
}

static hdbg_status on_allocate(call *c)
{
    const nub_request *in = c->request;
    team *of = team_find(c->by->nub, in->a);
    if (!of || of->debugger != c->by)
        return HDBG_BAD_TEAM_ID;
    thread *t = of->threads;
    while (t && !(t->stopped && remote_call_possible(t)))
        t = t->following;
    if (!t)
        return HDBG_BAD_THREAD_STATE;
    const uint64_t allocate[6] = {
        0, in->regs[1], memory_protection((uint32_t)in->b), MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0};
    const uint64_t release[6] = {in->regs[0], in->regs[1]};
    bool allocates = in->regs[0] == 0;
    int64_t result = -1;
    if (!remote_call(t, allocates ? SYS_mmap : SYS_munmap, allocates ? allocate : release, &result))
        return HDBG_BAD_THREAD_STATE;
    c->reply.regs[0] = (uint64_t)result;
    return result >= -4095 && result < 0 ? convert_errno((int)-result) : HDBG_OK;
}

static hdbg_status on_watchpoints_hit(call *c)
{
    hdbg_status status;
    thread *t = stopped_thread(c, &status);
    if (!t)
        return status;
    if (t->event_count == 0 || t->events[0].code != WIRE_WATCHPOINT_HIT)
        return HDBG_BAD_THREAD_STATE;
    enum { PLACES = sizeof c->reply.regs / sizeof *c->reply.regs };
    _Static_assert((int)PLACES >= (int)WATCHPOINT_MAX, "room for all");
    for (int i = 0; i < t->watched_count && i < PLACES; i++)
        c->reply.regs[c->reply.value++] = t->watched[i];
    return HDBG_OK;
}

static void fill_registers(const team *of, nub_thread_registers *one)
{
    wire_x86_64_cpu_state state;
    _Static_assert(sizeof state == sizeof one->cpu_state, "debug_cpu_state");
    thread *t = thread_find(of->nub, one->thread);
    one->status = !t || t->team != of ? HDBG_BAD_THREAD_ID : HDBG_BAD_THREAD_STATE;
    if (!t || t->team != of || !t->stopped || !cpu_regs(t))
        return;
    cpu_state_get(t, &state);
    memcpy(one->cpu_state, &state, sizeof state);
    one->extra[0] = t->regs.fs_base;
    one->extra[1] = t->regs.gs_base;
    one->extra[2] = t->regs.orig_rax;
    one->status = HDBG_OK;
}

static hdbg_status on_thread_registers(call *c)
{
    const team *of = team_find(c->by->nub, c->request->a);
    if (!of || of->debugger != c->by)
        return HDBG_BAD_TEAM_ID;
    /* Seals are memory's alone: a file of another kind could keep the nub waiting. */
    if (c->received < 0 || fcntl(c->received, F_GET_SEALS) < 0 || c->request->b < 1 ||
        c->request->b > NUB_REGISTERS_MAX)
        return HDBG_BAD_VALUE;
    size_t count = (size_t)c->request->b, size = count * sizeof(nub_thread_registers);
    nub_thread_registers *all = malloc(size);
    if (!all)
        return HDBG_NO_MEMORY;
    bool good = pread(c->received, all, size, 0) == (ssize_t)size;
    for (size_t i = 0; good && i < count; i++)
        fill_registers(of, &all[i]);
    good = good && pwrite(c->received, all, size, 0) == (ssize_t)size;
    free(all);
    return good ? HDBG_OK : HDBG_BAD_VALUE;
}

static hdbg_status on_step_range(call *c)
{
    hdbg_status status;
    thread *t = stopped_thread(c, &status);
    if (t)
        thread_step_range(t, (uint32_t)c->request->b, c->request->regs[0], c->request->regs[1]);
    return status;
}

static hdbg_status on_trace_team(call *c)
{
    team *of = team_find(c->by->nub, c->request->a);
    if (!of || of->debugger != c->by)
        return HDBG_BAD_TEAM_ID;
    if (c->request->c < 0) {
        trace_stop(of);
        return HDBG_OK;
    }
    return trace_start(of, (uint32_t)c->request->b, (uint32_t)c->request->c, c->request->info,
                       sizeof c->request->info);
}

static hdbg_status on_test(call *c)
{
    if (c->request->a != NUB_TEST_LOSE_FIRST_CONTINUE)
        return HDBG_BAD_VALUE;
    c->by->lose_first_continue = c->request->b != 0;
    return HDBG_OK;
}

static hdbg_status (*const handlers[NUB_OP_COUNT])(call *) = {
    [NUB_HELLO] = on_hello,
    [NUB_PORT_CREATE] = on_port_create,
    [NUB_PORT_DELETE] = on_port_delete,
    [NUB_INSTALL] = on_install,
    [NUB_REMOVE] = on_remove,
    [NUB_DEBUG_THREAD] = on_debug_thread,
    [NUB_LAUNCH_SEIZE] = on_launch_seize,
    [NUB_LAUNCH_WAIT] = on_launch_wait,
    [NUB_RESUME_THREAD] = on_resume_thread,
    [NUB_KILL_TEAM] = on_kill_team,
    [NUB_TEAM_STATE] = on_team_state,
    [NUB_THREAD_STATE] = on_thread_state,
    [NUB_EXTRA_REGISTERS] = on_extra_registers,
    [NUB_SET_EXTRA_REGISTERS] = on_set_extra_registers,
    [NUB_DEBUG_TEAM] = on_debug_team,
    [NUB_SIGNAL_INFO] = on_signal_info,
    [NUB_GIVE_SIGNAL_INFO] = on_give_signal_info,
    [NUB_ALLOCATE] = on_allocate,
    [NUB_WATCHPOINTS_HIT] = on_watchpoints_hit,
    [NUB_THREAD_REGISTERS] = on_thread_registers,
    [NUB_STEP_RANGE] = on_step_range,
    [NUB_TRACE_TEAM] = on_trace_team,
    [NUB_TEST] = on_test,
};

/* ---- the socket ---- */

/* @return bytes, 0 at the end, -1 if there is nothing now. */
static ssize_t receive(int socket, nub_request *request, int *fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control;
    struct iovec part = {request, sizeof *request};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
    ssize_t size;
    do {
        size = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    *fd = -1;
    if (size < 0)
        return errno == EAGAIN ? -1 : 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        int fds[FDS_MAX], count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(c), (size_t)count * sizeof(int));
        for (int i = 0; i < count; i++) {
            if (*fd < 0)
                *fd = fds[i];
            else
                close(fds[i]);
        }
    }
    return size;
}

/* What the debugger wrote to a team's nub port before it asked here comes first. */
static void keep_order(debugger *by, int32_t id)
{
    thread *t = thread_find(by->nub, id);
    team *of = t && t->team ? t->team : team_find(by->nub, id);
    if (of && of->debugger == by)
        messages_read(of);
}

void control_ready(source *self, uint32_t events)
{
    debugger *by = SOURCE_OWNER(self, debugger, control);
    nub_request request;
    if (events & EPOLLOUT) {
        send_unsent(by);
        return;
    }
    memset(&request, 0, sizeof request);
    call c = {.by = by, .request = &request, .send = {-1, -1}};
    ssize_t size = receive(self->fd, &request, &c.received);
    if (size < 0)
        return;
    if (size == 0) {
        debugger_gone(by);
        return;
    }
    c.reply.serial = request.serial;
    if (size < (ssize_t)sizeof request || request.op >= NUB_OP_COUNT || !handlers[request.op]) {
        c.reply.status = HDBG_BAD_VALUE;
    } else if (!by->slots && request.op != NUB_HELLO) {
        c.reply.status = HDBG_NO_INIT;
    } else {
        keep_order(by, request.a);
        c.reply.status = handlers[request.op](&c);
    }
    if (!c.later)
        control_send(by, &c.reply, c.send);
    for (int i = 0; i < FDS_MAX; i++) {
        if (c.send[i] >= 0)
            close(c.send[i]);
    }
    if (c.received >= 0)
        close(c.received);
}

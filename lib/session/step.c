/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What nubs get wrong about single steps, mended for every kernel.
 *
 * - `pushf` pushes the trap flag that the step has set, `popf` takes it away. Where nothing else is to happen
 * (no signal is given, no system call is being left) the library does what these instructions do by itself:
 * the thread does not run at all, and its SINGLE_STEP is the library's own. Else a step over `pushf` is
 * mended when it has ended. The same holds for going on from a breakpoint on one of them, which the kernel
 * does by a step.
 * - An `int3` of the program's own: the thread stands at it, and would hit it again. It is moved past it.
 * - After that it may stand at a breakpoint of the user's, which the kernel would step over unseen: it is
 * told as hit.
 */
#include "session/types.h"

#include "arch/step.h"

#include <string.h>

enum { CODE_BYTES = 16 };

/* ---- memory ---- */

static size_t read_code(hdbg_team *team, hdbg_nub *nub, hdbg_address address, uint8_t *bytes, size_t size)
{
    hdbg_kernel *kernel = team->session->kernel;
    if (kernel->ops->memory_read != NULL) {
        int64_t got = KERNEL(kernel, memory_read, team->id, address, bytes, size);
        return got > 0 ? (size_t)got : 0;
    }
    size_t got = 0;
    return hdbg_nub_read_memory(nub, address, bytes, size, &got) == HDBG_OK ? got : 0;
}

static bool read_word(hdbg_nub *nub, hdbg_address address, size_t size, uint64_t *word)
{
    size_t got = 0;
    *word = 0;
    return hdbg_nub_read_memory(nub, address, word, size, &got) == HDBG_OK && got == size;
}

static bool write_word(hdbg_nub *nub, hdbg_address address, size_t size, uint64_t word)
{
    size_t written = 0;
    return hdbg_nub_write_memory(nub, address, &word, size, &written) == HDBG_OK && written == size;
}

/* ---- before a thread goes on ---- */

/* Whether a signal that is given changes nothing: then it is as if none were given. */
static bool gives_nothing(const hdbg_thread *thread, int32_t signal)
{
    if (signal == 0)
        return true;
    bool held = thread->nub_same && thread->nub_state == HDBG_SIGNAL_ACTUAL && signal == thread->nub_signal;
    return held && !thread->stop.deadly && thread->stop.handler.handler <= HDBG_SIGNAL_IGNORE;
}

static bool is_in_syscall(const hdbg_thread *thread, hdbg_nub *nub, hdbg_address pc)
{
    if (thread->pc == pc && thread->stop.type != HDBG_EVENT_WATCHPOINT_HIT)
        return false; /* it came here by an instruction */
    uint8_t before[2];
    return read_code(thread->team, nub, pc - sizeof before, before, sizeof before) == sizeof before &&
           arch_step_is_behind_syscall((hdbg_arch)thread->team->arch, before, sizeof before);
}

/* Does a pushf or popf in a state and in memory. False: the processor has to. */
static bool emulate(hdbg_nub *nub, const arch_step *step, hdbg_cpu_state *cpu)
{
    uint64_t word;
    if (step->kind == STEP_PUSHF) {
        hdbg_address address;
        arch_step_pushf(cpu, step, &address, &word);
        return write_word(nub, address, step->operand, word);
    }
    return read_word(nub, hdbg_cpu_state_role(cpu, HDBG_ROLE_SP), step->operand, &word) &&
           arch_step_popf(cpu, step, word);
}

static bool is_marked(hdbg_team *team, hdbg_address address, bool by_user)
{
    pthread_mutex_lock(&team->session->lock);
    const code_mark *mark = mark_find(&team->breakpoints, address);
    bool marked = mark != NULL && (mark->is_user || !by_user);
    pthread_mutex_unlock(&team->session->lock);
    return marked;
}

/* The state of a claimed thread. */
static hdbg_status get_cpu(hdbg_thread *thread, hdbg_nub *nub, hdbg_cpu_state *cpu)
{
    pthread_mutex_lock(&thread->team->session->lock);
    bool known = thread->cpu_known;
    if (known)
        *cpu = *thread->cpu;
    pthread_mutex_unlock(&thread->team->session->lock);
    if (known)
        return HDBG_OK;
    hdbg_status status = hdbg_nub_get_cpu_state(nub, thread->id, NULL, cpu);
    if (status == HDBG_OK)
        thread_cpu_clean(thread, cpu);
    return status;
}

/* A state that was moved on becomes the thread's. */
static hdbg_status put_cpu(hdbg_thread *thread, hdbg_nub *nub, const hdbg_cpu_state *cpu)
{
    hdbg_status status = hdbg_nub_set_cpu_state(nub, thread->id, cpu);
    if (status != HDBG_OK)
        return status;
    pthread_mutex_lock(&thread->team->session->lock);
    thread_cpu_keep(thread, cpu);
    pthread_mutex_unlock(&thread->team->session->lock);
    return HDBG_OK;
}

static bool stands_at_own_int3(const hdbg_thread *thread, const arch_step *step, hdbg_address pc)
{
    return step->kind == STEP_INT3 && thread->stop.type == HDBG_EVENT_BREAKPOINT_HIT && thread->pc == pc;
}

hdbg_status step_prepare(hdbg_thread *thread, hdbg_nub *nub, resume_plan *plan, hdbg_cpu_state *cpu)
{
    hdbg_team *team = thread->team;
    bool marked = thread->pc != 0 && is_marked(team, thread->pc, false);
    bool hit = thread->pc != 0 && thread->stop.type == HDBG_EVENT_BREAKPOINT_HIT;
    plan->cpu = cpu;
    if (!plan->step && !marked && !hit)
        return HDBG_OK;
    if (get_cpu(thread, nub, cpu) != HDBG_OK)
        return HDBG_OK; /* nothing is known to be wrong with this step; if the thread is gone, its continuing
                           tells */

    hdbg_address pc = hdbg_cpu_state_role(cpu, HDBG_ROLE_PC);
    uint8_t code[CODE_BYTES];
    arch_step step;
    size_t size = read_code(team, nub, pc, code, sizeof code);
    if (arch_step_classify((hdbg_arch)team->arch, code, size, &step) == STEP_NORMAL)
        return HDBG_OK;

    bool moved = false, quiet = gives_nothing(thread, plan->signal);
    hdbg_cpu_state next = *cpu;
    if (stands_at_own_int3(thread, &step, pc)) {
        arch_step_advance(&next, step.length);
        moved = true;
    } else if (step.kind != STEP_INT3 && (plan->step || (marked && thread->pc == pc))) {
        moved = quiet && !is_in_syscall(thread, nub, pc) && emulate(nub, &step, &next);
        if (!moved && step.kind == STEP_PUSHF)
            thread->mended_pc = pc + step.length;
    }
    if (!moved)
        return HDBG_OK;
    arch_step_clear_trap_flag(&next);
    *cpu = next;
    hdbg_status status = put_cpu(thread, nub, cpu);
    if (status != HDBG_OK || !quiet)
        return status;

    plan->signal = 0;
    plan->type = plan->step ? HDBG_EVENT_SINGLE_STEP : HDBG_EVENT_BREAKPOINT_HIT;
    plan->synthesized = plan->step || is_marked(team, hdbg_cpu_state_role(cpu, HDBG_ROLE_PC), true);
    return HDBG_OK;
}

bool step_has_to_be_led(hdbg_thread *thread, hdbg_nub *nub)
{
    if (thread->pc == 0 || thread->stop.type != HDBG_EVENT_BREAKPOINT_HIT)
        return false;
    hdbg_cpu_state cpu;
    if (get_cpu(thread, nub, &cpu) != HDBG_OK)
        return false;
    uint8_t code[CODE_BYTES];
    arch_step step;
    hdbg_address pc = hdbg_cpu_state_role(&cpu, HDBG_ROLE_PC);
    size_t size = read_code(thread->team, nub, pc, code, sizeof code);
    arch_step_classify((hdbg_arch)thread->team->arch, code, size, &step);
    return stands_at_own_int3(thread, &step, pc);
}

/* ---- after a step ---- */

void step_mend(hdbg_thread *thread, const hdbg_nub_event *event)
{
    hdbg_team *team = thread->team;
    hdbg_address pc = hdbg_cpu_state_role(&event->data.cpu_state, HDBG_ROLE_PC);
    pthread_mutex_lock(&team->session->lock);
    bool mend = thread->mended_pc != 0 && thread->mended_pc == pc;
    hdbg_nub *nub = mend ? team_nub_use(team) : NULL;
    pthread_mutex_unlock(&team->session->lock);
    if (nub == NULL)
        return;

    size_t size = hdbg_arch_address_size((hdbg_arch)team->arch);
    hdbg_address sp = hdbg_cpu_state_role(&event->data.cpu_state, HDBG_ROLE_SP);
    uint64_t word;
    if (read_word(nub, sp, size, &word))
        write_word(nub, sp, size, arch_step_without_trap_flag((hdbg_arch)team->arch, word));
    team_nub_release(team);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A core file's notes as Linux's kernel would write them, so that GDB and its like open it.
 */
#include "nub/wire.h" /* before <signal.h>, which has macros for names of its fields */

#include "base/fail.h"
#include "kernel/hosted/convert.h"
#include "kernel/hosted/core_facts.h"
#include "kernel/hosted/internal.h"
#include "kernel/hosted/proc.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/user.h>

/* ---- notes ---- */

/* A member of user_regs_struct and where it is in debug_cpu_state. */
static const struct {
    uint16_t ours, theirs;
} registers[] = {
#define PLACE(name, offset)                                                                                  \
    {                                                                                                        \
        offsetof(struct user_regs_struct, name), offset                                                      \
    }
    PLACE(r15, 864),  PLACE(r14, 872), PLACE(r13, 880),     PLACE(r12, 888),  PLACE(r11, 896),
    PLACE(r10, 904),  PLACE(r9, 912),  PLACE(r8, 920),      PLACE(rbp, 928),  PLACE(rsi, 936),
    PLACE(rdi, 944),  PLACE(rdx, 952), PLACE(rcx, 960),     PLACE(rbx, 968),  PLACE(rax, 976),
    PLACE(rip, 1000), PLACE(cs, 1008), PLACE(eflags, 1016), PLACE(rsp, 1024), PLACE(ss, 1032),
    PLACE(gs, 832),   PLACE(fs, 840),  PLACE(es, 848),      PLACE(ds, 856),
#undef PLACE
};
enum { FX_SIZE = 512, EXTENDED_SIZE = 832, FX_SOFTWARE = 464 };

typedef struct notes {
    pid_t pid;
    const hdbg_core_thread *threads;
    size_t count;
    core_facts_info info;
    void *info_context;
    hdbg_status (*add)(void *sink, const char *name, uint32_t type, const void *data, size_t size);
    void *sink;
    struct elf_prpsinfo program;
    int signal; /* of the thread that the core is written for: Linux's number */
} notes;

static void fill_registers(const hdbg_core_thread *thread, struct user_regs_struct *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
        memcpy((char *)out + registers[i].ours, thread->cpu_state.data + registers[i].theirs,
               sizeof(uint64_t));
    out->orig_rax = thread->extra.valid & 4 ? thread->extra.orig_rax : (uint64_t)-1;
    if (thread->extra.valid & 1)
        out->fs_base = thread->extra.fs_base;
    if (thread->extra.valid & 2)
        out->gs_base = thread->extra.gs_base;
}

static hdbg_status add_status(const notes *n, const hdbg_core_thread *thread)
{
    struct elf_prstatus status;
    struct user_regs_struct general;
    memset(&status, 0, sizeof status);
    /* The same in all, as the kernel has it: GDB believes the last one. */
    status.pr_info.si_signo = n->signal;
    status.pr_cursig = (short)n->signal;
    status.pr_pid = thread->thread;
    status.pr_ppid = n->program.pr_ppid;
    status.pr_pgrp = n->program.pr_pgrp;
    status.pr_sid = n->program.pr_sid;
    status.pr_fpvalid = 1;
    fill_registers(thread, &general);
    memcpy(&status.pr_reg, &general, sizeof status.pr_reg);
    return n->add(n->sink, "CORE", NT_PRSTATUS, &status, sizeof status);
}

/* Haiku's codes of a fault follow each other as Linux's do. */
static int code_to_linux(int32_t code)
{
    return code >= 10 && code < 80 ? code % 10 + 1 : code == 1 ? SI_QUEUE : SI_USER;
}

static void fill_siginfo(const notes *n, const hdbg_core_thread *thread, siginfo_t *info)
{
    memset(info, 0, sizeof *info);
    if (n->info(n->info_context, thread->thread, info))
        return;
    info->si_signo = convert_signal_to_linux(thread->signal);
    if (!thread->has_info) {
        info->si_code = SI_KERNEL; /* a fault, of which no more is known */
        return;
    }
    info->si_code = code_to_linux(thread->info.code);
    if (info->si_code > 0) {
        info->si_addr = (void *)(uintptr_t)thread->info.address;
    } else {
        info->si_pid = thread->info.team;
        info->si_uid = thread->info.user;
    }
}

static hdbg_status add_siginfo(const notes *n, const hdbg_core_thread *thread)
{
    siginfo_t info;
    fill_siginfo(n, thread, &info);
    return n->add(n->sink, "CORE", NT_SIGINFO, &info, sizeof info);
}

/* XSAVE's area. Its bytes 464 to 471 say which parts there may be. */
static hdbg_status add_float(const notes *n, const hdbg_core_thread *thread)
{
    uint8_t area[EXTENDED_SIZE];
    uint64_t parts;
    memcpy(area, thread->cpu_state.data, sizeof area);
    hdbg_status status = n->add(n->sink, "CORE", NT_FPREGSET, area, FX_SIZE);
    memcpy(&parts, area + FX_SOFTWARE, sizeof parts);
    parts = (parts & 7) | 7;
    memcpy(area + FX_SOFTWARE, &parts, sizeof parts);
    memcpy(&parts, area + FX_SIZE, sizeof parts);
    parts &= 7;
    memcpy(area + FX_SIZE, &parts, sizeof parts);
    return status == HDBG_OK ? n->add(n->sink, "LINUX", NT_X86_XSTATE, area, sizeof area) : status;
}

static void fill_program(notes *n)
{
    struct elf_prpsinfo *program = &n->program;
    proc_status status;
    proc_stat stat;
    char path[64], line[sizeof program->pr_psargs] = "";
    program->pr_pid = n->pid;
    if (proc_read_status(n->pid, &status)) {
        program->pr_uid = status.user;
        program->pr_gid = status.group;
    }
    if (proc_read_stat(n->pid, 0, &stat)) {
        program->pr_sname = stat.state;
        program->pr_ppid = stat.parent;
        program->pr_pgrp = stat.group;
        program->pr_sid = stat.session;
        snprintf(program->pr_fname, sizeof program->pr_fname, "%.15s", stat.comm);
    }
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)n->pid);
    ssize_t got = proc_read(path, line, sizeof line);
    for (ssize_t i = 0; i < got; i++)
        line[i] = line[i] == '\0' ? ' ' : line[i];
    memcpy(program->pr_psargs, line, sizeof line);
}

static hdbg_status add_auxv(const notes *n)
{
    char path[64], bytes[4096];
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)n->pid);
    ssize_t got = proc_read(path, bytes, sizeof bytes);
    return got > 0 ? n->add(n->sink, "CORE", NT_AUXV, bytes, (size_t)got) : HDBG_OK;
}

hdbg_status core_facts_notes(pid_t pid, const hdbg_core_thread *threads, size_t count, core_facts_info info,
                             void *info_context,
                             hdbg_status (*add)(void *sink, const char *name, uint32_t type, const void *data,
                                                size_t size),
                             void *sink)
{
    notes n = {.pid = pid,
               .threads = threads,
               .count = count,
               .info = info,
               .info_context = info_context,
               .add = add,
               .sink = sink};
    hdbg_status status = HDBG_OK;
    fill_program(&n);
    if (count > 0 && threads[0].signal != 0) {
        siginfo_t first;
        fill_siginfo(&n, &threads[0], &first);
        n.signal = first.si_signo;
    }
    for (size_t i = 0; i < count && status == HDBG_OK; i++) {
        if (threads[i].cpu_state.arch != HDBG_ARCH_X86_64)
            return hdbg_fail(HDBG_NOT_SUPPORTED, "the registers of thread %d are not this system's",
                             (int)threads[i].thread);
        status = add_status(&n, &threads[i]);
        if (status == HDBG_OK && i == 0)
            status = add(sink, "CORE", NT_PRPSINFO, &n.program, sizeof n.program);
        if (status == HDBG_OK && threads[i].signal != 0)
            status = add_siginfo(&n, &threads[i]);
        if (status == HDBG_OK && i == 0)
            status = add_auxv(&n);
        if (status == HDBG_OK)
            status = add_float(&n, &threads[i]);
    }
    return status;
}

/* ---- the library's part ---- */

hdbg_status hosted_core_notes(void *context, hdbg_team_id team, const hdbg_core_thread *threads, size_t count,
                              hdbg_status (*add)(void *sink, const char *name, uint32_t type,
                                                 const void *data, size_t size),
                              void *sink)
{
    return core_facts_notes(team, threads, count, hosted_signal_info, context, add, sink);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The native kernel itself: its table, its creation, its end, and what the system says of itself.
 */
#include "base/structs.h"
#include "kernel/haiku/internal.h"
#include "kernel/haiku/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <OS.h>
#include <debugger.h>

/* Revisions of Haiku's sources from which releases were made, as uname() tells them. */
enum { REVISION_BETA4 = 56578, REVISION_BETA5 = 57937 };
/* The day on which the messages were renumbered. */
enum { NEW_NUMBERS = 20250113 };

hdbg_time haiku_now(void *context)
{
    (void)context;
    return system_time();
}

hdbg_time haiku_deadline(hdbg_time timeout)
{
    hdbg_time now = system_time();
    if (timeout <= 0)
        return 0;
    return timeout >= HDBG_FOREVER - now ? HDBG_FOREVER : now + timeout;
}

int haiku_pipe(int ends[2])
{
    int made[2];
    if (pipe(made) != 0)
        return errno;
    ends[0] = fcntl(made[0], F_DUPFD_CLOEXEC, 3);
    ends[1] = fcntl(made[1], F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(made[0]);
    close(made[1]);
    if (ends[0] >= 0 && ends[1] >= 0)
        return 0;
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
        ends[i] = -1;
    }
    return error;
}

void haiku_copy_text(char *to, size_t room, const char *from, size_t from_room)
{
    size_t length = strnlen(from, from_room);
    if (length >= room)
        length = room - 1;
    memcpy(to, from, length);
    memset(to + length, 0, room - length);
}

/* ---- what the system is ---- */

static int32_t arch_of(const char *machine)
{
    static const struct {
        const char *machine; /* uname()'s */
        int32_t arch;
    } kMachines[] = {
        {"x86_64", HDBG_ARCH_X86_64},
        {"BePC", HDBG_ARCH_X86},
        {"arm64", HDBG_ARCH_ARM64},
        {"riscv64", HDBG_ARCH_RISCV64},
    };
    for (size_t i = 0; i < sizeof kMachines / sizeof *kMachines; i++) {
        if (strcmp(machine, kMachines[i].machine) == 0)
            return kMachines[i].arch;
    }
    return HDBG_ARCH_UNKNOWN;
}

/* A day such as "Jan 13 2025" as a number, 20250113; 0 for what is none. */
static long day_of(const char *text)
{
    static const char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4] = "";
    int day = 0, year = 0;
    if (sscanf(text, "%3s %d %d", month, &day, &year) != 3)
        return 0;
    const char *found = strstr(kMonths, month);
    return found != NULL ? (year * 100L + (found - kMonths) / 3 + 1) * 100 + day : 0;
}

/* 0: one that is too old. A release's branch keeps its revision, whenever it is built ("hrev57937+129"); what
 * is built of the main line is told by its day. */
static int32_t release_of(const system_info *info, const char *version)
{
    int revision = 0;
    if (info->kernel_version > 1) /* it was 1 until the summer of 2026 */
        return HDBG_RELEASE_BETA6;
    bool known = sscanf(version, "hrev%d", &revision) == 1;
    if (known && revision < REVISION_BETA4)
        return 0;
    if (known && revision == REVISION_BETA4)
        return HDBG_RELEASE_BETA4;
    if (known && revision <= REVISION_BETA5) /* on the way to R1/beta5: events are told by their lengths */
        return HDBG_RELEASE_BETA5;
    long day = day_of(info->kernel_build_date);
    return day != 0 && day < NEW_NUMBERS ? HDBG_RELEASE_BETA5 : HDBG_RELEASE_BETA6;
}

static hdbg_status describe_system(haiku_kernel *k)
{
    system_info info;
    struct utsname name;
    status_t status = get_system_info(&info);
    if (status != B_OK)
        return hdbg_fail(status, "cannot create the native kernel: the system does not say what it is: %s",
                         hdbg_status_string(status));
    if (uname(&name) != 0)
        return hdbg_fail(errno, "cannot create the native kernel: uname() answers: %s",
                         hdbg_status_string(errno));
    if (k->release == 0)
        k->release = release_of(&info, name.version);
    if (k->release == 0)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "cannot create the native kernel: %s is older than R1/beta4",
                         name.version);
    k->arch = arch_of(name.machine);
    return HDBG_OK;
}

static hdbg_status get_info(void *context, hdbg_system_info *info)
{
    haiku_kernel *k = context;
    system_info system;
    struct utsname name;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe the system: hdbg_system_info.size is not set");
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->release = k->release;
    info->arch = k->arch;
    info->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
    if (get_system_info(&system) == B_OK)
        info->cpu_count = (int32_t)system.cpu_count;
    snprintf(info->kernel_name, sizeof info->kernel_name, "haiku");
    if (uname(&name) == 0)
        snprintf(info->system, sizeof info->system, "%.16s %.32s %.60s %.12s", name.sysname, name.release,
                 name.version, name.machine);
    return HDBG_OK;
}

/* ---- the kernel ---- */

static void destroy(void *context)
{
    haiku_kernel *k = context;
    while (k->descriptors != NULL)
        haiku_descriptor_close(k, k->descriptors->reader);
    haiku_clones_drop(k, 0);
    haiku_ports_drain(k);
    while (k->teams != NULL) {
        haiku_team *team = k->teams;
        if (team->nub_port >= 0)
            remove_team_debugger(team->team);
        haiku_team_forget(k, team);
    }
    haiku_ports_free(k);
    haiku_symbols_free(&k->commpage);
    haiku_texts_free(&k->texts);
    for (int i = 0; i < 2; i++) {
        if (k->copy_pipe[i] >= 0)
            close(k->copy_pipe[i]);
    }
    pthread_mutex_destroy(&k->copy_lock);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

static const hdbg_kernel_ops kOps = {
    .size = sizeof(hdbg_kernel_ops),
    .version = HDBG_KERNEL_VERSION,
    .destroy = destroy,
    .system_info = get_info,
    .system_time = haiku_now,
    .port_create = haiku_port_create,
    .port_delete = haiku_port_delete,
    .port_read = haiku_port_read,
    .port_write = haiku_port_write,
    .port_next_size = haiku_port_next_size,
    .port_info = haiku_port_info,
    .wait_for_objects = haiku_wait_for_objects,
    .descriptor_open = haiku_descriptor_open,
    .descriptor_force = haiku_descriptor_force,
    .descriptor_close = haiku_descriptor_close,
    .install_team_debugger = haiku_install,
    .remove_team_debugger = haiku_remove,
    .debug_thread = haiku_debug_thread,
    .launch = haiku_launch_team,
    .reap = haiku_reap,
    .resume_thread = haiku_resume_thread,
    .kill_team = haiku_kill_team,
    .send_signal = haiku_send_signal,
    .send_team_signal = haiku_send_team_signal,
    .has_default_debugger = haiku_has_default_debugger,
    .team_info = haiku_team_info,
    .next_team = haiku_next_team,
    .thread_info = haiku_thread_info,
    .next_thread = haiku_next_thread,
    .next_image = haiku_next_image,
    .next_area = haiku_next_area,
    .area_info = haiku_area_info,
    .delete_area = haiku_delete_area,
    .memory_read = haiku_memory_read,
    .next_symbol = haiku_next_symbol,
    .next_port = haiku_next_port,
    .syscall = haiku_syscall,
};

hdbg_status hdbg_kernel_haiku_create(const hdbg_haiku_options *options, hdbg_kernel **kernel)
{
    hdbg_haiku_options known = {.size = sizeof known};
    if (kernel == NULL)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot create the native kernel: no place for the result");
    *kernel = NULL;
    if (options != NULL) {
        hdbg_status taken = hdbg_struct_take(&known, sizeof known, options, "hdbg_haiku_options");
        if (taken != HDBG_OK)
            return taken;
    }
    if (known.release != 0 && (known.release < HDBG_RELEASE_BETA4 || known.release > HDBG_RELEASE_BETA6))
        return hdbg_fail(HDBG_BAD_VALUE, "cannot create the native kernel: there is no hdbg_release %d",
                         (int)known.release);
    haiku_kernel *k = calloc(1, sizeof *k);
    if (k == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot create the native kernel: out of memory");
    k->kernel.ops = &kOps;
    k->kernel.context = k;
    k->release = known.release;
    k->no_cloning = known.no_clones != 0;
    k->copy_pipe[0] = k->copy_pipe[1] = -1;
    k->texts.team = -1;
    pthread_mutex_init(&k->lock, NULL);
    pthread_mutex_init(&k->copy_lock, NULL);
    hdbg_status status = describe_system(k);
    if (status != HDBG_OK) {
        destroy(k);
        return status;
    }
    *kernel = &k->kernel;
    return HDBG_OK;
}

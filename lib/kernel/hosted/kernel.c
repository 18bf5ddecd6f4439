/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The hosted kernel itself: its table, its creation, its end.
 */
#define _GNU_SOURCE
#include "base/structs.h"
#include "kernel/hosted/internal.h"
#include "kernel/hosted/convert.h"
#include "kernel/hosted/syscalls.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { PORT_IDS = 1 << 20, PORT_RANGES = 2047 };

hdbg_time hosted_now(void *context)
{
    struct timespec now;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (hdbg_time)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

hdbg_time hosted_deadline(hdbg_time timeout)
{
    hdbg_time now = hosted_now(NULL);
    if (timeout <= 0)
        return 0;
    return timeout >= HDBG_FOREVER - now ? HDBG_FOREVER : now + timeout;
}

int hosted_poll(struct pollfd *fds, size_t count, hdbg_time deadline)
{
    for (;;) {
        struct timespec left = {0, 0};
        if (deadline != HDBG_FOREVER) {
            hdbg_time rest = deadline - hosted_now(NULL);
            if (rest > 0)
                left = (struct timespec){rest / 1000000, rest % 1000000 * 1000};
        }
        int n = ppoll(fds, count, deadline == HDBG_FOREVER ? NULL : &left, NULL);
        if (n >= 0 || errno != EINTR)
            return n;
    }
}

int hosted_pidfd_open(pid_t pid, unsigned flags)
{
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

static hdbg_status system_info(void *context, hdbg_system_info *info)
{
    struct utsname name;
    (void)context;
    if (info == NULL || info->size < sizeof *info)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot describe the system: hdbg_system_info.size is not set");
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    info->release = HDBG_RELEASE_BETA6;
    uname(&name);
    info->arch = strcmp(name.machine, "x86_64") == 0 ? HDBG_ARCH_X86_64 : HDBG_ARCH_UNKNOWN;
    info->cpu_count = (int32_t)sysconf(_SC_NPROCESSORS_ONLN);
    info->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
    snprintf(info->kernel_name, sizeof info->kernel_name, "hosted");
    snprintf(info->system, sizeof info->system, "%.32s %.64s %.28s", name.sysname, name.release,
             name.machine);
    return HDBG_OK;
}

/* What the last thing that ends a debugger does to the nub is done by closing its sockets. */
static void destroy(void *context)
{
    hosted_kernel *k = context;
    for (int i = 0; i < PORT_SLOTS; i++) {
        if (k->ports[i] != NULL)
            hosted_port_drop(k, k->ports[i]);
    }
    while (k->descriptors != NULL)
        hosted_descriptor_close(k, k->descriptors->epoll);
    while (k->areas != NULL)
        hosted_area_delete(k, k->areas->id);
    while (k->teams != NULL)
        hosted_team_forget(k, k->teams);
    while (k->nubs != NULL) {
        hosted_nub *nub = k->nubs;
        k->nubs = nub->next;
        hosted_nub_free(nub);
    }
    hosted_lists_free(&k->lists);
    if (k->slots != NULL)
        munmap(k->slots, PORT_SLOTS * sizeof *k->slots);
    if (k->table_fd >= 0)
        close(k->table_fd);
    if (k->base_fd >= 0)
        close(k->base_fd);
    pthread_mutex_destroy(&k->start_lock);
    pthread_mutex_destroy(&k->lock);
    free(k->nub_path);
    free(k);
}

static const hdbg_kernel_ops kOps = {
    .size = sizeof(hdbg_kernel_ops),
    .version = HDBG_KERNEL_VERSION,
    .destroy = destroy,
    .system_info = system_info,
    .system_time = hosted_now,
    .port_create = hosted_port_create,
    .port_delete = hosted_port_delete,
    .port_read = hosted_port_read,
    .port_write = hosted_port_write,
    .port_next_size = hosted_port_next_size,
    .port_info = hosted_port_info,
    .wait_for_objects = hosted_wait_for_objects,
    .descriptor_open = hosted_descriptor_open,
    .descriptor_force = hosted_descriptor_force,
    .descriptor_close = hosted_descriptor_close,
    .install_team_debugger = hosted_install,
    .remove_team_debugger = hosted_remove,
    .debug_thread = hosted_debug_thread,
    .launch = hosted_launch,
    .reap = hosted_reap,
    .resume_thread = hosted_resume_thread,
    .kill_team = hosted_kill_team,
    .send_signal = hosted_send_signal,
    .send_team_signal = hosted_send_team_signal,
    .team_info = hosted_team_info,
    .next_team = hosted_next_team,
    .thread_info = hosted_thread_info,
    .next_thread = hosted_next_thread,
    .next_image = hosted_next_image,
    .next_area = hosted_next_area,
    .area_info = hosted_area_info,
    .delete_area = hosted_area_delete,
    .memory_read = hosted_memory_read,
    .extra_registers = hosted_extra_registers,
    .set_extra_registers = hosted_set_extra_registers,
    .team_details = hosted_team_details,
    .team_threads = hosted_team_threads,
    .debug_team = hosted_debug_team,
    .next_pages = hosted_next_pages,
    .core_notes = hosted_core_notes,
    .signal_info = hosted_thread_signal_info,
    .send_signal_info = hosted_send_signal_info,
    .watchpoints_hit = hosted_watchpoints_hit,
    .tls_address = hosted_tls_address,
    .next_port = hosted_next_port,
    .memory_allocate = hosted_memory_allocate,
    .memory_release = hosted_memory_release,
    .thread_registers = hosted_thread_registers,
    .step_range = hosted_step_range,
    .shares_memory = hosted_shares_memory,
    .syscall = hosted_syscall,
    .syscall_error = hosted_syscall_error,
    .trace_team = hosted_trace_team,
};

/* Debuggers that share a nub, in this process or in others, must not have the same port ids. A range of them
 * is taken by a name, which goes with its socket. */
static hdbg_status take_port_ids(hosted_kernel *k)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    k->base_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (k->base_fd < 0)
        return hdbg_fail(convert_errno(errno), "cannot take a range of port ids: %s", strerror(errno));
    for (int i = 0; i < PORT_RANGES; i++) {
        int range = (getpid() + i) % PORT_RANGES; /* where others are not likely to have looked first */
        int n = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "haikudbg-ports-%d", range);
        socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
        if (bind(k->base_fd, (struct sockaddr *)&address, size) == 0) {
            k->base = range * PORT_IDS;
            return HDBG_OK;
        }
        if (errno != EADDRINUSE)
            return hdbg_fail(convert_errno(errno), "cannot take a range of port ids: %s", strerror(errno));
    }
    return hdbg_fail(HDBG_NO_MORE_PORTS, "cannot take a range of port ids: all %d are taken", PORT_RANGES);
}

/* The table of ports that nubs share. */
static hdbg_status make_table(hosted_kernel *k)
{
    size_t size = PORT_SLOTS * sizeof *k->slots;
    k->table_fd = memfd_create("haikudbg-ports", MFD_CLOEXEC);
    if (k->table_fd < 0 || ftruncate(k->table_fd, (off_t)size) != 0)
        return hdbg_fail(convert_errno(errno), "cannot create the table of ports: %s", strerror(errno));
    k->slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, k->table_fd, 0);
    if (k->slots == MAP_FAILED) {
        k->slots = NULL;
        return hdbg_fail(HDBG_NO_MEMORY, "cannot map the table of ports: %s", strerror(errno));
    }
    return HDBG_OK;
}

hdbg_status hdbg_kernel_hosted_create(const hdbg_hosted_options *options, hdbg_kernel **kernel)
{
    if (kernel == NULL)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot create a hosted kernel: no place for the result");
    *kernel = NULL;
    hdbg_hosted_options known = {.size = sizeof known};
    if (options != NULL) {
        hdbg_status taken = hdbg_struct_take(&known, sizeof known, options, "hdbg_hosted_options");
        if (taken != HDBG_OK)
            return taken;
        options = &known;
    }
    hosted_kernel *k = calloc(1, sizeof *k);
    if (k == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot create a hosted kernel: out of memory");
    k->kernel.ops = &kOps;
    k->kernel.context = k;
    k->no_mending = options != NULL && options->no_mending;
    k->table_fd = k->base_fd = -1;
    k->sweep_at = 64;
    pthread_mutex_init(&k->start_lock, NULL);
    pthread_mutex_init(&k->lock, NULL);
    hdbg_status status = hosted_nub_find(options, &k->nub_path);
    if (status == HDBG_OK)
        status = make_table(k);
    if (status == HDBG_OK)
        status = take_port_ids(k);
    if (status != HDBG_OK) {
        destroy(k);
        return status;
    }
    *kernel = &k->kernel;
    return HDBG_OK;
}

int32_t hdbg_hosted_test_nub(hdbg_kernel *kernel)
{
    if (kernel == NULL || kernel->ops != &kOps)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot name the nub: this is no hosted kernel");
    hosted_kernel *k = kernel->context;
    int32_t pid = HDBG_BAD_VALUE;
    pthread_mutex_lock(&k->lock);
    for (hosted_nub *nub = k->nubs; nub != NULL; nub = nub->next) {
        if (nub->own && !nub->dead)
            pid = nub->pid;
    }
    pthread_mutex_unlock(&k->lock);
    return pid > 0 ? pid : hdbg_fail(pid, "cannot name the nub: none runs at the moment");
}

hdbg_status hdbg_hosted_test_lose_continue(hdbg_kernel *kernel, int on)
{
    hosted_nub *nub;
    nub_reply reply;
    nub_request request = {.op = NUB_TEST, .a = NUB_TEST_LOSE_FIRST_CONTINUE, .b = on != 0};
    if (kernel == NULL || kernel->ops != &kOps)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot make the nub lose a message: this is no hosted kernel");
    hdbg_status status = hosted_nub_own(kernel->context, &nub);
    return status != HDBG_OK ? status : hosted_ask(kernel->context, nub, &request, -1, &reply, NULL);
}

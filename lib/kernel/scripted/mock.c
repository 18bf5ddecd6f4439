/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock itself: making and freeing it, its table, calls that fail on request.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"
#include "base/structs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FUNCTION_NAME(name) #name,
static const char *const kFunctionNames[] = {MOCK_FUNCTIONS(FUNCTION_NAME)};

void mock_lock(hdbg_mock *mock)
{
    pthread_mutex_lock(&mock->lock);
}

void mock_unlock(hdbg_mock *mock)
{
    pthread_mutex_unlock(&mock->lock);
}

const char *mock_function_name(enum mock_function function)
{
    return kFunctionNames[function];
}

bool mock_injected(hdbg_mock *mock, enum mock_function function, hdbg_status *status)
{
    mock->calls[function]++;
    if (mock->failures[function] == 0)
        return false;
    mock->failures[function]--;
    *status = hdbg_fail(mock->failure[function], "%s failed because the test wants it to",
                        kFunctionNames[function]);
    return true;
}

static int find_function(const char *name)
{
    for (int i = 0; i < MOCK_FUNCTION_COUNT; i++) {
        if (strcmp(kFunctionNames[i], name) == 0)
            return i;
    }
    return hdbg_fail(HDBG_NAME_NOT_FOUND, "no function of the kernel's table that can fail is called '%s'",
                     name);
}

hdbg_status hdbg_mock_fail(hdbg_mock *mock, const char *function, hdbg_status status, uint32_t count)
{
    int found = find_function(function);
    if (found < 0)
        return found;
    mock_lock(mock);
    mock->failure[found] = status;
    mock->failures[found] = count;
    mock_unlock(mock);
    return HDBG_OK;
}

int64_t hdbg_mock_calls(hdbg_mock *mock, const char *function)
{
    int found = find_function(function);
    if (found < 0)
        return -1;
    mock_lock(mock);
    int64_t calls = (int64_t)mock->calls[found];
    mock_unlock(mock);
    return calls;
}

static hdbg_status op_system_info(void *context, hdbg_system_info *info)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    if (!mock_injected(mock, MOCK_system_info, &status)) {
        status = HDBG_OK;
        info->release = mock->options.release;
        info->arch = mock->options.arch;
        info->cpu_count = 1;
        info->page_size = 4096;
        snprintf(info->kernel_name, sizeof info->kernel_name, "scripted");
        snprintf(info->system, sizeof info->system, "a mock of Haiku R1/beta%d", mock->options.release);
    }
    mock_unlock(mock);
    return status;
}

static hdbg_time op_system_time(void *context)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_time now = mock_now(mock);
    mock_unlock(mock);
    return now;
}

/* The debugger's end: the mock stays, for its test to look at. */
static void op_destroy(void *context)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    for (struct mock_team *team = mock->teams; team != NULL; team = team->next) {
        if (team->debugger_port >= 0)
            mock_nub_die(mock, team);
    }
    for (int32_t id = 1; id < mock->port_room; id++) {
        if (mock->ports[id] != NULL)
            mock_port_remove(mock, id);
    }
    mock_unlock(mock);
}

static void fill_table(hdbg_mock *mock)
{
    hdbg_kernel_ops *ops = &mock->ops;
    *ops = mock_port_ops;
    ops->size = sizeof *ops;
    ops->version = HDBG_KERNEL_VERSION;
    ops->destroy = op_destroy;
    ops->system_info = op_system_info;
    ops->system_time = op_system_time;
    ops->install_team_debugger = mock_op_install_team_debugger;
    ops->remove_team_debugger = mock_op_remove_team_debugger;
    ops->debug_thread = mock_op_debug_thread;
    ops->launch = mock_op_launch;
    ops->reap = mock_op_reap;
    ops->resume_thread = mock_op_resume_thread;
    ops->kill_team = mock_op_kill_team;
    ops->send_signal = mock_op_send_signal;
    ops->send_team_signal = mock_op_send_team_signal;
    ops->has_default_debugger = mock_op_has_default_debugger;
    ops->team_info = mock_op_team_info;
    ops->next_team = mock_op_next_team;
    ops->thread_info = mock_op_thread_info;
    ops->next_thread = mock_op_next_thread;
    ops->next_image = mock_op_next_image;
    ops->next_area = mock_op_next_area;
    ops->area_info = mock_op_area_info;
    ops->delete_area = mock_op_delete_area;
    if (mock->options.flags & HDBG_MOCK_BULK_READ)
        ops->memory_read = mock_op_memory_read;
    if (mock->options.flags & HDBG_MOCK_BULK_STOP) {
        ops->team_threads = mock_op_team_threads;
        ops->debug_team = mock_op_debug_team;
    }
}

static void init_lock(hdbg_mock *mock)
{
    pthread_mutexattr_t mutex;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_settype(&mutex, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&mock->lock, &mutex);
    pthread_mutexattr_destroy(&mutex);
    pthread_condattr_t condition;
    pthread_condattr_init(&condition);
    pthread_condattr_setclock(&condition, CLOCK_MONOTONIC);
    pthread_cond_init(&mock->changed, &condition);
    pthread_condattr_destroy(&condition);
}

hdbg_status hdbg_mock_create(const hdbg_mock_options *options, hdbg_mock **mock)
{
    hdbg_mock_options known = {.size = sizeof known};
    hdbg_status status =
        options != NULL ? hdbg_struct_take(&known, sizeof known, options, "hdbg_mock_options") : HDBG_OK;
    if (status != HDBG_OK)
        return status;
    hdbg_mock *made = calloc(1, sizeof *made);
    if (made == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot make a mock: out of memory");
    made->options = known;
    if (made->options.release == 0)
        made->options.release = HDBG_RELEASE_BETA6;
    if (made->options.arch == 0)
        made->options.arch = HDBG_ARCH_X86_64;
    made->now = 1000000;
    made->participants = 1;
    made->default_debugger = true;
    made->claims_default_debugger = true;
    made->next_area = 1;
    init_lock(made);
    fill_table(made);
    made->kernel = (hdbg_kernel){.ops = &made->ops, .context = made};
    *mock = made;
    return HDBG_OK;
}

void hdbg_mock_destroy(hdbg_mock *mock)
{
    if (mock == NULL)
        return;
    mock_clock_free(mock);
    mock_world_free(mock);
    mock_ports_free(mock);
    mock_expect_free(mock);
    pthread_cond_destroy(&mock->changed);
    pthread_mutex_destroy(&mock->lock);
    free(mock);
}

hdbg_kernel *hdbg_mock_kernel(hdbg_mock *mock)
{
    return &mock->kernel;
}

void hdbg_mock_set_latency(hdbg_mock *mock, hdbg_time latency)
{
    mock_lock(mock);
    mock->latency = latency;
    mock_unlock(mock);
}

void hdbg_mock_set_launch_race(hdbg_mock *mock, uint32_t looks)
{
    mock_lock(mock);
    mock->launch_race = looks;
    mock_unlock(mock);
}

void hdbg_mock_set_default_debugger(hdbg_mock *mock, int exists, int says)
{
    mock_lock(mock);
    mock->default_debugger = exists != 0;
    mock->claims_default_debugger = says != 0;
    mock_unlock(mock);
}

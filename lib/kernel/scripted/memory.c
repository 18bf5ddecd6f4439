/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The memory of the mock's teams: areas with their bytes.
 */
#include "kernel/scripted/state.h"

#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mock_area *mock_area_at(const struct mock_team *team, hdbg_address address)
{
    struct mock_area *area = team->areas;
    while (area != NULL && address - area->info.address >= area->info.length)
        area = area->next;
    return area;
}

void mock_area_free(struct mock_area *area)
{
    free(area->bytes);
    free(area);
}

size_t mock_memory_copy(const struct mock_team *team, hdbg_address address, void *out, const void *in,
                        size_t size, uint32_t need)
{
    size_t done = 0;
    while (done < size) {
        struct mock_area *area = mock_area_at(team, address + done);
        if (area == NULL || (area->info.protection & need) != need)
            break;
        uint64_t offset = address + done - area->info.address;
        size_t piece =
            area->info.length - offset < size - done ? (size_t)(area->info.length - offset) : size - done;
        if (out != NULL)
            memcpy((uint8_t *)out + done, area->bytes + offset, piece);
        else if (in != NULL)
            memcpy(area->bytes + offset, (const uint8_t *)in + done, piece);
        done += piece;
    }
    return done;
}

static bool overlaps(const struct mock_team *team, hdbg_address address, size_t size)
{
    for (const struct mock_area *area = team->areas; area != NULL; area = area->next) {
        if (address < area->info.address + area->info.length && area->info.address < address + size)
            return true;
    }
    return false;
}

static hdbg_area_id add(hdbg_mock *mock, struct mock_team *team, hdbg_address address, const char *text,
                        size_t size, uint32_t protection)
{
    size_t length = text != NULL ? strlen(text) : 0;
    if (size == 0 || length > size || address + size - 1 < address || overlaps(team, address, size))
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot add %zu bytes of memory at 0x%llx to team %d: they overlap others", size,
                         (unsigned long long)address, team->id);
    struct mock_area *area = calloc(1, sizeof *area);
    uint8_t *bytes = calloc(1, size);
    if (area == NULL || bytes == NULL) {
        free(area);
        free(bytes);
        return hdbg_fail(HDBG_NO_MEMORY, "cannot add memory to team %d: out of memory", team->id);
    }
    if (length > 0)
        memcpy(bytes, text, length);
    area->order = ++mock->order;
    area->bytes = bytes;
    area->info = (hdbg_area_info){.area = mock->next_area++,
                                  .team = team->id,
                                  .address = address,
                                  .length = size,
                                  .ram_size = size,
                                  .protection = protection};
    snprintf(area->info.name, sizeof area->info.name, "area %d", area->info.area);
    struct mock_area **link = &team->areas;
    while (*link != NULL)
        link = &(*link)->next;
    *link = area;
    return area->info.area;
}

hdbg_area_id hdbg_mock_memory_add(hdbg_mock *mock, hdbg_team_id id, hdbg_address address, const char *text,
                                  size_t size, uint32_t protection)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_find(mock, id);
    hdbg_area_id area = team != NULL ? add(mock, team, address, text, size, protection)
                                     : hdbg_fail(HDBG_BAD_TEAM_ID, "the mock has no team %d", id);
    mock_unlock(mock);
    return area;
}

static struct mock_area *area_of(hdbg_mock *mock, hdbg_team_id id, hdbg_address address, hdbg_status *status)
{
    struct mock_team *team = mock_team_find(mock, id);
    struct mock_area *area = team != NULL ? mock_area_at(team, address) : NULL;
    *status = HDBG_OK;
    if (area == NULL)
        *status = hdbg_fail(HDBG_BAD_ADDRESS, "team %d of the mock has no memory at 0x%llx", id,
                            (unsigned long long)address);
    return area;
}

hdbg_status hdbg_mock_memory_remove(hdbg_mock *mock, hdbg_team_id id, hdbg_address address)
{
    hdbg_status status;
    mock_lock(mock);
    struct mock_area *area = area_of(mock, id, address, &status);
    if (area != NULL) {
        struct mock_area **link = &mock_team_find(mock, id)->areas;
        while (*link != area)
            link = &(*link)->next;
        *link = area->next;
        area->next = mock->removed;
        mock->removed = area;
    }
    mock_unlock(mock);
    return status;
}

hdbg_status hdbg_mock_memory_set_name(hdbg_mock *mock, hdbg_team_id id, hdbg_address address,
                                      const char *name, const char *path, uint64_t offset)
{
    hdbg_status status;
    mock_lock(mock);
    struct mock_area *area = area_of(mock, id, address, &status);
    if (area != NULL) {
        snprintf(area->info.name, sizeof area->info.name, "%s", name);
        snprintf(area->info.path, sizeof area->info.path, "%s", path != NULL ? path : "");
        area->info.offset = offset;
    }
    mock_unlock(mock);
    return status;
}

static hdbg_status copy(hdbg_mock *mock, hdbg_team_id id, hdbg_address address, void *out, const void *in,
                        size_t size)
{
    mock_lock(mock);
    struct mock_team *team = mock_team_find(mock, id);
    size_t done = team != NULL ? mock_memory_copy(team, address, out, in, size, 0) : 0;
    mock_unlock(mock);
    if (done == size)
        return HDBG_OK;
    return hdbg_fail(HDBG_BAD_ADDRESS, "team %d of the mock has no %zu bytes at 0x%llx", id, size,
                     (unsigned long long)address);
}

hdbg_status hdbg_mock_memory_write(hdbg_mock *mock, hdbg_team_id id, hdbg_address address, const void *data,
                                   size_t size)
{
    return copy(mock, id, address, NULL, data, size);
}

hdbg_status hdbg_mock_memory_read(hdbg_mock *mock, hdbg_team_id id, hdbg_address address, void *buffer,
                                  size_t size)
{
    return copy(mock, id, address, buffer, NULL, size);
}

int64_t mock_op_memory_read(void *context, hdbg_team_id id, hdbg_address address, void *buffer, size_t size)
{
    hdbg_mock *mock = context;
    mock_lock(mock);
    hdbg_status status;
    int64_t result;
    const struct mock_team *team = mock_team_living(mock, id);
    if (mock_injected(mock, MOCK_memory_read, &status))
        result = status;
    else if (team == NULL)
        result = hdbg_fail(HDBG_BAD_TEAM_ID, "no team has the id %d", id);
    else
        result = (int64_t)mock_memory_copy(team, address, buffer, NULL, size, HDBG_AREA_READ);
    mock_unlock(mock);
    if (result == 0 && size > 0)
        return hdbg_fail(HDBG_BAD_ADDRESS, "team %d has no memory at 0x%llx", id,
                         (unsigned long long)address);
    return result;
}

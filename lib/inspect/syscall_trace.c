/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Records of system calls as callers see them; and made here of events that stop a thread, which is what
 * kernels without a trace mode have.
 */
#include "arch/arch.h"
#include "base/structs.h"
#include "base/trace.h"
#include "session/internal.h"

#include <haikudbg/memory.h>
#include <haikudbg/syscall.h>

#include <stdlib.h>
#include <string.h>

_Static_assert((int)TRACE_ARGUMENTS == HDBG_TRACE_ARGUMENTS, "all arguments are told");

static size_t read_memory(void *context, uint64_t address, void *buffer, size_t size)
{
    size_t got = 0;
    hdbg_memory_read(context, address, buffer, size, &got);
    return got;
}

/* The words that a message has as they were on the stack, or in registers. */
static void take_arguments(uint64_t *arguments, const uint32_t *words, size_t word)
{
    for (size_t i = 0; i < TRACE_ARGUMENTS; i++) {
        arguments[i] = 0;
        memcpy(&arguments[i], (const uint8_t *)words + i * word, word);
    }
}

static hdbg_status make_record(hdbg_event *event, const hdbg_trace_options *options)
{
    const hdbg_nub_event *data = hdbg_event_data(event);
    hdbg_team *team = hdbg_event_team(event);
    const arch_description *arch = arch_find(hdbg_team_arch(team));
    bool after = data->type == HDBG_EVENT_POST_SYSCALL;
    trace_record *record = calloc(1, TRACE_RECORD_MAX);
    if (record == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot record a system call: out of memory");
    record->size = sizeof *record;
    record->type = data->type;
    record->thread = data->thread;
    record->number = data->data.syscall.number;
    record->time = after ? data->data.syscall.end_time : hdbg_event_time(event);
    record->result = after ? (int64_t)data->data.syscall.return_value : 0;
    trace_source source = {read_memory, team, arch != NULL ? arch->address_size : 8, options->flags,
                           options->limit != 0 ? options->limit : TRACE_TEXT_DEFAULT};
    if (source.limit > TRACE_TEXT_MAX)
        source.limit = TRACE_TEXT_MAX;
    take_arguments(record->arguments, data->data.syscall.arguments, source.word);
    hdbg_syscall call = {.size = sizeof call};
    hdbg_status status = hdbg_syscall_get(team, record->number, &call);
    hdbg_trace_capture(record, TRACE_RECORD_MAX, status == HDBG_OK ? &call : NULL, &source);
    status = event_records_set(event, record, record->size);
    free(record);
    return status;
}

hdbg_status hdbg_event_traced(hdbg_event *event, const hdbg_trace_options *options, size_t *cursor,
                              hdbg_traced *traced)
{
    hdbg_trace_options how = {.size = sizeof how};
    int32_t type = hdbg_event_type_of(event);
    size_t size;
    hdbg_status status = hdbg_struct_check(traced, "hdbg_traced");
    if (status == HDBG_OK && options != NULL)
        status = hdbg_struct_take(&how, sizeof how, options, "hdbg_trace_options");
    if (status != HDBG_OK)
        return status;
    if (type != HDBG_EVENT_TRACED && type != HDBG_EVENT_PRE_SYSCALL && type != HDBG_EVENT_POST_SYSCALL)
        return hdbg_fail(HDBG_BAD_VALUE, "%s tells of no system call", hdbg_event_type_name(type));
    if (event_records(event, &size) == NULL && type != HDBG_EVENT_TRACED)
        status = make_record(event, &how);
    const uint8_t *records = event_records(event, &size);
    trace_record record;
    if (status != HDBG_OK)
        return status;
    if (records == NULL || *cursor + sizeof record > size)
        return HDBG_BAD_INDEX;
    memcpy(&record, records + *cursor, sizeof record);
    if (record.size < sizeof record || record.size > size - *cursor)
        return hdbg_fail(HDBG_BAD_INDEX, "a record of a system call is damaged");
    hdbg_traced told = {.size = sizeof told,
                        .type = record.type,
                        .thread = record.thread,
                        .number = record.number,
                        .time = record.time,
                        .result = record.result,
                        .memory = records + *cursor + sizeof record,
                        .memory_size = record.size - sizeof record};
    memcpy(told.arguments, record.arguments, sizeof told.arguments);
    hdbg_struct_give(traced, &told, sizeof told);
    *cursor += record.size;
    return HDBG_OK;
}

size_t hdbg_traced_memory(const hdbg_traced *traced, hdbg_address address, const void **bytes)
{
    const uint8_t *memory = traced->memory;
    trace_piece piece;
    for (size_t at = 0; at + sizeof piece <= traced->memory_size;) {
        memcpy(&piece, memory + at, sizeof piece);
        at += sizeof piece;
        if (piece.size > traced->memory_size - at)
            return 0;
        if (address >= piece.address && address - piece.address < piece.size) {
            *bytes = memory + at + (address - piece.address);
            return piece.size - (size_t)(address - piece.address);
        }
        at += (piece.size + 7) & ~(size_t)7;
    }
    return 0;
}

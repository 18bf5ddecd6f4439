/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Records of system calls: how they lie in an HDBG_EVENT_TRACED message, behind its origin, and how the
 * memory that a call's arguments lead to gets into one. Who makes them (a nub, or the library where the nub
 * cannot) brings only a way to read memory.
 */
#ifndef HDBG_BASE_TRACE_H
#define HDBG_BASE_TRACE_H

#include <haikudbg/nub.h>

#include <stdbool.h>

enum {
    TRACE_ARGUMENTS = 8,
    TRACE_ORIGIN = 16,             /* bytes before the first record: thread, team, nub port, 0 */
    TRACE_RECORD_MAX = 32 * 1024,  /* bytes of a record */
    TRACE_MESSAGE_MAX = 60 * 1024, /* bytes of a message */
    TRACE_TEXT_DEFAULT = 32,       /* hdbg_trace_options.limit */
    TRACE_TEXT_MAX = 16 * 1024     /* more is not read of one text */
};

/* A record; pieces of memory follow. */
typedef struct trace_record {
    uint32_t size; /* with the pieces; a multiple of 8 */
    int32_t type;  /* HDBG_EVENT_PRE_SYSCALL, HDBG_EVENT_POST_SYSCALL */
    int32_t thread;
    uint32_t number;
    int64_t time;
    int64_t result;
    uint64_t arguments[TRACE_ARGUMENTS];
} trace_record;

/* What lies at an address; the bytes follow, filled up to a multiple of 8. */
typedef struct trace_piece {
    uint64_t address;
    uint32_t size;
    uint32_t reserved;
} trace_piece;

/* Reads memory. @return bytes read from the start. */
typedef size_t (*trace_read)(void *context, uint64_t address, void *buffer, size_t size);

typedef struct trace_source {
    trace_read read;
    void *context;
    uint32_t word;  /* bytes of an address */
    uint32_t flags; /* hdbg_trace_flags */
    uint32_t limit; /* bytes of a text */
} trace_source;

/* Adds to a record what its arguments lead to: the question before the call, the answer after it. `call` may
 * be NULL: it is not known. `room`: bytes that the record may grow to. */
void hdbg_trace_capture(trace_record *record, size_t room, const hdbg_syscall *call,
                        const trace_source *source);

/* Whether the options want a call. */
static inline bool hdbg_trace_wants(uint32_t flags, const uint64_t *wanted, uint32_t number)
{
    return !(flags & HDBG_TRACE_CHOSEN) ||
           (number <= HDBG_TRACE_CALL_MAX && (wanted[number / 64] >> (number % 64) & 1));
}

#endif /* HDBG_BASE_TRACE_H */

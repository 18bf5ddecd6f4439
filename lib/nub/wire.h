/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's nub protocol as it stands in the messages: codes, flags, and the structs for each processor. The
 * structs are written once, in wire_structs.h, and laid out here for each ABI; tests/abi checks them against
 * Haiku's headers.
 */
#ifndef HDBG_NUB_WIRE_H
#define HDBG_NUB_WIRE_H

#include <stdint.h>

/* What a debugger sends. The numbers are those of R1/beta6; see nub/message.c for the older ones. */
enum {
    WIRE_READ_MEMORY = 0,
    WIRE_WRITE_MEMORY = 1,
    WIRE_SET_TEAM_FLAGS = 2,
    WIRE_SET_THREAD_FLAGS = 3,
    WIRE_CONTINUE_THREAD = 4,
    WIRE_SET_CPU_STATE = 5,
    WIRE_GET_CPU_STATE = 6,
    WIRE_SET_BREAKPOINT = 7,
    WIRE_CLEAR_BREAKPOINT = 8,
    WIRE_SET_WATCHPOINT = 9,
    WIRE_CLEAR_WATCHPOINT = 10,
    WIRE_SET_SIGNAL_MASKS = 11,
    WIRE_GET_SIGNAL_MASKS = 12,
    WIRE_SET_SIGNAL_HANDLER = 13,
    WIRE_GET_SIGNAL_HANDLER = 14,
    WIRE_CLONE_AREA = 15,
    WIRE_PREPARE_HANDOVER = 1000,
    WIRE_WRITE_CORE_FILE = 1001,
    WIRE_START_PROFILER = 2000,
    WIRE_STOP_PROFILER = 2001
};

/* What the nub sends. */
enum {
    WIRE_THREAD_DEBUGGED = 0,
    WIRE_DEBUGGER_CALL = 1,
    WIRE_BREAKPOINT_HIT = 2,
    WIRE_WATCHPOINT_HIT = 3,
    WIRE_SINGLE_STEP = 4,
    WIRE_PRE_SYSCALL = 5,
    WIRE_POST_SYSCALL = 6,
    WIRE_SIGNAL_RECEIVED = 7,
    WIRE_EXCEPTION_OCCURRED = 8,
    WIRE_TEAM_CREATED = 9,
    WIRE_TEAM_DELETED = 10,
    WIRE_TEAM_EXEC = 11,
    WIRE_THREAD_CREATED = 12,
    WIRE_THREAD_DELETED = 13,
    WIRE_IMAGE_CREATED = 14,
    WIRE_IMAGE_DELETED = 15,
    WIRE_PROFILER_UPDATE = 16,
    WIRE_HANDED_OVER = 17,
    WIRE_EVENT_COUNT = 18
};

enum {
    WIRE_MEMORY_MAX = 1024, /* B_MAX_READ_WRITE_MEMORY_SIZE */
    WIRE_PATH_MAX = 1024,
    WIRE_HANDLE_EVENT = 0, /* debug_nub_continue_thread.handle_event */
    WIRE_IGNORE_EVENT = 1,
    WIRE_MASK_AND = 0, /* debug_nub_set_signal_masks.*_op */
    WIRE_MASK_OR = 1,
    WIRE_MASK_SET = 2,
    WIRE_WATCH_READ = 0,
    WIRE_WATCH_WRITE = 1,
    WIRE_WATCH_READ_WRITE = 2
};

/* What the structs of all processors share. */
typedef struct wire_origin {
    int32_t thread;
    int32_t team;
    int32_t nub_port;
} wire_origin;

#define WIRE_JOIN_(a, b) wire_##a##_##b
#define WIRE_JOIN(a, b)  WIRE_JOIN_(a, b)
#define WIRE(name)       WIRE_JOIN(WIRE_ABI, name)

/* x86 aligns 64-bit integers to 4 bytes in structs, the others to 8. */
#define WIRE_ABI       x86_64
#define WIRE_ADDRESS   uint64_t
#define WIRE_LONG      int64_t
#define WIRE_ALIGN64   8
#define WIRE_CPU_SIZE  1040
#define WIRE_CPU_ALIGN 16
#include "wire_structs.h"

#define WIRE_ABI       x86
#define WIRE_ADDRESS   uint32_t
#define WIRE_LONG      int32_t
#define WIRE_ALIGN64   4
#define WIRE_CPU_SIZE  592
#define WIRE_CPU_ALIGN 16
#include "wire_structs.h"

#define WIRE_ABI       arm64
#define WIRE_ADDRESS   uint64_t
#define WIRE_LONG      int64_t
#define WIRE_ALIGN64   8
#define WIRE_CPU_SIZE  272
#define WIRE_CPU_ALIGN 16
#include "wire_structs.h"

#define WIRE_ABI       riscv64
#define WIRE_ADDRESS   uint64_t
#define WIRE_LONG      int64_t
#define WIRE_ALIGN64   8
#define WIRE_CPU_SIZE  520
#define WIRE_CPU_ALIGN 8
#include "wire_structs.h"

#endif /* HDBG_NUB_WIRE_H */

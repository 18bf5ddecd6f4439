/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How the structs of wire.h map to the library's own: one list of fields for both directions and all
 * processors.
 */
#ifndef HDBG_NUB_LAYOUT_H
#define HDBG_NUB_LAYOUT_H

#include "nub/wire.h"

#include <haikudbg/types.h>

/* The processors that have a table. */
enum { LAYOUT_X86_64, LAYOUT_X86, LAYOUT_ARM64, LAYOUT_RISCV64, LAYOUT_COUNT };

enum layout_kind {
    LAYOUT_UNSIGNED, /* an integer, zero-extended where the processor's is narrower */
    LAYOUT_SIGNED,   /* the same, sign-extended */
    LAYOUT_FLAG,     /* a bool on the wire, an int32_t of 0 or 1 here */
    LAYOUT_TEXT,     /* a char array; NUL-terminated here whatever came */
    LAYOUT_BYTES,    /* an array of the same bytes on both sides */
    LAYOUT_CPU,      /* debug_cpu_state and hdbg_cpu_state */
    LAYOUT_STRUCT    /* a struct with a list of its own */
};

struct layout_struct;

/* One field: where it is and how wide, on the wire of each processor and here. */
struct layout_field {
    uint16_t offset[LAYOUT_COUNT];
    uint16_t size[LAYOUT_COUNT];
    uint16_t host_offset;
    uint16_t host_size;
    uint8_t kind;
    const struct layout_struct *inner;
};

struct layout_struct {
    uint16_t size[LAYOUT_COUNT];
    uint16_t count;
    const struct layout_field *fields;
};

#define LAYOUT_OFFSETS(type, field)                                                                          \
    {                                                                                                        \
        offsetof(wire_x86_64_##type, field), offsetof(wire_x86_##type, field),                               \
            offsetof(wire_arm64_##type, field), offsetof(wire_riscv64_##type, field)                         \
    }
#define LAYOUT_WIDTH(type, field) sizeof(((type *)0)->field)
#define LAYOUT_WIDTHS(type, field)                                                                           \
    {                                                                                                        \
        LAYOUT_WIDTH(wire_x86_64_##type, field), LAYOUT_WIDTH(wire_x86_##type, field),                       \
            LAYOUT_WIDTH(wire_arm64_##type, field), LAYOUT_WIDTH(wire_riscv64_##type, field)                 \
    }
#define LAYOUT_SIZES(type)                                                                                   \
    {                                                                                                        \
        sizeof(wire_x86_64_##type), sizeof(wire_x86_##type), sizeof(wire_arm64_##type),                      \
            sizeof(wire_riscv64_##type)                                                                      \
    }

/* A field `field` of wire struct `type` that is `member` of `host` here. */
#define LAYOUT_FIELD(kind, type, field, host, member)                                                        \
    {                                                                                                        \
        LAYOUT_OFFSETS(type, field), LAYOUT_WIDTHS(type, field), offsetof(host, member),                     \
            LAYOUT_WIDTH(host, member), kind, NULL                                                           \
    }
#define LAYOUT_INNER(type, field, host, member, layout)                                                      \
    {                                                                                                        \
        LAYOUT_OFFSETS(type, field), LAYOUT_WIDTHS(type, field), offsetof(host, member),                     \
            LAYOUT_WIDTH(host, member), LAYOUT_STRUCT, &(layout)                                             \
    }
/* The whole of a wire struct, from its list of fields. */
#define LAYOUT_OF(type, list)                                                                                \
    {                                                                                                        \
        LAYOUT_SIZES(type), sizeof(list) / sizeof *(list), list                                              \
    }

extern const struct layout_struct hdbg_layout_sigaction;  /* hdbg_signal_handler */
extern const struct layout_struct hdbg_layout_siginfo;    /* hdbg_siginfo */
extern const struct layout_struct hdbg_layout_image_info; /* hdbg_image_info */

/* Which column of the tables a processor has; negative if it has none. */
int hdbg_layout_index(hdbg_arch arch);

/* From the wire, which may be unaligned and has at least layout->size[index] bytes. */
void hdbg_layout_decode(const struct layout_struct *layout, int index, const void *wire, void *host);

/* To the wire: layout->size[index] bytes, gaps zeroed. HDBG_BAD_VALUE for a CPU state of another processor.
 */
hdbg_status hdbg_layout_encode(const struct layout_struct *layout, int index, const void *host, void *wire);

#endif /* HDBG_NUB_LAYOUT_H */

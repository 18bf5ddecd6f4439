/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The content of a record, read number by number.
 */
#ifndef HDBG_KERNEL_RECORDING_READER_H
#define HDBG_KERNEL_RECORDING_READER_H

#include "kernel/recording/format.h"

/* Memory for the bytes of a call. */
struct block {
    struct block *next;
    uint8_t bytes[];
};

/* What is left of a record. */
typedef struct reader {
    const uint8_t *at, *end;
    const char *wrong; /* the first thing that was */
} reader;

/* What is wrong, if nothing was before; nothing more is read. */
void reader_wrong(reader *r, const char *what);
uint64_t reader_unsigned(reader *r);
int64_t reader_signed(reader *r);
/* A text, not ended by a NUL; NULL for none. */
const uint8_t *reader_text(reader *r, size_t *size);
/* The values that went into a call, or came out of it, as values_take() lists them. */
void parse_values(reader *r, call *one, references *known, enum item_way way);
/* Whether what a call tells fits together: who it is played to believes it as the kernel's own word. */
void parse_check(reader *r, const call *one);

#endif /* HDBG_KERNEL_RECORDING_READER_H */

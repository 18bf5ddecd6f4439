/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the files of lib/dwarf share: questions, and the answers that are kept.
 */
#ifndef HDBG_DWARF_INTERNAL_H
#define HDBG_DWARF_INTERNAL_H

#include "dwarf/bytes.h"
#include "dwarf/dwarf.h"
#include "dwarf/protocol.h"

/* reader.c: one question, one answer; `bytes` is to be freed. What the worker refuses is a status with its
 * sentence as last error. *generation: which process it was; if it is not the one that is asked for (and that
 * is not 0), nothing is asked, HDBG_NO_INIT. If the process dies or is late: HDBG_BAD_DATA or HDBG_TIMED_OUT,
 * and *lost is set. */
hdbg_status dwarf_reader_ask(dwarf_reader *reader, dwarf_question what, const dwarf_writer *question,
                             uint64_t *generation, uint8_t **bytes, size_t *size, int *lost);

dwarf_reader *dwarf_reader_retain(dwarf_reader *reader);
void dwarf_reader_release(dwarf_reader *reader);

/* file.c: asks about a file, whose number goes first; `rest` is what follows that. *bytes is to be freed. */
hdbg_status dwarf_file_ask(dwarf_file *file, dwarf_question what, const dwarf_writer *rest, uint8_t **bytes,
                           size_t *size);

/* An answer that is kept, with the addresses that it is good for. */
typedef struct dwarf_answer {
    uint64_t low, high; /* in: the address and the next; may be widened */
    void *data;
    void (*destroy)(void *data);
} dwarf_answer;

/* Makes what is kept of an answer's bytes; takes them over if it answers HDBG_OK (they are from malloc). */
typedef hdbg_status (*dwarf_decode)(uint8_t *bytes, size_t size, dwarf_answer *answer);

/* The answer to a question by address (file, address): the kept one, or it is asked. *data belongs to the
 * file and never changes. That there is none (HDBG_NAME_NOT_FOUND) is kept too. */
hdbg_status dwarf_file_answer(dwarf_file *file, dwarf_question what, uint64_t address, dwarf_decode decode,
                              void **data);
/* For what is made of an answer later; not held while something is asked. */
void dwarf_file_lock(dwarf_file *file);
void dwarf_file_unlock(dwarf_file *file);

/* frames.c: an answer to DWARF_ASK_ROWS, and the row in it for one of its addresses, which is made when it is
 * first asked for: locked. NULL: no memory. */
hdbg_status dwarf_decode_rows(uint8_t *bytes, size_t size, dwarf_answer *answer);
const dwarf_row *dwarf_rows_at(void *rows, uint64_t address);

/* calls.c and variables.c: answers to DWARF_ASK_CALLS and DWARF_ASK_VARIABLES; what they make begins with a
 * dwarf_calls and a dwarf_variables. */
hdbg_status dwarf_decode_calls(uint8_t *bytes, size_t size, dwarf_answer *answer);
hdbg_status dwarf_decode_variables(uint8_t *bytes, size_t size, dwarf_answer *answer);

#endif /* HDBG_DWARF_INTERNAL_H */

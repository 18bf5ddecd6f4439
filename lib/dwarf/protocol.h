/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the library and hdbg-dwarf say to each other over a stream socket: a header and that many bytes, for
 * each question and each answer. The reader believes nothing that the worker says: counts and offsets are
 * checked, as the worker may have been overwritten by what it read.
 */
#ifndef HDBG_DWARF_PROTOCOL_H
#define HDBG_DWARF_PROTOCOL_H

#include <stdint.h>

enum { DWARF_PROTOCOL_VERSION = 2, DWARF_MESSAGE_MAX = 64 * 1024 * 1024 };

typedef enum dwarf_question {
    DWARF_ASK_OPEN = 1,      /* paths or bytes -> the file's number and what it has */
    DWARF_ASK_CLOSE = 2,     /* a file's number -> nothing */
    DWARF_ASK_ROWS = 3,      /* file, address -> all rows of the function around the address */
    DWARF_ASK_LINES = 4,     /* file, address -> the inlined functions */
    DWARF_ASK_ADDRESSES = 5, /* file, source file's name, line -> addresses */
    DWARF_ASK_VARIABLES = 6, /* file, address -> variables and types */
    DWARF_ASK_CALLS = 7      /* file, address -> the call there, and how its function is left by jumps */
} dwarf_question;

/* Before each question and each answer. All numbers are the machine's own. */
typedef struct dwarf_header {
    uint32_t what;   /* a dwarf_question; in an answer the question's */
    uint32_t size;   /* bytes that follow */
    int32_t status;  /* of an answer: an hdbg_status; what follows is then a sentence */
    uint32_t serial; /* an answer has its question's */
} dwarf_header;

#endif /* HDBG_DWARF_PROTOCOL_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Packets of the GDB remote serial protocol: how they are framed, what is in them, how answers are built.
 * Nothing here knows a debuggee or a socket.
 */
#ifndef HDBG_SERVER_PACKET_H
#define HDBG_SERVER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest packet that is taken, in bytes between '$' and '#': room for 64 KiB in hexadecimal. */
#define PACKET_MAX 0x20000

/* ---- what the client sends ---- */

enum packet_kind {
    PACKET_NONE,      /* nothing is complete yet */
    PACKET_DATA,      /* a packet: reader.data, reader.size */
    PACKET_DAMAGED,   /* the same, but its checksum is wrong */
    PACKET_TOO_LONG,  /* a packet of more than PACKET_MAX bytes, which are lost */
    PACKET_ACK,       /* '+' */
    PACKET_NACK,      /* '-' */
    PACKET_INTERRUPT, /* ^C */
};

enum packet_state { PACKET_OUTSIDE, PACKET_INSIDE, PACKET_ESCAPED, PACKET_SUM_FIRST, PACKET_SUM_SECOND };

struct packet_reader {
    enum packet_state state;
    bool too_long;
    uint8_t sum;     /* of the bytes so far */
    int first_digit; /* of the checksum; -1 if it was none */
    size_t size;
    char data[PACKET_MAX + 1]; /* unescaped; NUL-terminated when complete */
};

void packet_reader_reset(struct packet_reader *reader);
/* Takes bytes until something is complete. *used: how many were taken. */
enum packet_kind packet_feed(struct packet_reader *reader, const char *bytes, size_t count, size_t *used);

/* ---- what is in it ---- */

/* The rest of a packet. Each take_ function that fails leaves it where it was. */
struct cursor {
    const char *at, *end;
};

/* What an id may say beside a number. */
enum { ID_ANY = 0, ID_ALL = -1 };

struct thread_id {
    int64_t team, thread; /* ID_ALL, ID_ANY or an id; a team that is not named is ID_ANY */
};

bool take_char(struct cursor *rest, char wanted);
bool take_text(struct cursor *rest, const char *wanted);
/* One to sixteen hexadecimal digits. */
bool take_hex(struct cursor *rest, uint64_t *value);
/* "ADDRESS,LENGTH" */
bool take_range(struct cursor *rest, uint64_t *address, uint64_t *length);
/* "p1.2", "p1", "2", "-1", "0", ... */
bool take_thread(struct cursor *rest, struct thread_id *id);
/* Pairs of digits up to the first other character, at most `room` bytes. *size: how many bytes. */
bool take_hex_bytes(struct cursor *rest, uint8_t *bytes, size_t room, size_t *size);
/* The same as a text of less than `room` bytes, without NUL bytes in it. */
bool take_hex_text(struct cursor *rest, char *text, size_t room);
/* Up to, and without, the next `separator` or the end; the separator is taken, too. */
struct cursor take_word(struct cursor *rest, char separator);
bool is_word(const struct cursor *word, const char *text);
size_t cursor_left(const struct cursor *rest);

/* An action of vCont. */
struct action {
    char kind;          /* c, s, r or t; C and S are c and s with a signal */
    uint8_t signal;     /* GDB's number, or 0 */
    uint64_t low, high; /* of r */
    struct thread_id who;
};

/* All actions, to be freed, of what comes after "vCont". False: it cannot be understood. */
bool take_actions(struct cursor *rest, struct action **actions, size_t *count);

/* ---- answers ---- */

/* A buffer that grows. One that could not grow is empty, and says so. */
struct reply {
    char *data;
    size_t size, room;
    bool failed;
};

void reply_clear(struct reply *reply);
void reply_free(struct reply *reply);
void reply_bytes(struct reply *reply, const void *bytes, size_t size);
void reply_text(struct reply *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));
void reply_hex(struct reply *reply, const void *bytes, size_t size);
/* A text in hexadecimal. */
void reply_hex_text(struct reply *reply, const char *text);
/* A text for XML: what would be markup is written as entities. What is no printable ASCII becomes '?'. */
void reply_xml(struct reply *reply, const char *text);
/* `payload` as a packet: escaped, with its frame and checksum. */
void reply_frame(struct reply *frame, const struct reply *payload);

#endif /* HDBG_SERVER_PACKET_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The facts of one report: gathered while the team stands still (gather.c, cause.c, stack.c), printed
 * afterwards (sentence.c, print.c). Nothing here is text for people yet, so that other printers can be
 * written on it.
 */
#ifndef REPORT_FACTS_H
#define REPORT_FACTS_H

#include <haikudbg/event.h>
#include <haikudbg/image.h>
#include <haikudbg/stack.h>
#include <haikudbg/team.h>
#include <haikudbg/thread.h>

#include <stdbool.h>

/* What happened. */
typedef enum cause_kind {
    CAUSE_ACCESS,         /* memory that may not be read or written so */
    CAUSE_STACK_OVERFLOW, /* the access was just beyond the thread's own stack */
    CAUSE_JUMP,           /* the program counter points at no code */
    CAUSE_DIVISION,       /* by zero, or with a quotient that does not fit */
    CAUSE_ILLEGAL,        /* no instruction */
    CAUSE_PROTECTION,     /* general protection */
    CAUSE_EXCEPTION,      /* any other exception of the processor */
    CAUSE_TRAP,           /* a breakpoint instruction of the program's own */
    CAUSE_ABORT,          /* abort() */
    CAUSE_ASSERTION,      /* abort() by assert(); `text` is its message */
    CAUSE_THROWN,         /* abort() because nobody caught a C++ exception */
    CAUSE_DEBUGGER_CALL,  /* debugger(); `text` is its message */
    CAUSE_SIGNAL          /* a signal that somebody sent */
} cause_kind;

typedef enum access_kind { ACCESS_UNKNOWN, ACCESS_READ, ACCESS_WRITE } access_kind;

/* What an instruction wanted of memory (access.h). */
typedef struct memory_access {
    access_kind kind;
    bool has_address;
    hdbg_address address;
    bool divides; /* a division, by `divisor` */
    bool has_divisor;
    uint64_t divisor;
} memory_access;

typedef struct frame_facts {
    hdbg_frame frame;
    bool guessed;             /* found by searching the stack: it may be left over from an earlier call */
    bool has_symbol;          /* `function` and `offset` are known */
    bool in_image;            /* `image` and `image_offset` are known */
    uint64_t offset;          /* of pc behind the function's start */
    uint64_t function_length; /* 0: not known */
    uint64_t image_offset;
    hdbg_image_id image_id;
    char function[512];
    char image[64]; /* the file's name without its folder */
} frame_facts;

enum { MAX_FRAMES = 256 };

typedef struct thread_facts {
    hdbg_thread *thread;
    hdbg_thread_info info;
    bool stopped;      /* frames and registers are known */
    int32_t stack_end; /* an hdbg_stack_end */
    size_t frame_count;
    frame_facts *frames;
    bool has_registers;
    hdbg_cpu_state registers;
} thread_facts;

typedef struct image_facts {
    hdbg_image_info info;
    size_t build_id_size;
    uint8_t build_id[HDBG_BUILD_ID_MAX];
} image_facts;

struct facts {
    hdbg_team *team;
    hdbg_team_info team_info;

    cause_kind cause;
    hdbg_stop stop;
    memory_access access;
    bool has_area; /* `area` is where the access went */
    hdbg_area_info area;
    char text[512];        /* the program's own message: of abort(), assert() and debugger(); or "" */
    hdbg_team_info sender; /* CAUSE_SIGNAL: its name, if it lives */
    bool sender_known;
    size_t culprit; /* index of the frame that the sentence names */

    thread_facts *threads; /* the one that it happened to comes first */
    size_t thread_count;
    image_facts *images;
    size_t image_count;
    hdbg_area_info *areas;
    size_t area_count;
};

/* Gathers all about the thread that an event has stopped, and its team, whose other threads should stand,
 * too. Never fails as a whole: what cannot be had is left out. Free with facts_free(). NULL without memory.
 * `every_thread`: not just the one that stopped. */
struct facts *facts_gather(const hdbg_event *event, bool every_thread);
void facts_free(struct facts *facts);

/* stack.c: the frames of a stopped thread. */
void stack_gather(const struct facts *facts, thread_facts *thread);
/* cause.c: fills cause, access, area, text, sender and culprit, from the first thread. */
void cause_find(struct facts *facts, const hdbg_event *event);
/* stack.c: whether an address lies in memory that can be executed. */
bool is_code(const struct facts *facts, hdbg_address address);
/* The area at an address, or NULL. */
const hdbg_area_info *facts_area_at(const struct facts *facts, hdbg_address address);

#endif /* REPORT_FACTS_H */

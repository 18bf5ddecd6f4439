/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The facts of one report: gathered while the team stands still (gather.c and what it calls), printed
 * afterwards (text.c, json.c, html.c). Nothing here is laid out for people yet, so that another output is
 * another printer.
 */
#ifndef REPORT_FACTS_H
#define REPORT_FACTS_H

#include "pool.h"

#include <haikudbg/haikudbg.h>

#include <stdbool.h>
#include <time.h>

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
    CAUSE_SIGNAL,         /* a signal that somebody sent */
    CAUSE_NOTHING         /* it was just looked at: a core file of a team that had not crashed */
} cause_kind;

/* What was done wrong, as far as it can be told (verdict.c). */
typedef enum verdict_kind {
    VERDICT_NONE,
    VERDICT_NULL,           /* used a null pointer */
    VERDICT_UNLOADED,       /* used an image that was unloaded */
    VERDICT_UNMAPPED,       /* used memory that was, most likely, unmapped */
    VERDICT_WILD,           /* used an address where nothing is */
    VERDICT_IMPOSSIBLE,     /* used an address that cannot exist */
    VERDICT_READ_ONLY,      /* wrote to read-only memory */
    VERDICT_NO_ACCESS,      /* used memory that allows no access */
    VERDICT_FILE_CUT,       /* used a mapping beyond the end of its file */
    VERDICT_EXECUTE_DATA,   /* ran data */
    VERDICT_MISALIGNED,     /* an address that is no multiple of what the instruction needs */
    VERDICT_RECURSION,      /* ran out of stack by recursion */
    VERDICT_STACK_OVERFLOW, /* ran out of stack */
    VERDICT_DIVISION,
    VERDICT_ILLEGAL,
    VERDICT_UNCAUGHT, /* a C++ exception that nobody caught */
    VERDICT_ASSERTION,
    VERDICT_HEAP,   /* the C library found its heap corrupted */
    VERDICT_SMASH,  /* the compiler's guard found the stack overwritten */
    VERDICT_BOUNDS, /* the C library's checks found a buffer overflow */
    VERDICT_ABORT,
    VERDICT_DEBUGGER,
    VERDICT_SIGNAL,
    VERDICT_KINDS
} verdict_kind;

/* How sure a verdict is. */
typedef enum certainty_kind { CERTAIN, LIKELY, POSSIBLE } certainty_kind;

typedef enum access_kind { ACCESS_UNKNOWN, ACCESS_READ, ACCESS_WRITE } access_kind;

/* What an instruction wanted of memory (decode.h). */
typedef struct memory_access {
    access_kind kind;
    bool has_address;
    hdbg_address address;
    unsigned size;      /* bytes, 0: not known */
    unsigned alignment; /* what the instruction needs, 0: nothing */
    bool divides;       /* a division, by `divisor` */
    bool has_divisor;
    uint64_t divisor;
    const char *base; /* the register that the address comes from, or NULL */
    uint64_t base_value;
} memory_access;

/* A function at an address: one of those that are inlined into each other there. */
typedef struct call_facts {
    const char *function; /* or NULL */
    const char *file;     /* or NULL */
    int32_t line, column;
    bool inlined;
} call_facts;

/* An address of code: shared by all frames that are there. */
typedef struct place_facts {
    struct place_facts *next; /* in the table */
    hdbg_address address;
    bool exact;      /* not a return address */
    bool has_symbol; /* `function` and `offset` are known */
    bool in_image;   /* `image`, `image_id` and `image_offset` are known */
    uint64_t offset; /* behind the function's start */
    uint64_t image_offset;
    hdbg_image_id image_id;
    const char *function;
    const char *image;       /* the file's name without its folder */
    const call_facts *calls; /* innermost first; the last one is the function that was really called */
    size_t call_count;
} place_facts;

/* Haiku's siginfo codes below tell who sent a signal, those from here on which fault it is. */
enum { FIRST_FAULT_CODE = 10 };

typedef struct variable_facts {
    const char *name, *type, *value;
    const char *declaration; /* name and type as C writes them */
    int32_t kind, state;     /* hdbg_variable_kind, hdbg_variable_state */
    size_t depth;            /* which of the frame's calls it belongs to */
} variable_facts;

typedef struct frame_facts {
    size_t index; /* in the whole stack, 0 is the innermost */
    hdbg_frame frame;
    const place_facts *place;
    bool guessed; /* found by searching the stack: it may be left over from an earlier call */
    const variable_facts *variables;
    size_t variable_count;
    /* Recursion: the `fold_period` frames that end with this one repeat `fold_times` times, and the further
     * turns are not among the frames. */
    size_t fold_period, fold_times;
} frame_facts;

typedef struct thread_facts {
    hdbg_thread *thread;
    hdbg_thread_info info;
    bool stopped;            /* frames and registers are known */
    int32_t stack_end;       /* an hdbg_stack_end */
    const char *explanation; /* why the stack ends, if that is worth a sentence; or "" */
    size_t depth;            /* frames there are */
    size_t frame_count; /* frames here: without the turns of a recursion, and cut where there are too many */
    frame_facts *frames;
    bool has_registers;
    hdbg_cpu_state registers;
    hdbg_stack *stack;
    size_t same_as;    /* the index of the thread with the very same stack that comes first: often its own */
    size_t same_count; /* how many have that stack, if it is the first one */
} thread_facts;

typedef struct image_facts {
    hdbg_image_info info;
    const char *path; /* to be shown */
    size_t build_id_size;
    uint8_t build_id[HDBG_BUILD_ID_MAX];
    const char *debug_info; /* what was wrong with its debug information, or "" */
} image_facts;

/* An image that is gone. */
typedef struct unloaded_image {
    hdbg_team_id team;
    hdbg_image_info info;
} unloaded_image;

typedef struct register_facts {
    const hdbg_register *reg;
    uint64_t value;
    const char *points_at; /* in words, or "" */
} register_facts;

/* A word of the stack. */
typedef struct word_facts {
    hdbg_address address;
    uint64_t value;
    const char *points_at;
} word_facts;

/* A line of disassembly. */
typedef struct code_facts {
    hdbg_address address;
    size_t size;
    uint8_t bytes[16];
    const char *text;
    const char *operands; /* of the instruction that it stopped at: what its operands are; or "" */
    bool current;
} code_facts;

/* A line of source. */
typedef struct source_facts {
    int32_t line;
    const char *text;
} source_facts;

typedef struct limit_facts {
    const char *name;
    int64_t soft, hard; /* -1: none */
} limit_facts;

typedef struct file_facts {
    int64_t descriptor, position;
    uint32_t flags;
    const char *name;
} file_facts;

/* Details that could not be had. */
typedef struct unknown_facts {
    int32_t kind;    /* an hdbg_detail_kind */
    const char *why; /* a sentence */
} unknown_facts;

/* A C++ exception that was thrown. */
typedef struct thrown_facts {
    const char *type; /* NULL: not found */
    const char *what; /* its text or value; NULL: not to be had without running code */
} thrown_facts;

enum { SIGNATURE_SIZE = 64 };

struct facts {
    struct pool *pool;
    hdbg_team *team;
    hdbg_team_info team_info;
    hdbg_system_info system;
    time_t when;
    const char *core; /* the core file that this was read from, or NULL */
    const char *core_problems;
    const char *unseen; /* why nothing can be told of its memory, or "" */
    bool team_ended;    /* it died while this was gathered: the rest is missing */
    bool redacted;

    cause_kind cause;
    hdbg_stop stop;
    memory_access access;
    bool has_area; /* `area` is where the access went */
    hdbg_area_info area;
    char text[512];        /* the program's own message: of abort(), assert() and debugger(); or "" */
    hdbg_team_info sender; /* CAUSE_SIGNAL: its name, if it lives */
    bool sender_known;
    size_t culprit; /* index of the frame that the sentence names */
    thrown_facts thrown;
    verdict_kind verdict;
    certainty_kind certainty;
    const char *sentence;    /* who did what and where */
    const char *explanation; /* the verdict in words, and how it is known; or "" */
    char signature[SIGNATURE_SIZE];

    thread_facts *threads; /* the one that it happened to comes first */
    size_t thread_count;
    image_facts *images;
    size_t image_count;
    hdbg_image_list *image_list;
    hdbg_area_info *areas;
    size_t area_count;
    const unloaded_image *unloaded;
    size_t unloaded_count;
    struct place_facts **places; /* a hash table: place.c */

    register_facts *registers;
    size_t register_count;
    word_facts *words;
    size_t word_count;
    code_facts *code;
    size_t code_count;
    const char *source_file; /* of the frame that the sentence names; NULL: none */
    int32_t source_line;
    source_facts *source;
    size_t source_count;

    const char *program, *working_directory; /* or NULL */
    const char **arguments, **environment;
    size_t argument_count, environment_count;
    limit_facts *limits;
    size_t limit_count;
    file_facts *files;
    size_t file_count;
    unknown_facts unknown[HDBG_DETAIL_PROGRAM];
    size_t unknown_count;
};

/* How much is gathered. */
struct gather_options {
    bool every_thread;  /* not just the one that stopped */
    bool variables;     /* of the one that stopped */
    bool all_variables; /* of every thread */
    bool team_details;  /* environment, limits, files */
    bool secrets;       /* also the values of variables that look like secrets */
    bool redact;
    const unloaded_image *unloaded;
    size_t unloaded_count;
    const char *core;
};

/* Gathers all about a thread that has stopped, and its team, whose other threads should stand, too. Never
 * fails as a whole: what cannot be had is left out. `event`: what it stopped for, or NULL. Free with
 * facts_free(). NULL without memory. */
struct facts *facts_gather(hdbg_thread *thread, const hdbg_event *event,
                           const struct gather_options *options);
void facts_free(struct facts *facts);

/* ---- what gathering is made of, in this order ---- */

/* threads.c: the frames of a stopped thread; which threads have the same stack. */
void stack_gather(struct facts *facts, thread_facts *thread, bool variables);
/* declaration.c: "char [16]" and "name" are "char name[16]". */
const char *declaration_of(struct pool *pool, const char *type, const char *name);
void threads_fold(struct facts *facts);
/* cause.c: fills cause, access, area, text, sender and culprit, from the first thread. */
void cause_find(struct facts *facts, const hdbg_event *event);
/* thrown.c: the C++ exception that nobody caught. */
void thrown_find(struct facts *facts);
/* verdict.c: what was done wrong. */
void verdict_find(struct facts *facts);
const char *verdict_name(verdict_kind verdict);
const char *certainty_name(certainty_kind certainty);
/* The last frame of a thread's first recursion, or NULL; and the frames of one turn as they call each other,
 * the function whose name comes first in the alphabet first: where in its turn a recursion meets the end of
 * the stack is chance. */
const frame_facts *recursion_of(const thread_facts *thread);
const frame_facts *recursion_frame(const frame_facts *last, size_t turn);
/* sentence.c: who did what and where, in words. */
void sentence_write(const struct facts *facts, char *buffer, size_t size);
/* signature.c */
void signature_make(const struct facts *facts, char *signature, size_t size);
/* pointers.c: registers and the top of the stack, with what they point at. */
void pointers_gather(struct facts *facts);
/* decode.c: the instructions around the one that it stopped at. */
void code_gather(struct facts *facts);
/* source.c: the lines around the one that the sentence is about. */
void source_gather(struct facts *facts);
/* details.c: command line, environment, limits, open files. */
void details_gather(struct facts *facts, const struct gather_options *options);
/* The name of a kind of details. */
const char *detail_name(int32_t kind);
/* redact.c: takes out what may be private. */
void facts_redact(struct facts *facts);

/* ---- questions to the facts ---- */

/* place.c: what is at an address of code; never NULL but without memory. */
const place_facts *place_at(struct facts *facts, hdbg_address address, bool exact);
/* pointers.c: what an address points at, in words; "" if nothing is known. */
const char *points_at(struct facts *facts, uint64_t value);
/* gather.c: the area at an address, or NULL; whether it can be executed. */
const hdbg_area_info *facts_area_at(const struct facts *facts, hdbg_address address);
bool is_code(const struct facts *facts, hdbg_address address);
/* The name that is shown of an area. */
const char *area_name(const hdbg_area_info *area);
/* The frame that the sentence names, or NULL. */
const frame_facts *facts_culprit(const struct facts *facts);

#endif /* REPORT_FACTS_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A core file as a kernel: what its files share. Nothing in a core file is believed: each offset, size and
 * count is checked against what there is, and nothing is allocated that the file does not pay for. What
 * cannot be used is left out and told in hdbg_core_info.problems.
 */
#ifndef HDBG_COREFILE_COREFILE_H
#define HDBG_COREFILE_COREFILE_H

#include <haikudbg/core.h>
#include <haikudbg/message.h>

#include <pthread.h>
#include <stdbool.h>

/* A part of a note, read from its start to its end. */
typedef struct core_cursor {
    const uint8_t *at, *end;
    int is_64;
    bool failed; /* something was read that is not there */
} core_cursor;

typedef struct core_note {
    const char *name; /* not NUL-terminated */
    size_t name_size; /* without a NUL at its end */
    uint32_t type;
    const uint8_t *data;
    size_t size;
} core_note;

/* A PT_LOAD: `file_size` bytes of it are in the core, the rest is not. */
typedef struct core_segment {
    uint64_t address, size, file_size, offset;
    uint32_t protection; /* hdbg_area_protection */
} core_segment;

/* A mapped file (NT_FILE). Names point into the notes. */
typedef struct core_mapping {
    uint64_t start, end, offset;
    const char *path;
} core_mapping;

typedef struct core_area {
    hdbg_area_id id;
    uint32_t lock, protection;
    uint64_t address, size, ram_size, offset;
    const char *name, *path;
} core_area;

typedef struct core_image {
    hdbg_image_id id;
    int32_t type, device;
    int64_t node;
    uint64_t init_routine, term_routine, text, text_size, data, data_size;
    int64_t text_delta;
    const char *path;
} core_image;

typedef struct core_thread {
    hdbg_thread_id id;
    int32_t state, priority;
    uint64_t stack_base, stack_end;
    const char *name;
    hdbg_cpu_state cpu;
    hdbg_extra_registers extra;
    int32_t type;      /* the hdbg_event_type that it stands for */
    int32_t exception; /* of EXCEPTION_OCCURRED */
    int32_t signal;    /* of that and of SIGNAL_RECEIVED: Haiku's number */
    hdbg_siginfo info;
    bool vague; /* Linux's notes tell of a fault, but not which one */
    bool told;  /* the debugger knows that it stands */
} core_thread;

/* What Linux's notes say of a thread. */
typedef struct linux_thread {
    hdbg_thread_id id;
    int32_t signal; /* Linux's number, 0: none */
    const uint8_t *registers, *info, *extended;
    size_t extended_size;
    bool has_float; /* `extended` is FXSAVE's area alone */
} linux_thread;

/* The symbols of a note; entries are ELF's. */
typedef struct core_symbols {
    hdbg_image_id image;
    const uint8_t *entries;
    size_t count, entry_size;
    const char *strings;
    size_t strings_size;
} core_symbols;

/* Details of a kind, as a note of this library's own has them. */
typedef struct core_noted {
    int32_t kind;
    uint32_t count, entry_size;
    core_cursor entries, texts;
} core_noted;

/* What the program was started with. */
typedef struct core_start {
    char *text; /* strings one behind the other, to be freed: the arguments, then the environment */
    size_t size, argument_count;
} core_start;

/* A file that memory is read from which the core leaves out; opened when it is first needed. */
typedef struct core_file {
    const char *path;
    int fd;      /* -1: not open */
    int refused; /* it is not there, or another one */
} core_file;

/* A list that grows. */
typedef struct core_list {
    void *items;
    size_t count, room;
} core_list;
#define CORE_AT(list, type, index) (&((type *)(list).items)[index])

typedef struct core_port core_port;
typedef struct core_descriptor core_descriptor;

typedef struct core_kernel {
    hdbg_kernel kernel; /* first: the public part */
    hdbg_kernel_ops ops;
    uint32_t flags;
    int fd;
    uint64_t file_size; /* of what `fd` reads: decompressed */
    int is_64;
    hdbg_arch arch;
    hdbg_core_info info;
    uint8_t *notes;
    size_t notes_size;
    core_list segments, mappings, areas, images, threads, symbols, linux_threads, files, noted;
    core_list by_id; /* pointers to the threads, by their ids */

    /* what the notes say of the team */
    bool has_team, has_haiku_team; /* the second has the better note */
    hdbg_team_id parent;
    uint32_t user, group;
    int32_t process_group, session;
    char name[HDBG_NAME_LENGTH];
    char arguments[512];
    const uint8_t *auxv;
    size_t auxv_size;
    char *path; /* of the core file, for messages */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    core_port *ports;
    core_descriptor *descriptors;
    hdbg_port_id last_port;
    hdbg_port_id debugger_port, nub_port; /* -1: no debugger is installed */
} core_kernel;

/* ---- open.c ---- */

/* Notes something that cannot be used. */
void core_problem(core_kernel *k, const char *format, ...) HDBG_PRINTF(2, 3);
/* Another item at the end of a list, zeroed; NULL without memory. */
void *core_list_add(core_list *list, size_t item);

/* ---- bytes.c ---- */

/* Reads of the file what there is; answers how much. */
size_t core_read(const core_kernel *k, uint64_t at, void *buffer, size_t size);
uint16_t core_u16(core_cursor *c);
uint32_t core_u32(core_cursor *c);
uint64_t core_u64(core_cursor *c);
uint64_t core_word(core_cursor *c); /* an address */
const uint8_t *core_bytes(core_cursor *c, size_t size);
const char *core_string(core_cursor *c); /* "" if there is none */
size_t core_left(const core_cursor *c);
core_cursor core_cursor_of(const core_kernel *k, const core_note *note);

/* ---- decompress.c ---- */

/* Replaces the descriptor of a compressed file by one of a temporary file that has no name. */
hdbg_status core_decompress(core_kernel *k);
/* Whether these first bytes are a compressed file's. */
int core_is_compressed(const uint8_t *bytes, size_t size);

/* ---- headers.c ---- */

/* ELF's headers, segments, and the notes, which are handed to the functions below. */
hdbg_status core_read_headers(core_kernel *k);

/* ---- haiku_notes.c, linux_notes.c: 1 if the note was theirs ---- */

int core_haiku_note(core_kernel *k, const core_note *note);
int core_linux_note(core_kernel *k, const core_note *note);
/* Linux's notes as threads, or added to threads of the same id. */
hdbg_status core_linux_threads(core_kernel *k);

/* ---- details.c ---- */

/* 1 if the note is one of this library's own. */
int core_own_note(core_kernel *k, const core_note *note);
hdbg_status core_team_details(void *context, hdbg_team_id team, int32_t kind,
                              int (*visit)(void *context, const hdbg_detail *detail), void *visit_context);

/* ---- start.c ---- */

/* Locked: finds what the program was started with; false if the core does not have it any more. */
bool core_start_find(core_kernel *k, core_start *start);

/* ---- settle.c ---- */

/* What both kinds of notes say makes the team. */
hdbg_status core_settle(core_kernel *k);

/* ---- linux_images.c ---- */

/* Areas from the segments and the mapped files, where no note lists them. */
hdbg_status core_linux_areas(core_kernel *k);
/* Images from the mapped files and the dynamic linker's list. */
hdbg_status core_linux_images(core_kernel *k);

/* ---- linux_numbers.c ---- */

int32_t core_signal_from_linux(int32_t signal);
/* Fills in the signal, the details, and what a fault is on Haiku. */
void core_stop_from_linux(core_thread *thread, int32_t signal, const uint8_t *info);

/* ---- processor.c ---- */

/* debug_cpu_state from Linux's registers. 0 for a processor that is not known. */
int core_cpu_from_linux(hdbg_arch arch, const linux_thread *from, core_thread *thread);
size_t core_linux_registers_size(hdbg_arch arch);
/* Why a thread was in the kernel, if that was an exception. */
void core_stop_from_cpu(core_thread *thread);
hdbg_arch core_arch_of_machine(uint16_t machine, int is_64);
size_t core_cpu_size(hdbg_arch arch);
uint64_t core_stack_pointer(const hdbg_cpu_state *cpu);

/* ---- memory.c ---- */

/* Reads memory; answers how many bytes from the start are known. */
size_t core_memory_read(core_kernel *k, uint64_t address, void *buffer, size_t size);
/* The same of what the core itself holds. */
size_t core_memory_in_core(core_kernel *k, uint64_t address, void *buffer, size_t size);
/* Sorts segments and mappings; drops what overlaps. */
void core_memory_sort(core_kernel *k);
const core_segment *core_segment_at(const core_kernel *k, uint64_t address);
/* The index of the mapping of a file that an address is in, or -1. */
int64_t core_mapping_at(const core_kernel *k, uint64_t address);
int64_t core_op_memory_read(void *context, hdbg_team_id team, hdbg_address address, void *buffer,
                            size_t size);

/* ---- ports.c ---- */

extern const hdbg_kernel_ops core_port_ops;
/* Locked: puts a message into a port, if there is such a port and it has room. */
hdbg_status core_port_put(core_kernel *k, hdbg_port_id port, int32_t code, const void *data, size_t size);
hdbg_port_id core_port_make(core_kernel *k, int32_t capacity, const char *name);
void core_port_drop(core_kernel *k, hdbg_port_id port);
void core_ports_free(core_kernel *k);

/* ---- nub.c ---- */

/* Locked: a message to the nub, which answers at once. HDBG_NOT_ALLOWED if it would change something. */
hdbg_status core_nub_message(core_kernel *k, int32_t code, const void *data, size_t size);
hdbg_port_id core_install(void *context, hdbg_team_id team, hdbg_port_id debugger_port);
hdbg_status core_remove(void *context, hdbg_team_id team);
hdbg_status core_debug_thread(void *context, hdbg_thread_id thread);

/* ---- info.c ---- */

extern const hdbg_kernel_ops core_info_ops;
bool core_is_nub(const core_kernel *k, const core_thread *thread);
core_thread *core_thread_find(core_kernel *k, hdbg_thread_id id);

#endif /* HDBG_COREFILE_COREFILE_H */

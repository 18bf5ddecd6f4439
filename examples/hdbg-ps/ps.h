/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the parts of hdbg-ps share: options, and what the kernel has told.
 */
#ifndef PS_PS_H
#define PS_PS_H

#include <haikudbg/haikudbg.h>

#include <stdbool.h>
#include <stdio.h>

/* What is listed of each team. */
typedef enum ps_list { LIST_TEAMS, LIST_THREADS, LIST_IMAGES, LIST_AREAS } ps_list;

struct options {
    bool all; /* other users' teams, too */
    bool list[LIST_AREAS + 1];
    bool full, wide, headers, json;
    const char *user;    /* only this one's, or NULL */
    hdbg_team_id *teams; /* only these; NULL: any */
    size_t team_count;
};

typedef enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG } options_result;

/* options.c */
options_result options_parse(struct options *options, int argc, char **argv);

/* A team, and what was asked for of it. */
struct team {
    hdbg_team_info info;
    char user[32];
    char *arguments; /* the whole command line */
    hdbg_time time;  /* of the processor, all threads; -1: not asked for */
    hdbg_thread_info *threads;
    hdbg_image_info *images;
    hdbg_area_info *areas;
    size_t thread_count, image_count, area_count;
};

struct snapshot {
    struct team *teams;
    size_t count;
    hdbg_time now; /* the kernel's clock */
};

/* snapshot.c: asks the kernel. False: it was said why, on standard error; what is there is there. */
bool snapshot_take(struct snapshot *snapshot, hdbg_kernel *kernel, const struct options *options);
void snapshot_free(struct snapshot *snapshot);
const char *thread_state_name(int32_t state);
const char *image_type_name(int32_t type);
/* "r-x" and the like. */
void protection_text(uint32_t protection, char text[4]);

/* tables.c */
void tables_print(FILE *out, const struct snapshot *snapshot, const struct options *options);
/* json.c: false if it could not be done; it was said why. */
bool json_print(FILE *out, const struct snapshot *snapshot, const struct options *options);
bool json_is_there(void);

#endif /* PS_PS_H */

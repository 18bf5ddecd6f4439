/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Haiku's images: programs and libraries as they are mapped in a team.
 */
#ifndef _IMAGE_H
#define _IMAGE_H

#include "OS.h"

typedef int32 image_id;

typedef enum { B_APP_IMAGE = 1, B_LIBRARY_IMAGE = 2, B_ADD_ON_IMAGE = 3, B_SYSTEM_IMAGE = 4 } image_type;

typedef struct {
    image_id id;
    image_type type;
    int32 sequence;
    int32 init_order;
    void (*init_routine)(void);
    void (*term_routine)(void);
    int32 device; /* dev_t of Haiku: 32 bits */
    int64 node;   /* ino_t of Haiku */
    char name[B_PATH_NAME_LENGTH];
    void *text;
    void *data;
    int32 text_size;
    int32 data_size;
    int32 api_version;
    int32 abi;
} image_info;

#ifdef __cplusplus
extern "C" {
#endif

/* Starts a program; its main thread waits, suspended, for resume_thread(). */
thread_id load_image(int32 argc, const char **argv, const char **environ);
/* cookie: 0 at first. */
status_t _get_image_info(image_id image, image_info *info, size_t size);
status_t _get_next_image_info(team_id team, int32 *cookie, image_info *info, size_t size);
#define get_image_info(image, info) _get_image_info((image), (info), sizeof(*(info)))
#define get_next_image_info(team, cookie, info)                                                              \
    _get_next_image_info((team), (cookie), (info), sizeof(*(info)))

#ifdef __cplusplus
}
#endif
#endif /* _IMAGE_H */

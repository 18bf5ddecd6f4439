/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the unit tests of recordings share: files that are gone when the test is over, a program that is
 * recorded on a mock, and its recording.
 */
#ifndef HDBG_TESTS_RECORDED_H
#define HDBG_TESTS_RECORDED_H

#include <haikudbg/haikudbg.h>
#include <haikudbg/mock.h>
#include <haikudbg/mock_player.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { RECORDED_TEAM = 500, RECORDED_CODE = 0x10000 };

/* cmocka's setup and teardown: a folder of the test's own, which is `*state`. */
int folder_setup(void **state);
int folder_teardown(void **state);
/* A file in it; valid until the next call. */
const char *file_in(void **state, const char *name);

/* A file's bytes, to be freed. */
uint8_t *read_whole(const char *path, size_t *size);

/* The program under test: attaches to a team, is told of a breakpoint, a signal and the end, reads memory and
 * registers, steps. What it has seen becomes a text. `mock`: what makes the events; NULL when it is played.
 */
void run_program(hdbg_kernel *kernel, hdbg_mock *mock, char *seen, size_t size);
/* Records that program on a mock into a file. */
void record_program(const char *path, char *seen, size_t size);
/* The same, its bytes. */
uint8_t *recorded_program(void **state, size_t *size);

#endif /* HDBG_TESTS_RECORDED_H */

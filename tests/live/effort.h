/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How much of a long test is done: all of it, or what is enough for a sanitizer, which makes it many times
 * slower.
 */
#ifndef HDBG_TESTS_EFFORT_H
#define HDBG_TESTS_EFFORT_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EFFORT(whole, sanitized) (sanitized)
#else
#define EFFORT(whole, sanitized) (whole)
#endif

#endif /* HDBG_TESTS_EFFORT_H */

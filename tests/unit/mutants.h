/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How many mutants of an input a test makes: a tenth of them where each takes many times as long, under
 * Valgrind (./dev says so) and ThreadSanitizer. AddressSanitizer looks at all of them.
 */
#ifndef HDBG_TESTS_MUTANTS_H
#define HDBG_TESTS_MUTANTS_H

#include <stdlib.h>

static inline int mutants(int all)
{
#if defined(__SANITIZE_THREAD__)
    return all / 10;
#else
    return getenv("HAIKUDBG_UNDER_VALGRIND") != NULL ? all / 10 : all;
#endif
}

#endif /* HDBG_TESTS_MUTANTS_H */

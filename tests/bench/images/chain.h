/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A chain of calls through shared libraries.
 */
#ifndef CHAIN_H
#define CHAIN_H

struct chain;
typedef int (*chain_step)(const struct chain *chain, int index);

struct chain {
    const chain_step *steps;
    int end;                    /* the step behind the last */
    void (*last)(void *cookie); /* what the last one calls */
    void *cookie;
};

#endif /* CHAIN_H */

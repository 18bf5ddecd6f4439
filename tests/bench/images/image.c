/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * One of many shared libraries: a step of a chain of calls that goes through them.
 */
#include "chain.h"

#include <stdio.h>
#include <string.h>

#define GLUE(a, b) a##b
#define NAME(a, b) GLUE(a, b)
#define STEP       NAME(image_step_, IMAGE)

struct NAME(parcel_, IMAGE) {
    char name[16];
    int numbers[8];
    struct NAME(parcel_, IMAGE) * next;
    const struct chain *chain;
};

static int weigh(const struct NAME(parcel_, IMAGE) * parcel, int factor)
{
    int sum = 0;
    for (int i = 0; i < 8; i++)
        sum += parcel->numbers[i] * factor;
    return sum;
}

static inline int pass_on(const struct chain *chain, int index, struct NAME(parcel_, IMAGE) * parcel)
{
    if (index + 1 == chain->end) {
        chain->last(chain->cookie);
        return weigh(parcel, index);
    }
    return chain->steps[index + 1](chain, index + 1) + weigh(parcel, 2);
}

int STEP(const struct chain *chain, int index);

int STEP(const struct chain *chain, int index)
{
    struct NAME(parcel_, IMAGE) parcel = {.next = &parcel, .chain = chain};
    snprintf(parcel.name, sizeof parcel.name, "image %d", IMAGE);
    for (int i = 0; i < 8; i++)
        parcel.numbers[i] = index * i;
    int weight = pass_on(chain, index, &parcel);
    return weight + (int)strlen(parcel.name);
}

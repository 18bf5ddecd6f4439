/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Loads the libraries and sends ten threads through them, so that each has a frame on a stack; when all wait,
 * the main thread crashes.
 */
#define _GNU_SOURCE
#include "chain.h"

#include <dlfcn.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 10, PATH = 4096 };

static chain_step sSteps[IMAGES];
static pthread_barrier_t sInside;

static void wait_inside(void *cookie)
{
    (void)cookie;
    pthread_barrier_wait(&sInside);
    for (;;)
        pause();
}

static void *walk(void *cookie)
{
    long thread = (long)cookie;
    struct chain chain = {sSteps, (int)((thread + 1) * IMAGES / THREADS), wait_inside, NULL};
    int first = (int)(thread * IMAGES / THREADS);
    return (void *)(long)sSteps[first](&chain, first);
}

static void load(const char *folder, int index)
{
    char path[PATH], name[64];
    snprintf(path, sizeof path, "%s/libimage%d.so", folder, index);
    snprintf(name, sizeof name, "image_step_%d", index);
    void *image = dlopen(path, RTLD_NOW);
    if (image == NULL || (sSteps[index] = (chain_step)dlsym(image, name)) == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
}

int main(void)
{
    char self[PATH] = "";
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return 1;
    const char *folder = dirname(self);
    for (int i = 0; i < IMAGES; i++)
        load(folder, i);
    pthread_barrier_init(&sInside, NULL, THREADS + 1);
    for (long i = 0; i < THREADS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, walk, (void *)i) != 0)
            return 1;
    }
    pthread_barrier_wait(&sInside);
    *(volatile int *)NULL = 1;
    return 0;
}

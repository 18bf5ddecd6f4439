/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Has eight threads, of which the seventh crashes once all are there.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { THREADS = 8, CRASHING = 7 };

static pthread_barrier_t gAllThere;

static void lose_pointer(void)
{
    *(int *volatile)0 = 7;
}

static void *work(void *argument)
{
    int number = (int)(intptr_t)argument;
    char name[16];
    snprintf(name, sizeof(name), "worker %d", number);
    pthread_setname_np(pthread_self(), name);
    pthread_barrier_wait(&gAllThere);
    if (number == CRASHING)
        lose_pointer();
    while (pause() != 0)
        ; /* until the team ends */
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&gAllThere, NULL, THREADS);
    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

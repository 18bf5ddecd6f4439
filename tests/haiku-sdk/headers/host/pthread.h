/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The host's threads, with Haiku's errors from the functions that answer one.
 */
#ifndef _HAIKU_SDK_PTHREAD_H
#define _HAIKU_SDK_PTHREAD_H

#include_next <pthread.h>
#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                   void *argument) __asm__("_haiku_pthread_create");
int pthread_join(pthread_t thread, void **value) __asm__("_haiku_pthread_join");
int pthread_mutex_trylock(pthread_mutex_t *mutex) __asm__("_haiku_pthread_mutex_trylock");
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *deadline) __asm__("_haiku_pthread_cond_timedwait");

#ifdef __cplusplus
}
#endif
#endif /* _HAIKU_SDK_PTHREAD_H */

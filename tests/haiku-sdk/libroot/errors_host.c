/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * errno as Haiku has it: what the host's functions have left there becomes Haiku's value when a program
 * looks. And the host's functions that answer an error instead.
 */
#define _GNU_SOURCE
#include "errors.h"
#include "libroot.h"

#include <errno.h>
#include <pthread.h>

#define VALUE(name) name,
const int libroot_host_errors[] = {ERRORS(VALUE)};

/* With a label in the headers that a program sees. */
int *_errnop(void);
int _haiku_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *argument);
int _haiku_pthread_join(pthread_t thread, void **value);
int _haiku_pthread_mutex_trylock(pthread_mutex_t *mutex);
int _haiku_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *deadline);

status_t libroot_error(int error)
{
    if (error <= 0)
        return error;
    for (int i = 0; i < libroot_error_count; i++) {
        if (libroot_host_errors[i] == error)
            return libroot_haiku_errors[i];
    }
    return error == EOPNOTSUPP ? B_NOT_SUPPORTED : B_ERROR;
}

int *_errnop(void)
{
    errno = libroot_error(errno);
    return &errno;
}

int _haiku_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *argument)
{
    return libroot_error(pthread_create(thread, attributes, body, argument));
}

int _haiku_pthread_join(pthread_t thread, void **value)
{
    return libroot_error(pthread_join(thread, value));
}

int _haiku_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    return libroot_error(pthread_mutex_trylock(mutex));
}

int _haiku_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *deadline)
{
    return libroot_error(pthread_cond_timedwait(condition, mutex, deadline));
}

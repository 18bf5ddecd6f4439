/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory, numbers in text, the environment, sorting.
 */
#ifndef _HAIKU_SDK_POSIX_STDLIB_H
#define _HAIKU_SDK_POSIX_STDLIB_H

#include <sys/types.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

#ifdef __cplusplus
extern "C" {
#endif

extern char **environ;

void *malloc(size_t size) __attribute__((__malloc__));
void *calloc(size_t count, size_t size) __attribute__((__malloc__));
void *realloc(void *memory, size_t size);
void *reallocarray(void *memory, size_t count, size_t size);
int posix_memalign(void **memory, size_t alignment, size_t size);
void free(void *memory);
int atoi(const char *text);
long atol(const char *text);
long strtol(const char *text, char **end, int base);
unsigned long strtoul(const char *text, char **end, int base);
long long strtoll(const char *text, char **end, int base);
unsigned long long strtoull(const char *text, char **end, int base);
double strtod(const char *text, char **end);
long double strtold(const char *text, char **end);
char *getenv(const char *name);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
char *realpath(const char *path, char *resolved);
int mkstemp(char *path);
int mkostemp(char *path, int flags);
void qsort(void *array, size_t count, size_t size, int (*compare)(const void *, const void *));
void *bsearch(const void *key, const void *array, size_t count, size_t size,
              int (*compare)(const void *, const void *));
int atexit(void (*function)(void));
void exit(int status) __attribute__((__noreturn__));
void abort(void) __attribute__((__noreturn__));
int abs(int number);

#ifdef __cplusplus
}
#endif

#endif

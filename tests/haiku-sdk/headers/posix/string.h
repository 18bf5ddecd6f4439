/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Strings.
 */
#ifndef _HAIKU_SDK_POSIX_STRING_H
#define _HAIKU_SDK_POSIX_STRING_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memchr(const void *bytes, int byte, size_t size);
void *memrchr(const void *bytes, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *bytes, int byte, size_t size);
void *memmem(const void *bytes, size_t size, const void *part, size_t part_size);
char *strcat(char *to, const char *from);
char *strchr(const char *string, int c);
char *strrchr(const char *string, int c);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
char *strcpy(char *to, const char *from);
char *strncpy(char *to, const char *from, size_t size);
size_t strlcpy(char *to, const char *from, size_t size);
size_t strlcat(char *to, const char *from, size_t size);
size_t strlen(const char *string);
size_t strnlen(const char *string, size_t size);
size_t strspn(const char *string, const char *accepted);
size_t strcspn(const char *string, const char *rejected);
char *strpbrk(const char *string, const char *accepted);
char *strstr(const char *string, const char *part);
char *strtok_r(char *string, const char *separators, char **position);
char *strdup(const char *string);
char *strndup(const char *string, size_t size);
char *strerror(int error);
int strerror_r(int error, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif

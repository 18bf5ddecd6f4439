/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Files and formatted text.
 */
#ifndef _HAIKU_SDK_POSIX_STDIO_H
#define _HAIKU_SDK_POSIX_STDIO_H

#include <stdarg.h>
#include <sys/types.h>

#define BUFSIZ 8192
#define EOF    (-1)
#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif
typedef struct _IO_FILE FILE;
extern FILE *stdin;
extern FILE *stdout;
extern FILE *stderr;
#define __SDK_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))

#ifdef __cplusplus
extern "C" {
#endif

FILE *fopen(const char *path, const char *mode);
FILE *fdopen(int descriptor, const char *mode);
FILE *open_memstream(char **text, size_t *size);
int fclose(FILE *file);
int fflush(FILE *file);
int ferror(FILE *file);
int feof(FILE *file);
int fileno(FILE *file);
size_t fread(void *buffer, size_t size, size_t count, FILE *file);
size_t fwrite(const void *buffer, size_t size, size_t count, FILE *file);
int fputs(const char *text, FILE *file);
int fputc(int c, FILE *file);
int fgetc(FILE *file);
char *fgets(char *buffer, int size, FILE *file);
ssize_t getline(char **line, size_t *size, FILE *file);
int fseek(FILE *file, long offset, int whence);
long ftell(FILE *file);
int rename(const char *from, const char *to);
int remove(const char *path);
void perror(const char *text);
int puts(const char *text);
int printf(const char *format, ...) __SDK_PRINTF(1, 2);
int fprintf(FILE *file, const char *format, ...) __SDK_PRINTF(2, 3);
int dprintf(int descriptor, const char *format, ...) __SDK_PRINTF(2, 3);
int sprintf(char *buffer, const char *format, ...) __SDK_PRINTF(2, 3);
int snprintf(char *buffer, size_t size, const char *format, ...) __SDK_PRINTF(3, 4);
int asprintf(char **text, const char *format, ...) __SDK_PRINTF(2, 3);
int vfprintf(FILE *file, const char *format, va_list arguments) __SDK_PRINTF(2, 0);
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) __SDK_PRINTF(3, 0);
int vasprintf(char **text, const char *format, va_list arguments) __SDK_PRINTF(2, 0);
int sscanf(const char *text, const char *format, ...) __attribute__((__format__(__scanf__, 2, 3)));

#ifdef __cplusplus
}
#endif

#endif

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Descriptors, files, processes.
 */
#ifndef _HAIKU_SDK_POSIX_UNISTD_H
#define _HAIKU_SDK_POSIX_UNISTD_H

#include <sys/types.h>

#define R_OK 4
#define W_OK 2
#define X_OK 1
#define F_OK 0

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif
#ifndef SEEK_DATA
#define SEEK_DATA 3
#define SEEK_HOLE 4
#endif

#define _SC_OPEN_MAX         20
#define _SC_PAGESIZE         27
#define _SC_NPROCESSORS_CONF 34
#define _SC_NPROCESSORS_ONLN 35
#define _SC_PHYS_PAGES       40

#ifdef __cplusplus
extern "C" {
#endif

int access(const char *path, int mode);
int chdir(const char *path);
char *getcwd(char *buffer, size_t size);
int pipe(int ends[2]);
int pipe2(int ends[2], int flags);
int dup(int descriptor);
int dup2(int descriptor, int other);
int close(int descriptor);
int link(const char *path, const char *other);
int unlink(const char *path);
int rmdir(const char *path);
ssize_t readlink(const char *path, char *buffer, size_t size);
int ftruncate(int descriptor, off_t size);
ssize_t read(int descriptor, void *buffer, size_t size);
ssize_t pread(int descriptor, void *buffer, size_t size, off_t offset);
ssize_t write(int descriptor, const void *buffer, size_t size);
ssize_t pwrite(int descriptor, const void *buffer, size_t size, off_t offset);
off_t lseek(int descriptor, off_t offset, int whence);
int fsync(int descriptor);
int fdatasync(int descriptor);
long sysconf(int name);
pid_t fork(void);
int execve(const char *path, char *const arguments[], char *const environment[]);
int execv(const char *path, char *const arguments[]);
void _exit(int status) __attribute__((__noreturn__));
unsigned int alarm(unsigned int seconds);
pid_t getpid(void);
pid_t getppid(void);
pid_t getpgrp(void);
pid_t getpgid(pid_t pid);
int setpgid(pid_t pid, pid_t group);
pid_t setsid(void);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int gethostname(char *name, size_t size);
int isatty(int descriptor);

#ifdef __cplusplus
}
#endif

#endif

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * vFile: files of this machine, for clients on another one. They are opened as the user who runs the server.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Flags and modes of the protocol are its own. */
enum {
    FILE_WRITE_ONLY = 0x1,
    FILE_READ_WRITE = 0x2,
    FILE_APPEND = 0x8,
    FILE_CREATE = 0x200,
    FILE_TRUNCATE = 0x400,
    FILE_EXCLUSIVE = 0x800,
};

static void answer_file(struct server *server, int64_t result)
{
    static const struct {
        int ours, theirs;
    } kErrors[] = {{EPERM, 1},   {ENOENT, 2},  {EINTR, 4},   {EBADF, 9},   {EACCES, 13},
                   {EFAULT, 14}, {EBUSY, 16},  {EEXIST, 17}, {ENODEV, 19}, {ENOTDIR, 20},
                   {EISDIR, 21}, {EINVAL, 22}, {ENFILE, 23}, {EMFILE, 24}, {EFBIG, 27},
                   {ENOSPC, 28}, {ESPIPE, 29}, {EROFS, 30},  {ENOSYS, 88}, {ENAMETOOLONG, 91}};
    if (result >= 0) {
        reply_text(&server->payload, "F%llx", (unsigned long long)result);
        return;
    }
    int number = 9999; /* FILEIO_EUNKNOWN */
    for (size_t i = 0; i < sizeof kErrors / sizeof *kErrors; i++) {
        if (kErrors[i].ours == errno)
            number = kErrors[i].theirs;
    }
    reply_text(&server->payload, "F-1,%x", (unsigned)number);
}

static int64_t bad(int error)
{
    errno = error;
    return -1;
}

/* The place of an open file in server->files, as the client names it; -1 if there is none. */
static int take_file(struct server *server, struct cursor *packet)
{
    uint64_t number;
    if (!take_hex(packet, &number) || number >= MAX_FILES || server->files[number] < 0)
        return -1;
    return (int)number;
}

static int64_t open_file(struct server *server, const char *path, uint64_t wanted, uint64_t mode)
{
    int place = 0, flags = O_RDONLY;
    while (place < MAX_FILES && server->files[place] >= 0)
        place++;
    if (place == MAX_FILES)
        return bad(EMFILE);
    if ((wanted & FILE_READ_WRITE) != 0)
        flags = O_RDWR;
    else if ((wanted & FILE_WRITE_ONLY) != 0)
        flags = O_WRONLY;
    flags |= (wanted & FILE_APPEND) != 0 ? O_APPEND : 0;
    flags |= (wanted & FILE_CREATE) != 0 ? O_CREAT : 0;
    flags |= (wanted & FILE_TRUNCATE) != 0 ? O_TRUNC : 0;
    flags |= (wanted & FILE_EXCLUSIVE) != 0 ? O_EXCL : 0;
    /* A fifo without a writer would hold the server up. */
    int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, (mode_t)mode & 0777);
    if (fd < 0)
        return -1;
    server->files[place] = fd;
    return place;
}

static void do_open(struct server *server, struct cursor *packet)
{
    char path[PATH_MAX];
    uint64_t flags, mode;
    if (take_hex_text(packet, path, PATH_MAX) && take_char(packet, ',') && take_range(packet, &flags, &mode))
        answer_file(server, open_file(server, path, flags, mode));
    else
        answer_file(server, bad(EINVAL));
}

static void do_close(struct server *server, struct cursor *packet)
{
    int file = take_file(server, packet);
    if (file < 0) {
        answer_file(server, bad(EBADF));
        return;
    }
    int result = close(server->files[file]);
    server->files[file] = -1;
    answer_file(server, result);
}

static void do_pread(struct server *server, struct cursor *packet)
{
    uint64_t count, offset;
    int file = take_file(server, packet);
    if (file < 0 || !take_char(packet, ',') || !take_range(packet, &count, &offset) || offset > INT64_MAX) {
        answer_file(server, bad(file < 0 ? EBADF : EINVAL));
        return;
    }
    size_t size = count < PACKET_MAX / 2 ? (size_t)count : PACKET_MAX / 2;
    char *bytes = malloc(size + 1);
    ssize_t got = bytes != NULL ? pread(server->files[file], bytes, size, (off_t)offset) : bad(ENOMEM);
    answer_file(server, got);
    if (got >= 0) {
        reply_text(&server->payload, ";");
        reply_bytes(&server->payload, bytes, (size_t)got);
    }
    free(bytes);
}

static void do_pwrite(struct server *server, struct cursor *packet)
{
    uint64_t offset;
    int file = take_file(server, packet);
    if (file < 0 || !take_char(packet, ',') || !take_hex(packet, &offset) || !take_char(packet, ',') ||
        offset > INT64_MAX) {
        answer_file(server, bad(file < 0 ? EBADF : EINVAL));
        return;
    }
    answer_file(server, pwrite(server->files[file], packet->at, cursor_left(packet), (off_t)offset));
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

/* struct stat of the protocol: big endian, 64 bytes. */
static void add_stat(struct reply *reply, const struct stat *info)
{
    uint8_t bytes[64] = {0};
    uint64_t mode = (uint64_t)(info->st_mode & 0777);
    mode |= S_ISREG(info->st_mode)   ? 0100000
            : S_ISDIR(info->st_mode) ? 040000
            : S_ISCHR(info->st_mode) ? 020000
                                     : 0;
    put(bytes, info->st_dev, 4);
    put(bytes + 4, info->st_ino, 4);
    put(bytes + 8, mode, 4);
    put(bytes + 12, info->st_nlink, 4);
    put(bytes + 16, info->st_uid, 4);
    put(bytes + 20, info->st_gid, 4);
    put(bytes + 24, info->st_rdev, 4);
    put(bytes + 28, (uint64_t)info->st_size, 8);
    put(bytes + 36, (uint64_t)info->st_blksize, 8);
    put(bytes + 44, (uint64_t)info->st_blocks, 8);
    put(bytes + 52, (uint64_t)info->st_atime, 4);
    put(bytes + 56, (uint64_t)info->st_mtime, 4);
    put(bytes + 60, (uint64_t)info->st_ctime, 4);
    reply_text(reply, "F%zx;", sizeof bytes);
    reply_bytes(reply, bytes, sizeof bytes);
}

static void do_fstat(struct server *server, struct cursor *packet)
{
    struct stat info;
    int file = take_file(server, packet);
    if (file < 0 || fstat(server->files[file], &info) != 0)
        answer_file(server, file < 0 ? bad(EBADF) : -1);
    else
        add_stat(&server->payload, &info);
}

static void do_readlink(struct server *server, struct cursor *packet)
{
    char path[PATH_MAX], target[PATH_MAX];
    ssize_t size =
        take_hex_text(packet, path, PATH_MAX) ? readlink(path, target, sizeof target) : bad(EINVAL);
    answer_file(server, size);
    if (size >= 0) {
        reply_text(&server->payload, ";");
        reply_bytes(&server->payload, target, (size_t)size);
    }
}

static void do_unlink(struct server *server, struct cursor *packet)
{
    char path[PATH_MAX];
    answer_file(server, take_hex_text(packet, path, PATH_MAX) ? unlink(path) : bad(EINVAL));
}

/* ---- LLDB's ---- */

static bool take_status(struct cursor *packet, struct stat *info)
{
    char path[PATH_MAX];
    return (take_hex_text(packet, path, PATH_MAX) ? stat(path, info) : bad(EINVAL)) == 0;
}

static void do_size(struct server *server, struct cursor *packet)
{
    struct stat info;
    answer_file(server, take_status(packet, &info) ? info.st_size : -1);
}

static void do_mode(struct server *server, struct cursor *packet)
{
    struct stat info;
    answer_file(server, take_status(packet, &info) ? (int64_t)(info.st_mode & 07777) : -1);
}

static void do_exists(struct server *server, struct cursor *packet)
{
    struct stat info;
    reply_text(&server->payload, "F,%d", take_status(packet, &info));
}

/* ---- the table ---- */

/* Whose view of the files: there is only one. */
static void do_setfs(struct server *server, struct cursor *packet)
{
    uint64_t team;
    answer_file(server, take_hex(packet, &team) ? 0 : bad(EINVAL));
}

void file_command(struct server *server, struct cursor *packet)
{
    static const struct {
        const char *name;
        void (*run)(struct server *server, struct cursor *packet);
    } kCommands[] = {{"open", do_open},     {"close", do_close},  {"pread", do_pread},
                     {"pwrite", do_pwrite}, {"fstat", do_fstat},  {"readlink", do_readlink},
                     {"unlink", do_unlink}, {"setfs", do_setfs},  {"size", do_size},
                     {"mode", do_mode},     {"exists", do_exists}};
    struct cursor name = take_word(packet, ':');
    for (size_t i = 0; i < sizeof kCommands / sizeof *kCommands; i++) {
        if (is_word(&name, kCommands[i].name))
            kCommands[i].run(server, packet);
    }
}

void files_close(struct server *server)
{
    for (int i = 0; i < MAX_FILES; i++) {
        if (server->files[i] >= 0)
            close(server->files[i]);
        server->files[i] = -1;
    }
}

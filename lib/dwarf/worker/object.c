/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The debugging sections of a file. The file is mapped when a whole section is asked for: what is not needed
 * is not read, and if it shrinks meanwhile, that ends this process and no other. Headers and other small
 * parts are read, as each part of a mapping that is touched takes the pages around it. Sections that are
 * compressed (SHF_COMPRESSED, or .zdebug_*) are uncompressed when they are asked for.
 */
#include "worker.h"
#include "base/fail.h"
#include "inspect/elf.h"
#include "inspect/elf_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HDBG_WITH_ZSTD
#include <zstd.h>
#endif

enum {
    SECTION_COMPRESSED = 0x800, /* SHF_COMPRESSED */
    COMPRESSED_ZLIB = 1,        /* ch_type */
    COMPRESSED_ZSTD = 2,
    GNU_HEADER = 12, /* of .zdebug_*: "ZLIB" and the size, big-endian */
    RATIO_MAX = 1100 /* more than zlib can do: a size beyond that is a lie */
};

/* How one of the object's sections lies in the file. */
typedef struct content {
    const elf_section *section;
    int method;          /* 0: as it is; COMPRESSED_ZLIB, COMPRESSED_ZSTD */
    uint64_t at, stored; /* where its bytes begin, and how many there are in the file */
    uint8_t *bytes;      /* what was uncompressed, or NULL */
    char *name;          /* a .zdebug_*'s other name; or NULL */
} content;

struct worker_object {
    const uint8_t *bytes; /* NULL: the file is not mapped yet */
    size_t size;
    int fd;     /* the file, until it is mapped; -1: it was, or there is none */
    int mapped; /* to be unmapped, not to be freed */
    elf_object elf;
    char name[600];
    content *contents; /* one for each of set.sections */
    access_set set;
    Dwarf_Debug debug;
};

/* Files that are open. From so many on they are mapped at once, so that descriptors do not run out. */
enum { OPEN_FILES = 256 };
static int gOpen; /* this program's own: one process, one thread */

static void close_file(worker_object *object)
{
    if (object->fd < 0)
        return;
    close(object->fd);
    object->fd = -1;
    gOpen--;
}

/* All bytes of an object; NULL if they cannot be had. */
static const uint8_t *bytes_of(worker_object *object)
{
    if (object->bytes != NULL || object->fd < 0)
        return object->bytes;
    void *bytes = mmap(NULL, object->size, PROT_READ, MAP_PRIVATE, object->fd, 0);
    close_file(object);
    if (bytes != MAP_FAILED) {
        object->bytes = bytes;
        object->mapped = 1;
    }
    return object->bytes;
}

static size_t read_bytes(void *context, uint64_t at, void *buffer, size_t size)
{
    const worker_object *object = context;
    if (at >= object->size)
        return 0;
    size_t n = size < object->size - at ? size : (size_t)(object->size - at), done = 0;
    if (object->bytes != NULL) {
        memcpy(buffer, object->bytes + at, n);
        return n;
    }
    while (done < n && object->fd >= 0) {
        ssize_t got = pread(object->fd, (uint8_t *)buffer + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done;
}

/* The name may come from debug information (a .dwo file's), and to open a device may do something: it is
 * looked at before. What is there afterwards, if it was replaced meanwhile, does not hold anybody up. */
static hdbg_status open_file(worker_object *object, const char *path)
{
    struct stat info;
    int fd = -1;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return hdbg_fail(HDBG_NOT_AN_EXECUTABLE, "%s is no file that can be mapped", path);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &info) != 0) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return hdbg_fail(error == ENOENT ? HDBG_ENTRY_NOT_FOUND : HDBG_IO_ERROR, "cannot open %s: %s", path,
                         strerror(error));
    }
    object->fd = fd;
    gOpen++;
    object->size = S_ISREG(info.st_mode) && info.st_size > 0 ? (size_t)info.st_size : 0;
    if (object->size == 0 || (gOpen > OPEN_FILES && bytes_of(object) == NULL))
        return hdbg_fail(HDBG_NOT_AN_EXECUTABLE, "%s is no file that can be mapped", path);
    return HDBG_OK;
}

/* Finds out how a section is stored. @return its size when uncompressed, 0 if that makes no sense. */
static uint64_t find_stored(const worker_object *object, content *c, int is_zdebug)
{
    const elf_section *s = c->section;
    uint8_t p[24] = {0};
    uint64_t size = s->size;
    if ((is_zdebug || (s->flags & SECTION_COMPRESSED)) &&
        read_bytes((void *)(uintptr_t)object, s->offset, p, sizeof p) < GNU_HEADER)
        return 0;
    c->at = s->offset;
    c->stored = s->size;
    if (is_zdebug) {
        if (s->size < GNU_HEADER || memcmp(p, "ZLIB", 4) != 0)
            return 0;
        c->method = COMPRESSED_ZLIB;
        size = 0;
        for (int i = 4; i < GNU_HEADER; i++)
            size = size << 8 | p[i];
        c->at += GNU_HEADER;
        c->stored -= GNU_HEADER;
    } else if (s->flags & SECTION_COMPRESSED) {
        uint64_t header = object->elf.is_64 ? 24 : 12;
        if (s->size < header)
            return 0;
        c->method = (int)elf_get(p, 4);
        size = object->elf.is_64 ? elf_get(p + 8, 8) : elf_get(p + 4, 4);
        c->at += header;
        c->stored -= header;
    }
    if (c->method != 0 && size / RATIO_MAX > c->stored)
        return 0;
    return size;
}

static int uncompress_zlib(const uint8_t *from, uint64_t stored, uint8_t *to, uint64_t size)
{
    uLongf room = size;
    return uncompress(to, &room, from, stored) == Z_OK && room == size;
}

static const uint8_t *load(void *context, const access_section *section)
{
    worker_object *object = context;
    content *c = &object->contents[section->index];
    const uint8_t *stored = c->bytes == NULL ? bytes_of(object) : NULL;
    if (c->bytes != NULL)
        return c->bytes;
    if (stored == NULL)
        return NULL;
    stored += c->at;
    if (c->method == 0)
        return stored;
    uint8_t *bytes = malloc(section->size > 0 ? section->size : 1);
    int ok = 0;
    if (bytes != NULL && c->method == COMPRESSED_ZLIB)
        ok = uncompress_zlib(stored, c->stored, bytes, section->size);
#ifdef HDBG_WITH_ZSTD
    else if (bytes != NULL && c->method == COMPRESSED_ZSTD)
        ok = ZSTD_decompress(bytes, section->size, stored, c->stored) == section->size;
#endif
    if (!ok) {
        free(bytes);
        return NULL;
    }
    c->bytes = bytes;
    return bytes;
}

/* Enters a section if it is one of those that are of use: .debug_*, .zdebug_*, .eh_frame and its index,
 * .gnu_debugaltlink. */
static void enter_section(worker_object *object, const elf_section *s)
{
    static const char kCompressed[] = ".zdebug_";
    if (s->name >= object->elf.section_names_size || s->type == ELF_SECTION_EMPTY || s->size == 0 ||
        s->offset > object->size || s->size > object->size - s->offset)
        return;
    const char *name = object->elf.section_names + s->name;
    int is_zdebug = strncmp(name, kCompressed, sizeof kCompressed - 1) == 0;
    if (!is_zdebug && strncmp(name, ".debug_", 7) != 0 && strncmp(name, ".eh_frame", 9) != 0 &&
        strcmp(name, ".gnu_debugaltlink") != 0)
        return;
    content c = {.section = s};
    uint64_t size = find_stored(object, &c, is_zdebug);
    if (size == 0)
        return;
    if (is_zdebug) {
        c.name = malloc(strlen(name));
        if (c.name == NULL)
            return;
        c.name[0] = '.';
        memcpy(c.name + 1, name + 2, strlen(name) - 1);
    }
    size_t index = object->set.count++;
    object->contents[index] = c;
    object->set.sections[index] = (access_section){
        .name = c.name != NULL ? c.name : name, .address = s->address, .size = size, .index = index};
}

hdbg_status object_open(const char *path, uint8_t *bytes, size_t size, worker_object **result)
{
    hdbg_status status = HDBG_OK;
    worker_object *object = calloc(1, sizeof *object);
    *result = NULL;
    if (object == NULL) {
        free(bytes);
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for a file's debug information");
    }
    object->fd = -1;
    object->bytes = bytes;
    object->size = size;
    snprintf(object->name, sizeof object->name, "%s", path != NULL ? path : "a file in memory");
    if (bytes == NULL)
        status = open_file(object, path);
    if (status == HDBG_OK) {
        elf_input input = {.read = read_bytes, .context = object, .size = object->size, .name = object->name};
        status = elf_open(&object->elf, &input);
    }
    size_t count = object->elf.section_count;
    if (status == HDBG_OK) {
        object->contents = calloc(count + 1, sizeof *object->contents);
        object->set.sections = calloc(count + 1, sizeof *object->set.sections);
        if (object->contents == NULL || object->set.sections == NULL)
            status = hdbg_fail(HDBG_NO_MEMORY, "no memory for the sections of %s", object->name);
    }
    if (status != HDBG_OK) {
        object_close(object);
        return status;
    }
    object->set.is_64 = object->elf.is_64;
    object->set.file_size = object->size;
    object->set.load = load;
    object->set.context = object;
    for (size_t i = 0; object->elf.section_names != NULL && i < count; i++)
        enter_section(object, &object->elf.sections[i]);
    *result = object;
    return HDBG_OK;
}

void object_close(worker_object *object)
{
    if (object == NULL)
        return;
    access_close(&object->set, object->debug);
    for (size_t i = 0; i < object->set.count; i++) {
        free(object->contents[i].bytes);
        free(object->contents[i].name);
    }
    free(object->contents);
    free(object->set.sections);
    elf_close(&object->elf);
    close_file(object);
    if (object->mapped)
        munmap((void *)(uintptr_t)object->bytes, object->size);
    else
        free((void *)(uintptr_t)object->bytes);
    free(object);
}

Dwarf_Debug object_debug(worker_object *object)
{
    if (object->debug == NULL && object->set.count > 0 && object->set.interface == NULL)
        access_open(&object->set, &object->debug);
    return object->debug;
}

const char *object_path(const worker_object *object)
{
    return object->name[0] == '/' && strlen(object->name) + 1 < sizeof object->name ? object->name : NULL;
}

int object_is_64(const worker_object *object)
{
    return object->elf.is_64;
}

static const access_section *find_section(const worker_object *object, const char *name)
{
    for (size_t i = 0; i < object->set.count; i++) {
        if (strcmp(object->set.sections[i].name, name) == 0)
            return &object->set.sections[i];
    }
    return NULL;
}

int object_has(const worker_object *object, const char *name)
{
    return find_section(object, name) != NULL;
}

const uint8_t *object_section(worker_object *object, const char *name, uint64_t *size, uint64_t *address)
{
    const access_section *section = find_section(object, name);
    const uint8_t *bytes = section != NULL ? load(object, section) : NULL;
    *size = bytes != NULL ? section->size : 0;
    *address = section != NULL ? section->address : 0;
    return bytes;
}

const uint8_t *object_section_nth(worker_object *object, const char *name, size_t n, uint64_t *size)
{
    *size = 0;
    for (size_t i = 0; i < object->set.count; i++) {
        const access_section *section = &object->set.sections[i];
        if (strcmp(section->name, name) != 0 || n-- > 0)
            continue;
        const uint8_t *bytes = load(object, section);
        *size = bytes != NULL ? section->size : 0;
        return bytes;
    }
    return NULL;
}

object_part object_parts_of(worker_object *object, const char *name, uint64_t *size, uint64_t *address)
{
    object_part part = {object, find_section(object, name)};
    *size = part.section != NULL ? part.section->size : 0;
    *address = part.section != NULL ? part.section->address : 0;
    return part;
}

int object_read(const object_part *from, uint64_t at, void *buffer, size_t size)
{
    const access_section *section = from->section;
    if (section == NULL || at > section->size || size > section->size - at)
        return 0;
    const content *c = &from->object->contents[section->index];
    if (c->method == 0)
        return read_bytes(from->object, c->at + at, buffer, size) == size;
    const uint8_t *bytes = load(from->object, section);
    if (bytes != NULL)
        memcpy(buffer, bytes + at, size);
    return bytes != NULL;
}

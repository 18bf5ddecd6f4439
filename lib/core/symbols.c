/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * NT_SYMBOLS: the symbols of images that have no file, the commpage or the vdso, and libraries that were
 * deleted or replaced: who opens the core will not find them anywhere else. Haiku writes its commpage's.
 */
#include "base/fail.h"
#include "core/core.h"
#include "inspect/elf.h"

#include <haikudbg/image.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NOTE_SYMBOLS = 0x73796d73,
    SYMBOLS_MAX = 1 << 18, /* of an image */
    NAMES_MAX = 32 << 20,  /* bytes of them: in a damaged table all may have the same long one */
    PIECE = 256,           /* read at a time */
    PAGE = 4096,
    ENTRY_64 = 24,
    ENTRY_32 = 16,
    SECTION = 1 /* any that is one: what is not 0 is defined */
};

/* The symbols of an image while they come. */
typedef struct collecting {
    const core_source *source;
    const hdbg_image_info *image;
    core_buffer entries, strings;
    uint32_t count;
    bool is_full;
} collecting;

/* An entry of ELF's symbol table, whose members are in another order in 32 bits. Its value is its address:
 * the notes say of each image that nothing has to be added. */
static void add_symbol(collecting *to, const char *name, uint64_t address, uint64_t size, uint8_t info)
{
    int is_64 = core_is_64(to->source);
    to->is_full = to->is_full || to->count == SYMBOLS_MAX || to->strings.size + strlen(name) >= NAMES_MAX;
    if (to->is_full)
        return;
    core_put_u32(&to->entries, (uint32_t)to->strings.size);
    if (!is_64) {
        core_put_u32(&to->entries, (uint32_t)address);
        core_put_u32(&to->entries, (uint32_t)size);
    }
    core_put(&to->entries, (const uint8_t[]){info, 0}, 2);
    core_put_u16(&to->entries, SECTION);
    if (is_64) {
        core_put_u64(&to->entries, address);
        core_put_u64(&to->entries, size);
    }
    core_put_string(&to->strings, name);
    to->count++;
}

/* ---- from the image in memory ---- */

static size_t read_image(void *context, uint64_t at, void *buffer, size_t size)
{
    const collecting *from = context;
    int64_t got = from->source->read(from->source->context, from->image->text + at, buffer, size);
    return got > 0 ? (size_t)got : 0;
}

static bool is_wanted(const elf_symbol *symbol)
{
    if (symbol->section == ELF_NO_SECTION || symbol->section >= ELF_RESERVED_SECTIONS)
        return false;
    return symbol->type == ELF_SYMBOL_NONE || symbol->type == ELF_SYMBOL_OBJECT ||
           symbol->type == ELF_SYMBOL_FUNCTION || symbol->type == ELF_SYMBOL_IFUNC;
}

static void add_table(collecting *to, const elf_object *object, const elf_symbol_table *table, uint64_t bias)
{
    uint8_t room[PIECE * ENTRY_64];
    elf_symbol symbols[PIECE];
    char *strings = malloc((size_t)table->strings_size + 1);
    if (strings == NULL || elf_read(object, table->strings_offset, strings, table->strings_size) != HDBG_OK) {
        free(strings);
        return;
    }
    strings[table->strings_size] = '\0';
    for (uint64_t first = 0; first < table->count && !to->is_full; first += PIECE) {
        size_t n = table->count - first < PIECE ? (size_t)(table->count - first) : PIECE;
        if (elf_read_symbols(object, table, first, n, room, symbols) != HDBG_OK)
            break;
        for (size_t i = 0; i < n; i++) {
            const elf_symbol *s = &symbols[i];
            if (is_wanted(s) && s->name < table->strings_size && strings[s->name] != '\0')
                add_symbol(to, strings + s->name, s->value + bias, s->size,
                           (uint8_t)(s->binding << 4 | s->type));
        }
    }
    free(strings);
}

static void add_mapped(collecting *to)
{
    const hdbg_image_info *image = to->image;
    uint64_t end = image->text + image->text_size;
    if (image->data > image->text && image->data + image->data_size > end)
        end = image->data + image->data_size;
    elf_input input = {
        .read = read_image, .context = to, .size = end - image->text, .mapped = 1, .name = image->path};
    elf_object object;
    elf_symbol_table table;
    if (elf_open(&object, &input) == HDBG_OK &&
        elf_find_dynamic_symbols(&object, image->text - object.header_address, &table) == HDBG_OK)
        add_table(to, &object, &table, image->text - object.header_address);
    elf_close(&object);
}

/* ---- from the kernel ---- */

static void add_known(collecting *to)
{
    const core_source *source = to->source;
    int64_t cookie = 0;
    hdbg_kernel_symbol symbol = {.size = sizeof symbol};
    while (source->next_symbol != NULL && !to->is_full &&
           source->next_symbol(source->context, to->image->id, &cookie, &symbol) == HDBG_OK) {
        uint8_t type = symbol.kind == HDBG_SYMBOL_FUNCTION ? ELF_SYMBOL_FUNCTION
                       : symbol.kind == HDBG_SYMBOL_OBJECT ? ELF_SYMBOL_OBJECT
                                                           : ELF_SYMBOL_NONE;
        uint8_t binding = symbol.is_global ? ELF_GLOBAL : ELF_LOCAL;
        add_symbol(to, symbol.name, symbol.address, symbol.length, (uint8_t)(binding << 4 | type));
    }
}

/* ---- the notes ---- */

/* Whether a file begins as the image does in memory: there its build-id is. */
static bool begins_alike(const core_source *source, const hdbg_image_info *image)
{
    uint8_t here[PAGE], there[PAGE];
    int fd = open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd >= 0 ? pread(fd, there, sizeof there, 0) : -1;
    if (fd >= 0)
        close(fd);
    /* What cannot be read speaks against nothing. */
    return size <= 0 || source->read(source->context, image->text, here, (size_t)size) != size ||
           memcmp(here, there, (size_t)size) == 0;
}

bool core_has_file(const core_source *source, const hdbg_image_info *image)
{
    struct stat info;
    if (image->path[0] != '/' || access(image->path, R_OK) != 0 || stat(image->path, &info) != 0 ||
        !S_ISREG(info.st_mode))
        return false;
    /* Another inode may be a file system's that is stacked on another one, or an update. */
    return image->node <= 0 || (int64_t)info.st_ino == image->node || begins_alike(source, image);
}

void core_put_symbols(core_buffer *notes, const core_source *source)
{
    for (size_t i = 0; i < source->image_count; i++) {
        collecting got = {.source = source, .image = &source->images[i]};
        core_buffer note = {0};
        if (core_has_file(source, got.image))
            continue;
        core_put_string(&got.strings, "");
        add_mapped(&got);
        if (got.count == 0)
            add_known(&got);
        if (got.count > 0) {
            core_put_u32(&note, (uint32_t)got.image->id);
            core_put_u32(&note, got.count);
            core_put_u32(&note, core_is_64(source) ? ENTRY_64 : ENTRY_32);
            core_put(&note, got.entries.bytes, got.entries.size);
            core_put(&note, got.strings.bytes, got.strings.size);
            core_put_note(notes, "Haiku", NOTE_SYMBOLS, note.bytes, note.size);
        }
        notes->failed |= note.failed || got.entries.failed || got.strings.failed;
        free(note.bytes);
        free(got.entries.bytes);
        free(got.strings.bytes);
    }
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The images of a Linux process: its program headers, its link map, its mappings.
 *
 * An image's text starts at its ELF header (the lowest address of the image) and ends where its data start,
 * as Haiku's two segments do, however many read-only segments the linker has made of it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "kernel/hosted/images.h"
#include "kernel/hosted/maps.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    MAX_LINKS = 65536, /* a damaged link map must not keep us for ever */
    MAX_HEADERS = 256,
    MAX_DYNAMIC = 512,
    PAGE = 4096
};

/* What is known of the process while its images are listed. */
typedef struct process {
    pid_t pid;
    maps maps;
    uint64_t phdr, phnum, base, vdso; /* of its auxiliary vector */
    hdbg_image_info *list;
    size_t count, room;
} process;

static int read_memory(pid_t pid, uint64_t address, void *buffer, size_t size)
{
    struct iovec local = {buffer, size}, remote = {(void *)(uintptr_t)address, size};
    return address != 0 && process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* A string that may end anywhere before the end of the buffer, or of the mapping. */
static void read_string(pid_t pid, uint64_t address, char *buffer, size_t size)
{
    size_t done = 0;
    while (done + 1 < size) {
        size_t n = PAGE - (address + done) % PAGE;
        if (n > size - 1 - done)
            n = size - 1 - done;
        if (!read_memory(pid, address + done, buffer + done, n))
            break;
        if (memchr(buffer + done, 0, n) != NULL)
            return;
        done += n;
    }
    buffer[done] = '\0';
}

static int read_auxv(process *p)
{
    char path[64];
    Elf64_auxv_t entries[64];
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)p->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, entries, sizeof entries);
    close(fd);
    for (size_t i = 0; n > 0 && i < (size_t)n / sizeof *entries; i++) {
        uint64_t value = entries[i].a_un.a_val;
        switch (entries[i].a_type) {
        case AT_PHDR:
            p->phdr = value;
            break;
        case AT_PHNUM:
            p->phnum = value;
            break;
        case AT_BASE:
            p->base = value;
            break;
        case AT_SYSINFO_EHDR:
            p->vdso = value;
            break;
        }
    }
    return p->phdr != 0;
}

/* The lowest mapping of the image that has `address` in it: where its ELF header is. */
static const maps_entry *image_start(const process *p, uint64_t address)
{
    const maps_entry *e = maps_find(&p->maps, address);
    const maps_entry *start = e;
    while (e != NULL && start > p->maps.list && start->offset != 0) {
        const maps_entry *before = start - 1;
        if (before->inode != e->inode || before->device != e->device || before->end > start->start ||
            before->offset > start->offset) /* equal: the part that is read-only after relocation */
            break;
        start = before;
    }
    return start;
}

/* The segments of an image, from its program headers in memory; from the mappings of its file where those
 * cannot be read. */
static void fill_segments(const process *p, const maps_entry *start, hdbg_image_info *image)
{
    Elf64_Ehdr header;
    Elf64_Phdr segments[MAX_HEADERS];
    uint64_t low = start->start, high = start->end, data = 0;
    int read =
        read_memory(p->pid, start->start, &header, sizeof header) &&
        memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
        header.e_phentsize == sizeof *segments && header.e_phnum <= MAX_HEADERS &&
        read_memory(p->pid, start->start + header.e_phoff, segments, header.e_phnum * sizeof *segments);
    if (read) {
        uint64_t first = UINT64_MAX, last = 0, writable = UINT64_MAX;
        for (int i = 0; i < header.e_phnum; i++) {
            if (segments[i].p_type != PT_LOAD)
                continue;
            uint64_t from = segments[i].p_vaddr & -(uint64_t)PAGE;
            uint64_t to = (segments[i].p_vaddr + segments[i].p_memsz + PAGE - 1) & -(uint64_t)PAGE;
            first = from < first ? from : first;
            last = to > last ? to : last;
            if ((segments[i].p_flags & PF_W) && from < writable)
                writable = from;
        }
        read = last > first;
        if (read) {
            high = low + (last - first);
            data = writable == UINT64_MAX ? 0 : low + (writable - first);
        }
    }
    for (const maps_entry *e = start; !read && e < p->maps.list + p->maps.count; e++) {
        if (e->inode != start->inode || e->device != start->device || (e > start && e->offset == 0))
            break;
        high = e->end;
        if (data == 0 && (e->protection & HDBG_AREA_WRITE))
            data = e->start;
    }
    image->text = low;
    image->text_size = (data != 0 ? data : high) - low;
    image->data = data != 0 ? data : high;
    image->data_size = data != 0 ? high - data : 0;
}

/* DT_INIT and DT_FINI, which linkers put among the first. Read at one go unless the section is near the end
 * of what is mapped. */
static void fill_routines(const process *p, uint64_t dynamic, uint64_t bias, hdbg_image_info *image)
{
    enum { FIRST = 40 };
    Elf64_Dyn entries[FIRST];
    int count = 0;
    if (read_memory(p->pid, dynamic, entries, sizeof entries))
        count = FIRST;
    while (count < FIRST &&
           read_memory(p->pid, dynamic + count * sizeof *entries, &entries[count], sizeof *entries) &&
           entries[count].d_tag != DT_NULL)
        count++;
    for (int i = 0; i < count && entries[i].d_tag != DT_NULL; i++) {
        if (entries[i].d_tag == DT_INIT)
            image->init_routine = bias + entries[i].d_un.d_ptr;
        else if (entries[i].d_tag == DT_FINI)
            image->term_routine = bias + entries[i].d_un.d_ptr;
    }
}

/* The id says where the image lies: the page number, folded to a positive 32-bit number. */
static hdbg_image_id image_id(uint64_t address)
{
    uint64_t page = address / PAGE;
    hdbg_image_id id = (hdbg_image_id)((page ^ page >> 31) & INT32_MAX);
    return id != 0 ? id : 1;
}

/* Adds the image that lies at `address` unless it is listed already. @return it, or NULL. */
static hdbg_image_info *add_image(process *p, uint64_t address, int32_t type, const char *name)
{
    const maps_entry *start = image_start(p, address);
    if (start == NULL)
        return NULL;
    for (size_t i = 0; i < p->count; i++) {
        if (p->list[i].text == start->start)
            return NULL;
    }
    if (p->count == p->room) {
        size_t room = p->room == 0 ? 8 : p->room * 2;
        hdbg_image_info *list = realloc(p->list, room * sizeof *list);
        if (list == NULL)
            return NULL;
        p->list = list;
        p->room = room;
    }
    hdbg_image_info *image = &p->list[p->count];
    memset(image, 0, sizeof *image);
    image->id = image_id(start->start);
    image->type = type;
    image->sequence = (int32_t)p->count;
    image->init_order = (int32_t)p->count;
    image->node = (int64_t)start->inode;
    image->device = (int32_t)start->device;
    fill_segments(p, start, image);
    /* The mapping's name is the file's own and absolute; the link map's may be relative, or a link. */
    snprintf(image->path, sizeof image->path, "%s", start->path[0] == '/' ? start->path : name);
    p->count++;
    return image;
}

static int in_image(const hdbg_image_info *image, uint64_t address)
{
    return address >= image->text && address - image->text < image->text_size + image->data_size;
}

/* Follows one link map. */
static uint64_t add_links(process *p, uint64_t link, const void *argument)
{
    struct link_map map;
    (void)argument;
    for (int i = 0; link != 0 && i < MAX_LINKS && read_memory(p->pid, link, &map, sizeof map); i++) {
        link = (uint64_t)(uintptr_t)map.l_next;
        uint64_t dynamic = (uint64_t)(uintptr_t)map.l_ld;
        if (dynamic == 0)
            continue;
        size_t known = 0;
        while (known < p->count && !in_image(&p->list[known], dynamic))
            known++;
        hdbg_image_info *image = known < p->count ? &p->list[known] : NULL;
        if (image == NULL) {
            char name[HDBG_PATH_LENGTH];
            read_string(p->pid, (uint64_t)(uintptr_t)map.l_name, name, sizeof name);
            image = add_image(p, dynamic, HDBG_IMAGE_LIBRARY, name);
        }
        if (image != NULL && image->type != HDBG_IMAGE_SYSTEM)
            fill_routines(p, dynamic, (uint64_t)map.l_addr, image);
    }
    return 0;
}

/* The record of an image in a link map. */
static uint64_t find_link(process *p, uint64_t link, const void *image)
{
    struct link_map map;
    for (int i = 0; link != 0 && i < MAX_LINKS && read_memory(p->pid, link, &map, sizeof map); i++) {
        if (map.l_ld != NULL && in_image(image, (uint64_t)(uintptr_t)map.l_ld))
            return link;
        link = (uint64_t)(uintptr_t)map.l_next;
    }
    return 0;
}

/* Where the program's headers say that the loader's struct r_debug is: 0 if there is none, or none yet
 * (`*awaited`: they have a place for it, which the loader will fill in). */
static uint64_t find_r_debug(const process *p, int *awaited)
{
    *awaited = 0;
    Elf64_Phdr segments[MAX_HEADERS];
    uint64_t dynamic = 0, bias = 0;
    int has_bias = 0;
    if (p->phnum == 0 || p->phnum > MAX_HEADERS ||
        !read_memory(p->pid, p->phdr, segments, p->phnum * sizeof *segments))
        return 0;
    for (uint64_t i = 0; i < p->phnum; i++) {
        if (segments[i].p_type == PT_PHDR) {
            bias = p->phdr - segments[i].p_vaddr;
            has_bias = 1;
        } else if (segments[i].p_type == PT_DYNAMIC) {
            dynamic = segments[i].p_vaddr;
        }
    }
    const maps_entry *start = image_start(p, p->phdr);
    for (uint64_t i = 0; !has_bias && start != NULL && i < p->phnum; i++) {
        if (segments[i].p_type == PT_LOAD) { /* the first is the lowest */
            bias = start->start - (segments[i].p_vaddr & -(uint64_t)PAGE);
            break;
        }
    }
    Elf64_Dyn entry;
    for (int i = 0; dynamic != 0 && i < MAX_DYNAMIC; i++) {
        if (!read_memory(p->pid, bias + dynamic + i * sizeof entry, &entry, sizeof entry) ||
            entry.d_tag == DT_NULL)
            break;
        if (entry.d_tag == DT_DEBUG) {
            *awaited = entry.d_un.d_ptr == 0;
            return entry.d_un.d_ptr;
        }
    }
    return 0;
}

/* All link maps: since its version 2 an r_debug is one of a list, one for each dlmopen() name space. Stops
 * when `each` answers other than 0, and answers that. */
static uint64_t each_link_map(process *p, uint64_t (*each)(process *p, uint64_t link, const void *argument),
                              const void *argument)
{
    struct {
        struct r_debug debug;
        uint64_t next;
    } r = {0};
    int awaited;
    uint64_t found = 0, address = find_r_debug(p, &awaited);
    for (int i = 0; address != 0 && i < 64 && read_memory(p->pid, address, &r.debug, sizeof r.debug); i++) {
        found = each(p, (uint64_t)(uintptr_t)r.debug.r_map, argument);
        if (found != 0 || r.debug.r_version < 2 ||
            !read_memory(p->pid, address + sizeof r.debug, &r.next, sizeof r.next))
            break;
        address = r.next;
    }
    return found;
}

/* Without the right to read its memory, or with an architecture whose link map is another: what is mapped
 * executable. */
static void add_mapped(process *p)
{
    struct stat program;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)p->pid);
    int has_program = stat(path, &program) == 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < p->maps.count; i++) {
            const maps_entry *e = &p->maps.list[i];
            if (!(e->protection & HDBG_AREA_EXECUTE) || e->inode == 0)
                continue;
            int is_program = has_program && e->inode == program.st_ino && e->device == program.st_dev;
            if (is_program == (pass == 0))
                add_image(p, e->start, is_program ? HDBG_IMAGE_APP : HDBG_IMAGE_LIBRARY, e->path);
        }
        if (pass == 0 && p->vdso != 0)
            add_image(p, p->vdso, HDBG_IMAGE_SYSTEM, "commpage");
    }
}

/* Whether the program's loader has yet to come to the point where it tells of the images. */
static int is_loading(const process *p)
{
    int awaited;
    find_r_debug(p, &awaited);
    return p->base != 0 && awaited;
}

static hdbg_status list_images(pid_t pid, int with_unloaded, hdbg_image_info **list, size_t *count)
{
    process p = {.pid = pid};
    Elf64_Phdr probe;
    *list = NULL;
    *count = 0;
    hdbg_status status = maps_read_images(pid, &p.maps);
    if (status != HDBG_OK)
        return status;
    if (!read_auxv(&p) || p.phdr == 0 || !read_memory(pid, p.phdr, &probe, sizeof probe)) {
        add_mapped(&p);
    } else if (with_unloaded || !is_loading(&p)) {
        add_image(&p, p.phdr, HDBG_IMAGE_APP, "");
        if (p.vdso != 0)
            add_image(&p, p.vdso, HDBG_IMAGE_SYSTEM, "commpage");
        if (p.base != 0)
            add_image(&p, p.base, HDBG_IMAGE_LIBRARY, "");
        each_link_map(&p, add_links, NULL);
    }
    maps_free(&p.maps);
    *list = p.list;
    *count = p.count;
    return HDBG_OK;
}

hdbg_status images_list(pid_t pid, hdbg_image_info **list, size_t *count)
{
    return list_images(pid, 0, list, count);
}

hdbg_status images_mapped(pid_t pid, hdbg_image_info **list, size_t *count)
{
    return list_images(pid, 1, list, count);
}

hdbg_address images_link_map(pid_t pid, const hdbg_image_info *image)
{
    process p = {.pid = pid};
    uint64_t found = 0;
    if (maps_read_images(pid, &p.maps) != HDBG_OK)
        return 0;
    if (read_auxv(&p))
        found = each_link_map(&p, find_link, image);
    maps_free(&p.maps);
    return found;
}

/* ---- the rendezvous ---- */

/* A dynamic object's symbol table in memory. */
typedef struct symbols {
    uint64_t table, strings, hash, gnu_hash;
} symbols;

/* A dynamic section's addresses are relative until the loader has relocated itself, and absolute afterwards.
 */
static uint64_t absolute(uint64_t base, uint64_t address)
{
    return address < base ? base + address : address;
}

static int read_symbols(pid_t pid, uint64_t base, symbols *s)
{
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    Elf64_Dyn entry;
    uint64_t dynamic = 0;
    memset(s, 0, sizeof *s);
    if (!read_memory(pid, base, &header, sizeof header) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64)
        return 0;
    for (int i = 0; i < header.e_phnum && dynamic == 0; i++) {
        if (read_memory(pid, base + header.e_phoff + i * sizeof segment, &segment, sizeof segment) &&
            segment.p_type == PT_DYNAMIC)
            dynamic = base + segment.p_vaddr;
    }
    for (int i = 0; dynamic != 0 && i < MAX_DYNAMIC; i++) {
        if (!read_memory(pid, dynamic + i * sizeof entry, &entry, sizeof entry) || entry.d_tag == DT_NULL)
            break;
        uint64_t address = absolute(base, entry.d_un.d_ptr);
        switch (entry.d_tag) {
        case DT_SYMTAB:
            s->table = address;
            break;
        case DT_STRTAB:
            s->strings = address;
            break;
        case DT_HASH:
            s->hash = address;
            break;
        case DT_GNU_HASH:
            s->gnu_hash = address;
            break;
        }
    }
    return s->table != 0 && s->strings != 0;
}

/* One past the last symbol that the GNU hash table knows: the end of the longest chain. */
static uint32_t count_by_gnu_hash(pid_t pid, uint64_t table)
{
    uint32_t header[4], last = 0, entry; /* buckets, first symbol, words of the filter, shift */
    if (!read_memory(pid, table, header, sizeof header) || header[0] > 65536)
        return 0;
    uint64_t buckets = table + sizeof header + header[2] * (uint64_t)8;
    for (uint32_t i = 0; i < header[0]; i++) {
        if (read_memory(pid, buckets + i * 4, &entry, 4) && entry > last)
            last = entry;
    }
    uint64_t chains = buckets + header[0] * (uint64_t)4;
    while (last >= header[1] && read_memory(pid, chains + (last - header[1]) * (uint64_t)4, &entry, 4)) {
        last++;
        if (entry & 1)
            break;
    }
    return last;
}

static uint64_t find_symbol(pid_t pid, uint64_t base, const symbols *s, uint32_t count, const char *name)
{
    Elf64_Sym symbol;
    char text[64];
    for (uint32_t i = 0; i < count; i++) {
        if (!read_memory(pid, s->table + i * sizeof symbol, &symbol, sizeof symbol))
            break;
        if (symbol.st_shndx == SHN_UNDEF)
            continue;
        read_string(pid, s->strings + symbol.st_name, text, sizeof text);
        if (strcmp(text, name) == 0)
            return base + symbol.st_value;
    }
    return 0;
}

hdbg_status images_rendezvous(pid_t pid, hdbg_address *debug_state, hdbg_address *r_debug)
{
    process p = {.pid = pid};
    symbols s;
    uint32_t count = 0, header[2];
    *debug_state = *r_debug = 0;
    if (!read_auxv(&p)) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d", (int)pid);
        return access(path, F_OK) != 0 ? HDBG_BAD_TEAM_ID : HDBG_PERMISSION_DENIED;
    }
    if (p.base == 0 || !read_symbols(pid, p.base, &s))
        return HDBG_OK;
    if (s.hash != 0 && read_memory(pid, s.hash, header, sizeof header))
        count = header[1];
    else if (s.gnu_hash != 0)
        count = count_by_gnu_hash(pid, s.gnu_hash);
    if (count > 65536)
        return HDBG_OK;
    *debug_state = find_symbol(pid, p.base, &s, count, "_dl_debug_state");
    *r_debug = find_symbol(pid, p.base, &s, count, "_r_debug");
    return HDBG_OK;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Units whose entries are in another file (-gsplit-dwarf): a .dwo file for each, or a .dwp file for all. What
 * is left in the program, the skeleton, has their addresses and lines; the rest is found by the unit's id.
 * DWARF 5, and GNU's forerunner in DWARF 4.
 */
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 200000, PATH_ROOM = 4096, COLUMNS_MAX = 32, SLOTS_MAX = 1 << 24 };

/* A part of another file of an object's: of a .dwo file its units, and the types that have sections of their
 * own; of a .dwp file what is one unit's. */
struct split_part {
    worker_object *file; /* to be closed; of the first part of a .dwo file, as `path` */
    char *path;
    dwarf_object *object;
    int goes_on; /* it is of the same file as the one before */
};

/* The sections of a .dwo file, with the skeleton's where they are shared. */
static const char *split_name(int section)
{
    static const char *const kNames[SECTIONS] = {
        [SECTION_INFO] = ".debug_info.dwo",         [SECTION_TYPES] = ".debug_types.dwo",
        [SECTION_ABBREV] = ".debug_abbrev.dwo",     [SECTION_STR] = ".debug_str.dwo",
        [SECTION_LINE] = ".debug_line.dwo",         [SECTION_STR_OFFSETS] = ".debug_str_offsets.dwo",
        [SECTION_RNGLISTS] = ".debug_rnglists.dwo", [SECTION_LOC] = ".debug_loc.dwo",
        [SECTION_LOCLISTS] = ".debug_loclists.dwo"};
    return kNames[section];
}

static void read_sections(const dwarf_object *of, worker_object *file, span *sections)
{
    for (int i = 0; i < SECTIONS; i++) {
        uint64_t address;
        sections[i] = of->sections[i];
        if (split_name(i) != NULL)
            sections[i].bytes = object_section(file, split_name(i), &sections[i].size, &address);
    }
}

/* Enters a part, and takes it over. @return its object, or NULL. */
static dwarf_object *add_part(dwarf_object *of, struct split_part part)
{
    struct split_part *parts =
        of->part_count < PARTS_MAX ? grown(of->parts, of->part_count, sizeof *parts) : NULL;
    if (parts == NULL) {
        object_free(part.object);
        object_close(part.file);
        free(part.path);
        return NULL;
    }
    of->parts = parts;
    of->parts[of->part_count++] = part;
    if (part.object != NULL) {
        part.object->skeletons = of;
        signatures_enter(&of->part_types, part.object);
    }
    return part.object;
}

void split_free(dwarf_object *of)
{
    for (size_t i = 0; i < of->part_count; i++) {
        object_free(of->parts[i].object);
        object_close(of->parts[i].file);
        free(of->parts[i].path);
    }
    free(of->parts);
    signatures_free(&of->part_types);
    object_close(of->package);
}

dwarf_object *split_object(const dwarf_object *of, size_t index)
{
    return index < of->part_count ? of->parts[index].object : NULL;
}

/* ---- .dwo files ---- */

/* The unit of an object that has an id, ready to be read. */
static dwarf_unit *find_unit(dwarf_object *in, uint64_t id)
{
    for (size_t i = 0; in != NULL && i < in->info_count; i++) {
        dwarf_unit *u = &in->units[i];
        if (u->type != DW_UT_type && u->type != DW_UT_split_type && unit_prepare(u) && u->dwo_id == id)
            return u;
    }
    return NULL;
}

/* Adds the parts of a file. */
static void add_parts(dwarf_object *of, worker_object *file, const char *path)
{
    span sections[SECTIONS];
    read_sections(of, file, sections);
    for (size_t n = 0;; n++) {
        span *info = &sections[SECTION_INFO], *units = &sections[SECTION_TYPES];
        info->bytes = object_section_nth(file, split_name(SECTION_INFO), n, &info->size);
        units->bytes = object_section_nth(file, split_name(SECTION_TYPES), n, &units->size);
        if (n > 0 && info->bytes == NULL && units->bytes == NULL)
            return;
        struct split_part part = {.object = object_create(sections), .goes_on = n > 0};
        if (n == 0) {
            part.file = file;
            part.path = strdup(path);
        }
        if (add_part(of, part) == NULL)
            return;
    }
}

/* The unit with an id in the parts from one on. */
static dwarf_unit *find_in_file(dwarf_object *of, size_t first, uint64_t id)
{
    dwarf_unit *found = NULL;
    for (size_t i = first; found == NULL && i < of->part_count && (i == first || of->parts[i].goes_on); i++)
        found = find_unit(of->parts[i].object, id);
    return found;
}

static dwarf_unit *look_in_file(dwarf_object *of, const char *path, uint64_t id)
{
    worker_object *file = NULL;
    for (size_t i = 0; i < of->part_count; i++) {
        if (of->parts[i].path != NULL && strcmp(of->parts[i].path, path) == 0)
            return find_in_file(of, i, id);
    }
    if (object_open(path, NULL, 0, &file) != HDBG_OK)
        return NULL;
    size_t first = of->part_count;
    add_parts(of, file, path);
    return find_in_file(of, first, id);
}

/* Where the compiler has left it, or beside the program. */
static dwarf_unit *look_in_files(dwarf_object *of, const dwarf_unit *skeleton)
{
    char path[PATH_ROOM];
    const char *name = skeleton->dwo_name, *slash = strrchr(name, '/');
    const char *last = slash != NULL ? slash + 1 : name;
    const char *end = of->path != NULL ? strrchr(of->path, '/') : NULL;
    int folder = end != NULL ? (int)(end - of->path) : 0;
    dwarf_unit *found = NULL;
    if (name[0] == '/')
        found = look_in_file(of, name, skeleton->dwo_id);
    else if (skeleton->folder != NULL &&
             snprintf(path, sizeof path, "%s/%s", skeleton->folder, name) < (int)sizeof path)
        found = look_in_file(of, path, skeleton->dwo_id);
    if (found == NULL && end != NULL && name[0] != '/' &&
        snprintf(path, sizeof path, "%.*s/%s", folder, of->path, name) < (int)sizeof path)
        found = look_in_file(of, path, skeleton->dwo_id);
    if (found == NULL && end != NULL &&
        snprintf(path, sizeof path, "%.*s/%s", folder, of->path, last) < (int)sizeof path)
        found = look_in_file(of, path, skeleton->dwo_id);
    return found;
}

/* ---- .dwp files ---- */

/* What a column of a package's index is about, by its number; of version 2 and 5. -1: nothing that is read.
 */
static int section_of_column(uint64_t version, uint64_t column)
{
    static const int8_t kOld[] = {-1,           SECTION_INFO, SECTION_TYPES,      SECTION_ABBREV,
                                  SECTION_LINE, SECTION_LOC,  SECTION_STR_OFFSETS};
    static const int8_t kNew[] = {
        -1, SECTION_INFO,    -1, SECTION_ABBREV, SECTION_LINE, SECTION_LOCLISTS, SECTION_STR_OFFSETS,
        -1, SECTION_RNGLISTS};
    if (version >= 5)
        return column < sizeof kNew ? kNew[column] : -1;
    return column < sizeof kOld ? kOld[column] : -1;
}

/* An index: slots with ids, slots with row numbers, the columns, offsets by row and column, sizes likewise.
 */
typedef struct package_index {
    span bytes;
    uint64_t version, columns, rows, slots;
} package_index;

static uint64_t index_number(const package_index *it, uint64_t at, unsigned size)
{
    cursor c = cursor_of(it->bytes, at);
    return cursor_number(&c, size);
}

/* @return the row of an id, from 1 on, or 0. The slots are a hash table, and the way through it is the
 * format's: the id's low half says where to begin, its high half how far the steps are. */
static uint64_t find_row(const package_index *it, uint64_t id)
{
    uint64_t mask = it->slots - 1, at = id & mask, step = (id >> 32 & mask) | 1;
    for (uint64_t i = 0; i < it->slots; i++, at = (at + step) & mask) {
        uint64_t row = index_number(it, 16 + 8 * it->slots + 4 * at, 4);
        if (row == 0)
            return 0;
        if (row <= it->rows && index_number(it, 16 + 8 * at, 8) == id)
            return row;
    }
    return 0;
}

static int open_index(worker_object *package, const char *name, package_index *it)
{
    uint64_t address;
    it->bytes.bytes = object_section(package, name, &it->bytes.size, &address);
    if (it->bytes.bytes == NULL || it->bytes.size < 16)
        return 0;
    it->version = index_number(it, 0, 2);
    it->columns = index_number(it, 4, 4);
    it->rows = index_number(it, 8, 4);
    it->slots = index_number(it, 12, 4);
    return (it->version == 2 || it->version == 5) && it->columns <= COLUMNS_MAX && it->slots <= SLOTS_MAX &&
           (it->slots & (it->slots - 1)) == 0 && it->rows <= it->slots &&
           16 + 12 * it->slots + 4 * it->columns * (1 + 2 * it->rows) <= it->bytes.size;
}

/* Cuts a package's sections to what a row says is its unit's. @return 0 if it says nonsense. */
static int cut_sections(const package_index *it, uint64_t row, span *sections)
{
    uint64_t columns = 16 + 12 * it->slots, offsets = columns + 4 * it->columns * row,
             sizes = columns + 4 * it->columns * (it->rows + row);
    for (uint64_t i = 0; i < it->columns; i++) {
        int section = section_of_column(it->version, index_number(it, columns + 4 * i, 4));
        uint64_t offset = index_number(it, offsets + 4 * i, 4), size = index_number(it, sizes + 4 * i, 4);
        if (section < 0)
            continue;
        if (offset > sections[section].size || size > sections[section].size - offset)
            return 0;
        if (sections[section].bytes != NULL)
            sections[section].bytes += offset;
        sections[section].size = size;
    }
    return 1;
}

static worker_object *package_of(dwarf_object *of)
{
    char path[PATH_ROOM];
    if (of->package == NULL && !of->is_package_sought && of->path != NULL &&
        snprintf(path, sizeof path, "%s.dwp", of->path) < (int)sizeof path)
        object_open(path, NULL, 0, &of->package);
    of->is_package_sought = 1;
    return of->package;
}

static dwarf_object *find_in_package(dwarf_object *of, const char *index_name, uint64_t id)
{
    span sections[SECTIONS];
    worker_object *package = package_of(of);
    package_index index;
    if (package == NULL || !open_index(package, index_name, &index))
        return NULL;
    uint64_t row = find_row(&index, id);
    read_sections(of, package, sections);
    if (row == 0 || !cut_sections(&index, row, sections))
        return NULL;
    return add_part(of, (struct split_part){.object = object_create(sections)});
}

/* ---- units ---- */

dwarf_unit *unit_full(dwarf_unit *u)
{
    if (u->dwo_name == NULL || u->skeleton != NULL || u->object->skeletons != NULL)
        return u;
    if (!u->is_split_sought) {
        dwarf_unit *found = find_unit(find_in_package(u->object, ".debug_cu_index", u->dwo_id), u->dwo_id);
        if (found == NULL)
            found = look_in_files(u->object, u);
        u->is_split_sought = 1;
        u->split = found;
        if (found != NULL)
            unit_set_skeleton(found, u);
    }
    return u->split != NULL && unit_prepare(u->split) ? u->split : u;
}

dwarf_unit *split_type_unit(dwarf_object *from, uint64_t signature)
{
    dwarf_object *of = from->skeletons;
    dwarf_unit *found = of != NULL ? signatures_find(&of->part_types, signature) : NULL;
    if (found != NULL || of == NULL)
        return found;
    const dwarf_object *made = find_in_package(of, ".debug_tu_index", signature);
    return made != NULL && made->unit_count != 0 ? &made->units[0] : NULL;
}

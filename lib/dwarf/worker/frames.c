/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * DWARF_ASK_ROWS: all rows of the function around an address.
 *
 * An .eh_frame of a large program has half a million descriptions, and libdwarf reads all before it answers
 * for one. But .eh_frame_hdr has a sorted table of them: so the one is looked up there, and libdwarf is given
 * an .eh_frame that has only that one and what it refers to. Where there is no such table, or it has no
 * answer, libdwarf reads all, once.
 */
#include "worker.h"
#include "base/fail.h"
#include "dwarf/dwarf.h"
#include "inspect/elf_bytes.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEADER_SIZE = 12,           /* of .eh_frame_hdr, with a pointer and a count of four bytes */
    ENTRY_SIZE = 8,             /* of its table */
    PIECE_MAX = 1 << 20,        /* a description that is longer is none */
    ROWS_MAX = 5000,            /* of one function */
    EXPRESSION_MAX = 64 * 1024, /* bytes of an expression */
    COUNT_UDATA4 = 0x03,
    TABLE_DATAREL_SDATA4 = 0x3b,
    SIZE_MASK = 0x0f,
    SIZE_SDATA4 = 0x0b
};

/* What was read as a whole: .eh_frame and .debug_frame of the image, .debug_frame of its debug file. */
enum { WHOLE_EH, WHOLE_DEBUG, WHOLE_SEPARATE, WHOLES };
typedef struct whole_frames {
    int is_read[WHOLES];
    access_frames frames[WHOLES];
} whole_frames;

/* One description by itself. */
typedef struct single_frame {
    access_section section;
    access_set set;
    uint8_t *bytes;
    Dwarf_Debug debug;
    access_frames frames;
} single_frame;

/* ---- a single description ---- */

static const uint8_t *load_single(void *context, const access_section *section)
{
    const single_frame *single = context;
    (void)section;
    return single->bytes;
}

/* The length of an entry of .eh_frame with its length field; 0 if it is damaged or none of the usual kind. */
static uint64_t entry_length(const object_part *frames, uint64_t size, uint64_t at)
{
    uint8_t number[4];
    if (at > size || size - at < 8 || !object_read(frames, at, number, sizeof number))
        return 0;
    uint64_t length = elf_get(number, 4);
    return length >= 4 && length <= PIECE_MAX && length <= size - at - 4 ? length + 4 : 0;
}

/* The sorted table of an object's descriptions. */
typedef struct frame_table {
    object_part part;
    uint64_t count, base;
    int is_64;
} frame_table;

/* @return whether the object has one of the usual kind. */
static int find_table(worker_object *object, frame_table *table)
{
    uint8_t head[HEADER_SIZE];
    uint64_t size;
    if (object == NULL)
        return 0;
    table->part = object_parts_of(object, ".eh_frame_hdr", &size, &table->base);
    table->is_64 = object_is_64(object);
    if (!object_read(&table->part, 0, head, sizeof head) || head[0] != 1 || head[2] != COUNT_UDATA4 ||
        head[3] != TABLE_DATAREL_SDATA4 ||
        ((head[1] & SIZE_MASK) != SIZE_SDATA4 && (head[1] & SIZE_MASK) != COUNT_UDATA4))
        return 0;
    table->count = elf_get(head + 8, 4);
    return table->count > 0 && table->count <= (size - HEADER_SIZE) / ENTRY_SIZE;
}

/* A table's entry: where a function begins, and where its description is. Both are relative to the table's
 * section. */
static int read_entry(const frame_table *table, uint64_t index, uint64_t *function, uint64_t *description)
{
    uint8_t entry[ENTRY_SIZE];
    uint64_t mask = table->is_64 ? UINT64_MAX : UINT32_MAX;
    if (!object_read(&table->part, HEADER_SIZE + index * ENTRY_SIZE, entry, sizeof entry))
        return 0;
    *function = (table->base + (uint64_t)(int64_t)(int32_t)elf_get(entry, 4)) & mask;
    *description = (table->base + (uint64_t)(int64_t)(int32_t)elf_get(entry + 4, 4)) & mask;
    return 1;
}

/* Where in .eh_frame the description for an address should be, by the table. @return 0 if it does not say. */
static int find_in_table(const frame_table *table, uint64_t address, uint64_t *fde_address)
{
    uint64_t low = 0, function;
    for (uint64_t high = table->count; low < high;) {
        uint64_t middle = low + (high - low) / 2;
        if (!read_entry(table, middle, &function, fde_address))
            return 0;
        if (function <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && read_entry(table, low - 1, &function, fde_address);
}

static void single_close(single_frame *single)
{
    access_frames_close(&single->frames);
    access_close(&single->set, single->debug);
    free(single->bytes);
}

/* Makes an .eh_frame of one description and the common part (CIE) that it refers to, at an address at which
 * the description lies where it did: what it says relative to itself stays right. */
static hdbg_status single_open(worker_object *object, const frame_table *table, uint64_t address,
                               single_frame *single)
{
    uint64_t size, base, fde_address;
    uint8_t number[4];
    object_part frames = object_parts_of(object, ".eh_frame", &size, &base);
    memset(single, 0, sizeof *single);
    if (!find_in_table(table, address, &fde_address) || fde_address < base)
        return HDBG_NAME_NOT_FOUND;
    uint64_t fde_at = fde_address - base, fde_length = entry_length(&frames, size, fde_at);
    if (fde_length == 0 || !object_read(&frames, fde_at + 4, number, sizeof number))
        return HDBG_NAME_NOT_FOUND;
    uint64_t back = elf_get(number, 4);
    if (back == 0 || back > fde_at + 4)
        return HDBG_NAME_NOT_FOUND;
    uint64_t cie_at = fde_at + 4 - back, cie_length = entry_length(&frames, size, cie_at);
    if (cie_length == 0)
        return HDBG_NAME_NOT_FOUND;
    uint64_t total = cie_length + fde_length + 4;
    single->bytes = calloc(1, total);
    if (single->bytes == NULL)
        return HDBG_NO_MEMORY;
    if (!object_read(&frames, cie_at, single->bytes, cie_length) ||
        !object_read(&frames, fde_at, single->bytes + cie_length, fde_length)) {
        single_close(single);
        return HDBG_NAME_NOT_FOUND;
    }
    uint32_t pointer = (uint32_t)cie_length + 4;
    memcpy(single->bytes + cie_length + 4, &pointer, sizeof pointer);
    single->section =
        (access_section){.name = ".eh_frame", .address = fde_address - cie_length, .size = total};
    single->set = (access_set){.sections = &single->section,
                               .count = 1,
                               .is_64 = object_is_64(object),
                               .file_size = total,
                               .load = load_single,
                               .context = single};
    hdbg_status status = access_open(&single->set, &single->debug);
    if (status == HDBG_OK)
        status = access_frames_open(single->debug, 1, &single->frames);
    if (status == HDBG_OK && single->frames.fde_count != 1)
        status = HDBG_NAME_NOT_FOUND;
    if (status != HDBG_OK)
        single_close(single);
    return status;
}

/* ---- the answer ---- */

static void put_rule(dwarf_writer *m, const access_rule *rule)
{
    uint32_t size = rule->expression_size <= EXPRESSION_MAX ? (uint32_t)rule->expression_size : 0;
    dwarf_write_u32(m, (uint32_t)rule->kind | (uint32_t)rule->reg << 16);
    dwarf_write_u64(m, (uint64_t)rule->offset);
    dwarf_write_u32(m, size);
    dwarf_write_bytes(m, rule->expression, size);
}

static void put_row(dwarf_writer *m, uint64_t low, const access_row *row)
{
    uint32_t count = 0;
    for (int i = 0; i < DWARF_REGISTERS; i++)
        count += row->rules[i].kind != DWARF_RULE_UNSPECIFIED;
    dwarf_write_u64(m, low);
    put_rule(m, &row->cfa);
    dwarf_write_u32(m, count);
    for (uint32_t i = 0; i < DWARF_REGISTERS; i++) {
        if (row->rules[i].kind != DWARF_RULE_UNSPECIFIED) {
            dwarf_write_u32(m, i);
            put_rule(m, &row->rules[i]);
        }
    }
}

/* Puts a function's rows. HDBG_NAME_NOT_FOUND: it is not the one of the address. */
static hdbg_status put_rows(Dwarf_Fde fde, uint64_t address, dwarf_writer *m)
{
    uint64_t low, high, at;
    int is_signal;
    uint16_t return_register;
    uint32_t count = 0;
    access_row *row = malloc(sizeof *row);
    if (row == NULL)
        return HDBG_NO_MEMORY;
    hdbg_status status = access_frame(fde, &low, &high, &is_signal, &return_register);
    if (status == HDBG_OK && (address < low || address >= high))
        status = HDBG_NAME_NOT_FOUND;
    size_t begin = m->size;
    dwarf_write_u64(m, low);
    dwarf_write_u64(m, high);
    dwarf_write_u32(m, (uint32_t)is_signal);
    dwarf_write_u32(m, return_register);
    dwarf_write_u32(m, count);
    for (at = low; status == HDBG_OK && at < high && count < ROWS_MAX; count++) {
        status = access_row_at(fde, at, row);
        if (status == HDBG_OK)
            put_row(m, at, row);
        at = row->next > at ? row->next : high;
    }
    free(row);
    if (status != HDBG_OK) {
        m->size = begin;
        return status;
    }
    if (!m->failed) {
        memcpy(m->bytes + begin + 8, &at, sizeof at); /* `high`, unless there were too many rows */
        memcpy(m->bytes + begin + 24, &count, sizeof count);
    }
    return at > address ? HDBG_OK : HDBG_NAME_NOT_FOUND;
}

/* ---- all descriptions ---- */

static hdbg_status whole_rows(worker_file *file, int which, uint64_t address, dwarf_writer *m)
{
    whole_frames *cache = file->frame_cache;
    worker_object *object = which != WHOLE_SEPARATE                    ? file->image_object
                            : file->debug_object != file->image_object ? file->debug_object
                                                                       : NULL;
    int is_there = object != NULL && object_has(object, which == WHOLE_EH ? ".eh_frame" : ".debug_frame");
    Dwarf_Debug debug = is_there ? object_debug(object) : NULL;
    if (cache == NULL) {
        cache = calloc(1, sizeof *cache);
        if (cache == NULL)
            return HDBG_NO_MEMORY;
        file->frame_cache = cache;
    }
    if (debug == NULL)
        return HDBG_NAME_NOT_FOUND;
    hdbg_status status = HDBG_OK;
    if (!cache->is_read[which])
        status = access_frames_open(debug, which == WHOLE_EH, &cache->frames[which]);
    cache->is_read[which] = 1;
    if (status != HDBG_OK)
        return status;
    if (cache->frames[which].fdes == NULL)
        return HDBG_NAME_NOT_FOUND;
    Dwarf_Error error = NULL;
    Dwarf_Fde fde = NULL;
    Dwarf_Addr low, high;
    if (dwarf_get_fde_at_pc(cache->frames[which].fdes, address, &fde, &low, &high, &error) != DW_DLV_OK)
        return HDBG_NAME_NOT_FOUND;
    return put_rows(fde, address, m);
}

void frames_forget(worker_file *file)
{
    whole_frames *cache = file->frame_cache;
    for (int i = 0; cache != NULL && i < WHOLES; i++)
        access_frames_close(&cache->frames[i]);
    free(cache);
    file->frame_cache = NULL;
}

hdbg_status answer_rows(worker_file *file, dwarf_bytes *q, dwarf_writer *m)
{
    uint64_t address = dwarf_read_u64(q);
    hdbg_status status = HDBG_NAME_NOT_FOUND, damage = HDBG_OK;
    single_frame *single = malloc(sizeof *single);
    if (single == NULL)
        return message_error(m, HDBG_NO_MEMORY, "no memory for call frame information");
    frame_table table;
    int has_table = find_table(file->image_object, &table);
    if (has_table && single_open(file->image_object, &table, address, single) == HDBG_OK) {
        status = put_rows(single->frames.fdes[0], address, m);
        single_close(single);
    }
    free(single);
    /* With a table, what is not in it is not in .eh_frame either. */
    for (int which = has_table ? WHOLE_DEBUG : WHOLE_EH; status != HDBG_OK && which < WHOLES; which++) {
        if (status == HDBG_BAD_DATA)
            damage = status;
        if (status == HDBG_NO_MEMORY)
            break;
        status = whole_rows(file, which, address, m);
    }
    if (status == HDBG_OK)
        return HDBG_OK;
    if (damage != HDBG_OK || status == HDBG_BAD_DATA)
        return message_error(m, HDBG_NAME_NOT_FOUND, "%s", hdbg_last_error());
    return message_error(m, status, "no call frame information covers 0x%llx", (unsigned long long)address);
}

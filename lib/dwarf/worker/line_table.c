/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Line tables: .debug_line of DWARF 2 to 5. A unit's is read once, and kept as rows sorted by address.
 */
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 1 << 24, FILES_MAX = 1 << 20 };

void line_table_free(line_table *it)
{
    if (it == NULL)
        return;
    free(it->rows);
    free(it->sequences);
    free(it->folders);
    free(it->files);
    free(it);
}

/* ---- the header ---- */

static int add_folder(line_table *it, const char *name)
{
    const char **larger =
        it->folder_count < FILES_MAX ? grown(it->folders, it->folder_count, sizeof *larger) : NULL;
    if (larger == NULL)
        return 0;
    it->folders = larger;
    larger[it->folder_count++] = name;
    return 1;
}

static int add_file(line_table *it, const char *name, uint64_t folder)
{
    line_file *larger = it->file_count < FILES_MAX ? grown(it->files, it->file_count, sizeof *larger) : NULL;
    if (larger == NULL)
        return 0;
    it->files = larger;
    larger[it->file_count++] = (line_file){name, folder};
    return 1;
}

static int read_old_names(line_table *it, cursor *c)
{
    int good = add_folder(it, "") && add_file(it, "", 0);
    while (good && !c->failed) {
        const char *name = cursor_string(c);
        if (*name == '\0')
            break;
        good = add_folder(it, name);
    }
    while (good && !c->failed) {
        const char *name = cursor_string(c);
        if (*name == '\0')
            break;
        uint64_t folder = cursor_uleb(c);
        cursor_uleb(c);
        cursor_uleb(c);
        good = add_file(it, name, folder);
    }
    return good && !c->failed;
}

/* DWARF 5: a list of what each entry has and how it is written, then the entries. */
static int read_new_names(dwarf_unit *u, line_table *it, cursor *c, int are_files)
{
    struct {
        uint64_t what, form;
    } formats[16];
    unsigned format_count = (unsigned)cursor_number(c, 1);
    if (format_count > sizeof formats / sizeof *formats)
        return 0;
    for (unsigned i = 0; i < format_count; i++) {
        formats[i].what = cursor_uleb(c);
        formats[i].form = cursor_uleb(c);
    }
    uint64_t count = cursor_uleb(c);
    /* Entries without content take no bytes, and could be counted without end. */
    if (c->failed || count > (uint64_t)(c->end - c->at))
        return 0;
    for (uint64_t i = 0; i < count; i++) {
        const char *name = NULL;
        uint64_t folder = 0;
        for (unsigned k = 0; k < format_count; k++) {
            die_value value;
            dwarf_unit as = *u;
            as.offset_size = it->offset_size;
            if (formats[k].form > UINT16_MAX || !form_read(&as, c, (uint16_t)formats[k].form, 0, &value))
                return 0;
            if (formats[k].what == DW_LNCT_path)
                name = form_string(&as, &value);
            else if (formats[k].what == DW_LNCT_directory_index)
                folder = value.number;
        }
        if (!(are_files ? add_file(it, name != NULL ? name : "", folder)
                        : add_folder(it, name != NULL ? name : "")))
            return 0;
    }
    return 1;
}

static line_table *read_header(dwarf_unit *u)
{
    cursor c = cursor_of(u->object->sections[SECTION_LINE], u->line_offset);
    line_table *it = calloc(1, sizeof *it);
    if (it == NULL)
        return NULL;
    uint64_t length = cursor_number(&c, 4);
    it->offset_size = length == 0xffffffff ? 8 : 4;
    if (it->offset_size == 8)
        length = cursor_number(&c, 8);
    if (c.failed || length > (uint64_t)(c.end - c.at))
        goto broken;
    c.end = c.at + length;
    it->version = (uint8_t)cursor_number(&c, 2);
    it->address_size = u->address_size;
    if (it->version >= 5) {
        it->address_size = (uint8_t)cursor_number(&c, 1);
        cursor_skip(&c, 1);
    }
    uint64_t header_length = cursor_number(&c, it->offset_size);
    if (c.failed || it->version < 2 || it->version > 5 || header_length > (uint64_t)(c.end - c.at) ||
        (it->address_size != 4 && it->address_size != 8))
        goto broken;
    it->program = (cursor){c.at + header_length, c.end, 0};
    c.end = it->program.at;
    it->minimum_length = (uint8_t)cursor_number(&c, 1);
    if (it->version >= 4)
        cursor_skip(&c, 1);
    it->default_is_statement = (uint8_t)cursor_number(&c, 1);
    it->line_base = (int8_t)cursor_number(&c, 1);
    it->line_range = (uint8_t)cursor_number(&c, 1);
    it->opcode_base = (uint8_t)cursor_number(&c, 1);
    it->opcode_lengths = c.at;
    cursor_skip(&c, it->opcode_base != 0 ? it->opcode_base - 1u : 0);
    if (c.failed || it->line_range == 0 || it->opcode_base == 0)
        goto broken;
    if (it->version >= 5 ? read_new_names(u, it, &c, 0) && read_new_names(u, it, &c, 1)
                         : read_old_names(it, &c))
        return it;
broken:
    line_table_free(it);
    return NULL;
}

/* ---- the program ---- */

typedef struct line_state {
    uint64_t address;
    uint32_t file, line;
    uint16_t column;
    uint8_t is_statement;
    size_t first; /* row of the sequence that is being read */
} line_state;

static void state_reset(const line_table *it, line_state *state)
{
    *state =
        (line_state){.file = 1, .line = 1, .is_statement = it->default_is_statement, .first = it->row_count};
}

/* Ends a sequence at `high`; one of code that the linker dropped, at address 0, is dropped too. */
static int end_sequence(line_table *it, line_state *state, uint64_t high)
{
    size_t count = it->row_count - state->first;
    if (count == 0 || it->rows[state->first].address == 0 || it->rows[state->first].address >= high) {
        it->row_count = state->first;
        return 1;
    }
    line_sequence *larger =
        it->sequence_count < ROWS_MAX ? grown(it->sequences, it->sequence_count, sizeof *larger) : NULL;
    if (larger == NULL)
        return 0;
    it->sequences = larger;
    larger[it->sequence_count++] = (line_sequence){.low = it->rows[state->first].address,
                                                   .high = high,
                                                   .first = (uint32_t)state->first,
                                                   .count = (uint32_t)count};
    state->first = it->row_count;
    return 1;
}

static int add_row(line_table *it, line_state *state)
{
    /* Addresses only grow in a sequence; if they do not, another one begins. */
    if (it->row_count > state->first && it->rows[it->row_count - 1].address > state->address &&
        !end_sequence(it, state, it->rows[it->row_count - 1].address + 1))
        return 0;
    line_row *larger = it->row_count < ROWS_MAX ? grown(it->rows, it->row_count, sizeof *larger) : NULL;
    if (larger == NULL)
        return 0;
    it->rows = larger;
    larger[it->row_count++] =
        (line_row){state->address, state->file, state->line, state->column, state->is_statement};
    return 1;
}

static int run_extended(line_table *it, cursor *c, line_state *state)
{
    uint64_t length = cursor_uleb(c);
    if (c->failed || length == 0 || length > (uint64_t)(c->end - c->at))
        return 0;
    cursor in = {c->at, c->at + length, 0};
    c->at += length;
    switch (cursor_number(&in, 1)) {
    case DW_LNE_end_sequence: {
        int good = end_sequence(it, state, state->address);
        state_reset(it, state);
        return good;
    }
    case DW_LNE_set_address:
        state->address = cursor_number(&in, length - 1 <= 8 ? (unsigned)(length - 1) : it->address_size);
        return !in.failed;
    case DW_LNE_define_file: {
        const char *name = cursor_string(&in);
        uint64_t folder = cursor_uleb(&in);
        return !in.failed && add_file(it, name, folder);
    }
    default:
        return 1;
    }
}

static void advance(const line_table *it, line_state *state, uint64_t operations)
{
    state->address += operations * it->minimum_length;
}

static int run_standard(line_table *it, cursor *c, line_state *state, unsigned opcode)
{
    switch (opcode) {
    case DW_LNS_copy:
        return add_row(it, state);
    case DW_LNS_advance_pc:
        advance(it, state, cursor_uleb(c));
        return 1;
    case DW_LNS_advance_line:
        state->line += (uint32_t)cursor_sleb(c);
        return 1;
    case DW_LNS_set_file:
        state->file = (uint32_t)cursor_uleb(c);
        return 1;
    case DW_LNS_set_column: {
        uint64_t column = cursor_uleb(c);
        state->column = column <= UINT16_MAX ? (uint16_t)column : UINT16_MAX;
        return 1;
    }
    case DW_LNS_negate_stmt:
        state->is_statement = !state->is_statement;
        return 1;
    case DW_LNS_const_add_pc:
        advance(it, state, (255u - it->opcode_base) / it->line_range);
        return 1;
    case DW_LNS_fixed_advance_pc:
        state->address += cursor_number(c, 2);
        return 1;
    default:
        for (unsigned i = 0; i < it->opcode_lengths[opcode - 1]; i++)
            cursor_uleb(c);
        return 1;
    }
}

static int compare_sequences(const void *a, const void *b)
{
    const line_sequence *left = a, *right = b;
    if (left->low != right->low)
        return left->low < right->low ? -1 : 1;
    return left->first < right->first ? -1 : left->first > right->first;
}

/* What is broken ends the table; the rows before it are good. */
static void decode(line_table *it)
{
    cursor c = it->program;
    line_state state;
    int good = 1;
    state_reset(it, &state);
    while (good && !c.failed && c.at < c.end) {
        unsigned opcode = *c.at++;
        if (opcode >= it->opcode_base) {
            unsigned adjusted = opcode - it->opcode_base;
            advance(it, &state, adjusted / it->line_range);
            state.line += (uint32_t)(it->line_base + (int)(adjusted % it->line_range));
            good = add_row(it, &state);
        } else if (opcode == 0) {
            good = run_extended(it, &c, &state);
        } else {
            good = run_standard(it, &c, &state, opcode);
        }
    }
    it->row_count = state.first;
    if (it->sequence_count != 0)
        qsort(it->sequences, it->sequence_count, sizeof *it->sequences, compare_sequences);
    uint64_t reach = 0;
    for (size_t i = 0; i < it->sequence_count; i++) {
        reach = it->sequences[i].high > reach ? it->sequences[i].high : reach;
        it->sequences[i].reach = reach;
    }
    it->is_decoded = 1;
}

const line_table *unit_lines(dwarf_unit *u, int rows)
{
    /* Lines stay in the program. */
    if (u->skeleton != NULL)
        u = u->skeleton;
    if (u->lines == NULL && u->line_offset != UINT64_MAX) {
        u->lines = read_header(u);
        if (u->lines == NULL)
            u->line_offset = UINT64_MAX;
        else
            u->object->kept += u->lines->file_count * sizeof(line_file);
    }
    if (u->lines != NULL && rows && !u->lines->is_decoded) {
        decode(u->lines);
        u->object->kept += u->lines->row_count * sizeof(line_row);
    }
    return u->lines;
}

const line_row *line_row_at(const line_table *it, uint64_t address)
{
    size_t low = 0, high = it->sequence_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (it->sequences[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > 0 && it->sequences[low - 1].reach > address) {
        const line_sequence *sequence = &it->sequences[--low];
        if (address >= sequence->high)
            continue;
        const line_row *rows = &it->rows[sequence->first];
        size_t from = 0, to = sequence->count;
        while (from < to) {
            size_t middle = (from + to) / 2;
            if (rows[middle].address <= address)
                from = middle + 1;
            else
                to = middle;
        }
        return from != 0 ? &rows[from - 1] : NULL;
    }
    return NULL;
}

int line_path(const dwarf_unit *u, const line_table *it, uint64_t file, name_text *path)
{
    if (it == NULL || file >= it->file_count || it->files[file].name[0] == '\0')
        return 0;
    const line_file *found = &it->files[file];
    const char *folder = found->folder < it->folder_count ? it->folders[found->folder] : "";
    if (found->name[0] != '/') {
        if (folder[0] != '/' && u->folder != NULL && u->folder[0] != '\0') {
            text_add(path, u->folder);
            text_add(path, "/");
        }
        if (folder[0] != '\0') {
            text_add(path, folder);
            text_add(path, "/");
        }
    }
    text_add(path, found->name);
    return 1;
}

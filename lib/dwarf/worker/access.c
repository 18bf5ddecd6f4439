/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Sections as libdwarf wants them. Its interface for that has changed over the years; the build finds out
 * which of the two it is (HDBG_LIBDWARF_OLD: before 2021-09), and no other file has to know.
 */
#include "worker.h"
#include "base/fail.h"
#include "dwarf/dwarf.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#ifdef HDBG_LIBDWARF_OLD
typedef Dwarf_Obj_Access_Interface interface_table;
typedef Dwarf_Obj_Access_Methods interface_methods;
typedef Dwarf_Obj_Access_Section section_table;
typedef Dwarf_Endianness byte_order;
typedef Dwarf_Half section_number;
#define SECTION(field) field
enum { LITTLE_ENDIAN_FILE = DW_OBJECT_LSB };
#else
typedef Dwarf_Obj_Access_Interface_a interface_table;
typedef Dwarf_Obj_Access_Methods_a interface_methods;
typedef Dwarf_Obj_Access_Section_a section_table;
typedef Dwarf_Small byte_order;
typedef Dwarf_Unsigned section_number;
#define SECTION(field) as_##field
enum { LITTLE_ENDIAN_FILE = DW_END_little };
#endif

enum { PROGRAM_BITS = 1 };

/* Section 0 is the empty one of every ELF file. */
static const access_section *section_at(const access_set *set, section_number number)
{
    return number >= 1 && number <= set->count ? &set->sections[number - 1] : NULL;
}

static int get_section_info(void *object, section_number number, section_table *result, int *error)
{
    const access_set *set = object;
    const access_section *section = section_at(set, number);
    (void)error;
    memset(result, 0, sizeof *result);
    result->SECTION(name) = "";
    if (number == 0)
        return DW_DLV_OK;
    if (section == NULL)
        return DW_DLV_NO_ENTRY;
    result->SECTION(addr) = section->address;
    result->SECTION(type) = PROGRAM_BITS;
    result->SECTION(size) = section->size;
    result->SECTION(name) = section->name;
    return DW_DLV_OK;
}

static byte_order get_byte_order(void *object)
{
    (void)object;
    return (byte_order)LITTLE_ENDIAN_FILE;
}

/* The size of lengths is what .eh_frame's and .debug_*'s begin with; libdwarf finds it for each unit. */
static Dwarf_Small get_length_size(void *object)
{
    const access_set *set = object;
    return set->is_64 ? 8 : 4;
}

static Dwarf_Unsigned get_section_count(void *object)
{
    const access_set *set = object;
    return set->count + 1;
}

static int load_section(void *object, section_number number, Dwarf_Small **data, int *error)
{
    const access_set *set = object;
    const access_section *section = section_at(set, number);
    if (section == NULL || section->size == 0)
        return DW_DLV_NO_ENTRY;
    /* libdwarf's type is not const; it only reads. */
    *data = (Dwarf_Small *)(uintptr_t)set->load(set->context, section);
    if (*data != NULL)
        return DW_DLV_OK;
    *error = DW_DLE_ALLOC_FAIL;
    return DW_DLV_ERROR;
}

#ifdef HDBG_LIBDWARF_OLD
static const interface_methods kMethods = {.get_section_info = get_section_info,
                                           .get_byte_order = get_byte_order,
                                           .get_length_size = get_length_size,
                                           .get_pointer_size = get_length_size,
                                           .get_section_count = get_section_count,
                                           .load_section = load_section};
#else
static Dwarf_Unsigned get_file_size(void *object)
{
    const access_set *set = object;
    Dwarf_Unsigned size = set->file_size;
    /* A section that was uncompressed may be larger than its file. */
    for (size_t i = 0; i < set->count; i++)
        size += set->sections[i].size;
    return size;
}

static const interface_methods kMethods = {.om_get_section_info = get_section_info,
                                           .om_get_byte_order = get_byte_order,
                                           .om_get_length_size = get_length_size,
                                           .om_get_pointer_size = get_length_size,
                                           .om_get_filesize = get_file_size,
                                           .om_get_section_count = get_section_count,
                                           .om_load_section = load_section};
#endif

hdbg_status access_open(access_set *set, Dwarf_Debug *debug)
{
    Dwarf_Error error = NULL;
    *debug = NULL;
    interface_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for debug information");
#ifdef HDBG_LIBDWARF_OLD
    table->object = set;
    table->methods = &kMethods;
#else
    table->ai_object = set;
    table->ai_methods = &kMethods;
#endif
    set->interface = table;
    int result = dwarf_object_init_b(table, NULL, NULL, DW_GROUPNUMBER_ANY, debug, &error);
    if (result == DW_DLV_OK)
        return HDBG_OK;
    *debug = NULL;
    free(table);
    set->interface = NULL;
    if (result == DW_DLV_NO_ENTRY)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "there is no debug information");
    return hdbg_fail(HDBG_BAD_DATA, "the debug information is damaged: %s", dwarf_errmsg(error));
}

void access_close(access_set *set, Dwarf_Debug debug)
{
    if (debug != NULL) {
#ifdef HDBG_LIBDWARF_OLD
        Dwarf_Error error = NULL;
        dwarf_object_finish(debug, &error);
#else
        dwarf_object_finish(debug);
#endif
    }
    free(set->interface);
    set->interface = NULL;
}

/* ---- call frame information ---- */

/* What a register's rule is before anything is said of it. The older libdwarf takes any value, so that it is
 * told apart from DW_FRAME_SAME_VAL; the newer one takes one of its own alone. There the rule that a register
 * is the same, which compilers hardly ever give, is taken for none. */
#ifdef HDBG_LIBDWARF_OLD
enum { UNSPECIFIED = 1040 };
#else
enum { UNSPECIFIED = DW_FRAME_SAME_VAL };
#endif

hdbg_status access_frames_open(Dwarf_Debug debug, int is_eh, access_frames *frames)
{
    Dwarf_Error error = NULL;
    memset(frames, 0, sizeof *frames);
    dwarf_set_frame_rule_table_size(debug, ACCESS_REGISTERS);
    dwarf_set_frame_rule_initial_value(debug, UNSPECIFIED);
    frames->debug = debug;
    int result = (is_eh ? dwarf_get_fde_list_eh : dwarf_get_fde_list)(
        debug, &frames->cies, &frames->cie_count, &frames->fdes, &frames->fde_count, &error);
    if (result == DW_DLV_OK)
        return HDBG_OK;
    memset(frames, 0, sizeof *frames);
    if (result == DW_DLV_NO_ENTRY)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "there is no call frame information");
    return hdbg_fail(HDBG_BAD_DATA, "its call frame information is damaged: %s", dwarf_errmsg(error));
}

void access_frames_close(access_frames *frames)
{
    if (frames->fdes == NULL)
        return;
#ifdef HDBG_LIBDWARF_OLD
    dwarf_fde_cie_list_dealloc(frames->debug, frames->cies, frames->cie_count, frames->fdes,
                               frames->fde_count);
#else
    dwarf_dealloc_fde_cie_list(frames->debug, frames->cies, frames->cie_count, frames->fdes,
                               frames->fde_count);
#endif
    frames->fdes = NULL;
}

static hdbg_status frame_damaged(Dwarf_Error error)
{
    return hdbg_fail(HDBG_BAD_DATA, "a frame description is damaged: %s", dwarf_errmsg(error));
}

hdbg_status access_frame(Dwarf_Fde fde, uint64_t *low, uint64_t *high, int *is_signal,
                         uint16_t *return_register)
{
    Dwarf_Error error = NULL;
    Dwarf_Addr start = 0;
    Dwarf_Unsigned length = 0, fde_length = 0, cie_length = 0, code_factor = 0, initial_length = 0;
    Dwarf_Off cie_offset = 0, fde_offset = 0;
    Dwarf_Signed cie_index = 0, data_factor = 0;
    Dwarf_Cie cie = NULL;
    Dwarf_Small version = 0;
    Dwarf_Half column = 0, offset_size = 0;
    char *augmentation = NULL;
#ifdef HDBG_LIBDWARF_OLD
    Dwarf_Ptr bytes = NULL, initial = NULL;
#else
    Dwarf_Small *bytes = NULL, *initial = NULL;
#endif
    if (dwarf_get_fde_range(fde, &start, &length, &bytes, &fde_length, &cie_offset, &cie_index, &fde_offset,
                            &error) != DW_DLV_OK ||
        dwarf_get_cie_of_fde(fde, &cie, &error) != DW_DLV_OK ||
        dwarf_get_cie_info_b(cie, &cie_length, &version, &augmentation, &code_factor, &data_factor, &column,
                             &initial, &initial_length, &offset_size, &error) != DW_DLV_OK)
        return frame_damaged(error);
    *low = start;
    *high = length <= UINT64_MAX - start ? start + length : UINT64_MAX;
    *is_signal = augmentation != NULL && strchr(augmentation, 'S') != NULL;
    *return_register = column;
    return HDBG_OK;
}

static access_rule rule_of(const Dwarf_Regtable_Entry3 *entry)
{
    access_rule rule = {.reg = entry->dw_regnum};
#ifdef HDBG_LIBDWARF_OLD
    uint64_t offset = entry->dw_offset_or_block_len, size = offset;
    const uint8_t *expression = entry->dw_block_ptr;
#else
    uint64_t offset = entry->dw_offset, size = entry->dw_block.bl_len;
    const uint8_t *expression = entry->dw_block.bl_data;
#endif
    switch (entry->dw_value_type) {
    case DW_EXPR_OFFSET:
        rule.kind = entry->dw_regnum == DW_FRAME_UNDEFINED_VAL ? DWARF_RULE_UNDEFINED
                    : entry->dw_regnum == UNSPECIFIED          ? DWARF_RULE_UNSPECIFIED
                    : entry->dw_regnum == DW_FRAME_SAME_VAL    ? DWARF_RULE_SAME
                    : entry->dw_offset_relevant                ? DWARF_RULE_OFFSET
                                                               : DWARF_RULE_REGISTER;
        rule.offset = entry->dw_offset_relevant ? (int64_t)offset : 0;
        return rule;
    case DW_EXPR_VAL_OFFSET:
        rule.kind = DWARF_RULE_VALUE_OFFSET;
        rule.offset = (int64_t)offset;
        return rule;
    case DW_EXPR_EXPRESSION:
    case DW_EXPR_VAL_EXPRESSION:
        rule.kind =
            entry->dw_value_type == DW_EXPR_EXPRESSION ? DWARF_RULE_EXPRESSION : DWARF_RULE_VALUE_EXPRESSION;
        rule.expression = expression;
        rule.expression_size = size;
        return rule;
    default:
        rule.kind = DWARF_RULE_UNDEFINED;
        return rule;
    }
}

hdbg_status access_row_at(Dwarf_Fde fde, uint64_t address, access_row *row)
{
    Dwarf_Error error = NULL;
    Dwarf_Regtable_Entry3 entries[ACCESS_REGISTERS];
    Dwarf_Regtable3 table = {.rt3_reg_table_size = ACCESS_REGISTERS, .rt3_rules = entries};
    Dwarf_Addr low = 0, next = 0;
    Dwarf_Bool more = 0;
    memset(entries, 0, sizeof entries);
#ifdef HDBG_LIBDWARF_OLD
    /* Its call for all registers does not tell where the next row begins. */
    Dwarf_Small type = 0;
    Dwarf_Signed relevant = 0, reg = 0, offset = 0;
    Dwarf_Ptr block = NULL;
    if (dwarf_get_fde_info_for_all_regs3(fde, address, &table, &low, &error) != DW_DLV_OK ||
        dwarf_get_fde_info_for_cfa_reg3_b(fde, address, &type, &relevant, &reg, &offset, &block, &low, &more,
                                          &next, &error) != DW_DLV_OK)
        return frame_damaged(error);
#else
    if (dwarf_get_fde_info_for_all_regs3_b(fde, address, &table, &low, &more, &next, &error) != DW_DLV_OK)
        return frame_damaged(error);
#endif
    row->low = low;
    row->next = more ? next : 0;
    row->cfa = rule_of(&table.rt3_cfa_rule);
    for (int i = 0; i < ACCESS_REGISTERS; i++)
        row->rules[i] = rule_of(&entries[i]);
    return HDBG_OK;
}

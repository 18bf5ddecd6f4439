/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The caller of a frame by call frame information.
 */
#include "inspect/stack_walk.h"
#include "base/fail.h"

#include <string.h>

/* What an expression of a frame may ask for. */
typedef struct rule_context {
    walk *walk;
    const frame_registers *registers;
} rule_context;

static hdbg_status get_register(void *context, int number, uint64_t *value)
{
    const rule_context *c = context;
    if (number < 0 || !register_known(c->registers, (unsigned)number))
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "a register that the rule needs is not known");
    *value = c->registers->values[number];
    return HDBG_OK;
}

static hdbg_status get_memory(void *context, uint64_t address, void *buffer, size_t size)
{
    const rule_context *c = context;
    return walk_read(c->walk, address, buffer, size)
               ? HDBG_OK
               : hdbg_fail(HDBG_BAD_ADDRESS, "memory that the rule needs cannot be read");
}

/* The value of a rule's expression, which is an address. */
static hdbg_status evaluate(walk *w, const frame_registers *registers, uint64_t bias, const dwarf_rule *rule,
                            const uint64_t *initial, uint64_t *value)
{
    rule_context context = {w, registers};
    dwarf_machine machine = {.context = &context,
                             .address_size = w->rules->word,
                             .reg = get_register,
                             .memory = get_memory,
                             .bias = bias};
    dwarf_place place;
    size_t count = 1;
    hdbg_status status = dwarf_evaluate(&machine, rule->expression, rule->expression_size, initial,
                                        initial != NULL ? 1 : 0, &place, &count);
    if (status != HDBG_OK)
        return status;
    if (place.kind != DWARF_PLACE_MEMORY && place.kind != DWARF_PLACE_VALUE)
        return hdbg_fail(HDBG_BAD_DATA, "the rule's expression is no address");
    *value = place.value;
    return HDBG_OK;
}

static uint64_t wrap(const walk *w, uint64_t value)
{
    return w->rules->word == 4 ? value & UINT32_MAX : value;
}

static hdbg_status find_cfa(walk *w, const frame_registers *r, uint64_t bias, const dwarf_row *row,
                            uint64_t *cfa)
{
    if (row->cfa.kind == DWARF_RULE_EXPRESSION || row->cfa.kind == DWARF_RULE_VALUE_EXPRESSION)
        return evaluate(w, r, bias, &row->cfa, NULL, cfa);
    if ((row->cfa.kind != DWARF_RULE_OFFSET && row->cfa.kind != DWARF_RULE_REGISTER) ||
        !register_known(r, row->cfa.reg))
        return HDBG_NAME_NOT_FOUND;
    *cfa = wrap(w, r->values[row->cfa.reg] + (uint64_t)row->cfa.offset);
    return HDBG_OK;
}

/* A register of the caller. *slot: where in memory it was, or 0. HDBG_NAME_NOT_FOUND: it is not known;
 * HDBG_BAD_ADDRESS: its memory cannot be read. */
static hdbg_status apply_rule(walk *w, const walk_frame *frame, uint64_t bias, const dwarf_row *row,
                              unsigned number, uint64_t cfa, uint64_t *value, uint64_t *slot)
{
    const dwarf_rule *rule = &row->rules[number];
    const frame_registers *r = &frame->registers;
    hdbg_status status = HDBG_OK;
    unsigned from = number;
    *slot = 0;
    switch (rule->kind) {
    case DWARF_RULE_UNDEFINED:
        return HDBG_NAME_NOT_FOUND;
    case DWARF_RULE_UNSPECIFIED:
        if ((int)number == w->sp_number) {
            *value = cfa;
            return HDBG_OK;
        }
        /* A call may have changed what it need not keep. The return address, with which it came, is there as
         * long as nothing is said of it. */
        if ((w->rules->preserved >> number & 1) == 0 && number != row->return_register && !row->is_signal)
            return HDBG_NAME_NOT_FOUND;
        break;
    case DWARF_RULE_SAME:
        break;
    case DWARF_RULE_REGISTER:
        from = rule->reg;
        break;
    case DWARF_RULE_VALUE_OFFSET:
        *value = wrap(w, cfa + (uint64_t)rule->offset);
        return HDBG_OK;
    case DWARF_RULE_VALUE_EXPRESSION:
        return evaluate(w, r, bias, rule, &cfa, value);
    default:
        *slot = wrap(w, cfa + (uint64_t)rule->offset);
        if (rule->kind == DWARF_RULE_EXPRESSION)
            status = evaluate(w, r, bias, rule, &cfa, slot);
        if (status != HDBG_OK)
            return status;
        return walk_read_word(w, *slot, value) ? HDBG_OK : HDBG_BAD_ADDRESS;
    }
    if (!register_known(r, from))
        return HDBG_NAME_NOT_FOUND;
    *value = r->values[from];
    return HDBG_OK;
}

hdbg_status walk_row(walk *w, hdbg_address address, const dwarf_row **row, const walk_image **result)
{
    walk_image *image = walk_image_at(w, address);
    *result = image;
    if (image == NULL || (w->flags & HDBG_STACK_NO_CFI) != 0)
        return HDBG_NAME_NOT_FOUND;
    if (image->file != NULL && dwarf_file_row(image->file, address - image->bias, row) == HDBG_OK)
        return HDBG_OK;
    hdbg_debug_info info = {.size = sizeof info};
    if (image->file != NULL && dwarf_file_info(image->file, &info) == HDBG_OK && info.has_frames)
        return HDBG_NAME_NOT_FOUND;
    /* An image without any: its debug file may have .debug_frame. */
    if (!image->asked_other) {
        hdbg_image_info found;
        image->asked_other = 1;
        if (inspect_image_at(w->team, address, &found) != HDBG_OK ||
            inspect_dwarf_of(w->team, &found, INSPECT_LINES, &image->other, &image->other_bias) != HDBG_OK)
            image->other = NULL;
        if (image->other != NULL && (dwarf_file_info(image->other, &info) != HDBG_OK || !info.has_frames)) {
            dwarf_file_release(image->other);
            image->other = NULL;
        }
    }
    return image->other != NULL ? dwarf_file_row(image->other, address - image->other_bias, row)
                                : HDBG_NAME_NOT_FOUND;
}

/* Fills the caller's registers, its pc among them. @return as walk_by_rules(). */
static int apply_row(walk *w, walk_frame *frame, uint64_t bias, const dwarf_row *row, walk_frame *caller)
{
    frame_registers *next = &caller->registers;
    uint64_t cfa = frame->registers.cfa, value, slot, pc = 0, pc_slot = 0;
    hdbg_status found = HDBG_NAME_NOT_FOUND;
    int is_signal = row->is_signal; /* looking at another image may let go of the row's */
    memset(next, 0, sizeof *next);
    for (unsigned i = 0; i < DWARF_REGISTERS; i++) {
        hdbg_status status = apply_rule(w, frame, bias, row, i, cfa, &value, &slot);
        if (status == HDBG_OK) {
            register_set(next, i, value);
        } else if (row->rules[i].kind == DWARF_RULE_UNSPECIFIED && register_assumed(&frame->registers, i)) {
            next->values[i] = frame->registers.values[i];
            next->assumed |= UINT64_C(1) << i;
        }
        if (i == row->return_register) {
            found = status;
            pc = value;
            pc_slot = slot;
        }
    }
    if (row->return_register >= DWARF_REGISTERS)
        return WALK_NOT_KNOWN;
    if (found == HDBG_BAD_ADDRESS)
        return walk_lost(w, frame, HDBG_STACK_UNREADABLE, pc_slot, 0);
    /* That the return address is undefined is how the outermost function says so. */
    if (found != HDBG_OK)
        return row->rules[row->return_register].kind == DWARF_RULE_UNDEFINED ? HDBG_STACK_COMPLETE
                                                                             : WALK_NOT_KNOWN;
    if (pc == 0)
        return HDBG_STACK_COMPLETE;
    if (!walk_is_code(w, pc) && !is_signal)
        return walk_lost(w, frame, HDBG_STACK_BROKEN, pc_slot, pc);
    if (w->pc_number >= 0)
        register_set(next, (unsigned)w->pc_number, pc);
    caller->frame = (hdbg_frame){.pc = pc, .source = HDBG_FRAME_CFI};
    if (w->sp_number >= 0 && register_known(next, (unsigned)w->sp_number))
        caller->frame.sp = next->values[w->sp_number];
    if (w->fp_number >= 0 && register_known(next, (unsigned)w->fp_number))
        caller->frame.frame_pointer = next->values[w->fp_number];
    if (is_signal)
        caller->frame.flags |= HDBG_FRAME_EXACT;
    return WALK_FOUND;
}

int walk_by_rules(walk *w, walk_frame *frame, walk_frame *caller)
{
    const dwarf_row *row = NULL;
    const walk_image *image = NULL;
    hdbg_address pc = frame->frame.pc, cfa = 0;
    /* A call at a function's end returns behind it. */
    hdbg_address where = (frame->frame.flags & HDBG_FRAME_EXACT) != 0 || pc == 0 ? pc : pc - 1;
    if (walk_row(w, where, &row, &image) != HDBG_OK ||
        find_cfa(w, &frame->registers, image->bias, row, &cfa) != HDBG_OK)
        return WALK_NOT_KNOWN;
    frame->registers.cfa = cfa;
    frame->registers.has_cfa = 1;
    if (row->is_signal)
        frame->frame.flags |= HDBG_FRAME_SIGNAL;
    /* Frames lie one above the other, but for those of signal handlers and of functions that have no frame
     * and were called with the return address in a register. */
    int leaf = w->rules->link && frame->frame.sp == cfa;
    if (!walk_can_follow(w, frame->frame.sp, cfa, leaf || row->is_signal))
        return walk_lost(w, frame, HDBG_STACK_BROKEN, 0, cfa);
    return apply_row(w, frame, image->bias, row, caller);
}

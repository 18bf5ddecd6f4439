/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Arguments and local variables of frames: where they are, and what is there.
 */
#include "arch/arch.h"
#include "base/fail.h"
#include "base/structs.h"
#include "dwarf/dwarf.h"
#include "inspect/inspect.h"
#include "inspect/stack_calls.h"
#include "inspect/stack_walk.h"
#include "inspect/value.h"

#include <haikudbg/image.h>
#include <haikudbg/variable.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 4096, VALUE_MAX = 1024 * 1024, STEPS_MAX = 500, DEPTH_MAX = 128, POINTERS_MAX = 4 };

/* A frame whose variables are shown. */
typedef struct frame_view {
    const hdbg_stack *stack;
    size_t index;
    hdbg_team *team;
    const dwarf_variables *info;
    dwarf_machine machine;
    hdbg_variable_options limits;
    char *text;        /* limits.max_value bytes and more */
    int lost_register; /* a register was asked for that is not known in this frame */
    unsigned *steps;   /* from a frame to its caller, for all variables of the first frame */
    unsigned own_steps;
    unsigned depth; /* frames from the first one: each takes some of the caller's stack */
    enum { REACHED_NOT_ASKED, REACHED, NOT_REACHED } reached; /* by the caller's call */
    uint8_t bytes[BYTES_MAX], known[BYTES_MAX], piece[BYTES_MAX + 8];
} frame_view;

static hdbg_status view_open(const hdbg_stack *stack, size_t index, const hdbg_variable_options *options,
                             frame_view **result);
static void view_close(frame_view *view);

/* ---- what expressions ask ---- */

static hdbg_status machine_register(void *context, int number, uint64_t *value)
{
    frame_view *view = context;
    /* GCC says of no register that a call may change that a variable is in it during the call, unless it
     * knows that the function called leaves it alone. Clang does. */
    hdbg_status status = (view->info->is_exact_at_calls ? stack_register_assumed : hdbg_stack_register)(
        view->stack, view->index, number, value);
    view->lost_register |= status != HDBG_OK;
    return status;
}

static hdbg_status machine_memory(void *context, uint64_t address, void *buffer, size_t size)
{
    frame_view *view = context;
    return hdbg_memory_read(view->team, address, buffer, size, NULL);
}

static hdbg_status machine_cfa(void *context, uint64_t *value)
{
    frame_view *view = context;
    return hdbg_stack_cfa(view->stack, view->index, value);
}

static hdbg_status machine_frame_base(void *context, uint64_t *value)
{
    frame_view *view = context;
    dwarf_place place;
    size_t count = 1;
    /* It cannot be said by itself. */
    dwarf_machine machine = view->machine;
    machine.frame_base = NULL;
    if (view->info->frame_base_size == 0)
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "the function has no frame base");
    hdbg_status status = dwarf_evaluate(&machine, view->info->frame_base, view->info->frame_base_size, NULL,
                                        0, &place, &count);
    if (status != HDBG_OK || count != 1)
        return status != HDBG_OK ? status : HDBG_BAD_DATA;
    *value = place.value;
    if (place.kind == DWARF_PLACE_REGISTER)
        return machine_register(view, (int)place.value, value);
    return place.kind == DWARF_PLACE_MEMORY || place.kind == DWARF_PLACE_VALUE ? HDBG_OK : HDBG_BAD_DATA;
}

/* How long an array is that was made while the program ran. */
static int count_elements(void *context, const dwarf_type *array, uint64_t *count)
{
    enum { COUNT_MAX = 1 << 24 };
    frame_view *view = context;
    dwarf_place place;
    size_t places = 1;
    if (array->last_index_size == 0 ||
        dwarf_evaluate(&view->machine, array->last_index, array->last_index_size, NULL, 0, &place, &places) !=
            HDBG_OK ||
        place.kind != DWARF_PLACE_VALUE)
        return 0;
    *count = place.value + 1;
    return *count <= COUNT_MAX;
}

/* Where a virtual base of an object is. */
static int locate_member(void *context, const dwarf_member *member, hdbg_address object,
                         hdbg_address *address)
{
    frame_view *view = context;
    dwarf_place place;
    size_t places = 1;
    if (object == 0 ||
        dwarf_evaluate(&view->machine, member->location, member->location_size, &object, 1, &place,
                       &places) != HDBG_OK ||
        (place.kind != DWARF_PLACE_MEMORY && place.kind != DWARF_PLACE_VALUE))
        return 0;
    *address = place.value;
    return *address != 0;
}

/* ---- values as they were at the function's entry ---- */

static hdbg_address lookup_address(const hdbg_frame *frame)
{
    return frame->flags & HDBG_FRAME_EXACT ? frame->pc : frame->pc - 1;
}

/* Has the debug information of a frame. *file is to be released. */
static hdbg_status view_read(frame_view *view, dwarf_file **file)
{
    hdbg_image_info image;
    hdbg_address address = lookup_address(hdbg_stack_frame(view->stack, view->index));
    hdbg_status status = inspect_image_at(view->team, address, &image);
    if (status == HDBG_OK)
        status = inspect_dwarf_of(view->team, &image, INSPECT_LINES, file, &view->machine.bias);
    if (status == HDBG_OK)
        status = dwarf_file_variables(*file, address - view->machine.bias, &view->info);
    return status;
}

/* What the call's parameter with this expression is, or NULL. */
static const dwarf_parameter *parameter_of(const dwarf_variables *info, const uint8_t *expression,
                                           size_t size)
{
    for (size_t i = 0; i < info->parameter_count; i++) {
        const dwarf_parameter *one = &info->parameters[i];
        if (one->location_size == size && memcmp(one->location, expression, size) == 0)
            return one;
    }
    return NULL;
}

/* An expression's value, which is a number. */
static hdbg_status evaluate_number(void *context, const uint8_t *expression, size_t size, uint64_t *value)
{
    const frame_view *view = context;
    dwarf_place place = {0};
    size_t count = 1;
    hdbg_status status = dwarf_evaluate(&view->machine, expression, size, NULL, 0, &place, &count);
    if (status == HDBG_OK &&
        (count != 1 || (place.kind != DWARF_PLACE_MEMORY && place.kind != DWARF_PLACE_VALUE)))
        status = HDBG_NAME_NOT_FOUND;
    *value = place.value;
    return status;
}

/* What the caller passed, if its call is the one that led here. */
static hdbg_status machine_entry_value(void *context, const uint8_t *expression, size_t size, uint64_t *value)
{
    frame_view *view = context, *caller = NULL;
    dwarf_file *file = NULL;
    const dwarf_parameter *found = NULL;
    const hdbg_frame *frame = hdbg_stack_frame(view->stack, view->index),
                     *next = hdbg_stack_frame(view->stack, view->index + 1);
    if (next == NULL || ++*view->steps > STEPS_MAX || view->depth == DEPTH_MAX ||
        (next->flags & HDBG_FRAME_EXACT && next->source != HDBG_FRAME_TAIL_CALL))
        return HDBG_NAME_NOT_FOUND;
    hdbg_status status = view_open(view->stack, view->index + 1, &view->limits, &caller);
    if (status == HDBG_OK) {
        caller->steps = view->steps;
        caller->depth = view->depth + 1;
        status = view_read(caller, &file);
    }
    if (status == HDBG_OK)
        found = parameter_of(caller->info, expression, size);
    if (found != NULL && view->reached == REACHED_NOT_ASKED)
        view->reached = stack_call_reaches(view->team, lookup_address(next), lookup_address(frame),
                                           evaluate_number, caller)
                            ? REACHED
                            : NOT_REACHED;
    if (found != NULL && view->reached == REACHED) {
        status = evaluate_number(caller, found->value, found->value_size, value);
    } else if (status == HDBG_OK) {
        status = HDBG_NAME_NOT_FOUND;
    }
    dwarf_file_release(file);
    view_close(caller);
    return status;
}

/* ---- where a value is ---- */

/* Fetches the first bytes of a place. @return how many are known, 0 if it is nowhere or cannot be read. */
static size_t fetch(frame_view *view, const dwarf_place *place, uint8_t *to, size_t size)
{
    uint64_t value = place->value;
    hdbg_status status = HDBG_OK;
    size_t known = size < sizeof value ? size : sizeof value;
    memset(to, 0, size);
    switch (place->kind) {
    case DWARF_PLACE_MEMORY:
        return hdbg_memory_read(view->team, place->value, to, size, NULL) == HDBG_OK ? size : 0;
    case DWARF_PLACE_REGISTER:
        status = place->value <= INT16_MAX ? machine_register(view, (int)place->value, &value)
                                           : HDBG_NAME_NOT_FOUND;
        break;
    case DWARF_PLACE_VALUE:
        break;
    case DWARF_PLACE_BYTES:
        /* The ten bytes of a long double are padded. */
        memcpy(to, place->bytes, size < place->value ? size : (size_t)place->value);
        return size;
    default:
        return 0;
    }
    if (status == HDBG_OK)
        memcpy(to, &value, known);
    return status == HDBG_OK ? known : 0;
}

/* Puts a piece of some bits into a value. A byte is known if some of its bits are. @return how many are. */
static uint64_t put_piece(frame_view *view, const dwarf_place *place, uint64_t at, uint64_t bits)
{
    uint64_t first = place->kind == DWARF_PLACE_POINTER ? 0 : (uint64_t)place->offset, known = 0;
    if (place->kind == DWARF_PLACE_POINTER) {
        for (uint64_t i = 0; at % 8 == 0 && i < bits / 8; i++)
            view->known[at / 8 + i] = VALUE_IS_SYNTHETIC;
        return bits;
    }
    if (first > 8 * sizeof(uint64_t) || (first + bits + 7) / 8 > sizeof view->piece)
        return 0;
    known = 8 * fetch(view, place, view->piece, (size_t)(first + bits + 7) / 8);
    known = known > first ? known - first : 0;
    known = known < bits ? known : bits;
    for (uint64_t i = 0; i < known; i++) {
        uint64_t from = first + i, to = at + i;
        view->bytes[to / 8] |= (uint8_t)((view->piece[from / 8] >> from % 8 & 1) << to % 8);
        view->known[to / 8] = VALUE_IS_KNOWN;
    }
    return known;
}

/* Puts a value together. @return an hdbg_variable_state. */
static int gather(frame_view *view, const dwarf_place *places, size_t count, uint64_t size,
                  value_source *source)
{
    size_t got = 0, lost = 0;
    memset(view->bytes, 0, sizeof view->bytes);
    memset(view->known, 0, sizeof view->known);
    size = size < BYTES_MAX ? size : BYTES_MAX;
    uint64_t at = 0, end = 8 * size;
    for (size_t i = 0; i < count && at < end; i++) {
        uint64_t bits = places[i].size == 0 || places[i].size > end - at ? end - at : places[i].size;
        int is_there = put_piece(view, &places[i], at, bits) != 0;
        got += (size_t)is_there;
        lost += !is_there && places[i].kind != DWARF_PLACE_NOWHERE;
        at += bits;
    }
    *source = (value_source){.bytes = view->bytes, .known = view->known, .size = size};
    if (got == 0)
        return lost != 0 ? HDBG_VARIABLE_UNREADABLE : HDBG_VARIABLE_OPTIMIZED_OUT;
    return HDBG_VARIABLE_VALID;
}

/* A value in memory is read at once if it is small, and else bit by bit as it is shown. */
static int find_in_memory(frame_view *view, hdbg_address address, uint64_t size, value_source *source)
{
    *source = (value_source){.address = address};
    if (size == 0 || size > BYTES_MAX)
        return HDBG_VARIABLE_VALID;
    size_t got = 0;
    hdbg_status status = hdbg_memory_read(view->team, address, view->bytes, (size_t)size, &got);
    if (status == HDBG_OK) {
        source->bytes = view->bytes;
        source->size = size;
    }
    return status == HDBG_OK || got != 0 ? HDBG_VARIABLE_VALID : HDBG_VARIABLE_UNREADABLE;
}

/* @return an hdbg_variable_state. *pointer: what it is if it is a pointer that was optimised out, while what
 * it points at is known; of another kind it is none. */
static int find_value(frame_view *view, const dwarf_variable *v, uint64_t size, value_source *source,
                      dwarf_place *pointer)
{
    dwarf_place places[DWARF_PIECES];
    size_t count = DWARF_PIECES;
    *pointer = (dwarf_place){.kind = DWARF_PLACE_NOWHERE};
    if (v->has_constant) {
        dwarf_place constant = {.kind = DWARF_PLACE_VALUE, .value = v->constant};
        int state = gather(view, &constant, 1, size, source);
        if (size > 8 && size <= 16 && (int64_t)v->constant < 0)
            memset(view->bytes + 8, 0xff, (size_t)size - 8);
        return state;
    }
    if (v->location == NULL || v->location_size == 0)
        return HDBG_VARIABLE_OPTIMIZED_OUT;
    hdbg_status status =
        dwarf_evaluate(&view->machine, v->location, v->location_size, NULL, 0, places, &count);
    if (status == HDBG_NOT_SUPPORTED)
        return HDBG_VARIABLE_UNSUPPORTED;
    if (status == HDBG_BAD_ADDRESS || (status == HDBG_NAME_NOT_FOUND && view->lost_register))
        return HDBG_VARIABLE_UNREADABLE;
    if (status == HDBG_NAME_NOT_FOUND)
        return HDBG_VARIABLE_OPTIMIZED_OUT;
    if (status != HDBG_OK || count == 0)
        return HDBG_VARIABLE_UNSUPPORTED;
    if (count == 1 && places[0].kind == DWARF_PLACE_POINTER) {
        *pointer = places[0];
        return HDBG_VARIABLE_VALID;
    }
    if (count == 1 && places[0].kind == DWARF_PLACE_MEMORY)
        return find_in_memory(view, places[0].value, size, source);
    return gather(view, places, count, size, source);
}

/* ---- one variable ---- */

static const char *state_text(int state, int lost_register)
{
    return state == HDBG_VARIABLE_OPTIMIZED_OUT                 ? "<optimized out>"
           : state == HDBG_VARIABLE_UNREADABLE && lost_register ? "<not saved>"
           : state == HDBG_VARIABLE_UNREADABLE                  ? "<unreadable>"
                                               : "<described in a way that is not understood>";
}

static uint64_t size_of(const dwarf_type *type, uint8_t word)
{
    return type->byte_size != 0                                                     ? type->byte_size
           : type->kind == DWARF_TYPE_POINTER || type->kind == DWARF_TYPE_REFERENCE ? word
                                                                                    : 0;
}

/* A pointer that is nowhere itself, and what it points at. */
static void print_synthetic(frame_view *view, value_printer *printer, const dwarf_type *type,
                            const dwarf_place *pointer)
{
    dwarf_place place = *pointer;
    const char *prefix;
    value_source source = {0};
    for (int i = 0; i < POINTERS_MAX && place.kind == DWARF_PLACE_POINTER; i++) {
        const dwarf_type *target = &view->info->types[type->target];
        if (type->kind == DWARF_TYPE_REFERENCE)
            value_add(printer, "@");
        value_add(printer, "<synthetic pointer>");
        if (place.value >= view->info->pointee_count || place.offset < 0 ||
            (type->kind != DWARF_TYPE_POINTER && type->kind != DWARF_TYPE_REFERENCE) ||
            target->kind == DWARF_TYPE_VOID)
            return;
        const dwarf_variable *v = &view->info->pointees[place.value];
        uint64_t size = size_of(&view->info->types[v->type], view->machine.address_size);
        uint64_t offset = (uint64_t)place.offset;
        int state = find_value(view, v, size, &source, &place);
        value_add(printer, type->kind == DWARF_TYPE_REFERENCE ? ": " : " -> ");
        type = target;
        if (state != HDBG_VARIABLE_VALID) {
            value_add(printer, state_text(state, view->lost_register));
        } else if (place.kind != DWARF_PLACE_POINTER) {
            source = value_part(&source, offset);
            if (value_is_character(target, &prefix) && source.bytes == NULL)
                value_string_at(printer, target, source.address);
            else if (value_is_character(target, &prefix) && source.size > 1)
                value_string(printer, target, &source, source.size / target->byte_size, 1);
            else
                value_print(printer, (uint32_t)(target - view->info->types), &source);
        }
    }
}

static int show(frame_view *view, const dwarf_variable *v,
                int (*visit)(void *context, const hdbg_variable *variable), void *context)
{
    const dwarf_type *type = &view->info->types[v->type];
    value_source source = {0};
    dwarf_place pointer;
    uint64_t size = size_of(type, view->machine.address_size);
    view->lost_register = 0;
    int state = find_value(view, v, size, &source, &pointer);
    value_printer printer = {.team = view->team,
                             .types = view->info->types,
                             .type_count = view->info->type_count,
                             .limits = &view->limits,
                             .count = count_elements,
                             .locate = locate_member,
                             .context = view,
                             .word = view->machine.address_size,
                             .out = view->text,
                             .capacity = view->limits.max_value + 1u};
    view->text[0] = '\0';
    if (state == HDBG_VARIABLE_VALID) {
        if (pointer.kind == DWARF_PLACE_POINTER)
            print_synthetic(view, &printer, type, &pointer);
        else
            value_print(&printer, v->type, &source);
        if (printer.is_full)
            memcpy(view->text + printer.size, "...", 4);
    }
    hdbg_variable variable = {.size = sizeof variable,
                              .name = v->name,
                              .type = type->name,
                              .value = state == HDBG_VARIABLE_VALID ? view->text
                                                                    : state_text(state, view->lost_register),
                              .kind = v->is_argument ? HDBG_VARIABLE_ARGUMENT : HDBG_VARIABLE_LOCAL,
                              .state = state,
                              .depth = v->depth,
                              .address = source.address,
                              .byte_size = size};
    return visit(context, &variable);
}

/* ---- a frame ---- */

static hdbg_status set_limits(hdbg_variable_options *limits, const hdbg_variable_options *given)
{
    *limits = (hdbg_variable_options){.size = sizeof *limits};
    hdbg_status status =
        given != NULL ? hdbg_struct_take(limits, sizeof *limits, given, "hdbg_variable_options") : HDBG_OK;
    if (status != HDBG_OK)
        return status;
    limits->max_depth = limits->max_depth != 0 ? limits->max_depth : 3;
    limits->max_elements = limits->max_elements != 0 ? limits->max_elements : 32;
    limits->max_string = limits->max_string != 0 ? limits->max_string : 200;
    limits->max_value = limits->max_value != 0 ? limits->max_value : 2000;
    limits->max_variables = limits->max_variables != 0 ? limits->max_variables : 200;
    if (limits->max_value > VALUE_MAX)
        limits->max_value = VALUE_MAX;
    return HDBG_OK;
}

static hdbg_status view_open(const hdbg_stack *stack, size_t index, const hdbg_variable_options *options,
                             frame_view **result)
{
    frame_view *view = calloc(1, sizeof *view);
    *result = view;
    if (view == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for variables");
    hdbg_status status = set_limits(&view->limits, options);
    if (status != HDBG_OK)
        return status;
    view->text = malloc(view->limits.max_value + 8u);
    if (view->text == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for variables");
    view->stack = stack;
    view->index = index;
    view->steps = &view->own_steps;
    view->team = hdbg_stack_team(stack);
    const arch_description *arch = arch_find(hdbg_team_arch(view->team));
    view->machine = (dwarf_machine){.context = view,
                                    .address_size = arch != NULL ? arch->address_size : 8,
                                    .reg = machine_register,
                                    .memory = machine_memory,
                                    .frame_base = machine_frame_base,
                                    .cfa = machine_cfa,
                                    .entry_value = machine_entry_value};
    return HDBG_OK;
}

static void view_close(frame_view *view)
{
    if (view != NULL)
        free(view->text);
    free(view);
}

hdbg_status hdbg_variables_visit(const hdbg_stack *stack, size_t index, const hdbg_variable_options *options,
                                 int (*visit)(void *context, const hdbg_variable *variable), void *context)
{
    dwarf_file *file = NULL;
    frame_view *view = NULL;
    const hdbg_frame *frame = hdbg_stack_frame(stack, index);
    if (frame == NULL)
        return hdbg_fail(HDBG_BAD_INDEX, "the stack has no frame %zu", index);
    hdbg_status status = view_open(stack, index, options, &view);
    if (status == HDBG_OK)
        status = view_read(view, &file);
    for (size_t i = 0; status == HDBG_OK && i < view->info->variable_count && i < view->limits.max_variables;
         i++) {
        if (show(view, &view->info->variables[i], visit, context) != 0)
            break;
    }
    dwarf_file_release(file);
    view_close(view);
    return status;
}

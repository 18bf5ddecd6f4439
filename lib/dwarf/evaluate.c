/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Evaluates expressions of DWARF 2 to 5. They come from files, so nothing in them is believed: each operand,
 * jump and stack slot is checked, and the steps are counted.
 */
#include "dwarf/dwarf.h"
#include "dwarf/values.h"
#include "base/fail.h"

#include <string.h>

/* Operators, by their value in an expression; values.h has those of two operands. */
enum {
    OP_ADDR = 0x03,
    OP_DEREF = 0x06,
    OP_CONST1U = 0x08,
    OP_CONST8S = 0x0f,
    OP_CONSTU,
    OP_CONSTS,
    OP_DUP,
    OP_DROP,
    OP_OVER,
    OP_PICK,
    OP_SWAP,
    OP_ROT,
    OP_ABS = 0x19,
    OP_NEG = 0x1f,
    OP_NOT,
    OP_PLUS_UCONST = 0x23,
    OP_BRA = 0x28,
    OP_SKIP = 0x2f,
    OP_LIT0 = 0x30,
    OP_REG0 = 0x50,
    OP_BREG0 = 0x70,
    OP_REGX = 0x90,
    OP_FBREG,
    OP_BREGX,
    OP_PIECE,
    OP_DEREF_SIZE,
    OP_NOP = 0x96,
    OP_FORM_TLS_ADDRESS = 0x9b,
    OP_CALL_FRAME_CFA,
    OP_BIT_PIECE,
    OP_IMPLICIT_VALUE,
    OP_STACK_VALUE,
    OP_IMPLICIT_POINTER,
    OP_ENTRY_VALUE = 0xa3,
    OP_CONST_TYPE,
    OP_REGVAL_TYPE,
    OP_DEREF_TYPE,
    OP_CONVERT = 0xa8,
    OP_REINTERPRET,
    OP_GNU_PUSH_TLS_ADDRESS = 0xe0,
    OP_GNU_UNINIT = 0xf0,
    OP_GNU_ENTRY_VALUE = 0xf3
};

enum {
    STACK_MAX = 64,
    STEPS_MAX = 10000,
    ENTRY_STEPS =
        500, /* what a value at the function's entry counts for: the caller's frame is looked into */
    PIECE_MAX = 1 << 28, /* bytes */
    GROUP = 32           /* registers and literals that are in an operator */
};

typedef struct evaluation {
    const dwarf_machine *machine;
    const uint8_t *bytes;
    size_t size, at;
    dwarf_value stack[STACK_MAX];
    size_t depth;
    dwarf_place *places; /* the pieces that are done */
    size_t room, count;
    dwarf_place current; /* of the piece at hand, unless it is what is on top of the stack */
    int has_current;
    int steps;
    hdbg_status status;
} evaluation;

/* ---- operands and the stack: after a failure all of them do nothing ---- */

static void failed(evaluation *e, hdbg_status status, const char *what)
{
    if (e->status == HDBG_OK)
        e->status = hdbg_fail(status, "a DWARF expression %s", what);
}

static const uint8_t *take(evaluation *e, uint64_t size)
{
    if (e->status != HDBG_OK || size > e->size - e->at) {
        failed(e, HDBG_BAD_DATA, "ends in the middle of an operand");
        return NULL;
    }
    e->at += (size_t)size;
    return e->bytes + e->at - size;
}

static uint64_t fixed(evaluation *e, size_t size)
{
    const uint8_t *bytes = take(e, size);
    uint64_t value = 0;
    for (size_t i = size; bytes != NULL && i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static uint64_t leb128(evaluation *e, int is_signed)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const uint8_t *byte = take(e, 1);
        if (byte == NULL)
            return 0;
        if (shift < 64)
            value |= (uint64_t)(*byte & 0x7f) << shift;
        if ((*byte & 0x80) == 0) {
            if (is_signed && (*byte & 0x40) && shift + 7 < 64)
                value |= UINT64_MAX << (shift + 7);
            return value;
        }
    }
}

static unsigned word_of(const evaluation *e)
{
    return e->machine->address_size == 4 ? 4 : 8;
}

static void push_value(evaluation *e, dwarf_value value)
{
    if (e->depth >= STACK_MAX)
        failed(e, HDBG_BAD_DATA, "needs more stack than there is");
    else
        e->stack[e->depth++] = value_trimmed(value, word_of(e));
}

static void push(evaluation *e, uint64_t value)
{
    push_value(e, (dwarf_value){.bits = value});
}

static dwarf_value pop_value(evaluation *e)
{
    if (e->depth == 0) {
        failed(e, HDBG_BAD_DATA, "takes from an empty stack");
        return (dwarf_value){0};
    }
    return e->stack[--e->depth];
}

static uint64_t pop(evaluation *e)
{
    return pop_value(e).bits;
}

static dwarf_value pick(evaluation *e, uint64_t index)
{
    if (index >= e->depth) {
        failed(e, HDBG_BAD_DATA, "takes from below the stack");
        return (dwarf_value){0};
    }
    return e->stack[e->depth - 1 - (size_t)index];
}

/* ---- what the machine is asked ---- */

static void check(evaluation *e, hdbg_status status)
{
    if (e->status == HDBG_OK)
        e->status = status;
}

static uint64_t reg(evaluation *e, uint64_t number)
{
    uint64_t value = 0;
    if (e->machine->reg == NULL || number > INT16_MAX)
        failed(e, HDBG_NAME_NOT_FOUND, "needs a register that there is not");
    else if (e->status == HDBG_OK)
        check(e, e->machine->reg(e->machine->context, (int)number, &value));
    return value;
}

static uint64_t memory(evaluation *e, uint64_t address, uint64_t size)
{
    uint8_t bytes[8] = {0};
    uint64_t value = 0;
    if (size == 0 || size > sizeof bytes)
        failed(e, HDBG_BAD_DATA, "reads a value of a size that there is not");
    else if (e->machine->memory == NULL)
        failed(e, HDBG_NAME_NOT_FOUND, "needs memory, which there is not");
    else if (e->status == HDBG_OK)
        check(e, e->machine->memory(e->machine->context, address, bytes, (size_t)size));
    for (size_t i = sizeof bytes; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static uint64_t asked(evaluation *e, hdbg_status (*function)(void *context, uint64_t *value))
{
    uint64_t value = 0;
    if (function == NULL)
        failed(e, HDBG_NAME_NOT_FOUND, "needs a frame that there is not");
    else if (e->status == HDBG_OK)
        check(e, function(e->machine->context, &value));
    return value;
}

static void thread_local_address(evaluation *e)
{
    uint64_t offset = pop(e), address = 0;
    if (e->machine->tls == NULL)
        failed(e, HDBG_NOT_SUPPORTED, "is about a thread's own variable");
    else if (e->status == HDBG_OK)
        check(e, e->machine->tls(e->machine->context, offset, &address));
    push(e, address);
}

static void entry_value(evaluation *e)
{
    uint64_t size = leb128(e, 0), value = 0;
    const uint8_t *inner = take(e, size);
    if (inner == NULL)
        return;
    e->steps += ENTRY_STEPS;
    if (e->machine->entry_value == NULL)
        failed(e, HDBG_NAME_NOT_FOUND, "needs a value as it was at the function's entry");
    else
        check(e, e->machine->entry_value(e->machine->context, inner, (size_t)size, &value));
    push(e, value);
}

/* ---- operators ---- */

static void jump(evaluation *e, int taken)
{
    uint64_t offset = value_extended(fixed(e, 2), 2), target = e->at + offset;
    if (e->status != HDBG_OK || !taken)
        return;
    if (target > e->size)
        failed(e, HDBG_BAD_DATA, "jumps out of itself");
    else
        e->at = (size_t)target;
}

static uint16_t taken_type(evaluation *e)
{
    uint64_t type = leb128(e, 0);
    if (type > UINT16_MAX || !value_type_is_known((uint16_t)type, word_of(e)))
        failed(e, HDBG_NOT_SUPPORTED, "has a value of a type that is not understood");
    return (uint16_t)type;
}

/* Operators with a base type. @return 0 if it is none. */
static int typed_operator(evaluation *e, uint8_t op)
{
    uint64_t value;
    dwarf_value one;
    switch (op) {
    case OP_CONST_TYPE:
        one.type = taken_type(e);
        value = fixed(e, 1);
        if (value != value_bytes(one.type, word_of(e)))
            failed(e, HDBG_BAD_DATA, "has a constant of another size than its type's");
        one.bits = e->status == HDBG_OK ? fixed(e, (size_t)value) : 0;
        break;
    case OP_REGVAL_TYPE:
        one.bits = reg(e, leb128(e, 0));
        one.type = taken_type(e);
        break;
    case OP_DEREF_TYPE:
        value = fixed(e, 1);
        one.type = taken_type(e);
        one.bits = memory(e, pop(e), value);
        break;
    case OP_CONVERT:
        one = pop_value(e);
        one = value_converted(one, taken_type(e), word_of(e));
        break;
    case OP_REINTERPRET:
        one = pop_value(e);
        value = value_bytes(one.type, word_of(e));
        one.type = taken_type(e);
        if (value_bytes(one.type, word_of(e)) != value)
            failed(e, HDBG_BAD_DATA, "takes a value for one of another size");
        break;
    default:
        return 0;
    }
    push_value(e, one);
    return 1;
}

/* Operators of two operands. @return 0 if it is none. */
static int binary(evaluation *e, uint8_t op)
{
    if (op != OP_AND && op != OP_DIV && op != OP_MINUS && op != OP_MOD && op != OP_MUL && op != OP_OR &&
        op != OP_PLUS && (op < OP_SHL || op > OP_XOR) && (op < OP_EQ || op > OP_NE))
        return 0;
    dwarf_value right = pop_value(e), left = pop_value(e), result;
    const char *wrong = value_binary(op, left, right, word_of(e), &result);
    if (wrong != NULL)
        failed(e, HDBG_BAD_DATA, wrong);
    push_value(e, result);
    return 1;
}

/* Operators that put a constant on the stack. @return 0 if it is none. */
static int constant(evaluation *e, uint8_t op)
{
    if (op >= OP_LIT0 && op < OP_LIT0 + GROUP) {
        push(e, (uint64_t)(op - OP_LIT0));
    } else if (op >= OP_CONST1U && op <= OP_CONST8S) {
        size_t size = (size_t)1 << ((op - OP_CONST1U) / 2);
        uint64_t value = fixed(e, size);
        push(e, (op - OP_CONST1U) % 2 != 0 ? value_extended(value, (unsigned)size) : value);
    } else if (op == OP_CONSTU || op == OP_CONSTS) {
        push(e, leb128(e, op == OP_CONSTS));
    } else if (op == OP_ADDR) {
        push(e, fixed(e, e->machine->address_size == 4 ? 4 : 8) + e->machine->bias);
    } else {
        return 0;
    }
    return 1;
}

/* Operators that move what is on the stack. @return 0 if it is none. */
static int stack_operator(evaluation *e, uint8_t op)
{
    dwarf_value first, second, third;
    switch (op) {
    case OP_DUP:
        push_value(e, pick(e, 0));
        return 1;
    case OP_DROP:
        pop(e);
        return 1;
    case OP_OVER:
        push_value(e, pick(e, 1));
        return 1;
    case OP_PICK:
        push_value(e, pick(e, fixed(e, 1)));
        return 1;
    case OP_SWAP:
        first = pop_value(e);
        second = pop_value(e);
        push_value(e, first);
        push_value(e, second);
        return 1;
    case OP_ROT:
        first = pop_value(e);
        second = pop_value(e);
        third = pop_value(e);
        push_value(e, first);
        push_value(e, third);
        push_value(e, second);
        return 1;
    default:
        return 0;
    }
}

/* Operators of one operand, and jumps. @return 0 if it is none. */
static int unary(evaluation *e, uint8_t op)
{
    uint64_t value;
    dwarf_value one;
    switch (op) {
    case OP_ABS:
    case OP_NEG:
        one = pop_value(e);
        if (op == OP_NEG || value_is_negative(one, word_of(e)))
            one = value_negated(one, word_of(e));
        push_value(e, one);
        return 1;
    case OP_NOT:
        one = pop_value(e);
        one.bits = ~one.bits;
        push_value(e, one);
        return 1;
    case OP_PLUS_UCONST:
        value = leb128(e, 0);
        one = pop_value(e);
        one.bits += value;
        push_value(e, one);
        return 1;
    case OP_BRA:
        value = pop(e);
        jump(e, value != 0);
        return 1;
    case OP_SKIP:
        jump(e, 1);
        return 1;
    case OP_NOP:
    case OP_GNU_UNINIT:
        return 1;
    default:
        return 0;
    }
}

/* Operators that ask the machine. @return 0 if it is none. */
static int machine_operator(evaluation *e, uint8_t op)
{
    uint64_t value;
    if (op >= OP_BREG0 && op < OP_BREG0 + GROUP) {
        value = leb128(e, 1);
        push(e, reg(e, (uint64_t)(op - OP_BREG0)) + value);
        return 1;
    }
    switch (op) {
    case OP_BREGX:
        value = reg(e, leb128(e, 0));
        push(e, value + leb128(e, 1));
        return 1;
    case OP_FBREG:
        value = leb128(e, 1);
        push(e, asked(e, e->machine->frame_base) + value);
        return 1;
    case OP_CALL_FRAME_CFA:
        push(e, asked(e, e->machine->cfa));
        return 1;
    case OP_DEREF:
        push(e, memory(e, pop(e), e->machine->address_size == 4 ? 4 : 8));
        return 1;
    case OP_DEREF_SIZE:
        value = fixed(e, 1);
        push(e, memory(e, pop(e), value));
        return 1;
    case OP_FORM_TLS_ADDRESS:
    case OP_GNU_PUSH_TLS_ADDRESS:
        thread_local_address(e);
        return 1;
    case OP_ENTRY_VALUE:
    case OP_GNU_ENTRY_VALUE:
        entry_value(e);
        return 1;
    default:
        return 0;
    }
}

/* ---- places ---- */

static void set_current(evaluation *e, dwarf_place place)
{
    if (e->has_current)
        failed(e, HDBG_BAD_DATA, "names two places for one value");
    e->current = place;
    e->has_current = 1;
}

/* The place of the value or piece at hand: what was named, or memory at what is on the stack. */
static dwarf_place finish_place(evaluation *e)
{
    dwarf_place place = {.kind = DWARF_PLACE_NOWHERE};
    if (e->has_current)
        place = e->current;
    else if (e->depth > 0)
        place = (dwarf_place){.kind = DWARF_PLACE_MEMORY, .value = pop(e)};
    e->has_current = 0;
    return place;
}

static void add_place(evaluation *e, uint64_t size, int64_t first_bit)
{
    dwarf_place place = finish_place(e);
    place.size = size;
    if (place.kind != DWARF_PLACE_POINTER)
        place.offset = first_bit;
    if (e->count >= e->room)
        failed(e, HDBG_NOT_SUPPORTED, "is about a value in too many pieces");
    else
        e->places[e->count++] = place;
}

/* Operators that say where a value is. @return 0 if it is none. */
static int place_operator(evaluation *e, uint8_t op)
{
    uint64_t value;
    if (op >= OP_REG0 && op < OP_REG0 + GROUP) {
        set_current(e, (dwarf_place){.kind = DWARF_PLACE_REGISTER, .value = (uint64_t)(op - OP_REG0)});
        return 1;
    }
    switch (op) {
    case OP_REGX:
        set_current(e, (dwarf_place){.kind = DWARF_PLACE_REGISTER, .value = leb128(e, 0)});
        return 1;
    case OP_STACK_VALUE:
        set_current(e, (dwarf_place){.kind = DWARF_PLACE_VALUE, .value = pop(e)});
        return 1;
    case OP_IMPLICIT_VALUE:
        value = leb128(e, 0);
        set_current(e, (dwarf_place){.kind = DWARF_PLACE_BYTES, .value = value, .bytes = take(e, value)});
        return 1;
    case OP_IMPLICIT_POINTER:
        value = fixed(e, 4);
        set_current(
            e, (dwarf_place){.kind = DWARF_PLACE_POINTER, .value = value, .offset = (int64_t)leb128(e, 1)});
        return 1;
    case OP_PIECE:
        value = leb128(e, 0);
        if (value > PIECE_MAX)
            failed(e, HDBG_BAD_DATA, "has a piece that is too large");
        add_place(e, 8 * value, 0);
        return 1;
    case OP_BIT_PIECE:
        value = leb128(e, 0);
        add_place(e, value, (int64_t)leb128(e, 0));
        return 1;
    default:
        return 0;
    }
}

hdbg_status dwarf_evaluate(const dwarf_machine *machine, const uint8_t *expression, size_t size,
                           const uint64_t *initial, size_t initial_count, dwarf_place *places, size_t *count)
{
    evaluation e = {.machine = machine, .bytes = expression, .size = size, .places = places, .room = *count};
    *count = 0;
    for (size_t i = 0; i < initial_count; i++)
        push(&e, initial[i]);
    for (; e.status == HDBG_OK && e.at < e.size; e.steps++) {
        uint8_t op = e.bytes[e.at++];
        if (e.steps >= STEPS_MAX)
            failed(&e, HDBG_BAD_DATA, "does not end");
        else if (!constant(&e, op) && !stack_operator(&e, op) && !unary(&e, op) && !binary(&e, op) &&
                 !machine_operator(&e, op) && !typed_operator(&e, op) && !place_operator(&e, op))
            failed(&e, HDBG_NOT_SUPPORTED, "has an operator that is not understood");
    }
    if (e.status == HDBG_OK && e.count == 0)
        add_place(&e, 0, 0);
    else if (e.status == HDBG_OK && e.has_current)
        failed(&e, HDBG_BAD_DATA, "has a piece without a size");
    if (e.status != HDBG_OK)
        return e.status;
    *count = e.count;
    return HDBG_OK;
}

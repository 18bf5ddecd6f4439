/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A machine with a stack for agent expressions. Whatever the bytes are, it ends, and reads no byte beyond
 * them.
 */
#include "agent.h"

#include <string.h>

enum { STACK_MAX = 100, STEPS_MAX = 10000 };

enum opcode {
    OP_ADD = 0x02,
    OP_SUB,
    OP_MUL,
    OP_DIV_SIGNED,
    OP_DIV_UNSIGNED,
    OP_REM_SIGNED,
    OP_REM_UNSIGNED,
    OP_LSH,
    OP_RSH_SIGNED,
    OP_RSH_UNSIGNED,
    OP_LOG_NOT = 0x0e,
    OP_BIT_AND,
    OP_BIT_OR,
    OP_BIT_XOR,
    OP_BIT_NOT,
    OP_EQUAL,
    OP_LESS_SIGNED,
    OP_LESS_UNSIGNED,
    OP_EXT,
    OP_REF8,
    OP_REF16,
    OP_REF32,
    OP_REF64,
    OP_IF_GOTO = 0x20,
    OP_GOTO,
    OP_CONST8,
    OP_CONST16,
    OP_CONST32,
    OP_CONST64,
    OP_REG,
    OP_END,
    OP_DUP,
    OP_POP,
    OP_ZERO_EXT,
    OP_SWAP,
    OP_PICK = 0x32,
    OP_ROT,
    OP_PRINTF,
};

struct run {
    const uint8_t *code;
    size_t size, at;
    const struct agent_machine *machine;
    uint64_t stack[STACK_MAX];
    size_t depth;
    uint64_t none; /* what is not there */
    bool failed;
};

static uint64_t fail(struct run *run)
{
    run->failed = true;
    return 0;
}

/* ---- the stack ---- */

static void push(struct run *run, uint64_t value)
{
    if (run->depth == STACK_MAX)
        fail(run);
    else
        run->stack[run->depth++] = value;
}

static uint64_t pop(struct run *run)
{
    return run->depth != 0 ? run->stack[--run->depth] : fail(run);
}

/* The n-th value from the top, which is 0. */
static uint64_t *peek(struct run *run, size_t n)
{
    if (n < run->depth)
        return &run->stack[run->depth - 1 - n];
    fail(run);
    return &run->none;
}

/* ---- the code ---- */

/* An operand of up to 8 bytes, the highest first. */
static uint64_t operand(struct run *run, size_t size)
{
    uint64_t value = 0;
    if (run->size - run->at < size)
        return fail(run);
    for (size_t i = 0; i < size; i++)
        value = value << 8 | run->code[run->at++];
    return value;
}

static void jump(struct run *run, bool taken)
{
    uint64_t target = operand(run, 2);
    if (!taken)
        return;
    if (target >= run->size)
        fail(run);
    else
        run->at = (size_t)target;
}

/* ---- what is computed ---- */

static uint64_t divide(struct run *run, enum opcode op, uint64_t a, uint64_t b)
{
    if (b == 0)
        return fail(run);
    switch (op) {
    case OP_DIV_UNSIGNED:
        return a / b;
    case OP_REM_UNSIGNED:
        return a % b;
    case OP_DIV_SIGNED: /* by -1 it may overflow */
        return b == UINT64_MAX ? 0 - a : (uint64_t)((int64_t)a / (int64_t)b);
    default:
        return b == UINT64_MAX ? 0 : (uint64_t)((int64_t)a % (int64_t)b);
    }
}

static uint64_t shift(enum opcode op, uint64_t value, uint64_t by)
{
    uint64_t sign = op == OP_RSH_SIGNED && value >> 63 != 0 ? UINT64_MAX : 0;
    if (by > 63)
        return sign;
    if (op == OP_LSH)
        return value << by;
    return value >> by | (by != 0 ? sign << (64 - by) : 0);
}

static uint64_t combine(struct run *run, enum opcode op, uint64_t a, uint64_t b)
{
    switch (op) {
    case OP_ADD:
        return a + b;
    case OP_SUB:
        return a - b;
    case OP_MUL:
        return a * b;
    case OP_DIV_SIGNED:
    case OP_DIV_UNSIGNED:
    case OP_REM_SIGNED:
    case OP_REM_UNSIGNED:
        return divide(run, op, a, b);
    case OP_LSH:
    case OP_RSH_SIGNED:
    case OP_RSH_UNSIGNED:
        return shift(op, a, b);
    case OP_BIT_AND:
        return a & b;
    case OP_BIT_OR:
        return a | b;
    case OP_BIT_XOR:
        return a ^ b;
    case OP_EQUAL:
        return a == b;
    case OP_LESS_SIGNED:
        return (int64_t)a < (int64_t)b;
    default:
        return a < b; /* OP_LESS_UNSIGNED */
    }
}

/* Cuts the top to its low bits, and repeats the highest of these above them if the number has a sign. */
static void extend(struct run *run, bool has_sign)
{
    uint64_t bits = operand(run, 1), *top = peek(run, 0);
    if (bits == 0 || bits > 64) {
        fail(run);
    } else if (bits < 64) {
        uint64_t high = UINT64_MAX << bits, negative = *top >> (bits - 1) & 1;
        *top = has_sign && negative != 0 ? *top | high : *top & ~high;
    }
}

static void load(struct run *run, size_t size)
{
    uint64_t value = 0, address = pop(run); /* little-endian */
    if (!run->failed && !run->machine->read_memory(run->machine->context, address, &value, size))
        fail(run);
    push(run, value);
}

static void load_register(struct run *run)
{
    uint64_t value = 0, number = operand(run, 2);
    if (!run->failed && !run->machine->read_register(run->machine->context, (unsigned)number, &value))
        fail(run);
    push(run, value);
}

/* The third value comes to the top. */
static void rotate(struct run *run)
{
    uint64_t third = *peek(run, 2);
    *peek(run, 2) = *peek(run, 1);
    *peek(run, 1) = *peek(run, 0);
    *peek(run, 0) = third;
}

static void swap(struct run *run)
{
    uint64_t top = *peek(run, 0);
    *peek(run, 0) = *peek(run, 1);
    *peek(run, 1) = top;
}

/* The number of arguments, the size of a text, and that, as it is for printf(). */
static void print(struct run *run)
{
    uint64_t arguments[STACK_MAX];
    size_t count = (size_t)operand(run, 1), size = (size_t)operand(run, 2);
    pop(run); /* a function and a channel of the program's, which are for GDB alone */
    pop(run);
    if (run->failed || count > run->depth || size == 0 || run->size - run->at < size ||
        run->code[run->at + size - 1] != '\0' || run->machine->print == NULL) {
        fail(run);
        return;
    }
    for (size_t i = 0; i < count; i++)
        arguments[i] = pop(run);
    const char *format = (const char *)&run->code[run->at];
    run->at += size;
    if (!run->machine->print(run->machine->context, format, arguments, count))
        fail(run);
}

/* ---- the whole ---- */

static void stack_step(struct run *run, enum opcode op)
{
    switch (op) {
    case OP_LOG_NOT:
        push(run, pop(run) == 0);
        break;
    case OP_BIT_NOT:
        push(run, ~pop(run));
        break;
    case OP_DUP:
        push(run, *peek(run, 0));
        break;
    case OP_POP:
        pop(run);
        break;
    case OP_SWAP:
        swap(run);
        break;
    case OP_PICK:
        push(run, *peek(run, (size_t)operand(run, 1)));
        break;
    case OP_ROT:
        rotate(run);
        break;
    default:
        fail(run);
    }
}

static bool is_binary(enum opcode op)
{
    return (op >= OP_ADD && op <= OP_RSH_UNSIGNED) || (op >= OP_BIT_AND && op <= OP_BIT_XOR) ||
           (op >= OP_EQUAL && op <= OP_LESS_UNSIGNED);
}

static void step(struct run *run, enum opcode op)
{
    if (is_binary(op)) {
        uint64_t b = pop(run), a = pop(run);
        push(run, run->failed ? 0 : combine(run, op, a, b));
        return;
    }
    switch (op) {
    case OP_EXT:
    case OP_ZERO_EXT:
        extend(run, op == OP_EXT);
        break;
    case OP_REF8:
    case OP_REF16:
    case OP_REF32:
    case OP_REF64:
        load(run, (size_t)1 << (op - OP_REF8));
        break;
    case OP_CONST8:
    case OP_CONST16:
    case OP_CONST32:
    case OP_CONST64:
        push(run, operand(run, (size_t)1 << (op - OP_CONST8)));
        break;
    case OP_REG:
        load_register(run);
        break;
    case OP_GOTO:
        jump(run, true);
        break;
    case OP_IF_GOTO:
        jump(run, pop(run) != 0);
        break;
    case OP_PRINTF:
        print(run);
        break;
    default:
        stack_step(run, op);
    }
}

static bool finish(struct run *run)
{
    for (int i = 0; i < STEPS_MAX && !run->failed; i++) {
        enum opcode op = (enum opcode)operand(run, 1);
        if (op == OP_END)
            return !run->failed;
        step(run, op);
    }
    return false;
}

bool agent_evaluate(const uint8_t *code, size_t size, const struct agent_machine *machine, uint64_t *value)
{
    struct run run = {.code = code, .size = size, .machine = machine};
    if (!finish(&run))
        return false;
    *value = pop(&run);
    return !run.failed;
}

bool agent_run(const uint8_t *code, size_t size, const struct agent_machine *machine)
{
    struct run run = {.code = code, .size = size, .machine = machine};
    return finish(&run);
}

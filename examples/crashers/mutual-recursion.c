/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Three functions that call each other until the stack is full.
 */
static int parse_expression(int depth);

static int parse_factor(int depth)
{
    volatile char space[400];
    space[0] = (char)depth;
    return parse_expression(depth + 1) + space[0];
}

static int parse_term(int depth)
{
    return parse_factor(depth) + 1;
}

static int parse_expression(int depth)
{
    return parse_term(depth) + 1;
}

int main(void)
{
    return parse_expression(0);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Registers: the target description, and their values. Numbers and order are the library's for GDB.
 */
#include "server.h"

#include <string.h>

/* ---- which there are ---- */

/* The control registers of the x87 are 4 bytes to GDB, 2 or 4 in the processor. */
static size_t wire_size(const hdbg_register *reg)
{
    return reg->set == HDBG_REGISTERS_FLOAT && reg->size < 4 ? 4 : reg->size;
}

static const hdbg_register *find(const struct server *server, uint64_t number)
{
    return number < server->current->register_count ? server->current->registers[number] : NULL;
}

bool registers_init(struct inferior *inferior)
{
    size_t count;
    const hdbg_register *all = hdbg_arch_registers(inferior->arch, &count);
    if (inferior->arch != HDBG_ARCH_X86_64 || all == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        int number = all[i].gdb;
        if (number < 0 || number >= MAX_REGISTERS)
            continue;
        inferior->registers[number] = &all[i];
        if ((size_t)number >= inferior->register_count)
            inferior->register_count = (size_t)number + 1;
    }
    return true;
}

/* ---- the description ---- */

/* Which of GDB's features a register belongs to, and of what type it is there. */
static const char *feature_of(const hdbg_register *reg)
{
    switch (reg->set) {
    case HDBG_REGISTERS_VECTOR:
        return "org.gnu.gdb.i386.sse";
    case HDBG_REGISTERS_AVX:
        return "org.gnu.gdb.i386.avx";
    case HDBG_REGISTERS_SYSTEM:
        return strcmp(reg->name, "orig_rax") == 0 ? "org.gnu.gdb.i386.linux" : "org.gnu.gdb.i386.segments";
    default:
        return "org.gnu.gdb.i386.core";
    }
}

static const char *type_of(const hdbg_register *reg)
{
    switch (reg->kind) {
    case HDBG_REGISTER_CODE:
        return "code_ptr";
    case HDBG_REGISTER_DATA:
        return reg->set == HDBG_REGISTERS_SYSTEM ? "int" : "data_ptr";
    case HDBG_REGISTER_X87:
        return "i387_ext";
    case HDBG_REGISTER_BYTES:
        return reg->set == HDBG_REGISTERS_AVX ? "uint128" : "vec128";
    default:
        return reg->role == HDBG_ROLE_FLAGS                    ? "i386_eflags"
               : strcmp(reg->name, "mxcsr") == 0               ? "i386_mxcsr"
               : reg->size == 8 && reg->role == HDBG_ROLE_NONE ? "int64"
                                                               : "int";
    }
}

struct flag {
    const char *name;
    int first, last;
};

static const struct flag kFlags[] = {
    {"CF", 0, 0},   {"PF", 2, 2},   {"AF", 4, 4},   {"ZF", 6, 6},   {"SF", 7, 7},
    {"TF", 8, 8},   {"IF", 9, 9},   {"DF", 10, 10}, {"OF", 11, 11}, {"NT", 14, 14},
    {"RF", 16, 16}, {"VM", 17, 17}, {"AC", 18, 18}, {"ID", 21, 21}, {NULL, 0, 0},
};
static const struct flag kMxcsr[] = {
    {"IE", 0, 0},   {"DE", 1, 1},   {"ZE", 2, 2},   {"OE", 3, 3},   {"UE", 4, 4},
    {"PE", 5, 5},   {"DAZ", 6, 6},  {"IM", 7, 7},   {"DM", 8, 8},   {"ZM", 9, 9},
    {"OM", 10, 10}, {"UM", 11, 11}, {"PM", 12, 12}, {"FZ", 15, 15}, {NULL, 0, 0},
};

static void add_flags(struct reply *xml, const char *id, const struct flag *flags)
{
    reply_text(xml, "<flags id=\"%s\" size=\"4\">", id);
    for (; flags->name != NULL; flags++)
        reply_text(xml, "<field name=\"%s\" start=\"%d\" end=\"%d\"/>", flags->name, flags->first,
                   flags->last);
    reply_text(xml, "</flags>\n");
}

static void add_vector_types(struct reply *xml)
{
    static const struct {
        const char *id, *type, *field;
        int count;
    } kVectors[] = {
        {"v4f", "ieee_single", "v4_float", 4}, {"v2d", "ieee_double", "v2_double", 2},
        {"v16i8", "int8", "v16_int8", 16},     {"v8i16", "int16", "v8_int16", 8},
        {"v4i32", "int32", "v4_int32", 4},     {"v2i64", "int64", "v2_int64", 2},
    };
    size_t count = sizeof kVectors / sizeof *kVectors;
    for (size_t i = 0; i < count; i++)
        reply_text(xml, "<vector id=\"%s\" type=\"%s\" count=\"%d\"/>\n", kVectors[i].id, kVectors[i].type,
                   kVectors[i].count);
    reply_text(xml, "<union id=\"vec128\">");
    for (size_t i = 0; i < count; i++)
        reply_text(xml, "<field name=\"%s\" type=\"%s\"/>", kVectors[i].field, kVectors[i].id);
    reply_text(xml, "<field name=\"uint128\" type=\"uint128\"/></union>\n");
}

static void add_register(struct reply *xml, const hdbg_register *reg)
{
    const char *group =
        reg->set == HDBG_REGISTERS_FLOAT && reg->kind != HDBG_REGISTER_X87 ? " group=\"float\"" : "";
    reply_text(xml, "<reg name=\"%s\" bitsize=\"%zu\" type=\"%s\"%s regnum=\"%d\"/>\n", reg->name,
               8 * wire_size(reg), type_of(reg), group, reg->gdb);
}

void registers_describe(const struct server *server, struct reply *xml)
{
    const char *open = "";
    reply_text(xml, "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n"
                    "<architecture>i386:x86-64</architecture>\n");
    if (server->gnu)
        reply_text(xml, "<osabi>GNU/Linux</osabi>\n");
    for (size_t i = 0; i < server->current->register_count; i++) {
        const hdbg_register *reg = server->current->registers[i];
        if (reg == NULL)
            continue;
        const char *feature = feature_of(reg);
        if (strcmp(open, feature) != 0) {
            reply_text(xml, "%s<feature name=\"%s\">\n", *open != '\0' ? "</feature>\n" : "", feature);
            open = feature;
            if (strcmp(feature, "org.gnu.gdb.i386.core") == 0)
                add_flags(xml, "i386_eflags", kFlags);
            if (strcmp(feature, "org.gnu.gdb.i386.sse") == 0) {
                add_vector_types(xml);
                add_flags(xml, "i386_mxcsr", kMxcsr);
            }
        }
        add_register(xml, reg);
    }
    reply_text(xml, "</feature>\n</target>\n");
}

/* ---- values ---- */

/* The bytes of one, as GDB has them. The registers that are no part of the state are asked for one by one. */
static bool get(const struct task *task, const hdbg_cpu_state *state, const hdbg_register *reg,
                uint8_t *value)
{
    memset(value, 0, 64);
    if (reg->set == HDBG_REGISTERS_SYSTEM)
        return hdbg_thread_register(task->thread, reg->name, value, 64, NULL) == HDBG_OK;
    return hdbg_cpu_state_get(state, reg, value, 64) == HDBG_OK;
}

static void add_value(struct server *server, const hdbg_register *reg, const uint8_t *value, bool known)
{
    if (known)
        reply_hex(&server->payload, value, wire_size(reg));
    for (size_t i = 0; i < wire_size(reg) && !known; i++)
        reply_text(&server->payload, "xx");
}

/* How many are read and written together: a client that knows no descriptions knows none of AVX. */
static size_t count_together(const struct server *server)
{
    const struct inferior *inferior = server->current;
    size_t count = 0;
    while (count < inferior->register_count &&
           (server->client.descriptions || inferior->registers[count] == NULL ||
            inferior->registers[count]->set != HDBG_REGISTERS_AVX))
        count++;
    return count;
}

void registers_read_all(struct server *server, struct task *task)
{
    hdbg_cpu_state state;
    uint8_t value[64];
    if (hdbg_thread_cpu_state(task->thread, &state) != HDBG_OK) {
        answer_error(server);
        return;
    }
    for (size_t i = 0, count = count_together(server); i < count; i++) {
        const hdbg_register *reg = server->current->registers[i];
        if (reg != NULL)
            add_value(server, reg, value, get(task, &state, reg, value));
    }
}

void registers_read(struct server *server, struct task *task, uint64_t number)
{
    hdbg_cpu_state state;
    uint8_t value[64];
    const hdbg_register *reg = find(server, number);
    if (reg == NULL || hdbg_thread_cpu_state(task->thread, &state) != HDBG_OK) {
        answer_error(server);
        return;
    }
    add_value(server, reg, value, get(task, &state, reg, value));
}

/* Takes one register's value off the packet. False: it is unknown ("xx...") or has the wrong size. */
static bool take_value(struct cursor *values, const hdbg_register *reg, uint8_t *value)
{
    size_t digits = 2 * wire_size(reg), size;
    if (cursor_left(values) < digits)
        return false;
    struct cursor one = {values->at, values->at + digits};
    values->at += digits;
    return take_hex_bytes(&one, value, 64, &size) && size == wire_size(reg) && one.at == one.end;
}

static hdbg_status write_system(struct task *task, const hdbg_register *reg, const uint8_t *value)
{
    uint8_t old[64] = {0};
    hdbg_status status = hdbg_thread_register(task->thread, reg->name, old, sizeof old, NULL);
    if (status != HDBG_OK || memcmp(old, value, reg->size) == 0)
        return status;
    return hdbg_thread_set_register(task->thread, reg->name, value, reg->size);
}

static size_t all_digits(const struct server *server)
{
    size_t digits = 0;
    for (size_t i = 0, count = count_together(server); i < count; i++)
        digits += server->current->registers[i] != NULL ? 2 * wire_size(server->current->registers[i]) : 0;
    return digits;
}

/* The client has sent the thread elsewhere: a breakpoint that is there is still to be hit. */
static void moved(struct task *task)
{
    task->unseen = true;
    task->left = 0;
}

void registers_write_all(struct server *server, struct task *task, struct cursor *values)
{
    hdbg_cpu_state state;
    uint8_t value[64], old[64];
    if (cursor_left(values) != all_digits(server) || hdbg_thread_cpu_state(task->thread, &state) != HDBG_OK) {
        answer_error(server);
        return;
    }
    hdbg_status status = HDBG_OK;
    for (size_t i = 0, count = count_together(server); i < count && status == HDBG_OK; i++) {
        const hdbg_register *reg = server->current->registers[i];
        if (reg == NULL || !take_value(values, reg, value))
            continue;
        if (reg->set == HDBG_REGISTERS_SYSTEM)
            status = write_system(task, reg, value);
        else if (get(task, &state, reg, old) && memcmp(old, value, wire_size(reg)) == 0)
            continue;
        else if (reg->role == HDBG_ROLE_PC)
            moved(task);
        else if (reg->set == HDBG_REGISTERS_SEGMENT) /* these are set one by one */
            status = hdbg_thread_set_register(task->thread, reg->name, value, reg->size);
        if (status == HDBG_OK && reg->set != HDBG_REGISTERS_SYSTEM)
            status = hdbg_cpu_state_set(&state, reg, value, reg->size);
    }
    if (status == HDBG_OK)
        status = hdbg_thread_set_cpu_state(task->thread, &state);
    answer(server, status);
}

void registers_write(struct server *server, struct task *task, uint64_t number, struct cursor *value)
{
    uint8_t bytes[64];
    const hdbg_register *reg = find(server, number);
    if (reg == NULL || !take_value(value, reg, bytes) || value->at != value->end) {
        answer_error(server);
        return;
    }
    if (reg->role == HDBG_ROLE_PC)
        moved(task);
    if (reg->set == HDBG_REGISTERS_SYSTEM)
        answer(server, write_system(task, reg, bytes));
    else
        answer(server, hdbg_thread_set_register(task->thread, reg->name, bytes, reg->size));
}

void registers_expedite(const struct task *task, struct reply *reply)
{
    static const hdbg_register_role kRoles[] = {HDBG_ROLE_FP, HDBG_ROLE_SP, HDBG_ROLE_PC};
    hdbg_cpu_state state;
    if (hdbg_thread_cpu_state(task->thread, &state) != HDBG_OK)
        return;
    for (size_t i = 0; i < sizeof kRoles / sizeof *kRoles; i++) {
        const hdbg_register *reg = hdbg_arch_register_by_role(task->inferior->arch, kRoles[i]);
        uint8_t value[64];
        if (reg != NULL && get(task, &state, reg, value)) {
            reply_text(reply, "%02x:", (unsigned)reg->gdb);
            reply_hex(reply, value, wire_size(reg));
            reply_text(reply, ";");
        }
    }
}

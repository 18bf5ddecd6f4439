/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Decodes just as much of an x86_64 instruction as tells which memory it accesses: prefixes, opcode, operand.
 * Whether it reads or writes comes from short lists of the opcodes that store; all others with a memory
 * operand load.
 */
#include "access.h"

#include <haikudbg/memory.h>
#include <haikudbg/registers.h>

#include <string.h>

enum { INSTRUCTION_MAX = 15, RSP = 4, RBP = 5, RSI = 6, RDI = 7 };

typedef struct instruction {
    hdbg_thread *thread;
    const hdbg_cpu_state *registers;
    hdbg_address pc;
    uint8_t bytes[INSTRUCTION_MAX + 8]; /* padded with zeros, so that reading an operand needs no check */
    size_t at;                          /* the next byte */
    bool operand16, rep_f3, rep_f2;
    const char *segment_base; /* "fs_base", "gs_base" or NULL */
    uint8_t rex;
    int map; /* 0: one byte; 1: 0f; 2: 0f 38; 3: 0f 3a */
    uint8_t opcode, modrm;
    bool vex;
    bool broadcasts;
    size_t evex_vector; /* EVEX: bytes in a vector, which small displacements count in; else 0 */
} instruction;

static uint64_t named_register(const instruction *in, const char *name)
{
    uint64_t value = 0;
    const hdbg_register *reg = hdbg_arch_register_by_name(in->registers->arch, name);
    if (reg == NULL || reg->size > sizeof(value) ||
        hdbg_cpu_state_get(in->registers, reg, &value, sizeof(value)) != HDBG_OK)
        return 0;
    return value;
}

/* A general register by its number in instructions. */
static uint64_t numbered_register(const instruction *in, unsigned number)
{
    static const char *const kNames[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                         "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    return named_register(in, kNames[number & 15]);
}

static int64_t signed_at(const instruction *in, size_t at, size_t size)
{
    int8_t one;
    int32_t four;
    if (size == 1) {
        memcpy(&one, in->bytes + at, sizeof(one));
        return one;
    }
    memcpy(&four, in->bytes + at, sizeof(four));
    return four;
}

/* ---- prefixes and opcode ---- */

static void take_vex(instruction *in)
{
    uint8_t first = in->bytes[in->at++], second = in->bytes[in->at++];
    in->vex = true;
    in->map = 1;
    in->rex = (uint8_t)((~second >> 5) & 4); /* R */
    if (first == 0xc4) {
        in->map = second & 3;
        in->rex = (uint8_t)((~second >> 5) & 7);
        second = in->bytes[in->at++];
        in->rex |= (second >> 4) & 8; /* W */
    }
    in->operand16 = (second & 3) == 1;
    in->rep_f3 = (second & 3) == 2;
    in->rep_f2 = (second & 3) == 3;
    in->opcode = in->bytes[in->at++];
}

/* What EVEX adds to VEX: more vectors, masks, and displacements of one byte that count in operands. */
static void take_evex(instruction *in)
{
    uint8_t first = in->bytes[in->at + 1], second = in->bytes[in->at + 2], third = in->bytes[in->at + 3];
    in->vex = true;
    in->map = first & 3;
    in->rex = (uint8_t)((~first >> 5) & 7) | ((second >> 4) & 8);
    in->operand16 = (second & 3) == 1;
    in->rep_f3 = (second & 3) == 2;
    in->rep_f2 = (second & 3) == 3;
    in->evex_vector = (size_t)16 << ((third >> 5) & 3);
    in->broadcasts = (third & 0x10) != 0;
    in->opcode = in->bytes[in->at + 4];
    in->at += 5;
}

static void take_prefixes(instruction *in)
{
    for (; in->at < INSTRUCTION_MAX; in->at++) {
        switch (in->bytes[in->at]) {
        case 0x66:
            in->operand16 = true;
            continue;
        case 0xf3:
            in->rep_f3 = true;
            continue;
        case 0xf2:
            in->rep_f2 = true;
            continue;
        case 0x64:
            in->segment_base = "fs_base";
            continue;
        case 0x65:
            in->segment_base = "gs_base";
            continue;
        case 0x26: /* segments that have no meaning here, and lock */
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0xf0:
            continue;
        }
        break;
    }
}

static void take_opcode(instruction *in)
{
    take_prefixes(in);
    if (in->bytes[in->at] == 0xc4 || in->bytes[in->at] == 0xc5) {
        take_vex(in);
        return;
    }
    if (in->bytes[in->at] == 0x62) {
        take_evex(in);
        return;
    }
    if ((in->bytes[in->at] & 0xf0) == 0x40)
        in->rex = in->bytes[in->at++] & 0xf;
    in->opcode = in->bytes[in->at++];
    if (in->opcode != 0x0f)
        return;
    in->map = 1;
    in->opcode = in->bytes[in->at++];
    if (in->opcode == 0x38 || in->opcode == 0x3a) {
        in->map = in->opcode == 0x38 ? 2 : 3;
        in->opcode = in->bytes[in->at++];
    }
}

/* ---- tables ---- */

/* Opcodes, as ranges. */
typedef struct range {
    uint8_t first, last;
} range;

static bool in_ranges(uint8_t opcode, const range *ranges)
{
    for (; ranges->last != 0; ranges++) {
        if (opcode >= ranges->first && opcode <= ranges->last)
            return true;
    }
    return false;
}

static bool has_modrm(const instruction *in)
{
    /* Of one byte; the arithmetic below 0x40 comes in eights, of which four have an operand. */
    static const range kOne[] = {{0x63, 0x63}, {0x69, 0x69}, {0x6b, 0x6b}, {0x80, 0x8f},
                                 {0xc0, 0xc1}, {0xc6, 0xc7}, {0xd0, 0xd3}, {0xd8, 0xdf},
                                 {0xf6, 0xf7}, {0xfe, 0xff}, {0, 0}};
    static const range kTwoWithout[] = {{0x05, 0x0b}, {0x0e, 0x0e}, {0x30, 0x37}, {0x77, 0x77}, {0x80, 0x8f},
                                        {0xa0, 0xa2}, {0xa8, 0xaa}, {0xc8, 0xcf}, {0, 0}};
    if (in->map == 0)
        return (in->opcode < 0x40 && (in->opcode & 7) < 4) || in_ranges(in->opcode, kOne);
    return in->map != 1 || !in_ranges(in->opcode, kTwoWithout);
}

/* Bytes of the number behind the operand: an address relative to rip counts from the instruction's end. */
static size_t immediate_size(const instruction *in)
{
    static const range kOneByte[] = {{0x6b, 0x6b}, {0x80, 0x80}, {0x82, 0x83},
                                     {0xc0, 0xc1}, {0xc6, 0xc6}, {0, 0}};
    static const range kTwoByte[] = {{0x70, 0x73}, {0xa4, 0xa4}, {0xac, 0xac}, {0xba, 0xba},
                                     {0xc2, 0xc2}, {0xc4, 0xc6}, {0, 0}};
    size_t full = in->operand16 ? 2 : 4;
    int extension = (in->modrm >> 3) & 7;
    switch (in->map) {
    case 0:
        if (in->opcode == 0xf6)
            return extension < 2 ? 1 : 0;
        if (in->opcode == 0xf7)
            return extension < 2 ? full : 0;
        if (in->opcode == 0x69 || in->opcode == 0x81 || in->opcode == 0xc7)
            return full;
        return in_ranges(in->opcode, kOneByte) ? 1 : 0;
    case 1:
        return in_ranges(in->opcode, kTwoByte) ? 1 : 0;
    default:
        return in->map == 3 ? 1 : 0;
    }
}

static bool stores_one_byte(uint8_t opcode, int extension)
{
    static const range kStores[] = {{0x86, 0x89}, {0x8c, 0x8c}, {0x8f, 0x8f}, {0xc0, 0xc1},
                                    {0xc6, 0xc7}, {0xd0, 0xd3}, {0, 0}};
    if (opcode < 0x38)
        return (opcode & 7) < 2;
    if (opcode >= 0x80 && opcode <= 0x83)
        return extension != 7; /* cmp */
    if (opcode == 0xf6 || opcode == 0xf7)
        return extension == 2 || extension == 3; /* not, neg */
    if (opcode == 0xfe || opcode == 0xff)
        return extension < 2;                                  /* inc, dec */
    if (opcode >= 0xd9 && opcode <= 0xdf && (opcode & 1) != 0) /* x87's stores */
        return extension == 2 || extension == 3 || extension == 7 || (extension == 6 && opcode != 0xdb) ||
               (extension == 1 && opcode != 0xd9);
    return in_ranges(opcode, kStores);
}

static bool stores(const instruction *in)
{
    static const range kTwoByte[] = {{0x11, 0x11}, {0x13, 0x13}, {0x17, 0x17}, {0x29, 0x29}, {0x2b, 0x2b},
                                     {0x7f, 0x7f}, {0x90, 0x9f}, {0xa4, 0xa5}, {0xab, 0xad}, {0xb0, 0xb1},
                                     {0xb3, 0xb3}, {0xbb, 0xbb}, {0xc0, 0xc1}, {0xc3, 0xc3}, {0xc7, 0xc7},
                                     {0xd6, 0xd6}, {0xe7, 0xe7}, {0, 0}};
    static const range kExtracts[] = {{0x14, 0x17}, {0x19, 0x19}, {0x1d, 0x1d}, {0x39, 0x39}, {0, 0}};
    int extension = (in->modrm >> 3) & 7;
    switch (in->map) {
    case 0:
        return stores_one_byte(in->opcode, extension);
    case 1:
        if (in->opcode == 0x7e) /* movd, movq: with f3 it loads */
            return !in->rep_f3;
        if (in->opcode == 0xba)
            return extension >= 5;
        if (in->opcode == 0xae)
            return extension == 0 || extension == 3 || extension == 4 || extension == 6;
        return in_ranges(in->opcode, kTwoByte);
    case 2:
        return in->opcode == 0xf1 && !in->rep_f2;
    default:
        return in_ranges(in->opcode, kExtracts);
    }
}

/* ---- operands ---- */

/* Whether an EVEX instruction's memory operand is a whole vector: all that the string functions of C
 * libraries use. */
static bool is_whole_vector(const instruction *in)
{
    static const range kOne[] = {{0x28, 0x29}, {0x2b, 0x2b}, {0x54, 0x57}, {0x64, 0x66}, {0x6f, 0x6f},
                                 {0x74, 0x76}, {0x7f, 0x7f}, {0xd8, 0xdf}, {0xe7, 0xe8}, {0xeb, 0xec},
                                 {0xef, 0xef}, {0xf8, 0xfe}, {0, 0}};
    static const range kTwo[] = {{0x00, 0x00}, {0x26, 0x27}, {0x38, 0x3f}, {0, 0}};
    static const range kThree[] = {{0x0f, 0x0f}, {0x1e, 0x1f}, {0x25, 0x25}, {0x3e, 0x3f}, {0, 0}};
    if (in->broadcasts)
        return false;
    if (in->map == 1 && (in->opcode == 0x10 || in->opcode == 0x11))
        return !in->rep_f2 && !in->rep_f3;
    return in_ranges(in->opcode, in->map == 1 ? kOne : in->map == 2 ? kTwo : kThree);
}

/* The address that ModRM and what follows it name. Its mode is not 3. */
static hdbg_address operand_address(instruction *in)
{
    unsigned mode = in->modrm >> 6, base = in->modrm & 7;
    bool relative = mode == 0 && base == 5, no_base = false;
    hdbg_address address = 0;

    if (base == RSP) {
        uint8_t sib = in->bytes[in->at++];
        unsigned index = ((sib >> 3) & 7) | ((in->rex & 2u) << 2);
        base = sib & 7;
        no_base = mode == 0 && base == 5;
        if (index != RSP)
            address = numbered_register(in, index) << (sib >> 6);
    }
    if (!relative && !no_base)
        address += numbered_register(in, base | ((in->rex & 1u) << 3));
    size_t size = mode == 1 ? 1 : mode == 2 || relative || no_base ? 4 : 0;
    uint64_t scale = size == 1 && in->evex_vector != 0 ? in->evex_vector : 1;
    if (size != 0)
        address += (uint64_t)signed_at(in, in->at, size) * scale;
    in->at += size;
    if (relative)
        address += in->pc + in->at + immediate_size(in);
    uint64_t segment = 0;
    if (in->segment_base != NULL)
        hdbg_thread_register_u64(in->thread, in->segment_base, &segment);
    return address + segment;
}

static void add(memory_access *accesses, size_t *count, access_kind kind, hdbg_address address)
{
    if (*count < ACCESS_CANDIDATES)
        accesses[(*count)++] = (memory_access){.kind = kind, .has_address = true, .address = address};
}

/* Instructions that access memory without naming it. */
static void implied_accesses(const instruction *in, memory_access *accesses, size_t *count)
{
    hdbg_address sp = numbered_register(in, RSP);
    uint8_t opcode = in->opcode;
    int extension = (in->modrm >> 3) & 7;
    if (in->map != 0)
        return;
    if ((opcode & 0xfe) == 0xa4 || (opcode & 0xfe) == 0xa6) { /* movs, cmps */
        add(accesses, count, opcode < 0xa6 ? ACCESS_WRITE : ACCESS_READ, numbered_register(in, RDI));
        add(accesses, count, ACCESS_READ, numbered_register(in, RSI));
    } else if ((opcode & 0xfe) == 0xaa || (opcode & 0xfe) == 0xae) { /* stos, scas */
        add(accesses, count, opcode < 0xae ? ACCESS_WRITE : ACCESS_READ, numbered_register(in, RDI));
    } else if ((opcode & 0xfe) == 0xac) { /* lods */
        add(accesses, count, ACCESS_READ, numbered_register(in, RSI));
    } else if ((opcode & 0xf8) == 0x50 || opcode == 0x68 || opcode == 0x6a ||
               opcode == 0xe8) { /* push, call */
        add(accesses, count, ACCESS_WRITE, sp - 8);
    } else if (opcode == 0xff && (extension == 2 || extension == 6)) { /* call, push */
        add(accesses, count, ACCESS_WRITE, sp - 8);
    } else if ((opcode & 0xf8) == 0x58 || (opcode & 0xfe) == 0xc2) { /* pop, ret */
        add(accesses, count, ACCESS_READ, sp);
    } else if (opcode == 0xc9) { /* leave */
        add(accesses, count, ACCESS_READ, numbered_register(in, RBP));
    } else if (opcode >= 0xa0 && opcode <= 0xa3) { /* mov with a whole address */
        uint64_t address;
        memcpy(&address, in->bytes + in->at, sizeof(address));
        add(accesses, count, opcode < 0xa2 ? ACCESS_READ : ACCESS_WRITE, address);
    }
}

static void note_division(const instruction *in, memory_access *first)
{
    if (in->map != 0 || (in->opcode & 0xfe) != 0xf6 || ((in->modrm >> 3) & 7) < 6)
        return;
    first->divides = true;
    if ((in->modrm >> 6) != 3 || in->opcode == 0xf6)
        return;
    first->has_divisor = true;
    first->divisor = numbered_register(in, (in->modrm & 7) | ((in->rex & 1u) << 3));
    if ((in->rex & 8) == 0)
        first->divisor &= in->operand16 ? 0xffff : 0xffffffff;
}

size_t access_decode(hdbg_thread *thread, const hdbg_cpu_state *registers, memory_access *accesses)
{
    instruction in = {.thread = thread, .registers = registers};
    size_t got, count = 0;

    memset(accesses, 0, ACCESS_CANDIDATES * sizeof(*accesses));
    if (registers->arch != HDBG_ARCH_X86_64)
        return 0;
    in.pc = hdbg_cpu_state_role(registers, HDBG_ROLE_PC);
    if (hdbg_memory_read(hdbg_thread_team(thread), in.pc, in.bytes, INSTRUCTION_MAX, &got) < 0 && got == 0)
        return 0;
    take_opcode(&in);
    if (has_modrm(&in)) {
        in.modrm = in.bytes[in.at++];
        bool no_access = in.map == 0 && in.opcode == 0x8d; /* lea */
        bool no_scale = in.evex_vector != 0 && (in.modrm >> 6) == 1 && !is_whole_vector(&in);
        if ((in.modrm >> 6) != 3 && !no_access && !no_scale)
            add(accesses, &count, stores(&in) ? ACCESS_WRITE : ACCESS_READ, operand_address(&in));
    }
    if (!in.vex)
        implied_accesses(&in, accesses, &count);
    note_division(&in, &accesses[0]);
    return count;
}

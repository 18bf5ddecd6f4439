/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Zydis decodes the instruction, the thread's registers give its operands their addresses.
 */
#include "access.h"

#include <haikudbg/memory.h>
#include <haikudbg/registers.h>

#include <Zydis/Zydis.h>
#include <string.h>

typedef struct instruction {
    hdbg_thread *thread;
    hdbg_address pc;
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
} instruction;

static bool decode(instruction *in)
{
    uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZydisDecoder decoder;
    size_t got = 0;
    /* The instruction may be the last before an unmapped page: fewer bytes will do. */
    hdbg_memory_read(hdbg_thread_team(in->thread), in->pc, bytes, sizeof(bytes), &got);
    return ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, got, &in->decoded, in->operands));
}

static uint64_t low_bits(uint64_t value, unsigned bits)
{
    return bits < 64 ? value & (((uint64_t)1 << bits) - 1) : value;
}

static bool read_register(const instruction *in, ZydisRegister reg, uint64_t *value)
{
    /* Where the next instruction is. */
    if (reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP) {
        *value = in->pc + in->decoded.length;
        return true;
    }
    ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    if (hdbg_thread_register_u64(in->thread, ZydisRegisterGetString(whole), value) != HDBG_OK)
        return false;
    if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH)
        *value >>= 8;
    *value = low_bits(*value, ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, reg));
    return true;
}

/* The address that a memory operand names; false if a register that it takes is not to be had. */
static bool operand_address(const instruction *in, const ZydisDecodedOperand *operand, hdbg_address *address)
{
    uint64_t base = 0, index = 0, segment = 0;
    if (operand->mem.base != ZYDIS_REGISTER_NONE && !read_register(in, operand->mem.base, &base))
        return false;
    if (operand->mem.index != ZYDIS_REGISTER_NONE && !read_register(in, operand->mem.index, &index))
        return false;
    if (operand->mem.segment == ZYDIS_REGISTER_FS || operand->mem.segment == ZYDIS_REGISTER_GS) {
        bool fs = operand->mem.segment == ZYDIS_REGISTER_FS;
        if (hdbg_thread_register_u64(in->thread, fs ? "fs_base" : "gs_base", &segment) != HDBG_OK)
            return false;
    }
    *address = base + index * operand->mem.scale + (uint64_t)operand->mem.disp.value;
    *address = low_bits(*address, in->decoded.address_width) + segment;
    return true;
}

static memory_access access_of(const instruction *in, const ZydisDecodedOperand *operand)
{
    bool writes = (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    memory_access access = {.kind = writes ? ACCESS_WRITE : ACCESS_READ};
    access.has_address = operand_address(in, operand, &access.address);
    /* What a push or a call writes lies below the stack pointer. */
    if (writes && operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN &&
        operand->mem.base == ZYDIS_REGISTER_RSP)
        access.address -= operand->size / 8;
    return access;
}

static void note_division(const instruction *in, memory_access *first)
{
    const ZydisDecodedOperand *divisor = &in->operands[0];
    if (in->decoded.mnemonic != ZYDIS_MNEMONIC_DIV && in->decoded.mnemonic != ZYDIS_MNEMONIC_IDIV)
        return;
    first->divides = true;
    if (divisor->type == ZYDIS_OPERAND_TYPE_REGISTER)
        first->has_divisor = read_register(in, divisor->reg.value, &first->divisor);
    else
        first->has_divisor =
            first->has_address && hdbg_memory_read(hdbg_thread_team(in->thread), first->address,
                                                   &first->divisor, divisor->size / 8, NULL) == HDBG_OK;
}

size_t access_decode(hdbg_thread *thread, const hdbg_cpu_state *registers, memory_access *accesses)
{
    instruction in = {.thread = thread, .pc = hdbg_cpu_state_role(registers, HDBG_ROLE_PC)};
    size_t count = 0;

    memset(accesses, 0, ACCESS_CANDIDATES * sizeof(*accesses));
    if (registers->arch != HDBG_ARCH_X86_64 || !decode(&in))
        return 0;
    for (size_t i = 0; i < in.decoded.operand_count && count < ACCESS_CANDIDATES; i++) {
        /* Not those that only name an address (lea), nor those that name a vector of them (gather). */
        if (in.operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            in.operands[i].mem.type == ZYDIS_MEMOP_TYPE_MEM)
            accesses[count++] = access_of(&in, &in.operands[i]);
    }
    note_division(&in, &accesses[0]);
    return count;
}

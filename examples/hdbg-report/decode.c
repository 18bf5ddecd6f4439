/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Zydis decodes instructions, the thread's registers give their operands addresses and values.
 */
#include "decode.h"

#include <Zydis/Zydis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LINES_BEFORE = 6,
    LINES_AFTER = 6,
    FUNCTION_MAX = 64 * 1024 /* how far before the instruction its function may begin */
};

typedef struct instruction {
    hdbg_thread *thread;
    hdbg_address pc;
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
} instruction;

static bool decode_bytes(instruction *in, const uint8_t *bytes, size_t size)
{
    ZydisDecoder decoder;
    return ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, size, &in->decoded, in->operands));
}

/* Zeros would be instructions that write to [rax]. No compiler makes them; they are memory that a core file
 * does not hold. */
static bool is_blank(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && bytes[at] == 0)
        at++;
    return at == size;
}

static bool decode(instruction *in)
{
    uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    size_t got = 0;
    /* The instruction may be the last before an unmapped page: fewer bytes will do. */
    hdbg_memory_read(hdbg_thread_team(in->thread), in->pc, bytes, sizeof(bytes), &got);
    return !is_blank(bytes, got) && decode_bytes(in, bytes, got);
}

/* ---- operands ---- */

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
    const char *name = ZydisRegisterGetString(whole);
    if (name == NULL || hdbg_thread_register_u64(in->thread, name, value) != HDBG_OK)
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

/* What the processor wants an operand's address to be a multiple of, by the instruction's class. */
static unsigned needed_alignment(const instruction *in, const ZydisDecodedOperand *operand)
{
    unsigned size = operand->size / 8;
    switch (in->decoded.meta.exception_class) {
    case ZYDIS_EXCEPTION_CLASS_SSE1:
    case ZYDIS_EXCEPTION_CLASS_SSE2:
    case ZYDIS_EXCEPTION_CLASS_AVX1:
    case ZYDIS_EXCEPTION_CLASS_E1:
        return size;
    case ZYDIS_EXCEPTION_CLASS_SSE4:
        switch (in->decoded.mnemonic) {
        case ZYDIS_MNEMONIC_MOVUPS:
        case ZYDIS_MNEMONIC_MOVUPD:
        case ZYDIS_MNEMONIC_MOVDQU:
        case ZYDIS_MNEMONIC_LDDQU:
        case ZYDIS_MNEMONIC_PCMPESTRI:
        case ZYDIS_MNEMONIC_PCMPESTRM:
        case ZYDIS_MNEMONIC_PCMPISTRI:
        case ZYDIS_MNEMONIC_PCMPISTRM:
            return 0;
        default:
            return size;
        }
    default:
        return 0;
    }
}

static memory_access access_of(const instruction *in, const ZydisDecodedOperand *operand)
{
    bool writes = (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    memory_access access = {.kind = writes ? ACCESS_WRITE : ACCESS_READ, .size = operand->size / 8};
    access.has_address = operand_address(in, operand, &access.address);
    access.alignment = needed_alignment(in, operand);
    if (operand->mem.base != ZYDIS_REGISTER_NONE && operand->mem.base != ZYDIS_REGISTER_RIP &&
        read_register(in, operand->mem.base, &access.base_value))
        access.base = ZydisRegisterGetString(operand->mem.base);
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

/* Not those that only name an address (lea), nor those that name a vector of them (gather). */
static bool is_memory(const ZydisDecodedOperand *operand)
{
    return operand->type == ZYDIS_OPERAND_TYPE_MEMORY && operand->mem.type == ZYDIS_MEMOP_TYPE_MEM;
}

size_t access_decode(hdbg_thread *thread, const hdbg_cpu_state *registers, memory_access *accesses)
{
    instruction in = {.thread = thread, .pc = hdbg_cpu_state_role(registers, HDBG_ROLE_PC)};
    size_t count = 0;

    memset(accesses, 0, ACCESS_CANDIDATES * sizeof(*accesses));
    if (registers->arch != HDBG_ARCH_X86_64 || !decode(&in))
        return 0;
    for (size_t i = 0; i < in.decoded.operand_count && count < ACCESS_CANDIDATES; i++) {
        if (is_memory(&in.operands[i]))
            accesses[count++] = access_of(&in, &in.operands[i]);
    }
    note_division(&in, &accesses[0]);
    return count;
}

/* ---- simple functions ---- */

hdbg_address constant_result(hdbg_team *team, hdbg_address function)
{
    uint8_t code[64];
    size_t got = 0;
    hdbg_address result = 0;
    instruction in = {.pc = function};

    hdbg_memory_read(team, function, code, sizeof(code), &got);
    for (size_t at = 0; at < got && decode_bytes(&in, code + at, got - at); at += in.decoded.length) {
        const ZydisDecodedOperand *to = &in.operands[0], *from = &in.operands[1];
        switch (in.decoded.mnemonic) {
        case ZYDIS_MNEMONIC_LEA:
            if (result != 0 || to->reg.value != ZYDIS_REGISTER_RAX || from->mem.base != ZYDIS_REGISTER_RIP)
                return 0;
            result = function + at + in.decoded.length + (uint64_t)from->mem.disp.value;
            break;
        case ZYDIS_MNEMONIC_MOV: /* what an unoptimised function keeps in its frame */
            if (to->type == ZYDIS_OPERAND_TYPE_REGISTER && to->reg.value != ZYDIS_REGISTER_RBP)
                return 0;
            break;
        case ZYDIS_MNEMONIC_ENDBR64:
        case ZYDIS_MNEMONIC_PUSH:
        case ZYDIS_MNEMONIC_POP:
        case ZYDIS_MNEMONIC_LEAVE:
            break;
        case ZYDIS_MNEMONIC_RET:
            return result;
        default:
            return 0;
        }
    }
    return 0;
}

/* ---- disassembly ---- */

static const char *operand_text(struct facts *facts, const instruction *in,
                                const ZydisDecodedOperand *operand)
{
    uint64_t value = 0;
    hdbg_address address;

    /* What a register held that is only written says nothing of the instruction. */
    if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
        (operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0 &&
        read_register(in, operand->reg.value, &value))
        return pool_format(facts->pool, "%s = 0x%" PRIx64, ZydisRegisterGetString(operand->reg.value), value);
    if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY || !operand_address(in, operand, &address))
        return "";
    if (!is_memory(operand))
        return pool_format(facts->pool, "address 0x%" PRIx64, address);
    if (facts_area_at(facts, address) == NULL)
        return pool_format(facts->pool, "[0x%" PRIx64 "] is in no area", address);
    size_t size = operand->size / 8;
    if (size > sizeof(value) || hdbg_memory_read(facts->team, address, &value, size, NULL) != HDBG_OK)
        return pool_format(facts->pool, "[0x%" PRIx64 "]", address);
    return pool_format(facts->pool, "[0x%" PRIx64 "] = 0x%" PRIx64, address, value);
}

/* What a push, a call or a return does to the stack it does not name. */
static const char *stack_operand_text(struct facts *facts, const instruction *in,
                                      const ZydisDecodedOperand *operand)
{
    if (!is_memory(operand) || operand->mem.base != ZYDIS_REGISTER_RSP)
        return "";
    memory_access access = access_of(in, operand);
    const hdbg_area_info *area = access.has_address ? facts_area_at(facts, access.address) : NULL;
    if (!access.has_address)
        return "";
    return pool_format(facts->pool, "%s the stack at 0x%" PRIx64 "%s",
                       access.kind == ACCESS_WRITE ? "writes to" : "reads from", access.address,
                       area == NULL ? ", which is in no area" : "");
}

static const char *operands_text(struct facts *facts, const instruction *in)
{
    const char *text = "";
    for (size_t i = 0; i < in->decoded.operand_count_visible; i++) {
        const char *operand = operand_text(facts, in, &in->operands[i]);
        if (*operand != '\0')
            text = pool_format(facts->pool, "%s%s%s", text, *text == '\0' ? "" : ", ", operand);
    }
    for (size_t i = in->decoded.operand_count_visible; i < in->decoded.operand_count; i++) {
        const char *operand = stack_operand_text(facts, in, &in->operands[i]);
        if (*operand != '\0')
            text = pool_format(facts->pool, "%s%s%s", text, *text == '\0' ? "" : ", ", operand);
    }
    return text;
}

/* Where a call or jump goes to, by name. */
static const char *target_text(struct facts *facts, const instruction *in)
{
    ZyanU64 target;
    if (in->operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE || !in->operands[0].imm.is_relative ||
        !ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&in->decoded, &in->operands[0], in->pc, &target)))
        return "";
    hdbg_symbol symbol = {.size = sizeof(symbol)};
    if (hdbg_symbol_at(facts->team, target, &symbol) != HDBG_OK)
        return "";
    return symbol.offset == 0
               ? pool_format(facts->pool, "  <%s>", symbol.name)
               : pool_format(facts->pool, "  <%s + 0x%" PRIx64 ">", symbol.name, symbol.offset);
}

static void add_line(struct facts *facts, const instruction *in, const uint8_t *bytes, bool current)
{
    char text[256];
    ZydisFormatter formatter;
    code_facts *line = &facts->code[facts->code_count++];

    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE, ZYDIS_PADDING_DISABLED);
    if (!ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &in->decoded, in->operands,
                                                      in->decoded.operand_count_visible, text, sizeof(text),
                                                      in->pc, NULL)))
        snprintf(text, sizeof(text), "?");
    line->address = in->pc;
    line->size = in->decoded.length;
    memcpy(line->bytes, bytes, line->size);
    line->text = pool_format(facts->pool, "%s%s", text, target_text(facts, in));
    line->current = current;
    line->operands = current ? operands_text(facts, in) : "";
}

/* From the function's start on, since nobody can tell where an instruction begins going backwards; the last
 * few before the current one are kept. */
static void add_lines_before(struct facts *facts, hdbg_address pc, uint64_t back)
{
    static uint8_t code[FUNCTION_MAX];
    hdbg_address starts[LINES_BEFORE];
    size_t count = 0, got = 0, at = 0;
    instruction in = {.thread = facts->threads[0].thread};

    hdbg_memory_read(facts->team, pc - back, code, back, &got);
    while (at < got && decode_bytes(&in, code + at, got - at)) {
        starts[count++ % LINES_BEFORE] = at;
        at += in.decoded.length;
    }
    if (at != back) /* something in between is no code */
        return;
    for (size_t i = count > LINES_BEFORE ? count - LINES_BEFORE : 0; i < count; i++) {
        at = starts[i % LINES_BEFORE];
        in.pc = pc - back + at;
        if (decode_bytes(&in, code + at, got - at))
            add_line(facts, &in, code + at, false);
    }
}

void code_gather(struct facts *facts)
{
    const thread_facts *thread = &facts->threads[0];
    uint8_t code[(LINES_AFTER + 1) * ZYDIS_MAX_INSTRUCTION_LENGTH];
    size_t got = 0;

    facts->code = pool_array(facts->pool, LINES_BEFORE + LINES_AFTER + 1, sizeof(*facts->code));
    if (facts->code == NULL || !thread->has_registers || thread->registers.arch != HDBG_ARCH_X86_64)
        return;
    instruction in = {.thread = thread->thread, .pc = hdbg_cpu_state_role(&thread->registers, HDBG_ROLE_PC)};
    if (!is_code(facts, in.pc))
        return;
    hdbg_memory_read(facts->team, in.pc, code, sizeof(code), &got);
    if (is_blank(code, got))
        return;
    const place_facts *place = place_at(facts, in.pc, true);
    if (place->has_symbol && place->offset > 0 && place->offset < FUNCTION_MAX)
        add_lines_before(facts, in.pc, place->offset);
    for (size_t at = 0, i = 0; i <= LINES_AFTER && at < got; i++) {
        if (!decode_bytes(&in, code + at, got - at))
            break;
        add_line(facts, &in, code + at, i == 0);
        at += in.decoded.length;
        in.pc += in.decoded.length;
    }
}

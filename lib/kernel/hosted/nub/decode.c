/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What an x86_64 instruction is that is to be stepped out of line, by Zydis.
 */
#include "kernel/hosted/nub/decode.h"

#include <Zydis/Zydis.h>

static uint8_t kind_of(ZydisMnemonic name)
{
    switch (name) {
    case ZYDIS_MNEMONIC_CALL:
        return DECODED_CALL;
    case ZYDIS_MNEMONIC_PUSHF:
    case ZYDIS_MNEMONIC_PUSHFQ:
        return DECODED_PUSHF;
    case ZYDIS_MNEMONIC_SYSCALL:
        return DECODED_SYSCALL;
    default:
        return DECODED_OTHER;
    }
}

bool instruction_decode(const uint8_t *bytes, size_t size, decoded_instruction *out)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction found;
    if (!ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) ||
        !ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, bytes, size, &found)))
        return false;
    *out = (decoded_instruction){.length = found.length, .kind = kind_of(found.mnemonic)};
    if (found.raw.imm[0].is_relative) {
        out->is_branch = true;
        out->distance = found.raw.imm[0].value.s;
        out->distance_at = found.raw.imm[0].offset;
        out->distance_bits = found.raw.imm[0].size;
    } else if (found.attributes & ZYDIS_ATTRIB_IS_RELATIVE) {
        out->reads_near = true;
        out->displacement = found.raw.disp.value;
        out->displacement_at = found.raw.disp.offset;
        out->displacement_bits = found.raw.disp.size;
    }
    return true;
}

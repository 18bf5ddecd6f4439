/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The conversion between the structs of wire.h and the library's own, and the lists of the inner structs.
 */
#include "nub/layout.h"

#include "base/fail.h"

#include <stdbool.h>
#include <string.h>

static const hdbg_arch kArchs[LAYOUT_COUNT] = {
    [LAYOUT_X86_64] = HDBG_ARCH_X86_64,
    [LAYOUT_X86] = HDBG_ARCH_X86,
    [LAYOUT_ARM64] = HDBG_ARCH_ARM64,
    [LAYOUT_RISCV64] = HDBG_ARCH_RISCV64,
};

#define HANDLER(kind, field, member) LAYOUT_FIELD(kind, sigaction, field, hdbg_signal_handler, member)
static const struct layout_field kSigaction[] = {
    HANDLER(LAYOUT_UNSIGNED, sa_handler, handler),
    HANDLER(LAYOUT_UNSIGNED, sa_mask, mask),
    HANDLER(LAYOUT_SIGNED, sa_flags, flags),
    HANDLER(LAYOUT_UNSIGNED, sa_userdata, user_data),
};
const struct layout_struct hdbg_layout_sigaction = LAYOUT_OF(sigaction, kSigaction);

#define INFO(kind, field, member) LAYOUT_FIELD(kind, siginfo, field, hdbg_siginfo, member)
static const struct layout_field kSiginfo[] = {
    INFO(LAYOUT_SIGNED, si_signo, signal),  INFO(LAYOUT_SIGNED, si_code, code),
    INFO(LAYOUT_SIGNED, si_errno, error),   INFO(LAYOUT_SIGNED, si_pid, team),
    INFO(LAYOUT_UNSIGNED, si_uid, user),    INFO(LAYOUT_UNSIGNED, si_addr, address),
    INFO(LAYOUT_SIGNED, si_status, status), INFO(LAYOUT_SIGNED, si_band, band),
    INFO(LAYOUT_UNSIGNED, si_value, value),
};
const struct layout_struct hdbg_layout_siginfo = LAYOUT_OF(siginfo, kSiginfo);

#define IMAGE(kind, field, member) LAYOUT_FIELD(kind, image_info, field, hdbg_image_info, member)
static const struct layout_field kImageInfo[] = {
    IMAGE(LAYOUT_SIGNED, id, id),
    IMAGE(LAYOUT_SIGNED, type, type),
    IMAGE(LAYOUT_SIGNED, sequence, sequence),
    IMAGE(LAYOUT_SIGNED, init_order, init_order),
    IMAGE(LAYOUT_UNSIGNED, init_routine, init_routine),
    IMAGE(LAYOUT_UNSIGNED, term_routine, term_routine),
    IMAGE(LAYOUT_SIGNED, device, device),
    IMAGE(LAYOUT_SIGNED, node, node),
    IMAGE(LAYOUT_TEXT, name, path),
    IMAGE(LAYOUT_UNSIGNED, text, text),
    IMAGE(LAYOUT_UNSIGNED, data, data),
    IMAGE(LAYOUT_UNSIGNED, text_size, text_size),
    IMAGE(LAYOUT_UNSIGNED, data_size, data_size),
    IMAGE(LAYOUT_SIGNED, api_version, api_version),
    IMAGE(LAYOUT_SIGNED, abi, abi),
};
const struct layout_struct hdbg_layout_image_info = LAYOUT_OF(image_info, kImageInfo);

int hdbg_layout_index(hdbg_arch arch)
{
    for (int i = 0; i < LAYOUT_COUNT; i++) {
        if (kArchs[i] == arch)
            return i;
    }
    return -1;
}

/* An integer of 1, 4 or 8 bytes, extended to 64 bits. All processors that Haiku runs on are little-endian
 * here. */
static uint64_t load(const void *from, size_t size, bool sign)
{
    if (size == 8) {
        uint64_t value;
        memcpy(&value, from, sizeof value);
        return value;
    }
    if (size == 4) {
        uint32_t value;
        memcpy(&value, from, sizeof value);
        return sign ? (uint64_t)(int64_t)(int32_t)value : value;
    }
    return *(const uint8_t *)from;
}

static void store(void *to, size_t size, uint64_t value)
{
    if (size == 8) {
        memcpy(to, &value, sizeof value);
    } else if (size == 4) {
        uint32_t narrow = (uint32_t)value;
        memcpy(to, &narrow, sizeof narrow);
    } else {
        *(uint8_t *)to = (uint8_t)value;
    }
}

static void decode_text(const char *wire, size_t wire_size, char *host, size_t host_size)
{
    size_t length = strnlen(wire, wire_size < host_size ? wire_size : host_size - 1);
    if (length >= host_size)
        length = host_size - 1;
    memcpy(host, wire, length);
    host[length] = '\0';
}

static void decode_cpu(int index, const void *wire, size_t size, hdbg_cpu_state *state)
{
    state->arch = (uint32_t)kArchs[index];
    state->size = (uint32_t)size;
    state->reserved = 0;
    memcpy(state->data, wire, size);
}

void hdbg_layout_decode(const struct layout_struct *layout, int index, const void *wire, void *host)
{
    const uint8_t *bytes = wire;
    for (uint16_t i = 0; i < layout->count; i++) {
        const struct layout_field *field = &layout->fields[i];
        const uint8_t *from = bytes + field->offset[index];
        uint8_t *to = (uint8_t *)host + field->host_offset;
        size_t size = field->size[index];
        switch ((enum layout_kind)field->kind) {
        case LAYOUT_UNSIGNED:
        case LAYOUT_SIGNED:
            store(to, field->host_size, load(from, size, field->kind == LAYOUT_SIGNED));
            break;
        case LAYOUT_FLAG:
            store(to, field->host_size, *from != 0);
            break;
        case LAYOUT_TEXT:
            decode_text((const char *)from, size, (char *)to, field->host_size);
            break;
        case LAYOUT_BYTES:
            memcpy(to, from, size);
            break;
        case LAYOUT_CPU:
            decode_cpu(index, from, size, (hdbg_cpu_state *)(void *)to);
            break;
        case LAYOUT_STRUCT:
            hdbg_layout_decode(field->inner, index, from, to);
            break;
        }
    }
}

/* An empty state is one of zeros: who plays a nub need not make one up. */
static hdbg_status encode_cpu(int index, const hdbg_cpu_state *state, void *wire, size_t size)
{
    if (state->size == 0 && state->arch == HDBG_ARCH_UNKNOWN)
        return HDBG_OK;
    if (state->arch != (uint32_t)kArchs[index] || state->size != size)
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot encode a CPU state of %u bytes of processor %u: processor %d has %zu bytes",
                         state->size, state->arch, (int)kArchs[index], size);
    memcpy(wire, state->data, size);
    return HDBG_OK;
}

static hdbg_status encode_field(const struct layout_field *field, int index, const uint8_t *from, uint8_t *to)
{
    size_t size = field->size[index];
    switch ((enum layout_kind)field->kind) {
    case LAYOUT_UNSIGNED:
    case LAYOUT_SIGNED:
        store(to, size, load(from, field->host_size, field->kind == LAYOUT_SIGNED));
        break;
    case LAYOUT_FLAG:
        *to = load(from, field->host_size, false) != 0;
        break;
    case LAYOUT_TEXT:
        decode_text((const char *)from, field->host_size, (char *)to, size);
        break;
    case LAYOUT_BYTES:
        memcpy(to, from, size);
        break;
    case LAYOUT_CPU:
        return encode_cpu(index, (const hdbg_cpu_state *)(const void *)from, to, size);
    case LAYOUT_STRUCT:
        return hdbg_layout_encode(field->inner, index, from, to);
    }
    return HDBG_OK;
}

hdbg_status hdbg_layout_encode(const struct layout_struct *layout, int index, const void *host, void *wire)
{
    memset(wire, 0, layout->size[index]);
    for (uint16_t i = 0; i < layout->count; i++) {
        const struct layout_field *field = &layout->fields[i];
        hdbg_status status = encode_field(field, index, (const uint8_t *)host + field->host_offset,
                                          (uint8_t *)wire + field->offset[index]);
        if (status != HDBG_OK)
            return status;
    }
    return HDBG_OK;
}

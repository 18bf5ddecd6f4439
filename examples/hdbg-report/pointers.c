/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What addresses point at: those in the registers, and those on the stack.
 */
#include "facts.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum {
    WORDS_SHOWN = 32,
    STRING_MIN = 4, /* shorter ones are found in any data */
    STRING_SHOWN = 48,
    FIRST_PAGE = 4096
};

/* A text in C's notation, if there is one at the address. */
static const char *string_at(struct facts *facts, hdbg_address address)
{
    char text[STRING_SHOWN + 1], quoted[2 * STRING_SHOWN + 1];
    size_t length = 0, used = 0;
    hdbg_status status = hdbg_memory_read_string(facts->team, address, text, sizeof(text), &length);
    if ((status != HDBG_OK && status != HDBG_BUFFER_OVERFLOW) || strlen(text) < STRING_MIN)
        return NULL;
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (!isprint(byte) && byte != '\n' && byte != '\t')
            return NULL;
        if (byte == '"' || byte == '\\' || byte == '\n' || byte == '\t')
            quoted[used++] = '\\';
        quoted[used++] = byte == '\n' ? 'n' : byte == '\t' ? 't' : *at;
    }
    quoted[used] = '\0';
    return pool_format(facts->pool, "\"%s\"%s", quoted, status == HDBG_OK ? "" : "...");
}

/* The thread whose stack an area is, or NULL. */
static const thread_facts *stack_owner(const struct facts *facts, const hdbg_area_info *area)
{
    for (size_t i = 0; i < facts->thread_count; i++) {
        const thread_facts *thread = &facts->threads[i];
        if (thread->has_registers &&
            hdbg_cpu_state_role(&thread->registers, HDBG_ROLE_SP) - area->address < area->length)
            return thread;
        /* One that has overflowed points below it. */
        if (area->address < thread->info.stack_end && area->address + area->length > thread->info.stack_base)
            return thread;
    }
    return NULL;
}

static const char *symbol_text(struct facts *facts, const hdbg_image_info *image, hdbg_address address,
                               bool code)
{
    hdbg_symbol symbol = {.size = sizeof(symbol)};
    const char *name = symbol.name, *slash = strrchr(image->path, '/');
    if (code) {
        const place_facts *place = place_at(facts, address, true);
        if (!place->has_symbol)
            return NULL;
        name = place->function;
        symbol.offset = place->offset;
    } else if (hdbg_symbol_at(facts->team, address, &symbol) != HDBG_OK) {
        return NULL;
    }
    const char *file = slash != NULL ? slash + 1 : image->path;
    return symbol.offset == 0
               ? pool_format(facts->pool, "%s (%s)", name, file)
               : pool_format(facts->pool, "%s + 0x%" PRIx64 " (%s)", name, symbol.offset, file);
}

const char *points_at(struct facts *facts, uint64_t value)
{
    const hdbg_area_info *area = value < FIRST_PAGE ? NULL : facts_area_at(facts, value);
    if (area == NULL)
        return "";
    bool code = (area->protection & HDBG_AREA_EXECUTE) != 0;
    const hdbg_image_info *image = hdbg_image_list_find(facts->image_list, value);
    const char *symbol = image != NULL ? symbol_text(facts, image, value, code) : NULL;
    const char *string = code ? NULL : string_at(facts, value);
    const thread_facts *owner = image != NULL ? NULL : stack_owner(facts, area);

    if (symbol != NULL && string != NULL)
        return pool_format(facts->pool, "%s, %s", symbol, string);
    if (symbol != NULL || string != NULL)
        return symbol != NULL ? symbol : string;
    if (owner == &facts->threads[0])
        return "its stack";
    if (owner != NULL)
        return pool_format(facts->pool, "the stack of thread %" PRId32, owner->info.thread);
    const char *name = area_name(area)[0] != '\0' ? area_name(area) : "an area";
    return value == area->address ? pool_format(facts->pool, "%s, its start", name)
                                  : pool_format(facts->pool, "%s + 0x%" PRIx64, name, value - area->address);
}

static bool is_shown(const hdbg_register *reg)
{
    return (reg->set == HDBG_REGISTERS_GENERAL || reg->set == HDBG_REGISTERS_SEGMENT) &&
           reg->size <= sizeof(uint64_t);
}

static void gather_registers(struct facts *facts, const thread_facts *thread)
{
    size_t count = 0;
    const hdbg_register *registers = hdbg_arch_registers((hdbg_arch)thread->registers.arch, &count);
    facts->registers = pool_array(facts->pool, count + 1, sizeof(*facts->registers));
    for (size_t i = 0; facts->registers != NULL && i < count; i++) {
        uint64_t value = 0;
        if (!is_shown(&registers[i]) ||
            hdbg_cpu_state_get(&thread->registers, &registers[i], &value, sizeof(value)) != HDBG_OK)
            continue;
        register_facts *to = &facts->registers[facts->register_count++];
        bool is_pointer =
            registers[i].set == HDBG_REGISTERS_GENERAL && registers[i].kind != HDBG_REGISTER_FLAGS;
        *to = (register_facts){
            .reg = &registers[i], .value = value, .points_at = is_pointer ? points_at(facts, value) : ""};
    }
}

static void gather_words(struct facts *facts, const thread_facts *thread)
{
    hdbg_address sp = hdbg_cpu_state_role(&thread->registers, HDBG_ROLE_SP);
    size_t word = hdbg_arch_address_size((hdbg_arch)thread->registers.arch), got = 0;
    uint8_t bytes[WORDS_SHOWN * sizeof(uint64_t)];

    facts->words = pool_array(facts->pool, WORDS_SHOWN, sizeof(*facts->words));
    if (facts->words == NULL || word == 0)
        return;
    hdbg_memory_read(facts->team, sp, bytes, WORDS_SHOWN * word, &got);
    for (size_t at = 0; at + word <= got; at += word) {
        uint64_t value = 0;
        memcpy(&value, bytes + at, word); /* all processors that are known are little-endian, as we are */
        facts->words[facts->word_count++] =
            (word_facts){.address = sp + at, .value = value, .points_at = points_at(facts, value)};
    }
}

void pointers_gather(struct facts *facts)
{
    const thread_facts *thread = &facts->threads[0];
    if (!thread->has_registers)
        return;
    gather_registers(facts, thread);
    gather_words(facts, thread);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Arguments and results of system calls in words: numbers, names of flags, texts and bytes as C writes them,
 * structs.
 */
#include "trace.h"

#include <inttypes.h>
#include <string.h>

enum { STRUCTS_SHOWN = 32, STRINGS_SHOWN = 32 };

/* ---- bytes ---- */

static void add_escaped(struct text *text, const uint8_t *bytes, size_t size)
{
    static const char kEscaped[] = "\n\r\t\v\f\"\\", kLetters[] = "nrtvf\"\\";
    for (size_t i = 0; i < size;) {
        size_t run = i;
        while (run < size && bytes[run] >= ' ' && bytes[run] < 0x7f && bytes[run] != '"' &&
               bytes[run] != '\\')
            run++;
        text_add_bytes(text, (const char *)bytes + i, run - i);
        i = run;
        if (i == size)
            break;
        const char *escaped = bytes[i] != 0 ? strchr(kEscaped, bytes[i]) : NULL;
        bool digit_follows = i + 1 < size && bytes[i + 1] >= '0' && bytes[i + 1] <= '9';
        if (escaped != NULL)
            text_add(text, "\\%c", kLetters[escaped - kEscaped]);
        else
            text_add(text, digit_follows ? "\\%03o" : "\\%o", bytes[i]);
        i++;
    }
}

void decode_bytes(struct text *text, const uint8_t *bytes, size_t size, bool more)
{
    text_add_bytes(text, "\"", 1);
    add_escaped(text, bytes, size);
    text_add_bytes(text, "\"...", more ? 4 : 1);
}

static void add_address(struct text *text, uint64_t address)
{
    if (address == 0)
        text_add_bytes(text, "NULL", 4);
    else
        text_add(text, "0x%" PRIx64, address);
}

/* A text that ends with a NUL, up to `limit` bytes of it. */
static void add_string(struct text *text, const hdbg_traced *traced, uint64_t address, size_t limit)
{
    const void *bytes = NULL;
    size_t size = hdbg_traced_memory(traced, address, &bytes);
    if (size == 0) {
        add_address(text, address);
        return;
    }
    const void *end = memchr(bytes, 0, size);
    size_t length = end != NULL ? (size_t)((const uint8_t *)end - (const uint8_t *)bytes) : size;
    decode_bytes(text, bytes, length < limit ? length : limit, length > limit || end == NULL);
}

static void add_data(struct text *text, const hdbg_traced *traced, uint64_t address, uint64_t length,
                     size_t limit)
{
    const void *bytes = NULL;
    size_t size = hdbg_traced_memory(traced, address, &bytes);
    size_t shown = length < limit ? (size_t)length : limit;
    if (length == 0 && address != 0)
        text_add_bytes(text, "\"\"", 2);
    else if (size < shown || size == 0)
        add_address(text, address);
    else
        decode_bytes(text, bytes, shown, length > shown);
}

/* ---- numbers ---- */

static uint64_t mask_of(const hdbg_value_name *name)
{
    return name->mask != 0 ? name->mask : UINT64_MAX;
}

static void add_flags(struct text *text, const hdbg_value_name *names, uint64_t value)
{
    uint64_t rest = value;
    size_t before = text->length;
    for (const hdbg_value_name *n = names; n != NULL && n->name != NULL; n++) {
        uint64_t mask = mask_of(n);
        if ((value & mask) != n->value || (rest & n->value) != n->value)
            continue;
        text_add(text, "%s%s", text->length > before ? "|" : "", n->name);
        rest &= ~mask;
    }
    if (rest != 0)
        text_add(text, "%s0x%" PRIx64, text->length > before ? "|" : "", rest);
    else if (text->length == before)
        text_add_bytes(text, "0", 1);
}

static const char *value_name(const hdbg_value_name *names, uint64_t value)
{
    for (const hdbg_value_name *n = names; n != NULL && n->name != NULL; n++) {
        if (n->value == value)
            return n->name;
    }
    return NULL;
}

/* A file's kind by its name, and its permissions. */
static void add_mode(struct text *text, const hdbg_value_name *names, uint32_t value)
{
    for (const hdbg_value_name *n = names; n != NULL && n->name != NULL; n++) {
        if ((value & n->mask) == n->value && n->value != 0) {
            text_add(text, "%s|", n->name);
            value &= ~(uint32_t)n->mask;
        }
    }
    text_add(text, "%#" PRIo32, value);
}

/* A descriptor's path (-y). */
struct search {
    int64_t number;
    struct text *text;
};

static int show_path(void *context, const hdbg_detail *detail)
{
    struct search *search = context;
    if (detail->number != search->number)
        return 0;
    text_add_bytes(search->text, "<", 1);
    add_escaped(search->text, (const uint8_t *)detail->text, strlen(detail->text));
    text_add_bytes(search->text, ">", 1);
    return 1;
}

static void add_descriptor(struct trace *trace, hdbg_team *team, struct text *text, int32_t number)
{
    struct search search = {number, text};
    text_add(text, "%" PRId32, number);
    if (trace->options.paths && number >= 0)
        hdbg_team_details_visit(team, HDBG_DETAIL_FILE, show_path, &search);
}

static void add_number(struct trace *trace, hdbg_team *team, struct text *text, int32_t kind,
                       const hdbg_value_name *names, uint64_t value)
{
    const char *name = NULL;
    switch (kind) {
    case HDBG_ARGUMENT_INT:
        text_add(text, "%" PRId32, (int32_t)value);
        break;
    case HDBG_ARGUMENT_UINT:
        text_add(text, "%" PRIu32, (uint32_t)value);
        break;
    case HDBG_ARGUMENT_LONG:
        text_add(text, "%" PRId64, (int64_t)value);
        break;
    case HDBG_ARGUMENT_SIZE:
        text_add(text, "%" PRIu64, value);
        break;
    case HDBG_ARGUMENT_HEX:
        text_add(text, value == 0 ? "0" : "0x%" PRIx64, value);
        break;
    case HDBG_ARGUMENT_MODE:
        add_mode(text, names, (uint32_t)value);
        break;
    case HDBG_ARGUMENT_DESCRIPTOR:
        name = value_name(names, (uint64_t)(int64_t)(int32_t)value);
        if (name != NULL)
            text_add(text, "%s", name);
        else
            add_descriptor(trace, team, text, (int32_t)value);
        break;
    case HDBG_ARGUMENT_FLAGS:
        add_flags(text, names, (uint32_t)value);
        break;
    case HDBG_ARGUMENT_VALUE:
        name = value_name(names, value);
        if (name == NULL)
            name = value_name(names, (uint32_t)value);
        if (name != NULL)
            text_add(text, "%s", name);
        else
            text_add(text, value == 0 ? "0" : "0x%" PRIx64, value);
        break;
    default:
        add_address(text, value);
        break;
    }
}

/* ---- structs ---- */

static void add_field(struct trace *trace, hdbg_team *team, struct text *text, const hdbg_field *field,
                      const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    if (field->name[0] != '\0')
        text_add(text, "%s=", field->name);
    if (field->offset + (size_t)field->bytes > size) {
        text_add_bytes(text, "?", 1);
        return;
    }
    bytes += field->offset;
    if (field->kind == HDBG_ARGUMENT_DATA || field->kind == HDBG_ARGUMENT_STRING) {
        const void *end = field->kind == HDBG_ARGUMENT_STRING ? memchr(bytes, 0, field->bytes) : NULL;
        decode_bytes(text, bytes, end != NULL ? (size_t)((const uint8_t *)end - bytes) : field->bytes, false);
        return;
    }
    memcpy(&value, bytes, field->bytes < sizeof value ? field->bytes : sizeof value);
    if (field->kind == HDBG_ARGUMENT_INT || field->kind == HDBG_ARGUMENT_DESCRIPTOR)
        value = (uint64_t)(int64_t)(int32_t)value;
    add_number(trace, team, text, field->kind, field->names, value);
}

static void add_struct(struct trace *trace, hdbg_team *team, struct text *text, const hdbg_argument *argument,
                       const uint8_t *bytes, size_t size)
{
    bool bare = argument->fields[0].name[0] == '\0';
    size_t shown = 0;
    text_add_bytes(text, bare ? "[" : "{", 1);
    for (const hdbg_field *f = argument->fields; f->name != NULL; f++) {
        shown += f->bytes;
        if (f != argument->fields)
            text_add_bytes(text, ", ", 2);
        add_field(trace, team, text, f, bytes, size);
    }
    if (!bare && shown < argument->bytes)
        text_add_bytes(text, ", ...", 5);
    text_add_bytes(text, bare ? "]" : "}", 1);
}

static void add_structs(struct trace *trace, hdbg_team *team, struct text *text,
                        const hdbg_argument *argument, const hdbg_traced *traced, uint64_t address,
                        uint64_t count)
{
    const void *bytes = NULL;
    size_t size = hdbg_traced_memory(traced, address, &bytes), one = argument->bytes;
    uint64_t shown = count < STRUCTS_SHOWN ? count : STRUCTS_SHOWN;
    if (shown * one > size || one == 0) {
        add_address(text, address);
        return;
    }
    text_add_bytes(text, "[", 1);
    for (uint64_t i = 0; i < shown; i++) {
        if (i > 0)
            text_add_bytes(text, ", ", 2);
        add_struct(trace, team, text, argument, (const uint8_t *)bytes + i * one, one);
    }
    text_add(text, "%s]", shown < count ? ", ..." : "");
}

/* ---- arrays ---- */

/* The word at an address, if it was read. */
static bool word_at(const hdbg_traced *traced, uint64_t address, size_t word, uint64_t *value)
{
    const void *bytes = NULL;
    *value = 0;
    if (hdbg_traced_memory(traced, address, &bytes) < word)
        return false;
    memcpy(value, bytes, word);
    return true;
}

static size_t word_of(hdbg_team *team)
{
    return hdbg_team_arch(team) == HDBG_ARCH_X86 ? 4 : 8;
}

static void add_strings(struct trace *trace, hdbg_team *team, struct text *text,
                        const hdbg_argument *argument, const hdbg_traced *traced, uint64_t address)
{
    size_t word = word_of(team), count = 0, shown = trace->options.whole ? SIZE_MAX : STRINGS_SHOWN;
    uint64_t value;
    bool listed = !(argument->flags & HDBG_ARGUMENT_ENVIRONMENT) || trace->options.whole;
    if (!word_at(traced, address, word, &value)) {
        add_address(text, address);
        return;
    }
    if (listed)
        text_add_bytes(text, "[", 1);
    while (word_at(traced, address + count * word, word, &value) && value != 0) {
        if (listed && count == shown)
            text_add_bytes(text, ", ...", 5);
        if (listed && count < shown) {
            if (count > 0)
                text_add_bytes(text, ", ", 2);
            add_string(text, traced, value, trace->options.limit);
        }
        count++;
    }
    if (listed)
        text_add_bytes(text, "]", 1);
    else
        text_add(text, "0x%" PRIx64 " /* %zu var%s */", address, count, count == 1 ? "" : "s");
}

static void add_vectors(struct trace *trace, hdbg_team *team, struct text *text, const hdbg_traced *traced,
                        uint64_t address, uint64_t count, uint64_t total)
{
    size_t word = word_of(team);
    uint64_t base, length;
    uint64_t shown = count < STRUCTS_SHOWN ? count : STRUCTS_SHOWN;
    if (count > 0 && !word_at(traced, address, word, &base)) {
        add_address(text, address);
        return;
    }
    text_add_bytes(text, "[", 1);
    for (uint64_t i = 0; i < shown; i++) {
        if (!word_at(traced, address + 2 * i * word, word, &base) ||
            !word_at(traced, address + (2 * i + 1) * word, word, &length))
            break;
        text_add(text, "%s{iov_base=", i > 0 ? ", " : "");
        add_data(text, traced, base, length < total ? length : total, trace->options.limit);
        text_add(text, ", iov_len=%" PRIu64 "}", length);
        total -= length < total ? length : total;
    }
    text_add(text, "%s]", shown < count ? ", ..." : "");
}

/* ---- arguments ---- */

static void add_argument(struct trace *trace, hdbg_team *team, struct text *text,
                         const hdbg_argument *argument, const hdbg_traced *traced, uint64_t value)
{
    bool counted = argument->length >= 0 && argument->length < HDBG_TRACE_ARGUMENTS;
    uint64_t done = argument->flags & HDBG_ARGUMENT_COUNT ? (uint64_t)traced->result : UINT64_MAX;
    uint64_t length = counted ? traced->arguments[argument->length] : done;
    const void *bytes = NULL;
    bool failed = argument->flags & HDBG_ARGUMENT_OUT && traced->result < 0;
    if (failed && argument->kind >= HDBG_ARGUMENT_PATH) {
        add_address(text, value);
        return;
    }
    switch (argument->kind) {
    case HDBG_ARGUMENT_PATH:
        add_string(text, traced, value, 4096);
        break;
    case HDBG_ARGUMENT_STRING:
        add_string(text, traced, value, trace->options.limit);
        break;
    case HDBG_ARGUMENT_STRINGS:
        add_strings(trace, team, text, argument, traced, value);
        break;
    case HDBG_ARGUMENT_DATA:
        add_data(text, traced, value, length < done ? length : done, trace->options.limit);
        break;
    case HDBG_ARGUMENT_STRUCT:
        if (hdbg_traced_memory(traced, value, &bytes) >= argument->bytes)
            add_struct(trace, team, text, argument, bytes, argument->bytes);
        else
            add_address(text, value);
        break;
    case HDBG_ARGUMENT_STRUCTS:
        add_structs(trace, team, text, argument, traced, value, length);
        break;
    case HDBG_ARGUMENT_VECTORS:
        add_vectors(trace, team, text, traced, value, length, done);
        break;
    default:
        add_number(trace, team, text, argument->kind, argument->names, value);
        break;
    }
}

int decode_arguments(struct trace *trace, hdbg_team *team, struct text *text, const hdbg_syscall *call,
                     const hdbg_traced *traced, int first, bool after)
{
    int count = call->argument_count, i = first;
    if (count > HDBG_TRACE_ARGUMENTS)
        count = HDBG_TRACE_ARGUMENTS;
    for (; i < count; i++) {
        const hdbg_argument *a = &call->arguments[i];
        if ((a->flags & HDBG_ARGUMENT_OUT) && !after)
            return i;
        if (a->condition >= 0 && !(traced->arguments[a->condition] & a->condition_bits))
            continue;
        if (i > 0)
            text_add_bytes(text, ", ", 2);
        add_argument(trace, team, text, a, traced, traced->arguments[i]);
    }
    for (; count < 0 && i < 6; i++) /* nobody knows how many there are */
        text_add(text, i > 0 ? ", %#" PRIx64 : "%#" PRIx64, traced->arguments[i]);
    return i;
}

void decode_result(struct trace *trace, hdbg_team *team, struct text *text, const hdbg_syscall *call,
                   const hdbg_traced *traced)
{
    const char *words = "",
               *name = traced->result < 0 ? hdbg_syscall_error(team, traced->result, &words) : NULL;
    if (name != NULL)
        text_add(text, "-1 %s (%s)", name, words);
    else if (call->result == HDBG_ARGUMENT_ADDRESS && traced->result == 0)
        text_add_bytes(text, "0", 1);
    else
        add_number(trace, team, text, call->result, NULL, (uint64_t)traced->result);
}

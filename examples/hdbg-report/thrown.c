/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The C++ exception that nobody caught: its type and what it says, of the Itanium ABI's objects in memory.
 *
 * The runtime's list of exceptions (__cxa_get_globals()) is thread-local, and where that is depends on the
 * C library. The exception itself is easier to find: a terminating thread has its address on the stack, and
 * its header begins with the runtime's name, "GNUCC++\0". Before the header are the fields of
 * __cxa_exception, behind it is the object that was thrown. The same holds on Haiku and in a core file.
 *
 * what() is not called: no code runs in a team that has crashed. The texts of the standard library's classes
 * are read from their fields; a what() that only returns a constant is read from its instructions.
 */
#include "decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    STACK_SEARCHED = 64 * 1024,
    WORD = 8, /* of a 64-bit processor: others are not looked at */
    HEADER_ALIGNMENT = 16,
    /* From _Unwind_Exception: back to __cxa_exception.exceptionType, on to the object. */
    TYPE_BEFORE_HEADER = 80,
    COUNT_BEFORE_HEADER = 96, /* __cxa_refcounted_exception begins there */
    OBJECT_BEHIND_HEADER = 32,
    BASES_MAX = 16,
    WHAT_SLOT = 2, /* of std::exception's virtual functions: two destructors come first */
    TEXT_MAX = 400
};

/* Numbers of eight characters, the first one in the highest byte. */
static const uint64_t kClass = UINT64_C(0x474e5543432b2b00), kDependentClass = UINT64_C(0x474e5543432b2b01);

static bool read_word(const struct facts *facts, hdbg_address address, uint64_t *word)
{
    return hdbg_memory_read(facts->team, address, word, sizeof(*word), NULL) == HDBG_OK;
}

static const char *read_text(struct facts *facts, hdbg_address address)
{
    char text[TEXT_MAX];
    if (hdbg_memory_read_string(facts->team, address, text, sizeof(text), NULL) == HDBG_BAD_ADDRESS)
        return NULL;
    return pool_copy(facts->pool, text);
}

/* Whether an exception's header is at an address; of std::rethrow_exception()'s, which only refers to another
 * one, that other one. 0: none is. */
static hdbg_address header_at(const struct facts *facts, hdbg_address address)
{
    uint64_t name, object;
    if (!read_word(facts, address, &name))
        return 0;
    if (name == kClass)
        return address;
    if (name == kDependentClass && read_word(facts, address - TYPE_BEFORE_HEADER, &object))
        return object - OBJECT_BEHIND_HEADER;
    return 0;
}

/* The header of the exception that the stack knows of; 0 if there is none. The runtime keeps the address of
 * the header, or of what lies before or behind it. */
static hdbg_address find_header(const struct facts *facts)
{
    static const int kHeaderBehind[] = {0, -OBJECT_BEHIND_HEADER, TYPE_BEFORE_HEADER, COUNT_BEFORE_HEADER};
    static uint8_t stack[STACK_SEARCHED];
    const thread_facts *thread = &facts->threads[0];
    size_t got = 0;
    uint64_t word;

    hdbg_memory_read(facts->team, hdbg_cpu_state_role(&thread->registers, HDBG_ROLE_SP), stack, sizeof(stack),
                     &got);
    for (size_t at = 0; at + WORD <= got; at += WORD) {
        memcpy(&word, stack + at, WORD);
        const hdbg_area_info *area = word % HEADER_ALIGNMENT == 0 ? facts_area_at(facts, word) : NULL;
        if (area == NULL || (area->protection & HDBG_AREA_WRITE) == 0)
            continue;
        for (size_t i = 0; i < sizeof(kHeaderBehind) / sizeof(*kHeaderBehind); i++) {
            hdbg_address header = header_at(facts, word + (hdbg_address)(int64_t)kHeaderBehind[i]);
            if (header != 0)
                return header;
        }
    }
    return 0;
}

/* ---- types ---- */

/* A std::type_info's name, as the compiler has mangled it. */
static bool type_name(const struct facts *facts, hdbg_address type, char *name, size_t size)
{
    uint64_t text;
    return read_word(facts, type + WORD, &text) &&
           hdbg_memory_read_string(facts->team, text + 0, name, size, NULL) == HDBG_OK && *name != '\0';
}

static const char *demangled_type(struct facts *facts, const char *name)
{
    static const char kPrefix[] = "typeinfo for ";
    char mangled[600], shown[600];
    snprintf(mangled, sizeof(mangled), "_ZTI%s", *name == '*' ? name + 1 : name);
    hdbg_symbol_demangle(mangled, shown, sizeof(shown));
    bool known = strncmp(shown, kPrefix, sizeof(kPrefix) - 1) == 0;
    return pool_copy(facts->pool, known ? shown + sizeof(kPrefix) - 1 : name);
}

/* Which kind of std::type_info this is, by the symbol of its virtual table. */
static bool is_type_info(const struct facts *facts, hdbg_address type, const char *kind)
{
    uint64_t table;
    hdbg_symbol symbol = {.size = sizeof(symbol)};
    return read_word(facts, type, &table) && hdbg_symbol_at(facts->team, table, &symbol) == HDBG_OK &&
           strstr(symbol.raw_name, kind) != NULL;
}

/* Looks for a base class by its mangled name, the class itself included. *offset: of its part in the object.
 */
static bool has_base(const struct facts *facts, hdbg_address type, const char *wanted, uint64_t *offset,
                     int depth)
{
    char name[512];
    uint64_t base, flags, count = 0;

    if (depth == BASES_MAX || !type_name(facts, type, name, sizeof(name)))
        return false;
    if (strcmp(name, wanted) == 0)
        return true;
    if (is_type_info(facts, type, "__si_class_type_info"))
        return read_word(facts, type + 2 * WORD, &base) && has_base(facts, base, wanted, offset, depth + 1);
    if (!is_type_info(facts, type, "__vmi_class_type_info") || !read_word(facts, type + 2 * WORD, &count))
        return false;
    count >>= 32; /* behind 32 bits of flags */
    for (uint64_t i = 0; i < count && i < BASES_MAX; i++) {
        hdbg_address at = type + (3 + 2 * i) * WORD;
        uint64_t inner = 0;
        if (!read_word(facts, at, &base) || !read_word(facts, at + WORD, &flags))
            return false;
        bool is_virtual = (flags & 1) != 0;
        if (!is_virtual && has_base(facts, base, wanted, &inner, depth + 1)) {
            *offset += (flags >> 8) + inner;
            return true;
        }
    }
    return false;
}

/* ---- what it says ---- */

static const char *what_of_exception(struct facts *facts, hdbg_address type, hdbg_address object)
{
    static const char *const kWithText[] = {"St13runtime_error", "St11logic_error"};
    uint64_t offset, text, table, function;

    /* A pointer to the text is all that these have. */
    for (size_t i = 0; i < sizeof(kWithText) / sizeof(*kWithText); i++) {
        offset = 0;
        if (has_base(facts, type, kWithText[i], &offset, 0))
            return read_word(facts, object + offset + WORD, &text) ? read_text(facts, text) : NULL;
    }
    offset = 0;
    if (!has_base(facts, type, "St9exception", &offset, 0) || !read_word(facts, object + offset, &table) ||
        !read_word(facts, table + WHAT_SLOT * WORD, &function))
        return NULL;
    hdbg_address constant = constant_result(facts->team, function);
    return constant != 0 ? read_text(facts, constant) : NULL;
}

static const char *what_of_value(struct facts *facts, const char *name, hdbg_address object)
{
    uint64_t word;
    if (!read_word(facts, object, &word))
        return NULL;
    if (strcmp(name, "PKc") == 0 || strcmp(name, "Pc") == 0)
        return read_text(facts, word);
    if (strcmp(name, "NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE") == 0)
        return read_text(facts, word);
    if (strcmp(name, "i") == 0)
        return pool_format(facts->pool, "%" PRId32, (int32_t)word);
    if (strcmp(name, "j") == 0)
        return pool_format(facts->pool, "%" PRIu32, (uint32_t)word);
    if (strcmp(name, "l") == 0 || strcmp(name, "x") == 0)
        return pool_format(facts->pool, "%" PRId64, (int64_t)word);
    if (strcmp(name, "m") == 0 || strcmp(name, "y") == 0)
        return pool_format(facts->pool, "%" PRIu64, word);
    return NULL;
}

void thrown_find(struct facts *facts)
{
    const thread_facts *thread = &facts->threads[0];
    char name[512];
    uint64_t type;

    if (!thread->has_registers || hdbg_arch_address_size((hdbg_arch)thread->registers.arch) != WORD)
        return;
    hdbg_address header = find_header(facts);
    if (header == 0 || !read_word(facts, header - TYPE_BEFORE_HEADER, &type) ||
        !type_name(facts, type, name, sizeof(name)))
        return;
    facts->thrown.type = demangled_type(facts, name);
    facts->thrown.what = what_of_value(facts, name, header + OBJECT_BEHIND_HEADER);
    if (facts->thrown.what == NULL)
        facts->thrown.what = what_of_exception(facts, type, header + OBJECT_BEHIND_HEADER);
}

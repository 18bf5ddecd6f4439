/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Names: of functions with their namespaces and classes, of types as C and C++ write them.
 */
#include "dwarf/worker/dies.h"

#include <dwarf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

/* A text that is full ends with dots, and takes no more. */
static void text_bytes(name_text *t, const char *what, size_t size)
{
    size_t room = t->capacity - 1 - t->size;
    size_t copied = size < room ? size : room;
    memcpy(t->bytes + t->size, what, copied);
    t->size += copied;
    t->bytes[t->size] = '\0';
    if (size > room && t->size >= 3)
        memcpy(t->bytes + t->size - 3, "...", 3);
}

static int text_is_full(const name_text *t)
{
    return t->size + 1 >= t->capacity;
}

void text_add(name_text *t, const char *what)
{
    if (!text_is_full(t))
        text_bytes(t, what, strlen(what));
}

void text_format(name_text *t, const char *format, ...)
{
    char buffer[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    text_add(t, buffer);
}

static char text_last(const name_text *t)
{
    return t->size != 0 ? t->bytes[t->size - 1] : '\0';
}

int die_inherited(const die *it, attribute name, die *owner)
{
    *owner = *it;
    for (int i = 0; i < DEPTH_MAX; i++) {
        if (die_has(owner, name))
            return 1;
        die next;
        if (die_follow(owner, AT_ABSTRACT_ORIGIN, &next) != 1 &&
            die_follow(owner, AT_SPECIFICATION, &next) != 1)
            return 0;
        *owner = next;
    }
    return 0;
}

/* What an entry is a copy or the definition of, to the end: where it was declared. */
static void declared(const die *it, die *first)
{
    *first = *it;
    for (int i = 0; i < DEPTH_MAX; i++) {
        die next;
        /* A type that is in a unit of its own is declared without a name. */
        if (die_follow(first, AT_ABSTRACT_ORIGIN, &next) != 1 &&
            die_follow(first, AT_SPECIFICATION, &next) != 1 &&
            (die_has(first, AT_NAME) || die_follow(first, AT_SIGNATURE, &next) != 1))
            return;
        *first = next;
    }
}

/* ---- qualified names ---- */

/* GCC's names of base types, and what everybody writes. The longer ones first. */
static const struct base_name {
    const char *from, *to;
} kBaseNames[] = {
    {"long long unsigned int", "unsigned long long"}, {"long long int", "long long"},
    {"long unsigned int", "unsigned long"},           {"long int", "long"},
    {"short unsigned int", "unsigned short"},         {"short int", "short"},
};

static int is_in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A name, base types in it (it may be one, or a template's) as they are written. */
static void add_canonical(name_text *t, const char *name)
{
    const char *from = name;
    for (const char *at = name; *at != '\0'; at++) {
        if ((*at != 'l' && *at != 's') || (at != name && is_in_word(at[-1])))
            continue;
        for (size_t i = 0; i < sizeof kBaseNames / sizeof *kBaseNames; i++) {
            size_t size = strlen(kBaseNames[i].from);
            if (strncmp(at, kBaseNames[i].from, size) != 0 || is_in_word(at[size]))
                continue;
            if (!text_is_full(t))
                text_bytes(t, from, (size_t)(at - from));
            text_add(t, kBaseNames[i].to);
            from = at + size;
            at = from - 1;
            break;
        }
    }
    text_add(t, from);
}

/* The scope that an entry is in. @return 1, or 0 if it is in none. */
static int scope_of(const die *it, die *scope)
{
    dwarf_unit *u = it->unit;
    if (!unit_scan(u) && u->scope_count == 0)
        return 0;
    uint64_t at = it->offset - u->offset;
    size_t low = 0, high = u->scope_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (u->scopes[middle].begin < at)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t found = (uint32_t)low;
    while (found != 0 && u->scopes[found - 1].end <= at)
        found = u->scopes[found - 1].parent;
    return found != 0 && die_read(u, u->offset + u->scopes[found - 1].begin, scope) == 1;
}

static int is_c(const dwarf_unit *unit)
{
    return unit->language == DW_LANG_C || unit->language == DW_LANG_C89 || unit->language == DW_LANG_C99 ||
           unit->language == DW_LANG_C11 || unit->language == DW_LANG_Mips_Assembler ||
           unit->language == 0x2c /* C17 */ || unit->language == 0x3e /* C23 */;
}

static void qualify(name_text *t, const die *it, int depth)
{
    die first, scope;
    if (depth >= DEPTH_MAX || text_is_full(t))
        return;
    size_t start = t->size;
    declared(it, &first);
    if (!is_c(first.unit) && scope_of(&first, &scope) && scope.tag != DW_TAG_subprogram &&
        scope.tag != DW_TAG_enumeration_type) {
        size_t before = t->size;
        qualify(t, &scope, depth + 1);
        if (t->size != before)
            text_add(t, "::");
    }
    const char *name = die_string(&first, AT_NAME);
    if (name != NULL)
        add_canonical(t, name);
    else if (first.tag == DW_TAG_namespace)
        text_add(t, "(anonymous namespace)");
    else if (depth > 0)
        t->size = start,
        t->bytes[start] = '\0'; /* what is in a class without a name is called as if in none */
}

void name_scope(name_text *t, const die *it)
{
    die first, scope;
    declared(it, &first);
    if (!is_c(first.unit) && scope_of(&first, &scope) && scope.tag != DW_TAG_subprogram) {
        qualify(t, &scope, 1);
        if (t->size != 0)
            text_add(t, "::");
    }
}

void name_qualified(name_text *t, const die *it)
{
    die named;
    if (die_inherited(it, AT_NAME, &named))
        qualify(t, it, 0);
}

/* ---- types ---- */

static void name_prefix(name_text *t, const die *type, int depth);
static void name_suffix(name_text *t, const die *type, int depth);

static int is_qualifier(uint16_t tag)
{
    return tag == DW_TAG_const_type || tag == DW_TAG_volatile_type || tag == DW_TAG_restrict_type ||
           tag == DW_TAG_atomic_type;
}

static int is_pointer(uint16_t tag)
{
    return tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
           tag == DW_TAG_rvalue_reference_type || tag == DW_TAG_ptr_to_member_type;
}

/* The type that an entry refers to. @return 0: void. */
static int target_of(const die *type, die *target)
{
    return die_follow(type, AT_TYPE, target) == 1;
}

/* What is behind qualifiers. @return its tag, 0 for void. */
static uint16_t bare_tag(const die *type)
{
    die it = *type;
    for (int i = 0; i < DEPTH_MAX && is_qualifier(it.tag); i++) {
        die next;
        if (!target_of(&it, &next))
            return 0;
        it = next;
    }
    return it.tag;
}

static void prefix_of_target(name_text *t, const die *type, int depth)
{
    die target;
    if (target_of(type, &target))
        name_prefix(t, &target, depth + 1);
    else
        text_add(t, "void");
}

/* Whether an array's elements have a qualifier: that is the array's, too, and is written once. */
static int elements_have(const die *type, uint16_t qualifier)
{
    die it = *type;
    int is_array = 0;
    if (bare_tag(type) != DW_TAG_array_type)
        return 0;
    for (int i = 0; i < DEPTH_MAX; i++) {
        die next;
        if (is_array && it.tag == qualifier)
            return 1;
        if ((!is_qualifier(it.tag) && it.tag != DW_TAG_array_type) || !target_of(&it, &next))
            return 0;
        is_array |= it.tag == DW_TAG_array_type;
        it = next;
    }
    return 0;
}

/* What is behind an entry's qualifiers, and which those are: as they are written, whatever the order of their
 * entries. @return 0: void is behind them. */
static int behind_qualifiers(const die *type, die *target, char *words, size_t size)
{
    static const struct {
        uint16_t tag;
        const char *word;
    } kQualifiers[] = {{DW_TAG_const_type, "const"},
                       {DW_TAG_volatile_type, "volatile"},
                       {DW_TAG_restrict_type, "restrict"},
                       {DW_TAG_atomic_type, "_Atomic"}};
    unsigned found = 0;
    int has_target = 1;
    *target = *type;
    for (int i = 0; i < DEPTH_MAX && has_target && is_qualifier(target->tag); i++) {
        die next;
        for (unsigned k = 0; k < 4; k++)
            found |= (unsigned)(target->tag == kQualifiers[k].tag && !elements_have(target, target->tag))
                     << k;
        has_target = target_of(target, &next);
        if (has_target)
            *target = next;
    }
    words[0] = '\0';
    for (unsigned k = 0; k < 4; k++) {
        if (found >> k & 1)
            snprintf(words + strlen(words), size - strlen(words), "%s%s", words[0] != '\0' ? " " : "",
                     kQualifiers[k].word);
    }
    return has_target;
}

static void prefix_of_qualified(name_text *t, const die *type, int depth)
{
    char words[64];
    die target;
    int has_target = behind_qualifiers(type, &target, words, sizeof words);
    int is_behind = has_target && is_pointer(target.tag);
    if (words[0] != '\0' && !is_behind)
        text_format(t, "%s ", words);
    if (has_target)
        name_prefix(t, &target, depth + 1);
    else
        text_add(t, "void");
    if (words[0] != '\0' && is_behind)
        text_format(t, " %s", words);
}

static void prefix_of_pointer(name_text *t, const die *type, int depth)
{
    die target, class;
    uint16_t tag = target_of(type, &target) ? bare_tag(&target) : 0;
    prefix_of_target(t, type, depth);
    if (tag == DW_TAG_subroutine_type || tag == DW_TAG_array_type)
        text_add(t, text_last(t) == ')' ? "(" : " (");
    else if (text_last(t) != '*' && text_last(t) != '&' && text_last(t) != '(')
        text_add(t, " ");
    if (type->tag == DW_TAG_ptr_to_member_type && die_follow(type, AT_CONTAINING_TYPE, &class) == 1) {
        name_prefix(t, &class, depth + 1);
        text_add(t, "::");
    }
    text_add(t, type->tag == DW_TAG_reference_type          ? "&"
                : type->tag == DW_TAG_rvalue_reference_type ? "&&"
                                                            : "*");
}

static void prefix_of_named(name_text *t, const die *type)
{
    die named;
    declared(type, &named);
    const char *keyword = named.tag == DW_TAG_structure_type     ? "struct"
                          : named.tag == DW_TAG_class_type       ? "class"
                          : named.tag == DW_TAG_union_type       ? "union"
                          : named.tag == DW_TAG_enumeration_type ? "enum"
                                                                 : NULL;
    int has_name = die_has(&named, AT_NAME);
    if (keyword != NULL && (is_c(type->unit) || !has_name)) {
        text_add(t, keyword);
        text_add(t, has_name ? " " : " {...}");
    }
    if (has_name)
        qualify(t, &named, 0);
    else if (keyword == NULL)
        text_add(t, "?");
}

static void name_prefix(name_text *t, const die *type, int depth)
{
    if (depth >= DEPTH_MAX || text_is_full(t)) {
        text_add(t, "...");
        return;
    }
    if (is_qualifier(type->tag))
        prefix_of_qualified(t, type, depth);
    else if (is_pointer(type->tag))
        prefix_of_pointer(t, type, depth);
    else if (type->tag == DW_TAG_array_type || type->tag == DW_TAG_subroutine_type)
        prefix_of_target(t, type, depth);
    else
        prefix_of_named(t, type);
}

static void suffix_of_array(name_text *t, const die *type)
{
    uint64_t at = type->next;
    char last = text_last(t);
    if (last != '*' && last != '&' && last != '(' && last != ')' && last != ']' && last != ' ')
        text_add(t, " ");
    for (int i = 0; i < DEPTH_MAX && type->has_children; i++) {
        die range;
        uint64_t count;
        if (die_read(type->unit, at, &range) != 1 || die_after(&range, &at) < 0)
            return;
        if (range.tag != DW_TAG_subrange_type)
            continue;
        if (subrange_count(&range, &count))
            text_format(t, "[%llu]", (unsigned long long)count);
        else
            text_add(t, "[]");
    }
}

static void suffix_of_function(name_text *t, const die *type, int depth)
{
    uint64_t at = type->next;
    int count = 0;
    text_add(t, text_last(t) == ')' ? "(" : " (");
    while (type->has_children && !text_is_full(t)) {
        die parameter, its_type;
        if (die_read(type->unit, at, &parameter) != 1 || die_after(&parameter, &at) < 0)
            break;
        if (parameter.tag != DW_TAG_formal_parameter && parameter.tag != DW_TAG_unspecified_parameters)
            continue;
        if (count++ > 0)
            text_add(t, ", ");
        if (parameter.tag == DW_TAG_unspecified_parameters) {
            text_add(t, "...");
        } else if (target_of(&parameter, &its_type)) {
            name_prefix(t, &its_type, depth + 1);
            name_suffix(t, &its_type, depth + 1);
        }
    }
    text_add(t, count == 0 ? "void)" : ")");
}

static void name_suffix(name_text *t, const die *type, int depth)
{
    die target;
    if (depth >= DEPTH_MAX || text_is_full(t))
        return;
    if (type->tag == DW_TAG_array_type)
        suffix_of_array(t, type);
    else if (type->tag == DW_TAG_subroutine_type)
        suffix_of_function(t, type, depth);
    else if (!is_pointer(type->tag) && !is_qualifier(type->tag))
        return;
    if (!target_of(type, &target))
        return;
    uint16_t bare = bare_tag(&target);
    if (is_pointer(type->tag) && (bare == DW_TAG_array_type || bare == DW_TAG_subroutine_type))
        text_add(t, ")");
    name_suffix(t, &target, depth + 1);
}

void name_type(name_text *t, const die *type)
{
    if (type == NULL) {
        text_add(t, "void");
        return;
    }
    name_prefix(t, type, 0);
    name_suffix(t, type, 0);
}

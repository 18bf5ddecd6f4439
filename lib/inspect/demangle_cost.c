/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How much a mangled C++ name unfolds to, before anyone unfolds it.
 *
 * A substitution stands for something that came before, and may come twice in what the next one stands for:
 * two hundred characters can mean gigabytes. Names come from files that nobody has vouched for, so the
 * grammar of the C++ ABI is followed here with nothing but weights: what a piece weighs, and what may be
 * substituted later. A name that leaves the grammar is not bounded: there are demanglers that never come back
 * from one.
 */
#include "inspect/demangle.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    LENGTH_MAX = 4096,     /* demanglers recurse by the length of the name */
    NESTING_MAX = 256,     /* of this file's own recursion */
    WEIGHT_MAX = 1 << 18,  /* characters, about */
    WEIGHT_FULL = 1 << 28, /* as much as any: sums of two still fit */
    PIECE = 24,            /* no word that the demangler adds by itself is longer */
    ABBREVIATION = 80,     /* std::basic_string<...>, written out */
};

typedef struct measure {
    const char *at;
    uint32_t *found; /* weights of what can be substituted */
    size_t count;
    uint32_t arguments; /* the heaviest list of template arguments so far */
    uint32_t pack;      /* the longest pack so far */
    unsigned depth;
    bool lost; /* the grammar was left */
} measure;

static uint32_t type(measure *m);
static uint32_t encoding(measure *m);
static uint32_t name(measure *m);
static uint32_t expression(measure *m);

static uint32_t plus(uint32_t a, uint32_t b)
{
    return a + b < WEIGHT_FULL ? a + b : WEIGHT_FULL;
}

static uint32_t times(uint32_t a, uint32_t b)
{
    uint64_t product = (uint64_t)a * b;
    return product < WEIGHT_FULL ? (uint32_t)product : WEIGHT_FULL;
}

static uint32_t lose(measure *m)
{
    m->lost = true;
    return 0;
}

static bool take(measure *m, char c)
{
    if (*m->at != c)
        return false;
    m->at++;
    return true;
}

static uint32_t take_end(measure *m, uint32_t weight)
{
    return take(m, 'E') ? weight : lose(m);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static uint32_t remember(measure *m, uint32_t weight)
{
    if (m->count < LENGTH_MAX)
        m->found[m->count++] = weight;
    return weight;
}

static uint32_t number(measure *m)
{
    uint32_t n = 0;
    while (is_digit(*m->at)) {
        n = n < LENGTH_MAX ? n * 10 + (uint32_t)(*m->at - '0') : n;
        m->at++;
    }
    return n;
}

static uint32_t source_name(measure *m)
{
    uint32_t length = number(m);
    if (length == 0 || strnlen(m->at, length) < length)
        return lose(m);
    m->at += length;
    return plus(length, PIECE); /* "(anonymous namespace)" is longer than what stands for it */
}

/* Behind S or T: "_" is the first, "0_" the second; letters count on where digits end. */
static size_t sequence(measure *m)
{
    size_t n = 0;
    bool first = true;
    for (; is_digit(*m->at) || (*m->at >= 'A' && *m->at <= 'Z'); m->at++) {
        size_t digit = is_digit(*m->at) ? (size_t)(*m->at - '0') : (size_t)(*m->at - 'A') + 10;
        n = n < LENGTH_MAX ? n * 36 + digit : n;
        first = false;
    }
    if (!take(m, '_'))
        lose(m);
    return first ? 0 : n + 1;
}

static uint32_t template_parameter(measure *m)
{
    sequence(m);
    return plus(m->arguments, PIECE);
}

/* Behind S: what was there before, or one of the abbreviations. */
static uint32_t substitution(measure *m)
{
    if (is_lower(*m->at)) {
        if (strchr("absiod", *m->at) == NULL)
            return lose(m);
        m->at++;
        return ABBREVIATION;
    }
    size_t index = sequence(m);
    return index < m->count ? m->found[index] : lose(m);
}

static uint32_t literal(measure *m)
{
    uint32_t weight = PIECE;
    if (m->at[0] == '_' && m->at[1] == 'Z') {
        m->at += 2;
        weight = plus(weight, encoding(m));
    } else {
        weight = plus(weight, type(m));
        while (*m->at != '\0' && *m->at != 'E' && !m->lost) {
            m->at++;
            weight++;
        }
    }
    return take_end(m, weight);
}

/* Behind I or J, up to its E. */
static uint32_t template_arguments(measure *m)
{
    uint32_t weight = 2, count = 0;
    if (++m->depth > NESTING_MAX)
        lose(m);
    while (!m->lost && !take(m, 'E')) {
        count++;
        weight = plus(weight, 2);
        if (take(m, 'L'))
            weight = plus(weight, literal(m));
        else if (take(m, 'I') || take(m, 'J'))
            weight = plus(weight, template_arguments(m));
        else if (take(m, 'X'))
            weight = plus(weight, take_end(m, expression(m)));
        else
            weight = plus(weight, type(m));
    }
    m->depth--;
    m->arguments = weight > m->arguments ? weight : m->arguments;
    m->pack = count > m->pack ? count : m->pack;
    return weight;
}

static uint32_t types_up_to_end(measure *m)
{
    uint32_t weight = 4;
    while (!m->lost && !take(m, 'E')) {
        if ((*m->at == 'R' || *m->at == 'O') && m->at[1] == 'E')
            m->at++;
        else
            weight = plus(weight, plus(2, type(m)));
    }
    return weight;
}

static uint32_t lambda_or_unnamed(measure *m)
{
    uint32_t weight = PIECE;
    bool lambda = m->at[1] == 'l';
    m->at += 2;
    if (lambda)
        weight = plus(weight, types_up_to_end(m));
    number(m);
    return take(m, '_') ? weight : lose(m);
}

static uint32_t operator_name(measure *m)
{
    const char *code = m->at;
    m->at += 2;
    if (strncmp(code, "cv", 2) == 0)
        return plus(PIECE, type(m));
    if (strncmp(code, "li", 2) == 0)
        return plus(PIECE, source_name(m));
    return PIECE;
}

static uint32_t unqualified_name(measure *m)
{
    uint32_t weight = 0;
    take(m, 'L');
    if (is_digit(*m->at))
        weight = source_name(m);
    else if (m->at[0] == 'U' && (m->at[1] == 'l' || m->at[1] == 't'))
        weight = lambda_or_unnamed(m);
    else if (is_lower(m->at[0]) && (is_lower(m->at[1]) || (m->at[1] >= 'A' && m->at[1] <= 'Z')))
        weight = operator_name(m);
    else
        return lose(m);
    while (!m->lost && take(m, 'B'))
        weight = plus(weight, source_name(m));
    return weight;
}

/* Behind N, up to its E: a::b<c>::d. */
static uint32_t nested_name(measure *m)
{
    uint32_t weight = 0, last = PIECE;
    while (*m->at == 'r' || *m->at == 'V' || *m->at == 'K')
        m->at++;
    if (*m->at == 'R' || *m->at == 'O')
        m->at++;
    while (!m->lost && !take(m, 'E')) {
        bool is_new = true;
        weight = plus(weight, 2);
        if (m->at[0] == 'S' && m->at[1] == 't') {
            m->at += 2;
            is_new = false;
        } else if (take(m, 'S')) {
            last = substitution(m);
            weight = plus(weight, last);
            is_new = false;
        } else if (take(m, 'T')) {
            weight = plus(weight, template_parameter(m));
        } else if (take(m, 'I')) {
            weight = plus(weight, template_arguments(m));
        } else if ((*m->at == 'C' || *m->at == 'D') && is_digit(m->at[1])) {
            m->at += 2;
            weight = plus(weight, last); /* the class's name once more */
        } else {
            last = unqualified_name(m);
            weight = plus(weight, last);
        }
        if (is_new && *m->at != 'E')
            remember(m, weight);
    }
    return weight;
}

/* Behind Z: something within a function. */
static uint32_t local_name(measure *m)
{
    uint32_t weight = plus(2, encoding(m));
    if (!take(m, 'E'))
        return lose(m);
    if (take(m, 's')) /* a string of it */
        weight = plus(weight, PIECE);
    else
        weight = plus(weight, name(m));
    if (take(m, '_')) {
        take(m, '_');
        number(m);
        take(m, '_');
    }
    return weight;
}

static uint32_t name(measure *m)
{
    if (take(m, 'N'))
        return nested_name(m);
    if (take(m, 'Z'))
        return local_name(m);
    bool is_new = true;
    uint32_t weight = 0;
    if (m->at[0] == 'S' && m->at[1] == 't') {
        m->at += 2;
        weight = plus(5, unqualified_name(m));
    } else if (take(m, 'S')) {
        weight = substitution(m);
        is_new = false;
    } else {
        weight = unqualified_name(m);
    }
    if (take(m, 'I')) {
        if (is_new)
            remember(m, weight);
        weight = plus(weight, template_arguments(m));
    }
    return weight;
}

/* Behind S, where a type is expected. */
static uint32_t type_substituted(measure *m)
{
    bool is_new = *m->at == 't' || is_lower(*m->at);
    bool abbreviation = is_new && *m->at != 't';
    uint32_t weight;
    if (*m->at == 't') {
        m->at--;
        return remember(m, name(m));
    }
    weight = substitution(m);
    if (take(m, 'I'))
        return remember(m, plus(weight, template_arguments(m)));
    return is_new && !abbreviation ? remember(m, weight) : weight;
}

/* Behind D. */
static uint32_t type_of_two_letters(measure *m)
{
    char c = *m->at;
    if (c == '\0' || strchr("naducdefhsi", c) == NULL) {
        if (take(m, 'p')) /* each element of a pack */
            return remember(m, times(plus(type(m), 4), m->pack + 1));
        if (take(m, 't') || take(m, 'T')) /* of an expression */
            return remember(m, plus(PIECE, take_end(m, expression(m))));
        if (take(m, 'o'))
            return plus(PIECE, type(m));
        return lose(m);
    }
    m->at++;
    return PIECE;
}

static uint32_t type_by_letter(measure *m)
{
    char c = *m->at;
    if (is_digit(c) || c == 'N' || c == 'Z')
        return remember(m, name(m));
    m->at++;
    switch (c) {
    case 'r':
    case 'V':
    case 'K':
        while (*m->at == 'r' || *m->at == 'V' || *m->at == 'K')
            m->at++;
        return remember(m, plus(PIECE, type(m)));
    case 'P':
    case 'R':
    case 'O':
    case 'C':
    case 'G':
        return remember(m, plus(PIECE, type(m)));
    case 'F':
        take(m, 'Y');
        return remember(m, types_up_to_end(m));
    case 'A':
        number(m);
        if (*m->at != '_')
            expression(m);
        return take(m, '_') ? remember(m, plus(PIECE, type(m))) : lose(m);
    case 'M': {
        uint32_t class = type(m);
        return remember(m, plus(class, plus(PIECE, type(m))));
    }
    case 'T': {
        uint32_t weight = remember(m, template_parameter(m));
        return take(m, 'I') ? remember(m, plus(weight, template_arguments(m))) : weight;
    }
    case 'S':
        return type_substituted(m);
    case 'D':
        return type_of_two_letters(m);
    case 'u':
        return remember(m, source_name(m));
    default:
        return is_lower(c) ? PIECE : lose(m);
    }
}

/* Expressions up to an E. */
static uint32_t expressions(measure *m)
{
    uint32_t weight = 4;
    while (!m->lost && !take(m, 'E'))
        weight = plus(weight, plus(2, expression(m)));
    return weight;
}

/* A name that depends on template parameters: its last part, behind what it is qualified with. */
static uint32_t dependent_name(measure *m)
{
    uint32_t weight = 0;
    if (m->at[0] == 'o' && m->at[1] == 'n')
        m->at += 2;
    else if (!is_digit(*m->at))
        return lose(m);
    weight = unqualified_name(m);
    return take(m, 'I') ? plus(weight, template_arguments(m)) : weight;
}

static uint32_t function_parameter(measure *m)
{
    if (take(m, 'T')) /* this */
        return PIECE;
    if (take(m, 'L')) {
        number(m);
        if (!take(m, 'p'))
            return lose(m);
    }
    while (*m->at == 'r' || *m->at == 'V' || *m->at == 'K')
        m->at++;
    number(m);
    return take(m, '_') ? PIECE : lose(m);
}

/* What operands an operator has: e an expression, t a type, n a name, * expressions up to E. */
typedef struct operation {
    char codes[80];
    char operands[4];
} operation;

static const operation kOperations[] = {
    {"ps ng ad de co nt sz az te nx tw sp sZ", "e"},
    {"st ti at", "t"},
    {"aa an aN aS cm ds dv dV eo eO eq ge gt le ls lS lt mi mI ml mL ne oo or oR", "ee"},
    {"pl pL pm rm rM rs rS ss ix", "ee"},
    {"qu", "eee"},
    {"cl il", "*"},
    {"tl", "t*"},
    {"dt pt", "en"},
    {"sr", "tn"},
    {"cc dc rc sc", "te"},
    {"tr", ""},
};

static const char *operands_of(const char *code)
{
    for (size_t i = 0; i < sizeof kOperations / sizeof *kOperations; i++) {
        for (const char *c = kOperations[i].codes; *c != '\0'; c += c[2] == ' ' ? 3 : 2) {
            if (c[0] == code[0] && c[1] == code[1])
                return kOperations[i].operands;
        }
    }
    return NULL;
}

static uint32_t operation_of(measure *m)
{
    uint32_t weight = PIECE;
    const char *code = m->at, *operands = operands_of(code);
    bool is_pack = code[0] == 's' && code[1] == 'p';
    if (operands == NULL && strncmp(code, "cv", 2) != 0 && strncmp(code, "pp", 2) != 0 &&
        strncmp(code, "mm", 2) != 0)
        return lose(m);
    m->at += 2;
    if (strncmp(code, "cv", 2) == 0)
        return plus(plus(weight, type(m)), take(m, '_') ? expressions(m) : expression(m));
    if (operands == NULL) { /* an increment, before or after */
        take(m, '_');
        operands = "e";
    }
    for (; *operands != '\0' && !m->lost; operands++)
        weight = plus(weight, *operands == 'e'   ? expression(m)
                              : *operands == 't' ? type(m)
                              : *operands == 'n' ? dependent_name(m)
                                                 : expressions(m));
    return is_pack ? times(weight, m->pack + 1) : weight;
}

static uint32_t expression(measure *m)
{
    uint32_t weight = 0;
    if (m->lost || *m->at == '\0' || ++m->depth > NESTING_MAX)
        return lose(m);
    if (take(m, 'L'))
        weight = literal(m);
    else if (take(m, 'T'))
        weight = template_parameter(m);
    else if (is_digit(*m->at) || (m->at[0] == 'o' && m->at[1] == 'n'))
        weight = dependent_name(m);
    else if (m->at[0] == 'f' && (m->at[1] == 'p' || (m->at[1] == 'L' && is_digit(m->at[2])))) {
        m->at += m->at[1] == 'p' ? 2 : 1;
        weight = function_parameter(m);
    } else
        weight = operation_of(m);
    m->depth--;
    return weight;
}

static uint32_t type(measure *m)
{
    uint32_t weight = 0;
    if (m->lost || *m->at == '\0' || ++m->depth > NESTING_MAX)
        return lose(m);
    weight = type_by_letter(m);
    m->depth--;
    return weight;
}

/* Behind Th or Tv: how far a thunk moves `this`. */
static void call_offset(measure *m, bool is_virtual)
{
    take(m, 'n');
    number(m);
    if (!take(m, '_'))
        lose(m);
    if (is_virtual)
        call_offset(m, false);
}

static uint32_t encoding(measure *m)
{
    uint32_t weight = 0;
    if (++m->depth > NESTING_MAX)
        return lose(m);
    if (m->at[0] == 'T' && m->at[1] != '\0' && strchr("VTIS", m->at[1]) != NULL) {
        m->at += 2;
        weight = plus(PIECE, type(m));
    } else if (m->at[0] == 'T' && (m->at[1] == 'h' || m->at[1] == 'v')) {
        m->at += 2;
        call_offset(m, m->at[-1] == 'v');
        weight = plus(PIECE, encoding(m));
    } else if (m->at[0] == 'G' && m->at[1] == 'V') {
        m->at += 2;
        weight = plus(PIECE, name(m));
    } else {
        weight = name(m);
        while (!m->lost && *m->at != '\0' && *m->at != 'E' && *m->at != '.')
            weight = plus(weight, plus(2, type(m)));
    }
    m->depth--;
    return weight;
}

int inspect_mangled_is_bounded(const char *mangled)
{
    uint32_t found[LENGTH_MAX];
    uint32_t weight = 0, arguments = 0;
    if (strnlen(mangled, LENGTH_MAX) == LENGTH_MAX)
        return 0;
    /* Twice: a parameter may stand before the arguments that it is replaced by. */
    for (int pass = 0; pass < 2; pass++) {
        measure m = {.at = mangled + 2, .found = found, .arguments = arguments};
        weight = encoding(&m);
        if (m.lost || weight > WEIGHT_MAX)
            return 0;
        arguments = m.arguments;
    }
    return 1;
}

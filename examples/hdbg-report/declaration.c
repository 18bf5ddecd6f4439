/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A variable as C declares it: of "char [16]" and "name" makes "char name[16]", of "int (*)(int)" and "f"
 * "int (*f)(int)".
 */
#include "facts.h"

#include <string.h>

/* Where the parentheses end in front of whose `*` or `&` a name belongs, if it does: "(*)", "(Class::*)".
 * @return the place of the first byte behind the stars, or NULL. */
static const char *behind_stars(const char *parenthesis)
{
    const char *at = parenthesis + 1 + strcspn(parenthesis + 1, "*&()[]<>,");
    if (*at != '*' && *at != '&')
        return NULL;
    if (at != parenthesis + 1 && (at - parenthesis < 3 || strncmp(at - 2, "::", 2) != 0))
        return NULL;
    at += strcspn(at, "()[]"); /* and their const */
    const char *further = *at == '(' ? behind_stars(at) : NULL;
    return further != NULL ? further : at;
}

/* Where in a type the name goes. What is between `<` and `>` is a template's. */
static const char *place_of_name(const char *type)
{
    int angles = 0, parentheses = 0;
    for (const char *at = type; *at != '\0'; at++) {
        const char *place = NULL;
        if (*at == '<')
            angles++;
        else if (*at == '>' && angles > 0)
            angles--;
        else if (angles == 0 && *at == '(')
            place = parentheses++ == 0 ? behind_stars(at) : NULL;
        else if (angles == 0 && *at == ')')
            parentheses--;
        else if (*at == ' ' && at[1] == '[' && angles == 0 && parentheses == 0)
            place = at + 1; /* "[]int" and "map[int]int" are names, of Go's */
        if (place != NULL)
            return place;
    }
    return type + strlen(type);
}

const char *declaration_of(struct pool *pool, const char *type, const char *name)
{
    const char *place = place_of_name(type);
    size_t length = (size_t)(place - type);
    while (length > 0 && type[length - 1] == ' ')
        length--;
    bool touches = length == 0 || strchr("*&", type[length - 1]) != NULL;
    return pool_format(pool, "%.*s%s%s%s", (int)length, type, touches ? "" : " ", name, place);
}

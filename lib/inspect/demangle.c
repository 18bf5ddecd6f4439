/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * C++ names, by the C++ runtime's demangler.
 */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "inspect/demangle.h"

#include <haikudbg/image.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int inspect_is_mangled(const char *name)
{
    return name[0] == '_' && name[1] == 'Z';
}

#ifdef HAIKUDBG_DEMANGLE
/* Of the C++ ABI. */
typedef char *demangler(const char *mangled, char *buffer, size_t *length, int *status);

/* The C++ runtime is only loaded when the first C++ name is met: in a program that is not C++ itself it takes
 * more memory, and more time to start, than the whole library. It stays, as such runtimes do. */
static demangler *find_demangler(void)
{
    static const char *const kRuntimes[] = {"libstdc++.so.6", "libstdc++.so", "libc++abi.so.1"};
    void *found = dlsym(RTLD_DEFAULT, "__cxa_demangle");
    /* A program that is linked statically would get a second C library with it, which has a heap of its own:
     * what that allocates must not be freed here. */
    if (found == NULL && dlsym(RTLD_DEFAULT, "free") == NULL)
        return NULL;
    for (size_t i = 0; found == NULL && i < sizeof kRuntimes / sizeof *kRuntimes; i++) {
        void *runtime = dlopen(kRuntimes[i], RTLD_LAZY | RTLD_LOCAL);
        found = runtime != NULL ? dlsym(runtime, "__cxa_demangle") : NULL;
    }
    return (demangler *)found;
}

int inspect_can_demangle(void)
{
    return find_demangler() != NULL;
}

char *inspect_demangle(const char *name)
{
    if (!inspect_is_mangled(name) || !inspect_mangled_is_bounded(name))
        return NULL;
    int status = 0;
    demangler *demangle = find_demangler();
    return demangle != NULL ? demangle(name, NULL, NULL, &status) : NULL;
}
#else
int inspect_can_demangle(void)
{
    return 0;
}

char *inspect_demangle(const char *name)
{
    (void)name;
    return NULL;
}
#endif

size_t hdbg_symbol_demangle(const char *name, char *buffer, size_t size)
{
    char *demangled = inspect_demangle(name);
    const char *shown = demangled != NULL ? demangled : name;
    size_t length = strlen(shown);
    if (size > 0)
        snprintf(buffer, size, "%s", shown);
    free(demangled);
    return length;
}

/* Where the parameter list of a demangled function begins: at the bracket that belongs to the last one. The
 * name's length if it has none. */
static size_t parameters_at(const char *name)
{
    size_t length = strlen(name);
    size_t end = length;
    while (end > 0 && name[end - 1] != ')')
        end--;
    int depth = 0;
    for (size_t i = end; i > 0; i--) {
        if (name[i - 1] == ')')
            depth++;
        else if (name[i - 1] == '(' && --depth == 0)
            /* operator() itself has brackets that are its name */
            return i >= 9 && strncmp(name + i - 9, "operator()", 10) == 0 ? length : i - 1;
    }
    return length;
}

int inspect_demangled_is(const char *demangled, const char *name)
{
    size_t length = strlen(name), end = parameters_at(demangled), begin = 0;
    if (strcmp(demangled, name) == 0)
        return 1;
    if (end < length)
        return 0;
    /* Instances of templates have their result's type in front: after the last space that is in no brackets.
     */
    const char *op = strstr(demangled, "operator");
    size_t stop = op != NULL && (size_t)(op - demangled) < end ? (size_t)(op - demangled) : end;
    int depth = 0;
    for (size_t i = 0; i < stop; i++) {
        char c = demangled[i];
        if (c == '<' || c == '(')
            depth++;
        else if (c == '>' || c == ')')
            depth--;
        else if (c == ' ' && depth == 0)
            begin = i + 1;
    }
    return (end == length && strncmp(demangled, name, length) == 0) ||
           (end - begin == length && strncmp(demangled + begin, name, length) == 0);
}

static int is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (c & 0x80) != 0;
}

void inspect_name_filter(const char *name, char *filter, size_t size)
{
    char previous[256] = "";
    size_t end = parameters_at(name), begin = 0, length = 0;
    filter[0] = '\0';
    int depth = 0;
    /* The last identifier that is in no brackets. */
    for (size_t i = 0; i <= end; i++) {
        char c = i < end ? name[i] : '\0';
        if (is_word(c)) {
            length++;
            continue;
        }
        if (length > 0 && depth == 0 && !(name[begin] >= '0' && name[begin] <= '9')) {
            snprintf(previous, sizeof previous, "%s", filter);
            snprintf(filter, size, "%zu%.*s", length, (int)length, name + begin);
            if (length + 12 > size || strcmp(previous, filter) == 0 || strcmp(filter, "8operator") == 0) {
                filter[0] = '\0'; /* constructors and operators have names of another kind */
                return;
            }
        }
        depth += c == '<' || c == '(' ? 1 : c == '>' || c == ')' ? -1 : 0;
        length = 0;
        begin = i + 1;
    }
    if (strchr(name, '~') != NULL)
        filter[0] = '\0';
}

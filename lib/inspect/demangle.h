/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * C++ names: demangled, and compared with what people type.
 */
#ifndef HDBG_INSPECT_DEMANGLE_H
#define HDBG_INSPECT_DEMANGLE_H

#include <stddef.h>

/* Whether the name begins as mangled C++ names do. */
int inspect_is_mangled(const char *name);
/* Whether a mangled name can be demangled at little cost, however hostile it is. */
int inspect_mangled_is_bounded(const char *mangled);
/* Whether there is a demangler at all. To find none takes longer than to demangle a name. */
int inspect_can_demangle(void);
/* The demangled name, to be freed, or NULL if it is not mangled, or would not be bounded. */
char *inspect_demangle(const char *name);
/* Whether a demangled name is `name`: as a whole, without its parameters, or without its result's type as
 * well. */
int inspect_demangled_is(const char *demangled, const char *name);
/* What occurs in each mangled name that can be `name`: its last identifier as the ABI writes it, "5parse". ""
 * if that cannot be said. Spares demangling most of a large program's symbols. */
void inspect_name_filter(const char *name, char *filter, size_t size);

#endif /* HDBG_INSPECT_DEMANGLE_H */

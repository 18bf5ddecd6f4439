/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A program that is linked statically, and meets a C++ name.
 */
#include <haikudbg/haikudbg.h>

#include <string.h>

int main(void)
{
    char shown[100];
    for (int i = 0; i < 100; i++) {
        hdbg_symbol_demangle("_ZN3app3runEi", shown, sizeof(shown));
        if (strcmp(shown, "_ZN3app3runEi") != 0 && strcmp(shown, "app::run(int)") != 0)
            return 1;
    }
    return 0;
}

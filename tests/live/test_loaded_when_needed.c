/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the library loads only when it is needed: the C++ runtime, for the first C++ name.
 */
#define _GNU_SOURCE
#include "session_run.h"

#include <link.h>

static int is_wanted(struct dl_phdr_info *info, size_t size, void *wanted)
{
    (void)size;
    return strstr(info->dlpi_name, wanted) != NULL;
}

static int is_loaded(const char *name)
{
    return dl_iterate_phdr(is_wanted, (void *)(uintptr_t)name);
}

static void the_cpp_runtime_is_there_when_a_name_needs_it(void **state)
{
    char shown[100];
    (void)state;
    int before = is_loaded("libstdc++") || is_loaded("libc++abi"); /* sanitizers bring it along */
    hdbg_symbol_demangle("main", shown, sizeof shown);
    hdbg_symbol_demangle("_start", shown, sizeof shown);
    assert_int_equal(is_loaded("libstdc++") || is_loaded("libc++abi"), before);
    hdbg_symbol_demangle("_ZN3app3runEv", shown, sizeof shown);
    assert_string_equal(shown, "app::run()");
    hdbg_symbol_demangle("_ZN3app4stopEi", shown, sizeof shown);
    assert_string_equal(shown, "app::stop(int)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cpp_runtime_is_there_when_a_name_needs_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

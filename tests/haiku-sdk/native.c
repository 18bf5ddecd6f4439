/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Linked into live tests that run on the native kernel. What they ask the hosted kernel to do for them, the
 * SDK's Haiku does: it has one nub a process, whatever kernel asks. And tests that are not for the native
 * kernel (not-native.txt) are left out.
 */
#include "haiku-sdk/control.h"

#include <haikudbg/hosted.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

int32_t hdbg_hosted_test_nub(hdbg_kernel *kernel)
{
    (void)kernel;
    return haiku_sdk_nub();
}

hdbg_status hdbg_hosted_test_lose_continue(hdbg_kernel *kernel, int on)
{
    (void)kernel;
    return haiku_sdk_lose_continue(on);
}

static const char *const left_out[] = {NOT_NATIVE NULL};

enum { TESTS_MAX = 256 };

static int is_left_out(const char *name)
{
    for (size_t i = 0; left_out[i] != NULL; i++) {
        if (strcmp(left_out[i], name) == 0)
            return 1;
    }
    return 0;
}

int __real__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

int __wrap__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown)
{
    static struct CMUnitTest left[TESTS_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < TESTS_MAX; i++) {
        if (!is_left_out(tests[i].name))
            left[kept++] = tests[i];
    }
    if (count - kept != sizeof left_out / sizeof *left_out - 1) {
        fprintf(stderr, "%s: not-native.txt names a test that there is not\n", group);
        return 1;
    }
    return __real__cmocka_run_group_tests(group, left, kept, setup, teardown);
}

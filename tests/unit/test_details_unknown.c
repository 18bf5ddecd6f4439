/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Details of a team on a kernel that tells none, as Haiku's.
 */
#include "session_world.h"

#include <haikudbg/details.h>

static int must_not_be_called(void *context, const hdbg_detail *detail)
{
    (void)context;
    (void)detail;
    fail();
    return 1;
}

static void a_kernel_that_tells_no_details_is_not_supported(void **state)
{
    (void)state;
    world *w = world_make(NULL, NULL, 1);
    for (int32_t kind = HDBG_DETAIL_ARGUMENT; kind <= HDBG_DETAIL_PROGRAM; kind++) {
        assert_status(hdbg_team_details_visit(w->team, kind, must_not_be_called, NULL), HDBG_NOT_SUPPORTED);
        assert_sentence("cannot list details of team 500: its kernel tells none");
    }
    expect_transcript(w, "");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_that_tells_no_details_is_not_supported),
    };
    return cmocka_run_group_tests_name("details of a team on a kernel that tells none", tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * fixtures/obedient under a debugger that is nothing but Haiku's messages.
 */
#ifndef HDBG_TESTS_OBEDIENT_H
#define HDBG_TESTS_OBEDIENT_H

#include "nub_run.h"

enum { OBEDIENT_AREA_SIZE = 3 * 4096 };

/* Launches it with a debugger, and leaves it waiting for its input. @return its area's address. */
static inline hdbg_address obedient_start(nub_run *r)
{
    const char *path = HDBG_TEST_FIXTURES "/obedient";
    int in[2], out[2];
    memset(r, 0, sizeof *r);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = path,
                             .standard_input = in[0],
                             .standard_output = out[1],
                             .standard_error = -1};
    r->child = (kt_child){.in = in[1], .out = out[0]};
    r->child.team = OPS->launch(CONTEXT, &spec);
    if (r->child.team < 0)
        fail_msg("%s", hdbg_last_error());
    close(in[0]);
    close(out[1]);
    r->port = kt_make_port();
    r->nub = kt_install(r->child.team, r->port);
    kt_proceed(r->nub, r->child.team);
    return (hdbg_address)strtoull(nr_line(r), NULL, 16);
}

static inline void obedient_tell(const nub_run *r, char what)
{
    assert_int_equal(write(r->child.in, &what, 1), 1);
}

/* It does as it is told, and nothing of it is an event. */
static inline void obedient_obeys(nub_run *r, char what)
{
    obedient_tell(r, what);
    nr_expect_output(r, "done");
}

/* It ends, whatever events there are on the way. */
static inline void obedient_finish(nub_run *r)
{
    close(r->child.in);
    r->child.in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    nr_to_end(r, NULL);
    nr_finish(r);
}

#endif /* HDBG_TESTS_OBEDIENT_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A mock with one debugged team and a connection to its nub, for the tests of the nub layer and of the mock.
 */
#ifndef HDBG_TEST_NUB_FIXTURE_H
#define HDBG_TEST_NUB_FIXTURE_H

#include <haikudbg/mock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEAM = 500, THREAD = 501, MEMORY = 0x10000, MEMORY_SIZE = 8192 };

struct fixture {
    hdbg_mock *mock;
    hdbg_kernel *kernel;
    hdbg_port_id port; /* the debugger's */
    hdbg_port_id nub_port;
    hdbg_nub *nub;
};

static inline void fixture_open(struct fixture *fixture, hdbg_release release, hdbg_arch arch, uint32_t flags)
{
    hdbg_mock_options options = {.size = sizeof options, .release = release, .arch = arch, .flags = flags};
    assert_int_equal(hdbg_mock_create(&options, &fixture->mock), HDBG_OK);
    fixture->kernel = hdbg_mock_kernel(fixture->mock);
    assert_int_equal(hdbg_mock_team_add(fixture->mock, TEAM, "team"), HDBG_OK);
    assert_int_equal(hdbg_mock_thread_add(fixture->mock, TEAM, THREAD, "thread"), HDBG_OK);
    assert_true(hdbg_mock_memory_add(fixture->mock, TEAM, MEMORY, "some bytes", MEMORY_SIZE,
                                     HDBG_AREA_READ | HDBG_AREA_WRITE) > 0);
    void *context = fixture->kernel->context;
    fixture->port = fixture->kernel->ops->port_create(context, 16, "events");
    assert_true(fixture->port > 0);
    fixture->nub_port = fixture->kernel->ops->install_team_debugger(context, TEAM, fixture->port);
    assert_true(fixture->nub_port > 0);
    assert_int_equal(hdbg_nub_open(fixture->kernel, fixture->nub_port, TEAM, arch, &fixture->nub), HDBG_OK);
    hdbg_mock_transcript_clear(fixture->mock);
}

static inline void fixture_close(struct fixture *fixture)
{
    hdbg_nub_close(fixture->nub);
    hdbg_mock_destroy(fixture->mock);
}

/* For cmocka: R1/beta6 on x86_64. */
static inline int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture_open(fixture, HDBG_RELEASE_BETA6, HDBG_ARCH_X86_64, 0);
    *state = fixture;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    fixture_close(fixture);
    free(fixture);
    return 0;
}

static inline hdbg_nub_statistics fixture_statistics(const struct fixture *fixture)
{
    hdbg_nub_statistics statistics = {.size = sizeof statistics};
    assert_int_equal(hdbg_nub_statistics_get(fixture->nub, &statistics), HDBG_OK);
    return statistics;
}

#define assert_verified(mock)                                                                                \
    do {                                                                                                     \
        const char *wrong_ = hdbg_mock_verify(mock);                                                         \
        if (wrong_ != NULL)                                                                                  \
            fail_msg("%s", wrong_);                                                                          \
    } while (0)

/* Each processor with each release. */
#define FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)                                                        \
    for (size_t pair_ = 0; pair_ < 12; pair_++)                                                              \
        for (hdbg_arch arch = ((const hdbg_arch[]){HDBG_ARCH_X86_64, HDBG_ARCH_X86, HDBG_ARCH_ARM64,         \
                                                   HDBG_ARCH_RISCV64})[pair_ % 4],                           \
                       once_ = 1;                                                                            \
             once_; once_ = 0)                                                                               \
            for (hdbg_release release = (hdbg_release)(HDBG_RELEASE_BETA4 + pair_ / 4), again_ = 1; again_;  \
                 again_ = 0)

#endif /* HDBG_TEST_NUB_FIXTURE_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Memory of a team whose main thread has ended, and whose other threads come and go.
 */
#include "effort.h"
#include "inspected.h"
#include "report_run.h"

#include <signal.h>

enum { READS = EFFORT(20000, 2000) };

static void memory_is_read_whichever_thread_is_there(void **state)
{
    (void)state;
    struct report_run run;
    hdbg_session *session;
    report_start(&run, (const char *const[]){HDBG_TEST_FIXTURES "/relay", NULL});
    report_await_output(&run, "!\n");
    hdbg_address text = strtoull(strstr(run.output_text, "0x"), NULL, 16);
    OK(hdbg_session_create(NULL, &session));
    hdbg_kernel *kernel = hdbg_session_kernel(session);
    for (int i = 0; i < READS; i++) {
        char bytes[4] = "";
        int64_t got = kernel->ops->memory_read(kernel->context, run.pid, text, bytes, sizeof bytes);
        if (got != sizeof bytes)
            fail_msg("read %d: %lld: %s", i, (long long)got, hdbg_last_error());
        assert_memory_equal(bytes, "text", sizeof bytes);
    }
    hdbg_session_destroy(session);
    assert_int_equal(kill(run.pid, SIGKILL), 0);
    report_finish(&run);
    report_clean(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_read_whichever_thread_is_there),
    };
    return cmocka_run_group_tests_name("memory of a relay of threads", tests, NULL, NULL);
}

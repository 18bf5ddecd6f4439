/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the library and its programs load only when it is needed: the C++ runtime for the first C++ name, the
 * decoder of instructions for the first breakpoint in the code; and what is done without.
 */
#define _GNU_SOURCE
#include "session_run.h"

#include <link.h>
#include <stdlib.h>
#include <unistd.h>

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

/* Whether a process has a file mapped. */
static int has_mapped(pid_t pid, const char *name)
{
    char path[64], line[512];
    int found = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "r");
    assert_non_null(maps);
    while (!found && fgets(line, sizeof line, maps) != NULL)
        found = strstr(line, name) != NULL;
    fclose(maps);
    return found;
}

static pid_t tracer_of(pid_t pid)
{
    char path[64], line[256];
    int tracer = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "r");
    assert_non_null(status);
    while (tracer == 0 && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "TracerPid: %d", &tracer);
    fclose(status);
    return tracer;
}

/* Breakpoints in the code, as these take the registers. @return how often counted() was called until the end.
 */
static int count_calls(run *r)
{
    static const char *const kDecoys[] = {"main", "all_there", "answer", "at_end"};
    int hits = 0;
    for (size_t i = 0; i < sizeof kDecoys / sizeof *kDecoys; i++)
        assert_ok(hdbg_breakpoint_set(r->team, run_symbol(r->team, kDecoys[i])));
    hdbg_address counted = run_symbol(r->team, "counted");
    assert_ok(hdbg_breakpoint_set(r->team, counted));
    assert_ok(hdbg_team_resume(r->team));
    for (int ended = 0; !ended;) {
        hdbg_address pc = 0;
        hdbg_event *event = run_next(r);
        ended = hdbg_event_type_of(event) == HDBG_EVENT_TEAM_DELETED;
        if (hdbg_event_type_of(event) == HDBG_EVENT_BREAKPOINT_HIT) {
            assert_ok(hdbg_thread_pc(hdbg_event_thread(event), &pc));
            hits += pc == counted;
        }
        if (!ended)
            assert_ok(hdbg_thread_resume(hdbg_event_thread(event), NULL));
        hdbg_event_release(event);
    }
    return hits;
}

/* Whoever only looks does not need it; a program that is launched passes one of the nub's own. */
static void the_decoder_is_there_when_a_breakpoint_is_passed(void **state)
{
    (void)state;
    run *looks = run_session();
    hdbg_team_id id = run_start(looks, "watched", ARGUMENTS("wait"));
    run_attach(looks, id, HDBG_ATTACH_STOP);
    assert_false(has_mapped(tracer_of((pid_t)id), "hdbg-decode"));
    assert_ok(hdbg_team_kill(looks->team));
    run_free(looks);
    assert_int_equal(run_reap(id), -9);

    run *r = run_launch("watched", ARGUMENTS("work", "1", "2"), HDBG_FOLLOW_NONE);
    run_to(r, "all_there");
    assert_true(has_mapped(tracer_of((pid_t)hdbg_team_id_of(r->team)), "hdbg-decode"));
    assert_int_equal(count_calls(r), 2);
    run_free(r);
}

/* A nub by itself steps where the instruction is: exact for a thread that is alone. */
static void without_the_decoder_a_thread_stops_at_each_breakpoint(void **state)
{
    const char *nub = getenv("HAIKUDBG_NUB");
    char folder[] = "/tmp/haikudbg-alone-XXXXXX", command[700], copy[64], kept[512];
    (void)state;
    assert_non_null(nub);
    assert_non_null(mkdtemp(folder));
    snprintf(kept, sizeof kept, "%s", nub);
    snprintf(copy, sizeof copy, "%s/hdbg-nub", folder);
    snprintf(command, sizeof command, "cp '%s' '%s'", nub, copy);
    assert_int_equal(system(command), 0);
    setenv("HAIKUDBG_NUB", copy, 1);
    run *r = run_launch("watched", ARGUMENTS("work", "1", "9"), HDBG_FOLLOW_NONE);
    run_to(r, "all_there");
    assert_int_equal(count_calls(r), 9);
    run_free(r);
    setenv("HAIKUDBG_NUB", kept, 1);
    unlink(copy);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cpp_runtime_is_there_when_a_name_needs_it),
        cmocka_unit_test(the_decoder_is_there_when_a_breakpoint_is_passed),
        cmocka_unit_test(without_the_decoder_a_thread_stops_at_each_breakpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

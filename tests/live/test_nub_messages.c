/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Messages of Haiku's nub that no session needs: areas that are cloned, system calls that are told of, flags
 * of threads.
 */
#include "obedient.h"

#include <haikudbg/nub.h>

#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { SYSCALL = SYS_getppid };

/* ---- CLONE_AREA ---- */

static wire_x86_64_clone_area_reply clone_area(nub_run *r, hdbg_address address)
{
    wire_x86_64_clone_area message = {.address = address};
    wire_x86_64_clone_area_reply reply = {0};
    kt_ask(r->nub, WIRE_CLONE_AREA, &message, sizeof message, &reply, sizeof reply);
    return reply;
}

static const uint8_t *bytes_of(const wire_x86_64_clone_area_reply *clone)
{
    return (const uint8_t *)(uintptr_t)clone->address;
}

static void a_cloned_area_has_the_whole_area_around_the_address(void **state)
{
    nub_run r;
    (void)state;
    hdbg_address area = obedient_start(&r);
    wire_x86_64_clone_area_reply clone = clone_area(&r, area + 5000);
    assert_true(clone.area > 0);
    hdbg_area_info info = {.size = sizeof info};
    assert_int_equal(OPS->area_info(CONTEXT, clone.area, &info), HDBG_OK);
    assert_int_equal(info.team, getpid());
    assert_int_equal(info.length, OBEDIENT_AREA_SIZE);
    assert_int_equal(info.address + 5000, clone.address);
    const uint8_t *start = bytes_of(&clone) - 5000;
    for (size_t i = 0; i < OBEDIENT_AREA_SIZE; i++)
        assert_int_equal(start[i], 1);
    assert_int_equal(OPS->delete_area(CONTEXT, clone.area), HDBG_OK);
    obedient_finish(&r);
}

static void a_cloned_area_is_a_snapshot_and_a_read_is_not(void **state)
{
    nub_run r;
    uint8_t byte = 0;
    (void)state;
    hdbg_address area = obedient_start(&r);
    wire_x86_64_clone_area_reply clone = clone_area(&r, area);
    obedient_obeys(&r, 'w');
    assert_int_equal(bytes_of(&clone)[0], 1);
    assert_int_equal(OPS->memory_read(CONTEXT, r.child.team, area, &byte, 1), 1);
    assert_int_equal(byte, 2);
    wire_x86_64_read_memory read = {.address = area, .size = 1};
    wire_x86_64_read_memory_reply reply;
    kt_ask(r.nub, WIRE_READ_MEMORY, &read, sizeof read, &reply, sizeof reply);
    assert_int_equal(reply.data[0], 2);
    wire_x86_64_clone_area_reply second = clone_area(&r, area);
    assert_int_not_equal(second.area, clone.area);
    assert_int_equal(bytes_of(&second)[0], 2);
    OPS->delete_area(CONTEXT, clone.area);
    OPS->delete_area(CONTEXT, second.area);
    obedient_finish(&r);
}

static void what_is_no_area_of_the_team_is_not_cloned(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    assert_int_equal(clone_area(&r, 0x200000).area, HDBG_ERROR);
    assert_int_equal(clone_area(&r, 0).area, HDBG_NOT_ALLOWED);
    assert_int_equal(clone_area(&r, UINT64_C(0xffff800000000000)).area, HDBG_NOT_ALLOWED);
    obedient_obeys(&r, 'c');
    obedient_finish(&r);
}

static void a_deleted_clone_is_gone(void **state)
{
    nub_run r;
    (void)state;
    hdbg_address area = obedient_start(&r);
    wire_x86_64_clone_area_reply clone = clone_area(&r, area);
    hdbg_area_info info = {.size = sizeof info};
    unsigned char resident[3];
    void *mapped = (void *)(uintptr_t)clone.address;
    assert_int_equal(mincore(mapped, OBEDIENT_AREA_SIZE, resident), 0);
    assert_int_equal(OPS->delete_area(CONTEXT, clone.area), HDBG_OK);
    assert_int_equal(mincore(mapped, OBEDIENT_AREA_SIZE, resident), -1);
    assert_int_equal(OPS->area_info(CONTEXT, clone.area, &info), HDBG_BAD_VALUE);
    assert_int_equal(OPS->delete_area(CONTEXT, clone.area), HDBG_BAD_VALUE);
    obedient_finish(&r);
}

static void clones_outlive_the_team_and_end_with_the_kernel(void **state)
{
    nub_run r;
    (void)state;
    hdbg_address area = obedient_start(&r);
    wire_x86_64_clone_area_reply clone = clone_area(&r, area);
    obedient_finish(&r);
    assert_int_equal(bytes_of(&clone)[OBEDIENT_AREA_SIZE - 1], 1);
}

/* ---- system calls ---- */

/* What is to be told of a system call, by whose flags. */
typedef struct syscall_case {
    int32_t team_flags, thread_flags;
    bool before, after;
} syscall_case;

static const syscall_case kSyscallCases[] = {
    {0, 0, false, false},
    {HDBG_TEAM_PRE_SYSCALL, 0, true, false},
    {HDBG_TEAM_POST_SYSCALL, 0, false, true},
    {HDBG_TEAM_PRE_SYSCALL | HDBG_TEAM_POST_SYSCALL, 0, true, true},
    {0, HDBG_THREAD_PRE_SYSCALL, true, false},
    {0, HDBG_THREAD_POST_SYSCALL, false, true},
    {0, HDBG_THREAD_PRE_SYSCALL | HDBG_THREAD_POST_SYSCALL, true, true},
    {HDBG_TEAM_PRE_SYSCALL, HDBG_THREAD_POST_SYSCALL, true, true},
    {HDBG_TEAM_POST_SYSCALL, HDBG_THREAD_PRE_SYSCALL, true, true},
};

static void set_thread_flags(nub_run *r, int32_t thread, int32_t flags)
{
    wire_x86_64_set_thread_flags message = {.thread = thread, .flags = flags};
    kt_tell(r->nub, WIRE_SET_THREAD_FLAGS, &message, sizeof message);
    assert_int_equal(nr_break(r, 0), HDBG_BAD_ADDRESS); /* whose answer says that the flags are set */
}

static uint64_t argument(const uint32_t *arguments, int number)
{
    return arguments[2 * number] | (uint64_t)arguments[2 * number + 1] << 32;
}

static void expect_arguments(const uint32_t *arguments)
{
    for (int i = 0; i < 5; i++)
        assert_int_equal(argument(arguments, i), 11 + i);
    assert_int_equal(argument(arguments, 5), UINT64_C(16) << 32);
}

static void note_pre(const nub_run *r)
{
    wire_x86_64_pre_syscall told;
    memcpy(&told, &r->event, sizeof told);
    if (told.syscall == SYSCALL)
        expect_arguments(told.args);
}

static void note_post(const nub_run *r)
{
    wire_x86_64_post_syscall told;
    memcpy(&told, &r->event, sizeof told);
    if (told.syscall != SYSCALL)
        return;
    expect_arguments(told.args);
    assert_int_equal(told.return_value, getpid());
    assert_true(told.start_time > 0 && told.end_time >= told.start_time);
}

/* The number of the last event's system call; PRE_SYSCALL and POST_SYSCALL have it in different places. */
static bool is_our_call(const nub_run *r)
{
    uint32_t number;
    size_t at = r->code == WIRE_PRE_SYSCALL ? offsetof(wire_x86_64_pre_syscall, syscall)
                                            : offsetof(wire_x86_64_post_syscall, syscall);
    memcpy(&number, r->event.bytes + at, sizeof number);
    return number == SYSCALL;
}

/* Lets it go on through all that is told, until it has said that it is done. @return what was told of its
 * call, in order: '(' for before, ')' for after; for threads beside the main one '[' and ']'. */
static const char *told_until_done(nub_run *r)
{
    static char told[16];
    size_t count = 0;
    for (bool done = false; !done;) {
        hdbg_object_wait object = {r->port, HDBG_OBJECT_PORT, HDBG_WAIT_READ};
        if (OPS->wait_for_objects(CONTEXT, &object, 1, SECOND / 50) <= 0) {
            struct pollfd output = {.fd = r->child.out, .events = POLLIN};
            done = poll(&output, 1, 0) == 1;
            continue;
        }
        nr_next(r);
        bool main_thread = r->event.origin.thread == r->child.team;
        if (r->code == WIRE_PRE_SYSCALL || r->code == WIRE_POST_SYSCALL) {
            bool before = r->code == WIRE_PRE_SYSCALL;
            if (before)
                note_pre(r);
            else
                note_post(r);
            if (is_our_call(r) && count < sizeof told - 1)
                told[count++] = main_thread ? before ? '(' : ')' : before ? '[' : ']';
        } else {
            assert_int_equal(r->code, WIRE_THREAD_DEBUGGED);
            told[count++] = '!';
        }
        nr_continue(r);
    }
    told[count] = '\0';
    nr_expect_output(r, "done");
    return told;
}

static void system_calls_are_told_of_by_the_flags_of_team_and_thread(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    for (size_t i = 0; i < sizeof kSyscallCases / sizeof *kSyscallCases; i++) {
        const syscall_case *c = &kSyscallCases[i];
        char wanted[3] = "";
        snprintf(wanted, sizeof wanted, "%s%s", c->before ? "(" : "", c->after ? ")" : "");
        nr_set_flags(&r, c->team_flags);
        set_thread_flags(&r, r.child.team, c->thread_flags);
        obedient_tell(&r, 'c'); /* the first after a change may be in a system call that was not traced */
        told_until_done(&r);
        obedient_tell(&r, 'c');
        const char *told = told_until_done(&r);
        if (strcmp(told, wanted) != 0)
            fail_msg("team flags %x, thread flags %x: \"%s\", not \"%s\"", (unsigned)c->team_flags,
                     (unsigned)c->thread_flags, told, wanted);
    }
    nr_set_flags(&r, 0);
    set_thread_flags(&r, r.child.team, 0);
    obedient_finish(&r);
}

/* The last event: it has returned from a read(). */
static void expect_read(const nub_run *r, int64_t result)
{
    wire_x86_64_post_syscall told;
    assert_int_equal(r->code, WIRE_POST_SYSCALL);
    memcpy(&told, &r->event, sizeof told);
    assert_int_equal(told.syscall, SYS_read);
    assert_int_equal(told.return_value, result);
}

/* Nobody wanted to know when the call began. */
static void expect_no_beginning(const nub_run *r)
{
    wire_x86_64_post_syscall told;
    memcpy(&told, &r->event, sizeof told);
    assert_int_equal(told.start_time, 0);
    assert_true(told.end_time > 0);
}

/* Until it waits for its input. */
static void await_in_read(const nub_run *r)
{
    char path[64], call[16] = "";
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)r->child.team);
    while (strncmp(call, "0 ", 2) != 0) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(read(fd, call, sizeof call) > 0);
        close(fd);
        sched_yield();
    }
}

/* As on Haiku, where it returns for that, and is entered again. */
static void
a_system_call_that_is_stopped_in_the_midst_is_told_to_be_interrupted_and_to_begin_anew(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    await_in_read(&r);
    nr_set_flags(&r, HDBG_TEAM_PRE_SYSCALL | HDBG_TEAM_POST_SYSCALL);
    for (int i = 0; i < 3; i++) {
        await_in_read(&r);
        assert_int_equal(OPS->debug_thread(CONTEXT, r.child.team), HDBG_OK);
        nr_next(&r);
        expect_read(&r, -EINTR); /* the next event, whatever it is, is the answer */
        nr_continue(&r);
        nr_expect(&r, WIRE_PRE_SYSCALL);
        nr_continue(&r);
    }
    obedient_tell(&r, 'c');
    nr_next(&r);
    expect_read(&r, 1);
    nr_continue(&r);
    told_until_done(&r);
    obedient_finish(&r);
}

/* All on one processor, and the team only where nobody else has anything to do: what is asked of the nub
 * comes before what the thread does for the request before it. */
static void let_the_nub_go_first(const nub_run *r)
{
    const struct sched_param none = {0};
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(sched_getcpu(), &set);
    assert_int_equal(sched_setaffinity(r->child.team, sizeof set, &set), 0);
    assert_int_equal(sched_setaffinity(nr_tracer(r), sizeof set, &set), 0);
    assert_int_equal(sched_setaffinity(0, sizeof set, &set), 0);
    assert_int_equal(sched_setscheduler(r->child.team, SCHED_IDLE, &none), 0);
}

/* debug_thread() comes while the nub has the thread enter the call again, to be traced. */
static void a_system_call_that_is_stopped_while_it_comes_to_be_traced_is_told_of_as_well(void **state)
{
    nub_run r;
    cpu_set_t before;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    obedient_start(&r);
    let_the_nub_go_first(&r);
    for (int i = 0; i < 50; i++) {
        nr_set_flags(&r, 0);
        obedient_obeys(&r, 'c');
        await_in_read(&r);
        nr_set_flags(&r, HDBG_TEAM_PRE_SYSCALL | HDBG_TEAM_POST_SYSCALL);
        assert_int_equal(OPS->debug_thread(CONTEXT, r.child.team), HDBG_OK);
        nr_next(&r);
        expect_read(&r, -EINTR);
        nr_continue(&r);
        nr_expect(&r, WIRE_PRE_SYSCALL);
        nr_continue(&r);
    }
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    obedient_finish(&r);
}

/* How often a team's main thread has waited for something. */
static long sleeps_of(hdbg_team_id team)
{
    char path[64], line[128];
    long count = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)team);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (count < 0 && fgets(line, sizeof line, file) != NULL)
        sscanf(line, "voluntary_ctxt_switches: %ld", &count);
    fclose(file);
    assert_true(count >= 0);
    return count;
}

/* Its beginning was before the flags were set; that the nub makes it begin anew is not to be seen. */
static void the_return_of_a_system_call_that_had_begun_before_is_told(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    await_in_read(&r);
    long before = sleeps_of(r.child.team);
    nr_set_flags(&r, HDBG_TEAM_PRE_SYSCALL | HDBG_TEAM_POST_SYSCALL);
    /* The flags reach it in the call: it stops twice, and sleeps in the call again. */
    while (sleeps_of(r.child.team) < before + 3)
        sched_yield();
    obedient_tell(&r, 'c');
    nr_next(&r);
    expect_read(&r, 1);
    expect_no_beginning(&r);
    nr_continue(&r);
    told_until_done(&r);
    obedient_finish(&r);
}

typedef struct stepped_call {
    int32_t flags;
    int32_t told[3];
} stepped_call;

static const stepped_call kSteppedCalls[] = {
    {0, {WIRE_SINGLE_STEP}},
    {HDBG_TEAM_PRE_SYSCALL, {WIRE_PRE_SYSCALL, WIRE_SINGLE_STEP}},
    {HDBG_TEAM_POST_SYSCALL, {WIRE_POST_SYSCALL, WIRE_SINGLE_STEP}},
    {HDBG_TEAM_PRE_SYSCALL | HDBG_TEAM_POST_SYSCALL, {WIRE_PRE_SYSCALL, WIRE_POST_SYSCALL, WIRE_SINGLE_STEP}},
};

static hdbg_address find_syscall(const nub_run *r)
{
    for (int i = 0; i < r->site_count; i++) {
        uint8_t code[2] = {0};
        OPS->memory_read(CONTEXT, r->child.team, r->site[i], code, sizeof code);
        if (code[0] == 0x0f && code[1] == 0x05)
            return r->site[i];
    }
    fail_msg("the fixture has no system call");
    return 0;
}

/* The step itself ends as one from a stop in a system call does: an instruction later. With a breakpoint at
 * the instruction the nub takes the thread past it in another way. */
static void expect_stepped_call(const stepped_call *wanted, bool broken)
{
    nub_run r;
    nr_start(&r, "instructions", 1, 1, 64, 0);
    nr_use_registers(&r);
    hdbg_address call = find_syscall(&r);
    assert_int_equal(nr_break(&r, call), HDBG_OK);
    nr_begin(&r);
    nr_expect(&r, WIRE_BREAKPOINT_HIT);
    if (!broken)
        nr_unbreak(&r, call);
    nr_set_flags(&r, wanted->flags);
    for (size_t i = 0; i < 3 && wanted->told[i] != 0; i++) {
        nr_continue_as(&r, WIRE_HANDLE_EVENT, true);
        nr_expect(&r, wanted->told[i]);
    }
    nr_set_flags(&r, 0);
    nr_unbreak(&r, call);
    nr_continue(&r);
    nr_to_end(&r, NULL);
    nr_finish(&r);
}

static void a_step_over_a_system_call_tells_of_the_call_as_on_haiku(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kSteppedCalls / sizeof *kSteppedCalls; i++) {
        expect_stepped_call(&kSteppedCalls[i], false);
        expect_stepped_call(&kSteppedCalls[i], true);
    }
}

static void a_detach_at_a_system_call_lets_it_run(void **state)
{
    (void)state;
    for (int after = 0; after < 2; after++) {
        nub_run r;
        obedient_start(&r);
        nr_set_flags(&r, after ? HDBG_TEAM_POST_SYSCALL : HDBG_TEAM_PRE_SYSCALL);
        obedient_tell(&r, 'c');
        for (nr_next(&r); !is_our_call(&r); nr_next(&r))
            nr_continue(&r);
        assert_int_equal(OPS->remove_team_debugger(CONTEXT, r.child.team), HDBG_OK);
        nr_expect_output(&r, "done");
        nr_finish(&r);
    }
}

/* ---- flags of threads ---- */

typedef struct inheritance_case {
    int32_t flags;
    const char *told;
} inheritance_case;

/* The creator's calls are told of by its own flags; here it makes none while its thread lives. */
static const inheritance_case kInheritance[] = {
    {HDBG_THREAD_PRE_SYSCALL | HDBG_THREAD_POST_SYSCALL, ""},
    {HDBG_THREAD_PRE_SYSCALL | HDBG_THREAD_SYSCALL_TRACE_CHILD_THREADS, "["},
    {HDBG_THREAD_POST_SYSCALL | HDBG_THREAD_SYSCALL_TRACE_CHILD_THREADS, "]"},
    {HDBG_THREAD_PRE_SYSCALL | HDBG_THREAD_POST_SYSCALL | HDBG_THREAD_SYSCALL_TRACE_CHILD_THREADS, "[]"},
    {HDBG_THREAD_SYSCALL_TRACE_CHILD_THREADS, ""},
    {HDBG_THREAD_STOP_CHILD_THREADS, "!"},
};

static void new_threads_inherit_what_their_creators_flags_say(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    for (size_t i = 0; i < sizeof kInheritance / sizeof *kInheritance; i++) {
        set_thread_flags(&r, r.child.team, kInheritance[i].flags);
        obedient_tell(&r, 't');
        const char *told = told_until_done(&r);
        if (strcmp(told, kInheritance[i].told) != 0)
            fail_msg("flags %x: \"%s\", not \"%s\"", (unsigned)kInheritance[i].flags, told,
                     kInheritance[i].told);
    }
    set_thread_flags(&r, r.child.team, 0);
    obedient_finish(&r);
}

static void flags_of_another_teams_thread_stay_as_they_are(void **state)
{
    nub_run r, other;
    (void)state;
    obedient_start(&r);
    obedient_start(&other);
    set_thread_flags(&r, other.child.team, HDBG_THREAD_PRE_SYSCALL);
    set_thread_flags(&r, 0x3ffffff, HDBG_THREAD_PRE_SYSCALL);
    obedient_obeys(&other, 'c');
    obedient_obeys(&other, 'c');
    obedient_finish(&r);
    obedient_finish(&other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kt_create, kt_destroy)
    const struct CMUnitTest tests[] = {
        TEST(a_cloned_area_has_the_whole_area_around_the_address),
        TEST(a_cloned_area_is_a_snapshot_and_a_read_is_not),
        TEST(what_is_no_area_of_the_team_is_not_cloned),
        TEST(a_deleted_clone_is_gone),
        TEST(clones_outlive_the_team_and_end_with_the_kernel),
        TEST(system_calls_are_told_of_by_the_flags_of_team_and_thread),
        TEST(a_system_call_that_is_stopped_in_the_midst_is_told_to_be_interrupted_and_to_begin_anew),
        TEST(a_system_call_that_is_stopped_while_it_comes_to_be_traced_is_told_of_as_well),
        TEST(the_return_of_a_system_call_that_had_begun_before_is_told),
        TEST(a_step_over_a_system_call_tells_of_the_call_as_on_haiku),
        TEST(a_detach_at_a_system_call_lets_it_run),
        TEST(new_threads_inherit_what_their_creators_flags_say),
        TEST(flags_of_another_teams_thread_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

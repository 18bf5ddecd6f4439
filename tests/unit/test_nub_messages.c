/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Messages to the nub and its replies: their layouts on each processor, their codes in each release.
 */
#include "nub_fixture.h"

#include "nub/wire.h"

#define WIRE_ABI x86_64
#define ABI_ARCH HDBG_ARCH_X86_64
#include "nub_message_cases.h"
#undef WIRE_ABI
#undef ABI_ARCH
#define WIRE_ABI x86
#define ABI_ARCH HDBG_ARCH_X86
#include "nub_message_cases.h"
#undef WIRE_ABI
#undef ABI_ARCH
#define WIRE_ABI arm64
#define ABI_ARCH HDBG_ARCH_ARM64
#include "nub_message_cases.h"
#undef WIRE_ABI
#undef ABI_ARCH
#define WIRE_ABI riscv64
#define ABI_ARCH HDBG_ARCH_RISCV64
#include "nub_message_cases.h"
#undef WIRE_ABI
#undef ABI_ARCH

static void codes_are_those_of_the_release(void **state)
{
    (void)state;
    static const struct {
        int32_t type, beta4, beta5, beta6;
    } renumbered[] = {
        {HDBG_MESSAGE_CLONE_AREA, HDBG_NOT_SUPPORTED, HDBG_NOT_SUPPORTED, 15},
        {HDBG_MESSAGE_PREPARE_HANDOVER, 15, 15, 1000},
        {HDBG_MESSAGE_WRITE_CORE_FILE, 18, 18, 1001},
        {HDBG_MESSAGE_START_PROFILER, 16, 16, 2000},
        {HDBG_MESSAGE_STOP_PROFILER, 17, 17, 2001},
    };
    for (int32_t type = 0; type <= HDBG_MESSAGE_GET_SIGNAL_HANDLER; type++) {
        for (int release = HDBG_RELEASE_BETA4; release <= HDBG_RELEASE_BETA6; release++)
            assert_int_equal(hdbg_nub_message_code((hdbg_release)release, type), type);
    }
    for (size_t i = 0; i < sizeof renumbered / sizeof *renumbered; i++) {
        assert_int_equal(hdbg_nub_message_code(HDBG_RELEASE_BETA4, renumbered[i].type), renumbered[i].beta4);
        assert_int_equal(hdbg_nub_message_code(HDBG_RELEASE_BETA5, renumbered[i].type), renumbered[i].beta5);
        assert_int_equal(hdbg_nub_message_code(HDBG_RELEASE_BETA6, renumbered[i].type), renumbered[i].beta6);
    }
    assert_int_equal(hdbg_nub_message_code(HDBG_RELEASE_BETA6, 16), HDBG_BAD_VALUE);
}

static void a_code_is_decoded_as_what_it_means_in_the_release(void **state)
{
    (void)state;
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX] = {0};
    hdbg_nub_message message;
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        assert_int_equal(hdbg_nub_message_decode(arch, release, 15, bytes, sizeof bytes, &message), HDBG_OK);
        assert_int_equal(message.type, release == HDBG_RELEASE_BETA6 ? HDBG_MESSAGE_CLONE_AREA
                                                                     : HDBG_MESSAGE_PREPARE_HANDOVER);
        hdbg_status expected = release == HDBG_RELEASE_BETA6 ? HDBG_BAD_MESSAGE : HDBG_OK;
        assert_int_equal(hdbg_nub_message_decode(arch, release, 18, bytes, sizeof bytes, &message), expected);
    }
}

static void messages_have_the_names_of_their_release(void **state)
{
    (void)state;
    assert_string_equal(hdbg_nub_message_name(HDBG_RELEASE_BETA4, 15), "PREPARE_HANDOVER");
    assert_string_equal(hdbg_nub_message_name(HDBG_RELEASE_BETA5, 17), "STOP_PROFILER");
    assert_string_equal(hdbg_nub_message_name(HDBG_RELEASE_BETA6, 15), "CLONE_AREA");
    assert_string_equal(hdbg_nub_message_name(HDBG_RELEASE_BETA6, 1001), "WRITE_CORE_FILE");
    assert_string_equal(hdbg_nub_message_name(HDBG_RELEASE_BETA6, 16), "UNKNOWN");
    assert_string_equal(hdbg_nub_message_name(HDBG_RELEASE_BETA4, -1), "UNKNOWN");
}

static void eleven_messages_are_answered(void **state)
{
    (void)state;
    int answered = 0;
    for (int i = 0; i < HDBG_MESSAGE_COUNT; i++)
        answered += hdbg_nub_message_answered(hdbg_nub_message_type(i));
    assert_int_equal(answered, 11);
    assert_false(hdbg_nub_message_answered(HDBG_MESSAGE_CONTINUE_THREAD));
    assert_true(hdbg_nub_message_answered(HDBG_MESSAGE_STOP_PROFILER));
    assert_int_equal(hdbg_nub_message_type(HDBG_MESSAGE_COUNT), -1);
    assert_int_equal(hdbg_nub_message_type(-1), -1);
}

static void a_write_that_says_more_than_it_has_is_a_bad_message(void **state)
{
    (void)state;
    wire_x86_64_write_memory wire = {.reply_port = 1, .address = 4096, .size = 1024};
    hdbg_nub_message message;
    size_t full = offsetof(wire_x86_64_write_memory, data) + 1024;
    assert_int_equal(hdbg_nub_message_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, 1, &wire, full, &message),
                     HDBG_OK);
    assert_int_equal(
        hdbg_nub_message_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, 1, &wire, full - 1, &message),
        HDBG_BAD_MESSAGE);
    wire.size = 1025;
    assert_int_equal(
        hdbg_nub_message_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, 1, &wire, sizeof wire, &message),
        HDBG_BAD_MESSAGE);
    wire.size = -1;
    assert_int_equal(
        hdbg_nub_message_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, 1, &wire, sizeof wire, &message),
        HDBG_BAD_MESSAGE);
}

static void a_reply_that_contradicts_itself_is_a_bad_message(void **state)
{
    (void)state;
    hdbg_nub_reply reply;
    int32_t positive = 5;
    assert_int_equal(hdbg_nub_reply_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, HDBG_MESSAGE_SET_BREAKPOINT,
                                           7, &positive, sizeof positive, &reply),
                     HDBG_BAD_MESSAGE);
    wire_x86_64_read_memory_reply read = {.error = 0, .size = 0};
    assert_int_equal(hdbg_nub_reply_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, HDBG_MESSAGE_READ_MEMORY, 0,
                                           &read, 8, &reply),
                     HDBG_BAD_MESSAGE);
    read.size = 2000;
    assert_int_equal(hdbg_nub_reply_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, HDBG_MESSAGE_READ_MEMORY, 0,
                                           &read, sizeof read, &reply),
                     HDBG_BAD_MESSAGE);
    wire_x86_64_get_cpu_state_reply state_reply = {.error = 0, .message = 7};
    assert_int_equal(hdbg_nub_reply_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, HDBG_MESSAGE_GET_CPU_STATE,
                                           6, &state_reply, sizeof state_reply, &reply),
                     HDBG_BAD_MESSAGE);
}

static void a_reply_of_r1_beta4_to_stop_profiler_is_shorter(void **state)
{
    (void)state;
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX];
    int32_t code;
    hdbg_nub_reply reply = {.type = HDBG_MESSAGE_STOP_PROFILER};
    assert_int_equal(
        hdbg_nub_reply_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA4, &reply, &code, bytes, sizeof bytes),
        sizeof(wire_x86_64_profiler_update_beta4));
    assert_int_equal(code, 17);
    assert_int_equal(hdbg_nub_reply_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA4, HDBG_MESSAGE_STOP_PROFILER,
                                           code, bytes, sizeof(wire_x86_64_profiler_update_beta4), &reply),
                     HDBG_OK);
}

static void encoding_checks_the_message_and_the_room(void **state)
{
    (void)state;
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX];
    int32_t code;
    hdbg_nub_message message = {.type = 16};
    assert_int_equal(
        hdbg_nub_message_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &message, &code, bytes, sizeof bytes),
        HDBG_BAD_VALUE);
    message.type = HDBG_MESSAGE_SET_BREAKPOINT;
    assert_int_equal(
        hdbg_nub_message_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &message, &code, bytes, 15),
        HDBG_BUFFER_OVERFLOW);
    assert_int_equal(
        hdbg_nub_message_encode(HDBG_ARCH_UNKNOWN, HDBG_RELEASE_BETA6, &message, &code, bytes, sizeof bytes),
        HDBG_NOT_SUPPORTED);
    message.type = HDBG_MESSAGE_WRITE_MEMORY;
    message.size = 1025;
    assert_int_equal(
        hdbg_nub_message_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &message, &code, bytes, sizeof bytes),
        HDBG_BAD_VALUE);
    hdbg_nub_reply reply = {.type = HDBG_MESSAGE_CONTINUE_THREAD};
    assert_int_equal(
        hdbg_nub_reply_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &reply, &code, bytes, sizeof bytes),
        HDBG_BAD_VALUE);
}

#define LAYOUT_TESTS(abi)                                                                                    \
    {"memory_messages_are_laid_out_as_on_haiku_" #abi, memory_messages_##abi, NULL, NULL, NULL},             \
        {"thread_messages_are_laid_out_as_on_haiku_" #abi, thread_messages_##abi, NULL, NULL, NULL},         \
        {"point_messages_are_laid_out_as_on_haiku_" #abi, point_messages_##abi, NULL, NULL, NULL},           \
        {"signal_messages_are_laid_out_as_on_haiku_" #abi, signal_messages_##abi, NULL, NULL, NULL},         \
        {"profiler_messages_are_laid_out_as_on_haiku_" #abi, profiler_messages_##abi, NULL, NULL, NULL},     \
        {"memory_replies_are_laid_out_as_on_haiku_" #abi, memory_replies_##abi, NULL, NULL, NULL},           \
        {"plain_replies_are_laid_out_as_on_haiku_" #abi, plain_replies_##abi, NULL, NULL, NULL},             \
        {"cpu_state_replies_are_laid_out_as_on_haiku_" #abi, cpu_state_replies_##abi, NULL, NULL, NULL},     \
        {"signal_replies_are_laid_out_as_on_haiku_" #abi, signal_replies_##abi, NULL, NULL, NULL},           \
    {                                                                                                        \
        "profiler_replies_are_laid_out_as_on_haiku_" #abi, profiler_replies_##abi, NULL, NULL, NULL          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAYOUT_TESTS(x86_64),
        LAYOUT_TESTS(x86),
        LAYOUT_TESTS(arm64),
        LAYOUT_TESTS(riscv64),
        cmocka_unit_test(codes_are_those_of_the_release),
        cmocka_unit_test(a_code_is_decoded_as_what_it_means_in_the_release),
        cmocka_unit_test(messages_have_the_names_of_their_release),
        cmocka_unit_test(eleven_messages_are_answered),
        cmocka_unit_test(a_write_that_says_more_than_it_has_is_a_bad_message),
        cmocka_unit_test(a_reply_that_contradicts_itself_is_a_bad_message),
        cmocka_unit_test(a_reply_of_r1_beta4_to_stop_profiler_is_shorter),
        cmocka_unit_test(encoding_checks_the_message_and_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

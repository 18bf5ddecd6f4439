/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Events of the nub: their layouts on each processor and in each release, and messages that are none.
 */
#include "nub_fixture.h"

#include "nub/wire.h"

#define WIRE_ABI x86_64
#define ABI_ARCH HDBG_ARCH_X86_64
#include "nub_event_cases.h"
#undef WIRE_ABI
#undef ABI_ARCH
#define WIRE_ABI x86
#define ABI_ARCH HDBG_ARCH_X86
#include "nub_event_cases.h"
#undef WIRE_ABI
#undef ABI_ARCH
#define WIRE_ABI arm64
#define ABI_ARCH HDBG_ARCH_ARM64
#include "nub_event_cases.h"
#undef WIRE_ABI
#undef ABI_ARCH
#define WIRE_ABI riscv64
#define ABI_ARCH HDBG_ARCH_RISCV64
#include "nub_event_cases.h"
#undef WIRE_ABI
#undef ABI_ARCH

static size_t size_on(hdbg_arch arch, int32_t type)
{
    switch (arch) {
    case HDBG_ARCH_X86:
        return kSizes_x86[type];
    case HDBG_ARCH_ARM64:
        return kSizes_arm64[type];
    case HDBG_ARCH_RISCV64:
        return kSizes_riscv64[type];
    default:
        return kSizes_x86_64[type];
    }
}

/* R1/beta4's length of an event that was shorter there; else 0. */
static size_t beta4_size(hdbg_arch arch, int32_t type)
{
    switch (type) {
    case HDBG_EVENT_SIGNAL_RECEIVED:
        return arch == HDBG_ARCH_X86 ? sizeof(wire_x86_signal_received_beta4)
                                     : sizeof(wire_x86_64_signal_received_beta4);
    case HDBG_EVENT_TEAM_DELETED:
    case HDBG_EVENT_THREAD_DELETED:
        return sizeof(wire_origin);
    case HDBG_EVENT_PROFILER_UPDATE:
        return sizeof(wire_x86_64_profiler_update_beta4);
    default:
        return 0;
    }
}

static void each_event_of_each_release_has_its_length(void **state)
{
    (void)state;
    uint8_t buffer[HDBG_NUB_EVENT_SIZE_MAX];
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        for (int32_t type = 0; type < HDBG_EVENT_COUNT; type++) {
            hdbg_nub_event event = {.type = type};
            size_t expected = size_on(arch, type);
            if (release == HDBG_RELEASE_BETA4 && beta4_size(arch, type) != 0)
                expected = beta4_size(arch, type);
            assert_int_equal(hdbg_nub_event_encode(arch, release, &event, buffer, sizeof buffer), expected);
        }
    }
}

static void a_short_event_is_a_bad_message(void **state)
{
    (void)state;
    uint8_t *bytes = calloc(1, HDBG_NUB_EVENT_SIZE_MAX);
    hdbg_nub_event event;
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        for (int32_t type = 0; type < HDBG_EVENT_COUNT; type++) {
            size_t full = size_on(arch, type);
            size_t old = beta4_size(arch, type);
            for (size_t size = 0; size < full; size++) {
                int told = old != 0 && (size == old || (size > old && release == HDBG_RELEASE_BETA4));
                assert_int_equal(hdbg_nub_event_decode(arch, release, type, bytes, size, &event),
                                 told ? HDBG_OK : HDBG_BAD_MESSAGE);
            }
        }
    }
    free(bytes);
}

static void an_event_that_later_releases_made_longer_is_decoded(void **state)
{
    (void)state;
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX + 64] = {0};
    hdbg_nub_event event;
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        for (int32_t type = 0; type < HDBG_EVENT_COUNT; type++) {
            size_t size = size_on(arch, type) + 24;
            assert_int_equal(hdbg_nub_event_decode(arch, release, type, bytes, size, &event), HDBG_OK);
            assert_int_equal(event.size, size);
        }
    }
}

static void lengths_outweigh_what_the_kernel_says_of_its_release(void **state)
{
    (void)state;
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX] = {0};
    hdbg_nub_event event;
    int32_t type = HDBG_EVENT_TEAM_DELETED;
    assert_int_equal(hdbg_nub_event_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, type, bytes, 12, &event),
                     HDBG_OK);
    assert_int_equal(event.data.team_end.known, 0);
    assert_int_equal(hdbg_nub_event_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA4, type, bytes, 40, &event),
                     HDBG_OK);
    assert_int_equal(event.data.team_end.known, 1);
}

static void an_unknown_code_is_a_bad_message(void **state)
{
    (void)state;
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX] = {0};
    hdbg_nub_event event;
    const int32_t codes[] = {-1, 18, 1000, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        assert_int_equal(hdbg_nub_event_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, codes[i], bytes,
                                               sizeof bytes, &event),
                         HDBG_BAD_MESSAGE);
    }
    assert_non_null(strstr(hdbg_last_error(), "2147483647"));
}

static void a_message_may_lie_at_an_odd_address(void **state)
{
    (void)state;
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX + 1];
    hdbg_nub_event sent = {.type = HDBG_EVENT_TEAM_DELETED, .thread = -1, .team = 5, .nub_port = -1};
    sent.data.team_end.user_time = INT64_C(0x7777777777);
    hdbg_nub_event event;
    FOR_EACH_PROCESSOR_AND_RELEASE(arch, release)
    {
        int64_t size = hdbg_nub_event_encode(arch, release, &sent, bytes + 1, sizeof bytes - 1);
        assert_true(size > 0);
        assert_int_equal(hdbg_nub_event_decode(arch, release, sent.type, bytes + 1, (size_t)size, &event),
                         HDBG_OK);
        assert_int_equal(event.team, 5);
        assert_true(release == HDBG_RELEASE_BETA4 || event.data.team_end.user_time == INT64_C(0x7777777777));
    }
}

static void an_image_name_without_an_end_is_cut(void **state)
{
    (void)state;
    wire_x86_64_image_created image;
    memset(&image, 'x', sizeof image);
    hdbg_nub_event event;
    assert_int_equal(hdbg_nub_event_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, HDBG_EVENT_IMAGE_CREATED,
                                           &image, sizeof image, &event),
                     HDBG_OK);
    assert_int_equal(strlen(event.data.image.info.path), HDBG_PATH_LENGTH - 1);
}

static void garbage_of_any_length_is_decoded_or_refused(void **state)
{
    (void)state;
    srand(1);
    hdbg_nub_event event;
    for (int round = 0; round < 20000; round++) {
        size_t size = (size_t)rand() % (HDBG_NUB_EVENT_SIZE_MAX + 1);
        uint8_t *bytes = malloc(size > 0 ? size : 1); /* so that a sanitizer sees a read past the end */
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)rand();
        hdbg_status status =
            hdbg_nub_event_decode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, rand() % 22 - 2, bytes, size, &event);
        assert_true(status == HDBG_OK || status == HDBG_BAD_MESSAGE);
        free(bytes);
    }
}

static void a_processor_without_a_table_is_not_supported(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    hdbg_nub_event event = {.type = HDBG_EVENT_THREAD_DEBUGGED};
    assert_int_equal(
        hdbg_nub_event_decode(HDBG_ARCH_UNKNOWN, HDBG_RELEASE_BETA6, 0, bytes, sizeof bytes, &event),
        HDBG_NOT_SUPPORTED);
    assert_int_equal(hdbg_nub_event_encode((hdbg_arch)99, HDBG_RELEASE_BETA6, &event, bytes, sizeof bytes),
                     HDBG_NOT_SUPPORTED);
}

static void encoding_checks_the_event_and_the_room(void **state)
{
    (void)state;
    uint8_t bytes[HDBG_NUB_EVENT_SIZE_MAX];
    hdbg_nub_event event = {.type = 18};
    assert_int_equal(hdbg_nub_event_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &event, bytes, sizeof bytes),
                     HDBG_BAD_VALUE);
    event.type = HDBG_EVENT_DEBUGGER_CALL;
    assert_int_equal(hdbg_nub_event_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &event, bytes, 23),
                     HDBG_BUFFER_OVERFLOW);
    event.type = HDBG_EVENT_SINGLE_STEP;
    event.data.cpu_state.arch = HDBG_ARCH_ARM64;
    event.data.cpu_state.size = 272;
    assert_int_equal(hdbg_nub_event_encode(HDBG_ARCH_X86_64, HDBG_RELEASE_BETA6, &event, bytes, sizeof bytes),
                     HDBG_BAD_VALUE);
}

static void events_and_exceptions_have_names(void **state)
{
    (void)state;
    assert_string_equal(hdbg_event_type_name(HDBG_EVENT_TEAM_EXEC), "TEAM_EXEC");
    assert_string_equal(hdbg_event_type_name(HDBG_EVENT_THREAD_DELETED), "THREAD_DELETED");
    assert_string_equal(hdbg_event_type_name(HDBG_EVENT_NUB_LOST), "NUB_LOST");
    assert_string_equal(hdbg_event_type_name(-1), "UNKNOWN");
    assert_string_equal(hdbg_event_type_name(18), "UNKNOWN");
    assert_string_equal(hdbg_exception_name(HDBG_EXCEPTION_SEGMENT_VIOLATION), "segment violation");
    assert_string_equal(hdbg_exception_name(12), "unknown exception");
    for (int32_t a = 0; a < HDBG_EVENT_COUNT; a++) {
        for (int32_t b = 0; b < a; b++)
            assert_string_not_equal(hdbg_event_type_name(a), hdbg_event_type_name(b));
    }
}

#define LAYOUT_TESTS(abi)                                                                                    \
    {"plain_events_are_laid_out_as_on_haiku_" #abi, plain_events_##abi, NULL, NULL, NULL},                   \
        {"stops_carry_the_cpu_state_" #abi, stops_with_cpu_state_##abi, NULL, NULL, NULL},                   \
        {"system_calls_are_laid_out_as_on_haiku_" #abi, system_calls_##abi, NULL, NULL, NULL},               \
        {"signals_are_laid_out_as_on_haiku_" #abi, signals_##abi, NULL, NULL, NULL},                         \
        {"ends_are_laid_out_as_on_haiku_" #abi, ends_##abi, NULL, NULL, NULL},                               \
        {"images_are_laid_out_as_on_haiku_" #abi, images_##abi, NULL, NULL, NULL},                           \
    {                                                                                                        \
        "profiler_updates_are_laid_out_as_on_haiku_" #abi, profiler_updates_##abi, NULL, NULL, NULL          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAYOUT_TESTS(x86_64),
        LAYOUT_TESTS(x86),
        LAYOUT_TESTS(arm64),
        LAYOUT_TESTS(riscv64),
        cmocka_unit_test(each_event_of_each_release_has_its_length),
        cmocka_unit_test(a_short_event_is_a_bad_message),
        cmocka_unit_test(an_event_that_later_releases_made_longer_is_decoded),
        cmocka_unit_test(lengths_outweigh_what_the_kernel_says_of_its_release),
        cmocka_unit_test(an_unknown_code_is_a_bad_message),
        cmocka_unit_test(a_message_may_lie_at_an_odd_address),
        cmocka_unit_test(an_image_name_without_an_end_is_cut),
        cmocka_unit_test(garbage_of_any_length_is_decoded_or_refused),
        cmocka_unit_test(a_processor_without_a_table_is_not_supported),
        cmocka_unit_test(encoding_checks_the_event_and_the_room),
        cmocka_unit_test(events_and_exceptions_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

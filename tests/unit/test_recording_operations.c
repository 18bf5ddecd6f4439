/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Each operation of a kernel is recorded with all that goes in and comes out, and given back as it was.
 */
#include "recorded.h"

#include "kernel/recording/format.h"

/* ---- a kernel that fills in what a generator says ---- */

enum { THREADS = 3, BIG = 300000 };

static void fill(void *to, size_t size, uint8_t seed)
{
    uint8_t *bytes = to;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 31 + seed);
}

/* Fills a struct behind its size; texts end. */
#define FILL(info, seed)                                                                                     \
    do {                                                                                                     \
        size_t size_ = (info)->size;                                                                         \
        fill((info), sizeof *(info), seed);                                                                  \
        (info)->size = size_;                                                                                \
    } while (0)

static hdbg_time fake_time(void *context)
{
    return ++*(hdbg_time *)context * 10;
}

static void fake_destroy(void *context)
{
    (void)context;
}

static hdbg_status fake_system_info(void *context, hdbg_system_info *info)
{
    (void)context;
    *info = (hdbg_system_info){.size = info->size, .release = HDBG_RELEASE_BETA5, .arch = HDBG_ARCH_ARM64};
    strcpy(info->kernel_name, "fake");
    return HDBG_OK;
}

static hdbg_status fake_team_info(void *context, hdbg_team_id team, hdbg_team_info *info)
{
    (void)context;
    FILL(info, 3);
    info->team = team;
    info->reserved = 0;
    strcpy(info->name, "a \"name\"");
    strcpy(info->arguments, "one two");
    return HDBG_OK;
}

static hdbg_status fake_next_area(void *context, hdbg_team_id team, int64_t *cookie, hdbg_area_info *info)
{
    (void)context;
    if (*cookie >= 2)
        return hdbg_kernel_fail(HDBG_BAD_INDEX, "no further area of team %d", (int)team);
    ++*cookie;
    FILL(info, (uint8_t)*cookie);
    snprintf(info->name, sizeof info->name, "area %d", (int)*cookie);
    snprintf(info->path, sizeof info->path, "/a/path");
    return HDBG_OK;
}

static int64_t fake_memory_read(void *context, hdbg_team_id team, hdbg_address address, void *buffer,
                                size_t size)
{
    (void)context;
    (void)team;
    fill(buffer, size, (uint8_t)address);
    memset((uint8_t *)buffer + size / 3, 0, size / 3);
    return (int64_t)size - 1;
}

static int64_t fake_team_threads(void *context, hdbg_team_id team, hdbg_thread_id *threads, size_t capacity)
{
    (void)context;
    for (size_t i = 0; i < capacity && i < THREADS; i++)
        threads[i] = team + (hdbg_thread_id)i;
    return THREADS;
}

static hdbg_status fake_thread_registers(void *context, hdbg_team_id team, hdbg_thread_registers *registers,
                                         size_t count)
{
    (void)context;
    (void)team;
    for (size_t i = 0; i < count; i++) {
        registers[i].status = i == 1 ? HDBG_BAD_THREAD_STATE : HDBG_OK;
        registers[i].cpu_state = (hdbg_cpu_state){.arch = HDBG_ARCH_X86_64, .size = HDBG_CPU_STATE_MAX};
        fill(registers[i].cpu_state.data, HDBG_CPU_STATE_MAX, (uint8_t)i);
        registers[i].extra = (hdbg_extra_registers){
            .size = sizeof(hdbg_extra_registers), .valid = 7, .fs_base = UINT64_MAX, .segments = {51, 43}};
    }
    return HDBG_OK;
}

static int64_t fake_wait_for_objects(void *context, hdbg_object_wait *objects, size_t count,
                                     hdbg_time timeout)
{
    (void)context;
    for (size_t i = 0; i < count; i++)
        objects[i].events = (uint16_t)(i == 0 ? HDBG_WAIT_READ : HDBG_WAIT_INVALID);
    return timeout == 0 ? hdbg_kernel_fail(HDBG_WOULD_BLOCK, "nothing is ready") : (int64_t)count;
}

static hdbg_status fake_next_pages(void *context, hdbg_team_id team, int32_t kind, hdbg_address *address,
                                   hdbg_address end, uint64_t *size)
{
    (void)context;
    (void)team;
    (void)kind;
    *address = end - 0x3000;
    *size = 0x2000;
    return HDBG_OK;
}

static hdbg_team_id fake_launch(void *context, const hdbg_launch_spec *spec)
{
    (void)context;
    return spec->arguments != NULL ? 77 : hdbg_kernel_fail(HDBG_BAD_VALUE, "no arguments");
}

static hdbg_status fake_team_details(void *context, hdbg_team_id team, int32_t kind,
                                     int (*visit)(void *context, const hdbg_detail *detail),
                                     void *visit_context)
{
    (void)context;
    (void)team;
    for (int i = 0; i < 5; i++) {
        char words[32];
        snprintf(words, sizeof words, "detail %d", i);
        hdbg_detail detail = {sizeof detail, words, i, -i, (uint32_t)kind, 0};
        if (visit(visit_context, &detail) != 0)
            break;
    }
    return HDBG_OK;
}

static hdbg_status fake_core_notes(void *context, hdbg_team_id team, const hdbg_core_thread *threads,
                                   size_t count,
                                   hdbg_status (*add)(void *sink, const char *name, uint32_t type,
                                                      const void *data, size_t size),
                                   void *sink)
{
    (void)context;
    (void)team;
    hdbg_status status = HDBG_OK;
    for (size_t i = 0; i < count && status == HDBG_OK; i++)
        status = add(sink, "NOTE", (uint32_t)i, &threads[i].thread, sizeof threads[i].thread);
    return status;
}

static hdbg_status fake_tls_address(void *context, hdbg_thread_id thread, const hdbg_image_info *image,
                                    uint64_t offset,
                                    hdbg_status (*find)(void *finder, const char *name, hdbg_address *symbol),
                                    void *finder, hdbg_address *address)
{
    (void)context;
    (void)thread;
    hdbg_address symbol;
    if (find(finder, "absent", &symbol) == HDBG_OK || find(finder, "present", &symbol) != HDBG_OK)
        return HDBG_NAME_NOT_FOUND;
    *address = symbol + offset + image->text;
    return HDBG_OK;
}

static int64_t fake_signal_info(void *context, hdbg_thread_id thread, void *info, size_t size)
{
    (void)context;
    (void)thread;
    fill(info, size, 9);
    return (int64_t)size;
}

static const hdbg_kernel_ops kFake = {
    .size = sizeof kFake,
    .version = HDBG_KERNEL_VERSION,
    .destroy = fake_destroy,
    .system_info = fake_system_info,
    .system_time = fake_time,
    .team_info = fake_team_info,
    .next_area = fake_next_area,
    .memory_read = fake_memory_read,
    .team_threads = fake_team_threads,
    .thread_registers = fake_thread_registers,
    .wait_for_objects = fake_wait_for_objects,
    .next_pages = fake_next_pages,
    .launch = fake_launch,
    .team_details = fake_team_details,
    .core_notes = fake_core_notes,
    .tls_address = fake_tls_address,
    .signal_info = fake_signal_info,
};

/* ---- recorded, and then played ---- */

typedef void (*scene)(hdbg_kernel *k);

static void record_and_play(void **state, scene run)
{
    hdbg_time now = 100;
    hdbg_kernel fake = {&kFake, &now}, *recorded;
    hdbg_player *player;
    assert_int_equal(hdbg_kernel_record(&fake, file_in(state, "a"), &recorded), HDBG_OK);
    run(recorded);
    assert_int_equal(hdbg_kernel_record_status(recorded), HDBG_OK);
    hdbg_kernel_destroy(recorded);
    assert_int_equal(hdbg_player_create(file_in(state, "a"), NULL, &player), HDBG_OK);
    run(hdbg_player_kernel(player));
    const char *wrong = hdbg_player_verify(player);
    assert_string_equal(wrong != NULL ? wrong : "", "");
    hdbg_player_destroy(player);
}

static void ask_for_structs(hdbg_kernel *k)
{
    hdbg_team_info info = {.size = sizeof info}, expected = {.size = sizeof expected};
    assert_int_equal(k->ops->team_info(k->context, 500, &info), HDBG_OK);
    fake_team_info(NULL, 500, &expected);
    /* A text's bytes behind its end are no part of it. */
    assert_string_equal(info.name, expected.name);
    assert_string_equal(info.arguments, expected.arguments);
    memset(info.name, 0, sizeof info.name);
    memset(expected.name, 0, sizeof info.name);
    memset(info.arguments, 0, sizeof info.arguments);
    memset(expected.arguments, 0, sizeof info.arguments);
    assert_memory_equal(&info, &expected, sizeof info);
}

static void structs_come_back_field_by_field(void **state)
{
    record_and_play(state, ask_for_structs);
}

static void go_through_areas(hdbg_kernel *k)
{
    int64_t cookie = 0;
    hdbg_area_info whole = {.size = sizeof whole};
    assert_int_equal(k->ops->next_area(k->context, 5, &cookie, &whole), HDBG_OK);
    assert_int_equal(cookie, 1);
    assert_string_equal(whole.name, "area 1");
    assert_int_equal(k->ops->next_area(k->context, 5, &cookie, &whole), HDBG_OK);
    assert_string_equal(whole.path, "/a/path");
    assert_int_equal(k->ops->next_area(k->context, 5, &cookie, &whole), HDBG_BAD_INDEX);
    assert_string_equal(hdbg_last_error(), "no further area of team 5");
    assert_int_equal(cookie, 2);
}

static void lists_come_back_to_their_end_with_its_sentence(void **state)
{
    record_and_play(state, go_through_areas);
}

static void ask_for_bytes(hdbg_kernel *k)
{
    uint8_t *bytes = malloc(BIG), *expected = malloc(BIG);
    for (size_t size = 1; size < BIG; size = size * 3 + 1) {
        for (int twice = 0; twice < 2; twice++) {
            memset(bytes, 0xee, BIG);
            assert_int_equal(k->ops->memory_read(k->context, 5, 0x1000 + size, bytes, size), size - 1);
            fake_memory_read(NULL, 5, 0x1000 + size, expected, size);
            assert_memory_equal(bytes, expected, size - 1);
        }
    }
    assert_int_equal(k->ops->signal_info(k->context, 5, bytes, 128), 128);
    fake_signal_info(NULL, 5, expected, 128);
    assert_memory_equal(bytes, expected, 128);
    free(bytes);
    free(expected);
}

static void bytes_of_all_lengths_come_back(void **state)
{
    record_and_play(state, ask_for_bytes);
}

static void ask_for_lists(hdbg_kernel *k)
{
    hdbg_thread_id ids[THREADS] = {0};
    assert_int_equal(k->ops->team_threads(k->context, 50, ids, THREADS), THREADS);
    assert_int_equal(ids[2], 52);
    assert_int_equal(k->ops->team_threads(k->context, 50, NULL, 0), THREADS);

    hdbg_object_wait objects[2] = {{1, HDBG_OBJECT_PORT, HDBG_WAIT_READ}, {2, HDBG_OBJECT_PORT, 0}};
    assert_int_equal(k->ops->wait_for_objects(k->context, objects, 2, 100), 2);
    assert_int_equal(objects[1].events, HDBG_WAIT_INVALID);
    objects[1].events = 0;
    assert_int_equal(k->ops->wait_for_objects(k->context, objects, 2, 0), HDBG_WOULD_BLOCK);
    assert_string_equal(hdbg_last_error(), "nothing is ready");
    assert_int_equal(objects[1].events, HDBG_WAIT_INVALID);

    hdbg_thread_registers *registers = calloc(THREADS, sizeof *registers);
    for (int i = 0; i < THREADS; i++)
        registers[i].thread = 50 + i;
    assert_int_equal(k->ops->thread_registers(k->context, 50, registers, THREADS), HDBG_OK);
    hdbg_thread_registers *expected = calloc(THREADS, sizeof *expected);
    for (int i = 0; i < THREADS; i++)
        expected[i].thread = 50 + i;
    fake_thread_registers(NULL, 50, expected, THREADS);
    assert_memory_equal(registers, expected, THREADS * sizeof *registers);
    free(registers);
    free(expected);

    hdbg_address address = 0x1000;
    uint64_t size = 0;
    assert_int_equal(k->ops->next_pages(k->context, 50, 1, &address, UINT64_MAX, &size), HDBG_OK);
    assert_true(address == UINT64_MAX - 0x3000 && size == 0x2000);
}

static void lists_and_what_pointers_lead_to_come_back(void **state)
{
    record_and_play(state, ask_for_lists);
}

static void launch(hdbg_kernel *k)
{
    const char *const arguments[] = {"/bin/true", "", "a b", NULL}, *const none[] = {NULL};
    hdbg_launch_spec spec = {.size = sizeof spec, .path = "/bin/true", .arguments = arguments};
    assert_int_equal(k->ops->launch(k->context, &spec), 77);
    spec.arguments = none;
    assert_int_equal(k->ops->launch(k->context, &spec), 77);
    spec.arguments = NULL;
    assert_int_equal(k->ops->launch(k->context, &spec), HDBG_BAD_VALUE);
    assert_string_equal(hdbg_last_error(), "no arguments");
}

static void a_launch_is_recorded_with_its_arguments(void **state)
{
    record_and_play(state, launch);
}

/* ---- callbacks ---- */

typedef struct visitor {
    hdbg_kernel *kernel;
    int visits;
} visitor;

static int visit(void *context, const hdbg_detail *detail)
{
    visitor *v = context;
    char expected[32];
    snprintf(expected, sizeof expected, "detail %d", v->visits);
    assert_string_equal(detail->text, expected);
    assert_int_equal(detail->value, -v->visits);
    assert_int_equal(detail->flags, 4);
    hdbg_team_info info = {.size = sizeof info};
    assert_int_equal(v->kernel->ops->team_info(v->kernel->context, 700 + v->visits, &info), HDBG_OK);
    assert_int_equal(info.team, 700 + v->visits);
    return ++v->visits == 3;
}

static hdbg_status add_note(void *sink, const char *name, uint32_t type, const void *data, size_t size)
{
    assert_string_equal(name, "NOTE");
    assert_int_equal(size, sizeof(int32_t));
    int32_t thread;
    memcpy(&thread, data, sizeof thread);
    assert_int_equal(thread, 90 + (int32_t)type);
    ++*(int *)sink;
    return HDBG_OK;
}

static hdbg_status find_symbol(void *finder, const char *name, hdbg_address *symbol)
{
    hdbg_kernel *k = finder;
    uint8_t byte[2];
    assert_int_equal(k->ops->memory_read(k->context, 1, 2, byte, 2), 1);
    *symbol = 0x4000;
    return strcmp(name, "present") == 0 ? HDBG_OK : HDBG_NAME_NOT_FOUND;
}

static void be_called(hdbg_kernel *k)
{
    visitor v = {k, 0};
    assert_int_equal(k->ops->team_details(k->context, 6, 4, visit, &v), HDBG_OK);
    assert_int_equal(v.visits, 3);

    static hdbg_core_thread threads[2] = {{.thread = 90, .name = "one"}, {.thread = 91, .name = "two"}};
    int notes = 0;
    assert_int_equal(k->ops->core_notes(k->context, 6, threads, 2, add_note, &notes), HDBG_OK);
    assert_int_equal(notes, 2);

    hdbg_image_info image = {.text = 0x100, .path = "/lib/x"};
    hdbg_address address = 0;
    assert_int_equal(k->ops->tls_address(k->context, 7, &image, 8, find_symbol, k, &address), HDBG_OK);
    assert_int_equal(address, 0x4108);
}

static void callbacks_are_told_the_same_and_may_call_in_turn(void **state)
{
    record_and_play(state, be_called);
}

static hdbg_status find_another(void *finder, const char *name, hdbg_address *symbol)
{
    hdbg_status status = find_symbol(finder, name, symbol);
    *symbol = 0x5000;
    return status;
}

static void another_answer_of_a_callback_diverges(void **state)
{
    hdbg_time now = 100;
    hdbg_kernel fake = {&kFake, &now}, *k;
    hdbg_player *player;
    hdbg_image_info image = {.text = 0x100};
    hdbg_address address;
    assert_int_equal(hdbg_kernel_record(&fake, file_in(state, "a"), &k), HDBG_OK);
    assert_int_equal(k->ops->tls_address(k->context, 7, &image, 8, find_symbol, k, &address), HDBG_OK);
    hdbg_kernel_destroy(k);
    assert_int_equal(hdbg_player_create(file_in(state, "a"), NULL, &player), HDBG_OK);
    k = hdbg_player_kernel(player);
    assert_int_equal(k->ops->tls_address(k->context, 7, &image, 8, find_another, k, &address), HDBG_NUB_LOST);
    assert_string_equal(hdbg_player_verify(player),
                        "the recording diverges in call 3, of thread 1: tls_address\n"
                        "  expected: the answer 16384 of find, call 2\n"
                        "  came:     20480\n");
    hdbg_player_destroy(player);
}

/* ---- the table ---- */

static bool is_passed_on(size_t place)
{
    return place == offsetof(hdbg_kernel_ops, destroy) || place == offsetof(hdbg_kernel_ops, syscall) ||
           place == offsetof(hdbg_kernel_ops, syscall_error);
}

static void each_operation_of_a_kernel_is_in_the_table(void **state)
{
    (void)state;
    for (size_t place = offsetof(hdbg_kernel_ops, destroy); place < sizeof(hdbg_kernel_ops);
         place += sizeof(void (*)(void))) {
        int found = is_passed_on(place);
        for (int i = 0; i < OPERATION_COUNT; i++)
            found += kOperations[i].name != NULL && kOperations[i].place == place;
        if (found != 1)
            fail_msg("the function at byte %zu of hdbg_kernel_ops is %d times in the table", place, found);
    }
}

static void numbers_of_operations_stay(void **state)
{
    static const struct {
        int number;
        const char *name;
    } kKnown[] = {{2, "system_info"},  {6, "port_read"},      {17, "launch"},    {32, "memory_read"},
                  {44, "tls_address"}, {50, "shares_memory"}, {51, "trace_team"}};
    (void)state;
    for (size_t i = 0; i < sizeof kKnown / sizeof *kKnown; i++)
        assert_string_equal(kOperations[kKnown[i].number].name, kKnown[i].name);
}

static void the_document_has_each_operation_with_its_number(void **state)
{
    size_t size;
    (void)state;
    char *document = (char *)read_whole(HDBG_TEST_SOURCES "/../docs/recording.md", &size);
    document[size] = '\0';
    for (int i = 0; i < OPERATION_COUNT; i++) {
        char line[80];
        if (kOperations[i].name == NULL)
            continue;
        snprintf(line, sizeof line, "\n| %d | %s | ", i, kOperations[i].name);
        if (strstr(document, line) == NULL)
            fail_msg("docs/recording.md does not have: %s", line + 1);
    }
    free(document);
}

static void what_a_kernel_has_not_neither_recorder_nor_player_have(void **state)
{
    hdbg_time now = 100;
    hdbg_kernel fake = {&kFake, &now}, *k;
    hdbg_player *player;
    assert_int_equal(hdbg_kernel_record(&fake, file_in(state, "a"), &k), HDBG_OK);
    assert_null(k->ops->step_range);
    assert_null(k->ops->syscall);
    assert_non_null(k->ops->memory_read);
    hdbg_kernel_destroy(k);
    assert_int_equal(hdbg_player_create(file_in(state, "a"), NULL, &player), HDBG_OK);
    k = hdbg_player_kernel(player);
    assert_null(k->ops->step_range);
    assert_null(k->ops->syscall);
    assert_non_null(k->ops->memory_read);
    hdbg_player_destroy(player);
}

/* ---- lines ---- */

static void calls_are_printed_as_text_and_json(void **state)
{
    hdbg_time now = 100;
    hdbg_kernel fake = {&kFake, &now}, *k;
    hdbg_recording *recording;
    hdbg_thread_id ids[2];
    int64_t cookie = 2;
    hdbg_area_info area = {.size = sizeof area};
    assert_int_equal(hdbg_kernel_record(&fake, file_in(state, "a"), &k), HDBG_OK);
    k->ops->team_threads(k->context, 50, ids, 2);
    k->ops->next_area(k->context, 5, &cookie, &area);
    launch(k);
    hdbg_kernel_destroy(k);
    assert_int_equal(hdbg_recording_open(file_in(state, "a"), &recording), HDBG_OK);
    assert_string_equal(hdbg_recording_text(recording), "");
    assert_int_equal(hdbg_recording_next(recording, NULL), HDBG_OK);
    assert_string_equal(hdbg_recording_text(recording),
                        "team_threads team=50 capacity=2 = 3 threads:2 id=50 id=51");
    const char *json = strchr(hdbg_recording_json(recording), ',');
    assert_string_equal(strchr(json + 1, ','), /* where it is in the file depends on the day */
                        ",\"thread\":1,\"depth\":0,\"start\":1020,\"end\":1030,"
                        "\"call\":\"team_threads\",\"in\":{\"team\":50,\"capacity\":2},\"result\":3,"
                        "\"out\":{\"threads\":[{\"id\":50},{\"id\":51}]}}");
    assert_int_equal(hdbg_recording_next(recording, NULL), HDBG_OK);
    assert_string_equal(hdbg_recording_text(recording),
                        "next_area team=5 cookie=2 = B_BAD_INDEX cookie=2  (no further area of team 5)");
    assert_int_equal(hdbg_recording_next(recording, NULL), HDBG_OK);
    assert_string_equal(
        hdbg_recording_text(recording),
        "launch path=\"/bin/true\" arguments:3 \"/bin/true\" \"\" \"a b\" environment=none "
        "working_directory=none standard_input=0 standard_output=0 standard_error=0 flags=0x0 "
        "= 77");
    assert_non_null(strstr(hdbg_recording_json(recording),
                           "\"in\":{\"spec\":{\"path\":\"/bin/true\",\"arguments\":[\"/bin/true\",\"\",\"a "
                           "b\"],\"environment\":null,\"working_directory\":null,"));
    hdbg_recording_close(recording);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(structs_come_back_field_by_field),
        TEST(lists_come_back_to_their_end_with_its_sentence),
        TEST(bytes_of_all_lengths_come_back),
        TEST(lists_and_what_pointers_lead_to_come_back),
        TEST(a_launch_is_recorded_with_its_arguments),
        TEST(callbacks_are_told_the_same_and_may_call_in_turn),
        TEST(another_answer_of_a_callback_diverges),
        TEST(each_operation_of_a_kernel_is_in_the_table),
        TEST(numbers_of_operations_stay),
        TEST(the_document_has_each_operation_with_its_number),
        TEST(what_a_kernel_has_not_neither_recorder_nor_player_have),
        TEST(calls_are_printed_as_text_and_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

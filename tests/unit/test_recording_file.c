/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The file of a recording: how it is made, that it outlives its program, and that no damage of it goes
 * unseen.
 */
#define _GNU_SOURCE
#include "mutants.h"
#include "recorded.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MUTANTS = 10000 };

/* Reads all of it. @return the status behind the last call, whose number `calls` receives. */
static hdbg_status read_all(const uint8_t *bytes, size_t size, uint64_t *calls, char *error, size_t room)
{
    hdbg_recording *recording;
    hdbg_recorded_call call = {.size = sizeof call};
    *calls = 0;
    *error = '\0';
    hdbg_status status = hdbg_recording_open_memory(bytes, size, &recording);
    if (status == HDBG_OK) {
        while ((status = hdbg_recording_next(recording, &call)) == HDBG_OK) {
            assert_int_equal(call.number, *calls + 1);
            assert_true(strlen(hdbg_recording_text(recording)) > 0);
            *calls = call.number;
        }
        snprintf(error, room, "%s", hdbg_last_error());
        hdbg_recording_close(recording);
    } else {
        snprintf(error, room, "%s", hdbg_last_error());
    }
    return status;
}

static void a_recording_has_an_end_and_tells_of_its_kernel(void **state)
{
    char error[300];
    uint64_t calls;
    size_t size;
    uint8_t *bytes = recorded_program(state, &size);
    assert_int_equal(read_all(bytes, size, &calls, error, sizeof error), HDBG_BAD_INDEX);
    assert_string_equal(error, "the recording has no further call");
    assert_true(calls > 20);

    hdbg_recording *recording;
    hdbg_recording_info info = {.size = sizeof info};
    assert_int_equal(hdbg_recording_open(file_in(state, "program"), &recording), HDBG_OK);
    assert_int_equal(hdbg_recording_info_get(recording, &info), HDBG_OK);
    assert_int_equal(info.version, 1);
    assert_int_equal(info.release, HDBG_RELEASE_BETA6);
    assert_int_equal(info.arch, HDBG_ARCH_X86_64);
    assert_int_equal(info.process, getpid());
    assert_string_equal(info.kernel_name, "scripted");
    hdbg_recording_close(recording);
    free(bytes);
}

static void a_recording_is_for_its_owner_alone(void **state)
{
    struct stat info;
    char seen[4096];
    record_program(file_in(state, "a"), seen, sizeof seen);
    assert_int_equal(stat(file_in(state, "a"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void a_message_takes_few_bytes_when_it_is_like_the_one_before(void **state)
{
    hdbg_mock *mock;
    hdbg_kernel *k;
    uint8_t message[1052] = {1, 2, 3};
    size_t size;
    int32_t code;
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), file_in(state, "a"), &k), HDBG_OK);
    hdbg_port_id port = k->ops->port_create(k->context, 10, "box");
    for (int i = 0; i < 1000; i++) {
        for (size_t j = 0; j < 500 && i == 0; j++)
            message[100 + j] = (uint8_t)(j * 7);
        message[800] = (uint8_t)i;
        assert_int_equal(k->ops->port_write(k->context, port, 4, message, sizeof message, 0), HDBG_OK);
        assert_int_equal(k->ops->port_read(k->context, port, &code, message, sizeof message, 0),
                         sizeof message);
    }
    hdbg_kernel_destroy(k);
    hdbg_mock_destroy(mock);
    free(read_whole(file_in(state, "a"), &size));
    assert_in_range(size, 2000 * 20, 2000 * 64);
}

/* ---- making it ---- */

static void a_file_that_is_there_is_not_written_over(void **state)
{
    char seen[4096];
    FILE *file = fopen(file_in(state, "a"), "w");
    fputs("precious", file);
    fclose(file);
    record_program(file_in(state, "a"), seen, sizeof seen);
    size_t size;
    uint8_t *bytes = read_whole(file_in(state, "a"), &size);
    assert_int_equal(size, 8);
    free(bytes);
    free(read_whole(file_in(state, "a.2"), &size));
    assert_true(size > 100);
}

static void the_process_id_stands_for_a_p_in_the_name(void **state)
{
    char seen[4096], name[64];
    size_t size;
    record_program(file_in(state, "a-%p.rec"), seen, sizeof seen);
    snprintf(name, sizeof name, "a-%d.rec", (int)getpid());
    free(read_whole(file_in(state, name), &size));
    assert_true(size > 100);
}

static void a_file_that_cannot_be_made_is_an_error_with_its_name(void **state)
{
    hdbg_mock *mock;
    hdbg_kernel *kernel;
    (void)state;
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), "/no/such/folder/a", &kernel),
                     HDBG_ENTRY_NOT_FOUND);
    assert_null(kernel);
    assert_string_equal(hdbg_last_error(),
                        "cannot make the recording /no/such/folder/a: No such file or directory");
    assert_int_equal(hdbg_kernel_record_status(hdbg_mock_kernel(mock)), HDBG_BAD_VALUE);
    assert_null(hdbg_kernel_record_path(hdbg_mock_kernel(mock)));
    hdbg_mock_destroy(mock);
}

/* Writes and reads a port `count` times. */
static void use_port(hdbg_kernel *k, int count)
{
    uint8_t noise[3000];
    int32_t code;
    uint32_t seed = 1;
    hdbg_port_id port = k->ops->port_create(k->context, 10, "box");
    assert_true(port > 0);
    for (int i = 0; i < count; i++) {
        for (size_t j = 0; j < sizeof noise; j++)
            noise[j] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
        assert_int_equal(k->ops->port_write(k->context, port, 1, noise, sizeof noise, 0), HDBG_OK);
        assert_int_equal(k->ops->port_read(k->context, port, &code, noise, sizeof noise, 0), sizeof noise);
    }
}

static void a_full_disk_ends_the_recording_and_not_the_program(void **state)
{
    hdbg_mock *mock;
    hdbg_kernel *k;
    struct rlimit limit, small;
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), file_in(state, "a"), &k), HDBG_OK);
    assert_string_equal(hdbg_kernel_record_path(k), file_in(state, "a"));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    small = limit;
    small.rlim_cur = 1500000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    use_port(k, 1000);
    hdbg_status status = hdbg_kernel_record_status(k);
    char error[300];
    snprintf(error, sizeof error, "%s", hdbg_last_error());
    setrlimit(RLIMIT_FSIZE, &limit);
    hdbg_kernel_destroy(k);
    hdbg_mock_destroy(mock);
    assert_int_equal(status, HDBG_IO_ERROR);
    assert_non_null(strstr(error, "cannot write the recording: "));

    /* What was recorded before can be read. */
    uint64_t calls;
    size_t size;
    uint8_t *bytes = read_whole(file_in(state, "a"), &size);
    assert_int_equal(read_all(bytes, size, &calls, error, sizeof error), HDBG_INTERRUPTED);
    assert_in_range(calls, 100, 1999);
    free(bytes);
}

static void a_recording_of_a_killed_program_has_all_that_had_happened(void **state)
{
    const char *path = file_in(state, "a");
    pid_t child = fork();
    if (child == 0) {
        hdbg_mock *mock;
        hdbg_kernel *k;
        if (hdbg_mock_create(NULL, &mock) == HDBG_OK &&
            hdbg_kernel_record(hdbg_mock_kernel(mock), path, &k) == HDBG_OK) {
            for (int i = 0; i < 1000; i++)
                k->ops->port_create(k->context, 1, "box");
            raise(SIGKILL);
        }
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    char error[300];
    uint64_t calls;
    size_t size;
    uint8_t *bytes = read_whole(path, &size);
    assert_int_equal(read_all(bytes, size, &calls, error, sizeof error), HDBG_INTERRUPTED);
    assert_int_equal(calls, 1000);
    assert_non_null(strstr(error, "the recording was not closed: it ends behind call 1000, at byte "));
    assert_non_null(strstr(error, ", where its program had written no more"));
    free(bytes);
}

/* A child of fork() that ends its copy of the kernel, as a program does that launches another one. */
static void a_child_of_fork_leaves_the_recording_alone(void **state)
{
    hdbg_mock *mock;
    hdbg_kernel *k;
    char error[300];
    uint64_t calls;
    size_t size;
    int status;
    assert_int_equal(hdbg_mock_create(NULL, &mock), HDBG_OK);
    assert_int_equal(hdbg_kernel_record(hdbg_mock_kernel(mock), file_in(state, "a"), &k), HDBG_OK);
    use_port(k, 10);
    pid_t child = fork();
    if (child == 0) {
        k->ops->port_create(k->context, 1, "the child's");
        int is_told = hdbg_kernel_record_status(k) == HDBG_NOT_ALLOWED;
        hdbg_kernel_destroy(k);
        _exit(is_told ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    use_port(k, 10);
    assert_int_equal(hdbg_kernel_record_status(k), HDBG_OK);
    hdbg_kernel_destroy(k);
    hdbg_mock_destroy(mock);
    uint8_t *bytes = read_whole(file_in(state, "a"), &size);
    assert_int_equal(read_all(bytes, size, &calls, error, sizeof error), HDBG_BAD_INDEX);
    assert_int_equal(calls, 42);
    free(bytes);
}

/* ---- damage ---- */

static void each_length_that_a_recording_is_cut_to_is_told(void **state)
{
    char error[300];
    uint64_t calls;
    size_t size;
    uint8_t *bytes = recorded_program(state, &size);
    for (size_t cut = 0; cut < size; cut++) {
        hdbg_status status = read_all(bytes, cut, &calls, error, sizeof error);
        if (status != HDBG_BAD_DATA && status != HDBG_INTERRUPTED)
            fail_msg("cut to %zu bytes: %s, %s", cut, hdbg_status_name(status), error);
        assert_true(strlen(error) > 20);
    }
    free(bytes);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Changes, leaves out, doubles or swaps bytes. @return the new size. */
static size_t mutate(uint8_t *bytes, size_t size, uint32_t *seed)
{
    size_t at = next_random(seed) % size, length = 1 + next_random(seed) % 40;
    if (length > size - at)
        length = size - at;
    switch (next_random(seed) % 5) {
    case 0:
        bytes[at] ^= (uint8_t)(1 << next_random(seed) % 8);
        return size;
    case 1:
        bytes[at] = (uint8_t)next_random(seed);
        return size;
    case 2:
        memmove(bytes + at, bytes + at + length, size - at - length);
        return size - length;
    case 3:
        memset(bytes + at, (int)(next_random(seed) % 2 * 255), length);
        return size;
    default:
        memmove(bytes + next_random(seed) % (size - length), bytes + at, length);
        return size;
    }
}

static void ten_thousand_mutants_are_told_from_the_recording(void **state)
{
    char error[300];
    uint64_t calls, whole;
    size_t size;
    uint32_t seed = 7;
    uint8_t *bytes = recorded_program(state, &size), *mutant = malloc(size);
    assert_int_equal(read_all(bytes, size, &whole, error, sizeof error), HDBG_BAD_INDEX);
    int told = 0, count = mutants(MUTANTS);
    for (int i = 0; i < count; i++) {
        memcpy(mutant, bytes, size);
        size_t changed = mutate(mutant, size, &seed);
        if (changed == size && memcmp(mutant, bytes, size) == 0)
            continue;
        hdbg_status status = read_all(mutant, changed, &calls, error, sizeof error);
        if (status != HDBG_BAD_DATA && status != HDBG_INTERRUPTED && status != HDBG_NOT_SUPPORTED)
            fail_msg("mutant %d: %s, %s", i, hdbg_status_name(status), error);
        assert_true(calls <= whole && strlen(error) > 20);
        told++;
    }
    assert_true(told > count * 8 / 10);
    free(mutant);
    free(bytes);
}

static void damage_is_told_with_its_place(void **state)
{
    char error[300];
    uint64_t calls;
    size_t size;
    uint8_t *bytes = recorded_program(state, &size);
    hdbg_recording *recording;
    hdbg_recorded_call call = {.size = sizeof call};
    assert_int_equal(hdbg_recording_open_memory(bytes, size, &recording), HDBG_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(hdbg_recording_next(recording, &call), HDBG_OK);
    hdbg_recording_close(recording);
    bytes[call.offset + 3] ^= 1;
    char expected[300];
    snprintf(expected, sizeof expected,
             "the recording is damaged behind call 4, in the record at byte %d of %zu: its checksum is wrong",
             (int)call.offset, size);
    assert_int_equal(read_all(bytes, size, &calls, error, sizeof error), HDBG_BAD_DATA);
    assert_string_equal(error, expected);
    assert_int_equal(calls, 4);
    free(bytes);
}

static void a_recording_of_another_version_is_told_as_such(void **state)
{
    char error[300];
    uint64_t calls;
    size_t size;
    uint8_t *bytes = recorded_program(state, &size);
    bytes[8] = 2;
    assert_int_equal(read_all(bytes, size, &calls, error, sizeof error), HDBG_NOT_SUPPORTED);
    assert_string_equal(error, "the recording is of version 2, and this library reads 1");
    memcpy(bytes, "#!/bin/s", 8);
    assert_int_equal(read_all(bytes, size, &calls, error, sizeof error), HDBG_BAD_DATA);
    assert_string_equal(error, "this is no recording: it does not begin as one");
    free(bytes);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_recording_has_an_end_and_tells_of_its_kernel),
        TEST(a_recording_is_for_its_owner_alone),
        TEST(a_message_takes_few_bytes_when_it_is_like_the_one_before),
        TEST(a_file_that_is_there_is_not_written_over),
        TEST(the_process_id_stands_for_a_p_in_the_name),
        TEST(a_file_that_cannot_be_made_is_an_error_with_its_name),
        TEST(a_full_disk_ends_the_recording_and_not_the_program),
        TEST(a_recording_of_a_killed_program_has_all_that_had_happened),
        TEST(a_child_of_fork_leaves_the_recording_alone),
        TEST(each_length_that_a_recording_is_cut_to_is_told),
        TEST(ten_thousand_mutants_are_told_from_the_recording),
        TEST(damage_is_told_with_its_place),
        TEST(a_recording_of_another_version_is_told_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Ports of the hosted kernel, as Haiku's: they need no nub.
 */
#include <haikudbg/hosted.h>

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SECOND 1000000

static hdbg_kernel *sKernel;
#define OPS     (sKernel->ops)
#define CONTEXT (sKernel->context)

static int create(void **state)
{
    /* Any program will do: a test that started it would fail. */
    hdbg_hosted_options options = {.size = sizeof options, .nub_path = "/bin/false"};
    (void)state;
    return hdbg_kernel_hosted_create(&options, &sKernel);
}

static int destroy(void **state)
{
    (void)state;
    hdbg_kernel_destroy(sKernel);
    return 0;
}

static hdbg_port_id make_port(int32_t capacity)
{
    hdbg_port_id port = OPS->port_create(CONTEXT, capacity, "a port");
    assert_true(port > 0);
    return port;
}

static hdbg_status write_int(hdbg_port_id port, int32_t code, int value, hdbg_time timeout)
{
    return OPS->port_write(CONTEXT, port, code, &value, sizeof value, timeout);
}

static void messages_come_in_the_order_they_were_written_in(void **state)
{
    (void)state;
    hdbg_port_id port = make_port(100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(write_int(port, i, -i, 0), HDBG_OK);
    for (int i = 0; i < 100; i++) {
        int32_t code;
        int value;
        assert_int_equal(OPS->port_read(CONTEXT, port, &code, &value, sizeof value, 0), sizeof value);
        assert_int_equal(code, i);
        assert_int_equal(value, -i);
    }
    assert_int_equal(OPS->port_delete(CONTEXT, port), HDBG_OK);
}

static void what_does_not_fit_in_the_buffer_is_lost(void **state)
{
    (void)state;
    char buffer[4] = "____";
    hdbg_port_id port = make_port(2);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, "abcdef", 6, 0), HDBG_OK);
    assert_int_equal(OPS->port_write(CONTEXT, port, 2, NULL, 0, 0), HDBG_OK);
    assert_int_equal(OPS->port_next_size(CONTEXT, port, 0), 6);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, buffer, 3, 0), 3);
    assert_memory_equal(buffer, "abc_", 4);
    int32_t code;
    assert_int_equal(OPS->port_read(CONTEXT, port, &code, buffer, 3, 0), 0);
    assert_int_equal(code, 2);
    OPS->port_delete(CONTEXT, port);
}

static void capacity_is_one_to_4096_messages(void **state)
{
    (void)state;
    assert_int_equal(OPS->port_create(CONTEXT, 0, "none"), HDBG_BAD_VALUE);
    assert_int_equal(OPS->port_create(CONTEXT, -1, "negative"), HDBG_BAD_VALUE);
    assert_int_equal(OPS->port_create(CONTEXT, 4097, "too many"), HDBG_BAD_VALUE);
    assert_string_not_equal(hdbg_last_error(), "");
    OPS->port_delete(CONTEXT, make_port(1));
    OPS->port_delete(CONTEXT, make_port(4096));
}

static void a_full_port_takes_no_more_until_one_is_read(void **state)
{
    (void)state;
    int value;
    hdbg_port_id port = make_port(3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(write_int(port, 0, i, 0), HDBG_OK);
    assert_int_equal(write_int(port, 0, 3, 0), HDBG_WOULD_BLOCK);
    assert_int_equal(write_int(port, 0, 3, 20000), HDBG_TIMED_OUT);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, &value, sizeof value, 0), sizeof value);
    assert_int_equal(value, 0);
    assert_int_equal(write_int(port, 0, 3, 0), HDBG_OK);
    assert_int_equal(write_int(port, 0, 4, 0), HDBG_WOULD_BLOCK);
    OPS->port_delete(CONTEXT, port);
}

static void an_empty_port_times_out_when_it_should(void **state)
{
    (void)state;
    char byte;
    hdbg_port_id port = make_port(1);
    hdbg_time before = OPS->system_time(CONTEXT);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, &byte, 1, 0), HDBG_WOULD_BLOCK);
    assert_int_equal(OPS->port_next_size(CONTEXT, port, 0), HDBG_WOULD_BLOCK);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, &byte, 1, 30000), HDBG_TIMED_OUT);
    assert_true(OPS->system_time(CONTEXT) - before >= 30000);
    OPS->port_delete(CONTEXT, port);
}

static void the_largest_message_is_256_kib(void **state)
{
    (void)state;
    enum { LARGEST = 256 * 1024 };
    char *out = malloc(LARGEST + 1), *in = calloc(1, LARGEST);
    hdbg_port_id port = make_port(2);
    for (int i = 0; i < LARGEST; i++)
        out[i] = (char)(i * 7 + i / 251);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, out, LARGEST + 1, 0), HDBG_BAD_VALUE);
    assert_int_equal(OPS->port_write(CONTEXT, port, 1, out, LARGEST, 0), HDBG_OK);
    assert_int_equal(OPS->port_write(CONTEXT, port, 2, out, 40000, 0), HDBG_OK);
    assert_int_equal(OPS->port_next_size(CONTEXT, port, 0), LARGEST);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, in, LARGEST, 0), LARGEST);
    assert_memory_equal(in, out, LARGEST);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, in, 30000, 0), 30000);
    OPS->port_delete(CONTEXT, port);
    free(in);
    free(out);
}

static void a_large_port_holds_what_its_capacity_says(void **state)
{
    (void)state;
    char message[128] = "";
    int written = 0;
    hdbg_port_id port = make_port(500);
    while (OPS->port_write(CONTEXT, port, 0, message, sizeof message, 0) == HDBG_OK)
        written++;
    assert_int_equal(written, 500);
    OPS->port_delete(CONTEXT, port);
}

static void a_deleted_port_is_gone_and_its_id_does_not_come_back(void **state)
{
    (void)state;
    char byte;
    hdbg_port_id port = make_port(1);
    write_int(port, 0, 0, 0);
    assert_int_equal(OPS->port_delete(CONTEXT, port), HDBG_OK);
    assert_int_equal(OPS->port_delete(CONTEXT, port), HDBG_BAD_PORT_ID);
    assert_int_equal(OPS->port_read(CONTEXT, port, NULL, &byte, 1, HDBG_FOREVER), HDBG_BAD_PORT_ID);
    assert_int_equal(write_int(port, 0, 0, HDBG_FOREVER), HDBG_BAD_PORT_ID);
    for (int i = 0; i < 10000; i++) {
        hdbg_port_id other = make_port(1);
        assert_int_not_equal(other, port);
        OPS->port_delete(CONTEXT, other);
    }
    assert_int_equal(OPS->port_read(CONTEXT, -1, NULL, &byte, 1, 0), HDBG_BAD_PORT_ID);
    assert_int_equal(OPS->port_read(CONTEXT, 0, NULL, &byte, 1, 0), HDBG_BAD_PORT_ID);
    assert_int_equal(OPS->port_read(CONTEXT, INT32_MAX, NULL, &byte, 1, 0), HDBG_BAD_PORT_ID);
}

static void port_info_tells_capacity_and_counts(void **state)
{
    (void)state;
    int value;
    hdbg_port_info info = {.size = sizeof info};
    hdbg_port_id port = make_port(7);
    write_int(port, 0, 0, 0);
    write_int(port, 0, 0, 0);
    OPS->port_read(CONTEXT, port, NULL, &value, sizeof value, 0);
    assert_int_equal(OPS->port_info(CONTEXT, port, &info), HDBG_OK);
    assert_int_equal(info.port, port);
    assert_int_equal(info.capacity, 7);
    assert_int_equal(info.queue_count, 1);
    assert_int_equal(info.total_count, 2);
    assert_string_equal(info.name, "a port");
    OPS->port_delete(CONTEXT, port);
    assert_int_equal(OPS->port_info(CONTEXT, port, &info), HDBG_BAD_PORT_ID);
}

/* ---- threads ---- */

/* A call of another thread's. */
typedef struct job {
    hdbg_port_id port;
    int64_t result;
    int count;
} job;

static void *read_one(void *argument)
{
    job *j = argument;
    int value;
    j->result = OPS->port_read(CONTEXT, j->port, NULL, &value, sizeof value, HDBG_FOREVER);
    return NULL;
}

static void *write_one(void *argument)
{
    job *j = argument;
    j->result = write_int(j->port, 0, 1, HDBG_FOREVER);
    return NULL;
}

static void *wait_one(void *argument)
{
    job *j = argument;
    hdbg_object_wait object = {j->port, HDBG_OBJECT_PORT, HDBG_WAIT_READ};
    j->result = OPS->wait_for_objects(CONTEXT, &object, 1, HDBG_FOREVER);
    if (j->result == 1)
        j->result = object.events;
    return NULL;
}

/* Whether the thread is blocked yet does not matter: it ends the same either way. */
static int64_t result_after_deletion(void *(*function)(void *), hdbg_port_id port)
{
    pthread_t thread;
    job j = {.port = port};
    struct pollfd none;
    pthread_create(&thread, NULL, function, &j);
    poll(&none, 0, 10);
    assert_int_equal(OPS->port_delete(CONTEXT, port), HDBG_OK);
    pthread_join(thread, NULL);
    return j.result;
}

static void deleting_a_port_wakes_its_reader(void **state)
{
    (void)state;
    assert_int_equal(result_after_deletion(read_one, make_port(1)), HDBG_BAD_PORT_ID);
}

static void deleting_a_port_wakes_its_writer(void **state)
{
    (void)state;
    hdbg_port_id port = make_port(1);
    write_int(port, 0, 0, 0);
    assert_int_equal(result_after_deletion(write_one, port), HDBG_BAD_PORT_ID);
}

static void deleting_a_port_ends_a_wait_for_it(void **state)
{
    (void)state;
    assert_int_equal(result_after_deletion(wait_one, make_port(1)), HDBG_WAIT_INVALID);
}

static void *write_many(void *argument)
{
    job *j = argument;
    for (int i = 0; i < j->count && j->result == HDBG_OK; i++)
        j->result = write_int(j->port, 0, i, 10 * SECOND);
    return NULL;
}

static void several_writers_share_a_port_that_is_always_full(void **state)
{
    (void)state;
    enum { WRITERS = 4, EACH = 2000 };
    pthread_t threads[WRITERS];
    job jobs[WRITERS];
    hdbg_port_id port = make_port(1);
    for (int i = 0; i < WRITERS; i++) {
        jobs[i] = (job){.port = port, .count = EACH};
        pthread_create(&threads[i], NULL, write_many, &jobs[i]);
    }
    for (int i = 0; i < WRITERS * EACH; i++) {
        int value;
        assert_int_equal(OPS->port_read(CONTEXT, port, NULL, &value, sizeof value, 10 * SECOND),
                         sizeof value);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(jobs[i].result, HDBG_OK);
    }
    OPS->port_delete(CONTEXT, port);
}

/* ---- objects and descriptors ---- */

static void waiting_for_objects_tells_which_are_ready(void **state)
{
    (void)state;
    hdbg_port_id empty = make_port(1), full = make_port(1);
    write_int(full, 0, 0, 0);
    hdbg_object_wait objects[] = {
        {empty, HDBG_OBJECT_PORT, HDBG_WAIT_READ},
        {full, HDBG_OBJECT_PORT, HDBG_WAIT_READ | HDBG_WAIT_WRITE},
        {empty, HDBG_OBJECT_PORT, HDBG_WAIT_WRITE},
        {-7, HDBG_OBJECT_PORT, 0},
    };
    assert_int_equal(OPS->wait_for_objects(CONTEXT, objects, 4, HDBG_FOREVER), 3);
    assert_int_equal(objects[0].events, 0);
    assert_int_equal(objects[1].events, HDBG_WAIT_READ);
    assert_int_equal(objects[2].events, HDBG_WAIT_WRITE);
    assert_int_equal(objects[3].events, HDBG_WAIT_INVALID);
    objects[0].events = HDBG_WAIT_READ;
    assert_int_equal(OPS->wait_for_objects(CONTEXT, objects, 1, 0), HDBG_WOULD_BLOCK);
    objects[0].events = HDBG_WAIT_READ;
    assert_int_equal(OPS->wait_for_objects(CONTEXT, objects, 1, 20000), HDBG_TIMED_OUT);
    OPS->port_delete(CONTEXT, empty);
    OPS->port_delete(CONTEXT, full);
}

static void *do_nothing(void *argument)
{
    return argument;
}

static void a_thread_that_has_ended_is_invalid(void **state)
{
    (void)state;
    pthread_t thread;
    hdbg_object_wait object = {0x3ffffff, HDBG_OBJECT_THREAD, 0};
    pthread_create(&thread, NULL, do_nothing, NULL);
    pthread_join(thread, NULL);
    assert_int_equal(OPS->wait_for_objects(CONTEXT, &object, 1, HDBG_FOREVER), 1);
    assert_int_equal(object.events, HDBG_WAIT_INVALID);
}

static int readable(int descriptor)
{
    struct pollfd fd = {.fd = descriptor, .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static void a_descriptor_is_readable_while_its_port_holds_a_message(void **state)
{
    (void)state;
    int value;
    hdbg_port_id port = make_port(2);
    int descriptor = OPS->descriptor_open(CONTEXT, port);
    assert_true(descriptor >= 0);
    assert_false(readable(descriptor));
    write_int(port, 0, 0, 0);
    assert_true(readable(descriptor));
    OPS->port_read(CONTEXT, port, NULL, &value, sizeof value, 0);
    assert_false(readable(descriptor));
    OPS->port_delete(CONTEXT, port);
    assert_true(readable(descriptor));
    OPS->descriptor_close(CONTEXT, descriptor);
    assert_int_equal(OPS->descriptor_open(CONTEXT, port), HDBG_BAD_PORT_ID);
}

static void a_descriptor_can_be_forced_to_be_readable(void **state)
{
    (void)state;
    hdbg_port_id port = make_port(2);
    int descriptor = OPS->descriptor_open(CONTEXT, port);
    assert_int_equal(OPS->descriptor_force(CONTEXT, descriptor, 1), HDBG_OK);
    assert_int_equal(OPS->descriptor_force(CONTEXT, descriptor, 1), HDBG_OK);
    assert_true(readable(descriptor));
    assert_int_equal(OPS->descriptor_force(CONTEXT, descriptor, 0), HDBG_OK);
    assert_int_equal(OPS->descriptor_force(CONTEXT, descriptor, 0), HDBG_OK);
    assert_false(readable(descriptor));
    assert_int_equal(OPS->descriptor_force(CONTEXT, -1, 0), HDBG_FILE_ERROR);
    OPS->descriptor_close(CONTEXT, descriptor);
    OPS->port_delete(CONTEXT, port);
}

static void a_missing_nub_program_is_named_with_the_places_looked_at(void **state)
{
    (void)state;
    hdbg_kernel *kernel = NULL;
    hdbg_hosted_options options = {.size = sizeof options, .nub_path = "/nowhere/hdbg-nub"};
    assert_int_equal(hdbg_kernel_hosted_create(&options, &kernel), HDBG_ENTRY_NOT_FOUND);
    assert_null(kernel);
    assert_non_null(strstr(hdbg_last_error(), "/nowhere/hdbg-nub"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_in_the_order_they_were_written_in),
        cmocka_unit_test(what_does_not_fit_in_the_buffer_is_lost),
        cmocka_unit_test(capacity_is_one_to_4096_messages),
        cmocka_unit_test(a_full_port_takes_no_more_until_one_is_read),
        cmocka_unit_test(an_empty_port_times_out_when_it_should),
        cmocka_unit_test(the_largest_message_is_256_kib),
        cmocka_unit_test(a_large_port_holds_what_its_capacity_says),
        cmocka_unit_test(a_deleted_port_is_gone_and_its_id_does_not_come_back),
        cmocka_unit_test(port_info_tells_capacity_and_counts),
        cmocka_unit_test(deleting_a_port_wakes_its_reader),
        cmocka_unit_test(deleting_a_port_wakes_its_writer),
        cmocka_unit_test(deleting_a_port_ends_a_wait_for_it),
        cmocka_unit_test(several_writers_share_a_port_that_is_always_full),
        cmocka_unit_test(waiting_for_objects_tells_which_are_ready),
        cmocka_unit_test(a_thread_that_has_ended_is_invalid),
        cmocka_unit_test(a_descriptor_is_readable_while_its_port_holds_a_message),
        cmocka_unit_test(a_descriptor_can_be_forced_to_be_readable),
        cmocka_unit_test(a_missing_nub_program_is_named_with_the_places_looked_at),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}

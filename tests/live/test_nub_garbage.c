/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A nub that is told nonsense, at its ports and at its control socket, and one whose answers nobody reads: it
 * lives on, loses no message, and serves the others.
 */
#include "obedient.h"

#include "kernel/hosted/port.h"
#include "kernel/hosted/protocol.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { GARBAGE_MESSAGES = 3000, GARBAGE_REQUESTS = 3000, NO_SUCH_TEAM = 0x3ffffffe };
enum { MORE_MEMORY = 16 * 1024 /* KiB: what a nub may take for what nobody reads */ };

enum { ASLEEP = 50 /* looks at a process in a row that find it so */, PATIENCE = 5000 };

static unsigned gSeed;

static unsigned below(unsigned limit)
{
    gSeed = gSeed * 1664525u + 1013904223u;
    return (unsigned)(((uint64_t)gSeed * limit) >> 32);
}

static void fill_with_garbage(void *buffer, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = (uint8_t)below(256);
}

/* The nub answers, and the team does as it is told. */
static void expect_served(nub_run *r)
{
    wire_x86_64_get_signal_masks message = {.thread = r->child.team};
    wire_x86_64_get_signal_masks_reply reply = {.error = -1};
    kt_ask(r->nub, WIRE_GET_SIGNAL_MASKS, &message, sizeof message, &reply, sizeof reply);
    assert_int_equal(reply.error, HDBG_OK);
    obedient_obeys(r, 'c');
}

/* ---- the nub port ---- */

/* Messages that are answered begin with a reply port: a wrong one ends the debugging, as on Haiku. */
static bool is_answered(int32_t code)
{
    switch (code) {
    case WIRE_SET_TEAM_FLAGS:
    case WIRE_SET_THREAD_FLAGS:
    case WIRE_CONTINUE_THREAD:
    case WIRE_SET_CPU_STATE:
    case WIRE_CLEAR_BREAKPOINT:
    case WIRE_CLEAR_WATCHPOINT:
    case WIRE_SET_SIGNAL_MASKS:
    case WIRE_SET_SIGNAL_HANDLER:
        return false;
    default:
        return true;
    }
}

/* Reads whatever is at a port. @return how many messages. */
static int drain(hdbg_port_id port)
{
    static char message[4096];
    int count = 0;
    while (OPS->port_read(CONTEXT, port, NULL, message, sizeof message, 0) >= 0)
        count++;
    return count;
}

/* PREPARE_HANDOVER is no garbage: it says all by its code. */
static int32_t some_code(void)
{
    static const int32_t kCodes[] = {-1,   INT32_MIN, INT32_MAX, 16,  17,   18,   20,
                                     1001, 1002,      2000,      999, 2001, 2002, 0x01000000};
    if (below(3) == 0)
        return kCodes[below(sizeof kCodes / sizeof *kCodes)];
    return (int32_t)below(16);
}

static size_t some_size(void)
{
    switch (below(8)) {
    case 0:
        return 4;
    case 1:
        return 4096 + below(3);
    case 2:
        return below(60000);
    default:
        return below(64);
    }
}

static void garbage_messages_cost_neither_the_next_message_nor_the_nub(void **state)
{
    static uint8_t message[65536];
    nub_run r;
    (void)state;
    obedient_start(&r);
    hdbg_port_id answers = OPS->port_create(CONTEXT, 100, "answers");
    int answered = 0;
    gSeed = 17;
    for (int i = 0; i < GARBAGE_MESSAGES; i++) {
        int32_t code = some_code();
        size_t size = some_size();
        fill_with_garbage(message, size);
        if (is_answered(code)) {
            size = size < sizeof answers ? sizeof answers : size;
            memcpy(message, &answers, sizeof answers);
        }
        if (code == WIRE_SET_TEAM_FLAGS && size < sizeof(int32_t))
            size = 0; /* no flags at all, rather than some */
        kt_tell(r.nub, code, message, size);
        answered += drain(answers);
        if (i % 100 == 0) {
            nr_set_flags(&r, 0);
            answered += drain(answers);
        }
    }
    nr_set_flags(&r, 0);
    answered += drain(answers);
    assert_true(answered > GARBAGE_MESSAGES / 10);
    OPS->port_delete(CONTEXT, answers);
    /* Its thread may stand at what random flags have asked for. */
    while (drain(r.port) > 0) {
        r.event.origin.thread = r.child.team;
        nr_continue(&r);
        assert_int_equal(nr_break(&r, 0), HDBG_BAD_ADDRESS);
    }
    expect_served(&r);
    obedient_finish(&r);
}

static void each_message_may_be_shorter_or_longer_than_it_should(void **state)
{
    static uint8_t message[PORT_MESSAGE_MAX];
    static const size_t kSizes[] = {4, 5, 8, 12, 1000, 1036, 1037, 4095, 4096, 4097, 70000, PORT_MESSAGE_MAX};
    nub_run r;
    (void)state;
    obedient_start(&r);
    for (int32_t code = 0; code < 20; code++) {
        if (!is_answered(code) || code > WIRE_CLONE_AREA)
            continue;
        for (size_t i = 0; i < sizeof kSizes / sizeof *kSizes; i++) {
            uint8_t reply[2048];
            memset(message, 0, kSizes[i]);
            kt_ask(r.nub, code, message, kSizes[i], reply, sizeof reply);
        }
    }
    expect_served(&r);
    obedient_finish(&r);
}

static void a_message_without_a_port_for_its_answer_ends_the_debugging_of_that_team_alone(void **state)
{
    nub_run r, other;
    (void)state;
    obedient_start(&r);
    obedient_start(&other);
    kt_tell(r.nub, WIRE_READ_MEMORY, "x", 1);
    hdbg_object_wait object = {r.nub, HDBG_OBJECT_PORT, 0};
    assert_int_equal(OPS->wait_for_objects(CONTEXT, &object, 1, TIMEOUT), 1);
    assert_true(object.events & HDBG_WAIT_INVALID);
    assert_int_equal(OPS->port_write(CONTEXT, r.nub, WIRE_READ_MEMORY, "x", 1, 0), HDBG_BAD_PORT_ID);
    obedient_obeys(&r, 'c'); /* it runs on, undebugged */
    nr_finish(&r);
    expect_served(&other);
    obedient_finish(&other);
}

static void a_team_whose_answers_nobody_reads_keeps_no_other_from_being_served(void **state)
{
    nub_run r, other;
    (void)state;
    obedient_start(&r);
    obedient_start(&other);
    hdbg_port_id full = OPS->port_create(CONTEXT, 1, "full");
    wire_x86_64_get_signal_masks message = {.reply_port = full, .thread = r.child.team};
    hdbg_status status = HDBG_OK;
    int sent = 0;
    for (; status == HDBG_OK; sent++) {
        assert_true(sent < 10); /* one answer in its port, one that waits, one message in the nub's */
        status = OPS->port_write(CONTEXT, r.nub, WIRE_GET_SIGNAL_MASKS, &message, sizeof message, SECOND / 5);
    }
    assert_int_equal(status, HDBG_TIMED_OUT);
    for (int i = 0; i < 100; i++)
        expect_served(&other);
    for (int i = 0; i < sent - 1; i++) /* each that was taken is answered */
        assert_true(OPS->port_read(CONTEXT, full, NULL, &message, sizeof message, TIMEOUT) > 0);
    OPS->port_delete(CONTEXT, full);
    expect_served(&r);
    obedient_finish(&r);
    obedient_finish(&other);
}

/* ---- the control socket ---- */

static int connect_to(pid_t nub)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, NUB_SOCKET_FORMAT, (int)nub);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address,
                             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)),
                     0);
    return fd;
}

static void send_with_descriptor(int socket, const void *data, size_t size, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)data, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    assert_int_equal(sendmsg(socket, &message, MSG_NOSIGNAL), (ssize_t)size);
}

static int32_t ask_raw(int socket, const nub_request *request, size_t size, int fd)
{
    nub_reply reply = {0};
    send_with_descriptor(socket, request, size, fd);
    assert_int_equal(recv(socket, &reply, sizeof reply, 0), sizeof reply);
    if (size >= sizeof *request)
        assert_int_equal(reply.serial, request->serial);
    return reply.status;
}

static int descriptors_of(pid_t pid)
{
    char command[64];
    int count = 0;
    snprintf(command, sizeof command, "ls /proc/%d/fd | wc -l", (int)pid);
    FILE *list = popen(command, "re");
    assert_int_equal(fscanf(list, "%d", &count), 1);
    pclose(list);
    return count;
}

static void a_stranger_at_the_control_socket_is_refused_whatever_he_says(void **state)
{
    nub_run r;
    uint8_t garbage[sizeof(nub_request) + 100];
    (void)state;
    obedient_start(&r);
    pid_t nub = nr_tracer(&r);
    int before = descriptors_of(nub), socket = connect_to(nub), null = open("/dev/null", O_RDWR | O_CLOEXEC);
    gSeed = 5;
    for (int i = 0; i < GARBAGE_REQUESTS; i++) {
        size_t size = 1 + below(sizeof garbage);
        nub_request *request = (nub_request *)garbage;
        fill_with_garbage(garbage, sizeof garbage);
        if (below(2) == 0)
            request->op = below(NUB_OP_COUNT + 3);
        int32_t answer = ask_raw(socket, request, size, below(4) == 0 ? null : -1);
        assert_true(answer == HDBG_BAD_VALUE || answer == HDBG_NO_INIT);
    }
    expect_served(&r);
    close(socket);
    close(null);
    while (descriptors_of(nub) > before) /* until it has seen that he is gone */
        expect_served(&r);
    obedient_finish(&r);
}

/* What a process does: "running", or the number of the system call that it sleeps in. */
static void wait_until_asleep(pid_t pid)
{
    char path[64], word[32];
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    for (int asleep = 0, looks = 0; asleep < ASLEEP; looks++) {
        assert_true(looks < PATIENCE);
        FILE *file = fopen(path, "re");
        assert_non_null(file);
        assert_int_equal(fscanf(file, "%31s", word), 1);
        fclose(file);
        asleep = strcmp(word, "running") != 0 ? asleep + 1 : 0;
        usleep(1000);
    }
}

static void a_nub_without_descriptors_sleeps_and_lets_in_who_waits_when_there_is_one(void **state)
{
    nub_run r;
    struct rlimit before, none;
    (void)state;
    obedient_start(&r);
    pid_t nub = nr_tracer(&r);
    assert_int_equal(prlimit(nub, RLIMIT_NOFILE, NULL, &before), 0);
    none = before;
    none.rlim_cur = 1;
    assert_int_equal(prlimit(nub, RLIMIT_NOFILE, &none, NULL), 0);
    int socket = connect_to(nub);
    assert_int_equal(OPS->debug_thread(CONTEXT, r.child.team), HDBG_OK); /* that takes no descriptor */
    nr_expect(&r, WIRE_THREAD_DEBUGGED);
    nr_continue(&r);
    wait_until_asleep(nub);
    assert_int_equal(prlimit(nub, RLIMIT_NOFILE, &before, NULL), 0);
    expect_served(&r); /* that something happens lets the nub look again */
    nub_request request = {.op = NUB_OP_COUNT, .serial = 3};
    assert_int_equal(ask_raw(socket, &request, sizeof request, -1), HDBG_BAD_VALUE);
    close(socket);
    obedient_finish(&r);
}

enum { RAW_BASE = 1 << 30 }; /* of his port ids */

/* One who has introduced himself, by a table of ports that is none of the kernel's. */
static int introduce(pid_t nub)
{
    int socket = connect_to(nub), table = memfd_create("table", MFD_CLOEXEC);
    assert_int_equal(ftruncate(table, (off_t)(PORT_SLOTS * sizeof(port_slot))), 0);
    nub_request hello = {
        .op = NUB_HELLO, .serial = 1, .a = NUB_PROTOCOL_VERSION, .b = getpid(), .c = RAW_BASE};
    assert_int_equal(ask_raw(socket, &hello, sizeof hello, table), HDBG_OK);
    close(table);
    return socket;
}

static void a_debugger_who_asks_for_what_is_not_there_is_refused(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    int socket = introduce(nr_tracer(&r));
    static const int32_t kIds[] = {NO_SUCH_TEAM, 0, -1, INT32_MIN, 1};
    for (uint32_t op = NUB_PORT_CREATE; op < NUB_OP_COUNT; op++) {
        for (size_t i = 0; i < sizeof kIds / sizeof *kIds; i++) {
            nub_request request = {.op = op, .serial = 7, .a = kIds[i], .b = -1, .c = -1, .d = -1};
            int32_t answer = ask_raw(socket, &request, sizeof request, -1);
            bool harmless = op == NUB_PORT_DELETE || op == NUB_TEAM_STATE || op == NUB_THREAD_STATE ||
                            (op == NUB_TEST && kIds[i] == NUB_TEST_LOSE_FIRST_CONTINUE);
            if (answer >= 0 && !harmless)
                fail_msg("operation %u on %d is answered with %d", op, (int)kIds[i], (int)answer);
        }
    }
    close(socket);
    expect_served(&r);
    obedient_finish(&r);
}

/* What is asked about a stopped thread, or does something to it, is its debugger's. */
static void a_stopped_thread_is_none_of_another_debuggers(void **state)
{
    static const uint32_t kAsked[] = {NUB_EXTRA_REGISTERS,  NUB_SET_EXTRA_REGISTERS, NUB_SIGNAL_INFO,
                                      NUB_GIVE_SIGNAL_INFO, NUB_WATCHPOINTS_HIT,     NUB_STEP_RANGE};
    nub_run r;
    (void)state;
    obedient_start(&r);
    assert_int_equal(OPS->debug_thread(CONTEXT, r.child.team), HDBG_OK);
    nr_expect(&r, WIRE_THREAD_DEBUGGED);
    int socket = introduce(nr_tracer(&r));
    for (size_t i = 0; i < sizeof kAsked / sizeof *kAsked; i++) {
        nub_request request = {.op = kAsked[i], .serial = 7, .a = r.child.team};
        assert_int_equal(ask_raw(socket, &request, sizeof request, -1), HDBG_BAD_THREAD_ID);
    }
    close(socket);
    nr_continue(&r);
    expect_served(&r);
    obedient_finish(&r);
}

/* Debugs a process by the control socket alone. */
static void install_raw(int socket, pid_t team)
{
    int port[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, port), 0);
    nub_request create = {.op = NUB_PORT_CREATE, .a = RAW_BASE + 1, .b = 0, .c = 10};
    assert_int_equal(ask_raw(socket, &create, sizeof create, port[1]), HDBG_OK);
    nub_request install = {.op = NUB_INSTALL, .a = team, .b = RAW_BASE + 1, .c = RAW_BASE + 2, .d = 1};
    assert_int_equal(ask_raw(socket, &install, sizeof install, -1), HDBG_OK);
    close(port[0]);
    close(port[1]);
}

/* A file of another kind may keep whoever reads it waiting for as long as it likes. */
static void registers_are_put_into_memory_alone(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    pid_t child = fork();
    while (child == 0)
        pause();
    int socket = introduce(nr_tracer(&r)), zeros = open("/dev/zero", O_RDWR | O_CLOEXEC);
    int memory = memfd_create("registers", MFD_CLOEXEC);
    assert_int_equal(ftruncate(memory, sizeof(nub_thread_registers)), 0);
    install_raw(socket, child);
    nub_request request = {.op = NUB_THREAD_REGISTERS, .a = child, .b = 1};
    assert_int_equal(ask_raw(socket, &request, sizeof request, memory), HDBG_OK);
    assert_int_equal(ask_raw(socket, &request, sizeof request, zeros), HDBG_BAD_VALUE);
    close(zeros);
    close(memory);
    close(socket);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    expect_served(&r);
    obedient_finish(&r);
}

static long memory_of(pid_t pid)
{
    char path[64], line[128];
    long size = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file) && sscanf(line, "VmRSS: %ld", &size) != 1)
        continue;
    fclose(file);
    return size;
}

/* Sends requests as long as they are taken. @return how many were. */
static long flood(int socket, uint32_t op, int32_t id)
{
    enum { ENOUGH = 300000, LITTLE_PATIENCE = 300 };
    nub_request request = {.op = op, .a = id};
    long sent = 0;
    for (; sent < ENOUGH; sent++) {
        struct pollfd room = {.fd = socket, .events = POLLOUT};
        if (poll(&room, 1, LITTLE_PATIENCE) != 1 ||
            send(socket, &request, sizeof request, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            break;
    }
    return sent;
}

static void a_flood_of_requests_whose_answers_nobody_reads_is_held_up(void **state)
{
    nub_run r;
    (void)state;
    obedient_start(&r);
    pid_t nub = nr_tracer(&r);
    long before = memory_of(nub);
    int socket = introduce(nub);
    assert_in_range(flood(socket, NUB_TEAM_STATE, r.child.team), 1, 100000);
    for (int i = 0; i < 100; i++)
        expect_served(&r);
    assert_in_range(memory_of(nub), 1, before + MORE_MEMORY);
    close(socket);
    expect_served(&r);
    obedient_finish(&r);
}

/* Requests whose answer has to wait, as for the end of a launch that does not end. */
static void requests_that_wait_for_their_answer_are_limited(void **state)
{
    enum { MANY = 5000 };
    nub_run r;
    int refused = 0;
    (void)state;
    obedient_start(&r);
    pid_t child = fork();
    while (child == 0)
        pause();
    int socket = introduce(nr_tracer(&r));
    nub_request seize = {.op = NUB_LAUNCH_SEIZE, .a = child};
    assert_int_equal(ask_raw(socket, &seize, sizeof seize, -1), HDBG_OK);
    nub_request wait = {.op = NUB_LAUNCH_WAIT, .a = child};
    for (int i = 0; i < MANY; i++) {
        nub_reply reply;
        send_with_descriptor(socket, &wait, sizeof wait, -1);
        if (recv(socket, &reply, sizeof reply, MSG_DONTWAIT) == sizeof reply)
            refused += reply.status == HDBG_BUSY;
    }
    assert_true(refused > 0);
    expect_served(&r);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(socket);
    expect_served(&r);
    obedient_finish(&r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kt_create, kt_destroy)
    const struct CMUnitTest tests[] = {
        TEST(garbage_messages_cost_neither_the_next_message_nor_the_nub),
        TEST(each_message_may_be_shorter_or_longer_than_it_should),
        TEST(a_message_without_a_port_for_its_answer_ends_the_debugging_of_that_team_alone),
        TEST(a_team_whose_answers_nobody_reads_keeps_no_other_from_being_served),
        TEST(a_stranger_at_the_control_socket_is_refused_whatever_he_says),
        TEST(a_nub_without_descriptors_sleeps_and_lets_in_who_waits_when_there_is_one),
        TEST(a_debugger_who_asks_for_what_is_not_there_is_refused),
        TEST(a_stopped_thread_is_none_of_another_debuggers),
        TEST(registers_are_put_into_memory_alone),
        TEST(a_flood_of_requests_whose_answers_nobody_reads_is_held_up),
        TEST(requests_that_wait_for_their_answer_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * libFuzzer target for what comes from a nub. The input's first byte chooses processor and release; the rest
 * is, in turn, an event's bytes, a message's, a reply's, and what the mock answers to each request.
 */
#include <haikudbg/mock.h>

#include <stdlib.h>
#include <string.h>

enum { TEAM = 500, THREAD = 501, MEMORY = 0x10000 };

static const hdbg_arch kArchs[] = {HDBG_ARCH_X86_64, HDBG_ARCH_X86, HDBG_ARCH_ARM64, HDBG_ARCH_RISCV64};

static void check(int holds)
{
    if (!holds)
        abort();
}

/* What can be decoded can be encoded again, to bytes that say the same. */
static void fuzz_event(hdbg_arch arch, hdbg_release release, int32_t code, const uint8_t *bytes, size_t size)
{
    static hdbg_nub_event first, second;
    uint8_t once[HDBG_NUB_EVENT_SIZE_MAX], twice[HDBG_NUB_EVENT_SIZE_MAX];
    if (hdbg_nub_event_decode(arch, release, code, bytes, size, &first) != HDBG_OK)
        return;
    int64_t length = hdbg_nub_event_encode(arch, release, &first, once, sizeof once);
    check(length > 0 && first.type == code);
    check(hdbg_nub_event_decode(arch, release, code, once, (size_t)length, &second) == HDBG_OK);
    check(hdbg_nub_event_encode(arch, release, &second, twice, sizeof twice) == length);
    check(memcmp(once, twice, (size_t)length) == 0);
    check(first.thread == second.thread && first.team == second.team && first.nub_port == second.nub_port);
}

static void fuzz_message(hdbg_arch arch, hdbg_release release, int32_t code, const uint8_t *bytes,
                         size_t size)
{
    static hdbg_nub_message first, second;
    uint8_t once[HDBG_MESSAGE_SIZE_MAX], twice[HDBG_MESSAGE_SIZE_MAX];
    int32_t sent;
    if (hdbg_nub_message_decode(arch, release, code, bytes, size, &first) != HDBG_OK)
        return;
    int64_t length = hdbg_nub_message_encode(arch, release, &first, &sent, once, sizeof once);
    check(length >= 0 && sent == code);
    check(hdbg_nub_message_decode(arch, release, code, once, (size_t)length, &second) == HDBG_OK);
    check(hdbg_nub_message_encode(arch, release, &second, &sent, twice, sizeof twice) == length);
    check(memcmp(once, twice, (size_t)length) == 0);
}

static void fuzz_reply(hdbg_arch arch, hdbg_release release, int32_t type, int32_t code, const uint8_t *bytes,
                       size_t size)
{
    static hdbg_nub_reply reply, again;
    uint8_t encoded[HDBG_MESSAGE_SIZE_MAX];
    int32_t sent;
    if (hdbg_nub_reply_decode(arch, release, type, code, bytes, size, &reply) != HDBG_OK)
        return;
    int64_t length = hdbg_nub_reply_encode(arch, release, &reply, &sent, encoded, sizeof encoded);
    check(length > 0 && sent == code);
    check(hdbg_nub_reply_decode(arch, release, type, sent, encoded, (size_t)length, &again) == HDBG_OK);
    check(again.error == reply.error);
}

static hdbg_status call(hdbg_nub *nub, int index)
{
    static uint8_t buffer[1024];
    static hdbg_cpu_state state;
    static hdbg_nub_event update;
    uint64_t ignore, once;
    hdbg_signal_handler handler;
    hdbg_area_id area;
    hdbg_address mapped;
    hdbg_time interval = 1000;
    int32_t number;
    size_t done;
    switch (index) {
    case 0:
        return hdbg_nub_read_memory(nub, MEMORY, buffer, 100, &done);
    case 1:
        return hdbg_nub_write_memory(nub, MEMORY, buffer, 100, &done);
    case 2:
        return hdbg_nub_get_cpu_state(nub, THREAD, &number, &state);
    case 3:
        return hdbg_nub_set_breakpoint(nub, MEMORY);
    case 4:
        return hdbg_nub_set_watchpoint(nub, MEMORY, HDBG_WATCH_WRITE, 4);
    case 5:
        return hdbg_nub_get_signal_masks(nub, THREAD, &ignore, &once);
    case 6:
        return hdbg_nub_get_signal_handler(nub, 11, &handler);
    case 7:
        return hdbg_nub_clone_area(nub, MEMORY, &area, &mapped);
    case 8:
        return hdbg_nub_write_core_file(nub, "/core", 1000);
    case 9:
        return hdbg_nub_start_profiler(nub, THREAD, &interval, 1, 5, 0, 0, &number);
    default:
        return hdbg_nub_stop_profiler(nub, THREAD, &update);
    }
}

/* Each request gets the input as its reply; the one behind it has to work. */
static void fuzz_requests(hdbg_arch arch, hdbg_release release, int32_t code, const uint8_t *bytes,
                          size_t size)
{
    hdbg_mock_options options = {
        .size = sizeof options, .release = release, .arch = arch, .flags = HDBG_MOCK_NO_TRANSCRIPT};
    hdbg_mock *mock;
    hdbg_nub *nub;
    uint8_t buffer[16];
    size_t done;
    check(hdbg_mock_create(&options, &mock) == HDBG_OK);
    hdbg_kernel *kernel = hdbg_mock_kernel(mock);
    hdbg_mock_team_add(mock, TEAM, "team");
    hdbg_mock_memory_add(mock, TEAM, MEMORY, "memory", 4096, HDBG_AREA_READ | HDBG_AREA_WRITE);
    hdbg_port_id port = kernel->ops->port_create(kernel->context, 10, "events");
    hdbg_port_id nub_port = kernel->ops->install_team_debugger(kernel->context, TEAM, port);
    check(hdbg_nub_open(kernel, nub_port, TEAM, arch, &nub) == HDBG_OK);
    for (int i = 0; i < 11; i++) {
        if (i == 7 && release != HDBG_RELEASE_BETA6)
            continue;
        hdbg_mock_answer_raw(hdbg_mock_expect(mock, "*"), code, bytes, size);
        hdbg_status status = call(nub, i);
        check(status <= 0);
        memset(buffer, 0, sizeof buffer);
        check(hdbg_nub_read_memory(nub, MEMORY, buffer, 6, &done) == HDBG_OK && done == 6);
        check(memcmp(buffer, "memory", 6) == 0);
    }
    hdbg_nub_statistics statistics = {.size = sizeof statistics};
    hdbg_nub_statistics_get(nub, &statistics);
    check(statistics.timeouts == 0 && statistics.retired_ports == 0 && statistics.reply_ports == 1);
    hdbg_nub_close(nub);
    check(hdbg_mock_verify(mock) == NULL);
    hdbg_mock_destroy(mock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    hdbg_arch arch = kArchs[data[0] % 4];
    hdbg_release release = (hdbg_release)(HDBG_RELEASE_BETA4 + data[0] / 4 % 3);
    int32_t code = (int8_t)data[1];
    int32_t type = hdbg_nub_message_type(data[2] % HDBG_MESSAGE_COUNT);
    int32_t message = hdbg_nub_message_code(release, type);
    const uint8_t *bytes = data + 3;
    size -= 3;
    fuzz_event(arch, release, code, bytes, size);
    fuzz_message(arch, release, message, bytes, size);
    fuzz_reply(arch, release, type, code, bytes, size);
    fuzz_reply(arch, release, type, message, bytes, size);
    fuzz_requests(arch, release, data[1] & 0x80 ? message : code, bytes, size);
    return 0;
}

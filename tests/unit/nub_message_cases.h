/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The 20 messages of one processor and their replies, laid out by Haiku's structs. test_nub_messages.c
 * includes this for each processor, with WIRE_ABI and ABI_ARCH set. No include guard.
 */
#define ABI_FUNCTION_(name, abi)  name##_##abi
#define ABI_FUNCTION__(name, abi) ABI_FUNCTION_(name, abi)
#define ABI_FUNCTION(name)        ABI_FUNCTION__(name, WIRE_ABI)
#define ADDRESS                   ((hdbg_address)0x12345678)

/* A message becomes the bytes of Haiku's struct, and is the same again when it is decoded. */
static void ABI_FUNCTION(check)(const hdbg_nub_message *message, int32_t code, const void *wire, size_t size)
{
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX], again[HDBG_MESSAGE_SIZE_MAX];
    int32_t sent, sent_again;
    memset(bytes, 0xee, sizeof bytes);
    assert_int_equal(
        hdbg_nub_message_encode(ABI_ARCH, HDBG_RELEASE_BETA6, message, &sent, bytes, sizeof bytes), size);
    assert_int_equal(sent, code);
    assert_memory_equal(bytes, wire, size);
    hdbg_nub_message decoded;
    assert_int_equal(hdbg_nub_message_decode(ABI_ARCH, HDBG_RELEASE_BETA6, sent, bytes, size, &decoded),
                     HDBG_OK);
    assert_int_equal(decoded.type, message->type);
    assert_int_equal(decoded.reply_port, hdbg_nub_message_answered(message->type) ? 33 : -1);
    assert_int_equal(
        hdbg_nub_message_encode(ABI_ARCH, HDBG_RELEASE_BETA6, &decoded, &sent_again, again, sizeof again),
        size);
    assert_int_equal(sent_again, sent);
    assert_memory_equal(again, bytes, size);
    if (size > 0)
        assert_int_equal(
            hdbg_nub_message_decode(ABI_ARCH, HDBG_RELEASE_BETA6, sent, bytes, size - 1, &decoded),
            HDBG_BAD_MESSAGE);
}
#define CHECK(message, code, wire) ABI_FUNCTION(check)(&(message), code, &(wire), sizeof(wire))
#define ZEROED(type, name)                                                                                   \
    WIRE(type) name;                                                                                         \
    memset(&name, 0, sizeof name)

static void ABI_FUNCTION(memory_messages)(void **state)
{
    (void)state;
    hdbg_nub_message message = {
        .type = HDBG_MESSAGE_READ_MEMORY, .reply_port = 33, .address = ADDRESS, .size = 7};
    ZEROED(read_memory, read);
    read.reply_port = 33;
    read.address = ADDRESS;
    read.size = 7;
    CHECK(message, 0, read);

    message.type = HDBG_MESSAGE_WRITE_MEMORY;
    memcpy(message.data.bytes, "seventy", 7);
    ZEROED(write_memory, write);
    write.reply_port = 33;
    write.address = ADDRESS;
    write.size = 7;
    memcpy(write.data, "seventy", 7);
    ABI_FUNCTION(check)(&message, 1, &write, offsetof(WIRE(write_memory), data) + 7);

    message.type = HDBG_MESSAGE_CLONE_AREA;
    ZEROED(clone_area, clone);
    clone.reply_port = 33;
    clone.address = ADDRESS;
    CHECK(message, 15, clone);

    message.type = HDBG_MESSAGE_WRITE_CORE_FILE;
    memset(&message.data, 0, sizeof message.data);
    strcpy(message.data.path, "/tmp/core");
    ZEROED(write_core_file, core);
    core.reply_port = 33;
    strcpy(core.path, "/tmp/core");
    CHECK(message, 1001, core);
}

static void ABI_FUNCTION(thread_messages)(void **state)
{
    (void)state;
    hdbg_nub_message message = {.type = HDBG_MESSAGE_SET_TEAM_FLAGS, .thread = 501, .flags = 0x01210000};
    WIRE(set_team_flags) team_flags = {0x01210000};
    CHECK(message, 2, team_flags);
    message.type = HDBG_MESSAGE_SET_THREAD_FLAGS;
    WIRE(set_thread_flags) thread_flags = {501, 0x01210000};
    CHECK(message, 3, thread_flags);

    message.type = HDBG_MESSAGE_CONTINUE_THREAD;
    message.how = HDBG_IGNORE_EVENT;
    message.single_step = 1;
    ZEROED(continue_thread, go);
    go.thread = 501;
    go.handle_event = 1;
    go.single_step = 1;
    CHECK(message, 4, go);

    message.type = HDBG_MESSAGE_SET_CPU_STATE;
    ZEROED(set_cpu_state, set);
    set.thread = 501;
    for (size_t i = 0; i < sizeof set.cpu_state.bytes; i++)
        set.cpu_state.bytes[i] = (uint8_t)(i * 3 + 2);
    message.data.cpu_state.arch = ABI_ARCH;
    message.data.cpu_state.size = sizeof set.cpu_state.bytes;
    memcpy(message.data.cpu_state.data, set.cpu_state.bytes, sizeof set.cpu_state.bytes);
    CHECK(message, 5, set);

    message.type = HDBG_MESSAGE_GET_CPU_STATE;
    message.reply_port = 33;
    WIRE(get_cpu_state) get = {33, 501};
    CHECK(message, 6, get);
    message.type = HDBG_MESSAGE_GET_SIGNAL_MASKS;
    CHECK(message, 12, get);
    message.type = HDBG_MESSAGE_STOP_PROFILER;
    CHECK(message, 2001, get);
    message.type = HDBG_MESSAGE_PREPARE_HANDOVER;
    ABI_FUNCTION(check)(&message, 1000, "", 0);
}

static void ABI_FUNCTION(point_messages)(void **state)
{
    (void)state;
    hdbg_nub_message message = {.type = HDBG_MESSAGE_SET_BREAKPOINT, .reply_port = 33, .address = ADDRESS};
    ZEROED(set_breakpoint, set);
    set.reply_port = 33;
    set.address = ADDRESS;
    CHECK(message, 7, set);
    WIRE(clear_breakpoint) clear = {ADDRESS};
    message.type = HDBG_MESSAGE_CLEAR_BREAKPOINT;
    CHECK(message, 8, clear);
    message.type = HDBG_MESSAGE_CLEAR_WATCHPOINT;
    CHECK(message, 10, clear);

    message.type = HDBG_MESSAGE_SET_WATCHPOINT;
    message.kind = HDBG_WATCH_READ_WRITE;
    message.size = 4;
    ZEROED(set_watchpoint, watch);
    watch.reply_port = 33;
    watch.address = ADDRESS;
    watch.type = 2;
    watch.length = 4;
    CHECK(message, 9, watch);
}

static void ABI_FUNCTION(signal_messages)(void **state)
{
    (void)state;
    hdbg_nub_message message = {.type = HDBG_MESSAGE_SET_SIGNAL_MASKS,
                                .reply_port = 33,
                                .thread = 501,
                                .signal = 11,
                                .ignore = UINT64_C(0x8000000000000001),
                                .ignore_once = UINT64_C(0x400),
                                .ignore_op = HDBG_MASK_OR,
                                .ignore_once_op = HDBG_MASK_SET};
    ZEROED(set_signal_masks, masks);
    masks.thread = 501;
    masks.ignore_mask = UINT64_C(0x8000000000000001);
    masks.ignore_once_mask = UINT64_C(0x400);
    masks.ignore_op = 1;
    masks.ignore_once_op = 2;
    CHECK(message, 11, masks);

    message.type = HDBG_MESSAGE_SET_SIGNAL_HANDLER;
    message.handler = (hdbg_signal_handler){.handler = ADDRESS, .mask = 5, .user_data = 6, .flags = 7};
    ZEROED(set_signal_handler, handler);
    handler.signal = 11;
    handler.handler.sa_handler = ADDRESS;
    handler.handler.sa_mask = 5;
    handler.handler.sa_userdata = 6;
    handler.handler.sa_flags = 7;
    CHECK(message, 13, handler);

    message.type = HDBG_MESSAGE_GET_SIGNAL_HANDLER;
    WIRE(get_signal_handler) get = {33, 11};
    CHECK(message, 14, get);
}

static void ABI_FUNCTION(profiler_messages)(void **state)
{
    (void)state;
    hdbg_nub_message message = {.type = HDBG_MESSAGE_START_PROFILER,
                                .reply_port = 33,
                                .thread = 501,
                                .interval = INT64_C(0x100000002),
                                .sample_area = 8,
                                .stack_depth = 5,
                                .variable_stack_depth = 1};
    ZEROED(start_profiler, start);
    start.reply_port = 33;
    start.thread = 501;
    start.interval = INT64_C(0x100000002);
    start.sample_area = 8;
    start.stack_depth = 5;
    start.variable_stack_depth = 1;
    CHECK(message, 2000, start);
}

/* A reply becomes the bytes of Haiku's struct, is the same again when it is decoded, and is refused at
 * another length. */
static hdbg_nub_reply ABI_FUNCTION(check_reply)(const hdbg_nub_reply *reply, int32_t code, const void *wire,
                                                size_t size)
{
    uint8_t bytes[HDBG_MESSAGE_SIZE_MAX + 1];
    int32_t sent;
    memset(bytes, 0xee, sizeof bytes);
    assert_int_equal(
        hdbg_nub_reply_encode(ABI_ARCH, HDBG_RELEASE_BETA6, reply, &sent, bytes, HDBG_MESSAGE_SIZE_MAX),
        size);
    assert_int_equal(sent, code);
    assert_memory_equal(bytes, wire, size);
    hdbg_nub_reply decoded;
    assert_int_equal(
        hdbg_nub_reply_decode(ABI_ARCH, HDBG_RELEASE_BETA6, reply->type, sent, bytes, size, &decoded),
        HDBG_OK);
    hdbg_nub_reply other;
    for (size_t wrong = size - 1; wrong <= size + 1; wrong += 2) {
        assert_int_equal(
            hdbg_nub_reply_decode(ABI_ARCH, HDBG_RELEASE_BETA6, reply->type, sent, bytes, wrong, &other),
            HDBG_BAD_MESSAGE);
    }
    assert_int_equal(
        hdbg_nub_reply_decode(ABI_ARCH, HDBG_RELEASE_BETA6, reply->type, sent + 100, bytes, size, &other),
        HDBG_BAD_MESSAGE);
    assert_int_equal(decoded.type, reply->type);
    assert_int_equal(decoded.error, reply->error);
    return decoded;
}
#define CHECK_REPLY(reply, code, wire) ABI_FUNCTION(check_reply)(&(reply), code, &(wire), sizeof(wire))

static void ABI_FUNCTION(memory_replies)(void **state)
{
    (void)state;
    hdbg_nub_reply reply = {.type = HDBG_MESSAGE_READ_MEMORY, .size = 3};
    memcpy(reply.data.bytes, "abc", 3);
    WIRE(read_memory_reply) read = {0, 3, "abc"};
    hdbg_nub_reply decoded = ABI_FUNCTION(check_reply)(&reply, 0, &read, 8 + 3);
    assert_int_equal(decoded.size, 3);
    assert_memory_equal(decoded.data.bytes, "abc", 3);
    reply = (hdbg_nub_reply){.type = HDBG_MESSAGE_READ_MEMORY, .error = HDBG_BAD_ADDRESS};
    read = (WIRE(read_memory_reply)){HDBG_BAD_ADDRESS, 0, ""};
    ABI_FUNCTION(check_reply)(&reply, 0, &read, 8);

    reply = (hdbg_nub_reply){.type = HDBG_MESSAGE_WRITE_MEMORY, .size = 3};
    WIRE(write_memory_reply) write = {0, 3};
    assert_int_equal(CHECK_REPLY(reply, 1, write).size, 3);

    reply = (hdbg_nub_reply){.type = HDBG_MESSAGE_CLONE_AREA, .area = 12, .address = ADDRESS};
    ZEROED(clone_area_reply, clone);
    clone.area = 12;
    clone.address = ADDRESS;
    decoded = CHECK_REPLY(reply, 15, clone);
    assert_int_equal(decoded.area, 12);
    assert_true(decoded.address == ADDRESS);
    reply = (hdbg_nub_reply){.type = HDBG_MESSAGE_CLONE_AREA, .error = HDBG_BAD_ADDRESS};
    memset(&clone, 0, sizeof clone);
    clone.area = HDBG_BAD_ADDRESS;
    CHECK_REPLY(reply, 15, clone);
}

static void ABI_FUNCTION(plain_replies)(void **state)
{
    (void)state;
    const struct {
        int32_t type, code;
    } plain[] = {{HDBG_MESSAGE_SET_BREAKPOINT, 7},
                 {HDBG_MESSAGE_SET_WATCHPOINT, 9},
                 {HDBG_MESSAGE_WRITE_CORE_FILE, 1001}};
    for (size_t i = 0; i < 3; i++) {
        hdbg_nub_reply reply = {.type = plain[i].type, .error = HDBG_BUSY};
        WIRE(set_breakpoint_reply) wire = {HDBG_BUSY};
        CHECK_REPLY(reply, plain[i].code, wire);
    }
}

static void ABI_FUNCTION(cpu_state_replies)(void **state)
{
    (void)state;
    hdbg_nub_reply reply = {.type = HDBG_MESSAGE_GET_CPU_STATE, .event = HDBG_EVENT_SIGNAL_RECEIVED};
    ZEROED(get_cpu_state_reply, wire);
    wire.message = 7;
    memset(wire.cpu_state.bytes, 0x5a, sizeof wire.cpu_state.bytes);
    reply.data.cpu_state.arch = ABI_ARCH;
    reply.data.cpu_state.size = sizeof wire.cpu_state.bytes;
    memset(reply.data.cpu_state.data, 0x5a, sizeof wire.cpu_state.bytes);
    /* The stopped thread answers with its event's code, the nub with the request's. */
    hdbg_nub_reply decoded = CHECK_REPLY(reply, 7, wire);
    assert_int_equal(decoded.event, 7);
    assert_memory_equal(decoded.data.cpu_state.data, wire.cpu_state.bytes, sizeof wire.cpu_state.bytes);
    memset(&wire, 0, sizeof wire);
    wire.error = HDBG_BAD_THREAD_STATE;
    memset(&reply, 0, sizeof reply);
    reply.type = HDBG_MESSAGE_GET_CPU_STATE;
    reply.error = HDBG_BAD_THREAD_STATE;
    CHECK_REPLY(reply, 6, wire);
}

static void ABI_FUNCTION(signal_replies)(void **state)
{
    (void)state;
    hdbg_nub_reply reply = {.type = HDBG_MESSAGE_GET_SIGNAL_MASKS, .ignore = 1, .ignore_once = UINT64_MAX};
    ZEROED(get_signal_masks_reply, masks);
    masks.ignore_mask = 1;
    masks.ignore_once_mask = UINT64_MAX;
    hdbg_nub_reply decoded = CHECK_REPLY(reply, 12, masks);
    assert_true(decoded.ignore == 1 && decoded.ignore_once == UINT64_MAX);

    reply = (hdbg_nub_reply){.type = HDBG_MESSAGE_GET_SIGNAL_HANDLER,
                             .handler = {.handler = ADDRESS, .mask = 5, .user_data = 6, .flags = 7}};
    ZEROED(get_signal_handler_reply, handler);
    handler.handler.sa_handler = ADDRESS;
    handler.handler.sa_mask = 5;
    handler.handler.sa_userdata = 6;
    handler.handler.sa_flags = 7;
    decoded = CHECK_REPLY(reply, 14, handler);
    assert_true(decoded.handler.handler == ADDRESS && decoded.handler.mask == 5);
    assert_true(decoded.handler.user_data == 6 && decoded.handler.flags == 7);
}

static void ABI_FUNCTION(profiler_replies)(void **state)
{
    (void)state;
    hdbg_nub_reply reply = {
        .type = HDBG_MESSAGE_START_PROFILER, .image_event = 4, .interval = INT64_C(0x100000002)};
    ZEROED(start_profiler_reply, start);
    start.image_event = 4;
    start.interval = INT64_C(0x100000002);
    hdbg_nub_reply decoded = CHECK_REPLY(reply, 2000, start);
    assert_int_equal(decoded.image_event, 4);
    assert_true(decoded.interval == INT64_C(0x100000002));

    memset(&reply, 0, sizeof reply);
    reply.type = HDBG_MESSAGE_STOP_PROFILER;
    reply.data.update.thread = 501;
    reply.data.update.data.profiler.sample_count = 6;
    ZEROED(profiler_update, update);
    update.origin.thread = 501;
    update.sample_count = 6;
    decoded = CHECK_REPLY(reply, 2001, update);
    assert_int_equal(decoded.data.update.data.profiler.sample_count, 6);
    /* The error stands where the thread else does. */
    reply.error = HDBG_BAD_VALUE;
    update.origin.thread = HDBG_BAD_VALUE;
    CHECK_REPLY(reply, 2001, update);
}

#undef ADDRESS
#undef CHECK
#undef CHECK_REPLY
#undef ZEROED
#undef ABI_FUNCTION
#undef ABI_FUNCTION_
#undef ABI_FUNCTION__

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The 18 events of one processor, laid out by Haiku's structs, and what they decode to. test_nub_events.c
 * includes this for each processor, with WIRE_ABI and ABI_ARCH set. No include guard.
 */
#define ABI_FUNCTION_(name, abi)  name##_##abi
#define ABI_FUNCTION__(name, abi) ABI_FUNCTION_(name, abi)
#define ABI_FUNCTION(name)        ABI_FUNCTION__(name, WIRE_ABI)

static const wire_origin ABI_FUNCTION(kOrigin) = {501, 500, 77};
#define ORIGIN ABI_FUNCTION(kOrigin)

/* What is received is what was meant, and is sent again byte for byte. */
static hdbg_nub_event ABI_FUNCTION(decoded)(int32_t type, hdbg_release release, const void *message,
                                            size_t size)
{
    hdbg_nub_event event;
    uint8_t again[HDBG_NUB_EVENT_SIZE_MAX];
    assert_true(size <= HDBG_NUB_EVENT_SIZE_MAX);
    assert_int_equal(hdbg_nub_event_decode(ABI_ARCH, release, type, message, size, &event), HDBG_OK);
    assert_int_equal(event.type, type);
    assert_int_equal(event.size, size);
    assert_int_equal(event.thread, 501);
    assert_int_equal(event.team, 500);
    assert_int_equal(event.nub_port, 77);
    assert_int_equal(hdbg_nub_event_encode(ABI_ARCH, release, &event, again, sizeof again), size);
    assert_memory_equal(again, message, size);
    return event;
}
#define DECODED(type, release, message) ABI_FUNCTION(decoded)(type, release, &(message), sizeof(message))

static void ABI_FUNCTION(plain_events)(void **state)
{
    (void)state;
    WIRE(thread_debugged) debugged = {ORIGIN};
    DECODED(HDBG_EVENT_THREAD_DEBUGGED, HDBG_RELEASE_BETA6, debugged);

    WIRE(debugger_call) call;
    memset(&call, 0, sizeof call);
    call.origin = ORIGIN;
    call.message = (__typeof__(call.message))0xf123456789abcdef;
    hdbg_nub_event event = DECODED(HDBG_EVENT_DEBUGGER_CALL, HDBG_RELEASE_BETA6, call);
    assert_true(event.data.message == call.message);

    WIRE(exception_occurred) exception = {ORIGIN, 10, 4};
    event = DECODED(HDBG_EVENT_EXCEPTION_OCCURRED, HDBG_RELEASE_BETA6, exception);
    assert_int_equal(event.data.exception.exception, HDBG_EXCEPTION_GENERAL_PROTECTION);
    assert_int_equal(event.data.exception.signal, 4);

    WIRE(team_created) team = {ORIGIN, 600};
    assert_int_equal(DECODED(HDBG_EVENT_TEAM_CREATED, HDBG_RELEASE_BETA6, team).data.new_team, 600);
    WIRE(team_exec) exec = {ORIGIN, 3};
    assert_int_equal(DECODED(HDBG_EVENT_TEAM_EXEC, HDBG_RELEASE_BETA6, exec).data.image_event, 3);
    WIRE(thread_created) thread = {ORIGIN, 502};
    assert_int_equal(DECODED(HDBG_EVENT_THREAD_CREATED, HDBG_RELEASE_BETA6, thread).data.new_thread, 502);

    WIRE(handed_over) handed = {ORIGIN, 900, 901, -1};
    event = DECODED(HDBG_EVENT_HANDED_OVER, HDBG_RELEASE_BETA6, handed);
    assert_int_equal(event.data.handed_over.debugger, 900);
    assert_int_equal(event.data.handed_over.debugger_port, 901);
    assert_int_equal(event.data.handed_over.causing_thread, -1);
}

static void ABI_FUNCTION(stops_with_cpu_state)(void **state)
{
    (void)state;
    static WIRE(breakpoint_hit) hit;
    memset(&hit, 0, sizeof hit);
    hit.origin = ORIGIN;
    for (size_t i = 0; i < sizeof hit.cpu_state.bytes; i++)
        hit.cpu_state.bytes[i] = (uint8_t)(i * 7 + 1);
    const int32_t types[] = {HDBG_EVENT_BREAKPOINT_HIT, HDBG_EVENT_WATCHPOINT_HIT, HDBG_EVENT_SINGLE_STEP};
    for (size_t i = 0; i < 3; i++) {
        hdbg_nub_event event = DECODED(types[i], HDBG_RELEASE_BETA6, hit);
        assert_int_equal(event.data.cpu_state.arch, ABI_ARCH);
        assert_int_equal(event.data.cpu_state.size, sizeof hit.cpu_state.bytes);
        assert_memory_equal(event.data.cpu_state.data, hit.cpu_state.bytes, sizeof hit.cpu_state.bytes);
    }
}

static void ABI_FUNCTION(system_calls)(void **state)
{
    (void)state;
    WIRE(pre_syscall) pre;
    memset(&pre, 0, sizeof pre);
    pre.origin = ORIGIN;
    pre.syscall = 145;
    for (uint32_t i = 0; i < 32; i++)
        pre.args[i] = 0xa0000000 + i;
    hdbg_nub_event event = DECODED(HDBG_EVENT_PRE_SYSCALL, HDBG_RELEASE_BETA6, pre);
    assert_int_equal(event.data.syscall.number, 145);
    assert_int_equal(event.data.syscall.argument_bytes, 128);
    assert_memory_equal(event.data.syscall.arguments, pre.args, sizeof pre.args);

    WIRE(post_syscall) post;
    memset(&post, 0, sizeof post);
    post.origin = ORIGIN;
    post.syscall = 145;
    post.start_time = INT64_C(0x1122334455667788);
    post.end_time = INT64_C(0x1122334455667799);
    post.return_value = UINT64_C(0xfedcba9876543210);
    memcpy(post.args, pre.args, sizeof pre.args);
    event = DECODED(HDBG_EVENT_POST_SYSCALL, HDBG_RELEASE_BETA6, post);
    assert_int_equal(event.data.syscall.number, 145);
    assert_true(event.data.syscall.start_time == INT64_C(0x1122334455667788));
    assert_true(event.data.syscall.end_time == INT64_C(0x1122334455667799));
    assert_true(event.data.syscall.return_value == UINT64_C(0xfedcba9876543210));
    assert_memory_equal(event.data.syscall.arguments, pre.args, sizeof pre.args);
}

static void ABI_FUNCTION(check_handler)(const hdbg_nub_event *event, const WIRE(sigaction) * wire)
{
    assert_true(event->data.signal.handler.handler == wire->sa_handler);
    assert_true(event->data.signal.handler.mask == UINT64_C(0x8000000000000001));
    assert_int_equal(event->data.signal.handler.flags, 0x40);
    assert_true(event->data.signal.handler.user_data == wire->sa_userdata);
}

static void ABI_FUNCTION(signals)(void **state)
{
    (void)state;
    WIRE(signal_received) signal;
    memset(&signal, 0, sizeof signal);
    signal.origin = ORIGIN;
    signal.signal = 11;
    signal.handler.sa_handler = (__typeof__(signal.handler.sa_handler))0x123456789a;
    signal.handler.sa_mask = UINT64_C(0x8000000000000001);
    signal.handler.sa_flags = 0x40;
    signal.handler.sa_userdata = 0x55;
    signal.info = (WIRE(siginfo)){11, 30, -1, 700, 1000, 0xdeadbeef, 5, -7, 99};
    signal.deadly = 1;
    hdbg_nub_event event = DECODED(HDBG_EVENT_SIGNAL_RECEIVED, HDBG_RELEASE_BETA5, signal);
    const hdbg_siginfo *info = &event.data.signal.info;
    assert_int_equal(event.data.signal.signal, 11);
    assert_int_equal(event.data.signal.deadly, 1);
    assert_int_equal(event.data.signal.has_info, 1);
    ABI_FUNCTION(check_handler)(&event, &signal.handler);
    assert_int_equal(info->signal, 11);
    assert_int_equal(info->code, 30);
    assert_int_equal(info->error, -1);
    assert_int_equal(info->team, 700);
    assert_int_equal(info->user, 1000);
    assert_true(info->address == 0xdeadbeef);
    assert_int_equal(info->status, 5);
    assert_true(info->band == -7);
    assert_true(info->value == 99);

    WIRE(signal_received_beta4) old;
    memset(&old, 0, sizeof old);
    old.origin = ORIGIN;
    old.signal = 11;
    old.handler = signal.handler;
    old.deadly = 1;
    event = DECODED(HDBG_EVENT_SIGNAL_RECEIVED, HDBG_RELEASE_BETA4, old);
    assert_int_equal(event.data.signal.has_info, 0);
    assert_int_equal(event.data.signal.deadly, 1);
    assert_int_equal(event.data.signal.info.signal, 0);
    ABI_FUNCTION(check_handler)(&event, &signal.handler);
}

static void ABI_FUNCTION(ends)(void **state)
{
    (void)state;
    WIRE(team_deleted) team;
    memset(&team, 0, sizeof team);
    team.origin = ORIGIN;
    team.status = -1;
    team.signal = 21;
    team.user_time = INT64_C(0x100000001);
    team.kernel_time = INT64_C(0x200000002);
    hdbg_nub_event event = DECODED(HDBG_EVENT_TEAM_DELETED, HDBG_RELEASE_BETA5, team);
    assert_int_equal(event.data.team_end.known, 1);
    assert_int_equal(event.data.team_end.status, -1);
    assert_int_equal(event.data.team_end.signal, 21);
    assert_true(event.data.team_end.user_time == INT64_C(0x100000001));
    assert_true(event.data.team_end.kernel_time == INT64_C(0x200000002));

    event = DECODED(HDBG_EVENT_TEAM_DELETED, HDBG_RELEASE_BETA4, ORIGIN);
    assert_int_equal(event.data.team_end.known, 0);

    WIRE(thread_deleted) thread = {ORIGIN, 42};
    event = DECODED(HDBG_EVENT_THREAD_DELETED, HDBG_RELEASE_BETA5, thread);
    assert_int_equal(event.data.thread_end.known, 1);
    assert_int_equal(event.data.thread_end.status, 42);
    event = DECODED(HDBG_EVENT_THREAD_DELETED, HDBG_RELEASE_BETA4, ORIGIN);
    assert_int_equal(event.data.thread_end.known, 0);
}

static void ABI_FUNCTION(images)(void **state)
{
    (void)state;
    static WIRE(image_created) image;
    memset(&image, 0, sizeof image);
    image.origin = ORIGIN;
    image.info.id = 9;
    image.info.type = 2;
    image.info.sequence = 3;
    image.info.init_order = 4;
    image.info.init_routine = 0x1000;
    image.info.term_routine = 0x2000;
    image.info.device = -5;
    image.info.node = INT64_C(0x1234567812345678);
    strcpy(image.info.name, "/boot/system/lib/libroot.so");
    image.info.text = 0x3000;
    image.info.data = 0x4000;
    image.info.text_size = (int32_t)0x90000000;
    image.info.data_size = 0x500;
    image.info.api_version = 1;
    image.info.abi = 0x40000;
    image.image_event = 12;
    const int32_t types[] = {HDBG_EVENT_IMAGE_CREATED, HDBG_EVENT_IMAGE_DELETED};
    for (size_t i = 0; i < 2; i++) {
        hdbg_nub_event event = DECODED(types[i], HDBG_RELEASE_BETA6, image);
        const hdbg_image_info *info = &event.data.image.info;
        assert_int_equal(info->id, 9);
        assert_int_equal(info->type, HDBG_IMAGE_LIBRARY);
        assert_int_equal(info->sequence, 3);
        assert_int_equal(info->init_order, 4);
        assert_true(info->init_routine == 0x1000 && info->term_routine == 0x2000);
        assert_int_equal(info->device, -5);
        assert_true(info->node == INT64_C(0x1234567812345678));
        assert_string_equal(info->path, "/boot/system/lib/libroot.so");
        assert_true(info->text == 0x3000 && info->data == 0x4000);
        assert_true(info->text_size == 0x90000000 && info->data_size == 0x500);
        assert_int_equal(info->api_version, 1);
        assert_int_equal(info->abi, 0x40000);
        assert_int_equal(event.data.image.image_event, 12);
    }
}

static void ABI_FUNCTION(profiler_updates)(void **state)
{
    (void)state;
    WIRE(profiler_update) update;
    memset(&update, 0, sizeof update);
    update.origin = ORIGIN;
    update.image_event = 1;
    update.stack_depth = 2;
    update.sample_count = 3;
    update.dropped_ticks = 4;
    update.variable_stack_depth = 1;
    update.stopped = 1;
    update.last_cpu_time = INT64_C(0x300000003);
    hdbg_nub_event event = DECODED(HDBG_EVENT_PROFILER_UPDATE, HDBG_RELEASE_BETA5, update);
    assert_int_equal(event.data.profiler.image_event, 1);
    assert_int_equal(event.data.profiler.stack_depth, 2);
    assert_int_equal(event.data.profiler.sample_count, 3);
    assert_int_equal(event.data.profiler.dropped_ticks, 4);
    assert_int_equal(event.data.profiler.variable_stack_depth, 1);
    assert_int_equal(event.data.profiler.stopped, 1);
    assert_true(event.data.profiler.last_cpu_time == INT64_C(0x300000003));

    WIRE(profiler_update_beta4) old;
    memset(&old, 0, sizeof old);
    memcpy(&old, &update, offsetof(WIRE(profiler_update_beta4), stopped) + 1);
    event = DECODED(HDBG_EVENT_PROFILER_UPDATE, HDBG_RELEASE_BETA4, old);
    assert_int_equal(event.data.profiler.stopped, 1);
    assert_true(event.data.profiler.last_cpu_time == 0);
}

/* sizeof of each event, in the order of their types. */
static const size_t ABI_FUNCTION(kSizes)[] = {
    sizeof(WIRE(thread_debugged)), sizeof(WIRE(debugger_call)),   sizeof(WIRE(breakpoint_hit)),
    sizeof(WIRE(watchpoint_hit)),  sizeof(WIRE(single_step)),     sizeof(WIRE(pre_syscall)),
    sizeof(WIRE(post_syscall)),    sizeof(WIRE(signal_received)), sizeof(WIRE(exception_occurred)),
    sizeof(WIRE(team_created)),    sizeof(WIRE(team_deleted)),    sizeof(WIRE(team_exec)),
    sizeof(WIRE(thread_created)),  sizeof(WIRE(thread_deleted)),  sizeof(WIRE(image_created)),
    sizeof(WIRE(image_deleted)),   sizeof(WIRE(profiler_update)), sizeof(WIRE(handed_over)),
};

#undef ORIGIN
#undef DECODED
#undef ABI_FUNCTION
#undef ABI_FUNCTION_
#undef ABI_FUNCTION__

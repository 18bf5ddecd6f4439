/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server's packet layer: any bytes, in any pieces, are taken without harm, and what is taken apart stays
 * within its packet. So with the conditions of breakpoints, and the expressions in them. The sources are part
 * of this program.
 */
#include "../../examples/hdbg-server/packet.c"
#include "../../examples/hdbg-server/agent.c"
#include "../../examples/hdbg-server/print.c"
#include "../../examples/hdbg-server/conditions.c"

#define CHECK(condition) ((condition) ? (void)0 : abort())

static struct packet_reader sReader, sAgain;

/* Whether all that a cursor may read is the packet's. */
static void check_within(const struct cursor *rest, const struct cursor *packet)
{
    CHECK(rest->end == packet->end && rest->at >= packet->at && rest->at <= rest->end);
}

static void take_apart(struct cursor packet)
{
    uint64_t low, high;
    uint8_t bytes[64];
    size_t size, count;
    struct thread_id id;
    struct action *actions;
    for (struct cursor from = packet;;) {
        struct cursor rest = from;
        take_range(&rest, &low, &high);
        take_thread(&rest, &id);
        take_hex_bytes(&rest, bytes, sizeof bytes, &size);
        check_within(&rest, &packet);
        while (rest.at != rest.end) {
            struct cursor word = take_word(&rest, ':');
            CHECK(word.at <= word.end && word.end <= packet.end);
        }
        if (from.at == from.end)
            break;
        from.at++;
    }
    if (take_text(&packet, "vCont") && take_actions(&packet, &actions, &count)) {
        CHECK(count > 0);
        free(actions);
    }
}

static bool any_register(void *context, unsigned number, uint64_t *value)
{
    (void)context;
    *value = number * UINT64_C(0x9e3779b97f4a7c15);
    return number < 64;
}

static bool any_memory(void *context, uint64_t address, void *bytes, size_t size)
{
    CHECK(size == 1 || size == 2 || size == 4 || size == 8);
    (void)context;
    memset(bytes, (int)address, size);
    return address % 16 != 0;
}

static bool print_any(void *context, const char *format, const uint64_t *arguments, size_t count)
{
    const struct agent_machine machine = {context, any_register, any_memory, print_any};
    struct reply text = {0};
    bool good = agent_print(&text, format, arguments, count, &machine);
    reply_free(&text);
    return good;
}

static void run_all(const struct condition *one, const struct agent_machine *machine)
{
    uint64_t value;
    for (; one != NULL; one = one->next) {
        agent_evaluate(one->code, one->size, machine, &value);
        agent_run(one->code, one->size, machine);
    }
}

static void check_conditions(struct cursor packet)
{
    const struct agent_machine machine = {NULL, any_register, any_memory, print_any};
    struct cursor rest = packet;
    struct conditions *conditions;
    uint64_t value;
    if (conditions_take(&rest, &conditions)) {
        CHECK(rest.at == packet.end);
        conditions_release(conditions_share(conditions));
        run_all(conditions != NULL ? conditions->first : NULL, &machine);
        run_all(conditions != NULL ? conditions->commands : NULL, &machine);
        conditions_release(conditions);
    }
    agent_evaluate((const uint8_t *)packet.at, cursor_left(&packet), &machine, &value);
}

/* A content that is sent comes out as it was. */
static void check_round(const char *data, size_t size)
{
    struct reply payload = {0}, frame = {0};
    size_t used;
    reply_bytes(&payload, data, size);
    reply_frame(&frame, &payload);
    packet_reader_reset(&sAgain);
    CHECK(packet_feed(&sAgain, frame.data, frame.size, &used) == PACKET_DATA);
    CHECK(used == frame.size && sAgain.size == size && memcmp(sAgain.data, data, size) == 0);
    reply_free(&payload);
    reply_free(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = size != 0 ? data[0] % 32 + 1u : 1;
    packet_reader_reset(&sReader);
    for (size_t done = 0; done < size;) {
        size_t used, count = size - done < piece ? size - done : piece;
        enum packet_kind kind = packet_feed(&sReader, (const char *)data + done, count, &used);
        CHECK(used > 0 && used <= count && sReader.size <= PACKET_MAX);
        done += used;
        if (kind == PACKET_DATA || kind == PACKET_DAMAGED) {
            take_apart((struct cursor){sReader.data, sReader.data + sReader.size});
            check_conditions((struct cursor){sReader.data, sReader.data + sReader.size});
            check_round(sReader.data, sReader.size);
        }
    }
    take_apart((struct cursor){(const char *)data, (const char *)data + size});
    check_conditions((struct cursor){(const char *)data, (const char *)data + size});
    return 0;
}

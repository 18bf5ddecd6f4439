/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server's packet layer: any bytes, in any pieces, are taken without harm, and what is taken apart stays
 * within its packet. The layer's source is part of this program.
 */
#include "../../examples/hdbg-server/packet.c"

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
            check_round(sReader.data, sReader.size);
        }
    }
    take_apart((struct cursor){(const char *)data, (const char *)data + size});
    return 0;
}

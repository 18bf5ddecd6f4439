/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * libFuzzer target for recordings: what the library and the player make of a file. An input is a recording
 * without its header and checksums, which are put around it here: records of a kind, two bytes of length, and
 * what is in them. One that begins with a recording's own first byte is a file as it is.
 */
#include <haikudbg/mock_player.h>

#include <stdlib.h>
#include <string.h>

enum { HEADER = 16, FILE_MAX = 1 << 16 };

static void check(int holds)
{
    if (!holds)
        abort();
}

static uint32_t checksum(uint32_t state, const uint8_t *bytes, size_t size)
{
    state = ~state;
    for (size_t i = 0; i < size; i++) {
        state ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            state = state >> 1 ^ (state & 1 ? 0xedb88320u : 0);
    }
    return ~state;
}

/* Makes a file of an input. */
static size_t make_file(uint8_t *file, const uint8_t *data, size_t size)
{
    memcpy(file, "HDBGREC\n\1\0\0\0\0\0\0", HEADER);
    size_t at = HEADER;
    uint32_t state = checksum(0, file, HEADER);
    while (size >= 3) {
        size_t length = data[1] | (size_t)(data[2] & 3) << 8;
        if (length > size - 3)
            length = size - 3;
        if (at + length + 8 > FILE_MAX)
            break;
        size_t start = at;
        file[at++] = data[0];
        file[at++] = (uint8_t)(length | 0x80);
        file[at++] = (uint8_t)(length >> 7);
        memcpy(file + at, data + 3, length);
        at += length;
        state = checksum(state, file + start, at - start);
        for (int i = 0; i < 4; i++)
            file[at++] = (uint8_t)(state >> (8 * i));
        data += 3 + length;
        size -= 3 + length;
    }
    return at;
}

/* Goes through it, and prints each call. */
static void print(const uint8_t *file, size_t size)
{
    hdbg_recording *recording;
    hdbg_recording_info info = {.size = sizeof info};
    hdbg_recorded_call call = {.size = sizeof call};
    if (hdbg_recording_open_memory(file, size, &recording) != HDBG_OK) {
        check(*hdbg_last_error() != '\0');
        return;
    }
    check(hdbg_recording_info_get(recording, &info) == HDBG_OK);
    uint64_t number = 0;
    hdbg_status status;
    while ((status = hdbg_recording_next(recording, &call)) == HDBG_OK) {
        check(call.number == ++number && call.offset < size && call.thread > 0);
        check(strncmp(hdbg_recording_text(recording), call.name, strlen(call.name)) == 0);
        check(hdbg_recording_json(recording)[0] == '{');
    }
    check(status < 0 && hdbg_recording_next(recording, NULL) == status);
    hdbg_recording_close(recording);
}

static int visit(void *context, const hdbg_detail *detail)
{
    (void)context;
    check(strlen(detail->text) < FILE_MAX);
    return 0;
}

/* Makes the calls that it may have, in turn, until none fits any more. */
static void play(const uint8_t *file, size_t size)
{
    hdbg_player *player;
    hdbg_player_options options = {.size = sizeof options, .patience = 1};
    if (hdbg_player_create_from_memory(file, size, &options, &player) != HDBG_OK)
        return;
    hdbg_kernel *k = hdbg_player_kernel(player);
    const hdbg_kernel_ops *ops = k->ops;
    static uint8_t buffer[4096];
    static hdbg_team_info team;
    static hdbg_thread_registers registers[2];
    hdbg_object_wait objects[2] = {{1, 2, 1}, {2, 2, 1}};
    hdbg_thread_id ids[4];
    int64_t cookie = 0;
    int32_t code;
    uint64_t before;
    int rounds = 0;
    team.size = sizeof team;
    do {
        before = hdbg_player_position(player);
        /* Only the first that does not fit ends it; which comes first is the input's choice. */
        switch (size > HEADER ? file[(HEADER + (size_t)rounds * 7) % size] % 8 : 0) {
        case 0:
            ops->port_create != NULL ? ops->port_create(k->context, 1, "") : 0;
            break;
        case 1:
            ops->port_read != NULL ? ops->port_read(k->context, 1, &code, buffer, sizeof buffer, 0) : 0;
            break;
        case 2:
            ops->team_info != NULL ? ops->team_info(k->context, 1, &team) : 0;
            break;
        case 3:
            ops->next_team != NULL ? ops->next_team(k->context, &cookie, &team) : 0;
            break;
        case 4:
            ops->wait_for_objects != NULL ? ops->wait_for_objects(k->context, objects, 2, 0) : 0;
            break;
        case 5:
            ops->team_threads != NULL ? ops->team_threads(k->context, 1, ids, 4) : 0;
            break;
        case 6:
            ops->thread_registers != NULL ? ops->thread_registers(k->context, 1, registers, 2) : 0;
            break;
        default:
            ops->team_details != NULL ? ops->team_details(k->context, 1, 1, visit, NULL) : 0;
        }
        ops->system_time(k->context);
    } while (hdbg_player_position(player) > before && ++rounds < 100);
    hdbg_player_verify(player);
    hdbg_player_destroy(player);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FILE_MAX];
    size_t length;
    if (size > FILE_MAX / 2)
        return 0;
    if (size > 0 && data[0] == 'H') {
        memcpy(file, data, size);
        length = size;
    } else {
        length = make_file(file, data, size);
    }
    print(file, length);
    play(file, length);
    return 0;
}

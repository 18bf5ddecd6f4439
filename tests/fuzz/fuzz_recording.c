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

/* The sum of bytes: a sanitizer sees whether they are there. */
static uint32_t look_at(const uint8_t *bytes, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
    return sum;
}

static hdbg_status take_note(void *sink, const char *name, uint32_t type, const void *data, size_t size)
{
    *(uint32_t *)sink += type + look_at(data, size);
    check(strlen(name) < FILE_MAX);
    return HDBG_OK;
}

static hdbg_status find(void *finder, const char *name, hdbg_address *symbol)
{
    *(uint32_t *)finder += (uint32_t)strlen(name);
    *symbol = 0;
    return HDBG_OK;
}

/* What is answered is used as the library uses it: each byte and element that a result tells of. */
static void use_results(hdbg_kernel *k, uint8_t which)
{
    const hdbg_kernel_ops *ops = k->ops;
    static volatile uint32_t seen;
    static const hdbg_image_info image;
    hdbg_kernel_symbol symbol = {.size = sizeof symbol};
    hdbg_address address = 0, hit[4];
    int64_t cookie = 0, answer = 0;
    uint32_t sum = 0;
    uint8_t *bytes = malloc(16); /* as large as it says, for the sanitizer */
    check(bytes != NULL);
    switch (which) {
    case 0:
        answer = ops->memory_read != NULL ? ops->memory_read(k->context, 1, 0, bytes, 16) : 0;
        sum = answer > 0 ? look_at(bytes, (size_t)answer) : 0;
        break;
    case 1:
        answer = ops->signal_info != NULL ? ops->signal_info(k->context, 1, bytes, 16) : 0;
        sum = answer > 0 ? look_at(bytes, (size_t)answer) : 0;
        break;
    case 2:
        if (ops->core_notes != NULL)
            ops->core_notes(k->context, 1, NULL, 0, take_note, &sum);
        break;
    case 3:
        if (ops->tls_address != NULL)
            ops->tls_address(k->context, 1, &image, 0, find, &sum, &address);
        break;
    case 4:
        if (ops->next_symbol != NULL && ops->next_symbol(k->context, 1, 1, &cookie, &symbol) == HDBG_OK)
            sum = (uint32_t)strlen(symbol.name);
        break;
    case 5:
        answer = ops->watchpoints_hit != NULL ? ops->watchpoints_hit(k->context, 1, hit, 4) : 0;
        for (int64_t i = 0; i < answer && i < 4; i++)
            sum += (uint32_t)hit[i];
        check(answer <= FILE_MAX + (1 << 20));
        break;
    default:
        if (ops->shares_memory != NULL)
            sum = (uint32_t)ops->shares_memory(k->context, 1, 2);
    }
    seen = sum + (uint32_t)address;
    free(bytes);
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
    int64_t cookie = 0, answer;
    int32_t code;
    uint64_t before;
    int rounds = 0;
    team.size = sizeof team;
    do {
        before = hdbg_player_position(player);
        /* Only the first that does not fit ends it. Which comes first is the input's choice: the date in its
         * first record, which means nothing else. */
        size_t choice = HEADER + 3 + (size_t)rounds;
        uint8_t which = choice < size ? file[choice] % 16 : 0;
        switch (which) {
        case 0:
            ops->port_create != NULL ? ops->port_create(k->context, 1, "") : 0;
            break;
        case 1:
            answer = ops->port_read != NULL ? ops->port_read(k->context, 1, &code, buffer, 64, 0) : 0;
            check(answer <= 64);
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
        case 8:
        case 9:
        case 10:
        case 11:
        case 12:
        case 13:
        case 14:
            use_results(k, (uint8_t)(which - 8));
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

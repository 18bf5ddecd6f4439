/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Reading a recording: its records, one by one, each held against its checksum.
 */
#include "base/structs.h"
#include "kernel/recording/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct hdbg_recording {
    uint8_t *bytes;
    size_t size;
    size_t at;
    uint32_t check;
    uint64_t number; /* of the last call */
    hdbg_time last;
    uint64_t operations; /* bits of those that the kernel had */
    hdbg_recording_info info;
    call *current;
    meanings *known;
    text text;
    char error[256]; /* once it has ended */
    hdbg_status ended;
    checksum sum;
    references references;
};

/* ---- records ---- */

/* The recording has no more to tell, now or later. */
static hdbg_status end_with(hdbg_recording *recording, hdbg_status status, const char *what)
{
    recording->ended = status;
    snprintf(recording->error, sizeof recording->error, "%s", what);
    return hdbg_fail(status, "%s", recording->error);
}

static hdbg_status damaged(hdbg_recording *recording, const char *what)
{
    char sentence[200];
    snprintf(sentence, sizeof sentence,
             "the recording is damaged behind call %llu, in the record at byte %zu of %zu: %s",
             (unsigned long long)recording->number, recording->at, recording->size, what);
    return end_with(recording, HDBG_BAD_DATA, sentence);
}

static hdbg_status not_closed(hdbg_recording *recording, const char *why)
{
    char sentence[240];
    snprintf(sentence, sizeof sentence,
             "the recording was not closed: it ends behind call %llu, at byte %zu of %zu, %s",
             (unsigned long long)recording->number, recording->at, recording->size, why);
    return end_with(recording, HDBG_INTERRUPTED, sentence);
}

/* Takes the next record: its kind, and what is in it. */
static hdbg_status next_record(hdbg_recording *recording, uint8_t *kind, reader *body)
{
    const uint8_t *start = recording->bytes + recording->at, *end = recording->bytes + recording->size;
    if (start == end)
        return not_closed(recording, "where the file does");
    if (*start == RECORD_NONE)
        return not_closed(recording, "where its program had written no more");
    if (*start >= RECORD_KINDS)
        return damaged(recording, "there is no such kind of record");
    reader head = {start + 1, end, NULL};
    uint64_t size = reader_unsigned(&head);
    if (head.wrong != NULL || size > (uint64_t)(end - head.at) ||
        (uint64_t)(end - head.at) - size < FORMAT_CHECK)
        return damaged(recording, "it is longer than the file, which is cut off or wrong");
    const uint8_t *check = head.at + size;
    uint32_t sum = checksum_add(&recording->sum, recording->check, start, (size_t)(check - start));
    uint32_t expected =
        check[0] | (uint32_t)check[1] << 8 | (uint32_t)check[2] << 16 | (uint32_t)check[3] << 24;
    if (sum != expected)
        return damaged(recording, "its checksum is wrong");
    *kind = *start;
    *body = (reader){head.at, check, NULL};
    recording->check = sum;
    return HDBG_OK;
}

/* The record is done with. */
static hdbg_status behind_record(hdbg_recording *recording, const reader *body)
{
    if (body->wrong != NULL)
        return damaged(recording, body->wrong);
    if (body->at != body->end)
        return damaged(recording, "it has more in it than it should");
    recording->at = (size_t)(body->end + FORMAT_CHECK - recording->bytes);
    return HDBG_OK;
}

static void get_chars(reader *r, char *to, size_t room)
{
    size_t size;
    const uint8_t *chars = reader_text(r, &size);
    if (chars != NULL)
        snprintf(to, room, "%.*s", (int)(size < room ? size : room - 1), (const char *)chars);
}

static hdbg_status read_start(hdbg_recording *recording)
{
    uint8_t kind;
    reader r;
    hdbg_status status = next_record(recording, &kind, &r);
    if (status == HDBG_INTERRUPTED)
        return damaged(recording, "there is nothing in it");
    if (status != HDBG_OK)
        return status;
    if (kind != RECORD_START)
        return damaged(recording, "it does not begin with what was recorded");
    hdbg_recording_info *info = &recording->info;
    info->date = reader_signed(&r);
    info->start = recording->last = reader_signed(&r);
    info->process = (int32_t)reader_signed(&r);
    info->release = (int32_t)reader_signed(&r);
    info->arch = (int32_t)reader_signed(&r);
    get_chars(&r, info->kernel_name, sizeof info->kernel_name);
    get_chars(&r, info->system, sizeof info->system);
    recording->operations = reader_unsigned(&r);
    return behind_record(recording, &r);
}

static hdbg_status read_end(hdbg_recording *recording, reader *r)
{
    uint64_t calls = reader_unsigned(r);
    reader_signed(r);
    hdbg_status status = behind_record(recording, r);
    if (status != HDBG_OK)
        return status;
    if (calls != recording->number)
        return damaged(recording, "it tells of another number of calls");
    if (recording->at != recording->size)
        return damaged(recording, "there is something behind the end");
    return end_with(recording, HDBG_BAD_INDEX, "the recording has no further call");
}

void call_free(call *one)
{
    if (one == NULL)
        return;
    while (one->blocks != NULL) {
        struct block *next = one->blocks->next;
        free(one->blocks);
        one->blocks = next;
    }
    values_free(&one->in);
    values_free(&one->out);
    free(one);
}

static void parse_call(hdbg_recording *recording, reader *r, call *one)
{
    uint8_t number = r->at < r->end ? *r->at++ : 0;
    one->op = &kOperations[number % OPERATION_COUNT];
    if (number >= OPERATION_COUNT || one->op->name == NULL) {
        reader_wrong(r, "there is no such call");
        return;
    }
    uint64_t thread = reader_unsigned(r), depth = thread & 1 ? reader_unsigned(r) : 0;
    if (thread >> 1 == 0 || thread >> 1 > INT32_MAX || depth > FORMAT_DEPTH_MAX) {
        reader_wrong(r, "there is no such thread");
        return;
    }
    one->thread = (int32_t)(thread >> 1);
    one->depth = (int32_t)depth;
    one->start = (hdbg_time)((uint64_t)recording->last + (uint64_t)reader_signed(r));
    one->end = (hdbg_time)((uint64_t)one->start + (uint64_t)reader_signed(r));
    parse_values(r, one, &recording->references, WAY_IN);
    one->result = reader_signed(r);
    if (one->result < 0)
        one->error = reader_text(r, &one->error_size);
    parse_values(r, one, &recording->references, WAY_OUT);
    parse_check(r, one);
}

hdbg_status recording_read(hdbg_recording *recording, call **result)
{
    uint8_t kind;
    reader r;
    *result = NULL;
    if (recording->ended != HDBG_OK)
        return hdbg_fail(recording->ended, "%s", recording->error);
    hdbg_status status = next_record(recording, &kind, &r);
    if (status != HDBG_OK)
        return status;
    if (kind == RECORD_END)
        return read_end(recording, &r);
    if (kind != RECORD_CALL)
        return damaged(recording, "it begins a second time");

    call *one = calloc(1, sizeof *one);
    if (one == NULL)
        return end_with(recording, HDBG_NO_MEMORY, "cannot read a recording: out of memory");
    values_init(&one->in);
    values_init(&one->out);
    one->offset = recording->at;
    parse_call(recording, &r, one);
    one->memory += sizeof *one + (one->in.room + one->out.room) * sizeof(value);
    bool memory = one->in.failed || one->out.failed || one->failed;
    status = memory ? end_with(recording, HDBG_NO_MEMORY, "cannot read a recording: out of memory")
                    : behind_record(recording, &r);
    if (status != HDBG_OK) {
        call_free(one);
        return status;
    }
    one->number = ++recording->number;
    recording->last = one->end;
    *result = one;
    return HDBG_OK;
}

bool recording_has(const hdbg_recording *recording, const operation *op)
{
    return op->name != NULL && (recording->operations >> op->number & 1) != 0;
}

/* ---- opening ---- */

static hdbg_status begin(hdbg_recording *recording)
{
    const uint8_t *bytes = recording->bytes;
    if (recording->size < FORMAT_HEADER || memcmp(bytes, kFormatMagic, sizeof kFormatMagic) != 0)
        return hdbg_fail(HDBG_BAD_DATA, "this is no recording: it does not begin as one");
    const uint8_t *v = bytes + sizeof kFormatMagic;
    uint32_t version = v[0] | (uint32_t)v[1] << 8 | (uint32_t)v[2] << 16 | (uint32_t)v[3] << 24;
    if (version != FORMAT_VERSION)
        return hdbg_fail(HDBG_NOT_SUPPORTED, "the recording is of version %u, and this library reads %d",
                         version, FORMAT_VERSION);
    recording->info = (hdbg_recording_info){.size = sizeof recording->info, .version = FORMAT_VERSION};
    checksum_init(&recording->sum);
    recording->check = checksum_add(&recording->sum, 0, bytes, FORMAT_HEADER);
    recording->at = FORMAT_HEADER;
    return read_start(recording);
}

/* Takes `bytes` over. */
static hdbg_status open_bytes(uint8_t *bytes, size_t size, hdbg_recording **result)
{
    hdbg_recording *recording = calloc(1, sizeof *recording);
    *result = NULL;
    if (recording == NULL || bytes == NULL) {
        free(recording);
        free(bytes);
        return hdbg_fail(HDBG_NO_MEMORY, "cannot open a recording: out of memory");
    }
    recording->bytes = bytes;
    recording->size = size;
    hdbg_status status = begin(recording);
    if (status != HDBG_OK) {
        hdbg_recording_close(recording);
        return status;
    }
    *result = recording;
    return HDBG_OK;
}

hdbg_status hdbg_recording_open_memory(const void *bytes, size_t size, hdbg_recording **recording)
{
    uint8_t *copy = malloc(size + 1);
    if (copy != NULL && size > 0)
        memcpy(copy, bytes, size);
    return open_bytes(copy, size, recording);
}

static hdbg_status fail_to_read(const char *path)
{
    hdbg_status status = errno == ENOENT   ? HDBG_ENTRY_NOT_FOUND
                         : errno == EACCES ? HDBG_PERMISSION_DENIED
                                           : HDBG_IO_ERROR;
    return hdbg_fail(status, "cannot read the recording %s: %s", path, strerror(errno));
}

hdbg_status hdbg_recording_open(const char *path, hdbg_recording **recording)
{
    struct stat info;
    *recording = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail_to_read(path);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return hdbg_fail(HDBG_BAD_TYPE, "cannot read the recording %s: it is no file", path);
    }
    size_t size = (size_t)info.st_size, done = 0;
    uint8_t *bytes = malloc(size + 1);
    while (bytes != NULL && done < size) {
        ssize_t got = read(fd, bytes + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            hdbg_status status = fail_to_read(path);
            free(bytes);
            close(fd);
            return status;
        }
        if (got == 0)
            break;
        done += (size_t)got;
    }
    close(fd);
    return open_bytes(bytes, done, recording);
}

void hdbg_recording_close(hdbg_recording *recording)
{
    if (recording == NULL)
        return;
    call_free(recording->current);
    meanings_free(recording->known);
    format_text_free(&recording->text);
    free(recording->bytes);
    free(recording);
}

hdbg_status hdbg_recording_info_get(const hdbg_recording *recording, hdbg_recording_info *info)
{
    hdbg_status status = hdbg_struct_check(info, "hdbg_recording_info");
    if (status == HDBG_OK)
        hdbg_struct_give(info, &recording->info, sizeof recording->info);
    return status;
}

/* ---- going through ---- */

hdbg_status hdbg_recording_next(hdbg_recording *recording, hdbg_recorded_call *result)
{
    call *one;
    if (result != NULL && hdbg_struct_check(result, "hdbg_recorded_call") != HDBG_OK)
        return HDBG_BAD_VALUE;
    if (recording->known == NULL)
        recording->known = meanings_create(&recording->info);
    if (recording->known == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot read a recording: out of memory");
    if (recording->current != NULL && recording->text.size == 0)
        meanings_of(recording->known, recording->current, &recording->text); /* later calls are about it */
    recording->text.size = 0;
    call_free(recording->current);
    recording->current = NULL;

    hdbg_status status = recording_read(recording, &one);
    if (status != HDBG_OK)
        return status;
    recording->current = one;
    hdbg_recorded_call known = {sizeof known, one->number, one->offset, one->op->name, one->thread,
                                one->depth,   one->start,  one->end,    one->result};
    if (result != NULL)
        hdbg_struct_give(result, &known, sizeof known);
    return HDBG_OK;
}

static const char *print(hdbg_recording *recording, bool json)
{
    text meaning = {0};
    if (recording->current == NULL)
        return "";
    meanings_of(recording->known, recording->current, &meaning);
    const char *words = meaning.size > 0 && !meaning.failed ? meaning.chars : "";
    recording->text.size = 0;
    if (json)
        call_json(recording->current, words, &recording->text);
    else
        call_text(recording->current, true, words, &recording->text);
    format_text_free(&meaning);
    return recording->text.chars != NULL ? recording->text.chars : "";
}

const char *hdbg_recording_text(hdbg_recording *recording)
{
    return print(recording, false);
}

const char *hdbg_recording_json(hdbg_recording *recording)
{
    return print(recording, true);
}

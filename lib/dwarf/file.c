/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * One image's files in hdbg-dwarf, and what was answered about it, by address. What is known of it stays
 * known if the process ends; then it is opened again for the next question, unless it was this file that
 * ended it.
 */
#include "dwarf/internal.h"
#include "base/fail.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTIONS = DWARF_ASK_CALLS + 1, OPEN_TRIES = 3 };

typedef struct kept_answer {
    dwarf_answer answer;
    hdbg_status status; /* HDBG_OK or HDBG_NAME_NOT_FOUND */
} kept_answer;

/* By address, without overlaps. */
typedef struct answer_list {
    kept_answer *answers;
    size_t count, room;
} answer_list;

struct dwarf_file {
    atomic_int references;
    dwarf_reader *reader;
    char *paths[3]; /* image, debug, alternate; NULL where there is none */
    uint8_t *bytes;
    size_t size;

    pthread_mutex_t ask_lock; /* around a question */
    uint64_t generation;      /* of the process that has opened it; 0: none has */
    uint32_t number;          /* its number there */

    pthread_mutex_t lock; /* guards what follows */
    hdbg_debug_info info;
    int is_known; /* `info` is */
    answer_list lists[QUESTIONS];
};

static char *copy_string(const char *text, int *failed)
{
    char *copy = text != NULL ? strdup(text) : NULL;
    *failed |= text != NULL && copy == NULL;
    return copy;
}

hdbg_status dwarf_file_open(dwarf_reader *reader, const dwarf_paths *paths, dwarf_file **result)
{
    int failed = 0;
    dwarf_file *file = calloc(1, sizeof *file);
    *result = NULL;
    if (file == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for an image's debug information");
    atomic_init(&file->references, 1);
    file->reader = dwarf_reader_retain(reader);
    pthread_mutex_init(&file->ask_lock, NULL);
    pthread_mutex_init(&file->lock, NULL);
    file->paths[0] = copy_string(paths->image, &failed);
    file->paths[1] = copy_string(paths->debug, &failed);
    file->paths[2] = copy_string(paths->alternate, &failed);
    if (paths->bytes != NULL && paths->size > 0) {
        file->bytes = malloc(paths->size);
        file->size = paths->size;
        failed |= file->bytes == NULL;
        if (file->bytes != NULL)
            memcpy(file->bytes, paths->bytes, paths->size);
    }
    if (failed) {
        dwarf_file_release(file);
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for an image's debug information");
    }
    *result = file;
    return HDBG_OK;
}

dwarf_file *dwarf_file_retain(dwarf_file *file)
{
    atomic_fetch_add(&file->references, 1);
    return file;
}

static void list_free(answer_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->answers[i].answer.destroy != NULL)
            list->answers[i].answer.destroy(list->answers[i].answer.data);
    }
    free(list->answers);
}

void dwarf_file_release(dwarf_file *file)
{
    if (file == NULL || atomic_fetch_sub(&file->references, 1) != 1)
        return;
    if (file->generation != 0) {
        dwarf_writer question = {0};
        uint8_t *bytes = NULL;
        size_t size;
        int lost;
        dwarf_write_u32(&question, file->number);
        dwarf_reader_ask(file->reader, DWARF_ASK_CLOSE, &question, &file->generation, &bytes, &size, &lost);
        free(bytes);
        free(question.bytes);
    }
    for (int i = 0; i < QUESTIONS; i++)
        list_free(&file->lists[i]);
    for (int i = 0; i < 3; i++)
        free(file->paths[i]);
    free(file->bytes);
    pthread_mutex_destroy(&file->lock);
    pthread_mutex_destroy(&file->ask_lock);
    dwarf_reader_release(file->reader);
    free(file);
}

void dwarf_file_lock(dwarf_file *file)
{
    pthread_mutex_lock(&file->lock);
}

void dwarf_file_unlock(dwarf_file *file)
{
    pthread_mutex_unlock(&file->lock);
}

/* ---- asking ---- */

/* The file is of no use any more, for the last error's reason. */
static hdbg_status give_up(dwarf_file *file, hdbg_status status)
{
    pthread_mutex_lock(&file->lock);
    file->is_known = 1;
    file->info.has_frames = file->info.has_lines = 0;
    file->info.status = status;
    snprintf(file->info.text, sizeof file->info.text, "%s: %s",
             file->paths[0] != NULL ? file->paths[0] : "an image in memory", hdbg_last_error());
    hdbg_fail(status, "%s", file->info.text);
    pthread_mutex_unlock(&file->lock);
    return status;
}

/* Why a file cannot be asked any more, or HDBG_OK. */
static hdbg_status check_usable(dwarf_file *file)
{
    hdbg_status status = HDBG_OK;
    pthread_mutex_lock(&file->lock);
    if (file->is_known && file->info.status != HDBG_OK)
        status = hdbg_fail(file->info.status, "%s", file->info.text);
    pthread_mutex_unlock(&file->lock);
    return status;
}

static hdbg_status decode_open(dwarf_file *file, const uint8_t *bytes, size_t size)
{
    dwarf_bytes b = {.bytes = bytes, .size = size};
    uint32_t number = dwarf_read_u32(&b), has_frames = dwarf_read_u32(&b), has_lines = dwarf_read_u32(&b);
    const char *why = dwarf_read_string(&b);
    if (b.failed || why == NULL)
        return give_up(file, hdbg_fail(HDBG_BAD_DATA, "what hdbg-dwarf answered makes no sense"));
    file->number = number;
    pthread_mutex_lock(&file->lock);
    file->is_known = 1;
    file->info.has_frames = has_frames != 0;
    file->info.has_lines = has_lines != 0;
    snprintf(file->info.text, sizeof file->info.text, "%s", why);
    for (int i = 1; has_lines != 0 && i >= 0 && file->info.path[0] == '\0'; i--)
        snprintf(file->info.path, sizeof file->info.path, "%s", file->paths[i] != NULL ? file->paths[i] : "");
    if (has_lines != 0 && file->paths[2] != NULL)
        snprintf(file->info.alternate, sizeof file->info.alternate, "%s", file->paths[2]);
    pthread_mutex_unlock(&file->lock);
    return HDBG_OK;
}

/* Has the present process open the file. Under ask_lock. */
static hdbg_status ask_open(dwarf_file *file)
{
    dwarf_writer question = {0};
    uint8_t *bytes = NULL;
    size_t size = 0;
    int lost = 0;
    for (int i = 0; i < 3; i++)
        dwarf_write_string(&question, file->paths[i]);
    dwarf_write_bytes(&question, file->bytes, file->size);
    file->generation = 0;
    hdbg_status status =
        dwarf_reader_ask(file->reader, DWARF_ASK_OPEN, &question, &file->generation, &bytes, &size, &lost);
    if (status == HDBG_OK)
        status = decode_open(file, bytes, size);
    else if (status != HDBG_CANCELED && status != HDBG_NO_MEMORY)
        status = give_up(file, status);
    if (status != HDBG_OK)
        file->generation = 0;
    free(bytes);
    free(question.bytes);
    return status;
}

hdbg_status dwarf_file_ask(dwarf_file *file, dwarf_question what, const dwarf_writer *rest, uint8_t **bytes,
                           size_t *size)
{
    dwarf_writer question = {0};
    int lost = 0;
    *bytes = NULL;
    *size = 0;
    pthread_mutex_lock(&file->ask_lock);
    hdbg_status status = check_usable(file);
    /* The process may end between opening and asking, when another file's question kills it. */
    for (int i = 0; status == HDBG_OK && i < OPEN_TRIES; i++) {
        if (file->generation == 0)
            status = ask_open(file);
        if (status != HDBG_OK)
            break;
        question.size = 0;
        dwarf_write_u32(&question, file->number);
        dwarf_write_bytes(&question, rest->bytes, rest->size);
        question.failed |= rest->failed;
        status = dwarf_reader_ask(file->reader, what, &question, &file->generation, bytes, size, &lost);
        if (status != HDBG_NO_INIT)
            break;
        file->generation = 0;
        status = i + 1 < OPEN_TRIES ? HDBG_OK : hdbg_fail(HDBG_BUSY, "hdbg-dwarf is ended again and again");
    }
    if (lost && status != HDBG_NO_MEMORY) {
        file->generation = 0;
        status = give_up(file, status);
    }
    pthread_mutex_unlock(&file->ask_lock);
    free(question.bytes);
    return status;
}

hdbg_status dwarf_file_info(dwarf_file *file, hdbg_debug_info *info)
{
    hdbg_status status = HDBG_OK;
    size_t room = info->size;
    pthread_mutex_lock(&file->ask_lock);
    pthread_mutex_lock(&file->lock);
    int known = file->is_known;
    pthread_mutex_unlock(&file->lock);
    if (!known)
        status = ask_open(file);
    pthread_mutex_unlock(&file->ask_lock);
    pthread_mutex_lock(&file->lock);
    *info = file->info;
    info->size = room;
    known = file->is_known;
    pthread_mutex_unlock(&file->lock);
    return known ? HDBG_OK : status;
}

/* ---- answers by address ---- */

/* Where in the list an address is, or would be entered. */
static size_t list_search(const answer_list *list, uint64_t address)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->answers[middle].answer.high <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The answer for an address, or NULL. Locked. */
static const kept_answer *list_find(const answer_list *list, uint64_t address)
{
    size_t i = list_search(list, address);
    return i < list->count && list->answers[i].answer.low <= address ? &list->answers[i] : NULL;
}

/* Enters an answer; of what it is good for, what others cover is left out. Locked. @return 0: no memory. */
static int list_add(answer_list *list, uint64_t address, kept_answer kept)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 16 : list->room * 2;
        kept_answer *larger = realloc(list->answers, room * sizeof *larger);
        if (larger == NULL)
            return 0;
        list->answers = larger;
        list->room = room;
    }
    size_t i = list_search(list, address);
    if (kept.answer.low > address || kept.answer.high <= address) {
        kept.answer.low = address;
        kept.answer.high = address + 1;
    }
    if (i > 0 && kept.answer.low < list->answers[i - 1].answer.high)
        kept.answer.low = list->answers[i - 1].answer.high;
    if (i < list->count && kept.answer.high > list->answers[i].answer.low)
        kept.answer.high = list->answers[i].answer.low;
    memmove(list->answers + i + 1, list->answers + i, (list->count - i) * sizeof *list->answers);
    list->answers[i] = kept;
    list->count++;
    return 1;
}

/* What is kept. @return 1 if there is something, with *status and *data. */
static int look_up(dwarf_file *file, dwarf_question what, uint64_t address, hdbg_status *status, void **data)
{
    pthread_mutex_lock(&file->lock);
    const kept_answer *kept = list_find(&file->lists[what], address);
    if (kept != NULL) {
        *status = kept->status;
        *data = kept->answer.data;
    }
    pthread_mutex_unlock(&file->lock);
    return kept != NULL;
}

/* Keeps an answer, unless another thread was faster: then that one is used. */
static hdbg_status keep(dwarf_file *file, dwarf_question what, uint64_t address, kept_answer *kept,
                        void **data)
{
    hdbg_status status = kept->status;
    pthread_mutex_lock(&file->lock);
    const kept_answer *other = list_find(&file->lists[what], address);
    int added = other == NULL && list_add(&file->lists[what], address, *kept);
    *data = other != NULL ? other->answer.data : kept->answer.data;
    if (other != NULL)
        status = other->status;
    pthread_mutex_unlock(&file->lock);
    if (added)
        return status;
    if (kept->answer.destroy != NULL)
        kept->answer.destroy(kept->answer.data);
    if (other != NULL)
        return status;
    *data = NULL;
    return hdbg_fail(HDBG_NO_MEMORY, "no memory to keep what is known of an image");
}

hdbg_status dwarf_file_answer(dwarf_file *file, dwarf_question what, uint64_t address, dwarf_decode decode,
                              void **data)
{
    hdbg_status status = HDBG_OK;
    uint8_t *bytes = NULL;
    size_t size = 0;
    *data = NULL;
    if (address == UINT64_MAX || (look_up(file, what, address, &status, data) && status != HDBG_OK))
        return hdbg_fail(HDBG_NAME_NOT_FOUND, "no debug information covers 0x%llx",
                         (unsigned long long)address);
    if (*data != NULL)
        return HDBG_OK;
    dwarf_writer question = {0};
    kept_answer kept = {.answer = {.low = address, .high = address + 1}};
    dwarf_write_u64(&question, address);
    status = dwarf_file_ask(file, what, &question, &bytes, &size);
    free(question.bytes);
    if (status == HDBG_OK) {
        status = decode(bytes, size, &kept.answer);
        if (status == HDBG_BAD_DATA)
            status = give_up(file, status);
    }
    kept.status = status;
    if (status != HDBG_OK) {
        free(bytes);
        kept.answer.data = NULL;
        kept.answer.destroy = NULL;
    }
    if (status != HDBG_OK && status != HDBG_NAME_NOT_FOUND)
        return status;
    return keep(file, what, address, &kept, data);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Damaged and hostile core files: what can be used is used, what cannot is told, and nothing worse happens.
 */
#define _GNU_SOURCE
#include "core/core.h"
#include "unit/core_walk.h"
#include "unit/mutants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

#include <cmocka.h>

enum { PAGE = 4096, TEAM = 4711, THREADS = 3, AREAS = 4, MUTANTS = 10000 };

/* ---- a small core with everything in it ---- */

#define START UINT64_C(0x7f0000030000) /* what the program was started with */
enum { START_SIZE = 2 * PAGE, START_RANDOM = 0x800, START_TEXT = 0x810, VECTOR_WORDS = 12, EXTRA = 80 };

static const uint64_t kVector[VECTOR_WORDS] = {
    3, 0x400040, 5, 4, 33, 0x7f0000000000, 25, START + START_RANDOM, 31, START + START_TEXT + 38, 0, 0};

static size_t gExtra; /* entries that the vector begins with, which no kernel writes */

static const uint64_t *vector_of(size_t *size)
{
    static uint64_t words[2 * EXTRA + VECTOR_WORDS];
    for (size_t i = 0; i < gExtra; i++)
        words[2 * i] = words[2 * i + 1] = 5;
    memcpy(words + 2 * gExtra, kVector, sizeof kVector);
    *size = 2 * gExtra * sizeof *words + sizeof kVector;
    return words;
}

/* As Linux lays it out: the number of arguments, their pointers, the environment's, the vector, and behind
 * random bytes the strings, of which the program's name is the last. */
static const uint8_t *start_memory(void)
{
    static uint8_t memory[START_SIZE];
    const uint64_t text = START + START_TEXT;
    const uint64_t words[] = {2, text, text + 8, 0, text + 17, text + 23, 0};
    size_t size;
    const uint64_t *vector = vector_of(&size);
    memcpy(memory + START_RANDOM - size - sizeof words, words, sizeof words);
    memcpy(memory + START_RANDOM - size, vector, size);
    memcpy(memory + START_TEXT, "program\0argument\0HOME=\0DISPLAY=remote\0program", 46);
    return memory;
}

static int64_t read_pattern(void *context, hdbg_address address, void *buffer, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = address + i - START < START_SIZE ? start_memory()[address + i - START]
                                                                  : (uint8_t)((address + i) / PAGE);
    return (int64_t)size;
}

/* All kinds but the limits and the environment. */
static hdbg_status tell_details(void *context, hdbg_team_id team, int32_t kind,
                                int (*visit)(void *context, const hdbg_detail *detail), void *visit_context)
{
    hdbg_detail detail = {.size = sizeof detail, .text = "a text", .number = kind, .value = -1, .flags = 3};
    (void)context;
    (void)team;
    if (kind == HDBG_DETAIL_LIMIT || kind == HDBG_DETAIL_ENVIRONMENT)
        return HDBG_NOT_SUPPORTED;
    for (int i = 0; i < 3; i++) {
        if (visit(visit_context, &detail) != 0)
            break;
    }
    return HDBG_OK;
}

static void make_threads(hdbg_core_thread *threads)
{
    for (int i = 0; i < THREADS; i++) {
        threads[i].thread = TEAM + i;
        threads[i].state = HDBG_THREAD_WAITING;
        threads[i].priority = 10;
        threads[i].stack_base = 0x7f0000000000 + (uint64_t)i * 0x10000;
        threads[i].stack_end = threads[i].stack_base + 0x10000;
        threads[i].cpu_state.arch = HDBG_ARCH_X86_64;
        threads[i].cpu_state.size = 1040;
        memset(threads[i].cpu_state.data, i + 1, 1040);
        snprintf(threads[i].name, sizeof threads[i].name, "thread %d", i);
    }
}

static void put_symbols(core_buffer *notes)
{
    core_buffer note = {0};
    core_put_u32(&note, 2); /* the image */
    core_put_u32(&note, 1);
    core_put_u32(&note, 24);
    core_put_u32(&note, 1);
    core_put_u16(&note, 0x12);
    core_put_u16(&note, 1);
    core_put_u64(&note, 0x401000);
    core_put_u64(&note, 16);
    core_put_string(&note, "");
    core_put_string(&note, "commpage_syscall");
    core_put_note(notes, "Haiku", 0x73796d73, note.bytes, note.size);
    free(note.bytes);
}

/* A thread's NT_PRSTATUS, NT_SIGINFO, NT_FPREGSET, NT_X86_XSTATE, and NT_PRPSINFO, NT_AUXV. */
static void put_linux(core_buffer *notes, int id, int signal)
{
    uint8_t status[336] = {0}, info[128] = {0}, area[832] = {0}, program[136] = {0};
    status[12] = (uint8_t)signal;
    memcpy(status + 32, &id, sizeof id);
    memset(status + 112, 0x11, 27 * 8);
    info[0] = (uint8_t)signal;
    info[8] = 1;
    memcpy(program + 24, &id, sizeof id);
    memcpy(program + 40, "program", 8);
    memcpy(program + 56, "/boot/program with arguments ", 30);
    core_put_note(notes, "CORE", 1, status, sizeof status);
    core_put_note(notes, "CORE", 3, program, sizeof program);
    core_put_note(notes, "CORE", 0x53494749, info, sizeof info);
    size_t size;
    const uint64_t *vector = vector_of(&size);
    core_put_note(notes, "CORE", 6, vector, size);
    core_put_note(notes, "CORE", 2, area, 512);
    core_put_note(notes, "LINUX", 0x202, area, sizeof area);
}

typedef struct sample {
    uint8_t *bytes;
    size_t size;
} sample;

/* Reads a whole file and removes it. */
static sample take_file(const char *path)
{
    sample s = {0};
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    s.size = (size_t)lseek(fd, 0, SEEK_END);
    s.bytes = malloc(s.size);
    assert_int_equal(pread(fd, s.bytes, s.size, 0), s.size);
    close(fd);
    unlink(path);
    return s;
}

static sample make_sample(uint32_t flags)
{
    static hdbg_core_thread threads[THREADS];
    static hdbg_area_info areas[AREAS];
    static hdbg_image_info images[2];
    core_source source = {.arch = HDBG_ARCH_X86_64, .read = read_pattern};
    hdbg_core_options options = {.size = sizeof options, .flags = flags};
    char path[] = "/tmp/hdbg-core-test-XXXXXX";
    make_threads(threads);
    memset(images, 0, sizeof images);
    for (int i = 0; i < AREAS; i++) {
        areas[i] = (hdbg_area_info){.area = 100 + i, .length = 2 * PAGE, .protection = 3};
        areas[i].address = i == 0 ? 0x400000 : 0x7f0000000000 + (uint64_t)i * 0x10000;
        snprintf(areas[i].name, sizeof areas[i].name, "area %d", i);
    }
    snprintf(areas[0].path, sizeof areas[0].path, "/boot/program");
    for (int i = 0; i < 2; i++) {
        images[i].id = i + 1;
        images[i].type = i == 0 ? HDBG_IMAGE_APP : HDBG_IMAGE_SYSTEM;
        images[i].text = 0x400000 + (uint64_t)i * PAGE;
        images[i].text_size = PAGE;
        snprintf(images[i].path, sizeof images[i].path, "%s", i == 0 ? "/boot/program" : "commpage");
    }
    source.team.team = TEAM;
    snprintf(source.team.arguments, sizeof source.team.arguments, "/boot/program with arguments");
    source.threads = threads;
    source.thread_count = THREADS;
    source.areas = areas;
    source.area_count = AREAS;
    source.images = images;
    source.image_count = 2;
    put_linux(&source.notes, TEAM + 1, 11);
    put_linux(&source.notes, TEAM, 11);
    put_symbols(&source.notes);
    assert_int_equal(core_put_details(&source.notes, tell_details, NULL, TEAM), HDBG_OK);
    int fd = mkstemp(path);
    close(fd);
    options.flags |= HDBG_CORE_REPLACE;
    assert_int_equal(core_write_file(path, &source, &options), HDBG_OK);
    free(source.notes.bytes);
    return take_file(path);
}

static void a_whole_one_has_no_problems(void **state)
{
    (void)state;
    sample s = make_sample(0);
    hdbg_core_info info;
    assert_int_equal(walk_core_bytes(s.bytes, s.size, HDBG_CORE_NO_FILES, &info), HDBG_OK);
    assert_string_equal(info.problems, "");
    assert_int_equal(info.team, TEAM);
    assert_int_equal(info.thread, TEAM + 1);
    assert_int_equal(info.signal, HDBG_SIGSEGV);
    assert_int_equal(info.thread_count, THREADS);
    assert_int_equal(info.area_count, AREAS);
    assert_int_equal(info.image_count, 2);
    assert_int_equal(info.symbol_count, 1);
    assert_int_equal(info.flags,
                     HDBG_CORE_HAS_HAIKU_NOTES | HDBG_CORE_HAS_LINUX_NOTES | HDBG_CORE_HAS_DETAILS);
    free(s.bytes);
}

static int note_detail(void *context, const hdbg_detail *detail)
{
    size_t used = strlen(context);
    snprintf((char *)context + used, 1000 - used, "%d %d %u %s\n", (int)detail->number, (int)detail->value,
             detail->flags, detail->text);
    return 0;
}

static hdbg_status tell_environment(char *text)
{
    sample s = make_sample(0);
    hdbg_kernel *kernel = NULL;
    char path[] = "/tmp/hdbg-core-test-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, s.bytes, s.size), s.size);
    close(fd);
    assert_int_equal(hdbg_core_open(path, HDBG_CORE_NO_FILES, &kernel), HDBG_OK);
    unlink(path);
    free(s.bytes);
    text[0] = '\0';
    hdbg_status status =
        kernel->ops->team_details(kernel->context, TEAM, HDBG_DETAIL_ENVIRONMENT, note_detail, text);
    hdbg_kernel_destroy(kernel);
    return status;
}

/* What the notes of the library's own do not have comes from the memory. */
static void a_whole_one_tells_details_from_notes_and_from_memory(void **state)
{
    (void)state;
    sample s = make_sample(0);
    hdbg_kernel *kernel = NULL;
    char path[] = "/tmp/hdbg-core-test-XXXXXX", text[1000] = "";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, s.bytes, s.size), s.size);
    close(fd);
    assert_int_equal(hdbg_core_open(path, HDBG_CORE_NO_FILES, &kernel), HDBG_OK);
    unlink(path);
    hdbg_status (*details)(void *, hdbg_team_id, int32_t, int (*)(void *, const hdbg_detail *), void *) =
        kernel->ops->team_details;
    assert_int_equal(details(kernel->context, TEAM, HDBG_DETAIL_FILE, note_detail, text), HDBG_OK);
    assert_string_equal(text, "5 -1 3 a text\n5 -1 3 a text\n5 -1 3 a text\n");
    text[0] = '\0';
    assert_int_equal(details(kernel->context, TEAM, HDBG_DETAIL_ENVIRONMENT, note_detail, text), HDBG_OK);
    assert_string_equal(text, "0 0 0 HOME=\n1 0 0 DISPLAY=remote\n");
    assert_int_equal(details(kernel->context, TEAM, HDBG_DETAIL_LIMIT, note_detail, text),
                     HDBG_NOT_SUPPORTED);
    hdbg_kernel_destroy(kernel);
    free(s.bytes);
}

/* Each word of the stack is held against the vector: one that is as long as a stack would take hours. */
static void a_vector_that_no_kernel_writes_is_not_looked_for(void **state)
{
    (void)state;
    char text[1000] = "";
    gExtra = 40;
    assert_int_equal(tell_environment(text), HDBG_OK);
    assert_string_equal(text, "0 0 0 HOME=\n1 0 0 DISPLAY=remote\n");
    gExtra = EXTRA;
    assert_int_equal(tell_environment(text), HDBG_NOT_SUPPORTED);
    gExtra = 0;
}

/* ---- mutants ---- */

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* Bits, bytes, words of interest, parts copied elsewhere, or the end cut off. */
static size_t mutate(uint8_t *bytes, size_t size, size_t head, uint64_t *random)
{
    static const uint64_t values[] = {
        0,          1,          0x7fffffff,         0x80000000,         0xffffffff,
        UINT64_MAX, 0xfffffff0, 0x7fffffffffffffff, 0xfffffffffffffff0, 0x1000};
    int count = 1 + (int)(next_random(random) % 4);
    for (int i = 0; i < count; i++) {
        size_t at = next_random(random) % head, width = (size_t)1 << next_random(random) % 4;
        switch (next_random(random) % 5) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << next_random(random) % 8);
            break;
        case 1:
            bytes[at] = (uint8_t)next_random(random);
            break;
        case 2:
            at -= at % width;
            memcpy(bytes + at, &values[next_random(random) % (sizeof values / sizeof *values)], width);
            break;
        case 3:
            memmove(bytes + at, bytes + next_random(random) % head, head - at < 64 ? head - at : 64);
            break;
        default:
            if (next_random(random) % 8 == 0)
                size = 1 + next_random(random) % size;
            break;
        }
        if (head > size)
            head = size;
    }
    return size;
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* All that can go wrong is in the head; the memory behind it is only bytes. */
static void run_mutants(const sample *s, size_t head, uint64_t seed)
{
    uint8_t *mutant = calloc(1, s->size + 64);
    long before = peak_kilobytes();
    int opened = 0, told = 0, count = mutants(MUTANTS);
    for (int i = 0; i < count; i++) {
        hdbg_core_info info = {.size = sizeof info};
        memcpy(mutant, s->bytes, s->size);
        size_t size = mutate(mutant, s->size, head, &seed);
        hdbg_status status = walk_core_bytes(mutant, size, 0, &info);
        assert_true(status == HDBG_OK || status == HDBG_BAD_DATA || status == HDBG_NOT_SUPPORTED);
        opened += status == HDBG_OK;
        told += status == HDBG_OK && info.problem_count > 0;
    }
    free(mutant);
    /* Most open, and many say what is wrong with them: else this tests only the first check. */
    assert_true(opened > count / 2);
    assert_true(told > count / 100);
    assert_true(peak_kilobytes() - before < 256 * 1024);
}

static void ten_thousand_mutants_of_one_with_all_notes_do_no_harm(void **state)
{
    (void)state;
    sample s = make_sample(0);
    run_mutants(&s, 3 * PAGE < s.size ? 3 * PAGE : s.size, 1);
    free(s.bytes);
}

static void ten_thousand_mutants_of_haikus_own_do_no_harm(void **state)
{
    (void)state;
    sample s = {.bytes = malloc(2 * PAGE), .size = 2 * PAGE};
    FILE *file = fopen(HDBG_TEST_SOURCES "/fuzz/corpus/core/haiku-head", "rb");
    assert_non_null(file);
    assert_int_equal(fread(s.bytes, 1, s.size, file), s.size);
    fclose(file);
    run_mutants(&s, 0x1800, 2);
    free(s.bytes);
}

static void compressed_mutants_do_no_harm(void **state)
{
    (void)state;
    sample s = make_sample(HDBG_CORE_COMPRESS);
    uint64_t seed = 3;
    uint8_t *mutant = calloc(1, s.size + 64);
    for (int i = 0; i < MUTANTS / 10; i++) {
        hdbg_core_info info = {.size = sizeof info};
        memcpy(mutant, s.bytes, s.size);
        size_t size = mutate(mutant, s.size, s.size, &seed);
        hdbg_status status = walk_core_bytes(mutant, size, 0, &info);
        assert_true(status == HDBG_OK || status == HDBG_BAD_DATA || status == HDBG_NOT_SUPPORTED);
    }
    free(mutant);
    free(s.bytes);
}

/* ---- one thing at a time ---- */

static void one_that_is_cut_off_says_so_and_gives_what_there_is(void **state)
{
    (void)state;
    sample s = make_sample(0);
    hdbg_core_info info;
    assert_int_equal(walk_core_bytes(s.bytes, s.size - PAGE, HDBG_CORE_NO_FILES, &info), HDBG_OK);
    assert_true(info.flags & HDBG_CORE_IS_TRUNCATED);
    assert_non_null(strstr(info.problems, "the file ends after"));
    assert_int_equal(info.thread_count, THREADS);
    free(s.bytes);
}

static void every_shorter_one_is_dealt_with(void **state)
{
    (void)state;
    sample s = make_sample(0);
    for (size_t size = 0; size < 2 * PAGE; size += 61) {
        hdbg_core_info info;
        hdbg_status status = walk_core_bytes(s.bytes, size, HDBG_CORE_NO_FILES, &info);
        assert_true(status == HDBG_OK || status == HDBG_BAD_DATA);
        if (status == HDBG_BAD_DATA)
            assert_true(strlen(hdbg_last_error()) > 0);
    }
    free(s.bytes);
}

static void what_is_no_core_is_refused(void **state)
{
    (void)state;
    hdbg_kernel *kernel = NULL;
    assert_int_equal(hdbg_core_open("/proc/self/exe", 0, &kernel), HDBG_BAD_DATA);
    assert_non_null(strstr(hdbg_last_error(), "is no core file: it is an ELF file of another kind"));
    assert_int_equal(hdbg_core_open("/nowhere/core", 0, &kernel), HDBG_ENTRY_NOT_FOUND);
    assert_int_equal(hdbg_core_open("/tmp", 0, &kernel), HDBG_BAD_DATA);
    assert_int_equal(hdbg_core_open("/dev/zero", 0, &kernel), HDBG_BAD_DATA);
    assert_null(kernel);
}

static void a_processor_that_is_not_known_is_not_supported(void **state)
{
    (void)state;
    sample s = make_sample(0);
    hdbg_core_info info;
    s.bytes[18] = 21; /* ppc64 */
    assert_int_equal(walk_core_bytes(s.bytes, s.size, 0, &info), HDBG_NOT_SUPPORTED);
    assert_non_null(strstr(hdbg_last_error(), "is not known"));
    free(s.bytes);
}

static void segments_that_overlap_are_told(void **state)
{
    (void)state;
    sample s = make_sample(0);
    hdbg_core_info info;
    memcpy(s.bytes + 64 + 2 * 56 + 16, s.bytes + 64 + 56 + 16, 8); /* the second's address is the first's */
    assert_int_equal(walk_core_bytes(s.bytes, s.size, HDBG_CORE_NO_FILES, &info), HDBG_OK);
    assert_non_null(strstr(info.problems, "overlap"));
    free(s.bytes);
}

/* Two thousand times the same notes, whose size is no multiple of four. */
static void notes_that_overlap_take_no_more_memory_than_the_file_has(void **state)
{
    enum { NOTES = 2000, SIZE = 1024 * 1024 + 1 };
    (void)state;
    hdbg_core_info info = {.size = sizeof info};
    sample s = make_sample(0);
    uint8_t *bytes = calloc(1, SIZE);
    uint16_t count = NOTES;
    uint64_t size = SIZE;
    memcpy(bytes, s.bytes, 64);
    memcpy(bytes + 56, &count, sizeof count);
    for (size_t i = 0; i < NOTES; i++) {
        bytes[64 + i * 56] = 4; /* PT_NOTE, from the file's start to its end */
        memcpy(bytes + 64 + i * 56 + 32, &size, sizeof size);
    }
    long before = peak_kilobytes();
    assert_int_equal(walk_core_bytes(bytes, SIZE, HDBG_CORE_NO_FILES, &info), HDBG_BAD_DATA);
    assert_true(peak_kilobytes() - before < 64 * 1024);
    free(bytes);
    free(s.bytes);
}

/* As a hostile program's table may say: symbols without end, whose names are long. */
static hdbg_status next_of_too_many(void *context, hdbg_image_id image, int64_t *cookie,
                                    hdbg_kernel_symbol *symbol)
{
    static char name[64 * 1024];
    (void)context;
    (void)image;
    memset(name, 'n', sizeof name - 1);
    ++*cookie;
    symbol->name = name;
    return HDBG_OK;
}

static int64_t read_nothing(void *context, hdbg_address address, void *buffer, size_t size)
{
    (void)context;
    (void)address;
    (void)buffer;
    (void)size;
    return HDBG_BAD_ADDRESS;
}

static void symbols_without_end_are_written_up_to_a_limit(void **state)
{
    (void)state;
    hdbg_image_info image = {.id = 1, .text = 0x400000, .text_size = PAGE, .path = "commpage"};
    core_source source = {.arch = HDBG_ARCH_X86_64,
                          .images = &image,
                          .image_count = 1,
                          .read = read_nothing,
                          .next_symbol = next_of_too_many};
    core_buffer notes = {0};
    core_put_symbols(&notes, &source);
    assert_false(notes.failed);
    assert_true(notes.size > 1024 * 1024);
    assert_true(notes.size < 64 * 1024 * 1024);
    free(notes.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_one_has_no_problems),
        cmocka_unit_test(a_whole_one_tells_details_from_notes_and_from_memory),
        cmocka_unit_test(a_vector_that_no_kernel_writes_is_not_looked_for),
        cmocka_unit_test(one_that_is_cut_off_says_so_and_gives_what_there_is),
        cmocka_unit_test(every_shorter_one_is_dealt_with),
        cmocka_unit_test(what_is_no_core_is_refused),
        cmocka_unit_test(a_processor_that_is_not_known_is_not_supported),
        cmocka_unit_test(segments_that_overlap_are_told),
        cmocka_unit_test(notes_that_overlap_take_no_more_memory_than_the_file_has),
        cmocka_unit_test(symbols_without_end_are_written_up_to_a_limit),
        cmocka_unit_test(ten_thousand_mutants_of_one_with_all_notes_do_no_harm),
        cmocka_unit_test(ten_thousand_mutants_of_haikus_own_do_no_harm),
        cmocka_unit_test(compressed_mutants_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

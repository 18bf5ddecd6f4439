/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Which pages of a process hold something: asked of the kernel for whole ranges, or page by page where it
 * does not know that; the answers are the same.
 */
#define _GNU_SOURCE
#include "kernel/hosted/pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

enum { PAGE = 4096, PAGES = 64, STRETCHES = 32 };
#define TEBIBYTE (UINT64_C(1) << 40)

/* Which stretches there are, in pages from the beginning. */
typedef struct stretches {
    size_t from[STRETCHES], size[STRETCHES], count;
} stretches;

typedef int (*way)(int pagemap, int32_t kind, hdbg_address *address, hdbg_address end, uint64_t *size);

static int open_pagemap(void)
{
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* 0: this kernel does not know that way. */
static int collect(way how, int pagemap, int32_t kind, const void *memory, stretches *found)
{
    hdbg_address at = (uintptr_t)memory, end = at + PAGES * PAGE;
    uint64_t size = 0;
    int result;
    *found = (stretches){.count = 0};
    for (; (result = how(pagemap, kind, &at, end, &size)) > 0; at += size) {
        assert_true(found->count < STRETCHES);
        assert_true(at >= (uintptr_t)memory && size > 0 && size <= end - at);
        found->from[found->count] = (at - (uintptr_t)memory) / PAGE;
        found->size[found->count++] = size / PAGE;
    }
    return result == 0;
}

static void expect(const stretches *found, const size_t (*wanted)[2], size_t count)
{
    assert_int_equal(found->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found->from[i], wanted[i][0]);
        assert_int_equal(found->size[i], wanted[i][1]);
    }
}

/* By both ways, and as kernels are asked. */
static void expect_by_all(int32_t kind, const void *memory, const size_t (*wanted)[2], size_t count)
{
    stretches found;
    int pagemap = open_pagemap();
    assert_true(collect(pages_read, pagemap, kind, memory, &found));
    expect(&found, wanted, count);
    if (collect(pages_scan, pagemap, kind, memory, &found))
        expect(&found, wanted, count);
    close(pagemap);
    hdbg_address at = (uintptr_t)memory;
    uint64_t size = 0;
    pagemap = -1;
    hdbg_status status = pages_next(getpid(), &pagemap, kind, &at, at + PAGES * PAGE, &size);
    assert_int_equal(status, count > 0 ? HDBG_OK : HDBG_BAD_INDEX);
    if (count > 0)
        assert_int_equal(at, (uintptr_t)memory + wanted[0][0] * PAGE);
    close(pagemap);
}

static char *reserve(uint64_t size)
{
    char *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    madvise(memory, size, MADV_NOHUGEPAGE);
    return memory;
}

static void what_was_touched_is_told_in_stretches(void **state)
{
    static const size_t kWanted[][2] = {{3, 1}, {10, 5}, {63, 1}};
    char *memory = reserve(PAGES * PAGE);
    (void)state;
    memory[3 * PAGE] = memory[63 * PAGE] = 1;
    for (int i = 10; i < 15; i++)
        memory[i * PAGE] = 1;
    expect_by_all(HDBG_PAGES_TOUCHED, memory, kWanted, 3);
    expect_by_all(HDBG_PAGES_OWN, memory, kWanted, 3);
    munmap(memory, PAGES * PAGE);
}

static void memory_that_nobody_touched_has_none(void **state)
{
    char *memory = reserve(PAGES * PAGE);
    (void)state;
    expect_by_all(HDBG_PAGES_TOUCHED, memory, NULL, 0);
    munmap(memory, PAGES * PAGE);
}

static void of_a_mapped_file_the_changed_pages_are_its_own(void **state)
{
    static const size_t kAll[][2] = {{0, PAGES}}, kOwn[][2] = {{7, 2}, {40, 1}};
    FILE *file = tmpfile();
    volatile char sum = 0;
    (void)state;
    assert_non_null(file);
    for (int i = 0; i < PAGES * PAGE; i++)
        fputc(1 + i % 5, file);
    fflush(file);
    char *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    for (int i = 0; i < PAGES; i++)
        sum = (char)(sum + memory[i * PAGE]);
    memory[7 * PAGE] = memory[8 * PAGE] = memory[40 * PAGE] = 9;
    expect_by_all(HDBG_PAGES_TOUCHED, memory, kAll, 1);
    expect_by_all(HDBG_PAGES_OWN, memory, kOwn, 2);
    munmap(memory, PAGES * PAGE);
    fclose(file);
}

static void the_last_page_of_a_tebibyte_is_found_at_once_if_the_kernel_can(void **state)
{
    char *memory = reserve(TEBIBYTE);
    hdbg_address at = (uintptr_t)memory, end = at + TEBIBYTE;
    uint64_t size = 0;
    int pagemap = open_pagemap();
    (void)state;
    memory[TEBIBYTE - PAGE] = 1;
    int found = pages_scan(pagemap, HDBG_PAGES_TOUCHED, &at, end, &size);
    if (found >= 0) { /* else reading takes long: two gibibytes */
        assert_int_equal(found, 1);
        assert_int_equal(at, end - PAGE);
        assert_int_equal(size, PAGE);
    }
    close(pagemap);
    munmap(memory, TEBIBYTE);
}

/* A pagemap of ours: of a kernel that can only be read. */
static void a_kernel_that_cannot_be_asked_for_ranges_is_read(void **state)
{
    static const uint64_t kEntries[] = {UINT64_C(1) << 63, 0, UINT64_C(1) << 62, UINT64_C(5) << 61, 0};
    FILE *file = tmpfile();
    hdbg_address at = 0, end = sizeof kEntries / sizeof *kEntries * PAGE;
    uint64_t size = 0;
    (void)state;
    assert_non_null(file);
    assert_int_equal(fwrite(kEntries, sizeof kEntries, 1, file), 1);
    fflush(file);
    int fd = fileno(file);
    assert_int_equal(pages_scan(fd, HDBG_PAGES_TOUCHED, &at, end, &size), -1);
    assert_int_equal(pages_next(1, &fd, HDBG_PAGES_TOUCHED, &at, end, &size), HDBG_OK);
    assert_int_equal(at, 0);
    assert_int_equal(size, PAGE);
    at = PAGE;
    assert_int_equal(pages_next(1, &fd, HDBG_PAGES_TOUCHED, &at, end, &size), HDBG_OK);
    assert_int_equal(at, 2 * PAGE);
    assert_int_equal(size, 2 * PAGE);
    at = PAGE;
    assert_int_equal(pages_next(1, &fd, HDBG_PAGES_OWN, &at, end, &size), HDBG_OK);
    assert_int_equal(size, PAGE); /* the other one is in a file */
    at = 4 * PAGE;
    assert_int_equal(pages_next(1, &fd, HDBG_PAGES_TOUCHED, &at, end, &size), HDBG_BAD_INDEX);
    fclose(file);
}

static void a_process_that_is_not_there_has_no_pages(void **state)
{
    hdbg_address at = 0;
    uint64_t size = 1;
    int pagemap = -1;
    (void)state;
    assert_int_equal(pages_next(0x7ffffffe, &pagemap, HDBG_PAGES_TOUCHED, &at, PAGE, &size),
                     HDBG_BAD_TEAM_ID);
    assert_int_equal(size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_touched_is_told_in_stretches),
        cmocka_unit_test(memory_that_nobody_touched_has_none),
        cmocka_unit_test(of_a_mapped_file_the_changed_pages_are_its_own),
        cmocka_unit_test(the_last_page_of_a_tebibyte_is_found_at_once_if_the_kernel_can),
        cmocka_unit_test(a_kernel_that_cannot_be_asked_for_ranges_is_read),
        cmocka_unit_test(a_process_that_is_not_there_has_no_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

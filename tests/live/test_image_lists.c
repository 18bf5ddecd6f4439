/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The images of a real process, and their build-ids.
 */
#include "inspect/symbols.h"
#include "live/inspected.h"

static inspected gIt;
static hdbg_image_list *gImages;

static int start(void **state)
{
    (void)state;
    inspected_start(&gIt, "symbols", HDBG_TEST_FIXTURES "/libplugin_symbols.so");
    OK(hdbg_image_list_get(gIt.team, &gImages));
    return 0;
}

static int end(void **state)
{
    (void)state;
    hdbg_image_list_free(gImages);
    gImages = NULL;
    inspected_end(&gIt);
    return 0;
}

static const hdbg_image_info *image_named(const char *part)
{
    for (size_t i = 0; i < hdbg_image_list_count(gImages); i++) {
        if (strstr(hdbg_image_list_at(gImages, i)->path, part) != NULL)
            return hdbg_image_list_at(gImages, i);
    }
    fail_msg("there is no image %s", part);
    return NULL;
}

static void the_program_is_first_and_its_libraries_follow(void **state)
{
    (void)state;
    assert_int_equal(hdbg_image_list_at(gImages, 0)->type, HDBG_IMAGE_APP);
    assert_non_null(strstr(hdbg_image_list_at(gImages, 0)->path, "/symbols"));
    image_named("libc");
    image_named("libstdc++");
    image_named("libplugin_symbols");
    for (size_t i = 0; i < hdbg_image_list_count(gImages); i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(hdbg_image_list_at(gImages, i)->id, hdbg_image_list_at(gImages, k)->id);
    }
    assert_null(hdbg_image_list_at(gImages, hdbg_image_list_count(gImages)));
    assert_null(hdbg_image_list_at(gImages, SIZE_MAX));
}

static void an_address_is_found_in_the_text_and_in_the_data_of_its_image(void **state)
{
    (void)state;
    const hdbg_image_info *image = image_named("libplugin_symbols");
    assert_true(image->text_size > 0 && image->data_size > 0);
    assert_ptr_equal(hdbg_image_list_find(gImages, image->text), image);
    assert_ptr_equal(hdbg_image_list_find(gImages, image->text + image->text_size - 1), image);
    assert_ptr_equal(hdbg_image_list_find(gImages, image->data), image);
    assert_ptr_equal(hdbg_image_list_find(gImages, image->data + image->data_size - 1), image);
    assert_ptr_not_equal(hdbg_image_list_find(gImages, image->text - 1), image);
    assert_null(hdbg_image_list_find(gImages, 0));
    assert_null(hdbg_image_list_find(NULL, 0));
    assert_int_equal(hdbg_image_list_count(NULL), 0);
}

static void the_build_id_is_that_of_the_file(void **state)
{
    (void)state;
    const hdbg_image_info *image = image_named("libc");
    elf_file *file = malloc(sizeof *file);
    uint8_t id[HDBG_BUILD_ID_MAX], other[HDBG_BUILD_ID_MAX];
    size_t size = sizeof id, other_size = sizeof other;
    assert_non_null(file);
    OK(elf_file_open(file, image->path));
    OK(elf_build_id(&file->object, other, &other_size));
    elf_file_close(file);
    free(file);
    OK(hdbg_image_build_id(gIt.team, image->id, id, &size));
    assert_int_equal(size, other_size);
    assert_memory_equal(id, other, size);
    size = 3;
    assert_int_equal(hdbg_image_build_id(gIt.team, image->id, id, &size), HDBG_BUFFER_OVERFLOW);
    assert_int_equal(size, other_size);
}

static void a_build_id_needs_an_image(void **state)
{
    (void)state;
    uint8_t id[HDBG_BUILD_ID_MAX];
    size_t size = sizeof id;
    assert_int_equal(hdbg_image_build_id(gIt.team, 0x7ffffffe, id, &size), HDBG_BAD_IMAGE_ID);
    assert_int_equal(hdbg_image_build_id(gIt.team, 0, id, &size), HDBG_BAD_IMAGE_ID);
}

static void a_list_stays_as_it_was(void **state)
{
    (void)state;
    hdbg_image_list *later = NULL;
    size_t count = hdbg_image_list_count(gImages);
    char path[HDBG_PATH_LENGTH];
    snprintf(path, sizeof path, "%s", hdbg_image_list_at(gImages, 0)->path);
    OK(hdbg_thread_resume(gIt.thread, NULL));
    inspected_run_to(&gIt, HDBG_EVENT_TEAM_DELETED);
    assert_int_equal(hdbg_image_list_get(gIt.team, &later), HDBG_TEAM_GONE);
    assert_null(later);
    assert_int_equal(hdbg_image_list_count(gImages), count);
    assert_string_equal(hdbg_image_list_at(gImages, 0)->path, path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_program_is_first_and_its_libraries_follow),
        TEST(an_address_is_found_in_the_text_and_in_the_data_of_its_image),
        TEST(the_build_id_is_that_of_the_file),
        TEST(a_build_id_needs_an_image),
        TEST(a_list_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The core file that Haiku's own kernel wrote (its memory blanked but for the stacks), opened as a kernel.
 */
#include <haikudbg/haikudbg.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CORE HDBG_TEST_SOURCES "/fixtures/threadcrash-x86_64.core.zst"

enum { TEAM = 190 };

typedef struct world {
    hdbg_kernel *kernel;
    hdbg_session *session;
    hdbg_team *team;
} world;

static int setup(void **state)
{
    static world w;
    hdbg_session_options options = {.size = sizeof options};
    memset(&w, 0, sizeof w);
    *state = &w;
    if (hdbg_core_open(CORE, 0, &w.kernel) != HDBG_OK)
        return -1;
    options.kernel = w.kernel;
    if (hdbg_session_create(&options, &w.session) != HDBG_OK)
        return -1;
    return hdbg_team_attach(w.session, TEAM, HDBG_ATTACH_STOP, &w.team) == HDBG_OK ? 0 : -1;
}

static int teardown(void **state)
{
    world *w = *state;
    hdbg_team_release(w->team);
    hdbg_session_destroy(w->session);
    hdbg_kernel_destroy(w->kernel);
    return 0;
}

/* The thread that crashed, with a reference. */
static hdbg_thread *crasher(world *w)
{
    hdbg_core_info info = {.size = sizeof info};
    assert_int_equal(hdbg_core_info_get(w->kernel, &info), HDBG_OK);
    hdbg_thread *thread = hdbg_team_thread(w->team, info.thread);
    assert_non_null(thread);
    return thread;
}

static void says_what_it_is(void **state)
{
    world *w = *state;
    hdbg_core_info info = {.size = sizeof info};
    assert_int_equal(hdbg_core_info_get(w->kernel, &info), HDBG_OK);
    assert_int_equal(info.team, TEAM);
    assert_int_equal(info.arch, HDBG_ARCH_X86_64);
    assert_int_equal(info.signal, HDBG_SIGSEGV);
    assert_int_equal(info.image_count, 4);
    assert_int_equal(info.area_count, 14);
    assert_true(info.symbol_count > 0);
    assert_int_equal(info.flags, HDBG_CORE_HAS_HAIKU_NOTES | HDBG_CORE_IS_COMPRESSED);
    assert_string_equal(info.problems, "");
    assert_int_equal(info.problem_count, 0);
}

static void the_team_is_named_with_its_command_line(void **state)
{
    world *w = *state;
    hdbg_team_info info = {.size = sizeof info};
    assert_int_equal(hdbg_team_info_get(w->team, &info), HDBG_OK);
    assert_string_equal(info.arguments, "/boot/lab/truth child threadcrash");
    assert_string_equal(info.name, "truth");
    assert_int_equal(info.argument_count, 3);
}

static void the_thread_that_crashed_stands_on_its_page_fault(void **state)
{
    world *w = *state;
    hdbg_thread *thread = crasher(w);
    hdbg_thread_info info = {.size = sizeof info};
    assert_int_equal(hdbg_thread_info_get(thread, &info), HDBG_OK);
    assert_string_equal(info.name, "crasher");
    assert_int_equal(hdbg_thread_state_of(thread), HDBG_THREAD_STOPPED);
    hdbg_stop stop = {.size = sizeof stop};
    assert_int_equal(hdbg_thread_stop_get(thread, &stop), HDBG_OK);
    assert_int_equal(stop.type, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_int_equal(stop.exception, HDBG_EXCEPTION_SEGMENT_VIOLATION);
    assert_int_equal(stop.signal, HDBG_SIGSEGV);
    hdbg_thread_release(thread);
}

static void its_event_is_handed_out(void **state)
{
    world *w = *state;
    hdbg_event *event = NULL;
    assert_int_equal(hdbg_wait(w->session, NULL, 0, &event), HDBG_OK);
    const hdbg_nub_event *data = hdbg_event_data(event);
    assert_int_equal(data->type, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_int_equal(data->team, TEAM);
    hdbg_event_release(event);
    assert_int_equal(hdbg_wait(w->session, NULL, 0, &event), HDBG_WOULD_BLOCK);
}

static void its_registers_are_known(void **state)
{
    world *w = *state;
    hdbg_thread *thread = crasher(w);
    hdbg_address pc = 0;
    uint64_t sp = 0, vector = 0;
    hdbg_cpu_state cpu;
    assert_int_equal(hdbg_thread_pc(thread, &pc), HDBG_OK);
    assert_int_equal(hdbg_thread_register_u64(thread, "rsp", &sp), HDBG_OK);
    assert_int_equal(hdbg_thread_cpu_state(thread, &cpu), HDBG_OK);
    memcpy(&vector, cpu.data + 984, sizeof vector);
    assert_int_equal(vector, 14);
    hdbg_image_list *images = NULL;
    assert_int_equal(hdbg_image_list_get(w->team, &images), HDBG_OK);
    const hdbg_image_info *image = hdbg_image_list_find(images, pc);
    assert_non_null(image);
    assert_string_equal(image->path, "/boot/lab/truth");
    hdbg_image_list_free(images);
    hdbg_thread_info info = {.size = sizeof info};
    assert_int_equal(hdbg_thread_info_get(thread, &info), HDBG_OK);
    assert_in_range(sp, info.stack_base, info.stack_end);
    hdbg_thread_release(thread);
}

static void the_other_threads_stand_too_and_the_nub_is_none(void **state)
{
    world *w = *state;
    assert_int_equal(hdbg_team_threads(w->team, NULL, 0), 2);
    hdbg_thread *main_thread = hdbg_team_main_thread(w->team);
    assert_non_null(main_thread);
    assert_int_equal(hdbg_thread_state_of(main_thread), HDBG_THREAD_STOPPED);
    hdbg_stop stop = {.size = sizeof stop};
    assert_int_equal(hdbg_thread_stop_get(main_thread, &stop), HDBG_OK);
    assert_int_equal(stop.type, HDBG_EVENT_THREAD_DEBUGGED);
    hdbg_thread_release(main_thread);
    hdbg_thread_info nub = {.size = sizeof nub};
    assert_int_equal(w->kernel->ops->thread_info(w->kernel->context, 191, &nub), HDBG_OK);
    assert_string_equal(nub.name, "team 190 debug task");
    assert_int_equal(nub.flags, HDBG_THREAD_IS_NUB);
}

static void four_images_are_listed(void **state)
{
    static const char *const names[] = {"/boot/lab/truth", "commpage", "/boot/system/runtime_loader",
                                        "/boot/system/lib/libroot.so"};
    world *w = *state;
    hdbg_image_list *images = NULL;
    assert_int_equal(hdbg_image_list_get(w->team, &images), HDBG_OK);
    assert_int_equal(hdbg_image_list_count(images), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(hdbg_image_list_at(images, i)->path, names[i]);
    assert_int_equal(hdbg_image_list_at(images, 0)->type, HDBG_IMAGE_APP);
    hdbg_image_list_free(images);
}

static void fourteen_areas_are_listed(void **state)
{
    world *w = *state;
    hdbg_area_info *areas = NULL;
    size_t count = 0;
    assert_int_equal(hdbg_areas_get(w->team, &areas, &count), HDBG_OK);
    assert_int_equal(count, 14);
    assert_string_equal(areas[0].name, "truth_seg0rx");
    assert_int_equal(areas[0].address, 0x399dd11000);
    assert_int_equal(areas[0].length, 0xb000);
    assert_string_equal(areas[13].name, "truth_190_stack");
    hdbg_areas_free(areas);
}

static void the_commpages_symbols_are_known(void **state)
{
    world *w = *state;
    hdbg_symbol symbol = {.size = sizeof symbol};
    assert_int_equal(hdbg_symbol_at(w->team, 0x7fc884b00220, &symbol), HDBG_OK);
    assert_string_equal(symbol.name, "commpage_signal_handler");
    assert_int_equal(symbol.address, 0x7fc884b00210);
    assert_int_equal(symbol.kind, HDBG_SYMBOL_FUNCTION);
    assert_int_equal(hdbg_symbol_by_name(w->team, 0, "commpage_thread_exit", &symbol), HDBG_OK);
    assert_int_equal(symbol.address, 0x7fc884b00258);
}

static int note_detail(void *context, const hdbg_detail *detail)
{
    size_t used = strlen(context);
    snprintf((char *)context + used, 1000 - used, "%d %s\n", (int)detail->number, detail->text);
    return 0;
}

/* They lie behind the main thread's stack, where Haiku's kernel has put them for the runtime loader. */
static void the_arguments_and_the_environment_are_known(void **state)
{
    world *w = *state;
    char text[1000] = "";
    assert_int_equal(hdbg_team_details_visit(w->team, HDBG_DETAIL_ARGUMENT, note_detail, text), HDBG_OK);
    assert_string_equal(text, "0 /boot/lab/truth\n1 child\n2 threadcrash\n");
    text[0] = '\0';
    assert_int_equal(hdbg_team_details_visit(w->team, HDBG_DETAIL_ENVIRONMENT, note_detail, text), HDBG_OK);
    assert_string_equal(text, "0 PATH=/boot/lab:/boot/system/bin\n"
                              "1 LIBRARY_PATH=%A/lib:/boot/lab:/boot/system/lib\n"
                              "2 HOME=/boot/home\n3 TMPDIR=/tmp\n4 LAB=1\n");
    text[0] = '\0';
    assert_int_equal(hdbg_team_details_visit(w->team, HDBG_DETAIL_PROGRAM, note_detail, text), HDBG_OK);
    assert_string_equal(text, "0 /boot/lab/truth\n");
}

static void what_no_core_tells_is_said(void **state)
{
    world *w = *state;
    char text[1000] = "";
    assert_int_equal(hdbg_team_details_visit(w->team, HDBG_DETAIL_LIMIT, note_detail, text),
                     HDBG_NOT_SUPPORTED);
    assert_non_null(strstr(hdbg_last_error(), "does not tell the limits"));
    assert_int_equal(hdbg_team_details_visit(w->team, HDBG_DETAIL_AUXILIARY, note_detail, text),
                     HDBG_NOT_SUPPORTED);
    assert_string_equal(text, "");
}

/* The stacks are the memory that was not blanked: where it was called from is there. */
static void its_stack_is_in_it(void **state)
{
    world *w = *state;
    hdbg_thread *thread = crasher(w);
    uint64_t sp = 0, words[16] = {0};
    hdbg_image_list *images = NULL;
    bool found = false;
    assert_int_equal(hdbg_thread_register_u64(thread, "rsp", &sp), HDBG_OK);
    assert_int_equal(hdbg_memory_read(w->team, sp, words, sizeof words, NULL), HDBG_OK);
    assert_int_equal(hdbg_image_list_get(w->team, &images), HDBG_OK);
    for (size_t i = 0; i < 16; i++) {
        const hdbg_image_info *image = hdbg_image_list_find(images, words[i]);
        found |= image != NULL && strcmp(image->path, "/boot/system/lib/libroot.so") == 0;
    }
    assert_true(found);
    hdbg_image_list_free(images);
    hdbg_frame frames[64];
    size_t count = 0;
    assert_int_equal(hdbg_stack_walk(thread, frames, 64, &count, NULL), HDBG_OK);
    assert_int_equal(frames[0].source, HDBG_FRAME_REGISTERS);
    assert_int_equal(frames[0].sp, sp);
    hdbg_thread_release(thread);
}

/* A core of the core: what only notes have told is in notes again. */
static void what_is_written_of_it_again_tells_the_same(void **state)
{
    world *w = *state;
    char path[] = "/tmp/hdbg-core-test-XXXXXX", text[1000] = "";
    hdbg_core_options how = {.size = sizeof how, .flags = HDBG_CORE_REPLACE};
    hdbg_session_options options = {.size = sizeof options};
    hdbg_symbol symbol = {.size = sizeof symbol};
    hdbg_session *session = NULL;
    hdbg_team *team = NULL;
    close(mkstemp(path));
    assert_int_equal(hdbg_core_write(w->team, path, &how), HDBG_OK);
    assert_int_equal(hdbg_core_open(path, 0, &options.kernel), HDBG_OK);
    unlink(path);
    assert_int_equal(hdbg_session_create(&options, &session), HDBG_OK);
    assert_int_equal(hdbg_team_attach(session, TEAM, HDBG_ATTACH_STOP, &team), HDBG_OK);
    assert_int_equal(hdbg_symbol_at(team, 0x7fc884b00220, &symbol), HDBG_OK);
    assert_string_equal(symbol.name, "commpage_signal_handler");
    assert_int_equal(hdbg_team_details_visit(team, HDBG_DETAIL_ARGUMENT, note_detail, text), HDBG_OK);
    assert_string_equal(text, "0 /boot/lab/truth\n1 child\n2 threadcrash\n");
    assert_int_equal(hdbg_team_details_visit(team, HDBG_DETAIL_LIMIT, note_detail, text), HDBG_NOT_SUPPORTED);
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    hdbg_kernel_destroy(options.kernel);
}

static void nothing_can_be_changed(void **state)
{
    world *w = *state;
    hdbg_thread *thread = crasher(w);
    hdbg_kernel *k = w->kernel;
    hdbg_cpu_state cpu;
    assert_int_equal(hdbg_thread_cpu_state(thread, &cpu), HDBG_OK);
    assert_int_equal(hdbg_memory_write(w->team, 0x7fc884b00220, "x", 1, NULL), HDBG_NOT_ALLOWED);
    assert_int_equal(hdbg_thread_set_cpu_state(thread, &cpu), HDBG_NOT_ALLOWED);
    assert_int_equal(hdbg_breakpoint_set(w->team, 0x399dd13140), HDBG_NOT_ALLOWED);
    assert_int_equal(hdbg_team_kill(w->team), HDBG_NOT_ALLOWED);
    assert_int_equal(hdbg_thread_send_signal(thread, HDBG_SIGTERM), HDBG_NOT_ALLOWED);
    assert_int_equal(k->ops->resume_thread(k->context, 192), HDBG_NOT_ALLOWED);
    hdbg_thread_release(thread);
}

static void a_thread_that_is_resumed_stands_still(void **state)
{
    world *w = *state;
    hdbg_thread *thread = crasher(w);
    assert_int_equal(hdbg_thread_resume(thread, NULL), HDBG_NOT_ALLOWED);
    assert_non_null(strstr(hdbg_last_error(), "is a core file"));
    assert_int_equal(hdbg_thread_state_of(thread), HDBG_THREAD_STOPPED);
    assert_int_equal(hdbg_thread_step(thread), HDBG_NOT_ALLOWED);
    assert_int_equal(hdbg_thread_state_of(thread), HDBG_THREAD_STOPPED);
    hdbg_thread_release(thread);
}

static void after_a_detach_it_can_be_attached_to_again(void **state)
{
    world *w = *state;
    assert_int_equal(hdbg_team_detach(w->team), HDBG_OK);
    hdbg_team_release(w->team);
    assert_int_equal(hdbg_team_attach(w->session, TEAM, HDBG_ATTACH_STOP, &w->team), HDBG_OK);
    its_event_is_handed_out(state);
}

static void there_is_no_other_team(void **state)
{
    world *w = *state;
    hdbg_team *other = NULL;
    assert_int_equal(hdbg_team_attach(w->session, TEAM + 1, 0, &other), HDBG_BAD_TEAM_ID);
    assert_null(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(says_what_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(the_team_is_named_with_its_command_line, setup, teardown),
        cmocka_unit_test_setup_teardown(the_thread_that_crashed_stands_on_its_page_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(its_event_is_handed_out, setup, teardown),
        cmocka_unit_test_setup_teardown(its_registers_are_known, setup, teardown),
        cmocka_unit_test_setup_teardown(the_other_threads_stand_too_and_the_nub_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(four_images_are_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(fourteen_areas_are_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(the_commpages_symbols_are_known, setup, teardown),
        cmocka_unit_test_setup_teardown(the_arguments_and_the_environment_are_known, setup, teardown),
        cmocka_unit_test_setup_teardown(what_no_core_tells_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(its_stack_is_in_it, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_written_of_it_again_tells_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_can_be_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_thread_that_is_resumed_stands_still, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_detach_it_can_be_attached_to_again, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_no_other_team, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * System calls whose numbers are learnt from the team: from the functions of a libroot that is made up here,
 * for each processor as Haiku's is.
 */
#include "arch/syscall.h"
#include "kernel/haiku/syscalls.c" /* which this build has not got otherwise */
#include "session_world.h"

#include <haikudbg/syscall.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROOT = 0x40000000, TEXT = 0x1000, STUB = 32, STUBS_MAX = 8 };

/* ---- code, as Haiku's assembler makes it ---- */

static size_t put(uint8_t *code, size_t at, const void *bytes, size_t size)
{
    memcpy(code + at, bytes, size);
    return at + size;
}

static void make_x86(uint8_t *code, int32_t number)
{
    static const uint8_t kMove = 0xb8;
    static const uint8_t kJump[] = {0x8b, 0x15, 0, 0, 0, 0, 0xff, 0xe2}; /* mov address, %edx; jmp *%edx */
    size_t at = put(code, 0, &kMove, 1);
    at = put(code, at, &number, 4);
    put(code, at, kJump, sizeof kJump);
}

/* From four arguments on rcx is saved first. */
static void make_x86_64(uint8_t *code, int32_t number)
{
    static const uint8_t kSave[] = {0x49, 0x89, 0xca}, kMove[] = {0x48, 0xc7, 0xc0},
                         kCall[] = {0x0f, 0x05, 0xc3};
    size_t at = number % 2 ? put(code, 0, kSave, sizeof kSave) : 0;
    at = put(code, at, kMove, sizeof kMove);
    at = put(code, at, &number, 4);
    put(code, at, kCall, sizeof kCall);
}

static void make_arm64(uint8_t *code, int32_t number)
{
    const uint32_t words[] = {0xd4000001 | (uint32_t)number << 5, 0xd65f03c0};
    put(code, 0, words, sizeof words);
}

/* `li` is one instruction of two bytes, one of four, or two of them. */
static void make_riscv64(uint8_t *code, int32_t number)
{
    const uint32_t call = 0x73;
    size_t at;
    if (number < 32) {
        const uint16_t half = (uint16_t)(0x4281 | number << 2);
        at = put(code, 0, &half, 2);
    } else if (number < 2048) {
        const uint32_t word = (uint32_t)number << 20 | 0x293;
        at = put(code, 0, &word, 4);
    } else {
        int32_t low = (int32_t)((uint32_t)number << 20) >> 20;
        const uint32_t words[] = {(uint32_t)(number - low) | 0x2b7, (uint32_t)low << 20 | 0x2829b};
        at = put(code, 0, words, sizeof words);
    }
    put(code, at, &call, 4);
}

static const struct processor {
    int32_t arch;
    void (*make)(uint8_t *code, int32_t number);
} kProcessors[] = {{HDBG_ARCH_X86, make_x86},
                   {HDBG_ARCH_X86_64, make_x86_64},
                   {HDBG_ARCH_ARM64, make_arm64},
                   {HDBG_ARCH_RISCV64, make_riscv64}};

/* ---- a libroot ---- */

typedef struct root {
    char path[64];
    uint8_t text[STUBS_MAX * STUB];
    size_t count;
} root;

/* An ELF file of one segment with symbols: of 64 bits, whatever the processor, as only they are looked at. */
static void write_root(root *self, const char *const *names)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
        Elf64_Shdr sections[4];
        Elf64_Sym symbols[STUBS_MAX + 1];
        char strings[512];
    } file = {0};
    size_t used = 1;
    memcpy(file.header.e_ident, ELFMAG, SELFMAG);
    file.header.e_ident[EI_CLASS] = ELFCLASS64;
    file.header.e_ident[EI_DATA] = ELFDATA2LSB;
    file.header.e_ident[EI_VERSION] = EV_CURRENT;
    file.header.e_type = ET_DYN;
    file.header.e_machine = EM_X86_64;
    file.header.e_version = EV_CURRENT;
    file.header.e_phoff = offsetof(typeof(file), segment);
    file.header.e_shoff = offsetof(typeof(file), sections);
    file.header.e_ehsize = sizeof file.header;
    file.header.e_phentsize = sizeof file.segment;
    file.header.e_phnum = 1;
    file.header.e_shentsize = sizeof *file.sections;
    file.header.e_shnum = 4;
    file.segment = (Elf64_Phdr){.p_type = PT_LOAD,
                                .p_flags = PF_R | PF_X,
                                .p_filesz = 2 * TEXT,
                                .p_memsz = 2 * TEXT,
                                .p_align = TEXT};
    file.sections[1] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                                    .sh_offset = offsetof(typeof(file), symbols),
                                    .sh_size = (self->count + 1) * sizeof *file.symbols,
                                    .sh_entsize = sizeof *file.symbols,
                                    .sh_link = 2};
    file.sections[2] = (Elf64_Shdr){
        .sh_type = SHT_STRTAB, .sh_offset = offsetof(typeof(file), strings), .sh_size = sizeof file.strings};
    file.sections[3] =
        (Elf64_Shdr){.sh_type = SHT_PROGBITS, .sh_addr = TEXT, .sh_offset = TEXT, .sh_size = TEXT};
    for (size_t i = 0; i < self->count; i++) {
        file.symbols[i + 1] = (Elf64_Sym){.st_name = (Elf64_Word)used,
                                          .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                          .st_shndx = 3,
                                          .st_value = TEXT + i * STUB,
                                          .st_size = STUB};
        used += (size_t)snprintf(file.strings + used, sizeof file.strings - used, "%s", names[i]) + 1;
    }
    snprintf(self->path, sizeof self->path, "/tmp/libroot.so-XXXXXX");
    int fd = mkstemp(self->path);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &file, sizeof file, 0), sizeof file);
    assert_int_equal(pwrite(fd, self->text, sizeof self->text, TEXT), sizeof self->text);
    assert_int_equal(ftruncate(fd, 2 * TEXT), 0);
    close(fd);
}

/* A team on that processor whose libroot has these functions. */
static world *make_world(const struct processor *processor, root *root_, const char *const *names,
                         const int32_t *numbers, size_t count)
{
    const hdbg_mock_options options = {
        .size = sizeof options, .arch = processor->arch, .flags = HDBG_MOCK_BULK_READ};
    world *w = world_make(NULL, &options, 1);
    memset(root_, 0, sizeof *root_);
    root_->count = count;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] >= 0)
            processor->make(root_->text + i * STUB, numbers[i]);
    }
    write_root(root_, names);
    hdbg_image_info image = {.id = 7, .type = HDBG_IMAGE_LIBRARY, .text = ROOT, .text_size = 2 * TEXT};
    snprintf(image.path, sizeof image.path, "%s", root_->path);
    assert_ok(hdbg_mock_image_add(w->mock, TEAM, &image));
    assert_true(
        hdbg_mock_memory_add(w->mock, TEAM, ROOT, NULL, 2 * TEXT, HDBG_AREA_READ | HDBG_AREA_EXECUTE) > 0);
    assert_ok(hdbg_mock_memory_write(w->mock, TEAM, ROOT + TEXT, root_->text, sizeof root_->text));
    return w;
}

static void end_world(world *w, const root *root_)
{
    world_free(w);
    unlink(root_->path);
}

/* ---- tests ---- */

static const char *const kNames[] = {"_kern_open", "_kern_read", "_kern_generic_syscall", "strlen",
                                     "_kern_last"};
static const int32_t kNumbers[] = {110, 3, 0, -1, 2600};
enum { NAMES = 5 };

static void numbers_are_read_from_each_processors_functions(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof kProcessors / sizeof *kProcessors; p++) {
        root libroot;
        world *w = make_world(&kProcessors[p], &libroot, kNames, kNumbers, NAMES);
        for (size_t i = 0; i < NAMES; i++) {
            if (kNumbers[i] < 0)
                continue;
            assert_int_equal(hdbg_syscall_find(w->team, kNames[i]), kNumbers[i]);
            assert_string_equal(hdbg_syscall_name(w->team, (uint32_t)kNumbers[i]), kNames[i]);
        }
        end_world(w, &libroot);
    }
}

static void a_call_is_found_without_its_prefix_and_others_are_not(void **state)
{
    (void)state;
    root libroot;
    world *w = make_world(&kProcessors[1], &libroot, kNames, kNumbers, NAMES);
    assert_int_equal(hdbg_syscall_find(w->team, "open"), 110);
    assert_int_equal(hdbg_syscall_find(w->team, "strlen"), HDBG_NAME_NOT_FOUND);
    assert_sentence("team 500 has no system call 'strlen'");
    assert_null(hdbg_syscall_name(w->team, 4));
    end_world(w, &libroot);
}

static int count_calls(void *context, const hdbg_syscall *call)
{
    int32_t *last = context;
    assert_true(call->number > *last);
    assert_int_equal(call->argument_count, -1); /* nobody has told of them */
    *last = call->number;
    return 0;
}

static void they_are_visited_by_their_numbers(void **state)
{
    (void)state;
    root libroot;
    int32_t last = -1;
    world *w = make_world(&kProcessors[1], &libroot, kNames, kNumbers, NAMES);
    assert_ok(hdbg_syscalls_visit(w->team, count_calls, &last));
    assert_int_equal(last, 2600);
    end_world(w, &libroot);
}

/* What a visitor asks for itself. */
static int ask_meanwhile(void *context, const hdbg_syscall *call)
{
    hdbg_team *team = context;
    hdbg_syscall same = {.size = sizeof same};
    assert_ok(hdbg_syscall_get(team, (uint32_t)call->number, &same));
    assert_string_equal(same.name, call->name);
    assert_int_equal(hdbg_syscall_find(team, call->name), call->number);
    return call->number == 2600 ? 0 : strcmp(hdbg_syscall_name(team, 2600), "_kern_last");
}

static void a_visitor_may_ask_for_calls(void **state)
{
    (void)state;
    root libroot;
    world *w = make_world(&kProcessors[1], &libroot, kNames, kNumbers, NAMES);
    assert_ok(hdbg_syscalls_visit(w->team, ask_meanwhile, w->team));
    end_world(w, &libroot);
}

/* The list of a kernel that was built for an earlier version: without results, and something else there. */
static const hdbg_syscall *earlier_call(void *context, int32_t arch, uint32_t index)
{
    static const hdbg_syscall kCall = {.size = offsetof(hdbg_syscall, result),
                                       .name = "early",
                                       .number = 5,
                                       .groups = HDBG_SYSCALL_FILE,
                                       .result = 77};
    (void)context;
    (void)arch;
    return index == 5 ? &kCall : NULL;
}

static int take_call(void *context, const hdbg_syscall *call)
{
    memcpy(context, call, sizeof *call);
    return 0;
}

static void no_more_is_taken_of_a_kernels_call_than_it_has(void **state)
{
    world *w = *state;
    const hdbg_kernel_ops *before = w->kernel->ops;
    hdbg_kernel_ops ops = *before;
    hdbg_syscall call = {.size = sizeof call}, visited = {0};
    ops.syscall = earlier_call;
    w->kernel->ops = &ops;
    assert_ok(hdbg_syscall_get(w->team, 5, &call));
    assert_string_equal(call.name, "early");
    assert_int_equal(call.groups, HDBG_SYSCALL_FILE);
    assert_int_equal(call.result, 0);
    assert_ok(hdbg_syscalls_visit(w->team, take_call, &visited));
    assert_int_equal(visited.size, sizeof visited);
    assert_int_equal(visited.number, 5);
    assert_int_equal(visited.result, 0);
    w->kernel->ops = before;
}

/* Numbers from the team, arguments from the native kernel's list. */
static void haikus_calls_have_their_arguments(void **state)
{
    (void)state;
    root libroot;
    world *w = make_world(&kProcessors[1], &libroot, kNames, kNumbers, NAMES);
    const hdbg_kernel_ops *before = w->kernel->ops;
    hdbg_kernel_ops ops = *before;
    hdbg_syscall call = {.size = sizeof call};
    ops.syscall = haiku_syscall;
    w->kernel->ops = &ops;
    assert_ok(hdbg_syscall_get(w->team, 110, &call));
    assert_string_equal(call.name, "_kern_open");
    assert_int_equal(call.number, 110);
    assert_int_equal(call.argument_count, 4);
    assert_int_equal(call.arguments[1].kind, HDBG_ARGUMENT_PATH);
    assert_int_equal(call.groups, HDBG_SYSCALL_FILE | HDBG_SYSCALL_DESCRIPTOR);
    assert_ok(hdbg_syscall_get(w->team, 3, &call));
    assert_int_equal(call.arguments[2].kind, HDBG_ARGUMENT_DATA);
    assert_int_equal(call.arguments[2].length, 3);
    assert_ok(hdbg_syscall_get(w->team, 2600, &call)); /* one that it has not got */
    assert_int_equal(call.argument_count, -1);
    w->kernel->ops = before;
    end_world(w, &libroot);
}

static void haikus_list_is_in_order_and_refers_to_what_is_there(void **state)
{
    (void)state;
    uint32_t count = 0;
    for (const hdbg_syscall *call; (call = haiku_syscall(NULL, HDBG_ARCH_X86_64, count)) != NULL; count++) {
        assert_int_equal(strncmp(call->name, "_kern_", 6), 0);
        assert_int_equal(call->number, -1);
        if (count > 0)
            assert_true(strcmp(haiku_syscall(NULL, HDBG_ARCH_X86_64, count - 1)->name, call->name) < 0);
        for (int i = 0; i < call->argument_count; i++)
            assert_true(call->arguments[i].length < call->argument_count);
    }
    assert_true(count > 250);
}

static void a_function_of_that_name_that_makes_no_call_is_none(void **state)
{
    (void)state;
    static const char *const kTwo[] = {"_kern_nothing", "_kern_something"};
    static const int32_t kOne[] = {-1, 9};
    root libroot;
    world *w = make_world(&kProcessors[1], &libroot, kTwo, kOne, 2);
    assert_int_equal(hdbg_syscall_find(w->team, "nothing"), HDBG_NAME_NOT_FOUND);
    assert_int_equal(hdbg_syscall_find(w->team, "something"), 9);
    end_world(w, &libroot);
}

static void what_is_read_once_is_kept_until_the_image_is_another(void **state)
{
    (void)state;
    root libroot;
    world *w = make_world(&kProcessors[1], &libroot, kNames, kNumbers, NAMES);
    assert_string_equal(hdbg_syscall_name(w->team, 3), "_kern_read");
    int64_t reads = hdbg_mock_calls(w->mock, "memory_read");
    assert_string_equal(hdbg_syscall_name(w->team, 110), "_kern_open");
    assert_int_equal(hdbg_mock_calls(w->mock, "memory_read"), reads);
    end_world(w, &libroot);
}

static void a_team_without_a_libroot_has_no_names(void **state)
{
    (void)state;
    world *w = world_make(NULL, NULL, 1);
    hdbg_syscall call = {.size = sizeof call};
    assert_status(hdbg_syscall_get(w->team, 1, &call), HDBG_NAME_NOT_FOUND);
    assert_sentence("team 500 has no system call 1");
    call.size = 0;
    assert_status(hdbg_syscall_get(w->team, 1, &call), HDBG_BAD_VALUE);
    world_free(w);
}

/* What it told last is looked at after its end was heard of. */
static void names_that_were_learnt_are_known_after_the_teams_end(void **state)
{
    (void)state;
    root libroot;
    world *w = make_world(&kProcessors[1], &libroot, kNames, kNumbers, NAMES);
    assert_string_equal(hdbg_syscall_name(w->team, 3), "_kern_read");
    assert_ok(hdbg_mock_team_end(w->mock, TEAM, 0, -1));
    expect_event(w, HDBG_EVENT_TEAM_DELETED);
    assert_string_equal(hdbg_syscall_name(w->team, 3), "_kern_read");
    assert_int_equal(hdbg_syscall_find(w->team, "open"), 110);
    end_world(w, &libroot);
}

static void code_that_ends_early_has_no_number(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof kProcessors / sizeof *kProcessors; p++) {
        uint8_t code[STUB] = {0};
        kProcessors[p].make(code, 2600);
        assert_int_equal(arch_syscall_number(kProcessors[p].arch, code, sizeof code), 2600);
        for (size_t size = 0; size < 4; size++)
            assert_int_equal(arch_syscall_number(kProcessors[p].arch, code, size), -1);
    }
    assert_int_equal(arch_syscall_number(HDBG_ARCH_UNKNOWN, (const uint8_t *)"", 1), -1);
}

/* ---- records of events that stop ---- */

static void an_event_that_stops_is_told_as_a_record(void **state)
{
    (void)state;
    root libroot;
    world *w = make_world(&kProcessors[1], &libroot, kNames, kNumbers, NAMES);
    hdbg_nub_event sent = {.type = HDBG_EVENT_POST_SYSCALL, .thread = TEAM, .team = TEAM};
    const uint64_t arguments[] = {5, 0x123456789abc, 7};
    sent.data.syscall.number = 3;
    sent.data.syscall.end_time = 77;
    sent.data.syscall.return_value = (uint64_t)-5;
    memcpy(sent.data.syscall.arguments, arguments, sizeof arguments);
    assert_ok(hdbg_team_set_events(w->team, HDBG_TEAM_PRE_SYSCALL | HDBG_TEAM_POST_SYSCALL));
    assert_ok(hdbg_mock_send(w->mock, &sent));
    hdbg_event *event = next_event(w, HDBG_EVENT_POST_SYSCALL);
    hdbg_traced traced = {.size = sizeof traced};
    size_t cursor = 0;
    assert_ok(hdbg_event_traced(event, NULL, &cursor, &traced));
    assert_int_equal(traced.type, HDBG_EVENT_POST_SYSCALL);
    assert_int_equal(traced.number, 3);
    assert_int_equal(traced.thread, TEAM);
    assert_int_equal(traced.time, 77);
    assert_int_equal(traced.result, -5);
    for (size_t i = 0; i < 3; i++)
        assert_true(traced.arguments[i] == arguments[i]);
    assert_status(hdbg_event_traced(event, NULL, &cursor, &traced), HDBG_BAD_INDEX);
    hdbg_event_release(event);
    assert_status(hdbg_team_trace(w->team, NULL), HDBG_NOT_SUPPORTED);
    end_world(w, &libroot);
}

static void an_event_of_another_kind_is_none(void **state)
{
    world *w = *state;
    hdbg_traced traced = {.size = sizeof traced};
    size_t cursor = 0;
    assert_ok(hdbg_mock_stop(w->mock, TEAM, HDBG_EVENT_THREAD_DEBUGGED));
    hdbg_event *event = next_event(w, HDBG_EVENT_THREAD_DEBUGGED);
    assert_status(hdbg_event_traced(event, NULL, &cursor, &traced), HDBG_BAD_VALUE);
    hdbg_event_release(event);
}

static void without_a_list_of_errors_results_are_statuses(void **state)
{
    world *w = *state;
    const char *text = NULL;
    assert_string_equal(hdbg_syscall_error(w->team, HDBG_ENTRY_NOT_FOUND, &text), "B_ENTRY_NOT_FOUND");
    assert_non_null(text);
    assert_null(hdbg_syscall_error(w->team, 3, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_from_each_processors_functions),
        cmocka_unit_test(a_call_is_found_without_its_prefix_and_others_are_not),
        cmocka_unit_test(they_are_visited_by_their_numbers),
        cmocka_unit_test(a_visitor_may_ask_for_calls),
        cmocka_unit_test_setup_teardown(no_more_is_taken_of_a_kernels_call_than_it_has, world_setup,
                                        world_teardown),
        cmocka_unit_test(haikus_calls_have_their_arguments),
        cmocka_unit_test(haikus_list_is_in_order_and_refers_to_what_is_there),
        cmocka_unit_test(a_function_of_that_name_that_makes_no_call_is_none),
        cmocka_unit_test(what_is_read_once_is_kept_until_the_image_is_another),
        cmocka_unit_test(a_team_without_a_libroot_has_no_names),
        cmocka_unit_test(names_that_were_learnt_are_known_after_the_teams_end),
        cmocka_unit_test(code_that_ends_early_has_no_number),
        cmocka_unit_test(an_event_that_stops_is_told_as_a_record),
        cmocka_unit_test_setup_teardown(an_event_of_another_kind_is_none, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(without_a_list_of_errors_results_are_statuses, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

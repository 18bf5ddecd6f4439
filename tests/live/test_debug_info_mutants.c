/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Damaged debug information: the answer is an error, or less; nothing hangs, and whoever asks lives.
 */
#include "effort.h"
#include "dwarf/dwarf.h"
#include "inspect/elf.h"
#include "live/inspected.h"

#include <unistd.h>

enum { PLACES = 6, FILES = 8, MUTANTS = EFFORT(10000, 2000), DEBUG_SECTIONS = 16 };

/* A program, where its debug information lies, and addresses to ask about. */
typedef struct victim {
    const char *name;
    uint8_t *bytes;
    size_t size;
    struct {
        uint64_t offset, size;
    } sections[DEBUG_SECTIONS];
    size_t section_count;
    uint64_t places[PLACES];
} victim;

static victim gVictims[FILES] = {{.name = "variables_c"},           {.name = "variables_c_dwarf2"},
                                 {.name = "variables_c_optimised"}, {.name = "variables_cpp"},
                                 {.name = "lines_inlined"},         {.name = "tail_calls"},
                                 {.name = "variables_typed"},       {.name = "variables_virtual"}};
static uint64_t gRandom;

/* A generator of our own: a mutant that was bad once is so again. */
static uint32_t next_random(uint32_t below)
{
    gRandom = gRandom * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(gRandom >> 33) % below;
}

static size_t read_bytes(void *context, uint64_t at, void *buffer, size_t size)
{
    const victim *v = context;
    if (at > v->size)
        return 0;
    size_t n = size < v->size - at ? size : v->size - (size_t)at;
    memcpy(buffer, v->bytes + at, n);
    return n;
}

static void load(victim *v)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, v->name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    v->bytes = malloc(1 << 20);
    assert_non_null(v->bytes);
    v->size = fread(v->bytes, 1, 1 << 20, in);
    fclose(in);
    elf_object object;
    elf_input input = {.read = read_bytes, .context = v, .size = v->size, .name = path};
    assert_int_equal(elf_open(&object, &input), HDBG_OK);
    const elf_section *text = elf_section_by_name(&object, ".text");
    for (size_t i = 0; i < object.section_count && v->section_count < DEBUG_SECTIONS; i++) {
        const elf_section *section = &object.sections[i];
        if (strncmp(object.section_names + section->name, ".debug_", 7) != 0 || section->size == 0)
            continue;
        v->sections[v->section_count].offset = section->offset;
        v->sections[v->section_count++].size = section->size;
    }
    for (int i = 0; i < PLACES; i++)
        v->places[i] = text->address + 0xf0 + (uint64_t)i * 0x70;
    elf_close(&object);
    assert_in_range(v->section_count, 5, DEBUG_SECTIONS);
}

/* Changes some bytes of one section: any, or to values that are dear to whoever counts. */
static void mutate(const victim *v, uint8_t *bytes)
{
    static const uint8_t kDear[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, 0x81, 0x40};
    uint32_t changes = 1 + next_random(8);
    uint32_t s = next_random((uint32_t)v->section_count);
    for (uint32_t i = 0; i < changes; i++) {
        uint64_t at = v->sections[s].offset + next_random((uint32_t)v->sections[s].size);
        switch (next_random(3)) {
        case 0:
            bytes[at] = (uint8_t)next_random(256);
            break;
        case 1:
            bytes[at] ^= (uint8_t)(1u << next_random(8));
            break;
        default:
            bytes[at] = kDear[next_random(sizeof kDear)];
            break;
        }
    }
}

static size_t length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* Touches all of an answer. */
static size_t look_through(const dwarf_variables *v)
{
    size_t sum = 0;
    for (size_t i = 0; i < v->variable_count; i++) {
        assert_in_range(v->variables[i].type, 0, v->type_count - 1);
        sum += length_of(v->variables[i].name);
        for (size_t k = 0; k < v->variables[i].location_size; k++)
            sum += v->variables[i].location[k];
    }
    for (size_t i = 0; i < v->type_count; i++) {
        assert_in_range(v->types[i].target, 0, v->type_count - 1);
        sum += length_of(v->types[i].name);
        for (size_t k = 0; k < v->types[i].member_count; k++) {
            assert_in_range(v->types[i].members[k].type, 0, v->type_count - 1);
            sum += length_of(v->types[i].members[k].name);
        }
    }
    return sum;
}

static int check(hdbg_status status, unsigned mutant)
{
    if (status != HDBG_OK && status != HDBG_NAME_NOT_FOUND && status != HDBG_BAD_DATA)
        fail_msg("mutant %u: %s, %s", mutant, hdbg_status_name(status), hdbg_last_error());
    return status == HDBG_OK;
}

/* Asks all that can be asked. @return how much was answered. */
static unsigned ask(dwarf_reader *reader, const victim *v, const uint8_t *bytes, unsigned mutant)
{
    dwarf_paths paths = {.bytes = bytes, .size = v->size};
    dwarf_file *file = NULL;
    unsigned answered = 0;
    size_t count = 0;
    assert_int_equal(dwarf_file_open(reader, &paths, &file), HDBG_OK);
    for (int i = 0; i < PLACES; i++) {
        const dwarf_line *lines = NULL;
        const dwarf_variables *variables = NULL;
        const dwarf_calls *calls = NULL;
        answered += (unsigned)check(dwarf_file_lines(file, v->places[i], &lines, &count), mutant);
        for (size_t k = 0; k < count; k++)
            length_of(lines[k].function);
        if (check(dwarf_file_variables(file, v->places[i], &variables), mutant)) {
            answered++;
            look_through(variables);
        }
        if (check(dwarf_file_calls(file, v->places[i], &calls), mutant))
            answered += 1 + (unsigned)(length_of(calls->name) > SIZE_MAX / 2);
    }
    uint64_t *addresses = NULL;
    int32_t line = 0;
    answered +=
        (unsigned)check(dwarf_file_addresses(file, "variables_c.c", 60, &addresses, &count, &line), mutant);
    free(addresses);
    dwarf_file_release(file);
    return answered;
}

static void ten_thousand_mutants_harm_nobody(void **state)
{
    (void)state;
    hdbg_debug_info_options options = {.size = sizeof options, .timeout = 5 * 1000000};
    dwarf_reader *reader = NULL;
    uint64_t answered = 0, whole = 0;
    gRandom = 20261121;
    assert_int_equal(dwarf_reader_create(&options, &reader), HDBG_OK);
    for (int i = 0; i < FILES; i++) {
        load(&gVictims[i]);
        whole += ask(reader, &gVictims[i], gVictims[i].bytes, UINT32_MAX);
    }
    assert_in_range(whole, FILES * PLACES, FILES * (3 * PLACES + 1));
    uint8_t *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    for (unsigned i = 0; i < MUTANTS; i++) {
        const victim *v = &gVictims[i % FILES];
        memcpy(bytes, v->bytes, v->size);
        mutate(v, bytes);
        answered += ask(reader, v, bytes, i);
    }
    free(bytes);
    for (int i = 0; i < FILES; i++)
        free(gVictims[i].bytes);
    /* What is not damaged is still told: most mutants lose little. */
    assert_true(answered > whole * (MUTANTS / FILES) / 2);
    dwarf_reader_destroy(reader);
}

/* ---- shown of a live program ---- */

enum { SHOWN_MUTANTS = 300, SHOWN_FRAMES = 3 };

static int take_line(void *context, size_t depth, const hdbg_source_line *line)
{
    (void)depth;
    *(size_t *)context += length_of(line->function) + length_of(line->file);
    return 0;
}

static int take_variable(void *context, const hdbg_variable *variable)
{
    *(size_t *)context += strlen(variable->name) + strlen(variable->type) + strlen(variable->value);
    return 0;
}

/* Shows a stopped thread's first frames. @return how much text that was. */
static size_t show_frames(inspected *it)
{
    hdbg_stack *stack = NULL;
    size_t shown = 0;
    OK(hdbg_stack_unwind(it->thread, NULL, &stack));
    for (size_t i = 0; i < SHOWN_FRAMES && hdbg_stack_frame(stack, i) != NULL; i++) {
        hdbg_source_at(it->team, hdbg_stack_frame(stack, i)->pc - 1, take_line, &shown);
        hdbg_variables_visit(stack, i, NULL, take_variable, &shown);
    }
    hdbg_stack_free(stack);
    return shown;
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(out);
}

/* The program is stripped, its debug file damaged: names, types, places and numbers are anything. */
static void variables_of_mutants_are_shown_or_not_and_harm_nobody(void **state)
{
    (void)state;
    char folder[64] = "/tmp/hdbg-mutants-XXXXXX", command[1024], path[256];
    inspected it;
    victim v = {.name = "variables_cpp"};
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command,
             "cd %s && id=$(readelf -n %s/variables_cpp 2>/dev/null | sed -n 's/.*Build ID: //p') && "
             "objcopy --strip-all %s/variables_cpp p && mkdir -p .build-id/$(echo $id | cut -c1-2) && "
             "ln -s ../../debug .build-id/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-).debug",
             folder, HDBG_TEST_FIXTURES, HDBG_TEST_FIXTURES);
    if (system(command) != 0)
        skip();
    load(&v);
    gRandom = 42;
    snprintf(path, sizeof path, "%s/debug", folder);
    write_file(path, v.bytes, v.size);
    snprintf(command, sizeof command, "%s/p", folder);
    inspected_launch(&it, command, (const char *const[]){command, NULL});
    OK(hdbg_team_resume(it.team));
    inspected_run_to(&it, HDBG_EVENT_BREAKPOINT_HIT);
    const char *roots[] = {folder, NULL};
    hdbg_debug_info_options options = {.size = sizeof options, .roots = roots, .timeout = 5 * 1000000};
    OK(hdbg_session_set_debug_info(it.session, &options));
    size_t whole = show_frames(&it), shown = 0;
    assert_in_range(whole, 500, 20000);
    uint8_t *bytes = malloc(v.size);
    assert_non_null(bytes);
    for (unsigned i = 0; i < SHOWN_MUTANTS; i++) {
        memcpy(bytes, v.bytes, v.size);
        for (int k = 0; k < 20; k++)
            mutate(&v, bytes);
        unlink(path);
        write_file(path, bytes, v.size);
        OK(hdbg_session_set_debug_info(it.session, &options));
        shown += show_frames(&it);
    }
    free(bytes);
    free(v.bytes);
    inspected_end(&it);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    assert_in_range(shown, whole, SHOWN_MUTANTS * whole * 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_of_mutants_are_shown_or_not_and_harm_nobody),
        cmocka_unit_test(ten_thousand_mutants_harm_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

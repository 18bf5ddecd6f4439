/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A report as text: the sentence, registers, stacks, images, areas.
 */
#include "print.h"

#include "sentence.h"

#include <haikudbg/nub.h>
#include <haikudbg/registers.h>
#include <haikudbg/signal.h>

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum {
    REGISTERS_PER_LINE = 3,
    RUN_SHOWN = 3 /* of so many frames of one function in a row, or fewer, each is shown */
};

/* Escape sequences, or nothing. */
typedef struct palette {
    const char *alarm, *title, *strong, *dim, *plain;
} palette;

static const palette kPlain = {"", "", "", "", ""};
static const palette kColored = {"\033[1;31m", "\033[1;36m", "\033[1m", "\033[2m", "\033[0m"};

/* Writes a name that is the program's own choice: what would steer a terminal is left out. */
static void put_name(FILE *out, const char *name)
{
    for (; *name != '\0'; name++)
        fputc(iscntrl((unsigned char)*name) ? '?' : *name, out);
}

static void put_title(FILE *out, const palette *colors, const char *title)
{
    fprintf(out, "\n%s%s%s\n", colors->title, title, colors->plain);
}

/* ---- the head ---- */

static void print_head(FILE *out, const struct facts *facts, const palette *colors)
{
    char sentence[2048];
    const hdbg_stop *stop = &facts->stop;

    sentence_write(facts, sentence, sizeof(sentence));
    fprintf(out, "%shdbg-report: ", colors->alarm);
    put_name(out, sentence);
    fprintf(out, "%s\n  team %" PRId32 " '", colors->plain, facts->team_info.team);
    put_name(out, facts->team_info.name);
    fputs("'", out);
    if (facts->team_info.arguments[0] != '\0') {
        fputs(": ", out);
        put_name(out, facts->team_info.arguments);
    }
    fputc('\n', out);
    if (stop->signal_state != HDBG_SIGNAL_FAKED)
        fprintf(out, "  %s (%s)%s\n", hdbg_signal_name(stop->signal), hdbg_signal_description(stop->signal),
                stop->deadly || stop->signal_state == HDBG_SIGNAL_FORECASTED ? ", which ends the team" : "");
}

/* ---- registers ---- */

static bool is_shown(const hdbg_register *reg)
{
    return (reg->set == HDBG_REGISTERS_GENERAL || reg->set == HDBG_REGISTERS_SEGMENT) &&
           reg->size <= sizeof(uint64_t);
}

static void print_registers(FILE *out, const thread_facts *thread, const palette *colors)
{
    size_t count, shown = 0;
    int widest = 0;
    const hdbg_register *registers = hdbg_arch_registers((hdbg_arch)thread->registers.arch, &count);

    put_title(out, colors, "Registers");
    for (size_t i = 0; registers != NULL && i < count; i++) {
        if (is_shown(&registers[i]) && (int)strlen(registers[i].name) > widest)
            widest = (int)strlen(registers[i].name);
    }
    for (size_t i = 0; registers != NULL && i < count; i++) {
        uint64_t value = 0;
        if (!is_shown(&registers[i]) ||
            hdbg_cpu_state_get(&thread->registers, &registers[i], &value, sizeof(value)) != HDBG_OK)
            continue;
        bool last = ++shown % REGISTERS_PER_LINE == 0;
        fprintf(out, "  %s%-*s%s 0x%016" PRIx64 "%s", colors->strong, widest, registers[i].name,
                colors->plain, value, last ? "\n" : "");
    }
    if (shown % REGISTERS_PER_LINE != 0)
        fputc('\n', out);
}

/* ---- stacks ---- */

static bool same_function(const frame_facts *one, const frame_facts *other)
{
    return one->has_symbol && other->has_symbol && one->image_id == other->image_id &&
           strcmp(one->function, other->function) == 0;
}

static void print_frame(FILE *out, size_t number, const frame_facts *frame, const palette *colors)
{
    fprintf(out, "  %3zu %s0x%016" PRIx64 "  ", number, frame->guessed ? "?" : " ", frame->frame.pc);
    if (frame->has_symbol) {
        fprintf(out, "%s", colors->strong);
        put_name(out, frame->function);
        fprintf(out, "%s + 0x%" PRIx64, colors->plain, frame->offset);
        if (frame->in_image) {
            fputs("  ", out);
            put_name(out, frame->image);
        }
    } else if (frame->in_image) {
        put_name(out, frame->image);
        fprintf(out, " + 0x%" PRIx64, frame->image_offset);
    } else {
        fprintf(out, "%sin no image%s", colors->dim, colors->plain);
    }
    fputc('\n', out);
}

/* How many frames from `first` on are of one function, as in a recursion. */
static size_t run_length(const thread_facts *thread, size_t first)
{
    size_t length = 1;
    while (first + length < thread->frame_count &&
           same_function(&thread->frames[first], &thread->frames[first + length]))
        length++;
    return length;
}

static void print_frames(FILE *out, const thread_facts *thread, const palette *colors)
{
    bool guessed = false;
    for (size_t i = 0; i < thread->frame_count;) {
        size_t run = run_length(thread, i);
        print_frame(out, i, &thread->frames[i], colors);
        if (run > RUN_SHOWN) {
            fprintf(out, "      %s... %zu more of this function%s\n", colors->dim, run - 2, colors->plain);
            print_frame(out, i + run - 1, &thread->frames[i + run - 1], colors);
            i += run;
            continue;
        }
        guessed = guessed || thread->frames[i].guessed;
        i++;
    }
    if (thread->stack_end == HDBG_STACK_LIMIT)
        fprintf(out, "      %s... and more%s\n", colors->dim, colors->plain);
    if (guessed)
        fprintf(out, "      %s(? found by searching the stack; it may be left from an earlier call)%s\n",
                colors->dim, colors->plain);
}

static void print_thread(FILE *out, const thread_facts *thread, const palette *colors, const char *note)
{
    fprintf(out, "\n%sThread %" PRId32 " '", colors->title, thread->info.thread);
    put_name(out, thread->info.name);
    fprintf(out, "'%s%s\n", note, colors->plain);
    if (!thread->stopped)
        fputs("  could not be stopped\n", out);
    else if (thread->frame_count == 0)
        fputs("  its stack could not be read\n", out);
    else
        print_frames(out, thread, colors);
}

/* ---- images and areas ---- */

static void print_images(FILE *out, const struct facts *facts, const palette *colors)
{
    put_title(out, colors, "Images");
    for (size_t i = 0; i < facts->image_count; i++) {
        const image_facts *image = &facts->images[i];
        const hdbg_image_info *info = &image->info;
        hdbg_address end = info->data_size != 0 ? info->data + info->data_size : info->text + info->text_size;
        fprintf(out, "  0x%016" PRIx64 "-0x%016" PRIx64 "  ", info->text, end);
        put_name(out, info->path);
        for (size_t j = 0; j < image->build_id_size; j++)
            fprintf(out, "%s%02x", j == 0 ? "  build-id " : "", image->build_id[j]);
        fputc('\n', out);
    }
}

static void print_areas(FILE *out, const struct facts *facts, const palette *colors)
{
    put_title(out, colors, "Areas");
    for (size_t i = 0; i < facts->area_count; i++) {
        const hdbg_area_info *area = &facts->areas[i];
        fprintf(out, "  0x%016" PRIx64 "-0x%016" PRIx64 "  %c%c%c %9" PRIu64 " KiB  ", area->address,
                area->address + area->length, (area->protection & HDBG_AREA_READ) != 0 ? 'r' : '-',
                (area->protection & HDBG_AREA_WRITE) != 0 ? 'w' : '-',
                (area->protection & HDBG_AREA_EXECUTE) != 0 ? 'x' : '-', area->length / 1024);
        put_name(out, area->path[0] != '\0' ? area->path : area->name);
        fputc('\n', out);
    }
}

static const char *note_on(const struct facts *facts)
{
    switch (facts->cause) {
    case CAUSE_DEBUGGER_CALL:
        return ", which called debugger()";
    case CAUSE_SIGNAL:
        return ", which got the signal";
    default:
        return ", which crashed";
    }
}

void print_report(FILE *out, const struct facts *facts, const struct options *options, bool color)
{
    const palette *colors = color ? &kColored : &kPlain;
    const thread_facts *first = &facts->threads[0];

    print_head(out, facts, colors);
    if (options->registers && first->has_registers)
        print_registers(out, first, colors);
    for (size_t i = 0; i < facts->thread_count; i++)
        print_thread(out, &facts->threads[i], colors, i == 0 ? note_on(facts) : "");
    if (options->images)
        print_images(out, facts, colors);
    if (options->areas)
        print_areas(out, facts, colors);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A report as text: the sentence, source, instructions, registers, memory, stacks, images, areas, and what
 * the team was started with.
 */
#include "text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

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
        fputc(iscntrl((unsigned char)*name) && *name != '\t' ? '?' : *name, out);
}

/* " 'name'"; nothing of one that has told its number alone. */
static void print_quoted(FILE *out, const char *name)
{
    if (*name == '\0')
        return;
    fputs(" '", out);
    put_name(out, name);
    fputc('\'', out);
}

static void put_title(FILE *out, const palette *colors, const char *title)
{
    fprintf(out, "\n%s%s%s\n", colors->title, title, colors->plain);
}

/* ---- the head ---- */

static void print_head(FILE *out, const struct facts *facts, const palette *colors)
{
    const hdbg_stop *stop = &facts->stop;

    fprintf(out, "%shdbg-report: ", colors->alarm);
    put_name(out, facts->sentence);
    fprintf(out, "%s\n", colors->plain);
    if (*facts->explanation != '\0') {
        fprintf(out, "  %s", colors->strong);
        put_name(out, facts->explanation);
        fprintf(out, "%s\n", colors->plain);
    }
    fprintf(out, "  team %" PRId32, facts->team_info.team);
    print_quoted(out, facts->team_info.name);
    if (facts->team_info.arguments[0] != '\0') {
        fputs(": ", out);
        put_name(out, facts->team_info.arguments);
    }
    fputc('\n', out);
    if (stop->type >= 0 && stop->signal_state != HDBG_SIGNAL_FAKED)
        fprintf(out, "  %s (%s)%s\n", hdbg_signal_name(stop->signal), hdbg_signal_description(stop->signal),
                stop->deadly || stop->signal_state == HDBG_SIGNAL_FORECASTED ? ", which ends the team"
                : stop->has_info && stop->info.code >= FIRST_FAULT_CODE      ? ", which the program handles"
                                                                             : "");
    if (facts->core != NULL) {
        fputs("  from the core file ", out);
        put_name(out, facts->core);
        fputc('\n', out);
    }
    if (facts->thread_count > 0 && facts->threads[0].frame_count > 0)
        fprintf(out, "  signature %s\n", facts->signature);
    if (facts->team_ended)
        fputs("  the team ended while this report was made: what is missing could not be had any more\n",
              out);
}

/* ---- source and instructions ---- */

static void print_source(FILE *out, const struct facts *facts, const palette *colors)
{
    if (facts->source_count == 0)
        return;
    fprintf(out, "\n%sSource%s  ", colors->title, colors->plain);
    put_name(out, facts->source_file);
    fputc('\n', out);
    for (size_t i = 0; i < facts->source_count; i++) {
        bool here = facts->source[i].line == facts->source_line;
        fprintf(out, "%s%s %5" PRId32 "  ", here ? colors->strong : "", here ? "=>" : "  ",
                facts->source[i].line);
        put_name(out, facts->source[i].text);
        fprintf(out, "%s\n", here ? colors->plain : "");
    }
}

static void print_code(FILE *out, const struct facts *facts, const palette *colors)
{
    if (facts->code_count == 0)
        return;
    fprintf(out, "\n%sInstructions%s", colors->title, colors->plain);
    if (facts->threads[0].frame_count > 0 && facts->threads[0].frames[0].place->has_symbol) {
        fputs("  of ", out);
        put_name(out, facts->threads[0].frames[0].place->function);
    }
    fputc('\n', out);
    for (size_t i = 0; i < facts->code_count; i++) {
        const code_facts *line = &facts->code[i];
        fprintf(out, "%s%s 0x%016" PRIx64 "  ", line->current ? colors->strong : "",
                line->current ? "=>" : "  ", line->address);
        put_name(out, line->text);
        if (*line->operands != '\0')
            fprintf(out, "  ; %s", line->operands);
        fprintf(out, "%s\n", line->current ? colors->plain : "");
    }
}

/* ---- registers and memory ---- */

static void print_registers(FILE *out, const struct facts *facts, const palette *colors)
{
    enum { PER_LINE = 3 };
    int widest = 0;
    size_t in_line = 0;

    if (facts->register_count == 0)
        return;
    put_title(out, colors, "Registers");
    for (size_t i = 0; i < facts->register_count; i++) {
        int length = (int)strlen(facts->registers[i].reg->name);
        widest = length > widest ? length : widest;
    }
    for (size_t i = 0; i < facts->register_count; i++) {
        const register_facts *reg = &facts->registers[i];
        bool alone = *reg->points_at != '\0';
        if (alone && in_line % PER_LINE != 0) {
            fputc('\n', out);
            in_line = 0;
        }
        fprintf(out, "  %s%-*s%s 0x%016" PRIx64, colors->strong, widest, reg->reg->name, colors->plain,
                reg->value);
        if (alone) {
            fputs("  ", out);
            put_name(out, reg->points_at);
        }
        in_line = alone ? 0 : in_line + 1;
        if (in_line % PER_LINE == 0)
            fputc('\n', out);
    }
    if (in_line % PER_LINE != 0)
        fputc('\n', out);
}

static void print_words(FILE *out, const struct facts *facts, const palette *colors)
{
    if (facts->word_count == 0)
        return;
    put_title(out, colors, "Memory at the stack pointer");
    for (size_t i = 0; i < facts->word_count; i++) {
        const word_facts *word = &facts->words[i];
        fprintf(out, "  0x%016" PRIx64 "  0x%016" PRIx64, word->address, word->value);
        if (*word->points_at != '\0') {
            fputs("  ", out);
            put_name(out, word->points_at);
        }
        fputc('\n', out);
    }
}

/* ---- stacks ---- */

static void print_line_of(FILE *out, const call_facts *call)
{
    if (call->file == NULL)
        return;
    fputs("  ", out);
    put_name(out, call->file);
    if (call->line > 0)
        fprintf(out, ":%" PRId32, call->line);
}

static void print_inlined(FILE *out, const call_facts *call, const palette *colors)
{
    fprintf(out, "                             %s", colors->strong);
    put_name(out, call->function != NULL ? call->function : "?");
    fprintf(out, "%s  (inlined)", colors->plain);
    print_line_of(out, call);
    fputc('\n', out);
}

static void print_variables(FILE *out, const frame_facts *frame, size_t depth, const palette *colors)
{
    for (size_t i = 0; i < frame->variable_count; i++) {
        const variable_facts *variable = &frame->variables[i];
        if (variable->depth != depth)
            continue;
        fprintf(out, "          %s%s ", colors->dim,
                variable->kind == HDBG_VARIABLE_ARGUMENT ? "arg" : "   ");
        put_name(out, variable->declaration);
        fputs(" = ", out);
        put_name(out, variable->value);
        fprintf(out, "%s\n", colors->plain);
    }
}

/* A frame, after the functions that are inlined into its own: those come first, as they are further in. */
static void print_frame(FILE *out, const frame_facts *frame, bool variables, const palette *colors)
{
    const place_facts *place = frame->place;
    size_t inlined = place->call_count > 0 ? place->call_count - 1 : 0;

    for (size_t i = 0; i < inlined; i++) {
        print_inlined(out, &place->calls[i], colors);
        if (variables)
            print_variables(out, frame, i, colors);
    }
    fprintf(out, "  %3zu %s0x%016" PRIx64 "  ", frame->index, frame->guessed ? "?" : " ", frame->frame.pc);
    if (place->has_symbol) {
        fprintf(out, "%s", colors->strong);
        put_name(out, place->function);
        fprintf(out, "%s + 0x%" PRIx64, colors->plain, place->offset);
        if (place->in_image) {
            fputs("  ", out);
            put_name(out, place->image);
        }
    } else if (place->in_image) {
        put_name(out, place->image);
        fprintf(out, " + 0x%" PRIx64, place->image_offset);
    } else {
        fprintf(out, "%sin no image%s", colors->dim, colors->plain);
    }
    if (place->call_count > 0)
        print_line_of(out, &place->calls[inlined]);
    if ((frame->frame.flags & HDBG_FRAME_SIGNAL) != 0)
        fprintf(out, "  %s(calls a signal handler)%s", colors->dim, colors->plain);
    if (frame->frame.source == HDBG_FRAME_TAIL_CALL)
        fprintf(out, "  %s(left by a jump)%s", colors->dim, colors->plain);
    fputc('\n', out);
    if (variables)
        print_variables(out, frame, inlined, colors);
}

static void print_fold(FILE *out, const frame_facts *frame, const palette *colors)
{
    size_t more = frame->fold_times - 1;
    if (frame->fold_period == 1)
        fprintf(out, "      %s... %zu more of this function%s\n", colors->dim, more, colors->plain);
    else
        fprintf(out, "      %s... %zu more turns of these %zu frames%s\n", colors->dim, more,
                frame->fold_period, colors->plain);
}

static void print_frames(FILE *out, const thread_facts *thread, bool variables, const palette *colors)
{
    bool guessed = false;
    size_t expected = 0;

    for (size_t i = 0; i < thread->frame_count; i++) {
        const frame_facts *frame = &thread->frames[i];
        if (frame->index > expected)
            fprintf(out, "      %s... %zu frames are left out here%s\n", colors->dim, frame->index - expected,
                    colors->plain);
        expected = frame->index + 1;
        print_frame(out, frame, variables, colors);
        if (frame->fold_times > 0) {
            print_fold(out, frame, colors);
            expected += (frame->fold_times - 1) * frame->fold_period;
        }
        guessed = guessed || frame->guessed;
    }
    if (thread->stack_end == HDBG_STACK_LIMIT)
        fprintf(out, "      %s... and more%s\n", colors->dim, colors->plain);
    if (*thread->explanation != '\0') {
        fprintf(out, "      %s(", colors->dim);
        put_name(out, thread->explanation);
        fprintf(out, ")%s\n", colors->plain);
    }
    if (guessed)
        fprintf(out, "      %s(? found by searching the stack; it may be left from an earlier call)%s\n",
                colors->dim, colors->plain);
}

static void print_thread(FILE *out, const struct facts *facts, size_t index, const char *note, bool variables,
                         const palette *colors)
{
    const thread_facts *thread = &facts->threads[index];
    fprintf(out, "\n%sThread %" PRId32, colors->title, thread->info.thread);
    print_quoted(out, thread->info.name);
    fprintf(out, "%s%s\n", note, colors->plain);
    for (size_t i = index + 1, left = thread->same_count; left > 1 && i < facts->thread_count; i++) {
        const thread_facts *other = &facts->threads[i];
        if (other->same_as != index)
            continue;
        fprintf(out, "%sThread %" PRId32, colors->title, other->info.thread);
        print_quoted(out, other->info.name);
        fprintf(out, "%s\n", colors->plain);
        left--;
    }
    if (!thread->stopped)
        fputs("  could not be stopped\n", out);
    else if (thread->frame_count == 0)
        fputs("  its stack could not be read\n", out);
    else
        print_frames(out, thread, variables, colors);
}

static const char *note_on(const struct facts *facts)
{
    switch (facts->cause) {
    case CAUSE_DEBUGGER_CALL:
        return ", which called debugger()";
    case CAUSE_SIGNAL:
        return ", which got the signal";
    case CAUSE_NOTHING:
        return ", which was stopped";
    default:
        return ", which crashed";
    }
}

/* ---- images and areas ---- */

static void print_images(FILE *out, const struct facts *facts, const palette *colors)
{
    if (facts->image_count == 0)
        return;
    size_t widest = 0;
    for (size_t i = 0; i < facts->image_count; i++)
        widest = facts->images[i].build_id_size > widest ? facts->images[i].build_id_size : widest;
    put_title(out, colors, widest > 0 ? "Images, with their build-ids" : "Images");
    for (size_t i = 0; i < facts->image_count; i++) {
        const image_facts *image = &facts->images[i];
        const hdbg_image_info *info = &image->info;
        hdbg_address end = info->data_size != 0 ? info->data + info->data_size : info->text + info->text_size;
        fprintf(out, "  0x%016" PRIx64 "-0x%016" PRIx64 "  ", info->text, end);
        for (size_t j = 0; j < image->build_id_size; j++)
            fprintf(out, "%02x", image->build_id[j]);
        fprintf(out, "%*s  ", (int)(2 * (widest - image->build_id_size)), "");
        put_name(out, info->path);
        fputc('\n', out);
        if (*image->debug_info != '\0') {
            fprintf(out, "      %s", colors->dim);
            put_name(out, image->debug_info);
            fprintf(out, "%s\n", colors->plain);
        }
    }
}

static void print_areas(FILE *out, const struct facts *facts, const palette *colors)
{
    if (facts->area_count == 0)
        return;
    put_title(out, colors, "Areas");
    for (size_t i = 0; i < facts->area_count; i++) {
        const hdbg_area_info *area = &facts->areas[i];
        fprintf(out, "  0x%016" PRIx64 "-0x%016" PRIx64 "  %c%c%c %9" PRIu64 " KiB  ", area->address,
                area->address + area->length, (area->protection & HDBG_AREA_READ) != 0 ? 'r' : '-',
                (area->protection & HDBG_AREA_WRITE) != 0 ? 'w' : '-',
                (area->protection & HDBG_AREA_EXECUTE) != 0 ? 'x' : '-', area->length / 1024);
        put_name(out, area_name(area));
        fputc('\n', out);
    }
}

/* ---- what the team was started with ---- */

static void print_texts(FILE *out, const palette *colors, const char *title, const char *const *texts,
                        size_t count)
{
    if (count == 0)
        return;
    put_title(out, colors, title);
    for (size_t i = 0; i < count; i++) {
        fputs("  ", out);
        put_name(out, texts[i]);
        fputc('\n', out);
    }
}

static void print_limit(FILE *out, int64_t limit)
{
    if (limit < 0)
        fprintf(out, " %20s", "no limit");
    else
        fprintf(out, " %20" PRId64, limit);
}

static void print_details(FILE *out, const struct facts *facts, const palette *colors)
{
    print_texts(out, colors, "Command line", facts->arguments, facts->argument_count);
    if (facts->program != NULL)
        print_texts(out, colors, "Program", &facts->program, 1);
    if (facts->working_directory != NULL)
        print_texts(out, colors, "Working directory", &facts->working_directory, 1);
    print_texts(out, colors, "Environment", facts->environment, facts->environment_count);
    if (facts->limit_count > 0) {
        put_title(out, colors, "Limits");
        fprintf(out, "  %-32s %20s %20s\n", "", "soft", "hard");
    }
    for (size_t i = 0; i < facts->limit_count; i++) {
        fprintf(out, "  %-32s", facts->limits[i].name);
        print_limit(out, facts->limits[i].soft);
        print_limit(out, facts->limits[i].hard);
        fputc('\n', out);
    }
    if (facts->file_count > 0)
        put_title(out, colors, "Open files");
    for (size_t i = 0; i < facts->file_count; i++) {
        const file_facts *file = &facts->files[i];
        fprintf(out, "  %4" PRId64 " %c%c  ", file->descriptor,
                (file->flags & HDBG_DETAIL_CAN_READ) != 0 ? 'r' : '-',
                (file->flags & HDBG_DETAIL_CAN_WRITE) != 0 ? 'w' : '-');
        put_name(out, file->name);
        if (file->position != 0)
            fprintf(out, "  at %" PRId64, file->position);
        fputc('\n', out);
    }
    for (size_t i = 0; i < facts->unknown_count; i++) {
        put_title(out, colors, detail_name(facts->unknown[i].kind));
        fprintf(out, "  %snot known: ", colors->dim);
        put_name(out, facts->unknown[i].why);
        fprintf(out, "%s\n", colors->plain);
    }
}

void text_print(FILE *out, const struct facts *facts, const struct options *options, bool color)
{
    const palette *colors = color ? &kColored : &kPlain;

    print_head(out, facts, colors);
    if (options->source)
        print_source(out, facts, colors);
    if (options->code)
        print_code(out, facts, colors);
    if (options->registers)
        print_registers(out, facts, colors);
    if (options->memory)
        print_words(out, facts, colors);
    for (size_t i = 0; i < facts->thread_count; i++) {
        if (facts->threads[i].same_as == i)
            print_thread(out, facts, i, i == 0 ? note_on(facts) : "", options->variables, colors);
    }
    if (options->images)
        print_images(out, facts, colors);
    if (options->areas)
        print_areas(out, facts, colors);
    if (options->details)
        print_details(out, facts, colors);
    if (*facts->core_problems != '\0')
        print_texts(out, colors, "What of the core file could not be used", &facts->core_problems, 1);
}

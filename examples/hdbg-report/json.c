/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A report as JSON, for machines. Addresses are strings in hexadecimal: JSON's numbers are floats to most
 * readers, which keep 53 bits. What is not known is left out.
 */
#include "json.h"

#include "facts.h"

#include <inttypes.h>
#include <string.h>

#ifdef HAIKUDBG_JANSSON
#include <jansson.h>
#include <stdlib.h>

enum { FORMAT_VERSION = 1 };

bool json_is_there(void)
{
    return true;
}

static json_t *hex(uint64_t value)
{
    return json_sprintf("0x%" PRIx64, value);
}

/* A text that may hold any bytes: what is no UTF-8 becomes a replacement character. */
static json_t *text(const char *bytes)
{
    json_t *string = json_string(bytes);
    if (string != NULL || bytes == NULL)
        return string;
    size_t length = strlen(bytes), used = 0;
    char *clean = malloc(3 * length + 1);
    for (size_t i = 0; clean != NULL && i < length; i++) {
        if ((unsigned char)bytes[i] < 0x80) {
            clean[used++] = bytes[i];
        } else {
            memcpy(clean + used, "\xef\xbf\xbd", 3);
            used += 3;
        }
    }
    string = clean != NULL ? json_stringn(clean, used) : NULL;
    free(clean);
    return string;
}

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value != NULL && *value != '\0')
        json_object_set_new(object, key, text(value));
}

static json_t *texts(const char *const *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, text(values[i]));
    return array;
}

/* ---- stacks ---- */

static json_t *json_of_call(const call_facts *call)
{
    json_t *object = json_object();
    set_text(object, "function", call->function);
    set_text(object, "file", call->file);
    if (call->line > 0)
        json_object_set_new(object, "line", json_integer(call->line));
    if (call->column > 0)
        json_object_set_new(object, "column", json_integer(call->column));
    json_object_set_new(object, "inlined", json_boolean(call->inlined));
    return object;
}

static json_t *json_of_variable(const variable_facts *variable)
{
    static const char *const kStates[] = {[HDBG_VARIABLE_VALID] = "valid",
                                          [HDBG_VARIABLE_OPTIMIZED_OUT] = "optimized-out",
                                          [HDBG_VARIABLE_UNREADABLE] = "unreadable",
                                          [HDBG_VARIABLE_UNSUPPORTED] = "unsupported"};
    json_t *object = json_object();
    json_object_set_new(object, "name", text(variable->name));
    json_object_set_new(object, "type", text(variable->type));
    json_object_set_new(object, "value", text(variable->value));
    json_object_set_new(object, "state", json_string(kStates[variable->state & 3]));
    json_object_set_new(object, "argument", json_boolean(variable->kind == HDBG_VARIABLE_ARGUMENT));
    json_object_set_new(object, "depth", json_integer((json_int_t)variable->depth));
    return object;
}

static json_t *json_of_frame(const frame_facts *frame)
{
    static const char *const kSources[] = {[HDBG_FRAME_REGISTERS] = "registers",
                                           [HDBG_FRAME_POINTER] = "frame-pointer",
                                           [HDBG_FRAME_RETURN_ADDRESS] = "return-address",
                                           [HDBG_FRAME_CFI] = "cfi",
                                           [HDBG_FRAME_SCAN] = "scan",
                                           [HDBG_FRAME_TAIL_CALL] = "tail-call"};
    const place_facts *place = frame->place;
    json_t *object = json_object(), *calls = json_array(), *variables = json_array();
    json_object_set_new(object, "index", json_integer((json_int_t)frame->index));
    json_object_set_new(object, "pc", hex(frame->frame.pc));
    if (frame->frame.sp != 0)
        json_object_set_new(object, "sp", hex(frame->frame.sp));
    if (frame->frame.source >= 0 && frame->frame.source <= HDBG_FRAME_TAIL_CALL)
        json_object_set_new(object, "source", json_string(kSources[frame->frame.source]));
    json_object_set_new(object, "signal", json_boolean((frame->frame.flags & HDBG_FRAME_SIGNAL) != 0));
    if (place->has_symbol) {
        json_object_set_new(object, "function", text(place->function));
        json_object_set_new(object, "function_offset", hex(place->offset));
    }
    if (place->in_image) {
        json_object_set_new(object, "image", text(place->image));
        json_object_set_new(object, "image_offset", hex(place->image_offset));
    }
    for (size_t i = 0; i < place->call_count; i++)
        json_array_append_new(calls, json_of_call(&place->calls[i]));
    json_object_set_new(object, "calls", calls);
    for (size_t i = 0; i < frame->variable_count; i++)
        json_array_append_new(variables, json_of_variable(&frame->variables[i]));
    json_object_set_new(object, "variables", variables);
    if (frame->fold_times > 0)
        json_object_set_new(object, "repeats",
                            json_pack("{s:I, s:I}", "frames", (json_int_t)frame->fold_period, "times",
                                      (json_int_t)frame->fold_times));
    return object;
}

static json_t *json_of_thread(const struct facts *facts, size_t index)
{
    static const char *const kEnds[] = {[HDBG_STACK_COMPLETE] = "complete",
                                        [HDBG_STACK_LIMIT] = "limit",
                                        [HDBG_STACK_UNREADABLE] = "unreadable",
                                        [HDBG_STACK_BROKEN] = "broken"};
    const thread_facts *thread = &facts->threads[index];
    json_t *object = json_object(), *frames = json_array();
    json_object_set_new(object, "id", json_integer(thread->info.thread));
    json_object_set_new(object, "name", text(thread->info.name));
    json_object_set_new(object, "stopped", json_boolean(thread->stopped));
    json_object_set_new(object, "user_time_us", json_integer(thread->info.user_time));
    json_object_set_new(object, "kernel_time_us", json_integer(thread->info.kernel_time));
    json_object_set_new(object, "depth", json_integer((json_int_t)thread->depth));
    json_object_set_new(object, "end", json_string(kEnds[thread->stack_end & 3]));
    set_text(object, "explanation", thread->explanation);
    if (thread->same_as != index) {
        json_object_set_new(object, "same_stack_as",
                            json_integer(facts->threads[thread->same_as].info.thread));
    } else {
        for (size_t i = 0; i < thread->frame_count; i++)
            json_array_append_new(frames, json_of_frame(&thread->frames[i]));
        json_object_set_new(object, "frames", frames);
        return object;
    }
    json_decref(frames);
    return object;
}

/* ---- images, areas, registers, memory ---- */

static json_t *json_of_image(const image_facts *image)
{
    char id[2 * HDBG_BUILD_ID_MAX + 1] = "";
    const hdbg_image_info *info = &image->info;
    json_t *object = json_object();
    for (size_t i = 0; i < image->build_id_size; i++)
        snprintf(id + 2 * i, 3, "%02x", image->build_id[i]);
    json_object_set_new(object, "path", text(info->path));
    json_object_set_new(object, "text", hex(info->text));
    json_object_set_new(object, "text_size", hex(info->text_size));
    json_object_set_new(object, "data", hex(info->data));
    json_object_set_new(object, "data_size", hex(info->data_size));
    set_text(object, "build_id", id);
    set_text(object, "debug_info_problem", image->debug_info);
    return object;
}

static json_t *json_of_area(const hdbg_area_info *area)
{
    char protection[4];
    json_t *object = json_object();
    snprintf(protection, sizeof(protection), "%c%c%c", (area->protection & HDBG_AREA_READ) != 0 ? 'r' : '-',
             (area->protection & HDBG_AREA_WRITE) != 0 ? 'w' : '-',
             (area->protection & HDBG_AREA_EXECUTE) != 0 ? 'x' : '-');
    json_object_set_new(object, "address", hex(area->address));
    json_object_set_new(object, "size", hex(area->length));
    json_object_set_new(object, "protection", json_string(protection));
    set_text(object, "name", area->name);
    set_text(object, "path", area->path);
    return object;
}

static json_t *json_of_registers(const struct facts *facts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < facts->register_count; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(facts->registers[i].reg->name));
        json_object_set_new(object, "value", hex(facts->registers[i].value));
        set_text(object, "points_at", facts->registers[i].points_at);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_of_words(const struct facts *facts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < facts->word_count; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "address", hex(facts->words[i].address));
        json_object_set_new(object, "value", hex(facts->words[i].value));
        set_text(object, "points_at", facts->words[i].points_at);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_of_code(const struct facts *facts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < facts->code_count; i++) {
        const code_facts *line = &facts->code[i];
        char bytes[2 * sizeof(line->bytes) + 1] = "";
        json_t *object = json_object();
        for (size_t k = 0; k < line->size; k++)
            snprintf(bytes + 2 * k, 3, "%02x", line->bytes[k]);
        json_object_set_new(object, "address", hex(line->address));
        json_object_set_new(object, "bytes", json_string(bytes));
        json_object_set_new(object, "text", text(line->text));
        json_object_set_new(object, "current", json_boolean(line->current));
        set_text(object, "operands", line->operands);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_of_source(const struct facts *facts)
{
    json_t *object = json_object(), *lines = json_array();
    for (size_t i = 0; i < facts->source_count; i++) {
        json_t *line = json_object();
        json_object_set_new(line, "line", json_integer(facts->source[i].line));
        json_object_set_new(line, "text", text(facts->source[i].text));
        json_array_append_new(lines, line);
    }
    json_object_set_new(object, "file", text(facts->source_file));
    json_object_set_new(object, "line", json_integer(facts->source_line));
    json_object_set_new(object, "lines", lines);
    return object;
}

/* ---- the team ---- */

static json_t *limit_value(int64_t limit)
{
    return limit < 0 ? json_null() : json_integer(limit);
}

static json_t *json_of_team(const struct facts *facts)
{
    json_t *object = json_object(), *limits = json_array(), *files = json_array();
    for (size_t i = 0; i < facts->limit_count; i++) {
        json_t *limit = json_object();
        json_object_set_new(limit, "name", text(facts->limits[i].name));
        json_object_set_new(limit, "soft", limit_value(facts->limits[i].soft));
        json_object_set_new(limit, "hard", limit_value(facts->limits[i].hard));
        json_array_append_new(limits, limit);
    }
    for (size_t i = 0; i < facts->file_count; i++) {
        const file_facts *file = &facts->files[i];
        json_t *opened = json_object();
        json_object_set_new(opened, "descriptor", json_integer(file->descriptor));
        json_object_set_new(opened, "name", text(file->name));
        json_object_set_new(opened, "read", json_boolean((file->flags & HDBG_DETAIL_CAN_READ) != 0));
        json_object_set_new(opened, "write", json_boolean((file->flags & HDBG_DETAIL_CAN_WRITE) != 0));
        json_object_set_new(opened, "position", json_integer(file->position));
        json_array_append_new(files, opened);
    }
    json_object_set_new(object, "id", json_integer(facts->team_info.team));
    json_object_set_new(object, "name", text(facts->team_info.name));
    json_object_set_new(object, "parent", json_integer(facts->team_info.parent));
    json_object_set_new(object, "user", json_integer(facts->team_info.user));
    set_text(object, "program", facts->program);
    set_text(object, "working_directory", facts->working_directory);
    json_object_set_new(object, "arguments", texts(facts->arguments, facts->argument_count));
    json_object_set_new(object, "environment", texts(facts->environment, facts->environment_count));
    json_object_set_new(object, "limits", limits);
    json_object_set_new(object, "files", files);
    if (facts->unknown_count > 0) {
        json_t *unknown = json_array();
        for (size_t i = 0; i < facts->unknown_count; i++) {
            json_t *one = json_object();
            json_object_set_new(one, "what", text(detail_name(facts->unknown[i].kind)));
            json_object_set_new(one, "why", text(facts->unknown[i].why));
            json_array_append_new(unknown, one);
        }
        json_object_set_new(object, "unknown", unknown);
    }
    return object;
}

/* ---- what happened ---- */

static json_t *json_of_access(const struct facts *facts)
{
    static const char *const kKinds[] = {
        [ACCESS_UNKNOWN] = "access", [ACCESS_READ] = "read", [ACCESS_WRITE] = "write"};
    json_t *object = json_object();
    json_object_set_new(object, "kind",
                        json_string(facts->cause == CAUSE_JUMP ? "execute" : kKinds[facts->access.kind]));
    json_object_set_new(object, "address", hex(facts->access.address));
    if (facts->access.size != 0)
        json_object_set_new(object, "size", json_integer(facts->access.size));
    return object;
}

static json_t *json_of_crash(const struct facts *facts)
{
    json_t *object = json_object();
    json_object_set_new(object, "thread", json_integer(facts->threads[0].info.thread));
    json_object_set_new(object, "sentence", text(facts->sentence));
    json_object_set_new(object, "verdict", json_string(verdict_name(facts->verdict)));
    json_object_set_new(object, "certainty", json_string(certainty_name(facts->certainty)));
    set_text(object, "explanation", facts->explanation);
    if (facts->threads[0].frame_count > 0) {
        json_object_set_new(object, "signature", text(facts->signature));
        json_object_set_new(object, "frame", json_integer((json_int_t)facts->culprit));
    }
    if (facts->stop.type >= 0 && facts->stop.signal_state != HDBG_SIGNAL_FAKED)
        json_object_set_new(object, "signal", json_string(hdbg_signal_name(facts->stop.signal)));
    if (facts->stop.type >= 0 && facts->stop.exception >= 0)
        json_object_set_new(object, "exception", text(hdbg_exception_name(facts->stop.exception)));
    if (facts->access.has_address)
        json_object_set_new(object, "access", json_of_access(facts));
    set_text(object, "message", facts->text);
    set_text(object, "thrown_type", facts->thrown.type);
    set_text(object, "thrown_what", facts->thrown.what);
    if (facts->cause == CAUSE_SIGNAL && facts->stop.has_info && facts->stop.info.team > 0)
        json_object_set_new(object, "sender", json_integer(facts->stop.info.team));
    return object;
}

static json_t *json_of_facts(const struct facts *facts)
{
    char when[32] = "";
    struct tm utc;
    json_t *root = json_object(), *threads = json_array(), *images = json_array(), *areas = json_array();

    if (gmtime_r(&facts->when, &utc) != NULL)
        strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
    for (size_t i = 0; i < facts->thread_count; i++)
        json_array_append_new(threads, json_of_thread(facts, i));
    for (size_t i = 0; i < facts->image_count; i++)
        json_array_append_new(images, json_of_image(&facts->images[i]));
    for (size_t i = 0; i < facts->area_count; i++)
        json_array_append_new(areas, json_of_area(&facts->areas[i]));
    json_object_set_new(root, "format", json_integer(FORMAT_VERSION));
    json_object_set_new(root, "generator", json_string("hdbg-report " HAIKUDBG_VERSION));
    json_object_set_new(root, "time", json_string(when));
    json_object_set_new(root, "system", text(facts->system.system));
    json_object_set_new(root, "architecture",
                        json_string(hdbg_arch_name((hdbg_arch)hdbg_team_arch(facts->team))));
    json_object_set_new(root, "redacted", json_boolean(facts->redacted));
    json_object_set_new(root, "complete", json_boolean(!facts->team_ended));
    set_text(root, "core_file", facts->core);
    set_text(root, "core_problems", facts->core_problems);
    json_object_set_new(root, "crash", json_of_crash(facts));
    json_object_set_new(root, "team", json_of_team(facts));
    if (facts->source_file != NULL)
        json_object_set_new(root, "source", json_of_source(facts));
    json_object_set_new(root, "instructions", json_of_code(facts));
    json_object_set_new(root, "registers", json_of_registers(facts));
    json_object_set_new(root, "stack_memory", json_of_words(facts));
    json_object_set_new(root, "threads", threads);
    json_object_set_new(root, "images", images);
    json_object_set_new(root, "areas", areas);
    return root;
}

bool json_print(FILE *out, const struct facts *facts)
{
    json_t *root = json_of_facts(facts);
    bool good = root != NULL && json_dumpf(root, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF;
    json_decref(root);
    return good;
}

#else

bool json_is_there(void)
{
    return false;
}

bool json_print(FILE *out, const struct facts *facts)
{
    (void)out;
    (void)facts;
    return false;
}

#endif

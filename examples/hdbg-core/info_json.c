/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-core info as JSON, if the tool was built with jansson. Addresses are strings: JSON's numbers may lose
 * bits.
 */
#include "info_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAIKUDBG_JANSSON
#include <jansson.h>

/* Text of a file that may be anything: what is no UTF-8 is replaced. */
static json_t *text_of(const char *text)
{
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    size_t length = strlen(text);
    char *copy = malloc(length + 1);
    for (size_t i = 0; copy != NULL && i <= length; i++)
        copy[i] = (unsigned char)text[i] >= 0x80 ? '?' : text[i];
    value = copy != NULL ? json_string(copy) : json_null();
    free(copy);
    return value;
}

static json_t *address_of(uint64_t address)
{
    char text[32];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)address);
    return json_string(text);
}

static json_t *thread_of(const opened *core, hdbg_thread *thread)
{
    hdbg_thread_info info = {.size = sizeof info};
    hdbg_stop stop = {.size = sizeof stop};
    hdbg_symbol symbol = {.size = sizeof symbol};
    hdbg_address pc = 0;
    json_t *out = json_object();
    if (hdbg_thread_info_get(thread, &info) != HDBG_OK)
        return out;
    json_object_set_new(out, "id", json_integer(info.thread));
    json_object_set_new(out, "name", text_of(info.name));
    if (hdbg_thread_pc(thread, &pc) == HDBG_OK)
        json_object_set_new(out, "pc", address_of(pc));
    if (hdbg_symbol_at(core->team, pc, &symbol) == HDBG_OK)
        json_object_set_new(out, "function", text_of(symbol.name));
    if (hdbg_thread_stop_get(thread, &stop) == HDBG_OK && stop.signal_state != HDBG_SIGNAL_FAKED) {
        json_object_set_new(out, "signal", json_string(hdbg_signal_name(stop.signal)));
        if (stop.type == HDBG_EVENT_EXCEPTION_OCCURRED)
            json_object_set_new(out, "exception", json_string(hdbg_exception_name(stop.exception)));
    }
    return out;
}

static json_t *threads_of(const opened *core)
{
    size_t count = hdbg_team_threads(core->team, NULL, 0);
    hdbg_thread **threads = calloc(count + 1, sizeof *threads);
    json_t *out = json_array();
    count = threads != NULL ? hdbg_team_threads(core->team, threads, count) : 0;
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(out, thread_of(core, threads[i]));
        hdbg_thread_release(threads[i]);
    }
    free(threads);
    return out;
}

static json_t *images_of(const opened *core)
{
    hdbg_image_list *images = NULL;
    json_t *out = json_array();
    hdbg_image_list_get(core->team, &images);
    for (size_t i = 0; i < hdbg_image_list_count(images); i++) {
        const hdbg_image_info *image = hdbg_image_list_at(images, i);
        json_t *one = json_object();
        json_object_set_new(one, "path", text_of(image->path));
        json_object_set_new(one, "text", address_of(image->text));
        json_object_set_new(one, "text_size", json_integer((json_int_t)image->text_size));
        json_object_set_new(one, "data", address_of(image->data));
        json_object_set_new(one, "data_size", json_integer((json_int_t)image->data_size));
        json_array_append_new(out, one);
    }
    hdbg_image_list_free(images);
    return out;
}

static json_t *problems_of(const hdbg_core_info *info)
{
    json_t *out = json_array();
    for (const char *line = info->problems; *line != '\0';) {
        char text[sizeof info->problems];
        size_t length = strcspn(line, "\n");
        snprintf(text, sizeof text, "%.*s", (int)length, line);
        json_array_append_new(out, text_of(text));
        line += length + (line[length] == '\n');
    }
    return out;
}

/* ---- details ---- */

static int add_text(void *context, const hdbg_detail *detail)
{
    return json_array_append_new(context, text_of(detail->text));
}

static int add_limit(void *context, const hdbg_detail *detail)
{
    json_t *one = json_object();
    json_object_set_new(one, "name", text_of(detail->text));
    json_object_set_new(one, "soft", detail->number < 0 ? json_null() : json_integer(detail->number));
    json_object_set_new(one, "hard", detail->value < 0 ? json_null() : json_integer(detail->value));
    return json_array_append_new(context, one);
}

static int add_file(void *context, const hdbg_detail *detail)
{
    json_t *one = json_object();
    json_object_set_new(one, "descriptor", json_integer(detail->number));
    json_object_set_new(one, "name", text_of(detail->text));
    json_object_set_new(one, "position", json_integer(detail->value));
    json_object_set_new(one, "read", json_boolean(detail->flags & HDBG_DETAIL_CAN_READ));
    json_object_set_new(one, "write", json_boolean(detail->flags & HDBG_DETAIL_CAN_WRITE));
    return json_array_append_new(context, one);
}

/* What the core file does not tell is not there. */
static void add_details(json_t *out, const opened *core, bool environment)
{
    static const struct {
        int32_t kind;
        const char *name;
        int (*add)(void *context, const hdbg_detail *detail);
    } kKinds[] = {{HDBG_DETAIL_ARGUMENT, "argument_list", add_text},
                  {HDBG_DETAIL_PROGRAM, "program", add_text},
                  {HDBG_DETAIL_WORKING_DIRECTORY, "working_directory", add_text},
                  {HDBG_DETAIL_LIMIT, "limits", add_limit},
                  {HDBG_DETAIL_FILE, "files", add_file},
                  {HDBG_DETAIL_ENVIRONMENT, "environment", add_text}};
    for (size_t i = 0; i < sizeof kKinds / sizeof *kKinds; i++) {
        json_t *list = json_array();
        bool is_one =
            kKinds[i].kind == HDBG_DETAIL_PROGRAM || kKinds[i].kind == HDBG_DETAIL_WORKING_DIRECTORY;
        if ((environment || kKinds[i].kind != HDBG_DETAIL_ENVIRONMENT) &&
            hdbg_team_details_visit(core->team, kKinds[i].kind, kKinds[i].add, list) == HDBG_OK &&
            (!is_one || json_array_size(list) > 0))
            json_object_set(out, kKinds[i].name, is_one ? json_array_get(list, 0) : list);
        json_decref(list);
    }
}

int info_json_print(const opened *core, const struct options *o)
{
    const hdbg_core_info *info = &core->info;
    hdbg_team_info team = {.size = sizeof team};
    json_t *out = json_object();
    json_object_set_new(out, "file", text_of(o->file));
    json_object_set_new(out, "arch", json_string(hdbg_arch_name((hdbg_arch)info->arch)));
    json_object_set_new(out, "haiku_notes", json_boolean(info->flags & HDBG_CORE_HAS_HAIKU_NOTES));
    json_object_set_new(out, "linux_notes", json_boolean(info->flags & HDBG_CORE_HAS_LINUX_NOTES));
    json_object_set_new(out, "libhaikudbg_notes", json_boolean(info->flags & HDBG_CORE_HAS_DETAILS));
    json_object_set_new(out, "compressed", json_boolean(info->flags & HDBG_CORE_IS_COMPRESSED));
    json_object_set_new(out, "truncated", json_boolean(info->flags & HDBG_CORE_IS_TRUNCATED));
    json_object_set_new(out, "file_size", json_integer((json_int_t)info->file_size));
    json_object_set_new(out, "memory_size", json_integer((json_int_t)info->memory_size));
    json_object_set_new(out, "area_count", json_integer(info->area_count));
    json_object_set_new(out, "symbol_count", json_integer(info->symbol_count));
    json_object_set_new(out, "team", json_integer(info->team));
    json_object_set_new(out, "thread", json_integer(info->thread));
    json_object_set_new(out, "signal",
                        info->signal != 0 ? json_string(hdbg_signal_name(info->signal)) : json_null());
    if (core->team != NULL && hdbg_team_info_get(core->team, &team) == HDBG_OK) {
        json_object_set_new(out, "name", text_of(team.name));
        json_object_set_new(out, "arguments", text_of(team.arguments));
        json_object_set_new(out, "threads", threads_of(core));
        json_object_set_new(out, "images", images_of(core));
        add_details(out, core, o->environment);
    }
    json_object_set_new(out, "problem_count", json_integer(info->problem_count));
    json_object_set_new(out, "problems", problems_of(info));
    int failed = json_dumpf(out, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(out);
    return failed ? EXIT_FAILED : EXIT_DONE;
}

#else

int info_json_print(const opened *core, const struct options *o)
{
    (void)core;
    fprintf(stderr, "hdbg-core: cannot describe %s: this hdbg-core was built without jansson\n", o->file);
    return EXIT_FAILED;
}

#endif

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-core info and check: what a core file is, for people.
 */
#include "core_tool.h"
#include "details.h"
#include "info_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_size(uint64_t size)
{
    static const char *const kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    double value = (double)size;
    while (value >= 1024 && unit + 1 < sizeof kUnits / sizeof *kUnits) {
        value /= 1024;
        unit++;
    }
    printf(unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
}

static const char *format_name(uint32_t flags)
{
    bool haiku = flags & HDBG_CORE_HAS_HAIKU_NOTES, linux_notes = flags & HDBG_CORE_HAS_LINUX_NOTES;
    return haiku && linux_notes ? "Haiku's and Linux's notes"
           : haiku              ? "Haiku's notes"
           : linux_notes        ? "Linux's notes"
                                : "no notes";
}

static void print_stop(hdbg_thread *thread)
{
    hdbg_stop stop = {.size = sizeof stop};
    if (hdbg_thread_stop_get(thread, &stop) != HDBG_OK)
        return;
    if (stop.type == HDBG_EVENT_EXCEPTION_OCCURRED)
        printf("  %s (%s)", hdbg_exception_name(stop.exception), hdbg_signal_name(stop.signal));
    else if (stop.type == HDBG_EVENT_SIGNAL_RECEIVED)
        printf("  %s", hdbg_signal_name(stop.signal));
}

static void print_thread(const opened *core, hdbg_thread *thread)
{
    hdbg_thread_info info = {.size = sizeof info};
    hdbg_address pc = 0;
    hdbg_symbol symbol = {.size = sizeof symbol};
    if (hdbg_thread_info_get(thread, &info) != HDBG_OK)
        return;
    printf("%c %7d  ", info.thread == core->info.thread ? '*' : ' ', (int)info.thread);
    print_text(info.name);
    if (hdbg_thread_pc(thread, &pc) == HDBG_OK)
        printf("  at 0x%llx", (unsigned long long)pc);
    if (hdbg_symbol_at(core->team, pc, &symbol) == HDBG_OK) {
        fputs(" ", stdout);
        print_text(symbol.name);
        printf(" + 0x%llx", (unsigned long long)symbol.offset);
    }
    print_stop(thread);
    putchar('\n');
}

static int by_id(const void *a, const void *b)
{
    hdbg_thread_id left = hdbg_thread_id_of(*(hdbg_thread *const *)a);
    hdbg_thread_id right = hdbg_thread_id_of(*(hdbg_thread *const *)b);
    return left < right ? -1 : left > right;
}

static void print_threads(const opened *core)
{
    size_t count = hdbg_team_threads(core->team, NULL, 0);
    hdbg_thread **threads = calloc(count + 1, sizeof *threads);
    if (threads == NULL)
        return;
    count = hdbg_team_threads(core->team, threads, count);
    qsort(threads, count, sizeof *threads, by_id);
    printf("\nThreads (* is the one it was written for):\n");
    for (size_t i = 0; i < count; i++) {
        print_thread(core, threads[i]);
        hdbg_thread_release(threads[i]);
    }
    free(threads);
}

static void print_images(const opened *core)
{
    hdbg_image_list *images = NULL;
    if (hdbg_image_list_get(core->team, &images) != HDBG_OK || hdbg_image_list_count(images) == 0)
        goto done;
    printf("\nImages:\n");
    for (size_t i = 0; i < hdbg_image_list_count(images); i++) {
        const hdbg_image_info *image = hdbg_image_list_at(images, i);
        printf("  0x%016llx  ", (unsigned long long)image->text);
        print_text(image->path);
        putchar('\n');
    }
done:
    hdbg_image_list_free(images);
}

static void print_problems(const hdbg_core_info *info)
{
    const char *line = info->problems;
    if (info->problem_count == 0)
        return;
    printf("\n%u part%s cannot be used:\n", info->problem_count, info->problem_count == 1 ? "" : "s");
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        printf("  %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static void print_info(const opened *core, const struct options *o)
{
    const hdbg_core_info *info = &core->info;
    hdbg_team_info team = {.size = sizeof team};
    printf("%s: core file, %s, %s%s%s\n", o->file, hdbg_arch_name((hdbg_arch)info->arch),
           format_name(info->flags), info->flags & HDBG_CORE_HAS_DETAILS ? " and libhaikudbg's" : "",
           info->flags & HDBG_CORE_IS_COMPRESSED ? ", compressed" : "");
    if (core->team != NULL && hdbg_team_info_get(core->team, &team) == HDBG_OK) {
        printf("Team:    %d, ", (int)info->team);
        print_text(team.arguments[0] != '\0' ? team.arguments : team.name);
        putchar('\n');
    }
    printf("Signal:  %s\n", info->signal != 0 ? hdbg_signal_name(info->signal) : "none");
    printf("Memory:  ");
    print_size(info->memory_size);
    printf(" in %u areas; the file has ", info->area_count);
    print_size(info->file_size);
    printf("\nSymbols: %u in the file itself\n", info->symbol_count);
    if (core->team != NULL) {
        print_threads(core);
        print_images(core);
        details_print(core, o->environment);
    }
    print_problems(info);
}

int command_info(const struct options *o)
{
    opened core;
    int result = EXIT_DONE;
    hdbg_status status = core_open(&core, o);
    if (status != HDBG_OK && core.session == NULL) {
        result = complain();
    } else {
        hdbg_core_info_get(core.kernel, &core.info);
        if (o->json)
            result = info_json_print(&core, o);
        else
            print_info(&core, o);
    }
    core_close(&core);
    return result;
}

/* Reads all there is, so that nothing that is broken is missed. */
static bool read_memory(const opened *core)
{
    enum { PIECE = 1 << 20 };
    hdbg_area_info *areas = NULL;
    size_t count = 0;
    char *buffer = malloc(PIECE);
    bool done = buffer != NULL && hdbg_areas_get(core->team, &areas, &count) == HDBG_OK;
    for (size_t i = 0; done && i < count; i++) {
        for (uint64_t at = 0; at < areas[i].length;) {
            size_t got = 0, size = areas[i].length - at < PIECE ? (size_t)(areas[i].length - at) : PIECE;
            hdbg_memory_read(core->team, areas[i].address + at, buffer, size, &got);
            if (got == 0)
                break;
            at += got;
        }
    }
    hdbg_areas_free(areas);
    free(buffer);
    return done;
}

int command_check(const struct options *o)
{
    opened core;
    int result = EXIT_DONE;
    if (core_open(&core, o) != HDBG_OK || !read_memory(&core)) {
        result = complain();
    } else {
        hdbg_core_info_get(core.kernel, &core.info);
        if (core.info.problem_count > 0) {
            print_problems(&core.info);
            result = EXIT_FAILED;
        } else if (!o->quiet) {
            printf("%s: nothing is wrong with it\n", o->file);
        }
    }
    core_close(&core);
    return result;
}

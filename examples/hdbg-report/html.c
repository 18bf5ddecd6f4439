/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A report as a page: everything is in the one file, nothing is fetched, no script runs. Threads fold as
 * <details>; an address links to the area that it is in, a frame to its image.
 */
#include "html.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static const char kStyle[] =
    ":root{color-scheme:light dark;--back:#fff;--fore:#1c2430;--soft:#5a6675;--line:#d8dee6;--box:#f5f7fa;"
    "--alarm:#b3261e;--link:#0b57d0;--here:#fff3c4;--name:#0d47a1}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#14181f;--fore:#e4e9f0;--soft:#9aa7b8;--line:#2d3644;"
    "--box:#1c222c;--alarm:#ff8a80;--link:#8ab4f8;--here:#383010;--name:#9ecbff}}\n"
    "*{box-sizing:border-box}\n"
    "body{overflow-wrap:anywhere;margin:0 "
    "auto;max-width:76rem;padding:1.5rem;background:var(--back);color:var(--fore);"
    "font:15px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.4rem;line-height:1.3;color:var(--alarm);margin:0 0 .5rem}\n"
    "h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}\n"
    ".verdict{font-size:1.1rem;margin:.25rem 0 1rem}\n"
    "nav{margin:1rem 0}nav a{margin-right:1rem}\n"
    "a{color:var(--link);text-decoration:none}a:hover,a:focus{text-decoration:underline}\n"
    "pre,table,.mono{font:13px/1.45 ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace}\n"
    ".wide{overflow-x:auto;background:var(--box);border:1px solid var(--line);border-radius:6px}\n"
    "pre{margin:0;padding:.75rem}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;padding:.15rem .75rem;white-space:nowrap;vertical-align:top}\n"
    "th{color:var(--soft);font-weight:600;border-bottom:1px solid var(--line)}\n"
    "td.text{white-space:pre-wrap;overflow-wrap:anywhere;width:100%}\n"
    "td.number,th.number{text-align:right}\n"
    "tr:target td,.here{background:var(--here)}\n"
    "pre .here{display:inline-block;min-width:100%}\n"
    "dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem 1rem;margin:0}\n"
    "dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\n"
    "details{margin:.5rem 0}\n"
    "summary{cursor:pointer;padding:.25rem 0}summary b{color:var(--name)}\n"
    ".function{color:var(--name);font-weight:600}.soft{color:var(--soft)}\n"
    ".crashed>summary{color:var(--alarm);font-weight:600}.crashed>summary b{color:inherit}\n"
    "ul{list-style:none;margin:0;padding:.5rem .75rem}\n";

/* Text of the program's own: markup and control characters must not get through. */
static void put(FILE *out, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(iscntrl((unsigned char)*text) && *text != '\t' ? '?' : *text, out);
        }
    }
}

/* An address, as a link to the area that it is in. */
static void put_address(FILE *out, const struct facts *facts, hdbg_address address)
{
    const hdbg_area_info *area = facts_area_at(facts, address);
    if (area != NULL)
        fprintf(out, "<a href=\"#area-%" PRIx64 "\">0x%016" PRIx64 "</a>", area->address, address);
    else
        fprintf(out, "0x%016" PRIx64, address);
}

static void begin_section(FILE *out, const char *id, const char *title)
{
    fprintf(out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

static void put_row_of_text(FILE *out, const char *text)
{
    fputs("<tr><td class=\"text\">", out);
    put(out, text);
    fputs("</td></tr>\n", out);
}

/* ---- the head ---- */

static void put_item(FILE *out, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    fprintf(out, "<dt>%s</dt><dd>", name);
    put(out, value);
    fputs("</dd>\n", out);
}

static void put_head(FILE *out, const struct facts *facts)
{
    char when[64] = "", text[128];
    struct tm utc;
    const hdbg_stop *stop = &facts->stop;

    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
          out);
    put(out, facts->sentence);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>", kStyle);
    put(out, facts->sentence);
    fputs("</h1>\n<p class=\"verdict\">", out);
    put(out, facts->explanation);
    fputs("</p>\n<dl>\n", out);
    snprintf(text, sizeof(text), *facts->team_info.name != '\0' ? "%" PRId32 " '%s'" : "%" PRId32,
             facts->team_info.team, facts->team_info.name);
    put_item(out, "Team", text);
    put_item(out, "Command line", facts->team_info.arguments);
    if (stop->type >= 0 && stop->signal_state != HDBG_SIGNAL_FAKED) {
        snprintf(text, sizeof(text), "%s (%s)", hdbg_signal_name(stop->signal),
                 hdbg_signal_description(stop->signal));
        put_item(out, "Signal", text);
    }
    if (facts->verdict != VERDICT_NONE) {
        snprintf(text, sizeof(text), "%s, %s", verdict_name(facts->verdict),
                 certainty_name(facts->certainty));
        put_item(out, "Verdict", text);
    }
    put_item(out, "Signature", facts->threads[0].frame_count > 0 ? facts->signature : "");
    put_item(out, "Core file", facts->core);
    put_item(out, "Not usable in it", facts->core_problems);
    put_item(out, "System", facts->system.system);
    if (gmtime_r(&facts->when, &utc) != NULL)
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &utc);
    put_item(out, "Report made", when);
    if (facts->team_ended)
        put_item(out, "Incomplete", "the team ended while this report was made");
    fputs("</dl>\n", out);
}

static bool has_details(const struct facts *facts)
{
    return facts->argument_count > 0 || facts->environment_count > 0 || facts->program != NULL ||
           facts->working_directory != NULL || facts->unknown_count > 0;
}

static void put_navigation(FILE *out, const struct facts *facts)
{
    const struct {
        const char *id, *title;
        bool there;
    } kSections[] = {
        {"source", "Source", facts->source_count > 0},
        {"threads", "Threads", true},
        {"instructions", "Instructions", facts->code_count > 0},
        {"registers", "Registers", facts->register_count > 0},
        {"memory", "Stack memory", facts->word_count > 0},
        {"images", "Images", facts->image_count > 0},
        {"areas", "Areas", facts->area_count > 0},
        {"details", "Team", has_details(facts)},
    };
    fputs("<nav>", out);
    for (size_t i = 0; i < sizeof(kSections) / sizeof(*kSections); i++) {
        if (kSections[i].there)
            fprintf(out, "<a href=\"#%s\">%s</a>", kSections[i].id, kSections[i].title);
    }
    fputs("</nav>\n</header>\n<main>\n", out);
}

/* ---- source, instructions, registers, memory ---- */

static void put_source(FILE *out, const struct facts *facts)
{
    if (facts->source_count == 0)
        return;
    begin_section(out, "source", "Source");
    fputs("<p class=\"mono\">", out);
    put(out, facts->source_file);
    fprintf(out, ":%" PRId32 "</p>\n<div class=\"wide\"><pre>", facts->source_line);
    for (size_t i = 0; i < facts->source_count; i++) {
        bool here = facts->source[i].line == facts->source_line;
        fprintf(out, "%s<span class=\"soft\">%5" PRId32 "</span>  ", here ? "<span class=\"here\">" : "",
                facts->source[i].line);
        put(out, facts->source[i].text);
        fputs(here ? "</span>\n" : "\n", out);
    }
    fputs("</pre></div>\n</section>\n", out);
}

static void put_code(FILE *out, const struct facts *facts)
{
    if (facts->code_count == 0)
        return;
    begin_section(out, "instructions", "Instructions");
    if (facts->threads[0].frame_count > 0 && facts->threads[0].frames[0].place->has_symbol) {
        fputs("<p class=\"mono\">", out);
        put(out, facts->threads[0].frames[0].place->function);
        fputs("</p>\n", out);
    }
    fputs("<div class=\"wide\"><table>\n", out);
    for (size_t i = 0; i < facts->code_count; i++) {
        const code_facts *line = &facts->code[i];
        fprintf(out, "<tr%s><td>", line->current ? " class=\"here\"" : "");
        put_address(out, facts, line->address);
        fputs("</td><td>", out);
        put(out, line->text);
        fputs("</td><td class=\"text soft\">", out);
        put(out, line->operands);
        fputs("</td></tr>\n", out);
    }
    fputs("</table></div>\n</section>\n", out);
}

static void put_pointer(FILE *out, const struct facts *facts, uint64_t value, const char *points_at)
{
    fputs("<td>", out);
    put_address(out, facts, value);
    fputs("</td><td class=\"text\">", out);
    put(out, points_at);
    fputs("</td></tr>\n", out);
}

static void put_registers(FILE *out, const struct facts *facts)
{
    if (facts->register_count == 0)
        return;
    begin_section(out, "registers", "Registers");
    fputs("<div class=\"wide\"><table>\n", out);
    for (size_t i = 0; i < facts->register_count; i++) {
        const register_facts *reg = &facts->registers[i];
        fprintf(out, "<tr><td class=\"function\">%s</td>", reg->reg->name);
        put_pointer(out, facts, reg->value, reg->points_at);
    }
    fputs("</table></div>\n</section>\n", out);
}

static void put_words(FILE *out, const struct facts *facts)
{
    if (facts->word_count == 0)
        return;
    begin_section(out, "memory", "Memory at the stack pointer");
    fputs("<div class=\"wide\"><table>\n", out);
    for (size_t i = 0; i < facts->word_count; i++) {
        fprintf(out, "<tr><td class=\"soft\">0x%016" PRIx64 "</td>", facts->words[i].address);
        put_pointer(out, facts, facts->words[i].value, facts->words[i].points_at);
    }
    fputs("</table></div>\n</section>\n", out);
}

/* ---- threads ---- */

static void put_variables(FILE *out, const frame_facts *frame, bool open)
{
    if (frame->variable_count == 0)
        return;
    fprintf(out, "<details%s><summary class=\"soft\">%zu variable%s</summary><table>\n", open ? " open" : "",
            frame->variable_count, frame->variable_count == 1 ? "" : "s");
    for (size_t i = 0; i < frame->variable_count; i++) {
        const variable_facts *variable = &frame->variables[i];
        fprintf(out, "<tr><td class=\"soft\">%s</td><td class=\"soft\">",
                variable->kind == HDBG_VARIABLE_ARGUMENT ? "argument" : "local");
        put(out, variable->type);
        fputs("</td><td>", out);
        put(out, variable->name);
        fputs("</td><td class=\"text\">", out);
        put(out, variable->value);
        fputs("</td></tr>\n", out);
    }
    fputs("</table></details>", out);
}

static void put_call_line(FILE *out, const call_facts *call)
{
    if (call->file == NULL)
        return;
    fputs(" <span class=\"soft\">", out);
    put(out, call->file);
    fprintf(out, ":%" PRId32 "</span>", call->line);
}

static void put_frame(FILE *out, const struct facts *facts, const frame_facts *frame)
{
    const place_facts *place = frame->place;
    size_t inlined = place->call_count > 0 ? place->call_count - 1 : 0;

    for (size_t i = 0; i < inlined; i++) {
        fputs("<tr><td></td><td class=\"soft\">inlined</td><td class=\"text\"><span class=\"function\">",
              out);
        put(out, place->calls[i].function);
        fputs("</span>", out);
        put_call_line(out, &place->calls[i]);
        fputs("</td></tr>\n", out);
    }
    fprintf(out, "<tr><td class=\"number\">%zu%s</td><td>", frame->index, frame->guessed ? " ?" : "");
    put_address(out, facts, frame->frame.pc);
    fputs("</td><td class=\"text\">", out);
    if (place->has_symbol) {
        fputs("<span class=\"function\">", out);
        put(out, place->function);
        fprintf(out, "</span> + 0x%" PRIx64, place->offset);
    }
    if (place->in_image) {
        fprintf(out, " <a href=\"#image-%" PRId32 "\">", place->image_id);
        put(out, place->image);
        fputs("</a>", out);
    } else {
        fputs(" <span class=\"soft\">in no image</span>", out);
    }
    if (place->call_count > 0)
        put_call_line(out, &place->calls[inlined]);
    if (frame->frame.source == HDBG_FRAME_TAIL_CALL)
        fputs(" <span class=\"soft\">left by a jump</span>", out);
    put_variables(out, frame, frame == facts_culprit(facts));
    fputs("</td></tr>\n", out);
    if (frame->fold_times > 0)
        fprintf(
            out,
            "<tr><td></td><td></td><td class=\"text soft\">%zu more turns of the last %zu frames</td></tr>\n",
            frame->fold_times - 1, frame->fold_period);
}

static void put_thread_name(FILE *out, const thread_facts *thread)
{
    fprintf(out, "Thread %" PRId32 " <b>", thread->info.thread);
    put(out, thread->info.name);
    fputs("</b>", out);
}

static void put_thread(FILE *out, const struct facts *facts, size_t index)
{
    const thread_facts *thread = &facts->threads[index];
    fprintf(out, "<details id=\"thread-%" PRId32 "\"%s><summary>", thread->info.thread,
            index == 0 ? " class=\"crashed\" open" : "");
    put_thread_name(out, thread);
    for (size_t i = index + 1; thread->same_count > 1 && i < facts->thread_count; i++) {
        if (facts->threads[i].same_as == index) {
            fputs(", ", out);
            put_thread_name(out, &facts->threads[i]);
        }
    }
    if (index != 0 && thread->frame_count > 0 && thread->frames[0].place->has_symbol) {
        fputs(" <span class=\"soft\">in ", out);
        put(out, thread->frames[0].place->function);
        fputs("</span>", out);
    }
    fputs("</summary>\n<div class=\"wide\"><table>\n", out);
    for (size_t i = 0; i < thread->frame_count; i++)
        put_frame(out, facts, &thread->frames[i]);
    fputs("</table></div>\n", out);
    if (*thread->explanation != '\0') {
        fputs("<p class=\"soft\">", out);
        put(out, thread->explanation);
        fputs("</p>\n", out);
    }
    fputs("</details>\n", out);
}

/* ---- images, areas, the team ---- */

static void put_images(FILE *out, const struct facts *facts)
{
    if (facts->image_count == 0)
        return;
    begin_section(out, "images", "Images");
    fputs("<div class=\"wide\"><table>\n<tr><th>Text</th><th>Build-id</th><th>Path</th></tr>\n", out);
    for (size_t i = 0; i < facts->image_count; i++) {
        const image_facts *image = &facts->images[i];
        fprintf(out, "<tr id=\"image-%" PRId32 "\"><td>", image->info.id);
        put_address(out, facts, image->info.text);
        fputs("</td><td class=\"soft\">", out);
        for (size_t k = 0; k < image->build_id_size; k++)
            fprintf(out, "%02x", image->build_id[k]);
        fputs("</td><td class=\"text\">", out);
        put(out, image->info.path);
        if (*image->debug_info != '\0') {
            fputs(" <span class=\"soft\">", out);
            put(out, image->debug_info);
            fputs("</span>", out);
        }
        fputs("</td></tr>\n", out);
    }
    fputs("</table></div>\n</section>\n", out);
}

static void put_areas(FILE *out, const struct facts *facts)
{
    if (facts->area_count == 0)
        return;
    begin_section(out, "areas", "Areas");
    fputs("<div class=\"wide\"><table>\n<tr><th>Address</th><th "
          "class=\"number\">KiB</th><th>May</th><th>What</th>"
          "</tr>\n",
          out);
    for (size_t i = 0; i < facts->area_count; i++) {
        const hdbg_area_info *area = &facts->areas[i];
        fprintf(out,
                "<tr id=\"area-%" PRIx64 "\"><td>0x%016" PRIx64 "</td><td class=\"number\">%" PRIu64
                "</td><td>%c%c%c</td><td class=\"text\">",
                area->address, area->address, area->length / 1024,
                (area->protection & HDBG_AREA_READ) != 0 ? 'r' : '-',
                (area->protection & HDBG_AREA_WRITE) != 0 ? 'w' : '-',
                (area->protection & HDBG_AREA_EXECUTE) != 0 ? 'x' : '-');
        put(out, area_name(area));
        fputs("</td></tr>\n", out);
    }
    fputs("</table></div>\n</section>\n", out);
}

static void put_texts(FILE *out, const char *title, const char *const *texts, size_t count)
{
    if (count == 0)
        return;
    fprintf(out, "<details><summary>%s</summary>\n<div class=\"wide\"><table>\n", title);
    for (size_t i = 0; i < count; i++)
        put_row_of_text(out, texts[i]);
    fputs("</table></div></details>\n", out);
}

static void put_limit(FILE *out, int64_t limit)
{
    if (limit < 0)
        fputs("<td class=\"number soft\">no limit</td>", out);
    else
        fprintf(out, "<td class=\"number\">%" PRId64 "</td>", limit);
}

static void put_files(FILE *out, const struct facts *facts)
{
    if (facts->file_count == 0)
        return;
    fputs("<details><summary>Open files</summary>\n<div class=\"wide\"><table>\n", out);
    for (size_t i = 0; i < facts->file_count; i++) {
        const file_facts *file = &facts->files[i];
        fprintf(out, "<tr><td class=\"number\">%" PRId64 "</td><td>%c%c</td><td class=\"text\">",
                file->descriptor, (file->flags & HDBG_DETAIL_CAN_READ) != 0 ? 'r' : '-',
                (file->flags & HDBG_DETAIL_CAN_WRITE) != 0 ? 'w' : '-');
        put(out, file->name);
        fputs("</td></tr>\n", out);
    }
    fputs("</table></div></details>\n", out);
}

static void put_details(FILE *out, const struct facts *facts)
{
    if (!has_details(facts))
        return;
    begin_section(out, "details", "Team");
    fputs("<dl>\n", out);
    put_item(out, "Program", facts->program);
    put_item(out, "Working directory", facts->working_directory);
    for (size_t i = 0; i < facts->unknown_count; i++) {
        fprintf(out, "<dt>%s</dt><dd class=\"soft\">not known: ", detail_name(facts->unknown[i].kind));
        put(out, facts->unknown[i].why);
        fputs("</dd>\n", out);
    }
    fputs("</dl>\n", out);
    put_texts(out, "Command line", facts->arguments, facts->argument_count);
    put_texts(out, "Environment", facts->environment, facts->environment_count);
    if (facts->limit_count > 0)
        fputs("<details><summary>Limits</summary>\n<div class=\"wide\"><table>\n"
              "<tr><th>Limit</th><th class=\"number\">soft</th><th class=\"number\">hard</th></tr>\n",
              out);
    for (size_t i = 0; i < facts->limit_count; i++) {
        fputs("<tr><td>", out);
        put(out, facts->limits[i].name);
        fputs("</td>", out);
        put_limit(out, facts->limits[i].soft);
        put_limit(out, facts->limits[i].hard);
        fputs("</tr>\n", out);
    }
    if (facts->limit_count > 0)
        fputs("</table></div></details>\n", out);
    put_files(out, facts);
    fputs("</section>\n", out);
}

bool html_print(FILE *out, const struct facts *facts)
{
    put_head(out, facts);
    put_navigation(out, facts);
    put_source(out, facts);
    begin_section(out, "threads", "Threads");
    for (size_t i = 0; i < facts->thread_count; i++) {
        if (facts->threads[i].same_as == i)
            put_thread(out, facts, i);
    }
    fputs("</section>\n", out);
    put_code(out, facts);
    put_registers(out, facts);
    put_words(out, facts);
    put_images(out, facts);
    put_areas(out, facts);
    put_details(out, facts);
    fputs("</main>\n<footer class=\"soft\"><p>made by hdbg-report " HAIKUDBG_VERSION
          "</p></footer>\n</body>\n"
          "</html>\n",
          out);
    return !ferror(out);
}

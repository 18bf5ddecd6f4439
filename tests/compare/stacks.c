/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * compare-stacks: prints the stacks of all threads of a team or a core file, a line each and its words
 * between tabs, for tests/compare/run; and is what hdbg-bench measures beside eu-stack.
 *
 *     T  id                                       a thread; its frames follow, innermost first
 *     F  pc  found by  flags  symbol  image       a frame
 *     C  function  file  line  inlined            a call of the frame, the innermost inlined one first
 *     V  depth  argument  state  size  name  type  value   with --variables: one of the frame's
 *     E  end  explanation                         the stack's end
 */
#define _GNU_SOURCE
#include <haikudbg/haikudbg.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 512 };

/* What was printed for a place: in recursion the same places come again and again. */
typedef struct place {
    hdbg_address address;
    char *text;
} place;

typedef struct stacks {
    int functions_only, variables;
    hdbg_session *session;
    hdbg_kernel *kernel; /* of a core file */
    hdbg_team *team;
    hdbg_image_list *images;
    place places[PLACES];
} stacks;

static int print_call(void *context, size_t depth, const hdbg_source_line *line)
{
    (void)depth;
    fprintf(context, "C\t%s\t%s\t%d\t%d\n", line->function ? line->function : "",
            line->file ? line->file : "", (int)line->line, (int)line->is_inlined);
    return 0;
}

static void describe_place(stacks *self, hdbg_address address, FILE *to)
{
    hdbg_symbol symbol = {.size = sizeof(symbol)};
    const hdbg_image_info *image = hdbg_image_list_find(self->images, address);
    if (hdbg_symbol_at(self->team, address, &symbol) != HDBG_OK)
        symbol.name[0] = '\0';
    fprintf(to, "%s\t%s\n", symbol.name, image != NULL ? image->path : "");
    if (!self->functions_only)
        hdbg_source_at(self->team, address, print_call, to);
}

static const char *place_text(stacks *self, hdbg_address address)
{
    place *it = &self->places[(address * UINT64_C(0x9e3779b97f4a7c15)) >> 55];
    if (it->text == NULL || it->address != address) {
        size_t size;
        char *text = NULL;
        FILE *to = open_memstream(&text, &size);
        if (to == NULL)
            return "\t\n";
        describe_place(self, address, to);
        fclose(to);
        free(it->text);
        *it = (place){address, text};
    }
    return it->text != NULL ? it->text : "\t\n";
}

static int print_variable(void *context, const hdbg_variable *variable)
{
    (void)context;
    printf("V\t%zu\t%d\t%d\t%llu\t%s\t%s\t%s\n", variable->depth, variable->kind == HDBG_VARIABLE_ARGUMENT,
           (int)variable->state, (unsigned long long)variable->byte_size, variable->name, variable->type,
           variable->value);
    return 0;
}

static void print_variables(const hdbg_stack *stack, size_t index)
{
    hdbg_variable_options options = {
        .size = sizeof(options), .max_string = 1, .max_depth = 1, .max_elements = 1};
    hdbg_variables_visit(stack, index, &options, print_variable, NULL);
}

static void print_stack(stacks *self, hdbg_thread *thread)
{
    hdbg_stack *stack;
    /* eu-stack does not conclude anything either. */
    hdbg_stack_options options = {.size = sizeof(options),
                                  .flags = self->functions_only ? HDBG_STACK_NO_TAIL_CALLS : 0};
    hdbg_stack_info info = {.size = sizeof(info)};
    const hdbg_frame *frame;
    char explanation[500];

    printf("T\t%d\n", (int)hdbg_thread_id_of(thread));
    if (hdbg_stack_unwind(thread, &options, &stack) != HDBG_OK) {
        printf("E\t-1\t%s\n", hdbg_last_error());
        return;
    }
    for (size_t i = 0; (frame = hdbg_stack_frame(stack, i)) != NULL; i++) {
        hdbg_address address = frame->pc - (frame->flags & HDBG_FRAME_EXACT ? 0 : 1);
        printf("F\t0x%llx\t%d\t%u\t%s", (unsigned long long)frame->pc, (int)frame->source,
               (unsigned)frame->flags, place_text(self, address));
        if (self->variables)
            print_variables(stack, i);
    }
    hdbg_stack_info_get(stack, &info);
    hdbg_stack_explain(stack, explanation, sizeof(explanation));
    printf("E\t%d\t%s\n", (int)info.end, explanation);
    hdbg_stack_free(stack);
}

/* Attaches to a team, or to what is left of one. */
static hdbg_status open_team(stacks *self, const char *core, const char *team)
{
    hdbg_session_options options = {.size = sizeof(options)};
    hdbg_core_info info = {.size = sizeof(info)};
    hdbg_status status = HDBG_OK;
    if (core != NULL) {
        status = hdbg_core_open(core, 0, &self->kernel);
        if (status == HDBG_OK)
            status = hdbg_core_info_get(self->kernel, &info);
        options.kernel = self->kernel;
    } else {
        info.team = (hdbg_team_id)atoi(team);
    }
    if (status == HDBG_OK)
        status = hdbg_session_create(&options, &self->session);
    if (status == HDBG_OK)
        status = hdbg_team_attach(self->session, info.team, HDBG_ATTACH_STOP, &self->team);
    if (status == HDBG_OK)
        status = hdbg_image_list_get(self->team, &self->images);
    return status;
}

static void print_all(stacks *self)
{
    size_t count = hdbg_team_threads(self->team, NULL, 0);
    hdbg_thread **threads = calloc(count + 1, sizeof(hdbg_thread *));
    if (threads == NULL)
        return;
    size_t now = hdbg_team_threads(self->team, threads, count);
    for (size_t i = 0; i < now && i < count; i++) {
        print_stack(self, threads[i]);
        hdbg_thread_release(threads[i]);
    }
    free(threads);
}

static void close_team(stacks *self)
{
    hdbg_image_list_free(self->images);
    hdbg_team_release(self->team);
    hdbg_session_destroy(self->session);
    if (self->kernel != NULL)
        hdbg_kernel_destroy(self->kernel);
    for (int i = 0; i < PLACES; i++)
        free(self->places[i].text);
}

int main(int argc, char **argv)
{
    static stacks self;
    const char *core = NULL, *team = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--functions") == 0)
            self.functions_only = 1;
        else if (strcmp(argv[i], "--variables") == 0)
            self.variables = 1;
        else if (strcmp(argv[i], "--core") == 0 && i + 1 < argc)
            core = argv[++i];
        else
            team = argv[i];
    }
    if ((core == NULL) == (team == NULL)) {
        fputs("Usage: compare-stacks [--functions] [--variables] TEAM | --core FILE\n", stderr);
        return 2;
    }
    hdbg_status status = open_team(&self, core, team);
    if (status == HDBG_OK)
        print_all(&self);
    else
        fprintf(stderr, "compare-stacks: %s\n", hdbg_last_error());
    close_team(&self);
    return status == HDBG_OK ? 0 : 1;
}

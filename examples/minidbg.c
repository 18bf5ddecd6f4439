/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * minidbg: an interactive debugger in 150 lines. docs/tutorial.md walks through it.
 */
#include <haikudbg/haikudbg.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hdbg_session *session;
static hdbg_team *team;      /* NULL while nothing runs */
static hdbg_thread *current; /* the one that commands are about */
static const char *const *program;
static char places[32][100]; /* where to stop */
static int place_count;

/* Whether a call went well; says why not. */
static int good(hdbg_status status)
{
    if (status < 0)
        printf("%s\n", hdbg_last_error());
    return status >= 0;
}

static int print_line(void *context, size_t depth, const hdbg_source_line *line)
{
    printf("%s%s", depth > 0 ? " in " : "  ", line->function != NULL ? line->function : "?");
    if (line->file != NULL)
        printf(" at %s:%d", line->file, (int)line->line);
    return context != NULL;
}

/* A return address is behind its call, which may be a function's last instruction: not `exact`. */
static void print_place(hdbg_address pc, int exact)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    printf("0x%" PRIx64, pc);
    if (hdbg_source_at(team, pc - !exact, print_line, NULL) < 0 &&
        hdbg_symbol_at(team, pc - !exact, &symbol) == HDBG_OK)
        printf("  %s+%" PRIu64, symbol.name, symbol.offset);
    printf("\n");
}

/* A symbol's name, or an address in hexadecimal. */
static hdbg_address find_place(const char *text)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    return hdbg_symbol_by_name(team, 0, text, &symbol) == HDBG_OK ? symbol.address : strtoull(text, NULL, 16);
}

static void select_thread(hdbg_thread *thread)
{
    hdbg_address pc;
    hdbg_thread_retain(thread);
    hdbg_thread_release(current);
    current = thread;
    if (good(hdbg_thread_pc(current, &pc)))
        print_place(pc, 1);
}

static void wait_for_stop(void)
{
    char text[400];
    hdbg_event *event;
    if (!good(hdbg_wait(session, NULL, HDBG_FOREVER, &event)))
        return;
    hdbg_event_describe(event, text, sizeof text);
    printf("%s\n", text);
    if (hdbg_event_is_stop(event)) {
        hdbg_team_stop(team); /* the other threads, too: one looks at all of it at rest */
        select_thread(hdbg_event_thread(event));
    } else if (hdbg_team_state_of(team) != HDBG_TEAM_LIVE) {
        hdbg_thread_release(current);
        hdbg_team_release(team);
        current = NULL;
        team = NULL;
    }
    hdbg_event_release(event);
}

static void run(const char *argument)
{
    hdbg_launch_spec spec = {sizeof spec, *program, program, NULL, NULL, -1, -1, -1, HDBG_LAUNCH_SEARCH_PATH};
    (void)argument;
    if (team != NULL || !good(hdbg_team_launch(session, &spec, &team)))
        return;
    for (int i = 0; i < place_count; i++)
        good(hdbg_breakpoint_set(team, find_place(places[i])));
    if (good(hdbg_team_resume(team)))
        wait_for_stop();
}

static void set_breakpoint(const char *argument)
{
    if (place_count < 32)
        snprintf(places[place_count++], sizeof places[0], "%s", argument);
    if (team != NULL && good(hdbg_breakpoint_set(team, find_place(argument))))
        print_place(find_place(argument), 1);
}

static void step(const char *argument)
{
    for (int count = *argument ? atoi(argument) : 1; count > 0 && team != NULL; count--)
        if (good(hdbg_thread_step(current)))
            wait_for_stop();
}

static void go_on(const char *argument)
{
    (void)argument;
    if (good(hdbg_team_resume(team)))
        wait_for_stop();
}

static void print_stack(const char *argument)
{
    hdbg_stack *stack;
    const hdbg_frame *frame;
    size_t limit = *argument ? strtoul(argument, NULL, 10) : 100;
    if (!good(hdbg_stack_unwind(current, NULL, &stack)))
        return;
    for (size_t i = 0; i < limit && (frame = hdbg_stack_frame(stack, i)) != NULL; i++) {
        printf("#%-3zu ", i);
        print_place(frame->pc, (frame->flags & HDBG_FRAME_EXACT) != 0);
    }
    hdbg_stack_free(stack);
}

static void print_registers(const char *argument)
{
    size_t count;
    uint64_t value;
    const hdbg_register *all = hdbg_arch_registers((hdbg_arch)hdbg_team_arch(team), &count);
    for (size_t i = 0; i < count; i++) {
        if ((*argument ? strcmp(argument, all[i].name) == 0 : all[i].set == HDBG_REGISTERS_GENERAL) &&
            good(hdbg_thread_register_u64(current, all[i].name, &value)))
            printf("%-8s 0x%016" PRIx64 "\n", all[i].name, value);
    }
}

static void print_memory(const char *argument)
{
    char place[100] = "";
    uint8_t bytes[64];
    size_t got = 0, size = sizeof bytes;
    sscanf(argument, "%99s %zu", place, &size);
    good(hdbg_memory_read(team, find_place(place), bytes, size < sizeof bytes ? size : sizeof bytes, &got));
    for (size_t i = 0; i < got; i++)
        printf("%02x%s", bytes[i], i % 16 == 15 || i + 1 == got ? "\n" : " ");
}

static void list_threads(const char *argument)
{
    hdbg_thread *threads[100];
    size_t count = hdbg_team_threads(team, threads, 100);
    for (size_t i = 0; i < count && i < 100; i++) {
        hdbg_thread_info info = {.size = sizeof info};
        good(hdbg_thread_info_get(threads[i], &info));
        printf("%c %d '%s'\n", threads[i] == current ? '*' : ' ', (int)info.thread, info.name);
        if (atoi(argument) == info.thread)
            select_thread(threads[i]);
        hdbg_thread_release(threads[i]);
    }
}

static const struct {
    const char *name;
    void (*execute)(const char *argument);
    const char *help;
} kCommands[] = {
    {"run", run, "starts the program"},
    {"break", set_breakpoint, "NAME or ADDRESS: stops there"},
    {"step", step, "[N]: runs an instruction, or N"},
    {"continue", go_on, "goes on"},
    {"backtrace", print_stack, "[N]: shows who called"},
    {"registers", print_registers, "[NAME]: shows registers"},
    {"memory", print_memory, "NAME or ADDRESS [BYTES]: shows memory"},
    {"threads", list_threads, "[ID]: shows threads, and chooses one"},
};
enum { COMMANDS = sizeof kCommands / sizeof *kCommands, NEED_TEAM = 2 };

/* A name may be cut to its beginning. */
static void execute(const char *name, const char *argument)
{
    int i = 0;
    while (i < COMMANDS && strncmp(kCommands[i].name, name, strlen(name)) != 0)
        i++;
    if (i < COMMANDS && (i < NEED_TEAM || team != NULL))
        kCommands[i].execute(argument);
    else if (i < COMMANDS)
        printf("nothing runs\n");
    for (int k = 0; i == COMMANDS && k < COMMANDS; k++)
        printf("%-10s %s\n", kCommands[k].name, kCommands[k].help);
}

/* The debuggee gets the signal, too, and stops. */
static void interrupted(int number)
{
    (void)number;
}

int main(int argc, char **argv)
{
    char line[200], name[20], argument[180];
    program = (const char *const *)argv + 1;
    if (argc < 2 || !good(hdbg_session_create(NULL, &session)))
        return fprintf(stderr, "usage: minidbg PROGRAM [ARGUMENT ...]\n") > 0;
    signal(SIGINT, interrupted);
    while (printf("(minidbg) "), fflush(stdout), fgets(line, sizeof line, stdin) != NULL) {
        name[0] = argument[0] = '\0';
        if (sscanf(line, "%19s %179[^\n]", name, argument) > 0)
            execute(name, argument);
    }
    if (team != NULL)
        hdbg_team_kill(team);
    hdbg_thread_release(current);
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    return 0;
}

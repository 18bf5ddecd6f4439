/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The command line: parsed, and explained.
 */
#include "options.h"

#include "json.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kHelp[] =
    "Usage: hdbg-report [OPTION...] PROGRAM [ARG...]\n"
    "       hdbg-report [OPTION...] --attach TEAM\n"
    "       hdbg-report [OPTION...] --core FILE\n"
    "Runs PROGRAM, or watches TEAM, and reports on standard error what happened\n"
    "when it crashes, aborts or calls debugger(): the cause in one sentence, source,\n"
    "registers, stacks with variables, images, areas. Or reports what a core file\n"
    "tells.\n"
    "\n"
    "      --attach TEAM      watch a team that runs already, until it ends or ^C\n"
    "      --core FILE        report on a core file\n"
    "      --follow           watch the teams it creates, too (the default)\n"
    "      --no-follow        let them go\n"
    "      --faults           faults that the program handles, too, as Go's do\n"
    "      --all              all signals, also handled ones and those of no crash\n"
    "  -o, --output FILE      write the reports to FILE\n"
    "      --json FILE        write the report to FILE as JSON, too\n"
    "      --html FILE        write the report to FILE as a page of HTML, too\n"
    "      --write-core FILE  write a core file of the team, too\n"
    "      --redact           no environment, arguments, memory, homes or user names\n"
    "      --show-secrets     also values of variables that are named as secrets are\n"
    "      --brief            only the sentence and the stack of the crashed thread\n"
    "      --full             the variables of every thread, not of the crashed one\n"
    "      --no-source        leave the source out\n"
    "      --no-code          leave the instructions out\n"
    "      --no-registers     leave the registers out\n"
    "      --no-memory        leave the memory at the stack pointer out\n"
    "      --no-variables     leave arguments and variables out\n"
    "      --no-images        leave the images out\n"
    "      --no-areas         leave the areas out\n"
    "      --no-details       no command line, environment, limits and open files\n"
    "      --no-debug-info    read no debug information\n"
    "      --download         ask the servers of $DEBUGINFOD_URLS for debug files\n"
    "      --color WHEN       auto (on a terminal without NO_COLOR), always, never\n"
    "  -h, --help             print this and exit\n"
    "      --version          print the version and exit\n"
    "\n"
    "The exit status is the program's own, or 128 + n if signal n ended it; 127 if\n"
    "the program was not found, 126 if it could not be run, 125 if hdbg-report itself\n"
    "failed.\n";

/* getopt_long()'s values of the options that have no letter. */
enum {
    OPTION_ATTACH = 256,
    OPTION_CORE,
    OPTION_FOLLOW,
    OPTION_NO_FOLLOW,
    OPTION_BRIEF,
    OPTION_COLOR,
    OPTION_VERSION,
    OPTION_SWITCH = 512, /* and what follows: an entry of kSwitches */
    OPTION_FILE = 768    /* and what follows: an entry of kFiles */
};

/* Options that set or clear a member. */
static const struct {
    const char *name;
    size_t member;
    bool value;
} kSwitches[] = {
    {"faults", offsetof(struct options, faults), true},
    {"all", offsetof(struct options, all), true},
    {"redact", offsetof(struct options, redact), true},
    {"show-secrets", offsetof(struct options, secrets), true},
    {"full", offsetof(struct options, full), true},
    {"no-source", offsetof(struct options, source), false},
    {"no-code", offsetof(struct options, code), false},
    {"no-registers", offsetof(struct options, registers), false},
    {"no-memory", offsetof(struct options, memory), false},
    {"no-variables", offsetof(struct options, variables), false},
    {"no-images", offsetof(struct options, images), false},
    {"no-areas", offsetof(struct options, areas), false},
    {"no-details", offsetof(struct options, details), false},
    {"no-debug-info", offsetof(struct options, debug_info), false},
    {"download", offsetof(struct options, download), true},
};

/* Options that name a file. */
static const struct {
    const char *name;
    size_t member;
} kFiles[] = {
    {"core", offsetof(struct options, core)},
    {"json", offsetof(struct options, json)},
    {"html", offsetof(struct options, html)},
    {"write-core", offsetof(struct options, write_core)},
};

enum { SWITCHES = sizeof(kSwitches) / sizeof(*kSwitches), FILES = sizeof(kFiles) / sizeof(*kFiles) };

static const struct option kOptions[] = {
    {"attach", required_argument, NULL, OPTION_ATTACH},
    {"follow", no_argument, NULL, OPTION_FOLLOW},
    {"no-follow", no_argument, NULL, OPTION_NO_FOLLOW},
    {"brief", no_argument, NULL, OPTION_BRIEF},
    {"output", required_argument, NULL, 'o'},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
};

enum { OTHERS = sizeof(kOptions) / sizeof(*kOptions) };

/* All options, as getopt_long() wants them. */
static void list_options(struct option *all)
{
    memset(all, 0, (OTHERS + SWITCHES + FILES + 1) * sizeof(*all));
    memcpy(all, kOptions, sizeof(kOptions));
    for (int i = 0; i < SWITCHES; i++)
        all[OTHERS + i] = (struct option){kSwitches[i].name, no_argument, NULL, OPTION_SWITCH + i};
    for (int i = 0; i < FILES; i++)
        all[OTHERS + SWITCHES + i] =
            (struct option){kFiles[i].name, required_argument, NULL, OPTION_FILE + i};
}

static bool parse_team(const char *text, hdbg_team_id *team)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value <= 0 || value > INT32_MAX) {
        fprintf(stderr, "hdbg-report: '%s' is not the id of a team\n", text);
        return false;
    }
    *team = (hdbg_team_id)value;
    return true;
}

static bool parse_color(const char *text, color_choice *color)
{
    static const char *const kChoices[] = {
        [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};
    for (int i = COLOR_AUTO; i <= COLOR_NEVER; i++) {
        if (strcmp(text, kChoices[i]) == 0) {
            *color = (color_choice)i;
            return true;
        }
    }
    fprintf(stderr, "hdbg-report: --color takes auto, always or never, not '%s'\n", text);
    return false;
}

/* Whether what is left of the command line names exactly one thing to report on. */
static bool take_program(struct options *options, char **rest)
{
    bool attach = options->attach >= 0, core = options->core != NULL;
    if (!attach && !core && *rest == NULL) {
        fputs("hdbg-report: no program was named; --help explains\n", stderr);
        return false;
    }
    if ((attach || core) && *rest != NULL) {
        fprintf(stderr, "hdbg-report: a program ('%s') and --%s exclude each other\n", *rest,
                attach ? "attach" : "core");
        return false;
    }
    if (attach && core) {
        fputs("hdbg-report: --attach and --core exclude each other\n", stderr);
        return false;
    }
    options->program = attach || core ? NULL : rest;
    return true;
}

static bool is_possible(const struct options *options)
{
    if (options->json != NULL && !json_is_there()) {
        fputs("hdbg-report: --json is not to be had: this one was built without jansson\n", stderr);
        return false;
    }
    if (options->redact && options->write_core != NULL) {
        fputs("hdbg-report: --redact and --write-core exclude each other: a core file is memory\n", stderr);
        return false;
    }
    if (options->core != NULL && options->write_core != NULL) {
        fputs("hdbg-report: --core and --write-core exclude each other\n", stderr);
        return false;
    }
    return true;
}

static void be_brief(struct options *options)
{
    options->source = options->code = options->registers = options->memory = options->variables = false;
    options->images = options->areas = options->details = options->every_thread = false;
}

/* The options that are neither switches nor name a file for a report. */
static bool take_option(struct options *options, int option)
{
    switch (option) {
    case OPTION_ATTACH:
        return parse_team(optarg, &options->attach);
    case OPTION_FOLLOW:
    case OPTION_NO_FOLLOW:
        options->follow = option == OPTION_FOLLOW;
        return true;
    case OPTION_BRIEF:
        be_brief(options);
        return true;
    case 'o':
        options->output = optarg;
        return true;
    case OPTION_COLOR:
        return parse_color(optarg, &options->color);
    default: /* getopt_long() has said what is wrong */
        return false;
    }
}

options_result options_parse(struct options *options, int argc, char **argv)
{
    struct option all[OTHERS + SWITCHES + FILES + 1];
    bool good = true;
    int option;

    memset(options, 0, sizeof(*options));
    options->attach = -1;
    options->follow = options->every_thread = options->debug_info = true;
    options->source = options->code = options->registers = options->memory = options->variables = true;
    options->images = options->areas = options->details = true;
    list_options(all);

    /* "+": what follows the program's name is the program's. */
    while (good && (option = getopt_long(argc, argv, "+ho:", all, NULL)) != -1) {
        if (option == 'h') {
            fputs(kHelp, stdout);
            return OPTIONS_DONE;
        }
        if (option == OPTION_VERSION) {
            puts("hdbg-report " HAIKUDBG_VERSION);
            return OPTIONS_DONE;
        }
        if (option >= OPTION_FILE)
            *(const char **)((char *)options + kFiles[option - OPTION_FILE].member) = optarg;
        else if (option >= OPTION_SWITCH)
            *(bool *)((char *)options + kSwitches[option - OPTION_SWITCH].member) =
                kSwitches[option - OPTION_SWITCH].value;
        else
            good = take_option(options, option);
    }
    return good && take_program(options, argv + optind) && is_possible(options) ? OPTIONS_RUN : OPTIONS_WRONG;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The command line: parsed, and explained.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kHelp[] =
    "Usage: hdbg-report [OPTION...] PROGRAM [ARG...]\n"
    "       hdbg-report [OPTION...] --attach TEAM\n"
    "Runs PROGRAM, or watches TEAM, and reports on standard error what happened when it crashes,\n"
    "aborts or calls debugger(): the cause in one sentence, registers, stacks, images, areas.\n"
    "\n"
    "      --attach TEAM      watch a team that runs already, until it ends or ^C\n"
    "      --follow           watch the teams it creates, too (the default)\n"
    "      --no-follow        let them go\n"
    "      --all              report all signals, also those that have a handler or are no crash\n"
    "      --brief            only the sentence and the stack of the thread that crashed\n"
    "      --no-registers     leave the registers out\n"
    "      --no-images        leave the images out\n"
    "      --no-areas         leave the areas out\n"
    "  -o, --output FILE      write the reports to FILE\n"
    "      --color WHEN       auto (on a terminal, and if NO_COLOR is not set), always or never\n"
    "  -h, --help             print this and exit\n"
    "      --version          print the version and exit\n"
    "\n"
    "The exit status is the program's own, or 128 + n if signal n ended it; 127 if the program was\n"
    "not found, 126 if it could not be run, 125 if hdbg-report itself failed.\n";

/* getopt_long()'s values of the options that have no letter. */
enum {
    OPTION_ATTACH = 256,
    OPTION_FOLLOW,
    OPTION_NO_FOLLOW,
    OPTION_ALL,
    OPTION_BRIEF,
    OPTION_NO_REGISTERS,
    OPTION_NO_IMAGES,
    OPTION_NO_AREAS,
    OPTION_COLOR,
    OPTION_VERSION
};

static const struct option kOptions[] = {
    {"attach", required_argument, NULL, OPTION_ATTACH},
    {"follow", no_argument, NULL, OPTION_FOLLOW},
    {"no-follow", no_argument, NULL, OPTION_NO_FOLLOW},
    {"all", no_argument, NULL, OPTION_ALL},
    {"brief", no_argument, NULL, OPTION_BRIEF},
    {"no-registers", no_argument, NULL, OPTION_NO_REGISTERS},
    {"no-images", no_argument, NULL, OPTION_NO_IMAGES},
    {"no-areas", no_argument, NULL, OPTION_NO_AREAS},
    {"output", required_argument, NULL, 'o'},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

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

/* Whether what is left of the command line names exactly one thing to watch. */
static bool take_program(struct options *options, char **rest)
{
    if (options->attach < 0 && *rest == NULL) {
        fputs("hdbg-report: no program was named; --help explains\n", stderr);
        return false;
    }
    if (options->attach >= 0 && *rest != NULL) {
        fprintf(stderr, "hdbg-report: a program ('%s') and --attach exclude each other\n", *rest);
        return false;
    }
    options->program = options->attach < 0 ? rest : NULL;
    return true;
}

options_result options_parse(struct options *options, int argc, char **argv)
{
    bool good = true;
    int option;

    memset(options, 0, sizeof(*options));
    options->attach = -1;
    options->follow = options->every_thread = true;
    options->registers = options->images = options->areas = true;

    /* "+": what follows the program's name is the program's. */
    while (good && (option = getopt_long(argc, argv, "+ho:", kOptions, NULL)) != -1) {
        switch (option) {
        case OPTION_ATTACH:
            good = parse_team(optarg, &options->attach);
            break;
        case OPTION_FOLLOW:
        case OPTION_NO_FOLLOW:
            options->follow = option == OPTION_FOLLOW;
            break;
        case OPTION_ALL:
            options->all = true;
            break;
        case OPTION_BRIEF:
            options->registers = options->images = options->areas = options->every_thread = false;
            break;
        case OPTION_NO_REGISTERS:
            options->registers = false;
            break;
        case OPTION_NO_IMAGES:
            options->images = false;
            break;
        case OPTION_NO_AREAS:
            options->areas = false;
            break;
        case 'o':
            options->output = optarg;
            break;
        case OPTION_COLOR:
            good = parse_color(optarg, &options->color);
            break;
        case 'h':
            fputs(kHelp, stdout);
            return OPTIONS_DONE;
        case OPTION_VERSION:
            puts("hdbg-report " HAIKUDBG_VERSION);
            return OPTIONS_DONE;
        default: /* getopt_long() has said what is wrong */
            return OPTIONS_WRONG;
        }
    }
    return good && take_program(options, argv + optind) ? OPTIONS_RUN : OPTIONS_WRONG;
}

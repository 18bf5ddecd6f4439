/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-ps's command line.
 */
#include "ps.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char kHelp[] =
    "Usage: hdbg-ps [OPTION...] [TEAM...]\n"
    "Lists teams, and their threads, images or areas: those of TEAMs, or of all teams\n"
    "of the user.\n"
    "\n"
    "  -A, -e, --all          teams of all users\n"
    "  -u, --user USER        teams of USER, a name or a number\n"
    "  -p, --team TEAM[,...]  these teams; the same as naming them\n"
    "  -T, -L, --threads      their threads\n"
    "  -i, --images           their images\n"
    "  -m, --areas            their areas\n"
    "  -f, --full             more columns: command lines, parents, start times\n"
    "  -w, --wide             cut nothing to the terminal's width\n"
    "      --no-headers       no titles above the columns\n"
    "  -j, --json             JSON in place of tables\n"
    "  -h, --help             print this and exit\n"
    "      --version          print the version and exit\n"
    "\n"
    "The exit status is 0; 1 if a TEAM that was named does not exist; 2 for wrong\n"
    "options, or if the kernel could not be asked.\n";

enum { OPTION_NO_HEADERS = 256, OPTION_VERSION };

static const struct option kOptions[] = {
    {"all", no_argument, NULL, 'A'},
    {"user", required_argument, NULL, 'u'},
    {"team", required_argument, NULL, 'p'},
    {"threads", no_argument, NULL, 'T'},
    {"images", no_argument, NULL, 'i'},
    {"areas", no_argument, NULL, 'm'},
    {"full", no_argument, NULL, 'f'},
    {"wide", no_argument, NULL, 'w'},
    {"no-headers", no_argument, NULL, OPTION_NO_HEADERS},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* Adds the ids of a list, separated by commas or blanks. */
static bool add_teams(struct options *options, const char *text)
{
    while (*text != '\0') {
        char *end;
        errno = 0;
        long id = strtol(text, &end, 10);
        if (errno != 0 || end == text || id <= 0 || id > INT32_MAX || strchr(", ", *end) == NULL) {
            fprintf(stderr, "hdbg-ps: '%s' is not the id of a team\n", text);
            return false;
        }
        hdbg_team_id *larger = realloc(options->teams, (options->team_count + 1) * sizeof(*options->teams));
        if (larger == NULL)
            return false;
        options->teams = larger;
        options->teams[options->team_count++] = (hdbg_team_id)id;
        text = end + (*end != '\0');
    }
    return true;
}

static bool take_option(struct options *options, int option)
{
    switch (option) {
    case 'A':
    case 'e':
        options->all = true;
        return true;
    case 'u':
        options->user = optarg;
        return true;
    case 'p':
        return add_teams(options, optarg);
    case 'T':
    case 'L':
        return options->list[LIST_THREADS] = true;
    case 'i':
        return options->list[LIST_IMAGES] = true;
    case 'm':
        return options->list[LIST_AREAS] = true;
    case 'f':
        return options->full = true;
    case 'w':
        return options->wide = true;
    case OPTION_NO_HEADERS:
        options->headers = false;
        return true;
    case 'j':
        options->json = true;
        if (!json_is_there())
            fputs("hdbg-ps: --json is not to be had: this one was built without jansson\n", stderr);
        return json_is_there();
    default: /* getopt_long() has said what is wrong */
        return false;
    }
}

options_result options_parse(struct options *options, int argc, char **argv)
{
    int option;
    memset(options, 0, sizeof(*options));
    options->headers = true;
    while ((option = getopt_long(argc, argv, "AehTLimfwju:p:", kOptions, NULL)) != -1) {
        if (option == 'h') {
            fputs(kHelp, stdout);
            return OPTIONS_DONE;
        }
        if (option == OPTION_VERSION) {
            puts("hdbg-ps " HAIKUDBG_VERSION);
            return OPTIONS_DONE;
        }
        if (!take_option(options, option))
            return OPTIONS_WRONG;
    }
    for (char **team = argv + optind; *team != NULL; team++) {
        if (!add_teams(options, *team))
            return OPTIONS_WRONG;
    }
    options->list[LIST_TEAMS] =
        !options->list[LIST_THREADS] && !options->list[LIST_IMAGES] && !options->list[LIST_AREAS];
    return OPTIONS_RUN;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The command line: parsed, and explained.
 */
#include "trace.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char kHelp[] =
    "Usage: hdbg-trace [OPTION...] PROGRAM [ARG...]\n"
    "       hdbg-trace [OPTION...] --attach TEAM\n"
    "Shows the system calls of PROGRAM, or of TEAM, with their arguments and results,\n"
    "its signals and its end.\n"
    "\n"
    "  -p, --attach TEAM      trace a team that runs already, until it ends or ^C\n"
    "  -f, --follow           trace what it creates, too\n"
    "  -e, --filter FILTER    trace=CALL,...: these calls; %file, %desc, %network,\n"
    "                         %process, %memory, %signal: those of a kind; !: others;\n"
    "                         signal=SIGNAL,...: these signals\n"
    "  -c, --summary-only     no calls: a table of them at the end\n"
    "  -C, --summary          the table, too\n"
    "  -S, --sort-by COLUMN   sort the table by time, calls, errors or name\n"
    "  -o, --output FILE      write to FILE, not to standard error\n"
    "  -A, --append           append to that file\n"
    "  -s, --string-limit N   show N bytes of texts and buffers (32)\n"
    "  -v, --whole            show environments\n"
    "  -y, --paths            show the paths of descriptors\n"
    "  -t                     show the time of day; -tt: with microseconds; -ttt:\n"
    "                         since 1970\n"
    "  -r, --relative         show the time since the line before\n"
    "  -T, --durations        show how long calls took\n"
    "  -a, --column N         print results at column N (40)\n"
    "  -q, --quiet            do not tell who comes and goes\n"
    "      --stopping         stop at each call, also where the kernel can do without\n"
    "  -h, --help             print this and exit\n"
    "      --version          print the version and exit\n"
    "\n"
    "The exit status is the program's own; if a signal ended it, hdbg-trace ends by\n"
    "the same one. It is 1 if hdbg-trace itself failed.\n";

enum { OPTION_STOPPING = 256, OPTION_VERSION };

static const struct option kOptions[] = {
    {"attach", required_argument, NULL, 'p'},
    {"follow", no_argument, NULL, 'f'},
    {"filter", required_argument, NULL, 'e'},
    {"summary-only", no_argument, NULL, 'c'},
    {"summary", no_argument, NULL, 'C'},
    {"sort-by", required_argument, NULL, 'S'},
    {"output", required_argument, NULL, 'o'},
    {"append", no_argument, NULL, 'A'},
    {"string-limit", required_argument, NULL, 's'},
    {"whole", no_argument, NULL, 'v'},
    {"paths", no_argument, NULL, 'y'},
    {"relative", no_argument, NULL, 'r'},
    {"durations", no_argument, NULL, 'T'},
    {"column", required_argument, NULL, 'a'},
    {"quiet", no_argument, NULL, 'q'},
    {"stopping", no_argument, NULL, OPTION_STOPPING},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static bool parse_number(const char *text, long low, long high, long *number)
{
    char *end;
    errno = 0;
    *number = strtol(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && *number >= low && *number <= high)
        return true;
    fprintf(stderr, "hdbg-trace: '%s' is no number from %ld to %ld\n", text, low, high);
    return false;
}

/* One team, or several with commas between them. */
static bool add_teams(struct options *options, char *list)
{
    long number;
    for (char *rest, *word = strtok_r(list, ", ", &rest); word != NULL; word = strtok_r(NULL, ", ", &rest)) {
        if (!parse_number(word, 1, 0x7fffffff, &number))
            return false;
        if (options->team_count == (int)(sizeof options->teams / sizeof *options->teams)) {
            fprintf(stderr, "hdbg-trace: too many teams\n");
            return false;
        }
        options->teams[options->team_count++] = (hdbg_team_id)number;
    }
    return true;
}

static bool add_filter(struct options *options, const char *filter)
{
    if (options->filter_count == (int)(sizeof options->filters / sizeof *options->filters)) {
        fprintf(stderr, "hdbg-trace: too many filters\n");
        return false;
    }
    options->filters[options->filter_count++] = filter;
    return true;
}

/* Options with an argument. */
static bool take_argument(struct options *options, int option)
{
    long number = 0;
    switch (option) {
    case 'p':
        return add_teams(options, optarg);
    case 'e':
        return add_filter(options, optarg);
    case 'S':
        options->sort = optarg;
        if (!summary_can_sort(optarg))
            fprintf(stderr, "hdbg-trace: cannot sort by '%s'\n", optarg);
        return summary_can_sort(optarg);
    case 'o':
        options->output = optarg;
        return true;
    case 's':
        if (!parse_number(optarg, 0, 16384, &number))
            return false;
        options->limit = (unsigned)number;
        return true;
    case 'a':
        if (!parse_number(optarg, 0, 1000, &number))
            return false;
        options->column = (int)number;
        return true;
    default:
        return false;
    }
}

static bool take_switch(struct options *options, int option)
{
    switch (option) {
    case 'f':
        options->follow = true;
        return true;
    case 'C':
        options->count_too = true;
        options->count = true;
        return true;
    case 'c':
        options->count = true;
        return true;
    case 'A':
        options->append = true;
        return true;
    case 'v':
        options->whole = true;
        return true;
    case 'y':
        options->paths = true;
        return true;
    case 'r':
        options->relative = true;
        return true;
    case 'T':
        options->durations = true;
        return true;
    case 't':
        if (options->time < TIME_EPOCH)
            options->time++;
        return true;
    case 'q':
        options->quiet = true;
        return true;
    case OPTION_STOPPING:
        options->stopping = true;
        return true;
    default:
        return take_argument(options, option);
    }
}

enum options_result options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){.limit = 32, .column = 40, .sort = "time"};
    int option;
    while ((option = getopt_long(argc, argv, "+p:fe:cCS:o:As:vytrTa:qh", kOptions, NULL)) != -1) {
        if (option == 'h') {
            fputs(kHelp, stdout);
            return OPTIONS_DONE;
        }
        if (option == OPTION_VERSION) {
            puts("hdbg-trace " HAIKUDBG_VERSION);
            return OPTIONS_DONE;
        }
        if (!take_switch(options, option))
            return OPTIONS_WRONG;
    }
    options->program = optind < argc ? argv + optind : NULL;
    if (options->program == NULL && options->team_count == 0) {
        fputs("hdbg-trace: there has to be a PROGRAM or a TEAM; try --help\n", stderr);
        return OPTIONS_WRONG;
    }
    return OPTIONS_RUN;
}

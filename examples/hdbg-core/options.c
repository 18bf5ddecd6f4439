/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The command line: parsed, and explained.
 */
#include "core_tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kHelp[] =
    "Usage: hdbg-core [OPTION...] write TEAM FILE\n"
    "       hdbg-core [OPTION...] info FILE\n"
    "       hdbg-core [OPTION...] check FILE\n"
    "Core files in Haiku's format, which GDB opens too.\n"
    "  write   writes one of a team that runs. Its threads stand still for the time,\n"
    "          and go on.\n"
    "  info    says what a core file is: the team, its threads, why it ended, what is\n"
    "          missing. Core files of Linux's kernel and of gcore will do, compressed\n"
    "          ones (zstd) too.\n"
    "  check   says nothing but what cannot be used of a core file.\n"
    "\n"
    "  -c, --compress     write: compress with zstd\n"
    "  -s, --stacks-only  write: of memory only stacks and what the images changed\n"
    "  -f, --force        write: replace FILE if it is there\n"
    "      --limit BYTES  write: no more than that much memory (K, M, G may follow)\n"
    "  -j, --json         info: as JSON\n"
    "  -e, --environment  info: the environment, too, which may hold passwords\n"
    "      --no-files     info, check: do not look into the images' files\n"
    "  -q, --quiet        no word if all is well, and no progress\n"
    "  -h, --help         print this and exit\n"
    "      --version      print the version and exit\n"
    "\n"
    "The exit status is 0 if all is well, 1 if something failed or (check) a part of\n"
    "the file cannot be used, 2 for a usage error.\n";

enum { OPTION_VERSION = 256, OPTION_LIMIT, OPTION_NO_FILES };

static const struct option kOptions[] = {
    {"compress", no_argument, NULL, 'c'},
    {"stacks-only", no_argument, NULL, 's'},
    {"force", no_argument, NULL, 'f'},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"json", no_argument, NULL, 'j'},
    {"environment", no_argument, NULL, 'e'},
    {"no-files", no_argument, NULL, OPTION_NO_FILES},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static bool usage(int *status, const char *format, const char *argument)
{
    fputs("hdbg-core: ", stderr);
    fprintf(stderr, format, argument);
    fputs("\nTry 'hdbg-core --help'.\n", stderr);
    *status = EXIT_USAGE;
    return false;
}

static bool parse_size(const char *text, uint64_t *size)
{
    static const char kUnits[] = "KMG";
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    const char *unit = *end != '\0' ? strchr(kUnits, *end) : NULL;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - kUnits + 1) : 0;
    if (errno != 0 || end == text || text[0] == '-' || (unit != NULL ? end[1] != '\0' : *end != '\0') ||
        value == 0 || value > UINT64_MAX >> shift)
        return false;
    *size = (uint64_t)value << shift;
    return true;
}

static bool parse_team(const char *text, hdbg_team_id *team)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value <= 0 || value > INT32_MAX)
        return false;
    *team = (hdbg_team_id)value;
    return true;
}

static bool parse_option(struct options *o, int option, int *status)
{
    switch (option) {
    case 'c':
        o->flags |= HDBG_CORE_COMPRESS;
        return true;
    case 's':
        o->flags |= HDBG_CORE_STACKS_ONLY;
        return true;
    case 'f':
        o->flags |= HDBG_CORE_REPLACE;
        return true;
    case 'j':
        o->json = true;
        return true;
    case 'e':
        o->environment = true;
        return true;
    case 'q':
        o->quiet = true;
        return true;
    case OPTION_NO_FILES:
        o->open_flags |= HDBG_CORE_NO_FILES;
        return true;
    case OPTION_LIMIT:
        return parse_size(optarg, &o->limit) || usage(status, "'%s' is no number of bytes", optarg);
    case 'h':
        fputs(kHelp, stdout);
        *status = EXIT_DONE;
        return false;
    case OPTION_VERSION:
        puts("hdbg-core " HAIKUDBG_VERSION);
        *status = EXIT_DONE;
        return false;
    default: /* getopt_long() has said what is wrong */
        fputs("Try 'hdbg-core --help'.\n", stderr);
        *status = EXIT_USAGE;
        return false;
    }
}

bool options_parse(struct options *o, int argc, char **argv, int *status)
{
    int option;
    memset(o, 0, sizeof *o);
    while ((option = getopt_long(argc, argv, "csfjeqh", kOptions, NULL)) != -1) {
        if (!parse_option(o, option, status))
            return false;
    }
    char **rest = argv + optind;
    int count = argc - optind;
    if (count == 0)
        return usage(status, "%s", "no command was given: write, info or check");
    o->command = rest[0];
    bool writes = strcmp(o->command, "write") == 0;
    if (!writes && strcmp(o->command, "info") != 0 && strcmp(o->command, "check") != 0)
        return usage(status, "'%s' is no command: write, info and check are", o->command);
    if (count != (writes ? 3 : 2))
        return usage(status, "%s", writes ? "write takes a team and a file" : "one file has to be named");
    if (writes && !parse_team(rest[1], &o->team))
        return usage(status, "'%s' is not the id of a team", rest[1]);
    o->file = rest[count - 1];
    return true;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-server's command line, as gdbserver's users know it.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kHelp[] =
    "Usage: hdbg-server [OPTION...] WHERE PROGRAM [ARGUMENT...]\n"
    "       hdbg-server [OPTION...] --attach WHERE TEAM\n"
    "       hdbg-server [OPTION...] --multi WHERE\n"
    "Debugs a program for a GDB or an LLDB that connects to it.\n"
    "\n"
    "WHERE is HOST:PORT, :PORT (on this machine alone), the path of a Unix socket, or - for standard input\n"
    "and output.\n"
    "\n"
    "      --attach                      debug a team that runs\n"
    "      --multi                       start without a program, and do not end with the last one\n"
    "      --once                        end with the first connection\n"
    "      --wrapper PROGRAM [ARGUMENT...] --\n"
    "                                    launch with a program that becomes the one to be debugged\n"
    "      --startup-with-shell          let a shell start what clients launch (the default)\n"
    "      --no-startup-with-shell       do not\n"
    "      --disable-randomization       launch at the same addresses each time (the default)\n"
    "      --no-disable-randomization    leave that to the system\n"
    "      --remote-debug                write packets to standard error\n"
    "      --debug-file=FILE             or to a file\n"
    "      --as-haiku                    tell clients of a Haiku target, for tests\n"
    "      --disable-packet=NAME,...     do not know T, Tthread, vCont, qC, qfThreadInfo, or all: threads;\n"
    "                                    for tests of clients\n"
    "  -h, --help                        print this and exit\n"
    "      --version                     print the version and exit\n";

enum {
    OPTION_ATTACH = 256,
    OPTION_ONCE,
    OPTION_MULTI,
    OPTION_WRAPPER,
    OPTION_SHELL,
    OPTION_NO_SHELL,
    OPTION_DISABLE,
    OPTION_NO_DISABLE,
    OPTION_REMOTE_DEBUG,
    OPTION_DEBUG_FILE,
    OPTION_AS_HAIKU,
    OPTION_DISABLE_PACKET,
    OPTION_VERSION
};

static const struct option kOptions[] = {
    {"attach", no_argument, NULL, OPTION_ATTACH},
    {"once", no_argument, NULL, OPTION_ONCE},
    {"multi", no_argument, NULL, OPTION_MULTI},
    {"wrapper", no_argument, NULL, OPTION_WRAPPER},
    {"startup-with-shell", no_argument, NULL, OPTION_SHELL},
    {"no-startup-with-shell", no_argument, NULL, OPTION_NO_SHELL},
    {"disable-randomization", no_argument, NULL, OPTION_DISABLE},
    {"no-disable-randomization", no_argument, NULL, OPTION_NO_DISABLE},
    {"remote-debug", no_argument, NULL, OPTION_REMOTE_DEBUG},
    {"debug-file", required_argument, NULL, OPTION_DEBUG_FILE},
    {"as-haiku", no_argument, NULL, OPTION_AS_HAIKU},
    {"disable-packet", required_argument, NULL, OPTION_DISABLE_PACKET},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static bool is_in_list(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at != NULL && *at != '\0'; at += strcspn(at, ","), at += *at == ',') {
        if (strcspn(at, ",") == length && strncmp(at, name, length) == 0)
            return true;
    }
    return false;
}

bool options_disable(const struct options *options, const char *packet)
{
    static const char *const kThreads[] = {"Tthread", "vCont", "qC", "qfThreadInfo"};
    bool disabled = is_in_list(options->disabled, packet), all = is_in_list(options->disabled, "threads");
    for (size_t i = 0; all && i < sizeof kThreads / sizeof *kThreads; i++)
        disabled |= strcmp(packet, kThreads[i]) == 0;
    return disabled;
}

static int complain(const char *what)
{
    fprintf(stderr, "hdbg-server: %s\nTry 'hdbg-server --help'.\n", what);
    return 2;
}

static int take_team(struct options *options, const char *text)
{
    char *end;
    errno = 0;
    long id = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || id <= 0 || id > INT32_MAX) {
        fprintf(stderr, "hdbg-server: '%s' is not the id of a team\n", text);
        return 2;
    }
    options->attach = (int32_t)id;
    return -1;
}

/* What is behind --wrapper, up to a "--". */
static int take_wrapper(struct options *options, int argc, char **argv)
{
    int end = optind;
    while (end < argc && strcmp(argv[end], "--") != 0)
        end++;
    if (end == argc || end == optind)
        return complain("--wrapper needs a program, and -- behind it");
    options->wrapper = &argv[optind];
    options->wrapper_count = (size_t)(end - optind);
    optind = end + 1;
    return -1;
}

/* -1: go on. */
static int take_option(struct options *options, int option, bool *attach)
{
    switch (option) {
    case OPTION_ATTACH:
        *attach = true;
        return -1;
    case OPTION_ONCE:
        options->once = true;
        return -1;
    case OPTION_MULTI:
        options->multi = true;
        return -1;
    case OPTION_SHELL:
        options->no_shell = false;
        return -1;
    case OPTION_NO_SHELL:
        options->no_shell = true;
        return -1;
    case OPTION_DISABLE:
        options->randomization = false;
        return -1;
    case OPTION_NO_DISABLE:
        options->randomization = true;
        return -1;
    case OPTION_REMOTE_DEBUG:
        options->remote_debug = true;
        return -1;
    case OPTION_DEBUG_FILE:
        options->debug_file = optarg;
        return -1;
    case OPTION_AS_HAIKU:
        options->as_haiku = true;
        return -1;
    case OPTION_DISABLE_PACKET:
        options->disabled = optarg;
        return -1;
    case 'h':
        fputs(kHelp, stdout);
        return 0;
    case OPTION_VERSION:
        puts("hdbg-server " HAIKUDBG_VERSION);
        return 0;
    default: /* getopt has said what is wrong */
        fputs("Try 'hdbg-server --help'.\n", stderr);
        return 2;
    }
}

int options_parse(struct options *options, int argc, char **argv)
{
    bool attach = false;
    int option, status = -1;
    *options = (struct options){0};
    while (status < 0 && (option = getopt_long(argc, argv, "+h", kOptions, NULL)) != -1)
        status = option == OPTION_WRAPPER ? take_wrapper(options, argc, argv)
                                          : take_option(options, option, &attach);
    if (status >= 0)
        return status;
    if (optind == argc)
        return complain("where to listen is missing");
    options->where = argv[optind++];
    if (optind < argc && strcmp(argv[optind], "--attach") == 0) { /* after WHERE, as some write it */
        attach = true;
        optind++;
    }
    if (optind == argc && options->multi && !attach)
        return -1;
    if (optind == argc)
        return complain(attach ? "the team's id is missing" : "the program is missing");
    if (attach)
        return optind + 1 == argc ? take_team(options, argv[optind])
                                  : complain("there is something after the team's id");
    options->arguments = &argv[optind];
    return -1;
}

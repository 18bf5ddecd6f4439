/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-recording prints a recording: a line for each call that was made of a kernel, as text or as JSON.
 */
#include <haikudbg/haikudbg.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STATUS_GOOD = 0, STATUS_DAMAGED = 1, STATUS_WRONG = 2 };

struct options {
    const char *file;
    const char *call; /* only calls of this name */
    long thread;      /* only calls of this thread */
    bool json, all, no_headers;
};

static const char kUsage[] = "usage: hdbg-recording [option ...] file\n"
                             "\n"
                             "Prints what HAIKUDBG_RECORD=file has recorded: a line for each call.\n"
                             "\n"
                             "  -a, --all          also looks at the clock\n"
                             "  -c, --call NAME    only calls of this function, such as port_write\n"
                             "  -t, --thread N     only calls of this thread\n"
                             "  -j, --json         an object a line\n"
                             "      --no-headers   no title and no line about the recording\n"
                             "  -h, --help         this text\n"
                             "      --version      the version\n";

/* @return whether to go on; else `status` is the program's. */
static bool parse(struct options *o, int argc, char **argv, int *status)
{
    static const struct option kOptions[] = {
        {"all", no_argument, NULL, 'a'},          {"call", required_argument, NULL, 'c'},
        {"thread", required_argument, NULL, 't'}, {"json", no_argument, NULL, 'j'},
        {"no-headers", no_argument, NULL, 'n'},   {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},      {NULL, 0, NULL, 0},
    };
    char *end = "";
    int option;
    *o = (struct options){NULL};
    *status = STATUS_WRONG;
    while ((option = getopt_long(argc, argv, "ac:t:jh", kOptions, NULL)) >= 0) {
        switch (option) {
        case 'a':
            o->all = true;
            break;
        case 'c':
            o->call = optarg;
            break;
        case 't':
            o->thread = strtol(optarg, &end, 10);
            if (*end != '\0' || o->thread <= 0) {
                fprintf(stderr, "hdbg-recording: '%s' is no thread: they are numbered from 1\n", optarg);
                return false;
            }
            break;
        case 'j':
            o->json = true;
            break;
        case 'n':
            o->no_headers = true;
            break;
        case 'h':
        case 'v':
            fputs(option == 'h' ? kUsage : "hdbg-recording " HAIKUDBG_VERSION "\n", stdout);
            *status = STATUS_GOOD;
            return false;
        default:
            return false;
        }
    }
    if (argc - optind != 1) {
        fputs("hdbg-recording: give one file\n", stderr);
        return false;
    }
    o->file = argv[optind];
    return true;
}

static const char *release_name(int32_t release)
{
    static const char *const kNames[] = {"R1/beta4", "R1/beta5", "R1/beta6"};
    return release >= HDBG_RELEASE_BETA4 && release <= HDBG_RELEASE_BETA6
               ? kNames[release - HDBG_RELEASE_BETA4]
               : "an unknown release";
}

/* Control characters are a file's, not the terminal's. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            *text = '?';
    }
}

static void print_headers(hdbg_recording_info *info)
{
    char date[64] = "at an unknown time";
    time_t seconds = (time_t)(info->date / 1000000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) != NULL)
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S UTC", &parts);
    make_printable(info->kernel_name);
    make_printable(info->system);
    printf("recorded %s, process %d, kernel %s (%s), messages of %s\n", date, (int)info->process,
           info->kernel_name, info->system, release_name(info->release));
    printf("%8s %12s %9s %3s  %-21s %s\n", "NUMBER", "SECONDS", "TOOK", "THR", "CALL", "WHAT");
}

static bool is_wanted(const struct options *o, const hdbg_recorded_call *call)
{
    if (o->call != NULL)
        return strcmp(o->call, call->name) == 0 && (o->thread == 0 || o->thread == call->thread);
    if (!o->all && strcmp(call->name, "system_time") == 0)
        return false;
    return o->thread == 0 || o->thread == call->thread;
}

/* Times are on the kernel's clock; in text, since the beginning. */
static void print_call(const struct options *o, hdbg_recording *recording, const hdbg_recorded_call *call,
                       hdbg_time start)
{
    if (o->json) {
        puts(hdbg_recording_json(recording));
        return;
    }
    const char *text = hdbg_recording_text(recording);
    size_t name = strlen(call->name);
    if (strncmp(text, call->name, name) == 0)
        text += name + (text[name] == ' ');
    char took[24];
    snprintf(took, sizeof took, "%" PRIu64 "us", (uint64_t)call->end - (uint64_t)call->start);
    printf("%8" PRIu64 " %12.6f %9s %3d  %*s%-*s %s\n", call->number,
           (double)((int64_t)((uint64_t)call->start - (uint64_t)start)) / 1e6, took, (int)call->thread,
           (int)call->depth, "", (int)(21 - call->depth), call->name, text);
}

static int print_all(const struct options *o, hdbg_recording *recording)
{
    hdbg_recording_info info = {.size = sizeof info};
    hdbg_recorded_call call = {.size = sizeof call};
    hdbg_status status = hdbg_recording_info_get(recording, &info);
    if (status == HDBG_OK && !o->json && !o->no_headers)
        print_headers(&info);
    while (status == HDBG_OK && (status = hdbg_recording_next(recording, &call)) == HDBG_OK) {
        if (is_wanted(o, &call))
            print_call(o, recording, &call, info.start);
    }
    if (status == HDBG_BAD_INDEX)
        return STATUS_GOOD;
    fflush(stdout);
    fprintf(stderr, "hdbg-recording: %s\n", hdbg_last_error());
    return STATUS_DAMAGED;
}

int main(int argc, char **argv)
{
    struct options options;
    hdbg_recording *recording;
    int status;
    if (!parse(&options, argc, argv, &status))
        return status;
    if (hdbg_recording_open(options.file, &recording) != HDBG_OK) {
        fprintf(stderr, "hdbg-recording: %s: %s\n", options.file, hdbg_last_error());
        return STATUS_WRONG;
    }
    status = print_all(&options, recording);
    hdbg_recording_close(recording);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("hdbg-recording: cannot write");
        return STATUS_WRONG;
    }
    return status;
}

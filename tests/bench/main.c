/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * hdbg-bench: each row measures the library and a peer in turns, nine times, and prints the medians and their
 * ratio.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RUNS = 99 };

const char *bench_program;
char bench_self[16];

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void bench_check(hdbg_status status, const char *what)
{
    if (status < 0) {
        fprintf(stderr, "hdbg-bench: %s: %s (%s)\n", what, hdbg_last_error(), hdbg_status_name(status));
        exit(125);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

static void run_row(const bench_row *row, int runs, int *behind)
{
    double ours[MAX_RUNS], peer[MAX_RUNS], ratio[MAX_RUNS];
    for (int i = 0; i < runs; i++) {
        ours[i] = row->ours(row->ours_parameter);
        peer[i] = row->peer ? row->peer(row->peer_parameter) : row->target;
        if (ours[i] < 0 || peer[i] <= 0) {
            printf("  %-38s could not be measured\n", row->name);
            *behind += 1;
            return;
        }
        ratio[i] = ours[i] / peer[i];
    }
    double r = median(ratio, runs), target = row->peer ? row->target : 1.0;
    printf("  %-38s %12.0f %12.0f %-10s %7.2f  %7.2f  %-5s %s\n", row->name, median(ours, runs),
           median(peer, runs), row->unit, r, target, r >= target ? "good" : "BELOW",
           row->peer ? row->peer_name : "a fixed rate");
    fflush(stdout);
    if (r < target)
        *behind += 1;
}

static void run_rows(const bench_row *rows, const char *filter, int runs, int *behind)
{
    for (; rows->name; rows++) {
        if (!filter || strstr(rows->name, filter))
            run_row(rows, runs, behind);
    }
}

static void pin_to_one_processor(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        perror("hdbg-bench: cannot stay on one processor");
}

static void usage(FILE *to)
{
    fputs("Usage: hdbg-bench [-n RUNS] [NAME]\n\n"
          "Measures the library beside raw ptrace, in turns; medians. NAME: only rows whose name has it.\n"
          "Ratios are ours to the peer's, more is better. Exit status 1: a row is below its target.\n",
          to);
}

int main(int argc, char **argv)
{
    int runs = 9, option, behind = 0;
    bench_program = "/proc/self/exe";
    static char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0)
        bench_program = self;
    if (argc == 4 && strcmp(argv[1], "--child") == 0)
        return bench_child(argv[2], atoi(argv[3]));
    snprintf(bench_self, sizeof bench_self, "%d", (int)getpid());
    while ((option = getopt(argc, argv, "n:h")) != -1) {
        if (option == 'n' && atoi(optarg) > 0 && atoi(optarg) <= MAX_RUNS)
            runs = atoi(optarg);
        else {
            usage(option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : 125;
        }
    }
    const char *filter = optind < argc ? argv[optind] : NULL;
    printf("  %-38s %12s %12s %-10s %7s  %7s\n", "", "ours", "peer", "unit", "ratio", "target");
    printf("left to the scheduler\n");
    run_rows(kProcessRows, filter, runs, &behind);
    run_rows(kRecordRows, filter, runs, &behind);
    run_rows(kTeamRows, filter, runs, &behind);
    bench_crowds_end(); /* reports.c waits for all children that there are */
    run_rows(kMockRows, filter, runs, &behind);
    run_rows(kCoreRows, filter, runs, &behind);
    run_rows(kReportRows, filter, runs, &behind);
    run_rows(kToolRows, filter, runs, &behind);
    run_rows(kServerRows, filter, runs, &behind);
    run_rows(kTraceRows, filter, runs, &behind);
    pin_to_one_processor();
    printf("on one processor\n");
    run_rows(kProcessRows, filter, runs, &behind);
    run_rows(kRecordRows, filter, runs, &behind);
    run_rows(kTraceRows, filter, runs, &behind);
    return behind ? 1 : 0;
}

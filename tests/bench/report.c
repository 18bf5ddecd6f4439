/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A whole report on a program that crashes with 150 libraries loaded, each with debug information and a frame
 * on the stack, beside gdb's "thread apply all bt full".
 */
#define _GNU_SOURCE
#include "bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIBRARIES = 150, REPORT_STATUS = 128 + 11, COMMAND_SIZE = 1024, DAY = 24 * 3600 };

static const char kLibrary[] = "#include <map>\n#include <string>\n#include <vector>\n"
                               "struct Thing { int number; std::string name; std::vector<int> numbers; };\n"
                               "static std::map<std::string, Thing> all;\n"
                               "extern \"C\" int work(int n, int (*next)(int)) {\n"
                               "    Thing thing{n, \"a thing\", {1, 2, 3}};\n"
                               "    all[\"x\"] = thing;\n"
                               "    return next(n + 1) + thing.number;\n"
                               "}\n";
static const char kProgram[] =
    "#include <dlfcn.h>\n#include <pthread.h>\n#include <stdio.h>\n#include <unistd.h>\n"
    "static int (*work[COUNT])(int, int (*)(int));\n"
    "static int step(int n) { return n == COUNT ? *(volatile int *)0 : work[n](n, step); }\n"
    "static void *stand(void *p) { for (;;) pause(); }\n"
    "int main(void) {\n"
    "    char path[64]; pthread_t thread;\n"
    "    for (int i = 0; i < COUNT; i++) {\n"
    "        snprintf(path, sizeof path, \"./lib%d.so\", i);\n"
    "        *(void **)&work[i] = dlsym(dlopen(path, RTLD_NOW), \"work\");\n"
    "    }\n"
    "    for (int i = 0; i < 8; i++) pthread_create(&thread, 0, stand, 0);\n"
    "    return step(0);\n"
    "}\n";

static void name_folder(char *path, size_t size)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, size, "%s/hdbg-bench-%s-wide", folder != NULL ? folder : "/var/tmp", bench_self);
}

/* Runs a command in the folder; answers its status as a shell's, or -1. */
static int run_in(const char *folder, const char *command)
{
    char whole[2 * COMMAND_SIZE];
    snprintf(whole, sizeof whole, "cd %s && %s", folder, command);
    int status = system(whole);
    return status == -1 ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool write_source(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return false;
    fputs(text, file);
    return fclose(file) == 0;
}

static char gFolder[256];

static void remove_folder(void)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf %s", gFolder);
    if (system(command) != 0)
        fprintf(stderr, "hdbg-bench: cannot remove %s\n", gFolder);
}

/* Builds the program when it is first needed. */
static bool prepare(void)
{
    char command[COMMAND_SIZE];
    if (gFolder[0] != '\0')
        return true;
    name_folder(gFolder, sizeof gFolder);
    atexit(remove_folder);
    if (mkdir(gFolder, 0700) != 0 || !write_source(gFolder, "library.cpp", kLibrary) ||
        !write_source(gFolder, "wide.c", kProgram))
        return false;
    snprintf(
        command, sizeof command,
        "c++ -g -O1 -fPIC -c library.cpp && cc -w -g -O0 -DCOUNT=%d wide.c -o wide -ldl -lpthread && "
        "for i in $(seq 0 %d); do c++ -shared -Wl,-soname,lib$i.so library.o -o lib$i.so || exit 1; done",
        LIBRARIES, LIBRARIES - 1);
    return run_in(gFolder, command) == 0;
}

/* Reports a day: a second's are too few for a table of whole numbers. */
static double measure(const char *command, int status)
{
    if (!prepare())
        return -1;
    double start = bench_now();
    int got = run_in(gFolder, command);
    double seconds = bench_now() - start;
    if (got != status)
        fprintf(stderr, "hdbg-bench: %s ends with status %d\n", command, got);
    return got == status ? DAY / seconds : -1;
}

static double report_rate(int parameter)
{
    (void)parameter;
    return measure(HDBG_TEST_TOOLS "/hdbg-report --full -o report.txt ./wide >/dev/null 2>&1", REPORT_STATUS);
}

static double gdb_rate(int parameter)
{
    (void)parameter;
    return measure("gdb -nx -q -batch -ex run -ex 'thread apply all bt full' ./wide >gdb.txt 2>&1", 0);
}

const bench_row kReportRows[] = {{.name = "report with 150 libraries",
                                  .ours = report_rate,
                                  .peer = gdb_rate,
                                  .peer_name = "gdb bt full",
                                  .unit = "a day",
                                  .target = 1.0},
                                 {.name = NULL}};

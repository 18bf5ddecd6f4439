/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What hdbg-report says was done wrong, and how sure it is: one crasher for each verdict.
 */
#define _GNU_SOURCE
#include "report_run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

/* A crasher, and what is to be said of it. */
struct verdict {
    const char *program;
    const char *name;        /* in JSON */
    const char *certainty;   /* in JSON */
    const char *sentence;    /* a part of it */
    const char *explanation; /* a part of it, as a line */
    int status;
};

static const struct verdict kNull = {"null-write",
                                     "null-dereference",
                                     "certain",
                                     "wrote to 0x0 in apply_settings()",
                                     "\n  null dereference: the pointer in rax is null\n",
                                     128 + SIGSEGV};
static const struct verdict kNullCall = {"jump-to-null",
                                         "null-dereference",
                                         "certain",
                                         "jumped to 0x0 from call_back()",
                                         "\n  null dereference: it called a function by a null pointer\n",
                                         128 + SIGSEGV};
static const struct verdict kUnmap = {
    "use-after-unmap", "use-after-unmap", "likely", "read from 0x", "in a gap of 64 KiB between ",
    128 + SIGSEGV};
static const struct verdict kFreedLarge = {
    "use-after-free-large",          "use-after-unmap", "possible", " in look_at() of use-after-free-large\n",
    "\n  perhaps use after unmap: ", 128 + SIGSEGV};
static const struct verdict kUnload = {"use-after-unload",
                                       "use-after-unload",
                                       "certain",
                                       " from call() of use-after-unload\n",
                                       "/libplugin.so, which was unloaded\n",
                                       128 + SIGSEGV};
static const struct verdict kReadOnly = {"write-to-read-only",
                                         "write-to-read-only",
                                         "certain",
                                         "/write-to-read-only, in shout() of write-to-read-only\n",
                                         "\n  write to read-only memory: ",
                                         128 + SIGSEGV};
static const struct verdict kExecute = {"execute-data",
                                        "execution-of-data",
                                        "certain",
                                        ", which is no code, from run() of execute-data\n",
                                        "/execute-data, which is not executable\n",
                                        128 + SIGSEGV};
static const struct verdict kMisaligned = {"misaligned",
                                           "misaligned",
                                           "certain",
                                           ", which is no multiple of 16, in first_of() of misaligned\n",
                                           " is no multiple of 16, which the instruction needs\n",
                                           128 + SIGILL};
static const struct verdict kMisalignedChecked = {
    "misaligned-checked",
    "misaligned",
    "certain",
    ", which is no multiple of 4, in number_at() of misaligned-checked\n",
    " is no multiple of 4, and the program has the processor check that\n",
    128 + SIGBUS};
static const struct verdict kRecursion = {
    "mutual-recursion",
    "endless-recursion",
    "certain",
    "overflowed its stack in ",
    "\n  stack overflow by recursion: parse_expression() -> parse_term() -> parse_factor() -> "
    "parse_expression(), ",
    128 + SIGSEGV};
static const struct verdict kSelfRecursion = {"stack-overflow",
                                              "endless-recursion",
                                              "certain",
                                              "overflowed its stack in recurse() of stack-overflow",
                                              "\n  stack overflow by recursion: recurse() -> recurse(), ",
                                              128 + SIGSEGV};
static const struct verdict kHeap = {
    "heap-corruption",     "heap-corruption", "certain", "called abort() in release() of heap-corruption: ",
    "\n  heap corruption", 128 + SIGABRT};
static const struct verdict kSmash = {
    "stack-smashing",
    "stack-smashing",
    "certain",
    "called abort() in copy_name() of stack-smashing: *** stack smashing detected ***",
    "\n  stack smashing: ",
    128 + SIGABRT};
static const struct verdict kUncaught = {
    "uncaught-exception",
    "uncaught-exception",
    "certain",
    "threw std::runtime_error, which nobody caught, in parser::number_of(std::string const&) of "
    "uncaught-exception: no number here\n",
    "\n  uncaught exception: std::runtime_error: no number here\n",
    128 + SIGABRT};
static const struct verdict kUncaughtCustom = {
    "uncaught-custom",
    "uncaught-exception",
    "certain",
    "threw store::Full, which nobody caught, in store::put(int) of uncaught-custom: the store is full\n",
    "\n  uncaught exception: store::Full: the store is full\n",
    128 + SIGABRT};
static const struct verdict kAssertion = {"failed-assertion",
                                          "failed-assertion",
                                          "certain",
                                          "Assertion `index < count' failed.\n",
                                          "\n  failed assertion: index < count is not true\n",
                                          128 + SIGABRT};
static const struct verdict kAbort = {"abort",
                                      "abort",
                                      "certain",
                                      "called abort() in give_up() of abort\n",
                                      "\n  abort: the program gave up by itself\n",
                                      128 + SIGABRT};
static const struct verdict kDebugger = {"debugger-call",
                                         "debugger-call",
                                         "certain",
                                         "called debugger(\"the cupboard is bare\")",
                                         "\n  debugger call: the program asked for a debugger\n",
                                         0};
static const struct verdict kFileCut = {"bus-error-truncated-mapping",
                                        "file-cut-short",
                                        "certain",
                                        "beyond the end of the mapped file",
                                        " is shorter now than when it was mapped\n",
                                        128 + SIGBUS};
static const struct verdict kDivision = {
    "division-by-zero",       "division",  "certain", "divided by zero in average()",
    "\n  division by zero\n", 128 + SIGFPE};
static const struct verdict kIllegal = {
    "illegal-instruction",
    "illegal-instruction",
    "certain",
    "executed an illegal instruction in ",
    "\n  illegal instruction: ud2, which compilers put where a program must not come\n",
    128 + SIGILL};

static void is_the_verdict(void **state)
{
    const struct verdict *verdict = *state;
    char path[1024], json[] = "/tmp/hdbg-report-XXXXXX", wanted[64];
    struct report_run run;
    int descriptor = mkstemp(json);

    assert_true(descriptor >= 0);
    close(descriptor);
    snprintf(path, sizeof(path), "%s/%s", HDBG_TEST_CRASHERS, verdict->program);
    report_all(&run, (const char *const[]){REPORT_TOOL, "--brief", "--json", json, path, NULL});
    report_expect(run.error_text, verdict->sentence);
    report_expect(run.error_text, verdict->explanation);
    char *text = report_read_file(json);
    unlink(json);
    snprintf(wanted, sizeof(wanted), "\"verdict\": \"%s\"", verdict->name);
    report_expect(text, wanted);
    snprintf(wanted, sizeof(wanted), "\"certainty\": \"%s\"", verdict->certainty);
    report_expect(text, wanted);
    report_expect(text, "\"explanation\": \"");
    if (run.status != verdict->status)
        fail_msg("exit status %d, not %d, after:\n%s", run.status, verdict->status, run.error_text);
    free(text);
    report_clean(&run);
}

#define VERDICT(behaviour, verdict)                                                                          \
    {                                                                                                        \
        behaviour, is_the_verdict, NULL, NULL, (void *)(uintptr_t) & (verdict)                               \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        VERDICT("a null dereference names the register", kNull),
        VERDICT("a call by a null pointer is a null dereference", kNullCall),
        VERDICT("use after unmap is likely where there is a gap between mappings", kUnmap),
        VERDICT("use after unmap is possible below the lowest mapping", kFreedLarge),
        VERDICT("use after unload names the library", kUnload),
        VERDICT("a write to read-only memory is one", kReadOnly),
        VERDICT("a jump into data is an execution of data", kExecute),
        VERDICT("a misaligned vector names what the instruction needs", kMisaligned),
        VERDICT("a checked alignment is misaligned, too", kMisalignedChecked),
        VERDICT("a recursion of several functions names the cycle", kRecursion),
        VERDICT("a recursion of one function names it", kSelfRecursion),
        VERDICT("an overwritten heap is told with the C library's words", kHeap),
        VERDICT("an overwritten frame is told with the function's name", kSmash),
        VERDICT("an uncaught exception has its type and what()", kUncaught),
        VERDICT("an uncaught exception of the program's own has its type and what()", kUncaughtCustom),
        VERDICT("a failed assertion is one", kAssertion),
        VERDICT("abort() alone is nothing else", kAbort),
        VERDICT("a call of debugger() is no crash", kDebugger),
        VERDICT("a mapping whose file was cut names the file", kFileCut),
        VERDICT("a division by zero is one", kDivision),
        VERDICT("an illegal instruction is one", kIllegal),
    };
    return cmocka_run_group_tests_name("hdbg-report's verdicts", tests, NULL, NULL);
}

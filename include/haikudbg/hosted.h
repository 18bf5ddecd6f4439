/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The hosted kernel: Haiku's nub on Linux, through the program hdbg-nub.
 */
#ifndef HAIKUDBG_HOSTED_H
#define HAIKUDBG_HOSTED_H

#include <haikudbg/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup hosted The hosted kernel
 * Teams are Linux processes, debugged by a helper program, hdbg-nub, that speaks Haiku's nub protocol. It is
 * started by the first call that needs it and is no child of the caller: no signal handler, no wait() of the
 * caller sees it. (In a process that reaps orphans, init or PR_SET_CHILD_SUBREAPER, an ended nub is one more
 * orphan.)
 *
 * Where Linux differs from Haiku:
 * - Ids of teams and threads are process and thread ids. The nub's own thread is listed as the last of a
 * debugged team, under an id that is no Linux thread's.
 * - hdbg_area_info.ram_size is 0: counting it costs more than all else.
 * - A port of a process without privileges holds fewer messages than its capacity says when these are large:
 * the system limits a socket's memory (net.core.wmem_max). It then acts as if it were full.
 * - A relative hdbg_launch_spec.path names a file in the caller's working directory, whatever the new one is
 * to be.
 * - A launch that fails has had a child for a moment: the caller gets a SIGCHLD. It is reaped already.
 * - Only 64-bit x86_64 programs are debugged: others are refused with HDBG_NOT_SUPPORTED. A team that
 * executes one is let go: its nub port dies.
 * - After fork() only the parent may go on using the kernel; the child may only exec or exit.
 *
 * Several kernels, in one process or in several of one user, may work on teams of the same nub: the second is
 * told HDBG_BAD_VALUE of a team that the first debugs, until that one prepares a handover.
 *
 * If hdbg-nub is killed, calls end with HDBG_NUB_LOST or HDBG_BAD_PORT_ID, and the next call or wait of the
 * library that meets the nub takes its breakpoints out of the debuggees again, from the code and from the
 * registers, and lets them run on. Threads that are stopped when the nub dies wait for that, some seconds at
 * most, and then go on where they were. What remains:
 * - Until then, at once if a thread waits for events, a debuggee's running thread that runs into a breakpoint
 * dies of SIGTRAP. So does one in the midst of a single step or stopped after one, and one that was stopped
 * at a breakpoint before the first of its team was continued from one in the code. Measured with two
 * processors under load: of 300 debuggees whose threads were all stopped none to 20 did not survive, of 300
 * whose threads did nothing but step and run into breakpoints 264 to 289.
 * - A trap that a thread has run into, and the nub has not taken yet, is delivered by the system when the nub
 * dies, before anybody can mend.
 * - A thread whose trap the nub was just taking (some microseconds) goes on in the midst of an instruction.
 * - A signal that a thread was stopped for is lost.
 * - Where yama's ptrace_scope is 1 and the caller is not root, breakpoints in registers stay.
 * @{
 */

/** How a hosted kernel is to be. Clear it with zeroes and set `size`. @since 0.1 */
typedef struct hdbg_hosted_options {
    size_t size;          /**< sizeof(hdbg_hosted_options), set by the caller. */
    const char *nub_path; /**< The program hdbg-nub, or NULL: look for it. Copied. */
    int no_environment;   /**< Not 0: $HAIKUDBG_NUB is not looked at. */
    int no_mending;       /**< Not 0: debuggees are left as a killed nub has left them. For tests. */
} hdbg_hosted_options;

/**
 * Creates a hosted kernel. hdbg-nub is looked for at options->nub_path; without that at $HAIKUDBG_NUB, beside
 * the library (or the program, if it is linked in), in ../libexec/haikudbg from there, and in the libexec
 * folder that the library was built for.
 *
 * Any thread may call.
 *
 * @param options how it is to be, or NULL for the defaults.
 * @param kernel receives the kernel; release it with hdbg_kernel_destroy().
 * @return HDBG_OK; HDBG_BAD_VALUE for a NULL `kernel` or a wrong size, HDBG_ENTRY_NOT_FOUND if there is no
 * hdbg-nub (the last error lists the places), HDBG_NO_MEMORY, HDBG_NO_MORE_FDS.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_kernel_hosted_create(const hdbg_hosted_options *options, hdbg_kernel **kernel);

/**
 * For tests: the process id of the kernel's hdbg-nub.
 *
 * @param kernel a hosted kernel.
 * @return the process id, or HDBG_BAD_VALUE if `kernel` is another one or has no nub at the moment.
 * Any thread may call.
 * @since 0.1
 */
HDBG_API int32_t hdbg_hosted_test_nub(hdbg_kernel *kernel);

/**
 * For tests: makes the nub lose the first CONTINUE_THREAD after each launch, as Haiku may (a thread that is
 * not suspended yet cannot be resumed). Starts the nub if it does not run yet.
 *
 * @param kernel a hosted kernel.
 * @param on not 0: lose it; 0: do not (the default).
 * @return HDBG_OK; HDBG_BAD_VALUE for another kernel; why the nub could not be started or asked.
 * Any thread may call.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_hosted_test_lose_continue(hdbg_kernel *kernel, int on);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_HOSTED_H */

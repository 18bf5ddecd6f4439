/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The native kernel: Haiku itself, by its own calls.
 */
#ifndef HAIKUDBG_HAIKU_H
#define HAIKUDBG_HAIKU_H

#include <haikudbg/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup haiku The native kernel
 * On Haiku, hdbg_kernel_create() makes this one. What users of it may want to know:
 * - Which codes the running release has for its messages is asked of the system, so a library that was built
 * on one release works on the others.
 * - Memory is read through clones of the debuggee's areas where the release has CLONE_AREA and the area is
 * data; by messages of a kilobyte elsewhere. Code is always read by messages: the nub hides its breakpoints.
 * - load_image() launches what is to inherit the caller's working directory and streams. Anything else is
 * launched by fork(), wait_for_debugger() and exec, and held by a debugger port of the kernel's own until
 * install_team_debugger() or resume_thread() is called. Both stop in the runtime loader, before the program's
 * first own instruction.
 * - HDBG_LAUNCH_NO_RANDOMIZATION adds DISABLE_ASLR=1 to the environment, which is how Haiku is told.
 * - A descriptor (hdbg_session_descriptor()) is a pipe, kept by a thread that sleeps until the port holds a
 * message. It blocks all signals.
 * - After fork() only the parent may go on using the kernel; the child may only exec or exit.
 * - has_default_debugger() knows debug_server, and who names his port "default debugger".
 * @{
 */

/** How a native kernel is to be. Clear it with zeroes and set `size`. @since 0.1 */
typedef struct hdbg_haiku_options {
    size_t size;       /**< sizeof(hdbg_haiku_options), set by the caller. */
    int32_t release;   /**< An hdbg_release, 0: ask the system. A wrong one is dangerous: see message.h. */
    int32_t no_clones; /**< Not 0: memory is read by messages alone. */
} hdbg_haiku_options;

/**
 * Creates the native kernel.
 *
 * Any thread may call.
 *
 * @param options how it is to be, or NULL for the defaults.
 * @param kernel receives the kernel; release it with hdbg_kernel_destroy().
 * @return HDBG_OK; HDBG_BAD_VALUE for a NULL `kernel`, a wrong size or a release that is none,
 * HDBG_NO_MEMORY, HDBG_NOT_SUPPORTED where the library was not built on Haiku, or on a release before
 * R1/beta4.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_kernel_haiku_create(const hdbg_haiku_options *options, hdbg_kernel **kernel);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_HAIKU_H */

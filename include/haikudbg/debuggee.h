/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What a debuggee calls: Haiku's debugger() and wait_for_debugger(), for programs on the hosted kernel.
 */
#ifndef HAIKUDBG_DEBUGGEE_H
#define HAIKUDBG_DEBUGGEE_H

#include <haikudbg/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup debuggee For debuggees
 * A program calls its nub with these, as on Haiku with debugger() and wait_for_debugger(). They need no
 * session and no kernel object. Any thread may call.
 * @{
 */

/**
 * Calls the debugger: the calling thread stops with a DEBUGGER_CALL event that carries the message's address
 * (debugger()). It returns when the debugger continues the thread.
 *
 * Without a debugger the team ends at once, with status 1, without running exit handlers; as on Haiku where
 * no default debugger can be had. The same if another tracer than hdbg-nub is attached.
 *
 * @param message what to say, NUL-terminated. The debugger reads it from this team's memory.
 * @since 0.1
 */
HDBG_API void hdbg_debuggee_debugger(const char *message);

/**
 * Waits until a debugger is attached and has continued the calling thread, which stops with a THREAD_DEBUGGED
 * event (wait_for_debugger()).
 *
 * @since 0.1
 */
HDBG_API void hdbg_debuggee_wait_for_debugger(void);

/**
 * Whether a nub traces this team at the moment. A team that was launched by a debugger and not attached to
 * yet is traced as well.
 *
 * @return 1 or 0.
 * @since 0.1
 */
HDBG_API int hdbg_debuggee_is_debugged(void);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_DEBUGGEE_H */

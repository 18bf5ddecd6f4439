/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The debuggee's side: Haiku's own calls.
 */
#include <haikudbg/debuggee.h>

#include <OS.h>
#include <debugger.h>

void hdbg_debuggee_debugger(const char *message)
{
    debugger(message);
}

void hdbg_debuggee_wait_for_debugger(void)
{
    wait_for_debugger();
}

int hdbg_debuggee_is_debugged(void)
{
    team_info info;
    return get_team_info(B_CURRENT_TEAM, &info) == B_OK && info.debugger_nub_port >= 0;
}

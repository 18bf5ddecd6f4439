/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * How the SDK's Haiku is to behave: calls of libroot that Haiku does not have, for tests.
 */
#ifndef HAIKU_SDK_CONTROL_H
#define HAIKU_SDK_CONTROL_H

#include <stdint.h>

/* The process id of the hdbg-nub that debugs this team's teams; negative if there is none. */
int32_t haiku_sdk_nub(void);

/* What $HAIKU_SDK says (README.md), from now on. Ports and teams that there are keep what they had. @return a
 * status of Haiku's. */
int32_t haiku_sdk_behave(const char *words);
/* Of it, "lose-continue" alone. */
int32_t haiku_sdk_lose_continue(int on);

#endif

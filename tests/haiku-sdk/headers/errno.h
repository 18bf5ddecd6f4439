/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * errno is the host's, with the host's positive values; Haiku's calls return their negative status
 * themselves, and strerror() knows both.
 */
#ifndef _HAIKU_SDK_ERRNO_H
#define _HAIKU_SDK_ERRNO_H

#include_next <errno.h>
#include "Errors.h"

#endif /* _HAIKU_SDK_ERRNO_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A library that use-after-unload opens and closes.
 */
int plugin_version(void)
{
    return 3;
}

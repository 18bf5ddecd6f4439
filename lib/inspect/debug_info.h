/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What debug_info.c takes from debug_memory.c and debuginfod.c.
 */
#ifndef HDBG_INSPECT_DEBUG_INFO_H
#define HDBG_INSPECT_DEBUG_INFO_H

#include "inspect/elf.h"

#include <haikudbg/types.h>

/* Makes an ELF file of the call frame information of an image in memory: of one whose file is gone, and of
 * the kernel's own. *bytes is to be freed. HDBG_NAME_NOT_FOUND: it has none in memory. */
hdbg_status debug_info_from_memory(const elf_object *object, uint8_t **bytes, size_t *size);

/* debuginfod.c: has the debug file with a build-id fetched from the servers of $DEBUGINFOD_URLS, by Debian's
 * client, which keeps what it has fetched. HDBG_NAME_NOT_FOUND; HDBG_TIMED_OUT; HDBG_NOT_SUPPORTED: there is
 * no client. */
hdbg_status debuginfod_fetch(const uint8_t *id, size_t id_size, hdbg_time timeout, char *path, size_t size);

#endif /* HDBG_INSPECT_DEBUG_INFO_H */

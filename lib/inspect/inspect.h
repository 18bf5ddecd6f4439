/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What the files of lib/inspect share.
 */
#ifndef HDBG_INSPECT_INSPECT_H
#define HDBG_INSPECT_INSPECT_H

#include "inspect/symbols.h"

#include <haikudbg/image.h>

#include <stddef.h>

/* Whether a kernel has one of the optional functions: those beyond its table's size are not there. */
#define KERNEL_HAS(kernel, function)                                                                         \
    ((kernel)->ops->size >= offsetof(hdbg_kernel_ops, function) + sizeof(void *) &&                          \
     (kernel)->ops->function != NULL)

/* The area that an address is in, of a list that hdbg_areas_get() gave, or NULL. */
const hdbg_area_info *inspect_area_find(const hdbg_area_info *areas, size_t count, hdbg_address address);

/* What a call answers whose kernel or nub answered `status`: that the team is gone, if that is what it means.
 */
hdbg_status inspect_gone(hdbg_team *team, hdbg_status status);

/* The image that an address is in: its text or its data. */
int inspect_image_covers(const hdbg_image_info *image, hdbg_address address);

/* image.c: the team's images, cached as long as nothing is loaded or unloaded. */

/* Asks the kernel for the images, and makes them the cache. *list may be wanted, or NULL. */
hdbg_status inspect_images(hdbg_team *team, hdbg_image_list **list);
/* A copy of the image with an id; HDBG_BAD_IMAGE_ID. */
hdbg_status inspect_image_by_id(hdbg_team *team, hdbg_image_id id, hdbg_image_info *image);
/* A copy of the image that an address is in; HDBG_BAD_ADDRESS. */
hdbg_status inspect_image_at(hdbg_team *team, hdbg_address address, hdbg_image_info *image);
/* The program itself. */
hdbg_status inspect_program(hdbg_team *team, hdbg_image_info *image);
/* An image's symbols, read when they are first asked for. *table is retained; *bias: what its addresses lack.
 */
hdbg_status inspect_symbols_of(hdbg_team *team, const hdbg_image_info *image, symbol_table **table,
                               uint64_t *bias);

/* As much of them as it takes to tell which one an address of the team belongs to. */
hdbg_status inspect_symbols_near(hdbg_team *team, const hdbg_image_info *image, hdbg_address address,
                                 symbol_table **table, uint64_t *bias);

/* image_file.c: reads an image's symbols, from its file or, if that is not what is mapped, from the team's
 * memory. */
hdbg_status inspect_symbols_load(hdbg_team *team, const hdbg_image_info *image, symbol_table **table,
                                 uint64_t *bias);

/* Reads what a lookup of an address needs of the image's file. NULL: it takes all that
 * inspect_symbols_load() reads. */
symbol_table *inspect_symbols_glance(hdbg_team *team, const hdbg_image_info *image, hdbg_address address,
                                     uint64_t *bias, uint64_t *looked);

/* An image in memory, as elf_input.context. */
typedef struct inspect_mapped {
    hdbg_team *team;
    hdbg_address header; /* where its ELF header lies */
} inspect_mapped;
/* What is needed to read an image as it lies in the team's memory. */
hdbg_status inspect_mapped_input(hdbg_team *team, const hdbg_image_info *image, inspect_mapped *context,
                                 elf_input *input);
/* Whether an image's file is the one that is mapped. */
int inspect_is_mapped_file(hdbg_team *team, const hdbg_image_info *image);

/* debug_info.c: what is asked of an image's debug information. Call frames are asked of the image's own file,
 * all else of the one that has it; which that is, is only looked for when it is needed. */
typedef enum inspect_debug_kind { INSPECT_FRAMES, INSPECT_LINES, INSPECT_DEBUG_KINDS } inspect_debug_kind;
typedef struct dwarf_file dwarf_file;

/* An image's debug information, retained: dwarf_file_release() it. *bias: what its addresses lack. */
hdbg_status inspect_dwarf_of(hdbg_team *team, const hdbg_image_info *image, inspect_debug_kind kind,
                             dwarf_file **file, uint64_t *bias);

/* The same of an ELF file of which the bytes are given. Its addresses are the team's. */
hdbg_status inspect_dwarf_of_bytes(hdbg_team *team, const void *bytes, size_t size, dwarf_file **file);

/* image.c: what inspect_dwarf_of() has found, kept with the cached image. `version` tells when it was. A file
 * that is got is retained, one that is kept is retained anew. */
dwarf_file *inspect_dwarf_cached(hdbg_team *team, const hdbg_image_info *image, inspect_debug_kind kind,
                                 uint64_t version, uint64_t *bias);
void inspect_dwarf_keep(hdbg_team *team, const hdbg_image_info *image, inspect_debug_kind kind,
                        uint64_t version, dwarf_file *file, uint64_t bias);

/* kernel_symbols.c: those that the kernel itself knows of an image, at their addresses; NULL if it knows
 * none. */
symbol_table *inspect_kernel_symbols(hdbg_team *team, const hdbg_image_info *image);

#endif /* HDBG_INSPECT_INSPECT_H */

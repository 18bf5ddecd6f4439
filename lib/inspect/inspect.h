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
/* An image's symbols, read when they are first asked for. *table is retained; *bias: what its addresses lack.
 */
hdbg_status inspect_symbols_of(hdbg_team *team, const hdbg_image_info *image, symbol_table **table,
                               uint64_t *bias);

/* image_file.c: reads an image's symbols, from its file or, if that is not what is mapped, from the team's
 * memory. */
hdbg_status inspect_symbols_load(hdbg_team *team, const hdbg_image_info *image, symbol_table **table,
                                 uint64_t *bias);

#endif /* HDBG_INSPECT_INSPECT_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The images of a Linux process in Haiku's terms, from /proc and its own link map. Needs no tracing, only the
 * right to read its memory. Used by the library and hdbg-nub, so that both number and name them alike.
 */
#ifndef HDBG_HOSTED_IMAGES_H
#define HDBG_HOSTED_IMAGES_H

#include <haikudbg/types.h>

#include <stddef.h>
#include <sys/types.h>

/* Lists the images: the program first, then the vdso ("commpage"'s counterpart), the dynamic loader,
 * libraries in the order of the link map. An image's id is derived from where it is mapped, so it is the same
 * for all who look. *list is to be freed with free(). HDBG_BAD_TEAM_ID if there is no such process. A program
 * whose dynamic loader has not begun its work has none: on Haiku it is the loader that tells the kernel of
 * images. */
hdbg_status images_list(pid_t pid, hdbg_image_info **list, size_t *count);

/* The same, but such a program has those that are mapped: itself, the vdso, the loader. */
hdbg_status images_mapped(pid_t pid, hdbg_image_info **list, size_t *count);

/* Where the dynamic loader of a process, just after its exec, will report changes of its link map: the
 * address of its _dl_debug_state(), and of its struct r_debug. 0 for a static program. */
hdbg_status images_rendezvous(pid_t pid, hdbg_address *debug_state, hdbg_address *r_debug);

/* Where the dynamic loader's own record of an image is, a struct link_map. 0: it has none of it. */
hdbg_address images_link_map(pid_t pid, const hdbg_image_info *image);

#endif /* HDBG_HOSTED_IMAGES_H */

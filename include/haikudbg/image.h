/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Images of a team and their symbols.
 */
#ifndef HAIKUDBG_IMAGE_H
#define HAIKUDBG_IMAGE_H

#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup image Images and symbols
 * The session follows loading and unloading by itself. Symbols come from .symtab and .dynsym of the image's
 * file, of its separate debug file (.gnu_debuglink, build-id), or, if the file is gone, of the mapped image
 * itself.
 * @{
 */

/** A list of images as it was when it was asked for. @since 0.1 */
typedef struct hdbg_image_list hdbg_image_list;

/** Lists a team's images: the program first. @param list receives it; free it with hdbg_image_list_free().
 * @return HDBG_OK, HDBG_NO_MEMORY, HDBG_TEAM_GONE, HDBG_DETACHED. @since 0.1 */
HDBG_API hdbg_status hdbg_image_list_get(hdbg_team *team, hdbg_image_list **list);
/** How many images a list has. @since 0.1 */
HDBG_API size_t hdbg_image_list_count(const hdbg_image_list *list);
/** The image at an index; NULL beyond the end; valid as long as the list. @since 0.1 */
HDBG_API const hdbg_image_info *hdbg_image_list_at(const hdbg_image_list *list, size_t index);
/** The image that an address is in, or NULL. @since 0.1 */
HDBG_API const hdbg_image_info *hdbg_image_list_find(const hdbg_image_list *list, hdbg_address address);
/** Frees a list. NULL is allowed. @since 0.1 */
HDBG_API void hdbg_image_list_free(hdbg_image_list *list);

/** Room for a build-id. @since 0.1 */
#define HDBG_BUILD_ID_MAX 64

/** The build-id of an image (NT_GNU_BUILD_ID). @param id receives its bytes. @param size in: room, out:
 * bytes.
 * @return HDBG_OK, HDBG_NAME_NOT_FOUND (it has none), HDBG_BAD_IMAGE_ID, HDBG_BUFFER_OVERFLOW, ... @since 0.1
 */
HDBG_API hdbg_status hdbg_image_build_id(hdbg_team *team, hdbg_image_id image, uint8_t *id, size_t *size);

/** Kinds of symbols. @since 0.1 */
typedef enum hdbg_symbol_kind {
    HDBG_SYMBOL_OTHER = 0,
    HDBG_SYMBOL_FUNCTION = 1,
    HDBG_SYMBOL_OBJECT = 2
} hdbg_symbol_kind;

/** A symbol. @since 0.1 */
typedef struct hdbg_symbol {
    size_t size;          /**< sizeof(hdbg_symbol), set by the caller. */
    hdbg_address address; /**< Where it is in the team. */
    uint64_t length;      /**< Bytes, 0 if the file does not say. */
    uint64_t offset;      /**< For lookups by address: how far behind `address` that is. */
    hdbg_image_id image;  /**< Its image. */
    int32_t kind;         /**< An hdbg_symbol_kind. */
    int32_t is_global;    /**< Non-zero unless it is local to its file. */
    int32_t name_cut;     /**< Non-zero if `name` did not fit. */
    char name[512];       /**< Demangled if C++; NUL-terminated. */
    char raw_name[512];   /**< As in the file. */
} hdbg_symbol;

/**
 * Finds the symbol that an address belongs to: the nearest one before it that covers it, or that has no size.
 *
 * @return HDBG_OK, HDBG_NAME_NOT_FOUND (the image has none there), HDBG_BAD_ADDRESS (in no image),
 * HDBG_TEAM_GONE, HDBG_BAD_VALUE (size).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_symbol_at(hdbg_team *team, hdbg_address address, hdbg_symbol *symbol);
/**
 * Finds a symbol by its name, raw or demangled (with or without the parameter list).
 *
 * @param image an image's id, or 0: in all images, in their order, global ones first.
 * @return HDBG_OK, HDBG_NAME_NOT_FOUND, HDBG_BAD_IMAGE_ID, HDBG_TEAM_GONE, HDBG_BAD_VALUE (size).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_symbol_by_name(hdbg_team *team, hdbg_image_id image, const char *name,
                                         hdbg_symbol *symbol);
/** Calls `visit` for each symbol of an image, in order of address, until it answers non-zero.
 * @return HDBG_OK, HDBG_BAD_IMAGE_ID, HDBG_TEAM_GONE, ... @since 0.1 */
HDBG_API hdbg_status hdbg_symbols_visit(hdbg_team *team, hdbg_image_id image,
                                        int (*visit)(void *context, const hdbg_symbol *symbol),
                                        void *context);
/** Demangles a C++ name. @param buffer receives it, or the name as it is if it is none, or if it would
 * unfold to more than a name does (names in files may be hostile). @return the whole
 * length.
 * @since 0.1 */
HDBG_API size_t hdbg_symbol_demangle(const char *name, char *buffer, size_t size);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_IMAGE_H */

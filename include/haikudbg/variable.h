/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Arguments and local variables of frames.
 */
#ifndef HAIKUDBG_VARIABLE_H
#define HAIKUDBG_VARIABLE_H

#include <haikudbg/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup variable Variables
 * Names, types and values as the debug information tells, for C and C++.
 * @{
 */

/** What a variable is. @since 0.1 */
typedef enum hdbg_variable_kind {
    HDBG_VARIABLE_ARGUMENT = 0, /**< A parameter of the function. */
    HDBG_VARIABLE_LOCAL = 1     /**< A local variable in scope at the frame's pc. */
} hdbg_variable_kind;

/** Whether there is a value. @since 0.1 */
typedef enum hdbg_variable_state {
    HDBG_VARIABLE_VALID = 0,         /**< `value` is it. */
    HDBG_VARIABLE_OPTIMIZED_OUT = 1, /**< The compiler kept it nowhere at this pc. */
    HDBG_VARIABLE_UNREADABLE =
        2, /**< Its memory cannot be read, or a register that it needs is not known in this frame. */
    HDBG_VARIABLE_UNSUPPORTED = 3 /**< Its type or place is described in a way that is not understood. */
} hdbg_variable_state;

/** A variable. @since 0.1 */
typedef struct hdbg_variable {
    size_t size;      /**< sizeof(hdbg_variable). */
    const char *name; /**< Its name; "" if it has none. */
    const char *type; /**< Its type as C or C++ writes it: "const char *", "std::string", "int [4]". */
    const char
        *value; /**< As text: "42", "0x7f12 \"abc\"", "{x = 1, y = 2}"; of another state, what is the matter:
                   "<optimized out>". A pointer that the compiler kept nowhere, while it is known what it
                   points at, is "<synthetic pointer> -> {x = 1, y = 2}". */
    int32_t kind;         /**< An hdbg_variable_kind. */
    int32_t state;        /**< An hdbg_variable_state. */
    size_t depth;         /**< Which inlined function of the frame it belongs to: as in hdbg_source_at(). */
    hdbg_address address; /**< Where it is in memory, 0 if it is in registers or not kept. */
    uint64_t byte_size;   /**< sizeof its type, 0 if not known. */
} hdbg_variable;

/** How much is shown. @since 0.1 */
typedef struct hdbg_variable_options {
    size_t size;            /**< sizeof(hdbg_variable_options), set by the caller. */
    uint32_t max_depth;     /**< Levels of structs and pointers that are shown; 0: 3. */
    uint32_t max_elements;  /**< Elements of an array; 0: 32. */
    uint32_t max_string;    /**< Bytes of a string; 0: 200. */
    uint32_t max_value;     /**< Bytes of a variable's whole text; 0: 2000. */
    uint32_t max_variables; /**< Variables of a frame; 0: 200. */
    uint32_t reserved;      /**< 0. */
} hdbg_variable_options;

/**
 * Calls `visit` for each argument and local of a frame, of the innermost inlined function first, arguments
 * before locals and inner blocks before outer ones, until it answers non-zero.
 *
 * @param stack the stack. @param index the frame. @param options how much, or NULL.
 * @param visit gets each; the strings are valid during the call alone.
 * @return HDBG_OK (also if it has none); HDBG_NAME_NOT_FOUND (no debug information for it), HDBG_BAD_INDEX,
 * HDBG_BAD_ADDRESS (the frame is in no image), HDBG_BAD_DATA (the debug information is broken),
 * HDBG_TIMED_OUT, HDBG_NOT_SUPPORTED, HDBG_TEAM_GONE, HDBG_DETACHED. Memory is read while the call runs: the
 * thread should still stand.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_variables_visit(const hdbg_stack *stack, size_t index,
                                          const hdbg_variable_options *options,
                                          int (*visit)(void *context, const hdbg_variable *variable),
                                          void *context);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_VARIABLE_H */

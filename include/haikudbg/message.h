/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The messages that debuggers send to a nub, and its replies, decoded: for kernels of your own, mocks and
 * recorders.
 */
#ifndef HAIKUDBG_MESSAGE_H
#define HAIKUDBG_MESSAGE_H

#include <haikudbg/nub.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup message Messages as a nub sees them
 * A debugger calls the functions of nub.h and needs none of this. Whoever plays the nub (a mock, a remote
 * machine, a recorder) gets bytes with a code, and decodes and answers them with these.
 * @{
 */

/** Messages to the nub (debug_nub_message): R1/beta6's codes, which stand for the message in every release.
 * @since 0.1 */
typedef enum hdbg_message_type {
    HDBG_MESSAGE_READ_MEMORY = 0,         /**< Answered. */
    HDBG_MESSAGE_WRITE_MEMORY = 1,        /**< Answered. */
    HDBG_MESSAGE_SET_TEAM_FLAGS = 2,      /**< Not answered. */
    HDBG_MESSAGE_SET_THREAD_FLAGS = 3,    /**< Not answered. */
    HDBG_MESSAGE_CONTINUE_THREAD = 4,     /**< Not answered. */
    HDBG_MESSAGE_SET_CPU_STATE = 5,       /**< Not answered. */
    HDBG_MESSAGE_GET_CPU_STATE = 6,       /**< Answered by the stopped thread. */
    HDBG_MESSAGE_SET_BREAKPOINT = 7,      /**< Answered. */
    HDBG_MESSAGE_CLEAR_BREAKPOINT = 8,    /**< Not answered. */
    HDBG_MESSAGE_SET_WATCHPOINT = 9,      /**< Answered. */
    HDBG_MESSAGE_CLEAR_WATCHPOINT = 10,   /**< Not answered. */
    HDBG_MESSAGE_SET_SIGNAL_MASKS = 11,   /**< Not answered. */
    HDBG_MESSAGE_GET_SIGNAL_MASKS = 12,   /**< Answered. */
    HDBG_MESSAGE_SET_SIGNAL_HANDLER = 13, /**< Not answered. */
    HDBG_MESSAGE_GET_SIGNAL_HANDLER = 14, /**< Answered. */
    HDBG_MESSAGE_CLONE_AREA = 15,         /**< Answered. R1/beta6 and later. */
    HDBG_MESSAGE_PREPARE_HANDOVER = 1000, /**< Not answered. */
    HDBG_MESSAGE_WRITE_CORE_FILE = 1001,  /**< Answered. */
    HDBG_MESSAGE_START_PROFILER = 2000,   /**< Answered. */
    HDBG_MESSAGE_STOP_PROFILER = 2001     /**< Answered. */
} hdbg_message_type;

/** How many messages there are. @since 0.1 */
#define HDBG_MESSAGE_COUNT 20
/** Bytes of the largest message or reply of any processor, rounded up. @since 0.1 */
#define HDBG_MESSAGE_SIZE_MAX 1152

/** A message to the nub. Only the members of its type are set, and read. @since 0.1 */
typedef struct hdbg_nub_message {
    int32_t type;                 /**< An hdbg_message_type. */
    hdbg_port_id reply_port;      /**< Where the reply goes; -1 in messages that are not answered. */
    hdbg_thread_id thread;        /**< All that name a thread. */
    uint32_t flags;               /**< SET_TEAM_FLAGS, SET_THREAD_FLAGS. */
    hdbg_address address;         /**< Memory, breakpoints, watchpoints, CLONE_AREA. */
    int32_t size;                 /**< READ_MEMORY, WRITE_MEMORY: bytes. SET_WATCHPOINT: its length. */
    uint32_t kind;                /**< SET_WATCHPOINT: an hdbg_watchpoint_kind. */
    uint32_t how;                 /**< CONTINUE_THREAD: an hdbg_continue_how. */
    int32_t single_step;          /**< CONTINUE_THREAD: 0 or 1. */
    uint64_t ignore;              /**< SET_SIGNAL_MASKS. */
    uint64_t ignore_once;         /**< SET_SIGNAL_MASKS. */
    uint32_t ignore_op;           /**< SET_SIGNAL_MASKS: an hdbg_mask_op. */
    uint32_t ignore_once_op;      /**< SET_SIGNAL_MASKS: an hdbg_mask_op. */
    int32_t signal;               /**< SET_SIGNAL_HANDLER, GET_SIGNAL_HANDLER. */
    hdbg_area_id sample_area;     /**< START_PROFILER. */
    hdbg_signal_handler handler;  /**< SET_SIGNAL_HANDLER. */
    hdbg_time interval;           /**< START_PROFILER. */
    int32_t stack_depth;          /**< START_PROFILER. */
    int32_t variable_stack_depth; /**< START_PROFILER: 0 or 1. */
    int32_t profile_kernel;       /**< START_PROFILER: 0 or 1. */
    int32_t reserved;             /**< 0. */
    union {
        uint8_t bytes[1024];      /**< WRITE_MEMORY: `size` bytes. */
        char path[1024];          /**< WRITE_CORE_FILE, NUL-terminated. */
        hdbg_cpu_state cpu_state; /**< SET_CPU_STATE. */
    } data;                       /**< What goes along, by type. */
} hdbg_nub_message;

/** A reply of the nub. Only the members of its type are set, and read. @since 0.1 */
typedef struct hdbg_nub_reply {
    int32_t type;                /**< The hdbg_message_type that is answered. */
    hdbg_status error;           /**< HDBG_OK or why not, in all replies. */
    int32_t size;                /**< READ_MEMORY, WRITE_MEMORY: bytes done. */
    int32_t event;               /**< GET_CPU_STATE: the hdbg_event_type that the thread stopped for. */
    hdbg_address address;        /**< CLONE_AREA: where it is now, in the debugger. */
    hdbg_area_id area;           /**< CLONE_AREA: the clone. */
    int32_t image_event;         /**< START_PROFILER. */
    uint64_t ignore;             /**< GET_SIGNAL_MASKS. */
    uint64_t ignore_once;        /**< GET_SIGNAL_MASKS. */
    hdbg_signal_handler handler; /**< GET_SIGNAL_HANDLER. */
    hdbg_time interval;          /**< START_PROFILER. */
    union {
        uint8_t bytes[1024];      /**< READ_MEMORY: `size` bytes. */
        hdbg_cpu_state cpu_state; /**< GET_CPU_STATE. */
        hdbg_nub_event update;    /**< STOP_PROFILER: a PROFILER_UPDATE. */
    } data;                       /**< What came along, by type. */
} hdbg_nub_reply;

/**
 * The code of a message in a release.
 *
 * @param release the nub's release.
 * @param type an hdbg_message_type.
 * @return the code, or HDBG_NOT_SUPPORTED if the release has no such message, or HDBG_BAD_VALUE (type).
 * @since 0.1
 */
HDBG_API int32_t hdbg_nub_message_code(hdbg_release release, int32_t type);

/** Whether the nub answers a message. @param type an hdbg_message_type. @return 1 or 0. @since 0.1 */
HDBG_API int hdbg_nub_message_answered(int32_t type);

/** All messages in the order of their types: for index 0 to HDBG_MESSAGE_COUNT - 1 an hdbg_message_type, else
 * -1.
 * @since 0.1 */
HDBG_API int32_t hdbg_nub_message_type(int index);

/**
 * Lays a message out as its bytes.
 *
 * @param arch the debuggee's processor.
 * @param release the nub's release.
 * @param message the message.
 * @param code receives the message's code.
 * @param buffer receives the bytes. @param size its room; HDBG_MESSAGE_SIZE_MAX suffices for each.
 * @return bytes (0 is possible), or HDBG_NOT_SUPPORTED (not in that release), HDBG_BAD_VALUE (type, size or
 * CPU state), HDBG_BUFFER_OVERFLOW.
 * @since 0.1
 */
HDBG_API int64_t hdbg_nub_message_encode(hdbg_arch arch, hdbg_release release,
                                         const hdbg_nub_message *message, int32_t *code, void *buffer,
                                         size_t size);
/**
 * The opposite of hdbg_nub_message_encode().
 *
 * @return HDBG_OK; HDBG_BAD_MESSAGE if the code is unknown or the message too short.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_nub_message_decode(hdbg_arch arch, hdbg_release release, int32_t code,
                                             const void *bytes, size_t size, hdbg_nub_message *message);
/** Lays a reply out as its bytes, as hdbg_nub_message_encode(). @param code receives the reply's code, which
 * for GET_CPU_STATE is the event's. @since 0.1 */
HDBG_API int64_t hdbg_nub_reply_encode(hdbg_arch arch, hdbg_release release, const hdbg_nub_reply *reply,
                                       int32_t *code, void *buffer, size_t size);
/**
 * The opposite of hdbg_nub_reply_encode(). Strict: a reply has exactly the length and code that its request
 * asks for.
 *
 * @param type the request's hdbg_message_type.
 * @return HDBG_OK (also for a reply that tells an error: see its member), HDBG_BAD_MESSAGE.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_nub_reply_decode(hdbg_arch arch, hdbg_release release, int32_t type, int32_t code,
                                           const void *bytes, size_t size, hdbg_nub_reply *reply);

/**
 * A message as a line, such as "CONTINUE_THREAD thread=5 HANDLE_EVENT"; mock.h has them all.
 *
 * @param team whose nub it goes to.
 * @param buffer receives the line, cut if it is too long, NUL-terminated. @param size its room.
 * @return the length of what is in `buffer`.
 * @since 0.1
 */
HDBG_API size_t hdbg_nub_message_describe(hdbg_team_id team, const hdbg_nub_message *message, char *buffer,
                                          size_t size);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_MESSAGE_H */

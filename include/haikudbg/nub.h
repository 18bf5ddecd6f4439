/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The nub: one function for each of its messages, and the decoding of its events.
 */
#ifndef HAIKUDBG_NUB_H
#define HAIKUDBG_NUB_H

#include <haikudbg/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup nub The nub's messages
 * The layer between a kernel's ports and a session: requests as calls, events as structs, for the processors
 * and releases that Haiku has. Most programs use a session (session.h) and never call these.
 *
 * A request never hangs: it ends when its reply comes, when the team dies or its nub port goes
 * (HDBG_BAD_PORT_ID), or at its timeout (HDBG_TIMED_OUT). It cannot kill the nub either, which dies of a
 * reply that it cannot write: reply ports have room for the reply, are used by one request at a time, and one
 * whose request timed out is retired, neither deleted nor used again, until the late reply came or the nub
 * died.
 *
 * Any thread may call any function here, also at once for one nub: each request in flight has its own reply
 * port. Facts: headers/os/kernel/debugger.h, src/system/kernel/debug/user_debugger.cpp.
 * @{
 */

/** A connection to one team's nub. @since 0.1 */
typedef struct hdbg_nub hdbg_nub;

/** What the nub tells: Haiku's codes (debug_debugger_message). @since 0.1 */
typedef enum hdbg_event_type {
    HDBG_EVENT_THREAD_DEBUGGED = 0,    /**< debug_thread(), wait_for_debugger(), ... */
    HDBG_EVENT_DEBUGGER_CALL = 1,      /**< The team called debugger(). */
    HDBG_EVENT_BREAKPOINT_HIT = 2,     /**< A breakpoint, or an int3 of the program's own. */
    HDBG_EVENT_WATCHPOINT_HIT = 3,     /**< A watchpoint. */
    HDBG_EVENT_SINGLE_STEP = 4,        /**< A step has ended. */
    HDBG_EVENT_PRE_SYSCALL = 5,        /**< A system call is about to run. */
    HDBG_EVENT_POST_SYSCALL = 6,       /**< A system call has run. */
    HDBG_EVENT_SIGNAL_RECEIVED = 7,    /**< A signal is about to be delivered. */
    HDBG_EVENT_EXCEPTION_OCCURRED = 8, /**< A fault whose signal has no handler. */
    HDBG_EVENT_TEAM_CREATED = 9,       /**< The team made a child. */
    HDBG_EVENT_TEAM_DELETED = 10,      /**< The team has ended. Nothing is stopped. */
    HDBG_EVENT_TEAM_EXEC = 11,         /**< The team runs another program now. */
    HDBG_EVENT_THREAD_CREATED = 12,    /**< The thread made another one. */
    HDBG_EVENT_THREAD_DELETED = 13,    /**< The thread has ended. Nothing is stopped. */
    HDBG_EVENT_IMAGE_CREATED = 14,     /**< An image was loaded. */
    HDBG_EVENT_IMAGE_DELETED = 15,     /**< An image was unloaded. */
    HDBG_EVENT_PROFILER_UPDATE = 16,   /**< Samples of the profiler. Nothing is stopped. */
    HDBG_EVENT_HANDED_OVER = 17,       /**< Another debugger has taken over. Nothing is stopped. */
    HDBG_EVENT_COUNT = 18,             /**< Haiku's events. */
    HDBG_EVENT_NUB_LOST = 1000,        /**< The library's own: the nub died, the team lives, undebugged. */
    HDBG_EVENT_TRACED = 1001 /**< The library's own: system calls (syscall.h). Nothing is stopped. */
} hdbg_event_type;

/** Exceptions (debug_exception_type). @since 0.1 */
typedef enum hdbg_exception {
    HDBG_EXCEPTION_NON_MASKABLE_INTERRUPT = 0,
    HDBG_EXCEPTION_MACHINE_CHECK = 1,
    HDBG_EXCEPTION_SEGMENT_VIOLATION = 2, /**< Page faults of all kinds. */
    HDBG_EXCEPTION_ALIGNMENT = 3,
    HDBG_EXCEPTION_DIVIDE_ERROR = 4,
    HDBG_EXCEPTION_OVERFLOW = 5,
    HDBG_EXCEPTION_BOUNDS_CHECK = 6,
    HDBG_EXCEPTION_INVALID_OPCODE = 7,
    HDBG_EXCEPTION_SEGMENT_NOT_PRESENT = 8,
    HDBG_EXCEPTION_STACK_FAULT = 9,
    HDBG_EXCEPTION_GENERAL_PROTECTION = 10,
    HDBG_EXCEPTION_FLOATING_POINT = 11
} hdbg_exception;

/** Team flags of SET_TEAM_FLAGS (B_TEAM_DEBUG_*): which events are wanted. @since 0.1 */
enum hdbg_team_flag {
    HDBG_TEAM_SIGNALS = 0x00010000,
    HDBG_TEAM_PRE_SYSCALL = 0x00020000,
    HDBG_TEAM_POST_SYSCALL = 0x00040000,
    HDBG_TEAM_CREATION = 0x00080000, /**< TEAM_CREATED and TEAM_EXEC. */
    HDBG_TEAM_THREADS = 0x00100000,
    HDBG_TEAM_IMAGES = 0x00200000,
    HDBG_TEAM_PREVENT_EXIT = 0x00400000,
    HDBG_TEAM_STOP_NEW_THREADS = 0x01000000
};

/** Thread flags of SET_THREAD_FLAGS (B_THREAD_DEBUG_*). @since 0.1 */
enum hdbg_thread_flag {
    HDBG_THREAD_PRE_SYSCALL = 0x00010000,
    HDBG_THREAD_POST_SYSCALL = 0x00020000,
    HDBG_THREAD_STOP_CHILD_THREADS = 0x00100000,
    HDBG_THREAD_SYSCALL_TRACE_CHILD_THREADS = 0x00200000
};

/** How CONTINUE_THREAD goes on (B_THREAD_DEBUG_*_EVENT). @since 0.1 */
enum hdbg_continue_how {
    HDBG_HANDLE_EVENT = 0, /**< As if there were no debugger. */
    HDBG_IGNORE_EVENT = 1  /**< As if the event had not happened. */
};

/** Kinds of watchpoint (debug_watchpoint_type). @since 0.1 */
enum hdbg_watchpoint_kind { HDBG_WATCH_READ = 0, HDBG_WATCH_WRITE = 1, HDBG_WATCH_READ_WRITE = 2 };

/** How SET_SIGNAL_MASKS combines (debug_signal_mask_op). @since 0.1 */
enum hdbg_mask_op { HDBG_MASK_AND = 0, HDBG_MASK_OR = 1, HDBG_MASK_SET = 2 };

/** A nub message's bit for a signal (B_DEBUG_SIGNAL_TO_MASK). @since 0.1 */
#define HDBG_SIGNAL_MASK(signal) (UINT64_C(1) << ((signal)-1))

/** An event of the nub, decoded. @since 0.1 */
typedef struct hdbg_nub_event {
    int32_t type;          /**< An hdbg_event_type. */
    hdbg_thread_id thread; /**< origin.thread; -1 in TEAM_DELETED and HANDED_OVER. */
    hdbg_team_id team;     /**< origin.team. */
    hdbg_port_id nub_port; /**< origin.nub_port: -1 if nobody waits for an answer. */
    uint32_t size;         /**< Bytes of the message as it was received. */
    uint32_t reserved;     /**< 0. */
    union {
        hdbg_address message; /**< DEBUGGER_CALL: address of the text in the team. */
        struct {
            uint32_t number;         /**< The system call. */
            uint32_t argument_bytes; /**< Bytes used in `arguments`. */
            uint32_t arguments[32];  /**< Its arguments, as they were on the stack. */
            hdbg_time start_time;    /**< POST_SYSCALL. */
            hdbg_time end_time;      /**< POST_SYSCALL. */
            uint64_t return_value;   /**< POST_SYSCALL. */
        } syscall;                   /**< PRE_SYSCALL, POST_SYSCALL. */
        struct {
            int32_t signal;   /**< Haiku's number. */
            int32_t deadly;   /**< Non-zero: it ends the team. */
            int32_t has_info; /**< 0 on R1/beta4, which does not tell `info`. */
            int32_t reserved; /**< 0. */
            hdbg_signal_handler handler;
            hdbg_siginfo info;
        } signal; /**< SIGNAL_RECEIVED. */
        struct {
            int32_t exception; /**< An hdbg_exception. */
            int32_t signal;    /**< The signal that will be sent. */
        } exception;           /**< EXCEPTION_OCCURRED. */
        hdbg_team_id new_team; /**< TEAM_CREATED. */
        struct {
            int32_t known;    /**< 0 on R1/beta4, which tells none of this. */
            int32_t status;   /**< Exit value, -1 if a signal ended it. */
            int32_t signal;   /**< Haiku's number, -1 if none did. */
            int32_t reserved; /**< 0. */
            hdbg_time user_time;
            hdbg_time kernel_time;
        } team_end;                /**< TEAM_DELETED. */
        int32_t image_event;       /**< TEAM_EXEC. */
        hdbg_thread_id new_thread; /**< THREAD_CREATED. */
        struct {
            int32_t known;  /**< 0 on R1/beta4. */
            int32_t status; /**< What the thread returned. */
        } thread_end;       /**< THREAD_DELETED. */
        struct {
            hdbg_image_info info;
            int32_t image_event; /**< Counts image events of the team. */
        } image;                 /**< IMAGE_CREATED, IMAGE_DELETED. */
        struct {
            int32_t image_event;
            int32_t stack_depth;
            int32_t sample_count;
            int32_t dropped_ticks;
            int32_t variable_stack_depth;
            int32_t stopped;
            hdbg_time last_cpu_time; /**< 0 on R1/beta4. */
        } profiler;                  /**< PROFILER_UPDATE. */
        struct {
            hdbg_team_id debugger;         /**< The new debugger's team. */
            hdbg_port_id debugger_port;    /**< Its port. */
            hdbg_thread_id causing_thread; /**< Or -1. */
        } handed_over;                     /**< HANDED_OVER. */
        hdbg_cpu_state cpu_state;          /**< BREAKPOINT_HIT, WATCHPOINT_HIT, SINGLE_STEP. */
    } data;                                /**< What the event's type says; see `type`. */
} hdbg_nub_event;

/**
 * Connects to the nub of a team whose debugger was installed.
 *
 * @param kernel the kernel; must outlive the connection.
 * @param nub_port what hdbg_kernel_ops.install_team_debugger answered.
 * @param team the team.
 * @param arch the team's processor.
 * @param nub receives the connection; close it with hdbg_nub_close().
 * @return HDBG_OK, HDBG_NO_MEMORY, HDBG_NOT_SUPPORTED for a processor that has no table.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_nub_open(hdbg_kernel *kernel, hdbg_port_id nub_port, hdbg_team_id team,
                                   hdbg_arch arch, hdbg_nub **nub);

/**
 * Closes a connection: requests in flight end with HDBG_BAD_PORT_ID. Neither the nub port nor the debugging
 * of the team ends. Reply ports that still wait for a late reply are kept until hdbg_nub_close() of the last
 * user or their deletion is safe.
 *
 * @param nub the connection, or NULL. No other call may use it any more.
 * @since 0.1
 */
HDBG_API void hdbg_nub_close(hdbg_nub *nub);

/** Sets how long a request may take, in microseconds. The default is 10 seconds. @since 0.1 */
HDBG_API void hdbg_nub_set_timeout(hdbg_nub *nub, hdbg_time timeout);

/** The nub port. @since 0.1 */
HDBG_API hdbg_port_id hdbg_nub_port(const hdbg_nub *nub);

/** Numbers of a connection, for diagnosis. @since 0.1 */
typedef struct hdbg_nub_statistics {
    size_t size;            /**< sizeof(hdbg_nub_statistics), set by the caller. */
    uint64_t requests;      /**< Messages sent to the nub. */
    uint64_t replies;       /**< Replies received. */
    uint64_t timeouts;      /**< Requests that timed out. */
    uint64_t late_replies;  /**< Replies that came after their request's timeout. */
    uint64_t bad_replies;   /**< Replies that were short or had another code. */
    uint32_t retired_ports; /**< Reply ports that wait for a late reply now. */
    uint32_t reply_ports;   /**< Reply ports that exist now. */
} hdbg_nub_statistics;

/** Reads a connection's numbers. @return HDBG_OK or HDBG_BAD_VALUE (size). @since 0.1 */
HDBG_API hdbg_status hdbg_nub_statistics_get(const hdbg_nub *nub, hdbg_nub_statistics *statistics);

/* ---- the messages. Errors of all: HDBG_BAD_PORT_ID (the nub is gone), HDBG_TIMED_OUT, HDBG_BAD_MESSAGE.
 * ---- */

/**
 * READ_MEMORY, once.
 *
 * @param address where in the team.
 * @param buffer receives the bytes.
 * @param size 1 to 1024 bytes (B_MAX_READ_WRITE_MEMORY_SIZE).
 * @param got receives the bytes read: fewer than `size` at the end of what is mapped.
 * @return HDBG_OK, HDBG_BAD_ADDRESS if nothing could be read, HDBG_BAD_VALUE for the size.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_nub_read_memory(hdbg_nub *nub, hdbg_address address, void *buffer, size_t size,
                                          size_t *got);
/** WRITE_MEMORY, once; as hdbg_nub_read_memory(). Writes to read-only areas too. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_write_memory(hdbg_nub *nub, hdbg_address address, const void *data, size_t size,
                                           size_t *written);
/** SET_TEAM_FLAGS, with hdbg_team_flag bits. Not answered by the nub. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_set_team_flags(hdbg_nub *nub, uint32_t flags);
/** SET_THREAD_FLAGS, with hdbg_thread_flag bits. Not answered by the nub. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_set_thread_flags(hdbg_nub *nub, hdbg_thread_id thread, uint32_t flags);
/** CONTINUE_THREAD, with an hdbg_continue_how. Not answered by the nub: a thread that is not stopped, or does
 * not exist, is passed over in silence. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_continue_thread(hdbg_nub *nub, hdbg_thread_id thread, uint32_t how,
                                              int single_step);
/** SET_CPU_STATE of a stopped thread. Not answered. HDBG_BAD_VALUE for a state of another processor. @since
 * 0.1 */
HDBG_API hdbg_status hdbg_nub_set_cpu_state(hdbg_nub *nub, hdbg_thread_id thread,
                                            const hdbg_cpu_state *state);
/**
 * GET_CPU_STATE of a stopped thread. The thread itself answers, with the event it stopped for.
 *
 * @param type receives that event's hdbg_event_type; may be NULL.
 * @return HDBG_OK, HDBG_BAD_THREAD_ID, HDBG_BAD_VALUE (another team's), HDBG_BAD_THREAD_STATE (not stopped).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_nub_get_cpu_state(hdbg_nub *nub, hdbg_thread_id thread, int32_t *type,
                                            hdbg_cpu_state *state);
/** SET_BREAKPOINT. @return HDBG_OK, HDBG_BAD_VALUE (there is one), HDBG_BAD_ADDRESS, HDBG_BUSY. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_set_breakpoint(hdbg_nub *nub, hdbg_address address);
/** CLEAR_BREAKPOINT. Not answered. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_clear_breakpoint(hdbg_nub *nub, hdbg_address address);
/** SET_WATCHPOINT. @param kind an hdbg_watchpoint_kind. @param length bytes: 1, 2 or 4, aligned.
 * @return HDBG_OK, HDBG_NOT_SUPPORTED (kind or length), HDBG_BAD_VALUE (unaligned, or there is one),
 * HDBG_BAD_ADDRESS, HDBG_BUSY (no register is free). @since 0.1 */
HDBG_API hdbg_status hdbg_nub_set_watchpoint(hdbg_nub *nub, hdbg_address address, uint32_t kind,
                                             int32_t length);
/** CLEAR_WATCHPOINT. Not answered. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_clear_watchpoint(hdbg_nub *nub, hdbg_address address);
/** SET_SIGNAL_MASKS: which signals stop the thread not at all (`ignore`) or not the next time
 * (`ignore_once`). An ignored signal is delivered all the same. @param ignore_op, ignore_once_op
 * hdbg_mask_op. Not answered.
 * @since 0.1 */
HDBG_API hdbg_status hdbg_nub_set_signal_masks(hdbg_nub *nub, hdbg_thread_id thread, uint64_t ignore,
                                               uint32_t ignore_op, uint64_t ignore_once,
                                               uint32_t ignore_once_op);
/** GET_SIGNAL_MASKS. @return HDBG_OK, HDBG_BAD_THREAD_ID. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_get_signal_masks(hdbg_nub *nub, hdbg_thread_id thread, uint64_t *ignore,
                                               uint64_t *ignore_once);
/** SET_SIGNAL_HANDLER. Not answered. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_set_signal_handler(hdbg_nub *nub, int32_t signal,
                                                 const hdbg_signal_handler *handler);
/** GET_SIGNAL_HANDLER. @return HDBG_OK, HDBG_BAD_VALUE (no such signal). @since 0.1 */
HDBG_API hdbg_status hdbg_nub_get_signal_handler(hdbg_nub *nub, int32_t signal, hdbg_signal_handler *handler);
/** CLONE_AREA: maps the area at an address, read-only, into the caller. @param area receives its id, for
 * hdbg_kernel_ops.delete_area. @param mapped receives where `address` is now, in the caller.
 * @return HDBG_OK, HDBG_NOT_ALLOWED, HDBG_BAD_ADDRESS, HDBG_NOT_SUPPORTED (before R1/beta6). @since 0.1 */
HDBG_API hdbg_status hdbg_nub_clone_area(hdbg_nub *nub, hdbg_address address, hdbg_area_id *area,
                                         hdbg_address *mapped);
/** PREPARE_HANDOVER: the next debugger that installs itself takes over. Removes all break- and watchpoints.
 * Not answered. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_prepare_handover(hdbg_nub *nub);
/** WRITE_CORE_FILE. @param path absolute, shorter than 1024. @return HDBG_OK, HDBG_FILE_EXISTS,
 * HDBG_BAD_VALUE (relative), HDBG_NOT_SUPPORTED, ... @since 0.1 */
HDBG_API hdbg_status hdbg_nub_write_core_file(hdbg_nub *nub, const char *path, hdbg_time timeout);
/** START_PROFILER. @param interval in: microseconds between samples; out: what the nub made of it.
 * @param image_event receives the team's count of image events; may be NULL. @return HDBG_OK,
 * HDBG_BAD_THREAD_ID, HDBG_NOT_SUPPORTED, ... @since 0.1 */
HDBG_API hdbg_status hdbg_nub_start_profiler(hdbg_nub *nub, hdbg_thread_id thread, hdbg_time *interval,
                                             hdbg_area_id sample_area, int32_t stack_depth,
                                             int variable_stack_depth, int profile_kernel,
                                             int32_t *image_event);
/** STOP_PROFILER. @param update receives the last PROFILER_UPDATE. @since 0.1 */
HDBG_API hdbg_status hdbg_nub_stop_profiler(hdbg_nub *nub, hdbg_thread_id thread, hdbg_nub_event *update);

/* ---- events ---- */

/**
 * Decodes a message from a debugger port.
 *
 * @param arch the processor of the team that sent it.
 * @param release which release's nub sent it; lengths that are received decide between its variants.
 * @param code the message's code.
 * @param message its bytes.
 * @param size their number.
 * @param event receives the event; only the members of its type are set.
 * @return HDBG_OK; HDBG_BAD_MESSAGE if the code is unknown or the message too short for what it claims to be
 * (a longer one is decoded: later releases append).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_nub_event_decode(hdbg_arch arch, hdbg_release release, int32_t code,
                                           const void *message, size_t size, hdbg_nub_event *event);
/**
 * The opposite of hdbg_nub_event_decode(), for mocks and recorders.
 *
 * @param buffer receives the message. @param size its room; HDBG_NUB_EVENT_SIZE_MAX suffices for each.
 * @return bytes, or HDBG_BAD_VALUE, HDBG_BUFFER_OVERFLOW.
 * @since 0.1
 */
HDBG_API int64_t hdbg_nub_event_encode(hdbg_arch arch, hdbg_release release, const hdbg_nub_event *event,
                                       void *buffer, size_t size);
/** Bytes of the largest event of any processor, rounded up. @since 0.1 */
#define HDBG_NUB_EVENT_SIZE_MAX 1152
/** An event type's name, such as "BREAKPOINT_HIT"; "UNKNOWN" for others. @since 0.1 */
HDBG_API const char *hdbg_event_type_name(int32_t type);
/** An exception's name, such as "segment violation". @since 0.1 */
HDBG_API const char *hdbg_exception_name(int32_t exception);
/** The name of a message to the nub by its code in a release, such as "SET_BREAKPOINT"; "UNKNOWN". @since 0.1
 */
HDBG_API const char *hdbg_nub_message_name(hdbg_release release, int32_t code);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_NUB_H */

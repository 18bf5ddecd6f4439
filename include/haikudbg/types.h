/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The ids, limits and plain structs that all headers share.
 */
#ifndef HAIKUDBG_TYPES_H
#define HAIKUDBG_TYPES_H

#include <haikudbg/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup types Ids and shared types
 * Haiku's ids are 32-bit; addresses are uint64_t whatever the debuggee's processor; times are microseconds.
 * @{
 */

typedef int32_t hdbg_team_id;   /**< A team; the id of its main thread as well (team_id). @since 0.1 */
typedef int32_t hdbg_thread_id; /**< A thread (thread_id). @since 0.1 */
typedef int32_t hdbg_port_id;   /**< A port (port_id). @since 0.1 */
typedef int32_t hdbg_area_id;   /**< An area (area_id). @since 0.1 */
typedef int32_t hdbg_image_id;  /**< An image (image_id). @since 0.1 */
typedef uint64_t hdbg_address;  /**< An address in a debuggee. @since 0.1 */
typedef int64_t hdbg_time;      /**< A duration or a system_time(), in microseconds (bigtime_t). @since 0.1 */

/** Wait as long as it takes (B_INFINITE_TIMEOUT). @since 0.1 */
#define HDBG_FOREVER INT64_MAX

/** B_OS_NAME_LENGTH: room for the name of a port, thread, area. @since 0.1 */
#define HDBG_NAME_LENGTH 32
/** B_PATH_NAME_LENGTH. @since 0.1 */
#define HDBG_PATH_LENGTH 1024

/** The processor a team runs on. Values are Haiku's cpu_platform (OS.h). @since 0.1 */
typedef enum hdbg_arch {
    HDBG_ARCH_UNKNOWN = 0, /**< Not known, or not supported. */
    HDBG_ARCH_X86 = 1,     /**< B_CPU_x86: 32-bit. */
    HDBG_ARCH_X86_64 = 2,  /**< B_CPU_x86_64. */
    HDBG_ARCH_ARM64 = 7,   /**< B_CPU_ARM_64. */
    HDBG_ARCH_RISCV64 = 12 /**< B_CPU_RISC_V. */
} hdbg_arch;

/** The largest debug_cpu_state of any processor, in bytes (x86_64's). @since 0.1 */
#define HDBG_CPU_STATE_MAX 1040

/**
 * A thread's processor state as Haiku's nub sends it: `debug_cpu_state` of the team's processor, byte for
 * byte. Registers by name: registers.h.
 * @since 0.1
 */
typedef struct hdbg_cpu_state {
    uint32_t arch;                    /**< An hdbg_arch: whose layout `data` has. */
    uint32_t size;                    /**< Bytes used in `data`. */
    uint64_t reserved;                /**< 0. */
    uint8_t data[HDBG_CPU_STATE_MAX]; /**< The state. 16-byte aligned if the struct is. */
} hdbg_cpu_state;

/** A signal's details (siginfo_t), with Haiku's signal numbers and codes. @since 0.1 */
typedef struct hdbg_siginfo {
    int32_t signal;       /**< si_signo. */
    int32_t code;         /**< si_code, for example SEGV_MAPERR (30). */
    int32_t error;        /**< si_errno. */
    hdbg_team_id team;    /**< si_pid: who sent it. */
    uint32_t user;        /**< si_uid. */
    int32_t status;       /**< si_status: exit value or signal of a child. */
    hdbg_address address; /**< si_addr: where a fault happened. */
    int64_t band;         /**< si_band. */
    uint64_t value;       /**< si_value. */
} hdbg_siginfo;

#define HDBG_SIGNAL_DEFAULT 0 /**< SIG_DFL as hdbg_signal_handler.handler. @since 0.1 */
#define HDBG_SIGNAL_IGNORE  1 /**< SIG_IGN. @since 0.1 */

/** What a team does on a signal (struct sigaction). @since 0.1 */
typedef struct hdbg_signal_handler {
    hdbg_address handler;   /**< A function, HDBG_SIGNAL_DEFAULT or HDBG_SIGNAL_IGNORE. */
    uint64_t mask;          /**< sa_mask, bit n-1 for signal n. */
    hdbg_address user_data; /**< sa_userdata. */
    int32_t flags;          /**< sa_flags, Haiku's values. */
    int32_t reserved;       /**< 0. */
} hdbg_signal_handler;

/** What an image is (image_type). @since 0.1 */
typedef enum hdbg_image_type {
    HDBG_IMAGE_APP = 1,     /**< B_APP_IMAGE: the program. */
    HDBG_IMAGE_LIBRARY = 2, /**< B_LIBRARY_IMAGE. */
    HDBG_IMAGE_ADD_ON = 3,  /**< B_ADD_ON_IMAGE. */
    HDBG_IMAGE_SYSTEM = 4   /**< B_SYSTEM_IMAGE: the commpage; the vdso on the hosted kernel. */
} hdbg_image_type;

/** A mapped executable or library (image_info). @since 0.1 */
typedef struct hdbg_image_info {
    hdbg_image_id id;            /**< Unique in the team. */
    int32_t type;                /**< An hdbg_image_type. */
    int32_t sequence;            /**< image_info.sequence. */
    int32_t init_order;          /**< image_info.init_order. */
    hdbg_address init_routine;   /**< Address or 0. */
    hdbg_address term_routine;   /**< Address or 0. */
    hdbg_address text;           /**< Start of the text segment. */
    hdbg_address data;           /**< Start of the data segment. */
    uint64_t text_size;          /**< Bytes. */
    uint64_t data_size;          /**< Bytes. */
    int64_t node;                /**< The file's inode number. */
    int32_t device;              /**< The file's device. */
    int32_t api_version;         /**< image_info.api_version. */
    int32_t abi;                 /**< image_info.abi. */
    int32_t reserved;            /**< 0. */
    char path[HDBG_PATH_LENGTH]; /**< The file, or a name such as "commpage". NUL-terminated. */
} hdbg_image_info;

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_TYPES_H */

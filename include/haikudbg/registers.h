/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Registers of a stopped thread, by name, from tables for each processor.
 */
#ifndef HAIKUDBG_REGISTERS_H
#define HAIKUDBG_REGISTERS_H

#include <haikudbg/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup registers Registers
 * A register is described by an hdbg_register: where it is in debug_cpu_state, how wide, in which set, and
 * which numbers DWARF and GDB have for it. A thread's registers are read once a stop and kept until it is
 * resumed.
 * @{
 */

/** Sets of registers. @since 0.1 */
typedef enum hdbg_register_set {
    HDBG_REGISTERS_GENERAL = 0, /**< General, instruction pointer, flags. */
    HDBG_REGISTERS_SEGMENT = 1, /**< Segments. */
    HDBG_REGISTERS_FLOAT = 2,   /**< x87, or the processor's floating point registers. */
    HDBG_REGISTERS_VECTOR = 3,  /**< SSE, mxcsr. */
    HDBG_REGISTERS_AVX = 4,     /**< ymm. */
    HDBG_REGISTERS_SYSTEM = 5   /**< fs_base, gs_base, orig_rax: where the kernel has them (kernel.h). */
} hdbg_register_set;

/** What a register holds. @since 0.1 */
typedef enum hdbg_register_kind {
    HDBG_REGISTER_INTEGER = 0,
    HDBG_REGISTER_CODE = 1, /**< An address of code. */
    HDBG_REGISTER_DATA = 2, /**< An address of data. */
    HDBG_REGISTER_FLAGS = 3,
    HDBG_REGISTER_X87 = 4,   /**< An 80-bit float. */
    HDBG_REGISTER_BYTES = 5, /**< A vector. */
    HDBG_REGISTER_FLOAT = 6  /**< A float of the register's size. */
} hdbg_register_kind;

/** Roles that every processor has a register for. @since 0.1 */
typedef enum hdbg_register_role {
    HDBG_ROLE_NONE = 0,
    HDBG_ROLE_PC = 1,            /**< Instruction pointer. */
    HDBG_ROLE_SP = 2,            /**< Stack pointer. */
    HDBG_ROLE_FP = 3,            /**< Frame pointer. */
    HDBG_ROLE_FLAGS = 4,         /**< Flags. */
    HDBG_ROLE_RETURN_ADDRESS = 5 /**< Link register, where there is one. */
} hdbg_register_role;

/** A register. Read-only, static. @since 0.1 */
typedef struct hdbg_register {
    const char *name; /**< As GDB names it: "rip", "eflags", "st0", "xmm3", "ymm3". */
    uint32_t index;   /**< Its place in hdbg_arch_registers(). */
    uint16_t offset;  /**< Bytes into debug_cpu_state; 0xffff: not in there (HDBG_REGISTERS_SYSTEM, AVX: two
                         parts). */
    uint16_t size;    /**< Bytes. */
    uint8_t set;      /**< An hdbg_register_set. */
    uint8_t kind;     /**< An hdbg_register_kind. */
    uint8_t role;     /**< An hdbg_register_role. */
    uint8_t reserved; /**< 0. */
    int16_t dwarf;    /**< DWARF's number, or -1. */
    int16_t gdb;      /**< Number in GDB's remote protocol (target.xml order), or -1. */
} hdbg_register;

/**
 * All registers of a processor.
 *
 * @param arch the processor.
 * @param count receives how many there are.
 * @return a static array, or NULL for a processor that has no table.
 * @since 0.1
 */
HDBG_API const hdbg_register *hdbg_arch_registers(hdbg_arch arch, size_t *count);
/** A register by its name (also aliases such as "pc", "sp", "fp", "rflags"), or NULL. @since 0.1 */
HDBG_API const hdbg_register *hdbg_arch_register_by_name(hdbg_arch arch, const char *name);
/** A register by DWARF's number, or NULL. @since 0.1 */
HDBG_API const hdbg_register *hdbg_arch_register_by_dwarf(hdbg_arch arch, int number);
/** The register that has a role, or NULL. @since 0.1 */
HDBG_API const hdbg_register *hdbg_arch_register_by_role(hdbg_arch arch, hdbg_register_role role);
/** A processor's name, such as "x86_64". Never NULL. @since 0.1 */
HDBG_API const char *hdbg_arch_name(hdbg_arch arch);
/** Bytes in an address: 4 or 8; 0 for an unknown processor. @since 0.1 */
HDBG_API size_t hdbg_arch_address_size(hdbg_arch arch);

/** Reads a register from a state. @param value receives reg->size bytes, in the processor's byte order.
 * @return HDBG_OK, HDBG_BAD_VALUE (another processor's state or a size that is too small), HDBG_NOT_SUPPORTED
 * (not in the state, or its part is not valid there). @since 0.1 */
HDBG_API hdbg_status hdbg_cpu_state_get(const hdbg_cpu_state *state, const hdbg_register *reg, void *value,
                                        size_t size);
/** Writes a register into a state; as hdbg_cpu_state_get(). @since 0.1 */
HDBG_API hdbg_status hdbg_cpu_state_set(hdbg_cpu_state *state, const hdbg_register *reg, const void *value,
                                        size_t size);
/** Reads an integer register of up to 8 bytes that has a role. 0 if there is none. @since 0.1 */
HDBG_API uint64_t hdbg_cpu_state_role(const hdbg_cpu_state *state, hdbg_register_role role);

/** The state of a stopped thread; kept until the thread is resumed. @return HDBG_OK, HDBG_BAD_THREAD_STATE,
 * HDBG_THREAD_GONE, HDBG_TEAM_GONE, HDBG_DETACHED. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_cpu_state(hdbg_thread *thread, hdbg_cpu_state *state);
/** Sets the state of a stopped thread. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_set_cpu_state(hdbg_thread *thread, const hdbg_cpu_state *state);
/** Reads a register of a stopped thread by name. @param value receives its bytes. @param size room in
 * `value`.
 * @param used receives the register's size; may be NULL. @return HDBG_NAME_NOT_FOUND, or as
 * hdbg_thread_cpu_state().
 * @since 0.1 */
HDBG_API hdbg_status hdbg_thread_register(hdbg_thread *thread, const char *name, void *value, size_t size,
                                          size_t *used);
/** Writes a register of a stopped thread by name; `size` has to be the register's. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_set_register(hdbg_thread *thread, const char *name, const void *value,
                                              size_t size);
/** Reads an integer register of up to 8 bytes by name. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_register_u64(hdbg_thread *thread, const char *name, uint64_t *value);
/** Writes an integer register of up to 8 bytes by name. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_set_register_u64(hdbg_thread *thread, const char *name, uint64_t value);
/** Where a stopped thread stands. @since 0.1 */
HDBG_API hdbg_status hdbg_thread_pc(hdbg_thread *thread, hdbg_address *pc);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_REGISTERS_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The kernel interface: all that the library asks of an operating system, as one table of functions.
 */
#ifndef HAIKUDBG_KERNEL_H
#define HAIKUDBG_KERNEL_H

#include <haikudbg/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup kernel Kernels
 * Ports, teams, threads, images, areas and signals, as Haiku has them (OS.h, image.h, debugger.h). The
 * library uses nothing else of a system. A kernel of your own (another mock, a remote machine) is an
 * hdbg_kernel whose table you fill; the rules are at each function. Messages between the session and the nub
 * are Haiku's, byte for byte, on every kernel.
 *
 * Rules for all functions of the table: any thread may call, at any time; they answer HDBG_OK or an error
 * status (functions that return an id or a count: negative is an error); they call hdbg_kernel_fail() so that
 * the error can be told in a sentence; they retry what a signal interrupts.
 * @{
 */

/** Version of the table below. A kernel with another one is refused; one whose table is shorter than this, as
 * it was made for an earlier version, is taken, and has not what is beyond. @since 0.1 */
#define HDBG_KERNEL_VERSION 1

/** Which release's message codes and event lengths a kernel's nubs use. @since 0.1 */
typedef enum hdbg_release {
    HDBG_RELEASE_BETA4 = 4, /**< R1/beta4 (2022). */
    HDBG_RELEASE_BETA5 = 5, /**< R1/beta5 (2024). */
    HDBG_RELEASE_BETA6 = 6  /**< R1/beta6, and master since January 2025. */
} hdbg_release;

/** What a kernel says of itself (system_info, utsname). @since 0.1 */
typedef struct hdbg_system_info {
    size_t size;          /**< sizeof(hdbg_system_info), set by the caller. */
    int32_t release;      /**< An hdbg_release. */
    int32_t arch;         /**< An hdbg_arch: the processor the kernel runs on. */
    int32_t cpu_count;    /**< Processors. */
    uint32_t page_size;   /**< Bytes in a page. */
    char kernel_name[32]; /**< "haiku", "hosted", "scripted", "corefile", ... */
    char system[128];     /**< The system in words, such as "Linux 6.1.0 x86_64". */
} hdbg_system_info;

/** A port (port_info). @since 0.1 */
typedef struct hdbg_port_info {
    size_t size;                 /**< sizeof(hdbg_port_info), set by the caller. */
    hdbg_port_id port;           /**< The port. */
    hdbg_team_id team;           /**< Its owner. */
    int32_t capacity;            /**< Messages it can hold. */
    int32_t queue_count;         /**< Messages it holds. */
    int32_t total_count;         /**< Messages it has held since its creation. */
    char name[HDBG_NAME_LENGTH]; /**< NUL-terminated. */
} hdbg_port_info;

/** What is to be waited for in hdbg_object_wait (B_OBJECT_TYPE_*). @since 0.1 */
enum hdbg_object_type {
    HDBG_OBJECT_PORT = 2,  /**< A port id. */
    HDBG_OBJECT_THREAD = 3 /**< A thread id; HDBG_WAIT_INVALID only: it has ended. */
};

/** Events in hdbg_object_wait (B_EVENT_*). @since 0.1 */
enum hdbg_object_event {
    HDBG_WAIT_READ = 0x1,  /**< A message can be read. */
    HDBG_WAIT_WRITE = 0x2, /**< A message can be written. */
    HDBG_WAIT_INVALID =
        0x1000 /**< The object does not exist (any more). Always reported, asked for or not. */
};

/** One object of a wait (object_wait_info). @since 0.1 */
typedef struct hdbg_object_wait {
    int32_t object;  /**< Its id. */
    uint16_t type;   /**< An hdbg_object_type. */
    uint16_t events; /**< In: hdbg_object_event bits to wait for. Out: those that hold. */
} hdbg_object_wait;

/** States of a thread (thread_state). @since 0.1 */
enum hdbg_thread_state {
    HDBG_THREAD_RUNNING = 1,
    HDBG_THREAD_READY = 2,
    HDBG_THREAD_RECEIVING = 3,
    HDBG_THREAD_ASLEEP = 4,
    HDBG_THREAD_SUSPENDED = 5, /**< Stopped by SIGSTOP or a debugger, or not started yet. */
    HDBG_THREAD_WAITING = 6
};

/** A team (team_info). @since 0.1 */
typedef struct hdbg_team_info {
    size_t size;                        /**< sizeof(hdbg_team_info), set by the caller. */
    hdbg_team_id team;                  /**< Its id. */
    hdbg_team_id parent;                /**< Its parent's. */
    int32_t arch;                       /**< An hdbg_arch; HDBG_ARCH_UNKNOWN for one that is not supported. */
    int32_t thread_count;               /**< Threads, the nub not counted. */
    int32_t image_count;                /**< Images. */
    int32_t area_count;                 /**< Areas. */
    hdbg_thread_id debugger_nub_thread; /**< -1 if the team is not debugged. */
    hdbg_port_id debugger_nub_port;     /**< -1 if the team is not debugged. */
    uint32_t user;                      /**< Effective user id. */
    uint32_t group;                     /**< Effective group id. */
    int32_t process_group;              /**< POSIX process group. */
    int32_t session;                    /**< POSIX session. */
    int32_t argument_count;             /**< argc. */
    int32_t reserved;                   /**< 0. */
    hdbg_time start_time;        /**< When it was started, on the scale of the kernel's system_time(). */
    char name[HDBG_NAME_LENGTH]; /**< The program's name. */
    char arguments[512];         /**< The command line, cut where it is longer. */
} hdbg_team_info;

/** A thread (thread_info). @since 0.1 */
typedef struct hdbg_thread_info {
    size_t size;                 /**< sizeof(hdbg_thread_info), set by the caller. */
    hdbg_thread_id thread;       /**< Its id. */
    hdbg_team_id team;           /**< Its team. */
    int32_t state;               /**< An hdbg_thread_state. */
    int32_t priority;            /**< Haiku's priority, 10 is normal. */
    uint32_t flags;              /**< HDBG_THREAD_IS_NUB. */
    uint32_t reserved;           /**< 0. */
    hdbg_time user_time;         /**< Processor time in the team. */
    hdbg_time kernel_time;       /**< Processor time in the kernel. */
    hdbg_address stack_base;     /**< Lowest address of the stack, 0 if not known. */
    hdbg_address stack_end;      /**< One past its highest address, 0 if not known. */
    char name[HDBG_NAME_LENGTH]; /**< NUL-terminated. */
} hdbg_thread_info;

#define HDBG_THREAD_IS_NUB                                                                                   \
    0x1 /**< hdbg_thread_info.flags: the nub itself ("team N debug task"). @since 0.1 */

/** Protection bits of an area (B_READ_AREA, ...). @since 0.1 */
enum hdbg_area_protection {
    HDBG_AREA_READ = 0x1,
    HDBG_AREA_WRITE = 0x2,
    HDBG_AREA_EXECUTE = 0x4,
    HDBG_AREA_STACK = 0x8
};

/** An area (area_info). @since 0.1 */
typedef struct hdbg_area_info {
    size_t size;                 /**< sizeof(hdbg_area_info), set by the caller. */
    hdbg_area_id area;           /**< Its id. */
    hdbg_team_id team;           /**< Its team. */
    hdbg_address address;        /**< Its first byte. */
    uint64_t length;             /**< Bytes. */
    uint64_t ram_size;           /**< Bytes of it in memory. */
    uint32_t protection;         /**< hdbg_area_protection bits. */
    uint32_t lock;               /**< B_NO_LOCK 0, B_LAZY_LOCK 1, B_FULL_LOCK 2. */
    uint64_t offset;             /**< Offset in `path`, if the area maps a file. */
    char name[HDBG_NAME_LENGTH]; /**< NUL-terminated. */
    char path[HDBG_PATH_LENGTH]; /**< The mapped file, or "". */
} hdbg_area_info;

/** hdbg_launch_spec.flags. @since 0.1 */
enum hdbg_launch_flags {
    HDBG_LAUNCH_SEARCH_PATH = 0x1, /**< Look `path` up in $PATH of the new environment if it has no slash. */
    HDBG_LAUNCH_NEW_GROUP = 0x2,   /**< In a process group of its own. */
    HDBG_LAUNCH_NO_RANDOMIZATION = 0x4 /**< With address space randomisation switched off. */
};

/** How a team is to be launched. @since 0.1 */
typedef struct hdbg_launch_spec {
    size_t size;                    /**< sizeof(hdbg_launch_spec), set by the caller. */
    const char *path;               /**< The program. */
    const char *const *arguments;   /**< argv, NULL-terminated; NULL: just `path`. */
    const char *const *environment; /**< envp, NULL-terminated; NULL: the caller's. */
    const char *working_directory;  /**< NULL: the caller's. */
    int standard_input;             /**< A descriptor for stdin, or -1: the caller's. Not closed. */
    int standard_output;            /**< The same for stdout. */
    int standard_error;             /**< The same for stderr. */
    uint32_t flags;                 /**< hdbg_launch_flags. */
} hdbg_launch_spec;

/** How a team that the caller launched has ended. @since 0.1 */
typedef struct hdbg_team_status {
    int32_t status; /**< The exit value, -1 if a signal ended it. */
    int32_t signal; /**< Haiku's number of that signal, -1 if none did. */
} hdbg_team_status;

/** Registers that Haiku's debug_cpu_state does not carry, or that its nub does not set. @since 0.1 */
typedef struct hdbg_extra_registers {
    size_t size;       /**< sizeof(hdbg_extra_registers), set by the caller. */
    uint32_t valid;    /**< Bit 0 fs_base, bit 1 gs_base, bit 2 orig_rax, bit 3 segments (to be set alone). */
    uint32_t reserved; /**< 0. */
    uint64_t fs_base;  /**< x86_64: base of fs. */
    uint64_t gs_base;  /**< x86_64: base of gs. */
    uint64_t orig_rax; /**< x86_64 Linux: the system call being restarted, or -1. */
    uint16_t segments[6]; /**< x86_64: cs, ss, ds, es, fs, gs. debug_cpu_state tells them. */
    uint16_t padding[2];  /**< 0. */
} hdbg_extra_registers;

/** What can be asked about a team beyond what Haiku tells (details.h). @since 0.1 */
typedef enum hdbg_detail_kind {
    HDBG_DETAIL_ARGUMENT = 1,    /**< The command line: an argument each, whole. `text`. */
    HDBG_DETAIL_ENVIRONMENT = 2, /**< The environment as it was when the program started: "NAME=value". */
    HDBG_DETAIL_AUXILIARY = 3,   /**< The auxiliary vector: AT_* in `number`, its value in `value`. */
    HDBG_DETAIL_LIMIT = 4,       /**< Resource limits: `text` is the name with its unit, `number` the soft
                                    limit, `value` the hard one; -1: none. */
    HDBG_DETAIL_FILE = 5,        /**< Open files: descriptor in `number`, position in `value`, `flags`, `text`
                                    is a path, or what it is otherwise ("socket:[4711]"). */
    HDBG_DETAIL_WORKING_DIRECTORY = 6, /**< One, `text`. */
    HDBG_DETAIL_PROGRAM = 7            /**< The program's file: one, `text`. */
} hdbg_detail_kind;

/** hdbg_detail.flags of open files. @since 0.1 */
enum hdbg_detail_flags {
    HDBG_DETAIL_CAN_READ = 0x1,      /**< Open for reading. */
    HDBG_DETAIL_CAN_WRITE = 0x2,     /**< Open for writing. */
    HDBG_DETAIL_CLOSED_BY_EXEC = 0x4 /**< Closed by exec(). */
};

/** One of them. @since 0.1 */
typedef struct hdbg_detail {
    size_t size;       /**< sizeof(hdbg_detail). */
    const char *text;  /**< See the kind; never NULL. */
    int64_t number;    /**< See the kind; else counted from 0. */
    int64_t value;     /**< See the kind; else 0. */
    uint32_t flags;    /**< hdbg_detail_flags. */
    uint32_t reserved; /**< 0. */
} hdbg_detail;

/** A symbol that the kernel itself knows. @since 0.1 */
typedef struct hdbg_kernel_symbol {
    size_t size;          /**< sizeof(hdbg_kernel_symbol), set by the caller. */
    hdbg_address address; /**< Where it is in the team. */
    uint64_t length;      /**< Bytes, 0 if not known. */
    int32_t kind;         /**< An hdbg_symbol_kind (image.h): 0 other, 1 function, 2 object. */
    int32_t is_global;    /**< Non-zero unless it is local. */
    const char *name;     /**< NUL-terminated; valid as long as the kernel. */
} hdbg_kernel_symbol;

/** Which pages of memory are looked for (hdbg_kernel_ops.next_pages). @since 0.1 */
enum hdbg_page_kind {
    HDBG_PAGES_TOUCHED = 0, /**< Those that something was written to or read from. */
    HDBG_PAGES_OWN = 1      /**< Of these the team's own: not as they are in a mapped file. */
};

/** A thread, for the notes of a core file (hdbg_kernel_ops.core_notes). @since 0.1 */
typedef struct hdbg_core_thread {
    hdbg_thread_id thread;       /**< Its id. */
    int32_t signal;              /**< Haiku's number of the signal that it stopped for, or 0. */
    int32_t has_info;            /**< Whether `info` is known. */
    int32_t priority;            /**< Its priority. */
    int32_t state;               /**< An hdbg_thread_state. */
    int32_t reserved;            /**< 0. */
    hdbg_siginfo info;           /**< The signal's details. */
    hdbg_address stack_base;     /**< Lowest address of its stack, or 0. */
    hdbg_address stack_end;      /**< One past the highest, or 0. */
    hdbg_cpu_state cpu_state;    /**< Its registers. */
    hdbg_extra_registers extra;  /**< Registers beyond, as far as they are valid. */
    char name[HDBG_NAME_LENGTH]; /**< NUL-terminated. */
} hdbg_core_thread;

/** A stopped thread's registers (hdbg_kernel_ops.thread_registers). @since 0.1 */
typedef struct hdbg_thread_registers {
    hdbg_thread_id thread;      /**< In: the thread. */
    hdbg_status status;         /**< HDBG_OK, or why the rest is not known. */
    hdbg_cpu_state cpu_state;   /**< What GET_CPU_STATE answers. */
    hdbg_extra_registers extra; /**< Registers beyond, as far as they are valid. */
} hdbg_thread_registers;

/** What an argument of a system call is. @since 0.1 */
typedef enum hdbg_argument_kind {
    HDBG_ARGUMENT_INT = 0,        /**< A signed number of 32 bits. */
    HDBG_ARGUMENT_UINT = 1,       /**< An unsigned number of 32 bits. */
    HDBG_ARGUMENT_LONG = 2,       /**< A signed word. */
    HDBG_ARGUMENT_SIZE = 3,       /**< An unsigned word. */
    HDBG_ARGUMENT_HEX = 4,        /**< A word that is read in hexadecimal. */
    HDBG_ARGUMENT_ADDRESS = 5,    /**< An address that nothing more is known of. */
    HDBG_ARGUMENT_DESCRIPTOR = 6, /**< An open file; or one of `names`. */
    HDBG_ARGUMENT_FLAGS = 7,      /**< Bits of `names`. */
    HDBG_ARGUMENT_VALUE = 8,      /**< One of `names`. */
    HDBG_ARGUMENT_MODE = 9,       /**< Permissions of a file, octal; `names` of other bits. */
    HDBG_ARGUMENT_PATH = 10,      /**< Address of a NUL-terminated path. */
    HDBG_ARGUMENT_STRING = 11,    /**< Address of a NUL-terminated text. */
    HDBG_ARGUMENT_STRINGS = 12,   /**< Address of addresses of texts, 0 at the end. */
    HDBG_ARGUMENT_DATA = 13,      /**< Address of bytes, as many as `length` says. */
    HDBG_ARGUMENT_STRUCT = 14,    /**< Address of `bytes` bytes, of which `fields` are known. */
    HDBG_ARGUMENT_STRUCTS = 15,   /**< Address of such structs, as many as `length` says. */
    HDBG_ARGUMENT_VECTORS = 16,   /**< Address of pairs of an address and a size, as many as `length` says: of
                                     DATA. */
    HDBG_ARGUMENT_KIND_COUNT = 17
} hdbg_argument_kind;

/** hdbg_argument.flags. @since 0.1 */
enum hdbg_argument_flag {
    HDBG_ARGUMENT_OUT = 0x1,        /**< What the address leads to is the call's answer, not its question. */
    HDBG_ARGUMENT_COUNT = 0x2,      /**< As much of it is known as the call returned. */
    HDBG_ARGUMENT_ENVIRONMENT = 0x4 /**< STRINGS: of interest is how many there are. */
};

/** A name of a value, or of bits. @since 0.1 */
typedef struct hdbg_value_name {
    const char *name;     /**< NULL ends a list. */
    uint64_t value;       /**< It stands for this value */
    uint64_t mask;        /**< of these bits; 0 is all bits. */
    uint64_t reserved[2]; /**< Has to be 0: for a later version. */
} hdbg_value_name;

/** A field of a struct that an argument leads to. @since 0.1 */
typedef struct hdbg_field {
    const char *name;             /**< NULL ends a list. */
    uint16_t offset;              /**< In bytes. */
    uint16_t bytes;               /**< 1, 2, 4 or 8; any number for DATA. */
    int32_t kind;                 /**< An hdbg_argument_kind up to HDBG_ARGUMENT_MODE, or DATA. */
    const hdbg_value_name *names; /**< Of FLAGS, VALUE and DESCRIPTOR; else NULL. */
    uint64_t reserved[2];         /**< Has to be 0: for a later version. */
} hdbg_field;

/** An argument of a system call. @since 0.1 */
typedef struct hdbg_argument {
    int32_t kind;                 /**< An hdbg_argument_kind. */
    uint32_t flags;               /**< hdbg_argument_flag bits. */
    int32_t length;               /**< Which argument says how many bytes or structs there are; -1: none. */
    uint32_t bytes;               /**< Of a struct. */
    const hdbg_value_name *names; /**< Of FLAGS, VALUE and DESCRIPTOR; else NULL. */
    const hdbg_field *fields;     /**< Of STRUCT and STRUCTS; else NULL. */
    int32_t condition;            /**< Which argument tells whether there is this one: -1: there is. */
    uint32_t reserved;            /**< 0. */
    uint64_t condition_bits;      /**< Some of these bits are set in it then. */
    uint64_t reserved_words[4];   /**< Has to be 0: for a later version. */
} hdbg_argument;

/** What a system call is about; bits. @since 0.1 */
enum hdbg_syscall_group {
    HDBG_SYSCALL_FILE = 0x1,       /**< It takes a path. */
    HDBG_SYSCALL_DESCRIPTOR = 0x2, /**< It takes or makes a descriptor. */
    HDBG_SYSCALL_NETWORK = 0x4,
    HDBG_SYSCALL_PROCESS = 0x8, /**< Teams and threads: made, executed, waited for, ended. */
    HDBG_SYSCALL_MEMORY = 0x10,
    HDBG_SYSCALL_SIGNAL = 0x20,
    HDBG_SYSCALL_IPC = 0x40
};

/** A system call. @since 0.1 */
typedef struct hdbg_syscall {
    size_t size;                    /**< sizeof(hdbg_syscall). */
    const char *name;               /**< Such as "openat" or "_kern_open". */
    int32_t number;                 /**< What calls it; -1 in a kernel's list: to be learnt from the team. */
    int32_t argument_count;         /**< -1: not known. */
    const hdbg_argument *arguments; /**< As many; NULL if there are none. */
    uint32_t groups;                /**< hdbg_syscall_group bits. */
    int32_t result;                 /**< What it returns: an hdbg_argument_kind. */
} hdbg_syscall;

/** hdbg_trace_options.flags. @since 0.1 */
enum hdbg_trace_flags {
    HDBG_TRACE_NO_MEMORY = 0x1,   /**< Nothing that arguments lead to is read. */
    HDBG_TRACE_ENVIRONMENT = 0x2, /**< Environments are read, too, and arrays of texts whole. */
    HDBG_TRACE_CHOSEN = 0x4       /**< Only calls with a bit in `wanted` are told. */
};

/** The highest number of a system call that hdbg_trace_options can choose. @since 0.1 */
#define HDBG_TRACE_CALL_MAX 1023

/** What is to be told of system calls. Zero all but `size` for the defaults. @since 0.1 */
typedef struct hdbg_trace_options {
    size_t size;    /**< sizeof(hdbg_trace_options). */
    uint32_t flags; /**< hdbg_trace_flags. */
    uint32_t limit; /**< Bytes of each text and buffer that are read; 0: 32. Paths are read whole. */
    uint64_t wanted[(HDBG_TRACE_CALL_MAX + 1) / 64]; /**< A bit for each call's number. */
} hdbg_trace_options;

/**
 * A kernel's functions. Those marked *optional* may be NULL.
 * @since 0.1
 */
typedef struct hdbg_kernel_ops {
    size_t size;       /**< sizeof(hdbg_kernel_ops). */
    uint32_t version;  /**< HDBG_KERNEL_VERSION. */
    uint32_t reserved; /**< 0. */

    /** Frees the kernel and all ports it still has. Teams that are debugged are let go as if the debugger had
     * died. */
    void (*destroy)(void *context);
    /** What the kernel says of itself. */
    hdbg_status (*system_info)(void *context, hdbg_system_info *info);
    /** Microseconds of a clock that only goes forward. */
    hdbg_time (*system_time)(void *context);

    /* ---- ports. timeout: microseconds from now; 0 polls (HDBG_WOULD_BLOCK); HDBG_FOREVER waits. ---- */

    /** create_port(). @return the id, or HDBG_BAD_VALUE for a capacity outside 1..4096, HDBG_NO_MORE_PORTS.
     */
    hdbg_port_id (*port_create)(void *context, int32_t capacity, const char *name);
    /** delete_port(): who reads or writes gets HDBG_BAD_PORT_ID. */
    hdbg_status (*port_delete)(void *context, hdbg_port_id port);
    /** read_port_etc(): takes the oldest message. What does not fit in `size` bytes is cut off and lost.
     * @return bytes stored, or HDBG_BAD_PORT_ID, HDBG_TIMED_OUT, HDBG_WOULD_BLOCK. */
    int64_t (*port_read)(void *context, hdbg_port_id port, int32_t *code, void *buffer, size_t size,
                         hdbg_time timeout);
    /** write_port_etc(). @return HDBG_BAD_PORT_ID, HDBG_TIMED_OUT, HDBG_WOULD_BLOCK if the port is full,
     * HDBG_BAD_VALUE for more than 256 KiB. */
    hdbg_status (*port_write)(void *context, hdbg_port_id port, int32_t code, const void *data, size_t size,
                              hdbg_time timeout);
    /** port_buffer_size_etc(): bytes of the next message, or an error as port_read(). */
    int64_t (*port_next_size)(void *context, hdbg_port_id port, hdbg_time timeout);
    /** get_port_info(). @return HDBG_OK or HDBG_BAD_PORT_ID. */
    hdbg_status (*port_info)(void *context, hdbg_port_id port, hdbg_port_info *info);
    /** wait_for_objects_etc(). @return objects with an event, or HDBG_TIMED_OUT, HDBG_WOULD_BLOCK. */
    int64_t (*wait_for_objects)(void *context, hdbg_object_wait *objects, size_t count, hdbg_time timeout);

    /** Opens a descriptor that polls readable whenever `port` holds a message or is deleted, or while it is
     * forced to by descriptor_force(). Spurious readiness is allowed, a missed one is not. @return a
     * descriptor (close it with descriptor_close()) or an error. */
    int (*descriptor_open)(void *context, hdbg_port_id port);
    /** While `readable`, the descriptor polls readable whatever the port holds. */
    hdbg_status (*descriptor_force)(void *context, int descriptor, int readable);
    /** Closes a descriptor that descriptor_open() gave. */
    void (*descriptor_close)(void *context, int descriptor);

    /* ---- debugging ---- */

    /** install_team_debugger(). @return the nub port, or HDBG_PERMISSION_DENIED, HDBG_NOT_ALLOWED (the own
     * team, the kernel), HDBG_BAD_VALUE (already debugged), HDBG_BAD_TEAM_ID, HDBG_BAD_PORT_ID. */
    hdbg_port_id (*install_team_debugger)(void *context, hdbg_team_id team, hdbg_port_id debugger_port);
    /** remove_team_debugger(). */
    hdbg_status (*remove_team_debugger)(void *context, hdbg_team_id team);
    /** debug_thread(): stops the thread soon; HDBG_OK if it is stopped already. */
    hdbg_status (*debug_thread)(void *context, hdbg_thread_id thread);
    /** load_image(): starts a team, all its images loaded, its main thread suspended before its first own
     * instruction. The caller is its parent. @return the team, or why it could not be started. */
    hdbg_team_id (*launch)(void *context, const hdbg_launch_spec *spec);
    /** Takes the status of a team that launch() started and that has ended (waitpid()).
     * @return HDBG_TIMED_OUT or HDBG_WOULD_BLOCK if it lives, HDBG_BAD_TEAM_ID if it is not the caller's. */
    hdbg_status (*reap)(void *context, hdbg_team_id team, hdbg_team_status *status, hdbg_time timeout);
    /** resume_thread(): starts a suspended thread. HDBG_BAD_THREAD_STATE if it is not suspended. */
    hdbg_status (*resume_thread)(void *context, hdbg_thread_id thread);
    /** kill_team(): ends it as by SIGKILLTHR. */
    hdbg_status (*kill_team)(void *context, hdbg_team_id team);
    /** send_signal(): Haiku's signal number, to a thread. */
    hdbg_status (*send_signal)(void *context, hdbg_thread_id thread, int32_t signal);
    /** kill(): Haiku's signal number, to a team. */
    hdbg_status (*send_team_signal)(void *context, hdbg_team_id team, int32_t signal);
    /** Optional. Whether a default debugger (debug_server) is registered: without one Haiku drops serious
     * events. */
    int (*has_default_debugger)(void *context);

    /* ---- information. `cookie` starts at 0; the end of a list is HDBG_BAD_INDEX. ---- */

    /** get_team_info(). @return HDBG_OK or HDBG_BAD_TEAM_ID. */
    hdbg_status (*team_info)(void *context, hdbg_team_id team, hdbg_team_info *info);
    /** get_next_team_info(). */
    hdbg_status (*next_team)(void *context, int64_t *cookie, hdbg_team_info *info);
    /** get_thread_info(). @return HDBG_OK or HDBG_BAD_THREAD_ID. */
    hdbg_status (*thread_info)(void *context, hdbg_thread_id thread, hdbg_thread_info *info);
    /** get_next_thread_info(). */
    hdbg_status (*next_thread)(void *context, hdbg_team_id team, int64_t *cookie, hdbg_thread_info *info);
    /** get_next_image_info(). */
    hdbg_status (*next_image)(void *context, hdbg_team_id team, int64_t *cookie, hdbg_image_info *info);
    /** get_next_area_info(). */
    hdbg_status (*next_area)(void *context, hdbg_team_id team, int64_t *cookie, hdbg_area_info *info);
    /** Of the caller's own areas: what CLONE_AREA has mapped. */
    hdbg_status (*area_info)(void *context, hdbg_area_id area, hdbg_area_info *info);
    /** delete_area() of one of the caller's own areas. */
    hdbg_status (*delete_area)(void *context, hdbg_area_id area);

    /* ---- beyond Haiku's wire: all optional ---- */

    /** Reads memory of a debugged team in one go, software breakpoints hidden. @return bytes read from the
     * start (fewer at the first unreadable page), or HDBG_BAD_ADDRESS, HDBG_BAD_TEAM_ID. */
    int64_t (*memory_read)(void *context, hdbg_team_id team, hdbg_address address, void *buffer, size_t size);
    /** Registers beyond debug_cpu_state, of a stopped thread. */
    hdbg_status (*extra_registers)(void *context, hdbg_thread_id thread, hdbg_extra_registers *registers);
    /** Sets those whose bits are in `valid`. */
    hdbg_status (*set_extra_registers)(void *context, hdbg_thread_id thread,
                                       const hdbg_extra_registers *registers);
    /** Calls `visit` for each detail of a team, debugged or not, until it answers non-zero. @return HDBG_OK,
     * HDBG_NOT_SUPPORTED (of this kind), HDBG_BAD_TEAM_ID, HDBG_PERMISSION_DENIED. */
    hdbg_status (*team_details)(void *context, hdbg_team_id team, int32_t kind,
                                int (*visit)(void *context, const hdbg_detail *detail), void *visit_context);
    /** The ids of a team's threads in one go, the nub not among them: stores up to `capacity`. @return how
     * many there are, or HDBG_BAD_TEAM_ID. */
    int64_t (*team_threads)(void *context, hdbg_team_id team, hdbg_thread_id *threads, size_t capacity);
    /** debug_thread() for all threads of a debugged team at once, after all that was written to its nub port
     * before. What they create before they stop is stopped, too. @return how many are stopped or will be, or
     * HDBG_BAD_TEAM_ID, HDBG_NO_DEFAULT_DEBUGGER (the team has no debugger). */
    int64_t (*debug_team)(void *context, hdbg_team_id team);
    /** Symbols of an image that has no file, of which the kernel knows them. `cookie` as above. */
    hdbg_status (*next_symbol)(void *context, hdbg_team_id team, hdbg_image_id image, int64_t *cookie,
                               hdbg_kernel_symbol *symbol);
    /** Finds the next stretch of pages of a kind (hdbg_page_kind), for core files, which leave holes for the
     * others. `address` in: where to begin; out: where the stretch begins. `end`: where to stop. `size`
     * receives its bytes; another one may follow at once. @return HDBG_OK, HDBG_BAD_INDEX (no more),
     * HDBG_BAD_TEAM_ID, HDBG_PERMISSION_DENIED, HDBG_NOT_SUPPORTED. */
    hdbg_status (*next_pages)(void *context, hdbg_team_id team, int32_t kind, hdbg_address *address,
                              hdbg_address end, uint64_t *size);
    /** Further notes for a core file of a stopped team, so that the system's own debuggers open it, given to
     * `add` one by one. The first thread is the one that the core is written for. @return HDBG_OK,
     * HDBG_BAD_TEAM_ID, or what `add` answered. */
    hdbg_status (*core_notes)(void *context, hdbg_team_id team, const hdbg_core_thread *threads, size_t count,
                              hdbg_status (*add)(void *sink, const char *name, uint32_t type,
                                                 const void *data, size_t size),
                              void *sink);
    /** The system's own details (Linux: a siginfo_t) of the signal, or of the fault before one, that a thread
     * is stopped for. @return bytes stored, or HDBG_BAD_THREAD_ID, HDBG_BAD_THREAD_STATE (it stands for
     * something else), HDBG_BUFFER_OVERFLOW. */
    int64_t (*signal_info)(void *context, hdbg_thread_id thread, void *info, size_t size);
    /** send_signal() to a stopped thread, which gets the signal with these details. @return also
     * HDBG_BAD_VALUE (these are no details of that signal). */
    hdbg_status (*send_signal_info)(void *context, hdbg_thread_id thread, int32_t signal, const void *info,
                                    size_t size);
    /** Which watchpoints a thread has run into that is stopped for WATCHPOINT_HIT: stores up to `capacity`
     * addresses. @return how many there are, or HDBG_BAD_THREAD_ID, HDBG_BAD_THREAD_STATE. */
    int64_t (*watchpoints_hit)(void *context, hdbg_thread_id thread, hdbg_address *addresses,
                               size_t capacity);
    /** Where a stopped thread has its copy of an image's thread-local variable. @param offset in the image's
     * thread-local memory. @param find finds a symbol of the team by name, as the system's description of its
     * threads may lie in the team itself. @return HDBG_OK, HDBG_NO_INIT (the thread has no such memory yet),
     * HDBG_NAME_NOT_FOUND (the image has no thread-local variables, or the description is missing), ... */
    hdbg_status (*tls_address)(void *context, hdbg_thread_id thread, const hdbg_image_info *image,
                               uint64_t offset,
                               hdbg_status (*find)(void *finder, const char *name, hdbg_address *symbol),
                               void *finder, hdbg_address *address);
    /** get_next_port_info(): the ports of a team. `cookie` as above. */
    hdbg_status (*next_port)(void *context, hdbg_team_id team, int64_t *cookie, hdbg_port_info *info);
    /** Gives a team memory of its own, as if it had asked for it. Needs one of its threads stopped.
     * @param protection hdbg_area_protection bits. @return HDBG_OK, HDBG_BAD_TEAM_ID, HDBG_BAD_THREAD_STATE
     * (none is), HDBG_NO_MEMORY. */
    hdbg_status (*memory_allocate)(void *context, hdbg_team_id team, uint64_t size, uint32_t protection,
                                   hdbg_address *address);
    /** Takes such memory away again; as memory_allocate(). */
    hdbg_status (*memory_release)(void *context, hdbg_team_id team, hdbg_address address, uint64_t size);
    /** Registers of many stopped threads of a team in one go. @return HDBG_OK, though some may have another
     * status of their own; HDBG_BAD_TEAM_ID, HDBG_NO_MEMORY. */
    hdbg_status (*thread_registers)(void *context, hdbg_team_id team, hdbg_thread_registers *registers,
                                    size_t count);
    /** CONTINUE_THREAD with a step, and with another one after each that has nothing to tell but itself and
     * ends at `low` <= pc < `high`. It may end earlier, before an instruction that steps trip over.
     * @param how HDBG_HANDLE_EVENT or HDBG_IGNORE_EVENT. @return HDBG_OK, HDBG_BAD_TEAM_ID,
     * HDBG_BAD_THREAD_ID, HDBG_BAD_THREAD_STATE. */
    hdbg_status (*step_range)(void *context, hdbg_team_id team, hdbg_thread_id thread, uint32_t how,
                              hdbg_address low, hdbg_address high);
    /** Whether two teams run in the same memory, as a child of Linux's vfork() does in its parent's until it
     * executes a program or ends. NULL: they never do. @return 1 or 0. */
    int (*shares_memory)(void *context, hdbg_team_id team, hdbg_team_id other);
    /** The system calls of a team: of the system's list the one at an index, which is its number where
     * numbers are fixed. @param arch the team's processor. @return it, valid as long as the kernel; NULL:
     * there is none at that index. */
    const hdbg_syscall *(*syscall)(void *context, int32_t arch, uint32_t index);
    /** What a system call's result means: the name of an error ("ENOENT"), and in words. @return the name,
     * or NULL if it is no error. */
    const char *(*syscall_error)(void *context, int64_t result, const char **text);
    /** Has the nub itself tell of a debugged team's system calls, and let the threads go on at once: many of
     * them in one HDBG_EVENT_TRACED message (docs/design.md) to the debugger port, in order with all other
     * events. @param options NULL ends that. @return HDBG_OK, HDBG_BAD_TEAM_ID. */
    hdbg_status (*trace_team)(void *context, hdbg_team_id team, const hdbg_trace_options *options);
} hdbg_kernel_ops;

/** A kernel: a table and what its functions get first. @since 0.1 */
typedef struct hdbg_kernel {
    const hdbg_kernel_ops *ops; /**< The table; must outlive the kernel. */
    void *context;              /**< Handed to each function. */
} hdbg_kernel;

/**
 * Creates the kernel of the system that the library was built for: Haiku itself, or the hosted one.
 *
 * @param kernel receives the kernel; release it with hdbg_kernel_destroy().
 * @return HDBG_OK, HDBG_NO_MEMORY, or what the system answered. On the hosted kernel HDBG_ENTRY_NOT_FOUND if
 * hdbg-nub is neither at $HAIKUDBG_NUB nor beside the library nor in its libexec.
 * Any thread may call.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_kernel_create(hdbg_kernel **kernel);

/**
 * Destroys a kernel through its own table and frees it if hdbg_kernel_create() made it. No session may use
 * it.
 *
 * @param kernel the kernel, or NULL.
 * @since 0.1
 */
HDBG_API void hdbg_kernel_destroy(hdbg_kernel *kernel);

/**
 * For kernels: sets the calling thread's last error (hdbg_last_error()) and hands the status back, so that a
 * failing function ends with `return hdbg_kernel_fail(status, "cannot ...", ...)`.
 *
 * @param status the error.
 * @param format printf()'s, without a full stop; what was tried, on what, and why it failed.
 * @return status.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_kernel_fail(hdbg_status status, const char *format, ...) HDBG_PRINTF(2, 3);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_KERNEL_H */

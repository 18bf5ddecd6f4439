/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The structs of Haiku's debugger.h, written once; wire.h includes this for each processor. No include guard.
 * The names are Haiku's without "debug_"; offsets and sizes are checked in tests/abi.
 */
typedef int64_t WIRE(int64) __attribute__((aligned(WIRE_ALIGN64)));
typedef uint64_t WIRE(uint64) __attribute__((aligned(WIRE_ALIGN64)));

typedef struct {
    uint8_t bytes[WIRE_CPU_SIZE];
} __attribute__((aligned(WIRE_CPU_ALIGN))) WIRE(cpu_state);

typedef struct {
    int32_t si_signo, si_code, si_errno, si_pid;
    uint32_t si_uid;
    WIRE_ADDRESS si_addr;
    int32_t si_status;
    WIRE_LONG si_band;
    WIRE_ADDRESS si_value;
} WIRE(siginfo);

typedef struct {
    WIRE_ADDRESS sa_handler;
    WIRE(uint64) sa_mask;
    int32_t sa_flags;
    WIRE_ADDRESS sa_userdata;
} WIRE(sigaction);

typedef struct {
    int32_t id, type, sequence, init_order;
    WIRE_ADDRESS init_routine, term_routine;
    int32_t device;
    WIRE(int64) node;
    char name[WIRE_PATH_MAX];
    WIRE_ADDRESS text, data;
    int32_t text_size, data_size, api_version, abi;
} WIRE(image_info);

/* ---- to the nub, and its replies ---- */

typedef struct {
    int32_t reply_port;
    WIRE_ADDRESS address;
    int32_t size;
} WIRE(read_memory);
typedef struct {
    int32_t error, size;
    uint8_t data[WIRE_MEMORY_MAX];
} WIRE(read_memory_reply);

typedef struct {
    int32_t reply_port;
    WIRE_ADDRESS address;
    int32_t size;
    uint8_t data[WIRE_MEMORY_MAX];
} WIRE(write_memory);
typedef struct {
    int32_t error, size;
} WIRE(write_memory_reply);

typedef struct {
    int32_t flags;
} WIRE(set_team_flags);
typedef struct {
    int32_t thread, flags;
} WIRE(set_thread_flags);

typedef struct {
    int32_t thread;
    uint32_t handle_event;
    uint8_t single_step;
} WIRE(continue_thread);

typedef struct {
    int32_t thread;
    WIRE(cpu_state) cpu_state;
} WIRE(set_cpu_state);
typedef struct {
    int32_t reply_port, thread;
} WIRE(get_cpu_state);
typedef struct {
    int32_t error, message;
    WIRE(cpu_state) cpu_state;
} WIRE(get_cpu_state_reply);

typedef struct {
    int32_t reply_port;
    WIRE_ADDRESS address;
} WIRE(set_breakpoint);
typedef struct {
    int32_t error;
} WIRE(set_breakpoint_reply);
typedef struct {
    WIRE_ADDRESS address;
} WIRE(clear_breakpoint);

typedef struct {
    int32_t reply_port;
    WIRE_ADDRESS address;
    uint32_t type;
    int32_t length;
} WIRE(set_watchpoint);
typedef struct {
    int32_t error;
} WIRE(set_watchpoint_reply);
typedef struct {
    WIRE_ADDRESS address;
} WIRE(clear_watchpoint);

typedef struct {
    int32_t thread;
    WIRE(uint64) ignore_mask, ignore_once_mask;
    uint32_t ignore_op, ignore_once_op;
} WIRE(set_signal_masks);
typedef struct {
    int32_t reply_port, thread;
} WIRE(get_signal_masks);
typedef struct {
    int32_t error;
    WIRE(uint64) ignore_mask, ignore_once_mask;
} WIRE(get_signal_masks_reply);

typedef struct {
    int32_t signal;
    WIRE(sigaction) handler;
} WIRE(set_signal_handler);
typedef struct {
    int32_t reply_port, signal;
} WIRE(get_signal_handler);
typedef struct {
    int32_t error;
    WIRE(sigaction) handler;
} WIRE(get_signal_handler_reply);

typedef struct {
    int32_t reply_port;
    WIRE_ADDRESS address;
} WIRE(clone_area);
typedef struct {
    int32_t area;
    WIRE_ADDRESS address;
} WIRE(clone_area_reply);

typedef struct {
    int32_t reply_port;
    char path[WIRE_PATH_MAX];
} WIRE(write_core_file);
typedef struct {
    int32_t error;
} WIRE(write_core_file_reply);

typedef struct {
    int32_t reply_port, thread;
    WIRE(int64) interval;
    int32_t sample_area, stack_depth;
    uint8_t variable_stack_depth, profile_kernel;
} WIRE(start_profiler);
typedef struct {
    int32_t error, image_event;
    WIRE(int64) interval;
} WIRE(start_profiler_reply);
typedef struct {
    int32_t reply_port, thread;
} WIRE(stop_profiler);

/* ---- from the nub ---- */

typedef struct {
    wire_origin origin;
} WIRE(thread_debugged);
typedef struct {
    wire_origin origin;
    WIRE_ADDRESS message;
} WIRE(debugger_call);
typedef struct {
    wire_origin origin;
    WIRE(cpu_state) cpu_state;
} WIRE(breakpoint_hit);
typedef WIRE(breakpoint_hit) WIRE(watchpoint_hit);
typedef WIRE(breakpoint_hit) WIRE(single_step);
typedef struct {
    wire_origin origin;
    uint32_t syscall;
    uint32_t args[32];
} WIRE(pre_syscall);
typedef struct {
    wire_origin origin;
    WIRE(int64) start_time, end_time;
    WIRE(uint64) return_value;
    uint32_t syscall;
    uint32_t args[32];
} WIRE(post_syscall);
typedef struct {
    wire_origin origin;
    int32_t signal;
    WIRE(sigaction) handler;
    WIRE(siginfo) info;
    uint8_t deadly;
} WIRE(signal_received);
/* R1/beta4: no siginfo. */
typedef struct {
    wire_origin origin;
    int32_t signal;
    WIRE(sigaction) handler;
    uint8_t deadly;
} WIRE(signal_received_beta4);
typedef struct {
    wire_origin origin;
    int32_t exception, signal;
} WIRE(exception_occurred);
typedef struct {
    wire_origin origin;
    int32_t new_team;
} WIRE(team_created);
typedef struct {
    wire_origin origin;
    int32_t status, signal;
    WIRE(int64) user_time, kernel_time;
} WIRE(team_deleted);
typedef struct {
    wire_origin origin;
    int32_t image_event;
} WIRE(team_exec);
typedef struct {
    wire_origin origin;
    int32_t new_thread;
} WIRE(thread_created);
typedef struct {
    wire_origin origin;
    int32_t status;
} WIRE(thread_deleted);
typedef struct {
    wire_origin origin;
    WIRE(image_info) info;
    int32_t image_event;
} WIRE(image_created);
typedef WIRE(image_created) WIRE(image_deleted);
typedef struct {
    wire_origin origin;
    int32_t image_event, stack_depth, sample_count, dropped_ticks;
    uint8_t variable_stack_depth, stopped;
    WIRE(int64) last_cpu_time;
} WIRE(profiler_update);
/* R1/beta4: no last_cpu_time. */
typedef struct {
    wire_origin origin;
    int32_t image_event, stack_depth, sample_count, dropped_ticks;
    uint8_t variable_stack_depth, stopped;
} WIRE(profiler_update_beta4);
typedef struct {
    wire_origin origin;
    int32_t debugger, debugger_port, causing_thread;
} WIRE(handed_over);

#undef WIRE_ABI
#undef WIRE_ADDRESS
#undef WIRE_LONG
#undef WIRE_ALIGN64
#undef WIRE_CPU_SIZE
#undef WIRE_CPU_ALIGN

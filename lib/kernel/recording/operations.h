/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The operations of a kernel, each described once: OP(number, name, result, traits, arguments...), where an
 * argument is (type, name, kind, way, more). The recorder's and the player's functions are made of this list,
 * and the table that all share. Numbers are in files: they stay; new operations get new ones.
 *
 *   INTEGER kinds  SIGNED, UNSIGNED, HEX: the argument itself
 *   NUMBER, PLACE  a pointer to an integer; `more` is the integer's type
 *   STRUCT, LIST, FOUND, BYTES, TEXT, NOTHING: see item_kind; `more` is the struct's type, or `none`
 */
#ifndef HDBG_KERNEL_RECORDING_OPERATIONS_H
#define HDBG_KERNEL_RECORDING_OPERATIONS_H

/* How often a macro is used: for each argument, up to seven. */
#define EACH_0(M)
#define EACH_1(M, a)                                   M a
#define EACH_2(M, a, b)                                M a M b
#define EACH_3(M, a, b, c)                             M a M b M c
#define EACH_4(M, a, b, c, d)                          M a M b M c M d
#define EACH_5(M, a, b, c, d, e)                       M a M b M c M d M e
#define EACH_6(M, a, b, c, d, e, f)                    M a M b M c M d M e M f
#define EACH_7(M, a, b, c, d, e, f, g)                 M a M b M c M d M e M f M g
#define EACH_COUNT(_1, _2, _3, _4, _5, _6, _7, n, ...) n
#define EACH_JOIN_(a, b)                               a##b
#define EACH_JOIN(a, b)                                EACH_JOIN_(a, b)
#define EACH(M, ...)                                   EACH_JOIN(EACH_, EACH_COUNT(__VA_ARGS__, 7, 6, 5, 4, 3, 2, 1, 0))(M, __VA_ARGS__)

#define PARAMETER(type, name, kind, way, more) , type name
#define ARGUMENT(type, name, kind, way, more)  , name
#define ADDRESS(type, name, kind, way, more)   &name,

/* Operations whose functions are all alike. */
#define EVERY_OPERATION(OP)                                                                                  \
    OP(2, system_info, hdbg_status, 0, (hdbg_system_info *, info, STRUCT, OUT, hdbg_system_info))            \
    OP(4, port_create, hdbg_port_id, 0, (int32_t, capacity, SIGNED, IN, none),                               \
       (const char *, name, TEXT, IN, none))                                                                 \
    OP(5, port_delete, hdbg_status, 0, (hdbg_port_id, port, SIGNED, IN, none))                               \
    OP(6, port_read, int64_t, TRAIT_WAITS | TRAIT_MESSAGE, (hdbg_port_id, port, SIGNED, IN, none),           \
       (int32_t *, code, NUMBER, OUT, int32_t), (void *, buffer, BYTES, OUT, none),                          \
       (size_t, size, UNSIGNED, TOLD, none), (hdbg_time, timeout, SIGNED, TIME, none))                       \
    OP(7, port_write, hdbg_status, TRAIT_MESSAGE, (hdbg_port_id, port, SIGNED, IN, none),                    \
       (int32_t, code, SIGNED, IN, none), (const void *, data, BYTES, IN, none),                             \
       (size_t, size, UNSIGNED, IN, none), (hdbg_time, timeout, SIGNED, TIME, none))                         \
    OP(8, port_next_size, int64_t, TRAIT_WAITS, (hdbg_port_id, port, SIGNED, IN, none),                      \
       (hdbg_time, timeout, SIGNED, TIME, none))                                                             \
    OP(9, port_info, hdbg_status, 0, (hdbg_port_id, port, SIGNED, IN, none),                                 \
       (hdbg_port_info *, info, STRUCT, OUT, hdbg_port_info))                                                \
    OP(10, wait_for_objects, int64_t, TRAIT_WAITS,                                                           \
       (hdbg_object_wait *, objects, LIST, BOTH, hdbg_object_wait), (size_t, count, UNSIGNED, IN, none),     \
       (hdbg_time, timeout, SIGNED, TIME, none))                                                             \
    OP(14, install_team_debugger, hdbg_port_id, 0, (hdbg_team_id, team, SIGNED, IN, none),                   \
       (hdbg_port_id, debugger_port, SIGNED, IN, none))                                                      \
    OP(15, remove_team_debugger, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none))                     \
    OP(16, debug_thread, hdbg_status, 0, (hdbg_thread_id, thread, SIGNED, IN, none))                         \
    OP(17, launch, hdbg_team_id, 0, (const hdbg_launch_spec *, spec, STRUCT, IN, hdbg_launch_spec))          \
    OP(18, reap, hdbg_status, TRAIT_WAITS, (hdbg_team_id, team, SIGNED, IN, none),                           \
       (hdbg_team_status *, status, STRUCT, OUT, hdbg_team_status),                                          \
       (hdbg_time, timeout, SIGNED, TIME, none))                                                             \
    OP(19, resume_thread, hdbg_status, 0, (hdbg_thread_id, thread, SIGNED, IN, none))                        \
    OP(20, kill_team, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none))                                \
    OP(21, send_signal, hdbg_status, 0, (hdbg_thread_id, thread, SIGNED, IN, none),                          \
       (int32_t, signal, SIGNED, IN, none))                                                                  \
    OP(22, send_team_signal, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                         \
       (int32_t, signal, SIGNED, IN, none))                                                                  \
    OP(24, team_info, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                                \
       (hdbg_team_info *, info, STRUCT, OUT, hdbg_team_info))                                                \
    OP(25, next_team, hdbg_status, 0, (int64_t *, cookie, NUMBER, BOTH, int64_t),                            \
       (hdbg_team_info *, info, STRUCT, OUT, hdbg_team_info))                                                \
    OP(26, thread_info, hdbg_status, 0, (hdbg_thread_id, thread, SIGNED, IN, none),                          \
       (hdbg_thread_info *, info, STRUCT, OUT, hdbg_thread_info))                                            \
    OP(27, next_thread, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                              \
       (int64_t *, cookie, NUMBER, BOTH, int64_t),                                                           \
       (hdbg_thread_info *, info, STRUCT, OUT, hdbg_thread_info))                                            \
    OP(28, next_image, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                               \
       (int64_t *, cookie, NUMBER, BOTH, int64_t), (hdbg_image_info *, info, STRUCT, OUT, hdbg_image_info))  \
    OP(29, next_area, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                                \
       (int64_t *, cookie, NUMBER, BOTH, int64_t), (hdbg_area_info *, info, STRUCT, OUT, hdbg_area_info))    \
    OP(30, area_info, hdbg_status, 0, (hdbg_area_id, area, SIGNED, IN, none),                                \
       (hdbg_area_info *, info, STRUCT, OUT, hdbg_area_info))                                                \
    OP(31, delete_area, hdbg_status, 0, (hdbg_area_id, area, SIGNED, IN, none))                              \
    OP(32, memory_read, int64_t, 0, (hdbg_team_id, team, SIGNED, IN, none),                                  \
       (hdbg_address, address, HEX, IN, none), (void *, buffer, BYTES, OUT, none),                           \
       (size_t, size, UNSIGNED, IN, none))                                                                   \
    OP(33, extra_registers, hdbg_status, 0, (hdbg_thread_id, thread, SIGNED, IN, none),                      \
       (hdbg_extra_registers *, registers, STRUCT, OUT, hdbg_extra_registers))                               \
    OP(34, set_extra_registers, hdbg_status, 0, (hdbg_thread_id, thread, SIGNED, IN, none),                  \
       (const hdbg_extra_registers *, registers, STRUCT, IN, hdbg_extra_registers))                          \
    OP(36, team_threads, int64_t, 0, (hdbg_team_id, team, SIGNED, IN, none),                                 \
       (hdbg_thread_id *, threads, FOUND, OUT, id), (size_t, capacity, UNSIGNED, IN, none))                  \
    OP(37, debug_team, int64_t, 0, (hdbg_team_id, team, SIGNED, IN, none))                                   \
    OP(38, next_symbol, hdbg_status, TRAIT_KEPT | TRAIT_NAMES, (hdbg_team_id, team, SIGNED, IN, none),       \
       (hdbg_image_id, image, SIGNED, IN, none), (int64_t *, cookie, NUMBER, BOTH, int64_t),                 \
       (hdbg_kernel_symbol *, symbol, STRUCT, OUT, hdbg_kernel_symbol))                                      \
    OP(39, next_pages, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                               \
       (int32_t, kind, SIGNED, IN, none), (hdbg_address *, address, PLACE, BOTH, hdbg_address),              \
       (hdbg_address, end, HEX, IN, none), (uint64_t *, size, NUMBER, OUT, uint64_t))                        \
    OP(41, signal_info, int64_t, 0, (hdbg_thread_id, thread, SIGNED, IN, none),                              \
       (void *, info, BYTES, OUT, none), (size_t, size, UNSIGNED, IN, none))                                 \
    OP(42, send_signal_info, hdbg_status, 0, (hdbg_thread_id, thread, SIGNED, IN, none),                     \
       (int32_t, signal, SIGNED, IN, none), (const void *, info, BYTES, IN, none),                           \
       (size_t, size, UNSIGNED, IN, none))                                                                   \
    OP(43, watchpoints_hit, int64_t, 0, (hdbg_thread_id, thread, SIGNED, IN, none),                          \
       (hdbg_address *, addresses, FOUND, OUT, address), (size_t, capacity, UNSIGNED, IN, none))             \
    OP(45, next_port, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                                \
       (int64_t *, cookie, NUMBER, BOTH, int64_t), (hdbg_port_info *, info, STRUCT, OUT, hdbg_port_info))    \
    OP(46, memory_allocate, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                          \
       (uint64_t, size, UNSIGNED, IN, none), (uint32_t, protection, HEX, IN, none),                          \
       (hdbg_address *, address, PLACE, OUT, hdbg_address))                                                  \
    OP(47, memory_release, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                           \
       (hdbg_address, address, HEX, IN, none), (uint64_t, size, UNSIGNED, IN, none))                         \
    OP(48, thread_registers, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                         \
       (hdbg_thread_registers *, registers, LIST, BOTH, hdbg_thread_registers),                              \
       (size_t, count, UNSIGNED, IN, none))                                                                  \
    OP(49, step_range, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                               \
       (hdbg_thread_id, thread, SIGNED, IN, none), (uint32_t, how, UNSIGNED, IN, none),                      \
       (hdbg_address, low, HEX, IN, none), (hdbg_address, high, HEX, IN, none))                              \
    OP(50, shares_memory, int, TRAIT_WHETHER, (hdbg_team_id, team, SIGNED, IN, none),                        \
       (hdbg_team_id, other, SIGNED, IN, none))                                                              \
    OP(51, trace_team, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                               \
       (const hdbg_trace_options *, options, STRUCT, IN, hdbg_trace_options))

/* Operations with something of their own, whose functions are written out: descriptors, which are the
 * process's own; callbacks, whose calls come out of the call; the clock. */
#define EVERY_OTHER_OPERATION(OP)                                                                            \
    OP(3, system_time, hdbg_time, TRAIT_CLOCK, (int, nothing, NOTHING, IN, none))                            \
    OP(11, descriptor_open, int, 0, (hdbg_port_id, port, SIGNED, IN, none))                                  \
    OP(12, descriptor_force, hdbg_status, 0, (int, descriptor, SIGNED, TOLD, none),                          \
       (int, readable, SIGNED, IN, none))                                                                    \
    OP(13, descriptor_close, int, 0, (int, descriptor, SIGNED, TOLD, none))                                  \
    OP(23, has_default_debugger, int, TRAIT_WHETHER, (int, nothing, NOTHING, IN, none))                      \
    OP(35, team_details, hdbg_status, 0, (hdbg_team_id, team, SIGNED, IN, none),                             \
       (int32_t, kind, SIGNED, IN, none), (recorded_detail *, details, LIST, OUT, recorded_detail),          \
       (size_t, count, NOTHING, IN, none))                                                                   \
    OP(40, core_notes, hdbg_status, TRAIT_NAMES, (hdbg_team_id, team, SIGNED, IN, none),                     \
       (const hdbg_core_thread *, threads, LIST, IN, hdbg_core_thread), (size_t, count, UNSIGNED, IN, none), \
       (recorded_note *, notes, LIST, OUT, recorded_note), (size_t, note_count, NOTHING, IN, none))          \
    OP(44, tls_address, hdbg_status, TRAIT_NAMES, (hdbg_thread_id, thread, SIGNED, IN, none),                \
       (const hdbg_image_info *, image, STRUCT, IN, hdbg_image_info), (uint64_t, offset, HEX, IN, none),     \
       (recorded_symbol *, symbols, LIST, OUT, recorded_symbol), (size_t, count, NOTHING, IN, none),         \
       (hdbg_address *, address, PLACE, OUT, hdbg_address))

#endif /* HDBG_KERNEL_RECORDING_OPERATIONS_H */

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The tables: the fields of each struct that a kernel takes or fills, and each operation.
 */
#include "kernel/recording/format.h"
#include "kernel/recording/operations.h"

#define FIELD_SIZE(type, field) sizeof(((type *)0)->field)
#define FIELD(type, field, kind)                                                                             \
    {                                                                                                        \
#field, ITEM_##kind, WAY_BOTH, FIELD_SIZE(type, field), offsetof(type, field), NULL                  \
    }
#define FIELD_WAY(type, field, kind, way)                                                                    \
    {                                                                                                        \
#field, ITEM_##kind, WAY_##way, FIELD_SIZE(type, field), offsetof(type, field), NULL                 \
    }
#define FIELD_OF(type, field, inner)                                                                         \
    {                                                                                                        \
#field, ITEM_STRUCT, WAY_BOTH, FIELD_SIZE(type, field), offsetof(type, field), &inner                \
    }
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TYPE(type, has_size, fields)                                                                         \
    {                                                                                                        \
        sizeof(type), has_size, COUNT(fields), fields                                                        \
    }

static const item kSystemInfoFields[] = {
    FIELD(hdbg_system_info, release, SIGNED),    FIELD(hdbg_system_info, arch, SIGNED),
    FIELD(hdbg_system_info, cpu_count, SIGNED),  FIELD(hdbg_system_info, page_size, UNSIGNED),
    FIELD(hdbg_system_info, kernel_name, CHARS), FIELD(hdbg_system_info, system, CHARS),
};
static const record_type kSystemInfo = TYPE(hdbg_system_info, true, kSystemInfoFields);

static const item kPortInfoFields[] = {
    FIELD(hdbg_port_info, port, SIGNED),        FIELD(hdbg_port_info, team, SIGNED),
    FIELD(hdbg_port_info, capacity, SIGNED),    FIELD(hdbg_port_info, queue_count, SIGNED),
    FIELD(hdbg_port_info, total_count, SIGNED), FIELD(hdbg_port_info, name, CHARS),
};
static const record_type kPortInfo = TYPE(hdbg_port_info, true, kPortInfoFields);

static const item kObjectWaitFields[] = {
    FIELD_WAY(hdbg_object_wait, object, SIGNED, IN),
    FIELD_WAY(hdbg_object_wait, type, UNSIGNED, IN),
    FIELD(hdbg_object_wait, events, HEX),
};
static const record_type kObjectWait = TYPE(hdbg_object_wait, false, kObjectWaitFields);

static const item kTeamInfoFields[] = {
    FIELD(hdbg_team_info, team, SIGNED),
    FIELD(hdbg_team_info, parent, SIGNED),
    FIELD(hdbg_team_info, arch, SIGNED),
    FIELD(hdbg_team_info, thread_count, SIGNED),
    FIELD(hdbg_team_info, image_count, SIGNED),
    FIELD(hdbg_team_info, area_count, SIGNED),
    FIELD(hdbg_team_info, debugger_nub_thread, SIGNED),
    FIELD(hdbg_team_info, debugger_nub_port, SIGNED),
    FIELD(hdbg_team_info, user, UNSIGNED),
    FIELD(hdbg_team_info, group, UNSIGNED),
    FIELD(hdbg_team_info, process_group, SIGNED),
    FIELD(hdbg_team_info, session, SIGNED),
    FIELD(hdbg_team_info, argument_count, SIGNED),
    FIELD(hdbg_team_info, start_time, SIGNED),
    FIELD(hdbg_team_info, name, CHARS),
    FIELD(hdbg_team_info, arguments, CHARS),
};
static const record_type kTeamInfo = TYPE(hdbg_team_info, true, kTeamInfoFields);

static const item kThreadInfoFields[] = {
    FIELD(hdbg_thread_info, thread, SIGNED),      FIELD(hdbg_thread_info, team, SIGNED),
    FIELD(hdbg_thread_info, state, SIGNED),       FIELD(hdbg_thread_info, priority, SIGNED),
    FIELD(hdbg_thread_info, flags, HEX),          FIELD(hdbg_thread_info, user_time, SIGNED),
    FIELD(hdbg_thread_info, kernel_time, SIGNED), FIELD(hdbg_thread_info, stack_base, HEX),
    FIELD(hdbg_thread_info, stack_end, HEX),      FIELD(hdbg_thread_info, name, CHARS),
};
static const record_type kThreadInfo = TYPE(hdbg_thread_info, true, kThreadInfoFields);

static const item kImageInfoFields[] = {
    FIELD(hdbg_image_info, id, SIGNED),          FIELD(hdbg_image_info, type, SIGNED),
    FIELD(hdbg_image_info, sequence, SIGNED),    FIELD(hdbg_image_info, init_order, SIGNED),
    FIELD(hdbg_image_info, init_routine, HEX),   FIELD(hdbg_image_info, term_routine, HEX),
    FIELD(hdbg_image_info, text, HEX),           FIELD(hdbg_image_info, data, HEX),
    FIELD(hdbg_image_info, text_size, UNSIGNED), FIELD(hdbg_image_info, data_size, UNSIGNED),
    FIELD(hdbg_image_info, node, SIGNED),        FIELD(hdbg_image_info, device, SIGNED),
    FIELD(hdbg_image_info, api_version, SIGNED), FIELD(hdbg_image_info, abi, SIGNED),
    FIELD(hdbg_image_info, path, CHARS),
};
static const record_type kImageInfo = TYPE(hdbg_image_info, false, kImageInfoFields);

static const item kAreaInfoFields[] = {
    FIELD(hdbg_area_info, area, SIGNED),       FIELD(hdbg_area_info, team, SIGNED),
    FIELD(hdbg_area_info, address, HEX),       FIELD(hdbg_area_info, length, UNSIGNED),
    FIELD(hdbg_area_info, ram_size, UNSIGNED), FIELD(hdbg_area_info, protection, HEX),
    FIELD(hdbg_area_info, lock, UNSIGNED),     FIELD(hdbg_area_info, offset, UNSIGNED),
    FIELD(hdbg_area_info, name, CHARS),        FIELD(hdbg_area_info, path, CHARS),
};
static const record_type kAreaInfo = TYPE(hdbg_area_info, true, kAreaInfoFields);

/* The environment and the descriptors are the machine's own. */
static const item kLaunchSpecFields[] = {
    FIELD(hdbg_launch_spec, path, TEXT),
    FIELD(hdbg_launch_spec, arguments, TEXTS),
    FIELD_WAY(hdbg_launch_spec, environment, TEXTS, TOLD),
    FIELD_WAY(hdbg_launch_spec, working_directory, TEXT, TOLD),
    FIELD_WAY(hdbg_launch_spec, standard_input, SIGNED, TOLD),
    FIELD_WAY(hdbg_launch_spec, standard_output, SIGNED, TOLD),
    FIELD_WAY(hdbg_launch_spec, standard_error, SIGNED, TOLD),
    FIELD(hdbg_launch_spec, flags, HEX),
};
static const record_type kLaunchSpec = TYPE(hdbg_launch_spec, true, kLaunchSpecFields);

static const item kTeamStatusFields[] = {
    FIELD(hdbg_team_status, status, SIGNED),
    FIELD(hdbg_team_status, signal, SIGNED),
};
static const record_type kTeamStatus = TYPE(hdbg_team_status, false, kTeamStatusFields);

static const item kExtraRegistersFields[] = {
    FIELD(hdbg_extra_registers, valid, HEX),
    FIELD(hdbg_extra_registers, fs_base, HEX),
    FIELD(hdbg_extra_registers, gs_base, HEX),
    FIELD(hdbg_extra_registers, orig_rax, HEX),
    FIELD(hdbg_extra_registers, segments[0], UNSIGNED),
    FIELD(hdbg_extra_registers, segments[1], UNSIGNED),
    FIELD(hdbg_extra_registers, segments[2], UNSIGNED),
    FIELD(hdbg_extra_registers, segments[3], UNSIGNED),
    FIELD(hdbg_extra_registers, segments[4], UNSIGNED),
    FIELD(hdbg_extra_registers, segments[5], UNSIGNED),
};
static const record_type kExtraRegisters = TYPE(hdbg_extra_registers, true, kExtraRegistersFields);

static const item kSiginfoFields[] = {
    FIELD(hdbg_siginfo, signal, SIGNED), FIELD(hdbg_siginfo, code, SIGNED),
    FIELD(hdbg_siginfo, error, SIGNED),  FIELD(hdbg_siginfo, team, SIGNED),
    FIELD(hdbg_siginfo, user, UNSIGNED), FIELD(hdbg_siginfo, status, SIGNED),
    FIELD(hdbg_siginfo, address, HEX),   FIELD(hdbg_siginfo, band, SIGNED),
    FIELD(hdbg_siginfo, value, HEX),
};
static const record_type kSiginfo = TYPE(hdbg_siginfo, false, kSiginfoFields);

static const item kCoreThreadFields[] = {
    FIELD(hdbg_core_thread, thread, SIGNED),   FIELD(hdbg_core_thread, signal, SIGNED),
    FIELD(hdbg_core_thread, has_info, SIGNED), FIELD(hdbg_core_thread, priority, SIGNED),
    FIELD(hdbg_core_thread, state, SIGNED),    FIELD_OF(hdbg_core_thread, info, kSiginfo),
    FIELD(hdbg_core_thread, stack_base, HEX),  FIELD(hdbg_core_thread, stack_end, HEX),
    FIELD(hdbg_core_thread, cpu_state, CPU),   FIELD_OF(hdbg_core_thread, extra, kExtraRegisters),
    FIELD(hdbg_core_thread, name, CHARS),
};
static const record_type kCoreThread = TYPE(hdbg_core_thread, false, kCoreThreadFields);

static const item kThreadRegistersFields[] = {
    FIELD_WAY(hdbg_thread_registers, thread, SIGNED, IN),
    FIELD_WAY(hdbg_thread_registers, status, SIGNED, OUT),
    FIELD_WAY(hdbg_thread_registers, cpu_state, CPU, OUT),
    {"extra", ITEM_STRUCT, WAY_OUT, sizeof(hdbg_extra_registers), offsetof(hdbg_thread_registers, extra),
     &kExtraRegisters},
};
static const record_type kThreadRegisters = TYPE(hdbg_thread_registers, false, kThreadRegistersFields);

static const item kKernelSymbolFields[] = {
    FIELD(hdbg_kernel_symbol, address, HEX), FIELD(hdbg_kernel_symbol, length, UNSIGNED),
    FIELD(hdbg_kernel_symbol, kind, SIGNED), FIELD(hdbg_kernel_symbol, is_global, SIGNED),
    FIELD(hdbg_kernel_symbol, name, TEXT),
};
static const record_type kKernelSymbol = TYPE(hdbg_kernel_symbol, true, kKernelSymbolFields);

static const item kTraceOptionsFields[] = {
    FIELD(hdbg_trace_options, flags, HEX),
    FIELD(hdbg_trace_options, limit, UNSIGNED),
    FIELD(hdbg_trace_options, wanted, RAW),
};
static const record_type kTraceOptions = TYPE(hdbg_trace_options, true, kTraceOptionsFields);

static const item kDetailFields[] = {
    FIELD(recorded_detail, detail.text, TEXT),    FIELD(recorded_detail, detail.number, SIGNED),
    FIELD(recorded_detail, detail.value, SIGNED), FIELD(recorded_detail, detail.flags, HEX),
    FIELD(recorded_detail, answer, SIGNED),
};
static const record_type kDetail = TYPE(recorded_detail, false, kDetailFields);

static const item kNoteFields[] = {
    FIELD(recorded_note, name, TEXT),     FIELD(recorded_note, type, UNSIGNED),
    FIELD(recorded_note, data, BYTES),    FIELD(recorded_note, size, UNSIGNED),
    FIELD(recorded_note, answer, SIGNED),
};
static const record_type kNote = TYPE(recorded_note, false, kNoteFields);

static const item kSymbolFields[] = {
    FIELD(recorded_symbol, name, TEXT),
    FIELD(recorded_symbol, address, HEX),
    FIELD(recorded_symbol, answer, SIGNED),
};
static const record_type kSymbol = TYPE(recorded_symbol, false, kSymbolFields);

static const item kIdFields[] = {{"id", ITEM_SIGNED, WAY_BOTH, sizeof(int32_t), 0, NULL}};
static const record_type kId = TYPE(int32_t, false, kIdFields);
static const item kAddressFields[] = {{"address", ITEM_HEX, WAY_BOTH, sizeof(hdbg_address), 0, NULL}};
static const record_type kAddress = TYPE(hdbg_address, false, kAddressFields);

/* ---- the operations ---- */

#define TYPE_none                  NULL
#define TYPE_int32_t               NULL
#define TYPE_int64_t               NULL
#define TYPE_uint64_t              NULL
#define TYPE_hdbg_address          NULL
#define TYPE_id                    &kId
#define TYPE_address               &kAddress
#define TYPE_hdbg_system_info      &kSystemInfo
#define TYPE_hdbg_port_info        &kPortInfo
#define TYPE_hdbg_object_wait      &kObjectWait
#define TYPE_hdbg_team_info        &kTeamInfo
#define TYPE_hdbg_thread_info      &kThreadInfo
#define TYPE_hdbg_image_info       &kImageInfo
#define TYPE_hdbg_area_info        &kAreaInfo
#define TYPE_hdbg_launch_spec      &kLaunchSpec
#define TYPE_hdbg_team_status      &kTeamStatus
#define TYPE_hdbg_extra_registers  &kExtraRegisters
#define TYPE_hdbg_core_thread      &kCoreThread
#define TYPE_hdbg_thread_registers &kThreadRegisters
#define TYPE_hdbg_kernel_symbol    &kKernelSymbol
#define TYPE_hdbg_trace_options    &kTraceOptions
#define TYPE_recorded_detail       &kDetail
#define TYPE_recorded_note         &kNote
#define TYPE_recorded_symbol       &kSymbol

/* The size of the integer, where there is one. */
typedef char none, id, address;
#define SIZE_SIGNED(type, more)   sizeof(type)
#define SIZE_UNSIGNED(type, more) sizeof(type)
#define SIZE_HEX(type, more)      sizeof(type)
#define SIZE_NUMBER(type, more)   sizeof(more)
#define SIZE_PLACE(type, more)    sizeof(more)
#define SIZE_TEXT(type, more)     0
#define SIZE_BYTES(type, more)    0
#define SIZE_STRUCT(type, more)   0
#define SIZE_LIST(type, more)     0
#define SIZE_FOUND(type, more)    0
#define SIZE_NOTHING(type, more)  0

#define ITEM(type, name, kind, way, more)                                                                    \
    {#name, ITEM_##kind, WAY_##way, SIZE_##kind(type, more), 0, TYPE_##more},
#define OPERATION(number, name, result, traits, ...)                                                         \
    [number] = {number,                                                                                      \
                traits,                                                                                      \
                EACH_COUNT(__VA_ARGS__, 7, 6, 5, 4, 3, 2, 1, 0),                                             \
                sizeof(result),                                                                              \
                offsetof(hdbg_kernel_ops, name),                                                             \
                #name,                                                                                       \
                {EACH(ITEM, __VA_ARGS__)}},

const operation kOperations[OPERATION_COUNT] = {EVERY_OPERATION(OPERATION) EVERY_OTHER_OPERATION(OPERATION)};

const uint8_t kFormatMagic[8] = {'H', 'D', 'B', 'G', 'R', 'E', 'C', '\n'};

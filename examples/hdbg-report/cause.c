/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Finds out what happened to the thread that stopped: from its stop, the instruction it stands at, its stack
 * and the areas.
 */
#include "decode.h"

#include <string.h>

/* How far from the stack pointer an access is still the stack's. */
enum { STACK_REACH = 64 * 1024 };
/* x86: the vector of page faults, the bit of their error code for writes, and how many bits addresses have.
 */
enum { PAGE_FAULT_VECTOR = 14, PAGE_FAULT_WRITE = 0x2, CANONICAL_BITS = 47 };

static bool is_fault(const hdbg_stop *stop)
{
    if (stop->signal_state == HDBG_SIGNAL_FORECASTED)
        return true;
    return stop->signal_state == HDBG_SIGNAL_ACTUAL && stop->has_info && stop->info.code >= FIRST_FAULT_CODE;
}

static hdbg_address role(const struct facts *facts, hdbg_register_role which)
{
    const thread_facts *thread = &facts->threads[0];
    return thread->has_registers ? hdbg_cpu_state_role(&thread->registers, which) : 0;
}

/* ---- which memory ---- */

static bool may_access(const struct facts *facts, const memory_access *access)
{
    const hdbg_area_info *area = facts_area_at(facts, access->address);
    return area != NULL &&
           (area->protection & (access->kind == ACCESS_WRITE ? HDBG_AREA_WRITE : HDBG_AREA_READ)) != 0;
}

/* Of the accesses an instruction makes, the one that went wrong: that at the fault's address if it is known,
 * else the first that the areas do not allow. */
static const memory_access *guilty_access(const struct facts *facts, const memory_access *accesses,
                                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (facts->stop.has_info && facts->stop.info.address - accesses[i].address < sizeof(uint64_t) * 8)
            return &accesses[i];
    }
    for (size_t i = 0; i < count; i++) {
        if (!may_access(facts, &accesses[i]))
            return &accesses[i];
    }
    return &accesses[0];
}

/* Whether the processor said of a page fault that it was a write. (Without the bit it may still be one: not
 * every kernel passes the error code on.) */
static bool is_told_to_write(const thread_facts *thread)
{
    uint64_t vector, error;
    return hdbg_thread_register_u64(thread->thread, "vector", &vector) == HDBG_OK &&
           vector == PAGE_FAULT_VECTOR &&
           hdbg_thread_register_u64(thread->thread, "error_code", &error) == HDBG_OK &&
           (error & PAGE_FAULT_WRITE) != 0;
}

static void find_access(struct facts *facts)
{
    const thread_facts *thread = &facts->threads[0];
    memory_access accesses[ACCESS_CANDIDATES];
    size_t count;

    if (!thread->has_registers)
        return;
    count = access_decode(thread->thread, &thread->registers, accesses);
    facts->access = *guilty_access(facts, accesses, count);
    if (is_fault(&facts->stop) && facts->stop.has_info) {
        facts->access.has_address = true;
        facts->access.address = facts->stop.info.address;
    }
    if (facts->access.kind == ACCESS_UNKNOWN && is_told_to_write(thread))
        facts->access.kind = ACCESS_WRITE;
    const hdbg_area_info *area = facts_area_at(facts, facts->access.address);
    facts->has_area = facts->access.has_address && area != NULL;
    if (facts->has_area)
        facts->area = *area;
}

/* Whether the access was beyond the end of the thread's own stack: next to the stack pointer, where nothing
 * can be written, with writable memory, the stack, right above. */
static bool is_stack_overflow(const struct facts *facts)
{
    hdbg_address sp = role(facts, HDBG_ROLE_SP), address = facts->access.address;
    const thread_facts *thread = &facts->threads[0];

    if (!facts->access.has_address || address + STACK_REACH < sp || address > sp + STACK_REACH)
        return false;
    /* The guard may be a part of the stack's area (Haiku), or of what the kernel takes for the stack (Linux).
     */
    if (thread->info.stack_base != 0 && address < thread->info.stack_base)
        return true;
    if (facts->has_area && (facts->area.protection & HDBG_AREA_WRITE) != 0)
        return false;
    for (size_t i = 0; i < facts->area_count; i++) {
        const hdbg_area_info *area = &facts->areas[i];
        if (area->address > address && (area->protection & HDBG_AREA_WRITE) != 0)
            return area->address - address < STACK_REACH;
    }
    return false;
}

static cause_kind memory_cause(struct facts *facts)
{
    hdbg_address pc = role(facts, HDBG_ROLE_PC);
    if (*facts->unseen != '\0') {
        find_access(facts);
        return CAUSE_ACCESS;
    }
    if (facts->threads[0].has_registers && !is_code(facts, pc)) {
        facts->access = (memory_access){.has_address = true, .address = pc};
        const hdbg_area_info *area = facts_area_at(facts, pc);
        facts->has_area = area != NULL;
        if (area != NULL)
            facts->area = *area;
        return CAUSE_JUMP;
    }
    find_access(facts);
    return is_stack_overflow(facts) ? CAUSE_STACK_OVERFLOW : CAUSE_ACCESS;
}

/* The kernel tells no address of a general protection fault: an address is to blame only if none can be like
 * it, or if it is not aligned. One that just is not accessible would have been a page fault, and was one:
 * core files do not always tell the two apart. */
static cause_kind protection_cause(struct facts *facts)
{
    hdbg_siginfo none = {0};
    facts->stop.info = none;
    facts->stop.has_info = 0;
    if (facts->threads[0].has_registers && !is_code(facts, role(facts, HDBG_ROLE_PC)))
        return memory_cause(facts);
    find_access(facts);
    const memory_access *access = &facts->access;
    int64_t top = (int64_t)access->address >> CANONICAL_BITS;
    bool misaligned = access->alignment > 1 && access->address % access->alignment != 0;
    if (!access->has_address || (top != 0 && top != -1) || misaligned)
        return CAUSE_PROTECTION;
    if (!may_access(facts, access))
        return is_stack_overflow(facts) ? CAUSE_STACK_OVERFLOW : CAUSE_ACCESS;
    facts->access.has_address = false;
    return CAUSE_PROTECTION;
}

/* ---- which cause ---- */

static cause_kind cause_of_exception(struct facts *facts)
{
    switch (facts->stop.exception) {
    case HDBG_EXCEPTION_SEGMENT_VIOLATION:
    case HDBG_EXCEPTION_STACK_FAULT:
        return memory_cause(facts);
    case HDBG_EXCEPTION_DIVIDE_ERROR:
        find_access(facts);
        return CAUSE_DIVISION;
    case HDBG_EXCEPTION_INVALID_OPCODE:
        return CAUSE_ILLEGAL;
    case HDBG_EXCEPTION_GENERAL_PROTECTION:
        return protection_cause(facts);
    case HDBG_EXCEPTION_ALIGNMENT:
        find_access(facts);
        return CAUSE_EXCEPTION;
    default:
        return CAUSE_EXCEPTION;
    }
}

/* A fault's signal, of which no exception was told since it has a handler. */
static cause_kind cause_of_fault_signal(struct facts *facts)
{
    switch (facts->stop.signal) {
    case HDBG_SIGSEGV:
    case HDBG_SIGBUS:
        return memory_cause(facts);
    case HDBG_SIGFPE:
        find_access(facts);
        return facts->access.divides ? CAUSE_DIVISION : CAUSE_EXCEPTION;
    case HDBG_SIGILL:
        return CAUSE_ILLEGAL;
    case HDBG_SIGTRAP:
        return CAUSE_TRAP;
    default:
        return CAUSE_SIGNAL;
    }
}

static const frame_facts *find_function(const struct facts *facts, const char *const *names)
{
    const thread_facts *thread = &facts->threads[0];
    for (size_t i = 0; i < thread->frame_count; i++) {
        const place_facts *place = thread->frames[i].place;
        for (const char *const *name = names; place->has_symbol && *name != NULL; name++) {
            if (strcmp(place->function, *name) == 0)
                return &thread->frames[i];
        }
    }
    return NULL;
}

static hdbg_image_id image_of_symbol(const struct facts *facts, const char *name)
{
    hdbg_symbol symbol = {.size = sizeof(symbol)};
    return hdbg_symbol_by_name(facts->team, 0, name, &symbol) == HDBG_OK ? symbol.image : -1;
}

/* glibc keeps what assert() and its own checks say before they abort: a pointer to a count and the text. */
static void read_abort_message(struct facts *facts)
{
    hdbg_symbol symbol = {.size = sizeof(symbol)};
    hdbg_address message;
    if (hdbg_symbol_by_name(facts->team, 0, "__abort_msg", &symbol) != HDBG_OK ||
        hdbg_memory_read_pointer(facts->team, symbol.address, &message) != HDBG_OK || message == 0)
        return;
    hdbg_memory_read_string(facts->team, message + sizeof(uint32_t), facts->text, sizeof(facts->text), NULL);
    facts->text[strcspn(facts->text, "\n")] = '\0';
}

/* The first frame at or above `from` that belongs neither to the C library nor to the C++ runtime. */
static size_t first_own_frame(const struct facts *facts, size_t from)
{
    const thread_facts *thread = &facts->threads[0];
    hdbg_image_id system = image_of_symbol(facts, "abort"), runtime = image_of_symbol(facts, "__cxa_throw");
    for (size_t i = from; i < thread->frame_count; i++) {
        const place_facts *place = thread->frames[i].place;
        if (place->in_image && place->image_id != system && place->image_id != runtime)
            return i;
    }
    return 0;
}

static cause_kind abort_cause(struct facts *facts)
{
    static const char *const kThrow[] = {"__cxa_throw", "__cxa_rethrow", NULL};
    const frame_facts *thrower = find_function(facts, kThrow);
    size_t from = thrower == NULL ? 0 : (size_t)(thrower - facts->threads[0].frames);

    read_abort_message(facts);
    facts->culprit = first_own_frame(facts, from);
    if (thrower != NULL)
        return CAUSE_THROWN;
    return strstr(facts->text, "ssertion") != NULL ? CAUSE_ASSERTION : CAUSE_ABORT;
}

static cause_kind cause_of_signal(struct facts *facts)
{
    static const char *const kAbort[] = {"abort", NULL};
    const hdbg_stop *stop = &facts->stop;
    bool own = !stop->has_info || stop->info.team == facts->team_info.team;

    if (is_fault(stop))
        return cause_of_fault_signal(facts);
    if (stop->signal == HDBG_SIGABRT && own && find_function(facts, kAbort) != NULL)
        return abort_cause(facts);
    if (stop->has_info && stop->info.team > 0) {
        hdbg_kernel *kernel = hdbg_session_kernel(hdbg_team_session(facts->team));
        facts->sender.size = sizeof(facts->sender);
        facts->sender_known =
            kernel->ops->team_info(kernel->context, stop->info.team, &facts->sender) == HDBG_OK;
    }
    return CAUSE_SIGNAL;
}

static cause_kind cause_of_debugger_call(struct facts *facts, hdbg_address message)
{
    static const char *const kDebugger[] = {"debugger", "hdbg_debuggee_debugger", NULL};
    if (message != 0)
        hdbg_memory_read_string(facts->team, message, facts->text, sizeof(facts->text), NULL);
    if (strcmp(facts->text, "abort() called") == 0) { /* what Haiku's abort() does first */
        facts->text[0] = '\0';
        return abort_cause(facts);
    }
    const frame_facts *debugger = find_function(facts, kDebugger);
    facts->culprit =
        first_own_frame(facts, debugger == NULL ? 0 : (size_t)(debugger - facts->threads[0].frames) + 1);
    return CAUSE_DEBUGGER_CALL;
}

void cause_find(struct facts *facts, const hdbg_event *event)
{
    switch (facts->stop.type) {
    case HDBG_EVENT_DEBUGGER_CALL:
        facts->cause =
            cause_of_debugger_call(facts, event != NULL ? hdbg_event_data(event)->data.message : 0);
        break;
    case HDBG_EVENT_EXCEPTION_OCCURRED:
        facts->cause = cause_of_exception(facts);
        break;
    case HDBG_EVENT_BREAKPOINT_HIT:
        facts->cause = CAUSE_TRAP;
        break;
    case HDBG_EVENT_SIGNAL_RECEIVED:
        facts->cause = cause_of_signal(facts);
        break;
    default:
        facts->cause = CAUSE_NOTHING;
        break;
    }
    if (facts->cause == CAUSE_JUMP) {
        /* Whoever jumped there is to be named. */
        const thread_facts *thread = &facts->threads[0];
        for (size_t i = 1; i < thread->frame_count && facts->culprit == 0; i++) {
            if (thread->frames[i].place->in_image)
                facts->culprit = i;
        }
    }
}

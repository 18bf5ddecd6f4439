/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What was done wrong. The cause is what the processor or the C library saw; the verdict is what a person
 * would make of it. Each says how it is known; what is only likely is called so.
 */
#include "facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    NULL_REACH = 0x10000, /* no system maps anything below */
    CANONICAL_BITS = 47,  /* of x86_64's addresses */
    CYCLE_NAMES_MAX = 8
};
/* Larger gaps are those that the system leaves between program, heap, libraries and stack. */
static const uint64_t kGapMax = (uint64_t)1 << 30;
static const uint64_t kBelowMax = (uint64_t)64 << 20;

static const char *const kNames[VERDICT_KINDS] = {
    [VERDICT_NONE] = "none",
    [VERDICT_NULL] = "null-dereference",
    [VERDICT_UNLOADED] = "use-after-unload",
    [VERDICT_UNMAPPED] = "use-after-unmap",
    [VERDICT_WILD] = "wild-address",
    [VERDICT_IMPOSSIBLE] = "impossible-address",
    [VERDICT_READ_ONLY] = "write-to-read-only",
    [VERDICT_NO_ACCESS] = "no-access",
    [VERDICT_FILE_CUT] = "file-cut-short",
    [VERDICT_EXECUTE_DATA] = "execution-of-data",
    [VERDICT_MISALIGNED] = "misaligned",
    [VERDICT_RECURSION] = "endless-recursion",
    [VERDICT_STACK_OVERFLOW] = "stack-overflow",
    [VERDICT_DIVISION] = "division",
    [VERDICT_ILLEGAL] = "illegal-instruction",
    [VERDICT_UNCAUGHT] = "uncaught-exception",
    [VERDICT_ASSERTION] = "failed-assertion",
    [VERDICT_HEAP] = "heap-corruption",
    [VERDICT_SMASH] = "stack-smashing",
    [VERDICT_BOUNDS] = "buffer-overflow",
    [VERDICT_ABORT] = "abort",
    [VERDICT_DEBUGGER] = "debugger-call",
    [VERDICT_SIGNAL] = "signal",
};

const char *verdict_name(verdict_kind verdict)
{
    return kNames[verdict];
}

const char *certainty_name(certainty_kind certainty)
{
    static const char *const kCertainties[] = {
        [CERTAIN] = "certain", [LIKELY] = "likely", [POSSIBLE] = "possible"};
    return kCertainties[certainty];
}

static void decide(struct facts *facts, verdict_kind verdict, certainty_kind certainty,
                   const char *explanation)
{
    facts->verdict = verdict;
    facts->certainty = certainty;
    facts->explanation = explanation;
}

/* ---- addresses where nothing is ---- */

static void judge_null(struct facts *facts, hdbg_address address)
{
    const memory_access *access = &facts->access;
    if (facts->cause == CAUSE_JUMP) {
        decide(facts, VERDICT_NULL, address == 0 ? CERTAIN : LIKELY,
               address == 0 ? "null dereference: it called a function by a null pointer"
                            : "null dereference: it called a function by an address near null");
    } else if (access->base != NULL && access->base_value == 0) {
        decide(facts, VERDICT_NULL, CERTAIN,
               address == 0
                   ? pool_format(facts->pool, "null dereference: the pointer in %s is null", access->base)
                   : pool_format(facts->pool,
                                 "null dereference: the pointer in %s is null, and 0x%" PRIx64
                                 " bytes behind it were wanted, as of a member or an element",
                                 access->base, address));
    } else {
        decide(facts, VERDICT_NULL, address == 0 ? CERTAIN : LIKELY,
               address == 0 ? "null dereference"
                            : "probably a null dereference: no memory is ever mapped so near to null");
    }
}

static bool judge_unloaded(struct facts *facts, hdbg_address address)
{
    for (size_t i = facts->unloaded_count; i > 0; i--) { /* the last one may lie where earlier ones did */
        const unloaded_image *image = &facts->unloaded[i - 1];
        if (image->team != facts->team_info.team || (address - image->info.text >= image->info.text_size &&
                                                     address - image->info.data >= image->info.data_size))
            continue;
        decide(facts, VERDICT_UNLOADED, CERTAIN,
               pool_format(facts->pool,
                           "use after unload: 0x%" PRIx64 " was 0x%" PRIx64 " in %s, which was unloaded",
                           address, address - image->info.text, image->info.path));
        return true;
    }
    return false;
}

static bool is_named(const hdbg_area_info *area, const char *part)
{
    return strstr(area->name, part) != NULL || strstr(area->path, part) != NULL;
}

/* The system places stack and heap by chance: gaps next to them say nothing. */
static bool is_placed_by_chance(const hdbg_area_info *area)
{
    return (area->protection & HDBG_AREA_STACK) != 0 || is_named(area, "stack") || is_named(area, "heap") ||
           is_named(area, "vvar") || is_named(area, "vdso") || is_named(area, "commpage");
}

/* Nobody keeps a list of what was mapped once. But a system that puts mappings side by side leaves few gaps
 * itself, so a gap among them, with the address in it, tells of memory that was there. */
static void judge_gap(struct facts *facts, hdbg_address address)
{
    const hdbg_area_info *below = NULL, *above = NULL;
    for (size_t i = 0; i < facts->area_count && above == NULL; i++) {
        if (facts->areas[i].address > address)
            above = &facts->areas[i];
        else
            below = &facts->areas[i];
    }
    decide(
        facts, VERDICT_WILD, LIKELY,
        pool_format(facts->pool, "wild address: nothing is mapped at 0x%" PRIx64 ", nor near it", address));
    if (above == NULL || is_placed_by_chance(above))
        return;
    hdbg_address start = below != NULL ? below->address + below->length : 0;
    uint64_t gap = above->address - start;
    if (below != NULL && gap <= kGapMax && !is_placed_by_chance(below))
        decide(facts, VERDICT_UNMAPPED, LIKELY,
               pool_format(facts->pool,
                           "probably use after unmap: nothing is mapped at 0x%" PRIx64
                           ", in a gap of %" PRIu64
                           " KiB between %s and %s; systems seldom leave gaps there of "
                           "their own, so memory was mapped there, and was unmapped",
                           address, gap / 1024, area_name(below), area_name(above)));
    else if (above->address - address <= kBelowMax)
        decide(
            facts, VERDICT_UNMAPPED, POSSIBLE,
            pool_format(facts->pool,
                        "perhaps use after unmap: nothing is mapped at 0x%" PRIx64 ", but %" PRIu64
                        " KiB above it begins %s, the lowest of the mapped memory, to which new mappings are "
                        "put next; or the address is wild",
                        address, (above->address - address) / 1024, area_name(above)));
}

/* ---- addresses where something is ---- */

static void judge_area(struct facts *facts, hdbg_address address)
{
    const hdbg_area_info *area = &facts->area;
    const char *name = area_name(area)[0] != '\0' ? area_name(area) : "an area";

    hdbg_symbol symbol = {.size = sizeof(symbol)};

    if (facts->cause == CAUSE_JUMP && hdbg_symbol_at(facts->team, address, &symbol) == HDBG_OK)
        decide(facts, VERDICT_EXECUTE_DATA, CERTAIN,
               pool_format(facts->pool,
                           "execution of data: 0x%" PRIx64 " is %s in %s, which is not executable", address,
                           symbol.name, name));
    else if (facts->cause == CAUSE_JUMP)
        decide(facts, VERDICT_EXECUTE_DATA, CERTAIN,
               pool_format(facts->pool, "execution of data: 0x%" PRIx64 " is in %s, which is not executable",
                           address, name));
    else if (facts->stop.signal == HDBG_SIGBUS)
        decide(facts, VERDICT_FILE_CUT, CERTAIN,
               pool_format(facts->pool, "%s is shorter now than when it was mapped", name));
    else if ((area->protection & (HDBG_AREA_READ | HDBG_AREA_WRITE | HDBG_AREA_EXECUTE)) == 0)
        decide(facts, VERDICT_NO_ACCESS, CERTAIN,
               pool_format(facts->pool,
                           "0x%" PRIx64 " is in memory that allows no access: a guard, or memory that "
                           "is reserved only",
                           address));
    else if (facts->access.kind == ACCESS_WRITE && (area->protection & HDBG_AREA_WRITE) == 0)
        decide(facts, VERDICT_READ_ONLY, CERTAIN,
               pool_format(facts->pool, "write to read-only memory: %s, 0x%" PRIx64 " bytes into it", name,
                           address - area->address));
}

static void judge_address(struct facts *facts)
{
    hdbg_address address = facts->access.address;
    int64_t top = (int64_t)address >> CANONICAL_BITS;
    if (*facts->unseen != '\0' && (!facts->access.has_address || address >= NULL_REACH)) {
        decide(facts, VERDICT_NONE, POSSIBLE, facts->unseen);
        return;
    }
    if (!facts->access.has_address)
        return;
    if (facts->has_area)
        judge_area(facts, address);
    else if (address < NULL_REACH)
        judge_null(facts, address);
    else if (top != 0 && top != -1)
        decide(facts, VERDICT_IMPOSSIBLE, CERTAIN,
               "an address that cannot exist: the pointer was overwritten, or never set");
    else if (!judge_unloaded(facts, address))
        judge_gap(facts, address);
}

/* ---- stacks ---- */

static const char *function_of(const frame_facts *frame)
{
    return frame->place->has_symbol ? frame->place->function : "?";
}

const frame_facts *recursion_of(const thread_facts *thread)
{
    for (size_t i = 0; i < thread->frame_count; i++) {
        if (thread->frames[i].fold_times > 0)
            return &thread->frames[i];
    }
    return NULL;
}

/* Where a turn begins to be told: where its first function by name is, of those that are on the stack. */
static bool begins_before(const frame_facts *one, const frame_facts *other)
{
    bool is_left = one->frame.source == HDBG_FRAME_TAIL_CALL,
         other_is_left = other->frame.source == HDBG_FRAME_TAIL_CALL;
    return is_left != other_is_left ? other_is_left : strcmp(function_of(one), function_of(other)) < 0;
}

const frame_facts *recursion_frame(const frame_facts *last, size_t turn)
{
    size_t first = 0;
    for (size_t i = 1; i < last->fold_period; i++) {
        if (begins_before(last - i, last - first))
            first = i;
    }
    return last - (first + turn) % last->fold_period;
}

static void judge_stack(struct facts *facts)
{
    const thread_facts *thread = &facts->threads[0];
    const frame_facts *last = recursion_of(thread);
    const char *names = "";

    if (last == NULL) {
        decide(facts, VERDICT_STACK_OVERFLOW, CERTAIN,
               pool_format(facts->pool, "stack overflow: %zu frames, and no recursion among them",
                           thread->depth));
        return;
    }
    size_t shown = last->fold_period < CYCLE_NAMES_MAX ? last->fold_period : CYCLE_NAMES_MAX;
    for (size_t i = 0; i < shown; i++)
        names = pool_format(facts->pool, "%s%s() -> ", names, function_of(recursion_frame(last, i)));
    const char *closing = shown < last->fold_period
                              ? "..."
                              : pool_format(facts->pool, "%s()", function_of(recursion_frame(last, 0)));
    decide(facts, VERDICT_RECURSION, CERTAIN,
           pool_format(facts->pool, "stack overflow by recursion: %s%s, %zu turns", names, closing,
                       last->fold_times));
}

static void judge_protection(struct facts *facts)
{
    const memory_access *access = &facts->access;
    if (access->has_address && access->alignment > 1 && access->address % access->alignment != 0)
        decide(facts, VERDICT_MISALIGNED, CERTAIN,
               pool_format(facts->pool,
                           "misaligned: 0x%" PRIx64 " is no multiple of %u, which the instruction needs",
                           access->address, access->alignment));
    else
        judge_address(facts);
}

static void judge_exception(struct facts *facts)
{
    const memory_access *access = &facts->access;
    if (facts->stop.exception != HDBG_EXCEPTION_ALIGNMENT)
        return;
    decide(facts, VERDICT_MISALIGNED, CERTAIN,
           access->has_address ? pool_format(facts->pool,
                                             "misaligned: 0x%" PRIx64
                                             " is no multiple of %u, and the program has the processor "
                                             "check that",
                                             access->address, access->size)
                               : "misaligned: the program has the processor check addresses");
}

/* ---- abort() ---- */

/* How the GNU C library's checks begin what they say. */
static const struct {
    const char *text;
    verdict_kind verdict;
    const char *explanation;
} kMessages[] = {
    {"stack smashing detected", VERDICT_SMASH,
     "stack smashing: a function wrote beyond an array in its frame, and found that out on its return"},
    {"buffer overflow detected", VERDICT_BOUNDS,
     "buffer overflow: a checked function of the C library was to write beyond its buffer"},
    {"double free", VERDICT_HEAP, "heap corruption: the same memory was freed twice"},
    {"free()", VERDICT_HEAP, "heap corruption, found by free()"},
    {"malloc()", VERDICT_HEAP, "heap corruption, found by malloc()"},
    {"malloc_consolidate()", VERDICT_HEAP, "heap corruption, found while free memory was put together"},
    {"malloc_printerr", VERDICT_HEAP, "heap corruption"},
    {"realloc()", VERDICT_HEAP, "heap corruption, found by realloc()"},
    {"calloc()", VERDICT_HEAP, "heap corruption, found by calloc()"},
    {"munmap_chunk()", VERDICT_HEAP, "heap corruption: what was freed is no block of the heap"},
    {"mremap_chunk()", VERDICT_HEAP, "heap corruption, found by realloc()"},
    {"corrupted ", VERDICT_HEAP, "heap corruption: the heap's lists were overwritten"},
    {"unaligned ", VERDICT_HEAP, "heap corruption: the heap's lists were overwritten"},
    {"invalid chunk", VERDICT_HEAP, "heap corruption"},
    {"sysmalloc", VERDICT_HEAP, "heap corruption, found by malloc()"},
};

static void judge_abort(struct facts *facts)
{
    decide(facts, VERDICT_ABORT, CERTAIN, "abort: the program gave up by itself");
    for (size_t i = 0; i < sizeof(kMessages) / sizeof(*kMessages); i++) {
        const char *found = strstr(facts->text, kMessages[i].text);
        /* "*** " and the program's name may come first */
        if (found != NULL && (found == facts->text || facts->text[0] == '*')) {
            decide(facts, kMessages[i].verdict, CERTAIN, kMessages[i].explanation);
            return;
        }
    }
}

/* "prog: file.c:12: function: Assertion `expression' failed." */
static void judge_assertion(struct facts *facts)
{
    const char *start = strchr(facts->text, '`'), *end = start != NULL ? strrchr(start, '\'') : NULL;
    decide(facts, VERDICT_ASSERTION, CERTAIN,
           end != NULL ? pool_format(facts->pool, "failed assertion: %.*s is not true",
                                     (int)(end - start - 1), start + 1)
                       : "failed assertion");
}

static void judge_thrown(struct facts *facts)
{
    const thrown_facts *thrown = &facts->thrown;
    const char *text = "uncaught exception, of a type that could not be found out";
    if (thrown->type != NULL && thrown->what != NULL)
        text = pool_format(facts->pool, "uncaught exception: %s: %s", thrown->type, thrown->what);
    else if (thrown->type != NULL)
        text = pool_format(facts->pool, "uncaught exception: %s", thrown->type);
    decide(facts, VERDICT_UNCAUGHT, CERTAIN, text);
}

/* ---- other exceptions, and signals ---- */

static void judge_division(struct facts *facts)
{
    bool overflow = facts->access.has_divisor && facts->access.divisor != 0;
    decide(facts, VERDICT_DIVISION, CERTAIN,
           overflow ? "division overflow: the quotient does not fit where it is to go" : "division by zero");
}

static void judge_instruction(struct facts *facts)
{
    static const uint8_t kTrap[] = {0x0f, 0x0b}; /* ud2 */
    const thread_facts *thread = &facts->threads[0];
    uint8_t code[sizeof(kTrap)] = {0};
    if (thread->has_registers && thread->registers.arch == HDBG_ARCH_X86_64)
        hdbg_memory_read(facts->team, hdbg_cpu_state_role(&thread->registers, HDBG_ROLE_PC), code,
                         sizeof(code), NULL);
    decide(facts, VERDICT_ILLEGAL, CERTAIN,
           memcmp(code, kTrap, sizeof(kTrap)) == 0
               ? "illegal instruction: ud2, which compilers put where a program must not come"
               : "illegal instruction: none that this processor knows, or may run here");
}

static void judge_signal(struct facts *facts)
{
    const hdbg_stop *stop = &facts->stop;
    bool own = stop->has_info && stop->info.team == facts->team_info.team;
    decide(facts, VERDICT_SIGNAL, CERTAIN,
           own ? "signal: the program sent it to itself"
               : "signal: it was sent from outside, what the thread did is not to blame");
}

void verdict_find(struct facts *facts)
{
    switch (facts->cause) {
    case CAUSE_ACCESS:
    case CAUSE_JUMP:
        judge_address(facts);
        break;
    case CAUSE_STACK_OVERFLOW:
        judge_stack(facts);
        break;
    case CAUSE_PROTECTION:
        judge_protection(facts);
        break;
    case CAUSE_EXCEPTION:
        judge_exception(facts);
        break;
    case CAUSE_DIVISION:
        judge_division(facts);
        break;
    case CAUSE_ILLEGAL:
        judge_instruction(facts);
        break;
    case CAUSE_ABORT:
        judge_abort(facts);
        break;
    case CAUSE_ASSERTION:
        judge_assertion(facts);
        break;
    case CAUSE_THROWN:
        judge_thrown(facts);
        break;
    case CAUSE_DEBUGGER_CALL:
        decide(facts, VERDICT_DEBUGGER, CERTAIN, "debugger call: the program asked for a debugger");
        break;
    case CAUSE_TRAP:
        decide(facts, VERDICT_DEBUGGER, CERTAIN, "breakpoint: an instruction of the program's own");
        break;
    case CAUSE_SIGNAL:
        judge_signal(facts);
        break;
    case CAUSE_NOTHING:
        break;
    }
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * What happened, in one sentence: who, what, where.
 */
#include "facts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A sentence that grows, cut where it gets too long. */
typedef struct text {
    char *buffer;
    size_t size, used;
} text;

static void say(text *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(text *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(to->buffer + to->used, to->size - to->used, format, arguments);
    va_end(arguments);
    if (length > 0)
        to->used += (size_t)length < to->size - to->used ? (size_t)length : to->size - to->used - 1;
}

/* " in parse_header() of libreader.so", with another word for "in" if need be. */
static void say_place(text *to, const struct facts *facts, const char *in)
{
    const frame_facts *frame = facts_culprit(facts);
    if (frame == NULL)
        return;
    const place_facts *place = frame->place;
    if (place->has_symbol)
        say(to, "%s %s%s", in, place->function, strchr(place->function, '(') != NULL ? "" : "()");
    else
        say(to, "%s 0x%" PRIx64, in, frame->frame.pc);
    if (place->in_image)
        say(to, " of %s", place->image);
}

/* Why memory that exists could not be accessed so. */
static void say_area(text *to, const struct facts *facts)
{
    const hdbg_area_info *area = &facts->area;
    if (!facts->has_area)
        return;
    if (facts->stop.signal == HDBG_SIGBUS)
        say(to, ", beyond the end of the mapped file %s,", area_name(area));
    else if ((area->protection & (HDBG_AREA_READ | HDBG_AREA_WRITE | HDBG_AREA_EXECUTE)) == 0)
        say(to, ", memory that allows no access,");
    else if (facts->access.kind == ACCESS_WRITE && (area->protection & HDBG_AREA_WRITE) == 0)
        say(to, ", read-only memory%s%s,", area_name(area)[0] != '\0' ? " of " : "", area_name(area));
}

static void say_access(text *to, const struct facts *facts)
{
    static const char *const kVerbs[] = {
        [ACCESS_UNKNOWN] = "accessed", [ACCESS_READ] = "read from", [ACCESS_WRITE] = "wrote to"};
    if (facts->access.has_address)
        say(to, "%s 0x%" PRIx64, kVerbs[facts->access.kind], facts->access.address);
    else
        say(to, "accessed memory that it may not access");
    say_area(to, facts);
    say_place(to, facts, " in");
}

static void say_jump(text *to, const struct facts *facts)
{
    say(to, "jumped to 0x%" PRIx64, facts->access.address);
    if (facts->has_area)
        say(to, ", which is no code,");
    say_place(to, facts, " from");
}

/* Also what the processor was told to check. */
static void say_exception(text *to, const struct facts *facts)
{
    const memory_access *access = &facts->access;
    if (facts->verdict == VERDICT_MISALIGNED && access->has_address && access->size > 1)
        say(to, "%s 0x%" PRIx64 ", which is no multiple of %u,",
            access->kind == ACCESS_WRITE ? "wrote to" : "read from", access->address, access->size);
    else
        say(to, "had the exception \"%s\"",
            facts->stop.exception >= 0 ? hdbg_exception_name(facts->stop.exception)
                                       : hdbg_signal_description(facts->stop.signal));
    say_place(to, facts, " in");
}

static void say_protection(text *to, const struct facts *facts)
{
    const char *verb = facts->access.kind == ACCESS_WRITE ? "wrote to" : "read from";
    if (facts->verdict == VERDICT_MISALIGNED)
        say(to, "%s 0x%" PRIx64 ", which is no multiple of %u,", verb, facts->access.address,
            facts->access.alignment);
    else if (facts->access.has_address)
        say(to, "%s 0x%" PRIx64 ", an address that cannot exist,", verb, facts->access.address);
    else
        say(to, "broke a rule of the processor (general protection)");
    say_place(to, facts, " in");
}

static void say_division(text *to, const struct facts *facts)
{
    say(to, facts->access.has_divisor && facts->access.divisor != 0 ? "divided with a quotient too large"
                                                                    : "divided by zero");
    say_place(to, facts, " in");
}

static void say_abort(text *to, const struct facts *facts)
{
    if (facts->cause == CAUSE_THROWN && facts->thrown.type != NULL)
        say(to, "threw %s, which nobody caught,", facts->thrown.type);
    else if (facts->cause == CAUSE_THROWN)
        say(to, "threw a C++ exception that nobody caught");
    else if (facts->cause == CAUSE_ASSERTION)
        say(to, "failed an assertion");
    else
        say(to, "called abort()");
    say_place(to, facts, " in");
    if (facts->thrown.what != NULL)
        say(to, ": %s", facts->thrown.what);
    else if (facts->text[0] != '\0')
        say(to, ": %s", facts->text);
}

static void say_signal(text *to, const struct facts *facts)
{
    const hdbg_stop *stop = &facts->stop;
    say(to, "got signal %s", hdbg_signal_name(stop->signal));
    if (stop->has_info && stop->info.team == facts->team_info.team)
        say(to, " from its own team");
    else if (stop->has_info && stop->info.team > 0)
        say(to, " from outside, sent by team %" PRId32, stop->info.team);
    if (facts->sender_known && stop->info.team != facts->team_info.team)
        say(to, " '%s'", facts->sender.name);
    say_place(to, facts, ", while in");
}

void sentence_write(const struct facts *facts, char *buffer, size_t size)
{
    text to = {.buffer = buffer, .size = size};
    const hdbg_thread_info *thread = &facts->threads[0].info;

    say(&to, "thread %" PRId32 " ", thread->thread);
    if (thread->name[0] != '\0') /* one that is gone has told its number alone */
        say(&to, "'%s' ", thread->name);
    switch (facts->cause) {
    case CAUSE_ACCESS:
        say_access(&to, facts);
        break;
    case CAUSE_STACK_OVERFLOW:
        say(&to, "overflowed its stack");
        say_place(&to, facts, " in");
        say(&to, " (at 0x%" PRIx64 ")", facts->access.address);
        break;
    case CAUSE_JUMP:
        say_jump(&to, facts);
        break;
    case CAUSE_DIVISION:
        say_division(&to, facts);
        break;
    case CAUSE_ILLEGAL:
        say(&to, "executed an illegal instruction");
        say_place(&to, facts, " in");
        break;
    case CAUSE_PROTECTION:
        say_protection(&to, facts);
        break;
    case CAUSE_EXCEPTION:
        say_exception(&to, facts);
        break;
    case CAUSE_TRAP:
        say(&to, "executed a breakpoint instruction of its own");
        say_place(&to, facts, " in");
        break;
    case CAUSE_ABORT:
    case CAUSE_ASSERTION:
    case CAUSE_THROWN:
        say_abort(&to, facts);
        break;
    case CAUSE_DEBUGGER_CALL:
        say(&to, "called debugger(\"%s\")", facts->text);
        say_place(&to, facts, " in");
        break;
    case CAUSE_SIGNAL:
        say_signal(&to, facts);
        break;
    case CAUSE_NOTHING:
        say(&to, "was stopped");
        say_place(&to, facts, " in");
        break;
    }
}

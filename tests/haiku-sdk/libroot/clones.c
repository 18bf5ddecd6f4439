/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Clones of other teams' areas. On Haiku a clone is the area itself, seen a second time. The host cannot map
 * another process's memory, so a nub answers CLONE_AREA with a copy; here the copy becomes one that is
 * fetched anew, a piece at a time as it is looked at, whenever the caller has asked for the area's
 * description since (libroot_foreign_area()).
 *
 * A piece that is not fetched yet is memory that cannot be read: a handler of SIGSEGV fetches it. Signals of
 * that kind that come from elsewhere go to the handler that was there before.
 */
#define _GNU_SOURCE
#include "libroot.h"
#include "../headers/debugger.h"
#include "kernel/hosted/internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIECE = 256 * 1024 };

/* A request that has not been answered yet. */
typedef struct asked {
    struct asked *next;
    port_id reply_port;
    team_id team;
    uint64_t address;
} asked;

typedef struct clone_of {
    struct clone_of *next;
    area_id id;
    team_id team;
    uint64_t source; /* where the area begins in its team */
    char *address;   /* here */
    size_t size;
    int lazy;                /* it is no longer the copy that the nub made */
    unsigned char brought[]; /* a piece each */
} clone_of;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static asked *requests;
static clone_of *clones;
static struct sigaction before;

static ssize_t fetch(team_id team, uint64_t address, void *buffer, size_t size)
{
    struct iovec to = {buffer, size}, from = {(void *)(uintptr_t)address, size};
    return process_vm_readv(team, &to, 1, &from, 1, 0);
}

/* Puts a piece in its place, at once, so that no other thread sees it half done. What cannot be read there
 * cannot be read here. Under the lock. */
static void bring(clone_of *c, size_t number)
{
    size_t offset = number * PIECE;
    size_t size = c->size - offset < PIECE ? c->size - offset : PIECE;
    char *piece = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED)
        return;
    for (size_t done = 0; done < size;) {
        ssize_t got = fetch(c->team, c->source + offset + done, piece + done, size - done);
        size_t whole = got > 0 ? (size_t)got / B_PAGE_SIZE * B_PAGE_SIZE : 0;
        mprotect(piece + done, whole, PROT_READ);
        done += whole;
        if (done < size)
            mprotect(piece + done, B_PAGE_SIZE, PROT_NONE);
        done += B_PAGE_SIZE;
    }
    if (mremap(piece, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, c->address + offset) != MAP_FAILED)
        c->brought[number] = 1;
}

/* Whether something was brought that lies in a range. */
static int bring_range(const char *from, size_t size)
{
    int brought = 0;
    pthread_mutex_lock(&lock);
    for (clone_of *c = clones; c != NULL; c = c->next) {
        if (!c->lazy || from >= c->address + c->size || from + size <= c->address)
            continue;
        size_t first = from > c->address ? (size_t)(from - c->address) / PIECE : 0;
        for (size_t i = first; i * PIECE < c->size && c->address + i * PIECE < from + size; i++) {
            if (!c->brought[i])
                bring(c, i), brought = 1;
        }
    }
    pthread_mutex_unlock(&lock);
    return brought;
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (before.sa_flags & SA_SIGINFO)
        before.sa_sigaction(number, info, context);
    else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
        before.sa_handler(number);
    else
        sigaction(number, &before, NULL); /* the instruction runs again, and the signal does what it does */
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    if (!bring_range(info->si_addr, 1))
        pass_on(number, info, context);
}

/* Others may set their handlers after us. Under the lock. */
static void watch_faults(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK},
                     now;
    if (sigaction(SIGSEGV, NULL, &now) == 0 && now.sa_sigaction != on_fault) {
        before = now;
        sigaction(SIGSEGV, &action, NULL);
    }
}

/* The host's write() fails for memory that cannot be read, and no signal is sent. */
ssize_t _haiku_write(int descriptor, const void *buffer, size_t size)
{
    bring_range(buffer, size);
    return write(descriptor, buffer, size);
}

void libroot_clone_asked(port_id nub_port, const void *message, size_t size)
{
    debug_nub_clone_area request;
    hosted_kernel *k = libroot_kernel() != NULL ? libroot_kernel()->context : NULL;
    if (k == NULL || size != sizeof request)
        return;
    hosted_port *port = hosted_port_acquire(k, nub_port);
    if (port == NULL)
        return;
    asked *a = port->local ? NULL : calloc(1, sizeof *a);
    if (a != NULL) {
        memcpy(&request, message, sizeof request);
        a->reply_port = request.reply_port;
        a->team = port->team;
        a->address = (uint64_t)(uintptr_t)request.address;
        pthread_mutex_lock(&lock);
        a->next = requests;
        requests = a;
        pthread_mutex_unlock(&lock);
    }
    hosted_port_release(k, port);
}

/* The latest request with that reply port: one that was never answered is not found again. */
static int take_request(port_id reply_port, asked *taken)
{
    int found = 0;
    pthread_mutex_lock(&lock);
    for (asked **link = &requests; *link != NULL;) {
        asked *a = *link;
        if (a->reply_port != reply_port) {
            link = &a->next;
            continue;
        }
        if (!found)
            *taken = *a;
        found = 1;
        *link = a->next;
        free(a);
    }
    pthread_mutex_unlock(&lock);
    return found;
}

void libroot_clone_answered(port_id reply_port, const void *message, ssize_t size)
{
    debug_nub_clone_area_reply reply;
    hdbg_area_info area = {.size = sizeof area};
    asked request = {0};
    char byte;
    if (!take_request(reply_port, &request) || size != (ssize_t)sizeof reply)
        return;
    memcpy(&reply, message, sizeof reply);
    if (reply.area < 0 || CALL(area_info, reply.area, &area) != B_OK ||
        fetch(request.team, request.address, &byte, 1) != 1)
        return; /* it stays the copy that it is */
    clone_of *c = calloc(1, sizeof *c + area.length / PIECE + 1);
    if (c == NULL)
        return;
    c->id = reply.area;
    c->team = request.team;
    c->address = (char *)(uintptr_t)area.address;
    c->size = area.length;
    c->source = request.address - (uint64_t)((char *)reply.address - c->address);
    pthread_mutex_lock(&lock);
    c->next = clones;
    clones = c;
    pthread_mutex_unlock(&lock);
}

void libroot_clone_refresh(team_id team, uint64_t address)
{
    pthread_mutex_lock(&lock);
    for (clone_of *c = clones; c != NULL; c = c->next) {
        if (c->team != team || c->source != address)
            continue;
        watch_faults();
        mmap(c->address, c->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
        memset(c->brought, 0, c->size / PIECE + 1);
        c->lazy = 1;
    }
    pthread_mutex_unlock(&lock);
}

void libroot_clone_forget(area_id id)
{
    pthread_mutex_lock(&lock);
    clone_of **link = &clones;
    while (*link != NULL && (*link)->id != id)
        link = &(*link)->next;
    clone_of *c = *link;
    if (c != NULL)
        *link = c->next;
    pthread_mutex_unlock(&lock);
    free(c);
}

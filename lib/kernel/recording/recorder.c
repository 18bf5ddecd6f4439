/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The recorder. Its functions are made from the list of operations; a call is written when it has returned.
 */
#include "kernel/recording/format.h"
#include "kernel/recording/operations.h"
#include "kernel/recording/output.h"
#include "kernel/recording/recorder.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CALL_HEAD = 64 /* bytes of a call's record besides its values, at most */ };

typedef struct recorder {
    hdbg_kernel kernel;
    hdbg_kernel_ops ops;
    hdbg_kernel *inner;
    pthread_key_t thread; /* a thread's number, and behind it how deep in calls it is: its state */
    checksum sum;
    pthread_mutex_t lock; /* for all below */
    int32_t threads;
    uint64_t calls;
    hdbg_time last;
    uint32_t check;
    output out;
    references known;
} recorder;

/* A call that is under way. */
typedef struct passage {
    recorder *self;
    const operation *op;
    const void *const *arguments;
    hdbg_time start;
    values in, out;
} passage;

#define INNER(self, function, ...) ((self)->inner->ops->function((self)->inner->context, ##__VA_ARGS__))

/* ---- threads ---- */

/* A new thread has no state, whatever its id was used for before. */
static uintptr_t thread_state(recorder *self)
{
    uintptr_t state = (uintptr_t)pthread_getspecific(self->thread);
    if (state == 0) {
        pthread_mutex_lock(&self->lock);
        state = (uintptr_t)(++self->threads) * (FORMAT_DEPTH_MAX + 1);
        pthread_mutex_unlock(&self->lock);
        pthread_setspecific(self->thread, (void *)state);
    }
    return state;
}

static void thread_deeper(recorder *self, int by)
{
    uintptr_t state = thread_state(self);
    pthread_setspecific(self->thread, (void *)(state + (uintptr_t)(intptr_t)by));
}

/* ---- records ---- */

/* Writes a record around what lies behind `body`. Locked. */
static void finish_record(recorder *self, uint8_t *record, const uint8_t *body, const uint8_t *end,
                          uint8_t kind)
{
    uint8_t head[16], *at = head;
    *at++ = kind;
    at = format_put_unsigned(at, (uint64_t)(end - body));
    size_t head_size = (size_t)(at - head), size = (size_t)(end - body);
    /* The body was written behind the longest head there is. */
    memmove(record + head_size, body, size);
    memcpy(record + 1, head + 1, head_size - 1);
    self->check = checksum_add(&self->sum, self->check, head, 1);
    self->check = checksum_add(&self->sum, self->check, record + 1, head_size - 1 + size);
    uint8_t *check = record + head_size + size;
    for (int i = 0; i < FORMAT_CHECK; i++)
        check[i] = (uint8_t)(self->check >> (8 * i));
    /* Where the body was longer than what it became, zeros are expected again. */
    const uint8_t *behind = check + FORMAT_CHECK;
    if (behind < end)
        memset((uint8_t *)behind, 0, (size_t)(end - behind));
    output_commit(&self->out, head_size + size + FORMAT_CHECK, kind);
}

enum { HEAD_MAX = 11 }; /* a record's kind and length */

static uint8_t *put_head(uint8_t *at, uint8_t number, uintptr_t thread, uintptr_t depth)
{
    *at++ = number;
    at = format_put_unsigned(at, thread << 1 | (depth > 0));
    return depth > 0 ? format_put_unsigned(at, depth) : at;
}

static void write_call(passage *p, hdbg_time end, int64_t result, uintptr_t state)
{
    recorder *self = p->self;
    const char *error = result < 0 ? hdbg_last_error() : "";
    size_t error_size = strlen(error);
    size_t bound = CALL_HEAD + error_size + values_bound(&p->in) + values_bound(&p->out);
    pthread_mutex_lock(&self->lock);
    uint8_t *record = NULL;
    if (p->in.failed || p->out.failed) {
        if (self->out.status == HDBG_OK)
            strcpy(self->out.error, "cannot record a call: out of memory");
        self->out.status = HDBG_NO_MEMORY;
    } else {
        record = output_room(&self->out, bound + HEAD_MAX + FORMAT_CHECK);
    }
    if (record != NULL) {
        uintptr_t depth = state % (FORMAT_DEPTH_MAX + 1), thread = state / (FORMAT_DEPTH_MAX + 1);
        uint8_t *body = record + HEAD_MAX, *at = body;
        at = put_head(at, p->op->number, thread, depth);
        at = format_put_signed(at, p->start - self->last);
        at = format_put_signed(at, end - p->start);
        at = values_put(at, &p->in, &self->known);
        at = format_put_signed(at, result);
        if (result < 0)
            at = format_put_text(at, error, error_size);
        at = values_put(at, &p->out, &self->known);
        self->last = end;
        self->calls++;
        finish_record(self, record, body, at, RECORD_CALL);
    }
    pthread_mutex_unlock(&self->lock);
}

/* The calls in a call's callbacks are told apart by their depth. */
static uintptr_t enter(passage *p, recorder *self, uint8_t number, const void *const *arguments)
{
    uintptr_t state = thread_state(self);
    p->self = self;
    p->op = &kOperations[number];
    p->arguments = arguments;
    values_init(&p->in);
    values_init(&p->out);
    values_take(&p->in, p->op, arguments, WAY_IN, 0);
    p->start = INNER(self, system_time);
    return state;
}

static void leave(passage *p, int64_t result, uintptr_t state)
{
    hdbg_time end = INNER(p->self, system_time);
    values_take(&p->out, p->op, p->arguments, WAY_OUT, result);
    write_call(p, end, result, state);
    values_free(&p->in);
    values_free(&p->out);
}

/* ---- the operations that are alike ---- */

#define RECORD(number, name, type, traits, ...)                                                              \
    static type record_##name(void *context EACH(PARAMETER, __VA_ARGS__))                                    \
    {                                                                                                        \
        recorder *self = context;                                                                            \
        const void *const arguments[] = {EACH(ADDRESS, __VA_ARGS__)};                                        \
        passage p;                                                                                           \
        uintptr_t state = enter(&p, self, number, arguments);                                                \
        type result = self->inner->ops->name(self->inner->context EACH(ARGUMENT, __VA_ARGS__));              \
        leave(&p, result, state);                                                                            \
        return result;                                                                                       \
    }

EVERY_OPERATION(RECORD)

/* ---- the others ---- */

/* The clock is looked at several times a step: no more is done than has to be. */
static hdbg_time record_system_time(void *context)
{
    recorder *self = context;
    uintptr_t state = thread_state(self);
    uintptr_t depth = state % (FORMAT_DEPTH_MAX + 1), thread = state / (FORMAT_DEPTH_MAX + 1);
    hdbg_time now = INNER(self, system_time);
    pthread_mutex_lock(&self->lock);
    uint8_t *record = output_room(&self->out, CALL_HEAD + HEAD_MAX + FORMAT_CHECK);
    if (record != NULL) {
        uint8_t *body = record + HEAD_MAX;
        uint8_t *at = put_head(body, 3, thread, depth);
        at = format_put_signed(at, now - self->last);
        *at++ = 0; /* it took no time, and nothing went in */
        at = format_put_signed(at, now);
        if (now < 0)
            at = format_put_text(at, NULL, 0); /* where other calls tell an error */
        self->last = now;
        self->calls++;
        finish_record(self, record, body, at, RECORD_CALL);
    }
    pthread_mutex_unlock(&self->lock);
    return now;
}

static int record_has_default_debugger(void *context)
{
    recorder *self = context;
    passage p;
    uintptr_t state = enter(&p, self, 23, NULL);
    int result = INNER(self, has_default_debugger);
    leave(&p, result, state);
    return result;
}

static int record_descriptor_open(void *context, hdbg_port_id port)
{
    recorder *self = context;
    const void *const arguments[] = {&port};
    passage p;
    uintptr_t state = enter(&p, self, 11, arguments);
    int result = INNER(self, descriptor_open, port);
    leave(&p, result, state);
    return result;
}

static hdbg_status record_descriptor_force(void *context, int descriptor, int readable)
{
    recorder *self = context;
    const void *const arguments[] = {&descriptor, &readable};
    passage p;
    uintptr_t state = enter(&p, self, 12, arguments);
    hdbg_status result = INNER(self, descriptor_force, descriptor, readable);
    leave(&p, result, state);
    return result;
}

static void record_descriptor_close(void *context, int descriptor)
{
    recorder *self = context;
    const void *const arguments[] = {&descriptor};
    passage p;
    uintptr_t state = enter(&p, self, 13, arguments);
    INNER(self, descriptor_close, descriptor);
    leave(&p, HDBG_OK, state);
}

/* ---- those with callbacks, each call of which is an element of a list that comes out ---- */

/* A list whose elements have texts and bytes of their own. */
typedef struct told {
    recorder *self;
    uint8_t *all;
    size_t element;
    size_t count, room;
    void **copies;
    size_t copy_count, copy_room;
    bool failed;
} told;

static void *told_add(told *list)
{
    if (list->count == list->room) {
        size_t room = list->room != 0 ? list->room * 2 : 16;
        uint8_t *more = realloc(list->all, room * list->element);
        if (more == NULL) {
            list->failed = true;
            return NULL;
        }
        list->all = more;
        list->room = room;
    }
    return memset(list->all + list->element * list->count++, 0, list->element);
}

static void *told_copy(told *list, const void *bytes, size_t size)
{
    if (list->copy_count == list->copy_room) {
        size_t room = list->copy_room != 0 ? list->copy_room * 2 : 16;
        void **more = realloc(list->copies, room * sizeof *more);
        if (more == NULL) {
            list->failed = true;
            return NULL;
        }
        list->copies = more;
        list->copy_room = room;
    }
    void *copy = malloc(size + 1);
    if (copy == NULL) {
        list->failed = true;
        return NULL;
    }
    if (size > 0)
        memcpy(copy, bytes, size);
    ((char *)copy)[size] = '\0';
    list->copies[list->copy_count++] = copy;
    return copy;
}

static const char *told_text(told *list, const char *chars)
{
    return chars != NULL ? told_copy(list, chars, strlen(chars)) : NULL;
}

static void told_free(told *list)
{
    for (size_t i = 0; i < list->copy_count; i++)
        free(list->copies[i]);
    free(list->copies);
    free(list->all);
}

/* Calls that a callback makes belong to this one. */
#define DEEPER(list, call)                                                                                   \
    do {                                                                                                     \
        thread_deeper((list)->self, 1);                                                                      \
        call;                                                                                                \
        thread_deeper((list)->self, -1);                                                                     \
    } while (0)

typedef struct visitor {
    told list;
    int (*visit)(void *context, const hdbg_detail *detail);
    void *context;
} visitor;

static int visit_told(void *context, const hdbg_detail *detail)
{
    visitor *v = context;
    int answer;
    DEEPER(&v->list, answer = v->visit(v->context, detail));
    recorded_detail *element = told_add(&v->list);
    if (element != NULL) {
        element->detail = *detail;
        element->detail.text = told_text(&v->list, detail->text);
        element->answer = answer;
    }
    return answer;
}

static hdbg_status record_team_details(void *context, hdbg_team_id team, int32_t kind,
                                       int (*visit)(void *context, const hdbg_detail *detail),
                                       void *visit_context)
{
    recorder *self = context;
    visitor v = {{.self = self, .element = sizeof(recorded_detail)}, visit, visit_context};
    const void *const arguments[] = {&team, &kind, &v.list.all, &v.list.count};
    passage p;
    uintptr_t state = enter(&p, self, 35, arguments);
    hdbg_status result = INNER(self, team_details, team, kind, visit_told, &v);
    p.out.failed |= v.list.failed;
    leave(&p, result, state);
    told_free(&v.list);
    return result;
}

typedef struct note_sink {
    told list;
    hdbg_status (*add)(void *sink, const char *name, uint32_t type, const void *data, size_t size);
    void *sink;
} note_sink;

static hdbg_status add_told(void *context, const char *name, uint32_t type, const void *data, size_t size)
{
    note_sink *n = context;
    hdbg_status answer;
    DEEPER(&n->list, answer = n->add(n->sink, name, type, data, size));
    recorded_note *element = told_add(&n->list);
    if (element != NULL) {
        element->name = told_text(&n->list, name);
        element->type = type;
        element->data = told_copy(&n->list, data, size);
        element->size = size;
        element->answer = answer;
    }
    return answer;
}

static hdbg_status record_core_notes(void *context, hdbg_team_id team, const hdbg_core_thread *threads,
                                     size_t count,
                                     hdbg_status (*add)(void *sink, const char *name, uint32_t type,
                                                        const void *data, size_t size),
                                     void *sink)
{
    recorder *self = context;
    note_sink n = {{.self = self, .element = sizeof(recorded_note)}, add, sink};
    const void *const arguments[] = {&team, &threads, &count, &n.list.all, &n.list.count};
    passage p;
    uintptr_t state = enter(&p, self, 40, arguments);
    hdbg_status result = INNER(self, core_notes, team, threads, count, add_told, &n);
    p.out.failed |= n.list.failed;
    leave(&p, result, state);
    told_free(&n.list);
    return result;
}

typedef struct finder {
    told list;
    hdbg_status (*find)(void *finder, const char *name, hdbg_address *symbol);
    void *context;
} finder;

static hdbg_status find_told(void *context, const char *name, hdbg_address *symbol)
{
    finder *f = context;
    hdbg_status answer;
    DEEPER(&f->list, answer = f->find(f->context, name, symbol));
    recorded_symbol *element = told_add(&f->list);
    if (element != NULL) {
        element->name = told_text(&f->list, name);
        element->address = answer == HDBG_OK ? *symbol : 0;
        element->answer = answer;
    }
    return answer;
}

static hdbg_status
record_tls_address(void *context, hdbg_thread_id thread, const hdbg_image_info *image, uint64_t offset,
                   hdbg_status (*find)(void *finder, const char *name, hdbg_address *symbol),
                   void *find_context, hdbg_address *address)
{
    recorder *self = context;
    finder f = {{.self = self, .element = sizeof(recorded_symbol)}, find, find_context};
    const void *const arguments[] = {&thread, &image, &offset, &f.list.all, &f.list.count, &address};
    passage p;
    uintptr_t state = enter(&p, self, 44, arguments);
    hdbg_status result = INNER(self, tls_address, thread, image, offset, find_told, &f, address);
    p.out.failed |= f.list.failed;
    leave(&p, result, state);
    told_free(&f.list);
    return result;
}

/* ---- what is not recorded: descriptions of the system's calls, which are no events ---- */

static const hdbg_syscall *record_syscall(void *context, int32_t arch, uint32_t index)
{
    return INNER((recorder *)context, syscall, arch, index);
}

static const char *record_syscall_error(void *context, int64_t result, const char **words)
{
    return INNER((recorder *)context, syscall_error, result, words);
}

/* ---- beginning and end ---- */

static void destroy(void *context)
{
    recorder *self = context;
    hdbg_time end = INNER(self, system_time);
    hdbg_kernel_destroy(self->inner);
    uint8_t *record = output_room(&self->out, 3 * HEAD_MAX + FORMAT_CHECK);
    if (record != NULL) {
        uint8_t *body = record + HEAD_MAX;
        uint8_t *at = format_put_unsigned(body, self->calls);
        at = format_put_signed(at, end - self->last);
        finish_record(self, record, body, at, RECORD_END);
    }
    output_close(&self->out);
    pthread_key_delete(self->thread);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

#define FUNCTION(number, name, type, traits, ...) .name = record_##name,

static const hdbg_kernel_ops kOps = {
    .size = sizeof(hdbg_kernel_ops),
    .version = HDBG_KERNEL_VERSION,
    .destroy = destroy,
    EVERY_OPERATION(FUNCTION) EVERY_OTHER_OPERATION(FUNCTION).syscall = record_syscall,
    .syscall_error = record_syscall_error,
};

/* The recorder has what the kernel has. */
static void make_table(recorder *self)
{
    const uint8_t *theirs = (const uint8_t *)self->inner->ops;
    uint8_t *ours = (uint8_t *)&self->ops;
    self->ops = kOps;
    for (size_t at = offsetof(hdbg_kernel_ops, destroy); at < sizeof self->ops;
         at += sizeof(void (*)(void))) {
        void *theirs_at = NULL;
        if (at + sizeof theirs_at <= self->inner->ops->size)
            memcpy(&theirs_at, theirs + at, sizeof theirs_at);
        if (theirs_at == NULL)
            memset(ours + at, 0, sizeof theirs_at);
    }
}

static bool is_there(const recorder *self, const operation *op)
{
    void *function = NULL;
    if (op->name != NULL)
        memcpy(&function, (const uint8_t *)&self->ops + op->place, sizeof function);
    return function != NULL;
}

static hdbg_status write_start(recorder *self)
{
    struct timespec now = {0, 0};
    hdbg_system_info info = {.size = sizeof info};
    INNER(self, system_info, &info);
    clock_gettime(CLOCK_REALTIME, &now);
    self->last = INNER(self, system_time);

    uint8_t *record = output_room(&self->out, FORMAT_HEADER + 1024);
    if (record == NULL)
        return hdbg_fail(self->out.status, "%s", self->out.error);
    uint8_t header[FORMAT_HEADER] = {0};
    memcpy(header, kFormatMagic, sizeof kFormatMagic);
    header[sizeof kFormatMagic] = FORMAT_VERSION;
    self->check = checksum_add(&self->sum, 0, header, sizeof header);
    memcpy(record + 1, header + 1, sizeof header - 1);
    output_commit(&self->out, sizeof header, header[0]);

    record += FORMAT_HEADER;
    uint8_t *body = record + HEAD_MAX, *at = body;
    at = format_put_signed(at, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    at = format_put_signed(at, self->last);
    at = format_put_signed(at, getpid());
    at = format_put_signed(at, info.release);
    at = format_put_signed(at, info.arch);
    at = format_put_text(at, info.kernel_name, strnlen(info.kernel_name, sizeof info.kernel_name));
    at = format_put_text(at, info.system, strnlen(info.system, sizeof info.system));
    uint64_t there = 0;
    for (int i = 0; i < OPERATION_COUNT; i++)
        there |= (uint64_t)is_there(self, &kOperations[i]) << i;
    at = format_put_unsigned(at, there);
    finish_record(self, record, body, at, RECORD_START);
    return HDBG_OK;
}

hdbg_status hdbg_kernel_record(hdbg_kernel *kernel, const char *path, hdbg_kernel **recorded)
{
    *recorded = NULL;
    if (kernel == NULL || path == NULL || kernel->ops->version != HDBG_KERNEL_VERSION)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot record a kernel: none is given, or one of another version");
    recorder *self = calloc(1, sizeof *self);
    if (self == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "cannot record into %s: out of memory", path);
    self->kernel = (hdbg_kernel){&self->ops, self};
    self->inner = kernel;
    make_table(self);
    checksum_init(&self->sum);
    if (pthread_key_create(&self->thread, NULL) != 0) {
        free(self);
        return hdbg_fail(HDBG_NO_MEMORY, "cannot record into %s: no key for the data of threads is left",
                         path);
    }
    pthread_mutex_init(&self->lock, NULL);
    hdbg_status status = output_open(&self->out, path);
    if (status == HDBG_OK)
        status = write_start(self);
    if (status != HDBG_OK) {
        output_close(&self->out);
        pthread_mutex_destroy(&self->lock);
        pthread_key_delete(self->thread);
        free(self);
        return status;
    }
    *recorded = &self->kernel;
    return HDBG_OK;
}

static recorder *recorder_of(hdbg_kernel *kernel)
{
    return kernel != NULL && kernel->ops != NULL && kernel->ops->destroy == destroy ? kernel->context : NULL;
}

hdbg_status hdbg_kernel_record_status(hdbg_kernel *kernel)
{
    recorder *self = recorder_of(kernel);
    if (self == NULL)
        return hdbg_fail(HDBG_BAD_VALUE, "cannot tell of a recording: the kernel is not recorded");
    pthread_mutex_lock(&self->lock);
    hdbg_status status = self->out.status;
    if (status != HDBG_OK)
        hdbg_fail(status, "%s (%s)", self->out.error, self->out.path);
    pthread_mutex_unlock(&self->lock);
    return status;
}

const char *hdbg_kernel_record_path(hdbg_kernel *kernel)
{
    recorder *self = recorder_of(kernel);
    return self != NULL ? self->out.path : NULL;
}

hdbg_status recorder_of_environment(hdbg_status created, hdbg_kernel **kernel)
{
    const char *path = getenv("HAIKUDBG_RECORD");
    /* Who runs with more rights than its caller writes no files for that. */
    bool wanted = path != NULL && *path != '\0' && getuid() == geteuid() && getgid() == getegid();
    if (created != HDBG_OK || !wanted)
        return created;
    hdbg_kernel *inner = *kernel;
    hdbg_status status = hdbg_kernel_record(inner, path, kernel);
    if (status != HDBG_OK)
        hdbg_kernel_destroy(inner);
    return status;
}

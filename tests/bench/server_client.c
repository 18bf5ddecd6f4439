/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The client: how servers are started, and packets.
 */
#define _GNU_SOURCE
#include "server_client.h"

#include "bench.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_SECONDS = 30, PORT_TEXT = 32, ROOM = 1 << 16, RIP = 0x10 };

/* ---- starting ---- */

static bool fail(struct bench_client *client, const char *what)
{
    static const char *const kNames[] = {"hdbg-server", "gdbserver", "lldb-server-14"};
    if (!client->failed)
        fprintf(stderr, "hdbg-bench: %s: %s\n", kNames[client->kind], what);
    client->failed = true;
    return false;
}

/* A port that nobody listens at. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                 getsockname(fd, (struct sockaddr *)&address, &size) == 0;
    close(fd);
    return bound ? ntohs(address.sin_port) : -1;
}

/* Never returns. `debuggee`: NULL if the server is to attach later. */
static void become_server(enum server_kind kind, const char *where, const char *debuggee)
{
    static const char *const kServers[][3] = {
        [SERVER_OURS] = {HDBG_TEST_TOOLS "/hdbg-server", NULL},
        [SERVER_GDB] = {"gdbserver", NULL},
        [SERVER_LLDB] = {"lldb-server-14", "gdbserver", NULL},
    };
    const char *arguments[16];
    char self[16]; /* the debuggee's parent */
    int count = 0;
    snprintf(self, sizeof self, "%d", (int)getpid());
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const char *const *word = kServers[kind]; *word != NULL; word++)
        arguments[count++] = *word;
    if (kind != SERVER_LLDB)
        arguments[count++] = debuggee != NULL ? "--once" : "--multi";
    arguments[count++] = where;
    if (debuggee != NULL) {
        if (kind == SERVER_LLDB)
            arguments[count++] = "--";
        arguments[count++] = bench_program;
        arguments[count++] = "--child";
        arguments[count++] = debuggee;
        arguments[count++] = self;
    }
    arguments[count] = NULL;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    execvp(arguments[0], (char *const *)arguments);
    _exit(127);
}

/* Tries until the server listens. */
static bool connect_to(struct bench_client *client, int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    double end = bench_now() + PATIENCE_SECONDS;
    int one = 1;
    while (bench_now() < end) {
        client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(client->fd, (struct sockaddr *)&address, sizeof address) == 0) {
            struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
            setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            return true;
        }
        close(client->fd);
        client->fd = -1;
        if (waitpid(client->server, NULL, WNOHANG) == client->server) {
            client->server = -1;
            return fail(client, "it does not start");
        }
        usleep(1000);
    }
    return fail(client, "it does not listen");
}

static void greet(struct bench_client *client)
{
    client_ask(client, "qSupported:swbreak+;hwbreak+;vContSupported+;xmlRegisters=i386");
    const char *size = strstr(client->payload, "PacketSize=");
    client->packet_size = size != NULL ? strtoul(size + strlen("PacketSize="), NULL, 16) : 0;
    if (client->packet_size < 256)
        fail(client, "it does not say how large packets may be");
    client_expect(client, "OK", "QStartNoAckMode");
    client->no_ack = true;
}

static bool start(struct bench_client *client, enum server_kind kind, const char *debuggee)
{
    char where[PORT_TEXT];
    int port = free_port();
    memset(client, 0, sizeof *client);
    client->kind = kind;
    client->fd = -1;
    client->room = ROOM;
    client->received = malloc(ROOM);
    client->payload = "";
    snprintf(where, sizeof where, "127.0.0.1:%d", port);
    client->server = fork();
    if (client->server == 0)
        become_server(kind, where, debuggee);
    if (client->server > 0 && connect_to(client, port))
        greet(client);
    return !client->failed;
}

bool client_launch(struct bench_client *client, enum server_kind kind, const char *debuggee)
{
    return start(client, kind, debuggee);
}

bool client_wait(struct bench_client *client, enum server_kind kind)
{
    return start(client, kind, NULL);
}

void client_end(struct bench_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    if (client->server > 0) {
        kill(client->server, SIGKILL);
        waitpid(client->server, NULL, 0);
    }
    free(client->received);
    free(client->text);
    memset(client, 0, sizeof *client);
    client->fd = -1;
}

/* ---- packets ---- */

static void send_packet(struct bench_client *client, const char *format, va_list arguments)
{
    char frame[1024];
    uint8_t sum = 0;
    frame[0] = '$';
    int size = vsnprintf(frame + 1, sizeof frame - 4, format, arguments) + 1;
    for (int i = 1; i < size; i++)
        sum += (uint8_t)frame[i];
    size += snprintf(frame + size, 4, "#%02x", sum);
    if (send(client->fd, frame, (size_t)size, MSG_NOSIGNAL) != size)
        fail(client, "it has gone");
}

/* Reads more bytes. */
static bool receive(struct bench_client *client)
{
    if (client->count == client->room) {
        char *more = realloc(client->received, 2 * client->room);
        if (more == NULL)
            return fail(client, "out of memory");
        client->received = more;
        client->room *= 2;
    }
    ssize_t got = recv(client->fd, client->received + client->count, client->room - client->count, 0);
    if (got <= 0)
        return fail(client, "it has gone, or does not answer");
    client->count += (size_t)got;
    return true;
}

/* gdbserver writes a run of one character as that, an asterisk and how often more, plus 29. */
static void expand_runs(struct bench_client *client)
{
    size_t size = 0;
    const char *at = client->payload, *end = at + client->size;
    for (; at < end; at++) {
        size_t more = *at == '*' && size > 0 && at + 1 < end ? (size_t)(uint8_t) * ++at - 29 : 0;
        char *text = client->text;
        if (size + more + 2 > client->text_room) {
            client->text_room = 2 * (size + more + 2);
            text = client->text = realloc(client->text, client->text_room);
        }
        if (text == NULL) {
            fail(client, "out of memory");
            return;
        }
        memset(text + size, more > 0 ? text[size - 1] : *at, more > 0 ? more : 1);
        size += more > 0 ? more : 1;
        text[size] = '\0';
    }
    client->payload = client->text;
    client->size = size;
}

/* Waits for the next packet. Checksums are not looked at: TCP has its own. */
static void next_packet(struct bench_client *client)
{
    client->count -= client->used;
    memmove(client->received, client->received + client->used, client->count);
    client->used = client->size = 0;
    client->payload = "";
    size_t begin = 0, at = 0;
    bool inside = false;
    for (;;) {
        while (!inside && at < client->count)
            inside = client->received[at++] == '$';
        begin = inside && begin == 0 ? at : begin;
        char *end = inside ? memchr(client->received + at, '#', client->count - at) : NULL;
        if (end != NULL && (size_t)(end - client->received) + 3 <= client->count) {
            *end = '\0';
            client->payload = client->received + begin;
            client->size = (size_t)(end - client->payload);
            client->used = begin + client->size + 3;
            if (!client->no_ack && send(client->fd, "+", 1, MSG_NOSIGNAL) != 1)
                fail(client, "it has gone");
            if (client->kind == SERVER_GDB && memchr(client->payload, '*', client->size) != NULL)
                expand_runs(client);
            return;
        }
        at = end != NULL ? (size_t)(end - client->received) : client->count;
        if (!receive(client))
            return;
    }
}

static void ask(struct bench_client *client, const char *format, va_list arguments)
{
    if (client->failed)
        return;
    send_packet(client, format, arguments);
    if (!client->failed)
        next_packet(client);
    while (!client->failed && client->payload[0] == 'O' && client->payload[1] != 'K')
        next_packet(client); /* what the debuggee prints */
}

const char *client_ask(struct bench_client *client, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ask(client, format, arguments);
    va_end(arguments);
    return client->payload;
}

void client_expect(struct bench_client *client, const char *beginning, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ask(client, format, arguments);
    va_end(arguments);
    if (client->failed || strncmp(client->payload, beginning, strlen(beginning)) == 0)
        return;
    char text[256];
    snprintf(text, sizeof text, "it answers '%.60s' to '%.60s', not '%s'", client->payload, format,
             beginning);
    fail(client, text);
}

pid_t client_thread(const struct bench_client *client)
{
    const char *found = strstr(client->payload, "thread:");
    return found != NULL ? (pid_t)strtol(found + strlen("thread:"), NULL, 16) : 0;
}

uint64_t client_pc(const struct bench_client *client)
{
    char name[8];
    uint64_t pc = 0;
    snprintf(name, sizeof name, "%02x:", RIP);
    const char *found = client->size > 3 ? strstr(client->payload + 3, name) : NULL;
    while (found != NULL && found[-1] != ';' && found != client->payload + 3)
        found = strstr(found + 1, name);
    for (int i = 0; found != NULL && i < 8; i++) {
        char digits[3] = {found[3 + 2 * i], found[4 + 2 * i], '\0'};
        pc |= (uint64_t)strtoul(digits, NULL, 16) << 8 * i;
    }
    return pc;
}

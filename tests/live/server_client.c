/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A small client of hdbg-server.
 */
#define _GNU_SOURCE
#include "server_client.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

enum { PATIENCE_MILLISECONDS = 60000 };

/* ---- bytes ---- */

void client_send_raw(struct server_client *client, const char *bytes, size_t size)
{
    while (size != 0) {
        ssize_t sent = write(client->run.input, bytes, size);
        assert_true(sent > 0);
        bytes += sent;
        size -= (size_t)sent;
    }
}

static void send_packet(struct server_client *client, const char *text)
{
    uint8_t sum = 0;
    char *frame;
    for (const char *at = text; *at != '\0'; at++)
        sum += (uint8_t)*at;
    int size = asprintf(&frame, "$%s#%02x", text, sum);
    assert_true(size > 0);
    client_send_raw(client, frame, (size_t)size);
    free(frame);
}

static char next_byte(struct server_client *client)
{
    struct pollfd polled = {.fd = client->run.output, .events = POLLIN};
    char byte;
    if (poll(&polled, 1, PATIENCE_MILLISECONDS) != 1)
        fail_msg("hdbg-server does not answer");
    if (read(client->run.output, &byte, 1) != 1)
        fail_msg("hdbg-server has gone");
    return byte;
}

const char *client_receive(struct server_client *client)
{
    uint8_t sum = 0;
    char byte;
    do
        byte = next_byte(client);
    while (byte != '$' && byte != '%'); /* acknowledgements */
    client->notified = byte == '%';
    client->size = 0;
    while ((byte = next_byte(client)) != '#') {
        sum += (uint8_t)byte;
        if (byte == '}') {
            byte = next_byte(client);
            sum += (uint8_t)byte;
            byte ^= 0x20;
        }
        client->answer = realloc(client->answer, client->size + 2);
        assert_non_null(client->answer);
        client->answer[client->size++] = byte;
    }
    if (client->size == 0 && client->answer == NULL)
        client->answer = calloc(1, 1);
    client->answer[client->size] = '\0';
    char digits[3] = {next_byte(client), next_byte(client), '\0'};
    assert_int_equal(strtoul(digits, NULL, 16), sum);
    return client->answer;
}

/* ---- packets ---- */

void client_send(struct server_client *client, const char *format, ...)
{
    va_list arguments;
    char *text;
    va_start(arguments, format);
    assert_true(vasprintf(&text, format, arguments) >= 0);
    va_end(arguments);
    send_packet(client, text);
    free(text);
}

const char *client_ask(struct server_client *client, const char *format, ...)
{
    va_list arguments;
    char *text;
    va_start(arguments, format);
    assert_true(vasprintf(&text, format, arguments) >= 0);
    va_end(arguments);
    send_packet(client, text);
    free(text);
    return client_receive(client);
}

void client_expect(struct server_client *client, const char *beginning)
{
    if (strncmp(client->answer, beginning, strlen(beginning)) != 0)
        fail_msg("the answer is '%.200s', not '%s'", client->answer, beginning);
}

uint64_t client_field(const struct server_client *client, const char *name)
{
    const char *found = strstr(client->answer, name);
    return found != NULL ? strtoull(found + strlen(name) + 1, NULL, 16) : 0;
}

/* ---- the team ---- */

static void greet(struct server_client *client)
{
    client_ask(client, "qSupported:swbreak+;hwbreak+;no-resumed+;xmlRegisters=i386");
    client_expect(client, "PacketSize=20000;QStartNoAckMode+;");
    assert_string_equal(client_ask(client, "QStartNoAckMode"), "OK");
}

void client_launch(struct server_client *client, const char *option, const char *fixture,
                   const char *const *arguments)
{
    const char *argv[16] = {SERVER_TOOL};
    int count = 1;
    memset(client, 0, sizeof *client);
    snprintf(client->program, sizeof client->program, "%s%s", *fixture != '/' ? HDBG_TEST_FIXTURES "/" : "",
             fixture);
    if (option != NULL)
        argv[count++] = option;
    argv[count++] = "-";
    argv[count++] = client->program;
    for (int i = 0; arguments[i] != NULL; i++)
        argv[count++] = arguments[i];
    report_start(&client->run, argv);
    greet(client);
}

void client_serve(struct server_client *client, const char *features, const char *const *arguments)
{
    const char *argv[16] = {SERVER_TOOL};
    int count = 1;
    memset(client, 0, sizeof *client);
    while (arguments[count - 1] != NULL && count < 15) {
        argv[count] = arguments[count - 1];
        count++;
    }
    report_start(&client->run, argv);
    client_agree(client, features);
}

void client_agree(struct server_client *client, const char *features)
{
    client_ask(client, "qSupported:%s", features);
    client_expect(client, "PacketSize=20000;QStartNoAckMode+;");
    assert_string_equal(client_ask(client, "QStartNoAckMode"), "OK");
}

void client_ask_hex(struct server_client *client, const char *beginning, const char *text)
{
    char packet[4096];
    size_t size = (size_t)snprintf(packet, sizeof packet, "%s", beginning);
    for (; *text != '\0' && size < sizeof packet - 4; text++) {
        if (*text == ';')
            size += (size_t)snprintf(packet + size, sizeof packet - size, ";");
        else
            size += (size_t)snprintf(packet + size, sizeof packet - size, "%02x", (uint8_t)*text);
    }
    client_ask(client, "%s", packet);
}

void client_attach(struct server_client *client, pid_t team)
{
    char id[16];
    memset(client, 0, sizeof *client);
    snprintf(id, sizeof id, "%d", (int)team);
    report_start(&client->run, (const char *const[]){SERVER_TOOL, "--attach", "-", id, NULL});
    greet(client);
}

/* The value of an entry of the auxiliary vector. */
static uint64_t auxiliary(struct server_client *client, uint64_t number)
{
    uint64_t entry[2];
    client_ask(client, "qXfer:auxv:read::0,1000");
    client_expect(client, "l");
    for (size_t at = 1; at + sizeof entry <= client->size; at += sizeof entry) {
        memcpy(entry, client->answer + at, sizeof entry);
        if (entry[0] == number)
            return entry[1];
    }
    fail_msg("the auxiliary vector has no entry %d", (int)number);
    return 0;
}

uint64_t client_symbol(struct server_client *client, const char *name)
{
    enum { AT_PHDR = 3, HEADER_SIZE = 64 };
    char command[1024], line[512];
    uint64_t address = 0;
    snprintf(command, sizeof command, "nm %s", client->program);
    FILE *symbols = popen(command, "r");
    assert_non_null(symbols);
    while (fgets(line, sizeof line, symbols) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strlen(line) > 19 && strcmp(line + 19, name) == 0)
            address = strtoull(line, NULL, 16);
    }
    pclose(symbols);
    assert_true(address != 0);
    return address + auxiliary(client, AT_PHDR) - HEADER_SIZE;
}

pid_t client_team(struct server_client *client)
{
    client_ask(client, "qProcessInfo");
    return (pid_t)client_field(client, "pid");
}

uint64_t client_pc(struct server_client *client)
{
    uint64_t pc = 0;
    client_ask(client, "p10");
    for (int i = 0; i < 8; i++) {
        char digits[3] = {client->answer[2 * i], client->answer[2 * i + 1], '\0'};
        pc |= (uint64_t)strtoul(digits, NULL, 16) << 8 * i;
    }
    return pc;
}

void client_run_out(struct server_client *client, const char *end)
{
    assert_string_equal(client_ask(client, "vCont;c"), end);
    client_end(client, 0);
}

void client_go_to(struct server_client *client, const char *function)
{
    uint64_t address = client_symbol(client, function);
    assert_string_equal(client_ask(client, "Z0,%" PRIx64 ",1", address), "OK");
    client_ask(client, "vCont;c");
    client_expect(client, "T05swbreak:;");
    assert_int_equal(client_pc(client), address);
    assert_string_equal(client_ask(client, "z0,%" PRIx64 ",1", address), "OK");
}

void client_end(struct server_client *client, int status)
{
    report_finish(&client->run);
    assert_int_equal(client->run.status, status);
    report_clean(&client->run);
    free(client->answer);
    client->answer = NULL;
}

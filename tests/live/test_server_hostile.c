/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Thousands of packets that are nearly right, each of which hdbg-server has to answer, whatever it makes of
 * it; after that it debugs as before. The packets are the same in each run.
 */
#define _GNU_SOURCE
#include "server_client.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

enum { ROUNDS = 6000, LONGEST = 300 };

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* None of these lets the program go on or end, and none writes to files. */
static const char *const kSeeds[] = {
    "?",
    "!",
    "g",
    "G00112233",
    "p10",
    "P0=1122334455667788",
    "P13=2b000000",
    "p39;thread:1;",
    "Hgp1.1",
    "Hc-1",
    "T1",
    "m7ffff7fc8000,40",
    "x7ffff7fc8000,40",
    "M7ffff7fc8000,4:00112233",
    "X7ffff7fc8000,2:ab",
    "Z0,555555555000,1;X3,220127X4,22002227",
    "Z1,555555555000,1",
    "Z2,555555558000,8",
    "Z4,555555558000,4",
    "z0,555555555000,1",
    "z2,555555558000,8",
    "qSupported:multiprocess+;swbreak+;fork-events+;xmlRegisters=i386",
    "qXfer:features:read:target.xml:0,100",
    "qXfer:threads:read::0,100",
    "qXfer:auxv:read::0,100",
    "qXfer:libraries-svr4:read::0,100",
    "qXfer:libraries:read::0,100",
    "qXfer:exec-file:read:1:0,100",
    "qXfer:siginfo:read::0,80",
    "qXfer:siginfo:write::0:0123456789012345678901234567890123456789012345678901234567890123"
    "0123456789012345678901234567890123456789012345678901234567890123",
    "qXfer:osdata:read::0,100",
    "qXfer:osdata:read:images:0,100",
    "qC",
    "qfThreadInfo",
    "qsThreadInfo",
    "qThreadExtraInfo,1",
    "qThreadStopInfo1",
    "qAttached:1",
    "qRcmd,68656c70",
    "qMemoryRegionInfo:7ffff7fc8000",
    "qHostInfo",
    "qProcessInfo",
    "qProcessInfoPID:1",
    "qfProcessInfo",
    "qsProcessInfo",
    "qUserName:0",
    "qGroupName:0",
    "qGetWorkingDir",
    "qFileLoadAddress:2f6c6962",
    "qGetTLSAddr:1,10,7ffff7ffe000",
    "qSearch:memory:7ffff7fc8000;100;ELF",
    "qCRC:7ffff7fc8000,100",
    "QPassSignals:e;10;11",
    "QProgramSignals:e;10;11",
    "QCatchSyscalls:1;1;2;3",
    "QCatchSyscalls:0",
    "QThreadEvents:1",
    "QThreadSuffixSupported",
    "QListThreadsInStopReply",
    "QEnableErrorStrings",
    "QSaveRegisterState",
    "QRestoreRegisterState:1",
    "QEnvironmentHexEncoded:413d42",
    "QEnvironmentUnset:41",
    "QDisableRandomization:1",
    "QStartupWithShell:1",
    "jThreadsInfo",
    "vCont?",
    "vFile:setfs:0",
    "vFile:open:2f6574632f706173737764,0,0",
    "vFile:pread:0,40,0",
    "vFile:fstat:0",
    "vFile:close:0",
    "vFile:readlink:2f70726f632f73656c662f657865",
    "vFile:size:2f6574632f706173737764",
};

static uint64_t sRandom;

static uint64_t below(uint64_t limit)
{
    sRandom = sRandom * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (sRandom >> 33) % limit;
}

/* What a mutated packet could do that would end the test: let go, end, start, open for writing, take away. */
static bool is_dangerous(const char *packet, size_t size)
{
    static const char *const kDangerous[] = {
        "c",     "C",    "s",       "S",       "D",        "k", "R",        "vCont;",
        "vKill", "vRun", "vAttach", "vFile:u", "vFile:pw", "b", "QNonStop", "QStartNoAck"};
    for (size_t i = 0; i < sizeof kDangerous / sizeof *kDangerous; i++) {
        size_t length = strlen(kDangerous[i]);
        if (size >= length && memcmp(packet, kDangerous[i], length) == 0)
            return true;
    }
    bool opens = size >= 11 && memcmp(packet, "vFile:open:", 11) == 0;
    return opens && (size < 4 || memcmp(packet + size - 4, ",0,0", 4) != 0);
}

static size_t mutate(char packet[LONGEST])
{
    static const char kTelling[] = "0123456789abcdef,;:-.pX";
    const char *seed = kSeeds[below(sizeof kSeeds / sizeof *kSeeds)];
    size_t size = strlen(seed);
    memcpy(packet, seed, size);
    for (uint64_t changes = below(4); changes > 0 && size != 0; changes--) {
        size_t at = (size_t)below(size);
        switch (below(6)) {
        case 0: /* cut off */
            size = at;
            break;
        case 1: /* taken out */
            memmove(packet + at, packet + at + 1, --size - at);
            break;
        case 2: /* doubled */
            if (size + 1 < LONGEST) {
                memmove(packet + at + 1, packet + at, size++ - at);
            }
            break;
        case 3: /* any byte */
            packet[at] = (char)below(256);
            break;
        case 4: /* a large number */
            if (at + 16 < LONGEST) {
                memset(packet + at, 'f', 16);
                size = at + 16 > size ? at + 16 : size;
            }
            break;
        default:
            packet[at] = kTelling[below(sizeof kTelling - 1)];
        }
    }
    return size;
}

static void send(struct server_client *client, const char *packet, size_t size)
{
    char frame[2 * LONGEST + 4];
    size_t length = 0;
    uint8_t sum = 0;
    frame[length++] = '$';
    for (size_t i = 0; i < size; i++) {
        if (strchr("$#}*", packet[i]) != NULL && packet[i] != '\0') {
            frame[length++] = '}';
            frame[length++] = (char)(packet[i] ^ 0x20);
        } else {
            frame[length++] = packet[i];
        }
    }
    for (size_t i = 1; i < length; i++)
        sum += (uint8_t)frame[i];
    length += (size_t)snprintf(frame + length, 4, "#%02x", sum);
    client_send_raw(client, frame, length);
}

static void each_packet_is_answered(void **state)
{
    (void)state;
    struct server_client client;
    char packet[LONGEST];
    sRandom = 20261121;
    client_launch(&client, NULL, "watched", ARGUMENTS("work", "3", "1"));
    client_go_to(&client, "all_there"); /* several threads, all stand */
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = mutate(packet);
        if (is_dangerous(packet, size))
            continue;
        send(&client, packet, size);
        client_receive(&client);
    }
    int team = (int)client_team(&client);
    assert_string_equal(client_ask(&client, "vKill;%x", (unsigned)team), "OK");
    client_end(&client, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_packet_is_answered),
    };
    return cmocka_run_group_tests_name("Hostile packets", tests, NULL, NULL);
}

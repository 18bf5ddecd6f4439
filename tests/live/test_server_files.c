/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * vFile: files of the server's machine, in all the ways in which a client may open, read, write and misuse
 * them.
 */
#define _GNU_SOURCE
#include "gdb_run.h"
#include "server_client.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define COMMANDS(...)  ARGUMENTS(__VA_ARGS__)

enum { WRITE_ONLY = 1, READ_WRITE = 2, APPEND = 8, CREATE = 0x200, TRUNCATE = 0x400, EXCLUSIVE = 0x800 };

/* A server whose program waits, and a folder for its client. */
static char sFolder[64];

static void start(struct server_client *client)
{
    snprintf(sFolder, sizeof sFolder, "/tmp/hdbg-server-files-XXXXXX");
    assert_non_null(mkdtemp(sFolder));
    client_launch(client, NULL, "server_cases", ARGUMENTS("count", "1"));
}

static void end(struct server_client *client)
{
    char command[128];
    client_run_out(client, "W2a");
    snprintf(command, sizeof command, "rm -r %s", sFolder);
    assert_int_equal(system(command), 0);
}

/* A path in hexadecimal; one that does not begin with a slash is in the folder. Valid until the next call. */
static const char *hex(const char *path)
{
    static char digits[1024];
    char whole[256];
    snprintf(whole, sizeof whole, "%s%s%s", *path == '/' ? "" : sFolder, *path == '/' ? "" : "/", path);
    for (size_t i = 0; whole[i] != '\0'; i++)
        snprintf(digits + 2 * i, 3, "%02x", (uint8_t)whole[i]);
    return digits;
}

static const char *open_file(struct server_client *client, const char *path, int flags, int mode)
{
    return client_ask(client, "vFile:open:%s,%x,%x", hex(path), flags, mode);
}

static void files_are_created_written_and_read(void **state)
{
    (void)state;
    struct server_client client;
    struct stat info;
    char path[128];
    start(&client);
    assert_string_equal(open_file(&client, "new", WRITE_ONLY | CREATE | EXCLUSIVE, 0640), "F0");
    assert_string_equal(client_ask(&client, "vFile:pwrite:0,0,hello"), "F5");
    assert_string_equal(client_ask(&client, "vFile:pwrite:0,3,p!"), "F2");
    assert_string_equal(client_ask(&client, "vFile:close:0"), "F0");
    snprintf(path, sizeof path, "%s/new", sFolder);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_string_equal(open_file(&client, "new", 0, 0), "F0");
    assert_string_equal(client_ask(&client, "vFile:pread:0,64,0"), "F5;help!");
    assert_string_equal(client_ask(&client, "vFile:pread:0,64,3"), "F2;p!");
    assert_string_equal(client_ask(&client, "vFile:pread:0,64,5"), "F0;"); /* the end */
    assert_string_equal(client_ask(&client, "vFile:close:0"), "F0");
    assert_string_equal(client_ask(&client, "vFile:size:%s", hex("new")), "F5");
    assert_string_equal(client_ask(&client, "vFile:mode:%s", hex("new")), "F1a0");
    assert_string_equal(client_ask(&client, "vFile:exists:%s", hex("new")), "F,1");
    assert_string_equal(client_ask(&client, "vFile:unlink:%s", hex("new")), "F0");
    assert_string_equal(client_ask(&client, "vFile:unlink:%s", hex("new")), "F-1,2");
    assert_string_equal(client_ask(&client, "vFile:exists:%s", hex("new")), "F,0");
    assert_string_equal(client_ask(&client, "vFile:size:%s", hex("new")), "F-1,2");
    end(&client);
}

static void flags_are_heeded(void **state)
{
    (void)state;
    struct server_client client;
    start(&client);
    assert_string_equal(open_file(&client, "file", WRITE_ONLY, 0600), "F-1,2"); /* not created */
    assert_string_equal(open_file(&client, "file", WRITE_ONLY | CREATE, 0600), "F0");
    assert_string_equal(client_ask(&client, "vFile:pwrite:0,0,12345678"), "F8");
    assert_string_equal(client_ask(&client, "vFile:pread:0,1,0"), "F-1,9"); /* not open for that */
    assert_string_equal(open_file(&client, "file", WRITE_ONLY | CREATE | EXCLUSIVE, 0600),
                        "F-1,11"); /* there */
    assert_string_equal(open_file(&client, "file", READ_WRITE | APPEND, 0), "F1");
    assert_string_equal(client_ask(&client, "vFile:pwrite:1,0,9"), "F1"); /* at the end, on Linux */
    assert_string_equal(client_ask(&client, "vFile:pread:1,20,0"), "F9;123456789");
    assert_string_equal(open_file(&client, "file", READ_WRITE | TRUNCATE, 0), "F2");
    assert_string_equal(client_ask(&client, "vFile:pread:2,20,0"), "F0;");
    assert_string_equal(client_ask(&client, "vFile:pwrite:2,0,x"), "F1");
    assert_string_equal(open_file(&client, "file", 0, 0), "F3");
    assert_string_equal(client_ask(&client, "vFile:pwrite:3,0,y"), "F-1,9");
    assert_string_equal(client_ask(&client, "vFile:pread:3,20,0"), "F1;x");
    end(&client);
}

static void a_full_disk_is_told_as_that(void **state)
{
    (void)state;
    struct server_client client;
    start(&client);
    assert_string_equal(open_file(&client, "/dev/full", WRITE_ONLY, 0), "F0");
    assert_string_equal(client_ask(&client, "vFile:pwrite:0,0,some"), "F-1,1c"); /* ENOSPC */
    assert_string_equal(client_ask(&client, "vFile:close:0"), "F0");
    end(&client);
}

/* The mode of an fstat's answer: the third word of 4 bytes, behind "F40;". */
static unsigned mode_of(struct server_client *client, const char *path)
{
    const uint8_t *word;
    assert_string_equal(open_file(client, path, 0, 0), "F0");
    client_ask(client, "vFile:fstat:0");
    client_expect(client, "F40;");
    assert_int_equal(client->size, 4 + 64);
    word = (const uint8_t *)client->answer + 4 + 8;
    unsigned mode = (unsigned)word[0] << 24 | (unsigned)word[1] << 16 | (unsigned)word[2] << 8 | word[3];
    assert_string_equal(client_ask(client, "vFile:close:0"), "F0");
    return mode;
}

static void special_files_say_what_they_are(void **state)
{
    (void)state;
    struct server_client client;
    char path[128];
    start(&client);
    assert_int_equal(mode_of(&client, "/") & 0170000, 040000);
    assert_int_equal(mode_of(&client, "/dev/null"), 020666);
    assert_int_equal(mode_of(&client, "/proc/self/exe") & 0170000, 0100000);
    snprintf(path, sizeof path, "%s/fifo", sFolder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(mode_of(&client, "fifo"), 0600); /* the protocol knows no fifos; it is not waited for */
    assert_string_equal(open_file(&client, "fifo", WRITE_ONLY, 0), "F-1,270f"); /* nobody reads it */
    assert_string_equal(open_file(&client, "fifo", 0, 0), "F0");
    assert_string_equal(client_ask(&client, "vFile:pread:0,1,0"), "F-1,1d"); /* ESPIPE */
    assert_string_equal(client_ask(&client, "vFile:close:0"), "F0");
    assert_string_equal(open_file(&client, "/", WRITE_ONLY, 0), "F-1,15"); /* a folder */
    assert_string_equal(open_file(&client, "/", 0, 0), "F0");
    assert_string_equal(client_ask(&client, "vFile:pread:0,1,0"), "F-1,15");
    assert_string_equal(client_ask(&client, "vFile:close:0"), "F0");
    assert_string_equal(open_file(&client, "/etc/passwd/x", 0, 0), "F-1,14"); /* no folder */
    end(&client);
}

static void there_is_an_end_to_open_files(void **state)
{
    (void)state;
    struct server_client client;
    char wanted[16];
    start(&client);
    for (int i = 0; i < 64; i++) {
        snprintf(wanted, sizeof wanted, "F%x", (unsigned)i);
        assert_string_equal(open_file(&client, "/dev/null", 0, 0), wanted);
    }
    assert_string_equal(open_file(&client, "/dev/null", 0, 0), "F-1,18"); /* EMFILE */
    assert_string_equal(client_ask(&client, "vFile:close:11"), "F0");
    assert_string_equal(open_file(&client, "/dev/null", 0, 0), "F11");
    end(&client);
}

static void packets_about_files_that_make_no_sense_are_errors(void **state)
{
    (void)state;
    static const char *const kBad[] = {"open:",
                                       "open:zz,0,0",
                                       "open:2f,0",
                                       "open:2f00,0,0", /* a path with a NUL */
                                       "open:2,0,0",
                                       "close:",
                                       "close:ffffffffffffffff",
                                       "close:40",
                                       "close:-1",
                                       "pread:0,1,0",
                                       "pread:",
                                       "pwrite:0,0,x",
                                       "pwrite:0",
                                       "fstat:0",
                                       "fstat:",
                                       "readlink:",
                                       "readlink:2f6e6f7065",
                                       "unlink:zz",
                                       "unlink:",
                                       "size:zz",
                                       "mode:",
                                       "setfs:zz"};
    struct server_client client;
    start(&client);
    for (size_t i = 0; i < sizeof kBad / sizeof *kBad; i++) {
        client_ask(&client, "vFile:%s", kBad[i]);
        client_expect(&client, "F-1,");
    }
    assert_string_equal(client_ask(&client, "vFile:nonsense:1"), "");
    assert_string_equal(open_file(&client, "/etc/passwd", 0, 0), "F0");
    client_ask(&client, "vFile:pread:0,1,ffffffffffffffff");
    client_expect(&client, "F-1,");
    client_ask(&client, "vFile:pread:0,ffffffffffffffff,0"); /* as much as there is */
    client_expect(&client, "F");
    assert_true(client.size > 4);
    end(&client);
}

static void gdb_puts_and_gets_files(void **state)
{
    (void)state;
    struct report_run run;
    char put[160], get[160], compare[160];
    snprintf(sFolder, sizeof sFolder, "/tmp/hdbg-server-files-XXXXXX");
    assert_non_null(mkdtemp(sFolder));
    snprintf(put, sizeof put, "remote put " HDBG_TEST_FIXTURES "/server_cases %s/there", sFolder);
    snprintf(get, sizeof get, "remote get %s/there %s/here", sFolder, sFolder);
    snprintf(compare, sizeof compare, "shell cmp %s/here " HDBG_TEST_FIXTURES "/server_cases && echo same",
             sFolder);
    gdb_all(&run, NULL, "- " HDBG_TEST_FIXTURES "/server_cases count 1",
            COMMANDS(put, get, compare, "remote put /etc/passwd /dev/full", "kill"));
    report_expect(run.output_text, "same\n");
    report_expect(run.error_text, "No space left on device");
    report_clean(&run);
    snprintf(compare, sizeof compare, "rm -r %s", sFolder);
    assert_int_equal(system(compare), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_created_written_and_read),
        cmocka_unit_test(flags_are_heeded),
        cmocka_unit_test(a_full_disk_is_told_as_that),
        cmocka_unit_test(special_files_say_what_they_are),
        cmocka_unit_test(there_is_an_end_to_open_files),
        cmocka_unit_test(packets_about_files_that_make_no_sense_are_errors),
        cmocka_unit_test(gdb_puts_and_gets_files),
    };
    return cmocka_run_group_tests_name("Files through hdbg-server", tests, NULL, NULL);
}

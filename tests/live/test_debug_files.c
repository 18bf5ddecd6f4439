/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Debug information that is not in the program: separate files, compressed, shared by dwz, from a debuginfod
 * server. The files are made by the tools that distributions make them with.
 */
#include "live/variables_seen.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static inspected gIt;
static char gFolder[64];
static seen_variables gSeen;

static int begin(void **state)
{
    (void)state;
    snprintf(gFolder, sizeof gFolder, "/tmp/hdbg-debug-files-XXXXXX");
    return mkdtemp(gFolder) == NULL;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    if (gIt.session != NULL)
        inspected_end(&gIt);
    memset(&gIt, 0, sizeof gIt);
    snprintf(command, sizeof command, "rm -rf %s", gFolder);
    return system(command) != 0;
}

/* Runs a command in the test's folder; $F is where the fixtures are. @return whether it went well. */
static int run(const char *command)
{
    char line[2048];
    snprintf(line, sizeof line, "cd %s && F=%s && %s", gFolder, HDBG_TEST_FIXTURES, command);
    return system(line) == 0;
}

/* Skips the test if a tool is not there, or cannot do what is asked of it. */
static void need(const char *command)
{
    if (!run(command))
        skip();
}

/* Launches a program of the test's folder, with a folder `debug` in it for debug files. */
static void start(const char *program, uint32_t flags)
{
    static char endless[5000]; /* a folder's name that is longer than any can be */
    char path[128], debug[128];
    snprintf(path, sizeof path, "%s/%s", gFolder, program);
    snprintf(debug, sizeof debug, "%s/debug", gFolder);
    memset(endless, '/', sizeof endless - 1);
    const char *arguments[] = {path, NULL}, *roots[] = {endless, debug, NULL};
    hdbg_debug_info_options options = {.size = sizeof options, .roots = roots, .flags = flags};
    inspected_launch(&gIt, path, arguments);
    OK(hdbg_session_set_debug_info(gIt.session, &options));
    OK(hdbg_team_resume(gIt.team));
    inspected_run_to(&gIt, HDBG_EVENT_BREAKPOINT_HIT);
}

static int take_line(void *context, size_t depth, const hdbg_source_line *line)
{
    (void)depth;
    snprintf(context, 256, "%s", line->function != NULL ? line->function : "");
    assert_int_not_equal(line->line, 0);
    return 1;
}

/* The second frame is numbers(), and its variables are as in its source. */
static void expect_numbers(void)
{
    char function[256] = "";
    hdbg_stack *stack = NULL;
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    OK(hdbg_source_at(gIt.team, hdbg_stack_frame(stack, 1)->pc - 1, take_line, function));
    hdbg_stack_free(stack);
    assert_string_equal(function, "numbers");
    seen_gather(&gIt, "numbers", NULL, &gSeen);
    assert_string_equal(seen_find(&gSeen, "large")->value, "-1234567890123");
    assert_string_equal(seen_find(&gSeen, "letter")->type, "char");
}

static void a_debug_file_is_found_by_its_link(void **state)
{
    (void)state;
    need("objcopy --only-keep-debug $F/variables_c p.debug && "
         "objcopy --strip-all --remove-section=.note.gnu.build-id --add-gnu-debuglink=p.debug $F/variables_c "
         "p");
    start("p", 0);
    expect_numbers();
}

static void a_debug_file_is_found_in_the_folder_beside_the_program(void **state)
{
    (void)state;
    need("mkdir .debug && objcopy --only-keep-debug $F/variables_c .debug/p.debug && "
         "objcopy --strip-all --remove-section=.note.gnu.build-id --add-gnu-debuglink=.debug/p.debug "
         "$F/variables_c p");
    start("p", 0);
    expect_numbers();
}

/* The file of a build-id, as folders of debug files have it. */
#define BY_BUILD_ID                                                                                          \
    "id=$(readelf -n p 2>/dev/null | sed -n 's/.*Build ID: //p') && "                                        \
    "dir=debug/.build-id/$(echo $id | cut -c1-2) && mkdir -p $dir && "                                       \
    "file=$dir/$(echo $id | cut -c3-).debug && "

static void a_debug_file_is_found_by_its_build_id(void **state)
{
    (void)state;
    need("objcopy --strip-all $F/variables_c p && " BY_BUILD_ID
         "objcopy --only-keep-debug $F/variables_c $file");
    start("p", 0);
    expect_numbers();
}

static void a_debug_file_of_another_build_is_not_taken(void **state)
{
    (void)state;
    hdbg_stack *stack = NULL;
    char function[256];
    need("objcopy --strip-all $F/variables_c p && " BY_BUILD_ID
         "objcopy --only-keep-debug $F/variables_cpp $file");
    start("p", 0);
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    assert_int_equal(hdbg_source_at(gIt.team, hdbg_stack_frame(stack, 1)->pc - 1, take_line, function),
                     HDBG_NAME_NOT_FOUND);
    hdbg_stack_free(stack);
}

static void sections_compressed_with_zlib_are_read(void **state)
{
    (void)state;
    need("objcopy --compress-debug-sections=zlib $F/variables_c p");
    start("p", 0);
    expect_numbers();
}

static void sections_compressed_as_gnu_did_are_read(void **state)
{
    (void)state;
    need("objcopy --compress-debug-sections=zlib-gnu $F/variables_c p");
    start("p", 0);
    expect_numbers();
}

static void sections_compressed_with_zstd_are_read(void **state)
{
    (void)state;
    need("objcopy --compress-debug-sections=zstd $F/variables_c p 2>/dev/null");
    start("p", 0);
    expect_numbers();
}

/* The second frame is a method of C++, whose types other programs have too. */
static void expect_area(void)
{
    char function[256] = "";
    hdbg_stack *stack = NULL;
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    OK(hdbg_source_at(gIt.team, hdbg_stack_frame(stack, 1)->pc - 1, take_line, function));
    hdbg_stack_free(stack);
    assert_string_equal(function, "shapes::Circle::area");
    seen_gather(&gIt, "shapes::Circle::area", NULL, &gSeen);
    assert_string_equal(seen_find(&gSeen, "result")->value, "1200");
    assert_string_equal(seen_find(&gSeen, "result")->type, "int");
    assert_non_null(strstr(seen_find(&gSeen, "this")->value, "fName = \"circle\"}"));
}

static void what_dwz_has_put_into_a_file_of_its_own_is_read(void **state)
{
    (void)state;
    hdbg_debug_info info = {.size = sizeof info};
    need("cp $F/variables_cpp p && cp $F/variables_cpp_optimised q && "
         "dwz -m common.debug -M common.debug p q 2>/dev/null && readelf -S p | grep -q gnu_debugaltlink");
    start("p", 0);
    expect_area();
    hdbg_image_list *images = NULL;
    OK(hdbg_image_list_get(gIt.team, &images));
    OK(hdbg_image_debug_info(gIt.team, hdbg_image_list_at(images, 0)->id, &info));
    hdbg_image_list_free(images);
    assert_string_equal(strrchr(info.alternate, '/'), "/common.debug");
}

static void dwz_s_file_is_found_by_its_build_id(void **state)
{
    (void)state;
    need("cp $F/variables_cpp p && cp $F/variables_cpp_optimised q && "
         "dwz -m common.debug -M /nowhere/common.debug p q 2>/dev/null");
    need("id=$(readelf -n common.debug 2>/dev/null | sed -n 's/.*Build ID: //p') && "
         "dir=debug/.build-id/$(echo $id | cut -c1-2) && mkdir -p $dir && "
         "mv common.debug $dir/$(echo $id | cut -c3-).debug");
    start("p", 0);
    expect_area();
}

static void dwz_s_file_of_another_build_is_not_taken(void **state)
{
    (void)state;
    hdbg_debug_info info = {.size = sizeof info};
    hdbg_image_list *images = NULL;
    need("cp $F/variables_cpp p && cp $F/variables_cpp_optimised q && "
         "dwz -m common.debug -M common.debug p q 2>/dev/null && cp $F/variables_c common.debug");
    start("p", 0);
    OK(hdbg_image_list_get(gIt.team, &images));
    OK(hdbg_image_debug_info(gIt.team, hdbg_image_list_at(images, 0)->id, &info));
    hdbg_image_list_free(images);
    assert_string_equal(info.alternate, "");
}

static void without_dwz_s_file_there_is_less_and_no_harm(void **state)
{
    (void)state;
    char function[256] = "";
    hdbg_stack *stack = NULL;
    need("cp $F/variables_cpp p && cp $F/variables_cpp_optimised q && "
         "dwz -m common.debug -M common.debug p q 2>/dev/null && rm common.debug");
    start("p", 0);
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    OK(hdbg_source_at(gIt.team, hdbg_stack_frame(stack, 1)->pc - 1, take_line, function));
    OK(hdbg_variables_visit(stack, 1, NULL, seen_take, (gSeen.count = 0, &gSeen)));
    hdbg_stack_free(stack);
}

/* ---- debuginfod ---- */

static pid_t gServer;

/* Starts the real server on the loopback interface, and waits until it has looked through its folder. */
static void start_server(int port)
{
    char command[512], wait[256];
    gServer = fork();
    if (gServer == 0) {
        snprintf(command, sizeof command, "cd %s && exec debuginfod -d server.db -p %d -F served -t 0",
                 gFolder, port);
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    snprintf(
        wait, sizeof wait,
        "for i in $(seq 600); do curl -s 127.0.0.1:%d/metrics 2>/dev/null | grep -q "
        "'thread_work_total{role=\"groom\"} [1-9]' && exit 0; kill -0 %d || exit 1; sleep 0.05; done; exit 1",
        port, (int)gServer);
    assert_true(run(wait));
}

static int end_server(void **state)
{
    if (gServer > 0) {
        kill(gServer, SIGKILL);
        waitpid(gServer, NULL, 0);
    }
    gServer = 0;
    unsetenv("DEBUGINFOD_URLS");
    unsetenv("DEBUGINFOD_CACHE_PATH");
    return end(state);
}

static void serve_variables_c(int port)
{
    char text[128];
    need("command -v debuginfod >/dev/null && command -v debuginfod-find >/dev/null && "
         "command -v curl >/dev/null");
    need("objcopy --strip-all $F/variables_c p && mkdir served cache && "
         "objcopy --only-keep-debug $F/variables_c served/p.debug");
    start_server(port);
    snprintf(text, sizeof text, "http://127.0.0.1:%d", port);
    setenv("DEBUGINFOD_URLS", text, 1);
    snprintf(text, sizeof text, "%s/cache", gFolder);
    setenv("DEBUGINFOD_CACHE_PATH", text, 1);
}

static void a_server_is_asked_for_what_is_not_there(void **state)
{
    (void)state;
    serve_variables_c(20000 + (int)getpid() % 20000);
    start("p", HDBG_DEBUG_INFO_DOWNLOAD);
    expect_numbers();
}

static void no_server_is_asked_without_being_told_to(void **state)
{
    (void)state;
    hdbg_stack *stack = NULL;
    char function[256];
    serve_variables_c(20000 + (int)getpid() % 20000 + 1);
    start("p", 0);
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    assert_int_equal(hdbg_source_at(gIt.team, hdbg_stack_frame(stack, 1)->pc - 1, take_line, function),
                     HDBG_NAME_NOT_FOUND);
    hdbg_stack_free(stack);
    assert_true(run("test -z \"$(ls cache)\""));
}

static void a_server_that_does_not_answer_is_given_up(void **state)
{
    (void)state;
    hdbg_stack *stack = NULL;
    char function[256];
    need("mkdir bin cache && printf '#!/bin/sh\\nsleep 1000\\n' >bin/debuginfod-find && "
         "chmod +x bin/debuginfod-find && objcopy --strip-all $F/variables_c p");
    char path[4096], *old = strdup(getenv("PATH"));
    snprintf(path, sizeof path, "%s/bin:%s", gFolder, old);
    start("p", 0);
    setenv("PATH", path, 1);
    hdbg_debug_info_options options = {
        .size = sizeof options, .flags = HDBG_DEBUG_INFO_DOWNLOAD, .download_timeout = 100000};
    OK(hdbg_session_set_debug_info(gIt.session, &options));
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    assert_int_equal(hdbg_source_at(gIt.team, hdbg_stack_frame(stack, 1)->pc - 1, take_line, function),
                     HDBG_NAME_NOT_FOUND);
    hdbg_stack_free(stack);
    setenv("PATH", old, 1);
    free(old);
}

/* A server that answers every question with the same file, which is none that was asked for. */
static const char kLiar[] = "import http.server, sys\n"
                            "body = open(sys.argv[1], 'rb').read()\n"
                            "class Liar(http.server.BaseHTTPRequestHandler):\n"
                            "    def do_GET(self):\n"
                            "        self.send_response(200)\n"
                            "        self.send_header('Content-Length', str(len(body)))\n"
                            "        self.end_headers()\n"
                            "        self.wfile.write(body)\n"
                            "    def log_message(self, *what): pass\n"
                            "server = http.server.HTTPServer(('127.0.0.1', 0), Liar)\n"
                            "print(server.server_port, flush=True)\n"
                            "server.serve_forever()\n";

static void start_liar(const char *file)
{
    int ends[2];
    char path[128], text[128], port[16] = "";
    snprintf(path, sizeof path, "%s/%s", gFolder, file);
    assert_int_equal(pipe(ends), 0);
    gServer = fork();
    if (gServer == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        execlp("python3", "python3", "-c", kLiar, path, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    /* Up to the end of the line, which may come alone. */
    for (size_t used = 0; strchr(port, '\n') == NULL; used++)
        assert_true(used + 1 < sizeof port && read(ends[0], port + used, 1) == 1);
    close(ends[0]);
    snprintf(text, sizeof text, "http://127.0.0.1:%d", atoi(port));
    setenv("DEBUGINFOD_URLS", text, 1);
    snprintf(text, sizeof text, "%s/cache", gFolder);
    setenv("DEBUGINFOD_CACHE_PATH", text, 1);
}

static void expect_refused(void)
{
    hdbg_debug_info info = {.size = sizeof info};
    hdbg_image_list *images = NULL;
    hdbg_stack *stack = NULL;
    char function[256];
    OK(hdbg_stack_unwind(gIt.thread, NULL, &stack));
    assert_int_equal(hdbg_source_at(gIt.team, hdbg_stack_frame(stack, 1)->pc - 1, take_line, function),
                     HDBG_NAME_NOT_FOUND);
    hdbg_stack_free(stack);
    OK(hdbg_image_list_get(gIt.team, &images));
    OK(hdbg_image_debug_info(gIt.team, hdbg_image_list_at(images, 0)->id, &info));
    hdbg_image_list_free(images);
    assert_string_equal(info.path, "");
    if (strstr(info.text, "which a debuginfod server gave, has another build-id") == NULL)
        fail_msg("told is: '%s'", info.text);
}

static void a_server_that_gives_another_build_is_not_believed(void **state)
{
    (void)state;
    need("command -v debuginfod-find >/dev/null && objcopy --strip-all $F/variables_c p && mkdir cache && "
         "objcopy --only-keep-debug $F/variables_cpp other.debug");
    start_liar("other.debug");
    start("p", HDBG_DEBUG_INFO_DOWNLOAD);
    expect_refused();
}

/* Without a build-id of its own it could be anything. */
static void a_server_that_gives_a_file_without_a_build_id_is_not_believed(void **state)
{
    (void)state;
    need("command -v debuginfod-find >/dev/null && objcopy --strip-all $F/variables_c p && mkdir cache && "
         "objcopy --only-keep-debug --remove-section=.note.gnu.build-id $F/variables_c other.debug");
    start_liar("other.debug");
    start("p", HDBG_DEBUG_INFO_DOWNLOAD);
    expect_refused();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_debug_file_is_found_by_its_link, begin, end),
        cmocka_unit_test_setup_teardown(a_debug_file_is_found_in_the_folder_beside_the_program, begin, end),
        cmocka_unit_test_setup_teardown(a_debug_file_is_found_by_its_build_id, begin, end),
        cmocka_unit_test_setup_teardown(a_debug_file_of_another_build_is_not_taken, begin, end),
        cmocka_unit_test_setup_teardown(sections_compressed_with_zlib_are_read, begin, end),
        cmocka_unit_test_setup_teardown(sections_compressed_as_gnu_did_are_read, begin, end),
        cmocka_unit_test_setup_teardown(sections_compressed_with_zstd_are_read, begin, end),
        cmocka_unit_test_setup_teardown(what_dwz_has_put_into_a_file_of_its_own_is_read, begin, end),
        cmocka_unit_test_setup_teardown(dwz_s_file_is_found_by_its_build_id, begin, end),
        cmocka_unit_test_setup_teardown(dwz_s_file_of_another_build_is_not_taken, begin, end),
        cmocka_unit_test_setup_teardown(without_dwz_s_file_there_is_less_and_no_harm, begin, end),
        cmocka_unit_test_setup_teardown(a_server_is_asked_for_what_is_not_there, begin, end_server),
        cmocka_unit_test_setup_teardown(no_server_is_asked_without_being_told_to, begin, end_server),
        cmocka_unit_test_setup_teardown(a_server_that_does_not_answer_is_given_up, begin, end),
        cmocka_unit_test_setup_teardown(a_server_that_gives_another_build_is_not_believed, begin, end_server),
        cmocka_unit_test_setup_teardown(a_server_that_gives_a_file_without_a_build_id_is_not_believed, begin,
                                        end_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

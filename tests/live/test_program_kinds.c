/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Programs of other kinds than the usual one: linked statically, without symbols, without section headers,
 * and those of another processor, which are refused.
 */
#define _GNU_SOURCE
#include "report_run.h"
#include "session_run.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORK_STEPS = 3, ENDED_WELL = 7 };

/* ---- programs that are made here ---- */

static char gFolder[] = "/tmp/hdbg-program-kinds-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    setenv("HAIKUDBG_NUB", HDBG_TEST_NUB, 0);
    return mkdtemp(gFolder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", gFolder);
    return system(command);
}

static const char *write_program(const char *name, const void *bytes, size_t size)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", gFolder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    return path;
}

/* A 32-bit program that says "up" and waits for signals: all of it, headers and code. With EM_X86_64 for its
 * machine it is one of x32; many systems do not run these. */
static const char *write_small_program(uint16_t machine)
{
    enum { BASE = 0x8048000 };
    static const uint8_t kCode[] = {
        0xb8, 27,   0,   0,    0, /* mov eax, 27: alarm, so that it never stays for good */
        0xbb, 60,   0,   0,    0, /* mov ebx, 60 */
        0xcd, 0x80,               /* int 0x80 */
        0xb8, 4,    0,   0,    0, /* mov eax, 4: write */
        0xbb, 1,    0,   0,    0, /* mov ebx, 1 */
        0x68, 'u',  'p', '\n', 0, /* push "up\n" */
        0x89, 0xe1,               /* mov ecx, esp */
        0xba, 3,    0,   0,    0, /* mov edx, 3 */
        0xcd, 0x80,               /* int 0x80 */
        0xb8, 29,   0,   0,    0, /* mov eax, 29: pause */
        0xcd, 0x80,               /* int 0x80 */
        0xeb, 0xf7,               /* back */
    };
    struct {
        Elf32_Ehdr header;
        Elf32_Phdr segment;
        uint8_t code[sizeof kCode];
    } file = {
        .header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
                   .e_type = ET_EXEC,
                   .e_machine = machine,
                   .e_version = EV_CURRENT,
                   .e_phoff = sizeof(Elf32_Ehdr),
                   .e_ehsize = sizeof(Elf32_Ehdr),
                   .e_phentsize = sizeof(Elf32_Phdr),
                   .e_phnum = 1},
        .segment = {.p_type = PT_LOAD, .p_vaddr = BASE, .p_flags = PF_R | PF_X, .p_align = 0x1000},
    };
    file.header.e_entry = BASE + sizeof file.header + sizeof file.segment;
    file.segment.p_filesz = file.segment.p_memsz = sizeof file;
    memcpy(file.code, kCode, sizeof kCode);
    return write_program("program_of_32_bits", &file, sizeof file);
}

static const char *write_program_of_32_bits(void)
{
    return write_small_program(EM_386);
}

/* A fixture without its table of sections. */
static const char *write_without_sections(const char *fixture)
{
    char path[512];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, fixture);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(fd, &info), 0);
    char *bytes = malloc((size_t)info.st_size);
    assert_int_equal(read(fd, bytes, (size_t)info.st_size), info.st_size);
    close(fd);
    Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
    header->e_shoff = 0;
    header->e_shnum = header->e_shstrndx = 0;
    const char *result = write_program(fixture, bytes, (size_t)info.st_size);
    free(bytes);
    return result;
}

/* ---- what is done with them ---- */

/* Launches any file. */
static run *launch_file(const char *path, const char *argument)
{
    run *r = run_session();
    const char *arguments[] = {path, argument, NULL};
    hdbg_launch_spec spec = {.size = sizeof spec,
                             .path = path,
                             .arguments = arguments,
                             .standard_input = -1,
                             .standard_output = -1,
                             .standard_error = -1};
    assert_ok(hdbg_team_launch(r->session, &spec, &r->team));
    r->thread = hdbg_team_main_thread(r->team);
    return r;
}

static run *launch_fixture(const char *name, const char *argument)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, name);
    return launch_file(path, argument);
}

/* The program's own image. */
static hdbg_image_info program_image(run *r)
{
    hdbg_image_list *list;
    hdbg_image_info found = {0};
    assert_ok(hdbg_image_list_get(r->team, &list));
    for (size_t i = 0; i < hdbg_image_list_count(list); i++) {
        if (hdbg_image_list_at(list, i)->type == HDBG_IMAGE_APP)
            found = *hdbg_image_list_at(list, i);
    }
    hdbg_image_list_free(list);
    assert_int_equal(found.type, HDBG_IMAGE_APP);
    assert_true(found.text_size > 0);
    return found;
}

static bool is_in(const hdbg_image_info *image, hdbg_address address)
{
    return address >= image->text && address < image->text + image->text_size;
}

/* Where the file says that it begins. */
static hdbg_address entry_of(const hdbg_image_info *image)
{
    Elf64_Ehdr header;
    int fd = open(image->path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, &header, sizeof header), sizeof header);
    close(fd);
    return header.e_entry + (header.e_type == ET_DYN ? image->text : 0);
}

static void expect_whole_life(const char *fixture)
{
    run *r = launch_fixture(fixture, NULL);
    hdbg_image_info image = program_image(r);
    assert_non_null(strstr(image.path, fixture));
    assert_int_equal(run_pc(r), entry_of(&image)); /* before its first instruction */
    hdbg_address work = run_symbol(r->team, "step_of_work");
    assert_true(is_in(&image, work));
    assert_ok(hdbg_breakpoint_set(r->team, work));
    for (int i = 0; i < WORK_STEPS; i++) {
        assert_ok(hdbg_team_resume(r->team));
        run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
        assert_int_equal(run_pc(r), work);
    }
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_end(r), ENDED_WELL);
    run_free(r);
}

/* Runs it into its fault. */
static run *launch_into_crash(run *r)
{
    assert_ok(hdbg_team_resume(r->team));
    hdbg_event *event = run_expect(r, HDBG_EVENT_EXCEPTION_OCCURRED);
    assert_int_equal(hdbg_event_data(event)->data.exception.signal, HDBG_SIGSEGV);
    hdbg_event_release(event);
    return r;
}

static void end_by_crash(run *r)
{
    assert_ok(hdbg_team_resume(r->team));
    assert_int_equal(run_to_end(r), -HDBG_SIGSEGV);
    run_free(r);
}

static void expect_crash_in_function(const char *fixture)
{
    hdbg_symbol symbol = {.size = sizeof symbol};
    hdbg_frame frames[8];
    size_t count;
    int32_t end;
    run *r = launch_into_crash(launch_fixture(fixture, "crash"));
    assert_ok(hdbg_symbol_at(r->team, run_pc(r), &symbol));
    assert_string_equal(symbol.name, "crash_here");
    assert_ok(hdbg_stack_walk(r->thread, frames, 8, &count, &end));
    assert_true(count >= 2);
    assert_ok(hdbg_symbol_at(r->team, frames[1].pc - 1, &symbol));
    assert_string_equal(symbol.name, "main");
    end_by_crash(r);
}

static void expect_report(const char *fixture, const char *function)
{
    char path[512];
    struct report_run report;
    snprintf(path, sizeof path, "%s/%s", HDBG_TEST_FIXTURES, fixture);
    const char *const argv[] = {REPORT_TOOL, path, "crash", NULL};
    report_all(&report, argv);
    report_expect(report.error_text, "wrote to 0x0");
    report_expect(report.error_text, fixture);
    report_expect(report.error_text, function);
    assert_int_equal(report.status, 128 + SIGSEGV);
    report_clean(&report);
}

/* ---- linked statically ---- */

static void a_static_program_is_debugged_from_its_first_instruction_to_its_end(void **state)
{
    (void)state;
    expect_whole_life("program_static");
}

static void a_static_program_that_can_lie_anywhere_is_debugged_likewise(void **state)
{
    (void)state;
    expect_whole_life("program_static_pie");
}

static void the_crash_of_a_static_program_is_found_in_its_function(void **state)
{
    (void)state;
    expect_crash_in_function("program_static");
    expect_crash_in_function("program_static_pie");
}

static void the_crash_of_a_static_program_is_reported(void **state)
{
    (void)state;
    expect_report("program_static", "crash_here()");
    expect_report("program_static_pie", "crash_here()");
}

static void a_static_program_that_runs_is_attached_with_its_image(void **state)
{
    static const char *const kFixtures[] = {"program_static", "program_static_pie"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char line[32];
        run *r = run_session();
        hdbg_team_id id = run_start(r, kFixtures[i], ARGUMENTS("wait"));
        run_line(r, line, sizeof line);
        run_attach(r, id, 0);
        hdbg_image_info image = program_image(r);
        hdbg_address work = run_symbol(r->team, "step_of_work");
        assert_true(is_in(&image, work));
        assert_ok(hdbg_breakpoint_set(r->team, work));
        assert_int_equal(write(r->input, "x", 1), 1);
        run_skip(r, HDBG_EVENT_BREAKPOINT_HIT);
        assert_int_equal(run_pc(r), work);
        assert_ok(hdbg_team_detach(r->team));
        run_free(r);
        assert_int_equal(run_reap(id), ENDED_WELL);
    }
}

/* ---- without symbols ---- */

static void a_program_without_symbols_is_debugged_by_address(void **state)
{
    static const char *const kFixtures[] = {"program_stripped", "program_static_stripped"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        hdbg_symbol symbol = {.size = sizeof symbol};
        run *r = launch_into_crash(launch_fixture(kFixtures[i], "crash"));
        hdbg_image_info image = program_image(r);
        hdbg_address pc = run_pc(r);
        assert_true(is_in(&image, pc));
        assert_status(hdbg_symbol_by_name(r->team, 0, "crash_here", &symbol), HDBG_NAME_NOT_FOUND);
        assert_status(hdbg_symbol_at(r->team, pc, &symbol), HDBG_NAME_NOT_FOUND);
        /* A breakpoint needs no name. */
        assert_ok(hdbg_breakpoint_set(r->team, pc));
        assert_ok(hdbg_breakpoint_clear(r->team, pc));
        end_by_crash(r);
        expect_report(kFixtures[i], kFixtures[i]);
    }
}

static void a_program_without_section_headers_is_debugged(void **state)
{
    (void)state;
    run *r = launch_into_crash(launch_file(write_without_sections("program_dynamic"), "crash"));
    hdbg_image_info image = program_image(r);
    assert_true(is_in(&image, run_pc(r)));
    /* Its libraries have their symbols as ever. */
    run_symbol(r->team, "malloc");
    end_by_crash(r);
}

/* ---- of another processor ---- */

static void expect_refused(hdbg_status status, const char *what)
{
    assert_status(status, HDBG_NOT_SUPPORTED);
    if (strstr(hdbg_last_error(), "64-bit") == NULL || strstr(hdbg_last_error(), what) == NULL)
        fail_msg("\"%s\" does not name \"%s\" and what is missing", hdbg_last_error(), what);
}

/* Starts it by itself, and waits until it is up. */
static pid_t start_program_of_32_bits(const char *path)
{
    int output[2];
    char text[4] = "";
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(output[1], 1);
        execl(path, path, (char *)NULL);
        _exit(1);
    }
    close(output[1]);
    assert_int_equal(read(output[0], text, 3), 3);
    close(output[0]);
    assert_string_equal(text, "up\n");
    return pid;
}

/* Nobody traces it, and a signal ends it as it should. */
static void expect_untouched(pid_t pid)
{
    report_await_traced(pid, false);
    kill(pid, SIGTERM);
    assert_int_equal(run_reap(pid), -SIGTERM);
}

static hdbg_status launch_in_vain(const char *path)
{
    run *r = run_session();
    hdbg_launch_spec spec = {
        .size = sizeof spec, .path = path, .standard_input = -1, .standard_output = -1, .standard_error = -1};
    hdbg_status status = hdbg_team_launch(r->session, &spec, &r->team);
    assert_non_null(strstr(hdbg_last_error(), path));
    assert_null(r->team);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child */
    run_free(r);
    return status;
}

static void a_program_of_32_bits_is_not_launched_and_nothing_of_it_is_left(void **state)
{
    (void)state;
    const char *path = write_program_of_32_bits();
    expect_refused(launch_in_vain(path), path);
}

/* By the nub, or before that by a system that does not run these. */
static void a_program_of_x32_is_not_launched_and_nothing_of_it_is_left(void **state)
{
    (void)state;
    hdbg_status status = launch_in_vain(write_small_program(EM_X86_64));
    assert_true(status == HDBG_NOT_SUPPORTED || status == HDBG_NOT_AN_EXECUTABLE);
}

static void a_team_of_32_bits_is_not_attached_and_runs_on(void **state)
{
    (void)state;
    char number[16];
    run *r = run_session();
    pid_t pid = start_program_of_32_bits(write_program_of_32_bits());
    snprintf(number, sizeof number, "%d", (int)pid);
    expect_refused(hdbg_team_attach(r->session, pid, HDBG_ATTACH_STOP, &r->team), number);
    assert_null(r->team);
    hdbg_team_info info = {.size = sizeof info};
    hdbg_kernel *kernel = hdbg_session_kernel(r->session);
    assert_ok(kernel->ops->team_info(kernel->context, pid, &info));
    assert_int_equal(info.arch, HDBG_ARCH_UNKNOWN);
    expect_untouched(pid);
    run_free(r);
}

static void a_team_that_executes_a_program_of_32_bits_is_let_go_and_that_is_told(void **state)
{
    (void)state;
    char text[4] = "";
    const char *path = write_program_of_32_bits();
    run *r = run_launch("program_dynamic", ARGUMENTS("exec", path), HDBG_FOLLOW_NONE);
    pid_t pid = hdbg_team_id_of(r->team);
    assert_ok(hdbg_breakpoint_set(r->team, run_symbol(r->team, "step_of_work")));
    assert_ok(hdbg_team_resume(r->team));
    run_skip(r, HDBG_EVENT_NUB_LOST);
    assert_int_equal(hdbg_team_state_of(r->team), HDBG_TEAM_ORPHANED);
    assert_status(hdbg_team_stop(r->team), HDBG_NUB_LOST);
    assert_int_equal(read(r->output, text, 3), 3);
    assert_string_equal(text, "up\n");
    expect_untouched(pid);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_static_program_is_debugged_from_its_first_instruction_to_its_end),
        cmocka_unit_test(a_static_program_that_can_lie_anywhere_is_debugged_likewise),
        cmocka_unit_test(the_crash_of_a_static_program_is_found_in_its_function),
        cmocka_unit_test(the_crash_of_a_static_program_is_reported),
        cmocka_unit_test(a_static_program_that_runs_is_attached_with_its_image),
        cmocka_unit_test(a_program_without_symbols_is_debugged_by_address),
        cmocka_unit_test(a_program_without_section_headers_is_debugged),
        cmocka_unit_test(a_program_of_32_bits_is_not_launched_and_nothing_of_it_is_left),
        cmocka_unit_test(a_program_of_x32_is_not_launched_and_nothing_of_it_is_left),
        cmocka_unit_test(a_team_of_32_bits_is_not_attached_and_runs_on),
        cmocka_unit_test(a_team_that_executes_a_program_of_32_bits_is_let_go_and_that_is_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * The mock: a kernel with a nub that a unit test scripts. Link libhaikudbg-mock.
 */
#ifndef HAIKUDBG_MOCK_H
#define HAIKUDBG_MOCK_H

#include <haikudbg/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup mock The mock
 * A kernel for the unit tests of debuggers: teams, threads, images and memory that the test makes up, ports
 * that behave as Haiku's do, and a nub that behaves well unless it is told not to. Nothing of it needs a
 * process to be debugged, a thread of its own, or time to pass.
 *
 *     hdbg_mock *mock;
 *     hdbg_mock_create(NULL, &mock);                            // R1/beta6 on x86_64
 *     hdbg_mock_team_add(mock, 500, "victim");                  // with its main thread, 500
 *     hdbg_mock_memory_add(mock, 500, 0x1000, "hello", 4096, HDBG_AREA_READ | HDBG_AREA_WRITE);
 *
 *     hdbg_kernel *kernel = hdbg_mock_kernel(mock);             // what the debugger under test gets
 *     hdbg_port_id port = kernel->ops->port_create(kernel->context, 10, "events");
 *     hdbg_port_id nub_port = kernel->ops->install_team_debugger(kernel->context, 500, port);
 *
 *     hdbg_nub_event event = {.type = HDBG_EVENT_SIGNAL_RECEIVED, .thread = 500, .team = 500};
 *     event.data.signal.signal = 11;
 *     hdbg_mock_send(mock, &event);                             // thread 500 has stopped
 *     hdbg_mock_expect(mock, "SET_SIGNAL_MASKS thread=500 ignore_once|=SIGSEGV");
 *     hdbg_mock_expect(mock, "CONTINUE_THREAD thread=500 HANDLE_EVENT");
 *     my_debugger_passes_the_signal(kernel, nub_port);          // the code under test
 *     const char *wrong = hdbg_mock_verify(mock);               // NULL, or what went wrong, in words
 *     hdbg_mock_destroy(mock);
 *
 * **Messages as text.** Each message to a nub, and each call that makes a difference to a team (launch,
 * install_team_debugger, debug_thread, send_signal, ...), is one line of the *transcript*. A message's line
 * is its name, then `thread=` or, where it names no thread, `team=`, then what it says; numbers of signals,
 * flags and operations are written as names, addresses in hexadecimal. The lines are:
 *
 *     READ_MEMORY team=5 address=0x1000 size=16       WRITE_MEMORY team=5 address=0x1000 size=2 data=90cc
 *     SET_TEAM_FLAGS team=5 flags=SIGNALS|IMAGES      SET_THREAD_FLAGS thread=5 flags=PRE_SYSCALL
 *     CONTINUE_THREAD thread=5 HANDLE_EVENT           CONTINUE_THREAD thread=5 IGNORE_EVENT single_step
 *     SET_CPU_STATE thread=5                          GET_CPU_STATE thread=5
 *     SET_BREAKPOINT team=5 address=0x1000            CLEAR_BREAKPOINT team=5 address=0x1000
 *     SET_WATCHPOINT team=5 address=0x1000 WRITE length=4   (READ, WRITE, READ_WRITE)
 *     CLEAR_WATCHPOINT team=5 address=0x1000
 *     SET_SIGNAL_MASKS thread=5 ignore=SIGCHLD|SIGALRM ignore_once|=SIGSEGV
 *           (= sets, |= adds, &= keeps; what changes nothing, |= 0 or &= all, is left out)
 *     GET_SIGNAL_MASKS thread=5                       GET_SIGNAL_HANDLER team=5 signal=SIGSEGV
 *     SET_SIGNAL_HANDLER team=5 signal=SIGSEGV handler=0x1000 mask=0 flags=0x0
 *     CLONE_AREA team=5 address=0x1000                PREPARE_HANDOVER team=5
 *     WRITE_CORE_FILE team=5 path=/tmp/core           STOP_PROFILER thread=5
 *     START_PROFILER thread=5 interval=1000 area=3 depth=5 [variable] [kernel]
 *     UNKNOWN team=5 code=77 size=12                  (also a message that is too short)
 *     launch path=/bin/true team=5                    install_team_debugger team=5
 *     remove_team_debugger team=5                     debug_thread thread=5
 *     debug_team team=5                               (with HDBG_MOCK_BULK_STOP)
 *     resume_thread thread=5                          kill_team team=5
 *     send_signal thread=5 signal=SIGUSR1             send_team_signal team=5 signal=SIGTERM
 *
 * **Expectations** are such lines, `*` standing for any text. They are met in order. While any is left, a
 * message to a nub has to meet the first one, or be allowed by hdbg_mock_allow(); calls that are no messages
 * may come in between. Without expectations every message is welcome. An expectation can be given an answer
 * of its own (wrong, late, never, ...) and something that happens afterwards; without, the nub does what
 * Haiku's does.
 *
 * **The nub.** Reads and writes the memory that the test has put up; keeps breakpoints (10240) and
 * watchpoints (three) with Haiku's errors, signal masks, handlers, flags, CPU states; a thread is stopped by
 * an event and runs after CONTINUE_THREAD, when the next event of its script (hdbg_mock_script()) is sent; a
 * step without a script ends in SINGLE_STEP. It dies as Haiku's does of a reply that it cannot write, which
 * hdbg_mock_verify() tells.
 *
 * **Time.** The clock stands still, and jumps: when all threads that take part wait in the mock, to the next
 * moment at which something happens. Thus timeouts are exact and take no time. One thread takes part unless
 * hdbg_mock_enter() says otherwise; HDBG_MOCK_REAL_TIME uses the real clock instead.
 *
 * Any thread may call any function here and in the kernel's table. Functions that a test hands over are
 * called with the mock locked: they may call the mock, but not wait in it. Functions that fail answer a
 * status and set hdbg_last_error().
 * @{
 */

/** A mock. @since 0.1 */
typedef struct hdbg_mock hdbg_mock;

/** One expected line. Lives as long as its mock. @since 0.1 */
typedef struct hdbg_mock_expectation hdbg_mock_expectation;

/** The team that all who use the mock's kernel belong to: no team of a test's own may have this id. @since
 * 0.1 */
#define HDBG_MOCK_OWN_TEAM 2

/** hdbg_mock_options.flags. @since 0.1 */
enum hdbg_mock_flags {
    HDBG_MOCK_REAL_TIME = 0x1,     /**< Time passes by itself. */
    HDBG_MOCK_NO_TRANSCRIPT = 0x2, /**< Keep no transcript: for benchmarks and fuzzing. */
    HDBG_MOCK_EVENTS = 0x4,        /**< Events are lines as well: "<- BREAKPOINT_HIT thread=5". */
    HDBG_MOCK_STRICT = 0x8,        /**< A message that nothing expects or allows is wrong in any case. */
    HDBG_MOCK_BULK_READ = 0x10,    /**< Offer hdbg_kernel_ops.memory_read. */
    HDBG_MOCK_BULK_STOP = 0x20     /**< Offer hdbg_kernel_ops.debug_team and team_threads. */
};

/** How a mock is to be. @since 0.1 */
typedef struct hdbg_mock_options {
    size_t size;       /**< sizeof(hdbg_mock_options), set by the caller. */
    int32_t release;   /**< An hdbg_release; 0: R1/beta6. */
    int32_t arch;      /**< An hdbg_arch; 0: x86_64. */
    uint32_t flags;    /**< hdbg_mock_flags. */
    uint32_t reserved; /**< 0. */
} hdbg_mock_options;

/**
 * Makes a mock: a kernel without teams.
 *
 * @param options how it is to be; NULL for R1/beta6 on x86_64 with a clock of its own.
 * @param mock receives it; free it with hdbg_mock_destroy().
 * @return HDBG_OK, HDBG_NO_MEMORY, HDBG_BAD_VALUE (options).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_mock_create(const hdbg_mock_options *options, hdbg_mock **mock);
/** Frees a mock with all its ports and teams. Nobody may use its kernel any more. @param mock may be NULL.
 * @since 0.1 */
HDBG_API void hdbg_mock_destroy(hdbg_mock *mock);
/** The mock's kernel. It belongs to the mock: hdbg_kernel_destroy() deletes its ports and lets its teams go,
 * as if the debugger had died, and leaves the mock to be looked at. @since 0.1 */
HDBG_API hdbg_kernel *hdbg_mock_kernel(hdbg_mock *mock);

/* ---- the world ---- */

/** Adds a team with its main thread, which has the same id and runs. @return HDBG_OK, HDBG_BAD_VALUE (the id
 * is taken, or not above HDBG_MOCK_OWN_TEAM). @since 0.1 */
HDBG_API hdbg_status hdbg_mock_team_add(hdbg_mock *mock, hdbg_team_id team, const char *name);
/** Names a team's parent; 0 before. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_team_set_parent(hdbg_mock *mock, hdbg_team_id team, hdbg_team_id parent);
/** Makes a team one that does not live yet and that launch() of `path` brings to life: its main thread
 * suspended, its images and memory as the test adds them. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_team_set_program(hdbg_mock *mock, hdbg_team_id team, const char *path);
/** Ends a team: its threads and nub go, TEAM_DELETED is sent if the debugger's port has room (else it is
 * lost, as on Haiku), reap() answers if launch() made it. @param status the exit value. @param signal Haiku's
 * number, -1 if none ended it. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_team_end(hdbg_mock *mock, hdbg_team_id team, int32_t status, int32_t signal);
/** Ends a team as hdbg_mock_team_end(), but TEAM_DELETED is lost. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_team_vanish(hdbg_mock *mock, hdbg_team_id team, int32_t status,
                                           int32_t signal);
/** Adds a thread that runs. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_thread_add(hdbg_mock *mock, hdbg_team_id team, hdbg_thread_id thread,
                                          const char *name);
/** Takes a thread out, without an event. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_thread_remove(hdbg_mock *mock, hdbg_thread_id thread);
/** Sets an hdbg_thread_state, for thread_info(). @since 0.1 */
HDBG_API hdbg_status hdbg_mock_thread_set_state(hdbg_mock *mock, hdbg_thread_id thread, int32_t state);
/** Sets a thread's stack, for thread_info(). @since 0.1 */
HDBG_API hdbg_status hdbg_mock_thread_set_stack(hdbg_mock *mock, hdbg_thread_id thread, hdbg_address base,
                                                hdbg_address end);
/** 1 if an event has stopped the thread and nobody has continued it, else 0. @since 0.1 */
HDBG_API int hdbg_mock_thread_is_stopped(hdbg_mock *mock, hdbg_thread_id thread);
/** Sets a thread's processor state, which events and GET_CPU_STATE then carry; zeros before. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_cpu_state_set(hdbg_mock *mock, hdbg_thread_id thread,
                                             const hdbg_cpu_state *state);
/** Reads a thread's processor state, as SET_CPU_STATE has left it. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_cpu_state_get(hdbg_mock *mock, hdbg_thread_id thread, hdbg_cpu_state *state);
/** Adds an image, without an event. One with its id is replaced. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_image_add(hdbg_mock *mock, hdbg_team_id team, const hdbg_image_info *image);
/** Takes an image out, without an event. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_image_remove(hdbg_mock *mock, hdbg_team_id team, hdbg_image_id image);
/**
 * Adds memory: an area of the team.
 *
 * @param address its first byte. @param text what it begins with, up to its NUL; the rest is zero. May be
 * NULL.
 * @param size its bytes. @param protection hdbg_area_protection bits: without HDBG_AREA_READ it cannot be
 * read.
 * @return its area's id, or HDBG_BAD_TEAM_ID, HDBG_BAD_VALUE (it overlaps another), HDBG_NO_MEMORY.
 * @since 0.1
 */
HDBG_API hdbg_area_id hdbg_mock_memory_add(hdbg_mock *mock, hdbg_team_id team, hdbg_address address,
                                           const char *text, size_t size, uint32_t protection);
/** Takes the area with an address out. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_memory_remove(hdbg_mock *mock, hdbg_team_id team, hdbg_address address);
/** Names the area with an address and the file that it maps. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_memory_set_name(hdbg_mock *mock, hdbg_team_id team, hdbg_address address,
                                               const char *name, const char *path, uint64_t offset);
/** Writes to a team's memory behind the debugger's back. @return HDBG_OK, or HDBG_BAD_ADDRESS if any of it is
 * not there. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_memory_write(hdbg_mock *mock, hdbg_team_id team, hdbg_address address,
                                            const void *data, size_t size);
/** Reads a team's memory. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_memory_read(hdbg_mock *mock, hdbg_team_id team, hdbg_address address,
                                           void *buffer, size_t size);
/** 1 if there is a breakpoint at an address, 2 for a watchpoint, else 0. @since 0.1 */
HDBG_API int hdbg_mock_breakpoint_at(hdbg_mock *mock, hdbg_team_id team, hdbg_address address);
/** The flags that SET_TEAM_FLAGS set; 0 for a team that does not exist. @since 0.1 */
HDBG_API uint32_t hdbg_mock_team_flags(hdbg_mock *mock, hdbg_team_id team);
/** The flags that SET_THREAD_FLAGS set; 0 for a thread that does not exist. @since 0.1 */
HDBG_API uint32_t hdbg_mock_thread_flags(hdbg_mock *mock, hdbg_thread_id thread);

/* ---- events ---- */

/**
 * Sends an event of a team to its debugger. The thread is stopped then, unless the event stops none
 * (TEAM_DELETED, THREAD_DELETED, PROFILER_UPDATE, HANDED_OVER). origin.nub_port is filled in, and an empty
 * CPU state with the thread's.
 *
 * When the debugger's port is full the thread waits to send its event, as on Haiku, which a full port loses
 * TEAM_DELETED and HANDED_OVER.
 *
 * @return HDBG_OK, HDBG_BAD_TEAM_ID, HDBG_BAD_PORT_ID (no debugger), HDBG_WOULD_BLOCK (lost: the port is
 * full).
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_mock_send(hdbg_mock *mock, const hdbg_nub_event *event);
/** hdbg_mock_send() for events of which type, thread and team say all there is to say. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_stop(hdbg_mock *mock, hdbg_thread_id thread, int32_t type);
/** Sends any bytes with any code to a team's debugger. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_send_raw(hdbg_mock *mock, hdbg_team_id team, int32_t code, const void *bytes,
                                        size_t size);
/** Sends an event after some time. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_send_after(hdbg_mock *mock, hdbg_time delay, const hdbg_nub_event *event);
/** Appends an event to its thread's script: each time the thread is continued, the next one is sent. @since
 * 0.1 */
HDBG_API hdbg_status hdbg_mock_script(hdbg_mock *mock, const hdbg_nub_event *event);

/* ---- expectations ---- */

/**
 * Expects a line of the transcript after those that are expected already.
 *
 * @param format printf()'s, the line; `*` in it stands for any text.
 * @return the expectation, for the functions below; NULL if memory is out.
 * @since 0.1
 */
HDBG_API hdbg_mock_expectation *hdbg_mock_expect(hdbg_mock *mock, const char *format, ...) HDBG_PRINTF(2, 3);
/** Expects a message, given as a struct: its members must be as here (reply_port aside). @param team whose
 * nub it is sent to. @since 0.1 */
HDBG_API hdbg_mock_expectation *hdbg_mock_expect_message(hdbg_mock *mock, hdbg_team_id team,
                                                         const hdbg_nub_message *message);
/** Judges a message. @return non-zero if it is as it should be. @since 0.1 */
typedef int (*hdbg_mock_matcher)(hdbg_mock *mock, hdbg_team_id team, const hdbg_nub_message *message,
                                 void *cookie);
/** Expects a message that a function judges. @param what it is, for hdbg_mock_verify(). @since 0.1 */
HDBG_API hdbg_mock_expectation *hdbg_mock_expect_match(hdbg_mock *mock, const char *what,
                                                       hdbg_mock_matcher matcher, void *cookie);
/** Lets messages like these come at any time, besides those that are expected. @param pattern as in
 * hdbg_mock_expect(). @since 0.1 */
HDBG_API hdbg_status hdbg_mock_allow(hdbg_mock *mock, const char *pattern);
/** Forgets all expectations that were not met. @since 0.1 */
HDBG_API void hdbg_mock_expect_nothing(hdbg_mock *mock);

/** Answers with a reply of the test's, encoded for release and processor; the nub does nothing else. @since
 * 0.1 */
HDBG_API void hdbg_mock_answer(hdbg_mock_expectation *expectation, const hdbg_nub_reply *reply);
/** Answers with an error; the nub does nothing else. For calls that are no messages: what they return. @since
 * 0.1 */
HDBG_API void hdbg_mock_answer_error(hdbg_mock_expectation *expectation, hdbg_status error);
/** Answers with any bytes and code; the nub does nothing else. @since 0.1 */
HDBG_API void hdbg_mock_answer_raw(hdbg_mock_expectation *expectation, int32_t code, const void *bytes,
                                   size_t size);
/** Cuts the nub's answer to so many bytes, or lengthens it with zeros. @since 0.1 */
HDBG_API void hdbg_mock_answer_size(hdbg_mock_expectation *expectation, size_t size);
/** Sends the nub's answer with this code. @since 0.1 */
HDBG_API void hdbg_mock_answer_code(hdbg_mock_expectation *expectation, int32_t code);
/** Sends the nub's answer after some time. @since 0.1 */
HDBG_API void hdbg_mock_answer_after(hdbg_mock_expectation *expectation, hdbg_time delay);
/** Sends the nub's answer when so many more messages came to nubs of this mock. @since 0.1 */
HDBG_API void hdbg_mock_answer_after_messages(hdbg_mock_expectation *expectation, uint32_t messages);
/** Does what the message asks for, and never answers. @since 0.1 */
HDBG_API void hdbg_mock_answer_never(hdbg_mock_expectation *expectation);
/** Loses the message: nothing is done. Of calls that are no messages: they succeed without effect. @since 0.1
 */
HDBG_API void hdbg_mock_lose(hdbg_mock_expectation *expectation);
/** The nub dies of the message, unanswered; the team lives on, its threads continue. @since 0.1 */
HDBG_API void hdbg_mock_then_nub_dies(hdbg_mock_expectation *expectation);
/** The team ends, as hdbg_mock_team_end(), in place of an answer. @since 0.1 */
HDBG_API void hdbg_mock_then_team_ends(hdbg_mock_expectation *expectation, int32_t status, int32_t signal);
/** Afterwards sends an event; may be called several times. @since 0.1 */
HDBG_API void hdbg_mock_then_send(hdbg_mock_expectation *expectation, const hdbg_nub_event *event);
/** What is called when an expectation was met. @since 0.1 */
typedef void (*hdbg_mock_callback)(hdbg_mock *mock, void *cookie);
/** Afterwards calls a function. @since 0.1 */
HDBG_API void hdbg_mock_then(hdbg_mock_expectation *expectation, hdbg_mock_callback callback, void *cookie);

/* ---- what came ---- */

/** All lines so far, each ended by a newline. @return valid until the mock is used next. @since 0.1 */
HDBG_API const char *hdbg_mock_transcript(hdbg_mock *mock);
/** Starts the transcript anew. @since 0.1 */
HDBG_API void hdbg_mock_transcript_clear(hdbg_mock *mock);
/**
 * Whether all went as expected.
 *
 * @return NULL, or a text of several lines: messages that were not expected, expectations that were not met,
 * nubs that died of the debugger's mistakes, and the transcript. Valid until the mock is used next.
 * @since 0.1
 */
HDBG_API const char *hdbg_mock_verify(hdbg_mock *mock);

/* ---- misbehaviour ---- */

/**
 * Lets a function of the kernel's table fail.
 *
 * @param function its name in hdbg_kernel_ops, such as "install_team_debugger".
 * @param status what it answers. @param count how many times; 0 stops it.
 * @return HDBG_OK, HDBG_NAME_NOT_FOUND.
 * @since 0.1
 */
HDBG_API hdbg_status hdbg_mock_fail(hdbg_mock *mock, const char *function, hdbg_status status,
                                    uint32_t count);
/** How often a function of the table was called; -1 if none has that name. @since 0.1 */
HDBG_API int64_t hdbg_mock_calls(hdbg_mock *mock, const char *function);
/** Lets a team's nub take no messages (`stalled` non-zero), so that its port becomes full, or take them
 * again.
 * @since 0.1 */
HDBG_API hdbg_status hdbg_mock_nub_stall(hdbg_mock *mock, hdbg_team_id team, int stalled);
/** Kills a team's nub: its port is gone, threads continue, break- and watchpoints are removed, the team
 * lives.
 * @since 0.1 */
HDBG_API hdbg_status hdbg_mock_nub_kill(hdbg_mock *mock, hdbg_team_id team);
/** Lets all nubs answer after this time. @since 0.1 */
HDBG_API void hdbg_mock_set_latency(hdbg_mock *mock, hdbg_time latency);
/** From now on a launched team's main thread is not suspended yet when launch() returns, but only once
 * thread_info() was asked about it `looks` times or a CONTINUE_THREAD was lost to it, as may happen on Haiku.
 * 0: no such race.
 * @since 0.1 */
HDBG_API void hdbg_mock_set_launch_race(hdbg_mock *mock, uint32_t looks);
/** Whether there is a default debugger, and whether has_default_debugger() says so. Without one, the serious
 * events (exceptions, breakpoints, steps, debug_thread, debugger()) are not sent, as on Haiku. @since 0.1 */
HDBG_API void hdbg_mock_set_default_debugger(hdbg_mock *mock, int exists, int says);

/* ---- time ---- */

/** One more thread takes part: the clock jumps only when that one waits, too. @since 0.1 */
HDBG_API void hdbg_mock_enter(hdbg_mock *mock);
/** One thread fewer takes part: it ends, or waits for something else than the mock. @since 0.1 */
HDBG_API void hdbg_mock_leave(hdbg_mock *mock);
/** Moves the clock forward; what was to happen until then happens. @since 0.1 */
HDBG_API void hdbg_mock_advance(hdbg_mock *mock, hdbg_time time);
/** Calls a function after some time. @since 0.1 */
HDBG_API hdbg_status hdbg_mock_after(hdbg_mock *mock, hdbg_time delay, hdbg_mock_callback callback,
                                     void *cookie);

/** @} */

#ifdef __cplusplus
}
#endif
#endif /* HAIKUDBG_MOCK_H */

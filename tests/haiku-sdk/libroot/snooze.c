/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Time. snooze() is written in assembly for one reason: on Haiku a system call is followed by a return to
 * whoever called the library, and a debugger that steps off it sees the caller at once. So nothing may stand
 * between `syscall` and `ret`.
 */
#define _GNU_SOURCE
#include "libroot.h"

#include <time.h>

/* Two words, so that it comes back in rax and rdx. */
typedef struct deadline {
    int64_t seconds, nanoseconds;
} deadline;

deadline libroot_deadline(bigtime_t microseconds) __attribute__((visibility("hidden")));

bigtime_t system_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (bigtime_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

deadline libroot_deadline(bigtime_t microseconds)
{
    bigtime_t now = system_time();
    bigtime_t end = microseconds > B_INFINITE_TIMEOUT - now ? B_INFINITE_TIMEOUT : now + microseconds;
    return (deadline){end / 1000000, end % 1000000 * 1000};
}

/*
 * An absolute deadline is simply waited for again when a stop interrupted it. The timespec lies in the red
 * zone, which signal handlers leave alone.
 *
 * What a handler interrupted ends with the host's -EINTR. There is no room to translate it behind the system
 * call, so it is done on the way back from the handler, which is where every interruption passes: in the
 * frame that rt_sigreturn takes, at 144 rax and at 168 rip.
 */
__asm__(".text\n"
        ".globl snooze\n"
        ".type snooze, @function\n"
        "snooze:\n"
        "    .cfi_startproc\n"
        "    sub $8, %rsp\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    call libroot_deadline\n"
        "    add $8, %rsp\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    mov %rax, -24(%rsp)\n"
        "    mov %rdx, -16(%rsp)\n"
        "    mov $1, %edi\n" /* CLOCK_MONOTONIC */
        "    mov $1, %esi\n" /* TIMER_ABSTIME */
        "    lea -24(%rsp), %rdx\n"
        "    xor %r10d, %r10d\n"
        "    mov $230, %eax\n" /* clock_nanosleep */
        "    syscall\n"
        "snooze_end:\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size snooze, . - snooze\n"
        ".globl libroot_signal_restorer\n"
        ".hidden libroot_signal_restorer\n"
        ".type libroot_signal_restorer, @function\n"
        "libroot_signal_restorer:\n"
        "    lea snooze_end(%rip), %rax\n"
        "    cmp %rax, 168(%rsp)\n"
        "    jne 1f\n"
        "    cmpq $-4, 144(%rsp)\n" /* -EINTR */
        "    jne 1f\n"
        "    movq $-0x7ffffff6, 144(%rsp)\n" /* B_INTERRUPTED */
        "1:  mov $15, %eax\n"                /* rt_sigreturn */
        "    syscall\n"
        ".size libroot_signal_restorer, . - libroot_signal_restorer\n");

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Forks. The child crashes, the parent waits for it and ends with 3.
 */
#include <sys/wait.h>
#include <unistd.h>

static void crash_in_child(void)
{
    *(int *volatile)0 = 1;
}

int main(void)
{
    pid_t child = fork();
    if (child == 0)
        crash_in_child();
    int status;
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status) ? 3 : 4;
}

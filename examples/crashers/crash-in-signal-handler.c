/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Crashes in the handler of a signal.
 */
#include <signal.h>
#include <unistd.h>

static int *volatile gCounter;

static void on_signal(int signal)
{
    (void)signal;
    ++*gCounter;
}

static void send_to_self(void)
{
    kill(getpid(), SIGUSR1);
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, 0);
    send_to_self();
    return 0;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Writes the line over itself; it is cut to the terminal's width, since a second line would stay.
 */
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80 };

static bool gShown;

static bool can_show(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static int width(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : USUAL_WIDTH;
}

void progress_show(void *context, const char *what)
{
    (void)context;
    if (!can_show())
        return;
    fprintf(stderr, "\r\033[K%.*s", width() - 1, what);
    fflush(stderr);
    gShown = true;
}

void progress_clear(void)
{
    if (gShown)
        fputs("\r\033[K", stderr);
    gShown = false;
}

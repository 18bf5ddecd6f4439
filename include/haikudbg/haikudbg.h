/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * All of libhaikudbg.
 */
#ifndef HAIKUDBG_HAIKUDBG_H
#define HAIKUDBG_HAIKUDBG_H

#include <haikudbg/breakpoint.h>
#include <haikudbg/core.h>
#include <haikudbg/debug_info.h>
#include <haikudbg/details.h>
#include <haikudbg/event.h>
#include <haikudbg/image.h>
#include <haikudbg/kernel.h>
#include <haikudbg/memory.h>
#include <haikudbg/message.h>
#include <haikudbg/nub.h>
#include <haikudbg/recording.h>
#include <haikudbg/registers.h>
#include <haikudbg/session.h>
#include <haikudbg/signal.h>
#include <haikudbg/source.h>
#include <haikudbg/stack.h>
#include <haikudbg/status.h>
#include <haikudbg/syscall.h>
#include <haikudbg/team.h>
#include <haikudbg/thread.h>
#include <haikudbg/types.h>
#include <haikudbg/variable.h>

#endif /* HAIKUDBG_HAIKUDBG_H */

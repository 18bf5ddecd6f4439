/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A siginfo into a message.
 */
#include "kernel/hosted/nub/wire_siginfo.h"

void wire_siginfo_fill(wire_x86_64_siginfo *out, const hdbg_siginfo *in)
{
    out->si_signo = in->signal;
    out->si_code = in->code;
    out->si_errno = in->error;
    out->si_pid = in->team;
    out->si_uid = in->user;
    out->si_addr = in->address;
    out->si_status = in->status;
    out->si_band = in->band;
    out->si_value = in->value;
}

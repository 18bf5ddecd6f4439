/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Linux's numbers as Haiku's, and back: signals, signal sets, siginfo codes, errors. Used by the library and
 * hdbg-nub.
 */
#ifndef HDBG_HOSTED_CONVERT_H
#define HDBG_HOSTED_CONVERT_H

#include <haikudbg/types.h>

#include <signal.h>

/* Haiku's number of a Linux signal; real-time signals 33..64 stay as they are; 0 for one without a
 * counterpart. */
int32_t convert_signal_to_haiku(int linux_signal);
/* And back; 0 for one without a counterpart. SIGKILLTHR is SIGKILL. */
int convert_signal_to_linux(int32_t haiku_signal);
/* Signal sets, bit n-1 for signal n. */
uint64_t convert_sigset_to_haiku(uint64_t linux_set);
uint64_t convert_sigset_to_linux(uint64_t haiku_set);
/* A whole siginfo: signal, code, sender, address, ... */
void convert_siginfo_to_haiku(const siginfo_t *in, hdbg_siginfo *out);
/* sa_flags. */
int32_t convert_sa_flags_to_haiku(uint64_t linux_flags);
uint64_t convert_sa_flags_to_linux(int32_t haiku_flags);
/* Haiku's status for an errno; HDBG_ERROR for one without a counterpart. */
hdbg_status convert_errno(int error);

#endif /* HDBG_HOSTED_CONVERT_H */

# Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
#
# Why files of GDB's test suite are worse on hdbg-server. OWN: they test gdbserver itself, its own texts, commands and
# parts, so that nothing but gdbserver can pass; these are excused. KNOWN: what is known of others, which stay worse.
OWN = {
    'gdb.server/no-thread-db.exp': 'gdbserver reads thread-local storage by libthread_db, and the test misdirects that by '
                                   "gdbserver's own `monitor set libthread-db-search-path`. hdbg-server does not need that "
                                   'library.',
    'gdb.server/non-existing-program.exp': "wants gdbserver's own words for a program that is not there, to the letter.",
    'gdb.server/server-mon.exp': "tests gdbserver's own `monitor` commands (`set debug`, `set debug-format`, ...) and their "
                                 'texts.',
    'gdb.server/unittest.exp': "runs gdbserver's own unit tests (`--selftest`).",
}
TRACER = ('the program ends itself unless the process that started it is also its tracer, as gdbserver is. Here hdbg-server '
          'starts it, and hdbg-nub is the tracer, by design.')
KNOWN = {
    'gdb.base/bp-permanent.exp': 'the program reads its own code and wants to find the breakpoint there. The nub puts the '
                                 "first breakpoints into the processor's registers, as Haiku's does.",
    'gdb.base/break-main-file-remove-fail.exp': 'a breakpoint is removed from memory that is not mapped any more: gdbserver '
                                                'answers with an error, hdbg-server takes it as done.',
    'gdb.base/hbreak-unmapped.exp': 'a breakpoint in a register at address 0, which the nub refuses where nothing is mapped.',
    'gdb.base/siginfo-obj.exp': 'the details of a signal cannot be changed for the program, only looked at.',
    'gdb.base/sigrepeat.exp': 'two signals that come at once while a line is stepped: GDB stops in the handler.',
    'gdb.base/watch-bitfields.exp': 'more pieces are watched at once than there are registers: one is kept free for stepping '
                                    "over breakpoints, as Haiku's nub does, and none watches eight bytes.",
    'gdb.base/watchpoint-hw-attach.exp': 'wants a watchpoint of eight bytes beside others: see watch-bitfields.',
    'gdb.threads/ia64-sigill.exp': TRACER,
    'gdb.threads/siginfo-threads.exp': TRACER,
    'gdb.threads/watchthreads-reorder.exp': TRACER,
    'gdb.threads/no-unwaited-for-left.exp': 'the main thread ends alone while the others are held: the nub tells the end of '
                                            'every thread but that one, as on Haiku, so nobody hears that none is left.',
    'gdb.threads/attach-into-signal.exp': 'wants an attach to meet the signals that the program sends itself. The nub stops '
                                          'a thread before it takes its next signal, which is then told when it goes on; '
                                          'none is lost.',
    'gdb.threads/clone-new-thread-event.exp': 'see clone-thread_db.',
    'gdb.threads/clone-thread_db.exp': 'a process that was made by clone(CLONE_VM) is a team of its own here, as to the '
                                       'kernel; gdbserver takes it for a thread.',
    'gdb.threads/current-lwp-dead.exp': 'see clone-thread_db.',
    'gdb.threads/process-dies-while-handling-bp.exp': 'depends on chance on both: GDB shows a KFAIL now and then.',
    'gdb.threads/process-exit-status-is-leader-exit-status.exp': 'depends on chance on both: other rounds fail each time.',
    'gdb.threads/sigstep-threads.exp': 'two threads that send signals to themselves: GDB ends a step at the first line of '
                                       'the handler now and then.',
}


def of(file):
    return OWN.get(file)


def known(file):
    return KNOWN.get(file)

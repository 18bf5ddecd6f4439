# Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
#
# For GDB: prints which of its frames are tail calls, "TAILCALL thread level". They are on no stack: GDB concludes them.
import gdb  # noqa: F401

for thread in gdb.selected_inferior().threads():
    thread.switch()
    try:
        frame, level = gdb.newest_frame(), 0
        while frame is not None:
            if frame.type() == gdb.TAILCALL_FRAME:
                print('TAILCALL %d %d' % (thread.ptid[1], level))
            frame, level = frame.older(), level + 1
    except gdb.error as error:
        print('the stack of thread %d ends: %s' % (thread.ptid[1], error))

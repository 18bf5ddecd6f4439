# Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
#
# The differences between the library's stacks and GDB's that are understood: whose fault each is, and how that is known.
# The patterns are searched in the program's name, the library's frame, GDB's frame, and the hint, as tests/compare/run
# makes them; the first entry that fits explains.
import collections

Entry = collections.namedtuple('Entry', 'title patterns text')

EXPLAINED = [
    Entry('Frames that GDB concludes: tail calls', ('', '^no frame$', '', '^tail call$'),
          'A function that ended by jumping into another one is on the stack no more. GDB concludes from `DW_TAG_call_site` which '
          'functions were left this way, and shows them (its frame type is TAILCALL_FRAME) if there is but one way. The library '
          'shows what is on the stack. GDB tells more here.'),
    Entry('Lines that GDB cuts to 16 bits', ('', ' at ', ' at ', '^the library; 65536'),
          'Function and file are the same, and eu-addr2line, asked for the same address, names the library\'s line. GDB\'s is '
          '65536 too small: GDB 13 keeps the line of an inlined call in 16 bits.'),
    Entry('Lines that begin and end at the same address', ('', ' at ', ' at ', '^the library$'),
          'Function and file are the same, and eu-addr2line, asked for the same address, names the library\'s line and not '
          'GDB\'s. Where several rows of the line table have the same address, GDB takes the last one that is a recommended '
          'breakpoint (`is_stmt`), though all rows but the last cover no byte. Looked up in the line table for '
          '`__lll_lock_wake` and `msort_with_tmp` of the C library.'),
    Entry('GDB goes on after the end of the stack', ('stack-smashing', '^no frame$', r'^\?$', ''),
          'The return address was overwritten. The library says so and stops; GDB shows words of the stack as frames.'),
]

# Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
#
# The differences between the library's stacks and GDB's that are understood: whose fault each is, and how that is known.
# The patterns are searched in the program's name, the library's frame, GDB's frame, and the hint, as tests/compare/run
# makes them; of variables in the program, function, name, what differs, the library's value and GDB's. The first entry that fits
# explains.
import collections

Entry = collections.namedtuple('Entry', 'title patterns text')

EXPLAINED = [
    Entry('Functions that a jump was inlined into', ('', '', '^no frame$', '^around a tail call$'),
          'A function that ended with a jump is on the stack no more; both conclude it from `DW_TAG_call_site`. Here the jump is in a '
          'function that is inlined into another one (`DW_TAG_inlined_subroutine`), and both functions were left by it. GDB shows the '
          'inlined one alone: its unwinder of tail calls takes the frame before the one of inlined functions is asked. The library '
          'shows both.'),
    Entry('Functions that two libraries have', ('', ' at ', '^no frame$', '^tail call$'),
          'The C library\'s function ended with a jump to one that is in another of its units and known by name (`__fstatat64`). The '
          'name is local to the library, and the dynamic linker has a function of that name, too. GDB takes the first that it '
          'finds, from which no way leads to where the thread is, and shows no frame (`set debug entry-values 1` tells so). The '
          'library asks first whether the function that the thread is in has that name.'),
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

VARIABLES = [
    Entry('What an inlined function\'s caller passed', ('', '', '', 'value, but for the whole frame', '', ''),
          'A variable of an inlined function is what the function around it was called with (`DW_OP_entry_value`). GDB 13 evaluates what '
          'the caller passed in the next frame, which of an inlined function is the function around it, with its registers, and not the '
          'caller. Asked for the same variable in the frame of the function around it, GDB says what the library says; each of these '
          'values was asked for there.'),
    Entry('Registers that calls need not keep', ('', '', '', '^value$', '^<not saved>$', '^[^<]'),
          'By the debug information the variable is in a register that a called function may change, and the call frame information does '
          'not say where that was saved. GDB takes it for unchanged and shows what is in the register now. The library does so only if '
          'GCC has compiled the function: it ends a variable\'s range before a call that changes its register, other compilers behind it.'),
    Entry('Variables of blocks that have no code', ('', '', '', '^there$', '^no variable$', '<optimized out>$'),
          'An inlined function\'s copy leaves out what it has no code of. What its blocks would have held, GDB takes from the '
          'function\'s abstract description (`DW_AT_abstract_origin`), whether the program stands in that block or not, and shows '
          'it as optimised out, also once more if the block is there. The library shows what is in the copy, and of the abstract '
          'description the variables of the function itself.'),
    Entry('Static variables of blocks that have no code', ('', '', '', '^static, there$', '^no variable$', ''),
          'As above; of a static variable there is a value wherever the program stands.'),
]

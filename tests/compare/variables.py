# Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
#
# For GDB: prints the arguments and locals of each frame, a line each and its words between tabs:
#     VARIABLE  thread  level  argument  static  name  type  value  other
# The value of a number, pointer or enumeration is written as compare-stacks writes it; of all else "{...}". `other` is the value
# that GDB finds in the frame that an inlined function's belongs to, of which it asks for the same registers: GDB 13 looks for what
# a function was called with in the next frame, which of an inlined function is not the caller's.
import re

import gdb

LIMIT = 200  # variables of a frame, as the library's

INTEGERS = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_CHAR, gdb.TYPE_CODE_BOOL)


def is_all_lost(text):
    return set(re.findall('<[^>]*>|= [^{<]', text)) <= {'<optimized out>'}


def text_of(value):
    kind = value.type.strip_typedefs().code
    is_scalar = kind in INTEGERS + (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_FLT, gdb.TYPE_CODE_ENUM)
    # A part of a structure may be lost.
    if value.is_optimized_out and (is_scalar or is_all_lost(value.format_string())):
        return '<optimized out>'
    if kind == gdb.TYPE_CODE_PTR or kind == gdb.TYPE_CODE_REF or kind == gdb.TYPE_CODE_RVALUE_REF:
        text = value.format_string(raw=True, symbols=False)
        if '<synthetic pointer>' in text or 'optimized out>' in text:
            return text.lstrip('@').split(':')[0]
        return '0x%x' % int(value if kind == gdb.TYPE_CODE_PTR else value.referenced_value().address)
    if kind == gdb.TYPE_CODE_BOOL and int(value) in (0, 1):
        return ('false', 'true')[int(value)]
    if kind in INTEGERS:
        return str(int(value))
    if kind == gdb.TYPE_CODE_FLT:
        return 'float %r' % float(value)
    if kind == gdb.TYPE_CODE_ENUM:
        return value.format_string()
    value.fetch_lazy()
    return '{...}'


def reason(error):
    text = str(error)
    return '<unreadable>' if 'annot access memory' in text else '<error: %s>' % text.replace('\t', ' ').replace('\n', ' ')


def is_variable(symbol):
    if symbol.is_argument or symbol.is_variable:
        # Labels of a function that is inlined are variables, too.
        return str(symbol.type) != '__CORE_ADDR'
    kind = symbol.type.strip_typedefs() if symbol.is_constant and symbol.type is not None else None
    return kind is not None and (kind.code != gdb.TYPE_CODE_ENUM or symbol.name not in (field.name for field in kind.fields()))


def read(symbol, frame):
    try:
        if symbol.addr_class == gdb.SYMBOL_LOC_OPTIMIZED_OUT:
            return '<optimized out>'
        return text_of(symbol.value(frame))
    except (gdb.error, gdb.MemoryError, ValueError, OverflowError) as error:
        return reason(error)


def real_frame(frame):
    while frame is not None and frame.type() == gdb.INLINE_FRAME:
        frame = frame.older()
    return frame


def print_frame(thread, level, frame):
    try:
        block = frame.block()
    except RuntimeError:
        return
    left, real = LIMIT, real_frame(frame)
    while block is not None and not block.is_global and not block.is_static:
        for symbol in block:
            if not is_variable(symbol) or left == 0:
                continue
            left -= 1
            text = read(symbol, frame)
            other = text if real == frame or real is None else read(symbol, real)
            print('VARIABLE\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s' % (
                thread, level, symbol.is_argument, symbol.addr_class == gdb.SYMBOL_LOC_STATIC, symbol.name, symbol.type, text, other))
        if block.function is not None:
            break
        block = block.superblock


for thread in gdb.selected_inferior().threads():
    thread.switch()
    try:
        frame, level = gdb.newest_frame(), 0
        while frame is not None:
            print_frame(thread.ptid[1], level, frame)
            frame, level = frame.older(), level + 1
    except gdb.error as error:
        print('the stack of thread %d ends: %s' % (thread.ptid[1], error))

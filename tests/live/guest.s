# Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
#
# A boot sector that ticks: with each tick of the firmware's clock it writes a line, "tick 002a", to the first serial
# port. A second processor, if there is one, counts as fast as it can, so that there is always one that runs code.

        .code16
        .globl  _start
_start: cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp

        # The other processor begins at a page's start: the code for it is a jump there.
        movb    $0xea, 0x8000
        movw    $other, 0x8001
        movw    $0, 0x8003

        # The interrupt controller lies beyond what this mode reaches, but for a segment that remembers another.
        lgdt    table
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $8, %bx
        movw    %bx, %fs
        andb    $0xfe, %al
        movl    %eax, %cr0
        movl    $0xfee00300, %ebx
        movl    $0x000c4500, %fs:(%ebx)         # to all others: begin anew
        call    delay
        movl    $0x000c4608, %fs:(%ebx)         # to all others: at 0x8000
        sti

next:   hlt
        movw    0x46c, %ax                      # the firmware's clock
        cmpw    %ax, seen
        je      next
        movw    %ax, seen
        incw    count
        movw    $text, %si
        call    write
        movw    count, %bx
        movw    $4, %cx
digit:  rolw    $4, %bx
        movb    %bl, %al
        andb    $15, %al
        cmpb    $10, %al
        sbbb    $0x69, %al                      # to a digit's letter
        das
        orb     $0x20, %al
        call    put
        loop    digit
        movb    $10, %al
        call    put
        jmp     next

write:  lodsb
        testb   %al, %al
        jz      done
        call    put
        jmp     write
put:    pushw   %ax
wait:   movw    $0x3fd, %dx
        inb     %dx, %al
        testb   $0x20, %al
        jz      wait
        movw    $0x3f8, %dx
        popw    %ax
        outb    %al, %dx
done:   ret

delay:  xorw    %cx, %cx
again:  inb     $0x80, %al
        loop    again
        ret

other:  incl    %eax
        jmp     other

        .balign 8
flat:   .quad   0, 0x00cf92000000ffff
table:  .word   15
        .long   flat
seen:   .word   0
count:  .word   0
text:   .asciz  "tick "

        .org    510
        .word   0xaa55

# Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
#
# The programs that tests/compare/run brings to a state.
import glob
import os
import signal
import subprocess

# Deep recursion of the interpreter's own C functions, until the stack is used up.
PYTHON_REPR = '''
import sys
sys.setrecursionlimit(10 ** 8)
nested = []
for i in range(10 ** 6):
    nested = [nested]
repr(nested)
'''
# C and Python functions in turns: sorting calls the key, which sorts.
PYTHON_SORT = '''
import os, signal
def key(n):
    if n == 0:
        os.kill(os.getpid(), signal.SIGSEGV)
    return sorted([n - 1], key=key)
key(40)
'''
# The text of an object asks for the text of an object.
PERL_OVERLOAD = '''
package O;
use overload '""' => sub { my $o = shift; return kill('SEGV', $$) if $$o-- <= 0; my @l = map { "$o" } 1; $l[0] };
package main;
my $n = 50;
print bless(\\$n, 'O') . "";
'''
PERL_REGEX = '''my $text = join ' ', map { $_ * 7919 % 10007 } 1 .. 3000;
while (1) { my %seen; $seen{$1}++ while $text =~ /((?:\\d+ )*?\\d*(\\d)\\2+)/g; my @l = sort { $seen{$a} <=> $seen{$b} } keys %seen; }'''

SQL = '''WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000000)
SELECT i % 1000 AS k, count(*), group_concat(printf('%x', i)), sum(i * 1.5) FROM n GROUP BY k ORDER BY 2 DESC, k;'''

MOMENTS = (0.3, 0.5, 0.7, 0.9, 1.1)


class Program:
    def __init__(self, name, command, moments=(), text='', killed_by=None, environment=None, by_report=False):
        self.name, self.command, self.moments, self.text = name, command, moments, text
        self.killed_by, self.environment = killed_by, environment or {}
        self.by_report = by_report  # no signal kills it: hdbg-report writes the core file


ALL = []


def crashers(build):
    for path in sorted(glob.glob(build + '/crashers/*')):
        name = os.path.basename(path)
        if os.access(path, os.X_OK) and not name.endswith('.so') and os.path.isfile(path):
            yield Program(name, [path], killed_by=signal.SIGSEGV if name == 'killed-from-outside' else None,
                          by_report=name == 'debugger-call')


def git_folder(sources):
    return subprocess.run(['git', '-C', sources, 'rev-parse', '--absolute-git-dir'], stdout=subprocess.PIPE,
                          text=True).stdout.strip()


def prepare(build, cache):
    """All programs."""
    sources = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
    ALL[:] = list(crashers(build))
    ALL.extend([
        Program('python3-repr', ['python3.11-dbg', '-c', PYTHON_REPR],
                text='python3.11-dbg, `repr()` of a list that is nested too deep'),
        Program('python3-sort', ['python3.11-dbg', '-c', PYTHON_SORT],
                text='python3.11-dbg, `sorted()` whose key function sorts, 40 deep'),
        Program('perl-overload', ['debugperl', '-e', PERL_OVERLOAD],
                text='debugperl, an overloaded operator that uses itself, 50 deep'),
        Program('perl-regex', ['debugperl', '-e', PERL_REGEX], MOMENTS,
                text='debugperl, matching and sorting, held at five moments'),
    ])
    if cache:
        repository = {'GIT_DIR': git_folder(sources), 'GIT_CONFIG_NOSYSTEM': '1', 'HOME': cache}
        library = {'LD_LIBRARY_PATH': ':'.join('%s/%s/lib' % (cache, name) for name in ('xz', 'sqlite3'))}
        ALL.extend([
            Program('xz', [cache + '/xz/bin/xz', '-9e', '-T2', '--block-size=1MiB', '-c', build + '/lib/hdbg-dwarf',
                           build + '/lib/libhaikudbg.so'] + ['/bin/bash', '/usr/bin/gdb'] * 4, MOMENTS,
                    text='xz with two threads, compressing, held at five moments', environment=library),
            Program('sqlite3', [cache + '/sqlite3/bin/sqlite3', ':memory:', SQL], MOMENTS,
                    text='sqlite3, a recursive query with aggregates and sorting, held at five moments',
                    environment=library),
            # Not with -C: the core file is written where the program stands.
            Program('git-log', [cache + '/git/bin/git', '--no-pager', 'log', '-p', '--stat', '-M', '-C', '--all',
                                '--find-copies-harder'], (0.02, 0.06, 0.1, 0.14), environment=repository,
                    text='git, the whole history with patches and renames, held at four moments'),
            Program('git-pack', [cache + '/git/bin/git', 'pack-objects', '--all', '--stdout', '--threads=2', '--window=100',
                                 '--no-reuse-delta', '--no-reuse-object', '-q'], (0.5, 0.8, 1.1), environment=repository,
                    text='git, packing with two threads, held at three moments'),
        ])
    return ALL

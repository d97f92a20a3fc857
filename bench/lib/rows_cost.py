# SPDX-License-Identifier: Apache-2.0
"""What tracing costs the traced: B1, B2, B3, B12, B13."""

import glob
import os
import shutil
import subprocess

from lib.bench import CALLS_OF_MIXED, LIFE, MIXED
from lib.figures import (Cannot, Pair, Result, median, met_at_most, spread)

NULL = ('-o', 'json:/dev/null')


def added_ns(bench, pairs, target, what, note='', hooked=1):
    added = [p.added for p in pairs]
    base = median([p.untraced for p in pairs])
    return Result(base=f'{base:.0f} ns', ratel=spread(added, '{:+.1f}') + ' ns',
                  target=f'≤ {target} ns',
                  what=what, note=note,
                  met=bench.met_ns(median(added), target, hooked),
                  figures={'base': base, 'added': added})


def show_ns(ns):
    return f'{ns / 1e6:.0f} ms' if ns >= 1e7 else f'{ns / 1000:.2f} µs'


def added_percent(pairs, target, what, note=''):
    percent = [p.percent for p in pairs]
    base = median([p.untraced for p in pairs])
    return Result(base=show_ns(base), ratel=spread(percent, '{:+.1f}') + ' %',
                  target=f'≤ +{target} %', met=met_at_most(median(percent), target), what=what,
                  note=note, figures={'base': base, 'percent': percent})


def loss_note(accounts, *names):
    """A lost event is a cheap event: a cost measured with loss says so."""
    seen = sum(a.total(*names).seen for a in accounts)
    lost = sum(a.total(*names).lost for a in accounts)
    return f'{lost} of {seen} events were lost meanwhile: too cheap' if lost else ''


def b1(bench):
    bench.need_root()
    pid, decoy = bench.load.pid, bench.decoy
    pairs, _ = bench.cost('getppid', 200000, ['-e', 'ptrace', '--scope', f'pid={pid}', *NULL])
    yield added_ns(bench, pairs, 27, 'a call that no rule needs')
    scopes = [('process', f'pid={decoy.pid}'), ('uid', 'uid=64999'), ('name', 'comm=ratel-decoy')]
    if decoy.cgroup():
        scopes.insert(1, ('cgroup', f'cgroup={decoy.cgroup()}'))
    for name, scope in scopes:
        pairs, accounts = bench.cost('getppid', 200000, ['-e', 'getppid', '--scope', scope, *NULL])
        count = accounts[-1].event('getppid')
        if not count.seen or count.delivered:
            raise RuntimeError(f'{scope}: {count}, but all of the calls should have been filtered')
        yield added_ns(bench, pairs, 36, f'a call filtered by {name}')


# Bursts that fit into a ring of 64 MB even when the reader does not get to read.
DEEP = ('--ring-size', '64M', '--queue-size', '256M')


def b2(bench):
    bench.need_root()
    scope = ('--scope', f'pid={bench.load.pid}')
    pairs, accounts = bench.cost('getppid', 40000, ['-e', 'getppid', *scope, *NULL, *DEEP])
    yield added_ns(bench, pairs, 90, 'getppid captured', loss_note(accounts, 'getppid'))
    pairs, accounts = bench.cost('openclose', 20000,
                                 ['-e', 'openat,close', *scope, *NULL, *DEEP])
    yield added_ns(bench, pairs, 300, 'open and close captured, with path',
                   loss_note(accounts, 'openat', 'close'), hooked=2)
    tree = ('--scope', f'tree={bench.load.pid}')
    pairs, accounts = bench.cost('mixed', 4096, ['-e', MIXED, *tree, *NULL, *DEEP])
    result = added_percent(pairs, 45, 'mixed load, all its calls', loss_note(accounts))
    if bench.floor_ns():
        empty = 100 * CALLS_OF_MIXED * bench.floor_ns() / result.figures['base']
        result.note = f'{empty:.0f} % for empty programs on the hook; {result.note}'.rstrip('; ')
    yield result


def b3(bench):
    bench.need_root()
    tree = ('--scope', f'tree={bench.load.pid}')
    for what, events in (('fork and exec, the events of life', ','.join(LIFE)),
                         ('fork and exec, default set', 'default,' + ','.join(LIFE))):
        pairs, accounts = bench.cost('forkexec', 150, ['-e', events, *tree, *NULL])
        added = [p.added / 1000 for p in pairs]
        base = median([p.untraced for p in pairs]) / 1000
        yield Result(base=f'{base:.0f} µs', ratel=spread(added, '{:+.1f}') + ' µs',
                     target='≤ 15 µs',
                     met=bench.met_ns(median(added), 15), what=what,
                     note=loss_note(accounts), figures={'base': base, 'added': added})


def b12(bench):
    bench.need_root()
    rate, seconds = 1000, 10
    tracer = bench.trace(['-e', ','.join(LIFE), '--scope', f'tree={bench.load.pid}',
                          '-o', 'json:' + bench.path('exec.json')])
    try:
        cpu = tracer.cpu()
        run = bench.load.run('forkexec', rate * seconds, rate)
        cpu = tracer.cpu() - cpu
        account = tracer.stop()
    finally:
        tracer.kill()
    count = account.event('sched_process_exec')
    reached = run.operations / run.seconds
    percent = 100 * cpu / run.seconds
    note = '' if reached > rate * 0.98 else f'the load reached {reached:.0f} a second only'
    if count.delivered != run.operations:
        note += f' {count} of {run.operations} execs'
    yield Result(base='-', ratel=f'{percent:.1f} %', target='≤ 3 %', note=note.strip(),
                 met=met_at_most(percent, 3) if not note else 'no',
                 figures={'percent': percent, 'rate': reached})


COMPILED = 16  # files of a round


def b13(bench):
    bench.need_root()
    if not shutil.which('gcc'):
        raise Cannot('no gcc')
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    files = sorted(f for room in ('base', 'event', 'record')
                   for f in glob.glob(os.path.join(top, 'src', room, '*.c')))[:COMPILED]
    pairs = []
    lost = ''
    for _ in range(max(3, bench.pairs - 2)):
        untraced, _ = compile_files(bench, top, files, False)
        traced, account = compile_files(bench, top, files, True)
        pairs.append(Pair(untraced, traced))
        lost = lost or loss_note([account])
    yield added_percent(pairs, 3, f'compile of {len(files)} C files', lost)


def compile_files(bench, top, files, traced):
    """CPU nanoseconds of a shell that compiles the files one after the other, on CPU 0."""
    script = 'read go; ' + '; '.join(
        f'gcc -O2 -D_GNU_SOURCE -I{top}/src -I{top}/kernel -I{top}/catalog -I{top}/catalog/flags '
        f'-I{bench.build}/generated -c {f} -o {bench.path("a.o")} || exit 1' for f in files)
    shell = subprocess.Popen(['taskset', '-c', '0', 'sh', '-c', script], stdin=subprocess.PIPE)
    tracer = account = None
    try:
        if traced:
            tracer = bench.trace(['-e', 'execve,sched_process_exec,openat,connect',
                                  '--scope', f'tree={shell.pid}', *NULL])
        shell.stdin.write(b'go\n')
        shell.stdin.close()
        _, status, use = os.wait4(shell.pid, 0)
        shell.returncode = os.waitstatus_to_exitcode(status)
        if shell.returncode:
            raise RuntimeError('the compiler failed')
        if tracer:
            account = tracer.stop()
    finally:
        if shell.returncode is None:
            shell.kill()
        if tracer:
            tracer.kill()
    return (use.ru_utime + use.ru_stime) * 1e9, account

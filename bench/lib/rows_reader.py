# SPDX-License-Identifier: Apache-2.0
"""What the reader needs, live: B4, B5, B7, B8, B9, B10, B11."""

import json
import os
import subprocess
import time

from lib.bench import CALLS_OF_MIXED, LIFE, MIXED, MIXED_CALLS
from lib.figures import Cannot, Result, median, met_at_most, spread

def reader_cost(bench, args, operations, rate, settle=0):
    """CPU microseconds of ratel for each event that it read, and the account, of one paced run."""
    tracer = bench.trace(args)
    try:
        time.sleep(settle)
        bench.load.run('getppid', 1000)
        cpu = tracer.cpu()
        bench.load.run('getppid', operations, rate)
        time.sleep(0.1)
        cpu = tracer.cpu() - cpu
        account = tracer.stop()
    finally:
        tracer.kill()
    count = account.event('getppid')
    return 1e6 * cpu / (count.seen - count.lost), account


def b4_live(bench):
    bench.need_root()
    args = ['-e', 'getppid.retval=-1', '--scope', f'pid={bench.load.pid}', '-o', 'json:/dev/null']
    costs = []
    for _ in range(3):
        cost, account = reader_cost(bench, args, 2500000, 500000)
        if account.event('getppid').delivered:
            raise RuntimeError('an event passed a filter that rejects all')
        costs.append(cost)
    lost = account.event('getppid').lost
    yield Result(base='-', ratel=spread(costs, '{:.3f}') + ' µs/event', target='≤ 0.15 µs',
                 met=met_at_most(median(costs), 0.15), what='live, 500 k a second, rejected',
                 note=f'{lost} lost' if lost else '', figures={'us': costs})


def b5_live(bench):
    bench.need_root()
    path = bench.path('live.json')
    args = ['-e', 'getppid', '--scope', f'pid={bench.load.pid}', '-o', 'json:' + path]
    costs = []
    for _ in range(3):
        cost, account = reader_cost(bench, args, 600000, 300000)
        costs.append(cost)
        os.unlink(path)
    count = account.event('getppid')
    note = f'{count.lost + account.dropped} of {count.seen} lost' \
        if count.lost or account.dropped else ''
    yield Result(base='-', ratel=spread(costs, '{:.2f}') + ' µs/event', target='≤ 0.7 µs',
                 met=met_at_most(median(costs), 0.7), what='live, 300 k a second, to a file',
                 note=note, figures={'us': costs})


def b7(bench):
    """Half a million system calls a second, with programs and connections among them."""
    bench.need_root()
    seconds = 60 if bench.long else 10
    operations = round(500000 * seconds / CALLS_OF_MIXED / 512) * 512
    tracer = bench.trace(['-e', MIXED, '--scope', f'tree={bench.load.pid}',
                          '-o', 'json:/dev/null'])
    try:
        cpu = tracer.cpu()
        run = bench.load.run('mixed', operations, 500000 / CALLS_OF_MIXED)
        cpu = tracer.cpu() - cpu
        peak = tracer.memory('VmHWM')
        account = tracer.stop()
    finally:
        tracer.kill()
    bench.peak = peak
    forks = operations // 512
    life = [account.event(name) for name in LIFE]
    lost_life = sum(forks - c.delivered for c in life)
    bulk = account.total(*MIXED_CALLS)
    wrong = []
    getppid = account.event('getppid')  # the calls of others are seen too, and filtered
    if getppid.delivered + getppid.lost != operations:
        wrong.append(f'{operations} getppid made, {getppid}')
    wrong += [f'{name}: {c}' for name, c in account.events.items() if not c.adds_up()]
    rate = operations * CALLS_OF_MIXED / run.seconds / 1000
    note = (f'{rate:.0f} k calls/s for {run.seconds:.0f} s, ratel used '
            f'{100 * cpu / run.seconds:.0f} % of a CPU; '
            f'{bulk.lost} of {bulk.seen} bulk events lost in the kernel, '
            f'{account.dropped} before the output; ' +
            ('every event is accounted for' if not wrong else 'NOT accounted for: ' +
             '; '.join(wrong)))
    percent = 100 * (bulk.lost + account.dropped) / max(bulk.seen, 1)
    yield Result(base=f'{3 * forks} life events', ratel=f'{lost_life} lost; bulk {percent:.2f} %',
                 target='0 of life', met='yes' if not lost_life and not wrong else 'no', note=note,
                 figures={'lost_life': lost_life, 'bulk_percent': percent, 'rate': rate})


def b8(bench):
    bench.need_root()
    for what, ring in (('16 processes, small rings', '64K'), ('16 processes, large rings', '16M')):
        calls = 1000000
        with subprocess.Popen(['wc', '-l'], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as lines:
            tracer = bench.trace(['-e', 'getpid', '--ring-size', ring, '-o', 'json', '--',
                                  bench.program('provoke/load'), 'getpid', '16', str(calls)],
                                 stdout=lines.stdin, wait=False, pin='0,1')
            lines.stdin.close()
            try:
                account = tracer.finish()
            finally:
                tracer.kill()
            written = int(lines.stdout.read())
        c = account.event('getpid')
        # What other processes do is filtered by scope, and is not of the million.
        accounted = c.delivered + c.lost
        lines_due = account.total().delivered - account.dropped
        right = accounted == calls and c.adds_up() and written == lines_due
        yield Result(base='1,000,000', ratel=f'{accounted:,}', target='1,000,000', what=what,
                     met='yes' if right else 'no',
                     note=f'{c.delivered} delivered, {c.lost} lost, {c.filtered} of others '
                          f'filtered; {written} lines of {lines_due} that were due, '
                          f'{account.dropped} dropped before the output',
                     figures={'accounted': accounted, 'delivered': c.delivered, 'lost': c.lost})


def b9(bench):
    bench.need_root()
    tracer = bench.trace(['--scope', f'tree={bench.decoy.pid}', '-o', 'json:/dev/null'])
    try:
        time.sleep(2)
        idle = tracer.memory('VmHWM')
        tracer.stop()
    finally:
        tracer.kill()
    yield Result(base='-', ratel=f'{idle:.1f} MB', target='≤ 20 MB',
                 what='memory, idle, default set', met=met_at_most(idle, 20), figures={'mb': idle})
    if not hasattr(bench, 'peak'):
        for _ in b7(bench):
            pass
    yield Result(base='-', ratel=f'{bench.peak:.1f} MB', target='≤ 64 MB',
                 what='memory, peak under the load of B7', met=met_at_most(bench.peak, 64),
                 figures={'mb': bench.peak})
    yield ceiling(bench)


def ceiling(bench):
    """--max-memory refuses what would not fit, and is not exceeded where it fits."""
    refused = subprocess.run([bench.ratel, 'trace', '--scope', f'tree={bench.decoy.pid}',
                              '--max-memory', '8M', '--duration', '1s', '-o', 'json:/dev/null'],
                             capture_output=True, text=True, check=False)
    tracer = bench.trace(['-e', MIXED, '--scope', f'tree={bench.load.pid}', '--max-memory', '24M',
                          '-o', 'json:/dev/null'])
    try:
        bench.load.run('mixed', 100000)
        peak = tracer.memory('VmHWM')
        tracer.stop()
    finally:
        tracer.kill()
    ok = refused.returncode and peak <= 24 * 1.048576
    return Result(base='-', ratel=f'{peak:.1f} MB', target='≤ 25.2 MB', met='yes' if ok else 'no',
                  what='--max-memory 24M, unpaced load',
                  note='' if refused.returncode else '--max-memory 8M was not refused',
                  figures={'mb': peak})


def b10(bench):
    """From starting the program to the first event of the traced, on standard output."""
    bench.need_root()
    seconds = []
    for _ in range(7):
        bench.load.begin('getppid', 20000, 20000)
        tracer = bench.trace(['-e', 'getppid', '--scope', f'pid={bench.load.pid}', '-o', 'json'],
                             stdout=subprocess.PIPE, wait=False)
        try:
            for line in tracer.process.stdout:
                if json.loads(line)['event'] == 'getppid':
                    seconds.append(time.monotonic() - tracer.started)
                    break
            tracer.stop()
        finally:
            tracer.kill()
        bench.load.end()
    yield Result(base='-', ratel=spread(seconds, '{:.3f}') + ' s', target='≤ 0.2 s',
                 met=met_at_most(median(seconds), 0.2), figures={'seconds': seconds})


def b10_load(bench):
    """From starting the program to its end, around a command that ends at once."""
    bench.need_root()
    for events, target in (('default', 0.2), ('all', 1.5)):
        seconds = []
        for _ in range(5):
            begun = time.monotonic()
            done = subprocess.run([bench.ratel, 'trace', '-e', events, '-o', 'json:/dev/null', '--', '/bin/true'],
                                  check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seconds.append(time.monotonic() - begun)
            if done.returncode:
                raise Cannot(f'exit {done.returncode}')
        yield Result(base='-', ratel=spread(seconds, '{:.3f}') + ' s', target=f'≤ {target} s',
                     what=f'{events} events', met=met_at_most(median(seconds), target),
                     figures={'seconds': seconds})


def b11(bench):
    bench.need_root()
    seconds = 30 if bench.long else 20
    tracer = bench.trace(['--scope', f'tree={bench.decoy.pid}', '-o', 'json:/dev/null'])
    try:
        time.sleep(1)
        cpu = tracer.cpu()
        time.sleep(seconds)
        idle = 100 * (tracer.cpu() - cpu) / seconds
        tracer.stop()
    finally:
        tracer.kill()
    yield Result(base='-', ratel=f'{idle:.2f} %', target='≤ 0.3 %', met=met_at_most(idle, 0.3),
                 what='CPU, idle, default set', figures={'percent': idle})
    tracer = bench.trace(['-e', 'getppid', '--scope', f'pid={bench.load.pid}',
                          '-o', 'json:/dev/null'])
    try:
        cpu = tracer.cpu()
        run = bench.load.run('getppid', 4000 * seconds, 4000)
        busy = 100 * (tracer.cpu() - cpu) / run.seconds
        account = tracer.stop()
    finally:
        tracer.kill()
    count = account.event('getppid')
    yield Result(base='-', ratel=f'{busy:.2f} %', target='≤ 1 %', met=met_at_most(busy, 1),
                 what='CPU, 4 k events a second, JSON',
                 note='' if count.delivered == run.operations else f'{count}',
                 figures={'percent': busy})

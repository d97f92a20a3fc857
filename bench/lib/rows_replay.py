# SPDX-License-Identifier: Apache-2.0
"""What can be measured without root, on the made-up recording: B4, B5, B6, B14, B15."""

import os
import re
import resource
import shutil
import subprocess
import time

from lib.bench import MIXED, MIXED_CALLS
from lib.figures import Cannot, Result, median, met_at_least, met_at_most, spread
from lib.tracer import Account

EVENTS = 1000000
RUNS = 5


def all_events():
    return ['-e', MIXED]


def none_of_them():
    """Every call of the recording is decoded and tested, and none passes."""
    return [arg for name in MIXED_CALLS for arg in ('-e', f'{name}.retval=-9999')]


def children_seconds():
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def replay(bench, selection, output, cpu='1'):
    """Wall and CPU seconds of a replay on one CPU, and its account."""
    pin = ['taskset', '-c', cpu] if int(cpu) in os.sched_getaffinity(0) else []
    start, used = time.monotonic(), children_seconds()
    done = subprocess.run([*pin, bench.ratel, 'replay', bench.recording(EVENTS), *selection,
                           '-o', output, '--stats'], stderr=subprocess.PIPE, text=True, check=False)
    wall, cpu_seconds = time.monotonic() - start, children_seconds() - used
    if done.returncode:
        raise RuntimeError(f'ratel replay failed: {done.stderr.strip()[-300:]}')
    account = Account(done.stderr)
    if account.total().seen != EVENTS:
        raise RuntimeError(f'{account.total().seen} of {EVENTS} events were replayed')
    return wall, cpu_seconds, account


def replays(bench, selection, output):
    bench.recording(EVENTS)
    runs = [replay(bench, selection, output) for _ in range(RUNS)]
    return [w for w, _, _ in runs], [c for _, c, _ in runs], runs[-1][2]


def rate(wall, target, what, note=''):
    millions = [EVENTS / w / 1e6 for w in wall]
    return Result(base='-', ratel=spread(millions, '{:.2f}') + ' M/s', target=f'≥ {target} M/s',
                  met=met_at_least(median(millions), target), what=what, note=note,
                  figures={'millions': millions})


def cost(cpu, target, what):
    micro = [1e6 * c / EVENTS for c in cpu]
    return Result(base='-', ratel=spread(micro, '{:.2f}') + ' µs/event', target=f'≤ {target} µs',
                  met=met_at_most(median(micro), target), what=what, figures={'us': micro})


def b4_replay(bench):
    _, cpu, account = replays(bench, none_of_them(), 'json:/dev/null')
    if account.total(*MIXED_CALLS).delivered:
        raise RuntimeError('an event passed a filter that rejects all')
    yield cost(cpu, 0.15, 'replay, decoded and rejected')


def b5_replay(bench):
    wall, cpu, _ = replays(bench, all_events(), 'json:/dev/null')
    yield cost(cpu, 0.7, 'replay to JSON, /dev/null')
    path = bench.path('replay.json')
    wall, cpu, _ = replays(bench, all_events(), 'json:' + path)
    os.unlink(path)
    yield cost(cpu, 0.7, 'replay to JSON, a file')
    yield rate(wall, 1.2, 'the same, one CPU')


def b6(bench):
    wall, _, _ = replays(bench, none_of_them(), 'json:/dev/null')
    yield rate(wall, 4, 'replay, no output, one CPU')
    wall, _, _ = replays(bench, all_events(), 'json:/dev/null')
    yield rate(wall, 1.2, 'replay to JSON, one CPU')


def b14(bench):
    path = bench.path('size.json')
    _, _, account = replay(bench, all_events(), 'json:' + path)
    if account.written != EVENTS:
        raise RuntimeError(f'{account.written} of {EVENTS} events were written')
    size = os.path.getsize(path) / account.written
    os.unlink(path)
    yield Result(base='-', ratel=f'{size:.0f} B', target='≤ 600 B', met=met_at_most(size, 600),
                 what='mixed recording', figures={'bytes': size})


def b15(bench):
    if not shutil.which('valgrind'):
        raise Cannot('no valgrind')
    for what, selection in (('no output', none_of_them()), ('JSON', all_events())):
        few, many = (instructions(bench, n, selection) for n in (10000, 50000))
        each = (many - few) / 40000
        yield Result(base='-', ratel=f'{each:.0f}', target='-', met='-',
                     what=f'instructions an event, replay, {what}', figures={'instructions': each})


def instructions(bench, events, selection):
    done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
                           bench.ratel, 'replay', bench.recording(events), *selection,
                           '-o', 'json:/dev/null'], stderr=subprocess.PIPE, text=True, check=False)
    found = re.search(r'Collected : (\d+)', done.stderr)
    if done.returncode or not found:
        raise RuntimeError(f'valgrind: {done.stderr.strip()[-300:]}')
    return int(found[1])

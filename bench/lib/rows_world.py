# SPDX-License-Identifier: Apache-2.0
"""B16, B17: what it costs to know who did it, on a recording of a compile of a large C project."""

import os
import re
import subprocess

from lib import large
from lib.bench import MIXED_CALLS
from lib.figures import Result, median, met_at_most, spread
from lib.rows_reader import reader_cost
from lib.rows_replay import RUNS, children_seconds

TARGETS_NS = {'fork': 300, 'exec': 500, 'exit': 200, 'look-up': 50}
SETTLE = 3  # seconds in which what was there at the start is read and hashed
PARTS = ('user-names', 'process', 'hash', 'container', 'ancestors', large.ENRICH)
STEP = re.compile(r'^(\S+) +(\d+) times +(\d+) ns, nine of ten below +(\d+) ns, 99 of a hundred +(\d+) ns$', re.M)


def b16(bench):
    """Each step of the world by itself, in user space: median, what nine of ten and 99 of a hundred are below."""
    path = large.recording(bench)
    found = {}
    for _ in range(RUNS):
        text = subprocess.run([bench.program('bench/world'), path], stdout=subprocess.PIPE,
                              text=True, check=True).stdout
        for name, count, *ns in STEP.findall(text):
            found.setdefault(name, (int(count), []))[1].append([float(n) for n in ns])
    for name, target in TARGETS_NS.items():
        count, runs = found[name]
        middle, most, nearly = (median(column) for column in zip(*runs))
        yield Result(base='-', ratel=f'{middle:.0f}; 90 % {most:.0f}; 99 % {nearly:.0f} ns', target=f'≤ {target} ns',
                     met=met_at_most(middle, target), what=f'{name}, {count} of them', figures={'ns': runs})


def replay_seconds(bench, path, extra):
    used = children_seconds()
    subprocess.run([bench.ratel, 'replay', path, '-o', 'json:/dev/null', *extra],
                   stderr=subprocess.DEVNULL, check=True)
    return children_seconds() - used


def bytes_of(bench, path, extra):
    """Of JSON, an event."""
    out = bench.path('size.json')
    subprocess.run([bench.ratel, 'replay', path, '-o', 'json:' + out, '-n', '100000', *extra],
                   stderr=subprocess.DEVNULL, check=True)
    size = os.path.getsize(out) / 100000
    os.unlink(out)
    return size


def in_turns(plain, enriched, what, unit, note=''):
    """How much more one is than the other, pair by pair."""
    percent = [100 * (e - p) / p for p, e in zip(plain, enriched)]
    return Result(base=f'{median(plain):.3f} {unit}', ratel='+' + spread(percent) + ' %', target='≤ +15 %',
                  met=met_at_most(median(percent), 15), what=what, note=note, figures={'percent': percent})


def b17_replay(bench):
    """The same events with and without what --enrich adds."""
    path = large.recording(bench)
    none = [arg for name in MIXED_CALLS for arg in ('-e', f'{name}.retval=-9999')]
    rows = [('replay, no output', none, large.ENRICH)] + [('replay, JSON', ['-e', 'all'], part) for part in PARTS]
    size = bytes_of(bench, path, ['-e', 'all'])
    for what, selection, enrich in rows:
        pairs = [(replay_seconds(bench, path, selection),
                  replay_seconds(bench, path, [*selection, '--enrich', enrich])) for _ in range(RUNS)]
        note = ''
        if selection == ['-e', 'all']:
            longer = bytes_of(bench, path, [*selection, '--enrich', enrich])
            note = f'{size:.0f} bytes an event without, {longer:.0f} with'
        yield in_turns(*zip(*pairs), f'{what}, {"all parts" if enrich == large.ENRICH else enrich}', 's', note)


def b17_live(bench):
    """B4 and B5 live, with and without."""
    bench.need_root()
    scope = ['--scope', f'tree={bench.load.pid}', '-o', 'json:/dev/null']  # and nobody else's processes
    for what, event, operations, rate in (('live, rejected', 'getppid.retval=-1', 2500000, 500000),
                                          ('live, JSON', 'getppid', 600000, 300000)):
        costs = [[reader_cost(bench, ['-e', event, *scope, *extra], operations, rate, settle=SETTLE)[0]
                  for extra in ([], ['--enrich', large.ENRICH])] for _ in range(RUNS)]
        yield in_turns(*zip(*costs), f'{what}, all parts', 'µs')

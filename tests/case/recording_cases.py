# SPDX-License-Identifier: Apache-2.0
"""Recordings: a replay says what the live run said, byte by byte, every time."""

import glob
import os

from lib.tap import Failed
from output_cases import MIXED

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')


def contents(file):
    with open(file, 'rb') as f:
        return f.read()


def first_difference(a, b):
    for i, (x, y) in enumerate(zip(a.splitlines(), b.splitlines())):
        if x != y:
            return f'line {i + 1}:\n{x[:600]!r}\n{y[:600]!r}'
    return f'{len(a.splitlines())} and {len(b.splitlines())} lines'


def same(a, b, what):
    if a != b:
        raise Failed(f'{what} differ at {first_difference(a, b)}')
    if not a:
        raise Failed(f'{what}: both are empty')


def replay(here, recording, *options):
    here.runs += 1
    file = here.path(f'replayed.{here.runs}')
    run = here.run(['replay', recording, *options, '-o', f'json:{file}'])
    if run.code:
        raise Failed(f'exit {run.code}:\n{run.stderr}')
    return contents(file)


def live_and_replay(here, events, *command):
    here.machine.require_live()
    live, recording = here.path('live.json'), here.path('r.ratel')
    run = here.run(['trace', '-e', events, '--ring-size', '16M', '-o', f'json:{live}', '-o',
                    f'recording:{recording}', '--', *command])
    if run.code:
        raise Failed(f'exit {run.code}:\n{run.stderr}')
    once = replay(here, recording)
    same(contents(live), once, 'live and replay')
    same(once, replay(here, recording), 'two replays')
    return recording


def identical_mixed(here):
    recording = live_and_replay(here, MIXED, here.provoker('exec'), 'hostile')
    same(replay(here, recording, '--raw'), replay(here, recording, '--raw'), 'two raw replays')


def identical_all_calls(here):
    live_and_replay(here, 'syscalls', here.provoker('syscalls'))


def identical_other_outputs(here):
    """csv, table and tracee of a replay are those of the live run."""
    here.machine.require_live()
    recording = here.path('r.ratel')
    forms = ('csv', 'tracee', 'table')
    outputs = [f'{form}:{here.path("live." + form)}' for form in forms] + [f'recording:{recording}']
    run = here.run(['trace', '-e', MIXED, *sum((['-o', o] for o in outputs), []), '--',
                    here.provoker('exec'), 'hostile'])
    if run.code:
        raise Failed(f'exit {run.code}:\n{run.stderr}')
    here.run(['replay', recording, *sum((['-o', f'{form}:{here.path("again." + form)}'] for form in forms), [])])
    for form in forms:
        same(contents(here.path('live.' + form)), contents(here.path('again.' + form)), form)


def record_then_replay(here):
    """ratel record, and a replay that chooses."""
    here.machine.require_live()
    recording = here.path('r.ratel')
    run = here.run(['record', '-e', 'openat,close,fchmod', '-o', recording, '--', here.provoker('files'), 'file',
                    here.dir])
    if run.code:
        raise Failed(f'exit {run.code}:\n{run.stderr}')
    every = here.run(['replay', recording])
    chosen = here.run(['replay', recording, '-e', 'fchmod'])
    names = {e['event'] for e in chosen.events} - {'ratel_info', 'init_namespaces', 'loss', 'stats'}
    if names != {'fchmod'} or len(every.events) <= len(chosen.events):
        raise Failed(f'{names}, {len(every.events)} and {len(chosen.events)} events')


def stored(here):
    """Recordings that are kept give the output that is kept beside them."""
    compared = 0
    for file in sorted(glob.glob(os.path.join(DATA, '*.ratel'))):
        for form in ('json', 'csv', 'table'):
            wanted = file[:-len('.ratel')] + '.' + form
            if os.path.exists(wanted):
                got = here.path('got.' + form)
                run = here.run(['replay', file, '-o', f'{form}:{got}'])
                if run.code:
                    raise Failed(f'{file}: exit {run.code}:\n{run.stderr}')
                same(contents(wanted), contents(got), f'{os.path.basename(wanted)} and the replay')
                compared += 1
    if compared < 3:
        raise Failed(f'only {compared} outputs are stored in {DATA}')


def range_of_time(here):
    """--since and --until cut a replay where they say; the parts are the whole."""
    recording = live_and_replay(here, 'openat,close,lseek,fchmod', here.provoker('files'), 'file', here.dir)
    every = [e for e in here.run(['replay', recording]).events if 'ratel' not in e.get('flags', [])]
    middle = every[len(every) // 2]['time']
    before = here.run(['replay', recording, '--until', middle]).events
    after = here.run(['replay', recording, '--since', middle]).events
    parts = [e for e in before + after if 'ratel' not in e.get('flags', [])]
    if parts != every or not before or not after:
        raise Failed(f'{len(every)} events; {len(before)} before {middle}, {len(after)} after')


def from_a_pipe(here):
    """A recording that comes through a pipe replays as the file does."""
    recording = live_and_replay(here, 'openat,close', here.provoker('files'), 'file', here.dir)
    file = here.path('piped.json')
    with open(recording, 'rb') as f:
        reader, writer = os.pipe()
        child = here.start(['replay', '-', '-o', f'json:{file}'], stdin=reader)
        os.close(reader)
        with os.fdopen(writer, 'wb') as out:
            out.write(f.read())
    if child.wait(10):
        raise Failed(f'exit {child.returncode}')
    same(contents(file), replay(here, recording), 'the piped and the opened recording')


def cut_at_many_places(here):
    """A recording that ends early replays its beginning, or says why it can't; it never crashes or hangs."""
    recording = live_and_replay(here, MIXED, here.provoker('exec'), 'hostile')
    whole, data = replay(here, recording).splitlines(), contents(recording)
    cut = here.path('cut.ratel')
    for part in range(0, 40):
        with open(cut, 'wb') as f:
            f.write(data[:len(data) * part // 40])
        run = here.run(['replay', cut, '-o', f'json:{here.path("cut.json")}'])
        if run.code not in (0, 1) or (run.code == 1 and not run.stderr):
            raise Failed(f'cut at {part}/40: exit {run.code}\n{run.stderr}')
        lines = contents(here.path('cut.json')).splitlines() if os.path.exists(here.path('cut.json')) else []
        kept = [line for line in lines if b'"event":"loss"' not in line]
        if kept != whole[:len(kept)]:
            raise Failed(f'cut at {part}/40: not the beginning: {first_difference(contents(here.path("cut.json")), b"")}')


CASES = [from_a_pipe, cut_at_many_places, range_of_time, identical_mixed, identical_all_calls, identical_other_outputs, record_then_replay, stored]

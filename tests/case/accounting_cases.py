# SPDX-License-Identifier: Apache-2.0
"""Nothing is lost in silence: seen = delivered + filtered + lost, exact to the last event; and order."""

import os

from lib.place import account, own_seen
from lib.tap import Failed

MILLION = 1000000


def limit(seconds):
    def set_limit(function):
        function.limit = seconds
        return function
    return set_limit


def count_lines(file):
    with open(file, 'rb') as f:
        return sum(chunk.count(b'\n') for chunk in iter(lambda: f.read(1 << 20), b''))


def million(here, *options):
    """16 processes make 1,000,000 getpid calls; the account's row, and how many lines were written."""
    here.machine.require_live()
    file = here.path('million.json')
    run = here.run(['trace', '-e', 'getpid', '--stats', *options, '-o', f'json:{file}', '--',
                    here.provoker('load'), 'getpid', '16', str(MILLION)], timeout=60)
    if run.code:
        raise Failed(f'exit {run.code}:\n{run.stderr}')
    row = account(run.stderr)['getpid']
    row['outside'] = row['seen'] - own_seen(run.stderr)  # calls of other programs
    row['filtered'] -= row['outside']
    row['seen'] -= row['outside']
    return row, run, file


def exact(row):
    total = row['delivered'] + row['filtered'] + row['lost']
    if total != MILLION or row['seen'] != MILLION:
        raise Failed(f'{total:,} of {MILLION:,} accounted for: {row}')


@limit(60)
def million_small_ring(here):
    row, run, _ = million(here, '--ring-size', '64K')
    exact(row)
    if row['lost'] and 'no room in the ring' not in run.stderr:
        raise Failed('lost without a cause:\n' + run.stderr)


@limit(60)
def million_large_ring(here):
    row, run, file = million(here, '--ring-size', '256M', '--queue-size', '1G')
    exact(row)
    if row['delivered'] != MILLION or row['lost']:
        raise Failed(f'a ring of 256 MiB lost some: {row}\n{run.stderr}')
    written = count_lines(file) - other_lines(file)
    if written != MILLION:
        raise Failed(f'{written:,} of {MILLION:,} were written')


def other_lines(file):
    with open(file, 'rb') as f:
        return sum(b'"event":"getpid"' not in line for line in f)


@limit(60)
def million_out_of_scope(here):
    """Calls outside of the scope count as filtered, not as lost."""
    row, _, _ = million(here, '--scope', 'comm=nobody-has-this')
    if row['outside'] < MILLION or row['delivered'] or row['lost']:
        raise Failed(f'{row}')


@limit(60)
def million_filtered(here):
    """A test that no event passes: filtered, wherever it is decided."""
    row, _, _ = million(here, '-e', 'getpid.retval<0')
    exact(row)
    if row['delivered']:
        raise Failed(f'{row}')


@limit(60)
def lifecycle_survives_a_flood(here):
    """Bulk events fill a small ring; not one fork, exec or exit is lost."""
    here.machine.require_live()
    run = here.run(['trace', '-e', 'getpid,sched_process_fork,sched_process_exit', '--stats',
                    '--ring-size', '64K', '--', here.provoker('load'), 'getpid', '16', '400000'],
                   timeout=60)
    rows = account(run.stderr)
    for name in ('sched_process_fork', 'sched_process_exit'):
        if rows[name]['lost']:
            raise Failed(f'{name}: {rows[name]}')
    forks = [e for e in run.events if e['event'] == 'sched_process_fork']
    exits = [e for e in run.events if e['event'] == 'sched_process_exit']
    if len(forks) != 16 or len(exits) != 17:
        raise Failed(f'{len(forks)} forks, {len(exits)} exits')


@limit(60)
def loss_is_told_in_the_stream(here):
    """What is lost stands in the stream as loss events that add up to the account."""
    row, run, file = million(here, '--ring-size', '64K')
    lost = 0
    for event in here.events(file):
        if event['event'] == 'loss' and event['data'].get('event') in ('getpid', 39):
            lost += event['data'].get('count', event['data'].get('lost', 0))
    if lost != row['lost']:
        raise Failed(f'loss events say {lost:,}, the account {row["lost"]:,}')


@limit(60)
def five_hundred_programs(here):
    """Of 500 short-lived processes not one fork, exec, exit or argument is missed."""
    here.machine.require_live()
    script = 'i=0; while [ $i -lt 500 ]; do /bin/true number $i; i=$((i + 1)); done'
    run = here.run(['trace', '-e', 'execve,sched_process_fork,sched_process_exec,sched_process_exit', '--stats',
                    '--', '/bin/sh', '-c', script], timeout=50)
    if any(row['lost'] for row in account(run.stderr).values()):
        raise Failed('lost some:\n' + run.stderr)
    numbers = {'execve': [], 'sched_process_exec': []}
    forks, exits = set(), set()
    for event in run.events:
        if event['event'] in numbers and (event['data']['argv'] or [''])[0] == '/bin/true':
            numbers[event['event']].append(int(event['data']['argv'][2]))
        elif event['event'] == 'sched_process_fork':
            forks.add(event['data']['child_pid'])
        elif event['event'] == 'sched_process_exit':
            exits.add(event['process']['pid'])
    for name, seen in numbers.items():
        if seen != list(range(500)):
            raise Failed(f'{name}: {len(seen)} of 500, in order: {seen == sorted(seen)}')
    if len(forks) != 500 or not forks < exits:
        raise Failed(f'{len(forks)} forks, {len(exits)} exits')


def time_never_steps_back(here):
    """Events of one task never step back in time, and a task's own order is kept."""
    here.machine.require_live()
    run = here.run(['trace', '-e', 'lseek', '--raw', '--stats', '--ring-size', '16M', '--',
                    here.provoker('load'), 'threads', '8', '40000'])
    if account(run.stderr)['lseek']['lost']:
        raise Failed('lost some:\n' + run.stderr)
    last, counts = {}, {}
    for event in run.events:
        if event['event'] != 'lseek' or event['data']['whence'] != 0:
            continue
        tid = event['process']['tid']
        if tid in last and event['time'] < last[tid]:
            raise Failed(f'time of {tid} steps back: {last[tid]} then {event["time"]}')
        if event['data']['offset'] != counts.get(tid, 0):
            raise Failed(f'{tid}: call {event["data"]["offset"]}, expected {counts.get(tid, 0)}')
        last[tid] = event['time']
        counts[tid] = counts.get(tid, 0) + 1
    if sorted(counts.values()) != [5000] * 8:
        raise Failed(f'calls by thread: {counts}')


def order_across_cpus(here):
    """Across CPUs too the stream is in order of time, as nothing came after its window."""
    here.machine.require_live()
    if os.cpu_count() < 2:
        raise Failed('one CPU shows nothing')
    run = here.run(['trace', '-e', 'getpid', '--stats', '--ring-size', '16M', '--',
                    here.provoker('load'), 'getpid', '8', '40000'])
    times = [e['time'] for e in run.events if e['event'] == 'getpid']
    late = sum(b < a for a, b in zip(times, times[1:]))
    if late and 'came after a later event' not in run.stderr:
        raise Failed(f'{late} of {len(times)} events are out of order, and nothing says so')


def stats_events(here):
    """--stats-interval puts the counts into the stream, and they never go down."""
    here.machine.require_live()
    run = here.run(['trace', '-e', 'getpid,stats', '--stats-interval', '1s', '--duration', '2500ms', '--',
                    here.provoker('load'), 'until', here.path('stop'), '1000'])
    open(here.path('stop'), 'w').close()
    rows = [e['data'] for e in run.events if e['event'] == 'stats']
    if run.code or len(rows) < 2:
        raise Failed(f'exit {run.code}, {len(rows)} stats events\n{run.stderr}')
    for before, after in zip(rows, rows[1:]):
        for name in ('events_seen', 'filtered', 'lost', 'cpu'):
            if after[name] < before[name]:
                raise Failed(f'{name}: {before[name]} then {after[name]}')
    if not rows[-1]['events_seen'] or not rows[-1]['rss']:
        raise Failed(f'{rows[-1]}')


CASES = [stats_events, million_small_ring, million_large_ring, million_out_of_scope, million_filtered,
         lifecycle_survives_a_flood, five_hundred_programs, loss_is_told_in_the_stream, time_never_steps_back,
         order_across_cpus]

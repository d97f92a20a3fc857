# SPDX-License-Identifier: Apache-2.0
"""Who and when, beside what /proc and the clock say."""

import datetime
import os
import re
import subprocess
import time

from lib.place import cgroup2_mount
from lib.tap import Failed


def traced(here):
    """A running process's first event, and its facts from /proc."""
    here.machine.require_live()
    load = here.spawn([here.provoker('load'), 'until', here.path('stop'), '1000'], stdout=subprocess.DEVNULL)
    run = here.run(['trace', '-e', 'getpid', '--count', '1', '--scope', f'pid={load.pid}'])
    facts = facts_of(load.pid)
    open(here.path('stop'), 'w').close()
    found = [e for e in run.events if e['event'] == 'getpid']
    if run.code or not found:
        raise Failed(f'exit {run.code}, no event\n{run.stderr}')
    return found[0], facts


def facts_of(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rpartition(')')[2].split()
    facts = {'pid': pid, 'ppid': int(fields[1]), 'ticks': int(fields[19])}
    with open(f'/proc/{pid}/comm', encoding='ascii') as f:
        facts['name'] = f.read().strip()
    for line in open(f'/proc/{pid}/status', encoding='ascii'):
        word, _, rest = line.partition(':')
        if word in ('Uid', 'Gid'):
            facts[word.lower()] = int(rest.split()[0])
    for kind, member in (('mnt', 'mntns'), ('pid', 'pidns'), ('net', 'netns'), ('user', 'userns')):
        facts[member] = os.stat(f'/proc/{pid}/ns/{kind}').st_ino
    mount = cgroup2_mount()
    if mount:
        with open(f'/proc/{pid}/cgroup', encoding='ascii') as f:
            path = next(line.strip()[3:] for line in f if line.startswith('0::'))
        facts['cgroup'] = os.stat(mount + path).st_ino
    return facts


def as_proc_says(here):
    """Ids, namespaces, cgroup, name and start time are those of /proc."""
    event, facts = traced(here)
    tick = 1000000000 // os.sysconf('SC_CLK_TCK')
    for name, wanted in facts.items():
        if name != 'ticks' and event['process'].get(name) != wanted:
            raise Failed(f'{name}: {event["process"].get(name)}, /proc says {wanted}')
    if abs(event['process']['start'] // tick - facts['ticks']) > 1:
        raise Failed(f'start {event["process"]["start"]}, /proc says {facts["ticks"]} ticks')


def time_is_now(here):
    """An event's time is the wall clock's."""
    before = time.time()
    event, _ = traced(here)
    after = time.time()
    when = event['time']
    at = datetime.datetime.strptime(when[:19] + '+0000', '%Y-%m-%dT%H:%M:%S%z').timestamp()
    at += float('0' + when[19:-1])
    if not before - 0.01 < at < after + 0.01:
        raise Failed(f'{when} is {at}; the run was from {before} to {after}')


def times_of_a_child(here):
    """The start times that a fork tells are those that the child and the parent carry."""
    here.machine.require_live()
    run = here.run(['trace', '--raw', '-e', 'sched_process_fork,sched_process_exit', '--', here.provoker('life'),
                    'fork'])
    fork = next(e for e in run.events if e['event'] == 'sched_process_fork'
                and str(e['data']['child_pid']) == run.keys()['CHILD'])
    child = next(e for e in run.events if e['event'] == 'sched_process_exit'
                 and e['process']['pid'] == fork['data']['child_pid'])
    if fork['data']['start_time'] != child['process']['start'] \
            or fork['data']['parent_start_time'] != fork['process']['start'] \
            or child['process']['parent_start'] != fork['process']['start']:
        raise Failed(f'{fork}\n{child}')


def descriptors_as_proc_says(here):
    """--enrich fd-paths gives each kind of descriptor the path that /proc gives it, memfd as policies know it."""
    here.machine.require_live()
    run = here.run(['trace', '-e', 'fcntl', '--enrich', 'fd-paths', '--', here.provoker('fds'), here.dir])
    if run.code:
        raise Failed(f'exit {run.code}:\n{run.stderr}')
    wanted = {int(key[5:]): path for key, path in run.keys().items() if key.startswith('PATH_')}
    wanted = {fd: re.sub(r'^/(memfd:.*) \(deleted\)$', r'\1', path) for fd, path in wanted.items()}
    seen = {e['data']['fd']['fd']: e['data']['fd']['path'] for e in run.events
            if e['event'] == 'fcntl' and isinstance(e['data']['fd'], dict)}
    wrong = [f'{fd}: {str(seen.get(fd))[:200]}, /proc says {path[:200]}' for fd, path in wanted.items()
             if seen.get(fd) != path]
    if wrong or len(wanted) < 20:
        raise Failed(f'{len(wrong)} of {len(wanted)} differ:\n' + '\n'.join(wrong))


CASES = [descriptors_as_proc_says, as_proc_says, time_is_now, times_of_a_child]

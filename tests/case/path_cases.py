# SPDX-License-Identifier: Apache-2.0
"""Paths of files, beside what readlink(2), getcwd(2) and mountinfo say of the same descriptors."""

import os
import re

from lib import place, series
from lib.tap import Failed, Skipped

SEEDS = range(1, 6)
PATH_MAX = 4096
UNREACHABLE = b'(unreachable)'


class Told:
    """What the kernel says of a descriptor in a process: a line FD of the provoker."""

    def __init__(self, words):
        self.view, self.pid, self.fd = words[0], int(words[1]), int(words[2])
        self.mounted, self.cwd = words[3] == '1', words[4]
        self.text = None if words[5] == '-' else bytes.fromhex(words[5])

    def without_directory(self):
        return self.text is not None and (not self.text.startswith(b'/') or self.memory() is not None)

    def memory(self):
        """The name of a file in memory as policies know it."""
        found = re.match(rb'^/(memfd:.*) \(deleted\)$', self.text or b'', re.DOTALL)
        return found.group(1) if found and not self.mounted else None

    def escaped(self):
        """Directories that were moved out of what is mounted have no path for the kernel."""
        return self.text in (b'/', b'/ (deleted)') and self.cwd != '1'


def reachable(told, plain):
    """Whether the path, as it is in plain, leads to the root that told was told under."""
    if told.view == 'plain':
        return told.mounted and not told.escaped()
    if told.cwd != '-':
        return told.cwd == '1'
    return told.view == 'chroot' and told.text != plain.text  # the kernel does not say; it shows the whole


def mistake(value, cut, told, plain):
    """What is wrong with a path, or nothing."""
    if told.without_directory():
        wanted = told.memory() or told.text
        return None if value == wanted and not cut else f'not {wanted}'
    if told.text is not None and not reachable(told, plain):
        if told.escaped():
            removed = not told.text.endswith(b' (deleted)') or value.endswith(b' (deleted)')
            fits = value.startswith(UNREACHABLE + b'/') and removed and not cut
            return None if fits else f'unreachable, {told.text} for the kernel'
        wanted = UNREACHABLE + told.text
    else:
        wanted = told.text
    if wanted is None or len(wanted) >= PATH_MAX:
        end = told.text or plain.text or value
        if cut != 'longer than the limit' or value.startswith(b'/') or not end.endswith(value):
            return f'not cut ({cut})'
        return None
    return None if value == wanted and not cut else f'not {wanted}'


def kind(told, plain):
    """What was tried with this descriptor: one of KINDS."""
    if told.without_directory():
        return 'without directory'
    if told.text is None:
        return 'too long'
    if told.escaped():
        return 'escaped'
    if not reachable(told, plain):
        return f'unreachable {told.view}'
    if told.view == 'chroot':
        return 'in a chroot'
    return 'deleted' if told.text.endswith(b' (deleted)') else 'plain'


KINDS = {'without directory', 'too long', 'escaped', 'unreachable plain', 'unreachable chroot',
         'unreachable namespace', 'in a chroot', 'deleted', 'plain'}


def compare(run, seed, option):
    """Returns the kinds of paths that there were."""
    if run.code:
        raise Failed(f'number {seed}: exit {run.code}:\n{run.stderr}')
    if 'SKIP' in run.keys():
        raise Skipped(run.keys()['SKIP'])
    lines = [Told(line.split()[1:]) for line in run.stdout.splitlines() if line.startswith('FD ')]
    plain = {told.fd: told for told in lines if told.view == 'plain'}
    seen = {(e['process']['pid'], e['data']['fd']['fd']): e for e in run.events
            if e['event'] == 'fcntl' and isinstance(e['data']['fd'], dict)}
    wrong = []
    for told in lines:
        event = seen.get((told.pid, told.fd))
        as_told = told if option == 'task' else plain[told.fd]
        if event is None:
            wrong.append(f'{told.view} {told.fd}: no event with a path')
            continue
        value = event['data']['fd']['path'].encode('utf-8', errors='surrogateescape')
        what = mistake(value, event.get('truncated', {}).get('fd'), as_told, plain[told.fd])
        if what:
            wrong.append(f'{told.view} {told.fd}: {value[-200:]}, {what[-200:]}')
    if wrong:
        raise Failed(f'number {seed}, --paths {option}: {len(wrong)} of {len(lines)} differ:\n' + '\n'.join(wrong[:10]))
    if run.keys()['OVERLAYS'] == '0' and 'overlay' in place.read_text('/proc/filesystems'):
        raise Failed(f'number {seed}: no overlay could be mounted')
    return {kind(told, plain[told.fd]) for told in lines}


def compare_all(here, option):
    here.machine.require_live()
    programs = []
    for seed in SEEDS:
        folder = here.path(str(seed))
        os.mkdir(folder)
        programs.append((folder, [here.provoker('trees'), folder, str(seed)]))
    runs = series.run(here, ['fcntl'], ['--enrich', 'fd-paths', '--paths', option], programs)
    kinds = set().union(*(compare(run, seed, option) for seed, run in zip(SEEDS, runs)))
    if kinds != KINDS:
        raise Failed(f'not tried: {KINDS - kinds}')


def trees_as_the_host(here):
    """Generated trees of mounts, overlays, deletions and chroots: every path as readlink gives it outside of all chroots."""
    compare_all(here, 'host')


def trees_as_the_task(here):
    """The same with --paths task: as readlink gives it to the task itself, and said where it leads nowhere."""
    compare_all(here, 'task')


CASES = [trees_as_the_host, trees_as_the_task]
for case in CASES:
    case.limit = 120  # of emulated machines

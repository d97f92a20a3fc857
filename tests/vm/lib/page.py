# SPDX-License-Identifier: Apache-2.0
"""docs/kernel-matrix.md: which hook each event has on each kernel, or why it has none."""

import json
import os
import platform
import subprocess

HEAD = '''\
# Events and kernels

Written by `make test-vm` from what `ratel list events --json` says on each kernel. Every hook named
here was seen to work: a case provoked the event there, or the tests fail. Numbers are reasons, below.

'''
MADE_WITH = 'Made with '
OWN = '## The machine that made this page\n'
OWN_HEAD = '''
It differs from machine to machine, and is not compared. Events that are not named here have the
hook of {like} there.

'''


def render(columns, build):
    """columns: (row of the table, folder with what the machine left)."""
    promised = [(row.name, read_events(folder)) for row, folder in columns if row.role == 'promised']
    refused = [(row.name, read_refusal(row, folder)) for row, folder in columns if row.role == 'refused']
    releases = ', '.join(read(folder, 'release').strip() for _, folder in columns)
    text = HEAD + f'{MADE_WITH}{releases}.\n\n'
    for name, sentence in refused:
        text += f'Linux {name} is refused:\n\n    {sentence}\n\n'
    text += show(promised)
    name, like = promised[-1]
    own = own_events(build)
    differing = {event: row for event, row in own.items() if event not in like or cell(like[event]) != cell(row)}
    text += f'\n{OWN}{OWN_HEAD.format(like=name)}' + show([(platform.release(), differing)])
    return text


def compared(text):
    """The lines that must be the same on every machine."""
    return [line for line in text.partition(OWN)[0].splitlines() if not line.startswith(MADE_WITH)]


def read(folder, name):
    with open(os.path.join(folder, name), encoding='utf-8') as file:
        return file.read()


def read_refusal(row, folder):
    """The sentence, without what Debian's updates change of it."""
    return read(folder, 'refusal').strip().replace(read(folder, 'release').strip(), f'{row.series}…')


def read_events(folder):
    return {row['name']: row for row in json.loads(read(folder, 'events.json'))}


def own_events(build):
    done = subprocess.run([os.path.join(build, 'ratel'), 'list', 'events', '--json'], check=True, capture_output=True)
    return {row['name']: row for row in json.loads(done.stdout)}


def cell(row):
    """(hooks, reason) of one event on one kernel."""
    if not row['available']:
        return None, row['why_not']
    return ' + '.join(row['via']), None


def show(kernels):
    """A table of events by kernel, system calls that are all alike as one row, and the reasons."""
    reasons = {}

    def text_of(row):
        hooks, reason = cell(row)
        return f'`{hooks}`' if hooks else f'– [{reasons.setdefault(reason, len(reasons) + 1)}]'

    lines = [f'| event | {" | ".join(name for name, _ in kernels)} |', '| --- |' + ' --- |' * len(kernels)]
    calls = {}
    for event in kernels[0][1]:
        cells = ' | '.join(text_of(events[event]) for _, events in kernels)
        if kernels[0][1][event].get('syscall'):
            calls.setdefault(cells, []).append(event)
        else:
            lines.append(f'| {event} | {cells} |')
    for cells, names in calls.items():
        what = f'{len(names)} system calls' if len(names) > 8 else ', '.join(names)
        lines.append(f'| {what} | {cells} |')
    text = '\n'.join(lines) + '\n'
    if reasons:
        text += '\n' + ''.join(f'{number}. {reason}\n' for reason, number in reasons.items())
    return text

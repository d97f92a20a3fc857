# SPDX-License-Identifier: Apache-2.0
"""One start of ratel that sees several programs, one after the other (the provoker `series`)."""

import os

from .place import Run, read_text
from .tap import Failed

MARK = 'sched_process_fork'  # tells whose process is whose
RING = '16M'                 # what many programs do in a row must not be lost
TIMEOUT = 120                # seconds


def run(place, events, options, programs):
    """
    programs: (folder, words). Each runs in its folder, where it leaves what it printed. Returns a run
    for each of them: its output and exit status, and the events of its processes.
    """
    for folder, words in programs:
        with open(os.path.join(folder, 'argv'), 'wb') as file:
            file.write(b''.join(os.fsencode(word) + b'\0' for word in words))
    whole = place.run(['trace', '-e', ','.join(sorted({MARK, *events})), '--ring-size', RING, *options, '--',
                       place.provoker('series'), *(folder for folder, _ in programs)], TIMEOUT)
    if whole.code != 0:
        raise Failed(f'exit {whole.code}\n{whole.stderr}')
    return shared(whole, [folder for folder, _ in programs])


def shared(whole, folders):
    """Each program gets the events of its process, and of all that come from it."""
    parts, owner = [], {}
    for folder in folders:
        pid, status = map(int, read_text(os.path.join(folder, 'status')).split())
        code = os.waitstatus_to_exitcode(status)
        part = Run(code if code >= 0 else 128 - code, read_text(os.path.join(folder, 'out1')),
                   read_text(os.path.join(folder, 'err1')), [], whole)
        parts.append(part)
        owner[pid] = part
    for event in whole.events:
        part = owner.get(event.get('process', {}).get('pid'))
        if not part:
            continue
        part.events.append(event)
        if event['event'] == MARK:
            owner[event['data']['child_pid']] = part
    return parts

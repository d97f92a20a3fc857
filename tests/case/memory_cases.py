# SPDX-License-Identifier: Apache-2.0
"""--max-memory: the ceiling holds under load, buffers shrink to fit, and what was chosen does not."""

import re
import time

from lib.place import account, own_seen, read_text
from lib.tap import Failed

LOAD = '1000000'


def peak(here, arguments):
    """Runs ratel over a storm of calls; (its largest resident size in bytes, messages)."""
    here.machine.require_live()
    messages = here.path('messages')
    with open(messages, 'wb') as stderr:
        child = here.start([*arguments, '--stats', '--log', 'debug', '--',
                            here.provoker('load'), 'getpid', '4', LOAD], stderr=stderr)
    largest = 0
    end = time.monotonic() + 25
    while child.poll() is None:
        if time.monotonic() > end:
            raise Failed('ratel did not end within 25 s')
        try:
            found = re.search(r'VmHWM:\s+(\d+) kB', read_text(f'/proc/{child.pid}/status'))
        except (FileNotFoundError, ProcessLookupError):
            break
        largest = max(largest, int(found[1]) * 1024 if found else 0)
        time.sleep(0.01)
    child.wait(5)
    text = read_text(messages)
    if child.returncode != 0:
        raise Failed(f'exit {child.returncode}:\n{text}')
    return largest, text


def announced(text):
    found = re.search(r'memory: at most (\d+) bytes', text)
    if not found:
        raise Failed('the sum is not told:\n' + text[:2000])
    return int(found[1])


def holds(here, megabytes, *arguments):
    limit = megabytes << 20
    largest, text = peak(here, ['trace', '-e', 'getpid', '--max-memory', f'{megabytes}M', *arguments])
    if announced(text) > limit:
        raise Failed(f'{announced(text):,} were planned, {limit:,} allowed')
    if not 0 < largest <= announced(text):
        raise Failed(f'{largest:,} bytes were resident, {announced(text):,} announced')
    row = account(text)['getpid']
    if own_seen(text) < int(LOAD) or not row['delivered']:
        raise Failed(f'{row}')


def ceiling_tight(here):
    holds(here, 24, '-o', 'json:/dev/null')


def ceiling_wide(here):
    holds(here, 64, '-o', 'json:/dev/null', '-o', f'csv:{here.path("wide.csv")}')


def ceiling_recording(here):
    holds(here, 40, '-o', f'recording:{here.path("day.ratel")}')


def without(here):
    """The sum is right without a ceiling, too."""
    largest, text = peak(here, ['trace', '-e', 'getpid', '-o', 'json:/dev/null'])
    if not 0 < largest <= announced(text):
        raise Failed(f'{largest:,} bytes were resident, {announced(text):,} announced')


def chosen_stays(here):
    """A size that was chosen is not made smaller: it is refused."""
    for option in ('--ring-size', '--queue-size'):
        run = here.run(['trace', option, '64M', '--max-memory', '48M', '--', '/bin/true'], output=False)
        if run.code != 2 or '--max-memory' not in run.stderr:
            raise Failed(f'{option}: exit {run.code}:\n{run.stderr}')


def too_small(here):
    run = here.run(['replay', '--max-memory', '8M', '/dev/null'], output=False)
    if run.code != 2 or 'this run needs' not in run.stderr:
        raise Failed(f'exit {run.code}:\n{run.stderr}')


CASES = [ceiling_tight, ceiling_wide, ceiling_recording, without, chosen_stays, too_small]

# SPDX-License-Identifier: Apache-2.0
"""Machines whose command prints results as every layer does: they are printed with the machine's name."""

import os
import re
import shutil
import threading
import time

from . import guest, store

AT_ONCE = 2
CONSOLE_TAIL = 30  # lines
RESULT = re.compile(r'^(ok|not ok|skip) ')

printing = threading.Lock()


def say(line):
    with printing:
        print(line, flush=True)


def play(parts, row, name, command, options, timeout, **machine):
    """
    Runs the command on the kernel of a row and prints its results. options: build, and logs, where a folder
    called name gets what the machine said and left; that folder. machine: more arguments of guest.run.
    """
    folder = os.path.join(options.logs, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    log = os.path.join(folder, 'output')
    begun = time.monotonic()
    result = guest.run(parts, row, command, options.build, output=log, keep=folder, timeout=timeout, **machine)
    store.write(os.path.join(folder, 'console'), result.console)
    with open(log, encoding='utf-8', errors='replace') as file:
        lines = file.read().splitlines()
    with printing:
        if result.again:
            print(f'# {name}: started again, the emulator crashed')
        report(name, result, lines, timeout)
        print(f'# {name}: {sum(bool(RESULT.match(l)) for l in lines)} cases in '
              f'{time.monotonic() - begun:.0f} s', flush=True)
    return folder


def report(name, result, lines, timeout):
    """The results in the order of the cases; a machine that ended without a result of its own is one more."""
    for line in lines:
        print(RESULT.sub(rf'\g<0>{name} ', line))
    failed = any(line.startswith('not ok ') for line in lines)
    if result.status in (guest.DIED, guest.TIMED_OUT):
        what = 'the machine died' if result.status == guest.DIED else f'no end within {timeout} s'
        for line in result.console.splitlines()[-CONSOLE_TAIL:]:
            print('    ' + line)
        print(f'not ok {name} machine # {what}')
    elif (result.status != 0) != failed or not any(RESULT.match(line) for line in lines):
        print(f'not ok {name} machine # the cases ended with status {result.status}')

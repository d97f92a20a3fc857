# SPDX-License-Identifier: Apache-2.0
"""Hooks that the user chooses: many at a time, and on programs of every day."""

import os
import pty
import re
import shutil

from lib import kernel_objects
from lib.place import account, read_text
from lib.tap import Failed, Skipped

MANY = 500
# The kernel waits for all CPUs to take off a uprobe, one after the other: 0.1 s each on a busy machine.
UPROBES = MANY if 'RATEL_VM' in os.environ else 50


def chosen(names):
    return [word for name in names for word in ('-e', name)]


def told(here, names, *command):
    """Runs a command with these hooks; how often each was told, and the run. Nothing may stay in the kernel."""
    before = kernel_objects.everything()
    run = here.run(['trace', '--stats', *chosen(names), '--', *command], timeout=100)
    if run.code != 0:
        raise Failed(f'exit {run.code}:\n{run.stderr[:2000]}')
    counted = dict.fromkeys(names, 0)
    for event in run.events:
        if event['event'] in counted:
            counted[event['event']] += 1
    account(run.stderr)
    if 'RATEL_VM' in os.environ:
        kernel_objects.none_left(before)
    return counted, run


def many_uprobes(here):
    here.machine.require_live()
    program = here.provoker('many')
    counted, _ = told(here, [f'uprobe:{program}:many_{n:03}' for n in range(UPROBES)], program)
    wrong = {name: n for name, n in counted.items() if n != 1}
    if wrong:
        raise Failed(f'not told once: {wrong}')


def many_tracepoints(here):
    """Of system calls: whatever a program calls is told, by 200 hooks on both sides of the calls."""
    here.machine.require_live()
    here.machine.require('tracefs')
    folder = '/sys/kernel/tracing/events/syscalls'
    names = [f'tracepoint:syscalls:{name}' for name in sorted(os.listdir(folder))
             if name.startswith(('sys_enter_', 'sys_exit_'))][:MANY]
    if len(names) < 200:
        raise Skipped(f'this kernel has {len(names)} tracepoints of system calls')
    counted, _ = told(here, names, here.provoker('hooked'), here.path('file'))
    if not counted.get('tracepoint:syscalls:sys_enter_close') or not counted.get('tracepoint:syscalls:sys_exit_close'):
        raise Failed(f'told: { {name: n for name, n in counted.items() if n} }')


def many_kprobes(here):
    here.machine.require('vm')
    here.machine.require('hook:kprobe')
    calls = re.findall(r' [tT] (__(?:x64|arm64|ia32)_sys_\w+)$', read_text('/proc/kallsyms'), re.M)
    names = [f'kprobe:{name}' for name in sorted(set(calls), reverse=True)[:MANY]]
    counted, run = told(here, names, here.provoker('hooked'), here.path('file'))
    close = [n for name, n in counted.items() if re.match(r'kprobe:__(x64|arm64)_sys_close$', name)]
    if len(names) < MANY or close < [2]:
        raise Failed(f'{len(names)} hooks, close {close}:\n{run.stderr[:2000]}')


def too_many(here):
    program = here.provoker('many')
    names = [f'uprobe:{program}:f{n}' for n in range(513)]
    run = here.run(['trace', *chosen(names), '--', '/bin/echo', 'started'])
    if run.code != 2 or 'more than 512 hooks' not in run.stderr or 'started' in run.stdout:
        raise Failed(f'exit {run.code}: {run.stderr[:2000]}')


def readline(here):
    """What is typed into an interactive shell."""
    here.machine.require_live()
    shell = shutil.which('bash')
    if not shell:
        raise Skipped('no bash')
    master, slave = pty.openpty()
    file = here.path('typed.json')
    child = here.start(['trace', '-e', f'uprobe:{os.path.realpath(shell)}:readline(prompt:string, ret:string)',
                        '-o', f'json:{file}', '--', shell, '--norc', '--noprofile', '-i'],
                       stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    os.write(master, b'echo typed by hand\nexit 0\n')
    said = b''
    try:
        while chunk := os.read(master, 4096):
            said += chunk
    except OSError:
        pass  # the other end is closed: all have ended
    os.close(master)
    code = child.wait(20)
    typed = [event['data']['ret'] for event in here.events(file) if event['event'].endswith(':readline')]
    if code != 0 or typed != ['echo typed by hand', 'exit 0']:
        raise Failed(f'exit {code}, {typed}\n{said.decode(errors="replace")}')


for slow in (many_uprobes, many_tracepoints, many_kprobes):
    slow.limit = 120

CASES = [many_uprobes, many_tracepoints, many_kprobes, too_many, readline]

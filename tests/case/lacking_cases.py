# SPDX-License-Identifier: Apache-2.0
"""
Kernels that lack something: fewer events, said clearly, and everything else works; nothing is left
behind. What ratel says that it can tell must be told, what it says that it can't must be said at start.
"""

import contextlib
import json
import os
import re
import shutil
import signal

from lib import kernel_objects
from lib.place import read_text, wait_for
from lib.tap import Failed, Skipped

# Each is provoked by any program that starts, opens a file and writes to it.
WATCHED = ('sched_process_exec', 'openat', 'security_file_open', 'vfs_write')
BTF = '/sys/kernel/btf/vmlinux'


@contextlib.contextmanager
def kprobes_off(here):
    """Until the end of the block."""
    here.machine.require('vm')
    switch = '/sys/kernel/debug/kprobes/enabled'
    if not os.path.exists(switch):
        raise Skipped('this kernel has no kprobes')
    try:
        write(switch, '0')
    except PermissionError:
        raise Skipped('this kernel is locked down: kprobes can not be switched off') from None
    try:
        yield
    finally:
        write(switch, '1')


def write(file, text):
    with open(file, 'w', encoding='ascii') as f:
        f.write(text)


def available(here, *options):
    """Of the watched events: name → ways, or None."""
    run = here.run(['list', 'events', '--json', *options, *WATCHED])
    return {row['name']: row['via'] for row in json.loads(run.stdout)}


def told(here, *options):
    """Runs a small program under ratel; the names of the events told, and the messages."""
    run = here.run(['trace', '-e', ','.join(WATCHED), *options, '--', '/bin/sh', '-c',
                    f'echo some text > {here.path("written")}'])
    if run.code != 0:
        raise Failed(f'exit {run.code}:\n{run.stderr}')
    return {event['event'] for event in run.events}, run.stderr


def claims_hold(here, *options):
    """What is called available is told; what is not is named in a message. Returns what is available."""
    here.machine.require_live()
    ways = available(here, *options)
    seen, messages = told(here, *options)
    for name in WATCHED:
        if ways[name] and name not in seen:
            raise Failed(f'{name} by {ways[name]} is called available, and was not told\n{messages}')
        if not ways[name] and name in seen:
            raise Failed(f'{name} is not called available, and was told')
        if not ways[name] and not re.search(rf'\b{name}\b', messages):
            raise Failed(f'no message says that {name} is not to be had:\n{messages}')
    return ways


def as_it_is(here):
    """The machine as it was started: in the variants, without what their command line takes away."""
    claims_hold(here)


def ftrace(here):
    """
    kernel.ftrace_enabled=0: programs for functions and security modules attach, and never run. The
    machine must have been started so: 6.12 breaks when it is switched off between two attachments.
    """
    if read_text('/proc/sys/kernel/ftrace_enabled').strip() != '0':
        raise Skipped('kernel.ftrace_enabled is not 0')
    ways = claims_hold(here)
    wrong = [name for name, way in ways.items() if way and re.match('lsm|f(entry|exit)', way[0])]
    if wrong:
        raise Failed(f'functions are not traced, but {wrong} are called available: {ways}')


def kprobes(here):
    """Breakpoints off: kprobes attach, and never fire."""
    with kprobes_off(here):
        ways = claims_hold(here)
        if any(way and 'kprobe' in way[0] for way in ways.values()):
            raise Failed(f'kprobes are off, but: {ways}')
        run = here.run(['trace', '-e', 'security_file_open', '--hook', 'security_file_open=kprobe', '--', '/bin/true'])
        if 'kprobe' not in run.stderr or any(e['event'] == 'security_file_open' for e in run.events):
            raise Failed(f'exit {run.code}, without a word of kprobes:\n{run.stderr}')


def security_modules(here):
    """bpf is not in the lsm= list: security hooks are seen where their functions are called."""
    modules = '/sys/kernel/security/lsm'
    if not os.path.exists(modules) or 'bpf' in read_text(modules).split(','):
        raise Skipped('only where the kernel has security modules, and bpf is not among them')
    ways = claims_hold(here)
    if ways['security_file_open'] != ['fentry_security_file_open']:
        raise Failed(f'security_file_open by {ways["security_file_open"]}')


def lockdown(here):
    """lockdown=integrity takes nothing away; doctor names it."""
    state = '/sys/kernel/security/lockdown'
    if not os.path.exists(state) or '[integrity]' not in read_text(state):
        raise Skipped('this kernel is not locked down to integrity')
    ways = claims_hold(here)
    if not all(ways.values()):
        raise Failed(f'{ways}')
    run = here.run(['doctor'])
    if not re.search(r'^-\s+kernel lockdown\s+none \[integrity\]', run.stdout, re.M):
        raise Failed(run.stdout)


def btf_without_a_type(here):
    """Types that some events read are not in the file: those events go, with a message."""
    here.machine.require_live()
    with open(BTF, 'rb') as file:
        types = file.read()
    file = here.path('lacking.btf')
    with open(file, 'wb') as out:
        out.write(types.replace(b'\0kernel_siginfo\0', b'\0kernel_sigxxxx\0'))
    claims_hold(here, '--btf', file)


def btf_cut_short(here):
    """A file that ends early is refused with a sentence, before anything is started."""
    here.machine.require_live()
    with open(BTF, 'rb') as file:
        types = file.read()
    for length in (0, 1, 23, 24, len(types) // 2, len(types) - 1):
        file = here.path('short.btf')
        with open(file, 'wb') as out:
            out.write(types[:length])
        run = here.run(['trace', '--btf', file, '--', '/bin/echo', 'started'])
        if run.code == 0 or 'started' in run.stdout or 'short.btf' not in run.stderr:
            raise Failed(f'{length} bytes: exit {run.code}: {run.stdout}{run.stderr}')


def btf_of_a_folder(here):
    """--btf DIR takes the file of the running release, by either name, and says so where there is none."""
    here.machine.require_live()
    release = os.uname().release
    with open(BTF, 'rb') as file:
        types = file.read()

    def trace(*files):
        folder = here.path('+'.join(name for name, _ in files) or 'empty')
        os.mkdir(folder)
        for name, content in files:
            with open(os.path.join(folder, name), 'wb') as out:
                out.write(content)
        return here.run(['trace', '-e', 'getppid', '--btf', folder, '--', here.provoker('comm'), 'x'])

    for files in ([(f'{release}.btf', types)], [(f'vmlinux-{release}', types)],
                  [(f'{release}.btf', types), (f'vmlinux-{release}', b'not looked at')]):
        run = trace(*files)
        if run.code or not run.events:
            raise Failed(f'{[name for name, _ in files]}: exit {run.code}\n{run.stderr}')
    for files, said in (([], f'has neither {release}.btf nor vmlinux-{release}'),
                        ([('6.0.0-other.btf', types)], 'has neither'),
                        ([(f'vmlinux-{release}', types[:len(types) // 2])], f'vmlinux-{release} has no types of a kernel')):
        shutil.rmtree(here.path(f'vmlinux-{release}'), ignore_errors=True)
        run = trace(*files)
        if run.code == 0 or run.events or said not in run.stderr:
            raise Failed(f'{[name for name, _ in files]}: exit {run.code}\n{run.stderr}')


def nothing_stays(here):
    """After an end, a kill -9, and a start that fails half-way, the kernel holds nothing of ratel's."""
    here.machine.require('vm')
    here.machine.require_live()
    before = kernel_objects.everything()
    told(here)
    kernel_objects.none_left(before)

    file, stop = here.path('killed'), here.path('stop')
    child = here.start(['trace', '-e', ','.join(WATCHED), '-o', f'json:{file}', '--',
                        here.provoker('load'), 'until', stop, '200'])
    wait_for(lambda: os.path.exists(file) and os.path.getsize(file) > 0, 20, 'the first event')
    if not kernel_objects.everything() - before:
        raise Failed('ratel works, and nothing of it is in the kernel')
    child.send_signal(signal.SIGKILL)
    child.wait()
    write(stop, '')
    kernel_objects.none_left(before)

    here.run(['trace', '-e', 'openat,kprobe:no_such_function()', '-o', 'json:/nosuch/folder/file', '--', '/bin/true'])
    kernel_objects.none_left(before)


for slow in (as_it_is, ftrace, kprobes, security_modules, lockdown, btf_without_a_type, nothing_stays):
    slow.limit = 60

CASES = [as_it_is, ftrace, kprobes, security_modules, lockdown, btf_without_a_type, btf_cut_short, btf_of_a_folder, nothing_stays]

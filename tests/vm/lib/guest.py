# SPDX-License-Identifier: Apache-2.0
"""One start of a test machine: a kernel, the programs, a command; its output and exit status."""

import collections
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from . import debian, store

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(os.path.dirname(HERE))

TIMED_OUT, DIED = 124, 125  # exit statuses when the guest gave none

# No randomness and no waiting in what is started often; panic ends the machine.
CMDLINE = 'console=ttyS0,115200 quiet panic=-1 reboot=t mitigations=off nokaslr no_timer_check'
# The time-stamp counter's rate is measured at boot, and wrongly on a busy host: the guest's clock would run fast or
# slow. It is the host's own; programs in Go, which look at the clock all the time, are 15% faster when they are
# told the rate and need not ask an emulated device.
CLOCK = 'tsc=unstable clocksource=hpet'
CLOCK_OF_HOST = 'tsc=reliable clocksource=tsc tsc_early_khz={}'
HOST_CLOCK = '/sys/devices/system/clocksource/clocksource0/current_clocksource'
# MiB of translated code that are kept. Of large programs there is more than of the cases.
CODE, CODE_OF_DEBIAN = 256, 1024

# What the cases run and read.
BUILD_PARTS = ('ratel', 'provoke', 'runtime')
SOURCE_PARTS = ('tests/case', 'tests/runtime', 'tests/vm/inside', 'catalog', 'docs/event.schema.json')

# status as a shell has it; begun: the command was reached; console: what the kernel said; aborted: QEMU itself was
# ended by a signal; again: it is the second start, since the emulator was at fault in the first.
Result = collections.namedtuple('Result', 'status begun console aborted again', defaults=(False,))

INITS = ('none', 'systemd')
CGROUPS = ('v2', 'hybrid', 'v1')

# What the command finds around it. debian: the suite of a Debian root disk, or None for that of the cases; init:
# the first process, which mounts cgroups in its own way when it is systemd; cgroups: how they are mounted.
System = collections.namedtuple('System', 'debian init cgroups', defaults=(None, 'none', 'v2'))


def built(build):
    return all(os.path.exists(os.path.join(build, part)) for part in BUILD_PARTS)


def run(parts, row, command, build, output=None, keep=None, append='', memory=1024, timeout=300,
        system=System()):
    """
    Starts the machine of a row of the table and runs the command (a list of words) in /ratel.
    output: file of what it prints, or None for our own standard output.
    keep: folder that gets the files that the command left in /ratel/out.
    """
    kernel = parts.kernel(row.series, row.suite)
    with tempfile.TemporaryDirectory(prefix='ratel-vm.') as work:
        root = debian.root_disk(parts, system.debian) if system.debian else parts.root_disk()
        cmdline = f'{CMDLINE} {clock_of(system, build)} {row.cmdline} {append} {cmdline_of(system)}'
        code = CODE_OF_DEBIAN if system.debian else CODE
        programs = pack_programs(work, build, command)
        words = qemu_words(parts, kernel, work, (root, programs), cmdline, (memory, code))
        result = start(words, work, output, timeout)
        if emulator_failed(result):
            pack_programs(work, build, command)
            result = start(words, work, output, timeout)._replace(again=True)
        if keep:
            store.call('debugfs', '-R', f'rdump out {work}', programs)
            shutil.copytree(os.path.join(work, 'out'), keep, dirs_exist_ok=True)
    return result


def emulator_failed(result):
    """
    Whether a crash is of the emulator's own making. While a kernel patches its text, one processor may run code
    that was translated before: it meets the int3 that stands there for a moment after the kernel has forgotten why.
    And once QEMU gave up while the kernel set up its disks (an assertion about their interrupts).
    """
    return 'Oops: int3' in result.console or (result.aborted and not result.begun)


def clock_of(system, build):
    with open(HOST_CLOCK, encoding='ascii') as file:
        steady = file.read().strip() == 'tsc'
    if not system.debian or not steady:
        return CLOCK
    return CLOCK_OF_HOST.format(store.call(os.path.join(build, 'provoke/tsc_rate')).strip())


def cmdline_of(system):
    if system.init == 'none':
        return f'vm.cgroups={system.cgroups}'
    return f'vm.init=systemd systemd.unit=vm.target systemd.unified_cgroup_hierarchy={int(system.cgroups == "v2")}'


def pack_programs(work, build, command):
    """The disk /ratel: the sources' layout, as far as the cases need it."""
    tree = os.path.join(work, 'tree')
    os.makedirs(os.path.join(tree, 'out'))
    for part in BUILD_PARTS:
        copy(os.path.join(build, part), os.path.join(tree, 'build', part))
    for part in SOURCE_PARTS:
        copy(os.path.join(TOP, part), os.path.join(tree, part))
    store.write(os.path.join(tree, 'command'), shlex.join(command) + '\n')
    image = os.path.join(work, 'programs.img')
    store.make_disk(tree, image, spare=128)
    shutil.rmtree(tree)
    return image


def copy(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    (shutil.copytree if os.path.isdir(source) else shutil.copy2)(source, target)


def qemu_words(parts, kernel, work, disks, cmdline, sizes):
    root, programs = disks
    memory, code = sizes
    initrd = os.path.join(work, 'initrd')
    os.mkdir(os.path.join(work, 'init'))
    shutil.copy2(os.path.join(HERE, 'init'), os.path.join(work, 'init'))
    store.pack_cpio(os.path.join(work, 'init'), initrd + '.init')
    with open(initrd, 'wb') as out:
        for part in (os.path.join(kernel, 'initrd.cpio'), initrd + '.init'):
            with open(part, 'rb') as file:
                shutil.copyfileobj(file, out)
    words = parts.qemu() + [
        '-M', 'q35', '-accel', f'tcg,thread=multi,tb-size={code}', '-cpu', 'max', '-smp', '2', '-m', str(memory),
        '-nodefaults', '-display', 'none', '-no-reboot', '-kernel', os.path.join(kernel, 'vmlinux'),
        '-initrd', initrd, '-append', cmdline,
        '-serial', f'file:{work}/console', '-chardev', 'stdio,id=out,signal=off', '-serial', 'chardev:out']
    images = ((root, 'on'), (programs, 'off'), (os.path.join(kernel, 'modules.img'), 'on'))
    for image, snapshot in images:
        words += ['-drive', f'file={image},format=raw,if=virtio,cache=unsafe,snapshot={snapshot}']
    return words


def start(words, work, output, timeout):
    aborted = False
    with open(output, 'wb') if output else os.fdopen(os.dup(1), 'wb') as out:
        sys.stdout.flush()
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=out, check=False, timeout=timeout)
            aborted = done.returncode < 0
            status = DIED
        except subprocess.TimeoutExpired:
            status = TIMED_OUT
    with open(os.path.join(work, 'console'), encoding='utf-8', errors='replace') as file:
        console = file.read().replace('\r', '')
    ended = re.search(r'^@@END (\d+)$', console, re.M)
    return Result(int(ended[1]) if ended else status, '@@BEGIN' in console, console, aborted)

# SPDX-License-Identifier: Apache-2.0
"""How ratel ends: signals, broken outputs, full disks, being killed, users without rights."""

import os
import signal
import subprocess
import time

from lib.place import account, own_seen, read_text, wait_for
from lib.tap import Failed, Skipped


def started(here, *arguments, file=None):
    """ratel at work on an endless load: at least one event has been written to file."""
    here.machine.require_live()
    file = file or here.path('started.json')
    child = start(here, ['trace', '-e', 'getpid', '--stats', *arguments, '-o', f'json:{file}', '--',
                         here.provoker('load'), 'until', here.path('stop'), '200'])
    wait_for(lambda: os.path.exists(file) and os.path.getsize(file) > 0, 5, 'the first event')
    return child, file


def start(here, arguments, stdout=subprocess.DEVNULL):
    """ratel with its messages in a file: a command that outlives it would hold a pipe open."""
    here.runs += 1
    file = here.path(f'messages{here.runs}')
    with open(file, 'wb') as stderr:
        child = here.start(arguments, stdout=stdout, stderr=stderr)
    child.messages = file
    return child


def ended(child, seconds):
    """(exit code, messages, seconds it took)."""
    begun = time.monotonic()
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        raise Failed(f'it did not end within {seconds} s:\n' + read_text(child.messages)) from None
    return child.returncode, read_text(child.messages), time.monotonic() - begun


def stop_by(here, sig):
    child, file = started(here)
    child.send_signal(sig)
    code, err, took = ended(child, 5)
    open(here.path('stop'), 'w').close()
    if took > 1.0:
        raise Failed(f'took {took:.2f} s')
    if code != 0:
        raise Failed(f'exit {code}:\n{err}')
    row = account(err)['getpid']
    lines = sum(e['event'] == 'getpid' for e in here.events(file))
    if row['delivered'] != lines or not lines:
        raise Failed(f'delivered {row["delivered"]}, written {lines}')


def sigint(here):
    stop_by(here, signal.SIGINT)


def sigterm(here):
    stop_by(here, signal.SIGTERM)


def sigint_while_flooded(here):
    """Under full load too, and with a small ring."""
    here.machine.require_live()
    file = here.path('flood.json')
    child = start(here, ['trace', '-e', 'getpid', '--stats', '--ring-size', '64K', '-o', f'json:{file}', '--',
                         here.provoker('load'), 'until', here.path('stop')])
    wait_for(lambda: os.path.exists(file) and os.path.getsize(file) > 0, 5, 'the first event')
    time.sleep(0.5)
    begun = time.monotonic()
    child.send_signal(signal.SIGINT)
    code, err, _ = ended(child, 5)
    took = time.monotonic() - begun
    open(here.path('stop'), 'w').close()
    if code != 0 or took > 1.0:
        raise Failed(f'exit {code} after {took:.2f} s:\n{err}')
    account(err)


def sigint_with_a_large_ring(here):
    """What waits in a large ring is drained within the second, too."""
    here.machine.require_live()
    child = start(here, ['trace', '-e', 'getpid', '--stats', '--ring-size', '64M', '-o', 'json:/dev/null', '--',
                         here.provoker('load'), 'until', here.path('stop')])
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    code, err, took = ended(child, 5)
    open(here.path('stop'), 'w').close()
    if code != 0 or took > 1.0 or own_seen(err) < 10000:
        raise Failed(f'exit {code} after {took:.2f} s:\n{err}')


def duration(here):
    here.machine.require_live()
    begun = time.monotonic()
    run = here.run(['trace', '-e', 'getpid', '--duration', '500ms', '--stats', '--',
                    here.provoker('load'), 'until', here.path('stop'), '1000'])
    took = time.monotonic() - begun
    open(here.path('stop'), 'w').close()
    if run.code or not 0.5 <= took < 6.0 or not run.events:
        raise Failed(f'exit {run.code} after {took:.2f} s, {len(run.events)} events\n{run.stderr}')
    account(run.stderr)


def command_leaves_a_flood_behind(here):
    """The command's end is the end, though what it started goes on making events."""
    here.machine.require_live()
    stop = here.path('stop')
    flood = f'{here.provoker("load")} until {stop} 0'
    begun = time.monotonic()
    run = here.run(['trace', '-e', 'getpid', '--stats', '-o', 'json:/dev/null', '--', 'sh', '-c',
                    f'{flood} >{here.path("out")} 2>&1 & sleep 0.5'])
    took = time.monotonic() - begun
    open(stop, 'w').close()
    if run.code or took > 8 or account(run.stderr)['getpid']['delivered'] < 1000:
        raise Failed(f'exit {run.code} after {took:.2f} s\n{run.stderr}')


def count(here):
    here.machine.require_live()
    run = here.run(['trace', '-e', 'getpid', '--count', '10', '--stats', '--', here.provoker('load'),
                    'until', here.path('stop'), '1000'])
    open(here.path('stop'), 'w').close()
    lines = sum(e['event'] == 'getpid' for e in run.events)
    if run.code or lines != 10:
        raise Failed(f'exit {run.code}, {lines} events\n{run.stderr}')
    account(run.stderr)


def two_at_once(here):
    """A second ratel while one runs: both see the same process, neither sees the other's."""
    here.machine.require_live()
    load = here.spawn([here.provoker('load'), 'until', here.path('stop'), '1000'],
                      stdout=subprocess.PIPE)
    files = [here.path('one.json'), here.path('two.json')]
    both = [start(here, ['trace', '-e', 'getpid', '--stats', '--scope', f'pid={load.pid}', '-o',
                         f'json:{file}']) for file in files]
    for file in files:
        wait_for(lambda f=file: os.path.exists(f) and os.path.getsize(f) > 0, 5, 'the first event')
    for child in both:
        child.send_signal(signal.SIGINT)
        code, err, _ = ended(child, 5)
        if code:
            raise Failed(f'exit {code}:\n{err}')
        account(err)
    open(here.path('stop'), 'w').close()
    load.communicate(timeout=5)
    for file in files:
        if any(e['process']['pid'] != load.pid for e in here.events(file) if e['event'] == 'getpid'):
            raise Failed('saw another process')


def kill_9_while_recording(here):
    """A recording whose writer was killed opens up to the last whole frame."""
    here.machine.require_live()
    file = here.path('killed.ratel')
    child = here.start(['record', '-e', 'getpid', '-o', file, '--', here.provoker('load'), 'until',
                        here.path('stop'), '200'])
    wait_for(lambda: os.path.exists(file) and os.path.getsize(file) > 300000, 15, 'a recording of 300 kB')
    child.kill()
    child.wait()
    open(here.path('stop'), 'w').close()
    run = here.run(['replay', file])
    calls = [e for e in run.events if e['event'] == 'getpid']
    if len(calls) < 100:
        raise Failed(f'{len(calls)} events from {os.path.getsize(file)} bytes, exit {run.code}:\n{run.stderr}')
    again = here.run(['replay', file])
    if again.events != run.events:
        raise Failed('a second replay differs')


def closed_pipe(here):
    """The reader goes away: said once, counted, ended; no SIGPIPE death."""
    here.machine.require_live()
    read, write = os.pipe()
    child = start(here, ['trace', '-e', 'getpid', '--stats', '-o', 'json', '--', '/bin/sh', '-c',
                         f'exec {here.provoker("load")} until {here.path("stop")} 200 > /dev/null'], stdout=write)
    os.close(write)
    if not os.read(read, 100):
        raise Failed('nothing was written')
    os.close(read)
    code, err, _ = ended(child, 5)
    open(here.path('stop'), 'w').close()
    said = [line for line in err.splitlines() if 'ipe' in line]
    if code < 0 or len(said) != 1:
        raise Failed(f'exit {code}; said {len(said)} times:\n{err}')
    account(err)


def closed_descriptors(here):
    """Started with 0, 1 and 2 closed: standard output fails loudly, and nothing else takes its place."""
    here.machine.require_live()
    file, messages = here.path('other.json'), here.path('messages')
    done = subprocess.run(['/bin/sh', '-c', f'{here.ratel} trace -e getppid -o json -o json:{file} -- '
                           f'{here.provoker("comm")} x 2> {messages} <&- >&-'], check=False, timeout=20)
    said = read_text(messages)
    if done.returncode != 1 or 'Bad file descriptor' not in said:
        raise Failed(f'exit {done.returncode}:\n{said}')
    if sum(e['event'] == 'getppid' for e in here.events(file)) != 1:
        raise Failed('the other output missed the event')


def slow_reader(here):
    """A reader that does not read: ratel still ends when it is told to."""
    here.machine.require_live()
    read, write = os.pipe()
    child = start(here, ['trace', '-e', 'getpid', '--stats', '--queue-size', '1M', '-o', 'json', '--',
                         here.provoker('load'), 'getpid', '4', '400000'], stdout=write)
    os.close(write)
    time.sleep(1.5)
    taken = 0
    while True:
        chunk = os.read(read, 1 << 20)
        if not chunk:
            break
        taken += len(chunk)
    os.close(read)
    code, err, _ = ended(child, 10)
    row = account(err)['getpid']
    if code or own_seen(err) != 400000 or not taken:
        raise Failed(f'exit {code}, {row}, {taken} bytes\n{err}')


def dev_full(here):
    """A full disk is said once and counted, and the other output goes on."""
    here.machine.require_live()
    file = here.path('other.json')
    run = here.run(['trace', '-e', 'getpid', '--stats', '-o', 'json:/dev/full', '-o', f'json:{file}', '--',
                    here.provoker('load'), 'getpid', '4', '20000'])
    said = [line for line in run.stderr.splitlines() if 'o space left' in line]
    if len(said) != 1 or run.code < 0:
        raise Failed(f'exit {run.code}; said {len(said)} times:\n{run.stderr}')
    lines = sum(e['event'] == 'getpid' for e in here.events(file))
    if lines != account(run.stderr)['getpid']['delivered'] or not lines:
        raise Failed(f'the other output has {lines} events\n{run.stderr}')


def small_disk(here):
    """A recording on a disk that fills up keeps its good part."""
    here.machine.require_live()
    disk = here.path('disk')
    os.mkdir(disk)
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=512k', 'ratel-case', disk], check=False)
    if done.returncode:
        raise Skipped('no tmpfs can be mounted')
    try:
        file = os.path.join(disk, 'full.ratel')
        full = here.run(['record', '-e', 'lseek', '--stats', '-o', file, '--', here.provoker('load'),
                         'threads', '4', '2000000'], timeout=25)
        if full.code < 0 or 'o space left' not in full.stderr:
            raise Failed(f'exit {full.code}:\n{full.stderr}')
        replay = here.run(['replay', file])
        if not any(e['event'] == 'lseek' for e in replay.events):
            raise Failed(f'nothing of the recording can be read:\n{replay.stderr}')
    finally:
        subprocess.run(['umount', disk], check=False)


def unprivileged(here):
    """One clear sentence, exit 1."""
    if os.geteuid() != 0:
        raise Skipped('needs root to become somebody else')
    os.chmod(here.dir, 0o755)
    ratel = here.path('ratel')
    subprocess.run(['cp', here.ratel, ratel], check=True)
    os.chmod(ratel, 0o755)
    done = subprocess.run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ratel, 'trace',
                           '-e', 'getpid', '--', '/bin/true'], check=False, capture_output=True, timeout=10)
    lines = done.stderr.decode().strip().splitlines()
    if done.returncode != 1 or not 1 <= len(lines) <= 3 or 'root' not in done.stderr.decode():
        raise Failed(f'exit {done.returncode}:\n{done.stderr.decode()}')


def doctor(here):
    """doctor works for everybody and its JSON is JSON."""
    import json
    for words in (['doctor'], ['doctor', '--json']):
        done = subprocess.run([here.ratel] + words, check=False, capture_output=True, timeout=20)
        if done.returncode not in (0, 1) or not done.stdout:
            raise Failed(f'{words}: exit {done.returncode}:\n{done.stderr.decode()}')
    json.loads(done.stdout)


CASES = [sigint, sigterm, sigint_while_flooded, sigint_with_a_large_ring, duration,
         command_leaves_a_flood_behind, count, two_at_once, kill_9_while_recording,
         closed_pipe, closed_descriptors, slow_reader, dev_full, small_disk, unprivileged, doctor]

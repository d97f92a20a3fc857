# SPDX-License-Identifier: Apache-2.0
"""What a case has around it: ratel, the provokers, a folder and a cgroup of its own, and runs of ratel."""

import atexit
import collections
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from . import ways
from .tap import PATIENCE, Failed, Skipped

OWN = {'ratel_info', 'loss', 'stats', 'init_namespaces'}  # events that ratel makes itself


def staged(ratel, provoke):
    """
    Copies of the programs where every user may run them: the sources can lie in a folder of root's,
    and some cases are another user's.
    """
    folder = tempfile.mkdtemp(prefix='ratel-programs.')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    if os.path.isdir(provoke):
        shutil.copytree(provoke, os.path.join(folder, 'provoke'))
    if os.path.isfile(ratel):
        shutil.copy2(ratel, folder)
    return os.path.join(folder, os.path.basename(ratel)), os.path.join(folder, 'provoke')


class Machine:
    """What this machine and this user offer; asked once."""

    def __init__(self, ratel, provoke):
        self.ratel, self.provoke = staged(ratel, provoke)
        self._catalog = None
        self._hooks = None
        self.seen = set()  # names of all events that any case saw
        self.seen_by = set()  # (event, kind of hook), where there are several

    def catalog(self):
        """Rows of `ratel list events --json`, by name."""
        if self._catalog is None:
            out = subprocess.run([self.ratel, 'list', 'events', '--json'], capture_output=True,
                                 check=False, timeout=20)
            if out.returncode != 0:
                raise Failed(f'ratel list events --json: exit {out.returncode}: '
                             f'{out.stderr.decode(errors="replace")}')
            self._catalog = {row['name']: row for row in json.loads(out.stdout)}
        return self._catalog

    def require_live(self):
        if os.geteuid() != 0:
            raise Skipped('needs root')
        if not os.path.exists('/sys/kernel/btf/vmlinux'):
            raise Skipped('this kernel has no BTF')

    def require(self, token):
        """One word of a `needs` line."""
        if token == 'live':
            self.require_live()
        elif token == 'm32':
            self.provoker('syscalls32')
            done = subprocess.run([self.provoker('done32'), 'once more'], check=False,
                                  stderr=subprocess.DEVNULL)
            if done.returncode != 42:
                raise Skipped('this kernel runs no 32-bit programs')
        elif token == 'cgroup2':
            if not cgroup2_mount():
                raise Skipped('no cgroup v2 hierarchy')
        elif token.startswith('tool:'):
            if not shutil.which(token[5:]):
                raise Skipped(f'{token[5:]} is not installed')
        elif token.startswith('event:'):
            self.require_event(token[6:])
        elif token.startswith('hook:'):
            if not any(self.has_hook(name) for name in token[5:].split('|')):
                raise Skipped(f'this kernel has no hook {token[5:].replace("|", " or ")}')
        elif token == 'tracefs':
            if not os.path.isdir('/sys/kernel/tracing/events'):
                raise Skipped('tracefs is not mounted')
        elif token == 'vm':
            if 'RATEL_VM' not in os.environ:
                raise Skipped('changes the machine: only where tests/vm/run made it')
        elif token.startswith('kernel<'):
            if release() >= numbers(token[7:]):
                raise Skipped(f'Linux {os.uname().release} is not older than {token[7:]}')
        else:
            raise Failed(f'needs: what is {token}?')

    def has_hook(self, name):
        """Whether ratel doctor says that a hook, or a kind of hooks, works."""
        if self._hooks is None:
            out = subprocess.run([self.ratel, 'doctor', '--json'], capture_output=True, check=False, timeout=20)
            self._hooks = {check['name'][len('hook:'):] for check in json.loads(out.stdout)['checks']
                           if check['name'].startswith(('hook:', 'kind:')) and check['state'] == 'works'}
        return name in self._hooks

    def require_event(self, name):
        row = self.catalog().get(name)
        if row is None:
            raise Failed(f'no event {name} in the catalog')
        if not row.get('available', True):
            raise Skipped(f'this kernel can\'t tell {name}: {row.get("why_not") or "no hook"}')

    def provoker(self, name):
        path = os.path.join(self.provoke, name)
        if not os.path.exists(path):
            raise Skipped(f'provoker {name} was not built')
        return path


def numbers(version):
    return [int(n) for n in version.split('.')]


def release():
    """The kernel's version: [6, 1]."""
    return numbers(re.match(r'\d+\.\d+', os.uname().release)[0])


def cgroup2_mount():
    """Where the cgroup v2 hierarchy is, or None."""
    with open('/proc/mounts', encoding='utf-8') as mounts:
        for line in mounts:
            fields = line.split()
            if fields[2] == 'cgroup2':
                return fields[1]
    return None


class Run:
    """One finished run of ratel, or one case's part of it: then whole is the run."""

    def __init__(self, code, stdout, stderr, events, whole=None):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.events = events
        self.whole = whole

    def counted(self):
        """How many events there are of each name."""
        return collections.Counter(event['event'] for event in self.events)

    def keys(self):
        """The KEY=VALUE lines that a provoker printed."""
        return dict(re.findall(r'^([A-Za-z_0-9]+)=(.*)$', self.stdout, re.M))

    def calls(self):
        """The CALL lines: (tid, name, result or None, registers)."""
        rows = re.findall(r'^CALL (\d+) (\w+) (\S+) (.*)$', self.stdout, re.M)
        return [(int(tid), name, None if ret == '-' else int(ret), [int(a) for a in args.split()])
                for tid, name, ret, args in rows]


class Place:
    """A folder, a cgroup where asked for, and the runs in them; gone when the case ends."""

    def __init__(self, machine, forced=None):
        self.machine = machine
        self.forced = forced or {}  # kind of hook by event
        self.ratel = machine.ratel
        self.dir = tempfile.mkdtemp(prefix='ratel-case.')
        self._cgroup = None
        self._children = []
        self.ended_with = []  # pids of what the children started, to be ended with the case
        self.runs = 0

    def close(self):
        for pid in self.ended_with:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for child in self._children:
            if child.poll() is None:
                child.kill()
                child.wait()
        if self._cgroup:
            self._remove_cgroup()
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def provoker(self, name):
        return self.machine.provoker(name)

    def way(self, event):
        """By which hooks an event is seen; None where it is not."""
        kind = self.forced.get(event) or next(iter(ways.offered(self.machine, event)), None)
        return ways.family(kind)

    def cgroup(self):
        """A cgroup v2 directory of this case's own."""
        if not self._cgroup:
            mount = cgroup2_mount()
            if not mount:
                raise Skipped('no cgroup v2 hierarchy')
            self._cgroup = os.path.join(mount, 'ratel-case-' + os.path.basename(self.dir)[-8:])
            os.mkdir(self._cgroup)
        return self._cgroup

    def has_cgroup(self):
        return self._cgroup is not None

    def _remove_cgroup(self):
        for folder, _, _ in os.walk(self._cgroup, topdown=False):
            for _ in range(100):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
                    break
                time.sleep(0.01)

    def start(self, arguments, **kwargs):
        """Starts ratel; the caller waits for it. Killed at the end of the case."""
        child = subprocess.Popen([self.ratel] + arguments, **kwargs)
        self._children.append(child)
        return child

    def spawn(self, arguments, **kwargs):
        """Starts another program, killed at the end of the case."""
        child = subprocess.Popen(arguments, **kwargs)
        self._children.append(child)
        return child

    def run(self, arguments, timeout=25, output=True, env=None, cwd=None):
        """Runs ratel to its end. output: adds a JSON file and reads it back."""
        self.runs += 1
        file = self.path(f'run{self.runs}.json')
        arguments = list(arguments)
        if output and arguments[0] in ('trace', 'replay') and not has_output(arguments):
            arguments[1:1] = ['-o', f'json:{file}']
        if arguments[0] in ('trace', 'record'):
            for event, kind in self.forced.items():
                arguments[1:1] = ['--hook', f'{event}={kind}']
        # Files, not pipes: a command that outlives ratel would hold a pipe open.
        out, err = self.path(f'out{self.runs}'), self.path(f'err{self.runs}')
        with open(out, 'wb') as stdout, open(err, 'wb') as stderr:
            child = self.start(arguments, stdout=stdout, stderr=stderr, stdin=subprocess.DEVNULL, env=env,
                               cwd=cwd or self.dir)
        try:
            child.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise Failed(f'ratel did not end within {timeout} s: {" ".join(arguments)}\n'
                         + read_text(err)) from None
        events = self.events(file) if os.path.exists(file) else []
        ways.check_seen(events, self.forced)
        return Run(child.returncode, read_text(out), read_text(err), events)

    def events(self, file):
        """The events of a JSON file, each line checked to be valid UTF-8 and JSON."""
        events = []
        with open(file, 'rb') as lines:
            for number, line in enumerate(lines, 1):
                try:
                    events.append(json.loads(line.decode('utf-8', errors='strict')))
                except ValueError as e:
                    raise Failed(f'{os.path.basename(file)}:{number}: {e}: {line[:300]!r}') from None
        for event in events:
            self.machine.seen.add(event['event'])
            self.machine.seen_by.add((event['event'], event.get('via')))
            if 'process' in event:
                event['process'].setdefault('tid', event['process']['pid'])
        return events


def read_text(file):
    with open(file, encoding='utf-8', errors='surrogateescape') as f:
        return f.read()


def has_output(arguments):
    for word in arguments:
        if word == '--':
            return False
        if word in ('-o', '--output') or word.startswith('--output=') or re.match(r'-o\w', word):
            return True
    return False


def wait_for(condition, seconds=5, what='what was waited for', pause=0.005):
    """Asks again and again; pause: seconds between, more where asking is work."""
    end = time.monotonic() + seconds * PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise Failed(f'{what} did not happen within {seconds} s')
        time.sleep(pause)


def check_output(line):
    """A row of what an output made of what was delivered to it."""
    found = re.match(r'^\S+\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$', line)
    if not found:
        return
    delivered, written, dropped, failed = map(int, found.groups())
    if delivered != written + dropped + failed:
        raise Failed(f'the account of an output does not add up: {line}')


def account(text):
    """Rows of --stats by event: seen, delivered, filtered, lost; checked to add up."""
    rows = {}
    outputs = False
    for line in text.splitlines():
        if re.match(r'^output\s+delivered', line):
            outputs = True
        if outputs:
            check_output(line)
            continue
        found = re.match(r'^([a-z_]\S*)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$', line)
        if found:
            rows[found[1]] = dict(zip(('seen', 'delivered', 'filtered', 'lost'),
                                      map(int, found.groups()[1:])))
    if not rows:
        raise Failed('no account was printed:\n' + text)
    for name, row in rows.items():
        if row['seen'] != row['delivered'] + row['filtered'] + row['lost']:
            raise Failed(f'the account of {name} does not add up: {row}')
    return rows


def whole_life(text):
    """Rows of --stats where no start, program or end of a task was lost. Linux from 7.2 on leaves out programs in
    a processor that runs the same one for a task that waits, and counts them: nothing can be said of that run then."""
    rows = account(text)
    lost = {name: row['lost'] for name, row in rows.items() if name.startswith('sched_process_') and row['lost']}
    if lost:
        raise Skipped(f'the kernel left out programs, and says so: {lost}')
    return rows


def own_seen(text):
    """Of one event asked for: how many were seen within the scope. Other programs call it, too."""
    rows = account(text)
    outside = re.search(r'filtered\s+out of scope\s+(\d+)', text)
    return sum(row['seen'] for name, row in rows.items() if name not in OWN) - (int(outside[1]) if outside else 0)

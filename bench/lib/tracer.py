# SPDX-License-Identifier: Apache-2.0
"""ratel as a process under measurement: pinned to CPU 1, its account, its CPU time, its memory."""

import dataclasses
import os
import re
import signal
import subprocess
import time

TICK = os.sysconf('SC_CLK_TCK')
READY_SECONDS = 20


@dataclasses.dataclass
class Count:
    seen: int = 0
    delivered: int = 0
    filtered: int = 0
    lost: int = 0

    def add(self, other):
        self.seen += other.seen
        self.delivered += other.delivered
        self.filtered += other.filtered
        self.lost += other.lost

    def adds_up(self):
        return self.seen == self.delivered + self.filtered + self.lost


class Account:
    """What --stats prints."""

    row = re.compile(r'^(\S+) +(\d+) +(\d+) +(\d+) +(\d+)$')

    def __init__(self, text):
        self.text = text
        self.events = {}
        self.written = self.dropped = 0
        outputs = False
        for line in text.splitlines():
            outputs = outputs or line.startswith('output ')
            m = self.row.match(line)
            if m and outputs:
                self.written += int(m[3])
                self.dropped += int(m[4]) + int(m[5])
            elif m:
                self.events[m[1]] = Count(*(int(n) for n in m.groups()[1:]))

    def event(self, name):
        return self.events.get(name, Count())

    def total(self, *names):
        total = Count()
        for name, count in self.events.items():
            if not names or name in names:
                total.add(count)
        return total


def cpu_seconds(pid):
    """User and system time of a process and all its threads."""
    with open(f'/proc/{pid}/stat') as f:
        words = f.read().rpartition(')')[2].split()
    return (int(words[11]) + int(words[12])) / TICK


def memory(pid, what):
    """VmRSS or VmHWM, in MB of 10^6 bytes."""
    with open(f'/proc/{pid}/status') as f:
        for line in f:
            if line.startswith(what + ':'):
                return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f'no {what} of process {pid}')


def links(pid):
    """How many hooks the process has attached to."""
    n = 0
    try:
        for fd in os.listdir(f'/proc/{pid}/fd'):
            target = os.readlink(f'/proc/{pid}/fd/{fd}')
            n += 'bpf_link' in target or 'bpf-link' in target or 'raw-tracepoint' in target
    except OSError:  # a descriptor, or the process, has gone meanwhile
        pass
    return n


def others_attached():
    """Other processes that hold programs on hooks, by pid: every system call pays for them."""
    found = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if int(pid) != os.getpid() and links(pid):
                with open(f'/proc/{pid}/comm') as f:
                    found[int(pid)] = f.read().strip()
        except OSError:  # it has ended meanwhile
            pass
    return found


class Tracer:
    """Starts `ratel trace`, waits until it has attached; stop() gives its account."""

    def __init__(self, ratel, args, stdout=subprocess.DEVNULL, wait=True, pin='1'):
        self.command = ['taskset', '-c', pin, ratel, 'trace', '--stats', *args]
        self.started = time.monotonic()
        # Standard error is read at the end only: an account and a few messages fit into a pipe.
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=stdout,
                                        stderr=subprocess.PIPE)
        self.pid = self.process.pid
        if wait:
            self._wait_ready()

    def _wait_ready(self):
        same, before = 0, 0
        while time.monotonic() < self.started + READY_SECONDS:
            if self.process.poll() is not None:
                raise RuntimeError(f'ratel ended at once: {self._last_words()}')
            now = links(self.pid)
            same = same + 1 if now and now == before else 0
            before = now
            if same == 5:  # nothing more was attached for 50 ms
                return
            time.sleep(0.01)
        self.kill()
        raise RuntimeError(f'ratel did not attach in {READY_SECONDS} s')

    def _last_words(self):
        return self.process.stderr.read().decode(errors='replace').strip()[-400:]

    def cpu(self):
        return cpu_seconds(self.pid)

    def memory(self, what):
        return memory(self.pid, what)

    def stop(self, seconds=20):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.finish(seconds)

    def finish(self, seconds=300):
        try:
            error = self.process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f'ratel did not end in {seconds} s') from None
        text = error.decode(errors='replace')
        if self.process.returncode:
            raise RuntimeError(f'ratel failed ({self.process.returncode}): {text.strip()[-400:]}')
        return Account(text)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

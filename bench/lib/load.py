# SPDX-License-Identifier: Apache-2.0
"""The load generator, serving: one process, one pid, measured with and without a tracer."""

import dataclasses
import os
import select
import signal
import subprocess
import time


@dataclasses.dataclass
class Run:
    operations: int
    wall_ns: float    # of an operation
    cpu_ns: float     # of an operation, children's included
    seconds: float


class Load:
    """Pinned to CPU 0."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, '-s'], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        env=dict(os.environ, LOAD_CPU='0'))
        self.pid = int(self._answer(10).split()[1])

    def _answer(self, seconds):
        # Lines are answers to single questions: nothing is ever left in Python's buffer.
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise TimeoutError(f'the load did not answer in {seconds} s')
        line = self.process.stdout.readline()
        if not line.startswith(('RES', 'READY')):
            raise RuntimeError(f'the load says: {line.strip() or "nothing, and ended"}')
        return line

    def begin(self, mode, operations, rate=0):
        self.process.stdin.write(f'{mode} {operations} {rate}\n')
        self.process.stdin.flush()

    def end(self, seconds=300):
        words = self._answer(seconds).split()
        return Run(int(words[2]), float(words[3]), float(words[4]), float(words[6]))

    def run(self, mode, operations, rate=0):
        self.begin(mode, operations, rate)
        return self.end()

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Decoy:
    """A process that does nothing: the only one that is in scope while the load is not."""

    def __init__(self):
        self.process = subprocess.Popen(['sleep', '3600'])
        self.pid = self.process.pid
        self.group = None

    def cgroup(self):
        """The decoy's own cgroup, or None where cgroups can't be made."""
        if self.group:
            return self.group
        root = cgroup2_root()
        if not root:
            return None
        group = os.path.join(root, f'ratel-bench-{os.getpid()}')
        try:
            os.mkdir(group)
            with open(os.path.join(group, 'cgroup.procs'), 'w') as f:
                f.write(str(self.pid))
        except OSError:
            return None
        self.group = group
        return group

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        for _ in range(50):
            if not self.group:
                break
            try:
                os.rmdir(self.group)
                self.group = None
            except OSError:  # the kernel may still be about to let its process go
                time.sleep(0.02)


def cgroup2_root():
    with open('/proc/mounts') as mounts:
        for line in mounts:
            words = line.split()
            if words[2] == 'cgroup2' and os.access(words[1], os.W_OK):
                return words[1]
    return None

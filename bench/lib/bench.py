# SPDX-License-Identifier: Apache-2.0
"""What all rows share: the programs, the load, and pairs of it untraced and traced."""

import os
import re
import shutil
import subprocess
import tempfile
import time

from lib.figures import Cannot, Pair, median, met_at_most, met_ns
from lib.load import Decoy, Load
from lib.tracer import Tracer, others_attached

# The events of `load mixed`, and of the recording that bench/mixture.c makes up.
MIXED_CALLS = ('openat', 'newfstatat', 'read', 'close', 'write', 'getppid', 'lseek', 'socket',
               'setsockopt', 'connect', 'accept4')
LIFE = ('sched_process_fork', 'sched_process_exec', 'sched_process_exit')
MIXED = ','.join(MIXED_CALLS + LIFE)
CALLS_OF_MIXED = 8.16  # of one operation of it, as bench/load.c has it

WAIT_SECONDS = 5  # for others who trace this machine to end
TRIES = 4         # of a pair
REPEATS = 5  # runs of the load on each side of a pair; their median counts


class Bench:
    def __init__(self, options):
        self.build = os.path.abspath(options.build)
        self.pairs = options.pairs
        self.long = options.long
        self.folder = tempfile.mkdtemp(prefix='ratel-bench-')
        # A copy: a build that goes on meanwhile does not put another program into half of the rows.
        self.ratel = os.path.join(self.folder, 'ratel')
        shutil.copy2(options.ratel or os.path.join(self.build, 'ratel'), self.ratel)
        os.chmod(self.folder, 0o755)
        self._load = self._decoy = self._getppid = self._floor = None
        self._recordings = {}
        # Those that trace this machine besides us, when the rows begin.
        self.others = others_attached() if not os.geteuid() else {}

    def program(self, name):
        path = os.path.join(self.build, name)
        if not os.access(path, os.X_OK):
            raise Cannot(f'{name} is not built')
        return path

    def need_root(self):
        """Rows about the running kernel need what ratel trace needs, and a CPU for each side."""
        if os.geteuid():
            raise Cannot('needs root')
        if not {0, 1} <= os.sched_getaffinity(0):
            raise Cannot('needs CPUs 0 and 1')

    @property
    def load(self):
        if not self._load:
            self._load = Load(self.program('bench/load'))
        return self._load

    @property
    def decoy(self):
        if not self._decoy:
            self._decoy = Decoy()
        return self._decoy

    def getppid_ns(self):
        """What untraced getppid costs on this machine: the base of every absolute figure."""
        if not self._getppid:
            self._getppid = median([self.load.run('getppid', 200000).cpu_ns for _ in range(9)])
        return self._getppid

    def floor_ns(self):
        """What a program that does nothing adds to a call, by being on the hook; None: unknown."""
        if self._floor is None:
            limits = os.path.join(self.build, 'bench', 'limits')
            try:
                text = subprocess.run([limits, 'one empty program on sys_exit'],
                                      stdout=subprocess.PIPE, text=True, check=True).stdout
                self._floor = float(re.search(r'\+ +(-?[0-9.]+) ns', text)[1])
            except (OSError, subprocess.CalledProcessError, TypeError):
                self._floor = False
        return self._floor or None

    @property
    def floor_measured(self):
        return bool(self._floor)

    def trace(self, args, **kind):
        return Tracer(self.ratel, args, **kind)

    def cost(self, mode, operations, args, pairs=None):
        """
        Pairs of CPU nanoseconds of an operation, untraced and traced by `ratel trace ARGS`, one
        after the other, and the sum of the accounts. The load is one process throughout.
        """
        pairs = pairs or self.pairs
        result, accounts = [], []
        for _ in range(pairs * TRIES):
            pair, account = self._pair(mode, operations, args)
            if pair:
                result.append(pair)
                accounts.append(account)
            if len(result) == pairs:
                return result, accounts
        raise RuntimeError(f'others trace this machine too often: {len(result)} of {pairs} pairs')

    def _pair(self, mode, operations, args):
        """None where somebody else traced meanwhile: the two sides don't compare."""
        if not self._wait_for_others():
            return None, None
        untraced = self._side(mode, operations)
        if self._newcomers():
            return None, None
        tracer = self.trace(args)
        try:
            self.load.run(mode, max(operations // 10, 1))  # its first events warm things up
            traced = self._side(mode, operations)
            disturbed = self._newcomers(tracer.pid)
            account = tracer.stop()
        finally:
            tracer.kill()
        return (None, None) if disturbed else (Pair(untraced, traced), account)

    def _newcomers(self, ours=None):
        return {pid for pid in others_attached() if pid not in self.others and pid != ours}

    def _wait_for_others(self):
        end = time.monotonic() + WAIT_SECONDS
        while self._newcomers():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def met_ns(self, value, target, hooked=0):
        if self.others:  # they cost the untraced runs too: no base to bring anything to scale by
            return met_at_most(value, target)
        return met_ns(value, target, self.getppid_ns(), self.floor_ns(), hooked)

    def _side(self, mode, operations):
        return median([self.load.run(mode, operations).cpu_ns for _ in range(REPEATS)])

    def recording(self, events):
        """The made-up recording with so many events."""
        if events not in self._recordings:
            path = os.path.join(self.folder, f'{events}.ratel')
            subprocess.run([self.program('bench/mixture'), path, str(events)], check=True)
            self._recordings[events] = path
        return self._recordings[events]

    def path(self, name):
        return os.path.join(self.folder, name)

    def close(self):
        for thing in (self._load, self._decoy):
            if thing:
                thing.close()
        shutil.rmtree(self.folder, ignore_errors=True)

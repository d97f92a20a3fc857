# SPDX-License-Identifier: Apache-2.0
"""
CRI-O is not in Debian: a fake of its socket, and cgroups as it makes them, by hand.

CRI-O makes a cgroup named after the pod, empty unless the pod needs a process of its own, and one for the
monitor of each container (cri-o: internal/config/cgmgr).
"""

import contextlib
import os
import subprocess

from lib import place
import daemons

CONTAINER, POD = 'c0ffee04' * 8, 'c0ffee05' * 8


class Crio(daemons.Daemon):
    name = 'crio'

    def begin(self):
        self.child = subprocess.Popen([os.path.join(self.build, 'runtime', 'fake_crio'), CONTAINER, POD],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.socket = self.child.stdout.readline().decode().strip()

    def close(self):
        self.child.stdin.close()
        self.child.wait()
        super().close()


class Cgroups:
    """Those of the pod, below its parent."""

    def __init__(self, parent, driver):
        scope = '.scope' if driver == 'systemd' else ''
        # Where there is no unified hierarchy, ratel looks at this one.
        self.root = place.cgroup2_mount() or '/sys/fs/cgroup/memory'
        self.parent = self.root + parent
        self.pod = os.path.join(self.parent, f'crio-{POD}')  # made without systemd's help
        self.monitor = os.path.join(self.parent, f'crio-conmon-{CONTAINER}{scope}')
        self.container = os.path.join(self.parent, f'crio-{CONTAINER}{scope}')

    def remove(self):
        """The parents, too, as far as nobody else is there."""
        for path in (self.container, self.monitor, self.pod):
            with contextlib.suppress(OSError):
                os.rmdir(path)
        path = self.parent
        with contextlib.suppress(OSError):
            while path != self.root:
                os.rmdir(path)
                path = os.path.dirname(path)

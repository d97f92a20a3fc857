# SPDX-License-Identifier: Apache-2.0
"""Container runtimes of one's own: data in a temporary folder, listening on Unix sockets there."""

import os
import shutil
import subprocess
import tempfile

from lib.place import wait_for
from lib.tap import Failed, Skipped

import image


class Daemon:
    """folder is short: the path of a Unix socket has at most 107 bytes."""
    programs = ()

    def __init__(self):
        for program in self.programs:
            if not shutil.which(program):
                raise Skipped(f'{program} is not installed')
        self.folder = tempfile.mkdtemp(prefix='rt.', dir='/tmp')
        self.socket = self.path('sock')
        self.digest = image.make(self.folder)
        self.children = []
        self.log = open(self.path('log'), 'wb')

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, arguments):
        child = subprocess.Popen(arguments, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.children.append(child)
        wait_for(lambda: os.path.exists(self.socket) or child.poll() is not None, 30, arguments[0])
        if child.poll() is not None:
            raise Failed(f'{arguments[0]} ended:\n' + self.said())

    def said(self):
        with open(self.path('log'), encoding='utf-8', errors='replace') as f:
            return f.read()[-2000:]

    def call(self, *arguments, env=None):
        done = subprocess.run(arguments, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
                              env={**os.environ, **(env or {})})
        if done.returncode:
            raise Failed(f'{" ".join(arguments)}: {done.stderr.decode()}\n{self.said()}')
        return done.stdout.decode().strip()

    def close(self):
        for child in reversed(self.children):
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.log.close()
        # What a runtime leaves mounted, deepest first.
        with open('/proc/self/mounts', encoding='utf-8') as mounts:
            below = [line.split()[1] for line in mounts if line.split()[1].startswith(self.folder + '/')]
        for mount in sorted(below, reverse=True):
            subprocess.run(['umount', '-l', mount], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class Docker(Daemon):
    name = 'docker'
    programs = ('dockerd', 'docker', 'containerd', 'runc')

    def __init__(self):
        super().__init__()
        self.start(['dockerd', '--data-root', self.path('data'), '--exec-root', self.path('exec'), '-H',
                    f'unix://{self.socket}', '-p', self.path('pid'), '--iptables=false', '--ip6tables=false',
                    '--bridge=none', '--ip-masq=false', '--exec-opt', 'native.cgroupdriver=cgroupfs'])
        wait_for(lambda: self.answers(), 30, 'dockerd')
        self.run('import', self.path('root.tar'), 'ratel/busybox:1')

    def answers(self):
        return subprocess.run(['docker', 'version'], capture_output=True, check=False,
                              env={**os.environ, **self.env()}).returncode == 0

    def env(self):
        return {'DOCKER_HOST': f'unix://{self.socket}', 'DOCKER_API_VERSION': '1.41'}

    def run(self, *arguments):
        return self.call('docker', *arguments, env=self.env())

    image = 'ratel/busybox:1'
    options = ('--network', 'none')


class Podman(Daemon):
    name = 'podman'
    programs = ('podman', 'conmon', 'runc')
    image = 'localhost/ratel/busybox:1'
    # podman can't lower limits below its own without CAP_SYS_RESOURCE.
    options = ('--network=none', '--ulimit', 'nofile=1024:2048', '--ulimit', 'nproc=1024:2048')

    def __init__(self):
        super().__init__()
        self.base = ['podman', '--root', self.path('data'), '--runroot', self.path('run'), '--tmpdir',
                     self.path('tmp'), '--cgroup-manager=cgroupfs', '--events-backend=file', '--runtime=runc']
        self.run('import', '-q', self.path('root.tar'), 'ratel/busybox:1')
        self.start(self.base + ['system', 'service', '-t', '0', f'unix://{self.socket}'])

    def run(self, *arguments):
        return self.call(*self.base, *arguments)


CONFIG = '''version = 2
root = "{0}/data"
state = "{0}/state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "{0}/sock"
[ttrpc]
  address = "{0}/ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{1}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{0}/none"
    conf_dir = "{0}/none"
'''


class Containerd(Daemon):
    name = 'containerd'
    programs = ('containerd', 'ctr', 'runc')
    image = image.NAME

    def __init__(self):
        super().__init__()
        with open(self.path('config.toml'), 'w', encoding='ascii') as f:
            f.write(CONFIG.format(self.folder, image.NAME))
        self.start(['containerd', '-c', self.path('config.toml')])
        for space in ('default', 'k8s.io'):
            self.run('-n', space, 'images', 'import', self.path('oci.tar'))

    def run(self, *arguments):
        return self.call('ctr', '-a', self.socket, *arguments)

    def close(self):
        """What a failed test left running goes as well: its shims outlive containerd."""
        for space in ('default', 'k8s.io'):
            for task in self.run('-n', space, 'tasks', 'ls', '-q').split():
                self.run('-n', space, 'tasks', 'rm', '-f', task)
        super().close()

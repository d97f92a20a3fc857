# SPDX-License-Identifier: Apache-2.0
"""Container runtimes of one's own: data in a temporary folder, listening on Unix sockets there."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile

from lib.place import wait_for
from lib.tap import PATIENCE, Failed, Skipped

import image


class Daemon:
    """
    ocis: the programs that run its containers, all of which it can be asked for; driver: of cgroups, cgroupfs
    or systemd. folder is short: the path of a Unix socket has at most 107 bytes.
    """
    programs = ()

    def __init__(self, ocis, driver, build):
        self.ocis, self.driver, self.build = ocis, driver, build
        for program in self.programs + tuple(ocis):
            if not shutil.which(program):
                raise Skipped(f'{program} is not installed')
        self.folder = tempfile.mkdtemp(prefix='rt.', dir='/tmp')
        self.socket = self.path('sock')
        self.digest = image.make(self.folder)
        self.children = []
        self.log = open(self.path('log'), 'wb')

    def begin(self):
        """Starts it, with the image. Whoever calls closes it, also when this fails."""
        raise NotImplementedError

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
        done = subprocess.run(arguments, capture_output=True, stdin=subprocess.DEVNULL, check=False,
                              timeout=60 * PATIENCE, env={**os.environ, **(env or {})})
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
    programs = ('dockerd', 'docker', 'containerd')

    def begin(self):
        more = [f'--add-runtime={oci}={shutil.which(oci)}' for oci in self.ocis if oci != 'runc']
        self.start(['dockerd', '--data-root', self.path('data'), '--exec-root', self.path('exec'), '-H',
                    f'unix://{self.socket}', '-p', self.path('pid'), '--iptables=false', '--ip6tables=false',
                    '--bridge=none', '--ip-masq=false', '--exec-opt', f'native.cgroupdriver={self.driver}', *more])
        wait_for(self.answers, 30, 'dockerd')
        self.run('import', self.path('root.tar'), 'ratel/busybox:1')

    def answers(self):
        """Asked by hand: a client takes longer to start than dockerd to answer."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10 * PATIENCE)
            with contextlib.suppress(OSError):
                s.connect(self.socket)
                s.sendall(b'GET /_ping HTTP/1.0\r\n\r\n')
                return b' 200 ' in s.recv(64)
        return False

    def env(self):
        return {'DOCKER_HOST': f'unix://{self.socket}', 'DOCKER_API_VERSION': '1.41'}

    def run(self, *arguments):
        return self.call('docker', *arguments, env=self.env())

    image = 'ratel/busybox:1'

    def make(self, oci, name, *words):
        """Makes a container that runs on its own; its id. words: more options, then the image and its command."""
        return self.run('run', '-d', '--network', 'none', '--runtime', oci, '--name', name, *words)


class Podman(Daemon):
    name = 'podman'
    programs = ('podman', 'conmon')
    image = 'localhost/ratel/busybox:1'

    def begin(self):
        self.base = ['podman', '--root', self.path('data'), '--runroot', self.path('run'), '--tmpdir',
                     self.path('tmp'), f'--cgroup-manager={self.driver}', '--events-backend=file']
        self.run('import', '-q', self.path('root.tar'), 'ratel/busybox:1')
        self.start(self.base + ['system', 'service', '-t', '0', f'unix://{self.socket}'])

    def run(self, *arguments):
        return self.call(*self.base, *arguments)

    def make(self, oci, name, *words):
        # podman can't lower limits below its own without CAP_SYS_RESOURCE.
        return self.run(f'--runtime={oci}', 'run', '-d', '--network=none', '--ulimit', 'nofile=1024:2048',
                        '--ulimit', 'nproc=1024:2048', '--name', name, *words)


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

HANDLER = '''
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{0}]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{0}.options]
    BinaryName = "{0}"
    SystemdCgroup = {1}
'''


class Containerd(Daemon):
    name = 'containerd'
    programs = ('containerd', 'ctr')
    image = image.NAME

    def begin(self):
        with open(self.path('config.toml'), 'w', encoding='ascii') as f:
            f.write(CONFIG.format(self.folder, image.NAME))
            for oci in self.ocis:
                f.write(HANDLER.format(oci, str(self.driver == 'systemd').lower()))
        self.start(['containerd', '-c', self.path('config.toml')])
        for space in ('default', 'k8s.io'):
            self.run('-n', space, 'images', 'import', self.path('oci.tar'))

    def run(self, *arguments):
        return self.call('ctr', '-a', self.socket, *arguments)

    def make(self, oci, name, *words, space='default'):
        """words: more options of ctr run, then the command."""
        options = [word for word in words if word.startswith('--')]
        self.run('-n', space, 'run', '-d', '--runc-binary', oci, *options, self.image, name,
                 *words[len(options):])

    def close(self):
        """What a failed test left running goes as well: its shims outlive containerd."""
        with contextlib.suppress(Failed):
            for space in ('default', 'k8s.io'):
                for task in self.run('-n', space, 'tasks', 'ls', '-q').split():
                    self.run('-n', space, 'tasks', 'rm', '-f', task)
        super().close()

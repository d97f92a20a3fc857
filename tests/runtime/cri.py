# SPDX-License-Identifier: Apache-2.0
"""A client of CRI version 1 that makes what the tests need: pods and containers in them."""

import os
import subprocess

from lib import tap
from message import entries, pack, text_of

NODE = 2  # of NamespaceMode: a pod in the network of the host, there is no CNI here
SECURITY = pack((1, pack((1, NODE))))


class Cri:
    def __init__(self, daemon, build):
        self.daemon = daemon
        self.program = os.path.join(build, 'runtime', 'grpc_call')

    def call(self, method, message):
        done = subprocess.run([self.program, self.daemon.socket, f'/runtime.v1.RuntimeService/{method}'],
                              input=message, capture_output=True, check=False, timeout=90 * tap.PATIENCE)
        if done.returncode:
            raise tap.Failed(f'{done.stderr.decode()}\n{self.daemon.said()}')
        return done.stdout

    def run_pod(self, pod, oci):
        """The id of the pod's own container. oci: which of the runtime's handlers makes it."""
        return text_of(self.call('RunPodSandbox', pack((1, pod), (2, oci))), 1)

    def create(self, sandbox, config, pod):
        return text_of(self.call('CreateContainer', pack((1, sandbox), (2, config), (3, pod))), 1)

    def start(self, container):
        self.call('StartContainer', pack((1, container)))

    def exec(self, container, *words):
        self.call('ExecSync', pack((1, container), *((2, word) for word in words), (3, 30)))

    def remove(self, container):
        self.call('RemoveContainer', pack((1, container)))

    def stop(self, container):
        self.call('StopContainer', pack((1, container)))

    def stop_pod(self, sandbox):
        self.call('StopPodSandbox', pack((1, sandbox)))

    def remove_pod(self, sandbox):
        self.call('RemovePodSandbox', pack((1, sandbox)))


def pod_config(name, namespace, uid, labels, parent):
    """parent: the cgroup that the pod's containers are made in, as kubelet names it."""
    return pack((1, pack((1, name), (2, uid), (3, namespace))), *entries(6, labels),
                (8, pack((1, parent), (2, SECURITY))))


def container_config(name, image, words, labels):
    return pack((1, pack((1, name))), (2, pack((1, image))), *((3, word) for word in words[:1]),
                *((4, word) for word in words[1:]), *entries(9, labels))

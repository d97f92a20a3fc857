# SPDX-License-Identifier: Apache-2.0
"""An image without a registry: busybox, as a root filesystem and as an OCI layout, made by hand."""

import hashlib
import io
import json
import os
import shutil
import tarfile

NAME = 'docker.io/ratel/busybox:1'
APPLETS = ('sh', 'ls', 'cat', 'sleep', 'id', 'true')


def add_folder(tar, name):
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE
    entry.mode = 0o755
    tar.addfile(entry)


def root_tar(path):
    with tarfile.open(path, 'w') as tar:
        for name in ('bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root'):
            add_folder(tar, name)
        busybox = tarfile.TarInfo('bin/busybox')
        busybox.mode = 0o755
        busybox.size = os.path.getsize(shutil.which('busybox'))
        with open(shutil.which('busybox'), 'rb') as program:
            tar.addfile(busybox, program)
        for name in APPLETS:
            link = tarfile.TarInfo(f'bin/{name}')
            link.type = tarfile.SYMTYPE
            link.linkname = 'busybox'
            tar.addfile(link)
        passwd = tarfile.TarInfo('etc/passwd')
        text = b'root:x:0:0:root:/root:/bin/sh\n'
        passwd.size = len(text)
        tar.addfile(passwd, io.BytesIO(text))


class Layout:
    """The blobs of an OCI layout, in a tar file."""

    def __init__(self, path):
        self.tar = tarfile.open(path, 'w')

    def add(self, name, data):
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        self.tar.addfile(entry, io.BytesIO(data))

    def blob(self, kind, data):
        digest = hashlib.sha256(data).hexdigest()
        self.add(f'blobs/sha256/{digest}', data)
        return {'mediaType': f'application/vnd.oci.image.{kind}', 'digest': f'sha256:{digest}', 'size': len(data)}


def make(folder):
    """root.tar and oci.tar in the folder; the digest of the image."""
    root = os.path.join(folder, 'root.tar')
    root_tar(root)
    with open(root, 'rb') as f:
        data = f.read()
    layout = Layout(os.path.join(folder, 'oci.tar'))
    layer = layout.blob('layer.v1.tar', data)
    config = layout.blob('config.v1+json', json.dumps({
        'architecture': 'amd64', 'os': 'linux', 'created': '1970-01-01T00:00:00Z',
        'config': {'Env': ['PATH=/bin'], 'Cmd': ['sleep', '1000000']},
        'rootfs': {'type': 'layers', 'diff_ids': [layer['digest']]}}).encode())
    manifest = layout.blob('manifest.v1+json', json.dumps({
        'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'config': config,
        'layers': [layer]}).encode())
    manifest['annotations'] = {'io.containerd.image.name': NAME, 'org.opencontainers.image.ref.name': NAME}
    layout.add('index.json', json.dumps({'schemaVersion': 2, 'manifests': [manifest]}).encode())
    layout.add('oci-layout', b'{"imageLayoutVersion":"1.0.0"}')
    layout.tar.close()
    return manifest['digest']

# SPDX-License-Identifier: Apache-2.0
"""
A root disk with a Debian system on it: systemd, and the container runtimes, of the suite's own versions.

Unlike the root disk of the cases it is downloaded. It is kept under a name made of what would be installed.
"""

import glob
import hashlib
import os
import re
import shutil
import tempfile

from . import store

PACKAGES = ('busybox-static', 'catatonit', 'conmon', 'containerd', 'crun', 'dbus', 'docker.io', 'iproute2', 'kmod',
            'podman', 'procps', 'python3', 'runc', 'systemd-sysv')
MORE = {'trixie': ('docker-cli',)}  # a part of docker.io before
OPTIONS = ('--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"',
           '--dpkgopt=force-unsafe-io', '--dpkgopt=path-exclude=/usr/share/man/*',
           '--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/locale/*')
FOLDERS = ('ratel', 'usr/lib/modules')  # where the other disks go


def root_disk(parts, suite):
    """An ext4 image; the one that is kept where the mirror can't be reached."""
    packages = sorted(PACKAGES + MORE.get(suite, ()))
    with parts.locked():
        try:
            key = hashlib.sha256(versions(parts, suite, packages).encode()).hexdigest()[:16]
            folder = parts.make(f'debian-{suite}_{key}', lambda work: make(work, suite, packages), f'debian-{suite}_*')
        except store.Unavailable:
            kept = glob.glob(os.path.join(parts.folder, f'debian-{suite}_*'))
            if not kept:
                raise
            folder = kept[0]
    return os.path.join(folder, 'root.img')


def versions(parts, suite, packages):
    """What decides whether the disk is made anew: the versions of what it is made for."""
    text = ' '.join(packages) + '\n'
    for source in (suite, f'{suite}-security'):
        conf = parts.suite(source)
        there = sorted(set(packages) & set(store.call('apt-cache', '-c', conf, 'pkgnames').split()))
        said = store.call('apt-cache', '-c', conf, 'show', *there) if there else ''
        text += '\n'.join(re.findall(r'^(?:Package|Version): .*$', said, re.M)) + '\n'
    return text


def make(work, suite, packages):
    tree = tempfile.mkdtemp(dir=work)
    sources = [f'deb [signed-by={store.KEYRING}] {store.archive(source)} {source} main'
               for source in (suite, f'{suite}-security')]
    try:
        store.twice(lambda: install(tree, suite, packages, sources))
        for folder in FOLDERS:
            os.makedirs(os.path.join(tree, folder), exist_ok=True)
        for name in glob.glob(os.path.join(tree, 'var/cache/apt/archives/*.deb')):
            os.remove(name)
        store.write(os.path.join(tree, 'etc/hostname'), 'vm\n')
        store.make_disk(tree, os.path.join(work, 'root.img'), spare=512)
    finally:
        shutil.rmtree(tree, ignore_errors=True)


def install(tree, suite, packages, sources):
    shutil.rmtree(tree)
    store.call('mmdebstrap', '--variant=minbase', '--format=directory', '--quiet', *OPTIONS,
               f'--include={",".join(packages)}', suite, tree, *sources)

# SPDX-License-Identifier: Apache-2.0
"""
What test machines are made of, kept in a cache: package lists, QEMU, kernels, a root disk.

Everything comes from the mirror that this machine's own apt sources name, through private apt
folders, so that the machine's package state stays as it is. What is kept is named after package and
version and appears under its name only when it is whole.
"""

import contextlib
import fcntl
import glob
import hashlib
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time

KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
LISTS_GO_STALE_AFTER = 24 * 3600  # seconds
QEMU_SUITE = 'bookworm-backports'
DISK_MODULES = ('virtio_pci', 'virtio_blk')

# The root disk holds these packages of this machine and what they depend on: the programs in the
# machine then have the very libraries that ratel was built with, and nothing is downloaded.
ROOT_PACKAGES = ('base-files', 'bash', 'busybox-static', 'coreutils', 'dash', 'findutils', 'grep',
                 'hostname', 'iproute2', 'kmod', 'libc-bin', 'mount', 'procps', 'python3', 'sed', 'strace',
                 'tar', 'util-linux')
ROOT_LEAVES_OUT = re.compile(r'/usr/share/(doc|man|info|locale|lintian|bash-completion)/')

APT_CONF = '''\
Dir::Etc "{root}/etc/";
Dir::Etc::sourcelist "{root}/etc/sources.list";
Dir::Etc::sourceparts "{root}/etc/none/";
Dir::Etc::parts "{root}/etc/none/";
Dir::Etc::preferencesparts "{root}/etc/none/";
Dir::State "{root}/state/";
Dir::State::lists "{root}/lists/";
Dir::State::status "{root}/state/status";
Dir::Cache "{root}/cache/";
Acquire::Languages "none";
APT::Sandbox::User "root";
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Post-Invoke;
#clear DPkg::Post-Invoke;
'''


class Unavailable(Exception):
    """A part that can't be had; the text says why."""


def call(*words, **kwargs):
    """Output of a program; its last lines are the reason when it fails."""
    kwargs.setdefault('text', True)
    try:
        done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
    except FileNotFoundError:
        raise Unavailable(f'{words[0]} is not installed') from None
    if done.returncode != 0:
        said = done.stderr if kwargs['text'] else done.stderr.decode(errors='replace')
        raise Unavailable(f'{os.path.basename(words[0])}: {" ".join(said.split()[-30:])}')
    return done.stdout


def default_folder():
    if 'RATEL_CACHE' in os.environ:
        return os.environ['RATEL_CACHE']
    if 'XDG_CACHE_HOME' in os.environ:
        return os.path.join(os.environ['XDG_CACHE_HOME'], 'ratel')
    return '/var/cache/ratel'


class Store:
    def __init__(self, folder=None):
        self.folder = os.path.abspath(folder or default_folder())
        os.makedirs(self.folder, exist_ok=True)

    @contextlib.contextmanager
    def locked(self):
        """One process at a time fills the cache."""
        with open(os.path.join(self.folder, 'lock'), 'w', encoding='utf-8') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def make(self, name, maker, replaces):
        """The folder called name; made by maker(folder) if it is not there. Older ones (replaces) go."""
        target = os.path.join(self.folder, name)
        if os.path.isdir(target):
            return target
        work = tempfile.mkdtemp(prefix='.new-', dir=self.folder)
        try:
            maker(work)
            for old in glob.glob(os.path.join(self.folder, replaces)):
                shutil.rmtree(old)
            os.chmod(work, 0o755)
            os.rename(work, target)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return target

    # Packages.

    def suite(self, suite):
        """The apt configuration that sees one suite, its lists not older than a day."""
        root = os.path.join(self.folder, 'apt', suite)
        conf = os.path.join(root, 'apt.conf')
        stamp = os.path.join(root, 'updated')
        if os.path.exists(stamp) and time.time() - os.path.getmtime(stamp) < LISTS_GO_STALE_AFTER:
            return conf
        for folder in ('etc', 'lists/partial', 'cache/archives/partial', 'state'):
            os.makedirs(os.path.join(root, folder), exist_ok=True)
        write(os.path.join(root, 'state/status'), '')
        write(os.path.join(root, 'etc/sources.list'), f'deb [signed-by={KEYRING}] {archive(suite)} {suite} main\n')
        write(conf, APT_CONF.format(root=root))
        try:
            twice(lambda: call('apt-get', '-q', '-c', conf, '-o', 'APT::Update::Error-Mode=any', 'update'))
            write(stamp, '')
        except Unavailable:
            if not os.path.exists(stamp):
                raise
        return conf

    def packages(self, suite, pattern):
        """Names of a suite's packages that match, the newest first (by the numbers in the name)."""
        names = call('apt-cache', '-c', self.suite(suite), 'pkgnames').split()
        return sorted((n for n in names if re.fullmatch(pattern, n)),
                      key=lambda n: [int(d) for d in re.findall(r'\d+', n)], reverse=True)

    def field(self, suite, package, name):
        """A field of a package's newest version, or an empty text."""
        text = call('apt-cache', '-c', self.suite(suite), '--no-all-versions', 'show', package)
        found = re.search(rf'^{name}: (.*)$', text, re.M)
        return found[1] if found else ''

    def unpack(self, suite, packages, root):
        """Downloads packages and unpacks them below root."""
        conf = self.suite(suite)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            twice(lambda: call('apt-get', '-q', '-c', conf, 'download', *packages, cwd=folder))
            for file in glob.glob(os.path.join(folder, '*.deb')):
                call('dpkg-deb', '-x', file, root)

    # Parts.

    def qemu(self):
        """
        The command of a QEMU that is new enough. 7.2 crashes guests that patch their text while
        another CPU runs, which is what attaching a probe does; 10 doesn't.
        """
        installed = shutil.which('qemu-system-x86_64')
        if not installed:
            raise Unavailable('qemu-system-x86_64 is not installed')
        if int(re.search(r'version (\d+)', call(installed, '--version'))[1]) >= 10:
            return [installed]
        with self.locked():
            version = self.field(QEMU_SUITE, 'qemu-system-x86', 'Version')
            packages = ('qemu-system-x86', 'qemu-system-common', 'qemu-system-data')
            root = self.make(f'qemu_{plain(version)}', lambda work: self.unpack(QEMU_SUITE, packages, work),
                             replaces='qemu_*')
        # Libraries and some firmware are those of the installed one.
        words = [os.path.join(root, 'usr/bin/qemu-system-x86_64')]
        for folder in (os.path.join(root, 'usr/share/qemu'), '/usr/share/seabios', '/usr/share/qemu'):
            words += ['-L', folder]
        call(*words, '--version')
        return words

    def kernel(self, series, suite):
        """Folder with vmlinux, initrd.cpio, modules.img and the file release."""
        with self.locked():
            pattern = rf'linux-image-{re.escape(series)}[.-][^_]*cloud-amd64'
            try:
                images = self.packages(suite, pattern)
                if not images:
                    raise Unavailable(f'{suite} has no package linux-image-{series}*-cloud-amd64')
                version = self.field(suite, images[0], 'Version')
                return self.make(f'kernel-{series}_{plain(version)}',
                                 lambda work: self.make_kernel(work, suite, images[0]), f'kernel-{series}_*')
            except Unavailable:
                kept = glob.glob(os.path.join(self.folder, f'kernel-{series}_*'))
                if not kept:
                    raise
                return kept[0]

    def make_kernel(self, work, suite, image):
        packages = [image]
        # From 6.19 on linux-image-* only pulls in the packages that hold something.
        if 'linux-binary-' in self.field(suite, image, 'Depends'):
            packages = [image.replace('image', part, 1) for part in ('binary', 'modules', 'base')]
        with tempfile.TemporaryDirectory(dir=self.folder) as root:
            self.unpack(suite, packages, root)
            modules = one_of(root, 'usr/lib/modules/*', 'lib/modules/*')
            vmlinuz = one_of(root, 'boot/vmlinuz-*', 'usr/lib/modules/*/vmlinuz', 'lib/modules/*/vmlinuz')
            release = os.path.basename(modules)
            write(os.path.join(work, 'release'), release + '\n')
            extract_vmlinux(vmlinuz, os.path.join(work, 'vmlinux'))
            if modules.startswith(os.path.join(root, 'usr')):
                os.symlink('usr/lib', os.path.join(root, 'lib'))
            call('depmod', '-b', root, release)
            make_initrd(root, release, os.path.join(work, 'initrd.cpio'))
            make_disk(os.path.join(root, 'lib/modules'), os.path.join(work, 'modules.img'), spare=16)

    def root_disk(self):
        """An ext4 image with Debian programs."""
        packages = closure(ROOT_PACKAGES)
        key = hashlib.sha256('\n'.join(f'{p} {v}' for p, v in sorted(packages.items())).encode())
        with self.locked():
            folder = self.make(f'root_{key.hexdigest()[:16]}', lambda work: make_root(work, packages), 'root_*')
        return os.path.join(folder, 'root.img')


def twice(action):
    """A mirror may fail once."""
    try:
        return action()
    except Unavailable:
        time.sleep(2)
        return action()


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def plain(version):
    return re.sub(r'[^0-9A-Za-z.+~-]', '_', version)


def one_of(root, *patterns):
    for pattern in patterns:
        found = glob.glob(os.path.join(root, pattern))
        if found:
            return found[0]
    raise Unavailable(f'the package has none of {" ".join(patterns)}')


def archive(suite):
    """The address of a suite's archive, from this machine's own sources."""
    addresses = {a.rstrip('/') for a in call('apt-get', 'indextargets', '--format', '$(REPO_URI)').split()}
    for address in sorted(addresses):
        if address.endswith('/debian-security'):
            address = address[:-len('-security')]
        if address.endswith('/debian'):
            return address + '-security' if suite.endswith('-security') else address
    raise Unavailable("this machine's apt sources name no Debian archive")


def extract_vmlinux(vmlinuz, target):
    """
    The ELF file out of a bzImage: QEMU starts it by PVH, and the guest has nothing to decompress.
    Offsets are those of the x86 boot protocol: setup_sects 0x1f1, payload_offset 0x248, payload_length
    0x24c; the payload's last four bytes are its length.
    """
    with open(vmlinuz, 'rb') as file:
        data = file.read()
    offset, length = struct.unpack_from('<II', data, 0x248)
    begin = ((data[0x1f1] or 4) + 1) * 512 + offset
    payload = data[begin:begin + length - 4]
    tools = {b'\x28\xb5\x2f\xfd': 'zstd', b'\xfd7zX': 'xz', b'\x1f\x8b': 'gzip', b'\x02\x21\x4c\x18': 'lz4'}
    tool = next((t for magic, t in tools.items() if payload.startswith(magic)), None)
    if not tool:
        raise Unavailable(f'the kernel is compressed in an unknown way ({payload[:4].hex()})')
    elf = call(tool, '-dcq', input=payload, text=False)
    if not elf.startswith(b'\x7fELF'):
        raise Unavailable('no ELF file in the kernel image')
    with open(target, 'wb') as file:
        file.write(elf)


def make_initrd(root, release, target):
    """busybox, and the modules that the disks need, in the order they need each other."""
    with tempfile.TemporaryDirectory() as tree:
        os.makedirs(os.path.join(tree, 'bin'))
        os.makedirs(os.path.join(tree, 'modules'))
        shutil.copy2('/bin/busybox', os.path.join(tree, 'bin'))
        files = []
        for module in DISK_MODULES:
            said = call('modprobe', '-d', root, '-S', release, '--show-depends', module)
            files += [line.split()[1] for line in said.splitlines() if line.startswith('insmod')]
        for number, file in enumerate(dict.fromkeys(files)):
            name = f'{number:02}-{os.path.basename(file).partition(".")[0]}.ko'
            data = call('xz', '-dc', file, text=False) if file.endswith('.xz') else open(file, 'rb').read()
            with open(os.path.join(tree, 'modules', name), 'wb') as out:
                out.write(data)
        pack_cpio(tree, target)


def pack_cpio(tree, target):
    names = call('find', '.', cwd=tree)
    with open(target, 'wb') as file:
        file.write(call('cpio', '-o', '-H', 'newc', '-R', '0:0', '--quiet', cwd=tree, input=names.encode(), text=False))


def make_disk(tree, target, spare):
    """An ext4 image of a folder with `spare` MiB left free; needs no mount."""
    size = int(call('du', '-sm', '--apparent-size', tree).split()[0])
    # Small files take more room on a disk than they have bytes.
    call('mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-m', '0', '-d', tree, target,
         f'{size + size // 2 + spare}M')


def closure(names):
    """Version by name of installed packages and everything that they depend on."""
    rows = call('dpkg-query', '-W', '-f', '${Package}\t${Architecture}\t${Version}\t${Provides}\t${Pre-Depends}, ${Depends}\n')
    known, provided = {}, {}
    for row in rows.splitlines():
        name, arch, version, provides, depends = row.split('\t')
        if arch == 'i386':
            continue
        known[name] = (version, depends)
        for other in provides.split(','):
            provided.setdefault(other.split('(')[0].strip(), name)
    found, todo = {}, list(names)
    while todo:
        name = todo.pop()
        name = name if name in known else provided.get(name)
        if not name or name in found:
            continue
        found[name], depends = known[name]
        for choice in depends.split(','):
            options = [re.sub(r'[ (:].*', '', o.strip()) for o in choice.split('|')]
            todo += [o for o in options if o in known or o in provided][:1]
    missing = [n for n in names if n not in known]
    if missing:
        raise Unavailable(f'not installed: {" ".join(missing)}')
    return found


def make_root(work, packages):
    with tempfile.TemporaryDirectory(dir=work) as tree:
        for folder in ('dev', 'proc', 'sys', 'tmp', 'run', 'root', 'var/tmp', 'ratel', 'etc', 'usr/bin', 'usr/sbin',
                       'usr/lib', 'usr/lib64', 'usr/lib/modules'):
            os.makedirs(os.path.join(tree, folder))
        for folder in ('bin', 'sbin', 'lib', 'lib64'):
            os.symlink(f'usr/{folder}', os.path.join(tree, folder))
        for file in call('dpkg-query', '-L', *packages).split('\n'):
            copy_file(file, tree)
        for name in ('passwd', 'group'):
            shutil.copy(f'/usr/share/base-passwd/{name}.master', os.path.join(tree, 'etc', name))
        write(os.path.join(tree, 'etc/hosts'), '127.0.0.1 localhost vm\n')
        write(os.path.join(tree, 'etc/hostname'), 'vm\n')
        make_disk(tree, os.path.join(work, 'root.img'), spare=512)


def copy_file(file, tree):
    """One file of a package, and what Python compiled of it; folders come with their files."""
    if not os.path.lexists(file) or ROOT_LEAVES_OUT.match(file) or (os.path.isdir(file) and not os.path.islink(file)):
        return
    folder = os.path.realpath(os.path.dirname(file))
    target = tree + folder
    os.makedirs(target, exist_ok=True)
    base = os.path.basename(file)
    if not os.path.lexists(os.path.join(target, base)):
        shutil.copy2(os.path.join(folder, base), target, follow_symlinks=False)
    if base.endswith('.py'):
        for compiled in glob.glob(os.path.join(glob.escape(folder), '__pycache__', glob.escape(base[:-3]) + '.*.pyc')):
            os.makedirs(os.path.join(target, '__pycache__'), exist_ok=True)
            shutil.copy2(compiled, os.path.join(target, '__pycache__'))

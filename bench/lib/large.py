# SPDX-License-Identifier: Apache-2.0
"""A compile of a large C project, as a recording: Git, as Debian has it, built by make with two jobs."""

import glob
import os
import subprocess

from lib.figures import Cannot

ENRICH = 'process,ancestors,user-names,hash,container'
EVENTS = 'sched_process_fork,sched_process_exec,sched_process_exit,openat'
# What needs nothing besides a compiler and zlib. Without optimising: what is measured is not the compiler.
MAKE = ('make', '-j2', 'CFLAGS=-O0', *(f'NO_{what}=1' for what in (
    'CURL', 'EXPAT', 'GETTEXT', 'TCLTK', 'OPENSSL', 'PERL', 'PYTHON')))

# apt-get with lists of its own: the machine's are left as they are, and need not name sources.
SOURCES = 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian {} main\n'
APT = '''Dir::State::Lists "{0}/lists";
Dir::Cache "{0}/cache";
Dir::Etc::SourceList "{0}/sources.list";
Dir::Etc::SourceParts "/dev/null";
APT::Sandbox::User "root";
'''


def run(arguments, **kwargs):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          **kwargs)
    if done.returncode:
        raise Cannot(f'{" ".join(arguments[:3])}: {done.stdout.strip()[-300:]}')


def fetch(folder):
    for name in ('lists/partial', 'cache/archives/partial'):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    with open('/etc/os-release', encoding='utf-8') as f:
        names = dict(line.strip().split('=', 1) for line in f if '=' in line)
    with open(os.path.join(folder, 'sources.list'), 'w', encoding='utf-8') as f:
        f.write(SOURCES.format(names.get('VERSION_CODENAME', 'stable')))
    with open(os.path.join(folder, 'apt.conf'), 'w', encoding='utf-8') as f:
        f.write(APT.format(folder))
    environment = dict(os.environ, APT_CONFIG=os.path.join(folder, 'apt.conf'))
    run(['apt-get', 'update'], env=environment)
    run(['apt-get', 'source', '--download-only', 'git'], cwd=folder, env=environment)


def archive(bench):
    """The sources, fetched once for a folder of builds."""
    folder = os.path.join(bench.build, 'bench', 'large')
    if not glob.glob(os.path.join(folder, 'git_*.orig.tar.*')):
        fetch(folder)
    return glob.glob(os.path.join(folder, 'git_*.orig.tar.*'))[0]


def recording(bench):
    """Every program start of the compile, and all that its programs open."""
    path = bench.path('compile.ratel')
    if os.path.exists(path):
        return path
    bench.need_root()
    sources = bench.path('git')
    os.mkdir(sources)
    run(['tar', '-xf', archive(bench), '-C', sources, '--strip-components=1'])
    partial = path + '.partial'
    run([bench.ratel, 'record', '-o', partial, '-e', EVENTS, '--enrich', ENRICH, '--ring-size', '16M', '--', *MAKE],
        cwd=sources)
    os.rename(partial, path)
    return path

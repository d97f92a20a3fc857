# SPDX-License-Identifier: Apache-2.0
"""B16, B17: what it costs to know who did it, on a recording of a compile of ratel's own sources."""

import glob
import os
import re
import subprocess

from lib.bench import MIXED_CALLS
from lib.figures import Result, median, met_at_most, spread
from lib.rows_replay import RUNS, children_seconds

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENRICH = 'process,ancestors,user-names,hash'
TARGETS_NS = {'fork': 300, 'exec': 500, 'exit': 200, 'look-up': 50}


def compile_recording(bench):
    """Every program start of the compile, by four jobs, and all that its programs open."""
    path = bench.path('compile.ratel')
    if os.path.exists(path):
        return path
    bench.need_root()
    files = sorted(glob.glob(os.path.join(TOP, 'src', '*', '*.c')))
    compiler = (f'gcc -O0 -fsyntax-only -w -D_GNU_SOURCE -I{TOP}/src -I{TOP}/kernel -I{TOP}/catalog '
                f'-I{TOP}/catalog/flags -I{bench.build}/generated -I{bench.build}/kernel')
    subprocess.run([bench.ratel, 'record', '-o', path, '-e',
                    'sched_process_fork,sched_process_exec,sched_process_exit,openat',
                    '--enrich', ENRICH, '--ring-size', '16M', '--', 'sh', '-c',
                    f'for round in 1 2 3; do printf "%s\\n" {" ".join(files)}; done | '
                    f'xargs -P 4 -n 1 {compiler} || :'],
                   stderr=subprocess.DEVNULL, check=True)
    return path


def b16(bench):
    """Each step of the world by itself, in user space."""
    path = compile_recording(bench)
    found = {}
    for _ in range(RUNS):
        text = subprocess.run([bench.program('bench/world'), path], stdout=subprocess.PIPE,
                              text=True, check=True).stdout
        for name, count, ns in re.findall(r'^(\S+) +(\d+) +(\d+) ns$', text, re.M):
            found.setdefault(name, (int(count), []))[1].append(float(ns))
    for name, target in TARGETS_NS.items():
        count, ns = found[name]
        yield Result(base='-', ratel=spread(ns, '{:.0f}') + ' ns', target=f'≤ {target} ns',
                     met=met_at_most(median(ns), target), what=f'{name}, {count} of them',
                     figures={'ns': ns})


def replay_seconds(bench, path, extra):
    used = children_seconds()
    subprocess.run([bench.ratel, 'replay', path, '-o', 'json:/dev/null', *extra],
                   stderr=subprocess.DEVNULL, check=True)
    return children_seconds() - used


def b17(bench):
    """The same events with and without what --enrich adds, in turns."""
    path = compile_recording(bench)
    none = [arg for name in MIXED_CALLS for arg in ('-e', f'{name}.retval=-9999')]
    rows = (('reader, no output', none, ENRICH), ('JSON', ['-e', 'all'], 'user-names'),
            ('JSON', ['-e', 'all'], 'process,hash'), ('JSON', ['-e', 'all'], ENRICH))
    for what, selection, enrich in rows:
        plain, enriched = [], []
        for _ in range(RUNS):
            plain.append(replay_seconds(bench, path, selection))
            enriched.append(replay_seconds(bench, path, [*selection, '--enrich', enrich]))
        percent = [100 * (e - p) / p for p, e in zip(plain, enriched)]
        yield Result(base=f'{median(plain):.2f} s', ratel='+' + spread(percent) + ' %',
                     target='≤ +15 %', met=met_at_most(median(percent), 15),
                     what=f'{what}, {enrich}', figures={'percent': percent})

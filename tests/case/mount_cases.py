# SPDX-License-Identifier: Apache-2.0
"""Mounts: what is mounted in a namespace, and where the host has what runs in another one."""

import os
import re
import shutil

from lib.place import account, wait_for
from lib.tap import Failed, Skipped

# Of the host: a volume, a file system mounted while it is watched. In a namespace of its own: both bound to
# another place, one that the host does not have, one put over what the host has.
LIFE = '''mount -t tmpfs late {D}/host && cp {D}/volume/tool {D}/host/late
unshare -m --propagation private sh -c '
mount --bind {D}/volume {D}/a; {D}/a/tool bound; sleep 0.3
mount --bind {D}/host {D}/b; {D}/b/late late; sleep 0.3
mount -t tmpfs own {D}/c; cp {D}/volume/tool {D}/c; {D}/c/tool own; sleep 0.3
umount {D}/a; mount --bind {D}/host {D}/a; {D}/a/late again; {D}/volume/tool same
echo $$ > {D}/pid; sleep 1' &
while ! [ -s {D}/pid ]; do sleep 0.05; done
nsenter -t $(cat {D}/pid) -m {D}/b/late entered; wait
umount {D}/host; mount --bind {D}/volume {D}/host; {D}/host/tool host; umount {D}/host'''


def prepare(here):
    if os.getuid() or not shutil.which('nsenter') or not shutil.which('unshare') or not shutil.which('mount'):
        raise Skipped('mounting takes root, mount, nsenter and unshare')
    folder = here.path('box \t\\')
    for name in ('volume', 'host', 'a', 'b', 'c'):
        os.makedirs(os.path.join(folder, name))
    shutil.copy(shutil.which('true'), os.path.join(folder, 'volume', 'tool'))
    return folder


def quoted(folder):
    return folder.replace('\\', '\\\\').replace(' ', '\\ ').replace('\t', '\\\t')


def ran(events):
    """What ran, by its argument: its path and what is said of the host's."""
    return {e['data']['argv'][1]: (e['process']['executable'].get('host_path'), e['process'].get('missing', {}).get('host_path'))
            for e in events if e['event'] == 'sched_process_exec' and len(e['data']['argv']) == 2}


def paths_of_the_host(here):
    """A bound folder, a file system that came meanwhile, one that the host lacks: live, replayed and in the tree."""
    here.machine.require_live()
    folder = prepare(here)
    recording, live, again = here.path('r.rec'), here.path('live.json'), here.path('again.json')
    run = here.run(['trace', '-e', 'sched_process_exec', '--enrich', 'host-paths,ancestors', '--stats', '-o', f'json:{live}', '-o',
                    f'recording:{recording}', '--', 'sh', '-c', LIFE.replace('{D}', quoted(folder))], output=False)
    if run.code:
        raise Failed(f'exit {run.code}\n{run.stderr}')
    account(run.stderr)
    found = ran(here.events(live))
    nowhere = (None, 'no path leads there')
    wanted = {'bound': (f'{folder}/volume/tool', None), 'late': (f'{folder}/host/late', None), 'own': nowhere,
              'again': (f'{folder}/host/late', None), 'entered': (f'{folder}/host/late', None), 'same': (f'{folder}/volume/tool', None), 'host': (None, None)}
    if {k: found.get(k) for k in wanted} != wanted:
        raise Failed(f'{found}\n{run.stderr}')
    if not re.search(r'^mounts +[1-9]', run.stderr, re.M):
        raise Failed(run.stderr)
    replay = here.run(['replay', '--enrich', 'host-paths,ancestors', '-o', f'json:{again}', recording], output=False)
    with open(live, 'rb') as a, open(again, 'rb') as b:
        if replay.code or a.read() != b.read():
            raise Failed(f'the replay says otherwise\n{replay.stderr}')
    tool = next(e for e in here.events(live) if e['event'] == 'sched_process_exec' and e['data']['argv'][-1] == 'bound')
    facts = here.run(['tree', '--read', recording, str(tool['process']['pid'])], output=False).stdout
    if 'on the host /' not in facts or '/volume/tool\n' not in facts:
        raise Failed(facts[:2000])
    plain = here.run(['replay', '--enrich', 'process', recording])
    if any('host_path' in e['process'].get('executable', {}) or 'host_path' in e['process'].get('missing', {})
           for e in plain.events if 'process' in e):
        raise Failed('a path of the host is told that was not asked for')


def tree_knows_the_host(here):
    """ratel tree of this machine says where the host has a program of another namespace, and what it is in."""
    folder = prepare(here)
    shutil.copy(shutil.which('sleep'), os.path.join(folder, 'volume', 'sleep'))
    child = here.spawn(['unshare', '-m', '--propagation', 'private', 'sh', '-c',
                        'mount --bind "$1/volume" "$1/a" && exec "$1/a/sleep" 60', 'sh', folder])
    wait_for(lambda: open(f'/proc/{child.pid}/comm', encoding='utf-8').read() == 'sleep\n')
    facts = here.run(['tree', str(child.pid)], output=False).stdout
    escaped = folder.replace('\\', '\\\\').replace('\t', '\\t')
    if f'  executable  {escaped}/a/sleep (' not in facts or f'  on the host {escaped}/volume/sleep\n' not in facts \
            or f' at {escaped}/a\n' not in facts:
        raise Failed(facts)


def mounts_are_told(here):
    """existing_mount tells all mounts of the host, as mountinfo has them, and the namespace that they are of."""
    here.machine.require_live()
    run = here.run(['trace', '-e', 'existing_mount,getppid', '--stats', '--', here.provoker('comm'), 'x'])
    account(run.stderr)
    told = [e['data'] for e in run.events if e['event'] == 'existing_mount' and e['data']['of_host']]
    told = told[:told[0]['entries'] if told else 0]  # of the first reading: who mounts meanwhile makes it read again
    with open('/proc/1/mountinfo', encoding='utf-8', errors='surrogateescape') as f:
        lines = [line.split() for line in f]
    if run.code or not told or len(told) != told[0]['entries'] or [d['entry'] for d in told] != list(range(1, len(told) + 1)):
        raise Failed(f'exit {run.code}, {told}\n{run.stderr}')
    there = {int(w[0]): (int(w[1]), w[4].encode().decode('unicode_escape'), w[w.index('-') + 1]) for w in lines}
    same = [d for d in told if there.get(d['mount_id']) == (d['parent_id'], d['mountpoint'], d['type'])]
    if len(same) < len(told) - 2:  # other cases mount and unmount meanwhile
        raise Failed(f'{told}\n{lines}')


CASES = [paths_of_the_host, tree_knows_the_host, mounts_are_told]

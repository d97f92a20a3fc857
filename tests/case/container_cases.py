# SPDX-License-Identifier: Apache-2.0
"""Containers without a runtime: cgroups that are called like a container's, and a docker that is none."""

import hashlib
import json
import os
import signal

from lib.place import wait_for
from lib.runtimes import FakeDocker
from lib.tap import Failed

OLD, NEW = 'c0ffee01' * 8, 'c0ffee02' * 8
LABELS = ['tier=front', 'a=b=c\n\u202e']  # FakeDocker's


def box(here, name):
    return os.path.join(here.cgroup(), f'docker-{name}.scope')


def make(here, name):
    path = box(here, name)
    os.mkdir(path)
    return os.stat(path).st_ino


def life(here, pause='1'):
    """A shell's lines: a container is made, its runtime prepares it, its program runs, it ends."""
    enter, comm, new = here.provoker('enter'), here.provoker('comm'), box(here, NEW)
    return (f'{enter} cgroup={box(here, OLD)} -- {comm} old; mkdir {new}; '
            f'{enter} cgroup={new} -- {comm} runtime; {enter} cgroup={new} mnt -- {comm} begun; sleep {pause}; '
            f'{enter} cgroup={new} -- {comm} known; rmdir {new}')


def trace(here, docker, *more, pause='1'):
    here.machine.require_live()
    run = here.run(['trace', *docker.options(), *more, '--', 'sh', '-c', life(here, pause)])
    if run.code:
        raise Failed(f'exit {run.code}\n{run.stderr}')
    return run


def told(run, event, **data):
    """The events of that name with those values; there must be some."""
    found = [e for e in run.events if e['event'] == event
             and all(e['data'].get(k) == v for k, v in data.items())]
    if not found:
        raise Failed(f'no {event} with {data}: {run.events}\n{run.stderr}')
    return found


def calls(run):
    """The container of each getppid, by the name of the thread that called."""
    return {e['process']['name']: e.get('container') for e in run.events if e['event'] == 'getppid'}


def a_life(here):
    """Made, known, told with every event inside, removed; and the one that was there before."""
    old = make(here, OLD)
    docker = FakeDocker(here.path('sock'), {OLD: 'shop-db', NEW: 'shop-web'})
    run = trace(here, docker, '-e', 'containers,getppid', '--enrich', 'container', '--stats')
    there = told(run, 'existing_container', container_id=OLD)[0]['data']
    if there['container_name'] != 'shop-db' or there['cgroup_id'] != old:
        raise Failed(f'{there}')
    made = told(run, 'container_create', container_id=NEW)[0]
    expected = {'runtime': 'docker', 'container_name': 'shop-web', 'container_image': 'shop:1.4',
                'pod_sandbox': False, 'container_labels': LABELS,
                'created': '2026-11-21T05:06:07.500000000Z', 'started': '2026-11-21T05:06:08.000000000Z'}
    if any(made['data'][k] != v for k, v in expected.items()):
        raise Failed(f'{made}')
    told(run, 'container_remove', container_id=NEW, cgroup_id=made['data']['cgroup_id'])
    inside = calls(run)
    names = {who: c and c.get('name') for who, c in inside.items() if who in ('old', 'known', 'sh')}
    if names.get('old') != 'shop-db' or names.get('known') != 'shop-web' or inside.get('sh'):
        raise Failed(f'{inside}')
    if inside['known']['id'] != NEW or not inside['known']['started'] \
            or inside['known']['labels'] != {'tier': 'front', 'a': 'b=c\n\u202e'}:
        raise Failed(f'{inside["known"]}')
    if inside['runtime']['id'] != NEW or inside['runtime'].get('started') or not inside['begun']['started']:
        raise Failed(f'{inside}')


def scopes_of_a_life(here):
    """container=new from birth; container=started from the moment that its own program runs."""
    make(here, OLD)
    docker = FakeDocker(here.path('sock'), {})
    for scope, wanted in (('new', {'runtime', 'begun', 'known'}), ('started', {'old', 'begun', 'known'})):
        run = trace(here, docker, '-e', 'getppid', '--scope', f'container={scope}', pause='0.1')
        seen = {name for name in calls(run) if name in ('old', 'runtime', 'begun', 'known')}
        if seen != wanted:
            raise Failed(f'container={scope}: {seen}\n{run.stderr}')


def started_with_its_program(here):
    """The execution itself is the first event of container=started."""
    make(here, OLD)
    docker = FakeDocker(here.path('sock'), {})
    run = trace(here, docker, '-e', 'sched_process_exec', '--scope', 'container=started', pause='0.1')
    argv = [e['data']['argv'][-1] for e in run.events if e['event'] == 'sched_process_exec']
    if argv != ['old', 'begun', 'known']:
        raise Failed(f'{argv}\n{run.stderr}')


def hang(connection):
    while connection.recv(4096):
        pass


def garbage(connection):
    connection.sendall(b'\0\377\033[2J' * 1000)


def flood(connection):
    connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n')
    for _ in range(1600):
        connection.sendall(b'[' * 65536)


def cut(connection):
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{')


BUSY = 'not known yet'  # with another container, of whoever runs one on this machine
BROKEN = "the container runtime's answer could not be read"
WAYS = [(hang, 'the container runtime did not answer in time'), (garbage, BROKEN), (flood, BROKEN), (cut, BROKEN),
        (None, 'the container runtime knows no such container')]


def bad_runtimes(here):
    """A runtime that hangs, talks nonsense, never ends, stops in the middle, or knows nothing: the
    container is told all the same, and why it has no name; other events do not wait."""
    make(here, OLD)
    for number, (answer, why) in enumerate(WAYS):
        docker = FakeDocker(here.path(f'sock{number}'), {}, answer)
        run = trace(here, docker, '-e', 'containers,getppid', '--enrich', 'container', '--stats', pause='3')
        made = told(run, 'container_create', container_id=NEW)[0]
        if made['data']['container_name'] is not None or made['missing']['container_name'] not in (why, BUSY):
            raise Failed(f'{answer}: {made}\n{run.stderr}')
        inside = calls(run)
        if inside['begun']['id'] != NEW or inside['begun']['missing']['name'] != 'not known yet' \
                or inside['known']['missing']['name'] != why:
            raise Failed(f'{answer}: {inside}')


bad_runtimes.limit = 90


def known_after_a_kill(here):
    """What a killed ratel knew the next one knows, though nobody answers any more."""
    here.machine.require_live()
    make(here, OLD)
    docker = FakeDocker(here.path('sock'), {OLD: 'shop-db'})
    out = here.path('first.json')
    first = here.start(['trace', *docker.options(), '--state', here.path('state'), '-e', 'containers',
                        '-o', f'json:{out}'])
    wait_for(lambda: os.path.exists(here.path('state/containers')) and os.path.exists(out), 20)
    wait_for(lambda: b'shop-db' in open(here.path('state/containers'), 'rb').read(), 20)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    docker.close()
    run = here.run(['trace', *docker.options(), '--state', here.path('state'), '-e', 'containers',
                    '--', 'true'])
    there = told(run, 'existing_container', container_id=OLD)[0]['data']
    if there['container_name'] != 'shop-db' or there['container_image'] != 'shop:1.4':
        raise Failed(f'{there}')


def replayed(here):
    """A recording has what the runtimes said: replay tells the same, without asking anybody."""
    make(here, OLD)
    docker = FakeDocker(here.path('sock'), {OLD: 'shop-db', NEW: 'shop-web'})
    file = here.path('life.ratel')
    live = trace(here, docker, '-e', 'containers,getppid', '--enrich', 'container', '-o', f'recording:{file}', '-o',
                 f'json:{here.path("live.json")}')
    live.events = here.events(here.path('live.json'))
    asked = docker.asked
    again = here.run(['replay', '--enrich', 'container', file])
    mine = ('getppid', 'container_create', 'container_remove', 'existing_container')
    both = [[e for e in run.events if e['event'] in mine] for run in (live, again)]
    if both[0] != both[1] or not both[0] or docker.asked != asked:
        raise Failed(f'live {both[0]}\nreplay {both[1]}')


def many(here):
    """More than there is room for: those of events are known all the same, also after they were forgotten."""
    here.machine.require_live()
    enter, comm = here.provoker('enter'), here.provoker('comm')
    count = 200
    names = [f'{i:064x}' for i in range(1, count + 1)]
    boxes = [os.path.join(here.cgroup(), f'crio-{name}.scope') for name in names]  # which nobody answers for
    for path in boxes:
        os.mkdir(path)
    make(here, OLD)
    os.mkdir(os.path.join(box(here, OLD), 'inside'))
    docker = FakeDocker(here.path('sock'), {OLD: 'shop-db'})
    script = here.path('many.sh')
    with open(script, 'w', encoding='utf-8') as out:
        out.write(f'{enter} cgroup={box(here, OLD)}/inside -- {comm} first; sleep 2\n')
        out.writelines(f'{enter} cgroup={path} -- {comm} n{i}\n' for i, path in enumerate(boxes[:20]))
        out.write(f'{enter} cgroup={box(here, OLD)}/inside -- {comm} again; sleep 1\n')
        out.write(f'{enter} cgroup={box(here, OLD)}/inside -- {comm} known\n')
    run = here.run(['trace', *docker.options(), '-e', 'getppid', '--enrich', 'container', '--stats',
                    '--container-memory', '64K', '--', 'sh', script])
    inside = calls(run)
    row = next(line.split() for line in run.stderr.splitlines() if line.startswith('containers '))
    entries, most, evictions = (int(row[i]) for i in (1, 2, 5))
    if not entries == most < count or evictions < count - most:
        raise Failed(f'{row}')
    wrong = {who: c for who, c in inside.items()
             if who.startswith('n') and who[1:].isdigit() and (not c or c['id'] != names[int(who[1:])])}
    if wrong or any(inside[who]['id'] != OLD for who in ('first', 'again', 'known')):
        raise Failed(f'{wrong} {inside}')
    if inside['known'].get('name') != 'shop-db':
        raise Failed(f'{inside["known"]}')


many.limit = 90


def hanging_beside(here):
    """A runtime that hangs, with many to be asked about, and podman's container is known at once."""
    here.machine.require_live()
    hanging = FakeDocker(here.path('sock'), {}, hang)
    podman = FakeDocker(here.path('sock2'), {OLD: 'pod-a'})
    box = os.path.join(here.cgroup(), f'libpod-{OLD}.scope')
    lines = '; '.join(f'mkdir {here.cgroup()}/docker-{i:064x}.scope' for i in range(1, 30))
    runtimes = ['--runtime', f'docker={hanging.path}', '--runtime', f'podman={podman.path}',
                '--runtime', 'containerd=/nowhere', '--runtime', 'crio=/nowhere']
    run = here.run(['trace', *runtimes, '-e', 'containers', '--', 'sh', '-c', f'{lines}; mkdir {box}; sleep 3; rmdir {box}'])
    ours = [OLD] + [f'{i:064x}' for i in range(1, 30)]
    made = [e for e in run.events if e['event'] == 'container_create' and e['data']['container_id'] in ours]
    if len(made) != 30 or made[0]['data']['container_name'] != 'pod-a' or made[0]['data']['runtime'] != 'podman':
        raise Failed(f'{made}\n{run.stderr}')
    if {e['missing'].get('container_name') for e in made[1:]} - {WAYS[0][1], BUSY}:
        raise Failed(f'{made}\n{run.stderr}')
    told(run, 'container_remove', container_id=OLD)


def renamed(here):
    """Renamed while no ratel ran: told as it was, then as it is; events keep the name of their time."""
    here.machine.require_live()
    make(here, OLD)
    docker = FakeDocker(here.path('sock'), {OLD: 'shop-db'})
    for name in ('shop-db', 'shop-store'):
        docker.names[OLD] = name
        run = here.run(['trace', *docker.options(), '--state', here.path('state'), '-e', 'containers',
                        '--', 'sleep', '0.5'])
    names = [e['data']['container_name'] for e in told(run, 'existing_container', container_id=OLD)]
    if names != ['shop-db', 'shop-store']:
        raise Failed(f'{names}\n{run.stderr}')


def hashed_inside(here):
    """The hash of a program that only the container sees, of its path below the container's root."""
    here.machine.require_live()
    enter, comm, folder = here.provoker('enter'), here.provoker('comm'), here.path('own')
    make(here, OLD)
    os.mkdir(folder)
    with open(comm, 'rb') as file:
        expected = hashlib.sha256(file.read()).hexdigest()
    inside = f'mount -t tmpfs none {folder} && cp {comm} {folder}/program && {folder}/program inside; sleep 1'
    run = here.run(['trace', '-e', 'getppid', '--enrich', 'process,container,hash', '--', enter,
                    f'cgroup={box(here, OLD)}', '--', 'unshare', '-m', 'sh', '-c', inside])
    if run.code or os.listdir(folder):
        raise Failed(f'exit {run.code}, {os.listdir(folder)}\n{run.stderr}')
    event = next(e for e in run.events if e['event'] == 'getppid' and e['process']['name'] == 'inside')
    program = event['process']['executable']
    if program['path'] != f'{folder}/program' or program.get('sha256') != expected or event['container']['id'] != OLD:
        raise Failed(f'{event}, expected {expected}')


def listed(here):
    """ratel list containers."""
    make(here, OLD)
    docker = FakeDocker(here.path('sock'), {OLD: 'shop-db'})
    table = here.run(['list', 'containers', *docker.options()], output=False)
    if table.code or not any(line.split()[:4] == [OLD[:12], 'docker', 'shop-db', 'shop:1.4']
                             for line in table.stdout.splitlines()):
        raise Failed(f'{table.stdout}\n{table.stderr}')
    rows = here.run(['list', 'containers', '--json', *docker.options()], output=False)
    row = next(r for r in json.loads(rows.stdout) if r['id'] == OLD)
    if (row['name'], row['labels'], row['pod_labels'], row['missing']) != ('shop-db', LABELS, None, None):
        raise Failed(f'{row}')
    wrong = here.run(['list', 'containers', '--runtime', 'moby=/x'], output=False)
    if wrong.code != 2 or 'names no runtime' not in wrong.stderr:
        raise Failed(f'{wrong.stderr}')


CASES = [a_life, scopes_of_a_life, started_with_its_program, bad_runtimes, known_after_a_kill, replayed,
         many, hanging_beside, renamed, hashed_inside, listed]

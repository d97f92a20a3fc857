# SPDX-License-Identifier: Apache-2.0
"""--scope: each kind with = and !=, ranges, AND between rules, OR between values, follow, tree.

A row says what is run and whether its one getppid call is to be seen. {…} is filled in from the
case's surroundings: P provokers, CG a cgroup, BOX a cgroup named like a container's, ID that
container's id, MNT and PIDNS namespaces that HOLDER lives in, SELF the pid of this runner.
"""

import os
import subprocess
import time

from lib.place import wait_for
from lib.tap import Failed, Skipped

ID = '5ad1c0de' * 8
NOBODY = '{P}/enter uid=65534 --'
BADGER = '{P}/enter uts=badger --'
IN_CG = '{P}/enter cgroup={CG} --'
IN_BOX = '{P}/enter cgroup={BOX} --'
IN_NS = 'nsenter -t {HOLDER} -m -p'
ONE = '{P}/comm'

# name, scopes, what runs, calls seen
ROWS = [
    ('uid_equal', ['uid=65534'], f'{NOBODY} {ONE} x', 1),
    ('uid_equal_other', ['uid=65534'], f'{ONE} x', 0),
    ('uid_not', ['uid!=0'], f'{NOBODY} {ONE} x', 1),
    ('uid_not_other', ['uid!=0'], f'{ONE} x', 0),
    ('uid_not_two', ['uid!=0,65534'], f'{NOBODY} {ONE} x', 0),
    ('uid_less', ['uid<65534'], f'{ONE} x', 1),
    ('uid_less_other', ['uid<65534'], f'{NOBODY} {ONE} x', 0),
    ('uid_greater', ['uid>1000'], f'{NOBODY} {ONE} x', 1),
    ('uid_greater_other', ['uid>65534'], f'{NOBODY} {ONE} x', 0),
    ('uid_range', ['uid>=65534', 'uid<=65534'], f'{NOBODY} {ONE} x', 1),
    ('uid_range_other', ['uid>=1', 'uid<=65533'], f'{NOBODY} {ONE} x', 0),
    ('uid_or', ['uid=1,2,65534'], f'{NOBODY} {ONE} x', 1),
    ('uid_name', ['uid=nobody'], f'{NOBODY} {ONE} x', 1),
    ('uid_name_other', ['uid=nobody'], f'{ONE} x', 0),
    ('comm_equal', ['comm=one,two'], f'{ONE} two', 1),
    ('comm_equal_other', ['comm=one,two'], f'{ONE} three', 0),
    ('comm_twice', ['comm=one', 'comm=two'], f'{ONE} two', 1),
    ('comm_not', ['comm!=one'], f'{ONE} two', 1),
    ('comm_not_other', ['comm!=one,two'], f'{ONE} two', 0),
    ('comm_longest', ['comm=exactly-15-long'], f'{ONE} exactly-15-long', 1),
    ('executable_equal', ['executable={P}/comm'], f'{ONE} x', 1),
    ('executable_equal_other', ['executable=/bin/sh'], f'{ONE} x', 0),
    ('executable_not', ['executable!=/bin/sh'], f'{ONE} x', 1),
    ('executable_not_other', ['executable!={P}/comm'], f'{ONE} x', 0),
    ('executable_or', ['executable=/nosuch,{P}/comm'], f'{ONE} x', 1),
    ('uts_equal', ['uts=badger'], f'{BADGER} {ONE} x', 1),
    ('uts_equal_other', ['uts=badger'], f'{ONE} x', 0),
    ('uts_not', ['uts!=badger'], f'{ONE} x', 1),
    ('uts_not_other', ['uts!=badger'], f'{BADGER} {ONE} x', 0),
    ('mntns_equal', ['mntns={MNT}'], f'{IN_NS} {ONE} x', 1),
    ('mntns_equal_other', ['mntns={MNT}'], f'{ONE} x', 0),
    ('mntns_not', ['mntns!={MNT}'], f'{ONE} x', 1),
    ('mntns_not_other', ['mntns!={MNT}'], f'{IN_NS} {ONE} x', 0),
    ('mntns_host', ['mntns=host'], f'{ONE} x', 1),
    ('mntns_host_other', ['mntns=host'], f'{IN_NS} {ONE} x', 0),
    ('pidns_equal', ['pidns={PIDNS}'], f'{IN_NS} {ONE} x', 1),
    ('pidns_equal_other', ['pidns={PIDNS}'], f'{ONE} x', 0),
    ('pidns_not', ['pidns!={PIDNS}'], f'{ONE} x', 1),
    ('pidns_not_other', ['pidns!={PIDNS}'], f'{IN_NS} {ONE} x', 0),
    ('cgroup_path', ['cgroup={CG}'], f'{IN_CG} {ONE} x', 1),
    ('cgroup_path_other', ['cgroup={CG}'], f'{ONE} x', 0),
    ('cgroup_id', ['cgroup={CGID}'], f'{IN_CG} {ONE} x', 1),
    ('cgroup_not', ['cgroup!={CG}'], f'{ONE} x', 1),
    ('cgroup_not_other', ['cgroup!={CG}'], f'{IN_CG} {ONE} x', 0),
    ('container_yes', ['container=true'], f'{IN_BOX} {ONE} x', 1),
    ('container_alone', ['container'], f'{IN_BOX} {ONE} x', 1),
    ('container_yes_other', ['container=true'], f'{ONE} x', 0),
    ('container_yes_not_a_container', ['container=true'], f'{IN_CG} {ONE} x', 0),
    ('container_no', ['container=false'], f'{ONE} x', 1),
    ('container_no_other', ['container=false'], f'{IN_BOX} {ONE} x', 0),
    ('container_id', ['container={ID}'], f'{IN_BOX} {ONE} x', 1),
    ('container_short_id', ['container={ID12}'], f'{IN_BOX} {ONE} x', 1),
    ('container_id_other', ['container=123456789abc'], f'{IN_BOX} {ONE} x', 0),
    ('container_id_not', ['container!={ID12}'], f'{ONE} x', 1),
    ('container_id_not_other', ['container!={ID12}'], f'{IN_BOX} {ONE} x', 0),
    ('tree_equal', ['tree={SELF}'], f'{ONE} x', 1),
    # The command is a tree of its own: values of one kind are ORed.
    ('tree_or_command', ['tree={HOLDER}'], f'{ONE} x', 1),
    ('tree_not', ['tree!={HOLDER}'], f'{ONE} x', 1),
    ('tree_not_other', ['tree!={SELF}'], f'{ONE} x', 0),
    ('tree_grandchild', ['tree={SELF}'], f'{BADGER} {NOBODY} {ONE} x', 1),
    ('pid_new', ['pid=new'], f'{NOBODY} {ONE} x', 1),
    ('pid_less', ['pid<2'], f'{ONE} x', 0),
    ('pid_greater', ['pid>1'], f'{ONE} x', 1),
    ('pid_not', ['pid!=1'], f'{ONE} x', 1),
    ('tid_greater', ['tid>1'], f'{ONE} x', 1),
    ('tid_equal_other', ['tid=1'], f'{ONE} x', 0),
    ('follow', ['executable={P}/enter', 'follow'], f'{NOBODY} {ONE} x', 1),
    ('follow_not_asked', ['executable={P}/enter'], f'{NOBODY} {ONE} x', 0),
    ('follow_nothing', ['executable=/nosuch', 'follow'], f'{NOBODY} {ONE} x', 0),
    ('and', ['uid=65534', 'comm=two'], f'{NOBODY} {ONE} two', 1),
    ('and_first_only', ['uid=65534', 'comm=two'], f'{NOBODY} {ONE} one', 0),
    ('and_second_only', ['uid=65534', 'comm=two'], f'{ONE} two', 0),
    ('and_three', ['uid=65534', 'uts=badger', 'comm!=one'], f'{BADGER} {NOBODY} {ONE} two', 1),
]


def namespace(pid, name):
    return os.stat(f'/proc/{pid}/ns/{name}').st_ino


class Surroundings(dict):
    """Makes only what a row asks for."""

    def __init__(self, here):
        super().__init__(P=here.machine.provoke, SELF=os.getpid(), ID=ID, ID12=ID[:12])
        self.here = here

    def __missing__(self, key):
        if key in ('HOLDER', 'MNT', 'PIDNS'):
            self.hold()
        elif key in ('CG', 'CGID'):
            self['CG'] = self.here.cgroup()
            self['CGID'] = os.stat(self['CG']).st_ino
        elif key == 'BOX':
            self['BOX'] = os.path.join(self.here.cgroup(), f'docker-{ID}.scope')
            os.mkdir(self['BOX'])
        return self[key]

    def hold(self):
        """A process in a mount and a pid namespace of its own, for as long as the case lasts."""
        go = self.here.path('held')
        child = self.here.spawn([self.here.provoker('enter'), 'mnt', 'pid', '--', '/bin/sh', '-c',
                                 f'echo > {go}; sleep 60; :'], stdout=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(go), 5, 'the namespaces')
        with open(f'/proc/{child.pid}/task/{child.pid}/children', encoding='ascii') as f:
            inside = int(f.read().split()[0])
        self['HOLDER'] = inside
        self['MNT'] = namespace(inside, 'mnt')
        self['PIDNS'] = namespace(inside, 'pid')
        self.here.ended_with.append(inside)


def row_case(name, scopes, command, wanted):
    def case(here):
        here.machine.require_live()
        here.provoker('comm')
        around = Surroundings(here)
        if any('host' in scope for scope in scopes) and not os.access('/proc/1/ns/mnt', os.R_OK):
            raise Skipped('the namespaces of process 1 can\'t be read')
        arguments = ['trace', '-e', 'getppid']
        for scope in scopes:
            arguments += ['--scope', scope.format_map(around)]
        run = here.run(arguments + ['--'] + [w.format_map(around) for w in command.split()])
        if run.code:
            raise Failed(f'exit {run.code}:\n{run.stderr}')
        # Only what the provoker itself calls: a shell asks for its parent, too.
        found = [e for e in run.events if e['event'] == 'getppid'
                 and e['process']['name'] == command.split()[-1]]
        if len(found) != wanted:
            raise Failed(f'{len(found)} calls seen, not {wanted}: {arguments} -- {command}\n'
                         f'{run.events[:3]}\n{run.stderr}')
    case.__name__ = name
    return case


def traced_load(here, kind):
    """A load that runs already, traced by its pid or tid for half a second."""
    here.machine.require_live()
    load = here.spawn([here.provoker('load'), 'until', here.path('stop'), '1000'],
                      stdout=subprocess.DEVNULL)
    second = here.spawn([here.provoker('load'), 'until', here.path('stop'), '1000'],
                        stdout=subprocess.DEVNULL)
    run = here.run(['trace', '-e', 'getpid', '--duration', '500ms', '--scope', f'{kind}={load.pid}'])
    open(here.path('stop'), 'w').close()
    load.wait(5)
    second.wait(5)
    pids = {e['process']['pid'] for e in run.events if e['event'] == 'getpid'}
    if run.code or pids != {load.pid}:
        raise Failed(f'exit {run.code}, saw {pids}, wanted {load.pid}\n{run.stderr}')


def pid_equal(here):
    traced_load(here, 'pid')


def tid_equal(here):
    traced_load(here, 'tid')


def tree_of_running(here):
    traced_load(here, 'tree')


def pid_new_leaves_out_the_old(here):
    here.machine.require_live()
    here.spawn([here.provoker('load'), 'until', here.path('stop'), '1000'], stdout=subprocess.DEVNULL)
    run = here.run(['trace', '-e', 'getpid', '--duration', '500ms', '--scope', 'pid=new', '--scope',
                    'comm=load'])
    open(here.path('stop'), 'w').close()
    found = [e for e in run.events if e['event'] == 'getpid']
    if run.code or found:
        raise Failed(f'exit {run.code}, saw {found[:2]}\n{run.stderr}')


def ratel_sees_not_itself(here):
    """Without any scope rule that would exclude it, ratel's own calls are no events."""
    here.machine.require_live()
    child = here.start(['trace', '-e', 'write,read,openat', '--scope', f'tree={os.getpid()}', '-o',
                        f'json:{here.path("self.json")}'], stderr=subprocess.PIPE)
    wait_for(lambda: os.path.exists(here.path('self.json')), 20)
    time.sleep(1)
    child.terminate()
    child.communicate(timeout=10)
    own = [e for e in here.events(here.path('self.json')) if e.get('process', {}).get('pid') == child.pid and 'ratel' not in e.get('flags', [])]
    if own:
        raise Failed(f'{len(own)} events of its own: {own[:2]}')


GUID = '0123abcd-0123-0123-0123-0123456789ab'
LIKE = ID[:4] + 'ffff' + ID[8:]  # another id that begins like ID

# Containers of all kinds, by the letter that their task is called, and what is none.
BOXES = {
    'd': f'docker-{ID}.scope', 'i': f'docker-{ID}.scope/init.scope', 'e': f'docker/{LIKE}', 'l': 'lxc/web',
    'p': 'lxc.payload.cafe', 'q': 'lxc.payload/dog', 'g': f'garden/{GUID}', 'c': 't1', 'b': 't1/inside', 'm': f'libpod-conmon-{ID}.scope',
    'o': f'libpod_parent/{ID}', 'n': 'cafe', 'x': 'garden/0123abcd', 'y': f'machine-libpod_pod_{ID}.slice',
}
IN_ONE = set('dielpqg')
# What container= means, and who that is. SPACE: the cgroup that all of them are in.
MEANT = [
    ('true', IN_ONE),
    ('false', set(BOXES) - IN_ONE),
    (ID, set('di')),
    (ID[:8], set('di')),
    (ID[:4], set('die')),
    (ID[:3], set()),
    ('web,cafe', set('lp')),
    (GUID, set('g')),
    ('SPACE/t1', set('cb')),
    ('SPACE/t1,dog', set('cbq')),
    ('new', IN_ONE),
]


def meant(here, there):
    """Which tasks each rule lets through, of cgroups that were there, or that are made while ratel looks."""
    here.machine.require_live()
    enter, comm, top = here.provoker('enter'), here.provoker('comm'), here.cgroup()
    folders = sorted({os.path.join(top, *box.split('/')[:i + 1]) for box in BOXES.values()
                      for i in range(box.count('/') + 1)})
    make = f'mkdir {" ".join(folders)}; '
    calls = '; '.join(f'{enter} cgroup={top}/{box} -- {comm} {name}' for name, box in BOXES.items())
    remove = f'; rmdir {" ".join(reversed(folders))}'
    if there:
        subprocess.run(['sh', '-c', make], check=True)
    for value, wanted in MEANT + [(f'!={ID[:4]}', set(BOXES) - set('die'))]:
        if there and value == 'new':
            continue
        rule = value if value.startswith('!') else f'={value}'
        rule = 'container' + rule.replace('SPACE', os.path.basename(top))
        run = here.run(['trace', '-e', 'getppid', '--scope', rule, '--', 'sh', '-c',
                        calls if there else make + calls + remove])
        seen = {e['process']['name'] for e in run.events if e['event'] == 'getppid'} & set(BOXES)
        if run.code or seen != wanted:
            raise Failed(f'{rule}: {sorted(seen)}, wanted {sorted(wanted)}\n{run.stderr}')
        if there and value == ID[:4] and 'ids of several containers begin so' not in run.stderr:
            raise Failed(f'{rule}: {run.stderr}')


def containers_from_birth(here):
    meant(here, False)


def containers_that_are_there(here):
    meant(here, True)


containers_from_birth.limit = containers_that_are_there.limit = 90

CASES = [row_case(*row) for row in ROWS] + [pid_equal, tid_equal, tree_of_running,
                                            pid_new_leaves_out_the_old, ratel_sees_not_itself,
                                            containers_from_birth, containers_that_are_there]

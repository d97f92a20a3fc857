# SPDX-License-Identifier: Apache-2.0
"""What the world knows of events: who their tasks and users are, live and replayed."""

import csv
import grp
import json
import os
import pwd
import re
import subprocess
import sys
import time

from lib.place import OWN, account, whole_life
from lib.tap import Failed, Skipped

SHELL = 'true; (cat /etc/hostname; exec cat /etc/hostname) > /dev/null; :'


def chain(event):
    return [event['process']] + event.get('ancestors', [])


def read_by(run):
    """The events of cat reading the file."""
    found = [e for e in run.events if e['event'] == 'openat' and e['process']['name'] == 'cat'
             and e['data']['pathname'] == '/etc/hostname']
    if run.code or len(found) != 2:
        raise Failed(f'exit {run.code}, {len(found)} events\n{run.stderr}')
    return found


def enriched(here, what, *more):
    here.machine.require_live()
    return here.run(['trace', '-e', 'openat', '--enrich', what, *more, '--', 'sh', '-c', SHELL])


def ancestors_are_told(here):
    """The whole chain up to the first process: who each is, what it runs, with which arguments."""
    for event in read_by(enriched(here, 'ancestors')):
        line = chain(event)
        for child, parent in zip(line, line[1:]):
            if child['ppid'] != parent['pid']:
                raise Failed(f'{child["pid"]} has the parent {child["ppid"]}, told is {parent["pid"]}')
        if line[-1]['pid'] != 1 or 'ancestors' in event['process'].get('missing', {}):
            raise Failed(f'the chain ends with {line[-1]}')
        names = [p['name'] for p in line]
        if names[:2] != ['cat', 'sh'] or 'ratel' not in names:
            raise Failed(f'ancestors are {names}')
        exe = event['process']['executable']
        file = os.stat(exe['path'])
        if exe['inode'] != file.st_ino or event['process']['args'] != ['cat', '/etc/hostname']:
            raise Failed(f'{event["process"]}')
        us = next(p for p in line if p['pid'] == os.getpid())
        if us['args'] != open('/proc/self/cmdline', encoding='utf-8').read().split('\0')[:-1] \
                or us['executable']['path'] != os.readlink('/proc/self/exe'):
            raise Failed(f'of this program it says {us}')


def users_are_named(here):
    """--enrich user-names says what the machine's files say."""
    for event in read_by(enriched(here, 'user-names')):
        who = event['process']
        if who.get('user') != pwd.getpwuid(who['uid']).pw_name or who.get('group') != grp.getgrgid(who['gid']).gr_name:
            raise Failed(f'{who}')
        if 'executable' in who or 'ancestors' in event:
            raise Failed('more is told than was asked for')


def nothing_without_enrich(here):
    """Without --enrich no event has more, and nothing is loaded for it."""
    run = here.run(['trace', '-e', 'openat', '--stats', '--', 'sh', '-c', SHELL])
    for event in read_by(run):
        if set(event['process']) & {'executable', 'user', 'args', 'entry'} or 'ancestors' in event:
            raise Failed(f'{event}')
    if 'sched_process_fork' in run.stderr or 'existing_task' in run.stderr:
        raise Failed(run.stderr)


def replay_says_the_same(here):
    """A recording has what the world is made of: a replay writes the same bytes as live did."""
    here.machine.require_live()
    recording, live = here.path('r.rec'), here.path('live.json')
    run = here.run(['trace', '-e', 'openat,execve', '--enrich', 'ancestors,user-names', '-o', f'recording:{recording}',
                    '-o', f'json:{live}', '--stats', '--', 'sh', '-c', SHELL], output=False)
    if run.code:
        raise Failed(run.stderr)
    replayed = here.path('replayed.json')
    again = here.run(['replay', '--enrich', 'ancestors,user-names', '-o', f'json:{replayed}', '--stats', recording],
                     output=False)
    if again.code:
        raise Failed(again.stderr)
    account(run.stderr), account(again.stderr)
    with open(live, 'rb') as a, open(replayed, 'rb') as b:
        one, two = a.read(), b.read()
    if one != two or b'ancestors' not in one:
        lines = zip(one.splitlines(), two.splitlines())
        raise Failed('\n'.join(f'{x[:2000]}\n{y[:2000]}' for x, y in lines if x != y)[:8000] or 'lengths differ')
    plain = here.run(['replay', recording])
    if any(e['event'] not in ('openat', 'execve') and e['event'] not in OWN for e in plain.events):
        raise Failed('what nobody asked for is shown')


def existing_are_told(here):
    """Asked for by name, tasks that were there before are events; users and groups, too."""
    here.machine.require_live()
    run = here.run(['trace', '-e', 'existing_task,known_user,known_group', '--stats', '--duration', '1'])
    if run.code:
        raise Failed(run.stderr)
    us = [e for e in run.events if e['event'] == 'existing_task' and e['process']['pid'] == os.getpid()
          and e['process']['tid'] == os.getpid()]
    if len(us) != 1 or us[0]['data']['pathname'] != os.readlink('/proc/self/exe'):
        raise Failed(f'of this process it says {us}')
    users = {e['data']['user_id']: e['data']['name'] for e in run.events if e['event'] == 'known_user'}
    groups = {e['data']['group_id']: e['data']['name'] for e in run.events if e['event'] == 'known_group'}
    if users != {p.pw_uid: pwd.getpwuid(p.pw_uid).pw_name for p in pwd.getpwall()} \
            or groups != {g.gr_gid: grp.getgrgid(g.gr_gid).gr_name for g in grp.getgrall()}:
        raise Failed(f'{json.dumps(users)}\n{json.dumps(groups)}')


TEMPLATE = '{{process.user}} {{process.name}} {{parent.name|json}} {{container.image|json}} {{process.executable}} ' \
    '{{process.args|json}} {{parent.args}} {{process.session}} {{ancestors}}\n'


def other_outputs_have_it(here):
    """What --enrich adds can stand in a template, has columns in csv, and users are named in the table."""
    here.machine.require_live()
    form, out, table, rows = (here.path(name) for name in ('form', 'out', 'table', 'rows'))
    with open(form, 'w', encoding='utf-8') as f:
        f.write(TEMPLATE)
    run = here.run(['trace', '-e', 'openat', '--enrich', 'ancestors,user-names', '-o', f'template={form}:{out}',
                    '-o', f'table:{table}', '-o', f'csv:{rows}', '--', 'sh', '-c', SHELL], output=False)
    if run.code:
        raise Failed(run.stderr)
    user = pwd.getpwuid(os.getuid()).pw_name
    session = os.getsid(0) or ''  # a machine of tests has none
    told = rf'{user} cat "sh" null /\S+ \["cat","/etc/hostname"\] \["sh","-c",.*\] {session} sh < .* < '
    with open(out, encoding='utf-8') as f:
        lines = f.readlines()
    if not any(re.match(told, line) for line in lines):
        raise Failed('no such line of the template:\n' + ''.join(lines))
    with open(table, encoding='utf-8') as f:
        if not any(line.split()[1] == user for line in f):
            raise Failed('no user in the table')
    with open(rows, encoding='utf-8', newline='') as f:
        cats = [row for row in csv.DictReader(f) if row['comm'] == 'cat']
    for row in cats:
        if json.loads(row['process.args']) != ['cat', '/etc/hostname'] or row['process.user'] != user \
                or row['parent.name'] != 'sh' or not row['ancestors'].startswith('sh < ') or 'container.id' in row \
                or 'user_stack' in row or list(row)[-1] != 'args':
            raise Failed(f'{row}')
    if not cats:
        raise Failed('no cat in csv')


def told_of(here, way, pid):
    """What existing_task says of a process, by thread."""
    here.machine.require_live()
    run = here.run(['trace', '-e', 'existing_task', '--hook', f'existing_task={way}', '--duration', '1'])
    if 'is not to be had here' in run.stderr:
        raise Skipped(run.stderr.strip())
    if run.code:
        raise Failed(run.stderr)
    return {e['process'].get('tid', pid): e for e in run.events
            if e['event'] == 'existing_task' and e['process']['pid'] == pid}


LEADER = """
import os, sys, threading, time
os.setsid()
os.setresgid(0, 12, 13)
os.setresuid(0, 11, 0)
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print('up', flush=True)
time.sleep(60)
"""


def both_ways_say_the_same(here):
    """The kernel's iterator and /proc tell the same of a process and its threads: the one exactly, the other by ticks."""
    with subprocess.Popen([sys.executable, '-c', LEADER], stdout=subprocess.PIPE) as child:
        try:
            child.stdout.readline()
            told, read = (told_of(here, way, child.pid) for way in ('iter', 'user'))
        finally:
            child.kill()
    if set(told) != set(read) or len(told) != 2:
        raise Failed(f'threads {sorted(told)}, by /proc {sorted(read)}')
    for tid, one in told.items():
        other = read[tid]
        a, b = one['process'], other['process']
        for key in ('ppid', 'name', 'uid', 'gid', 'mntns', 'pidns', 'netns', 'userns', 'cgroup'):
            if a.get(key) != b.get(key):
                raise Failed(f'{key}: {a.get(key)}, by /proc {b.get(key)}')
        if not 0 <= a['start'] - b['start'] < 10000000:
            raise Failed(f'start {a["start"]}, by /proc {b["start"]}')
        data, by_proc = dict(one['data']), dict(other['data'])
        cred = data.pop('cred')
        if [cred[k] for k in ('uid', 'euid', 'suid', 'gid', 'egid', 'sgid')] != [0, 11, 0, 0, 12, 13]:
            raise Failed(f'{cred}')
        if (data.pop('start_resolution'), data.pop('parent_resolution'), data.pop('kernel', None)) != (0, 0, False):
            raise Failed(f'{one}')
        if not by_proc.pop('start_resolution') or not by_proc.pop('parent_resolution'):
            raise Failed(f'{other}')
        by_proc.pop('cred'), by_proc.pop('kernel', None)
        if data != by_proc or data['euid'] != 11 or data['egid'] != 12:
            raise Failed(f'{data}, by /proc {by_proc}')


DAEMON = """
import fcntl, os, sys, termios, time
def open_it(what):
    os.close(os.open('/etc/hostname', os.O_RDONLY))
    print(what, os.getpid(), flush=True)
def child_does(what):
    pid = os.fork()
    if not pid:
        what()
        os._exit(0)
    os.waitpid(pid, 0)
def daemon():
    open_it('before')
    os.setsid()
    open_it('left')
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY), termios.TIOCSCTTY, 0)
    child_does(lambda: open_it('child'))
    os.setresuid(0, 12, 0)
    open_it('again')
    time.sleep(0.5)
child_does(daemon)
"""


def sessions_as_of_the_time(here):
    """Session, terminal and effective user of a daemon, and of its child, before and after they changed: without an exec."""
    here.machine.require_live()
    master, slave = os.openpty()
    name = os.ttyname(slave)
    log = here.path('log')
    try:
        run = here.run(['trace', '-e', 'openat.data.pathname=/etc/hostname', '--enrich', 'process', '--', 'sh', '-c',
                        f'exec {sys.executable} -c "$0" {name} > {log}', DAEMON])
    finally:
        os.close(master), os.close(slave)
    with open(log, encoding='utf-8') as f:
        told = dict(line.split() for line in f)
    events = [e['process'] for e in run.events if e['event'] == 'openat']
    if run.code or len(told) != 4 or len(events) != 4:
        raise Failed(f'{told}, {events}\n{run.stderr}')
    before, left, child, again = events
    daemon = int(told['left'])
    if before.get('session', 0) != os.getsid(0) or before['pid'] != daemon:
        raise Failed(f'{before}')
    for one in (left, child, again):
        if one['session'] != daemon or 'tty' in one.get('missing', {}):
            raise Failed(f'{daemon}: {one}')
    if [e.get('tty') for e in (left, child, again)] != [None] + 2 * [name.removeprefix('/dev/').replace('/', '')]:
        raise Failed(f'{events}')
    if [e.get('euid') for e in events] != [None, None, None, 12] or child['pid'] != int(told['child']):
        raise Failed(f'{events}')


REUSE = """
i=0; while [ $i -lt 900 ]; do ( : ); i=$((i+1)); done
date -s @$(($(date +%s) + 3600)) > /dev/null
sh -c 'sleep 1.5 & echo inner $! $$; wait' & sleep 1.5 & echo outer $! $$; wait
"""


def ids_come_again(here):
    """Where ids come again after a few hundred processes, and the clock is set, each process has its own parents."""
    here.machine.require_live()
    here.machine.require('vm')
    recording = here.path('r.rec')
    booted = time.time() - time.monotonic()
    with open('/proc/sys/kernel/pid_max', 'r+', encoding='utf-8') as f:
        before = f.read()
        f.seek(0)
        f.write('500')
    try:
        run = here.run(['record', '-e', 'sched_process_exec', '--enrich', 'ancestors', '--stats', '-o', recording, '--', 'sh',
                        '-c', REUSE], output=False)
    finally:
        with open('/proc/sys/kernel/pid_max', 'w', encoding='utf-8') as f:
            f.write(before)
        time.clock_settime(time.CLOCK_REALTIME, booted + time.monotonic())
    if run.code:
        raise Failed(run.stderr)
    if whole_life(run.stderr)['sched_process_fork']['seen'] < 900:
        raise Failed(run.stderr)
    whole = here.run(['tree', '--read', recording, '--format', 'json'], output=False)
    if whole.code:
        raise Failed(whole.stderr)
    seen = [e['process'] for e in json.loads(whole.stdout)]
    ids = [p['pid'] for p in seen]
    if len(ids) == len(set(ids)):
        raise Failed(f'no id came again: {len(ids)} processes')
    for what, child, parent in (line.split() for line in run.stdout.splitlines()):
        last = max((p for p in seen if p['pid'] == int(child)), key=lambda p: p['start'])
        if last['ppid'] != int(parent) or last['args'] != ['sleep', '1.5']:
            raise Failed(f'{what} {child} of {parent}: {last}')


CASES = [other_outputs_have_it, ancestors_are_told, users_are_named, nothing_without_enrich, replay_says_the_same,
         existing_are_told, both_ways_say_the_same, sessions_as_of_the_time, ids_come_again]

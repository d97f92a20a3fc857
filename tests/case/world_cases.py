# SPDX-License-Identifier: Apache-2.0
"""What the world knows of events: who their tasks and users are, live and replayed."""

import grp
import json
import os
import pwd
import subprocess
import sys

from lib.place import OWN, account, cgroup2_mount
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


def tree(here, *arguments):
    run = here.run(['tree', *arguments], output=False)
    if run.code:
        raise Failed(f'exit {run.code}\n{run.stderr}')
    return run.stdout


def tree_lines(here, *arguments):
    """Processes of the tree by pid."""
    return {e['process']['pid']: e for e in json.loads(tree(here, '--format', 'json', *arguments))}


def tree_of_this_machine(here):
    """ratel tree shows this program below its parents, its command line and its threads."""
    threads = [len(os.listdir('/proc/self/task'))]  # those that serve other cases end when they like
    all_of_them = tree_lines(here)
    threads.append(len(os.listdir('/proc/self/task')))
    pid = os.getpid()
    while pid != 1:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as f:
            parent = int(f.read().rpartition(')')[2].split()[1])
        if all_of_them[pid]['process']['ppid'] != parent:
            raise Failed(f'{all_of_them[pid]}, /proc says {parent}')
        pid = parent
    me = all_of_them[os.getpid()]
    if not min(threads) <= me['threads'] <= max(threads) \
            or me['process']['args'] != open('/proc/self/cmdline', encoding='utf-8').read().split('\0')[:-1]:
        raise Failed(f'{threads}: {me}')
    alone = tree_lines(here, str(os.getpid()))
    if os.getpid() not in alone or 2 in alone:
        raise Failed(f'{sorted(alone)}')


def tree_with_many_threads(here):
    """All threads of a process are told of, though they are more than are read at a time."""
    program = 'import threading as t, time; ' \
              '[t.Thread(target=time.sleep, args=(60,), daemon=True).start() for _ in range(90)]; ' \
              'print("up", flush=True); time.sleep(60)'
    with subprocess.Popen([sys.executable, '-c', program], stdout=subprocess.PIPE) as child:
        try:
            child.stdout.readline()
            found = tree_lines(here, str(child.pid))[child.pid]['threads']
        finally:
            child.kill()
    if found != 91:
        raise Failed(f'{found} threads of 91')


def tree_of_a_recording(here):
    """Who descends from whom as of times in a recording: while a child lived, and when it had ended."""
    here.machine.require_live()
    recording = here.path('r.rec')
    run = here.run(['record', '-e', 'sched_process_exec', '--enrich', 'ancestors', '-o', recording, '--', 'sh', '-c',
                    'sh -c "sleep 0.5; :" tag; sleep 0.5; :'], output=False)
    if run.code:
        raise Failed(run.stderr)
    execs = [e for e in here.run(['replay', '--enrich', 'ancestors', recording]).events
             if e['event'] == 'sched_process_exec']
    first = next(e for e in execs if e['process']['name'] == 'sleep')
    last = [e for e in execs if e['process']['name'] == 'sleep'][-1]
    tag, top = first['ancestors'][0]['pid'], first['ancestors'][1]['pid']
    then = tree_lines(here, '--read', recording, '--at', first['time'])
    if then[first['process']['pid']]['process']['ppid'] != tag or then[tag]['process']['ppid'] != top:
        raise Failed(f'{then}')
    later = tree_lines(here, '--read', recording, '--at', last['time'])
    if tag in later or later[last['process']['pid']]['process']['ppid'] != top:
        raise Failed(f'{later}')
    both = tree_lines(here, '--read', recording, '--at', last['time'], '--since', '+0s', str(top))
    if 'ended' not in both[tag] or first['process']['pid'] not in both:
        raise Failed(f'{both}')
    whole = tree_lines(here, '--read', recording)
    if not both.keys() <= whole.keys():
        raise Failed(f'{whole}')
    for form in ('text', 'dot', 'mermaid', 'markdown'):
        if 'sleep' not in tree(here, '--read', recording, '--at', last['time'], '--format', form):
            raise Failed(f'no sleep in the tree as {form}')


def templates_and_tables_have_it(here):
    """What --enrich adds can stand in a template, and users are named in the table."""
    here.machine.require_live()
    form, out, table = here.path('form'), here.path('out'), here.path('table')
    with open(form, 'w', encoding='utf-8') as f:
        f.write('{{process.user}} {{process.name}} {{parent.name|json}} {{container.image|json}} {{process.executable}}\n')
    run = here.run(['trace', '-e', 'openat', '--enrich', 'ancestors,user-names', '-o', f'template={form}:{out}',
                    '-o', f'table:{table}', '--', 'sh', '-c', SHELL], output=False)
    if run.code:
        raise Failed(run.stderr)
    user = pwd.getpwuid(os.getuid()).pw_name
    with open(out, encoding='utf-8') as f:
        if not any(line.startswith(f'{user} cat "sh" null /') for line in f):
            raise Failed('no such line of the template')
    with open(table, encoding='utf-8') as f:
        if not any(line.split()[1] == user for line in f):
            raise Failed('no user in the table')


def tree_says_containers(here):
    """ratel tree --containers says which processes of a recording are in a container, and which are not."""
    here.machine.require_live()
    if not cgroup2_mount():
        raise Skipped('there is no cgroup2 hierarchy')
    container = os.urandom(32).hex()
    folder = f'{cgroup2_mount()}/docker-{container}.scope'
    recording = here.path('c.rec')
    os.mkdir(folder)
    try:
        run = here.run(['record', '-e', 'sched_process_exec', '--enrich', 'ancestors,container', '-o', recording, '--',
                        'sh', '-c', f'(echo 0 > {folder}/cgroup.procs; exec sleep 0.3); sleep 0.1; :'], output=False)
    finally:
        os.rmdir(folder)
    if run.code:
        raise Failed(run.stderr)
    found = tree_lines(here, '--read', recording, '--containers', '--since', '+0s')
    inside = {e['process']['args'][-1]: e.get('container', {}).get('id') for e in found.values()
              if e['process'].get('args', [''])[0] == 'sleep'}
    if inside != {'0.3': container, '0.1': None}:
        raise Failed(f'{inside}')


CASES = [tree_with_many_threads, tree_says_containers, templates_and_tables_have_it, tree_of_this_machine, tree_of_a_recording, ancestors_are_told, users_are_named, nothing_without_enrich, replay_says_the_same, existing_are_told]

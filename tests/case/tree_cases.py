# SPDX-License-Identifier: Apache-2.0
"""ratel tree: of this machine and of recordings, its ranges of time, its forms, and names that would break them."""

import json
import os
import pwd
import re
import shutil
import subprocess
import sys

from lib.place import cgroup2_mount, wait_for, whole_life
from lib.runtimes import FakeDocker
from lib.tap import Failed, Skipped


def utc_after(time):
    """A second later."""
    second = int(time[17:19])
    return f'{time[:17]}{second + 1:02}{time[19:]}' if second < 59 else f'{time[:17]}59.999999999Z'


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
    both = tree_lines(here, '--read', recording, '--since', '+0s', '--until', utc_after(last['time']), str(top))
    if 'ended' not in both[tag] or first['process']['pid'] not in both:
        raise Failed(f'{both}')
    whole = tree_lines(here, '--read', recording)
    if not both.keys() <= whole.keys():
        raise Failed(f'{whole}')
    for form in ('text', 'dot', 'mermaid', 'markdown'):
        if 'sleep' not in tree(here, '--read', recording, '--at', last['time'], '--format', form):
            raise Failed(f'no sleep in the tree as {form}')


BOMB = 'b() { [ "$1" -eq 0 ] || { b $(($1 - 1)) & b $(($1 - 1)) & wait; }; }; b "$1"'
BOMB_ROUNDS = 8


def tree_of_a_fork_bomb(here):
    """Each process starts two, as far down as the rounds go: each is known, with its parent and its end."""
    here.machine.require_live()
    recording = here.path('bomb.rec')
    run = here.run(['record', '-e', 'sched_process_exit', '--enrich', 'ancestors', '--stats', '-o', recording,
                    '--lifecycle-ring-size', '32M', '--', 'sh', '-c', BOMB, 'bomb', str(BOMB_ROUNDS)], output=False)
    if run.code:
        raise Failed(run.stderr)
    whole_life(run.stderr)
    lines = tree_lines(here, '--read', recording)
    shells = {pid: line['process']['ppid'] for pid, line in lines.items()
              if line['process'].get('args', [])[:1] == ['sh'] and 'bomb' in line['process']['args']}
    made = {0: [pid for pid, parent in shells.items() if parent not in shells]}
    for deep in range(BOMB_ROUNDS):
        made[deep + 1] = [pid for pid, parent in shells.items() if parent in made[deep]]
    found = {deep: len(pids) for deep, pids in made.items()}
    if found != {deep: 2 ** deep for deep in made} or not all('ended' in lines[p] for p in sum(made.values(), [])):
        raise Failed(f'{found}')


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




def tree_says_containers_now(here):
    """ratel tree --containers asks the runtimes about the containers of this machine."""
    here.machine.require_live()
    name = 'c0ffee03' * 8
    folder = os.path.join(here.cgroup(), f'docker-{name}.scope')
    os.mkdir(folder)
    docker = FakeDocker(here.path('sock'), {name: 'shop-db'})
    child = here.spawn(['sh', '-c', f'echo 0 > {folder}/cgroup.procs; exec sleep 60'])
    wait_for(lambda: open(f'/proc/{child.pid}/comm', encoding='utf-8').read() == 'sleep\n')
    found = tree_lines(here, '--containers', *docker.options(), str(child.pid))
    told = {k: found[child.pid]['container'].get(k) for k in ('id', 'name', 'image')}
    if told != {'id': name, 'name': 'shop-db', 'image': 'shop:1.4'} or 'container' in found[os.getpid()]:
        raise Failed(f'{found}')
    text = tree(here, '--containers', *docker.options(), str(child.pid))
    if f'  container   {name} shop-db shop:1.4\n' not in text or '{shop-db shop:1.4} ' not in text:
        raise Failed(text)


RANGE = 'sh -c "sleep 0.3; exit 7" early; sh -c "kill -9 \\$\\$" hit; sleep 0.3; sh -c "sleep 0.3; :" late; :'


def tree_of_a_range(here):
    """--since and --until: whoever lived at any moment in between, how it ended, and what a recording can't tell."""
    here.machine.require_live()
    recording = here.path('range.rec')
    run = here.run(['record', '-e', 'sched_process_exec,sched_process_exit', '--enrich', 'ancestors,hash,user-names', '-o',
                    recording, '--', 'sh', '-c', RANGE], output=False)
    if run.code:
        raise Failed(run.stderr)
    read = ['--read', recording]

    def shells(*times):
        """The marked shells that lived then."""
        return {e['process']['args'][-1]: e for e in tree_lines(here, *read, *times).values()
                if e['process'].get('args', [''])[0] == 'sh'}

    every = shells()
    early, hit, late = every['early'], every['hit'], every['late']
    if early['exit_code'] != 7 or hit['signal'] != 'SIGKILL' or 'signal' in early or late['exit_code']:
        raise Failed(f'{early}\n{hit}\n{late}')
    if not set(shells('--since', early['started'], '--until', late['started'])) >= {'early', 'hit'} \
            or 'late' in shells('--since', '+0s', '--until', late['started']) \
            or 'early' not in shells('--since', early['started'], '--until', early['ended']) \
            or 'early' in shells('--since', early['ended']) or 'late' not in shells('--since', early['ended']):
        raise Failed(f'{every}')
    facts = tree(here, *read, str(early['process']['pid']))
    exe = early['process']['executable']
    for line in (f'ended       {early["ended"]}, exit code 7', f'started     {early["started"]}',
                 'arguments   ["sh","-c","sleep 0.3; exit 7","early"]', f'SHA-256     {exe["sha256"]}',
                 f'user        {pwd.getpwuid(os.getuid()).pw_name} ({os.getuid()})'):
        if f'  {line}\n' not in facts:
            raise Failed(f'no {line} in\n{facts}')
    if f'{hit["ended"]}, by SIGKILL' not in tree(here, *read, str(hit['process']['pid']), '--format', 'markdown'):
        raise Failed('no signal in markdown')
    for times, said in ((['--at', '@1000'], 'the recording begins at'), (['--until', '@1000'], 'the recording begins at'),
                        (['--since', '@4000000000'], 'the recording ends at'),
                        (['--since', '+1s', '--until', '+500ms'], 'not before that of --until')):
        bad = here.run(['tree', *read, *times], output=False)
        if bad.code != 1 or said not in bad.stderr or bad.stdout:
            raise Failed(f'{times}: exit {bad.code}, {bad.stderr}')
    for words, said in ((['--since', '+0s'], 'need a recording'), ([*read, '--at', '+0s', '--until', '+1s'], 'only one of them'),
                        (['--width', '70000'], 'at most 65535')):
        bad = here.run(['tree', *words], output=False)
        if bad.code != 2 or said not in bad.stderr:
            raise Failed(f'{words}: exit {bad.code}, {bad.stderr}')


# Each would mean something to one of the forms, or to a terminal.
NAME = 'e`"]&lt;\n|\033[1'
ARGUMENTS = ['1. x', '"];', '`#1`', '</b>&amp;#34;\\N\\', 'a\nb\rc\t{d|e}', '\033[31m\u202e', b'\xff\xfe\xc3', '- [ ](x) %% ```', '│ └─ 1 init (root)']
ITSELF = 'import os, time; open("/proc/self/comm", "w").write(os.environ["NAME"]); print(flush=True); time.sleep(60)'


def hostile_names(here):
    """Names that quote, break lines, mark up and steer stay names in every form of the tree."""
    words = [os.fsencode(a) for a in ['60', *ARGUMENTS]]
    child = here.spawn([sys.executable, '-c', ITSELF, *words], stdout=subprocess.PIPE, env={'NAME': NAME})
    child.stdout.readline()
    pid = str(child.pid)
    told = tree_lines(here, pid)[child.pid]['process']
    if told['name'] != NAME or [os.fsencode(a) for a in told['args'][3:]] != words:
        raise Failed(f'{told}')
    forms = {form: tree(here, pid, '--format', form) for form in ('text', 'dot', 'mermaid', 'markdown')}
    for form, text in forms.items():
        text.encode('utf-8')  # no byte that was no UTF-8 came through
        if re.search('[\\0-\\x09\\x0b-\\x1f\\x7f\\x80-\\x9f\\u202e]', text):
            raise Failed(f'{form}: {text!r}')
    text = [line for line in forms['text'].splitlines() if line.lstrip(' │├└─').startswith(f'{pid} ')]
    if len(text) != 1 or not text[0].endswith('│ └─ 1 init (root)'):
        raise Failed(forms['text'])
    check_lines(forms['dot'].splitlines()[3:-1], r'  p\d+_\d+ (\[label="([^"\\&]|\\["\\]|&amp;)*"(, style=bold)?\];|-> p\d+_\d+)')
    check_lines(forms['mermaid'].splitlines()[1:],
                r'  (style )?p\d+_\d+(\["([^]["<>&;(){}|`\\%#]|#\d+;)*"\]| --> p\d+_\d+| stroke-width:4px)')
    check_lines(forms['markdown'].splitlines(), r'( *- ([\w-]+: )?`[^`]*`)?')
    cut = [line for line in tree(here, pid, '--width', '40').split('\n\n')[1].splitlines()]
    if max(len(line) for line in cut) != 40 or not any(line.endswith('…') for line in cut):
        raise Failed(f'{cut}')


def check_lines(lines, pattern):
    for line in lines:
        if not re.fullmatch(pattern, line):
            raise Failed(f'{line!r} is not {pattern}')
    if not lines:
        raise Failed('no lines')


CASES = [tree_of_this_machine, tree_with_many_threads, tree_of_a_fork_bomb, tree_of_a_recording, tree_of_a_range,
         tree_says_containers, tree_says_containers_now, hostile_names]

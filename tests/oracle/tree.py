# SPDX-License-Identifier: Apache-2.0
"""ps as the oracle of ratel tree: while a workload runs, ps looks at its tasks now and then; afterwards the recording
is asked who there was at these moments."""

import datetime
import json
import os
import subprocess
import time

SAMPLES = 12

MAKE = '''
.PHONY: all
all: $(patsubst %,%.o,$(shell seq 40))
%.o:
\tsh -c 'cat Makefile | sort > $@; sleep 0.05'
'''

THREADS = '''
import os, threading, time
def work(n):
    time.sleep(0.3 + n / 20)
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(2)
    os._exit(0)
os.wait()
[t.join() for t in threads]
'''

# Threads and children that last.
LASTING = '''
import os, threading, time
for n in range(8):
    threading.Thread(target=time.sleep, args=(7,)).start()
for n in range(12):
    if os.fork() == 0:
        time.sleep(7)
        os._exit(0)
for n in range(12):
    os.wait()
'''

# make in parallel, threads, a daemon that its parent leaves behind, orphans.
WORKLOAD = '''
make -j4 > /dev/null & python3 threads.py & (sleep 1.5 & sleep 0.4 &) ; (sh -c 'sleep 0.7; :' &)
sleep 0.2; for i in 1 2 3 4 5 6; do sleep 0.2; done; wait; sleep 1
'''


def utc(seconds):
    whole, ns = divmod(seconds, 1000000000)
    return datetime.datetime.fromtimestamp(whole, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S') + f'.{ns:09}Z'


def look():
    """Every thread by ps that is no zombie: {tid: (pid, ppid)}, with the times before and behind."""
    before = time.time_ns()
    out = subprocess.run(['ps', '-eLo', 'pid=,lwp=,ppid=,stat='], capture_output=True, text=True, check=True).stdout
    after = time.time_ns()
    rows = [line.split() for line in out.splitlines()]
    zombies = {int(r[0]) for r in rows if r[0] == r[1] and r[3][0] in 'ZX'}
    return before, after, {int(r[1]): (int(r[0]), int(r[2])) for r in rows
                           if int(r[0]) not in zombies and r[3][0] not in 'ZX'}


def descendants(tasks, root):
    found = {root}
    while True:
        more = {pid for pid, ppid in tasks.values() if ppid in found} - found
        if not more:
            return found - {root}
        found |= more


def tree(ratel, recording, *times):
    out = subprocess.run([ratel, 'tree', '--read', recording, *times, '--format', 'json'],
                         capture_output=True, text=True, check=True).stdout
    return {e['process']['pid']: e for e in json.loads(out)}


def compare(ratel, recording, sample, ours):
    """What of the sample the tree has otherwise. ours: every process that was ever seen below the command."""
    before, after, tasks = sample
    first, last = tree(ratel, recording, '--at', utc(before)), tree(ratel, recording, '--at', utc(after))
    between = tree(ratel, recording, '--since', utc(before), '--until', utc(after))
    wrong = []
    processes = {pid: ppid for pid, ppid in tasks.values() if pid in ours}
    for pid, ppid in processes.items():
        if pid not in between:
            wrong.append(f'{pid} is in ps and not in the tree')
        elif pid in first and pid in last and first[pid]['process']['ppid'] == last[pid]['process']['ppid'] != ppid:
            wrong.append(f'the parent of {pid} is {ppid}, in the tree {last[pid]["process"]["ppid"]}')
    for pid in set(first) & set(last) & ours - set(processes):
        wrong.append(f'{pid} is in the tree and not in ps')
    for pid in set(first) & set(last) & set(processes):
        threads = sum(1 for of, _ in tasks.values() if of == pid)
        if first[pid]['threads'] == last[pid]['threads'] != threads:
            wrong.append(f'{pid} has {threads} threads, in the tree {last[pid]["threads"]}')
        if 'name' not in last[pid]['process'] or 'executable' not in last[pid]['process']:
            wrong.append(f'{pid} is not known: {last[pid]}')
    return wrong, len(processes)


def prepare(folder):
    for name, text in (('Makefile', MAKE), ('threads.py', THREADS), ('lasting.py', LASTING)):
        with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
            f.write(text)


def record(ratel, way, recording, *more):
    return [ratel, 'record', '-e', 'sched_process_exec', '--enrich', 'ancestors', '--hook', f'existing_task={way}',
            '-o', recording, *more]


def sample(child):
    """What ps says as long as the child runs."""
    samples = []
    while child.poll() is None and len(samples) < SAMPLES:
        time.sleep(0.17)
        samples.append(look())
    return samples


def covers(ratel, recording, at):
    """Whether the recording tells of that time."""
    done = subprocess.run([ratel, 'tree', '--read', recording, '--at', utc(at)], capture_output=True, text=True, check=False)
    if done.returncode and 'what was before' not in done.stderr and 'what came then' not in done.stderr:
        raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
    return not done.returncode


def judge(ratel, recording, samples, root):
    """What is wrong, and how many processes were compared."""
    samples.pop()  # what is left behind goes on when tracing has ended
    samples = [one for one in samples if covers(ratel, recording, one[0]) and covers(ratel, recording, one[1])]
    if not samples:
        return 'the recording has no time at which ps was asked', 0
    ours, wrong, count = set(), [], 0
    for one in samples:
        ours |= descendants(one[2], root)
    for one in samples:
        found, n = compare(ratel, recording, one, ours)
        wrong += found
        count += n
    before, after, tasks = samples[len(samples) // 2]
    spoilt = {tid: (pid, ppid + 1) for tid, (pid, ppid) in tasks.items()}
    if not compare(ratel, recording, (before, after, spoilt), ours)[0]:
        wrong.append('other parents are not noticed')
    return '\n'.join(wrong), count


def run(ratel, folder, way):
    """Of a command that ratel starts. None, or what is wrong; and how many processes were compared."""
    prepare(folder)
    recording = os.path.join(folder, 'tree.ratel')
    with subprocess.Popen(record(ratel, way, recording, '--', 'sh', '-c', WORKLOAD), cwd=folder,
                          stderr=subprocess.PIPE, text=True) as child:
        samples = sample(child)
        said = child.communicate(timeout=60)[1]
    if child.returncode:
        return f'ratel record: {said}', 0
    return judge(ratel, recording, samples, child.pid)


def run_before(ratel, folder, way):
    """The same of processes and threads that are there before ratel is."""
    prepare(folder)
    recording = os.path.join(folder, 'tree.ratel')
    with subprocess.Popen(['sh', '-c', f'python3 lasting.py & ({WORKLOAD}); ({WORKLOAD}); wait'], cwd=folder,
                          stdout=subprocess.DEVNULL) as workload:
        time.sleep(0.3)
        with subprocess.Popen(record(ratel, way, recording, '--scope', f'tree={workload.pid}', '--duration', '3'),
                              cwd=folder, stderr=subprocess.PIPE, text=True) as child:
            time.sleep(1)
            samples = sample(child)
            said = child.communicate(timeout=60)[1]
        workload.wait(timeout=60)
    if child.returncode:
        return f'ratel record: {said}', 0
    return judge(ratel, recording, samples, workload.pid)

# SPDX-License-Identifier: Apache-2.0
"""Outputs: their form, what hostile programs put into them, and several at once."""

import csv
import fcntl
import json
import os
import pty
import re
import struct
import termios

from lib import schema
from lib.calls import CATALOG
from lib.tap import Failed

DOCS = os.path.abspath(os.path.join(CATALOG, '..', 'docs'))
COLOUR = re.compile(rb'\x1b\[[0-9;]*m')
# A kind of event each: numbers, texts, lists, addresses, errors, loss of arguments, signals.
MIXED = 'execve,sched_process_exec,openat,connect,mmap,exit_group,sched_process_fork,' \
        'sched_process_exit,signal_generate,task_rename'


def mixed(here, *outputs, raw=False):
    """A run whose events are of many kinds, hostile ones too."""
    here.machine.require_live()
    arguments = ['trace', '-e', MIXED] + (['--raw'] if raw else [])
    for output in outputs:
        arguments += ['-o', output]
    script = f'{here.provoker("exec")} hostile; {here.provoker("comm")}; {here.provoker("net")} hostile; ' \
             f'{here.provoker("net")} inet; {here.provoker("files")} paths'
    run = here.run(arguments + ['--', '/bin/sh', '-c', script])
    if run.code:
        raise Failed(f'exit {run.code}:\n{run.stderr}')
    return run


def validate(events):
    with open(os.path.join(DOCS, 'event.schema.json'), encoding='utf-8') as f:
        root = json.load(f)
    for event in events:
        wrong = schema.errors(event, root, root)
        if wrong:
            raise Failed('\n'.join(wrong[:5]) + f'\n{json.dumps(event)[:1000]}')
    if len(events) < 50:
        raise Failed(f'only {len(events)} events')


def read_lines(file):
    with open(file, 'rb') as f:
        return [json.loads(line.decode('utf-8')) for line in f]


def json_by_schema(here):
    file = here.path('out.json')
    mixed(here, f'json:{file}')
    validate(read_lines(file))


def json_raw_by_schema(here):
    file = here.path('out.json')
    mixed(here, f'json:{file}', raw=True)
    validate(read_lines(file))


def json_schema_refuses(here):
    """The check above can fail: events that are spoiled are refused."""
    file = here.path('out.json')
    mixed(here, f'json:{file}')
    with open(os.path.join(DOCS, 'event.schema.json'), encoding='utf-8') as f:
        root = json.load(f)
    event = next(e for e in read_lines(file) if e['event'] == 'openat')
    for spoil in (lambda e: e.pop('time'), lambda e: e.update(id='x'), lambda e: e.update(data=[]),
                  lambda e: e['process'].update(pid='1'), lambda e: e.update(time='yesterday')):
        copy = json.loads(json.dumps(event))
        spoil(copy)
        if not schema.errors(copy, root, root):
            raise Failed(f'accepted: {json.dumps(copy)[:600]}')


def tracee(here):
    file, plain = here.path('out.tracee'), here.path('out.json')
    mixed(here, f'tracee:{file}', f'json:{plain}')
    rows, events = read_lines(file), read_lines(plain)
    if len(rows) != len(events):
        raise Failed(f'{len(rows)} rows, {len(events)} events')
    for row, event in zip(rows, events):
        for key in ('timestamp', 'eventId', 'eventName', 'processName', 'processId', 'threadId', 'userId',
                    'hostName', 'returnValue', 'args', 'argsNum'):
            if key not in row:
                raise Failed(f'{key} is missing: {json.dumps(row)[:600]}')
        if row['eventName'] != event['event'] or row['argsNum'] != len(row['args']):
            raise Failed(f'{json.dumps(row)[:600]}\n{json.dumps(event)[:600]}')
        if 'process' in event and row['processName'] != event['process']['name']:
            raise Failed(f'processName: {json.dumps(row)[:600]}')
        if any(set(a) != {'name', 'type', 'value'} for a in row['args']):
            raise Failed(f'args: {json.dumps(row)[:600]}')


def csv_table(here):
    file, plain = here.path('out.csv'), here.path('out.json')
    mixed(here, f'csv:{file}', f'json:{plain}')
    events = read_lines(plain)
    with open(file, newline='', encoding='utf-8', errors='strict') as f:
        text = f.read()
    if '\x1b' in text:
        raise Failed('a control character got through')
    rows = list(csv.reader(text.splitlines(keepends=True)))
    if len(rows) != len(events) + 1:
        raise Failed(f'{len(rows)} rows with the header, {len(events)} events')
    if any(len(row) != len(rows[0]) for row in rows):
        raise Failed('rows of different length')
    column = rows[0].index('event')
    for row, event in zip(rows[1:], events):
        if row[column] != event['event']:
            raise Failed(f'{row} is not {event["event"]}')


def control_bytes(data):
    """Bytes and sequences that no terminal may get."""
    found = []
    text = data.decode('utf-8', errors='strict')
    for i, c in enumerate(text):
        if (ord(c) < 0x20 and c not in '\n\r') or 0x7f <= ord(c) < 0xa0 or c in '\u202e\u2066\u2067\u202d':
            found.append(f'{c!r} in {text[max(0, i - 40):i + 20]!r}')
    return found


def table_in_a_file(here):
    file = here.path('out.txt')
    mixed(here, f'table:{file}')
    with open(file, 'rb') as f:
        data = f.read()
    found = control_bytes(data)
    if found:
        raise Failed(f'{len(found)} control characters: {found[:3]}')
    if b'openat' not in data or b'red' not in data:
        raise Failed(data[:2000].decode())


def on_terminal(here, columns, environment):
    """What a terminal of that width gets from the table."""
    here.machine.require_live()
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    script = f'exec > {here.path("command.out")}; {here.provoker("exec")} hostile; {here.provoker("comm")}; ' \
             f'{here.provoker("files")} paths'
    child = here.start(['trace', '-e', MIXED, '--', '/bin/sh', '-c', script], stdout=slave, stderr=slave,
                       env=dict(os.environ, TERM='xterm-256color', **environment))
    os.close(slave)
    data = b''
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # the last writer has gone
            break
        if not chunk:
            break
        data += chunk
    os.close(master)
    if child.wait(5) != 0:
        raise Failed(f'exit {child.returncode}:\n{data[-2000:]!r}')
    return data


def table_on_a_terminal(here):
    """Control characters are shown as escapes; the only sequences are ratel's own colours."""
    data = on_terminal(here, 4000, {})
    if b'\x1b[31mred' in data or b'\x1b]0;' in data or b'\x1b[2J' in data:
        raise Failed('a sequence of the traced program got through')
    found = control_bytes(COLOUR.sub(b'', data))
    if found:
        raise Failed(f'{len(found)} control characters: {found[:3]}')
    if b'red' not in data:
        raise Failed(data[:2000].decode())


def table_fits_the_terminal(here):
    for columns in (80, 132):
        data = COLOUR.sub(b'', on_terminal(here, columns, {})).decode('utf-8')
        wide = [line for line in data.splitlines() if len(line.rstrip('\r')) > columns]
        if wide:
            raise Failed(f'{len(wide)} lines are over {columns}: {wide[0]!r}')


def table_without_colour(here):
    if b'\x1b' in on_terminal(here, 100, {'NO_COLOR': '1'}):
        raise Failed('colour in spite of NO_COLOR')


def five_at_once(here):
    """Several outputs of one run say the same number of events."""
    files = {f: here.path('five.' + f) for f in ('json', 'tracee', 'csv', 'table', 'recording')}
    mixed(here, *[f'{form}:{file}' for form, file in files.items()])
    counts = {}
    for form in ('json', 'tracee'):
        counts[form] = len(read_lines(files[form]))
    replay = here.run(['replay', files['recording']])
    counts['recording'] = len(replay.events)
    if len(set(counts.values())) != 1 or not counts['json']:
        raise Failed(f'{counts}')


def template(here):
    """Placeholders, and a loop over the fields."""
    source = here.path('t.tmpl')
    with open(source, 'w', encoding='utf-8') as f:
        f.write('{{event}} {{process.pid}}{{#data}} {{name}}={{value}}{{/data}}\n')
    file, plain = here.path('out.txt'), here.path('out.json')
    mixed(here, f'template={source}:{file}', f'json:{plain}')
    with open(file, encoding='utf-8') as f:
        lines = f.read().splitlines()
    events = read_lines(plain)
    if len(lines) != len(events):
        raise Failed(f'{len(lines)} lines, {len(events)} events: {lines[:3]}')
    for line, event in zip(lines, events):
        if not line.startswith(f'{event["event"]} '):
            raise Failed(f'{line!r} is not {event["event"]}')


def no_output_is_a_table(here):
    here.machine.require_live()
    child = here.start(['trace', '-e', 'getppid', '--', here.provoker('comm'), 'x'], stdout=-1, stderr=-1)
    out, err = child.communicate(timeout=10)
    if child.returncode or b'getppid' not in out:
        raise Failed(f'exit {child.returncode}:\n{out.decode()}\n{err.decode()}')


def without_a_command_word(here):
    """ratel alone is ratel trace."""
    here.machine.require_live()
    run = here.run(['-e', 'getppid', '-o', 'json', '--', here.provoker('comm'), 'x'], output=False)
    if run.code or '"event":"getppid"' not in run.stdout:
        raise Failed(f'exit {run.code}:\n{run.stdout}\n{run.stderr}')


def rotation(here):
    """Files that are full make place for new ones: no event is lost between them, each file is whole."""
    here.machine.require_live()
    file = here.path('turn.json')
    run = here.run(['trace', '-e', 'lseek', '--raw', '--stats', '--rotate-size', '100K', '--rotate-keep', '50',
                    '-o', f'json:{file}', '--', here.provoker('load'), 'threads', '1', '2000'])
    files = sorted((f for f in os.listdir(here.dir) if f.startswith('turn.json')),
                   key=lambda f: os.stat(here.path(f)).st_mtime_ns)
    seen = []
    for name in files:
        if os.path.getsize(here.path(name)) > 110 * 1024:
            raise Failed(f'{name} has {os.path.getsize(here.path(name))} bytes')
        seen += [e['data']['offset'] for e in read_lines(here.path(name)) if e['event'] == 'lseek'
                 and e['data']['whence'] == 0]
    if run.code or len(files) < 4 or sorted(seen) != list(range(2000)):
        raise Failed(f'exit {run.code}, {files}, {len(seen)} events\n{run.stderr}')


def rotation_keeps(here):
    """Only so many rotated files are kept."""
    here.machine.require_live()
    file = here.path('turn.json')
    here.run(['trace', '-e', 'lseek', '--rotate-size', '100K', '--rotate-keep', '2', '-o', f'json:{file}', '--',
              here.provoker('load'), 'threads', '1', '2000'])
    files = [f for f in os.listdir(here.dir) if f.startswith('turn.json')]
    if len(files) != 3:
        raise Failed(f'{files}')


CASES = [without_a_command_word, rotation, rotation_keeps, json_by_schema, json_raw_by_schema, json_schema_refuses, tracee, csv_table, table_in_a_file,
         table_on_a_terminal, table_fits_the_terminal, table_without_colour, five_at_once, template,
         no_output_is_a_table]

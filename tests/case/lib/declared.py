# SPDX-License-Identifier: Apache-2.0
"""Cases written down in *.case files; README.md beside this folder describes the form."""

import json
import os
import re
import shlex
import subprocess

from . import ways
from .place import OWN, Place, account
from .calls import check_calls
from .tap import Failed, Skipped

NOT_AS_PLANNED = ': not as planned: '  # a provoker's own check failed
SEE = ('expect', 'next', 'each')  # lines that speak of one event


class Case:
    """One `case NAME` block: its lines, to be run in order."""

    def __init__(self, file, name):
        self.file = file
        self.name = name
        self.limit = 30
        self.steps = []  # (line number, word, rest)

    def events(self):
        """The events that it must see, where it starts ratel to see them."""
        runs = [rest.split() for _, word, rest in self.steps if word == 'run']
        if not any(words[0] in ('trace', 'record') for words in runs) or any('--hook' in words for words in runs):
            return []
        found = []
        for _, word, rest in self.steps:
            if word == 'unless':
                word, _, rest = rest.split(None, 1)[1].partition(' ')
            words = rest.split()
            if word in SEE and words[0] != '0':
                found.append(words[1] if words[0].isdigit() else words[0])
        return list(dict.fromkeys(found))

    def run(self, machine, forced=None):
        """forced: {event: kind} of hooks that must be used."""
        place = Place(machine, forced)
        try:
            Script(place, self).play()
        finally:
            place.close()


def load(path):
    """The cases of a file."""
    cases = []
    with open(path, encoding='utf-8') as lines:
        number, text = 0, ''
        for line in lines:
            number += 1
            text += line.strip()
            if text.endswith('\\'):
                text = text[:-1] + ' '
                continue
            word, _, rest = text.partition(' ')
            text = ''
            if not word or word.startswith('#'):
                continue
            if word == 'case':
                cases.append(Case(path, rest.strip()))
            elif not cases:
                raise SystemExit(f'{path}:{number}: a line before the first case')
            elif word == 'limit':
                cases[-1].limit = int(rest)
            elif not hasattr(Script, 'do_' + word.replace('-', '_')):
                raise SystemExit(f'{path}:{number}: what is {word}?')
            else:
                cases[-1].steps.append((number, word, rest.strip()))
    return cases


class Script:
    """Plays a case's lines."""

    def __init__(self, place, case):
        self.place = place
        self.case = case
        self.keys = {}
        self.last = None
        self.code = 0     # that the next run must end with
        self.at = -1      # place of the event that the last expect or next found
        self.lacks = ways.Lacks()

    def play(self):
        self.lines(self.case.steps)

    def play_to_run(self):
        """Plays what stands before the only run; the words of that."""
        at = self.run_at()
        self.lines(self.case.steps[:at])
        return self.arguments(self.case.steps[at][2])

    def play_after_run(self, run):
        """What happened in the run, and all that stands after it."""
        at = self.run_at()
        self.line(self.case.steps[at], lambda _: self.ended(run))
        self.lines(self.case.steps[at + 1:])

    def run_at(self):
        return [word for _, word, _ in self.case.steps].index('run')

    def lines(self, steps):
        for step in steps:
            self.line(step, getattr(self, 'do_' + step[1].replace('-', '_')))

    def line(self, step, function):
        number, word, rest = step
        try:
            function(rest)
        except Failed as e:
            where = f'{os.path.basename(self.case.file)}:{number}: {word} {rest}'
            raise Failed(f'{where}\n{e}') from None

    def value(self, name):
        if name == '$':
            return '$'
        if name == 'P':
            return self.place.machine.provoke
        if name == 'T':
            return self.place.dir
        if name == 'R':
            return self.place.ratel
        if name == 'CG':
            return self.place.cgroup()
        if name == 'CASES':
            return os.path.dirname(self.case.file)
        if name not in self.keys:
            raise Failed(f'${name} is not known; there are: {" ".join(self.keys)}')
        return self.keys[name]

    def words(self, text):
        return [re.sub(r'\$(\$|[A-Za-z_]\w*)', lambda m: self.value(m[1]), w)
                for w in shlex.split(text)]

    # Lines.

    def do_title(self, _rest):
        """For the reader."""

    def do_needs(self, rest):
        for word in rest.split():
            self.place.machine.require(word)

    def do_exit(self, rest):
        """Stands before the run that it speaks of."""
        self.code = int(rest)

    def do_run(self, rest):
        self.ended(self.place.run(self.arguments(rest)))

    def arguments(self, rest):
        """The words of a run, when it can be run here."""
        # What is written wrongly is refused before the kernel is asked.
        live = rest.split()[0] in ('trace', 'record') and self.code != 2
        if live:
            self.place.machine.require_live()
        words = self.words(rest)
        if live and '--' in words and words[words.index('--') + 1].startswith(self.place.machine.provoke):
            self.place.provoker(os.path.basename(words[words.index('--') + 1]))
        return words

    def ended(self, run):
        """A run that is over: what its provoker printed counts from here on."""
        self.last = run
        self.at = -1
        self.keys.update(run.keys())
        if 'SKIP' in run.keys():
            raise Skipped(run.keys()['SKIP'])
        if run.code != self.code:
            raise Failed(f'exit {run.code}, not {self.code}\n{self.output()}')
        if NOT_AS_PLANNED in run.stderr:
            raise Failed('the provoker did not do what it should\n' + self.output())
        self.code = 0

    def do_lacks(self, rest):
        kinds, event, *fields = rest.split()
        self.lacks.add(kinds, event, fields)

    def do_unless(self, rest):
        kinds, word, rest = rest.split(None, 2)
        if word not in SEE + ('account',):
            raise Failed(f'unless stands before account, {", ".join(SEE)}')
        words = rest.split()
        event = (words[1] if words[0].isdigit() else words[0]).partition('.')[0]
        if self.place.way(event) not in kinds.split(','):
            getattr(self, f'do_{word}')(rest)

    def do_sh(self, rest):
        env = dict(os.environ, P=self.place.machine.provoke, T=self.place.dir, R=self.place.ratel,
                   CASES=os.path.dirname(self.case.file), **self.keys)
        if self.place.has_cgroup():
            env['CG'] = self.place.cgroup()
        done = subprocess.run(['/bin/sh', '-ec', rest], env=env, cwd=self.place.dir, check=False,
                              capture_output=True, timeout=20)
        if done.returncode != 0:
            raise Failed(f'exit {done.returncode}\n' + (done.stdout + done.stderr).decode(errors='replace'))
        self.keys.update(re.findall(r'^([A-Za-z_]\w*)=(.*)$', done.stdout.decode(errors='replace'), re.M))

    def do_expect(self, rest):
        words = self.words(rest)
        wanted = int(words.pop(0)) if words[0].isdigit() else None
        words = self.told(words)
        found = self.find(words)
        if wanted is not None and len(found) != wanted:
            raise Failed(f'{len(found)} of them, not {wanted}\n{self.near(words)}')
        if wanted is None and not found:
            raise Failed('none\n' + self.near(words))
        if found:
            self.at = found[0]

    def do_next(self, rest):
        """Like expect, but after the event that the line before found."""
        words = self.told(self.words(rest))
        for i in self.find(words):
            if i > self.at:
                self.at = i
                return
        raise Failed('none after the one before\n' + self.near(words))

    def do_each(self, rest):
        words = self.told(self.words(rest))
        events = [e for e in self.last.events if e['event'] == words[0]]
        if not events:
            raise Failed(f'no {words[0]} at all\n{self.output()}')
        for event in events:
            wrong = [t for t in words[1:] if not holds(event, t)]
            if wrong:
                raise Failed(f'{" ".join(wrong)} does not hold:\n{show(event)}')

    def do_only(self, rest):
        names = set(self.words(rest)) | OWN
        others = sorted({e['event'] for e in self.last.events} - names)
        if others:
            raise Failed('also saw ' + ' '.join(others))

    def do_account(self, rest):
        whole = self.last.whole or self.last
        rows = account(whole.stderr)
        for test in self.words(rest):
            name, column, wanted = re.match(r'(\S+)\.(\w+)=(\d+)$', test).groups()
            # Of a part, what was written is counted: for the whole, that is what was delivered.
            found = rows.get(name, {}).get(column) if whole is self.last else self.last.counted().get(name, 0)
            if found != int(wanted):
                raise Failed(f'{test} does not hold: {found}, of {rows.get(name)}')
        counted = whole.counted()
        for name, row in rows.items():
            if whole.events and name not in OWN and row['delivered'] != counted.get(name, 0):
                raise Failed(f'{name}: delivered {row["delivered"]}, written {counted.get(name, 0)}')

    def do_calls(self, rest):
        check_calls(self.place.machine, self.last, compat='compat' in rest.split())

    def do_stderr(self, rest):
        self.match(self.last.stderr, rest, 'standard error')

    def do_stdout(self, rest):
        self.match(self.last.stdout, rest, 'standard output')

    def match(self, text, pattern, where):
        pattern = re.sub(r'\$([A-Z]\w*)', lambda m: re.escape(self.value(m[1])), pattern)
        if not re.search(pattern, text, re.M):
            raise Failed(f'not on {where}:\n{text}')

    # Help for them.

    def told(self, words):
        """An event and the tests that hold for it by the way that it is seen."""
        return words[:1] + self.lacks.tests(words[0], self.place.way(words[0]), words[1:])

    def find(self, words):
        return [i for i, e in enumerate(self.last.events)
                if e['event'] == words[0] and all(holds(e, t) for t in words[1:])]

    def near(self, words):
        """The events that come nearest, for the report."""
        same = [e for e in self.last.events if e['event'] == words[0]]
        if not same:
            return f'no {words[0]} at all\n{self.output()}'
        same.sort(key=lambda e: -sum(holds(e, t) for t in words[1:]))
        return 'nearest:\n' + '\n'.join(show(e) for e in same[:3])

    def output(self):
        return (f'events: {dict(self.last.counted())}\nstdout: {self.last.stdout[-1500:]}\n'
                f'stderr: {self.last.stderr[-1500:]}')


def show(event):
    text = json.dumps(event, ensure_ascii=True)
    return text if len(text) < 1200 else text[:1200] + ' …'


def lookup(value, path):
    """data.flags, data.argv.0, data.binary.path (one name); None where there is nothing."""
    if not path:
        return value
    parts = path.split('.')
    if isinstance(value, list):
        if parts[0].isdigit() and int(parts[0]) < len(value):
            return lookup(value[int(parts[0])], '.'.join(parts[1:]))
    elif isinstance(value, dict):
        for n in range(len(parts), 0, -1):
            name = '.'.join(parts[:n])
            if name in value:
                return lookup(value[name], '.'.join(parts[n:]))
    return None


def text_of(value):
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(',', ':'))


def holds(event, test):
    """PATH=TEXT · PATH!=TEXT · PATH~REGEX · PATH<N · PATH>N · PATH:=JSON; TEXT * is anything but null."""
    path, op, wanted = re.match(r'([\w.]+?)(:=|!=|=|~|<|>)(.*)$', test, re.S).groups()
    value = lookup(event, path)
    if op == ':=':
        return value == json.loads(wanted)
    if op == '~':
        return value is not None and re.search(wanted, text_of(value), re.S) is not None
    if op in '<>':
        return isinstance(value, (int, float)) and \
            (value < float(wanted) if op == '<' else value > float(wanted))
    if wanted == '*':
        same = value is not None
    else:
        same = text_of(value) == wanted
    return same == (op == '=')

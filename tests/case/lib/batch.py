# SPDX-License-Identifier: Apache-2.0
"""
Many cases of one start of ratel: it is told of all their events, runs their programs one after the
other, and each case is given the events of its own processes and of its own
-e. What a case says of ratel's whole run can't be tested so: such a case is played alone.
"""

import collections
import re

from . import series
from .declared import SEE, Script
from .place import Place
from .tap import Failed, Play

# Options that all cases of one start must have in common; what isn't here is for a start of its own.
COMMON = {'--raw': 0, '--enrich': 1, '--paths': 1}
# Lines that hold for the part of a run as they do for the whole.
LINES = SEE + ('title', 'needs', 'run', 'sh', 'lacks', 'unless', 'account', 'calls')
# Of an account, what can't be counted for one case of many.
UNCOUNTED = re.compile(r'\b\w+\.(seen|filtered|lost)=\d')
TOGETHER = 200  # cases of one start


class Form:
    """What a case asks of ratel, as far as it can be asked together with other cases."""

    def __init__(self, case, catalog):
        self.events = set()
        self.options = []
        runs = [rest for _, word, rest in case.steps if word == 'run']
        self.fits = (len(runs) == 1 and all(word in LINES for _, word, _ in case.steps)
                     and self.read(runs[0].split(), catalog) and told_of(case) <= self.events
                     and not any(UNCOUNTED.search(rest) for _, word, rest in case.steps if word != 'run'))

    def read(self, words, catalog):
        """Whether nothing but events and common options stands before the command."""
        if words.pop(0) != 'trace':
            return False
        while words and words[0] != '--':
            word = words.pop(0)
            if word == '-e':
                self.events.update(words.pop(0).split(','))
            elif word in COMMON:
                self.options.append((word, *(words.pop(0) for _ in range(COMMON[word]))))
            elif word != '--stats':
                return False
        return bool(words) and all(of_a_task(catalog.get(event)) for event in self.events)


def of_a_task(row):
    """Whether the event is told of the task that caused it. What ratel makes itself is nobody's."""
    return row is not None and not any(way['kind'] == 'user' for way in row['ways'])


def told_of(case):
    """Events of all lines, also of those that say that there is none."""
    found = set()
    for _, word, rest in case.steps:
        if word == 'unless':
            word, _, rest = rest.split(None, 1)[1].partition(' ')
        if word in SEE:
            words = rest.split()
            found.add(words[1] if words[0].isdigit() else words[0])
    return found


class Batch:
    """The cases of one start."""

    def __init__(self, machine, options, plays):
        self.machine = machine
        self.options = options
        self.members = [Member(machine, play) for play in plays]

    def play(self):
        """Starts ratel. Fails when it did not come to its end; the members are then played alone."""
        waiting = [m for m in self.members if m.prepare()]
        if not waiting:
            return
        forced = {event: kind for m in waiting for event, kind in m.forced.items()}
        events = set().union(*(m.events for m in waiting))
        place = Place(self.machine, forced)
        try:
            parts = series.run(place, events, ('--stats', *self.options), [(m.place.dir, m.command) for m in waiting])
        finally:
            place.close()
        for m, part in zip(waiting, parts):
            part.events = [event for event in part.events if event['event'] in m.events]
            m.part = part


class Member:
    """A case of a batch."""

    def __init__(self, machine, play):
        self.machine, self.alone, self.case, self.forced = machine, play, play.case, play.forced
        self.events = Form(play.case, machine.catalog()).events
        self.place = self.script = self.command = self.part = self.outcome = None

    def prepare(self):
        """Plays what stands before the run. Whether the case is to be run at all."""
        self.place = Place(self.machine, self.forced)
        self.script = Script(self.place, self.case)
        try:
            words = self.script.play_to_run()
        except Exception as e:  # told when it is the member's turn
            self.outcome = e
            return False
        self.command = words[words.index('--') + 1:]
        return True

    def play(self):
        """The case's own result; alone, when the start that it was part of died."""
        try:
            if self.outcome:
                raise self.outcome
            if self.part:
                self.script.play_after_run(self.part)
                return
        finally:
            if self.place:
                self.place.close()
        self.alone.function()


def gather(machine, plays):
    """The plays, those that fit in batches: each batch is a play itself, before its members."""
    plays = list(plays)
    batches = {}  # by the name of a member
    for options, alike in groups(machine, plays).items():
        for at in range(0, len(alike), TOGETHER):
            batch = Batch(machine, options[1:], alike[at:at + TOGETHER])
            batches.update((member.alone.name, batch) for member in batch.members)
    begun = []
    for play in plays:
        batch = batches.get(play.name)
        if not batch:
            yield play
        elif batch not in begun:
            begun.append(batch)
            yield Play(f'batch/{len(begun)}', batch.play, series.TIMEOUT)
            for member in batch.members:
                yield member.alone._replace(function=member.play)


def groups(machine, plays):
    """Plays that can be seen by one start, by (family of hooks, word of the command line, …)."""
    found = collections.defaultdict(list)
    for play in plays:
        form = Form(play.case, machine.catalog()) if play.case else None
        if form and form.fits:
            found[play.family, *(word for option in sorted(form.options) for word in option)].append(play)
    return {key: alike for key, alike in found.items() if len(alike) > 1}

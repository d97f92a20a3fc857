# SPDX-License-Identifier: Apache-2.0
"""By which kinds of hooks an event can be seen here, and what a case is to be told when another is forced."""

from .tap import Failed

# One choice for the user, whether a function is watched where it begins or where it returns.
FAMILY = {'fexit': 'fentry', 'kretprobe': 'kprobe', 'sys_enter': 'sys_exit'}
FAMILIES = ('lsm', 'fentry', 'kprobe', 'tp_btf', 'sys_exit')
CANT_TELL = 'this kernel can\'t tell'


def family(kind):
    return FAMILY.get(kind, kind)


def offered(machine, event):
    """The kinds of hooks that see an event here, the best first."""
    row = machine.catalog().get(event)
    return [way['kind'] for way in row['ways'] if way['why_not'] is None] if row else []


def besides(machine, event):
    """The kinds that it is not seen by unless they are forced."""
    kinds = offered(machine, event)
    return [kind for kind in dict.fromkeys(kinds) if kind != kinds[0]]


def others(machine, events):
    """By family: {event: kind}, for every family by which some of the events are not seen unless it is forced."""
    kinds = {event: offered(machine, event) for event in events}
    found = {}
    for name in FAMILIES:
        forced = {event: kind for event in events for kind in reversed(kinds[event]) if family(kind) == name}
        if any(family(kinds[event][0]) != name for event in forced):
            found[name] = forced
    return found


def check_seen(events, forced):
    """What was forced was done."""
    for event in events:
        kind = forced.get(event['event'])
        # One way can have hooks of both kinds of a family.
        if kind and family(event.get('via')) != family(kind):
            raise Failed(f'{event["event"]} was seen by {event.get("via")}, not by {kind}')


class Lacks:
    """The `lacks` lines of a case: which fields an event has not by some kinds of hooks."""

    def __init__(self):
        self.rows = []  # (kinds, event, fields)

    def add(self, kinds, event, fields):
        self.rows.append((kinds.split(','), event, fields))

    def tests(self, event, way, tests):
        """The same tests, where a field that this way lacks must say that it does."""
        fields = {f for kinds, name, lacking in self.rows if name == event and way in kinds for f in lacking}
        lacking = {f for f in fields if any(is_of(t, f) for t in tests)}
        kept = [t for t in tests if not any(is_of(t, f) for f in lacking)]
        return kept + [f'missing.{f}={CANT_TELL}' for f in sorted(lacking)]


def is_of(test, field):
    return any(test.startswith(f'{where}.{field}{end}') for where in ('data', 'missing') for end in '.=!~<>:')

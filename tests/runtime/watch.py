# SPDX-License-Identifier: Apache-2.0
"""ratel beside a runtime that works: what it tells, and how that is compared with what the runtime says."""

import json
import os
import signal
import subprocess

from lib import place, tap

EVENTS = ('existing_container', 'container_create', 'container_remove')
RUNTIMES = ('docker', 'podman', 'containerd', 'crio')


def sockets(*daemons):
    """For ratel: these, and no other runtime of the machine."""
    known = {daemon.name: daemon.socket for daemon in daemons}
    return [f'--runtime={name}={known.get(name, "/nowhere")}' for name in RUNTIMES]


class Watch:
    """ratel, while the runtimes work. kept: what it knows it keeps for the next one of the same place."""

    def __init__(self, here, daemons, scope='started', kept=True):
        here.runs += 1
        state = ['--state', here.path('state')] if kept else []
        self.here, self.out = here, here.path(f'seen{here.runs}.json')
        self.ratel = here.start(['trace', *sockets(*daemons), '-e', 'containers,sched_process_exec,ratel_info',
                                 '--enrich', 'container', '--scope', f'container={scope}', *state, '-o',
                                 f'json:{self.out}'], stderr=subprocess.PIPE)
        place.wait_for(lambda: os.path.exists(self.out) and os.path.getsize(self.out), 30, 'the trace')

    def told(self, identity):
        """The events about a container so far."""
        with open(self.out, 'rb') as f:
            lines = [json.loads(line) for line in f if identity.encode() in line and line.endswith(b'\n')]
        return [e for e in lines if e['event'] in EVENTS and e['data']['container_id'] == identity]

    def until(self, event, identity):
        self.wait(identity, lambda e: e['event'] == event, event)

    def until_known(self, identity):
        """A runtime that takes longer than ratel waits for it is heard a moment later."""
        self.wait(identity, is_whole, 'what its runtime says')

    def wait(self, identity, wanted, what):
        place.wait_for(lambda: any(wanted(e) for e in self.told(identity)), 15, f'{what} of {identity}',
                       pause=0.02 * tap.PATIENCE)

    def end(self):
        self.ratel.send_signal(signal.SIGINT)
        _, said = self.ratel.communicate(timeout=30 * tap.PATIENCE)
        if self.ratel.returncode:
            raise tap.Failed(said.decode())
        return self.here.events(self.out)

    def kill(self):
        """By SIGKILL; it may have been writing a line."""
        self.ratel.kill()
        self.ratel.communicate()
        with open(self.out, 'r+b') as f:
            f.truncate(f.read().rfind(b'\n') + 1)


def listed(here, daemon, *identities):
    """What ratel list says of these containers, by id."""
    done = here.run(['list', 'containers', '--json', *sockets(daemon)])
    if done.code:
        raise tap.Failed(done.stderr)
    return {row['id']: row for row in json.loads(done.stdout) if row['id'] in identities}


def one(events, name, identity):
    found = [e for e in events if e['event'] == name and e['data'].get('container_id') == identity]
    if len(found) != 1:
        raise tap.Failed(f'{len(found)} times {name} of {identity}: {found}')
    return found[0]['data']


def is_whole(event):
    """Whether its runtime has told all there is."""
    return event['data'].get('created') and set(event.get('missing', {}).values()) <= {'there is none'}


def told(events, identity, first='container_create'):
    """What was told of a container, at once or, where its runtime took too long, as soon as it answered."""
    of_it = [e for e in events if e['event'] in EVENTS[:2] and e['data']['container_id'] == identity]
    if not of_it or of_it[0]['event'] != first or [is_whole(e) for e in of_it].count(True) != 1:
        raise tap.Failed(f'not told of {identity} once all was known: {of_it}')
    return next(e['data'] for e in of_it if is_whole(e))


def same(told, expected):
    wrong = {k: (told.get(k), v) for k, v in expected.items() if told.get(k) != v}
    if wrong:
        raise tap.Failed(f'told and expected: {wrong}')


def only(events, identities):
    """No event about any other container; elsewhere than on a machine of one's own, none that a runtime knows."""
    others = [e for e in events if e['event'] in EVENTS and e['data']['container_id'] not in identities
              and ('RATEL_VM' in os.environ or e['data'].get('created'))]
    if others:
        raise tap.Failed(f'containers that nobody made: {others}')


def programs(events, identity):
    """The arguments of what was executed in the container, in order."""
    return [e['data']['argv'] for e in events if e['event'] == 'sched_process_exec'
            and e.get('container', {}).get('id') == identity]


def seconds(text):
    """An RFC 3339 time in UTC without what is below a second, which each writes in its own way."""
    return text[:19]

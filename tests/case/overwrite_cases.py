# SPDX-License-Identifier: Apache-2.0
"""A replay never writes over the recording that it reads, whatever name it is given by."""

import os
import shutil

from lib.tap import Failed

STORED = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data', 'mixed.ratel')


def refused(here, name, *outputs):
    file = here.path('day.ratel')
    shutil.copy(STORED, file)
    os.link(file, here.path('linked'))
    os.symlink(file, here.path('pointed'))
    arguments = [word for output in outputs for word in ('-o', f'{output}:{here.path(name)}')]
    run = here.run(['replay', file, *arguments], output=False)
    if run.code != 2 or 'the recording' not in run.stderr:
        raise Failed(f'exit {run.code}:\n{run.stderr}')
    with open(file, 'rb') as now, open(STORED, 'rb') as before:
        if now.read() != before.read():
            raise Failed('the recording was written to')


def itself(here):
    refused(here, 'day.ratel', 'recording')


def as_json(here):
    refused(here, 'day.ratel', 'json')


def by_hard_link(here):
    refused(here, 'linked', 'recording')


def by_symbolic_link(here):
    refused(here, 'pointed', 'csv')


CASES = [itself, as_json, by_hard_link, by_symbolic_link]

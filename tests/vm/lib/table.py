# SPDX-License-Identifier: Apache-2.0
"""The table of kernels, kernels.table."""

import collections
import os

FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'kernels.table')
ROLES = ('promised', 'refused', 'variant', 'ways', 'long')

Row = collections.namedtuple('Row', 'name series suite role cmdline cases')


def load(path=FILE):
    """The rows, by name, in the order of the file."""
    rows = {}
    with open(path, encoding='utf-8') as lines:
        for number, line in enumerate(lines, 1):
            line = line.partition('#')[0].strip()
            if not line:
                continue
            words, _, cases = line.partition('|')
            words = words.split(None, 4)
            if len(words) < 4 or words[3] not in ROLES or words[0] in rows:
                raise SystemExit(f'{path}:{number}: not a row of the table')
            name, series, suite, role = words[:4]
            rows[name] = Row(name, series, suite, role, words[4].strip() if len(words) > 4 else '',
                             cases.split())
    return rows

# SPDX-License-Identifier: Apache-2.0
"""From measurements to rows: medians, ranges, pairs, and whether a target is met."""

import dataclasses
import statistics

# getppid on the machine that the targets in nanoseconds are from.
REFERENCE_NS = 74.5
REFERENCE_FLOOR_NS = 19


class Cannot(Exception):
    """The row can't be measured here; the message says why."""


@dataclasses.dataclass
class Result:
    """One line of the table."""
    base: str
    ratel: str
    target: str
    met: str         # yes, no, scaled, or - where there is no target
    what: str = ''   # beside the row's own
    note: str = ''   # below the table
    figures: dict = dataclasses.field(default_factory=dict)  # for --json


def median(values):
    return statistics.median(values)


def spread(values, form='{:.1f}'):
    """Median and range, the outermost of many pairs left out."""
    v = sorted(values)
    if len(v) >= 7:
        v = v[1:-1]
    return f'{form.format(median(values))} ({form.format(v[0])}…{form.format(v[-1])})'


def met_ns(value, target, getppid_ns, floor_ns=None, hooked=0):
    """
    The target is in nanoseconds of a machine whose getppid takes REFERENCE_NS, and where an empty
    program on a hook adds REFERENCE_FLOOR_NS to each hooked call. On another machine the ratio is
    what can be compared, of what is added to the empty program; it is said that it was used.
    """
    if value <= target:
        return 'yes'
    scale = getppid_ns / REFERENCE_NS
    if floor_ns is None:
        floor_ns = REFERENCE_FLOOR_NS * scale
    room = (target - hooked * REFERENCE_FLOOR_NS) * scale
    return 'scaled' if value - hooked * floor_ns <= room else 'no'


def met_at_most(value, target):
    return 'yes' if value <= target else 'no'


def met_at_least(value, target):
    return 'yes' if value >= target else 'no'


@dataclasses.dataclass
class Pair:
    untraced: float
    traced: float

    @property
    def added(self):
        return self.traced - self.untraced

    @property
    def percent(self):
        return 100 * self.added / self.untraced

# SPDX-License-Identifier: Apache-2.0
"""From measurements to rows: medians, ranges, pairs, and whether a target is met."""

import dataclasses
import statistics

# getppid on the machine that the targets in nanoseconds are from.
REFERENCE_NS = 74.5


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


def met_ns(value, target, getppid_ns):
    """
    The target is in nanoseconds of a machine whose getppid takes REFERENCE_NS. Where ours is a
    slower one, the ratio is what can be compared; it is said that it was used.
    """
    if value <= target:
        return 'yes'
    if value * REFERENCE_NS / getppid_ns <= target:
        return 'scaled'
    return 'no'


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

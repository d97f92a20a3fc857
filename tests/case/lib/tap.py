# SPDX-License-Identifier: Apache-2.0
"""Results: one line a case (ok NAME · not ok NAME · skip NAME # reason), details indented after it."""

import collections
import os
import signal
import sys
import time
import traceback


# What a limit of time is multiplied by: an emulated machine is three to sixteen times slower.
PATIENCE = int(os.environ.get('RATEL_PATIENCE', '1'))

# What is reported as one: a function that raises when it fails. case: what it plays, where that is
# written down; family: of hooks that are forced, and forced: {event: kind}.
Play = collections.namedtuple('Play', 'name function limit case family forced', defaults=(30, None, None, None))


class Failed(Exception):
    """The case found something wrong."""


class Skipped(Exception):
    """The case can't run here; the text says why."""


class TimedOut(Failed):
    """The case took longer than its limit."""


def _alarm(_signal, _frame):
    raise TimedOut('over its time limit')


class Report:
    """Runs cases one after the other and prints what became of them."""

    def __init__(self, verbose=False):
        self.failed = self.passed = self.skipped = 0
        self.verbose = verbose
        signal.signal(signal.SIGALRM, _alarm)

    def run(self, name, function, limit=30):
        begun = time.monotonic()
        details = ''
        signal.alarm(limit * PATIENCE)
        try:
            function()
            line, self.passed = f'ok {name}', self.passed + 1
        except Skipped as e:
            line, self.skipped = f'skip {name} # {e}', self.skipped + 1
        except Failed as e:
            line, self.failed = f'not ok {name}', self.failed + 1
            details = str(e)
        except Exception:
            line, self.failed = f'not ok {name}', self.failed + 1
            details = traceback.format_exc()
        finally:
            signal.alarm(0)
        took = f'  ({time.monotonic() - begun:.1f} s)' if self.verbose else ''
        print(printable(line + took))
        for detail in details.splitlines():
            print('    ' + printable(detail))
        sys.stdout.flush()

    def exit_code(self):
        return 1 if self.failed else 0


def printable(text):
    """What hostile programs wrote must not reach the terminal of who runs the tests."""
    return ''.join(c if c.isprintable() or c == '\t' else ascii(c)[1:-1] for c in text)

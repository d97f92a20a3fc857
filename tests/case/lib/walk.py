# SPDX-License-Identifier: Apache-2.0
"""The catalog walk: every event that this kernel can tell must have been seen by some case."""

import os

from . import ways
from .place import OWN
from .tap import Failed

# What no case can provoke, and why.
# Where a case may change the machine (RATEL_VM) there is no excuse.
MODULES = 'a case must not change which modules the machine has'
ATTACK = 'a case must not attack the machine'
EXCUSED = {} if 'RATEL_VM' in os.environ else {
    'module_load': MODULES,
    'module_free': MODULES,
    'do_init_module': MODULES,
    'security_kernel_read_file': MODULES,
    'security_kernel_post_read_file': MODULES,
    'register_chrdev': MODULES,
    'debugfs_create_file': MODULES,
    'debugfs_create_dir': MODULES,
    'hooked_syscall': ATTACK,
    'hooked_seq_ops': ATTACK,
    'hooked_proc_fops': ATTACK,
    'hidden_kernel_module': ATTACK,
    'ftrace_hook': "a case must not divert the machine's functions",
}


def check(machine, own):
    """own: also those that ratel makes itself, which are the same on every kernel."""
    machine.require_live()
    missing = []
    for name, row in sorted(machine.catalog().items()):
        if name in machine.seen or name in EXCUSED or not row.get('available', True):
            continue
        if own or name not in OWN:
            missing.append(name)
    if missing:
        raise Failed(f'{len(missing)} of {len(machine.catalog())} events were not provoked: '
                     + ' '.join(missing))
    if not machine.seen - OWN:
        raise Failed('nothing was seen at all')


def check_ways(machine):
    """Every event must have been seen by every kind of hook that this kernel offers for it, but for the best."""
    machine.require_live()
    missing = [f'{name}={kind}' for name in sorted(machine.catalog()) if name not in EXCUSED
               for kind in ways.besides(machine, name) if (name, kind) not in machine.seen_by]
    if missing:
        raise Failed(f'{len(missing)} ways were not taken: ' + ' '.join(missing))

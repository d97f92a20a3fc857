# SPDX-License-Identifier: Apache-2.0
"""Compares what a table of system calls did (its CALL lines) with what was traced, register by register."""

import glob
import json
import os
import re

from .tap import Failed

CATALOG = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'catalog')

# What the kernel turns into -EINTR, or a new start, only after the hook.
RESTARTS = (-512, -513, -514, -516)

# Bits of the registers that count, by listed type; others are not numbers.
BITS = {'int32': 32, 'uint32': 32, 'int64': 64, 'uint64': 64, 'int16': 16, 'uint16': 16,
        'uint8': 8, 'Pointer': 64, 'int': 32, 'bool': 32}


# Fields that a call of the same name has elsewhere, but not in a register here.
NO_REGISTER = {('faccessat', 'flags'), ('fchmodat', 'flags'), ('eventfd', 'flags')}
NO_REGISTER_COMPAT = {'old_select', 'mmap'}  # their registers hold the address of a block


def wide_types():
    """How many registers of a 32-bit call each type takes, and its listed name."""
    text = open(os.path.join(CATALOG, 'types.def'), encoding='utf-8').read()
    rows = re.findall(r'^TYPE\((\w+), (\w+), "([^"]+)", (\d), (\w+),', text, re.M)
    return {name: (enc, listed, int(wide), plan) for name, enc, listed, wide, plan in rows}


def syscall_fields():
    """The field types of each system call, from the catalog's own tables."""
    text = ''.join(open(file, encoding='utf-8').read()
                   for file in sorted(glob.glob(os.path.join(CATALOG, 'syscalls', '*.def'))))
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    fields = {}
    for chunk in re.split(r'^SYSCALL\(', text, flags=re.M)[1:]:
        name = chunk[:chunk.index(',')]
        fields[name] = re.findall(r'\b(?:F|FLAGS)\((\w+), (?:\w+, )?(\w+), "', chunk)
    if len(fields) < 446:  # nothing is compared with an empty table
        raise Failed(f'only {len(fields)} system calls found in {CATALOG}')
    return fields


def register_value(args, at, wide, compat):
    """Two registers make one value in a 32-bit call, the lower one first."""
    if compat and wide == 2:
        return (args[at] & 0xffffffff) | (args[at + 1] & 0xffffffff) << 32 if at + 1 < 6 else args[at]
    return args[at]


def number(value):
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r'-?(0x[0-9a-f]+|\d+)', value):
        return int(value, 0)
    return None


def wrong_arguments(event, args, fields, types, compat):
    """What differs between an event's numbers (--raw) and the registers."""
    at, wrong = 0, []
    for kind, name in fields:
        encoding, listed, wide, _plan = types[kind]
        if at >= 6:
            break
        if encoding in ('INT', 'FD') and listed in BITS:
            value = event['data'].get(name)
            if isinstance(value, dict):
                value = value.get('fd')
            value = number(value)
            wanted = register_value(args, at, wide, compat)
            if value is None and ((event['event'], name) in NO_REGISTER or
                                  (compat and event['event'] in NO_REGISTER_COMPAT)):
                continue
            bits = min(BITS[listed], 32 if compat and wide == 1 else 64)
            mask = (1 << bits) - 1
            if value is None or (value ^ wanted) & mask:
                wrong.append(f'{name} is {event["data"].get(name)}, not {wanted}')
        at += wide if compat else 1
    return wrong


def check_calls(machine, run, compat=False):
    """Every CALL line must be an event of that thread, in that order, with that result and arguments."""
    types, table = wide_types(), syscall_fields()
    by_tid, calls, problems = {}, {}, []
    for event in run.events:
        if 'process' in event:  # not what ratel says itself
            by_tid.setdefault(event['process']['tid'], []).append(event)
    for tid, name, ret, args in run.calls():
        calls.setdefault(tid, []).append((name, ret, args))
    if not calls:
        raise Failed('the provoker printed no CALL lines:\n' + run.stdout[:500] + run.stderr[:500])
    for tid, rows in calls.items():
        at, events = 0, by_tid.get(tid, [])
        for name, ret, args in rows:
            found = next((i for i in range(at, len(events)) if events[i]['event'] == name and
                          (ret is None or same_result(events[i].get('ret'), ret))), None)
            if found is None:
                near = [e for e in events[at:] if e['event'] == name][:1]
                problems.append(f'{tid} {name} = {ret}: not seen' +
                                (f'; but {json.dumps(near[0])[:400]}' if near else ''))
                continue
            at = found + 1
            event = events[found]
            wrong = wrong_arguments(event, args, table.get(name, []), types, compat)
            if wrong:
                problems.append(f'{tid} {name}: ' + '; '.join(wrong))
    if problems:
        raise Failed(f'{len(problems)} of {sum(map(len, calls.values()))} calls differ:\n' +
                     '\n'.join(problems[:60]))


def same_result(seen, ret):
    """Results are compared as 64 bits; a 32-bit call's as 32."""
    seen = number(seen)
    if seen is None:
        return False
    if ret == -4 and seen in RESTARTS:
        return True
    return (seen ^ ret) & (2**64 - 1) == 0 or (ret < 0 and seen == ret & 0xffffffff)

# SPDX-License-Identifier: Apache-2.0
"""Compares strace's calls with ratel's, thread by thread and in order."""

import socket

from lib.calls import BITS, number, syscall_fields, wide_types
from lib.tap import Failed

RESULT = -1  # in place of an argument's index

# Where strace and ratel may differ, and why. Each function says whether a difference is that one.
DIFFERENCES = {
    'rt_sigreturn restores all registers: what strace shows as its result is that of the call before':
        lambda call, index: call.name == 'rt_sigreturn' and index == RESULT,
    'strace prints clone\'s arguments in an order of its own':
        lambda call, index: call.name == 'clone',
    'strace leaves out futex arguments that the operation does not use, so later ones move up':
        lambda call, index: call.name == 'futex' and index > 2,
    'strace prints the 64-bit position of preadv and pwritev once, the kernel takes two halves':
        lambda call, index: call.name in ('preadv', 'pwritev', 'preadv2', 'pwritev2') and index > 2,
    'strace prints a device number as makedev(major, minor)':
        lambda call, index: call.name in ('mknod', 'mknodat') and index == len(call.args) - 1,
}


def check(told, events):
    """Raises Failed with every unexplained difference."""
    seen = {}
    for event in events:
        if event['event'] not in ('loss', 'stats', 'ratel_info', 'init_namespaces'):
            seen.setdefault(event['process']['tid'], []).append(event)
    types, fields = wide_types(), syscall_fields()
    problems, compared = [], 0
    for tid, calls in sorted(told.items()):
        mine = own_calls(calls, seen.get(tid, []))
        compared += len(calls)
        problems += compare_thread(tid, calls, mine, types, fields)
    if not compared:
        raise Failed('strace told no call')
    if problems:
        raise Failed(f'{len(problems)} differences in {compared} calls:\n' + '\n'.join(problems[:40]))


def own_calls(calls, events):
    """Without what strace's own child did before it became the program: strace starts with its execve."""
    if calls and calls[0].name == 'execve':
        for i, event in enumerate(events):
            if event['event'] == 'execve' and number(event['ret']) == 0:
                return events[i:]
    return events


def compare_thread(tid, calls, events, types, fields):
    for i in range(max(len(calls), len(events))):
        if i >= len(events):
            return [f'{tid} #{i}: not seen by ratel: {calls[i]} (and {len(calls) - i - 1} more)']
        if i >= len(calls):
            return [f'{tid} #{i}: seen by ratel alone: {events[i]["event"]} {events[i]["data"]} '
                    f'(and {len(events) - i - 1} more)']
        call, event = calls[i], events[i]
        if call.name != event['event']:
            before = calls[i - 1] if i else 'nothing'
            return [f'{tid} #{i}: {call} but ratel {event["event"]} {str(event["data"])[:200]}; '
                    f'before: {before}']
    problems = []
    for i, (call, event) in enumerate(zip(calls, events)):
        wrong = compare_call(call, event, types, fields.get(call.name, []))
        if wrong:
            problems.append(f'{tid} #{i}: {call}\n    ' + '\n    '.join(wrong))
    return problems


def explained(call, index):
    return any(holds(call, index) for holds in DIFFERENCES.values())


def compare_call(call, event, types, fields):
    wrong = []
    if call.ret is not None and not explained(call, RESULT) and number(event.get('ret')) != call.ret:
        wrong.append(f'result {call.ret}, ratel {event.get("ret")}')
    for index, (kind, name) in enumerate(fields[:len(call.args)]):
        if explained(call, index):
            continue
        encoding, listed, _wide, plan = types[kind]
        value, theirs = event['data'].get(name), call.args[index]
        if not same(encoding, listed, plan, value, theirs):
            wrong.append(f'{name}: ratel {str(value)[:300]}, strace {str(theirs)[:300]}')
    return wrong


def same(encoding, listed, plan, value, theirs):
    if theirs is None:
        return True
    if isinstance(theirs, int):
        if encoding in ('INT', 'FD') and listed in BITS:
            mine = number(value)
            return mine is not None and (mine ^ theirs) & ((1 << BITS[listed]) - 1) == 0
        return value is None or theirs != 0 or encoding == 'TIMESPEC'
    if isinstance(theirs, bytes):
        return encoding != 'STR' or plan == 'INBUF' or text_bytes(value) == theirs
    if isinstance(theirs, list):
        return encoding != 'STRV' or [text_bytes(v) for v in value or []] == theirs
    return encoding != 'SOCKADDR' or same_address(value, theirs)


def text_bytes(text):
    """JSON holds bytes that are no UTF-8 as lone surrogates."""
    return None if text is None else text.encode('utf-8', errors='surrogateescape')


def same_address(value, theirs):
    family = theirs['sa_family']
    if not isinstance(value, dict):
        return False
    if family == socket.AF_INET:
        return (value.get('addr') == socket.inet_ntoa(theirs['sin_addr'])
                and value.get('port') == int.from_bytes(theirs['sin_port'], 'big'))
    if family == socket.AF_INET6 and isinstance(theirs.get('sin6_port'), bytes):
        return value.get('port') == int.from_bytes(theirs['sin6_port'], 'big')
    if family == socket.AF_UNIX and isinstance(theirs.get('sun_path'), bytes):
        return text_bytes(value.get('path')) == theirs['sun_path']
    return value.get('family') == family

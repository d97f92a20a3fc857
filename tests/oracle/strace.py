# SPDX-License-Identifier: Apache-2.0
"""Reads what strace wrote: one file a thread, numbers raw, texts in hexadecimal."""

import errno
import glob
import os
import re

ADDRESSED = 'connect,bind,accept,accept4,getsockname,getpeername,sendto,recvfrom'
OPTIONS = ['-ff', '-X', 'raw', '-xx', '-s', '5000', '-e', 'abbrev=none', '-e',
           f'verbose=execve,execveat,{ADDRESSED}']

# Results that only a tracer sees: the kernel starts the call again.
RESTARTS = {'ERESTARTSYS': 512, 'ERESTARTNOINTR': 513, 'ERESTARTNOHAND': 514,
            'ERESTART_RESTARTBLOCK': 516}


class Call:
    """name, ret (None: it did not return), args: each a number, bytes, a list, a dict, or None (not comparable)."""

    def __init__(self, line, name, args, ret):
        self.line, self.name, self.args, self.ret = line, name, args, ret

    def __str__(self):
        return self.line[:400]


def read(folder):
    """tid: its calls in order."""
    told = {}
    for file in glob.glob(os.path.join(folder, 'out.*')):
        with open(file, encoding='utf-8', errors='surrogateescape') as lines:
            calls = [parse(line.rstrip('\n')) for line in lines]
        told[int(file.rsplit('.', 1)[1])] = [c for c in calls if c]
    return told


def parse(line):
    """A call, or None for what is none (a signal, an exit)."""
    found = re.match(r'(\w+)\(', line)
    if not found:
        return None
    end = closing(line, found.end() - 1)
    tail = re.match(r'\)\s+= (.*)$', line[end:])
    if not tail:
        return Call(line, found[1], [], None)
    args = [argument(a) for a in split(line[found.end():end])]
    return Call(line, found[1], args, result(tail[1]))


def result(text):
    found = re.match(r'(\?|-?0x[0-9a-f]+|-?\d+)(?: (E\w+))?', text)
    if found[2]:
        return -RESTARTS.get(found[2], getattr(errno, found[2], 0))
    return None if found[1] == '?' else integer(found[1])


def integer(text):
    return int(text, 8) if re.fullmatch(r'0[0-7]+', text) else int(text, 0)


def closing(text, at):
    """Where the bracket that opens at `at` closes."""
    depth, quoted = 0, False
    for i in range(at, len(text)):
        c = text[i]
        if c == '"':
            quoted = not quoted  # hexadecimal texts have no quote in them
        elif quoted:
            continue
        elif c in '([{':
            depth += 1
        elif c in ')]}':
            depth -= 1
            if depth == 0:
                return i
    return len(text)


def split(text):
    """The arguments, at commas that stand in no bracket or quote."""
    parts, start, i = [], 0, 0
    quoted = False
    while i < len(text):
        c = text[i]
        if c == '"':
            quoted = not quoted
        elif not quoted and c in '([{':
            i = closing(text, i)
        elif not quoted and c == ',':
            parts.append(text[start:i].strip())
            start = i + 1
        i += 1
    rest = text[start:].strip()
    return parts + [rest] if rest else parts


def argument(text):
    text = re.sub(r'/\*.*?\*/', '', text).strip()
    if text == 'NULL':
        return 0
    if re.fullmatch(r'-?(0x[0-9a-f]+|\d+)(\|(0x[0-9a-f]+|\d+))*', text):
        value = 0
        for part in text.split('|'):
            value |= integer(part)
        return value
    if re.fullmatch(r'"(\\x[0-9a-f]{2})*"', text):
        return bytes.fromhex(text[1:-1].replace('\\x', ''))
    if text.startswith('['):
        items = [argument(a) for a in split(text[1:-1])]
        return items if all(isinstance(i, bytes) for i in items) else None
    if text.startswith('{sa_family='):
        return {k: argument(v) for k, _, v in (f.partition('=') for f in split(text[1:-1]))}
    return None

# SPDX-License-Identifier: Apache-2.0
"""What of BPF the kernel holds: asked by bpf(2), since a test machine has no bpftool."""

import contextlib
import ctypes
import os

from .place import wait_for
from .tap import Failed

SYSCALL_BPF = {'x86_64': 321, 'aarch64': 280}
NEXT_ID = {'programs': 11, 'maps': 12, 'links': 31}  # BPF_*_GET_NEXT_ID


class Attr(ctypes.Structure):
    """The part of union bpf_attr that these commands use."""
    _fields_ = [('start_id', ctypes.c_uint32), ('next_id', ctypes.c_uint32), ('open_flags', ctypes.c_uint32)]


def ids(kind):
    """Identifiers of all programs, maps or links of the machine."""
    libc = ctypes.CDLL(None, use_errno=True)
    found, attr = set(), Attr()
    while libc.syscall(SYSCALL_BPF[os.uname().machine], NEXT_ID[kind], ctypes.byref(attr), ctypes.sizeof(attr)) == 0:
        found.add(attr.next_id)
        attr.start_id = attr.next_id
    return found


def everything():
    return {(kind, number) for kind in NEXT_ID for number in ids(kind)}


def none_left(before):
    """No object is there that was not before; the kernel frees some a moment after their end."""
    with contextlib.suppress(Failed):
        wait_for(lambda: not everything() - before, 5)
    left = everything() - before
    if left:
        raise Failed(f'left in the kernel: {sorted(left)}')

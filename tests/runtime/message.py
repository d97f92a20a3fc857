# SPDX-License-Identifier: Apache-2.0
"""Messages of protocol buffers, as far as CRI needs them: fields are (number, value) with a text, a
number, or another list of fields."""


def varint(n):
    out = b''
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def pack(*fields):
    out = b''
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
            continue
        data = value.encode() if isinstance(value, str) else value
        out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def entries(number, mapping):
    """A map's fields."""
    return [(number, pack((1, key), (2, value))) for key, value in mapping.items()]


def text_of(data, number):
    """The text of a field of a message that has only texts."""
    at = 0
    while at < len(data):
        key, at = data[at], at + 1
        size, shift = 0, 0
        while True:
            byte, at = data[at], at + 1
            size |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                break
        if key == number << 3 | 2:
            return data[at:at + size].decode()
        at += size
    raise ValueError(f'no field {number}')

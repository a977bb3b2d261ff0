"""Messages between a request worker and its analyst: eight bytes of length, then JSON, over pipes."""

from __future__ import annotations

import json
import math
import os
import select
import time
from struct import Struct
from typing import Any, Final

import orjson

LENGTH: Final = Struct(">Q")
LONGEST: Final = 256 << 20
PIECE: Final = 1 << 20


def packed(value: object) -> bytes:
    """A value as a message. NumPy's numbers and arrays are plain ones, NaN is null."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    except TypeError:  # an integer of more than 64 bits in a body
        text = json.dumps(value).encode()
    return LENGTH.pack(len(text)) + text


def send(place: int, message: bytes, deadline: float = math.inf) -> None:
    """Write a message to a descriptor that does not block. Raises TimeoutError, BrokenPipeError."""
    rest = memoryview(message)
    while rest:
        _wait(place, select.POLLOUT, deadline)
        rest = rest[os.write(place, rest[:PIECE]) :]


def receive(place: int, deadline: float = math.inf) -> Any:
    """Read a message. Raises TimeoutError, and EOFError where the other side is gone."""
    (length,) = LENGTH.unpack(_read(place, LENGTH.size, deadline))
    if length > LONGEST:
        raise EOFError  # it has lost its way
    return orjson.loads(_read(place, length, deadline))


def _read(place: int, count: int, deadline: float) -> bytes:
    data = bytearray()
    while len(data) < count:
        _wait(place, select.POLLIN, deadline)
        piece = os.read(place, min(PIECE, count - len(data)))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def _wait(place: int, event: int, deadline: float) -> None:
    """Wait until something can be read or written, or the other side is gone; `deadline` is of time.monotonic."""
    poll = select.poll()
    poll.register(place, event)
    if not poll.poll(None if math.isinf(deadline) else max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError

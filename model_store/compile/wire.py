"""What the native scorer and its child say to each other: a header of two numbers, then raw float64 values.

A request is (rows, columns) and the rows; an answer is (status, count) and the outputs. Nothing is unpickled.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HEADER = struct.Struct("<II")
VALUE = np.dtype("<f8")
SCORED, FAILED = 0, 1


def message(first: int, second: int, values: Array) -> bytes:
    """A header and the values behind it."""
    return HEADER.pack(first, second) + values.astype(VALUE).tobytes()


def values_of(data: bytes) -> Array:
    """The values behind a header, [count]."""
    return np.frombuffer(data, VALUE).astype(np.float64)

"""Arrays out of an .npz file that nobody vouches for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_BYTES = 512 << 20


class ArraysError(Exception):
    """Not the arrays that were expected; the message says what is wrong."""


def read_arrays(data: bytes, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The named arrays; objects are never unpickled. Raises ArraysError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
        if unpacked > _MOST_BYTES:
            raise ArraysError("it unpacks to more than a model can need")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names}
    except KeyError as error:
        raise ArraysError(f"it must hold the arrays {', '.join(names)}") from error
    except (ValueError, OSError, EOFError, MemoryError, zipfile.BadZipFile, NotImplementedError) as error:
        raise ArraysError("it is not a file of plain arrays") from error

"""Counts of several processes lie in mapped files; here each has its room on the disk before it is mapped.

prometheus_client maps files with holes. Where the disk is full, writing into a hole is no error that could be caught:
the kernel ends the process (SIGBUS), and each worker after it.
"""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import mmap_dict, values

ROOM = 64 * 1024
"""Bytes of a new file."""
ENTRY = 32
"""Bytes of an entry beside its key, at most: two doubles, the key's length, padding (prometheus_client.mmap_dict)."""


def allocate_counter_files() -> None:
    """Have prometheus_client use AllocatedDict from now on, in this process; it offers no setting for that."""
    values.MmapedDict = AllocatedDict  # type: ignore[attr-defined]  # the name under which its values find the class


class AllocatedDict(mmap_dict.MmapedDict):
    """A dict of doubles in a file. OSError when the disk has no room for the file, or for another key."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        if not read_mode:
            _allocate(Path(filename))
        super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]

    def _init_value(self, key: str) -> None:
        if self._used + len(key.encode()) + ENTRY > self._capacity:  # it would double the file, with a hole
            os.posix_fallocate(self._f.fileno(), 0, 2 * self._capacity)
        super()._init_value(key)  # type: ignore[no-untyped-call]


def _allocate(path: Path) -> None:
    """Make the file if it is missing or empty; on failure it is gone, for an empty one cannot be read."""
    with path.open("ab") as file:
        if file.tell():
            return
        try:
            os.posix_fallocate(file.fileno(), 0, ROOM)
        except OSError:
            path.unlink()
            raise

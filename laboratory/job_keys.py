"""Idempotency-Keys of trainings: a file for each key, which names the job that was begun with it."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from laboratory.job_folder import sync_folder
from routing.ports import KeyUse
from scoring.errors import KeyReused

DAY: Final = 24 * 3600.0


class JobKeys:
    """The keys in a folder; all raise OSError when it is out of reach. `seconds`: how long a key is remembered."""

    def __init__(self, folder: Path, seconds: float = DAY) -> None:
        self._folder, self._seconds = folder, seconds

    def job_of(self, use: KeyUse) -> str | None:
        """The id of the job that was to be begun with this key; it need not be there. Raises KeyReused."""
        file = self._folder / use.key
        try:
            if time.time() - file.stat().st_mtime > self._seconds:
                return None
            job_id, digest = orjson.loads(file.read_bytes())
        except FileNotFoundError:
            return None
        if digest != use.body_digest:
            raise KeyReused("This Idempotency-Key was used with another body.")
        return str(job_id)

    def keep(self, use: KeyUse, job_id: str) -> None:
        """Note, durably, which job this key begins: before it is begun, so that a job is never without its key."""
        self._folder.mkdir(exist_ok=True)
        mine = self._folder / f".{secrets.token_hex(8)}"
        with mine.open("wb") as file:
            file.write(orjson.dumps([job_id, use.body_digest]))
            file.flush()
            os.fsync(file.fileno())
        mine.replace(self._folder / use.key)
        sync_folder(self._folder)

    def forget_old_ones(self) -> None:
        """Remove the keys that are no longer remembered."""
        with suppress(FileNotFoundError):  # before the first key
            for file in self._folder.iterdir():
                with suppress(FileNotFoundError):  # another process is at it, too
                    if time.time() - file.stat().st_mtime > self._seconds:
                        file.unlink()

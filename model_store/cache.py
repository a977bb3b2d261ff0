"""Verified bundles on the local disk: a start without the store works, and a flat layout is converted only once."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from model_store.files import TEMPORARY, make_folder, sha256_of, sync, write_durably
from model_store.manifest import MANIFEST, Manifest, ManifestError, read_manifest

_log = logging.getLogger(__name__)

SEAL = ".seal"
"""Beside the manifest: the SHA-256 of its bytes. No file of a bundle may be hidden, so none has this name."""
LAST_GOOD = "last-good"
KEPT = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A bundle on the disk, every byte of it just verified. `digest` names the bundle and its folder."""

    digest: str
    folder: Path
    manifest: Manifest


class DiskCache:
    """`root`/<model>/<digest>/ holds one bundle; <model>/last-good names the one that served last.

    Shared by all processes of a machine. An entry appears in one step, whole and flushed to the disk, or not at all.
    Only the holder of the model's lock makes, removes or prunes entries.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def entry(self, name: str, digest: str, fill: Callable[[Path], Manifest]) -> Entry:
        """The bundle of this digest; if it is not here, or damaged, `fill` writes its files into an empty folder.

        Whoever comes while another process or thread fills waits and takes what it made. Raises OSError and what `fill`
        raises; then nothing is left behind.
        """
        if found := self._find(name, digest):
            return found
        with self._locked(name) as folder:
            return self._find(name, digest) or self._add(folder, digest, fill)

    def last_good(self, name: str) -> Entry | None:
        """The bundle that served last, if it is here and whole."""
        try:
            digest = (self._root / name / LAST_GOOD).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return self._find(name, digest) if len(digest) == hashlib.sha256().digest_size * 2 else None

    def served(self, name: str, entry: Entry) -> None:
        """Remember the bundle as the last good one, and drop the oldest of more than a few. Raises OSError."""
        with self._locked(name) as folder:
            os.utime(entry.folder)
            write_durably(folder / LAST_GOOD, f"{entry.digest}\n".encode())
            entries = [each for each in folder.iterdir() if each.is_dir()]
            for old in sorted(entries, key=lambda each: each.stat().st_mtime_ns, reverse=True)[KEPT:]:
                shutil.rmtree(old)

    def _find(self, name: str, digest: str) -> Entry | None:
        folder = self._root / name / digest
        if not folder.is_dir():
            return None
        try:
            return Entry(digest, folder, _verified(folder))
        except (OSError, ManifestError) as error:
            _log.warning(
                "a cached bundle is damaged and will be fetched again",
                extra={"event": "cache_damaged", "model": name, "digest": digest, "reason": str(error)},
            )
            return None

    def _add(self, parent: Path, digest: str, fill: Callable[[Path], Manifest]) -> Entry:
        temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=parent))
        try:
            manifest = fill(temporary)
            document = manifest.to_bytes()
            (temporary / MANIFEST).write_bytes(document)
            (temporary / SEAL).write_text(hashlib.sha256(document).hexdigest(), encoding="ascii")
            for file in temporary.iterdir():
                sync(file)
            sync(temporary)
            final = parent / digest
            if final.exists():
                shutil.rmtree(final)
            temporary.rename(final)
            sync(parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return Entry(digest, final, manifest)

    @contextmanager
    def _locked(self, name: str) -> Iterator[Path]:
        """The model's folder, held alone. What a killed holder left half-made is swept out first."""
        folder = self._root / name
        make_folder(folder)
        # One handle for each holder: flock then excludes threads as it does processes.
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for left in folder.glob(f"{TEMPORARY}*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            yield folder
        finally:
            os.close(handle)


def _verified(folder: Path) -> Manifest:
    """The manifest, after every file was compared with it. Raises OSError, ManifestError."""
    document = (folder / MANIFEST).read_bytes()
    if hashlib.sha256(document).hexdigest() != (folder / SEAL).read_text(encoding="ascii", errors="replace"):
        raise ManifestError("the manifest is not as it was written")
    manifest = read_manifest(document)
    for name, expected in manifest.files.items():
        if sha256_of(folder / name) != expected.sha256:
            raise ManifestError(f"{name} is not as it was written")
    return manifest

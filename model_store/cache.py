"""Verified bundles on the local disk: a start without the store works, and a flat layout is converted only once."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from model_store.bundle import FLAT_VERSION
from model_store.files import TEMPORARY, make_folder, sha256_of, sync
from model_store.last_good import Good, read_goods, write_goods
from model_store.manifest import MANIFEST, Manifest, ManifestError, read_manifest

_log = logging.getLogger(__name__)

SEAL = ".seal"
"""Beside the manifest: the SHA-256 of its bytes. No file of a bundle may be hidden, so none has this name."""
KEPT = 3
"""Bundles of a model that stay on the disk beside those of the last good set."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A bundle on the disk, every byte of it just verified. `digest` names the bundle and its folder."""

    digest: str
    folder: Path
    manifest: Manifest


class DiskCache:
    """`root`/<model>/<digest>/ holds one bundle; `model_store.last_good` names the set that served last.

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
        if found := self.find(name, digest):
            return found
        with self._locked(name) as folder:
            return self.find(name, digest) or self._add(folder, digest, fill)

    def last_good(self) -> dict[str, Good]:
        """Reference -> what served under it last, as far as that is known."""
        return read_goods(self._root)

    def remember(self, served: Mapping[str, Good]) -> None:
        """Note in one step what serves now as the last good set, and drop old bundles. Raises OSError."""
        kept = write_goods(self._root, served)
        for name in {good.name for good in served.values()}:
            with self._locked(name) as folder:
                needed = {good.digest for good in kept if good.name == name}
                entries = [each for each in folder.iterdir() if each.is_dir()]
                entries.sort(key=lambda each: each.stat().st_mtime_ns, reverse=True)
                for old in [each for each in entries if each.name not in needed][KEPT:]:
                    shutil.rmtree(old)

    def find(self, name: str, digest: str) -> Entry | None:
        """The bundle of this digest, if it is here and whole."""
        folder = self._root / name / digest
        if not folder.is_dir():
            return None
        try:
            return Entry(digest, folder, _verified(folder, digest))
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


def _verified(folder: Path, digest: str) -> Manifest:
    """The manifest, after it and every file were compared with what they must be. Raises OSError, ManifestError."""
    document = (folder / MANIFEST).read_bytes()
    if hashlib.sha256(document).hexdigest() != (folder / SEAL).read_text(encoding="ascii", errors="replace"):
        raise ManifestError("the manifest is not as it was written")
    manifest = read_manifest(document)
    if manifest.digest != digest and not manifest.version.startswith(FLAT_VERSION):
        raise ManifestError("the manifest is another bundle's")
    for name, expected in manifest.files.items():
        if sha256_of(folder / name) != expected.sha256:
            raise ManifestError(f"{name} is not as it was written")
    return manifest

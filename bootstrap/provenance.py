"""Which code and which libraries give the scores: part of every record, so that a replay can say what differs."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path

from bootstrap.settings import ROOT

VERSION = "0.1.0"
SCORING_PACKAGES = ("scoring", "routing", "model_store")
LIBRARIES = ("numpy", "onnxruntime")


def provenance(root: Path = ROOT) -> dict[str, str]:
    """Versions of code and libraries. `code` ends in a digest of the source files that a score depends on."""
    digest = hashlib.sha256()
    for package in SCORING_PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return {
        "code": f"{VERSION}+{digest.hexdigest()[:12]}",
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }

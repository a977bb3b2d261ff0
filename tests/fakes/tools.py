"""Programs that tests need and that pip does not install."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

NODE_BINARIES = Path(__file__).resolve().parent.parent.parent / ".venv/node/node_modules/.bin"
"""Where `setup.sh test` installs what comes from npm."""


def tool(name: str) -> str:
    """The path of a program; skips where it is not installed, but fails in CI, which has to have it."""
    found = shutil.which(name) or shutil.which(name, path=NODE_BINARIES)
    if found is None:
        reason = f"{name} is not installed; ./setup.sh test installs it where it can"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found

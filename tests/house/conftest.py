"""What the house's tests look at."""

from __future__ import annotations

import os
import runpy
from typing import Any
from unittest.mock import patch

import pytest

from tests.fakes.running import ROOT


@pytest.fixture
def gunicorn_settings() -> dict[str, Any]:
    """gunicorn.conf.py as gunicorn reads it where no variable is set."""
    unset = dict.fromkeys(("HOST", "PORT", "MAX_SCORING_REQUESTS"), "")
    with patch.dict(os.environ, unset):
        return runpy.run_path(str(ROOT / "gunicorn.conf.py"))

"""The library shap, imported so that a test can afford it."""

from __future__ import annotations

import os
import warnings
from functools import cache
from typing import Any
from unittest.mock import patch


@cache
def shap() -> Any:
    """The module. Its import warns of what matplotlib has deprecated; compiling it takes longer than these tests."""
    with warnings.catch_warnings(), patch.dict(os.environ, NUMBA_DISABLE_JIT="1"):
        warnings.simplefilter("ignore")
        import shap
    return shap

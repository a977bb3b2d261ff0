"""The library shap, whose own import warns of what others will remove."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any


@cache
def shap() -> Any:
    """The module. Its import uses what matplotlib has deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap
    return shap

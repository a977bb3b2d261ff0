"""Which features matter to a model: the mean size of what each adds to the log-odds, over applicants it was held to.

The global view of the local one: the mean of |Shapley value| over a sample (S. Lundberg et al., Nature Machine
Intelligence 2, 2020, "SHAP feature importance"), with the same baseline Shapley values that reason codes rest on.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model_store.attribution import MOST_ENUMERATED, PERMUTATIONS
from model_store.cache import DiskCache
from model_store.compile.report import LINEAR, TREES
from model_store.loader import Loaded
from model_store.validation import VALIDATION, ValidationSet, ValidationSetError
from routing.catalog import FeatureImportance
from scoring.errors import ModelUnavailable
from scoring.features import Row
from scoring.scale import ScoreScale

_log = logging.getLogger(__name__)

MOST_ROWS: Final = 256
FEWEST_ROWS: Final = 32
MOST_SCORED: Final = 200_000
"""Mixtures of applicants that may be scored for all rows together, where no formula gives contributions: seconds."""
FORMULAS: Final = frozenset({LINEAR, TREES})
"""Files of a bundle whose contributions a formula gives."""
_REMEMBERED: Final = 32


class Importances:
    """Computed once for each bundle, over at most MOST_ROWS rows of its validation set, else over its golden rows."""

    def __init__(self, cache: DiskCache, scale: ScoreScale) -> None:
        self._cache, self._scale = cache, scale
        self._found: OrderedDict[tuple[str, str], tuple[FeatureImportance, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, loaded: Loaded) -> Sequence[FeatureImportance]:
        """The model's features, the most important first. Raises ModelUnavailable. Who asks meanwhile waits."""
        with self._lock:
            if loaded.key not in self._found:
                self._found[loaded.key] = self._computed(loaded)
                while len(self._found) > _REMEMBERED:
                    self._found.popitem(last=False)
            return self._found[loaded.key]

    def _computed(self, loaded: Loaded) -> tuple[FeatureImportance, ...]:
        attributed: list[tuple[float, ...]] = []
        for row in self._rows(loaded):
            try:
                attributed.append(loaded.model.attribute(row).contributions)
            except ModelUnavailable:  # no usable output for this one row
                continue
        if not attributed:
            raise ModelUnavailable(loaded.model.name, "has no explanation for its own validation rows")
        sizes: NDArray[np.float64] = np.abs(np.array(attributed)).mean(axis=0)
        points = self._scale.points_per_log_odds
        found = [
            FeatureImportance(name, float(size), float(size) * points, len(attributed))
            for name, size in zip(loaded.model.schema.names, sizes, strict=True)
        ]
        return tuple(sorted(found, key=lambda each: (-each.log_odds, each.feature)))

    def _rows(self, loaded: Loaded) -> Sequence[Row]:
        """Rows spread evenly over the set: the same ones every time."""
        rows = self._validation_rows(loaded)
        if rows is None:
            rows = np.array(loaded.manifest.golden_rows)
        chosen = np.unique(np.linspace(0, len(rows) - 1, most_rows(loaded)).round().astype(np.intp))
        return [tuple(row) for row in rows[chosen].tolist()]

    def _validation_rows(self, loaded: Loaded) -> NDArray[np.float64] | None:
        """None where the bundle has no validation set, or it is not at hand, or not one of this model's inputs."""
        entry = self._cache.find(*loaded.key) if VALIDATION in loaded.manifest.files else None
        if entry is None:
            return None
        try:
            rows = ValidationSet.from_bytes((entry.folder / VALIDATION).read_bytes()).rows
        except (OSError, ValidationSetError) as error:
            _log.warning(
                "a validation set cannot be read",
                extra={"event": "validation_unreadable", "model": loaded.model.name, "cause": str(error)},
            )
            return None
        return rows if rows.shape[1] == len(loaded.manifest.features) else None


def most_rows(loaded: Loaded) -> int:
    """How many rows can be taken apart at a bearable cost."""
    features = len(loaded.manifest.features)
    if not FORMULAS.isdisjoint(loaded.manifest.files):
        return MOST_ROWS
    mixtures = 2**features if features <= MOST_ENUMERATED else PERMUTATIONS * (features + 1)
    return min(max(MOST_SCORED // mixtures, FEWEST_ROWS), MOST_ROWS)

"""One part of a drawn table: hidden risk and factors, and what the columns that were drawn say of the risk."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from evaluation.arrays import Floats
from training.applications.home_credit_facts import Number
from training.applications.home_credit_joint import DOCUMENTS, LOADS, WEIGHTS
from training.applications.home_credit_models import Choice, models
from training.applications.home_credit_risk import GRID, Ladder, Tilt


class Draw:
    """`columns`: what was drawn so far; `said` [N, K]: the log-likelihood of each risk of the grid after all of it."""

    def __init__(self, rows: int, generator: np.random.Generator) -> None:
        self.rows, self._generator = rows, generator
        self.risk: Floats = generator.standard_normal(rows)
        self.columns: dict[str, Any] = {}
        self.said: Floats = np.zeros((rows, len(GRID)))
        self._drawn: dict[str, Floats] = {}
        self._there: dict[str, NDArray[np.bool_]] = {}

    def normal(self, name: str) -> Floats:
        """What a column has beside risk, standard normal [N]: its factors, and its own part. Drawn once."""
        if name not in self._drawn:
            loads = LOADS.get(name, {})
            own = 1 - sum(load**2 for load in loads.values())
            found = sum((load * self._factor(factor) for factor, load in loads.items()), np.zeros(self.rows))
            if own > 1e-9:
                found = found + np.sqrt(own) * self._generator.standard_normal(self.rows)
            self._drawn[name] = found
        return self._drawn[name]

    def there(self, name: str) -> NDArray[np.bool_]:
        """Whose home is described in this respect [N]."""
        if name not in self._there:
            tilt = models().gaps[name]
            picked = tilt.chosen(self.risk, ndtr(self.normal(f"gap of {name}")))
            self._there[name] = picked == 0
            if name == "HOUSETYPE_MODE":
                self.said += tilt.log_chances()[picked]
        return self._there[name]

    def chosen(self, name: str, choice: Choice | None, among: NDArray[np.bool_] | None = None) -> NDArray[np.object_]:
        """A category for each [N]; None, and nothing said of the risk, where not `among`. No choice: of documents."""
        texts, tilt = (choice.texts, choice.tilt) if choice else ((*DOCUMENTS, ""), models().documents)
        picked = tilt.chosen(self.risk, ndtr(self.normal(name)))
        found = np.array([*texts, None], dtype=object)[picked]
        self._hear(name, tilt.log_chances()[picked], among)
        if among is not None:
            found[~among] = None
        return found

    def flag(self, name: str, tilt: Tilt) -> NDArray[np.int64]:
        """0 or 1 for each [N]."""
        picked = tilt.chosen(self.risk, ndtr(self.normal(name)))
        self._hear(name, tilt.log_chances()[picked])
        return picked.astype(np.int64)

    def number(self, name: str, number: Number, ladder: Ladder, among: NDArray[np.bool_] | None = None) -> Floats:
        """A number for each [N]."""
        score = ladder.load * self.risk + np.sqrt(1 - ladder.load**2) * self.normal(name)
        values = number.value(ndtr(score))
        self._hear(name, ladder.said(values), among)
        return values

    def _factor(self, name: str) -> Floats:
        key = f"factor {name}"
        if key not in self._drawn:
            self._drawn[key] = self._generator.standard_normal(self.rows)
        return self._drawn[key]

    def _hear(self, name: str, said: Floats, among: NDArray[np.bool_] | None = None) -> None:
        weight = WEIGHTS.get(name, 1.0)
        if weight:
            self.said += weight * (said if among is None else np.where(among[:, None], said, 0.0))

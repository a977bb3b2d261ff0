"""A loaded bundle as the scoring service sees it."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence

from model_store.attribution import Attributor, NotAttributable
from model_store.closed_forms import ClosedForm
from model_store.compile.report import OutputKind, ReferenceSource
from model_store.manifest import Manifest, row_of
from model_store.onnx_scorer import Rows
from scoring.errors import ModelUnavailable
from scoring.features import Row
from scoring.reasons import Attribution
from scoring.scale import LOG_ODDS_LIMIT, ScoreScale, log_odds_of

_log = logging.getLogger(__name__)

_ROUNDING = 1e-6
"""How far outside [0, 1] the 32-bit sum of a forest's probabilities may come to lie."""
_REFERENCES: dict[ReferenceSource, str] = {
    "config": "the bundle's reference applicant",
    "scaler mean": "the mean of each feature in training",
    "split medians": "the median of each feature's split points",
    "zeros": "an applicant with 0 in every feature",
}


class BundleModel:
    """Implements routing.ports.Model over whatever computes `outputs`: rows [N, n] to N numbers in the bundle's unit.

    `scale` is the score scale of a bundle whose output is a score and that names no scale of its own.
    """

    def __init__(
        self,
        manifest: Manifest,
        digest: str,
        outputs: Callable[[Rows], Sequence[float]],
        scale: ScoreScale,
        closed_form: ClosedForm | None = None,
    ) -> None:
        self.name, self.version, self.digest = manifest.name, manifest.version, digest
        self.schema, self.alone, self.threshold = manifest.schema_of_features, manifest.alone, manifest.threshold
        self.plausible = manifest.golden_rows
        scale = manifest.scale or scale
        self._served = _Served(manifest.name, digest, outputs, _to_log_odds(manifest.output, scale))
        unit = -1 / scale.points_per_log_odds if manifest.output == "score" else 1.0
        reference, name = row_of(manifest.reference.row), _REFERENCES[manifest.reference.source]
        self._attributor = Attributor(self._served, reference, name, closed_form, unit)

    def score(self, rows: Rows) -> list[float]:
        """Log-odds of default of each row; NaN where the output was not a usable one. Raises ModelUnavailable."""
        return self._served(rows)

    def attribute(self, row: Row) -> Attribution:
        """The row's log-odds taken apart by feature. Raises ModelUnavailable."""
        try:
            return self._attributor(row)
        except NotAttributable as error:
            raise ModelUnavailable(self.name, "has no explanation for this input") from error


class _Served:
    """The served function. It knows nothing of the model: a model that nothing refers to is gone at once."""

    def __init__(
        self, name: str, digest: str, outputs: Callable[[Rows], Sequence[float]], log_odds: Callable[[float], float]
    ) -> None:
        self._name, self._digest, self._outputs, self._log_odds = name, digest, outputs, log_odds

    def __call__(self, rows: Rows) -> list[float]:
        try:
            outputs = self._outputs(rows)
        except Exception as error:  # of ONNX Runtime or of the native child: they share no narrower class
            _log.exception(
                "a model failed to score",
                extra={"event": "score_failed", "model": self._name, "digest": self._digest, "rows": len(rows)},
            )
            raise ModelUnavailable(self._name, "failed while scoring") from error
        log_odds = self._log_odds
        return [log_odds(output) for output in outputs]


def _to_log_odds(output: OutputKind, scale: ScoreScale) -> Callable[[float], float]:
    if output == "score":
        return lambda points: scale.log_odds(points) if math.isfinite(points) else math.nan
    return _of_probability if output == "probability_of_default" else _of_logit


def _of_probability(pd: float) -> float:
    return log_odds_of(min(max(pd, 0.0), 1.0)) if -_ROUNDING <= pd <= 1 + _ROUNDING else math.nan


def _of_logit(logit: float) -> float:
    return min(max(logit, -LOG_ODDS_LIMIT), LOG_ODDS_LIMIT) if math.isfinite(logit) else math.nan

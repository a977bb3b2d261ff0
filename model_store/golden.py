"""How closely a graph must give the outputs that the training framework gave on the golden rows."""

from __future__ import annotations

from model_store.compile.report import OutputKind
from scoring.scale import ScoreScale

PD_TOLERANCE = 1e-6


def tolerance(kind: OutputKind, scale: ScoreScale) -> float:
    """The largest difference of two outputs that mean the same.

    1e-6 in PD; in log-odds what moves a PD by at most that (dPD/dlogit <= 1/4); in points 1e-6 of the scale's width,
    far below the one decimal that is published.
    """
    match kind:
        case "probability_of_default":
            return PD_TOLERANCE
        case "logit":
            return 4 * PD_TOLERANCE
        case "score":
            return PD_TOLERANCE * (scale.high - scale.low)

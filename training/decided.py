"""What a route would say of many customers: the service's own arithmetic, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from evaluation.arrays import Floats
from routing.aggregation import weighted_mean
from routing.routes import Routes
from scoring.decision import Policy
from scoring.scale import pd_of


@dataclass(frozen=True)
class Decided:
    """Of N customers: `log_odds` of default [N], score in `points` [N], and who is `approved` [N] at once."""

    log_odds: Floats
    points: Floats
    approved: npt.NDArray[np.bool_]

    @property
    def pd(self) -> Floats:
        """Probability of default [N]."""
        return np.asarray(expit(self.log_odds), dtype=np.float64)


def decide(
    log_odds: Sequence[Floats], weights: Sequence[float], routes: Routes, policy: Policy | None = None
) -> Decided:
    """Combine the served log-odds [N] of a route's models with their weights, which sum to 1.

    `policy`: an application's, where it has its own cut-offs; else the house's decides.
    """
    decides = policy or routes.policy
    columns = [each.tolist() for each in log_odds]
    found = [weighted_mean(row, weights, routes.scale) for row in zip(*columns, strict=True)]
    return Decided(
        np.array([each.log_odds for each in found]),
        np.array([each.score for each in found]),
        np.array([decides.decision(each.score, pd_of(each.log_odds)) == "approve" for each in found]),
    )

"""Points to double the odds: the scale on which every score of this service lies."""

from __future__ import annotations

import math
from dataclasses import dataclass

PD_FLOOR = 1e-6
"""No model is surer than one in a million: a PD of exactly 0 or 1 (a forest gives them) has no log-odds."""
LOG_ODDS_LIMIT = math.log((1 - PD_FLOOR) / PD_FLOOR)


def log_odds_of(pd: float) -> float:
    """Log-odds of default, ln(PD / (1 - PD)), of a probability in [0, 1]; held to +-13.8. NaN outside [0, 1]."""
    if not 0.0 <= pd <= 1.0:
        return math.nan
    held = min(max(pd, PD_FLOOR), 1.0 - PD_FLOOR)
    return math.log(held / (1.0 - held))


def pd_of(log_odds: float) -> float:
    """Probability of default of log-odds of default."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-min(log_odds, LOG_ODDS_LIMIT)))
    exp = math.exp(max(log_odds, -LOG_ODDS_LIMIT))
    return exp / (1.0 + exp)


@dataclass(frozen=True, slots=True)
class ScoreScale:
    """score = base_points + pdo x log2(odds / base_odds), odds = (1 - PD) / PD; held to [low, high], one decimal.

    Source of the formula: N. Siddiqi, Credit Risk Scorecards (2006), chapter 6, "Scaling".
    """

    base_points: float = 600.0
    base_odds: float = 15.0
    pdo: float = 50.0
    low: float = 300.0
    high: float = 850.0

    @property
    def points_per_log_odds(self) -> float:
        """Points that one unit of log-odds of default takes away."""
        return self.pdo / math.log(2.0)

    def points(self, log_odds: float) -> float:
        """Points of log-odds of default, neither held nor rounded."""
        return self.base_points - self.points_per_log_odds * (log_odds + math.log(self.base_odds))

    def score(self, log_odds: float) -> float:
        """The score as published: points held to [low, high] and rounded to one decimal."""
        return round(self.hold(self.points(log_odds)), 1)

    def hold(self, points: float) -> float:
        """Points held to the scale's ends."""
        return min(max(points, self.low), self.high)

    def log_odds(self, points: float) -> float:
        """The inverse of `points`: log-odds of default of a number of points (held to the scale first)."""
        return (self.base_points - self.hold(points)) / self.points_per_log_odds - math.log(self.base_odds)

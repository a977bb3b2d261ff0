"""The latent risk that ties drawn applications together: what a column says of it, and what all of them say.

An applicant's risk r is standard normal and hidden; PD(r) = 1 / (1 + exp(-(LEVEL + SPREAD r))). Columns depend on r and
are told apart from it again by Bayes' rule on a grid, which gives the PD that defaults are drawn with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, logit, ndtri, softmax

from evaluation.arrays import Floats

SPREAD: Final = 1.32
"""What a unit of hidden risk adds to the log-odds: the risk itself would rank defaults with an AUC of about .80."""
LEVEL: Final = -3.035
"""Makes 8.3 of a hundred default."""
GRID: Final = np.linspace(-4.2, 4.2, 29)
WEIGHT: Final = np.exp(-(GRID**2) / 2) / np.exp(-(GRID**2) / 2).sum()
PD: Final = expit(LEVEL + SPREAD * GRID)
ROUNDS: Final = 60
SHARES: Final = (np.arange(2000) + 0.5) / 2000


@dataclass(frozen=True)
class Tilt:
    """A choice that depends on risk: P(category c | r) is proportional to exp(level[c] + slope[c] r)."""

    level: Floats
    slope: Floats

    @classmethod
    def of(cls, shares: Sequence[float], rates: Sequence[float | None], among: Floats = WEIGHT) -> Tilt:
        """The tilt whose categories have these shares and default rates among people whose risk lies as `among` [K].

        Shares are taken relative to their sum. Categories without a rate share what the others leave.
        """
        among = among / among.sum()
        share = np.array(shares) / sum(shares)
        mean = float(among @ PD)
        rate = _completed(share, rates, mean)
        level, slope = np.log(share), np.zeros(len(share))
        for _ in range(ROUNDS):
            chances = softmax(level[:, None] + slope[:, None] * GRID, axis=0)
            found = chances @ among
            level += np.log(share / found)
            slope += 0.8 / SPREAD * (logit(rate) - logit((chances * PD) @ among / found))
        return cls(level, slope)

    def log_chances(self) -> Floats:
        """Log P(category | r) [C, K] on the grid."""
        scores = self.level[:, None] + self.slope[:, None] * GRID
        return np.asarray(np.log(softmax(scores, axis=0)), dtype=np.float64)

    def chosen(self, risk: Floats, lot: Floats) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The category [N] that a lot of [0, 1) falls on, the first categories having the lowest lots."""
        chances = softmax(self.level + np.outer(risk, self.slope), axis=1)
        return np.asarray((np.cumsum(chances, axis=1) < lot[:, None] * (1 - 1e-12)).sum(axis=1), dtype=np.intp)


@dataclass(frozen=True)
class Ladder:
    """A number that rises with a normal score z, of which risk is a part: z = load x r + the rest.

    `values` [V], rising, and `scores` [V]: the mean z of those who have the value.
    """

    load: float
    values: Floats
    scores: Floats

    @classmethod
    def of(cls, values: Floats, rank: float) -> Ladder:
        """The ladder of the values at SHARES whose Spearman correlation with default is `rank`."""
        scores = ndtri(SHARES)
        steps, at = np.unique(values, return_inverse=True)
        counts = np.bincount(at)
        middle = (np.cumsum(counts) - counts / 2) / len(values)
        of_step = np.bincount(at, weights=scores) / counts
        rate = WEIGHT @ PD
        spread = float(middle[at].std())
        if spread == 0:
            return cls(0.0, steps, of_step)
        per_load = float(np.mean(middle[at] * scores)) * float(WEIGHT @ (GRID * PD)) / spread
        return cls(float(rank * np.sqrt(rate * (1 - rate)) / per_load), steps, of_step)

    def said(self, values: Floats) -> Floats:
        """Log of how likely values [N] are at each risk of the grid, but for what does not depend on it [N, K]."""
        score, rest = np.interp(values, self.values, self.scores), 1 - self.load**2
        return np.asarray((np.outer(score, self.load * GRID) - (self.load * GRID) ** 2 / 2) / rest, dtype=np.float64)


def told(log_likelihood: Floats) -> Floats:
    """The PD [N] that follows from log-likelihoods [N, K]: the mean of PD(r) over what r can still be."""
    weight = softmax(log_likelihood + np.log(WEIGHT), axis=1)
    return np.asarray(weight @ PD, dtype=np.float64)


def _completed(share: Floats, rates: Sequence[float | None], mean: float) -> Floats:
    """Every category's rate, held to a third and to three times the mean, and all of them to the mean."""
    known = np.array([each is not None for each in rates])
    rate = np.array([each if each is not None else mean for each in rates])
    if not known.all():
        rest = (mean - share[known] @ rate[known]) / share[~known].sum()
        rate[~known] = np.clip(rest, 0.6 * mean, 1.6 * mean)
    rate = np.clip(rate, mean / 4, 4 * mean)
    return np.asarray(rate * mean / (share @ rate), dtype=np.float64)

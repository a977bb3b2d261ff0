"""Whether the people, or their scores, are still those that a model was made for."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

BINS = 10
SMOOTHING = 0.5
"""Added to every bin's count, so that an empty bin does not make the index infinite (Krichevsky and Trofimov's 1/2)."""


def psi(expected: npt.ArrayLike, actual: npt.ArrayLike, bins: int = BINS) -> float:
    """Population stability index of `actual` [M] against `expected` [N]: sum over bins of (a - e) ln(a / e).

    Bins are quantiles of `expected`, open at both ends; a value that holds more than a bin's share has a bin of its
    own. a and e are the bins' shares, each count raised by `SMOOTHING`. By custom, below 0.1 nothing changed and above
    0.25 much did; with few rows chance alone reaches that (`psi_by_chance`).

    Sources: S. Kullback, R. A. Leibler, Ann. Math. Stat. 22 (1951) 79-86 (the symmetric divergence J);
    N. Siddiqi, Credit Risk Scorecards (2006), for its use on scores. ValueError for empty or non-finite input.
    """
    first, second = (np.asarray(each, dtype=np.float64) for each in (expected, actual))
    if not len(first) or not len(second) or not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("expected and actual must each hold at least one number, and only finite ones")
    quantiles, times = np.unique(np.quantile(first, np.linspace(0, 1, bins + 1)[1:-1]), return_counts=True)
    edges = np.unique(np.concatenate([quantiles, np.nextafter(quantiles[times > 1], np.inf)]))
    e, a = (_shares(np.searchsorted(edges, each, side="right"), len(edges) + 1) for each in (first, second))
    return float(np.sum((a - e) * np.log(a / e)))


def psi_by_chance(n_expected: int, n_actual: int, bins: int = BINS, confidence: float = 0.95) -> float:
    """The index that two samples of one distribution stay below with this confidence.

    (1/N + 1/M) times the chi-squared quantile of bins - 1 degrees of freedom (B. Yurdakul, Statistical Properties of
    Population Stability Index, Western Michigan University (2018)), that quantile by Wilson and Hilferty's cube, which
    is right to a fraction of a per cent from three degrees on (PNAS 17 (1931) 684-688).
    """
    degrees = bins - 1
    spread = 2 / (9 * degrees)
    quantile = degrees * (1 - spread + NormalDist().inv_cdf(confidence) * spread**0.5) ** 3
    return float((1 / n_expected + 1 / n_actual) * quantile)


def _shares(bin_of: npt.NDArray[np.intp], bins: int) -> npt.NDArray[np.float64]:
    counts = np.bincount(bin_of, minlength=bins) + SMOOTHING
    return np.asarray(counts / counts.sum(), dtype=np.float64)

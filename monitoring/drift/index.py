"""Population stability index with what chance alone makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats

from evaluation.arrays import Floats
from evaluation.stability import SMOOTHING
from monitoring.drift.options import Options
from monitoring.drift.two_samples import Counts, Tested
from monitoring.drift.verdicts import Verdict

FEWEST_IN_A_BIN = 5
"""Expected rows of the smaller side in each bin; fewer rows make fewer bins."""
WATCH_CONFIDENCE, DRIFT_CONFIDENCE = 0.95, 0.99


@dataclass(frozen=True, slots=True)
class Cell:
    """One bin. `name`: a category, "missing" or a range; `low` (inclusive) and `high` (exclusive) of a range.

    `reference` and `current`: the shares; `psi`: what it adds to the index.
    """

    name: str
    reference: float
    current: float
    psi: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """PSI. `fixed`: by the customary limits; `adjusted`: by the limits that these many rows reach by chance.

    `by_chance_95` and `by_chance_99`: what the index stays below in so many of a hundred draws without drift.
    """

    value: float
    bins: int
    fixed: Verdict
    adjusted: Verdict
    by_chance_95: float
    by_chance_99: float
    p_value: float
    cells: tuple[Cell, ...]

    @property
    def tested(self) -> Tested:
        """The index as a test of "nothing changed"."""
        return Tested("psi", self.value, self.p_value)


def index(
    reference: Counts, current: Counts, names: Sequence[str], options: Options, edges: Floats | None = None
) -> Index:
    """PSI of two rows of counts [K], each side with at least one row: sum over cells of (a - e) ln(a / e).

    a and e are the shares of the current and the reference side, each count raised by 1/2 so that an empty cell does
    not make the index infinite; cells empty on both sides are left out. With nothing changed, PSI / (1/N + 1/M) is
    about chi-squared distributed with cells - 1 degrees of freedom: B. Yurdakul, Statistical Properties of Population
    Stability Index, Western Michigan University (2018). `edges` [K' - 1]: of the first K' cells, which are ranges.
    """
    filled = (reference + current) > 0
    e, a = (_shares(each[filled]) for each in (reference, current))
    parts = np.zeros(len(names))
    parts[filled] = (a - e) * np.log(a / e)
    value, degrees = float(parts.sum()), int(filled.sum()) - 1
    scale = 1 / reference.sum() + 1 / current.sum()
    limits = [float(scale * stats.chi2.ppf(each, degrees)) if degrees else 0.0 for each in _CONFIDENCES]
    p_value = float(stats.chi2.sf(value / scale, degrees)) if degrees else 1.0
    shares = reference / reference.sum(), current / current.sum()
    ranges = [] if edges is None else [None, *map(float, edges), None]
    cells = tuple(
        Cell(
            names[i],
            float(shares[0][i]),
            float(shares[1][i]),
            float(parts[i]),
            ranges[i] if i + 1 < len(ranges) else None,
            ranges[i + 1] if i + 1 < len(ranges) else None,
        )
        for i in map(int, np.flatnonzero(filled))
    )
    return Index(
        value=value,
        bins=degrees + 1,
        fixed=_verdict(value, options.watch_from, options.drift_from),
        adjusted=_verdict(value, limits[0], limits[1], beyond=True),
        by_chance_95=limits[0],
        by_chance_99=limits[1],
        p_value=p_value,
        cells=cells,
    )


_CONFIDENCES = (WATCH_CONFIDENCE, DRIFT_CONFIDENCE)


def index_of_numbers(reference: Floats, current: Floats, options: Options) -> Index:
    """PSI over bins of equal count of the reference; NaN has a bin of its own. Each side has at least one row.

    Bins are quantiles of the reference's numbers, open at both ends; a value that holds more than a bin's share has a
    bin of its own. The smaller side decides how many there are, at most `options.bins`.
    """
    known = [each[~np.isnan(each)] for each in (reference, current)]
    basis = known[0] if len(known[0]) else known[1]
    fewest = min(len(each) for each in known) if len(known[0]) and len(known[1]) else len(basis)
    bins = int(np.clip(fewest // FEWEST_IN_A_BIN, 2, options.bins))
    edges = _edges(basis, bins) if len(basis) else np.empty(0)
    counts = [
        np.append(np.bincount(np.searchsorted(edges, each, side="right"), minlength=len(edges) + 1), side - len(each))
        for each, side in zip(known, (len(reference), len(current)), strict=True)
    ]
    names = [*_range_names(edges), "missing"]
    return index(counts[0].astype(np.int64), counts[1].astype(np.int64), names, options, edges)


def _edges(values: Floats, bins: int) -> Floats:
    quantiles, times = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]), return_counts=True)
    return np.unique(np.concatenate([quantiles, np.nextafter(quantiles[times > 1], np.inf)]))


def _range_names(edges: Floats) -> list[str]:
    ends = ["", *(f"{each:.6g}" for each in edges), ""]
    between = [f"{low} to {high}" for low, high in pairwise(ends[1:-1])]
    return [f"below {ends[1]}", *between, f"from {ends[-2]}"] if len(edges) else ["any number"]


def _shares(counts: Counts) -> Floats:
    raised = counts + SMOOTHING
    return np.asarray(raised / raised.sum(), dtype=np.float64)


def _verdict(value: float, watch_from: float, drift_from: float, beyond: bool = False) -> Verdict:
    """`beyond`: a limit itself still passes (an index of 0 with a limit of 0 is no drift)."""
    if value > drift_from if beyond else value >= drift_from:
        return "drift"
    return "watch" if (value > watch_from if beyond else value >= watch_from) else "none"

"""Measures of many resamples of the same rows at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.arrays import Floats
from evaluation.probability import BINS, surprise

CELLS_AT_ONCE = 4_000_000
"""Times that a row was drawn, held at one time: 32 MB of floats."""


@dataclass(frozen=True, eq=False)
class Resampled:
    """Measures of R resamples: `confusion` [R, 4] (`evaluation.confusion`), the others [R].

    `ks`: of the resamples that have both classes; None where the rows have not. `calibration_by_chance`: the error that
    outcomes drawn from the PDs themselves have, which is of a calibrated model.
    """

    confusion: Floats
    brier: Floats
    absolute: Floats
    log_loss: Floats
    calibration: Floats
    calibration_by_chance: Floats
    ks: Floats | None


def times_drawn(rows: int, resamples: int, generator: np.random.Generator) -> Floats:
    """How often each of the rows is drawn [R, N] when as many as there are are drawn again."""
    drawn = generator.integers(0, rows, (resamples, rows), dtype=np.int32)
    flat = (drawn + np.arange(resamples)[:, None] * rows).ravel()
    return np.bincount(flat, minlength=resamples * rows).reshape(resamples, rows).astype(np.float64)


def resampled(outcomes: Floats, pd: Floats, threshold: float, resamples: int, seed: int) -> Resampled:
    """Measures of resamples of outcomes [N] and PDs [N].

    Each draws from all rows, so that it has more or fewer defaults: on other customers there are, too. The calibration
    error's bins are those of the rows themselves, in every resample.
    """
    order = np.argsort(pd, kind="stable")
    outcomes, pd = outcomes[order], pd[order]
    generator = np.random.default_rng(seed)
    columns, bins = _columns(outcomes, pd, threshold)
    both = 0 < outcomes.sum() < len(outcomes)
    last = np.append(np.flatnonzero(np.diff(pd)), len(pd) - 1)  # equal PDs count together
    sums, gaps = [], []
    step = max(1, CELLS_AT_ONCE // len(pd))
    for start in range(0, resamples, step):
        times = times_drawn(len(pd), min(step, resamples - start), generator)
        sums.append(times @ columns)
        if both:
            gaps.append(_largest_gaps(times, outcomes, last))
    found = np.concatenate(sums)
    n = len(pd)
    calibration = np.abs(found[:, 7 : 7 + bins]).sum(axis=1) / n
    ks = np.concatenate(gaps) if both else None
    by_chance = _by_chance(pd, resamples, generator)
    return Resampled(found[:, :4], found[:, 4] / n, found[:, 5] / n, found[:, 6] / n, calibration, by_chance, ks)


def _by_chance(pd: Floats, resamples: int, generator: np.random.Generator) -> Floats:
    """Calibration errors [R] of calibrated PDs: of a bin's defaults, whose number is about normal."""
    bin_of = _bins(pd)
    spread = np.sqrt(np.bincount(bin_of, weights=pd * (1 - pd)))
    found: Floats = np.abs(generator.standard_normal((resamples, len(spread))) * spread).sum(axis=1) / len(pd)
    return found


def _bins(pd: Floats) -> NDArray[np.intp]:
    """The bin of each row [N], as `evaluation.probability.calibration_bins`."""
    edges = np.quantile(pd, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.unique(np.searchsorted(edges, pd, side="right"), return_inverse=True)[1].astype(np.intp)


def _largest_gaps(times: Floats, outcomes: Floats, last: NDArray[np.intp]) -> Floats:
    """KS of the resamples that have both classes. `times` [R, N] is used up; `last`: of equal PDs the last row."""
    defaults = times @ outcomes
    both = (defaults > 0) & (defaults < len(outcomes))
    times, defaults = times[both], defaults[both, None]
    times *= np.where(outcomes == 1, 1 / defaults, -1 / (len(outcomes) - defaults))
    found: Floats = np.abs(np.cumsum(times, axis=1, out=times)[:, last]).max(axis=1)
    return found


def _columns(outcomes: Floats, pd: Floats, threshold: float) -> tuple[Floats, int]:
    """What is summed over rows [N, 7 + bins]: counts, errors, and in each bin of similar PDs PD less outcome."""
    positive = pd >= threshold
    counts = [outcomes * positive, (1 - outcomes) * positive, (1 - outcomes) * ~positive, outcomes * ~positive]
    errors = [(pd - outcomes) ** 2, np.abs(pd - outcomes), surprise(outcomes, pd)]
    bin_of = _bins(pd)
    in_bin = [(bin_of == each) * (pd - outcomes) for each in np.unique(bin_of)]
    return np.column_stack(counts + errors + in_bin), len(in_bin)

"""The table of deciles, as scorecards are judged by: riskiest customers first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.intervals import Estimate, wilson
from evaluation.probability import BINS, probabilities_of


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the customers, `number` 1 the riskiest.

    `bad_rate`: its defaults over its customers, with Wilson's interval; `captured`: the share of all defaults in it and
    in the riskier ones (cumulative gain), `refused_good`: the share of all non-defaults in them; `ks`: the difference
    of these two; `lift`: its bad rate over everybody's, `cumulative_lift`: that of it and the riskier ones together.
    Shares of a class that nobody belongs to, and what follows from them, are None.
    """

    number: int
    n: int
    lowest_pd: float
    highest_pd: float
    mean_pd: float
    defaults: int
    bad_rate: Estimate
    captured: float | None
    refused_good: float | None
    ks: float | None
    lift: float | None
    cumulative_lift: float | None


def decile_table(
    defaulted: npt.ArrayLike, pd: npt.ArrayLike, deciles: int = BINS, confidence: float = 0.95
) -> tuple[Decile, ...]:
    """Outcomes [N] by PD [N] in at most `deciles` groups of equal count. ValueError as `probabilities_of`.

    Equal PDs share a group, so that the order of the rows makes no difference; there are fewer groups then.
    N. Siddiqi, Credit Risk Scorecards (2006), chapter 6, on such gains tables.
    """
    outcomes, probabilities = probabilities_of(defaulted, pd)
    edges = np.quantile(probabilities, np.linspace(0, 1, deciles + 1)[1:-1])
    of_row = np.searchsorted(edges, probabilities, side="right")
    n, bad = len(outcomes), outcomes.sum()
    seen, seen_bad, table = 0, 0, []
    for number, group in enumerate(np.unique(of_row)[::-1], start=1):
        rows = of_row == group
        defaults, size, chosen = int(outcomes[rows].sum()), int(rows.sum()), probabilities[rows]
        seen, seen_bad = seen + size, seen_bad + defaults
        captured = seen_bad / bad if bad else None
        refused_good = (seen - seen_bad) / (n - bad) if bad < n else None
        table.append(
            Decile(
                number=number,
                n=size,
                lowest_pd=float(chosen.min()),
                highest_pd=float(chosen.max()),
                mean_pd=float(chosen.mean()),
                defaults=defaults,
                bad_rate=wilson(defaults, size, confidence),
                captured=_float(captured),
                refused_good=_float(refused_good),
                ks=None if captured is None or refused_good is None else float(captured - refused_good),
                lift=float(defaults / size / (bad / n)) if bad else None,
                cumulative_lift=float(seen_bad / seen / (bad / n)) if bad else None,
            )
        )
    return tuple(table)


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)

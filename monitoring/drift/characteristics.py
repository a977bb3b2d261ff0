"""Drift of one feature (a characteristic, in scorecards): tests, PSI, missing values, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evaluation.arrays import Floats
from monitoring.drift.columns import Both, Categories, Labels, Numbers
from monitoring.drift.index import Index, index, index_of_numbers
from monitoring.drift.options import FEWEST_VALUES, Options
from monitoring.drift.two_samples import (
    Corrected,
    Tested,
    corrected_by_name,
    kolmogorov_smirnov,
    same_shares,
)
from monitoring.drift.verdicts import Severity, Verdict, by_size

MOST_CELLS = 50
"""Categories that PSI tells apart; the rarer ones are one cell."""
MOST_NAMED = 20
IDENTIFIER_SHARE = 0.5
"""Text with more distinct values than this share of the rows names rows; it has no distribution to compare."""

OTHERS = "(all others)"


@dataclass(frozen=True, slots=True)
class Middle:
    """Mean, median and standard deviation of the numbers of one side; None where there are none."""

    mean: float | None
    median: float | None
    deviation: float | None


@dataclass(frozen=True, slots=True)
class PointShift:
    """What the change of this feature does to the mean score, in points (up is better), with its 95% interval.

    The mean contribution of the feature to the score, of the current rows less of the reference rows.
    """

    value: float
    low: float
    high: float
    log_odds: float


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """One feature. `changed`: whether any corrected test says so; the verdict also weighs how much (PSI).

    `verdict`: None when it cannot be judged, `unsaid` says why. `csi`: the characteristic stability index, which is
    PSI of this characteristic. `direction`: of numbers. `new`, `vanished`: categories of one side only, the most
    frequent first, `n_new` and `n_vanished` how many.
    """

    feature: str
    kind: Literal["number", "category"]
    verdict: Verdict | None
    severity: Severity
    changed: bool
    n_reference: int
    n_current: int
    missing_reference: float
    missing_current: float
    tests: Mapping[str, Corrected]
    csi: Index | None
    direction: Literal["up", "down", "same"] | None = None
    reference: Middle | None = None
    current: Middle | None = None
    new: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    n_new: int = 0
    n_vanished: int = 0
    points: PointShift | None = None
    unsaid: str | None = None


def characteristics(features: Mapping[str, Both], options: Options) -> tuple[FeatureDrift, ...]:
    """Every feature that both sides have; all their tests are corrected together."""
    drafts = {name: _draft(name, both, options) for name, both in features.items() if both.reference and both.current}
    tests = {name: found for name, (draft, found) in drafts.items() if draft.unsaid is None}
    adjusted = corrected_by_name(tests, options.correction)
    return tuple(_judged(draft, found, adjusted, options) for draft, found in drafts.values())


def _draft(name: str, both: Both, options: Options) -> tuple[FeatureDrift, dict[str, Tested]]:
    if isinstance(both.reference, Numbers) and isinstance(both.current, Numbers):
        return _numbers(name, both.reference.values, both.current.values, options)
    if isinstance(both.reference, Categories) and isinstance(both.current, Categories):
        return _categories(name, both.reference.values, both.current.values, options)
    raise AssertionError("both sides of a column are of one kind")


def _numbers(name: str, reference: Floats, current: Floats, options: Options) -> tuple[FeatureDrift, dict[str, Tested]]:
    known = [each[~np.isnan(each)] for each in (reference, current)]
    tests: dict[str, Tested | None] = {"missing": _missing(reference, current, known)}
    found = index_of_numbers(reference, current, options)
    if len(known[0]) and len(known[1]):
        tests |= {"kolmogorov_smirnov": kolmogorov_smirnov(*known), "psi": found.tested}
    middles = [_middle(each) for each in known]
    draft = FeatureDrift(
        feature=name,
        kind="number",
        verdict=None,
        severity="none",
        changed=False,
        n_reference=len(known[0]),
        n_current=len(known[1]),
        missing_reference=1 - len(known[0]) / len(reference),
        missing_current=1 - len(known[1]) / len(current),
        tests={},
        csi=found,
        direction=_direction(*middles),
        reference=middles[0],
        current=middles[1],
        unsaid=_unsaid(len(known[0]), len(known[1]), len(reference), len(current)),
    )
    return draft, {key: each for key, each in tests.items() if each is not None}


def _categories(
    name: str, reference: Labels, current: Labels, options: Options
) -> tuple[FeatureDrift, dict[str, Tested]]:
    known = [[str(each) for each in side if each is not None] for side in (reference, current)]
    counts = [Counter(each) for each in known]
    labels = sorted(counts[0].keys() | counts[1].keys(), key=lambda each: (-counts[0][each] - counts[1][each], each))
    unsaid = _unsaid(len(known[0]), len(known[1]), len(reference), len(current))
    identifies = len(labels) > max(IDENTIFIER_SHARE * (len(known[0]) + len(known[1])), MOST_CELLS)
    if identifies and unsaid is None:
        unsaid = f"{len(labels):,} different values in {len(known[0]) + len(known[1]):,} rows: this looks like an id"
    kept = labels[:MOST_CELLS]
    missing = [len(side) - len(each) for side, each in zip((reference, current), known, strict=True)]
    cells = [
        np.array([*(each[label] for label in kept), sum(each[label] for label in labels[MOST_CELLS:]), gap], np.int64)
        for each, gap in zip(counts, missing, strict=True)
    ]
    tests: dict[str, Tested | None] = {"missing": _missing(reference, current, known)}
    if known[0] and known[1]:
        every = [np.array([each[label] for label in labels], dtype=np.int64) for each in counts]
        shares = same_shares(*every)
        tests[shares.test if shares else "chi_squared"] = shares
    new, vanished = ([each for each in labels if each not in counts[side]] for side in (0, 1))
    draft = FeatureDrift(
        feature=name,
        kind="category",
        verdict=None,
        severity="none",
        changed=False,
        n_reference=len(known[0]),
        n_current=len(known[1]),
        missing_reference=missing[0] / len(reference),
        missing_current=missing[1] / len(current),
        tests={},
        csi=index(cells[0], cells[1], [*kept, OTHERS, "missing"], options),
        new=tuple(new[:MOST_NAMED]) if known[0] else (),
        vanished=tuple(vanished[:MOST_NAMED]) if known[1] else (),
        n_new=len(new) if known[0] else 0,
        n_vanished=len(vanished) if known[1] else 0,
        unsaid=unsaid,
    )
    return draft, {key: each for key, each in tests.items() if each is not None}


def _judged(
    draft: FeatureDrift, found: Mapping[str, Tested], adjusted: Mapping[tuple[str, str], float], options: Options
) -> FeatureDrift:
    if draft.unsaid is not None:
        return replace(
            draft, tests={name: Corrected.of(each, each.p_value, options.significance) for name, each in found.items()}
        )
    tests = {
        name: Corrected.of(each, adjusted[draft.feature, name], options.significance) for name, each in found.items()
    }
    changed = any(each.significant for each in tests.values())
    verdict, severity = by_size(changed, draft.csi.value if draft.csi else 0.0, options)
    return replace(draft, verdict=verdict, severity=severity, changed=changed, tests=tests)


def _missing(
    reference: Floats | Labels, current: Floats | Labels, known: list[Floats] | list[list[str]]
) -> Tested | None:
    filled = [len(known[0]), len(known[1])]
    rows = [len(reference), len(current)]
    if filled == rows:
        return None
    sides = [np.array([n, all_rows - n], dtype=np.int64) for n, all_rows in zip(filled, rows, strict=True)]
    return same_shares(*sides)


def _unsaid(known_reference: int, known_current: int, n_reference: int, n_current: int) -> str | None:
    """Why nothing is concluded. A side of enough rows that are all empty is judged: by its missing values."""
    if min(n_reference, n_current) < FEWEST_VALUES:
        return f"too few rows ({n_reference:,} before, {n_current:,} now; {FEWEST_VALUES} of each are needed)"
    if not known_reference and not known_current:
        return "no value on either side"
    few = [each for each in (known_reference, known_current) if 0 < each < FEWEST_VALUES]
    if few and known_reference / n_reference < 0.5 and known_current / n_current < 0.5:
        return f"too few values ({known_reference:,} before, {known_current:,} now; {FEWEST_VALUES} are needed)"
    return None


def _middle(values: Floats) -> Middle:
    if not len(values):
        return Middle(None, None, None)
    return Middle(float(values.mean()), float(np.median(values)), float(values.std()))


def _direction(reference: Middle, current: Middle) -> Literal["up", "down", "same"] | None:
    for before, now in ((reference.median, current.median), (reference.mean, current.mean)):
        if before is None or now is None:
            return None
        if before != now:
            return "up" if now > before else "down"
    return "same"

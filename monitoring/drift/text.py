"""A drift report as a short table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from monitoring.cells import NONE, aligned, listed, number
from monitoring.drift.report import DriftReport
from monitoring.drift.windows import Window

MOST_LINES: Final = 15
"""Features that are shown, those that changed most first."""


def drift_text(name: str, report: DriftReport, windows: tuple[Window, ...] = ()) -> Iterator[str]:
    """Verdict, features, windows and what to do, line by line."""
    counted = f"{report.n_current:,} requests against {report.n_reference:,} customers of the validation set"
    yield f"{name}: {report.verdict or 'not judged'} ({counted})"
    yield report.summary
    ordered = sorted(report.features, key=lambda each: -each.csi.value if each.csi else 0.0)
    rows = [("feature", "verdict", "PSI", "by chance", "p adjusted", "missing before", "now")]
    for each in ordered[:MOST_LINES]:
        p_value = min((test.p_adjusted for test in each.tests.values()), default=None)
        rows.append(
            (
                each.feature,
                each.verdict or NONE,
                number(each.csi.value if each.csi else None),
                number(each.csi.by_chance_95 if each.csi else None),
                NONE if p_value is None else f"{p_value:.3g}",
                f"{each.missing_reference:.1%}",
                f"{each.missing_current:.1%}",
            )
        )
    if report.prediction:
        found = report.prediction
        p_value = min(test.p_adjusted for test in found.tests.values())
        chance = number(found.psi.by_chance_95)
        rows.append(("(PD)", found.verdict or NONE, number(found.psi.value), chance, f"{p_value:.3g}", NONE, NONE))
    if len(rows) > 1:
        yield from aligned(rows)
    if len(ordered) > MOST_LINES:
        yield f"and {len(ordered) - MOST_LINES:,} more features"
    if windows:
        yield from aligned([("from", "requests", "verdict", "PSI of the PD", "mean PD"), *map(_window, windows)])
    told = [each for each in report.findings if each.verdict in ("watch", "drift")][:MOST_LINES]
    yield from listed("What to do", [f"{each.about}: {each.says}. {each.advice}" for each in told])


def _window(each: Window) -> tuple[str, ...]:
    score = each.score
    psi, mean = (number(score.psi), number(score.mean_pd)) if score else (NONE, NONE)
    return each.start, f"{each.n:,}", each.verdict or NONE, psi, mean

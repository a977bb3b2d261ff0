"""Measures as text, and text in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluation.discrimination import Auc
from evaluation.intervals import Difference, Estimate

NONE = "-"


def aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    """A title and its lines, if there are any."""
    if lines:
        yield title
        yield from (f"  {line}" for line in lines)


def number(value: float | None) -> str:
    """A measure to four digits."""
    return NONE if value is None else f"{value:.4f}"


def interval(estimate: Auc | Estimate | None, digits: int = 3) -> str:
    """A measure with its confidence interval."""
    if estimate is None:
        return NONE
    return f"{estimate.value:.{digits}f} ({estimate.low:.{digits}f} to {estimate.high:.{digits}f})"


def change(change: Difference | None) -> str:
    """A difference with its confidence interval and p-value."""
    if change is None:
        return NONE
    return f"{change.value:+.4f} ({change.low:+.4f} to {change.high:+.4f}, p = {change.p_value:.3g})"


def share(rate: Estimate | None) -> str:
    """A share in per cent with its confidence interval."""
    return NONE if rate is None else f"{rate.value:.1%}, 95%: {rate.low:.1%} to {rate.high:.1%}"

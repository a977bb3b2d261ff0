"""What would have changed a decision: the smallest changes of an applicant's values that do, found by scoring them.

Nothing is inferred from contributions: every alternative is an input that was scored. How small a change is, is the
share of plausible values that lie between the old and the new one (the percentile shift of B. Ustun, A. Spangher and
Y. Liu, Actionable Recourse in Linear Classification, FAT* 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from explanation.levers import Lever, moved
from scoring.features import Row

Inputs = Mapping[str, Row]
Scores = Callable[[Sequence[Inputs]], Sequence[float]]
"""Scores of inputs, NaN where there is none."""
MOST_CHANGES = 3
"""Features that change together where none alone is enough."""
MOST_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would have had to be another; `size` in [0, 1], the share of plausible values it passes."""

    lever: Lever
    value: float
    size: float


@dataclass(frozen=True, slots=True)
class Alternative:
    """Changes that would have been enough together, and the score they give."""

    changes: tuple[Change, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Scored:
    change: Change
    score: float


def alternatives(inputs: Inputs, levers: Sequence[Lever], scores: Scores, needed: float) -> tuple[Alternative, ...]:
    """The smallest changes that reach a score of `needed`, the smallest first; none if nothing plausible does.

    Of each feature alone the smallest; if none is enough, one combination of up to three, chosen greedily. Raises what
    `scores` raises.
    """
    tried = _tried(inputs, levers, scores)
    enough = list(_smallest(tried, needed))
    if enough:
        enough.sort(key=lambda each: (each.change.size, -each.score))
        return tuple(Alternative((each.change,), each.score) for each in enough[:MOST_ALTERNATIVES])
    combined = _combination(inputs, tried, levers, scores, needed)
    return (combined,) if combined else ()


def _tried(inputs: Inputs, levers: Sequence[Lever], scores: Scores) -> list[_Scored]:
    """Every candidate of every lever, alone. All are scored together."""
    changes = [Change(lever, value, lever.distance(value)) for lever in levers for value in lever.candidates]
    found = scores([moved(inputs, each.lever, each.value) for each in changes]) if changes else ()
    return [_Scored(change, score) for change, score in zip(changes, found, strict=True)]


def _smallest(tried: Sequence[_Scored], needed: float) -> Iterator[_Scored]:
    """Of each lever the smallest change that is enough."""
    best: dict[int, _Scored] = {}
    for each in tried:
        key = id(each.change.lever)
        if each.score >= needed and (key not in best or each.change.size < best[key].change.size):
            best[key] = each
    return iter(best.values())


def _combination(
    inputs: Inputs, tried: Sequence[_Scored], levers: Sequence[Lever], scores: Scores, needed: float
) -> Alternative | None:
    """Take the change that helps most, again and again, until the smallest of the next ones is enough."""
    changes: list[Change] = []
    reached, rest = inputs, list(levers)
    while len(changes) < MOST_CHANGES:
        usable = [each for each in tried if each.score == each.score]
        if not usable:
            return None
        step = _least(usable, needed)
        enough = step is not None
        step = step or max(usable, key=lambda each: (each.score, -each.change.size))
        changes.append(step.change)
        if enough:
            return _shrunk(inputs, changes, scores, needed, step.score)
        reached = moved(reached, step.change.lever, step.change.value)
        rest = [lever for lever in rest if lever is not step.change.lever]
        tried = _tried(reached, rest, scores)
    return None


def _shrunk(inputs: Inputs, changes: Sequence[Change], scores: Scores, needed: float, score: float) -> Alternative:
    """Make each change as small as the others allow, the largest first; what is not needed goes."""
    for large in sorted(changes, key=lambda each: -each.size):
        others = [each for each in changes if each is not large]
        found = _least(_tried(_after(inputs, others), [large.lever], scores), needed)
        if found is not None and found.change.size < large.size:
            changes = [found.change if each is large else each for each in changes]
            score = found.score
    while len(changes) > 1:
        fewer = [[each for each in changes if each is not gone] for gone in changes]
        found_scores = scores([_after(inputs, each) for each in fewer])
        enough = next(((each, s) for each, s in zip(fewer, found_scores, strict=True) if s >= needed), None)
        if enough is None:
            break
        changes, score = enough
    return Alternative(tuple(changes), score)


def _after(inputs: Inputs, changes: Sequence[Change]) -> Inputs:
    for each in changes:
        inputs = moved(inputs, each.lever, each.value)
    return inputs


def _least(tried: Sequence[_Scored], needed: float) -> _Scored | None:
    """The smallest change that is enough."""
    return min(_smallest(tried, needed), key=lambda each: each.change.size, default=None)

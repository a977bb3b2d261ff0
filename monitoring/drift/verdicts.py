"""What is concluded, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from monitoring.drift.options import Options

Verdict = Literal["none", "watch", "drift"]
Severity = Literal["none", "low", "moderate", "high"]
Action = Literal["nothing", "collect", "look at the source", "watch", "recalibrate", "retrain", "review the cut-off"]

RANK: Final[dict[Verdict | None, int]] = {None: -1, "none": 0, "watch": 1, "drift": 2}
WORSE: Final[dict[Severity, int]] = {"none": 0, "low": 1, "moderate": 2, "high": 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """One conclusion. `about`: a feature's name, "predictions", "outcomes" or "model"; `verdict`: None = not judged.

    `says`: what was seen; `advice`: what to do, in plain words; `action`: the same as one of a few words.
    """

    about: str
    verdict: Verdict | None
    severity: Severity
    says: str
    action: Action
    advice: str


def worst(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """The gravest of them; None where nothing was judged."""
    return max(verdicts, key=RANK.__getitem__, default=None)


def gravest(severities: Iterable[Severity]) -> Severity:
    """The highest of them."""
    return max(severities, key=WORSE.__getitem__, default="none")


def by_size(changed: bool, psi: float, options: Options) -> tuple[Verdict, Severity]:
    """The verdict on a distribution: a change must be beyond chance, and PSI says how large it is.

    Beyond chance but small by PSI's custom: watch. With many rows every difference is beyond chance, with few rows PSI
    is large by chance alone: neither may raise an alarm by itself.
    """
    if not changed:
        return "none", "none"
    if psi < options.watch_from:
        return "watch", "low"
    return "drift", "moderate" if psi < options.drift_from else "high"

"""From the service's explanation of a score to the steps of a waterfall, and to reasons in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from console.words import number, points, spoken

MOST_STEPS: Final = 9
NEGLIGIBLE: Final = 0.05
"""Points that a figure with one decimal does not show."""


@dataclass(frozen=True, slots=True)
class Step:
    """One bar, in points. A total stands for itself."""

    label: str
    start: float
    end: float
    is_total: bool = False


def steps(explanation: Mapping[str, Any]) -> list[Step]:
    """The waterfall of an `explanation`, or of a laboratory model's SHAP values; its last step is the score."""
    listed = explanation["contributions"]
    times = Counter(each["feature"] for each in listed)
    parts = [(_label(each, times[each["feature"]] > 1), float(each["points"])) for each in listed]
    parts.sort(key=lambda pair: -abs(pair[1]))
    rest = [value for _, value in parts[MOST_STEPS:]]
    shown = parts[:MOST_STEPS]
    if rest:
        shown.append((f"{len(rest)} other factors", sum(rest)))
    for name, label in (("protected_points", "Protected features"), ("adjustment_points", "Rounding, limits")):
        if abs(explanation.get(name) or 0.0) >= NEGLIGIBLE:
            shown.append((label, float(explanation[name])))
    at = float(explanation["base_points"])
    found = [Step("Compared with", at, at, is_total=True)]
    for label, value in shown:
        found.append(Step(label, at, at + value))
        at += value
    return [*found, Step("Score", at, at, is_total=True)]


def of_person(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same shape from GET /api/v1/predictions/<id>/explanation; None where the score was not taken apart."""
    total = told.get("sum")
    return None if not total else {**total, "contributions": told["factors"]}


def reasons(codes: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Reason codes as sentences, the weightiest first."""
    return [f"{each['description']} ({points(each['points'], signed=True)} points)" for each in codes or ()]


def table(explanation: Mapping[str, Any]) -> list[dict[str, str]]:
    """All contributions, the largest first, for those who would rather read than look."""
    listed = sorted(explanation["contributions"], key=lambda each: -abs(each["points"]))
    return [
        {
            "Factor": spoken(each["feature"]),
            "Value": number(each.get("value")),
            "Points": points(each["points"], signed=True),
            **({"Model": each["model"]} if "model" in each else {}),
        }
        for each in listed
    ]


def _label(part: Mapping[str, Any], is_ambiguous: bool) -> str:
    name = spoken(part["feature"])
    return f"{name} ({part['model']})" if is_ambiguous else name

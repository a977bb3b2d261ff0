"""Numbers, names and decisions, written the same way on every page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

MODEL_TYPES: Final[Mapping[str, str]] = {
    "logistic_regression": "Logistic regression",
    "random_forest": "Random forest",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "dnn": "Neural network",
}
DECISIONS: Final[Mapping[str, str]] = {"approve": "Approved", "refer": "Referred to a person", "decline": "Declined"}
SMALL: Final = frozenset(("to", "of", "in", "and"))
ABSENT: Final = "—"
MINUS: Final = "\N{MINUS SIGN}"


def points(value: float | None, *, signed: bool = False) -> str:
    """Points with one decimal: 612.3, or with its sign: +12.3."""
    return ABSENT if value is None else f"{value:+.1f}".replace("-", MINUS) if signed else f"{value:.1f}"


def percent(value: float | None, decimals: int = 2) -> str:
    """A share in percent: 4.64%."""
    return ABSENT if value is None else f"{100 * value:.{decimals}f}%".replace("-", MINUS)


def number(value: object) -> str:
    """Any value: whole numbers with thousands, others with four significant digits."""
    if value is None or value == "":
        return ABSENT
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if value != value:  # NaN
        return ABSENT
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.4g}"


def interval(value: float | None, low: float | None, high: float | None) -> str:
    """A figure with its confidence interval: 0.770 (0.747 to 0.792)."""
    if value is None:
        return ABSENT
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


def spoken(name: str) -> str:
    """The name of a field as words: "payment_history" is "Payment history"; a column in capitals stays as it is."""
    if name.isupper():
        return name
    words = re.sub(r"[_\s]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def moment(stamp: str | None) -> str:
    """A time stamp for people: 22 Nov 2026 08:56 UTC."""
    if not stamp:
        return ABSENT
    return f"{datetime.fromisoformat(stamp):%d %b %Y %H:%M} UTC"


def kind_of_customer(answer: Mapping[str, Any]) -> str:
    """Why these models scored: existing or new."""
    if answer.get("customer_type") == "existing":
        return "Existing customer: the service holds this customer, so the models for existing customers answered."
    return "New customer: the service did not hold this customer, so the model for new customers answered."


def sentence(text: str) -> str:
    """The same with a capital and a full stop."""
    text = text.strip()
    return text if not text else f"{text[0].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")


def plain(text: object) -> str:
    """Text of others for a Markdown field: nothing in it is a link, a picture, a formula or a colour."""
    return re.sub(r"([\\`*_\[\]<>$:!|~#])", r"\\\1", str(text))

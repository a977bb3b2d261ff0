"""What the pictures share: one style, PNG out, labels that fit. matplotlib without its global state."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

RAISES, LOWERS, NEUTRAL = "#c8553d", "#2f6f9f", "#6b7280"
"""What raises the PD, what lowers it, what does neither."""
DIVERGING: Final = "RdBu_r"
UNIT: Final = "log-odds of default"
LONGEST_LABEL = 34
MOST_BARS = 15
_DPI = 110
_STYLE: Final[dict[Any, Any]] = {
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.edgecolor": "#9ca3af",
    "axes.labelcolor": "#374151",
    "xtick.color": "#374151",
    "ytick.color": "#374151",
}


def style() -> Any:
    """A context in which figures are made and drawn."""
    from matplotlib import rc_context

    return rc_context(_STYLE)


def figure(width: float, height: float) -> Any:
    """An empty figure; sizes in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=_DPI, layout="constrained")


def png(drawn: Any) -> bytes:
    """The picture of a figure; the same figure makes the same bytes."""
    out = io.BytesIO()
    drawn.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def short(text: str, longest: int = LONGEST_LABEL) -> str:
    """A label that fits; a dollar sign is one, and not the start of a formula."""
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return cut.replace("$", r"\$")


def shown(value: float | str | None) -> str:
    """A feature's value in a label."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


def colours(values: Sequence[float]) -> list[str]:
    """A colour for each contribution."""
    return [RAISES if each > 0 else LOWERS if each < 0 else NEUTRAL for each in values]

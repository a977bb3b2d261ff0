"""The charts, in one look: blue raises, orange lowers, and every bar carries its figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

from console.explained import Step
from console.words import DECISIONS, points, spoken

RAISES, LOWERS, TOTAL, QUIET = "#1f6fa8", "#c2571a", "#33424f", "#8a98a4"
DECISION_COLOURS: Final = {"approve": "#1c6e48", "refer": "#b57400", "decline": "#a3262c"}
DECISION_SHAPES: Final = {"approve": "circle", "refer": "square", "decline": "triangle-down"}
ROW: Final = 30
LONGEST_LABEL: Final = 165
WHEN: Final = "timeFormat(toDate(datum.value), '%d %b %Y')"


def waterfall(steps: Sequence[Step]) -> alt.LayerChart:
    """From the applicant compared with, factor by factor, to the score, in points."""
    rows = [
        {
            "order": i,
            "factor": step.label,
            "from": step.start,
            "to": step.end,
            "at": max(step.start, step.end),
            "colour": TOTAL if step.is_total else RAISES if step.end >= step.start else LOWERS,
            "label": points(step.end) if step.is_total else points(step.end - step.start, signed=True),
        }
        for i, step in enumerate(steps)
    ]
    low = min(min(step.start, step.end) for step in steps)
    high = max(max(step.start, step.end) for step in steps)
    margin = max(8.0, 0.16 * (high - low))
    for row in rows:
        if steps[int(row["order"])].is_total:  # type: ignore[call-overload]  # it is the index set above
            row["from"] = low - margin / 2
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("factor:N", sort=alt.SortField("order"), title=None, axis=_names()),
        tooltip=[alt.Tooltip("factor:N", title="Factor"), alt.Tooltip("label:N", title="Points")],
    )
    across = alt.X(
        "from:Q",
        title="Points",
        axis=alt.Axis(tickCount=8),
        scale=alt.Scale(domain=[low - margin / 2, high + margin], nice=False, zero=False),
    )
    bars = base.mark_bar(height=ROW * 0.6).encode(x=across, x2="to:Q", color=alt.Color("colour:N", scale=None))
    labels = base.mark_text(align="left", dx=5, color=TOTAL).encode(x="at:Q", text="label:N")
    return _framed(bars + labels, len(rows))


def bars(rows: Sequence[Mapping[str, Any]], title: str, digits: int = 1) -> alt.LayerChart:
    """Horizontal bars of {name, value}; the order of `rows` from above."""
    listed = [
        {"order": i, "label": f"{row['value']:.{digits}f}", **row, "name": spoken(row["name"])}
        for i, row in enumerate(rows)
    ]
    base = alt.Chart(pd.DataFrame(listed)).encode(
        y=alt.Y("name:N", sort=alt.SortField("order"), title=None, axis=_names())
    )
    drawn = base.mark_bar(height=ROW * 0.6, color=RAISES).encode(
        x=alt.X("value:Q", title=title), tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title=title)]
    )
    return _framed(
        drawn + base.mark_text(align="left", dx=4, color=TOTAL).encode(x="value:Q", text="label:N"), len(listed)
    )


def estimates(
    rows: Sequence[Mapping[str, Any]], title: str, *, percent: bool = False, line: float | None = None
) -> alt.LayerChart:
    """Points with their intervals of {name, value, low, high}; `line`: a bound to compare with."""
    listed = [{"order": i, **row} for i, row in enumerate(rows)]
    axis = alt.Axis(format=".0%") if percent else alt.Axis()
    base = alt.Chart(pd.DataFrame(listed)).encode(
        y=alt.Y("name:N", sort=alt.SortField("order"), title=None, axis=_names()),
        tooltip=[alt.Tooltip(f"{name}:Q", format=".1%" if percent else ".3f") for name in ("value", "low", "high")],
    )
    layers = base.mark_rule(color=RAISES, strokeWidth=2).encode(
        x=alt.X("low:Q", title=title, axis=axis, scale=alt.Scale(zero=False)), x2="high:Q"
    ) + base.mark_point(filled=True, size=80, color=RAISES, opacity=1).encode(x="value:Q")
    if line is not None:
        at = alt.Chart(pd.DataFrame([{"at": line}])).mark_rule(color=LOWERS, strokeDash=[5, 4], strokeWidth=2)
        layers = layers + at.encode(x="at:Q")
    return _framed(layers, len(listed))


def history(rows: Sequence[Mapping[str, Any]]) -> alt.LayerChart:
    """Scores over time, {timestamp, score, decision}; each decision has its colour and its shape."""
    base = alt.Chart(pd.DataFrame(list(rows))).encode(
        x=alt.X(
            "timestamp:O", title=None, axis=alt.Axis(labelOverlap=True, labelAngle=0, labelExpr=WHEN, labelFlush=True)
        ),
        y=alt.Y("score:Q", title="Points", scale=alt.Scale(zero=False, padding=12)),
    )
    names = [DECISIONS[name] for name in DECISION_COLOURS]
    marks = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color(
            "decision:N", title="Decision", scale=alt.Scale(domain=names, range=list(DECISION_COLOURS.values()))
        ),
        shape=alt.Shape(
            "decision:N", title="Decision", scale=alt.Scale(domain=names, range=list(DECISION_SHAPES.values()))
        ),
        tooltip=[
            alt.Tooltip("score:Q", format=".1f"),
            "decision:N",
            "when:N",
        ],
    )
    return _styled((base.mark_line(color=QUIET) + marks).properties(height=280, width="container"))


def over_time(rows: Sequence[Mapping[str, Any]], title: str) -> alt.LayerChart:
    """One line for each feature, of {start, name, value}."""
    base = alt.Chart(pd.DataFrame(list(rows))).encode(
        x=alt.X("start:O", title=None),
        y=alt.Y("value:Q", title=title),
        color=alt.Color("name:N", title=None, legend=alt.Legend(columns=2, labelLimit=LONGEST_LABEL)),
        tooltip=["name:N", "start:O", alt.Tooltip("value:Q", format=".3f")],
    )
    return _styled((base.mark_line() + base.mark_point(filled=True, size=60)).properties(height=280, width="container"))


def _names() -> alt.Axis:
    return alt.Axis(labelLimit=LONGEST_LABEL, ticks=False, domain=False)


def _framed(chart: alt.LayerChart, rows: int) -> alt.LayerChart:
    return _styled(chart.properties(height=ROW * rows + 70, width="container"))


def _styled(chart: alt.LayerChart) -> alt.LayerChart:
    styled: alt.LayerChart = (
        chart.configure_view(strokeWidth=0)
        .configure_axis(labelFontSize=13, titleFontSize=13, titleFontWeight="normal", gridColor="#e4eaee")
        .configure_legend(orient="bottom", labelFontSize=13, titleFontSize=13)
        .configure_text(fontSize=13)
    )
    return styled

"""Reports on predictions in service: champion against challenger and shadow, and how predictions came true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from console import notices, session
from console.client import Json
from console.pages.card import metric_name
from console.problems import Failed
from console.words import number, percent, plain, spoken


def comparison() -> None:
    """Champion against challenger (others' customers) and against shadow (the same customers)."""
    report = _report("comparison", "Compare")
    if report is None:
        return
    for each in report["splits"]:
        st.markdown(f"**{plain(each['champion']['route'])} and its challenger**")
        _sides([("Champion", each["champion"]), ("Challenger", each["challenger"])])
    for each in report["pairings"]:
        _flat(each, "Champion and shadow")
    _notes(report)


def performance() -> None:
    """How predictions came true, by model version and by month."""
    report = _report("performance", "Make the report")
    if report is None:
        return
    rows = [_group(each) for each in (report["total"], *report["by_version"], *report["by_month"])]
    st.dataframe(rows, width="stretch", hide_index=True)
    unsaid = report["total"]["unsaid"]
    if unsaid:
        st.info("\n".join(f"- {plain(each)}" for each in unsaid), icon=":material/hourglass_empty:")
    rate = report["overrides"]["rate"]
    if rate:
        st.caption(f"People decided otherwise in {percent(rate['value'])} of the predictions.")
    _notes(report)


def _report(name: str, label: str) -> Json | None:
    months = st.slider(
        "Outcome window in months", 1, 36, 12, key=f"months {name}", help="After which an outcome is final."
    )
    if st.button(label, key=f"make {name}", icon=":material/insights:"):
        service = session.laboratory()
        session.ask(name, lambda: service.get(f"/api/v1/reports/{name}", maturity_months=months), "Reading the records")
    found = session.answer(name)
    if isinstance(found, Failed):
        notices.problem(found)
        return None
    if found is not None:
        st.caption(f"{found['predictions']:,} predictions until {plain(found['on'])}.")
    return None if found is None else dict(found)


def _group(each: Json) -> dict[str, str]:
    ranking = each.get("ranking") or {}
    return {
        "Group": each["name"],
        "Predictions": number(each["predictions"]),
        "Outcomes": number(each["outcomes"]),
        "Defaults": number(each["defaults"]),
        **{metric_name(name): _estimate(ranking.get(name)) for name in ("auc", "gini", "ks")},
    }


def _sides(sides: list[tuple[str, Json]]) -> None:
    names = dict.fromkeys(name for _, side in sides for name in side if name not in ("route", "unsaid"))
    st.dataframe(
        [
            {"Figure": metric_name(name), **{title: _estimate(side.get(name)) for title, side in sides}}
            for name in names
        ],
        width="stretch",
        hide_index=True,
    )


def _flat(each: Mapping[str, Any], title: str) -> None:
    st.markdown(f"**{plain(title)}**")
    rows = [{"Figure": spoken(name), "Value": _estimate(value)} for name, value in each.items() if name != "unsaid"]
    st.dataframe(rows, width="stretch", hide_index=True)


def _estimate(value: Any) -> str:
    """A figure, with its interval where there is one."""
    if isinstance(value, Mapping) and "value" in value:
        low, high = value.get("low"), value.get("high")
        bounds = "" if low is None or high is None else f" ({number(low)} to {number(high)})"
        return number(value["value"]) + bounds
    if isinstance(value, Mapping):
        return ", ".join(f"{spoken(str(name))} {_estimate(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_estimate(each) for each in value)
    return number(value)


def _notes(report: Json) -> None:
    for note in report["notes"]:
        st.caption(plain(note))

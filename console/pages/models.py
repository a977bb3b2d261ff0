"""Models: what serves, how good it is, what matters to it, and how it did in service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from console import charts, notices, session
from console.client import Json, part
from console.pages import card, reports
from console.problems import Failed
from console.words import moment, plain


def page() -> None:
    """The list, one model in detail, and the reports."""
    st.title("Models")
    try:
        listed = session.api().get("/api/v1/models")["models"]
    except Failed as failed:
        notices.problem(failed)
        st.button("Try again", icon=":material/refresh:")
        return
    _list(listed)
    one, compared, came_true = st.tabs(["One model", "Challenger", "Performance"])
    with one:
        _one([each["model"] for each in listed if each["loaded"]])
    with compared:
        reports.comparison()
    with came_true:
        reports.performance()


def _list(listed: list[Json]) -> None:
    rows = [
        {
            "Model": each["model"],
            "State": "serves" if each["loaded"] else "not loaded",
            "AUC": _auc(each.get("metrics") or {}),
            "Made with": each["framework"] or "",
            "Since": moment(each["created_at"]) if each["created_at"] else "",
            "Version": each["version"] or "",
        }
        for each in listed
    ]
    st.dataframe(rows, width="stretch", hide_index=True)
    absent = [each for each in listed if not each["loaded"]]
    if absent:
        said = "; ".join(f"{each['model']} {each['problem']}" for each in absent)
        st.warning(f"**Not loaded:** {plain(said)}.", icon=":material/warning:")


def _auc(metrics: Mapping[str, Any]) -> str:
    value = metrics.get("auc", metrics.get("auc_roc"))
    return "" if value is None else f"{value:.3f}"


def _one(names: list[str]) -> None:
    if not names:
        st.info("No model is loaded.", icon=":material/info:")
        return
    name = st.selectbox("Model", names)
    service = session.api()
    try:
        found = service.get(f"/api/v1/models/{part(name)}")
        importance = service.get(f"/api/v1/models/{part(name)}/feature-importance")
    except Failed as failed:
        notices.problem(failed)
        return
    st.caption(plain(f"Version {found['version']}, digest {found['digest'][:12]}…, made {moment(found['created_at'])}"))
    card.metrics(found)
    st.markdown("**What matters to it**")
    if importance["features"]:
        rows = [{"name": each["feature"], "value": each["points"]} for each in importance["features"][:15]]
        st.altair_chart(charts.bars(rows, "Points, mean of absolute contributions"), width="stretch")
        st.caption(f"Over {importance['applicants']:,} applicants.")
    else:
        st.caption("This model cannot say what matters to it.")
    card.card(found)
    card.features(found)

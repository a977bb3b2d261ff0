"""The answer to a drift check: verdict, what to do, how much each feature moved, over time."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from console import charts, notices
from console.client import Json
from console.words import number, percent, plain, spoken

MOST_LINES: Final = 6


def drifted(found: Json) -> None:
    """The whole report."""
    st.subheader("Verdict", divider="gray")
    notices.verdict(found["verdict"], found["summary"])
    st.caption(f"{found['n_current']:,} rows of now against {found['n_reference']:,} of before.")
    for each in found["findings"]:
        with st.expander(plain(f"{spoken(each['about'])}: {each['severity']} severity"), icon=_icon(each["verdict"])):
            st.markdown(plain(each["says"]))
            st.markdown(f"**What to do:** {plain(each['advice'])}")
    _features(found)
    if found["prediction"]:
        _scores(found["prediction"])
    if len(found.get("windows") or ()) > 1:
        _windows(found["windows"])
    elif found.get("windows"):
        st.caption("All requests lie in one window: there is nothing to show over time yet.")
    for note in found["notes"]:
        st.caption(plain(note))


def _icon(verdict: str) -> str:
    return ":material/warning:" if verdict == "drift" else ":material/visibility:"


def _features(found: Json) -> None:
    known = [each for each in found["features"] if each["csi"] and each["csi"].get("value") is not None]
    known.sort(key=lambda each: -each["csi"]["value"])
    if not known:
        return
    st.markdown("**How much each feature moved** (PSI; beyond chance it is drift from 0.1, large from 0.25)")
    rows = [{"name": each["feature"], "value": each["csi"]["value"]} for each in known[:20]]
    st.altair_chart(charts.bars(rows, "Population stability index", digits=3), width="stretch")
    st.dataframe([_row(each) for each in found["features"]], width="stretch", hide_index=True)


def _row(each: Json) -> dict[str, object]:
    before, now = each.get("reference") or {}, each.get("current") or {}
    tests = [name for name in ("kolmogorov_smirnov", "chi_squared", "fisher_exact") if name in each["tests"]]
    adjusted = each["tests"][tests[0]]["p_adjusted"] if tests else None
    return {
        "Feature": spoken(each["feature"]),
        "Verdict": {"none": "no drift", "watch": "watch", "drift": "drift"}.get(each["verdict"], each["verdict"]),
        "PSI": number(round(each["csi"]["value"], 3)) if each["csi"] else "",
        "p (adjusted)": "" if adjusted is None else "below 0.0001" if adjusted < 0.0001 else f"{adjusted:.4f}",
        "Median before": number(before.get("median")),
        "Median now": number(now.get("median")),
        "Missing now": percent(each["missing_current"], 1),
    }


def _scores(prediction: Json) -> None:
    st.markdown("**Predictions**")
    with st.container(horizontal=True, gap="medium"):
        st.metric("Mean PD before", percent(prediction["mean_pd_reference"]), width=160)
        st.metric("Mean PD now", percent(prediction["mean_pd_current"]), width=160)
        for name, words in (("reference", "before"), ("current", "now")):
            rate = prediction.get(f"approval_rate_{name}")
            if rate:
                st.metric(f"Approval rate {words}", percent(rate["value"], 1), width=160)


def _windows(windows: list[Json]) -> None:
    st.markdown("**Over time**")
    rows: list[dict[str, Any]] = []
    last = windows[-1]["features"]
    names = sorted(last, key=lambda name: -(last[name].get("psi") or 0))[:MOST_LINES]
    for each in windows:
        for name in names:
            psi = each["features"].get(name, {}).get("psi")
            if psi is not None:
                rows.append({"start": each["start"], "name": spoken(name), "value": psi})
    st.altair_chart(charts.over_time(rows, "PSI"), width="stretch")

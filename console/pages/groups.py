"""The answer to a fairness analysis: approval rates by group, the four-fifths test, differences with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from console import charts, notices
from console.client import Json
from console.words import ABSENT, percent, plain, spoken

DIFFERENCES: Final = (
    "demographic_parity_difference",
    "statistical_parity_difference",
    "equal_opportunity_difference",
    "equalized_odds_difference",
    "predictive_parity_difference",
    "calibration_gap_difference",
)


def analysed(found: Json) -> None:
    """Attribute by attribute."""
    st.caption(f"{found['n']:,} people. {plain(found['convention'])}")
    for name, each in found["attributes"].items():
        st.subheader(spoken(name), divider="gray")
        _attribute(each, found)
    if found.get("intersection"):
        st.subheader("All attributes together", divider="gray")
        _attribute(found["intersection"], found)


def _attribute(each: Json, found: Json) -> None:
    ratio = each.get("disparate_impact")
    if ratio:
        _test(ratio)
    st.markdown("**Approval rate by group**, with its 95% interval")
    rows = [{"name": f"{group['group']} ({group['n']:,})", **group["selection_rate"]} for group in each["groups"]]
    best = max((row["value"] for row in rows if row["value"] is not None), default=None)
    line = 0.8 * _of_reference(each, best) if best else None
    st.altair_chart(charts.estimates(rows, "Approval rate", percent=True, line=line), width="stretch")
    if line is not None:
        st.caption(
            f"The dashed line is four fifths of the rate of the reference group, {plain(each['reference_group'])}."
        )
    small = [group["group"] for group in each["groups"] if group["small"]]
    if small:
        st.warning(plain(f"Fewer than {found['smallest_group']} people: {', '.join(small)}. Their figures say little."))
    table = [
        {
            "Difference": spoken(name.removesuffix("_difference")),
            "Value": _share(each.get(name)),
            "Meaning": found["definitions"].get(name, ""),
        }
        for name in DIFFERENCES
        if each.get(name)
    ]
    st.dataframe(table, width="stretch", hide_index=True)


def _test(ratio: Mapping[str, Any]) -> None:
    words = "passes" if ratio["passes_80_percent"] else "fails"
    sure = "" if ratio.get("certain") else " The interval holds both outcomes: more data are needed to be sure."
    notices.decision_like(
        bool(ratio["passes_80_percent"]),
        f"Four-fifths test: {plain(ratio['group'])} has {_share(ratio)} of the approval rate of "
        f"{plain(ratio['reference'])}: it {words}.{sure}",
    )


def _of_reference(each: Json, best: float) -> float:
    held = [group["selection_rate"]["value"] for group in each["groups"] if group["group"] == each["reference_group"]]
    return float(held[0]) if held and held[0] is not None else best


def _share(value: Mapping[str, Any] | None) -> str:
    """A share with its interval, in percent."""
    if not value or value.get("value") is None:
        return ABSENT
    said = percent(value["value"], 1)
    return said if value.get("low") is None else f"{said} ({percent(value['low'], 1)} to {percent(value['high'], 1)})"

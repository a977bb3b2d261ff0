"""A model's metrics with their intervals, its card, and its features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from console.client import Json
from console.words import ABSENT, interval, number, plain, spoken

NAMES: Final = {
    "auc": "AUC",
    "auc_roc": "AUC",
    "gini": "Gini",
    "ks": "KS",
    "brier": "Brier score",
    "f1": "F1",
    "rmse": "RMSE",
    "mae": "MAE",
    "psi": "PSI",
}


def metrics(found: Json) -> None:
    """Each figure with its interval, where the model's card has one, and what it was measured on."""
    carded = (found["card"] or {}).get("metrics") or {}
    rows = [_with_interval(name, each) for name, each in carded.items() if isinstance(each, Mapping)]
    told = {row["Figure"] for row in rows}
    for name, value in found["metrics"].items():
        is_bound = name.endswith(("_low", "_high"))
        if isinstance(value, int | float) and not is_bound and metric_name(name) not in told:
            rows.append({"Figure": metric_name(name), "Value": number(value), "95% interval": ABSENT})
    if not rows:
        st.caption("The model was published without figures.")
        return
    st.markdown("**How good it is**")
    st.dataframe(rows, width="stretch", hide_index=True)
    for text in dict.fromkeys(
        each["measured_on"] for each in carded.values() if isinstance(each, Mapping) and each.get("measured_on")
    ):
        st.caption(plain(f"Measured on {text}."))


def metric_name(name: str) -> str:
    """A metric as people write it."""
    if name.startswith("route_"):
        return f"{metric_name(name.removeprefix('route_'))} of the whole route"
    return NAMES.get(name, spoken(name))


def _with_interval(name: str, each: Mapping[str, Any]) -> dict[str, str]:
    low, high = each.get("low"), each.get("high")
    known = low is not None and high is not None
    value = each.get("value")
    said = interval(value, None, None) if isinstance(value, float) else number(value)
    return {"Figure": metric_name(name), "Value": said, "95% interval": f"{low:.3f} to {high:.3f}" if known else ABSENT}


def card(found: Json) -> None:
    """The model card in words; figures stand above it."""
    held = found["card"]
    with st.expander("Model card", expanded=False, icon=":material/description:"):
        if not held:
            st.markdown("This model was published without a card.")
            return
        for name, value in held.items():
            if name not in ("format", "metrics"):
                _told(spoken(name), value)


def _told(name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        st.markdown(f"**{plain(name)}**")
        st.markdown("\n".join(f"- {plain(spoken(key))}: {plain(_short(each))}" for key, each in value.items()))
    elif isinstance(value, list):
        st.markdown(f"**{plain(name)}**")
        st.markdown("\n".join(f"- {plain(_item(each))}" for each in value) or "- none")
    else:
        st.markdown(f"**{plain(name)}:** {plain(number(value))}")


def _item(value: Any) -> str:
    """An item of a list; a test that explains itself in a sentence is that sentence."""
    if isinstance(value, Mapping) and "explanation" in value:
        return f"{spoken(str(value.get('attribute', '')))}, {value.get('decided_by', '')}: {value['explanation']}"
    return _short(value)


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_short(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_short(each) for each in value)
    return number(value)


def features(found: Json) -> None:
    """What the model reads."""
    with st.expander(f"{len(found['features'])} features", icon=":material/list:"):
        st.dataframe(
            [
                {
                    "Feature": each["name"],
                    "From": number(each.get("minimum")),
                    "To": number(each.get("maximum")),
                    "Categories": ", ".join(each.get("categories") or ()),
                    "Needed": "yes" if each.get("required", True) else "no",
                    "Protected": "yes" if each.get("protected") else "no",
                }
                for each in found["features"]
            ],
            width="stretch",
            hide_index=True,
        )

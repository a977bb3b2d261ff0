"""Customer: a history of scores as a chart and a table, and any prediction of it in detail."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from console import charts, notices, session
from console.client import Json
from console.pages import record
from console.problems import Failed
from console.words import DECISIONS, moment, percent, points

PLACE: Final = "customer page"
"""Where the session keeps this page, so that others can lead to it."""
AT_ONCE: Final = 20


def open_record(customer_id: str, prediction_id: str) -> None:
    """Go to this page, with one prediction chosen."""
    st.session_state["customer id"], st.session_state["prediction id"] = customer_id, prediction_id
    st.session_state["cursors"] = []
    st.switch_page(st.session_state[PLACE])


def page() -> None:
    """Find a customer, or one prediction."""
    st.title("Customer")
    left, right = st.columns(2)
    customer_id = left.text_input("Customer id", st.session_state.get("customer id", ""), max_chars=128).strip()
    wanted = right.text_input(
        "Prediction id", st.session_state.get("prediction id", ""), help="May be left out."
    ).strip()
    if customer_id != st.session_state.get("customer id"):
        st.session_state["cursors"] = []
    st.session_state["customer id"], st.session_state["prediction id"] = customer_id, wanted
    if not customer_id and not wanted:
        st.info("Enter the id of a customer to see every score that this customer was given.", icon=":material/search:")
        return
    chosen = wanted
    if customer_id:
        try:
            chosen = _history(customer_id) or wanted
        except Failed as failed:
            notices.problem(failed)
            st.button("Try again", icon=":material/refresh:")
            return
    if wanted or chosen:
        record.show(wanted or chosen)


def _history(customer_id: str) -> str:
    """Draw the history; the prediction that is chosen there, or "". Raises Failed."""
    cursors: list[str] = st.session_state.setdefault("cursors", [])
    cursor = cursors[-1] if cursors else None
    found = session.api().get("/api/v1/search", customer_id=customer_id, limit=AT_ONCE, cursor=cursor)
    if not found["found"]:
        st.warning("The service does not know this customer.", icon=":material/person_off:")
        return ""
    history = found["history"]
    if not history:
        st.info("The service holds this customer, and has not scored it yet.", icon=":material/person:")
        return ""
    _latest(found["latest_prediction"], len(cursors))
    if drawn := [_point(each) for each in history if "decision" in each]:
        st.altair_chart(charts.history(drawn), width="stretch")
    if found["erased"]:
        st.caption(f"{found['erased']} erased predictions lie among these.")
    st.dataframe([_row(each) for each in history], width="stretch", hide_index=True)
    _turn(cursors, found["next_cursor"], len(history))
    first = len(cursors) * AT_ONCE + 1
    listed = {
        f"{i}. {moment(each['timestamp'])}: {points(each['credit_score'])} points": each
        for i, each in enumerate(history, first)
        if each["prediction_id"]
    }
    label = st.selectbox("Look at one prediction", list(listed), None, placeholder="Choose one of this page")
    return str(listed[label]["prediction_id"]) if label else ""


def _latest(latest: Json | None, turned: int) -> None:
    if latest and not turned:
        with st.container(horizontal=True, gap="medium"):
            st.metric("Latest score, points", points(latest["credit_score"]), width=160)
            st.metric("Given on", moment(latest["timestamp"])[:11], width=160)


def _turn(cursors: list[str], following: str | None, shown: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Newer", icon=":material/chevron_left:", disabled=not cursors):
            cursors.pop()
            st.rerun()
        if st.button("Older", icon=":material/chevron_right:", disabled=not following) and following:
            cursors.append(following)
            st.rerun()
        first = len(cursors) * AT_ONCE
        st.caption(f"Predictions {first + 1} to {first + shown}, the newest first")


def _point(each: Json) -> dict[str, Any]:
    return {
        "timestamp": each["timestamp"],
        "when": moment(each["timestamp"]),
        "score": each["credit_score"],
        "decision": DECISIONS[each["decision"]],
    }


def _row(each: Json) -> dict[str, str]:
    return {
        "When": moment(each["timestamp"]),
        "Points": points(each["credit_score"]),
        "Decision": DECISIONS.get(each.get("decision", ""), "not recorded"),
        "PD": percent(each.get("probability_of_default")),
        "Band": each.get("score_band") or "",
        "Models": ", ".join(each["models_used"]),
        "Prediction": each["prediction_id"] or "",
    }

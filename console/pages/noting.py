"""What became of a prediction: outcomes and overrides, read and noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import streamlit as st

from console import notices, session
from console.client import Json, part
from console.problems import Failed
from console.words import DECISIONS, moment, plain


def page(found: Json) -> None:
    """What is noted, and two forms to note more."""
    _noted(found)
    left, right = st.columns(2)
    with left:
        _outcome(found)
    with right:
        _override(found)


def _noted(found: Json) -> None:
    for each in found["outcomes"]:
        what = "defaulted" if each["defaulted"] else "did not default"
        st.markdown(f"- {plain(each['observed_on'])}: the customer **{what}** (noted {moment(each['noted_at'])}).")
    for each in found["overrides"]:
        decided = f"**{plain(DECISIONS.get(each['decision'], each['decision']))}** by {plain(each['user'])}"
        st.markdown(f"- {moment(each['noted_at'])}: {decided}: {plain(each['reason'])}")
    if not found["outcomes"] and not found["overrides"]:
        st.caption("Nothing is known of this prediction yet.")


def _outcome(found: Json) -> None:
    with st.form("outcome", enter_to_submit=False):
        st.markdown("**Note an outcome**")
        defaulted = st.radio("The customer", ["did not default", "defaulted"], horizontal=True) == "defaulted"
        day = st.date_input("Observed on", datetime.now(UTC).date(), format="YYYY-MM-DD")
        sent = st.form_submit_button("Note the outcome")
    body = {"prediction_id": found["prediction_id"], "defaulted": defaulted, "observed_on": str(day)}
    _answered("outcome", found, sent, lambda: session.api().post("/api/v1/outcomes", body))


def _override(found: Json) -> None:
    with st.form("override", enter_to_submit=False):
        st.markdown("**Decide otherwise**")
        decision = st.selectbox("Decision", list(DECISIONS), format_func=lambda name: DECISIONS[name])
        reason = st.text_input("Reason", max_chars=1_000)
        user = st.text_input("Who decides", max_chars=128)
        sent = st.form_submit_button("Note the decision")
    body: Mapping[str, str] = {"decision": decision, "reason": reason, "user": user}
    path = f"/api/v1/predictions/{part(found['prediction_id'])}/override"
    _answered("override", found, sent, lambda: session.api().post(path, body))


def _answered(name: str, found: Json, sent: bool, call: Callable[[], Json]) -> None:
    """Send where that was asked for, and say what came of it, also after the page was drawn again."""
    at = f"{name} {found['prediction_id']}"
    if sent:
        session.ask(at, call, "Noting")
        st.rerun()
    answer = session.answer(at)
    if isinstance(answer, Failed):
        notices.problem(answer)
    elif answer:
        st.success("Noted." if answer["recorded"] == "now" else "It was noted before.", icon=":material/check:")

"""The answer to a prediction: decision, score, probability, reasons, waterfall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from console import charts, explained, notices
from console.pages import customer
from console.words import kind_of_customer, percent, plain, points, spoken


def scored(answer: Mapping[str, Any]) -> None:
    """A bank customer's score."""
    st.subheader("Result", divider="gray")
    score = answer.get("aggregated_score", answer.get("score"))
    notices.decision(answer["decision"], plain(kind_of_customer(answer)))
    facts(
        {
            "Score, points": points(score),
            "Probability of default": percent(answer["probability_of_default"]),
            "Band": answer["score_band"],
            "Risk": spoken(answer["risk_level"]),
        }
    )
    for each in answer.get("degraded", ()):
        st.warning(f"**{plain(each['model'])} did not answer:** {plain(each['reason'])}", icon=":material/warning:")
    if models := answer.get("models"):
        said = ", ".join(f"{each['model']} {points(each['score'])} (weight {each['weight']:.0%})" for each in models)
        st.caption(plain(f"Combined from {said}."))
    why(answer)
    recorded(answer)


def facts(values: Mapping[str, str]) -> None:
    """Figures beside each other; on a narrow screen two in a row."""
    with st.container(horizontal=True, gap="medium"):
        for name, value in values.items():
            st.metric(name, value, width=160)


def why(answer: Mapping[str, Any]) -> None:
    """Reasons in words, and the waterfall that they come from."""
    if not answer.get("explanation"):
        st.caption("This score could not be taken apart into reasons.")
        return
    if reasons := explained.reasons(answer.get("reason_codes")):
        st.markdown("**What speaks most against a higher score**")
        st.markdown("\n".join(f"{i}. {plain(each)}" for i, each in enumerate(reasons, 1)))
    waterfall(answer["explanation"])


def waterfall(explanation: Mapping[str, Any]) -> None:
    """The chart, with what it shows in words."""
    st.markdown("**From the applicant compared with to this score, in points**")
    st.altair_chart(charts.waterfall(explained.steps(explanation)), width="stretch")
    st.caption("Blue raises the score, orange lowers it. The steps add up to the score.")
    with st.expander("As a table"):
        st.dataframe(explained.table(explanation), width="stretch", hide_index=True)


def recorded(answer: Mapping[str, Any]) -> None:
    """Where the record of it is."""
    if answer.get("stored") is False:
        st.warning(
            "The result waits in the outbox: the table is out of reach and gets it later.", icon=":material/inbox:"
        )
    st.caption(plain(f"Recorded as {answer['prediction_id']}"))
    if st.button("Open the record", icon=":material/open_in_new:"):
        customer.open_record(answer["customer_id"], answer["prediction_id"])

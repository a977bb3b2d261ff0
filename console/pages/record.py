"""One prediction: why, what would have changed it, the whole record, and what became of it."""

from __future__ import annotations

import streamlit as st

from console import explained, notices, session
from console.client import Json, part
from console.pages import noting
from console.problems import Failed
from console.words import DECISIONS, moment, number, percent, plain, points, sentence, spoken


def show(prediction_id: str) -> None:
    """Everything about one prediction."""
    service, path = session.api(), f"/api/v1/predictions/{part(prediction_id)}"
    try:
        found = service.get(path)
    except Failed as failed:
        notices.problem(failed)
        return
    st.subheader(f"Prediction of {moment(found['timestamp'])}", divider="gray")
    if found["erased"]:
        st.warning(
            "This prediction was erased at its customer's wish; only its decision is left.", icon=":material/delete:"
        )
        return
    _decided(found)
    why, held, became = st.tabs(["Why", "Record", "What became of it"])
    with why:
        _why(prediction_id)
    with held:
        _record(found)
    with became:
        noting.page(found)


def _decided(found: Json) -> None:
    overruled = found["decision_in_force"] != found["decision"]
    computed = (
        f"A person decided so; computed was: {DECISIONS.get(found['decision'], found['decision'])}. "
        if overruled
        else ""
    )
    pd = percent(found["probability_of_default"])
    said = f"{computed}{points(found['score'])} points, PD {pd}, {found['score_band']}."
    notices.decision(found["decision_in_force"], plain(said))


def _why(prediction_id: str) -> None:
    with st.spinner("Explaining"):
        try:
            told = session.laboratory().get(f"/api/v1/predictions/{part(prediction_id)}/explanation")
        except Failed as failed:
            notices.problem(failed)
            return
    from console.pages.scored import waterfall  # it leads to the customer's page, which leads here

    if parts := explained.of_person(told):
        waterfall(parts)
    st.markdown("\n".join(f"- {plain(factor['sentence'])}" for factor in told["factors"]))
    st.markdown("**What would have changed the decision**")
    if told["nothing_would_have_changed"]:
        st.markdown(plain(sentence(told["nothing_would_have_changed"])))
    elif not told["would_have_changed"]:
        st.markdown("Nothing had to change: there is no better decision.")
    for change in told["would_have_changed"]:
        st.markdown(f"- {plain(change['sentence'])}")
    with st.expander("As a letter to the person"):
        st.text("\n".join(told["text"]))


def _record(found: Json) -> None:
    st.markdown("**Scored by**")
    columns = {"model": "Model", "version": "Version", "weight": "Weight", "score": "Points"}
    st.dataframe(
        [{label: number(each[name]) for name, label in columns.items()} for each in found["models"]],
        width="stretch",
        hide_index=True,
    )
    st.markdown("**Inputs as they were scored**")
    st.dataframe(
        [
            {"Model": model, "Feature": spoken(name), "Value": number(value)}
            for model, values in found["inputs"].items()
            for name, value in values.items()
        ],
        width="stretch",
        hide_index=True,
    )
    for each in found["degraded"]:
        st.warning(plain(f"{each['model']} did not answer: {each['reason']}"), icon=":material/warning:")
    with st.expander("The record as it is held"):
        st.json(found, expanded=1)

"""A laboratory model explained: what matters to it, and why it says what it says of one applicant."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console import charts, forms, notices, session, settings_text
from console.client import Json
from console.pages.scored import facts, waterfall
from console.problems import Failed
from console.words import MODEL_TYPES, number, percent, plain, points, spoken


def page() -> None:
    """Choose a type; its newest model answers."""
    kind = st.selectbox("Model type", list(MODEL_TYPES), 2, format_func=MODEL_TYPES.__getitem__, key="explained type")
    if st.button("What matters to it", icon=":material/bar_chart:"):
        body = {"model_type": kind, "method": "shap", "scope": "global"}
        session.ask("explained", lambda: session.laboratory().post("/api/explain", body), "Explaining 100 customers")
    found = session.answer("explained")
    if isinstance(found, Failed):
        notices.problem(found)
    elif found:
        _overall(found)
    st.subheader("One applicant", divider="gray")
    _applicant(kind)


def _overall(found: Json) -> None:
    st.caption(plain(f"{MODEL_TYPES[found['model_type']]}, version {found['model_version']}"))
    rows = [{"name": each["feature"], "value": each["points"]} for each in found["features"][:15]]
    st.altair_chart(charts.bars(rows, "Points, mean of absolute SHAP values"), width="stretch")
    told = [
        {"Feature": spoken(each["feature"]), "How": each["direction"] or "by category"} for each in found["features"]
    ]
    with st.expander("In which direction"):
        st.dataframe(told, width="stretch", hide_index=True)


def _applicant(kind: str) -> None:
    found = session.answer("lab predict")
    wrong = forms.beside(found.errors, ["features."]) if isinstance(found, Failed) else {}
    with st.form("applicant"):
        given = st.text_area(
            "Features",
            "age = 35\nincome = 75000\ncredit_score = 720",
            height=130,
            help="What is left out is imputed and listed.",
        )
        for name, message in wrong.items():
            st.markdown(f":red[:material/error: {plain(name)}: {plain(message)}]")
        asked = st.form_submit_button("Predict and explain", icon=":material/calculate:")
    if asked:
        _predict(kind, given)
    if isinstance(found, Failed):
        notices.problem(found, {each.field for each in found.errors})
    elif found:
        _predicted(found)


def _predict(kind: str, given: str) -> None:
    try:
        features: dict[str, Any] = dict(settings_text.hyperparameters(given))
    except ValueError as error:
        st.session_state["answer lab predict"] = settings_text.failed(str(error))
        st.rerun()
    body = {"model_type": kind, "features": features, "explain": True}
    session.ask("lab predict", lambda: session.laboratory().post("/api/predict", body), "Predicting and explaining")
    st.rerun()


def _predicted(found: Json) -> None:
    is_refused = bool(found["prediction"])
    pd, limit = percent(found["probability_of_default"]), percent(found["threshold"])
    said = f"Probability of default {pd}; the limit is {limit}."
    notices.decision("decline" if is_refused else "approve", plain(said))
    facts(
        {
            "Score, points": points(found["score"]),
            "Probability of default": percent(found["probability_of_default"]),
        }
    )
    waterfall(found["explanation"])
    if found["imputed"]:
        listed = ", ".join(f"{spoken(each['feature'])} {number(each['value'])}" for each in found["imputed"])
        st.caption(plain(f"Imputed: {listed}."))
    if found["ignored_features"]:
        st.caption(plain(f"Not read by this model: {', '.join(found['ignored_features'])}."))

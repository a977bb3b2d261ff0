"""Fairness: whether decisions treat groups of people alike."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console import files, forms, notices, session
from console.client import Json
from console.pages.groups import analysed
from console.pages.uploaded import upload
from console.problems import Failed
from console.words import MODEL_TYPES, number, percent, plain, spoken

NONE = "(none)"


def page() -> None:
    """Three sources of decisions."""
    st.title("Fairness")
    st.caption(
        "An approval is the favourable decision. A ratio of approval rates below 80% fails the four-fifths test."
    )
    kinds = {"Laboratory": _laboratory, "My file": _uploaded, "Mobile app": _mobile}
    chosen = st.segmented_control(
        "Of", list(kinds), key="fairness of", default="Laboratory", label_visibility="collapsed"
    )
    kinds[chosen or "Laboratory"]()


def _laboratory() -> None:
    found = session.answer("fairness model")
    wrong = forms.beside(found.errors) if isinstance(found, Failed) else {}
    with st.form("fairness of a model"):
        left, right = st.columns(2)
        kind = left.selectbox("Model type", list(MODEL_TYPES), 2, format_func=MODEL_TYPES.__getitem__)
        names = right.text_input("Attributes", "age", help="Of its validation set, with commas between them.")
        if "sensitive_features" in wrong:
            right.markdown(f":red[{plain(wrong['sensitive_features'])}]")
        asked = st.form_submit_button("Analyse", type="primary", icon=":material/balance:")
    if asked:
        body = {"model_type": kind, "sensitive_features": [each.strip() for each in names.split(",") if each.strip()]}
        _ask("fairness model", body)
    _show("fairness model", {"sensitive_features"})


def _uploaded() -> None:
    frame = upload("File with decisions", "fairness file")
    if frame is None:
        st.caption(
            "One row for each person: a column of predictions (1: default expected, 0: approved), and attributes."
        )
        return
    columns = list(frame.columns)
    with st.form("fairness of a file"):
        left, right = st.columns(2)
        said = left.selectbox("Column of predictions (0 or 1)", columns)
        labels = right.selectbox(
            "Column of outcomes, 1 = default", [NONE, *columns], help="Without outcomes, error rates are not said."
        )
        sensitive = st.multiselect("Attributes of people", columns, max_selections=4)
        asked = st.form_submit_button("Analyse", type="primary", icon=":material/balance:")
    if asked:
        body: dict[str, Any] = {
            "data": files.rows(frame[sensitive]) if sensitive else [],
            "predictions": [files.value(cell) for cell in frame[said].tolist()],
            "sensitive_features": sensitive,
        }
        if labels != NONE:
            body["labels"] = [files.value(cell) for cell in frame[labels].tolist()]
        _ask("fairness file", body)
    _show("fairness file", ())


def _mobile() -> None:
    with st.form("fairness of the app"):
        attribute = st.text_input("Protected attribute", "CODE_GENDER")
        asked = st.form_submit_button("Analyse", type="primary", icon=":material/balance:")
    if asked:
        service = session.api()
        session.ask("fairness app", lambda: service.get("/api/ml/fairness", protected_attribute=attribute), "Analysing")
    found = session.answer("fairness app")
    if isinstance(found, Failed):
        notices.problem(found)
    elif found:
        _app(found)


def _app(found: Json) -> None:
    score, ratio = float(found["fairness_score"]), float(found["disparate_impact"])
    words = "passes" if ratio >= 0.8 else "fails"
    notices.decision_like(
        ratio >= 0.8, f"Ratio of approval rates: {percent(ratio, 1)}; it {words} the four-fifths test."
    )
    with st.container(horizontal=True, gap="medium"):
        st.metric("Fairness score of 100", f"{score:.1f}", width=160)
        st.metric("Demographic parity", f"{found['demographic_parity']:.3f}", width=160)
        st.metric("Equal opportunity", f"{found['equal_opportunity']:.3f}", width=160)
    groups = sorted(name.removesuffix("_tpr") for name in found if name.endswith("_tpr"))
    rows = [
        {
            "Group": spoken(name),
            "True positive rate": _rate(found.get(f"{name}_tpr")),
            "False positive rate": _rate(found.get(f"{name}_fpr")),
        }
        for name in groups
    ]
    st.dataframe(rows, width="stretch", hide_index=True)


def _rate(value: object) -> str:
    return percent(float(value), 1) if isinstance(value, int | float) else number(value)


def _ask(name: str, body: Json) -> None:
    service = session.laboratory()
    session.ask(name, lambda: service.post("/api/fairness/analyze", body), "Analysing: intervals take a few seconds")
    st.rerun()


def _show(name: str, beside: Any) -> None:
    found = session.answer(name)
    if isinstance(found, Failed):
        notices.problem(found, beside)
    elif found:
        analysed(found)

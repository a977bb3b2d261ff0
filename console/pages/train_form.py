"""The form that begins a training."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from console import files, forms, notices, session, settings_text
from console.pages.uploaded import upload
from console.problems import Failed
from console.words import MODEL_TYPES, plain

DEMO: Final = "loan_applications"
BALANCES: Final = {"none": "As they are", "weights": "Weights", "smote": "SMOTE, inside the folds"}


def page() -> None:
    """Data, target, model type, settings."""
    source = st.radio("Data", ["A data set of the server", "My own file"], horizontal=True)
    frame = upload("Table to train on", "training file") if source == "My own file" else None
    if source == "My own file" and frame is None:
        return
    found = session.answer("training")
    wrong = forms.beside(found.errors) if isinstance(found, Failed) else {}
    with st.form("training", enter_to_submit=False):
        body = _fields(frame, wrong)
        with st.expander("Search, folds, fairness"):
            body |= _more(wrong)
        asked = st.form_submit_button("Start the training", type="primary", icon=":material/play_arrow:")
    if asked:
        _begin(body)
    if isinstance(found, Failed):
        notices.problem(found, {each.field for each in found.errors if each.field in body})
    elif found:
        st.success(
            plain(f"Started as {found['job_id']}. See the tab “Follow”; it goes on whatever becomes of this page."),
            icon=":material/check:",
        )


def _fields(frame: pd.DataFrame | None, wrong: dict[str, str]) -> dict[str, Any]:
    left, right = st.columns(2)
    body: dict[str, Any] = {}
    with left:
        if frame is None:
            body["data"] = st.text_input(
                "Data set", DEMO, help="loan_applications is drawn by the service itself."
            ).strip()
            _say(wrong, "data")
            body["target"] = st.text_input("Target", "default", help="The column that holds the outcomes.").strip()
        else:
            columns = list(frame.columns)
            body["data"] = frame
            body["target"] = st.selectbox("Target", columns, len(columns) - 1)
        _say(wrong, "target")
    with right:
        body["model_type"] = st.selectbox("Model type", list(MODEL_TYPES), format_func=MODEL_TYPES.__getitem__)
        body["experiment_name"] = st.text_input("Experiment", "credit_scoring", max_chars=100).strip()
        _say(wrong, "experiment_name")
    given = st.text_area(
        "Hyperparameters",
        placeholder="C = 0.01, 0.1, 1",
        help="One on each line; several values make a search. Left empty, the defaults are taken.",
        height=100,
    )
    body["hyperparameters"] = given
    for name, message in wrong.items():
        if name.startswith("hyperparameters"):
            st.markdown(f":red[:material/error: {plain(name)}: {plain(message)}]")
    return body


def _more(wrong: dict[str, str]) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        balance = st.selectbox("Rare outcomes", list(BALANCES), format_func=BALANCES.__getitem__)
        _say(wrong, "balance")
        folds = st.number_input("Folds of the cross-validation", 2, 20, 5)
        _say(wrong, "folds")
    with right:
        sensitive = st.text_input("Attributes for fairness", help="Columns, with commas between them.")
        _say(wrong, "sensitive_features")
        left_out = st.text_input("Columns to leave out", help="With commas between them.")
        _say(wrong, "leave_out")
    return {
        "balance": balance,
        "folds": folds,
        "sensitive_features": settings_text.names(sensitive),
        "leave_out": settings_text.names(left_out),
    }


def _say(wrong: dict[str, str], name: str) -> None:
    if name in wrong:
        st.markdown(f":red[:material/error: {plain(wrong[name])}]")


def _begin(body: dict[str, Any]) -> None:
    sent = {**body}
    try:
        sent["hyperparameters"] = settings_text.hyperparameters(body["hyperparameters"])
    except ValueError as error:
        st.session_state["answer training"] = settings_text.failed(str(error))
        st.rerun()
    if isinstance(sent["data"], pd.DataFrame):
        sent["data"] = files.rows(sent["data"])
    service = session.laboratory()
    session.ask("training", lambda: service.post("/api/train", sent), "Sending the data")
    st.rerun()

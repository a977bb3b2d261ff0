"""Drift: whether applicants, scores and outcomes are still those that a model was made for."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console import files, notices, session
from console.pages.drifted import drifted
from console.pages.uploaded import upload
from console.problems import Failed


def page() -> None:
    """Of a served model's requests, or of two files."""
    st.title("Drift")
    kinds = {"Served model": _served, "Two files": _uploaded}
    chosen = st.segmented_control(
        "Of", list(kinds), key="drift of", default="Served model", label_visibility="collapsed"
    )
    kinds[chosen or "Served model"]()


def _served() -> None:
    st.caption("A model's recent requests against the rows that it was validated on.")
    try:
        listed = session.api().get("/api/v1/models")["models"]
    except Failed as failed:
        notices.problem(failed)
        st.button("Try again", icon=":material/refresh:")
        return
    names = [each["model"] for each in listed if each["loaded"]]
    if not names:
        st.info("No model is loaded.", icon=":material/info:")
        return
    with st.form("drift of a model"):
        left, right = st.columns(2)
        model = left.selectbox("Model", names)
        window = right.selectbox("Over time, by", ["day", "week", "month"])
        asked = st.form_submit_button("Check the last 30 days", type="primary", icon=":material/troubleshoot:")
    if asked:
        _ask("drift model", {"model": model, "window": window})
    _show("drift model")


def _uploaded() -> None:
    st.caption("Rows of before against rows of now, with the same columns.")
    left, right = st.columns(2)
    with left:
        reference = upload("Before (reference)", "drift reference")
    with right:
        current = upload("Now (current)", "drift current")
    if reference is not None and current is not None:
        common = [name for name in reference.columns if name in set(current.columns)]
        chosen = st.multiselect("Columns to compare", common, common)
        if st.button("Check", type="primary", icon=":material/troubleshoot:", disabled=not chosen):
            _ask("drift files", {"reference": files.rows(reference[chosen]), "current": files.rows(current[chosen])})
    _show("drift files")


def _ask(name: str, body: dict[str, Any]) -> None:
    service = session.laboratory()
    session.ask(name, lambda: service.post("/api/monitoring/drift", body), "Testing every feature")


def _show(name: str) -> None:
    found = session.answer(name)
    if isinstance(found, Failed):
        notices.problem(found)
    elif found:
        drifted(found)

"""Training: begin a job, follow it, compare what came of them, and ask a laboratory model why."""

from __future__ import annotations

import streamlit as st

from console.pages import compared, jobs, lab_model, train_form


def page() -> None:
    """Four tabs in the order of the work."""
    st.title("Training")
    begin, follow, compare, why = st.tabs(["Start", "Follow", "Compare", "Explain"])
    with begin:
        train_form.page()
    with follow:
        jobs.page()
    with compare:
        compared.page()
    with why:
        lab_model.page()

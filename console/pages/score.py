"""Score: one customer or one application, with its decision and its reasons."""

from __future__ import annotations

import streamlit as st

from console.pages import score_application, score_bank

KINDS = {
    "Bank customer": score_bank.page,
    "Loan": score_application.loan,
    "Home Credit": score_application.home_credit,
}


def page() -> None:
    """Choose what is scored, and score it."""
    st.title("Score")
    chosen = st.segmented_control(
        "What is scored", list(KINDS), default="Bank customer", key="score kind", label_visibility="collapsed"
    )
    KINDS[chosen or "Bank customer"]()

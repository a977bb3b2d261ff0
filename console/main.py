"""The frame of every page: navigation, and the way to the service."""

from __future__ import annotations

import streamlit as st

from console import session, settings
from console.pages import batch, customer, drift, fairness, models, score, training
from console.problems import Failed
from console.words import plain

STYLE = """<style>
.block-container { padding-top: 3.2rem; padding-bottom: 3rem; max-width: 1080px; }
[data-testid=stMetricValue] { font-size: 1.6rem; }
[data-testid=stCaptionContainer] { color: #4b5966; opacity: 1; }
@media (max-width: 640px) { .block-container { padding-left: 1rem; padding-right: 1rem; } }
</style>"""


def main() -> None:
    """Draw the page that is asked for."""
    st.set_page_config("Credit scoring", ":material/credit_score:", layout="centered")
    st.html(STYLE)
    pages = [
        st.Page(score.page, title="Score", icon=":material/calculate:", default=True),
        st.Page(customer.page, title="Customer", icon=":material/person:", url_path="customer"),
        st.Page(batch.page, title="Batch", icon=":material/table_rows:", url_path="batch"),
        st.Page(models.page, title="Models", icon=":material/deployed_code:", url_path="models"),
        st.Page(fairness.page, title="Fairness", icon=":material/balance:", url_path="fairness"),
        st.Page(drift.page, title="Drift", icon=":material/trending_up:", url_path="drift"),
        st.Page(training.page, title="Training", icon=":material/model_training:", url_path="training"),
    ]
    chosen = st.navigation(pages)
    st.session_state[customer.PLACE] = pages[1]
    with st.sidebar:
        _access()
    chosen.run()


def _access() -> None:
    st.markdown("**Access**")
    if settings.read().api_key:
        st.caption("The key to the service comes from the environment of this console.")
    else:
        st.text_input(
            "API key",
            type="password",
            key=session.KEY,
            autocomplete="off",
            help="Needed only where the service asks for one. It stays in this browser session.",
        )
    service = session.api()
    try:
        health = service.get("/health")
    except Failed as failed:
        st.caption(f":red[:material/cloud_off: {plain(failed.title)}]")
        return
    words = {"healthy": ":green[:material/check_circle: The service is healthy.]"}
    st.caption(words.get(health.get("status", ""), ":orange[:material/warning: The service is degraded: see Models.]"))
    st.caption(f"`{service.place.replace('`', '')}`")

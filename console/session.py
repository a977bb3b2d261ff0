"""What a person's session holds: the way to the service, and the last answer on each page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from console import settings
from console.client import Api
from console.problems import Failed

KEY: Final = "api_key"
LABORATORY_PATIENCE: Final = 180.0
"""Seconds: an analysis of many rows is no request of a moment."""


def api() -> Api:
    """The service, with the key of the environment or else of this session."""
    chosen = settings.read()
    return Api(chosen.api_url, chosen.api_key or st.session_state.get(KEY) or None, chosen.patience)


def laboratory() -> Api:
    """The same, patient enough for an analysis."""
    return replace(api(), patience=max(LABORATORY_PATIENCE, settings.read().patience))


def ask(name: str, call: Callable[[], Any], doing: str) -> None:
    """Call the service and keep its answer, or what went wrong, under a name."""
    with st.spinner(doing):
        try:
            st.session_state[f"answer {name}"] = call()
        except Failed as failed:
            st.session_state[f"answer {name}"] = failed


def answer(name: str) -> Any:
    """What `ask` kept; None where nothing was asked yet."""
    return st.session_state.get(f"answer {name}")


def forget(name: str) -> None:
    """Drop what `ask` kept."""
    st.session_state.pop(f"answer {name}", None)

"""A bank's customer: which models score is the service's to say, by whether it holds the customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import streamlit as st

from console import forms, notices, session
from console.client import Api, Json
from console.forms import Field
from console.pages.scored import scored
from console.problems import Failed
from console.words import moment, plain, points

APPLICATIONS: Final = ("loan", "credit_desk", "home_credit")
"""Models of applications, which have forms of their own."""


def page() -> None:
    """The form, and below it the answer."""
    service = session.api()
    try:
        models = described(service)
    except Failed as failed:
        notices.problem(failed)
        st.button("Try again", icon=":material/refresh:")
        return
    customer_id = st.text_input("Customer id", "CUS123456", key="score customer", max_chars=128).strip()
    _standing(service, customer_id)
    found = session.answer("score bank")
    wrong = forms.beside(found.errors, [f"features.{name}." for name in models]) if isinstance(found, Failed) else {}
    with st.form("bank"):
        fields = shared(models)
        st.caption("The inputs of every model that may be needed; each feature is asked for once.")
        values = forms.ask(fields, "bank", {}, wrong)
        asked = st.form_submit_button("Score this customer", type="primary", icon=":material/calculate:")
    if asked:
        features = {name: {k: values[k] for k in names if k in values} for name, names in _names(models).items()}
        body = {"customer_id": customer_id, "features": features, "explain": True}
        session.ask("score bank", lambda: service.post("/api/v1/predict", body), "Scoring")
        st.rerun()
    if isinstance(found, Failed):
        notices.problem(found, [each.field for each in found.errors if each.field.rpartition(".")[2] in values])
    elif found:
        scored(found)


def described(service: Api) -> dict[str, Json]:
    """Model -> its description, of those that score a bank's customers and are loaded. Raises Failed."""
    listed = service.get("/api/v1/models")["models"]
    names = [each["model"] for each in listed if each["loaded"] and each["model"] not in APPLICATIONS]
    bank = [name for name in names if "@" not in name]
    if not bank:
        raise Failed("No model can score.", "The service has loaded no model for a bank's customers: see Models.", 503)
    return {name: service.get(f"/api/v1/models/{name}") for name in bank}


def shared(models: Mapping[str, Json]) -> list[Field]:
    """The features of all models, each once where several models read it."""
    readers: dict[str, list[str]] = {}
    first: dict[str, Mapping[str, Any]] = {}
    for model, described in models.items():
        for feature in described["features"]:
            readers.setdefault(feature["name"], []).append(model)
            first.setdefault(feature["name"], feature)
    return [Field.of(feature, tuple(readers[name])) for name, feature in first.items()]


def _names(models: Mapping[str, Json]) -> dict[str, Iterable[str]]:
    return {name: [each["name"] for each in described["features"]] for name, described in models.items()}


def _standing(service: Api, customer_id: str) -> None:
    """Whether the customer is known, in words. A new one is scored by another model than an existing one."""
    if not customer_id:
        st.caption("Enter the id of a customer, known or new.")
        return
    try:
        held = service.get("/api/v1/search", customer_id=customer_id, limit=1)
    except Failed as failed:
        notices.problem(failed)
        return
    if not held["found"]:
        st.info(
            "**New customer.** The service does not hold this id: the model for new customers will score, "
            "and from then on the customer is an existing one.",
            icon=":material/person_add:",
        )
        return
    latest = held["latest_prediction"]
    last = f" Last score: {points(latest['credit_score'])} points, {moment(latest['timestamp'])}." if latest else ""
    st.info(
        "**Existing customer.** The models for existing customers will score, and their results are combined."
        + plain(last),
        icon=":material/person:",
    )

"""Applications: the loan desk's, and those in the columns of Home Credit's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from console import examples, forms, notices, session
from console.client import Json
from console.forms import Field
from console.pages.scored import facts, recorded, why
from console.problems import Failed
from console.words import number, percent, plain, spoken


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of application. `first`: fields shown at once; the others are behind a click, unless there are none."""

    model: str
    path: str
    start: Mapping[str, Any]
    derived: frozenset[str]
    first: Sequence[str] = ()


LOAN: Final = Kind("loan", "/predict", examples.LOAN, examples.LOAN_DERIVED)
DESK: Final = Kind(
    "credit_desk", "/predict", examples.HOME_CREDIT, examples.HOME_CREDIT_DERIVED, tuple(examples.HOME_CREDIT)
)
MOBILE: Final = Kind(
    "home_credit", "/api/ml/predict", examples.HOME_CREDIT, examples.HOME_CREDIT_DERIVED, tuple(examples.HOME_CREDIT)
)


def loan() -> None:
    """A loan application of 17 fields."""
    _page(LOAN)


def home_credit() -> None:
    """A Home Credit application, by the credit desk's or by the mobile app's model."""
    desks = {"Credit desk": DESK, "Mobile app": MOBILE}
    _page(desks[st.radio("Model", list(desks), horizontal=True, help="Two clients, each with a model of its own.")])


def _page(kind: Kind) -> None:
    service = session.api()
    try:
        described = service.get(f"/api/v1/models/{kind.model}")
    except Failed as failed:
        notices.problem(failed)
        if failed.status in (404, 503):
            st.caption("Other kinds of score are not affected. Whoever runs the service publishes this model.")
        st.button("Try again", icon=":material/refresh:")
        return
    fields = [Field.of(each) for each in described["features"] if each["name"] not in kind.derived]
    fields.sort(key=lambda field: kind.first.index(field.name) if field.name in kind.first else len(kind.first))
    found = session.answer(f"score {kind.model}")
    wrong = forms.beside(found.errors) if isinstance(found, Failed) else {}
    with st.form(kind.model):
        customer_id = st.text_input(
            "Customer id", help="May be left out: the record then gets one made for it."
        ).strip()
        values = _values(kind, fields, wrong)
        asked = st.form_submit_button("Score this application", type="primary", icon=":material/calculate:")
    if asked:
        body = {**values, "explain": True, **({"customer_id": customer_id} if customer_id else {})}
        session.ask(f"score {kind.model}", lambda: service.post(kind.path, body), "Scoring")
        st.rerun()
    if isinstance(found, Failed):
        notices.problem(found, {field.name for field in fields})
    elif found:
        _result(found)


def _values(kind: Kind, fields: Sequence[Field], wrong: Mapping[str, str]) -> dict[str, Any]:
    first = [field for field in fields if not kind.first or field.name in kind.first or field.name in wrong]
    rest = [field for field in fields if field not in first]
    values = forms.ask(first, kind.model, kind.start, wrong)
    if rest:
        with st.expander(f"{len(rest)} more fields, each of which may be left out"):
            values |= forms.ask(rest, kind.model, kind.start, wrong)
    return values


def _result(answer: Json) -> None:
    st.subheader("Result", divider="gray")
    refused = bool(answer["prediction"]) if "prediction" in answer else answer["decision"] != "approved"
    pd = _pd(answer)
    limit = f" The limit is {percent(answer['threshold'])}." if "threshold" in answer else ""
    notices.decision("decline" if refused else "approve", f"Probability of default: {percent(pd)}.{limit}")
    shown = {"Probability of default": percent(pd)}
    if "credit_score" in answer:
        shown["Score of 900"] = number(answer["credit_score"])
    if "risk_level" in answer:
        shown["Risk"] = spoken(answer["risk_level"])
    facts(shown)
    if answer.get("ignored_fields"):
        st.caption(plain(f"Not read by this model: {', '.join(answer['ignored_fields'])}"))
    why(answer)
    recorded(answer)


def _pd(answer: Json) -> float:
    given = answer.get("probability")
    if isinstance(given, Mapping):
        return float(given["high_risk"])
    return float(answer["prediction_probability"] if given is None else given)

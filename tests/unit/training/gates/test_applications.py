"""A model of an application is judged by the application's own cut-off."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing.routes import parse
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.candidates import LEARNT, Bank
from training.gates import GateResult

ROUTES = """
[routes.existing]
models = ["first"]
prediction_type = "a"
[routes.new]
models = ["second"]
prediction_type = "b"
[applications.counter]
models = ["single"]
prediction_type = "counter"
{decline}
medium_risk_from_pd = 0.1
high_risk_from_pd = 0.2
"""


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    found = Bank(MemoryArtifacts(), tmp_path / "cache")
    found.publish("1", LEARNT.line(0, 1, 2))
    return found


def fairness(results: list[GateResult]) -> GateResult:
    return next(each for each in results if each.gate == "fairness")


def approved(result: GateResult) -> dict[str, float]:
    groups = result.figures["groups"]
    assert isinstance(groups, dict)
    return {name: each["approval_rate"] for name, each in groups.items()}  # type: ignore[index, call-overload, misc]


def test_the_cut_off_of_routes_toml_says_who_is_approved(bank: Bank) -> None:
    rates = []
    for pd in (0.02, 0.9):
        bank.routes = parse(ROUTES.format(decline=f"decline_from_pd = {pd}"))
        found = fairness(bank.judge(single="1"))
        assert found.subject == "applications.counter"
        rates.append(approved(found))
    assert all(rates[0][group] < 0.3 and rates[1][group] > 0.95 for group in ("x", "y"))


def test_a_challenger_s_candidate_is_judged_in_the_application_s_place(bank: Bank) -> None:
    bank.routes = parse(ROUTES.format(decline="decline_from_pd = 0.9"))
    found = fairness(bank.judge(single__challenger="1"))
    assert found.subject == "applications.counter with single@challenger"
    assert min(approved(found).values()) > 0.95


def test_without_any_cut_off_it_cannot_be_judged(bank: Bank) -> None:
    bank.routes = parse(ROUTES.format(decline=""))
    found = fairness(bank.judge(single="1"))
    assert not found.passed
    assert "from which PD on to decline" in found.reason

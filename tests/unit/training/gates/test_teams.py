"""Which routes a promotion changes, and who is judged together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model_store.promotion import promote
from model_store.switch import read_switch
from routing.routes import parse
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.candidates import HELD, LEARNT, ROUTES, Bank, Customers, refused
from training.gates import GateResult
from training.gates.lineup import cases, line_up

JOINT = LEARNT.line(0, 1)


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(MemoryArtifacts(), tmp_path / "cache")


def shares_of_evidence() -> tuple[tuple[float, list[float]], tuple[float, list[float]]]:
    """Two models whose mean of log-odds is a calibrated fair model, and neither of which is one by itself."""
    intercept, (one, two, _) = JOINT
    return (intercept, [2 * one, 0.0]), (intercept, [2 * two, 0.0])


def subjects(results: list[GateResult], gate: str) -> list[str]:
    return [each.subject for each in results if each.gate == gate]


def test_the_models_of_a_route_are_judged_together_on_the_same_customers(bank: Bank) -> None:
    first, second = shares_of_evidence()
    bank.publish("1", first, name="first")
    bank.publish("1", second, name="second")
    results = bank.judge(first="1", second="1")
    assert subjects(results, "calibration") == ["routes.existing"]
    assert refused(results) == {}


def test_neither_of_them_would_pass_by_itself(bank: Bank) -> None:
    first, second = shares_of_evidence()
    bank.publish("1", first, name="first")
    bank.publish("1", second, name="second", held=Customers(seed=9), sample="other customers")
    results = bank.judge(first="1", second="1")
    assert subjects(results, "calibration") == ["routes.existing, first alone", "routes.existing, second alone"]
    assert "calibration" in refused(results)


def test_a_model_promoted_by_itself_is_judged_with_the_one_that_stays(bank: Bank) -> None:
    first, second = shares_of_evidence()
    bank.champion("1", first, name="first")
    bank.champion("1", second, name="second")
    bank.publish("2", second, name="second")
    results = bank.judge(second="2")
    assert subjects(results, "psi") == ["routes.existing"]
    assert refused(results) == {}
    wrong = (second[0] + 1.0, second[1])
    bank.publish("3", wrong, name="second")
    assert "calibration" in refused(bank.judge(second="3"))


def test_the_members_need_not_have_validation_sets_if_only_the_candidate_has(bank: Bank) -> None:
    bank.publish("1", shares_of_evidence()[0], name="first", held=None)
    promote(bank.artifacts, {"first": "1"}, by="test")
    bank.publish("1", (LEARNT.line(1)[0], [LEARNT.line(1)[1][1], 0.0]), name="second")
    assert subjects(bank.judge(second="1"), "calibration") == ["routes.existing, second alone"]


def test_a_route_and_a_fallback_with_the_same_model_are_one_case(bank: Bank) -> None:
    bank.publish("1", JOINT)
    lineup = line_up(bank.artifacts, {"single": "1"}, ROUTES)
    assert [case.name for case in cases(ROUTES, lineup)] == ["routes.new"]


def test_a_challenger_is_compared_with_the_champion_and_judged_in_its_own_route(bank: Bank) -> None:
    text = """
[routes.existing]
models = ["first", "second"]
prediction_type = "together"
[routes.new]
models = ["single"]
prediction_type = "single"
[routes.new.challenger]
models = ["single@challenger"]
share = 0.1
"""
    bank.routes = replace(parse(text), policy=ROUTES.policy)
    bank.champion("1", JOINT)
    bank.publish("2", LEARNT.line(0))
    results = bank.judge(single__challenger="2")
    assert subjects(results, "calibration") == ["routes.new.challenger"]
    assert "of the champion 1" in refused(results)["auc"]


def test_a_challenger_that_no_route_names_yet_is_judged_in_its_models_place(bank: Bank) -> None:
    bank.champion("1", JOINT)
    bank.publish("2", JOINT)
    results = bank.judge(single__challenger="2")
    assert subjects(results, "psi") == ["routes.new with single@challenger"]
    assert refused(results) == {}


def test_a_model_of_no_route_is_judged_by_itself(bank: Bank) -> None:
    bank.routes = parse("""
[routes.existing]
models = ["first"]
prediction_type = "a"
[routes.new]
models = ["second"]
prediction_type = "b"
""")
    bank.publish("1", JOINT)
    assert subjects(bank.judge(single="1"), "psi") == ["single alone"]


def test_figures_are_plain_json_that_a_switch_can_keep(bank: Bank) -> None:
    bank.champion("1", JOINT)
    bank.publish("2", JOINT, held=HELD)
    results = bank.judge(single="2")
    promote(bank.artifacts, {"single": "2"}, by="test", gates=[each.plain() for each in results])
    kept = read_switch(bank.artifacts, "single")[0].changes[-1].gates
    assert list(kept) == [each.plain() for each in results]

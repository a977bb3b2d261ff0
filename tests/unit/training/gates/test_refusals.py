"""A candidate that is bad in one way is refused by the gate for that, and its reason says in which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from model_store.artifacts import ArtifactConflict
from model_store.promotion import promote
from model_store.signing import ANYBODY
from model_store.switches import read_switches
from scoring.features import Feature
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.candidates import LEARNT, ROUTES, Bank, Customers, config, refused
from training import gated
from training.gates import GateResult
from training.schema import schema_digest

GOOD = LEARNT.line(0, 1)
"""Fair, since it does not look at what tells the group."""


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(MemoryArtifacts(), tmp_path / "cache")


def test_a_good_candidate_passes_every_gate_with_a_reason_for_each(bank: Bank) -> None:
    bank.champion("1", GOOD)
    bank.publish("2", Customers(seed=3).line(0, 1))
    results = bank.judge(single="2")
    assert refused(results) == {}
    assert [each.gate for each in results] == [
        "retired", "signature", "card", "schema", "golden_rows", "parity", "auc", "brier",
        "calibration", "fairness", "psi",
    ]  # fmt: skip
    assert all(each.reason for each in results)
    assert {each.subject for each in results} == {"single", "routes.new"}


def test_the_first_version_of_a_model_has_no_champion_to_be_held_against(bank: Bank) -> None:
    bank.publish("1", GOOD)
    results = {each.gate: each for each in bank.judge(single="1")}
    assert all(each.passed for each in results.values())
    assert {gate for gate, each in results.items() if each.reason.startswith("does not apply")} == {
        "schema", "auc", "brier", "psi"
    }  # fmt: skip


def test_a_worse_auc_is_refused(bank: Bank) -> None:
    bank.champion("1", GOOD)
    bank.publish("2", LEARNT.line(0))
    found = refused(bank.judge(single="2"))
    assert "worse beyond chance" in found["auc"]
    assert "of the champion 1" in found["auc"]
    assert "worse beyond chance" in found["brier"]
    assert found.keys() <= {"auc", "brier", "psi"}


def test_a_miscalibrated_candidate_is_refused_though_it_ranks_alike(bank: Bank) -> None:
    bank.champion("1", GOOD)
    intercept, coefficients = GOOD
    bank.publish("2", (intercept + 0.5, coefficients))
    found = refused(bank.judge(single="2"))
    assert "expected calibration error" in found["calibration"]
    assert "auc" not in found


@pytest.mark.parametrize("times", [0.6, 1.6])
def test_probabilities_that_spread_too_little_or_too_much_are_refused(bank: Bank, times: float) -> None:
    log_odds = LEARNT.rows[:, :2] @ np.array(GOOD[1][:2]) * times
    offset = float(brentq(lambda at: expit(log_odds + at).mean() - LEARNT.defaulted.mean(), -9, 9))
    bank.champion("1", GOOD)
    bank.publish("2", (offset, [times * each for each in GOOD[1]]))
    found = {each.gate: each for each in bank.judge(single="2")}
    assert not found["calibration"].passed
    assert found["calibration"].figures["slope"] == pytest.approx(1 / times, rel=0.1)
    assert found["auc"].passed


def test_a_loss_beyond_chance_that_is_too_small_to_matter_is_let_through_and_told(bank: Bank) -> None:
    bank.champion("1", GOOD)
    intercept, coefficients = GOOD
    bank.publish("2", (intercept + 0.03, coefficients))
    results = {each.gate: each for each in bank.judge(single="2")}
    assert refused(list(results.values())) == {}
    assert results["brier"].figures["low"] > 0  # type: ignore[operator]
    assert results["brier"].reason.endswith("worse by too little to matter")


def test_an_unfair_candidate_is_refused_though_it_ranks_better(bank: Bank) -> None:
    bank.champion("1", GOOD)
    bank.publish("2", LEARNT.line(0, 1, 2))
    results = {each.gate: each for each in bank.judge(single="2")}
    assert results["fairness"].reason.startswith("group: x are approved at ")
    assert "below 0.8" in results["fairness"].reason
    assert results["auc"].passed
    assert results["auc"].figures["difference"] > 0  # type: ignore[operator]
    assert refused(list(results.values())).keys() == {"fairness"}


def test_drifted_scores_are_refused_though_they_are_right(bank: Bank) -> None:
    bank.champion("1", LEARNT.line(1))
    bank.publish("2", GOOD)
    found = refused(bank.judge(single="2"))
    assert found.keys() == {"psi"}
    assert "above 0.25: a shifted population of scores" in found["psi"]


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ([Feature("f0"), Feature("f1"), Feature("income")], "without f2; with income"),
        ([Feature("f1"), Feature("f0"), Feature("f2")], "in the order f1, f0, f2"),
        ([Feature("f0", minimum=0.0), Feature("f1"), Feature("f2")], "f0: minimum none becomes 0"),
        ([Feature("f0"), Feature("f1"), Feature("f2", protected=True)], "f2: protected no becomes yes"),
    ],
)
def test_a_changed_schema_is_refused_unless_it_declares_which_one_it_replaces(
    bank: Bank, after: list[Feature], told: str
) -> None:
    before = bank.champion("1", GOOD)
    bank.publish("2", GOOD, features=after)
    found = refused(bank.judge(single="2"))["schema"]
    digest = schema_digest(before.features)
    assert told in found
    assert f'"replaces_schema": "{digest}"' in found

    bank.publish("3", GOOD, features=after, files={"config.json": config(replaces_schema=digest)})
    declared = {each.gate: each for each in bank.judge(single="3")}["schema"]
    assert declared.passed
    assert told in declared.reason
    bank.publish("4", GOOD, features=after, files={"config.json": config(replaces_schema="0" * 64)})
    assert "schema" in refused(bank.judge(single="4"))


def test_a_sentence_of_a_reason_may_be_put_better(bank: Bank) -> None:
    bank.champion("1", GOOD)
    bank.publish("2", GOOD, features=[Feature(f"f{i}", reason="Said better") for i in range(3)])
    assert refused(bank.judge(single="2")) == {}


def test_a_champion_that_needs_other_features_is_compared_on_its_own_view_of_the_same_customers(bank: Bank) -> None:
    champion = bank.champion("1", GOOD)
    replaced = config(replaces_schema=schema_digest(champion.features))
    named = [Feature(name) for name in ("a", "b", "c")]
    bank.publish("2", GOOD, features=named, files={"config.json": replaced})
    assert refused(bank.judge(single="2")) == {}
    bank.publish("3", GOOD, features=named, files={"config.json": replaced}, sample="other customers")
    found = refused(bank.judge(single="3"))
    assert found.keys() == {"auc", "brier", "psi"}
    assert "cannot be judged: the champion needs other features" in found["auc"]


def test_the_model_that_serves_already_passes_against_itself(bank: Bank) -> None:
    bank.champion("1", GOOD)
    results = {each.gate: each for each in bank.judge(single="1")}
    assert refused(list(results.values())) == {}
    assert results["psi"].figures["psi"] == 0
    assert results["auc"].figures["difference"] == 0


def test_a_promotion_changes_who_is_compared_with(bank: Bank) -> None:
    bank.champion("1", GOOD)
    bank.publish("2", LEARNT.line(0))
    assert "auc" in refused(bank.judge(single="2"))
    promote(bank.artifacts, {"single": "2"}, by="test", override="the test wants it")
    bank.publish("3", LEARNT.line(0))
    assert "auc" not in refused(bank.judge(single="3"))


def test_a_cut_off_that_approves_hardly_anybody_is_named(tmp_path: Path) -> None:
    bank = Bank(MemoryArtifacts(), tmp_path, replace(ROUTES, policy=replace(ROUTES.policy, approve_from=840.0)))
    bank.publish("1", GOOD)
    told = refused(bank.judge(single="1"))["fairness"]
    assert "customers are approved; below 30 a rate is chance; approve_from in routes.toml is 840 points" in told


def test_gates_that_judged_beside_another_champion_promote_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two publishers at once: the gates take seconds, in which somebody else may be done."""
    bank = Bank(MemoryArtifacts(), tmp_path)
    bank.champion("1", LEARNT.line(0))
    for version in ("2", "3"):
        bank.publish(version, GOOD)

    def judged(*_: object, **__: object) -> list[GateResult]:
        promote(bank.artifacts, {"single": "3"}, by="bob")
        return []

    monkeypatch.setattr(gated, "judge", judged)
    for together in ({"single": "2"}, {"single@challenger": "2"}):
        with pytest.raises(ArtifactConflict, match="single: promoted by another while the gates were asked"):
            gated.promote_through_gates(bank.artifacts, together, ROUTES, ANYBODY, by="ann")
        assert read_switches(bank.artifacts, ["single"])["single"].manifest.version == "3"  # type: ignore[union-attr]
        assert read_switches(bank.artifacts, ["single@challenger"])["single@challenger"] is None
        promote(bank.artifacts, {"single": "1"}, by="bob")

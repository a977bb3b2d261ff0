"""Every gate refuses a bundle that is not whole, or that cannot be judged, and says what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model_store.native import CompileReport, NativeRefusedError
from model_store.promotion import retire
from model_store.signing import SigningKey, Trust
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.bundles import FakeNativeScorers, Matrix
from tests.fakes.candidates import LEARNT, Bank, Customers, refused
from tests.fakes.cards import card

GOOD = LEARNT.line(0, 1)


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(MemoryArtifacts(), tmp_path / "cache")


def test_a_missing_card_is_refused(bank: Bank) -> None:
    bank.publish("1", GOOD, files={"card.json": b""})
    assert refused(bank.judge(single="1")) == {"card": "the bundle has no model card (card.json)"}


def test_a_card_of_another_model_is_refused(bank: Bank) -> None:
    bank.publish("1", GOOD, files={"card.json": card("income", "age").to_bytes()})
    assert refused(bank.judge(single="1")) == {"card": "its card is of a model with other features (income, age)"}


def test_wrong_golden_rows_are_refused_and_nothing_that_such_a_model_says_is_judged(bank: Bank) -> None:
    bank.publish("1", GOOD, off_by=0.01)
    found = refused(bank.judge(single="1"))
    assert "its golden rows do not get the outputs that its manifest gives" in found["golden_rows"]
    assert all("cannot be judged" in found[gate] for gate in ("auc", "brier", "calibration", "fairness", "psi"))


class OffNowAndThen:
    """A framework that says something else than the graph of customers whom no golden row is like."""

    def __call__(self, source: Path, report: CompileReport) -> OffNowAndThen:
        self._right = FakeNativeScorers()(source, report)
        return self

    def outputs(self, rows: Matrix) -> Matrix:
        given: Matrix = self._right.outputs(rows) + np.where(rows[:, 0] > 3, 1e-3, 0.0)
        return given

    def close(self) -> None:
        self._right.close()


def test_broken_parity_is_refused_though_the_golden_rows_are_right(bank: Bank) -> None:
    bank.publish("1", GOOD)
    found = refused(bank.judge(single="1", native_scorer=OffNowAndThen()))
    assert found.keys() == {"parity"}
    assert "differs from the framework by at most 0.001 on 4000 customers" in found["parity"]


def test_a_framework_that_cannot_be_run_again_is_no_parity(bank: Bank) -> None:
    scorers = FakeNativeScorers()
    scorers.defect = NativeRefusedError("model.json is too large")
    bank.publish("1", GOOD)
    assert refused(bank.judge(single="1", native_scorer=scorers)) == {
        "parity": "it could not be run again: model.json is too large"
    }


def test_a_retired_version_is_refused(bank: Bank) -> None:
    bank.publish("1", GOOD)
    retire(bank.artifacts, "single", "1", by="test", reason="old")
    assert refused(bank.judge(single="1")) == {"retired": "it was retired"}


def test_an_unsigned_or_foreign_bundle_is_refused_where_signatures_are_required(bank: Bank, tmp_path: Path) -> None:
    ours, theirs = (SigningKey.generate(tmp_path / name) for name in ("ours.pem", "theirs.pem"))
    (tmp_path / "trusted.pem").write_text(ours.public_pem())
    trust = Trust.load(tmp_path / "trusted.pem", required=True)
    bank.publish("1", GOOD)
    bank.publish("2", GOOD, key=theirs)
    bank.publish("3", GOOD, key=ours)
    assert refused(bank.judge(single="1", trust=trust))["signature"] == "it is not signed"
    assert "not trusted" in refused(bank.judge(single="2", trust=trust))["signature"]
    assert refused(bank.judge(single="3", trust=trust)) == {}


def test_without_a_validation_set_nothing_that_needs_one_is_let_through(bank: Bank) -> None:
    bank.publish("1", GOOD, held=None)
    found = refused(bank.judge(single="1"))
    assert found.keys() == {"auc", "brier", "calibration", "fairness", "psi"}
    assert set(found.values()) == {"cannot be judged: version 1 of single has no validation set (validation.npz)"}


def test_without_a_sensitive_attribute_the_80_percent_test_cannot_be_made(bank: Bank) -> None:
    bank.publish("1", GOOD, sensitive=False)
    assert refused(bank.judge(single="1")) == {
        "fairness": "cannot be judged: the validation set names no sensitive attribute"
    }


def test_a_handful_of_defaults_proves_nothing(bank: Bank) -> None:
    bank.champion("1", GOOD)
    bank.publish("2", GOOD, held=Customers(count=150))
    found = refused(bank.judge(single="2"))
    assert found.keys() >= {"auc", "brier", "calibration"}
    assert "at least 30 of each are needed" in found["auc"]


def test_a_champion_that_does_not_load_any_more_is_nothing_to_be_better_than(bank: Bank) -> None:
    bank.champion("1", GOOD)
    bank.publish("2", GOOD)
    artifacts = bank.artifacts
    assert isinstance(artifacts, MemoryArtifacts)
    artifacts.objects["single/versions/1/model.onnx"] = b"truncated"
    found = refused(bank.judge(single="2"))
    assert found.keys() == {"auc", "brier", "psi"}
    assert all("cannot be judged" in reason for reason in found.values())


def test_a_file_that_was_changed_under_the_candidate_is_refused(bank: Bank) -> None:
    bank.publish("1", GOOD)
    artifacts = bank.artifacts
    assert isinstance(artifacts, MemoryArtifacts)
    artifacts.objects["single/versions/1/card.json"] += b" "
    artifacts.objects["single/versions/1/validation.npz"] += b" "
    found = refused(bank.judge(single="1"))
    assert found.keys() >= {"card", "golden_rows", "fairness"}
    assert "card.json" in found["card"]

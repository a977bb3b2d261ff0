"""What a winner's bundle holds beside the model's own files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from laboratory.plan import ModelType
from model_store.card import CARD, METRICS_NEEDED, ModelCard, read_card
from model_store.validation import VALIDATION, ValidationSet
from training.lab import bundle
from training.lab.bundle import reference, validation_set, write_bundle
from training.lab.figures import Figures, figures
from training.lab.publish import facts
from training.lab.words import Winner

WinnerOf = Callable[[ModelType], Winner]


@pytest.fixture(scope="module")
def found(winner_of: WinnerOf) -> Winner:
    """A winner whose table also has a sensitive column that it never saw."""
    winner = winner_of("logistic_regression")
    groups = np.array(["even", "odd"])[np.arange(len(winner.table.defaulted)) % 2]
    return replace(winner, table=replace(winner.table, sensitive={"parity": groups}, warnings=("look twice",)))


@pytest.fixture(scope="module")
def measured(found: Winner) -> Figures:
    return figures(found)


@pytest.fixture(scope="module")
def folder(found: Winner, measured: Figures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bundle")
    write_bundle(found, measured, made)
    return made


@pytest.fixture(scope="module")
def card(folder: Path) -> ModelCard:
    return read_card((folder / CARD).read_bytes())


def test_the_config_says_what_the_files_do_not(found: Winner, folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    assert config["input_size"] == len(found.features)
    assert [each["name"] for each in config["features"]] == [each.name for each in found.features]
    assert [each["categories"] for each in config["features"]] == [
        list(each.categories) if each.categories else None for each in found.features
    ]
    assert config["calibration"] == {"intercept": found.calibration[0], "slope": found.calibration[1]}
    assert config["output"] == "probability_of_default"


def test_the_output_of_a_net_is_log_odds(winner_of: WinnerOf, tmp_path: Path) -> None:
    winner = winner_of("dnn")
    write_bundle(winner, figures(winner), tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["output"] == "logit"


def test_the_reference_is_typical_and_occurs(found: Winner) -> None:
    coded = found.coded(found.table.frame.iloc[found.split.train])
    for feature, column, value in zip(found.features, coded.T, reference(found), strict=True):
        assert value is not None
        present = column[~np.isnan(column)]
        assert value in present
        if feature.categories:
            assert (present == value).sum() == max((present == each).sum() for each in np.unique(present))
        else:
            assert (present <= value).mean() >= 0.5
            assert (present >= value).mean() >= 0.5


def test_where_most_have_no_value_the_gap_is_typical(found: Winner) -> None:
    frame = found.table.frame.copy()
    first = found.features[0].name
    frame[first] = frame[first].where(np.arange(len(frame)) % 3 == 0)
    sparse = replace(found, table=replace(found.table, frame=frame))
    assert reference(sparse)[0] is None
    assert reference(sparse)[1:] == reference(found)[1:]


def test_the_validation_set_is_the_test_part(found: Winner, folder: Path) -> None:
    held = ValidationSet.from_bytes((folder / VALIDATION).read_bytes())
    test = found.split.test
    assert np.array_equal(held.rows, found.coded(found.table.frame.iloc[test]), equal_nan=True)
    assert np.array_equal(held.defaulted, found.table.defaulted[test])
    assert np.array_equal(held.sensitive["parity"], found.table.sensitive["parity"][test])
    assert held.sample.startswith(f"{len(test)} of {len(found.table.defaulted)} customers")


def test_a_large_test_part_is_drawn_from(found: Winner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.evidence.MOST_ROWS", 40)
    held = validation_set(found)
    assert len(held.rows) == 40
    assert held.sample != validation_set(replace(found, plan=replace(found.plan, seed=99))).sample


def test_the_card_has_the_figures_with_their_intervals(measured: Figures, card: ModelCard) -> None:
    assert set(METRICS_NEEDED) <= card.metrics.keys()
    low, high = measured.intervals["auc_roc"]
    assert (card.metrics["auc"].value, card.metrics["auc"].low, card.metrics["auc"].high) == (
        measured.metrics["auc_roc"],
        low,
        high,
    )
    assert "held back" in card.metrics["brier"].measured_on


def test_the_card_says_that_nobody_approved_the_model_and_what_to_look_at(found: Winner, card: ModelCard) -> None:
    assert card.approved_by is None
    assert any("nobody has reviewed" in each for each in card.limits)
    assert "look twice" in card.limits
    assert found.table.digest in card.data.source
    assert card.data.rows == len(found.table.defaulted)
    assert card.training.features == tuple(each.name for each in found.features)
    assert card.training.library_versions.keys() == {"python", "numpy", "scikit-learn"}


def test_the_80_percent_test_is_made_for_sensitive_columns(found: Winner, card: ModelCard) -> None:
    assert [each.attribute for each in card.fairness] == ["parity"]
    approved = found.pd_test < found.threshold
    for group in card.fairness[0].groups:
        members = found.table.sensitive["parity"][found.split.test] == group.group
        assert group.n == members.sum()
        assert group.approval_rate is not None
        assert group.approval_rate.value == pytest.approx(approved[members].mean())


def test_the_same_winner_gives_the_same_digest_and_another_calibration_another(
    found: Winner, measured: Figures, tmp_path: Path
) -> None:
    digests = []
    for name, winner in (("a", found), ("b", found), ("c", replace(found, calibration=(0.1, 1.0)))):
        (tmp_path / name).mkdir()
        digests.append(write_bundle(winner, measured, tmp_path / name))
    assert digests[0] == digests[1] != digests[2]


def test_the_digest_is_not_of_the_day_of_the_training(
    found: Winner, measured: Figures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests, cards = [], []
    for name in ("monday", "tuesday"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(bundle, "card", lambda *_, name=name: _Bytes(name))
        digests.append(write_bundle(found, measured, tmp_path / name))
        cards.append((tmp_path / name / CARD).read_bytes())
    assert digests[0] == digests[1]
    assert cards[0] != cards[1]


def test_the_facts_are_plain_json(found: Winner) -> None:
    said = facts(found, "run", "0" * 64)
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert said["data_digest"] == found.table.digest
    assert said["threshold"] == found.threshold


class _Bytes:
    def __init__(self, text: str) -> None:
        self.text = text

    def to_bytes(self) -> bytes:
        return self.text.encode()

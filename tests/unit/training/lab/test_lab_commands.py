"""The laboratory's commands as an engineer runs them, into folders of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from model_store.card import CARD, read_card
from model_store.folder import FolderArtifacts
from model_store.manifest import Manifest
from model_store.signing import ANYBODY, SigningKey
from model_store.switch import read_switch
from model_store.versions import versions
from routing.routes import load
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.routes import SHIPPED
from training.dataset import TrainingError
from training.lab import demo_command, train_command
from training.lab.adopt import ADOPTED_FROM, Words, adopt
from training.lab.commands import commands
from training.lab.loan_applications import loan_applications
from training.lab.train_command import grid
from training.schema import REPLACES_SCHEMA


def anybody() -> Any:
    return ANYBODY


@dataclass(frozen=True)
class Lab:
    """A laboratory with its store, and what its commands say."""

    root: Path

    @property
    def store(self) -> FolderArtifacts:
        return FolderArtifacts(self.root / "models")

    def run(self, *arguments: str | Path) -> Result:
        open_artifacts = partial(FolderArtifacts, self.root / "models")
        group = commands(open_artifacts, partial(load, SHIPPED), anybody, None, self.root)
        return CliRunner().invoke(group, list(map(str, arguments)))

    def said(self, *arguments: str | Path) -> str:
        result = self.run(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def refused(self, *arguments: str | Path) -> str:
        result = self.run(*arguments)
        assert result.exit_code in (1, 2), (result.output, result.exception)
        return result.output


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A laboratory with nothing in it."""
    (tmp_path / "models").mkdir()
    return Lab(tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """One that has trained a logistic regression on a table, with a signature."""
    root = tmp_path_factory.mktemp("lab")
    (root / "models").mkdir()
    made = Lab(root)
    frame = loan_applications(1_500, seed=5).frame
    frame["region"] = ["north" if i % 2 else "south" for i in range(len(frame))]
    frame["record"] = range(len(frame))
    frame.to_csv(root / "loans.csv", index=False)
    SigningKey.generate(root / "key.pem")
    asked = ["--target", "default", "--type", "logistic_regression", "--param", "C=0.1,1", "--folds", "3"]
    fair = ["--sensitive", "region", "--leave-out", "region", "--experiment", "trial"]
    (root / "said.txt").write_text(made.said("train", root / "loans.csv", *asked, *fair, "--sign", root / "key.pem"))
    return made


@pytest.fixture(scope="module")
def winner(trained: Lab) -> Manifest:
    found: Sequence[Manifest] = versions(trained.store, "lab_logistic_regression")
    return found[0]


def test_a_training_is_told_with_its_figures_and_its_warnings(trained: Lab, winner: Manifest) -> None:
    told = (trained.root / "said.txt").read_text()
    assert f"lab_logistic_regression@{winner.version}: published; run " in told
    assert "Warning: column record numbers the rows" in told
    assert f"{winner.metrics['auc_roc']:.4f}" in told
    assert "Of 2 settings: C=" in told


def test_the_model_is_published_signed_and_says_how_it_was_made(winner: Manifest) -> None:
    assert winner.converted, winner.not_converted_because
    assert winner.signature is not None
    facts: Any = winner.metrics["laboratory"]
    assert (facts["experiment"], facts["model_type"], facts["data"]) == ("trial", "logistic_regression", "loans.csv")
    assert facts["hyperparameters"]["C"] in (0.1, 1)
    assert [feature.name for feature in winner.features][-1] == "loan_purpose"


def test_what_was_published_is_listed_with_its_figures(trained: Lab, winner: Manifest) -> None:
    listed = json.loads(trained.said("models", "--json"))["models"]
    assert [each["model"] for each in listed] == [f"lab_logistic_regression@{winner.version}"]
    assert listed[0]["auc_roc"] == winner.metrics["auc_roc"]
    assert listed[0]["retired"] is False
    lines = trained.said("models").splitlines()
    assert lines[0].split()[:3] == ["MODEL", "EXPERIMENT", "AUC_ROC"]
    assert winner.version in lines[1]


def test_a_winner_is_adopted_and_promoted_in_one_command(trained: Lab, winner: Manifest) -> None:
    source = f"lab_logistic_regression@{winner.version}"
    words = ["--owner", "Retail credit", "--approved-by", "A. Reviewer"]
    told = trained.said("adopt", source, "--as", "xgboost", "--promote", *words)
    serving = read_switch(trained.store, "xgboost")[0].manifest
    assert serving.metrics[ADOPTED_FROM] == source
    assert f"nothing promoted -> {serving.version}" in told
    assert "passed    " in told
    assert serving.features == winner.features
    assert serving.golden.outputs == winner.golden.outputs
    card = read_card(trained.store.read(f"xgboost/versions/{serving.version}/{CARD}", 1 << 20).data)
    assert (card.owner, card.approved_by) == ("Retail credit", "A. Reviewer")
    assert any(source in each for each in card.limits)
    assert card.metrics["auc"].value == winner.metrics["auc_roc"]


def test_a_winner_that_is_only_adopted_serves_nobody(trained: Lab, winner: Manifest) -> None:
    told = trained.said("adopt", f"lab_logistic_regression@{winner.version}", "--as", "social")
    assert "serves nobody yet: flask --app app models promote social@" in told
    assert len(versions(trained.store, "social")) == 1
    assert not (trained.root / "models" / "social" / "manifest.json").exists()


def test_what_is_no_laboratory_model_is_not_adopted(trained: Lab, winner: Manifest) -> None:
    stranger = winner.model_copy(update={"metrics": {}})
    with pytest.raises(TrainingError, match="no model of the laboratory"):
        adopt(stranger, "other", trained.store, ANYBODY, Words())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lab_xgboost", "--as", "xgboost"), "is not NAME@VERSION"),
        (("lab_xgboost@1", "--as", "xgboost"), "there is no version 1 of lab_xgboost"),
        (("lab_xgboost@1", "--as", "lab_dnn"), "cannot be the name of a route's model"),
        (("lab_xgboost@1", "--as", "../x"), "cannot be the name of a route's model"),
    ],
)
def test_what_cannot_be_adopted_is_said(lab: Lab, arguments: Sequence[str], said: str) -> None:
    assert said in lab.refused("adopt", *arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("absent.csv",), "absent.csv: there is no such file"),
        (("loan_applications", "--target", "bad"), "target: the table has no column bad"),
        (("loan_applications", "--param", "C=-1"), "C"),
        (("loan_applications", "--param", "depth=3"), "depth"),
        (("loan_applications", "--param", "C"), "is not NAME=VALUE"),
        (("loan_applications", "--type", "astrology"), "astrology"),
        (("loan_applications", "--default-value", "yes"), "one of them yes for a default; it holds 0, 1"),
    ],
)
def test_a_training_that_cannot_be_done_is_one_sentence_and_leaves_nothing(
    lab: Lab, arguments: Sequence[str], said: str
) -> None:
    given = dict(zip(arguments[1::2], arguments[2::2], strict=True))
    plain = {"--target": "default", "--type": "logistic_regression", **given}
    told = lab.refused("train", arguments[0], *(each for pair in plain.items() for each in pair))
    assert said in told
    assert "Traceback" not in told
    assert lab.store.keys("lab_logistic_regression/versions") == []


def test_values_are_numbers_flags_null_or_text() -> None:
    assert grid(["C=0.1,1", "penalty=l2", "early=true", "max_features=null,sqrt"]) == {
        "C": (0.1, 1),
        "penalty": ("l2",),
        "early": (True,),
        "max_features": (None, "sqrt"),
    }


def test_data_sets_are_listed(lab: Lab) -> None:
    folder = lab.root / "laboratory" / "datasets"
    folder.mkdir(parents=True)
    (folder / "cards.csv").write_text("a\n1\n")
    told = lab.said("datasets")
    assert "cards              cards.csv, 4 bytes" in told
    assert "loan_applications  5,000 synthetic loan applications" in told


@pytest.mark.parametrize("name", ["loans.csv", "loans.csv.gz", "loans.parquet"])
def test_loan_applications_are_written_the_same_each_time(lab: Lab, name: str) -> None:
    told = lab.said("data", "loan", lab.root / name, "--rows", "300", "--seed", "8")
    assert "300 loan applications" in told
    assert "Best that anyone could reach on them: AUC 0.9" in told
    read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
    pd.testing.assert_frame_equal(read(lab.root / name), loan_applications(300, 8).frame)


def test_loan_applications_are_not_written_as_something_else(lab: Lab) -> None:
    assert "a table is a file" in lab.refused("data", "loan", lab.root / "loans.xlsx")


def test_the_demo_trains_the_types_of_which_there_is_no_model(trained: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def train_all(missing: Sequence[str], _: object) -> list[str]:
        asked.extend(missing)
        return ["trained"]

    monkeypatch.setattr(demo_command, "train_all", train_all)
    assert trained.said("demo") == "trained\n"
    assert asked == ["random_forest", "xgboost", "lightgbm", "dnn"]
    monkeypatch.setattr(demo_command, "is_there", lambda *_: True)
    assert "nothing to do" in trained.said("demo")


def test_a_missing_library_is_told_with_what_to_install(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'lightgbm'", name="lightgbm")

    monkeypatch.setattr(train_command, "make", without)
    told = lab.refused("train", "loan_applications", "--target", "default", "--type", "lightgbm")
    assert told == "Error: lightgbm is not installed; the laboratory needs `pip install -r requirements-lab.txt`\n"


def test_a_model_whose_publishing_is_cut_short_is_not_there_and_declares_its_migration(
    trained: Lab, winner: Manifest
) -> None:
    store = _CutShort(puts=2)
    with pytest.raises(KeyboardInterrupt):
        adopt(winner, "other", _Reading(trained.store, store), ANYBODY, Words(), replaces="f" * 64)
    config = next(data for key, data in store.objects.items() if key.endswith("config.json"))
    assert json.loads(config)[REPLACES_SCHEMA] == "f" * 64
    assert versions(store, "other") == []


class _CutShort(MemoryArtifacts):
    def __init__(self, puts: int) -> None:
        super().__init__()
        self.left = puts

    def put(self, key: str, data: bytes, **more: Any) -> str:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().put(key, data, **more)


class _Reading:
    """Reads from one store, writes into another."""

    def __init__(self, source: FolderArtifacts, into: MemoryArtifacts) -> None:
        self.read, self.put, self.etag, self.keys = source.read, into.put, into.etag, into.keys

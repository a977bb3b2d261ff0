"""The commands as an operator runs them: into a folder of artifacts, with small tables."""

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from pydantic import JsonValue

from model_store.artifacts import ArtifactStore
from model_store.card import CARD
from model_store.folder import FolderArtifacts
from model_store.manifest import Manifest
from model_store.promotion import promote
from model_store.signing import ANYBODY
from model_store.switch import read_switch
from model_store.validation import VALIDATION
from scoring.reasons import Attribution, Part, explain
from tests.fakes.routes import ROUTES
from training import commands as commands_module
from training import demo, native
from training.commands import commands
from training.dataset import Shares
from training.gated import champion_schemas, promote_through_gates
from training.population import VIEWS, population
from training.publish import DEMO, is_present, publish_all
from training.train import train

MODELS = ("traditional", "social", "xgboost")
SPEC = """
target = "bad"
default_value = "yes"
seed = 3
[groups]
traditional = ["payment_history", "credit_utilization", "credit_history_length", "debt_to_income", "savings_buffer"]
social = ["residential_stability", "employment_stability", "household_bills"]
application = ["payment_history", "debt_to_income"]
[features]
residential_stability = { protected = true }
[card]
purpose = "Estimates the risk of default."
owner = "The tests"
intended_use = "Tests."
not_for = ["Customers."]
period = "None"
default_definition = "The synthetic outcome"
limits = ["The customers are made up."]
"""
SENSITIVE = "[sensitive]\nsex = {}\n"


@pytest.fixture
def store(tmp_path: Path) -> FolderArtifacts:
    (tmp_path / "store").mkdir()
    return FolderArtifacts(tmp_path / "store")


def run(store: ArtifactStore, *arguments: str | Path) -> Result:
    return CliRunner().invoke(commands(lambda: store, lambda: ROUTES), list(map(str, arguments)))


def table(folder: Path, **changed: Any) -> Path:
    """A small table of customers with the columns that SPEC names."""
    dataset = population(3_000, seed=8).dataset
    columns: dict[str, Any] = {"bad": ["yes" if each else "no" for each in dataset.defaulted]}
    for model in ("traditional", "social"):
        columns |= dict(zip((each.name for each in VIEWS[model]), dataset.inputs[model].rows.T, strict=True))
    columns["sex"] = dataset.sensitive["sex"]
    path = folder / "customers.csv"
    pd.DataFrame({**columns, **changed}).to_csv(path, index=False)
    (folder / "spec.toml").write_text(SPEC + SENSITIVE)
    return path


def manifest_of(store: FolderArtifacts, model: str) -> Manifest:
    return read_switch(store, model)[0].manifest


def test_a_table_becomes_three_models_that_are_promoted_together_through_the_gates(
    tmp_path: Path, store: FolderArtifacts
) -> None:
    kept = tmp_path / "kept"
    result = run(store, "train", table(tmp_path), "--spec", tmp_path / "spec.toml", "--into", kept)
    assert result.exit_code == 0, result.output
    metrics = json.loads((kept / "metrics.json").read_text())
    for model in MODELS:
        published = manifest_of(store, model)
        assert published.converted, published.not_converted_because
        assert published.metrics["auc"] == metrics["models"][model]["auc"]
        assert published.reference.source == "config"
        assert f"{model}: published version {published.version}" in result.output
    assert manifest_of(store, "xgboost").alone == (0.0, 1.0)
    assert f"{metrics['routes']['existing']['auc']:.4f}" in result.output

    changes = [read_switch(store, model)[0].changes[-1] for model in MODELS]
    assert len({change.promotion for change in changes}) == 1
    assert changes[0].together == {model: manifest_of(store, model).version for model in MODELS}
    assert {gate["gate"] for gate in changes[0].gates} >= {"card", "parity", "auc", "calibration", "fairness", "psi"}
    assert all(gate["passed"] for gate in changes[0].gates)
    assert changes[0].override is None
    assert {CARD, VALIDATION} < manifest_of(store, "social").files.keys()

    social = manifest_of(store, "social")
    attribution = Attribution(0.0, (2.0, 1.0, 0.5), "linear", "reference")
    told = explain([Part("social", 1.0, social.schema_of_features, (0.1, 0.1, 0.1), attribution)], ROUTES.scale, 300.0)
    assert [each.feature for each in told.reason_codes] == ["employment_stability", "household_bills"]


def test_what_the_gates_refuse_is_published_and_promoted_only_with_a_reason(
    tmp_path: Path, store: FolderArtifacts
) -> None:
    made = table(tmp_path)
    (tmp_path / "spec.toml").write_text(SPEC)
    result = run(store, "train", made, "--spec", tmp_path / "spec.toml")
    assert result.exit_code == 1
    assert "Error: not promoted; nothing was changed.\n" in result.output
    assert "fairness of routes.new: cannot be judged: the validation set names no sensitive attribute" in result.output
    assert [is_present(store, model) for model in MODELS] == [False] * 3

    assert "\nPublished, and not serving: " in result.output
    command = result.output.partition("models promote ")[2].partition(" --override REASON")[0].split()
    together = dict(each.split("@") for each in command)
    reason = "no such data may be held"
    done, _ = promote_through_gates(store, together, ROUTES, ANYBODY, by="test", override=reason)
    change = read_switch(store, "xgboost")[0].changes[-1]
    assert (change.promotion, change.override) == (done.id, reason)
    assert [gate["gate"] for gate in change.gates if not gate["passed"]] == ["fairness"] * 2
    assert champion_schemas(store, ROUTES).keys() == set(MODELS)


def test_the_demo_is_trained_and_published_with_what_could_be_reached(
    store: FolderArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: dict[str, Any] = {}

    def publish(folder: Path, metrics: Mapping[str, Any], *_: object) -> dict[str, str]:
        published.update(metrics, files=sorted(file.name for file in (folder / "xgboost").iterdir()))
        return dict.fromkeys(metrics, "1")

    monkeypatch.setattr(demo, "CUSTOMERS", 3_000)
    monkeypatch.setattr(commands_module, "publish_all", publish)
    monkeypatch.setattr(commands_module, "_promote", lambda versions, _: published.update(promoted=versions))
    result = run(store, "train-demo")
    assert result.exit_code == 0, result.output
    assert published["files"] == ["card.json", "config.json", "model.json", "validation.npz"]
    assert published["promoted"].keys() == set(MODELS)
    assert published["xgboost"]["auc"] < published["xgboost"]["best_reachable_auc"] < 0.9
    assert f"{published['social']['best_reachable_auc']:.4f}" in result.output


def test_a_demo_that_was_published_in_part_is_made_anew(
    tmp_path: Path, store: FolderArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ArtifactStore] = []
    monkeypatch.setattr(commands_module, "_demo", lambda into: made.append(into.artifacts))
    drawn = population(3_000, seed=8).dataset
    native.write_all(train(drawn, ROUTES, seed=8, shares=Shares(), say=print), tmp_path / "native", {})

    def promoted(facts: Mapping[str, JsonValue]) -> None:
        promote(store, publish_all(tmp_path / "native", {"social": facts}, store, print), by="test")

    promoted(DEMO)
    assert run(store, "train-demo").output == ""
    assert made == [store]
    config = tmp_path / "native" / "social" / "config.json"
    config.write_text(config.read_text() + "\n")  # the same files within a second: the same version
    promoted({"customers": "the bank's own"})
    assert "nothing to do" in run(store, "train-demo").output
    assert made == [store]


@pytest.mark.parametrize("there", ["social/manifest.json", "traditional/model.pt", "xgboost/model.json"])
def test_the_demo_leaves_a_store_alone_that_holds_a_model(store: FolderArtifacts, there: str) -> None:
    store.put(there, b"somebody's model")
    result = run(store, "train-demo")
    assert result.exit_code == 0
    assert result.output == f"Models are there already ({there.partition('/')[0]}): nothing to do.\n"


def test_the_demo_is_not_published_where_the_store_cannot_be_asked(tmp_path: Path) -> None:
    result = run(FolderArtifacts(tmp_path / "unmounted"), "train-demo")
    told = "Error: the model store is out of reach: the artifact folder does not exist\n"
    assert (result.exit_code, result.output) == (1, told)


def test_looking_for_models_loads_no_framework(store: FolderArtifacts, tmp_path: Path) -> None:
    store.put("social/manifest.json", b"{}")
    code = f"""
import sys
from functools import partial
from pathlib import Path
from model_store.folder import FolderArtifacts
from routing.routes import load
from training.commands import commands
from training.dataset import Shares
group = commands(lambda: FolderArtifacts(Path({str(tmp_path / "store")!r})), lambda: load(Path("routes.toml")))
group(["train-demo"], standalone_mode=False)
assert not {{"torch", "sklearn", "scipy", "xgboost", "pandas", "joblib", "onnx"}} & sys.modules.keys()
"""
    root = Path(__file__).parents[3]
    ended = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "nothing to do" in ended.stdout


def test_a_mistake_is_one_line_and_exit_status_1(tmp_path: Path, store: FolderArtifacts) -> None:
    command = partial(run, store, "train")
    spec = tmp_path / "spec.toml"
    for changed, message in (
        ({"household_bills": "often"}, "column household_bills holds something that is no number in row 1"),
        ({"bad": "no"}, "target bad must hold two values"),
        ({"bad": ["yes"] * 20 + ["no"] * 2_980}, "too few rows: the test part would hold"),
    ):
        result = command(table(tmp_path, **changed), "--spec", spec)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ") or "\nError: " in result.output
        assert message in result.output
    assert "cannot be read as a table" in command(tmp_path / "none.csv", "--spec", spec).output
    assert "cannot be read (FileNotFoundError)" in command(table(tmp_path), "--spec", tmp_path / "none.toml").output


def test_native_files_are_not_mixed_into_a_folder_in_use(tmp_path: Path, store: FolderArtifacts) -> None:
    result = run(store, "train", table(tmp_path), "--spec", tmp_path / "spec.toml", "--into", tmp_path)
    assert (result.exit_code, result.output) == (1, f"Error: {tmp_path} is not an empty folder\n")


def test_a_key_that_is_none_is_one_line_before_anything_is_trained(tmp_path: Path, store: FolderArtifacts) -> None:
    key = tmp_path / "key.pem"
    key.write_text("no key")
    key.chmod(0o600)
    result = run(store, "train-demo", "--sign", key)
    assert (result.exit_code, result.output) == (1, "Error: key.pem: not an unencrypted private key in PEM form\n")

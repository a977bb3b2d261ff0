"""A training as a run in MLflow, on a real store in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.fakes.running import ROOT
from tests.fakes.tracked import begun, logged
from tests.fakes.winners import winner
from training.lab.figures import figures
from training.lab.run_files import TEST_PART, example
from training.lab.run_store import RunStore, TrackingError, at, quietly
from training.lab.tracking import TrackedRun, close_runs_of_dead_jobs


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return RunStore.at(tmp_path_factory.mktemp("laboratory"))


@pytest.fixture(scope="module")
def run(store: RunStore) -> TrackedRun:
    with begun(store, winner(), "job-1") as run:
        logged(run, winner())
        assert status(run) == "RUNNING"  # a job that is killed from here on leaves no run that seems finished
    assert status(run) == "FINISHED"
    return run


@pytest.fixture(scope="module")
def found(run: TrackedRun) -> Any:
    return run.client.get_run(run.id)


def status(run: TrackedRun) -> str:
    return str(run.client.get_run(run.id).info.status)


def test_a_run_says_what_was_asked_for_and_what_was_found(found: Any) -> None:
    parameters = found.data.params
    assert {name: parameters[name] for name in ("target", "model_type", "folds", "seed", "balance")} == {
        "target": "default",
        "model_type": "logistic_regression",
        "folds": "3",
        "seed": "0",
        "balance": "none",
    }
    assert parameters["hyperparameter/C"] == str(winner().hyperparameters["C"])
    assert float(parameters["threshold"]) == winner().threshold
    assert parameters["library/scikit-learn"]
    assert parameters["code"]


def test_every_figure_is_a_metric_beside_its_interval(found: Any) -> None:
    told, metrics = figures(winner()), found.data.metrics
    assert {name: metrics[name] for name in told.metrics} == told.metrics
    for name, (low, high) in told.intervals.items():
        assert (metrics[f"interval/{name}_low"], metrics[f"interval/{name}_high"]) == (low, high)


def test_each_fold_is_a_step_and_their_mean_and_spread_are_metrics(run: TrackedRun, found: Any) -> None:
    folds = winner().folds["auc_roc"]
    history = run.client.get_metric_history(run.id, "cross_validation/auc_roc")
    assert [each.value for each in sorted(history, key=lambda each: each.step)] == list(folds)
    assert found.data.metrics["cross_validation/auc_roc_mean"] == pytest.approx(np.mean(folds))
    assert found.data.metrics["cross_validation/auc_roc_sd"] == pytest.approx(np.std(folds, ddof=1))


def test_each_trial_is_a_run_below_it_and_the_best_comes_first(run: TrackedRun) -> None:
    below = run.client.search_runs([run.experiment_id], f"tags.`mlflow.parentRunId` = '{run.id}'")
    areas = {each.info.run_name: each.data.metrics["auc_roc"] for each in below}
    assert len(areas) == len(winner().trials) == 3
    assert areas["trial, place 1"] >= areas["trial, place 2"] >= areas["trial, place 3"]


def test_the_pictures_are_png_and_have_their_numbers_beside_them(run: TrackedRun, tmp_path: Path) -> None:
    folder = Path(run.client.download_artifacts(run.id, "plots", str(tmp_path)))
    names = {"roc", "precision_recall", "calibration", "score_distribution", "confusion", "shap_summary"}
    assert {each.stem for each in folder.glob("*.png")} == names == {each.stem for each in folder.glob("data/*.json")}
    assert all(each.read_bytes().startswith(b"\x89PNG") for each in folder.glob("*.png"))


def test_the_test_part_is_kept_as_outcomes_and_pds_without_features(run: TrackedRun, tmp_path: Path) -> None:
    part = pd.read_csv(run.client.download_artifacts(run.id, TEST_PART, str(tmp_path)))
    assert list(part.columns) == ["defaulted", "pd"]
    assert np.array_equal(part["pd"], winner().pd_test)


def test_the_table_is_an_input_with_digest_and_columns(found: Any) -> None:
    (given,) = found.inputs.dataset_inputs
    assert given.dataset.name == "drawn applicants"
    assert found.data.tags["data_digest"].startswith(given.dataset.digest)
    assert "loan_amount" in given.dataset.schema


def test_the_pipeline_comes_back_from_mlflow_and_answers_the_same(store: RunStore, found: Any) -> None:
    (model,) = found.outputs.model_outputs
    frame = winner().table.frame
    with quietly(), at(store.uri):
        import mlflow

        loaded = mlflow.sklearn.load_model(f"models:/{model.model_id}")
    assert np.array_equal(loaded.predict_proba(frame), winner().pipeline.predict_proba(frame))


def test_the_input_example_is_no_customer() -> None:
    frame = winner().table.frame
    shown = example(frame)
    assert shown["income"].iloc[0] == frame["income"].median()
    assert not (frame == shown.iloc[0]).all(axis=1).any()


def test_a_store_of_the_process_is_put_back(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    with quietly(), at(store.uri):
        assert os.environ["MLFLOW_TRACKING_URI"] == store.uri
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:1"


def test_a_run_whose_training_fails_is_marked_as_failed(store: RunStore) -> None:
    with pytest.raises(ZeroDivisionError), begun(store, winner()) as run:
        raise ZeroDivisionError
    assert status(run) == "FAILED"


def test_a_run_that_is_interrupted_is_marked_as_killed(store: RunStore) -> None:
    with pytest.raises(KeyboardInterrupt), begun(store, winner()) as run:
        raise KeyboardInterrupt
    assert status(run) == "KILLED"


def test_runs_of_dead_jobs_are_closed_and_those_of_others_are_left(store: RunStore, tmp_path: Path) -> None:
    other = RunStore(store.uri, "another desk", store.artifacts)
    with (
        begun(store, winner(), "dead") as dead,
        begun(store, winner(), "alive") as alive,
        begun(store, winner()) as bare,
    ):
        with begun(other, winner(), "dead") as elsewhere:
            assert close_runs_of_dead_jobs(store, lambda job: job == "alive") == [dead.id]
            running = [status(each) for each in (alive, bare, elsewhere)]
        assert status(dead) == "KILLED"
    assert running == ["RUNNING"] * 3


def test_a_server_that_is_down_is_said_without_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    store = RunStore.at(tmp_path, "http://user:secret@127.0.0.1:1")
    with pytest.raises(TrackingError) as told, begun(store, winner()):
        pass
    assert "MLflow" in str(told.value)
    assert "secret" not in str(told.value)
    assert "127.0.0.1" not in str(told.value)


def test_a_store_that_takes_no_files_fails_the_run(store: RunStore, tmp_path: Path) -> None:
    store = RunStore(store.uri, store.desk, tmp_path / "artifacts")
    (tmp_path / "artifacts").write_text("not a folder")
    other = replace(winner(), plan=replace(winner().plan, experiment="no files"))
    with pytest.raises(TrackingError, match="could not be logged") as told, begun(store, other) as run:
        logged(run, other)
    assert status(run) == "FAILED"
    assert str(tmp_path) not in str(told.value)


def test_an_experiment_that_was_deleted_is_said(store: RunStore) -> None:
    client = store.open()
    client.delete_experiment(store.experiment(client, "gone"))
    with pytest.raises(TrackingError, match="was deleted"):
        store.experiment(client, "gone")


def test_two_processes_may_make_the_store_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from training.lab.run_store import RunStore;"
        "store = RunStore.at(Path(sys.argv[1])); print(store.experiment(store.open(), 'one'))"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [each.communicate()[0].strip() for each in both] == ["1", "1"]
    assert [each.returncode for each in both] == [0, 0]


def test_mlflow_calls_nobody(store: RunStore) -> None:
    store.open()
    with quietly():
        from mlflow.telemetry import get_telemetry_client
    assert get_telemetry_client() is None

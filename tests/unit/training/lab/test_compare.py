"""Registered versions, and runs beside one another."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from evaluation.discrimination import auc_difference
from model_store.folder import FolderArtifacts
from tests.fakes.manifests import manifest
from tests.fakes.tracked import begun, logged, run_of
from tests.fakes.winners import winner
from training.lab.compare import compared_table, paired, runs_by_id, runs_of
from training.lab.compare_command import add_to
from training.lab.figures import figures
from training.lab.registry import NEWEST, Registered, registered_name
from training.lab.result import result
from training.lab.run_store import RunStore, TrackingError
from training.lab.tools import LabTools

WEAK = 1e-6
"""A penalty that leaves next to nothing of the model."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def store(folder: Path) -> RunStore:
    return RunStore.at(folder / "laboratory")


@pytest.fixture(scope="module")
def runs(folder: Path, store: RunStore) -> list[tuple[str, Registered]]:
    """A strong model, a weak one, and one on another split."""
    elsewhere = replace(winner(), plan=replace(winner().plan, seed=1))
    made = [run_of(folder / "laboratory", winner(), "1"), run_of(folder / "laboratory", winner(WEAK), "2")]
    with begun(store, elsewhere) as run:
        logged(run, elsewhere)
    return [*made, (run.id, Registered("none", "0"))]


def test_each_run_registers_the_next_version_and_the_alias_is_the_last(
    store: RunStore, runs: list[tuple[str, Registered]]
) -> None:
    name = registered_name(winner().plan)
    assert [each for _, each in runs[:2]] == [Registered(name, "1"), Registered(name, "2")]
    newest = store.open().get_model_version_by_alias(name, NEWEST)
    assert int(newest.version) == 2
    assert newest.run_id == runs[1][0]
    assert newest.tags["bundle"] == "lab_logistic_regression@2"


def test_a_registered_name_has_none_of_mlflows_own_signs() -> None:
    assert registered_name(replace(winner().plan, experiment="a/b:c")) == "a_b_c-logistic_regression"


def test_the_runs_of_an_experiment_come_best_first_and_without_their_trials(
    store: RunStore, runs: list[tuple[str, Registered]]
) -> None:
    found = runs_of(store, "applicants")
    assert {each.run_id for each in found} == {run_id for run_id, _ in runs}
    areas = [each.metrics["auc_roc"] for each in found]
    assert areas == sorted(areas, reverse=True)
    assert found[0].intervals["auc_roc"][0] < areas[0] < found[0].intervals["auc_roc"][1]


def test_two_runs_of_the_same_customers_are_tested_by_delong(
    store: RunStore, runs: list[tuple[str, Registered]]
) -> None:
    strong, weak, _ = runs_by_id(store, [run_id for run_id, _ in runs])
    told = figures(winner())
    assert paired(store, strong, weak).auc_roc == auc_difference(told.defaulted, winner().pd_test, winner(WEAK).pd_test)
    assert paired(store, strong, weak).n == len(told.pd)


def test_two_runs_of_other_customers_are_not_compared(store: RunStore, runs: list[tuple[str, Registered]]) -> None:
    strong, _, elsewhere = runs_by_id(store, [run_id for run_id, _ in runs])
    with pytest.raises(TrackingError, match="they differ in seed"):
        paired(store, strong, elsewhere)


def test_the_table_shows_the_hyperparameters_that_differ(store: RunStore, runs: list[tuple[str, Registered]]) -> None:
    head, *rows = compared_table(runs_by_id(store, [runs[0][0], runs[1][0]]), ["auc_roc"])
    assert head == ["run", "name", "auc_roc", "C"]
    assert [row[-1] for row in rows] == [str(winner().hyperparameters["C"]), str(WEAK)]


def test_an_unknown_experiment_and_an_unknown_run_are_said(store: RunStore) -> None:
    with pytest.raises(TrackingError, match="no experiment"):
        runs_of(store, "nobody's")
    with pytest.raises(TrackingError, match="RESOURCE_DOES_NOT_EXIST"):
        runs_by_id(store, ["0" * 32])


def test_the_command_prints_the_table_and_the_test(folder: Path, runs: list[tuple[str, Registered]]) -> None:
    lab = click.Group("lab")
    add_to(lab, LabTools(lambda: FolderArtifacts(folder), lambda: pytest.fail("no routes"), data_dir=folder))
    both = ["--run", runs[0][0], "--run", runs[1][0]]
    shown = CliRunner().invoke(lab, ["compare", *both])
    assert shown.exit_code == 0, shown.output
    assert "DeLong's paired test" in shown.output
    told = json.loads(CliRunner().invoke(lab, ["compare", *both, "--json"]).output)
    assert [each["run_id"] for each in told["runs"]] == [runs[0][0], runs[1][0]]
    assert told["difference"]["n"] == len(winner().pd_test)


def test_the_result_is_plain_json_with_the_fields_that_were_promised() -> None:
    of = winner()
    found = result(
        of, figures(of), "a run", manifest("lab_logistic_regression", "7"), Registered("name", "3"), ("more",)
    )
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["run_id"], found["model_version"], found["registered_model"]["version"]) == ("a run", "7", "3")
    assert found["metrics"]["auc_roc"] == pytest.approx(figures(of).metrics["auc_roc"])
    assert found["warnings"][0] == "column branch is empty: it is left out"
    assert found["warnings"][-1] == "more"

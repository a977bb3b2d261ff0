"""`flask --app app applications ...`, from a table to a model that serves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from model_store.switch import read_switch
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.routes import ROUTES
from training.applications.commands import commands
from training.lab.loan_applications import loan_applications

Run = Callable[..., Result]


@pytest.fixture
def artifacts() -> MemoryArtifacts:
    return MemoryArtifacts()


@pytest.fixture
def run(artifacts: MemoryArtifacts, tmp_path: Path) -> Run:
    group = commands(lambda: artifacts, lambda: ROUTES, data_dir=tmp_path / "data")
    return lambda *words: CliRunner().invoke(group, [str(each) for each in words])


def test_a_loan_table_becomes_a_model_that_serves_with_its_figures_beside(
    run: Run, artifacts: MemoryArtifacts, tmp_path: Path
) -> None:
    loan_applications(1_000).frame.to_csv(tmp_path / "loans.csv", index=False)
    result = run("train-loan", tmp_path / "loans.csv")
    assert result.exit_code == 0, result.output
    assert "gates passed" in result.output
    manifest = read_switch(artifacts, "loan")[0].manifest
    said = json.loads((tmp_path / "data" / "applications" / "loan" / "metrics.json").read_bytes())
    for name in ("accuracy", "precision", "recall", "f1", "auc_roc"):
        assert manifest.metrics[name] == said[name]
    assert manifest.threshold == 0.5
    assert "prepare.joblib" in manifest.files


def test_what_is_wrong_with_a_table_is_said_in_a_sentence(run: Run, tmp_path: Path) -> None:
    pd.DataFrame({"TARGET": [0, 1] * 50, "x": range(100)}).to_csv(tmp_path / "table.csv", index=False)
    result = run("train-home-credit", tmp_path / "table.csv")
    assert result.exit_code == 1
    assert "none of Home Credit's columns" in result.output
    assert run("train-loan", tmp_path / "nothing.csv").output.strip().endswith("there is no such file")
    assert "give it without a TABLE" in run("train-loan", tmp_path / "table.csv", "--rows", 500).output


def test_drawn_applications_are_a_file_in_the_real_table_s_columns(run: Run, tmp_path: Path) -> None:
    result = run("data", "home-credit", tmp_path / "drawn.csv", "--rows", 300, "--seed", 4)
    assert "300 applications in 122 columns" in result.output
    assert "Best that anyone could reach on them: AUC" in result.output
    assert pd.read_csv(tmp_path / "drawn.csv").shape == (300, 122)
    assert "a table is a file" in run("data", "home-credit", tmp_path / "drawn.txt").output

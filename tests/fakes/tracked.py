"""Runs in a tracking store of a folder, as a training job leaves them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from tests.fakes.manifests import manifest
from training.lab.figures import figures
from training.lab.plots import measured_on
from training.lab.registry import Registered, register
from training.lab.run_store import RunStore
from training.lab.shap_summary import shap_summary
from training.lab.tracking import TrackedRun, tracked
from training.lab.words import Winner


def begun(store: RunStore, winner: Winner, job_id: str | None = None) -> AbstractContextManager[TrackedRun]:
    """The run of a winner's training."""
    return tracked(store, winner.plan, winner.table, job_id)


def logged(run: TrackedRun, winner: Winner) -> str:
    """Log a winner; the id of its pipeline."""
    found = figures(winner)
    pictures = (*measured_on(found.defaulted, found.pd, winner.threshold), shap_summary(winner))
    return run.log(winner, found, pictures)


def run_of(folder: Path, winner: Winner, version: str) -> tuple[str, Registered]:
    """A whole run with a registered version; its id."""
    store = RunStore.at(folder)
    with begun(store, winner, f"job-{version}") as run:
        registered = register(run, logged(run, winner), winner.plan, manifest("lab_logistic_regression", version))
    return run.id, registered

"""A training from table to registered version: what a job and a command both do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laboratory.plan import Plan
from model_store.manifest import Manifest
from training.lab.figures import Figures, figures
from training.lab.fit import train
from training.lab.plots import measured_on
from training.lab.registry import register
from training.lab.result import result
from training.lab.run_store import RunStore, TrackingError
from training.lab.shap_summary import shap_summary
from training.lab.tracking import tracked
from training.lab.words import Progress, Table, Winner

Publish = Callable[[Winner, Figures, str], Manifest]
"""From a winner, its figures and its run's id to the published bundle (`training.lab.publish`)."""
TRAINED = 0.85
"""Of the progress, the share that the training is."""


def run(
    plan: Plan, table: Table, store: RunStore, publish: Publish, progress: Progress, job_id: str | None = None
) -> dict[str, Any]:
    """Train, log, publish, register; returns the job's result (`training.lab.result`).

    The run is begun before the training and has everything before the bundle is published; the version is registered
    after that. Whatever fails before the bundle is published leaves a run that is marked as failed, no bundle and no
    version. MLflow failing after it takes nothing back, since a published bundle may serve already: the result then
    has no `registered_model`, and a warning. Raises what `train`, `publish` and the store raise.
    """
    with tracked(store, plan, table, job_id) as run:
        winner = train(plan, table, lambda share, stage: progress(TRAINED * share, stage))
        progress(TRAINED, "measuring")
        found = figures(winner)
        pictures = (*measured_on(found.defaulted, found.pd, winner.threshold), shap_summary(winner))
        progress(0.92, "logging the run")
        model_id = run.log(winner, found, pictures)
        progress(0.95, "publishing the model")
        bundle = publish(winner, found, run.id)
        progress(0.98, "registering the version")
        try:
            registered, warnings = register(run, model_id, plan, bundle), ()
        except TrackingError as error:
            registered, warnings = None, (f"{error} The model is published as {bundle.name} {bundle.version}.",)
    return result(winner, found, run.id, bundle, registered, warnings)

"""A whole training: read, tracked, trained, measured, published and registered, in this order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laboratory.plan import Plan
from model_store.artifacts import ArtifactStore
from model_store.signing import SigningKey

if TYPE_CHECKING:
    from training.lab.words import Progress, Table

READ, TRAINED, LOGGED, PUBLISHED = 0.05, 0.80, 0.90, 0.98
"""The share that is done after each step, as a rule."""


@dataclass(frozen=True)
class Into:
    """Where what is made goes. `tracking_uri`: None for the store in `folder` (`DATA_DIR/laboratory`)."""

    artifacts: ArtifactStore
    folder: Path
    tracking_uri: str | None = None
    key: SigningKey | None = None


def make(
    plan: Plan,
    read: Callable[[], Table],
    into: Into,
    progress: Progress,
    *,
    job_id: str | None = None,
    warn: Callable[[tuple[str, ...]], None] = lambda _: None,
) -> dict[str, Any]:
    """Train what `plan` asks for on the table that `read` gives; the result is that of `training.lab.result`.

    `warn` is told what the table's owner should know, as soon as it is known. The frameworks are imported here. What
    fails before the last step leaves no version behind that serves, and its run says that it failed. Raises
    InvalidRequest, TrainingError, NativeRefusedError, ArtifactError, ManifestError, CardError, ValidationSetError,
    OSError.
    """
    from training.lab.figures import figures
    from training.lab.fit import train
    from training.lab.plots import measured_on
    from training.lab.publish import files_digest, publish
    from training.lab.registry import register
    from training.lab.result import result
    from training.lab.run_store import RunStore, TrackingError
    from training.lab.shap_summary import shap_summary
    from training.lab.tracking import tracked

    progress(0.0, "reading the table")
    table = read()
    warn(table.warnings)
    store = RunStore.at(into.folder, into.tracking_uri)
    with tracked(store, plan, table, job_id) as run:
        winner = train(plan, table, lambda share, stage: progress(READ + share * (TRAINED - READ), stage))
        warn(winner.warnings)
        progress(TRAINED, "measuring the winner on the test part")
        found = figures(winner)
        pictures = [*measured_on(found.defaulted, found.pd, winner.threshold), shap_summary(winner)]
        model_id = run.log(winner, found, pictures)
        progress(LOGGED, "converting and publishing")
        manifest = publish(winner, found, run.id, into.artifacts, into.key)
        progress(PUBLISHED, "registering")
        registered, problems = None, tuple[str, ...]()
        try:
            registered = register(run, model_id, plan, manifest)
        except Exception as error:  # the model is published, and its run has all there is to know of it
            why = error if isinstance(error, TrackingError) else f"MLflow's client fails ({type(error).__name__})."
            problems = (f"The model is published, but not registered in MLflow: {why}",)
            warn(problems)
        made = result(winner, found, run.id, manifest, registered, problems)
    progress(1.0, "finished")
    return made | {"files_digest": files_digest(manifest)}

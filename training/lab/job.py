"""`python -m training.lab.job FOLDER DESCRIPTOR`: the process of one training job.

Nothing heavy is imported before it is this job's turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from laboratory.job_folder import JobFolder
from laboratory.working import Refused, Work, work

UNSIGNED = "This machine serves signed models only and has no key to sign with: sign the new version before it is used."


def train(doing: Work) -> Mapping[str, Any]:
    """Train, track, publish and register; the job's result. Raises Refused with a sentence for its owner."""
    from bootstrap import services, settings
    from model_store.artifacts import ArtifactError
    from model_store.native import NativeRefusedError
    from model_store.signing import SigningError, SigningKey
    from scoring.errors import InvalidRequest
    from training.dataset import TrainingError
    from training.lab.datasets import from_name
    from training.lab.making import Into, make
    from training.lab.run_store import RunStore
    from training.lab.tables import from_rows
    from training.lab.tracking import close_runs_of_dead_jobs
    from training.lab.words import Table

    values, order = settings.read(), doing.folder.order()
    folder = values.laboratory_dir

    def read() -> Table:
        if order.dataset is not None:
            return from_name(order.dataset, folder / "datasets", order.plan)
        return from_rows(doing.folder.rows(), order.plan, order.data)

    try:
        key = SigningKey.load(values.model_signing_key) if values.model_signing_key else None
    except (SigningError, OSError) as error:
        raise Refused("The key that models are signed with cannot be used; an operator can say why.") from error
    if values.require_signed_models and key is None:
        doing.warn((UNSIGNED,))
    into = Into(services.artifacts(values), folder, values.mlflow_tracking_uri, key)
    try:
        close_runs_of_dead_jobs(
            RunStore.at(folder, values.mlflow_tracking_uri), partial(_lives, doing.folder.path.parent)
        )
        return make(order.plan, read, into, doing.progress, job_id=doing.folder.path.name, warn=doing.warn)
    except InvalidRequest as error:
        raise Refused("; ".join(f"{each.field} {each.message}" for each in error.errors) or error.detail) from error
    except (TrainingError, NativeRefusedError) as error:
        raise Refused(str(error)) from error
    except ArtifactError as error:
        raise Refused("The model store is out of reach: the model was not published.") from error


def _lives(desk: Path, job_id: str) -> bool:
    """Whether a job's process is there; one whose folder was cleared away is long gone."""
    try:
        return JobFolder(desk / Path(job_id).name).lives()
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    work(train)

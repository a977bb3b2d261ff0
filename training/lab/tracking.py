"""A training job as a run in MLflow, from its first minute to the registered version."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from laboratory.plan import Plan
from training.lab.drawing import Picture
from training.lab.figures import Figures
from training.lab.run_facts import description, plan_parameters, tags, winner_parameters
from training.lab.run_files import write_files
from training.lab.run_model import log_pipeline
from training.lab.run_store import RunStore, TrackingError, quietly, reached
from training.lab.words import Table, Winner

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

MOST_CHILDREN: Final = 50
"""Trials that are runs of their own, the best ones: each costs some 20 ms. The table `trials.json` has all of them."""
SHOWN_OF_DIGEST: Final = 12
NOTE: Final = "mlflow.note.content"


@dataclass(frozen=True)
class TrackedRun:
    """A run that is open in `store`."""

    store: RunStore
    client: MlflowClient
    experiment_id: str
    id: str

    def log(self, winner: Winner, figures: Figures, pictures: Sequence[Picture]) -> str:
        """Log everything that is known of the winner; returns its pipeline's id in MLflow. Raises TrackingError."""
        with reached("logged"), quietly(), self.store.alone():
            model_id = log_pipeline(winner, self.id, self.store.uri)
            self.client.update_run(self.id, status="RUNNING")  # MLflow ends a run once it has logged its model
            with tempfile.TemporaryDirectory() as folder:
                write_files(Path(folder), winner, figures, pictures)
                self.client.log_artifacts(self.id, folder)
            _batch(self.client, self.id, metrics(winner, figures, model_id), winner_parameters(winner))
            self.client.set_tag(self.id, NOTE, description(winner, figures))
            self._trials(winner)
        return model_id

    def _trials(self, winner: Winner) -> None:
        if len(winner.trials) < 2:
            return
        best = sorted(winner.trials, key=lambda trial: -sum(trial.auc) / len(trial.auc))
        for place, trial in enumerate(best[:MOST_CHILDREN], start=1):
            marks = {"mlflow.parentRunId": self.id, "trial": "yes", "model_type": winner.plan.model_type}
            child = self.client.create_run(self.experiment_id, tags=marks, run_name=f"trial, place {place}")
            found = [("auc_roc", sum(trial.auc) / len(trial.auc), 0)]
            found += [("cross_validation/auc_roc", value, fold) for fold, value in enumerate(trial.auc, start=1)]
            parameters = {f"hyperparameter/{name}": str(value) for name, value in trial.hyperparameters.items()}
            _batch(self.client, child.info.run_id, [_metric(*each) for each in found], parameters)
            self.client.set_terminated(child.info.run_id)


@contextmanager
def tracked(store: RunStore, plan: Plan, table: Table, job_id: str | None = None) -> Iterator[TrackedRun]:
    """A run of the plan's experiment, RUNNING while the block does. Raises TrackingError.

    FINISHED at the block's end, FAILED when it raises an Exception, KILLED when it is interrupted. Begun before the
    training, so that a store that is out of reach is found out in seconds, and not at the end of an hour.
    """
    client = store.open()
    experiment = store.experiment(client, plan.experiment)
    with reached("begun"), quietly(), store.alone():
        marks = tags(plan, table, job_id, store.desk)
        begun = client.create_run(experiment, tags=marks, run_name=f"{plan.model_type} on {table.name}")
    run = TrackedRun(store, client, experiment, begun.info.run_id)
    try:
        with reached("begun"), quietly(), store.alone():
            _batch(client, run.id, [], plan_parameters(plan, table))
            _input(client, run.id, dataset(plan, table))
        yield run
    except BaseException as error:
        with suppress(TrackingError), reached("ended"), store.alone():
            client.set_terminated(run.id, "FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    with reached("ended"), store.alone():
        client.set_terminated(run.id)


def dataset(plan: Plan, table: Table) -> Any:
    """The table as MLflow lists inputs: name, digest, columns with their types, rows; no value of it."""
    from mlflow.entities import Dataset, DatasetInput, InputTag
    from mlflow.types.utils import _infer_schema

    schema = _infer_schema(table.frame.head(1000)).to_dict()
    profile = {"num_rows": len(table.defaulted), "num_elements": table.frame.size}
    found = Dataset(
        name=table.name,
        digest=table.digest[
            :SHOWN_OF_DIGEST
        ],  # MLflow takes 36 at most, and shows all of them; the tag `data_digest` has all of it
        source_type="code",
        source=json.dumps({"tags": {"target": plan.target}}),
        schema=json.dumps({"mlflow_colspec": schema}),
        profile=json.dumps(profile),
    )
    return DatasetInput(found, [InputTag("mlflow.data.context", "training")])


def metrics(winner: Winner, figures: Figures, model_id: str | None = None) -> list[Any]:
    """MLflow metrics: `auc_roc` and so on of the test part; `interval/auc_roc_low`, `_high`; the folds as steps."""
    found = [(name, value, 0) for name, value in figures.metrics.items()]
    for name, (low, high) in figures.intervals.items():
        found += [(f"interval/{name}_low", low, 0), (f"interval/{name}_high", high, 0)]
    for name, folds in figures.folds.items():
        found += [(f"cross_validation/{name}", value, fold) for fold, value in enumerate(folds.each, start=1)]
        found += [(f"cross_validation/{name}_mean", folds.mean, 0), (f"cross_validation/{name}_sd", folds.sd, 0)]
    found += [("search/auc_roc", sum(trial.auc) / len(trial.auc), at) for at, trial in enumerate(winner.trials, 1)]
    return [_metric(*each, model_id) for each in found]


def _input(client: MlflowClient, run_id: str, given: Any) -> None:
    """Name a run's data set. Of two runs that are the first with it at a server, one is refused, and then finds it."""
    from mlflow.exceptions import MlflowException

    try:
        client.log_inputs(run_id, [given])
    except MlflowException as error:
        if error.error_code != "BAD_REQUEST":
            raise
        client.log_inputs(run_id, [given])


def _batch(client: MlflowClient, run_id: str, found: Sequence[Any], parameters: Mapping[str, str]) -> None:
    from mlflow.entities import Param

    client.log_batch(run_id, metrics=found, params=[Param(*each) for each in parameters.items()])


def _metric(name: str, value: float, step: int, model_id: str | None = None) -> Any:
    from mlflow.entities import Metric

    return Metric(name, value, int(time.time() * 1000), step, model_id=model_id)


def close_runs_of_dead_jobs(store: RunStore, lives: Callable[[str], bool]) -> list[str]:
    """Mark as KILLED the runs of this laboratory's jobs that are gone; returns the runs' ids. Raises TrackingError.

    `lives` says of a job's id whether its process is there. Runs of other laboratories at the same server stay.
    """
    from mlflow.entities import ViewType

    client = store.open()
    with reached("closed"), quietly(), store.alone():
        experiments = [each.experiment_id for each in client.search_experiments(view_type=ViewType.ACTIVE_ONLY)]
        mine = f"attributes.status = 'RUNNING' and tags.desk = '{store.desk}'"
        runs = client.search_runs(experiments, mine, max_results=1000)
        closed = []
        for run in runs:
            job_id = run.data.tags.get("job_id")
            if job_id and not lives(job_id):
                client.set_terminated(run.info.run_id, "KILLED")
                closed.append(run.info.run_id)
    return closed

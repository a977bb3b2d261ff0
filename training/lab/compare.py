"""Runs of an experiment beside one another, and whether the difference of two of them is more than chance."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from evaluation.discrimination import auc_difference
from evaluation.figures import METRICS
from evaluation.intervals import Difference
from evaluation.probability import brier_difference
from training.lab.run_files import TEST_PART
from training.lab.run_store import RunStore, TrackingError, quietly, reached

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

MOST_RUNS: Final = 1000
SAME_TEST_PART: Final = ("data_digest", "target", "default_value", "seed")
"""What two runs must have alike to have been measured on the same customers."""
HYPERPARAMETER: Final = "hyperparameter/"


@dataclass(frozen=True)
class Compared:
    """One finished run. `intervals`: metric -> [low, high]; `registered`: name of its model in MLflow, if any."""

    run_id: str
    name: str
    experiment: str
    started_ms: int
    facts: Mapping[str, str]
    hyperparameters: Mapping[str, str]
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    registered: str | None


@dataclass(frozen=True, slots=True)
class Paired:
    """First run less second, on the same N customers: DeLong's test of the AUC, and of the Brier score's mean."""

    n: int
    auc_roc: Difference
    brier: Difference


def runs_of(store: RunStore, experiment: str) -> list[Compared]:
    """The finished runs of an experiment, the highest AUC first. Raises TrackingError, also for an unknown one."""
    client = store.open()
    with reached("read"), quietly():
        found = client.get_experiment_by_name(experiment)
        if found is None:
            raise TrackingError("There is no experiment of this name.")
        wanted = "attributes.status = 'FINISHED'"
        # A trial is a run below the one that it belongs to, and has no figures of a test part.
        runs = [
            run
            for run in client.search_runs([found.experiment_id], wanted, max_results=MOST_RUNS)
            if "mlflow.parentRunId" not in run.data.tags
        ]
    return sorted((_compared(run, experiment) for run in runs), key=lambda run: -run.metrics.get("auc_roc", 0.0))


def runs_by_id(store: RunStore, run_ids: Sequence[str]) -> list[Compared]:
    """Runs by their ids, in the order given. Raises TrackingError, also for an id that no run has."""
    client = store.open()
    with reached("read"), quietly():
        runs = [client.get_run(run_id) for run_id in run_ids]
        names = {each: client.get_experiment(each).name for each in {run.info.experiment_id for run in runs}}
    return [_compared(run, names[run.info.experiment_id]) for run in runs]


def paired(store: RunStore, first: Compared, second: Compared) -> Paired:
    """The difference of two runs that were measured on the same customers. Raises TrackingError.

    Same customers: the same table, target and seed, and with these the same split; the outcomes are compared, too.
    """
    unlike = [name for name in SAME_TEST_PART if first.facts.get(name) != second.facts.get(name)]
    if unlike:
        raise TrackingError(
            f"The two runs were not measured on the same customers: they differ in {', '.join(unlike)}."
        )
    client = store.open()
    parts = [_test_part(client, run.run_id) for run in (first, second)]
    if not parts[0]["defaulted"].equals(parts[1]["defaulted"]):
        raise TrackingError("The two runs were not measured on the same customers: their outcomes differ.")
    outcomes, ours, theirs = parts[0]["defaulted"], parts[0]["pd"], parts[1]["pd"]
    return Paired(len(outcomes), auc_difference(outcomes, ours, theirs), brier_difference(outcomes, ours, theirs))


def compared_table(runs: Sequence[Compared], metrics: Sequence[str]) -> Iterator[list[str]]:
    """Rows of text, the head first: each run with those metrics, and the hyperparameters that differ between runs."""
    settings = sorted({name for run in runs for name in run.hyperparameters})
    differing = [name for name in settings if len({run.hyperparameters.get(name) for run in runs}) > 1]
    facts = [name for name in ("data", "balance", "seed") if len({run.facts.get(name) for run in runs}) > 1]
    yield ["run", "name", *facts, *metrics, *differing]
    for run in runs:
        values = [_figure(run, name) for name in metrics]
        yield [
            run.run_id,
            run.name,
            *(run.facts.get(name, "") for name in facts),
            *values,
            *(run.hyperparameters.get(name, "") for name in differing),
        ]


def _compared(run: Run, experiment: str) -> Compared:
    metrics, parameters, tags = run.data.metrics, run.data.params, run.data.tags
    ends = {name: (f"interval/{name}_low", f"interval/{name}_high") for name in METRICS}
    return Compared(
        run_id=run.info.run_id,
        name=run.info.run_name or "",
        experiment=experiment,
        started_ms=run.info.start_time,
        facts={**parameters, "data_digest": tags.get("data_digest", "")},
        hyperparameters={
            name.removeprefix(HYPERPARAMETER): value
            for name, value in parameters.items()
            if name.startswith(HYPERPARAMETER)
        },
        metrics={name: metrics[name] for name in METRICS if name in metrics},
        intervals={
            name: (metrics[low], metrics[high]) for name, (low, high) in ends.items() if {low, high} <= set(metrics)
        },
        registered=tags.get("registered_as"),
    )


def _test_part(client: MlflowClient, run_id: str) -> pd.DataFrame:
    with reached("read"), quietly(), tempfile.TemporaryDirectory() as folder:
        return pd.read_csv(client.download_artifacts(run_id, TEST_PART, folder))


def _figure(run: Compared, name: str) -> str:
    if name not in run.metrics:
        return ""
    interval = run.intervals.get(name)
    return f"{run.metrics[name]:.4f}" + (f" [{interval[0]:.4f}, {interval[1]:.4f}]" if interval else "")

"""What the API asks of the laboratory. Implemented beside this file and in bootstrap/; tests have fakes of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from laboratory.plan import ModelType, Plan
from laboratory.states import JobState
from routing.ports import KeyUse, Model
from scoring.errors import ServiceError, Unavailable


class UnknownJob(ServiceError):
    """There is no training job of this id on this machine."""


class JobEnded(ServiceError):
    """The job has ended: there is nothing to cancel."""


class TooManyJobs(ServiceError):
    """As many jobs wait as may wait."""


class LaboratoryUnavailable(Unavailable):
    """The laboratory's libraries are not installed here, or its process is busy, was ended or took too long."""


class UnknownLabModel(ServiceError):
    """The laboratory has no model of this type, version or experiment yet."""


@dataclass(frozen=True, slots=True)
class Job:
    """A training job as it stands. `progress`: the share that is done, of [0, 1]; `stage`: what it is doing, in words.

    `result`: what came of a finished one, as plain JSON (`training.lab.result`). `problem`: why a failed one failed.
    Times are stamps (`scoring.identity.stamp`).
    """

    id: str
    plan: Plan
    data: str
    state: JobState
    progress: float
    stage: str
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    result: Mapping[str, Any] | None = None
    problem: str | None = None
    warnings: tuple[str, ...] = ()


class TrainingJobs(Protocol):
    """The training jobs of this machine. All raise LaboratoryUnavailable when their folder is out of reach."""

    def submit(self, plan: Plan, data: str | Sequence[Mapping[str, object]], key: KeyUse | None = None) -> Job:
        """Begin a job on a server-side data set's name or on rows. Raises InvalidRequest, TooManyJobs, KeyReused.

        The job is a process of its own: it does not end with the caller. Of all that are submitted with one key, one
        begins a job, and each gets that one.
        """

    def begun_with(self, key: KeyUse) -> Job | None:
        """The job that was begun with this key, if it is not forgotten. Raises KeyReused."""

    def find(self, job_id: str) -> Job:
        """One job. Raises UnknownJob."""

    def every(self, limit: int) -> Sequence[Job]:
        """The newest jobs first."""

    def cancel(self, job_id: str) -> Job:
        """End a job. Raises UnknownJob, JobEnded."""


class Analyst(Protocol):
    """A process beside the request workers that does what needs heavy libraries: explanations, fairness, drift."""

    def run(self, task: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a task as plain JSON.

        Raises the ServiceError that the task raised (InvalidRequest, UnknownLabModel, ...), LaboratoryUnavailable.
        """


class HeldOut(Protocol):
    """Customers that a model was not fitted on: its bundle's validation set."""

    @property
    def rows(self) -> NDArray[np.float64]:
        """[N, n] coded rows, NaN where a value is missing."""

    @property
    def defaulted(self) -> NDArray[np.float64]:
        """[N] outcomes, 1 = default."""

    @property
    def sensitive(self) -> Mapping[str, NDArray[np.str_]]:
        """Attribute -> the group of each customer [N]."""


@dataclass(frozen=True, slots=True)
class LabModel:
    """A model that the laboratory made, loaded. `reference`: feature -> the value that stands in for a missing one.

    A number, a category's name, or None where the model itself takes the gap. `threshold`: PD from which on a default
    is expected. `facts`: what its run says of it (experiment, run id, data digest, hyperparameters), `metrics`: its
    figures; plain JSON both. `held_out` fetches the bundle's validation set; `trees` the file that holds it as a sum of
    boxes (`model_store.closed_forms`), None where it is no such sum. Both raise ModelUnavailable.
    """

    model_type: ModelType
    version: str
    digest: str
    model: Model
    reference: Mapping[str, float | str | None]
    threshold: float
    facts: Mapping[str, Any]
    metrics: Mapping[str, Any]
    held_out: Callable[[], HeldOut]
    trees: Callable[[], bytes | None]


class LabModels(Protocol):
    """What the laboratory has published."""

    def find(self, model_type: ModelType, version: str | None = None, experiment: str | None = None) -> LabModel:
        """The newest model of a type (of an experiment), or that version. Raises UnknownLabModel, ModelUnavailable."""

"""The laboratory's processes as the settings want them: training jobs, and the analyst of a request worker."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial

from bootstrap.settings import Settings
from laboratory import analyst, checking, datasets, jobs
from laboratory.limits import JobLimits
from laboratory.plan import Plan
from laboratory.ports import LaboratoryUnavailable

MEGABYTE = 1 << 20


def training_jobs(settings: Settings) -> jobs.LocalJobs:
    """The jobs of this machine. Opens nothing."""
    return jobs.LocalJobs(
        settings.laboratory_dir / "jobs",
        [sys.executable, *jobs.COMMAND],
        partial(_check, settings),
        limits=JobLimits(settings.lab_job_seconds, settings.lab_job_memory_mb * MEGABYTE),
        at_once=settings.lab_concurrent_jobs,
        key_seconds=settings.idempotency_hours * 3600,
    )


def child_analyst() -> analyst.ChildAnalyst:
    """The analyst of this process. Starts nothing before the first task."""
    return analyst.ChildAnalyst([sys.executable, *analyst.COMMAND])


def _check(settings: Settings, plan: Plan, data: str | Sequence[Mapping[str, object]]) -> None:
    try:
        checking.check(plan, data, partial(datasets.is_known, folder=settings.laboratory_dir / "datasets"))
    except OSError as error:
        raise LaboratoryUnavailable("The folder of the data sets is out of reach.") from error

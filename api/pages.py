"""Every page of the service, over what serves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint

from api import (
    applications,
    customers,
    docs,
    drift,
    evaluate,
    explain,
    fairness,
    health,
    lab_predict,
    metrics,
    mobile,
    mobile_model,
    models,
    predict,
    predictions,
    record,
    reports,
    search,
    train,
)
from api.auth import Guard
from api.cursors import Cursors
from api.limits import AtMost
from api.metrics import Metrics
from explanation.person import Explainer
from laboratory.ports import Analyst, LabModels, TrainingJobs
from monitoring.application_fairness import ApplicationFairness
from routing.archive import Archive
from routing.audit import AuditService
from routing.catalog import ModelCatalog
from routing.ports import ModelStore
from routing.service import ScoringService
from scoring.scale import ScoreScale

LAB_AT_ONCE = 6
"""Laboratory requests in one process: a body of 16 MB takes 70 MB once it is read; scoring needs the other places."""


@dataclass(frozen=True, slots=True)
class Laboratory:
    """The model laboratory of this machine; `scale`: in force for scores."""

    jobs: TrainingJobs
    analyst: Analyst
    models: LabModels
    scale: ScoreScale


@dataclass(frozen=True, slots=True)
class Served:
    """What stands behind the pages. `laboratory`: None on a machine that only serves."""

    scoring: ScoringService
    models: ModelStore
    catalog: ModelCatalog
    archive: Archive
    audit: AuditService
    explainer: Explainer
    application_models: Mapping[str, str]
    application_fairness: ApplicationFairness
    laboratory: Laboratory | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Longest bodies in bytes; requests at once in this process; months after which an outcome is mature."""

    body: int
    batch_body: int
    lab_body: int
    at_once: int
    maturity_months: int


def pages(served: Served, guard: Guard, cursors: Cursors, counts: Metrics, limits: Limits) -> list[Blueprint]:
    """The blueprints of all paths."""
    at_once = AtMost(limits.at_once)
    return [
        health.blueprint(served.scoring),
        metrics.blueprint(counts),
        docs.blueprint(),
        predict.blueprint(served.scoring, guard, at_once, counts, limits.body, limits.batch_body),
        search.blueprint(served.scoring, guard, at_once, cursors, limits.body),
        models.blueprint(served.models, served.catalog, guard, at_once),
        predictions.blueprint(served.audit, served.explainer, guard, at_once),
        record.blueprint(served.audit, guard, at_once, counts, limits.body, limits.batch_body),
        customers.dossiers(served.audit, guard, at_once),
        customers.erasures(served.audit, guard, at_once, limits.body),
        reports.blueprint(served.archive, guard, limits.maturity_months),
        *_applications(served, guard, at_once, counts, limits),
        *(_laboratory(served.laboratory, guard, at_once, limits) if served.laboratory else ()),
    ]


def _applications(served: Served, guard: Guard, at_once: AtMost, counts: Metrics, limits: Limits) -> list[Blueprint]:
    """Those of the applications that the routes declare."""
    names, pages = served.application_models, []
    if {"loan", "credit_desk"} <= names.keys():
        pages.append(
            applications.blueprint(served.scoring, names, guard, at_once, counts, limits.body, limits.batch_body)
        )
    if "mobile" in names:
        fairness = served.application_fairness
        pages += [
            mobile.blueprint(served.scoring, names, served.models, fairness, guard, at_once, counts, limits.body),
            mobile_model.blueprint(names["mobile"], served.catalog, guard, at_once),
        ]
    return pages


def _laboratory(lab: Laboratory, guard: Guard, every: AtMost, limits: Limits) -> list[Blueprint]:
    longest, at_once = limits.lab_body, AtMost(LAB_AT_ONCE, within=every)
    return [
        train.blueprint(lab.jobs, guard, at_once, longest),
        lab_predict.blueprint(lab.models, lab.analyst, lab.scale, guard, at_once, longest),
        evaluate.blueprint(lab.analyst, guard, at_once, longest),
        explain.blueprint(lab.analyst, guard, at_once, longest),
        fairness.blueprint(lab.analyst, guard, at_once, longest),
        drift.blueprint(lab.analyst, guard, at_once, longest, limits.maturity_months),
    ]

"""Drift of uploaded rows, of a laboratory model on uploaded rows, or of a served model's recent requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np

from laboratory.inputs import stand_ins
from laboratory.ports import LabModel, LabModels
from laboratory.tasks import drift_body
from laboratory.tasks.drift_body import Chosen
from model_store.artifacts import ArtifactStore
from monitoring.drift.bundles import Serving, StoredBundles
from monitoring.drift.columns import read_both
from monitoring.drift.columns_of_rows import rows_of_inputs
from monitoring.drift.contributions import point_shifts
from monitoring.drift.recent import Recent, recent
from monitoring.drift.report import DriftReport, Side
from monitoring.drift.report import drift as compared
from monitoring.drift.served import ServedDrift, known, pds_of, served_drift
from routing.archive import Archive
from routing.catalog import ModelVersions
from scoring.errors import FieldError, InvalidRequest
from scoring.scale import ScoreScale


class ServedBench(Protocol):
    """What a check of a served model needs. `artifacts`: the model store."""

    @property
    def archive(self) -> Archive: ...
    @property
    def versions(self) -> ModelVersions: ...
    @property
    def artifacts(self) -> ArtifactStore: ...


class DriftBench(ServedBench, Protocol):
    """What the task needs."""

    @property
    def models(self) -> LabModels: ...


@dataclass(frozen=True)
class Checked:
    """A served model's report with what it was made of. `since`: the stamp from which on requests were read."""

    name: str
    chosen: Chosen
    since: str
    serving: Serving
    requests: Recent
    done: ServedDrift


def task(body: Mapping[str, Any], bench: DriftBench) -> dict[str, Any]:
    """The report as plain JSON, with `source`: what was compared with what.

    Raises InvalidRequest; of a model also UnknownModel, UnknownLabModel, ModelUnavailable, TableUnavailable.
    """
    chosen = drift_body.read(body)
    if chosen.model is not None:
        return plain_served(check_served(chosen.model, chosen, bench))
    if chosen.model_type is not None:
        return _laboratory(body, chosen, bench.models.find(chosen.model_type, chosen.version))
    return _uploaded(body, chosen)


def _uploaded(body: Mapping[str, Any], chosen: Chosen) -> dict[str, Any]:
    features = read_both(body.get("reference"), body.get("current"))
    n_reference, n_current = len(body["reference"]), len(body["current"])
    options = chosen.options if chosen.threshold is None else replace(chosen.options, threshold=chosen.threshold)
    reference = Side(
        n_reference,
        drift_body.shares(body, "reference_predictions", n_reference),
        drift_body.outcomes(body, "reference_labels", n_reference),
    )
    current = Side(
        n_current,
        drift_body.shares(body, "predictions", n_current),
        drift_body.outcomes(body, "labels", n_current),
    )
    return _plain(compared(features, reference, current, options), {"kind": "uploaded rows"})


def _laboratory(body: Mapping[str, Any], chosen: Chosen, found: LabModel) -> dict[str, Any]:
    model, held_out = found.model, found.held_out()
    reference = known(model, held_out.rows, held_out.defaulted)
    listed = model.schema.features
    said = [{each.name: each.said(row[i]) for i, each in enumerate(listed)} for row in reference.rows]
    features = read_both(said, body.get("current"))
    left_out = stand_ins(found)
    filled = [{**left_out, **_given(row)} for row in body["current"]]
    rows = rows_of_inputs(listed, filled)
    pds = pds_of(model, model.score(rows))
    labels = drift_body.outcomes(body, "labels", len(rows))
    is_scored = ~np.isnan(pds)
    threshold = found.threshold if chosen.threshold is None else chosen.threshold
    options = replace(chosen.options, threshold=threshold)
    expected = pds_of(model, model.score(reference.rows))
    is_usable = ~np.isnan(expected)
    report = compared(
        features,
        Side(len(reference.rows), expected[is_usable], reference.defaulted[is_usable] if labels is not None else None),
        Side(len(rows), pds[is_scored] if is_scored.any() else None, None if labels is None else labels[is_scored]),
        options,
        point_shifts(model, reference.rows, rows, ScoreScale(), options.seed),
    )
    source = {
        "kind": "laboratory model",
        "model_type": found.model_type,
        "version": found.version,
        "digest": found.digest,
        "reference": "the bundle's validation set",
        "not_scored": int((~is_scored).sum()),
    }
    return _plain(report, source)


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row does hold."""
    return {name: value for name, value in row.items() if value is not None}


def check_served(name: str, chosen: Chosen, bench: ServedBench) -> Checked:
    """The report on a served model. Raises UnknownModel, ModelUnavailable, TableUnavailable, InvalidRequest."""
    now = datetime.now(UTC)
    since = chosen.since or drift_body.month_before(chosen.until, now)
    found = StoredBundles(bench.artifacts).serving(name)
    model = bench.versions.model(found.name, found.version, found.digest)
    if found.held_out.rows.shape[1] != len(model.schema.features):
        problem = f"the validation set of version {found.version} is of another model"
        raise InvalidRequest(errors=[FieldError("model", problem)])
    requests = recent(
        bench.archive.scan(since, chosen.until),
        found.name,
        found.digest,
        most=chosen.most_records,
        on=now.date(),
        maturity_months=chosen.maturity_months,
    )
    reference = known(model, found.held_out.rows, found.held_out.defaulted)
    done = served_drift(reference, requests, chosen.options, chosen.threshold, chosen.window)
    return Checked(name, chosen, since, found, requests, done)


def plain_served(checked: Checked) -> dict[str, Any]:
    """The report as plain JSON."""
    requests, chosen = checked.requests, checked.chosen
    source = {
        "kind": "served model",
        "model": checked.name,
        "version": checked.serving.version,
        "digest": checked.serving.digest,
        "reference": "the bundle's validation set",
        "since": checked.since,
        "until": chosen.until,
        "records": len(requests.requests),
        "records_of_this_version": requests.seen,
        "most_records": chosen.most_records,
        "older_left_out": requests.beyond,
        "erased_left_out": requests.erased,
        "other_versions_left_out": requests.other_versions,
        "outcomes_known": sum(each.defaulted is not None for each in requests.requests),
        "maturity_months": chosen.maturity_months,
        "threshold_from": checked.done.threshold_from,
    }
    return {**_plain(checked.done.report, source), "windows": [asdict(each) for each in checked.done.windows]}


def _plain(report: DriftReport, source: Mapping[str, Any]) -> dict[str, Any]:
    return {**asdict(report), "source": dict(source)}

"""Drift of a model that serves, or served: its validation set against the requests that it scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluation.arrays import Floats
from monitoring.drift.columns import Both, Column
from monitoring.drift.columns_of_rows import columns_of_inputs, columns_of_rows, rows_of_inputs
from monitoring.drift.contributions import point_shifts
from monitoring.drift.options import Options
from monitoring.drift.recent import Recent, Request
from monitoring.drift.report import DriftReport, Side, drift, nothing_to_compare
from monitoring.drift.windows import Step, Window, places, point
from routing.ports import Model
from scoring.decision import Policy
from scoring.features import Row
from scoring.scale import ScoreScale, pd_of


@dataclass(frozen=True, eq=False)
class Known:
    """A model with the customers it was validated on: `rows` and `defaulted` [N]."""

    model: Model
    rows: Sequence[Row]
    defaulted: Floats


@dataclass(frozen=True, slots=True)
class ServedDrift:
    """The report on a model, with its windows, oldest first. `threshold_from`: where the threshold comes from."""

    report: DriftReport
    windows: tuple[Window, ...]
    threshold_from: str


def known(model: Model, rows: NDArray[np.float64], defaulted: NDArray[np.float64]) -> Known:
    """A model and its validation set."""
    return Known(model, [tuple(map(float, row)) for row in rows], np.asarray(defaulted, dtype=np.float64))


def pds_of(model: Model, log_odds: Sequence[float]) -> Floats:
    """PDs as the model gives them when it answers alone; NaN where it had no usable answer."""
    intercept, slope = model.alone
    return np.array([pd_of(intercept + slope * each) if each == each else np.nan for each in log_odds])


def served_drift(
    reference: Known, recent: Recent, options: Options, threshold: float | None = None, step: Step | None = None
) -> ServedDrift:
    """Compare what a model was validated on with what it was asked; `threshold`: instead of the policy's cut-off.

    Raises ModelUnavailable.
    """
    model, features = reference.model, reference.model.schema.features
    chosen, source = _threshold(threshold, recent.scale, recent.policy, options)
    options = replace(options, threshold=chosen)
    before, side = _scored_reference(reference)
    if not recent.requests:
        return ServedDrift(nothing_to_compare(side, options), (), source)
    columns = columns_of_inputs(features, [each.inputs for each in recent.requests])
    pds = pds_of(model, [each.log_odds for each in recent.requests])
    outcomes = _outcomes(recent.requests)
    points = point_shifts(
        model,
        reference.rows,
        rows_of_inputs(features, [each.inputs for each in recent.requests]),
        recent.scale or ScoreScale(),
        options.seed,
    )
    both = {name: Both(before[name], columns[name]) for name in before}
    report = drift(both, side, Side(len(pds), pds, outcomes), options, points)
    windows: list[Window] = []
    if step is not None:
        for bounds, at in places([each.scored_at for each in recent.requests], step).items():
            part = {name: Both(before[name], _part(columns[name], at)) for name in before}
            short = drift(part, replace(side, outcomes=None), Side(len(at), pds[at]), options)
            windows.append(point(bounds, len(at), short, pds[at]))
    return ServedDrift(report, tuple(windows), source)


def _scored_reference(reference: Known) -> tuple[dict[str, Column], Side]:
    pds = pds_of(reference.model, reference.model.score(reference.rows))
    usable = [i for i, each in enumerate(pds) if each == each]
    rows = [reference.rows[i] for i in usable]
    return columns_of_rows(reference.model.schema.features, rows), Side(
        len(rows), pds[usable], reference.defaulted[usable]
    )


def _threshold(
    given: float | None, scale: ScoreScale | None, policy: Policy | None, options: Options
) -> tuple[float, str]:
    if given is not None:
        return given, "the request"
    if policy is not None and policy.by_pd is not None:
        return policy.by_pd.decline_from, f"decline_from {policy.by_pd.decline_from:g} of the policy in force"
    if scale is not None and policy is not None:
        return pd_of(
            scale.log_odds(policy.approve_from)
        ), f"approve_from {policy.approve_from:g} of the policy in force"
    return options.threshold, "the default"


def _outcomes(requests: Sequence[Request]) -> Floats | None:
    """None where no outcome is known: there is nothing to compare, and nothing to say of it."""
    known = [np.nan if each.defaulted is None else float(each.defaulted) for each in requests]
    return None if np.isnan(known).all() else np.array(known, dtype=np.float64)


def _part(column: Column, at: Sequence[int]) -> Column:
    return type(column)(column.values[list(at)])  # type: ignore[arg-type]  # of its own kind

"""Answers by Shapley values: one applicant, the model over many customers, interactions."""

from __future__ import annotations

from typing import Any

import numpy as np

from evaluation.intervals import Estimate, mean_estimate
from explanation.lab import plots, plots_of_many
from explanation.lab.arrays import Floats, sample
from explanation.lab.interactions import Interactions, interact
from explanation.lab.served import Served
from explanation.lab.shapley import ADDITIVE, Explained, explain
from explanation.lab.summary import weights
from laboratory.tasks.explain_subject import SCALE, Json, Subject, pictures
from scoring.features import Feature

GLOBAL_EVALUATIONS = 3
"""Times as many as for one applicant: an answer about the model may take longer."""
FEW = 20
"""Customers whose interactions are looked at: each costs some hundred times its contributions."""
MOST_PAIRS = 30
NO_INTERACTIONS = (
    "A logistic regression's log-odds are a sum over features: what one of them does never depends on another, so that "
    "every interaction is 0."
)


def local(subject: Subject) -> Json:
    """One applicant: base_value + the contributions = output."""
    explained = _explain(subject, subject.served, subject.row[None, :])
    parts = contributions(subject.served.features, subject.row, explained)
    answer = {**subject.head(), **_sum(subject, explained), "contributions": parts}
    if subject.asked.plot:
        told = [(each["feature"], each["value"], each["contribution"]) for each in parts]
        answer |= pictures(waterfall=plots.waterfall(explained.base, float(explained.outputs[0]), told))
    return answer


def over_customers(subject: Subject) -> Json:
    """The model over a sample of customers: how much each feature weighs, which way, and every single contribution."""
    rows = _customers(subject, subject.asked.number("customers"))
    served = subject.affordable(len(rows), GLOBAL_EVALUATIONS * subject.asked.number("evaluations"))
    explained = _explain(subject, served, rows)
    found = weights(served.features, rows, explained)
    names = [feature.name for feature in served.features]
    order = [names.index(each.feature) for each in found]
    features = [served.features[i] for i in order]
    values, amounts = rows[:, order], explained.contributions[:, order]
    answer = {
        **subject.head(),
        "background": subject.background(served),
        **_how(explained),
        "customers": len(rows),
        "base_value": explained.base,
        "features": [
            {
                "feature": each.feature,
                "importance": _interval(each.importance),
                "points": each.importance.value * SCALE.points_per_log_odds,
                "direction": each.direction,
                "rank_correlation": each.rank_correlation,
                "categories": each.categories,
            }
            for each in found
        ],
        "beeswarm": {
            "features": [feature.name for feature in features],
            "values": [[f.said(v) for f, v in zip(features, row, strict=True)] for row in values.tolist()],
            "contributions": amounts.tolist(),
            "outputs": explained.outputs.tolist(),
        },
    }
    if subject.asked.plot:
        is_category = [feature.categories is not None for feature in features]
        answer |= pictures(
            importance=plots_of_many.importance(found),
            beeswarm=plots_of_many.beeswarm([feature.name for feature in features], values, amounts, is_category),
            dependence=plots_of_many.scatters(features, values, amounts),
        )
    return answer


def interactions(subject: Subject) -> Json:
    """Of one applicant a matrix that adds up to the output; without one, mean absolute interactions over customers."""
    if subject.applicant is None:
        return _interactions_over_customers(subject)
    rows = subject.row[None, :]
    explained = _explain(subject, subject.served, rows)
    found = interact(subject.served, rows, explained, subject.asked.number("evaluations"))
    answer = {
        **subject.head(),
        **_sum(subject, explained),
        **_matrix(found, found.matrices[0]),
        "pairs": _pairs(found, 2 * found.matrices[0]),
    }
    if subject.asked.plot:
        answer |= pictures(interactions=plots.heat_map(found.names, found.matrices[0]))
    return answer


def contributions(features: tuple[Feature, ...], row: Floats, explained: Explained) -> list[Json]:
    """Every feature of the one row that `explained` holds, the largest contribution first."""
    amounts, errors = explained.contributions[0], explained.errors[0]
    return [
        {
            "feature": features[i].name,
            "value": features[i].said(float(row[i])),
            "contribution": float(amounts[i]),
            "points": -SCALE.points_per_log_odds * float(amounts[i]),
            "standard_error": float(errors[i]),
        }
        for i in np.argsort(-np.abs(amounts), kind="stable").tolist()
    ]


def _interactions_over_customers(subject: Subject) -> Json:
    rows = _customers(subject, FEW)
    evaluations = GLOBAL_EVALUATIONS * subject.asked.number("evaluations")
    served = subject.affordable(len(rows), evaluations)
    explained = _explain(subject, served, rows)
    found = interact(served, rows, explained, evaluations // len(rows))
    strength = np.abs(found.matrices).mean(axis=0)
    answer = {
        **subject.head(),
        "background": subject.background(served),
        **_how(explained),
        "customers": len(rows),
        "measure": "mean absolute value over customers",
        **_matrix(found, strength),
        "pairs": _pairs(found, 2 * strength, found.matrices),
    }
    if subject.asked.plot:
        answer |= pictures(interactions=plots.heat_map(found.names, strength))
    return answer


def _explain(subject: Subject, served: Served, rows: Floats) -> Explained:
    times = 1 if len(rows) == 1 else GLOBAL_EVALUATIONS
    evaluations = times * subject.asked.number("evaluations") // len(rows)
    return explain(served, rows, evaluations, subject.asked.number("seed"))


def _customers(subject: Subject, count: int) -> Floats:
    """Others than the background's, as far as there are others: drawn with another seed."""
    return sample(subject.rows, count, subject.asked.number("seed") + 1)


def _sum(subject: Subject, explained: Explained) -> Json:
    base = explained.base
    return {"base_value": base, **subject.output(), "base_points": SCALE.points(base), **_how(explained)}


def _how(explained: Explained) -> Json:
    """How it was computed, and how sure the drawn part is."""
    methods = sorted(set(explained.methods))
    return {
        "computed_by": methods,
        "exact": explained.is_exact,
        "largest_standard_error": float(explained.errors.max()),
    }


def _matrix(found: Interactions, matrix: Floats) -> Json:
    answer: Json = {"features": list(found.names), "matrix": matrix.tolist(), "interactions_by": found.method}
    if found.together:
        answer["together"] = list(found.together)
    if found.method == ADDITIVE:
        answer["note"] = NO_INTERACTIONS
    return answer


def _pairs(found: Interactions, whole: Floats, matrices: Floats | None = None) -> list[Json]:
    """The strongest pairs; with the interval over customers where there are several."""
    first, second = np.triu_indices(len(found.names), 1)
    order = np.argsort(-np.abs(whole[first, second]), kind="stable")[:MOST_PAIRS]
    pairs: list[Json] = []
    for i, j in zip(first[order].tolist(), second[order].tolist(), strict=True):
        strength: Any = float(whole[i, j])
        points = -SCALE.points_per_log_odds * strength
        if matrices is not None:
            strength, points = _interval(mean_estimate(2 * np.abs(matrices[:, i, j]))), -points
        pairs.append({"features": [found.names[i], found.names[j]], "interaction": strength, "points": points})
    return pairs


def _interval(estimate: Estimate) -> Json:
    return {"value": estimate.value, "low": max(estimate.low, 0.0), "high": estimate.high}

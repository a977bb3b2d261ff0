"""Answers by LIME, partial dependence and counterfactuals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explanation.counterfactual import Alternative
from explanation.lab import plots, plots_of_many
from explanation.lab.arrays import sample
from explanation.lab.counterfactuals import MOST_CHANGES, counterfactuals
from explanation.lab.dependence import HIGH, LOW, depend
from explanation.lab.lime_local import TOP, lime
from laboratory.tasks.explain_subject import SCALE, Json, Subject, pictures
from scoring.scale import log_odds_of, pd_of

MOST_PLAUSIBLE = 2_000
"""Customers whose values a counterfactual may take."""
NO_REASON = "LIME is an approximation near this applicant: it is not a reason code, and its sum is not the output."
STAYS = "Nothing needs to change: the PD is below the threshold already."
NONE_FOUND = (
    f"The search found none: it changes up to {MOST_CHANGES} features, one after the other, to values that occur. "
    "It does not try every combination, and so there may be one."
)
FOUND = "Each of these would be enough by itself, the rest being as it is. What the model says is no promise."


def by_lime(subject: Subject) -> Json:
    """A linear model near the applicant: intercept + the contributions = local_output, which is only near output."""
    asked = subject.asked
    found = lime(subject.served, subject.row, asked.number("samples"), asked.number("repeats"), asked.number("seed"))
    local, features = found.local, subject.served.features
    order = np.argsort(-np.abs(local.weights), kind="stable").tolist()
    answer: Json = {
        **subject.head(),
        **subject.output(),
        "base_value": local.intercept,
        "local_output": local.prediction,
        "exact": False,
        "fit": local.fit,
        "stability": {
            "runs": asked.number("repeats"),
            f"overlap_of_top_{TOP}": found.stability.overlap,
            "rank_correlation": found.stability.rank_correlation,
        },
        "samples": asked.number("samples"),
        "contributions": [
            {
                "feature": features[i].name,
                "value": features[i].said(float(subject.row[i])),
                "rule": local.rules[i],
                "contribution": float(local.weights[i]),
                "points": -SCALE.points_per_log_odds * float(local.weights[i]),
            }
            for i in order
        ],
        "note": NO_REASON,
    }
    if asked.plot:
        known = [i for i in order if local.rules[i] is not None]
        rules = [str(local.rules[i]) for i in known]
        weights = [float(local.weights[i]) for i in known]
        answer |= pictures(lime=plots.lime_weights(rules, weights, local.fit, found.stability.overlap))
    return answer


def partial_dependence(subject: Subject) -> Json:
    """The mean output over the background when one or two features are set, and of one also every customer's curve."""
    names = [feature.name for feature in subject.served.features]
    found = depend(subject.served, [names.index(name) for name in subject.asked.vary], subject.asked.number("points"))
    low, high = found.spread
    shape = [len(grid) for grid in found.grids]
    answer: Json = {
        **subject.head(),
        "vary": list(subject.asked.vary),
        "grids": [
            [feature.said(value) for value in grid.tolist()]
            for feature, grid in zip(found.features, found.grids, strict=True)
        ],
        "mean": found.mean.reshape(shape).tolist(),
        "mean_probability_of_default": found.mean_pd.reshape(shape).tolist(),
        f"centred_percentile_{LOW}": low.reshape(shape).tolist(),
        f"centred_percentile_{HIGH}": high.reshape(shape).tolist(),
    }
    if len(shape) == 1:
        answer["curves"] = found.curves.tolist()
    if subject.asked.plot:
        answer |= pictures(partial_dependence=plots_of_many.partial(found))
    return answer


def counterfactual(subject: Subject) -> Json:
    """What would change the decision: changes that bring the PD below the threshold, or below `target_pd`.

    What is not known of the applicant is not changed: nobody could say from what.
    """
    asked, threshold = subject.asked, subject.asked.target_pd or subject.model.threshold
    said = subject.output()
    answer: Json = {**subject.head(), **said, "threshold": threshold, "counterfactuals": []}
    if said["probability_of_default"] < threshold:
        return answer | {"note": STAYS}
    highest = float(np.nextafter(log_odds_of(threshold), -np.inf))
    while pd_of(highest) >= threshold:  # a PD is a rounded function of its log-odds
        highest -= 1e-12 * (1 + abs(highest))
    plausible = sample(subject.rows, MOST_PLAUSIBLE, asked.number("seed"))
    held = replace(asked.constraints, immutable=[*asked.constraints.immutable, *subject.unknown])
    found = counterfactuals(subject.served, subject.row, plausible, highest, held, asked.number("count"))
    answer["counterfactuals"] = [_told(each) for each in found]
    return answer | {"note": FOUND if found else NONE_FOUND}


def _told(found: Alternative) -> Json:
    log_odds = -found.score
    return {
        "changes": [
            {
                "feature": each.lever.feature.name,
                "from": each.lever.feature.said(each.lever.value),
                "to": each.lever.feature.said(each.value),
                "size": each.size,
            }
            for each in found.changes
        ],
        "output": log_odds,
        "probability_of_default": pd_of(log_odds),
        "points": SCALE.points(log_odds),
    }

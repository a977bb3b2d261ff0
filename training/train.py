"""From customers to three calibrated models: split, fit, calibrate, measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evaluation.arrays import Floats
from routing.routes import Routes
from training import net, pipeline, trees
from training.calibrate import Calibration, calibrate_route
from training.dataset import Dataset, Inputs, Parts, Rows, Shares, TrainingError, split
from training.fitted import Fitted, Lesson
from training.measures import Measured, measure

LEARNERS: Mapping[str, Callable[[Lesson], Fitted]] = {
    "traditional": net.fit,
    "social": pipeline.fit,
    "xgboost": trees.fit,
}


@dataclass(frozen=True)
class TrainedModel:
    """A model fitted and calibrated; `reference` is the applicant that explanations compare with."""

    fitted: Fitted
    inputs: Inputs
    calibration: Calibration
    reference: list[float]


@dataclass(frozen=True)
class Trained:
    """Models by name, what was measured of them, and which rows they were measured on.

    `served`: model -> log-odds as it serves them, of the rows `parts.test`; `weights`: route -> model -> its share.
    """

    models: Mapping[str, TrainedModel]
    measured: Measured
    parts: Parts
    served: Mapping[str, Floats]
    weights: Mapping[str, Mapping[str, float]]


def train(dataset: Dataset, routes: Routes, *, seed: int, shares: Shares, say: Callable[[str], None]) -> Trained:
    """Train every champion of the routes on `dataset`; `say` gets a line of progress now and then.

    TrainingError when there are too few rows, or a route asks for a model that nothing here can train.
    """
    weights = _weights(routes)
    parts = split(dataset.defaulted, shares, seed)
    fitted: dict[str, Fitted] = {}
    for name in dict.fromkeys(model for route in weights.values() for model in route):
        fitted[name] = LEARNERS[name](Lesson.of(dataset, name, parts, seed))
        say(f"{name}: {fitted[name].summary}, fitted on {len(parts.train)} customers")

    def log_odds(name: str, rows: Rows) -> Floats:
        return fitted[name].log_odds(dataset.inputs[name].rows[rows])

    calibrations: dict[str, Calibration] = {}
    for shared in weights.values():
        calibrations |= calibrate_route(
            {name: log_odds(name, parts.calibration) for name in shared},
            shared,
            dataset.defaulted[parts.calibration],
            routes.scale,
        )
    served = {name: line.served(log_odds(name, parts.test)) for name, line in calibrations.items()}
    measured = measure(
        dataset.defaulted[parts.test],
        {name: calibrations[name].alone(each) for name, each in served.items()},
        {route: _mean(served, shared) for route, shared in weights.items()},
    )
    models = {
        name: TrainedModel(each, dataset.inputs[name], calibrations[name], dataset.inputs[name].reference(parts.train))
        for name, each in fitted.items()
    }
    return Trained(models, measured, parts, served, weights)


def _mean(log_odds: Mapping[str, Floats], shares: Mapping[str, float]) -> Floats:
    return np.asarray(np.sum([share * log_odds[name] for name, share in shares.items()], axis=0), dtype=np.float64)


def _weights(routes: Routes) -> dict[str, dict[str, float]]:
    """Route -> model -> its share in the route's score."""
    weights: dict[str, dict[str, float]] = {
        name: dict(zip(route.models, route.weights, strict=True)) for name, route in routes.by_customer_type.items()
    }
    asked = [model for route in weights.values() for model in route]
    if only_fallback := sorted(set(routes.champions()) - set(asked)):
        raise TrainingError(f"only a fallback asks for {', '.join(only_fallback)}; nothing says how to calibrate it")
    if unknown := sorted(set(asked) - LEARNERS.keys()):
        raise TrainingError(f"the routes ask for {', '.join(unknown)}; only {', '.join(LEARNERS)} can be trained")
    if len(set(asked)) < len(asked):
        raise TrainingError("a model stands in two routes; it can be calibrated for one only")
    return weights

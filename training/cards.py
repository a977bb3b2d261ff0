"""From what was measured to model cards."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from scipy.special import expit

from evaluation.arrays import Floats
from evaluation.calibration import logistic_line
from evaluation.discrimination import Auc, auc, gini, ks
from evaluation.intervals import Estimate as Interval
from evaluation.probability import brier_interval, expected_calibration_error, log_loss
from model_store.card import CardData, CardFairness, CardTraining, Metric, ModelCard
from routing.routes import Routes
from training.dataset import Dataset
from training.decided import decide
from training.fairness import eighty_percent_test
from training.spec import CardSpec
from training.thresholds import Thresholds
from training.train import Trained, TrainedModel

LIBRARIES = ("numpy", "sklearn", "torch", "xgboost")
SAME_PERIOD = (
    "Its figures are of customers drawn at random from the same table as those it learnt from, not of a later period: "
    "they say nothing of how it holds when times change."
)
SHARE_OF_EVIDENCE = (
    "Together with {others} it gives the score of {route}; there its own score is its share of the evidence, not the "
    "risk by itself. The figures named after the model alone are of the model when it answers alone."
)


@dataclass(frozen=True)
class Making:
    """How the models came about: the owner's words, the table, the seed of every draw, the day of the validation."""

    words: CardSpec
    source: str
    seed: int
    validated_on: date


def model_cards(trained: Trained, dataset: Dataset, routes: Routes, making: Making) -> dict[str, ModelCard]:
    """The card of every trained model, with its own figures and those of its route."""
    defaulted = dataset.defaulted[trained.parts.test]
    held_out = f"{len(defaulted):,} customers held back, drawn at random (seed {making.seed})"
    cards = {}
    for kind, weights in trained.weights.items():
        route = f"routes.{kind}"
        decided = decide([trained.served[name] for name in weights], list(weights.values()), routes)
        fairness = tuple(
            eighty_percent_test(name, groups[trained.parts.test], decided.approved, Thresholds()).on_card(route)
            for name, groups in dataset.sensitive.items()
        )
        together = _metrics(defaulted, decided.log_odds, f"{held_out}, scored by {route}", "route_")
        for name in weights:
            alone = trained.models[name].calibration.alone(trained.served[name])
            metrics = {**_metrics(defaulted, alone, f"{held_out}, scored by this model alone"), **together}
            others = [other for other in weights if other != name]
            share = [SHARE_OF_EVIDENCE.format(others=", ".join(others), route=route)] if others else []
            cards[name] = _card(trained.models[name], dataset, making, metrics, fairness, share)
    return cards


def _card(
    model: TrainedModel,
    dataset: Dataset,
    making: Making,
    metrics: Mapping[str, Metric],
    fairness: tuple[CardFairness, ...],
    share: list[str],
) -> ModelCard:
    words = making.words
    return ModelCard(
        purpose=words.purpose,
        owner=words.owner,
        intended_use=words.intended_use,
        not_for=tuple(words.not_for),
        data=CardData(
            source=words.source or making.source,
            rows=len(dataset.defaulted),
            period=words.period,
            default_definition=words.default_definition,
            default_rate=float(dataset.defaulted.mean()),
        ),
        training=CardTraining(
            algorithm=model.fitted.summary,
            features=tuple(model.inputs.names),
            seed=making.seed,
            library_versions={"python": platform.python_version(), **_versions()},
        ),
        metrics=dict(metrics),
        fairness=fairness,
        limits=(*words.limits, *share, SAME_PERIOD),
        validated_on=making.validated_on,
        approved_by=words.approved_by,
    )


def _metrics(defaulted: Floats, log_odds: Floats, measured_on: str, prefix: str = "") -> dict[str, Metric]:
    pd = expit(log_odds)
    intercept, slopes = logistic_line(defaulted, [log_odds])
    estimates: dict[str, Auc | Interval] = {
        "auc": auc(defaulted, log_odds),
        "gini": gini(defaulted, log_odds),
        "brier": brier_interval(defaulted, pd),
    }
    figures = {
        "ks": ks(defaulted, log_odds),
        "log_loss": log_loss(defaulted, pd),
        "expected_calibration_error": expected_calibration_error(defaulted, pd),
        "calibration_intercept": intercept,
        "calibration_slope": float(slopes[0]),
    }
    metrics = {
        name: Metric(value=each.value, low=each.low, high=each.high, measured_on=measured_on)
        for name, each in estimates.items()
    }
    metrics |= {name: Metric(value=value, measured_on=measured_on) for name, value in figures.items()}
    return {f"{prefix}{name}": metric for name, metric in metrics.items()}


def _versions() -> dict[str, str]:
    """Of the libraries that this process trained with."""
    return {name: sys.modules[name].__version__ for name in LIBRARIES if name in sys.modules}

"""The model card of a winner: measured figures, and the words that are true of every model of the laboratory."""

from __future__ import annotations

import platform
from datetime import date
from importlib.metadata import version
from typing import Final

from laboratory.plan import ModelType, Plan
from model_store.card import CardData, CardTraining, Metric, ModelCard
from training.cards import SAME_PERIOD
from training.fairness import eighty_percent_test
from training.lab.figures import Figures
from training.lab.words import Winner
from training.thresholds import Thresholds

LIBRARIES: Final[dict[ModelType, tuple[str, ...]]] = {
    "logistic_regression": ("numpy", "scikit-learn"),
    "random_forest": ("numpy", "scikit-learn"),
    "xgboost": ("numpy", "scikit-learn", "xgboost-cpu"),
    "lightgbm": ("numpy", "scikit-learn", "lightgbm"),
    "dnn": ("numpy", "scikit-learn", "torch", "skorch"),
}
ON_CARDS: Final = {"auc_roc": "auc"}
"""What a figure is called on a card, where its name is another."""
NOT_APPROVED = "It came out of the model laboratory: nobody has reviewed or approved it."


def card(winner: Winner, figures: Figures) -> ModelCard:
    """The card of a winner that nobody approved yet."""
    plan, table = winner.plan, winner.table
    return ModelCard(
        purpose=f"Estimates the probability of {plan.target}, made in the laboratory's experiment {plan.experiment}.",
        owner="Whoever ran the experiment; a bank names an owner when it adopts the model.",
        intended_use="Comparison with other models, and a candidate for a route once it is reviewed.",
        not_for=("Decisions about people, before somebody has reviewed and approved it.",),
        data=CardData(
            source=f"{table.name}, sha256 {table.digest}",
            rows=len(table.defaulted),
            period="Not known to the laboratory.",
            default_definition=f"{plan.target} is {plan.default_value!r} in the table.",
            default_rate=float(table.defaulted.mean()),
        ),
        training=CardTraining(
            algorithm=_algorithm(winner),
            features=tuple(feature.name for feature in winner.features),
            seed=plan.seed,
            library_versions={"python": platform.python_version(), **_versions(plan)},
        ),
        metrics=_metrics(winner, figures),
        fairness=tuple(
            eighty_percent_test(
                name, groups[winner.split.test], winner.pd_test < winner.threshold, Thresholds()
            ).on_card(f"the model alone, approving below a PD of {winner.threshold:.4f}")
            for name, groups in table.sensitive.items()
        ),
        limits=(NOT_APPROVED, SAME_PERIOD, *winner.warnings, *table.warnings)[:200],
        validated_on=date.today(),  # noqa: DTZ011 # the day on the wall of who validated it
    )


def _algorithm(winner: Winner) -> str:
    settings = ", ".join(f"{name}={value}" for name, value in winner.hyperparameters.items())
    balance = "" if winner.plan.balance == "none" else f", classes balanced by {winner.plan.balance}"
    return f"{winner.plan.model_type} ({settings}){balance}, calibrated by a line in log-odds"


def _metrics(winner: Winner, figures: Figures) -> dict[str, Metric]:
    n, seed = figures.test.n, winner.plan.seed
    measured_on = f"{n:,} customers held back, drawn at random (seed {seed}), by this model alone"
    ends = figures.intervals
    return {
        ON_CARDS.get(name, name): Metric(
            value=value,
            low=ends[name][0] if name in ends else None,
            high=ends[name][1] if name in ends else None,
            measured_on=measured_on,
        )
        for name, value in figures.metrics.items()
    }


def _versions(plan: Plan) -> dict[str, str]:
    names = LIBRARIES[plan.model_type] + (("imbalanced-learn",) if plan.balance == "smote" else ())
    return {name: version(name) for name in names}

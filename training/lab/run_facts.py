"""What a run says in words: its parameters, tags and description."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

from bootstrap.provenance import provenance
from laboratory.plan import ModelType, Plan
from training.lab.figures import Figures
from training.lab.words import Table, Winner

LIBRARIES: Final[Mapping[ModelType, tuple[str, ...]]] = {
    "logistic_regression": (),
    "random_forest": (),
    "xgboost": ("xgboost-cpu",),
    "lightgbm": ("lightgbm",),
    "dnn": ("torch", "skorch"),
}
"""What a model of a type is made with beside what all are."""
ALL_NEED: Final = ("scikit-learn", "pandas", "numpy", "imbalanced-learn")
SOURCE: Final = {"mlflow.source.name": "model laboratory", "mlflow.source.type": "JOB"}
FIRST: Final = ("auc_roc", "gini", "ks", "brier")
DECIMALS: Final = 3


def requirements(model_type: ModelType) -> dict[str, str]:
    """Library -> version of what made a model of this type."""
    return {name: version(name) for name in (*ALL_NEED, *LIBRARIES[model_type])}


def plan_parameters(plan: Plan, table: Table) -> dict[str, str]:
    """What was asked for, and with which versions: known before anything is trained."""
    asked = {name: list(values) for name, values in plan.hyperparameters.items()}
    facts = {
        "model_type": plan.model_type,
        "data": table.name,
        "target": plan.target,
        "default_value": plan.default_value,
        "rows": len(table.defaulted),
        "columns": table.frame.shape[1],
        "seed": plan.seed,
        "folds": plan.folds,
        "balance": plan.balance,
        "trials": plan.trials,
        "asked_hyperparameters": json.dumps(asked),
        "cost_false_negative": plan.cost.false_negative,
        "cost_false_positive": plan.cost.false_positive,
        "sensitive": ", ".join(plan.sensitive),
        "left_out": ", ".join(plan.left_out),
        "code": provenance()["code"],
        "python": platform.python_version(),
        **{f"library/{name}": each for name, each in requirements(plan.model_type).items()},
    }
    return {name: str(value) for name, value in facts.items()}


def winner_parameters(winner: Winner) -> dict[str, str]:
    """What was found: the winning hyperparameters under their own names, the threshold, the calibration."""
    intercept, slope = winner.calibration
    return {
        **{f"hyperparameter/{name}": str(value) for name, value in winner.hyperparameters.items()},
        "threshold": repr(winner.threshold),
        "calibration_intercept": repr(intercept),
        "calibration_slope": repr(slope),
        "features": str(len(winner.features)),
    }


def description(winner: Winner, figures: Figures) -> str:
    """The run in Markdown, which MLflow shows at its head."""
    plan, table, parts = winner.plan, winner.table, winner.split
    lines = [
        (
            f"**{plan.model_type}** for `{plan.target}` on {table.name}: {len(table.defaulted):,} rows, "
            f"{table.defaulted.mean():.1%} of them defaults, {len(winner.features)} features."
        ),
        "",
        (
            f"Trained on {len(parts.train):,} rows with {plan.folds}-fold cross-validation, calibrated on "
            f"{len(parts.validation):,}, measured on {len(parts.test):,} at the threshold PD {winner.threshold:.4g}:"
        ),
        "",
        ", ".join(f"{name} **{figures.metrics[name]:.{DECIMALS}f}**" for name in FIRST if name in figures.metrics)
        + ".",
        "",
        f"| figure | test | {figures.test.confidence:.0%} interval | folds, mean +- sd |",
        "|---|---|---|---|",
    ]
    for name, value in figures.metrics.items():
        low_high = figures.intervals.get(name)
        interval = f"{low_high[0]:.{DECIMALS}f} to {low_high[1]:.{DECIMALS}f}" if low_high else ""
        folds = figures.folds.get(name)
        spread = f"{folds.mean:.{DECIMALS}f} +- {folds.sd:.{DECIMALS}f}" if folds else ""
        lines.append(f"| {name} | {value:.{DECIMALS}f} | {interval} | {spread} |")
    if warnings := (*table.warnings, *winner.warnings):
        lines += ["", "Warnings:", *(f"- {warning}" for warning in warnings)]
    return "\n".join(lines)


def tags(plan: Plan, table: Table, job_id: str | None, desk: str) -> dict[str, str]:
    """By which a run is found again."""
    found = {"model_type": plan.model_type, "data": table.name, "data_digest": table.digest, "desk": desk, **SOURCE}
    return {**found, "job_id": job_id} if job_id else found

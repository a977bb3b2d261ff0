"""What a finished training job answers: plain JSON, what `POST /api/train` promises and what explains it."""

from __future__ import annotations

from typing import Any

from model_store.manifest import Manifest
from training.lab.figures import Figures
from training.lab.registry import Registered
from training.lab.words import Winner


def result(
    winner: Winner,
    figures: Figures,
    run_id: str,
    bundle: Manifest,
    registered: Registered | None,
    warnings: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The result of a job. `metrics`: of the test part; `registered_model`: None where MLflow did not take it.

    `warnings`: what its owner should know beside what table and winner say.
    """
    plan, table = winner.plan, winner.table
    return {
        "run_id": run_id,
        "experiment_name": plan.experiment,
        "model_type": plan.model_type,
        "model_version": bundle.version,
        "model_name": bundle.name,
        "model_digest": bundle.digest,
        "registered_model": {"name": registered.name, "version": registered.version} if registered else None,
        "metrics": figures.metrics,
        "intervals": {name: list(interval) for name, interval in figures.intervals.items()},
        "confidence": figures.test.confidence,
        "not_said": figures.test.not_said(),
        "cross_validation": figures.cross_validation(),
        "best_hyperparameters": dict(winner.hyperparameters),
        "trials": len(winner.trials),
        "threshold": winner.threshold,
        "data": {
            "name": table.name,
            "rows": len(table.defaulted),
            "train": len(winner.split.train),
            "validation": len(winner.split.validation),
            "test": len(winner.split.test),
            "defaults": int(table.defaulted.sum()),
            "features": [feature.name for feature in winner.features],
            "digest": table.digest,
        },
        "seed": plan.seed,
        "warnings": [*table.warnings, *winner.warnings, *warnings],
    }

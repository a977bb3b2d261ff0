"""Small models of applications and of the laboratory, made in a moment: real bundles of real boosted trees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pydantic import JsonValue
from xgboost import XGBClassifier

from applications import loan
from model_store.artifacts import ArtifactStore
from model_store.promotion import promote
from model_store.publish import publish_bundle
from model_store.validation import VALIDATION, ValidationSet
from scoring.features import Feature
from tests.fakes.coded_kinds import compile_here

ROWS = 300
HOME_CREDIT = (
    *(Feature(name, required=False) for name in ("AMT_CREDIT", "AMT_ANNUITY", "DAYS_EMPLOYED", "EXT_SOURCE_MEAN")),
    Feature("CODE_GENDER", categories=("F", "M"), required=False, protected=True),
)
LOAN_RISK = {"credit_score": -1.0, "credit_utilization": 0.5, "num_late_payments": 1.0, "debt_to_income": 0.5}
HOME_RISK = {"EXT_SOURCE_MEAN": -2.0, "DAYS_EMPLOYED": 0.3}
"""What a standard deviation of a feature adds to the log-odds."""
SPREAD = {
    "AMT_CREDIT": 1e6,
    "AMT_ANNUITY": 5e4,
    "DAYS_EMPLOYED": -8e3,
    "age": 60.0,
    "income": 2e5,
    "credit_score": 550.0,
}
"""How far values go from a feature's lowest; of others 1."""
FIGURES: dict[str, JsonValue] = {"auc_roc": 0.8, "accuracy": 0.75, "precision": 0.6, "recall": 0.5, "f1": 0.55}


def publish_small_applications(artifacts: ArtifactStore) -> None:
    """One version of each application's model, promoted, and of two laboratory models."""
    for name in ("home_credit", "credit_desk"):
        _publish(artifacts, name, HOME_CREDIT, HOME_RISK)
    _publish(artifacts, "loan", loan.FEATURES, LOAN_RISK)
    promote(artifacts, dict.fromkeys(("loan", "credit_desk", "home_credit"), "1"), by="a test")
    for kind in ("xgboost", "random_forest"):
        _publish(artifacts, f"lab_{kind}", loan.FEATURES, LOAN_RISK, kind)


def _publish(
    artifacts: ArtifactStore, name: str, features: Sequence[Feature], risk: dict[str, float], kind: str = "xgboost"
) -> None:
    draw = np.random.default_rng(7)
    rows = np.column_stack([_column(feature, draw) for feature in features])
    names = [feature.name for feature in features]
    standard = (rows - rows.mean(axis=0)) / rows.std(axis=0).clip(1e-9)
    index = sum(weight * standard[:, names.index(each)] for each, weight in risk.items())
    defaulted = (draw.random(ROWS) < 1 / (1 + np.exp(1.0 - index))).astype(np.float64)
    model = XGBClassifier(n_estimators=20, max_depth=2, n_jobs=1, random_state=1).fit(rows, defaulted)
    facts: dict[str, JsonValue] = {"model_type": kind, "experiment": "small", "run_id": None, "threshold": 0.3}
    with TemporaryDirectory() as work:
        folder = Path(work)
        model.save_model(folder / "model.json")
        plain = [{**asdict(feature), "required": name[:4] == "loan" and feature.required} for feature in features]
        config = {"features": plain, "reference": np.median(rows, axis=0).tolist()}
        (folder / "config.json").write_text(json.dumps(config))
        groups = {"CODE_GENDER": np.where(draw.random(ROWS) < 0.5, "F", "M")}
        (folder / VALIDATION).write_bytes(ValidationSet(rows, defaulted, groups, "small").to_bytes())
        metrics: dict[str, JsonValue] = {**FIGURES, "laboratory": facts}
        publish_bundle(
            folder, name=name, version="1", artifacts=artifacts, metrics=metrics, compile_native=compile_here
        )


def _column(feature: Feature, draw: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if feature.categories is not None:
        return draw.integers(len(feature.categories), size=ROWS).astype(np.float64)
    low = 0.0 if feature.minimum is None else feature.minimum
    values = low + draw.random(ROWS) * SPREAD.get(feature.name, 1.0)
    return np.rint(low + draw.random(ROWS) * SPREAD.get(feature.name, 6.0)) if feature.integer else values

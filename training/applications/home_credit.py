"""The models on Home Credit's table: the mobile app's (LightGBM) and the credit desk's (XGBoost after SMOTE)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pandas as pd
from pydantic import JsonValue

from applications.home_credit import COLUMNS, DERIVED, TARGET
from evaluation.arrays import Floats
from evaluation.discrimination import auc
from laboratory.plan import CostWeights, Plan, Setting
from training.applications.declared import described
from training.applications.home_credit_table import home_credit_table, only, without_copies
from training.applications.made import Made
from training.applications.words import CREDIT_DESK, HOME_CREDIT
from training.lab.figures import figures
from training.lab.fit import train
from training.lab.words import Progress

OF_THE_APP: Final = (*without_copies(COLUMNS), *DERIVED)
OF_THE_DESK: Final = (*COLUMNS[: COLUMNS.index("NONLIVINGAREA_AVG") + 1], *DERIVED)
"""What the credit desk's own form holds, and what follows from it."""
APP_SETTINGS: Final[Mapping[str, Setting]] = {"n_estimators": 1000, "learning_rate": 0.05, "num_leaves": 8}
DESK_SETTINGS: Final[Mapping[str, Setting]] = {
    "n_estimators": 200,
    "max_depth": 4,
    "learning_rate": 0.08,
    "min_child_weight": 10.0,
    "colsample_bytree": 0.5,
    "early_stopping_rounds": None,
}
"""No early stopping: on oversampled rows it would stop by a balance that no real table has."""
FOLDS: Final = 3


def app_plan(seed: int = 0) -> Plan:
    """What the laboratory is asked for the mobile app."""
    return _plan("lightgbm", APP_SETTINGS, "mobile_app", seed)


def desk_plan(seed: int = 0, cost: CostWeights | None = None) -> Plan:
    """What the laboratory is asked for the credit desk; `cost` decides the threshold."""
    plan = _plan("xgboost", DESK_SETTINGS, "credit_desk", seed)
    return replace(plan, balance="smote", prepared=True, cost=cost or CostWeights())


def train_home_credit(
    raw: pd.DataFrame, source: str, progress: Progress, *, known_pd: Floats | None = None, seed: int = 0
) -> Made:
    """The mobile app's model on the table: every column that helps, missing values by the trees. TrainingError.

    `known_pd` [N]: what synthetic defaults were drawn with; the AUC that it reaches is reported beside.
    """
    return _trained(HOME_CREDIT, OF_THE_APP, app_plan(seed), raw, source, progress, known_pd)


def train_credit_desk(
    raw: pd.DataFrame,
    source: str,
    progress: Progress,
    *,
    cost: CostWeights | None = None,
    known_pd: Floats | None = None,
    seed: int = 0,
) -> Made:
    """The credit desk's model on the columns of its form; the threshold has the least cost. TrainingError."""
    return _trained(CREDIT_DESK, OF_THE_DESK, desk_plan(seed, cost), raw, source, progress, known_pd)


def _plan(kind: str, settings: Mapping[str, Setting], experiment: str, seed: int) -> Plan:
    asked = {name: (value,) for name, value in settings.items()}
    model_type = "lightgbm" if kind == "lightgbm" else "xgboost"
    return Plan(TARGET, model_type, asked, experiment=experiment, seed=seed, folds=FOLDS)  # type: ignore[arg-type]


def _trained(
    name: str,
    columns: tuple[str, ...],
    plan: Plan,
    raw: pd.DataFrame,
    source: str,
    progress: Progress,
    known_pd: Floats | None,
) -> Made:
    table, features = home_credit_table(raw, plan, source)
    winner = described(train(plan, only(table, columns), progress), features)
    test = winner.split.test
    beside: dict[str, JsonValue] = {}
    if known_pd is not None:
        beside["best_reachable_auc"] = auc(table.defaulted[test], known_pd[test]).value
    return Made(name, winner, figures(winner), beside)

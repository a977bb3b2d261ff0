"""The loan desk's model: a scikit-learn Pipeline of scaling, category encoding and XGBoost."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from pydantic import JsonValue

from applications.loan import FEATURES, FIELDS, NAME
from evaluation.arrays import Floats
from evaluation.confusion import RATES
from evaluation.discrimination import auc
from laboratory.plan import Plan, Setting
from training.applications.declared import described, held_to
from training.applications.made import Made
from training.dataset import TrainingError
from training.lab.figures import figures
from training.lab.fit import train
from training.lab.loan_applications import TARGET, with_derived
from training.lab.tables import from_frame
from training.lab.words import Progress, Table
from training.sensitive import groups_of
from training.spec import SensitiveSpec

SETTINGS: Final[dict[str, Setting]] = {
    "n_estimators": 100,
    "max_depth": 6,
    "learning_rate": 0.1,
    "reg_alpha": 0.5,
    "reg_lambda": 5.0,
    "subsample": 0.7,
    "colsample_bytree": 0.5,
    "min_child_weight": 3.0,
    "early_stopping_rounds": None,
}
"""The reference's trees, with L1 and L2. Each sees a share of the rows and columns, and no leaf holds few rows: of
the default table there are 700 to learn from, which six levels would learn by heart."""
AGE_BANDS: Final = [30.0, 45.0, 60.0]
THRESHOLD: Final = 0.5
"""The PD from which the desk declines, where routes.toml does not say another."""


def plan(seed: int = 0) -> Plan:
    """What is asked of the laboratory."""
    settings = {name: (value,) for name, value in SETTINGS.items()}
    return Plan(TARGET, "xgboost", settings, experiment="loan_desk", seed=seed, prepared=True)


def train_loan(
    raw: pd.DataFrame,
    source: str,
    progress: Progress,
    *,
    threshold: float = THRESHOLD,
    known_pd: Floats | None = None,
    seed: int = 0,
) -> Made:
    """Train on applications with the contract's 17 fields and `default`. TrainingError.

    Figures of the folds that depend on a threshold are left out: a fold has its own, by cost. `known_pd` [N]: the
    probabilities that synthetic defaults were drawn with; what they reach is reported beside.
    """
    asked = plan(seed)
    table = loan_table(raw, asked, source)
    winner = described(train(asked, table, progress), FEATURES)
    folds = {name: each for name, each in winner.folds.items() if name not in RATES}
    winner = replace(winner, threshold=threshold, folds=folds)
    test = winner.split.test
    best = {} if known_pd is None else best_reachable(table.defaulted[test], known_pd[test], threshold)
    return Made(NAME, winner, figures(winner), best)


def loan_table(raw: pd.DataFrame, plan: Plan, source: str) -> Table:
    """Applications as they came, with what is derived of them. TrainingError names what a column holds wrongly."""
    wanted = [each.name for each in FIELDS]
    if missing := [name for name in wanted if name not in raw.columns]:
        raise TrainingError(f"a loan application has the columns {', '.join(wanted)}; {', '.join(missing)} is missing")
    table = held_to(from_frame(raw[[*wanted, plan.target]], plan, source), FIELDS) if plan.target in raw else None
    if table is None:
        raise TrainingError(f"the table has no column {plan.target} (1 = default)")
    bands = groups_of(table.frame["age"], SensitiveSpec(bands=AGE_BANDS))
    return held_to(replace(table, frame=with_derived(table.frame), sensitive={"age_band": bands}), FEATURES)


def best_reachable(defaulted: Floats, pd: Floats, threshold: float) -> dict[str, JsonValue]:
    """What the probabilities that the outcomes [N] were drawn with reach on them: no model can expect more."""
    return {
        "best_reachable_auc": auc(defaulted, pd).value,
        "best_reachable_accuracy": float(np.mean((pd >= threshold) == (defaulted == 1))),
    }

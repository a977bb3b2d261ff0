"""Models of a table with numbers, categories and gaps, of every kind of file, with and without prepare.joblib.

Each function writes one model's native files into a folder and gives back what scores with it: coded rows [N, 6] in,
the frameworks' own PD of default [N] out, calibration included.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import lightgbm
import numpy as np
import torch
import xgboost
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from model_store.compile.compiler import compile_files
from model_store.compile.report import CompileReport
from scoring.features import Feature

Array = NDArray[np.float64]
Predict = Callable[[Array], Array]
Make = Callable[[Path], Predict]

PURPOSES = tuple(f"purpose {index}" for index in range(30))
HOUSING = ("own", "rent", "with family")
OPTIONAL = (
    Feature("income", required=False),
    Feature("age", minimum=18, maximum=100, integer=True, protected=True),
    Feature("debt", required=False),
    Feature("savings", required=False),
    Feature("housing", required=False, categories=HOUSING),
    Feature("purpose", required=False, categories=PURPOSES),
)
REQUIRED = tuple(Feature(each.name, categories=each.categories) for each in OPTIONAL)
SIZE, NUMBERS, CODES = len(OPTIONAL), [0, 1, 2, 3], [4, 5]
CALIBRATION = {"intercept": -0.2, "slope": 0.9}
GAP = -1.0


def applicants(count: int, seed: int, *, gaps: bool = True) -> Array:
    """[count, 6] coded rows: numbers first, then codes of categories; purpose 29 is never seen in training."""
    random = np.random.default_rng(seed)
    rows = np.column_stack(
        [
            random.lognormal(10.5, 0.5, count),
            random.integers(18, 80, count),
            random.exponential(5_000.0, count),
            random.normal(0.0, 1e-3, count),
            random.integers(0, len(HOUSING), count),
            np.minimum(random.geometric(0.15, count) - 1, len(PURPOSES) - (2 if seed == 1 else 1)),
        ]
    ).astype(np.float64)
    lost = random.random(rows.shape) < 0.15
    lost[:, 1] = False
    return np.where(lost & gaps, np.nan, rows)


def defaults(rows: Array) -> NDArray[np.int64]:
    """[N] of 0 and 1: who defaulted."""
    known = np.nan_to_num(rows, nan=0.0)
    log_odds = 3e-5 * (40_000 - known[:, 0]) + 1e-4 * known[:, 2] + 0.6 * (known[:, 4] == 1) - 0.15 * known[:, 5]
    log_odds = log_odds + 0.8 * np.isnan(rows[:, 3])
    chance = 1 / (1 + np.exp(-log_odds))
    found: NDArray[np.int64] = (np.random.default_rng(3).random(len(rows)) < chance).astype(np.int64)
    return found


def linear_columns() -> ColumnTransformer:
    """For a line or a net: gaps filled and shown, numbers scaled, a column for each category and for its gap."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    own_code = SimpleImputer(strategy="constant", fill_value=GAP)
    one_hot = OneHotEncoder(handle_unknown="ignore", min_frequency=20, sparse_output=False)
    return ColumnTransformer([("numbers", numbers, NUMBERS), ("codes", make_pipeline(own_code, one_hot), CODES)])


def filled_columns() -> ColumnTransformer:
    """For trees: gaps filled, codes as they are."""
    return ColumnTransformer(
        [
            ("numbers", SimpleImputer(strategy="mean", add_indicator=True), NUMBERS),
            ("codes", SimpleImputer(strategy="most_frequent"), [4]),
        ],
        remainder="passthrough",
    )


def made(folder: Path, model: Any, prepare: ColumnTransformer | None, *, gaps: bool) -> Predict:
    """Fit, write the native files as the laboratory does, and say what the frameworks give."""
    rows = applicants(1_500, 1, gaps=gaps)
    prepared = prepare.fit_transform(rows) if prepare else rows
    log_odds = model(folder, prepared, defaults(rows))
    if prepare:
        joblib.dump(prepare, folder / "prepare.joblib")
    reference: list[float | None] = [35_000.0, 40, 3_000, None if gaps else 0.0, 0, None if gaps else 3]
    features = OPTIONAL if gaps else REQUIRED
    config = {
        "features": [plain(each) for each in features],
        "input_size": SIZE,
        "output": "logit" if (folder / "model.pt").exists() else "probability_of_default",
        "activation": "relu",
        "calibration": CALIBRATION,
        "reference": reference,
    }
    (folder / "config.json").write_text(json.dumps(config))

    def predict(coded: Array) -> Array:
        given = prepare.transform(coded) if prepare else coded
        calibrated: Array = CALIBRATION["intercept"] + CALIBRATION["slope"] * log_odds(given)
        return 1 / (1 + np.exp(-calibrated))

    return predict


def plain(feature: Feature) -> dict[str, object]:
    """A feature as config.json holds it."""
    return {key: getattr(feature, key) for key in Feature.__slots__}


def _of_probability(probability: Array) -> Array:
    held = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(held / (1 - held))


def line(folder: Path, rows: Array, outcomes: NDArray[np.int64]) -> Predict:
    model = LogisticRegression(max_iter=2_000).fit(rows, outcomes)
    joblib.dump(model, folder / "model.pkl")
    return lambda given: np.asarray(model.decision_function(given))


def forest(folder: Path, rows: Array, outcomes: NDArray[np.int64]) -> Predict:
    model = RandomForestClassifier(40, min_samples_leaf=5, random_state=0).fit(rows, outcomes)
    joblib.dump(model, folder / "model.pkl")
    return lambda given: _of_probability(model.predict_proba(given)[:, 1])


def xgb(folder: Path, rows: Array, outcomes: NDArray[np.int64]) -> Predict:
    model = xgboost.XGBClassifier(n_estimators=40, max_depth=4, n_jobs=1).fit(rows, outcomes)
    model.get_booster().save_model(folder / "model.json")
    return lambda given: np.asarray(model.predict(given, output_margin=True), np.float64)


def lgbm(folder: Path, rows: Array, outcomes: NDArray[np.int64], **more: Any) -> Predict:
    model = lightgbm.LGBMClassifier(n_estimators=40, num_leaves=15, n_jobs=1, verbose=-1, **more).fit(rows, outcomes)
    model.booster_.save_model(folder / "model.txt")
    return lambda given: np.asarray(model.booster_.predict(given, raw_score=True), np.float64)


def net(folder: Path, rows: Array, outcomes: NDArray[np.int64]) -> Predict:
    torch.manual_seed(0)
    first, last = torch.nn.Linear(rows.shape[1], 16).double(), torch.nn.Linear(16, 1).double()
    model = torch.nn.Sequential(first, torch.nn.ReLU(), last)
    with torch.no_grad():
        first.weight.mul_(torch.from_numpy(1 / np.maximum(np.abs(rows).max(axis=0), 1.0)))
    given, wanted = torch.from_numpy(rows), torch.from_numpy(outcomes.astype(np.float64))
    optimizer = torch.optim.Adam(last.parameters(), lr=0.02)
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(given)[:, 0], wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    torch.save(model.state_dict(), folder / "model.pt")

    def log_odds(values: Array) -> Array:
        with torch.inference_mode():
            return np.asarray(model(torch.from_numpy(np.ascontiguousarray(values)))[:, 0].numpy())

    return log_odds


KINDS: dict[str, tuple[Make, bool]] = {
    "a line, prepared": (lambda folder: made(folder, line, linear_columns(), gaps=True), True),
    "a line": (lambda folder: made(folder, line, None, gaps=False), False),
    "a forest, prepared": (lambda folder: made(folder, forest, filled_columns(), gaps=True), True),
    "a forest": (lambda folder: made(folder, forest, None, gaps=True), True),
    "XGBoost, prepared": (lambda folder: made(folder, xgb, filled_columns(), gaps=True), True),
    "XGBoost": (lambda folder: made(folder, xgb, None, gaps=True), True),
    "LightGBM, prepared": (lambda folder: made(folder, lgbm, filled_columns(), gaps=True), True),
    "LightGBM": (lambda folder: made(folder, lgbm, None, gaps=True), True),
    "a net, prepared": (lambda folder: made(folder, net, linear_columns(), gaps=True), True),
    "a net": (lambda folder: made(folder, net, None, gaps=False), False),
}
"""Name -> (how to make it, whether its rows may have gaps)."""


def compile_here(source: Path, out: Path) -> CompileReport:
    """`model_store.native.compile_native` without the child."""
    return compile_files(source, out, 1 << 28)

"""Native model files as data scientists make them, with the frameworks themselves.

Every function writes one model's files into a folder and gives back what scores with it: raw rows [N, n] in, the
framework's own result [N] out, in the unit that the name says (PD of default, logit or points).
"""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn.linear_model as linear
import torch
import xgboost
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.preprocessing import MinMaxScaler, StandardScaler

Array = NDArray[np.float64]
Predict = Callable[[Array], Array]

CENTRES = np.array([0.3, 52_000.0, 41.0, 1_200.0, 0.0])
SPREADS = np.array([0.1, 21_000.0, 11.0, 900.0, 1.0])
"""Features as a bank has them: a ratio, an income, an age, a debt, and something already scaled."""
SIZE = len(CENTRES)


def applicants(count: int = 400, seed: int = 1) -> Array:
    """[count, 5] made-up raw rows."""
    return CENTRES + SPREADS * np.random.default_rng(seed).normal(size=(count, SIZE))


def _log_odds(rows: Array) -> Array:
    scaled = (rows - CENTRES) / SPREADS
    log_odds: Array = -1.2 + 1.1 * scaled[:, 0] - 0.7 * scaled[:, 1] + 0.8 * np.tanh(scaled[:, 3]) * scaled[:, 4]
    return log_odds


def defaults(rows: Array, seed: int = 2) -> NDArray[np.int64]:
    """[N] of 0 and 1: who defaulted."""
    chance = 1 / (1 + np.exp(-_log_odds(rows)))
    return (np.random.default_rng(seed).random(len(rows)) < chance).astype(np.int64)


def points(rows: Array) -> Array:
    """[N] credit scores as an older system gave them."""
    scores: Array = 560 - 50 * _log_odds(rows)
    return scores


def write_config(folder: Path, **said: object) -> None:
    """config.json."""
    (folder / "config.json").write_text(json.dumps(said))


def feature_scaler(folder: Path, scaler: Any = None) -> Any:
    """scaler.joblib, fitted on the raw features."""
    fitted = (scaler or StandardScaler()).fit(applicants())
    joblib.dump(fitted, folder / "scaler.joblib")
    return fitted


def score_scaler(folder: Path, scaler: Any = None) -> Any:
    """scaler.joblib, fitted on the credit score."""
    fitted = (scaler or MinMaxScaler()).fit(points(applicants())[:, None])
    joblib.dump(fitted, folder / "scaler.joblib")
    return fitted


# ---------------------------------------------------------------- torch


def net(
    *,
    size: int = SIZE,
    activation: type[torch.nn.Module] = torch.nn.ReLU,
    sigmoid: bool = True,
    usual: float = -1.4,
    spread: float = 0.8,
) -> torch.nn.Sequential:
    """A small net with dropout, ready to score scaled features.

    `usual` and `spread`: about what its last layer gives; log-odds of -1.4 are one default in five.
    """
    torch.manual_seed(3)
    layers = [torch.nn.Linear(size, 16), activation(), torch.nn.Dropout(0.3), torch.nn.Linear(16, 8), activation()]
    last = torch.nn.Linear(8, 1)
    torch.nn.init.constant_(last.bias, usual)
    torch.nn.init.normal_(last.weight, std=spread)
    return torch.nn.Sequential(*layers, last, *([torch.nn.Sigmoid()] if sigmoid else [])).eval()


def run_net(model: Any, rows: Array) -> Array:
    """[N]."""
    with torch.no_grad():
        outputs: Array = model(torch.tensor(rows, dtype=torch.float32)).double().numpy().ravel()
    return outputs


def torchscript(folder: Path, model: Any = None, *, traced: bool = False) -> Predict:
    """model.pt as TorchScript."""
    module = model or net()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        jit: Any = torch.jit  # untyped
        script = jit.trace(module, torch.zeros(2, SIZE)) if traced else jit.script(module)
        jit.save(script, folder / "model.pt")
    return lambda rows: run_net(module, rows)


def state_dict(folder: Path, model: Any = None) -> Predict:
    """model.pt as a state dict."""
    module = model or net()
    torch.save(module.state_dict(), folder / "model.pt")
    return lambda rows: run_net(module, rows)


def checkpoint(folder: Path, model: Any = None, **beside: object) -> Predict:
    """model.pt as a checkpoint: the state dict and whatever a training loop keeps beside it."""
    module = model or net()
    optimizer = torch.optim.Adam(module.parameters())
    kept = {"optimizer_state_dict": optimizer.state_dict(), "epoch": 20, "loss": 0.41, **beside}
    torch.save({"model_state_dict": module.state_dict(), **kept}, folder / "model.pt")
    return lambda rows: run_net(module, rows)


# ---------------------------------------------------------------- scikit-learn


def estimator(folder: Path, model: Any = None, *, saved_by: str = "joblib", rows: Any = None) -> Predict:
    """model.pkl: a classifier (its PD) or regressor (its points), fitted here; `rows`: how it is given the rows."""
    model = model if model is not None else linear.LogisticRegression()
    raw = applicants()
    prepare = rows or (lambda given: given)
    model.fit(prepare(raw), defaults(raw) if is_classifier(model) else points(raw))
    if saved_by == "joblib":
        joblib.dump(model, folder / "model.pkl", compress=3)
    else:
        (folder / "model.pkl").write_bytes(pickle.dumps(model))

    def predict(given: Array) -> Array:
        found = model.predict_proba(prepare(given))[:, 1] if is_classifier(model) else model.predict(prepare(given))
        return np.asarray(found, np.float64).ravel()

    return predict


# ---------------------------------------------------------------- XGBoost


def with_gaps(rows: Array, seed: int = 5) -> Array:
    """The rows with one value in ten missing."""
    return np.where(np.random.default_rng(seed).random(rows.shape) < 0.1, np.nan, rows)


def booster(folder: Path, rows: Array | None = None, *, early_stopped: bool = False, **parameters: object) -> Predict:
    """model.json as a Booster saved it. Early-stopped, its best iteration is far before its last one."""
    raw = with_gaps(applicants()) if rows is None else rows
    labels = points(np.nan_to_num(raw)) if "reg:" in str(parameters.get("objective")) else defaults(applicants())
    chosen = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.4, "nthread": 1, **parameters}
    train, valid = xgboost.DMatrix(raw[:300], labels[:300]), xgboost.DMatrix(raw[300:], labels[300:])
    stop = {"evals": [(valid, "valid")], "early_stopping_rounds": 8} if early_stopped else {}
    model = xgboost.train(chosen, train, 60 if early_stopped else 20, verbose_eval=False, **stop)
    model.save_model(folder / "model.json")
    best = (0, model.best_iteration + 1) if early_stopped else (0, 0)
    return lambda given: model.predict(xgboost.DMatrix(given), iteration_range=best).astype(np.float64)


def boosted(folder: Path, model: Any = None, *, early_stopped: bool = False, file: str = "model.json") -> Predict:
    """model.json as XGBClassifier or XGBRegressor saved it, or model.pkl."""
    raw = with_gaps(applicants())
    stopping = {"early_stopping_rounds": 8} if early_stopped else {}
    model = model or xgboost.XGBClassifier(n_estimators=60, max_depth=3, learning_rate=0.4, n_jobs=1, **stopping)
    labels = defaults(applicants()) if is_classifier(model) else points(applicants())
    watched = {"eval_set": [(raw[300:], labels[300:])], "verbose": False} if early_stopped else {}
    model.fit(raw[:300], labels[:300], **watched)
    if file == "model.json":
        model.save_model(folder / file)
    else:
        joblib.dump(model, folder / file)

    def predict(given: Array) -> Array:
        found = model.predict_proba(given)[:, 1] if is_classifier(model) else model.predict(given)
        return np.asarray(found, np.float64)

    return predict

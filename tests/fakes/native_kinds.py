"""Every kind of file that the flat layout allows, by name: PDs, scores, and what no converter takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sklearn.compose import ColumnTransformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRegressor

from tests.fakes import native_files as made
from tests.fakes.native_files import Predict

Make = Callable[[Path], Predict]


def scaled(make: Make, scaler: Any = None) -> Make:
    """The model behind a feature scaler."""

    def both(folder: Path) -> Predict:
        fitted = made.feature_scaler(folder, scaler)
        predict = make(folder)
        return lambda rows: predict(fitted.transform(rows))

    return both


def to_points(make: Make, scaler: Any = None) -> Make:
    """The model before a score scaler."""

    def both(folder: Path) -> Predict:
        fitted, predict = made.score_scaler(folder, scaler), make(folder)
        return lambda rows: fitted.inverse_transform(predict(rows)[:, None])[:, 0]

    return both


def told(make: Make, **config: object) -> Make:
    """The model with a config.json."""

    def both(folder: Path) -> Predict:
        made.write_config(folder, **config)
        return make(folder)

    return both


def scikit(model: Any, **how: Any) -> Make:
    """An estimator that takes the features as they are."""
    return lambda folder: made.estimator(folder, model, **how)


def behind_scaler(model: Any) -> Make:
    """An estimator that was fitted on what scaler.joblib makes of the features."""

    def both(folder: Path) -> Predict:
        return made.estimator(folder, model, rows=made.feature_scaler(folder).transform)

    return both


UNIT = {"reference": [0.5] * made.SIZE}
"""For a net that takes features as they are: where they lie."""

PDS: dict[str, Make] = {
    "TorchScript, scripted": scaled(made.torchscript),
    "TorchScript, traced": scaled(lambda folder: made.torchscript(folder, traced=True)),
    "state dict, relu": told(scaled(made.state_dict), activation="relu"),
    "state dict, tanh": told(
        scaled(lambda folder: made.state_dict(folder, made.net(activation=torch.nn.Tanh))),
        activation="nn.Tanh",
        output="probability_of_default",
    ),
    "checkpoint": scaled(
        lambda folder: made.checkpoint(folder, input_size=made.SIZE, model_config={"activation": "relu", "width": 16})
    ),
    "logistic regression": scikit(LogisticRegression(max_iter=5000)),
    "logistic regression behind a scaler": behind_scaler(LogisticRegression()),
    "Pipeline with StandardScaler": scikit(make_pipeline(StandardScaler(), LogisticRegression())),
    "Pipeline with RobustScaler": scikit(make_pipeline(RobustScaler(), LogisticRegression()), saved_by="pickle"),
    "Pipeline with MinMaxScaler": scikit(make_pipeline(MinMaxScaler(), LinearDiscriminantAnalysis())),
    "Pipeline with MaxAbsScaler": scikit(make_pipeline(MaxAbsScaler(), SGDClassifier(loss="log_loss", random_state=0))),
    "Pipeline with an imputer": scikit(make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())),
    "Pipeline that selects": scikit(make_pipeline(StandardScaler(), SelectKBest(k=3), LogisticRegression())),
    "Pipeline by columns": scikit(
        make_pipeline(
            ColumnTransformer([("a", StandardScaler(), [0, 1, 2, 3])], remainder="passthrough"), LogisticRegression()
        )
    ),
    "Pipeline with XGBoost": scikit(make_pipeline(StandardScaler(), XGBClassifier(n_estimators=8, n_jobs=1))),
    "decision tree": scikit(DecisionTreeClassifier(max_depth=4)),
    "random forest": scikit(RandomForestClassifier(15, random_state=0)),
    "extra trees behind a scaler": behind_scaler(ExtraTreesClassifier(15, max_depth=6, random_state=0)),
    "gradient boosting": scikit(GradientBoostingClassifier(n_estimators=15)),
    "histogram gradient boosting": scikit(HistGradientBoostingClassifier(max_iter=15)),
    "AdaBoost": scikit(AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=4)),
    "neural network": scikit(make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=40))),
    "support vectors": scikit(make_pipeline(StandardScaler(), SVC(probability=True))),
    "nearest neighbours": scikit(make_pipeline(StandardScaler(), KNeighborsClassifier())),
    "naive Bayes": scikit(GaussianNB()),
    "XGBoost Booster": made.booster,
    "XGBoost Booster, early-stopped": lambda folder: made.booster(folder, early_stopped=True),
    "XGBClassifier": made.boosted,
    "XGBClassifier, early-stopped": lambda folder: made.boosted(folder, early_stopped=True),
    "XGBClassifier, early-stopped, pickled": lambda folder: made.boosted(folder, early_stopped=True, file="model.pkl"),
    "XGBClassifier, several trees a round": lambda folder: made.boosted(
        folder, XGBClassifier(n_estimators=6, num_parallel_tree=3, subsample=0.5, n_jobs=1)
    ),
}
SCORES: dict[str, Make] = {
    "TorchScript to points": told(
        to_points(lambda folder: made.torchscript(folder, made.net(sigmoid=False, usual=0.5))), **UNIT
    ),
    "state dict to points": told(
        to_points(lambda folder: made.state_dict(folder, made.net(sigmoid=False, usual=0.2)), StandardScaler()),
        activation="relu",
        **UNIT,
    ),
    "state dict of points": told(
        scaled(lambda folder: made.state_dict(folder, made.net(sigmoid=False, usual=600.0, spread=30.0))),
        activation="relu",
    ),
    "linear regression": scikit(LinearRegression()),
    "ridge behind a scaler": behind_scaler(Ridge()),
    "random forest of scores": scikit(RandomForestRegressor(8, max_depth=5, random_state=0)),
    "gradient boosting of scores": scikit(GradientBoostingRegressor(n_estimators=15)),
    "histogram gradient boosting of scores": scikit(HistGradientBoostingRegressor(max_iter=15)),
    "XGBoost Booster of scores": lambda folder: made.booster(folder, objective="reg:squarederror"),
    "XGBRegressor": lambda folder: made.boosted(folder, XGBRegressor(n_estimators=12, max_depth=3, n_jobs=1)),
    "XGBRegressor, early-stopped": lambda folder: made.boosted(
        folder, XGBRegressor(n_estimators=60, learning_rate=0.5, early_stopping_rounds=5, n_jobs=1), early_stopped=True
    ),
}
NATIVE: dict[str, Make] = {
    "dart": lambda folder: made.booster(folder, booster="dart", rate_drop=0.3),
    "dart, early-stopped": lambda folder: made.booster(folder, booster="dart", rate_drop=0.3, early_stopped=True),
    "gblinear": lambda folder: made.booster(folder, booster="gblinear"),
    "a gamma regression": lambda folder: made.booster(folder, objective="reg:gamma", eta=0.9, base_score=600),
    "votes": scikit(VotingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier(max_depth=2))], voting="soft")),
    "a quantile scaler": scaled(made.torchscript, QuantileTransformer(n_quantiles=20)),
}

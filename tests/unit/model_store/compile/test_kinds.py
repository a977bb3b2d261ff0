"""Every kind of file that the flat layout allows, made with its framework, gives that framework's own results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import is_classifier
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
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRegressor

from model_store.compile.compiler import compile_files
from model_store.compile.report import CompileReport
from model_store.onnx_scorer import OnnxScorer
from tests.fakes import native_files as made
from tests.fakes.native_files import Array, Predict

pytestmark = pytest.mark.filterwarnings("ignore")  # as in the child: what frameworks deprecate is not under test

MOST = 1 << 28
UNSEEN = made.applicants(300, seed=99)
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
    return lambda folder: made.estimator(folder, model, **how)


def behind_scaler(model: Any) -> Make:
    """An estimator that was fitted on what scaler.joblib makes of the features."""

    def both(folder: Path) -> Predict:
        return made.estimator(folder, model, rows=made.feature_scaler(folder).transform)

    return both


def compiled(make: Make, tmp_path: Path) -> tuple[CompileReport, Path, Predict]:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    predict = make(source)
    return compile_files(source, out, MOST), out, predict


def onnx_outputs(report: CompileReport, out: Path, rows: Array) -> Array:
    return np.array(OnnxScorer((out / "model.onnx").read_bytes(), report.input_size).outputs(rows))


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
EXPLAINED_BY = {
    "linear.npz": (
        *("logistic regression", "logistic regression behind a scaler", "Pipeline with StandardScaler"),
        *("Pipeline with RobustScaler", "Pipeline with MinMaxScaler", "Pipeline with MaxAbsScaler"),
        *("linear regression", "ridge behind a scaler"),
    ),
    "trees.npz": (
        *("gradient boosting", "gradient boosting of scores", "Pipeline with XGBoost", "random forest of scores"),
        *("histogram gradient boosting", "histogram gradient boosting of scores"),
        *(kind for kind in (*PDS, *SCORES) if kind.startswith("XGB")),
    ),
}


@pytest.mark.parametrize("kind", PDS)
def test_a_probability_of_default_is_the_frameworks_own(kind: str, tmp_path: Path) -> None:
    report, out, predict = compiled(PDS[kind], tmp_path)

    assert (report.output, report.not_converted_because) == ("probability_of_default", None)
    assert onnx_outputs(report, out, UNSEEN) == pytest.approx(predict(UNSEEN), abs=1e-6)
    rows, outputs = np.array(report.golden_rows), np.array(report.golden_outputs)
    is_complete = ~np.isnan(rows).any(axis=1)
    assert is_complete.sum() >= 16
    assert outputs[is_complete] == pytest.approx(predict(rows[is_complete]), abs=1e-7)
    assert report.parity is not None
    assert report.parity <= 1e-6


@pytest.mark.parametrize("kind", SCORES)
def test_a_score_is_the_frameworks_own(kind: str, tmp_path: Path) -> None:
    report, out, predict = compiled(SCORES[kind], tmp_path)

    assert (report.output, report.not_converted_because) == ("score", None)
    rows = UNSEEN if "to points" not in kind else np.random.default_rng(0).random(UNSEEN.shape)
    assert onnx_outputs(report, out, rows) == pytest.approx(predict(rows), rel=2e-6)


@pytest.mark.parametrize("kind", NATIVE)
def test_what_does_not_convert_says_why_and_gives_the_frameworks_results(kind: str, tmp_path: Path) -> None:
    report, out, predict = compiled(NATIVE[kind], tmp_path)

    assert not report.converted
    assert report.not_converted_because
    assert report.parity is None
    assert list(out.iterdir()) == []
    rows, outputs = np.array(report.golden_rows), np.array(report.golden_outputs)
    is_complete = ~np.isnan(rows).any(axis=1)
    assert outputs[is_complete] == pytest.approx(predict(rows[is_complete]), rel=1e-12)


@pytest.mark.parametrize("scaler", [PowerTransformer(), RobustScaler(), MinMaxScaler((-1, 1)), MaxAbsScaler()])
def test_features_go_through_the_scaler_that_they_came_with(scaler: Any, tmp_path: Path) -> None:
    report, out, predict = compiled(scaled(made.torchscript, scaler), tmp_path)

    assert report.reference_source == "scaler mean"
    if report.converted:
        assert onnx_outputs(report, out, UNSEEN) == pytest.approx(predict(UNSEEN), abs=1e-6)
    else:
        assert isinstance(scaler, PowerTransformer)


def test_missing_values_take_the_branch_that_xgboost_learned_for_them(tmp_path: Path) -> None:
    report, out, predict = compiled(made.booster, tmp_path)

    rows = made.with_gaps(UNSEEN, seed=8)
    assert onnx_outputs(report, out, rows) == pytest.approx(predict(rows), abs=1e-6)
    assert np.isnan(report.golden_rows).any()


def test_rows_on_a_split_point_go_the_frameworks_way(tmp_path: Path) -> None:
    report, out, predict = compiled(scikit(RandomForestClassifier(15, random_state=0)), tmp_path)
    model = RandomForestClassifier(15, random_state=0).fit(made.applicants(), made.defaults(made.applicants()))
    rows = UNSEEN.copy()
    for column in range(made.SIZE):
        trees = [each.tree_ for each in model.estimators_]
        splits = np.concatenate([tree.threshold[tree.feature == column] for tree in trees])
        rows[:, column] = np.resize(splits, len(rows))

    assert is_classifier(model)
    assert onnx_outputs(report, out, rows) == pytest.approx(predict(rows), abs=1e-6)


def test_a_model_of_one_feature_has_its_scaler_on_that_feature(tmp_path: Path) -> None:
    def one(folder: Path) -> Predict:
        made.write_config(folder, activation="relu")
        model = made.net(size=1)
        scaler = StandardScaler().fit(UNSEEN[:, 1:2])
        __import__("joblib").dump(scaler, folder / "scaler.joblib")
        predict = made.state_dict(folder, model)
        return lambda rows: predict(scaler.transform(rows))

    report, out, predict = compiled(one, tmp_path)

    assert report.input_size == 1
    assert onnx_outputs(report, out, UNSEEN[:, 1:2]) == pytest.approx(predict(UNSEEN[:, 1:2]), abs=1e-6)


def test_calibration_moves_the_log_odds_of_a_probability(tmp_path: Path) -> None:
    line = {"intercept": 0.4, "slope": 0.8}
    report, out, predict = compiled(told(made.booster, calibration=line), tmp_path)

    raw = predict(UNSEEN)
    expected = 1 / (1 + np.exp(-(0.4 + 0.8 * np.log(raw / (1 - raw)))))
    assert onnx_outputs(report, out, UNSEEN) == pytest.approx(expected, abs=1e-6)
    assert (out / "trees.npz").exists()


def test_calibration_moves_a_logit(tmp_path: Path) -> None:
    make = scaled(lambda folder: made.state_dict(folder, made.net(sigmoid=False)))
    config = {"activation": "relu", "output": "logit", "calibration": {"intercept": -0.2, "slope": 1.5}}
    report, out, predict = compiled(told(make, **config), tmp_path)

    assert report.output == "logit"
    assert onnx_outputs(report, out, UNSEEN) == pytest.approx(-0.2 + 1.5 * predict(UNSEEN), abs=4e-6)


@pytest.mark.parametrize("kind", PDS | SCORES)
def test_the_closed_form_gives_the_same_log_odds_or_points(kind: str, tmp_path: Path) -> None:
    expected = next((file for file, kinds in EXPLAINED_BY.items() if kind in kinds), None)
    report, out, _ = compiled((PDS | SCORES)[kind], tmp_path)

    assert [file.name for file in out.iterdir() if file.suffix == ".npz"] == ([expected] if expected else [])
    if expected:
        rows = UNSEEN if expected == "linear.npz" else np.array([*UNSEEN[:60], *report.golden_rows])
        outputs = onnx_outputs(report, out, rows)
        if report.output == "probability_of_default":
            outputs = np.log(outputs / (1 - outputs))
        assert _closed_form(dict(np.load(out / expected)), rows) == pytest.approx(outputs, rel=1e-5, abs=1e-5)


def _closed_form(arrays: dict[str, Array], rows: Array) -> Array:
    """The sum that the file describes, computed straight from its description."""
    if "coefficients" in arrays:
        linear: Array = rows @ arrays["coefficients"] + arrays["intercept"]
        return linear
    found = []
    for row in rows:
        inside = np.where(np.isnan(row), arrays["missing"], (arrays["low"] <= row) & (row < arrays["high"]))
        found.append(float(arrays["bias"] + arrays["leaf_value"][inside.all(axis=1)].sum()))
    return np.array(found)

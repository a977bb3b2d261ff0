"""Fitted scikit-learn objects as arithmetic: scalers, linear models, sums of trees. Imports none of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from model_store.compile.rows import Plausible, from_scaler
from model_store.compile.steps import Additive, Affine, Linear
from model_store.compile.trees import LEAF, Tree, Trees, just_above
from model_store.compile.wire import Array

_SIGMOID_OF_LINEAR = ("LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis")
_LINEAR = (
    *("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "BayesianRidge"),
    *("ARDRegression", "HuberRegressor", "SGDRegressor", "LinearSVR", "TheilSenRegressor"),
)
_MEANS_OF_TREES = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
_SINGLE_TREES = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
_IDENTITY_LOSSES = ("squared_error", "absolute_error", "huber", "quantile")
_SPREADS = {
    "StandardScaler": (-2.0, 0.0, 2.0),
    "PowerTransformer": (-2.0, 0.0, 2.0),
    "RobustScaler": (-1.5, 0.0, 1.5),
    "MaxAbsScaler": (-0.9, 0.0, 0.9),
}
"""(low, centre, high) of what a fitted scaler gives on the rows that it was fitted on, roughly."""


def affine_of(step: Any) -> Affine | None:
    """A fitted scaler as the arithmetic that its `transform` does, in its order; None when it is something else."""
    kind = type(step).__name__
    steps: list[tuple[Any, Any]]
    if kind == "StandardScaler":
        steps = [("Sub", step.mean_ if step.with_mean else None), ("Div", step.scale_ if step.with_std else None)]
    elif kind == "RobustScaler":
        centre, scale = step.with_centering, step.with_scaling
        steps = [("Sub", step.center_ if centre else None), ("Div", step.scale_ if scale else None)]
    elif kind == "MaxAbsScaler" and not step.clip:
        steps = [("Div", step.scale_)]
    elif kind == "MinMaxScaler" and not step.clip:
        steps = [("Mul", step.scale_), ("Add", step.min_)]
    else:
        return None
    return Affine(tuple((name, np.asarray(operand, np.float64)) for name, operand in steps if operand is not None))


def plausible_of(scaler: Any, size: int) -> Plausible | None:
    """Where the features lay that a scaler was fitted on; None when it does not tell."""
    kind = type(scaler).__name__
    if kind == "MinMaxScaler":
        low, high = scaler.feature_range
        spread = (low, (low + high) / 2, high)
    elif kind == "QuantileTransformer":
        spread = (0.05, 0.5, 0.95) if scaler.output_distribution == "uniform" else _SPREADS["StandardScaler"]
    elif kind in _SPREADS:
        spread = _SPREADS[kind]
    else:
        return None
    return from_scaler(scaler.inverse_transform, *spread, size)


def closed_form_of(model: Any, *, is_pd: bool) -> Additive | None:
    """A fitted estimator as a sum over features or trees; None when it is something else."""
    kind = type(model).__name__
    if kind in _SIGMOID_OF_LINEAR or (kind == "SGDClassifier" and model.loss == "log_loss"):
        return Additive(_linear(model), is_through_sigmoid=True)
    if kind in _LINEAR:
        return Additive(_linear(model), is_through_sigmoid=False)
    if kind in _SINGLE_TREES or kind in _MEANS_OF_TREES:
        grown = [model] if kind in _SINGLE_TREES else list(model.estimators_)
        trees = Trees(tuple(_tree(each.tree_, 1 / len(grown), is_pd=is_pd) for each in grown), 0.0, in_float32=True)
        return Additive(trees, is_through_sigmoid=False)
    if kind.startswith("GradientBoosting") and model.loss in ("log_loss" if is_pd else "", *_IDENTITY_LOSSES):
        return _gradient_boosting(model, is_pd=is_pd)
    if kind.startswith("HistGradientBoosting") and model.loss in ("log_loss" if is_pd else "", *_IDENTITY_LOSSES):
        return _hist_gradient_boosting(model, is_pd=is_pd)
    return None


def _linear(model: Any) -> Linear:
    intercept = np.asarray(model.intercept_, np.float64).reshape(-1)
    return Linear(np.asarray(model.coef_, np.float64).reshape(-1), float(intercept[0]))


def _tree(tree: Any, share: float, *, is_pd: bool) -> Tree:
    """A scikit-learn tree: x <= threshold goes left, x rounded to 32 bits. `share`: what its answer counts."""
    values = np.asarray(tree.value, np.float64)[:, 0, :]
    answer = values[:, 1] / values.sum(axis=1) if is_pd else values[:, 0]
    left = np.asarray(tree.children_left, np.int64)
    return Tree(
        left=np.where(left < 0, LEAF, left),
        right=np.asarray(tree.children_right, np.int64),
        feature=np.where(left < 0, 0, tree.feature).astype(np.int64),
        threshold=just_above(np.asarray(tree.threshold, np.float64), in_float32=True),
        missing_left=np.asarray(tree.missing_go_to_left, np.bool_),
        value=share * answer,
    )


def _gradient_boosting(model: Any, *, is_pd: bool) -> Additive | None:
    """A constant + learning_rate x trees; `init` is a constant unless an estimator of the user's own stands there."""
    if model.init is not None and model.init != "zero":
        return None
    grown: Sequence[Any] = model.estimators_[:, 0]
    trees = tuple(_tree(each.tree_, model.learning_rate, is_pd=False) for each in grown)
    anywhere = np.zeros((1, model.n_features_in_))
    total = model.decision_function(anywhere) if is_pd else model.predict(anywhere)
    bias = float(total[0]) - model.learning_rate * sum(float(each.predict(anywhere)[0]) for each in grown)
    return Additive(Trees(trees, bias, in_float32=True), is_through_sigmoid=is_pd)


def _hist_gradient_boosting(model: Any, *, is_pd: bool) -> Additive | None:
    """A baseline + trees that compare in 64 bits. Splits on categories have no such form."""
    nodes = [predictors[0].nodes for predictors in model._predictors]  # noqa: SLF001 # public nowhere
    if any(each["is_categorical"].any() for each in nodes):
        return None
    bias = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001 # public nowhere
    return Additive(Trees(tuple(map(_hist_tree, nodes)), bias, in_float32=False), is_through_sigmoid=is_pd)


def _hist_tree(nodes: Any) -> Tree:
    is_leaf = nodes["is_leaf"].astype(np.bool_)
    thresholds: Array = nodes["num_threshold"].astype(np.float64)
    return Tree(
        left=np.where(is_leaf, LEAF, nodes["left"].astype(np.int64)),
        right=nodes["right"].astype(np.int64),
        feature=np.where(is_leaf, 0, nodes["feature_idx"]).astype(np.int64),
        threshold=just_above(np.where(np.isfinite(thresholds), thresholds, 0.0), in_float32=False),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        value=nodes["value"].astype(np.float64),
    )

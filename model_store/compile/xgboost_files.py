"""model.json: an XGBoost Booster, or XGBClassifier / XGBRegressor, early-stopped or not. The only file with xgboost."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from model_store.compile.graph import Graph, NotConvertible
from model_store.compile.loaded import Loaded
from model_store.compile.report import NativeRefusedError, OutputKind
from model_store.compile.rows import from_splits
from model_store.compile.steps import Additive, FrameworkPart
from model_store.compile.trees import LEAF, Tree, Trees
from model_store.compile.wire import Array

_PROBABILITIES = ("binary:logistic", "reg:logistic")
_LOG_ODDS = ("binary:logitraw",)
_IDENTITIES = ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:squaredlogerror")
_REGRESSIONS = (*_IDENTITIES, "reg:gamma", "reg:tweedie", "count:poisson", "reg:quantileerror", "reg:expectileerror")


def load(path: Path) -> Loaded:
    """Open model.json. Raises NativeRefusedError."""
    booster = xgboost.Booster()
    try:
        booster.load_model(path)
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise NativeRefusedError("model.json is not a model that XGBoost saved with save_model.") from error
    return from_booster(booster, path.name)


def from_booster(booster: xgboost.Booster, file: str) -> Loaded:
    """A booster as it predicts: an early-stopped one with the trees up to its best iteration, not with all of them."""
    booster.set_param({"nthread": 1})
    document = _document(booster)
    rounds = _rounds(booster)
    if rounds and document["gradient_booster"]["name"] == "gbtree":
        document = _document(booster[:rounds])
    objective, parameters = document["objective"]["name"], document["learner_model_param"]
    says = _output_kind(objective, file)
    if int(parameters["num_class"]) > 1 or int(parameters["num_target"]) > 1:
        raise NativeRefusedError(f"{file} gives several outputs for a row; expected one.")
    size = booster.num_features()
    trees, reason = _trees(document)
    closed_form = None if trees is None else Additive(trees, is_through_sigmoid=objective in _PROBABILITIES)

    def convert(graph: Graph, value: str) -> str:
        if closed_form is None:
            raise NotConvertible(reason)
        return closed_form.add_to(graph, value)

    def native(rows: Array) -> Array:
        names, types = booster.feature_names, booster.feature_types
        matrix = xgboost.DMatrix(rows, feature_names=names, feature_types=types, nthread=1)
        return np.asarray(booster.predict(matrix, iteration_range=(0, rounds)), np.float64).reshape(-1, 1)

    return Loaded(
        file=file,
        part=FrameworkPart(native, convert),
        framework="xgboost",
        versions={"xgboost": xgboost.__version__},
        input_size=size,
        names=tuple(booster.feature_names) if booster.feature_names else None,
        says=says,
        closed_form=closed_form,
        plausible=from_splits(trees.split_points(size)) if trees else None,
        takes_missing=True,
    )


def _rounds(booster: xgboost.Booster) -> int:
    """How many rounds predict; 0 means all of them."""
    best = booster.attr("best_iteration")
    return 0 if best is None else min(int(best) + 1, booster.num_boosted_rounds())


def _document(booster: xgboost.Booster) -> dict[str, Any]:
    return dict(json.loads(booster.save_raw("json"))["learner"])


def _output_kind(objective: str, file: str) -> OutputKind:
    if objective in _PROBABILITIES:
        return "probability_of_default"
    if objective in _LOG_ODDS:
        return "logit"
    if objective in _REGRESSIONS:
        return "score"
    raise NativeRefusedError(
        f"{file} was trained with {objective}; expected binary:logistic (a probability of default) or a regression "
        "such as reg:squarederror (a score)."
    )


def _trees(document: dict[str, Any]) -> tuple[Trees | None, str]:
    """The sum of trees, or why there is none."""
    objective, booster = document["objective"]["name"], document["gradient_booster"]
    if booster["name"] != "gbtree":
        return None, f"the {booster['name']} booster has no converter"
    if objective not in (*_PROBABILITIES, *_LOG_ODDS, *_IDENTITIES):
        return None, f"the objective {objective} has no converter"
    nodes = booster["model"]["trees"]
    if any(any(tree["split_type"]) for tree in nodes):
        return None, "splits on categories have no converter"
    bias = _base_margin(document["learner_model_param"]["base_score"], objective)
    return Trees(tuple(map(_tree, nodes)), bias, in_float32=True), ""


def _base_margin(base_score: str, objective: str) -> float:
    """`base_score` is text, a number or a list of one ("5E-1", "[5E-1]"), in the unit of the prediction."""
    read = json.loads(base_score)
    value = float(read[0] if isinstance(read, list) else read)
    return math.log(value / (1 - value)) if objective in (*_PROBABILITIES, *_LOG_ODDS) else value


def _tree(plain: dict[str, Any]) -> Tree:
    """XGBoost computes in 32 bits: its JSON numbers are the shortest that mean those bits."""
    left = np.array(plain["left_children"], np.int64)
    conditions = np.array(plain["split_conditions"], np.float32).astype(np.float64)
    return Tree(
        left=np.where(left < 0, LEAF, left),
        right=np.array(plain["right_children"], np.int64),
        feature=np.array(plain["split_indices"], np.int64),
        threshold=conditions,
        missing_left=np.array(plain["default_left"], np.int64).astype(np.bool_),
        value=conditions,
    )

"""model.pkl and scaler.joblib: what scikit-learn fitted. The only file with sklearn and skl2onnx."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.base import is_classifier, is_regressor
from sklearn.exceptions import InconsistentVersionWarning, NotFittedError
from sklearn.pipeline import Pipeline

from model_store.compile.graph import OPSETS, Graph, NotConvertible
from model_store.compile.loaded import Loaded, Preparation, Scaler
from model_store.compile.report import PREPARE, NativeRefusedError
from model_store.compile.rows import Plausible, from_splits
from model_store.compile.sklearn_columns import add_transformer, plausible_of_columns
from model_store.compile.sklearn_forms import affine_of, closed_form_of, plausible_of
from model_store.compile.steps import FrameworkPart
from model_store.compile.trees import Trees
from model_store.compile.unpickle import RefusedPickle, unpickle
from model_store.compile.wire import Array


def load(path: Path, most_bytes: int) -> Loaded:
    """Open model.pkl. Raises NativeRefusedError."""
    model = _unpickled(path, most_bytes)
    if type(model).__module__.startswith("xgboost."):
        return _xgboost(model)
    is_pd = is_classifier(model)
    _check_kind(model, is_pd)
    *before, last = [step for _, step in model.steps] if isinstance(model, Pipeline) else [model]
    before = [step for step in before if step not in (None, "passthrough")]
    size = _size([model, *before, last])
    from_xgboost = _xgboost(last) if type(last).__module__.startswith("xgboost.") else None
    form = from_xgboost.closed_form if from_xgboost else closed_form_of(last, is_pd=is_pd)

    def convert(graph: Graph, value: str) -> str:
        for step in before:
            value = add_transformer(step, graph, value, _add_other)
        if from_xgboost is not None:
            return from_xgboost.part.add_to(graph, value)
        return form.add_to(graph, value) if form else _add_estimator(last, graph, value, is_pd=is_pd)

    arithmetic = [affine_of(step) for step in before]
    return Loaded(
        file=path.name,
        part=FrameworkPart(_prediction(model, is_pd), convert),
        framework="scikit-learn",
        versions={"scikit-learn": sklearn.__version__} | (from_xgboost.versions if from_xgboost else {}),
        input_size=size,
        names=_names(model),
        says="probability_of_default" if is_pd else "score",
        closed_form=form if all(arithmetic) else None,
        before_closed_form=tuple(each for each in arithmetic if each),
        plausible=_plausible(model, size) or (from_xgboost.plausible if from_xgboost and not before else None),
    )


def load_scaler(path: Path, most_bytes: int) -> Scaler:
    """Open scaler.joblib. Raises NativeRefusedError."""
    scaler = _unpickled(path, most_bytes)
    if not hasattr(scaler, "transform") or not hasattr(scaler, "n_features_in_"):
        raise NativeRefusedError(
            f"scaler.joblib holds a {type(scaler).__name__}; expected a fitted scaler such as StandardScaler."
        )
    size, affine = int(scaler.n_features_in_), affine_of(scaler)

    def transform(values: Array) -> Array:
        return np.asarray(scaler.transform(_named(scaler, values)), np.float64)

    def inverse(values: Array) -> Array:
        if not hasattr(scaler, "inverse_transform"):
            raise NativeRefusedError(f"scaler.joblib holds a {type(scaler).__name__}, which has no inverse_transform.")
        return np.asarray(scaler.inverse_transform(values), np.float64)

    def convert_inverse(graph: Graph, value: str) -> str:
        if affine is None:
            raise NotConvertible(f"the inverse of {type(scaler).__name__} has no converter")
        return affine.inverse().add_to(graph, value)

    return Scaler(
        size=size,
        names=_names(scaler),
        done=FrameworkPart(transform, lambda graph, value: add_transformer(scaler, graph, value, _add_other)),
        undone=FrameworkPart(inverse, convert_inverse),
        affine=affine,
        plausible=plausible_of(scaler, size),
    )


def load_preparation(path: Path, most_bytes: int) -> Preparation:
    """Open prepare.joblib. Raises NativeRefusedError."""
    step = _unpickled(path, most_bytes)
    if not hasattr(step, "transform") or not hasattr(step, "n_features_in_"):
        raise NativeRefusedError(
            f"{PREPARE} holds a {type(step).__name__}; expected a fitted transformer such as a ColumnTransformer."
        )
    size = int(step.n_features_in_)

    def transform(values: Array) -> Array:
        made = step.transform(_named(step, values))
        return np.asarray(made.toarray() if hasattr(made, "toarray") else made, np.float64)

    return Preparation(
        size=size,
        names=_names(step),
        done=FrameworkPart(transform, lambda graph, value: add_transformer(step, graph, value, _add_other)),
        affine=affine_of(step),
        plausible=plausible_of_columns(step, size),
    )


# ---------------------------------------------------------------- opening


def _unpickled(path: Path, most_bytes: int) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", InconsistentVersionWarning)
            return unpickle(path.read_bytes(), most_bytes)
    except RefusedPickle as error:
        raise NativeRefusedError(f"{path.name} is refused: {error}.") from error
    except InconsistentVersionWarning as warning:
        raise NativeRefusedError(
            f"{path.name} was saved with scikit-learn {warning.original_sklearn_version}; this service runs "
            f"{sklearn.__version__}, and another version may give other scores: fit and save it with this one."
        ) from warning


def _xgboost(model: Any) -> Loaded:
    from model_store.compile import xgboost_files  # the pickle has imported xgboost already; most files need none

    try:
        booster = model.get_booster() if hasattr(model, "get_booster") else model
    except NotFittedError as error:
        raise NativeRefusedError("model.pkl holds a model that was not fitted.") from error
    return xgboost_files.from_booster(booster, "model.pkl")


def _check_kind(model: Any, is_pd: bool) -> None:
    kind = type(model).__name__
    if not is_pd and not is_regressor(model):
        raise NativeRefusedError(
            f"model.pkl holds a {kind}; expected a classifier, a regressor or a Pipeline of either."
        )
    if is_pd and not hasattr(model, "predict_proba"):
        raise NativeRefusedError(f"model.pkl holds a {kind} without predict_proba: fit it in CalibratedClassifierCV.")
    if is_pd and len(getattr(model, "classes_", ())) != 2:
        raise NativeRefusedError("model.pkl must be fitted on two classes, of which the second is default.")


def _size(fitted: Sequence[Any]) -> int:
    sizes = [int(size) for each in fitted if (size := getattr(each, "n_features_in_", None))]
    if not sizes:
        raise NativeRefusedError("model.pkl does not show how many features it takes: was it fitted?")
    return sizes[0]


def _names(fitted: Any) -> tuple[str, ...] | None:
    names = getattr(fitted, "feature_names_in_", None)
    return None if names is None else tuple(map(str, names))


def _named(fitted: Any, rows: Array) -> Any:
    """The rows as the estimator saw them when it was fitted: with names, if it was fitted with names."""
    if getattr(fitted, "feature_names_in_", None) is None:
        return rows
    import pandas as pd  # scikit-learn has imported it already

    return pd.DataFrame(rows, columns=list(fitted.feature_names_in_))


def _prediction(model: Any, is_pd: bool) -> Callable[[Array], Array]:
    def native(rows: Array) -> Array:
        given = _named(model, rows)
        found = np.asarray(model.predict_proba(given)[:, 1] if is_pd else model.predict(given), np.float64)
        if found.size != len(rows):
            raise NativeRefusedError("model.pkl gives several outputs for a row; expected one.")
        return found.reshape(-1, 1)

    return native


def _plausible(model: Any, size: int) -> Plausible | None:
    """Where the features lie: from the first scaler or tree inside that saw the raw ones."""
    if getattr(model, "n_features_in_", None) not in (size, None):
        return None
    if isinstance(model, Pipeline):
        for _, step in model.steps:
            if found := _plausible(step, size):
                return found
            if not type(step).__name__.endswith("Imputer"):
                return None
    if found := plausible_of(model, size):
        return found
    form = closed_form_of(model, is_pd=is_classifier(model))
    if form and isinstance(form.form, Trees):
        return from_splits(form.form.split_points(size))
    inside = [each.estimator for each in getattr(model, "calibrated_classifiers_", ())]
    inside += [*getattr(model, "estimators_", ())]
    return next((found for each in inside if (found := _plausible(each, size))), None)


# ---------------------------------------------------------------- graph


def _add_other(step: Any, graph: Graph, value: str) -> str:
    return _add_converted(step, graph, value, 0)


def _add_estimator(model: Any, graph: Graph, value: str, *, is_pd: bool) -> str:
    if not is_pd:
        return graph.as_column(_add_converted(model, graph, value, 0))
    return graph.columns(_add_converted(model, graph, value, 1, {id(model): {"zipmap": False}}), [1])


def _add_converted(step: Any, graph: Graph, value: str, output: int, options: dict[int, Any] | None = None) -> str:
    """What has no form of ours, through skl2onnx; `output`: which of the converted graph's outputs is wanted."""
    import skl2onnx  # takes a third of a second, and most models do without
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    kind = type(step).__name__
    if kind == "QuantileTransformer":
        raise NotConvertible("skl2onnx makes a node for every quantile of QuantileTransformer")
    try:
        tensor = DoubleTensorType if graph.spliced_in == "double" else FloatTensorType
        inputs = [("x", tensor([None, step.n_features_in_]))]
        model = skl2onnx.convert_sklearn(step, initial_types=inputs, target_opset=OPSETS, options=options)
    except Exception as error:  # the converter's errors share no class
        raise NotConvertible(f"skl2onnx cannot convert {kind} ({type(error).__name__})") from error
    value = graph.cast(value, graph.spliced_in)
    return graph.cast(graph.splice(model, value, model.graph.output[output].name), "double")

"""What is made of coded rows before a model: the graph gives what scikit-learn gives, number for number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

from model_store.compile.compiler import compile_files
from model_store.compile.graph import Graph
from model_store.compile.report import NativeRefusedError
from model_store.compile.sklearn_columns import plausible_of_columns
from model_store.compile.sklearn_files import load_preparation
from model_store.compile.wire import Array
from model_store.onnx_scorer import OnnxScorer
from tests.fakes.coded_kinds import GAP, KINDS, applicants, filled_columns, linear_columns

pytestmark = pytest.mark.filterwarnings("ignore")  # as in the child: what scikit-learn warns of is not under test

FITTED = applicants(800, 1)
FITTED[:, 3] = np.nan
UNSEEN = np.concatenate([applicants(400, 5), np.full((1, 6), np.nan), np.full((1, 6), 1e30), np.zeros((1, 6)) - 0.0])
OUTCOMES = np.arange(len(FITTED)) % 2


def one_hot(**how: Any) -> ColumnTransformer:
    filled = make_pipeline(SimpleImputer(strategy="constant", fill_value=GAP), OneHotEncoder(**how))
    return ColumnTransformer([("codes", filled, [4, 5])])


MADE: dict[str, Any] = {
    "for a line": linear_columns(),
    "for trees": filled_columns(),
    **{f"imputed by the {each}": SimpleImputer(strategy=each) for each in ("mean", "median", "most_frequent")},
    "imputed with a constant": SimpleImputer(strategy="constant", fill_value=7),
    "imputed and shown": SimpleImputer(add_indicator=True),
    "empty columns kept": SimpleImputer(strategy="median", keep_empty_features=True, add_indicator=True),
    "empty columns with a constant": SimpleImputer(strategy="constant", fill_value=-2.5, keep_empty_features=True),
    "gaps alone": MissingIndicator(features="all"),
    "a column for each category": one_hot(handle_unknown="ignore"),
    "gaps as a category": ColumnTransformer([("codes", OneHotEncoder(handle_unknown="ignore"), [4, 5])]),
    "without the first": one_hot(drop="first", handle_unknown="ignore"),
    "without the first of two": one_hot(drop="if_binary", handle_unknown="ignore"),
    "rare ones together": one_hot(min_frequency=40, handle_unknown="ignore"),
    "rare and unknown ones together": one_hot(min_frequency=40, handle_unknown="infrequent_if_exist"),
    "at most so many, without one": one_hot(max_categories=5, drop="first", handle_unknown="infrequent_if_exist"),
    "none rare": one_hot(min_frequency=1, handle_unknown="infrequent_if_exist"),
    "in 32 bits": one_hot(dtype=np.float32, handle_unknown="ignore"),
    "known beforehand": one_hot(categories=[np.arange(-1.0, 3), np.arange(-1.0, 30)], handle_unknown="ignore"),
    "chosen in other ways": ColumnTransformer(
        [
            ("a slice", StandardScaler(), slice(1, 3)),
            ("a mask", MinMaxScaler(), [True, False, False, False, False, False]),
            ("nothing", StandardScaler(), []),
            ("gone", "drop", [3]),
        ],
        remainder="passthrough",
    ),
    "steps that do nothing": Pipeline([("a", StandardScaler()), ("b", "passthrough"), ("c", FunctionTransformer())]),
    "one inside another": ColumnTransformer([("all", linear_columns(), [0, 1, 2, 3, 4, 5])]),
}


def by_graph(step: Any, rows: Array, tmp_path: Path) -> Array:
    """The step behind a graph whose outputs are its columns, one after the other."""
    joblib.dump(step, tmp_path / "prepare.joblib")
    preparation = load_preparation(tmp_path / "prepare.joblib", 1 << 26)
    width = preparation.done.run(rows[:1]).shape[1]
    found = []
    for column in range(width):
        graph = Graph(preparation.size)
        value = graph.columns(preparation.done.add_to(graph, graph.input), [column])
        found.append(OnnxScorer(graph.finish(value), preparation.size).outputs(rows))
    return np.array(found).T


@pytest.mark.parametrize("kind", MADE)
def test_the_graph_makes_the_same_numbers(kind: str, tmp_path: Path) -> None:
    fitted = MADE[kind].fit(FITTED)
    expected = fitted.transform(UNSEEN)
    expected = np.asarray(expected.toarray() if hasattr(expected, "toarray") else expected, np.float64)
    assert np.array_equal(by_graph(fitted, UNSEEN, tmp_path), expected, equal_nan=True)


def test_columns_that_are_chosen_by_name_are_found(tmp_path: Path) -> None:
    names = list("abcdef")
    step = ColumnTransformer([("two", StandardScaler(), ["f", "b"])], remainder="passthrough")
    fitted = step.fit(pd.DataFrame(FITTED, columns=names))
    expected = fitted.transform(pd.DataFrame(UNSEEN, columns=names))
    assert np.array_equal(by_graph(fitted, UNSEEN, tmp_path), expected, equal_nan=True)


def test_it_tells_where_the_raw_columns_lie() -> None:
    rows = applicants(800, 1)
    where = plausible_of_columns(linear_columns().fit(rows), 6)
    assert where is not None
    assert where.is_known
    assert np.allclose(where.centre[:4], np.nanmedian(rows[:, :4], axis=0))
    assert (where.low < where.high).all()
    assert ((where.low > np.nanmin(rows, axis=0) - 1e6) & (where.high < np.nanmax(rows, axis=0) + 1e6)).all()
    assert plausible_of_columns(FunctionTransformer().fit(rows), 6) is None


def refused(folder: Path, said: str) -> None:
    (folder / "out").mkdir()
    with pytest.raises(NativeRefusedError, match=said):
        compile_files(folder, folder / "out", 1 << 26)


def test_a_preparation_of_another_width_is_refused(tmp_path: Path) -> None:
    KINDS["a line, prepared"][0](tmp_path)
    joblib.dump(filled_columns().fit(FITTED), tmp_path / "prepare.joblib")
    refused(tmp_path, r"prepare.joblib makes \d+ columns of 6, but model.pkl takes \d+")


def test_a_preparation_that_prepares_nothing_is_refused(tmp_path: Path) -> None:
    KINDS["a line, prepared"][0](tmp_path)
    joblib.dump(LogisticRegression().fit(np.nan_to_num(FITTED), OUTCOMES), tmp_path / "prepare.joblib")
    refused(tmp_path, "prepare.joblib holds a LogisticRegression; expected a fitted transformer")


def test_a_preparation_of_text_is_refused(tmp_path: Path) -> None:
    KINDS["a line"][0](tmp_path)
    joblib.dump(OneHotEncoder().fit([["own"], ["rent"]]), tmp_path / "prepare.joblib")
    refused(tmp_path, "prepare.joblib does not take rows of 1 numbers")


def test_a_scaler_of_features_beside_a_preparation_is_refused(tmp_path: Path) -> None:
    KINDS["a line, prepared"][0](tmp_path)
    width = joblib.load(tmp_path / "model.pkl").n_features_in_
    joblib.dump(StandardScaler().fit(np.zeros((3, width))), tmp_path / "scaler.joblib")
    refused(tmp_path, "scaler.joblib scales features, which prepare.joblib prepares")


def test_a_preparation_without_a_converter_says_which_part_it_is(tmp_path: Path) -> None:
    KINDS["a line"][0](tmp_path)
    rows = applicants(800, 1, gaps=False)
    step = make_pipeline(FunctionTransformer(np.cbrt), StandardScaler()).fit(rows)
    joblib.dump(step, tmp_path / "prepare.joblib")
    (tmp_path / "out").mkdir()
    report = compile_files(tmp_path, tmp_path / "out", 1 << 26)
    assert not report.converted
    assert "FunctionTransformer" in str(report.not_converted_because)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (1, None, "reference is null for age, which must be given"),
        (4, 3, "reference holds 3 for housing, a code of no category"),
        (4, 0.5, "reference holds 0.5 for housing, a code of no category"),
    ],
)
def test_a_reference_that_nobody_could_be_is_refused(
    place: int, value: float | None, said: str, tmp_path: Path
) -> None:
    KINDS["XGBoost"][0](tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["reference"][place] = value
    (tmp_path / "config.json").write_text(json.dumps(config))
    refused(tmp_path, said)


def test_a_gap_in_the_reference_of_a_model_that_takes_none_is_refused(tmp_path: Path) -> None:
    KINDS["a line"][0](tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["features"][0]["required"] = False
    config["reference"][0] = None
    (tmp_path / "config.json").write_text(json.dumps(config))
    refused(tmp_path, "model.pkl cannot score a missing value")

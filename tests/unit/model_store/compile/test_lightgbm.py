"""model.txt: read as LightGBM reads it, to the last split; what is not a sum of numeric splits is refused."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_store.compile import lightgbm_files
from model_store.compile.compiler import compile_files
from model_store.compile.lightgbm_text import BrokenText, read_text
from model_store.compile.report import CompileReport, NativeRefusedError
from model_store.compile.wire import Array
from model_store.onnx_scorer import OnnxScorer

pytestmark = pytest.mark.filterwarnings("ignore")  # as in the child: what frameworks deprecate is not under test

random = np.random.default_rng(8)
ROWS: Array = random.normal(size=(1_500, 5))
ROWS[:, 1] = np.round(ROWS[:, 1])
ROWS[:, 2] = np.where(random.random(1_500) < 0.5, 0.0, np.abs(ROWS[:, 2]))
GAPS: Array = np.where(random.random(ROWS.shape) < 0.15, np.nan, ROWS)
OUTCOMES = (np.nan_to_num(GAPS) @ [1.0, -0.5, 0.8, 0.0, 0.3] + np.isnan(GAPS[:, 4]) + random.normal(size=1_500)) > 0.4
EDGES = np.array([0.0, -0.0, 1e-35, -1e-35, 1e-36, 1e-300, np.nan, 3e38, -3e38, 0.5, -0.5, 1.0, -1.0])


@cache
def fitted(with_gaps: bool = True, **settings: Any) -> str:
    data = lightgbm.Dataset(GAPS if with_gaps else ROWS, label=OUTCOMES, params={"verbosity": -1})
    asked = {"objective": "binary", "num_threads": 1, "verbosity": -1, "num_leaves": 12, **settings}
    return str(lightgbm.train(asked, data, num_boost_round=12).model_to_string())


def raw_scores(text: str, rows: Array) -> Array:
    return np.asarray(lightgbm.Booster(model_str=text).predict(rows), np.float64)


def rows_at_splits(text: str) -> Array:
    """Rows in which every value is a threshold, or its neighbour, or something special."""
    points = np.concatenate(read_text(text).trees.split_points(5))
    values = np.concatenate([points, np.nextafter(points, -np.inf), np.nextafter(points, np.inf), EDGES])
    return random.choice(values, (800, 5))


KINDS: dict[str, dict[str, Any]] = {
    "gaps": {},
    "no gaps": {"with_gaps": False},
    "gaps as zeros": {"use_missing": False},
    "random forest": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
    "dart": {"boosting": "dart", "drop_rate": 0.4},
    "one-sided sampling": {"data_sample_strategy": "goss"},
    "a steep sigmoid": {"sigmoid": 2.5},
    "weights": {"scale_pos_weight": 5.0},
    "many trees of one leaf": {"min_data_in_leaf": 700},
    "one leaf each": {"min_data_in_leaf": 1_400},
    "by extra trees": {"extra_trees": True, "feature_fraction": 0.5},
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_computed_as_lightgbm_does_on_gaps_zeros_and_split_points(kind: str, tmp_path: Path) -> None:
    text = fitted(**KINDS[kind])
    report = compiled(text, tmp_path)
    assert (report.converted, report.output, report.framework) == (True, "probability_of_default", "lightgbm")
    scorer = OnnxScorer((tmp_path / "out" / "model.onnx").read_bytes(), 5)
    rows = np.concatenate([GAPS[:300], ROWS[:100], rows_at_splits(text)])
    assert np.abs(np.array(scorer.outputs(rows)) - raw_scores(text, rows)).max() <= 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_without_lightgbm_the_file_is_opened_all_the_same(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = fitted(**KINDS[kind])
    (tmp_path / "model.txt").write_text(text)
    rows = np.concatenate([GAPS[:300], rows_at_splits(text)])
    by_lightgbm = lightgbm_files.load(tmp_path / "model.txt", 1 << 26)
    assert by_lightgbm.versions == {"lightgbm": lightgbm.__version__}
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    by_itself = lightgbm_files.load(tmp_path / "model.txt", 1 << 26)
    assert by_itself.versions == {}
    assert np.abs(by_itself.part.run(rows) - by_lightgbm.part.run(rows)).max() < 1e-12


def test_a_split_between_gaps_and_all_values_is_read(tmp_path: Path) -> None:
    """LightGBM writes an infinite threshold: every value goes left, a gap right."""
    rows = np.column_stack([np.where(np.isnan(GAPS[:, 4]), np.nan, np.arange(1_500) % 2), ROWS[:, :4]])
    data = lightgbm.Dataset(rows, label=np.isnan(rows[:, 0]), params={"verbosity": -1})
    asked = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    text = str(lightgbm.train(asked, data, num_boost_round=3).model_to_string())
    assert re.search("^threshold=.*(inf|e[+]30)", text, re.MULTILINE)
    compiled(text, tmp_path)
    scorer = OnnxScorer((tmp_path / "out" / "model.onnx").read_bytes(), 5)
    assert np.abs(np.array(scorer.outputs(rows)) - raw_scores(text, rows)).max() <= 1e-6


def test_its_features_keep_their_names(tmp_path: Path) -> None:
    data = lightgbm.Dataset(ROWS, label=OUTCOMES, feature_name=["a", "b", "c", "d", "e"], params={"verbosity": -1})
    text = lightgbm.train({"objective": "binary", "verbosity": -1}, data, num_boost_round=2).model_to_string()
    assert compiled(text, tmp_path).feature_names == ["a", "b", "c", "d", "e"]
    assert read_text(fitted()).names is None


def compiled(text: str, folder: Path) -> CompileReport:
    (folder / "source").mkdir()
    (folder / "out").mkdir()
    (folder / "source" / "model.txt").write_text(text)
    return compile_files(folder / "source", folder / "out", 1 << 26)


def replaced(pattern: str, by: str) -> str:
    text, count = re.subn(pattern, by, fitted(), count=1, flags=re.MULTILINE)
    assert count == 1
    return text


def trained(**asked: Any) -> str:
    data = lightgbm.Dataset(GAPS, label=asked.pop("label", OUTCOMES), params={"verbosity": -1}, **asked.pop("data", {}))
    settings = {"num_threads": 1, "verbosity": -1, "num_leaves": 12, **asked}
    return str(lightgbm.train(settings, data, num_boost_round=4).model_to_string())


BROKEN: dict[str, tuple[Callable[[], str], str]] = {
    "empty": (lambda: "", "does not begin"),
    "another file": (lambda: '{"learner": {}}', "does not begin"),
    "cut short": (lambda: fitted()[:1_500], "1 to 100,000 trees and their end"),
    "no tree": (lambda: "tree\nnum_class=1\n\nend of trees\n", "1 to 100,000 trees"),
    "a regression": (lambda: trained(objective="regression"), "its objective is regression; expected binary"),
    "several classes": (
        lambda: trained(objective="multiclass", num_class=3, label=np.arange(1_500) % 3),
        "several outputs",
    ),
    "linear leaves": (lambda: trained(objective="binary", linear_tree=True), "linear_tree"),
    "splits on categories": (
        lambda: trained(objective="binary", data={"categorical_feature": [1]}, min_data_per_group=1, cat_smooth=1),
        "splits on categories",
    ),
    "zeros as gaps": (lambda: trained(objective="binary", zero_as_missing=True), "zero_as_missing"),
    "another objective": (lambda: replaced("^objective=.*", "objective=lambdarank"), "lambdarank; expected binary"),
    "a sigmoid of nothing": (lambda: replaced("^objective=.*", "objective=binary sigmoid:0"), "sigmoid"),
    "no features": (lambda: replaced("^max_feature_idx=.*", "max_feature_idx=-1"), "max_feature_idx"),
    "too many features": (lambda: replaced("^max_feature_idx=.*", "max_feature_idx=99999999999999"), "max_feature_idx"),
    "too few names": (lambda: replaced("^feature_names=.*", "feature_names=a b"), "feature_names"),
    "a number that is none": (lambda: replaced("^threshold=[^ ]*", "threshold=nan"), "something else than numbers"),
    "a leaf without an end": (lambda: replaced("^leaf_value=[^ ]*", "leaf_value=inf"), "not finite"),
    "text for a number": (lambda: replaced("^leaf_value=[^ ]*", "leaf_value=x"), "something else than numbers"),
    "a value too few": (lambda: replaced("^leaf_value=[^ ]* ", "leaf_value="), "11 values; expected 12"),
    "a leaf count that is none": (lambda: replaced("^num_leaves=.*", "num_leaves=1000000000"), "not complete"),
    "a feature that is not there": (lambda: replaced("^split_feature=[0-9]*", "split_feature=5"), "does not have"),
    "a node below itself": (lambda: replaced("^left_child=-?[0-9]*", "left_child=0"), "not a tree"),
    "a leaf twice": (lambda: replaced("^(left_child=.*) -?[0-9]+$", r"\1 -1"), "not a tree"),
    "a way of missing that is not known": (lambda: replaced("^decision_type=[0-9]*", "decision_type=14"), "not known"),
    "a line twice": (lambda: replaced("^shrinkage=", "leaf_value=1\nshrinkage="), "twice"),
    "trees in another order": (lambda: replaced("^Tree=1$", "Tree=2"), "tree 1 is not complete"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_cannot_be_read_is_refused_with_a_reason(kind: str, tmp_path: Path) -> None:
    text, said = BROKEN[kind]
    with pytest.raises(NativeRefusedError, match=said):
        compiled(text(), tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_bytes(b"tree\n\xff\xfe")
    with pytest.raises(NativeRefusedError, match="not a text that LightGBM saved"):
        lightgbm_files.load(tmp_path / "model.txt", 1 << 20)
    with pytest.raises(NativeRefusedError, match="more than 3 bytes"):
        lightgbm_files.load(tmp_path / "model.txt", 3)


TEXT = fitted(num_leaves=4)


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_text_is_refused_or_a_sum_of_trees(data: st.DataObject) -> None:
    """A digit more or less may be another model; nothing else than BrokenText is raised, and no row goes in circles."""
    place = data.draw(st.integers(0, len(TEXT)))
    length = data.draw(st.integers(0, 40))
    put = data.draw(st.text("0123456789-.= \n\x00e", max_size=6))
    try:
        model = read_text(TEXT[:place] + put + TEXT[place + length :])
    except BrokenText:
        return
    assert np.isfinite(model.trees.run(np.zeros((2, model.size)))).all()

"""Every kind of file that the flat layout allows, made with its framework, gives that framework's own results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PowerTransformer, RobustScaler, StandardScaler

from tests.fakes import native_files as made
from tests.fakes.compiling import compiled, onnx_outputs
from tests.fakes.native_files import Predict
from tests.fakes.native_kinds import NATIVE, PDS, SCORES, scaled, scikit, told

pytestmark = pytest.mark.filterwarnings("ignore")  # as in the child: what frameworks deprecate is not under test

UNSEEN = made.applicants(300, seed=99)


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

    assert onnx_outputs(report, out, rows) == pytest.approx(predict(rows), abs=1e-6)


def test_a_model_of_one_feature_has_its_scaler_on_that_feature(tmp_path: Path) -> None:
    def one(folder: Path) -> Predict:
        made.write_config(folder, activation="relu")
        model = made.net(size=1)
        scaler = StandardScaler().fit(UNSEEN[:, 1:2])
        joblib.dump(scaler, folder / "scaler.joblib")
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

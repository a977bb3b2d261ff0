"""linear.npz and trees.npz give the output's log-odds, or points, as a sum over features or leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fakes import native_files as made
from tests.fakes.compiling import compiled, onnx_outputs
from tests.fakes.native_files import Array
from tests.fakes.native_kinds import PDS, SCORES

pytestmark = pytest.mark.filterwarnings("ignore")  # as in the child: what frameworks deprecate is not under test

UNSEEN = made.applicants(300, seed=99)

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

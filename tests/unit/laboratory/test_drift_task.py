"""The drift task as the analyst runs it."""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laboratory.tasks.drift import DriftBench, task
from scoring.errors import InvalidRequest
from scoring.features import Feature
from scoring.scale import pd_of
from tests.fakes.lab import FakeHeldOut, FakeLabModels, a_lab_model

NOTHING = cast("DriftBench", None)
"""Uploaded rows need no bench."""
CONTRACT = {
    "reference": [{"x": i % 100, "k": "a"} for i in range(500)],
    "current": [{"x": 60 + i % 100, "k": "a" if i % 2 else "b"} for i in range(500)],
}


def ask(body: dict[str, Any], bench: DriftBench = NOTHING) -> dict[str, Any]:
    """The answer as a client sees it: it must be plain JSON without NaN."""
    answer: dict[str, Any] = json.loads(json.dumps(task(body, bench), allow_nan=False))
    return answer


def refused(body: dict[str, Any], bench: DriftBench = NOTHING) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        task(body, bench)
    return {each.field: each.message for each in caught.value.errors}


def test_both_features_of_the_contract_have_drifted() -> None:
    found = ask(CONTRACT)
    assert (found["verdict"], found["n_reference"], found["n_current"]) == ("drift", 500, 500)
    features = {each["feature"]: each for each in found["features"]}
    assert features["x"]["tests"]["kolmogorov_smirnov"]["p_value"] < 0.05
    assert features["k"]["tests"]["chi_squared"]["p_value"] < 0.05
    assert features["k"]["new"] == ["b"]
    assert sum(cell["psi"] for cell in features["x"]["csi"]["cells"]) == pytest.approx(features["x"]["csi"]["value"])
    assert all(each["advice"] for each in found["findings"])


def test_predictions_and_labels_are_compared_when_they_are_given() -> None:
    generator = np.random.default_rng(1)
    pds = generator.beta(2, 8, 1_000)
    labels = (generator.random(1_000) < pds).astype(int)
    body = {
        **CONTRACT,
        "reference_predictions": [float(each) for each in pds[:500]],
        "predictions": [float(each) for each in pds[500:]],
        "reference_labels": [int(each) for each in labels[:500]],
        "labels": [bool(each) if i % 2 else None for i, each in enumerate(labels[500:])],
        "threshold": 0.3,
        "options": {"correction": "holm", "tolerance": 0.1},
    }
    found = ask(body)
    assert found["prediction"]["verdict"] == "none"
    assert (found["model"]["n_current"], found["model"]["verdict"]) == (250, "none")
    assert found["expected"]["metrics"]["auc_roc"]["low"] < found["model"]["metrics"]["auc_roc"]["reference"]["value"]
    assert "concept drift" in found["expected"]["assumption"]
    assert (found["options"]["threshold"], found["options"]["correction"]) == (0.3, "holm")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"predictions": [0.5]}, "predictions"),
        ({"predictions": [1.5] * 500}, "predictions[0]"),
        ({"predictions": [True] * 500}, "predictions[0]"),
        ({"predictions": "no"}, "predictions"),
        ({"labels": [2] * 500}, "labels[0]"),
        ({"labels": [[]] * 500}, "labels[0]"),
        ({"reference_labels": {}}, "reference_labels"),
        ({"threshold": 2}, "threshold"),
        ({"threshold": "x"}, "threshold"),
        ({"options": []}, "options"),
        ({"options": {"correction": ["holm"]}}, "options.correction"),
        ({"options": {"bins": 1}}, "options.bins"),
        ({"options": {"bins": 2.5}}, "options.bins"),
        ({"options": {"watch_from": 0.5}}, "options.watch_from"),
        ({"options": {"speed": 1}}, "options.speed"),
        ({"surprise": 1}, "surprise"),
        ({"since": "2026-01-01T00:00:00Z"}, "since"),
        ({"window": "day"}, "window"),
        ({"model": "xgboost"}, "reference"),
        ({"model": 7}, "model"),
        ({"model_type": "astrology"}, "model_type"),
        ({"model_type": "xgboost"}, "reference"),
        ({"version": "1"}, "version"),
    ],
)
def test_what_is_wrong_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    assert field in refused({**CONTRACT, **change})


def test_times_of_a_served_model_are_checked() -> None:
    assert set(refused({"model": "xgboost", "since": "yesterday", "window": "year"})) == {"since", "window"}
    swapped = {"model": "xgboost", "since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert refused(swapped) == {"since": "must not be later than until"}


class LabBench:
    """Only what a laboratory model needs."""

    def __init__(self, *models: Any) -> None:
        self.models = FakeLabModels(*models)


def lab_bench() -> DriftBench:
    generator = np.random.default_rng(2)
    rows = np.column_stack([generator.normal(50, 10, 400), generator.integers(0, 2, 400)])
    held = FakeHeldOut(rows, (generator.random(400) < 0.3).astype(float))
    features = [Feature("income", required=False), Feature("home", categories=("own", "rent"), required=False)]
    reference: dict[str, float | str | None] = {"income": 50.0, "home": "own"}
    made = a_lab_model(
        features, lambda row: 2 - row[0] / 20 + row[1], reference=reference, threshold=0.4, held_out=held
    )
    return cast("DriftBench", LabBench(made))


def test_a_laboratory_model_scores_the_rows_and_says_what_the_change_costs_in_points() -> None:
    generator = np.random.default_rng(3)
    current = [{"income": float(each), "home": "rent"} for each in generator.normal(40, 10, 300)]
    found = ask({"model_type": "xgboost", "current": current}, lab_bench())
    features = {each["feature"]: each for each in found["features"]}
    assert features["income"]["points"]["high"] < 0, "a lower income takes points away"
    assert features["income"]["points"]["value"] == pytest.approx(-10 / 20 * 50 / np.log(2), rel=0.3)
    assert (features["home"]["vanished"], found["prediction"]["verdict"]) == (["own"], "drift")
    assert (found["source"]["kind"], found["options"]["threshold"]) == ("laboratory model", 0.4)


def test_a_laboratory_model_takes_a_gap_in_a_drift_check_as_it_does_in_a_prediction() -> None:
    held = FakeHeldOut(np.array([[float(i)] for i in range(40)]), np.tile([0.0, 1.0], 20))
    made = a_lab_model(
        [Feature("savings", required=False)], lambda row: 3.0 if row[0] != row[0] else 0.0, reference={"savings": 9.0},
        held_out=held,
    )  # fmt: skip
    current = [{"savings": None}] * 20 + [{"savings": 1.0}] * 20
    found = ask({"model_type": "xgboost", "current": current}, cast("DriftBench", LabBench(made)))
    assert found["prediction"]["mean_pd_current"] == pytest.approx((pd_of(3.0) + 0.5) / 2)


def test_rows_of_a_laboratory_model_with_gaps_and_strangers_are_judged_or_refused() -> None:
    bench = lab_bench()
    found = ask({"model_type": "xgboost", "current": [{"income": None, "home": "boat"}] * 40}, bench)
    features = {each["feature"]: each for each in found["features"]}
    assert features["home"]["new"] == ["boat"]
    assert features["income"]["verdict"] == "drift"
    assert "current[0].income" in refused({"model_type": "xgboost", "current": [{"income": "rich"}]}, bench)


def verdict_or_errors(body: dict[str, Any]) -> bool:
    """Whether it was answered with a verdict (or with none), or refused with what is wrong."""
    try:
        return ask(body)["verdict"] in (None, "none", "watch", "drift")
    except InvalidRequest as error:
        return bool(error.errors)


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["a", "b", ""]) | st.lists(st.integers(), max_size=2)
)  # fmt: skip
ROWS = st.lists(st.dictionaries(st.sampled_from(["x", "y", "{}", ""]), VALUES, max_size=3) | VALUES, max_size=30)
TAME = st.sampled_from([None, 0, 1, 2.5, -3, 1e300]) | st.floats(-10, 10)
TAME_ROWS = st.lists(st.fixed_dictionaries({"x": TAME}, optional={"y": st.sampled_from(["a", "b", None])}), max_size=60)


@given(ROWS | TAME_ROWS | VALUES, ROWS | TAME_ROWS | VALUES, st.data())
def test_any_two_lists_are_answered_or_refused(reference: Any, current: Any, data: st.DataObject) -> None:
    body = {"reference": reference, "current": current}
    if isinstance(current, list) and isinstance(reference, list) and data.draw(st.booleans()):
        shares, labels = st.floats(0, 1), st.sampled_from([0, 1, None])
        for prefix, rows in (("", current), ("reference_", reference)):
            n = len(rows)
            body[f"{prefix}predictions"] = data.draw(st.lists(shares, min_size=n, max_size=n))
            body[f"{prefix}labels"] = data.draw(st.lists(labels, min_size=n, max_size=n))
    assert verdict_or_errors(body)


def test_a_row_a_side_is_answered_without_a_verdict() -> None:
    assert ask({"reference": [{"x": 1}], "current": [{"x": 2}]})["verdict"] is None

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.drift.columns import Categories, Numbers
from monitoring.drift.columns_of_rows import columns_of_inputs, columns_of_rows, rows_of_inputs
from monitoring.drift.options import Options
from monitoring.drift.recent import Recent, recent
from monitoring.drift.served import Known, served_drift
from monitoring.drift.text import drift_text
from monitoring.drift.windows import STEPS, Step, places, window_of
from routing.archive import Filed
from routing.routes import Application, Route
from scoring.decision import Policy
from scoring.features import Feature
from scoring.scale import ScoreScale
from tests.fakes.histories import a_prediction, erased, seen
from tests.fakes.models import FakeModel

DIGEST, ON = "ab" * 32, date(2026, 11, 22)
MODEL = FakeModel("xgboost", ["x"], lambda row: row[0] - 2)


def asked(x: float, defaulted: bool | None = None, at: datetime = datetime(2025, 3, 10, tzinfo=UTC)) -> Filed:
    filed = a_prediction(x - 2, at, inputs={"xgboost": {"x": x}})
    return filed if defaulted is None else seen(filed, defaulted, at.date() + timedelta(days=400))


def read(filed: list[Filed], most: int = 1_000) -> Recent:
    return recent(filed, "xgboost", DIGEST, most=most, on=ON, maturity_months=12)


def reference(n: int = 800, seed: int = 2) -> Known:
    generator = np.random.default_rng(seed)
    x = generator.normal(0, 1, n)
    return Known(MODEL, [(float(each),) for each in x], (generator.random(n) < 1 / (1 + np.exp(2 - x))).astype(float))


def test_the_newest_are_kept_oldest_first_and_the_rest_is_counted() -> None:
    start = datetime(2025, 3, 10, tzinfo=UTC)
    filed = [asked(float(i), at=start + timedelta(hours=i)) for i in (3, 0, 4, 1, 2)]
    filed += [erased(asked(9.0)), a_prediction(at=start - timedelta(days=1))]
    found = read(filed, most=2)
    assert [each.inputs["x"] for each in found.requests] == [3.0, 4.0]
    assert (found.seen, found.beyond, found.erased, found.other_versions) == (6, 4, 1, 0)
    assert recent(filed, "xgboost", "cd" * 32, most=2, on=ON, maturity_months=12).other_versions == 6


def test_outcomes_count_only_when_their_window_has_ended() -> None:
    early = seen(asked(0.0, at=datetime(2026, 6, 1, tzinfo=UTC)), True, date(2026, 8, 1))
    start = datetime(2025, 3, 10, tzinfo=UTC)
    told = (True, False, None)
    mature = [asked(0.0, each, start + timedelta(hours=i)) for i, each in enumerate(told)]
    found = read([early, *mature])
    assert [each.defaulted for each in found.requests] == [True, False, None, None]


def test_realised_outcomes_of_served_requests_show_a_model_that_became_worse() -> None:
    generator = np.random.default_rng(3)
    filed = [asked(float(x), bool(generator.random() < 0.2)) for x in generator.normal(0, 1, 800)]
    found = served_drift(reference(), read(filed), Options(), threshold=0.2).report
    assert found.model
    assert (found.model.verdict, found.model.ranking_worse) == ("drift", True)
    assert found.features[0].verdict == "none"
    lines = "\n".join(drift_text("xgboost", found))
    assert "Retrain on recent data" in lines


@pytest.mark.parametrize("decline_from", [0.0005, 0.09, 0.95])
def test_an_application_is_approved_below_its_own_pd_and_not_below_that_of_rounded_points(decline_from: float) -> None:
    route = Route("applications.loan", ("xgboost",), (1.0,), "loan")
    policy = Application(route, decline_from, 0.2, 0.4).policy(Policy(), ScoreScale(), None)
    said = json.loads(json.dumps({"scale": asdict(ScoreScale()), "policy": asdict(policy)}))
    filed = [a_prediction(x - 2, inputs={"xgboost": {"x": x}}, provenance=said) for x in np.linspace(-2, 2, 60)]
    found = served_drift(reference(), read(filed), Options())
    assert found.report.options.threshold == decline_from
    assert "decline_from" in found.threshold_from


def test_without_outcomes_nothing_is_said_of_the_model_but_what_is_expected() -> None:
    found = served_drift(reference(), read([asked(float(x)) for x in np.linspace(-2, 2, 100)]), Options()).report
    assert found.model is None
    assert found.expected
    assert "auc_roc" in found.expected.metrics


def test_windows_hold_every_request_once_and_are_judged_each_by_itself() -> None:
    start = datetime(2025, 3, 10, tzinfo=UTC)
    generator = np.random.default_rng(4)
    filed = [
        asked(float(x) + (1.5 if i >= 100 else 0), at=start + timedelta(days=i // 50))
        for i, x in enumerate(generator.normal(0, 1, 200))
    ]
    found = served_drift(reference(), read(filed), Options(), step="day").windows
    assert [each.n for each in found] == [50] * 4
    assert [each.start for each in found] == [f"2025-03-{day}" for day in (10, 11, 12, 13)]
    assert [each.verdict == "drift" for each in found] == [False, False, True, True]


@pytest.mark.parametrize(
    ("step", "bounds"),
    [
        ("day", ("2024-02-29", "2024-03-01")),
        ("week", ("2024-02-26", "2024-03-04")),
        ("month", ("2024-02-01", "2024-03-01")),
    ],
)
def test_windows_begin_where_people_expect(step: Step, bounds: tuple[str, str]) -> None:
    assert window_of("2024-02-29T23:59:59.000000Z", step) == bounds


@given(st.lists(st.dates(date(1999, 1, 1), date(2100, 1, 1)), max_size=80), st.sampled_from(STEPS))
def test_every_day_lies_in_its_window(days: list[date], step: Step) -> None:
    stamps = [f"{each.isoformat()}T00:00:00.000000Z" for each in days]
    for (start, end), rows in places(stamps, step).items():
        assert all(start <= stamps[i][:10] < end for i in rows)


def test_categories_are_compared_by_name_and_coded_for_the_model() -> None:
    features = [Feature("x"), Feature("home", categories=("own", "rent"), required=False)]
    inputs: list[dict[str, float | str | None]] = [{"x": 1.5, "home": "rent"}, {"x": None}]
    columns = columns_of_inputs(features, inputs)
    assert isinstance(columns["home"], Categories)
    assert list(columns["home"].values) == ["rent", None]
    coded = rows_of_inputs(features, inputs)
    assert coded[0] == (1.5, 1.0)
    assert np.isnan(coded[1]).all()
    back = columns_of_rows(features, coded)
    assert isinstance(back["x"], Numbers)
    assert list(back["home"].values) == ["rent", None]

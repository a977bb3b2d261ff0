"""/predict, /predict/batch and /api/ml/*: applications in their clients' own words, recorded like every score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from api import applications, mobile, mobile_model
from api.auth import Guard
from api.install import install
from api.limits import AtMost
from api.metrics import Metrics
from api.render_applications import APPROVED_FROM, LOW_RISK_FROM
from applications.loan import FEATURES as LOAN_FEATURES
from monitoring.application_fairness import ApplicationFairness
from routing.ports import Model
from routing.replay import replay
from routing.service import ScoringService
from scoring.features import Feature
from scoring.record import ScoreRecord
from tests.fakes.catalog import FakeCatalog, FakeVersions
from tests.fakes.lab import FakeHeldOut
from tests.fakes.models import FakeModel, FakeModels
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.routes import ROUTES
from tests.fakes.table import MemoryTable
from tests.unit.applications.test_applications import LOAN

HOME_FEATURES = [
    Feature("AMT_CREDIT", minimum=0, required=False),
    Feature("EXT_SOURCE_MEAN", required=False),
    Feature("CODE_GENDER", categories=("F", "M"), required=False, protected=True),
]
MODELS = {"loan": "loan", "credit_desk": "credit_desk", "mobile": "home_credit"}


def of_sources(row: tuple[float, ...]) -> float:
    """The weaker the external scores, the riskier; without any, in the middle."""
    return 0.0 if row[1] != row[1] else 6.0 - 12.0 * row[1]


class Counter:
    """The pages of all three clients over fakes."""

    def __init__(self) -> None:
        score = next(i for i, each in enumerate(LOAN_FEATURES) if each.name == "credit_score")
        loan = FakeModel("loan", LOAN_FEATURES, lambda row: (600 - row[score]) / 50)
        desk = FakeModel("credit_desk", HOME_FEATURES, of_sources, threshold=0.1)
        home = FakeModel("home_credit", HOME_FEATURES, of_sources)
        every = [loan, desk, home]
        self.models, self.table = FakeModels({each.name: each for each in every}), MemoryTable()
        self.versions = FakeVersions(every)
        service = ScoringService(ROUTES, self.models, self.table, MemoryOutbox())
        app, guard, at_once, metrics = Flask("test"), Guard([], None), AtMost(4), Metrics()
        install(app, metrics, b"x" * 32, [])
        fairness = ApplicationFairness(self, ROUTES)
        app.register_blueprint(applications.blueprint(service, MODELS, guard, at_once, metrics, 8_192, 65_536))
        app.register_blueprint(mobile.blueprint(service, MODELS, self.models, fairness, guard, at_once, metrics, 8_192))
        app.register_blueprint(mobile_model.blueprint("home_credit", FakeCatalog(self.models), guard, at_once))
        self.client: Any = app.test_client()

    def held_out(self, reference: str) -> tuple[Model, FakeHeldOut]:
        """Women approved in 30 of 40 cases, men in 20 of 40; a third of those declined paid back."""
        mean = np.array([0.9] * 30 + [0.1] * 10 + [0.9] * 20 + [0.1] * 20)
        rows = np.column_stack([np.full(80, 1e5), mean, np.repeat([0.0, 1.0], 40)])
        defaulted = np.array([0.0] * 30 + [1.0] * 10 + [0.0] * 20 + [1.0] * 10 + [0.0] * 10)
        return self.models.get(reference), FakeHeldOut(rows, defaulted, {"CODE_GENDER": np.repeat(["F", "M"], 40)})

    def post(self, path: str, body: object, **headers: str) -> Any:
        return self.client.post(path, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    @property
    def records(self) -> list[ScoreRecord]:
        return [each for each in self.table.records.values() if isinstance(each, ScoreRecord)]


@pytest.fixture
def counter() -> Counter:
    return Counter()


def test_a_loan_application_is_answered_in_the_desk_s_own_words(counter: Counter) -> None:
    body = counter.post("/predict", LOAN).json
    pd = body["probability"]["high_risk"]
    assert (body["status"], body["prediction"], body["risk_level"]) == ("success", 0, "low")
    assert body["probability"]["low_risk"] + pd == pytest.approx(1)
    assert body["risk_score"] == round(100 * pd, 2)
    worse = counter.post("/predict", {**LOAN, "credit_score": 400}).json
    assert (worse["prediction"], worse["risk_level"]) == (1, "high")


def test_a_home_credit_application_at_the_same_path_is_the_credit_desk_s(counter: Counter) -> None:
    body = counter.post("/predict", {"SK_ID_CURR": 100417, "AMT_CREDIT": 1.0, "EXT_SOURCE_1": 0.9}).json
    assert (body["prediction"], body["threshold"], body["customer_id"]) == (0, 0.1, "100417")
    weak = counter.post("/predict", {"SK_ID_CURR": 100417, "EXT_SOURCE_1": 0.1}).json
    assert (weak["prediction"], weak["probability"] >= 0.1) == (1, True)


def test_every_application_is_recorded_and_replayed_equal(counter: Counter) -> None:
    counter.post("/predict", {**LOAN, "customer_id": "CUS1", "explain": True})
    counter.post("/predict", {"SK_ID_CURR": 7, "EXT_SOURCE_1": 0.4, "CODE_GENDER": "XNA"})
    counter.post("/api/ml/predict", {"SK_ID_CURR": 7, "EXT_SOURCE_1": 0.4, "CODE_GENDER": "M"})
    counter.post("/predict", LOAN)
    assert [each.customer_id for each in counter.records][:3] == ["CUS1", "7", "7"]
    assert counter.records[3].customer_id.startswith("application-")
    assert counter.records[2].inputs["home_credit"]["CODE_GENDER"] == "M"
    assert [replay(each, counter.versions, {}).result for each in counter.records] == ["equal"] * 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"home_ownership": "castle"}, "home_ownership"),
        ({"income": -5}, "income"),
        ({"age": "old"}, "age"),
        ({"age": 900}, "age"),
        ({"loan_term": 0}, "loan_term"),
        ({"customer_id": 5}, "customer_id"),
        ({"explain": 1}, "explain"),
    ],
)
def test_a_wrong_field_is_named_as_the_client_calls_it(change: dict[str, Any], field: str, counter: Counter) -> None:
    response = counter.post("/predict", {**LOAN, **change})
    assert response.status_code == 422
    assert [each["field"] for each in response.json["errors"]] == [field]
    assert not counter.records


def test_a_missing_field_is_named_and_an_unknown_one_is_told(counter: Counter) -> None:
    without = {name: value for name, value in LOAN.items() if name != "savings"}
    assert counter.post("/predict", without).json["errors"] == [{"field": "savings", "message": "is missing"}]
    assert counter.post("/predict", {**LOAN, "shoe_size": 44}).json["ignored_fields"] == ["shoe_size"]


def test_a_body_that_fits_no_application_is_told_what_is_missing_from_each(counter: Counter) -> None:
    response = counter.post("/predict", {"colour": "blue"})
    assert response.status_code == 422
    assert [each["field"] for each in response.json["errors"]] == ["loan application", "Home Credit application"]
    assert counter.post("/predict", {"SK_ID_CURR": 5}).status_code == 422


def test_an_applicant_s_number_is_no_longer_than_any_customer_s_id(counter: Counter) -> None:
    response = counter.post("/api/ml/predict", {"SK_ID_CURR": 10**299, "EXT_SOURCE_1": 0.4})
    assert response.status_code == 422
    assert [each["field"] for each in response.json["errors"]] == ["SK_ID_CURR"]


def test_errors_of_a_batch_stay_with_their_item(counter: Counter) -> None:
    body = counter.post("/predict/batch", {"applications": [LOAN, {"age": "old"}, 7, {**LOAN, "age": 50}]}).json
    assert (body["status"], body["count"]) == ("success", 4)
    assert [each.get("status") for each in body["results"]] == ["success", 422, 422, "success"]
    assert body["results"][1]["errors"][0]["field"] == "age"
    assert len(counter.records) == 2
    assert counter.post("/predict/batch", {"applications": LOAN}).status_code == 422


def test_a_retry_with_a_key_is_the_same_application(counter: Counter) -> None:
    first = counter.post("/predict", LOAN, Idempotency_Key="k1")
    again = counter.post("/predict", LOAN, Idempotency_Key="k1")
    assert first.json["prediction_id"] == again.json["prediction_id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(counter.records) == 1


def test_a_model_that_is_away_is_a_503_for_its_own_client_only(counter: Counter) -> None:
    counter.models.take_away("loan")
    assert counter.post("/predict", LOAN).status_code == 503
    assert counter.post("/predict", {"EXT_SOURCE_1": 0.4}).status_code == 200


@given(st.floats(0, 1))
def test_the_app_s_decision_its_score_and_the_record_agree(source: float) -> None:
    counter = Counter()
    body = counter.post("/api/ml/predict", {"EXT_SOURCE_1": source, "SK_ID_CURR": 100001}).json
    pd, score = body["prediction_probability"], body["credit_score"]
    assert score == int((1 - pd) * 900)
    assert (body["decision"] == "approved") == (score >= APPROVED_FROM) == (counter.records[0].decision == "approve")
    expected = "low" if score >= LOW_RISK_FROM else "medium" if score >= APPROVED_FROM else "high"
    assert body["risk_level"] == counter.records[0].risk_level == expected
    assert (body["application_id"], body["confidence"]) == (100001, max(pd, 1 - pd))


def test_the_app_is_told_shap_values_largest_first_and_no_protected_feature(counter: Counter) -> None:
    body = counter.post("/api/ml/explain", {"EXT_SOURCE_1": 0.2, "AMT_CREDIT": 5.0, "CODE_GENDER": "M"}).json
    assert set(body) == {"EXT_SOURCE_MEAN", "AMT_CREDIT"}
    sizes = [abs(value) for value in body.values()]
    assert sizes == sorted(sizes, reverse=True)
    assert not counter.records
    assert counter.post("/api/ml/explain", {"AMT_CREDIT": "much"}).json["errors"][0]["field"] == "AMT_CREDIT"


def test_group_figures_are_of_the_stored_validation_set(counter: Counter) -> None:
    body = counter.client.get("/api/ml/fairness?protected_attribute=CODE_GENDER").json
    assert (body["demographic_parity"], body["disparate_impact"]) == (0.25, pytest.approx(2 / 3))
    assert (body["F_tpr"], body["M_tpr"], body["F_fpr"], body["M_fpr"]) == (1.0, pytest.approx(2 / 3), 0.0, 0.0)
    assert body["equal_opportunity"] == pytest.approx(1 / 3)
    assert body["fairness_score"] == pytest.approx(100 * (0.75 + 2 / 3 + 2 / 3) / 3)
    for query in ("?protected_attribute=SHOE_SIZE", ""):
        assert counter.client.get(f"/api/ml/fairness{query}").status_code == 422


def test_the_model_is_told_as_its_bundle_says(counter: Counter) -> None:
    health, info = (counter.client.get(f"/api/ml/{path}").json for path in ("health", "info"))
    assert (health["healthy"], health["model_version"], info["features_count"]) == (True, "1", 3)
    assert list(counter.client.get("/api/ml/feature-importance").json) == [each.name for each in HOME_FEATURES]
    counter.models.take_away("home_credit")
    away = counter.client.get("/api/ml/health")
    assert (away.status_code, away.json["healthy"]) == (503, False)


OPEN = Counter()
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)


@given(
    st.sampled_from(["/predict", "/api/ml/predict", "/api/ml/explain"]),
    st.dictionaries(
        st.sampled_from([*LOAN, "AMT_CREDIT", "EXT_SOURCE_1", "CODE_GENDER", "SK_ID_CURR", "customer_id", "explain"])
        | st.text(max_size=9),
        SCALARS | st.lists(SCALARS, max_size=2),
    ),
)
def test_any_body_at_all_is_answered_or_refused_and_never_a_defect(path: str, body: dict[str, Any]) -> None:
    assert OPEN.post(path, body).status_code in (200, 400, 422)

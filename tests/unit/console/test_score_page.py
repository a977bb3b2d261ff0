from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.fakes.console_answers import SCORED, WRONG, history, with_models
from tests.fakes.console_service import FakeService
from tests.unit.console.conftest import Draw
from tests.unit.console.said import click, said

PREDICT = "POST /api/v1/predict"


def test_a_form_asks_for_each_feature_once_and_sends_it(service: FakeService, draw: Draw) -> None:
    with_models(service)
    service.says("GET /api/v1/search", {"found": False})
    service.says(PREDICT, SCORED)
    page = draw("score")
    assert "New customer." in said(page)
    assert [each.label for each in page.number_input] == ["Payment history", "Debt to income"]
    page.number_input[0].set_value(0.2)
    click(page, "Score this customer")
    assert service.of(PREDICT)[0].body == {
        "customer_id": "CUS123456",
        "features": {"xgboost": {"payment_history": 0.2, "debt_to_income": 0.5}},
        "explain": True,
    }
    assert page.error[0].value.startswith("**Declined.** New customer")
    assert [(each.label, each.value) for each in page.metric][:2] == [
        ("Score, points", "578.5"),
        ("Probability of default", "8.04%"),
    ]
    assert "Late payments (\N{MINUS SIGN}50.0 points)" in said(page)


def test_an_existing_customer_is_called_one(service: FakeService, draw: Draw) -> None:
    with_models(service)
    service.says("GET /api/v1/search", history(1))
    assert "Last score: 600.0 points" in said(draw("score"))


def test_what_is_wrong_with_a_field_stands_beside_it(service: FakeService, draw: Draw) -> None:
    with_models(service)
    service.says("GET /api/v1/search", {"found": False})
    service.refuses(PREDICT, 422, errors=[*WRONG, {"field": "customer_id", "message": "must not be empty"}])
    page = click(draw("score"), "Score this customer")
    beside = [each.value for each in page.markdown if each.value.startswith(":red[")]
    assert len(beside) == 1
    assert "must be at most 1" in beside[0]
    assert "must be at most 1" not in page.error[0].value
    assert "customer\\_id: must not be empty" in page.error[0].value


def test_a_model_out_of_reach_is_said_in_words_with_when_to_try_again(service: FakeService, draw: Draw) -> None:
    with_models(service)
    service.refuses("GET /api/v1/models/loan", 503, detail="model loan: has no files", retry_after=5)
    page = AppTest.from_string("from console.pages import score_application\nscore_application.loan()").run()
    assert not page.exception
    assert "Try again in 5 seconds." in page.warning[0].value
    assert [each.label for each in page.button] == ["Try again"]


def test_a_loan_application_is_sent_flat_without_what_the_service_derives(service: FakeService) -> None:
    features = [
        {"name": "age", "minimum": 18, "maximum": 120},
        {"name": "num_late_payments", "minimum": 0, "maximum": 100, "integer": True},
        {"name": "home_ownership", "categories": ["mortgage", "own", "rent"]},
        {"name": "monthly_payment", "minimum": 0, "required": False},
    ]
    service.says("GET /api/v1/models/loan", {"features": features})
    answer = {"prediction": 1, "probability": {"low_risk": 0.3, "high_risk": 0.7}, "risk_level": "high"}
    service.says("POST /predict", {**SCORED, **answer})
    page = AppTest.from_string("from console.pages import score_application\nscore_application.loan()").run()
    click(page, "Score this application")
    sent = {"age": 38.0, "num_late_payments": 1, "home_ownership": "mortgage", "explain": True}
    assert service.of("POST /predict")[0].body == sent
    assert "**Declined.** Probability of default: 70.00%." in page.error[0].value


def test_of_a_home_credit_application_what_is_empty_is_left_out(service: FakeService) -> None:
    features = [
        {"name": "COMMONAREA_AVG", "required": False},
        {"name": "OCCUPATION_TYPE", "required": False, "categories": ["Core staff", "Drivers"]},
        {"name": "AMT_CREDIT", "required": False, "minimum": 0},
    ]
    service.says("GET /api/v1/models/credit_desk", {"features": features})
    service.says("POST /predict", {**SCORED, "prediction": 0, "probability": 0.04, "threshold": 0.09})
    page = AppTest.from_string("from console.pages import score_application\nscore_application.home_credit()").run()
    assert [each.label for each in page.expander] == ["1 more fields, each of which may be left out"]
    click(page, "Score this application")
    sent = {"OCCUPATION_TYPE": "Core staff", "AMT_CREDIT": 450_000.0, "explain": True}
    assert service.of("POST /predict")[0].body == sent
    assert "**Approved.** Probability of default: 4.00%. The limit is 9.00%." in page.success[0].value

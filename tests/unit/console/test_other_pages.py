from __future__ import annotations

import pytest

from tests.fakes.console_answers import model, with_models
from tests.fakes.console_service import FakeService
from tests.unit.console.conftest import Draw
from tests.unit.console.said import click, said

RATE = {"value": 0.8, "low": 0.7, "high": 0.9}
RATIO = {**RATE, "value": 0.7, "group": "M", "reference": "F", "passes_80_percent": False, "certain": True}
FAIR = {
    "n": 200,
    "convention": "1 is a default.",
    "smallest_group": 30,
    "definitions": {"demographic_parity_difference": "largest less smallest"},
    "attributes": {
        "sex": {
            "reference_group": "F",
            "groups": [
                {"group": name, "n": n, "small": n < 30, "selection_rate": RATE} for name, n in (("F", 180), ("M", 20))
            ],
            "disparate_impact": RATIO,
            "demographic_parity_difference": RATE,
        }
    },
}
FEATURE = {
    "feature": "income",
    "verdict": "drift",
    "csi": {"value": 0.4361},
    "tests": {"kolmogorov_smirnov": {"p_adjusted": 1e-9}},
    "reference": {"median": 10.0},
    "current": {"median": 20.0},
    "missing_current": 0.25,
}
DRIFT = {
    "verdict": "drift",
    "summary": "Drift of income.",
    "n_current": 400,
    "n_reference": 6000,
    "findings": [{"about": "income", "severity": "high", "verdict": "drift", "says": "PSI 0.4", "advice": "Look."}],
    "features": [FEATURE],
    "prediction": None,
    "notes": ["A note."],
    "windows": [{"start": f"2026-01-0{i}", "features": {"income": {"psi": 0.1 * i}}} for i in (1, 2)],
}
JOB = {
    "job_id": "job_1",
    "state": "running",
    "model_type": "xgboost",
    "experiment_name": "credit_scoring",
    "data": "600 rows",
    "created_at": "2026-01-02T03:04:05Z",
    "ended_at": None,
    "progress": 0.4,
    "stage": "searching",
    "problem": None,
    "warnings": ["A column is constant."],
}


def test_models_are_listed_described_and_what_is_not_loaded_is_said(service: FakeService, draw: Draw) -> None:
    with_models(service)
    ranked = [{"feature": "payment_history", "points": 24.2}]
    service.says("GET /api/v1/models/xgboost/feature-importance", {"features": ranked, "applicants": 256})
    report = {"on": "2026-02-01", "predictions": 3, "splits": [], "pairings": [], "notes": ["No challenger answered."]}
    service.says("GET /api/v1/reports/comparison", report)
    page = draw("models")
    assert list(page.dataframe[0].value["State"]) == ["serves", "not loaded"]
    assert page.dataframe[1].value.to_dict("records") == [
        {"Figure": "AUC", "Value": "0.770", "95% interval": "0.740 to 0.790"}
    ]
    assert "**Not loaded:** loan has no files." in said(page)
    assert "No challenger answered." in said(click(page, "Compare"))
    assert service.of("GET /api/v1/reports/comparison")[0].query == {"maturity_months": "12"}


@pytest.mark.parametrize("name", ["models", "drift", "batch", "score"])
def test_a_missing_key_is_asked_for(service: FakeService, draw: Draw, name: str) -> None:
    service.refuses("GET /api/v1/models", 401, "An API key is required")
    assert "**An API key is needed.** Enter a valid key" in said(draw(name))


def test_fairness_of_a_model_is_judged_in_words(service: FakeService, draw: Draw) -> None:
    service.says("POST /api/fairness/analyze", FAIR)
    page = click(draw("fairness"), "Analyse")
    asked = service.of("POST /api/fairness/analyze")[0].body
    assert asked == {"model_type": "xgboost", "sensitive_features": ["age"]}
    assert "M has 70.0% (70.0% to 90.0%) of the approval rate of F: it fails." in said(page)
    assert "Fewer than 30 people: M." in said(page)


def test_an_unknown_attribute_is_said_beside_its_field(service: FakeService, draw: Draw) -> None:
    wrong = [{"field": "sensitive_features", "message": "sex is not in the validation set, which has age"}]
    service.refuses("POST /api/fairness/analyze", 422, errors=wrong)
    page = click(draw("fairness"), "Analyse")
    assert any(each.value.startswith(":red[sex is not") for each in page.markdown)
    assert "which has age" not in page.error[0].value


def test_fairness_of_the_app_shows_its_groups(service: FakeService, draw: Draw) -> None:
    parts = {"demographic_parity": 0.1, "equal_opportunity": 0.05, "disparate_impact": 0.9, "fairness_score": 91.7}
    service.says("GET /api/ml/fairness", {**parts, "F_tpr": 0.95, "F_fpr": 0.7, "M_tpr": 0.9, "M_fpr": None})
    page = draw("fairness")
    page.session_state["fairness of"] = "Mobile app"
    page.run()
    click(page, "Analyse")
    assert list(page.dataframe[0].value["True positive rate"]) == ["95.0%", "90.0%"]
    assert "Ratio of approval rates: 90.0%; it passes" in said(page)


def test_drift_is_told_with_what_to_do_and_over_time(service: FakeService, draw: Draw) -> None:
    with_models(service)
    service.says("POST /api/monitoring/drift", DRIFT)
    page = click(draw("drift"), "Check the last 30 days")
    assert service.of("POST /api/monitoring/drift")[0].body == {"model": "xgboost", "window": "day"}
    assert "**Drift.** Drift of income." in said(page)
    assert "**What to do:** Look." in said(page)
    assert "**Over time**" in said(page)
    (row,) = page.dataframe[0].value.to_dict("records")
    assert (row["PSI"], row["p (adjusted)"], row["Missing now"]) == ("0.436", "below 0.0001", "25.0%")


def test_a_training_is_started_followed_and_cancelled(service: FakeService, draw: Draw) -> None:
    service.says("GET /api/train", {"jobs": [JOB]})
    service.says("POST /api/train", {"job_id": "job_1"}, 202)
    service.says("POST /api/train/job_1/cancel", {"state": "cancelled"})
    page = draw("training")
    page.text_area[0].set_value("C = 0.1, 1")
    click(page, "Start the training")
    sent = service.of("POST /api/train")[0].body
    assert (sent["data"], sent["target"], sent["model_type"]) == ("loan_applications", "default", "logistic_regression")
    assert (sent["hyperparameters"], sent["folds"], sent["leave_out"]) == ({"C": [0.1, 1]}, 5, [])
    assert "Started as job_1." in said(page)
    assert "**XGBoost** in credit_scoring: running" in said(page)
    click(page, "Cancel")
    assert service.of("POST /api/train/job_1/cancel")


def test_mistyped_hyperparameters_are_not_sent(service: FakeService, draw: Draw) -> None:
    service.says("GET /api/train", {"jobs": []})
    page = draw("training")
    page.text_area[0].set_value("many trees")
    click(page, "Start the training")
    assert not service.of("POST /api/train")
    assert "“many trees” is not of the form" in said(page)


def test_finished_trainings_are_compared_best_first(service: FakeService, draw: Draw) -> None:
    jobs = [
        {
            **JOB,
            "job_id": f"job_{i}",
            "state": "finished",
            "ended_at": "2026-01-02T03:05:05Z",
            "metrics": {"auc_roc": value},
            "intervals": {"auc_roc": [value - 0.02, value + 0.02]},
            "best_hyperparameters": {"max_depth": 3},
            "model_name": "lab_xgboost",
            "model_version": f"v{i}",
        }
        for i, value in enumerate((0.7, 0.8))
    ]
    service.says("GET /api/train", {"jobs": jobs})
    page = draw("compared")
    assert list(page.dataframe[0].value["AUC"]) == ["0.800 (0.780 to 0.820)", "0.700 (0.680 to 0.720)"]


def test_a_laboratory_model_says_why(service: FakeService, draw: Draw) -> None:
    explained = {"base_points": 525.0, "contributions": [{"feature": "age", "value": 35.0, "points": 75.5}]}
    predicted = {
        "prediction": 0,
        "probability_of_default": 0.03,
        "threshold": 0.1,
        "score": 600.5,
        "explanation": explained,
    }
    service.says(
        "POST /api/predict",
        {**predicted, "imputed": [{"feature": "income", "value": 45_900.0}], "ignored_features": []},
    )
    page = click(draw("lab_model"), "Predict and explain")
    asked = service.of("POST /api/predict")[0].body
    assert asked["features"] == {"age": 35, "income": 75_000, "credit_score": 720}
    assert "Probability of default 3.00%; the limit is 10.00%." in said(page)
    assert "Imputed: Income 45,900." in said(page)


def test_a_batch_needs_the_models_features(service: FakeService, draw: Draw) -> None:
    with_models(service)
    page = draw("batch")
    assert "Score a file of customers" in said(page)
    assert model()["features"][0]["name"] in "payment_history"

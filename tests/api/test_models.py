"""What the API tells of models."""

import pytest

from tests.api.desk import Desk
from tests.fakes.catalog import CARD


def test_every_model_of_a_route_is_listed_with_its_version_and_digest(desk: Desk) -> None:
    response = desk.client.get("/api/v1/models")
    assert response.status_code == 200
    listed = {each["model"]: each for each in response.json["models"]}
    assert list(listed) == ["traditional", "social", "xgboost"]
    xgboost = listed["xgboost"]
    assert (xgboost["version"], xgboost["digest"]) == (desk.xgboost.version, desk.xgboost.digest)
    assert (xgboost["loaded"], xgboost["has_card"], xgboost["metrics"]) == (True, True, {"auc": 0.77})


def test_a_model_that_is_not_loaded_is_listed_with_its_problem_and_described_by_a_503(desk: Desk) -> None:
    desk.models.take_away("social", "its digest is not the one of its manifest")
    listed = {each["model"]: each for each in desk.client.get("/api/v1/models").json["models"]}
    assert (listed["social"]["loaded"], listed["social"]["metrics"]) == (False, None)
    assert listed["social"]["problem"] == "its digest is not the one of its manifest"
    for path in ("/api/v1/models/social", "/api/v1/models/social/feature-importance"):
        response = desk.client.get(path)
        assert (response.status_code, response.json["type"]) == (503, "urn:problem-type:credit-api:model-unavailable")


def test_a_model_is_described_with_features_metrics_and_card(desk: Desk) -> None:
    body = desk.client.get("/api/v1/models/social").json
    assert (body["model"], body["version"], body["digest"]) == ("social", "1", desk.social.digest)
    assert [each["name"] for each in body["features"]] == ["f", "g", "age"]
    assert [each["protected"] for each in body["features"]] == [False, False, True]
    assert (body["card"], body["metrics"], body["notes"]) == (CARD, {"auc": 0.77}, ["made for a test"])


def test_feature_importance_names_the_most_important_first_and_the_version_that_it_is_of(desk: Desk) -> None:
    body = desk.client.get("/api/v1/models/xgboost/feature-importance").json
    assert (body["model"], body["digest"], body["applicants"]) == ("xgboost", desk.xgboost.digest, 24)
    assert [each["feature"] for each in body["features"]] == list("hijklm")
    assert [each["points"] for each in body["features"]] == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("name", ["nobody", "xgboost@nobody", "XGBOOST", "%00", "..", "%FF", "x" * 2000, "💶", "a%20b"])
@pytest.mark.parametrize("part", ["", "/feature-importance"])
def test_an_unknown_model_is_a_404(desk: Desk, name: str, part: str) -> None:
    response = desk.client.get(f"/api/v1/models/{name}{part}")
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert name not in response.text

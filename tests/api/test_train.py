"""POST and GET /api/train: what is asked for, what is refused, and how a job is told of."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask

from api import train
from api.auth import ApiKey, Guard
from api.install import install
from api.limits import AtMost
from api.metrics import Metrics
from laboratory.checking import check
from laboratory.plan import CostWeights, Plan
from tests.api.desk import SECRET
from tests.fakes.jobs import MemoryJobs

LONGEST = 100_000
ROWS = [{"age": 20 + i, "income": 1000.5 * i, "home": "own" if i % 3 else None, "default": i % 2} for i in range(60)]
KEY = {"Idempotency-Key": "k1"}
BODY: dict[str, Any] = {"data": ROWS, "target": "default", "model_type": "xgboost"}


class TrainingDesk:
    """The paths of training over jobs in memory, checked as real ones are."""

    def __init__(self, keys: tuple[ApiKey, ...] = (), **jobs: Any) -> None:
        self.jobs = MemoryJobs(check=partial(check, knows={"german"}.__contains__), **jobs)
        self.app = Flask("test")
        install(self.app, Metrics(), SECRET, [])
        self.app.register_blueprint(train.blueprint(self.jobs, Guard(keys), AtMost(4), LONGEST))
        self.client: Any = self.app.test_client()

    def train(self, **more: Any) -> Any:
        """A training with these fields; None leaves one out."""
        body = {name: value for name, value in {**BODY, **more}.items() if value is not None}
        return self.client.post("/api/train", json=body)

    def refused(self, **more: Any) -> list[str]:
        """The wrong fields of a training, each with what is wrong."""
        answer = self.train(**more)
        assert answer.status_code == 422, answer.json
        assert not self.jobs.jobs
        return [f"{each['field']} {each['message']}" for each in answer.json["errors"]]


@pytest.fixture
def desk() -> TrainingDesk:
    return TrainingDesk()


def test_a_training_is_accepted_and_can_be_followed(desk: TrainingDesk) -> None:
    accepted = desk.train(experiment_name="wait")
    assert accepted.status_code == 202
    assert (accepted.json["state"], accepted.json["progress"]) == ("queued", 0.0)
    assert accepted.headers["Location"] == f"/api/train/{accepted.json['job_id']}"
    followed = desk.client.get(accepted.headers["Location"])
    assert followed.status_code == 200
    assert followed.json["state"] == "running"
    assert followed.json["data"] == "60 rows"
    assert followed.json["stage"] == "at work"
    assert (followed.json["problem"], followed.json["ended_at"]) == (None, None)


def test_what_came_of_it_is_at_the_top_level(desk: TrainingDesk) -> None:
    job = desk.client.get(desk.train().headers["Location"]).json
    assert (job["state"], job["progress"]) == ("finished", 1.0)
    assert job["metrics"] == {"auc_roc": 0.75}
    assert (job["run_id"], job["model_version"]) == ("run", "v1")
    assert (job["data"], job["table"]) == ("60 rows", {"digest": "d"})
    assert len(job["warnings"]) == 1


def test_a_failed_one_carries_a_problem(desk: TrainingDesk) -> None:
    job = desk.client.get(desk.train(experiment_name="refuse").headers["Location"]).json
    assert job["state"] == "failed"
    assert job["problem"]["detail"] == "The table cannot be learnt from."
    assert job["problem"]["status"] == 422
    assert job["problem"]["instance"] == f"/api/train/{job['job_id']}"


def test_a_retry_with_its_key_gets_the_same_job(desk: TrainingDesk) -> None:
    first, again = (desk.client.post("/api/train", json=BODY, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(desk.jobs.jobs) == 1
    turned = {**BODY, "data": [dict(reversed(each.items())) for each in ROWS]}
    assert desk.client.post("/api/train", json=turned, headers=KEY).headers["Location"] == first.headers["Location"]
    assert desk.train().headers["Location"] != first.headers["Location"]


@pytest.mark.parametrize(
    "changed", [{"data": ROWS[:-1]}, {"data": [*ROWS[1:], ROWS[0]]}, {"seed": 1}, {"data": "german"}]
)
def test_a_key_that_came_with_another_body_is_refused(desk: TrainingDesk, changed: dict[str, Any]) -> None:
    desk.client.post("/api/train", json=BODY, headers=KEY)
    refused = desk.client.post("/api/train", json={**BODY, **changed}, headers=KEY)
    assert (refused.status_code, refused.json["type"]) == (422, "urn:problem-type:credit-api:key-reused")
    assert len(desk.jobs.jobs) == 1


def test_a_key_of_another_shape_is_refused(desk: TrainingDesk) -> None:
    refused = desk.client.post("/api/train", json=BODY, headers={"Idempotency-Key": "x" * 256})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert not desk.jobs.jobs


def test_everything_that_can_be_asked_reaches_the_plan(desk: TrainingDesk) -> None:
    desk.train(
        data="german",
        model_type="dnn",
        hyperparameters={"dropout": [0.1, 0.2], "activation": "relu", "early_stopping_rounds": None},
        experiment_name="wait",
        seed=7,
        folds=3,
        balance="smote",
        trials=12,
        sensitive_features=["sex"],
        leave_out=["id"],
        default_value="bad",
        cost={"false_negative": 5},
    )
    (job,) = desk.jobs.jobs.values()
    assert job.data == "german"
    assert job.plan == Plan(
        "default",
        "dnn",
        {"dropout": (0.1, 0.2), "activation": ("relu",), "early_stopping_rounds": (None,)},
        experiment="wait",
        default_value="bad",
        seed=7,
        folds=3,
        balance="smote",
        trials=12,
        sensitive=("sex",),
        left_out=("id",),
        cost=CostWeights(5.0, 1.0),
    )


def test_what_is_left_out_is_the_plans_own_default(desk: TrainingDesk) -> None:
    desk.train()
    (job,) = desk.jobs.jobs.values()
    assert job.plan == Plan("default", "xgboost")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("model_type", "astrology", "must be one of"),
        ("model_type", ["xgboost"], "must be one of"),
        ("model_type", None, "is missing"),
        ("target", None, "is missing"),
        ("target", 3, "must be text"),
        ("data", None, "is missing"),
        ("data", {"age": 1}, "must be a list"),
        ("data", "", "must be a list"),
        ("data", "../../etc", "is not the name of a data set"),
        ("hyperparameters", [1], "must be an object"),
        ("seed", 1.5, "must be a whole number"),
        ("seed", True, "must be a whole number"),
        ("seed", -1, "must be from"),
        ("folds", 1, "must be from"),
        ("trials", "many", "must be a whole number"),
        ("balance", "magic", "must be one of"),
        ("default_value", [1], "must be a number"),
        ("default_value", 2, "is not a value of the target"),
        ("experiment_name", "", "must have 1 to"),
        ("experiment_name", "a\nb", "must not hold control"),
        ("leave_out", "age", "must be a list"),
        ("sensitive_features", [1], "must be a list"),
        ("cost", {"false_alarm": 1}, "must be an object"),
        ("cost", 3, "must be an object"),
        ("epochs", 3, "is not a field"),
    ],
)
def test_a_wrong_field_is_named(desk: TrainingDesk, field: str, value: Any, told: str) -> None:
    (error,) = desk.refused(**{field: value})
    assert error.startswith(f"{field} ")
    assert told in error


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"hyperparameters": {"n_trees": 5}}, "hyperparameters.n_trees"),
        ({"hyperparameters": {"max_depth": {"a": 1}}}, "hyperparameters.max_depth must be a value"),
        ({"hyperparameters": {"max_depth": [3, 1000]}}, "hyperparameters.max_depth[1] must be"),
        ({"cost": {"false_positive": "1"}}, "cost.false_positive must be a number"),
        ({"leave_out": ["age", "size"]}, "leave_out[1] is not a column"),
        ({"sensitive_features": ["default"]}, "sensitive_features[0] is the target"),
        ({"target": "size"}, "target is not a column"),
        ({"data": ROWS[:49]}, "data must hold from 50"),
        ({"data": [*ROWS, 5]}, "data[60] must be an object"),
        ({"data": [*ROWS, {"age": [1], "default": 0}]}, "data[60].age must be a number"),
        ({"data": [*ROWS, {"age": "old", "default": 0}]}, "data[60].age is text where other rows have a number"),
        ({"data": [{**row, "default": 0} for row in ROWS]}, "target has one value"),
    ],
)
def test_what_is_wrong_inside_is_named_by_its_place(desk: TrainingDesk, more: Any, told: str) -> None:
    (error,) = desk.refused(**more)
    assert error.startswith(told)


def test_jobs_are_listed_the_newest_first(desk: TrainingDesk) -> None:
    ids = [desk.train().json["job_id"] for _ in range(3)]
    listed = desk.client.get("/api/train").json["jobs"]
    assert [job["job_id"] for job in listed] == ids[::-1]
    assert len(desk.client.get("/api/train?limit=2").json["jobs"]) == 2


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=-1", "limit=two", "limit=1e2", "state=failed"])
def test_a_wrong_query_is_refused(desk: TrainingDesk, query: str) -> None:
    assert desk.client.get(f"/api/train?{query}").status_code == 422


def test_a_job_can_be_cancelled_once(desk: TrainingDesk) -> None:
    path = desk.train(experiment_name="wait").headers["Location"]
    cancelled = desk.client.post(f"{path}/cancel")
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "cancelled")
    again = desk.client.post(f"{path}/cancel")
    assert (again.status_code, again.json["type"]) == (409, "urn:problem-type:credit-api:job-ended")
    assert desk.client.post(f"{path}/cancel", json={"why": "no"}).status_code == 422


def test_an_unknown_job_is_a_404(desk: TrainingDesk) -> None:
    for answer in (desk.client.get("/api/train/job_x"), desk.client.post("/api/train/job_x/cancel")):
        assert (answer.status_code, answer.json["type"]) == (404, "urn:problem-type:credit-api:unknown-job")


def test_more_jobs_than_may_wait_are_told_to_come_later() -> None:
    desk = TrainingDesk(at_once=1, most_waiting=1)
    for _ in range(2):
        assert desk.train(experiment_name="wait").status_code == 202
    answer = desk.train(experiment_name="wait")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_folder_out_of_reach_is_a_503() -> None:
    desk = TrainingDesk(broken=True)
    for answer in (desk.train(), desk.client.get("/api/train")):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]


def test_a_body_over_the_limit_is_a_413(desk: TrainingDesk) -> None:
    assert desk.train(data=[{"x": "y" * 1000}] * 200).status_code == 413


def test_the_scope_lab_is_needed() -> None:
    key = ApiKey.parse("a:score:4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce")  # of "3"
    desk = TrainingDesk((key,))
    assert desk.train().status_code == 401
    assert desk.client.get("/api/train", headers={"X-API-Key": "3"}).status_code == 403

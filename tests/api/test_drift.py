"""POST /api/monitoring/drift: over fakes, and over what a service on SQLite wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api import drift
from api.auth import Guard
from api.install import install
from api.limits import AtMost
from api.metrics import Metrics
from bootstrap import services
from bootstrap.drift_commands import drift_commands
from bootstrap.settings import Settings
from laboratory.tasks.drift import DriftBench, task
from model_store.folder import FolderArtifacts
from routing.catalog import UnknownModel
from routing.requests import Scored, ScoringRequest
from scoring.errors import InvalidRequest, ModelUnavailable
from tests.fakes.drifting import NAMES, customers, publish_validated
from tests.fakes.lab import FakeAnalyst
from tests.fakes.running import until
from tests.fakes.small_models import publish_small_models

SINCE = {"since": "2020-01-01T00:00:00Z"}


def page(analyst: FakeAnalyst) -> Any:
    app = Flask("test")
    install(app, Metrics(), b"x" * 32, [])
    app.register_blueprint(drift.blueprint(analyst, Guard([], None), AtMost(4), 65_536, maturity_months=6))
    return app.test_client()


def test_the_analyst_is_asked_with_the_outcome_window_of_the_service() -> None:
    analyst = FakeAnalyst(drift={"verdict": "none"})
    client = page(analyst)
    body = {"reference": [{"x": 1}], "current": [{"x": 2}]}
    response = client.post("/api/monitoring/drift", json={**body, "options": {"bins": 5}})
    assert (response.status_code, response.json) == (200, {"verdict": "none"})
    assert analyst.asked == [("drift", {**body, "options": {"maturity_months": 6, "bins": 5}})]


def test_options_of_another_kind_are_the_tasks_to_refuse() -> None:
    analyst = FakeAnalyst()
    page(analyst).post("/api/monitoring/drift", json={"options": 7})
    assert analyst.asked == [("drift", {"options": 7})]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A service that scored 240 of the model's own customers, and then 160 others; one of each was erased."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    settings.models_dir.mkdir(parents=True)
    artifacts = FolderArtifacts(settings.models_dir)
    publish_small_models(artifacts)
    with serving(settings, "1") as built:
        score(built, "OLD", customers(5, seed=3))
    publish_validated(artifacts)
    with serving(settings, "2") as built:
        first = score(built, "OWN", customers(240, seed=4))
        score(built, "ELSE", customers(160, shift=1.2, seed=5))
        for name in ("OWN0", "ELSE0"):
            built.audit.erase(name, "asked for", "dpo")
        bench = SimpleNamespace(
            archive=built.table, versions=built.versions, artifacts=artifacts, models=None, settings=settings
        )
        yield bench, first


@contextmanager
def serving(settings: Settings, version: str) -> Iterator[services.Services]:
    """The services at work with this version of xgboost."""
    built = services.build(settings)
    built.start()
    try:
        until(lambda: any((each.name, each.version) == ("xgboost", version) for each in built.models.status()))
        yield built
    finally:
        built.close()


def score(built: services.Services, prefix: str, rows: Any) -> str:
    """Have the service score them all; the stamp of the last one."""
    requests = [ScoringRequest(f"{prefix}{i}", {"xgboost": [float(v) for v in row]}) for i, row in enumerate(rows)]
    scored = [each for each in built.scoring.predict_many(requests) if isinstance(each, Scored)]
    assert len(scored) == len(rows)
    return max(each.record.scored_at for each in scored)


def ask(bench: DriftBench, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(task({"model": "xgboost", **SINCE, **body}, bench), allow_nan=False))
    return found


def test_the_models_own_customers_have_not_drifted(served: Any) -> None:
    bench, last = served
    found = ask(bench, until=last)
    assert found["verdict"] in ("none", "watch"), found["findings"]
    assert found["source"]["records"] == 238
    assert found["source"]["version"] == "2"
    assert found["source"]["threshold_from"] == "approve_from 640 of the policy in force"


def test_other_customers_have_drifted_in_the_features_that_moved_and_in_the_score(served: Any) -> None:
    bench, last = served
    found = ask(bench, since=last, window="day")
    assert found["verdict"] == "drift"
    verdicts = {each["feature"]: each["verdict"] for each in found["features"]}
    assert (verdicts[NAMES[0]], verdicts[NAMES[1]]) == ("drift", "drift")
    points = {each["feature"]: each["points"] for each in found["features"]}
    assert points[NAMES[0]]["value"] == pytest.approx(1.2 * 50 / np.log(2), rel=0.25)
    assert points[NAMES[1]]["value"] == pytest.approx(-0.8 * 1.2 * 50 / np.log(2), rel=0.25)
    days = found["windows"]
    assert sum(each["n"] for each in days) == found["source"]["records"]
    assert all(set(each["features"]) == set(NAMES) for each in days)


def test_what_is_left_out_is_counted(served: Any) -> None:
    bench, _ = served
    found = ask(bench, options={"most_records": 100})
    source = found["source"]
    assert (source["records"], source["records_of_this_version"], source["older_left_out"]) == (100, 398, 298)
    assert (source["erased_left_out"], source["other_versions_left_out"]) == (2, 5)
    assert found["n_current"] == 100
    assert found["verdict"] == "drift", "the newest are kept, and they are the others"


def test_a_period_without_requests_is_no_verdict(served: Any) -> None:
    bench, _ = served
    found = ask(bench, until="2020-01-02T00:00:00Z")
    assert (found["verdict"], found["n_current"]) == (None, 0)
    assert found["findings"][0]["action"] == "nothing"


def test_a_model_nobody_knows_or_that_was_never_validated_is_told(served: Any) -> None:
    bench, _ = served
    for name in ("nobody", "../x", "xgboost@challenger"):
        with pytest.raises(UnknownModel):
            task({"model": name}, bench)
    with pytest.raises(InvalidRequest) as caught:
        task({"model": "social"}, bench)
    assert "without validation.npz" in caught.value.errors[0].message


def test_a_lost_file_of_the_bundle_is_unavailable(served: Any, tmp_path: Path) -> None:
    bench, _ = served
    artifacts = FolderArtifacts(tmp_path)
    publish_validated(artifacts)
    (tmp_path / "xgboost/versions/2/validation.npz").unlink()
    with pytest.raises(ModelUnavailable, match="missing"):
        task({"model": "xgboost"}, cast("DriftBench", SimpleNamespace(artifacts=artifacts, versions=bench.versions)))


def run(bench: Any, *arguments: str) -> Result:
    def open_table() -> services.Table:
        return services.open_table(bench.settings)

    group = drift_commands(open_table, lambda: bench.versions, lambda: bench.artifacts, 12)
    return CliRunner().invoke(group, ["check", *arguments])


def test_the_command_exits_with_what_it_found(served: Any) -> None:
    bench, last = served
    drifted = run(bench, "xgboost", "--since", last, "--window", "day")
    assert drifted.exit_code == 1, drifted.output
    assert "xgboost: drift" in drifted.output
    assert "What to do" in drifted.output
    quiet = run(bench, "xgboost", "--until", last, "--since", "4w")
    assert quiet.exit_code == 0, quiet.output
    nothing = run(bench, "xgboost", "--until", "2020-01-02")
    assert (nothing.exit_code, "not judged" in nothing.output) == (2, True)


def test_the_command_prints_one_document_for_all_models(served: Any) -> None:
    bench, last = served
    done = run(bench, "xgboost", "xgboost", "--json", "--since", last)
    found = json.loads(done.stdout)
    assert (done.exit_code, list(found), found["xgboost"]["verdict"]) == (1, ["xgboost"], "drift")


@pytest.mark.parametrize("arguments", [["nobody"], ["social"], ["xgboost", "nobody"]])
def test_the_command_exits_2_for_what_it_cannot_judge(served: Any, arguments: list[str]) -> None:
    done = run(served[0], *arguments)
    assert done.exit_code == 2, done.output
    assert "Error: " in done.stderr


def test_a_wrong_time_is_a_usage_error(served: Any) -> None:
    assert "neither a day" in run(served[0], "xgboost", "--since", "yesterday").stderr

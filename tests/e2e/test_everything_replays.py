"""Whatever a service wrote can be scored again to the last digit: on folder and SQLite, and on S3 and DynamoDB."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap import services
from bootstrap.settings import Settings
from routing.requests import Scored, ScoringRequest
from tests.fakes.places import PLACES, settings_of
from tests.fakes.replaying import replay_all
from tests.fakes.running import Running, until
from tests.fakes.small_models import FEATURES


@pytest.fixture(params=PLACES)
def settings(request: pytest.FixtureRequest, data_dir: Path) -> Settings:
    """The settings of a service in each place, with models published."""
    return settings_of(request.param, request, data_dir)


@pytest.fixture
def built(settings: Settings) -> Iterator[services.Services]:
    """The service at work."""
    running = services.build(settings)
    running.start()
    try:
        until(lambda: running.scoring.health().ready)
        yield running
    finally:
        running.close()


def requests() -> list[ScoringRequest]:
    """New, existing and degraded customers, with and without reasons."""
    whole = {name: [0.1 * (i + 1) for i in range(len(names))] for name, names in FEATURES.items()}
    partial = {name: values for name, values in whole.items() if name != "social"}
    found = []
    for i in range(24):
        features = partial if i % 5 == 4 else whole
        shifted = {name: [value + i / 7 for value in values] for name, values in features.items()}
        found.append(ScoringRequest(f"CUS{i % 9}", shifted, explain=i % 3 == 0))
    return found


def test_every_record_replays_equal(built: services.Services, settings: Settings) -> None:
    scored = [built.scoring.predict(each) for each in requests()]
    routes = {each.record.route for each in scored}
    assert routes == {"routes.new", "routes.existing"}
    assert any(each.record.degraded for each in scored)
    assert any(each.record.explanation for each in scored)
    assert replay_all(settings).equal == len(scored)


def test_records_that_were_scored_together_replay_equal_one_by_one(
    built: services.Services, settings: Settings
) -> None:
    outcomes = built.scoring.predict_many(requests())
    assert all(isinstance(each, Scored) for each in outcomes)
    assert replay_all(settings).equal == len(outcomes)


def test_an_erased_record_is_counted_and_the_others_replay_equal(built: services.Services, settings: Settings) -> None:
    for each in requests():
        built.scoring.predict(each)
    built.audit.erase("CUS0", "the customer asked for it", "dpo")
    found = replay_all(settings)
    assert (found.equal, found.erased) == (21, 3)


def test_a_record_whose_model_lost_its_files_is_no_success(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir)
    running = services.build(settings)
    running.start()
    try:
        until(lambda: running.scoring.health().ready)
        running.scoring.predict(requests()[0])
    finally:
        running.close()
    for name in ("cache", "models"):
        (data_dir / name).rename(data_dir / f"{name}-lost")
    with pytest.raises(AssertionError, match="cannot be replayed"):
        replay_all(settings)


def test_an_operator_replays_and_reports_what_running_workers_wrote(data_dir: Path) -> None:
    body = {name: [0.5] * len(names) for name, names in FEATURES.items()}
    with Running(data_dir, workers=2) as service:
        ids = [service.predict(f"CUS{i % 4}", body).body["prediction_id"] for i in range(10)]
        assert json.loads(service.flask("audit", "replay", ids[3], "--json"))["equal"] == 1
        assert json.loads(service.flask("audit", "replay", "--since", "2020-01-01", "--json"))["equal"] == 10
        assert "10 predictions, 0 erased" in service.flask("reports", "performance")
        assert "No challenger answered" in service.flask("reports", "comparison")
        assert service.call("GET", "/api/v1/reports/performance").body["predictions"] == 10
        assert replay_all(service).equal == 10

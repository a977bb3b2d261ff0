"""A challenger and a shadow at work on real stores: who answers, what is stored, and that every record replays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap import services
from bootstrap.settings import ROOT, Settings
from model_store.promotion import promote
from routing.requests import Scored, ScoringRequest
from tests.fakes.places import PLACES, settings_of
from tests.fakes.replaying import replay_all
from tests.fakes.running import until
from tests.fakes.small_models import FEATURES, publish_version

TRIALS = """
[routes.new.challenger]
models = ["xgboost@challenger"]
share = 0.5

[routes.new.shadow]
models = ["xgboost@candidate"]

[routes.existing.challenger]
models = ["traditional", "social@challenger"]
weights = [3, 1]
share = 0.5
"""


@pytest.fixture(params=PLACES)
def settings(request: pytest.FixtureRequest, data_dir: Path) -> Settings:
    """The settings of a service with trials, in each place; what is on trial is not published yet."""
    routes_file = data_dir / "routes.toml"
    routes_file.write_text((ROOT / "routes.toml").read_text(encoding="utf-8") + TRIALS, encoding="utf-8")
    return settings_of(request.param, request, data_dir, routes_file=routes_file, model_refresh_seconds=1)


@pytest.fixture
def built(settings: Settings) -> Iterator[services.Services]:
    """The service at work, its champions loaded."""
    running = services.build(settings)
    running.start()
    try:
        until(lambda: running.scoring.health().ready)
        yield running
    finally:
        running.close()


def requests() -> list[ScoringRequest]:
    """Thirty customers, two requests of each: the first one as a new customer, the second one as an existing one."""
    whole = {name: [0.1 * (i + 1) for i in range(len(names))] for name, names in FEATURES.items()}
    return [
        ScoringRequest(
            f"CUS{i % 30}", {name: [value + i / 90 for value in row] for name, row in whole.items()}, i % 4 == 0
        )
        for i in range(60)
    ]


def test_trials_answer_and_shadow_from_their_promotion_on_and_everything_replays(
    built: services.Services, settings: Settings
) -> None:
    before = built.scoring.predict(ScoringRequest("EARLY", requests()[0].features)).record
    assert (before.route, before.models[0].version) == ("routes.new", "1")

    artifacts = services.artifacts(settings)
    publish_version(artifacts, "xgboost", "2", intercept=-1.0)
    publish_version(artifacts, "xgboost", "3", intercept=-3.0)
    publish_version(artifacts, "social", "2", intercept=-1.5)
    promote(artifacts, {"xgboost@challenger": "2", "social@challenger": "2"}, by="a test")
    promote(artifacts, {"xgboost@candidate": "3"}, by="a test")
    until(lambda: built.scoring.health().status == "healthy")

    scored = built.scoring.predict_many(requests()[:30]) + [built.scoring.predict(each) for each in requests()[30:]]
    records = [each.record for each in scored if isinstance(each, Scored)]
    assert len(records) == len(scored)
    asked = {(each.route, tuple((model.model, model.version) for model in each.models)) for each in records}
    assert asked == {
        ("routes.new", (("xgboost", "1"),)),
        ("routes.new.challenger", (("xgboost", "2"),)),
        ("routes.existing", (("traditional", "1"), ("social", "1"))),
        ("routes.existing.challenger", (("traditional", "1"), ("social", "2"))),
    }
    assert not any(each.degraded for each in records)

    for record in (each for each in records if each.customer_type == "new"):
        until(lambda known=record.prediction_id: built.audit.find(known).events != ())  # type: ignore[misc]
        (event,) = built.audit.find(record.prediction_id).events
        assert (event.kind, event.key) == ("shadow", "routes.new.shadow")
        assert event.body is not None
        assert [(each["model"], each["version"]) for each in event.body["models"]] == [("xgboost", "3")]
        assert event.body["probability_of_default"] < record.probability_of_default
    assert replay_all(settings).equal == len(records) + 1

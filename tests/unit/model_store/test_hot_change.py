"""A running service takes what was promoted: together, in one step."""

from __future__ import annotations

import gc
import logging
import weakref

import pytest

from model_store.promotion import rollback
from model_store.store import LoadedModels
from tests.fakes.bundles import model_json
from tests.fakes.machine import Machine, eventually, reason
from tests.fakes.pairs import BAD, PAIR, promote_pair, publish_pair, serving, serving_of_a_start


def test_a_running_service_takes_a_promotion_by_itself(machine: Machine) -> None:
    promote_pair(machine, "1")
    models = machine.models(*PAIR)
    models.start()
    eventually(lambda: serving(models) == ["1", "1"])
    promote_pair(machine, "2")
    eventually(lambda: serving(models) == ["2", "2"])
    rollback(machine.artifacts, PAIR, by="a test")
    eventually(lambda: serving(models) == ["1", "1"])


def test_no_snapshot_mixes_two_promotions(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    promote_pair(machine, "0")
    models = machine.models(*PAIR)
    models.refresh()
    seen: list[tuple[str, ...]] = []

    def recorded(self: LoadedModels, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        seen.append(tuple(each.version for each in self.snapshot().values()))  # type: ignore[union-attr]

    monkeypatch.setattr(LoadedModels, "__setattr__", recorded)  # what serves can only change by an assignment
    for version in range(1, 10):
        promote_pair(machine, str(version))
        assert models.refresh()
    assert {len(set(versions)) for versions in seen} == {1}
    assert {versions[0] for versions in seen} >= set("123456789")


def test_a_promotion_that_was_cut_short_changes_nothing_until_it_is_completed(machine: Machine) -> None:
    promote_pair(machine, "1")
    models = machine.models(*PAIR)
    models.refresh()
    publish_pair(machine, "2")
    before = dict(machine.artifacts.objects)
    machine.promote(**dict.fromkeys(PAIR, "2"))
    complete = dict(machine.artifacts.objects)

    machine.artifacts.objects = {**complete, "social/manifest.json": before["social/manifest.json"]}
    assert models.refresh()
    assert serving(models) == ["1", "1"]
    assert serving_of_a_start(machine) == ["1", "1"]
    machine.artifacts.objects = complete
    assert models.refresh()
    assert serving(models) == ["2", "2"]


def test_a_process_says_once_which_version_serves_in_place_of_which(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    promote_pair(machine, "1")
    models = machine.models(*PAIR, "social@challenger")
    machine.promote(social__challenger="1")
    models.refresh()
    promotion = promote_pair(machine, "2")
    with caplog.at_level(logging.INFO):
        assert all(models.refresh() for _ in range(2))
    told = [record.__dict__ for record in caplog.records if record.__dict__.get("event") == "model_changed"]
    assert {(each["model"], each["version_before"], each["version"], each["promotion"]) for each in told} == {
        (name, "1", "2", promotion) for name in PAIR
    }
    assert len(told) == len(PAIR)


def test_a_round_without_news_asks_for_etags_only_and_lists_nothing(machine: Machine) -> None:
    machine.publish(model_json(0.5, -0.25))
    machine.put_flat(model_json(0.5, -0.25), "traditional")
    models = machine.models(*PAIR)
    machine.artifacts.lists.clear()
    assert models.refresh()
    downloads = [key for key in machine.artifacts.reads if key == "traditional/model.json"]
    machine.artifacts.reads.clear()
    machine.artifacts.looks.clear()
    assert models.refresh()
    assert len(downloads) == 1
    assert machine.artifacts.lists == []
    assert set(machine.artifacts.reads) <= {"traditional/manifest.json"}
    assert {"social/manifest.json", "traditional/model.json"} <= set(machine.artifacts.looks)


def test_flat_files_that_change_are_taken_and_those_that_do_not_stay(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    models = machine.models()
    models.refresh()
    first = models.get("social")
    machine.artifacts.objects["social/config.json"] = b"{}"
    assert models.refresh()
    second = models.get("social")
    assert second is not first
    machine.put_flat(b"not a model")
    assert not models.refresh()
    assert models.get("social") is second


def test_models_that_were_promoted_apart_change_apart(machine: Machine) -> None:
    promote_pair(machine, "1")
    models = machine.models(*PAIR)
    models.refresh()
    machine.publish(BAD, "2", "social")
    machine.publish(model_json(0.5, -0.25), "2", "traditional")
    assert not models.refresh()
    assert serving(models) == ["1", "2"]


def test_an_old_model_is_gone_when_the_last_request_lets_go(machine: Machine) -> None:
    machine.publish(model_json(0.5, -0.25), "1")
    models = machine.models()
    models.refresh()
    held = models.snapshot()["social"]
    watched = weakref.ref(held)
    machine.publish(model_json(1.5, -0.25), "2")
    gc.collect()
    gc.disable()  # a server freezes the collector: reference counts must do
    try:
        assert models.refresh()
        assert held.score([(1.0, 2.0)])  # type: ignore[union-attr]
        del held
        assert watched() is None
    finally:
        gc.enable()


def test_a_challenger_has_a_switch_of_its_own_and_shares_bundles(machine: Machine) -> None:
    machine.publish(model_json(0.5, -0.25), "1")
    machine.keep(model_json(1.5, -0.25), "2")
    models = machine.models("social", "social@challenger")
    assert not models.refresh()
    assert reason(models, "social@challenger") == "was never promoted"
    machine.promote(social__challenger="2")
    assert models.refresh()
    assert serving(models) == ["1", "2"]
    assert models.get("social@challenger").name == "social"
    challenger = models.get("social@challenger")
    machine.promote(social="2")
    assert models.refresh()
    assert models.get("social") is challenger

"""A running service takes what was promoted: together, in one step, and only what may serve."""

from __future__ import annotations

import gc
import logging
import weakref

import pytest

from model_store.promotion import rollback
from model_store.store import LoadedModels
from tests.fakes.bundles import model_json
from tests.fakes.machine import Machine, eventually, problem, reason

PAIR = ("social", "traditional")
BAD = model_json(0.5, -0.25, off_by=0.1)
"""Its golden rows do not get their outputs."""


def publish_pair(machine: Machine, version: str, **instead: bytes) -> None:
    for name in PAIR:
        machine.keep(instead.get(name, model_json(0.5, -0.25, intercept=-1.0 - len(version))), version, name)


def promote_pair(machine: Machine, version: str, **instead: bytes) -> str:
    """Both models under one version, promoted together."""
    publish_pair(machine, version, **instead)
    return machine.promote(**dict.fromkeys(PAIR, version))


def serving(models: LoadedModels) -> list[str | None]:
    return [each.version for each in models.status()]


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


def serving_of_a_start(machine: Machine) -> list[str | None]:
    models = machine.models(*PAIR)
    models.refresh()
    return serving(models)


@pytest.mark.parametrize("bad", PAIR)
def test_of_a_set_with_a_bad_member_nothing_is_taken(
    machine: Machine, caplog: pytest.LogCaptureFixture, bad: str
) -> None:
    promote_pair(machine, "1")
    models = machine.models(*PAIR)
    models.refresh()
    held = [models.get(name) for name in PAIR]
    promotion = promote_pair(machine, "2", **{bad: BAD})
    with caplog.at_level(logging.WARNING):
        assert not any(models.refresh() for _ in range(3))

    assert [models.get(name) for name in PAIR] == held
    assert serving_of_a_start(machine) == ["1", "1"]
    good = next(name for name in PAIR if name != bad)
    why = "was refused: its golden rows do not get the outputs that its manifest gives"
    problems = {each.name: each.problem for each in models.status()}
    assert problems == {
        bad: f"{why}; the last good version serves",
        good: f"was promoted together with {bad} ({why}); the last good version serves",
    }
    events = [record.__dict__ for record in caplog.records if record.__dict__.get("event") == "promotion_refused"]
    of_models = [each for each in events if each["promotion"] == promotion]
    assert len(of_models) == 2, "once in each of the two processes, however many rounds"
    assert {(each["model"], each["reason"], tuple(each["together"])) for each in of_models} == {(bad, why, PAIR)}
    assert all(len(each["digest"]) == 64 for each in of_models)

    promote_pair(machine, "3")
    assert models.refresh()
    assert serving(models) == ["3", "3"]


def test_a_refused_bundle_is_not_fetched_again_every_round(machine: Machine) -> None:
    machine.publish(model_json(0.5, -0.25), "1")
    machine.artifacts.objects["social/versions/1/model.onnx"] = b"other bytes"
    models = machine.models()
    assert not models.refresh()
    machine.artifacts.reads.clear()
    assert not models.refresh()
    assert machine.artifacts.reads == []
    assert not machine.models(convert_again_s=0).refresh()
    assert machine.artifacts.reads != []


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


def test_a_start_takes_the_set_before_when_the_newest_is_refused(machine: Machine) -> None:
    promote_pair(machine, "1")
    promote_pair(machine, "2", social=BAD)
    promote_pair(machine, "3", traditional=BAD)
    assert serving_of_a_start(machine) == ["1", "1"]


def test_a_start_with_nothing_before_serves_what_there_is(machine: Machine) -> None:
    promote_pair(machine, "1", social=BAD)
    models = machine.models(*PAIR)
    assert not models.refresh()
    assert serving(models) == [None, "1"]
    why = "was refused: its golden rows do not get the outputs that its manifest gives"
    assert reason(models) == why
    assert models.status()[1].problem == f"was promoted together with social ({why}); it serves without"


def test_a_start_without_the_store_takes_one_set_from_the_disk(machine: Machine) -> None:
    promote_pair(machine, "1")
    machine.models(*PAIR).refresh()
    promote_pair(machine, "2", social=BAD)
    machine.models(*PAIR).refresh()
    machine.artifacts.down = True
    models = machine.models(*PAIR)
    assert not models.refresh()
    assert serving(models) == ["1", "1"]
    assert {each.source for each in models.status()} == {"disk copy"}


def test_a_switch_that_cannot_be_read_holds_its_own_set_back_and_no_other(machine: Machine) -> None:
    promote_pair(machine, "1")
    machine.publish(model_json(1.0), "1", "xgboost")
    machine.models(*PAIR, "xgboost").refresh()
    running = machine.models(*PAIR, "xgboost")
    running.refresh()
    promote_pair(machine, "2")
    machine.publish(model_json(2.0), "2", "xgboost")
    machine.artifacts.objects["social/manifest.json"] = b"{}"
    started = machine.models(*PAIR, "xgboost")
    for models in (running, started):
        assert not models.refresh()
        assert serving(models) == ["1", "1", "2"]
        assert (problem(models) or "").startswith("was refused: its manifest")


def test_an_unreachable_store_changes_nothing_and_is_told_once(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    promote_pair(machine, "1")
    models = machine.models(*PAIR)
    models.refresh()
    held = models.snapshot()
    machine.artifacts.down = True
    with caplog.at_level(logging.WARNING):
        assert not any(models.refresh() for _ in range(3))
    assert models.snapshot() == held
    assert len(caplog.records) == len(PAIR)
    assert problem(models) == "its files are out of reach; the last good version serves"
    machine.artifacts.down = False
    assert models.refresh()
    assert models.snapshot() == held


def test_a_download_that_breaks_off_takes_nothing_of_the_set_and_leaves_nothing(machine: Machine) -> None:
    promote_pair(machine, "1")
    models = machine.models(*PAIR)
    models.refresh()
    promote_pair(machine, "2")
    before = {name: machine.cached(name) for name in PAIR}
    machine.artifacts.down_after = len(machine.artifacts.reads) + 6  # both switches, and some of six files
    assert not models.refresh()
    assert serving(models) == ["1", "1"]
    assert sum(len(machine.cached(name)) - len(before[name]) for name in PAIR) < len(PAIR)
    assert not any(file.startswith(".") for name in PAIR for file in machine.cached(name))
    machine.artifacts.down_after = None
    assert models.refresh()
    assert serving(models) == ["2", "2"]


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


def test_the_last_good_set_stays_on_the_disk_whatever_else_is_promoted(machine: Machine) -> None:
    machine.publish(model_json(0.5, -0.25), "1")
    models = machine.models("social", "social@challenger")
    for version in range(2, 9):
        machine.keep(model_json(float(version), 1.0), str(version))
        machine.promote(social__challenger=str(version))
        assert models.refresh()
    assert models.get("social").digest in machine.cached()
    machine.artifacts.down = True
    alone = machine.models("social", "social@challenger")
    alone.refresh()
    assert serving(alone) == ["1", "8"]

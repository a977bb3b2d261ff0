"""What may not serve, or cannot be had, changes nothing: the set before serves on, and it is told once."""

from __future__ import annotations

import logging

import pytest

from tests.fakes.bundles import model_json
from tests.fakes.machine import Machine, problem, reason
from tests.fakes.pairs import BAD, PAIR, promote_pair, serving, serving_of_a_start


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

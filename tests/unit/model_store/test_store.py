"""The loaded models: what serves in either layout, and how a new version replaces it."""

from __future__ import annotations

import gc
import logging

import pytest

from tests.fakes.bundles import model_json
from tests.fakes.machine import NAME, ROW, Machine, eventually, problem, reason


def test_flat_native_files_are_converted_and_serve(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25, intercept=-1.0))
    models = machine.models()
    assert models.refresh(NAME)
    model, status = models.get(NAME), models.status()[0]
    assert model.score([ROW, (3.0, 0.0)]) == pytest.approx([-1.0, 0.5])
    assert model.version == f"flat-{model.digest[:12]}"
    assert (status.loaded, status.source, status.served, status.problem) == (True, "store", "onnx", None)
    assert (status.version, status.digest) == (model.version, model.digest)


def test_a_flat_bundle_is_named_by_what_its_files_hold(machine: Machine) -> None:
    def digest_of(**files: bytes) -> str:
        machine.artifacts.objects = {f"{NAME}/{name.replace('_', '.')}": data for name, data in files.items()}
        models = machine.models()
        models.refresh(NAME)
        return models.get(NAME).digest

    one = digest_of(model_json=model_json(1, 1))
    assert one == digest_of(model_json=model_json(1, 1))
    others = {digest_of(model_json=model_json(1, 2)), digest_of(model_json=model_json(1, 1), config_json=b"{}")}
    assert len(others | {one}) == 3


def test_a_published_bundle_beats_flat_files(machine: Machine) -> None:
    machine.put_flat(model_json(9.0, 9.0))
    machine.publish(model_json(0.5, -0.25), version="2026.1")
    models = machine.models()
    assert models.refresh(NAME)
    assert models.get(NAME).version == "2026.1"
    assert models.get(NAME).score([ROW]) == pytest.approx([-1.0])
    assert machine.compiler.calls == 0


def test_a_model_that_does_not_convert_is_served_natively_and_says_so(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25, native=True))
    models = machine.models()
    assert models.refresh(NAME)
    assert models.status()[0].served == "native"
    assert models.get(NAME).score([ROW]) == pytest.approx([-1.0])
    assert models.get(NAME).attribute(ROW).method == "linear (exact)"


def test_the_native_child_ends_with_its_model(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25, native=True))
    models = machine.models()
    models.refresh(NAME)
    held = models.get(NAME)
    gc.disable()  # a server freezes the collector: reference counts must do
    try:
        models.close()
        assert held.score([ROW])
        del held
        assert machine.natives.alive == []
    finally:
        gc.enable()


def test_a_new_version_replaces_the_old_in_one_step(machine: Machine) -> None:
    machine.publish(model_json(0.5, -0.25), version="1")
    models = machine.models()
    models.refresh(NAME)
    old = models.get(NAME)
    machine.publish(model_json(2.0, -0.25), version="2")
    assert models.refresh(NAME)
    assert (old.version, models.get(NAME).version) == ("1", "2")
    assert old.score([ROW]) == pytest.approx([-1.0])
    assert models.get(NAME).score([ROW]) == pytest.approx([0.5])


def test_a_start_without_the_store_and_without_a_copy_waits_and_recovers(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    machine.artifacts.down = True
    models = machine.models()
    assert reason(models) == "is not loaded yet"
    models.start()
    eventually(lambda: problem(models) == "its files are out of reach")
    assert reason(models) == "its files are out of reach"
    machine.artifacts.down = False
    eventually(lambda: models.status()[0].loaded)
    assert (models.status()[0].source, problem(models)) == ("store", None)


def test_a_model_that_is_not_there_yet_serves_when_it_comes(machine: Machine) -> None:
    models = machine.models()
    models.start()
    eventually(lambda: problem(models) == "has no files in the model store")
    machine.artifacts.objects[f"{NAME}/scaler.joblib"] = b"a scaler alone is no model"
    machine.put_flat(model_json(0.5, -0.25))
    eventually(lambda: models.status()[0].loaded)


def test_each_model_loads_whatever_happens_to_the_others(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25), "traditional")
    machine.put_flat(b"not what the compiler reads", "xgboost")
    models = machine.models("xgboost", NAME, "traditional")
    models.start()
    eventually(lambda: [each.loaded for each in models.status()] == [False, False, True])
    assert reason(models, "xgboost") in ("could not be loaded", "is not loaded yet")
    assert reason(models, "unheard_of") == "is not one of this service's models"


def test_a_fault_is_told_once_and_not_at_every_attempt(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.artifacts.down = True
    models = machine.models()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            models.refresh(NAME)
    assert len(caplog.records) == 1


def test_a_defect_while_loading_does_not_end_the_attempts(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25, native=True))
    machine.models().refresh(NAME)
    machine.natives.defect = RuntimeError("a defect")
    models = machine.models()
    models.start()
    eventually(lambda: problem(models) == "could not be loaded")
    machine.natives.defect = None
    eventually(lambda: models.status()[0].loaded)

"""Bundles that must not serve: refused with a reason, while the last good version goes on."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model_store.native import CompileReport
from model_store.promotion import promote
from model_store.publish import publish_bundle
from tests.fakes.bundles import PD, FakeCompiler, model_json
from tests.fakes.machine import NAME, Machine, pd, reason


def refused(machine: Machine, caplog: pytest.LogCaptureFixture) -> tuple[str, str]:
    """(reason, digest in the event) of a first load."""
    models = machine.models()
    with caplog.at_level(logging.WARNING):
        assert not models.refresh(NAME)
    events = ("model_not_loaded", "promotion_refused")
    event = next(record.__dict__ for record in caplog.records if record.__dict__.get("event") in events)
    return reason(models), event["digest"]


def key(machine: Machine, file: str) -> str:
    return f"{NAME}/versions/1/{file}"


@pytest.mark.parametrize("file", ["model.onnx", "model.json", "linear.npz"])
@pytest.mark.parametrize("spoilt", ["truncated", "flipped", "longer", "missing"])
def test_a_published_file_that_is_not_the_manifests_is_refused(
    machine: Machine, caplog: pytest.LogCaptureFixture, file: str, spoilt: str
) -> None:
    machine.publish(model_json(0.5, -0.25))
    objects = machine.artifacts.objects
    data = objects.pop(key(machine, file))
    if spoilt != "missing":
        flipped = data[:20] + bytes([data[20] ^ 1]) + data[21:]
        objects[key(machine, file)] = {"truncated": data[:-1], "flipped": flipped, "longer": data + b"0"}[spoilt]
    why, digest = refused(machine, caplog)
    assert why.startswith(f"was refused: {file}")
    assert len(digest) == 64
    assert machine.cached() == []


def test_another_valid_model_in_its_place_is_refused(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.publish(model_json(0.5, -0.25), name="traditional")
    machine.publish(model_json(0.5, -0.5))
    objects = machine.artifacts.objects
    objects[key(machine, "model.onnx")] = objects["traditional/versions/1/model.onnx"]
    assert refused(machine, caplog)[0] == "was refused: model.onnx does not have the digest that its manifest gives"


def test_another_models_manifest_is_refused(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.publish(model_json(0.5, -0.25), name="traditional")
    machine.artifacts.objects[f"{NAME}/manifest.json"] = machine.artifacts.objects["traditional/manifest.json"]
    assert refused(machine, caplog)[0] == "was refused: its manifest is of another model, traditional"


def test_a_manifest_of_a_later_format_is_refused(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    later = b'{"format": 2}'
    machine.put_flat(model_json(0.5, -0.25))
    machine.artifacts.objects[f"{NAME}/manifest.json"] = later
    why, digest = refused(machine, caplog)
    assert why == "was refused: its manifest has format 2; this code reads format 1"
    assert digest == hashlib.sha256(later).hexdigest()
    assert machine.compiler.calls == 0


def test_other_outputs_on_the_golden_rows_are_refused(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.publish(model_json(0.5, -0.25, off_by=1e-5))
    assert refused(machine, caplog)[0] == (
        "was refused: its golden rows do not get the outputs that its manifest gives"
    )


@pytest.mark.parametrize(("output", "rounding"), [(PD, 1e-6), ("logit", 4e-6), ("score", 5e-4)])
def test_golden_rows_may_differ_by_rounding(machine: Machine, output: str, rounding: float) -> None:
    machine.put_flat(model_json(0.5, -0.25, output=output, off_by=rounding))
    assert machine.models().refresh(NAME)
    machine.put_flat(model_json(0.5, -0.25, output=output, off_by=10 * rounding))
    assert not machine.models().refresh(NAME)


def test_native_files_that_were_refused_are_opened_again_after_a_while(machine: Machine) -> None:
    machine.put_flat(model_json(refuse="The model files were not opened within the time limit."))
    models = machine.models(convert_again_s=0)
    for _ in range(3):
        assert not models.refresh(NAME)
    assert machine.compiler.calls == 3


def test_a_refusal_does_not_hide_what_another_process_could_convert(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    refusing, converting = machine.models(), machine.models()
    machine.compiler.refuse = True
    assert not refusing.refresh(NAME)
    machine.compiler.refuse = False
    assert converting.refresh(NAME)
    assert refusing.refresh(NAME)


def test_native_files_that_the_child_refuses_are_not_opened_again_at_once(machine: Machine) -> None:
    machine.put_flat(model_json(refuse="model.pt needs an activation."))
    models = machine.models()
    for _ in range(3):
        assert not models.refresh(NAME)
    assert reason(models) == "was refused: model.pt needs an activation"
    assert machine.compiler.calls == 1
    machine.put_flat(model_json(0.5, -0.25))
    assert models.refresh(NAME)


@pytest.mark.parametrize("where", ["a running process", "a new process"])
def test_a_bad_bundle_never_replaces_a_good_one(machine: Machine, where: str) -> None:
    machine.publish(model_json(0.5, -0.25), version="good")
    models = machine.models()
    models.refresh(NAME)
    before = pd(models)
    machine.publish(model_json(0.5, -0.25, off_by=0.1), version="bad")
    if where == "a new process":
        models = machine.models()
    assert not models.refresh(NAME)
    assert pd(models) == before
    status = models.status()[0]
    assert (status.version, status.source) == ("good", "store")
    assert status.problem == (
        "was refused: its golden rows do not get the outputs that its manifest gives; the last good version serves"
    )


def test_a_graph_that_does_not_run_is_refused(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    source = machine.disk / "odd"
    source.mkdir()
    (source / "model.json").write_bytes(model_json(0.5, -0.25))

    def odd_compiler(native: Path, out: Path) -> CompileReport:
        report = FakeCompiler()(native, out)
        (out / "model.onnx").write_bytes(b"not a graph")
        return report

    publish_bundle(source, name=NAME, version="1", artifacts=machine.artifacts, compile_native=odd_compiler)
    promote(machine.artifacts, {NAME: "1"}, by="a test")
    assert refused(machine, caplog)[0] == "was refused: model.onnx: ONNX Runtime cannot load it"


def test_hostile_arrays_are_refused_and_not_executed(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    source = machine.disk / "hostile"
    source.mkdir()
    (source / "model.json").write_bytes(model_json(0.5, -0.25))

    class Hostile:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return exec, (f"open({str(machine.disk / 'executed')!r}, 'w')",)

    def hostile_compiler(native: Path, out: Path) -> CompileReport:
        report = FakeCompiler()(native, out)
        np.savez(out / "linear.npz", coefficients=np.array([Hostile()], dtype=object))
        return report

    publish_bundle(source, name=NAME, version="1", artifacts=machine.artifacts, compile_native=hostile_compiler)
    promote(machine.artifacts, {NAME: "1"}, by="a test")
    assert refused(machine, caplog)[0].startswith("was refused: its arrays for attributions")
    assert not (machine.disk / "executed").exists()

"""The loaded models: what serves, what serves when the store does not answer, and how it recovers."""

from __future__ import annotations

import gc
import hashlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen

import numpy as np
import pytest

from model_store.folder import FolderArtifacts
from model_store.native import CompileReport
from model_store.publish import publish_bundle
from model_store.store import LoadedModels
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale, log_odds_of, pd_of
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.bundles import PD, FakeCompiler, FakeNativeScorers, model_json

ROW = (1.0, 2.0)
NAME = "social"


@dataclass
class Machine:
    """A machine with a disk; every `models()` is a new process on it."""

    disk: Path
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    compiler: FakeCompiler = field(default_factory=FakeCompiler)
    natives: FakeNativeScorers = field(default_factory=FakeNativeScorers)
    started: list[LoadedModels] = field(default_factory=list)

    def models(self, *names: str, convert_again_s: float = 600) -> LoadedModels:
        made = LoadedModels(
            self.artifacts,
            names or (NAME,),
            self.disk / "cache",
            compile_native=self.compiler,
            native_scorer=self.natives,
            scale=ScoreScale(),
            first_wait=0.01,
            longest_wait=0.02,
            convert_again_s=convert_again_s,
        )
        self.started.append(made)
        return made

    def put_flat(self, model: bytes, name: str = NAME) -> None:
        self.artifacts.objects[f"{name}/model.json"] = model

    def publish(self, model: bytes, version: str = "1", name: str = NAME) -> None:
        source = self.disk / "source"
        source.mkdir(exist_ok=True)
        (source / "model.json").write_bytes(model)
        publish_bundle(source, name=name, version=version, artifacts=self.artifacts, compile_native=FakeCompiler())

    def cached(self) -> list[str]:
        """What lies in the model's folder of the cache, hidden files included."""
        return sorted(path.name for path in (self.disk / "cache" / NAME).iterdir())


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    for models in made.started:
        models.close()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        threading.Event().wait(0.002)


def pd(models: LoadedModels, name: str = NAME) -> float:
    return pd_of(models.get(name).score([ROW])[0])


def problem(models: LoadedModels) -> str | None:
    return models.status()[0].problem


def reason(models: LoadedModels, name: str = NAME) -> str:
    with pytest.raises(ModelUnavailable) as caught:
        models.get(name)
    return caught.value.reason


# ------------------------------------------------------------ the two layouts


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


# ------------------------------------------------------------ the disk


def test_the_same_files_are_converted_once_for_all_starts(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    assert all(machine.models().refresh(NAME) for _ in range(3))
    assert machine.compiler.calls == 1


def test_a_published_version_is_downloaded_once_for_all_starts(machine: Machine) -> None:
    machine.publish(model_json(0.5, -0.25))
    machine.models().refresh(NAME)
    machine.artifacts.reads.clear()
    machine.models().refresh(NAME)
    assert machine.artifacts.reads == [f"{NAME}/manifest.json"]


def test_threads_that_start_at_once_convert_once(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    machine.compiler.hold.clear()
    every = [machine.models() for _ in range(6)]
    for models in every:
        models.start()
    eventually(lambda: machine.compiler.calls > 0)
    machine.compiler.hold.set()
    eventually(lambda: all(models.status()[0].loaded for models in every))
    assert machine.compiler.calls == 1
    assert len({pd(models) for models in every}) == 1


PROCESS = """
import sys
from pathlib import Path
from model_store.folder import FolderArtifacts
from model_store.store import LoadedModels
from scoring.scale import ScoreScale
from tests.fakes.bundles import FakeCompiler, FakeNativeScorers
root = Path(sys.argv[1])
models = LoadedModels(
    FolderArtifacts(root / "artifacts"), ["social"], root / "cache", compile_native=FakeCompiler(root / "log"),
    native_scorer=FakeNativeScorers(), scale=ScoreScale())
print("ready", flush=True)
sys.stdin.readline()
print(models.refresh("social"), models.get("social").digest)
"""


def test_processes_that_start_at_once_convert_once(tmp_path: Path) -> None:
    FolderArtifacts(tmp_path / "artifacts").put(f"{NAME}/model.json", model_json(0.5, -0.25))
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]
    every = [Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=Path(__file__).parents[3]) for _ in range(3)]
    for process in every:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    said = {process.communicate("go\n", timeout=60)[0] for process in every}
    assert len(said) == 1
    assert said.pop().startswith("True ")
    assert (tmp_path / "log").read_text() == "compiled\n"


def test_a_download_that_breaks_off_leaves_nothing_and_is_tried_again(machine: Machine) -> None:
    machine.publish(model_json(0.5, -0.25))
    machine.artifacts.down_after = len(machine.artifacts.reads) + 2
    models = machine.models()
    assert not models.refresh(NAME)
    assert reason(models) == "its files are out of reach"
    assert machine.cached() == []
    machine.artifacts.down_after = None
    assert models.refresh(NAME)


@pytest.mark.parametrize("layout", ["flat", "published"])
def test_a_start_without_the_store_serves_the_disk_copy_and_says_so(machine: Machine, layout: str) -> None:
    (machine.put_flat if layout == "flat" else machine.publish)(model_json(0.5, -0.25))
    first = machine.models()
    first.refresh(NAME)
    machine.artifacts.down = True
    second = machine.models()
    assert not second.refresh(NAME)
    status = second.status()[0]
    assert (status.loaded, status.source) == (True, "disk copy")
    assert status.problem == "its files are out of reach; the last good version serves"
    assert (status.digest, pd(second)) == (first.status()[0].digest, pd(first))


def test_the_disk_copy_becomes_the_stores_bundle_without_a_reload(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    machine.models().refresh(NAME)
    machine.artifacts.down = True
    models = machine.models()
    models.refresh(NAME)
    served = models.get(NAME)
    machine.artifacts.down = False
    assert models.refresh(NAME)
    assert models.get(NAME) is served
    assert (models.status()[0].source, problem(models)) == ("store", None)


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


@pytest.mark.parametrize("layout", ["flat", "published"])
@pytest.mark.parametrize("file", ["model.onnx", "model.json", "linear.npz", "manifest.json", ".seal"])
@pytest.mark.parametrize("damage", ["truncated", "one flipped bit", "removed"])
def test_a_damaged_copy_is_noticed_and_fetched_again(machine: Machine, layout: str, file: str, damage: str) -> None:
    (machine.put_flat if layout == "flat" else machine.publish)(model_json(0.5, -0.25))
    first = machine.models()
    first.refresh(NAME)
    path = machine.disk / "cache" / NAME / first.get(NAME).digest / file
    whole = path.read_bytes()
    spoil(path, damage)

    machine.artifacts.down = True
    without_store = machine.models()
    without_store.refresh(NAME)
    assert reason(without_store) == "its files are out of reach"

    machine.artifacts.down = False
    assert machine.models().refresh(NAME)
    assert file in ("manifest.json", ".seal") or path.read_bytes() == whole
    machine.artifacts.down = True
    again = machine.models()
    again.refresh(NAME)
    assert pd(again) == pd(first)


def spoil(path: Path, damage: str) -> None:
    data = path.read_bytes()
    if damage == "removed":
        path.unlink()
    else:
        middle = len(data) // 2
        path.write_bytes(
            data[:middle] + (b"" if damage == "truncated" else bytes([data[middle] ^ 1]) + data[middle + 1 :])
        )


def test_a_damaged_pointer_only_costs_the_start_without_the_store(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    machine.models().refresh(NAME)
    machine.artifacts.down = True
    for pointer in (b"", b"\xff" * 64, b"../" * 30, b"0" * 64):
        (machine.disk / "cache" / NAME / "last-good").write_bytes(pointer)
        models = machine.models()
        assert not models.refresh(NAME)
        assert reason(models) == "its files are out of reach"


def test_only_a_few_old_versions_stay_on_the_disk(machine: Machine) -> None:
    models = machine.models()
    digests = []
    for version in range(5):
        machine.publish(model_json(0.5, float(version)), version=f"v{version}")
        assert models.refresh(NAME)
        digests.append(models.get(NAME).digest)
    assert machine.cached() == sorted([*digests[-3:], "last-good"])


def test_a_process_killed_while_it_filled_the_cache_leaves_nothing(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    half = machine.disk / "cache" / NAME / ".tmp-half-made"
    half.mkdir(parents=True)
    (half / "model.onnx").write_bytes(b"half")
    models = machine.models()
    assert models.refresh(NAME)
    assert machine.cached() == sorted([models.get(NAME).digest, "last-good"])


def test_a_disk_that_takes_nothing_is_told_apart_from_a_bad_bundle(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    (machine.disk / "cache").write_bytes(b"a file where the cache should be")
    models = machine.models()
    assert not models.refresh(NAME)
    assert reason(models) == "cannot be kept on this machine's disk"


# ------------------------------------------------------------ bundles that must not serve


def refused(machine: Machine, caplog: pytest.LogCaptureFixture) -> tuple[str, str]:
    """(reason, digest in the event) of a first load."""
    models = machine.models()
    with caplog.at_level(logging.WARNING):
        assert not models.refresh(NAME)
    event = next(record.__dict__ for record in caplog.records if record.__dict__.get("event") == "model_not_loaded")
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


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_a_bad_bundle_never_replaces_a_good_one(machine: Machine, where: str) -> None:
    machine.publish(model_json(0.5, -0.25), version="good")
    models = machine.models()
    models.refresh(NAME)
    before = pd(models)
    machine.publish(model_json(0.5, -0.25, off_by=0.1), version="bad")
    if where == "disk":
        models = machine.models()
    assert not models.refresh(NAME)
    assert pd(models) == before
    status = models.status()[0]
    assert (status.version, status.source) == ("good", "store" if where == "memory" else "disk copy")
    assert status.problem == (
        "was refused: its golden rows do not get the outputs that its manifest gives; the last good version serves"
    )


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


def test_a_graph_that_does_not_run_is_refused(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    source = machine.disk / "odd"
    source.mkdir()
    (source / "model.json").write_bytes(model_json(0.5, -0.25))

    def odd_compiler(native: Path, out: Path) -> CompileReport:
        report = FakeCompiler()(native, out)
        (out / "model.onnx").write_bytes(b"not a graph")
        return report

    publish_bundle(source, name=NAME, version="1", artifacts=machine.artifacts, compile_native=odd_compiler)
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
    assert refused(machine, caplog)[0].startswith("was refused: its arrays for attributions")
    assert not (machine.disk / "executed").exists()


# ------------------------------------------------------------ outputs


def test_a_score_goes_back_to_log_odds_and_stays_on_the_scale(machine: Machine) -> None:
    machine.put_flat(model_json(100.0, 0.0, intercept=600.0, output="score"))
    models = machine.models()
    models.refresh(NAME)
    scale = ScoreScale()
    scored = models.get(NAME).score([(0.0, 0.0), (0.5, 0.0), (9.0, 0.0), (-9.0, 0.0)])
    assert [scale.score(each) for each in scored] == [600.0, 650.0, 850.0, 300.0]
    attribution = models.get(NAME).attribute((0.5, 0.0))
    assert attribution.method == "linear (exact)"
    assert attribution.contributions == pytest.approx((-50 / scale.points_per_log_odds, 0.0))


@pytest.mark.parametrize(("output", "unusable"), [("logit", float("inf")), ("score", float("nan"))])
def test_an_output_that_is_no_number_is_no_log_odds(machine: Machine, output: str, unusable: float) -> None:
    machine.put_flat(model_json(1.0, 1.0, output=output))
    models = machine.models()
    models.refresh(NAME)
    usable, not_usable = models.get(NAME).score([ROW, (unusable, 0.0)])
    assert usable == usable
    assert not_usable != not_usable


def test_log_odds_are_held_where_no_model_can_be_sure(machine: Machine) -> None:
    machine.put_flat(model_json(1.0, 1.0, output="logit"))
    models = machine.models()
    models.refresh(NAME)
    assert models.get(NAME).score([(99.0, 0.0), (-99.0, 0.0)]) == pytest.approx([log_odds_of(1), log_odds_of(0)])


def test_a_model_that_fails_while_scoring_is_unavailable(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.put_flat(model_json(0.5, -0.25, native=True))
    models = machine.models()
    models.refresh(NAME)
    machine.natives.alive.clear()
    with pytest.raises(ModelUnavailable) as caught:
        models.get(NAME).score([ROW])
    assert caught.value.reason == "failed while scoring"
    assert caplog.records[-1].__dict__["event"] == "score_failed"

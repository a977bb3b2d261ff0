"""The disk copy: made once, verified at every load, served when the store does not answer."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from model_store.cache import KEPT
from model_store.folder import FolderArtifacts
from model_store.last_good import LAST_GOOD
from model_store.signing import Trust
from tests.fakes.bundles import model_json
from tests.fakes.machine import NAME, Machine, eventually, pd, problem, reason


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
import re
import shutil
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


def test_a_copy_that_may_not_serve_is_told_once(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.publish(model_json(0.5, -0.25))
    machine.models().refresh()
    models = machine.models(trust=Trust({}, required=True))
    assert not any(models.refresh() for _ in range(5))
    assert models.status()[0].problem == "was refused: it is not signed"
    assert [record.__dict__.get("event") for record in caplog.records] == ["copy_refused", "promotion_refused"]


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


def test_a_damaged_note_of_the_last_good_set_only_costs_the_start_without_the_store(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    machine.models().refresh(NAME)
    machine.artifacts.down = True
    file = machine.disk / "cache" / LAST_GOOD
    whole = file.read_bytes()
    outside = whole.replace(f'"name": "{NAME}"'.encode(), b'"name": "../.."')
    for spoilt in (b"", b"\xff" * 64, b"[]", whole[:-5], re.sub(rb"[0-9a-f]{64}", b"0" * 64, whole), outside):
        assert spoilt != whole
        file.write_bytes(spoilt)
        models = machine.models()
        assert not models.refresh(NAME)
        assert reason(models) == "its files are out of reach"


def test_only_a_few_old_versions_stay_on_the_disk(machine: Machine) -> None:
    models = machine.models()
    digests = []
    for version in range(3 + KEPT):
        machine.publish(model_json(0.5, float(version)), version=f"v{version}")
        assert models.refresh(NAME)
        digests.append(models.get(NAME).digest)
    assert machine.cached() == sorted(digests[-1 - KEPT :])


def test_a_process_killed_while_it_filled_the_cache_leaves_nothing(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    half = machine.disk / "cache" / NAME / ".tmp-half-made"
    half.mkdir(parents=True)
    (half / "model.onnx").write_bytes(b"half")
    models = machine.models()
    assert models.refresh(NAME)
    assert machine.cached() == [models.get(NAME).digest]


def test_a_disk_that_takes_nothing_is_told_apart_from_a_bad_bundle(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    (machine.disk / "cache").write_bytes(b"a file where the cache should be")
    models = machine.models()
    assert not models.refresh(NAME)
    assert reason(models) == "cannot be kept on this machine's disk"


def test_another_whole_bundle_in_its_place_is_noticed(machine: Machine) -> None:
    digests = []
    for version in ("1", "2"):
        machine.publish(model_json(0.5, float(version)), version=version)
        models = machine.models()
        models.refresh()
        digests.append(models.get(NAME).digest)
    folder = machine.disk / "cache" / NAME
    shutil.rmtree(folder / digests[1])
    shutil.copytree(folder / digests[0], folder / digests[1])
    machine.artifacts.down = True
    without_store = machine.models()
    without_store.refresh()
    assert reason(without_store) == "its files are out of reach"
    machine.artifacts.down = False
    again = machine.models()
    assert again.refresh()
    assert pd(again) == pd(models)

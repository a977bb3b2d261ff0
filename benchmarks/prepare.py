"""What a run needs before anything is measured: models, the peer's environment, request bodies."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.wrk import UNIQUE
from model_store.manifest import MANIFEST, Manifest
from model_store.switch import parse_switch
from routing.routes import Routes

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "benchmarks"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")

Body = dict[str, object]


class PrepareError(Exception):
    """A run cannot begin; the message says why."""


def environment(**more: str) -> dict[str, str]:
    """The environment of a server: this one, without settings of the service, and `more`."""
    from bootstrap.settings import Settings

    ours = {name.upper() for name in Settings.model_fields} | {"GUNICORN_CMD_ARGS", "PROMETHEUS_MULTIPROC_DIR"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"OMP_NUM_THREADS": "1"} | more


def demo_models(names: Iterable[str], folder: Path = VAR / "demo") -> dict[str, Manifest]:
    """The published demo models in `folder`/models, trained at the first call. Raises PrepareError."""
    published = folder / "models"
    if not all((published / name / MANIFEST).exists() for name in names):
        print(f"Training the demo models into {published} (once) ...", flush=True)
        command = [sys.executable, "-m", "flask", "--app", "app", "models", "train-demo", "--force"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(DATA_DIR=str(folder)), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise PrepareError(f"the demo models could not be trained: {done.stderr.strip()[-500:]}")
    manifests = {name: parse_switch((published / name / MANIFEST).read_bytes(), name).manifest for name in names}
    native = [name for name, manifest in manifests.items() if not manifest.converted]
    if native:
        raise PrepareError(f"{', '.join(native)} in {published} did not convert to ONNX: nothing to compare")
    return manifests


def peer_models(manifests: Mapping[str, Manifest], routes: Routes, published: Path, into: Path) -> None:
    """Lay the same graphs out for the FastAPI peer."""
    into.mkdir()
    for name, manifest in manifests.items():
        graph = next(file for file in manifest.files if file.endswith(".onnx"))
        shutil.copy(published / name / "versions" / manifest.version / graph, into / f"{name}.onnx")
    outputs = {name: manifest.output for name, manifest in manifests.items()}
    (into / "models.json").write_text(json.dumps({"outputs": outputs, "scale": asdict(routes.scale)}))


def peer_python(folder: Path = VAR / "peer") -> Path:
    """The interpreter of the FastAPI peer's environment, made at the first call. Raises PrepareError."""
    python, stamp = folder / "bin" / "python", folder / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"Installing the FastAPI peer into {folder} (once) ...", flush=True)
    venv.create(folder, clear=True, with_pip=True)
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PrepareError(f"the FastAPI peer could not be installed: {done.stderr.strip()[-500:]}")
    stamp.write_text(wanted)
    return python


def applications(manifests: Mapping[str, Manifest], models: Sequence[str], ids: Sequence[str]) -> list[Body]:
    """A body for each id, whose inputs for `models` are the bundles' golden rows in turn."""
    rows = {name: [row for row in manifests[name].golden.rows if None not in row] for name in models}
    return [
        {"customer_id": each, "features": {name: of_model[i % len(of_model)] for name, of_model in rows.items()}}
        for i, each in enumerate(ids)
    ]


def new_customers(count: int) -> list[str]:
    """Ids of which each becomes another one at every request."""
    return [f"new-{UNIQUE}"] * count


def existing_customers(count: int) -> list[str]:
    """Ids of customers that are in the store before the load begins."""
    return [f"existing-{i:016x}" for i in range(count)]

#!/usr/bin/env python3
"""Try the image `serve` without an engine: `check_image.py DATA_DIR [PYTHON]`.

Does in a temporary folder what the Dockerfile does: its virtual environment, its COPY, its ENV; then runs its CMD as
its user (where this is root) over a copy of DATA_DIR, which holds published models, asks its HEALTHCHECK, and scores a
customer. PYTHON (/usr/bin/python3.11) stands for the base image's. Needs the standard library, and what pip fetches.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
TARGET = "serve"
CUSTOMER = {"customer_id": "CUS999999", "features": {"xgboost": [0.5, 0.8, 0.3, 0.7, 0.9, 0.2]}}
PATIENCE = 90.0
"""Seconds for the first score."""
Line = tuple[str, str]
"""An instruction's name, and its words."""


def stages(dockerfile: str) -> dict[str, list[Line]]:
    """Each stage's instructions, FROM included, by its name."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE))
    found: dict[str, list[Line]] = {}
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, words = line.partition(" ")
        if name == "FROM":
            found[words.split()[-1]] = []
        found[list(found)[-1]].append((name, words.strip()))
    return found


def lineage(found: Mapping[str, list[Line]], stage: str) -> list[Line]:
    """The instructions of a stage and of those that it is made from, in their order."""
    parent = found[stage][0][1].split()[0]
    return [*(lineage(found, parent) if parent in found else []), *found[stage]]


def variables(lines: list[Line]) -> dict[str, str]:
    """What ENV says, without PATH."""
    pairs = [word.split("=", 1) for name, words in lines if name == "ENV" for word in shlex.split(words)]
    return {name: value for name, value in pairs if name != "PATH"}


def last(lines: list[Line], name: str) -> str:
    """The words of the last instruction of that name."""
    return next(words for each, words in reversed(lines) if each == name)


def build(root: Path, python: str, found: Mapping[str, list[Line]]) -> None:
    """Make what the image holds in `root`: opt/venv and app. `python` stands for the base image's."""
    tools = root / "bin"
    tools.mkdir()
    (tools / "python").symlink_to(python)
    (tools / "pip").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pip "$@"\n')
    (tools / "pip").chmod(0o755)
    for stage, place in (("serve-packages", root / "packages"), ("code", root / "app")):
        place.mkdir()
        for name, words in found[stage][1:]:
            if name == "COPY":
                _copy(words.split(), place)
            else:
                command = words.replace("/usr/local/bin/", f"{tools}/").replace("/opt/venv", f"{root}/opt/venv")
                path = f"{tools}:{os.environ['PATH']}"
                shell = ["/bin/sh", "-c", command]  # the repository's own Dockerfile
                subprocess.run(shell, cwd=place, env={**os.environ, "PATH": path}, check=True)  # noqa: S603


def _copy(words: list[str], place: Path) -> None:
    *sources, target = words
    for source in sources:
        here, there = ROOT / source, place / target
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            there.mkdir(parents=True, exist_ok=True)
            shutil.copy2(here, there)


def environment(root: Path, lines: list[Line]) -> dict[str, str]:
    """What the container's processes see: the image's variables, and a port that is free here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    return {
        **variables(lines),
        "PATH": f"{root}/opt/venv/bin:/usr/local/bin:/usr/bin:/bin",
        "PORT": port,
        "DATA_DIR": str(root / "data"),
        "REQUIRE_SIGNED_MODELS": "false",  # a copy of a developer's models; nobody signed them
        "TRUSTED_MODEL_KEYS": "",
    }


def as_user(lines: list[Line]) -> list[str]:
    """What goes before a command so that it runs as the image's user, without a right of root's."""
    user, group = last(lines, "USER").split(":")
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]


def score(port: str) -> dict[str, object]:
    """A prediction of the service. Raises OSError."""
    request = Request(
        f"http://127.0.0.1:{port}/api/v1/predict", json.dumps(CUSTOMER).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        told: dict[str, object] = json.load(answer)
    return told


def main() -> int:
    """Build, run, ask, end."""
    data, python = Path(sys.argv[1]), (sys.argv[2:] or ["/usr/bin/python3.11"])[0]
    found = stages((ROOT / "Dockerfile").read_text())
    lines = lineage(found, TARGET)
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        build(root, python, found)
        shutil.copytree(data, root / "data")
        before, seen = as_user(lines), environment(root, lines)
        if before:
            user, group = map(int, last(lines, "USER").split(":"))
            for path in (root / "data", *(root / "data").rglob("*")):
                os.chown(path, user, group)
        command, check = json.loads(last(lines, "CMD")), json.loads(last(lines, "HEALTHCHECK").partition("CMD")[2])
        service = subprocess.Popen([*before, *command], cwd=root / "app", env=seen)  # noqa: S603 (as above)
        try:
            deadline = time.monotonic() + PATIENCE
            asking = [*before, *check]
            while subprocess.run(asking, cwd=root / "app", env=seen, check=False).returncode != 0:  # noqa: S603
                if service.poll() is not None or time.monotonic() > deadline:
                    sys.stderr.write("The service did not become healthy.\n")
                    return 1
            answer = score(seen["PORT"])
        finally:
            service.send_signal(signal.SIGTERM)
            code = service.wait(60)
        sys.stdout.write(f"{json.dumps(answer)}\nEnded with {code}.\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())

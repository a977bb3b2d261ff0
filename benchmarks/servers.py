"""The three servers of a run, under one number of workers."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.prepare import ROOT, environment
from benchmarks.processes import Server

OURS, FASTAPI, ECHO = "this service", "FastAPI + ONNX Runtime", "Flask echo"
PATHS = {
    "new": {OURS: "/api/v1/predict", FASTAPI: "/new", ECHO: "/new"},
    "existing": {OURS: "/api/v1/predict", FASTAPI: "/existing", ECHO: "/existing"},
}
"""Route -> server -> where its requests go."""


def servers(folder: Path, peer_python: Path, workers: int) -> list[Server]:
    """The service on `folder`/data, FastAPI on `folder`/peer, and the echo under the service's gunicorn settings."""
    gunicorn = [sys.executable, "-m", "gunicorn", "--workers", str(workers), "--bind", "{bind}"]
    uvicorn = [str(peer_python), "-m", "uvicorn", "benchmarks.peers.onnx_api:app", "--workers", str(workers)]
    return [
        Server(
            OURS,
            [*gunicorn, "app:app"],
            cwd=ROOT,
            environ=environment(DATA_DIR=str(folder / "data")),
            log=folder / "service.log",
            ready="/health/ready",
        ),
        Server(
            FASTAPI,
            [*uvicorn, "--host", "127.0.0.1", "--port", "{port}", "--no-access-log", "--log-level", "warning"],
            cwd=ROOT,
            environ=environment(PEER_MODELS=str(folder / "peer")),
            log=folder / "fastapi.log",
            ready="/health",
        ),
        Server(
            ECHO,
            [*gunicorn, "--config", "benchmarks/peers/echo_gunicorn.py", "benchmarks.peers.echo:app"],
            cwd=ROOT,
            environ=environment(PROMETHEUS_MULTIPROC_DIR=str(folder)),
            log=folder / "echo.log",
            ready="/health",
        ),
    ]

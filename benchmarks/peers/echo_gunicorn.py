"""gunicorn's settings for the echo: the service's own, with the hooks that keep a worker to a core only."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

_service = run_path(str(Path(__file__).resolve().parents[2] / "gunicorn.conf.py"))

worker_class = _service["worker_class"]
threads = _service["threads"]
worker_tmp_dir = _service["worker_tmp_dir"]
worker_connections = _service["worker_connections"]
timeout = _service["timeout"]
keepalive = _service["keepalive"]
control_socket_disable = _service["control_socket_disable"]
pre_fork = _service["pre_fork"]
post_fork = _service["post_fork"]

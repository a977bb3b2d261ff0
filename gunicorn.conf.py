"""gunicorn's settings; `gunicorn -w 4 -b 0.0.0.0:5000 app:app`, run in this folder, picks them up.

Nothing of the project is imported here: this runs in the arbiter, from which every worker is forked, and after a reload
(SIGHUP) the workers would mix modules of the old and the new version.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from fcntl import F_GETFL, F_SETFL, fcntl
from operator import eq
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter

    from bootstrap.gunicorn_worker import BufferingWorker

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 (every file in it gets a random name)
in_memory = str(MEMORY_FOLDER) if os.access(MEMORY_FOLDER, os.W_OK) else None

# One thread for each model call: processes times OpenMP threads beyond the cores cost a factor of ten.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or 5000}"
workers = len(os.sched_getaffinity(0))
worker_class = "bootstrap.gunicorn_worker.BufferingWorker"
FREE_THREADS = 4
"""Beyond those that may score: for health, metrics and refusals, however slow the table is."""
threads = int(os.environ.get("MAX_SCORING_REQUESTS") or 28) + FREE_THREADS
worker_tmp_dir = in_memory  # the heartbeat file: on a disk, a stalled disk would get the workers killed
# preload_app stays off: a worker forked from a process that used OpenMP hangs at its first large batch.

timeout = 30  # seconds without a heartbeat of the event loop; no limit on a request
graceful_timeout = 20  # seconds for the requests under way at SIGTERM and SIGHUP
keepalive = 75  # seconds; longer than the 60 s of AWS and nginx, so that the proxy closes first and never meets a reset
worker_connections = 1000
limit_request_fields = 64
control_socket_disable = True  # it would be written into the home folder, which the service does not have

COUNTS = "flask-credit-api-metrics-"
"""How the name of a folder of counts begins that is made here."""
FIRST_LOAD_SECONDS = 10.0
"""A new worker takes requests once each model was loaded or refused, or after this time: a reload answers no 503."""


class Json(logging.Formatter):
    """One JSON object a line, for what the arbiter says, and a worker until it has loaded the application."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{at}.{record.msecs:03.0f}+00:00",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


accesslog = None  # the application logs its requests itself, without customers in clear
logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": Json}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": sys.stderr}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "propagate": True, "handlers": []}},
}


def on_starting(server: Arbiter) -> None:  # noqa: ARG001 (gunicorn gives it)
    """Make room for the counts of this run, and append to the log.

    Workers write the log through files of their own: where it is a file, lines would overwrite each other.
    """
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        runtime = os.environ.get("RUNTIME_DIRECTORY", in_memory)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=COUNTS, dir=runtime)
    else:
        for left in Path(folder).glob("*.db"):
            left.unlink()
    fcntl(sys.stderr, F_SETFL, fcntl(sys.stderr, F_GETFL) | os.O_APPEND)


def pre_fork(server: Arbiter, worker: BufferingWorker) -> None:
    """Choose the core that has the fewest workers."""
    taken = [getattr(each, "core", None) for each in server.WORKERS.values()]
    worker.core = min(sorted(os.sched_getaffinity(0)), key=taken.count)


def post_fork(server: Arbiter, worker: BufferingWorker) -> None:  # noqa: ARG001
    """Keep a worker's threads on one core: one of them runs at a time, and every move costs it warm caches."""
    with suppress(OSError):  # where this is not allowed, the kernel chooses
        os.sched_setaffinity(0, {worker.core})


def post_worker_init(worker: BufferingWorker) -> None:
    """Start, after the fork, what runs beside the requests, and give the models a moment to load."""
    application: Any = worker.wsgi
    services = application.extensions["services"]
    before = services.models.status()
    services.start()
    latest = time.monotonic() + FIRST_LOAD_SECONDS
    while time.monotonic() < latest and any(map(eq, before, services.models.status())):
        time.sleep(0.01)
    gc.collect()
    gc.freeze()  # what is loaded stays: looking through it for garbage takes tens of milliseconds


def worker_exit(server: Arbiter, worker: BufferingWorker) -> None:  # noqa: ARG001
    """Finish what is being written. A worker that could not load the application has nothing to finish."""
    application = getattr(worker, "wsgi", None)
    if application is not None:
        application.extensions["services"].close()


def child_exit(server: Arbiter, worker: BufferingWorker) -> None:  # noqa: ARG001
    """Take a dead worker out of the gauges."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Arbiter) -> None:  # noqa: ARG001
    """Leave no files of counts behind, in a folder of our own."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    if folder.name.startswith(COUNTS):
        shutil.rmtree(folder, ignore_errors=True)

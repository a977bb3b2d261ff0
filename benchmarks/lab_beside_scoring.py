"""`python -m benchmarks.lab_beside_scoring`: predictions alone, and while two models are trained on the same machine.

Each turn measures both, one after the other, the first one changing. A figure is the median of its windows, a ratio
the median of the ratios within each turn. The trainings get what the requests leave: how much that was is told, too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import machine, prepare, wrk
from benchmarks.prepare import ROOT, VAR, PrepareError
from benchmarks.processes import Server, ServerError, cpu_ticks
from benchmarks.servers import OURS, PATHS
from bootstrap.laboratory import training_jobs
from bootstrap.settings import Settings
from laboratory.job_folder import JobFolder
from laboratory.jobs import LocalJobs
from laboratory.plan import Plan
from laboratory.ports import Job, JobEnded
from laboratory.states import ENDED
from routing import routes

TRAININGS = (
    Plan("default", "random_forest", {"n_estimators": (2000,), "min_samples_leaf": tuple(range(1, 20))}),
    Plan("default", "xgboost", {"n_estimators": (10_000,), "early_stopping_rounds": (None,), "max_depth": (6, 7, 8)}),
)
"""Two that take longer than any window, on the data set that the laboratory draws."""
DATA = "loan_applications"
LEARNING_FROM = 0.05
"""The share from which on a job has imported its libraries and read its table."""
LEARNING_WITHIN = 300.0


@dataclass(frozen=True, slots=True)
class Window:
    """`trained`: CPU seconds that the trainings got in each second of it."""

    load: wrk.Load
    trained: float


def main() -> None:
    """Run, and print the table."""
    asked = _arguments()
    try:
        wrk.require()
        VAR.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="run-", dir=VAR) as folder:
            _run(asked, Path(folder))
    except (PrepareError, wrk.LoadError, ServerError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


def _run(asked: argparse.Namespace, folder: Path) -> None:
    declared = routes.load(ROOT / "routes.toml")
    models = declared.by_customer_type["new"].models
    manifests = prepare.demo_models(models)
    shutil.copytree(VAR / "demo" / "models", folder / "data" / "models")
    bodies = prepare.applications(manifests, models, prepare.new_customers(16))
    (folder / "new.jsonl").write_text("".join(json.dumps(body) + "\n" for body in bodies))
    gunicorn = [sys.executable, "-m", "gunicorn", "--workers", str(asked.workers), "--bind", "{bind}", "app:app"]
    environ = prepare.environment(DATA_DIR=str(folder / "data"))
    os.environ |= {"DATA_DIR": str(folder / "data")}
    jobs = training_jobs(Settings(data_dir=folder / "data", lab_concurrent_jobs=len(TRAININGS)))
    server = Server(OURS, gunicorn, cwd=ROOT, environ=environ, log=folder / "log", ready="/health/ready")
    found: dict[int, list[tuple[Window, Window]]] = {count: [] for count in asked.connections}
    with server:
        server.start(PATHS["new"][OURS], {**bodies[0], "customer_id": "first"})
        url = f"http://127.0.0.1:{server.port}{PATHS['new'][OURS]}"
        for turn in range(asked.turns):
            for count in asked.connections:
                pair = _pair(jobs, folder, url, count, asked.seconds, alone_first=turn % 2 == 0)
                found[count].append(pair)
                alone, beside = (f"p99 {each.load.p99:.1f} ms at {each.load.per_second:,.0f}/s" for each in pair)
                print(f"{turn + 1} of {asked.turns}, {count}: alone {alone}; beside {beside}", file=sys.stderr)
    _report(found)
    print(machine.describe(folder))


def _pair(
    jobs: LocalJobs, folder: Path, url: str, connections: int, seconds: int, *, alone_first: bool
) -> tuple[Window, Window]:
    """(alone, beside the trainings), measured in either order."""

    def window(pids: Sequence[int]) -> Window:
        wrk.run(url, folder / "new.jsonl", connections, 1)
        before = _cpu_seconds(pids)
        load = wrk.run(url, folder / "new.jsonl", connections, seconds)
        return Window(load, (_cpu_seconds(pids) - before) / load.seconds)

    alone = window([]) if alone_first else None
    with _trainings(jobs) as pids:
        beside = window(pids)
    return alone or window([]), beside


@contextmanager
def _trainings(jobs: LocalJobs) -> Iterator[list[int]]:
    """The processes of jobs that learn, as long as the block does."""
    begun = [jobs.submit(plan, DATA) for plan in TRAININGS]
    try:
        yield [_learning(jobs, job) for job in begun]
    finally:
        for job in begun:
            with suppress(JobEnded):
                jobs.cancel(job.id)


def _learning(jobs: LocalJobs, job: Job) -> int:
    deadline = time.monotonic() + LEARNING_WITHIN
    while (now := jobs.find(job.id)).progress <= LEARNING_FROM:
        if now.state in ENDED or time.monotonic() > deadline:
            raise ServerError(f"a training does not learn: {now.state}, {now.stage}, {now.problem}")
        time.sleep(0.1)
    process = JobFolder(jobs.folder / job.id).process()
    assert process is not None  # noqa: S101 (it runs)
    return process[0]


def _cpu_seconds(pids: Sequence[int]) -> float:
    return sum(cpu_ticks(Path(f"/proc/{pid}/stat").read_text()) for pid in pids) / os.sysconf("SC_CLK_TCK")


def _report(found: dict[int, list[tuple[Window, Window]]]) -> None:
    print("| connections | | requests/s | p50 ms | p99 ms | longest ms | cores of the trainings |")
    print("|---|---|---|---|---|---|---|")
    for count, pairs in found.items():
        for name, of in zip(("alone", "beside two trainings"), zip(*pairs, strict=True), strict=True):
            loads = [each.load for each in of]
            rates = [f"{median(each.per_second for each in loads):,.0f}"]
            rates += [f"{median(getattr(each, what) for each in loads):.2f}" for what in ("p50", "p99", "longest")]
            print(f"| {count} | {name} | {' | '.join(rates)} | {median(each.trained for each in of):.2f} |")
        ratio = median(beside.load.p99 / alone.load.p99 for alone, beside in pairs)
        slower = median(alone.load.per_second / beside.load.per_second for alone, beside in pairs)
        print(f"| {count} | ratio | 1/{slower:.2f} | | {ratio:.2f} | | |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lab_beside_scoring", description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="pairs of windows for each load (%(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="length of a window (%(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16], help="connections at once (1 16)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes of the service (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()

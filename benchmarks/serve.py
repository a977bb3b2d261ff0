"""`python -m benchmarks.serve`: the service under load, beside an echo in Flask and FastAPI with ONNX Runtime.

docs/benchmarks.md says what is measured and what is not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks import check, machine, prepare, report, wrk
from benchmarks.measure import Case, Window, windows
from benchmarks.prepare import ROOT, VAR, Body, PrepareError
from benchmarks.processes import Server, ServerError, Started
from benchmarks.servers import ECHO, FASTAPI, OURS, PATHS, servers
from routing import routes

SEEDED = 5_000
CHECKED = 16


@dataclass(frozen=True, slots=True)
class Bodies:
    """Route -> bodies. `load`: what wrk sends in turn; `sample`: what is asked one by one."""

    load: dict[str, list[Body]]
    sample: dict[str, list[Body]]
    seeds: list[Body]


def main() -> None:
    """Run, print the tables, write the JSON."""
    asked = _arguments()
    try:
        wrk.require()
        VAR.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="run-", dir=asked.disk or VAR) as folder, ExitStack() as ending:
            _run(asked, Path(folder), ending)
    except (PrepareError, wrk.LoadError, ServerError, check.WrongAnswer, OSError, sqlite3.Error) as error:
        sys.exit(f"{type(error).__name__}: {error}")


def _run(asked: argparse.Namespace, folder: Path, ending: ExitStack) -> None:
    found = machine.describe(folder)
    if found.file_system in machine.MEMORY_FILE_SYSTEMS:
        raise PrepareError(f"{folder} lies in memory ({found.file_system}), where an fsync is free: use --disk")
    bodies = _prepare(folder)
    three = [ending.enter_context(each) for each in servers(folder, prepare.peer_python(), asked.workers)]
    ours, fastapi, _ = three
    starts = {server.name: _start(server, bodies, asked.starts) for server in three}

    database = folder / "data" / "credit.db"
    already, told = check.records(database), check.counted(ours.ask("GET", "/metrics")[1])[0]
    check.seed(ours, bodies.seeds)
    for route, sample in bodies.sample.items():
        mine = check.answers(ours, PATHS[route][OURS], sample, stored=True)
        check.agree(mine, check.answers(fastapi, PATHS[route][FASTAPI], sample, stored=False))

    cases = _cases(folder, bodies, asked.connections)
    every = list(windows(three, cases, asked.windows, asked.seconds, _say))
    pss = {server.name: server.worker_pss() for server in three}
    connections = {case.name: case.connections for case in cases}
    mine_only = [window for window in every if window.server == OURS]
    answered = sum(window.load.requests - window.load.refused for window in mine_only)
    stored = check.every_answer_is_stored(
        ours,
        database,
        already=already,
        told=told,
        answered=answered + len(bodies.seeds) + CHECKED * len(bodies.sample),
        unfinished=sum(connections[window.case] for window in mine_only),
    )
    _report(asked, found, starts, every, pss, stored)
    if faults := check.refused(every):
        raise check.WrongAnswer("\n".join(faults))


def _prepare(folder: Path) -> Bodies:
    declared = routes.load(ROOT / "routes.toml")
    manifests = prepare.demo_models(declared.champions())
    shutil.copytree(VAR / "demo" / "models", folder / "data" / "models")
    prepare.peer_models(manifests, declared, folder / "data" / "models", folder / "peer")
    new, existing = declared.by_customer_type["new"].models, declared.by_customer_type["existing"].models
    known = prepare.existing_customers(SEEDED)
    checked = [f"checked-{i}" for i in range(CHECKED)]
    return Bodies(
        load={
            "new": prepare.applications(manifests, new, prepare.new_customers(CHECKED)),
            "existing": prepare.applications(manifests, existing, known),
        },
        sample={
            "new": prepare.applications(manifests, new, checked),
            "existing": prepare.applications(manifests, existing, known[:CHECKED]),
        },
        seeds=prepare.applications(manifests, new, known),
    )


def _start(server: Server, bodies: Bodies, times: int) -> list[Started]:
    """Start it some times over; the last start stays. The first score is a new customer's."""
    began = []
    for i in range(times):
        server.stop()
        first = {**bodies.sample["new"][0], "customer_id": f"first-{i}"}
        began.append(server.start(PATHS["new"][server.name], first))
    _say(f"{server.name}: ready after {began[-1].ready:.2f} s, first score after {began[-1].first_answer:.2f} s")
    return began


def _cases(folder: Path, bodies: Bodies, connections: Sequence[int]) -> list[Case]:
    cases = []
    for route, load in bodies.load.items():
        lines = folder / f"{route}.jsonl"
        lines.write_text("".join(json.dumps(body) + "\n" for body in load))
        cases += [Case(route, count, lines, PATHS[route]) for count in connections]
    return cases


def _report(
    asked: argparse.Namespace,
    found: machine.Machine,
    starts: dict[str, list[Started]],
    every: list[Window],
    pss: dict[str, float],
    stored: dict[str, int],
) -> None:
    measured = [window for window in every if window.turn >= 0]
    others = median(window.others for window in measured)
    print()
    print("\n".join(report.load_table(measured, beside=(FASTAPI, ECHO))), end="\n\n")
    print("\n".join(report.start_table(starts, pss)), end="\n\n")
    print(f"Medians of {asked.windows} windows of {asked.seconds} s, {asked.workers} workers each, servers in turn.")
    print(f"Of {stored['counted']:,} answers that say `stored`, {stored['records']:,} records are in the store.")
    print(report.told(found, others))
    path = VAR / f"serve-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    document = {
        "asked": {name: str(value) for name, value in vars(asked).items()},
        "machine": asdict(found),
        "starts": {name: [asdict(each) for each in of] for name, of in starts.items()},
        "worker_pss_mb": pss,
        "stored": stored,
        "windows": [window.to_dict() for window in every],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(f"\n{path}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve", description=__doc__)
    parser.add_argument("--windows", type=int, default=5, help="windows for each server and load (%(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="length of a window (%(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16], help="connections at once (1 16)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes of each server (%(default)s)")
    parser.add_argument("--starts", type=int, default=3, help="times that each server is started (%(default)s)")
    parser.add_argument("--disk", type=Path, help=f"folder for the store, on a real disk ({VAR.relative_to(ROOT)})")
    return parser.parse_args()


if __name__ == "__main__":
    main()

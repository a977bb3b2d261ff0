"""Windows of load, the servers in turn, so that what else the machine does falls on all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import wrk
from benchmarks.machine import busy_seconds
from benchmarks.processes import Server

SECONDS_OF_WARM_UP = 1


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of load. `paths`: server name -> where the bodies go."""

    route: str
    connections: int
    bodies: Path
    paths: Mapping[str, str]

    @property
    def name(self) -> str:
        """What the tables call it."""
        return f"{self.route}, {self.connections} connection{'s' if self.connections > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Window:
    """One server under one load.

    `turn`: -1 for the warm-up; `cpu_us`: CPU microseconds of the server for each answer; `others`: cores that were
    used by neither the server nor wrk.
    """

    server: str
    case: str
    turn: int
    load: wrk.Load
    cpu_us: float
    others: float

    def figures(self) -> dict[str, float]:
        """What is reported."""
        load = self.load
        return {"per_second": load.per_second, "p50": load.p50, "p99": load.p99, "cpu_us": self.cpu_us}

    def to_dict(self) -> dict[str, object]:
        """Plain values, fit for JSON."""
        return {**asdict(self), "per_second": self.load.per_second}


def windows(
    servers: Sequence[Server], cases: Sequence[Case], turns: int, seconds: int, say: Callable[[str], None]
) -> Iterator[Window]:
    """Warm every server up, then give each `turns` windows in every case. Raises LoadError."""
    for case in cases:
        for server in servers:
            yield _window(server, case, -1, SECONDS_OF_WARM_UP)
        for turn in range(turns):
            first = turn % len(servers)
            for server in [*servers[first:], *servers[:first]]:
                window = _window(server, case, turn, seconds)
                say(
                    f"{case.name}, {turn + 1} of {turns}, {server.name}: {window.load.per_second:,.0f}/s, "
                    f"p99 {window.load.p99:.1f} ms, CPU {window.cpu_us:.0f} us, others {window.others:.2f} cores"
                )
                yield window


def _window(server: Server, case: Case, turn: int, seconds: int) -> Window:
    url = f"http://127.0.0.1:{server.port}{case.paths[server.name]}"
    used, busy, began = server.cpu_seconds(), busy_seconds(), time.perf_counter()
    load = wrk.run(url, case.bodies, case.connections, seconds)
    took = time.perf_counter() - began
    used, busy = server.cpu_seconds() - used, busy_seconds() - busy
    others = max(0.0, busy - used - load.generator_cpu) / took
    return Window(server.name, case.name, turn, load, used / load.requests * 1e6, others)

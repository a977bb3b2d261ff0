"""From windows to the table that people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from benchmarks.machine import Machine
from benchmarks.measure import Window
from benchmarks.processes import Started

Figures = dict[str, float]


def medians(windows: Iterable[Window]) -> Figures:
    """The median of each figure over some windows."""
    figures = [window.figures() for window in windows]
    return {name: median(each[name] for each in figures) for name in figures[0]}


def ratio(windows: Sequence[Window], case: str, of: str, to: str) -> float:
    """The median, over the turns, of one server's requests a second to another's in the same turn."""
    speed = {(w.server, w.turn): w.load.per_second for w in windows if w.case == case}
    return median(each / speed[to, turn] for (server, turn), each in speed.items() if server == of)


def load_table(windows: Sequence[Window], beside: Sequence[str]) -> list[str]:
    """One line for each case and server, with the ratios to the servers `beside`."""
    cases, servers = _distinct(w.case for w in windows), _distinct(w.server for w in windows)
    rows = []
    for case in cases:
        for server in servers:
            of = medians(w for w in windows if w.case == case and w.server == server)
            ratios = ["" if other == server else f"{ratio(windows, case, server, other):.2f}" for other in beside]
            timed = [f"{of['p50']:.2f}", f"{of['p99']:.2f}", f"{of['cpu_us']:.0f}"]
            rows.append([case, server, f"{of['per_second']:,.0f}", *ratios, *timed])
    heads = [f"x {other}" for other in beside]
    return table(["load", "server", "requests/s", *heads, "p50 ms", "p99 ms", "server CPU us/request"], rows, text=2)


def start_table(starts: Mapping[str, Sequence[Started]], pss: Mapping[str, float]) -> list[str]:
    """One line for each server: how soon it answers, and what a worker holds after the load."""
    rows = [
        [
            server,
            f"{median(each.ready for each in of):.2f}",
            f"{median(each.first_answer for each in of):.2f}",
            f"{pss[server]:.0f}",
        ]
        for server, of in starts.items()
    ]
    return table(["server", "ready s", "first score s", "PSS of a worker MB"], rows, text=1)


def told(machine: Machine, others: float) -> str:
    """The machine in a sentence. `others`: cores that other processes used meanwhile."""
    at, worst = machine.fsync_ms
    return (
        f"{machine.cpu}, {machine.cores} cores, Linux {machine.kernel}, Python {machine.python}; "
        f"{machine.file_system}, where an fsync of 4 KiB takes {at:.2f} ms (p99 {worst:.2f}); "
        f"other processes used {others:.2f} cores."
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], text: int) -> list[str]:
    """Markdown; the first `text` columns are text, the others figures."""
    marks = ["---" if i < text else "---:" for i in range(len(heads))]
    return [f"| {' | '.join(cells)} |" for cells in (heads, marks, *rows)]


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))

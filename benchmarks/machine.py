"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

MEMORY_FILE_SYSTEMS = frozenset(("tmpfs", "ramfs"))
BLOCK = b"\0" * 4096


@dataclass(frozen=True, slots=True)
class Machine:
    """`fsync_ms`: median and 99th percentile of an append of 4 KiB with its fsync, on the disk that holds the store."""

    cpu: str
    cores: int
    kernel: str
    python: str
    file_system: str
    fsync_ms: tuple[float, float]
    load_average: float


def describe(folder: Path) -> Machine:
    """This machine, and the disk that holds `folder`."""
    return Machine(
        cpu=cpu_model(Path("/proc/cpuinfo").read_text()),
        cores=len(os.sched_getaffinity(0)),
        kernel=platform.release(),
        python=platform.python_version(),
        file_system=file_system(folder.resolve(), Path("/proc/self/mountinfo").read_text()),
        fsync_ms=fsync_ms(folder),
        load_average=os.getloadavg()[0],
    )


def cpu_model(cpuinfo: str) -> str:
    """The first processor's name in /proc/cpuinfo."""
    named = (line.partition(":")[2].strip() for line in cpuinfo.splitlines() if line.startswith("model name"))
    return next(named, platform.machine())


def file_system(path: Path, mountinfo: str) -> str:
    """The kind of file system that holds `path` (absolute), by /proc/self/mountinfo (proc(5))."""
    longest, kind = "", "unknown"
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        mounted = before.split()[4]
        if path.is_relative_to(mounted) and len(mounted) >= len(longest):
            longest, kind = mounted, after.split()[0]
    return kind


def fsync_ms(folder: Path, times: int = 200) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds, of appending 4 KiB and waiting until the disk has them."""
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            start = perf_counter()
            file.write(BLOCK)
            file.flush()
            os.fsync(file.fileno())
            taken.append((perf_counter() - start) * 1e3)
    return median(taken), sorted(taken)[int(0.99 * times)]


def busy_seconds() -> float:
    """CPU seconds that all processes of the machine have used since it started (/proc/stat, proc(5))."""
    fields = [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")

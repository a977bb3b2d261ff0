"""The files of the counters, on a disk with room and on one without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from api.counter_files import ROOM, AllocatedDict

COUNT_ON_A_FULL_DISK = """
import os, resource, sys
from api.metrics import Metrics
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, unlimited[1]))
metrics = Metrics(os.environ["PROMETHEUS_MULTIPROC_DIR"])
metrics.problem("overloaded")
metrics.log_line_dropped()
assert metrics.exposition() == b""
resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
metrics.problem("overloaded")
metrics.log_line_dropped()
sys.stdout.buffer.write(metrics.exposition())
"""


def test_a_file_of_counters_has_no_holes_however_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "counter_1.db"
    counters = AllocatedDict(str(path))
    assert path.stat().st_blocks * 512 >= path.stat().st_size == ROOM
    keys = {f"{number:0100d}": float(number) for number in range(2_000)}
    for key, number in keys.items():
        counters.write_value(key, number, 0.0)  # type: ignore[no-untyped-call]
    counters.close()  # type: ignore[no-untyped-call]
    assert path.stat().st_blocks * 512 >= path.stat().st_size > ROOM
    assert {key: value for key, value, *_ in AllocatedDict.read_all_values_from_file(path)} == keys  # type: ignore[no-untyped-call]


def test_without_room_nothing_is_counted_until_there_is_some(tmp_path: Path) -> None:
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COUNT_ON_A_FULL_DISK]
    told = subprocess.run(command, env=environ, check=True, capture_output=True, text=True, timeout=60).stdout
    assert 'credit_problems_total{problem="overloaded"} 1.0' in told
    assert "credit_log_lines_dropped_total 1.0" in told

"""Load from wrk: keep-alive connections, each sending its next request when the last is answered."""

from __future__ import annotations

import json
import os
import resource
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("post.lua")
UNIQUE = "UNIQUE0000000000"
"""In a body: the script puts 16 hexadecimal digits in its place that no request had before."""
MISSING = "wrk is not installed. It makes the load: `apt-get install wrk` (Debian), or https://github.com/wg/wrk."


class LoadError(Exception):
    """wrk did not measure; the message says why."""


@dataclass(frozen=True, slots=True)
class Load:
    """One window. Latencies are in milliseconds; `refused`: answers of status 400 and more; `broken`: no answer."""

    requests: int
    seconds: float
    p50: float
    p99: float
    longest: float
    refused: int
    broken: int
    generator_cpu: float
    """Seconds of CPU that wrk itself took."""

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def require() -> None:
    """Raise LoadError, saying how to get it, when there is no wrk."""
    if shutil.which("wrk") is None:
        raise LoadError(MISSING)


def run(url: str, bodies: Path, connections: int, seconds: int) -> Load:
    """POST the lines of `bodies` to `url`. Raises LoadError."""
    environ = {**os.environ, "BENCH_BODIES": str(bodies), "BENCH_SEED": secrets.token_hex(4)}
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT), url]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise LoadError(f"wrk ended with status {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}")
    return parse(done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def parse(output: str, generator_cpu: float) -> Load:
    """What the script printed at the end. Raises LoadError."""
    line = next((line for line in output.splitlines() if line.startswith("TOTALS ")), None)
    if line is None:
        raise LoadError(f"wrk printed no totals: {output.strip()[-300:]}")
    totals = json.loads(line.removeprefix("TOTALS "))
    if not totals["requests"]:
        raise LoadError("no request was answered")
    return Load(
        requests=totals["requests"],
        seconds=totals["microseconds"] / 1e6,
        p50=totals["p50"] / 1e3,
        p99=totals["p99"] / 1e3,
        longest=totals["longest"] / 1e3,
        refused=totals["refused"],
        broken=totals["broken"],
        generator_cpu=generator_cpu,
    )

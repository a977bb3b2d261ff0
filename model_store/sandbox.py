"""Starts a child process that may be fed untrusted model files: no credentials, few rights, and an end.

Here is the parent's half: a clean environment, a session of its own, no inherited file, a time limit, and the whole
process group killed. The child's half, applied before it opens anything, is model_store/compile/confine.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_store.compile.confine import Confinement

_ROOT = Path(__file__).resolve().parent.parent
_LAUNCHER = _ROOT / "model_store" / "compile" / "confine.py"
_PACKAGES = ("model_store", "routing", "scoring")
_PIECE = 65_536
LONGEST_EXCERPT = 2_000
"""Characters of a child's own output that are kept, from its end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use. A small model needs 1 GB of address space and 3 s; torch alone maps 0.6 GB.

    `file_bytes`: the largest file that is read or written, also after decompression.
    `seconds`: the wall clock of a whole compilation, or of starting a native scorer; `call_seconds`: of one scoring.
    """

    seconds: float = 120.0
    call_seconds: float = 5.0
    cpu_seconds: int = 60
    memory_bytes: int = 4 << 30
    file_bytes: int = 256 << 20
    open_files: int = 256
    processes: int = 64


@dataclass(frozen=True, slots=True)
class Workspace:
    """A temporary folder for one child: it reads `source`, writes `out`, and has a home to put caches into."""

    root: Path

    @property
    def source(self) -> Path:
        return self.root / "source"

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def home(self) -> Path:
        return self.root / "home"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit status (minus the signal; None when its time was up) and the end of what it said."""

    status: int | None
    excerpt: str


@contextlib.contextmanager
def workspace() -> Iterator[Workspace]:
    """A workspace that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="native-model-", ignore_cleanup_errors=True) as folder:
        place = Workspace(Path(folder).resolve())
        for each in (place.source, place.out, place.home):
            each.mkdir()
        yield place


def start(
    module: str, arguments: Sequence[str], place: Workspace, limits: Limits, *, serves: bool = False
) -> subprocess.Popen[bytes]:
    """Start `module` of this project, confined. What it prints arrives in `stdout`.

    `serves`: it lives on and is asked through `stdin`; it has no limit on CPU time and what it prints as errors is
    dropped. It dies with the thread that started it.
    """
    granted: Confinement = {
        "parent": os.getpid(),
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": None if serves else limits.cpu_seconds,
        "file_bytes": limits.file_bytes,
        "open_files": limits.open_files,
        "processes": limits.processes,
        "project": str(_ROOT),
        "readable": [*(str(_ROOT / package) for package in _PACKAGES), str(place.source)],
        "writable": [str(place.out), str(place.home)],
    }
    return subprocess.Popen(  # noqa: S603 # our own interpreter and our own module
        [sys.executable, "-I", "-B", str(_LAUNCHER), json.dumps(granted), module, *arguments],
        stdin=subprocess.PIPE if serves else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if serves else subprocess.STDOUT,
        bufsize=0,
        cwd=place.home,
        env=_environment(place.home),
        close_fds=True,
        start_new_session=True,
    )


def run(module: str, arguments: Sequence[str], place: Workspace, limits: Limits) -> Ended:
    """Run `module` to its end, or to the end of its time."""
    with start(module, arguments, place, limits) as process:
        said, is_over = _listen(process, time.monotonic() + limits.seconds)
        stop(process)
        return Ended(process.returncode if is_over else None, cleaned(said.decode("utf-8", "replace")))


def stop(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the child and of its group, and reap it.

    A child that ended by itself keeps its status: it closed its output while it was already exiting.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def cleaned(text: str) -> str:
    """The end of a text from outside, on one line and without anything that a terminal or a log would obey."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[-LONGEST_EXCERPT:]


def _listen(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bool]:
    """The end of the child's output, and whether the child closed it (that is: ended) in time."""
    assert process.stdout is not None  # noqa: S101 # started with a pipe
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if not selector.select(left):
                break
            piece = os.read(process.stdout.fileno(), _PIECE)
            if not piece:
                return said, True
            said = (said + piece)[-_PIECE:]
    return said, False


def _environment(home: Path) -> dict[str, str]:
    """Everything the child gets to know: no credential, no address, one thread for each library."""
    one_thread = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(home),
        **dict.fromkeys(one_thread, "1"),
    }

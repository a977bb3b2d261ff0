"""Starts the process of a training job, so that it outlives the one that started it, and ends it from anywhere."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from laboratory.job_folder import JobFolder

ROOT: Final = Path(__file__).resolve().parent.parent
KEPT = {
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "STATE_DIRECTORY"),
    *("DATA_DIR", "ROUTES_FILE", "ML_DATA_BUCKET", "LOG_LEVEL"),
    *("REQUIRE_SIGNED_MODELS", "TRUSTED_MODEL_KEYS", "MODEL_SIGNING_KEY"),
    *("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
}
KEPT_PREFIXES = ("AWS_", "MLFLOW_", "LAB_", "LC_", "PYTHON", "MALLOC_", "XDG_")
"""What a process of the laboratory is told of its surroundings: how to reach models and runs. Not the customers' table,
API keys or the secret of cursors."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def environment(of: Mapping[str, str], more: Sequence[str] = ()) -> dict[str, str]:
    """What is passed on of an environment, `more` of it, and one thread for each computation."""
    wanted = {*KEPT, *more}
    kept = {name: value for name, value in of.items() if name in wanted or name.startswith(KEPT_PREFIXES)}
    return kept | ONE_THREAD


def launch(command: Sequence[str], folder: JobFolder, alive: int, ended: Callable[[], None]) -> None:
    """Start `command`, FOLDER and the number of the descriptor that says that the job lives. Raises OSError.

    A process group of its own, so that no signal to this one's reaches it. Not a session of its own: where the kernel
    groups processes by session (sched_autogroup), each session gets the same share of the cores, and no niceness counts
    between them. `ended` is called in a thread when it ends, if this process is still there.
    """
    with folder.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [*command, str(folder.path), str(alive)],
            cwd=ROOT,
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(alive,),
            process_group=0,
        )

    def reap() -> None:
        process.wait()
        ended()

    threading.Thread(target=reap, name="training-job", daemon=True).start()


def started_at(pid: int) -> str:
    """When a process started, in /proc's words (proc(5), field 22 of stat). Raises OSError."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def kill(pid: int, started: str) -> None:
    """Kill a process with its group, unless its number is another one's by now."""
    with suppress(ProcessLookupError):
        place = os.pidfd_open(pid)
        try:
            with suppress(FileNotFoundError, ProcessLookupError):
                if started_at(pid) == started:  # that of `place`, or a later one's
                    os.killpg(pid, signal.SIGKILL)
        finally:
            os.close(place)

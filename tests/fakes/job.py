"""A training job's process that trains nothing: what it does stands in its plan's experiment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from laboratory.working import Refused, Work, work

WARNING = "A column is constant."
COMMAND = (sys.executable, "-m", "tests.fakes.job")


def make(doing: Work) -> Mapping[str, Any]:
    """Do what the experiment's first word says."""
    order = doing.folder.order()
    what = order.plan.experiment
    doing.progress(0.25, "at work")
    if what == "wait":
        threading.Event().wait()
    elif what == "children":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        doing.progress(0.5, f"child {child.pid}")
        child.wait()
    elif what == "refuse":
        raise Refused("The table cannot be learnt from.")
    elif what == "defect":
        raise ValueError("a secret value of the data")
    elif what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "memory":
        bytearray(order.limits.memory_bytes)
    rows = [] if order.dataset else list(doing.folder.rows())
    doing.warn((WARNING,))
    return {
        "run_id": "run",
        "metrics": {"auc_roc": 0.75},
        "model_version": "v1",
        "rows": len(rows),
        "cores": sorted(os.sched_getaffinity(0)),
        "policy": os.sched_getscheduler(0),
        "environment": sorted(os.environ),
        "open": _open_files(),
        "imported": sorted({name.partition(".")[0] for name in sys.modules}),
    }


def _open_files() -> list[str]:
    """Where this process's descriptors lead; the slot is named so."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the listing's own
            target = str(each.readlink())
            found.append("slot" if "/slots/" in target else target)
    return sorted(found)


if __name__ == "__main__":
    work(make)

"""An analyst's process with tasks that analyse nothing."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from laboratory.analysing import Terms, serve
from laboratory.bench import Bench
from laboratory.ports import UnknownLabModel
from routing.archive import UnknownPrediction
from scoring.errors import FieldError, InvalidRequest, ModelUnavailable

COMMAND = (sys.executable, "-m", "tests.fakes.analyst")
HERE = "tests.fakes.analyst"


def echo(body: Mapping[str, Any], bench: Bench) -> dict[str, Any]:
    print("a library says something")  # noqa: T201 (that is the point)
    return {"body": body, "pid": os.getpid(), "bench": str(bench), "array": np.array([1.5, np.nan])}


def surroundings(body: Mapping[str, Any], bench: Bench) -> dict[str, Any]:
    return {
        "cores": sorted(os.sched_getaffinity(0)),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "policy": os.sched_getscheduler(0),
        "environment": sorted(os.environ),
        "arguments": sys.argv[1:],
    }


def fail(body: Mapping[str, Any], bench: Bench) -> dict[str, Any]:
    raise {
        "invalid": InvalidRequest("No.", [FieldError("data[3].x", "is missing")]),
        "model": ModelUnavailable("lab_dnn", "gone"),
        "unknown": UnknownLabModel("There is none."),
        "not carried": UnknownPrediction("There is none."),
        "defect": ValueError("a secret value of the data"),
        "missing": ModuleNotFoundError("No module named 'shap'", name="shap"),
        "ours is missing": ModuleNotFoundError("No module named 'laboratory.x'", name="laboratory.x"),
        "memory": MemoryError(),
    }[body["how"]]


def die(body: Mapping[str, Any], bench: Bench) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def hang(body: Mapping[str, Any], bench: Bench) -> dict[str, Any]:
    if path := body.get("begun"):
        with open(path, "w") as file:  # noqa: PTH123
            file.write(str(os.getpid()))
    threading.Event().wait()
    return {}


def gluttony(body: Mapping[str, Any], bench: Bench) -> dict[str, Any]:
    return {"sum": int(np.ones(body["bytes"], np.int8).sum())}


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    tasks = {name: f"{HERE}:{name}" for name in ("echo", "surroundings", "fail", "die", "hang", "gluttony")}
    serve(Terms(**{**given, "cores": tuple(given["cores"])}), lambda: cast("Bench", "a bench"), tasks)

"""Small models in a made-up native format, and a compiler for it that needs no child process.

model.json holds {"coefficients": [...], "intercept": number}: a logistic regression. More keys change what comes of it:
"refuse": text, "native": true, "output": "score" | "logit", "off_by": number (golden outputs that are wrong by this).
"""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from model_store.native import CompileReport, NativeRefusedError, NativeUnavailableError

Matrix = NDArray[np.float64]
PD = "probability_of_default"


def model_json(*coefficients: float, intercept: float = -1.0, **more: object) -> bytes:
    """The native file of a model."""
    return json.dumps({"coefficients": coefficients, "intercept": intercept, **more}).encode()


def outputs_of(plain: dict[str, Any], rows: Matrix) -> Matrix:
    """What the "framework" itself answers."""
    logit: Matrix = rows @ np.array(plain["coefficients"]) + plain["intercept"]
    return 1 / (1 + np.exp(-logit)) if _is_pd(plain) else logit


def onnx_of(plain: dict[str, Any], inputs: str = "features") -> bytes:
    """A scoring graph of the same function, in 64 bits."""
    weights = np.array(plain["coefficients"], np.float64).reshape(-1, 1)
    nodes = [
        helper.make_node("MatMul", [inputs, "weights"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["logit"]),
        helper.make_node("Sigmoid" if _is_pd(plain) else "Identity", ["logit"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info(inputs, TensorProto.DOUBLE, ["N", len(weights)])],
        [helper.make_tensor_value_info("output", TensorProto.DOUBLE, ["N", 1])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([plain["intercept"]], np.float64), "bias"),
        ],
    )
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    ).SerializeToString()
    return made


def _is_pd(plain: dict[str, Any]) -> bool:
    return bool(plain.get("output", PD) == PD)


class FakeCompiler:
    """Called like `compile_native`; `calls` counts.

    Every call waits while `hold` is cleared, and is refused while `refuse` is set. `log` gets a line for each.
    """

    def __init__(self, log: Path | None = None) -> None:
        self.calls, self.hold = 0, threading.Event()
        self.hold.set()
        self.refuse = False
        self._log, self._lock = log, threading.Lock()

    def __call__(self, source: Path, out: Path) -> CompileReport:
        with self._lock:
            self.calls += 1
        if self._log:
            with self._log.open("a") as log:
                log.write("compiled\n")
        self.hold.wait()
        plain = json.loads((source / "model.json").read_bytes())
        if self.refuse or "refuse" in plain:
            raise NativeRefusedError(plain.get("refuse", "Not now."))
        size, output = len(plain["coefficients"]), plain.get("output", PD)
        golden = np.random.default_rng(1).normal(size=(16, size))
        is_converted = not plain.get("native")
        if is_converted:
            (out / "model.onnx").write_bytes(onnx_of(plain))
        arrays = io.BytesIO()
        np.savez(arrays, coefficients=np.array(plain["coefficients"], np.float64), intercept=np.float64(0))
        (out / "linear.npz").write_bytes(arrays.getvalue())
        (out / "report.json").write_bytes(b"{}")
        return CompileReport(
            input_size=size,
            feature_names=[f"f{i}" for i in range(size)],
            features=[],
            output=output,
            scale=None,
            converted=is_converted,
            not_converted_because=None if is_converted else "it is asked to stay native",
            framework="made-up",
            library_versions={"made-up": "1"},
            golden_rows=golden.tolist(),
            golden_outputs=(outputs_of(plain, golden) + plain.get("off_by", 0.0)).tolist(),
            parity=0.0 if is_converted else None,
            reference_row=[0.0] * size,
            reference_source="zeros",
            alone=[0.0, 1.0],
            notes=[],
        )


class FakeNativeScorers:
    """Makes scorers as `NativeScorer` does, or raises `defect`; `alive` holds every one that was not closed."""

    def __init__(self) -> None:
        self.alive: list[object] = []
        self.defect: Exception | None = None

    def __call__(self, source: Path, report: CompileReport) -> _NativeScorer:
        if self.defect:
            raise self.defect
        plain = json.loads((source / "model.json").read_bytes())
        assert report.input_size == len(plain["coefficients"])
        scorer = _NativeScorer(plain, self.alive)
        self.alive.append(scorer)
        return scorer


class _NativeScorer:
    def __init__(self, plain: dict[str, Any], alive: list[object]) -> None:
        self._plain, self._alive = plain, alive

    def outputs(self, rows: Matrix) -> Matrix:
        if self not in self._alive:
            raise NativeUnavailableError("closed")
        return outputs_of(self._plain, rows)

    def close(self) -> None:
        if self in self._alive:
            self._alive.remove(self)

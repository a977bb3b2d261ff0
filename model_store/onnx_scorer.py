"""model.onnx in ONNX Runtime, on one thread of the caller's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from scoring.features import Row

Rows = Sequence[Row] | NDArray[np.floating]
"""[N, n] feature values, NaN where one is missing."""

_INPUT, _OUTPUT = "features", "output"
_TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64}
_ERRORS_ONLY = 3


BLOCK = 8
"""Rows are computed in whole blocks of this many, the last one filled up: a row's output is then the same to the last
bit whether it is scored alone or with others, and a replay of one row of a batch gives what the batch gave. Without it
about one output in fifteen differs in its last bit: vector instructions and their remainders round differently."""


class ScorerError(Exception):
    """The file is not a scoring graph that this service can run; the message says what was expected."""


class OnnxScorer:
    """A scoring graph: "features" [N, n] in, "output" [N, 1] out. Safe to share between threads."""

    def __init__(self, model: bytes, input_size: int) -> None:
        """Raises ScorerError."""
        try:
            session = onnxruntime.InferenceSession(model, _one_thread(), providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's errors share no narrower class
            raise ScorerError("ONNX Runtime cannot load it") from error
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if [each.name for each in inputs] != [_INPUT] or [each.name for each in outputs] != [_OUTPUT]:
            raise ScorerError(f"it must take one input {_INPUT!r} and give one output {_OUTPUT!r}")
        if inputs[0].type not in _TYPES or outputs[0].type not in _TYPES:
            raise ScorerError("its input and output must be floating-point numbers")
        if len(inputs[0].shape) != 2 or inputs[0].shape[1] != input_size:
            raise ScorerError(f"its input must have {input_size} columns, one for each feature")
        self._type, self._run = _TYPES[inputs[0].type], session.run

    def outputs(self, rows: Rows) -> list[float]:
        """One output for each row, in the unit that the manifest names. Raises what ONNX Runtime raises."""
        given = np.asarray(rows, self._type)
        if missing := -len(given) % BLOCK:
            given = np.concatenate([given, np.repeat(given[-1:], missing, axis=0)])
        found: list[float] = self._run((_OUTPUT,), {_INPUT: given})[0].ravel().tolist()
        return found[: len(rows)]


def _one_thread() -> onnxruntime.SessionOptions:
    """Processes share the cores already: a pool or a spinning thread in each would only take them from each other."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = _ERRORS_ONLY
    return options

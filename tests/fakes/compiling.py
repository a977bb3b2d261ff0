"""Compile in this process, without the child."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model_store.compile.compiler import compile_files
from model_store.compile.report import CompileReport
from model_store.onnx_scorer import OnnxScorer
from tests.fakes.native_files import Array, Predict
from tests.fakes.native_kinds import Make


def compiled(make: Make, tmp_path: Path) -> tuple[CompileReport, Path, Predict]:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    predict = make(source)
    return compile_files(source, out, 1 << 28), out, predict


def onnx_outputs(report: CompileReport, out: Path, rows: Array) -> Array:
    return np.array(OnnxScorer((out / "model.onnx").read_bytes(), report.input_size).outputs(rows))

"""Compile in this process, without the child."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from model_store.compile.compiler import compile_files
from model_store.compile.report import CompileReport
from model_store.onnx_scorer import OnnxScorer
from model_store.publish import publish_bundle
from tests.fakes.native_files import Array, Predict
from tests.fakes.native_kinds import Make


@contextmanager
def publishing_here() -> Iterator[None]:
    """What is published meanwhile is opened by the same code without the child, which costs two seconds of imports.

    For tests of what comes before and after; the child has tests of its own.
    """

    def compile_here(source: Path, out: Path) -> CompileReport:
        with warnings.catch_warnings(action="ignore"):  # as in the child
            return compile_files(source, out, 1 << 28)

    before = publish_bundle.__kwdefaults__
    publish_bundle.__kwdefaults__ = {**(before or {}), "compile_native": compile_here}
    try:
        yield
    finally:
        publish_bundle.__kwdefaults__ = before


def compiled(make: Make, tmp_path: Path) -> tuple[CompileReport, Path, Predict]:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    predict = make(source)
    return compile_files(source, out, 1 << 28), out, predict


def onnx_outputs(report: CompileReport, out: Path, rows: Array) -> Array:
    return np.array(OnnxScorer((out / "model.onnx").read_bytes(), report.input_size).outputs(rows))

"""What the confined child runs: `compile ROOT MOST_BYTES`, or `serve ROOT MOST_BYTES OUTPUT` until its input ends."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from model_store.compile.compiler import compile_files
from model_store.compile.opened import open_files
from model_store.compile.report import REFUSED, REPORT, NativeRefusedError, OutputKind
from model_store.compile.steps import run_in_blocks
from model_store.compile.wire import FAILED, HEADER, SCORED, VALUE, message, values_of


def main(arguments: list[str]) -> int:
    """The exit status: 0 when a report or a refusal was written, or the parent has no more to ask."""
    warnings.simplefilter("ignore")  # what the frameworks deprecate is no news about the model
    root, most_bytes = Path(arguments[1]), int(arguments[2])
    if arguments[0] == "serve":
        return serve(root / "source", most_bytes, cast("OutputKind", arguments[3]))
    try:
        report = compile_files(root / "source", root / "out", most_bytes)
        (root / "out" / REPORT).write_bytes(report.to_json())
    except NativeRefusedError as refusal:
        (root / "out" / REFUSED).write_text(str(refusal), encoding="utf-8")
    return 0


def serve(source: Path, most_bytes: int, kind: OutputKind) -> int:
    """Answer requests (see wire.py). What the model itself prints must not get between the answers."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("r+b") as nothing:
        for standard in (0, 1):
            os.dup2(nothing.fileno(), standard)
    parts = open_files(source, most_bytes).parts(kind)
    while header := requests.read(HEADER.size):
        count, size = HEADER.unpack(header)
        rows = values_of(requests.read(count * size * VALUE.itemsize)).reshape(count, size)
        try:
            answer = message(SCORED, count, run_in_blocks(parts, rows))
        except Exception:  # whatever a model does with strange rows, the next ones may be fine
            traceback.print_exc()
            answer = message(FAILED, 0, np.empty(0))
        _send(answers, answer)
    return 0


def _send(answers: BinaryIO, answer: bytes) -> None:
    answers.write(answer)
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A model whose files were opened, whose output is settled, and whose values on plausible rows agree with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_store.compile import output
from model_store.compile.opened import Opened, open_files
from model_store.compile.report import NativeRefusedError, OutputKind
from model_store.compile.rows import Plausible, golden_rows
from model_store.compile.steps import Part, run_all
from model_store.compile.wire import Array


@dataclass(frozen=True)
class Checked:
    """`parts` lead from raw features to the output of `kind`; `native` [G] is what they give on `rows` [G, n]."""

    opened: Opened
    kind: OutputKind
    notes: list[str]
    where: Plausible
    parts: list[Part]
    rows: Array
    native: Array


def check_files(source: Path, most_bytes: int) -> Checked:
    """Open a folder of native files and score plausible rows with it. Raises NativeRefusedError."""
    opened = open_files(source, most_bytes)
    loaded, config = opened.loaded, opened.config
    where = opened.plausible()
    complete, with_gaps = golden_rows(where, config.features, opened.can_be_missing())
    try:
        given = run_all(opened.model_parts(), complete)
    except ValueError as error:  # how scikit-learn refuses what is not finite on the way
        raise NativeRefusedError(f"{loaded.file} fails on plausible rows ({type(error).__name__}).") from error
    if given.shape != (len(complete), 1) or not np.isfinite(given).all():
        raise NativeRefusedError(f"{loaded.file} does not give one finite number for each plausible row.")
    kind, notes = output.settle(loaded, config.output, gives_scaled_score=opened.scales_score, outputs=given)
    output.check(loaded, kind, given, config.scale, rows_are_known=where.is_known)
    if kind == "score" and config.calibration is not None:
        raise NativeRefusedError("config.json: calibration is of a probability of default or log-odds, not of a score.")
    parts = opened.parts(kind)
    native = run_all(parts, complete)[:, 0]
    _check_repeatable(parts, complete, native, loaded.file)
    rows = np.concatenate([complete, with_gaps])
    return Checked(
        opened, kind, notes, where, parts, rows, np.concatenate([native, _run_with_gaps(parts, with_gaps, loaded.file)])
    )


def _run_with_gaps(parts: Sequence[Part], rows: Array, file: str) -> Array:
    if not len(rows):
        return np.empty(0)
    refusal = f'{file} cannot score a missing value, but config.json has features with "required": false.'
    try:
        outputs = run_all(parts, rows)[:, 0]
    except ValueError as error:  # how scikit-learn refuses NaN
        raise NativeRefusedError(refusal) from error
    if not np.isfinite(outputs).all():
        raise NativeRefusedError(refusal)
    return outputs


def _check_repeatable(parts: Sequence[Part], rows: Array, native: Array, file: str) -> None:
    """A row scored again, alone, must score the same: no randomness, no leaning on the rest of the batch."""
    again = np.concatenate([run_all(parts, rows[index : index + 1])[:, 0] for index in range(3)])
    if not np.allclose(again, native[:3], rtol=1e-5, atol=1e-6):
        raise NativeRefusedError(
            f"{file} scores the same row differently from call to call or from batch to batch: was it saved in "
            "training mode (dropout, batch normalisation)?"
        )

"""Native files to a scoring graph, checked on golden rows against the framework that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from model_store.compile import output
from model_store.compile.additive import write_closed_form
from model_store.compile.graph import Graph, NotConvertible
from model_store.compile.opened import Opened, open_files
from model_store.compile.report import CompileReport, NativeRefusedError, OutputKind
from model_store.compile.rows import golden_rows
from model_store.compile.steps import Part, run_all
from model_store.compile.wire import Array
from model_store.onnx_scorer import OnnxScorer, ScorerError
from scoring.scale import ScoreScale

_PD_PARITY = 1e-6


def compile_files(source: Path, out: Path, most_bytes: int) -> CompileReport:
    """Open `source`, check it, write the graph and the closed form into `out`. Raises NativeRefusedError."""
    opened = open_files(source, most_bytes)
    loaded, config = opened.loaded, opened.config
    where = opened.plausible()
    complete, with_gaps = golden_rows(where, config.features, opened.can_be_missing())
    given = _finite(run_all(opened.model_parts(), complete), loaded.file)
    kind, notes = output.settle(
        loaded, config.output, gives_scaled_score=opened.scales_score, outputs=given, scale=config.scale
    )
    output.check(
        loaded, kind, given, config.scale, rows_are_known=where.is_known, is_before_sigmoid=loaded.says is None
    )
    if kind == "score" and config.calibration is not None:
        raise NativeRefusedError(
            "config.json: calibration applies to a probability of default or log-odds, not a score."
        )
    parts = opened.parts(kind)
    rows = np.concatenate([complete, with_gaps])
    native = np.concatenate([run_all(parts, complete), _run_with_gaps(parts, with_gaps, loaded.file)])[:, 0]
    _check_repeatable(parts, complete, native, loaded.file)
    parity, reason = _convert(opened, parts, kind, rows, native, out)
    return CompileReport(
        input_size=loaded.input_size,
        feature_names=list(opened.names),
        features=[asdict(feature) for feature in config.features],
        output=kind,
        scale=asdict(config.score_scale) if config.score_scale else None,
        converted=parity is not None,
        not_converted_because=reason,
        framework=loaded.framework,
        library_versions={**loaded.versions, "numpy": np.__version__},
        golden_rows=rows.tolist(),
        golden_outputs=native.tolist(),
        parity=parity,
        reference_row=where.centre.tolist(),
        reference_source=where.source,
        alone=list(config.alone),
        notes=notes,
    )


def tolerance(kind: OutputKind, scale: ScoreScale) -> float:
    """The largest |onnx - native| that is let pass.

    1e-6 in PD; in log-odds what moves a PD by at most that (dPD/dlogit <= 1/4); in points 1e-6 of the scale's width,
    far below the one decimal that is published.
    """
    return {
        "probability_of_default": _PD_PARITY,
        "logit": 4 * _PD_PARITY,
        "score": _PD_PARITY * (scale.high - scale.low),
    }[kind]


def _finite(outputs: Array, file: str) -> Array:
    if outputs.shape[1:] != (1,) or not np.isfinite(outputs).all():
        raise NativeRefusedError(f"{file} does not give one finite number for each plausible row.")
    return outputs


def _run_with_gaps(parts: Sequence[Part], rows: Array, file: str) -> Array:
    if not len(rows):
        return np.empty((0, 1))
    try:
        outputs = run_all(parts, rows)
    except ValueError as error:  # how scikit-learn refuses NaN
        raise NativeRefusedError(f"{file} {_NO_GAPS}") from error
    if not np.isfinite(outputs).all():
        raise NativeRefusedError(f"{file} {_NO_GAPS}")
    return outputs


_NO_GAPS = 'cannot score a missing value, but config.json has features with "required": false.'


def _check_repeatable(parts: Sequence[Part], rows: Array, native: Array, file: str) -> None:
    """A row scored again, alone, must score the same: no randomness, no leaning on the rest of the batch."""
    again = np.concatenate([run_all(parts, rows[index : index + 1])[:, 0] for index in range(3)])
    if not np.allclose(again, native[:3], rtol=1e-5, atol=1e-6):
        raise NativeRefusedError(
            f"{file} scores the same row differently from call to call or from batch to batch: was it saved in "
            "training mode (dropout, batch normalisation)?"
        )


def _convert(
    opened: Opened, parts: Sequence[Part], kind: OutputKind, rows: Array, native: Array, out: Path
) -> tuple[float | None, str | None]:
    """(parity, None) with model.onnx written, or (None, why there is none)."""
    try:
        graph = Graph(opened.loaded.input_size)
        value = graph.input
        for part in parts:
            value = part.add_to(graph, value)
        model = graph.finish(value)
        scorer = OnnxScorer(model, opened.loaded.input_size)
        outputs = np.array(scorer.outputs(rows))
        one_by_one = np.array([scorer.outputs(row[None, :])[0] for row in rows])
    except (NotConvertible, ScorerError) as error:
        return None, str(error)
    except Exception as error:  # ONNX Runtime's errors share no narrower class
        return None, f"its converted graph does not run ({type(error).__name__})"
    differences = np.maximum(np.abs(outputs - native), np.abs(one_by_one - native))
    parity = float(np.max(np.where(np.isnan(differences), np.inf, differences)))
    most = tolerance(kind, opened.config.scale)
    if parity > most:
        return (
            None,
            f"its graph differs from {opened.loaded.framework}'s own outputs by {parity:.1e}, more than {most:.1e}",
        )
    (out / "model.onnx").write_bytes(model)
    form, before, after = opened.loaded.closed_form, opened.before_model(), opened.after_model()
    if form is not None and before is not None and after is not None:
        before = [*before, *opened.loaded.before_closed_form]
        write_closed_form(form, before, after, kind, rows, outputs, out)
    return parity, None

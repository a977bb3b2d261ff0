"""A checked model as model.onnx, compared on golden rows with the framework that made it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np

from model_store.compile.additive import write_closed_form
from model_store.compile.checked import Checked
from model_store.compile.graph import Graph, NotConvertible, Precision
from model_store.compile.report import ONNX
from model_store.compile.wire import Array
from model_store.golden import tolerance
from model_store.onnx_scorer import OnnxScorer, ScorerError


def convert(checked: Checked, out: Path) -> tuple[float | None, str | None]:
    """(parity, None) with model.onnx written, and the closed form if there is one; or (None, why there is none).

    What a foreign converter makes is asked for in 64 bits, then in 32; the latter only when the golden rows lie where
    the features do: how much 32 bits lose depends on how large the numbers are.
    """
    parity, reason = None, None
    precisions: tuple[Precision, ...] = get_args(Precision) if checked.where.is_known else ("double",)
    for precision in precisions:
        try:
            model = _graph(checked, precision)
            outputs, parity = _compared(model, checked)
        except (NotConvertible, ScorerError) as error:
            reason = str(error)
            continue
        (out / ONNX).write_bytes(model)
        _write_closed_form(checked, outputs, out)
        return parity, None
    return None, reason


def _graph(checked: Checked, precision: Precision) -> bytes:
    graph = Graph(checked.opened.input_size, precision)
    value = graph.input
    for part in checked.parts:
        value = part.add_to(graph, value)
    return graph.finish(value)


def _compared(model: bytes, checked: Checked) -> tuple[Array, float]:
    """(the graph's outputs on the golden rows, parity), scored as a batch and one by one. Raises NotConvertible."""
    scorer = OnnxScorer(model, checked.opened.input_size)
    try:
        outputs = np.array(scorer.outputs(checked.rows))
        one_by_one = np.array([scorer.outputs(row[None, :])[0] for row in checked.rows])
    except Exception as error:  # ONNX Runtime's errors share no narrower class
        raise NotConvertible(f"its converted graph does not run ({type(error).__name__})") from error
    differences = np.maximum(np.abs(outputs - checked.native), np.abs(one_by_one - checked.native))
    parity = float(np.max(np.where(np.isnan(differences), np.inf, differences)))
    if parity > tolerance(checked.kind, checked.opened.config.scale):
        framework = checked.opened.loaded.framework
        raise NotConvertible(f"its graph differs by {parity:.1e} from what {framework} gives on the golden rows")
    return outputs, parity


def _write_closed_form(checked: Checked, outputs: Array, out: Path) -> None:
    opened = checked.opened
    form, before, after = opened.loaded.closed_form, opened.before_model(), opened.after_model()
    if form is not None and before is not None and after is not None:
        before = [*before, *opened.loaded.before_closed_form]
        write_closed_form(form, before, after, checked.kind, checked.rows, outputs, out)

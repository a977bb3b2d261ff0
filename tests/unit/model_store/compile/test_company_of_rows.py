"""A row's output is its own: the same to the last bit whatever rows are scored with it, and wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_store.compile.opened import open_files
from model_store.compile.steps import BLOCK, run_in_blocks
from model_store.native import NativeScorer
from model_store.onnx_scorer import OnnxScorer
from tests.fakes import native_files as made
from tests.fakes.compiling import compiled
from tests.fakes.native_files import Array
from tests.fakes.native_kinds import NATIVE, PDS, SCORES

pytestmark = pytest.mark.filterwarnings("ignore")  # as in the child: what frameworks deprecate is not under test

ROWS = made.applicants(2 * BLOCK + 40, seed=31)
ORDERS = st.lists(st.integers(0, len(ROWS) - 1), min_size=1, max_size=len(ROWS))
CONVERTED = [
    "TorchScript, scripted",
    "state dict, tanh",
    "neural network",
    "logistic regression",
    "Pipeline with MaxAbsScaler",
    "random forest",
    "XGBClassifier",
    "state dict to points",
]
"""Of those that convert: one of each routine in the graph, and those that differ most when they are run natively."""

Run = Callable[[Array], Array]


@cache
def _scored(kind: str, by_graph: bool) -> tuple[Run, Array]:
    """(how this kind is computed when it serves, the output of each of `ROWS` alone)."""
    with TemporaryDirectory() as folder:
        report, out, _ = compiled({**PDS, **SCORES, **NATIVE}[kind], Path(folder))
        parts = open_files(Path(folder, "source"), 1 << 28).parts(report.output)
        graph = OnnxScorer((out / "model.onnx").read_bytes(), report.input_size) if by_graph else None

    def run(rows: Array) -> Array:
        return np.array(graph.outputs(rows)) if graph else run_in_blocks(parts, rows)

    return run, np.array([run(row[None])[0] for row in ROWS])


@pytest.mark.parametrize("kind", [*NATIVE, *CONVERTED])
@given(order=ORDERS)
@settings(max_examples=15, deadline=None)
def test_a_framework_scores_a_row_alone_as_in_any_company(kind: str, order: list[int]) -> None:
    run, alone = _scored(kind, by_graph=False)
    assert run(ROWS[order]).tolist() == alone[order].tolist()


@pytest.mark.parametrize("kind", CONVERTED)
@given(order=ORDERS)
@settings(max_examples=15, deadline=None)
def test_a_graph_scores_a_row_alone_as_in_any_company(kind: str, order: list[int]) -> None:
    run, alone = _scored(kind, by_graph=True)
    assert run(ROWS[order]).tolist() == alone[order].tolist()


def test_the_child_scores_a_row_alone_as_in_any_company(tmp_path: Path) -> None:
    report, _, _ = compiled(NATIVE["a quantile scaler"], tmp_path)
    with closing(NativeScorer(tmp_path / "source", report)) as scorer:
        alone = [scorer.outputs(row[None])[0] for row in ROWS]
        assert scorer.outputs(ROWS).tolist() == alone
        assert scorer.outputs(ROWS[::-1]).tolist() == alone[::-1]
        assert scorer.outputs(ROWS[:0]).tolist() == []

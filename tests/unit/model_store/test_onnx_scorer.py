"""Only a graph of the agreed shape is run, and it answers as its formula does."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from onnx import TensorProto, helper

from model_store.onnx_scorer import OnnxScorer, ScorerError
from tests.fakes.bundles import model_json, onnx_of, outputs_of

PLAIN = json.loads(model_json(0.5, -0.25, 2.0))


def test_rows_come_as_tuples_or_as_an_array() -> None:
    scorer = OnnxScorer(onnx_of(PLAIN), 3)
    rows = np.random.default_rng(0).normal(size=(1000, 3))
    expected = outputs_of(PLAIN, rows).tolist()
    assert scorer.outputs(rows) == pytest.approx(expected, abs=1e-12)
    assert scorer.outputs([tuple(row) for row in rows.tolist()]) == pytest.approx(expected, abs=1e-12)
    assert scorer.outputs(rows[:1]) == pytest.approx(expected[:1], abs=1e-12)


def test_many_threads_may_share_it() -> None:
    scorer = OnnxScorer(onnx_of(PLAIN), 3)
    rows = np.random.default_rng(0).normal(size=(200, 3))
    expected = scorer.outputs(rows)
    wrong: list[int] = []

    def run() -> None:
        wrong.extend(i for i in range(200) if scorer.outputs(rows[i : i + 1]) != pytest.approx([expected[i]]))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def pass_through(of: int, to: int) -> bytes:
    graph = helper.make_graph(
        [helper.make_node("Cast", ["features"], ["output"], to=to)],
        "model",
        [helper.make_tensor_value_info("features", of, ["N", 3])],
        [helper.make_tensor_value_info("output", to, ["N", 3])],
    )
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    ).SerializeToString()
    return made


@pytest.mark.parametrize(
    ("model", "size", "said"),
    [
        (b"", 3, "cannot load"),
        (b"not a graph", 3, "cannot load"),
        (onnx_of(PLAIN)[:-20], 3, "cannot load"),
        (onnx_of(PLAIN, inputs="x"), 3, "one input 'features'"),
        (onnx_of(PLAIN), 4, "4 columns"),
        (pass_through(TensorProto.INT64, TensorProto.FLOAT), 3, "floating-point"),
        (pass_through(TensorProto.FLOAT, TensorProto.STRING), 3, "floating-point"),
    ],
)
def test_a_graph_that_is_not_ours_is_refused(model: bytes, size: int, said: str) -> None:
    with pytest.raises(ScorerError, match=said):
        OnnxScorer(model, size)

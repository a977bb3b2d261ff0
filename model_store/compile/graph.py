"""One ONNX graph from features to the output: nodes are added here only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper, numpy_helper

from model_store.compile.trees import LEAF, Trees

OPSETS = {"": 18, "ai.onnx.ml": 3}
"""The operator sets that skl2onnx, torch's exporter and the pinned ONNX Runtime all know."""
_IR_VERSION = 10
Precision = Literal["double", "float"]
_TYPES: dict[Precision, int] = {"float": TensorProto.FLOAT, "double": TensorProto.DOUBLE}


class NotConvertible(Exception):
    """This model has no graph; the message says why. It can be served natively."""


class Graph:
    """Nodes as they are added; values are known by name. Numbers are float64 unless cast.

    `spliced_in`: the precision that foreign converters are asked for; not every one of their operators has 64 bits.
    """

    def __init__(self, input_size: int, spliced_in: Precision = "double") -> None:
        self._input_size, self.spliced_in = input_size, spliced_in
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._count = 0
        self.input = "features"

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node; the name of its one output."""
        output = self._new(kind.lower())
        self._nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **attributes))
        return output

    def constant(self, value: NDArray[Any] | float) -> str:
        """A constant; plain numbers become float64 scalars."""
        name = self._new("constant")
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def cast(self, value: str, precision: Precision) -> str:
        """To 32 or 64 bits."""
        return self.op("Cast", value, to=_TYPES[precision])

    def as_column(self, value: str) -> str:
        """[N] or [N, 1] -> [N, 1]."""
        return self.op("Reshape", value, self.constant(np.array([-1, 1], np.int64)))

    def columns(self, value: str, indices: Sequence[int]) -> str:
        """[N, k] -> [N, m]: the columns of these numbers, in this order."""
        return self.op("Gather", value, self.constant(np.array(indices, np.int64)), axis=1)

    def trees(self, value: str, trees: Trees) -> str:
        """The sum of trees of [N, n], as [N, 1]. Compares in 64 bits, after rounding to 32 where the model does."""
        if trees.in_float32:
            value = self.cast(self.cast(value, "float"), "double")
        total = self.op("TreeEnsembleRegressor", value, domain="ai.onnx.ml", **_tree_attributes(trees))
        return self.op("Add", self.cast(total, "double"), self.constant(trees.bias))

    def splice(self, model: onnx.ModelProto, value: str, output: str) -> str:
        """Add the nodes of a converted model with one input; `output` is the name of the one that is wanted."""
        used = {each.domain: each.version for each in model.opset_import}
        if any(version > OPSETS.get(domain, 0) for domain, version in used.items()) or model.functions:
            raise NotConvertible("its converter used operators that are too new")
        if len(model.graph.input) != 1:
            raise NotConvertible("its converted graph has more than one input")
        prefix = self._new("part")
        graph = compose.add_prefix(model, prefix).graph
        self._nodes.append(helper.make_node("Identity", [value], [graph.input[0].name]))
        self._nodes.extend(graph.node)
        self._constants.extend(graph.initializer)
        return prefix + output

    def finish(self, value: str) -> bytes:
        """The whole model: input "features" [N, n], output "output" [N, 1], both float64."""
        self._nodes.append(helper.make_node("Identity", [value], ["output"]))
        graph = helper.make_graph(
            self._nodes,
            "scoring",
            [helper.make_tensor_value_info(self.input, TensorProto.DOUBLE, ["N", self._input_size])],
            [helper.make_tensor_value_info("output", TensorProto.DOUBLE, ["N", 1])],
            self._constants,
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="flask-credit-api")
        try:
            onnx.checker.check_model(model)
        except onnx.checker.ValidationError as error:
            raise NotConvertible("its converted graph is not valid ONNX") from error
        return bytes(model.SerializeToString())

    def _new(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"


def _tree_attributes(trees: Trees) -> dict[str, Any]:
    """Attributes of TreeEnsembleRegressor (ai.onnx.ml 3): one flat list over all nodes, one over all leaves."""
    sizes = [len(tree.left) for tree in trees.trees]
    left = np.concatenate([tree.left for tree in trees.trees])
    right = np.concatenate([tree.right for tree in trees.trees])
    value = np.concatenate([tree.value for tree in trees.trees])
    threshold = np.concatenate([tree.threshold for tree in trees.trees])
    is_leaf = left == LEAF
    tree_ids = np.repeat(np.arange(len(sizes)), sizes)
    node_ids = np.concatenate([np.arange(size) for size in sizes])
    return {
        "n_targets": 1,
        "nodes_treeids": tree_ids.tolist(),
        "nodes_nodeids": node_ids.tolist(),
        "nodes_featureids": np.concatenate([tree.feature for tree in trees.trees]).tolist(),
        "nodes_modes": np.where(is_leaf, "LEAF", "BRANCH_LT").tolist(),
        "nodes_values_as_tensor": numpy_helper.from_array(np.where(is_leaf, 0.0, threshold), "thresholds"),
        "nodes_truenodeids": np.where(is_leaf, 0, left).tolist(),
        "nodes_falsenodeids": np.where(is_leaf, 0, right).tolist(),
        "nodes_missing_value_tracks_true": np.concatenate(
            [tree.missing_left.astype(np.int64) for tree in trees.trees]
        ).tolist(),
        "target_treeids": tree_ids[is_leaf].tolist(),
        "target_nodeids": node_ids[is_leaf].tolist(),
        "target_ids": [0] * int(is_leaf.sum()),
        "target_weights_as_tensor": numpy_helper.from_array(value[is_leaf], "leaves"),
    }

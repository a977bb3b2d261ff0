"""Bundles as nobody should ever load them: each is promoted, and each is wrong in its own way.

`TAMPERED` needs no key of the bank's: what somebody can do who may write into the bucket. `SIGNED` is worse: what a
bundle may hold that a trusted key signed. Wherever one holds code, running it leaves the canary.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable

import numpy as np
from onnx import TensorProto, helper

from model_store.signing import SigningKey
from tests.fakes.bundles import model_json
from tests.fakes.machine import NAME
from tests.fakes.tampering import SWITCH, VERSION, Case

Tamper = Callable[[Case], None]
LIGHTGBM_TEXT = b"""tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=Column_0 Column_1
feature_infos=[0:1] [0:1]
tree_sizes=300

Tree=0
num_leaves=2
num_cat=0
split_feature=0
split_gain=1
threshold=0.5
decision_type=2
left_child=-1
right_child=-2
leaf_value=-1 1
leaf_weight=1 1
leaf_count=1 1
internal_value=0
internal_weight=2
internal_count=2
is_linear=0
shrinkage=1


end of trees
"""
"""A model that is as it should be."""


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _unsigned(case: Case) -> None:
    case.rewrite(lambda plain: plain.update(signature=None))


def _signature(**fields: str) -> Tamper:
    return lambda case: case.rewrite(lambda plain: plain["signature"].update(fields))


def _of_version_1(case: Case) -> None:
    older = json.loads(case.artifacts.objects[f"{NAME}/versions/1/manifest.json"])["signature"]
    case.rewrite(lambda plain: plain.update(signature=older))


def _by_a_stranger_as_a_trusted_one(case: Case) -> None:
    case.rewrite(lambda plain: None, case.stranger)
    case.rewrite(lambda plain: plain["signature"].update(key_id=case.trusted.key_id))


def _missing(case: Case) -> None:
    del case.artifacts.objects[f"{VERSION}/model.onnx"]


def _graph_of(version: str) -> Tamper:
    return lambda case: case.put("model.onnx", case.artifacts.objects[f"{version}/model.onnx"])


def _another_models(case: Case) -> None:
    case.artifacts.objects[SWITCH] = case.artifacts.objects["traditional/manifest.json"]


def _native(case: Case, key: SigningKey | None = None) -> None:
    """A bundle that is to be served by its framework, and whose pickle is hostile."""
    data = case.hostile_pickle()
    case.put("model.pkl", data)
    entry = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    changed = {"converted": False, "parity": None, "not_converted_because": "no reason", "files": {"model.pkl": entry}}
    case.rewrite(lambda plain: plain.update(changed), key)


def _flat(file: str) -> Tamper:
    def tamper(case: Case) -> None:
        del case.artifacts.objects[SWITCH]
        case.artifacts.objects[f"{NAME}/{file}"] = case.hostile_pickle()
        if file != "model.pkl":
            case.artifacts.objects[f"{NAME}/model.json"] = model_json(1.0, 1.0)

    return tamper


def _flat_prepared(case: Case) -> None:
    """A good model behind a preparation that is hostile: it is opened, and not executed."""
    del case.artifacts.objects[SWITCH]
    case.artifacts.objects[f"{NAME}/model.txt"] = LIGHTGBM_TEXT
    case.artifacts.objects[f"{NAME}/prepare.joblib"] = case.hostile_pickle()


def _native_prepared(case: Case) -> None:
    """A signed bundle that is to be served by its frameworks, and whose preparation is hostile."""
    files = {"model.txt": LIGHTGBM_TEXT, "prepare.joblib": case.hostile_pickle()}
    entries = {}
    for name, data in files.items():
        case.put(name, data)
        entries[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    changed = {"converted": False, "parity": None, "not_converted_because": "no reason", "files": entries}
    case.rewrite(lambda plain: plain.update(changed), case.trusted)


def _circular() -> bytes:
    """A tree that leads back to its root for ever."""
    return LIGHTGBM_TEXT.replace(b"left_child=-1", b"left_child=0")


def _flat_text(data: bytes) -> Tamper:
    def tamper(case: Case) -> None:
        del case.artifacts.objects[SWITCH]
        case.artifacts.objects[f"{NAME}/model.txt"] = data

    return tamper


def _outside(case: Case) -> None:
    entry = {"sha256": "0" * 64, "bytes": 1}
    case.raw_switch(lambda plain: plain["files"].update({"../../../canary": entry}))


def _wrong_golden(case: Case, key: SigningKey | None = None) -> None:
    case.rewrite(lambda plain: plain["golden"].update(outputs=[0.5] * len(plain["golden"]["outputs"])), key)


def _external(case: Case) -> bytes:
    """A graph whose weights lie in another file of the host."""
    weights = helper.make_tensor("weights", TensorProto.DOUBLE, [2, 1], np.zeros(2).tobytes(), raw=True)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=str(case.canary.parent / "secret"))
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["features", "weights"], ["output"])],
        "model",
        [helper.make_tensor_value_info("features", TensorProto.DOUBLE, ["N", 2])],
        [helper.make_tensor_value_info("output", TensorProto.DOUBLE, ["N", 1])],
        [weights],
    )
    (case.canary.parent / "secret").write_bytes(np.zeros(2).tobytes())
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    ).SerializeToString()
    return made


def _bomb() -> bytes:
    """Arrays that unpack to 600 MB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("coefficients.npy", "w") as file:
        for _ in range(600):
            file.write(bytes(1 << 20))
    return packed.getvalue()


TAMPERED: dict[str, Tamper] = {
    "unsigned": _unsigned,
    "signed by a stranger": lambda case: case.rewrite(lambda plain: None, case.stranger),
    "signed by a stranger who gives a trusted key's name": _by_a_stranger_as_a_trusted_one,
    "with the signature of another version": _of_version_1,
    "with a signature of zeros": _signature(value="A" * 86 + "=="),
    "with a graph cut short": lambda case: case.put("model.onnx", case.file("model.onnx")[:-9]),
    "with one flipped bit in the graph": lambda case: case.put("model.onnx", _flipped(case.file("model.onnx"))),
    "with a graph that goes on": lambda case: case.put("model.onnx", case.file("model.onnx") + b"\0"),
    "with an empty graph": lambda case: case.put("model.onnx", b""),
    "without its graph": _missing,
    "with the graph of the version before": _graph_of(f"{NAME}/versions/1"),
    "with the graph of another model": _graph_of("traditional/versions/1"),
    "with a stranger's graph that its manifest vouches for": lambda case: case.instead(
        "model.onnx", case.artifacts.objects["traditional/versions/1/model.onnx"]
    ),
    "with golden outputs made to fit": _wrong_golden,
    "with other log-odds for a model alone": lambda case: case.rewrite(lambda plain: plain.update(alone=[-9.0, 1.0])),
    "with a manifest cut short": lambda case: case.artifacts.objects.update(
        {SWITCH: case.artifacts.objects[SWITCH][:-20]}
    ),
    "with one flipped bit in the switch": lambda case: case.artifacts.objects.update(
        {SWITCH: case.artifacts.objects[SWITCH].replace(b'"format": 1', b'"format": 3')}
    ),
    "behind the switch of another model": _another_models,
    "behind a switch that names another digest": lambda case: case.raw_switch(
        lambda plain: plain["changes"][-1].update(digest="0" * 64)
    ),
    "behind a switch whose manifest is of the version before": lambda case: case.raw_switch(
        lambda plain: plain.update(json.loads(case.artifacts.objects[f"{NAME}/versions/1/manifest.json"]))
    ),
    "with a file outside of its folder": _outside,
    "with a hostile pickle to be served natively": _native,
    "with hostile arrays for attributions": lambda case: case.put("linear.npz", case.hostile_arrays("coefficients")),
    "with hostile arrays that its manifest vouches for": lambda case: case.instead(
        "linear.npz", case.hostile_arrays("coefficients")
    ),
    "with a hostile validation set": lambda case: case.instead("validation.npz", case.hostile_arrays("rows")),
    "replaced by a hostile pickle lying flat": _flat("model.pkl"),
    "replaced by flat files with a hostile scaler": _flat("scaler.joblib"),
    "replaced by flat files with a hostile preparation": _flat_prepared,
    "replaced by a text that leads in circles": _flat_text(_circular()),
    "replaced by a text that is cut short": _flat_text(LIGHTGBM_TEXT[:-60]),
    "replaced by a text with a billion leaves": _flat_text(
        LIGHTGBM_TEXT.replace(b"num_leaves=2", b"num_leaves=1000000000")
    ),
}
SIGNED: dict[str, Tamper] = {
    "whose golden rows get other outputs": lambda case: _wrong_golden(case, case.trusted),
    "whose graph is a pickle": lambda case: case.instead("model.onnx", case.hostile_pickle(), case.trusted),
    "whose graph takes other features": lambda case: case.instead(
        "model.onnx", case.artifacts.objects["traditional/versions/1/model.onnx"], case.trusted
    ),
    "whose graph reads a file of the host": lambda case: case.instead("model.onnx", _external(case), case.trusted),
    "whose arrays are a pickle": lambda case: case.instead(
        "linear.npz", case.hostile_arrays("coefficients"), case.trusted
    ),
    "whose arrays unpack to more than a model can need": lambda case: case.instead("linear.npz", _bomb(), case.trusted),
    "whose pickle is hostile": lambda case: _native(case, case.trusted),
    "whose preparation is hostile": _native_prepared,
}

"""model.pt: TorchScript, a state dict, or a checkpoint. The only file with torch.

A TorchScript file is a program and runs as one; that is why this module is only ever used in the confined child.
A state dict is loaded with `weights_only=True`, which refuses anything but tensors and plain values.
"""

from __future__ import annotations

import io
import pickle
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from model_store.compile.config import Config
from model_store.compile.graph import OPSETS, Graph, NotConvertible, Precision
from model_store.compile.loaded import Loaded
from model_store.compile.report import NativeRefusedError, OutputKind
from model_store.compile.steps import FrameworkPart
from model_store.compile.wire import Array

ACTIVATIONS: dict[str, Callable[[], torch.nn.Module]] = {
    "relu": torch.nn.ReLU,
    "tanh": torch.nn.Tanh,
    "sigmoid": torch.nn.Sigmoid,
    "gelu": torch.nn.GELU,
    "elu": torch.nn.ELU,
    "selu": torch.nn.SELU,
    "silu": torch.nn.SiLU,
    "leaky_relu": torch.nn.LeakyReLU,
}
"""What may stand between Linear layers, with torch's default parameters. A net with others is saved as TorchScript."""
_SHAPE_ONLY = ("aten::squeeze", "aten::view", "aten::reshape", "aten::flatten", "aten::to", "aten::unsqueeze")
_NO_STATE_DICT = "Save the net as TorchScript (torch.jit.script) instead."


def load(path: Path, config: Config) -> tuple[Loaded, Config]:
    """Open model.pt; the config comes back completed by a checkpoint's own. Raises NativeRefusedError."""
    torch.set_num_threads(1)
    if _is_torchscript(path):
        return _torchscript(path, config), config
    try:
        given = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, OSError, EOFError, ValueError, KeyError, AttributeError) as error:
        raise NativeRefusedError(
            "model.pt is neither TorchScript nor a file of tensors and plain values: save the state dict "
            "(torch.save(net.state_dict(), ...)) or TorchScript, not the module itself."
        ) from error
    state, config = _state_dict(given, config)
    return _stack(state, config), config


def _is_torchscript(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


# ---------------------------------------------------------------- TorchScript


def _torchscript(path: Path, config: Config) -> Loaded:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated by torch, not by those who have such files
        try:
            module = torch.jit.load(path, map_location="cpu").eval()  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise NativeRefusedError("model.pt looks like TorchScript, but torch cannot load it.") from error
    weights = [parameter for parameter in module.parameters() if parameter.dim() == 2]
    size = weights[0].shape[1] if weights else config.input_size
    if size is None:
        raise NativeRefusedError("model.pt does not show how many features it takes: add input_size to config.json.")
    says: OutputKind = "probability_of_default" if _ends_in_sigmoid(module) else "score"
    return _loaded(module, size, says)


def _ends_in_sigmoid(module: torch.jit.ScriptModule) -> bool:
    """Whether the last thing that the program does with its numbers is a sigmoid."""
    output = next(iter(module.inlined_graph.outputs()))
    while output.node().kind() in _SHAPE_ONLY:
        output = next(iter(output.node().inputs()))
    return bool(output.node().kind() == "aten::sigmoid")


# ---------------------------------------------------------------- state dict and checkpoint


def _state_dict(given: object, config: Config) -> tuple[Mapping[str, torch.Tensor], Config]:
    if isinstance(given, Mapping) and isinstance(given.get("model_state_dict"), Mapping):
        model_config = given.get("model_config")
        said = dict(model_config) if isinstance(model_config, Mapping) else {}
        if "input_size" in given:
            said["input_size"] = given["input_size"]
        config = config.with_model_config(said, "model.pt (model_config)")
        given = given["model_state_dict"]
    if not isinstance(given, Mapping) or not given:
        raise NativeRefusedError("model.pt is neither a state dict nor a checkpoint with model_state_dict.")
    if not all(isinstance(name, str) and isinstance(each, torch.Tensor) for name, each in given.items()):
        raise NativeRefusedError(
            "model.pt holds a dict, but not of tensors by name: a checkpoint must have its weights in model_state_dict."
        )
    return given, config


def _stack(state: Mapping[str, torch.Tensor], config: Config) -> Loaded:
    linears = _linear_layers(state)
    if len(linears) > 1 and config.activation is None:
        raise NativeRefusedError(
            "model.pt is a state dict, which does not say which activation stands between its Linear layers: "
            'add "activation" to config.json (or to model_config in the checkpoint), for example '
            f'"activation": "relu". Known: {", ".join(ACTIVATIONS)}.'
        )
    layers: list[torch.nn.Module] = []
    for linear in linears:
        layers += [linear] if not layers else [_activation(config.activation or ""), linear]
    return _loaded(torch.nn.Sequential(*layers).eval(), linears[0].in_features, None)


def _activation(name: str) -> torch.nn.Module:
    plain = name.lower().removeprefix("torch.").removeprefix("nn.").replace("leakyrelu", "leaky_relu")
    if plain not in ACTIVATIONS:
        raise NativeRefusedError(f"activation {name!r} is not known; known: {', '.join(ACTIVATIONS)}. {_NO_STATE_DICT}")
    return ACTIVATIONS[plain]()


def _linear_layers(state: Mapping[str, torch.Tensor]) -> list[torch.nn.Linear]:
    """The Linear layers in the order of the dict; refused when anything else is in it."""
    layers: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in state.items():
        layer, _, role = name.rpartition(".")
        is_linear = (role == "weight" and tensor.dim() == 2) or (role == "bias" and tensor.dim() == 1)
        if not is_linear or not tensor.is_floating_point():
            raise NativeRefusedError(
                f"model.pt is a state dict with {name!r} of shape {list(tensor.shape)}: only Linear layers can be "
                f"rebuilt from one (fold a BatchNorm into the layer before it). {_NO_STATE_DICT}"
            )
        if not bool(torch.isfinite(tensor).all()):
            raise NativeRefusedError(f"model.pt: {name!r} holds numbers that are not finite.")
        layers.setdefault(layer, {})[role] = tensor
    linears: list[torch.nn.Linear] = []
    for layer, tensors in layers.items():
        weight, bias = tensors.get("weight"), tensors.get("bias")
        if weight is None or (bias is not None and bias.shape[0] != weight.shape[0]):
            raise NativeRefusedError(f"model.pt: {layer!r} is not a Linear layer. {_NO_STATE_DICT}")
        if linears and linears[-1].out_features != weight.shape[1]:
            raise NativeRefusedError(
                f"model.pt: {layer!r} takes {weight.shape[1]} values, but the layer before it gives "
                f"{linears[-1].out_features}: the layers are not one stack in order. {_NO_STATE_DICT}"
            )
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, dtype=_precision(weight))
        linear.load_state_dict(tensors)
        linears.append(linear)
    if linears[-1].out_features != 1:
        raise NativeRefusedError(f"model.pt gives {linears[-1].out_features} outputs for a row; expected one.")
    return linears


def _precision(weight: torch.Tensor) -> torch.dtype:
    return torch.float64 if weight.dtype == torch.float64 else torch.float32


# ---------------------------------------------------------------- both


def _loaded(module: torch.nn.Module, size: int, says: OutputKind | None) -> Loaded:
    parameter = next(module.parameters(), None)
    precision = torch.float32 if parameter is None else _precision(parameter)

    def native(rows: Array) -> Array:
        with torch.inference_mode():
            try:
                outputs = module(torch.from_numpy(np.ascontiguousarray(rows)).to(precision))
            except (RuntimeError, torch.jit.Error) as error:
                raise NativeRefusedError(
                    f"model.pt fails on rows of {rows.shape[1]} features: is input_size right?"
                ) from error
        if not isinstance(outputs, torch.Tensor) or outputs.numel() != len(rows):
            raise NativeRefusedError("model.pt must give one number for each row, as a tensor [N, 1] or [N].")
        return outputs.to(torch.float64).reshape(-1, 1).numpy()

    def convert(graph: Graph, value: str) -> str:
        model = _export(module, torch.zeros(2, size, dtype=precision))
        in_graph: Precision = "double" if precision == torch.float64 else "float"
        output = graph.splice(model, graph.cast(value, in_graph), model.graph.output[0].name)
        return graph.as_column(graph.cast(output, "double"))

    return Loaded(
        file="model.pt",
        part=FrameworkPart(native, convert),
        framework="torch",
        versions={"torch": torch.__version__},
        input_size=size,
        says=says,
    )


def _export(module: torch.nn.Module, example: torch.Tensor) -> onnx.ModelProto:
    written = io.BytesIO()
    options: dict[str, Any] = {"dynamic_axes": {"x": {0: "N"}, "y": {0: "N"}}, "dynamo": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further package is the deprecated one
        try:
            torch.onnx.export(
                module,
                (example,),
                written,  # type: ignore[arg-type] # a buffer will do
                input_names=["x"],
                output_names=["y"],
                opset_version=OPSETS[""],
                **options,
            )
        except Exception as error:  # the exporter's errors share no class
            raise NotConvertible(f"torch's exporter failed ({type(error).__name__})") from error
    return onnx.load_from_string(written.getvalue())

"""The peer: FastAPI and ONNX Runtime with the same models. It looks nothing up and stores nothing.

As fast as the frameworks' documentation has it: a typed body for each route, coroutines, sessions on one thread.
PEER_MODELS names a folder with `<model>.onnx` files and `models.json`: what each graph gives, and the score scale.
"""

import json
import math
import os
from pathlib import Path
from typing import Annotated

import numpy as np
import onnxruntime
from fastapi import FastAPI  # also in the peer's own environment
from pydantic import BaseModel, Field

TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64}

folder = Path(os.environ["PEER_MODELS"])
described = json.loads((folder / "models.json").read_text())
outputs, scale = described["outputs"], described["scale"]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
sessions = {name: onnxruntime.InferenceSession(folder / f"{name}.onnx", options) for name in outputs}
types = {name: TYPES[session.get_inputs()[0].type] for name, session in sessions.items()}
app = FastAPI()


class Application(BaseModel):
    """The inputs of the new customers' model."""

    xgboost: Annotated[list[float], Field(min_length=6, max_length=6)]


class Account(BaseModel):
    """The inputs of the existing customers' two models."""

    traditional: Annotated[list[float], Field(min_length=5, max_length=5)]
    social: Annotated[list[float], Field(min_length=3, max_length=3)]


class New(BaseModel):
    """A request of the one-model route."""

    customer_id: str
    features: Application


class Existing(BaseModel):
    """A request of the two-model route."""

    customer_id: str
    features: Account


def score(name: str, row: list[float]) -> float:
    """The points that a model gives."""
    value = float(sessions[name].run(("output",), {"features": np.array([row], types[name])})[0][0, 0])
    log_odds = math.log(value / (1 - value)) if outputs[name] == "probability_of_default" else value
    points: float = scale["base_points"] - scale["pdo"] * (log_odds + math.log(scale["base_odds"])) / math.log(2)
    held: float = min(max(points, scale["low"]), scale["high"])
    return round(held, 1)


async def health() -> dict[str, str]:
    """Say that this process answers."""
    return {"status": "ok"}


async def new(body: New) -> dict[str, object]:
    """Score by one model."""
    return {"customer_id": body.customer_id, "score": score("xgboost", body.features.xgboost), "model": "xgboost"}


async def existing(body: Existing) -> dict[str, object]:
    """Score by two models and their mean."""
    traditional, social = score("traditional", body.features.traditional), score("social", body.features.social)
    models = [{"model": "traditional", "score": traditional}, {"model": "social", "score": social}]
    mean = round((traditional + social) / 2, 1)
    return {"customer_id": body.customer_id, "aggregated_score": mean, "models": models}


app.add_api_route("/health", health)
app.add_api_route("/new", new, methods=["POST"])
app.add_api_route("/existing", existing, methods=["POST"])

"""model.txt: a LightGBM Booster. Read without LightGBM; where it is installed, it gives the outputs to compare with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from model_store.compile.lightgbm_text import BrokenText, read_text
from model_store.compile.loaded import Loaded
from model_store.compile.report import NativeRefusedError
from model_store.compile.rows import from_splits
from model_store.compile.steps import Additive, FrameworkPart, probability
from model_store.compile.trees import Trees
from model_store.compile.wire import Array


def load(path: Path, most_bytes: int) -> Loaded:
    """Open model.txt. Raises NativeRefusedError."""
    if path.stat().st_size > most_bytes:
        raise NativeRefusedError(f"{path.name} has more than {most_bytes:,} bytes.")
    try:
        text = path.read_bytes().decode("utf-8")
        model = read_text(text)
    except UnicodeDecodeError as error:
        raise NativeRefusedError(f"{path.name} is not a text that LightGBM saved with save_model.") from error
    except BrokenText as error:
        raise NativeRefusedError(f"{path.name} is refused: {error}.") from error
    closed_form = Additive(model.trees, is_through_sigmoid=True)
    native, versions = _by_lightgbm(text) or (_by_itself(model.trees), {})
    return Loaded(
        file=path.name,
        part=FrameworkPart(native, closed_form.add_to),
        framework="lightgbm",
        versions=versions,
        input_size=model.size,
        names=model.names,
        says="probability_of_default",
        closed_form=closed_form,
        plausible=from_splits(model.trees.split_points(model.size)),
        takes_missing=True,
    )


def _by_lightgbm(text: str) -> tuple[Callable[[Array], Array], dict[str, str]] | None:
    """LightGBM's own outputs [N, 1] and its version; None on a machine that only serves, which needs no LightGBM."""
    try:
        import lightgbm
    except ImportError:
        return None
    try:
        booster = lightgbm.Booster(params={"num_threads": 1, "verbosity": -1}, model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise NativeRefusedError("model.txt is a text that LightGBM itself cannot read.") from error

    def native(rows: Array) -> Array:
        return np.asarray(booster.predict(rows, num_threads=1), np.float64).reshape(-1, 1)

    return native, {"lightgbm": lightgbm.__version__}


def _by_itself(trees: Trees) -> Callable[[Array], Array]:
    return lambda rows: probability(trees.run(rows))

"""What a model's output means, and whether its values on plausible rows agree with that."""

from __future__ import annotations

import numpy as np

from model_store.compile.loaded import Loaded
from model_store.compile.report import NativeRefusedError, OutputKind
from model_store.compile.wire import Array
from scoring.scale import ScoreScale

_LARGEST_LOG_ODDS = 50.0
"""A PD of 1e-22: no model means that. Points are hundreds, log-odds are not."""
_DECLARE = 'Declare what it gives: "output": "probability_of_default", "logit" or "score" in config.json'


def settle(
    loaded: Loaded, declared: OutputKind | None, *, gives_scaled_score: bool, outputs: Array
) -> tuple[OutputKind, list[str]]:
    """(output kind, notes). `outputs`: of the model on plausible rows, through the score scaler if there is one.

    What is declared counts, unless the file shows otherwise. A score scaler makes it a score. Else the file decides: a
    classifier or a net that ends in a sigmoid gives a PD, a regressor a score. A state dict ends in a linear layer and
    shows neither. Values of hundreds can only be points. Other values can only be log-odds, for which "a PD after a
    sigmoid" and "a logit" are one function; unless all lie in 0 to 1, where a scaled score and a PD would lie too: that
    is refused.
    """
    if gives_scaled_score:
        if declared not in (None, "score") or (loaded.says == "probability_of_default" and loaded.framework != "torch"):
            given = declared if declared not in (None, "score") else "probability_of_default"
            raise NativeRefusedError(
                f"scaler.joblib was fitted on one column, the score, but {loaded.file} gives "
                f"{_WORDS[given]}: expected a scaler of all features, or none."
            )
        return "score", []
    if loaded.says is not None:
        if declared is not None and declared != loaded.says and loaded.says != "score":
            raise NativeRefusedError(
                f"config.json says the output is {_WORDS[declared]}, but {loaded.file} gives {_WORDS[loaded.says]}."
            )
        return declared or loaded.says, []
    if declared is not None:
        return declared, []
    if np.median(np.abs(outputs)) > _LARGEST_LOG_ODDS:
        return "score", ["output was not declared; values too large for log-odds are taken as points."]
    if _share(outputs, 0, 1) == 1:
        raise NativeRefusedError(
            f"{loaded.file} is a state dict whose last layer gives {_range(outputs)} on plausible rows, which could be "
            f"log-odds, a probability or a scaled score. {_DECLARE} (or in the checkpoint's model_config)."
        )
    return "probability_of_default", [
        "output was not declared; the last layer's values are taken as log-odds of default."
    ]


def check(loaded: Loaded, kind: OutputKind, outputs: Array, scale: ScoreScale, *, rows_are_known: bool) -> None:
    """NativeRefusedError when values on plausible rows contradict the kind.

    A PD lies in 0 to 1. Log-odds lie around 0, and not all in 0 to 1. Half of the scores or more lie on the scale.
    """
    as_log_odds = kind == "logit" or (kind == "probability_of_default" and loaded.says is None)
    if kind == "probability_of_default" and not as_log_odds and _share(outputs, 0, 1) < 1:
        expected = "a probability of default lies between 0 and 1"
    elif as_log_odds and np.median(np.abs(outputs)) > _LARGEST_LOG_ODDS:
        expected = "log-odds of default lie around 0, mostly between -14 and 14"
    elif kind == "logit" and _share(outputs, 0, 1) == 1:
        expected = "log-odds of default are not all between 0 and 1, which would mean that most applicants default"
    elif kind == "score" and _share(outputs, scale.low, scale.high) < 0.5:
        expected = f"a score in points lies between {scale.low:g} and {scale.high:g}"
    else:
        return
    hint = "" if rows_are_known else (
        ' Nothing told where its features lie, so rows between 0 and 1 were tried; if it takes other values, add '
        '"reference" (one typical row) or "features" with minimum and maximum to config.json.'
    )  # fmt: skip
    raise NativeRefusedError(f"{loaded.file} gives {_range(outputs)} on plausible rows; {expected}. {_DECLARE}.{hint}")


_WORDS: dict[OutputKind, str] = {
    "probability_of_default": "a probability of default",
    "logit": "log-odds of default (logit)",
    "score": "a score",
}


def _share(values: Array, low: float, high: float) -> float:
    return float(np.mean((values >= low) & (values <= high)))


def _range(values: Array) -> str:
    return f"{values.min():.4g} to {values.max():.4g}"

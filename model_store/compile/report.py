"""What became of one model's native files, and why they were refused. Parent and child share these words and names."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

OutputKind = Literal["probability_of_default", "logit", "score"]
ReferenceSource = Literal["config", "scaler mean", "split medians", "zeros"]
FEWEST_GOLDEN_ROWS = 16
MODEL_FILES = ("model.pt", "model.pkl", "model.json", "model.txt")
PREPARE = "prepare.joblib"
"""What makes a model's input of the coded rows, fitted: imputing, scaling, one column for each category."""
NATIVE_FILES = (*MODEL_FILES, PREPARE, "scaler.joblib", "config.json")
ONNX, TREES, LINEAR = "model.onnx", "trees.npz", "linear.npz"
REPORT, REFUSED = "report.json", "refused.txt"
"""What a child leaves beside converted files: the one or the other."""


class NativeRefusedError(Exception):
    """The native files are not a model that may serve; the message tells an operator what was expected."""


@dataclass(frozen=True)
class CompileReport:
    """One model, opened and checked.

    `features`: feature objects from config.json (the fields of scoring.features.Feature), possibly none.
    `output`: the unit of `golden_outputs` and of the graph: a PD, log-odds of default, or points.
    `scale`: the score scale from config.json (the fields of scoring.scale.ScoreScale), or None.
    `golden_rows` [G, n]: plausible inputs, NaN where missing; `golden_outputs` [G]: the framework's own results on
    them, calibration included. `parity`: the largest |onnx - native| on them, None without a graph.
    `reference_row` [n]: the applicant that contributions are told against, NaN where the model takes the gap itself.
    `alone`: (intercept, slope) applied to the log-odds when the model answers alone where a route asks several.
    `notes`: what was concluded and not declared, in sentences for an operator.
    """

    input_size: int
    feature_names: list[str]
    features: list[dict[str, Any]]
    output: OutputKind
    scale: dict[str, float] | None
    converted: bool
    not_converted_because: str | None
    framework: str
    library_versions: dict[str, str]
    golden_rows: list[list[float]]
    golden_outputs: list[float]
    parity: float | None
    reference_row: list[float]
    reference_source: ReferenceSource
    alone: list[float]
    notes: list[str]

    def to_json(self) -> bytes:
        """JSON, with null for a missing value."""
        plain = asdict(self)
        plain["golden_rows"] = [_with_nulls(row) for row in self.golden_rows]
        plain["reference_row"] = _with_nulls(self.reference_row)
        return json.dumps(plain, allow_nan=False, indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> CompileReport:
        """Read what `to_json` wrote. ValueError if it is anything else: the child's word is data, not trusted."""
        plain = json.loads(data)
        if not isinstance(plain, dict) or plain.keys() != {field.name for field in fields(cls)}:
            raise ValueError("other fields than a report has")
        wrong = [name for name, holds in _FIELDS.items() if not holds(plain[name])]
        if wrong:
            raise ValueError(f"not usable in a report: {', '.join(wrong)}")
        rows = plain["golden_rows"]
        widths = {plain["input_size"], len(plain["feature_names"]), len(plain["reference_row"]), *map(len, rows)}
        if len(widths) != 1 or len(rows) != len(plain["golden_outputs"]) or len(plain["alone"]) != 2:
            raise ValueError("lists of lengths that do not belong together")
        if plain["converted"] != (plain["parity"] is not None):
            raise ValueError("a graph without parity, or parity without a graph")
        plain["golden_rows"] = [_with_nans(row) for row in rows]
        plain["reference_row"] = _with_nans(plain["reference_row"])
        return cls(**plain)


def _with_nulls(row: Sequence[float]) -> list[float | None]:
    return [None if math.isnan(x) else x for x in row]


def _with_nans(row: Sequence[float | None]) -> list[float]:
    return [math.nan if x is None else float(x) for x in row]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_row(value: object) -> bool:
    return isinstance(value, list) and all(x is None or _is_number(x) for x in value)


def _are_rows(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_row, value))


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "input_size": lambda v: isinstance(v, int) and not isinstance(v, bool) and v > 0,
    "feature_names": _are_texts,
    "features": lambda v: isinstance(v, list) and all(isinstance(each, dict) for each in v),
    "output": lambda v: v in get_args(OutputKind),
    "scale": lambda v: v is None or (isinstance(v, dict) and all(map(_is_number, v.values()))),
    "converted": lambda v: isinstance(v, bool),
    "not_converted_because": lambda v: v is None or isinstance(v, str),
    "framework": lambda v: isinstance(v, str),
    "library_versions": lambda v: isinstance(v, dict) and all(isinstance(each, str) for each in v.values()),
    "golden_rows": lambda v: _are_rows(v) and len(v) >= FEWEST_GOLDEN_ROWS,
    "golden_outputs": _are_numbers,
    "parity": lambda v: v is None or (_is_number(v) and v >= 0),
    "reference_row": _is_row,
    "reference_source": lambda v: v in get_args(ReferenceSource),
    "alone": _are_numbers,
    "notes": _are_texts,
}

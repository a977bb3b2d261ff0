"""config.json (and a checkpoint's model_config): what the model files themselves do not say."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast, get_args

from model_store.compile.categories import LONGEST_CATEGORY, MOST_CATEGORIES, categories_problem
from model_store.compile.report import NativeRefusedError, OutputKind
from scoring.features import Feature
from scoring.scale import ScoreScale

Line = tuple[float, float]
"""(intercept, slope) of a straight line in log-odds of default."""


@dataclass(frozen=True)
class Config:
    """Every key that this service reads; None or empty where nothing was said. Unknown keys are ignored.

    `reference` holds NaN where the model takes a gap, and the codes of categories.
    """

    input_size: int | None = None
    feature_names: tuple[str, ...] | None = None
    features: tuple[Feature, ...] = ()
    activation: str | None = None
    output: OutputKind | None = None
    score_scale: ScoreScale | None = None
    calibration: Line | None = None
    alone: Line = (0.0, 1.0)
    reference: tuple[float, ...] | None = None

    @property
    def scale(self) -> ScoreScale:
        """The score scale that points are judged by."""
        return self.score_scale or ScoreScale()

    def with_model_config(self, said: Mapping[str, object], source: str) -> Config:
        """This config completed by what a checkpoint says. NativeRefusedError where the two disagree."""
        keys = ("input_size", "feature_names", "activation", "output")
        told = _read({key: said[key] for key in keys if key in said}, source)
        completed = self
        for key in keys:
            ours, theirs = getattr(self, key), getattr(told, key)
            if ours is not None and theirs is not None and ours != theirs:
                raise NativeRefusedError(f"config.json says {key} {ours!r}, {source} says {theirs!r}: make them agree.")
            if ours is None:
                completed = replace(completed, **{key: theirs})
        return completed


def read_config(path: Path) -> Config:
    """Read config.json; a missing file says nothing. NativeRefusedError names the key and what it must be."""
    if not path.exists():
        return Config()
    try:
        plain = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NativeRefusedError("config.json is not valid JSON.") from error
    if not isinstance(plain, dict):
        raise NativeRefusedError("config.json must hold one JSON object.")
    return _read(plain, "config.json")


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _read(plain: Mapping[str, Any], source: str) -> Config:
    values: dict[str, Any] = {}
    for key, (read, expected) in _READERS.items():
        if plain.get(key) is not None:
            try:
                values[key] = read(plain[key])
            except (TypeError, ValueError, KeyError, AttributeError) as error:
                raise NativeRefusedError(f"{source}: {key} must be {expected}.") from error
    return Config(**values)


def _size(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given <= 0:
        raise ValueError
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError
    return given


def _output(given: Any) -> OutputKind:
    if given not in get_args(OutputKind):
        raise ValueError
    return cast("OutputKind", given)


def _names(given: Any) -> tuple[str, ...]:
    names = tuple(map(_text, given))
    if isinstance(given, str) or not all(names) or len(set(names)) < len(names):
        raise ValueError
    return names


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise ValueError
    return float(given)


def _row(given: Any) -> tuple[float, ...]:
    """NaN where null is given."""
    return tuple(math.nan if each is None else _number(each) for each in given)


def _line(given: Any) -> Line:
    intercept, slope = _number(given["intercept"]), _number(given["slope"])
    if slope <= 0:
        raise ValueError
    return intercept, slope


def _scale(given: Any) -> ScoreScale:
    known = {field.name for field in fields(ScoreScale)}
    scale = ScoreScale(**{key: _number(value) for key, value in given.items() if key in known})
    if scale.pdo <= 0 or scale.base_odds <= 0 or scale.low >= scale.high:
        raise ValueError
    return scale


def _features(given: Any) -> tuple[Feature, ...]:
    _names([each["name"] for each in given])
    return tuple(map(_feature, given))


def _feature(given: Any) -> Feature:
    known = {field.name for field in fields(Feature)}
    plain = {key: value for key, value in given.items() if key in known and value is not None}
    if "categories" in plain:
        plain["categories"] = _categories(plain["categories"])
    feature = Feature(**plain)
    low, high = (None if bound is None else _number(bound) for bound in (feature.minimum, feature.maximum))
    flags = (feature.integer, feature.required, feature.protected)
    is_ordered = low is None or high is None or low <= high
    if (
        not is_ordered
        or not all(isinstance(flag, bool) for flag in flags)
        or not isinstance(feature.reason, str | None)
        or categories_problem(feature)
    ):
        raise ValueError
    return feature


def _categories(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple):
        raise TypeError
    return tuple(map(_text, given))


_FEATURES = (
    'a list of objects, each with a "name" of its own and, where wanted, minimum and maximum (numbers, in order), '
    "integer, required, protected (true or false), reason (text), or instead of a range categories (a list of 1 to "
    f"{MOST_CATEGORIES:,} different texts of up to {LONGEST_CATEGORY} printable characters)"
)
_LINE = 'an object {"intercept": number, "slope": number above 0}'
_READERS: dict[str, tuple[Callable[[Any], object], str]] = {
    "input_size": (_size, "a whole number above 0"),
    "feature_names": (_names, "a list of different names"),
    "features": (_features, _FEATURES),
    "activation": (_text, "the name of an activation, as text"),
    "output": (_output, f"one of {', '.join(get_args(OutputKind))}"),
    "score_scale": (_scale, "an object of numbers: base_points, base_odds and pdo (above 0), low below high"),
    "calibration": (_line, _LINE),
    "alone": (_line, _LINE),
    "reference": (_row, "a list of numbers, one for each feature, null where the model takes a gap"),
}

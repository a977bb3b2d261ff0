"""Routes, scale and policy as routes.toml declares them. A mistake is told with the line it stands on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import fsum, isfinite
from pathlib import Path
from typing import Any

from scoring.decision import Policy
from scoring.record import CustomerType
from scoring.scale import ScoreScale

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""Names of models and prediction types: they become folder names, metric labels and column values."""


class RoutesError(Exception):
    """routes.toml is wrong; the message names the file, the line and what was expected."""


@dataclass(frozen=True, slots=True)
class Route:
    """Which models score, with which shares (they sum to 1), and what happens when none of them can."""

    name: str
    models: tuple[str, ...]
    weights: tuple[float, ...]
    prediction_type: str
    fallback: Route | None = None


@dataclass(frozen=True)
class Routes:
    """The whole of routes.toml."""

    scale: ScoreScale
    policy: Policy
    by_customer_type: Mapping[CustomerType, Route]

    def model_names(self) -> tuple[str, ...]:
        """Every model that some route can use, in order of first mention."""
        every = list(self.by_customer_type.values())
        every += [route.fallback for route in every if route.fallback]
        return tuple(dict.fromkeys(model for route in every for model in route.models))


def load(path: Path) -> Routes:
    """Read and check a file. Raises RoutesError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RoutesError(f"{path.name}: cannot be read ({type(error).__name__})") from error
    return parse(text, path.name)


def parse(text: str, name: str = "routes.toml") -> Routes:
    """Read and check the text of a file called `name`. Raises RoutesError."""
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RoutesError(f"{name}: {error}") from error
    return _Reader(text, name).routes(plain)


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self._lines, self._name = text.splitlines(), name

    def routes(self, plain: dict[str, Any]) -> Routes:
        self._only(plain, "", {"scale", "policy", "routes"})
        scale = self._scale(self._table(plain, "", "scale", required=False))
        policy = self._policy(self._table(plain, "", "policy", required=False))
        routes = self._table(plain, "", "routes")
        self._only(routes, "routes", {"existing", "new"})
        read: dict[CustomerType, Route] = {
            "existing": self._route(self._table(routes, "routes", "existing"), "routes.existing"),
            "new": self._route(self._table(routes, "routes", "new"), "routes.new"),
        }
        return Routes(scale, policy, read)

    def _scale(self, table: dict[str, Any]) -> ScoreScale:
        self._only(table, "scale", {field.name for field in fields(ScoreScale)})
        scale = ScoreScale(**{key: self._number(table, "scale", key) for key in table})
        if scale.pdo <= 0:
            self._fail("scale", "pdo", "must be above 0")
        if scale.base_odds <= 0:
            self._fail("scale", "base_odds", "must be above 0")
        if scale.low >= scale.high:
            self._fail("scale", "high", "must be above low")
        return scale

    def _policy(self, table: dict[str, Any]) -> Policy:
        section = "policy"
        self._only(table, section, {field.name for field in fields(Policy)})
        values: dict[str, Any] = {
            key: self._number(table, section, key) for key in table if key not in ("bands", "lowest_band")
        }
        if "lowest_band" in table:
            values["lowest_band"] = self._text(table, section, "lowest_band")
        if "bands" in table:
            bands = self._table(table, section, "bands")
            numbers = [(name, self._number(bands, "policy.bands", name)) for name in bands]
            values["bands"] = tuple(sorted(numbers, key=lambda band: -band[1]))
        policy = Policy(**values)
        if policy.refer_from > policy.approve_from:
            self._fail(section, "refer_from", "must not be above approve_from")
        if policy.medium_risk_from > policy.low_risk_from:
            self._fail(section, "medium_risk_from", "must not be above low_risk_from")
        return policy

    def _route(self, table: dict[str, Any], section: str, is_fallback: bool = False) -> Route:
        allowed = {"models", "weights", "prediction_type"} | (set() if is_fallback else {"fallback"})
        self._only(table, section, allowed)
        models = self._list(table, section, "models")
        if not models or not all(isinstance(model, str) and NAME.fullmatch(model) for model in models):
            self._fail(section, "models", "must list at least one model by name (lower-case letters, digits, _)")
        if len(set(models)) != len(models):
            self._fail(section, "models", "names a model twice")
        prediction_type = self._text(table, section, "prediction_type")
        if not NAME.fullmatch(prediction_type):
            self._fail(section, "prediction_type", "must be lower-case letters, digits and _")
        fallback = None
        if "fallback" in table:
            inner = f"{section}.fallback"
            fallback = self._route(self._table(table, section, "fallback"), inner, is_fallback=True)
            if set(fallback.models) & set(models):
                self._fail(inner, "models", f"names a model that [{section}] uses already")
        return Route(section, tuple(models), self._weights(table, section, len(models)), prediction_type, fallback)

    def _weights(self, table: dict[str, Any], section: str, count: int) -> tuple[float, ...]:
        if "weights" not in table:
            return (1 / count,) * count
        weights = self._list(table, section, "weights")
        numbers = all(isinstance(w, int | float) and not isinstance(w, bool) and isfinite(w) for w in weights)
        if not numbers or any(w <= 0 for w in weights):
            self._fail(section, "weights", "must be numbers above 0")
        if len(weights) != count:
            self._fail(section, "weights", f"must be as many as models ({count}), not {len(weights)}")
        total = fsum(weights)
        return tuple(w / total for w in weights)

    # ------------------------------------------------------------ one value

    def _table(self, plain: dict[str, Any], section: str, key: str, required: bool = True) -> dict[str, Any]:
        if key not in plain:
            if required:
                self._fail(section, key, f"[{_path(section, key)}] is missing")
            return {}
        if not isinstance(plain[key], dict):
            self._fail(section, key, "must be a table")
        return dict(plain[key])

    def _list(self, table: dict[str, Any], section: str, key: str) -> list[Any]:
        value = table.get(key)
        if not isinstance(value, list):
            raise self._error(section, key, "must be a list" if key in table else f"{key} is missing")
        return value

    def _text(self, table: dict[str, Any], section: str, key: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value:
            self._fail(section, key, "must be text" if key in table else f"{key} is missing")
        return str(value)

    def _number(self, table: dict[str, Any], section: str, key: str) -> float:
        value = table[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self._fail(section, key, "must be a number")
        return float(value)

    def _only(self, table: dict[str, Any], section: str, allowed: set[str]) -> None:
        for key in table:
            if key not in allowed:
                self._fail(section, key, f"is not known here; known: {', '.join(sorted(allowed))}")

    def _fail(self, section: str, key: str, message: str) -> None:
        raise self._error(section, key, message)

    def _error(self, section: str, key: str, message: str) -> RoutesError:
        return RoutesError(f"{self._name}, line {self._line(section, key)}: {_path(section, key)}: {message}")

    def _line(self, section: str, key: str) -> int:
        """The line of a key, else of its section's header, else of the nearest parent's, else 1."""
        found: dict[str, int] = {}
        wanted, current = _path(section, key), ""
        for number, line in enumerate(self._lines, 1):
            if header := re.match(r"\s*\[([^\[\]]+)\]", line):
                current = _bare(header[1])
                found.setdefault(current, number)
            elif pair := re.match(r"""\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=""", line):
                found.setdefault(_path(current, _bare(pair[1])), number)
        while wanted and wanted not in found:
            wanted = wanted.rpartition(".")[0]
        return found.get(wanted, 1)


def _bare(key: str) -> str:
    return re.sub(r"""["']|\s*(\.)\s*""", r"\1", key.strip())


def _path(section: str, key: str) -> str:
    return f"{section}.{key}" if section else key

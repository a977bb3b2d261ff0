"""From the tables of routes.toml to routes, scale and policy."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from math import fsum
from typing import Any

from routing.checked_toml import CheckedToml, is_number
from routing.routes import NAME, RESERVED_ALIASES, Application, Challenger, Route, Routes, base_of
from scoring.decision import Policy
from scoring.record import CustomerType
from scoring.scale import ScoreScale

REFERENCE = re.compile(rf"{NAME.pattern}(@(?!({'|'.join(sorted(RESERVED_ALIASES))})$){NAME.pattern})?")


class RoutesReader:
    """Reads one file. Raises TomlError."""

    def __init__(self, toml: CheckedToml) -> None:
        self._toml = toml

    def routes(self) -> Routes:
        """The whole file."""
        toml, plain = self._toml, self._toml.plain
        toml.only(plain, "", {"scale", "policy", "routes", "applications"})
        scale = self._scale(toml.table(plain, "", "scale", required=False))
        policy = self._policy(toml.table(plain, "", "policy", required=False))
        routes = toml.table(plain, "", "routes")
        toml.only(routes, "routes", {"existing", "new"})
        read: dict[CustomerType, Route] = {
            "existing": self._route(toml.table(routes, "routes", "existing"), "routes.existing"),
            "new": self._route(toml.table(routes, "routes", "new"), "routes.new"),
        }
        declared = toml.table(plain, "", "applications", required=False)
        applications = {
            name: self._application(toml.table(declared, "applications", name), f"applications.{name}")
            for name in declared
        }
        return Routes(scale, policy, read, applications)

    def _application(self, table: dict[str, Any], section: str) -> Application:
        """One model scores: an aggregate has no threshold of its own."""
        toml, cut_offs = self._toml, ("decline_from_pd", "medium_risk_from_pd", "high_risk_from_pd")
        toml.only(table, section, {"models", "prediction_type", *cut_offs})
        route = self._champion(table, section)
        if len(route.models) != 1:
            toml.fail(section, "models", "must list one model")
        given = {key: toml.number(table, section, key) for key in cut_offs if key != "decline_from_pd" or key in table}
        if wrong := [key for key, value in given.items() if not 0 < value < 1]:
            toml.fail(section, wrong[0], "must be above 0 and below 1")
        if given["medium_risk_from_pd"] > given["high_risk_from_pd"]:
            toml.fail(section, "medium_risk_from_pd", "must not be above high_risk_from_pd")
        return Application(
            route, given.get("decline_from_pd"), given["medium_risk_from_pd"], given["high_risk_from_pd"]
        )

    def _scale(self, table: dict[str, Any]) -> ScoreScale:
        toml = self._toml
        toml.only(table, "scale", {field.name for field in fields(ScoreScale)})
        scale = ScoreScale(**{key: toml.number(table, "scale", key) for key in table})
        if scale.pdo <= 0:
            toml.fail("scale", "pdo", "must be above 0")
        if scale.base_odds <= 0:
            toml.fail("scale", "base_odds", "must be above 0")
        if scale.low >= scale.high:
            toml.fail("scale", "high", "must be above low")
        return scale

    def _policy(self, table: dict[str, Any]) -> Policy:
        toml, section = self._toml, "policy"
        toml.only(table, section, {field.name for field in fields(Policy)})
        values: dict[str, Any] = {
            key: toml.number(table, section, key) for key in table if key not in ("bands", "lowest_band")
        }
        if "lowest_band" in table:
            values["lowest_band"] = toml.text(table, section, "lowest_band")
        if "bands" in table:
            bands = toml.table(table, section, "bands")
            numbers = [(name, toml.number(bands, "policy.bands", name)) for name in bands]
            values["bands"] = tuple(sorted(numbers, key=lambda band: -band[1]))
        policy = Policy(**values)
        if policy.refer_from > policy.approve_from:
            toml.fail(section, "refer_from", "must not be above approve_from")
        if policy.medium_risk_from > policy.low_risk_from:
            toml.fail(section, "medium_risk_from", "must not be above low_risk_from")
        return policy

    def _route(self, table: dict[str, Any], section: str) -> Route:
        toml = self._toml
        toml.only(table, section, {"models", "weights", "prediction_type", "fallback", "challenger", "shadow"})
        route = self._champion(table, section)
        if "fallback" in table:
            inner = f"{section}.fallback"
            declared = toml.table(table, section, "fallback")
            toml.only(declared, inner, {"models", "weights", "prediction_type"})
            fallback = self._champion(declared, inner)
            if set(fallback.models) & set(route.models):
                toml.fail(inner, "models", f"names a model that [{section}] uses already")
            route = replace(route, fallback=fallback)
        challenger = (
            self._challenger(route, toml.table(table, section, "challenger")) if "challenger" in table else None
        )
        shadow = self._shadow(route, toml.table(table, section, "shadow")) if "shadow" in table else None
        return replace(route, challenger=challenger, shadow=shadow)

    def _champion(self, table: dict[str, Any], section: str) -> Route:
        models = self._models(table, section, NAME, "by name (lower-case letters, digits, _)")
        prediction_type = self._toml.text(table, section, "prediction_type")
        if not NAME.fullmatch(prediction_type):
            self._toml.fail(section, "prediction_type", "must be lower-case letters, digits and _")
        return Route(section, models, self._weights(table, section, len(models)), prediction_type)

    def _challenger(self, champion: Route, table: dict[str, Any]) -> Challenger:
        """A challenger answers under its route's prediction type: clients depend on that."""
        toml, section = self._toml, f"{champion.name}.challenger"
        toml.only(table, section, {"models", "weights", "share", "salt"})
        share = toml.number(table, section, "share")
        if not 0 <= share <= 1:
            toml.fail(section, "share", "must be from 0 to 1")
        salt = toml.text(table, section, "salt") if "salt" in table else ""
        return Challenger(self._trial(champion, table, section, champion), share, salt)

    def _shadow(self, champion: Route, table: dict[str, Any]) -> Route:
        section = f"{champion.name}.shadow"
        self._toml.only(table, section, {"models", "weights"})
        return self._trial(champion, table, section, None)

    def _trial(self, champion: Route, table: dict[str, Any], section: str, fallback: Route | None) -> Route:
        models = self._models(table, section, REFERENCE, "by name or as name@alias (lower-case letters, digits, _)")
        return Route(
            section, models, self._weights(table, section, len(models)), champion.prediction_type, fallback=fallback
        )

    def _models(self, table: dict[str, Any], section: str, form: re.Pattern[str], said: str) -> tuple[str, ...]:
        models = self._toml.items(table, section, "models")
        if not models or not all(isinstance(model, str) and form.fullmatch(model) for model in models):
            self._toml.fail(section, "models", f"must list at least one model {said}")
        if len(set(map(base_of, models))) != len(models):
            self._toml.fail(section, "models", "names a model twice")
        return tuple(models)

    def _weights(self, table: dict[str, Any], section: str, count: int) -> tuple[float, ...]:
        if "weights" not in table:
            return (1 / count,) * count
        weights = self._toml.items(table, section, "weights")
        if not all(map(is_number, weights)) or any(w <= 0 for w in weights):
            self._toml.fail(section, "weights", "must be numbers above 0")
        if len(weights) != count:
            self._toml.fail(section, "weights", f"must be as many as models ({count}), not {len(weights)}")
        total = fsum(weights)
        return tuple(w / total for w in weights)

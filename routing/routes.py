"""Routes, scale and policy as routes.toml declares them: who is scored by which models."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path

from routing.checked_toml import CheckedToml, TomlError
from scoring.decision import PdCutOffs, Policy
from scoring.record import CustomerType
from scoring.scale import ScoreScale, log_odds_of

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""Names of models and prediction types: they become folder names, metric labels and column values."""
RESERVED_ALIASES = frozenset({"manifest", "model", "config"})
"""No aliases: `<name>/model.json` and `config.json` may be native files, `manifest.json` is the champion's switch."""


class RoutesError(Exception):
    """routes.toml is wrong; the message names the file, the line and what was expected."""


def base_of(reference: str) -> str:
    """The model's own name: of "xgboost@challenger" "xgboost", as inputs, records and answers call it."""
    return reference.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Route:
    """Which models score, with which shares (they sum to 1), and which route takes over when none of them can.

    `models` are references (`routing.ports.ModelStore`), `names` their own names in the same order, `asked` name ->
    weight, as records hold it.
    A challenger's `fallback` is the route that it challenges.
    """

    name: str
    models: tuple[str, ...]
    weights: tuple[float, ...]
    prediction_type: str
    fallback: Route | None = None
    challenger: Challenger | None = None
    shadow: Route | None = None
    names: tuple[str, ...] = field(init=False)
    asked: Mapping[str, float] = field(init=False, hash=False)

    def __post_init__(self) -> None:
        names = tuple(map(base_of, self.models))
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "asked", dict(zip(names, self.weights, strict=True)))


@dataclass(frozen=True, slots=True)
class Challenger:
    """A route that answers in place of the one it challenges, for a `share` (0 to 1) of the customers."""

    route: Route
    share: float
    salt: str = ""

    def takes(self, customer_id: str) -> bool:
        """Whether this customer belongs to the share: always the same answer, from every process.

        A larger share keeps the customers of a smaller one; another salt draws others.
        """
        text = f"{self.salt}\0{self.route.name}\0{customer_id}".encode(errors="surrogatepass")
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") < self.share * 2**64


@dataclass(frozen=True, slots=True)
class Application:
    """How one kind of application is scored, whoever makes it, and the PDs that its client decides by.

    `decline_from`: None where the model's own threshold decides.
    """

    route: Route
    decline_from: float | None
    medium_from: float
    high_from: float

    def policy(self, policy: Policy, scale: ScoreScale, threshold: float | None) -> Policy:
        """The house's policy with this application's cut-offs; `threshold`: the model's own. ValueError without any."""
        decline_from = threshold if self.decline_from is None else self.decline_from
        if decline_from is None:
            raise ValueError(f"neither {self.route.name} nor its model says from which PD on to decline")
        by_pd = PdCutOffs(decline_from, self.medium_from, self.high_from)
        points, low, medium = (scale.score(log_odds_of(each)) for each in (decline_from, *astuple(by_pd)[1:]))
        return replace(
            policy,
            approve_from=points,
            refer_from=points,
            low_risk_from=low,
            medium_risk_from=medium,
            by_pd=by_pd,
        )


@dataclass(frozen=True)
class Routes:
    """The whole of routes.toml."""

    scale: ScoreScale
    policy: Policy
    by_customer_type: Mapping[CustomerType, Route]
    applications: Mapping[str, Application] = field(default_factory=dict)

    def champions(self) -> tuple[str, ...]:
        """Every model that a customer's answer can depend on without a challenger, in order of first mention."""
        return _distinct(self._answering())

    def routed(self) -> tuple[str, ...]:
        """References of every model that customers' routes can use: the champions, then challengers and shadows."""
        return _distinct([*self._answering(), *self._trying()])

    def model_names(self) -> tuple[str, ...]:
        """References of every model that some route can use: the routed ones, then those of applications."""
        return _distinct([*self._answering(), *self._trying(), *(each.route for each in self.applications.values())])

    def _answering(self) -> list[Route]:
        every = list(self.by_customer_type.values())
        return every + [route.fallback for route in every if route.fallback]

    def _trying(self) -> Iterator[Route]:
        for route in self.by_customer_type.values():
            if route.challenger:
                yield route.challenger.route
            if route.shadow:
                yield route.shadow


def load(path: Path) -> Routes:
    """Read and check a file. Raises RoutesError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RoutesError(f"{path.name}: cannot be read ({type(error).__name__})") from error
    return parse(text, path.name)


def parse(text: str, name: str = "routes.toml") -> Routes:
    """Read and check the text of a file called `name`. Raises RoutesError."""
    from routing.routes_reader import RoutesReader  # it makes the classes above

    try:
        return RoutesReader(CheckedToml(text, name)).routes()
    except TomlError as error:
        raise RoutesError(str(error)) from error


def _distinct(routes: list[Route]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(model for route in routes for model in route.models))

"""Who is promoted, who serves now, and who would serve together after the promotion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from model_store.artifacts import ArtifactStore
from model_store.manifest import Manifest
from model_store.switch import effective
from model_store.switches import read_switches
from model_store.versions import manifest_of, read_version
from routing.routes import Application, Route, Routes, base_of


@dataclass(frozen=True)
class Candidate:
    """A version to be promoted, and the champion: what serves under the model's own name now, None if nothing does."""

    reference: str
    manifest: Manifest
    champion: Manifest | None


@dataclass(frozen=True)
class Lineup:
    """`candidates` by reference; `serving`: what every reference serves now."""

    candidates: Mapping[str, Candidate]
    serving: Mapping[str, Manifest]

    def after(self, reference: str) -> Manifest | None:
        """What the reference would serve after the promotion."""
        candidate = self.candidates.get(reference)
        return candidate.manifest if candidate else self.serving.get(reference)

    def champion(self, reference: str) -> Manifest | None:
        """What its customers are scored with today: a challenger, too, is compared with the champion."""
        return self.serving.get(base_of(reference))


@dataclass(frozen=True)
class Case:
    """A route as it would be after the promotion: references of its models, and their weights.

    `application`: what is scored by it, where that has cut-offs of its own.
    """

    name: str
    references: tuple[str, ...]
    weights: tuple[float, ...]
    application: Application | None = None


def line_up(artifacts: ArtifactStore, versions: Mapping[str, str], routes: Routes) -> Lineup:
    """Read what is to be promoted (`versions`: reference -> version) and what serves.

    Raises ArtifactMissing for a version that is not there, BundleRefused, ArtifactsUnreachable.
    """
    wanted = dict.fromkeys([*routes.model_names(), *versions, *map(base_of, versions)])
    switches = read_switches(artifacts, wanted)
    targets = effective({reference: switches[reference] for reference in wanted})
    serving = {reference: manifest_of(artifacts, target) for reference, target in targets.items()}
    candidates = {
        reference: Candidate(
            reference, read_version(artifacts, base_of(reference), version), serving.get(base_of(reference))
        )
        for reference, version in versions.items()
    }
    return Lineup(candidates, serving)


def cases(routes: Routes, lineup: Lineup) -> list[Case]:
    """Every route that the promotion changes, each once; those of applications with their applications.

    A candidate whose reference no route names yet (a challenger is promoted before routes.toml asks for it) stands in
    its model's place; one whose model no route names is a route by itself.
    """
    found: dict[tuple[object, ...], Case] = {}
    candidates = lineup.candidates
    every: list[tuple[Route, Application | None]] = [(route, None) for route in _every(routes)]
    every += [(each.route, each) for each in routes.applications.values()]
    for route, applied in every:
        if candidates.keys() & set(route.models):
            case = Case(route.name, route.models, route.weights, applied)
            found.setdefault((route.models, route.weights, applied), case)
    for reference in candidates.keys() - set(routes.model_names()):
        places = [each for each in every if base_of(reference) in each[0].models]
        for route, applied in places:
            models = tuple(reference if model == base_of(reference) else model for model in route.models)
            case = Case(f"{route.name} with {reference}", models, route.weights, applied)
            found.setdefault((models, route.weights, applied), case)
        if not places:
            found[reference,] = Case(f"{reference} alone", (reference,), (1.0,))
    return list(found.values())


def _every(routes: Routes) -> Iterator[Route]:
    """Routes that answer come first, so that a fallback with the same models goes under the route's own name."""
    every = list(routes.by_customer_type.values())
    yield from every
    for route in every:
        if route.challenger:
            yield route.challenger.route
        if route.shadow:
            yield route.shadow
        if route.fallback:
            yield route.fallback

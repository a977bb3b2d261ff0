"""The models of a route together on one validation set, after the promotion and before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.arrays import Floats
from model_store.manifest import Manifest
from model_store.validation import ValidationSet
from routing.routes import Application, Routes
from scoring.decision import Policy
from training.decided import Decided, decide
from training.gates.examiner import Examiner, alone
from training.gates.lineup import Case, Lineup
from training.gates.result import CannotJudge


@dataclass(frozen=True)
class Member:
    """One model of a route: what it would serve, and the champion in its place; `share` of the route's score."""

    reference: str
    share: float
    manifest: Manifest
    champion: Manifest | None


@dataclass(frozen=True)
class Team:
    """Models that can be judged together, since their validation sets are of the same customers in the same order.

    `is_partial`: other models of the route are not among them, so a single one answers as it does alone.
    `application`: whose cut-offs decide, if not the house's.
    """

    subject: str
    members: tuple[Member, ...]
    is_partial: bool
    application: Application | None = None

    def held(self, examiner: Examiner) -> ValidationSet:
        """The customers it is judged on."""
        return examiner.held(self.members[0].manifest)

    def decided(self, examiner: Examiner, routes: Routes) -> Decided:
        """What it would say of them. CannotJudge."""
        return self._decided([examiner.own_log_odds(each.manifest) for each in self.members], routes)

    def decided_by_champions(self, examiner: Examiner, routes: Routes) -> Decided | None:
        """What the champions say of them; None where one of the models has no champion. CannotJudge."""
        outputs: list[Floats] = []
        for each in self.members:
            if each.champion is None:
                return None
            outputs.append(examiner.of_the_same(each.champion, each.manifest))
        champions = [each.champion for each in self.members if each.champion]
        return self._decided(outputs, routes, champions)

    def _decided(
        self, log_odds: Sequence[Floats], routes: Routes, manifests: Sequence[Manifest] | None = None
    ) -> Decided:
        manifests = manifests or [each.manifest for each in self.members]
        if self.is_partial and len(self.members) == 1:
            log_odds = [alone(manifests[0], log_odds[0])]
        total = math.fsum(each.share for each in self.members)
        policy = self._policy(manifests, routes)
        return decide(log_odds, [each.share / total for each in self.members], routes, policy)

    def cut_off(self, routes: Routes) -> str:
        """From where on is approved, in words."""
        if self.application is None:
            return f"approve_from in routes.toml is {routes.policy.approve_from:g} points"
        if self.application.decline_from is not None:
            return f"decline_from_pd in routes.toml is {self.application.decline_from:g}"
        return f"the model's own threshold is a PD of {self.members[0].manifest.threshold}"

    def _policy(self, manifests: Sequence[Manifest], routes: Routes) -> Policy | None:
        """The application's, with the threshold of the model that decides; None for the house's. CannotJudge."""
        if self.application is None:
            return None
        try:
            threshold = manifests[0].threshold if len(manifests) == 1 else None
            return self.application.policy(routes.policy, routes.scale, threshold)
        except ValueError as error:
            raise CannotJudge(str(error)) from error


def teams(case: Case, lineup: Lineup, examiner: Examiner) -> list[Team]:
    """The route's models as one team where that is possible, else each candidate of it by itself.

    A model that is promoted without its route's others can be judged with them only on customers that all of them know.
    """
    members = []
    for reference, share in zip(case.references, case.weights, strict=True):
        if manifest := lineup.after(reference):
            members.append(Member(reference, share, manifest, lineup.champion(reference)))
    is_partial = len(members) < len(case.references)
    whole = Team(case.name, tuple(members), is_partial, case.application)
    samples = {_sample(each, examiner) for each in members}
    if len(members) == 1 or (len(samples) == 1 and None not in samples):
        return [whole]
    candidates = [each for each in members if each.reference in lineup.candidates]
    return [Team(f"{case.name}, {each.reference} alone", (each,), True, case.application) for each in candidates]


def _sample(member: Member, examiner: Examiner) -> str | None:
    try:
        return examiner.held(member.manifest).sample
    except CannotJudge:
        return None

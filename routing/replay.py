"""A record scored again from itself alone, by the code that scored it and by exactly the models that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import fsum
from typing import Any, Literal

from routing.catalog import ModelVersions
from routing.comparing import Difference, differences, plain
from routing.consistency import contradictions
from routing.jobs import Job
from routing.ports import Model
from routing.recording import record_of
from routing.requests import ScoringRequest
from routing.routes import Route
from routing.scorecard import UNUSABLE, Scorecard
from scoring.decision import Policy
from scoring.errors import InvalidRequest, ModelUnavailable, ServiceError, Unavailable
from scoring.reasons import Explanation
from scoring.record import AnyRecord, ErasedRecord, ScoreRecord
from scoring.scale import ScoreScale

NOT_ITS_OWN = "The score cannot be computed again as it was recorded, so that no explanation would be its own."
IN_FORCE = frozenset(("scale", "policy"))
"""What a replay takes from the record's provenance; the rest says what computed it."""
WEIGHTS_SUM = 1e-9
"""How far the sum of a route's weights may be from 1: they were rounded when they were divided by their sum."""


class Incalculable(ServiceError):
    """A `part` of the record is not what a service that scored can have recorded."""

    def __init__(self, part: str, detail: str) -> None:
        super().__init__(detail)
        self.part = part


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay.

    "equal": every part that follows from the inputs is as recorded, to the last digit. "differs": `differences` says
    where. "erased": the customer was erased, and the inputs with them. "cannot": `reason` says what is gone.
    `provenance`: versions of code and libraries that are not the recorded ones.
    """

    prediction_id: str
    result: Literal["equal", "differs", "erased", "cannot"]
    differences: tuple[Difference, ...] = ()
    provenance: tuple[Difference, ...] = ()
    reason: str | None = None


def replay(record: AnyRecord, versions: ModelVersions, provenance: Mapping[str, Any]) -> Replayed:
    """Score a record again and compare. `provenance`: the versions of code and libraries of this process.

    Held against each other: inputs, log-odds, scores, PDs, weights, decision, risk level, band and explanation; and
    whether customer type, look-up, route, time and degraded models fit each other. Who was scored, and the reasons of
    degraded models, follow from nothing: only the seal of the stored record vouches for them.
    """
    if isinstance(record, ErasedRecord):
        return Replayed(record.prediction_id, "erased")
    try:
        found = Rescorer(record, versions).again(explain=record.explanation is not None)
    except ModelUnavailable as error:
        return Replayed(record.prediction_id, "cannot", reason=_gone(record, error))
    except Incalculable as error:
        unlike = [Difference(error.part, plain(getattr(record, error.part)), error.detail)]
    except InvalidRequest as error:
        unlike = [_unfit(record, each.field, each.message) for each in error.errors]
    else:
        unlike = list(differences(record, found))
    unlike += contradictions(record)
    others = {key: value for key, value in record.provenance.items() if key not in IN_FORCE}
    other = tuple(differences(others, provenance))
    return Replayed(record.prediction_id, "differs" if unlike else "equal", tuple(unlike), other)


def explained(record: ScoreRecord, versions: ModelVersions) -> Explanation:
    """The explanation of a record, computed now if it was scored without one.

    Raises ModelUnavailable where a version is gone, and Unavailable where the score would not be the recorded one.
    """
    if record.explanation is not None:
        return record.explanation
    try:
        again = Rescorer(record, versions).again(explain=True)
    except (Incalculable, InvalidRequest) as error:
        raise Unavailable(NOT_ITS_OWN) from error
    if again.explanation is None or again.score != record.score:
        raise Unavailable(NOT_ITS_OWN)
    return again.explanation


class Rescorer:
    """Scores one record again: by `models`, exactly those that it names, on its own `route`, `scale` and `policy`.

    Raises ModelUnavailable, Incalculable.
    """

    def __init__(self, record: ScoreRecord, versions: ModelVersions) -> None:
        self._record = record
        self.scale, self.policy = _in_force(record)
        self.route = _route(record)
        self.models: Mapping[str, Model] = {
            each.model: versions.model(each.model, each.version, each.digest, self.scale) for each in record.models
        }

    def again(self, *, explain: bool) -> ScoreRecord:
        """The record as it would be made now. Raises InvalidRequest where the inputs do not fit the models' features.

        Also ModelUnavailable and Incalculable.
        """
        record = self._record
        given = {
            model: {name: value for name, value in values.items() if value is not None}
            for model, values in record.inputs.items()
        }
        job = Job(ScoringRequest(record.customer_id, given, explain), route=self.route)
        card = Scorecard(self.models, self.models.keys(), self.scale)
        try:
            card.read(job)
            card.run([job])
            if reasons := {name: why for name, why in job.unreachable.items() if why != UNUSABLE}:
                raise ModelUnavailable(*next(iter(reasons.items())))
            if not job.log_odds:
                raise Incalculable("models", "none of them gives a usable output now")
            result = card.result(job)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise Incalculable("provenance", "nothing can be computed with its scale and policy") from error
        if explain and result.explanation is None:
            raise ModelUnavailable(" or ".join(self.models), "its output cannot be taken apart now")
        made = record_of(
            replace(result, degraded=record.degraded),
            self.policy,
            prediction_id=record.prediction_id,
            customer_id=record.customer_id,
            customer_type=record.customer_type,
            scored_at=record.scored_at,
            look_up=record.look_up,
            provenance=record.provenance,
        )
        return made if record.asked else _as_format_1(made)


def _in_force(record: ScoreRecord) -> tuple[ScoreScale, Policy]:
    try:
        return ScoreScale(**record.provenance["scale"]), Policy.read(record.provenance["policy"])
    except (KeyError, TypeError, ValueError) as error:
        raise Incalculable("provenance", "it must hold the scale and the policy in force") from error


def _route(record: ScoreRecord) -> Route:
    asked = record.asked or _asked_in_format_1(record)
    if not all(weight > 0 for weight in asked.values()):
        raise Incalculable("asked", "weights must be above 0")
    if record.asked and abs(fsum(asked.values()) - 1) > WEIGHTS_SUM:
        raise Incalculable("asked", "weights must sum to 1")
    return Route(record.route, tuple(asked), tuple(asked.values()), record.prediction_type)


def _asked_in_format_1(record: ScoreRecord) -> dict[str, float]:
    """Format 1 says who answered, with which weights, and who did not: only a fallback's own faults are not told apart.

    Of those that did not answer it matters that they were asked, not with which weight. Exact where the weights of
    those that answered sum to exactly 1, as halves do.
    """
    faulty = [] if record.route.endswith(".fallback") else [each.model for each in record.degraded]
    return dict.fromkeys(faulty, 1.0) | {each.model: each.weight for each in record.models}


def _as_format_1(record: ScoreRecord) -> ScoreRecord:
    models = tuple(replace(each, probability_of_default=None) for each in record.models)
    return replace(record, asked={}, look_up=None, models=models)


def _unfit(record: ScoreRecord, field: str, message: str) -> Difference:
    """An input that the model's features do not allow."""
    _, model, *rest = [*field.split(".", 2), ""]
    values = record.inputs.get(model, {})
    recorded = values.get(rest[0]) if rest[0] else dict(values)
    return Difference(field.replace("features", "inputs", 1), recorded, message)


def _gone(record: ScoreRecord, error: ModelUnavailable) -> str:
    named = next((each for each in record.models if each.model == error.model), None)
    version = f" {named.version} ({named.digest[:12]})" if named else ""
    return f"{error.model}{version}: {error.reason}"

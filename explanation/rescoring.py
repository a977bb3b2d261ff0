"""What a record's own models would have said of other inputs, put together exactly as they were for the record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from routing.catalog import ModelVersions
from routing.jobs import Job
from routing.ports import Model
from routing.requests import ScoringRequest
from routing.routes import Route, base_of
from routing.scorecard import Scorecard
from scoring.decision import Policy
from scoring.errors import ModelUnavailable, ServiceError
from scoring.features import Row
from scoring.reasons import Explanation
from scoring.record import ScoreRecord
from scoring.scale import ScoreScale

Inputs = Mapping[str, Row]
"""Model -> its row."""


class NotRepeatable(Exception):
    """The record does not say how it was scored, or its models give another score now."""


class Rescoring:
    """The models that answered for `record`, with their shares, on its scale and by its policy.

    Raises ModelUnavailable when a version is out of reach, and NotRepeatable unless the record's own inputs get its
    own score again.
    """

    def __init__(self, record: ScoreRecord, versions: ModelVersions) -> None:
        self.scale, self.policy = _scale_and_policy(record)
        self.models: dict[str, Model] = {
            each.model: versions.model(each.model, each.version, each.digest) for each in record.models
        }
        self.inputs: Inputs = {name: _row(record, name, model) for name, model in self.models.items()}
        shares = {base_of(name): share for name, share in record.asked.items()}
        shares = shares or {each.model: each.weight for each in record.models}
        self._route = Route(record.route, tuple(shares), tuple(shares.values()), record.prediction_type)
        silent = {name: ModelUnavailable(name, "gave no answer then") for name in shares}
        self._card = Scorecard({**silent, **self.models}, (), self.scale)
        if self.scores([self.inputs]) != [record.score]:
            raise NotRepeatable("the models of this prediction give another score now")

    def scores(self, inputs: Sequence[Inputs]) -> list[float]:
        """The score of each, NaN where there would have been none."""
        jobs = [Job(ScoringRequest("", {}), rows=dict(each), route=self._route) for each in inputs]
        self._card.run(jobs)
        return [self._score(job) for job in jobs]

    def explanation(self) -> Explanation | None:
        """The recorded score taken apart; None where a model cannot take its own score apart."""
        job = Job(ScoringRequest("", {}, explain=True), rows=dict(self.inputs), route=self._route)
        self._card.run([job])
        return self._card.result(job).explanation

    def _score(self, job: Job) -> float:
        # Had a model failed for one of the inputs, the others would have answered: that is another question.
        if job.log_odds.keys() != self.models.keys():
            return math.nan
        try:
            return self._card.result(job).aggregate.score
        except ServiceError:
            return math.nan


def _row(record: ScoreRecord, name: str, model: Model) -> Row:
    given = record.inputs.get(name, {})
    if set(given) != set(model.schema.names):
        raise NotRepeatable("the record holds other features than its model has")
    values = (given[feature] for feature in model.schema.names)
    return tuple(math.nan if value is None else value for value in values)


def _scale_and_policy(record: ScoreRecord) -> tuple[ScoreScale, Policy]:
    """Both as the record's provenance holds them."""
    try:
        scale, policy = dict(record.provenance["scale"]), dict(record.provenance["policy"])
        bands = tuple((str(name), float(lowest)) for name, lowest in policy.pop("bands"))
        return ScoreScale(**scale), Policy(**policy, bands=bands)
    except (KeyError, TypeError, ValueError) as error:
        raise NotRepeatable("the record does not say on which scale and by which policy it was scored") from error

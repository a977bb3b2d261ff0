"""What a record's own models would have said of other inputs, put together exactly as they were for the record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from routing.catalog import ModelVersions
from routing.jobs import Job
from routing.replay import Incalculable, Rescorer
from routing.requests import ScoringRequest
from routing.scorecard import Scorecard
from scoring.errors import InvalidRequest, ModelUnavailable
from scoring.features import FeatureSchema, Row, Said
from scoring.reasons import Explanation
from scoring.record import ScoreRecord

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
        try:
            self._rescorer = Rescorer(record, versions)
            again = self._rescorer.again(explain=False)
        except (Incalculable, InvalidRequest) as error:
            raise NotRepeatable("the record of it does not fit its models") from error
        if again.score != record.score or again.models != record.models:
            raise NotRepeatable("its models give another score now")
        self.models, self.policy = self._rescorer.models, self._rescorer.policy
        self.inputs: Inputs = {name: _row(record.inputs[name], model.schema) for name, model in self.models.items()}
        self._card = Scorecard(self.models, (), self._rescorer.scale)

    def scores(self, inputs: Sequence[Inputs]) -> list[float]:
        """The score of each, NaN where one of the models gives none. All rows of a model are scored together."""
        jobs = [Job(ScoringRequest("", {}), rows=dict(each), route=self._rescorer.route) for each in inputs]
        self._card.run(jobs)
        return [self._score(job) for job in jobs]

    def explanation(self) -> Explanation | None:
        """The recorded score taken apart; None where its models cannot do so now."""
        try:
            return self._rescorer.again(explain=True).explanation
        except ModelUnavailable:
            return None

    def _score(self, job: Job) -> float:
        # Had a model failed for one of the inputs, the others would have answered: that is another question.
        whole = job.log_odds.keys() == self.models.keys()
        return self._card.result(job).aggregate.score if whole else math.nan


def _row(values: Mapping[str, Said], schema: FeatureSchema) -> Row:
    return tuple(feature.coded(values[feature.name]) for feature in schema.features)

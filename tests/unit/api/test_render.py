"""Answers of routes of any size."""

import json
from dataclasses import replace

import pytest

from api.render import prediction
from scoring.record import Degradation, ModelScore, ScoreRecord
from tests.fakes.records import a_record

ONE = ModelScore("m", "7", "d" * 64, -1.0, 650.0)
NEW = a_record(models=(ONE,))
TWO = (replace(ONE, weight=0.5), replace(ONE, model="n", weight=0.5))
SINGLE, AGGREGATE = {"score", "model"}, {"aggregated_score", "models", "num_models_used"}


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (NEW, SINGLE),
        (replace(NEW, models=TWO), {"score"} | AGGREGATE),
        (replace(NEW, degraded=(Degradation("n", "is away"),)), SINGLE | AGGREGATE),
        (replace(NEW, customer_type="existing", route="routes.existing"), AGGREGATE),
        (replace(NEW, customer_type="existing", route="routes.existing", models=TWO), AGGREGATE),
        (replace(NEW, customer_type="existing", route="routes.existing.fallback"), SINGLE | AGGREGATE),
    ],
)
def test_the_shape_follows_the_customer_and_the_route(record: ScoreRecord, fields: set[str]) -> None:
    answer = prediction(record, stored=True, explain=False)
    assert answer.keys() & (SINGLE | AGGREGATE) == fields
    assert json.loads(json.dumps(answer)) == answer


def test_reasons_that_could_not_be_found_are_null_and_not_an_empty_list() -> None:
    answer = prediction(NEW, stored=True, explain=True)
    assert (answer["reason_codes"], answer["explanation"]) == (None, None)

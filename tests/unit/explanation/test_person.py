"""The explanation for the person, over records that the service itself made."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from api import render_audit
from explanation.levers import STEPS
from explanation.person import FEWEST_LEVERS, OUT_OF_REACH, Explainer, PersonalExplanation
from routing.archive import Event, Filed
from routing.requests import ScoringRequest
from routing.service import ScoringService
from scoring.errors import ModelUnavailable
from scoring.features import Feature, Row
from scoring.record import ErasedRecord, ScoreRecord
from tests.fakes.catalog import FakeVersions
from tests.fakes.models import FakeModel, FakeModels
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.routes import ROUTES
from tests.fakes.table import MemoryTable

LATE = "Late payments in the credit history"
SCORE: Callable[[Row], float] = lambda row: -5.0 + 4 * row[0] - 2 * row[1] + row[2]  # noqa: E731  # a model in one line


def models(score: Callable[[Row], float] = SCORE) -> dict[str, FakeModel]:
    features = [Feature("late_payments", reason=LATE), Feature("savings"), Feature("age", protected=True)]
    return {
        "xgboost": FakeModel("xgboost", features, score),
        "traditional": FakeModel("traditional", ["debt", "income"], lambda row: -2.0 + 2 * row[0] - row[1]),
        "social": FakeModel("social", ["debt", "bills"], lambda row: -2.0 + row[0] - row[1], alone=(-0.5, 0.8)),
    }


def scored(known: dict[str, FakeModel], features: dict[str, Any], *, explain: bool = False) -> ScoreRecord:
    """A record as it comes back from a table."""
    table = MemoryTable(customers={} if "xgboost" in features else {"C": {}})
    service = ScoringService(ROUTES, FakeModels(known), table, MemoryOutbox())
    record = service.predict(ScoringRequest("C", features, explain=explain)).record
    return ScoreRecord.from_dict(json.loads(orjson.dumps(record.values())))


def told(known: dict[str, FakeModel], record: ScoreRecord, *events: Event) -> PersonalExplanation:
    return Explainer(FakeVersions(known.values())).explain(Filed(record, events))


def test_a_declined_application_is_told_factors_and_what_would_have_changed_it() -> None:
    known = models()
    found = told(known, record := scored(known, {"xgboost": [0.9, 0.2, 0.5]}))
    assert record.decision == "decline"
    assert found.text[0].startswith(f"Your application was declined. Its score is {record.score:g} points; from 640 on")
    assert f"{LATE}: this takes" in found.text[3]
    assert [(each.feature, each.direction) for each in found.factors] == [
        ("late_payments", "lowers the score"),
        ("savings", "raises the score"),
    ]
    assert {each.decision for each in found.would_have} == {"refer", "approve"}
    for each in found.would_have:
        [row] = [[0.9, 0.2, 0.5]]
        for change in each.found.changes:
            row[change.lever.places[0][1]] = change.value
        again = scored(known, {"xgboost": row})
        assert (again.score, again.decision) == (each.found.score, each.decision)
        assert row[2] == 0.5
    assert not any("age" in sentence for sentence in found.text)
    assert found.without_alternatives is None


def test_an_approved_application_is_told_what_it_rests_on() -> None:
    known = models()
    found = told(known, record := scored(known, {"xgboost": [0.0, 1.0, 0.5]}))
    assert record.decision == "approve"
    assert (found.would_have, found.factors[0].feature) == ((), "savings")
    assert found.text[1] == "What speaks most for it: savings."


def test_a_referred_application_is_told_what_an_approval_took() -> None:
    known = models()
    found = told(known, record := scored(known, {"xgboost": [0.5, 0.25, 0.5]}))
    assert record.decision == "refer"
    assert {each.decision for each in found.would_have} == {"approve"}
    assert {each.needed for each in found.would_have} == {640}


def test_models_are_combined_as_they_were_also_where_one_answered_for_two() -> None:
    known = models()
    for features in ({"traditional": [0.9, 0.1], "social": [0.8, 0.1]}, {"social": [0.9, 0.1]}):
        record = scored(known, features)
        assert record.decision == "decline"
        for each in told(known, record).would_have:
            changed = {model: list(row) for model, row in features.items()}
            for change in each.found.changes:
                for model, i in change.lever.places:
                    changed[model][i] = change.value
            assert scored(known, changed).score == each.found.score


def test_a_model_that_gave_no_answer_is_named() -> None:
    known = models()
    found = told(known, scored(known, {"social": [0.9, 0.1]}))
    assert found.text[1] == "The score was given without the model traditional, which gave no answer."


def test_a_record_with_reasons_and_one_without_are_told_the_same() -> None:
    known = models()
    with_reasons = scored(known, {"xgboost": [0.9, 0.2, 0.5]}, explain=True)
    assert with_reasons.explanation is not None
    assert told(known, with_reasons).text == told(known, replace(with_reasons, explanation=None)).text


def test_without_its_models_a_record_with_reasons_is_told_without_alternatives_and_another_one_not_at_all() -> None:
    known = models()
    record = scored(known, {"xgboost": [0.9, 0.2, 0.5]}, explain=True)
    found = told({}, record)
    assert (found.would_have, found.without_alternatives) == ((), OUT_OF_REACH)
    assert found.text[-1] == f"What would have changed the decision cannot be said: {OUT_OF_REACH}."
    assert any(LATE in sentence for sentence in found.text)
    with pytest.raises(ModelUnavailable):
        told({}, replace(record, explanation=None))


@pytest.mark.parametrize(
    "changes", [{"score": 600.0}, {"provenance": {}}, {"inputs": {"xgboost": {"late_payments": 1}}}]
)
def test_a_record_that_its_models_do_not_repeat_is_told_without_alternatives(changes: dict[str, Any]) -> None:
    known = models()
    record = replace(scored(known, {"xgboost": [0.9, 0.2, 0.5]}), **changes)
    found = told(known, record)
    assert (found.would_have, found.factors, found.explanation) == ((), (), None)
    assert "What the score is made of can no longer be told." in found.text
    assert found.text[-1].startswith("What would have changed the decision cannot be said: ")


def test_what_no_plausible_change_reaches_is_said() -> None:
    known = models(lambda row: 5.0 - row[1])
    found = told(known, scored(known, {"xgboost": [0.9, 0.2, 0.5]}))
    assert found.would_have == ()
    assert found.text[-1] == found.without_alternatives
    assert "No change of up to 3 of these values" in found.text[-1]


def test_an_override_is_told_and_its_reason_and_user_are_not() -> None:
    known = models()
    record = scored(known, {"xgboost": [0.9, 0.2, 0.5]})
    body = {"decision": "approve", "reason": "SECRET", "user": "SECRET", "from": "decline"}
    found = told(known, record, Event(record.prediction_id, "C", "override", "k", record.scored_at, body))
    assert found.overridden == "approve"
    assert found.text[0].endswith("A person has looked at it since: it is now approved.")
    assert "SECRET" not in " ".join(found.text)


def test_of_an_erased_prediction_the_decision_is_told_and_that_the_reasons_are_gone() -> None:
    known = models()
    record = ErasedRecord.of(scored(known, {"xgboost": [0.9, 0.2, 0.5]}))
    found = Explainer(FakeVersions([])).explain(Filed(record))
    assert len(found.text) == 1
    assert found.text[0].startswith("Your application was declined. The data behind this decision were erased on req")


def test_of_a_model_with_thousands_of_features_the_heaviest_few_are_tried() -> None:
    width = 4096
    wide = FakeModel("xgboost", [f"x{i}" for i in range(width)], lambda row: -4.0 + 2 * row[width - 1])
    record = scored({**models(), "xgboost": wide}, {"xgboost": [0.9] * width}, explain=True)
    wide.batches.clear()
    found = told({"xgboost": wide}, record)
    assert {change.lever.feature.name for each in found.would_have for change in each.found.changes} == {"x4095"}
    assert max(map(len, wide.batches)) <= FEWEST_LEVERS * (STEPS + 2)


def test_categories_are_told_by_name_and_only_whole_ones_are_proposed() -> None:
    features = [Feature("housing", categories=("rent", "own", "with family")), Feature("income")]
    homes = FakeModel("xgboost", features, lambda row: (-2.0, -5.0, -2.1)[int(row[0])] - 0.01 * row[1])
    known = {**models(), "xgboost": homes}
    record = scored(known, {"xgboost": {"housing": "rent", "income": 0.5}}, explain=True)
    assert record.inputs["xgboost"] == {"housing": "rent", "income": 0.5}
    found = told(known, record)
    assert {each.feature: each.value for each in found.factors} == {"housing": "rent", "income": 0.5}
    (only,) = found.would_have
    assert only.sentence.startswith("Had housing been own instead of rent, your score would have been ")
    shown: Any = render_audit.explanation(found)["would_have_changed"]
    (change,) = shown[0]["changes"]
    assert (change["value"], change["instead"]) == ("rent", "own")

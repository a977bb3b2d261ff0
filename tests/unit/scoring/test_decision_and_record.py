from dataclasses import asdict

import pytest

from scoring.decision import Policy
from scoring.record import Degradation, ModelScore, ScoreRecord


@pytest.mark.parametrize(
    ("score", "band", "risk", "decision"),
    [
        (800.0, "Exceptional", "low", "approve"),
        (799.9, "Very Good", "low", "approve"),
        (670.0, "Good", "low", "approve"),
        (639.9, "Fair", "medium", "refer"),
        (580.0, "Fair", "medium", "refer"),
        (579.9, "Poor", "high", "decline"),
    ],
)
def test_each_cut_off_holds_from_its_number_upwards(score: float, band: str, risk: str, decision: str) -> None:
    policy = Policy()
    assert (policy.band(score), policy.risk_level(score), policy.decision(score)) == (band, risk, decision)


def record() -> ScoreRecord:
    return ScoreRecord(
        prediction_id="pred_1",
        customer_id="C",
        customer_type="existing",
        scored_at="2026-01-02T12:00:00.000000Z",
        route="routes.existing",
        prediction_type="multi_model_aggregate",
        score=600.0,
        probability_of_default=0.0625,
        risk_level="medium",
        score_band="Fair",
        decision="refer",
        models=(ModelScore("traditional", "1", "ab", -2.7, 600.0),),
        inputs={"traditional": {"x": 0.1, "y": None}},
        degraded=(Degradation("social", "its input is missing"),),
    )


def test_a_record_survives_being_stored_as_plain_values() -> None:
    assert ScoreRecord.from_dict(asdict(record())) == record()


def test_a_record_of_a_later_format_is_not_half_understood() -> None:
    with pytest.raises(ValueError, match="newer"):
        ScoreRecord.from_dict({**asdict(record()), "format": 99})

from dataclasses import asdict

import pytest

from scoring.decision import Policy
from scoring.record import Degradation, ScoreRecord
from tests.fakes.records import a_record


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
    return a_record(degraded=(Degradation("social", "its input is missing"),))


def test_a_record_survives_being_stored_as_plain_values() -> None:
    made = record()
    assert ScoreRecord.from_dict(asdict(made)) == made


def test_a_record_of_a_later_format_is_not_half_understood() -> None:
    with pytest.raises(ValueError, match="newer"):
        ScoreRecord.from_dict({**asdict(record()), "format": 99})

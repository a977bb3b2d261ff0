"""From a model's outputs to log-odds of default."""

from __future__ import annotations

import pytest

from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale, log_odds_of
from tests.fakes.bundles import model_json
from tests.fakes.machine import NAME, ROW, Machine


def test_a_score_goes_back_to_log_odds_and_stays_on_the_scale(machine: Machine) -> None:
    machine.put_flat(model_json(100.0, 0.0, intercept=600.0, output="score"))
    models = machine.models()
    models.refresh(NAME)
    scale = ScoreScale()
    scored = models.get(NAME).score([(0.0, 0.0), (0.5, 0.0), (9.0, 0.0), (-9.0, 0.0)])
    assert [scale.score(each) for each in scored] == [600.0, 650.0, 850.0, 300.0]
    attribution = models.get(NAME).attribute((0.5, 0.0))
    assert attribution.method == "linear (exact)"
    assert attribution.contributions == pytest.approx((-50 / scale.points_per_log_odds, 0.0))


@pytest.mark.parametrize(("output", "unusable"), [("logit", float("inf")), ("score", float("nan"))])
def test_an_output_that_is_no_number_is_no_log_odds(machine: Machine, output: str, unusable: float) -> None:
    machine.put_flat(model_json(1.0, 1.0, output=output))
    models = machine.models()
    models.refresh(NAME)
    usable, not_usable = models.get(NAME).score([ROW, (unusable, 0.0)])
    assert usable == usable
    assert not_usable != not_usable


def test_log_odds_are_held_where_no_model_can_be_sure(machine: Machine) -> None:
    machine.put_flat(model_json(1.0, 1.0, output="logit"))
    models = machine.models()
    models.refresh(NAME)
    assert models.get(NAME).score([(99.0, 0.0), (-99.0, 0.0)]) == pytest.approx([log_odds_of(1), log_odds_of(0)])


def test_a_model_that_fails_while_scoring_is_unavailable(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.put_flat(model_json(0.5, -0.25, native=True))
    models = machine.models()
    models.refresh(NAME)
    machine.natives.alive.clear()
    with pytest.raises(ModelUnavailable) as caught:
        models.get(NAME).score([ROW])
    assert caught.value.reason == "failed while scoring"
    assert caplog.records[-1].__dict__["event"] == "score_failed"

import pytest

from training.gates import NEVER_OVERRIDDEN, GateResult, GatesRefused, settle

PASSED = GateResult("psi", "routes.new", passed=True, reason="PSI 0.01")
UNFAIR = GateResult("fairness", "routes.new", passed=False, reason="sex: a ratio of 0.70")


def test_with_every_gate_passed_there_is_nothing_to_settle() -> None:
    settle([PASSED])


def test_a_refusal_is_told_with_its_gate_subject_reason_and_way_out() -> None:
    with pytest.raises(GatesRefused) as caught:
        settle([PASSED, UNFAIR])
    assert caught.value.refusals == (UNFAIR,)
    assert str(caught.value).splitlines()[1:] == [
        "fairness of routes.new: sex: a ratio of 0.70",
        "An override with a reason would promote all the same.",
    ]


def test_a_reason_opens_a_gate_of_judgement_and_an_empty_one_does_not() -> None:
    settle([PASSED, UNFAIR], "the committee of 12 May accepted it")
    with pytest.raises(GatesRefused):
        settle([UNFAIR], "")


@pytest.mark.parametrize("gate", sorted(NEVER_OVERRIDDEN))
def test_no_reason_opens_a_gate_of_safety(gate: str) -> None:
    closed = GateResult(gate, "xgboost", passed=False, reason="no")
    with pytest.raises(GatesRefused) as caught:
        settle([closed, UNFAIR], "please")
    assert caught.value.refusals == (closed,)
    assert str(caught.value).endswith(f"No override opens {gate}.")
    with pytest.raises(GatesRefused, match=f"An override would not open {gate}"):
        settle([closed, UNFAIR])

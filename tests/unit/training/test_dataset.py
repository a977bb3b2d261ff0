from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scoring.features import Feature
from training.dataset import Inputs, Shares, TrainingError, split


@given(st.integers(200, 900), st.integers(200, 900), st.integers(0, 99))
def test_the_parts_are_all_rows_once_with_the_same_default_rate(safe: int, risky: int, seed: int) -> None:
    defaulted = np.repeat([0.0, 1.0], [safe, risky])
    parts = split(defaulted, Shares(), seed)
    pieces = [parts.train, parts.validation, parts.calibration, parts.test]
    assert sorted(np.concatenate(pieces)) == list(range(safe + risky))
    for piece, share in zip(pieces, (0.6, 0.1, 0.15, 0.15), strict=True):
        assert defaulted[piece].sum() == pytest.approx(share * risky, abs=1)
        assert len(piece) == pytest.approx(share * len(defaulted), abs=2)


def test_too_few_defaults_in_a_part_are_told_by_its_name() -> None:
    with pytest.raises(TrainingError, match=r"the validation part would hold 100 customers without and 7 with"):
        split(np.repeat([0.0, 1.0], [1000, 70]), Shares(), 1)


@pytest.mark.parametrize("shares", [{"test": 0.0}, {"test": 0.8}, {"tests": 0.1}, {"test": "0.1"}])
def test_shares_that_cannot_be_are_refused(shares: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Shares(**shares)


def test_the_reference_applicant_holds_values_that_occur() -> None:
    rows = np.array([[1.0, 3.0], [2.0, 3.0], [4.0, 1.0], [np.nan, 2.0]])
    inputs = Inputs((Feature("amount"), Feature("code")), rows, categorical=frozenset({"code"}))
    assert inputs.reference(np.arange(4)) == [2.0, 3.0]

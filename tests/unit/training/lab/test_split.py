from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.dataset import TrainingError
from training.lab.split import folds, sample, share, split


def outcomes(bad: int, good: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(0).permutation(np.repeat([1.0, 0.0], [bad, good]))


@given(st.integers(20, 400), st.integers(20, 400), st.integers(0, 2**32 - 1))
def test_each_row_is_in_one_part_and_each_part_has_the_same_default_rate(bad: int, good: int, seed: int) -> None:
    defaulted = outcomes(bad, good)
    parts = split(defaulted, seed)
    every = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(every) == list(range(len(defaulted)))
    for part, of in ((parts.train, 0.7), (parts.validation, 0.15), (parts.test, 0.15)):
        assert abs(defaulted[part].sum() - of * bad) <= 1
        assert abs((1 - defaulted[part]).sum() - of * good) <= 1


def test_a_seed_gives_the_same_parts_and_another_seed_others() -> None:
    defaulted = outcomes(50, 100)
    assert np.array_equal(split(defaulted, 1).train, split(defaulted, 1).train)
    assert not np.array_equal(split(defaulted, 1).train, split(defaulted, 2).train)


def test_too_few_of_a_class_are_refused_with_the_number_that_would_do() -> None:
    with pytest.raises(TrainingError, match="give at least 20 of each"):
        split(outcomes(12, 100), 0)
    split(outcomes(20, 100), 0)


def test_folds_hold_each_row_out_once_and_both_classes() -> None:
    defaulted = outcomes(10, 40)
    held = [held for _, held in folds(defaulted, 5, 0)]
    assert sorted(np.concatenate(held)) == list(range(50))
    assert all(defaulted[each].sum() == 2 for each in held)
    with pytest.raises(TrainingError, match="ask for fewer folds"):
        folds(defaulted, 11, 0)


def test_a_share_is_taken_of_both_classes_or_of_none() -> None:
    rest, taken = share(outcomes(40, 100), 0.15, 0)
    assert (len(rest), len(taken), outcomes(40, 100)[taken].sum()) == (119, 21, 6)
    assert len(share(outcomes(5, 100), 0.15, 0)[1]) == 0


def test_a_sample_is_all_rows_or_has_their_default_rate() -> None:
    defaulted = outcomes(100, 900)
    assert len(sample(defaulted, 1000, 0)) == 1000
    assert defaulted[sample(defaulted, 200, 0)].mean() == pytest.approx(0.1)
    assert len(sample(defaulted, 200, 0)) == 200
    assert sorted(defaulted[sample(defaulted, 3, 0)]) == [0, 0, 0, 1], "a small sample has rows of both classes"

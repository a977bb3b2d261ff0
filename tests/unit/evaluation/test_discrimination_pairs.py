import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from evaluation.discrimination import auc_difference, gini, ks

# Poor outcome, WFNS grade and 100 x S100B of 113 patients: N. Turck et al., Intensive Care Medicine 36 (2010) 107-115,
# the data set `aSAH` of the R package pROC (X. Robin et al., BMC Bioinformatics 12 (2011) 77).
POOR = (
    "00001101001011001011101000000000100110110000000001100010001010011101101111000110100000010000000000001111110001000"
)
WFNS = (
    "11113254125255125225211112121134214541425511241125521251222151125214524414121421232421451154221113125225552445111"
)
S100B = """
13 14 10 4 13 10 47 16 18 10 12 10 44 71 4 8 49 4 7 33 9 9 7 11 7 17 7 11 13 19 5 16 41 14 34 35 48 9 96 25 50 46
16 7 43 45 11 8 9 86 52 8 6 13 207 10 14 15 7 6 77 5 9 30 3 9 4 23 70 9 27 71 8 26 8 16 9 13 10 8 11 33 11 28 7 10
32 22 7 5 24 38 10 15 8 14 10 7 4 19 56 14 58 32 82 74 15 47 17 44 15 50 48
"""

PAIRS = st.lists(st.tuples(st.booleans(), st.integers(-5, 5), st.integers(-5, 5)), min_size=4, max_size=60).filter(
    lambda rows: 2 <= sum(outcome for outcome, _, _ in rows) <= len(rows) - 2
)
Rows = list[tuple[bool, int, int]]


def test_the_paired_test_is_that_of_the_documentation_and_test_suite_of_proc() -> None:
    """DeLong's test of two correlated curves as pROC publishes it (roc.test on wfns and s100b), to its last digit."""
    outcomes, grade = np.array(list(POOR), dtype=float), np.array(list(WFNS), dtype=float)
    found = auc_difference(outcomes, grade, np.array(S100B.split(), dtype=float))
    assert len(outcomes) == 113
    assert found.value == pytest.approx(0.823678861788618 - 0.731368563685637, abs=1e-14)
    assert found.p_value == pytest.approx(0.0271757822291882, abs=1e-14)
    assert [found.low, found.high] == pytest.approx([0.0104061769564846, 0.174214419249478], abs=1e-14)


@given(PAIRS)
def test_the_variance_is_that_of_the_papers_matrix_of_wins(rows: Rows) -> None:
    """DeLong's definition itself, by comparing every default with every non-default (no ranks)."""
    outcomes, first, second = (np.array(each, dtype=float) for each in zip(*rows, strict=True))
    wins = [
        np.greater.outer(p[outcomes == 1], p[outcomes == 0]) + np.equal.outer(p[outcomes == 1], p[outcomes == 0]) / 2
        for p in (first, second)
    ]
    s10 = np.cov([each.mean(axis=1) for each in wins]) / int(outcomes.sum())
    s01 = np.cov([each.mean(axis=0) for each in wins]) / int((1 - outcomes).sum())
    contrast = np.array([1, -1])
    variance = max(contrast @ (s10 + s01) @ contrast, 0)
    found = auc_difference(outcomes, first, second)
    assert found.value == pytest.approx(roc_auc_score(outcomes, first) - roc_auc_score(outcomes, second), abs=1e-9)
    assert found.low == pytest.approx(max(found.value - 1.959963984540054 * np.sqrt(variance), -1), abs=1e-6)


@given(PAIRS)
def test_swapping_the_two_turns_the_sign_and_nothing_else(rows: Rows) -> None:
    outcomes, first, second = zip(*rows, strict=True)
    there, back = auc_difference(outcomes, first, second), auc_difference(outcomes, second, first)
    assert (there.value, there.low) == pytest.approx((-back.value, -back.high), abs=1e-12)
    assert there.p_value == pytest.approx(back.p_value, abs=1e-9)


def test_a_model_does_not_differ_from_itself() -> None:
    found = auc_difference([0, 1, 0, 1, 1], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert (found.value, found.low, found.high, found.p_value) == (0, 0, 0, 1)


def test_one_default_is_too_few_for_a_difference() -> None:
    with pytest.raises(ValueError, match="at least two defaults"):
        auc_difference([0, 0, 1], [1, 2, 3], [3, 2, 1])


@given(PAIRS)
def test_ks_is_scipys_also_with_ties(rows: Rows) -> None:
    outcomes, predictions, _ = (np.array(each) for each in zip(*rows, strict=True))
    referee = ks_2samp(predictions[outcomes == 1], predictions[outcomes == 0], method="asymp").statistic
    assert ks(outcomes, predictions) == pytest.approx(referee, abs=1e-9)


@given(PAIRS)
def test_gini_is_somers_d_and_lies_in_its_interval(rows: Rows) -> None:
    outcomes, predictions, _ = (np.array(each) for each in zip(*rows, strict=True))
    found = gini(outcomes, predictions)
    assert found.value == pytest.approx(2 * roc_auc_score(outcomes, predictions) - 1, abs=1e-9)
    assert found.low - 1e-12 <= found.value <= found.high + 1e-12

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monitoring.drift.options import Correction
from monitoring.drift.two_samples import FEWEST_EXPECTED, corrected, kolmogorov_smirnov, same_shares

P_VALUES = [0.01, 0.04, 0.03, 0.005]


@pytest.mark.parametrize(("n", "m"), [(50, 80), (4_000, 900), (12_000, 15_000)])
def test_kolmogorov_smirnov_is_scipys(n: int, m: int) -> None:
    generator = np.random.default_rng(1)
    reference, current = generator.normal(size=n), generator.normal(0.05, 1, m)
    found, wanted = kolmogorov_smirnov(reference, current), stats.ks_2samp(reference, current)
    assert found.statistic == pytest.approx(wanted.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(wanted.pvalue, abs=1e-9)


def test_chi_squared_is_scipys_where_enough_is_expected_in_each_cell() -> None:
    reference, current = np.array([120, 60, 30]), np.array([90, 80, 25])
    found = same_shares(reference, current)
    assert found
    wanted = stats.chi2_contingency(np.vstack([reference, current]), correction=False)
    assert (found.test, found.merged) == ("chi_squared", 0)
    assert found.statistic == pytest.approx(wanted.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(wanted.pvalue, abs=1e-9)


def test_the_rarest_cells_are_put_together_until_enough_is_expected() -> None:
    reference, current = np.array([100, 90, 3, 2, 2, 1, 0]), np.array([95, 99, 1, 2, 0, 0, 4])
    found = same_shares(reference, current)
    assert found
    wanted = stats.chi2_contingency([[8, 100, 90], [7, 95, 99]], correction=False)
    assert found.merged == 5
    assert found.p_value == pytest.approx(wanted.pvalue, abs=1e-9)


def test_two_cells_with_little_in_them_are_tested_exactly() -> None:
    found = same_shares(np.array([30, 1]), np.array([20, 4]))
    assert found
    assert found.test == "fisher_exact"
    assert found.p_value == pytest.approx(stats.fisher_exact([[30, 1], [20, 4]]).pvalue, abs=1e-9)


def test_one_cell_has_nothing_to_test() -> None:
    assert same_shares(np.array([30, 0]), np.array([20, 0])) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12))
def test_whatever_is_counted_a_chi_squared_test_has_enough_in_each_cell(counts: list[tuple[int, int]]) -> None:
    reference, current = (np.array(each) for each in zip(*counts, strict=True))
    found = same_shares(reference, current)
    if found is None:
        return
    assert 0 <= found.p_value <= 1
    if found.test == "chi_squared":
        kept = np.count_nonzero(reference + current) - max(found.merged - 1, 0)
        assert kept >= 2
        smaller = min(reference.sum(), current.sum())
        assert smaller / 2 >= FEWEST_EXPECTED


def test_the_corrections_are_those_of_the_books() -> None:
    assert corrected(P_VALUES, "benjamini-hochberg") == pytest.approx([0.02, 0.04, 0.04, 0.02], abs=1e-12)
    assert corrected(P_VALUES, "holm") == pytest.approx([0.03, 0.06, 0.06, 0.02], abs=1e-12)
    assert corrected([], "holm") == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.sampled_from(["benjamini-hochberg", "holm"]))
def test_a_correction_never_lowers_a_p_value_and_keeps_their_order(p: list[float], correction: Correction) -> None:
    found = np.array(corrected(p, correction))
    assert (found >= np.array(p) - 1e-12).all()
    assert (np.diff(found[np.argsort(p, kind="stable")]) >= -1e-12).all()
    assert found.max() <= 1

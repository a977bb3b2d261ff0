import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.deciles import decile_table
from evaluation.discrimination import ks

ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1).map(lambda pd: round(pd, 2))), min_size=1, max_size=80)


@given(ROWS)
def test_everybody_is_in_one_group_and_the_last_has_captured_all(rows: list[tuple[bool, float]]) -> None:
    outcomes, pd = np.array([one for one, _ in rows], dtype=float), np.array([pd for _, pd in rows])
    table = decile_table(outcomes, pd)
    assert sum(each.n for each in table) == len(rows)
    assert sum(each.defaults for each in table) == outcomes.sum()
    assert len(table) <= 10
    assert all(before.lowest_pd > after.highest_pd for before, after in itertools.pairwise(table))
    last = table[-1]
    assert last.captured == (1.0 if outcomes.any() else None)
    assert last.refused_good == (1.0 if not outcomes.all() else None)
    if last.ks is not None:
        assert max(abs(each.ks or 0) for each in table) <= ks(outcomes, pd) + 1e-12


def test_a_table_as_credit_people_print_it() -> None:
    pd = np.arange(100)[::-1] / 100
    outcomes = np.zeros(100)
    outcomes[:5], outcomes[10:13], outcomes[50:52] = 1, 1, 1
    first, second, *_, last = decile_table(outcomes, pd)
    assert (first.number, first.n, first.defaults, first.lowest_pd, first.highest_pd) == (1, 10, 5, 0.9, 0.99)
    assert first.bad_rate.value == 0.5
    assert (first.captured, first.lift, first.cumulative_lift) == pytest.approx((0.5, 5.0, 5.0))
    assert (second.captured, second.refused_good) == pytest.approx((0.8, 12 / 90))
    assert second.ks == pytest.approx(0.8 - 12 / 90)
    assert (second.lift, second.cumulative_lift) == pytest.approx((3.0, 4.0))
    assert (last.lift, last.cumulative_lift, last.ks) == pytest.approx((0.0, 1.0, 0.0))


@given(ROWS, st.randoms())
def test_the_order_of_the_rows_makes_no_difference(rows: list[tuple[bool, float]], random: object) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = (decile_table([one for one, _ in each], [pd for _, pd in each]) for each in (rows, mixed))
    assert [(each.n, each.defaults, each.ks) for each in first] == [(each.n, each.defaults, each.ks) for each in second]

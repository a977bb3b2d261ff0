"""Golden rows lie where the features do, hold to what was declared, and never change."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

from model_store.compile.rows import from_splits, golden_rows, plausible
from model_store.compile.sklearn_forms import plausible_of
from scoring.features import Feature
from tests.fakes.native_files import SIZE, applicants


def test_they_are_the_same_every_time() -> None:
    where = plausible(None, (), None, 3)

    first, second = (golden_rows(where, (), [True] * 3) for _ in range(2))

    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1], equal_nan=True)
    assert len(first[0]) >= 16


@pytest.mark.parametrize(
    "scaler", [StandardScaler(), MinMaxScaler(), RobustScaler(), QuantileTransformer(n_quantiles=30)]
)
def test_a_scaler_tells_where_the_features_lay(scaler: StandardScaler) -> None:
    fitted = applicants()

    where = plausible(plausible_of(scaler.fit(fitted), SIZE), (), None, SIZE)

    assert where.source == "scaler mean"
    rows, _ = golden_rows(where, (), [False] * SIZE)
    middle = np.abs(np.median(rows, axis=0) - np.median(fitted, axis=0))
    assert (middle < fitted.std(axis=0)).all()
    assert (rows.std(axis=0) > 0.4 * fitted.std(axis=0)).all()


def test_split_points_tell_it_too_and_some_rows_lie_on_them() -> None:
    splits = [np.array([1.0, 2.0, 4.0]), np.array([])]

    where = plausible(from_splits(splits), (), None, 2)
    rows, _ = golden_rows(where, (), [False, False])

    assert (where.source, where.centre[0]) == ("split medians", 2.0)
    assert np.isin(rows[:, 0], splits[0]).sum() >= 8


def test_a_reference_counts_before_all_else() -> None:
    where = plausible(from_splits([np.array([1.0, 2.0])]), (), [1.8], 1)

    assert (where.source, where.centre.tolist(), where.is_known) == ("config", [1.8], True)


def test_without_anything_it_is_said_that_nothing_is_known() -> None:
    where = plausible(None, (), None, 2)

    assert (where.source, where.is_known) == ("zeros", False)


def test_declared_ranges_and_whole_numbers_hold() -> None:
    features = (Feature("age", minimum=18, maximum=90, integer=True), Feature("ratio", minimum=0, maximum=0.5))

    where = plausible(None, features, None, 2)
    rows, _ = golden_rows(where, features, [False, False])

    assert where.is_known
    assert (rows[:, 0] == np.round(rows[:, 0])).all()
    assert ((rows >= [18, 0]) & (rows <= [90, 0.5])).all()
    assert np.ptp(rows[:, 0]) > 60


def test_only_a_feature_that_may_be_missing_is() -> None:
    _, rows = golden_rows(plausible(None, (), None, 3), (), [False, True, False])

    assert np.isnan(rows).any(axis=0).tolist() == [False, True, False]


HOUSING = Feature("housing", required=False, categories=("own", "rent", "with family"))
CODED = (Feature("income"), HOUSING, Feature("purpose", categories=tuple(f"p{index}" for index in range(60))))


def test_codes_are_whole_and_every_category_is_among_the_rows() -> None:
    where = plausible(from_splits([np.array([5.0]), np.array([0.5, 1.5]), np.array([7.5])]), CODED, None, 3)

    rows, with_gaps = golden_rows(where, CODED, [False, True, False])

    assert set(rows[:, 1]) == {0.0, 1.0, 2.0}
    assert set(rows[:, 2]) == set(map(float, range(60)))
    assert (where.centre[1] in (0.0, 1.0), where.centre[2]) == (True, 7.0)
    assert np.isnan(with_gaps).any(axis=0).tolist() == [False, True, False]


def test_of_very_many_categories_some_are_among_the_rows() -> None:
    places = (Feature("place", categories=tuple(f"p{index}" for index in range(1_000))),)

    rows, _ = golden_rows(plausible(None, places, None, 1), places, [False])

    assert 100 <= len(set(rows[:, 0])) <= len(rows) < 200
    assert all(places[0].holds(code) for code in rows[:, 0])


def test_a_reference_with_gaps_is_scored_too_and_the_complete_rows_have_none() -> None:
    where = plausible(None, CODED, [40_000.0, np.nan, 3.0], 3)

    rows, with_gaps = golden_rows(where, CODED, [False, False, False])

    assert not np.isnan(rows).any()
    assert where.is_known
    assert str(with_gaps[-1]) == str(np.array([40_000.0, np.nan, 3.0]))

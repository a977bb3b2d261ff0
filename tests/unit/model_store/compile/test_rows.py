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

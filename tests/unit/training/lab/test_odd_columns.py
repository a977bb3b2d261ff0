"""Columns that say nothing, say too much, or are not for the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.fakes.raw_tables import PLAN, N, columns, rows
from training.dataset import TrainingError
from training.lab.tables import from_rows


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([3.5] * N, "same value"),
        (["a"] * N, "same value"),
        ([None] * N, "empty"),
        (["", "NA"] * (N // 2), "empty"),
        ([f"customer {i}" for i in range(N)], "200 different texts"),
        (list(range(7, 7 + N)), "numbers the rows"),
        (["x" * 300, "y"] * (N // 2), "more than 100 characters"),
    ],
)
def test_a_column_that_no_model_can_use_is_left_out_with_a_warning(values: list[Any], said: str) -> None:
    table = from_rows(rows(useless=values), PLAN)
    assert "useless" not in table.frame
    assert len(table.warnings) == 1
    assert table.warnings[0].startswith("column useless ")
    assert said in table.warnings[0]


def test_different_whole_numbers_are_an_id_where_the_name_says_so() -> None:
    values = (np.random.default_rng(1).permutation(10_000)[:N] * 3).tolist()
    table = from_rows(rows(customer_id=values, customerid=values, balance=values, amount_paid=values), PLAN)
    assert {"customer_id", "customerid"}.isdisjoint(table.frame)
    assert {"balance", "amount_paid"} <= set(table.frame)


@pytest.mark.parametrize(
    "given_away",
    [
        lambda defaulted: [100.0 * each + i / N for i, each in enumerate(defaulted)],
        lambda defaulted: [5.0 - each for each in defaulted],
        lambda defaulted: ["collected" if each else "paid" for each in defaulted],
        lambda defaulted: [float(i % 7) if each else None for i, each in enumerate(defaulted)],
        lambda defaulted: [None if each else float(i % 7) for i, each in enumerate(defaulted)],
    ],
)
def test_a_column_that_gives_the_target_away_stays_and_is_warned_of(
    given_away: Callable[[list[int]], list[Any]],
) -> None:
    table = from_rows(rows(recovered=given_away(columns()["default"])), PLAN)
    assert "recovered" in table.frame
    assert [each.split(":")[0] for each in table.warnings] == ["column recovered alone tells the target (AUC 1.0000)"]


def test_many_small_categories_do_not_look_like_a_leak_by_chance() -> None:
    many = [f"branch {i % 100}" for i in range(N)]
    assert from_rows(rows(branch=many), PLAN).warnings == ()


def test_columns_to_leave_out_may_hold_anything_and_must_be_there() -> None:
    mixed: list[Any] = [i if i % 3 else "?" for i in range(N)]
    table = from_rows(rows(mixed=mixed), replace(PLAN, left_out=("mixed", "age")))
    assert list(table.frame) == ["income", "purpose", "owner"]
    with pytest.raises(TrainingError, match="left_out: the table has no column agee"):
        from_rows(rows(), replace(PLAN, left_out=("agee",)))
    with pytest.raises(TrainingError, match="sensitive: the table has no column sex"):
        from_rows(rows(), replace(PLAN, sensitive=("sex",)))
    with pytest.raises(TrainingError, match="target default cannot also"):
        from_rows(rows(), replace(PLAN, left_out=("default",)))


def test_sensitive_columns_become_groups_and_are_features_unless_left_out() -> None:
    sex = ["f" if i % 2 else None for i in range(N)]
    plan = replace(PLAN, sensitive=("sex", "age", "dependants"), left_out=("sex",))
    table = from_rows(rows(sex=sex, dependants=[i % 3 for i in range(N)]), plan)
    assert set(table.sensitive["sex"]) == {"f", "unknown"}
    assert set(table.sensitive["dependants"]) == {"0", "1", "2"}
    assert len(set(table.sensitive["age"])) == 4
    shares = np.unique(table.sensitive["age"], return_counts=True)[1] / N
    assert shares.min() > 0.2
    assert list(table.frame) == ["income", "age", "purpose", "owner", "dependants"]


def test_a_sensitive_column_of_names_is_refused() -> None:
    with pytest.raises(TrainingError, match="has 200 groups"):
        from_rows(rows(person=[f"p{i}" for i in range(N)]), replace(PLAN, sensitive=("person",)))

"""What is refused of a training at once."""

from __future__ import annotations

from typing import Any

import pytest

from laboratory.checking import GAPS, LEAST_OF_A_CLASS, MOST_COLUMNS, MOST_ROWS, check
from laboratory.plan import Plan
from scoring.errors import InvalidRequest
from training.lab.reading import MISSING
from training.lab.tables import FEWEST_PER_CLASS

PLAN = Plan("y", "xgboost")


def rows(**columns: list[Any]) -> list[dict[str, Any]]:
    """60 rows, half of them defaults, with the given columns repeated to their end."""
    return [{**{name: of[i % len(of)] for name, of in columns.items()}, "y": i % 2} for i in range(60)]


def told(data: Any, plan: Plan = PLAN) -> list[str]:
    with pytest.raises(InvalidRequest) as refused:
        check(plan, data, lambda _: False)
    return [f"{each.field} {each.message}" for each in refused.value.errors]


def passes(data: Any, plan: Plan = PLAN) -> None:
    check(plan, data, lambda _: False)


def test_numbers_texts_flags_and_gaps_pass() -> None:
    passes(rows(a=[1, 2.5, None], b=["x", None], c=[True, False], d=[None], e=["", "NA", 3], f=["1", 2, "2.5"]))


def test_rows_need_not_have_the_same_columns() -> None:
    passes([{**row, **({"b": "x"} if i % 7 else {"c": 1})} for i, row in enumerate(rows(a=[1]))])


@pytest.mark.parametrize("ragged", [False, True])
def test_text_among_numbers_is_found_wherever_it_stands(ragged: bool) -> None:
    data = rows(a=[1.5], b=["own"])
    if ragged:
        data[3].pop("a")
    data[40]["a"] = "high"
    data[41]["a"] = "higher"
    assert told(data) == ["data[40].a is text where other rows have a number"]


def test_a_number_among_texts_is_found() -> None:
    data = rows(b=["own", "NA", "7"])
    data[10]["b"] = 3
    assert told(data) == ["data[10].b is a number where other rows have text"]


@pytest.mark.parametrize(("at", "value"), [(0, [1]), (4_999, {"a": 1}), (5_000, []), (12_000, {})])
def test_a_nested_value_is_found_in_any_part_of_a_long_table(at: int, value: Any) -> None:
    data = LONG.copy()
    data[at] = {**data[at], "a": value}
    assert told(data) == [f"data[{at}].a must be a number, text, true, false or null"]


LONG = [{"a": i, "y": i % 2} for i in range(12_001)]


def test_each_wrong_column_is_told_once_up_to_twenty() -> None:
    data = rows(**{f"c{i}": [1, "x"] for i in range(30)})
    assert len(told(data)) == 20


@pytest.mark.parametrize("name", ["", " ", "x" * 129, "a\u0000b"])
def test_a_column_needs_a_usable_name(name: str) -> None:
    assert "a column's name must have" in told(rows(**{name: [1]}))[0]


def test_too_many_columns_are_refused_wherever_they_come() -> None:
    wide = rows(**{f"c{i}": [1] for i in range(MOST_COLUMNS)})
    assert told(wide) == ["data has more than 2,000 columns"]
    passes([{name: value for name, value in row.items() if name != "c0"} for row in wide])
    many = [{f"c{i}_{j}": 1 for j in range(50)} | row for i, row in enumerate(rows(a=[1]))]
    assert told(many) == ["data has more than 2,000 columns"]


@pytest.mark.parametrize("count", [0, 3, 49])
def test_too_few_rows_are_refused(count: int) -> None:
    assert told(rows(a=[1])[:count]) == [f"data must hold from 50 to 49,000 rows, not {count}"]


def test_too_many_rows_are_refused() -> None:
    assert told([{"a": 1, "y": 1}] * (MOST_ROWS + 1)) == ["data must hold from 50 to 49,000 rows, not 49,001"]


def test_the_target_needs_two_values_and_enough_of_each() -> None:
    assert told(rows(a=[1]), Plan("z", "xgboost")) == ["target is not a column of the data"]
    assert told([{**row, "y": 1} for row in rows(a=[1])])[0].startswith("target has one value")
    assert told([{**row, "y": i} for i, row in enumerate(rows(a=[1]))])[0].startswith("target has 60 values")
    few = [{"a": 1, "y": int(i < LEAST_OF_A_CLASS - 1)} for i in range(60)]
    assert told(few) == ["target has 19 rows of one class: each needs 20"]
    few[-1]["y"] = 1
    passes(few)


def test_a_row_without_an_outcome_is_named() -> None:
    for gap in (None, "NA"):
        data = rows(a=[1])
        data[5]["y"] = gap
        assert told(data) == ["data[5].y is missing, as in 1 rows: each needs an outcome"]
    del data[5]["y"]
    assert told(data) == ["data[5].y is missing, as in 1 rows: each needs an outcome"]


@pytest.mark.parametrize(
    ("values", "default"), [([0, 1], "1"), ([False, True], 1), (["0", "1"], True), ([0.0, 1.0], 1), (["g", "b"], "b")]
)
def test_the_value_of_a_default_is_the_same_however_it_came(values: list[Any], default: Any) -> None:
    passes([{"a": 1, "y": values[i % 2]} for i in range(60)], Plan("y", "xgboost", default_value=default))


def test_a_value_that_no_row_has_is_no_default() -> None:
    assert told(rows(a=[1]), Plan("y", "xgboost", default_value="bad")) == [
        "default_value is not a value of the target"
    ]


def test_something_must_be_left_to_learn_from() -> None:
    assert told(rows(a=[1]), Plan("y", "xgboost", left_out=("a",))) == ["data has no column to learn from"]


def test_a_data_set_must_be_known() -> None:
    check(PLAN, "german", {"german"}.__contains__)
    with pytest.raises(InvalidRequest):
        check(PLAN, "german", lambda _: False)


def test_what_passes_here_is_not_refused_there_for_the_same_reason() -> None:
    """Both sides of the process boundary call the same things gaps, and need as many rows."""
    assert frozenset(MISSING) == GAPS
    assert LEAST_OF_A_CLASS == FEWEST_PER_CLASS

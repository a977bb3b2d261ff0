"""From whatever somebody has to a table that can be learnt from, or a sentence that says what to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laboratory.plan import Plan
from training.dataset import TrainingError
from training.lab.tables import from_file, from_frame, from_rows

PLAN = Plan("default", "xgboost")
N = 200


def columns(**more: Any) -> dict[str, Any]:
    """A small table by columns; None takes one away."""
    draw = np.random.default_rng(3)
    made: dict[str, Any] = {
        "income": np.round(draw.lognormal(10, 0.5, N), 2).tolist(),
        "age": draw.integers(18, 80, N).tolist(),
        "purpose": draw.choice(["car", "education", "home"], N).tolist(),
        "owner": [bool(each) for each in draw.integers(0, 2, N)],
        "default": draw.integers(0, 2, N).tolist(),
        **more,
    }
    return {name: values for name, values in made.items() if values is not None}


def rows(**more: Any) -> list[dict[str, Any]]:
    held = columns(**more)
    return [dict(zip(held, values, strict=True)) for values in zip(*held.values(), strict=True)]


def with_one(values: list[Any], value: Any, row: int = 17) -> list[Any]:
    return [*values[: row - 1], value, *values[row:]]


def test_numbers_are_numbers_and_texts_and_flags_are_categories() -> None:
    table = from_rows(
        rows(income=with_one(columns()["income"], None), purpose=with_one(columns()["purpose"], "")), PLAN
    )
    assert [str(kind) for kind in table.frame.dtypes] == ["float64", "float64", "category", "category"]
    assert np.isnan(table.frame["income"].iloc[16])
    assert pd.isna(table.frame["purpose"].iloc[16])
    assert list(table.frame["purpose"].cat.categories) == ["car", "education", "home"]
    assert list(table.frame["owner"].cat.categories) == ["false", "true"]
    assert table.defaulted.tolist() == [float(each) for each in columns()["default"]]
    assert table.warnings == ()


def test_the_same_table_has_the_same_digest_as_rows_and_in_every_kind_of_file(tmp_path: Path) -> None:
    held = columns(income=with_one(columns()["income"], None), purpose=with_one(columns()["purpose"], None))
    frame = pd.DataFrame(held)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_csv(tmp_path / "a.csv.gz", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.astype({"purpose": "category"}).to_parquet(tmp_path / "b.parquet")
    sent = rows(income=held["income"], purpose=held["purpose"])
    turned = [dict(reversed(row.items())) for row in sent]
    made = [from_rows(sent, PLAN), from_rows(turned, PLAN), *(from_file(each, PLAN) for each in tmp_path.iterdir())]
    assert len(made) == 6
    assert len({each.digest for each in made}) == 1
    for each in made[2:]:
        pd.testing.assert_frame_equal(each.frame, made[0].frame)


@pytest.mark.parametrize(
    "changed",
    [
        {"income": with_one(columns()["income"], 1.0)},
        {"purpose": with_one(columns()["purpose"], "car", 18)},
        {"default": with_one(columns()["default"], 1 - columns()["default"][4], 5)},
        {"note": ["x", "y"] * (N // 2)},
        {"age": None, "years": columns()["age"]},
    ],
)
def test_another_value_anywhere_gives_another_digest(changed: dict[str, Any]) -> None:
    assert from_rows(rows(**changed), PLAN).digest != from_rows(rows(), PLAN).digest


def test_the_digest_is_of_the_table_and_not_of_what_was_asked_for() -> None:
    asked = replace(PLAN, sensitive=("owner",), left_out=("income", "owner", "purpose"), seed=4)
    assert from_rows(rows(), asked).digest == from_rows(rows(), PLAN).digest


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"default": [0] * N}, "one value only"),
        ({"default": [1] * 5 + [0] * (N - 5)}, "5 rows with a default"),
        ({"default": None}, "no column default; it has income, age, purpose, owner"),
        ({"default": with_one(columns()["default"], None)}, "missing in 1 rows, first in row 17"),
        ({"default": with_one(columns()["default"], 2)}, "two values, one of them 1"),
        ({"default": [1.5 * each for each in columns()["default"]]}, "it holds 0, 1.5"),
        ({"default": [[1]] * N}, "neither a number nor text"),
        (
            {"income": with_one(columns()["income"], "much")},
            r"income holds text among its numbers, first in row 17 \(1",
        ),
        ({"income": with_one(columns()["income"], float("inf"))}, "income holds an infinite number, first in row 17"),
        ({"income": with_one(columns()["income"], 1e39)}, "too large to score, first in row 17"),
        ({"income": with_one(columns()["income"], 10**400)}, "income holds an infinite number|too large"),
        ({"income": with_one(columns()["income"], [1, 2])}, "income holds a list or an object in row 17"),
        ({"income": with_one(columns()["income"], {"a": 1})}, "income holds a list or an object in row 17"),
        ({"since": ["2024-02-03"] * N}, "since holds dates"),
        ({"since": ["3.2.2024"] * N}, "since holds dates"),
        ({"since": [date(2024, 2, 3)] * N}, "since holds dates"),
        ({"since": pd.to_datetime(["2024-02-03"] * N)}, "since holds dates"),
        ({"income": [None] * N, "age": [3] * N, "purpose": [""] * N, "owner": None}, "no column to learn from.*empty"),
        ({"income": None, "age": None, "purpose": None, "owner": None}, "no column to learn from beside its target"),
        ({"": [1] * N}, "no usable name"),
        ({"x" * 200: [1] * N}, "more than 128 characters"),
        ({f"x{i}": [i] * N for i in range(10_000)}, "more than 2,000 columns"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_that_says_what_to_change(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        from_rows(rows(**changed), PLAN)


def test_no_value_of_a_feature_is_told_in_an_error() -> None:
    with pytest.raises(TrainingError) as caught:
        from_rows(rows(income=with_one(columns()["income"], "secret-value")), PLAN)
    assert "secret-value" not in str(caught.value)


def test_three_rows_are_refused() -> None:
    with pytest.raises(TrainingError, match="3 rows; at least 40"):
        from_rows(rows()[:3], PLAN)


def test_no_rows_and_rows_that_are_no_objects_are_refused() -> None:
    with pytest.raises(TrainingError, match="no column default; it has none"):
        from_rows([], PLAN)
    with pytest.raises(TrainingError, match="row 2 is no object"):
        from_rows([{"a": 1}, [2]], PLAN)  # type: ignore[list-item]


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


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("income,age,income,default\n" + "1,2,3,0\n" * 50)
    with pytest.raises(TrainingError, match="two columns of the name income"):
        from_file(tmp_path / "a.csv", PLAN)
    with pytest.raises(TrainingError, match="two columns of the name a"):
        from_frame(pd.DataFrame([[1, 2, 0]] * 50, columns=["a", "a", "default"]), PLAN, "frame")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.csv", None, "no such file"),
        ("a.xlsx", b"x", "a table is a file .csv"),
        ("empty.csv", b"", "is empty"),
        ("uneven.csv", b"a,default\n" + b"1,0\n" * 60 + b"1,2,3\n", "not an even table"),
        ("latin.csv", "größe,default\n".encode("latin-1") + b"1,0\n" * 60, "cannot be read as a table"),
        ("broken.parquet", b"PAR1 or not", "cannot be read as a table"),
        ("broken.csv.gz", b"not packed", "cannot be read as a table"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TrainingError, match=said) as caught:
        from_file(tmp_path / name, PLAN)
    assert str(tmp_path) not in str(caught.value)


def test_words_for_default_are_taken_as_asked() -> None:
    words = ["yes" if each else "no" for each in columns()["default"]]
    expected = from_rows(rows(), PLAN).defaulted.tolist()
    assert from_rows(rows(default=words), replace(PLAN, default_value="yes")).defaulted.tolist() == expected
    flags = [bool(each) for each in columns()["default"]]
    assert from_rows(rows(default=flags), PLAN).defaulted.tolist() == expected
    assert from_rows(rows(default=flags), replace(PLAN, default_value=True)).defaulted.tolist() == expected
    with pytest.raises(TrainingError, match="it holds no, yes"):
        from_rows(rows(default=words), PLAN)


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


@given(
    st.lists(
        st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=3), st.booleans()), min_size=60, max_size=60
    )
)
def test_any_column_is_taken_left_out_or_refused_by_name(values: list[Any]) -> None:
    sent = [{"x": each, "good": i % 7, "default": i % 2} for i, each in enumerate(values)]
    try:
        table = from_rows(sent, PLAN)
    except TrainingError as error:
        assert "column x " in str(error)  # noqa: PT017
    else:
        assert "x" in table.frame or any(each.startswith("column x ") for each in table.warnings)
        numbers = table.frame.select_dtypes("number").to_numpy()
        assert not np.isinf(numbers).any()

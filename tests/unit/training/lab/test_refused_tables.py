"""What is no table that can be learnt from is refused, with a sentence that says what to change."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.fakes.raw_tables import PLAN, N, columns, rows, with_one
from training.dataset import TrainingError
from training.lab.tables import from_file, from_frame, from_rows


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

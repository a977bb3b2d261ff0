"""From whatever somebody has to a table that can be learnt from, or a sentence that says what to change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.raw_tables import PLAN, N, columns, rows, with_one
from training.dataset import TrainingError
from training.lab.tables import from_file, from_rows


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


def test_words_for_default_are_taken_as_asked() -> None:
    words = ["yes" if each else "no" for each in columns()["default"]]
    expected = from_rows(rows(), PLAN).defaulted.tolist()
    assert from_rows(rows(default=words), replace(PLAN, default_value="yes")).defaulted.tolist() == expected
    flags = [bool(each) for each in columns()["default"]]
    assert from_rows(rows(default=flags), PLAN).defaulted.tolist() == expected
    assert from_rows(rows(default=flags), replace(PLAN, default_value=True)).defaulted.tolist() == expected
    with pytest.raises(TrainingError, match="it holds no, yes"):
        from_rows(rows(default=words), PLAN)


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

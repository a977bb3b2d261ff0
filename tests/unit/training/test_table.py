from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.features import Feature
from training.dataset import TrainingError
from training.spec import Spec
from training.table import read_table

WORDS = {
    "purpose": "p",
    "owner": "o",
    "intended_use": "u",
    "not_for": ["n"],
    "period": "2025",
    "default_definition": "90 days past due",
    "limits": ["l"],
}
GOOD: dict[str, list[Any]] = {
    "X1": [10.5, -3.0, 7.25, 1e6],
    "X2": [1, 2, 1, 4],
    "X3": [0.1, None, 0.3, 0.4],
    "bad": [0, 1, 1, 0],
}
SPEC = Spec.model_validate(
    {
        "target": "bad",
        "card": WORDS,
        "groups": {"traditional": ["balance", "X3"], "social": ["status"], "application": ["X3"]},
        "features": {
            "balance": {"column": "X1", "reason": "The balance"},
            "status": {"column": "X2", "categorical": True, "protected": True},
        },
    }
)


def csv(folder: Path, **changed: list[Any]) -> Path:
    path = folder / "table.csv"
    pd.DataFrame({**GOOD, **changed}).to_csv(path, index=False)
    return path


def test_columns_become_the_models_inputs_under_their_feature_names(tmp_path: Path) -> None:
    dataset = read_table(csv(tmp_path), SPEC)
    assert dataset.defaulted.tolist() == [0, 1, 1, 0]
    traditional = dataset.inputs["traditional"]
    assert traditional.features == (Feature("balance", reason="The balance"), Feature("X3", required=False))
    assert np.array_equal(traditional.rows[1], [-3.0, np.nan], equal_nan=True)
    assert dataset.inputs["xgboost"].names == ["X3"]


def test_codes_are_whole_numbers_within_those_of_the_table(tmp_path: Path) -> None:
    social = read_table(csv(tmp_path), SPEC).inputs["social"]
    assert social.categorical == {"status"}
    assert social.features == (Feature("status", minimum=1, maximum=4, integer=True, protected=True),)


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame(GOOD).to_parquet(path)
    one, other = read_table(path, SPEC), read_table(csv(tmp_path), SPEC)
    assert all(np.array_equal(one.inputs[m].rows, other.inputs[m].rows, equal_nan=True) for m in one.inputs)


def test_the_value_that_means_default_may_be_a_word(tmp_path: Path) -> None:
    spec = SPEC.model_copy(update={"default_value": "yes"})
    assert read_table(csv(tmp_path, bad=["yes", "no", "no", "yes"]), spec).defaulted.tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"X1": [1, 2, "ten", 3]}, r"column X1 holds something that is no number in row 3 \(1 rows in all\)"),
        ({"X1": [None] * 4}, "column X1 is empty"),
        ({"X1": [1, 2, 3, 1e39]}, "column X1 holds a number too large"),
        ({"X2": [1, 2, 2.5, 3]}, "column X2 holds 2.5, but a request.s status must be a whole number"),
        ({"bad": [0, 0, 0, 0]}, "target bad must hold two values, one of them 1 for a default; it holds 0"),
        ({"bad": [0, 1, 2, 3]}, "it holds 0, 1, 2, 3"),
        ({"bad": [0, 1, None, 1]}, "target bad is missing in 1 rows"),
    ],
)
def test_a_column_that_is_not_as_it_should_be_is_told_by_name(
    tmp_path: Path, changed: dict[str, list[Any]], message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        read_table(csv(tmp_path, **changed), SPEC)


def test_a_column_that_is_missing_is_told_by_name(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    pd.DataFrame(GOOD).drop(columns=["X2"]).to_csv(path, index=False)
    with pytest.raises(TrainingError, match="has no column X2; it has X1, X3, bad"):
        read_table(path, SPEC)


def test_values_outside_what_the_spec_allows_are_told(tmp_path: Path) -> None:
    plain = SPEC.model_dump()
    plain["features"]["balance"]["minimum"] = 0.0
    with pytest.raises(TrainingError, match="column X1 holds -3, but a request's balance must be at least 0"):
        read_table(csv(tmp_path), Spec.model_validate(plain))


@pytest.mark.parametrize(("name", "content"), [("t.csv", b""), ("t.csv", b"\xff\xfe\x00"), ("t.parquet", b"no")])
def test_a_file_that_is_no_table_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TrainingError, match="cannot be read as a table"):
        read_table(tmp_path / name, SPEC)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be read as a table"):
        read_table(tmp_path / "none.csv", SPEC)


def with_sensitive(**attributes: dict[str, Any]) -> Spec:
    return Spec.model_validate({**SPEC.model_dump(), "sensitive": attributes})


def test_sensitive_attributes_become_groups_by_value_by_label_or_by_band(tmp_path: Path) -> None:
    path = csv(tmp_path, sex=["f", None, "m", "f"], age=[17, 30, 64.5, None])
    spec = with_sensitive(
        sex={}, status={"labels": {"1": "single", "4": "widowed"}}, age={"bands": [30.0, 60.0]}, X2={"bands": [2.0]}
    )
    assert {name: groups.tolist() for name, groups in read_table(path, spec).sensitive.items()} == {
        "sex": ["f", "unknown", "m", "f"],
        "status": ["single", "2", "single", "widowed"],
        "age": ["below 30", "30 to below 60", "60 and above", "unknown"],
        "X2": ["below 2", "2 and above", "below 2", "2 and above"],
    }


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"origin": {}}, "has no column origin"),
        ({"X2": {"labels": {"9": "nine"}}}, "column X2 never holds 9, which has a label"),
        ({"sex": {"bands": [1.0]}}, "column sex has bands, but holds something that is no number"),
    ],
)
def test_a_sensitive_attribute_that_the_table_does_not_hold_is_told(
    tmp_path: Path, said: dict[str, Any], message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        read_table(csv(tmp_path, sex=["f", "m", "f", "m"]), with_sensitive(**said))


def test_an_attribute_of_very_many_values_asks_for_bands(tmp_path: Path) -> None:
    path, count = tmp_path / "table.csv", 1_001
    plain = {"X1": [1.0] * count, "X2": [1] * count, "X3": [0.5] * count, "bad": [0, *[1] * (count - 1)]}
    pd.DataFrame({**plain, "income": range(count)}).to_csv(path, index=False)
    with pytest.raises(TrainingError, match="column income has 1001 values: give bands for it"):
        read_table(path, with_sensitive(income={}))

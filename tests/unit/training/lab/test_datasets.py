"""A data set's name becomes a table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from laboratory.plan import Plan
from training.dataset import TrainingError
from training.lab.datasets import DEMO_ROWS, from_name
from training.lab.loan_applications import FIELDS

PLAN = Plan("default", "xgboost")


def test_the_loan_applications_are_always_there(tmp_path: Path) -> None:
    table = from_name("loan_applications", tmp_path / "absent", PLAN)
    assert tuple(table.frame) == FIELDS
    assert len(table.frame) == DEMO_ROWS
    assert (table.name, table.warnings) == ("loan_applications", ())


def test_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [i % 7 for i in range(100)], "default": [i % 2 for i in range(100)]})
    frame.to_csv(tmp_path / "cards.csv", index=False)
    table = from_name("cards", tmp_path, PLAN)
    assert table.name == "cards"
    assert list(table.frame) == ["x"]


def test_so_are_the_drawn_home_credit_applications_without_codes_for_gaps(tmp_path: Path) -> None:
    table = from_name("home_credit", tmp_path / "absent", Plan("TARGET", "lightgbm"))
    assert table.frame["DAYS_EMPLOYED"].max() <= 0
    assert "SK_ID_CURR" not in table.frame


def test_an_unknown_name_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no data set \.\./cards; there are home_credit, loan_applications"):
        from_name("../cards", tmp_path, PLAN)

"""Data sets by name: only those that lie in their folder, whatever a client writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from laboratory.datasets import is_known, names, path_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    made = tmp_path / "datasets"
    made.mkdir()
    for file in ("mortgages.csv", "cards.parquet", "cars.csv.gz", "notes.txt", ".hidden.csv", "loan_applications.csv"):
        (made / file).write_bytes(b"")
    (made / "folder.csv").mkdir()
    return made


def test_drawn_data_sets_and_files_are_listed_by_name(folder: Path) -> None:
    assert names(folder) == ["cards", "cars", "home_credit", "loan_applications", "mortgages"]
    assert all(is_known(each, folder) for each in names(folder))
    assert path_of("cars", folder) == folder / "cars.csv.gz"


def test_a_drawn_data_set_is_no_file(folder: Path) -> None:
    assert path_of("loan_applications", folder) is None


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "/etc/passwd",
        "..",
        "",
        ".hidden",
        "mortgages.csv",
        "notes",
        "folder",
        "a/b",
        "x\x00",
        "x" * 300,
        "Ü",
    ],
)
def test_what_is_no_name_of_a_data_set_is_not_known(folder: Path, name: str) -> None:
    assert not is_known(name, folder)


def test_without_a_folder_there_is_what_is_drawn(tmp_path: Path) -> None:
    assert names(tmp_path / "absent") == ["home_credit", "loan_applications"]

"""The data sets of this machine by name: those that the laboratory draws itself, and files of the operator."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LOAN_APPLICATIONS: Final = "loan_applications"
HOME_CREDIT: Final = "home_credit"
DRAWN: Final[Mapping[str, str]] = {
    LOAN_APPLICATIONS: "5,000 synthetic loan applications, 30% defaults; target: default (docs/loan_applications.md)",
    HOME_CREDIT: "12,000 drawn Home Credit applications, 8.3% defaults; target: TARGET (docs/home_credit_data.md)",
}
"""Data sets that need no file, and what they are. A file of the same name is not read."""
SUFFIXES: Final = (".parquet", ".csv", ".csv.gz")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What a client may name: no path, no suffix, nothing hidden."""


def is_known(name: str, folder: Path) -> bool:
    """Whether there is a data set of this name. OSError when the folder is out of reach."""
    return name in DRAWN or path_of(name, folder) is not None


def path_of(name: str, folder: Path) -> Path | None:
    """The file of a data set that is one. OSError."""
    if name in DRAWN or not NAME.fullmatch(name):
        return None
    return next((path for path in (folder / f"{name}{suffix}" for suffix in SUFFIXES) if path.is_file()), None)


def names(folder: Path) -> list[str]:
    """The names of all data sets, in alphabetical order. OSError."""
    files = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    stems = {file[: -len(suffix)] for file in files for suffix in SUFFIXES if file.endswith(suffix)}
    return sorted({*DRAWN, *(stem for stem in stems if is_known(stem, folder))})

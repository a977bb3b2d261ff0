"""A data set of this machine as a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from laboratory.datasets import HOME_CREDIT, LOAN_APPLICATIONS, names, path_of
from laboratory.plan import Plan
from training.applications.home_credit_data import home_credit
from training.applications.home_credit_table import cleaned
from training.dataset import TrainingError
from training.lab.loan_applications import SEED, loan_applications
from training.lab.reading import told
from training.lab.tables import from_file, from_frame
from training.lab.words import Table

DEMO_ROWS = 5_000


def from_name(name: str, folder: Path, plan: Plan) -> Table:
    """The data set of that name. TrainingError when there is none, or it cannot be learnt from."""
    if name == LOAN_APPLICATIONS:
        return from_frame(loan_applications(DEMO_ROWS, SEED).frame, plan, name)
    if name == HOME_CREDIT:
        return from_frame(cleaned(home_credit().frame), plan, name)
    path = path_of(name, folder)
    if path is None:
        raise TrainingError(f"there is no data set {name[:64]}; there are {told(names(folder))}")
    return replace(from_file(path, plan), name=name)

"""How commands end when something is wrong, and how they show tables."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from model_store.artifacts import ArtifactError, ArtifactsUnreachable
from model_store.bundle import BundleRefused
from model_store.card import CardError
from model_store.manifest import ManifestError
from model_store.native import NativeRefusedError
from model_store.promotion import PromotionRefused
from model_store.signing import SigningError
from model_store.validation import ValidationSetError
from routing.routes import RoutesError
from scoring.errors import ModelUnavailable
from training.dataset import TrainingError

MISTAKES = (
    TrainingError,
    RoutesError,
    NativeRefusedError,
    ManifestError,
    CardError,
    ValidationSetError,
    BundleRefused,
    PromotionRefused,
    ModelUnavailable,
    SigningError,
    ArtifactError,
    OSError,
)


@contextmanager
def told() -> Iterator[None]:
    """What an operator can put right is one line and exit status 1; anything else is a defect and keeps its trace."""
    try:
        yield
    except MISTAKES as error:
        where = "the model store is out of reach: " if isinstance(error, ArtifactsUnreachable) else ""
        raise click.ClickException(f"{where}{error}") from error


def operator() -> str:
    """Who runs this command, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have a number only
        return f"user {os.getuid()}"


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines with the columns below one another; the first row is the head.

    What a terminal would obey is left out: cells may come from a store that others write to.
    """
    rows = [["".join(each if each.isprintable() else " " for each in cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

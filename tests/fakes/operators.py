"""An operator at work on one store, with real native files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import joblib
from click.testing import CliRunner, Result
from sklearn.linear_model import LogisticRegression

from model_store.card import CARD
from model_store.folder import FolderArtifacts
from model_store.signing import Trust
from model_store.validation import VALIDATION, ValidationSet
from tests.fakes.candidates import HELD, LEARNT, ROUTES
from tests.fakes.cards import card
from training.commands import commands


class Desk:
    """An operator's commands on one store."""

    def __init__(self, root: Path, required: bool = True) -> None:
        self.root, self.artifacts, self.required = root, FolderArtifacts(root / "store"), required
        (root / "store").mkdir()

    def __call__(self, *arguments: object) -> Result:
        def trust() -> Trust:
            keys = self.root / "key.pem.pub"
            return Trust.load(keys if keys.exists() else None, self.required)

        group = commands(lambda: self.artifacts, lambda: ROUTES, trust)
        return CliRunner().invoke(group, [str(each) for each in arguments])

    def said(self, *arguments: object) -> str:
        """What a command that works prints."""
        done = self(*arguments)
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, *arguments: object) -> str:
        """What a command prints that an operator has to put right."""
        done = self(*arguments)
        assert done.exit_code == 1, done.output
        assert isinstance(done.exception, SystemExit)
        return done.output


def native_folder(root: Path, name: str, columns: Sequence[int]) -> Path:
    """A trained model of two features, with card and validation set; the columns that it may look at."""
    folder = root / name
    folder.mkdir()
    rows = LEARNT.rows[:, :2].copy()
    rows[:, [each for each in (0, 1) if each not in columns]] = 0
    joblib.dump(LogisticRegression().fit(rows, LEARNT.defaulted), folder / "model.pkl")
    (folder / "config.json").write_text(json.dumps({"feature_names": ["f0", "f1"]}))
    (folder / CARD).write_bytes(card("f0", "f1").to_bytes())
    held = ValidationSet(HELD.rows[:, :2], HELD.defaulted, {"group": HELD.groups}, "held")
    (folder / VALIDATION).write_bytes(held.to_bytes())
    return folder

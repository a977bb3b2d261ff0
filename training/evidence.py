"""What a bundle carries beside its model: the card, and the customers that it can be judged on again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from evaluation.arrays import Floats
from model_store.card import CARD, ModelCard
from model_store.validation import MOST_ROWS, VALIDATION, ValidationSet
from routing.routes import Routes
from training.cards import Making, model_cards
from training.dataset import Dataset, Rows
from training.spec import CardSpec
from training.train import Trained


@dataclass(frozen=True)
class Evidence:
    """Cards and validation sets by model name."""

    cards: Mapping[str, ModelCard]
    sets: Mapping[str, ValidationSet]

    def write(self, folder: Path) -> None:
        """Put each model's into `folder`/<model>, which exists. OSError."""
        for name, card in self.cards.items():
            (folder / name / CARD).write_bytes(card.to_bytes())
            (folder / name / VALIDATION).write_bytes(self.sets[name].to_bytes())


def evidence(trained: Trained, dataset: Dataset, routes: Routes, words: CardSpec, source: str, seed: int) -> Evidence:
    """Write the cards of trained models, and keep the customers that their figures were measured on.

    `source`: where the customers come from, unless `words` says it.
    """
    making = Making(words, source, seed, date.today())  # noqa: DTZ011 # the day on the wall of who validated it
    names = list(trained.models)
    sets = validation_sets(dataset, trained.parts.test, seed)
    return Evidence(model_cards(trained, dataset, routes, making), {name: sets[name] for name in names})


def validation_sets(dataset: Dataset, held_out: Rows, seed: int) -> dict[str, ValidationSet]:
    """Each model's view of the customers held back: of all of them, or of MOST_ROWS drawn from them at random."""
    held_out = at_most(held_out, seed)
    sensitive = {name: groups[held_out] for name, groups in dataset.sensitive.items()}
    sample = sample_of(dataset.defaulted, held_out)
    return {
        name: ValidationSet(inputs.rows[held_out], dataset.defaulted[held_out], sensitive, sample)
        for name, inputs in dataset.inputs.items()
    }


def at_most(held_out: Rows, seed: int) -> Rows:
    """The rows themselves, or MOST_ROWS drawn from them at random, in their order."""
    if len(held_out) <= MOST_ROWS:
        return held_out
    return np.sort(np.random.default_rng(seed).choice(held_out, MOST_ROWS, replace=False))


def sample_of(defaulted: Floats, rows: Rows) -> str:
    """A text that only the same customers in the same order have, whatever is looked at of them.

    SHA-256 of every customer's outcome [N] in the table's order, and of the row numbers of those held back.
    """
    digest = hashlib.sha256(np.ascontiguousarray(defaulted, "<f8").tobytes())
    digest.update(np.ascontiguousarray(rows, "<i8").tobytes())
    return f"{len(rows)} of {len(defaulted)} customers, sha256 {digest.hexdigest()}"

"""A small PyTorch net behind a scaler: the traditional model."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import joblib
import numpy as np
import torch
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from evaluation.arrays import Floats
from training.fitted import Lesson

HIDDEN = (32, 16)
DROPOUT = 0.1
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-3
BATCH = 256
MOST_EPOCHS = 60
PATIENCE = 8
"""Epochs without a better validation loss after which fitting stops."""
QUANTILES = 200


class NetModel:
    """A stack of Linear layers with tanh between them, ending in a logit."""

    output: Literal["logit"] = "logit"

    def __init__(self, net: nn.Sequential, scaler: Pipeline, epochs: int) -> None:
        self._net, self._scaler = net, scaler
        self.summary = f"PyTorch net, hidden layers {' and '.join(map(str, HIDDEN))}, {epochs} epochs"

    def log_odds(self, rows: Floats) -> Floats:
        """See Fitted."""
        with torch.inference_mode():
            logits: torch.Tensor = self._net(_tensor(self._scaler, rows))[:, 0]
        return logits.numpy().astype(np.float64)

    def write(self, folder: Path) -> None:
        """See Fitted: model.pt (a checkpoint dict) and scaler.joblib."""
        checkpoint = {
            "model_state_dict": self._net.state_dict(),
            "input_size": self._net[0].in_features,
            "model_config": {"activation": "tanh", "hidden_sizes": list(HIDDEN)},
        }
        torch.save(checkpoint, folder / "model.pt")
        joblib.dump(self._scaler, folder / "scaler.joblib")


def fit(lesson: Lesson) -> NetModel:
    """Fit with AdamW until the validation loss stops falling; the best epoch is kept.

    Tanh, because a smooth score has steadier explanations than one with corners. The scaler fills a missing value with
    the median and turns each feature into its quantile: amounts of money are too skewed for a net, and an extreme one
    then counts as the largest seen.
    """
    rows, defaulted = lesson.part(lesson.parts.train)
    scaler = make_pipeline(
        SimpleImputer(strategy="median"),
        QuantileTransformer(n_quantiles=min(QUANTILES, len(rows)), subsample=None, random_state=lesson.seed),
        StandardScaler(),
    ).fit(rows)
    validation, outcomes = lesson.part(lesson.parts.validation)
    with _reproducible(lesson.seed):
        net, epochs = _descend(
            _layers(rows.shape[1]),
            (_tensor(scaler, rows), torch.tensor(defaulted, dtype=torch.float32)),
            (_tensor(scaler, validation), torch.tensor(outcomes, dtype=torch.float32)),
        )
    return NetModel(net, scaler, epochs)


def _layers(width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for size in HIDDEN:
        layers += [nn.Linear(width, size), nn.Tanh(), nn.Dropout(DROPOUT)]
        width = size
    return nn.Sequential(*layers, nn.Linear(width, 1))


def _descend(
    net: nn.Sequential, train: tuple[torch.Tensor, torch.Tensor], validation: tuple[torch.Tensor, torch.Tensor]
) -> tuple[nn.Sequential, int]:
    optimizer = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    best, lowest, best_epoch = net, float("inf"), 0
    for epoch in range(1, MOST_EPOCHS + 1):
        net.train()
        for batch in torch.split(torch.randperm(len(train[0])), BATCH):
            optimizer.zero_grad()
            _loss(net, train[0][batch], train[1][batch]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        net.eval()
        with torch.inference_mode():
            loss = _loss(net, *validation).item()
        if loss < lowest:
            best, lowest, best_epoch = copy.deepcopy(net), loss, epoch
        elif epoch - best_epoch >= PATIENCE:
            break
    return best, best_epoch


def _loss(net: nn.Sequential, rows: torch.Tensor, defaulted: torch.Tensor) -> torch.Tensor:
    return binary_cross_entropy_with_logits(net(rows)[:, 0], defaulted)


def _tensor(scaler: Pipeline, rows: Floats) -> torch.Tensor:
    return torch.tensor(scaler.transform(rows), dtype=torch.float32)


@contextmanager
def _reproducible(seed: int) -> Iterator[None]:
    """One thread, since the order of a sum depends on their number; a net this small gains nothing from more."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)

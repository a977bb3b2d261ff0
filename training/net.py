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
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from evaluation.arrays import Floats
from training.fitted import Lesson

STEPS = 5
"""Soft steps of the first layer for each feature (fewer where it has fewer values)."""
NARROWEST_STEP = 0.02
"""In standard deviations of the feature."""
HIDDEN = 32
DROPOUT = 0.1
LEARNING_RATE = 1.5e-3
WEIGHT_DECAY = 1e-3
BATCH = 256
MOST_EPOCHS = 60
PATIENCE = 8
"""Epochs without a better validation loss after which fitting stops."""


class NetModel:
    """A stack of Linear layers with tanh between them, ending in a logit.

    Fitted in 32 bits, and scored in 64: at the steepest steps the rounding of 32 would show in the sixth digit.
    """

    output: Literal["logit"] = "logit"

    def __init__(self, net: nn.Sequential, scaler: Pipeline | StandardScaler, epochs: int) -> None:
        self._net, self._scaler = net.double(), scaler
        self.summary = f"PyTorch net, {net[0].out_features} soft steps and {HIDDEN} hidden units, {epochs} epochs"

    def log_odds(self, rows: Floats) -> Floats:
        """See Fitted."""
        with torch.inference_mode():
            logits: torch.Tensor = self._net(torch.from_numpy(self._scaler.transform(rows)))[:, 0]
        return np.asarray(logits.numpy(), dtype=np.float64)

    def write(self, folder: Path) -> None:
        """See Fitted: model.pt (a checkpoint dict) and scaler.joblib."""
        checkpoint = {
            "model_state_dict": self._net.state_dict(),
            "input_size": self._net[0].in_features,
            "model_config": {"activation": "tanh"},
        }
        torch.save(checkpoint, folder / "model.pt")
        joblib.dump(self._scaler, folder / "scaler.joblib")


def fit(lesson: Lesson) -> NetModel:
    """Fit with AdamW until the validation loss stops falling; the best epoch is kept.

    Tanh, because a smooth score has steadier explanations than one with corners. A missing value becomes the median.
    """
    rows, defaulted = lesson.part(lesson.parts.train)
    fill = [] if all(feature.required for feature in lesson.inputs.features) else [SimpleImputer(strategy="median")]
    scaler = make_pipeline(*fill, StandardScaler()) if fill else StandardScaler()
    train = _tensor(scaler.fit(rows), rows), torch.tensor(defaulted, dtype=torch.float32)
    held, outcomes = lesson.part(lesson.parts.validation)
    with _reproducible(lesson.seed):
        validation = _tensor(scaler, held), torch.tensor(outcomes, dtype=torch.float32)
        net, epochs = _descend(_layers(train[0]), train, validation)
    return NetModel(net, scaler, epochs)


def _layers(scaled: torch.Tensor) -> nn.Sequential:
    steps = _steps(scaled)
    hidden = nn.Linear(steps.out_features, HIDDEN)
    return nn.Sequential(steps, nn.Tanh(), hidden, nn.Tanh(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, 1))


def _steps(scaled: torch.Tensor) -> nn.Linear:
    """A first layer that starts as soft steps between each feature's quantiles, as wide as these lie apart.

    Amounts of money are so skewed that a net which starts from one scale sees little but the few largest. With tanh
    after it, this layer says which part of the customers an amount lies in; like every layer it is then trained.
    """
    weights, biases = [], []
    for feature, column in enumerate(scaled.T):
        knots = torch.unique(torch.quantile(column, torch.linspace(0, 1, STEPS + 1)))
        slopes = 2 / torch.clamp(knots.diff(), min=NARROWEST_STEP)
        weights.append(slopes[:, None] * nn.functional.one_hot(torch.tensor(feature), scaled.shape[1]))
        biases.append(-slopes * (knots[1:] + knots[:-1]) / 2)
    layer = nn.Linear(scaled.shape[1], sum(map(len, biases)))
    layer.load_state_dict({"weight": torch.cat(weights), "bias": torch.cat(biases)})
    return layer


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


def _tensor(scaler: Pipeline | StandardScaler, rows: Floats) -> torch.Tensor:
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

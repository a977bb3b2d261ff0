"""A small net of Linear layers in PyTorch, fitted by skorch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skorch import NeuralNetBinaryClassifier
from skorch.callbacks import EarlyStopping
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler

from evaluation.arrays import Floats
from training.lab.learners import Lesson, Settings
from training.lab.soft_steps import Layer, soft_steps

STOPS_EARLY = True
ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU}


class Stack(nn.Sequential):
    """Linear layers with the activation between them, ending in a logit; the first starts as soft steps."""

    def __init__(self, first: Layer, hidden_units: int, hidden_layers: int, activation: str, dropout: float) -> None:
        weight, bias = first
        steps = nn.Linear(weight.shape[1], weight.shape[0])
        steps.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
        layers: list[nn.Module] = [steps, ACTIVATIONS[activation]()]
        width = steps.out_features
        for _ in range(hidden_layers):
            layers += [nn.Linear(width, hidden_units), ACTIVATIONS[activation](), nn.Dropout(dropout)]
            width = hidden_units
        super().__init__(*layers, nn.Linear(width, 1))


class BalancedLoss(nn.BCEWithLogitsLoss):
    """Cross-entropy of logits; a default counts `ratio` times, among the rows that stop the fit `stop_ratio` times."""

    def __init__(self, ratio: float, stop_ratio: float) -> None:
        super().__init__()
        self._ratios = torch.tensor(ratio), torch.tensor(stop_ratio)

    def forward(self, logits: torch.Tensor, defaulted: torch.Tensor) -> torch.Tensor:
        """Mean loss of a batch."""
        return binary_cross_entropy_with_logits(logits, defaulted, pos_weight=self._ratios[not self.training])


class Batches(DataLoader[Any]):
    """Takes each batch out of the arrays at once: row by row takes ten times as long."""

    def __init__(self, dataset: Dataset, batch_size: int, shuffle: bool = False) -> None:
        order = RandomSampler(dataset) if shuffle else SequentialSampler(dataset)
        super().__init__(dataset, sampler=BatchSampler(order, batch_size, drop_last=False), batch_size=None)


def fit(lesson: Lesson, settings: Settings) -> NeuralNetBinaryClassifier:
    """See Learner. Fitted with AdamW in 32 bits; the best epoch's weights are kept, and score in 64.

    At the steepest steps the rounding of 32 bits would show in the sixth digit.
    """
    rounds = settings["early_stopping_rounds"]
    watches = lesson.stops and rounds
    stop = Dataset(lesson.stop_rows.astype(np.float32), lesson.stop_defaulted.astype(np.float32))
    rows = lesson.rows.astype(np.float32)
    stack = ("hidden_units", "hidden_layers", "activation", "dropout")
    net = NeuralNetBinaryClassifier(
        Stack,
        module__first=soft_steps(rows, str(settings["activation"])),
        **{f"module__{name}": settings[name] for name in stack},
        criterion=BalancedLoss,
        criterion__ratio=_ratio(lesson.defaulted, lesson.weights),
        criterion__stop_ratio=_ratio(lesson.stop_defaulted, lesson.stop_weights),
        optimizer=torch.optim.AdamW,
        optimizer__weight_decay=settings["weight_decay"],
        lr=settings["learning_rate"],
        max_epochs=settings["max_epochs"],
        batch_size=settings["batch_size"],
        iterator_train=Batches,
        iterator_train__shuffle=True,
        iterator_valid=Batches,
        train_split=predefined_split(stop) if watches else None,
        callbacks=[("stop", EarlyStopping(patience=rounds, load_best=True, sink=_unheard))] if watches else None,
        callbacks__valid_acc=None,
        callbacks__print_log=None,
        callbacks__epoch_timer=None,
        verbose=0,
    )
    with _reproducible(lesson.seed):
        net.fit(rows, lesson.defaulted.astype(np.float32))
    net.set_params(train_split=None, callbacks__stop=None) if watches else None  # the rows that stopped it are not kept
    net.module_.double().eval()
    return net


def log_odds(model: Any, rows: Floats) -> Floats:
    """See Learner."""
    with torch.inference_mode():
        logits: torch.Tensor = model.module_(torch.from_numpy(rows))[:, 0]
    return np.asarray(logits.numpy(), dtype=np.float64)


def write(model: Any, folder: Path) -> None:
    """See Learner: model.pt, a checkpoint that names its activation."""
    activation = model.module__activation
    checkpoint = {"model_state_dict": model.module_.state_dict(), "model_config": {"activation": activation}}
    torch.save(checkpoint, folder / "model.pt")


def _ratio(defaulted: Floats, weights: Floats) -> float:
    """What a default weighs against a non-default."""
    is_default = defaulted == 1
    return float(weights[is_default][0] / weights[~is_default][0]) if len(defaulted) else 1.0


def _unheard(*_: object) -> None:
    """Where what skorch would print goes."""


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

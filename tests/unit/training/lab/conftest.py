from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from laboratory.plan import ModelType, Plan
from tests.fakes.tables import bank_table
from training.lab.fit import train
from training.lab.words import Winner

QUICK = {"dnn": {"max_epochs": (15,)}, "random_forest": {"n_estimators": (25,)}}


@pytest.fixture(scope="session")
def winner_of() -> Callable[[ModelType], Winner]:
    """The winner of each type on the bank's table, trained once."""

    @cache
    def trained(model_type: ModelType) -> Winner:
        plan = Plan("default", model_type, QUICK.get(model_type, {}), folds=3, seed=7)
        return train(plan, bank_table(), lambda _, __: None)

    return trained

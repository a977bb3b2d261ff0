"""Pictures: PNG, the same each time, whatever the names and values are. What they look like, a person has seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explanation.lab import plots, plots_of_many
from explanation.lab.dependence import depend
from explanation.lab.drawing import short, shown
from explanation.lab.served import Served
from explanation.lab.shapley import explain
from explanation.lab.summary import weights
from scoring.features import Feature
from tests.fakes import explained as fakes

SIGNATURE = b"\x89PNG\r\n\x1a\n"
FEATURES = [Feature("costs in $ and $", required=False), Feature("kind", categories=("a_$x$", "b")), Feature("x" * 200)]


def a_model() -> Served:
    background = fakes.customers(25, 3, 0)
    background[:, 1] = np.arange(25) % 2
    background[3, 0] = np.nan
    return fakes.served(fakes.tangled(3, 0), background, FEATURES)


def waterfall() -> bytes:
    parts = [(f"feature {i} $", value, 0.5 - i / 20) for i, value in enumerate([1.5, None, "b", 1e6] * 6)]
    return plots.waterfall(-1.0, 2.0, parts)


def over_customers(picture: str) -> bytes:
    model = a_model()
    rows = model.background
    explained = explain(model, rows, 5_000, 0)
    if picture == "importance":
        return plots_of_many.importance(weights(model.features, rows, explained))
    if picture == "scatters":
        return plots_of_many.scatters(model.features, rows, explained.contributions)
    names = [feature.name for feature in model.features]
    return plots_of_many.beeswarm(names, rows, explained.contributions, [False, True, False])


PICTURES: list[Callable[[], bytes]] = [
    waterfall,
    lambda: plots.waterfall(0.5, 0.5, [("x", 1.0, 0.0)]),
    lambda: plots.lime_weights(["0 < x <= 1 $", "y=b"], [0.3, -0.2], 0.6, 0.9),
    lambda: plots.heat_map(["a", "b $", "c"], np.array([[1.0, 0.2, 0.0], [0.2, -0.5, 0.1], [0.0, 0.1, 0.0]])),
    lambda: plots.heat_map(["a"], np.zeros((1, 1))),
    lambda: over_customers("importance"),
    lambda: over_customers("scatters"),
    lambda: over_customers("beeswarm"),
    lambda: plots_of_many.partial(depend(a_model(), [0], 6)),
    lambda: plots_of_many.partial(depend(a_model(), [1], 6)),
    lambda: plots_of_many.partial(depend(a_model(), [2], 6)),
    lambda: plots_of_many.partial(depend(a_model(), [2, 1], 6)),
]


@pytest.mark.parametrize("draw", PICTURES)
def test_a_picture_is_png_and_the_same_each_time(draw: Callable[[], bytes]) -> None:
    png = draw()
    assert png.startswith(SIGNATURE)
    assert png == draw()


def test_labels_fit_and_are_no_formulas() -> None:
    assert short("a" * 50, 10) == "a" * 9 + "…"
    assert short("$x$", 10) == r"\$x\$"
    assert [shown(each) for each in (None, "b", 12345.6, 3.0, 0.12345)] == ["missing", "b", "12,346", "3", "0.1235"]

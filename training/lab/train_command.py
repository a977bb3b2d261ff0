"""`lab train`: a table on the disk becomes a tracked run and a published model, with a progress bar meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import click

from laboratory.datasets import is_known
from laboratory.model_types import check
from laboratory.plan import MODEL_TYPES, Balance, CostWeights, ModelType, Plan, Setting
from training.lab.making import Into, make
from training.lab.tools import SIGN, LabTools, said, setting
from training.model_tools import AS_JSON
from training.told import table

if TYPE_CHECKING:
    from training.lab.words import Progress, Table

SHOWN = (
    "auc_roc",
    "gini",
    "ks",
    "brier",
    "expected_calibration_error",
    "accuracy",
    "precision",
    "recall",
    "f1",
    "cost",
)


def add_to(lab: click.Group, tools: LabTools) -> None:
    """Add the command to the group `lab`."""

    @lab.command("train")
    @click.argument("source", metavar="TABLE")
    @click.option("--target", required=True, help="The column that says who defaulted.")
    @click.option("--type", "model_type", required=True, type=click.Choice(MODEL_TYPES))
    @click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE[,VALUE...]", help="Values to try.")
    @click.option("--trials", type=int, help="Search in so many trials instead of trying every combination.")
    @click.option("--folds", type=int, default=5, show_default=True, help="Of the cross-validation.")
    @click.option("--balance", type=click.Choice(get_args(Balance)), default="none", show_default=True)
    @click.option("--sensitive", multiple=True, metavar="COLUMN", help="Fairness is measured by it.")
    @click.option("--leave-out", "left_out", multiple=True, metavar="COLUMN", help="No model sees it.")
    @click.option("--default-value", default="1", show_default=True, help="The target's value that means default.")
    @click.option("--cost", type=(float, float), default=(10.0, 1.0), show_default=True, metavar="FN FP")
    @click.option("--experiment", default="credit_scoring", show_default=True)
    @click.option("--seed", type=int, default=0, show_default=True, help="Of every draw.")
    @SIGN
    @AS_JSON
    def _train(
        source: str,
        target: str,
        model_type: str,
        parameters: Sequence[str],
        default_value: str,
        cost: tuple[float, float],
        sign: Path | None,
        as_json: bool,
        **more: Any,
    ) -> None:
        """Train on TABLE: a CSV or Parquet file, or the name of a data set (`lab datasets`).

        The run is in MLflow, and the model is published as the newest of its type; no route changes.
        """
        with said():
            plan = Plan(
                target,
                cast("ModelType", model_type),
                grid(parameters),
                default_value=setting(default_value),
                cost=CostWeights(*cost),
                **more,
            )
            check(plan)
            made = run(source, plan, tools.datasets, tools.into(sign))
        for line in [json.dumps(made)] if as_json else report(made):
            click.echo(line)


def run(source: str, plan: Plan, datasets: Path, into: Into) -> dict[str, Any]:
    """Train on a file or on a data set's name, with a bar on a terminal. Raises what `making.make` raises."""
    with bar() as progress:
        return make(plan, lambda: _read(source, plan, datasets), into, progress, warn=_warn)


@contextmanager
def bar() -> Iterator[Progress]:
    """A bar on standard error, if that is a terminal."""
    from tqdm import tqdm

    with tqdm(total=100, disable=None, bar_format="{desc:<52.52} {percentage:3.0f}%|{bar}| {elapsed}") as shown:

        def progress(share: float, stage: str) -> None:
            shown.set_description_str(stage, refresh=False)
            shown.update(max(100 * share - shown.n, 0))

        yield progress


def grid(parameters: Sequence[str]) -> dict[str, tuple[Setting, ...]]:
    """NAME=VALUE[,VALUE...] of each parameter. UsageError for anything else, or a name twice."""
    found: dict[str, tuple[Setting, ...]] = {}
    for each in parameters:
        name, equals, values = each.partition("=")
        if not (name and equals and values) or name in found:
            raise click.UsageError(f"--param {each[:100]!r} is not NAME=VALUE[,VALUE...], or names one twice")
        found[name] = tuple(map(setting, values.split(",")))
    return found


def report(made: dict[str, Any]) -> Iterator[str]:
    """What came of a training, for a person."""
    held, metrics, ends = made["data"], made["metrics"], made["intervals"]
    yield f"{made['model_name']}@{made['model_version']}: published; run {made['run_id']} of {made['experiment_name']}"
    yield f"Trained on {held['train']:,} customers, measured on {held['test']:,} that were held back:"
    rows = [[name, f"{metrics[name]:.4f}", _between(ends.get(name))] for name in SHOWN if name in metrics]
    yield from table([["METRIC", "VALUE", "95% INTERVAL"], *rows])
    chosen = ", ".join(f"{name}={value}" for name, value in made["best_hyperparameters"].items())
    yield f"Of {made['trials']} settings: {chosen}. A default is expected from a PD of {made['threshold']:.4f} on."


def _between(ends: Sequence[float] | None) -> str:
    return f"{ends[0]:.4f} to {ends[1]:.4f}" if ends else "-"


def _read(source: str, plan: Plan, datasets: Path) -> Table:
    from training.lab.datasets import from_name
    from training.lab.tables import from_file

    path = Path(source)
    if path.exists() or not is_known(source, datasets):
        return from_file(path, plan)
    return from_name(source, datasets, plan)


def _warn(warnings: Sequence[str]) -> None:
    for each in warnings:
        click.echo(f"Warning: {each}", err=True)

"""`applications train-loan`, `train-home-credit`: the applications' models from a table, promoted through the gates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from laboratory.plan import CostWeights
from training.applications.tools import ApplicationTools, folder_for
from training.applications.words import CREDIT_DESK, HOME_CREDIT
from training.lab.tools import SIGN, said
from training.lab.train_command import bar

if TYPE_CHECKING:
    from training.applications.made import Made

INTO = click.option("--into", type=click.Path(path_type=Path), help="Where metrics.json goes (DATA_DIR/applications).")
OVERRIDE = click.option("--override", metavar="REASON", help="Promote although gates refuse; the reason is recorded.")
PROMOTE = click.option("--promote/--no-promote", default=True, show_default=True, help="Let them serve at once.")
SEED = click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of every draw.")


def add_to(applications: click.Group, tools: ApplicationTools) -> None:
    """Add the commands to the group `applications`."""

    @applications.command("train-loan")
    @click.argument("source", metavar="[TABLE]", required=False, type=click.Path(path_type=Path))
    @click.option("--rows", type=click.IntRange(300), help="Synthetic applications, without a TABLE (1,000).")
    @click.option("--threshold", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.5)
    @SEED
    @INTO
    @PROMOTE
    @OVERRIDE
    @SIGN
    def _loan(source: Path | None, rows: int | None, threshold: float, seed: int, **more: Any) -> None:
        """Train the loan desk's model on TABLE (its 17 fields and `default`), or on synthetic applications."""
        if source and rows:
            raise click.UsageError("--rows is of synthetic applications: give it without a TABLE")

        def made(progress: Callable[[float, str], None]) -> list[Made]:
            from training.applications.demo import drawn_loan
            from training.applications.loan import train_loan
            from training.lab.reading import read_file

            if source is None:
                return [drawn_loan(rows or 1_000, progress, threshold=threshold, seed=seed)]
            return [train_loan(read_file(source), source.name, progress, threshold=threshold, seed=seed)]

        finish(made, tools, synthetic=source is None, **more)

    @applications.command("train-home-credit")
    @click.argument("source", metavar="application_train.csv", type=click.Path(path_type=Path))
    @click.option("--cost", type=(float, float), default=(10.0, 1.0), show_default=True, metavar="FN FP")
    @click.option("--only", type=click.Choice((HOME_CREDIT, CREDIT_DESK)), help="One of the two models.")
    @SEED
    @INTO
    @PROMOTE
    @OVERRIDE
    @SIGN
    def _home_credit(source: Path, cost: tuple[float, float], only: str | None, seed: int, **more: Any) -> None:
        """Train the mobile app's and the credit desk's models on Home Credit's table as Kaggle ships it.

        Any subset of its rows. The credit desk's threshold makes FN x missed defaults + FP x refused good customers
        least on the validation part.
        """

        def made(progress: Callable[[float, str], None]) -> list[Made]:
            from training.applications.home_credit import train_credit_desk, train_home_credit
            from training.lab.reading import read_file

            raw = read_file(source)
            every = []
            if only != CREDIT_DESK:
                every.append(train_home_credit(raw, source.name, part(progress, 0, only), seed=seed))
            if only != HOME_CREDIT:
                weights = CostWeights(*cost)
                every.append(train_credit_desk(raw, source.name, part(progress, 1, only), cost=weights, seed=seed))
            return every

        finish(made, tools, **more)


def part(progress: Callable[[float, str], None], of: int, only: str | None) -> Callable[[float, str], None]:
    """The progress of one of two models, or of the only one."""
    name = (HOME_CREDIT, CREDIT_DESK)[of]
    if only:
        return lambda share, stage: progress(share, f"{name}: {stage}")
    return lambda share, stage: progress((of + share) / 2, f"{name}: {stage}")


def finish(
    train: Callable[[Callable[[float, str], None]], Sequence[Made]],
    tools: ApplicationTools,
    *,
    into: Path | None,
    promote: bool,
    override: str | None,
    sign: Path | None,
    synthetic: bool = False,
) -> None:
    """Train, write metrics.json, publish and promote; what came of it is printed."""
    with said():
        from training.applications.publish import promote as promoted
        from training.applications.publish import publish_all

        into_store = tools.opened(sign, override)
        with bar() as progress:
            every = train(progress)
        for made in every:
            folder = folder_for(into or tools.kept, made.name)
            made.write(folder)
            for line in made.report():
                click.echo(line)
            click.echo(f"Figures: {folder / 'metrics.json'}\n")
        versions = publish_all(every, into_store, {"customers": "synthetic"} if synthetic else {})
        for line in promoted(versions, into_store) if promote else _published(versions):
            click.echo(line)


def _published(versions: dict[str, str]) -> list[str]:
    return [f"{name}@{version}: published; `models promote` lets it serve" for name, version in versions.items()]

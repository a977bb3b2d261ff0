"""`applications train-loan`, `train-home-credit`: the applications' models from a table, promoted through the gates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from training.applications.tools import ApplicationTools, folder_for
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

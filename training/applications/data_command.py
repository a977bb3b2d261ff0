"""`applications data home-credit`: drawn applications in the columns of Home Credit's table."""

from __future__ import annotations

from pathlib import Path

import click

from training.applications.tools import ApplicationTools
from training.lab.tools import said


def add_to(applications: click.Group, tools: ApplicationTools) -> None:  # noqa: ARG001 # as the other commands' modules
    """Add the command to the group `applications`."""

    @applications.group("data")
    def _data() -> None:
        """Draw applications."""

    @_data.command("home-credit")
    @click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
    @click.option("--rows", type=click.IntRange(1), default=12_000, show_default=True)
    @click.option("--seed", type=click.IntRange(0), default=20251108, show_default=True)
    def _home_credit(out: Path, rows: int, seed: int) -> None:
        """Write drawn applications into OUT (.csv, .csv.gz or .parquet), in all 122 columns of Home Credit's table.

        docs/home_credit_data.md says how they are drawn. The same rows and seed give the same file.
        """
        with said():
            from training.applications.home_credit_files import write

            for line in write(out, rows, seed):
                click.echo(line)

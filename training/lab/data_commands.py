"""`lab datasets`, `lab data loan`: which tables there are, and one to try things on."""

from __future__ import annotations

from pathlib import Path

import click

from laboratory.datasets import DRAWN, names, path_of
from training.lab.tools import LabTools, said
from training.told import table


def add_to(lab: click.Group, tools: LabTools) -> None:
    """Add the commands to the group `lab`."""

    @lab.command("datasets")
    def _datasets() -> None:
        """The data sets that a training may name: those drawn here, and the files in DATA_DIR/laboratory/datasets."""
        with said():
            rows = [[name, DRAWN.get(name) or _file(name, tools.datasets)] for name in names(tools.datasets)]
        for line in table([["NAME", "WHAT IT IS"], *rows]):
            click.echo(line)

    @lab.group("data")
    def _data() -> None:
        """Make synthetic tables."""

    @_data.command("loan")
    @click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
    @click.option("--rows", type=click.IntRange(1), default=1_000, show_default=True)
    @click.option("--seed", type=click.IntRange(0), default=20251108, show_default=True)
    def _loan(out: Path, rows: int, seed: int) -> None:
        """Write synthetic loan applications into OUT (.csv, .csv.gz or .parquet), target: default.

        docs/loan_applications.md says how they are drawn. The same rows and seed give the same file.
        """
        with said():
            from training.lab.loan_files import write

            for line in write(out, rows, seed):
                click.echo(line)


def _file(name: str, folder: Path) -> str:
    path = path_of(name, folder)
    return f"{path.name}, {path.stat().st_size:,} bytes" if path else "gone meanwhile"

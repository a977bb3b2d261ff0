"""`applications train-demo`: all three models on drawn applications, so that every client is answered."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import click

from training.applications.tools import ApplicationTools
from training.applications.train_command import finish
from training.applications.words import CREDIT_DESK, HOME_CREDIT, LOAN
from training.lab.tools import SIGN, said
from training.publish import is_present

if TYPE_CHECKING:
    from training.applications.made import Made

SLOWEST_FIRST = (CREDIT_DESK, HOME_CREDIT, LOAN)
OVERRIDE = "demo on drawn applications: no person is decided about"
"""Why they serve even where a gate refuses: at the credit desk's threshold the 80% test fails by sex, family status and
age, since those who default less are approved more."""


def add_to(applications: click.Group, tools: ApplicationTools) -> None:
    """Add the command to the group `applications`."""

    @applications.command("train-demo")
    @click.option("--force", is_flag=True, help="Train and promote even where models are present.")
    @SIGN
    def _demo(force: bool, sign: Path | None) -> None:
        """Train the models of the loan desk, the mobile app and the credit desk on drawn applications.

        Those that are there already are left alone. What a gate refuses is overridden, and the record says so.
        """
        with said():
            artifacts = tools.open_artifacts()
            wanted = [name for name in SLOWEST_FIRST if force or not is_present(artifacts, name)]
        if not wanted:
            click.echo("The models of all applications are there already: nothing to do.")
            return

        def made(_progress: object) -> list[Made]:
            from training.applications.demo import drawn

            with ProcessPoolExecutor(2, get_context("spawn")) as pool:
                return list(pool.map(drawn, wanted))

        finish(made, tools, into=None, promote=True, override=OVERRIDE, sign=sign, synthetic=True)

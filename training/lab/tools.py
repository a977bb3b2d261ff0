"""What the laboratory's commands share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from laboratory.plan import Setting
from scoring.errors import InvalidRequest
from training.lab.making import Into
from training.model_tools import Tools
from training.told import told

SIGN = click.option("--sign", type=click.Path(path_type=Path), help="Sign the bundle with this private key.")


@dataclass(frozen=True)
class LabTools(Tools):
    """`data_dir` holds the laboratory's runs and the data sets; `tracking_uri`: None for the runs there."""

    data_dir: Path = Path("var")
    tracking_uri: str | None = None

    @property
    def datasets(self) -> Path:
        """The folder of the data sets that have a name."""
        return self.data_dir / "laboratory" / "datasets"

    def into(self, sign: Path | None) -> Into:
        """Where a trained model goes. Raises SigningError, OSError, and what opening the store raises."""
        return Into(self.open_artifacts(), self.data_dir / "laboratory", self.tracking_uri, self.key(sign))


@contextmanager
def said() -> Iterator[None]:
    """As `training.told.told`, also for a plan that is not valid and for libraries that are not installed."""
    try:
        with told():
            yield
    except InvalidRequest as error:
        lines = [f"{each.field}: {each.message}" for each in error.errors] or [error.detail]
        raise click.ClickException("\n".join(lines)) from error
    except ModuleNotFoundError as error:
        wanted = f"{error.name} is not installed; the laboratory needs `pip install -r requirements-lab.txt`"
        raise click.ClickException(wanted) from error


def setting(text: str) -> Setting:
    """A value as typed: a number, true, false, null, or else text."""
    try:
        value = json.loads(text, parse_constant=str)
    except ValueError:
        return text
    return value if value is None or isinstance(value, bool | int | float | str) else text

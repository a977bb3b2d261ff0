"""`flask --app app db ...`: what an operator does to the customers table."""

from __future__ import annotations

from collections.abc import Callable

import click

from bootstrap.services import Table
from scoring.errors import TableUnavailable


def db_commands(open_table: Callable[[], Table]) -> click.Group:
    """Build the `db` group over a way to open the table."""

    @click.group()
    def db() -> None:
        """Customers table and score history."""

    @db.command()
    def create() -> None:
        """Make what is missing; tables of older code get what newer code needs, and nothing is ever dropped."""
        table = open_table()
        try:
            table.create()
        except TableUnavailable as error:
            raise click.ClickException(error.detail) from None
        finally:
            table.close()
        click.echo("The customers table and its history are there.")

    return db

"""Every group of `flask --app app`. What a command needs is opened when it runs."""

from __future__ import annotations

from functools import partial

import click

from bootstrap import services
from bootstrap.audit_commands import audit_commands
from bootstrap.commands import db_commands
from bootstrap.drift_commands import drift_commands
from bootstrap.provenance import provenance
from bootstrap.report_commands import report_commands
from bootstrap.settings import Settings
from routing.routes import load
from training.applications.commands import commands as application_commands
from training.commands import commands as model_commands
from training.lab.commands import commands as lab_commands


def groups(values: Settings) -> list[click.Group]:
    """The groups over the stores that the settings name."""
    table, artifacts = partial(services.open_table, values), partial(services.artifacts, values)
    versions, months = partial(services.model_versions, values), values.outcome_maturity_months
    made = artifacts, partial(load, values.routes_file), partial(services.trust, values), values.model_signing_key
    return [
        db_commands(table),
        model_commands(*made),
        application_commands(*made, values.data_dir),
        lab_commands(*made, values.data_dir, values.mlflow_tracking_uri),
        audit_commands(table, versions, provenance),
        report_commands(table, months),
        drift_commands(table, versions, artifacts, months),
    ]

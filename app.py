"""The application: start reading here. Settings become services, services become HTTP and commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import click
from flask import Flask

from api import auth, cursors, install, limits, logs, metrics
from api.pages import Laboratory, Limits, Served, pages
from bootstrap import services, settings
from bootstrap.audit_commands import audit_commands
from bootstrap.commands import db_commands
from bootstrap.drift_commands import drift_commands
from bootstrap.laboratory import child_analyst, training_jobs
from bootstrap.provenance import provenance
from bootstrap.report_commands import report_commands
from bootstrap.secret import secret
from explanation.person import Explainer
from laboratory.published import PublishedLabModels
from monitoring.application_fairness import ApplicationFairness
from routing.routes import RoutesError, load
from training.commands import commands as models_commands
from training.lab.commands import commands as lab_commands


def create_app(chosen: settings.Settings | None = None) -> Flask:
    """Build the WSGI application. Nothing is opened and no thread starts before `app.extensions["services"].start()`.

    gunicorn.conf.py calls that after the fork; the first request does if nobody has.
    """
    values = chosen or settings.read()
    counts = metrics.Metrics(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    try:
        built = services.build(values, counts.shadows)
        keys = [auth.ApiKey.parse(entry) for entry in values.api_key_hashes]
    except (RoutesError, ValueError) as error:
        raise SystemExit(str(error)) from None
    logs.configure(values.log_level, counts.log_line_dropped)
    key = secret(values.secret_key, values.data_dir)
    rate_limit = limits.RateLimit(values.rate_limit_per_second) if values.rate_limit_per_second else None
    guard = auth.Guard(keys, rate_limit)
    bounds = Limits(
        values.max_body_bytes,
        values.max_batch_body_bytes,
        values.max_lab_body_bytes,
        values.max_scoring_requests,
        values.outcome_maturity_months,
    )
    served = Served(
        built.scoring,
        built.models,
        built.models,
        built.table,
        built.audit,
        Explainer(built.versions),
        {name: each.route.models[0] for name, each in built.routes.applications.items()},
        ApplicationFairness(built.models, built.routes),
        _laboratory(values, built) if values.laboratory else None,
    )

    app = Flask(__name__, static_folder=None)
    app.extensions["services"] = built
    install.install(app, counts, key, values.cors_origins)
    for page in pages(served, guard, cursors.Cursors(key), counts, bounds):
        app.register_blueprint(page)
    for group in _commands(values):
        app.cli.add_command(group)
    app.wsgi_app = _starting(app, built)  # type: ignore[method-assign]  # Flask's documented place for middleware
    return app


def _laboratory(values: settings.Settings, built: services.Services) -> Laboratory:
    models = PublishedLabModels(services.artifacts(values), built.versions)
    return Laboratory(training_jobs(values), child_analyst(), models, built.routes.scale)


def _commands(values: settings.Settings) -> list[click.Group]:
    """The groups of `flask --app app`; what a command needs is opened when it runs."""
    table, artifacts = partial(services.open_table, values), partial(services.artifacts, values)
    return [
        db_commands(table),
        models_commands(
            artifacts, partial(load, values.routes_file), partial(services.trust, values), values.model_signing_key
        ),
        audit_commands(table, partial(services.model_versions, values), provenance),
        report_commands(table, values.outcome_maturity_months),
        drift_commands(table, partial(services.model_versions, values), artifacts, values.outcome_maturity_months),
        lab_commands(
            artifacts,
            partial(load, values.routes_file),
            partial(services.trust, values),
            values.model_signing_key,
            values.data_dir,
            values.mlflow_tracking_uri,
        ),
    ]


def _starting(app: Flask, built: services.Services) -> Callable[..., Iterable[bytes]]:
    """The WSGI application that starts the services at its first request and then steps aside."""
    inner = app.wsgi_app

    def first(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        built.start()
        app.wsgi_app = inner  # type: ignore[method-assign]  # as above
        return inner(environ, start_response)

    return first


app = create_app()

if __name__ == "__main__":
    chosen = settings.read()
    app.extensions["services"].start()
    app.run(chosen.host, chosen.port, threaded=True)

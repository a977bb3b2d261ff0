"""The application: start reading here. Settings become services, services become HTTP and commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from api import auth, cursors, install, limits, logs, metrics
from api.pages import Laboratory, Limits, Served, pages
from bootstrap import services, settings
from bootstrap.laboratory import child_analyst, training_jobs
from bootstrap.secret import secret
from explanation.person import Explainer
from laboratory.published import PublishedLabModels
from monitoring.application_fairness import ApplicationFairness
from routing.routes import RoutesError
from training.command_line import groups


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
    for group in groups(values):
        app.cli.add_command(group)
    app.wsgi_app = _starting(app, built)  # type: ignore[method-assign]  # Flask's documented place for middleware
    return app


def _laboratory(values: settings.Settings, built: services.Services) -> Laboratory:
    models = PublishedLabModels(services.artifacts(values), built.versions)
    analyst = child_analyst()
    built.beside.append(analyst.close)
    return Laboratory(training_jobs(values), analyst, models, built.routes.scale)


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

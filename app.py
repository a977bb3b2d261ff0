"""The application: start reading here. Settings become services, services become HTTP and commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import Flask

from api import auth, cursors, health, install, limits, logs, metrics, predict, search
from bootstrap import services, settings
from bootstrap.commands import db_commands
from bootstrap.secret import secret
from routing.routes import RoutesError, load
from training.commands import commands as models_commands


def create_app(chosen: settings.Settings | None = None) -> Flask:
    """Build the WSGI application. Nothing is opened and no thread starts before `app.extensions["services"].start()`.

    gunicorn.conf.py calls that after the fork; the first request does if nobody has.
    """
    values = chosen or settings.read()
    try:
        built = services.build(values)
        keys = [auth.ApiKey.parse(entry) for entry in values.api_key_hashes]
    except (RoutesError, ValueError) as error:
        raise SystemExit(str(error)) from None
    counts = metrics.Metrics(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    logs.configure(values.log_level, counts.log_line_dropped)
    key = secret(values.secret_key, values.data_dir)
    rate_limit = limits.RateLimit(values.rate_limit_per_second) if values.rate_limit_per_second else None
    guard = auth.Guard(keys, rate_limit)
    at_once = limits.AtMost(values.max_scoring_requests)

    app = Flask(__name__, static_folder=None)
    app.extensions["services"] = built
    install.install(app, counts, key, values.cors_origins)
    app.register_blueprint(health.blueprint(built.scoring))
    app.register_blueprint(metrics.blueprint(counts))
    app.register_blueprint(
        predict.blueprint(built.scoring, guard, at_once, counts, values.max_body_bytes, values.max_batch_body_bytes)
    )
    app.register_blueprint(search.blueprint(built.scoring, guard, at_once, cursors.Cursors(key), values.max_body_bytes))
    app.cli.add_command(db_commands(partial(services.open_table, values)))
    app.cli.add_command(models_commands(partial(services.artifacts, values), partial(load, values.routes_file)))
    app.wsgi_app = _starting(app, built)  # type: ignore[method-assign]  # Flask's documented place for middleware
    return app


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

"""GET /openapi.json and /docs: what this deployment answers, for programs and, to be tried out, for people.

Neither needs an API key: they hold no secret. The page loads nothing from elsewhere, so that it works behind a bank's
firewall; Swagger UI's files come from a package (ADR 24).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click
import orjson
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import NotFound

from api.content import JSON

PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Credit scoring: API</title>
<link rel="icon" type="image/png" href="docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript; the document itself is <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/start.js"></script>
</body>
</html>
"""
START: Final = """\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: false,
  validatorUrl: null
});
"""
PACKAGE: Final = "flask_swagger_ui"
SCRIPT: Final = "text/javascript; charset=utf-8"
ASSETS: Final[Mapping[str, str]] = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": SCRIPT,
    "favicon-32x32.png": "image/png",
}
"""File of the package -> its content type."""
FILES: Final = (*sorted(ASSETS), "start.js")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FRESH: Final = "no-cache"
"""May be kept, and is asked for again with its ETag before it is used."""


def blueprint() -> Blueprint:
    """The document and its page, and `flask --app app openapi`, which prints the document of all paths."""
    page = Blueprint("docs", __name__, cli_group=None)
    served: dict[str, bytes] = {}

    @page.get("/openapi.json")
    def openapi() -> Response:
        """The document of the paths that this application has."""
        if "document" not in served:
            served["document"] = _document_of_this_application()
        return _kept(Response(served["document"], content_type=JSON))

    @page.get("/docs")
    def docs() -> Response:
        """The page."""
        return _kept(Response(PAGE, content_type="text/html; charset=utf-8"))

    @page.get("/docs/assets/<name>")
    def asset(name: str) -> Response:
        """A file of the page."""
        if name == "start.js":
            return _kept(Response(START, content_type=SCRIPT))
        kind = ASSETS.get(name)
        if kind is None:
            raise NotFound
        return _kept(Response((_assets() / name).read_bytes(), content_type=kind))

    @page.cli.command("openapi")
    def print_openapi() -> None:
        """Print the OpenAPI document of all paths (docs/openapi.json)."""
        click.echo(whole(), nl=False)

    return page


def whole() -> bytes:
    """The document of every path of every client, as it is checked in."""
    from api.openapi.document import (
        document,
    )  # built when it is asked for: a worker that only scores imports none of it

    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _document_of_this_application() -> bytes:
    from api.openapi.document import part  # as above

    return orjson.dumps(part((rule.rule, rule.methods or ()) for rule in current_app.url_map.iter_rules()))


def _kept(response: Response) -> Response:
    """The same for a client that keeps it: 304 where it has it already."""
    response.headers["Cache-Control"] = FRESH
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.add_etag()
    response.make_conditional(request)
    return response


@lru_cache(maxsize=1)
def _assets() -> Path:
    """The folder of Swagger UI's files; the package itself is not imported."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise RuntimeError(f"{PACKAGE} is not installed")
    return Path(found.origin).parent / "dist"

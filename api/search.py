"""GET and POST /api/v1/search."""

from __future__ import annotations

from flask import Blueprint, Response

from api import render, search_query
from api.auth import Guard
from api.content import json_object, json_response
from api.cursors import Cursors
from api.exchange import current
from api.limits import AtMost
from routing.service import ScoringService


def blueprint(scoring: ScoringService, guard: Guard, at_once: AtMost, cursors: Cursors, longest_body: int) -> Blueprint:
    """A customer's scores; `longest_body` is in bytes."""
    page = Blueprint("search", __name__, url_prefix="/api/v1")
    page.before_request(guard.requires("read"))

    @page.route("/search", methods=["GET", "POST"])
    def search() -> Response:
        """The latest prediction, and a page of the history."""
        exchange = current()
        environ = exchange.environ
        with at_once:
            if environ["REQUEST_METHOD"] == "POST":
                body = json_object(environ, longest_body)
            else:
                body = search_query.body_of(environ.get("QUERY_STRING", ""))
            query, cursor = search_query.read(body)
            exchange.customer_id = query.customer_id
            found = scoring.search(cursors.resume(cursor, query) if cursor is not None else query)
        following = cursors.after(found.records[-1], query) if found.more else None
        return json_response(render.search(query.customer_id, found, following))

    return page

"""GET and DELETE /api/v1/customers/<id>, PUT and DELETE /api/v1/holds/<id>: how a customer's data stand, and their end.

The id is the rest of the path, percent-encoded, whatever it holds.
"""

from __future__ import annotations

from flask import Blueprint, Response

from api import audit_body, paths, render_audit
from api.auth import Guard
from api.content import json_object, json_response
from api.exchange import current
from api.limits import AtMost
from routing.audit import AuditService


def dossiers(audit: AuditService, guard: Guard, at_once: AtMost) -> Blueprint:
    """How customers' data stand."""
    page = Blueprint("dossiers", __name__, url_prefix="/api/v1")
    page.before_request(guard.requires("read"))

    @page.get("/customers/<any_text:customer_id>")
    def dossier(customer_id: str) -> Response:
        """The legal hold, if any, and the receipts of erasures."""
        with at_once:
            customer_id = _named(customer_id)
            return json_response(render_audit.dossier(customer_id, audit.dossier(customer_id)))

    return page


def erasures(audit: AuditService, guard: Guard, at_once: AtMost, longest_body: int) -> Blueprint:
    """Erasures and the legal holds that prevent them; `longest_body` is in bytes."""
    page = Blueprint("erasures", __name__, url_prefix="/api/v1")
    page.before_request(guard.requires("erase"))

    @page.delete("/customers/<any_text:customer_id>")
    def erase(customer_id: str) -> Response:
        """Make everything that was scored or noted of a customer unreadable, for good."""
        with at_once:
            customer_id = _named(customer_id)
            reason, user = audit_body.why_and_who(json_object(current().environ, longest_body))
            return json_response(render_audit.receipt(audit.erase(customer_id, reason, user)))

    @page.put("/holds/<any_text:customer_id>")
    def hold(customer_id: str) -> Response:
        """Set a legal hold in place of any other."""
        with at_once:
            customer_id = _named(customer_id)
            reason, user = audit_body.why_and_who(json_object(current().environ, longest_body))
            return json_response(render_audit.hold(customer_id, audit.hold(customer_id, reason, user)))

    @page.delete("/holds/<any_text:customer_id>")
    def lift(customer_id: str) -> Response:
        """Lift the legal hold, if there is one."""
        with at_once:
            customer_id = _named(customer_id)
            paths.no_body(current().environ)
            audit.lift(customer_id)
            return json_response(render_audit.hold(customer_id, None))

    return page


def _named(given: str) -> str:
    """The id in the path, which the log will know by its reference. Raises InvalidRequest."""
    exchange = current()
    exchange.customer_id = paths.customer(exchange.environ, given)
    return exchange.customer_id

"""POST and GET /api/train, GET /api/train/<job_id>, POST /api/train/<job_id>/cancel: training jobs.

Nothing is trained here: a job is a process of its own, and goes on whatever becomes of this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response

from api import fields, paths, search_query, train_body
from api.auth import Guard
from api.content import json_object, json_response
from api.exchange import current
from api.idempotency import key_of
from api.limits import AtMost
from api.render import Json
from laboratory.ports import Job, TrainingJobs
from scoring.errors import FieldError

PATH = "/api/train"
DEFAULT_LIMIT, MOST = 20, 200
FAILED = {"type": "urn:problem-type:credit-api:training-failed", "title": "The training failed"}


def blueprint(jobs: TrainingJobs, guard: Guard, at_once: AtMost, longest_body: int) -> Blueprint:
    """Training jobs; the longest body is in bytes."""
    page = Blueprint("train", __name__, url_prefix=PATH)
    page.before_request(guard.requires("lab"))

    @page.post("")
    def begin() -> Response:
        """Begin a job: 202, and where it can be followed. An Idempotency-Key that came before gives its job again."""
        with at_once:
            environ, client = current().environ, current().client
            key = key_of(environ.get("HTTP_IDEMPOTENCY_KEY"))
            body = json_object(environ, longest_body)
            use = None if key is None else train_body.key_use(client, PATH, key, body)
            begun = jobs.begun_with(use) if use else None
            job = begun or jobs.submit(*train_body.train(body), use)
        response = json_response(rendered(job), 202)
        response.headers["Location"] = f"{PATH}/{job.id}"
        if begun:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    @page.get("")
    def every() -> Response:
        """The newest jobs first."""
        limit = _limit(search_query.body_of(current().environ.get("QUERY_STRING", "")))
        with at_once:
            return json_response({"jobs": [rendered(each) for each in jobs.every(limit)]})

    @page.get("/<job_id>")
    def one(job_id: str) -> Response:
        """How a job stands, and what came of it."""
        with at_once:
            return json_response(rendered(jobs.find(job_id)))

    @page.post("/<job_id>/cancel")
    def cancel(job_id: str) -> Response:
        """End a job; the answer says how it stands then."""
        paths.no_body(current().environ)
        with at_once:
            return json_response(rendered(jobs.cancel(job_id)))

    return page


def rendered(job: Job) -> Json:
    """A job as clients read it; what came of a finished one is at the top level, beside how it was asked for.

    `data` is what was named, or how many rows were sent; `table` what they were read as, null before the end.
    """
    plan = job.plan
    result = job.result or {}
    return {
        **result,
        "job_id": job.id,
        "state": job.state,
        "progress": round(job.progress, 4),
        "stage": job.stage,
        "model_type": plan.model_type,
        "target": plan.target,
        "data": job.data,
        "table": result.get("data"),
        "experiment_name": plan.experiment,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "warnings": list(job.warnings),
        "problem": None
        if job.problem is None
        else {**FAILED, "status": 422, "detail": job.problem, "instance": f"{PATH}/{job.id}"},
    }


def _limit(query: Mapping[str, Any]) -> int:
    """How many jobs are asked for. Raises InvalidRequest."""
    errors = fields.unknown(query, ("limit",))
    limit = query.get("limit", DEFAULT_LIMIT)
    if not isinstance(limit, int) or not 1 <= limit <= MOST:
        errors.append(FieldError("limit", f"must be a whole number from 1 to {MOST}"))
    fields.refuse(errors)
    return cast("int", limit)
